"""What a visitor's browser does with stubs, rules and moved anchors, on a real Material site."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.commands import must, run
from tests.servers.cloudflare import wrangler_pages
from tests.servers.static import serve_directory
from tests.unbroken.sites import write_config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.conftest import Record

PARAGRAPH = "\n\n".join(["Some text to make the page long."] * 60)
PAGES = {
    "index.md": "# Home\n\n[A moved heading](guide.md#old-name)\n\n[Guide](guide.md)\n\n## Start here\n",
    "guide.md": f"# Guide\n\n[Within](#old-name)\n\n{PARAGRAPH}\n\n## New name\n\n{PARAGRAPH}\n\n"
    + "## Café {#café}\n\n"
    + PARAGRAPH,
    "other.md": f"# Other\n\n{PARAGRAPH}\n\n## Place\n\n{PARAGRAPH}\n",
    "new.md": f"# New\n\n{PARAGRAPH}\n\n## Kept\n\n## In the way\n\n{PARAGRAPH}\n",
}
MAP = {
    "old.md": "guide.md",
    "deep/er/old.md": "guide.md#new-name",
    "unicode/café.md": "guide.md#caf%C3%A9",
    "guide.md#old-name": "guide.md#new-name",
    "guide.md#moved-away": "other.md#place",
    "guide.md#<script>": "guide.md#new-name",
    "guide.md#old name é": "guide.md#new-name",
    "split.md": "new.md",
    "split.md#went": "other.md#place",
    "torn.md": "new.md",
    "torn.md#in-the-way": "other.md#place",
}
SETTINGS = {
    "theme": {
        "name": "material",
        "font": False,
        "features": ["navigation.instant", "toc.follow", "navigation.tracking"],
    },
    "markdown_extensions": ["attr_list", {"toc": {"permalink": True}}],
    "validation": {"links": {"anchors": "info"}},
    "unbroken": {"hosts": ["cloudflare"]},
}
# Material's own inline scripts do not run under it; nothing of ours is inline.
STRICT = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Material site with instant navigation on a plain file server: stubs alone answer."""
    folder = tmp_path_factory.mktemp("material")
    for name, text in PAGES.items():
        (folder / "docs").mkdir(exist_ok=True)
        (folder / "docs" / name).write_text(text, encoding="utf-8")
    (folder / "site").mkdir()
    with serve_directory(folder / "site") as server:
        # Instant navigation goes by the addresses in the sitemap, port and all.
        write_config(folder, MAP, site_url=f"{server.url}/", **SETTINGS)
        must(run("mkdocs", "build", "--strict", cwd=folder))
        _built[server.url] = folder / "site"
        yield server.url


_built: dict[str, Path] = {}


@pytest.fixture(scope="module")
def site(url: str) -> Path:
    """The same site's directory."""
    return _built[url]


def arrives(page: Page, start: str, end: str) -> None:
    page.goto(start)
    expect(page).to_have_url(end)


ARRIVALS = [
    ("/old/", "/guide/"),
    ("/old/?q=1&r=a%20b", "/guide/?q=1&r=a%20b"),
    ("/old/#new-name", "/guide/#new-name"),
    ("/old/?q=1#new-name", "/guide/?q=1#new-name"),
    ("/deep/er/old/", "/guide/#new-name"),
    ("/deep/er/old/#guide", "/guide/#guide"),
    ("/deep/er/old/?q#guide", "/guide/?q#guide"),
    ("/unicode/caf%C3%A9/", "/guide/#caf%C3%A9"),
    ("/unicode/café/?é=1", "/guide/?%C3%A9=1#caf%C3%A9"),
    ("/old/#old-name", "/guide/#new-name"),
    ("/old/#moved-away", "/other/#place"),
    ("/guide/#old-name", "/guide/#new-name"),
    ("/guide/?q=1#moved-away", "/other/?q=1#place"),
    ("/guide/#%3Cscript%3E", "/guide/#new-name"),
    ("/guide/#old%20name%20%C3%A9", "/guide/#new-name"),
    ("/guide/#new-name", "/guide/#new-name"),
    ("/guide/#nothing", "/guide/#nothing"),
    ("/guide/#%E0%A4%A", "/guide/#%E0%A4%A"),
    ("/guide/#__proto__", "/guide/#__proto__"),
    ("/old/#constructor", "/guide/#constructor"),
    ("/split/", "/new/"),
    ("/split/#kept", "/new/#kept"),
    ("/split/?q=1#went", "/other/?q=1#place"),
    ("/torn/#in-the-way", "/other/#place"),
    ("/torn/#kept", "/new/#kept"),
    ("/new/#in-the-way", "/new/#in-the-way"),
    ("/new/#went", "/other/#place"),
]


@pytest.mark.parametrize(("start", "end"), ARRIVALS)
def test_a_visitor_arrives(page: Page, record: Record, url: str, start: str, end: str) -> None:
    arrives(page, url + start, url + end)
    assert record.faults() == []


def test_the_heading_is_in_view_after_its_anchor_moved(page: Page, url: str) -> None:
    arrives(page, f"{url}/guide/#old-name", f"{url}/guide/#new-name")
    expect(page.get_by_role("heading", name="New name")).to_be_in_viewport()
    arrives(page, f"{url}/old/#moved-away", f"{url}/other/#place")
    expect(page.get_by_role("heading", name="Place")).to_be_in_viewport()


