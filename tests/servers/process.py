"""Start a server as a process group of its own, wait until it answers, and end all of it."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.commands import end_group, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

POLL = 0.05
DEADLINE = 60.0


class NotReadyError(Exception):
    """A server ended, or did not answer in time; with what it printed."""


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    url: str
    log_file: Path

    def log(self) -> str:
        """What it has printed so far."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")


def free_port() -> int:
    """A port that nothing listened on a moment ago, for servers that cannot choose one themselves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def status(url: str) -> int | None:
    """The status that something answers with there, or None where nothing speaks HTTP."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
    try:
        connection.request("HEAD", address.path or "/")
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return response.status


def eventually(check: Callable[[], bool]) -> bool:
    """Look again and again, until it is so or the time is up."""
    end = time.monotonic() + DEADLINE
    while not check():
        if time.monotonic() > end:
            return False
        time.sleep(POLL)
    return True


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    url: str | re.Pattern[str],
    env: Mapping[str, str] | None = None,
    deadline: float = DEADLINE,
) -> Iterator[Server]:
    """Run a server until the block ends.

    `url` is where it will answer or, for a server that chooses its own port, the pattern under which it
    prints that: its first group is the URL.
    """
    server = Server(url if isinstance(url, str) else "", cwd / "server.log")
    with server.log_file.open("wb") as log:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env=environment(**(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield _wait(process, server, url, deadline)
    finally:
        end_group(process)


def _wait(
    process: subprocess.Popen[bytes], server: Server, url: str | re.Pattern[str], deadline: float
) -> Server:
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        if isinstance(url, re.Pattern) and (printed := url.search(server.log())):
            server = Server(printed[1], server.log_file)
        if server.url and status(server.url):
            return server
        try:
            code = process.wait(timeout=POLL)
        except subprocess.TimeoutExpired:
            continue
        raise NotReadyError(f"{process.args!r} ended with {code}:\n{server.log()}")
    raise NotReadyError(f"{process.args!r} did not answer within {deadline:.0f} s:\n{server.log()}")
