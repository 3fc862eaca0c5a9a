"""The proof of a move: as it was and as it would be, every page says the same and leads to the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from unbroken.builders.render import Rendered, Renderer
from unbroken.formats.markdown import candidates
from unbroken.model.errors import Refused
from unbroken.move.targets import Docs, Heading, LinkTarget, Move, is_as, moved
from unbroken.workspace.parallel import in_second_process

# From this many pages on a second process pays.
_MANY = 40


@dataclass(frozen=True)
class Page:
    """A page before and after a move.

    Attributes:
        old: its page path.
        new: its page path afterwards.
        before: its text.
        after: its text afterwards.
        free: whether what it says changes as well, and not only where it leads.
        written: whether its author has moved already: what leads through a redirect may be as they wrote it.
    """

    old: str
    new: str
    before: str
    after: str
    free: bool = False
    written: bool = False


class Side(NamedTuple):
    """A site before or after a move.

    Attributes:
        docs: what is there.
        renderer: its Markdown.
        resolve: turns a URL in the source of a page into that of the built page.
    """

    docs: Docs
    renderer: Renderer
    resolve: Callable[[str, str], str]


def prove(
    pages: Iterable[Page],
    before: Side,
    after: Side,
    move: Move,
    name: Callable[[str], str],
) -> tuple[int, int]:
    """Return how many links on how many pages lead to the same content before and after a move.

    Raises:
        Refused: one of them does not, or the page says something else.
    """
    todo = list(pages)

    def theirs() -> tuple[int, str]:
        try:
            return _links_proved(todo[1::2], before, after, move, name), ""
        except Refused as error:
            return 0, str(error)

    second = in_second_process(theirs) if len(todo) >= _MANY else None
    try:
        count = _links_proved(todo if second is None else todo[::2], before, after, move, name)
    finally:
        found = second() if second else (0, "")
    more, refusal = found or theirs()
    if refusal:
        raise Refused(refusal)
    return count + more, len(todo)


def _links_proved(
    pages: Iterable[Page], before: Side, after: Side, move: Move, name: Callable[[str], str]
) -> int:
    count = 0
    for page in pages:
        try:
            was, now = before.renderer.render(page.before), after.renderer.render(page.after)
        except Refused as error:
            raise Refused(f"{name(page.old)}: {error}. Nothing was changed.") from None
        if len(was.urls) != len(now.urls) or (not page.free and was.shape != now.shape):
            raise Refused(f"{name(page.old)} would not look the same after the move. Nothing was changed.")
        for (old, is_source), (new, is_source_now) in zip(was.urls, now.urls, strict=True):
            there = leads(before, page.old, old, is_source)
            want = moved(there, move) if there else None
            have = leads(after, page.new, new, is_source_now)
            through = have is not None and have.through and not (page.written or (there and there.through))
            kind = "inline" if is_source else "html"
            right = is_as(have, want, kind) if have and want else not (have or want) and old == new
            if through or not right:
                place = _place(page, old)
                raise Refused(
                    f"{name(page.old)}{place}: the link to {old!r} would lead to {_said(have, new)}, not to "
                    f"{_said(want, old)}. Nothing was changed."
                )
            count += 1
    return count


def prove_cut(
    side: Side,
    old: Heading,
    there: str,
    texts: tuple[str, str, str, str],
    block: Collection[str],
    anchor: str,
    name: Callable[[str], str],
) -> None:
    """Refuse a cut after which the two pages do not say, and lead to, what they did before."""
    was, target, rest, joined = (side.renderer.render(text) for text in texts)

    def ends(page: str, rendered: Rendered, *, is_new: bool) -> list[str]:
        result = []
        for url, is_source in rendered.urls:
            meaning = leads(side, page, url, is_source)
            end = meaning.end if meaning else ("", url, "")
            if end[:2] == ("file", old.page) and end[2] in block:
                end = ("file", there, anchor if end[2] == old.anchor else end[2])
            elif is_new and end == ("file", there, old.anchor):
                end = ("file", there, anchor)  # a link to itself, which the heading's new anchor changes
            result.append(repr(end))
        return result

    # Extensions number what they make on each page.
    shapes = [
        re.sub(r"__tabbed_\d+", "__tabbed", each.shape).rstrip() for each in (was, target, rest, joined)
    ]
    added = shapes[3].removeprefix(shapes[1]).strip()
    kept = [
        re.sub(r"\s+", " ", shapes[0][:at] + shapes[0][at + len(added) :]).strip()
        for at in (found.start() for found in re.finditer(re.escape(added), shapes[0]))
    ]
    says = shapes[3].startswith(shapes[1]) and added and re.sub(r"\s+", " ", shapes[2]).strip() in kept
    before = ends(old.page, was, is_new=False) + ends(there, target, is_new=False)
    after = ends(old.page, rest, is_new=False) + ends(there, joined, is_new=True)
    if not says or sorted(before) != sorted(after) or {*block} & {*target.anchors}:
        raise Refused(
            f"The section #{old.anchor} of {name(old.page)} would not look the same, or not lead to "
            f"the same places, at the end of {name(there)}. "
            "Move its text by hand, then run this again."
        )


def leads(side: Side, page: str, url: str, is_source: bool) -> LinkTarget | None:
    """Return where a URL on a rendered page leads; ``is_source`` when MkDocs takes it for a source's."""
    if url.startswith("#"):
        return LinkTarget("file", page, unquote(url[1:]), "here")
    if is_source:
        built = side.resolve(page, url)
        found = side.docs.meaning(page, built, "html")
        # What MkDocs leaves alone may still mean something elsewhere: on a forge, to a plugin.
        return side.docs.meaning(page, url, "inline") if built == url else found
    return side.docs.meaning(page, url, "html")


def _place(page: Page, url: str) -> str:
    found = next((link for link in candidates(page.before).links if link.destination == url), None)
    return f":{found.line}:{found.column}" if found else ""


def _said(meaning: LinkTarget | None, url: str) -> str:
    if meaning is None:
        return repr(url)
    return meaning.place + (f"#{meaning.fragment}" if meaning.fragment else "")
