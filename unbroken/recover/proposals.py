"""What a site has lost: addresses that its branch once published and that answer no more, with proposals.

A proposal is a redirect to where the content went. Only a sure one may be written into the map, and none is
sure that the map's own judge speaks against.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote

from unbroken.check import links as check
from unbroken.check.retitled import Retitled
from unbroken.findings.base import Place, printable
from unbroken.findings.redirects import MovedBack
from unbroken.formats.outline import slug_of
from unbroken.model.addresses import Address, by_path, likely_page_path, named, named_address
from unbroken.model.errors import GitError, NoHistory
from unbroken.model.listing import Listing
from unbroken.model.redirects import Entry, Pages, Published, asking, parted
from unbroken.model.resolver import Resolver, Stubs
from unbroken.publish.planning import prepare
from unbroken.recover.headings import Headings, fragments_of
from unbroken.recover.history import Doc, Past, Settings, Stay, settings_of, walk
from unbroken.recover.old_map import Said, by_map, followed, said
from unbroken.recover.repository import Commit, Repository, on_disk
from unbroken.recover.tracking import Confidence, Destination, Present, Tracker
from unbroken.workspace import ledger
from unbroken.workspace.config import Config, redirects_of
from unbroken.workspace.files import shown
from unbroken.workspace.git import git
from unbroken.workspace.parallel import in_second_process
from unbroken.workspace.sources import below


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


#: The lines that the map once had, by the address that each led on.
Old = Mapping[Address, Said]
_NO_LINES: Old = MappingProxyType({})


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


def lost_pages(past: Past, resolver: Resolver, since: int = 0, old: Old = _NO_LINES) -> list[Loss]:
    """Return every page address that the branch published and that answers no more.

    Args:
        past: what the branch published.
        resolver: follows addresses as visitors are led today.
        since: leave out what the branch no longer published at this step.
        old: the lines that the map once had: their sources answered, too.
    """
    end = len(past.line)
    found = []
    for address in _lost(map(Address, past.stays), resolver):
        stays = past.stays.get(address.path)  # a chain's lost end is not what was published
        if stays and ((left := stays[-1].left) is None or left >= since):
            docs = tuple((stay.doc, end if stay.left is None else stay.left) for stay in stays)
            found.append(Loss(address, stays[-1].page, docs, left))
    known = {loss.address for loss in found}
    led = [
        address
        for address, line in old.items()
        if not address.fragment and line.until >= since and address.path not in past.stays
    ]
    for address in _lost(led, resolver) - known:
        if address in old:
            found.append(Loss(address, old[address].written, (), old[address].until))
    return found


def _lost(pages: Iterable[Address], resolver: Resolver) -> set[Address]:
    """Return those of some page addresses that lead to no page.

    One that the map leads to a page answers; whether it has the anchor ``check`` tells from the built site.
    """
    paths = resolver.published.paths
    return {
        loss.address
        for loss in check.lost(by_path(pages), resolver)
        if not (isinstance(loss.end, Address) and loss.end.path in paths)
    }


def lost_headings(
    headings: Headings, pages: AbstractSet[str], resolver: Resolver, since: int = 0, old: Old = _NO_LINES
) -> list[Loss]:
    """Return every heading address that the branch published and that answers no more.

    Args:
        headings: what the branch published.
        pages: the address paths of lost pages.
        resolver: follows addresses as visitors are led once the sure pages are in the map.
        since: leave out what the branch no longer published at this step.
        old: the lines that the map once had: their sources answered, too.
    """
    past, retired = headings.past, resolver.redirects.retired
    found = []
    every: dict[Address, tuple[Doc | None, int]] = {
        address: (None, line.until) for address, line in old.items() if address.fragment
    }
    every |= {address: (doc, until) for address, (doc, _, until) in headings.published.items()}
    for address, (doc, until) in every.items():
        if until < since or address in retired or Address(address.path) in retired:
            continue
        end = resolver.follow(address).end
        if (
            isinstance(end, Address)
            and not resolver.answers(end)
            and (end.path in resolver.published.paths or address.path in pages)
        ):
            left = until if until < len(past.line) else None
            stays = past.stays.get(address.path)
            page = stays[-1].page if stays else old[address].written.partition("#")[0]
            found.append(Loss(address, page, ((doc, until),) if doc else (), left))
    return found


def propose(
    losses: list[Loss],
    fates: Tracker,
    where: Callable[[Loss], Destination | None],
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


def _with_map(fate: Destination, loss: Loss, fates: Tracker, old: Old) -> Destination:
    """Return where an address went, by the line that the map had for it where nothing surer is known."""
    line = old.get(loss.address)
    if line is None or fate.confidence is Confidence.SURE:
        return fate
    told = by_map(line, fates)
    if told.page and told.confidence <= fate.confidence:
        return told
    return fate._replace(why=(*fate.why, *told.why[:1]))


def page_fate(loss: Loss, fates: Tracker, resolver: Resolver, old: Old = _NO_LINES) -> Destination:
    """Return where a lost page went."""
    if not loss.docs:
        return by_map(old[loss.address], fates)
    return _with_map(_page_fate(loss, fates, resolver), loss, fates, old)


def _page_fate(loss: Loss, fates: Tracker, resolver: Resolver) -> Destination:
    path, last = loss.address.path, fates.past.stays[loss.address.path][-1]
    fate = fates.page(*loss.docs[-1])
    if last.why != "page" and last.left is not None:
        how = "its address changed" if last.why == "address" else "left out of the site"
        fate = fate._replace(why=(f"{how} in {fates.short(last.left)}", *fate.why))
    if fate.confidence > Confidence.LIKELY:
        for doc, left in reversed(loss.docs[:-1]):
            other = fates.page(doc, left)
            if other.page and other.confidence <= Confidence.LIKELY:
                why = ("an earlier page there", *other.why)
                fate = other._replace(confidence=Confidence.LIKELY, why=why)
                break
    if not fate.page:
        near, reason = check.likely_page(path, resolver)
        page = fates.present.pages.get(near.path) if near else None
        if page:
            fate = fate._replace(page=page, confidence=Confidence.GUESS, why=(*fate.why, reason))
    return fate


def heading_fate(
    loss: Loss, headings: Headings, resolver: Resolver, old: Old = _NO_LINES
) -> Destination | None:
    """Return where a lost heading went; None when it is where it was."""
    if not loss.docs:
        return by_map(old[loss.address], headings.fates)
    fate = _with_map(headings.where(loss.address), loss, headings.fates, old)
    path = loss.address.path
    if (headings.present.address(fate.page), fate.fragment) == loss.address[:2]:
        return None
    if (
        fate.confidence is Confidence.SURE
        and path not in resolver.published.paths
        and not resolver.follow(Address(path)).hops
    ):
        # No map can lead an anchor of a page that it does not lead anywhere.
        return fate._replace(
            confidence=Confidence.LIKELY, why=(*fate.why, "but where its page went is not sure")
        )
    return fate


def _made(loss: Loss, fate: Destination, fates: Tracker) -> Proposal:
    address, line = loss.address, fates.past.line
    step = line[loss.left] if loss.left is not None and loss.left < len(line) else Commit("", 0, ())
    directory_urls = fates.present.settings.directory_urls
    source = _written(loss.page, address.path, directory_urls)
    there = fates.present.address(fate.page)
    target = _written(fate.page, there, directory_urls) if there else ""
    listing = fates.present.listing
    if target and listing and listing.decides(fate.page) and not {*"#?%"} & {*fate.page}:
        target = fate.page  # its address may change again, and its name stays
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
    for entry in (each for each in entries if each.written):
        source = named(entry.source, directory_urls)
        path, query, fragment = parted(entry.target)
        target = named(f"{path}#{fragment}", directory_urls) if "://" not in entry.target else None
        if source in by_address:
            found[entry] = by_address[source]
        elif target in by_address:
            found[entry] = asking(by_address[target], query)
    return {entry: target for entry, target in found.items() if target != entry.target}


def additions(entries: Iterable[Entry], added: Iterable[Proposal], directory_urls: bool) -> dict[str, str]:
    """Return the lines that a map gains: those proposals whose address no line has on its left."""
    there = {named(entry.source, directory_urls) for entry in entries}
    return {p.source: p.target for p in added if p.address not in there}


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
    stubs: Stubs | None = None,
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
        read = on_disk(top)
        if not here.is_relative_to(top):
            raise NoHistory(
                f"{shown(config.file)} is {here}, outside {top}. Run this where that file belongs."
            )
        name = here.relative_to(top).as_posix()
        line = repository.line()
        start = repository.since(since, line) if since else 0
        folder = Path(os.path.realpath(config.docs_dir))
        links = {}
        if folder.is_relative_to(top):
            path = os.path.relpath(config.docs_dir, config.file.parent)
            path = os.path.normpath(os.path.join(os.path.dirname(name), path)).replace(os.sep, "/")
            links[path] = folder.relative_to(top).as_posix().removeprefix(".")
        past = walk(line, name, repository.text, links)
        left_out: list[str] = []
        if config.listing is not None:
            left_out = _as_built(past, config.listing, config.directory_urls)
        now, _ = settings_of(name, read)
        now = now or Settings()
        settings = now._replace(docs=links.get(now.docs, now.docs), directory_urls=config.directory_urls)
        slug = slug_of("\n".join(read(str(file)) or "" for file in reversed(config.files)))
        files = below(config.docs_dir).files
        docs = on_disk(config.docs_dir)
        present = Present(settings, files, lambda page: docs(page) or "", slug, site, config.listing)

        def read_fragments() -> dict[str, tuple[str, ...]]:
            with Repository(top) as own:  # a second process cannot share the first one's git
                return fragments_of(past, own.texts, slug)

        fragments = in_second_process(read_fragments) if headings else None
        fates = Tracker(past, present, lru_cache(maxsize=256)(repository.text))
        listing = config.listing
        published = site or (
            Pages.at(listing.by_address)
            if listing
            else Pages([file for file in files if present.address(file)], config.directory_urls)
        )

        def judged(more: list[Proposal], base: Sequence[Proposal] = ()) -> dict[int, str]:
            new = [*base, *more]
            entries = [Entry(p.source, p.target, Place("", n + 1)) for n, p in enumerate(new)]
            wider = replace(config, entries=_with(config, new, entries))
            _, findings = prepare(wider, published)
            # That browsers may keep an old redirect speaks against none; a note says so.
            mine = [f for f in findings if not f.place.file and not isinstance(f, MovedBack)]
            against = {f.place.line - 1 - len(base): f.message for f in mine}
            return {n: message for n, message in against.items() if 0 <= n < len(more)}

        resolver = Resolver(present, redirects_of(config), stubs, config.site_url)
        old = said(past, repository.text, config.directory_urls)
        fates.prepare(each for told in old.values() for each in followed(told, past, config.directory_urls))
        found = propose(
            lost_pages(past, resolver, start, old),
            fates,
            lambda loss: page_fate(loss, fates, resolver, old),
            judged,
        )
        found += _of_posts(config, fates, resolver, {p.address for p in found}, judged)
        if headings:
            sure = [p for p in found if p.confidence is Confidence.SURE]
            entries = _with(config, sure, [Entry(p.source, p.target, Place("")) for p in sure])
            wider = Resolver(present, redirects_of(replace(config, entries=entries)), stubs, config.site_url)
            sections_of = Headings(fates, slug, (fragments and fragments()) or read_fragments())
            found += propose(
                lost_headings(sections_of, {p.address.path for p in found}, wider, start, old),
                fates,
                lambda loss: heading_fate(loss, sections_of, wider, old),
                lambda more: judged(more, sure),
            )
    notes = [
        f"{printable(path)} is left out: its name is not UTF-8, so it has no address."
        for path in sorted(past.unnamed)
    ]
    notes += _not_looked_at(past, name)
    if left_out:
        notes.append(
            f"Not looked at: {_listed(left_out)}. A plugin leaves them out, and whether it always did is not "
            "known."
        )
    notes += _moved_back(config, found, published)
    if not past.stays:
        notes.append(
            f"no commit has both {name} and pages in its docs_dir, so nothing was published on this branch."
        )
    return Recovered(found, len(line) - 1, len(past.stays), notes, config)


def _not_looked_at(past: Past, name: str) -> list[str]:
    """Return which pages were gone before the site's configuration came, in one sentence."""
    pages = sorted({*past.before} - {*past.living})
    if not pages or past.began is None:
        return []
    commit = past.line[past.began].id[:9] or "the work tree"
    return [
        f"Not looked at: {_listed(pages)}, removed before {name} came in {commit}. "
        "Where another builder published them, add their redirects yourself."
    ]


