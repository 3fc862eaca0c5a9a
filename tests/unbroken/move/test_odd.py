"""Sites with symbolic links, submodules, files that cannot be written, and clones without contents."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.commands import must, run
from tests.sitecopy import GIT
from tests.unbroken.move.sites import make, move, redirects, repository, text, tree, unbroken
from unbroken.model.errors import Refused

if TYPE_CHECKING:
    from pathlib import Path

PAGES: dict[str, str | bytes] = {
    "index.md": "# Home\n\n[A](guide/a.md)\n",
    "guide/a.md": "# A\n\n[Home](../index.md)\n",
}


@pytest.mark.parametrize("there", [".", "..", "../..", "../guide/self"])
def test_a_symbolic_link_without_an_end(tmp_path: Path, there: str) -> None:
    make(tmp_path, PAGES)
    (tmp_path / "docs/guide/self").symlink_to(there)
    move(tmp_path, ("guide/a.md", "b.md"))
    assert text(tmp_path, "index.md") == "# Home\n\n[A](b.md)\n"
    assert text(tmp_path, "b.md") == "# A\n\n[Home](index.md)\n"
    assert redirects(tmp_path) == {"guide/a.md": "b.md"}


@pytest.mark.parametrize("text", ["nav: [", "- a.md\n b: c\n- :", "*none", ""])
def test_a_navigation_file_that_cannot_be_read_stays(tmp_path: Path, text: str) -> None:
    make(tmp_path, PAGES | {"guide/.pages": text, "guide/.nav.yml": text})
    move(tmp_path, ("guide/a.md", "b.md"))
    assert redirects(tmp_path) == {"guide/a.md": "b.md"}
    assert (tmp_path / "docs/guide/.pages").read_text() == text


def test_a_page_that_is_a_symbolic_link(tmp_path: Path) -> None:
    make(tmp_path, PAGES | {"/shared/a.md": "# A\n"})
    (tmp_path / "docs/guide/a.md").unlink()
    (tmp_path / "docs/guide/a.md").symlink_to("../../shared/a.md")
    repository(tmp_path)
    with pytest.raises(Refused, match=r"guide/a\.md is a symbolic link"):
        move(tmp_path, ("guide/a.md", "b.md"))
    assert (tmp_path / "docs/guide/a.md").is_symlink()
    move(tmp_path, ("guide/a.md", "guide/b.md"))
    assert text(tmp_path, "guide/b.md") == "# A\n"


def test_a_folder_that_is_a_symbolic_link(tmp_path: Path) -> None:
    make(tmp_path, PAGES | {"/shared/a.md": "# S\n", "/shared/b.md": "[A](a.md)\n"})
    (tmp_path / "docs/guide/s").symlink_to("../../shared")
    before = tree(tmp_path)
    for old, new in (("guide", "manual"), ("guide/s/a.md", "a.md"), ("guide/a.md", "guide/s/c.md")):
        with pytest.raises(Refused, match=r"docs/guide/s is a symbolic link to a folder\. Move"):
            move(tmp_path, (old, new))
    assert tree(tmp_path) == before
    move(tmp_path, ("guide/s/a.md", "guide/s/n/a.md"))
    assert (tmp_path / "shared/b.md").read_text() == "[A](n/a.md)\n"


@pytest.mark.parametrize("how", ["asked", "git mv"])
def test_sources_and_templates_behind_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The configuration in a folder of its own, and docs_dir a link from there to the whole repository."""
    files = {
        "/.config/mkdocs.yml": (
            "site_name: x\nsite_url: https://x.example/\ndocs_dir: ../.docs\nexclude_docs: '.*'\n"
            "theme: {name: mkdocs, custom_dir: over}\nplugins:\n  - redirects\n  - unbroken\n"
        ),
        "/.config/over/404.html": "<a href=\"{{ 'a/one/' | url }}\">one</a>\n",
        "/README.md": "# Home\n\n[one](a/one.md)\n",
        "/a/one.md": "# One\n",
        "/.gitignore": ".docs\n",
    }
    for name, content in files.items():
        (tmp_path / name[1:]).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name[1:]).write_text(content)
    (tmp_path / ".docs").symlink_to(".")
    repository(tmp_path)
    config = ("-f", ".config/mkdocs.yml")
    must(run("mkdocs", "build", "-q", *config, cwd=tmp_path))
    if how == "asked":
        result = unbroken(monkeypatch, tmp_path, *config, "move", "a/one.md", "a/uno.md")
    else:
        must(run("git", "mv", "a/one.md", "a/uno.md", cwd=tmp_path, env=GIT))
        result = unbroken(monkeypatch, tmp_path, *config, "move", "--from-git")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "README.md").read_text() == "# Home\n\n[one](a/uno.md)\n"
    assert "a/one.md: a/uno.md" in (tmp_path / ".config/mkdocs.yml").read_text()
    assert "'a/uno/' | url" in (tmp_path / ".config/over/404.html").read_text()


