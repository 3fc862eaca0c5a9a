"""What a built site says, and how little of it is read for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unbroken.sites import page, write_site
from unbroken.formats.html import read_page
from unbroken.model.addresses import Address
from unbroken.workspace import built_site
from unbroken.workspace.built_site import Site, SiteStubs

if TYPE_CHECKING:
    from pathlib import Path

    from unbroken.formats.html import Page


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The pages that were read."""
    done: list[bytes] = []

    def noted(data: bytes) -> Page:
        done.append(data)
        return read_page(data)

    monkeypatch.setattr(built_site, "read_shallow", noted)
    return done


THEME = '<nav id="menu"></nav><p id=caf&eacute;></p> old, "older", <a href="#oldest">'


def test_a_page_is_not_read_for_what_its_content_tells(tmp_path: Path, read: list[bytes]) -> None:
    html = page("one", "two")
    site = Site(
        write_site(tmp_path, {"a/index.html": THEME + html, "b/index.html": html}),
        content={"/a/": read_page(html.encode())},
    )
    anchors = site.anchors("/a/")
    assert anchors is not None
    assert "one" in anchors
    assert not any(name in anchors for name in ("old", "older", "oldest", "three"))
    assert read == []
    assert "menu" in anchors  # the theme's
    assert len(read) == 1
    assert {"one", "two", "menu", "café"} <= set(anchors)
    assert len(read) == 1
    assert "two" in (site.anchors("/b/") or ())


@pytest.mark.parametrize("name", ["café", "a&b", "a b", "menu"])
def test_what_may_be_written_in_many_ways_is_read(tmp_path: Path, name: str, read: list[bytes]) -> None:
    written = {"café": "caf&#233;", "a&b": "a&amp;b", "a b": "a&#32;b", "menu": "menu"}[name]
    site = Site(
        write_site(tmp_path, {"a/index.html": f"<i ID = '{written}'>"}), content={"/a/": read_page(b"")}
    )
    assert name in (site.anchors("/a/") or ())
    assert len(read) == 1


def test_what_is_no_page_has_no_anchors(tmp_path: Path) -> None:
    site = Site(write_site(tmp_path, {"a/index.html": ""}), content={"/gone/": read_page(b"<i id=a>")})
    assert site.anchors("/gone/") is None


def test_a_page_is_read_for_where_it_sends_an_anchor_only_if_it_sends_one(
    tmp_path: Path, read: list[bytes]
) -> None:
    script = '<script src=u.js data-unbroken-moves="{&quot;was&quot;:&quot;../b/#now&quot;}"></script>'
    site = Site(
        write_site(tmp_path, {"a/index.html": page("one"), "b/index.html": script}),
        content={"/a/": read_page(b""), "/b/": read_page(b"")},
    )
    stubs = SiteStubs(site)
    assert stubs.moves(Address("/a/", "was")) is None
    assert read == []
    assert stubs.moves(Address("/b/", "was")) == "../b/#now"
    assert len(read) == 1


def test_a_stub_of_ours_is_not_read_until_it_is_followed(tmp_path: Path, read: list[bytes]) -> None:
    mark = '<meta name="generator" content="Unbroken">'
    stub = f'{mark}<meta http-equiv="refresh" content="0; url=../a/">'
    root = write_site(tmp_path, {"a/index.html": page("one"), "old/index.html": stub})
    site = Site(root, whole=True)
    assert (site.ours, set(site.stubs), set(site.files)) == ({"/old/"}, {"/old/"}, {"/a/"})
    assert len(read) == 1
    assert SiteStubs(site).sends(Address("/old/")) == "../a/"
    assert len(read) == 2


@pytest.mark.parametrize("distance", range(1, 33))
def test_heavy_pages_at_equal_distances_are_shared_by_two_processes(distance: int) -> None:
    files = [f"page-{number:04}.html" for number in range(3000)]
    shares = built_site._shares(files)
    assert sorted(shares[0] + shares[1]) == files
    heavy = set(files[distance // 2 :: distance])
    assert all(len(heavy.intersection(share)) > len(heavy) / 6 for share in shares)
