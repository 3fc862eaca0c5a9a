"""What the destination of a link means on a site, and what it means once something has moved.

``Docs`` is what is below docs_dir at one time: it reads a destination on a page as a ``LinkTarget``, and
writes one. A ``Move`` says what goes where, and ``moved`` where a target is afterwards. All of it is pure.

A destination stays as it is written where it still leads to the right place; else it is written anew in the
style that it had: a path of a source, a URL, from the root or relative.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote, unquote

from unbroken.model.addresses import Address, relative
from unbroken.model.redirects import Pages, RedirectMap
from unbroken.model.resolver import Resolver
from unbroken.workspace.config import Config

#: The kinds of links that MkDocs resolves as paths of sources.
_SOURCE_KINDS = ("inline", "image", "reference")
_HEAD = re.compile(r"([^?#]*)([^#]*)(.*)", re.DOTALL)


class Heading(NamedTuple):
    """A heading: its page path and its anchor."""

    page: str
    anchor: str

    def __str__(self) -> str:
        return f"{self.page}#{self.anchor}"


@dataclass(frozen=True)
class Move:
    """What goes where, all at once.

    Attributes:
        files: the page path of each moved file, old and new.
        folders: of each moved folder, those within it included.
        headings: old, on its page as it was, and new, on its page as it will be.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)
    headings: Mapping[Heading, Heading] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.files or self.headings)

    def file(self, path: str) -> str:
        """Return where a file is afterwards."""
        return self.files.get(path, path)

    def after(self, files: Set[str]) -> set[str]:
        """Return what files there are afterwards."""
        return (files - self.files.keys()) | {*self.files.values()}


class LinkTarget(NamedTuple):
    """Where a destination leads.

    Attributes:
        kind: ``file`` or ``folder`` below docs_dir, ``address`` where nothing is known to be, or ``path``
            of a source that is no page: outside docs_dir, or not there.
        place: its page path, address path or path.
        fragment: decoded, empty when there is none.
        style: how it is written: ``here``, ``source``, ``docs`` (a source from docs_dir's root), ``bare`` (a
            source by the name that it has in every language), ``url``, ``rooted`` or ``absolute``.
        through: whether it leads there only by way of a redirect.
    """

    kind: str
    place: str
    fragment: str
    style: str
    through: bool = False

    @property
    def end(self) -> tuple[str, str, str]:
        """What is compared."""
        return self.kind, self.place, self.fragment

    @property
    def hash(self) -> str:
        """The fragment as a URL ends with it, "#" included; empty when there is none."""
        return f"#{re.sub('%', _encoded, self.fragment)}" if self.fragment else ""

    @property
    def target(self) -> str:
        """How the redirect map names it."""
        return re.sub("[%#]", _encoded, self.place) + self.hash


