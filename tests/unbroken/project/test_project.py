"""`Project`: what a program asks of a site, and the example that the page about it shows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.commands import ROOT, must, run
from tests.unbroken.check import sites
from tests.unbroken.check.sites import configure, heading, link, page
from unbroken import Finding, Project
from unbroken.model.errors import NoConfiguration, NoSite, UnbrokenError

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE = ROOT / "docs/unbroken/examples/owners.py"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built site with one broken link and one redirect, as the working directory."""
    configure(tmp_path, {"guide/setup.md": "guide/install.md", "gone.md": "never.md"})
    sites.write(
        tmp_path,
        {
            "docs/index.md": "[Nowhere](nowhere.md)\n",
            "docs/guide/install.md": "## Linux\n",
            "site/index.html": page(link("nowhere/")),
            "site/guide/install/index.html": page(heading("linux")),
        },
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_example_says_how_many_errors_each_file_has(here: Path) -> None:
    said = must(run(sys.executable, EXAMPLE, cwd=here)).stdout
    assert "   1 mkdocs.yml\n" in said
    assert "   1 docs/index.md\n" in said
    assert "/guide/setup/\n  -> /guide/install/" in said


def test_it_is_loaded_from_a_file_or_a_folder_or_the_working_directory(here: Path) -> None:
    for project in (Project.load(), Project.load(here), Project.load(str(here / "mkdocs.yml"))):
        assert project.config.site_dir == here / "site"


def test_it_checks_plans_finishes_and_resolves_as_the_commands_do(here: Path) -> None:
    project = Project.load(here)
    found = project.check().findings
    assert all(isinstance(finding, Finding) for finding in found)
    assert {finding.code for finding in found} >= {"broken-link", "dead-page", "unfinished"}
    planned = project.plan()
    assert [answer.source for answer in planned.plan.answers] == ["/guide/setup/"]
    assert [finding.code for finding in planned.findings] == ["dead-page"]
    assert "guide/setup/index.html" in project.finish().written
    assert not project.resolve("/nothing/").answers
    assert "unfinished" not in {finding.code for finding in Project.load(here).check().findings}


def test_what_is_not_there_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoConfiguration, match=r"there is no mkdocs\.yml"):
        Project.load()
    with pytest.raises(NoConfiguration, match=r"other\.yml cannot be read: there is no such file\."):
        Project.load("other.yml")
    configure(tmp_path)
    with pytest.raises(NoSite, match="there is no site in site"):
        Project.load().check()
    assert issubclass(NoSite, UnbrokenError)


def test_a_program_gets_what_the_package_names_and_nothing_else() -> None:
    import unbroken

    assert unbroken.Project is Project
    with pytest.raises(AttributeError, match="no attribute 'Sites'"):
        _ = unbroken.Sites
