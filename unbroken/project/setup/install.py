"""How a site's automation installs what builds it, how it builds, and what of that excludes this package."""

from __future__ import annotations

import json
import os
import posixpath
import re
import shlex
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unbroken.builders.which import BUILDERS, Call, builder_of, call_of, requirement_files, root_of, text_of
from unbroken.project.setup.changes import Setup
from unbroken.workspace.config import NAMES, Config
from unbroken.workspace.files import shown

#: What pip knows this package by.
NAME = "unbroken"
_BUILDERS = re.compile(r"(?i)(?<![\w/.-])(?:mkdocs|properdocs|zensical)(?:-material)?(?![\w/.])")
_PYTHON = {"uses": "actions/setup-python@v5", "with": {"python-version": "3.13"}}
_UV = {"uses": "astral-sh/setup-uv@v6"}
# What a step may ask GitHub for and still work in a job of its own.
_CONTEXTS = re.compile(r"\$\{\{(?!\s*(?:hashFiles\(|runner\.|github\.(?!token)|env\.))")
_DEPLOYS = re.compile(r"\bgit (?:config|push|fetch)\b|\bsecrets\.|\bGITHUB_TOKEN\b")
_SETS_UP = re.compile(r"(?i)setup|cache|install")


@dataclass(slots=True)
class Job:
    """What installs, builds and checks a site.

    Attributes:
        folder: where its commands run, relative to the top of the repository.
        prepare: the steps before them, as GitHub takes them.
        commands: what installs, and then what builds, one after the other.
        check: the command that checks, without options.
        checkout: what is given to the step that checks the repository out.
        env: variables of the environment.
    """

    folder: str
    commands: list[str]
    check: str
    prepare: list[dict[str, Any]] = field(default_factory=lambda: [_PYTHON])
    checkout: dict[str, Any] = field(default_factory=dict)
    env: dict[str, Any] = field(default_factory=dict)


def job_of(setup: Setup) -> Job:
    """Return the job that checks a site: installed and built as its own workflow does, where it has one."""
    call = call_of(setup.config)
    return (call and _copied(call, setup.config)) or _guessed(setup)


# As the site's own workflow does.


def _copied(call: Call, config: Config) -> Job | None:
    """Return a job that does what another one does before and when it builds; None where that cannot be."""
    prefix, builder = _prefix(call.command)
    ours = _beside(prefix, call.before)
    if ours is None:
        return None
    install, run, build = ours
    checkout: dict[str, Any] = {}
    steps: list[dict[str, Any]] = []
    for step in call.before:
        used = str(step.get("uses", "")).partition("@")[0]
        if used == "actions/checkout":
            given = step.get("with")
            checkout = {k: v for k, v in given.items() if k in ("submodules", "lfs")} if given else {}
            if given and {"path", "repository"} & {*given}:
                return None
            continue
        if used and not _SETS_UP.search(posixpath.basename(used)):
            continue
        said = json.dumps(step, default=str)
        if not used and _DEPLOYS.search(said):
            continue
        if _CONTEXTS.search(said):
            return None
        if used == "actions/setup-python" and not _is_new_enough(step):
            step = {**step, "with": {**(step.get("with") or {}), "python-version": "3.13"}}
        steps.append(step)
    env = {**_mapping(call.top.get("env")), **_mapping(call.job.get("env"))}
    if _CONTEXTS.search(json.dumps(env, default=str)):
        return None
    words = shlex.split(call.command)[len(prefix) + 1 :]
    command = " ".join([shlex.join([*build, builder, *words])])
    site = call.site or _relative(config.site_dir, config, call.folder)
    named = next((words[n + 1] for n, w in enumerate(words[:-1]) if w in ("-f", "--config-file")), "")
    us = shlex.join([*run, NAME, *(("-f", named) if named else ())])
    finish = [f"{us} finish {quoted(site)}"] if builder == "zensical" else []
    check = f"{us} check {quoted(call.site)}" if call.site else f"{us} check"
    return Job(call.folder, [*install, command, *finish], check, steps, checkout, env)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _prefix(command: str) -> tuple[list[str], str]:
    """Return what stands before the builder in a command, and the builder."""
    words = shlex.split(command)
    at = next(n for n, word in enumerate(words) if posixpath.basename(word) in BUILDERS)
    return words[:at], words[at]


