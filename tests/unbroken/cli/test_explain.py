"""``unbroken explain`` shows what the findings page says, in the terminal."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from tests.commands import ROOT
from unbroken.cli import main
from unbroken.findings.catalog import CODES


@pytest.mark.parametrize("code", CODES)
def test_it_shows_the_section_of_the_findings_page(code: str) -> None:
    shown = CliRunner().invoke(main, ["explain", code])
    assert shown.exit_code == 0
    heading, _, text = shown.output.partition("\n\n")
    assert heading == f"# {code}"
    assert f"### {code} {{ #{code} }}\n\n{text}" in next(
        page.read_text(encoding="utf-8") for page in (ROOT / "docs").rglob("findings.md")
    )


def test_a_code_that_is_not_there_is_told_with_the_one_that_was_meant() -> None:
    shown = CliRunner().invoke(main, ["explain", "dead-pge"])
    assert shown.exit_code == 2
    assert shown.output == "unbroken: there is no code 'dead-pge'. Perhaps dead-page is meant.\n"
