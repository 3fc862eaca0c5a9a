"""Where pages really stand that a plugin has gathered: in other sites, in folders next to the sources."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from unbroken.model.addresses import is_page_path
from unbroken.workspace import config as configuration


class Gathered(NamedTuple):
    """What a plugin has gathered.

    Attributes:
        files: the file on the disk of each source of which only a copy was known, from the folder of the
            configuration.
        folders: the folders that pages come from.
        configurations: those of other sites, of which such a folder is the ``docs_dir``.
    """

    files: dict[str, str]
    folders: list[str]
    configurations: list[Path]


def found(sources: Mapping[str, str], root: Path) -> Gathered:
    """Return where what stands next to ``docs_dir`` comes from.

    A page ``part/index.md`` that is ``../part/docs/index.md`` on the disk tells that ``part/`` is a copy of
    that folder, and so where the files beside it are, of which builders do not say it.

    Args:
        sources: the file on the disk of each source, from the folder of the configuration; empty where it is
            not known.
        root: the folder of the configuration.
    """
    copies: dict[str, str] = {}
    for source, disk in sources.items():
        if disk and is_page_path(source):
            here, there = _parted(source, disk)
            copies.setdefault(here, there)
    # What the site itself is in has more than pages for it.
    copies = {here: there for here, there in copies.items() if there.strip("./")}
    files = {}
    for source, disk in sources.items():
        above = source
        while not disk and above:
            above = posixpath.dirname(above)
            if above in copies:
                there = posixpath.join(copies[above], source[len(above) :].lstrip("/"))
                if (root / there).is_file():
                    files[source] = there
                break
    folders = sorted(set(copies.values()))
    return Gathered(files, folders, [file for folder in folders if (file := _of(root, folder))])


def _parted(source: str, disk: str) -> tuple[str, str]:
    """Return the folders of a source and of its file below which both have the same names."""
    ours, theirs = source.split("/"), disk.split("/")
    while ours and theirs and ours[-1] == theirs[-1]:
        ours.pop()
        theirs.pop()
    return "/".join(ours), "/".join(theirs)


def _of(root: Path, folder: str) -> Path | None:
    """Return the configuration of another site of which a folder has the sources."""
    docs = Path(posixpath.normpath(root / folder))
    for place in (docs.parent, docs):
        file = configuration.find(place)
        if file is None or place == root:
            continue
        try:
            if configuration.read(file).docs_dir == docs:
                return file
        except OSError:
            continue
    return None
