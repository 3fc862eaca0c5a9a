"""The stand-in keeps to the contract, and holds its clients to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from scripts.standin.providers import SLUGS
from scripts.standin.schemas import fault, load
from tests.commands import run
from tests.site.test_facts import PAGES

if TYPE_CHECKING:
    from tests.servers.process import Server

TOKEN = {"cf-aig-authorization": "Bearer local-token"}
REQUEST = {
    "eventId": "one",
    "provider": "workers-ai",
    "endpoint": "@cf/meta/llama-3.1-8b-instruct",
    "headers": {"Authorization": "Bearer local-key"},
    "query": {"prompt": "tell me a joke"},
}
CREATE = {"type": "universal.create", "request": REQUEST}
OPENAI = {"Authorization": "Bearer local-key", "OpenAI-Beta": "realtime=v1"}
NOVA = "/workers-ai?model=@cf/deepgram/nova-3&encoding=linear16&sample_rate=16000&interim_results=true"
PATHS = [
    ("/openai?model=any", OPENAI, ""),
    ("/google?api_key=local-key", {}, ""),
    ("/cartesia?cartesia_version=2024-06-10&api_key=local-key", {}, ""),
    ("/elevenlabs?agent_id=any", {}, "xi-api-key"),
    ("/fal/fal-ai/fast-lcm-diffusion", {}, "fal-api-key"),
    (NOVA, {}, ""),
    ("/workers-ai?model=@cf/deepgram/aura-1", {}, ""),
]


def dial(
    standin: Server, path: str = "", headers: dict[str, str] | None = None, offers: tuple[str, ...] = ()
) -> ClientConnection:
    """A WebSocket to the stand-in."""
    return connect(
        f"{standin.url.replace('http', 'ws')}/v1/local/local{path}",
        additional_headers=headers or {},
        subprotocols=[Subprotocol(offer) for offer in offers] or None,
    )


def refusal(
    standin: Server, path: str = "", headers: dict[str, str] | None = None, offers: tuple[str, ...] = ()
) -> int:
    """The status that a WebSocket is refused with."""
    with pytest.raises(InvalidStatus) as refused:
        dial(standin, path, headers, offers)
    return refused.value.response.status_code


def answer(socket: ClientConnection) -> dict[str, Any]:
    """The next message."""
    message = json.loads(socket.recv(timeout=5))
    assert isinstance(message, dict)
    return message


def test_it_says_that_it_is_a_stand_in(standin: Server) -> None:
    assert standin.log().startswith("This is a stand-in for AI Gateway")
    assert "stand-in" in httpx.get(standin.url).text


def test_a_port_that_is_taken_is_told_in_one_line(standin: Server) -> None:
    done = run("python", "-m", "scripts.standin", "--port", standin.url.rpartition(":")[2])
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "--port" in done.stderr


def test_it_knows_the_providers_of_the_page() -> None:
    assert {row[1] for row in PAGES["/ai-gateway/providers/"]["rows"]} == SLUGS


@pytest.mark.parametrize(
    "path", ["", "/openai/chat/completions", "/openrouter/v1/chat/completions"], ids=["universal", "a", "b"]
)
def test_http_wants_the_token(standin: Server, path: str) -> None:
    url = f"{standin.url}/v1/local/local{path}"
    body = [{key: value for key, value in REQUEST.items() if key != "eventId"}]
    key = {"Authorization": "Bearer local-key"}
    assert httpx.post(url, json=body, headers=key).status_code == 401
    assert (
        httpx.post(url, json=body, headers=key | {"cf-aig-authorization": "local-token"}).status_code == 401
    )
    assert httpx.post(url, json=body, headers=key | TOKEN).status_code == 200


@pytest.mark.parametrize("body", ["no JSON", "[]", "{}", '[{"provider": "openai"}]'])
def test_a_malformed_body_is_refused(standin: Server, body: str) -> None:
    refused = httpx.post(f"{standin.url}/v1/local/local", content=body, headers=TOKEN)
    assert refused.status_code == 400
    assert "stand-in" in refused.json()["error"]["message"]


@pytest.mark.parametrize("headers", [{}, {"cf-aig-authorization": "Bearer wrong"}])
@pytest.mark.parametrize("offers", [(), ("cf-aig-authorization.wrong",), ("local-token",)])
def test_a_websocket_wants_the_token(
    standin: Server, headers: dict[str, str], offers: tuple[str, ...]
) -> None:
    assert refusal(standin, "", headers, offers) == 401


def test_the_token_may_be_a_subprotocol(standin: Server) -> None:
    with dial(standin, "", {}, ("cf-aig-authorization.local-token",)) as socket:
        assert socket.subprotocol == "cf-aig-authorization.local-token"
        socket.send(json.dumps(CREATE))
        assert answer(socket)["metadata"]["eventId"] == "one"


def without(name: str) -> dict[str, Any]:
    return CREATE | {"request": {key: value for key, value in REQUEST.items() if key != name}}


@pytest.mark.parametrize(
    "message",
    ["{", "[]", json.dumps(CREATE | {"type": "universal.make"}), *(json.dumps(without(n)) for n in REQUEST)],
)
def test_a_malformed_message_is_answered_with_an_error(standin: Server, message: str) -> None:
    """And the connection stays."""
    with dial(standin, "", TOKEN) as socket:
        socket.send(message)
        assert "stand-in" in answer(socket)["error"]["message"]
        socket.send(json.dumps(CREATE))
        assert answer(socket)["type"] == "universal.created"


def test_answers_keep_to_the_schemas_and_may_come_in_another_order(standin: Server) -> None:
    with dial(standin, "", TOKEN) as socket:
        stream = REQUEST | {"eventId": "two", "query": {"prompt": "tell me a joke", "stream": True}}
        socket.send(json.dumps(CREATE))
        socket.send(json.dumps(CREATE | {"request": stream}))
        answers = [answer(socket)]
        while len({said["metadata"]["eventId"] for said in answers}) < 2:
            answers.append(answer(socket))
    assert [fault(said["type"].replace(".", "-"), said) for said in answers] == [None] * len(answers)
    types = [said["type"] for said in answers if said["metadata"]["eventId"] == "two"]
    assert types[0] == "universal.created"
    assert set(types[1:-1]) == {"universal.stream"}
    assert types[-1] == "universal.done"
    assert answers[-1]["metadata"]["eventId"] == "one"


@pytest.mark.parametrize(("path", "headers", "key"), PATHS)
def test_a_realtime_path_wants_token_credential_and_query(
    standin: Server, path: str, headers: dict[str, str], key: str
) -> None:
    offers = (f"{key}.local-key",) if key else ()
    with dial(standin, path, headers | TOKEN, offers):
        pass
    with dial(standin, path, headers, ("cf-aig-authorization.local-token", *offers)):
        pass
    assert refusal(standin, path, headers, offers) == 401
    assert refusal(standin, f"/no{path[1:]}", headers | TOKEN, offers) == 404
    for name in headers:
        assert refusal(standin, path, TOKEN | headers | {name: "wrong"}) == 401
    if key:
        assert refusal(standin, path, TOKEN, (f"{key}.wrong",)) == 401
    if "api_key" in path:
        assert refusal(standin, path.replace("local-key", "wrong"), TOKEN) == 401
    start, mark, query = path.partition("?")
    for part in query.split("&") if mark else []:
        rest = "&".join(other for other in query.split("&") if other != part)
        missing = 401 if part.startswith("api_key") else 400
        assert refusal(standin, f"{start}?{rest}", headers | TOKEN, offers) == missing


@pytest.mark.parametrize(("path", "headers", "key"), PATHS)
def test_a_realtime_session_answers_a_malformed_message_with_an_error(
    standin: Server, path: str, headers: dict[str, str], key: str
) -> None:
    with dial(standin, path, headers | TOKEN, (f"{key}.local-key",) if key else ()) as socket:
        socket.send('{"type": "nothing"}')
        assert "stand-in" in answer(socket)["error"]["message"]


def test_google_wants_the_setup_first(standin: Server) -> None:
    turn = {"turns": [{"role": "user", "parts": [{"text": "Tell me a joke"}]}], "turnComplete": True}
    with dial(standin, "/google?api_key=local-key", TOKEN) as socket:
        socket.send(json.dumps({"clientContent": turn}))
        assert "google-setup.json" in answer(socket)["error"]["message"]
        socket.send(json.dumps({"setup": {"model": "any"}}))
        assert fault("google-setup-complete", answer(socket)) is None


@pytest.mark.parametrize("name", load())
def test_a_schema_is_valid_and_refuses_what_lacks_something(name: str) -> None:
    schema = load()[name]
    Draft202012Validator.check_schema(schema)
    assert schema["$id"].endswith(f"/ai-gateway/websockets-api/schemas/{name}.json")
    assert schema["title"]
    assert fault(name, {})
    assert fault(name, "text")
