"""Change many files at once, all or not at all, and take the last change back.

Everything that a change needs is written into one file first: what each text was and what it becomes, which
file goes where, what git's index said. Only then is the tree touched, in three phases that each leave a mark.
So whatever stops the work, a full disk or a kill, what is in the journal's folder tells how to go back, and
going back may be stopped and begun again as often as you like.

Renamed files pass through the journal's folder, so that names may be swapped.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

from unbroken.model.errors import Conflict, GitError
from unbroken.workspace.files import FOLDER, kept, replace
from unbroken.workspace.git import git

try:
    import fcntl
except ImportError:  # Windows: two moves at once are then the authors' own affair
    fcntl = None  # type: ignore[assignment]

_BEGUN, _RENAMED, _INDEXED, _DONE = "journal.json", "writing", "indexing", "done"
_ARRIVING = "arriving"


class Write(NamedTuple):
    """A file that gets another content, by its name after all renames, relative to the root.

    Attributes:
        path: its name.
        before: what it says; None for a file that is not there yet.
        after: what it shall say.
    """

    path: str
    before: bytes | None
    after: bytes


@dataclass(frozen=True)
class Change:
    """What a change does to the tree.

    Attributes:
        renames: each file's old and new name, relative to the root.
        writes: the files with another content.
        about: what it is, in a few words.
    """

    renames: Sequence[tuple[str, str]]
    writes: Sequence[Write]
    about: str = ""


def make(root: Path, change: Change) -> None:
    """Make a change below a folder, all of it or nothing.

    Raises:
        Conflict: it could not be made, and everything is as it was; the message says why.
    """
    try:
        Journal(root).apply(change)
    except BlockingIOError:
        raise Conflict("Another change is under way here. Wait until it has ended.") from None
    except (Conflict, GitError) as error:
        raise Conflict(f"{error} Nothing was changed.") from None
    except OSError as error:
        raise Conflict(f"{error.filename or 'The disk'}: {error.strerror}. Nothing was changed.") from None


class Journal:
    """Apply changes below one folder, and take them back.

    Args:
        root: the folder of the site's configuration.
        step: told of each touch of the disk before it happens.
    """

    def __init__(self, root: Path, step: Callable[[str], None] = lambda what: None) -> None:
        self.root = root
        self.folder = root / FOLDER
        self.live = self.folder / "move"
        self.last = self.folder / "moved"
        self.step = step

    def apply(self, change: Change) -> None:
        """Make a change; when anything fails, the tree is as it was.

        Raises:
            Conflict: a file is not as the change expects, or another change is under way.
            OSError: the disk did not take it.
            GitError: git's index could not be changed.
        """
        with self._lock():
            self._settle()
            try:
                self._begin(change)
                self._forward()
            except BaseException:
                if (self.live / _BEGUN).exists():
                    self._back()
                else:
                    shutil.rmtree(self.live, ignore_errors=True)
                raise
            self._finish()

    def recover(self) -> str | None:
        """Settle what a change that was stopped left behind, and return what was done about it.

        None when there was nothing, or when the change is still under way in another process.
        """
        if not self.live.exists():
            return None
        try:
            with self._lock():
                return self._settle()
        except BlockingIOError:
            return None

    def undo(self) -> str:
        """Take the last change back, and return what it was.

        Raises:
            Conflict: there is none, or a file has changed since.
        """
        with self._lock():
            self._settle()
            if not (self.last / _BEGUN).is_file():
                raise Conflict("There is no move to undo.")
            journal = self._read(self.last)
            for old, new in journal["renames"]:
                taken = (self.root / old).exists() and all(old != name for _, name in journal["renames"])
                if taken or not (self.root / new).is_file():
                    raise Conflict(f"{new} is no longer where it was moved to, so the move cannot be undone.")
            for path, _, after in _writes(journal):
                if _bytes(self.root / path) != after:
                    raise Conflict(f"{path} has changed since, so the move cannot be undone.")
            self.step("take up the last journal")
            os.replace(self.last, self.live)
            self.step("begin to undo")
            (self.live / _DONE).unlink()
            self._back()
            return str(journal["about"])

    # Forward.

    def _begin(self, change: Change) -> None:
        index = self._index(change.renames)
        new = [name for _, name in change.renames] + [w.path for w in change.writes if w.before is None]
        folders = {parent for name in new for parent in self._missing(name)}
        journal = {
            "about": change.about,
            "renames": [list(pair) for pair in change.renames],
            "writes": [[w.path, _pack(w.before), _pack(w.after)] for w in change.writes],
            "made": sorted(folders),
            "index": index,
        }
        self.step("make the journal's folder")
        (self.live / "held").mkdir(parents=True)
        # Surrogates stand for bytes of names that are no UTF-8; JSON escapes them.
        data = json.dumps(journal).encode("ascii")
        self.step("begin")
        replace(self.live / _BEGUN, data, self.root)

    def _missing(self, name: str) -> Iterator[str]:
        folder = (self.root / name).parent
        while not folder.exists():
            yield os.path.relpath(folder, self.root)
            folder = folder.parent

    def _forward(self) -> None:
        journal = self._read(self.live)
        renames = journal["renames"]
        before = {new: old for old, new in renames}
        for path, was, _ in _writes(journal):
            if _bytes(self.root / before.get(path, path)) != was:
                raise Conflict(f"{before.get(path, path)} changed while the move was planned. Run it again.")
        for number, (old, _) in enumerate(renames):
            self.step(f"take {old}")
            os.rename(self.root / old, self._held(number))
        self._mark(_ARRIVING)
        for number, (_, new) in enumerate(renames):
            self.step(f"put {new}")
            target = self.root / new
            if target.exists():
                raise Conflict(f"{new} appeared while the move was planned. Run it again.")
            target.parent.mkdir(parents=True, exist_ok=True)
            os.rename(self._held(number), target)
        self._mark(_RENAMED)
        for path, _, after in _writes(journal):
            self._put(path, after)
        for old, _ in renames:
            self._prune(old)
        if journal["index"]:
            self._mark(_INDEXED)
            self.step("change the index")
            self._update_index(journal["index"]["after"])

    def _finish(self) -> None:
        if not (self.live / _DONE).exists():
            self._mark(_DONE)
        self.step("forget the move before")
        if self.last.exists():
            shutil.rmtree(self.last)
        self.step("keep the journal")
        os.replace(self.live, self.last)

    # Back.

    def _settle(self) -> str | None:
        if not self.live.exists():
            return None
        if not (self.live / _BEGUN).exists():
            shutil.rmtree(self.live)
            return None
        about = self._read(self.live)["about"]
        if (self.live / _DONE).exists():
            self._finish()
            return f"A move was stopped when all was in place, and is now finished: {about}."
        self._back()
        return f"A move was stopped halfway, and everything is back as it was: {about}."

    def _back(self) -> None:
        """Go back from wherever the work was stopped. Each step can be repeated."""
        journal = self._read(self.live)
        renames = journal["renames"]
        if self._is_marked(_INDEXED):
            self.step("restore the index")
            self._update_index(journal["index"]["before"])
            self._unmark(_INDEXED)
        if self._is_marked(_RENAMED):
            for path, was, after in _writes(journal):
                now = _bytes(self.root / path)
                if now == after:
                    self._put(path, was)
                elif now != was and was is not None:
                    # Someone has worked on it since the kill. Their text stays; the old one is beside it.
                    self._put(path + ".before-move", was)
            self._unmark(_RENAMED)
        if self._is_marked(_ARRIVING):
            for number, (_, new) in enumerate(renames):
                if not self._held(number).exists() and (self.root / new).exists():
                    self.step(f"take back {new}")
                    os.rename(self.root / new, self._held(number))
            self._unmark(_ARRIVING)
        for number, (old, _) in enumerate(renames):
            if self._held(number).exists():
                self.step(f"put back {old}")
                (self.root / old).parent.mkdir(parents=True, exist_ok=True)
                os.rename(self._held(number), self.root / old)
        for folder in sorted(journal["made"], reverse=True):
            with suppress(OSError):
                (self.root / folder).rmdir()
        self.step("forget the journal")
        shutil.rmtree(self.live)

    # The disk.

    def _held(self, number: int) -> Path:
        return self.live / "held" / str(number)

    def _mark(self, name: str) -> None:
        self.step(f"mark {name}")
        (self.live / name).touch()

    def _unmark(self, name: str) -> None:
        self.step(f"unmark {name}")
        (self.live / name).unlink()

    def _is_marked(self, name: str) -> bool:
        return (self.live / name).exists()

    def _put(self, path: str, data: bytes | None) -> None:
        """Replace a file as a whole, or take it away; through a symbolic link the file that it names."""
        target = Path(os.path.realpath(self.root / path))
        self.step(f"write {path}")
        if data is None:
            target.unlink(missing_ok=True)
        else:
            replace(target, data, self.root)

    def _prune(self, old: str) -> None:
        """Take away the folders that a rename left empty."""
        folder = (self.root / old).parent
        while folder not in (self.root, folder.parent):
            self.step(f"remove the folder {folder.name}")
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent

    @contextmanager
    def _lock(self) -> Iterator[None]:
        kept(self.root)
        with (self.folder / "move.lock").open("w") as stream:
            self._hold(stream)
            yield

    def _hold(self, stream: IO[str]) -> None:
        if fcntl is not None:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _read(self, folder: Path) -> dict[str, Any]:
        journal: dict[str, Any] = json.loads((folder / _BEGUN).read_bytes())
        return journal

    # Git's index: what was staged of a file stays staged under its new name, as `git mv` does it.

    def _index(self, renames: Iterable[tuple[str, str]]) -> dict[str, list[str]] | None:
        pairs = list(renames)
        try:
            below = git(self.root, "rev-parse", "--show-prefix").rstrip("\n")
            listed = git(self.root, "ls-files", "-z", "--stage", "--full-name") if pairs else ""
        except GitError:
            return None
        lines = {}
        for line in listed.split("\0"):
            said, _, path = line.partition("\t")
            if said.endswith(" 0"):  # what is in conflict stays so
                lines[path] = said
        names = {os.path.normpath(below + old): os.path.normpath(below + new) for old, new in pairs}
        known = {old: new for old, new in names.items() if old in lines}
        if not known:
            return None
        touched = {*known, *known.values()}
        nothing = [f"0 {'0' * 40}\t{path}" for path in sorted(touched)]
        return {
            "before": nothing + [f"{lines[path]}\t{path}" for path in sorted(touched) if path in lines],
            "after": nothing + [f"{lines[old]}\t{new}" for old, new in known.items()],
        }

    def _update_index(self, lines: list[str]) -> None:
        done = subprocess.run(
            ["git", "-C", str(self.root), "update-index", "-z", "--index-info"],
            input="".join(line + "\0" for line in lines).encode("utf-8", "surrogateescape"),
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise GitError(done.stderr.decode("utf-8", "replace").strip().splitlines()[0])


def _bytes(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def _pack(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode("ascii")


def _writes(journal: dict[str, Any]) -> Iterator[tuple[str, bytes | None, bytes]]:
    for path, before, after in journal["writes"]:
        yield path, None if before is None else base64.b64decode(before), base64.b64decode(after)
