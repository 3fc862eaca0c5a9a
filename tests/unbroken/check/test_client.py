"""What a server may answer: in drips, cut short, swollen, in circles; and what one behind a login is sent."""

from __future__ import annotations

import asyncio
import base64
import gzip
import itertools
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from tests.commands import ROOT
from tests.unbroken.check import sites
from tests.unbroken.check.sites import heading, page
from unbroken.check import client
from unbroken.check.client import Answer, Asker
from unbroken.check.server import Promise, verify
from unbroken.cli.main import main
from unbroken.findings.base import Place
from unbroken.model.addresses import Address
from unbroken.model.redirects import Entry, parse_map

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


SHORT = gzip.compress(b"x" * 900, mtime=0)[:-9]


@contextmanager
def speaking(*pieces: bytes, again: bytes = b"", asked: list[bytes] | None = None) -> Iterator[str]:
    """A server that sends pieces to whoever asks, and then one piece again and again, or nothing more."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            data = connection.recv(65536)
            if asked is not None:
                asked.append(data)
            for piece in itertools.chain(pieces, itertools.repeat(again) if again else ()):
                connection.sendall(piece)
                if piece is again and over.wait(0.02):
                    return

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        over.set()
        listener.close()


def asked(url: str, timeout: float = 20) -> Answer:
    return Asker(url, retries=0, timeout=timeout).ask([url])[url]


def sized(body: bytes, head: bytes = HEAD) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
)
def test_a_server_that_drips_is_left_in_time(first: bytes, again: bytes) -> None:
    with speaking(first, again=again) as url:
        assert asked(url, 0.3) == Answer(0, error="it took too long")


def test_all_together_have_a_deadline() -> None:
    with speaking(b"HTTP/1.1 200 OK\r\nX: ", again=b"x") as url:
        urls = [f"{url}{number}" for number in range(20)]
        answers = Asker(url, jobs=2, deadline=0.3).ask(urls)
    assert {answer.error for answer in answers.values()} == {"it was not asked in time"}


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (HEAD + b"Content-Length: 100\r\n\r\nshort", "its answer is cut short"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n", "its answer is cut short"),
        (b"HTTP/1.1 200 OK\r\nConte", "its answer is cut short"),
        (b"", "it closed the connection without an answer"),
        (b"SSH-2.0-server\r\n\r\n", "it speaks no HTTP"),
        (sized(b"not gzip", HEAD + b"Content-Encoding: gzip\r\n"), "its page is damaged"),
        (
            sized(SHORT, HEAD + b"Content-Encoding: gzip\r\n"),
            "its page is cut short",
        ),
        (sized(b"", HEAD + b"Content-Encoding: br\r\n"), "it is coded as 'br', which was not asked for"),
    ],
)
def test_what_is_cut_short_or_damaged_is_no_answer(said: bytes, error: str) -> None:
    with speaking(said) as url:
        found = asked(url)
    assert (found.status, found.page) == (0, None)
    assert found.error == error or (error == "its answer is cut short" and "closed" in found.error)


def test_what_keeps_tls_from_coming_about_is_named() -> None:
    with speaking(HEAD) as url:
        assert asked(url.replace("http:", "https:")).error.startswith("it speaks no TLS: ")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ROOT / "tests/servers/nobody-trusts.pem")  # a key for this test alone
    with context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True) as listener:

        def accept() -> None:
            with suppress(OSError):
                listener.accept()[0].close()

        threading.Thread(target=accept, daemon=True).start()
        said = asked(f"https://127.0.0.1:{listener.getsockname()[1]}/").error
    assert said.startswith("its certificate is not trusted: self"), said


@pytest.mark.parametrize("packed", [False, True])
def test_a_page_is_taken_in_up_to_a_size(monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    monkeypatch.setattr(client, "_LARGEST", 100_000)
    body = page(heading("one")).encode() + b" " * 10_000_000
    if packed:
        body = gzip.compress(body)
    with speaking(sized(body, HEAD + b"Content-Encoding: gzip\r\n" if packed else HEAD)) as url:
        assert "is larger than" in asked(url).error
    small = page(heading("one")).encode()
    data = gzip.compress(small) if packed else small
    with speaking(sized(data, HEAD + b"Content-Encoding: gzip\r\n" if packed else HEAD)) as url:
        found = asked(url).page
    assert found
    assert found.anchors == ("one",)


def test_what_is_no_page_is_not_taken_in() -> None:
    """A file without an end is an answer: that it is there is all that is asked."""
    with speaking(b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n", again=b"x" * 65536) as url:
        assert asked(url) == Answer(200)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("²", 0),
        ("-1", 0),
        ("1" * 400, 0),
        ("soon", 0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        (None, 0),
    ],
)
def test_the_pause_that_a_server_asks_for_is_read_with_care(text: str | None, seconds: float) -> None:
    assert client._pause(text) == seconds


def test_all_pauses_of_an_address_fit_in_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 86400\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with speaking(busy) as url:
        assert Asker(url, retries=4).ask([url])[url].status == 503
    assert [seconds for seconds in slept if seconds] == [60.0]


# What is said of odd answers.


def codes(said: bytes, lines: Iterable[str] = ("/",), redirects: dict[str, str] | None = None) -> list[str]:
    with speaking(said) as url:
        the_map = parse_map([Entry(old, new, Place("m")) for old, new in (redirects or {}).items()])
        wanted = [Address(*line.partition("#")[::2]) for line in lines]
        result = verify(Promise(url, [*wanted, *map(Address, the_map.pages)], the_map), Asker(url, retries=0))
        assert result.good + len(result.shortfalls) == len(wanted) + len(the_map.pages)
        return [f"{s.code} {s.address}" for s in result.shortfalls]


def leading(to: str) -> bytes:
    return f"HTTP/1.1 301 M\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


@pytest.mark.parametrize("to", ["http://[::1", "//[", "http://x:y/", ""])
def test_a_redirect_that_cannot_be_read_is_named(to: str) -> None:
    assert codes(leading(to), ["/", "/a/#x"]) == ["bad-redirect /", "bad-redirect /a/#x"]


def test_a_server_that_leads_everything_to_itself_holds_nothing() -> None:
    for to, said in (("", "to itself"), ("?x=1", "/a/ leads on")):
        asked_for: list[bytes] = []
        with speaking(leading("/a/" + to), asked=asked_for) as url:
            result = verify(Promise(url, [Address("/a/"), Address("/a/", "x")], parse_map([])), Asker(url))
        assert [s.code for s in result.shortfalls] == ["bad-redirect"] * 2
        assert said in result.shortfalls[0].message


STUB = '<meta name="generator" content="Unbroken"><script src="u.js" data-unbroken-to="{}"></script>'


@pytest.mark.parametrize(
    "body",
    [
        STUB.format("http://[::1"),
        '<base href="http://[::">' + STUB.format("../x/"),
        f'<base href="http://[::">{page()}',
        page('<script data-unbroken-moves=\'{"x": "http://[::1"}\'></script>'),
    ],
)
def test_a_page_with_a_url_that_cannot_be_read_ends_nothing(body: str) -> None:
    said = sized(body.encode(), HEAD + b"Connection: close\r\n")
    assert (
        "bad-redirect /#x" in (found := codes(said, ["/#x"], {"old.md": "index.md"}))
        or "no-anchor /#x" in found
    )


def test_a_page_that_leads_away_on_purpose_is_as_published() -> None:
    away = b'<!doctype html><meta http-equiv="refresh" content="0; url=https://other.example/releases">'
    said = sized(away, HEAD + b"Connection: close\r\n")
    assert codes(said, ["/changelog/"]) == []
    # What the map leads elsewhere is not.
    assert codes(said, [], {"changelog.md": "new.md"}) == ["bad-redirect /changelog/"]


# The command.


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    sites.configure(tmp_path)
    sites.write(tmp_path, {"published-urls.txt": "/a/\n"})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["verify", *arguments])


OK = sized(page().encode(), HEAD + b"Connection: close\r\n")


def test_what_logs_in_is_sent_and_never_printed(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "s3cret")
    monkeypatch.setenv("WORD", "pässwörd")
    got: list[bytes] = []
    with speaking(OK, asked=got) as url:
        done = run(url, "--header", "X-Key: Bearer ${TOKEN}", "--user", "me:$WORD")
    assert done.exit_code == 0, done.output
    assert b"x-key: bearer s3cret\r\n" in got[0].lower()
    assert f"Basic {base64.b64encode('me:pässwörd'.encode()).decode()}".encode() in got[0]
    got.clear()
    monkeypatch.setenv("UNBROKEN_USER", "you:$WORD")
    with speaking(OK, asked=got) as url:
        again = run(url)
    assert base64.b64encode("you:pässwörd".encode()) in got[0]
    for said in (done.output, again.output):
        assert "s3cret" not in said
        assert "pässwörd" not in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--header", "X-Key: $NOTHING"], "takes $NOTHING from the environment"),
        (["--header", "s3cret"], "--header has to be"),
        (["--header", "X Y: s3cret"], "--header has to be"),
        (["--header", "X: $SPLIT"], "has a character that no header can have"),
        (["--user", "s3cret"], "--user has to be"),
    ],
)
def test_what_cannot_be_sent_is_told_without_its_value(
    site: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.setenv("SPLIT", "s3cret\r\nX-Other: 1")
    done = run("http://127.0.0.1:1/", *arguments)
    assert done.exit_code == 2
    assert message in done.output
    assert "s3cret" not in done.output


def test_ctrl_c_ends_it_with_a_word(site: Path) -> None:
    got: list[bytes] = []
    with speaking(HEAD + b"Content-Length: 100000\r\n\r\n", again=b"x", asked=got) as url:
        program = Path(sys.executable).parent / "unbroken"
        # Where the tests run in the background, a shell has them ignore the signal.
        heed = (
            "import os, signal as s, sys; s.signal(s.SIGINT, s.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
        )
        heeded: list[str | Path] = [sys.executable, "-c", heed, program, "verify", url]
        process = subprocess.Popen(heeded, stderr=subprocess.PIPE, env={**os.environ})
        try:
            while not got and process.poll() is None:
                threading.Event().wait(0.01)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 130
    assert said.decode() == f"unbroken: Stopped. To go on: unbroken verify {url} --only-failed\n"
