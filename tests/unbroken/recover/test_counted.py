"""What logs and sitemaps come to, to the letter.

``counted.txt`` is what is expected: ``python -m tests.unbroken.recover.test_counted`` writes it anew, for one
to look at.
"""

# ruff: noqa: E501  what is read here is as wide as it may come

from __future__ import annotations

import gzip
import io
import re
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from unittest.mock import patch

from tests.unbroken.recover.test_log_lines import COMBINED, FIELDS, JSON
from tests.unbroken.sites import Shown, the_map
from unbroken.findings.base import Place
from unbroken.model.addresses import Address
from unbroken.model.errors import Refused
from unbroken.model.redirects import Entry
from unbroken.recover import log_lines, logs, sitemap, wanted
from unbroken.recover.log_lines import Request
from unbroken.recover.proposals import Proposal
from unbroken.recover.tracking import Confidence
from unbroken.workspace.config import Config

EXPECTED = Path(__file__).with_name("counted.txt")
DAY = date(2026, 11, 1).toordinal()
TABLES = (
    b"\xef\xbb\xbf# x\n\nurl;hits;more\n/a?b;1 200;3\nhttps://h.example/b#c;\"5\"\n/c;1,5;none\n/d;none\n;7\n/e;1'000.5\n",
    b"url;hits\n/a\rb;3\n/c;4\r\n",
    b"path\tviews\n/a\t3\n\"/b\t4\n",
    b"hits,url\n7,/a\n0,/b\n123456789012,/c\n1234567890123,/d\n",
    b'192.0.2.1 - - [01/Foo/2026:1] "GET /a HTTP/1.1" 200 5\n192.0.2.1 - - [2026-11-02] "GET /b HTTP/1.1" 200 5 "-" "x" y\n192.0.2.1 - - [1/2/3/4] "HEAD /c" 200\n',
    b'{"path": "/a", "status": "20000", "method": null, "userAgent": 3, "ip": 4}\n{"url": "/b", "status": 404.0, "path": 3}\n{"url": "/c", "status": true, "method": "HEAD", "time": 1e20}\n'
    b'{"request": "x", "proxy": {"path": "/d", "statusCode": 304, "timestamp": 1793527200000}}\n{"proxy": {"path": "/e", "statusCode": 301}, "request": {"headers": []}}\n{"path": "/f", "status": "-1"}\n',
    b"#Fields: cs-uri-stem sc-status\n/a 404\n/b x\n#Fields: sc-status cs-uri-stem\n301 /c\n",
    b"", b"one\n", b"#only\n" * 1001, b"{}\n", b"\n\n{\"path\": \"/a\", \"status\": 404}\n",
)  # fmt: skip


def lines_of(data: bytes) -> Iterator[str]:
    try:
        for each in log_lines.requests(io.BytesIO(data), "x.log"):
            yield str(each._replace(client=int(bool(each.client)))) if each else "none"
    except Refused as error:
        yield f"refused: {error}"


def read() -> Iterator[str]:
    for name, data in (("combined", COMBINED), ("JSON", JSON), ("fields", FIELDS)):
        yield f"=== lines: {name}"
        yield from lines_of(data)
    for data in TABLES:
        yield f"=== lines: {data[:30]!r}"
        yield from lines_of(data)
    yield "=== long and packed lines"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "x.log")
        for data in (b"a" * 65_535 + b"\nb\n", b"a" * 65_536 + b"\nb\n", b"a" * 65_537 + b"\nb", gzip.compress(b"a\nb"), gzip.compress(b"a\n" * 99)[:-9], b"\x1f\x8b", b""):  # fmt: skip
            file.write_bytes(data)
            try:
                yield str([len(line) for line in log_lines.open_lines(file)])
            except Refused as error:
                yield f"refused: {error}".replace(folder, "")
        for place in (Path(folder), Path(folder, "none")):
            try:
                list(log_lines.open_lines(place))
            except Refused as error:
                yield f"refused: {error}".replace(folder, "")


# Counting.


def asked(
    path: str, status: int = 404, day: int = 0, client: int = 1, agent: str = "Browser", times: int = 1
) -> Request:
    return Request(path.encode(), status, DAY + day if day >= 0 else 0, client, agent.encode(), times)


