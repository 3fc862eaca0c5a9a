"""From one version to the next: three versions, deployed by mike, served by nginx, every address asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.commands import must, run
from tests.servers.nginx import nginx
from tests.unbroken.publish.hosts.table import ask

if TYPE_CHECKING:
    from pathlib import Path

SPLIT = """\
        oldest.md: new-a.md
        split.md: x/b.md
        split.md#page-c: new-a.md#page-new-a
        fork.md: x/b.md
        fork.md#page-b: new-a.md
"""
CONFIG = """\
site_name: Small
site_url: https://docs.example/
theme: {name: material, font: false}
plugins:
  - redirects:
      redirect_maps:
        oldest.md: a.md
  - unbroken:
      hosts: [nginx]
  - mike
"""


def test_every_address_of_every_version_is_found_for_the_latest(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        must(run("git", *arguments, cwd=tmp_path))

    def version(name: str, *aliases: str) -> None:
        git("add", "--all")
        git("commit", "-qm", name)
        git("tag", f"v{name}")
        must(run("mike", "deploy", name, *aliases, cwd=tmp_path))

    docs = tmp_path / "docs"
    docs.mkdir()
    for name in ("index", "a", "b", "c"):
        (docs / f"{name}.md").write_text(f"# Page {name}\n\n" + "\n".join(f"{name} {i}" for i in range(40)))
    (tmp_path / "mkdocs.yml").write_text(CONFIG)
    (tmp_path / ".gitignore").write_text("site/\n.cache/\n")
    (tmp_path / "published-urls.txt").write_text("/\n/a/\n/b/\n/b/#page-b\n/c/\n/oldest/\n")
    git("init", "-q")
    version("1.0")
    git("mv", "docs/a.md", "docs/new-a.md")
    (tmp_path / "mkdocs.yml").write_text(CONFIG.replace("a.md\n  - unb", "new-a.md\n  - unb"))
    version("2.0")
    (docs / "x").mkdir()
    git("mv", "docs/b.md", "docs/x/b.md")
    git("rm", "-q", "docs/c.md")
    git("commit", "-qam", "Move")
    found = run("unbroken", "recover", "--across", "v1.0", "HEAD", "--write", cwd=tmp_path)
    assert (found.returncode, "2 redirects written" in found.stderr) == (1, True)
    assert found.stdout.split()[:2] == ["none", "/c/"]
    assert "a.md: new-a.md" in (tmp_path / "mkdocs.yml").read_text()
    again = run("unbroken", "recover", "--across", "v2.0", "HEAD", cwd=tmp_path)
    assert "/b/" in again.stdout  # what is written is not committed yet
    written = (tmp_path / "mkdocs.yml").read_text()
    (tmp_path / "mkdocs.yml").write_text(written.replace("        oldest.md: new-a.md\n", SPLIT))
    version("3.0", "latest")
    assert "1 lost" in run("unbroken", "recover", "--across", "v1.0", "v3.0", cwd=tmp_path).stderr
    finished = must(run("unbroken", "finish", "--into", "gh-pages", cwd=tmp_path))
    (said,) = [line for line in finished.stderr.splitlines() if " split" in line]
    assert "No rule can carry /3.0/fork/#page-b, because /3.0/x/b/ has an anchor #page-b of its own" in said
    git("worktree", "add", "-q", "tree", "gh-pages")
    with nginx(tmp_path / "tree") as server:
        for path, to in {"/a/": "/new-a/", "/b/": "/x/b/", "/oldest/": "/new-a/"}.items():
            assert ask(server.url, f"/latest{path}")[:2] == (301, f"/latest{to}")
            assert ask(server.url, f"/3.0{path}")[:2] == (301, f"/3.0{to}")
        for path in ("/1.0/a/", "/1.0/b/", "/1.0/c/", "/2.0/new-a/", "/2.0/b/", "/latest/x/b/"):
            assert ask(server.url, path)[0] == 200, path
        assert ask(server.url, "/1.0/oldest/")[:2] == (301, "/1.0/a/")
        assert ask(server.url, "/latest/c/")[0] == 404
        # A split page has a rule where its new page leads its headings on, and else its stub.
        for name in ("3.0", "latest"):
            assert ask(server.url, f"/{name}/split/")[:2] == (301, f"/{name}/x/b/")
            assert "page-c&quot;:&quot;../../new-a/#page-new-a" in ask(server.url, f"/{name}/x/b/")[2]
            assert "page-b&quot;:&quot;../new-a/" in ask(server.url, f"/{name}/fork/")[2]


def test_what_is_no_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_text(CONFIG)
    for arguments in (["a", "b"], ["--since", "x"], ["v1", "v2", "--headings"]):
        done = run("unbroken", "recover", "--across", *arguments, cwd=tmp_path)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
    must(run("git", "init", "-q", cwd=tmp_path))
    done = run("unbroken", "recover", "--across", "v1", "v2", cwd=tmp_path)
    assert (done.returncode, "there is no version v1" in done.stderr) == (2, True)
