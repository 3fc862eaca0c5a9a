"""Git's index in a move: what was staged of a file stays staged under its new name, as ``git mv`` does it."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from unbroken.model.errors import GitError
from unbroken.workspace.files import shown
from unbroken.workspace.git import git, variables

# Seconds to wait for another git, and between two looks.
_PATIENCE, _PAUSE = 3.0, 0.05


class Locked(GitError):
    """Another git command holds the index, or left its lock behind."""


def changes(root: Path, renames: Iterable[tuple[str, str]]) -> dict[str, list[str]] | None:
    """Return the lines of the index before and after renames; None where there is nothing to change.

    Args:
        root: the folder that the names are relative to.
        renames: old and new name of each file.
    """
    pairs = list(renames)
    try:
        below = git(root, "rev-parse", "--show-prefix").rstrip("\n")
        listed = git(root, "ls-files", "-z", "--stage", "--full-name") if pairs else ""
    except GitError:
        return None
    lines = {}
    for line in listed.split("\0"):
        said, _, path = line.partition("\t")
        if said.endswith(" 0"):  # what is in conflict stays so
            lines[path] = said
    names = {os.path.normpath(below + old): os.path.normpath(below + new) for old, new in pairs}
    known = {old: new for old, new in names.items() if old in lines}
    if not known:
        return None
    touched = {*known, *known.values()}
    nothing = [f"0 {'0' * 40}\t{path}" for path in sorted(touched)]
    return {
        "before": nothing + [f"{lines[path]}\t{path}" for path in sorted(touched) if path in lines],
        "after": nothing + [f"{lines[old]}\t{new}" for old, new in known.items()],
    }


def update(root: Path, lines: Iterable[str]) -> None:
    """Change the index, all of it or nothing.

    Raises:
        Locked: another git holds it, and goes on holding it.
        GitError: git did not do it.
    """
    given = "".join(line + "\0" for line in lines).encode("utf-8", "surrogateescape")
    command = ["git", "-C", str(root), "update-index", "-z", "--index-info"]
    until = time.monotonic() + _PATIENCE
    while True:
        wait(root)
        done = subprocess.run(command, input=given, env=variables(), capture_output=True, check=False)
        if not done.returncode:
            return
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        if "index.lock" not in "".join(said) or time.monotonic() > until:
            raise GitError(said[0] if said else f"git ended with {done.returncode}")


def wait(root: Path) -> None:
    """Wait until no other git changes the index; a folder without git needs no waiting.

    Raises:
        Locked: it still does after some seconds.
    """
    try:
        lock = root / git(root, "rev-parse", "--git-path", "index.lock").rstrip("\n")
    except GitError:
        return
    until = time.monotonic() + _PATIENCE
    while os.path.lexists(lock):
        if time.monotonic() > until:
            raise Locked(f"{shown(lock)} is there: {_holder(lock)}")
        time.sleep(_PAUSE)


def _holder(lock: Path) -> str:
    """Return what holds a lock, as far as this machine tells, and what to do about it."""
    number = _process(lock)
    if number:
        return f"{number} is changing git's index. Wait until it has ended, then run this again."
    return (
        "an editor's git, or one that was killed, has locked the index, and no process here has it open. "
        f"If no git runs, remove it: rm {shlex.quote(shown(lock))}"
    )


def _process(lock: Path) -> str:
    """Return the name and number of the process that has a file open, where Linux tells."""
    try:
        wanted = os.stat(lock)
        numbers = [entry for entry in os.listdir("/proc") if entry.isdigit()]
    except OSError:
        return ""
    for number in numbers:
        try:
            for handle in os.scandir(f"/proc/{number}/fd"):
                if os.path.samestat(wanted, os.stat(handle.path)):
                    name = Path(f"/proc/{number}/comm").read_text(encoding="utf-8", errors="replace").strip()
                    return f"{name} (process {number})"
        except OSError:
            continue
    return ""
