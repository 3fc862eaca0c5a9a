"""Moves on a site of Zensical, whose map and navigation are TOML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.commands import must, run
from tests.unbroken.move.sites import make, repository, text, tree, unbroken

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CONFIG = """\
# Our site
[project]
site_name = "Z"
nav = [
  { "Home" = "index.md" }, # first
  { "Guide" = ['guide/setup.md', "with.md"] },
]

[project.plugins.redirects.redirect_maps]
'older.md'  = 'guide/setup.md'   # for the book

[project.markdown_extensions.admonition]
[project.markdown_extensions.attr_list]
[project.markdown_extensions.pymdownx.snippets]
base_path = ["includes"]
"""
PAGES: dict[str, str | bytes] = {
    "index.md": "# Home\n\n!!! note\n\n    [Windows](guide/setup.md#win)\n",
    "guide/setup.md": "# Install\n\n## Win\n\n[Home](../index.md)\n",
    "with.md": '# With\n\n--8<-- "note.md"\n',
    "/includes/note.md": "See [install](guide/setup.md).\n",
}


def site(root: Path) -> Path:
    make(root, PAGES | {"/mkdocs.yml": ""})
    (root / "mkdocs.yml").unlink()
    (root / "zensical.toml").write_text(CONFIG)
    return repository(root)


def test_a_page_and_a_heading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site(tmp_path)
    before = tree(tmp_path)
    done = unbroken(monkeypatch, tmp_path, "move", "guide/setup.md", "install.md")
    assert done.exit_code == 0, done.output
    assert "Redirects in zensical.toml: 1 added, 1 changed." in done.output
    assert unbroken(monkeypatch, tmp_path, "move", "install.md#win", "install.md#windows").exit_code == 0
    after = CONFIG.replace("['guide/setup.md'", "['install.md'").replace(
        "= 'guide/setup.md'", "= 'install.md'"
    )
    lines = "'guide/setup.md' = 'install.md'\n'install.md#win' = 'install.md#windows'\n"
    assert (tmp_path / "zensical.toml").read_text() == after.replace("book\n", "book\n" + lines)
    assert "(install.md#windows)" in text(tmp_path, "index.md")
    assert (tmp_path / "includes/note.md").read_text() == "See [install](install.md).\n"
    must(run("zensical", "build", "--strict", cwd=tmp_path))
    must(run("unbroken", "finish", "site", cwd=tmp_path))
    must(run("unbroken", "check", cwd=tmp_path))
    assert unbroken(monkeypatch, tmp_path, "move", "install.md", "guide/setup.md").exit_code == 0
    assert unbroken(monkeypatch, tmp_path, "move", "--undo").exit_code == 0
    assert tree(tmp_path).keys() - before.keys() == {"docs/install.md"}


def test_renames_that_git_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site(tmp_path)
    (tmp_path / "docs/guide").rename(tmp_path / "docs/manual")
    assert unbroken(monkeypatch, tmp_path, "move", "--from-git").exit_code == 0
    config = (tmp_path / "zensical.toml").read_text()
    assert "['manual/setup.md'" in config
    assert "'guide/setup.md' = 'manual/setup.md'\n" in config


def test_what_zensical_cannot_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site(tmp_path)
    config = tmp_path / "zensical.toml"
    config.write_text("[project]\nmarkdown_extensions = 1\n")
    before = tree(tmp_path)
    done = unbroken(monkeypatch, tmp_path, "move", "guide/setup.md", "install.md")
    assert done.exit_code == 2
    assert "zensical.toml: Zensical cannot read this, so no link can be proved: " in done.output
    assert tree(tmp_path) == before


def test_a_page_with_the_extensions_of_zensical(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site(tmp_path)
    own = "".join(
        f"[project.markdown_extensions.zensical.extensions.{n}]\n" for n in ("preview", "glightbox")
    )
    (tmp_path / "zensical.toml").write_text(CONFIG + own)
    done = unbroken(monkeypatch, tmp_path, "move", "guide/setup.md", "install.md")
    assert done.exit_code == 0, done.output
    assert "(install.md#win)" in text(tmp_path, "index.md")
