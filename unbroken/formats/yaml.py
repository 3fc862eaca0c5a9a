"""YAML as values with their places, as far as a configuration needs it: nothing in it runs code."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from unbroken.findings.base import Place

#: Reads text with the C library where PyYAML was built with it.
LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 100
_INDENTED = re.compile(rb"(?m)^[ \t]{%d}|(?:[-?:][ \t]+){%d}" % (_DEEPEST, _DEEPEST // 2))

NUMBER = re.compile("0|[1-9][0-9]{0,17}")


class Item(NamedTuple):
    """A value and its places.

    Attributes:
        value: a list of key and value pairs, a list of values, a ``str``, a ``bool``, a number or None.
        place: where the value is.
        key: the key that names it, for what stands in a mapping.
        key_place: where the key is.
    """

    value: Any
    place: Place
    key: str = ""
    key_place: Place = Place("")


class Items(list[Item]):
    """The items of a mapping in their order, repeated keys included."""

    def get(self, key: str) -> Item | None:
        """Return the last item with a key, as YAML loaders do."""
        return next((item for item in reversed(self) if item.key == key), None)


def may_be_deep(data: bytes) -> bool:
    """Return, cheaply, whether a text has what deep nesting needs: brackets, indentation or dashes."""
    return data.count(b"[") + data.count(b"{") > _DEEPEST or _INDENTED.search(data) is not None


def is_deep(data: bytes | str) -> bool:
    """Return whether a YAML text is nested deeper than a recursive reader can follow without a crash."""
    depth = 0
    for event in yaml.parse(data, Loader=LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            return True
    return False


class Nodes:
    """Turn the nodes of one YAML file into items; tags that run code are left alone."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.above: set[int] = set()
        # What an anchor stands for, made once: a few lines of aliases can stand for more than memory holds.
        self.made: dict[int, Item] = {}

    def place(self, node: yaml.Node) -> Place:
        """Return where a node begins."""
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def item(self, node: yaml.Node) -> Item:
        """Return a node as a value, with the places of all that is in it."""
        if isinstance(node, yaml.ScalarNode):
            return Item(_scalar(node), self.place(node))
        place = self.place(node)
        if id(node) in self.made:
            return self.made[id(node)]
        if id(node) in self.above:  # an alias inside its own anchor
            return Item(None, place)
        self.above.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                made = Item(Items(self._items(node)), place)
            else:
                values = [self.item(child) for child in node.value]
                made = Item(_environment(values) if node.tag == "!ENV" else values, place)
        finally:
            self.above.discard(id(node))
        self.made[id(node)] = made
        return made

    def _items(self, node: yaml.MappingNode) -> Iterator[Item]:
        """Yield what is merged into a mapping, which gives way, and then its own items."""
        own: list[Item] = []
        merged: dict[str, Item] = {}
        for key, value in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                parts = value.value if isinstance(value, yaml.SequenceNode) else [value]
                for part in parts:
                    for item in (isinstance(part, yaml.MappingNode) and self.item(part).value) or ():
                        merged.setdefault(item.key, item)  # of several, the first counts
                continue
            name = key.value if isinstance(key, yaml.ScalarNode) else repr(key.tag)
            own.append(self.item(value)._replace(key=name, key_place=self.place(key)))
        return iter([*merged.values(), *own])


def _scalar(node: yaml.ScalarNode) -> Any:
    kind = node.tag.removeprefix("tag:yaml.org,2002:")
    if node.tag == "!ENV":
        return os.environ.get(node.value)
    if kind == "null":
        return None
    if kind == "bool":
        return node.value.lower() in ("true", "yes", "on")
    if kind == "int" and NUMBER.fullmatch(node.value):
        return int(node.value)
    if kind in ("int", "float", "timestamp"):
        return float("nan")  # only its type matters
    return node.value


def _environment(values: list[Item]) -> Any:
    """Return what ``!ENV [NAME, ..., default]`` stands for (pyyaml-env-tag)."""
    *names, default = values if len(values) > 1 else [*values, Item(None, Place(""))]
    for name in names:
        if isinstance(name.value, str) and name.value in os.environ:
            return os.environ[name.value]
    return default.value
