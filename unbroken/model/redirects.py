"""The redirect map: what each line means, and where each address leads by it.

A line that cannot be used is a finding: its source must be an address of this site, no two sources may be one
URL, and no text in it may do anything else than name an address. Whether what is left of the map fits what is
published is for ``plan`` to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple, Protocol
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from unbroken.findings.base import Finding, Place
from unbroken.findings.configuration import WrongType
from unbroken.findings.redirects import CaseTwins, Clash, NotAPath, Outside, Repeated, Unsafe
from unbroken.model.addresses import (
    Address,
    fully_decoded,
    hides_folders,
    is_page_path,
    named_address,
    normal,
    page_address,
    sameness,
)
from unbroken.model.errors import LeavesSite
from unbroken.model.listing import Listing

#: Where a redirect leads: an address of this site, or an absolute URL elsewhere.
Target = Address | str

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LABEL = re.compile("[a-z0-9_-]{1,63}")
# Ports that browsers do not open (Fetch, "bad port"), and none.
# fmt: off
_BAD_PORTS = frozenset((
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101,
    102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427,
    465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990,
    993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667,
    6668, 6669, 6679, 6697, 10080,
))
# fmt: on
# C0 and C1 controls, and the two separators that some readers take for a line end.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# RFC 3986 reserved and unreserved characters, and "%" because escapes in a URL stay as they are.
_URL_SAFE = "%/:=&?~#+!$,;'@()*[]._-"


class Entry(NamedTuple):
    """One line of the map, as written.

    Attributes:
        source: the old address, as a page path.
        target: where it leads.
        place: where the line stands.
        written: whether it stands in a file, and can be edited there; hooks and plugins may add others.
    """

    source: str
    target: str
    place: Place
    written: bool = True


class Hop(NamedTuple):
    """One step on a visitor's way: where it leads and which line says so."""

    target: Target
    entry: Entry


class Pattern(NamedTuple):
    """``old/*: new/*``: every address that begins with a prefix, and the place of its rest in the target.

    Attributes:
        prefix: the beginning of address paths: ``/old/``, ``/`` for all of them, or ``/guide/old-``.
        target: the target; where ``star`` holds, the rest of the address is appended to it.
        star: whether the target ends with ``*``.
        entry: the line that says so.
    """

    prefix: str
    target: Target
    star: bool
    entry: Entry

    def hop(self, path: str) -> Hop:
        """Return where the pattern leads an address path that begins with its prefix."""
        if not self.star:
            return Hop(self.target, self.entry)
        rest = path.removeprefix(self.prefix)
        if isinstance(self.target, str):
            return Hop(self.target + rest, self.entry)
        if self.target.query:
            return Hop(self.target._replace(query=self.target.query + rest), self.entry)
        return Hop(Address(self.target.path + rest), self.entry)


class Published(Protocol):
    """What answers on the site today."""

    @property
    def paths(self) -> AbstractSet[str]:
        """The address path of every page and every other file, stubs left out."""

    def anchors(self, path: str) -> AbstractSet[str] | None:
        """The anchors of the page at an address path; None when they are not known."""


class Pages:
    """What a site will publish, known from page paths alone: no anchors.

    Args:
        files: paths relative to ``docs_dir``.
        directory_urls: the builder's ``use_directory_urls``.
    """

    def __init__(self, files: Iterable[str], directory_urls: bool = True) -> None:
        self.paths = frozenset(page_address(file, directory_urls) for file in files)

    @classmethod
    def at(cls, paths: Iterable[str]) -> Pages:
        """Return what is published at some address paths."""
        pages = cls(())
        pages.paths = frozenset(paths)
        return pages

    def anchors(self, path: str) -> AbstractSet[str] | None:
        """Nothing is known of any page's anchors."""
        return None


class Route(NamedTuple):
    """The whole way of one address.

    Attributes:
        hops: each step, in order.
        end: where it ends; None when it never does.
    """

    hops: tuple[Hop, ...]
    end: Target | None


