"""Where headings went: for each heading that a branch once published its place of today.

Pure functions of the past, of texts, and of where pages went.
"""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from itertools import groupby
from typing import NamedTuple

from unbroken.check import links as check
from unbroken.formats.outline import Slug, has_same_headings, sections
from unbroken.formats.similarity import ENOUGH, MOST, shingles
from unbroken.model.addresses import Address
from unbroken.recover.history import Doc, Past, Version
from unbroken.recover.tracking import HALF, NOWHERE, THIRD, Confidence, Destination, Tracker

#: How many steps of a heading's way are followed.
_LONGEST = 50


class Sighting(NamedTuple):
    """When a heading address was last published.

    Attributes:
        doc: the page that had it.
        number: which of its versions was the last one.
        until: the step after which it was not there.
    """

    doc: Doc
    number: int
    until: int


def fragments_of(
    past: Past, texts: Callable[[list[str]], Iterable[str]], slug: Slug
) -> dict[str, tuple[str, ...]]:
    """Return the anchors of the headings of every version that a page ever had, by its blob."""
    docs = dict.fromkeys(stay.doc for stays in past.stays.values() for stay in stays)
    blobs = list(dict.fromkeys(version.blob for doc in docs for version in doc.versions))
    known: dict[tuple[str, ...], tuple[str, ...]] = {}
    found = {}
    before, fragments = "", tuple[str, ...]()
    for blob, text in zip(blobs, texts(blobs), strict=True):
        # Most versions differ little from the one before, and have the same headings.
        if not has_same_headings(before, text):
            fragments = tuple(section.fragment for section in sections(text, slug))
            fragments = known.setdefault(fragments, fragments)
        found[blob], before = fragments, text
    return found


