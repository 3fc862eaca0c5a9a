"""Small sites written as a builder would have written them, and what `unbroken check` says of them."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.commands import must, run
from tests.sitecopy import GIT
from unbroken.check.site import CheckResult, check_site
from unbroken.findings.base import Finding, in_order, weigh
from unbroken.publish.planning import prepare
from unbroken.workspace import config as configuration
from unbroken.workspace.built_site import Site, select_pages
from unbroken.workspace.config import redirects_of
from unbroken.workspace.files import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from click.testing import Result

URL = "https://example.com/docs/"


def page(*parts: str, title: str = "Page") -> str:
    """A page with an article, as Material writes one."""
    body = "\n".join(parts)
    return f"<!doctype html><title>{escape(title)}</title><body><article>\n{body}\n</article></body>\n"


def link(url: str) -> str:
    return f'<a href="{escape(url)}">x</a>'


def heading(name: str) -> str:
    return f'<h2 id="{escape(name)}">{escape(name)}</h2>'


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else content.encode()
        (root / name).write_bytes(data)


def configure(root: Path, redirects: Mapping[str, str] | None = None, **settings: Any) -> None:
    """Write a mkdocs.yml with a map and settings of ours; its lines are those that YAML gives them."""
    plugins: dict[str, Any] = {"redirects": {"redirect_maps": dict(redirects or {})}, "unbroken": settings}
    config = {"site_name": "x", "site_url": URL, "plugins": plugins}
    write(root, {"mkdocs.yml": yaml.safe_dump(config, sort_keys=False)})


def examined(root: Path, *, orphans: bool = False) -> tuple[configuration.Config, CheckResult]:
    """What an examination of the site in a folder comes to, with the findings of its map."""
    config = configuration.read(root / "mkdocs.yml")
    redirects = redirects_of(config)
    site = Site(config.site_dir, whole=True)
    select_pages(site, redirects)
    _, findings = prepare(config, site, redirects)
    result = check_site(config, site, redirects, orphans=orphans)
    result.findings = in_order(weigh([*findings, *result.findings], config.severity, shown(config.docs_dir)))
    return config, result


def findings(root: Path, *, orphans: bool = False) -> list[Finding]:
    """All findings of the site in a folder, in order."""
    return examined(root, orphans=orphans)[1].findings


def said(found: list[Finding], root: Path) -> list[tuple[str, str, int, int]]:
    """Code, file, line and column of findings, with files relative to a folder."""
    return [
        (f.code, f.place.file.removeprefix(f"{root.as_posix()}/"), f.place.line, f.place.column)
        for f in found
    ]


def git(root: Path, *arguments: str) -> str:
    return must(run("git", *arguments, cwd=root, env=GIT)).stdout


def commit(root: Path) -> None:
    """Commit everything in a folder, made a repository if it is none."""
    if not (root / ".git").exists():
        git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all", "--force")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "x")


def as_json(result: Result) -> list[dict[str, Any]]:
    """The findings in what `check --format json` printed."""
    found: list[dict[str, Any]] = json.loads(result.stdout)["findings"]
    return found
