"""What the page for unknown addresses looks an address up in: present, moved and withdrawn ones, in one file.

Only that page fetches the file, so it is compact and not clever: addresses are sorted, and each is written as
the number of characters that it shares with the one before, and its rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from os.path import commonprefix

from unbroken.model.plan import Plan
from unbroken.model.redirects import Target
from unbroken.workspace.built_site import LOOKUP

#: The file and its script, relative to the site directory.
DATA = LOOKUP
SCRIPT = "assets/unbroken-lookup.js"

#: How an error page says that it wants to be helped: an attribute of any element.
_WANTED = re.compile(rb"<[a-zA-Z][^<>]*\sdata-unbroken-lookup[\s=/>]")
# Old addresses that are looked up. Every one has an answer of its own; this file is for those misspelt.
_MOST = 20_000
_TITLE = re.compile(rb"<title[^<>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)


def is_wanted(html: bytes) -> bool:
    """Return whether an error page has an element with the attribute ``data-unbroken-lookup``."""
    return _WANTED.search(html) is not None


def title_of(head: bytes, site_name: str = "") -> str:
    """Return the title of a page without the site's name, which themes put behind it; empty for none."""
    found = _TITLE.search(head)
    title = " ".join(unescape(found[1].decode("utf-8", "replace")).split()) if found else ""
    name = re.escape(" ".join(site_name.split()))
    return re.sub(rf" [-|:·–—] {name}$", "", title) if name else title


def text(plan: Plan, titles: Mapping[str, str]) -> str:
    """Return the file's text.

    Args:
        plan: what the site contains.
        titles: the title of each page that may be offered, by its address path.
    """
    pages = sorted(titles)
    number = {path: n for n, path in enumerate(pages)}

    def place(target: Target) -> str | int:
        known = (
            None if isinstance(target, str) or target.fragment or target.query else number.get(target.path)
        )
        return str(target) if known is None else known

    answers = plan.answers[:_MOST]
    moved = {answer.source: answer.target for answer in answers}
    anchors = {answer.source: answer.anchors for answer in answers if answer.anchors}
    anchors |= {path: moves for path, moves in plan.moves.items() if moves}
    data = {
        "pages": _flat(_shared(pages), ([titles[path]] for path in pages)),
        "moved": _flat(_shared(sorted(moved)), ([place(moved[path])] for path in sorted(moved))),
        "gone": _flat(_shared(sorted(plan.gone)), ([] for _ in plan.gone)),
        "below": [[p.prefix, str(p.target), p.star] for p in plan.patterns],
        "anchors": {
            path: {name: place(target) for name, target in sorted(moves.items())}
            for path, moves in sorted(anchors.items())
        },
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"


def _shared(paths: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield how much of each address the one before has, and the rest."""
    before = ""
    for path in paths:
        # Scripts count UTF-16 units; an address in normal form is ASCII.
        same = len(commonprefix((before, path)))  # noqa: RUF071  # characters are meant
        yield same, path[same:]
        before = path


def _flat(*columns: Iterable[Iterable[object]]) -> list[object]:
    return [value for row in zip(*columns, strict=True) for part in row for value in part]
