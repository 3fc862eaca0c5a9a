"""`./scripts/check` tells an author, in one pass, what is wrong with what changed; and how we write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scripts.words import DOCS, GENERATED, faults
from tests.commands import ROOT, output
from tests.sitecopy import copy_repository

if TYPE_CHECKING:
    from pathlib import Path

HEADING = "## Logs, caching, rate limits: what the gateway adds { #what-the-gateway-adds }\n"
NEW = f"{HEADING}\nSimply [look](no.md).\n"
HEAD = "---\ndescription: A page.\n---\n\n# Title\n\n"


@pytest.mark.parametrize("page", sorted(set(DOCS.rglob("*.md")) - GENERATED), ids=lambda page: page.stem)
def test_a_page_keeps_to_how_we_write(page: Path) -> None:
    assert list(faults(page)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "Simply run it.\n", "7:1: 'Simply'"),
        (HEAD + "Run it, e.g. now.\n", "7:9: 'e.g.'"),
        (HEAD + "Read [here](index.md).\n", "7:6: '[here]('"),
        (HEAD + "# Another\n", "7:1: 2 lines begin with '# '"),
        ("# Title\n", "1:1: no description"),
        ("---\ndescription: A page.\n---\n\nNo title.\n", "1:1: 0 lines begin with '# '"),
        (HEAD + "```sh\n# please\n```\n\n`please` and ``in order to``\n", ""),
        (HEAD + "````\n```\nplease\n```\n````\n\nPleased to meet you.\n", ""),
    ],
)
def test_what_we_do_not_write_is_named_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    found = [fault.removeprefix(f"{page}:") for fault in faults(page)]
    assert len(found) == bool(said)
    assert all(fault.startswith(said) for fault in found)


def test_every_fault_of_what_changed_is_told_in_one_pass(tmp_path: Path) -> None:
    copy = copy_repository(tmp_path / "copy", lambda name: True)
    (copy.path / ".venv").symlink_to(ROOT / ".venv")
    copy.edit("docs/ai-gateway/index.md", "Run** permission", "Walk** permission")
    copy.edit("docs/ai-gateway/index.md", HEADING, NEW)
    said = copy.run("scripts/check")
    assert said.returncode == 1
    assert "no.md" in output(said)
    assert "docs/ai-gateway/index.md:19:1: 'Simply'" in output(said)
    assert "Run permission" in output(said)
    assert "Not right: the build, links and addresses, facts and examples, words." in output(said)
