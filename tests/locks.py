"""One at a time, among the workers of a run."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold a lock; another worker that wants it waits."""
    with file.open("w") as lock:
        if sys.platform == "win32":
            while True:
                try:
                    msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)  # gives up after ten seconds
                    break
                except OSError:
                    continue
        else:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
