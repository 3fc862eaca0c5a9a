"""Which builder makes a site, and how its own automation calls it.

The name of the configuration does not tell: Zensical and ProperDocs read a ``mkdocs.yml`` as well. So the
extensions that only one builder has, the commands of the site's automation and its lock files are asked.
"""

from __future__ import annotations

import os
import posixpath
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml

from unbroken.model.errors import GitError
from unbroken.workspace.config import NAMES, Config
from unbroken.workspace.git import git

Builder = Literal["mkdocs", "properdocs", "zensical"]
#: Every builder by the name of its command.
BUILDERS: tuple[Builder, ...] = ("zensical", "properdocs", "mkdocs")
_CALLS = re.compile(r"(?<![\w./-])(mkdocs|properdocs|zensical)(?=[\"',\s]+(?:build|gh-deploy|serve)\b)")
#: Other files that say how a site is built, at the top of the repository or beside the configuration.
_AUTOMATION = (
    ".gitlab-ci.yml", "netlify.toml", ".readthedocs.yaml", ".readthedocs.yml", "vercel.json", "Makefile",
    "justfile", "Justfile", "tox.ini", "noxfile.py", "package.json", "pyproject.toml", "Dockerfile",
    "azure-pipelines.yml", ".circleci/config.yml", "amplify.yml", "wrangler.toml", "wrangler.jsonc",
)  # fmt: skip
_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml")
_REQUIREMENTS = ("requirements*.txt", "*-requirements.txt", "docs/requirements*.txt", "requirements/*.txt")
# The end of one command of a shell and the beginning of the next.
_NEXT = re.compile(r"&&|\|\||[;|\n]")


def root_of(config: Config) -> Path:
    """Return the top of the repository that a site is in, or the folder of its configuration."""
    folder = config.file.parent
    try:
        below = git(folder, "rev-parse", "--show-prefix").rstrip("\n")
    except GitError:
        return folder
    # Not git's own name for it: where the author came by a link, names stay as the author has them.
    return Path(os.path.normpath(folder / "/".join([".."] * below.count("/"))))


def text_of(file: Path) -> str:
    """Return what a file says; one that cannot be read says nothing."""
    try:
        return file.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def workflows(root: Path) -> list[Path]:
    """Return the workflows that GitHub runs."""
    folder = root / ".github/workflows"
    return sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")])


def requirement_files(*folders: Path) -> list[Path]:
    """Return the files of requirements in some folders, each once."""
    found = (file for folder in folders for pattern in _REQUIREMENTS for file in sorted(folder.glob(pattern)))
    return list(dict.fromkeys(file for file in found if file.is_file()))


def builder_of(config: Config) -> Builder:
    """Return the builder that makes a site."""
    if config.file.suffix == ".toml":
        return "zensical"
    if config.file.stem.startswith("properdocs"):
        return "properdocs"
    if any(re.search(r"(?m)^[^#\n]*\bzensical\.extensions\.", text_of(file)) for file in config.files):
        return "zensical"
    root = root_of(config)
    folders = [*dict.fromkeys((config.file.parent, root))]
    files = [*workflows(root), *(folder / name for folder in folders for name in _AUTOMATION)]
    called = {name for file in files for name in _CALLS.findall(_said(file))}
    if not called:
        known = (_packages(folder / lock) for folder in folders for lock in _LOCKS)
        called = {name for names in known for name in names} & {*BUILDERS}
    if not called:
        texts = "\n".join(_said(file) for file in requirement_files(*folders))
        called = {name for name in BUILDERS if re.search(rf"(?mi)^[ \t]*{name}\b(?!-)", texts)}
    # Who calls two of them still has the one that every plugin knows.
    return called.pop() if len(called) == 1 else "mkdocs"  # type: ignore[return-value]


def _said(file: Path) -> str:
    """Return a text without its comments."""
    return re.sub(r"(?m)(?:(?<=\s)|^)#.*", "", text_of(file))


def _packages(lock: Path) -> set[str]:
    import tomllib  # only where there is a lock file

    try:
        listed = tomllib.loads(text_of(lock)).get("package", [])
        return {str(each["name"]).lower() for each in listed}
    except (tomllib.TOMLDecodeError, TypeError, KeyError, AttributeError):
        return set()


