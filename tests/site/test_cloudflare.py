"""The built site's `_redirects` in Cloudflare's own runtime: each old address answers 301."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.commands import ROOT, must, output, run
from tests.servers import Server, wrangler_pages, wrangler_workers
from tests.site.test_facts import PAGES, REDIRECTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# One worker for this module, so that each runtime starts once.
pytestmark = pytest.mark.xdist_group("cloudflare")


@pytest.fixture(scope="module", params=[wrangler_pages, wrangler_workers], ids=["pages", "workers"])
def server(request: pytest.FixtureRequest, built_site: Path) -> Iterator[Server]:
    """The built site as Cloudflare serves it."""
    with request.param(built_site) as server:
        yield server


@pytest.mark.parametrize("query", ["", "?from=test&again=1"])
@pytest.mark.parametrize("old", REDIRECTS)
def test_an_old_address_is_moved_permanently(server: Server, old: str, query: str) -> None:
    for method in ("GET", "HEAD"):
        answer = httpx.request(method, server.url + old + query, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (301, REDIRECTS[old] + query)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_answers_itself(server: Server, address: str) -> None:
    answer = httpx.get(server.url + address, follow_redirects=False)
    assert answer.status_code == 200
    assert "<article" in answer.text


def test_an_unknown_address_is_not_found(server: Server) -> None:
    assert httpx.get(f"{server.url}/nothing/here/").status_code == 404


def test_every_address_ever_published_holds(server: Server) -> None:
    done = must(run("unbroken", "verify", server.url))
    ledger = (ROOT / "published-urls.txt").read_text(encoding="utf-8").splitlines()
    addresses = [line for line in ledger if line.startswith("/")]
    assert f"{len(addresses)} of {len(addresses)} addresses hold at {server.url}/" in output(done)


def test_every_rule_is_accepted(server: Server, built_site: Path) -> None:
    assert f"Parsed {len(rules(built_site))} valid redirect rules." in server.log()
    assert "invalid" not in server.log().lower()


def rules(site: Path) -> list[tuple[str, ...]]:
    """The lines of `_redirects`."""
    lines = (site / "_redirects").read_text(encoding="utf-8").splitlines()
    return [tuple(line.split()) for line in lines if line and not line.startswith("#")]


def test_the_rules_say_what_the_map_says_and_nothing_else(built_site: Path) -> None:
    """Also for an address without its slash or with `index.html`; the site's own rule moves nothing."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for old, *rest in rules(built_site):
        if rest[-1] == "200":
            continue
        found.setdefault(old.removesuffix("index.html").rstrip("/") + "/", set()).add(tuple(rest))
    assert found == {old: {(new, "301")} for old, new in REDIRECTS.items()}
    assert set(REDIRECTS) <= {rule[0] for rule in rules(built_site)}