def test_a_submodule_stays_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = repository(make(tmp_path / "other", {"/page.md": "# P\n", "/deep/q.md": "# Q\n"}))
    root = repository(make(tmp_path / "site", PAGES))
    allowed = ("-c", "protocol.file.allow=always")
    must(run("git", *allowed, "submodule", "add", "--quiet", str(other), "docs/sub", cwd=root, env=GIT))
    must(run("git", "commit", "--quiet", "--message", "Add", cwd=root, env=GIT))
    (root / "docs/index.md").write_text("# Home\n\n[A](guide/a.md) [P](sub/page.md)\n")
    before = tree(root)
    for old, new in (("sub", "sub2"), ("sub/page.md", "p.md"), ("guide/a.md", "sub/a.md"), ("sub/deep", "x")):
        done = unbroken(monkeypatch, root, "move", old, new)
        assert done.exit_code == 2
        assert "docs/sub is a repository of its own" in done.output
    assert tree(root) == before
    move(root, ("index.md", "home.md"))
    assert text(root, "home.md") == "# Home\n\n[A](guide/a.md) [P](sub/page.md)\n"


def test_a_file_that_is_only_read_stays_so(tmp_path: Path) -> None:
    make(tmp_path, PAGES)
    for name in ("index.md", "guide/a.md"):
        (tmp_path / "docs" / name).chmod(0o444)
    move(tmp_path, ("guide/a.md", "b.md"))
    assert text(tmp_path, "index.md") == "# Home\n\n[A](b.md)\n"
    for name in ("index.md", "b.md"):
        assert (tmp_path / "docs" / name).stat().st_mode & 0o777 == 0o444


def test_a_folder_that_takes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is root may write anywhere; so the system's answer is given for it."""
    make(tmp_path, PAGES)
    before = tree(tmp_path)
    rename = os.rename

    def refuse(old: Path, new: Path) -> None:
        if str(new).endswith("docs/b.md"):
            raise PermissionError(13, "Permission denied", str(new))
        rename(old, new)

    monkeypatch.setattr("os.rename", refuse)
    done = unbroken(monkeypatch, tmp_path, "move", "guide/a.md", "b.md")
    assert done.exit_code == 2
    assert done.output.endswith("docs/b.md: Permission denied. Nothing was changed.\n")
    assert tree(tmp_path) == before


