"""Ask git about a repository, with no setting of the reader's machine in the way."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from unbroken.model.errors import GitError


def variables() -> dict[str, str]:
    """Return the environment that git runs in: it takes no lock for reading, and speaks English."""
    return {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}


def git(folder: Path, *arguments: str, given: str = "", environment: Mapping[str, str] | None = None) -> str:
    """Return what a git command prints.

    Args:
        folder: where it runs.
        arguments: the command and its arguments.
        given: what it reads on its standard input.
        environment: variables next to those of this process.

    Raises:
        GitError: there is no git, no repository, or the command failed.
    """
    import subprocess  # only where it is needed: starting is most of a short run

    command = ["git", "-C", str(folder), "-c", "core.quotePath=false", *arguments]
    try:
        data = given.encode("utf-8", "surrogateescape")
        env = {**variables(), **(environment or {})}
        done = subprocess.run(command, capture_output=True, env=env, input=data, check=False)
    except OSError as error:
        raise GitError(f"git cannot be run: {error.strerror}") from None
    except ValueError as error:  # a name with a NUL, which no file can have
        raise GitError(f"git cannot be asked: {error}") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise GitError(said[-1] if said else f"git ended with {done.returncode}")
    return done.stdout.decode("utf-8", "surrogateescape")
