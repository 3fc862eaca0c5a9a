"""``_redirects`` as lines of words: what Cloudflare, Netlify and GitLab read alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from unbroken.findings.base import Place
from unbroken.model.imported import Rule, exact, wild
from unbroken.publish.hosts.base import unmarked

_PLACEHOLDER = re.compile(r"\*|(?<=/):[A-Za-z]\w*")
_IN_TARGET = re.compile(r":([A-Za-z]\w*)")


class Line(NamedTuple):
    """One line that is no comment, and its words."""

    place: Place
    words: list[str]


def lines(text: str, file: str) -> Iterator[Line]:
    """Yield the lines of a ``_redirects``; comments, and what Unbroken wrote, are left out."""
    for number, line in unmarked(text):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            words = re.sub(r"\s#.*$", "", stripped, flags=re.DOTALL).split()
            column = len(line) - len(line.lstrip()) + 1
            yield Line(Place(file, number, column), words)


def rule(
    place: Place, source: str, target: str, status: int, *, any_prefix: bool = True, **more: Any
) -> Rule:
    """Return the rule of a line, with ``*`` and ``:name`` in its source."""
    plain = source.partition("#")[0].partition("?")[0]
    plain = plain if plain.startswith("/") else "/" + plain
    if _PLACEHOLDER.search(plain) is None:
        return exact(place, plain, target, status=status, **more)._replace(source=source)
    return wild(
        place,
        plain,
        target,
        source_part=_PLACEHOLDER,
        target_part=_IN_TARGET,
        matches=lambda found: ("splat", ".*") if found[0] == "*" else (found[0][1:], "[^/]+"),
        shown=source,
        any_prefix=any_prefix,
        status=status,
        **more,
    )


def numeric(word: str) -> int | None:
    """Return a status; None for what is no three digits."""
    return int(word) if re.fullmatch(r"[1-5][0-9]{2}", word) else None


def without(text: str, gone: set[int]) -> str:
    """Return a ``_redirects`` without some of its lines.

    A paragraph of which no line is left goes with its comments.

    Args:
        text: the file's text.
        gone: the numbers of the lines that go.
    """
    paragraphs: list[list[tuple[int, str]]] = [[]]
    for number, line in enumerate(re.split(r"(?<=\n)", text), 1):
        paragraphs[-1].append((number, line))
        if not line.strip():
            paragraphs.append([])
    kept: list[str] = []
    for paragraph in paragraphs:
        left = [(number, line) for number, line in paragraph if number not in gone]
        said = [line for _, line in left if line.strip() and not line.lstrip().startswith("#")]
        if len(left) == len(paragraph) or said:
            kept += [line for _, line in left]
    return "".join(kept)
