"""The ledger: every address that the site has ever published, one a line."""

from __future__ import annotations

from pathlib import Path

from unbroken.addresses import Address, LeavesSite, parse


def read(file: Path) -> list[Address]:
    """Return the addresses in a ledger, in their order; a ledger that is not there is empty.

    Empty lines and lines that begin with ``#`` are comments. A line that names no address of the site is
    left out.
    """
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return []
    addresses: list[Address] = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            try:
                addresses.append(parse(line.strip()))
            except LeavesSite:
                continue
    return addresses
