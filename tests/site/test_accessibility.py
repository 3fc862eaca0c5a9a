"""That everybody can read the site: axe-core, Lighthouse, the keyboard, small screens, paper, no scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.commands import ROOT
from tests.servers import StaticServer, serve_directory
from tests.site.lighthouse import Ask, lighthouse
from tests.site.test_facts import WEBSOCKETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from playwright.sync_api import Page, ViewportSize

AXE = ROOT / "tests/node/node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "experimental"]
#: Beside those that a tag switches on.
RULES = {
    "target-size": {"enabled": True},
    # Numbered code is a table without data, and its file's name is no caption: the rule cannot tell.
    "table-fake-caption": {"enabled": False},
}
#: What can be right in light and wrong in dark.
COLOURS = ["color-contrast", "link-in-text-block"]
REALTIME = f"{WEBSOCKETS}realtime-api/"
PHONE: ViewportSize = {"width": 390, "height": 844}
WIDE: ViewportSize = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def server(built_site: Path) -> Iterator[StaticServer]:
    """The built site on a plain file server."""
    with serve_directory(built_site) as server:
        yield server


def addresses(built_site: Path) -> list[str]:
    """Every page that a reader may come to, the one for lost readers included."""
    sitemap = (built_site / "sitemap.xml").read_text(encoding="utf-8")
    return [*re.findall(r"<loc>https?://[^/]+([^<]*)</loc>", sitemap), "/404.html"]


#: What the sixth row of a table looks like, the fifth one does, and some have hundreds of cells.
ROWS = "tbody tr:nth-child(n + 6)"
#: What every page of a layout has round its own text.
ROUND = [".md-header", ".md-tabs", ".md-sidebar--primary", ".md-footer"]


def judged(page: Page, options: dict[str, Any], but: Sequence[str] = ()) -> list[str]:
    """What axe-core says against the page as it is now, but for some parts of it."""
    found: list[str] = page.evaluate(
        """async ({ exclude, ...options }) => {
            const context = { exclude };
            const { violations } = await axe.run(context, { resultTypes: ["violations"], ...options });
            return violations.flatMap(({ id, nodes }) => nodes.map((node) =>
                `${id}: ${node.target.join(" ")} ${node.html.slice(0, 120)} (${node.failureSummary})`));
        }""",
        {"exclude": [ROWS, *but], **options},
    )
    return found


@pytest.mark.parametrize(
    "half", [pytest.param(number, marks=pytest.mark.xdist_group(f"axe-{number}")) for number in range(2)]
)
def test_axe_finds_nothing_in_light_and_dark_on_wide_and_small_screens(
    server: StaticServer, built_site: Path, page: Page, half: int
) -> None:
    faults = []
    page.emulate_media(reduced_motion="reduce")  # else colours are judged on their way
    for address in addresses(built_site)[half::2]:
        page.goto(server.url + address)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        for size in (WIDE, PHONE):
            page.set_viewport_size(size)
            # A small screen has the colours of a wide one, on every page those of its layout.
            first = address in LIGHTHOUSE or address == "/404.html"
            colours = size is WIDE or first
            for scheme in ("dark", "light") if colours else ("light",):
                page.emulate_media(color_scheme=scheme)
                page.wait_for_selector(
                    f"body[data-md-color-scheme={'slate' if scheme == 'dark' else 'default'}]"
                )
                rules = RULES if colours else RULES | {rule: {"enabled": False} for rule in COLOURS}
                options = {"runOnly": TAGS, "rules": rules} if scheme == "light" else {"runOnly": COLOURS}
                found = judged(page, options, () if first else ROUND)
                faults += [f"{address} {size['width']} {scheme} {fault}" for fault in found]
    assert faults == []


@pytest.mark.parametrize("opened", ["__drawer", "__search"])
def test_axe_finds_nothing_in_the_drawer_and_the_search(
    server: StaticServer, page: Page, opened: str
) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size(PHONE)
    page.goto(server.url + REALTIME)
    page.locator(f".md-header__button[for={opened}]").click()
    if opened == "__search":
        page.keyboard.type("websocket")
        expect(page.locator(".md-search-result__link").first).to_be_visible()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert judged(page, {"runOnly": TAGS, "rules": RULES}) == []


def test_axe_is_heard(page: Page) -> None:
    """So that a test without faults means something."""
    page.set_content(
        "<html lang=en><title>x</title><main><h1>x</h1><img src=x><p style='color:#ccc'>pale</p>"
    )
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert [fault.partition(":")[0] for fault in judged(page, {"runOnly": TAGS})] == [
        "color-contrast",
        "image-alt",
    ]


LIGHTHOUSE: dict[str, list[str]] = {
    address: [] for address in ("/", WEBSOCKETS, REALTIME, f"{WEBSOCKETS}non-realtime-api/")
} | {
    # As a host answers an unknown address, with status 404: that alone is what these two tell of.
    "/nothing/is/here/": ["http-status-code", "errors-in-console"],
}


@pytest.mark.parametrize("form", ["mobile", "desktop"])
def test_lighthouse_gives_every_point(server: StaticServer, chromium: Path, form: str) -> None:
    pages = [Ask(server.url + address, form, skip) for address, skip in LIGHTHOUSE.items()]
    found = lighthouse(chromium, ["accessibility", "best-practices", "seo"], pages)
    assert [(page["url"], page["error"], page["faults"]) for page in found] == [
        (ask.url, None, []) for ask in pages
    ]
    assert {score for page in found for score in page["scores"].values()} == {1}


#: Everything on the page as it is now that takes the focus and that a reader can see, each with a name; what
#: stands for a hidden check box or radio button is seen in its place.
WATCH = r"""
window.seenAs = (element) =>
    element.matches(".md-option") ? element.nextElementSibling
    : element.matches(".tabbed-set > input") ? element.parentElement.querySelector(".tabbed-labels")
    : element;
