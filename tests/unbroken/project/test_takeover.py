"""Taking redirects over, from outside: real servers before and after, kills, a second time, bad files."""

from __future__ import annotations

import http.client
import random
import shutil
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import pytest

from tests.commands import output, run
from tests.servers.cloudflare import wrangler_pages
from tests.servers.netlify import netlify
from tests.unbroken.sites import page, write_config, write_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.servers.process import Server

NAMES = [
    f"{kind}/{name}-{n}"
    for kind in ("guide", "api", "how-to")
    for name in ("setup", "use")
    for n in range(20)
]
PAGES = {"index.html": page("home"), "404.html": page(), "guide/index.html": page("a")} | {
    f"{name}/index.html": page("part", "other") for name in NAMES
}


def a_site(folder: Path, host: str) -> Path:
    """A site of 122 pages, built, with its sources beside it."""
    for name in PAGES:
        source = folder / "docs" / (name.removesuffix("/index.html") + ".md" if "/" in name else "index.md")
        if name != "404.html":
            source = folder / "docs/guide/index.md" if name == "guide/index.html" else source
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_text("# Page\n\n## Part\n\n## Other\n")
    write_config(folder, site_url="https://example.com/", unbroken={"hosts": [host]})
    return write_site(folder / "site", PAGES)


def redirects(lines: int, *, cloudflare: bool) -> str:
    """A `_redirects` as sites have them after ten years: duplicates, chains, splats, placeholders, slips."""
    chance = random.Random(7)
    said = ["# Moved in 2015", ""]
    old: list[str] = []
    while len(said) < lines:
        number = len(said)
        path = f"/old/{chance.choice(['a', 'b', 'c'])}/page-{number}" + chance.choice(["", "/", ".html"])
        target = "/" + chance.choice(NAMES) + chance.choice(["/", "/", "", "/#part", "/#none"])
        kind = chance.random()
        if kind < 0.2 and old:
            target = chance.choice(old)  # a chain
        elif kind < 0.23 and old:
            path = chance.choice(old)  # again, with another target
        elif kind < 0.25:
            target = f"https://other.example/{number}"
        elif kind < 0.26:
            target = path
        elif kind < 0.27:
            target = "/nowhere/"
        elif kind < 0.28:
            said += ["", f"# {number}"]
        elif kind < 0.285:
            path = path.lstrip("/")
        status = chance.choice(["301", "301", "301", "301", "302", "308", ""])
        if not cloudflare and chance.random() < 0.05:
            status = "301!"
        said.append(f"{path}{chance.choice([' ', '    '])}{target} {status}".rstrip())
        old.append(path if path.startswith("/") else "/" + path)
    said += [
        "/manual/* /guide/:splat 301",
        "/reference/* /manual/:splat 301",
        "/gone/* /guide/ 301",
        "/blog/:year/:slug /guide/:slug 301",
        "/x/*/y /guide/ 301",
    ]
    return "\n".join(said) + "\n"


def asked(text: str) -> list[str]:
    """Every address that a `_redirects` speaks of, and some below its splats."""
    words = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    paths = {
        path if path.startswith("/") else "/" + path
        for path, *_ in words
        if "*" not in path and ":" not in path
    }
    below = ["use-1", "use-1/", "setup-3/", "none/"]
    return (
        sorted(paths)
        + [f"/{top}/{rest}" for top in ("manual", "reference", "gone") for rest in below]
        + [
            "/blog/2015/use-2",
            "/x/z/y",
            "/guide/use-3/",
        ]
    )


def arrivals(server: Server, paths: Iterable[str]) -> dict[str, str]:
    """Where a visitor of each address ends up: the address and whether a page is there."""
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    found: dict[str, tuple[int, str]] = {}

    def answer(path: str) -> tuple[int, str]:
        if path not in found:
            connection.request("GET", path)
            reply = connection.getresponse()
            reply.read()
            found[path] = reply.status, reply.headers.get("Location", "")
        return found[path]

    ends = {}
    for path in paths:
        here = path
        for _ in range(21):
            status, location = answer(here)
            if status not in (301, 302, 303, 307, 308):
                ends[path] = f"{here.rstrip('/')}/ {status}" if status == 200 else str(status)
                break
            there = urlsplit(urljoin(server.url + here, location))
            if there.netloc != parts.netloc:
                ends[path] = there.geturl()
                break
            here = there.path
        else:
            ends[path] = "round"
    connection.close()
    return ends


@pytest.mark.parametrize("host", ["netlify", "cloudflare"])
def test_two_thousand_lines_end_where_they_did_by_the_host_itself(host: str, tmp_path: Path) -> None:
    serve: Callable[[Path], AbstractContextManager[Server]] = netlify if host == "netlify" else wrangler_pages
    text = redirects(1_900, cloudflare=host == "cloudflare")
    built = a_site(tmp_path, host)
    before = tmp_path / "before"
    shutil.copytree(built, before)
    (before / "_redirects").write_text(text)
    (tmp_path / "docs/_redirects").write_text(text)
    said = run("unbroken", "import", "docs/_redirects", "--yes", cwd=tmp_path)
    assert said.returncode in (0, 1), output(said)
    shutil.copy(tmp_path / "docs/_redirects", built / "_redirects")  # as MkDocs does
    run("unbroken", "finish", "site", cwd=tmp_path)
    every = asked(text)
    paths = every[::3] + every[-15:]
    with serve(before) as server:
        old = arrivals(server, paths)
    with serve(built) as server:
        new = arrivals(server, paths)
    named = {line.partition(":")[0] for line in said.stdout.splitlines() if line.startswith("/")}
    differ = {path: (old[path], new[path]) for path in paths if old[path] != new[path]}
    assert differ.keys() <= named, {path: differ[path] for path in sorted(differ.keys() - named)}
    # And most of them are in the map.
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    left = [line for line in (tmp_path / "docs/_redirects").read_text().splitlines() if line.strip()]
    assert len(left) < len(lines) / 2
    assert len(differ) < len(paths) / 50

    check = run("unbroken", "check", "--map", cwd=tmp_path)
    assert "error" not in check.stdout.replace("0 errors", ""), check.stdout
    changed = {f: f.read_bytes() for f in tmp_path.rglob("*") if f.is_file() and ".cache" not in f.parts}
    again = run("unbroken", "import", "docs/_redirects", "--yes", cwd=tmp_path)
    assert "There is nothing to change." in again.stdout
    assert changed == {
        f: f.read_bytes() for f in tmp_path.rglob("*") if f.is_file() and ".cache" not in f.parts
    }
    assert run("unbroken", "move", "--undo", cwd=tmp_path).returncode == 0
    assert (tmp_path / "docs/_redirects").read_text() == text
