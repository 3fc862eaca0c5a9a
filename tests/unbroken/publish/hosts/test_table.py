"""Every case of the table, asked of every server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unbroken.publish.hosts.conftest import SERVERS, on_every_server
from tests.unbroken.publish.hosts.table import ABSOLUTE, CASES, Case, ask, finished, header
from unbroken.findings.base import has_errors
from unbroken.publish.hosts import HOSTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
@pytest.mark.parametrize("server", on_every_server())
def test_a_server_answers_as_the_table_says(server: str, case: Case, serving: Callable[[str], str]) -> None:
    url = serving(server)
    expected = case.expected(server)
    location = expected.location
    if location and server in ABSOLUTE and location.startswith("/"):
        location = url + location
    status, sent, body = ask(url, case.path, case.method)
    assert (status, sent) == (expected.status, location)
    if case.method == "HEAD":
        assert body == ""
    else:
        assert expected.text in body


@pytest.mark.parametrize("server", on_every_server(with_rule_files=True))
def test_browsers_may_keep_a_redirect_for_a_day_and_pages_as_ever(
    server: str, serving: Callable[[str], str]
) -> None:
    url = serving(server)
    caches = HOSTS[SERVERS[server][0]].caches
    redirects = [p for p in ("/old/", "/left-query/?a=1", "/moved/", "/v1/unlisted/") if ask(url, p)[1]]
    assert len(redirects) >= 3
    for path in redirects:
        assert header(url, path, "Cache-Control") == ("max-age=86400" if caches else None), path
    for path in ("/new/", "/gone/"):
        assert "86400" not in (header(url, path, "Cache-Control") or ""), path


def test_every_exception_names_a_server_and_a_reason() -> None:
    for case in CASES:
        for but in case.but:
            assert but.reason
            assert set(but.servers) <= SERVERS.keys()
            assert but.answer != case.answer


@pytest.mark.parametrize("host", sorted({host for host, _ in SERVERS.values()}))
def test_the_tables_site_has_no_errors_and_is_the_same_when_finished_again(host: str, tmp_path: Path) -> None:
    _, outcome = finished(tmp_path, host)
    assert not has_errors(outcome.findings)
    again = finished(tmp_path, host)[1]
    assert [name for name in again.written if not name.endswith(".html")] == []
