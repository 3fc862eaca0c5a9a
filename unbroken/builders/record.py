"""The build record: what the last build said of itself, kept below ``.cache/unbroken``.

The plugin writes one at the end of each build, for each site directory its own. It holds the settings as they
were in force, which files were published from which sources, and what the sources were, so that it can be
told whether one of them has changed since.

A record is taken for what this machine has built: it is sealed (see ``workspace.trust``). One that git tracks
came with the repository and is not read, and no path in one leads out of the site.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from unbroken.model.addresses import file_address, is_page_path
from unbroken.model.errors import GitError
from unbroken.model.listing import File, Languages, Listing
from unbroken.workspace import baseline
from unbroken.workspace.config import Config
from unbroken.workspace.files import FOLDER, kept, replace
from unbroken.workspace.git import git
from unbroken.workspace.trust import opened, sealed

_VERSION = 3
_NAME = "build-{}.json"
# More site directories than these are not remembered.
_MOST = 8
_LARGEST = 256 << 20  # bytes
# Sources larger than this are told by their size and time alone.
_READ = 1 << 20


class Input(NamedTuple):
    """A file that a build was made from, as it was.

    Attributes:
        size: in bytes.
        time: when it was changed, in nanoseconds.
        digest: of its content; empty where that was not read.
    """

    size: int
    time: int
    digest: str = ""


@dataclass(slots=True)
class Record:
    """What a build said of itself.

    Attributes:
        builder: ``mkdocs``, ``properdocs`` or ``zensical``.
        site_dir: the folder that it wrote.
        docs_dir: the folder of its sources.
        site_url: the absolute URL of the site's root, or empty.
        directory_urls: ``use_directory_urls``.
        theme: the name of the theme.
        began: when the build began, in nanoseconds since 1970.
        seconds: how long it took.
        files: what it published.
        languages: how languages are named, None on a site with one.
        inputs: what it was made from, each by its path from the folder of the configuration.
        folders: where pages come from next to ``docs_dir``, from the folder of the configuration.
        redirects: what hooks and plugins made of the map: the lines that they put into it, and with an empty
            target those that they took out.
    """

    builder: str
    site_dir: str
    docs_dir: str
    site_url: str
    directory_urls: bool
    theme: str
    began: int
    seconds: float
    files: list[File]
    languages: Languages | None
    inputs: dict[str, Input]
    folders: list[str]
    redirects: dict[str, str]

    def listing(self) -> Listing:
        """Return what was published; of two files with one destination the last, as on the disk."""
        return Listing(tuple({file.destination: file for file in self.files}.values()), self.languages)

    def changed(self, config: Config) -> str | None:
        """Return the first input that is not what it was, from the folder of the configuration."""
        root = config.file.parent
        own = {from_root(root, str(file)) for file in (config.ledger, baseline.file_of(config))}
        here = names(root, [Path(self.docs_dir)])
        beside = names(root, [root / folder for folder in self.folders])
        new = {*here, *filter(is_page_path, beside)} - self.inputs.keys() - own
        if new:
            return min(new)
        for name, was in self.inputs.items():
            now = here.get(name) or _stat(root / name)
            if name in own:
                continue  # what is noted of a build does not make it older
            if now is None:
                return name
            if (now.st_size, now.st_mtime_ns) == (was.size, was.time):
                continue
            # What was not read is told by its size, and was late when it has no time either.
            if now.st_size != was.size or was.time < 0:
                return name
            if was.digest and was.digest != _digest(f"{root}{os.sep}{name}", was.size):
                return name
        return None


def names(root: Path, places: Iterable[Path]) -> dict[str, os.stat_result]:
    """Return every file at or below some places, by its path from a folder; hidden ones are left out."""
    found: dict[str, os.stat_result] = {}
    for each in places:
        for path, status in _below(str(each)) if each.is_dir() else [(str(each), _stat(each))]:
            if status is not None:
                found.setdefault(from_root(root, path), status)
    return found


def _below(folder: str) -> Iterator[tuple[str, os.stat_result | None]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name == "__pycache__":
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _below(entry.path)
        else:
            yield entry.path, _stat(entry.path)


def _stat(path: str | Path) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (OSError, ValueError):
        return None


def from_root(root: Path, path: str) -> str:
    """Return a path from the folder of the configuration."""
    base = f"{root}{os.sep}"
    name = path[len(base) :] if path.startswith(base) else os.path.relpath(path, root)
    return name.replace(os.sep, "/")


def inputs(root: Path, places: Iterable[Path], began: int) -> dict[str, Input]:
    """Return what a build that began at a time was made from; what has changed since has no digest.

    Args:
        root: the folder of the configuration.
        places: the folders and files that it was made from.
        began: in nanoseconds since 1970.
    """
    found: dict[str, Input] = {}
    for name, status in names(root, places).items():
        late = status.st_mtime_ns >= began
        read = not late and status.st_size <= _READ and not name.lower().endswith(_PICTURES)
        digest = _digest(f"{root}{os.sep}{name}", status.st_size) if read else ""
        found[name] = Input(status.st_size, -1 if late else status.st_mtime_ns, digest)
    return found


# Told by size and time: reading them would cost more than it tells.
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".mp4", ".webm", ".pdf", ".zip", ".gz")


def _digest(path: str, size: int) -> str:
    try:
        handle = os.open(path, os.O_RDONLY)  # quicker than a stream, and there are thousands
        try:
            # To make room for more than it has takes longer than to read it.
            return hashlib.blake2b(os.read(handle, size), digest_size=12).hexdigest()
        finally:
            os.close(handle)
    except OSError:
        return ""


# Writing and reading.


def file_of(root: Path, site_dir: str) -> Path:
    """Return where the record of a site directory is kept."""
    real = os.path.realpath(site_dir)
    return root / FOLDER / _NAME.format(hashlib.blake2b(os.fsencode(real), digest_size=8).hexdigest())


def write(root: Path, record: Record, *, serving: bool = False) -> bool:
    """Write a record, whole or not at all; return whether it could be written.

    Args:
        root: the folder of the configuration.
        record: the record.
        serving: whether the site directory is one that is made anew for each server, which share one record.
    """
    data = plain(record)
    file = root / FOLDER / _NAME.format("serve") if serving else file_of(root, record.site_dir)
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    whole = sealed(text.encode("ascii"), _about(file))
    if whole is None:
        return False
    try:
        kept(root)
        replace(file, whole, sync=False)
        newest = sorted(_files(root), key=lambda each: each.stat().st_mtime_ns, reverse=True)
        for each in newest[_MOST:]:
            each.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _about(file: Path) -> str:
    return f"build record {os.path.realpath(file)}"


def plain(record: Record) -> dict[str, Any]:
    """Return a record as plain values."""
    return {
        "version": _VERSION,
        **{name: getattr(record, name) for name in _PLAIN},
        "languages": record.languages,
        "files": record.files,
        "inputs": record.inputs,
        "folders": record.folders,
        "redirects": record.redirects,
    }


_PLAIN: Mapping[str, type] = {
    "builder": str, "site_dir": str, "docs_dir": str, "site_url": str, "directory_urls": bool, "theme": str,
    "began": int, "seconds": float,
}  # fmt: skip


def read(config: Config, site_dir: Path | None = None) -> Record | None:
    """Return the record of a site directory, or the newest of all; None where none can be trusted.

    Args:
        config: the site's configuration.
        site_dir: the site directory; None for any.
    """
    root = config.file.parent
    found = _files(root) if site_dir is None else [file_of(root, str(site_dir))]
    found = [file for file in found if file.is_file() and not file.is_symlink()]
    if not found or _tracked(root):
        return None
    try:
        found.sort(key=lambda each: each.stat().st_mtime_ns, reverse=True)
    except OSError:
        return None
    return next((record for file in found if (record := _read(file, config))), None)


def _files(root: Path) -> list[Path]:
    try:
        return sorted((root / FOLDER).glob(_NAME.format("*")))
    except OSError:
        return []


def _tracked(root: Path) -> bool:
    """Return whether git tracks a record: it came with the repository then, and is not this machine's."""
    try:
        pattern = f":(glob){FOLDER}/{_NAME.format('*')}"
        return bool(git(root, "ls-files", "-z", "--cached", "--", pattern))
    except GitError:
        return False