def _beside(
    prefix: list[str], before: Iterable[dict[str, Any]]
) -> tuple[list[str], list[str], list[str]] | None:
    """Return how this package gets to where the builder is.

    Returns:
        The commands that install it, what runs it, and what runs the builder; None where that is not known.
    """
    ran = "\n".join(str(step.get("run", "")) for step in before)
    package = package_here()
    if prefix in ([], ["python", "-m"], ["python3", "-m"]):
        if re.search(r"\buv pip install\b.*--system|UV_SYSTEM_PYTHON", ran):
            return [f"uv pip install --system {package}"], [], prefix
        if not re.search(r"\bpip3? install\b", ran) and re.search(r"\buv\b|\bpoetry\b|\bpdm\b", ran):
            return None  # in an environment of which the command alone does not tell
        return [f"{prefix[0] if prefix else 'python'} -m pip install {package}"], [], prefix
    if prefix[:1] == ["uvx"] or prefix[:2] == ["uv", "run"]:
        start = 1 if prefix[0] == "uvx" else 2
        if prefix[0] == "uvx" or "--with" in prefix or "--isolated" in prefix:
            run = [*prefix[:start], "--with", package.strip('"'), *prefix[start:]]
            return [], run, run
        if "--with-requirements" in prefix:
            return None
        sync = [] if re.search(r"\buv sync\b", ran) else [shlex.join(["uv", "sync", *prefix[2:]])]
        return [*sync, f"uv pip install {package}"], prefix, prefix
    if prefix in (["poetry", "run"], ["pipenv", "run"]):
        return [shlex.join([*prefix, "pip", "install"]) + f" {package}"], prefix, prefix
    return None


def _is_new_enough(step: dict[str, Any]) -> bool:
    version = str(_mapping(step.get("with")).get("python-version", "3.13"))
    found = re.fullmatch(r"(\d+)\.(\d+)(?:\.\w+)?", version)
    return found is None or (int(found[1]), int(found[2])) >= (3, 11)


# As its files say.


def _guessed(setup: Setup) -> Job:
    """Return a job that installs what the site's files of requirements name."""
    config = setup.config
    folder = _relative(setup.folder, config, ".")
    if (installed := _locked(setup)) is not None:
        prepare, install, run = installed
    else:
        prepare, install, run = [_PYTHON], _pip(setup), ""
    builder = builder_of(config)
    named = ""
    if config.file.name not in NAMES or setup.folder != config.file.parent:
        named = f" -f {quoted(os.path.relpath(config.file, setup.folder).replace(os.sep, '/'))}"
    us = f"{run}{NAME}{named}"
    commands = [*install, f"{run}{builder} build{named}"]
    if builder == "zensical":
        commands.append(f"{us} finish {quoted(_relative(config.site_dir, config, folder))}")
    return Job(folder, commands, f"{us} check", prepare)


def _locked(setup: Setup) -> tuple[list[dict[str, Any]], list[str], str] | None:
    """Return how uv or Poetry installs what their lock file names, and runs it."""
    for folder in _folders(setup):
        groups = _groups(_toml(folder / "pyproject.toml"))
        where = os.path.relpath(folder, setup.folder).replace(os.sep, "/")
        if (folder / "uv.lock").is_file() and groups is not None:
            project = "" if where == "." else f" --project {quoted(where)}"
            options = "".join(f" --{kind} {quoted(name)}" for kind, name in groups)
            python = f" --python {quoted(where)}/.venv" if project else ""
            install = [f"uv sync{project}{options}", f"uv pip install{python} {package_here()}"]
            return [_UV], install, f"uv run{project}{options} "
        if (folder / "poetry.lock").is_file() and where == ".":
            options = "".join(
                f" --{'with' if kind == 'group' else 'extras'} {quoted(name)}" for kind, name in groups or ()
            )
            install = ["pipx install poetry", f"poetry install{options}"]
            return [_PYTHON], [*install, f"poetry run pip install {package_here()}"], "poetry run "
    return None


