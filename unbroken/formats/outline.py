"""The outline of a page as its Markdown tells it, without being rendered: title, headings, sections, anchors.

All of it is pure, and quick enough for every version that a page ever had.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from unbroken.formats.front_matter import front_matter

_TITLE = re.compile(r"^#[ \t]+(.+?)[ \t]*#*(?:\{[^}\n]*\})?[ \t]*$", re.MULTILINE)


def title(text: str) -> str:
    """Return the title of a page, or nothing."""
    found = _TITLE.search(text[front_matter(text).body :])
    return found[1].casefold() if found else ""


class Heading(NamedTuple):
    """A heading at the start of a line.

    Attributes:
        level: from 1.
        name: its words as they are written, with its attributes.
        line: its line, counted from 1.
        start: where it begins, in characters from 0.
        end: where its words end, and its line.
        body: where what is below it begins.
    """

    level: int
    name: str
    line: int
    start: int
    end: int
    body: int


class Section(NamedTuple):
    """A heading's anchor, the text below it up to the next heading, and its line, counted from 1."""

    fragment: str
    body: str
    line: int = 1


_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
# What a row must begin with to open or close a fence, or to make a heading.
_TELLING = frozenset("#=-`~ \t")
_HASHES = re.compile(r"(#{1,6})(?!#)[ \t]*(.*?)[ \t]*#*[ \t]*$")
# What is above an underline, and is neither a heading, a quotation, an item, a row nor code.
_TITLED = re.compile(r"(?![#>|\s]|[-*+]\s)")
_UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*$")
_ATTRIBUTES = re.compile(r"[ \t]*\{:?[ \t]*([^}\n]*?)[ \t]*\}[ \t]*$")
_ID = re.compile(r"(?:^|\s)#([^\s}]+)|(?:^|\s)id=[\"']?([^\s\"'}]+)")
_HTML_ID = re.compile(r"""<[a-zA-Z][^>]*?\s(?:id|name)\s*=\s*["']?([^\s"'>]+)""")
NUMBERED = re.compile(r"(.*)_(\d+)$")

#: How a site turns a heading into its anchor.
Slug = Callable[[str], str]


def slug_of(text: str) -> Slug:
    """Return how a configuration turns headings into anchors, as far as its text tells."""
    return lru_cache(maxsize=1 << 14)(_slug_of(text))  # most versions of a page have the same


def _slug_of(text: str) -> Slug:
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


def headings(text: str) -> list[Heading]:
    """Return the headings of a Markdown page in order; those within containers are not among them."""
    begin = front_matter(text).body
    above = len(text[:begin].splitlines())
    found: list[Heading] = []
    fence = before = last = ""
    at = last_at = begin
    for number, whole in enumerate(text[begin:].splitlines(keepends=True), above + 1):
        if whole[:1] in _TELLING:
            row = whole.rstrip("\r\n")
            mark = _FENCE.match(row)
            if fence:
                if mark and mark[1].startswith(fence) and not row[mark.end() :].strip():
                    fence = ""
            elif mark:
                fence = mark[1]
            elif row.startswith("#") and (name := _HASHES.match(row)):
                found.append(Heading(len(name[1]), name[2], number, at, at + len(row), at + len(whole)))
            elif row[0] in "=-" and _UNDERLINE.match(row) and _TITLED.match(last) and not before.strip():
                title = last.rstrip("\r\n")
                level = 1 if row[0] == "=" else 2
                ends = last_at + len(title), at + len(whole)
                found.append(Heading(level, title.strip(), number - 1, last_at, *ends))
        before, last, last_at = last, whole, at
        at += len(whole)
    return found


def sections(text: str, slug: Slug) -> list[Section]:
    """Return the headings of a Markdown page in order, each with the text below it."""
    found = headings(text)
    names = [_named(heading.name) for heading in found]
    used = {own for own, _ in names if own}
    numbers: dict[str, int] = {}
    ends = [*(heading.start for heading in found[1:]), len(text)]
    result = []
    for heading, end, (own, name) in zip(found, ends, names, strict=False):
        if fragment := own or _unique(slug(name), used, numbers):
            body = text[heading.body : end].removesuffix("\n").removesuffix("\r")
            result.append(Section(fragment, body, heading.line))
    return result


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


def _unique(fragment: str, used: set[str], numbers: dict[str, int]) -> str:
    """Return an anchor that is not taken, numbered as Python-Markdown does it.

    Args:
        fragment: what it would be.
        used: what is taken; the anchor becomes one of them.
        numbers: the number that was given last to each name; all below are taken.
    """
    name = fragment
    if name in used or not name:
        found = NUMBERED.match(name)
        stem, number = (found[1], int(found[2])) if found else (name, 0)
        number = numbers.get(name, number) + 1
        while (fragment := f"{stem}_{number}") in used:
            number += 1
        numbers[name] = number
    used.add(fragment)
    return fragment


# What a row must be like to make a heading or a fence, or to end one.
_TELLS = re.compile(r"#|[ \t]*(?:```|~~~)|(?:=+|-+)[ \t]*$")


def has_same_headings(old: str, new: str) -> bool:
    """Return whether two versions of a page differ in such a way alone that no heading can have changed.

    It costs next to nothing, and may say no though the headings are the same.
    """
    old, new = old[front_matter(old).body :], new[front_matter(new).body :]
    first = _same(old, new, str.startswith, lambda text, size: text[:size])
    first = old.rfind("\n", 0, first) + 1
    last = _same(old[first:], new[first:], str.endswith, lambda text, size: text[len(text) - size :])
    starts = [(text, len(text) - last) for text in (old, new)]
    whole = all(end == 0 or text[end - 1] == "\n" for text, end in starts)  # each ends with its row
    for text, end in starts:
        end = end if whole else text.find("\n", end) + 1 or len(text)
        if any(map(_TELLS.match, text[first:end].splitlines())):
            return False
        # One of the two rows behind may underline what has changed.
        after = end
        for _ in range(2):
            after = text.find("\n", after) + 1 or len(text)
        if any(map(_UNDERLINE.match, text[end:after].splitlines())):
            return False
    return True


def _same(old: str, new: str, does: Callable[[str, str], bool], part: Callable[[str, int], str]) -> int:
    """Return how many characters of two texts are the same, from the beginning or from the end."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        size = (low + high + 1) // 2
        if does(new, part(old, size)):
            low = size
        else:
            high = size - 1
    return low
