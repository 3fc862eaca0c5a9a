"""What the comment above a line, or at its end, says of when and why the line came to be."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

# "2025-05-07: why", "before 2025-05-07: why".
_DATED = re.compile(r"((?:before )?)(\d{4}-\d\d-\d\d)\b[\s:–—-]*", re.IGNORECASE)
# A comment at a line's end, with what is quoted passed over.
_AT_END = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|\s#+\s*(.*)$""")


class Story(NamedTuple):
    """When and why one line came into the map.

    Attributes:
        day: in ISO 8601, or empty when it is not known.
        before: whether it was before that day.
        reason: plain text, or empty.
        lost: whether the history that would tell the day is not here.
    """

    day: str = ""
    before: bool = False
    reason: str = ""
    lost: bool = False


def is_dated(text: str) -> bool:
    """Return whether a comment gives the day of what stands below it."""
    return bool(_story(text).day)


def comment(lines: list[str], number: int, numbers: set[int], *, at_end: bool = True) -> str:
    """Return the comment at the end of a line, or the one above it or above its group; empty for none.

    Args:
        lines: the lines of the file.
        number: the line's, counted from 1.
        numbers: those of all lines of the map: they make groups, which other lines and empty ones end.
        at_end: whether a comment at the line's own end counts, and goes first.
    """
    if not 1 <= number <= len(lines):
        return ""
    line = lines[number - 1]
    own = next((found[1] for found in _AT_END.finditer(line) if found[1] is not None), "")
    if own and at_end:
        return own
    indent = _indent(line)
    above = number - 1  # counted from 1: the line above
    while above >= 1 and lines[above - 1].strip() and not lines[above - 1].lstrip().startswith("#"):
        # Other lines of the map, and what continues them, belong to the group.
        if above not in numbers and _indent(lines[above - 1]) <= indent:
            return ""
        above -= 1
    found: list[str] = []
    while above >= 1 and lines[above - 1].lstrip().startswith("#"):
        found.insert(0, lines[above - 1].lstrip().lstrip("#").strip())
        above -= 1
    return " ".join(filter(None, found))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _story(text: str) -> Story:
    found = _DATED.match(text)
    if found:
        try:
            date.fromisoformat(found[2])
        except ValueError:
            return Story(reason=text)
        return Story(found[2], bool(found[1]), text[found.end() :])
    return Story(reason=text)
