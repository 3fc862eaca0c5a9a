"""What each address means that readers ask for in vain, and which redirects nobody follows any more."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from urllib.parse import quote, unquote

from unbroken.findings.base import count, printable
from unbroken.findings.commands import typed
from unbroken.model.addresses import Address, likely_page_path, named_address, normal, spellings
from unbroken.model.errors import LeavesSite
from unbroken.model.redirects import Entry, Published, RedirectMap, Target
from unbroken.model.suggest import similar
from unbroken.recover.logs import Miss, Tally
from unbroken.recover.proposals import Proposal
from unbroken.recover.tracking import Confidence
from unbroken.workspace.config import Config

#: For how many addresses a page of a similar name is looked for, the most wanted first.
LOOKED_FOR = 500
_NEAR = 0.85
# What readers and other sites put after an address, and what other generators end theirs with.
_JUNK = re.compile(r"""(?:[)\]}>.,;:!?'"*]|%22|%27|%29|%3E|&quot;|\\)+$""", re.IGNORECASE)
_ENDING = re.compile(r"(?:/index)?\.(?:html?|php|aspx?|jsp|md|rst|txt)$|/index$", re.IGNORECASE)


class Wanted(NamedTuple):
    """An address that readers ask for in vain, and what it probably means.

    Attributes:
        miss: the address, and who asked for it.
        proposal: the redirect that would answer; its target is empty where nothing is known.
        recorded: whether the ledger has the address.
    """

    miss: Miss
    proposal: Proposal
    recorded: bool


class Idle(NamedTuple):
    """A redirect that nobody followed.

    Attributes:
        source: the old address path.
        entry: the line of the map.
        since: the day on which the line came, or empty.
        pages: the pages of the site itself that still link to it.
    """

    source: str
    entry: Entry
    since: str
    pages: tuple[str, ...]


@dataclass(slots=True)
class Evidence:
    """What logs tell of a site.

    Attributes:
        tally: what was counted.
        wanted: what readers ask for in vain, the most wanted first.
        idle: redirects that nobody followed, oldest first.
        answered: how many addresses were missing then and answer now.
        redirects: how many redirects there are.
        notes: what could not be looked at, a sentence each.
    """

    tally: Tally
    wanted: list[Wanted] = field(default_factory=list)
    idle: list[Idle] = field(default_factory=list)
    answered: int = 0
    redirects: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def sure(self) -> list[Proposal]:
        """What may be written into the map."""
        return [each.proposal for each in self.wanted if each.proposal.confidence is Confidence.SURE]


def paths(base: str, addresses: Iterable[str]) -> dict[bytes, str]:
    """Return each address path by every path that asks for it on the host, as logs have it."""
    found: dict[bytes, str] = {}
    for address in addresses:
        for path in spellings(address):
            for text in (path, unquote(path)):
                found.setdefault((base + text).encode("utf-8", "surrogateescape"), address)
    return found


class Guesser:
    """Say what an address probably means.

    Args:
        config: the site's configuration.
        published: what answers today.
        redirects: the map.
        recorded: the ledger.
        recovered: what git history says of lost addresses.
    """

    def __init__(
        self,
        config: Config,
        published: Published,
        redirects: RedirectMap,
        recorded: Iterable[Address],
        recovered: Iterable[Proposal] = (),
    ) -> None:
        self.config = config
        self.published = published
        self.redirects = redirects
        self.recorded = {address.path for address in recorded}
        self.recovered = {proposal.address: proposal for proposal in recovered}
        self.looked_for = 0
        ends: dict[str, Target] = {path: Address(path) for path in published.paths}
        for path in redirects.pages:
            end = redirects.route(Address(path), published).end
            if end is not None:
                ends.setdefault(path, end)
        self.ends = ends
        self.same: dict[str, set[Target]] = {}
        self.named: dict[str, set[Target]] = {}
        for path, end in ends.items():
            self.same.setdefault(_plain(path), set()).add(end)
            if path in published.paths and path.endswith(("/", ".html")):
                self.named.setdefault(posixpath.basename(_plain(path)), set()).add(end)
        self.pages = sorted(plain for plain in {_plain(path) for path in published.paths} if plain)

    def answers(self, path: str) -> bool:
        """Return whether an address answers today."""
        return any(
            each in self.published.paths or self.redirects.hop(Address(each), self.published)
            for each in (path, path + "/")
        )

    def guess(self, miss: Miss) -> Wanted:
        """Return what an address probably means."""
        path = miss.path
        folder = path if path.endswith("/") or "." in posixpath.basename(path) else path + "/"
        recorded = path in self.recorded or folder in self.recorded
        known = self.recovered.get(Address(folder)) or self.recovered.get(Address(path))
        if known is not None and known.target:
            return Wanted(miss, known, recorded)
        end, confidence, why = self._by_name(path)
        source, target = self._source(folder), self._target(end) if end is not None else ""
        if not source or not target:
            target, confidence, why = "", Confidence.NONE, "nothing like it is published"
        return Wanted(miss, Proposal(Address(folder), source, target, confidence, why, "", ""), recorded)

    def _by_name(self, path: str) -> tuple[Target | None, Confidence, str]:
        plain = _plain(path)
        if not plain:
            return None, Confidence.NONE, ""
        if len(same := self.same.get(plain, set())) == 1:
            return next(iter(same)), Confidence.SURE, "the same but for its case or its ending"
        name = posixpath.basename(plain)
        if len(same := self.named.get(name, set())) == 1:
            return next(iter(same)), Confidence.LIKELY, "the one page of that name"
        self.looked_for += 1
        if self.looked_for <= LOOKED_FOR and len(plain) < 200:
            near = similar(plain, self.pages, 2, _NEAR)
            if near and len(ends := self.same.get(near[0], set())) == 1:
                return next(iter(ends)), Confidence.GUESS, "the page with the most similar address"
        return None, Confidence.NONE, ""

    def _source(self, path: str) -> str:
        urls = self.config.directory_urls
        # Another generator's pages have other names: their addresses tell more.
        likely = [] if self.config.is_own else [likely_page_path(path, urls)]
        for text in (*likely, unquote(path).lstrip("/"), path.lstrip("/")):
            try:
                if text and text.isprintable() and "#" not in text and named_address(text, urls) == path:
                    return text
            except LeavesSite:
                continue
        return ""

    def _target(self, end: Target) -> str:
        if isinstance(end, str):
            return end
        text = self._source(end.path) or ("./" if self.config.is_own else "index.md")
        if self.config.docs_dir.is_dir():
            for page in (text, text.removesuffix(".md") + "/index.md"):
                if (self.config.docs_dir / page).is_file():
                    text = page
        return text + (f"#{quote(end.fragment)}" if end.fragment else "")


