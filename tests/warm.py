"""Run a command of .venv in a process forked from one that has loaded what commands load.

To load it is most of what a small build costs. What Python reads before it runs anything, such as
``PYTHONUTF8`` or the locale, needs a process from nothing.
"""

from __future__ import annotations

import atexit
import os
import runpy
import subprocess
import sys
from functools import cache
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING

import unbroken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
COMMANDS = ("mkdocs", "unbroken")
#: What they load that is not ours.
LIBRARIES = [
    "click", "httpx", "markdown", "markdown.extensions.codehilite", "markdown.extensions.fenced_code",
    "markdown.extensions.tables", "material.plugins.search.plugin", "mkdocs.__main__",
    "mkdocs.commands.build", "mkdocs.config.defaults", "mkdocs.themes", "mkdocs_redirects.plugin",
    "pathspec", "pygments.formatters", "pymdownx.superfences", "rich.console", "selectolax.lexbor",
    "yaml",
]  # fmt: skip
#: How the variables begin that are read before anything runs, or by which a command is found.
EARLY = ("LANG", "LC_", "PATH", "PYTHON", "TZ")


def takes(words: Sequence[str], added: Mapping[str, str]) -> bool:
    """Return whether a command can be run this way with what is added to the environment."""
    forks = "forkserver" in get_all_start_methods()  # which Windows has not
    return forks and words[0] in COMMANDS and not any(name.startswith(EARLY) for name in added)


@cache
def _begin() -> None:
    """Load it; what runs meanwhile is measured where commands are, too (tests/measured.py)."""
    from multiprocessing.forkserver import ensure_running

    measured = ["tests.measuring"] if "tests.measured" in sys.modules else []
    get_context("forkserver").set_forkserver_preload([*LIBRARIES, *measured, *_package(), "tests.loaded"])
    kept = {name: os.environ.pop(name) for name in [*os.environ] if name.startswith("COVERAGE_")}
    try:
        ensure_running()
    finally:
        os.environ.update(kept)


def _package() -> list[str]:
    modules = walk_packages(unbroken.__path__, f"{unbroken.__name__}.")
    return [module.name for module in modules if not module.name.endswith("__main__")]


@cache
def _path() -> list[str]:
    """Return where a command looks for modules, as Python has it that starts."""
    asked = [sys.executable, "-c", "import sys; print(*sys.path[1:], sep='\\n')"]
    return subprocess.run(asked, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()


class Process:
    """A running command, the first process of a session."""

    def __init__(
        self, words: Sequence[str], cwd: Path, env: Mapping[str, str], streams: Sequence[Path]
    ) -> None:
        """Start it; it reads from the first of three files and prints to the others."""
        _begin()
        self._words = words
        self._process = get_context("forkserver").Process(
            target=_become, args=(words, cwd, env, streams, _path())
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code; raise ``TimeoutExpired`` if there is none after so many seconds."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self._words, timeout or 0)
        return self._process.exitcode


def _become(
    words: list[str], cwd: Path, env: dict[str, str], streams: Sequence[Path], path: list[str]
) -> None:
    """Take over a command's streams, folder, environment, module path and arguments, and run it."""
    os.setsid()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    for number, stream in enumerate(streams):
        os.dup2(opened := os.open(stream, os.O_WRONLY if number else os.O_RDONLY), number)
        os.close(opened)
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.path[:] = [str(BIN), *path]
    if "COVERAGE_TEST" in env:
        from tests import measuring

        measuring.go_on(env["COVERAGE_TEST"])
    sys.argv = [str(BIN / words[0]), *words[1:]]
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    finally:
        atexit._run_exitfuncs()
