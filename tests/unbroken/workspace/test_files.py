"""A file is written whole or not at all, wherever the work is stopped, and nothing else is left."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from tests.commands import BIN, forked, must, run
from unbroken.workspace import files
from unbroken.workspace.files import replace, write

if TYPE_CHECKING:
    from pathlib import Path

CALLS = ["open", "write", "chmod", "fsync", "replace"]


@pytest.fixture(autouse=True)
def afresh() -> None:
    """Each test is a run of its own."""
    files._swept.clear()
    files._aside.cache_clear()


def below(folder: Path) -> dict[str, bytes]:
    """Every file that is not git's business."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".gitignore"
    }


def killed_at(call: str, times: int, work: Path, root: Path | None) -> bool:
    """Whether writing ended before that call was made so many times."""
    left = [times]
    real = getattr(os, call)

    def fatal(*args: object, **kwargs: object) -> object:
        left[0] -= 1
        if left[0] < 0:
            os._exit(9)
        return real(*args, **kwargs)

    def child() -> None:
        setattr(os, call, fatal)
        replace(work, b"new", root)

    return forked(child)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("aside", [True, False], ids=["aside", "beside"])
def test_a_kill_leaves_old_or_new_and_the_next_run_takes_the_rest_away(
    tmp_path: Path, call: str, aside: bool
) -> None:
    file = tmp_path / "site" / "list.txt"
    file.parent.mkdir()
    root = tmp_path if aside else None
    times = 0
    ended = False
    while not ended:
        file.write_bytes(b"old")
        ended = killed_at(call, times, file, root)
        assert file.read_bytes() in (b"old", b"new")
        if aside:
            assert list(below(file.parent)) == ["list.txt"]  # nothing that could be deployed
        files._swept.clear()
        replace(file, b"newer", root)
        assert below(tmp_path) == {"site/list.txt": b"newer"}
        times += 1
    assert times > 1


@pytest.mark.parametrize("aside", [True, False], ids=["aside", "beside"])
def test_what_another_process_is_writing_stays(
    tmp_path: Path, aside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path if aside else None
    real = os.replace

    def meanwhile(before: str, after: Path) -> None:
        monkeypatch.setattr(os, "replace", real)
        files._swept.clear()
        assert forked(lambda: replace(tmp_path / "other.txt", b"other", root))
        real(before, after)

    monkeypatch.setattr(os, "replace", meanwhile)
    replace(tmp_path / "list.txt", b"mine", root)
    assert below(tmp_path) == {"list.txt": b"mine", "other.txt": b"other"}


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o444])
def test_the_mode_stays(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(b"old")
    file.chmod(mode)
    replace(file, b"new", tmp_path)
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"new", mode)


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_is_as_the_umask_has_it(tmp_path: Path, mask: int, mode: int) -> None:
    before = os.umask(mask)
    try:
        replace(tmp_path / "new" / "list.txt", b"new", tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new" / "list.txt").stat().st_mode) == mode


def test_a_disk_that_is_full_leaves_the_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(b"old")

    def full(handle: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    for root in (tmp_path, None):
        with pytest.raises(OSError, match="No space left") as raised:
            write(file, b"new", root)
        assert raised.value.filename == str(file)
    monkeypatch.undo()
    assert below(tmp_path) == {"list.txt": b"old"}


def test_two_mounts_of_one_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.replace

    def two(before: str, after: str) -> None:
        if os.path.dirname(before) != os.path.dirname(after):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        real(before, after)

    replace(tmp_path / "first.txt", b"1", tmp_path)
    monkeypatch.setattr(os, "replace", two)
    replace(tmp_path / "list.txt", b"new", tmp_path)
    assert below(tmp_path) == {"first.txt": b"1", "list.txt": b"new"}


def test_the_folder_for_what_is_kept_may_be_missing_or_lead_away(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / ".unbroken-mine").write_bytes(b"mine")
    root = tmp_path / "site"
    (root / ".cache" / "unbroken").mkdir(parents=True)
    (root / ".cache" / "unbroken" / "tmp").symlink_to(outside)
    replace(root / "list.txt", b"new", root)
    assert below(outside) == {".unbroken-mine": b"mine"}
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / ".cache").write_bytes(b"a file")
    replace(tmp_path / "other" / "list.txt", b"new", tmp_path / "other")
    assert below(tmp_path / "other") == {".cache": b"a file", "list.txt": b"new"}


def test_an_author_s_link_stays_and_the_file_that_it_names_is_written(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_bytes(b"old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    write(tmp_path / "link.txt", b"new", tmp_path)
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_bytes() == b"new"
    replace(tmp_path / "link.txt", b"newer", tmp_path)
    assert not (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_bytes() == b"new"


def test_a_pipe_is_written_to_as_it_is(tmp_path: Path) -> None:
    made = must(
        run(
            "sh",
            "-c",
            "mkfifo pipe && cat pipe >read & while ! test -p pipe; do :; done; "
            f'"{BIN}/python" -c \'from unbroken.workspace.files import write; from pathlib import Path; '
            'write(Path("pipe"), b"new")\' && wait && cat read',
            cwd=tmp_path,
        )
    )
    assert made.stdout == "new"
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_what_is_kept_is_not_for_git(tmp_path: Path) -> None:
    replace(tmp_path / "list.txt", b"new", tmp_path)
    assert (tmp_path / ".cache/unbroken/.gitignore").read_bytes() == b"*\n"
