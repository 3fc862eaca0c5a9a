"""The command reference and the changelog are in step with the tool."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.commands import ROOT, must, output, run
from unbroken import __version__
from unbroken.plugin.plugin import UnbrokenConfig
from unbroken.workspace.settings import SETTINGS

if TYPE_CHECKING:
    from tests.sitecopy import SiteCopy


def test_the_page_is_what_the_commands_say() -> None:
    must(run("scripts/reference", "--check"))


def test_a_page_out_of_step_is_told_and_mended(site_copy: SiteCopy) -> None:
    (site_copy.path / ".venv").symlink_to(ROOT / ".venv")
    page = site_copy.read("docs/unbroken/reference.md")
    site_copy.edit(
        "unbroken/cli/move.py", "Take the last move back; the one before that, when run again.", "Undo | it."
    )
    told = site_copy.run("scripts/reference", "--check")
    assert told.returncode == 1
    assert "run ./scripts/reference" in output(told)
    assert site_copy.read("docs/unbroken/reference.md") == page
    must(site_copy.run("scripts/reference"))
    assert "| `--undo` | Undo \\| it. |" in site_copy.read("docs/unbroken/reference.md")
    must(site_copy.run("scripts/reference", "--check"))


def test_the_plugin_takes_the_settings_that_are_described() -> None:
    assert {name for name, _ in UnbrokenConfig()._schema} == SETTINGS.keys()


def test_the_changelog_has_the_version_at_its_top() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (\S+)(?: - \d{4}-\d{2}-\d{2})?$", text, re.MULTILINE)
    assert versions[:2] == ["Unreleased", __version__]
