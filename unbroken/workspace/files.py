"""Files: how they are named in messages, and written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: a file that is open cannot be removed there
    fcntl = None  # type: ignore[assignment]

#: Where the tool keeps what it can make again, below the folder of the site's configuration.
FOLDER = ".cache/unbroken"
_UNFINISHED = ".unbroken-"
# To open a file that nobody else has made, for bytes as they are.
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_swept: set[str] = set()


def shown(file: Path) -> str:
    """Return a file's path as messages show it: relative to the working directory where it is below it."""
    try:
        return file.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return file.as_posix()


def kept(root: Path) -> Path:
    """Make the folder for what the tool keeps between runs, which git ignores, and return it.

    Args:
        root: the folder of the site's configuration.

    Raises:
        OSError: it cannot be made.
    """
    folder = root / FOLDER
    # Not where a link in somebody's repository leads.
    if os.path.realpath(folder) != os.path.join(os.path.realpath(root), *FOLDER.split("/")):
        raise OSError(errno.ELOOP, "a link leads out of the site's folder", str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        _put(ignore, b"*\n", folder, sync=False)
    return folder


def write(file: Path, data: bytes, root: Path | None = None) -> None:
    """Write a file of the author's, whole or not at all; through a symbolic link, the file that it names.

    Args:
        file: the file; its folder is made. A pipe or a terminal is written to as it is.
        data: its whole content.
        root: the folder of the site's configuration, where one is known.

    Raises:
        OSError: it cannot be written, and is as it was.
    """
    file = Path(os.path.realpath(file))
    if file.exists() and not (file.is_file() and os.access(file, os.W_OK)):
        file.write_bytes(data)  # a pipe or a terminal; or what says why it cannot be written
        return
    replace(file, data, root)


def replace(file: Path, data: bytes, root: Path | None = None, *, sync: bool = True) -> None:
    """Put a file where there may be one already, whole or not at all; a symbolic link gives way.

    Its mode stays as it was; a new file's is what the umask leaves. It is written under another name first:
    in the folder for what is kept, where nothing is published from; beside its place when that is on another
    disk. What a kill leaves there, the next run that writes to the same folder removes.

    Args:
        file: the file; its folder is made.
        data: its whole content.
        root: the folder of the site's configuration, where one is known.
        sync: wait until the disk has it; not for what can be made again.

    Raises:
        OSError: it cannot be written, and is as it was.
    """
    place = file.parent
    try:
        place.mkdir(parents=True, exist_ok=True)
        if aside := root and _aside(root):
            folder, device = aside
            with suppress(OSError):  # two folders of one device may yet be two mounts
                if device == os.stat(place).st_dev:
                    _put(file, data, folder, sync)
                    return
        _put(file, data, place, sync)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(file)) from None


def create(file: str, data: bytes) -> bool:
    """Write a file where there is none; return False where there is one. A kill can leave a part of it.

    Args:
        file: the file; its folder is made.
        data: its whole content.

    Raises:
        OSError: it cannot be written, and is not there.
    """
    folder = os.path.dirname(file)
    try:
        os.mkdir(folder)
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)
    except FileExistsError:
        pass
    try:
        handle = os.open(file, _NEW, 0o666)
    except FileExistsError:
        return False
    try:
        _write_all(handle, data)
    except BaseException:
        with suppress(OSError):
            os.unlink(file)
        raise
    finally:
        os.close(handle)
    return True


@cache
def _aside(root: Path) -> tuple[Path, int] | None:
    """Return the folder for unfinished files, and its device; None where there cannot be one."""
    try:
        folder = kept(root) / "tmp"
        folder.mkdir(exist_ok=True)
        inside = os.path.realpath(folder) == os.path.join(os.path.realpath(root), FOLDER, "tmp")
        return (folder, folder.stat().st_dev) if inside else None
    except OSError:
        return None


def _put(file: Path, data: bytes, folder: Path, sync: bool) -> None:
    mode = _mode(file)
    with _unfinished(folder, 0o666 if mode is None else mode) as (handle, name):
        _write_all(handle, data)
        if mode is not None:
            os.chmod(name, mode)
        if sync:
            os.fsync(handle)
        if fcntl is None:
            os.close(handle)
        os.replace(name, file)
    if sync and fcntl is not None:
        _sync(file.parent)


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _mode(file: Path) -> int | None:
    """Return the mode of an ordinary file; None for anything else."""
    try:
        status = os.lstat(file)
    except FileNotFoundError:
        return None
    return stat.S_IMODE(status.st_mode) if stat.S_ISREG(status.st_mode) else None


@contextmanager
def _unfinished(folder: Path, mode: int) -> Iterator[tuple[int, str]]:
    """Open a new file under a name that the next run removes, should this one be killed."""
    _sweep(folder)
    while True:
        name = f"{folder}{os.sep}{_UNFINISHED}{os.urandom(8).hex()}"
        handle = os.open(name, _NEW, mode)
        # Locked, so that another process sees that it is being written; unless that one was quicker.
        if fcntl is not None:
            with suppress(OSError):  # a disk without locks
                fcntl.flock(handle, fcntl.LOCK_EX)
        if os.path.exists(name):
            break
        os.close(handle)
    try:
        yield handle, name
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    finally:
        with suppress(OSError):
            os.close(handle)


def _sweep(folder: Path) -> None:
    """Remove what runs that were killed have left in a folder, once a run."""
    if str(folder) in _swept:
        return
    _swept.add(str(folder))
    try:
        names = [entry.path for entry in os.scandir(folder) if _is_stray(entry)]
    except OSError:
        return
    for name in names:
        with suppress(OSError):
            if fcntl is None:
                os.unlink(name)
                continue
            handle = os.open(name, os.O_WRONLY | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(name)
            finally:
                os.close(handle)


def _is_stray(entry: os.DirEntry[str]) -> bool:
    return entry.name.startswith(_UNFINISHED) and entry.is_file(follow_symlinks=False)


def _sync(folder: Path) -> None:
    """Wait until the disk has the names in a folder, where folders can be opened."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
