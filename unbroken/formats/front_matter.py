"""The front matter of a page: where it stands, by the rules of MkDocs."""

from __future__ import annotations

import re
from typing import NamedTuple

import yaml

from unbroken.formats.yaml import LOADER


class FrontMatter(NamedTuple):
    """Where the front matter of a page is, in characters from 0.

    Attributes:
        start: where its YAML begins.
        end: where that ends; equal to ``start`` when there is no YAML.
        body: where the page's Markdown begins.
    """

    start: int
    end: int
    body: int


def front_matter(text: str) -> FrontMatter:
    """Return where the front matter of a page is, and where its Markdown begins.

    A byte order mark is no part of either. What is fenced and is no mapping is Markdown. MultiMarkdown's
    metadata, which has no fence, counts as front matter without YAML.
    """
    start = 1 if text.startswith("\ufeff") else 0
    found = _FRONT.match(text, start)
    if found:
        return (
            FrontMatter(*found.span(1), found.end())
            if _is_mapping(found[1])
            else FrontMatter(start, start, start)
        )
    # MultiMarkdown's metadata has no fence: "key: value" lines up to the first that is none.
    at, key = start, False
    while at < len(text):
        line = _LINE.match(text, at)
        assert line is not None
        if not line[0].strip():
            return FrontMatter(start, start, line.end())
        if _META.match(line[0]):
            key = True
        elif not (key and _META_MORE.match(line[0])):
            break
        at = line.end()
    return FrontMatter(start, start, at)


_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)?")
_FRONT = re.compile(
    # The first line within is none of its ends, whatever it is.
    r"---[ \t]*(?:\r\n?|\n)([^\r\n]*(?:\r\n?|\n)(?:(?!(?:\.\.\.|---)[ \t]*[\r\n])[^\r\n]*(?:\r\n?|\n))*)"
    r"(?:\.\.\.|---)[ \t]*(?:\r\n?|\n)"
)
_META = re.compile(r" {0,3}[A-Za-z0-9_-]+:")
_META_MORE = re.compile(r"(?: {4}|\t)")


def _is_mapping(front: str) -> bool:
    """Return whether YAML text is a mapping, by its events: composing it could overflow the stack."""
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", front):
        depth += 1 if bracket in "[{" else -1
        if depth > 500:  # which would take quadratic time
            return False
    first: object = None
    documents = 0
    anchors: set[str] = set()
    try:
        for event in yaml.parse(front, Loader=LOADER):
            documents += isinstance(event, yaml.DocumentStartEvent)
            if isinstance(event, yaml.NodeEvent):
                if isinstance(event, yaml.AliasEvent):
                    if event.anchor not in anchors:
                        return False
                elif event.anchor in anchors:
                    return False
                elif event.anchor:
                    anchors.add(event.anchor)
                tag = getattr(event, "tag", None)
                if tag not in (None, "!") and tag not in LOADER.yaml_constructors:
                    return False
                if first is None:
                    first = event
    except (yaml.YAMLError, RecursionError, ValueError):
        return False
    return isinstance(first, yaml.MappingStartEvent) and documents == 1
