"""`./scripts/serve`: a clone that has everything installed shows its pages, and complains of nothing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from tests.commands import ROOT, must, run
from tests.servers.process import free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.servers.process import Server
    from tests.sitecopy import SiteCopy

#: What a page has while something is wrong with it.
BANNER = "/_unbroken/banner.js"


@contextmanager
def serving(copy: SiteCopy, env: Mapping[str, str] | None = None) -> Iterator[Server]:
    """`scripts/serve` in a clone, on a free port."""
    url = f"http://127.0.0.1:{free_port()}"
    command = ["scripts/serve", "--dev-addr", url.removeprefix("http://")]
    with running(command, cwd=copy.path, url=url, env=env) as server:
        yield server


def install(copy: SiteCopy) -> None:
    """Give a clone a `.venv` of its own that `scripts/setup` has finished: its files are this checkout's."""
    venv = copy.path / ".venv"
    venv.mkdir()
    for file in (ROOT / ".venv").iterdir():
        if not file.name.startswith("installed-"):
            (venv / file.name).symlink_to(file)
    locked = copy.read("requirements.txt") + copy.read("pyproject.toml")
    copy.write("installed-by", locked)
    stamp = must(run("git", "hash-object", "installed-by", cwd=copy.path)).stdout
    (copy.path / "installed-by").unlink()
    (venv / "installed-site").write_text(stamp, encoding="utf-8")


def test_the_second_start_installs_nothing_and_has_no_notices(site_copy: SiteCopy) -> None:
    install(site_copy)
    # Without the first two: the script itself has to silence the notices. Nothing can be installed.
    loud = {"NO_MKDOCS_2_WARNING": "", "DISABLE_MKDOCS_2_WARNING": "", "PIP_NO_INDEX": "1"}
    with serving(site_copy, loud) as server:
        page = httpx.get(f"{server.url}/ai-gateway/websockets-api/")
        assert page.status_code == 200
        assert "WebSockets API" in page.text
        log = server.log()
    assert "Installing" not in log
    assert "WARNING" not in log
    for name in ("MkDocs 2", "ProperDocs", "Zensical"):
        assert name.lower() not in log.lower()


def test_a_changed_lock_is_installed_before_anything_is_shown(site_copy: SiteCopy) -> None:
    install(site_copy)
    site_copy.write("requirements.txt", "not-locked==1 --hash=sha256:" + "0" * 64 + "\n")
    start = site_copy.run("scripts/serve", PIP_NO_INDEX="1")
    assert start.returncode != 0
    assert "Installing" in start.stderr


def test_a_fresh_clone_has_nothing_wrong_on_any_page(site_copy: SiteCopy) -> None:
    (site_copy.path / ".venv").symlink_to(ROOT / ".venv")
    with serving(site_copy) as server:
        for page in ("/", "/ai-gateway/websockets-api/", "/unbroken/"):
            assert BANNER not in httpx.get(server.url + page).text, page
        assert "ledger-behind" not in server.log()


def test_a_page_in_the_making_is_shown_with_its_warnings(site_copy: SiteCopy) -> None:
    (site_copy.path / ".venv").symlink_to(ROOT / ".venv")
    site_copy.write("docs/index.md", "# Hello\n\n[Nowhere yet](later.md)\n")
    with serving(site_copy) as server:
        shown = httpx.get(server.url).text
        assert "Nowhere yet" in shown
        assert BANNER in shown
        assert "later.md" in server.log()
