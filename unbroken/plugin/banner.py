"""What ``mkdocs serve`` shows on each page of what is wrong with it. No build has any of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs

from unbroken.findings.base import Finding, Severity
from unbroken.findings.commands import typed
from unbroken.model.addresses import Address, is_page_path, normal
from unbroken.model.errors import LeavesSite
from unbroken.model.redirects import Named
from unbroken.workspace import ledger
from unbroken.workspace.config import Config
from unbroken.workspace.files import shown

Start = Callable[..., Any]
Wsgi = Callable[[dict[str, Any], Start], Iterable[bytes]]

_SCRIPT = "/_unbroken/banner.js"
_FINDINGS = "/_unbroken/findings.json"
# After </html> it still belongs to the body (HTML, "after after body"), and no page needs to be searched.
_TAG = f'<script src="{_SCRIPT}" defer></script>\n'.encode()
_FIRST = 3


def by_page(
    findings: Iterable[Finding],
    found_on: Mapping[Finding, Collection[str]],
    config: Config,
    published: Collection[str],
) -> dict[str, list[Finding]]:
    """Return the findings that each page has to show, by its address path; errors come first.

    A finding belongs to the pages it was found on, to the page whose source it names, and to those that its
    line of the map or the ledger speaks of. One that no published page would show is the home page's as well.

    Args:
        findings: what is wrong, weighed.
        found_on: the pages that findings were found on, where that is known.
        config: the site's configuration.
        published: the address paths that answer.
    """
    wrong = sorted(findings, key=lambda finding: finding.severity is not Severity.ERROR)
    of_lines = _of_lines(config, wrong)
    docs = shown(config.docs_dir).rstrip("/") + "/"
    home = min((path for path in published if path.endswith(("/", ".html"))), key=len, default="/")
    result: dict[str, list[Finding]] = {}
    for finding in wrong:
        pages = {*found_on.get(replace(finding, weight=None), ()), *of_lines.get(finding, ())}
        source = finding.place.file
        if source.startswith(docs) and is_page_path(source):
            pages.add(config.address(source.removeprefix(docs)))
        if pages.isdisjoint(published):
            pages.add(home)
        for page in pages:
            result.setdefault(page, []).append(finding)
    return result


def _of_lines(config: Config, findings: list[Finding]) -> dict[Finding, set[str]]:
    """Return the address paths that a finding's line of the map or the ledger speaks of."""
    result: dict[Finding, set[str]] = {}
    at: dict[object, list[Finding]] = {}
    for finding in findings:
        at.setdefault(finding.place, []).append(finding)
    for entry in (*config.entries, *config.patterns, *config.retired):
        for finding in at.get(entry.place, ()):
            for path in (entry.source, entry.target):
                try:
                    named = Named(config.directory_urls, config.listing).address(path.partition("#")[0])
                except ValueError:
                    continue  # what leaves the site is no page of it
                result.setdefault(finding, set()).add(named)
    recorded = [finding for finding in findings if finding.place.file == shown(config.ledger)]
    lines: dict[int, Address] = {}
    with suppress(OSError):
        lines = {n: address for address, n in ledger.read(config.ledger).numbered()} if recorded else {}
    for finding in recorded:
        address = lines.get(finding.place.line)
        if address and str(address) == finding.subject:
            result.setdefault(finding, set()).add(address.path)
    return result


def copies(finding: Finding) -> str:
    """Return what an author copies out of a remedy: a command, a line of the map, a link; or nothing."""
    return typed(finding.command) or finding.text


class Banner:
    """The banners of the last build.

    Args:
        pages: the findings of each page by its address path.
        base: what comes before each address path in a request.
    """

    def __init__(self, pages: Mapping[str, list[Finding]], base: str = "") -> None:
        self.pages = pages
        self.base = base

    def answer(self, page: Wsgi, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Answer the banner's own requests, and give every page the script that makes them."""
        if not self.pages:
            return page(environ, start)
        if environ["PATH_INFO"] == _SCRIPT:
            script = files("unbroken.plugin").joinpath("banner.js").read_bytes()
            return _send(start, "text/javascript; charset=utf-8", script)
        if environ["PATH_INFO"] == _FINDINGS:
            asked = parse_qs(environ.get("QUERY_STRING", "")).get("page", ["/"])[0]
            return _send(start, "application/json", json.dumps(self.of(asked)).encode())
        return _with_tag(page, environ, start)

    def of(self, asked: str) -> dict[str, Any]:
        """Return what the page at a request path has to show: counts, and the first findings."""
        try:
            path = normal(asked).removeprefix(self.base)
        except LeavesSite:
            path = "?"  # no path has it
        findings = self.pages.get(path) or self.pages.get(path + "/", [])
        errors = sum(finding.severity is Severity.ERROR for finding in findings)
        return {
            "errors": errors,
            "warnings": len(findings) - errors,
            "findings": [
                {
                    "severity": finding.severity,
                    "code": finding.code,
                    "place": str(finding.place),
                    "message": finding.message,
                    "remedy": finding.remedy,
                    "copies": copies(finding),
                    "help": finding.help,
                }
                for finding in findings[:_FIRST]
            ],
        }


def _send(start: Start, kind: str, data: bytes) -> list[bytes]:
    headers = {"Content-Type": kind, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    start("200 OK", [*headers.items(), ("Content-Length", str(len(data)))])
    return [data]


def _with_tag(page: Wsgi, environ: dict[str, Any], start: Start) -> Iterator[bytes]:
    html = False

    def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        nonlocal html
        html = any(
            name.lower() == "content-type" and value.startswith("text/html") for name, value in headers
        )
        if html:
            headers = [
                (name, str(int(value) + len(_TAG)) if name.lower() == "content-length" else value)
                for name, value in headers
            ]
        return start(status, headers, *rest)

    body = page(environ, begin)
    try:
        yield from body
    finally:
        if close := getattr(body, "close", None):
            close()
    if html:
        yield _TAG
