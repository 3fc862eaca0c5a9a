"""The first view of a page is light and still; search comes when it is wanted; nothing looks different."""

from __future__ import annotations

import io
import re
import shutil
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import expect

from scripts.bench.weight import WIDTHS, first_views, served
from scripts.slim import PLAIN, blocks, purged, slim, used, without_dead_properties
from tests import built
from tests.commands import must
from tests.servers import serve_directory
from tests.site.test_browser import SECTION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route

    from tests.conftest import Record
    from tests.servers import StaticServer
    from tests.servers.process import Server
    from tests.sitecopy import SiteCopy

MOST_BYTES = 90_000
MOST_REQUESTS = 8
SEARCH = re.compile(r"/search/search_index\.json$|/workers/search\.")


@pytest.fixture(scope="module")
def server(built_site: Path) -> Iterator[Server]:
    """The built site as nginx serves it, compressed."""
    with served(built_site) as server:
        yield server


def own_pages(site: Path) -> list[str]:
    """Every page with the look of this site: all but the examples to download."""
    return sorted(page for page in built.pages(site) if "/examples/" not in page)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_first_view_of_every_page_is_light_and_still(
    server: Server, built_site: Path, browser: Browser, width: int
) -> None:
    views = first_views(browser, server.url, own_pages(built_site), width)
    assert len(views) >= 20
    for address, view in views.items():
        assert view.total <= MOST_BYTES, (address, view.sizes)
        assert len(view.sizes) <= MOST_REQUESTS, (address, view.sizes)
        assert view.foreign == []
        assert view.shift == 0, address
        assert not any(map(SEARCH.search, view.sizes)), address
        assert 0 not in view.sizes.values(), view.sizes


def asked_for_search(record: Record) -> list[str]:
    """What was asked for that only search needs."""
    return [urlsplit(url).path for url in record.requests if SEARCH.search(urlsplit(url).path)]


@pytest.mark.parametrize("way", ["/", "s", "f", "click"])
def test_search_is_fetched_when_it_is_wanted(server: Server, page: Page, record: Record, way: str) -> None:
    page.goto(f"{server.url}/ai-gateway/", wait_until="networkidle")
    page.locator("article h1").click()
    page.keyboard.press("PageDown")
    assert asked_for_search(record) == []
    if way == "click":
        page.locator(".md-search__input").click()
    else:
        page.keyboard.press(way)
    page.keyboard.type("realti")
    # What is found names what was typed, and may be of its beginning yet.
    expect(page.locator(f".md-search-result__link[href*='{SECTION[1]}?h=realti']").first).to_be_visible()
    expect(page.locator(".md-search__suggest")).to_have_text("realtime")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**h=realti*")
    expect(page.locator("article mark").first).to_be_visible()
    assert len([path for path in asked_for_search(record) if path.endswith("json")]) >= 1
    assert record.faults() == []


