"""The links of a style sheet."""

from __future__ import annotations

import re

from unbroken.formats.links import Link, placed


def css_links(text: str) -> list[Link]:
    """Return every URL in a style sheet, ``url(...)`` and ``@import``, in the order of their places."""
    spans = (match.span(match.lastindex) for match in _CSS.finditer(text) if match.lastindex is not None)
    return placed(text, ((text[start:end], start, end, "css") for start, end in spans))


# Comments and strings hide what is in them; one that has no end hides the rest.
_CSS = re.compile(
    r"""
    /\*(?:.*?\*/|.*)
    | \burl\(\s*(?:"((?:[^"\\\n]|\\.)*+)"|'((?:[^'\\\n]|\\.)*+)'|((?:[^\s"'()\\]|\\.)++))\s*\)
    | @import\s+(?:"((?:[^"\\\n]|\\.)*+)"|'((?:[^'\\\n]|\\.)*+)')
    | "(?:[^"\\\n]|\\.)*+" | '(?:[^'\\\n]|\\.)*+'
    """,
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
