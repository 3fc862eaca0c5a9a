"""A change happens as a whole or not at all, wherever it is stopped."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.commands import forked, must, run
from tests.unbroken.move.sites import repository, tree
from unbroken.model.errors import Conflict, GitError, Unsettled
from unbroken.workspace import index
from unbroken.workspace.transaction import Change, Transaction, Write, make

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Stop(Exception):
    """The disk is full."""


def stop_at(number: int) -> Callable[[str], None]:
    """Ends the process without a word at its step of that number."""
    left = [number]

    def step(what: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            os._exit(9)

    return step


@pytest.fixture
def site(tmp_path: Path) -> Path:
    files = {"a.md": "a", "b.md": "b", "deep/er/c.md": "c", "d.md": "d", "e.md": "not committed"}
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    repository(tmp_path)
    (tmp_path / "a.md").write_text("a, staged", encoding="utf-8")
    must(run("git", "add", "a.md", cwd=tmp_path))
    (tmp_path / "a.md").write_text("a, changed", encoding="utf-8")
    return tmp_path


#: Two names swapped, one moved into a new folder and out of two that it leaves empty, one rewritten only.
CHANGE = Change(
    [("a.md", "b.md"), ("b.md", "a.md"), ("deep/er/c.md", "new/place/c.md")],
    [Write("b.md", b"a, changed", b"A"), Write("d.md", b"d", b"D"), Write("new/place/c.md", b"c", b"C")],
    "everything",
)
AFTER = {"a.md": b"b", "b.md": b"A", "d.md": b"D", "e.md": b"not committed", "new/place/c.md": b"C"}


def state(root: Path) -> tuple[dict[str, bytes], str, set[str]]:
    index = must(run("git", "ls-files", "--stage", cwd=root)).stdout
    folders = {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_dir()}
    return tree(root), index, {f for f in folders if not f.startswith((".git", ".cache"))}


def test_all_of_it(site: Path) -> None:
    staged = must(run("git", "ls-files", "--stage", "a.md", cwd=site)).stdout.split()[1]
    Transaction(site).apply(CHANGE)
    files, index, folders = state(site)
    assert files == AFTER
    assert folders == {"new", "new/place"}
    assert f"{staged} 0\tb.md" in index  # what was staged of a file stays staged under its new name
    assert "deep/er/c.md" not in index


def test_a_kill_at_any_step_leaves_all_or_nothing(site: Path) -> None:
    before = state(site)
    Transaction(site).apply(CHANGE)
    after = state(site)
    Transaction(site).undo()
    assert state(site) == before
    number = 0
    outcomes = set()
    while not forked(partial(Transaction(site, stop_at(number)).apply, CHANGE)):
        said = Transaction(site).recover()
        assert state(site) in (before, after), f"step {number}"
        outcomes.add("nothing" if said is None else said.partition(":")[0])
        if state(site) == after:
            Transaction(site).undo()
        assert state(site) == before
        number += 1
    assert number > 15
    assert len(outcomes) == 3  # not begun, gone back, finished


def test_a_kill_while_going_back_is_gone_back_from(site: Path) -> None:
    before = state(site)
    Transaction(site).apply(CHANGE)
    number = 0
    while not forked(Transaction(site, stop_at(number)).undo):
        Transaction(site).recover()
        # And once more, stopped in the midst of going back from a stop in going back.
        if state(site) == before:
            Transaction(site).apply(CHANGE)
        number += 1
    assert state(site) == before
    assert number > 15


@pytest.mark.parametrize("number", range(0, 20, 3))
def test_a_failure_goes_back_at_once(site: Path, number: int) -> None:
    before = state(site)
    left = [number]

    def step(what: str) -> None:
        left[0] -= 1
        if left[0] == -1:
            raise Stop(what)

    with pytest.raises(Stop):
        Transaction(site, step).apply(CHANGE)
    done = (site / ".cache/unbroken/move/done").exists()
    Transaction(site).recover()
    assert (state(site) == before) is not done


def test_a_file_that_changed_meanwhile_is_left_alone(site: Path) -> None:
    (site / "d.md").write_text("mine", encoding="utf-8")
    before = state(site)
    with pytest.raises(Conflict, match=r"d\.md changed"):
        Transaction(site).apply(CHANGE)
    assert state(site) == before


def test_a_file_that_appeared_meanwhile_is_left_alone(site: Path) -> None:
    (site / "new/place").mkdir(parents=True)
    (site / "new/place/c.md").write_text("mine", encoding="utf-8")
    before = state(site)
    with pytest.raises(Conflict, match=r"c\.md appeared"):
        Transaction(site).apply(CHANGE)
    assert state(site) == before


def test_what_was_changed_since_is_not_undone(site: Path) -> None:
    Transaction(site).apply(CHANGE)
    (site / "d.md").write_text("mine", encoding="utf-8")
    before = state(site)
    with pytest.raises(Conflict, match=r"d\.md has changed"):
        Transaction(site).undo()
    assert state(site) == before


def test_what_is_saved_while_a_change_is_made_stays(site: Path) -> None:
    """An author's editor saves a file that the change has not reached yet."""

    def save(what: str) -> None:
        if what == "write d.md":
            (site / "new/place/c.md").write_text("mine", encoding="utf-8")

    before = state(site)
    with pytest.raises(Conflict, match=r"c\.md was changed"):
        Transaction(site, save).apply(CHANGE)
    (site / "deep/er/c.md").write_text("c", encoding="utf-8")
    assert state(site) == before


