"""Small sites: a map, some pages, and what Unbroken makes of them."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from unbroken.findings.base import Place
from unbroken.model.addresses import Address, parse
from unbroken.model.redirects import Entry, RedirectMap, parse_map
from unbroken.publish.finish import Outcome, finish
from unbroken.workspace import config as configuration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Shown:
    """What a site publishes, as data: address paths with their anchors."""

    def __init__(self, pages: Mapping[str, Iterable[str]]) -> None:
        self._pages = {path: frozenset(anchors) for path, anchors in pages.items()}

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(self._pages)

    def anchors(self, path: str) -> frozenset[str] | None:
        return self._pages.get(path)


def the_map(
    entries: Mapping[str, str],
    patterns: Mapping[str, str] | None = None,
    retired: Iterable[str] = (),
    *,
    directory_urls: bool = True,
) -> RedirectMap:
    """A map understood, the entries on lines 1, 2, 3 ... of one file."""
    lines = [(source, target) for source, target in entries.items()]
    lines += (patterns or {}).items()
    lines += [(source, "") for source in retired]
    written = [
        Entry(source, target, Place("map.yml", line)) for line, (source, target) in enumerate(lines, 1)
    ]
    first, second = len(entries), len(entries) + len(patterns or {})
    return parse_map(written[:first], written[first:second], written[second:], directory_urls=directory_urls)


def recorded(lines: Iterable[str]) -> list[Address]:
    """A ledger's lines as addresses."""
    return [parse(line) for line in lines]


def page(*anchors: str, title: str = "Page") -> str:
    """A page as a builder might write it."""
    headings = "".join(f'<h2 id="{escape(anchor)}">{escape(anchor)}</h2>' for anchor in anchors)
    head = f"<!doctype html><html><head><title>{title}</title></head>"
    return f"{head}<body><article>{headings}</article></body></html>"


def write_site(folder: Path, pages: Mapping[str, str]) -> Path:
    """Write a built site: file names and their text."""
    for name, text in pages.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def write_config(folder: Path, redirect_maps: Mapping[str, str] | None = None, **settings: Any) -> Path:
    """Write a mkdocs.yml; ``unbroken=`` takes the plugin's settings, any other name is the site's."""
    plugins = {
        "redirects": {"redirect_maps": dict(redirect_maps or {})},
        "unbroken": settings.pop("unbroken", {}),
    }
    data = {"site_name": "Small", **settings, "plugins": plugins}
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "mkdocs.yml"
    file.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return file


def finished(
    folder: Path, pages: Mapping[str, str], redirect_maps: Mapping[str, str] | None = None, **settings: Any
) -> Outcome:
    """Write a built site in ``folder/site`` and finish it."""
    file = write_config(folder, redirect_maps, **settings)
    return finish(configuration.read(file), write_site(folder / "site", pages))


def codes(findings: Iterable[Any]) -> list[str]:
    """The codes of findings, in their order."""
    return [finding.code for finding in findings]
