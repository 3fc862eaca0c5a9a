"""What a move makes of the redirect map: each old address leads on to where its content goes, at once.

Pure functions from the map and the move to a ``MapEdit``; ``ConfigFiles`` puts it into the files.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote

from unbroken.findings.base import Place
from unbroken.model.addresses import Address, is_page_path, likely_page_path, normal
from unbroken.model.redirects import Entry, RedirectMap, Target, asking
from unbroken.move.targets import Docs, Heading, LinkTarget, Move, moved


@dataclass
class MapEdit:
    """What happens to the redirect map.

    Attributes:
        add: new lines.
        retarget: lines that lead elsewhere now.
        rename: lines of headings whose page has moved, with their new source.
        delete: lines whose source is published again, or says the same as another.
        patterns: patterns that lead elsewhere now.
        left: lines whose source is published again, and that no file has.
    """

    add: dict[str, str] = field(default_factory=dict)
    retarget: dict[Entry, str] = field(default_factory=dict)
    rename: dict[Entry, str] = field(default_factory=dict)
    delete: list[Entry] = field(default_factory=list)
    patterns: dict[Entry, str] = field(default_factory=dict)
    left: list[Entry] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.add or self.retarget or self.rename or self.delete or self.patterns)

    @property
    def changed(self) -> set[Entry]:
        """The lines that stay, and say something else."""
        return {*self.retarget, *self.rename, *self.patterns} - {*self.delete}

    def entries(self, entries: Iterable[Entry]) -> list[Entry]:
        """Return the lines of the map afterwards."""
        kept = [
            e._replace(source=self.rename.get(e, e.source), target=self.retarget.get(e, e.target))
            for e in entries
            if e not in self.delete
        ]
        return kept + [Entry(source, target, Place("")) for source, target in self.add.items()]


def redirect(
    redirects: RedirectMap,
    before: Docs,
    after_files: Collection[str],
    move: Move,
    published: Callable[[str, str], bool],
    wanted: Callable[[str], bool],
    address_after: Callable[[str], str],
    handed_over: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> MapEdit:
    """Return how the map has to change: one line for each old address, each leading to the end at once.

    Args:
        redirects: the map as it is.
        before: what is there before the move.
        after_files: the page path of every file afterwards.
        move: the move.
        published: whether a page path, with an anchor or an empty text, was ever published.
        wanted: whether a source can stand in this site's map.
        address_after: returns the address path of a page path after the move.
        handed_over: for each page whose address another page takes, its anchors that the other one lacks.
    """
    result, urls = MapEdit(), before.directory_urls
    live = {address_after(path) for path in after_files}
    lines = {Address(path): hop.entry for path, hop in redirects.pages.items()}
    for path, hops in redirects.anchors.items():
        lines.update({Address(path, fragment): hop.entry for fragment, hop in hops.items()})
    taken = {*move.headings.values()}
    reached: set[str] = set()
    fixed = {address: entry for address, entry in lines.items() if not entry.written}
    held = _held(redirects, fixed, before)
    again = live - before.addresses.keys()
    result.left = [entry for each, entry in fixed.items() if not each.fragment and each.path in again]
    for address, entry in ((a, e) for a, e in lines.items() if e.written):
        if not address.fragment and address.path in live:
            if address.path not in before.addresses:
                result.delete.append(entry)
            continue
        now = _retargeted(entry, redirects.route(address, before.published).end, before, move, result)
        if now:
            reached.add(now[0].place)
        page = before.addresses.get(address.path)
        if address.fragment and page is not None:
            # Whoever comes by an old address of the page stands on the new one, and is sent on from there.
            here = Heading(move.file(page), address.fragment)
            if here in taken or (now and Heading(now[1].place, now[1].fragment) == here):
                result.delete.append(entry)
            elif here.page != page:
                result.rename[entry] = LinkTarget("file", *here, "").target
            taken.add(here)

    for old, new in sorted(move.files.items()):
        path = before.address(old)
        handed = handed_over.get(old, ()) if path in live else ()
        for here in (Heading(old, anchor) for anchor in handed):
            source = LinkTarget("file", *here, "").target
            if here not in taken | {*move.headings} and wanted(source) and published(*here):
                result.add[source] = LinkTarget("file", new, here.anchor, "").target
        # What a plugin makes a page of is none to the map, but by the page's address.
        source = (
            LinkTarget("file", old, "", "").target
            if is_page_path(old) or path == normal(f"/{quote(old)}")
            else likely_page_path(path, urls)
        )
        known = old in held or published(old, "")
        if path not in live and Address(path) not in lines and wanted(source) and known:
            result.add[source] = LinkTarget("file", new, "", "").target
    result.add |= {
        source: LinkTarget("file", page, "", "").target
        for page, path in _retitled(before, move, live)
        if Address(path) not in lines and published(page, "")
        if wanted(source := likely_page_path(path, before.directory_urls))
    }
    wanted_headings = (
        (heading, to)
        for heading, to in move.headings.items()
        if (heading.page in reached | held or published(*heading))
        and wanted(LinkTarget("file", *heading, "").target)
    )
    for heading, to in wanted_headings:
        # Where the page has moved as well, the line stands where its visitors arrive.
        here = Heading(move.file(heading.page), heading.anchor)
        if here not in taken:
            result.add[LinkTarget("file", *here, "").target] = LinkTarget("file", *to, "").target
    return result


def _held(redirects: RedirectMap, fixed: Iterable[Address], before: Docs) -> set[str]:
    """Return the pages that lines lead to which cannot be edited: they lead on from where those were."""
    ends = (redirects.route(address, before.published).end for address in fixed)
    return {before.addresses[e.path] for e in ends if isinstance(e, Address) and e.path in before.addresses}


def _retitled(before: Docs, move: Move, live: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield each page of which a plugin makes another address of a new title, and the one that it had."""
    for page in sorted({heading.page for heading in move.headings} - {*move.files}):
        if (path := before.address(page)) not in live:
            yield page, path


