"""What each line of a log is read as: whole, odd, forged, and no request for a page at all."""

from __future__ import annotations

from datetime import date

import pytest

from unbroken.model.errors import Refused
from unbroken.recover import log_lines

COMBINED = rb"""

192.0.2.1 - - [01/Nov/2026:10:00:00 +0000] "GET /a/?b=c HTTP/1.1" 404 12 "-" "Mozilla/5.0 \"x\""
example.com:443 192.0.2.1 - anna [02/nov/2026:10:00:00 +0000] "HEAD /b HTTP/2.0" 301 -
::1 - - [3/Dec/2026] "GET /c" 200 5 "-" "-"
192.0.2.2 - - [30/Feb/2026:10:00:00 +0000] "GET /d\"e HTTP/1.1" 200 5
192.0.2.2 - - [01/Nov/2026:10:00:00 +0000] "POST /f HTTP/1.1" 200 5 "-" "x"
192.0.2.2 - - [01/Nov/2026:10:00:00 +0000] "\x16\x03\x01" 400 5 "-" "-"
192.0.2.2 - - [01/Nov/2026:10:00:00 +0000] "GET /g HTTP/1.1" 20 5 "-" "-"
forged
"""
JSON = rb"""{"ClientRequestURI": "/a?b", "EdgeResponseStatus": 404, "Datetime": "2026-11-01T10:00:00Z"}
{"request": {"uri": "/b#c", "headers": {"User-Agent": ["x", "y"]}}, "status": "301", "ts": 1793527200.5}
{"url": "https://x.example/d/?e", "status": 200, "time": "1793527200000", "userAgent": "z", "ip": "::1"}
{"path": "/f", "status": 200, "method": "POST"}

{"path": "/g", "status": null}
{"path": 3, "status": 200}
{"path": "/h", "status": 200, "time": "never"}
{"path": "/i", "status": 200, "time": 1e400}
[1]
{"path": "/j"
"""
FIELDS = b"""#Version: 1.0
#Fields: date time c-ip cs-method cs-uri-stem sc-status cs(User-Agent)
2026-11-01\t10:00:00\t192.0.2.1\tGET\t/a\t404\tx
2026-11-01 10:00:00 192.0.2.1 HEAD /b 301 y
2026-11-01\t10:00:00\t192.0.2.1\tPUT\t/c\t200\tx
2026-11-01\t10:00:00\t192.0.2.1\tGET
2026-11-01\t10:00:00\t192.0.2.1\tGET\t/d\tx\tx
#Fields: cs-uri-stem sc-status
/e\t200
"""
TABLE = b"""\xef\xbb\xbf# exported
Page;Views
/a/?b=c;1.234
https://example.com/d#e; 12
/f;many
nothing;3

/g;0
"/h;i";5
/j;9999999999999
"""
FIRST = date(2026, 11, 1).toordinal()

READ: dict[str, tuple[bytes, list[str]]] = {
    "combined": (
        COMBINED,
        ["- ", "- ", "/a/ 404 1 A", "/b 301 2 B", "/c 200 33 C", '/d\\"e 200 - D', "- ", "- ", "- ", "none"],
    ),
    "json": (
        JSON,
        [
            "/a 404 1 A",
            "/b 301 1 B",
            "/d/ 200 1 C",
            "- ",
            "none",
            "none",
            "/h 200 - A",
            "/i 200 - A",
            "none",
            "none",
        ],
    ),
    "fields": (FIELDS, ["/a 404 1 A", "/b 301 1 B", "none", "none", "/e 200 - C"]),
    "table": (TABLE, ["/a/ 0 - - 1234", "/d 0 - - 12", "none", "- ", "/h;i 0 - - 5", "none"]),
}


def told(data: bytes) -> list[str]:
    """The requests of a log: path, status, day from the first one on, client by a letter, and how often."""
    clients: dict[int, str] = {0: "-"}
    result = []
    for request in log_lines.requests(iter(data.splitlines(keepends=True)), "access.log"):
        if request is None:
            result.append("none")
            continue
        path, status, day, client, _, times = request
        if not times:
            result.append("- ")
            continue
        clients.setdefault(client, "ABCDEFGH"[len(clients) - 1])
        said = [path.decode(), str(status), str(day - FIRST + 1) if day else "-", clients[client]]
        result.append(" ".join([*said, *([str(times)] if times > 1 else [])]))
    return result


@pytest.mark.parametrize("form", READ)
def test_every_line_is_read_as_expected(form: str) -> None:
    data, expected = READ[form]
    assert told(data) == expected


def test_what_a_client_calls_itself_is_read() -> None:
    agents = {
        form: [
            request.agent
            for request in log_lines.requests(iter(data.splitlines(keepends=True)), "x")
            if request
        ]
        for form, (data, _) in READ.items()
    }
    assert agents["combined"][2:6] == [b'Mozilla/5.0 \\"x\\"', b"", b"-", b""]
    assert agents["json"][:3] == [b"", b"x y", b"z"]
    assert agents["fields"] == [b"x", b"y", b""]


@pytest.mark.parametrize(("data", "line"), [(b"", 1), (b"\n\nhello\n", 3), (b"# only\n# remarks\n", 2)])
def test_what_is_no_log_is_told_by_its_line(data: bytes, line: int) -> None:
    with pytest.raises(Refused, match=rf"^access\.log:{line}: this is neither"):
        list(log_lines.requests(iter(data.splitlines(keepends=True)), "access.log"))