def _listed(pages: Sequence[str]) -> str:
    more = f" and {len(pages) - _NAMED} more" if len(pages) > _NAMED else ""
    return ", ".join(printable(page) for page in pages[:_NAMED]) + more


# So many are named.
_NAMED = 5


def _of_posts(
    config: Config,
    fates: Tracker,
    resolver: Resolver,
    known: AbstractSet[Address],
    judged: Callable[[list[Proposal]], Mapping[int, str]],
) -> list[Proposal]:
    """Return a proposal for each recorded address that a page had for its title or its date."""
    if config.listing is None:
        return []
    try:
        recorded = {address for address in ledger.read(config.ledger) if not address.fragment}
    except OSError:
        return []
    retitled, losses = Retitled(config), []
    sources: dict[Address, str] = {}
    for address in {loss.address for loss in check.lost(by_path(recorded - known), resolver)} & recorded:
        if source := retitled.page(address.path):
            page = likely_page_path(address.path, fates.present.settings.directory_urls)
            losses.append(Loss(address, page, (), None))
            sources[address] = source
    why = ("its title or date was changed",)
    return propose(
        losses, fates, lambda loss: Destination(sources[loss.address], Confidence.SURE, why), judged
    )


def _as_built(past: Past, listing: Listing, directory_urls: bool) -> list[str]:
    """Give what a branch published the addresses that its builder makes of page paths.

    Where a plugin makes an address of something else than a path, as a blog does, what it made of a text that
    is no more cannot be told, and is left out: that page path was never an address. So is a page that is
    there and that a plugin keeps out of the site: those are returned, by their page paths.

    Args:
        past: what the branch published, by the paths of its pages; changed in place.
        listing: what the builder publishes today.
        directory_urls: the builder's ``use_directory_urls``.
    """
    stays: dict[str, list[Stay]] = {}
    left_out: list[str] = []
    for address, known in past.stays.items():
        for stay in known:
            is_there = stay.left is None and address not in listing.by_address
            if is_there and listing.address(stay.page) is None:
                left_out.append(stay.page)
            elif not listing.decides(stay.page):
                there = listing.was(stay.page, directory_urls) if listing.languages else address
                stays.setdefault(there, []).append(stay)
    past.stays.clear()
    past.stays.update(stays)
    return sorted(left_out)


def _moved_back(config: Config, found: Iterable[Proposal], published: Published) -> list[str]:
    """Return which pages are back where they were, as browsers may not know, in one sentence each.

    Args:
        config: the site's configuration.
        found: what the map may gain.
        published: what is published.
    """
    new = [p for p in found if p.target and not p.address.fragment]
    entries = _with(config, new, [Entry(p.source, p.target, Place("")) for p in new])
    _, findings = prepare(replace(config, entries=entries), published)
    return [f.message for f in findings if isinstance(f, MovedBack)]


def _with(config: Config, added: list[Proposal], entries: list[Entry]) -> list[Entry]:
    """Return the lines of the map that ``--write`` would leave."""
    changed = retargets(config.entries, added, config.directory_urls)
    mine = {p.address for p in added}
    kept = [
        entry._replace(target=changed.get(entry, entry.target))
        for entry in config.entries
        if named(entry.source, config.directory_urls) not in mine
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