class Docs:
    """What is below docs_dir at one time, and what destinations mean then.

    Args:
        files: the page path of every file.
        redirects: the map.
        config: the site's configuration.
        below: docs_dir, relative to the folder of the configuration.
        rooted: whether the builder takes "/" for docs_dir's root.
    """

    def __init__(
        self,
        files: Collection[str],
        redirects: RedirectMap,
        config: Config,
        below: str,
        rooted: bool,
    ) -> None:
        self.files = frozenset(files)
        self.redirects = redirects
        self.directory_urls = config.directory_urls
        self._address = config.address
        self.listing = config.listing
        self._pages: dict[str, str] = {}
        self.languages = self.listing.languages if self.listing else None
        self.site_url = config.site_url
        self.below = below
        self.rooted = rooted
        self.folders: set[str] = set()
        self.addresses: dict[str, str] = {}
        for path in files:
            folder = posixpath.dirname(path)
            while folder not in self.folders:
                self.folders.add(folder)
                folder = posixpath.dirname(folder)
            address = self.address(path)
            known = self.addresses.get(address)
            # README.md gives way to index.md, as in mkdocs.structure.files.
            if known is None or posixpath.basename(known).startswith("README"):
                self.addresses[address] = path
        self.published = Pages.at(self.addresses)
        self.resolver = Resolver(self.published, redirects, site_url=config.site_url, of_pages=False)

    def address(self, path: str) -> str:
        """Return the address path of a page path."""
        found = self._pages.get(path)
        if found is None:
            found = self._pages[path] = self._address(path)
        return found

    def bare(self, path: str) -> str | None:
        """Return the source that a name without its own language stands for; None where there is none.

        Plugins take ``page.md`` for ``page.en.md`` or ``en/page.md``, and ``fr/page.md``, where nothing is
        translated, for the same.
        """
        languages = self.languages
        if languages is None or path in self.files or path.startswith("../"):
            return None
        language, name = languages.split(path)
        if languages.structure == "folder":
            there = f"{languages.default}/{name}"
        else:
            stem, ending = posixpath.splitext(name)
            there = f"{stem}.{languages.default}{ending}" if language == languages.default else ""
        return there if there in self.files else None

    def bare_name(self, path: str, page: str) -> str:
        """Return the name of a source by which a page names it in every language."""
        assert self.languages is not None
        name = self.languages.split(path)[1]
        if self.languages.structure == "folder":
            language = self.languages.split(page)[0]
            return f"{language}/{name}" if page.startswith(f"{language}/") else name
        return name

    def canonical(self, path: str) -> str:
        """Return a path of a source, relative to docs_dir, in the one form that is compared."""
        path = posixpath.normpath(path)
        if path.startswith("../"):
            # Out of docs_dir and back into it: "../docs/page.md".
            path = posixpath.normpath(posixpath.join(self.below, path))
            if path.startswith(self.below + "/"):
                return path[len(self.below) + 1 :]
            path = posixpath.relpath(path, self.below)
        return "" if path == "." else path

    def meaning(self, page: str, destination: str, kind: str) -> LinkTarget | None:
        """Return where a destination on a page leads; None for another site, a mail address and the like.

        Args:
            page: the page path; that of a file outside docs_dir begins with ``..``.
            destination: the URL.
            kind: the link's kind.
        """
        found = _HEAD.fullmatch(destination)
        assert found is not None
        head, query, fragment = found[1], found[2], unquote(found[3][1:])
        if not head:
            return LinkTarget("file", page, fragment, "here") if query or found[3] else None
        if "\\" in head:
            return None
        if head.startswith("//") or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", head):
            return self._url(page, head, fragment, "absolute")
        if head.startswith("/"):
            return self._from_root(page, head, fragment, kind)
        path = self.canonical(posixpath.join(posixpath.dirname(page), unquote(head)))
        is_source = kind in _SOURCE_KINDS or page.startswith("../")
        if is_source and path in self.files:
            return LinkTarget("file", path, fragment, "source")
        if is_source and (there := self.bare(path)):
            return LinkTarget("file", there, fragment, "bare")
        url = None if page.startswith("../") else self._url(page, head, fragment, "url")
        if url is not None and url.kind == "file":
            return url
        if path in self.files:
            return LinkTarget("file", path, fragment, "source")
        if path in self.folders and not path.startswith("../"):
            return LinkTarget("folder", path, fragment, "source")
        if url is None or (is_source and posixpath.splitext(path)[1]):
            return LinkTarget("path", path, fragment, "source")
        return url

    def _from_root(self, page: str, head: str, fragment: str, kind: str) -> LinkTarget | None:
        path = self.canonical(unquote(head).lstrip("/"))
        if self.rooted and kind in _SOURCE_KINDS and path in self.files:
            return LinkTarget("file", path, fragment, "docs")
        url = self._url(page, head, fragment, "rooted")
        if (url is None or url.kind != "file") and path in self.files:
            return LinkTarget("file", path, fragment, "docs")
        return url

    def _url(self, page: str, head: str, fragment: str, style: str) -> LinkTarget | None:
        here = "/" if page.startswith("../") else self.address(page)
        try:
            address = self.resolver.resolve(head, here)
        except ValueError:  # LeavesSite is one
            return None
        if address is None:
            return None
        for path in (address.path, address.path + "/"):
            if path in self.addresses:
                return LinkTarget("file", self.addresses[path], fragment, style)
        for path in (address.path, address.path + "/"):
            end = self.redirects.route(Address(path, fragment), self.published)
            if end.hops and isinstance(end.end, Address) and end.end.path in self.addresses:
                there = self.addresses[end.end.path]
                return LinkTarget("file", there, end.end.fragment, style, through=True)
        return LinkTarget("address", address.path, fragment, style)

    def write(self, page: str, written: str, meaning: LinkTarget, kind: str) -> str:
        """Return a destination that leads from a page to a place, in the style that it was written in."""
        found = _HEAD.fullmatch(written)
        assert found is not None
        head, query, fragment = found.groups()
        if unquote(fragment[1:]) != meaning.fragment:
            fragment = meaning.hash
        style = meaning.style
        if style == "here":
            if meaning.place == page:
                return head + query + fragment
            style = "source" if kind in _SOURCE_KINDS else "url"
        if meaning.kind in ("path", "folder") or style in ("source", "docs", "bare"):
            head = self._source(page, head, meaning, style)
        else:
            head = self._as_url(page, head, meaning, style)
        return head + query + fragment

    def _source(self, page: str, written: str, meaning: LinkTarget, style: str) -> str:
        target = meaning.place
        if style == "docs":
            return "/" + _path(target, written)
        if style == "bare":
            target = self.bare_name(target, page)
        folder = posixpath.dirname(page)
        if target.startswith("../") or page.startswith("../"):
            path = posixpath.relpath(
                posixpath.normpath(posixpath.join(self.below, target)),
                posixpath.normpath(posixpath.join(self.below, folder)),
            )
        else:
            path = posixpath.relpath(target or ".", folder or ".")
        path = _path(path, written)
        if not path.startswith(".") and (written.startswith("./") or ":" in path.partition("/")[0]):
            path = "./" + path
        return path + "/" if written.endswith("/") and meaning.kind != "file" else path

    def _as_url(self, page: str, written: str, meaning: LinkTarget, style: str) -> str:
        there = self.address(meaning.place) if meaning.kind == "file" else meaning.place
        if style == "url":
            url = relative(self.address(page), there)
        else:
            url = self.resolver.base + there
            if style == "absolute":
                url = self.site_url.rstrip("/") + there
        name = posixpath.basename(written)
        if name == "index.html" and url.endswith("/"):
            url += name
        elif url.endswith("/") and not written.endswith("/") and name not in (".", "..") and written:
            bare = url.rstrip("/")
            if bare and posixpath.basename(bare) not in (".", ".."):
                url = bare
        return url if "%" in written and written.isascii() else _readable(url)


