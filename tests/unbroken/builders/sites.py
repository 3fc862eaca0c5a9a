"""Sites on which plugins decide what is published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from tests.commands import Completed, must, run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def make(root: Path, files: Mapping[str, str], plugins: list[Any], **settings: Any) -> Path:
    """Write a site: paths below docs/, or from the root when they begin with a slash."""
    for name, text in files.items():
        file = root / name[1:] if name.startswith("/") else root / "docs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    data = {"site_name": "Small", "site_url": "https://small.example/", **settings, "plugins": plugins}
    (root / "mkdocs.yml").write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return root


def repository(root: Path) -> Path:
    """Commit everything."""
    (root / ".gitignore").write_text("site/\n.cache/\n__pycache__/\n")
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b")
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "x")):
        must(run(*git, *command, cwd=root))
    return root


def redirects(**lines: str) -> dict[str, Any]:
    """The plugin mkdocs-redirects with a map; an underscore stands for a slash."""
    return {"redirects": {"redirect_maps": lines}}


def build(root: Path, *options: str) -> Completed:
    """Build it with MkDocs."""
    return must(run("mkdocs", "build", "-q", *options, cwd=root))


LANGUAGES = [
    {"locale": "en", "name": "English", "default": True, "build": True},
    {"locale": "fr", "name": "Francais", "build": True},
]
#: A script of mkdocs-gen-files.
GENERATE = """
import mkdocs_gen_files
with mkdocs_gen_files.open("ref/mod.md", "w") as page:
    page.write("# Mod\\n")
"""
