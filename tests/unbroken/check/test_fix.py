"""`unbroken check --fix` writes the redirects of what was lost, where git leaves no doubt; nothing else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from tests.unbroken.check import sites
from tests.unbroken.check.sites import heading, page
from unbroken.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

MKDOCS = "INHERIT: more/redirects.yml # the map\nsite_name: x\n"
MAP = """\
plugins:
  search: {}
  redirects:   # odd   spaces
    redirect_maps:
      # The first.
      older.md:   new.md # Seen.
"""


def words(name: str, number: int = 30) -> str:
    return " ".join(f"{name}{n}" for n in range(number))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site whose page moved with git, whose heading was renamed, and which lost a page for good."""
    monkeypatch.chdir(tmp_path)
    sites.write(
        tmp_path,
        {
            "mkdocs.yml": MKDOCS,
            "more/redirects.yml": MAP,
            "docs/new.md": f"# New\n\n## One\n\n{words('one')}\n\n## Two\n\n{words('two')}\n",
            "docs/guide/setup.md": f"# Set up\n\n{words('setup')}\n",
            "docs/lost.md": f"# Lost\n\n{words('lost')}\n",
            "published-urls.txt": "/guide/setup/\n/lost/\n/new/\n/new/#one\n/new/#two\n/older/\n/unknown/\n",
            ".gitignore": "site/\n",
        },
    )
    sites.commit(tmp_path)
    sites.git(tmp_path, "mv", "docs/guide/setup.md", "docs/guide/install.md")
    sites.git(tmp_path, "rm", "--quiet", "docs/lost.md")
    sites.commit(tmp_path)
    sites.write(
        tmp_path, {"docs/new.md": (tmp_path / "docs/new.md").read_text().replace("## One", "## First")}
    )
    sites.commit(tmp_path)
    sites.write(
        tmp_path / "site",
        {
            "new/index.html": page(heading("new"), heading("first"), heading("two")),
            "guide/install/index.html": page(heading("set-up")),
        },
    )
    return tmp_path


def check(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", *arguments])


def test_a_sure_redirect_is_written_where_the_map_is_and_said(here: Path) -> None:
    result = check("--fix")
    assert (here / "more/redirects.yml").read_text() == (
        f"{MAP}      guide/setup.md: guide/install.md\n      new.md#one: new.md#first\n"
    )
    assert (here / "mkdocs.yml").read_text() == MKDOCS
    said = result.stderr.splitlines()
    assert said[0] == "2 redirects written to more/redirects.yml. Run: unbroken check --map."
    assert [line.partition(" (")[0] for line in said[1:3]] == [
        "  guide/setup.md: guide/install.md",
        "  new.md#one: new.md#first",
    ]
    # What has no sure answer is left, with the file that its line belongs in.
    lost = [line for line in result.stdout.splitlines() if ": error lost-" in line]
    assert [line.partition(": ")[2].partition(" was published")[0] for line in lost] == [
        "error lost-address: /lost/",
        "error lost-address: /unknown/",
    ]
    assert all(" to redirect_maps in more/redirects.yml" in line for line in lost)
    assert (result.exit_code, check("--fix").exit_code) == (1, 1)


def test_headings_of_a_lost_page_are_redirected_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those in the ledger that did not go where the page went."""
    monkeypatch.chdir(tmp_path)
    sites.configure(tmp_path)
    text = f"# Set up\n\n{words('setup', 90)}\n"
    part = f"\n## Part\n\n{words('part')}\n"
    sites.write(
        tmp_path,
        {
            "docs/setup.md": text + part,
            "docs/parts.md": "# Parts\n",
            "published-urls.txt": "/setup/\n/setup/#part\n",
        },
    )
    sites.commit(tmp_path)
    sites.git(tmp_path, "mv", "docs/setup.md", "docs/install.md")
    sites.write(tmp_path, {"docs/install.md": text, "docs/parts.md": f"# Parts\n{part}"})
    sites.commit(tmp_path)
    sites.write(tmp_path / "site", {"install/index.html": page(), "parts/index.html": page(heading("part"))})
    check("--fix")
    redirects = (tmp_path / "mkdocs.yml").read_text()
    assert "setup.md: install.md\n" in redirects
    assert "setup.md#part: parts.md#part\n" in redirects


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("more/redirects.yml", MAP.replace("redirect_maps:", "redirect_maps: &shared") + "x: *shared\n"),
        ("more/redirects.yml", "plugins: {search: {}}\n"),
    ],
)
def test_a_map_that_cannot_be_edited_stays_as_it_is(here: Path, name: str, text: str) -> None:
    """It is shared with another part of the file, or the site has no plugin that would read it."""
    sites.write(here, {name: text})
    before = {path: path.read_bytes() for path in here.glob("m*/**/*.yml")}
    result = check("--fix")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert "error lost-address: /guide/setup/" in result.stdout
    assert {path: path.read_bytes() for path in here.glob("m*/**/*.yml")} == before


def test_without_git_nothing_is_sure(here: Path) -> None:
    (here / ".git").rename(here / "git")
    assert check("--fix").exit_code == 1
    assert (here / "more/redirects.yml").read_text() == MAP


def test_files_are_replaced_as_a_whole_and_links_and_modes_stay(here: Path) -> None:
    real = here / "real.txt"
    (here / "published-urls.txt").rename(real)
    real.chmod(0o640)
    (here / "published-urls.txt").symlink_to(real)
    before = os.stat(real).st_ino
    with real.open("rb") as reader:
        check("--fix")
        assert reader.read() + b"/new/#new\n" != real.read_bytes()
    assert (here / "published-urls.txt").is_symlink()
    assert (real.stat().st_mode & 0o777, os.stat(real).st_ino == before) == (0o640, False)
    assert "/new/#new\n" in real.read_text()
    assert not list(here.rglob(".unbroken-*"))
