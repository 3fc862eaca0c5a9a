"""`mkdocs serve` as a host: real redirects, which follow every edit of the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.servers.process import eventually, free_port, running
from tests.unbroken.sites import write_config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.process import Server

MAP = {
    "old.md": "new.md",
    "deep/old.md": "new.md#part",
    "chain.md": "old.md",
    "café.md": "new.md",
    "away.md": "https://example.com/x?a=b",
    "file.pdf": "new.md",
    "split.md": "new.md",
    "split.md#part": "index.md",
}
SETTINGS = {"patterns": {"past/*": "now/*"}, "retired": ["gone.md"]}


def write(folder: Path, redirect_maps: dict[str, str], **settings: object) -> None:
    write_config(folder, redirect_maps, unbroken=SETTINGS, **settings)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serve")
    write(folder, MAP, site_url="https://example.com/base/")
    for name in ("index.md", "new.md", "now/a.md"):
        (folder / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "docs" / name).write_text("# Page\n\n## Part\n")
    (folder / "published-urls.txt").write_text("/past/a/\n")
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    url = f"http://127.0.0.1:{free_port()}"
    command = ["mkdocs", "serve", "--dev-addr", url.removeprefix("http://")]
    with running(command, cwd=folder, url=f"{url}/base/") as server:
        yield server


def ask(server: Server, path: str, method: str = "GET") -> tuple[int, str | None]:
    answer = httpx.request(method, server.url.removesuffix("/base/") + path)
    return answer.status_code, answer.headers.get("Location")


CASES = [
    ("/base/old/", 301, "/base/new/"),
    ("/base/old", 301, "/base/new/"),
    ("/base/old/index.html", 301, "/base/new/"),
    ("/base/old/?q=1&r=%20", 301, "/base/new/?q=1&r=%20"),
    ("/base/deep/old/?q=1", 301, "/base/new/?q=1#part"),
    ("/base/chain/", 301, "/base/new/"),
    ("/base/caf%C3%A9/", 301, "/base/new/"),
    ("/base/caf%c3%a9/", 301, "/base/new/"),
    ("/base/away/?q=1", 301, "https://example.com/x?a=b&q=1"),
    ("/base/file.pdf", 301, "/base/new/"),
    ("/base/past/a/", 301, "/base/now/a/"),
    ("/base/gone/", 410, None),
    ("/base/split/", 200, None),
    ("/base/new/", 200, None),
    ("/base/Old/", 404, None),
    ("/base/nothing/", 404, None),
    ("/base/nothing/../old/", 301, "/base/new/"),
    ("/old/", 404, None),
]


@pytest.mark.parametrize(("path", "status", "location"), CASES)
def test_an_old_address_is_answered_as_a_host_would(
    server: Server, path: str, status: int, location: str | None
) -> None:
    assert ask(server, path) == (status, location)


def test_head_is_answered_alike_and_without_a_body(server: Server) -> None:
    answer = httpx.head(server.url.removesuffix("/base/") + "/base/old/?q=1")
    assert (answer.status_code, answer.headers["Location"], answer.content) == (301, "/base/new/?q=1", b"")


def test_edits_of_the_map_are_followed_and_faults_are_told_once(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name in ("index.md", "new.md"):
        (docs / name).write_text("# Page\n")
    (tmp_path / "mkdocs.yml").write_text("site_name: x\nINHERIT: redirects.yml\nplugins: {search: {}}\n")
    redirects = tmp_path / "redirects.yml"
    lines = "plugins:\n  unbroken: {}\n  redirects:\n    redirect_maps:\n"
    redirects.write_text(f"{lines}      old.md: new.md\n")
    url = f"http://127.0.0.1:{free_port()}"
    command = ["mkdocs", "serve", "--dev-addr", url.removeprefix("http://")]
    with running(command, cwd=tmp_path, url=url) as server:

        def answers(path: str, status: int) -> bool:
            return httpx.get(url + path).status_code == status

        assert answers("/old/", 301)
        redirects.write_text(f"{lines}      older.md: new.md\n      lost.md: nowhere.md\n")
        assert eventually(lambda: answers("/older/", 301))
        assert answers("/old/", 404)
        assert server.log().count("dead-page: nowhere.md is not published") == 1

        redirects.write_text("plugins: [\n")
        assert eventually(lambda: "redirects.yml:2:1: error configuration" in server.log())
        assert answers("/older/", 301), "the last good build goes on answering"

        redirects.write_text(f"{lines}      oldest.md: new.md\n")
        assert eventually(lambda: answers("/oldest/", 301))
        assert "Traceback" not in server.log()
