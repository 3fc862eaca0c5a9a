"""What an author asks to move, or has renamed already, as a ``Move`` that can be made; else it is refused."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

from unbroken.findings.base import Place
from unbroken.findings.commands import typed
from unbroken.model.addresses import Address, is_page_path
from unbroken.model.errors import Refused
from unbroken.model.suggest import similar
from unbroken.move.targets import Heading, Move
from unbroken.move.tree import Tree


def asked(tree: Tree, pairs: Iterable[tuple[str, str]], *, reuse: bool = False, title: str = "") -> Move:
    """Return the move that pairs of names stand for.

    Args:
        tree: the site.
        pairs: old and new name of each page, folder, asset or heading.
        reuse: whether a page may take an address that readers know for other content.
        title: new words for the heading that gets another anchor.

    Raises:
        Refused: it cannot be made.
    """
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    headings: list[tuple[Heading, str, str]] = []
    for old, new in pairs:
        if "#" in old and tree.find(old) is None:
            headings.append(_heading(tree, old, new))
            continue
        path = tree.find(old)
        if path is None:
            raise Refused(_missing(tree, old, new))
        target = _new(tree, new, old, path)
        if path in tree.files:
            files[path] = _file(tree, old, new, path, target)
            continue
        if not path or target == path or target.startswith(path + "/"):
            raise Refused(f"{old} cannot be moved {'onto' if target == path else 'into'} itself.")
        if target in tree.before.folders:
            raise Refused(
                f"{new} exists already. Move the files in {old} one by one, or choose another name."
            )
        for folder in [f for f in tree.before.folders if f == path or f.startswith(path + "/")]:
            folders[folder] = target + folder[len(path) :]
        for file in tree.files:
            if file.startswith(path + "/"):
                files.setdefault(file, target + file[len(path) :])
    if title and (files or len(headings) != 1 or headings[0][0].page != tree.find(headings[0][1])):
        raise Refused("--title is for one heading that stays on its page: page.md#old page.md#new.")
    if title and (not title.strip() or not title.isprintable()):
        raise Refused(f"{title!r} cannot be the words of a heading.")
    files |= _translations(tree, files)
    result = Move(files, folders, {})
    _judge(tree, result, reuse)
    found = {}
    for old_heading, there, new_anchor in headings:
        here = tree.find(there)
        if here is None:
            raise Refused(f"There is no page {there} below {tree.below}.")
        new_heading = Heading(result.file(here), new_anchor)
        if new_heading == Heading(result.file(old_heading.page), old_heading.anchor):
            raise Refused(f"{old_heading} cannot be moved onto itself.")
        found[old_heading] = new_heading
    return Move(files, folders, found)


def _heading(tree: Tree, old: str, new: str) -> tuple[Heading, str, str]:
    """Return the heading that is asked for, the page that it goes to as it is now, and its new anchor."""
    page, _, anchor = old.partition("#")
    path = tree.find(page)
    if path not in tree.files:
        raise Refused(f"There is no page {page} below {tree.below}.")
    there, _, new_anchor = new.partition("#")
    if not anchor or not new_anchor:
        raise Refused(f"{old} is a heading, so write the new place as page.md#anchor.")
    return Heading(path or "", unquote(anchor)), there or page, unquote(new_anchor)


def _file(tree: Tree, old: str, new: str, path: str, target: str) -> str:
    """Return the new path of a file, which may be asked for as the folder that it goes to."""
    if not new.endswith("/") and (target not in tree.before.folders or target in tree.files):
        return target
    if not new.endswith("/"):
        raise Refused(f"{new} is a folder. Write {new}/ to move {old} into it.")
    return posixpath.normpath(posixpath.join(target, posixpath.basename(path)))


def _translations(tree: Tree, files: Mapping[str, str]) -> dict[str, str]:
    """Return where the other languages of pages go that move in the default one."""
    listing = tree.config.listing
    languages = listing.languages if listing else None
    found: dict[str, str] = {}
    if listing is None or languages is None:
        return found
    for old, new in files.items():
        language, _ = languages.split(old)
        there, bare = languages.split(new)
        if language != languages.default or there != language or not is_page_path(old):
            continue
        for other in listing.translations(old):
            if other in tree.files and other not in files:
                found[other] = languages.joined(languages.split(other)[0], bare, new)
    return found


def renamed(tree: Tree, *, reuse: bool = False) -> Move:
    """Return the move that git has seen since the commit that was named.

    Raises:
        Refused: it cannot be made.
    """
    files = dict(tree.seen.files) if tree.seen else {}
    inside: dict[str, set[str]] = {}
    for path in tree.files:
        folder = posixpath.dirname(path)
        while folder:
            tail = path[len(folder) :]
            there = files.get(path, "")
            inside.setdefault(folder, set()).add(there.removesuffix(tail) if there.endswith(tail) else "")
            folder = posixpath.dirname(folder)
    # A folder has moved when all that was in it is below one other.
    folders = {old: min(there) for old, there in inside.items() if len(there) == 1 and "" not in there}
    result = Move(files, folders)
    _judge(tree, result, reuse)
    return result


def _new(tree: Tree, new: str, old: str, path: str) -> str:
    from_docs = posixpath.normpath(old) == path
    target = posixpath.normpath(new) if from_docs and not os.path.isabs(new) else tree.from_here(new)
    first = target.partition("/")[0]
    if from_docs and target.startswith(tree.below + "/") and first not in tree.before.folders:
        target = target[len(tree.below) + 1 :]
    if target == ".." or target.startswith("../") or "://" in new:
        raise Refused(f"{new} is outside {tree.below}.")
    return "" if target == "." else target


def _missing(tree: Tree, old: str, new: str) -> str:
    if tree.find(new) is not None:
        return (
            f"There is no {old} below {tree.below}, but there is a {new}. If you moved it yourself, "
            f"run: {typed('unbroken move --from-git')}. If git does not know of it, move it back first."
        )
    near = similar(posixpath.normpath(old), tree.files)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"There is neither {old} nor {new} below {tree.below}.{meant}"


def _judge(tree: Tree, move: Move, reuse: bool) -> None:
    """Refuse what cannot be."""
    after = move.after(tree.files)
    if len(set(move.files.values())) < len(move.files):
        raise Refused("Two files cannot be moved to one name.")
    hidden = tree.renderer.unpublished([*move.files, *move.files.values()])
    places: dict[str, str] = {}
    for path in after - set(move.files.values()):
        places.setdefault(tree.before.address(path).casefold(), path)
    for old, new in move.files.items():
        if old == new:
            raise Refused(f"{old} cannot be moved onto itself.")
        _judge_place(tree, old, new, move)
        if new in tree.files and new not in move.files:
            raise Refused(f"{tree.name(new)} exists already.")
        if new in tree.before.folders and not any(f.startswith(new + "/") for f in move.files):
            raise Refused(f"{tree.name(new)} is a folder already.")
        if any(ord(c) < 32 or c in '\\"<>|*?\x7f' for c in new) or new.endswith((" ", "/")):
            raise Refused(f"{new!r} has a character that not every system or host can have in a name.")
        if is_page_path(old) != is_page_path(new):
            kind = "is a page" if is_page_path(old) else "is no page"
            raise Refused(f"{old} {kind}, and {new} would not be published as one. Keep the ending.")
        if new in hidden and old not in hidden:
            raise Refused(f"The builder would not publish {new}. Choose another name.")
        address = tree.before.address(new)
        twin = places.setdefault(address.casefold(), new)
        if twin != new:
            raise Refused(f"{new} would have the address {address}, as {twin} has.")
        if not reuse:
            _judge_address(tree, old, new, address)


def _judge_place(tree: Tree, old: str, new: str, move: Move) -> None:
    """Refuse to move what is not all of this folder: submodules, and symbolic links."""
    own = next((f for f in tree.foreign if old.startswith(f) or f"{new}/".startswith(f)), None)
    if own:
        raise Refused(
            f"{tree.name(own)} is a repository of its own, so {old} cannot be moved by this one. "
            "Move it with git, and add its redirect yourself."
        )
    for link in tree.linked:
        if old.startswith(link) != new.startswith(link):
            raise Refused(
                f"{tree.name(link)} is a symbolic link to a folder. Move {old} where it really is first."
            )
    file = tree.config.docs_dir / old
    if tree.seen or not file.is_symlink() or os.path.isabs(there := os.readlink(file)):
        return
    target = posixpath.normpath(posixpath.join(posixpath.dirname(old), there))
    if posixpath.normpath(posixpath.join(posixpath.dirname(new), there)) != move.file(target):
        raise Refused(
            f"{tree.name(old)} is a symbolic link that would not lead to {there} from its new place. "
            f"Move the link yourself, then run: {typed('unbroken move --from-git')}."
        )


def _judge_address(tree: Tree, old: str, new: str, address: str) -> None:
    """Refuse to let a page take an address that readers know for other content."""
    holder = tree.before.addresses.get(address)
    if holder is not None and holder != old:
        raise Refused(
            f"Readers know {address} as {holder}, so {old} cannot have that address. "
            "Choose another name, or say --reuse if nobody needs the old one."
        )
    end = tree.redirects.route(Address(address), tree.before.published)
    if holder is None and end.hops and end.end != Address(tree.before.address(old)):
        where = end.hops[0].entry.place
        raise Refused(
            f"{address} is an old address that leads elsewhere ({where}). "
            "Choose another name, or say --reuse if nobody needs it."
        )


def judge_anchors(tree: Tree, move: Move) -> None:
    """Refuse to let a heading take an address that readers know for another section.

    Raises:
        Refused: one would, by its new anchor or with the page that it is on.
    """
    for address, heading, place in _taken_anchors(tree, move):
        where = f"is an old address that leads elsewhere ({place})" if place else "names another section"
        raise Refused(
            f"{address} {where}, so {heading} cannot have it. "
            "Choose another anchor, or say --reuse if nobody needs the old one."
        )


def given_away(tree: Tree, move: Move) -> list[Address]:
    """Return every address that shows other content after a move, as only --reuse allows."""
    found = [address for address, _, _ in _taken_anchors(tree, move)]
    for old, new in move.files.items():
        address = tree.before.address(new)
        holder = tree.before.addresses.get(address)
        end = tree.redirects.route(Address(address), tree.before.published)
        if (holder is not None and holder != old) or (
            holder is None and end.hops and end.end != Address(tree.before.address(old))
        ):
            found.append(Address(address))
    return sorted(set(found))


def handed_over(tree: Tree, move: Move) -> dict[str, list[str]]:
    """Return, for each page whose address another page takes, its anchors that the other one lacks."""
    takers = {tree.before.address(new): old for old, new in move.files.items() if is_page_path(old)}
    result: dict[str, list[str]] = {}
    for old in move.files:
        taker = takers.get(tree.before.address(old))
        if is_page_path(old) and taker is not None and taker != old:
            there = set(tree.anchors(tree.text(taker)))
            result[old] = [anchor for anchor in tree.anchors(tree.text(old)) if anchor not in there]
    return result


def _taken_anchors(tree: Tree, move: Move) -> Iterator[tuple[Address, Heading, Place | None]]:
    """Yield each address that a heading takes from another section, the heading, and the line that goes."""
    stay = {new: old for old, new in move.files.items()}
    wanted: list[tuple[Address, Heading]] = []
    for old, new in move.headings.items():
        there = stay.get(new.page, new.page)
        # Whoever comes by the page's old address stands on the new one with the fragment as it was.
        paths = dict.fromkeys((tree.before.address(new.page), tree.before.address(there)))
        wanted += [(Address(path, new.anchor), old) for path in paths]
        if Heading(there, new.anchor) in move.headings and Heading(there, new.anchor) != old:
            yield Address(tree.before.address(there), new.anchor), old, None
    for old_path, new_path in move.files.items():
        here, path = tree.before.address(old_path), tree.before.address(new_path)
        moved = tree.redirects.anchors.get(path) if here != path else None
        if moved:
            known = {*tree.anchors(tree.text(old_path)), *tree.redirects.anchors.get(here, ())}
            wanted += [(Address(path, f), Heading(old_path, f)) for f in sorted(known & moved.keys())]
    route, published = tree.redirects.route, tree.before.published
    for address, heading in wanted:
        hop = tree.redirects.anchors.get(address.path, {}).get(address.fragment)
        own = Address(tree.before.address(heading.page), heading.anchor)
        if hop and route(address, published).end not in (own, route(own, published).end):
            yield address, heading, hop.entry.place
