"""Say what authors renamed by themselves, as git sees it, and which links they have put right already."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from unbroken.formats.links import Link


def untouched(was: str, now: str, links: Callable[[str], list[Link]]) -> list[bool]:
    """Say of each link in a text whether its destination is what it was before the text was edited.

    Where only destinations of a line differ, they are compared one by one. On a line that says something
    else, a destination is an old one when the text had it before.
    """
    if was == now:
        return [True] * len(links(now))
    old_links, new_links = links(was), links(now)
    old_lines, old_by_line = _lines(was, old_links)
    new_lines, new_by_line = _lines(now, new_links)
    known = {link.destination for link in old_links}
    result = [link.destination in known for link in new_links]
    blocks = SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_matching_blocks()
    for old, new, size in blocks:
        for step in range(size):
            pairs = zip(old_by_line.get(old + step, ()), new_by_line.get(new + step, ()), strict=False)
            for before, after in pairs:
                result[after] = old_links[before].destination == new_links[after].destination
    return result


def _lines(text: str, found: Sequence[Link]) -> tuple[list[str], dict[int, list[int]]]:
    """Return the lines of a text without their destinations, and the links that begin on each."""
    pieces: list[str] = []
    at = 0
    by_line: dict[int, list[int]] = {}
    for number, link in enumerate(found):
        by_line.setdefault(link.line - 1, []).append(number)
        pieces += (text[at : link.start], "\0")
        at = max(at, link.end)
    return re.split(r"\r\n?|\n", "".join((*pieces, text[at:]))), by_line
