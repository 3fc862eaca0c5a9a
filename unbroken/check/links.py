"""The promise, tested on a built site: every link, every recorded address, every anchor.

Links are followed as a visitor's browser follows them: through the map, through stubs whoever wrote them, and
through moved anchors, to the page and the place where the visitor ends up.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from unbroken.formats.html import Page, is_made
from unbroken.model.addresses import Address
from unbroken.model.errors import LeavesSite
from unbroken.model.redirects import Target
from unbroken.model.resolver import ELSEWHERE, ERROR_PAGE, HERE, ROOTED, Resolver
from unbroken.model.suggest import Suggestions, last_part, similar
from unbroken.model.suggest import likely_anchor as near_anchor

_NEAR = 2000


class Fault(NamedTuple):
    """What is wrong with one link, before its place in the sources is known.

    Attributes:
        code: a key of ``findings.CODES``.
        page: the address path of the page that links.
        url: the link as the page has it.
        message: what is wrong, in one sentence.
        remedy: what mends it, where ``instead`` does not say so.
        asked: the address that the link names, where it names one of this site.
        instead: where the link should lead, or probably should.
        sure: whether that is certain enough to be written by a machine.
        command: the command that puts it right, where git says what was renamed.
        known: whether ``instead`` is a fact, and not a guess.
    """

    code: str
    page: str
    url: str
    message: str
    remedy: str
    asked: Address | None = None
    instead: Target | None = None
    sure: bool = False
    command: str = ""
    known: bool = False


class _Verdict(NamedTuple):
    code: str
    message: str
    remedy: str = ""
    instead: Target | None = None
    sure: bool = False


def links(pages: Iterable[tuple[str, Page]], resolver: Resolver) -> Iterator[Fault]:
    """Yield what is wrong with the links of pages.

    Args:
        pages: each with its address path.
        resolver: the site that they belong to.
    """
    judge = _Judge(resolver)
    for path, page in pages:
        base = path
        if page.base:
            try:
                resolved = resolver.resolve(page.base, path)
                if resolved is None:
                    continue  # all its relative links lead to another site
                base = resolved.path
            except ValueError:
                yield Fault(
                    "bad-url",
                    path,
                    page.base,
                    f"<base> has a URL that cannot be read: {page.base!r}.",
                    "Write an address of this site, or take the element away.",
                )
        yield from _faults(path, base, page, judge)


def _faults(path: str, base: str, page: Page, judge: _Judge) -> Iterator[Fault]:
    """Yield what is wrong with the links of a page, which are relative to an address path."""
    cut, has = judge.resolver.cut, judge.has
    folders = _folders(base)
    own = frozenset(page.anchors) if base == path else frozenset()
    # This is where the time goes, so what is good is seen without making an Address; and what many pages say
    # in the same words, as their navigation, all at once.
    rooted = judge.seen.setdefault((ROOTED, ""), set())
    seen = [judge.seen.setdefault(each, set()) for each in enumerate(folders)]
    for shows, urls in ((False, page.links), (True, page.files)):
        for url in _unseen(urls, [rooted, *seen]):
            if url[:1] == "#" and url[1:] in own:
                continue
            # What is the path of a known page to the letter needs no reading: that is in normal form.
            way, _, fragment = url.partition("#")
            ups = way.count("../")
            if way and ups < len(folders) and has(folders[ups] + way[3 * ups :], fragment):
                seen[ups].add(url)
                continue
            try:
                ups, rest, fragment, plain = cut(url)
                if plain and 0 <= ups < len(folders):
                    if has(folders[ups] + rest, fragment):
                        seen[ups].add(url)
                        continue
                elif ups == ELSEWHERE or (ups == ROOTED and has(rest, fragment)):
                    rooted.add(url)
                    continue
                elif ups == HERE and fragment in own:
                    continue
                address = judge.resolver.resolve(url, base)
            except LeavesSite:
                message = f"{url} climbs above the root of the site."
                code = "broken-file" if shows else "broken-link"
                remedy = "Take away a '../', or name what lies outside of the site by its whole URL."
                yield Fault(code, path, url, message, remedy)
                continue
            except ValueError:
                yield Fault(
                    "bad-url",
                    path,
                    url,
                    f"{url} is a URL that cannot be read.",
                    "Correct it; write an example as code.",
                )
                continue
            if address is None or judge.is_good(address):
                continue
            if verdict := judge.judge(address, shows):
                code, message, remedy, instead, sure = verdict
                yield Fault(code, path, url, message, remedy, address, instead, sure)


def _folders(path: str) -> list[str]:
    """Return the folder of an address path and each one above it, up to the root."""
    folders = [path[: path.rfind("/") + 1]]
    while folders[-1] != "/":
        folders.append(folders[-1][: folders[-1].rfind("/", 0, -1) + 1])
    return folders


def _unseen(urls: Sequence[str], seen: list[set[str]]) -> Sequence[str]:
    """Return the URLs, in their order, that are not yet known to be good."""
    for known in reversed(seen):  # navigation leads up to the root, and leaves little to look for
        if known:
            urls = [url for url in urls if url not in known]
    return urls


class _Judge:
    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.paths = resolver.published.paths
        # What else was found to be good: the top of a page, a part of a file.
        self._good: set[tuple[str, str]] = set()
        # The anchors of pages that answer by themselves.
        self._anchors: dict[str, AbstractSet[str]] = {}
        # URLs that are good on every page that is so many folders below a folder.
        self.seen: dict[tuple[int, str], set[str]] = {}
        self._bad: dict[tuple[Address, bool], _Verdict | None] = {}
        self._suggestions = Suggestions(self.paths)

    def is_good(self, address: Address) -> bool:
        """Return whether an address answers by itself."""
        if self.has(address.path, address.fragment):
            return True
        if self.resolver.stubs.sends(address) is None and self.resolver.answers(address):
            self._good.add(address[:2])
            return True
        return False

    def has(self, path: str, fragment: str) -> bool:
        """Return whether what is at an address path is known to answer by itself, and to have an anchor."""
        anchors = self._anchors.get(path)
        if anchors is None:
            if path not in self.paths or self.resolver.stubs.sends(Address(path)) is not None:
                return False
            anchors = self._anchors[path] = self.resolver.published.anchors(path) or frozenset()
        return not fragment or fragment in anchors or (path, fragment) in self._good

    def judge(self, address: Address, shows: bool) -> _Verdict | None:
        key = (address, shows)
        if key not in self._bad:
            self._bad[key] = self._judge(address, "broken-file" if shows else "broken-link")
        return self._bad[key]

    def _judge(self, address: Address, code: str) -> _Verdict | None:
        resolver = self.resolver
        end, hops = resolver.follow(address)
        if end is None:
            return _Verdict(
                code, f"{address} leads round in a circle.", "Mend the redirects, or link to a page."
            )
        if isinstance(end, str):
            return _through(address, end)
        if resolver.answers(end):
            return _through(address, end) if hops else None
        if end.path not in self.paths:
            if end.path + "/" in self.paths:
                there = end._replace(path=end.path + "/")
                if resolver.answers(there):
                    return _Verdict(
                        "through-redirect", f"{address} lacks its final slash.", "", there, sure=True
                    )
                end = there
            elif (onward := self._with_slash(end)) is not None:
                return _through(address, onward)
            else:
                via = f", where {address} leads" if hops else ""
                near = self._suggestions.nearest(end.path, files=code == "broken-file")
                return _Verdict(
                    code,
                    f"{end.path} is not there{via}.",
                    "Correct the link, or remove it.",
                    Address(near) if near else None,
                )
        like = near_anchor(end.fragment, resolver.published.anchors(end.path) or ())
        via = f", where {address} leads" if hops else ""
        return _Verdict(
            "broken-anchor",
            f"#{end.fragment} is not on {end.path}{via}.",
            "Link to an anchor that is on it, or to the page alone.",
            Address(end.path, like) if like else None,
        )

    def _with_slash(self, address: Address) -> Target | None:
        """Return where the same address with its final slash leads, where that is redirected; else None."""
        if address.path.endswith("/") or "." in address.path.rpartition("/")[2]:
            return None
        end, hops = self.resolver.follow(address._replace(path=address.path + "/"))
        arrives = isinstance(end, str) or (end is not None and self.resolver.answers(end))
        return end if hops and arrives else None


def _through(address: Address, end: Target) -> _Verdict:
    return _Verdict("through-redirect", f"{address} works only thanks to a redirect.", "", end, sure=True)


def duplicates(pages: Iterable[tuple[str, Page]]) -> Iterator[Fault]:
    """Yield each anchor that a page has more than once; those that themes make are not the author's."""
    for path, page in pages:
        if len(page.anchors) != len(set(page.anchors)):
            seen: set[str] = set()
            again: dict[str, None] = {}
            for anchor in page.anchors:
                if anchor in seen and not is_made(anchor):
                    again[anchor] = None
                seen.add(anchor)
            for anchor in again:
                yield Fault(
                    "duplicate-id",
                    path,
                    f"#{anchor}",
                    f"#{anchor} is on {path} more than once, and only the first can be reached.",
                    f'Give the other an id of its own, as in {{ #{anchor}-2 }} or id="{anchor}-2".',
                )


