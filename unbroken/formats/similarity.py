"""How much of a text is in another, without rendering either.

All of it is pure, and quick enough for every version that a page ever had.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from unbroken.formats.front_matter import front_matter
from unbroken.formats.outline import NUMBERED, Section

#: Pieces of text that two pages must share, at least, for it to tell something.
ENOUGH = 8
#: Parts of a text: next to nothing of it, and most of it.
LITTLE, MOST = 0.15, 0.8

_DESTINATION = re.compile(r"\]\([^)\n]*\)|^\[[^\]\n]+\]:[^\n]*", re.MULTILINE)
_WORD = re.compile(r"\w+")
_SIZE = 4


def shingles(text: str) -> frozenset[int]:
    """Return the pieces of a text, each four words long, as numbers; link destinations do not count."""
    words = _WORD.findall(_DESTINATION.sub("] ", text[front_matter(text).body :]).lower())
    if len(words) < _SIZE:
        return frozenset({hash(tuple(words))} if words else ())
    return frozenset(map(hash, zip(*(words[n:] for n in range(_SIZE)), strict=False)))


def shifted(then: Sequence[Section], now: Sequence[Section]) -> Iterator[tuple[str, Section]]:
    """Yield each numbered anchor of a page that has come to name another section, and where its own is now.

    Only what the texts leave no doubt of: most of the old section stands under one other number, and next to
    nothing of it under its old anchor, nor under another number of then.
    """
    for old in then:
        pieces = shingles(old.body)
        if len(pieces) < ENOUGH:
            continue
        stem = _stem(old.fragment)
        alike = [(s, len(pieces & shingles(s.body)) / len(pieces)) for s in now if _stem(s.fragment) == stem]
        twins = [s for s in then if s is not old and _stem(s.fragment) == stem]
        here = [s for s, part in alike if part >= MOST]
        taken = [part for s, part in alike if s.fragment == old.fragment]
        others = [len(pieces & shingles(s.body)) / len(pieces) for s in twins]
        if len(here) == 1 and taken and max([*taken, *others]) < LITTLE:
            yield old.fragment, here[0]


def _stem(fragment: str) -> str:
    found = NUMBERED.match(fragment)
    return found[1] if found else fragment
