"""The published JSON Schemas, which the stand-in and the tests judge messages by."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource

FOLDER = Path(__file__).parent.parent.parent / "docs/ai-gateway/websockets-api/schemas"


@cache
def load() -> dict[str, dict[str, Any]]:
    """Every schema by its file's name without the ending."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


@cache
def _validator(name: str) -> Draft202012Validator:
    schemas = load()
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in schemas.values()
    )
    return Draft202012Validator(schemas[name], registry=registry)


def fault(name: str, message: Any) -> str | None:
    """What is wrong with a message by the schema `name`, in one line; nothing when all is well."""
    error = best_match(_validator(name).iter_errors(message))
    return f"{error.json_path}: {error.message} ({name}.json)" if error else None
