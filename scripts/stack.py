"""Name the column in each cell of a table in `<div class="stack">`: on a phone each row is a card."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any

_STACK = re.compile(r'<div class="stack">.*?</table>', re.DOTALL)
_HEAD = re.compile(r"<th[ >].*?</th>", re.DOTALL)
_TAGS = re.compile(r"<[^>]+>")


def labelled(html: str) -> str:
    """Return a page with the names written into such tables."""
    return _STACK.sub(_labelled, html)


def _labelled(found: re.Match[str]) -> str:
    head, end, body = found[0].partition("</thead>")
    names = [unescape(_TAGS.sub("", cell)).strip() for cell in _HEAD.findall(head)]

    def row(cells: re.Match[str]) -> str:
        column = iter(names)
        return re.sub(
            r"<td(?=[ >])", lambda _: f'<td data-label="{escape(next(column, ""), quote=True)}"', cells[0]
        )

    return head + end + re.sub(r"<tr>.*?</tr>", row, body, flags=re.DOTALL)


def on_page_content(html: str, **_: Any) -> str:
    """MkDocs and ProperDocs call this for each page."""
    return labelled(html)
