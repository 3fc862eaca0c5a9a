"""Build the site as it is, or as it was at a commit, beside the work tree and not in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
            yield then, _build(then, Path(place) / "site")
        finally:
            shutil.rmtree(tree, ignore_errors=True)
            git(root, "worktree", "prune")


@contextmanager
def built_now(config: Config) -> Iterator[Path]:
    """Build the site as it is, with what is not committed, in a folder of its own.

    Yields:
        The folder that holds the built site.

    Raises:
        BuildError: its site cannot be built.
    """
    with tempfile.TemporaryDirectory(prefix="unbroken-") as place:
        if config.file.suffix == ".toml":
            # Zensical writes into the project alone, and follows no link out of it.
            tree = Path(place) / "tree"
            for name in _files(config.file.parent):
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(config.file.parent / name, tree / name)
            config = configuration.read(tree / config.file.name)
        yield _build(config, Path(place) / "site", whole=True)


def _files(folder: Path) -> Iterator[str]:
    """Yield every file below a folder that could be committed; without git, every file that is not hidden."""
    try:
        listed = git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    except GitError:
        listed = [file.relative_to(folder).as_posix() for file in folder.rglob("*")]
        listed = [name for name in listed if not any(part.startswith(".") for part in name.split("/"))]
    yield from (name for name in listed if name and (folder / name).is_file())


def _build(config: Config, target: Path, *, whole: bool = False) -> Path:
    name = config.file.name
    if config.file.suffix == ".toml":
        command = [sys.executable, "-m", "zensical", "build", "--config-file", name]
        target = config.site_dir
    else:
        builder = "properdocs" if name.startswith("properdocs") else "mkdocs"
        command = [sys.executable, "-m", builder, "build", "--quiet", "--no-strict", "--config-file", name]
        command += ["--site-dir", str(target)]
    quiet = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
    done = subprocess.run(
        command,
        cwd=config.file.parent,
        env={**os.environ, **quiet},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    # Of a commit only what is there counts: the plugin may report errors of then, which are not asked about.
    if not target.is_dir() or (whole and done.returncode):
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
        first = [line for line in said if line.lower().startswith("error") or ": No module named " in line]
        what = " ".join((first or said[-1:] or [" ".join(command)])[0].split())
        raise BuildError(f"its site cannot be built: {what.removeprefix('ERROR - ').rstrip('.')}")
    return target
