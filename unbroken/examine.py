"""Everything that is wrong with a built site, each thing with its place in the sources and what mends it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from unbroken import check, ledger
from unbroken.addresses import Address, likely_page_path, stub_file
from unbroken.check import Fault, Lost, SiteStubs, Ways
from unbroken.config import Config
from unbroken.findings import Finding, Place, Severity
from unbroken.git import GitError, git
from unbroken.hosts import HOSTS
from unbroken.places import Sources, Spot, shown
from unbroken.redirects import Plan, RedirectMap
from unbroken.site import Page, Site

if TYPE_CHECKING:
    from unbroken.source_links import Link

# A fault that this many pages share is looked for in the sources of the first few only: it is the theme's.
_MANY = 20
_FEW = 3
# What is lost beyond this number is not looked for in git.
_SOUGHT = 50
_HISTORY = 2000
_TITLE = re.compile(r"^#[ \t]+(.+?)[ \t]*#*(?:\{[^}]*\})?[ \t]*$", re.MULTILINE)


@dataclass(slots=True)
class Examined:
    """What an examination came to.

    Attributes:
        findings: what is wrong.
        mends: for each link in the sources with one better destination, that destination.
        unrecorded: what is published and not in the ledger.
        pages: for each finding that was found on pages, their address paths.
    """

    findings: list[Finding] = field(default_factory=list)
    mends: dict[Spot, str] = field(default_factory=dict)
    unrecorded: list[Address] = field(default_factory=list)
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
) -> Examined:
    """Return what is wrong with the links, the anchors and the ledger of a built site.

    Args:
        config: the site's configuration.
        site: the built site, settled.
        redirects: its map.
        pages: each page by its address path; by default those of the site.
        orphans: also name each page that no page links to.
    """
    stubs = SiteStubs(site, redirects.pages)
    if pages is None:
        pages = dict(site.pages())
        ways = Ways(site, redirects, stubs, config.site_url)
    else:
        ways = Ways(_Content(site, pages), redirects, stubs, config.site_url, site)
    sources = Sources(config, ways, site)
    result = Examined()
    faults = [*check.links(pages.items(), ways), *_dead_stubs(site, ways), *check.duplicates(pages.items())]
    if orphans or any(weight.code == "orphan" for weight in config.severity):
        faults += check.orphans(pages, ways)
    _place(faults, sources, result)
    if orphans:
        # What is asked for is not off.
        weight = Severity.WARNING
        result.findings = [replace(f, weight=weight) if f.code == "orphan" else f for f in result.findings]
    result.findings += _unreadable(site)
    result.findings += _of_ledger(config, site, redirects, pages, ways, sources, result)
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


def _dead_stubs(site: Site, ways: Ways) -> Iterable[Fault]:
    """Yield each stub, of whatever maker, that the map does not speak of and that leads nowhere."""
    known = ways.redirects.pages
    stubs = ((path, site.page(path)) for path in site.stubs if path not in known)
    return check.links(
        ((path, Page(links=(page.to,), base=page.base)) for path, page in stubs if page and page.to), ways
    )


def _place(faults: list[Fault], sources: Sources, result: Examined) -> None:
    """Turn faults into findings: one for each link where the sources have it, else one for all its pages."""
    groups: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.code, fault.message), []).append(fault)
    for group in groups.values():
        unplaced: list[Fault] = []
        for number, fault in enumerate(group):
            if len(group) > _MANY and number == len(unplaced) == _FEW:
                unplaced = group
                break
            spots = sources.spots(fault)
            for spot in spots:
                place = Place(shown(spot.file), spot.link.line, spot.link.column)
                result.add(Finding(fault.code, place, fault.message, fault.remedy), fault.page)
                if fault.instead is not None:
                    result.mends[spot] = sources.destination(spot, fault.page, fault.instead)
            if not spots:
                unplaced.append(fault)
        names = sorted({fault.page for fault in unplaced})
        if len(names) > _FEW:
            first = unplaced[0]
            message = f"{first.message[:-1]}, on {names[0]} and {len(names) - 1:,} other pages."
            remedy = f"{first.remedy} It is probably in the theme."
            result.add(Finding(first.code, sources.place(first), message, remedy), *names)
        else:
            for fault in unplaced:
                result.add(Finding(fault.code, sources.place(fault), fault.message, fault.remedy), fault.page)


def _unreadable(site: Site) -> Iterable[Finding]:
    for name, reason in site.faults.items():
        yield Finding(
            "unreadable",
            Place(shown(site.root / name)),
            f"This file of the site cannot be read: {reason}.",
            "Mend the file, or take it out of the site.",
        )


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
        others = f" and {len(missing) - 1:,} others" if len(missing) > 1 else ""
        folder = shown(site.root)
        yield Finding(
            "unfinished",
            first.entry.place,
            f"{folder} has no stub at {first.source}{others}.",
            f"Run: unbroken finish {folder}.",
        )


def mend(mends: Mapping[Spot, str], sources_text: Mapping[Path, str]) -> dict[Path, str]:
    """Return the new text of each source file whose links have better destinations."""
    from unbroken.source_links import rewrite

    by_file: dict[Path, dict[Link, str]] = {}
    for spot, destination in mends.items():
        by_file.setdefault(spot.file, {})[spot.link] = destination
    return {file: rewrite(sources_text[file], changes) for file, changes in by_file.items()}


# The ledger.


def _of_ledger(
    config: Config,
    site: Site,
    redirects: RedirectMap,
    pages: Mapping[str, Page],
    ways: Ways,
    sources: Sources,
    result: Examined,
) -> Iterable[Finding]:
    file = config.ledger
    try:
        text = ledger.text_of(file)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        yield Finding(
            "ledger-line", Place(shown(file)), f"The ledger cannot be read: {reason}.", "Mend the file."
        )
        return
    lines = list(ledger.lines(text))
    where: dict[Address, Place] = {}
    for line in lines:
        place = Place(shown(file), line.number)
        if line.address is None:
            yield Finding(
                "ledger-line",
                place,
                f"{line.text!r} is not an address of the site.",
                "Write it from the root, as in /guide/#install, or delete the line.",
            )
        else:
            where.setdefault(line.address, place)
    if not file.exists():
        return
    for address in ledger.cut(file):
        if _is_retired(address, redirects):
            continue
        yield Finding(
            "ledger-cut",
            Place(shown(file)),
            f"{address} was removed from the ledger, which never shrinks.",
            "Put the line back, and add it to retired if it was withdrawn on purpose.",
        )
    losses = list(check.lost(where, ways))
    git_says = _Git(config.docs_dir, sources)
    for number, loss in enumerate(losses):
        place = where.get(loss.address) or next(p for a, p in where.items() if a.path == loss.address.path)
        yield _lost(loss, place, config, pages, ways, git_says if number < _SOUGHT else None)
    if pages and site.root.is_dir():
        missing = sorted(ledger.published(pages, site, redirects, ledger.sources_of(config)) - set(where))
        result.unrecorded = missing
        if missing:
            some = ", ".join(map(str, missing[:3]))
            more = f" and {len(missing) - 3:,} more" if len(missing) > 3 else ""
            yield Finding(
                "ledger-behind",
                Place(shown(file)),
                f"The ledger lacks {some}{more}.",
                "Run: unbroken record.",
            )


def _is_retired(address: Address, redirects: RedirectMap) -> bool:
    return address in redirects.retired or Address(address.path) in redirects.retired


def _lost(
    loss: Lost, place: Place, config: Config, pages: Mapping[str, Page], ways: Ways, git_says: _Git | None
) -> Finding:
    address, end, likely, reason = loss
    map_file = next((entry.place.file for entry in config.entries), shown(config.file))
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
            likely, reason = check.likely_page(last, ways)
            new = likely_page_path(likely.path, config.directory_urls) if likely else ""
            if likely and git_says:
                new = git_says.sources.files.get(likely.path, new)
        via = (
            f" {end} is not there, where it leads."
            if isinstance(end, Address) and end.path != address.path
            else ""
        )
        message = f"{address} was published and no longer answers.{via}"
        remedy = (
            f"Add '{old}: {new}' to redirect_maps in {map_file} ({reason}), or retire it."
            if new
            else f"Add '{old}: new/page.md' to redirect_maps in {map_file}, or retire it."
        )
        return Finding("lost-address", place, message, remedy)
    assert isinstance(end, Address)
    code = "renumbered" if reason == "number" else "lost-anchor"
    message = f"{address} was published, and #{end.fragment} is no longer on {end.path}."
    if reason == "number" and likely:
        message = f"{address} was published, and is probably #{likely.fragment} now: only its number changed."
    elif not likely:
        likely, reason = check.likely_anchor(end, pages)
    files = git_says.sources.files if git_says else {}
    line = f"{files.get(address.path, old)}#{address.fragment}"
    if likely:
        target = files.get(likely.path) or likely_page_path(likely.path, config.directory_urls)
        because = "" if reason == "number" else f" ({reason})"
        return Finding(
            code,
            place,
            message,
            f"Add '{line}: {target}#{likely.fragment}' to redirect_maps in {map_file}{because}, "
            f"or give the heading its id again: {{#{end.fragment}}}.",
        )
    remedy = f"Add '{line}: page.md#heading' to redirect_maps in {map_file}"
    return Finding(code, place, message, f"{remedy}, or give a heading the id {{#{end.fragment}}}.")


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
