#!/usr/bin/env python3
"""Write llms.txt, and a Markdown copy of each page at its address plus `index.md`, into the built site.

    scripts/llms.py [SITE]

MkDocs and ProperDocs run it as a hook at the end of each build; after Zensical, run it once `unbroken finish`
is done. The copies are made from the finished pages, so they say what the pages say, whoever built them.
"""

from __future__ import annotations

import json
import os
import re
import sys
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from bs4 import Tag
    from selectolax.lexbor import LexborNode

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv" / "bin" / "python"

if __name__ == "__main__" and Path(sys.prefix) != PYTHON.parent.parent:  # go on in the virtual environment
    if not PYTHON.exists():
        sys.exit("llms: run ./scripts/setup first, it makes the virtual environment")
    os.execv(PYTHON, [str(PYTHON), __file__, *sys.argv[1:]])

import yaml  # noqa: E402
from markdownify import ATX, MarkdownConverter  # noqa: E402
from selectolax.lexbor import LexborHTMLParser  # noqa: E402

from unbroken.model.addresses import page_address, stub_file  # noqa: E402
from unbroken.publish.finish import finish  # noqa: E402
from unbroken.workspace import config as configuration  # noqa: E402
from unbroken.workspace.built_site import Site  # noqa: E402

#: What is for the eye, or for another page.
DROPPED = (
    ".headerlink, .feedback, .md-content__button, .md-source-file, .eyebrow, aside, svg, script, style, input"
)


#: By the URL of each page: its HTML, and what became of it.
known: dict[str, tuple[bytes, str, str, str]] = {}


class Converter(MarkdownConverter):
    """HTML to Markdown; a fence is longer than any that it encloses."""

    def convert_pre(self, element: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a block of code."""
        code = element.get_text().strip("\n")
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
        language = (element.get_attribute_list("class") or [""])[0]
        return f"\n\n{fence}{language or ''}\n{code}\n{fence}\n\n"

    def convert_td(self, element: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a cell; a bar would end it."""
        return str(super().convert_td(element, text.replace("|", "\\|"), parent_tags))  # type: ignore[misc]


def there(found: LexborNode | None) -> LexborNode:
    """Return what a page of this site has; another page would stop the build here."""
    assert found is not None
    return found


def put(node: LexborNode, html: str) -> None:
    """Put HTML where a node is."""
    node.insert_before(there(there(LexborHTMLParser(html).body).child))
    node.decompose()


def words(node: LexborNode) -> str:
    """Return what a node says, as HTML."""
    return escape(" ".join(node.text().split()))


def prepared(article: LexborNode) -> LexborNode:
    """Turn what Markdown has no word for into what it has: tabs, titles of code, notes, drawings."""

    for unwanted in article.css(DROPPED):
        unwanted.decompose()
    for figure in article.css("figure"):
        caption = figure.css_first("figcaption")
        put(figure, f"<p><em>Diagram: {words(caption)}</em></p>" if caption else "<p></p>")
    for box in article.css(".highlight"):
        names = (box.attributes["class"] or "").split()
        language = next((name[9:] for name in names if name.startswith("language-")), "")
        file = box.css_first(".filename")
        named = f"<p><code>{words(file)}</code></p>" if file else ""
        code = box.css("pre")[-1].text()  # the one before has the numbers of the lines
        put(box, f'<div>{named}<pre class="{escape(language)}">{escape(code)}</pre></div>')
    # The innermost first, because what is around it is written anew.
    for title in reversed(article.css(".admonition > .admonition-title, details > summary")):
        note = there(title.parent)
        put(title, f"<p><strong>{words(title)}</strong></p>")
        put(note, f"<blockquote>{note.inner_html}</blockquote>")
    for tabs in article.css(".tabbed-labels"):
        labels = [words(label) for label in tabs.css("label")]
        content = next(
            node for node in there(tabs.parent).iter() if node.attributes.get("class") == "tabbed-content"
        )
        for label, block in zip(labels, list(content.iter()), strict=True):
            block.insert_before(there(there(LexborHTMLParser(f"<p><strong>{label}</strong></p>").body).child))
        tabs.decompose()
    return article


def converted(html: bytes, url: str, moved: Callable[[str], str]) -> tuple[str, str, str]:
    """Return the title, the description and the Markdown of a page."""
    page = LexborHTMLParser(html)
    status = page.css_first("article .eyebrow")
    said = {"status": status.text(strip=True)} if status else {}
    article = prepared(there(page.css_first("article")))
    for link in article.css("a[href]"):
        link.attrs["href"] = moved(urljoin(url, link.attributes["href"] or ""))
        link.attrs["title"] = ""
    title = " ".join(there(article.css_first("h1")).text().split())
    about = there(page.css_first('meta[name="description"]')).attributes["content"] or ""
    body = Converter(heading_style=ATX, bullets="-", escape_underscores=False).convert(article.html or "")
    body = re.sub(r"[ \t]+$", "", body, flags=re.MULTILINE)
    body = re.sub(r"\n{3,}", "\n\n", body).strip()
    head = {"title": title, "description": about, "url": url, **said}
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()]
    return title, about, "\n".join(["---", *lines, "---", "", body, ""])