def _plain(path: str) -> str:
    """Return an address path as readers remember it: without case, ending, and what stands after it."""
    try:
        decoded = unquote(normal(path))
    except LeavesSite:
        return ""
    text = _JUNK.sub("", decoded.rstrip("/"))
    return _ENDING.sub("", text).strip("/ ").casefold().replace("_", "-")


# Saying it.


def day(number: int) -> str:
    """Return a day as it is written."""
    return date.fromordinal(number).isoformat() if number else ""


def as_text(found: Evidence, most: int | None = None) -> str:
    """Return what logs tell, for people."""
    tally = found.tally
    span = f", {day(tally.first)} to {day(tally.last)}" if tally.first else ""
    out = [f"{count(tally.requests, 'request')}{span}."]
    if tally.unread:
        out.append(f"Left out: {count(tally.unread, 'line')} that cannot be read.")
    if tally.robots:
        out.append(f"Left out, asked for by robots alone: {tally.robots:,}.")
    if tally.personal:
        out.append(f"Left out: {count(tally.personal, 'request')} with what may be a person's address.")
    if tally.dropped:
        out.append(f"Left out for want of room, asked for once: {tally.dropped:,}.")
    if found.answered:
        out.append(f"Missing then, answered now: {found.answered:,}.")
    out += found.notes
    out.append("")
    if found.wanted:
        out.append("Asked for in vain, the most wanted first:")
        out.append(f"{'readers':>9} {'days':>5} {'times':>7}  address")
        shown = found.wanted if most is None else found.wanted[:most]
        for each in shown:
            miss, proposal = each.miss, each.proposal
            readers = f"{miss.readers:,}" if miss.readers else "-"
            out.append(f"{readers:>9} {miss.days or '-':>5} {miss.times:>7,}  {printable(miss.path)}")
            word = proposal.confidence.word
            known = ", published once" if each.recorded else ""
            to = (
                f"{word}: {printable(proposal.target)} ({proposal.why}{known})"
                if proposal.target
                else (f"no proposal: {proposal.why}{known}")
            )
            out.append(f"{'':25}{to}")
        if len(shown) < len(found.wanted):
            out.append(f"... and {len(found.wanted) - len(shown):,} more; --all shows them.")
    else:
        out.append("Readers asked for nothing in vain.")
    if found.redirects and tally.first:
        out.append("")
        used = found.redirects - len(found.idle)
        out.append(f"Followed in that time: {used:,} of {count(found.redirects, 'redirect')}.")
        if found.idle:
            out.append("Not followed, oldest first:")
        for idle in found.idle if most is None else found.idle[:most]:
            since = f", since {idle.since}" if idle.since else ""
            pages = (
                f"; still linked to from {count(len(idle.pages), 'page')} of this site: {idle.pages[0]}"
                if idle.pages
                else ""
            )
            out.append(f"  {idle.entry.place}: {printable(idle.entry.source)}{since}{pages}")
        if most is not None and len(found.idle) > most:
            out.append(f"  ... and {len(found.idle) - most:,} more; --all shows them.")
    out.append("")
    out.append(
        "What stands after # never reaches a server, so no log has it. For headings run: "
        f"{typed('unbroken recover --headings')}, and {typed('unbroken check')}."
    )
    return "\n".join(out) + "\n"


def as_json(found: Evidence, most: int | None = None) -> str:
    """Return what logs tell, for programs."""
    tally = found.tally
    data = {
        "version": 1,
        "requests": tally.requests,
        "from": day(tally.first),
        "to": day(tally.last),
        "wanted": [
            {
                "address": each.miss.path,
                "readers": each.miss.readers,
                "days": each.miss.days,
                "times": each.miss.times,
                "target": each.proposal.target,
                "confidence": each.proposal.confidence.word,
                "why": each.proposal.why,
                "published": each.recorded,
            }
            for each in found.wanted
        ],
        "idle": [
            {
                "source": idle.entry.source,
                "file": idle.entry.place.file,
                "line": idle.entry.place.line,
                "since": idle.since,
                "pages": list(idle.pages),
            }
            for idle in found.idle
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=True) + "\n"


FORMATS = {"text": as_text, "json": as_json}
