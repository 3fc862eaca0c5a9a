"""Change many files at once, all or not at all, and take changes back, the last one first.

Everything that a change needs is written into one file first: what each text was and what it becomes, which
file goes where, what git's index said. Only then is the tree touched, in three phases that each leave a mark.
So whatever stops the work, a full disk or a kill, what is in the journal's folder tells how to go back, and
going back may be stopped and begun again as often as you like.

Renamed files pass through the journal's folder, so that names may be swapped.

A journal is sealed (see ``trust``). One that somebody else left there, as in a repository that has it
committed, is never acted upon; and no journal reaches out of the repository, or into ``.git``.
"""

from __future__ import annotations

import base64
import json
import os
import shlex
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any, NamedTuple

from unbroken.model.errors import Conflict, GitError, Unsettled
from unbroken.workspace import index
from unbroken.workspace.files import FOLDER, kept, replace, shown
from unbroken.workspace.git import git
from unbroken.workspace.trust import opened, sealed

try:
    import fcntl
except ImportError:  # Windows: two moves at once are then the authors' own affair
    fcntl = None  # type: ignore[assignment]

_BEGUN, _RENAMED, _INDEXED, _DONE = "journal.json", "writing", "indexing", "done"
_ARRIVING = "arriving"
# How many changes can be taken back.
_KEPT = 50


class Done(NamedTuple):
    """A change that can be taken back.

    Attributes:
        at: when it was made, in seconds since 1970.
        about: what it is, in a few words.
    """

    at: float
    about: str


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


def make(root: Path, change: Change, reach: Path | None = None) -> None:
    """Make a change below a folder, all of it or nothing.

    Args:
        root: the folder of the site's configuration.
        change: the change.
        reach: the folder of the sources, where it may be another one.

    Raises:
        Conflict: it could not be made, and everything is as it was; the message says why.
        Unsettled: it could not be made, and is still to be taken back.
    """
    try:
        Transaction(root, reach=reach).apply(change)
    except BlockingIOError:
        raise Conflict("Another change is under way here. Wait until it has ended.") from None
    except Unsettled:
        raise
    except (Conflict, GitError) as error:
        raise Conflict(f"{error} Nothing was changed.") from None
    except OSError as error:
        raise Conflict(f"{error.filename or 'The disk'}: {error.strerror}. Nothing was changed.") from None


