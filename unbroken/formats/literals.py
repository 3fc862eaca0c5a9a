"""Data as JSON and JavaScript write it: objects and lists with the line of each, nothing ever run.

JSON has no reader with positions, and a configuration in JavaScript is a program. So what is read is literals
alone: objects, lists, text, numbers. Whatever else stands there is None: what it comes to is not known.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from unbroken.findings.base import Place
from unbroken.model.imported import Unreadable

_TOKEN = re.compile(
    r"""
    (?P<gap>[\s\ufeff]+|//[^\n]*|/\*.*?\*/)
  | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)
  | (?P<mark>[{}\[\]:,()])
  | (?P<regex>(?<=[\[(,:=?&|!;]\s)/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*)
  | (?P<word>[A-Za-z0-9_$.+-]+)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(\n|.))", re.DOTALL)
_SINGLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
_DEEPEST = 100
_WORDS = {"true": True, "false": False, "null": None, "undefined": None}


@dataclass(slots=True)
class Object:
    """An object and where it begins.

    Attributes:
        place: where it begins.
        values: what it holds, by key: text, numbers, ``Object``s and lists.
        places: where each key stands.
    """

    place: Place
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)

    def text(self, *keys: str) -> str | None:
        """Return the text of the first of some keys that is there; None where it is no text."""
        found = next((self.values[key] for key in keys if key in self.values), None)
        return found if isinstance(found, str) else None

    def list(self, key: str) -> list[Any]:
        """Return the list of a key; empty where it is none."""
        found = self.values.get(key)
        return found if isinstance(found, list) else []

    def object(self, key: str) -> Object:
        """Return the object of a key; empty where it is none."""
        found = self.values.get(key)
        return found if isinstance(found, Object) else Object(self.place)


def read(text: str, file: str) -> Object:
    """Return every object and list that stands in a text, as those of one object without keys.

    They are in its list ``""``: for JSON the one that the text is, for a program each literal of it.

    Raises:
        RecursionError: it is nested too deep.
    """
    reader = _Reader(text, file)
    for token in _TOKEN.finditer(text):
        reader.take(token)
    top = Object(Place(file))
    top.values[""] = reader.found
    return top


class _Reader:
    """What has been read of a text so far.

    Attributes:
        found: what stands in nothing else.
        stack: what is open.
        key: the key whose value comes next, with its offset.
        last: a text or a name that may turn out to be a key, with its offset.
        many: whether the entry of a list has begun, so that more of it makes it a calculation.
    """

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.found: list[Any] = []
        self.stack: list[Object | list[Any]] = []
        self.key: tuple[str, int] | None = None
        self.last: tuple[str, int] | None = None
        self.many = False

    def place(self, at: int) -> Place:
        """Return the place of an offset."""
        line = bisect_right(self.starts, at)
        return Place(self.file, line, at - self.starts[line - 1] + 1)

    def take(self, token: re.Match[str]) -> None:
        """Read one token.

        Raises:
            RecursionError: it is nested too deep.
        """
        kind, said = token.lastgroup, token.group()
        here = self.stack[-1] if self.stack else None
        if kind == "gap":
            return
        if said in ("{", "["):
            self._open(Object(self.place(token.start())) if said == "{" else [], here)
        elif said in ("}", "]"):
            del self.stack[-1:]
            self.key = self.last = None
            self.many = True
        elif said == ":" and isinstance(here, Object) and self.key is None and self.last:
            self.key, self.last = self.last, None
        elif said == ",":
            self.key = self.last = None
            self.many = False
        elif kind in ("string", "word"):
            self._value(token, here)
        elif isinstance(here, list):
            if self.many and isinstance(here[-1], str):
                here[-1] = None  # a calculation, as below
        elif here is not None and self.key and isinstance(here.values.get(self.key[0]), str):
            here.values[self.key[0]] = None  # a call or a calculation: what it comes to is not known
        elif here is not None and said == "(" and self.key is None and self.last:
            name, at = self.last  # a method, likewise
            here.values.setdefault(name, None)
            here.places.setdefault(name, self.place(at))

    def _open(self, made: Object | list[Any], here: Object | list[Any] | None) -> None:
        if isinstance(here, Object) and self.key is not None:
            key, at = self.key
            here.values[key], here.places[key] = made, self.place(at)
        else:
            (here if isinstance(here, list) else self.found).append(made)
        self.stack.append(made)
        self.key = self.last = None
        self.many = False
        if len(self.stack) > _DEEPEST:
            raise RecursionError

    def _value(self, token: re.Match[str], here: Object | list[Any] | None) -> None:
        said, is_text = token.group(), token.lastgroup == "string"
        value: Any = unquoted(said) if is_text else _WORDS.get(said)
        if said.startswith("`") and "${" in said:
            value = None  # only the program knows
        if not is_text and re.fullmatch(r"-?[0-9]{1,15}", said):
            value = int(said)
        if isinstance(here, list):
            if not self.many:
                here.append(value)
            elif isinstance(here[-1], str):
                here[-1] = None  # as below
            self.many = True
        elif here is not None and self.key is None:
            self.last = str(unquoted(said) if is_text else said), token.start()
        elif here is not None and self.key is not None:
            key, at = self.key  # "a" + b is known to the program alone
            here.values[key] = None if key in here.values else value
            here.places.setdefault(key, self.place(at))


def read_json(text: str, file: str) -> Object:
    """Return what ``read`` does, of a text that is JSON; comments and final commas are allowed.

    Raises:
        Unreadable: it is no JSON.
        RecursionError: it is nested too deep.
    """
    plain = _TOKEN.sub(
        lambda found: found[0] if found.lastgroup != "gap" else re.sub(r"[^\n]", " ", found[0]), text
    )
    try:
        json.loads(re.sub(r",(?=\s*[}\]])", " ", plain))
    except json.JSONDecodeError as error:
        raise Unreadable(Place(file, error.lineno, error.colno), f"This is not JSON: {error.msg}.") from None
    return read(text, file)


def unquoted(said: str) -> str:
    """Return the text of a string as JavaScript or JSON writes it."""
    return _ESCAPE.sub(_meant, said[1:-1]) if "\\" in said else said[1:-1]


def _meant(found: re.Match[str]) -> str:
    number = found[1] or found[2] or found[3]
    if number:
        return chr(min(int(number, 16), 0x10FFFF))
    return _SINGLE.get(found[4], found[4])


def objects(top: Object) -> Iterator[Object]:
    """Yield every object in another one, those in lists and within others included, in their order."""
    waiting: list[Any] = [top]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Object):
            yield each
            waiting += reversed(list(each.values.values()))
        elif isinstance(each, list):
            waiting += reversed(each)
