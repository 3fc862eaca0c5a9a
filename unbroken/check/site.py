"""Everything that is wrong with a built site, each thing with its place in the sources and what mends it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from unbroken.check import links as check
from unbroken.check.ledger import Gone, of_ledger
from unbroken.check.links import Fault
from unbroken.check.locate import Locator, Spot
from unbroken.findings.base import Finding, Place, Severity
from unbroken.findings.catalog import CODES
from unbroken.findings.site import Unfinished, Unreadable
from unbroken.formats.html import Page
from unbroken.model.addresses import Address
from unbroken.model.plan import Plan
from unbroken.model.redirects import RedirectMap
from unbroken.model.resolver import Resolver
from unbroken.publish.hosts import HOSTS, stub_of
from unbroken.workspace.built_site import Site, SiteStubs
from unbroken.workspace.config import Config
from unbroken.workspace.elsewhere import elsewhere_of
from unbroken.workspace.files import shown

# A fault that this many pages share is looked for in the sources of the first few only: it is the theme's.
_MANY = 20
_FEW = 3


@dataclass(slots=True)
class CheckResult:
    """What an examination came to.

    Attributes:
        findings: what is wrong.
        mends: for each link in the sources with one better destination, that destination.
        unrecorded: what is published and not in the ledger: fragments, by address path.
        pages: for each finding that was found on pages, their address paths.
        cut: what the ledger once had.
        lost: what is in the ledger and no longer answers, with the finding that says so.
    """

    findings: list[Finding] = field(default_factory=list)
    mends: dict[Spot, str] = field(default_factory=dict)
    unrecorded: dict[str, set[str]] = field(default_factory=dict)
    cut: list[Address] = field(default_factory=list)
    lost: dict[Address, Finding] = field(default_factory=dict)
    pages: dict[Finding, set[str]] = field(default_factory=dict)

    def add(self, finding: Finding, *pages: str) -> None:
        """Note a finding that was found on pages."""
        self.findings.append(finding)
        self.pages.setdefault(finding, set()).update(pages)


def check_site(
    config: Config,
    site: Site,
    redirects: RedirectMap,
    pages: Mapping[str, Page] | None = None,
    *,
    orphans: bool = False,
    since: str | None = None,
) -> CheckResult:
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
    others = elsewhere_of(config)
    whole = pages is None
    if pages is None:
        pages = dict(site.pages())
        resolver = Resolver(site, redirects, stubs, config.site_url, elsewhere=others)
    else:
        content = _Content(site, pages)
        resolver = Resolver(content, redirects, stubs, config.site_url, site, others)
    sources = Locator(config, resolver, site)
    result = CheckResult()
    faults = [
        *check.links(pages.items(), resolver),
        *_dead_stubs(site, resolver),
        *check.duplicates(pages.items()),
    ]
    if orphans or any(weight.code == "orphan" for weight in config.severity):
        faults += check.orphans(pages, resolver)
    gone = Gone(config, sources)
    _place([_renamed(fault, gone, resolver) for fault in faults], sources, result)
    if orphans:
        # What is asked for is not off.
        weight = Severity.WARNING
        result.findings = [replace(f, weight=weight) if f.code == "orphan" else f for f in result.findings]
    result.findings += _unreadable(site)
    recorded = of_ledger(config, site, redirects, pages, resolver, gone, since)
    result.findings += recorded.findings
    result.unrecorded, result.cut, result.lost = recorded.unrecorded, recorded.cut, recorded.lost
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


def _place(faults: list[Fault], sources: Locator, result: CheckResult) -> None:
    """Turn faults into findings: one for each link where the sources have it, else one for all its pages."""
    config = sources.config
    groups: dict[tuple[str, str, str], list[Fault]] = {}
    for fault in _where_they_stand(faults, sources):
        fragment = fault.asked.fragment if fault.asked else ""
        groups.setdefault((fault.code, _in_any_language(fault, config), fragment), []).append(fault)
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
            first = min(unplaced, key=_shortest)
            message = f"{first.message[:-1]}, on {names[0]} and {len(names) - 1:,} other pages."
            place, remedy = sources.place(first), _remedy(first, sources)
            if place.file in map(shown, config.files):
                path = sources.source(first.instead.path) if isinstance(first.instead, Address) else None
                if path:
                    remedy = f"{'Name' if first.sure or first.known else 'Perhaps name'} {path} here."
            elif place[1:] == (1, 1):  # which is where nothing was found
                remedy += " The link is probably in the theme."
            result.add(CODES[first.code](place, message, remedy, subject=_about(first)), *names)
        else:
            by_place: dict[Place, list[Fault]] = {}
            for fault in unplaced:
                by_place.setdefault(sources.place(fault), []).append(fault)
            for place, here in by_place.items():
                first, pages = min(here, key=_shortest), sorted({fault.page for fault in here})
                message = first.message
                if len({fault.message for fault in here}) > 1:  # the same in several languages
                    message = f"{message[:-1]}, on {pages[0]} and {len(pages) - 1:,} other pages."
                remedy, about = _remedy(first, sources), _about(first)
                result.add(CODES[first.code](place, message, remedy, first.command, about), *pages)
    for (spot, _), shared in placed.items():
        result.add(_at(spot, shared, sources, result), *(fault.page for fault in shared))
    # Where an image is also a link to itself, it is one image that is not there.
    shows = {(f.place, f.message) for f in result.findings if f.code == "broken-file"}
    result.findings = [
        f for f in result.findings if f.code != "broken-link" or (f.place, f.message) not in shows
    ]


def _where_they_stand(faults: list[Fault], sources: Locator) -> list[Fault]:
    """Leave out what a page shows of others, which is wrong where it stands; or is not, as equal headings."""
    theirs = [fault for fault in faults if sources.shows_others(fault.page)]
    if not theirs:
        return faults
    own = [fault for fault in faults if not sources.shows_others(fault.page)]
    said = {(fault.code, each) for fault in own for each in _ways_to_say(fault, sources.config)}
    return own + [
        fault
        for fault in theirs
        if fault.code != "duplicate-id"
        and not any((fault.code, each) in said for each in _ways_to_say(fault, sources.config))
    ]


def _ways_to_say(fault: Fault, config: Config) -> tuple[str, str]:
    return fault.url, _in_any_language(fault, config)


def _about(fault: Fault) -> str:
    """Return what a fault is about, without what tells of its place or of how many pages have it."""
    return str(fault.asked or fault.url or fault.message)


def _shortest(fault: Fault) -> tuple[int, str]:
    """Sort the one of the language that has no prefix first."""
    return len(fault.message), fault.page


def _in_any_language(fault: Fault, config: Config) -> str:
    """Return what a fault says, without the language that it says it for: one source has pages in many."""
    languages = config.listing.languages if config.listing else None
    if languages is None or not fault.asked:
        return fault.message
    prefix = "|".join(re.escape(each) for each in languages.others)
    return re.sub(rf"(?<![\w/.])/(?:{prefix})/", "/", fault.message)


def _renamed(fault: Fault, gone: Gone, resolver: Resolver) -> Fault:
    """Let a link to a page that git saw renamed lead to its new name, which is better than any guess."""
    if fault.code != "broken-link" or fault.asked is None or fault.sure:
        return fault
    now = gone.renamed(fault.asked.path)
    if now is None or not resolver.answers(there := fault.asked._replace(path=now.address)):
        return fault
    return fault._replace(instead=there, command=now.command, known=True)


def _remedy(fault: Fault, sources: Locator) -> str:
    if fault.instead is None:
        return fault.remedy
    return _link_to(fault, sources.resolver.shown(fault.instead))


def _link_to(fault: Fault, there: str) -> str:
    return f"Link to {there}." if fault.sure or fault.known else f"Perhaps link to {there}."


def _at(spot: Spot, shared: list[Fault], sources: Locator, result: CheckResult) -> Finding:
    """Return the finding of one link in the sources, which several pages may include."""
    fault = min(shared, key=_shortest)
    place = Place(shown(spot.file), spot.link.line, spot.link.column)
    message = sources.missing(spot, fault) or fault.message
    written = {sources.destination(spot, f) if sources.is_known(f) else None for f in shared}
    better = written.pop() if len(written) == 1 else None
    if better is None:  # no answer, or another on each page that includes the link
        return CODES[fault.code](place, message, _remedy(fault, sources), subject=_about(fault))
    fix, command = _link_to(fault, f"`{better}`"), fault.command
    if all(f.sure for f in shared):
        result.mends[spot] = better
        command = "unbroken check --fix"
    return CODES[fault.code](place, message, fix, command, _about(fault), better)


def _unreadable(site: Site) -> Iterable[Finding]:
    for name, reason in site.faults.items():
        yield Unreadable.of(Place(shown(site.root / name)), reason)


def unfinished(config: Config, site: Site, plan: Plan) -> Iterable[Finding]:
    """Yield one finding when redirects lack the stubs that ``unbroken finish`` would write."""
    hosts = [HOSTS[name] for name in config.hosts if name in HOSTS]
    there = {*site.files.values(), *site.stubs.values()}
    missing = [
        answer for answer in plan.answers if (file := stub_of(plan, answer, hosts)) and file not in there
    ]
    if missing:
        first = missing[0]
        yield Unfinished.of(first.entry.place, shown(site.root), first.source, len(missing) - 1)
