"""The nodes of a YAML file with where each stands, and changes put into its text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml

from unbroken.formats.yaml import LOADER
from unbroken.model.errors import CannotEdit

#: Where the map is, and where the patterns are.
REDIRECTS = ("plugins", "redirects", "redirect_maps")
PATTERNS = ("plugins", "unbroken", "patterns")
#: What the map says, in a form that can be compared.
MapData = dict[Hashable, Any]
#: Part of a text, and what shall stand there.
Change = tuple[int, int, str]


@dataclass(slots=True)
class Node:
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
    pairs: list[tuple[Node, Node]] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)

    @property
    def is_null(self) -> bool:
        """Return whether nothing is written, or null is."""
        return self.kind == "scalar" and self.tag == "tag:yaml.org,2002:null"

    def get(self, key: str) -> tuple[Node, Node] | None:
        """Return the last entry with a key, as YAML loaders do."""
        return next((pair for pair in reversed(self.pairs) if pair[0].value == key), None)


class YamlFile:
    """A YAML text, its tree, where its lines begin, and where in the tree the map is.

    Raises:
        CannotEdit: it is not one YAML document with a mapping at its top.
    """

    def __init__(self, text: str, path: tuple[str, str, str] = REDIRECTS) -> None:
        self.text = text
        self.path = path
        self.anchors: dict[str, Node] = {}
        self.used: set[str] = set()
        self.lines = [0, *(found.end() for found in BREAK.finditer(text))]
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

    def _read(self) -> Node | None:
        """Build the tree from the parser's events, with no recursion that deep nesting could exhaust."""
        root: Node | None = None
        open_: list[Node] = []
        pending: list[Node | None] = []  # for each open mapping the key that waits for its value
        resolve: Any = yaml.resolver.Resolver().resolve
        for each in yaml.parse(self.text, Loader=LOADER):
            event: Any = each
            if isinstance(each, yaml.CollectionEndEvent):
                node = open_.pop()
                pending.pop()
                node.end = event.end_mark.index if node.flow else max([node.start, *last_ends(node)])
            elif isinstance(each, yaml.NodeEvent):
                start = event.start_mark
                node = Node("alias", start.index, event.end_mark.index, start.line, start.column)
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
        """Return where the line of a position begins."""
        return self.lines[bisect_right(self.lines, position) - 1]

    def line_end(self, position: int) -> int:
        """Return where the line ends, before its line break."""
        found = BREAK.search(self.text, position)
        return found.start() if found else len(self.text)

    def newline(self, position: int) -> str:
        """Return the kind of line break that a position's line has, or else the file's first."""
        found = BREAK.search(self.text, position) or BREAK.search(self.text)
        return found[0] if found else "\n"

    def is_first(self, node: Node) -> bool:
        """Return whether only spaces stand before a node on its line, or the mark of a key."""
        return not self.text[self.line_start(node.start) : node.start].lstrip(" ?")

    def step(self) -> int:
        """Return how much deeper the file indents what is nested."""
        for _, value in self.root.pairs if self.root else ():
            if value.kind == "mapping" and not value.flow and value.column:
                return value.column
        return 2

    def data(self, node: Node | None) -> Any:
        """Return what a node says, in a form that can be compared."""
        if node is None:
            return {}
        try:
            return self._data(node, ())
        except RecursionError:
            raise CannotEdit("The file is nested too deep.") from None

    def _data(self, node: Node, above: tuple[str, ...]) -> Any:
        if node.kind == "alias":
            if node.value in above:
                raise CannotEdit(f"Line {node.line + 1} refers to itself.")
            return self._data(self.anchors[node.value], (*above, node.value))
        if node.kind == "scalar":
            return node.tag, node.value
        if node.kind == "sequence":
            return [node.tag, *(self._data(item, above) for item in node.items)]
        found: MapData = {}
        for key, value in node.pairs:
            name = self._data(key, above)
            found[name if isinstance(name, tuple) else repr(name)] = self._data(value, above)
        return found


BREAK = re.compile(r"\r\n?|\n")


def last_ends(node: Node) -> tuple[int, ...]:
    """Return where the last entries of a node end, those of its last value included."""
    if node.pairs:
        return node.pairs[-1][0].end, node.pairs[-1][1].end
    return (node.items[-1].end,) if node.items else ()


def applied(text: str, changes: Iterable[Change]) -> str:
    """Return the text with its ranges replaced; deletions may overlap."""
    pieces: list[str] = []
    at = 0
    for start, end, new in sorted(changes, key=lambda change: change[:2]):
        pieces += (text[at : max(start, at)], new)
        at = max(end, at)
    return "".join((*pieces, text[at:]))


def safe(file: YamlFile, node: Node, what: str) -> None:
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


def tagged_text(value: str) -> tuple[str, str]:
    """Return a text as data, with its tag."""
    return "tag:yaml.org,2002:str", value
