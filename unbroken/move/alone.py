"""The proof of the pages that a move concerns, each rendered by itself as it was and as it would be."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from unbroken.builders.render import Renderer
from unbroken.model.addresses import is_page_path
from unbroken.move.links import Relinked
from unbroken.move.proof import Page, Side, prove
from unbroken.move.targets import Docs, Move
from unbroken.move.tree import Source, Tree


def prove_pages(
    tree: Tree,
    move: Move,
    sources: Iterable[Source],
    texts: Mapping[str, str],
    after: Docs,
    renamed: set[str],
    planned: Relinked,
) -> tuple[int, int]:
    """Return how many links on how many pages lead where they led, by the pages as Markdown renders them.

    Args:
        tree: the site.
        move: the move.
        sources: every text that may hold a link that changes.
        texts: the new text of each, by its old path relative to docs_dir.
        after: what is there afterwards.
        renamed: the pages on which a heading is renamed.
        planned: what becomes of the links.

    Raises:
        Refused: a page would lead elsewhere, or say something else.
    """
    snippets = {s.path for s in sources if s.path in texts or s.path in move.files} & {
        path for s in sources for path in [s.path] if s.pages != (s.path,)
    }
    concerned = {*texts, *(p for p in move.files if is_page_path(p))}
    concerned -= {source.path for source in sources if source.path not in source.pages}
    for source in sources:
        if source.path in snippets:
            concerned.update(source.pages)
    pages = [
        Page(
            path,
            move.file(path),
            tree.text(path),
            texts.get(path, tree.text(path)),
            path in renamed or any(link.kind == "autolink" for link in planned.rewritten.get(path, ())),
            written=tree.seen is not None,
        )
        for path in sorted(concerned)
        if is_page_path(path) and not path.startswith("../")
    ]
    if not pages:
        return 0, 0
    # What is known of the site by now stays: the collector need not look at it after every page.
    gc.freeze()
    with tempfile.TemporaryDirectory(prefix="unbroken-") as place:
        renderer = was = tree.renderer
        if snippets:
            contents = {move.file(path): texts.get(path, tree.text(path)) for path in snippets}
            gone = {path: f"{path} has moved." for path in snippets if path in move.files}
            renderer = _overlay(tree, Path(place) / "after", gone | contents)
        if snippets and tree.seen:
            was = _overlay(tree, Path(place) / "before", {path: tree.text(path) for path in snippets})
        before = Side(tree.before, was, was.resolver(tree.files, tree.config.listing))
        now = Side(after, renderer, renderer.resolver(after.files, after.listing))
        try:
            return prove(pages, before, now, move, tree.name)
        finally:
            gc.unfreeze()


def _overlay(tree: Tree, place: Path, contents: Mapping[str, str]) -> Renderer:
    """Return a renderer to which snippets have other contents."""
    folders: dict[str, str] = {}
    for number, base in enumerate(tree.config.snippets):
        over = place / str(number)
        folders[os.path.abspath(base)] = str(over)
        over.mkdir(parents=True)
        for name, content in contents.items():
            there = os.path.relpath(tree.config.docs_dir / name, base)
            if not there.startswith(".."):
                (over / there).parent.mkdir(parents=True, exist_ok=True)
                (over / there).write_bytes(content.encode("utf-8", "surrogateescape"))
    return tree.renderer.over(folders)