def orphans(pages: Mapping[str, Page], resolver: Resolver) -> Iterator[Fault]:
    """Yield each page that no other page links to."""
    reached = {"/", ERROR_PAGE}
    for path, page in pages.items():
        for url in page.links:
            try:
                address = resolver.resolve(url, path)
            except ValueError:
                continue
            if address is not None:
                end = resolver.follow(address).end
                if isinstance(end, Address) and end.path != path:
                    reached.add(end.path)
    for path in pages:
        if path not in reached:
            yield Fault("orphan", path, "", f"No page links to {path}.", "Link to it, or add it to nav.")


# The ledger.


class Lost(NamedTuple):
    """A recorded address that no longer answers.

    Attributes:
        address: as it is recorded.
        end: where it leads now, which is not there.
        likely: where its content probably is.
        reason: why that is likely.
    """

    address: Address
    end: Target | None
    likely: Address | None = None
    reason: str = ""


_NUMBER = re.compile(r"(.*?)[_-]?(\d+)\Z")


def lost(recorded: Mapping[str, Collection[str]], resolver: Resolver) -> Iterator[Lost]:
    """Yield each recorded address that no longer answers and was not retired.

    The anchors of a page that is lost are lost with it, and are not yielded.

    Args:
        recorded: the fragments of each address path; that of the path itself is the empty one.
        resolver: where addresses lead.
    """
    published, retired = resolver.published, resolver.redirects.retired
    folders = [a.path[:-1] for a in retired if a.path.endswith("/*")]
    for path in sorted(recorded):
        if Address(path) in retired or any(path.startswith(f) for f in folders):
            continue
        # Nearly all are where they were, which is seen at once.
        is_there = path in published.paths and resolver.stubs.sends(Address(path)) is None
        anchors = (published.anchors(path) if is_there else None) or frozenset()
        for fragment in sorted(each for each in recorded[path] if each not in anchors):
            address = Address(path, fragment)
            if address in retired or (resolver.stubs.sends(address) is None and resolver.answers(address)):
                continue
            end = resolver.follow(address).end
            if isinstance(end, str) or (end is not None and resolver.answers(end)):
                continue
            if end is None or end.path not in published.paths:
                yield Lost(Address(path), end)
                break
            yield Lost(address, end, *renumbered(end, published.anchors(end.path) or frozenset()))


