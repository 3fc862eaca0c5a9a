"""What a move comes to, in words and as a diff."""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Sequence

from unbroken.findings.base import count
from unbroken.model.redirects import quoted
from unbroken.move.links import Relinked
from unbroken.move.redirects import MapEdit
from unbroken.move.targets import Move
from unbroken.workspace.transaction import Write

# How many of the things that move are named.
_NAMED = 3


def about(move: Move) -> str:
    """Return what goes where, folders first, and how much more there is where it is much."""
    tops = [(f, t) for f, t in move.folders.items() if posixpath.dirname(f) not in move.folders]
    named = [f"{f}/ to {t}/" for f, t in sorted(tops)]
    named += [
        f"{old} to {new}"
        for old, new in move.files.items()
        if not any(old.startswith(f + "/") for f, _ in tops)
    ]
    named += [f"{old} to {new}" for old, new in move.headings.items()]
    text = ", ".join(named[:_NAMED])
    return text if len(named) <= _NAMED else f"{text} and {len(named) - _NAMED} more"


def rewritten(planned: Relinked) -> list[str]:
    """Return how many links change, a line, or nothing."""
    links = sum(len(found) for found in planned.rewritten.values())
    return [f"{count(links, 'link')} rewritten in {count(len(planned.rewritten), 'file')}."] if links else []


def redirects(changes: MapEdit, file: str) -> list[str]:
    """Return how many lines of the map change, and which redirects go, a line each."""
    parts = {"added": changes.add, "changed": changes.changed, "removed": changes.delete}
    said = ", ".join(f"{len(each)} {word}" for word, each in parts.items() if each)
    lines = [f"Redirects in {file}: {said}."] if said else []
    return lines + [
        f"Redirect removed: {quoted(e.source)} to {quoted(e.target)} ({e.place})." for e in changes.delete
    ]


def proved(links: int, pages: int, *, built: bool = False) -> str:
    """Return how much was compared, rendered page by page or as the builder made it."""
    how = ", built before and after" if built else ""
    return f"Proved: {count(links, 'link')} on {count(pages, 'page')} lead where they led{how}."


def diff(renames: Sequence[tuple[str, str]], writes: Sequence[Write]) -> str:
    """Return a change as a unified diff that git can read."""
    old_name = {new: old for old, new in renames}
    by_path = {write.path: write for write in writes}
    pieces: list[str] = []
    for path in sorted({*by_path, *old_name}):
        old = old_name.get(path, path)
        pieces.append(f"diff --git a/{old} b/{path}\n")
        if old != path:
            pieces += [f"rename from {old}\n", f"rename to {path}\n"]
        if path in by_path:
            was, now = (
                (data or b"").decode("utf-8", "surrogateescape").splitlines(keepends=True)
                for data in (by_path[path].before, by_path[path].after)
            )
            for line in difflib.unified_diff(was, now, f"a/{old}", f"b/{path}"):
                pieces.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(pieces)
