"""What a sitemap lists; and that neither it nor its server makes the tool read anything else."""

from __future__ import annotations

import gzip
import os
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from unbroken.model.errors import Refused
from unbroken.recover import sitemap
from unbroken.recover.sitemap import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

URL = "https://example.com/docs/"
ENTRIES = [
    URL,
    f"{URL}a/",
    f"{URL}b/?x=1&amp;y=2",
    "https://example.com/docsx/",
    "https://other.example/docs/z/",
]
MAP = "<urlset>" + "".join(f"<url><loc> {entry} </loc></url>" for entry in ENTRIES) + "</urlset>"


def index(*parts: str) -> str:
    return (
        "<sitemapindex>"
        + "".join(f"<sitemap><loc>{part}</loc></sitemap>" for part in parts)
        + "</sitemapindex>"
    )


@contextmanager
def serving(answers: Mapping[str, object]) -> Iterator[str]:
    """A server with some answers; a pair is a redirect."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path, (404, ""))
            body = b""
            if isinstance(answer, tuple):
                self.send_response(answer[0])
                self.send_header("Location", answer[1])
            else:
                self.send_response(200)
                body = answer if isinstance(answer, bytes) else str(answer).replace("HERE", here).encode()
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        here = f"http://127.0.0.1:{httpd.server_port}"
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        try:
            yield here
        finally:
            httpd.shutdown()
            thread.join()


def names(source: str, told: list[str] | None = None) -> list[str]:
    return [str(address) for address in listed(source, URL, (told if told is not None else []).append)]


@pytest.mark.parametrize("packed", [False, True])
def test_a_sitemap_lists_what_is_below_the_site(tmp_path: Path, packed: bool) -> None:
    file = tmp_path / "sitemap.xml"
    file.write_bytes(gzip.compress(MAP.encode()) if packed else MAP.encode())
    assert names(str(file)) == ["/", "/a/", "/b/"]


def test_the_parts_are_fetched_from_the_same_server(tmp_path: Path) -> None:
    answers = {
        "/moved.xml": (301, "/sitemap.xml"),
        "/sitemap.xml": index("HERE/part.xml.gz", "part.xml", "HERE/sitemap.xml"),
        "/part.xml.gz": gzip.compress(MAP.encode()),
        "/part.xml": f"<urlset><url><loc>{URL}c/</loc></url></urlset>",
    }
    with serving(answers) as here:
        assert sorted(names(f"{here}/moved.xml")) == ["/", "/a/", "/b/", "/c/"]


def test_redirects_of_every_kind_are_followed_and_not_for_ever() -> None:
    steps = enumerate((301, 302, 303, 307, 308))
    answers: dict[str, object] = {f"/{n}": (status, f"/{n + 1}") for n, status in steps}
    answers |= {"/5": MAP, "/before": (301, "/0"), "/other": (300, "/5")}
    with serving(answers) as here:
        assert names(f"{here}/0") == ["/", "/a/", "/b/"]
        with pytest.raises(Refused, match=r"cannot be read: it leads on and on\.$"):
            names(f"{here}/before")
        with pytest.raises(Refused, match=r"/other answers 300\.$"):
            names(f"{here}/other")


def test_the_parts_of_a_file_are_fetched_from_the_server_of_the_site(tmp_path: Path) -> None:
    answers = {"/docs/part.xml": "<urlset><url><loc>HERE/docs/a/</loc></url></urlset>"}
    told: list[str] = []
    with serving(answers) as here:
        file = tmp_path / "sitemap.xml"
        file.write_text(index(f"{here}/docs/part.xml", "http://localhost:1/part.xml"), encoding="utf-8")
        found = listed(str(file), f"{here}/docs/", told.append)
        assert [str(address) for address in found] == ["/a/"]
    (said,) = told
    assert said.startswith(f"'http://localhost:1/part.xml' is passed over: it is not at {here}.")


def test_nothing_else_is_read_because_a_server_says_so(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(MAP, encoding="utf-8")
    told: list[str] = []
    mine = f"<urlset><url><loc>{URL}c/</loc></url></urlset>"
    with serving({"/part.xml": MAP}) as other:
        odd = [f"file://{secret}", "ftp://127.0.0.1/x", f"{other}/part.xml", "http://[::1"]
        with serving({"/sitemap.xml": index(*odd, "HERE/mine.xml"), "/mine.xml": mine}) as here:
            assert names(f"{here}/sitemap.xml", told) == ["/c/"]
    assert len(told) == 4
    assert all("passed over" in line for line in told)


@pytest.mark.parametrize("place", ["secret", "/dev/zero"])
def test_a_path_is_one_on_the_same_server(tmp_path: Path, place: str) -> None:
    path = str(tmp_path / place)
    with serving({"/sitemap.xml": index(path)}) as here, pytest.raises(Refused, match="answers 404"):
        listed(f"{here}/sitemap.xml", URL)


def test_a_file_names_no_files(tmp_path: Path) -> None:
    (tmp_path / "part.xml").write_text(MAP, encoding="utf-8")
    (tmp_path / "index.xml").write_text(index(str(tmp_path / "part.xml"), "part.xml"), encoding="utf-8")
    told: list[str] = []
    with pytest.raises(Refused, match="lists no address"):
        names(str(tmp_path / "index.xml"), told)
    assert len(told) == 2


def test_a_part_does_not_lead_away(tmp_path: Path) -> None:
    with serving({"/part.xml": MAP}) as other:
        answers = {"/sitemap.xml": index("HERE/part.xml"), "/part.xml": (302, f"{other}/part.xml")}
        with serving(answers) as here, pytest.raises(Refused, match="it leads to"):
            listed(f"{here}/sitemap.xml", URL)


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_too_large_is_not_taken_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    monkeypatch.setattr(sitemap, "_LARGEST", 10_000)
    data = MAP.encode() + b" " * 1_000_000
    whole = gzip.compress(data) if packed else data
    (tmp_path / "s.xml").write_bytes(whole)
    with serving({"/s.xml": whole}) as here:
        for source in (str(tmp_path / "s.xml"), f"{here}/s.xml"):
            with pytest.raises(Refused, match=r"(larger|unpacks to more) than"):
                listed(source, URL)


def test_packed_texts_one_after_the_other_are_one(tmp_path: Path) -> None:
    half = len(MAP) // 2
    file = tmp_path / "s.xml.gz"
    file.write_bytes(gzip.compress(MAP[:half].encode()) + gzip.compress(MAP[half:].encode()))
    assert names(str(file)) == ["/", "/a/", "/b/"]
    file.write_bytes(file.read_bytes()[:-12])
    with pytest.raises(Refused, match="cut off or damaged"):
        names(str(file))


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Refused, match="no ordinary file"):
        names(str(tmp_path / "pipe"))


def test_a_server_that_leads_round_is_left(tmp_path: Path) -> None:
    with serving({"/s.xml": (301, "/s.xml")}) as here, pytest.raises(Refused, match="on and on"):
        names(f"{here}/s.xml")