def _retargeted(
    entry: Entry, end: Target | None, before: Docs, move: Move, result: MapEdit
) -> tuple[LinkTarget, LinkTarget] | None:
    """Let a line of the map follow the move, and return where it leads, before and after.

    None where it leads to no file of the site.
    """
    if not isinstance(end, Address) or end.path not in before.addresses:
        return None
    was = LinkTarget("file", before.addresses[end.path], end.fragment, "source")
    now = moved(was, move)
    # Who renames a page without this tool may have corrected the line.
    leads = asking(now.target, end.query)
    if now.end != was.end and entry.target != leads:
        result.retarget[entry] = leads
    return was, now


def redirect_patterns(
    redirects: RedirectMap, before: Docs, move: Move, recorded: Iterable[Address], result: MapEdit
) -> None:
    """Let what patterns answer follow a move: the pattern itself, or a line for each address that leaves it.

    Args:
        redirects: the map as it is.
        before: what is there before the move.
        move: the move.
        recorded: every address that was ever published.
        result: what happens to the map.
    """
    folders = {posixpath.dirname(before.address(f"{old}/x")) + "/": old for old in move.folders}
    after: dict[Entry, str] = {}
    for pattern in redirects.patterns:
        target = pattern.target
        if not isinstance(target, Address):
            continue
        if not pattern.star:
            place = before.addresses.get(target.path)
            was = LinkTarget("file", place or "", target.fragment, "")
            if place is not None and (now := moved(was, move)).end != was.end:
                result.patterns[pattern.entry] = now.target
        elif (folder := folders.get(target.path)) is not None:
            path = LinkTarget("folder", move.folders[folder], "", "").target
            result.patterns[pattern.entry] = f"{'/' * pattern.entry.target.startswith('/')}{path}/*"
            after[pattern.entry] = posixpath.dirname(before.address(f"{move.folders[folder]}/x")) + "/"
    for path in sorted({address.path for address in recorded}) if redirects.patterns else ():
        pattern_here = redirects.pattern(path)
        if (
            pattern_here is None
            or not pattern_here.star
            or path in redirects.pages
            or path in before.addresses
        ):
            continue
        there = pattern_here.hop(path).target
        old = before.addresses.get(there.path) if isinstance(there, Address) else None
        if old is None or old not in move.files:
            continue
        prefix = after.get(pattern_here.entry)
        new = move.files[old]
        source = likely_page_path(path, before.directory_urls)
        if prefix is None or prefix + path.removeprefix(pattern_here.prefix) != before.address(new):
            result.add.setdefault(source, LinkTarget("file", new, "", "").target)
