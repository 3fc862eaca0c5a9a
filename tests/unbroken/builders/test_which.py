"""What a workflow says of how a site is built: by which command, in which folder, and where to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from tests.unbroken.sites import write_config
from unbroken.builders import which
from unbroken.workspace import config as configuration

if TYPE_CHECKING:
    from pathlib import Path

CALLS: dict[str, tuple[str, str, str] | None] = {
    "mkdocs build": ("mkdocs build", ".", ""),
    "mkdocs build --strict --clean -q # all": ("mkdocs build --strict --clean -q", ".", ""),
    "pip install x && uv run mkdocs build -d site": ("uv run mkdocs build -d site", ".", ""),
    "mkdocs build -d public": ("mkdocs build -d public", ".", "public"),
    "mkdocs build --site-dir=a/../public": ("mkdocs build --site-dir a/../public", ".", "public"),
    "mkdocs build --config-file=mkdocs.yml --dirty": ("mkdocs build --config-file mkdocs.yml", ".", ""),
    "mkdocs gh-deploy --force -m 'two words' -b pages --remote-name=x -c": ("mkdocs build -c", ".", ""),
    "python -m mkdocs \\\n  build -s": ("python -m mkdocs build -s", ".", ""),
    "cd other; cd ..; ./bin/mkdocs build": ("./bin/mkdocs build", ".", ""),
    "cd docs && mkdocs build -f ../mkdocs.yml": ("mkdocs build -f ../mkdocs.yml", "docs", ""),
    "cd docs\nmkdocs build -f ../mkdocs.yml -d public": (
        "mkdocs build -f ../mkdocs.yml -d public",
        "docs",
        "../public",
    ),
    "mkdocs": None,
    "mkdocs serve": None,
    "mkdocs build $STRICT": None,
    "mkdocs build > log": None,
    "mkdocs build -t readthedocs": None,
    "mkdocs build --theme=readthedocs": None,
    "mkdocs build -f other.yml": None,
    "mkdocs build -f": None,
    "mkdocs build -d ../public": None,
    "cd docs && mkdocs build": None,
    "echo 'mkdocs build": None,
    "zensical build": ("zensical build", ".", ""),
}


def called(folder: Path, workflow: object) -> tuple[str, str, str] | None:
    """How a site's workflow builds it: the command, the folder, and where to."""
    (folder / ".github/workflows").mkdir(parents=True)
    (folder / ".github/workflows/a.yaml").write_text("jobs: [", encoding="utf-8")
    text = workflow if isinstance(workflow, str) else yaml.safe_dump(workflow)
    (folder / ".github/workflows/b.yml").write_text(text, encoding="utf-8")
    (folder / "docs").mkdir()
    call = which.call_of(configuration.read(write_config(folder)))
    return (call.command, call.folder, call.site) if call else None


@pytest.mark.parametrize("text", CALLS)
def test_a_command_of_a_workflow(tmp_path: Path, text: str) -> None:
    assert called(tmp_path, {"jobs": {"a": {"steps": [{"uses": "x"}, {"run": text}]}}}) == CALLS[text]


def test_the_folder_of_a_command_is_its_steps_its_jobs_or_all_jobs(tmp_path: Path) -> None:
    def within(folder: object) -> dict[str, object]:
        return {"defaults": {"run": {"working-directory": folder}}}

    run = "mkdocs build -f ../mkdocs.yml"
    step = {"run": run, "working-directory": "./docs/"}
    jobs = {"a": {**within("x"), "steps": [step]}}
    assert called(tmp_path / "step", {**within("y"), "jobs": jobs}) == (run, "docs", "")
    jobs = {"a": {**within("docs"), "steps": [{"run": run}]}}
    assert called(tmp_path / "job", {**within("y"), "jobs": jobs}) == (run, "docs", "")
    jobs = {"a": {"steps": [{"run": run}]}}
    assert called(tmp_path / "all", {**within("docs"), "jobs": jobs}) == (run, "docs", "")


@pytest.mark.parametrize(
    "workflow",
    [
        "",
        "- a",
        "jobs: 3",
        "jobs: {a: 3, b: {steps: 3}, c: {steps: [3, {run: 3}]}}",
        "defaults: 3\njobs: {a: {}}",
    ],
)
def test_a_workflow_of_other_types_builds_nothing(tmp_path: Path, workflow: str) -> None:
    assert called(tmp_path, workflow) is None
