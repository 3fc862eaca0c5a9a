"""What redirect maps once said: the authors' own word on where an address went, and until when it stood."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

from unbroken.formats import former_maps
from unbroken.model.addresses import Address, is_page_path, named, page_address
from unbroken.recover.history import Doc, Past
from unbroken.recover.tracking import Confidence, Destination, Tracker

_MAP = re.compile(r"""^[ \t]*(?:-[ \t]+)?["']?redirect_maps["']?[ \t]*:[ \t]*(.*)$""", re.MULTILINE)


class Said(NamedTuple):
    """A line that a redirect map once had.

    Attributes:
        source: the address that it led on.
        written: how the map named that.
        target: what the map named as its target.
        until: the step that took it away.
    """

    source: Address
    written: str
    target: str
    until: int

    @property
    def page(self) -> str:
        """The page path that its target names."""
        return posixpath.normpath(self.target.partition("#")[0].partition("?")[0] or ".")


def said(past: Past, text: Callable[[str], str], directory_urls: bool) -> dict[Address, Said]:
    """Return the last line that a site's map had for each address, of those that are there no more.

    Args:
        past: what the branch published.
        text: returns the text of a blob.
        directory_urls: the builder's ``use_directory_urls``.
    """
    found: dict[Address, Said] = {}
    there: dict[str, dict[str, str]] = {}  # the lines of each file
    known: dict[str, dict[str, str]] = {}  # those of each block, which most versions share
    for at, step in enumerate(past.line):
        for change in step.changes:
            if not {change.old, change.new} & past.configured:
                continue
            was = there.pop(change.old, {})
            now = _lines(change.new, text(change.new_blob), known) if change.status != "D" else {}
            there[change.new] = now
            for source, target in was.items():
                if source not in now and (address := named(source, directory_urls)):
                    found[address] = Said(address, source, target, at)
    standing = {source for lines in there.values() for source in lines}
    return {address: each for address, each in found.items() if each.written not in standing}


def followed(each: Said, past: Past, directory_urls: bool) -> list[tuple[Doc, int]]:
    """Return the pages that a line's target named while it stood, each with the step to follow it from."""
    path = each.page
    stays = past.stays.get(page_address(path, directory_urls), ()) if is_page_path(path) else ()
    return [
        (stay.doc, min(each.until, stay.left if stay.left is not None else each.until))
        for stay in stays
        if stay.page == path and stay.came <= each.until
    ]


def by_map(each: Said, fates: Tracker) -> Destination:
    """Return where a line that the map once had leads now, as far as its target can be followed.

    Why the authors took it away is not known, so it is never sure.
    """
    short = fates.short(each.until)
    why = (f"the map led it to {each.target} until {short}",)
    path, fragment = each.page, each.target.partition("#")[2]
    there = followed(each, fates.past, fates.present.settings.directory_urls)
    fate = fates.page(*there[-1]) if there else Destination()
    if not there and fates.present.pages.get(fates.present.address(path) or "") == path:
        fate = Destination(path, Confidence.LIKELY)
    anchors = fates.present.anchors(fates.present.address(fate.page) or "") or ()
    kept = unquote(fragment) if unquote(fragment) in anchors else ""
    return Destination(fate.page, max(fate.confidence, Confidence.LIKELY), (*why, *fate.why), kept)


def _lines(name: str, text: str, known: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the lines of the redirect maps in a configuration; what cannot be read has none."""
    if "redirect_maps" not in text:
        return {}
    if name.endswith(".toml"):
        return dict(former_maps.pairs(text, toml=True))
    found: dict[str, str] = {}
    for block in _blocks(text):
        if block not in known:
            known[block] = dict(former_maps.pairs(block, toml=False))
        # What is not laid out in lines is read as a whole.
        found |= known[block] or dict(former_maps.pairs(text, toml=False))
    return found


def _blocks(text: str) -> Iterator[str]:
    """Yield each map in a YAML text, with its key, by its indentation; the whole text where it has none."""
    starts = list(_MAP.finditer(text))
    if not starts:
        yield text
    for start in starts:
        key = start[0].index("redirect_maps")
        lines = [f"redirect_maps: {start[1]}"]
        for line in text[start.end() :].split("\n")[1:]:
            bare = line.strip()
            if bare and len(line) - len(line.lstrip(" ")) <= key and not bare.startswith("#"):
                break
            lines.append(line)
        yield "\n".join(lines)
