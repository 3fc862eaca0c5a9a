"""What a site has lost: addresses that a branch once published and that answer no more, by its git history.

What counts as published is what stood on the branch itself: its line of first parents, where a merge is one
step with all that it brought. The commits of merged branches are asked only where content went. A page that
was added and removed between two pushes, or that was never deployed, cannot be told from one that was.

``Repository`` reads; ``walk`` turns commits into pages with their addresses through time, and the rest
decides: pure functions of those, of texts, and of what is published today. A proposal is *sure* only when
content is known to have gone there: git saw the rename and the text bears it out, or the text left one page
and arrived on another in the same step. Text that merely looks alike is *likely* or a *guess*.
"""

from __future__ import annotations

import html
import os
import posixpath
import re
import subprocess
import tempfile
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC
from enum import IntEnum
from functools import cached_property, lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import yaml

from unbroken import check
from unbroken.addresses import MARKDOWN, Address, is_page_path, named_address, page_address
from unbroken.apart import apart
from unbroken.check import Ways
from unbroken.config import NAMES, Config
from unbroken.findings import Place
from unbroken.finish import prepare, redirects_of
from unbroken.git import GitError, git
from unbroken.redirects import Entry, Pages, Published

#: Larger sources are not read, in bytes.
LARGEST = 4 << 20
# A partial clone would fetch what it lacks, one blob at a time.
_OFFLINE = ("-c", "protocol.allow=never")
# So many blobs are asked for at once; more might not fit the pipe, and neither side would go on.
_AHEAD = 256
# Before a path, in the place of a blob's name.
_DISK = "disk:"
_LINK_MODE, _MODULE_MODE = "120000", "160000"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NoHistory(Exception):
    """There is no history to look through; why, and what mends it, in one line."""


class Confidence(IntEnum):
    """How far a proposal can be trusted; the smaller, the further."""

    SURE = 0
    LIKELY = 1
    GUESS = 2
    NONE = 3

    @property
    def word(self) -> str:
        """The word for it."""
        return self.name.lower()


class Proposal(NamedTuple):
    """A lost address and where its content went.

    Attributes:
        address: what answers no more.
        source: how the map names it.
        target: how the map names the place of its content; empty when there is none to propose.
        confidence: how far that can be trusted.
        why: what is known, in a few words.
        lost: the commit that took it off the branch, shortened; empty for what is not committed.
        day: the day of that commit.
    """

    address: Address
    source: str
    target: str
    confidence: Confidence
    why: str
    lost: str
    day: str


# Reading git.


class Change(NamedTuple):
    """What one commit did to one file.

    Attributes:
        status: ``A``, ``D``, ``M`` or ``R``.
        old: its path before, the path of an added file included.
        new: its path after.
        old_blob: its content before; empty for what holds no text, such as a symbolic link.
        new_blob: its content after.
        score: how alike git finds the two sides of a rename, in percent.
    """

    status: str
    old: str
    new: str
    old_blob: str = ""
    new_blob: str = ""
    score: int = 100


class Commit(NamedTuple):
    """One step of the branch, against its first parent.

    Attributes:
        id: its name; empty for what is not committed yet.
        time: seconds since 1970.
        changes: what it did.
        within: for a merge the renames in the commits that it brought, oldest first.
    """

    id: str
    time: int
    changes: tuple[Change, ...]
    within: tuple[Change, ...] = ()


class Repository:
    """A git repository as far as pages and configurations go.

    Args:
        folder: a folder in it.

    Raises:
        NoHistory: it is none, or its history is not whole.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self.top = Path(git(folder, "rev-parse", "--show-toplevel").removesuffix("\n"))
        except GitError as error:
            if str(error).startswith("git cannot be run"):
                raise NoHistory(f"{error}. Install git.") from None
            raise NoHistory(
                f"{folder} is not in a git work tree, so there is no history. Change to a clone of the site."
            ) from None
        if git(self.top, "rev-parse", "--is-shallow-repository").strip() == "true":
            raise NoHistory("this clone is shallow, so its history is cut off. Run: git fetch --unshallow.")
        try:
            git(self.top, "rev-parse", "--verify", "--quiet", "HEAD")
        except GitError:
            raise NoHistory("the branch has no commits yet. Commit the site first.") from None
        self._contents: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Repository:
        return self

    def __exit__(self, *_: object) -> None:
        if self._contents:
            self._contents.kill()
            self._contents.communicate()

    def line(self) -> list[Commit]:
        """Return the steps of the branch, oldest first, and last what is not committed.

        Raises:
            NoHistory: git cannot read it.
        """
        try:
            listed = git(self.top, "rev-list", "--topo-order", "--parents", "--timestamp", "HEAD")
        except GitError as error:
            raise self._unreadable(str(error)) from None
        parents: dict[str, list[str]] = {}
        times: dict[str, int] = {}
        for row in listed.splitlines():
            time, commit, *above = row.split(" ")
            times[commit], parents[commit] = int(time), above
        branch: list[str] = []
        here: str | None = next(iter(parents), None)
        while here:
            branch.append(here)
            here = next(iter(parents[here]), None)
        branch.reverse()
        brought = _brought(branch, parents)
        changes = self._changes(parents)
        age = {commit: number for number, commit in enumerate(reversed(parents))}
        steps = []
        for commit in branch:
            within = [
                change
                for other in sorted(brought.get(commit, ()), key=age.__getitem__)
                for change in changes.get(other, ())
                if change.status == "R"
            ]
            steps.append(Commit(commit, times[commit], tuple(changes.get(commit, ())), tuple(within)))
        return [*steps, Commit("", 0, tuple(self._uncommitted()))]

    def since(self, text: str, line: list[Commit]) -> int:
        """Return the place in the line of the first step after a commit or a day.

        Raises:
            NoHistory: there is no such commit, and it is no day.
        """
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            from datetime import date, datetime, time

            try:
                day = datetime.combine(date.fromisoformat(text), time(), UTC).timestamp()
            except ValueError:
                raise NoHistory(f"{text} is not a day. Write it as in 2024-12-31.") from None
            return next((n for n, step in enumerate(line) if step.time >= day or not step.id), len(line))
        try:
            commit = git(
                self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{text}^{{commit}}"
            ).strip()
            after = set(git(self.top, "rev-list", "HEAD", f"^{commit}").split())
        except GitError:
            raise NoHistory(
                f"there is no commit {text!r} here. Name a commit, a tag, or a day as in 2024-12-31."
            ) from None
        return next((n for n, step in enumerate(line) if step.id in after or not step.id), len(line))

    def text(self, blob: str) -> str:
        """Return the text of a blob; what is too large or no text is empty.

        Raises:
            NoHistory: git does not have it.
        """
        return next(self.texts([blob]))

    def texts(self, blobs: Sequence[str]) -> Iterator[str]:
        """Yield the text of each blob, as `text` returns it; nothing else may be asked meanwhile."""
        for start in range(0, len(blobs), _AHEAD):
            some = blobs[start : start + _AHEAD]
            named = [blob for blob in some if blob.strip("0") and not blob.startswith(_DISK)]
            if named:
                self._ask(named)
            for blob in some:
                if blob.startswith(_DISK):
                    yield _on_disk(self.top)(blob.removeprefix(_DISK)) or ""
                else:
                    yield self._answer(blob) if blob.strip("0") else ""

    def _ask(self, blobs: list[str]) -> None:
        if self._contents is None:
            self._contents = subprocess.Popen(
                ["git", "-C", str(self.top), *_OFFLINE, "cat-file", "--batch"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
            )
        assert self._contents.stdin
        with suppress(BrokenPipeError):  # which shows when there is no answer
            self._contents.stdin.write("".join(f"{blob}\n" for blob in blobs).encode())
            self._contents.stdin.flush()

    def _answer(self, blob: str) -> str:
        assert self._contents
        answer = self._contents.stdout
        assert answer
        head = answer.readline().split()
        if not head or head[-1] == b"missing":
            raise self._unreadable(f"object {blob} cannot be read")
        size = int(head[2])
        data = answer.read(min(size, LARGEST))
        rest = size + 1 - len(data)
        while rest and (more := answer.read(min(rest, 1 << 20))):
            rest -= len(more)
        return plain(data) if size <= LARGEST else ""

    def _unreadable(self, said: str) -> NoHistory:
        if self._is_partial():
            return NoHistory(
                "this clone is partial, so the text of old pages is not in it. "
                "Run: git fetch --refetch --no-filter."
            )
        return NoHistory(f"git cannot read the history ({said}). Run: git fsck.")

    def _is_partial(self) -> bool:
        try:
            return bool(git(self.top, "config", "--get-regexp", r"^remote\..*\.promisor$"))
        except GitError:  # there is none
            return False

    def _uncommitted(self) -> Iterator[Change]:
        try:
            said = git(self.top, *_OFFLINE, "diff-index", "-r", "-M", "-z", "--raw", "HEAD", "--", *_ASKED)
        except GitError as error:
            raise self._unreadable(str(error)) from None
        for _, change in _read(iter(said.split("\0"))):
            if change.status != "D" and set(change.new_blob) == {"0"}:  # not in the index either
                change = change._replace(new_blob=_DISK + change.new)
            yield change

    def _changes(self, parents: Mapping[str, list[str]]) -> dict[str, list[Change]]:
        found: dict[str, list[Change]] = {}
        with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as faults:
            for commit, above in parents.items():
                asked.write(" ".join([commit, *above[:1]]).encode() + b"\n")
            asked.seek(0)
            command = [
                "git", "-C", str(self.top), *_OFFLINE, "-c", "core.quotePath=false", "diff-tree", "--stdin",
                "--root", "-r", "-M", "-l1000", "-z", "--raw", "--", *_ASKED,
            ]  # fmt: skip
            with subprocess.Popen(
                command, stdin=asked, stdout=subprocess.PIPE, stderr=faults, env=_environment()
            ) as process:
                assert process.stdout
                for commit, change in _read(_split(process.stdout.read)):
                    found.setdefault(commit, []).append(change)
            if process.returncode:
                faults.seek(0)
                said = faults.read().decode("utf-8", "replace").strip().splitlines()
                raise self._unreadable(said[-1] if said else f"git ended with {process.returncode}")
        return found


# Pages whatever their case, and whatever may be or be inherited by a configuration.
_ASKED = [f":(icase)*{ending}" for ending in MARKDOWN] + ["*.yml", "*.yaml", "*zensical.toml"]


def _environment() -> dict[str, str]:
    return {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}


def _split(read: Callable[[int], bytes]) -> Iterator[str]:
    """Yield what stands between zero bytes."""
    rest = b""
    while block := read(1 << 20):
        *whole, rest = (rest + block).split(b"\0")
        for part in whole:
            yield part.decode("utf-8", "surrogateescape")


def _read(parts: Iterator[str]) -> Iterator[tuple[str, Change]]:
    """Yield each change of a raw diff with the commit that it stands below."""
    commit = ""
    for part in parts:
        if not part.startswith(":"):
            commit = part.strip()
            continue
        old_mode, new_mode, old_blob, new_blob, status = part[1:].split(" ")
        old = next(parts)
        new = next(parts) if status[0] in "RC" else old
        kind, score = status[0], int(status[1:] or 100)
        if _MODULE_MODE in (old_mode, new_mode):
            continue
        old_blob = "" if old_mode == _LINK_MODE else old_blob
        new_blob = "" if new_mode == _LINK_MODE else new_blob
        if kind not in "ADR":
            kind = "M"
        yield commit, Change(kind, old, new, old_blob, new_blob, score)


def _brought(branch: list[str], parents: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return for each merge on the branch the commits that it brought there."""
    known = set(branch)
    brought: dict[str, list[str]] = {}
    for commit in branch:
        waiting = parents[commit][1:]
        while waiting:
            other = waiting.pop()
            if other not in known:
                known.add(other)
                brought.setdefault(commit, []).append(other)
                waiting += parents[other]
    return brought


