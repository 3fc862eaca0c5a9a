"""Start a server with a configuration of ours, ask it, and end it."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

#: How many addresses are asked; of more, evenly chosen ones.
MOST = 20_000
# Seconds: how long a server may take to start, for one answer, and for all of them.
_START, _ANSWER, _ALL = 10.0, 5.0, 120.0
_ATTEMPTS = 3
# How many published files a server is shown.
_FILES = 20_000


class Unasked(Exception):
    """A server was not asked; the message says why, as the end of a sentence."""


class Answer(NamedTuple):
    """What a server answers: its status, and the ``Location`` or nothing."""

    status: int
    location: str


class Server(NamedTuple):
    """How to run a server.

    Attributes:
        title: its name in a sentence.
        names: what its program may be called.
        configuration: writes the configuration for a file's text and name into a folder, in which ``root``
            holds what is published, and returns the program's arguments.
    """

    title: str
    names: tuple[str, ...]
    configuration: Callable[[Setting], list[str]]


class Setting(NamedTuple):
    """What a configuration is written for.

    Attributes:
        program: the server's program.
        text: the text of the imported file.
        name: the file's name.
        place: the folder for the configuration.
        root: the folder of what is published.
        port: where it is to listen, on this machine alone.
    """

    program: str
    text: str
    name: str
    place: Path
    root: Path
    port: int


def program(names: Iterable[str]) -> str | None:
    """Return the first program of these names on the PATH; relative folders in it do not count."""
    folders = [folder for folder in os.get_exec_path() if os.path.isabs(folder)]
    for name in names:
        if found := shutil.which(name, path=os.pathsep.join([*folders, "/usr/sbin", "/usr/local/sbin"])):
            return found
    return None


def ask(
    server: Server, text: str, name: str, published: Iterable[str], paths: Sequence[str], host: str
) -> dict[str, Answer]:
    """Return what a server answers to paths, by the redirects in a text.

    Args:
        server: the server.
        text: the text of the imported file.
        name: the file's name.
        published: the address path of every page and file, which the server finds below its root.
        paths: what to ask for.
        host: the host that is asked, or empty.

    Raises:
        Unasked: there is no such server, or it does not take the lines.
    """
    found = program(server.names)
    if found is None:
        raise Unasked(f"there is no {server.names[0]} on the PATH")
    if not paths:
        raise Unasked("it has no redirects")
    step = -(-len(paths) // MOST)
    with tempfile.TemporaryDirectory(prefix="unbroken-", ignore_cleanup_errors=True) as name_of_place:
        place = Path(name_of_place)
        place.chmod(0o755)  # where the server gives root's rights away, it still has to read this
        root = place / "root"
        root.mkdir()
        _publish(root, published)
        for attempt in range(_ATTEMPTS):
            port = _free_port()
            setting = Setting(found, text, name, place, root, port)
            with _running([found, *server.configuration(setting)], place) as process:
                if _answers(process, port):
                    return _asked(port, paths[::step], host or "127.0.0.1")
            said = (place / "said").read_text("utf-8", "replace").strip().splitlines()
            if attempt == _ATTEMPTS - 1 or not any("in use" in line for line in said):
                raise Unasked(f"{server.title} does not take it ({said[-1][:200] if said else 'no answer'})")
    raise AssertionError


def _publish(root: Path, published: Iterable[str]) -> None:
    """Put an empty file where each page is."""
    for number, path in enumerate(published):
        if number == _FILES:
            return
        parts = [part for part in path.split("/") if part]
        if any(part in (".", "..") or "\0" in part or "\\" in part for part in parts):
            continue
        file = root.joinpath(*parts, *(["index.html"] if path.endswith("/") else []))
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        except OSError:  # a name that this disk does not take
            continue


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _running(command: list[str], place: Path) -> Iterator[subprocess.Popen[bytes]]:
    # Nothing of the caller's environment: a configuration can name a variable.
    env = {"PATH": os.defpath, "HOME": str(place), "TMPDIR": str(place)}
    with (place / "said").open("wb") as said:
        process = subprocess.Popen(
            command, cwd=place, env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_ANSWER)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    end = time.monotonic() + _START
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=_ANSWER).close()
        except OSError:
            time.sleep(0.02)
        else:
            return process.poll() is None
    return False


def _asked(port: int, paths: Sequence[str], host: str) -> dict[str, Answer]:
    end = time.monotonic() + _ALL
    found: dict[str, Answer] = {}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER)
    try:
        for path in paths:
            if time.monotonic() > end:
                break
            try:
                connection.putrequest("HEAD", path, skip_host=True)
                connection.putheader("Host", host)
                connection.endheaders()
                reply = connection.getresponse()
                reply.read()
            except (OSError, ValueError, http.client.HTTPException):
                connection.close()
                continue
            location = (
                reply.headers.get("Location", "").encode("latin-1", "replace").decode("utf-8", "replace")
            )
            found[path] = Answer(reply.status, location)
    finally:
        connection.close()
    return found
