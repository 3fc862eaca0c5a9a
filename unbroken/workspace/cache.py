"""What was read of a site's pages, kept between runs.

A page is read anew when its bytes have changed. The whole is one file under a seal: what is not exactly as
this user wrote it on this machine counts as nothing, and a run that writes at the same time as another
replaces it as a whole.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from unbroken import __version__
from unbroken.model.addresses import Address
from unbroken.workspace.files import FOLDER, kept, replace
from unbroken.workspace.trust import opened, sealed

#: How many sites are kept.
_MOST = 8
_SUM = 16
# To write what is known of so many files takes about as long as to read one.
_FEW = 200
# What was read depends on the code that read it; marshal's format, on Python.
_VERSION = f"{__version__} 7 {sys.version}"
# A file's times do not tell a change within this time before the last run, in nanoseconds.
_RECENT = 2_000_000_000


class Cache:
    """The pages of one site.

    Args:
        root: the folder of the site's configuration.
        site: the site directory.
        kind: what is kept of it.
    """

    def __init__(self, root: Path, site: Path, kind: str = "pages") -> None:
        name = hashlib.blake2b(os.fsencode(os.path.realpath(site)), digest_size=8).hexdigest()
        self.root = root
        self.file = root / FOLDER / f"{name}.{kind}"
        self._old: dict[str, tuple[int, int, bytes, tuple[Any, ...]]] = {}
        self._new: dict[str, tuple[int, int, bytes, tuple[Any, ...]]] = {}
        self._written = 0
        try:
            data = self.file.read_bytes()
        except OSError:
            return
        known = opened(data, f"{_VERSION} {self.file.name}")
        if known is not None:
            self._written, self._old = marshal.loads(known)  # noqa: S302  only what was sealed here

    def recall(
        self, path: str, name: str, read: Callable[[str], bytes], make: Callable[[bytes], tuple[Any, ...]]
    ) -> tuple[Any, ...]:
        """Return what a file says, made anew only when it has changed.

        Args:
            path: the file.
            name: its name in the cache.
            read: returns a file's bytes.
            make: returns what bytes say, in plain values.

        Raises:
            OSError: the file cannot be read.
        """
        status = os.stat(path)
        if (known := self._unchanged(name, status)) is not None:
            return known
        said = self.of_text(name, read(path), make)
        self._new[name] = (status.st_size, status.st_mtime_ns, *self._new[name][2:])
        return said

    def of_text(self, name: str, data: bytes, make: Callable[[bytes], tuple[Any, ...]]) -> tuple[Any, ...]:
        """Return what a text says, made anew only when it has changed.

        Args:
            name: its name in the cache.
            data: the text.
            make: returns what bytes say, in plain values.
        """
        # Most processors have instructions for this one, which make it the fastest.
        digest = hashlib.sha256(data).digest()[:_SUM]
        kept = self._old.get(name)
        if kept is None or kept[2] != digest:
            kept = (len(data), 0, digest, tuple(make(data)))
        self._new[name] = kept
        return kept[3]

    def known(self, path: str, name: str) -> tuple[Any, ...] | None:
        """Return what a file says whose size and time are as they were; None where it has to be read.

        Args:
            path: the file.
            name: its name in the cache.

        Raises:
            OSError: there is no such file.
        """
        return self._unchanged(name, os.stat(path)) if name in self._old else None

    def _unchanged(self, name: str, status: os.stat_result) -> tuple[Any, ...] | None:
        kept = self._old.get(name)
        if kept is None:
            return None
        if (status.st_size, status.st_mtime_ns) != kept[:2] or kept[1] >= self._written - _RECENT:
            return None
        self._new[name] = kept
        return kept[3]

    def given(self, names: Iterable[str]) -> dict[str, Any]:
        """Return what was recalled of some files, for the cache of another process to take."""
        return {name: self._new[name] for name in names if name in self._new}

    def take(self, kept: dict[str, Any]) -> None:
        """Take what another process has recalled."""
        self._new |= kept

    def save(self) -> None:
        """Write what was recalled, and forget the rest; a folder that cannot be written is left alone.

        Where next to nothing has changed it is left as it is: to read a few files anew takes less time.
        """
        fresh = sum(self._old.get(name) is not entry for name, entry in self._new.items())
        gone = len(self._old.keys() - self._new.keys())
        if (fresh + gone) * _FEW <= len(self._old):
            return
        import time

        data = sealed(marshal.dumps((time.time_ns(), self._new)), f"{_VERSION} {self.file.name}")
        if data is None:
            return
        try:
            kept(self.root)
            replace(self.file, data, self.root, sync=False)
            files = self.file.parent.glob(f"*{self.file.suffix}")
            for file in sorted(files, key=lambda file: file.stat().st_mtime_ns, reverse=True)[_MOST:]:
                file.unlink(missing_ok=True)
        except OSError:
            return


class State:
    """Which addresses a server has still to answer.

    Args:
        root: the folder of the site's configuration.
        url: the server.
    """

    def __init__(self, root: Path, url: str) -> None:
        name = hashlib.blake2b(url.rstrip("/").encode(), digest_size=8).hexdigest()
        self.root = root
        self.file = root / FOLDER / f"{name}.failed"

    def failed(self, known: Collection[Address]) -> set[Address]:
        """Return those of the known addresses that have still to answer; all when nothing was kept."""
        try:
            data = opened(self.file.read_bytes(), self.file.name)
        except OSError:
            data = None
        if data is None:
            return set(known)
        left = set(data.decode().splitlines())
        return {address for address in known if str(address) in left}

    def keep(self, addresses: Iterable[Address]) -> None:
        """Write the addresses that have still to answer; a folder that cannot be written is left alone."""
        with suppress(OSError):
            text = "".join(f"{address}\n" for address in sorted(addresses))
            if data := sealed(text.encode(), self.file.name):
                kept(self.root)
                replace(self.file, data, self.root, sync=False)
