"""Edit the redirect map in its YAML file, in place: what is not edited keeps every byte.

A parser says where each key and value stands, and only those characters change; so comments, order, quoting,
indentation and line ends survive (ruamel.yaml writes the whole file anew, and loses bytes on the way). After
an edit the new text is parsed again and has to say what was asked for, and else the edit is refused.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from unbroken.findings.base import Place
from unbroken.formats.comments import comment, is_dated
from unbroken.model.errors import CannotEdit

#: Which lines of the map: all that have this source, or the one whose key stands at this place.
Key = str | Place
#: The new text for each of them.
Changes = Mapping[str, str] | Mapping[Place, str] | Mapping[Key, str]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: Where the map is, and where the patterns are.
REDIRECTS = ("plugins", "redirects", "redirect_maps")
PATTERNS = ("plugins", "unbroken", "patterns")
#: Part of a text, and what shall stand there.
_Change = tuple[int, int, str]
#: What the map says, in a form that can be compared.
_Map = dict[Hashable, Any]


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
        text = _change(_File(text, path), retarget or {}, rename or {}, delete)
    if add:
        text = _add(_File(text, path), add)
    return bom + text


def plugins_of(text: str) -> tuple[str, tuple[str, ...]]:
    """Return how a YAML file writes its plugins, and their names.

    That is ``list`` or ``mapping``, ``null`` for a key without a value, or empty where there is no key.

    Raises:
        CannotEdit: the text is not YAML, or has no place for plugins that could be edited.
    """
    file = _File(text.removeprefix("\ufeff"))
    pair = file.root.get("plugins") if file.root else None
    if pair is None or pair[1].is_null:
        return ("null" if pair else ""), ()
    node = pair[1]
    _safe(file, node, "plugins")
    if node.kind == "mapping":
        return "mapping", tuple(key.value for key, _ in node.pairs)
    if node.kind != "sequence":
        raise CannotEdit(f"Line {node.line + 1}: plugins must be a list or a mapping.")
    names = [[key.value for key, _ in item.pairs] if item.pairs else [item.value] for item in node.items]
    return "list", tuple(name for each in names for name in each)


def add_to(text: str, key: str, items: Sequence[Any], *, mapping: bool = False) -> str:
    """Return the text of a YAML file with more items at the end of a list, or of a mapping, at its top.

    What is missing or empty is made, as a list unless told otherwise. What is not added keeps every byte.

    Args:
        text: the file's text; it may begin with a byte order mark.
        key: the name of the list or the mapping.
        items: what to add: names, and mappings with one key, as a list of plugins has them; a mapping gets
            the same with ``{}`` as the value of each bare name.
        mapping: whether what is missing becomes a mapping.

    Raises:
        CannotEdit: the text is not YAML; or an anchor, an alias or a tag makes it unclear what the edit would
            change.
    """
    bom = "\ufeff" if text.startswith("\ufeff") else ""
    file = _File(text.removeprefix(bom))
    if file.root is None or file.root.flow:
        raise CannotEdit("The file is not a mapping of settings, one a line.")
    pair = file.root.get(key)
    node = pair[1] if pair and not pair[1].is_null else None
    if node is not None:
        _safe(file, node, key)
        if node.kind not in ("sequence", "mapping"):
            raise CannotEdit(f"Line {node.line + 1}: {key} must be a list or a mapping.")
    given: Any = list(items)
    if node.kind == "mapping" if node else mapping:
        given = {}
        for item in items:
            given.update(item if isinstance(item, dict) else {item: {}})
    after = _File(applied(file.text, _additions(file, key, pair, given)))
    old, new = file.data(file.root), after.data(after.root)
    name = _text(key)
    there, now = old.pop(name, None), new.pop(name, None)
    more = _File(_dumped({key: given}, flow=False))
    wanted = more.data(more.root)[name]
    if isinstance(there, list):
        wanted = [*there, *wanted[1:]]
    elif isinstance(there, dict):
        wanted = {**there, **wanted}
    if old != new or now != wanted:
        raise CannotEdit("This cannot be written here without changing something else in the file.")
    return bom + after.text


class _Dumper(yaml.SafeDumper):
    """Indents lists, as most authors do."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)


