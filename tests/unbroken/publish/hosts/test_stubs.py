"""The table once more where there are no rules: a plain file server, and a browser that reads the stubs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.servers.static import serve_directory
from tests.unbroken.publish.hosts.table import CASES, Case, finished

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page, Route

#: What no stub can answer, and why.
NO_STUB = {
    "pattern, address not in the ledger": "nobody knew it when the stubs were written",
    "pattern, the prefix itself": "nobody knew it when the stubs were written",
    "pattern to one anchor": "nobody knew it when the stubs were written",
    "file that is not a page": "a browser would take a stub there for a broken PDF",
}
ASKED = [
    case for case in CASES if case.method == "GET" and case.answer.status == 301 and case.name not in NO_STUB
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    site, _ = finished(tmp_path_factory.mktemp("stubs"), "github")
    with serve_directory(site) as server:
        yield server.url


@pytest.mark.parametrize("case", ASKED, ids=lambda case: case.name.replace(" ", "-"))
def test_a_browser_arrives_where_the_rule_would_lead(page: Page, url: str, case: Case) -> None:
    def elsewhere(route: Route) -> None:
        route.fulfill(body="<title>Elsewhere</title>", content_type="text/html")

    page.route("https://elsewhere.example/**", elsewhere)
    location = case.answer.location or ""
    page.goto(url + case.path)
    expect(page).to_have_url(location if "://" in location else url + location)


def test_every_exception_is_a_case() -> None:
    assert NO_STUB.keys() <= {case.name for case in CASES}
