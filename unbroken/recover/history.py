"""What a branch published: its pages with their addresses through time, by its git history.

What counts as published is what stood on the branch itself. A page that was added and removed between two
pushes, or that was never deployed, cannot be told from one that was. ``walk`` is a pure function of the
branch's steps and the texts of its configuration.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import yaml

from unbroken.formats.yaml import LOADER
from unbroken.model.addresses import is_page_path, page_address
from unbroken.model.listing import Listing
from unbroken.recover.repository import Commit
from unbroken.workspace.changes import Change
from unbroken.workspace.config import NAMES


class Settings(NamedTuple):
    """What decides which sources are pages, and at which addresses.

    Attributes:
        docs: ``docs_dir``, relative to the top of the repository, without a final slash.
        directory_urls: ``use_directory_urls``.
        exclude: ``exclude_docs``.
        drafts: ``draft_docs``.
    """

    docs: str = "docs"
    directory_urls: bool = True
    exclude: str = ""
    drafts: str = ""

    def page(self, path: str) -> str | None:
        """Return the page path of a page in the repository; None for one that is not published."""
        if self.docs:
            if not path.startswith(self.docs + "/"):
                return None
            path = path[len(self.docs) + 1 :]
        return None if _excluded(self.exclude, self.drafts)(path) else path


@lru_cache(maxsize=64)
def _excluded(exclude: str, drafts: str) -> Callable[[str], bool]:
    """Return whether a page path is left out, as ``mkdocs.structure.files`` judges it."""
    if not exclude and not drafts:
        # What the default patterns say, without the cost of them.
        return lambda path: path.startswith((".", "templates/")) or "/." in path
    from pathspec.gitignore import GitIgnoreSpec

    try:
        out = GitIgnoreSpec.from_lines([".*", "/templates/", *exclude.splitlines()])
        draft = GitIgnoreSpec.from_lines(drafts.splitlines())
    except ValueError:
        return lambda path: False
    return lambda path: out.match_file(path) or draft.match_file(path)


_KEYS = ("INHERIT", "docs_dir", "use_directory_urls", "exclude_docs", "draft_docs")
# A configuration changes often and these keys rarely, so only their lines are parsed.
_BLOCKS = re.compile(
    rf"^(['\"]?)(?:{'|'.join(_KEYS)})\1[ \t]*:[^\n]*(?:\n(?:[ \t][^\n]*|\r?(?=\n|\Z)))*", re.MULTILINE
)


def settings_of(file: str, read: Callable[[str], str | None]) -> tuple[Settings | None, list[str]]:
    """Return what a configuration says, and which files it took for that.

    Args:
        file: its path, relative to the top of the repository.
        read: returns the text of a file; None where there is none.
    """
    found: dict[str, Any] = {}
    files: list[str] = []
    here: str | None = file
    while here and here not in files:
        files.append(here)
        text = read(here)
        if text is None:
            break
        values = dict(_toml_keys(text) if here.endswith(".toml") else _yaml_keys(text))
        found = {**values, **found}
        parent = values.get("INHERIT")
        here = posixpath.normpath(posixpath.join(posixpath.dirname(here), parent)) if parent else None
    if read(file) is None:
        return None, files
    docs = found.get("docs_dir")
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(file), docs or "docs"))
    flag = found.get("use_directory_urls")
    return Settings(
        "" if folder == "." else folder,
        str(flag).lower() not in ("false", "no", "off"),
        str(found.get("exclude_docs") or "").strip("\n"),
        str(found.get("draft_docs") or "").strip("\n"),
    ), files


def _yaml_keys(text: str) -> tuple[tuple[str, str], ...]:
    blocks = "\n".join(found[0] for found in _BLOCKS.finditer(text))
    if text.lstrip().startswith(("{", "---\n{", "%")):
        blocks = text
    try:
        return _parsed(blocks)
    except yaml.YAMLError:
        pass
    try:  # an alias, perhaps, whose anchor stands elsewhere
        return _parsed(text)
    except yaml.YAMLError:
        return ()


@lru_cache(maxsize=64)
def _parsed(text: str) -> tuple[tuple[str, str], ...]:
    node = yaml.compose(text, Loader=LOADER)
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    found = []
    for key, value in pairs:
        if isinstance(value, yaml.SequenceNode) and value.tag == "!ENV" and value.value:
            value = value.value[-1]  # what the environment said then is not known
        if isinstance(key, yaml.ScalarNode) and key.value in _KEYS and isinstance(value, yaml.ScalarNode):
            found.append((key.value, value.value))
    return tuple(found)


def _toml_keys(text: str) -> Iterator[tuple[str, str]]:
    try:
        project = tomllib.loads(text).get("project", {})
    except tomllib.TOMLDecodeError:
        return
    for key in _KEYS if isinstance(project, dict) else ():
        if key in project:
            yield key, str(project[key])


def config_names(file: str, line: list[Commit]) -> list[str]:
    """Return the path of the site's configuration at each step of the line, that of today last.

    Where it was added in the step that removed another, it is the same one under a new name.
    """
    names = [file] * len(line)
    for number in range(len(line) - 1, -1, -1):
        names[number] = file
        changes = line[number].changes
        came = next((c for c in changes if c.new == file and c.status in "AR"), None)
        if came and came.status == "R":
            file = came.old
        elif came:
            gone = [c.old for c in changes if c.status == "D" and posixpath.basename(c.old) in NAMES]
            file = gone[0] if len(gone) == 1 else file
    return names


# Pages through time.


class Version(NamedTuple):
    """The content of a page from one step on."""

    at: int
    blob: str


class Move(NamedTuple):
    """A rename that git saw."""

    at: int
    old: str
    new: str
    old_blob: str
    new_blob: str
    score: int


@dataclass(slots=True, eq=False)
class Doc:
    """A page through its renames.

    Attributes:
        path: where it is in the repository, or was last.
        versions: what it said, oldest first.
        moves: its renames, oldest first.
        end: the step that removed it; None while it lives.
    """

    path: str
    versions: list[Version] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    end: int | None = None

    def blob(self, at: int) -> str:
        """Return the content that it had before a step."""
        return next((v.blob for v in reversed(self.versions) if v.at < at), "")


class Arrival(NamedTuple):
    """A page that one step wrote: its content before, empty for a new one, and after."""

    doc: Doc
    old_blob: str
    new_blob: str


@dataclass(slots=True)
class Stay:
    """The time that a page had an address.

    Attributes:
        doc: the page.
        page: its page path.
        came: the step that brought it there.
        left: the step after which it was not there; None while it is.
        why: what ended it: ``page``; or settings that gave it another ``address``, or left it ``out``.
    """

    doc: Doc
    page: str
    came: int
    left: int | None = None
    why: str = "page"


@dataclass(slots=True)
class Past:
    """What the branch published.

    Attributes:
        line: its steps.
        stays: for each address path the pages that had it, oldest first.
        living: the pages of today by their path in the repository.
        leavers: for each step the pages that it removed, or renamed with changes, with their last content.
        arrivals: for each step the pages that it wrote.
        unnamed: page paths that are not UTF-8 and so have no address.
        configured: every file that the site's configuration was ever read from.
        before: the pages that were gone when the configuration came.
        began: the step that brought it; None where none did.
    """

    line: list[Commit]
    stays: dict[str, list[Stay]] = field(default_factory=dict)
    living: dict[str, Doc] = field(default_factory=dict)
    leavers: dict[int, list[tuple[Doc, str]]] = field(default_factory=dict)
    arrivals: dict[int, list[Arrival]] = field(default_factory=dict)
    unnamed: set[str] = field(default_factory=set)
    configured: set[str] = field(default_factory=set)
    before: list[str] = field(default_factory=list)
    began: int | None = None


def walk(
    line: list[Commit], config: str, text: Callable[[str], str], links: Mapping[str, str] | None = None
) -> Past:
    """Follow every page along the line of a branch.

    Args:
        line: its steps, oldest first.
        config: the path of the site's configuration today.
        text: returns the text of a blob.
        links: each folder that ``docs_dir`` may name and that is a link, with the one it leads to.
    """
    walked = _Walk(line, config_names(config, line), text, links or {})
    for at in range(len(line)):
        walked.take(at)
    return walked.past


class _Walk:
    """The way along the line of a branch, as far as it is gone.

    Attributes:
        past: what was found.
        settings: the settings that are in force; None before the configuration came.
        others: the blob of everything that is no page.
        watched: the files that the settings were read from.
        open: what is published, by path in the repository.
    """

    def __init__(
        self, line: list[Commit], names: list[str], text: Callable[[str], str], links: Mapping[str, str]
    ) -> None:
        self.past = Past(line)
        self.names, self.text, self.links = names, text, links
        self.settings: Settings | None = None
        self.others: dict[str, str] = {}
        self.watched: set[str] = set()
        self.open: dict[str, Stay] = {}

    def take(self, at: int) -> None:
        """Take the next step."""
        past, step = self.past, self.past.line[at]
        pages = _with_renames_within(list(step.changes), step.within)
        new = self._settings(at)
        gone, moving = self._remove(pages, at)
        if past.began is None:
            past.before += [doc.path for doc in gone]
            if self.settings is not None or new is not None:
                past.began = at
        if new != self.settings:
            before = dict(self.open)
            for path in before:
                self._leave(path, at, "out")
            self.settings = new
            for path, doc in past.living.items():
                self._come(path, doc, at)
            for path in before.keys() & self.open.keys():
                before[path].why = "address"
        left = [(doc, doc.blob(at)) for doc in gone]
        left += [(doc, c.old_blob) for c, doc in moving if c.old_blob != c.new_blob]
        if left:
            past.leavers[at] = left
        past.arrivals[at] = [*self._move(moving, at), *self._write(pages, moving, at)]

    def _settings(self, at: int) -> Settings | None:
        """Return the settings after a step, and keep what else it wrote."""
        changes = self.past.line[at].changes
        for change in changes:
            if not is_page_path(change.old):
                self.others.pop(change.old, None)
            if change.status != "D" and not is_page_path(change.new):
                self.others[change.new] = change.new_blob
        touched = {path for c in changes for path in (c.old, c.new)}
        if at and self.names[at] == self.names[at - 1] and not touched & self.watched:
            return self.settings
        new, files = settings_of(self.names[at], self._read)
        if new:
            new = new._replace(docs=self.links.get(new.docs, new.docs))
        self.watched = set(files)
        self.past.configured |= self.watched
        return new

    def _read(self, path: str) -> str | None:
        blob = self.others.get(path)
        return None if blob is None else self.text(blob)

    def _remove(self, pages: list[Change], at: int) -> tuple[list[Doc], list[tuple[Change, Doc]]]:
        """Take away what a step removed, and return it, and what it renamed."""
        gone: list[Doc] = []
        moving: list[tuple[Change, Doc]] = []
        for change in pages:
            if change.status in "DR" and (doc := self.past.living.pop(change.old, None)):
                self._leave(change.old, at)
                if change.status == "R" and is_page_path(change.new):
                    moving.append((change, doc))
                else:
                    doc.end = at
                    gone.append(doc)
        return gone, moving

    def _move(self, moving: list[tuple[Change, Doc]], at: int) -> Iterator[Arrival]:
        for change, doc in moving:
            doc.path = change.new
            doc.moves.append(Move(at, change.old, change.new, change.old_blob, change.new_blob, change.score))
            doc.versions.append(Version(at, change.new_blob))
            self.past.living[change.new] = doc
            self._come(change.new, doc, at)
            yield Arrival(doc, change.old_blob, change.new_blob)

    def _write(self, pages: list[Change], moving: list[tuple[Change, Doc]], at: int) -> Iterator[Arrival]:
        moved = {id(change) for change, _ in moving}
        for change in pages:
            if change.status == "D" or id(change) in moved or not is_page_path(change.new):
                continue
            doc = self.past.living.get(change.new)
            if doc is None:
                doc = self.past.living[change.new] = Doc(change.new)
                self._come(change.new, doc, at)
            yield Arrival(doc, doc.blob(at), change.new_blob)
            doc.versions.append(Version(at, change.new_blob))

    def _leave(self, path: str, at: int, why: str = "page") -> None:
        if stay := self.open.pop(path, None):
            stay.left, stay.why = at, why

    def _come(self, path: str, doc: Doc, at: int) -> None:
        page = self.settings.page(path) if self.settings else None
        if page is None or self.settings is None:
            return
        address = address_of(page, self.settings.directory_urls)
        if address is None:
            self.past.unnamed.add(path)
            return
        known = self.past.stays.setdefault(address, [])
        stay = next((s for s in known if s.doc is doc), None)
        if stay:  # it came back, and nothing happened; but it is the last one there now
            known.remove(stay)
            stay.page, stay.left = page, None
        else:
            stay = Stay(doc, page, at)
        known.append(stay)
        self.open[path] = stay


def _with_renames_within(pages: list[Change], within: tuple[Change, ...]) -> list[Change]:
    """Follow what a merge removed through the renames of the commits that it brought.

    A page that was renamed, and then much changed, on a merged branch looks removed from outside.
    """
    gone = {c.old: c for c in pages if c.status == "D"}
    if not gone or not within:
        return pages
    here = {path: path for path in gone}
    score = dict.fromkeys(gone, 100)
    for change in within:
        for path, now in here.items():
            if now == change.old:
                here[path], score[path] = change.new, min(score[path], change.score)
    added = {c.new: c for c in pages if c.status == "A"}
    for path, now in here.items():
        if now in added:
            came = added.pop(now)
            pages = [c for c in pages if c is not came and c is not gone[path]]
            pages.append(Change("R", path, now, gone[path].old_blob, came.new_blob, min(score[path], 99)))
    return pages


def address_of(page: str, directory_urls: bool, listing: Listing | None = None) -> str | None:
    """Return the address path of a page path; None where it is not UTF-8 and so has none.

    Args:
        page: the page path.
        directory_urls: the builder's ``use_directory_urls``.
        listing: what the builder says that it publishes, where it was asked.
    """
    try:
        page.encode()
        if listing is not None and (listed := listing.address(page)) is not None:
            return listed
        return listing.was(page, directory_urls) if listing else page_address(page, directory_urls)
    except UnicodeEncodeError:
        return None
