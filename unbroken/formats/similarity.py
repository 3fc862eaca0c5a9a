"""What the text of a page tells without being rendered: its pieces, its title, its headings and anchors.

All of it is pure, and quick enough for every version that a page ever had.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

#: Pieces of text that two pages must share, at least, for it to tell something.
ENOUGH = 8
#: Parts of a text: next to nothing of it, and most of it.
LITTLE, MOST = 0.15, 0.8

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_DESTINATION = re.compile(r"\]\([^)\n]*\)|^\[[^\]\n]+\]:[^\n]*", re.MULTILINE)
_WORD = re.compile(r"\w+")
_SIZE = 4


def shingles(text: str) -> frozenset[int]:
    """Return the pieces of a text, each four words long, as numbers; link destinations do not count."""
    words = _WORD.findall(_DESTINATION.sub("] ", _FRONT.sub("", text)).lower())
    if len(words) < _SIZE:
        return frozenset({hash(tuple(words))} if words else ())
    return frozenset(map(hash, zip(*(words[n:] for n in range(_SIZE)), strict=False)))


_TITLE = re.compile(r"^#[ \t]+(.+?)[ \t]*#*(?:\{[^}\n]*\})?[ \t]*$", re.MULTILINE)


def title(text: str) -> str:
    """Return the title of a page, or nothing."""
    found = _TITLE.search(_FRONT.sub("", text))
    return found[1].casefold() if found else ""


class Section(NamedTuple):
    """A heading's anchor, the text below it up to the next heading, and its line, counted from 1."""

    fragment: str
    body: str
    line: int = 1


_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
# What a row must begin with to open or close a fence, or to make a heading.
_TELLING = frozenset("#=-`~ \t")
_HASHES = re.compile(r"(#{1,6})(?!#)[ \t]*(.*?)[ \t]*#*[ \t]*$")
_UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*$")
_ATTRIBUTES = re.compile(r"[ \t]*\{:?[ \t]*([^}\n]*?)[ \t]*\}[ \t]*$")
_ID = re.compile(r"(?:^|\s)#([^\s}]+)|(?:^|\s)id=[\"']?([^\s\"'}]+)")
_HTML_ID = re.compile(r"""<[a-zA-Z][^>]*?\s(?:id|name)\s*=\s*["']?([^\s"'>]+)""")
_NUMBERED = re.compile(r"(.*)_(\d+)$")

#: How a site turns a heading into its anchor.
Slug = Callable[[str], str]


def slug_of(text: str) -> Slug:
    """Return how a configuration turns headings into anchors, as far as its text tells."""
    found = re.search(r"slugify:[ \t]*(.*(?:\n[ \t]+(?:kwds|case|percent_encode|normalize)\b.*)*)", text)
    how = found[1] if found else ""
    if "pymdownx.slugs" in how or "slugify_unicode" in how:
        if "slugs.slugify" in how:
            case = re.search(r"case:[ \t]*['\"]?([a-z-]+)", how)
            return lambda name: _pymdownx(name, case[1] if case else "")
        return _dashed
    return lambda name: _dashed(unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode())


def _dashed(name: str) -> str:
    # markdown.extensions.toc.slugify
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", name).strip().lower())


def _pymdownx(name: str, case: str) -> str:
    # pymdownx.slugs.slugify: what is neither word, dash nor space goes, and each space becomes a dash.
    name = re.sub(r"[^\w\- ]", "", unicodedata.normalize("NFC", name).strip())
    name = name.casefold() if case == "fold" else name.lower() if case.startswith("lower") else name
    return name.replace(" ", "-")


def sections(text: str, slug: Slug) -> list[Section]:
    """Return the headings of a Markdown page in order, each with the text below it."""
    front = _FRONT.match(text)
    rows = text[front.end() if front else 0 :].splitlines()
    above = len(front[0].splitlines()) if front else 0
    starts: list[tuple[int, int, str]] = []
    fence = ""
    for number, row in enumerate(rows):
        if row[:1] not in _TELLING:
            continue
        mark = _FENCE.match(row)
        if fence:
            if mark and mark[1].startswith(fence) and not row[mark.end() :].strip():
                fence = ""
        elif mark:
            fence = mark[1]
        elif row.startswith("#") and (found := _HASHES.match(row)):
            starts.append((number, number + 1, found[2]))
        elif (
            number
            and row[0] in "=-"
            and _UNDERLINE.match(row)
            and rows[number - 1].strip()
            and not rows[number - 1].startswith(("#", ">", "-", "*", "|", " "))
            and (number == 1 or not rows[number - 2].strip())
        ):
            starts.append((number - 1, number + 1, rows[number - 1].strip()))
    names = [_named(name) for _, _, name in starts]
    used = {own for own, _ in names if own}
    result = []
    for place, (own, name) in enumerate(names):
        end = starts[place + 1][0] if place + 1 < len(starts) else len(rows)
        fragment = own or _unique(slug(name), used)
        if fragment:
            body = "\n".join(rows[starts[place][1] : end])
            result.append(Section(fragment, body, above + starts[place][0] + 1))
    return result


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
    found = _NUMBERED.match(fragment)
    return found[1] if found else fragment


def anchors_of(text: str, slug: Slug) -> frozenset[str]:
    """Return every anchor of a Markdown page that its text tells of."""
    given = {found[1] for found in _HTML_ID.finditer(text)}
    given.update(a or b for found in re.finditer(r"\{:?([^}\n]*)\}", text) for a, b in _ID.findall(found[1]))
    return frozenset(given.union(section.fragment for section in sections(text, slug)))


@lru_cache(maxsize=4096)
def _named(name: str) -> tuple[str, str]:
    """Return the id that a heading gives itself, and its name as it is read."""
    own = ""
    if found := _ATTRIBUTES.search(name):
        ids = _ID.search(found[1])
        own = (ids[1] or ids[2]) if ids else ""
        name = name[: found.start()]
    name = re.sub(r"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])", "", name)
    name = re.sub(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?", r"\1", name)
    codes = re.split(r"`+([^`]+)`+", name)
    for n in range(0, len(codes), 2):
        part = re.sub(r"<[^>]*>", "", codes[n])
        codes[n] = re.sub(r"(?<![\w\\])_{1,2}(\S(?:.*?[^\s\\])?)_{1,2}(?!\w)", r"\1", part)
    return own, html.unescape("".join(codes)).replace("\\", "").strip()


def _unique(fragment: str, used: set[str]) -> str:
    """Return an anchor that is not taken, numbered as Python-Markdown does it."""
    while fragment in used or not fragment:
        found = _NUMBERED.match(fragment)
        fragment = f"{found[1]}_{int(found[2]) + 1}" if found else f"{fragment}_1"
    used.add(fragment)
    return fragment