@dataclass(slots=True)
class RedirectMap:
    """The map, understood: sources and targets as addresses, with the faults seen on the way.

    Attributes:
        pages: page redirects by the address path of their source.
        anchors: anchor redirects by address path and fragment.
        patterns: longest prefix first.
        retired: addresses withdrawn on purpose.
        findings: what is wrong with single lines.
    """

    pages: dict[str, Hop] = field(default_factory=dict)
    anchors: dict[str, dict[str, Hop]] = field(default_factory=dict)
    patterns: list[Pattern] = field(default_factory=list)
    retired: dict[Address, Entry] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def hop(self, address: Address, published: Published | None = None) -> Hop | None:
        """Return the next step from an address, or None where it stays.

        What is published stays where it is; an anchor that is on its page does, too.
        """
        path, fragment, query = address
        live = published is not None and path in published.paths
        moved = self.anchors.get(path)
        if fragment and moved and fragment in moved:
            anchors = published.anchors(path) if live and published else None
            if anchors is None or fragment not in anchors:
                return _carrying(moved[fragment], "", query)
        if live:
            return None
        hop = self.pages.get(path) or self._by_pattern(path)
        return _carrying(hop, fragment, query) if hop else None

    def _by_pattern(self, path: str) -> Hop | None:
        pattern = self.pattern(path)
        return pattern.hop(path) if pattern else None

    def pattern(self, path: str) -> Pattern | None:
        """Return the pattern with the longest prefix that catches an address path."""
        return next((p for p in self.patterns if path.startswith(p.prefix)), None)

    def route(self, address: Address, published: Published | None = None) -> Route:
        """Follow an address to its end. It always stops: a circle ends nowhere."""
        hops: list[Hop] = []
        # A query can grow for ever, so it does not count.
        seen = {address[:2]}
        here: Target = address
        while isinstance(here, Address):
            hop = self.hop(here, published)
            if hop is None:
                break
            hops.append(hop)
            here = hop.target
            if isinstance(here, Address):
                if here[:2] in seen:
                    return Route(tuple(hops), None)
                seen.add(here[:2])
            if len(hops) > _FARTHEST:  # a pattern can lengthen a path for ever: "a/*: a/b/*"
                return Route(tuple(hops), None)
        return Route(tuple(hops), here)


_FARTHEST = 100


def _carrying(hop: Hop, fragment: str, query: str) -> Hop:
    """Return a hop with what a visitor brings: a fragment in place of the target's, a query after its own."""
    if not (fragment or query):
        return hop
    target = hop.target
    if isinstance(target, Address):
        both = "&".join(filter(None, (target.query, query)))
        target = Address(target.path, fragment or target.fragment, both)
    elif query:
        path, mark, own = target.partition("#")
        target = f"{path}{'&' if '?' in path else '?'}{query}{mark}{own}"
    return Hop(target, hop.entry)


def parse_map(
    entries: Iterable[Entry],
    patterns: Iterable[Entry] = (),
    retired: Iterable[Entry] = (),
    *,
    directory_urls: bool = True,
    listing: Listing | None = None,
) -> RedirectMap:
    """Turn the lines of a map into addresses. Lines that cannot be used are findings and are left out.

    Args:
        entries: the lines of ``redirect_maps``.
        patterns: the lines of ``patterns``.
        retired: the lines of ``retired``.
        directory_urls: the builder's ``use_directory_urls``.
        listing: what the builder publishes, where it was asked; else paths alone tell addresses.
    """
    result = RedirectMap()
    named = Named(directory_urls, listing)
    seen: dict[Address, tuple[Target, Entry]] = {}
    twice: list[tuple[Entry, Entry, Target, Target]] = []
    for entry in entries:
        source = _source(entry, named, result.findings)
        target = _target(entry, named, result.findings)
        if source is None or target is None:
            continue
        known, first = seen.setdefault(source, (target, entry))
        if first is not entry:
            twice.append((entry, first, target, known))
        elif source.fragment:
            result.anchors.setdefault(source.path, {})[source.fragment] = Hop(target, entry)
        else:
            result.pages[source.path] = Hop(target, entry)
    for entry in patterns:
        pattern = _pattern(entry, named, result.findings)
        if pattern is None:
            continue
        twin = next((p for p in result.patterns if p.prefix == pattern.prefix), None)
        if twin:
            same = (twin.target, twin.star) == (pattern.target, pattern.star)
            result.findings.append(_twice(entry, twin.entry, same))
        else:
            result.patterns.append(pattern)
    result.patterns.sort(key=lambda p: (-len(p.prefix), p.prefix))
    for entry in retired:
        folder = entry.source.removesuffix("*") if entry.source.endswith("/*") else None
        source = _source(entry._replace(source=folder) if folder else entry, named, result.findings)
        if source:
            result.retired[Address(source.path + "*") if folder else source] = entry
    for entry, first, target, known in twice:
        same = target == known or _end(result, target) == _end(result, known) is not None
        result.findings.append(_twice(entry, first, same))
    result.findings += _twins(result)
    if listing is not None:
        _in_every_language(result, listing)
    return result


def _end(redirects: RedirectMap, target: Target) -> Target | None:
    return target if isinstance(target, str) else redirects.route(target).end


