"""What a reader sees, in a real browser on a plain file server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import expect

from tests import built
from tests.servers import StaticServer, serve_directory
from tests.site.test_facts import PAGES, REDIRECTS, WEBSOCKETS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page, Route

    from tests.conftest import Record

INSIDE = {old: new for old, new in REDIRECTS.items() if new.startswith("/")}
OUTSIDE = {old: new for old, new in REDIRECTS.items() if old not in INSIDE}
SECTION = [WEBSOCKETS, f"{WEBSOCKETS}realtime-api/", f"{WEBSOCKETS}non-realtime-api/"]


@pytest.fixture(scope="module")
def server(built_site: Path) -> Iterator[StaticServer]:
    """The built site on a host that knows no rules."""
    with serve_directory(built_site) as server:
        yield server


@pytest.mark.parametrize("old", INSIDE)
@pytest.mark.parametrize("rest", ["", "?from=test", "#troubleshooting", "?from=test&again=1#troubleshooting"])
def test_an_old_address_ends_at_its_new_one(
    server: StaticServer, page: Page, record: Record, old: str, rest: str
) -> None:
    page.goto(server.url + old + rest, wait_until="commit")
    page.wait_for_url(server.url + INSIDE[old] + rest)
    expect(page.locator("article h1")).to_be_visible()
    assert record.faults() == []


@pytest.mark.parametrize("old", INSIDE)
def test_an_old_address_arrives_without_scripts(
    server: StaticServer, scriptless_page: Page, old: str
) -> None:
    scriptless_page.goto(server.url + old, wait_until="commit")
    scriptless_page.wait_for_url(server.url + INSIDE[old])
    expect(scriptless_page.locator("article h1")).to_be_visible()


@pytest.mark.parametrize("fixture", ["page", "scriptless_page"])
@pytest.mark.parametrize("old", OUTSIDE)
def test_an_old_address_of_what_left_the_site_leaves_it(
    server: StaticServer, request: pytest.FixtureRequest, fixture: str, old: str
) -> None:
    """The other site is played by the browser: nothing leaves this machine."""
    page: Page = request.getfixturevalue(fixture)

    def answer(route: Route) -> None:
        route.fulfill(body="<title>There</title>", content_type="text/html")

    page.route(lambda url: not url.startswith(server.url), answer)
    page.goto(server.url + old, wait_until="commit")
    page.wait_for_url(OUTSIDE[old])
    expect(page).to_have_title("There")


def unfold(page: Page) -> None:
    """Open every note, as a reader does who clicks on its title."""
    for note in page.locator("article details").all():
        if note.get_attribute("open") is None:
            note.locator("> summary").click()


@pytest.mark.parametrize("address", SECTION)
def test_a_websockets_page_shows_its_tables_and_diagram(
    server: StaticServer, page: Page, record: Record, address: str
) -> None:
    page.goto(server.url + address)
    unfold(page)
    tables = page.locator("article table")
    assert tables.count() >= 2
    for table in tables.all():
        expect(table).to_be_visible()
        assert table.locator("tbody tr").count() >= 2
    diagram = page.locator("article figure svg")
    expect(diagram).to_be_visible()
    box = diagram.bounding_box()
    assert box is not None
    assert box["width"] > 300
    assert box["height"] > 100
    assert record.faults() == []


@pytest.mark.parametrize("address", SECTION)
def test_a_diagram_follows_light_and_dark(server: StaticServer, page: Page, address: str) -> None:
    page.goto(server.url + address)
    label = page.locator("article figure svg text").first
    colours = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.reload()
        colours.append(label.evaluate("text => getComputedStyle(text).fill"))
    assert colours[0] != colours[1]


@pytest.mark.parametrize("address", SECTION)
def test_every_tab_shows_its_example(server: StaticServer, page: Page, address: str) -> None:
    page.goto(server.url + address)
    sets = page.locator("article .tabbed-set").all()
    assert sets
    for tabs in sets:
        labels = tabs.locator("> .tabbed-labels > label").all()
        blocks = tabs.locator("> .tabbed-content > .tabbed-block").all()
        assert len(labels) == len(blocks) >= 1
        for label in labels:
            label.click()
            for other, block in zip(labels, blocks, strict=True):
                expect(block).to_be_visible(visible=other is label)


def test_a_choice_of_tab_is_kept_for_the_whole_page(server: StaticServer, page: Page) -> None:
    page.goto(server.url + SECTION[2])
    page.locator("article .tabbed-set").first.get_by_text("Browser", exact=True).click()
    examples = page.locator("article .tabbed-set").all()
    assert len(examples) > 1
    for tabs in examples:
        expect(tabs.locator("pre").filter(has_text="addEventListener").first).to_be_visible()


def test_search_finds_realtime(server: StaticServer, page: Page, record: Record) -> None:
    page.goto(server.url)
    page.keyboard.press("/")
    page.keyboard.type("realtime")
    result = page.locator(f".md-search-result__link[href*='{SECTION[1]}']").first
    expect(result).to_be_visible()
    result.click()
    page.wait_for_url(f"{server.url}{SECTION[1]}**")
    assert record.faults() == []


#: What readers type, and the page of the guide that answers it.
SEARCHES = {
    "authentication": "/ai-gateway/",
    "streaming": SECTION[2],
    "headers": "/ai-gateway/providers/universal/",
    "rate limit": "/ai-gateway/",
    "retry": "/ai-gateway/",
    "mock": WEBSOCKETS,
    "test without account": WEBSOCKETS,
    "BYOK": SECTION[1],
    "401": SECTION[1],
    "1006": SECTION[1],
    "browser": SECTION[1],
    "Python": WEBSOCKETS,
    # And what authors of a site ask of the tool, which ranks below the guide.
    "ledger": "/unbroken/",
    "import": "/unbroken/",
}


@pytest.mark.parametrize("words", SEARCHES)
def test_search_finds_the_right_page_first(server: StaticServer, page: Page, words: str) -> None:
    page.goto(f"{server.url}/?q={quote(words)}")
    results = page.locator(".md-search-result__item a.md-search-result__link")
    expect(results.first).to_be_visible()
    path = urlsplit(results.first.get_attribute("href") or "").path
    right = SEARCHES[words]
    assert path.startswith(right) if right == "/unbroken/" else path == right


def test_no_page_has_an_error_or_asks_another_origin(
    server: StaticServer, built_site: Path, page: Page, record: Record
) -> None:
    for address in sorted(built.pages(built_site)):
        page.goto(server.url + address, wait_until="networkidle")
    assert set(PAGES) <= built.pages(built_site)
    assert record.faults() == []


def test_instant_navigation_changes_the_page_without_loading_it_again(
    server: StaticServer, built_site: Path, page: Page, record: Record
) -> None:
    """The theme does so for addresses in the sitemap: here with those the site has on this server."""
    sitemap = (built_site / "sitemap.xml").read_text(encoding="utf-8")
    here = re.sub(r"<loc>https://[^/]+", f"<loc>{server.url}", sitemap)
    page.route("**/sitemap.xml", lambda route: route.fulfill(body=here, content_type="application/xml"))
    page.goto(server.url + SECTION[0], wait_until="networkidle")
    page.evaluate("window.stayed = true")
    page.locator("article").get_by_role("link", name="Realtime", exact=True).first.click()
    page.wait_for_url(f"{server.url}{SECTION[1]}")
    expect(page.locator("article h1")).to_contain_text("Realtime WebSockets API")
    assert page.evaluate("window.stayed") is True
    assert record.faults() == []


def test_an_unknown_address_gets_the_page_that_helps(server: StaticServer, page: Page) -> None:
    answer = page.goto(f"{server.url}/ai-gateway/nothing/here/")
    assert answer is not None
    assert answer.status == 404
    expect(page.locator("article h1")).to_be_visible()
    assert page.locator("article a[href]").count() >= 2
    page.locator("article a[href]").first.click()
    expect(page.locator("article h1")).to_be_visible()
    assert page.url.startswith(server.url)


def test_the_recorder_sees_errors_and_foreign_requests(page: Page, record: Record, tmp_path: Path) -> None:
    """So that a test that finds no fault means something."""
    (tmp_path / "index.html").write_text(
        "<title>x</title><script>console.error('one'); setTimeout(() => { throw Error('two') })</script>"
        "<script src='http://localhost:1/three.js'></script>",
        encoding="utf-8",
    )
    with serve_directory(tmp_path) as server:
        page.goto(server.url, wait_until="networkidle")
    assert any("one" in error for error in record.console_errors)
    assert record.page_errors == ["two"]
    assert record.foreign_requests == ["http://localhost:1/three.js"]
