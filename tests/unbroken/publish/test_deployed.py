"""Rules at the root of several builds: a folder served by nginx, and a branch as mike makes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.commands import must, run
from tests.servers.nginx import nginx
from tests.unbroken.publish.hosts.table import ask
from tests.unbroken.sites import finished, page, write_config, write_site
from unbroken.publish.deployed import finish_tree
from unbroken.workspace import config as configuration

if TYPE_CHECKING:
    from pathlib import Path

HOSTS = {"hosts": ["nginx", "netlify"]}
VERSIONS = {
    "1.0": ({"a/index.html": page()}, {}),
    "2.0": ({"b/index.html": page("x")}, {"a.md": "b.md", "out.md": "https://else.example/?q=1#y"}),
    "3.0": (
        {"c/index.html": page("x", "y"), "e/index.html": page("y")},
        {
            "a.md": "c.md#x",
            "b.md": "c.md",
            "b.md#z": "c.md#x",
            "b.md#v": "e.md#y",
            "d.md": "c.md",
            "d.md#x": "c.md#x",
            "d.md#y": "e.md",
            "f.md": "c.md#x",
            "f.md#w": "e.md",
            "g.md": "https://else.example/",
            "g.md#w": "e.md",
        },
    ),
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Three versions below one folder, the newest under a name of its own as well."""
    root = tmp_path / "root"
    for version, (pages, lines) in VERSIONS.items():
        finished(tmp_path / version, pages | {"index.html": page()}, lines)
        root.mkdir(exist_ok=True)
        (tmp_path / version / "site").rename(root / version)
    (root / "latest").symlink_to("3.0")
    write_config(tmp_path, {}, site_url="https://docs.example/", unbroken=HOSTS)
    return root


def test_every_address_of_every_version_answers_by_rule(tree: Path, tmp_path: Path) -> None:
    config = configuration.read(tmp_path / "mkdocs.yml")
    done = finish_tree(config, tree)
    assert done.builds == ["2.0", "3.0", "latest"]
    assert [(found.code, found.subject) for found in done.findings] == [
        ("split", f"/3.0/{fragment}") for fragment in ("d/#y", "f/#w", "g/#w")
    ]
    assert finish_tree(config, tree).written == []
    with nginx(tree) as server:
        for path, to in {
            "/2.0/a/?q=1": "/2.0/b/?q=1",
            "/2.0/out/": "https://else.example/?q=1#y",
            "/3.0/a": "/3.0/c/#x",
            "/latest/a/": "/latest/c/#x",
            # A split page whose new page leads its headings on.
            "/3.0/b/": "/3.0/c/",
            "/latest/b/?q=1": "/latest/c/?q=1",
        }.items():
            assert ask(server.url, path)[:2] == (301, to), path
        # Split pages whose stubs alone know where a heading went.
        for path in ("/3.0/d/", "/3.0/f/", "/latest/d/", "/3.0/g/"):
            assert ask(server.url, path)[0] == 200, path
        for path in ("/1.0/a/", "/2.0/b/", "/3.0/c/", "/latest/c/"):
            assert ask(server.url, path)[0] == 200, path
        for path in ("/a/", "/1.0/b/"):
            assert ask(server.url, path)[0] == 404, path


def test_a_split_page_keeps_its_stub_where_the_new_page_does_not_lead_on(tree: Path, tmp_path: Path) -> None:
    # As a builder leaves it that ran once more without the plugin.
    write_site(tree / "3.0", {"c/index.html": page("x", "y")})
    done = finish_tree(configuration.read(tmp_path / "mkdocs.yml"), tree)
    assert "/3.0/c/ does not lead #v on" in done.findings[0].message
    with nginx(tree) as server:
        assert ask(server.url, "/3.0/b/")[0] == 200


def test_a_branch_gets_one_commit_and_nothing_else_changes(tree: Path, tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        return must(run("git", *arguments, cwd=tmp_path)).stdout

    write_site(tree, {"versions.json": json.dumps([]), "_redirects": "/own/ /1.0/ 302\n"})
    git("init", "-q")
    git("add", "mkdocs.yml")
    git("commit", "-qm", "Start")
    git("checkout", "-q", "--orphan", "gh-pages")
    git("--work-tree", str(tree), "add", "--all", ".")
    git("commit", "-qm", "Deploy")
    git("checkout", "-qf", "--orphan", "main")
    git("reset", "-q")
    write_config(tmp_path, {}, site_url="https://docs.example/", unbroken=HOSTS)
    done = must(run("unbroken", "finish", "--into", "gh-pages", cwd=tmp_path))
    assert "redirects from 2.0, 3.0, latest, 3 files changed in gh-pages." in done.stdout
    changed = git("diff", "--name-status", "gh-pages^", "gh-pages").split("\n")
    assert changed[:3] == [
        "M\t_redirects",
        "A\t_unbroken/nginx/http.conf",
        "A\t_unbroken/nginx/server.conf",
    ]
    assert "/own/ /1.0/ 302" in git("show", "gh-pages:_redirects")
    assert git("worktree", "list").count("\n") == 1
    again = must(run("unbroken", "finish", "--into", "gh-pages", cwd=tmp_path))
    assert "0 files changed" in again.stdout
    assert git("rev-list", "--count", "gh-pages") == "2\n"


def test_what_is_no_tree_is_refused(tmp_path: Path) -> None:
    write_config(tmp_path, {}, unbroken=HOSTS)
    for arguments in (["--into", "nowhere"], ["--into", "--help-me"], [], ["site", "--into", "x"]):
        done = run("unbroken", "finish", *arguments, cwd=tmp_path)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
