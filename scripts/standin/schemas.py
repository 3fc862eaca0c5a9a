"""The published JSON Schemas, which the stand-in and the tests judge messages by.

It knows the keywords that those schemas use, and refuses to load one that uses another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

#: In the file that is downloaded the schemas stand beside this module.
PACKED = files(__package__) / "schemas"
FOLDER = Path(__file__).parent.parent.parent / "docs/ai-gateway/websockets-api/schemas"

NOTES = {"$schema", "$id", "title", "description"}
KNOWN = NOTES | {
    "$ref", "type", "const", "enum", "required", "properties", "additionalProperties", "items", "minItems",
    "minLength", "minimum", "pattern", "oneOf", "allOf", "if", "then", "else",
}  # fmt: skip
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,), "null": (type(None),),
    "number": (int, float), "integer": (int,),
}  # fmt: skip


class UnknownKeyword(Exception):
    """A schema uses what this module does not know."""


@cache
def load() -> dict[str, dict[str, Any]]:
    """Every schema by its file's name without the ending."""
    folder = PACKED if PACKED.is_dir() else FOLDER
    found = sorted((one for one in folder.iterdir() if one.name.endswith(".json")), key=lambda one: one.name)
    schemas = {one.name.removesuffix(".json"): json.loads(one.read_text(encoding="utf-8")) for one in found}
    for name, schema in schemas.items():
        _known(name, schema)
    return schemas


def _known(name: str, schema: Any) -> None:
    if isinstance(schema, bool):
        return
    if unknown := schema.keys() - KNOWN:
        raise UnknownKeyword(f"{name}.json: {', '.join(sorted(unknown))}")
    inside = [schema[key] for key in ("items", "additionalProperties", "if", "then", "else") if key in schema]
    inside += [*schema.get("properties", {}).values(), *schema.get("oneOf", []), *schema.get("allOf", [])]
    for one in inside:
        _known(name, one)


@cache
def _by_id() -> dict[str, dict[str, Any]]:
    return {schema["$id"]: schema for schema in load().values()}


def fault(name: str, message: Any) -> str | None:
    """What is wrong with a message by the schema `name`, in one line; nothing when all is well."""
    schema = load()[name]
    found = next(_faults(schema, message, "$", schema["$id"]), None)
    return f"{found} ({name}.json)" if found else None


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, TYPES[kind]) or (
        kind == "integer" and isinstance(value, float) and value.is_integer()
    )


def _same(one: Any, other: Any) -> bool:
    """Whether JSON holds two values for equal: 1 and 1.0 are, 1 and true are not."""
    return (
        type(one) is type(other) and one == other
        if isinstance(one, bool) or isinstance(other, bool)
        else one == other
    )


def _faults(schema: Any, value: Any, path: str, base: str) -> Iterator[str]:
    """Yield what is wrong with a value: its type comes first, and the whole before its parts."""
    if isinstance(schema, bool):
        if not schema:
            yield f"{path}: nothing is allowed here"
        return
    if "$ref" in schema:
        url = urljoin(base, schema["$ref"])
        yield from _faults(_by_id()[url], value, path, url)
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        yield f"{path}: {value!r} is not of type {', '.join(map(repr, kinds))}"
        return
    if "const" in schema and not _same(value, schema["const"]):
        yield f"{path}: {schema['const']!r} was expected"
    if "enum" in schema and not any(_same(value, one) for one in schema["enum"]):
        yield f"{path}: {value!r} is not one of {schema['enum']!r}"
    if isinstance(value, str):
        yield from _text(schema, value, path)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if value < schema.get("minimum", value):
            yield f"{path}: {value!r} is less than the minimum of {schema['minimum']!r}"
    elif isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield f"{path}: {value!r} is too short"
        for number, item in enumerate(value):
            yield from _faults(schema.get("items", True), item, f"{path}[{number}]", base)
    elif isinstance(value, dict):
        yield from _object(schema, value, path, base)
    yield from _combined(schema, value, path, base)


def _text(schema: dict[str, Any], value: str, path: str) -> Iterator[str]:
    if len(value) < schema.get("minLength", 0):
        yield f"{path}: {value!r} is too short"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{path}: {value!r} does not match {schema['pattern']!r}"


def _object(schema: dict[str, Any], value: dict[str, Any], path: str, base: str) -> Iterator[str]:
    for name in schema.get("required", []):
        if name not in value:
            yield f"{path}: {name!r} is a required property"
    known = schema.get("properties", {})
    for name, item in value.items():
        yield from _faults(
            known.get(name, schema.get("additionalProperties", True)), item, f"{path}.{name}", base
        )


def _combined(schema: dict[str, Any], value: Any, path: str, base: str) -> Iterator[str]:
    for one in schema.get("allOf", []):
        yield from _faults(one, value, path, base)
    if "oneOf" in schema:
        found = [list(_faults(one, value, path, base)) for one in schema["oneOf"]]
        right = sum(not faults for faults in found)
        if right == 0:
            yield f"{path}: {value!r} is none of what it may be: {'; '.join(faults[0] for faults in found)}"
        elif right > 1:
            yield f"{path}: {value!r} is more than one of what it may be"
    if "if" in schema:
        fits = next(_faults(schema["if"], value, path, base), None) is None
        yield from _faults(schema.get("then" if fits else "else", True), value, path, base)
