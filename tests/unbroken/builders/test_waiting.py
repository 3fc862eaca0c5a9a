"""What an author is told before a builder runs, and while it does."""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.commands import at_terminal, environment, output, run
from tests.unbroken.builders.sites import GENERATE, build, make, repository

if TYPE_CHECKING:
    from pathlib import Path


def plain(shown: str) -> list[str]:
    """The lines that a terminal has shown, without what steers it."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", shown).splitlines()


def watched(root: Path, *command: str) -> list[str]:
    """What a command that succeeds shows at a terminal."""
    code, shown = at_terminal("unbroken", *command, cwd=root)
    assert code == 0, shown
    return plain(shown)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site on which a plugin has a say, not built yet."""
    plugins = [{"gen-files": {"scripts": ["gen.py"]}}, "unbroken"]
    return make(tmp_path, {"index.md": "[a](a.md)\n", "a.md": "# A\n", "/gen.py": GENERATE}, plugins)


def test_a_terminal_shows_what_runs_and_how_long_it_took(site: Path) -> None:
    asking = "Asking mkdocs which pages there are; "
    assert asking + "how long that takes is not known yet ..." in watched(site, "check", "--map")
    build(site)
    (site / "docs/b.md").write_text("# B\n")
    [line] = [line for line in watched(site, "check", "--map") if line.startswith(asking)]
    assert re.search(r"; the last build took (less than a second|\d+ seconds?) \.\.\.$", line)
    [line] = [line for line in watched(site, "check", "--map") if line.startswith(asking)]
    assert re.search(r"; that took (less than a second|\d+ seconds?) last time \.\.\.$", line)
    [line] = [line for line in watched(site, "move", "a.md", "c.md") if line.startswith("Building")]
    assert line.startswith("Building the site as it is and after the move, to prove it; the last build took ")
    [line] = [line for line in watched(site, "move", "c.md", "d.md") if line.startswith("Building")]
    assert "; that took " in line
    # Who reads from a pipe is not told of what is short.
    assert "Asking" not in output(run("unbroken", "check", "--map", cwd=site))


@pytest.mark.parametrize("noted", ["", "[]", '{"list": "x"}', '{"list": -1}', '{"list": 1e999}', "\0"])
def test_an_odd_note_of_times_tells_nothing(site: Path, noted: str) -> None:
    watched(site, "check", "--map")
    folder = site / ".cache/unbroken"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "took.json").write_text(noted)
    assert any(
        line.endswith("how long that takes is not known yet ...") for line in watched(site, "check", "--map")
    )
    assert json.loads((folder / "took.json").read_text())["list"] > 0


def test_init_shows_what_runs(site: Path) -> None:
    config = site / "mkdocs.yml"
    config.write_text(config.read_text().replace("- unbroken\n", ""))
    said = watched(site, "init", "--yes")
    assert said[0] == "Building the site, to record its addresses; how long that takes is not known yet ..."


def test_nothing_is_copied_where_the_builder_cannot_be_asked(site: Path, tmp_path: Path) -> None:
    config = site / "mkdocs.yml"
    config.write_text(config.read_text().replace("- unbroken\n", "- unbroken\n- nobody-has-this\n"))
    real = shutil.which("git", path=environment()["PATH"])
    log, folder = tmp_path / "log", tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text(f'#!/bin/sh\necho "$@" >> {log}\nexec {real} "$@"\n')
    (folder / "git").chmod(0o755)
    path = os.pathsep.join([str(folder), environment()["PATH"]])
    repository(site)
    done = run("unbroken", "move", "a.md", "b.md", cwd=site, env={"PATH": path})
    assert done.returncode == 2
    assert "nobody-has-this" in output(done)
    assert "say --prove pages to look at Markdown alone." in output(done)
    assert "Building" not in output(done)
    assert "worktree" not in log.read_text()
    assert (site / "docs/a.md").is_file()
