"""linkchecker finds no broken link and no broken fragment in the built site."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests import built
from tests.site.crawl import Crawl, crawl
from tests.site.test_facts import PAGES, REDIRECTS

if TYPE_CHECKING:
    from pathlib import Path

# One worker for this module, so that the site is crawled once.
pytestmark = pytest.mark.xdist_group("crawl")


@pytest.fixture(scope="module")
def crawled(built_site: Path) -> Crawl:
    """The site crawled from its home page and from every old address."""
    return crawl(built_site, ["/", *REDIRECTS])


def test_no_link_and_no_fragment_is_broken(crawled: Crawl) -> None:
    assert crawled.faults == []


def test_every_page_is_reached(crawled: Crawl, built_site: Path) -> None:
    reached = {url.partition("#")[0] for url in crawled.visited}
    assert built.pages(built_site) - {"/404.html"} <= reached
    assert set(REDIRECTS) <= reached


def test_links_to_other_sites_are_collected_and_well_formed(crawled: Crawl) -> None:
    wanted = {link for page in PAGES.values() for link in page.get("links", []) if "://" in link}
    assert wanted <= crawled.external
    assert all(urlsplit(url).hostname for url in crawled.external)


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ('<a href="/missing/">x</a>', "/missing/: 404"),
        ('<a href="/#missing">x</a>', "#missing: Anchor `missing'"),
        ('<a href="https://[broken/">x</a>', "https://[broken/"),
        ('<img src="missing.png" alt="">', "missing.png: 404"),
    ],
)
def test_a_broken_link_is_found(tmp_path: Path, html: str, fault: str) -> None:
    (tmp_path / "index.html").write_text(
        f'<!doctype html><title>x</title><p id="top">{html}', encoding="utf-8"
    )
    faults = crawl(tmp_path).faults
    assert len(faults) == 1
    assert fault in faults[0]


def test_a_link_to_another_site_is_not_visited(tmp_path: Path) -> None:
    """Nothing listens there, so a visit is a fault."""
    (tmp_path / "index.html").write_text('<a href="http://127.0.0.2:1/">x</a>', encoding="utf-8")
    found = crawl(tmp_path)
    assert (found.external, found.faults) == ({"http://127.0.0.2:1/"}, [])
    assert len(crawl(tmp_path, external=True).faults) == 1


def test_the_site_at_its_own_address_is_never_visited(tmp_path: Path) -> None:
    """It may not be published yet, and its pages have been checked here."""
    page = '<link rel="canonical" href="http://127.0.0.2:1/"><a href="http://127.0.0.2:1/edit/x.md">x</a>'
    (tmp_path / "index.html").write_text(page, encoding="utf-8")
    assert crawl(tmp_path, external=True).faults == []
