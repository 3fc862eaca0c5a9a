"""Addresses that still answer and show other content than they did.

A link that is dead is seen by anyone; one that leads to another section is seen by nobody. What an address
showed is told by git: by earlier texts of the pages, and by redirects that the map once had. It is named only
where its content now stands at another address, and where the ledger had the address by then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from unbroken.check.locate import Locator
from unbroken.findings.base import Finding, Place
from unbroken.findings.ledger import OtherContent
from unbroken.formats import former_maps
from unbroken.formats.html import Page
from unbroken.formats.outline import Slug, sections, slug_of
from unbroken.formats.similarity import ENOUGH, LITTLE, MOST, shingles
from unbroken.model.addresses import Address, is_page_path, page_address
from unbroken.model.errors import GitError
from unbroken.model.redirects import Entry, RedirectMap, parse_map
from unbroken.model.resolver import Resolver
from unbroken.workspace import ledger
from unbroken.workspace.config import Config
from unbroken.workspace.files import shown
from unbroken.workspace.git import contents, git

# How far back pages and the map are followed: commits, and texts of pages.
_COMMITS, _TEXTS = 60, 600
# Words that a short text must have, and share to the last, to be known again.
_WORDS = 3
_NUMBERED = re.compile(r"(.*)_\d+$")


class Spot(NamedTuple):
    """A page, or one section of it: a page path, and an anchor or nothing."""

    page: str
    anchor: str = ""


class Shown(NamedTuple):
    """What a spot shows: its text, its line from 1, the level of its heading, and its number on the page."""

    text: str
    line: int = 1
    level: int = 0
    number: int = 0


class Taken(NamedTuple):
    """A spot that has come to show other content.

    Attributes:
        spot: the spot.
        there: where its content is now.
        version: the number of the last version in which the spot showed it.
    """

    spot: Spot
    there: Spot
    version: int


def spots(page: str, text: str, slug: Slug) -> dict[Spot, Shown]:
    """Return what a page and each of its sections show."""
    rows = text.splitlines()
    result = {Spot(page): Shown(text)}
    for number, (anchor, body, line) in enumerate(sections(text, slug), 1):
        row = rows[line - 1].strip() if line <= len(rows) else ""
        below = rows[line].strip() if line < len(rows) else ""
        level = len(row) - len(row.lstrip("#")) or (1 if below.startswith("=") else 2)
        result.setdefault(Spot(page, anchor), Shown(body, line, level, number))
    return result


def taken_over(versions: Sequence[Mapping[str, str | None]], slug: Slug) -> list[Taken]:
    """Return each page and each section that shows other content than in an earlier version.

    Only what the texts leave no doubt of: next to nothing of the old content is there, and most of it stands
    at one other place, where it did not stand before.

    Args:
        versions: the text of each page that changed, oldest first; None for a page that is gone. The first
            version has every page that changes later.
        slug: how the site turns headings into anchors.
    """
    histories: dict[Spot, list[tuple[int, Shown | None]]] = {}
    now: dict[str, dict[Spot, Shown]] = {}
    for number, version in enumerate(versions):
        for page, text in version.items():
            found = spots(page, text, slug) if text is not None else {}
            for spot in {*found, *now.get(page, ())}:
                histories.setdefault(spot, []).append((number, found.get(spot)))
            now[page] = found
    places = {spot: said for page in now.values() for spot, said in page.items()}
    by_piece: dict[int, list[Spot]] = {}
    result: list[Taken] = []
    pages: set[str] = set()
    for spot, said in places.items():
        if spot.page not in pages:
            taken = list(_taken(spot, said, histories, places, by_piece))
            result += taken
            if taken and not spot.anchor:  # the page is named, so its sections need not be
                pages.add(spot.page)
    return result


def _taken(
    spot: Spot,
    now: Shown,
    histories: Mapping[Spot, Sequence[tuple[int, Shown | None]]],
    places: Mapping[Spot, Shown],
    by_piece: dict[int, list[Spot]],
) -> Iterator[Taken]:
    history = histories[spot]
    for at, (version, then) in enumerate(history[:-1]):
        if then is None:
            continue
        if not _is_other(then.text, now.text):
            return  # what it showed first is there, or is there again
        until = history[at + 1][0] - 1
        if not by_piece:
            for other, said in places.items():
                for piece in _pieces(said.text):
                    by_piece.setdefault(piece, []).append(other)
        # Who has most of the pieces has one of any third of them.
        pieces = sorted(_pieces(then.text))
        near = {other for piece in pieces[: len(pieces) // 3 + 1] for other in by_piece.get(piece, ())}
        there = [
            other
            for other, said in ((other, places[other]) for other in sorted(near))
            if other != spot
            and bool(other.anchor) == bool(spot.anchor)
            and _is_same(then.text, said.text)
            and not _is_below(spot, now, other, said)
            and not any(_is_like(then.text, was.text) for was in _when(histories[other], version, until))
        ]
        if len(there) == 1 and _stem(there[0]) != _stem(spot):
            yield Taken(spot, there[0], until)
            return


def _when(history: Sequence[tuple[int, Shown | None]], first: int, last: int) -> list[Shown]:
    """Return what a spot showed in versions from the first to the last."""
    before = [said for number, said in history if number <= first][-1:]
    return [said for said in [*before, *(s for n, s in history if first < n <= last)] if said]


def _is_below(spot: Spot, now: Shown, other: Spot, said: Shown) -> bool:
    """Return whether a section directly follows another one as its part."""
    return spot.page == other.page and said.number == now.number + 1 and said.level > now.level > 0


def _stem(spot: Spot) -> Spot:
    """Return a spot without the number of its anchor: numbers that change are told as such."""
    found = _NUMBERED.match(spot.anchor)
    return Spot(spot.page, found[1]) if found else spot


@lru_cache(maxsize=1 << 14)
def _pieces(text: str) -> frozenset[int]:
    return shingles(text)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _is_other(then: str, now: str) -> bool:
    """Return whether next to nothing of a text is left; of a short one, nothing at all."""
    pieces = _pieces(then)
    if then == now or not pieces or not _pieces(now):
        return False
    if len(pieces) < ENOUGH:
        return len(_words(then)) >= _WORDS and not pieces & _pieces(now)
    return len(pieces & _pieces(now)) / len(pieces) < LITTLE


def _is_same(then: str, now: str) -> bool:
    pieces = _pieces(then)
    if len(pieces) < ENOUGH:
        return _words(then) == _words(now)
    return len(pieces & _pieces(now)) / len(pieces) >= MOST


def _is_like(then: str, was: str) -> bool:
    pieces = _pieces(then)
    return bool(pieces) and len(pieces & _pieces(was)) / len(pieces) >= LITTLE


# What git and the ledger tell.


def other_content(
    config: Config,
    redirects: RedirectMap,
    resolver: Resolver,
    pages: Mapping[str, Page],
    sources: Locator,
) -> Iterable[Finding]:
    """Yield each recorded address that shows other content than it did, as far as git tells.

    Args:
        config: the site's configuration.
        redirects: its map.
        resolver: where its addresses lead.
        pages: each page by its address path.
        sources: the sources of the site.
    """
    try:
        text = ledger.text_of(config.ledger)
    except OSError:
        return  # which every plan of the site says
    recorded = ledger.held(text)
    if not recorded.pages:
        return
    given = ledger.reused(text)

    def is_ours(address: Address) -> bool:
        page = pages.get(address.path)
        if page is None or address not in recorded or {address, Address(address.path)} & given:
            return False
        return not address.fragment or address.fragment in page.anchors

    since = _since(config)
    told: set[Address] = set()
    for address, end in _unredirected(config, redirects, resolver, is_ours, since):
        told.add(address)
        yield _finding(config, sources, address, end, "the map once led from it to")
    history = _History(config, since)
    for spot, there, version in taken_over(history.versions, _slug(config, sources)):
        address = Address(page_address(spot.page, config.directory_urls), spot.anchor)
        end = Address(page_address(there.page, config.directory_urls), there.anchor)
        if address in told or not is_ours(address) or not resolver.answers(end):
            continue
        if resolver.follow(end).end == end and history.had(version, address):
            yield _finding(config, sources, address, end, "what it was published for is now at")


def _finding(config: Config, sources: Locator, address: Address, end: Address, why: str) -> Finding:
    """Return what is said of an address whose content is at another one."""
    source = sources.files.get(address.path, "")
    place = Place(shown(config.ledger))
    if source:
        file = config.docs_dir / source
        found = spots(source, sources.text(file) or "", _slug(config, sources))
        place = Place(shown(file), found.get(Spot(source, address.fragment), Shown("")).line)
    what = "section" if address.fragment else "page"
    old = f"{source or address.path}{str(address)[len(address.path) :]}"
    new = f"{sources.files.get(end.path, end.path)}{str(end)[len(end.path) :]}"
    return OtherContent.of(place, str(address), what, f"{why} {end}", f"{old}: {new}", shown(config.ledger))


def _slug(config: Config, sources: Locator) -> Slug:
    return slug_of("\n".join(sources.text(file) or "" for file in reversed(config.files)))


def _since(config: Config) -> str:
    """Return the commit that the ledger came with: what was there before is promised by nobody.

    Empty where no commit has it.
    """
    file = config.ledger
    first = ("--first-parent", "--diff-merges=first-parent", "--diff-filter=A", "--no-patch")
    try:
        if not git(file.parent, "ls-tree", "HEAD", "--", file.name):  # told without going back
            return ""
        return git(file.parent, "log", "-1", *first, "--format=%H", "--", file.name).strip()
    except (GitError, OSError):
        return ""


def _unredirected(
    config: Config, redirects: RedirectMap, resolver: Resolver, is_ours: Callable[[Address], bool], since: str
) -> Iterator[tuple[Address, Address]]:
    """Yield each address that is published again and was redirected, and where its redirect leads."""
    known = {entry.source for entry in config.entries}
    lines: dict[str, str] = {}
    for file in config.files:
        log = ""
        past = ("log", "-p", f"-{_COMMITS}", "--first-parent", "--format=", f"{since}..HEAD")
        for command in (("diff", "HEAD"), *([past] if since else [])):
            options = ("--unified=0", "--no-color", "--no-ext-diff", "--no-renames")
            merges = ("--diff-merges=first-parent",) if command[0] == "log" else ()
            try:
                log += git(file.parent, *command, *merges, *options, "--", file.name)
            except (GitError, OSError):
                break
        for line in log.splitlines():
            if line.startswith("-") and not line.startswith("---") and ("." in line or "/" in line):
                for source, target in former_maps.pairs(line[1:], toml=file.suffix == ".toml", anywhere=True):
                    if source not in known:
                        lines.setdefault(source, target)
    entries = [Entry(source, target, Place("")) for source, target in lines.items()]
    then = parse_map(entries, directory_urls=config.directory_urls)
    hops = {Address(path): hop for path, hop in then.pages.items()}
    hops |= {Address(path, f): hop for path, moved in then.anchors.items() for f, hop in moved.items()}
    for address, hop in hops.items():
        if not isinstance(hop.target, Address) or not is_ours(address):
            continue
        end = resolver.follow(hop.target).end
        there = end if not isinstance(end, Address) or address.fragment else Address(end.path)
        if isinstance(there, Address) and there != address and resolver.answers(there):
            yield address, there


class _History:
    """What git knows of the pages of a site.

    Args:
        config: the site's configuration.
        since: the commit that the ledger came with; empty where none has it.

    Attributes:
        versions: the texts of pages that changed, oldest first.
    """

    def __init__(self, config: Config, since: str) -> None:
        self.config = config
        self.versions: list[dict[str, str | None]] = []
        self._commits: list[str] = []
        self._ledgers: dict[str, ledger.Held] = {}
        if not since:
            return
        try:
            self._read(config.docs_dir, since)
        except (GitError, OSError):
            self.versions = []

    def had(self, version: int, address: Address) -> bool:
        """Return whether the ledger had an address in a version."""
        # The last commit at which that version was the newest.
        commit = self._commits[min(version, len(self._commits) - 1)]
        if commit not in self._ledgers:
            file = self.config.ledger
            try:
                text = git(file.parent, "show", f"{commit}:./{file.name}")
            except (GitError, OSError):
                text = ""
            self._ledgers[commit] = ledger.held(text)
        return address in self._ledgers[commit]

    def _read(self, docs: Path, since: str) -> None:
        options = ("--raw", "--abbrev=40", "-z", "--no-renames", "--relative")
        past = ("--first-parent", "--diff-merges=first-parent", "--format=%H")
        log = git(docs, "log", f"-{_COMMITS}", *past, *options, f"{since}..HEAD", "--", ".")
        present = _changes(git(docs, "diff", *options, "HEAD", "--", "."))
        for page in git(docs, "ls-files", "--others", "--exclude-standard", "-z", "--", ".").split("\0"):
            if is_page_path(page):
                present.setdefault(page, ("", ""))
        steps = [("", present)]
        for piece in re.split(r"(?:^|\0)(?=[0-9a-f]{40}\0)", log):
            commit, _, changes = piece.partition("\0")
            if commit:
                steps.append((commit, _changes(changes)))
        if not any(changes for _, changes in steps):
            return
        size, kept = 0, 0
        for _, changes in steps:
            size += len(changes)
            if size > _TEXTS:
                break
            kept += 1
        steps = steps[:kept][::-1]
        named = {sha for _, changes in steps for pair in changes.values() for sha in pair}
        texts = contents(docs, sorted(named), errors="replace")
        first: dict[str, str | None] = {}
        later: list[dict[str, str | None]] = []
        for commit, changes in steps:
            version: dict[str, str | None] = {}
            for page, (was, now) in changes.items():
                if page not in first:
                    first[page] = texts.get(was)
                version[page] = texts.get(now) if commit else _text(docs / page)
            later.append(version)
            self._commits.append(commit or "HEAD")
        # Before a commit, what its parent had.
        before = self._commits[:1] if self._commits[0] == "HEAD" else [f"{self._commits[0]}^"]
        self._commits = [*before, *self._commits]
        self.versions = [first, *later]


def _changes(raw: str) -> dict[str, tuple[str, str]]:
    """Return the objects of each page that changed, before and after."""
    parts = raw.split("\0")
    found = {}
    for about, path in zip(parts[::2], parts[1::2], strict=False):
        words = about.strip().split()
        if len(words) == 5 and is_page_path(path):
            found[path] = (words[2], words[3])
    return found


def _text(file: Path) -> str | None:
    try:
        return file.read_bytes().decode("utf-8", "replace") if file.is_file() else None
    except OSError:
        return None