class Transaction:
    """Apply changes below one folder, and take them back.

    Args:
        root: the folder of the site's configuration.
        step: told of each touch of the disk before it happens.
        reach: the folder of the sources, where there is no repository to stay in; by default the root.
    """

    def __init__(
        self, root: Path, step: Callable[[str], None] = lambda what: None, reach: Path | None = None
    ) -> None:
        self.root = root
        self.reach = reach or root
        self.folder = root / FOLDER
        self.live = self.folder / "move"
        self.past = self.folder / "moved"
        self.step = step
        self._written: set[str] | None = None

    def apply(self, change: Change) -> None:
        """Make a change; when anything fails, the tree is as it was.

        Raises:
            Conflict: a file is not as the change expects, or another change is under way.
            OSError: the disk did not take it.
            GitError: git's index could not be changed.
        """
        with self._lock():
            self._settle()
            self._judge(change.renames, [write.path for write in change.writes])
            if change.renames:
                index.wait(self.root)
            self._written = set()
            try:
                self._begin(change)
                self._forward()
                self._mark(_DONE)
            except BaseException as error:
                if (self.live / _BEGUN).exists():
                    self._take_back(error)
                else:
                    shutil.rmtree(self.live, ignore_errors=True)
                raise
            with suppress(OSError):  # all is in place; the next command keeps the journal
                self._finish()

    def _take_back(self, cause: BaseException) -> None:
        """Go back at once.

        Raises:
            Unsettled: that fails as well; the next command tries again.
        """
        try:
            self._back()
        except (Conflict, GitError, OSError) as error:
            why = "; ".join(str(each) or type(each).__name__ for each in (cause, error))
            raise Unsettled(f"{why}. What was begun is taken back by the next command.") from cause

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

    def done(self) -> list[Done]:
        """Return the changes that can be taken back, the last one first."""
        return [Done(float(each["at"]), str(each["about"])) for _, each in reversed(self._journals())]

    def undo(self) -> str:
        """Take the last change back, and return what it was.

        Raises:
            Conflict: there is none, or a file has changed since.
        """
        with self._lock():
            self._settle()
            journals = self._journals()
            if not journals:
                raise Conflict("Nothing can be undone: this site keeps no record of a move.")
            folder, journal = journals[-1]
            if journal["index"]:
                index.wait(self.root)
            for old, new in journal["renames"]:
                taken = (self.root / old).exists() and all(old != name for _, name in journal["renames"])
                if taken or not (self.root / new).is_file():
                    raise Conflict(f"{new} is no longer where it was moved to, so the move cannot be undone.")
            for path, _, after in _writes(journal):
                if _bytes(self.root / path) != after:
                    raise Conflict(f"{path} has changed since, so the move cannot be undone.")
            self.step("take up the last journal")
            os.replace(folder, self.live)
            self.step("begin to undo")
            (self.live / _DONE).unlink()
            try:
                self._back()
            except (GitError, OSError) as error:
                raise Unsettled(f"{error}. The rest is taken back by the next command.") from None
            return str(journal["about"])

    def _journals(self) -> list[tuple[Path, dict[str, Any]]]:
        """Return the folder and the journal of each change that this user made here, oldest first."""
        try:
            folders = sorted(folder for folder in self.past.iterdir() if folder.name.isdigit())
        except OSError:
            return []
        return [(folder, journal) for folder in folders if (journal := self._read(folder))]

    # Forward.

    def _begin(self, change: Change) -> None:
        staged = index.changes(self.root, change.renames)
        new = [name for _, name in change.renames] + [w.path for w in change.writes if w.before is None]
        folders = {parent for name in new for parent in self._missing(name)}
        journal = {
            "about": change.about,
            "at": time.time(),
            "reach": os.path.abspath(self.reach),
            "renames": [list(pair) for pair in change.renames],
            "writes": [[w.path, _pack(w.before), _pack(w.after)] for w in change.writes],
            "made": sorted(folders),
            "index": staged,
        }
        self.step("make the journal's folder")
        (self.live / "held").mkdir(parents=True)
        # Surrogates stand for bytes of names that are no UTF-8; JSON escapes them.
        data = sealed(json.dumps(journal).encode("ascii"), self._about)
        if data is None:
            raise Conflict("No folder of yours can be written to for the key that seals what a move does.")
        self.step("begin")
        replace(self.live / _BEGUN, data, self.root)

    def _missing(self, name: str) -> Iterator[str]:
        folder = (self.root / name).parent
        while not folder.exists():
            yield os.path.relpath(folder, self.root)
            folder = folder.parent

    def _forward(self) -> None:
        journal = self._mine()
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
        for path, was, after in _writes(journal):
            if self._written is not None:
                self._written.add(path)
            try:
                self._put(path, after, was)
            except Conflict:
                (self._written or set()).discard(path)
                raise
        for old, _ in renames:
            self._prune(old)
        if journal["index"]:
            self._mark(_INDEXED)
            self.step("change the index")
            try:
                index.update(self.root, journal["index"]["after"])
            except GitError:
                self._unmark(_INDEXED)  # git changes all of it or nothing
                raise

    def _finish(self) -> None:
        self.past.mkdir(exist_ok=True)
        names = sorted(folder.name for folder in self.past.iterdir() if folder.name.isdigit())
        self.step("keep the journal")
        os.replace(self.live, self.past / f"{int(names[-1]) + 1 if names else 1:09}")
        for name in names[: max(0, len(names) + 1 - _KEPT)]:
            self.step("forget the oldest move")
            shutil.rmtree(self.past / name, ignore_errors=True)

    # Back.

    def _settle(self) -> str | None:
        if not os.path.lexists(self.live):
            return None
        if not (self.live / _BEGUN).exists() and self._is_empty():
            shutil.rmtree(self.live)
            return None
        about = self._mine()["about"]
        if (self.live / _DONE).exists():
            self._finish()
            return f"A move was stopped when all was in place, and is now finished: {about}."
        try:
            self._back()
        except GitError as error:
            raise Unsettled(f"A move was stopped halfway, and cannot be taken back yet: {error}") from None
        return f"A move was stopped halfway, and everything is back as it was: {about}."

    def _is_empty(self) -> bool:
        """Return whether nothing but what a change begins with is in its folder."""
        if self.live.is_symlink() or not self.live.is_dir():
            return False
        inside = [path.relative_to(self.live).as_posix() for path in self.live.rglob("*")]
        return inside in ([], ["held"])

    def _back(self) -> None:
        """Go back from wherever the work was stopped. Each step can be repeated."""
        journal = self._mine()
        renames = journal["renames"]
        if self._is_marked(_INDEXED):
            self.step("restore the index")
            index.update(self.root, journal["index"]["before"])
            self._unmark(_INDEXED)
        if self._is_marked(_RENAMED):
            for path, was, after in _writes(journal):
                now = _bytes(self.root / path)
                if self._written is not None and path not in self._written:
                    continue  # it was not reached
                if now == after:
                    self._put(path, was, after)
                elif now != was and was is not None:
                    # Someone has worked on it since the kill. Their text stays; the old one is beside it.
                    self._put(path + ".before-move", was, _bytes(self.root / f"{path}.before-move"))
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

    def _put(self, path: str, data: bytes | None, was: bytes | None) -> None:
        """Replace a file as a whole, or take it away; through a symbolic link the file that it names.

        Raises:
            Conflict: it no longer says what it said.
        """
        target = Path(os.path.realpath(self.root / path))
        self.step(f"write {path}")
        if _bytes(target) != was:
            raise Conflict(f"{path} was changed while the move was made. Run it again.")
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
        if not self._is_here():
            raise Conflict(
                f"{shown(self.folder)} leads out of the site's folder, so no move can be kept there."
            )
        with (self.folder / "move.lock").open("w") as stream:
            self._hold(stream)
            yield

    def _hold(self, stream: IO[str]) -> None:
        if fcntl is not None:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)

    @property
    def _about(self) -> str:
        return f"journal {os.path.realpath(self.root)}"

    def _read(self, folder: Path) -> dict[str, Any] | None:
        """Return the journal in a folder; None for one that this user did not write on this machine."""
        try:
            data = opened((folder / _BEGUN).read_bytes(), self._about)
            if data is None or folder.is_symlink() or not self._is_here() or self._is_tracked:
                return None
            journal: dict[str, Any] = json.loads(data)
            self.reach = Path(journal["reach"])
            self._judge(journal["renames"], [path for path, _, _ in journal["writes"]])
        except (OSError, ValueError, KeyError, Conflict):
            return None
        return journal

    def _mine(self) -> dict[str, Any]:
        """Return the journal of the change that is under way.

        Raises:
            Unsettled: this user did not write it on this machine.
        """
        journal = self._read(self.live)
        if journal is None:
            raise Unsettled(
                f"{shown(self.live)} was not left by a move of yours on this machine, so nothing in it is "
                f"followed. If no move is under way, remove it: rm -r {shlex.quote(shown(self.live))}"
            )
        return journal

    def _is_here(self) -> bool:
        """Return whether the folder of journals is where it should be, and no link leads elsewhere."""
        return os.path.realpath(self.folder) == os.path.join(os.path.realpath(self.root), *FOLDER.split("/"))

    @cached_property
    def _is_tracked(self) -> bool:
        """Whether git has a part of a journal: then it came with the repository."""
        try:
            return bool(git(self.root, "ls-files", "-z", "--", f"{FOLDER}/move", f"{FOLDER}/moved"))
        except GitError:
            return False

    @cached_property
    def _top(self) -> str:
        """The top of the repository; without git, of what is shared by the configuration and the sources."""
        try:
            top = git(self.root, "rev-parse", "--show-toplevel").rstrip("\n")
        except GitError:
            top = os.path.commonpath([os.path.abspath(self.root), os.path.abspath(self.reach)])
        return os.path.realpath(top)

    def _judge(self, renames: Iterable[Sequence[str]], writes: Iterable[str]) -> None:
        """Refuse names that lead out of the repository, or to where git keeps its own.

        Raises:
            Conflict: one does.
        """
        root = os.path.realpath(self.root)
        for name, through in [
            *((name, False) for pair in renames for name in pair),
            *((w, True) for w in writes),
        ]:
            path = os.path.normpath(os.path.join(root, name))
            # A file that is a link is written through it, and renamed as it is.
            real = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
            for there in (path, os.path.realpath(path) if through else real):
                parts = os.path.relpath(there, self._top).split(os.sep)
                if os.path.isabs(name) or parts[0] == ".." or any(map(_is_of_git, parts)):
                    raise Conflict(f"{name} leads out of the repository, so it is left alone.")


def _is_of_git(part: str) -> bool:
    """Return whether a disk may take a part of a path for ``.git``: in any case, with what it drops."""
    plain = "".join(c for c in part if c.isprintable() or c.isspace()).split(":")[0].rstrip(". ").casefold()
    return plain in (".git", "git~1")


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
