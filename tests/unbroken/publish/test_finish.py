"""Finishing a built site: what is written, that it stays inside the site, and that nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.commands import must, output, run
from tests.unbroken.sites import codes, finished, page, write_config, write_site
from unbroken.publish.finish import finish
from unbroken.publish.stubs import SCRIPT
from unbroken.workspace import config as configuration

if TYPE_CHECKING:
    from pathlib import Path

PAGES = {
    "index.html": page("home"),
    "new/index.html": page("one", "two"),
    "other/index.html": page("x"),
    "404.html": page(),
}


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_stub_says_where_the_page_is_in_every_way(tmp_path: Path) -> None:
    outcome = finished(tmp_path, PAGES, {"a/old.md": "new.md#two"}, site_url="https://example.com/docs/")
    assert outcome.findings == []
    html = LexborHTMLParser((tmp_path / "site/a/old/index.html").read_text())

    def attribute(selector: str, name: str) -> str:
        node = html.css_first(selector)
        assert node is not None, selector
        return node.attributes.get(name) or ""

    assert attribute("link[rel=canonical]", "href") == "https://example.com/docs/new/"
    assert attribute("script", "data-unbroken-to") == "../../new/#two"
    assert urljoin("/a/old/", attribute("script", "src")) == "/" + SCRIPT
    assert [script.text() for script in html.css("script")] == [""]
    # In the head and in the open: it has to work where scripts run and ours does not come.
    assert attribute("head > meta[http-equiv=refresh]", "content") == "0; url=../../new/#two"
    assert html.css("noscript") == html.css("meta[name=robots]") == []
    assert attribute("p a", "href") == "../../new/#two"
    assert attribute("html", "lang") == "en"


def test_without_a_site_url_the_canonical_link_is_relative(tmp_path: Path) -> None:
    finished(tmp_path, PAGES, {"old.md": "new.md"})
    assert '<link rel="canonical" href="../new/">' in (tmp_path / "site/old/index.html").read_text()


def test_an_ampersand_in_a_target_is_no_character_reference(tmp_path: Path) -> None:
    finished(tmp_path, PAGES, {"old.md": "https://example.com/?a=1&copy=2"})
    html = LexborHTMLParser((tmp_path / "site/old/index.html").read_text())
    assert [a.attributes["href"] for a in html.css("p a")] == ["https://example.com/?a=1&copy=2"]


@pytest.mark.parametrize(
    ("base", "source"),
    [
        ("/new/", "/docs/assets/unbroken.js"),
        ("../", "/docs/assets/unbroken.js"),
        ("https://cdn.example/x/", "https://example.com/docs/assets/unbroken.js"),
        ("//cdn.example/x/", "https://example.com/docs/assets/unbroken.js"),
        ("", "../assets/unbroken.js"),
    ],
)
def test_the_script_is_found_from_a_page_with_a_base(tmp_path: Path, base: str, source: str) -> None:
    html = f"<html><head><BASE href='{base}'></head><body><h2 id=one>One</h2></body></html>"
    site_url = "https://example.com/docs/"
    finished(tmp_path, {**PAGES, "new/index.html": html}, {"new.md#was": "new.md#one"}, site_url=site_url)
    tags = LexborHTMLParser((tmp_path / "site/new/index.html").read_text()).css("script")
    assert [tag.attributes["src"] for tag in tags] == [source]
    again = finish(configuration.read(tmp_path / "mkdocs.yml"), tmp_path / "site")
    assert again.written == []


def test_a_page_carries_only_its_own_moved_anchors(tmp_path: Path) -> None:
    moved = {
        "new.md#gone": "new.md#one",
        "new.md#went": "other.md#x",
        "other.md#left": "https://example.com/y",
    }
    finished(tmp_path, PAGES, moved)
    found = {}
    for name in PAGES:
        tags = LexborHTMLParser((tmp_path / "site" / name).read_text()).css(
            "article script[data-unbroken-moves]"
        )
        found[name] = [json.loads(tag.attributes["data-unbroken-moves"] or "") for tag in tags]
    assert found == {
        "index.html": [],
        "new/index.html": [{"gone": "#one", "went": "../other/#x"}],
        "other/index.html": [{"left": "https://example.com/y"}],
        "404.html": [],
    }


def test_a_page_without_landmarks_still_gets_its_moves(tmp_path: Path) -> None:
    finished(tmp_path, {"new/index.html": "<h2 id=a>A"}, {"new.md#b": "new.md#a"})
    assert (tmp_path / "site/new/index.html").read_text().startswith("<h2 id=a>A<script src=")


ENTRIES = {"old.md": "new.md", "a/b.md": "old.md#two", "new.md#gone": "other.md#x", "old/f.html": "new.md"}


def test_finishing_twice_changes_nothing(tmp_path: Path) -> None:
    settings = {"hosts": ["cloudflare", "nginx", "apache", "vercel", "azure", "s3"], "retired": ["gone.md"]}
    first = finished(tmp_path, {**PAGES, "_redirects": "/mine /new/ 302\n"}, ENTRIES, unbroken=settings)
    assert first.written
    before = tree(tmp_path / "site")
    second = finish(configuration.read(tmp_path / "mkdocs.yml"), tmp_path / "site")
    assert (second.written, second.removed) == ([], [])
    assert tree(tmp_path / "site") == before
    assert second.findings == first.findings
    assert b"/mine /new/ 302" in before["_redirects"]


def test_what_the_map_no_longer_asks_for_is_taken_away(tmp_path: Path) -> None:
    finished(tmp_path, PAGES, ENTRIES)
    write_config(tmp_path, {})
    outcome = finish(configuration.read(tmp_path / "mkdocs.yml"), tmp_path / "site")
    assert sorted(outcome.removed) == ["a/b/index.html", "old/f.html", "old/index.html"]
    left = tree(tmp_path / "site")
    assert {name: text.decode() for name, text in left.items() if name in PAGES} == PAGES
    assert set(left) - set(PAGES) <= {SCRIPT}
    assert not (tmp_path / "site/a").exists()


def test_a_live_page_is_never_overwritten(tmp_path: Path) -> None:
    outcome = finished(tmp_path, PAGES, {"new.md": "other.md", "other/index.html": "new.md"})
    assert codes(outcome.findings) == ["live-source", "live-source"]
    assert outcome.written == []
    assert (tmp_path / "site/new/index.html").read_text() == PAGES["new/index.html"]


@pytest.mark.parametrize("up", ["%2f..%2f", "%2F%2e%2E%2f", "%252f..%252f", "%5c..%5c", "/%252e%252e/"])
def test_no_spelling_of_a_source_reaches_a_live_page(tmp_path: Path, up: str) -> None:
    outcome = finished(tmp_path, {**PAGES, "guide/index.html": page("here")}, {f"old{up}guide/": "new.md"})
    assert codes(outcome.findings) == ["outside"]
    assert (tmp_path / "site/guide/index.html").read_text() == page("here")
    assert not outcome.written


def test_a_stub_never_takes_the_file_of_another_spelling(tmp_path: Path) -> None:
    """On a disk that does not tell ``Guide`` from ``guide``, the stub's file is the page's."""
    site = write_site(tmp_path / "site", {**PAGES, "guide/index.html": page("here")})
    (site / "Guide").symlink_to("guide")
    outcome = finished(tmp_path, {}, {"Guide/x.md": "new.md", "Guide/index.md": "new.md"})
    assert (site / "guide/index.html").read_text() == page("here")
    assert "blocked" in codes(outcome.findings)


def test_each_address_that_is_replaced_or_taken_away_is_named(tmp_path: Path) -> None:
    config = write_config(tmp_path, {"old.md": "new.md"})
    theirs = '<!doctype html><meta http-equiv="refresh" content="0; url=../new/">'
    write_site(tmp_path / "site", {**PAGES, "old/index.html": theirs})
    first = run("unbroken", "-f", str(config), "finish", str(tmp_path / "site"))
    assert "Replaced at /old/: old/index.html" in first.stderr
    assert "Replaced" not in run("unbroken", "-f", str(config), "finish", str(tmp_path / "site")).stderr
    write_config(tmp_path, {})
    last = run("unbroken", "-f", str(config), "finish", str(tmp_path / "site"))
    assert "Removed: old/index.html" in last.stderr


def test_a_hand_made_redirect_page_that_the_map_does_not_name_is_a_page(tmp_path: Path) -> None:
    own = '<meta http-equiv="refresh" content="0; url=/new/">'
    outcome = finished(tmp_path, {**PAGES, "hand/index.html": own}, {"old.md": "hand.md"})
    assert outcome.findings == []
    assert (tmp_path / "site/hand/index.html").read_text() == own


FOREIGN = '<!doctype html><title>Redirecting...</title><meta http-equiv="refresh" content="0; url=../lost/">'


def test_another_builders_stub_gives_way(tmp_path: Path) -> None:
    outcome = finished(tmp_path, {**PAGES, "old/index.html": FOREIGN}, {"old.md": "new.md"})
    assert outcome.findings == []
    assert "../new/" in (tmp_path / "site/old/index.html").read_text()


def test_nothing_is_written_through_a_link_that_leaves_the_site(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "page.html").write_text("mine")
    site = write_site(tmp_path / "site", PAGES)
    (site / "a").symlink_to(outside, target_is_directory=True)
    (site / "b.html").symlink_to(outside / "page.html")
    (site / "assets").symlink_to(outside, target_is_directory=True)
    outcome = finished(tmp_path, PAGES, {"a/old.md": "new.md", "a/x/y/old.md": "new.md"})
    assert codes(outcome.findings) == ["blocked", "blocked", "blocked"]
    assert all("a link leads out of the site directory" in f.message for f in outcome.findings)
    assert tree(outside) == {"page.html": b"mine"}


def test_a_link_at_the_very_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.html"
    outside.write_text(FOREIGN)
    site = write_site(tmp_path / "site", PAGES)
    (site / "old.html").symlink_to(outside)
    finished(tmp_path, PAGES, {"old.html": "new.md"})
    assert outside.read_text() == FOREIGN
    assert not (site / "old.html").is_symlink()


def test_what_stands_in_the_way_is_named(tmp_path: Path) -> None:
    pages = {**PAGES, "old": "a file", "page.html/x.txt": "in a folder", "_redirects/x": "y"}
    long = "x" * 300
    entries = {"old/a.md": "new.md", "page.html": "new.md", f"{long}.md": "new.md"}
    outcome = finished(tmp_path, pages, entries, unbroken={"hosts": ["cloudflare"]})
    assert codes(outcome.findings) == ["blocked"] * 4
    assert all("cannot be written" in f.message and f.place.line > 0 for f in outcome.findings)


def test_a_folder_that_cannot_be_written_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    # Root may write anywhere, so the refusal has to come from here.
    monkeypatch.setattr(os, "replace", refuse)
    outcome = finished(tmp_path, PAGES, {"old.md": "new.md"})
    assert codes(outcome.findings) == ["blocked", "blocked"]
    assert "Permission denied" in outcome.findings[0].message
    assert set(tree(tmp_path / "site")) == set(PAGES)


def test_a_rule_file_of_the_authors_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    outcome = finished(
        tmp_path, {**PAGES, "vercel.json": "{"}, {"old.md": "new.md"}, unbroken={"hosts": ["vercel"]}
    )
    assert codes(outcome.findings) == ["blocked"]
    assert (tmp_path / "site/vercel.json").read_text() == "{"


def test_stubs_are_left_out_where_they_would_win_over_the_rule(tmp_path: Path) -> None:
    split = {"old.md": "new.md", "split.md": "new.md", "split.md#one": "other.md"}
    finished(tmp_path, PAGES, split, unbroken={"hosts": ["gitlab"]})
    assert not (tmp_path / "site/old/index.html").exists()
    assert (tmp_path / "site/split/index.html").exists()


def test_two_hosts_that_write_one_file_are_a_fault(tmp_path: Path) -> None:
    outcome = finished(
        tmp_path, PAGES, {"old.md": "new.md"}, unbroken={"hosts": ["cloudflare", "nginx", "netlify"]}
    )
    assert codes(outcome.findings) == ["host-clash"]
    assert "cloudflare and netlify both write _redirects." in outcome.findings[0].message


def test_the_command_says_what_it_did_and_what_is_wrong(tmp_path: Path) -> None:
    finished(tmp_path, PAGES, {"old.md": "new.md"})
    shutil.rmtree(tmp_path / "site/old")
    done = must(run("unbroken", "finish", "site", cwd=tmp_path))
    assert done.stdout == "1 redirect, 1 file changed in site.\n"
    write_config(tmp_path, {"old.md": "nowhere.md"})
    done = run("unbroken", "finish", "site", cwd=tmp_path)
    assert done.returncode == 1
    assert "error dead-page: nowhere.md is not published." in done.stderr
    done = run("unbroken", "finish", "nowhere", cwd=tmp_path)
    assert (done.returncode, output(done)) == (2, "unbroken: there is no site in nowhere. Build it first.\n")
