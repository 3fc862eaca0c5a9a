"""Edit the redirect map in its YAML file, in place: what is not edited keeps every byte.

A parser says where each key and value stands, and only those characters change; so comments, order, quoting,
indentation and line ends survive (ruamel.yaml writes the whole file anew, and loses bytes on the way). After
an edit the new text is parsed again and has to say what was asked for, and else the edit is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unbroken.findings.base import Place
from unbroken.formats.comments import comment, is_dated
from unbroken.formats.yaml_nodes import (
    BREAK,
    REDIRECTS,
    Change,
    MapData,
    Node,
    YamlFile,
    applied,
    safe,
    tagged_text,
)
from unbroken.formats.yaml_scalar import scalar
from unbroken.model.errors import CannotEdit

#: Which lines of the map: all that have this source, or the one whose key stands at this place.
Key = str | Place
#: The new text for each of them.
Changes = Mapping[str, str] | Mapping[Place, str] | Mapping[Key, str]


def edit(
    text: str,
    *,
    add: Mapping[str, str] | None = None,
    retarget: Changes | None = None,
    rename: Changes | None = None,
    delete: Collection[Key] = (),
    path: tuple[str, str, str] = REDIRECTS,
) -> str:
    """Return the text of a YAML file with another redirect map.

    The map is a setting of a plugin, with ``plugins`` as a mapping or a list. Where it is missing, ``add``
    makes it; a file with no ``plugins`` at all gets them as a mapping, and it is for the caller to know that
    MkDocs adds no ``search`` then.

    New lines go to the end of the map, in the order given, indented as the others are: the map may have
    sections, and only its authors know what belongs where. They are plain unless YAML would read something
    else, or all other lines are quoted.

    Args:
        text: the file's text; it may begin with a byte order mark.
        add: new sources and their targets.
        retarget: lines and their new targets.
        rename: lines and their new sources.
        delete: lines to delete. Comments above them stay.
        path: where the map is.

    Raises:
        CannotEdit: the text is not YAML; there is no such line, or already one with a new source; or an
            anchor, an alias, a merge key or a tag makes it unclear what the edit would change.
    """
    bom = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(bom)
    if "\ufeff" in text:
        # Loaders disagree on what it is there.
        raise CannotEdit("The file has a byte order mark in its midst.")
    if retarget or rename or delete:
        text = _change(YamlFile(text, path), retarget or {}, rename or {}, delete)
    if add:
        text = _add(YamlFile(text, path), add)
    return bom + text


def extend(text: str, values: Collection[str], path: tuple[str, str, str]) -> str:
    """Return the text of a YAML file with more values in a list of texts, which is a setting of a plugin.

    Args:
        text: the file's text; it may begin with a byte order mark.
        values: the new values.
        path: where the list is.

    Raises:
        CannotEdit: as for ``edit``.
    """
    bom = "\ufeff" if text.startswith("\ufeff") else ""
    file = YamlFile(text.removeprefix(bom), path)
    found = _find(file, "sequence")
    changes = _Items(file, found, dict.fromkeys(values, "")).changes()
    new = applied(file.text, changes)
    after = YamlFile(new, path)
    old, have = (_without_map(each.data(each.root), path) for each in (file, after))
    wanted = [tagged_text(value) for value in values]
    if old[0] != have[0] or [*_listed(old[1]), *wanted] != _listed(have[1]):
        raise CannotEdit("This cannot be written here without changing something else in the file.")
    return bom + new


def _listed(value: Any) -> list[Any]:
    """Return what a list says, or one value in its stead."""
    return value[1:] if isinstance(value, list) else [value] if isinstance(value, tuple) and value[1] else []


# Finding the map.


@dataclass(slots=True)
class _Found:
    """How far the way to the map goes.

    Attributes:
        node: the last node on the way, or None in an empty file.
        key: the key of that node, or the item of a list that only names the plugin.
        missing: the keys that are missing below it.
    """

    node: Node | None
    key: Node | None
    missing: tuple[str, ...]


def _find(file: YamlFile, kind: str = "mapping") -> _Found:
    node, key = file.root, None
    for depth, name in enumerate(file.path):
        missing = file.path[depth:]
        if node is None or node.is_null:
            return _Found(node, key, missing)
        what = file.path[depth - 1] if depth else "the file"
        safe(file, node, what)
        pair = node.get(name)
        if node.kind == "sequence" and depth == 1:
            pair = None
            for item in reversed(node.items):
                if item.kind == "scalar" and item.value == name:
                    return _Found(None, item, missing[1:])
                if item.kind == "mapping" and (pair := item.get(name)):
                    safe(file, item, what)
                    break
        elif node.kind != "mapping":
            raise CannotEdit(f"Line {node.line + 1}: {what} must be a mapping.")
        if pair is None:
            return _Found(node, key, missing)
        key, node = pair
    if node is not None and not node.is_null:
        safe(file, node, file.path[-1])
        if node.kind not in (kind, "scalar" if kind == "sequence" else kind):
            raise CannotEdit(f"Line {node.line + 1}: {file.path[-1]} must be a {_KINDS[kind]}.")
    return _Found(node, key, ())


_KINDS = {"mapping": "mapping", "sequence": "list"}


# Changing and deleting lines.


def _change(file: YamlFile, retarget: Changes, rename: Changes, delete: Collection[Key]) -> str:
    found = _find(file)
    node = None if found.missing else found.node
    pairs = node.pairs if node else []
    merged = next((key for key, _ in pairs if key.tag == "tag:yaml.org,2002:merge"), None)

    def chosen(key: Key) -> list[int]:
        return _chosen(pairs, key, " of its own." if merged else ".")

    targets = {n: new for key, new in retarget.items() for n in chosen(key)}
    sources = {n: new for key, new in rename.items() for n in chosen(key)}
    gone = {n for key in delete for n in chosen(key)}
    if merged and (gone or sources):
        raise CannotEdit(f"Line {merged.line + 1} merges another map, which may hold the same sources.")
    kept = {k.value for n, (k, _) in enumerate(pairs) if n not in gone and n not in sources}
    for n, new in sources.items():
        if new in kept and new != pairs[n][0].value:
            raise CannotEdit(f"The map already has a redirect {new!r}.")
    assert node is not None
    assert found.key is not None
    changes = [_target(file, pairs[n], new, node.flow) for n, new in targets.items() if n not in gone]
    for n, new in sources.items():
        key = pairs[n][0]
        if n not in gone:
            safe(file, key, "the source")
            changes.append((key.start, key.end, scalar(new, key.style, node.flow, is_key=True)))
    if gone:
        changes += _deletions(file, node, found.key, gone)

    def expected(old: MapData) -> MapData:
        new: MapData = {}
        for n, (key, value) in enumerate(pairs):
            if n not in gone:
                name = tagged_text(sources[n]) if n in sources else file.data(key)
                new[name] = tagged_text(targets[n]) if n in targets else file.data(value)
        return new

    return _checked(file, applied(file.text, changes), expected)


def _chosen(pairs: Sequence[tuple[Node, Node]], key: Key, ending: str) -> list[int]:
    """Return the number of each line that a source, or a place, stands for."""
    if isinstance(key, Place):
        at = [n for n, (k, _) in enumerate(pairs) if (k.line + 1, k.column + 1) == (key.line, key.column)]
    else:
        at = [n for n, (k, _) in enumerate(pairs) if k.kind == "scalar" and k.value == key]
    if not at:
        shown = f"at line {key.line}" if isinstance(key, Place) else repr(key)
        raise CannotEdit(f"The map has no redirect {shown}{ending}")
    return at


def _deletions(file: YamlFile, node: Node, key: Node, gone: Collection[int]) -> list[Change]:
    """Return the changes that delete lines of a map, given by number, which stands below a key."""
    for n in gone:
        for each in node.pairs[n]:
            _unused(file, each)
    changes = (_flow_deletions if node.flow else _block_deletions)(file, node, sorted(gone))
    if len(gone) == len(node.pairs) and not node.flow:
        colon = _COLON.match(file.text, key.end)
        if not colon:
            raise CannotEdit(f"Line {key.line + 1}: the map cannot be emptied here.")
        changes.append((colon.end(), colon.end(), " {}"))
    return changes


def _unused(file: YamlFile, node: Node) -> None:
    """Refuse to delete what is used elsewhere."""
    stack = [node]
    while stack:
        each = stack.pop()
        if each.anchor in file.used:
            raise CannotEdit(f"Line {each.line + 1} has an anchor (&{each.anchor}) that is used elsewhere.")
        stack += [*each.items, *(part for pair in each.pairs for part in pair)]


def _target(file: YamlFile, pair: tuple[Node, Node], new: str, flow: bool) -> Change:
    key, value = pair
    if value.kind in ("mapping", "sequence"):
        raise CannotEdit(f"Line {value.line + 1}: the target is not text.")
    if value.kind == "scalar":
        safe(file, value, "the target")
    written = scalar(new, value.style, flow)
    if value.start < value.end:
        return value.start, value.end, written
    # The target is empty: the parser puts it after the colon, where there is one.
    colon = _COLON.match(file.text, key.end)
    if colon:
        return colon.end(), colon.end(), " " + written
    return key.end, key.end, ": " + written


def _block_deletions(file: YamlFile, node: Node, gone: list[int]) -> list[Change]:
    changes = []
    for n in gone:
        key, value = node.pairs[n]
        start = file.line_start(key.start)
        if not file.is_first(key):
            raise CannotEdit(f"Line {key.line + 1}: something else stands on this line.")
        end = file.line_end(max(key.end, value.end))
        after = BREAK.match(file.text, end)
        if after:
            end = after.end()
        elif start:
            # The last line has no line break, and neither shall the one before it.
            start -= 2 if file.text[:start].endswith("\r\n") else 1
        changes.append((start, end, ""))
    return changes


def _flow_deletions(file: YamlFile, node: Node, gone: list[int]) -> list[Change]:
    changes = []
    for n in gone:
        key, value = node.pairs[n]
        end = max(key.end, value.end)
        comma = _COMMA.match(file.text, end)
        after = comma.end() if comma else end
        line = file.line_end(after)
        rest = file.text[after:line].strip(" \t")
        alone = not file.text[file.line_start(key.start) : key.start].strip(" ")
        if alone and (not rest or rest.startswith("#")):
            broken = BREAK.match(file.text, line)
            changes.append((file.line_start(key.start), broken.end() if broken else line, ""))
            continue
        if comma:
            spaces = re.compile(" *").match(file.text, after)
            changes.append((key.start, spaces.end() if spaces else after, ""))
        else:
            # The last entry takes the comma before it along; what stands before that is gone or stays.
            before = max((m for m in range(n) if m not in gone), default=-1)
            start = max(node.pairs[before][0].end, node.pairs[before][1].end) if before >= 0 else key.start
            changes.append((start if "#" not in file.text[start : key.start] else key.start, end, ""))
    return changes


_COMMA = re.compile(r"\s*,")
_COLON = re.compile(r"\s*:")


# Adding lines.


def _add(file: YamlFile, add: Mapping[str, str]) -> str:
    found = _find(file)
    pairs = found.node.pairs if found.node is not None and not found.missing else []
    sources = {key.value for key, _ in pairs if key.kind == "scalar"}
    for source in add:
        if source in sources:
            raise CannotEdit(f"The map already has a redirect {source!r}.")

    def expected(old: MapData) -> MapData:
        return {**old, **{tagged_text(source): tagged_text(target) for source, target in add.items()}}

    changes = _Addition(file, found, add).changes()
    return _checked(file, applied(file.text, changes), expected)


class _Addition:
    """New entries, and where they go."""

    def __init__(self, file: YamlFile, found: _Found, add: Mapping[str, str]) -> None:
        self.file = file
        self.found = found
        self.add = add
        pairs = found.node.pairs if found.node is not None and not found.missing else []
        self.styles = [_common_style(pair[side] for pair in pairs) for side in (0, 1)]

    def entries(self, flow: bool) -> list[str]:
        key, value = self.styles
        return [
            f"{scalar(source, key, flow, is_key=True)}: {scalar(target, value, flow)}"
            for source, target in self.add.items()
        ]

    def lines(self, indent: int) -> list[str]:
        """Return the entries as lines, below the keys that are missing."""
        lines = []
        for name in self.found.missing:
            lines.append(" " * indent + f"{name}:")
            indent += self.file.step()
        return lines + [" " * indent + entry for entry in self.entries(False)]

    def inline(self) -> str:
        """Return the same for a mapping in brackets."""
        text = ", ".join(self.entries(True))
        for name in reversed(self.found.missing):
            text = f"{name}: {{{text}}}"
        return text

    def below(self, position: int, lines: list[str]) -> Change:
        """Insert lines below the one that holds a position."""
        end = self.file.line_end(position)
        newline = self.file.newline(position)
        return end, end, "".join(newline + line for line in lines)

    def changes(self) -> list[Change]:
        node, key = self.found.node, self.found.key
        if node is not None and not node.is_null:
            if node.kind == "sequence":
                return [self.into_sequence(node)]
            if not node.flow:
                return [self.below(node.end, self.apart(node) + self.lines(node.column))]
            return self.into_flow(node, key)
        if key is None:
            return [self.into_nothing()]
        if _is_in_flow(self.file, key):
            if node is None:
                return [(key.start, key.end, f"{{{key.value}: {{{self.inline()}}}}}")]
            colon = _COLON.match(self.file.text, key.end)
            return [(node.start, node.end, ("" if colon else ":") + f" {{{self.inline()}}}")]
        lines = self.lines(key.column + self.file.step())
        if node is None:  # an item of a list that only names the plugin
            return [(key.end, key.end, ":"), self.below(key.end, lines)]
        return [*self.without(node), self.below(max(key.end, node.end), lines)]

    def without(self, node: Node) -> list[Change]:
        """Take out an empty value, with the spaces before it."""
        if node.start == node.end:
            return []
        before = self.file.text[: node.start]
        return [(len(before.rstrip(" ")), node.end, "")]

    def apart(self, node: Node) -> list[str]:
        """Return an empty line where a comment gives the day of the last entries: it is not the new ones'."""
        if self.found.missing or not node.pairs:
            return []
        numbers = {key.line + 1 for key, _ in node.pairs}
        last = comment(self.file.text.splitlines(), max(numbers), numbers, at_end=False)
        return [""] if is_dated(last) else []

    def into_nothing(self) -> Change:
        text, newline = self.file.text, self.file.newline(0)
        lines = newline.join(self.lines(0))
        if text and not text.endswith(("\n", "\r")):
            return len(text), len(text), newline + lines
        return len(text), len(text), lines + newline

    def into_sequence(self, node: Node) -> Change:
        if node.flow:
            end = node.items[-1].end if node.items else node.start + 1
            return end, end, f"{', ' if node.items else ''}{{{self.inline()}}}"
        # "- " is as wide as an indentation of two, whatever the file's own.
        lines = self.lines(node.column + 2)
        lines[0] = " " * node.column + "- " + lines[0].lstrip(" ")
        return self.below(node.end, lines)

    def into_flow(self, node: Node, key: Node | None) -> list[Change]:
        file, text = self.file, self.file.text
        if not node.pairs:
            if key is None or text[node.start : node.end] != "{}" or _is_in_flow(file, key):
                return [(node.start + 1, node.start + 1, self.inline())]
            return [*self.without(node), self.below(node.end, self.lines(key.column + file.step()))]
        last, value = node.pairs[-1]
        end = max(last.end, value.end)
        comma = _COMMA.match(text, end)
        line = file.line_end(comma.end() if comma else end)
        if not file.is_first(last) or line >= node.end - 1:
            return [(end, end, f", {self.inline()}")]
        # One entry a line, and perhaps a comment after it.
        entry = file.newline(end) + " " * last.column + self.inline()
        return [(line, line, entry + ",")] if comma else [(end, end, ","), (line, line, entry)]


