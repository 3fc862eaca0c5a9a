"""What search engines, link previews, feed readers and language models find on the site."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin
from xml.etree import ElementTree as ET

import markdown as python_markdown  # type: ignore[import-untyped]
import yaml
from PIL import Image

from tests import built
from tests.commands import ROOT, must
from tests.site.test_facts import REDIRECTS, words

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sitecopy import SiteCopy

CONFIG = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
URL: str = CONFIG["site_url"]
EXAMPLES = "/examples/"  # whole pages of their own, to be copied


def markdown(site: Path) -> dict[str, str]:
    """Everything written for language models, by its address."""
    files = [*site.rglob("*.md"), *site.glob("llms*.txt")]
    return {"/" + file.relative_to(site).as_posix(): file.read_text(encoding="utf-8") for file in files}


def sitemap(site: Path) -> list[str]:
    """The addresses that the sitemap lists."""
    tree = ET.fromstring((site / "sitemap.xml").read_text(encoding="utf-8"))
    places = [node.text or "" for node in tree.iter() if node.tag.endswith("}loc")]
    return [place.strip().removeprefix(URL[:-1]) for place in places]


def metadata(site: Path, address: str) -> dict[str, str | None]:
    """What a page says of itself in its head, with every URL as a whole one."""
    head = built.document(site, address)
    found: dict[str, str | None] = {"title": words(head.css_first("title"))}
    for meta in head.css("head > meta[property], head > meta[name]"):
        if (name := meta.attributes.get("property") or meta.attributes["name"]) != "generator":
            assert name not in found, name
            found[name or ""] = meta.attributes["content"]
    for link in head.css(
        'head > link[rel*="icon"], head > link[rel="canonical"], head > link[rel*="alternate"]'
    ):
        found[f"{link.attributes['rel']} {link.attributes.get('type') or ''}".strip()] = urljoin(
            urljoin(URL, address[1:]), link.attributes["href"] or ""
        )
    return found


def pages(site: Path) -> list[str]:
    """Every page of the guide."""
    return sorted(page for page in built.pages(site) if EXAMPLES not in page and page != "/404.html")


def test_every_page_says_what_it_is(built_site: Path) -> None:
    for address in pages(built_site):
        said = metadata(built_site, address)
        assert said["canonical"] == said["og:url"] == urljoin(URL, address[1:]), address
        assert said["description"] == said["og:description"], address
        assert said["og:title"], address
        assert said["title"] in (f"{said['og:title']} - {CONFIG['site_name']}", CONFIG["site_name"]), address
        assert said["og:type"] == ("website" if address == "/" else "article")
        assert said["og:site_name"] == CONFIG["site_name"]
        assert said["twitter:card"] == "summary_large_image"
        for name in ("og:image", "icon", "apple-touch-icon", "feed alternate application/atom+xml"):
            assert (built_site / (said[name] or "").removeprefix(URL)).is_file(), (address, name)
        assert said["markdown alternate text/markdown"] == urljoin(URL, f"{address[1:]}index.md")
    descriptions = [metadata(built_site, address)["description"] for address in pages(built_site)]
    assert len(set(descriptions)) == len(descriptions)


def test_the_pictures_have_the_sizes_that_are_asked_for(built_site: Path) -> None:
    for name, size, most in (("card.png", (1200, 630), 60_000), ("icon.png", (180, 180), 10_000)):
        data = (built_site / "assets" / name).read_bytes()
        assert Image.open(io.BytesIO(data)).size == size
        assert len(data) < most


def test_the_sitemap_lists_every_page_and_no_stub(built_site: Path) -> None:
    assert sorted(sitemap(built_site)) == pages(built_site)


def test_robots_are_told_of_the_sitemap(built_site: Path) -> None:
    """The line has to say the whole URL; this is what keeps it in step with ``site_url``."""
    lines = (built_site / "robots.txt").read_text(encoding="utf-8").splitlines()
    assert f"Sitemap: {URL}sitemap.xml" in lines
    assert not [line for line in lines if line.startswith("Disallow")]


def test_llms_txt_lists_every_page_with_its_title_and_description(built_site: Path) -> None:
    text = markdown(built_site)["/llms.txt"]
    title, _, about = text.splitlines()[:3]
    assert title == f"# {CONFIG['site_name']}"
    assert about == "> " + " ".join(CONFIG["site_description"].split())
    listed = {
        url: (name, said)
        for name, url, said in re.findall(r"^- \[(.+?)\]\((.+?)\): (.+)$", text, re.MULTILINE)
    }
    assert set(listed) == {urljoin(URL, f"{address[1:]}index.md") for address in pages(built_site)}
    for address in pages(built_site):
        name, said = listed[urljoin(URL, f"{address[1:]}index.md")]
        assert name == words(built.article(built_site, address).css_first("h1")).rstrip("¶").strip()
        assert said == metadata(built_site, address)["description"]


def test_no_stub_is_in_llms_txt(built_site: Path) -> None:
    copies = markdown(built_site)
    stubs = {urljoin(URL, old[1:]) for old in built.stubs(built_site)}
    assert stubs
    linked = re.findall(r"\]\((\S+?)\)", copies["/llms.txt"])
    assert not stubs & {url.removesuffix("index.md") for url in linked}
    whole = re.findall(r'^url: "(.+)"$', copies["/llms-full.txt"], re.MULTILINE)
    assert sorted(whole) == [urljoin(URL, page[1:]) for page in pages(built_site)]
    assert "This page moved to [" not in copies["/llms-full.txt"]


def test_every_link_in_the_copies_works(built_site: Path) -> None:
    """To a page it leads to that page's copy, and its fragment is on the page."""
    copies = markdown(built_site)
    anchors: dict[str, set[str | None]] = {}
    count = 0
    for address, text in copies.items():
        html = python_markdown.markdown(text, extensions=["fenced_code", "tables"])
        for link in re.findall(r'<a href="([^"]+)"', html):
            url, fragment = urldefrag(link)
            assert re.match("https?://", url), (address, link)
            if not url.startswith(URL):
                continue
            count += 1
            place = "/" + url.removeprefix(URL)
            assert (built_site / place[1:]).is_file(), (address, link)
            if fragment:
                page = place.removesuffix("index.md")
                if page not in anchors:
                    anchors[page] = {node.id for node in built.document(built_site, page).css("[id]")}
                assert fragment in anchors[page], (address, link)
    assert count > 200


