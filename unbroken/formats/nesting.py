"""How deep a YAML text is nested: its readers are recursive, and the one in C crashes on a deep one."""

from __future__ import annotations

import yaml

from unbroken.formats.yaml import LOADER

DEEPEST = 100


def check(text: str) -> None:
    """Go through the events of a YAML text.

    Raises:
        RecursionError: it is nested too deep.
        YAMLError: it is no YAML.
    """
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise RecursionError
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