def plain(data: bytes) -> str:
    """Return the text of a source; a binary file has none."""
    return "" if b"\0" in data else data.decode("utf-8", "replace").removeprefix("\ufeff")


# What a configuration of then says.


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
        """Return the page path of a file in the repository; None for what is not published."""
        if self.docs:
            if not path.startswith(self.docs + "/"):
                return None
            path = path[len(self.docs) + 1 :]
        return path if is_page_path(path) and not _excluded(self.exclude, self.drafts)(path) else None


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
    node = yaml.compose(text, Loader=_LOADER)
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
        why: what ended it: ``page`` or ``config``.
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
    """

    line: list[Commit]
    stays: dict[str, list[Stay]] = field(default_factory=dict)
    living: dict[str, Doc] = field(default_factory=dict)
    leavers: dict[int, list[tuple[Doc, str]]] = field(default_factory=dict)
    arrivals: dict[int, list[Arrival]] = field(default_factory=dict)
    unnamed: set[str] = field(default_factory=set)


def walk(line: list[Commit], config: str, text: Callable[[str], str]) -> Past:
    """Follow every page along the line of a branch.

    Args:
        line: its steps, oldest first.
        config: the path of the site's configuration today.
        text: returns the text of a blob.
    """
    past = Past(line)
    names = config_names(config, line)
    settings: Settings | None = None
    others: dict[str, str] = {}  # the blob of everything that is no page
    watched: set[str] = set()
    open_: dict[str, Stay] = {}  # by path in the repository

    def read(path: str) -> str | None:
        blob = others.get(path)
        return None if blob is None else text(blob)

    def leave(path: str, at: int, why: str = "page") -> None:
        if stay := open_.pop(path, None):
            stay.left, stay.why = at, why

    def come(path: str, doc: Doc, at: int) -> None:
        page = settings.page(path) if settings else None
        if page is None or settings is None:
            return
        address = _address(page, settings.directory_urls)
        if address is None:
            past.unnamed.add(path)
            return
        known = past.stays.setdefault(address, [])
        stay = next((s for s in known if s.doc is doc), None)
        if stay:  # it came back, and nothing happened; but it is the last one there now
            known.remove(stay)
            stay.page, stay.left = page, None
        else:
            stay = Stay(doc, page, at)
        known.append(stay)
        open_[path] = stay

    for at, step in enumerate(line):
        pages = [c for c in step.changes if is_page_path(c.new) or is_page_path(c.old)]
        for change in step.changes:
            if not is_page_path(change.old):
                others.pop(change.old, None)
            if change.status != "D" and not is_page_path(change.new):
                others[change.new] = change.new_blob
        touched = {path for c in step.changes for path in (c.old, c.new)}
        if at == 0 or names[at] != names[at - 1] or touched & watched:
            new, files = settings_of(names[at], read)
            watched = set(files)
        else:
            new = settings
        pages = _with_renames_within(pages, step.within)
        moving: list[tuple[Change, Doc]] = []
        gone: list[Doc] = []
        for change in pages:
            if change.status in "DR" and (doc := past.living.pop(change.old, None)):
                leave(change.old, at)
                if change.status == "R" and is_page_path(change.new):
                    moving.append((change, doc))
                else:
                    doc.end = at
                    gone.append(doc)
        if new != settings:
            for path in list(open_):
                leave(path, at, "config")
            settings = new
            for path, doc in past.living.items():
                come(path, doc, at)
        wrote: list[Arrival] = []
        left = [(doc, doc.blob(at)) for doc in gone]
        for change, doc in moving:
            doc.path = change.new
            doc.moves.append(Move(at, change.old, change.new, change.old_blob, change.new_blob, change.score))
            doc.versions.append(Version(at, change.new_blob))
            if change.old_blob != change.new_blob:
                left.append((doc, change.old_blob))
            wrote.append(Arrival(doc, change.old_blob, change.new_blob))
            past.living[change.new] = doc
            come(change.new, doc, at)
        moved = {id(change) for change, _ in moving}
        for change in pages:
            if change.status == "D" or id(change) in moved or not is_page_path(change.new):
                continue
            doc_here = past.living.get(change.new)
            if doc_here is None:
                doc_here = past.living[change.new] = Doc(change.new)
                come(change.new, doc_here, at)
            wrote.append(Arrival(doc_here, doc_here.blob(at), change.new_blob))
            doc_here.versions.append(Version(at, change.new_blob))
        if left:
            past.leavers[at] = left
        past.arrivals[at] = wrote
    return past


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


def _address(page: str, directory_urls: bool) -> str | None:
    try:
        return page_address(page, directory_urls)
    except UnicodeEncodeError:
        return None


# Texts.

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_DESTINATION = re.compile(r"\]\([^)\n]*\)|^\[[^\]\n]+\]:[^\n]*", re.MULTILINE)
_WORD = re.compile(r"\w+")
_SIZE = 4
#: So many pieces of text a proposal needs to be sure.
_ENOUGH = 8


def shingles(text: str) -> frozenset[int]:
    """Return the pieces of a text, each four words long, as numbers; link destinations do not count."""
    words = _WORD.findall(_DESTINATION.sub("] ", _FRONT.sub("", text)).lower())
    if len(words) < _SIZE:
        return frozenset({hash(tuple(words))} if words else ())
    return frozenset(map(hash, zip(*(words[n:] for n in range(_SIZE)), strict=False)))


_TITLE = re.compile(r"^#[ \t]+(.+?)[ \t]*#*(?:\{[^}\n]*\})?[ \t]*$", re.MULTILINE)


def title(text: str) -> str:
    """Return the title of a page, or nothing."""
    found = _TITLE.search(_FRONT.sub("", text))
    return found[1].casefold() if found else ""


class Share(NamedTuple):
    """How much of a text arrived on a page: the pieces that did."""

    doc: Doc
    pieces: frozenset[int]
    is_new: bool


class Leaving(NamedTuple):
    """The last text of a page that a step removed or renamed, and where it arrived then, most first."""

    pieces: frozenset[int]
    shares: tuple[Share, ...]


_LITTLE, _THIRD, _HALF, _MOST, _KEPT = 0.15, 0.3, 0.5, 0.8, 4


def shared(
    leavers: Iterable[tuple[Doc, str]],
    arrivals: Iterable[Arrival],
    pieces_of: Callable[[str], frozenset[int]],
) -> dict[Doc, Leaving]:
    """Return for each page that one step removed or renamed where its text arrived.

    What a page said before does not arrive there, but for a renamed page's own text.
    """
    old: dict[Doc, frozenset[int]] = {doc: pieces_of(blob) for doc, blob in leavers}
    index: dict[int, list[Doc]] = {}
    for doc, pieces in old.items():
        for piece in pieces:
            index.setdefault(piece, []).append(doc)
    found: dict[Doc, list[Share]] = {doc: [] for doc in old}
    for arrival in arrivals:
        whole = pieces_of(arrival.new_blob) & index.keys()
        before = pieces_of(arrival.old_blob) if whole and arrival.old_blob else frozenset()
        parts: dict[Doc, set[int]] = {}
        for piece in whole:
            for doc in index[piece]:
                if piece not in before or doc is arrival.doc:
                    parts.setdefault(doc, set()).add(piece)
        for doc, some in parts.items():
            if len(some) >= _LITTLE * len(old[doc]):
                share = Share(arrival.doc, frozenset(some), not arrival.old_blob)
                found[doc] = sorted([*found[doc], share], key=lambda s: -len(s.pieces))[:_KEPT]
    return {doc: Leaving(pieces, tuple(found[doc])) for doc, pieces in old.items()}


# Headings.


class Section(NamedTuple):
    """A heading's anchor, the text below it up to the next heading, and its line, counted from 1."""

    fragment: str
    body: str
    line: int = 1


