"""What macros in a Markdown text name: files that they include, paths that they make links of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_MACRO = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\[%.*?%\]", re.DOTALL)
_ARGUMENT = re.compile(r"""(["'])([^"'\r\n{}]+)\1""")
# The older form of includes, which has no quotes.
_BARE = re.compile(r"\{!\s*([^\s!}][^\r\n!}]*?)\s*!\}")


class Argument(NamedTuple):
    """A name that a macro is given, and where it stands in the text."""

    name: str
    start: int


def arguments(text: str) -> Iterator[Argument]:
    """Yield each text that a macro is given, in order."""
    for macro in _MACRO.finditer(text):
        for found in _ARGUMENT.finditer(text, *macro.span()):
            yield Argument(found[2], found.start())


def included(text: str) -> list[str]:
    """Return each name that may be of a file which a text includes."""
    names = [found[1] for found in _BARE.finditer(text)]
    return list(dict.fromkeys([*names, *(each.name for each in arguments(text))]))
