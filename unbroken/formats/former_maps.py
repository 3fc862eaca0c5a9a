"""What the redirect maps of a configuration say in a version that is no more, or in one line of it.

Nothing here has a place, and what cannot be read says nothing: a version of long ago may be broken.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from unbroken.formats.yaml import LOADER, is_deep, may_be_deep

_MAPS = "redirect_maps"
_MERGE = "tag:yaml.org,2002:merge"


def pairs(text: str, *, toml: bool, anywhere: bool = False) -> Iterator[tuple[str, str]]:
    """Yield source and target of each line of the redirect maps in a text, wherever they stand in it.

    What is no text in YAML, such as ``1.0``, is taken as it is written. A mapping has what it merges.

    Args:
        text: the text.
        toml: whether it is TOML, and not YAML.
        anywhere: whether the text is a part of a map, so that every pair in it counts.
    """
    whole = _toml(text) if toml else _yaml(text)
    waiting: list[Any] = [whole]
    seen: set[int] = set()  # an alias can repeat itself for ever
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, yaml.SequenceNode):
            waiting += part.value
        elif isinstance(part, list):
            waiting += part
        for key, value in _items(part):
            waiting.append(value)
            if key == _MAPS:
                yield from _texts(value)
        if anywhere:
            yield from _texts(part)


def _toml(text: str) -> Any:
    import tomllib  # which few sites need

    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _yaml(text: str) -> yaml.Node | None:
    try:
        data = text.encode()
        return None if may_be_deep(data) and is_deep(data) else yaml.compose(text, Loader=LOADER)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def _texts(part: Any) -> Iterator[tuple[str, str]]:
    for key, value in _items(part):
        target = value.value if isinstance(value, yaml.ScalarNode) else value
        if isinstance(target, str) and target:
            yield key, target


def _items(part: Any) -> list[tuple[str, Any]]:
    """Return the keys and values of a mapping, its own before those that it merges; of anything else none."""
    if isinstance(part, dict):
        return [*part.items()]
    found: dict[str, Any] = {}
    waiting, seen = [part], set[int]()
    while waiting:
        here = waiting.pop()
        if not isinstance(here, yaml.MappingNode) or id(here) in seen:
            continue
        seen.add(id(here))
        merged: list[yaml.Node] = []
        own: dict[str, yaml.Node] = {}
        for key, value in here.value:
            if key.tag == _MERGE:
                merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
            elif isinstance(key, yaml.ScalarNode):
                own[key.value] = value
        found = own | found
        waiting += reversed(merged)
    return [*found.items()]
