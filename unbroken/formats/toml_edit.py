"""Edit settings in a TOML file, in place: what is not edited keeps every byte.

``scan`` says where each key and value of a valid text stands (``tomllib`` keeps no places), and only those
characters change. After an edit the new text is parsed again and has to say what was asked for, and else the
edit is refused.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from unbroken.findings.base import Place
from unbroken.formats.yaml_edit import edit as edit_yaml
from unbroken.formats.yaml_edit import extend as extend_yaml
from unbroken.formats.yaml_nodes import REDIRECTS, applied
from unbroken.model.errors import CannotEdit

_Path = tuple[str | int, ...]
_Change = tuple[int, int, str]

_KEY = re.compile(r"""[ \t]*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*""")
_STRING = re.compile(
    r"""\"{3}(?:[^\\]|\\.)*?\"{3,5}|'{3}.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""", re.DOTALL
)
_OTHER = re.compile(r"[^\s,\]}#]+(?: \d\d:[^\s,\]}#]*)?")
_GAP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")


class Spot(NamedTuple):
    """Where a value stands.

    Attributes:
        path: the keys that lead to it, and the number of each array's item.
        kind: ``string``, ``inline`` (a table in braces), ``array``, ``other``, or ``header`` (a table's).
        line: where its key begins, dotted parts before it included; of an item where it begins itself.
        key: the last part of its key, from and to; empty for an item.
        start: where the value begins.
        end: where it ends.
    """

    path: _Path
    kind: str
    line: int
    key: tuple[int, int]
    start: int
    end: int


def scan(text: str) -> list[Spot]:
    """Return the place of every value and every table's header in a valid TOML text, in their order."""
    found: list[Spot] = []
    tables: dict[_Path, int] = {}
    above: _Path = ()
    at = _gap(text, 0)
    while at < len(text):
        if text[at] == "[":
            several = text.startswith("[[", at)
            names, spans, end = _keys(text, at + 1 + several)
            above = ()
            for number, name in enumerate(names):
                above = (*above, name)
                if several and number == len(names) - 1:
                    tables[above] = tables.get(above, -1) + 1
                if above in tables:
                    above = (*above, tables[above])
            end += 1 + several
            found.append(Spot(above, "header", at, spans[-1], at, end))
            at = _gap(text, end)
            continue
        at = _gap(text, _pair(text, at, above, found))
    return found


def _gap(text: str, at: int) -> int:
    gap = _GAP.match(text, at)
    return gap.end() if gap else at


def _keys(text: str, at: int) -> tuple[list[str], list[tuple[int, int]], int]:
    names, spans = [], []
    while True:
        key = _KEY.match(text, at)
        assert key is not None
        names.append(_name(key[1]))
        spans.append(key.span(1))
        at = key.end()
        if text[at : at + 1] != ".":
            return names, spans, at
        at += 1


def _name(written: str) -> str:
    if "\\" in written:
        return next(iter(tomllib.loads(written + "=0")))
    return written[1:-1] if written[0] in "\"'" else written


def _pair(text: str, at: int, above: _Path, found: list[Spot]) -> int:
    names, spans, end = _keys(text, at)
    start = _gap(text, end + 1)  # after "="
    return _value(text, start, (*above, *names), at, spans[-1], found)


def _value(text: str, at: int, path: _Path, line: int, key: tuple[int, int], found: list[Spot]) -> int:
    """Note a value and what is in it, and return where it ends."""
    number = len(found)
    if text[at] in "[{":
        kind, last = ("array", "]") if text[at] == "[" else ("inline", "}")
        end, count = _gap(text, at + 1), 0
        while text[end] != last:
            if last == "}":
                end = _pair(text, end, path, found)
            else:
                end = _value(text, end, (*path, count), end, (end, end), found)
            count += 1
            end = _gap(text, end)
            if text[end] == ",":
                end = _gap(text, end + 1)
        end += 1
    else:
        match = _STRING.match(text, at)
        kind = "string" if match else "other"
        match = match or _OTHER.match(text, at)
        assert match is not None
        end = match.end()
    found.insert(number, Spot(path, kind, line, key, at, end))
    return end


