"""A free port for servers that cannot choose one themselves."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.servers.process import NotReadyError, Server, free_port, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

ATTEMPTS = 3


@contextmanager
def on_a_free_port(place: Path, configure: Callable[[int], Sequence[str | Path]]) -> Iterator[Server]:
    """Start a server on a free port, and on another one when someone was quicker.

    `configure` writes its configuration for a port into the place where it runs, and returns the command.
    """
    for attempt in range(1, ATTEMPTS + 1):
        port = free_port()
        context = running(configure(port), cwd=place, url=f"http://127.0.0.1:{port}")
        try:
            server = context.__enter__()
        except NotReadyError as error:
            if attempt == ATTEMPTS or "in use" not in str(error):
                raise
            continue
        break
    try:
        yield server
    finally:
        context.__exit__(None, None, None)
