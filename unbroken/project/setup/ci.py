"""What stands round a site: how git merges the ledger, what checks each change, what builds it elsewhere."""

from __future__ import annotations

import json
import os
import re

import yaml

from unbroken.formats.yaml_edit import add_to
from unbroken.model.errors import CannotEdit, GitError
from unbroken.project.setup.changes import Setup, by_hand
from unbroken.project.setup.detect import (
    BUILDERS,
    NAME,
    REQUIREMENTS,
    package,
    packages,
    quoted,
    requirements,
    text_of,
    workflows,
)
from unbroken.workspace.config import NAMES
from unbroken.workspace.files import shown
from unbroken.workspace.git import git

_INSTALLS = re.compile(r"(?i)\b(?:pip3? install|uv (?:add|pip install)|pipx install|poetry add)\b")
_WORKFLOW = ".github/workflows/unbroken.yml"
_HOOK = {
    "id": "unbroken-map",
    "name": "redirects",
    "language": "system",
    "pass_filenames": False,
    "files": r"\.(md|markdown|ya?ml|toml)$",
}


def attributes(setup: Setup) -> None:
    """Plan the line that lets git merge the ledger."""
    top, file = setup.root, setup.config.ledger
    name = os.path.relpath(file, top).replace(os.sep, "/")
    try:
        if git(top, "check-attr", "merge", "--", name).rstrip().endswith(": union"):
            return
    except GitError:
        return
    pattern = json.dumps(name) if any(c in name for c in ' "\\') else name
    line = f"{pattern} merge=union"
    attributes = top / ".gitattributes"
    text = setup.text(attributes)
    newline = "\r\n" if "\r\n" in text else "\n"
    before = text + (newline if text and not text.endswith("\n") else "")
    setup.put(attributes, f"{before}{line}{newline}", "lets branches add addresses without conflicts")


def checks(setup: Setup) -> None:
    """Plan a check of each change."""
    root = setup.root
    gitlab = root / ".gitlab-ci.yml"
    if gitlab.is_file() and "unbroken" not in text_of(gitlab):
        lines = "\n".join(f"    - {command}" for command in _commands(setup))
        head = "unbroken:\n  image: python:3.13\n  variables: {GIT_DEPTH: 0}"
        setup.advice.append(f"Add to .gitlab-ci.yml:\n\n{head}\n  script:\n{lines}\n")
    try:
        remotes = git(root, "remote", "-v")
    except GitError:
        remotes = ""
    if not (root / ".github").is_dir() and "github.com" not in remotes:
        return
    if any(re.search(r"\bunbroken (?:-f \S+ )?check\b", text_of(file)) for file in workflows(root)):
        return
    setup.put(root / _WORKFLOW, _workflow(setup), "builds and checks the site on every change")
    if package() == NAME:
        setup.advice.append(
            f"{_WORKFLOW} installs {NAME} by its name. As long as no index of yours has it, "
            "write the URL or the path of its wheel there."
        )


def _workflow(setup: Setup) -> str:
    try:
        branch = git(setup.root, "symbolic-ref", "--short", "refs/remotes/origin/HEAD").strip()
    except GitError:
        try:
            branch = git(setup.root, "symbolic-ref", "--short", "HEAD").strip()
        except GitError:
            branch = "main"
    branch = json.dumps(branch.removeprefix("origin/"))
    steps = "".join(f"      - run: {command}\n" for command in _commands(setup, "--format github"))
    folder = os.path.relpath(setup.config.file.parent, setup.root).replace(os.sep, "/")
    where = f"    defaults:\n      run:\n        working-directory: {json.dumps(folder)}\n"
    return f"""\
# Build the site, and hold every address it ever published to the promise.
name: unbroken

on:
  push:
    branches: [{branch}]
  pull_request:

permissions:
  contents: read

jobs:
  check:
    runs-on: ubuntu-latest
{where if folder != "." else ""}    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0 # the ledger is compared with its history
      - uses: actions/setup-python@v5
        with:
          python-version: "3.13"
{steps}"""


def _commands(setup: Setup, options: str = "") -> list[str]:
    """Return what installs, builds and checks the site, from its own folder."""
    config = setup.config
    given = requirements(setup)
    wanted = [*(f"-r {name}" for name in given), *([] if given else packages(setup)), package()]
    build = {"properdocs": "properdocs build", "zensical": "zensical build"}
    command = build.get(config.file.stem, "mkdocs build")
    if config.file.name not in NAMES:
        command += f" -f {quoted(config.file.name)}"
    us = "unbroken" if config.file.name in NAMES else f"unbroken -f {quoted(config.file.name)}"
    commands = [f"pip install {' '.join(wanted)}", command]
    if config.file.suffix == ".toml":
        site = os.path.relpath(config.site_dir, config.file.parent).replace(os.sep, "/")
        commands.append(f"{us} finish {quoted(site)}")
    return [*commands, f"{us} check {options}".rstrip()]


def pre_commit(setup: Setup) -> None:
    """Plan a hook where the repository has some."""
    file = setup.root / ".pre-commit-config.yaml"
    if not file.is_file() or "unbroken" in text_of(file):
        return
    name = os.path.relpath(setup.config.file, setup.root).replace(os.sep, "/")
    ours = "unbroken" if name in NAMES else f"unbroken -f {quoted(name)}"
    repo = {"repo": "local", "hooks": [{**_HOOK, "entry": f"{ours} check --map"}]}
    try:
        setup.put(file, add_to(setup.text(file), "repos", [repo]), "judges the redirects before each commit")
    except CannotEdit as error:
        setup.advice.append(by_hand(file, error, yaml.safe_dump([repo], sort_keys=False).rstrip()))


def other_builds(setup: Setup) -> None:
    """Name the lines of other files that install the builder, or run Zensical, without us."""
    root = setup.root
    toml = setup.config.file.suffix == ".toml"
    if not toml and setup.config.file not in setup.writes and setup.config.files[-1] not in setup.writes:
        return
    files = [
        *workflows(root),
        *(root / n for n in ("netlify.toml", ".gitlab-ci.yml", "Dockerfile", "Makefile")),
    ]
    found: list[str] = []
    for folder in dict.fromkeys((setup.config.file.parent, root)):
        for pattern in () if toml else REQUIREMENTS:
            files += [file for file in sorted(folder.glob(pattern)) if file not in files]
    for file in files:
        text = text_of(file)
        if re.search(r"\bunbroken\b", text):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            said = re.sub(r"(?<!\S)#.*", "", line)
            here = "zensical build" in said if toml else bool(BUILDERS.search(said))
            if here and (toml or file.suffix == ".txt" or _INSTALLS.search(said)):
                found.append(f"{shown(file)}:{number}")
                break
    if not found:
        return
    what = (
        "Run `unbroken finish` after the build there as well"
        if toml
        else "Every build needs the package now, so install unbroken there as well"
    )
    setup.advice.append(f"{what}: {', '.join(found)}.")
