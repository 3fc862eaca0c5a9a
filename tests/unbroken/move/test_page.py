"""What the contributor page on moving shows is what the tool prints."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from tests.commands import ROOT
from tests.unbroken.move.sites import unbroken

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PAGE = (ROOT / "docs/unbroken/move.md").read_text(encoding="utf-8")
_FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_session_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks with a title are files, written when the page comes to them; the others are run."""
    commands = 0
    for language, options, code in _FENCE.findall(PAGE):
        if name := re.search(r'title="([^"]+)"', options):
            file = tmp_path / name[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(code, encoding="utf-8")
        elif language == "console":
            command, _, said = code.removeprefix("$ unbroken ").partition("\n")
            assert unbroken(monkeypatch, tmp_path, *shlex.split(command)).output == said
            commands += 1
    assert commands == 7