class _Items(_Addition):
    """New values of a list, and where they go."""

    def entries(self, flow: bool) -> list[str]:
        return [("" if flow else "- ") + scalar(value, "", flow) for value in self.add]

    def inline(self) -> str:
        text = f"[{', '.join(self.entries(True))}]"
        *outer, last = self.found.missing
        text = f"{last}: {text}"
        for name in reversed(outer):
            text = f"{name}: {{{text}}}"
        return text

    def changes(self) -> list[Change]:
        node = self.found.node
        if self.found.missing or node is None or node.is_null:
            return super().changes()
        more = ", ".join(self.entries(True))
        if node.kind == "scalar":
            return [(node.start, node.end, f"[{scalar(node.value, node.style, True)}, {more}]")]
        if node.flow:
            end = node.items[-1].end if node.items else node.start + 1
            return [(end, end, f", {more}" if node.items else more)]
        return [self.below(node.end, [" " * node.column + entry for entry in self.entries(False)])]


def _common_style(nodes: Iterable[Node]) -> str:
    """Return the quotation mark that all texts have, or nothing."""
    styles = {node.style for node in nodes}
    style = styles.pop() if len(styles) == 1 else ""
    return style if style in ("'", '"') else ""


def _is_in_flow(file: YamlFile, node: Node) -> bool:
    """Return whether a node stands in brackets."""
    stack = [file.root] if file.root else []
    while stack:
        each = stack.pop()
        if each.flow:
            if each.start <= node.start < each.end:
                return True
            continue
        stack += [*each.items, *(part for pair in each.pairs for part in pair)]
    return False