def _read(file: Path, config: Config) -> Record | None:
    try:
        if file.stat().st_size > _LARGEST:
            return None
        data = json.loads(opened(file.read_bytes(), _about(file)) or b"")
    except (OSError, ValueError, RecursionError):
        return None
    try:
        return loaded(data, config)
    except (KeyError, TypeError, ValueError):
        return None


def loaded(data: Any, config: Config) -> Record:
    """Return a record of which every part is what it must be.

    Raises:
        KeyError, TypeError, ValueError: a part is not.
    """
    if data["version"] != _VERSION:
        raise ValueError(data["version"])
    plain = {name: _plain(data[name], kind) for name, kind in _PLAIN.items()}
    root = config.file.parent
    allowed = [os.path.realpath(each) for each in (root, config.docs_dir)]
    if os.path.realpath(plain["docs_dir"]) != os.path.realpath(config.docs_dir):
        allowed.append(os.path.realpath(plain["docs_dir"]))
        if not _is_below(allowed[-1], [allowed[0]]):
            raise ValueError(plain["docs_dir"])
    made_from = {}
    for name, (size, changed, digest) in _plain(data["inputs"], dict).items():
        if type(size) is not int or type(changed) is not int or type(digest) is not str:
            raise TypeError(name)
        made_from[name] = Input(size, changed, digest)
    files = _loaded_files(data["files"], root, allowed)
    folders = [_plain(folder, str) for folder in _plain(data["folders"], list)]
    folders = [each for each in folders if _is_below(os.path.realpath(root / each), allowed)]
    languages = _loaded_languages(data["languages"])
    redirects = {_plain(old, str): _plain(new, str) for old, new in _plain(data["redirects"], dict).items()}
    return Record(
        **plain, files=files, languages=languages, inputs=made_from, folders=folders, redirects=redirects
    )


