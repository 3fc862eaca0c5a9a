"""What a move makes of the baseline: what was wrong on a page before is not new in its new place."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urljoin

from unbroken.move.links import Relinked
from unbroken.move.targets import Move
from unbroken.move.tree import Tree
from unbroken.workspace.baseline import NAME, file_of, moved


def baseline(
    tree: Tree, move: Move, address_after: Callable[[str], str], planned: Relinked
) -> dict[str, tuple[bytes, bytes]]:
    """Return the baseline by its path from the folder of the configuration: its bytes, before and after.

    Args:
        tree: the sources, before the move.
        move: the move.
        address_after: returns the address path of a page path after the move.
        planned: the links that change.

    Raises:
        OSError: it cannot be read.
    """
    file, address_before = file_of(tree.config), tree.before.address
    if file.is_symlink() or not file.is_file():
        return {}
    pages = {tree.from_root(old): old for old in move.files}
    addresses = {address_before(old): address_after(new) for old, new in move.files.items()}
    # A link that leads nowhere counts from the address of its page.
    ends = {
        (tree.from_root(page), urljoin(address_before(page), link.destination)): urljoin(
            address_after(move.file(page)), new
        )
        for page in planned.rewritten.keys() & tree.files
        for link, new in planned.rewritten[page].items()
        if "//" not in link.destination
    }

    def address(name: str, path: str) -> str:
        if (name, path) in ends:
            return ends[name, path]
        if path in addresses:
            return addresses[path]
        # One that stays as it is counts from there, too; but for one that is written from the root.
        here = address_before(pages[name]) if name in pages else None
        if here and path.startswith(here) and path not in tree.text(pages[name]):
            return address_after(move.file(pages[name])) + path.removeprefix(here)
        return path

    data = file.read_bytes()
    files = {old: tree.from_root(move.file(page)) for old, page in pages.items()}
    text = moved(data.decode("utf-8", "surrogateescape"), files, address)
    return {NAME: (data, text.encode("utf-8", "surrogateescape"))}