def _checked(file: YamlFile, text: str, expected: Callable[[MapData], MapData]) -> str:
    """Return a new text when it says what it should and everything else as before."""
    after = YamlFile(text, file.path)
    old, new = file.data(file.root), after.data(after.root)
    want, have = _without_map(old, file.path), _without_map(new, file.path)
    maps = [dict(found) if isinstance(found, dict) else {} for _, found in (want, have)]
    if want[0] != have[0] or expected(maps[0]) != maps[1]:
        raise CannotEdit("This cannot be written here without changing something else in the file.")
    return text


def _without_map(data: Any, path: tuple[str, str, str]) -> tuple[Any, Any]:
    """Take the map or list out of what a file says, and the keys that are there for its sake alone."""
    data = dict(data) if isinstance(data, dict) else {}
    names = [tagged_text(name) for name in path]
    plugins = data.pop(names[0], None)
    if isinstance(plugins, list):
        options: Any = None
        others = []
        for item in plugins:
            if item == names[1]:
                options = {}
            elif isinstance(item, dict) and names[1] in item:
                options = item[names[1]]
                others += [{key: value} for key, value in item.items() if key != names[1]]
            else:
                others.append(item)
        data[names[0]] = others
    else:
        plugins = dict(plugins) if isinstance(plugins, dict) else {}
        options = plugins.pop(names[1], None)
        data[names[0]] = plugins
    options = dict(options) if isinstance(options, dict) else {}
    found = options.pop(names[2], None)
    data[names[1]] = options
    return data, found


# Writing a scalar.
