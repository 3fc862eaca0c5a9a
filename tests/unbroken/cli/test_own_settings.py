"""Sites of other generators: settings in unbroken.toml or pyproject.toml, and any built site."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.commands import output, run
from tests.unbroken.sites import page, write_site

if TYPE_CHECKING:
    from pathlib import Path

#: As Sphinx builds: pages with their ending, a search page, sources beside it that are none of ours.
SPHINX = {
    "index.html": page("welcome").replace(
        "<article>", '<article><a href="usage/install.html#linux">Install</a>'
    ),
    "usage/install.html": page("linux", "windows"),
    "usage/quick.html": page("start"),
    "search.html": page(),
    "_static/basic.css": "body {}",
    "objects.inv": "# Sphinx inventory",
}
#: As Hugo builds: folders, a section's list, a feed.
HUGO = {
    "index.html": page("home").replace("<article>", '<article><a href="/posts/first/">First</a>'),
    "posts/index.html": page("all"),
    "posts/first/index.html": page("one"),
    "index.xml": "<rss/>",
    "404.html": page(),
}
SETTINGS = 'site_dir = "{folder}"\nsite_url = "https://example.com/"\nhosts = ["netlify"]\n'


@pytest.fixture(params=["sphinx", "hugo"])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A built site with its settings, and no mkdocs.yml."""
    sphinx = request.param == "sphinx"
    folder = "_build/html" if sphinx else "public"
    write_site(tmp_path / folder, SPHINX if sphinx else HUGO)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.rst").write_text("Welcome\n")
    text = SETTINGS.format(folder=folder)
    if sphinx:
        (tmp_path / "unbroken.toml").write_text(
            text + '\n[redirects]\n"old.html" = "usage/install.html#linux"\n'
        )
    else:
        (tmp_path / "pyproject.toml").write_text(
            f'[project]\nname = "x"\n\n[tool.unbroken]\n{text}\n'
            '[tool.unbroken.redirects]\n"old/" = "posts/first/"\n'
        )
    return tmp_path


def test_a_site_of_another_generator_is_checked_recorded_and_finished(tree: Path) -> None:
    name = "unbroken.toml" if (tree / "unbroken.toml").exists() else "pyproject.toml"
    site = tree / ("_build/html" if name == "unbroken.toml" else "public")
    said = run("unbroken", "record", cwd=tree)
    assert said.returncode == 0, output(said)
    ledger = (tree / "published-urls.txt").read_text()
    assert ("/usage/install.html#windows" if name == "unbroken.toml" else "/posts/first/#one") in ledger
    said = run("unbroken", "finish", site.relative_to(tree), cwd=tree)
    assert said.returncode == 0, output(said)
    assert "301!" in (site / "_redirects").read_text()
    said = run("unbroken", "check", "--strict", cwd=tree)
    assert said.returncode == 0, output(said)
    (site / ("usage/quick.html" if name == "unbroken.toml" else "posts/index.html")).unlink()
    said = run("unbroken", "check", cwd=tree)
    assert said.returncode == 1
    assert "lost-address" in said.stdout
    for command in (["move", "a.md", "b.md"], ["recover"]):
        said = run("unbroken", *command, cwd=tree)
        assert said.returncode == 2
        assert said.stderr.startswith(f"unbroken: {command[0]} ")
        assert said.stderr.count("\n") == 1


def test_redirects_are_taken_over_into_its_settings_and_taken_back(tree: Path) -> None:
    name = "unbroken.toml" if (tree / "unbroken.toml").exists() else "pyproject.toml"
    before = (tree / name).read_bytes()
    target = "/usage/quick.html" if name == "unbroken.toml" else "/posts/first/"
    (tree / "old.csv").write_text(f"/was.html,{target}\n/were/,{target}\n")
    said = run("unbroken", "import", "old.csv", "--yes", cwd=tree)
    assert said.returncode == 0, output(said)
    text = (tree / name).read_text()
    assert f'"was.html" = "{target[1:]}"' in text
    assert f'"were/" = "{target[1:]}"' in text
    assert "[redirects]" in text or "[tool.unbroken.redirects]" in text
    said = run("unbroken", "check", cwd=tree)
    assert "lost-address" not in said.stdout, output(said)
    said = run("unbroken", "move", "--undo", cwd=tree)
    assert said.returncode == 0, output(said)
    assert (tree / name).read_bytes() == before


def test_without_a_built_site_nothing_is_guessed(tree: Path) -> None:
    (tree / "old.csv").write_text("/was.html,/\n")
    shutil.rmtree(tree / ("_build" if (tree / "unbroken.toml").exists() else "public"))
    for command in (["import", "old.csv", "--yes"], ["logs", "old.csv"], ["check"], ["record"]):
        said = run("unbroken", *command, cwd=tree)
        assert said.returncode == 2
        assert "there is no site in" in said.stderr
        assert said.stderr.count("\n") == 1, said.stderr


def test_logs_name_addresses_where_there_are_no_sources(tree: Path) -> None:
    asked, there = (
        ("QUICK", "usage/quick.html") if (tree / "unbroken.toml").exists() else ("FIRST", "posts/first/")
    )
    path = there.replace(asked.lower(), asked)
    (tree / "access.log").write_text(
        f'192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET /{path} HTTP/1.1" 404 1 "-" "Mozilla/5.0 Firefox"\n'
    )
    said = run("unbroken", "logs", "access.log", "--write", cwd=tree)
    assert said.returncode == 0, output(said)
    name = "unbroken.toml" if (tree / "unbroken.toml").exists() else "pyproject.toml"
    assert f'"{path}" = "{there}"' in (tree / name).read_text(), output(said)


def test_a_setting_that_is_none_is_named_with_its_line(tmp_path: Path) -> None:
    write_site(tmp_path / "public", HUGO)
    (tmp_path / "unbroken.toml").write_text(
        'site_dir = "public"\nhost = ["netlify"]\n[redirects]\n"a/" = 1\n'
    )
    said = run("unbroken", "check", cwd=tmp_path)
    assert said.returncode == 1
    assert "unbroken.toml:2:1: error unknown-setting" in said.stdout
    assert "unbroken.toml:4:" in said.stdout
    (tmp_path / "unbroken.toml").write_text("site_dir = \n")
    said = run("unbroken", "check", "public", cwd=tmp_path)
    assert "unbroken.toml:1:" in output(said)
    assert "Traceback" not in output(said)


def test_init_says_how_another_generator_begins(tmp_path: Path) -> None:
    said = run("unbroken", "init", "--yes", cwd=tmp_path)
    assert said.returncode == 2
    assert "unbroken.toml" in said.stderr
