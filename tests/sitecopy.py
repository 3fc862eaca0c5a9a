"""A copy of this repository that a test may break and build."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.commands import ROOT, Completed, must, run

if TYPE_CHECKING:
    from collections.abc import Callable

# No test's repository takes part of its settings from the machine it runs on.
GIT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    **{f"GIT_{who}_{what}": value
       for who in ("AUTHOR", "COMMITTER")
       for what, value in (("NAME", "A Writer"), ("EMAIL", "writer@example.com"))},
}  # fmt: skip


@dataclass(frozen=True)
class SiteCopy:
    """A repository of its own with this site in it."""

    path: Path

    @property
    def site(self) -> Path:
        """Where the builders write."""
        return self.path / "site"

    def read(self, name: str) -> str:
        """The text of a file."""
        return (self.path / name).read_text(encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        """Make or replace a file."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace text that must be there, so that no test breaks nothing."""
        before = self.read(name)
        assert old in before, f"{old!r} is not in {name}"
        self.write(name, before.replace(old, new))

    def run(self, *command: str | Path, **env: str) -> Completed:
        """Run a command in the copy."""
        return run(*command, cwd=self.path, env=env)

    def build(self, *arguments: str) -> Completed:
        """What `scripts/build` runs last."""
        return self.run("mkdocs", "build", "--strict", *arguments)

    def commit(self, message: str = "Change the site") -> None:
        """Commit everything."""
        must(self.run("git", "add", "--all", **GIT))
        must(self.run("git", "commit", "--quiet", "--message", message, **GIT))


def repository_files() -> list[Path]:
    """Every file of this repository that is or could be committed, relative to its root."""
    listed = must(run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"))
    names = sorted(set(listed.stdout.split("\0")) - {""})
    return [Path(name) for name in names if (ROOT / name).is_file()]


def copy_repository(target: Path, wanted: Callable[[Path], bool]) -> SiteCopy:
    """Copy the wanted files and commit them in a new repository."""
    for name in filter(wanted, repository_files()):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name)
    copy = SiteCopy(target)
    must(copy.run("git", "init", "--quiet", "--initial-branch=main", **GIT))
    copy.commit("Start")
    return copy


def part_of_site(name: Path) -> bool:
    """Whether a build of the site may read this file: anything but the tests."""
    return name.parts[0] != "tests"