_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
# What a row must begin with to open or close a fence, or to make a heading.
_TELLING = frozenset("#=-`~ \t")
_HASHES = re.compile(r"(#{1,6})(?!#)[ \t]*(.*?)[ \t]*#*[ \t]*$")
_UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*$")
_ATTRIBUTES = re.compile(r"[ \t]*\{:?[ \t]*([^}\n]*?)[ \t]*\}[ \t]*$")
_ID = re.compile(r"(?:^|\s)#([^\s}]+)|(?:^|\s)id=[\"']?([^\s\"'}]+)")
_HTML_ID = re.compile(r"""<[a-zA-Z][^>]*?\s(?:id|name)\s*=\s*["']?([^\s"'>]+)""")
_NUMBERED = re.compile(r"(.*)_(\d+)$")

#: How a site turns a heading into its anchor.
Slug = Callable[[str], str]


def slug_of(text: str) -> Slug:
    """Return how a configuration turns headings into anchors, as far as its text tells."""
    found = re.search(r"slugify:[ \t]*(.*(?:\n[ \t]+(?:kwds|case|percent_encode|normalize)\b.*)*)", text)
    how = found[1] if found else ""
    if "pymdownx.slugs" in how or "slugify_unicode" in how:
        if "slugs.slugify" in how:
            case = re.search(r"case:[ \t]*['\"]?([a-z-]+)", how)
            return lambda name: _pymdownx(name, case[1] if case else "")
        return _dashed
    return lambda name: _dashed(unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode())


def _dashed(name: str) -> str:
    # markdown.extensions.toc.slugify
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", name).strip().lower())


def _pymdownx(name: str, case: str) -> str:
    # pymdownx.slugs.slugify: what is neither word, dash nor space goes, and each space becomes a dash.
    name = re.sub(r"[^\w\- ]", "", unicodedata.normalize("NFC", name).strip())
    name = name.casefold() if case == "fold" else name.lower() if case.startswith("lower") else name
    return name.replace(" ", "-")


def sections(text: str, slug: Slug) -> list[Section]:
    """Return the headings of a Markdown page in order, each with the text below it."""
    front = _FRONT.match(text)
    rows = text[front.end() if front else 0 :].splitlines()
    above = len(front[0].splitlines()) if front else 0
    starts: list[tuple[int, int, str]] = []
    fence = ""
    for number, row in enumerate(rows):
        if row[:1] not in _TELLING:
            continue
        mark = _FENCE.match(row)
        if fence:
            if mark and mark[1].startswith(fence) and not row[mark.end() :].strip():
                fence = ""
        elif mark:
            fence = mark[1]
        elif row.startswith("#") and (found := _HASHES.match(row)):
            starts.append((number, number + 1, found[2]))
        elif (
            number
            and row[0] in "=-"
            and _UNDERLINE.match(row)
            and rows[number - 1].strip()
            and not rows[number - 1].startswith(("#", ">", "-", "*", "|", " "))
            and (number == 1 or not rows[number - 2].strip())
        ):
            starts.append((number - 1, number + 1, rows[number - 1].strip()))
    names = [_named(name) for _, _, name in starts]
    used = {own for own, _ in names if own}
    result = []
    for place, (own, name) in enumerate(names):
        end = starts[place + 1][0] if place + 1 < len(starts) else len(rows)
        fragment = own or _unique(slug(name), used)
        if fragment:
            body = "\n".join(rows[starts[place][1] : end])
            result.append(Section(fragment, body, above + starts[place][0] + 1))
    return result


