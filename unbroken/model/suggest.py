"""What was perhaps meant: the published address that a wrong one is like, never more than a guess."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable
from urllib.parse import unquote

from unbroken.model.addresses import is_page_path

# How alike two names are that differ by a slip of the hand, from 0 to 1; and two anchors, of many words each.
_ALIKE = 0.8
_SLIP = 0.9
# What parts the words of a name.
_PARTS = re.compile("[-_]")
# Among more anchors than these no likely one is looked for.
_MOST_ANCHORS = 2000


class Suggestions:
    """The published addresses, by their last part.

    Args:
        paths: the address path of everything that is published.
    """

    def __init__(self, paths: Collection[str]) -> None:
        self.paths = paths
        self._by_name: dict[str, list[str]] = {}
        self._folders: dict[str, list[str]] = {}

    def nearest(self, path: str, *, files: bool = False) -> str | None:
        """Return the one published path with the same last part, or with nearly the same in the same folder.

        A builder leaves the link to a page that is not there as it was written, with its ``.md``.

        Args:
            path: the address path that is not there.
            files: whether only a file of the same kind will do, and no page.
        """
        if is_page_path(path):
            path = path.rpartition(".")[0] + "/"
        if not self._by_name:
            for live in sorted(self.paths):
                self._by_name.setdefault(last_part(live), []).append(live)
                self._folders.setdefault(posixpath.dirname(live.rstrip("/")), []).append(live)
        same = [live for live in self._by_name.get(last_part(path), ()) if live != path]
        if same:
            return same[0] if len(same) == 1 else None
        beside = self._folders.get(posixpath.dirname(path.rstrip("/")), [])
        kind = posixpath.splitext(path)[1].lower()
        if files:
            beside = [live for live in beside if posixpath.splitext(live)[1].lower() == kind]
        found = similar(last_part(path), [last_part(live) for live in beside], at_least=_ALIKE)
        return next((live for live in beside if found and last_part(live) == found[0]), None)


def similar(name: str, names: Collection[str], most: int = 1, at_least: float = 0.6) -> list[str]:
    """Return the names that one is like, the most similar first.

    Args:
        name: the name that is not there.
        names: those that are.
        most: how many to return.
        at_least: how alike two names have to be, from 0 to 1.
    """
    from difflib import get_close_matches  # only where it is needed: starting is most of a short run

    return get_close_matches(name, names, most, at_least)


def choose(name: str, names: Iterable[str]) -> str:
    """Return the remedy for a name that is none of those known: the one that is perhaps meant, or all."""
    known = list(names)
    words = set(_PARTS.split(name))
    # One of the same words is likelier than one of the same letters.
    near = similar(name, [each for each in known if words & {*_PARTS.split(each)}]) or similar(name, known)
    return f"Perhaps {near[0]} is meant." if near else f"Use one of {', '.join(known)}."


def likely_anchor(fragment: str, anchors: Collection[str]) -> str | None:
    """Return the anchor that was probably meant: in other case, nearly so spelt, or with more or fewer words.

    >>> likely_anchor("Tuning", ["tuning-the-widget", "turning"])
    'tuning-the-widget'
    >>> likely_anchor("tune-the-widgt", ["tune", "tune-the-widget"])
    'tune-the-widget'
    """
    if len(anchors) >= _MOST_ANCHORS or not fragment:
        return None
    plain = fragment.casefold().replace("_", "-")
    names = {anchor: anchor.casefold().replace("_", "-") for anchor in sorted(anchors)}
    for fits in (
        [anchor for anchor, name in names.items() if name == plain],
        similar(fragment, names, at_least=_SLIP),
        [a for a, name in names.items() if name.startswith(f"{plain}-") or plain.startswith(f"{name}-")],
        similar(fragment, names),
    ):
        if len(fits) == 1:
            return fits[0]
    return None


def last_part(path: str) -> str:
    """Return the last part of a path as names are compared: without case, ending of pages and separators."""
    name = unquote(posixpath.basename(path.rstrip("/"))).removesuffix(".html")
    return re.sub(r"[\s_-]+", "-", name).casefold()
