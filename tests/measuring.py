"""What measures the process that commands are forked from, and then each of them: see tests/warm.py.

To begin anew in each takes longer than a small command does.
"""

from __future__ import annotations

import atexit
from pathlib import Path

import coverage

_ROOT = Path(__file__).parent.parent
# By its folder and not by its name, for which every process would look up each module that it has not run.
_part = coverage.Coverage(
    config_file=str(_ROOT / "pyproject.toml"),
    data_suffix=True,
    source_pkgs=[],
    include=[str(_ROOT / "unbroken/*")],
)
_part.start()


def pause() -> None:
    """Keep what ran while modules were loaded, and measure nothing more."""
    _part.stop()
    _part.save()


def go_on(test: str) -> None:
    """Measure what a test, if it is named, runs in this process, which keeps it for itself when it ends."""
    _part.start()
    if test:
        _part.switch_context(test)
    atexit.register(_part.save)
