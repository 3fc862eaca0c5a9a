"""Lines of access logs, and tables of URLs and counts: what was asked for, with what answer, on which day.

Each format has a reader that is chosen by the first line. Who asked is known as a number alone, made anew in
each run, so that nobody can be told from it; neither an address of a person nor a line is ever kept.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import json
import math
import os
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from unbroken.model.errors import Refused

#: Bytes of the longest line that is read; what is longer is forged or broken.
_LONGEST = 64 << 10
_SALT = os.urandom(16)


class Request(NamedTuple):
    """One request.

    Attributes:
        path: what was asked for, without its query.
        status: the answer; 0 where a table does not say.
        day: the day, as a number; 0 where nothing says.
        client: who asked, as a number that means nothing outside this run; 0 where nothing says.
        agent: what the client calls itself.
        times: how often.
    """

    path: bytes
    status: int
    day: int
    client: int
    agent: bytes
    times: int = 1


Reader = Callable[[Iterable[bytes]], Iterator[Request | None]]

_COMBINED = re.compile(
    rb'(?:[^\s"]+:\d+ )?(\S+) \S+ [^\["]*\[([^:\]]{1,20})[^\]]{0,40}\] '
    rb'"(?:GET|HEAD) ([^"\\\s]+(?:\\.[^"\\\s]*)*)(?:\s[^"]*)?" (\d{3})'
    rb'(?: \S+(?: "[^"\\]*(?:\\.[^"\\]*)*" "([^"\\]*(?:\\.[^"\\]*)*)")?)?'
)
_OTHER = re.compile(rb'(?:[^\s"]+:\d+ )?\S+ \S+ [^\["]*\[[^\]]{1,60}\] "')
_MONTHS = {
    name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}


def open_lines(file: Path | None) -> Iterator[bytes]:
    """Yield the lines of a file, or of standard input; what is packed by gzip is unpacked.

    Raises:
        Refused: it cannot be read, or is damaged.
    """
    name = str(file) if file else "standard input"
    try:
        with file.open("rb") if file else sys.stdin.buffer as stream:
            head = stream.peek(2)[:2] if hasattr(stream, "peek") else b""
            source = gzip.GzipFile(fileobj=stream) if head == b"\x1f\x8b" else stream
            while line := source.readline(_LONGEST):
                yield line
                while not line.endswith(b"\n") and len(line) == _LONGEST:
                    line = source.readline(_LONGEST)  # the rest of what is too long
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Refused(f"{name} is cut off or damaged: {error}.") from None
    except OSError as error:
        raise Refused(f"{name} cannot be read: {error.strerror or error}.") from None


def requests(lines: Iterator[bytes], name: str) -> Iterator[Request | None]:
    """Yield each request in a log; None for a line that is none, such as a forged one.

    Raises:
        Refused: the log has no format that is known.
    """
    first: list[bytes] = []
    for line in lines:
        line = line if first else line.removeprefix(codecs.BOM_UTF8)
        first.append(line)
        if (line.strip() and not line.startswith(b"#")) or line.startswith(b"#Fields:") or len(first) > 1_000:
            break
    reader = _reader(first[-1].lstrip(b" \t") if first else b"", [*first])
    if reader is None:
        raise Refused(
            f"{name}:{len(first) or 1}: this is neither a known access log nor a table of URLs and counts."
        )
    yield from reader(chain(first, lines))


def _reader(line: bytes, before: list[bytes]) -> Reader | None:
    if any(each.startswith(b"#Fields:") for each in before):
        return _fields
    if _COMBINED.match(line) or _OTHER.match(line):
        return _combined
    if line.startswith(b"{"):
        return _json
    cells = next(csv.reader([line.decode("utf-8", "replace")], delimiter=_between(line)), [])
    return _table if len(cells) > 1 else None


def _client(address: bytes | str, agent: bytes | str) -> int:
    return hash((_SALT, address, agent)) or 1


# Formats.


def _combined(lines: Iterable[bytes]) -> Iterator[Request | None]:
    match, days = _COMBINED.match, _Days()
    for line in lines:
        found = match(line)
        if found is None:
            yield None if line.strip() and not _OTHER.match(line) else Request(b"", 0, 0, 0, b"", 0)
            continue
        address, day, path, status, agent = found.groups(b"")
        yield Request(path.partition(b"?")[0], int(status), days.of(day), _client(address, agent), agent)


class _Days(dict[bytes, int]):
    """The number of each day that logs write, each read once."""

    def of(self, text: bytes) -> int:
        found = self.get(text)
        if found is None:
            if len(self) > 10_000:  # forged
                self.clear()
            found = self[text] = _day(text)
        return found


def _day(text: bytes) -> int:
    try:
        if b"/" in text:
            day, month, year = text.split(b"/")
            return date(int(year), _MONTHS.get(month.title(), 0), int(day)).toordinal()
        return date.fromisoformat(text[:10].decode("ascii")).toordinal()
    except ValueError:
        return 0


_PATH = ("ClientRequestURI", "ClientRequestPath", "uri", "requestPath", "path", "url", "request_uri")
_STATUS = ("EdgeResponseStatus", "status", "statusCode", "status_code", "responseStatusCode")
_TIME = ("EdgeStartTimestamp", "ts", "timestamp", "timestampInMs", "time", "Datetime", "datetime")
_WHO = ("ClientIP", "client_ip", "remote_ip", "clientIp", "remote_addr", "ip")
_AGENT = ("ClientRequestUserAgent", "user_agent", "userAgent", "http_user_agent", "clientUserAgent")
_METHOD = ("ClientRequestMethod", "method", "requestMethod", "request_method")
_INSIDE = ("request", "proxy", "")


def _json(lines: Iterable[bytes]) -> Iterator[Request | None]:
    known: dict[tuple[str, ...], tuple[str, str]] = {}

    def value(record: dict[str, Any], names: tuple[str, ...]) -> Any:
        inside, key = known.get(names, ("", ""))
        part = record.get(inside) if inside else record
        if key and isinstance(part, dict) and key in part:
            return part[key]
        for inside in _INSIDE:
            part = record.get(inside) if inside else record
            if isinstance(part, dict):
                for key in names:
                    if key in part and isinstance(part[key], (str, int, float, list)):
                        known[names] = inside, key
                        return part[key]
        return None

    for line in lines:
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            yield None
            continue
        path, status = value(record, _PATH), value(record, _STATUS)
        if not isinstance(path, str) or not isinstance(status, (int, str)) or not str(status).isdecimal():
            yield None
            continue
        if str(value(record, _METHOD) or "GET") not in ("GET", "HEAD"):
            yield Request(b"", 0, 0, 0, b"", 0)
            continue
        agent = value(record, _AGENT)
        if agent is None and isinstance(request := record.get("request"), dict):
            headers = request.get("headers")
            agent = headers.get("User-Agent") if isinstance(headers, dict) else None
        agent = " ".join(map(str, agent)) if isinstance(agent, list) else str(agent or "")
        yield Request(
            _path(path),
            int(str(status)[:3]),
            _moment(value(record, _TIME)),
            _client(str(value(record, _WHO) or ""), agent),
            agent.encode("utf-8", "surrogateescape"),
        )


def _path(url: str) -> bytes:
    if url.startswith(("http://", "https://")):
        url = "/" + url.partition("://")[2].partition("/")[2]
    return re.split("[?#]", url, maxsplit=1)[0].encode("utf-8", "surrogateescape")


def _moment(value: object) -> int:
    """Return the day of a moment: as text, or in seconds or some thousandth of them."""
    if isinstance(value, str) and not value.isdecimal():
        return _day(value.encode("utf-8", "replace"))
    try:
        number = float(str(value))
        while 1e11 < abs(number) < math.inf:
            number /= 1_000
        return datetime.fromtimestamp(number, UTC).date().toordinal()
    except (ValueError, OverflowError, OSError):
        return 0


def _fields(lines: Iterable[bytes]) -> Iterator[Request | None]:
    """Yield what the W3C's form has, in which CloudFront writes."""
    at: dict[bytes, int] = {}
    days = _Days()
    for line in lines:
        if line.startswith(b"#"):
            if line.startswith(b"#Fields:"):
                at = {name: number for number, name in enumerate(line.split()[1:])}
            continue
        cells = line.rstrip(b"\r\n").split(b"\t")
        if len(cells) == 1:
            cells = line.split()
        try:
            path, status = cells[at[b"cs-uri-stem"]], int(cells[at[b"sc-status"]])
            method = cells[at[b"cs-method"]] if b"cs-method" in at else b"GET"
            agent = cells[at[b"cs(User-Agent)"]] if b"cs(User-Agent)" in at else b""
            who = cells[at[b"c-ip"]] if b"c-ip" in at else b""
            day = days.of(cells[at[b"date"]]) if b"date" in at else 0
        except (KeyError, IndexError, ValueError):
            yield None
            continue
        if method in (b"GET", b"HEAD"):
            yield Request(path, status, day, _client(who, agent), agent)


def _between(line: bytes) -> str:
    return max(",;\t", key=lambda mark: line.count(mark.encode()))


def _table(lines: Iterable[bytes]) -> Iterator[Request | None]:
    """Yield what a table of URLs and counts has; its headings and remarks are passed over."""
    between = ""
    for line in lines:
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if not text.strip() or text.startswith("#"):
            continue
        between = between or _between(line)
        try:
            cells = next(csv.reader([text], delimiter=between), [])
        except csv.Error:
            yield None
            continue
        url = next(
            (cell.strip() for cell in cells if cell.strip().startswith(("/", "http://", "https://"))), ""
        )
        counts = (re.sub(r"[\s,.'\u00a0\u202f]", "", cell) for cell in cells if cell.strip() != url)
        number = next(
            (int(each) for each in counts if each.isdecimal() and each.isascii() and len(each) < 13), None
        )
        if url:
            yield None if number is None else Request(_path(url), 0, 0, 0, b"", number)
