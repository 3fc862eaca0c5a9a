"""What an author is shown while a builder runs: what it does, and how long that took the last time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from pathlib import Path

from unbroken.builders import record
from unbroken.workspace.config import Config
from unbroken.workspace.files import FOLDER, replace

#: Shows a line for as long as what it returns is open; nothing where nobody watches.
SHOW: ContextVar[Callable[[str], AbstractContextManager[object]] | None] = ContextVar("SHOW", default=None)
_NAME = "took.json"
_LARGEST = 1 << 12  # bytes


@contextmanager
def during(
    config: Config, what: str, kind: str = "build", tell: Callable[[str], object] | None = None
) -> Iterator[None]:
    """Show what a builder does while it does it, and note how long that took unless it fails.

    Args:
        config: the site's configuration.
        what: what is done, as a sentence without its end.
        kind: ``build``, ``proof`` or ``list``: what takes as long from one time to the next.
        tell: called with the sentence where nobody watches.
    """
    last, show = _last(config, kind), SHOW.get()
    if show is None and tell is not None:
        tell(f"{what}; {last} ..." if last else f"{what} ...")
    began = time.monotonic()
    with show(f"{what}; {last or 'how long that takes is not known yet'} ...") if show else nullcontext():
        yield
    _note(config, kind, time.monotonic() - began)


def _last(config: Config, kind: str) -> str:
    """Return how long it took the last time; empty where that is not known."""
    seconds = _noted(config.file.parent).get(kind)
    if seconds is not None:
        return f"that took {_spent(seconds)} last time"
    known = record.read(config)
    return f"the last build took {_spent(known.seconds)}" if known else ""


def _spent(seconds: float) -> str:
    if seconds < 1:
        return "less than a second"
    if seconds < 100:
        return f"{seconds:.0f} second{'s' if round(seconds) > 1 else ''}"
    return f"{seconds / 60:.0f} minutes"


def _noted(root: Path) -> dict[str, float]:
    """Return how long each kind of work took, in seconds; what is no such note says nothing."""
    try:
        with open(root / FOLDER / _NAME, "rb") as file:
            noted = json.loads(file.read(_LARGEST))
        return {kind: float(took) for kind, took in noted.items() if 0 <= float(took) < 1e6}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _note(config: Config, kind: str, seconds: float) -> None:
    """Note how long some work took, where the site has a folder for what is kept."""
    root = config.file.parent
    folder = root / FOLDER
    if folder.is_dir() and not folder.is_symlink():
        noted = {**_noted(root), kind: round(seconds, 2)}
        with suppress(OSError):
            replace(folder / _NAME, json.dumps(noted).encode("ascii"), sync=False)
