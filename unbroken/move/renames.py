"""Say what authors renamed by themselves, as git sees it, and which links they have put right already."""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

from unbroken.formats.markdown import Link
from unbroken.model.errors import GitError
from unbroken.workspace.git import git


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
    below = git(root, "rev-parse", "--show-prefix").removesuffix("\n")
    try:
        commit = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", ref + "^{commit}").strip()
    except GitError:
        raise GitError(f"{ref} is no commit here") from None
    index = root / git(root, "rev-parse", "--git-path", "index").removesuffix("\n")
    folders = sorted({str(folder) for folder in (docs_dir, *beside) if folder.is_dir()})
    with tempfile.TemporaryDirectory(prefix="unbroken-") as place:
        copy = Path(place) / "index"
        if index.is_file():
            shutil.copyfile(index, copy)
        own = {"GIT_INDEX_FILE": str(copy)}
        git(root, "add", "--intent-to-add", "--", *(f for f in folders if f != str(root)), environment=own)
        options = ("--raw", "--no-abbrev", "-z", "--find-renames", "-l0", "--no-ext-diff", "--no-relative")
        said = git(root, "diff", *options, commit, "--", ".", *folders, environment=own)

    def name(path: str) -> str:
        path = os.path.normpath(root / posixpath.relpath(path, below or "."))
        return os.path.relpath(path, docs_dir).replace(os.sep, "/")

    files: dict[str, str] = {}
    blobs: dict[str, str] = {}
    parts = iter(said.split("\0"))
    for part in parts:
        if not part:
            continue
        old_mode, new_mode, blob, _, status = part[1:].split(" ")
        old = new = next(parts)
        if status[0] == "R":
            new = next(parts)
            if not any(name(each).startswith("../") for each in (old, new)):
                files[name(old)] = name(new)
        if {old_mode, new_mode} & {"120000", "160000"} or status[0] == "D" or status == "R100":
            continue
        blobs[name(new)] = "" if status[0] == "A" else blob
    return Renames(ref, files, blobs)


def texts_of(root: Path, blobs: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each blob with what it says.

    Raises:
        GitError: one cannot be read.
    """
    if not blobs:
        return
    said = git(root, "cat-file", "--batch", given="".join(blob + "\n" for blob in blobs))
    data = said.encode("utf-8", "surrogateescape")
    at = 0
    for blob in blobs:
        end = data.index(b"\n", at)
        size = int(data[at:end].split()[2])
        yield blob, data[end + 1 : end + 1 + size].decode("utf-8", "surrogateescape")
        at = end + size + 2


def untouched(was: str, now: str, links: Callable[[str], list[Link]]) -> list[bool]:
    """Say of each link in a text whether its destination is what it was before the text was edited.

    Where only destinations of a line differ, they are compared one by one. On a line that says something
    else, a destination is an old one when the text had it before.
    """
    if was == now:
        return [True] * len(links(now))
    old_links, new_links = links(was), links(now)
    old_lines, old_by_line = _lines(was, old_links)
    new_lines, new_by_line = _lines(now, new_links)
    known = {link.destination for link in old_links}
    result = [link.destination in known for link in new_links]
    blocks = SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_matching_blocks()
    for old, new, size in blocks:
        for step in range(size):
            pairs = zip(old_by_line.get(old + step, ()), new_by_line.get(new + step, ()), strict=False)
            for before, after in pairs:
                result[after] = old_links[before].destination == new_links[after].destination
    return result


def _lines(text: str, found: Sequence[Link]) -> tuple[list[str], dict[int, list[int]]]:
    """Return the lines of a text without their destinations, and the links that begin on each."""
    pieces: list[str] = []
    at = 0
    by_line: dict[int, list[int]] = {}
    for number, link in enumerate(found):
        by_line.setdefault(link.line - 1, []).append(number)
        pieces += (text[at : link.start], "\0")
        at = max(at, link.end)
    return re.split(r"\r\n?|\n", "".join((*pieces, text[at:]))), by_line