def _dumped(data: Any, *, flow: bool) -> str:
    written = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1 << 20, default_flow_style=flow
    )
    return str(written).removesuffix("\n").removesuffix("\n...")


def _additions(file: _File, key: str, pair: tuple[_Node, _Node] | None, given: Any) -> list[_Change]:
    text, node = file.text, pair[1] if pair else None
    if node is not None and node.flow:
        pieces = (
            [_dumped(item, flow=True) for item in given]
            if isinstance(given, list)
            else [_dumped({name: value}, flow=True)[1:-1] for name, value in given.items()]
        )
        last = max([node.start + 1, *_last_ends(node)])
        return [(last, last, (", " if _last_ends(node) else "") + ", ".join(pieces))]
    lines = _dumped(given, flow=False).splitlines()
    if pair is None or node is None:
        newline = file.newline(0)
        before = "" if text.endswith(("\n", "\r")) or not text else newline
        more = [f"{key}:", *(f"  {line}" for line in lines)]
        return [(len(text), len(text), before + newline + newline.join(more) + newline)]
    if node.is_null:
        indent, position = " " * (pair[0].column + file.step()), max(pair[0].end, node.end)
        empty = [(len(text[: node.start].rstrip(" ")), node.end, "")] if node.start < node.end else []
    else:
        indent, position, empty = " " * node.column, node.end, []
    end, newline = file.line_end(position), file.newline(position)
    return [*empty, (end, end, "".join(newline + indent + line for line in lines))]


# The file as a tree with positions.


@dataclass(slots=True)
class _Node:
    """A node of the file.

    Attributes:
        kind: ``scalar``, ``alias``, ``mapping`` or ``sequence``.
        start: where it begins, with its anchor and tag.
        end: where its text ends.
        line: its first line, counted from 0.
        column: its first character in that line, counted from 0.
        value: the text of a scalar, or the name of the alias.
        style: how a scalar is quoted, or empty when it is plain.
        flow: whether a collection stands in brackets.
        tag: the tag that is written, or that a plain scalar is resolved to.
        anchor: its anchor, or empty.
        pairs: the entries of a mapping.
        items: the items of a sequence.
    """

    kind: str
    start: int
    end: int
    line: int
    column: int
    value: str = ""
    style: str = ""
    flow: bool = False
    tag: str = ""
    anchor: str = ""
    pairs: list[tuple[_Node, _Node]] = field(default_factory=list)
    items: list[_Node] = field(default_factory=list)

    @property
    def is_null(self) -> bool:
        return self.kind == "scalar" and self.tag == "tag:yaml.org,2002:null"

    def get(self, key: str) -> tuple[_Node, _Node] | None:
        """Return the last entry with a key, as YAML loaders do."""
        return next((pair for pair in reversed(self.pairs) if pair[0].value == key), None)