def _twins(redirects: RedirectMap) -> Iterable[Finding]:
    """Yield a finding for each page redirect whose source some file system takes for another's."""
    known: dict[str, Hop] = {}
    for path, hop in redirects.pages.items():
        first = known.setdefault(sameness(path), hop)
        if first is not hop and _end(redirects, first.target) != _end(redirects, hop.target):
            names = quoted(hop.entry.source), quoted(first.entry.source)
            yield CaseTwins.of(hop.entry.place, *names, first.entry.place)


def _in_every_language(redirects: RedirectMap, listing: Listing) -> None:
    """Add to each page redirect of the default language those of the other languages, where they lead on.

    A builder that shows a page of the default language in each of the others, too, has published it there.
    """
    languages = listing.languages
    if languages is None:
        return
    live = listing.by_address
    for path, hop in list(redirects.pages.items()):
        target = hop.target
        at = live.get(target.path) if isinstance(target, Address) else None
        if at is None or at.language != languages.default or path in live:
            continue
        for language in languages.others:
            old, new = f"/{language}{path}", Address(f"/{language}{at.address}")
            if old not in live and new.path in live and old not in redirects.pages:
                redirects.pages[old] = Hop(new, hop.entry)


class Named(NamedTuple):
    """How what the map names becomes an address.

    Attributes:
        directory_urls: the builder's ``use_directory_urls``.
        listing: what the builder publishes, where it was asked.
    """

    directory_urls: bool = True
    listing: Listing | None = None

    def address(self, path: str) -> str:
        """Return the address path that a source or target names.

        Raises:
            LeavesSite: the path climbs out of the site or starts at a root.
        """
        address = named_address(path, self.directory_urls, self._page if self.listing else None)
        if self.listing is not None and not is_page_path(path):
            # A plugin makes pages of other files, too.
            file = self.listing.by_source.get(unquote(address).lstrip("/"))
            return file.address if file is not None and file.page else address
        return address

    def _page(self, path: str) -> str:
        assert self.listing is not None
        return self.listing.address(path) or self.listing.was(path, self.directory_urls)


def _twice(entry: Entry, first: Entry, same: bool) -> Finding:
    kind = Repeated if same else Clash
    return kind.of(entry.place, quoted(entry.source), quoted(first.source), first.place)


def quoted(text: str) -> str:
    """Return a text as a message names it: in quotes where its end could not be seen otherwise."""
    return text if text and text.isprintable() and " " not in text else repr(text)


def _control(text: str) -> str | None:
    found = _CONTROL.search(text)
    return f"U+{ord(found.group()):04X}" if found else None


def _source(entry: Entry, named: Named, findings: list[Finding]) -> Address | None:
    path, hash_sign, fragment = entry.source.partition("#")
    fault: Finding | None = None
    if control := _control(fully_decoded(entry.source)):
        fault = Unsafe(entry.place, f"The source contains the control character {control}.", "Remove it.")
    elif _SCHEME.match(path) or "\\" in path or path.startswith("//"):
        fault = Outside(
            entry.place,
            f"The source {quoted(entry.source)} is not a path inside the site.",
            "Write the page path relative to docs_dir, as in old/page.md.",
        )
    elif not path or (hash_sign and not fragment):
        fault = Unsafe(
            entry.place,
            f"The source {quoted(entry.source)} names no page{' anchor' if path else ''}.",
            "Write old/page.md or old/page.md#heading.",
        )
    else:
        try:
            address = named.address(path)
            if not hides_folders(address):
                return Address(address, unquote(fragment))
            fault = Outside(
                entry.place,
                f"The source {quoted(entry.source)} hides a slash, so servers may read another path.",
                "Write each folder's name on its own, with / between them.",
            )
        except LeavesSite:
            fault = Outside(
                entry.place,
                f"The source {quoted(entry.source)} leaves the site.",
                "Write the page path relative to docs_dir, without a leading slash and without '..'.",
            )
    findings.append(fault)
    return None