def test_changes_are_taken_back_one_after_the_other(site: Path) -> None:
    before = state(site)
    Transaction(site).apply(CHANGE)
    between = state(site)
    Transaction(site).apply(Change([("b.md", "f.md")], [Write("f.md", b"A", b"F")], "another"))
    assert [done.about for done in Transaction(site).done()] == ["another", "everything"]
    Transaction(site).undo()
    assert state(site) == between
    assert Transaction(site).undo() == "everything"
    assert state(site) == before
    assert Transaction(site).done() == []


def test_the_oldest_changes_are_forgotten(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("0", encoding="utf-8")
    for number in range(60):
        change = Change([], [Write("a.md", str(number).encode(), str(number + 1).encode())], str(number))
        Transaction(tmp_path).apply(change)
    assert [done.about for done in Transaction(tmp_path).done()] == [str(n) for n in range(59, 9, -1)]


def test_a_lock_of_git_stops_a_change_before_it_begins(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_PATIENCE", 0)
    before = state(site)
    mine = rf"\(process {os.getpid()}\) is changing .*Nothing was"
    with (site / ".git/index.lock").open("w"), pytest.raises(Conflict, match=mine):
        make(site, CHANGE)
    with pytest.raises(Conflict, match=r"rm .*index\.lock Nothing was changed"):
        make(site, CHANGE)
    (site / ".git/index.lock").unlink()
    assert state(site) == before


@pytest.mark.parametrize("removed", [False, True])
def test_a_lock_that_comes_in_between_is_told_as_it_is(
    site: Path, monkeypatch: pytest.MonkeyPatch, removed: bool
) -> None:
    """What is said to be unchanged is; and what cannot be taken back now is taken back later."""
    monkeypatch.setattr(index, "_PATIENCE", 0)
    lock = site / ".git/index.lock"
    before = state(site)

    def step(what: str) -> None:
        if what == "change the index" and not removed:
            lock.touch()
        if what == "mark done" and removed:
            lock.touch()
            raise OSError("full")

    with pytest.raises((Conflict, GitError)) as told:
        Transaction(site, step).apply(CHANGE)
    assert isinstance(told.value, Unsettled) is removed
    if removed:
        with pytest.raises(Unsettled, match="cannot be taken back yet"):
            Transaction(site).recover()
        lock.unlink()
        assert "everything is back" in (Transaction(site).recover() or "")
    lock.unlink(missing_ok=True)
    assert state(site) == before


def test_only_one_change_at_a_time(site: Path) -> None:
    def second(what: str) -> None:
        if what.startswith("replace"):
            with pytest.raises(BlockingIOError):
                Transaction(site).apply(CHANGE)
            assert Transaction(site).recover() is None

    Transaction(site, second).apply(CHANGE)
    assert tree(site) == AFTER


def test_without_git(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a", encoding="utf-8")
    Transaction(tmp_path).apply(Change([("a.md", "b.md")], [Write("b.md", b"a", b"b")]))
    assert tree(tmp_path) == {"b.md": b"b"}
    Transaction(tmp_path).undo()
    assert tree(tmp_path) == {"a.md": b"a"}
    with pytest.raises(Conflict, match="no record of a move"):
        Transaction(tmp_path).undo()
