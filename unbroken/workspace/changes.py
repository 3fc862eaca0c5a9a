"""What git says has changed: between two commits, or between one and the files as they are."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from unbroken.model.errors import GitError
from unbroken.workspace.git import git

_LINK_MODE, _MODULE_MODE = "120000", "160000"
# Renames are looked for in as many commits.
_COMMITS = 2000


class Change(NamedTuple):
    """What one commit did to one file.

    Attributes:
        status: ``A``, ``D``, ``M`` or ``R``.
        old: its path before, the path of an added file included.
        new: its path after.
        old_blob: its content before; empty for what holds no text, such as a symbolic link.
        new_blob: its content after.
        score: how alike git finds the two sides of a rename, in percent.
    """

    status: str
    old: str
    new: str
    old_blob: str = ""
    new_blob: str = ""
    score: int = 100


def changes_in(parts: Iterator[str]) -> Iterator[tuple[str, Change]]:
    """Yield each change of a raw diff with the commit that it stands below."""
    commit = ""
    for part in parts:
        if not part.startswith(":"):
            commit = part.strip()
            continue
        old_mode, new_mode, old_blob, new_blob, status = part[1:].split(" ")
        old = next(parts)
        kind, score = status[0], int(status[1:] or 100)
        new = next(parts) if kind == "R" else old
        if _MODULE_MODE in (old_mode, new_mode):
            continue
        old_blob = "" if old_mode == _LINK_MODE else old_blob
        new_blob = "" if new_mode == _LINK_MODE else new_blob
        if kind not in "ADR":
            kind = "M"
        yield commit, Change(kind, old, new, old_blob, new_blob, score)


class Renames(NamedTuple):
    """What differs between a commit and the files as they are.

    Attributes:
        ref: the commit, as it was named.
        files: each renamed file, old and new, relative to docs_dir.
        blobs: what each file was that says something else now, by its path now; empty for a new one.
    """

    ref: str
    files: Mapping[str, str]
    blobs: Mapping[str, str]


def renamed_since(root: Path, docs_dir: Path, beside: Collection[Path], ref: str) -> Renames:
    """Return what git sees between a commit and the files as they are: staged, not staged, and new.

    Nothing of the repository is touched: new files are told to a copy of its index.

    Args:
        root: the folder of the site's configuration.
        docs_dir: the folder of the sources.
        beside: other folders that hold texts of pages.
        ref: the commit.

    Raises:
        GitError: there is no git, no repository, or no such commit.
    """
    import shutil
    import tempfile  # neither of which most runs need

    index = root / git(root, "rev-parse", "--git-path", "index").removesuffix("\n")
    asked = ("--show-prefix", "--verify", "--quiet", "--end-of-options", ref + "^{commit}")
    try:
        below, _, commit = git(root, "rev-parse", *asked).removesuffix("\n").rpartition("\n")
    except GitError:
        raise GitError(f"{ref} is no commit here") from None
    # Git knows every file by its own folder, and docs_dir may be a link.
    docs, top = os.path.realpath(docs_dir), os.path.realpath(root)
    folders = sorted({os.path.realpath(folder) for folder in (docs_dir, *beside) if folder.is_dir()})
    with tempfile.TemporaryDirectory(prefix="unbroken-") as place:
        copy = Path(place) / "index"
        if index.is_file():
            shutil.copyfile(index, copy)
        own = {"GIT_INDEX_FILE": str(copy)}
        git(root, "add", "--intent-to-add", "--", *(f for f in folders if f != top), environment=own)
        options = ("--raw", "--no-abbrev", "-z", "--find-renames", "-l0", "--no-ext-diff", "--no-relative")
        said = git(root, "diff", *options, commit, "--", ".", *folders, environment=own)

    def name(path: str) -> str:
        path = os.path.normpath(os.path.join(top, posixpath.relpath(path, below or ".")))
        return os.path.relpath(path, docs).replace(os.sep, "/")

    files: dict[str, str] = {}
    blobs: dict[str, str] = {}
    for _, change in changes_in(iter(said.split("\0"))):
        old, new = name(change.old), name(change.new)
        if change.status == "R" and not any(each.startswith("../") for each in (old, new)):
            files[old] = new
        whole = change.status == "R" and change.score == 100
        if change.status != "D" and not whole and change.old_blob and change.new_blob:
            blobs[new] = "" if change.status == "A" else change.old_blob
    return Renames(ref, files, blobs)


def not_committed(root: Path, docs_dir: Path) -> Mapping[str, str]:
    """Return every rename below a folder that is not committed.

    Args:
        root: the folder of the site's configuration.
        docs_dir: the folder of the sources.

    Raises:
        GitError: there is no git, no repository, or no commit.
    """
    # Where no file is gone none was renamed. Neither question makes git read the sources, as "diff HEAD" does
    # in a fresh clone, where each may have changed within the second in which git noted it.
    docs = os.path.realpath(docs_dir)
    gone = ("diff", "--cached", "--name-only", "-z", "--diff-filter=D", "--no-renames", "HEAD")
    if not git(root, *gone, "--", docs) and not git(root, "ls-files", "--deleted", "-z", "--", docs):
        return {}
    return renamed_since(root, docs_dir, (), "HEAD").files


def renamed_earlier(docs_dir: Path) -> dict[str, str]:
    """Return every rename below a folder that the latest commits made, the newest for each name."""
    options = ("--relative", "--find-renames", "--diff-filter=R", "--name-status", "--format=", "-z")
    try:
        parts = git(docs_dir, "log", *options, f"-{_COMMITS}", "--", ".").split("\0")
    except (GitError, OSError):
        return {}
    found: dict[str, str] = {}
    for old, new in zip(parts[1::3], parts[2::3], strict=False):
        found.setdefault(old, new)
    return found
