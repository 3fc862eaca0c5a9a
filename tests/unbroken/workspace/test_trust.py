"""What is kept is trusted only when this user wrote it on this machine, and reaches nothing it must not."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.commands import must, run
from tests.sitecopy import GIT
from unbroken.model.addresses import Address
from unbroken.model.errors import Conflict, Unsettled
from unbroken.workspace import trust
from unbroken.workspace.cache import Cache, State
from unbroken.workspace.files import FOLDER, kept
from unbroken.workspace.transaction import Change, Transaction, Write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A key that only this test has."""
    yield another(tmp_path / "state", monkeypatch)
    trust._key.cache_clear()


def another(state: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    trust._key.cache_clear()
    return state / "unbroken/key"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a page."""
    root = tmp_path / "repo"
    (root / "docs").mkdir(parents=True)
    (root / "docs/a.md").write_text("a", encoding="utf-8")
    must(run("git", "init", "--quiet", cwd=root))
    return root


# The seal.


def test_only_what_was_sealed_for_the_same_use_is_opened(own_key: Path) -> None:
    data = trust.sealed(b"data", "one")
    assert data
    assert trust.opened(data, "one") == b"data"
    assert trust.opened(data, "two") is None
    assert trust.opened(data[:-1], "one") is None
    assert trust.opened(data[:40] + b"x", "one") is None
    assert trust.opened(b"", "one") is None
    assert own_key.stat().st_mode & 0o777 == 0o600
    assert own_key.parent.stat().st_mode & 0o077 == 0
    assert not [file for file in own_key.parent.iterdir() if file != own_key]


def test_another_user_or_machine_does_not_open_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = trust.sealed(b"data", "one")
    another(tmp_path / "other", monkeypatch)
    assert data
    assert trust.opened(data, "one") is None


@pytest.mark.parametrize("what", ["readable", "short", "link", "pipe"])
def test_a_key_that_others_may_know_is_replaced(own_key: Path, tmp_path: Path, what: str) -> None:
    own_key.parent.mkdir(parents=True)
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"k" * 32)
    if what == "link":
        own_key.symlink_to(theirs)
    elif what == "pipe":
        os.mkfifo(own_key)
    else:
        own_key.write_bytes(b"k" * (32 if what == "readable" else 8))
        own_key.chmod(0o644 if what == "readable" else 0o600)
    assert trust.opened(trust.sealed(b"data", "") or b"", "") == b"data"
    assert theirs.read_bytes() == b"k" * 32
    assert own_key.read_bytes() != b"k" * 32
    assert own_key.lstat().st_mode & 0o777 == 0o600


def test_a_folder_that_others_write_to_has_no_key(
    own_key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_key.parent.mkdir(parents=True)
    own_key.parent.chmod(0o777)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert trust.sealed(b"data", "")
    assert not own_key.exists()
    assert (tmp_path / "home/.local/state/unbroken/key").is_file()


# The journal.


def test_a_journal_that_came_with_the_repository_is_not_followed(root: Path) -> None:
    live = root / FOLDER / "move"
    (live / "held").mkdir(parents=True)
    (live / "held/0").write_text("#!/bin/sh\n", encoding="utf-8")
    (live / "writing").touch()
    journal = {
        "about": "x", "at": 0, "reach": "/", "index": None, "made": [],
        "renames": [[".git/hooks/pre-commit", "docs/z.md"]], "writes": [["../written.txt", "eA==", "eA=="]],
    }  # fmt: skip
    (live / "journal.json").write_text(json.dumps(journal), encoding="utf-8")
    with pytest.raises(Conflict, match=r"not left by a move of yours.*rm -r"):
        Transaction(root).recover()
    with pytest.raises(Unsettled):
        Transaction(root).apply(Change([("docs/a.md", "docs/b.md")], []))
    assert not (root / ".git/hooks/pre-commit").exists()
    assert (live / "held/0").exists()
    assert (root / "docs/a.md").exists()


def test_a_folder_without_a_journal_is_emptied_only_of_what_a_move_begins_with(root: Path) -> None:
    live = root / FOLDER / "move"
    (live / "held").mkdir(parents=True)
    assert Transaction(root).recover() is None
    assert not live.exists()
    (live / "mine").mkdir(parents=True)
    with pytest.raises(Conflict):
        Transaction(root).recover()
    assert (live / "mine").exists()


def test_what_git_has_of_a_journal_is_not_followed(root: Path) -> None:
    Transaction(root).apply(Change([("docs/a.md", "docs/b.md")], [], "one"))
    assert [done.about for done in Transaction(root).done()] == ["one"]
    must(run("git", "add", "--force", f"{FOLDER}/moved", cwd=root, env=GIT))
    assert Transaction(root).done() == []
    with pytest.raises(Conflict, match="no record of a move"):
        Transaction(root).undo()
    assert (root / "docs/b.md").exists()


def test_another_users_journal_is_not_taken_back(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Transaction(root).apply(Change([("docs/a.md", "docs/b.md")], [], "one"))
    another(tmp_path / "other", monkeypatch)
    with pytest.raises(Conflict, match="no record of a move"):
        Transaction(root).undo()


OUT = [
    "../x",
    "/tmp/x",
    ".git/hooks/x",
    "docs/.GIT/x",
    "docs/../../x",
    ".git./config",
    "docs/git~1/x",
    "out/x",
]


@pytest.mark.parametrize("name", OUT)
def test_no_change_leads_out_of_the_repository_or_into_git(root: Path, tmp_path: Path, name: str) -> None:
    (root / "out").symlink_to(tmp_path)
    for change in (Change([("docs/a.md", name)], []), Change([], [Write(name, None, b"x")])):
        with pytest.raises(Conflict, match="out of the repository"):
            Transaction(root).apply(change)
    assert not (tmp_path / "x").exists()
    assert (root / "docs/a.md").exists()


def test_a_page_that_is_a_link_out_of_the_repository_is_not_written(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "bashrc"
    outside.write_text("a", encoding="utf-8")
    (root / "docs/l.md").symlink_to(outside)
    with pytest.raises(Conflict, match="out of the repository"):
        Transaction(root).apply(Change([], [Write("docs/l.md", b"a", b"b")]))
    assert outside.read_text(encoding="utf-8") == "a"


def test_sources_beside_the_configuration_move_without_git_too(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "conf").mkdir()
    (tmp_path / "docs/a.md").write_text("a", encoding="utf-8")
    change = Change([("../docs/a.md", "../docs/b.md")], [Write("../docs/b.md", b"a", b"b")])
    Transaction(tmp_path / "conf", reach=tmp_path / "docs").apply(change)
    Transaction(tmp_path / "conf").undo()
    assert (tmp_path / "docs/a.md").read_bytes() == b"a"


@pytest.mark.parametrize("link", [".cache", ".cache/unbroken"])
def test_nothing_is_kept_where_a_link_leads(root: Path, tmp_path: Path, link: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "move").mkdir(parents=True)
    (root / link).parent.mkdir(exist_ok=True)
    (root / link).symlink_to(elsewhere)
    before = sorted(elsewhere.rglob("*"))
    with pytest.raises(OSError, match="leads out"):
        kept(root)
    with pytest.raises((OSError, Conflict)):
        Transaction(root).apply(Change([("docs/a.md", "docs/b.md")], []))
    State(root, "https://example.com").keep([Address("/")])
    assert sorted(elsewhere.rglob("*")) == before


# What is kept between runs.


def recalled(root: Path, said: str) -> tuple[str, ...]:
    cache = Cache(root, root / "site")
    result = cache.recall(
        str(root / "docs/a.md"), "a", lambda name: said.encode(), lambda data: (data.decode(),)
    )
    cache.save()
    return result


def test_a_cache_of_somebody_else_is_read_anew(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.utime(root / "docs/a.md", (0, 0))
    assert recalled(root, "one") == ("one",)
    assert recalled(root, "two") == ("one",)  # as nothing seems to have changed
    another(tmp_path / "other", monkeypatch)
    assert recalled(root, "two") == ("two",)


def test_a_list_of_what_failed_of_somebody_else_counts_as_none(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {Address("/a/"), Address("/b/")}
    state = State(root, "https://example.com/")
    state.keep([Address("/a/")])
    assert state.failed(known) == {Address("/a/")}
    another(tmp_path / "other", monkeypatch)
    assert state.failed(known) == known