class Call(NamedTuple):
    """How a site's workflow builds it.

    Attributes:
        command: the command that builds, without what deploys.
        folder: the folder it runs in, relative to the top of the repository.
        site: the folder that it writes when that is not ``site_dir``, as the command names it; else empty.
        before: the steps of its job before it.
        job: the job as YAML has it.
        top: the workflow as YAML has it.
        file: the workflow.
    """

    command: str
    folder: str
    site: str
    before: tuple[dict[str, Any], ...]
    job: dict[str, Any]
    top: dict[str, Any]
    file: Path


def call_of(config: Config) -> Call | None:
    """Return how a workflow of GitHub builds a site; None where none does, or it cannot be told."""
    root, builder = root_of(config), builder_of(config)
    return next((call for file in workflows(root) for call in _calls(file, config, root, builder)), None)


def _calls(file: Path, config: Config, root: Path, builder: str) -> Iterator[Call]:
    try:
        top = yaml.safe_load(text_of(file))
    except (yaml.YAMLError, ValueError, RecursionError):
        return
    jobs = top.get("jobs") if isinstance(top, dict) else None
    for job in jobs.values() if isinstance(jobs, dict) else ():
        steps = job.get("steps") if isinstance(job, dict) else None
        steps = [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []
        for number, step in enumerate(steps):
            for folder, words in _commands(step, job, top):
                if call := _call(words, folder, config, root, builder):
                    command, site = call
                    yield Call(command, folder, site, tuple(steps[:number]), job, top, file)


def _commands(step: dict[str, Any], *above: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield each simple command of a step: the folder it runs in, and its words."""
    folder = step.get("working-directory")
    for each in above:
        run = each.get("defaults", {}).get("run", {}) if isinstance(each.get("defaults"), dict) else {}
        folder = folder or (run.get("working-directory") if isinstance(run, dict) else None)
    here = posixpath.normpath(folder) if isinstance(folder, str) and folder else "."
    text = step.get("run")
    for part in _NEXT.split(text.replace("\\\n", " ")) if isinstance(text, str) else ():
        try:
            words = shlex.split(part, comments=True)
        except ValueError:
            continue
        if len(words) == 2 and words[0] == "cd":
            here = posixpath.normpath(posixpath.join(here, words[1]))
        elif words:
            yield here, words


def _call(words: list[str], folder: str, config: Config, root: Path, builder: str) -> tuple[str, str] | None:
    """Return the command that builds this very site, and where to if not to ``site_dir``; None for others."""
    at = next((n for n, word in enumerate(words) if posixpath.basename(word) == builder), None)
    if at is None or at + 1 == len(words) or words[at + 1] not in ("build", "gh-deploy"):
        return None
    if any(set(word) & set("$`<>") for word in words):
        return None
    named, site, kept = "", "", [*words[: at + 1], "build"]
    rest = iter(words[at + 2 :])
    for word in rest:
        name, equals, value = word.partition("=")
        if name in ("-f", "--config-file", "-d", "--site-dir"):
            value = value if equals else next(rest, "")
            if not value:
                return None
            if name in ("-f", "--config-file"):
                named = value
            else:
                site = value
            kept += [name, value]
        elif word in ("-s", "--strict", "-c", "--clean", "-q", "--quiet", "-v", "--verbose"):
            kept.append(word)
        elif name in _WITH_VALUE:
            if not equals:
                next(rest, "")
            if name in ("-t", "--theme"):
                return None
    here = root / folder
    files = [named] if named else [name for name in NAMES if (here / name).is_file()]
    if not files or os.path.realpath(here / files[0]) != os.path.realpath(config.file):
        return None
    if not site:
        return shlex.join(kept), ""
    # MkDocs takes it from the folder of the configuration.
    there = Path(os.path.normpath(config.file.parent / site))
    if not there.is_relative_to(root):
        return None
    own = os.path.realpath(there) != os.path.realpath(config.site_dir)
    return shlex.join(kept), os.path.relpath(there, here).replace(os.sep, "/") if own else ""


_WITH_VALUE = ("-m", "--message", "-b", "--remote-branch", "-r", "--remote-name", "-t", "--theme")
