"""A free port for servers that cannot choose one themselves."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.servers.process import NotReadyError, Server, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

ATTEMPTS = 3


@contextmanager
def on_a_free_port(start: Callable[[int], AbstractContextManager[Server]]) -> Iterator[Server]:
    """Start a server on a free port, and on another one when someone was quicker."""
    for attempt in range(1, ATTEMPTS + 1):
        context = start(free_port())
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
