"""Files: how they are named in messages, and written whole or not at all."""

from __future__ import annotations

from pathlib import Path


def shown(file: Path) -> str:
    """Return a file's path as messages show it: relative to the working directory where it is below it."""
    try:
        return file.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return file.as_posix()
