"""What setting a site up changes: decided in memory, shown as a diff, written whole or not at all."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass, field
from pathlib import Path

from unbroken.model.errors import Refused
from unbroken.workspace.config import Config
from unbroken.workspace.files import shown
from unbroken.workspace.transaction import Change, Write, make

_SHOWN = 5
# Lines of a difference that are shown whole.
_LONG = 100


@dataclass(slots=True)
class Setup:
    """What would be added to a site.

    Attributes:
        config: the site's configuration as it is.
        root: the top of the repository, or the folder of the configuration where there is none.
        folder: the folder that the site is built in.
        writes: each file that changes, by its path: what it says, None when it is not there, and what it
            will say.
        about: what changes in each of them, in a few words.
        advice: what is left for the author to do, a paragraph each.
    """

    config: Config
    root: Path
    folder: Path
    writes: dict[Path, tuple[bytes | None, bytes]] = field(default_factory=dict)
    about: dict[Path, str] = field(default_factory=dict)
    advice: list[str] = field(default_factory=list)

    def put(self, file: Path, after: str, about: str) -> None:
        """Plan a new text for a file.

        Raises:
            Refused: it cannot be read, or may not be written.
        """
        before = _bytes(file)
        data = after.encode("utf-8", "surrogateescape")
        if data == before:
            return
        writable(file, self.root)
        if file in self.writes:
            before, about = self.writes[file][0], f"{self.about[file]}, {about}"
        self.writes[file] = before, data
        self.about[file] = about

    def text(self, file: Path) -> str:
        """Return the text of a file as it will be; one that is not there is empty."""
        data = self.writes[file][1] if file in self.writes else _bytes(file)
        return (data or b"").decode("utf-8", "surrogateescape")


def _bytes(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refused(f"{shown(file)} cannot be read: {error.strerror}.") from None


def inside(file: Path, root: Path) -> Path:
    """Return what a file is, links followed; refuse one outside the repository."""
    real = Path(os.path.realpath(file))
    if not real.is_relative_to(os.path.realpath(root)):
        raise Refused(f"{shown(file)} is {real}, outside {root}. Run this where that file belongs.")
    return real


def writable(file: Path, root: Path) -> None:
    """Refuse a file that is read-only, or outside the repository."""
    real = inside(file, root)
    # Who is root may write everything; the author has still said that this shall not change.
    if real.exists() and not (real.stat().st_mode & 0o200 and os.access(real, os.W_OK)):
        raise Refused(f"{shown(file)} is read-only. Run: chmod u+w {shown(file)}.")
    folder = next(parent for parent in real.parents if parent.exists())
    if not folder.is_dir() or not (folder.stat().st_mode & 0o200 and os.access(folder, os.W_OK)):
        raise Refused(f"{shown(file)} cannot be written: {shown(folder)} is read-only, or no folder.")


def by_hand(file: Path, error: object, lines: str) -> str:
    """Return the advice to add lines to a file that cannot be edited safely."""
    return f"{shown(file)} is left to you. {error} Add:\n\n{lines}\n"


def described(setup: Setup) -> str:
    """Return what would change: a line for each file, and a unified diff of each, cut where it is long.

    Files have the names that git shows: relative to the top of the repository.
    """
    names = {file: os.path.relpath(file, setup.root).replace(os.sep, "/") for file in setup.writes}
    width = max((len(name) for name in names.values()), default=0)
    out = [f"  {names[file].ljust(width)}  {setup.about[file]}\n" for file in setup.writes]
    for file, (before, after) in setup.writes.items():
        out.append("\n")
        was, now = (
            (data or b"").decode("utf-8", "surrogateescape").splitlines(keepends=True)
            for data in (before, after)
        )
        old = "/dev/null" if before is None else f"a/{names[file]}"
        lines = list(difflib.unified_diff(was, now, old, f"b/{names[file]}"))
        if len(lines) > (3 * _SHOWN if file == setup.config.ledger else _LONG):
            rest = len(lines) - 3 - _SHOWN
            lines = [*lines[: 3 + _SHOWN], f"... and {rest:,} more lines\n"]
        out += [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]
    return "".join(out)


def apply(setup: Setup) -> None:
    """Write all that is planned, or nothing.

    Raises:
        Conflict: the disk or git did not take it, and everything is as it was.
    """
    here = setup.config.file.parent
    writes = [
        Write(os.path.relpath(file, here).replace(os.sep, "/"), before, after)
        for file, (before, after) in setup.writes.items()
    ]
    make(here, Change((), writes, f"setting up {setup.config.file.name}"))
