"""The AsyncAPI description is made from the schemas, and its own parser takes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from scripts.standin.providers import REALTIME
from scripts.standin.schemas import load
from tests.commands import ROOT, must, output, run
from tests.site.examples.files import GATEWAY_PAGES

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = GATEWAY_PAGES / "websockets-api/asyncapi.json"
#: What the parser calls an error or a warning; it also tells of newer versions of AsyncAPI.
WORSE = {0, 1}


def parsed(path: Path) -> dict[str, Any]:
    """What the parser says of a document."""
    said = json.loads(must(run("node", ROOT / "tests/node/asyncapi.mjs", path)).stdout)
    assert isinstance(said, dict)
    return said


def test_it_is_in_step_with_the_schemas() -> None:
    check = run(ROOT / "scripts/asyncapi", "--check")
    assert check.returncode == 0, output(check)


def test_the_parser_takes_it() -> None:
    said = parsed(DOCUMENT)
    assert [fault for fault in said["found"] if fault["severity"] in WORSE] == []
    assert said["channels"] == 1 + sum(len(paths) for paths in REALTIME.values())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("#/components/schemas/step", "#/components/schemas/none"),
        ('"action": "send"', '"action": "shout"'),
        ('"type": "string"', '"type": "words"'),
    ],
)
def test_the_parser_finds_what_is_wrong(tmp_path: Path, old: str, new: str) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert old in text
    (broken := tmp_path / "asyncapi.json").write_text(text.replace(old, new), encoding="utf-8")
    assert [fault for fault in parsed(broken)["found"] if fault["severity"] == 0]


def test_every_schema_is_in_it() -> None:
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    assert set(document["components"]["schemas"]) == set(load())
    sent = {name for channel in document["channels"].values() for name in channel["messages"]}
    assert sent - {"audio"} == set(load()) - {"step", "metadata", "universal-steps"}


def test_a_copy_that_is_out_of_step_is_found(tmp_path: Path) -> None:
    schemas = tmp_path / "docs/ai-gateway/websockets-api/schemas"
    schemas.mkdir(parents=True)
    (tmp_path / "scripts").mkdir()
    for name in load():
        text = (GATEWAY_PAGES / f"websockets-api/schemas/{name}.json").read_text(encoding="utf-8")
        (schemas / f"{name}.json").write_text(text, encoding="utf-8")
    script = tmp_path / "scripts/asyncapi"
    script.write_bytes((ROOT / "scripts/asyncapi").read_bytes())
    assert "run scripts/asyncapi" in run("python", script, "--check").stderr
    must(run("python", script))
    must(run("python", script, "--check"))
    (schemas / "fal-prompt.json").write_text('{"title": "Other"}', encoding="utf-8")
    assert "run scripts/asyncapi" in run("python", script, "--check").stderr