def test_a_clone_without_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = "".join(f"Line {n} of it.\n" for n in range(20))
    origin = repository(
        make(tmp_path / "origin", PAGES | {"guide/a.md": f"# A\n\n[Home](../index.md)\n\n{long}"})
    )
    must(run("git", "config", "uploadpack.allowFilter", "true", cwd=origin))
    (origin / "docs/index.md").write_text("# Home page\n\n[A](guide/a.md)\n")
    must(run("git", "commit", "--quiet", "--all", "--message", "y", cwd=origin, env=GIT))
    root = tmp_path / "clone"
    must(
        run(
            "git", "clone", "--quiet", "--filter=blob:none", origin.as_uri(), str(root), cwd=tmp_path, env=GIT
        )
    )
    (root / "docs/guide/a.md").rename(root / "docs/b.md")
    with (root / "docs/b.md").open("a") as stream:
        stream.write("More.\n")
    # The old index.md is not in the clone: git fetches it.
    done = unbroken(monkeypatch, root, "move", "--from-git", "HEAD~1")
    assert done.exit_code == 0, done.output
    assert text(root, "index.md") == "# Home page\n\n[A](b.md)\n"
    assert unbroken(monkeypatch, root, "move", "--undo").exit_code == 0
    origin.rename(tmp_path / "gone")
    root2 = tmp_path / "clone2"
    must(run("git", "clone", "--quiet", "--filter=blob:none", (tmp_path / "gone").as_uri(), str(root2),
             cwd=tmp_path, env=GIT))  # fmt: skip
    (root2 / "docs/guide/a.md").rename(root2 / "docs/b.md")
    (tmp_path / "gone").rename(tmp_path / "away")
    before = tree(root2)
    done = unbroken(monkeypatch, root2, "move", "--from-git", "HEAD~1")
    assert done.exit_code == 2
    assert done.output.startswith("unbroken: git cannot tell what was ")
    assert tree(root2) == before


def test_pipes_and_names_that_are_no_utf8_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, {"index.md": "[a](a.md)", "a.md": "# A"})
    os.mkfifo(tmp_path / "docs/pipe.md")
    (tmp_path / "docs" / os.fsdecode(b"n\xff.txt")).write_bytes(b"x")
    for arguments in (("check", "--map"), ("resolve", "/"), ("move", "a.md", "b.md")):
        done = unbroken(monkeypatch, tmp_path, *arguments)
        assert not isinstance(done.exception, UnicodeError), arguments
        assert done.exit_code == 0, done.output


@pytest.mark.skipif(sys.platform == "win32", reason="names are UTF-8 there, whatever the locale")
def test_a_shell_whose_locale_is_ascii(tmp_path: Path) -> None:
    root = make(tmp_path, {"index.md": "# Ü\n\n[a](über/ünï.md)\n", "über/ünï.md": "# Ünï\n"})
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    moved = must(run("unbroken", "move", "über/ünï.md", "ö.md", cwd=root, env=locale))
    assert moved.stdout.startswith("Moved über/ünï.md to ö.md.")
    assert text(root, "index.md") == "# Ü\n\n[a](ö.md)\n"
    said = must(run("unbroken", "resolve", "/über/ünï/", cwd=root, env=locale)).stdout
    assert "-> /%C3%B6/" in said


FAR = """from markdown import Extension
from markdown.treeprocessors import Treeprocessor


class Far(Treeprocessor):
    def run(self, root):
        for link in root.iter("a"):
            if link.get("href").startswith("../"):
                link.tail = " (far)" + (link.tail or "")


def makeExtension(**settings):
    extension = Extension()
    extension.extendMarkdown = lambda md: md.treeprocessors.register(Far(md), "far", 0)
    return extension
"""


def test_a_page_that_would_say_something_else_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An extension may show a link by how it is written, and moving has to write it in another way."""
    monkeypatch.syspath_prepend(tmp_path)
    files = {"/far_links.py": FAR, "index.md": "# I\n", "a.md": "# A\n\n[b](b.md)\n", "b.md": "# B\n"}
    root = make(tmp_path, files, markdown_extensions=["far_links"])
    before = tree(root)
    done = unbroken(monkeypatch, root, "move", "a.md", "x/a.md", "--prove", "pages")
    assert done.exit_code == 2
    assert "docs/a.md would not look the same after the move. Nothing was changed." in done.output
    assert tree(root) == before
