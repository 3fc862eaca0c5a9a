"""The Workers run in Cloudflare's own runtime, with a stand-in for the binding to Workers AI."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from scripts.standin.schemas import fault
from tests.commands import ROOT
from tests.servers.cloudflare import COMPATIBILITY_DATE, _workplace, _wrangler
from tests.site.examples.files import GATEWAY_PAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.process import Server

FOLDER = GATEWAY_PAGES / "integrations/examples"


# One worker for this module, so that the runtime starts once.
pytestmark = pytest.mark.xdist_group("worker")


@pytest.fixture(scope="module")
def runtime() -> Iterator[Server]:
    """Both Workers, and the stand-in beside them: the real binding is on Cloudflare's network alone."""
    with _workplace() as place:
        for path in (*FOLDER.glob("*.js"), ROOT / "tests/node/worker.js"):
            shutil.copy(path, place / (path.name if path.parent == FOLDER else "entry.js"))
        config = {"name": "examples", "main": "entry.js", "compatibility_date": COMPATIBILITY_DATE}
        (place / "wrangler.json").write_text(json.dumps(config), encoding="utf-8")
        with _wrangler(place, "dev") as server:
            yield server


def ask(runtime: Server, name: str, **query: str) -> dict[str, Any]:
    """What a Worker answers, and what it asked of the binding."""
    answer = httpx.get(f"{runtime.url}/{name}", params=query).raise_for_status().json()
    assert isinstance(answer, dict)
    return answer


def test_a_model_is_asked_and_its_answer_rated(runtime: Server) -> None:
    answer = ask(runtime, "worker.js")
    assert answer["status"] == 200
    assert answer["body"] == {"answer": {"response": "A joke."}, "log": {"id": "log-1"}}
    asked, *rest = answer["calls"]
    assert asked[3] == {"id": "my-gateway", "cacheTtl": 3600, "metadata": {"team": "support"}}
    assert [call[:2] for call in rest] == [["getLog", "log-1"], ["patchLog", "log-1"]]


def test_a_universal_request_is_sent(runtime: Server) -> None:
    answer = ask(runtime, "universal.js", secret="a-token")
    assert answer["status"] == 200
    baseURL = "https://gateway.example/my-gateway/openai"  # noqa: N806
    assert answer["body"] == {"answer": {"response": "A joke."}, "baseURL": baseURL}
    (_, step), _ = answer["calls"]
    assert fault("step", step) is None
    assert step["headers"]["Authorization"] == "Bearer a-token"


def test_a_missing_secret_is_named(runtime: Server) -> None:
    answer = ask(runtime, "universal.js")
    assert answer["status"] == 500
    assert "WORKERS_AI_TOKEN" in answer["body"]["error"]
    assert answer["calls"] == []


@pytest.mark.parametrize("name", ["worker.js", "universal.js"])
def test_a_gateway_that_refuses_is_an_error(runtime: Server, name: str) -> None:
    answer = ask(runtime, name, gateway="another", secret="a-token")
    assert answer["status"] == 502
    assert "gateway my-gateway" in answer["body"]["error"]


def test_the_configuration_names_the_worker_and_the_binding() -> None:
    config = json.loads((FOLDER / "wrangler.jsonc").read_text(encoding="utf-8"))
    assert (FOLDER / config["main"]).is_file()
    assert config["ai"] == {"binding": "AI"}
