"""What is wrong with the ledger of published addresses, and where what it lost has gone.

What git saw renamed is a fact, and comes first. What has the same title, the same name or nearly the same is
a guess, and is called one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import NamedTuple
from urllib.parse import unquote

from unbroken.check import links as check
from unbroken.check.links import Lost
from unbroken.check.locate import Locator
from unbroken.check.retitled import Retitled
from unbroken.findings.base import Finding, Place
from unbroken.findings.ledger import LedgerBehind, LedgerCut, LedgerLine, LostAddress, LostAnchor, Renumbered
from unbroken.findings.redirects import DeadPage
from unbroken.formats.html import Page
from unbroken.model.addresses import Address, by_path, is_page_path, likely_page_path
from unbroken.model.errors import GitError
from unbroken.model.redirects import Pages, RedirectMap
from unbroken.model.resolver import Resolver
from unbroken.workspace import ledger
from unbroken.workspace.built_site import Site
from unbroken.workspace.changes import not_committed, renamed_earlier
from unbroken.workspace.config import Config
from unbroken.workspace.files import shown
from unbroken.workspace.git import git
from unbroken.workspace.ledger import Held

# What is lost beyond this number is not looked for in git.
_SOUGHT = 50
# So many are named where there are more.
_NAMED = 3
_TITLE = re.compile(r"^#[ \t]+(.+?)[ \t]*#*(?:\{[^}]*\})?[ \t]*$", re.MULTILINE)


@dataclass(slots=True)
class Recorded:
    """What is wrong with a ledger.

    Attributes:
        findings: what is wrong.
        unrecorded: what is published and not in the ledger: fragments, by address path.
        cut: what the ledger once had.
        lost: what is in the ledger and no longer answers, with the finding that says so.
    """

    findings: list[Finding] = field(default_factory=list)
    unrecorded: dict[str, set[str]] = field(default_factory=dict)
    cut: list[Address] = field(default_factory=list)
    lost: dict[Address, Finding] = field(default_factory=dict)


def of_ledger(
    config: Config,
    site: Site,
    redirects: RedirectMap,
    pages: Mapping[str, Page],
    resolver: Resolver,
    gone: Gone,
    since: str | None = None,
) -> Recorded:
    """Return what is wrong with a ledger.

    Args:
        config: the site's configuration.
        site: the built site, settled.
        redirects: its map.
        pages: each page by its address path.
        resolver: what its addresses mean.
        gone: what git knows of pages that are gone.
        since: the commit that published headings are compared with; by default the last one that changed the
            ledger.
    """
    file, result = config.ledger, Recorded()
    try:
        text = ledger.text_of(file)
    except OSError:
        return result  # which every plan of the site says
    name, held = shown(file), ledger.held(text)
    result.findings += (LedgerLine.of(Place(name, number), line) for number, line in held.wrong.items())
    result.cut = [address for address in ledger.cut(file) if not _is_retired(address, redirects)]
    if result.cut:
        result.findings.append(LedgerCut.of(Place(name), _some(by_path(result.cut))))
    if not file.exists():
        return result
    ours = {path: each for path, each in held.pages.items() if not resolver.elsewhere.answers(path)}
    losses = (loss for loss in check.lost(ours, resolver) if not _was_shown(loss, config, pages))
    for number, loss in enumerate(losses):
        lines = held.pages[loss.address.path]
        place = Place(name, lines.get(loss.address.fragment) or min(lines.values()))
        find = _lost_anchor if loss.address.fragment else _lost_page
        found = find(loss, place, config, pages, resolver, gone, number < _SOUGHT)
        result.lost[loss.address] = found
        result.findings.append(found)
    result.findings += _shifted(config, pages, held, gone.sources, since)
    if pages and site.root.is_dir():
        there = ledger.published(pages, site, redirects, config)
        for path, fragments in there.items():
            if new := fragments.difference(held.pages.get(path, ())):
                result.unrecorded[path] = new
        if result.unrecorded:
            result.findings.append(LedgerBehind.of(Place(name), _some(result.unrecorded)))
    return result


def _was_shown(loss: Lost, config: Config, pages: Mapping[str, Page]) -> bool:
    """Return whether a lost anchor is one that a page showed of another, which still has it."""
    listing, fragment = config.listing, loss.address.fragment
    if not fragment or listing is None or listing.own_anchors(loss.address.path) is None:
        return False
    return any(
        fragment in pages[file.address].kept
        for file in listing.files
        if file.address in pages and listing.decides(file.source)
    )


def _some(fragments: Mapping[str, Collection[str]]) -> str:
    """Return the first of some addresses, and how many more there are."""
    more = sum(map(len, fragments.values())) - _NAMED
    addresses = (Address(path, each) for path in sorted(fragments) for each in sorted(fragments[path]))
    some = ", ".join(map(str, islice(addresses, _NAMED)))
    return f"{some} and {more:,} more" if more > 0 else some


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


def _source(path: str, config: Config) -> str:
    """Return how a map names an address path that is no longer published."""
    page = likely_page_path(path, config.directory_urls)
    # A page path means the address that its page has now, which may be another one.
    return page if config.address(page) == path else unquote(path).lstrip("/") or page


def _lost_page(
    loss: Lost,
    place: Place,
    config: Config,
    pages: Mapping[str, Page],
    resolver: Resolver,
    gone: Gone,
    sought: bool,
) -> Finding:
    address, end = loss.address, loss.end
    # Where it leads now is what was lost.
    last = end.path if isinstance(end, Address) else address.path
    old, command, new, reason, known = _source(address.path, config), "", "", "", False
    if last in pages and last in gone.sources.files:
        new, reason = gone.sources.files[last], "that page is there"
    elif sought and (now := gone.renamed(last)):
        new, command, reason, known = now.source, now.command, "git says that it was renamed", True
        if last == address.path and config.address(now.was) == last:
            old = now.was
    elif sought and (post := gone.retitled.page(last)):
        new, reason, known = post, "git says that its title or date was changed", True
    elif sought and (same := gone.same_title(last)):
        new, reason = same, "it has the same title"
    else:
        likely, reason = check.likely_page(last, resolver)
        if likely:
            files = gone.sources.files
            new = files.get(likely.path) or likely_page_path(likely.path, config.directory_urls)
    via = ""
    if isinstance(end, Address) and end.path != address.path:
        via = f" It leads to {end}, which is not there."
    message = f"{address} was published and no longer answers.{via}"
    because = f" ({reason})" if new else ""
    text = f"{old}: {new or 'new/page.md'}"
    hop = resolver.redirects.pages.get(address.path)
    fix = (
        f"change the target in {hop.entry.place} to {new or 'new/page.md'}{because}."
        if hop
        else f"add '{text}' to {_map_of(config)}{because}, or '{old}' to retired if it was withdrawn."
    )
    return LostAddress(
        place, message, _said(fix, known or not new), command, str(address), "" if hop else text
    )


def _said(fix: str, known: bool) -> str:
    """Return what mends something as a sentence, which says so where it is a guess."""
    return fix[0].upper() + fix[1:] if known else f"Perhaps {fix}"


def _lost_anchor(
    loss: Lost,
    place: Place,
    config: Config,
    pages: Mapping[str, Page],
    resolver: Resolver,
    gone: Gone,
    sought: bool,
) -> Finding:
    address, end, likely, reason = loss
    assert isinstance(end, Address)
    kind = Renumbered if reason == "number" else LostAnchor
    message = f"{address} was published, and #{end.fragment} is no longer on {end.path}."
    if reason == "number" and likely:
        message = f"{address} was published, and is probably #{likely.fragment} now: only its number changed."
    elif not likely:
        likely, reason = check.likely_anchor(end, pages)
    files = gone.sources.files
    moved = resolver.redirects.anchors.get(address.path, {}).get(address.fragment)
    line = f"{files.get(address.path) or _source(address.path, config)}#{address.fragment}"
    if likely:
        target = files.get(likely.path) or likely_page_path(likely.path, config.directory_urls)
        target, the = f"{target}#{likely.fragment}", "the"
        because = "" if reason == "number" else f" ({reason})"
    else:
        target, the, because = "page.md#heading", "a", ""
    text = f"{line}: {target}"
    fix = (
        f"change the target in {moved.entry.place} to {target}{because}"
        if moved
        else f"add '{text}' to {_map_of(config)}{because}"
    )
    fix = _said(f"{fix}, or write {{ #{end.fragment} }} behind {the} heading.", not because)
    return kind(place, message, fix, subject=str(address), text="" if moved else text)


def _shifted(
    config: Config,
    pages: Mapping[str, Page],
    recorded: Held,
    sources: Locator,
    since: str | None,
) -> Iterable[Finding]:
    """Yield each recorded anchor that is still on its page and has come to name another heading's section."""
    suspect = []
    for path, page in pages.items():
        # How Markdown numbers equal headings: usage, usage_1.
        parts = (anchor.rpartition("_") for anchor in page.kept if anchor[-1:].isdecimal())
        stems = {stem for stem, _, number in parts if number.isdecimal()}
        if not stems.isdisjoint(page.kept) and path in sources.files:
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
    from unbroken.formats.outline import sections, slug_of  # only needed here
    from unbroken.formats.similarity import shifted

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


