"""What the tool left for itself, told apart from what somebody else put in its place.

A repository may hold anything, below ``.cache/unbroken`` as well. So what is kept there is sealed with a key
that is outside every repository, and that only this user on this machine can read. What is not sealed with it
counts as not there.
"""

from __future__ import annotations

import hmac
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

_SIZE = 32
_SEAL = 32


def sealed(data: bytes, about: str) -> bytes | None:
    """Return data behind a seal; None where no key can be kept.

    Args:
        data: what is to be trusted later.
        about: what it is, and for which place: what is sealed for one is not trusted for another.
    """
    key = _key()
    return None if key is None else _seal(key, data, about) + data


def opened(data: bytes, about: str) -> bytes | None:
    """Return what was sealed by this user on this machine for the same use; None for anything else."""
    key = _key()
    if key is None or len(data) < _SEAL:
        return None
    seal, rest = data[:_SEAL], data[_SEAL:]
    return rest if hmac.compare_digest(seal, _seal(key, rest, about)) else None


def _seal(key: bytes, data: bytes, about: str) -> bytes:
    label = about.encode("utf-8", "surrogateescape")
    own = hmac.digest(key, len(label).to_bytes(8, "big") + label, "sha256")
    return hmac.digest(own, data, "sha256")


@cache
def _key() -> bytes | None:
    """Return this user's key, which is made the first time; None where there is no place for one."""
    for folder in _folders():
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_own(os.lstat(folder), stat.S_ISDIR):
                return _read(folder / "key") or _made(folder / "key")
    return None


def _folders() -> Iterator[Path]:
    """Yield where a user's own state may be kept, the best place first."""
    state = os.environ.get("XDG_STATE_HOME", "") if os.name != "nt" else os.environ.get("LOCALAPPDATA", "")
    if os.path.isabs(state):
        yield Path(state) / "unbroken"
    with suppress(RuntimeError):
        yield Path.home() / ".local/state/unbroken"
    import tempfile  # where nothing else will do

    user = os.geteuid() if hasattr(os, "geteuid") else "user"
    yield Path(tempfile.gettempdir()) / f"unbroken-{user}"


def _is_own(status: os.stat_result, kind: Callable[[int], bool]) -> bool:
    """Return whether a file or folder is this user's, and nobody else can write to it."""
    if not kind(status.st_mode):
        return False
    return os.name == "nt" or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)


def _read(file: Path) -> bytes | None:
    """Return the key in a file; None when there is none that only this user can have read."""
    try:
        handle = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return None
    try:
        status = os.fstat(handle)
        if not _is_own(status, stat.S_ISREG) or (os.name != "nt" and status.st_mode & 0o077):
            return None
        data = os.read(handle, _SIZE + 1)
    finally:
        os.close(handle)
    return data if len(data) == _SIZE else None


def _made(file: Path) -> bytes:
    """Put a new key in a file, whole or not at all, and return the one that is there then.

    Raises:
        OSError: it cannot be written.
    """
    partial = file.with_name(f"key-{os.urandom(8).hex()}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(os.urandom(_SIZE))
        if file.is_symlink() or file.exists():
            os.replace(partial, file)  # what is there is no key, or others may know it
        else:
            # Of two runs that make one at a time the first wins.
            with suppress(FileExistsError):
                os.link(partial, file)
    finally:
        with suppress(OSError):
            os.unlink(partial)
    key = _read(file)
    if key is None:
        raise OSError(f"{file} cannot be kept")
    return key
