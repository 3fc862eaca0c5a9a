"""The commands that messages name can be typed as they stand, wherever one is."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.commands import BIN, Completed, output, run
from tests.unbroken.builders.sites import make

if TYPE_CHECKING:
    from pathlib import Path

#: What a shell looks for commands in where no environment is active.
BARE = {"PATH": "/usr/bin:/bin"}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with an environment of its own, whose ledger lacks a page."""
    make(tmp_path / "site", {"index.md": "# Home\n", "/published-urls.txt": "/\n"}, ["unbroken"])
    (tmp_path / "site/.venv").symlink_to(BIN.parent)
    return tmp_path / "site"


def named(completed: Completed) -> str:
    """The command that a message names last."""
    pattern = r"(?:[Rr]un|again|first): (.*?)\.? ?(?:Or .*|\(http.*)?$"
    return str(re.findall(pattern, output(completed), re.MULTILINE)[-1]).rstrip(".")


def type_it(command: str, folder: Path, **env: str) -> Completed:
    return run("sh", "-c", command, cwd=folder, env=env)


def test_a_program_that_the_shell_does_not_find_is_named_by_its_path(site: Path) -> None:
    start = ".venv/bin/unbroken check"
    first = named(type_it(start, site, **BARE))
    assert first.startswith(".venv/bin/mkdocs build && .venv/bin/unbroken check")
    done = type_it(first, site, **BARE)
    assert done.returncode == 0, output(done)
    assert named(done) == ".venv/bin/unbroken record"
    assert type_it(named(done), site, **BARE).returncode == 0


def test_a_program_on_the_path_is_named_by_its_name(site: Path) -> None:
    said = output(run("unbroken", "check", cwd=site))
    assert "Build it first: mkdocs build && unbroken check." in said


def test_a_site_that_was_named_is_named_again(site: Path) -> None:
    where = site.parent
    (site / "mkdocs.yml").rename(site / "docs.yml")
    first = named(type_it("site/.venv/bin/unbroken -f site/docs.yml check", where, **BARE))
    assert first == (
        "site/.venv/bin/mkdocs build -f site/docs.yml && site/.venv/bin/unbroken -f site/docs.yml check"
    )
    done = type_it(first, where, **BARE)
    assert named(done) == "site/.venv/bin/unbroken -f site/docs.yml record"
    assert type_it(named(done), where, **BARE).returncode == 0


def test_a_command_that_needs_a_build_has_it_first(site: Path) -> None:
    shutil.copy(site / "docs/index.md", site / "docs/other.md")
    run("mkdocs", "build", cwd=site)
    shutil.copy(site / "docs/index.md", site / "docs/more.md")
    told = run("unbroken", "check", cwd=site).stdout
    command = "mkdocs build && unbroken record"
    assert f"Run: {command}." in told
    type_it(command, site)
    assert "/more/" in (site / "published-urls.txt").read_text()
