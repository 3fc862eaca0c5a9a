"""Everything that is wrong with a built site, each thing with its place in the sources and what mends it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from unbroken.check import links as check
from unbroken.check.links import Fault, Lost
from unbroken.check.locate import Sources, Spot
from unbroken.findings.base import Finding, Place, Severity
from unbroken.findings.catalog import CODES
from unbroken.findings.ledger import LedgerBehind, LedgerCut, LedgerLine, LostAddress, LostAnchor, Renumbered
from unbroken.findings.site import Unfinished, Unreadable
from unbroken.formats.html import Page
from unbroken.model.addresses import Address, likely_page_path, stub_file
from unbroken.model.errors import GitError
from unbroken.model.plan import Plan
from unbroken.model.redirects import RedirectMap
from unbroken.model.resolver import Resolver
from unbroken.publish.hosts import HOSTS
from unbroken.workspace import ledger
from unbroken.workspace.built_site import Site, SiteStubs
from unbroken.workspace.config import Config
from unbroken.workspace.files import shown
from unbroken.workspace.git import git

if TYPE_CHECKING:
    pass

# A fault that this many pages share is looked for in the sources of the first few only: it is the theme's.
_MANY = 20
_FEW = 3
# What is lost beyond this number is not looked for in git.
_SOUGHT = 50
_HISTORY = 2000
# How Markdown numbers equal headings.
_NUMBERED = re.compile(r"(.+)_\d+")
_TITLE = re.compile(r"^#[ \t]+(.+?)[ \t]*#*(?:\{[^}]*\})?[ \t]*$", re.MULTILINE)


@dataclass(slots=True)
class Examined:
    """What an examination came to.

    Attributes:
        findings: what is wrong.
        mends: for each link in the sources with one better destination, that destination.
        unrecorded: what is published and not in the ledger.
        pages: for each finding that was found on pages, their address paths.
        cut: what the ledger once had.
        lost: what is in the ledger and no longer answers, with the finding that says so.
    """

    findings: list[Finding] = field(default_factory=list)
    mends: dict[Spot, str] = field(default_factory=dict)
    unrecorded: list[Address] = field(default_factory=list)
    cut: list[Address] = field(default_factory=list)
    lost: dict[Address, Finding] = field(default_factory=dict)
    pages: dict[Finding, set[str]] = field(default_factory=dict)

    def add(self, finding: Finding, *pages: str) -> None:
        """Note a finding that was found on pages."""
        self.findings.append(finding)
        self.pages.setdefault(finding, set()).update(pages)


def examine(
    config: Config,
    site: Site,
    redirects: RedirectMap,
    pages: Mapping[str, Page] | None = None,
    *,
    orphans: bool = False,
    since: str | None = None,
) -> Examined:
    """Return what is wrong with the links, the anchors and the ledger of a built site.

    Args:
        config: the site's configuration.
        site: the built site, settled.
        redirects: its map.
        pages: each page by its address path; by default those of the site.
        orphans: also name each page that no page links to.
        since: the commit that published headings are compared with; by default the last one that changed the
            ledger.
    """
    stubs = SiteStubs(site, redirects.pages)
    whole = pages is None
    if pages is None:
        pages = dict(site.pages())
        resolver = Resolver(site, redirects, stubs, config.site_url)
    else:
        resolver = Resolver(_Content(site, pages), redirects, stubs, config.site_url, site)
    sources = Sources(config, resolver, site)
    result = Examined()
    faults = [
        *check.links(pages.items(), resolver),
        *_dead_stubs(site, resolver),
        *check.duplicates(pages.items()),
    ]
    if orphans or any(weight.code == "orphan" for weight in config.severity):
        faults += check.orphans(pages, resolver)
    _place(faults, sources, result)
    if orphans:
        # What is asked for is not off.
        weight = Severity.WARNING
        result.findings = [replace(f, weight=weight) if f.code == "orphan" else f for f in result.findings]
    result.findings += _unreadable(site)
    result.findings += _of_ledger(config, site, redirects, pages, resolver, sources, result, since)
    if whole:
        from unbroken.check.content import other_content  # it reads git's history, which no build needs

        result.findings += other_content(config, redirects, resolver, pages, sources)
    return result


class _Content:
    """A site of which the content of pages is known, and the rest only when asked for."""

    def __init__(self, site: Site, pages: Mapping[str, Page]) -> None:
        self.site = site
        self.pages = pages
        self._anchors: dict[str, AbstractSet[str]] = {}

    @property
    def paths(self) -> AbstractSet[str]:
        return self.site.paths

    def anchors(self, path: str) -> AbstractSet[str] | None:
        if path not in self.pages:
            return self.site.anchors(path)
        if path not in self._anchors:
            self._anchors[path] = frozenset(self.pages[path].anchors)
        return self._anchors[path]


def _dead_stubs(site: Site, resolver: Resolver) -> Iterable[Fault]:
    """Yield each stub, of whatever maker, that the map does not speak of and that leads nowhere."""
    known = resolver.redirects.pages
    stubs = ((path, site.page(path)) for path in site.stubs if path not in known)
    return check.links(
        ((path, Page(links=(page.to,), base=page.base)) for path, page in stubs if page and page.to), resolver
    )


def _place(faults: list[Fault], sources: Sources, result: Examined) -> None:
    """Turn faults into findings: one for each link where the sources have it, else one for all its pages."""
    config = sources.config
    groups: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.code, fault.message), []).append(fault)
    placed: dict[tuple[Spot, str], list[Fault]] = {}
    for group in groups.values():
        unplaced: list[Fault] = []
        for number, fault in enumerate(group):
            if len(group) > _MANY and number == len(unplaced) == _FEW:
                unplaced = group
                break
            spots = sources.spots(fault)
            for spot in spots:
                placed.setdefault((spot, fault.code), []).append(fault)
            if not spots:
                unplaced.append(fault)
        names = sorted({fault.page for fault in unplaced})
        if len(names) > _FEW:
            first = unplaced[0]
            message = f"{first.message[:-1]}, on {names[0]} and {len(names) - 1:,} other pages."
            place, remedy = sources.place(first), _remedy(first, sources)
            if place.file in map(shown, config.files):
                path = sources.source(first.instead.path) if isinstance(first.instead, Address) else None
                remedy = f"Name {path} here." if path else remedy
            else:
                remedy += " The link is probably in the theme."
            result.add(CODES[first.code](place, message, remedy), *names)
        else:
            for fault in unplaced:
                finding = CODES[fault.code](sources.place(fault), fault.message, _remedy(fault, sources))
                result.add(finding, fault.page)
    for (spot, _), shared in placed.items():
        result.add(_at(spot, shared, sources, result), *(fault.page for fault in shared))


def _remedy(fault: Fault, sources: Sources) -> str:
    return fault.remedy if fault.instead is None else f"Link to {sources.resolver.shown(fault.instead)}."


def _at(spot: Spot, shared: list[Fault], sources: Sources, result: Examined) -> Finding:
    """Return the finding of one link in the sources, which several pages may include."""
    fault = shared[0]
    place = Place(shown(spot.file), spot.link.line, spot.link.column)
    message = sources.missing(spot, fault) or fault.message
    written = {sources.destination(spot, f) if sources.is_known(f) else None for f in shared}
    better = written.pop() if len(written) == 1 else None
    if better is None:  # no answer, or another on each page that includes the link
        return CODES[fault.code](place, message, _remedy(fault, sources))
    fix, command = f"Link to `{better}`.", ""
    if all(f.sure for f in shared):
        result.mends[spot] = better
        command = "unbroken check --fix"
    return CODES[fault.code](place, message, fix, command, text=better)


def _unreadable(site: Site) -> Iterable[Finding]:
    for name, reason in site.faults.items():
        yield Unreadable.of(Place(shown(site.root / name)), reason)


def unfinished(config: Config, site: Site, plan: Plan) -> Iterable[Finding]:
    """Yield one finding when redirects lack the stubs that ``unbroken finish`` would write."""
    hosts = [HOSTS[name] for name in config.hosts if name in HOSTS]
    there = {*site.files.values(), *site.stubs.values()}
    missing = [
        answer
        for answer in plan.answers
        if (name := stub_file(answer.source)) and name not in there and all(h.has_stub(answer) for h in hosts)
    ]
    if missing:
        first = missing[0]
        yield Unfinished.of(first.entry.place, shown(site.root), first.source, len(missing) - 1)


# The ledger.


def _of_ledger(
    config: Config,
    site: Site,
    redirects: RedirectMap,
    pages: Mapping[str, Page],
    resolver: Resolver,
    sources: Sources,
    result: Examined,
    since: str | None,
) -> Iterable[Finding]:
    file = config.ledger
    try:
        text = ledger.text_of(file)
    except OSError:
        return  # which every plan of the site says
    name = shown(file)
    where: dict[Address, Place] = {}
    for line in ledger.lines(text):
        if line.address is None:
            yield LedgerLine.of(Place(name, line.number), line.text)
        else:
            where.setdefault(line.address, Place(name, line.number))
    result.cut = [address for address in ledger.cut(file) if not _is_retired(address, redirects)]
    if result.cut:
        yield LedgerCut.of(Place(shown(file)), _some(result.cut))
    if not file.exists():
        return
    git_says = _Git(config.docs_dir, sources)
    of_page: dict[str, Place] = {}
    for address, place in where.items():
        of_page.setdefault(address.path, place)
    for number, loss in enumerate(check.lost(where, resolver)):
        place = where.get(loss.address) or of_page[loss.address.path]
        found = _lost(loss, place, config, pages, resolver, git_says if number < _SOUGHT else None)
        result.lost[loss.address] = found
        yield found
    yield from _shifted(config, pages, where.keys(), sources, since)
    if pages and site.root.is_dir():
        result.unrecorded = sorted(ledger.published(pages, site, redirects, config) - set(where))
        if result.unrecorded:
            yield LedgerBehind.of(Place(shown(file)), _some(result.unrecorded))


def _some(addresses: list[Address]) -> str:
    some = ", ".join(map(str, addresses[:3]))
    return f"{some} and {len(addresses) - 3:,} more" if len(addresses) > 3 else some


def _is_retired(address: Address, redirects: RedirectMap) -> bool:
    retired = redirects.retired
    if address in retired or Address(address.path) in retired:
        return True
    return any(a.path.endswith("/*") and address.path.startswith(a.path[:-1]) for a in retired)


def _map_of(config: Config) -> str:
    """Return where a line of the map belongs, as remedies name it."""
    if config.map_file:
        return f"redirect_maps in {config.map_file}"
    return f"plugins: redirects: redirect_maps: in {shown(config.file)}"


def _lost(
    loss: Lost,
    place: Place,
    config: Config,
    pages: Mapping[str, Page],
    resolver: Resolver,
    git_says: _Git | None,
) -> Finding:
    address, end, likely, reason = loss
    old = likely_page_path(address.path, config.directory_urls)
    if not address.fragment:
        # Where it leads now is what was lost.
        last = end.path if isinstance(end, Address) else address.path
        source = (
            git_says.page(likely_page_path(last, config.directory_urls), config.directory_urls)
            if git_says
            else None
        )
        if source:
            was, new, reason = source
            old = was if last == address.path else old
        else:
            likely, reason = check.likely_page(last, resolver)
            new = likely_page_path(likely.path, config.directory_urls) if likely else ""
            if likely and git_says:
                new = git_says.sources.files.get(likely.path, new)
        via = (
            f" It leads to {end}, which is not there."
            if isinstance(end, Address) and end.path != address.path
            else ""
        )
        message = f"{address} was published and no longer answers.{via}"
        because = f" ({reason})" if new else ""
        new = new or "new/page.md"
        text = f"{old}: {new}"
        hop = resolver.redirects.pages.get(address.path)
        remedy = (
            f"Change the target in {hop.entry.place} to {new}{because}."
            if hop
            else f"Add '{text}' to {_map_of(config)}{because}, or '{old}' to retired if it was withdrawn."
        )
        return LostAddress(place, message, remedy, subject=str(address), text="" if hop else text)
    assert isinstance(end, Address)
    kind = Renumbered if reason == "number" else LostAnchor
    message = f"{address} was published, and #{end.fragment} is no longer on {end.path}."
    if reason == "number" and likely:
        message = f"{address} was published, and is probably #{likely.fragment} now: only its number changed."
    elif not likely:
        likely, reason = check.likely_anchor(end, pages)
    files = git_says.sources.files if git_says else {}
    moved = resolver.redirects.anchors.get(address.path, {}).get(address.fragment)
    line = f"{files.get(address.path, old)}#{address.fragment}"
    if likely:
        target = files.get(likely.path) or likely_page_path(likely.path, config.directory_urls)
        target, the = f"{target}#{likely.fragment}", "the"
        because = "" if reason == "number" else f" ({reason})"
    else:
        target, the, because = "page.md#heading", "a", ""
    text = f"{line}: {target}"
    remedy = (
        f"Change the target in {moved.entry.place} to {target}{because}"
        if moved
        else f"Add '{text}' to {_map_of(config)}{because}"
    )
    fix = f"{remedy}, or write {{ #{end.fragment} }} behind {the} heading."
    return kind(place, message, fix, subject=str(address), text="" if moved else text)


def _shifted(
    config: Config,
    pages: Mapping[str, Page],
    recorded: AbstractSet[Address],
    sources: Sources,
    since: str | None,
) -> Iterable[Finding]:
    """Yield each recorded anchor that is still on its page and has come to name another heading's section."""
    suspect = []
    for path, page in pages.items():
        numbered = (_NUMBERED.fullmatch(anchor) for anchor in page.kept)
        if path in sources.files and any(found and found[1] in page.kept for found in numbered):
            suspect.append(path)
    if not suspect:
        return
    docs = config.docs_dir
    try:
        base = (
            since or git(config.ledger.parent, "log", "-1", "--format=%H", "--", config.ledger.name).strip()
        )
        if not base:
            return
        command = ("diff", "--name-only", "--relative", "-z", "--end-of-options", base, "--", ".")
        changed = set(git(docs, *command).split("\0"))
    except (GitError, OSError):
        return
    from unbroken.formats.similarity import (  # only where it is needed: starting is most of a run
        sections,
        shifted,
        slug_of,
    )

    slug = slug_of("\n".join(sources.text(file) or "" for file in reversed(config.files)))
    for path in suspect:
        source = sources.files[path]
        if source not in changed:
            continue
        try:
            old = git(docs, "show", f"{base}:./{source}")
        except (GitError, OSError):
            continue  # it was not there under this name
        now = sections(sources.text(docs / source) or "", slug)
        for was, here in shifted(sections(old, slug), now):
            address = Address(path, was)
            # What the text tells of anchors has to be what the builder made of it.
            if address in recorded and {was, here.fragment} <= set(pages[path].anchors):
                place = Place(shown(docs / source), here.line)
                yield Renumbered.shifted(place, str(address), was, here.fragment)