class _File:
    """A YAML text, its tree, where its lines begin, and where in the tree the map is.

    Raises:
        CannotEdit: it is not one YAML document with a mapping at its top.
    """

    def __init__(self, text: str, path: tuple[str, str, str] = REDIRECTS) -> None:
        self.text = text
        self.path = path
        self.anchors: dict[str, _Node] = {}
        self.used: set[str] = set()
        self.lines = [0, *(found.end() for found in _BREAK.finditer(text))]
        try:
            self.root = self._read()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = f" at line {mark.line + 1}" if mark else ""
            raise CannotEdit(f"This is not YAML{where}: {error.problem or error.context}.") from None
        except yaml.YAMLError as error:
            raise CannotEdit(f"This is not YAML: {' '.join(str(error).split())}.") from None
        if self.root is not None and (self.root.kind != "mapping" or self.root.tag):
            raise CannotEdit("The file is not a mapping of settings.")

    def _read(self) -> _Node | None:
        """Build the tree from the parser's events, with no recursion that deep nesting could exhaust."""
        root: _Node | None = None
        open_: list[_Node] = []
        pending: list[_Node | None] = []  # for each open mapping the key that waits for its value
        resolve: Any = yaml.resolver.Resolver().resolve
        for each in yaml.parse(self.text, Loader=_LOADER):
            event: Any = each
            if isinstance(each, yaml.CollectionEndEvent):
                node = open_.pop()
                pending.pop()
                node.end = event.end_mark.index if node.flow else max([node.start, *_last_ends(node)])
            elif isinstance(each, yaml.NodeEvent):
                start = event.start_mark
                node = _Node("alias", start.index, event.end_mark.index, start.line, start.column)
                node.anchor = event.anchor or ""
                if isinstance(each, yaml.AliasEvent):
                    node.value, node.anchor = node.anchor, ""
                    self.used.add(node.value)
                    if node.value not in self.anchors:
                        raise CannotEdit(f"Line {node.line + 1} refers to an anchor that is not there.")
                elif isinstance(each, yaml.ScalarEvent):
                    node.kind, node.value = "scalar", event.value
                    node.style = "" if event.style in (None, "") else event.style
                    node.tag = event.tag or resolve(yaml.ScalarNode, event.value, event.implicit)
                    if node.style in ("|", ">"):
                        node.end = node.start + len(self.text[node.start : node.end].rstrip())
                else:
                    node.kind = "mapping" if isinstance(each, yaml.MappingStartEvent) else "sequence"
                    node.flow, node.tag = bool(event.flow_style), event.tag or ""
                if node.anchor:
                    self.anchors[node.anchor] = node
                if not open_:
                    if root is not None:
                        raise CannotEdit("The file holds more than one YAML document.")
                    root = node
                elif open_[-1].kind == "sequence":
                    open_[-1].items.append(node)
                elif (key := pending[-1]) is None:
                    pending[-1] = node
                else:
                    open_[-1].pairs.append((key, node))
                    pending[-1] = None
                if node.kind in ("mapping", "sequence"):
                    open_.append(node)
                    pending.append(None)
        return root

    def line_start(self, position: int) -> int:
        return self.lines[bisect_right(self.lines, position) - 1]

    def line_end(self, position: int) -> int:
        """Return where the line ends, before its line break."""
        found = _BREAK.search(self.text, position)
        return found.start() if found else len(self.text)

    def newline(self, position: int) -> str:
        """Return the kind of line break that a position's line has, or else the file's first."""
        found = _BREAK.search(self.text, position) or _BREAK.search(self.text)
        return found[0] if found else "\n"

    def is_first(self, node: _Node) -> bool:
        """Return whether only spaces stand before a node on its line, or the mark of a key."""
        return not self.text[self.line_start(node.start) : node.start].lstrip(" ?")

    def step(self) -> int:
        """Return how much deeper the file indents what is nested."""
        for _, value in self.root.pairs if self.root else ():
            if value.kind == "mapping" and not value.flow and value.column:
                return value.column
        return 2

    def data(self, node: _Node | None) -> Any:
        """Return what a node says, in a form that can be compared."""
        if node is None:
            return {}
        try:
            return self._data(node, ())
        except RecursionError:
            raise CannotEdit("The file is nested too deep.") from None

    def _data(self, node: _Node, above: tuple[str, ...]) -> Any:
        if node.kind == "alias":
            if node.value in above:
                raise CannotEdit(f"Line {node.line + 1} refers to itself.")
            return self._data(self.anchors[node.value], (*above, node.value))
        if node.kind == "scalar":
            return node.tag, node.value
        if node.kind == "sequence":
            return [node.tag, *(self._data(item, above) for item in node.items)]
        found: _Map = {}
        for key, value in node.pairs:
            name = self._data(key, above)
            found[name if isinstance(name, tuple) else repr(name)] = self._data(value, above)
        return found


_BREAK = re.compile(r"\r\n?|\n")


def _last_ends(node: _Node) -> tuple[int, ...]:
    if node.pairs:
        return node.pairs[-1][0].end, node.pairs[-1][1].end
    return (node.items[-1].end,) if node.items else ()


def applied(text: str, changes: Iterable[_Change]) -> str:
    """Return the text with its ranges replaced; deletions may overlap."""
    pieces: list[str] = []
    at = 0
    for start, end, new in sorted(changes, key=lambda change: change[:2]):
        pieces += (text[at : max(start, at)], new)
        at = max(end, at)
    return "".join((*pieces, text[at:]))


