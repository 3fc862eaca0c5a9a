"""The plugins of a YAML configuration: which there are, and one more added in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from unbroken.formats.yaml_nodes import (
    Change,
    Node,
    YamlFile,
    applied,
    last_ends,
    safe,
    tagged_text,
)
from unbroken.model.errors import CannotEdit


def plugins_of(text: str) -> tuple[str, tuple[str, ...]]:
    """Return how a YAML file writes its plugins, and their names.

    That is ``list`` or ``mapping``, ``null`` for a key without a value, or empty where there is no key.

    Raises:
        CannotEdit: the text is not YAML, or has no place for plugins that could be edited.
    """
    file = YamlFile(text.removeprefix("\ufeff"))
    pair = file.root.get("plugins") if file.root else None
    if pair is None or pair[1].is_null:
        return ("null" if pair else ""), ()
    node = pair[1]
    safe(file, node, "plugins")
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
    file = YamlFile(text.removeprefix(bom))
    if file.root is None or file.root.flow:
        raise CannotEdit("The file is not a mapping of settings, one a line.")
    pair = file.root.get(key)
    node = pair[1] if pair and not pair[1].is_null else None
    if node is not None:
        safe(file, node, key)
        if node.kind not in ("sequence", "mapping"):
            raise CannotEdit(f"Line {node.line + 1}: {key} must be a list or a mapping.")
    given: Any = list(items)
    if node.kind == "mapping" if node else mapping:
        given = {}
        for item in items:
            given.update(item if isinstance(item, dict) else {item: {}})
    after = YamlFile(applied(file.text, _additions(file, key, pair, given)))
    old, new = file.data(file.root), after.data(after.root)
    name = tagged_text(key)
    there, now = old.pop(name, None), new.pop(name, None)
    more = YamlFile(_dumped({key: given}, flow=False))
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


def _additions(file: YamlFile, key: str, pair: tuple[Node, Node] | None, given: Any) -> list[Change]:
    text, node = file.text, pair[1] if pair else None
    if node is not None and node.flow:
        pieces = (
            [_dumped(item, flow=True) for item in given]
            if isinstance(given, list)
            else [_dumped({name: value}, flow=True)[1:-1] for name, value in given.items()]
        )
        last = max([node.start + 1, *last_ends(node)])
        return [(last, last, (", " if last_ends(node) else "") + ", ".join(pieces))]
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
