"""The page that lists every move, made from the map, its comments and git."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.commands import must, run
from tests.sitecopy import GIT
from tests.unbroken.sites import write_site

if TYPE_CHECKING:
    from pathlib import Path

MAP = """\
site_name: Small
site_url: https://example.com/docs/
plugins:
  redirects:
    redirect_maps:
      # 2025-05-07: One & <b>two</b>
      # have moved.
      one.md: new/one.md
      "two é.md": new/one.md#part

      three.md: new/one.md # 2024-02-30 is no day
      # before 2023-01-02: It left.
      four.md: https://example.org/?a=1&b="2"
      new/one.md#old: new/one.md#part
      chain.md: one.md

      dead.md: nowhere.md
      index.md: new/one.md
  unbroken:
    patterns:
      # 2022-01-01: All of it.
      past/*: new/*
    # Nobody read it.
    retired: [gone.md]
"""
PAGE = (
    "<!doctype html><title>x</title><main><DIV class=a data-unbroken-moved-pages>{}</DIV><p>After</p></main>"
)
DAY = {"GIT_AUTHOR_DATE": "2021-03-04T05:06:07Z", "GIT_COMMITTER_DATE": "2021-03-05T05:06:07Z"}


def git(folder: Path, *arguments: str, **env: str) -> None:
    must(run("git", *arguments, cwd=folder, env={**GIT, **DAY, **env}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A built site, and its map in git."""
    folder = tmp_path / "site of one"
    folder.mkdir()
    (folder / "mkdocs.yml").write_text(MAP, encoding="utf-8")
    write_site(
        folder / "site",
        {
            "index.html": "<title>Home</title>",
            "new/one/index.html": '<title>One</title><h2 id="part">Part</h2>',
            "list/moved/index.html": PAGE.format("<p>Without the tool</p>"),
            "404.html": PAGE.format(""),
        },
    )
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "mkdocs.yml")
    git(folder, "commit", "--quiet", "--message", 'Move "it" & <go>\n\nMore.')
    return folder


def rows(folder: Path) -> list[tuple[str, str, str, str, str | None]]:
    """What each row says, and where its link leads."""
    run("unbroken", "finish", "site", cwd=folder)
    html = LexborHTMLParser((folder / "site/list/moved/index.html").read_text(encoding="utf-8"))
    found = []
    for row in html.css("[data-unbroken-moved-pages] tbody tr"):
        old, new, day, why = (cell.text() for cell in row.css("td"))
        link = row.css_first("a")
        found.append((old, new, day, why, link.attributes["href"] if link else None))
    return found


def test_every_move_has_its_addresses_its_day_and_its_reason(folder: Path) -> None:
    subject = 'Move "it" & <go>'
    part, new = "/docs/new/one/#part", "/docs/new/one/"
    assert rows(folder) == [
        ("/docs/one/", new, "2025-05-07", "One & <b>two</b> have moved.", "../../new/one/"),
        ("/docs/two é/", part, "2025-05-07", "One & <b>two</b> have moved.", "../../new/one/#part"),
        (
            "/docs/chain/",
            new,
            "before 2023-01-02",
            "It left.",
            "../../new/one/",
        ),
        (
            "/docs/four/",
            "https://example.org/?a=1&b=%222%22",
            "before 2023-01-02",
            "It left.",
            "https://example.org/?a=1&b=%222%22",
        ),
        ("/docs/new/one/#old", part, "before 2023-01-02", "It left.", "../../new/one/#part"),
        ("/docs/past/*", "/docs/new/*", "2022-01-01", "All of it.", None),
        ("/docs/gone/", "withdrawn", "2021-03-04", "Nobody read it.", None),
        ("/docs/three/", new, "2021-03-04", "2024-02-30 is no day", "../../new/one/"),
    ]
    (folder / "mkdocs.yml").write_text(MAP.replace("# Nobody read it.\n", "\n"), encoding="utf-8")
    assert [row[2:4] for row in rows(folder) if row[0] == "/docs/gone/"] == [("2021-03-04", subject)]


def test_nothing_of_it_is_html_and_the_rest_of_the_page_stays(folder: Path) -> None:
    rows(folder)
    html = (folder / "site/list/moved/index.html").read_text(encoding="utf-8")
    assert "One &amp; &lt;b&gt;two&lt;/b&gt; have moved." in html
    assert "<b>" not in html
    assert "Without the tool" not in html
    assert html.endswith("</DIV><p>After</p></main>")
    assert "missing" not in html
    assert (folder / "site/404.html").read_text(encoding="utf-8") == PAGE.format("")


def test_no_address_in_it_is_html(tmp_path: Path) -> None:
    nasty = "<img src=x onerror=alert(1)>&lt;"
    settings = f"""site_name: x
site_url: https://example.com/
plugins:
  - redirects:
      redirect_maps: {{"{nasty}.md": one.md, "old.md": "one.md#{nasty}"}}
  - unbroken:
      patterns: {{"{nasty}/*": "https://example.org/{nasty}/*"}}
      retired: ["gone {nasty}.md"]
"""
    (tmp_path / "mkdocs.yml").write_text(settings, encoding="utf-8")
    one = f'<title>One</title><h2 id="{escape(nasty)}">Part</h2>'
    files = {
        "index.html": "<title>Home</title>",
        "one/index.html": one,
        "list/moved/index.html": PAGE.format(""),
    }
    write_site(tmp_path / "site", files)
    shown = {row[0]: row[1] for row in rows(tmp_path)}
    assert {f"/{nasty}/", "/old/", f"/{nasty}/*", f"/gone {nasty}/"} == {*shown}
    assert shown["/old/"] == f"/one/#{nasty}"
    html = (tmp_path / "site/list/moved/index.html").read_text(encoding="utf-8")
    assert not LexborHTMLParser(html).css("img")


def test_again_it_is_the_same_and_a_new_move_is_in_it(folder: Path) -> None:
    before = rows(folder)
    page = folder / "site/list/moved/index.html"
    text = page.read_bytes()
    assert rows(folder) == before
    assert page.read_bytes() == text
    added = MAP.replace("      dead.md", "      five.md: new/one.md\n      dead.md")
    (folder / "mkdocs.yml").write_text(added, encoding="utf-8")
    # It is in no commit yet, so nothing is known of it.
    assert [row for row in rows(folder) if row not in before] == [
        ("/docs/five/", "/docs/new/one/", "", "", "../../new/one/")
    ]
    git(
        folder, "commit", "--quiet", "--all", "--message", "Move five", GIT_AUTHOR_DATE="2026-01-02T00:00:00Z"
    )
    assert rows(folder)[0] == ("/docs/five/", "/docs/new/one/", "2026-01-02", "Move five", "../../new/one/")
    # A change of indentation is no move.
    (folder / "mkdocs.yml").write_text(added.replace("      ", "        "), encoding="utf-8")
    git(folder, "commit", "--quiet", "--all", "--message", "Indent", GIT_AUTHOR_DATE="2026-02-03T00:00:00Z")
    assert "Indent" not in str(rows(folder))
    assert len(rows(folder)) == len(before) + 1


@pytest.mark.parametrize("how", ["shallow", "no repository"])
def test_without_the_history_a_line_says_that_dates_are_missing(
    folder: Path, tmp_path: Path, how: str
) -> None:
    other = tmp_path / "other"
    if how == "shallow":
        (folder / "later.txt").write_text("x")
        git(folder, "add", "later.txt")
        git(folder, "commit", "--quiet", "--message", "Later")
        git(tmp_path, "clone", "--quiet", "--depth=1", folder.as_uri(), "other")
    else:
        other.mkdir()
        (other / "mkdocs.yml").write_text(MAP, encoding="utf-8")
    (folder / "site").rename(other / "site")
    found = {row[0]: row[2:4] for row in rows(other)}
    assert found["/docs/one/"] == ("2025-05-07", "One & <b>two</b> have moved.")
    assert found["/docs/three/"] == ("", "2024-02-30 is no day")
    html = (other / "site/list/moved/index.html").read_text(encoding="utf-8")
    assert html.count("<p>Some dates are missing") == 1


def test_a_site_that_moved_nothing_says_so(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_text("site_name: Small\n")
    site = write_site(tmp_path / "site", {"index.html": PAGE.format("")})
    must(run("unbroken", "finish", "site", cwd=tmp_path))
    assert "<p>Nothing has moved yet.</p>" in (site / "index.html").read_text()


def test_a_move_takes_no_part_in_the_dated_group_above_it(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text("# Home\n")
    (docs / "now.md").write_text("# Now\n")
    (tmp_path / "mkdocs.yml").write_text(
        "site_name: Small\nplugins:\n  redirects:\n    redirect_maps:\n"
        "      # 2025-05-07: Once.\n      old.md: index.md\n"
    )
    must(run("unbroken", "move", "now.md", "later.md", cwd=tmp_path))
    text = (tmp_path / "mkdocs.yml").read_text()
    assert text.endswith("      old.md: index.md\n\n      now.md: later.md\n")
    must(run("unbroken", "move", "later.md", "last.md", cwd=tmp_path))
    assert (tmp_path / "mkdocs.yml").read_text().count("\n\n") == 1