# Finding the map.


def _safe(file: _File, node: _Node, what: str) -> None:
    """Refuse a node that another part of the file shares, or that a tag gives another meaning."""
    if node.anchor in file.used:
        raise CannotEdit(
            f"Line {node.line + 1}: {what} has an anchor (&{node.anchor}) that is used elsewhere."
        )
    if node.kind == "alias":
        raise CannotEdit(
            f"Line {node.line + 1}: {what} is an alias (*{node.value}); edit what it stands for."
        )
    if node.kind in ("mapping", "sequence") and node.tag:
        raise CannotEdit(f"Line {node.line + 1}: {what} has the tag {node.tag}.")


@dataclass(slots=True)
class _Found:
    """How far the way to the map goes.

    Attributes:
        node: the last node on the way, or None in an empty file.
        key: the key of that node, or the item of a list that only names the plugin.
        missing: the keys that are missing below it.
    """

    node: _Node | None
    key: _Node | None
    missing: tuple[str, ...]


def _find(file: _File) -> _Found:
    node, key = file.root, None
    for depth, name in enumerate(file.path):
        missing = file.path[depth:]
        if node is None or node.is_null:
            return _Found(node, key, missing)
        what = file.path[depth - 1] if depth else "the file"
        _safe(file, node, what)
        pair = node.get(name)
        if node.kind == "sequence" and depth == 1:
            pair = None
            for item in reversed(node.items):
                if item.kind == "scalar" and item.value == name:
                    return _Found(None, item, missing[1:])
                if item.kind == "mapping" and (pair := item.get(name)):
                    _safe(file, item, what)
                    break
        elif node.kind != "mapping":
            raise CannotEdit(f"Line {node.line + 1}: {what} must be a mapping.")
        if pair is None:
            return _Found(node, key, missing)
        key, node = pair
    if node is not None and not node.is_null:
        _safe(file, node, file.path[-1])
        if node.kind != "mapping":
            raise CannotEdit(f"Line {node.line + 1}: {file.path[-1]} must be a mapping.")
    return _Found(node, key, ())


# Changing and deleting lines.


def _change(file: _File, retarget: Changes, rename: Changes, delete: Collection[Key]) -> str:
    found = _find(file)
    node = None if found.missing else found.node
    pairs = node.pairs if node else []
    merged = next((key for key, _ in pairs if key.tag == "tag:yaml.org,2002:merge"), None)

    def chosen(key: Key) -> list[int]:
        if isinstance(key, Place):
            at = [n for n, (k, _) in enumerate(pairs) if (k.line + 1, k.column + 1) == (key.line, key.column)]
        else:
            at = [n for n, (k, _) in enumerate(pairs) if k.kind == "scalar" and k.value == key]
        if not at:
            shown = f"at line {key.line}" if isinstance(key, Place) else repr(key)
            raise CannotEdit(f"The map has no redirect {shown}" + (" of its own." if merged else "."))
        return at

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
    changes: list[_Change] = []
    for n, new in targets.items():
        if n not in gone:
            changes.append(_target(file, pairs[n], new, node.flow))
    for n, new in sources.items():
        key = pairs[n][0]
        if n not in gone:
            _safe(file, key, "the source")
            changes.append((key.start, key.end, _scalar(new, key.style, node.flow, is_key=True)))
    for n in gone:
        for each in pairs[n]:
            _unused(file, each)
    if gone:
        changes += (_flow_deletions if node.flow else _block_deletions)(file, node, sorted(gone))
        if len(gone) == len(pairs) and not node.flow:
            colon = _COLON.match(file.text, found.key.end)
            if not colon:
                raise CannotEdit(f"Line {found.key.line + 1}: the map cannot be emptied here.")
            changes.append((colon.end(), colon.end(), " {}"))

    def expected(old: _Map) -> _Map:
        new: _Map = {}
        for n, (key, value) in enumerate(pairs):
            if n not in gone:
                name = _text(sources[n]) if n in sources else file.data(key)
                new[name] = _text(targets[n]) if n in targets else file.data(value)
        return new

    return _checked(file, applied(file.text, changes), expected)


