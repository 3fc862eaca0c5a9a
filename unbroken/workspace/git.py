"""Ask git about a repository, with no setting of the reader's machine in the way."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from unbroken.model.errors import GitError

# What comes before an object that is there: its hash, its kind and how many bytes it has.
_HEADER = re.compile(rb"[0-9a-f]{40,64} (\w+) (\d+)")


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


def contents(folder: Path, names: Iterable[str], errors: str = "surrogateescape") -> dict[str, str]:
    """Return the text of each file that git has, by the name that it was asked for.

    Args:
        folder: where git runs.
        names: of objects, as git takes them: a hash, or ``HEAD:./page.md``. What is no file is left out.
        errors: what becomes of bytes that are not UTF-8, as for ``bytes.decode``.

    Raises:
        GitError: there is no git, or no repository.
    """
    wanted = [name for name in dict.fromkeys(names) if name.strip("0") and "\n" not in name]
    if not wanted:
        return {}
    said = git(folder, "cat-file", "--batch", given="".join(f"{name}\n" for name in wanted))
    data = said.encode("utf-8", "surrogateescape")
    found: dict[str, str] = {}
    at = 0
    for name in wanted:
        end = data.index(b"\n", at)
        kind, size = _HEADER.fullmatch(data, at, end), 0
        at = end + 1
        if kind:
            size = int(kind[2])
            if kind[1] == b"blob":
                found[name] = data[at : at + size].decode("utf-8", errors)
            at += size + 1
    return found
