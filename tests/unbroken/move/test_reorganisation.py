"""This very site, with its WebSockets section moved away and back: a browser visits all it ever had."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import httpx
import yaml

from tests.commands import ROOT, must, output
from tests.servers import serve_directory
from tests.servers.nginx import nginx
from tests.site.test_facts import REDIRECTS, WEBSOCKETS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Response

    from tests.sitecopy import SiteCopy

HERE, AWAY = WEBSOCKETS.strip("/"), "guides/realtime/websockets"
# None of these says where a visitor ends up.
NOISE = ["*.css", "*.svg", "*.png", "*.woff2", "*/javascripts/*", "*/search/*", "*.ico"]
STANDS_AT = """fragments => fragments.filter(fragment => {
    location.hash = fragment;
    const found = document.querySelector(":target");
    const box = found?.getBoundingClientRect();
    return !found || found.id !== decodeURIComponent(fragment) || box.bottom < 0 || box.top > innerHeight;
})"""


def address_of(page: str) -> str:
    """The address of a page path, on a site whose pages are folders."""
    path, mark, fragment = page.partition("#")
    return f"/{path.removesuffix('.md')}/".replace("/index/", "/") + mark + fragment


# The headings that moved, by their old addresses.
HEADINGS = {
    address_of(old): address_of(new)
    for old, new in yaml.safe_load((ROOT / "redirects.yml").read_text(encoding="utf-8"))["plugins"][
        "redirects"
    ]["redirect_maps"].items()
    if "#" in old
}


def heading_of(address: str) -> str:
    """The address of a heading where its page is today."""
    path, mark, fragment = address.partition("#")
    path = REDIRECTS.get(path, path)
    if path.startswith(f"/{AWAY}/"):
        path = f"/{HERE}/{path.removeprefix(f'/{AWAY}/')}"
    return path + mark + fragment


def leads_to(address: str, section: str) -> str:
    """Where the content of an address is while the section stands there."""
    heading = heading_of(address)
    end = HEADINGS.get(heading, heading)
    return f"/{section}/{end.removeprefix(f'/{HERE}/')}" if end.startswith(f"/{HERE}/") else end


def is_page(address: str) -> bool:
    """Whether an address shows in a browser."""
    return address.partition("#")[0].endswith(("/", ".html"))


def visit(page: Page, base: str, addresses: list[str], section: str, *, by_rule: bool) -> list[str]:
    """What is wrong with where a browser ends up, for each address.

    Every stub is asked for each of its fragments, and every page for each heading that it had. Where a page
    answers at once, or by a rule, one load of it serves all others.
    """
    documents: list[tuple[str, int]] = []

    def note(answer: Response) -> None:
        if answer.request.is_navigation_request():
            documents.append((answer.url, answer.status))

    page.on("response", note)
    faults = []
    for path, each in groupby(addresses, lambda address: address.partition("#")[0]):
        together = [*each]
        alone = [address for address in together if heading_of(address) in HEADINGS]
        together = [address for address in together if address not in alone]
        last = together[-1:]  # it has a fragment, if any has
        moved = any(leads_to(address, section) != address for address in last)
        for address in [*alone, *(together if moved and not by_rule else last)]:
            end = leads_to(address, section)
            page.goto("about:blank")  # or another fragment of the same page would load nothing
            documents.clear()
            page.goto(base + address, wait_until="commit")
            page.wait_for_url(base + end, wait_until="domcontentloaded")
            # A script leads on from the page that had the heading.
            if documents[-1][1] != 200 or (address not in alone and len(documents) != 1 + moved):
                faults.append(f"{address}: {documents}")
            fragment = urlsplit(end).fragment
            stands = page.evaluate("document.querySelector(':target')?.id")
            if fragment and stands != unquote(fragment):
                faults.append(f"{address}: the browser stands at {stands!r}")
        fragments = [urlsplit(address).fragment for address in together if "#" in address]
        faults += [f"{path}: not at {fragment}" for fragment in page.evaluate(STANDS_AT, fragments)]
    page.remove_listener("response", note)
    return faults


def test_every_address_leads_to_its_content_after_a_section_moved_away_and_back(
    site_copy: SiteCopy, browser: Browser
) -> None:
    site_copy.edit("redirects.yml", "hosts: [cloudflare]", "hosts: [cloudflare, nginx]")
    site_copy.commit()
    with browser.new_context() as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setBlockedURLs", {"urls": NOISE})
        for old, new in ((HERE, AWAY), (AWAY, HERE)):
            must(site_copy.run("unbroken", "move", old, new))
            must(site_copy.build())
            must(site_copy.run("unbroken", "record"))
            said = output(must(site_copy.run("unbroken", "check"))).splitlines()
            # Browsers may keep the first redirect after the way back.
            assert [line for line in said[:-1] if " warning moved-back: " not in line] == []
            assert bool(said) == (new == HERE), said
            site_copy.commit(f"Move {old} to {new}")

            recorded = site_copy.read("published-urls.txt").split()
            outside = {address for address in recorded if "://" in leads_to(address, new)}
            pages = [address for address in recorded if is_page(address) and address not in outside]
            moved = [address for address in pages if leads_to(address, new) != address]
            assert len(recorded) > 283
            assert len(moved) > 60
            if new == AWAY:
                with serve_directory(site_copy.site) as host:
                    assert visit(page, host.url, pages, new, by_rule=False) == []
            with nginx(site_copy.site) as host:
                assert visit(page, host.url, moved, new, by_rule=True) == []
                with httpx.Client(base_url=host.url) as client:
                    for address in {*recorded} - {*pages}:
                        answer, end = client.get(address), leads_to(address, new)
                        assert answer.is_redirect == (end != address), address
                        if answer.is_redirect:
                            assert answer.headers["Location"].removeprefix(host.url) == end
                        if address not in outside:
                            content = (site_copy.site / end[1:]).read_bytes()
                            assert client.get(end).content == content, address
    assert site_copy.run("git", "status", "--porcelain").stdout == ""
