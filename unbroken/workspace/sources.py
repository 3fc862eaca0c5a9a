"""The files below ``docs_dir``: one walk, so that all commands see the same."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple


class Found(NamedTuple):
    """What lies below a folder, each relative to it and with ``/`` between its parts.

    Attributes:
        files: every ordinary file, sorted; pipes, devices and links to nothing are none.
        linked: the folders that are symbolic links, each with a final slash.
        foreign: the folders that are repositories of their own, each with a final slash.
    """

    files: list[str]
    linked: list[str]
    foreign: list[str]


def below(folder: Path) -> Found:
    """Return what lies below a folder.

    Links to folders are followed as builders follow them, but not back up. Folders that cannot be read count
    as empty; what git keeps is passed over.
    """
    found = Found([], [], [])
    _walk(str(folder), "", (os.path.realpath(folder),), found)
    found.files.sort()
    return found


def _walk(folder: str, prefix: str, above: tuple[str, ...], found: Found) -> None:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        name = prefix + entry.name
        if entry.name == ".git":
            if prefix:
                found.foreign.append(prefix)
        elif _is(entry.is_dir):
            linked = entry.is_symlink()
            real = os.path.realpath(entry.path) if linked else os.path.join(above[-1], entry.name)
            if linked and real in above:
                continue  # it has no end
            if linked:
                found.linked.append(f"{name}/")
            _walk(entry.path, f"{name}/", (*above, real), found)
        elif _is(entry.is_file):
            found.files.append(name)


def _is(kind: Callable[[], bool]) -> bool:
    try:
        return kind()
    except OSError:  # a link that leads round in a circle
        return False


def by_address(files: Iterable[str], address_of: Callable[[str], str]) -> dict[str, str]:
    """Return the file that is published at each address path.

    Of two, the first; but ``index.md`` goes before a ``README.md`` beside it, which builders then leave out.

    Args:
        files: each relative to ``docs_dir``.
        address_of: returns the address path of a file.
    """
    found: dict[str, str] = {}
    for file in sorted(
        files, key=lambda file: (posixpath.splitext(posixpath.basename(file))[0] == "README", file)
    ):
        found.setdefault(address_of(file), file)
    return found