def _groups(data: dict[str, Any]) -> list[tuple[str, str]] | None:
    """Return which groups and extras of a pyproject.toml bring a builder; None when nothing there does."""
    project = _mapping(data.get("project"))
    if any(_BUILDERS.match(str(each)) for each in _list(project.get("dependencies"))):
        return []
    for kind, table in (
        ("group", _mapping(data.get("dependency-groups"))),
        ("extra", _mapping(project.get("optional-dependencies"))),
    ):
        for name, listed in table.items():
            if isinstance(listed, list) and any(_BUILDERS.match(str(each)) for each in listed):
                return [(kind, name)]
    poetry = _mapping(_mapping(data.get("tool")).get("poetry"))
    for name, group in _mapping(poetry.get("group")).items():
        if any(_BUILDERS.match(each) for each in _mapping(_mapping(group).get("dependencies"))):
            return [("group", name)]
    return [] if any(_BUILDERS.match(each) for each in _mapping(poetry.get("dependencies"))) else None


def _pip(setup: Setup) -> list[str]:
    given = [file for file in requirement_files(*_folders(setup)) if _BUILDERS.search(text_of(file))]
    given = [file for file in given if file.parent == given[0].parent]
    package = package_here()
    if given:
        names = [quoted(os.path.relpath(file, setup.folder).replace(os.sep, "/")) for file in given]
        wanted = " ".join(f"-r {name}" for name in names)
        if any("--hash" in text_of(file) for file in given):
            # pip asks a hash of everything that is named beside what has one.
            return [f"pip install {wanted}", f"python -m pip install {package}"]
        return [f"pip install {wanted} {package}"]
    for folder in _folders(setup):
        if (groups := _groups(_toml(folder / "pyproject.toml"))) is not None:
            where = os.path.relpath(folder, setup.folder).replace(os.sep, "/")
            if not groups:
                return [f"pip install {quoted(where)} {package}"]
            ((kind, name),) = groups
            if kind == "extra":
                return [f"pip install {quoted(f'{where}[{name}]')} {package}"]
            at = "" if where == "." else f"{where}/pyproject.toml:"
            return [f"pip install --group {quoted(at + name)} {package}"]
    return [f"pip install {' '.join([*packages(setup.config), package])}"]


def _folders(setup: Setup) -> list[Path]:
    return list(dict.fromkeys((setup.config.file.parent, setup.root)))


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text_of(file))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _relative(path: Path, config: Config, folder: str) -> str:
    """Return a path from a folder that is relative to the top of the repository."""
    return os.path.relpath(path, root_of(config) / folder).replace(os.sep, "/")


def quoted(name: str) -> str:
    """Return a name as a shell takes it."""
    return shlex.quote(name)


def packages(config: Config) -> list[str]:
    """Return the packages that provide what the configuration names, of those that are installed here."""
    from importlib.metadata import entry_points

    words = {
        word
        for file in config.files
        for word in re.findall(r"[A-Za-z][\w-]*(?:\.\w+)?", re.sub(r"#.*", "", text_of(file)))
    }
    builder = builder_of(config)
    provided: dict[str, str] = {builder: builder}
    if config.file.suffix != ".toml":
        groups = ["markdown.extensions"]
        if builder != "zensical":
            groups = ["mkdocs.plugins", "mkdocs.themes", "properdocs.plugins", *groups]
        for group in groups:
            for entry in entry_points(group=group):
                name = entry.name.rpartition("/")[2]
                if name in words and entry.dist:
                    provided.setdefault(name, entry.dist.name)
    known = {NAME, "markdown"}
    return list(dict.fromkeys(name for name in provided.values() if name.lower() not in known))


