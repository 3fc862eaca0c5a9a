"""The page for those who come from another tool: what it shows is what the tool prints."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from tests.commands import ROOT, run
from tests.unbroken.sites import page, write_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = (ROOT / "docs/unbroken/coming-from.md").read_text(encoding="utf-8")
_FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def sections(text: str) -> Iterator[tuple[str, str]]:
    """Each section's heading, and its text."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    yield from zip(parts[1::2], parts[2::2], strict=True)


def the_site(folder: Path) -> None:
    """The pages that every example has: sources for MkDocs, and the same as other generators build them."""
    for name in ("index", "guide/setup", "guide/use"):
        (folder / f"docs/{name}.md").parent.mkdir(parents=True, exist_ok=True)
        (folder / f"docs/{name}.md").write_text("# Page\n")
        write_site(folder / "public", {f"{name}/index.html".removeprefix("index/"): page("part")})
        write_site(folder / "_build/html", {f"{name}.html": page("part")})


def play(body: str, folder: Path) -> str:
    """A section with what its commands print on the site that its files describe."""
    the_site(folder)

    def block(found: re.Match[str]) -> str:
        language, options, code = found.groups()
        if name := re.search(r'title="([^"]+)"', options):
            file = folder / name[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(code)
        if language != "console":
            return found[0]
        said = ""
        for line in code.splitlines():
            if line.startswith("$ "):
                done = run(*shlex.split(line[2:]), cwd=folder)
                said += f"{line}\n{done.stdout}{done.stderr}"
        return f"```{language}{options}\n{said}```"

    return _FENCE.sub(block, body)


@pytest.mark.parametrize("name", [name for name, _ in sections(PAGE)])
def test_each_example_says_what_the_tool_prints(name: str, tmp_path: Path) -> None:
    body = dict(sections(PAGE))[name]
    assert play(body, tmp_path) == body
