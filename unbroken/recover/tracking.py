"""Where content went: for each page and heading that a branch once published its place of today.

A fate is *sure* only when content is known to have gone there: git saw the rename and the text bears it out,
or the text left one page and arrived on another in the same step. What looks alike is *likely* or a *guess*.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from enum import IntEnum
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from unbroken.formats.outline import Slug, anchors_of, title
from unbroken.formats.similarity import ENOUGH, LITTLE, MOST, shingles
from unbroken.model.addresses import is_page_path
from unbroken.model.listing import Listing
from unbroken.model.redirects import Published
from unbroken.recover.history import Arrival, Doc, Move, Past, Settings, address_of

#: Parts of a text.
THIRD, HALF = 0.3, 0.5
# Of the pages on which a text arrived so many are kept.
_KEPT = 4


class Confidence(IntEnum):
    """How far a proposal can be trusted; the smaller, the further."""

    SURE = 0
    LIKELY = 1
    GUESS = 2
    NONE = 3

    @property
    def word(self) -> str:
        """The word for it."""
        return self.name.lower()


class Share(NamedTuple):
    """How much of a text arrived on a page: the pieces that did."""

    doc: Doc
    pieces: frozenset[int]
    is_new: bool


class Leaving(NamedTuple):
    """The last text of a page that a step removed or renamed, and where it arrived then, most first."""

    pieces: frozenset[int]
    shares: tuple[Share, ...]


def shared(
    leavers: Iterable[tuple[Doc, str]],
    arrivals: Iterable[Arrival],
    pieces_of: Callable[[str], frozenset[int]],
) -> dict[Doc, Leaving]:
    """Return for each page that one step removed or renamed where its text arrived.

    What a page said before does not arrive there, but for a renamed page's own text.
    """
    old: dict[Doc, frozenset[int]] = {doc: pieces_of(blob) for doc, blob in leavers}
    index: dict[int, list[Doc]] = {}
    for doc, pieces in old.items():
        for piece in pieces:
            index.setdefault(piece, []).append(doc)
    found: dict[Doc, list[Share]] = {doc: [] for doc in old}
    for arrival in arrivals:
        whole = pieces_of(arrival.new_blob) & index.keys()
        before = pieces_of(arrival.old_blob) if whole and arrival.old_blob else frozenset()
        parts: dict[Doc, set[int]] = {}
        for piece in whole:
            for doc in index[piece]:
                if piece not in before or doc is arrival.doc:
                    parts.setdefault(doc, set()).add(piece)
        for doc, some in parts.items():
            if len(some) >= LITTLE * len(old[doc]):
                share = Share(arrival.doc, frozenset(some), not arrival.old_blob)
                found[doc] = sorted([*found[doc], share], key=lambda s: -len(s.pieces))[:_KEPT]
    return {doc: Leaving(pieces, tuple(found[doc])) for doc, pieces in old.items()}


# What is published today.


class Present:
    """The pages of today, by their sources.

    Args:
        settings: what decides which sources are pages.
        files: every file below ``docs_dir``.
        read: returns the text of a page path.
        slug: how headings become anchors.
        site: the built site, where that shall say what is published.
        listing: what the builder says, where it was asked.
    """

    def __init__(
        self,
        settings: Settings,
        files: Iterable[str],
        read: Callable[[str], str],
        slug: Slug,
        site: Published | None = None,
        listing: Listing | None = None,
    ) -> None:
        self.settings, self.listing = settings, listing
        self.read = read
        self.slug = slug
        self.site = site
        self.pages: dict[str, str] = {}
        others: set[str] = set()
        plain_files = settings._replace(docs="")
        for file in files:
            address = self.address(file)
            if address is None or (listing and listing.address(file) is None):
                continue  # plugins leave out what they like
            if not is_page_path(file):
                others.add(address)
            elif plain_files.page(file) and (
                # An index.md goes before a README.md.
                address not in self.pages or posixpath.basename(self.pages[address]).startswith("README")
            ):
                self.pages[address] = file
        if site:
            self.pages = {a: page for a, page in self.pages.items() if a in site.paths}
        others.update(listing.by_address if listing else ())
        self._paths: AbstractSet[str] = site.paths if site else self.pages.keys() | others
        self._anchors: dict[str, frozenset[str]] = {}

    @property
    def paths(self) -> AbstractSet[str]:
        """The address path of everything that is published."""
        return self._paths

    def anchors(self, path: str) -> AbstractSet[str] | None:
        """The anchors of a page: those of the built site, and those that its source tells of."""
        page = self.pages.get(path)
        if path not in self._anchors:
            built = self.site.anchors(path) if self.site else None
            told = anchors_of(self.read(page), self.slug) if page else frozenset()
            self._anchors[path] = told.union(built or ())
        return self._anchors[path] if page else None

    def address(self, page: str) -> str | None:
        """Return the address path of a page path; None where it has none."""
        return address_of(page, self.settings.directory_urls, self.listing) if page else None

    def page_of(self, doc: Doc) -> str | None:
        """Return the page path of a page that lives and is published."""
        page = self.settings.page(doc.path) if doc.end is None else None
        address = self.address(page) if page else None
        return page if address is not None and self.pages.get(address) == page else None


# Where content went.


class Destination(NamedTuple):
    """Where a page or a heading went.

    Attributes:
        page: the page path of today; empty when it is not known.
        confidence: how far that can be trusted.
        why: each step on the way.
        fragment: the heading there, for a heading.
    """

    page: str = ""
    confidence: Confidence = Confidence.NONE
    why: tuple[str, ...] = ()
    fragment: str = ""


#: Of what went nobody knows where.
NOWHERE = Destination()
_LONGEST = 50


class Tracker:
    """Decide where the content of lost pages went.

    Args:
        past: what the branch published.
        present: what is published today.
        text: returns the text of a blob.
    """

    def __init__(self, past: Past, present: Present, text: Callable[[str], str]) -> None:
        self.past = past
        self.present = present
        self.text = text
        # The texts of one page's versions, and of one step, are asked for in a row.
        self.pieces = lru_cache(maxsize=256)(lambda blob: shingles(text(blob)))
        self._pages: dict[tuple[Doc, int], Destination] = {}
        self._trust: dict[Move, Confidence] = {}
        self._steps: dict[int, dict[Doc, Leaving]] = {}
        self._copies: dict[int, tuple[Counter[str], Counter[str]]] = {}
        self._folders: dict[int, Counter[tuple[str, str]]] = {}
        # Which pages of today, and which lost ones, hold a piece of text.
        self._holders: dict[int, tuple[Doc | str, ...]] = {}
        self._prepared: set[tuple[Doc, int]] = set()
        self._titles: dict[str, list[str]] | None = None

    def prepare(self, lost: Iterable[tuple[Doc, int]]) -> None:
        """Read what the fates of these pages, from these steps on, depend on; all of them at once."""
        waiting = list(lost)
        holders, fresh = self._holders, set[int]()

        def want(pieces: frozenset[int]) -> None:
            unknown = pieces.difference(holders)
            fresh.update(unknown)
            holders.update(dict.fromkeys(unknown, ()))

        while waiting:
            doc, at = waiting.pop()
            if (doc, at) in self._prepared:
                continue
            self._prepared.add((doc, at))
            want(self.pieces(doc.blob(at)))
            steps = [m.at for m in doc.moves if m.at >= at and m.old_blob != m.new_blob]
            if doc.end is not None:
                steps.append(doc.end)
            for step in steps:
                leaving = self.leaving(doc, step)
                want(leaving.pieces)
                if step == doc.end:
                    self._hold(leaving.pieces, doc)
                    waiting += [(share.doc, step + 1) for share in leaving.shares[:1]]
        if fresh:
            living = {page: doc for doc in self.past.living.values() if (page := self.present.page_of(doc))}
            for page in self.present.pages.values():
                self._hold(shingles(self.present.read(page)) & fresh, living.get(page, page))

    def _hold(self, pieces: AbstractSet[int], holder: Doc | str) -> None:
        alone = (holder,)
        for piece in pieces:
            others = self._holders[piece]
            if not others:
                self._holders[piece] = alone
            elif len(others) < _MANY and holder not in others:
                self._holders[piece] = (*others, holder)

    def leaving(self, doc: Doc, at: int) -> Leaving:
        """Return the last text of a page that a step removed or renamed, and where it arrived."""
        if at not in self._steps:
            leavers = self.past.leavers.get(at, ())
            self._steps[at] = shared(leavers, self.past.arrivals.get(at, ()), self.pieces)
        return self._steps[at].get(doc) or Leaving(frozenset(), ())

    def page(self, doc: Doc, at: int) -> Destination:
        """Return where a page went from a step on."""
        if (doc, at) not in self._pages:
            self._pages[doc, at] = self._page(doc, at)
        return self._pages[doc, at]

    def _page(self, doc: Doc, at: int) -> Destination:
        confidence = Confidence.SURE
        why: list[str] = []
        blob = doc.blob(at)
        trail: set[Doc | str] = set()
        for _ in range(_LONGEST):
            trail.add(doc)
            for move in doc.moves:
                if move.at >= at:
                    confidence = max(confidence, self._renamed(doc, move))
                    why.append(f"renamed in {self.short(move.at)}")
            if doc.end is None:
                page = self.present.page_of(doc)
                if page and confidence is Confidence.SURE and self._is_rewritten(blob, doc, trail):
                    return Destination(page, Confidence.LIKELY, (*why, "rewritten since"))
                if page:
                    return Destination(page, confidence, tuple(why))
                return Destination(
                    "", Confidence.NONE, (*why, "its source is still there, and is not published")
                )
            found = self._arrived(doc, doc.end)
            if found is None:
                near = self._nearest(doc, doc.end)
                removed = f"removed in {self.short(doc.end)}"
                return near._replace(why=(*why, removed, *near.why))
            how, at = found[1], doc.end + 1
            doc, confidence = found[0], max(confidence, how[0])
            why.append(how[1])
        return NOWHERE

    def short(self, at: int) -> str:
        """Return the name of a step as messages show it."""
        commit = self.past.line[at].id
        return commit[:9] if commit else "the work tree"

    def _is_rewritten(self, blob: str, doc: Doc, trail: set[Doc | str]) -> bool:
        """Return whether next to nothing of a text is left on the page that it came to."""
        pieces = self.pieces(blob)
        # What two pages have is no page's own; what one other has alone may have gone there.
        others = trail - {doc}
        holders = {piece: self._holders.get(piece, ()) for piece in pieces}
        own = {p for p, those in holders.items() if len(those) <= 1 or len(set(those) - others) <= 1}
        if len(own) < ENOUGH:
            own = set(pieces)
        left = sum(doc in holders[piece] for piece in own)
        return left < LITTLE * len(own)

    def _renamed(self, doc: Doc, move: Move) -> Confidence:
        """Say how far a rename can be trusted."""
        if move not in self._trust:
            self._trust[move] = self._trusted(doc, move)
        return self._trust[move]

    def _trusted(self, doc: Doc, move: Move) -> Confidence:
        with_folder = self._moves_with_folder(move)
        if move.old_blob == move.new_blob and move.old_blob:
            old, new = self._copies_at(move.at)
            is_one = old[move.old_blob] == new[move.old_blob] == 1
            enough = len(self.pieces(move.old_blob)) >= ENOUGH
            return Confidence.SURE if with_folder or (is_one and enough) else Confidence.LIKELY
        leaving = self.leaving(doc, move.at)
        part, other, count = self._parts(doc, doc, leaving)
        if (part >= HALF and other < THIRD and count >= ENOUGH) or (with_folder and part >= HALF > other):
            return Confidence.SURE
        return Confidence.LIKELY

    def _moves_with_folder(self, move: Move) -> bool:
        """Return whether a page kept its name and another went the same way in the same step, unchanged."""
        if posixpath.basename(move.old) != posixpath.basename(move.new):
            return False
        if move.at not in self._folders:
            ways: Counter[tuple[str, str]] = Counter()
            for change in self.past.line[move.at].changes:
                if change.status == "R" and posixpath.basename(change.old) == posixpath.basename(change.new):
                    ways[_way(change.old, change.new)] += change.score == 100
            self._folders[move.at] = ways
        mine = move.old_blob == move.new_blob
        return self._folders[move.at][_way(move.old, move.new)] > mine

    def _copies_at(self, at: int) -> tuple[Counter[str], Counter[str]]:
        """Return how often each content was removed and added in a step."""
        if at not in self._copies:
            changes = [c for c in self.past.line[at].changes if c.status != "M"]
            self._copies[at] = (
                Counter(c.old_blob for c in changes if c.status != "A"),
                Counter(c.new_blob for c in changes if c.status != "D"),
            )
        return self._copies[at]

    def _parts(self, doc: Doc, target: Doc, leaving: Leaving) -> tuple[float, float, int]:
        """Return how much of a text arrived on a page, the most that did on any other, and of how much.

        Only pieces count that no other page has, because pages of one site share phrases.
        """
        mine: set[Doc | str] = {doc, target}
        for share in leaving.shares:
            mine.add(share.doc)
        own = {piece for piece in leaving.pieces if mine.issuperset(self._holders.get(piece, ()))}
        parts = {share.doc: len(share.pieces & own) for share in leaving.shares}
        here = parts.pop(target, 0)
        whole = len(own) or 1
        return here / whole, max(parts.values(), default=0) / whole, len(own)

    def _arrived(self, doc: Doc, at: int) -> tuple[Doc, tuple[Confidence, str]] | None:
        """Return the page on which a removed page's text arrived in the same step."""
        leaving = self.leaving(doc, at)
        if not leaving.shares:
            return None
        best = leaving.shares[0]
        part, other, count = self._parts(doc, best.doc, leaving)
        if len(best.pieces) < HALF * len(leaving.pieces) and (part < HALF or count < ENOUGH):
            return None
        how = "moved to" if best.is_new else "merged into"
        why = f"content {how} {posixpath.basename(best.doc.path)} in {self.short(at)}"
        is_sure = part >= MOST and other < THIRD and count >= ENOUGH
        return best.doc, (Confidence.SURE if is_sure else Confidence.LIKELY, why)

    def _nearest(self, doc: Doc, at: int) -> Destination:
        """Return the page of today that is most like a removed one."""
        pieces = self.leaving(doc, at).pieces
        held = [those for piece in pieces if (those := self._holders.get(piece, ()))]
        # The page itself is one of them.
        counts = Counter(chain.from_iterable(those for those in held if len(those) <= _FEW + (doc in those)))
        del counts[doc]
        # Of two that have as much the first by name, so that every run says the same.
        pages = sorted(
            (-number, page)
            for holder, number in counts.items()
            if (page := holder if isinstance(holder, str) else self.present.page_of(holder))
        )
        best = pages[0][1] if pages else ""
        number, second = (-most for most, _ in [*pages, (0, ""), (0, "")][:2])
        part = number / (len(pieces) or 1)
        if part >= HALF and number >= max(ENOUGH, 2 * second):
            return Destination(best, Confidence.LIKELY, ("most of its text is there",))
        text = self.text(doc.blob(at))
        if self._titles is None:
            self._titles = {}
            for page in self.present.pages.values():
                self._titles.setdefault(title(self.present.read(page)), []).append(page)
        same = self._titles.get(title(text), []) if title(text) else []
        if len(same) == 1:
            return Destination(same[0], Confidence.LIKELY, ("the title is the same",))
        if part >= LITTLE:
            return Destination(best, Confidence.GUESS, ("nearest by text",))
        return NOWHERE


# Of the pages that hold a piece of text no more than these count: what so many share tells nothing.
_FEW, _MANY = 3, 8


def _way(old: str, new: str) -> tuple[str, str]:
    return posixpath.dirname(old), posixpath.dirname(new)
