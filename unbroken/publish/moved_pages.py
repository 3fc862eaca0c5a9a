"""The table of everything that moved: from where to where, since when, and why.

Where and where to is what the map says. Since when and why is what the comment above a line says, or at the
line's end; else what git knows of the line. Nothing here is a second list that could fall behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from unbroken.formats.comments import Story, _story, comment
from unbroken.model.addresses import Address, href
from unbroken.model.errors import GitError
from unbroken.model.plan import Plan
from unbroken.model.redirects import Entry, RedirectMap, Target
from unbroken.workspace.git import git

#: How a page says where the table goes: an attribute of a ``div`` or ``section``.
MARK = b"data-unbroken-moved-pages"
_ELEMENT = re.compile(
    rb"(<(div|section)\b(?:[^<>]*\s)?" + MARK + rb"(?=[\s=/>])[^<>]*>)(.*?)(</\2\s*>)",
    re.IGNORECASE | re.DOTALL,
)

_COMMIT = re.compile(r"([0-9a-f]{40,64}) \d+ (\d+)")


class Move(NamedTuple):
    """One row: the old address, where it leads (None when it was withdrawn), and the line that says so."""

    old: str
    new: Target | None
    entry: Entry
    more: str = ""


def moves(redirects: RedirectMap, plan: Plan) -> Iterator[Move]:
    """Yield everything that moved and that answers: pages, headings, patterns, and what was withdrawn."""
    live = plan.published.paths
    sources = [(Address(path), hop.entry) for path, hop in redirects.pages.items() if path not in live]
    sources += [
        (Address(path, name), hop.entry)
        for path, moved in redirects.anchors.items()
        for name, hop in moved.items()
    ]
    for source, entry in sources:
        end = redirects.route(source, plan.published).end
        if end != source and (isinstance(end, str) or (end is not None and end.path in live)):
            yield Move(str(source), end, entry)
    for pattern in redirects.patterns:
        yield Move(pattern.prefix + "*", pattern.target, pattern.entry, "*" * pattern.star)
    for source, entry in redirects.retired.items():
        if source.fragment or source.path not in live:
            yield Move(str(source), None, entry)


# When and why.


def stories(entries: Iterable[Entry]) -> dict[Entry, Story]:
    """Return when and why each line came into the map."""
    by_file: dict[str, list[Entry]] = {}
    for entry in entries:
        by_file.setdefault(entry.place.file, []).append(entry)
    found: dict[Entry, Story] = {}
    for file, its in by_file.items():
        try:
            lines = Path(file).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            lines = []
        # A hook's redirects stand on no line.
        its = [
            entry for entry in its if entry.source in "".join(lines[entry.place.line - 1 : entry.place.line])
        ]
        numbers = {entry.place.line for entry in its}
        said = {entry: _story(comment(lines, entry.place.line, numbers)) for entry in its}
        known: dict[int, Story] | None = {}
        if not all(story.day and story.reason for story in said.values()):
            known = _blamed(Path(file))
        for entry, story in said.items():
            if not story.day or not story.reason:
                of_git = Story(lost=True) if known is None else known.get(entry.place.line, Story())
                if not story.day:
                    story = story._replace(day=of_git.day, lost=of_git.lost)
                story = story._replace(reason=story.reason or of_git.reason)
            found[entry] = story
    return found


def _blamed(file: Path) -> dict[int, Story] | None:
    """Return what git knows of each line of a file; None when it knows nothing."""
    try:
        shallow = git(file.parent, "rev-parse", "--is-shallow-repository").strip() == "true"
        # Space does not count, and lines that came from another file keep their day.
        told = git(file.parent, "blame", "--porcelain", "-w", "-C", "--", file.name)
    except GitError:
        return None
    commits: dict[str, dict[str, str]] = {}
    lines: dict[int, str] = {}
    commit: dict[str, str] = {}
    for line in told.split("\n"):
        if line.startswith("\t"):
            continue
        if found := _COMMIT.match(line):
            commit = commits.setdefault(found[1], {})
            lines[int(found[2])] = found[1]
        else:
            key, _, value = line.partition(" ")
            commit[key] = value
    return {number: _of_commit(name, commits[name], shallow) for number, name in lines.items()}


def _of_commit(name: str, commit: Mapping[str, str], shallow: bool) -> Story:
    if not name.strip("0"):
        return Story()  # not committed yet
    if shallow and "boundary" in commit:
        return Story(lost=True)
    day = datetime.fromtimestamp(int(commit.get("author-time", "0")), UTC).date().isoformat()
    return Story(day, False, commit.get("summary", ""))


# The table.


def rows(redirects: RedirectMap, plan: Plan) -> list[tuple[Move, Story]]:
    """Return every move with its story, the newest first."""
    found = list(moves(redirects, plan))
    told = stories(move.entry for move in found)
    pairs = sorted(((move, told.get(move.entry, Story())) for move in found), key=lambda pair: pair[0].old)
    # Without its day it comes last, and what was before a day comes after it.
    return sorted(pairs, key=lambda pair: (pair[1].day, not pair[1].before), reverse=True)


def table(pairs: Iterable[tuple[Move, Story]], here: str, base: str = "") -> str:
    """Return the table as HTML.

    Args:
        pairs: what moved.
        here: the address path of the page that it stands on.
        base: the path that the site is served under.
    """
    lines = []
    lost = False
    for move, story in pairs:
        lost |= story.lost
        day = f'<time datetime="{story.day}">{story.day}</time>' if story.day else ""
        cells = (
            _code(base + move.old),
            "withdrawn" if move.new is None else _new(move.new, move.more, here, base),
            f"before {day}" if story.before else day,
            escape(story.reason),
        )
        lines.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    if not lines:
        return "<p>Nothing has moved yet.</p>"
    head = "".join(f"<th>{name}</th>" for name in ("Old address", "New address", "Date", "Reason"))
    note = (
        "\n<p>Some dates are missing, because this site was built without the whole history of its map.</p>"
        if lost
        else ""
    )
    body = "\n".join(lines)
    return f"<table>\n<thead>\n<tr>{head}</tr>\n</thead>\n<tbody>\n{body}\n</tbody>\n</table>{note}"


def _code(address: str) -> str:
    return f"<code>{escape(unquote(address))}</code>"


def _new(target: Target, more: str, here: str, base: str) -> str:
    if more:  # a pattern names no page
        return _code((target if isinstance(target, str) else base + str(target)) + more)
    shown = target if isinstance(target, str) else unquote(base + str(target))
    return f'<a href="{escape(href(here, target))}">{escape(shown)}</a>'


def filled(html: bytes, content: str) -> bytes:
    """Return a page with the table in the element that asks for it, in place of what it held."""
    inside = b"\n" + content.encode("utf-8", "surrogateescape") + b"\n"
    return _ELEMENT.sub(lambda found: found[1] + inside + found[4], html)
