"""Run a command as a reader of the README would: in .venv, with no standard input."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent

Completed = subprocess.CompletedProcess[str]


def environment(**extra: str) -> dict[str, str]:
    """This process's environment with .venv's commands first and nobody's notices about MkDocs 2."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    quiet = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
    return {**os.environ, "PATH": path, **quiet, **extra}


def run(
    *command: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 120,
) -> Completed:
    """The finished command, whatever its exit code; with `env` added to the environment."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd or ROOT,
        env=environment(**(env or {})),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def output(completed: Completed) -> str:
    """Everything the command printed."""
    return completed.stdout + completed.stderr


def must(completed: Completed) -> Completed:
    """The command again, having succeeded; else what it printed."""
    if completed.returncode:
        raise AssertionError(f"{completed.args} ended with {completed.returncode}:\n{output(completed)}")
    return completed
