"""What the shell completes once it has run what `unbroken completion` prints."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from tests.commands import must, run
from tests.unbroken.sites import write_config

if TYPE_CHECKING:
    from pathlib import Path

# What bash itself does at a press of TAB, and then shows.
_PRESS = """\
eval "$(unbroken completion bash)"
COMP_WORDS=({words}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
"$(complete -p unbroken | sed 's/.*-F \\([^ ]*\\).*/\\1/')" unbroken
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name in ("index.md", "guide/a b.md", "guide/setup.md", "guide/img.png", "café.md"):
        (tmp_path / "sources" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sources" / name).touch()
    write_config(tmp_path, {"old.md": "index.md"}, docs_dir="sources")
    (tmp_path / "published-urls.txt").write_text("/guide/setup/\n/guide/setup/#start\n")
    return tmp_path


def completed(folder: Path, *words: str) -> list[str]:
    """What bash offers for the last of the words."""
    script = _PRESS.format(words=" ".join(shlex.quote(word) for word in ("unbroken", *words)))
    return must(run("bash", "-c", script, cwd=folder)).stdout.split("\n")[:-1]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["mo"], ["move"]),
        (["move", "guide/"], ["guide/a b.md", "guide/img.png", "guide/setup.md"]),
        (["move", "index.md", "caf"], ["café.md"]),
        (["move", "--dr"], ["--dry-run"]),
        (["export", "n"], ["netlify", "nginx"]),
        (["resolve", "/guide/setup/#"], ["/guide/setup/#start"]),
        (["resolve", "/o"], ["/old/"]),
        (["check", "--format", "s"], ["sarif"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["-f", "nothing.yml", "resolve", "/o"], [""]),
    ],
    ids=lambda value: " ".join(value),
)
def test_bash_completes(site: Path, words: list[str], offered: list[str]) -> None:
    assert completed(site, *words) == offered


def test_where_there_is_no_site_nothing_is_offered_and_nothing_is_said(tmp_path: Path) -> None:
    for words in (["resolve", "/"], ["move", "x"]):
        assert completed(tmp_path, *words) == [""]
    (tmp_path / "mkdocs.yml").write_text("docs_dir: [\n")
    assert completed(tmp_path, "move", "x") == [""]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(shell: str) -> None:
    printed = must(run("unbroken", "completion", shell))
    assert "_UNBROKEN_COMPLETE" in printed.stdout
    assert printed.stderr == ""