class _Git:
    """What git knows of pages that are gone."""

    def __init__(self, docs: Path, sources: Sources) -> None:
        self.docs = docs
        self.sources = sources
        self._renames: dict[str, str] | None = None
        self._titles: dict[str, list[str]] | None = None

    def page(self, guess: str, directory_urls: bool) -> tuple[str, str, str] | None:
        """Return a lost page's old source, the source that has its content now, and why; None if unknown."""
        stem = guess.removesuffix(".md")
        for old in (guess, f"{stem}/index.md", f"{stem}/README.md") if directory_urls else (guess,):
            new = old
            for _ in range(_SOUGHT):
                if new not in self.renames:
                    break
                new = self.renames[new]
            live = set(self.sources.files.values())
            if new != old and new in live:
                return old, new, "git says that it was renamed"
            if same := self._same_title(old):
                return old, same, "it has the same title"
        return None

    @property
    def renames(self) -> dict[str, str]:
        """Every rename that git sees, the newest for each name."""
        if self._renames is None:
            self._renames = {}
            options = ("--relative", "--find-renames", "--diff-filter=R", "--name-status", "-z")
            for command in (("diff", *options, "HEAD"), ("log", *options, "--format=", f"-{_HISTORY}")):
                try:
                    parts = git(self.docs, *command, "--", ".").split("\0")
                except (GitError, OSError):
                    continue
                for old, new in zip(parts[1::3], parts[2::3], strict=False):
                    self._renames.setdefault(old, new)
        return self._renames

    def _same_title(self, old: str) -> str | None:
        try:
            last = git(self.docs, "log", "-1", "--format=%H", "--diff-filter=D", "--", old).strip()
            text = git(self.docs, "show", f"{last}^:./{old}" if last else f"HEAD:./{old}")
        except (GitError, OSError):
            return None
        found = _TITLE.search(text)
        if not found:
            return None
        if self._titles is None:
            self._titles = {}
            for source in self.sources.files.values():
                title = _TITLE.search(self.sources.text(self.docs / source) or "")
                if title:
                    self._titles.setdefault(title[1], []).append(source)
        same = self._titles.get(found[1], [])
        return same[0] if len(same) == 1 else None
