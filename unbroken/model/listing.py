"""What a builder says that it publishes: each file with its source, its address and its language.

Pure data. Who asks the builder fills it in; who needs an address looks it up here, and computes one only for
a source that is no more.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from urllib.parse import unquote

from unbroken.model.addresses import is_page_path, page_address


class File(NamedTuple):
    """One file that a builder publishes.

    Attributes:
        source: its page path, as the builder names it.
        destination: the file in the site directory.
        address: its address path.
        disk: where its text is on the disk, relative to the folder of the configuration; empty for what has
            no file that an author could edit.
        plugin: what made it or decided its address, if its path alone does not; else empty.
        language: the language that it is built for, empty on a site with one.
        page: whether it is a page.
        own: for a page that gathers what others say, as the views of a blog do, the anchors of its own text;
            None for any other.
    """

    source: str
    destination: str
    address: str
    disk: str = ""
    plugin: str = ""
    language: str = ""
    page: bool = True
    own: tuple[str, ...] | None = None


class Languages(NamedTuple):
    """How the sources and addresses of a site with several languages are named.

    Attributes:
        structure: ``suffix`` (``page.fr.md``) or ``folder`` (``fr/page.md``).
        default: the language whose addresses have no prefix.
        others: the languages whose addresses begin with their name.
    """

    structure: str
    default: str
    others: tuple[str, ...]

    def split(self, path: str) -> tuple[str, str]:
        """Return the language of a page path, and the path without it."""
        languages = (self.default, *self.others)
        if self.structure == "folder":
            first, _, rest = path.partition("/")
            return (first, rest) if first in languages and rest else (self.default, path)
        stem, ending = posixpath.splitext(path)
        base, _, suffix = stem.rpartition(".")
        if base and suffix in languages and not base.endswith("/"):
            return suffix, base + ending
        return self.default, path

    def joined(self, language: str, path: str, like: str) -> str:
        """Return the page path of a language, named as another path of the site is.

        Args:
            language: the language.
            path: the path without a language.
            like: a path whose way of naming the default language is kept.
        """
        if self.structure == "folder":
            named = language != self.default or like.startswith(f"{self.default}/")
            return f"{language}/{path}" if named else path
        stem, ending = posixpath.splitext(path)
        named = language != self.default or self.split(like)[1] != like
        return f"{stem}.{language}{ending}" if named else path

    def address(self, path: str, directory_urls: bool) -> str:
        """Return the address path that a page path has, or had."""
        language, bare = self.split(path)
        address = page_address(bare, directory_urls)
        return address if language == self.default else f"/{language}{address}"


@dataclass
class Listing:
    """Every file that a builder publishes.

    Attributes:
        files: each of them. A source that is built for several languages is there once for each.
        languages: how languages are named, None on a site with one.
    """

    files: tuple[File, ...]
    languages: Languages | None = None

    @cached_property
    def by_source(self) -> dict[str, File]:
        """Each file by its page path; the one of its own language where there are several."""
        found: dict[str, File] = {}
        for file in self.files:
            known = found.get(file.source)
            if known is None or (
                self.languages and known.language != self.languages.split(file.source)[0] == file.language
            ):
                found[file.source] = file
        return found

    @cached_property
    def by_address(self) -> dict[str, File]:
        """Each file by its address path."""
        return {file.address: file for file in self.files}

    def address(self, path: str) -> str | None:
        """Return the address path of a page path; None for what is not published."""
        file = self.by_source.get(path)
        return file.address if file else None

    def was(self, path: str, directory_urls: bool) -> str:
        """Return the address path that a source which is no more had, by the builder's rule."""
        if self.languages and is_page_path(path):
            return self.languages.address(path, directory_urls)
        return page_address(path, directory_urls)

    def after(self, files: Mapping[str, str], addresses: Mapping[str, str], directory_urls: bool) -> Listing:
        """Return what is published once sources have moved.

        Args:
            files: each moved source, old and new.
            addresses: the address path of each page path afterwards, as far as the builder was asked; else it
                is by the builder's rule, and where a plugin decides it, it is taken to stay.
            directory_urls: the builder's ``use_directory_urls``.
        """
        found = []
        for file in self.files:
            new = files.get(file.source, file.source)
            if new == file.source and new not in addresses:
                found.append(file)
                continue
            address = self.was(new, directory_urls)
            if self.languages and file.language not in ("", self.languages.split(new)[0]):
                address = f"/{file.language}{address}"  # shown there for want of a translation
            elif file.plugin and not file.language:
                address = file.address
            address = addresses.get(new, address)
            destination = unquote(address).lstrip("/") + "index.html" * address.endswith("/")
            disk = file.disk if new == file.source else ""
            found.append(file._replace(source=new, address=address, disk=disk, destination=destination))
        return Listing(tuple(found), self.languages)

    def before(self, files: Mapping[str, str], directory_urls: bool) -> Listing:
        """Return what was published before sources were renamed, each old and new."""
        return self.after({new: old for old, new in files.items()}, {}, directory_urls)

    @cached_property
    def _decided(self) -> frozenset[str]:
        """The folders in which a plugin makes each page's address of something else than its path."""
        decided: set[str] = set()
        others = {""}
        for file in self.files:
            if file.page and file.disk:
                by_plugin = bool(file.plugin) and not file.language and file.own is None
                (decided if by_plugin else others).update(_above(file.source))
        return frozenset(decided - others)

    def decides(self, path: str) -> bool:
        """Return whether a plugin decides the address of a page path, as a blog does of its posts'."""
        file = self.by_source.get(path)
        if file is not None:
            return bool(file.plugin) and not file.language
        return not self._decided.isdisjoint(_above(path))

    def own_anchors(self, address: str) -> tuple[str, ...] | None:
        """Return the anchors of a page's own text where it also shows parts of other pages; else None."""
        file = self.by_address.get(address)
        return file.own if file else None

    def translations(self, path: str) -> list[str]:
        """Return the page paths of the same page in other languages."""
        if self.languages is None:
            return []
        bare = self.languages.split(path)[1]
        return sorted({s for s in self.by_source if s != path and self.languages.split(s)[1] == bare})


def _above(path: str) -> Iterator[str]:
    """Yield each folder that a path is in."""
    while path := posixpath.dirname(path):
        yield path
