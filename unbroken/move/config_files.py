"""The configuration files of a site: where its redirects belong, and what a move changes in each."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from unbroken.findings.base import Place
from unbroken.formats.toml_edit import editor, plugins_in_toml, rename_in_toml, strings_in_toml
from unbroken.formats.yaml_nodes import PATTERNS
from unbroken.model.addresses import is_page_path
from unbroken.model.errors import CannotEdit, Refused
from unbroken.model.redirects import Entry
from unbroken.move.redirects import MapEdit
from unbroken.move.references import (
    GLOB,
    NO_PATHS,
    config_name,
    parted,
    patterns_in_yaml,
    plugins_in_yaml,
    rename_in_yaml,
)
from unbroken.move.targets import Docs, Move
from unbroken.move.tree import Tree
from unbroken.workspace.config import Config
from unbroken.workspace.files import shown


class ConfigFiles:
    """The files that a configuration is read from.

    Args:
        config: the site's configuration.
        tree: its sources, before the move.
    """

    def __init__(self, config: Config, tree: Tree) -> None:
        self.config = config
        self.tree = tree
        self._naming = cache(self._find)

    def of_map(self) -> tuple[Path | None, str]:
        """Return the file for new redirects, None when the site has no place for them, and its name."""
        file: Path | None = None
        if self.config.file.suffix == ".toml":
            file = self.config.file  # Zensical redirects by itself
        elif self.config.entries:
            file = _file(self.config.entries[-1])
        else:
            file = self._naming("redirects") or self._naming("unbroken")
        return file, self.tree.from_root_of(file) if file else ""

    def takes(self, source: str) -> bool:
        """Return whether the site's builder understands a source in the map."""
        page, _, anchor = source.partition("#")
        knows_anchors = self.config.file.suffix == ".toml"
        return self.is_ours or (is_page_path(page) and (knows_anchors or not anchor))

    @property
    def is_ours(self) -> bool:
        """Return whether the plugin ``unbroken`` is set up."""
        return self._naming("unbroken") is not None

    def _find(self, plugin: str) -> Path | None:
        """Return the file that names a plugin."""
        for file in self.config.files:
            if file.suffix == ".toml":
                return (
                    file if plugin in plugins_in_toml(file.read_bytes().decode("utf-8", "replace")) else None
                )
            try:
                if plugin in plugins_in_yaml(file.read_bytes()):
                    return file
            except OSError:
                continue
        return None

    def changed(
        self, move: Move, changes: MapEdit, target: Path | None, after: Docs
    ) -> dict[str, tuple[bytes, bytes]]:
        """Return the files that change, from the root, as they were and as they will be.

        Args:
            move: the move.
            changes: how the map changes.
            target: where new redirects go.
            after: what is there after the move.

        Raises:
            Refused: one cannot be edited.
        """
        result: dict[str, tuple[bytes, bytes]] = {}
        name = config_name(move, self.tree.before, after)
        edits = _by_file(changes, target)
        for file in {*self.config.files, *edits}:
            was = file.read_bytes()
            text = was.decode("utf-8", "surrogateescape")
            if file in edits:
                text = _edited(text, file, edits[file])
            if file.suffix == ".toml":
                text = rename_in_toml(text, name, NO_PATHS)
            else:
                text = rename_in_yaml(text, name, patterns=True)
            now = text.encode("utf-8", "surrogateescape")
            if now != was:
                result[self.tree.from_root_of(file)] = was, now
        return result

    def left(self, move: Move, named: Mapping[str, tuple[bytes, bytes]]) -> Iterator[str]:
        """Yield where a pattern of the configuration, as it will be, matches what moves no longer.

        Args:
            move: the move.
            named: the files that change, as ``changed`` returns them.
        """
        for file in self.config.files:
            path = self.tree.from_root_of(file)
            text = (named[path][1] if path in named else file.read_bytes()).decode("utf-8", "replace")
            toml = file.suffix == ".toml"
            strings = (each for each in strings_in_toml(text, NO_PATHS) if GLOB.search(each[1]))
            found = strings if toml else patterns_in_yaml(text)
            for line, pattern in sorted(found):
                lost = list(parted(pattern, move.files, self.tree.below))
                if not GLOB.search(pattern):  # it has followed what is at that place now
                    lost = [pair for pair in lost if pair[0] not in move.files.values()]
                if lost:
                    (old, new), more = lost[0], f", and {len(lost) - 1} more" if len(lost) > 1 else ""
                    yield f"{shown(file)}:{line}: {pattern} names {old}, and does not name {new}{more}."


def _by_file(changes: MapEdit, target: Path | None) -> dict[Path, MapEdit]:
    edits: dict[Path, MapEdit] = defaultdict(MapEdit)
    for entry, there in changes.retarget.items():
        edits[_file(entry)].retarget[entry] = there
    for entry, source in changes.rename.items():
        edits[_file(entry)].rename[entry] = source
    for entry in changes.delete:
        edits[_file(entry)].delete.append(entry)
    for entry, there in changes.patterns.items():
        edits[_file(entry)].patterns[entry] = there
    if target is not None and changes.add:
        edits[target].add = changes.add
    return edits


def _edited(text: str, file: Path, wanted: MapEdit) -> str:
    edit = editor(file)
    try:
        text = edit(
            text,
            add=wanted.add,
            retarget={_at(entry): there for entry, there in wanted.retarget.items()},
            rename={_at(entry): source for entry, source in wanted.rename.items()},
            delete=[_at(entry) for entry in wanted.delete],
        )
        patterns = {entry.source: there for entry, there in wanted.patterns.items()}
        return edit(text, retarget=patterns, path=PATTERNS)
    except CannotEdit as error:
        raise Refused(f"{shown(file)} cannot be edited: {error} Nothing was changed.") from None


def _file(entry: Entry) -> Path:
    return Path(os.path.normpath(Path.cwd() / entry.place.file))


def _at(entry: Entry) -> Place:
    return Place("", entry.place.line, entry.place.column)
