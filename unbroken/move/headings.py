"""Headings that get another anchor, and sections that go to another page.

Only a rendered page tells which anchor a heading has, so what is found in the source is a candidate, and is
taken when the page then has the anchors that it should.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterator, Sequence

from unbroken.findings.commands import typed
from unbroken.formats.links import Link, rewrite
from unbroken.formats.outline import headings
from unbroken.model.errors import Refused
from unbroken.model.suggest import similar
from unbroken.move.proof import Side, prove_cut
from unbroken.move.targets import Heading, Move
from unbroken.move.tree import Tree


def cut(tree: Tree, move: Move) -> tuple[Move, list[str]]:
    """Move the text of each section that is to be on another page and is not there yet.

    After that the texts are as if their author had moved it, its links already leading from the new page.

    Returns:
        The move with every anchor of those sections, and the pages concerned.
    """
    moved, pages = dict(move.headings), list[str]()
    for old, new in move.headings.items():
        there = there_of(move, new)
        was, target = tree.text(old.page), tree.text(there)
        if there == old.page or old.anchor not in tree.anchors(was) or new.anchor in tree.anchors(target):
            continue
        start, end, block = _section(tree, old, was)
        for each in block:
            moved[Heading(old.page, each)] = Heading(new.page, new.anchor if each == old.anchor else each)
        section, rest = _cut_out(was, start, end)
        joined = _appended(target, _from_there(tree, old, there, section, block, new.anchor))
        side = Side(tree.before, tree.renderer, tree.renderer.resolver(tree.files, tree.config.listing))
        prove_cut(side, old, there, (was, target, rest, joined), block, new.anchor, tree.name)
        if new.anchor != old.anchor:
            named = _renamed(joined, old.anchor, new.anchor, tree.anchors)
            if named is None or not tree.renderer.has_attributes:
                raise Refused(f"{old} cannot get the anchor #{new.anchor}. Move it as #{old.anchor} first.")
            joined = named
        for path, text in ((old.page, rest), (there, joined)):
            tree.put(path, text)
            pages.append(path)
    return Move(move.files, move.folders, moved), pages


def _section(tree: Tree, heading: Heading, text: str) -> tuple[int, int, tuple[str, ...]]:
    """Return where the section of a heading begins and ends, and its anchors."""
    anchors = tree.anchors(text)
    at = anchors.index(heading.anchor)
    for level, start, end in _sections(text):
        left = tree.anchors(text[:start] + text[end:])
        size = len(anchors) - len(left)
        if size and left == anchors[:at] + anchors[at + size :]:
            if level == 1 and not text[:start].strip():
                command = typed(f"unbroken move {shlex.join([heading.page, 'new/page.md'])}")
                raise Refused(f"{heading} is the whole page. Move the page: {command}")
            return start, end, anchors[at : at + size]
    raise Refused(
        f"#{heading.anchor} is on {tree.name(heading.page)}, and no section there can be cut out for it. "
        "Move its text by hand, then run this again for the links and the redirect."
    )


def _from_there(
    tree: Tree, old: Heading, there: str, section: str, block: Collection[str], anchor: str
) -> str:
    """Return a section with its links leading from another page to where they led."""
    changes: dict[Link, str] = {}
    for link in tree.links(section, page=False):
        meaning = tree.before.meaning(old.page, link.destination, link.kind)
        if meaning is None or link.kind == "snippet":
            continue
        if meaning.place == old.page and meaning.fragment in block:
            to = anchor if meaning.fragment == old.anchor else meaning.fragment
            style = "here" if meaning.style == "here" else meaning.style
            meaning = meaning._replace(place=there, fragment=to, style=style)
        changes[link] = tree.before.write(there, link.destination, meaning, link.kind)
    return rewrite(section, changes)


def there_of(move: Move, heading: Heading) -> str:
    """Return the page path that the page of a heading has before a move."""
    return next((old for old, new in move.files.items() if new == heading.page), heading.page)


def rename(tree: Tree, move: Move, texts: dict[str, str], title: str) -> set[str]:
    """Rename headings, and return the pages on which one was renamed."""
    changed = set()
    for old, new in move.headings.items():
        text = texts.get(old.page, tree.text(old.page))
        if old.anchor not in tree.anchors(text):
            there = there_of(move, new)
            if new.anchor not in tree.anchors(texts.get(there, tree.text(there))):
                near = similar(old.anchor, tree.anchors(text))
                meant = f" Did you mean #{near[0]}?" if near else ""
                raise Refused(
                    f"{tree.name(old.page)} has no anchor #{old.anchor}, and {new} is not there.{meant}"
                )
            continue
        if new.page != move.file(old.page):
            taken = {*tree.anchors(text), *tree.anchors(tree.text(there_of(move, new)))}
            free = next(name for n in range(2, 99) if (name := f"{new.anchor}-{n}") not in taken)
            command = typed(f"unbroken move {shlex.join([str(old), f'{new.page}#{free}'])}")
            raise Refused(
                f"{tree.name(new.page)} has an anchor #{new.anchor} already, and #{old.anchor} is on "
                f"{tree.name(old.page)} too. Give the section another one there: {command}"
            )
        if new.anchor in tree.anchors(text):
            raise Refused(f"{tree.name(old.page)} has an anchor #{new.anchor} already.")
        if not re.fullmatch(r"[^\s{}#\"'<>]+", new.anchor):
            raise Refused(f"#{new.anchor} cannot be an anchor. Use letters, digits and hyphens.")
        if not tree.renderer.has_attributes and not title:
            raise Refused(
                "A heading gets its own anchor by the extension attr_list, which this site does not have. "
                f"Change the heading's words on {tree.name(old.page)} yourself, then run this again."
            )
        result = _renamed(text, old.anchor, new.anchor, tree.anchors, title)
        if result is None:
            words = f", with the words {title!r}" if title else ""
            raise Refused(
                f"No heading in {tree.name(old.page)} can have #{new.anchor} for #{old.anchor}{words}, "
                "and leave every other anchor as it is. Rename it by hand, then run this again."
            )
        texts[old.page] = result
        changed.add(old.page)
    return changed


# On one page.

_ATTRIBUTES = re.compile(r"[ \t]*\{:?[ \t]*([^{}\n]*?)[ \t]*\}[ \t]*$")


def _renamed(
    text: str, old: str, new: str, anchors: Callable[[str], Sequence[str]], title: str = ""
) -> str | None:
    """Return a page on which the heading with one anchor has another; None if none can.

    Args:
        text: the page.
        old: the anchor.
        new: the new one, written as ``{ #new }`` where the words do not make it.
        anchors: renders a page and returns its anchors in order.
        title: the heading's new words; by default it keeps those that it has.
    """
    wanted = [new if anchor == old else anchor for anchor in anchors(text)]
    words = set(re.findall(r"\w+", old.casefold()))
    candidates: list[tuple[int, int, int]] = []
    for heading in headings(text):
        likeness = len(words & set(re.findall(r"\w+", heading.name.casefold())))
        candidates.append((-likeness, heading.start, heading.end))
    for _, start, end in sorted(candidates):
        said = text[start:end]
        if title:
            attributes = _ATTRIBUTES.search(said)
            mark = re.match(r"#{1,6}[ \t]*|", said)
            said = f"{mark[0] if mark else ''}{title}{attributes[0] if attributes else ''}"
        for written in (said, _with_id(said, new)) if title else (_with_id(said, new),):
            changed = text[:start] + written + text[end:]
            if list(anchors(changed)) == wanted:
                return changed
    return None


def _with_id(line: str, anchor: str) -> str:
    found = _ATTRIBUTES.search(line)
    if not found:
        return f"{line.rstrip()} {{ #{anchor} }}"
    if re.search(r"(?:^|\s)#[^\s]+", found[1]):
        inner = re.sub(r"(^|\s)#[^\s]+", rf"\g<1>#{anchor}", found[1], count=1)
    else:
        inner = f"#{anchor} {found[1]}"
    return line[: found.start(1)] + inner + line[found.end(1) :]


def _sections(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield each heading's level, and where its section begins and ends: at the next that is not below it."""
    found = headings(text)
    for number, heading in enumerate(found, 1):
        ends = (other.start for other in found[number:] if other.level <= heading.level)
        yield heading.level, heading.start, next(ends, len(text))


_DEFINITION = re.compile(r"(?m)^ {0,3}\[(?!\^)([^\[\]\r\n]+)\]:[ \t]*\S[^\r\n]*$")


def _with_definitions(text: str, others: str) -> str:
    """Return a part of a page with the definitions of links that it uses and that stand in the others."""
    own = {found[1].casefold() for found in _DEFINITION.finditer(text)}
    missing = [
        found[0].strip()
        for found in _DEFINITION.finditer(others)
        if found[1].casefold() not in own and f"[{found[1]}]".casefold() in text.casefold()
    ]
    newline = "\r\n" if "\r\n" in text else "\n"
    return text.rstrip() + newline + "".join(f"{newline}{line}" for line in missing) + newline * bool(missing)


def _cut_out(text: str, start: int, end: int) -> tuple[str, str]:
    """Return a section of a page and what is left, each with the definitions of links that it uses."""
    section, rest = text[start:end], text[:start] + text[end:]
    if start and section.rstrip() != section and not text[end:].strip():
        rest = text[:start].rstrip() + ("\r\n" if "\r\n" in text else "\n")
    if _DEFINITION.search(section):
        return _with_definitions(section, rest), _with_definitions(rest, section)
    return _with_definitions(section, rest), rest


def _appended(text: str, section: str) -> str:
    """Return a page with a section at its end, its lines ending as those of the page do."""
    newline = "\r\n" if "\r\n" in text else "\n"
    return (text.rstrip() + newline * 2 if text.strip() else "") + re.sub("\r\n?|\n", newline, section)