def is_as(have: LinkTarget, want: LinkTarget, kind: str) -> bool:
    """Return whether a destination leads where it is to, and not only by a reading that it did not need.

    Where nobody resolves a path of a source, as in raw HTML, it is taken for one only if it is no URL.
    """
    anew = (want.style, have.style) in (("url", "source"), ("rooted", "docs"))
    return have.end == want.end and not (anew and kind not in _SOURCE_KINDS)


def moved(meaning: LinkTarget, move: Move) -> LinkTarget:
    """Return where a destination has to lead afterwards."""
    if meaning.kind == "folder":
        return meaning._replace(place=move.folders.get(meaning.place, meaning.place))
    if meaning.kind != "file":
        return meaning
    heading = move.headings.get(Heading(meaning.place, meaning.fragment)) if meaning.fragment else None
    if heading:
        return meaning._replace(place=heading.page, fragment=heading.anchor)
    return meaning._replace(place=move.file(meaning.place))


def _path(path: str, written: str) -> str:
    """Percent-encode what would end a path in a URL; and what is not ASCII where that was done before."""
    if "%" in written and written.isascii():
        return quote(path, safe="/:@!$&'()*+,;=~ ", errors="surrogateescape")
    return re.sub("[%#?]", _encoded, path)


def _encoded(found: re.Match[str]) -> str:
    return quote(found[0], safe="", errors="surrogateescape")


def _readable(url: str) -> str:
    """Decode what is not ASCII, as authors write it."""
    return re.sub(r"(?:%[89A-Fa-f][0-9A-Fa-f])+", lambda found: unquote(found[0], errors="strict"), url)
