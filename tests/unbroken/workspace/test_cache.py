"""What is kept between runs, and when it is written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from unbroken.workspace.built_site import read_file
from unbroken.workspace.cache import Cache

if TYPE_CHECKING:
    from pathlib import Path


def recalled(root: Path) -> tuple[list[bytes], list[bytes]]:
    """What each file says, and what had to be read for that."""
    cache, read = Cache(root, root / "site"), list[bytes]()

    def make(data: bytes) -> tuple[bytes]:
        read.append(data)
        return (data,)

    files = sorted((root / "site").iterdir())
    said = [cache.recall(str(file), file.name, read_file, make)[0] for file in files]
    cache.save()
    return said, read


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder of 1,000 files that are known."""
    (tmp_path / "site").mkdir()
    for number in range(1_000):
        (tmp_path / f"site/{number:04}").write_text(str(number))
    recalled(tmp_path)
    return tmp_path


def stored(root: Path) -> bytes:
    """What the cache holds."""
    (file,) = (root / ".cache/unbroken").glob("*.pages")
    return file.read_bytes()


@pytest.mark.parametrize(("changed", "written"), [(1, False), (5, False), (6, True), (1_000, True)])
def test_it_is_written_when_that_saves_time(kept: Path, changed: int, written: bool) -> None:
    settle(kept)
    before = stored(kept)
    for number in range(changed):
        (kept / f"site/{number:04}").write_text(f"changed {number}")
    said, read = recalled(kept)
    assert read == said[:changed] == [f"changed {number}".encode() for number in range(changed)]
    assert (stored(kept) != before) == written
    assert recalled(kept) == (said, [] if written else read)


@pytest.mark.parametrize(("gone", "written"), [(5, False), (6, True)])
def test_what_is_gone_is_forgotten_when_that_saves_time(kept: Path, gone: int, written: bool) -> None:
    settle(kept)
    before = stored(kept)
    for number in range(gone):
        (kept / f"site/{number:04}").unlink()
    assert len(recalled(kept)[0]) == 1_000 - gone
    assert (stored(kept) != before) == written


def settle(root: Path) -> None:
    """Let the files be old enough for their times to tell whether they have changed, and be known so."""
    for file in (root / "site").iterdir():
        os.utime(file, (1_000_000_000, 1_000_000_000))
    assert recalled(root)[1] == []
