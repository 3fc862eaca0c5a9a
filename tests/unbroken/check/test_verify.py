"""`unbroken verify` against servers: good ones, bad ones, slow ones and nginx."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from tests.servers.nginx import nginx
from tests.servers.static import serve_directory
from tests.unbroken.check import sites
from tests.unbroken.check.sites import heading, page
from unbroken.check.client import Answer, Asker
from unbroken.check.server import Promise, verify
from unbroken.cli.main import main
from unbroken.findings.base import Place
from unbroken.model.addresses import Address
from unbroken.model.redirects import Entry, parse_map
from unbroken.publish.finish import finish
from unbroken.workspace import config as configuration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

#: The answers to one path, each in turn; the last is given again.
Turns = list[tuple[int, dict[str, str], str]]

NEW = page(heading("one"))


@dataclass
class Said:
    """What a server answers by path, each answer in turn, and what it was asked."""

    answers: dict[str, Turns]
    asked: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def server(answers: dict[str, Turns]) -> Iterator[Said]:
    said = Said(answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            said.asked.append(self.path)
            turns = said.answers.get(self.path.partition("?")[0], [(404, {}, "")])
            status, headers, body = turns.pop(0) if len(turns) > 1 else turns[0]
            if not status:
                self.close_connection = True
                return
            data = body.encode()
            self.send_response(status)
            for name, value in {
                "Content-Type": "text/html",
                **headers,
                "Content-Length": str(len(data)),
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True).start()
    said.url = f"http://127.0.0.1:{httpd.server_address[1]}/"
    try:
        yield said
    finally:
        httpd.shutdown()
        httpd.server_close()


OK: Turns = [(200, {}, NEW)]


def moved(to: str, status: int = 301) -> Turns:
    return [(status, {"Location": to}, "")]


def shortfalls(
    answers: dict[str, Turns],
    lines: Sequence[str] = (),
    redirects: Mapping[str, str] | None = None,
    *,
    query: bool = False,
) -> list[tuple[str, str, str]]:
    """What falls short on a server that gives these answers."""
    entries = [Entry(f"{old}.md", new, Place("m")) for old, new in (redirects or {}).items()]
    the_map = parse_map(entries, retired=[Entry("gone.md", "", Place("m"))])
    wanted = [Address(*line.partition("#")[::2]) for line in lines] + [
        Address(path) for path in the_map.pages
    ]
    with server(answers) as said:
        promise = Promise(said.url, wanted, the_map, site_url="https://site.example/docs/", query=query)
        result = verify(promise, Asker(said.url, jobs=2, retries=1))
    assert result.good + len(result.shortfalls) == len(set(wanted))
    return [(s.code, str(s.address), s.message.replace(said.url, "URL/")) for s in result.shortfalls]


def test_what_holds_falls_in_no_way_short() -> None:
    stub = '<meta http-equiv="refresh" content="0; url=../new/">'
    answers: dict[str, Turns] = {
        "/new/": [(200, {}, NEW + '<script data-unbroken-moves=\'{"was":"../far/#one"}\'></script>')],
        "/far/": OK,
        "/old/": moved("/new/"),
        "/own/": moved("/new/#one", 308),
        "/whole/": moved("https://site.example/docs/new/"),
        "/away/": moved("https://other.example/x"),
        "/stub/": [(200, {}, stub)],
        "/gone/": [(410, {}, "")],
        "/a.pdf": [(200, {"Content-Type": "application/pdf"}, "%PDF")],
    }
    lines = ("/new/", "/new/#one", "/new/#was", "/old/#one", "/old/#was", "/gone/", "/a.pdf", "/stub/#one")
    redirects = {
        "old": "new.md",
        "own": "new.md#one",
        "whole": "new.md",
        "away": "https://other.example/x",
        "stub": "new.md",
    }
    assert shortfalls(answers, lines, redirects) == []


@pytest.mark.parametrize(
    ("answers", "redirects", "code", "message"),
    [
        ({}, {}, "no-answer", "/old/#one answers 404."),
        ({"/old/": [(500, {}, "")]}, {}, "no-answer", "/old/#one answers 500."),
        ({"/old/": [(0, {}, "")]}, {}, "no-answer", "/old/#one does not answer: "),
        ({"/old/": [(200, {}, page())]}, {}, "no-anchor", "The server's page /old/ has no #one."),
        ({"/old/": moved("/new/", 302)}, {}, "bad-redirect", "/old/ answers 302, which is not permanent."),
        (
            {"/old/": moved("/a/"), "/a/": moved("/new/")},
            {},
            "bad-redirect",
            "/old/ needs more than one hop: ",
        ),
        ({"/old/": moved("/nothing/")}, {}, "no-answer", "/old/ leads to /nothing/, which answers 404."),
        (
            {"/old/": moved("/plain/"), "/plain/": [(200, {}, page())]},
            {},
            "no-anchor",
            "The server's page /plain/ has no #one, where ",
        ),
        (
            {"/old/": moved("https://evil.example/")},
            {},
            "bad-redirect",
            "/old/ leads off the site, to https://evil",
        ),
        (
            {"/old/": moved("/new/")},
            {"old": "b.md"},
            "bad-redirect",
            "/old/ leads to URL/new/, and the map says /b/.",
        ),
    ],
)
def test_what_falls_short_is_named(
    answers: dict[str, Turns],
    redirects: dict[str, str],
    code: str,
    message: str,
) -> None:
    found = shortfalls({"/new/": OK, **answers}, ["/old/#one"], redirects)
    assert found[-1][0] == code
    assert found[-1][2].startswith(message)


def test_a_retired_address_that_answers_falls_short() -> None:
    assert shortfalls({"/gone/": OK}, ["/gone/"])[0][0] == "no-answer"


OLD = {"old": "new.md"}


def test_a_query_is_kept_when_that_is_asked_for() -> None:
    answers = {"/new/": OK, "/old/": moved("/new/")}
    assert shortfalls(answers, redirects=OLD) == []
    assert [s[0] for s in shortfalls(answers, redirects=OLD, query=True)] == ["query-lost"]
    answers["/old/"] = moved("/new/?unbroken=verify")
    assert shortfalls(answers, redirects=OLD, query=True) == []


def test_a_server_that_is_busy_is_asked_again() -> None:
    busy = [(429, {"Retry-After": "0"}, ""), (503, {}, ""), (200, {}, NEW)]
    with server({"/a/": busy}) as said:
        judged = verify(Promise(said.url, [Address("/a/", "one")], parse_map([])), Asker(said.url, retries=2))
    assert (judged.shortfalls, said.asked) == ([], ["/a/"] * 3)


def test_requests_keep_to_the_rate() -> None:
    import time

    with server({"/": OK}) as said:
        start = time.monotonic()
        Asker(said.url, jobs=4, rate=20).ask([f"{said.url}?{n}" for n in range(11)])
        assert time.monotonic() - start > 0.49


def test_no_other_server_is_ever_asked() -> None:
    with server({"/": OK, "/old/": moved("http://127.0.0.2:1/x")}) as said:
        asker = Asker(said.url)
        with pytest.raises(ValueError, match="127"):
            asker.ask(["http://127.0.0.2:1/"])
        verify(Promise(said.url, [Address("/old/")], parse_map([])), asker)
        assert said.asked == ["/old/"]


# The command.


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["-f", str(folder / "mkdocs.yml"), "verify", *arguments])


def test_only_what_failed_is_asked_again(tmp_path: Path) -> None:
    sites.configure(tmp_path)
    sites.write(tmp_path, {"published-urls.txt": "/a/\n/b/\n/c/#x\n"})
    with server({"/a/": OK, "/b/": [(404, {}, ""), (200, {}, NEW)]}) as said:
        first = run(tmp_path, said.url, "--only-failed")  # nothing is known yet, so all are asked
        assert first.exit_code == 1
        assert f"1 of 3 addresses hold at {said.url}." in first.output
        assert "published-urls.txt:2:1: error no-answer: /b/ answers 404." in first.output
        said.asked.clear()
        assert run(tmp_path, said.url, "--only-failed").exit_code == 1
        assert sorted(said.asked) == ["/b/", "/c/"]
        said.answers["/c/"] = [(200, {}, page(heading("x")))]
        assert run(tmp_path, said.url, "--only-failed").exit_code == 0
        assert run(tmp_path, said.url, "--only-failed").output == "unbroken: nothing is left to ask for.\n"


@pytest.mark.parametrize(
    "url", ["x", "ftp://x/", "http://", "http://[x/", "http://a:b/", "https://x/?q", "http://\u00e9/"]
)
def test_what_is_no_site_is_said_in_one_line(tmp_path: Path, url: str) -> None:
    sites.configure(tmp_path)
    result = run(tmp_path, url)
    assert (result.exit_code, result.output.count("\n")) == (2, 1)


def test_a_server_that_is_not_there_is_said_for_each_address(tmp_path: Path) -> None:
    sites.configure(tmp_path)
    sites.write(tmp_path, {"published-urls.txt": "/a/\n"})
    with server({}) as said:
        url = said.url
    result = run(tmp_path, url, "--retries", "0")
    assert result.exit_code == 1
    assert "/a/ does not answer: connection refused." in result.output


# Real servers.


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """A finished site with a split page, and a ledger of all its addresses."""
    redirects = {
        "old.md": "new.md",
        "split.md": "new.md",
        "split.md#far": "far.md#one",
        "new.md#was": "new.md#one",
    }
    sites.configure(tmp_path, redirects, hosts=["nginx"])
    sites.write(
        tmp_path / "site",
        {"index.html": page(), "new/index.html": NEW, "far/index.html": NEW, "404.html": "x"},
    )
    finish(configuration.read(tmp_path / "mkdocs.yml"), tmp_path / "site")
    assert CliRunner().invoke(main, ["-f", str(tmp_path / "mkdocs.yml"), "record"]).exit_code == 0
    with (tmp_path / "published-urls.txt").open("a") as ledger:
        ledger.write("/old/#was\n/split/#far\n/split/#one\n")
    text = (tmp_path / "mkdocs.yml").read_text()
    (tmp_path / "mkdocs.yml").write_text(text.replace("https://example.com/docs/", "https://example.com/"))
    finish(configuration.read(tmp_path / "mkdocs.yml"), tmp_path / "site")
    return tmp_path


def test_the_promise_holds_behind_rules(finished: Path) -> None:
    with nginx(finished / "site") as host:
        result = run(finished, host.url, "--query")
    assert result.exit_code == 0, result.output


def test_the_promise_holds_behind_stubs_and_not_without_them(finished: Path) -> None:
    with serve_directory(finished / "site") as host:
        assert run(finished, host.url).exit_code == 0
        (finished / "site/old/index.html").unlink()
        assert "/old/ answers 404" in run(finished, host.url).output


@pytest.mark.parametrize(("location", "good"), [("/new/page", 1), ("/new/page.html", 1), ("/new/pag", 0)])
def test_a_rule_may_lead_to_a_page_without_its_ending(location: str, good: int) -> None:
    redirects = parse_map([Entry("old.md", "new/page.md", Place("map"))], directory_urls=False)
    promise = Promise("http://docs.example/", [Address("/old.html")], redirects)
    there = f"http://docs.example{location}"
    asked = {promise.url("/old.html"): Answer(301, there), there: Answer(200)}
    judgement = promise.judge(asked)
    assert (judgement.good, len(judgement.shortfalls)) == (good, 1 - good)