def renamed_targets(findings: list[Finding], config: Config) -> list[Finding]:
    """Return findings in which a redirect to a page that git saw renamed is cured by the page's new name."""
    if not any(isinstance(finding, DeadPage) for finding in findings):
        return findings
    gone = Gone(config, Locator(config, Resolver(Pages(()), RedirectMap())))
    return [_renamed_target(finding, gone) for finding in findings]


def _renamed_target(finding: Finding, gone: Gone) -> Finding:
    if not isinstance(finding, DeadPage) or not is_page_path(finding.subject):
        return finding
    now = gone.renamed(finding.subject)
    if now is None:
        return finding
    fix = f"Change the target to {now.source} (git says that it was renamed)."
    return replace(finding, fix=fix, command=now.command)


class Now(NamedTuple):
    """Where git says that a page is by now.

    Attributes:
        was: its page path then.
        source: its page path now.
        address: its address path now.
        command: the command that follows the rename; empty where it is committed.
    """

    was: str
    source: str
    address: str
    command: str


class Gone:
    """What git knows of pages that are gone.

    Args:
        config: the site's configuration.
        sources: the site's sources.
    """

    def __init__(self, config: Config, sources: Locator) -> None:
        self.config = config
        self.sources = sources
        self.docs = config.docs_dir
        self.retitled = Retitled(config)
        self._titles: dict[str, list[str]] | None = None
        self._now: dict[str, Now | None] = {}

    def renamed(self, path: str) -> Now | None:
        """Return where the page of an address path is now, by the renames that git saw; None if by none."""
        if path not in self._now:
            self._now[path] = self._renamed(path)
        return self._now[path]

    def _renamed(self, path: str) -> Now | None:
        for was in self._names(path):
            new = was
            for _ in range(_SOUGHT):
                then = self.uncommitted.get(new) or self.committed.get(new)
                if not then:
                    break
                new = then
                if new in self.live:
                    break
            if new != was and new in self.live:
                command = "unbroken move --from-git" if was in self.uncommitted else ""
                return Now(was, new, self.live[new], command)
        return None

    def same_title(self, path: str) -> str | None:
        """Return the one page that has the title that the page of an address path had last."""
        found = (self._same_title(old) for old in self._names(path))
        return next((page for page in found if page), None)

    def _names(self, path: str) -> list[str]:
        """Return the page paths that may have had an address path; a link may still be one itself."""
        if is_page_path(path):
            return [unquote(path).lstrip("/")]
        guess = likely_page_path(path, self.config.directory_urls)
        stem = guess.removesuffix(".md")
        return [guess, f"{stem}/index.md", f"{stem}/README.md"] if self.config.directory_urls else [guess]

    @cached_property
    def live(self) -> dict[str, str]:
        """The address path of each page that is published, by its page path."""
        return {source: address for address, source in self.sources.files.items()}

    @cached_property
    def uncommitted(self) -> Mapping[str, str]:
        """Every rename that is not committed."""
        try:
            return not_committed(self.config.file.parent, self.docs)
        except (GitError, OSError):
            return {}

    @cached_property
    def committed(self) -> dict[str, str]:
        """Every rename that is, the newest for each name."""
        return renamed_earlier(self.docs)

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
