"""Write into a built site: files whole or not at all, below its folder and nowhere else."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from unbroken.findings.base import Finding, Place
from unbroken.findings.site import Blocked
from unbroken.workspace.files import create, replace


class Writer:
    """Write files below one folder, and nowhere else.

    Args:
        root: that folder.
        above: the folder of the site's configuration.
        begins_anew: whether a builder runs, which empties the folder first. What it leaves when it is killed
            does not matter then, and a new file is written where it belongs, in fewer steps.
    """

    def __init__(self, root: Path, above: Path, *, begins_anew: bool = False) -> None:
        self.root = root
        self.above = above
        self.begins_anew = begins_anew
        self.real = os.path.realpath(root)
        self.findings: list[Finding] = []
        self.written: list[str] = []
        self.removed: list[str] = []
        self.inside: dict[str, bool] = {str(root): True}

    def blocked(
        self,
        file: str,
        reason: str,
        place: Place | None = None,
        remedy: str = "Remove what stands in its way and build again.",
    ) -> None:
        """Note a file that cannot be written, and why."""
        shown = (self.root / file).as_posix()
        self.findings.append(Blocked.of(place or Place(shown), shown, reason, remedy))

    def read_bytes(self, file: str) -> bytes | None:
        """Return what a file holds; None when there is none that can be read."""
        try:
            with open(f"{self.root}{os.sep}{file}", "rb", buffering=0) as stream:
                return stream.read()
        except OSError:
            return None

    def read(self, file: str) -> str | None:
        """Return the text of a file, or None when there is none that can be read."""
        data = self.read_bytes(file)
        return None if data is None else data.decode("utf-8", errors="surrogateescape")

    def put(self, file: str, text: str, place: Place | None = None, *, over: bool = True) -> bool:
        """Write a text unless it stands there already; return False where only a new file may be written.

        Args:
            file: the file, relative to the folder.
            text: its whole content.
            place: where the file is asked for, for findings.
            over: whether it may take the place of another file.
        """
        return self.put_bytes(file, text.encode("utf-8", errors="surrogateescape"), place, over=over)

    def put_bytes(self, file: str, data: bytes, place: Place | None = None, *, over: bool = True) -> bool:
        """Write bytes unless they stand there already; return False where only a new file may be written."""
        path = f"{self.root}{os.sep}{file}"
        try:
            if not self._is_inside(os.path.dirname(path)):
                self.blocked(file, "a link leads out of the site directory", place)
            elif self.begins_anew and create(path, data):
                self.written.append(file)
            elif os.path.islink(path) or self.read_bytes(file) != data:
                if not over and os.path.isfile(path) and not os.path.islink(path):
                    return False
                replace(Path(path), data, self.above, sync=False)  # a site can be built again
                self.written.append(file)
        except OSError as error:
            self.blocked(file, error.strerror or str(error), place)
        except ValueError:  # a NUL in the name
            self.blocked(file, os.strerror(errno.EINVAL), place)
        return True

    def remove(self, file: str) -> None:
        """Remove a file, and the folders that it leaves empty."""
        path = self.root / file
        if not self._is_inside(str(path.parent)):
            return
        try:
            path.unlink()
            self.removed.append(file)
            for folder in path.parents:
                if folder == self.root:
                    break
                folder.rmdir()
        except OSError:
            return

    def _is_inside(self, folder: str) -> bool:
        if folder not in self.inside:
            above, name = os.path.split(folder)
            if name in ("", os.curdir, os.pardir) or os.path.islink(folder) or above == folder:
                real = os.path.realpath(folder)
                self.inside[folder] = real == self.real or real.startswith(self.real + os.sep)
            else:
                self.inside[folder] = self._is_inside(above)  # where most of the folders beside it are, too
        return self.inside[folder]
