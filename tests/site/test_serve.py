"""`./scripts/serve`: from the second start on, a page within seconds and nothing installed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx

from tests.commands import ROOT
from tests.servers.process import free_port, running

if TYPE_CHECKING:
    from tests.sitecopy import SiteCopy

SECONDS_TO_A_PAGE = 5.0


def test_the_second_start_shows_a_page_in_time_and_without_notices(site_copy: SiteCopy) -> None:
    (site_copy.path / ".venv").symlink_to(ROOT / ".venv")
    url = f"http://127.0.0.1:{free_port()}"
    started = time.monotonic()
    command = ["scripts/serve", "--dev-addr", url.removeprefix("http://")]
    # Without these here: the script itself has to silence the notices.
    loud = {"NO_MKDOCS_2_WARNING": "", "DISABLE_MKDOCS_2_WARNING": ""}
    with running(command, cwd=site_copy.path, url=url, env=loud) as server:
        page = httpx.get(f"{url}/ai-gateway/websockets-api/")
        seconds = time.monotonic() - started
        assert page.status_code == 200
        assert "WebSockets API" in page.text
        log = server.log()
    assert seconds < SECONDS_TO_A_PAGE
    assert "Installing" not in log
    assert "WARNING" not in log
    for name in ("MkDocs 2", "ProperDocs", "Zensical"):
        assert name.lower() not in log.lower()


def test_a_page_in_the_making_is_shown_with_its_warnings(site_copy: SiteCopy) -> None:
    (site_copy.path / ".venv").symlink_to(ROOT / ".venv")
    site_copy.write("docs/index.md", "# Hello\n\n[Nowhere yet](later.md)\n")
    url = f"http://127.0.0.1:{free_port()}"
    command = ["scripts/serve", "--dev-addr", url.removeprefix("http://")]
    with running(command, cwd=site_copy.path, url=url) as server:
        assert "Nowhere yet" in httpx.get(url).text
        assert "later.md" in server.log()