def pages_of(nav: Iterable[Any], section: str = "") -> Iterator[tuple[str, str]]:
    """Yield the pages of the navigation, each with the name of its first-level section."""
    for item in nav:
        for name, value in item.items() if isinstance(item, dict) else [("", item)]:
            if isinstance(value, list):
                yield from pages_of(value, section or name)
            else:
                yield section, value


def write(site: Path, config: Mapping[str, Any]) -> None:
    """Write everything into a built site; ``config`` is what mkdocs.yml says."""
    base = str(config["site_url"])
    root = urlsplit(base).path
    nav = [(section, page_address(page, True)) for section, page in pages_of(config["nav"])]
    copies = {address: urljoin(base, address[1:] + "index.md") for _, address in nav}

    def moved(url: str) -> str:
        """The address of what a URL names: its copy, if it is a page that has one."""
        page, fragment = urldefrag(url)
        address = "/" + urlsplit(page).path.removeprefix(root) if page.startswith(base) else ""
        return copies.get(address, page) + (f"#{fragment}" if fragment else "")

    index: dict[str, list[str]] = {}
    whole = []
    for section, address in nav:
        place = site / address[1:]
        url = urljoin(base, address[1:])
        html = (place / "index.html").read_bytes()
        if url not in known or known[url][0] != html:  # under `mkdocs serve` most pages are as before
            known[url] = (html, *converted(html, url, moved))
        _, title, about, text = known[url]
        (place / "index.md").write_text(text, encoding="utf-8")
        index.setdefault(section, []).append(f"- [{title}]({copies[address]}): {about}")
        whole.append(text)

    built = Site(site)
    for old in built.stubs:
        page = built.page(old)
        file = stub_file(old)
        if page and page.to and file and file.endswith("/index.html"):
            new = moved(urljoin(urljoin(base, old[1:]), page.to))
            note = site / file.replace("index.html", "index.md")
            note.write_text(f"This page moved to [{new}]({new}).\n", encoding="utf-8")

    about = " ".join(config["site_description"].split())
    lines = [f"# {config['site_name']}", "", f"> {about}", ""]
    lines += [
        "Every page is here in Markdown, too: at its address with `index.md` behind it. "
        f"All of them in one file: [llms-full.txt]({urljoin(base, 'llms-full.txt')}).",
        "",
    ]
    for section, entries in index.items():
        lines += [*([f"## {section}", ""] if section else []), *entries, ""]
    (site / "llms.txt").write_text("\n".join(lines), encoding="utf-8")
    (site / "llms-full.txt").write_text("\n".join(whole), encoding="utf-8")


def on_post_build(config: Mapping[str, Any]) -> None:
    """MkDocs and ProperDocs call this at the end of each build."""
    site = configuration.read(ROOT / "mkdocs.yml")
    site.site_url = config["site_url"]  # that of `mkdocs serve` is another
    finish(site, Path(config["site_dir"]))  # the plugin does so last of all, and then looks for these files
    write(Path(config["site_dir"]), config)


if __name__ == "__main__":
    write(Path(*sys.argv[1:] or ["site"]), yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8")))
