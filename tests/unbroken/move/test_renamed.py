"""Pages that authors rename by themselves: what git sees, what is left to do, and what is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands import must, run
from tests.sitecopy import GIT
from tests.unbroken.move.sites import make, move, redirects, repository, text, tree, unbroken

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

BODY = "".join(f"Line {n} of a page that is long enough to be known again.\n\n" for n in range(9))
PAGES: dict[str, str | bytes] = {
    "index.md": "# Home\n\n[Install](guide/setup.md), [Windows](guide/setup.md#win)\n\n"
    "<a href='guide/setup/'>x</a>\n",
    "guide/setup.md": "# Install\n\n## Win\n\n[Home](../index.md) [Use](use.md) ![p](p.png)\n\n" + BODY,
    "guide/use.md": "# Use\n\n[Install](setup.md)\n\n" + BODY,
    "guide/p.png": b"png",
    "with.md": '# With\n\n--8<-- "note.md"\n',
    "/includes/note.md": "Note: see [install](guide/setup.md).\n",
}


def site(root: Path) -> Path:
    repository(make(root, PAGES))
    config = root / "mkdocs.yml"
    config.write_text(config.read_text() + "nav: [index.md, guide/setup.md, guide/use.md, with.md]\n")
    must(run("git", "commit", "--quiet", "--all", "--message", "nav", cwd=root, env=GIT))
    return root


def rename(root: Path, old: str, new: str) -> None:
    (root / "docs" / new).parent.mkdir(parents=True, exist_ok=True)
    (root / "docs" / old).rename(root / "docs" / new)


def index(root: Path) -> str:
    return must(run("git", "ls-files", "--stage", cwd=root)).stdout


def from_git(monkeypatch: pytest.MonkeyPatch, root: Path, *more: str) -> Result:
    return unbroken(monkeypatch, root, "move", "--from-git", *more)


@pytest.mark.parametrize("staged", [True, False], ids=["git mv", "mv"])
def test_the_rest_is_what_a_move_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, staged: bool) -> None:
    one, other = site(tmp_path / "one"), site(tmp_path / "other")
    move(one, ("guide/setup.md", "start/install.md"), ("guide/p.png", "img/p.png"))
    for old, new in (("guide/setup.md", "start/install.md"), ("guide/p.png", "img/p.png")):
        if staged:
            (other / "docs" / new).parent.mkdir(parents=True, exist_ok=True)
            must(run("git", "mv", f"docs/{old}", f"docs/{new}", cwd=other))
        else:
            rename(other, old, new)
    before, was = tree(other), index(other)
    dry = from_git(monkeypatch, other, "--dry-run")
    assert "+[Install](start/install.md)" in dry.output
    assert tree(other) == before
    done = from_git(monkeypatch, other)
    assert "is right already" not in done.output
    assert done.exit_code == 0, done.output
    assert tree(other) == tree(one)
    assert index(other) == was
    assert done.output.splitlines()[0].startswith(
        "Renamed since HEAD: guide/p.png to img/p.png, guide/setup.md"
    )
    again = from_git(monkeypatch, other)
    assert "All that names it is right already." in again.output
    assert tree(other) == tree(one)
    assert unbroken(monkeypatch, other, "move", "--undo").exit_code == 0
    assert tree(other) == before


def test_a_folder_in_an_earlier_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site(tmp_path)
    must(run("git", "mv", "docs/guide", "docs/manual", cwd=tmp_path))
    must(run("git", "commit", "--quiet", "--message", "Move", cwd=tmp_path, env=GIT))
    assert "Git sees no page or file renamed since HEAD" in from_git(monkeypatch, tmp_path).output
    done = from_git(monkeypatch, tmp_path, "HEAD~1")
    assert "Renamed since HEAD~1: guide/ to manual/." in done.output
    assert redirects(tmp_path) == {
        "guide/setup.md": "manual/setup.md",
        "guide/use.md": "manual/use.md",
        "guide/p.png": "manual/p.png",
    }
    assert "[Install](manual/setup.md)" in text(tmp_path, "index.md")
    assert (tmp_path / "includes/note.md").read_text() == "Note: see [install](manual/setup.md).\n"
    must(run("mkdocs", "build", "--quiet", "--strict", cwd=tmp_path))


def test_what_the_author_put_right_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site(tmp_path)
    rename(tmp_path, "guide/setup.md", "start/install.md")
    mine = {
        # One link corrected, with marks of its author's own, one not; a new one; and other words.
        "index.md": '# Home page\n\n[Install](./start/../start/install.md "T"), [Windows](guide/setup.md#win)'
        "\n\n<a href='guide/setup/'>x</a>\n\n[New](start/install.md) [Also](guide/use.md)\n",
        "start/install.md": "# Installing\n\n## Win\n\n[Home](../index.md) "
        "[Use](../guide/use.md) ![p](p.png)\n\n"
        + BODY + "More.\n",
    }  # fmt: skip
    for name, content in mine.items():
        (tmp_path / "docs" / name).write_text(content)
    config = tmp_path / "mkdocs.yml"
    corrected = config.read_text().replace("guide/setup.md", "start/install.md")
    corrected = corrected.replace(
        "redirect_maps: {}", "redirect_maps:\n      guide/setup.md: start/install.md"
    )
    config.write_text(corrected)
    done = from_git(monkeypatch, tmp_path)
    assert done.exit_code == 0, done.output
    assert text(tmp_path, "index.md") == mine["index.md"].replace(
        "[Windows](guide/setup.md#win)", "[Windows](start/install.md#win)"
    ).replace("'guide/setup/'", "'start/install/'")
    assert text(tmp_path, "start/install.md") == mine["start/install.md"].replace("p.png", "../guide/p.png")
    assert config.read_text() == corrected
    assert "5 links rewritten in 4 files." in done.output


def test_a_link_the_author_got_wrong_is_not_taken_for_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site(tmp_path)
    rename(tmp_path, "guide/setup.md", "start/install.md")
    (tmp_path / "docs/index.md").write_text("# Home\n\n[Install](start/instal.md)\n")
    before = tree(tmp_path)
    done = from_git(monkeypatch, tmp_path)
    assert done.exit_code == 0, done.output
    assert text(tmp_path, "index.md").encode() == before["docs/index.md"]
    assert "(../start/install.md)" in text(tmp_path, "guide/use.md")


def test_snippets_and_folders_in_docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {
        "a.md": '# A\n\n--8<-- "parts/p.md"\n\n[up](c/)\n',
        "parts/p.md": "Part of a page: [b](b.md).\n\n" + BODY,
        "c/x/y.md": "",
        "b.md": "# B\n\n" + BODY + "b",
    }
    settings = {
        "markdown_extensions": [{"pymdownx.snippets": {"base_path": ["docs"]}}],
        "exclude_docs": "parts/\npieces/\n",
    }
    one, other = (repository(make(tmp_path / name, pages, **settings)) for name in ("one", "other"))
    moved = ("parts/p.md", "pieces/p.md"), ("b.md", "c/x/b.md")
    move(one, *moved)
    for old, new in moved:
        rename(other, old, new)
    done = from_git(monkeypatch, other)
    assert done.exit_code == 0, done.output
    assert tree(other) == tree(one)


@pytest.mark.parametrize("ref", ["nothing", "x y", "HEAD:docs"])
def test_what_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ref: str) -> None:
    site(tmp_path)
    done = unbroken(monkeypatch, tmp_path, "move", f"--from-git={ref}")
    assert done.exit_code == 2
    assert done.output == f"unbroken: git cannot tell what was renamed: {ref} is no commit here.\n"


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, PAGES)
    done = from_git(monkeypatch, tmp_path)
    assert done.exit_code == 2
    assert done.output.startswith("unbroken: git cannot tell what was renamed: ")


def test_a_site_below_the_root_of_its_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "täg/site", PAGES)
    repository(tmp_path)
    rename(tmp_path / "täg/site", "guide/setup.md", "guide/übung.md")
    done = from_git(monkeypatch, tmp_path / "täg/site")
    assert done.exit_code == 0, done.output
    assert redirects(tmp_path / "täg/site") == {"guide/setup.md": "guide/übung.md"}
    assert text(tmp_path / "täg/site", "guide/use.md").startswith("# Use\n\n[Install](übung.md)")


def test_check_follows_renames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site(tmp_path)
    rename(tmp_path, "guide/setup.md", "guide/install.md")
    assert unbroken(monkeypatch, tmp_path, "check", "--map").exit_code in (0, 1)
    assert redirects(tmp_path) == {}
    done = unbroken(monkeypatch, tmp_path, "check", "--map", "--fix")
    assert done.exit_code == 0, done.output
    assert "Renamed since HEAD: guide/setup.md to guide/install.md." in done.stderr
    assert redirects(tmp_path) == {"guide/setup.md": "guide/install.md"}
    must(run("mkdocs", "build", "--quiet", "--strict", cwd=tmp_path))


def test_check_follows_a_rename_beside_a_link_in_html_through_a_redirect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = {**PAGES, "p.md": '# P\n\n<a href="../old/">by its old address</a> [x](guide/setup.md)\n'}
    make(tmp_path, pages)
    config = tmp_path / "mkdocs.yml"
    config.write_text(config.read_text().replace("redirect_maps: {}", "redirect_maps: {old.md: index.md}"))
    repository(tmp_path)
    rename(tmp_path, "guide/setup.md", "guide/install.md")
    done = unbroken(monkeypatch, tmp_path, "check", "--map", "--fix")
    assert "not followed" not in done.stderr
    assert text(tmp_path, "p.md").endswith('<a href="../old/">by its old address</a> [x](guide/install.md)\n')
    must(run("mkdocs", "build", "--quiet", "--strict", cwd=tmp_path))


def test_check_goes_on_where_a_rename_cannot_be_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site(tmp_path)
    config = tmp_path / "mkdocs.yml"
    config.write_text(config.read_text().replace("redirect_maps: {}", "redirect_maps: {old.md: index.md}"))
    rename(tmp_path, "guide/setup.md", "old.md")
    before = tree(tmp_path)
    done = unbroken(monkeypatch, tmp_path, "check", "--map", "--fix")
    assert "Renamed, and not followed: /old/ is an old address that leads elsewhere" in done.stderr
    assert tree(tmp_path) == before
