"""Every example for a browser, opened in one: it answers, and says what is wrong when something is."""

from __future__ import annotations

import io
import re
import wave
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from scripts.standin.providers import JOKE
from tests.servers import StaticServer, serve_directory
from tests.site.examples.files import GATEWAY_PAGES, SAVES, SAYS, settings, written_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page, WebSocket

    from tests.conftest import Record
    from tests.site.examples.conftest import Runner

FOLDER = GATEWAY_PAGES / "websockets-api/examples"
PAGES = written_in(".html")
ENDED_EARLY = re.compile(r"Closed with code \d+ before the end of the answer\.")

every_page = pytest.mark.parametrize("example", PAGES, ids=lambda path: path.name)


@pytest.fixture(scope="module")
def server() -> Iterator[StaticServer]:
    """The examples where a page can come from."""
    with serve_directory(FOLDER) as server:
        yield server


def connect(page: Page, server: StaticServer, example: Path, filled: dict[str, str]) -> None:
    """Open an example, fill in its form and send it off."""
    page.goto(f"{server.url}/{example.name}?quiet=0.5")
    for name in settings(example):
        field = page.locator(f'input[name="{name}"]')
        if field.get_attribute("type") == "file":
            field.set_input_files(filled[name])
        else:
            field.fill(filled[name])
    page.get_by_role("button", name="Connect").click()


def wait_for(page: Page, text: str | re.Pattern[str]) -> str:
    """What the page shows once it shows a text."""
    expect(page.locator("pre")).to_contain_text(text)
    return page.locator("pre").inner_text()


def test_all_examples_are_here() -> None:
    assert {page.parent for page in PAGES} == {FOLDER}


@every_page
def test_it_answers_and_ends(
    runner: Runner, server: StaticServer, page: Page, record: Record, example: Path
) -> None:
    sockets: list[WebSocket] = []
    page.on("websocket", lambda socket: sockets.append(socket))
    connect(page, server, example, runner.settings())
    for said in SAYS[example.stem]:
        wait_for(page, said)
    if example.stem in SAVES:
        check_sound(page, SAVES[example.stem])
    (socket,) = sockets
    if not socket.is_closed():
        socket.wait_for_event("close")
    assert not ENDED_EARLY.search(page.locator("pre").inner_text())
    assert record.faults() == []


def check_sound(page: Page, rate: int) -> None:
    """The page offers a WAV file."""
    link = page.locator("pre a[download='speech.wav']")
    data = link.evaluate("async (a) => [...new Uint8Array(await (await fetch(a.href)).arrayBuffer())]")
    with wave.open(io.BytesIO(bytes(data)), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        assert (file.getframerate(), file.getnframes()) == (rate, rate / 4)


@every_page
def test_a_wrong_token_is_refused(runner: Runner, server: StaticServer, page: Page, example: Path) -> None:
    connect(page, server, example, runner.settings(CF_AIG_TOKEN="wrong"))
    assert "The connection failed" in wait_for(page, ENDED_EARLY)


@every_page
def test_a_missing_setting_is_asked_for(
    runner: Runner, server: StaticServer, page: Page, record: Record, example: Path
) -> None:
    page.goto(f"{server.url}/{example.name}")
    page.get_by_role("button", name="Connect").click()
    first = settings(example)[0]
    empty = page.locator("input:invalid")
    assert empty.count() == len(settings(example))
    expect(empty.first).to_be_focused()
    assert empty.first.get_attribute("name") == first
    assert empty.first.evaluate("field => field.validationMessage")
    assert not [url for url in record.requests if url.startswith("ws")]


@every_page
def test_a_connection_that_breaks_is_no_answer(
    runner: Runner, server: StaticServer, page: Page, example: Path
) -> None:
    connect(page, server, example, runner.at("breaks"))
    assert "Closed with code 1011" in wait_for(page, ENDED_EARLY)
    assert page.locator("pre a").count() == 0


def test_a_token_is_sent_in_the_request_when_the_answer_is_an_authentication_error(
    runner: Runner, server: StaticServer, page: Page
) -> None:
    connect(page, server, FOLDER / "ask.html", runner.at("wants-token"))
    wait_for(page, "Authentication error")
    connect(page, server, FOLDER / "refused.html", runner.at("wants-token"))
    wait_for(page, JOKE)
    connect(page, server, FOLDER / "refused.html", runner.settings(WORKERS_AI_TOKEN="wrong"))
    wait_for(page, "Refused with the token in the request, too")


def test_no_page_keeps_what_is_typed_or_holds_a_key(runner: Runner, server: StaticServer, page: Page) -> None:
    """Neither in the browser's storage nor in the address."""
    connect(page, server, FOLDER / "ask.html", runner.settings())
    wait_for(page, JOKE)
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert "local-token" not in page.url
    for example in PAGES:
        text = example.read_text(encoding="utf-8")
        assert not re.search(r"<input[^>]*\bvalue=", text), example
        assert "local-" not in text