def shifted(then: Sequence[Section], now: Sequence[Section]) -> Iterator[tuple[str, Section]]:
    """Yield each numbered anchor of a page that has come to name another section, and where its own is now.

    Only what the texts leave no doubt of: most of the old section stands under one other number, and next to
    nothing of it under its old anchor, nor under another number of then.
    """
    for old in then:
        pieces = shingles(old.body)
        if len(pieces) < _ENOUGH:
            continue
        stem = _stem(old.fragment)
        alike = [(s, len(pieces & shingles(s.body)) / len(pieces)) for s in now if _stem(s.fragment) == stem]
        twins = [s for s in then if s is not old and _stem(s.fragment) == stem]
        here = [s for s, part in alike if part >= _MOST]
        taken = [part for s, part in alike if s.fragment == old.fragment]
        others = [len(pieces & shingles(s.body)) / len(pieces) for s in twins]
        if len(here) == 1 and taken and max([*taken, *others]) < _LITTLE:
            yield old.fragment, here[0]


def _stem(fragment: str) -> str:
    found = _NUMBERED.match(fragment)
    return found[1] if found else fragment


def anchors_of(text: str, slug: Slug) -> frozenset[str]:
    """Return every anchor of a Markdown page that its text tells of."""
    given = {found[1] for found in _HTML_ID.finditer(text)}
    given.update(a or b for found in re.finditer(r"\{:?([^}\n]*)\}", text) for a, b in _ID.findall(found[1]))
    return frozenset(given.union(section.fragment for section in sections(text, slug)))


