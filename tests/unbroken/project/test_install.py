"""How a site is installed and built, told from its own automation: the job that checks it does the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands import must, run
from unbroken.builders.which import builder_of
from unbroken.project.setup.changes import Setup
from unbroken.project.setup.install import Job, excluded, job_of
from unbroken.workspace.config import read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FLOW = ".github/workflows/docs.yml"


def setup_of(top: Path, files: Mapping[str, str], config: str = "mkdocs.yml") -> Setup:
    """What a site of some files would be set up with."""
    for name, text in {"mkdocs.yml": "site_name: Kettle\n", "docs/index.md": "# Home\n", **files}.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text, encoding="utf-8")
    return Setup(read(top / config), top, top)


def job(top: Path, files: Mapping[str, str]) -> Job:
    return job_of(setup_of(top, files))


def workflow(*steps: str, job: str = "") -> str:
    listed = "".join(f"      - {step}\n" for step in steps)
    return f"on: push\njobs:\n  docs:\n    runs-on: ubuntu-latest\n{job}    steps:\n{listed}"


@pytest.mark.parametrize(
    ("files", "commands", "check"),
    [
        # What the workflow does, without what deploys.
        (
            {FLOW: workflow("run: pip install -r r.txt", "run: mkdocs gh-deploy --force -m x")},
            ["python -m pip install unbroken", "mkdocs build"],
            "unbroken check",
        ),
        (
            {FLOW: workflow("run: uv sync --group docs", "run: uv run mkdocs build --strict -d public")},
            ["uv pip install unbroken", "uv run mkdocs build --strict -d public"],
            "uv run unbroken check public",
        ),
        (
            {FLOW: workflow("run: uv run --group docs mkdocs build")},
            ["uv sync --group docs", "uv pip install unbroken", "uv run --group docs mkdocs build"],
            "uv run --group docs unbroken check",
        ),
        (
            {FLOW: workflow("run: uvx --with mkdocs-material mkdocs build")},
            ["uvx --with unbroken --with mkdocs-material mkdocs build"],
            "uvx --with unbroken --with mkdocs-material unbroken check",
        ),
        (
            {FLOW: workflow("run: poetry install", 'run: "poetry run mkdocs build"')},
            ["poetry run pip install unbroken", "poetry run mkdocs build"],
            "poetry run unbroken check",
        ),
        # A job that only makes sense where it is, of another site, or that cannot be read: the files tell.
        (
            {
                FLOW: workflow("run: pip install ${{ matrix.x }}", "run: mkdocs build"),
                "requirements.txt": "mkdocs",
            },
            ["pip install -r requirements.txt unbroken", "mkdocs build"],
            "unbroken check",
        ),
        (
            {FLOW: workflow("run: mkdocs build -f other/mkdocs.yml"), "requirements.txt": "mkdocs\n"},
            ["pip install -r requirements.txt unbroken", "mkdocs build"],
            "unbroken check",
        ),
        ({FLOW: "jobs: [a", "docs/requirements.txt": "mkdocs\n"},
         ["pip install -r docs/requirements.txt unbroken", "mkdocs build"], "unbroken check"),
        ({FLOW: "- x\n", "pyproject.toml": '[project]\noptional-dependencies = {docs = ["mkdocs"]}\n'},
         ["pip install '.[docs]' unbroken", "mkdocs build"], "unbroken check"),
        ({"pyproject.toml": '[dependency-groups]\ndocs = ["mkdocs-material>=9"]\n'},
         ["pip install --group docs unbroken", "mkdocs build"], "unbroken check"),
        # Hashes are asked of everything that is named beside what has one.
        (
            {"requirements.txt": "mkdocs==1.6.1 \\\n    --hash=sha256:00\n"},
            ["pip install -r requirements.txt", "python -m pip install unbroken", "mkdocs build"],
            "unbroken check",
        ),
        (
            {"uv.lock": '[[package]]\nname = "mkdocs"\nversion = "1.6.1"\n',
             "pyproject.toml": '[dependency-groups]\nweb = [{include-group = "x"}, "mkdocs"]\n'},
            ["uv sync --group web", "uv pip install unbroken", "uv run --group web mkdocs build"],
            "uv run --group web unbroken check",
        ),
    ],
)  # fmt: skip
def test_the_job_installs_and_builds_as_the_site_does(
    tmp_path: Path, files: dict[str, str], commands: list[str], check: str
) -> None:
    made = job(tmp_path, files)
    assert (made.commands, made.check) == (commands, check)


def test_steps_that_set_up_are_taken_over_and_those_that_deploy_are_not(tmp_path: Path) -> None:
    steps = (
        "uses: actions/checkout@v4\n        with: {submodules: true, token: x}",
        'uses: actions/setup-python@v5\n        with: {python-version: "3.8"}',
        "uses: actions/configure-pages@v5",
        "run: git config user.name x",
        "run: sudo apt-get install graphviz",
        "run: pip install -r requirements.txt\n        working-directory: web",
        "run: |\n          cd web\n          mkdocs build",
    )
    must(run("git", "init", "--quiet", cwd=tmp_path))
    files = {FLOW: workflow(*steps, job="    env: {TEA: green}\n"), "web/mkdocs.yml": "site_name: x\n"}
    config = setup_of(tmp_path, {**files, "web/docs/index.md": ""}, "web/mkdocs.yml").config
    made = job_of(Setup(config, tmp_path, tmp_path))
    assert made.folder == "web"
    assert made.commands == ["python -m pip install unbroken", "mkdocs build"]
    assert (made.checkout, made.env) == ({"submodules": True}, {"TEA": "green"})
    assert made.prepare == [
        {"uses": "actions/setup-python@v5", "with": {"python-version": "3.13"}},
        {"run": "sudo apt-get install graphviz"},
        {"run": "pip install -r requirements.txt", "working-directory": "web"},
    ]


@pytest.mark.parametrize(
    ("files", "builder"),
    [
        ({}, "mkdocs"),
        ({FLOW: workflow("run: zensical build")}, "zensical"),
        ({FLOW: workflow("run: zensical build", "run: mkdocs build")}, "mkdocs"),
        ({FLOW: workflow("run: properdocs build --strict")}, "properdocs"),
        ({".gitlab-ci.yml": "pages:\n  script: [zensical build]\n"}, "zensical"),
        ({"netlify.toml": '[build]\ncommand = "zensical build" # not mkdocs build\n'}, "zensical"),
        ({"Dockerfile": 'RUN ["zensical", "build"]\n'}, "zensical"),
        ({"uv.lock": '[[package]]\nname = "zensical"\n'}, "zensical"),
        ({"requirements.txt": "zensical==0.1\n"}, "zensical"),
        ({"requirements.txt": "mkdocs-material\n"}, "mkdocs"),
        ({"mkdocs.yml": "site_name: x\nmarkdown_extensions:\n  - zensical.extensions.preview\n"}, "zensical"),
        ({"mkdocs.yml": "site_name: x\n# zensical.extensions.preview\n"}, "mkdocs"),
    ],
)
def test_what_runs_tells_who_builds(tmp_path: Path, files: dict[str, str], builder: str) -> None:
    assert builder_of(setup_of(tmp_path, files).config) == builder


@pytest.mark.parametrize(
    ("files", "pin"),
    [
        ({"requirements.txt": "mkdocs==1.4.2\n"}, "mkdocs==1.4.2"),
        ({"requirements.txt": "mkdocs ~= 1.5.0\n"}, "mkdocs~=1.5.0"),
        ({"requirements.txt": "MkDocs<1.6\n"}, "MkDocs<1.6"),
        ({"requirements.txt": "click[x]<8 ; python_version > '3'\n"}, "click<8"),
        ({"requirements/docs.txt": "-c ../pins.txt\n", "pins.txt": "mkdocs==1.5.3\n"}, "mkdocs==1.5.3"),
        ({"poetry.lock": '[[package]]\nname = "mkdocs"\nversion = "1.5.3"\n'}, "mkdocs==1.5.3"),
        ({"pyproject.toml": '[dependency-groups]\ndocs = ["mkdocs<1.6", "mkdocs-material"]\n'}, "mkdocs<1.6"),
        ({"requirements.txt": "mkdocs==1.6.*\nmkdocs-material==9.1\n"}, ""),
        ({"requirements.txt": "mkdocs>1.5\npyyaml>6\nmkdocs<1.5; python_version < '3'\n"}, ""),
        ({"requirements.txt": "git+https://x.example/mkdocs\n-e .\n===\n\\\n"}, ""),
        ({"requirements.txt": "\x00\xff", "pyproject.toml": "[[[", "uv.lock": "package = 1\n"}, ""),
    ],
)
def test_a_pin_that_excludes_the_package_is_named(tmp_path: Path, files: dict[str, str], pin: str) -> None:
    said = excluded(setup_of(tmp_path, files))
    assert (f" pins {pin}, and unbroken needs " in said) if pin else not said
