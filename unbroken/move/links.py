"""The links of a site's texts, written so that each leads to where its content is after a move."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from unbroken.formats.links import Link, rewrite
from unbroken.model.errors import GitError, Refused
from unbroken.move.renames import untouched
from unbroken.move.targets import Docs, LinkTarget, Move, is_as, moved
from unbroken.move.tree import Source, Tree
from unbroken.workspace.git import contents


@dataclass
class Relinked:
    """What a move makes of the links.

    Attributes:
        texts: the new text of each, by its old path relative to docs_dir.
        rewritten: the links that got another destination, by that path.
    """

    texts: dict[str, str] = field(default_factory=dict)
    rewritten: dict[str, dict[Link, str]] = field(default_factory=dict)


def relink(
    sources: Iterable[Source],
    before: Docs,
    after: Docs,
    move: Move,
    name: Callable[[str], str],
    snippet: Callable[[str], str | None] = lambda path: None,
) -> Relinked:
    """Return the texts with every link leading to where its content is after a move.

    Args:
        sources: every text that may hold a link that has to change.
        before: what is there before the move.
        after: what is there afterwards.
        move: the move.
        name: how messages name a path relative to docs_dir.
        snippet: returns the new path of an included file, given the one that is written, or None.

    Raises:
        Refused: a link cannot lead to the right place.
    """
    result = Relinked()
    for source in sources:
        changes: dict[Link, str] = {}
        for link in source.links(source.text):
            if link.kind == "snippet":
                new = snippet(link.destination)
            else:
                new = _new(link, source, before, after, move, name)
            if new is not None and new != link.destination:
                changes[link] = new
        if changes:
            try:
                result.texts[source.path] = rewrite(source.text, changes)
            except ValueError as error:
                first = next(iter(changes))
                raise Refused(f"{name(source.path)}:{first.line}:{first.column}: {error}.") from None
            result.rewritten[source.path] = changes
    return result


def _new(
    link: Link, source: Source, before: Docs, after: Docs, move: Move, name: Callable[[str], str]
) -> str | None:
    """Return a link's new destination; None when the one that is written is right."""
    wanted: dict[str, tuple[LinkTarget, LinkTarget]] = {}
    for page in source.pages:
        meaning = before.meaning(page, link.destination, link.kind)
        if meaning is not None:
            wanted[page] = meaning, moved(meaning, move)

    def is_right(destination: str) -> bool:
        for page, (was, want) in wanted.items():
            there = after.meaning(move.file(page), destination, link.kind)
            if there is None or not is_as(there, want, link.kind) or (there.through and not was.through):
                return False
        return True

    if is_right(link.destination):
        return None
    for page, (_, want) in wanted.items():
        destination = after.write(move.file(page), link.destination, want, link.kind)
        if is_right(destination):
            return destination
    place = f"{name(source.path)}:{link.line}:{link.column}"
    if len(wanted) > 1:
        raise Refused(
            f"{place}: this link is part of {len(wanted)} pages and cannot lead to the same place from all "
            "of them after the move. Write it from the site's root first."
        )
    raise Refused(
        f"{place}: no destination of this kind leads from the new place to what {link.destination!r} means. "
        "Change or remove this link first."
    )


# What authors have renamed, and put right, by themselves.


def put_back(
    tree: Tree, sources: list[Source], after: Docs, move: Move
) -> dict[str, tuple[Source, list[bool]]]:
    """Make the texts say what they would had nothing moved yet, and say which links were right already.

    What an author has corrected leads to the same place then, from the old one.

    Args:
        tree: the site, and what git sees renamed there.
        sources: every text that may hold a link that has to change; changed in place.
        after: what is there afterwards.
        move: what has been renamed.

    Raises:
        Refused: git cannot tell what was written before.
    """
    assert tree.seen
    blobs = {s.path: tree.seen.blobs.get(move.file(s.path)) for s in sources}
    named = {blob for blob in blobs.values() if blob}
    try:
        was = contents(tree.root, sorted(named))
        if missing := sorted(named - was.keys()):
            raise GitError(f"{missing[0]} is not in this clone")
    except GitError as error:
        raise Refused(f"git cannot tell what was written before: {error}.") from None
    moved_back = {new: old for old, new in move.files.items()}
    folders_back = {new: old for old, new in move.folders.items()}
    result: dict[str, tuple[Source, list[bool]]] = {}
    for number, source in enumerate(sources):
        blob = blobs[source.path]
        found = source.links(source.text)
        old = [True] * len(found)
        if blob is not None:
            old = untouched(was[blob] if blob else "", source.text, source.links)
        right = [False] * len(found)
        changes: dict[Link, str] = {}
        for n, (link, is_old) in enumerate(zip(found, old, strict=True)):
            for page in source.pages:
                there = after.meaning(move.file(page), link.destination, link.kind)
                here = tree.before.meaning(page, link.destination, link.kind)
                if there is None or (is_old and (here is None or here.kind in ("file", "folder"))):
                    continue
                if there.kind == "path":
                    if is_old or not (tree.config.docs_dir / there.place).exists():
                        continue
                elif there.kind not in ("file", "folder"):
                    continue
                back = moved_back if there.kind == "file" else folders_back
                want = there._replace(place=back.get(there.place, there.place))
                destination = tree.before.write(page, link.destination, want, link.kind)
                put = tree.before.meaning(page, destination, link.kind)
                if put is not None and put.end == want.end:
                    right[n] = True
                    if destination != link.destination:
                        changes[link] = destination
                    break
        if any(right):
            tree.put(source.path, rewrite(source.text, changes))
            sources[number] = tree.source(source.path, source.pages)
            result[source.path] = sources[number], right
    return result


def keep(tree: Tree, path: str, own: tuple[Source, list[bool]], planned: Relinked) -> str:
    """Return a text as the author left it, with only those links changed that were not right."""
    source, right = own
    left = tree.on_disk(path).decode("utf-8", "surrogateescape")
    pairs = zip(source.links(left), source.links(source.text), right, strict=True)
    wanted = planned.rewritten.get(path, {})
    changes = {
        link: (wanted[back], back) for link, back, is_right in pairs if back in wanted and not is_right
    }
    planned.rewritten[path] = {back: new for new, back in changes.values()}
    return rewrite(left, {link: new for link, (new, _) in changes.items()})