def _plain(value: Any, kind: type) -> Any:
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise TypeError(value)
    return value


def _loaded_files(data: Any, root: Path, allowed: list[str]) -> list[File]:
    files, places = [], _Places(root, allowed)
    for source, destination, address, disk, plugin, language, page, own in data:
        texts = (source, destination, address, disk, plugin, language)
        if {*map(type, texts)} != {str} or type(page) is not bool:
            raise TypeError(source)
        if not _is_inside(destination) or address != file_address(destination) or source.startswith("/"):
            raise ValueError(destination)
        if own is not None and not all(type(anchor) is str for anchor in own):
            raise TypeError(own)
        if disk and not places.have(disk):
            disk = ""
        files.append(File(*texts[:3], disk, plugin, language, page, None if own is None else tuple(own)))
    return files


class _Places:
    """The folders that sources may be in, wherever links lead; each folder is looked up once."""

    def __init__(self, root: Path, allowed: list[str]) -> None:
        self.root = str(root)
        self.allowed = allowed
        self._known: dict[str, bool] = {}

    def have(self, path: str) -> bool:
        """Return whether a file, by its path from the root, really is in one of them."""
        path = os.path.join(self.root, path)
        folder, name = os.path.split(path)
        if name in ("", ".", "..") or os.path.islink(path):
            return _is_below(os.path.realpath(path), self.allowed)
        if folder not in self._known:
            self._known[folder] = _is_below(os.path.realpath(folder), self.allowed)
        return self._known[folder]


def _loaded_languages(data: Any) -> Languages | None:
    if data is None:
        return None
    structure, default, others = data
    each = (structure, default, *others)
    if not all(type(text) is str and text and "/" not in text for text in each):
        raise TypeError(data)
    return Languages(structure, default, tuple(others))


def _is_inside(name: str) -> bool:
    """Return whether a path stays below the folder that it is relative to."""
    parts = name.split("/")
    return bool(name) and "\0" not in name and "\\" not in name and not {"", ".", ".."} & {*parts}


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(path.startswith(folder.rstrip(os.sep) + os.sep) or path == folder for folder in folders)
