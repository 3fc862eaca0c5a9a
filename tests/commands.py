"""Run a command as a reader of the README would: in .venv, and never for longer than it may take."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol

from tests import warm

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

BIN, ROOT = warm.BIN, warm.ROOT

Completed = subprocess.CompletedProcess[str]


class Process(Protocol):
    """A command that runs, the first of its group."""

    @property
    def pid(self) -> int:
        """Its number."""

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code; raise ``TimeoutExpired`` if there is none after so many seconds."""


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
    timeout: float = 300,
) -> Completed:
    """The finished command, whatever its exit code; with `env` added to the environment.

    It reads what is `given`. After `timeout` seconds it is ended with all that it started, and what it
    printed so far is shown.
    """
    words = [str(part) for part in command]
    with TemporaryDirectory() as folder:
        streams = [Path(folder, name) for name in ("stdin", "stdout", "stderr")]
        for stream, data in zip(streams, (given, b"", b""), strict=True):
            stream.write_bytes(data)
        process = _started(words, cwd or ROOT, env or {}, streams)
        try:
            code = process.wait(timeout)
        except BaseException as error:
            end_group(process)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            said = "".join(map(_text, streams[1:]))
            raise AssertionError(f"{words} did not end within {timeout:.0f} s:\n{said}") from None
        return subprocess.CompletedProcess(words, code, *map(_text, streams[1:]))


def at_terminal(*command: str | Path, cwd: Path, typed: str = "") -> tuple[int, str]:
    """The exit code of a command at a terminal of its own, and all that it shows there."""
    import pty  # which Windows has not

    ours, theirs = pty.openpty()
    if typed:
        os.write(ours, typed.encode())
    words = [BIN / command[0], *command[1:]]
    env = environment(TERM="xterm-256color", COLUMNS="100")
    process = subprocess.Popen(
        words, cwd=cwd, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # which Linux answers when the other end is closed
        while part := os.read(ours, 65_536):
            shown += part
    os.close(ours)
    return process.wait(), shown.decode().replace("\r\n", "\n")


def _started(words: list[str], cwd: Path, added: Mapping[str, str], streams: Sequence[Path]) -> Process:
    env = environment(**added)
    if warm.takes(words, added):
        return warm.Process(words, cwd, env, streams)
    with streams[0].open("rb") as given, streams[1].open("wb") as printed, streams[2].open("wb") as errors:
        return subprocess.Popen(
            words, cwd=cwd, env=env, stdin=given, stdout=printed, stderr=errors, start_new_session=True
        )


def end_group(process: Process) -> None:
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


def _text(said: Path) -> str:
    return said.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")


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