def _target(entry: Entry, named: Named, findings: list[Finding]) -> Target | None:
    text = entry.target
    fault: tuple[str, str] | None = None
    if control := _control(text) or _control(fully_decoded(text)):
        fault = (f"The target contains the control character {control}.", "Remove it.")
    elif not parted(text)[0]:
        fault = (f"The target {quoted(text)} names no page.", "Write new/page.md or new/page.md#heading.")
    elif text.lower().startswith(("http://", "https://")):
        url = _external(text)
        if url:
            return url
        fault = (
            f"The target {quoted(text)} is not a plain http or https URL.",
            "Write https://host/path with nothing before the host.",
        )
    elif scheme := _SCHEME.match(text):
        fault = (
            f"The target {quoted(text)} has the scheme {scheme.group()} that a redirect must not use.",
            "Write a page path or an https URL.",
        )
    elif text.startswith("//") or "\\" in text:
        fault = (
            f"Browsers read the target {quoted(text)} as another host.",
            "Write a page path, or the whole https URL if that is meant.",
        )
    elif text.startswith("/"):
        findings.append(NotAPath.of(entry.place, quoted(text)))
        return None
    else:
        path, query, fragment = parted(text)
        try:
            address = named.address(path)
            if not hides_folders(address):
                return Address(address, unquote(fragment), escaped_query(query))
            fault = (
                f"The target {quoted(text)} hides a slash, so servers may read another path.",
                "Write each folder's name on its own, with / between them.",
            )
        except LeavesSite:
            fault = (
                f"The target {quoted(text)} leaves the site.",
                "Write a page path inside docs_dir, or the whole https URL.",
            )
    findings.append(Unsafe(entry.place, *fault))
    return None


def parted(target: str) -> tuple[str, str, str]:
    """Return path, query and fragment of a target of this site, as written.

    A ``?`` is part of a page's name where only the whole is the path of a page: ``what?.md``.
    """
    path, _, fragment = target.partition("#")
    before, mark, query = path.partition("?")
    if mark and is_page_path(path) and not is_page_path(before):
        return path, "", fragment
    return before, query, fragment


def escaped_query(query: str) -> str:
    """Return a query with every character that does not belong in one percent-encoded."""
    return quote(query, safe=_URL_SAFE.replace("#", ""))


def asking(target: str, query: str) -> str:
    """Return a target of this site, as written without a query, with one."""
    path, mark, fragment = target.partition("#")
    return f"{path}?{query}{mark}{fragment}" if query else target


def _external(text: str) -> str | None:
    """Return an absolute URL with every character that does not belong in one percent-encoded.

    None for one that browsers do not open, or that names a user.
    """
    try:
        scheme, _, path, query, fragment = parts = urlsplit(text)
        port = parts.port
        host = _host(parts.hostname or "")
    except ValueError:  # a bad IPv6 literal, a label that IDNA refuses, what is no port
        return None
    if "\\" in text or "@" in parts.netloc or host is None or port in _BAD_PORTS:
        return None
    if parts.netloc.endswith(":"):
        return None
    netloc = host if port is None else f"{host}:{port}"
    return quote(urlunsplit((scheme, netloc, path or "/", query, fragment)), safe=_URL_SAFE)


def _host(name: str) -> str | None:
    """Return a host as a URL has it; None for one that no browser opens.

    Raises:
        ValueError: it is neither a name nor an address.
    """
    if ":" in name:
        return f"[{IPv6Address(name)}]"
    host = name.encode("idna").decode("ascii") if not name.isascii() else name
    labels = host.removesuffix(".").split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    for label in labels:
        if label.startswith("xn--"):
            label.encode("ascii").decode("idna")
    # WHATWG URL, "ends in a number": then all of it is an IPv4 address, or nothing.
    return str(IPv4Address(host)) if re.fullmatch("[0-9]+|0x[0-9a-f]*", labels[-1]) else host


def _pattern(entry: Entry, named: Named, findings: list[Finding]) -> Pattern | None:
    source, target = entry.source, entry.target
    star = target.endswith("*")
    if not source.endswith("*") or "*" in source[:-1] or "#" in source or "*" in target[:-1]:
        fault = "has a # in its source" if "#" in source else "has its * elsewhere than at the end"
        fault = fault if "*" in source else "has no * at the end of its source"
        message = f"The pattern {quoted(source)}: {quoted(target)} {fault}."
        findings.append(WrongType(entry.place, message, "Write it as old/*: new/*."))
        return None
    # What begins a name is no path yet: with one more letter it is.
    begun, more = source[:-1], "" if source[:-1].endswith("/") else "x"
    below = _source(Entry(begun + more, target, entry.place), named, findings)
    text = target.removesuffix("*") or "./"
    whole = "" if not star or text.endswith("/") or parted(text)[1] or _SCHEME.match(text) else "x"
    there = _target(Entry(source, text + whole, entry.place), named, findings)
    if below is None or there is None:
        return None
    prefix = begun_path(begun) if more else below.path
    if whole and isinstance(there, Address):
        there = there._replace(path=begun_path(text))
    return Pattern(prefix or "/", there, star, entry)


def begun_path(text: str) -> str:
    """Return the beginning of an address path, whose last segment is not whole."""
    return normal(text + "x")[:-1]
