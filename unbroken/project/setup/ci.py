"""What stands round a site: how git merges the ledger, what checks each change, what builds it elsewhere."""

from __future__ import annotations

import json
import os
import re
import textwrap

import yaml

from unbroken.builders.which import builder_of, requirement_files, text_of, workflows
from unbroken.formats.yaml_plugins import add_to
from unbroken.model.errors import CannotEdit, GitError
from unbroken.project.setup.changes import Setup, by_hand
from unbroken.project.setup.install import NAME, Job, job_of, package_here, quoted
from unbroken.workspace.config import NAMES
from unbroken.workspace.git import git

_BUILDERS = re.compile(r"(?i)(?<![\w/.-])(?:mkdocs|properdocs|zensical)(?:-material)?(?![\w/.])")
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
    job = job_of(setup)
    if gitlab.is_file() and "unbroken" not in text_of(gitlab):
        into = [] if job.folder == "." else [f"cd {quoted(job.folder)}"]
        lines = "\n".join(f"    - {command}" for command in (*into, *job.commands, job.check))
        head = "unbroken:\n  image: python:3.13\n  variables: {GIT_DEPTH: 0}"
        setup.advice.append(f"Add to .gitlab-ci.yml:\n\n{head}\n  script:\n{lines}")
    try:
        remotes = git(root, "remote", "-v")
    except GitError:
        remotes = ""
    if not (root / ".github").is_dir() and "github.com" not in remotes:
        return
    if any(re.search(r"\bunbroken (?:-f \S+ )?check\b", text_of(file)) for file in workflows(root)):
        return
    setup.put(root / _WORKFLOW, _workflow(setup, job), "builds and checks the site on every change")
    if package_here() == NAME:
        setup.advice.append(
            f"{_WORKFLOW} installs {NAME} by its name. As long as no index of yours has it, "
            "write the URL or the path of its wheel there."
        )


def _workflow(setup: Setup, job: Job) -> str:
    try:
        branch = git(setup.root, "symbolic-ref", "--short", "refs/remotes/origin/HEAD").strip()
    except GitError:
        try:
            branch = git(setup.root, "symbolic-ref", "--short", "HEAD").strip()
        except GitError:
            branch = "main"
    branch = json.dumps(branch.removeprefix("origin/"))
    checkout = {"fetch-depth": 0, **job.checkout}
    given = _yaml(checkout, 10).replace(
        "fetch-depth: 0", "fetch-depth: 0 # the ledger is compared with its history"
    )
    steps = _yaml([*job.prepare], 6) if job.prepare else ""
    runs = "".join(
        f"      - run: {_line(command)}\n" for command in (*job.commands, f"{job.check} --format github")
    )
    where = f"    defaults:\n      run:\n        working-directory: {json.dumps(job.folder)}\n"
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
{_yaml({"env": job.env}, 4) if job.env else ""}{where if job.folder != "." else ""}    steps:
      - uses: actions/checkout@v4
        with:
{given}{steps}{runs}"""


def _yaml(value: object, indent: int) -> str:
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=1 << 20, allow_unicode=True)
    return textwrap.indent(text, " " * indent)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such, and the items of a list below what they belong to."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else '"' if re.fullmatch(r"[\d.]+", text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)


def _line(command: str) -> str:
    """Return a command as the value of a key in YAML."""
    return command if re.fullmatch(r"[\w./@=+ -]+", command) else json.dumps(command)


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
    zensical = builder_of(setup.config) == "zensical"
    if not zensical and setup.config.file not in setup.writes and setup.config.files[-1] not in setup.writes:
        return
    files = [
        *workflows(root),
        *(root / n for n in ("netlify.toml", ".gitlab-ci.yml", "Dockerfile", "Makefile")),
    ]
    if not zensical:
        files += requirement_files(*dict.fromkeys((setup.config.file.parent, root)))
    found: list[str] = []
    for file in dict.fromkeys(files):
        text = text_of(file)
        if re.search(r"\bunbroken\b", text):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            said = re.sub(r"(?<!\S)#.*", "", line)
            here = "zensical build" in said if zensical else bool(_BUILDERS.search(said))
            if here and (zensical or file.suffix == ".txt" or _INSTALLS.search(said)):
                found.append(f"{os.path.relpath(file, root).replace(os.sep, '/')}:{number}")
                break
    if not found:
        return
    what = (
        "Run `unbroken finish` after the build there as well"
        if zensical
        else "Every build needs the package now, so install unbroken there as well"
    )
    setup.advice.append(f"{what}: {', '.join(found)}.")