class Headings:
    """Decide where the headings of pages went.

    Args:
        fates: where the pages went.
        slug: how headings become anchors.
        fragments: what `fragments_of` found.
    """

    def __init__(self, fates: Tracker, slug: Slug, fragments: dict[str, tuple[str, ...]]) -> None:
        self.fates = fates
        self.past = fates.past
        self.present = fates.present
        self.slug = slug
        self._fragments = fragments
        self._gained: dict[int, list[tuple[Doc, str, frozenset[int]]]] = {}
        self._where: dict[str, list[str]] | None = None
        # Of each page the last one of versions in a row with the same headings, and its number.
        self._runs: dict[Doc, list[tuple[int, Version]]] = {}
        self._sets: dict[int, frozenset[str]] = {}
        # The headings that went in one step are asked for one after the other.
        self._sections = lru_cache(maxsize=64)(lambda blob: sections(fates.text(blob), slug))

    def fragments(self, blob: str) -> tuple[str, ...]:
        """Return the anchors of a page's headings."""
        if blob not in self._fragments:
            self._fragments[blob] = tuple(section.fragment for section in self._sections(blob))
        return self._fragments[blob]

    def _anchors(self, blob: str) -> frozenset[str]:
        fragments = self.fragments(blob)
        if id(fragments) not in self._sets:
            self._sets[id(fragments)] = frozenset(fragments)
        return self._sets[id(fragments)]

    @cached_property
    def published(self) -> dict[Address, Sighting]:
        """Every heading address that the branch published."""
        end = len(self.past.line)
        found: dict[Address, Sighting] = {}
        for path, stays in self.past.stays.items():
            done: set[int] = set()
            for stay in reversed(stays):
                left = end if stay.left is None else stay.left
                next_at = end
                for number, version in reversed(list(enumerate(stay.doc.versions))):
                    until, next_at = min(next_at, left), version.at
                    fragments = self.fragments(version.blob)
                    # Most versions have the headings of the one after, which is told from them at once.
                    if until <= max(version.at, stay.came) or id(fragments) in done:
                        continue
                    done.add(id(fragments))
                    sighting = Sighting(stay.doc, number, until)
                    for fragment in fragments:
                        found.setdefault(Address(path, fragment), sighting)
        return found

    def _last_with(self, doc: Doc, number: int, fragment: str) -> int:
        """Return the last version of a page that still has a heading, from one that has it on."""
        if doc not in self._runs:
            grouped = groupby(enumerate(doc.versions), lambda each: id(self.fragments(each[1].blob)))
            self._runs[doc] = [list(run)[-1] for _, run in grouped]
        runs = self._runs[doc]
        for last, version in runs[bisect_left(runs, number + 1, key=lambda run: run[0]) :]:
            if fragment not in self._anchors(version.blob):
                break
            number = last
        return number

    def where(self, address: Address) -> Destination:
        """Return where a heading went."""
        sighting = self.published[address]
        doc, number, fragment = sighting.doc, sighting.number, address.fragment
        confidence = Confidence.SURE
        why: list[str] = []
        for _ in range(_LONGEST):
            number = self._last_with(doc, number, fragment)
            last = number + 1 == len(doc.versions)
            if last and doc.end is None:
                page = self.present.page_of(doc)
                if page:
                    moved = self.fates.page(doc, sighting.until) if not why else NOWHERE
                    steps = why or list(moved.why) or ["the page is elsewhere now"]
                    confidence = max(confidence, moved.confidence) if not why else confidence
                    return self._checked(Destination(page, confidence, tuple(steps), fragment))
                break
            at = doc.end if last else doc.versions[number + 1].at
            assert at is not None
            found = self._arrived(doc, number, fragment, at)
            if found is None:
                break
            doc, fragment, how, text = found
            confidence = max(confidence, how)
            why.append(text)
            number = next((n for n, v in enumerate(doc.versions) if v.at == at), len(doc.versions) - 1)
        return self._nearest(address, sighting)

    def _checked(self, fate: Destination) -> Destination:
        """Take a fate back whose heading is not on its page today."""
        address = self.present.address(fate.page)
        anchors = self.present.anchors(address) if address else None
        return fate if anchors and fate.fragment in anchors else NOWHERE

    def _arrived(
        self, doc: Doc, number: int, fragment: str, at: int
    ) -> tuple[Doc, str, Confidence, str] | None:
        """Return the heading below which a section's text arrived in the step that took it away."""
        blob = doc.versions[number].blob
        before = self._sections(blob)
        body = next((s.body for s in before if s.fragment == fragment), "")
        pieces = shingles(body)
        gained = self._gained_at(at)
        parts = sorted(
            ((len(pieces & theirs), n) for n, (_, _, theirs) in enumerate(gained)),
            key=lambda each: (-each[0], each[1]),
        )
        short = self.fates.short(at)
        if parts and pieces and parts[0][0] >= HALF * len(pieces):
            most, n = parts[0]
            second = parts[1][0] if len(parts) > 1 else 0
            whole = len(pieces)
            sure = most >= MOST * whole and second < THIRD * whole and whole >= ENOUGH
            other, name, _ = gained[n]
            verb = "renamed" if other is doc else f"moved to {posixpath.basename(other.path)}"
            how = Confidence.SURE if sure else Confidence.LIKELY
            return other, name, how, f"heading {verb} in {short}"
        # One heading for another, with too little text to tell.
        new = [name for other, name, _ in gained if other is doc]
        now = next((version.blob for version in doc.versions if version.at == at), "")
        after = self._anchors(now)
        lost = [section.fragment for section in before if section.fragment not in after]
        if len(new) == len(lost) == 1:
            return doc, new[0], Confidence.LIKELY, f"heading renamed in {short}"
        return None

    def _gained_at(self, at: int) -> list[tuple[Doc, str, frozenset[int]]]:
        """Return the headings that one step added, each with its page and its text."""
        if at not in self._gained:
            self._gained[at] = [
                (arrival.doc, section.fragment, shingles(section.body))
                for arrival in self.past.arrivals.get(at, ())
                for section in self._sections(arrival.new_blob)
                if section.fragment not in self._anchors(arrival.old_blob)
            ]
        return self._gained[at]

    def _nearest(self, address: Address, sighting: Sighting) -> Destination:
        """Return the heading of today that a lost one is probably, from its name alone."""
        fate = self.fates.page(sighting.doc, sighting.until)
        is_there = sighting.until == len(self.past.line)
        gone = "its page is not published" if is_there else f"removed in {self.fates.short(sighting.until)}"
        if path := self.present.address(fate.page):
            here = self.present.anchors(path) or frozenset()
            if address.fragment in here:
                confidence = max(fate.confidence, Confidence.LIKELY)
                return Destination(
                    fate.page, confidence, (*fate.why, "the same heading is there"), address.fragment
                )
            likely, _ = check.renumbered(Address(path, address.fragment), here)
            if likely:
                return Destination(
                    fate.page, Confidence.LIKELY, (gone, "only its number changed"), likely.fragment
                )
        if self._where is None:
            self._where = {}
            for live, page in self.present.pages.items():
                for name in self.present.anchors(live) or ():
                    self._where.setdefault(name, []).append(page)
        have = self._where.get(address.fragment, [])
        if len(have) == 1:
            return Destination(
                have[0], Confidence.GUESS, (gone, "the same heading is there"), address.fragment
            )
        return Destination("", Confidence.NONE, (gone,))