def _unused(file: _File, node: _Node) -> None:
    """Refuse to delete what is used elsewhere."""
    stack = [node]
    while stack:
        each = stack.pop()
        if each.anchor in file.used:
            raise CannotEdit(f"Line {each.line + 1} has an anchor (&{each.anchor}) that is used elsewhere.")
        stack += [*each.items, *(part for pair in each.pairs for part in pair)]


def _target(file: _File, pair: tuple[_Node, _Node], new: str, flow: bool) -> _Change:
    key, value = pair
    if value.kind in ("mapping", "sequence"):
        raise CannotEdit(f"Line {value.line + 1}: the target is not text.")
    if value.kind == "scalar":
        _safe(file, value, "the target")
    written = _scalar(new, value.style, flow)
    if value.start < value.end:
        return value.start, value.end, written
    # The target is empty: the parser puts it after the colon, where there is one.
    colon = _COLON.match(file.text, key.end)
    if colon:
        return colon.end(), colon.end(), " " + written
    return key.end, key.end, ": " + written


def _block_deletions(file: _File, node: _Node, gone: list[int]) -> list[_Change]:
    changes = []
    for n in gone:
        key, value = node.pairs[n]
        start = file.line_start(key.start)
        if not file.is_first(key):
            raise CannotEdit(f"Line {key.line + 1}: something else stands on this line.")
        end = file.line_end(max(key.end, value.end))
        after = _BREAK.match(file.text, end)
        if after:
            end = after.end()
        elif start:
            # The last line has no line break, and neither shall the one before it.
            start -= 2 if file.text[:start].endswith("\r\n") else 1
        changes.append((start, end, ""))
    return changes


def _flow_deletions(file: _File, node: _Node, gone: list[int]) -> list[_Change]:
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
            broken = _BREAK.match(file.text, line)
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


def _add(file: _File, add: Mapping[str, str]) -> str:
    found = _find(file)
    pairs = found.node.pairs if found.node is not None and not found.missing else []
    sources = {key.value for key, _ in pairs if key.kind == "scalar"}
    for source in add:
        if source in sources:
            raise CannotEdit(f"The map already has a redirect {source!r}.")

    def expected(old: _Map) -> _Map:
        return {**old, **{_text(source): _text(target) for source, target in add.items()}}

    changes = _Addition(file, found, add).changes()
    return _checked(file, applied(file.text, changes), expected)


