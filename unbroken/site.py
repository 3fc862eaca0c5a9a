"""Read a built site: what it publishes, which of it are stubs, and the anchors of its pages."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser

from unbroken.addresses import file_address

#: How a stub says that Unbroken wrote it.
MARK = b'<meta name="generator" content="Unbroken">'

# A page that sends its visitor on at once is a stub, whoever wrote it. Builders put this near the top.
_REFRESH = re.compile(rb"""<meta[^>]+http-equiv\s*=\s*["']?refresh["']?[^>]+url\s*=""", re.IGNORECASE)
_HEAD = 4096


class Site:
    """A built site on disk.

    Attributes:
        root: the site directory.
        files: every published page and file by its address path, relative to the root.
        stubs: every stub by its address path, relative to the root.
        ours: the address paths of those stubs that Unbroken wrote.
    """

    def __init__(self, root: Path) -> None:
        """Read the names below a site directory, and the first lines of its pages.

        Raises:
            NotADirectoryError: there is no such directory.
        """
        if not root.is_dir():
            raise NotADirectoryError(root)
        self.root = root
        self.files: dict[str, str] = {}
        self.stubs: dict[str, str] = {}
        self.ours: set[str] = set()
        self._anchors: dict[str, frozenset[str] | None] = {}
        for file in _names(root):
            head = _head(root / file) if file.endswith((".html", ".htm")) else b""
            if MARK in head:
                self.ours.add(file_address(file))
            stub = MARK in head or _REFRESH.search(head)
            (self.stubs if stub else self.files)[file_address(file)] = file

    @property
    def paths(self) -> AbstractSet[str]:
        """The address path of every page and every other file, stubs left out."""
        return self.files.keys()

    def anchors(self, path: str) -> frozenset[str] | None:
        """Return every anchor of the page at an address path; None for what is not a page."""
        if path not in self._anchors:
            file = self.files.get(path, "")
            self._anchors[path] = _anchors(self.root / file) if file.endswith((".html", ".htm")) else None
        return self._anchors[path]


def _names(root: Path) -> Iterator[str]:
    """Yield every file below a folder; links that lead out of it are not followed."""
    for folder, folders, names in os.walk(root):
        folders.sort()
        below = os.path.relpath(folder, root).replace(os.sep, "/")
        for name in sorted(names):
            yield name if below == "." else f"{below}/{name}"


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(_HEAD)
    except OSError:
        return b""


def _anchors(file: Path) -> frozenset[str] | None:
    try:
        tree = LexborHTMLParser(file.read_bytes())
    except (OSError, ValueError):
        return None
    names = {node.attributes.get("id") for node in tree.css("[id]")}
    names.update(node.attributes.get("name") for node in tree.css("a[name]"))
    return frozenset(name for name in names if name)
