"""How findings are weighed, ordered and printed, and how commands are named."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from unbroken.findings import commands
from unbroken.findings.base import (
    Finding,
    Place,
    Severity,
    Weight,
    count,
    has_errors,
    in_order,
    printable,
    weigh,
)
from unbroken.findings.ledger import OtherContent
from unbroken.findings.redirects import CaseTwins, Cycle, DeadPage, MovedBack

if TYPE_CHECKING:
    from pathlib import Path

HERE = Place("docs/a.md", 2, 3)
ERROR, TWINS = Cycle(HERE, "No.", "Do."), CaseTwins(Place("docs/b/c.md"), "Twins.", "")


def test_a_text_cannot_forge_a_line_or_a_terminal() -> None:
    assert printable("a\n\x1b\udcff\u202eé") == "a\\x0a\\x1b\\xff\\x202eé"
    assert printable("\udc80\ud800\udcfe\udd00") == "\\x80\\xd800\\xfe\\xdd00"


def test_numbers_have_their_nouns() -> None:
    assert [count(n, "error") for n in (0, 1, 2, 2_000)] == [
        "0 errors",
        "1 error",
        "2 errors",
        "2,000 errors",
    ]


def test_a_finding_says_where_and_what_and_what_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unbroken.findings.base.typed", lambda command: f"<{command}>")
    help_ = "https://unbroken.example/unbroken/findings/#cycle"
    assert str(ERROR) == f"docs/a.md:2:3: error cycle: No. Do. ({help_})"
    assert Cycle(HERE, "No.", "", "x").remedy == "Run: <x>."
    assert Cycle(HERE, "No.", "Do.", "x").remedy == "Do, or run: <x>."
    assert (str(Cycle(HERE, "a\nb")), Cycle.meaning()) == (
        f"docs/a.md:2:3: error cycle: a\\x0ab  ({help_})",
        "Redirects lead round in a circle.",
    )


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([], ["error", "warning"]),
        ([Weight("cycle", "*", Severity.OFF)], ["warning"]),
        ([Weight("*", "*", Severity.ERROR)], ["error", "error"]),
        ([Weight("*", "a.md", Severity.WARNING)], ["warning", "warning"]),
        (
            [Weight("*", "docs/a.md", Severity.OFF), Weight("cycle", "a*", Severity.ERROR)],
            ["error", "warning"],
        ),
        ([Weight("case-twins", "b/*", Severity.OFF)], ["error"]),
        ([Weight("case-twins", "c.md", Severity.OFF)], ["error", "warning"]),
        ([Weight("dead-page", "*", Severity.OFF)], ["error", "warning"]),
    ],
)
def test_a_site_weighs_findings_as_it_likes(weights: list[Weight], expected: list[str]) -> None:
    for below in ("docs", "docs/"):
        found = weigh([ERROR, TWINS], weights, below)
        assert [each.severity for each in found] == expected
        assert has_errors(found) == ("error" in expected)


def test_findings_are_told_once_in_order() -> None:
    after = [Cycle(Place("docs/a.md", 2, 4), "a"), Cycle(Place("docs/a.md", 10), "a"), TWINS]
    same = [CaseTwins(HERE, "z"), Cycle(HERE, "A"), ERROR]
    assert in_order([*reversed(after), *reversed(same), *after, ERROR]) == [*same, *after]
    assert not has_errors([TWINS])


def test_what_is_said_where_no_name_is_near_and_where_no_stub_is() -> None:
    assert DeadPage.of(HERE, "x.md", None).fix == "Change the target to a page that is published."
    assert DeadPage.of(HERE, "x.md", "y.md").fix == "Perhaps change the target to y.md."
    found = MovedBack.of(HERE, "/a.pdf", "/b.pdf", "for a day", False)
    assert found.message.endswith("; it answers with a circle there.")
    assert found.fix == "Publish the file there as well."


def test_a_command_can_be_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "my env"
    programs.mkdir()
    for name in ("unbroken", "mkdocs"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(programs / "unbroken")])
    monkeypatch.chdir(tmp_path)
    assert (
        commands.typed("mkdocs build && unbroken check") == "'my env/mkdocs' build && 'my env/unbroken' check"
    )
    assert commands.typed("git add x") == "git add x"
    assert commands.typed("zensical") == "zensical"  # which this environment has not
    monkeypatch.setenv("PATH", str(programs))
    assert shutil.which("unbroken")
    assert commands.typed("unbroken check") == "unbroken check"
    commands.tell_of("a b.yml")
    try:
        assert commands.typed("unbroken check") == "unbroken -f 'a b.yml' check"
        assert commands.typed("mkdocs build") == "mkdocs build -f 'a b.yml'"
        assert commands.typed("unbroken check", about=False) == "unbroken check"
        assert commands.typed("git add x") == "git add x"
    finally:
        commands.tell_of("")
    assert commands.typed("unbroken") == "unbroken"
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    monkeypatch.setenv("PATH", "")
    assert commands.typed("unbroken") == "'../my env/unbroken'"
    # What was started otherwise is called from the environment of the interpreter.
    monkeypatch.setattr(sys, "argv", [str(programs / "pytest")])
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none" / "python"))
    assert commands.typed("unbroken") == "unbroken"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("unbroken record", "BUILD && unbroken record"),
        ("unbroken check --all", "BUILD && unbroken check --all"),
        ("unbroken check --map", "unbroken check --map"),
        ("unbroken record --from HEAD", "unbroken record --from HEAD"),
        ("unbroken move a b", "unbroken move a b"),
    ],
)
def test_a_command_that_looks_at_the_built_site_needs_a_build(command: str, expected: str) -> None:
    assert commands.after_build(command, "BUILD") == expected


def test_what_stands_at_a_taken_address_is_a_section_or_a_page() -> None:
    section = OtherContent.of(HERE, "/a/#b", "section", "w", "a.md#b: new", "urls.txt")
    assert section.fix.startswith("Give this section another anchor, and add 'a.md#b: new' to the map; ")
    page = OtherContent.of(HERE, "/a/", "page", "w", "a.md: new", "urls.txt")
    assert page.fix.startswith("Give this page another name, ")


def test_the_base_has_no_place_of_its_own() -> None:
    assert str(Place("f")) == "f:1:1"
    assert Finding(HERE, "m").remedy == ""