class _Addition:
    """New entries, and where they go."""

    def __init__(self, file: _File, found: _Found, add: Mapping[str, str]) -> None:
        self.file = file
        self.found = found
        self.add = add
        pairs = found.node.pairs if found.node is not None and not found.missing else []
        self.styles = [_common_style(pair[side] for pair in pairs) for side in (0, 1)]

    def entries(self, flow: bool) -> list[str]:
        key, value = self.styles
        return [
            f"{_scalar(source, key, flow, is_key=True)}: {_scalar(target, value, flow)}"
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

    def below(self, position: int, lines: list[str]) -> _Change:
        """Insert lines below the one that holds a position."""
        end = self.file.line_end(position)
        newline = self.file.newline(position)
        return end, end, "".join(newline + line for line in lines)

    def changes(self) -> list[_Change]:
        node, key = self.found.node, self.found.key
        if node is not None and not node.is_null:
            if node.kind == "sequence":
                return [self.into_sequence(node)]
            if not node.flow:
                return [self.below(node.end, self.in_second_process(node) + self.lines(node.column))]
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

    def without(self, node: _Node) -> list[_Change]:
        """Take out an empty value, with the spaces before it."""
        if node.start == node.end:
            return []
        before = self.file.text[: node.start]
        return [(len(before.rstrip(" ")), node.end, "")]

    def in_second_process(self, node: _Node) -> list[str]:
        """Return an empty line where a comment gives the day of the last entries: it is not the new ones'."""
        if self.found.missing or not node.pairs:
            return []
        numbers = {key.line + 1 for key, _ in node.pairs}
        last = comment(self.file.text.splitlines(), max(numbers), numbers, at_end=False)
        return [""] if is_dated(last) else []

    def into_nothing(self) -> _Change:
        text, newline = self.file.text, self.file.newline(0)
        lines = newline.join(self.lines(0))
        if text and not text.endswith(("\n", "\r")):
            return len(text), len(text), newline + lines
        return len(text), len(text), lines + newline

    def into_sequence(self, node: _Node) -> _Change:
        if node.flow:
            end = node.items[-1].end if node.items else node.start + 1
            return end, end, f"{', ' if node.items else ''}{{{self.inline()}}}"
        # "- " is as wide as an indentation of two, whatever the file's own.
        lines = self.lines(node.column + 2)
        lines[0] = " " * node.column + "- " + lines[0].lstrip(" ")
        return self.below(node.end, lines)

    def into_flow(self, node: _Node, key: _Node | None) -> list[_Change]:
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


def _common_style(nodes: Iterable[_Node]) -> str:
    """Return the quotation mark that all texts have, or nothing."""
    styles = {node.style for node in nodes}
    style = styles.pop() if len(styles) == 1 else ""
    return style if style in ("'", '"') else ""


def _is_in_flow(file: _File, node: _Node) -> bool:
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


def _text(value: str) -> tuple[str, str]:
    return "tag:yaml.org,2002:str", value


def _checked(file: _File, text: str, expected: Callable[[_Map], _Map]) -> str:
    """Return a new text when it says what it should and everything else as before."""
    after = _File(text, file.path)
    old, new = file.data(file.root), after.data(after.root)
    want, have = _without_map(old, file.path), _without_map(new, file.path)
    if want[0] != have[0] or expected(want[1]) != have[1]:
        raise CannotEdit("This cannot be written here without changing something else in the file.")
    return text


def _without_map(data: Any, path: tuple[str, str, str]) -> tuple[Any, _Map]:
    """Take the map out of what a file says, and the keys that are there for its sake alone."""
    data = dict(data) if isinstance(data, dict) else {}
    names = [_text(name) for name in path]
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
    return data, dict(found) if isinstance(found, dict) else {}


# Writing a scalar.

# No indicator at its start, nothing that ends it early, and only what every YAML reader takes for printable.
_PLAIN = re.compile(
    r"(?![-?:,\[\]{}#&*!|>'\"%@`=<~ ])"
    r"(?:(?!: |:$| #)[ -~\xa1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd])+(?<! )"
)
# What some version of YAML takes for a number, a date or a truth value, although PyYAML may not.
_OTHER = re.compile(
    r"[-+]?[\d.][\d._:exobtz+\-a-f ]*|\.?(?:inf|nan)|y|n|yes|no|on|off|true|false|null", re.IGNORECASE
)
# In brackets the colon of a URL may stay.
_FLOW_URL = re.compile(r"https?://[^,\[\]{}?:]+")


def _scalar(value: str, style: str, flow: bool, *, is_key: bool = False) -> str:
    """Return a text as YAML, quoted as before or as need be."""
    if any(0xD800 <= ord(c) < 0xE000 for c in value):
        raise CannotEdit("YAML cannot hold a lone surrogate.")
    plain = bool(_PLAIN.fullmatch(value)) and not _OTHER.fullmatch(value)
    if flow and re.search(r"[,\[\]{}?:]", value):
        plain = plain and bool(_FLOW_URL.fullmatch(value))
    if style not in ("'", '"'):
        style = "" if plain else "'"
    if style == "'" and not value.isprintable():
        style = '"'
    if style == "'":
        value = "'" + value.replace("'", "''") + "'"
    elif style == '"':
        value = '"' + "".join(_escaped(c) for c in value) + '"'
    if is_key and len(value) > 1000:
        raise CannotEdit("YAML takes no key that is longer than 1024 characters.")
    return value


def _escaped(c: str) -> str:
    if c in '"\\':
        return "\\" + c
    if c.isprintable():
        return c
    return (
        f"\\x{ord(c):02x}"
        if ord(c) < 0x100
        else f"\\u{ord(c):04x}"
        if ord(c) < 0x10000
        else f"\\U{ord(c):08x}"
    )
