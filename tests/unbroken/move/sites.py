"""Small sites to move things on, and what a visitor finds on them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from click.testing import CliRunner

from tests.commands import must, run
from tests.sitecopy import GIT
from unbroken.cli.main import main
from unbroken.move.mover import Mover, apply
from unbroken.workspace import config as configuration

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest
    from click.testing import Result

    from unbroken.move.mover import Prepared

EXTENSIONS: list[Any] = [
    "attr_list", "admonition", "footnotes", "md_in_html", "tables", "pymdownx.superfences",
    {"pymdownx.tabbed": {"alternate_style": True}}, {"pymdownx.snippets": {"base_path": ["includes"]}},
]  # fmt: skip


def make(root: Path, files: Mapping[str, str | bytes], **settings: Any) -> Path:
    """Write a site's sources: paths below docs/, or from the root when they begin with a slash."""
    for name, content in files.items():
        file = root / name[1:] if name.startswith("/") else root / "docs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    if not (root / "mkdocs.yml").exists():
        data: dict[str, Any] = {
            "site_name": "x",
            "site_url": "https://example.com/base/",
            "theme": {"name": None, "custom_dir": "theme"},
            "markdown_extensions": EXTENSIONS,
            "plugins": {"redirects": {"redirect_maps": {}}, "unbroken": {}},
        }
        (root / "mkdocs.yml").write_text(
            yaml.safe_dump(data | settings, sort_keys=False, allow_unicode=True), encoding="utf-8"
        )
    theme = root / "theme/main.html"
    theme.parent.mkdir(exist_ok=True)
    theme.write_text("<!doctype html><title>x</title><article>{{ page.content }}</article>", encoding="utf-8")
    (root / "docs").mkdir(exist_ok=True)
    return root


def repository(root: Path) -> Path:
    """Commit everything in a folder, which becomes a repository."""
    must(run("git", "init", "--quiet", "--initial-branch=main", cwd=root, env=GIT))
    must(run("git", "add", "--all", cwd=root, env=GIT))
    must(run("git", "commit", "--quiet", "--message", "x", cwd=root, env=GIT))
    return root


def prepare(root: Path, *pairs: tuple[str, str], reuse: bool = False) -> Prepared:
    """A move, planned and proved."""
    mover = Mover(configuration.read(root / "mkdocs.yml"), reuse=reuse)
    return mover.prepare(mover.move(pairs))


def move(root: Path, *pairs: tuple[str, str], reuse: bool = False) -> Prepared:
    """A move, made."""
    prepared = prepare(root, *pairs, reuse=reuse)
    apply(configuration.read(root / "mkdocs.yml"), prepared)
    return prepared


def unbroken(monkeypatch: pytest.MonkeyPatch, root: Path, *arguments: str, stdin: str = "") -> Result:
    """The finished command, run in a folder."""
    monkeypatch.chdir(root)
    return CliRunner().invoke(main, arguments, input=stdin)


def tree(root: Path) -> dict[str, bytes]:
    """Every file of a site with its bytes; what git, Python and Unbroken keep for themselves is left out."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and not {".git", ".cache", "__pycache__", "site"} & set(path.relative_to(root).parts)
    }


def text(root: Path, name: str) -> str:
    """The text of a page, with its line ends as they are."""
    return (root / "docs" / name).read_bytes().decode()


def redirects(root: Path) -> dict[str, str]:
    """The map of a site."""
    config = configuration.read(root / "mkdocs.yml")
    return {entry.source: entry.target for entry in config.entries}