def package_here() -> str:
    """Return how pip gets this very package: by its URL where it came from one."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        text = distribution(NAME).read_text("direct_url.json")
    except PackageNotFoundError:
        text = None
    origin = json.loads(text) if text else {}
    url = str(origin.get("url", ""))
    if "vcs_info" in origin and not url.startswith("file:"):
        return f'"{NAME} @ git+{url}@{origin["vcs_info"]["commit_id"]}"'
    return f'"{NAME} @ {url}"' if url.startswith(("http://", "https://")) else NAME


# What excludes us.


def excluded(setup: Setup) -> str:
    """Return which version that the site pins excludes this package, in a sentence; nothing if none does."""
    from importlib.metadata import PackageNotFoundError, requires

    from packaging.requirements import InvalidRequirement, Requirement

    try:
        needs = [Requirement(text) for text in requires(NAME) or ()]
    except PackageNotFoundError:
        return ""
    ours = {_plain(need.name): need for need in needs if need.marker is None}
    for file, line, text in _pins(setup):
        try:
            pin = Requirement(text)
        except InvalidRequirement:
            continue
        need = ours.get(_plain(pin.name))
        if need is None or (pin.marker and not pin.marker.evaluate({"extra": ""})):
            continue
        if not _meet(str(pin.specifier), str(need.specifier)):
            where = f"{shown(file)}:{line}" if line else shown(file)
            return (
                f"{where} pins {pin.name}{pin.specifier}, and unbroken needs {need.name}{need.specifier}, "
                "so unbroken cannot be installed beside it."
            )
    return ""


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _meet(one: str, other: str) -> bool:
    """Return whether any version is within both of two specifiers."""
    from packaging.specifiers import SpecifierSet
    from packaging.version import InvalidVersion, Version

    both = [SpecifierSet(one), SpecifierSet(other)]
    tried: list[Version] = []
    for specifiers in both:
        for each in specifiers:
            try:
                version = Version(each.version.removesuffix(".*"))
            except InvalidVersion:
                return True
            tried += [version, Version(f"{version}.1") if version.local is None else version]
    # Between two bounds that exclude themselves lies the next smaller part of the lower one.
    return all(not specifiers for specifiers in both) or any(
        all(specifiers.contains(version, prereleases=True) for specifiers in both) for version in tried
    )


def _pins(setup: Setup) -> Iterator[tuple[Path, int, str]]:
    """Yield what the site's files pin: the file, the line, and the requirement."""
    seen: set[Path] = set()
    waiting = [*requirement_files(*_folders(setup))]
    while waiting:
        file = waiting.pop(0)
        if file in seen:
            continue
        seen.add(file)
        lines = text_of(file).splitlines()
        for number, line in enumerate(lines, 1):
            said = re.sub(r"(?:^|\s)(?:#|--hash).*|\\$", "", line).strip()
            if found := re.match(r"(?:-[rc]|--requirement|--constraint)[ =]*(\S+)", said):
                other = Path(os.path.normpath(file.parent / found[1]))
                if other.is_relative_to(setup.root) and other.is_file():
                    waiting.append(other)
            else:
                yield file, number, said  # which may be no requirement at all
    for folder in _folders(setup):
        file = folder / "pyproject.toml"
        data = _toml(file)
        groups = _groups(data)
        project = _mapping(data.get("project"))
        listed = [*_list(project.get("dependencies"))] if groups is not None else []
        for kind, name in groups or ():
            table = data.get("dependency-groups") if kind == "group" else project.get("optional-dependencies")
            listed += _list(_mapping(table).get(name))
        yield from ((file, 0, each) for each in listed if isinstance(each, str))
        for lock in ("uv.lock", "poetry.lock"):
            for each in _list(_toml(folder / lock).get("package")):
                if isinstance(each, dict) and "version" in each:
                    yield folder / lock, 0, f"{each.get('name')}=={each['version']}"
