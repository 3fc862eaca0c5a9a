"""The sources of a site as they are on the disk before a move, and which of them a move can concern."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from unbroken.builders.markdown import SiteMarkdown
from unbroken.builders.render import Renderer
from unbroken.formats.css import css_links
from unbroken.formats.links import Link
from unbroken.formats.markdown import candidates, included, links
from unbroken.model.addresses import is_page_path
from unbroken.model.errors import Refused
from unbroken.move.targets import Docs, Move
from unbroken.workspace.changes import Renames
from unbroken.workspace.config import Config, redirects_of
from unbroken.workspace.files import shown
from unbroken.workspace.sources import below
from unbroken.workspace.transaction import Change


@dataclass(frozen=True)
class Source:
    """A text that may hold links.

    Attributes:
        path: relative to docs_dir.
        text: what it says.
        pages: the pages that it is part of: itself, or those that include it as a snippet.
        links: returns the links in a text of its kind.
    """

    path: str
    text: str
    pages: tuple[str, ...]
    links: Callable[[str], list[Link]] = field(compare=False)


class Tree:
    """What a site's author has written.

    Args:
        config: the site's configuration.
        seen: what git sees renamed since a commit. It counts as not moved yet: every path is the old one.

    Attributes:
        root: the folder of the configuration.
        below: docs_dir, relative to it.
        files: the page path of every file below docs_dir.
        foreign: the folders that are repositories of their own.
        linked: the folders that are symbolic links.
        redirects: the map.
        renderer: the site's Markdown, for what a page says.
        markdown: the site's Markdown, for where its links are written.
        seen: that part of what git sees which is a move.
        before: what destinations mean.
        shown: for each path, the destinations in it that the builder shows to be links, and Markdown does
            not.

    Raises:
        Refused: the site cannot be read.
    """

    def __init__(self, config: Config, seen: Renames | None = None) -> None:
        if not config.docs_dir.is_dir():
            raise Refused(f"there is no folder {config.docs_dir}. Correct docs_dir in {config.file.name}.")
        self.config = config
        self.root = config.file.parent
        self.below = os.path.relpath(config.docs_dir, self.root).replace(os.sep, "/")
        found = below(config.docs_dir)
        self.files = set(found.files)
        self.foreign = found.foreign
        self.linked = found.linked
        self.redirects = redirects_of(config)
        self.renderer = Renderer(config)
        read = self.renderer.config
        self.markdown = SiteMarkdown(read.markdown_extensions, read.mdx_configs or {})
        self._links: dict[tuple[str, bool], list[Link]] = {}
        self.shown: dict[str, set[str]] = {}
        self.seen = self._taken_back(seen) if seen else None
        self.before = Docs(self.files, self.redirects, config, self.below, self.renderer.is_rooted)
        self._data: dict[str, bytes] = {}
        self._disk: dict[str, bytes] = {}

    def _taken_back(self, found: Renames) -> Renames:
        """Take what git sees renamed back in ``files``, and return that part of it which is a move."""
        hidden = self.renderer.unpublished([*found.files, *found.files.values()])
        files = {
            old: new
            for old, new in found.files.items()
            if old not in self.files
            and new in self.files
            and is_page_path(old) == is_page_path(new)
            # What the builder leaves out now is withdrawn, and what it left out before was never there.
            and (old in hidden) == (new in hidden)
        }
        self.files = (self.files - set(files.values())) | files.keys()
        return found._replace(files=files)

    def name(self, path: str) -> str:
        """Return how messages name a path relative to docs_dir."""
        return shown(Path(os.path.normpath(self.config.docs_dir / path)))

    def data(self, path: str) -> bytes:
        """Return the bytes of a file, by its path before the move."""
        if path not in self._data:
            there = self.seen.files.get(path, path) if self.seen else path
            try:
                # By names alone: docs_dir may be a link, and ".." from where that leads is another folder.
                self._data[path] = Path(os.path.normpath(self.config.docs_dir / there)).read_bytes()
            except OSError as error:
                raise Refused(f"{self.name(there)} cannot be read: {error.strerror}.") from None
        return self._data[path]

    def text(self, path: str) -> str:
        """Return the text of a file; bytes that are no UTF-8 survive as surrogates."""
        return self.data(path).decode("utf-8", "surrogateescape")

    def put(self, path: str, text: str) -> None:
        """Let a file say something else from now on; nothing is written."""
        self._disk.setdefault(path, self.data(path))
        self._data[path] = text.encode("utf-8", "surrogateescape")

    def back(self) -> Change:
        """Return what makes of the files as they are the site as it was, where git has seen it renamed."""
        pairs = self.seen.files.items() if self.seen else ()
        return Change([(self.from_root(new), self.from_root(old)) for old, new in pairs], [])

    def on_disk(self, path: str) -> bytes:
        """Return the bytes of a file as they are on the disk, whatever was put."""
        return self._disk.get(path, self.data(path))

    def anchors(self, text: str) -> tuple[str, ...]:
        """Return the anchors of a page, in order."""
        return self.renderer.render(text).anchors

    def from_root(self, path: str) -> str:
        """Return a path relative to docs_dir, from the folder of the configuration."""
        return posixpath.normpath(posixpath.join(self.below, path))

    def from_root_of(self, file: Path) -> str:
        """Return a file's path from the folder of the configuration, with ``/`` as everywhere in git."""
        return os.path.relpath(file, self.root).replace(os.sep, "/")

    def find(self, name: str) -> str | None:
        """Return the page path of what is there, given it from docs_dir or from the working folder."""
        for path in (posixpath.normpath(name), self.from_here(name)):
            if path in self.files or (path != "." and path in self.before.folders):
                return path
        return None

    def from_here(self, name: str) -> str:
        """Return a path relative to the working folder, from docs_dir."""
        return os.path.relpath(Path.cwd() / name, self.config.docs_dir).replace(os.sep, "/")

    # Texts.

    def links(self, text: str, *, page: bool = True) -> list[Link]:
        """Return the links in a Markdown text; ``page`` when it may begin with front matter."""
        if (text, page) not in self._links:
            self._links[text, page] = links(text, self.markdown, page=page)
        return self._links[text, page]

    def source(self, path: str, pages: tuple[str, ...]) -> Source:
        """Return a text that is part of pages, with the way to read its links."""
        if path.endswith(".css"):
            return Source(path, self.text(path), pages, css_links)

        def read(text: str) -> list[Link]:
            # "Note: ..." at the top of a page is metadata to MkDocs; at the top of a snippet it is text.
            try:
                return self.links(text, page=path in pages) + self._hidden(path, text)
            except Refused as error:
                raise Refused(f"{self.name(path)}: {error}. Nothing was changed.") from None

        return Source(path, self.text(path), pages, read)

    def _hidden(self, path: str, text: str) -> list[Link]:
        """Return what the builder shows to be links, and Markdown alone does not."""
        wanted = self.shown.get(path)
        return [link for link in self.unread(text) if link.destination in wanted] if wanted else []

    def unread(self, text: str) -> list[Link]:
        """Return what looks like a link in the text of a page, and is none to Markdown alone."""
        read = {link.start for link in self.links(text)}
        return [link for link in candidates(text).links if link.start not in read and link.kind != "snippet"]

    def includes(self) -> dict[str, set[str]]:
        """Return the pages that include each snippet, by its path relative to docs_dir."""
        found: dict[str, set[str]] = {}

        def read(path: str, page: str, depth: int) -> None:
            if b"8<-" not in self.data(path) or depth > 5:
                return
            for written in included(self.text(path), page=path == page):
                file = self.snippet_file(written)
                if file is not None and page not in found.setdefault(file[0], set()):
                    found[file[0]].add(page)
                    read(file[0], page, depth + 1)

        for path in sorted(self.files):
            if is_page_path(path):
                read(path, path, 0)
        return found

    def snippet_file(self, written: str) -> tuple[str, Path] | None:
        """Return the file that a snippet's path names, relative to docs_dir, and the folder it is in."""
        for folder in self.config.snippets:
            file = Path(os.path.normpath(folder / written))
            path = self.before.canonical(os.path.relpath(file, self.config.docs_dir).replace(os.sep, "/"))
            if path in self.files or file.is_file():
                return path, folder
        return None

    def _needles(self, move: Move, reuse: bool) -> tuple[list[bytes], list[str]] | None:
        """Return what a text holds that can name what moves, and the folders whose texts need not.

        None when any text can.
        """
        paths = {old for old in move.files if not any(old.startswith(f + "/") for f in move.folders)}
        paths |= {heading.page for heading in move.headings}
        paths |= {new for new in move.files.values() if new in self.files or reuse}
        names: set[str] = set(move.folders)
        folders: list[str] = []
        languages = self.before.languages
        for path in paths:
            # A page is named without its language, too.
            stem = posixpath.splitext(languages.split(path)[1] if languages else path)[0]
            if posixpath.basename(stem) in ("index", "README"):
                # From below its folder "../" is enough.
                stem = posixpath.dirname(path)
                folders.append(stem + "/")
            names.add(stem)
        needles = []
        for name in names:
            # Letters and digits are the part of a name that nobody escapes.
            cores = re.findall(r"[A-Za-z0-9]+", posixpath.basename(name))
            if not cores:
                return None
            needles.append(max(cores, key=len).encode())
        return needles, folders

    def sources(
        self, move: Move, includes: Mapping[str, set[str]], *, reuse: bool = False
    ) -> Iterator[Source]:
        """Yield every text that may hold a link that changes.

        Args:
            move: the move.
            includes: the pages that include each snippet.
            reuse: whether a page may take an address that readers know for other content.
        """
        found = self._needles(move, reuse)
        pattern = re.compile(b"|".join(re.escape(n) for n in found[0])) if found else re.compile(b"")
        near = tuple(found[1]) if found else ()
        own = {*move.files, *(heading.page for heading in move.headings)}
        beside = [
            posixpath.normpath(posixpath.relpath(name, self.below))
            for name in sorted(os.listdir(self.root))
            if name.endswith(".md") and (self.root / name).is_file()
        ]
        hidden = self.renderer.unpublished(includes) if includes else set()
        for path in sorted({*self.files, *includes, *(self.before.canonical(p) for p in beside)}):
            pages = sorted(includes.get(path, ()))
            if path.endswith(".css"):
                if path in own or pattern.search(self.data(path)):
                    yield self.source(path, (path,))
                continue
            if is_page_path(path) and path not in hidden and (not pages or path in self.files):
                pages = [path, *pages]
            if not pages or (not is_page_path(path) and path not in includes):
                continue
            concerned = path in own or (near and path.startswith(near)) or any(page in own for page in pages)
            if concerned or pattern.search(self.data(path)):
                yield self.source(path, tuple(dict.fromkeys(pages)))