window.named = (element) => {
    const all = [...document.querySelectorAll(element.localName)];
    const text = element.getAttribute("aria-label") ?? element.textContent.trim().slice(0, 30);
    const first = [...element.classList].find((name) => name !== "focus-visible") ?? "";
    return `${element.localName} ${all.indexOf(element)} ${first} ${text}`;
};
window.takesFocus = () => [...document.querySelectorAll("a[href], button, input, summary, [tabindex]")]
    .filter((element) => element.tabIndex >= 0 && !element.closest("[inert]")
        && seenAs(element).checkVisibility({
            visibilityProperty: true, opacityProperty: !element.matches(".headerlink") })
        && !(element.type === "radio" && !element.checked) && element.type !== "checkbox")
    .map(named);
window.looks = (element) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(element);
    return [outlineStyle, outlineStyle === "none" ? "" : outlineWidth + outlineColor, boxShadow].join();
};
window.stops = [];
document.addEventListener("focusin", ({ target }) => {
    const shown = seenAs(target);
    const box = shown.getBoundingClientRect();
    const inView = box.width > 0 && box.height > 0
        && box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight;
    stops.push({ name: named(target), element: shown, look: looks(shown), inView });
});
"""


def walk(page: Page) -> tuple[list[str], list[str]]:
    """Press Tab from the top to the end: the names of all stops, and what is wrong with any."""
    page.evaluate(WATCH)
    for _ in range(500):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
    names = page.evaluate("stops.map(({ name }) => name)")
    faults = page.evaluate("""stops.flatMap(({ name, element, look, inView }) => [
        ...(inView ? [] : [`${name} has the focus out of view`]),
        ...(looks(element) === look ? [`${name} does not show it`] : []),
    ])""")
    return names, faults


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("address", ["/", REALTIME, "/404.html"])
def test_tab_reaches_everything_and_shows_where_it_is(
    server: StaticServer, page: Page, address: str, size: ViewportSize
) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size(size)
    page.goto(server.url + address, wait_until="networkidle")
    names, faults = walk(page)
    assert faults == []
    assert set(page.evaluate("takesFocus()")) - set(names) == set()
    wanted = ["md-option"]
    wanted += ["md-search__input", "md-tabs__link"] if size is WIDE else ["press Navigation", "press Search"]
    if address == REALTIME:
        assert "md-skip" in names[0]
        wanted += ["md-content__button", "input", "md-code__button", "md-footer__link", "examples/google.mjs"]
        wanted += (
            ["md-nav__link Supported providers"] if size is WIDE else []
        )  # on a phone its table is cards
    if address == "/404.html":
        wanted += ["press Search the guide"]
    reached = "\n".join(names) + page.evaluate("[...document.links].map((link) => link.href).join(' ')")
    assert [part for part in wanted if part not in reached] == []


def focus_is_in(page: Page, place: str) -> bool:
    """Whether the focus is within a place, or with the browser itself."""
    inside: bool = page.evaluate(
        "place => document.activeElement === document.body || document.activeElement.closest(place) !== null",
        place,
    )
    return inside


def test_the_drawer_opens_turns_and_closes_by_keyboard(server: StaticServer, page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto(server.url + REALTIME)
    opener = page.get_by_role("button", name="Navigation")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Back from WebSockets API")).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "true")
    for _ in range(8):
        page.keyboard.press("Tab")
        assert focus_is_in(page, ".md-sidebar--primary")
        assert page.evaluate("document.activeElement.checkVisibility({ visibilityProperty: true })")
    page.get_by_role("button", name="On this page").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Back from On this page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="On this page", exact=True)).to_be_focused()
    page.get_by_role("button", name="Back from WebSockets API").press("Enter")
    expect(page.get_by_role("button", name="More of WebSockets API")).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")
    expect(page.locator(".md-sidebar--primary")).to_be_hidden()
    assert page.locator("[inert]").count() == 0


def test_a_drawer_left_open_holds_nothing_back_on_a_wide_screen(server: StaticServer, page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto(server.url + REALTIME)
    page.get_by_role("button", name="Navigation").press("Enter")
    assert page.locator("[inert]").count() > 3
    page.set_viewport_size(WIDE)
    expect(page.locator("[inert]")).to_have_count(0)


def test_the_search_opens_finds_and_closes_by_keyboard(server: StaticServer, page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto(server.url + REALTIME)
    opener = page.get_by_role("button", name="Search", exact=True)
    opener.focus()
    page.keyboard.press("Enter")
    field = page.locator(".md-search__input")
    expect(field).to_be_focused()
    page.keyboard.type("websocket")
    expect(page.locator(".md-search-result__link").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    assert focus_is_in(page, ".md-search-result")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    page.keyboard.press("Tab")  # the theme closes the search then
    expect(page.locator(".md-content__button")).to_be_focused()


def test_the_search_opens_from_the_page_for_lost_readers(server: StaticServer, page: Page) -> None:
    page.goto(server.url + "/404.html")
    page.get_by_role("button", name="Search the guide").press("Enter")
    expect(page.locator(".md-search__input")).to_be_focused()


def test_nothing_moves_for_who_asks_for_that(server: StaticServer, page: Page) -> None:
    page.goto(server.url + REALTIME)
    moving = """() => [...document.querySelectorAll("*")].flatMap((element) =>
        ["", "::before", "::after"].flatMap((part) => {
            const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(element, part);
            const still = /^(0s(, )?)+$/.test(transitionDuration) && animationName === "none";
            return still && scrollBehavior === "auto" ? [] : [element.className + part];
        }))"""
    page.add_style_tag(content="@keyframes x {} h1 { animation: x 1s } article { scroll-behavior: smooth }")
    assert page.evaluate(moving) != []
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moving) == []


#: What is wider than the screen, and not in something that scrolls by itself.
TOO_WIDE = """() => [...document.querySelectorAll("body *")].filter((element) => {
    const { left, right, width, height } = element.getBoundingClientRect();
    if (!width || !height) return false;
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    if (right <= innerWidth + 1 && left >= -1) return false;
    for (let outer = element.parentElement; outer && outer !== document.body; outer = outer.parentElement) {
        if (getComputedStyle(outer).overflowX !== "visible") return false;
    }
    return true;
}).map((element) => `${element.localName}.${element.className} ${element.textContent.trim().slice(0, 40)}`)"""


def test_no_page_is_wider_than_a_small_screen(server: StaticServer, built_site: Path, page: Page) -> None:
    """1440 pixels at 200 % zoom are 720; at 400 %, what WCAG 1.4.10 asks for, 320 are left."""
    page.emulate_media(reduced_motion="reduce")
    faults = []
    for address in addresses(built_site):
        page.goto(server.url + address)
        for width in (720, 390, 320):
            page.set_viewport_size({"width": width, "height": 450})
            faults += [f"{address} {width} {fault}" for fault in page.evaluate(TOO_WIDE)]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                faults.append(f"{address} {width} scrolls sideways")
    assert faults == []


def test_without_scripts_the_page_is_there_and_leads_on(server: StaticServer, scriptless_page: Page) -> None:
    page = scriptless_page
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size(WIDE)
    page.goto(server.url + REALTIME)
    expect(page.locator("article h1")).to_be_visible()
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator(".md-tabs__link").first).to_be_visible()
    tabs = page.locator("article .tabbed-set").nth(1)
    tabs.locator(".tabbed-labels > label").nth(2).click()
    expect(tabs.locator(".tabbed-block").nth(2)).to_be_visible()
    page.locator(".md-sidebar--primary").get_by_role("link", name="Non-realtime API").click()
    expect(page.locator("article h1")).to_contain_text("Non-realtime")
    page.set_viewport_size(PHONE)
    link = page.locator(".md-sidebar--primary").get_by_role("link", name="Realtime API", exact=True)
    expect(link).to_be_hidden()
    page.keyboard.press("Shift+Tab")
    page.locator("#__drawer").press("Space")
    expect(page.locator(".md-header__button[for=__drawer]")).to_have_css("outline-style", "solid")
    expect(link).to_be_visible()
    link.press("Enter")
    expect(page.locator("article h1")).to_contain_text("Realtime")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_shows_the_whole_text_and_nothing_else(server: StaticServer, page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 720, "height": 1000})
    page.goto(server.url + REALTIME, wait_until="networkidle")
    page.emulate_media(media="print", color_scheme=scheme)
    for part in (
        ".md-header",
        ".md-tabs",
        ".md-sidebar",
        ".md-footer",
        ".md-content__button",
        ".md-code__button",
    ):
        for found in page.locator(part).all():
            expect(found).to_be_hidden()
    for block in page.locator("article .tabbed-block").all():
        expect(block).to_be_visible()
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator(".drawing .box").first).to_have_css("fill", "rgb(255, 255, 255)")
    expect(page.locator(".drawing .name").first).to_have_css("fill", "rgb(21, 33, 31)")
    cut = """[...document.querySelectorAll("article pre > code, article table, article figure")]
        .filter((element) => element.scrollWidth > element.clientWidth + 1
            || element.getBoundingClientRect().right > innerWidth + 1)
        .map((element) => element.textContent.slice(0, 60))"""
    assert page.evaluate(cut) == []
    assert page.pdf(format="A4").startswith(b"%PDF")