def test_the_heading_stays_in_view_where_the_theme_has_just_kept_another_place(page: Page, url: str) -> None:
    # The theme keeps how far a page was scrolled, a moment later, and goes back there when told of a move.
    page.add_init_script("addEventListener('popstate', () => history.replaceState({x: 0, y: 0}, ''), true)")
    arrives(page, f"{url}/guide/#old-name", f"{url}/guide/#new-name")
    expect(page.get_by_role("heading", name="New name")).to_be_in_viewport()
    page.wait_for_function("history.state && history.state.y > 0")  # the theme has answered
    expect(page.get_by_role("heading", name="New name")).to_be_in_viewport()


@pytest.mark.parametrize(
    ("start", "end"),
    [("/old/", "/guide/"), ("/deep/er/old/", "/guide/#new-name"), ("/split/#went", "/new/")],
)
def test_without_scripts_the_page_is_reached_all_the_same(
    scriptless_page: Page, url: str, start: str, end: str
) -> None:
    scriptless_page.goto(url + start)
    # A refresh without script may lose the fragment; it never loses the page.
    expect(scriptless_page).to_have_url(re.compile(re.escape(url + end)))


@pytest.mark.parametrize(
    "start", ["/old/#new-name", "/guide/#moved-away", "/guide/#old-name", "/split/#went"]
)
def test_the_back_button_goes_back(page: Page, url: str, start: str) -> None:
    page.goto(f"{url}/")
    page.goto(url + start)
    expect(page).to_have_url(re.compile(r"/(guide|other)/#(new-name|place)$"))
    page.go_back()
    expect(page).to_have_url(f"{url}/")


def test_a_link_within_the_page_to_a_moved_anchor_moves(page: Page, record: Record, url: str) -> None:
    page.goto(f"{url}/guide/")
    page.get_by_role("link", name="Within").click()
    expect(page).to_have_url(f"{url}/guide/#new-name")
    expect(page.get_by_role("heading", name="New name")).to_be_in_viewport()
    assert record.faults() == []


def test_the_same_on_a_preview_at_another_address(page: Page, site: Path) -> None:
    # There instant navigation finds no page in the sitemap, and scrolls back to the top by itself.
    with serve_directory(site) as server:
        page.goto(f"{server.url}/guide/")
        page.get_by_role("link", name="Within").click()
        expect(page).to_have_url(f"{server.url}/guide/#new-name")
        expect(page.get_by_role("heading", name="New name")).to_be_in_viewport()


def test_an_anchor_typed_into_the_address_bar_moves(page: Page, url: str) -> None:
    page.goto(f"{url}/guide/")
    page.evaluate("location.hash = 'moved-away'")
    expect(page).to_have_url(f"{url}/other/#place")


def test_a_moved_anchor_is_followed_under_instant_navigation(page: Page, record: Record, url: str) -> None:
    page.goto(f"{url}/")
    page.evaluate("window.samePage = true")
    page.get_by_role("link", name="A moved heading").click()
    expect(page).to_have_url(f"{url}/guide/#new-name")
    assert page.evaluate("window.samePage") is True, "the page was loaded anew: instant navigation is off"
    expect(page.get_by_role("heading", name="New name")).to_be_in_viewport()
    assert record.faults() == []


LINK_TO_OTHER = "nav a[href$='/other/'], nav a[href='../other/']"


def test_the_moves_of_a_page_end_with_it_under_instant_navigation(page: Page, url: str) -> None:
    page.goto(f"{url}/guide/")
    page.evaluate("window.samePage = true")
    page.locator(LINK_TO_OTHER).first.evaluate("link => link.click()")
    expect(page.get_by_role("heading", name="Other")).to_be_attached()
    expect(page).to_have_url(f"{url}/other/")
    assert page.evaluate("window.samePage") is True
    page.evaluate("location.hash = 'old-name'")
    settled(page)
    expect(page).to_have_url(f"{url}/other/#old-name")


def test_they_end_as_soon_as_the_address_is_another_page_s(page: Page, url: str) -> None:
    """On a slow machine the address has changed while the page before is still shown."""
    page.goto(f"{url}/guide/")
    page.route("**/other/", lambda route: None)  # an answer that does not come
    page.evaluate("history.pushState(null, '', '../other/'); location.hash = 'old-name'")
    settled(page)
    expect(page.get_by_role("heading", name="New name")).to_be_attached()
    expect(page).to_have_url(f"{url}/other/#old-name")


def settled(page: Page) -> None:
    """Wait until the page has answered a change of its address, which takes it two frames."""
    frame = "new Promise(done => requestAnimationFrame(done))"
    page.evaluate(f"{frame}.then(() => {frame}).then(() => {frame}).then(() => {frame})")


@pytest.mark.parametrize(("start", "end"), ARRIVALS)
def test_the_same_under_a_strict_content_security_policy(
    page: Page, site: Path, start: str, end: str
) -> None:
    with serve_directory(site, {"Content-Security-Policy": STRICT}) as server:
        arrives(page, server.url + start, server.url + end)


def test_a_split_page_behind_a_rule(page: Page, site: Path) -> None:
    rules = (site / "_redirects").read_text()
    assert "/split/ /new/ 301" in rules
    assert "/torn/" not in rules
    with wrangler_pages(site) as server:
        for start, end in [
            ("/split/#went", "/other/#place"),
            ("/split/?q=1#kept", "/new/?q=1#kept"),
            ("/torn/#in-the-way", "/other/#place"),
            ("/torn/?q=1", "/new/?q=1"),
            ("/old/#old-name", "/guide/#new-name"),
        ]:
            arrives(page, server.url + start, server.url + end)
