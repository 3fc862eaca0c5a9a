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
    "3.0": ({"c/index.html": page("x")}, {"a.md": "c.md#x", "b.md": "c.md", "b.md#z": "c.md#x"}),
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
    assert finish_tree(config, tree).written == []
    with nginx(tree) as server:
        for path, to in {
            "/2.0/a/?q=1": "/2.0/b/?q=1",
            "/2.0/out/": "https://else.example/?q=1#y",
            "/3.0/a": "/3.0/c/#x",
            "/latest/a/": "/latest/c/#x",
        }.items():
            assert ask(server.url, path)[:2] == (301, to), path
        # A split page: its stub alone knows where a heading went.
        assert ask(server.url, "/3.0/b/")[0] == 200
        for path in ("/1.0/a/", "/2.0/b/", "/3.0/c/", "/latest/c/"):
            assert ask(server.url, path)[0] == 200, path
        for path in ("/a/", "/1.0/b/"):
            assert ask(server.url, path)[0] == 404, path


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
