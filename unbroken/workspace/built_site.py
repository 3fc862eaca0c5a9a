"""A built site: what it publishes, and which of it are stubs."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from unbroken.formats.html import (
    HEAD,
    LARGEST,
    Page,
    expect_many,
    is_ours,
    is_page_file,
    is_stub,
    read_shallow,
)
from unbroken.formats.nesting import DEEPEST, is_too_deep
from unbroken.model.addresses import Address, file_address, normal, relative
from unbroken.model.redirects import RedirectMap
from unbroken.workspace.parallel import in_second_process

if TYPE_CHECKING:
    from unbroken.workspace.cache import Cache

# An anchor that looks the same wherever it is written.
_PLAIN = re.compile(r"[\w.:-]+", re.ASCII)
# From this many pages on a second process pays.
_MANY = 400

#: What the page for unknown addresses reads, relative to the site directory.
LOOKUP = "assets/unbroken-lookup.json"


#: Where Zensical writes the redirects of anchors that its script follows, relative to the site directory.
ANCHOR_REDIRECTS = "redirect.json"


class Site:
    """A built site on disk.

    Attributes:
        root: the site directory.
        files: every published page and file by its address path, relative to the root.
        stubs: every stub by its address path, relative to the root.
        ours: the address paths of those stubs that Unbroken wrote.
        faults: every file that could not be read, relative to the root, with the reason.
        content: what the builder has said of pages, by their address paths.
    """

    def __init__(
        self,
        root: Path,
        *,
        whole: bool = False,
        cache: Cache | None = None,
        watch: Callable[[list[str]], Iterable[str]] = iter,
        content: Mapping[str, Page] | None = None,
        see: Callable[[str, bytes], object] | None = None,
    ) -> None:
        """Read the names below a site directory, and its pages: their first lines, or whole.

        Args:
            root: the site directory.
            whole: read each page whole, now.
            cache: what was read before.
            watch: passes the names on while it shows how far they are.
            content: what the builder has just made of pages, by their address paths, without what the theme
                puts round it.
            see: called with the address path and the bytes of each page and stub; not with ``whole``.

        Raises:
            NotADirectoryError: there is no such directory.
        """
        if not root.is_dir():
            raise NotADirectoryError(root)
        self.root = root
        self.files: dict[str, str] = {}
        self.stubs: dict[str, str] = {}
        self.ours: set[str] = set()
        self.faults: dict[str, str] = {}
        self.content = content or {}
        self._cache = cache
        self._pages: dict[str, Page] = {}
        self._anchors: dict[str, AbstractSet[str] | None] = {}
        below = f"{root}{os.sep}"
        names = _names(str(root), self.faults)
        read = self._read_all([name for name in names if is_page_file(name)], watch) if whole else {}
        for file in names:
            path = file_address(file)
            ours = stub = False
            if file in read:
                page = read[file]
                ours, stub = page.ours, bool(page.to)
                if not ours:
                    self._pages[path] = page
            elif is_page_file(file):
                data = _first(below + file, -1 if see else HEAD)
                ours, stub = is_ours(data), is_stub(data)
                if see:
                    see(path, data)
            if ours:
                self.ours.add(path)
            (self.stubs if stub or ours else self.files)[path] = file
        for path in self.stubs:
            # What stands there in Markdown, for machines, is a stub as well.
            self.files.pop(f"{path}index.md", None)

    def _read_all(self, files: list[str], watch: Callable[[list[str]], Iterable[str]]) -> dict[str, Page]:
        """Read many pages, half of them in a second process where that saves time."""
        known = {file: page for file in files if (page := self._known(file)) is not None}
        return known | self._read_new([file for file in files if file not in known], watch)

    def _read_new(self, files: list[str], watch: Callable[[list[str]], Iterable[str]]) -> dict[str, Page]:
        expect_many()
        mine, theirs = _shares(files)
        second = in_second_process(lambda: self._read_half(theirs)) if len(files) >= _MANY else None
        pages = {file: self._read(file) for file in watch(files if second is None else mine)}
        if second is None:
            return pages
        came = second()
        if came is None:
            return pages | {file: self._read(file) for file in theirs}
        found, faults, kept = came
        self.faults |= faults
        if self._cache:
            self._cache.take(kept)
        return pages | {file: Page(*page) for file, page in found.items()}

    def _read_half(self, files: list[str]) -> tuple[dict[str, tuple[object, ...]], dict[str, str], object]:
        pages = {file: tuple(self._read(file)) for file in files}
        faults = {file: self.faults[file] for file in files if file in self.faults}
        return pages, faults, self._cache.given(files) if self._cache else None

    @property
    def paths(self) -> AbstractSet[str]:
        """The address path of every page and every other file, stubs left out."""
        return self.files.keys()

    def page(self, path: str) -> Page | None:
        """Return what the page or stub at an address path says; None for what is not one."""
        page = self._pages.get(path)
        if page is None:
            file = self.files.get(path) or self.stubs.get(path, "")
            if not is_page_file(file):
                return None
            page = self._pages[path] = self._read(file, within=path in self.ours)
        return page

    def anchors(self, path: str) -> AbstractSet[str] | None:
        """Return every anchor of the page at an address path; None for what is not a page."""
        if path not in self._anchors:
            if path in self.content and path in self.files and path not in self._pages:
                self._anchors[path] = _Anchors(self, path)
            else:
                page = self.page(path) if path in self.files else None
                self._anchors[path] = frozenset(page.anchors) if page else None
        return self._anchors[path]

    def may_have(self, path: str, anchor: str) -> bool:
        """Return whether a page may have an anchor, by its bytes."""
        plain = _PLAIN.fullmatch(anchor)
        return not plain or self._may_hold(path, rb"=\s*[\"']?" + anchor.encode() + rb"[\"'\s/>]")

    def moved(self, path: str) -> tuple[tuple[str, str], ...]:
        """Return the fragments that a page sends elsewhere, each with its URL."""
        # By its bytes, where it need not be parsed for anything else.
        if path not in self._pages and not self._may_hold(path, b"data-unbroken-"):
            return ()
        page = self.page(path)
        return page.moved if page else ()

    def _may_hold(self, path: str, pattern: bytes) -> bool:
        try:
            data = read_file(f"{self.root}{os.sep}{self.files[path]}")
        except OSError:
            return True  # reading it says why
        return re.search(pattern, data) is not None

    def pages(self) -> Iterator[tuple[str, Page]]:
        """Yield every page, stubs left out, with its address path."""
        for path, file in self.files.items():
            if is_page_file(file) and (page := self.page(path)):
                yield path, page

    def _known(self, file: str) -> Page | None:
        """Return what a file says that has not changed since it was read before."""
        try:
            said = self._cache.known(f"{self.root}{os.sep}{file}", file) if self._cache else None
        except OSError:  # reading it says why
            return None
        return None if said is None else Page(*said)

    def _read(self, file: str, *, within: bool = False) -> Page:
        """Return what a file says; of a stub of ours only that it is one, unless asked for what is within."""
        path = f"{self.root}{os.sep}{file}"
        try:
            if within:
                return read_shallow(read_file(path))
            if self._cache:
                return Page(*self._cache.recall(path, file, read_file, _look))
            return _look(read_file(path))
        except OSError as error:
            self.faults[file] = error.strerror or str(error)
        return Page()


def _shares(files: list[str]) -> tuple[list[str], list[str]]:
    """Return two shares of files that probably cost the same.

    One of each two neighbours, because stubs and pages tend to stand apart and weigh so differently. Which of
    them changes by the Thue-Morse sequence: heavy pages at equal distances are mostly shared, too.
    """
    shares: tuple[list[str], list[str]] = ([], [])
    for number, file in enumerate(files):
        shares[number.bit_count() & 1].append(file)
    return shares


def _look(data: bytes) -> Page:
    # The map says where a stub of ours leads, so it is parsed only where that is asked for.
    return Page(ours=True) if is_ours(data) else read_shallow(data)


class _Anchors(AbstractSet[str]):
    """The anchors of a page of which the content is known: its file is read for those that are not in it."""

    def __init__(self, site: Site, path: str) -> None:
        self.site = site
        self.path = path
        self.content = frozenset(site.content[path].anchors)

    @cached_property
    def whole(self) -> frozenset[str]:
        page = self.site.page(self.path)
        return self.content.union(page.anchors if page else ())

    def __contains__(self, anchor: object) -> bool:
        if anchor in self.content:
            return True
        known = "whole" in self.__dict__
        return (known or self.site.may_have(self.path, str(anchor))) and anchor in self.whole

    def __iter__(self) -> Iterator[str]:
        return iter(self.whole)

    def __len__(self) -> int:
        return len(self.whole)


def read_file(path: str) -> bytes:
    """Return the bytes of a page.

    Raises:
        OSError: it cannot be read, or is too large, or no text.
    """
    with open(path, "rb", buffering=0) as stream:
        size = os.fstat(stream.fileno()).st_size
        # To ask for as much as there may be takes longer than to read it.
        data = stream.read(size + 1) if size <= LARGEST else None
        if data is not None and len(data) != size:  # it grows, or came in parts
            data += stream.read()
    if data is None or len(data) > LARGEST:
        raise OSError(27, f"it is larger than {LARGEST >> 20} MB")
    if b"\0" in data:
        raise OSError(84, "it is not text in UTF-8")
    if is_too_deep(data):
        raise OSError(40, f"its elements are nested more than {DEEPEST:,} deep")
    return data


def _names(root: str, faults: dict[str, str]) -> list[str]:
    """Return every file below a folder, in order; links that lead out of it are not followed."""
    names, folders = [], [""]
    for below in folders:
        try:
            entries = list(os.scandir(f"{root}{os.sep}{below}"))
        except OSError as error:
            faults[below.rstrip("/") or "."] = error.strerror or str(error)
            continue
        for entry in entries:
            name = below + entry.name
            if entry.is_symlink():
                real = os.path.realpath(entry.path)
                if not real.startswith(os.path.realpath(root) + os.sep):
                    faults[name] = "it is a link that leaves the site"
                    continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(name + "/")
            elif entry.is_file():
                names.append(name)
    return sorted(names)


def _first(file: str, most: int) -> bytes:
    try:
        with open(file, "rb", buffering=0) as stream:
            return stream.read(most)
    except OSError:
        return b""


class SiteStubs:
    """The stubs and the moved anchors of a built site.

    Args:
        site: the built site.
        known: the address paths that the map already speaks of.
    """

    def __init__(self, site: Site, known: Iterable[str] = ()) -> None:
        self.site = site
        self.stubs = site.stubs.keys() - set(known)

    def sends(self, address: Address) -> str | None:
        """Return the URL, as written, to which the stub at an address sends its visitor on."""
        path, fragment = address[:2]
        if path not in self.stubs or not (page := self.site.page(path)) or not page.to:
            return None
        if (moved := self._moved(page.moved, address)) is not None:
            return moved
        # The visitor's fragment wins over the target's, as in a browser that follows a 301.
        return f"{page.to.partition('#')[0]}#{fragment}" if fragment else page.to

    def moves(self, address: Address) -> str | None:
        """Return the URL, as written, to which a page sends the visitors of an anchor that it has not."""
        anchors = self.site.anchors(address.path)
        if anchors is None or address.fragment in anchors:
            return None
        return self._moved(self.site.moved(address.path), address)

    def _moved(self, moves: Iterable[tuple[str, str]], address: Address) -> str | None:
        path, fragment = address[:2]
        if not fragment:
            return None
        moved = next((url for name, url in moves if name == fragment), None)
        if moved is None and (url := self._by_builder.get(Address(path, fragment))) is not None:
            target, mark, rest = url.partition("#")
            moved = url if "://" in target else f"{relative(path, normal(target))}{mark}{rest}"
        return moved

    @cached_property
    def _by_builder(self) -> dict[Address, str]:
        return {address: url for _, address, url in anchor_redirects(self.site.root)}


def anchor_redirects(root: Path) -> list[tuple[str, Address, str]]:
    """Return each redirect of an anchor that the builder's own script follows: its key, address and URL.

    Args:
        root: the site directory.
    """
    file = root / ANCHOR_REDIRECTS
    try:
        if not file.is_file() or file.is_symlink() or file.stat().st_size > LARGEST:
            return []
        data = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    found = []
    for key, url in data.items() if isinstance(data, dict) else ():
        path, mark, fragment = key.partition("#")
        if not mark or not fragment or not isinstance(url, str):
            continue
        try:
            if "://" not in url:
                normal(url.partition("#")[0])  # which may not climb above the root
            found.append((key, Address(normal(path), unquote(fragment)), url))
        except ValueError:
            continue
    return found


def select_pages(site: Site, redirects: RedirectMap, templates: str = "") -> None:
    """Settle what counts as a page of a built site.

    A stub that the map does not speak of is a page like any other; links still follow it. The theme's own
    templates are none, though a builder copies them when they lie among the sources.

    Args:
        site: the site, changed in place.
        redirects: its map.
        templates: the folder of the templates within the site, with a final slash.
    """
    if templates:
        site.files = {path: file for path, file in site.files.items() if not file.startswith(templates)}
    for path, file in site.stubs.items():
        if path not in site.ours and path not in redirects.pages and path not in redirects.anchors:
            site.files[path] = file