def renumbered(address: Address, anchors: Iterable[str]) -> tuple[Address | None, str]:
    """Return the anchor that a lost one has become when only its number suffix changed.

    Markdown numbers equal headings (``usage``, ``usage_1``), so that removing one renames those after it.
    """
    found = _NUMBER.match(address.fragment)
    stem = found[1] if found else address.fragment
    like = [a for a in anchors if a == stem or ((n := _NUMBER.match(a)) and n[1] == stem)]
    if not stem or not like:
        return None, ""
    near = max(like, key=lambda a: (_count(a) < _count(address.fragment), _count(a)))
    return Address(address.path, near), "number"


def _count(anchor: str) -> int:
    found = _NUMBER.match(anchor)
    return int(found[2]) if found else 0


def likely_page(path: str, resolver: Resolver) -> tuple[Address | None, str]:
    """Return the published page that a lost one has perhaps become, from its name alone, and why."""
    near = Suggestions(resolver.published.paths).nearest(path)
    same = near is not None and last_part(near) == last_part(path)
    why = "it has the same name" if same else "it is spelt nearly the same"
    return (Address(near) if near else None), why


def likely_anchor(address: Address, pages: Mapping[str, Page]) -> tuple[Address | None, str]:
    """Return where a lost anchor's heading probably is: the only page that has it, or a close spelling."""
    have = [path for path, page in pages.items() if address.fragment in page.kept]
    if len(have) == 1:
        return Address(have[0], address.fragment), "the same heading is there"
    here = pages.get(address.path)
    near = similar(address.fragment, here.kept, at_least=0.7) if here and len(here.kept) < _NEAR else []
    return (Address(address.path, near[0]), "it is spelt nearly the same") if near else (None, "")
