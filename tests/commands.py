"""Run a command as a reader of the README would: in .venv, and never for longer than it may take."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
    given: bytes = b"",
    timeout: float = 120,
) -> Completed:
    """The finished command, whatever its exit code; with `env` added to the environment.

    It reads what is `given`. After `timeout` seconds it is ended with all that it started, and what it
    printed so far is shown.
    """
    words = [str(part) for part in command]
    process = subprocess.Popen(
        words,
        cwd=cwd or ROOT,
        env=environment(**(env or {})),
        stdin=subprocess.PIPE if given else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        said = process.communicate(given or None, timeout)
    except subprocess.TimeoutExpired:
        end_group(process)
        said = process.communicate(timeout=5)
        raise AssertionError(f"{words} did not end within {timeout:.0f} s:\n{_text(*said)}") from None
    except BaseException:
        end_group(process)
        raise
    return subprocess.CompletedProcess(words, process.returncode, *map(_text, said))


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Ask a process, which leads a group, and all of that group to stop; then make them."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(timeout=5)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def _text(*said: bytes) -> str:
    return b"".join(said).decode("utf-8", "replace").replace("\r\n", "\n")


def output(completed: Completed) -> str:
    """Everything the command printed."""
    return completed.stdout + completed.stderr


def must(completed: Completed) -> Completed:
    """The command again, having succeeded; else what it printed."""
    if completed.returncode:
        raise AssertionError(f"{completed.args} ended with {completed.returncode}:\n{output(completed)}")
    return completed


def forked(work: Callable[[], object]) -> bool:
    """Whether the work came to its end in a process of its own; it may end that with the status 9."""
    child = os.fork()
    if not child:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, 9)
    return status == 0
