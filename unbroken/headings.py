"""Headings in the source of a page, and the sections that they begin.

Only a rendered page tells which anchor a heading has, so whoever asks for a change renders: what is found
here is a candidate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

_ATX = re.compile(r"#{1,6}[ \t]*\S")
_ATTRIBUTES = re.compile(r"[ \t]*\{:?[ \t]*([^{}\n]*?)[ \t]*\}[ \t]*$")


def rename_heading(
    text: str, old: str, new: str, anchors: Callable[[str], Sequence[str]], title: str = ""
) -> str | None:
    """Return a page on which the heading with one anchor has another; None if none can.

    Args:
        text: the page.
        old: the anchor.
        new: the new one, written as ``{ #new }`` where the words do not make it.
        anchors: renders a page and returns its anchors in order.
        title: the heading's new words; by default it keeps those that it has.
    """
    wanted = [new if anchor == old else anchor for anchor in anchors(text)]
    words = set(re.findall(r"\w+", old.casefold()))
    candidates: list[tuple[int, int, int]] = []
    lines = [*re.finditer(r"[^\r\n]*", text)]
    lines = [line for line in lines if line[0]]
    for number, line in enumerate(lines):
        below = lines[number + 1][0] if number + 1 < len(lines) else ""
        if _ATX.match(line[0]) or re.fullmatch(r"(?:=+|-+)[ \t]*", below):
            likeness = len(words & set(re.findall(r"\w+", line[0].casefold())))
            candidates.append((-likeness, line.start(), line.end()))
    for _, start, end in sorted(candidates):
        said = text[start:end]
        if title:
            attributes = _ATTRIBUTES.search(said)
            mark = re.match(r"#{1,6}[ \t]*|", said)
            said = f"{mark[0] if mark else ''}{title}{attributes[0] if attributes else ''}"
        for written in (said, _with_id(said, new)) if title else (_with_id(said, new),):
            changed = text[:start] + written + text[end:]
            if list(anchors(changed)) == wanted:
                return changed
    return None


def _with_id(line: str, anchor: str) -> str:
    found = _ATTRIBUTES.search(line)
    if not found:
        return f"{line.rstrip()} {{ #{anchor} }}"
    if re.search(r"(?:^|\s)#[^\s]+", found[1]):
        inner = re.sub(r"(^|\s)#[^\s]+", rf"\g<1>#{anchor}", found[1], count=1)
    else:
        inner = f"#{anchor} {found[1]}"
    return line[: found.start(1)] + inner + line[found.end(1) :]


def sections(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield each heading's level, and where its section begins and ends: at the next that is not below it."""
    found: list[tuple[int, int]] = []
    fence = ""
    last = (0, "")
    for line in re.finditer(r"([^\r\n]*)(?:\r\n?|\n|$)", text):
        said = line[1]
        mark = re.match(r" {0,3}(`{3,}|~{3,})", said)
        if fence:
            if mark and mark[1].startswith(fence) and not said.strip(" `~"):
                fence = ""
        elif mark:
            fence = mark[1]
        elif _ATX.match(said):
            found.append((len(said) - len(said.lstrip("#")), line.start()))
        elif last[1].strip() and re.fullmatch(r"=+[ \t]*|-+[ \t]*", said):
            found.append((1 if said[0] == "=" else 2, last[0]))
        last = line.start(), said
    for number, (level, start) in enumerate(found):
        ends = (at for other, at in found[number + 1 :] if other <= level)
        yield level, start, next(ends, len(text))


_DEFINITION = re.compile(r"(?m)^ {0,3}\[(?!\^)([^\[\]\r\n]+)\]:[ \t]*\S[^\r\n]*$")


def _with_definitions(text: str, others: str) -> str:
    """Return a part of a page with the definitions of links that it uses and that stand in the others."""
    own = {found[1].casefold() for found in _DEFINITION.finditer(text)}
    missing = [
        found[0].strip()
        for found in _DEFINITION.finditer(others)
        if found[1].casefold() not in own and f"[{found[1]}]".casefold() in text.casefold()
    ]
    newline = "\r\n" if "\r\n" in text else "\n"
    return text.rstrip() + newline + "".join(f"{newline}{line}" for line in missing) + newline * bool(missing)


def cut_out(text: str, start: int, end: int) -> tuple[str, str]:
    """Return a section of a page and what is left, each with the definitions of links that it uses."""
    section, rest = text[start:end], text[:start] + text[end:]
    if start and section.rstrip() != section and not text[end:].strip():
        rest = text[:start].rstrip() + ("\r\n" if "\r\n" in text else "\n")
    if _DEFINITION.search(section):
        return _with_definitions(section, rest), _with_definitions(rest, section)
    return _with_definitions(section, rest), rest


def appended(text: str, section: str) -> str:
    """Return a page with a section at its end, its lines ending as those of the page do."""
    newline = "\r\n" if "\r\n" in text else "\n"
    return text.rstrip() + newline * 2 + re.sub("\r\n?|\n", newline, section)
