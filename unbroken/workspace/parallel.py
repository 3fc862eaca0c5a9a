"""Do one piece of work in a second process."""

from __future__ import annotations

import marshal
import os
import threading
from collections.abc import Callable
from typing import Any


def in_second_process(work: Callable[[], Any]) -> Callable[[], Any] | None:
    """Start a piece of work in a copy of this process.

    Args:
        work: returns plain values only.

    Returns:
        What waits for the result, which is None when the work failed; or None when there is one processor,
        no ``fork``, or a second thread, which a copy would not have.
    """
    if not hasattr(os, "fork") or (os.cpu_count() or 1) < 2 or threading.active_count() > 1:
        return None
    reader, writer = os.pipe()
    try:
        child = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        return None
    if not child:
        status = 1
        try:
            os.close(reader)
            with os.fdopen(writer, "wb") as stream:
                stream.write(marshal.dumps(work()))
            status = 0
        finally:
            # Nothing of the first process is to be done twice: no buffers written, no files removed.
            os._exit(status)
    os.close(writer)

    def result() -> Any:
        with os.fdopen(reader, "rb") as stream:
            data = stream.read()
        _, status = os.waitpid(child, 0)
        return marshal.loads(data) if status == 0 else None  # noqa: S302  from the child alone

    return result
