"""A site built in copies of its folder: as it is, as a change would make it, and as it is once more.

Plugins may read anything beside the sources, and git's history, and may write into docs_dir. So each build
has a copy of everything that could be committed, in a work tree of its own where there is git.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from unbroken.builders import mkdocs
from unbroken.builders.build import build_zensical, files_below, same_folder
from unbroken.builders.record import Record
from unbroken.builders.which import builder_of, root_of
from unbroken.model.errors import BuildError, GitError
from unbroken.workspace import config as configuration
from unbroken.workspace.config import Config
from unbroken.workspace.git import git
from unbroken.workspace.transaction import Change


class Built(NamedTuple):
    """A site that was built in a copy.

    Attributes:
        config: its configuration in the copy.
        folder: the built site.
        record: what the builder said of it; None where it says nothing.
        contents: the HTML that each page's text has become, by destination, where the builder tells.
    """

    config: Config
    folder: Path
    record: Record | None
    contents: Mapping[str, str]


@contextmanager
def tried(config: Config, back: Change, change: Change) -> Iterator[tuple[Built, Built, Callable[[], Built]]]:
    """Build a site as it was, and as a change would make it, both at once.

    Args:
        config: the site's configuration.
        back: what makes of the files as they are the site as it was.
        change: what makes of them the site as it shall be.

    Yields:
        The site before and after, and a function that builds it as it was once more: what differs then does
        so by itself.

    Raises:
        BuildError: one of them cannot be built; the message says which.
    """
    with tempfile.TemporaryDirectory(prefix="unbroken-") as place:
        trees = [Path(place) / name for name in ("before", "after", "again")]

        def copied(tree: Path, each: Change) -> Config:
            copy = _copy(config, tree)
            _change(copy.file.parent, each)
            return copy

        def again() -> Built:
            [built] = _built([copied(trees[2], back)], Path(place), ("once more",), seed=1)
            return built

        try:
            copies = [copied(tree, each) for tree, each in zip(trees, (back, change), strict=False)]
            before, after = _built(copies, Path(place), ("as it is", "after the move"))
            yield before, after, again
        finally:
            for tree in trees:
                shutil.rmtree(tree, ignore_errors=True)
            with suppress(GitError):
                git(config.file.parent, "worktree", "prune")


def _built(copies: list[Config], place: Path, said: tuple[str, ...], *, seed: int = 0) -> list[Built]:
    """Build copies of a site, all at once where the builder can be asked for its folder.

    Args:
        copies: the configuration of each.
        place: where the sites are written.
        said: what each is called in messages.
        seed: in what order Python goes through sets.
    """
    if builder_of(copies[0]) == "zensical":
        built = []
        for copy, what in zip(copies, said, strict=True):
            try:
                built.append(Built(copy, build_zensical(copy), None, {}))
            except BuildError as error:
                raise BuildError(f"{what}, {error}") from None
        return built
    sites = [place / f"site-{what.replace(' ', '-')}" for what in said]
    running = [
        mkdocs.start(copy, site, render=True, folder=same_folder(copy, copy.file.parent), seed=seed)
        for copy, site in zip(copies, sites, strict=True)
    ]
    ran = [mkdocs.ended(copy, each) for copy, each in zip(copies, running, strict=True)]
    built = []
    for copy, site, each, what in zip(copies, sites, ran, said, strict=True):
        if each.reason or each.record is None:
            raise BuildError(f"{what}, its site cannot be built: {each.reason}")
        built.append(Built(copy, site, each.record, each.contents))
    return built


def _copy(config: Config, tree: Path) -> Config:
    """Copy everything of a site that could be committed, and return its configuration there."""
    top = root_of(config)
    with suppress(GitError):  # plugins ask git when a page was changed
        git(top, "worktree", "add", "--quiet", "--no-checkout", "--detach", str(tree), "HEAD")
    names = {*files_below(top)}
    docs = config.docs_dir
    if docs.is_relative_to(top):  # what git ignores may be published all the same
        names.update(
            (Path(folder) / name).relative_to(top).as_posix()
            for folder, folders, files in os.walk(docs)
            for name in files
            if not _skips(folders)
        )
    built = f"{os.path.relpath(config.site_dir, top)}/".replace(os.sep, "/")
    for name in names:
        if name.startswith(built):
            continue
        source, there = top / name, tree / name
        try:
            there.parent.mkdir(parents=True, exist_ok=True)
            if not source.is_symlink() or source.exists():
                shutil.copy2(source, there)
        except OSError as error:
            raise BuildError(f"{name} cannot be copied: {error.strerror}") from None
    caches = config.file.parent / ".cache"
    here = tree / os.path.relpath(config.file.parent, top)
    for each in caches.iterdir() if caches.is_dir() else ():
        if each.name != "unbroken":  # what plugins have fetched need not be fetched again
            (here / ".cache").mkdir(parents=True, exist_ok=True)
            with suppress(OSError):
                (here / ".cache" / each.name).symlink_to(each)
    return configuration.read(here / config.file.name)


def _skips(folders: list[str]) -> bool:
    folders[:] = [each for each in folders if each != ".git"]
    return False


def _change(root: Path, change: Change) -> None:
    """Make a change in a copy."""
    moved = [(root / new, (root / old).read_bytes()) for old, new in change.renames]
    for old, _ in change.renames:
        (root / old).unlink()
    for file, data in moved:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    for write in change.writes:
        file = root / write.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(write.after)
    # A folder that a move leaves empty is none to builders.
    for old, _ in change.renames:
        with suppress(OSError):
            (root / old).parent.rmdir()