OLD = {b"/docs/old/": "/old/", b"/docs/old": "/old/", b"/docs/never/": "/never/"}
COUNTS: dict[str, list[Request | None]] = {
    "days, readers and times": [
        asked("/docs/a/"), asked("/docs/a/", day=1), asked("/docs/a/", day=1, client=2), asked("/docs/a/", day=-1, client=0),
        asked("/docs/b/", client=2, times=5), asked("/docs/c/", 410, client=3), asked("/docs/d/", 403), asked("/docs/e/", 301), None,
        asked("/docs/old/", 301, times=2), asked("/docs/old", 404), asked("/docs/old/", times=0), asked("/docs/z/", 410, day=3, client=0),
    ],
    "another base": [asked("/docsx/"), asked("/"), asked("/docs"), asked("/docs/"), asked("/other/a")],
    "what is one address": [
        asked("/docs/%61/"), asked("/docs/a/", client=2), asked("/docs/\\x61/", client=3), asked("http://h.example/docs/a/", client=4),
        asked("/docs/../a"), asked("/docs/a//", day=7, client=2),
    ],
    "persons": [asked("/docs/me@x.example/", times=3), asked("/docs/1.2.3.4/"), asked("/docs/1.2.3/"), asked("/docs/11.22.33.444/x"),
                asked("/docs/fe80:1:2:3/"), asked("/docs/a%40b.cd"), asked("/docs/x1234.5.6.7/")],
    "robots by name": [asked(f"/docs/{n}/", client=n, agent=agent) for n, agent in enumerate(
        ("", "Googlebot/2.1", "x bot", "robotics", "curl/8", "My Python", "Feedly", "okhttp", "Headless", "Robot; x", "Mozilla", "checkbox"), 1)],
    "robots by what they do": [
        asked("/robots.txt", 200, client=1), asked("/docs/a/", client=1),
        *(asked(f"/docs/m{n}/", client=2) for n in range(10)), *(asked(f"/docs/n{n}/", client=3) for n in range(9)),
        *(asked(f"/docs/o{n}/", client=4) for n in range(10)), *(asked(f"/docs/ok{n}/", 200, client=4) for n in range(3)),
        *(asked(f"/docs/p{n}/", client=5) for n in range(10)), *(asked(f"/docs/ok{n}/", 200, client=5) for n in range(2)),
        *(asked(f"/docs/q{n}/", client=6) for n in range(12)), *(asked(f"/docs/ok{n}/", 399, client=6) for n in range(3)), asked("/docs/r/", 400, client=6),
    ],
    "who fetches no files": [asked("/docs/a/", client=1), asked("/docs/x.css", 200, client=1), asked("/docs/b/", client=2), asked("/docs/y.css", 404, client=3),
                             asked("/docs/c/", client=3), asked("/docs/d/", client=4), asked("/docs/x.woff2", 304, client=4), asked("/docs/e/", client=0)],
    "a table": [asked("/docs/live/", 0, -1, 0, "", 9), asked("/docs/lost/", 0, -1, 0, "", 7)],
    "long paths": [asked(f"/docs/{'a' * 994}"), asked(f"/docs/{'b' * 995}")],
    "before the first day": [asked("/docs/a/", day=500), asked("/docs/a/", day=100), asked("/docs/a/", day=99), asked("/docs/a/", day=0), asked("/docs/a/", day=4099),
                             asked("/docs/a/", day=4100), asked("/docs/a/", day=9999)],
}  # fmt: skip


def counted(requests: Iterable[Request | None]) -> Iterator[str]:
    tally = logs.count(requests, OLD, "/docs", ["/docs/live/"])
    said = {name: value for name, value in asdict(tally).items() if name != "misses"}
    said["first"], said["last"] = wanted.day(tally.first), wanted.day(tally.last)
    yield str(said)
    for miss in tally.misses:
        yield f"{miss.path[:40]} {miss.readers} readers, {miss.days} days, {miss.times} times"


def counts() -> Iterator[str]:
    for name, requests in COUNTS.items():
        yield f"=== {name}"
        yield from counted(requests)
    yield "=== many readers of one address"
    yield from counted(asked("/docs/a/", client=n) for n in range(1, 100))
    with patch.object(logs, "ADDRESSES", 20), patch.object(logs, "CLIENTS", 8):
        yield "=== more addresses than are held"
        yield from counted(asked(f"/docs/{n}/", client=0, times=1 + (n % 5 == 0)) for n in range(30))
        yield "=== more addresses than are held, all twice"
        yield from counted(asked(f"/docs/{n}/", client=0, times=2) for n in range(25))
        yield "=== more clients than are held, of which some are robots"
        yield from counted(
            asked(f"/docs/{n % 4}/", client=n, agent="bot" if n % 4 == 1 else "x") for n in range(1, 40)
        )
    yield str(
        [
            logs.address_of(path, b"/docs")
            for path in (
                b"/docs/a",
                b"/docs/\\xC3\\xBC",
                b"https://h/docs/x/",
                b"/docs/%2e%2e/",
                b"/docs/\xff",
            )
        ]
    )


# What is meant.

SITE = Shown(
    {
        "/": [],
        "/guide/set-up/": ["x"],
        "/guide/use.html": [],
        "/a/same/": [],
        "/b/same/": [],
        "/one/only/": [],
        "/new/": [],
        "/long-name/": [],
    }
)
ASKED = (
    "/guide/set-up", "/Guide/Set_Up/", "/guide/set-up.html", "/guide/set-up).", "/guide/set-up/%22", "/guide/use", "/guide/use.php", "/x/same/",
    "/x/only/", "/long-nam/", "/lang-neme/", "/zzz/", "/old/", "/OLD/", "/known", "/known/", "/index.php", "/guide/a%20b", "/guide/a%23b", "/far/", "/%01/", "/a/same",
)  # fmt: skip


