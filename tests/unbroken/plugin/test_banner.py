"""What `mkdocs serve` shows on the page that a finding is about, and that no build has any of it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import expect

from tests.commands import must, run
from tests.servers.process import eventually, free_port, running
from tests.unbroken.sites import write_config
from unbroken.findings.base import Place
from unbroken.findings.links import BrokenLink
from unbroken.plugin.banner import copies

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.conftest import Record

EVIL = "<img src=x onerror=alert(1)>"
BANNER = "#unbroken-banner aside"
TEXT = "A sentence of a page. " * 80
PAGES = {
    "index.md": f"# Home\n\n[Guide](guide.md)\n\n{TEXT}",
    "guide.md": f"# Guide\n\n{TEXT}\n\n## Install\n\n[Home](index.md)\n",
    "naïve.md": f"# Naïve\n\n[Nowhere](gone.md)\n\n{TEXT}",
    f"{EVIL}.md": f"# Evil\n\n<a href='#{EVIL}'>x</a>\n",
    "snippet.txt": "",
}
GOOD = PAGES["guide.md"]
BROKEN = f"{GOOD}\n[Moved](#instal)\n"
MATERIAL = {
    "name": "material",
    "font": False,
    "features": ["navigation.instant"],
    "palette": {"scheme": "default"},
}


def write(folder: Path, theme: object, **files: str) -> None:
    """Write a site that has one broken link, and nothing else that is wrong."""
    (folder / "docs").mkdir()
    for name, text in {**PAGES, **files}.items():
        (folder / "docs" / name).write_text(text, encoding="utf-8")
    severity = {"ledger-behind": "off"}
    write_config(folder, {"old.md": "guide.md"}, theme=theme, unbroken={"severity": severity})


@contextmanager
def served(folder: Path, *command: str) -> Iterator[str]:
    url = f"http://127.0.0.1:{free_port()}"
    with running([*command, "--dev-addr", url.removeprefix("http://")], cwd=folder, url=url) as server:
        yield server.url


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("banner")
    write(folder, MATERIAL)
    return folder


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with served(folder, "mkdocs", "serve") as url:
        yield url


@pytest.fixture
def guide(url: str, folder: Path) -> Iterator[Path]:
    """A page without a fault, for a test to break; the next one finds it as it was."""
    file = folder / "docs/guide.md"
    yield file
    if file.read_text() != GOOD:
        file.write_text(GOOD)
    assert eventually(lambda: errors(url, page="/guide/") == 0)


def errors(url: str, **query: str) -> int:
    """How many errors the server says a page has."""
    said = httpx.get(f"{url}/_unbroken/findings.json", params=query)
    assert (said.status_code, said.headers["Content-Type"]) == (200, "application/json")
    found: int = said.json()["errors"]
    return found


def edit(page: Page, file: Path, text: str) -> None:
    """Save a file, and wait until the browser has loaded its page anew."""
    page.evaluate("window.before = true")
    file.write_text(text, encoding="utf-8")
    page.wait_for_function("!window.before && document.readyState === 'complete'")


def test_a_broken_link_shows_on_its_page_and_goes_when_it_is_mended(
    page: Page, record: Record, url: str, guide: Path
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{url}/guide/")
    edit(page, guide, BROKEN)
    banner = page.locator(BANNER)
    expect(banner.get_by_role("status")).to_have_text("Unbroken: 1 error")
    expect(banner.get_by_role("listitem")).to_contain_text(
        "error #instal is not on /guide/.docs/guide.md:9:9 broken-anchorPerhaps link to `#install`."
    )
    expect(banner.get_by_role("link")).to_have_attribute("href", re.compile("/findings/#broken-anchor$"))
    banner.get_by_role("button", name="Copy #install").click()
    expect(banner.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "#install"
    edit(page, guide, GOOD)
    expect(page.locator("h1")).to_contain_text("Guide")
    expect(banner).to_have_count(0)
    assert record.faults() == []


def test_the_banner_follows_instant_navigation(page: Page, url: str, guide: Path) -> None:
    page.goto(f"{url}/")
    edit(page, guide, BROKEN)
    page.evaluate("window.same = true")
    page.locator("article").get_by_role("link", name="Guide").click()
    expect(page.locator(BANNER)).to_contain_text("#instal is not on /guide/")
    page.locator("article").get_by_role("link", name="Home").click()
    expect(page).to_have_url(f"{url}/")
    expect(page.locator(BANNER)).to_have_count(0)
    assert page.evaluate("window.same") is True, "the page was loaded anew: instant navigation is off"


def test_what_is_dismissed_stays_away_until_something_else_is_wrong(
    page: Page, url: str, guide: Path
) -> None:
    page.goto(f"{url}/guide/")
    edit(page, guide, BROKEN)
    hide = page.locator(BANNER).get_by_role("button", name="Hide these findings")
    hide.focus()
    page.keyboard.press("Enter")
    expect(page.locator(BANNER)).to_have_count(0)
    edit(page, guide, f"{BROKEN}\nMore text.\n")
    with page.expect_response("**/findings.json?*"):
        page.reload()
    # The server's word, and not that answer's body: a page that is loaded once more takes it along.
    assert errors(url, page="/guide/") == 1
    expect(page.locator(BANNER)).to_have_count(0)
    edit(page, guide, f"{BROKEN}\n[Another](#other)\n")
    expect(page.locator(BANNER).get_by_role("status")).to_have_text("Unbroken: 2 errors")
    hide.focus()
    page.keyboard.press("Escape")
    expect(page.locator(BANNER)).to_have_count(0)


def test_the_page_keeps_its_shape_and_the_banner_its_colours(page: Page, url: str, guide: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 780})
    page.goto(f"{url}/guide/")
    edit(page, guide, BROKEN + "".join(f"\n[{i}](#{i}x)\n" for i in range(9)))
    banner = page.locator(BANNER)
    expect(banner).to_contain_text("7 more in the terminal.")
    shape = "[scrollX, document.documentElement.scrollHeight, document.documentElement.scrollWidth]"
    box = banner.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert 780 / 2 <= box["y"] <= box["y"] + box["height"] <= 780
    colour = "aside => getComputedStyle(aside).backgroundColor"
    assert banner.evaluate(colour) == "rgb(255, 255, 255)"
    page.evaluate("document.body.setAttribute('data-md-color-scheme', 'slate')")
    assert banner.evaluate(colour) == "rgb(36, 37, 45)"
    before = page.evaluate(shape)
    banner.get_by_role("button", name="Hide").click()
    assert page.evaluate(shape) == before


def test_a_finding_shows_where_its_line_of_the_map_or_the_ledger_points(
    page: Page, url: str, folder: Path
) -> None:
    config, ledger = folder / "mkdocs.yml", folder / "published-urls.txt"
    before = config.read_text()
    page.goto(f"{url}/")
    edit(page, config, before.replace("old.md: guide.md", "old.md: guide.md#instal\n      lost.md: no.md"))
    try:
        expect(page.locator(BANNER)).to_contain_text("no.md is not published")
        page.goto(f"{url}/lost/")
        expect(page.locator(BANNER)).to_contain_text("no.md is not published")
        page.goto(f"{url}/guide/")
        expect(page.locator(BANNER)).to_contain_text("mkdocs.yml:")
        expect(page.locator(BANNER)).to_contain_text("dead-anchor")
        config.write_text(before)
        expect(page.locator(BANNER)).to_have_count(0)
        # An address of the ledger that answers no more, and one whose heading is gone.
        ledger.write_text("/gone/\n/guide/#linux\n")
        edit(page, config, before + "# The ledger is watched from the next start on.\n")
        expect(page.locator(BANNER)).to_contain_text("/guide/#linux was published")
        page.goto(f"{url}/gone/")
        line = "gone.md: new/page.md"
        expect(page.locator(BANNER)).to_contain_text("/gone/ was published and no longer answers.")
        expect(page.locator(BANNER).get_by_role("button", name=f"Copy {line}")).to_be_visible()
    finally:
        ledger.unlink(missing_ok=True)
        config.write_text(before)
        assert eventually(lambda: errors(url) == 0)


def test_nothing_that_a_site_says_becomes_part_of_the_page(page: Page, record: Record, url: str) -> None:
    page.goto(f"{url}/{quote(EVIL)}/")
    expect(page.locator(BANNER)).to_contain_text(f"#{EVIL} is not on")
    expect(page.locator(BANNER)).to_contain_text(f"docs/{EVIL}.md:3:")
    assert page.locator(f"{BANNER} img").count() == 0
    assert record.faults() == []


def test_the_server_answers_whatever_is_asked(url: str) -> None:
    for spelling in ("/na%C3%AFve/", "/naïve/", "/na%C3%AFve", "/na%C3%AFve/index.html"):
        assert errors(url, page=spelling) == 1
    for spelling in ("/../../x", "/guide/", "", "\0", "%", "//", "http://example.com/", "/" * 2000):
        assert errors(url, page=spelling) == 0
    assert errors(url) == 0
    # Whole documents, of their announced length; and nothing is put into what is no page.
    answer = httpx.get(f"{url}/guide/")
    assert len(answer.content) == int(answer.headers["Content-Length"])
    assert answer.text.count("/_unbroken/banner.js") == 1
    assert httpx.get(f"{url}/snippet.txt").content == b""


@pytest.mark.parametrize(
    ("command", "theme"),
    [
        (("mkdocs", "serve"), "readthedocs"),
        (("mkdocs", "serve", "--dirty"), "mkdocs"),
        (("properdocs", "serve"), {"name": None, "custom_dir": "theme"}),
    ],
    ids=["mkdocs", "mkdocs --dirty", "properdocs"],
)
def test_the_same_with_other_themes_and_servers(
    page: Page, tmp_path: Path, command: tuple[str, ...], theme: object
) -> None:
    write(tmp_path, theme)
    (tmp_path / "theme").mkdir()
    (tmp_path / "theme/main.html").write_text("<title>{{ page.title }}</title>{{ page.content }}")
    guide = tmp_path / "docs/guide.md"
    with served(tmp_path, *command) as url:
        page.route("https://**", lambda route: route.abort())  # these themes load scripts from elsewhere
        page.goto(f"{url}/guide/")
        edit(page, guide, BROKEN)
        expect(page.locator(BANNER)).to_contain_text("#instal is not on /guide/")
        edit(page, guide, GOOD)
        expect(page.locator(BANNER)).to_have_count(0)
        page.goto(f"{url}/naïve/")
        expect(page.locator(BANNER)).to_contain_text("gone.md is not there")


def test_a_build_has_no_trace_of_it(folder: Path, tmp_path: Path) -> None:
    for command in (["mkdocs"], ["mkdocs", "--dirty"], ["properdocs"]):
        site = tmp_path / "-".join(command)
        build = run(command[0], "build", *command[1:], "--site-dir", site, cwd=folder)
        assert "gone.md is not there" in must(build).stderr
        written = [file for file in site.rglob("*") if file.is_file()]
        assert site / "guide/index.html" in written
        assert not [f for f in written if "banner" in f.name or b"_unbroken/" in f.read_bytes()]


@pytest.mark.parametrize(
    ("command", "text", "copied"),
    [
        ("unbroken record", "", "unbroken record"),
        ("unbroken check --fix", "a.md#b", "unbroken check --fix"),
        ("", "a.md: b.md", "a.md: b.md"),
        ("", "", ""),
    ],
)
def test_what_is_copied_is_a_command_before_anything_else(command: str, text: str, copied: str) -> None:
    assert copies(BrokenLink(Place("a.md"), "Wrong.", "Mend it.", command, text=text)) == copied