@lru_cache(maxsize=4096)
def _named(name: str) -> tuple[str, str]:
    """Return the id that a heading gives itself, and its name as it is read."""
    own = ""
    if found := _ATTRIBUTES.search(name):
        ids = _ID.search(found[1])
        own = (ids[1] or ids[2]) if ids else ""
        name = name[: found.start()]
    name = re.sub(r"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])", "", name)
    name = re.sub(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?", r"\1", name)
    codes = re.split(r"`+([^`]+)`+", name)
    for n in range(0, len(codes), 2):
        part = re.sub(r"<[^>]*>", "", codes[n])
        codes[n] = re.sub(r"(?<![\w\\])_{1,2}(\S(?:.*?[^\s\\])?)_{1,2}(?!\w)", r"\1", part)
    return own, html.unescape("".join(codes)).replace("\\", "").strip()


def _unique(fragment: str, used: set[str]) -> str:
    """Return an anchor that is not taken, numbered as Python-Markdown does it."""
    while fragment in used or not fragment:
        found = _NUMBERED.match(fragment)
        fragment = f"{found[1]}_{int(found[2]) + 1}" if found else f"{fragment}_1"
    used.add(fragment)
    return fragment


# What is published today.


class Present:
    """The pages of today, by their sources.

    Args:
        settings: what decides which sources are pages.
        files: every file below ``docs_dir``.
        read: returns the text of a page path.
        slug: how headings become anchors.
        site: the built site, where that shall say what is published.
    """

    def __init__(
        self,
        settings: Settings,
        files: Iterable[str],
        read: Callable[[str], str],
        slug: Slug,
        site: Published | None = None,
    ) -> None:
        self.settings = settings
        self.read = read
        self.slug = slug
        self.site = site
        self.pages: dict[str, str] = {}
        others: set[str] = set()
        plain_files = settings._replace(docs="")
        for file in files:
            address = self.address(file)
            if address is None:
                continue
            if not is_page_path(file):
                others.add(address)
            elif plain_files.page(file) and (
                # An index.md goes before a README.md.
                address not in self.pages or posixpath.basename(self.pages[address]).startswith("README")
            ):
                self.pages[address] = file
        if site:
            self.pages = {a: page for a, page in self.pages.items() if a in site.paths}
        self._paths: AbstractSet[str] = site.paths if site else self.pages.keys() | others
        self._anchors: dict[str, frozenset[str]] = {}

    @property
    def paths(self) -> AbstractSet[str]:
        """The address path of everything that is published."""
        return self._paths

    def anchors(self, path: str) -> AbstractSet[str] | None:
        """The anchors of a page: those of the built site, and those that its source tells of."""
        page = self.pages.get(path)
        if path not in self._anchors:
            built = self.site.anchors(path) if self.site else None
            told = anchors_of(self.read(page), self.slug) if page else frozenset()
            self._anchors[path] = told.union(built or ())
        return self._anchors[path] if page else None

    def address(self, page: str) -> str | None:
        """Return the address path of a page path; None where it has none."""
        return _address(page, self.settings.directory_urls) if page else None

    def page_of(self, doc: Doc) -> str | None:
        """Return the page path of a page that lives and is published."""
        page = self.settings.page(doc.path) if doc.end is None else None
        address = self.address(page) if page else None
        return page if address is not None and self.pages.get(address) == page else None


# Where content went.


class Fate(NamedTuple):
    """Where a page or a heading went.

    Attributes:
        page: the page path of today; empty when it is not known.
        confidence: how far that can be trusted.
        why: each step on the way.
        fragment: the heading there, for a heading.
    """

    page: str = ""
    confidence: Confidence = Confidence.NONE
    why: tuple[str, ...] = ()
    fragment: str = ""


_NOWHERE = Fate()
_LONGEST = 50


class Fates:
    """Decide where the content of lost pages went.

    Args:
        past: what the branch published.
        present: what is published today.
        text: returns the text of a blob.
    """

    def __init__(self, past: Past, present: Present, text: Callable[[str], str]) -> None:
        self.past = past
        self.present = present
        self.text = text
        # The texts of one page's versions, and of one step, are asked for in a row.
        self.pieces = lru_cache(maxsize=256)(lambda blob: shingles(text(blob)))
        self._pages: dict[tuple[Doc, int], Fate] = {}
        self._trust: dict[Move, Confidence] = {}
        self._steps: dict[int, dict[Doc, Leaving]] = {}
        self._copies: dict[int, tuple[Counter[str], Counter[str]]] = {}
        self._folders: dict[int, Counter[tuple[str, str]]] = {}
        # Which pages of today, and which lost ones, hold a piece of text.
        self._holders: dict[int, tuple[Doc | str, ...]] = {}
        self._prepared: set[tuple[Doc, int]] = set()
        self._titles: dict[str, list[str]] | None = None

    def prepare(self, lost: Iterable[tuple[Doc, int]]) -> None:
        """Read what the fates of these pages, from these steps on, depend on; all of them at once."""
        waiting = list(lost)
        holders, fresh = self._holders, set[int]()

        def want(pieces: frozenset[int]) -> None:
            unknown = [piece for piece in pieces if piece not in holders]
            fresh.update(unknown)
            holders.update(dict.fromkeys(unknown, ()))

        while waiting:
            doc, at = waiting.pop()
            if (doc, at) in self._prepared:
                continue
            self._prepared.add((doc, at))
            want(self.pieces(doc.blob(at)))
            steps = [m.at for m in doc.moves if m.at >= at and m.old_blob != m.new_blob]
            if doc.end is not None:
                steps.append(doc.end)
            for step in steps:
                leaving = self.leaving(doc, step)
                want(leaving.pieces)
                if step == doc.end:
                    self._hold(leaving.pieces, doc)
                    waiting += [(share.doc, step + 1) for share in leaving.shares[:1]]
        if fresh:
            living = {page: doc for doc in self.past.living.values() if (page := self.present.page_of(doc))}
            for page in self.present.pages.values():
                self._hold(shingles(self.present.read(page)) & fresh, living.get(page, page))

    def _hold(self, pieces: AbstractSet[int], holder: Doc | str) -> None:
        alone = (holder,)
        for piece in pieces:
            others = self._holders[piece]
            if not others:
                self._holders[piece] = alone
            elif len(others) < _MANY and holder not in others:
                self._holders[piece] = (*others, holder)

    def leaving(self, doc: Doc, at: int) -> Leaving:
        """Return the last text of a page that a step removed or renamed, and where it arrived."""
        if at not in self._steps:
            leavers = self.past.leavers.get(at, ())
            self._steps[at] = shared(leavers, self.past.arrivals.get(at, ()), self.pieces)
        return self._steps[at].get(doc) or Leaving(frozenset(), ())

    def page(self, doc: Doc, at: int) -> Fate:
        """Return where a page went from a step on."""
        if (doc, at) not in self._pages:
            self._pages[doc, at] = self._page(doc, at)
        return self._pages[doc, at]

    def _page(self, doc: Doc, at: int) -> Fate:
        confidence = Confidence.SURE
        why: list[str] = []
        blob = doc.blob(at)
        trail: set[Doc | str] = set()
        for _ in range(_LONGEST):
            trail.add(doc)
            for move in doc.moves:
                if move.at >= at:
                    confidence = max(confidence, self._renamed(doc, move))
                    why.append(f"renamed in {self.short(move.at)}")
            if doc.end is None:
                page = self.present.page_of(doc)
                if page and confidence is Confidence.SURE and self._is_rewritten(blob, doc, trail):
                    return Fate(page, Confidence.LIKELY, (*why, "rewritten since"))
                if page:
                    return Fate(page, confidence, tuple(why))
                return Fate("", Confidence.NONE, (*why, "its source is still there, and is not published"))
            found = self._arrived(doc, doc.end)
            if found is None:
                near = self._nearest(doc, doc.end)
                removed = f"removed in {self.short(doc.end)}"
                return near._replace(why=(*why, removed, *near.why))
            how, at = found[1], doc.end + 1
            doc, confidence = found[0], max(confidence, how[0])
            why.append(how[1])
        return _NOWHERE

    def short(self, at: int) -> str:
        """Return the name of a step as messages show it."""
        commit = self.past.line[at].id
        return commit[:9] if commit else "the work tree"

    def _is_rewritten(self, blob: str, doc: Doc, trail: set[Doc | str]) -> bool:
        """Say whether next to nothing of a text is left on the page that it came to."""
        pieces = self.pieces(blob)
        # What two pages have is no page's own; what one other has alone may have gone there.
        others = trail - {doc}
        holders = {piece: self._holders.get(piece, ()) for piece in pieces}
        own = {p for p, those in holders.items() if len(those) <= 1 or len(set(those) - others) <= 1}
        if len(own) < _ENOUGH:
            own = set(pieces)
        left = sum(doc in holders[piece] for piece in own)
        return left < _LITTLE * len(own)

    def _renamed(self, doc: Doc, move: Move) -> Confidence:
        """Say how far a rename can be trusted."""
        if move not in self._trust:
            self._trust[move] = self._trusted(doc, move)
        return self._trust[move]

    def _trusted(self, doc: Doc, move: Move) -> Confidence:
        with_folder = self._moves_with_folder(move)
        if move.old_blob == move.new_blob and move.old_blob:
            old, new = self._copies_at(move.at)
            is_one = old[move.old_blob] == new[move.old_blob] == 1
            enough = len(self.pieces(move.old_blob)) >= _ENOUGH
            return Confidence.SURE if with_folder or (is_one and enough) else Confidence.LIKELY
        leaving = self.leaving(doc, move.at)
        part, other, count = self._parts(doc, doc, leaving)
        if (part >= _HALF and other < _THIRD and count >= _ENOUGH) or (with_folder and part >= _HALF > other):
            return Confidence.SURE
        return Confidence.LIKELY

    def _moves_with_folder(self, move: Move) -> bool:
        """Say whether a page kept its name and another went the same way in the same step, unchanged."""
        if posixpath.basename(move.old) != posixpath.basename(move.new):
            return False
        if move.at not in self._folders:
            ways: Counter[tuple[str, str]] = Counter()
            for change in self.past.line[move.at].changes:
                if change.status == "R" and posixpath.basename(change.old) == posixpath.basename(change.new):
                    ways[_way(change.old, change.new)] += change.score == 100
            self._folders[move.at] = ways
        mine = move.old_blob == move.new_blob
        return self._folders[move.at][_way(move.old, move.new)] > mine

    def _copies_at(self, at: int) -> tuple[Counter[str], Counter[str]]:
        """Return how often each content was removed and added in a step."""
        if at not in self._copies:
            changes = [c for c in self.past.line[at].changes if c.status != "M"]
            self._copies[at] = (
                Counter(c.old_blob for c in changes if c.status != "A"),
                Counter(c.new_blob for c in changes if c.status != "D"),
            )
        return self._copies[at]

    def _parts(self, doc: Doc, target: Doc, leaving: Leaving) -> tuple[float, float, int]:
        """Return how much of a text arrived on a page, the most that did on any other, and of how much.

        Only pieces count that no other page has, because pages of one site share phrases.
        """
        mine: set[Doc | str] = {doc, target}
        for share in leaving.shares:
            mine.add(share.doc)
        own = {piece for piece in leaving.pieces if mine.issuperset(self._holders.get(piece, ()))}
        parts = {share.doc: len(share.pieces & own) for share in leaving.shares}
        here = parts.pop(target, 0)
        whole = len(own) or 1
        return here / whole, max(parts.values(), default=0) / whole, len(own)

    def _arrived(self, doc: Doc, at: int) -> tuple[Doc, tuple[Confidence, str]] | None:
        """Return the page on which a removed page's text arrived in the same step."""
        leaving = self.leaving(doc, at)
        if not leaving.shares:
            return None
        best = leaving.shares[0]
        part, other, count = self._parts(doc, best.doc, leaving)
        if len(best.pieces) < _HALF * len(leaving.pieces) and (part < _HALF or count < _ENOUGH):
            return None
        how = "moved to" if best.is_new else "merged into"
        why = f"content {how} {posixpath.basename(best.doc.path)} in {self.short(at)}"
        is_sure = part >= _MOST and other < _THIRD and count >= _ENOUGH
        return best.doc, (Confidence.SURE if is_sure else Confidence.LIKELY, why)

    def _nearest(self, doc: Doc, at: int) -> Fate:
        """Return the page of today that is most like a removed one."""
        pieces = self.leaving(doc, at).pieces
        held = [those for piece in pieces if (those := self._holders.get(piece, ()))]
        # The page itself is one of them.
        counts = Counter(chain.from_iterable(those for those in held if len(those) <= _FEW + (doc in those)))
        del counts[doc]
        pages = [
            (page, number)
            for holder, number in counts.most_common(_KEPT)
            if (page := holder if isinstance(holder, str) else self.present.page_of(holder))
        ]
        best, number = pages[0] if pages else ("", 0)
        second = pages[1][1] if len(pages) > 1 else 0
        part = number / (len(pieces) or 1)
        if part >= _HALF and number >= max(_ENOUGH, 2 * second):
            return Fate(best, Confidence.LIKELY, ("most of its text is there",))
        text = self.text(doc.blob(at))
        if self._titles is None:
            self._titles = {}
            for page in self.present.pages.values():
                self._titles.setdefault(title(self.present.read(page)), []).append(page)
        same = self._titles.get(title(text), []) if title(text) else []
        if len(same) == 1:
            return Fate(same[0], Confidence.LIKELY, ("the title is the same",))
        if part >= _LITTLE:
            return Fate(best, Confidence.GUESS, ("nearest by text",))
        return _NOWHERE


# Of the pages that hold a piece of text no more than these count: what so many share tells nothing.
_FEW, _MANY = 3, 8


def _way(old: str, new: str) -> tuple[str, str]:
    return posixpath.dirname(old), posixpath.dirname(new)


# Headings through time.


class Sighting(NamedTuple):
    """When a heading address was last published.

    Attributes:
        doc: the page that had it.
        number: which of its versions was the last one.
        until: the step after which it was not there.
    """

    doc: Doc
    number: int
    until: int


def fragments_of(
    past: Past, texts: Callable[[list[str]], Iterable[str]], slug: Slug
) -> dict[str, tuple[str, ...]]:
    """Return the anchors of the headings of every version that a page ever had, by its blob."""
    docs = dict.fromkeys(stay.doc for stays in past.stays.values() for stay in stays)
    blobs = list(dict.fromkeys(version.blob for doc in docs for version in doc.versions))
    known: dict[tuple[str, ...], tuple[str, ...]] = {}
    found = {}
    for blob, text in zip(blobs, texts(blobs), strict=True):
        fragments = tuple(section.fragment for section in sections(text, slug))
        found[blob] = known.setdefault(fragments, fragments)  # most versions have the same
    return found


class Headings:
    """Decide where the headings of pages went.

    Args:
        fates: where the pages went.
        slug: how headings become anchors.
        fragments: what `fragments_of` found.
    """

    def __init__(self, fates: Fates, slug: Slug, fragments: dict[str, tuple[str, ...]]) -> None:
        self.fates = fates
        self.past = fates.past
        self.present = fates.present
        self.slug = slug
        self._fragments = fragments
        self._gained: dict[int, list[tuple[Doc, str, frozenset[int]]]] = {}
        self._where: dict[str, list[str]] | None = None

    def fragments(self, blob: str) -> tuple[str, ...]:
        """Return the anchors of a page's headings."""
        if blob not in self._fragments:
            self._fragments[blob] = tuple(section.fragment for section in self._sections(blob))
        return self._fragments[blob]

    @cached_property
    def published(self) -> dict[Address, Sighting]:
        """Every heading address that the branch published."""
        end = len(self.past.line)
        found: dict[Address, Sighting] = {}
        for path, stays in self.past.stays.items():
            for stay in stays:
                left = end if stay.left is None else stay.left
                versions = stay.doc.versions
                for number, version in enumerate(versions):
                    until = versions[number + 1].at if number + 1 < len(versions) else end
                    until = min(until, left)
                    if until <= max(version.at, stay.came):
                        continue
                    for fragment in self.fragments(version.blob):
                        found[Address(path, fragment)] = Sighting(stay.doc, number, until)
        return found

    def where(self, address: Address) -> Fate:
        """Return where a heading went."""
        sighting = self.published[address]
        doc, number, fragment = sighting.doc, sighting.number, address.fragment
        confidence = Confidence.SURE
        why: list[str] = []
        for _ in range(_LONGEST):
            while number + 1 < len(doc.versions) and fragment in self.fragments(
                doc.versions[number + 1].blob
            ):
                number += 1
            last = number + 1 == len(doc.versions)
            if last and doc.end is None:
                page = self.present.page_of(doc)
                if page:
                    moved = self.fates.page(doc, sighting.until) if not why else _NOWHERE
                    steps = why or list(moved.why) or ["the page is elsewhere now"]
                    confidence = max(confidence, moved.confidence) if not why else confidence
                    return self._checked(Fate(page, confidence, tuple(steps), fragment))
                break
            at = doc.end if last else doc.versions[number + 1].at
            assert at is not None
            found = self._arrived(doc, number, fragment, at)
            if found is None:
                break
            doc, fragment, how, text = found
            confidence = max(confidence, how)
            why.append(text)
            number = next((n for n, v in enumerate(doc.versions) if v.at == at), len(doc.versions) - 1)
        return self._nearest(address, sighting)

    def _sections(self, blob: str) -> list[Section]:
        return sections(self.fates.text(blob), self.slug)

    def _checked(self, fate: Fate) -> Fate:
        """Take a fate back whose heading is not on its page today."""
        address = self.present.address(fate.page)
        anchors = self.present.anchors(address) if address else None
        return fate if anchors and fate.fragment in anchors else _NOWHERE

    def _arrived(
        self, doc: Doc, number: int, fragment: str, at: int
    ) -> tuple[Doc, str, Confidence, str] | None:
        """Return the heading below which a section's text arrived in the step that took it away."""
        blob = doc.versions[number].blob
        before = self._sections(blob)
        body = next((s.body for s in before if s.fragment == fragment), "")
        pieces = shingles(body)
        gained = self._gained_at(at)
        parts = sorted(
            ((len(pieces & theirs), n) for n, (_, _, theirs) in enumerate(gained)),
            key=lambda each: (-each[0], each[1]),
        )
        short = self.fates.short(at)
        if parts and pieces and parts[0][0] >= _HALF * len(pieces):
            most, n = parts[0]
            second = parts[1][0] if len(parts) > 1 else 0
            whole = len(pieces)
            sure = most >= _MOST * whole and second < _THIRD * whole and whole >= _ENOUGH
            other, name, _ = gained[n]
            verb = "renamed" if other is doc else f"moved to {posixpath.basename(other.path)}"
            how = Confidence.SURE if sure else Confidence.LIKELY
            return other, name, how, f"heading {verb} in {short}"
        # One heading for another, with too little text to tell.
        new = [name for other, name, _ in gained if other is doc]
        now = next((version.blob for version in doc.versions if version.at == at), "")
        after = self.fragments(now)
        lost = [section.fragment for section in before if section.fragment not in after]
        if len(new) == len(lost) == 1:
            return doc, new[0], Confidence.LIKELY, f"heading renamed in {short}"
        return None

    def _gained_at(self, at: int) -> list[tuple[Doc, str, frozenset[int]]]:
        """Return the headings that one step added, each with its page and its text."""
        if at not in self._gained:
            self._gained[at] = [
                (arrival.doc, section.fragment, shingles(section.body))
                for arrival in self.past.arrivals.get(at, ())
                for section in self._sections(arrival.new_blob)
                if section.fragment not in self.fragments(arrival.old_blob)
            ]
        return self._gained[at]

    def _nearest(self, address: Address, sighting: Sighting) -> Fate:
        """Return the heading of today that a lost one is probably, from its name alone."""
        fate = self.fates.page(sighting.doc, sighting.until)
        gone = f"removed in {self.fates.short(min(sighting.until, len(self.past.line) - 1))}"
        if path := self.present.address(fate.page):
            here = self.present.anchors(path) or frozenset()
            if address.fragment in here:
                confidence = max(fate.confidence, Confidence.LIKELY)
                return Fate(fate.page, confidence, (*fate.why, "the same heading is there"), address.fragment)
            likely, _ = check.renumbered(Address(path, address.fragment), here)
            if likely:
                return Fate(fate.page, Confidence.LIKELY, (gone, "only its number changed"), likely.fragment)
        if self._where is None:
            self._where = {}
            for live, page in self.present.pages.items():
                for name in self.present.anchors(live) or ():
                    self._where.setdefault(name, []).append(page)
        have = self._where.get(address.fragment, [])
        if len(have) == 1:
            return Fate(have[0], Confidence.GUESS, (gone, "the same heading is there"), address.fragment)
        return Fate("", Confidence.NONE, (gone,))


# All of it.


class Loss(NamedTuple):
    """An address that answers no more.

    Attributes:
        address: what visitors asked for.
        page: the page path that had it last.
        docs: the pages that had it, oldest first, each with the step that took it from them.
        left: the step after which it was not there; None while its source is.
    """

    address: Address
    page: str
    docs: tuple[tuple[Doc, int], ...]
    left: int | None


def lost_pages(past: Past, ways: Ways, since: int = 0) -> list[Loss]:
    """Return every page address that the branch published and that answers no more.

    Args:
        past: what the branch published.
        ways: follows addresses as visitors are led today.
        since: leave out what the branch no longer published at this step.
    """
    end = len(past.line)
    found = []
    for address in {loss.address for loss in check.lost(map(Address, past.stays), ways)}:
        stays = past.stays.get(address.path)  # a chain's lost end is not what was published
        if stays and ((left := stays[-1].left) is None or left >= since):
            docs = tuple((stay.doc, end if stay.left is None else stay.left) for stay in stays)
            found.append(Loss(address, stays[-1].page, docs, left))
    return found


def lost_headings(headings: Headings, pages: AbstractSet[str], ways: Ways, since: int = 0) -> list[Loss]:
    """Return every heading address that the branch published and that answers no more.

    Args:
        headings: what the branch published.
        pages: the address paths of lost pages.
        ways: follows addresses as visitors are led once the sure pages are in the map.
        since: leave out what the branch no longer published at this step.
    """
    past, retired = headings.past, ways.redirects.retired
    found = []
    for address, (doc, _, until) in headings.published.items():
        if until < since or address in retired or Address(address.path) in retired:
            continue
        end = ways.follow(address).end
        if (
            isinstance(end, Address)
            and not ways.answers(end)
            and (end.path in ways.published.paths or address.path in pages)
        ):
            left = until if until < len(past.line) else None
            found.append(Loss(address, past.stays[address.path][-1].page, ((doc, until),), left))
    return found


def propose(
    losses: list[Loss],
    fates: Fates,
    where: Callable[[Loss], Fate | None],
    judged: Callable[[list[Proposal]], Mapping[int, str]],
) -> list[Proposal]:
    """Return a proposal for each lost address, in order.

    Args:
        losses: the addresses.
        fates: where pages went.
        where: returns where one went; None for what is not lost after all.
        judged: returns what speaks against proposals in the map, by their number. Those are not sure.
    """
    fates.prepare(each for loss in losses for each in loss.docs)
    found = [_made(loss, fate, fates) for loss in sorted(losses) if (fate := where(loss))]
    while against := judged([p for p in found if p.confidence is Confidence.SURE]):
        sure = [n for n, p in enumerate(found) if p.confidence is Confidence.SURE]
        for n, reason in against.items():
            old = found[sure[n]]
            found[sure[n]] = old._replace(confidence=Confidence.LIKELY, why=f"{old.why}, but: {reason}")
    return found


def page_fate(loss: Loss, fates: Fates, ways: Ways) -> Fate:
    """Return where a lost page went."""
    path, last = loss.address.path, fates.past.stays[loss.address.path][-1]
    fate = fates.page(*loss.docs[-1])
    if last.why == "config" and last.left is not None:
        if fate.page:
            fate = fate._replace(why=(f"its address changed in {fates.short(last.left)}", *fate.why))
        else:
            fate = fate._replace(why=(f"left out of the site in {fates.short(last.left)}",))
    if fate.confidence > Confidence.LIKELY:
        for doc, left in reversed(loss.docs[:-1]):
            other = fates.page(doc, left)
            if other.page and other.confidence <= Confidence.LIKELY:
                why = ("an earlier page there", *other.why)
                fate = other._replace(confidence=Confidence.LIKELY, why=why)
                break
    if not fate.page:
        near, reason = check.likely_page(path, ways)
        page = fates.present.pages.get(near.path) if near else None
        if page:
            fate = fate._replace(page=page, confidence=Confidence.GUESS, why=(*fate.why, reason))
    if fates.present.address(fate.page) == path:
        return Fate(why=("its source is there, and the built site lacks it",))
    return fate


def heading_fate(loss: Loss, headings: Headings, ways: Ways) -> Fate | None:
    """Return where a lost heading went; None when it is where it was."""
    fate = headings.where(loss.address)
    path = loss.address.path
    if (headings.present.address(fate.page), fate.fragment) == loss.address:
        return None
    if (
        fate.confidence is Confidence.SURE
        and path not in ways.published.paths
        and not ways.follow(Address(path)).hops
    ):
        # No map can lead an anchor of a page that it does not lead anywhere.
        return fate._replace(
            confidence=Confidence.LIKELY, why=(*fate.why, "but where its page went is not sure")
        )
    return fate


def _made(loss: Loss, fate: Fate, fates: Fates) -> Proposal:
    address, line = loss.address, fates.past.line
    step = line[loss.left] if loss.left is not None and loss.left < len(line) else Commit("", 0, ())
    directory_urls = fates.present.settings.directory_urls
    source = _written(loss.page, address.path, directory_urls)
    there = fates.present.address(fate.page)
    target = _written(fate.page, there, directory_urls) if there else ""
    why = ", ".join(fate.why)
    confidence = fate.confidence
    if fate.page and not (source and target):
        target, confidence, why = "", Confidence.NONE, why + ", but a map cannot name it"
    if address.fragment:
        source += f"#{quote(address.fragment, safe=_PLAIN)}"
        target += f"#{quote(fate.fragment, safe=_PLAIN)}" if target and fate.fragment else ""
    day = ""
    if step.id:
        from datetime import datetime

        day = datetime.fromtimestamp(step.time, UTC).strftime("%Y-%m-%d")
    return Proposal(address, source, target, confidence, why, step.id[:9], day)


# In a fragment all that is printable may stand as it is, and is read so.
_PLAIN = "".join(map(chr, [*range(0x21, 0x25), *range(0x26, 0x7F), *range(0xA1, 0x250)])).replace("#", "")
_ENCODED = str.maketrans({c: f"%{ord(c):02X}" for c in "%#?"})


def _written(page: str, there: str, directory_urls: bool) -> str:
    """Return how a map names a page path with the address that it has or had; nothing where it cannot."""
    for text in (page, page.translate(_ENCODED), there.lstrip("/")):
        path = text.partition("#")[0]
        try:
            if path and text.isprintable() and named_address(path, directory_urls) == there:
                return text
        except ValueError:
            continue
    return ""


def retargets(entries: Iterable[Entry], added: Iterable[Proposal], directory_urls: bool) -> dict[Entry, str]:
    """Return the lines of a map that change with new ones, each with its new target.

    Those are the lines that have a lost address on their left, or a lost page on their right.
    """
    by_address = {proposal.address: proposal.target for proposal in added}
    found = {}
    for entry in entries:
        source = _understood(entry.source, directory_urls)
        target = _understood(entry.target, directory_urls) if "://" not in entry.target else None
        if source in by_address:
            found[entry] = by_address[source]
        elif target in by_address:
            found[entry] = by_address[target]
    return {entry: target for entry, target in found.items() if target != entry.target}


def additions(entries: Iterable[Entry], added: Iterable[Proposal], directory_urls: bool) -> dict[str, str]:
    """Return the lines that a map gains: those proposals whose address no line has on its left."""
    there = {_understood(entry.source, directory_urls) for entry in entries}
    return {p.source: p.target for p in added if p.address not in there}


def _understood(text: str, directory_urls: bool) -> Address | None:
    path, _, fragment = text.partition("#")
    try:
        return Address(named_address(path, directory_urls), unquote(fragment)) if path else None
    except ValueError:
        return None


# The whole, for a site on disk.


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a search came to.

    Attributes:
        proposals: every lost address, pages before headings.
        steps: how many steps of the branch were looked through.
        published: how many page addresses the branch published.
        notes: what could not be told, in one sentence each.
        config: the site's configuration.
    """

    proposals: list[Proposal]
    steps: int
    published: int
    notes: list[str]
    config: Config

    @property
    def sure(self) -> list[Proposal]:
        """Those that may be written into the map."""
        return [p for p in self.proposals if p.confidence is Confidence.SURE]


def recover(
    config: Config, *, headings: bool = False, since: str | None = None, site: Published | None = None,
    stubs: check.Stubs | None = None,
) -> Recovered:  # fmt: skip
    """Look through a site's history for addresses that answer no more.

    Args:
        config: the site's configuration.
        headings: also look for headings.
        since: a commit or a day; only what was published then or later counts.
        site: the built site, to say what is published; by default the sources do.
        stubs: what that site's pages do to their visitors.

    Raises:
        NoHistory: there is none, or it cannot be read.
    """
    with Repository(config.file.parent) as repository:
        top = Path(os.path.realpath(repository.top))
        here = Path(os.path.realpath(config.file))
        _same_repository(config, repository)
        read = _on_disk(top)
        name = here.relative_to(top).as_posix()
        line = repository.line()
        start = repository.since(since, line) if since else 0
        past = walk(line, name, repository.text)
        now, _ = settings_of(name, read)
        settings = (now or Settings())._replace(directory_urls=config.directory_urls)
        slug = slug_of("\n".join(read(str(file)) or "" for file in reversed(config.files)))
        files = sorted(_files(config.docs_dir))
        docs = _on_disk(config.docs_dir)
        present = Present(settings, files, lambda page: docs(page) or "", slug, site)

        def read_fragments() -> dict[str, tuple[str, ...]]:
            with Repository(top) as own:  # a second process cannot share the first one's git
                return fragments_of(past, own.texts, slug)

        fragments = apart(read_fragments) if headings else None
        fates = Fates(past, present, lru_cache(maxsize=256)(repository.text))
        files_named = [file for file in files if present.address(file)]

        def judged(more: list[Proposal], base: Sequence[Proposal] = ()) -> dict[int, str]:
            new = [*base, *more]
            entries = [Entry(p.source, p.target, Place("", n + 1)) for n, p in enumerate(new)]
            wider = replace(config, entries=_with(config, new, entries))
            _, findings = prepare(wider, site or Pages(files_named, config.directory_urls))
            against = {f.place.line - 1 - len(base): f.message for f in findings if not f.place.file}
            return {n: message for n, message in against.items() if 0 <= n < len(more)}

        ways = Ways(present, redirects_of(config), stubs, config.site_url)
        found = propose(
            lost_pages(past, ways, start), fates, lambda loss: page_fate(loss, fates, ways), judged
        )
        if headings:
            sure = [p for p in found if p.confidence is Confidence.SURE]
            entries = _with(config, sure, [Entry(p.source, p.target, Place("")) for p in sure])
            wider = Ways(present, redirects_of(replace(config, entries=entries)), stubs, config.site_url)
            sections_of = Headings(fates, slug, (fragments and fragments()) or read_fragments())
            found += propose(
                lost_headings(sections_of, {p.address.path for p in found}, wider, start),
                fates,
                lambda loss: heading_fate(loss, sections_of, wider),
                lambda more: judged(more, sure),
            )
    notes = [
        f"{_printable(path)} is left out: its name is not UTF-8, so it has no address."
        for path in sorted(past.unnamed)
    ]
    if not past.stays:
        notes.append(
            f"no commit has both {name} and pages in its docs_dir, so nothing was published on this branch."
        )
    return Recovered(found, len(line) - 1, len(past.stays), notes, config)


def _with(config: Config, added: list[Proposal], entries: list[Entry]) -> list[Entry]:
    """Return the lines of the map that ``--write`` would leave."""
    changed = retargets(config.entries, added, config.directory_urls)
    mine = {p.address for p in added}
    kept = [
        entry._replace(target=changed.get(entry, entry.target))
        for entry in config.entries
        if _understood(entry.source, config.directory_urls) not in mine
    ]
    return [*kept, *entries]


def _same_repository(config: Config, repository: Repository) -> None:
    """Refuse sources that another repository keeps, or none."""
    if not config.docs_dir.is_dir():
        return  # it may have had one once
    try:
        other = git(config.docs_dir, "rev-parse", "--show-toplevel").removesuffix("\n")
    except GitError:
        other = ""
    if not other or os.path.realpath(other) != os.path.realpath(repository.top):
        kept = f"kept in another repository, {other}" if other else "in no repository"
        raise NoHistory(
            f"docs_dir is {config.docs_dir}, which is {kept}, so the history of {config.file.name} does not "
            "tell of its pages. Run this on a configuration in the repository of the pages."
        )


def _on_disk(folder: Path) -> Callable[[str], str | None]:
    def read(path: str) -> str | None:
        try:
            with open(folder / path, "rb") as stream:
                data = stream.read(LARGEST + 1)
        except (OSError, ValueError):
            return None
        return plain(data) if len(data) <= LARGEST else ""

    return read


def _files(docs: Path) -> Iterator[str]:
    """Yield every file below a folder; a link to a folder is followed once."""
    seen: set[str] = set()
    for folder, below, names in os.walk(docs, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            below.clear()
            continue
        seen.add(real)
        relative = os.path.relpath(folder, docs).replace(os.sep, "/")
        for name in names:
            yield posixpath.normpath(posixpath.join(relative, name))


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\x{ord(c) & 0xFF:02x}" for c in text)


# The reviewable list.


def as_json(found: Recovered) -> str:
    """Return a JSON object: ``version``, ``summary``, ``notes`` and ``lost``."""
    import json

    rows = [
        {
            "address": str(p.address),
            "source": p.source,
            "target": p.target or None,
            "confidence": p.confidence.word,
            "why": p.why,
            "commit": p.lost or None,
            "day": p.day or None,
        }
        for p in found.proposals
    ]
    data = {"version": 1, "summary": counts(found.proposals), "notes": found.notes, "lost": rows}
    return json.dumps(data, indent=2) + "\n"


def counts(proposals: Iterable[Proposal]) -> dict[str, int]:
    """Return how many proposals there are of each confidence."""
    counted = Counter(p.confidence for p in proposals)
    return {confidence.word: counted[confidence] for confidence in Confidence}


def as_text(found: Recovered) -> str:
    """Return a table for people: the surest first."""
    rows = [
        (p.confidence.word, _printable(str(p.address)), _printable(p.target or "-"), _printable(p.why))
        for p in _by_confidence(found.proposals)
    ]
    widths = [min(max((len(row[n]) for row in rows), default=0), _WIDEST) for n in range(3)]
    return "".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) + "\n"
        for row in rows
    )


_WIDEST = 60


def as_yaml(found: Recovered) -> str:
    """Return every proposal as a commented line of ``redirect_maps``, to be reviewed."""
    lines = ["# Take away the '# ' before each line that is right, and put it below redirect_maps."]
    for p in _by_confidence(found.proposals):
        when = f", lost in {p.lost} on {p.day}" if p.lost else ""
        pair = yaml.safe_dump({p.source: p.target or "new/page.md"}, allow_unicode=True, width=1 << 20)
        lines += ["", f"# {p.confidence.word}: {_printable(p.why)}{when}", f"# {' '.join(pair.split())}"]
    return "\n".join([*lines, ""])


def _by_confidence(proposals: Iterable[Proposal]) -> list[Proposal]:
    return sorted(proposals, key=lambda p: (p.confidence, p.address))


#: Every way to print what was found.
FORMATS: dict[str, Callable[[Recovered], str]] = {"text": as_text, "json": as_json, "yaml": as_yaml}