def test_a_copy_holds_what_its_page_shows_and_nothing_else(built_site: Path) -> None:
    copies = markdown(built_site)
    for address in pages(built_site):
        text = copies[f"{address}index.md"]
        head, body = re.fullmatch(r"---\n(.*?)\n---\n\n(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
        said = yaml.safe_load(head)
        assert said["url"] == urljoin(URL, address[1:])
        assert said["description"] == metadata(built_site, address)["description"]
        assert body.startswith(f"# {said['title']}\n")
        article = built.article(built_site, address)
        plain = " ".join(re.sub(r"[\\`*>|]", "", body).split())
        for node in article.css("h2, h3, figcaption"):
            assert words(node).rstrip("¶").strip().replace("`", "") in plain.replace("`", ""), address
        codes = [code.text().strip("\n") for code in article.css("pre code")]
        assert body.count("\n```") >= len(codes), address
        flat = re.sub(r"^[> ]+", "", body, flags=re.MULTILINE)
        for code in codes:
            assert re.sub(r"^[> ]+", "", code, flags=re.MULTILINE) in flat, (address, code)
        outside = re.sub(r"(?ms)^([> ]*)(`{3,}).*?^\1\2$", "", body)
        outside = re.sub(r"`[^`\n]*`", "", outside)
        assert not re.search(r"<(?!https?:)/?[a-z]|¶|--8<--|\{ *[.#]|^===|^!!!", outside, re.MULTILINE), (
            address
        )
    realtime = copies["/ai-gateway/websockets-api/realtime-api/index.md"]
    assert "**Python**\n\n`openai.py`\n\n```python\n" in realtime
    assert "> **Never put a long-lived key into a public page**\n>\n> " in realtime
    assert "\n> *Diagram: " in realtime
    assert "````markdown\n" in copies["/contributing/index.md"]
    assert "| `/ai-gateway/integration/` | [/ai-gateway/integrations/](" in copies["/moved-pages/index.md"]


def test_an_old_address_has_a_note_for_machines(built_site: Path) -> None:
    copies = markdown(built_site)
    for old, new in REDIRECTS.items():
        url = new if "://" in new else urljoin(URL, f"{new[1:]}index.md")
        assert copies[f"{old}index.md"] == f"This page moved to [{url}]({url}).\n"
    assert set(copies) == {
        "/llms.txt",
        "/llms-full.txt",
        *(f"{page}index.md" for page in (*pages(built_site), *built.stubs(built_site))),
    }


def test_the_copies_are_no_part_of_what_the_site_promises(built_copy: SiteCopy) -> None:
    check = built_copy.run("unbroken", "check")
    assert (check.returncode, check.stdout.strip()) == (0, ""), check.stdout


def test_finishing_a_site_that_has_them_does_not_take_them_for_pages(
    site_copy: SiteCopy, built_site: Path
) -> None:
    (site_copy.path / ".venv").symlink_to(ROOT / ".venv")
    must(site_copy.run("cp", "-r", built_site, "site"))
    pattern = "    patterns:\n      ai-gateway/configuration/*: ai-gateway/*\n"
    site_copy.edit("redirects.yml", "  unbroken:\n", f"  unbroken:\n{pattern}")
    found = must(site_copy.run("unbroken", "finish", "site"))
    assert "overlap" in found.stdout + found.stderr
    assert "pattern-live" not in found.stdout + found.stderr
    must(site_copy.run("scripts/llms.py"))
    page = "/moved-pages/index.md"  # it shows the pattern
    before, after = markdown(built_site), markdown(site_copy.site)
    assert "`/ai-gateway/configuration/*`" in after[page]
    assert {**after, page: "", "/llms-full.txt": ""} == {**before, page: "", "/llms-full.txt": ""}
