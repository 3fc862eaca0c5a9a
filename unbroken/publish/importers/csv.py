"""A table of two columns: old address, new address, and perhaps a status."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from unbroken.findings.base import Place
from unbroken.model.imported import Imported, Rule, Unreadable, exact

_STATUS = {"301", "302", "303", "307", "308"}


def read(text: str, file: str) -> Imported:
    """Return what a table of old and new addresses holds; a first line of headings is passed over."""
    result = Imported()
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    between = max(",;\t", key=first.count) if first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between)
    for place, row in _rows(reader, file):
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if len(cells) < 2 or not cells[0] or not cells[1]:
            result.fault(place, "A line needs an old address and a new one.")
            continue
        if not result.rules and not result.faults and not _is_address(cells[0]) and not _is_address(cells[1]):
            continue  # headings
        status = int(cells[2]) if len(cells) > 2 and cells[2] in _STATUS else 301
        source, target = cells[0], cells[1]
        if not _is_address(source) and not source.startswith("/"):
            source = "/" + source
        if not _is_address(target):
            target = "/" + target
        result.rules.append(_rule(place, source, target, status))
    return result


def _rule(place: Place, source: str, target: str, status: int) -> Rule:
    path = source
    if "://" in source:
        path = "/" + source.partition("://")[2].partition("/")[2]
    return exact(place, path, target, status=status)._replace(source=source)


def _is_address(cell: str) -> bool:
    return cell.startswith(("/", "http://", "https://"))


def _rows(reader: Iterator[list[str]], file: str) -> Iterator[tuple[Place, list[str]]]:
    lines = reader
    while True:
        line = getattr(lines, "line_num", 0) + 1
        try:
            row = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(Place(file, line), f"This is no table: {error}.") from None
        yield Place(file, line), row