def guesses(root: Path) -> Iterator[str]:
    yield "=== what is meant"
    recovered = [
        Proposal(Address("/known/"), "known.md", "new.md", Confidence.LIKELY, "renamed in step 1", "", "")
    ]
    redirects = the_map(
        {
            "old.md": "new.md",
            "far.md": "https://x.example/",
            "gone.md": "none.md",
            "anchor.md": "guide/set-up.md#x",
        }
    )
    for name in ("mkdocs.yml", "unbroken.toml"):
        config = Config(root / name, root / "docs", root / "site")
        guesser = wanted.Guesser(config, SITE, redirects, [Address("/zzz/"), Address("/x/only/")], recovered)
        for path in (*ASKED, "/Anchor"):
            found = guesser.guess(logs.Miss(path, 1, 1, 1))
            p = found.proposal
            yield f"{path}: {p.source} -> {p.target or '-'} {p.confidence.word} ({p.why}) {found.recorded} {guesser.answers(path)}"
    with patch.object(wanted, "LOOKED_FOR", 1):
        guesser = wanted.Guesser(config, SITE, redirects, [])
        yield str([guesser.guess(logs.Miss("/long-nam/", 1, 1, 1)).proposal.target for _ in range(2)])
    tables = wanted.paths("/docs", ["/a/", "/b.html", "/%C3%BC/"])
    yield str(tables)
    yield "=== as text and as JSON"
    empty = wanted.Evidence(logs.Tally())
    miss = [wanted.Wanted(logs.Miss(path, n, n, n * 1000), guesser.guess(logs.Miss(path, 1, 1, 1)).proposal, bool(n % 2)) for n, path in enumerate(("/guide/set_up/", "/zzz/\\x1b", "/x/only/"))]  # fmt: skip
    idle = [
        wanted.Idle(
            f"/{n}/",
            Entry(f"{n}.md", "new.md", Place("mkdocs.yml", n + 1)),
            "2025-01-02" * (n % 2),
            ("/", "/new/")[:n],
        )
        for n in range(3)
    ]
    tally = logs.Tally(requests=1234, unread=1, robots=2, personal=3, dropped=4000, first=DAY, last=DAY + 1)
    full = wanted.Evidence(tally, miss, idle, answered=5, redirects=7, notes=["A note."])
    for evidence, most in ((empty, None), (full, None), (full, 2), (wanted.Evidence(tally, redirects=1), 2)):
        yield from wanted.as_text(evidence, most).splitlines()
    yield from wanted.as_json(full).splitlines()
    yield str([p.source for p in full.sure])


# Sitemaps.

MAPS: dict[str, bytes] = {
    "plain": b"<urlset><url><loc> https://h.example/docs/a/?x=1 </loc></url><LOC>https://H.example/docs/b&amp;c/#d</LOC><loc><![CDATA[https://h.example/docs/e]]></loc>"
    b"<loc>https://h.example/docs</loc><loc>https://h.example/docsx/</loc><loc>https://else.example/docs/f/</loc><loc>http://[</loc><loc>/docs/g/</loc>"
    b"<loc>https://h.example/docs/a/</loc><loc>https://h.example/docs/%2e%2e/%2e%2e/</loc></urlset>",
    "packed": gzip.compress(b"<loc>https://h.example/docs/a/</loc>"),
    "packed in parts": gzip.compress(b"<loc>https://h.example") + gzip.compress(b"/docs/a/</loc>"),
    "cut": gzip.compress(b"<loc>https://h.example/docs/a/</loc>")[:-3],
    "damaged": b"\x1f\x8b" + zlib.compress(b"x"),
    "nothing of the site": b"<loc>https://else.example/</loc>",
    "empty": b"",
    "an index": b"<sitemapindex><loc>https://else.example/s.xml</loc><loc>file:///etc/passwd</loc><loc>/etc/passwd</loc><loc>http://[</loc></sitemapindex>",
}  # fmt: skip


def sitemaps(root: Path) -> Iterator[str]:
    yield "=== sitemaps"
    for name, data in MAPS.items():
        (root / "s.xml").write_bytes(data)
        for site_url in ("https://h.example/docs/", ""):
            said: list[str] = []
            try:
                found = str(
                    [str(address) for address in sitemap.listed(str(root / "s.xml"), site_url, said.append)]
                )
            except Refused as error:
                found = f"refused: {error}"
            yield f"{name}, {site_url or 'no URL'}: {found} {said}"
    for place in ("none.xml", ".", "https://"):
        try:
            yield str(sitemap.listed(place if "://" in place else str(root / place), ""))
        except Refused as error:
            yield f"refused: {error}"


def text() -> str:
    """All of it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        lines = [*read(), *counts(), *guesses(root), *sitemaps(root)]
    lines = [re.sub(r"\S+/unbroken ", "unbroken ", line.replace(folder, ".")) for line in lines]
    return "\n".join([*lines, ""])


def test_every_letter_is_as_expected() -> None:
    assert text() == EXPECTED.read_text(encoding="utf-8")


if __name__ == "__main__":
    EXPECTED.write_text(text(), encoding="utf-8", newline="\n")