def places(text: str, file: str) -> dict[_Path, Place]:
    """Return where each key, or each item of an array, of a valid text stands."""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def place(at: int) -> Place:
        line = bisect_right(starts, at)
        return Place(file, line, at - starts[line - 1] + 1)

    result: dict[_Path, Place] = {}
    for spot in scan(text):
        # A key's place is that of its first part, where the author looks for it.
        result[spot.path] = place(spot.key[0])
    return result


def written(value: str, style: str = '"') -> str:
    """Return a text as a TOML string, in quotation marks of one kind where it can be.

    Raises:
        CannotEdit: TOML cannot hold it.
    """
    if any(0xD800 <= ord(c) < 0xE000 for c in value):
        raise CannotEdit("TOML cannot hold a lone surrogate.")
    if style == "'" and value.isprintable() and "'" not in value:
        return f"'{value}'"
    return '"' + "".join(_escaped(c) for c in value) + '"'


def _escaped(c: str) -> str:
    if c in '"\\':
        return "\\" + c
    return c if c.isprintable() else f"\\U{ord(c):08x}"


def rename_in_toml(text: str, new_name: Callable[[str], str | None], leave: Collection[str] = ()) -> str:
    """Return a TOML text in which some strings have another text, and nothing else is changed.

    Args:
        text: the text; what is no TOML stays as it is.
        new_name: returns the new text of a value, or None.
        leave: keys below which nothing changes.
    """
    try:
        tomllib.loads(text)
        spots = scan(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
    changes: list[_Change] = []
    for spot, raw in _strings(text, spots, leave):
        if (new := new_name(_name(raw))) is not None:
            changes.append((spot.start, spot.end, written(new, raw[0])))
    return applied(text, changes)


def strings_in_toml(text: str, leave: Collection[str] = ()) -> Iterator[tuple[int, str]]:
    """Yield the line and the value of each string in a TOML text, as ``rename_in_toml`` takes them."""
    try:
        tomllib.loads(text)
        spots = scan(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    for spot, raw in _strings(text, spots, leave):
        yield text.count("\n", 0, spot.start) + 1, _name(raw)


def _strings(text: str, spots: Iterable[Spot], leave: Collection[str]) -> Iterator[tuple[Spot, str]]:
    for spot in spots:
        raw = text[spot.start : spot.end]
        if spot.kind == "string" and not raw.startswith(('"""', "'''")) and not {*spot.path} & {*leave}:
            yield spot, raw


def plugins_in_toml(text: str) -> set[str]:
    """Return the names of the plugins in a TOML text; of what is no TOML, none."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return set()
    project = data.get("project", data)
    plugins = project.get("plugins", {}) if isinstance(project, dict) else {}
    if isinstance(plugins, dict):
        return set(plugins)
    return {name for item in plugins for name in ([item] if isinstance(item, str) else item)}


def edit(
    text: str,
    *,
    add: Mapping[str, str] | None = None,
    retarget: Mapping[Any, str] | None = None,
    rename: Mapping[Any, str] | None = None,
    delete: Collection[Any] = (),
    path: tuple[str, ...] = REDIRECTS,
    project: bool = True,
) -> str:
    """Return the text of a TOML file with another redirect map, as ``edit_map.edit`` does it in YAML.

    Args:
        text: the file's text.
        add: new sources and their targets.
        retarget: lines, by source or place, and their new targets.
        rename: lines and their new sources.
        delete: lines to delete. Comments above them stay.
        path: where the map is.
        project: whether that is below ``project``, where the file has it.

    Raises:
        CannotEdit: the text is not TOML, there is no such line, or the map is written in a way that leaves
            no room for the edit.
    """
    if retarget or rename or delete:
        text = _File(text, path, project).changed(retarget or {}, rename or {}, delete)
    if add:
        text = _File(text, path, project).added(add)
    return text


def extend(text: str, values: Collection[str], path: tuple[str, ...], *, project: bool = True) -> str:
    """Return the text of a TOML file with more values in a list of texts.

    Args:
        text: the file's text.
        values: the new values.
        path: where the list is.
        project: whether that is below ``project``, where the file has it.

    Raises:
        CannotEdit: the text is not TOML, or the list is written in a way that leaves no room for the edit.
    """
    above = _File(text, path[:-1], project)
    old = above.map(above.data).get(path[-1], [])
    spot = above.spots.get((*above.path, path[-1]))
    more = ", ".join(written(value) for value in values)
    if spot is None:
        change = above.addition([f"{path[-1]} = [{more}]"])
    elif spot.kind == "array":
        ends = [each.end for each in above.spots.values() if each.path[:-1] == spot.path]
        change = (max(ends), max(ends), f", {more}") if ends else (spot.start + 1, spot.start + 1, more)
    elif spot.kind == "string":
        old = [old]
        change = (spot.start, spot.end, f"[{text[spot.start : spot.end]}, {more}]")
    else:
        raise CannotEdit(f"Line {above.line(spot.start) + 1}: {path[-1]} must be a list.")
    wanted = above.map(above.data) | {path[-1]: [*old, *values]}
    return above.checked(applied(text, [change]), wanted)


def list_editor(file: Path) -> Callable[[str, Collection[str], tuple[str, str, str]], str]:
    """Return what adds values to a list in a file of that name; for its arguments see ``extend``."""
    own = _OWN.get(file.name)
    if own is None:
        return extend if file.suffix == ".toml" else extend_yaml
    return lambda text, values, path: extend(text, values, (*own, path[-1]), project=False)


_OWN: Mapping[str, tuple[str, ...]] = {"unbroken.toml": (), "pyproject.toml": ("tool", "unbroken")}


def editor(file: Path) -> Callable[..., str]:
    """Return what edits the map in a file of that name: ``edit``, or the same for YAML.

    A file of settings for any generator has its map at its top, or below ``tool.unbroken``.
    """
    own = _OWN.get(file.name)
    if own is None:
        return edit if file.suffix == ".toml" else edit_yaml

    def edit_own(text: str, *, path: tuple[str, ...] = REDIRECTS, **changes: Any) -> str:
        name = "redirects" if path == REDIRECTS else path[-1]
        return edit(text, path=(*own, name), project=False, **changes)

    return edit_own


class _File:
    """A TOML text, and where its map is."""

    def __init__(self, text: str, path: tuple[str, ...], project: bool = True) -> None:
        self.text = text
        try:
            self.data = tomllib.loads(text)
            spots = scan(text)
        except tomllib.TOMLDecodeError as error:
            raise CannotEdit(f"This is not TOML: {error}.") from None
        except RecursionError:
            raise CannotEdit("The file is nested too deep.") from None
        self.path: tuple[str, ...] = ("project", *path) if project and "project" in self.data else path
        self.spots = {spot.path: spot for spot in spots}
        size = len(self.path)
        self.lines = [s for s in spots if s.path[:size] == self.path and len(s.path) == size + 1]
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def map(self, data: Mapping[str, Any]) -> dict[str, Any]:
        for name in self.path:
            below = data.get(name, {})
            if not isinstance(below, dict):
                raise CannotEdit(f"{name} must be a table.")
            data = below
        return dict(data)

    def checked(self, text: str, wanted: Mapping[str, Any]) -> str:
        """Return a new text when it says what it should and everything else as before."""
        try:
            data = tomllib.loads(text)
            have = self.map(data)
        except (tomllib.TOMLDecodeError, CannotEdit):
            data, have = {}, {}
        if have != wanted or self._others(data) != self._others(self.data):
            raise CannotEdit("This cannot be written here without changing something else in the file.")
        return text

    def _others(self, data: Any, depth: int = 0) -> Any:
        """Take the map out of what a file says, and the tables that are there for its sake alone."""
        if depth == len(self.path) or not isinstance(data, dict):
            return None if depth == len(self.path) else data
        below = self._others(data.get(self.path[depth], {}), depth + 1)
        rest = {key: value for key, value in data.items() if key != self.path[depth]}
        return rest | {self.path[depth]: below} if below else rest

    def line(self, at: int) -> int:
        """Return the number of a line, counted from 0."""
        return bisect_right(self.starts, at) - 1

    def line_end(self, at: int) -> int:
        """Return where a line ends, after its line break."""
        line = self.line(at) + 1
        return self.starts[line] if line < len(self.starts) else len(self.text)

    def chosen(self, key: str | Place) -> Spot:
        for spot in self.lines:
            if isinstance(key, str) and spot.path[-1] == key:
                return spot
            if isinstance(key, Place):
                line = self.line(spot.key[0])
                if (line + 1, spot.key[0] - self.starts[line] + 1) == (key.line, key.column):
                    return spot
        shown = repr(key) if isinstance(key, str) else f"at line {key.line}"
        raise CannotEdit(f"The map has no redirect {shown}.")

    def changed(self, retarget: Mapping[Any, str], rename: Mapping[Any, str], delete: Collection[Any]) -> str:
        targets = {self.chosen(key): new for key, new in retarget.items()}
        sources = {self.chosen(key): new for key, new in rename.items()}
        gone = {self.chosen(key) for key in delete}
        changes: list[_Change] = []
        wanted: dict[str, Any] = {}
        old = self.map(self.data)
        for number, spot in enumerate(self.lines):
            if spot in gone:
                changes.append(self.without(number, gone))
                continue
            source = str(spot.path[-1])
            new = sources.get(spot, source)
            if new in wanted or (new != source and new in old and new not in {s.path[-1] for s in gone}):
                raise CannotEdit(f"The map already has a redirect {new!r}.")
            wanted[new] = targets.get(spot, old[source])
            if spot in sources:
                changes.append((*spot.key, written(new, self.text[spot.key[0]])))
            if spot in targets:
                if spot.kind != "string":
                    raise CannotEdit(f"Line {self.line(spot.start) + 1}: the target is not text.")
                changes.append((spot.start, spot.end, written(targets[spot], self.text[spot.start])))
        return self.checked(applied(self.text, changes), wanted)

    def without(self, number: int, gone: Collection[Spot]) -> _Change:
        """Take out a line; within braces an entry and one comma."""
        spot = self.lines[number]
        if not self.inline():
            return self.starts[self.line(spot.line)], self.line_end(spot.end), ""
        after = re.compile(r"[ \t]*,[ \t]*").match(self.text, spot.end)
        if after:
            return spot.line, after.end(), ""
        before = [line for line in self.lines[:number] if line not in gone]
        return (before[-1].end if before else spot.line), spot.end, ""

    def inline(self) -> Spot | None:
        """Return the braces that the map stands in, if it does."""
        for size in range(len(self.path), 0, -1):
            spot = self.spots.get(self.path[:size])
            if spot is not None and spot.kind != "header":
                return spot
        return None

    def added(self, add: Mapping[str, str]) -> str:
        old = self.map(self.data)
        for source in add:
            if source in old:
                raise CannotEdit(f"The map already has a redirect {source!r}.")
        key = value = '"'
        if self.lines:
            last = self.lines[-1]
            key, value = self.text[last.key[0]], self.text[last.start]
        pairs = [f"{written(source, key)} = {written(target, value)}" for source, target in add.items()]
        return self.checked(applied(self.text, [self.addition(pairs)]), old | dict(add))

    def addition(self, pairs: list[str]) -> _Change:
        """Return the change that adds lines of ``key = value``."""
        values = [spot for spot in self.lines if spot.kind != "header"]
        last = values[-1] if values else None
        braces = self.inline()
        if braces is not None:
            inner = ", ".join(pairs)
            for name in reversed(self.path[len(braces.path) :]):
                inner = f"{name} = {{ {inner} }}"
            content = self.text[braces.start + 1 : braces.end - 1]
            if not content.strip():
                return braces.start + 1, braces.end - 1, f" {inner} "
            end = braces.start + 1 + len(content.rstrip())
            return end, end, f", {inner}"
        newline = "\r\n" if "\r\n" in self.text else "\n"
        header = self.spots.get(self.path)
        if last is not None:
            lead = self.text[self.starts[self.line(last.line)] : last.key[0]]
            at = self.line_end(last.end)
        elif header is not None:
            lead, at = "", self.line_end(header.end)
        elif not self.path:
            lead, at = "", 0
        else:
            lead, at = "", len(self.text)
            pairs = ["", f"[{'.'.join(self.path)}]", *pairs]
        lines = "".join(f"{lead if pair else ''}{pair}{newline}" for pair in pairs)
        return at, at, lines if not at or self.text[at - 1] == "\n" else newline + lines
