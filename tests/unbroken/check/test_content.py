"""Addresses that still answer, and show other content than they did: by hand, by the map, by whole pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unbroken.check import sites
from tests.unbroken.check.sites import heading, page
from unbroken.check.content import Spot, taken_over
from unbroken.formats.outline import slug_of

if TYPE_CHECKING:
    from pathlib import Path

SLUG = slug_of("")
LONG = {n: " ".join(f"{n}{k}" for k in range(20)) for n in "abcdef"}
SHORT = {"a": "How to use it.", "b": "How to set it up."}
OLD = "# P\n\n## Usage\n\n{a}\n\n## Setup\n\n{b}\n"
SWAPPED = "# P\n\n## Setup\n\n{a}\n\n## Usage\n\n{b}\n"


def told(*versions: dict[str, str | None]) -> set[tuple[Spot, Spot]]:
    return {(taken.spot, taken.there) for taken in taken_over(versions, SLUG)}


def text(*parts: tuple[str, str]) -> str:
    return "# Title\n\n" + "".join(f"## {name}\n\n{LONG.get(body, body)}\n\n" for name, body in parts)


USAGE, SETUP = Spot("p.md", "usage"), Spot("p.md", "setup")


@pytest.mark.parametrize("words", [LONG, SHORT])
def test_sections_that_change_places_are_named(words: dict[str, str]) -> None:
    found = told({"p.md": OLD.format(**words)}, {"p.md": SWAPPED.format(**words)})
    assert found == {(USAGE, SETUP), (SETUP, USAGE)}


def test_a_section_that_went_to_another_page_before_its_anchor_was_taken_is_named() -> None:
    found = told(
        {"p.md": text(("Usage", "a"), ("Setup", "b")), "q.md": text(("More", "c"))},
        {"p.md": text(("Setup", "b")), "q.md": text(("More", "c"), ("Use", "a"))},
        {"p.md": text(("Usage", "b"))},
    )
    assert found == {(USAGE, Spot("q.md", "use"))}


def test_pages_that_change_places_are_named_once_each() -> None:
    one, two = text(("Usage", "a"), ("Setup", "b")), text(("Usage", "c"), ("Setup", "d"))
    found = told({"p.md": one, "q.md": two}, {"p.md": two, "q.md": one})
    assert found == {(Spot("p.md"), Spot("q.md")), (Spot("q.md"), Spot("p.md"))}


def test_a_new_page_under_the_name_of_one_that_moved_is_named() -> None:
    one, two = text(("Usage", "a"), ("Setup", "b")), text(("Usage", "c"))
    found = told({"p.md": one, "q.md": None}, {"p.md": None, "q.md": one}, {"p.md": two})
    assert found == {(Spot("p.md"), Spot("q.md"))}


@pytest.mark.parametrize(
    "after",
    [
        text(("Usage", "e"), ("Setup", "b")),  # rewritten: the old text is nowhere
        text(("Usage", LONG["a"] + " and more"), ("Setup", "b")),
        text(("Setup", "b"), ("Usage", "a")),  # moved with its heading
        "# Title\n\n## Usage\n\nIn short.\n\n### Basics\n\n" + LONG["a"] + "\n\n## Setup\n\n" + LONG["b"],
        text(("Usage", ""), ("Setup", "b"), ("Use", "a")),  # nothing is shown there
        text(("Usage", "e"), ("Setup", "b"), ("One", "a"), ("Two", "a")),  # two places: in doubt
    ],
)
def test_what_authors_do_each_day_is_not_named(after: str) -> None:
    assert told({"p.md": text(("Usage", "a"), ("Setup", "b"))}, {"p.md": after}) == set()


def test_what_stood_elsewhere_before_tells_nothing() -> None:
    same = text(("Help", "a"))
    found = told({"p.md": same, "q.md": same}, {"p.md": text(("Help", "b")), "q.md": same + "More.\n"})
    assert found == set()


def test_what_is_back_is_not_named() -> None:
    old, new = text(("Usage", "a"), ("Setup", "b")), text(("Usage", "b"), ("Setup", "a"))
    assert told({"p.md": old}, {"p.md": new}, {"p.md": old}) == set()


@settings(max_examples=60, deadline=None)
@given(st.permutations("abcd"), st.permutations(["One", "Two", "Three", "Four"]))
def test_exactly_the_headings_with_other_texts_are_named(bodies: list[str], names: list[str]) -> None:
    before = [*zip(["One", "Two", "Three", "Four"], "abcd", strict=True)]
    after = [*zip(names, bodies, strict=True)]
    found = told({"p.md": text(*before)}, {"p.md": text(*after)})
    where = {body: name.lower() for name, body in after}
    assert found == {
        (Spot("p.md", name.lower()), Spot("p.md", where[body]))
        for name, body in before
        if where[body] != name.lower()
    }


# On a site, with git.

RECORDED = "/p/#setup\n/p/#usage\n"


def site(root: Path, source: str, *anchors: str, redirects: dict[str, str] | None = None) -> None:
    sites.configure(root, redirects, severity={"ledger-behind": "off", "lost-anchor": "off"})
    built = page(*(heading(anchor) for anchor in anchors))
    sites.write(root, {"docs/p.md": source, "site/p/index.html": built, ".gitignore": "site\n"})


def said(root: Path) -> list[tuple[str, int, str]]:
    found = sites.findings(root)
    assert {f.code for f in found} <= {"other-content"}, found
    return [(f.message.split()[0], f.place.line, f.message.split()[-1]) for f in found]


@pytest.mark.parametrize("committed", [False, True])
def test_check_names_both_with_their_lines(tmp_path: Path, committed: bool) -> None:
    site(tmp_path, OLD.format(**SHORT), "usage", "setup")
    sites.write(tmp_path, {"published-urls.txt": RECORDED})
    sites.commit(tmp_path)
    assert said(tmp_path) == []
    site(tmp_path, SWAPPED.format(**SHORT), "setup", "usage")
    if committed:
        sites.write(tmp_path, {"published-urls.txt": RECORDED + "/p/\n"})
        sites.commit(tmp_path)
    assert said(tmp_path) == [("/p/#setup", 3, "/p/#usage."), ("/p/#usage", 7, "/p/#setup.")]
    sites.write(tmp_path, {"published-urls.txt": f"# reused: /p/#usage\n/p/\n{RECORDED}"})
    assert said(tmp_path) == [("/p/#setup", 3, "/p/#usage.")]
    sites.write(tmp_path, {"published-urls.txt": f"# reused: /p/\n/p/\n{RECORDED}"})
    assert said(tmp_path) == []


def test_what_was_never_recorded_under_its_old_content_is_not_named(tmp_path: Path) -> None:
    site(tmp_path, OLD.format(**SHORT), "usage", "setup")
    sites.commit(tmp_path)
    site(tmp_path, SWAPPED.format(**SHORT), "setup", "usage")
    sites.commit(tmp_path)
    sites.write(tmp_path, {"published-urls.txt": RECORDED})
    sites.commit(tmp_path)
    assert said(tmp_path) == []


@pytest.mark.parametrize("committed", [False, True])
def test_a_redirect_that_is_gone_tells_what_an_address_showed(tmp_path: Path, committed: bool) -> None:
    site(tmp_path, "# P\n\n## Use\n\nA.\n", "use", redirects={"p.md#usage": "p.md#use"})
    sites.write(tmp_path, {"published-urls.txt": RECORDED.replace("setup", "use")})
    sites.commit(tmp_path)
    site(tmp_path, "# P\n\n## Use\n\nA.\n\n## Usage\n\nNew.\n", "use", "usage")
    if committed:
        sites.commit(tmp_path)
    assert said(tmp_path) == [("/p/#usage", 7, "/p/#use.")]


def test_what_the_map_led_to_before_there_was_a_ledger_is_not_named(tmp_path: Path) -> None:
    site(tmp_path, "# P\n\n## Use\n\nA.\n", "use", redirects={"p.md#usage": "p.md#use"})
    sites.commit(tmp_path)
    site(tmp_path, "# P\n\n## Use\n\nA.\n\n## Usage\n\nNew.\n", "use", "usage")
    sites.commit(tmp_path)
    sites.write(tmp_path, {"published-urls.txt": RECORDED.replace("setup", "use")})
    assert said(tmp_path) == []
    sites.commit(tmp_path)
    assert said(tmp_path) == []


def test_a_redirect_that_is_gone_because_its_content_is_back_is_not_named(tmp_path: Path) -> None:
    site(tmp_path, "# P\n\n## Use\n\nA.\n", "use", redirects={"p.md#usage": "p.md#use"})
    sites.write(tmp_path, {"published-urls.txt": RECORDED.replace("setup", "use")})
    sites.commit(tmp_path)
    site(tmp_path, "# P\n\n## Usage\n\nA.\n", "usage", redirects={"p.md#use": "p.md#usage"})
    assert said(tmp_path) == []
