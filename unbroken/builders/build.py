"""Build the site as it is, or as it was at a commit, beside the work tree and not in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unbroken.builders.asking import refusal
from unbroken.builders.waiting import during
from unbroken.builders.which import builder_of, root_of
from unbroken.model.errors import BuildError, GitError
from unbroken.workspace import config as configuration
from unbroken.workspace.config import Config
from unbroken.workspace.git import git


@contextmanager
def built_at(config: Config, ref: str) -> Iterator[tuple[Config, Path]]:
    """Build the site of a commit in a folder of its own.

    Yields:
        The site's configuration at that commit, and the folder that holds the built site.

    Raises:
        BuildError: there is no such commit, or its site cannot be built.
    """
    root = config.file.parent
    with tempfile.TemporaryDirectory(prefix="unbroken-") as place:
        tree = Path(place) / "tree"
        try:
            commit = git(
                root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
            ).strip()
            below = git(root, "rev-parse", "--show-prefix").strip()
            git(root, "worktree", "add", "--quiet", "--detach", str(tree), commit)
        except GitError as error:
            raise BuildError(f"there is no commit {ref!r} here: {error}") from None
        try:
            file = tree / below / config.file.name
            if not file.is_file():
                raise BuildError(f"{ref} has no {below}{config.file.name}")
            then = configuration.read(file)
            with during(config, f"Building the site of {ref}"):
                built = _build(then, Path(place) / "site", same_folder(config, tree / below))
            yield then, built
        finally:
            shutil.rmtree(tree, ignore_errors=True)
            git(root, "worktree", "prune")


@contextmanager
def built_now(config: Config) -> Iterator[tuple[Path, Path]]:
    """Build the site as it is, with what is not committed, in a folder of its own.

    It is built from the working folder, as the author builds it; and if that fails, from the folder of its
    configuration.

    Yields:
        The folder that holds the built site, and the folder that it was built from.

    Raises:
        BuildError: its site cannot be built.
    """
    here = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="unbroken-") as place:
        target = Path(place) / "site"
        own, folder = config.file.parent, here
        if builder_of(config) == "zensical":
            if reason := refusal(config):
                raise BuildError(f"its site cannot be built: {reason}")
            # Zensical writes into the project alone, and follows no link out of it.
            tree, top = Path(place) / "tree", root_of(config)
            for name in files_below(top):
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(top / name, tree / name)
            copied = configuration.read(tree / os.path.relpath(config.file, top))
            folder = same_folder(config, copied.file.parent)
            config = copied
        try:
            built = _build(config, target, folder, whole=True), here
        except BuildError:
            if here == own:
                raise
            built = _build(config, target, config.file.parent, whole=True), own
        yield built


def same_folder(config: Config, own: Path) -> Path:
    """Return where, in another copy of the site, the working folder is; or that of its configuration."""
    here = Path.cwd()
    if not here.is_relative_to(root_of(config)):
        return own
    folder = Path(os.path.normpath(own / os.path.relpath(here, config.file.parent)))
    return folder if folder.is_dir() else own


def files_below(folder: Path) -> Iterator[str]:
    """Yield every file below a folder that could be committed; without git, every file that is not hidden."""
    try:
        listed = git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    except GitError:
        listed = [file.relative_to(folder).as_posix() for file in folder.rglob("*")]
        listed = [name for name in listed if not any(part.startswith(".") for part in name.split("/"))]
    yield from (name for name in listed if name and (folder / name).is_file())


def build_zensical(config: Config) -> Path:
    """Build a site with Zensical, which writes into the folder of its configuration alone.

    Raises:
        BuildError: it cannot be built.
    """
    return _build(config, config.site_dir, same_folder(config, config.file.parent), whole=True)


def _build(config: Config, target: Path, folder: Path, *, whole: bool = False) -> Path:
    """Build a site from a folder, as its author would there."""
    builder = builder_of(config)
    # Nothing that lies in that folder is a module to the builder (-P), as nothing is to its own command.
    command = [sys.executable, "-P", "-m", builder, "build"]
    if builder == "zensical":
        target = config.site_dir
    else:
        command += ["--quiet", "--no-strict", "--site-dir", str(target)]
    command += ["--config-file", os.path.relpath(config.file, folder)]
    quiet = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **quiet},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
    errors = [line for line in said if _ERROR.match(line) or ": No module named " in line]
    # Of a commit only what is there counts: the plugin may report errors of then, which are not asked about.
    if not target.is_dir() or (whole and (done.returncode or errors)):
        what = " ".join((errors or said[-1:] or [" ".join(command)])[0].split())
        raise BuildError(f"its site cannot be built: {what.removeprefix('ERROR - ').rstrip('.')}")
    return target


# What our own plugin reports is no fault of the build.
_ERROR = re.compile(r"(?i)error\b(?!\s*-\s+unbroken: )")