def test_search_on_a_small_screen_opens_by_its_label(
    server: Server, browser: Browser, record: Record
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    record.watch(page)
    page.goto(server.url, wait_until="networkidle")
    assert asked_for_search(record) == []
    page.locator("header .md-header__button[for=__search]").click()
    page.keyboard.type("realtime")
    expect(page.locator(".md-search-result__link").first).to_be_visible()
    page.close()
    assert record.faults() == []


def test_what_is_typed_while_the_index_is_under_way_is_searched(server: Server, page: Page) -> None:
    held: list[Route] = []
    page.route("**/search_index.json", lambda route: held.append(route))
    page.goto(server.url, wait_until="networkidle")
    with page.expect_request("**/search_index.json"):
        page.keyboard.press("/")
    page.keyboard.type("realtime")
    assert page.locator(".md-search-result__link").count() == 0
    held.pop().continue_()
    expect(page.locator(f".md-search-result__link[href*='{SECTION[1]}']").first).to_be_visible()


@pytest.mark.parametrize("query", ["q", "h"])
def test_an_address_that_searches_does_so_at_once(
    server: Server, page: Page, record: Record, query: str
) -> None:
    page.goto(f"{server.url}{SECTION[1]}?{query}=realtime")
    shown = "article mark" if query == "h" else f".md-search-result__link[href*='{SECTION[1]}']"
    expect(page.locator(shown).first).to_be_visible()
    assert asked_for_search(record)
    assert record.faults() == []


def test_search_stays_away_and_works_after_instant_navigation(
    server: Server, built_site: Path, page: Page, record: Record
) -> None:
    here_is_the_sitemap(page, server.url, built_site)
    page.goto(server.url + SECTION[0], wait_until="networkidle")
    page.evaluate("window.stayed = true")
    # A moment after a new page has come, the theme closes navigation and search. Only then may one open it.
    page.locator("#__drawer").evaluate("toggle => toggle.click()")
    page.locator("article").get_by_role("link", name="Realtime", exact=True).first.click()
    expect(page.locator("article h1")).to_contain_text("Realtime WebSockets API")
    expect(page.locator("#__drawer")).not_to_be_checked()
    assert asked_for_search(record) == []
    page.keyboard.press("/")
    page.keyboard.type("fallback")
    expect(page.locator(".md-search-result__link").first).to_be_visible()
    assert page.evaluate("window.stayed") is True
    assert record.faults() == []


def here_is_the_sitemap(page: Page, url: str, site: Path) -> None:
    """Instant navigation is for the addresses in the sitemap: here with those on this server."""
    here = re.sub(r"<loc>https://[^/]+", f"<loc>{url}", (site / "sitemap.xml").read_text(encoding="utf-8"))
    page.route("**/sitemap.xml", lambda route: route.fulfill(body=here, content_type="application/xml"))


def test_another_bundle_would_search_as_it_always_did(server: Server, page: Page) -> None:
    """What is not known as the index or the worker of a search is not held back."""
    page.goto(server.url, wait_until="networkidle")
    status = page.evaluate(
        """() => new Promise((done) => {
            const request = new XMLHttpRequest();
            request.onload = () => done(request.status);
            request.open("GET", "other/index.json");
            request.send();
        })"""
    )
    assert status == 404
    assert page.evaluate("new Worker('assets/other.js').terminate !== undefined")


def test_a_chosen_tab_is_open_on_the_next_page(server: Server, built_site: Path, page: Page) -> None:
    here_is_the_sitemap(page, server.url, built_site)
    page.goto(server.url + SECTION[2], wait_until="networkidle")
    page.locator("article .tabbed-set").first.get_by_text("Browser", exact=True).click()
    page.locator("nav.md-nav--primary").get_by_role("link", name="Realtime API").first.click()
    expect(page.locator("article h1")).to_contain_text("Realtime WebSockets API")
    for again in (False, True):
        if again:
            page.reload()
        tabs = page.locator("article .tabbed-set").filter(has_text="Browser").first
        chosen = tabs.locator("> input:checked")
        expect(tabs.locator(f"label[for='{chosen.get_attribute('id')}']")).to_have_text("Browser")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("stored", [None, "light", "dark"])
def test_colours_are_right_before_the_bundle_runs(
    server: Server, browser: Browser, scheme: str, stored: str | None
) -> None:
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    if stored:
        page.goto(server.url, wait_until="networkidle")
        option = page.locator(f"input[data-md-color-media='(prefers-color-scheme: {stored})']")
        option.evaluate("option => option.click()")
    page.route("**/bundle.*", lambda route: route.abort())
    page.goto(f"{server.url}/ai-gateway/")
    dark = (stored or scheme) == "dark"
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate" if dark else "default")
    context.close()


# What is under way when a picture is taken is shown as it ends: a bar of progress, a search that opens.
STILL = "*, ::before, ::after { transition: none !important; animation: none !important; }"
LOOKS = ["/", SECTION[0], "/unbroken/hosts/", "/404.html"]


def pictures(
    browser: Browser, server: StaticServer, width: int, scheme: Literal["light", "dark"]
) -> list[bytes]:
    """Whole pages, then search and navigation opened."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    found = []
    for address in LOOKS:
        page.goto(server.url + address, wait_until="networkidle")
        found.append(page.screenshot(full_page=True, animations="disabled", style=STILL))
    if width < 1000:
        page.locator("header label[for=__drawer]").click()
        found.append(page.screenshot(animations="disabled", style=STILL))
        page.reload(wait_until="networkidle")
        page.locator("header .md-header__button[for=__search]").click()
    else:
        page.keyboard.press("/")
    page.keyboard.type("realtime")
    expect(page.locator(".md-search-result__item").nth(2)).to_be_visible()
    # What is found names what it has of the text typed, which may be the beginning of it yet.
    expect(page.locator(".md-search-result__link[href*='?h=r']:not([href*='?h=realtime'])")).to_have_count(0)
    found.append(page.screenshot(animations="disabled", style=STILL, caret="hide"))
    context.close()
    return found


LOOKS_LIKE_TEXT = """spans => spans.filter((span) => {
    const [own, text] = [span, span.closest("code")].map((element) => getComputedStyle(element));
    return ["color", "fontWeight", "fontStyle", "textDecoration", "backgroundColor"].some(
        (name) => name !== "backgroundColor" ? own[name] !== text[name] : own[name] !== "rgba(0, 0, 0, 0)"
    );
}).length"""


def test_what_is_left_out_changes_no_pixel(site_copy: SiteCopy, built_site: Path, browser: Browser) -> None:
    hook = "- scripts/slim.py"
    site_copy.edit("mkdocs.yml", hook, f"# {hook}")
    must(site_copy.build())
    assert list((site_copy.site / "assets/stylesheets").glob("main.*.css"))
    assert not list((built_site / "assets/stylesheets").iterdir())
    with serve_directory(site_copy.site) as whole, serve_directory(built_site) as slimmed:
        for scheme in ("light", "dark"):
            page = browser.new_page(color_scheme="dark" if scheme == "dark" else "light")
            page.goto(whole.url + SECTION[1], wait_until="networkidle")
            spans = page.locator(", ".join(f"code span.{name}" for name in ("n", "nx", "w")))
            assert spans.count() > 1000
            assert spans.evaluate_all(LOOKS_LIKE_TEXT) == 0
            page.close()
        # Letters without a span between them are set closer by less than a pixel.
        for file in site_copy.site.rglob("*.html"):
            file.write_text(PLAIN.sub(r"\1", file.read_text(encoding="utf-8")), encoding="utf-8")
        looks: list[tuple[int, Literal["light", "dark"]]] = [(WIDTHS[0], "light"), (WIDTHS[1], "dark")]
        for width, scheme in looks:
            before = pictures(browser, whole, width, scheme)
            after = pictures(browser, slimmed, width, scheme)
            for number, pair in enumerate(zip(before, after, strict=True)):
                one, other = (Image.open(io.BytesIO(data)).convert("RGB") for data in pair)
                assert one.size == other.size
                # Rounded corners of the same page were seen to differ by 5 of 255 steps, which nobody sees.
                steps = ImageChops.difference(one, other).convert("L").getextrema()[1]
                assert isinstance(steps, int)
                assert steps <= 8, (width, scheme, number)


def test_a_second_run_of_slim_changes_nothing(built_copy: SiteCopy, tmp_path: Path) -> None:
    again = tmp_path / "site"
    shutil.copytree(built_copy.site, again)
    slim(again)
    for file in built_copy.site.rglob("*"):
        if file.is_file():
            assert (again / file.relative_to(built_copy.site)).read_bytes() == file.read_bytes(), file
    assert len(list(again.rglob("*"))) == len(list(built_copy.site.rglob("*")))


def test_a_rule_stays_when_a_page_or_a_script_names_what_it_is_for() -> None:
    use = used(['<p class="a b--c" dir="ltr">gone'], ['"d"', "`e--${kind}` rtl"])
    css = (
        ".a{x:1}.gone{x:1}.a .d>p,.gone{x:1}[dir=rtl] .a{x:1}.e--left{x:1}.f--left{x:1}"
        "@media print{.gone{x:1}}@media print{.b--c{x:1}}@keyframes k{from{x:1}}"
        "p:not(.gone){x:1}a{x:1}.a:before{content:'}.gone{'}"
    )  # fmt: skip
    assert purged(css, use) == (
        ".a{x:1}.a .d>p{x:1}.e--left{x:1}@media print{.b--c{x:1}}@keyframes k{from{x:1}}"
        "p:not(.gone){x:1}a{x:1}.a:before{content:'}.gone{'}"
    )


def test_a_custom_property_stays_when_something_asks_for_it() -> None:
    css = ":root{--a:url('x;}y');--b:var(--a);--c:1}p{--e:2;x:var(--d)}b{--f:3}"
    assert without_dead_properties(css, ["get('--e')"]) == "p{--e:2;x:var(--d)}"
    kept = without_dead_properties(css + "i{x:var(--b)}", [])
    assert kept == ":root{--a:url('x;}y');--b:var(--a);}p{x:var(--d)}i{x:var(--b)}"


def test_statements_are_told_apart() -> None:
    assert blocks('@import "a;b";p{x:url(data:a;b)}@media x{a{}b{}}') == [
        ('@import "a;b"', None),
        ("p", "x:url(data:a;b)"),
        ("@media x", "a{}b{}"),
    ]
