"""The stand-in as one file, run as a reader runs it: downloaded, with Python and nothing else."""

from __future__ import annotations

import shutil
import socket
import struct
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from scripts.standin.schemas import UnknownKeyword, _known, fault, load
from tests.commands import ROOT, must, run
from tests.servers.process import running
from tests.site.examples.conftest import LISTENS, Runner
from tests.site.examples.files import DOCS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.process import Server

FILE = "ai-gateway/examples/gateway.pyz"
UPGRADE = (
    b"GET /v1/local/local HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
    b"cf-aig-authorization: Bearer local-token\r\n\r\n"
)


@pytest.fixture(scope="module")
def downloaded(built_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The file from the built site, in a folder of its own, run without any installed package."""
    place = tmp_path_factory.mktemp("downloaded")
    shutil.copy(built_site / FILE, place)
    command = [sys.executable, "-I", "-S", "gateway.pyz", "--port", "0"]
    with running(command, cwd=place, url=LISTENS) as server:
        yield server


def test_it_is_in_step_with_its_sources() -> None:
    must(run(ROOT / "scripts/pack", "--check"))


@pytest.mark.parametrize("example", ["examples/first.py", "websockets-api/examples/several.py"])
def test_an_example_runs_against_it(downloaded: Server, tmp_path: Path, example: str) -> None:
    runner = Runner(tmp_path, downloaded)
    done = must(runner.run(DOCS / "ai-gateway" / example, runner.settings()))
    assert "packet" in done.stdout


def test_it_tells_of_itself_and_of_a_taken_port(downloaded: Server, built_site: Path) -> None:
    assert downloaded.log().startswith("This is a stand-in for AI Gateway")
    port = downloaded.url.rpartition(":")[2]
    taken = run(sys.executable, built_site / FILE, "--port", port)
    assert taken.stderr.startswith("gateway.pyz: ")
    assert len(taken.stderr.splitlines()) == 1
    assert run(sys.executable, built_site / FILE, "--port", "70000").returncode == 2


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"no HTTP\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70000 + b"\r\n\r\n", 431),
    ],
)
def test_what_is_no_request_is_refused(standin: Server, sent: bytes, status: int) -> None:
    with dialled(standin) as client:
        client.sendall(sent)
        assert client.recv(100).startswith(f"HTTP/1.1 {status} ".encode())
    assert httpx.get(standin.url).status_code == 200


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\x81\x02{}", 1002),  # not masked
        (b"\xc1\x80\0\0\0\0", 1002),  # an extension that nobody agreed on
        (b"\x80\x80\0\0\0\0", 1002),  # goes on with what was not begun
        (b"\x09\x80\0\0\0\0", 1002),  # a ping in parts
        (b"\x81\x82\0\0\0\0\xff\xff", 1007),  # text that is no UTF-8
        (b"\x82\xff" + (1 << 40).to_bytes(8, "big"), 1009),  # more than is taken
    ],
)
def test_what_is_no_frame_ends_the_connection_with_its_code(standin: Server, frame: bytes, code: int) -> None:
    with dialled(standin) as client:
        client.sendall(UPGRADE)
        assert b" 101 " in received(client, b"\r\n\r\n")
        client.sendall(frame)
        assert received(client, b"") == b"\x88\x02" + struct.pack("!H", code)


def dialled(server: Server) -> socket.socket:
    host, _, port = server.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=20)


def received(client: socket.socket, end: bytes) -> bytes:
    """What comes, until it ends so; without an end, four bytes."""
    data = b""
    while not (data.endswith(end) if end else len(data) >= 4):
        more = client.recv(1 if end else 4 - len(data))
        assert more, data
        data += more
    return data


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.floats(-1, 1) | st.sampled_from(["", "x", "setup"]),
    lambda inside: st.lists(inside, max_size=2) | st.dictionaries(st.sampled_from(["type", "text"]), inside),
    max_leaves=4,
)


def filled(schema: Any, by_id: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Messages that are nearly right by a schema: each part is as it should be, or anything."""
    if isinstance(schema, bool):
        return VALUES
    if "$ref" in schema:
        schema = next(one for url, one in by_id.items() if url.endswith("/" + schema["$ref"]))
    if "const" in schema:
        right: st.SearchStrategy[Any] = st.just(schema["const"])
    elif "enum" in schema:
        right = st.sampled_from(schema["enum"])
    elif "properties" in schema:
        right = st.fixed_dictionaries(
            {},
            optional={name: filled(one, by_id) for name, one in schema["properties"].items()}
            | {"more": VALUES},
        )
    elif "items" in schema:
        right = st.lists(filled(schema["items"], by_id), max_size=2)
    else:
        right = {
            "string": st.sampled_from(["x", "Bearer x"]),
            "boolean": st.booleans(),
            "integer": st.integers(0, 9),
            "number": st.floats(0, 1),
        }.get(schema.get("type", ""), VALUES)
    return right | VALUES


@pytest.mark.parametrize("name", load())
@given(data=st.data())
def test_it_judges_as_jsonschema_does(name: str, data: st.DataObject) -> None:
    schemas = {schema["$id"]: schema for schema in load().values()}
    registry: Registry[Any] = Registry().with_resources(
        (url, Resource.from_contents(schema)) for url, schema in schemas.items()
    )
    message = data.draw(filled(load()[name], schemas))
    right = Draft202012Validator(load()[name], registry=registry).is_valid(message)
    assert (fault(name, message) is None) == right


def test_a_keyword_that_it_does_not_know_is_not_passed_over() -> None:
    with pytest.raises(UnknownKeyword, match="maxLength"):
        _known("x", {"type": "object", "properties": {"a": {"maxLength": 3}}})
