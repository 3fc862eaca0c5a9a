"""What the first view of each page weighs over the wire, part by part, in Chromium."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import sync_playwright

from scripts.headers import nginx as headers_for_nginx
from tests.servers.nginx import nginx

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.servers.process import Server

#: What a part is for, by its address.
PARTS = {
    r"(/|\.html)$": "the page: text, navigation, highlighted code",
    r"/assets/site\.\w+\.css$": "the look: Material's rules that a page here uses, and ours",
    r"/assets/first\.\w+\.js$": "colours before the first paint, chosen tabs, search that waits",
    r"/assets/javascripts/bundle\.": "Material: navigation, search box, tabs, copy buttons; and our keys",
    r"/assets/unbroken\.js$": "where moved headings of this page are now",
    r"/assets/unbroken-lookup\.js": "the nearest page for an address that is not here",
    r"/sitemap\.xml$": "the pages that instant navigation may fetch",
    r"/assets/favicon\.svg$": "the mark in the browser's tab",
}
WIDTHS = (1440, 390)
#: How many pages load side by side.
AT_ONCE = 4
SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifts.push(entry.value);
}).observe({ type: "layout-shift", buffered: true });
"""


@dataclass
class View:
    """A first view: bytes over the wire by address, headers included, and how far things moved."""

    sizes: dict[str, int] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)
    shift: float = 0.0

    @property
    def total(self) -> int:
        """All bytes."""
        return sum(self.sizes.values())

    def parts(self) -> dict[str, int]:
        """Bytes by what they are for."""
        found: dict[str, int] = {}
        for address, size in self.sizes.items():
            name = next((what for like, what in PARTS.items() if re.search(like, address)), address)
            found[name] = found.get(name, 0) + size
        return found


@contextmanager
def served(site: Path) -> Iterator[Server]:
    """The site by nginx as the page on hosting has it: its headers, and gzip."""
    with nginx(site.resolve(), http=headers_for_nginx(site / "_headers")) as server:
        yield server


def _favicon(page: Page, view: View) -> None:
    """Count the mark in the tab: a browser without a window asks for none."""
    icon = page.locator("link[rel=icon]").evaluate("icon => icon.href")
    if urlsplit(icon).path not in view.sizes:
        with httpx.stream("GET", icon, headers={"Accept-Encoding": "gzip"}) as answer:
            head = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
            view.sizes[urlsplit(icon).path] = head + sum(map(len, answer.iter_raw()))


def _watched(page: Page, url: str) -> View:
    """A view that fills while the page loads."""
    view = View()
    addresses: dict[str, str] = {}

    def asked(event: dict[str, Any]) -> None:
        address = event["request"]["url"]
        if urlsplit(address).scheme != "data":
            addresses[event["requestId"]] = urlsplit(address).path
            view.sizes[urlsplit(address).path] = 0
            if urlsplit(address).netloc != urlsplit(url).netloc:
                view.foreign.append(address)

    def finished(event: dict[str, Any]) -> None:
        if event["requestId"] in addresses:
            view.sizes[addresses[event["requestId"]]] += int(event["encodedDataLength"])

    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.requestWillBeSent", asked)
    session.on("Network.loadingFinished", finished)
    return view


def first_views(browser: Browser, url: str, addresses: Iterable[str], width: int) -> dict[str, View]:
    """Load pages, each with an empty cache, until they have asked for everything that they want."""
    views: dict[str, View] = {}
    for some in batched(addresses, AT_ONCE):
        pages: dict[str, Page] = {}
        for address in some:
            context = browser.new_context(viewport={"width": width, "height": 900})
            context.add_init_script(SHIFTS)
            pages[address] = context.new_page()
            views[address] = _watched(pages[address], url)
            pages[address].goto(url + address, wait_until="commit")
        for address, page in pages.items():
            page.wait_for_load_state("networkidle", timeout=120_000)  # one of several, on any machine
            views[address].shift = sum(page.evaluate("window.shifts"))
            _favicon(page, views[address])
            page.context.close()
    return views


def batched(addresses: Iterable[str], size: int) -> Iterator[list[str]]:
    """The addresses in lists of a size."""
    rest = list(addresses)
    while rest:
        yield rest[:size]
        rest = rest[size:]


def weight(site: Path, browser_path: str) -> None:
    """Print what each kilobyte of the lightest and the heaviest page is for."""
    from tests import built
    from tests.conftest import CHROMIUM_ARGUMENTS

    if not (site / "_headers").is_file():
        sys.exit(f"{site}/_headers is not there: run ./scripts/build.")
    pages = sorted(page for page in built.pages(site) if "/examples/" not in page)
    with sync_playwright() as playwright, served(site) as server:
        browser = playwright.chromium.launch(executable_path=browser_path, args=CHROMIUM_ARGUMENTS)
        views = first_views(browser, server.url, pages, WIDTHS[0])
        browser.close()
    order = sorted(pages, key=lambda page: views[page].total)
    lightest, heaviest = order[0], order[-1]
    print(f"{len(pages)} pages, {min(len(views[page].sizes) for page in pages)} to "
          f"{max(len(views[page].sizes) for page in pages)} requests\n")  # fmt: skip
    print(f"| What for | `{lightest}` | `{heaviest}` |\n| --- | --- | --- |")
    for part in dict.fromkeys([*views[heaviest].parts(), *views[lightest].parts()]):
        cells = [views[page].parts().get(part, 0) / 1000 for page in (lightest, heaviest)]
        print(f"| {part} | {cells[0]:.1f} kB | {cells[1]:.1f} kB |")
    print(f"| **All** | {views[lightest].total / 1000:.1f} kB | {views[heaviest].total / 1000:.1f} kB |")
