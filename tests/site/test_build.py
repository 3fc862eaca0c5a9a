"""The strict build passes, and fails for each thing that would break a reader's way."""

from __future__ import annotations

import re
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.commands import BIN, ROOT, output, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sitecopy import SiteCopy

OVERVIEW = "docs/ai-gateway/websockets-api/index.md"


def test_the_strict_build_passes(built_site: Path) -> None:
    assert (built_site / "index.html").is_file()
    assert (built_site / "404.html").is_file()
    assert (built_site / "sitemap.xml").is_file()


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        (OVERVIEW, "](realtime-api.md)", "](realtime.md)", "realtime.md"),
        (OVERVIEW, "](realtime-api.md#supported-providers)", "](realtime-api.md#nobody)", "#nobody"),
        (OVERVIEW, "](../providers/index.md)", "](/ai-gateway/providers/)", "/ai-gateway/providers/"),
        (OVERVIEW, '"websockets-overview.svg"', '"missing.svg"', "missing.svg"),
        ("mkdocs.yml", "websockets-api/realtime-api.md", "websockets-api/real.md", "websockets-api/real.md"),
        (
            "mkdocs.yml",
            "          - Realtime API: ai-gateway/websockets-api/realtime-api.md\n",
            "",
            "realtime-api.md",
        ),
        (
            "redirects.yml",
            ": ai-gateway/websockets-api/realtime-api.md",
            ": ai-gateway/websockets-api/gone.md",
            "ai-gateway/websockets-api/gone.md",
        ),
    ],
    ids=["link", "anchor", "absolute link", "diagram", "nav", "page outside the nav", "redirect"],
)
def test_breaking_it_fails_the_strict_build(
    site_copy: SiteCopy, name: str, old: str, new: str, complaint: str
) -> None:
    site_copy.edit(name, old, new)
    build = site_copy.build()
    assert build.returncode == 1
    assert complaint in output(build)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "redirects.yml:1:"),
        ("# only a comment\n", "redirects.yml:1:"),
        ("plugins: [redirects\n", "redirects.yml:2:"),
        ("- plugins\n", "redirects.yml:1:"),
        ("just text\n", "redirects.yml:1:"),
        ("plugins:\n  redirects:\n    redirect_maps:\n      - old.md\n", "redirects.yml:4:"),
        ("plugins:\n  redirects:\n    redirect_maps:\n      old.md: 7\n", "redirects.yml:4:"),
        (
            "plugins:\n  redirects:\n    redirect_maps:\n      old.md:\n        - index.md\n",
            "redirects.yml:5:",
        ),
        ("plugins:\n  redirects: {redirect_maps: yes}\n", "redirects.yml:2:"),
        ("\tplugins: {}\n", "redirects.yml:1:"),
    ],
    ids=[
        "empty",
        "comment only",
        "not YAML",
        "a list",
        "text",
        "map is a list",
        "target is a number",
        "target is a list",
        "map is a boolean",
        "tab",
    ],
)
def test_a_map_that_cannot_be_read_is_one_line(site_copy: SiteCopy, text: str, place: str) -> None:
    """Through scripts/build, which uses this checkout's .venv: it is up to date, so nothing is installed."""
    (site_copy.path / ".venv").symlink_to(ROOT / ".venv")
    site_copy.write("redirects.yml", text)
    build = site_copy.run("scripts/build")
    lines = [line for line in output(build).splitlines() if line.strip()]
    assert build.returncode == 1, lines
    assert len([line for line in lines if re.match(r"(\S*/)?redirects\.yml:\d+:\d+: ", line)]) == 1, lines
    assert place in lines[0]
    assert len(lines) <= 2, lines
    assert "Traceback" not in output(build)
    assert not site_copy.site.exists()


def test_the_feed_is_in_step_with_the_changelog(site_copy: SiteCopy) -> None:
    (site_copy.path / ".venv").symlink_to(ROOT / ".venv")
    check = site_copy.run("scripts/feed", "--check")
    assert check.returncode == 0, output(check)
    site_copy.edit("docs/changelog/index.md", "Old links keep working", "Old links go on working")
    assert site_copy.run("scripts/feed", "--check").returncode == 1


def test_the_feed_is_published(built_site: Path) -> None:
    feed = (built_site / "changelog/feed.xml").read_text(encoding="utf-8")
    assert feed.count("<entry>") == 2
    assert 'href="https://unbroken.example/changelog/#' in feed


def old_python(folder: Path) -> None:
    """A folder of commands in which every Python is too old."""
    folder.mkdir()
    for name in ("python", "python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        script = folder / name
        script.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.8.20\nexit 1\n', encoding="utf-8")
        script.chmod(0o755)
    for name in ("sh", "dirname", "head", "git", "cat"):
        (folder / name).symlink_to(shutil.which(name) or "")


@pytest.mark.parametrize("command", ["serve", "build"])
def test_a_python_that_is_too_old_is_told_in_one_line(site_copy: SiteCopy, command: str) -> None:
    old_python(commands := site_copy.path.parent / "commands")
    tried = run(f"scripts/{command}", cwd=site_copy.path, env={"PATH": str(commands)})
    assert tried.returncode == 1
    assert re.fullmatch(
        r"scripts/setup: this needs Python 3\.11 .*found: Python 3\.8\.20\..*\n", output(tried)
    )
    assert not (site_copy.path / ".venv").exists()


def test_an_up_to_date_venv_is_left_alone() -> None:
    """The tests themselves run in it, so there is nothing to install."""
    again = run("scripts/setup", "test")
    assert (again.returncode, output(again)) == (0, "")


def test_a_linked_venv_is_left_to_the_checkout_that_it_belongs_to(site_copy: SiteCopy) -> None:
    (site_copy.path / ".venv").symlink_to(ROOT / ".venv")
    site_copy.write("requirements.txt", "nothing-of-this-name==1.0\n")
    again = site_copy.run("scripts/setup", "test")
    assert (again.returncode, output(again)) == (0, "")


def test_no_lock_file_names_a_registry() -> None:
    locks = [ROOT / "requirements.txt", ROOT / "requirements-test.txt", ROOT / "tests/node/package-lock.json"]
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert not re.search(r"--(extra-)?index-url|--find-links|\"resolved\"|pypi\.|registry\.npm", text), (
            lock
        )


def test_the_tests_run_in_the_locked_environment() -> None:
    assert BIN == ROOT / ".venv/bin"
    assert sys.version_info >= (3, 11)
