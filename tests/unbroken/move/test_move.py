"""What a move changes, what it leaves alone, and what it refuses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.commands import forked, must, output, run
from tests.unbroken.move.sites import make, move, prepare, redirects, repository, text, tree, unbroken
from unbroken.formats.markdown import links
from unbroken.model.addresses import Address
from unbroken.model.errors import Refused
from unbroken.workspace import config as configuration
from unbroken.workspace.config import redirects_of
from unbroken.workspace.files import shown
from unbroken.workspace.transaction import Transaction

if TYPE_CHECKING:
    from pathlib import Path

INSTALL = "# Install\n\n## On Windows\n\n## On Linux\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[a](guide/install.md)", "[a](setup/windows.md)"),
        ('[a](guide/install.md#on-linux "Title")', '[a](setup/windows.md#on-linux "Title")'),
        ("[a](./guide/install.md?x=1#on-linux)", "[a](./setup/windows.md?x=1#on-linux)"),
        ("[a](<guide/install.md>)", "[a](<setup/windows.md>)"),
        ("[a][r]\n\n* text\n\n[r]: guide/install.md 'T'", "[a][r]\n\n* text\n\n[r]: setup/windows.md 'T'"),
        ("![a](guide/install.md)", "![a](setup/windows.md)"),
        ("| A |\n| - |\n| [a](guide/install.md) |", "| A |\n| - |\n| [a](setup/windows.md) |"),
        ("!!! note\n    [a](guide/install.md)", "!!! note\n    [a](setup/windows.md)"),
        ('=== "T"\n\n    [a](guide/install.md)', '=== "T"\n\n    [a](setup/windows.md)'),
        ("a[^1]\n\n[^1]: [a](guide/install.md)", "a[^1]\n\n[^1]: [a](setup/windows.md)"),
        ("<div markdown>\n[a](guide/install.md)\n</div>", "<div markdown>\n[a](setup/windows.md)\n</div>"),
        # URLs of the built page, as raw HTML has them, and as some authors write them.
        ('<a href="guide/install/#on-linux">a</a>', '<a href="setup/windows/#on-linux">a</a>'),
        ("<a href=guide/install/>a</a>", '<a href="setup/windows/">a</a>'),
        ('<img srcset="guide/install/ 1x, /base/guide/install/ 2x">',
         '<img srcset="setup/windows/ 1x, /base/setup/windows/ 2x">'),
        ("[a](guide/install)", "[a](setup/windows)"),
        ("[a](guide/install/)", "[a](setup/windows/)"),
        ("[a](guide/install/index.html)", "[a](setup/windows/index.html)"),
        ("[a](/base/guide/install/)", "[a](/base/setup/windows/)"),
        ("[a](https://example.com/base/guide/install/)", "[a](https://example.com/base/setup/windows/)"),
        ("<https://example.com/base/guide/install/>", "<https://example.com/base/setup/windows/>"),
        ("[a](../docs/guide/install.md)", "[a](../docs/setup/windows.md)"),
        ("---\nnext: guide/install.md\nn: 1\n---\nText", "---\nnext: setup/windows.md\nn: 1\n---\nText"),
        ("[a](guide/install.md)\r\n[b](x)\r\n", "[a](setup/windows.md)\r\n[b](x)\r\n"),
        ("\ufeff[a](guide/install.md)", "\ufeff[a](setup/windows.md)"),
        # What is no link.
        ("`[a](guide/install.md)`", "`[a](guide/install.md)`"),
        ("\\[a](guide/install.md)", "\\[a](guide/install.md)"),
        ("```\n[a](guide/install.md)\n```", "```\n[a](guide/install.md)\n```"),
        ("<!-- [a](guide/install.md) -->", "<!-- [a](guide/install.md) -->"),
        ("guide/install.md", "guide/install.md"),
        ("[a](https://example.org/base/guide/install/)", "[a](https://example.org/base/guide/install/)"),
    ],
)  # fmt: skip
def test_links_to_a_moved_page(tmp_path: Path, before: str, after: str) -> None:
    make(tmp_path, {"index.md": before, "guide/install.md": INSTALL})
    move(tmp_path, ("guide/install.md", "setup/windows.md"))
    # The one in ../docs is spelled as short as can be.
    assert text(tmp_path, "index.md") in (after, after.replace("../docs/", ""))
    assert text(tmp_path, "setup/windows.md") == INSTALL
    assert redirects(tmp_path) == {"guide/install.md": "setup/windows.md"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[a](use.md)", "[a](../guide/use.md)"),
        ("[a](../index.md)", "[a](../index.md)"),
        ("[a](../index.md) [b](#here)\n\n# Here", "[a](../index.md) [b](#here)\n\n# Here"),
        ("[a](page.md#here)\n\n# Here", "[a](that.md#here)\n\n# Here"),
        ("![a](img/é%20x.png)", "![a](../guide/img/é%20x.png)"),
        ('<img src="../img/é x.png">', '<img src="../../../guide/img/é%20x.png">'),
        ("[a](../../LICENSE)", "[a](../../../LICENSE)"),
        ("[a](not-there.md)", "[a](../../guide/not-there.md)"),
        ("[a](.)", "[a](.)"),
    ],
)
def test_links_from_a_moved_page(tmp_path: Path, before: str, after: str) -> None:
    site: dict[str, str | bytes] = {
        "index.md": "",
        "guide/index.md": "",
        "guide/use.md": "",
        "guide/img/é x.png": b"x",
    }
    deep = "../../" in after or "[a](../../" in after
    new = "new/deep/that.md" if deep else "new/that.md"
    make(tmp_path, {**site, "guide/page.md": before})
    move(tmp_path, ("guide/page.md", new))
    got = text(tmp_path, new)
    assert re.sub(r"\(\.\./\.\./index\.md", "(../index.md", got) == after


def test_names_in_the_configuration(tmp_path: Path) -> None:
    config = """\
# The site.
site_name: x
theme: {name: null, custom_dir: theme}
nav:
- index.md
- "Guide":
    - Install: 'guide/install.md'   # first
    - guide/use.md
exclude_docs: |
  /guide/draft.md
  *.tmp
extra: {start: guide/install.md, words: guide}
watch: [docs/guide/use.md]
plugins:
  - redirects: {redirect_maps: {older.md: guide/install.md#on-linux}}
  - unbroken
"""
    pages = {f"guide/{name}.md": INSTALL for name in ("install", "use", "draft")}
    make(tmp_path, {"/mkdocs.yml": config.replace("\n", "\r\n"), "index.md": "", **pages})
    move(tmp_path, ("guide", "the handbook"))
    after = (tmp_path / "mkdocs.yml").read_bytes().decode()
    assert "words: guide}" in after
    added = ", guide/install.md: the handbook/install.md, guide/use.md: the handbook/use.md"
    assert added in after
    expected = config.replace("\n", "\r\n")
    for before in (
        "'guide/",
        "- guide/use",
        "  /guide/draft",
        "start: guide/",
        "[docs/guide/",
        "older.md: guide/",
    ):
        expected = expected.replace(before, before.replace("guide/", "the handbook/"))
    assert after.replace(added, "") == expected
    must(run("mkdocs", "build", "--quiet", cwd=tmp_path))


STYLES: dict[str, str | bytes] = {
    # Indexes named README.md, and numbers in names.
    "README.md": "# Home\n\n[One](01-start/README.md) [Two](01-start/02-next.md#more) "
    "[Folder](01-start/)\n",
    "01-start/README.md": "# Start\n\n[Next](02-next.md) [Home](../README.md)\n",
    "01-start/02-next.md": "# Next\n\n## More\n\n[Up](README.md) [Bild](../bilder/größe%201.png) [Up](../)\n",
    "bilder/größe 1.png": b"png",
    # Translations beside their originals.
    "guide/install.md": "# Install\n\n[Deutsch](install.de.md)\n",
    "guide/install.de.md": "# Installieren\n\n[Start](../01-start/02-next.md) [Englisch](install.md)\n",
    # A blog, with links from docs_dir's root in front matter.
    "blog/posts/2024/first.md": "---\nlinks:\n  - guide/install.md\n  - Next: 01-start/02-next.md#more\n---\n"
    "# First\n\n[Install](../../../guide/install.md) ![B](../../../bilder/größe%201.png)\n",
    # Navigation in files of its own.
    "SUMMARY.md": "# Summary\n\n* [Start](01-start/README.md)\n    * [Next](01-start/02-next.md)\n"
    "* [Guide](guide/)\n",
    "guide/.pages": "title: Guide\nnav:\n  - install.md\n  - 'Deutsch': install.de.md\n  - ...\n",
    "01-start/.nav.yml": "nav:\n  - README.md\n  - Next: 02-next.md\n",
    # References far away, and snippets.
    "far.md": "# Far\n\n[next], [Next][n] and [n]\n" + "\ntext\n" * 50
    + "\n[next]: 01-start/02-next.md\n[n]: <guide/install.md>\n",
    "with.md": '# With\n\n--8<-- "note.md"\n',
    "/includes/note.md": "Note: see [next](01-start/02-next.md) "
    "and <a href='../guide/install/'>install</a>.\n",
    "/README.md": "# Project\n\n[Docs](docs/guide/install.md)\n",
}  # fmt: skip


@pytest.mark.parametrize(
    "pairs",
    [
        [("01-start", "basics")],
        [("guide", "manual/of/it")],
        [("01-start/02-next.md", "01-start/03 später.md")],
        [("01-start/README.md", "intro.md")],
        [("bilder", "img"), ("blog/posts/2024/first.md", "blog/posts/2025/zweites.md")],
        [("guide/install.md", "guide/setup.md"), ("guide/install.de.md", "guide/setup.de.md")],
        [("far.md", "very/far/away.md"), ("01-start/02-next.md#more", "01-start/02-next.md#less")],
    ],
)
def test_there_and_back(tmp_path: Path, pairs: list[tuple[str, str]]) -> None:
    repository(make(tmp_path, STYLES, use_directory_urls=True))
    before = tree(tmp_path)
    move(tmp_path, *pairs)
    there = tree(tmp_path)
    assert {*before} != {*there} or before != there
    must(run("mkdocs", "build", "--quiet", cwd=tmp_path))
    files = [(new, old) for old, new in pairs if "#" not in old]
    move(tmp_path, *files)
    after = tree(tmp_path)
    if "intro.md" in pairs[0]:  # the navigation of a folder lists a page only as long as it is there
        nav = after.pop("docs/01-start/.nav.yml")
        assert before["docs/01-start/.nav.yml"].endswith(nav.removeprefix(b"nav:\n"))
        after["docs/01-start/.nav.yml"] = before["docs/01-start/.nav.yml"]
    headings = {"docs/01-start/02-next.md", "docs/blog/posts/2024/first.md", "docs/README.md", "mkdocs.yml"}
    assert {*after} == {*before}
    for name in after:
        if name == "mkdocs.yml" and len(files) == len(pairs):
            assert redirects(tmp_path) == {}
        elif len(files) == len(pairs) or name not in headings:
            assert after[name] == before[name], name


def test_navigation_files(tmp_path: Path) -> None:
    make(tmp_path, STYLES)
    move(tmp_path, ("guide/install.de.md", "guide/de/install.md"), ("01-start", "basics"))
    assert text(tmp_path, "guide/.pages").endswith("- install.md\n  - 'Deutsch': de/install.md\n  - ...\n")
    assert text(tmp_path, "basics/.nav.yml") == STYLES["01-start/.nav.yml"]
    assert "* [Next](basics/02-next.md)\n* [Guide](guide/)" in text(tmp_path, "SUMMARY.md")
    assert "Next: basics/02-next.md#more" in text(tmp_path, "blog/posts/2024/first.md")


def test_a_snippet_that_pages_in_other_folders_share(tmp_path: Path) -> None:
    shared = {
        "one.md": '--8<-- "n.md"',
        "two/two.md": '--8<-- "n.md"',
        "x.md": "# X",
        "/includes/n.md": "[x](x.md)",
    }
    make(tmp_path, shared)
    before = tree(tmp_path)
    with pytest.raises(Refused, match=r"includes/n\.md:1:5.*2 pages"):
        move(tmp_path, ("x.md", "y.md"))
    assert tree(tmp_path) == before


def test_a_snippet_that_is_a_page_moves(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"markdown_extensions": [{"pymdownx.snippets": {"base_path": ["docs"]}}]}
    make(tmp_path, {"a.md": '--8<-- "parts/p.md:2"\n', "parts/p.md": "# P\n\nText\n"}, **settings)
    move(tmp_path, ("parts/p.md", "pieces/q.md"))
    assert text(tmp_path, "a.md") == '--8<-- "pieces/q.md:2"\n'


# Style sheets and templates.


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a { background: url(../img/a.png) }", "a { background: url(../pictures/b.png) }"),
        ("a{background:URL( '../img/a.png?x#y' )}", "a{background:URL( '../pictures/b.png?x#y' )}"),
        ('@import "more.css"; a{}', '@import "../more/more.css"; a{}'),
        ("@import url(./more.css) screen;", "@import url(../more/more.css) screen;"),
        ("a{src:url(/base/img/a.png)}\r\n", "a{src:url(/base/pictures/b.png)}\r\n"),
        ("a{src:url(data:image/png;base64,img/a.png) , url(x.woff)}",
         "a{src:url(data:image/png;base64,img/a.png) , url(x.woff)}"),
        ("/* url(../img/a.png) */ a::after{content:'url(../img/a.png)'}",
         "/* url(../img/a.png) */ a::after{content:'url(../img/a.png)'}"),
        ("a{x:url(../img/a.png)} /* url(../img/a.png)", "a{x:url(../pictures/b.png)} /* url(../img/a.png)"),
    ],
)  # fmt: skip
def test_style_sheets(tmp_path: Path, before: str, after: str) -> None:
    make(tmp_path, {"css/x.css": before, "css/more.css": "", "img/a.png": b"", "index.md": "# X\n"})
    move(tmp_path, ("img/a.png", "pictures/b.png"), ("css/more.css", "more/more.css"))
    assert text(tmp_path, "css/x.css") == after


def test_a_style_sheet_that_moves(tmp_path: Path) -> None:
    make(tmp_path, {"css/x.css": "a{x:url(a%20b.png)} b{x:url(../index.md)}", "css/a b.png": b""})
    move(tmp_path, ("css/x.css", "x(y).css"))
    assert text(tmp_path, "x(y).css") == "a{x:url(css/a%20b.png)} b{x:url(../index.md)}".replace("../", "")
    make(tmp_path, {"y.css": "a{x:url('x(y).css')}"})
    move(tmp_path, ("x(y).css", "z(y).css"))
    assert text(tmp_path, "y.css") == "a{x:url('z%28y%29.css')}"


def test_a_folders_navigation_cannot_name_what_has_left_it(tmp_path: Path) -> None:
    pages = "nav:\n  - B: b.md  # first\n  - In:\n    - A: a.md\n    - c.md\n    - d.md\n"
    files = {
        "guide/.pages": pages, "other/.pages": "nav: [x.md]\n", "more/.pages": "nav: [..., y.md]\n",
        **{f"{name}.md": "" for name in ("guide/a", "guide/b", "guide/c", "guide/d", "other/x", "more/y")},
    }  # fmt: skip
    make(tmp_path, files)
    prepared = move(tmp_path, ("guide/a.md", "other/z.md"), ("guide/c.md", "more/c.md"))
    assert text(tmp_path, "guide/.pages") == pages.replace("    - A: a.md\n    - c.md\n", "")
    said = [line.replace(f"{tmp_path}/", "") for line in prepared.advice if ".pages" in line]
    assert said == [
        "docs/guide/.pages names a.md no longer, which is not below it now.",
        "docs/guide/.pages names c.md no longer, which is not below it now.",
        "Left for you: docs/other/.pages does not name z.md, so the navigation lacks it.",
    ]


@pytest.mark.parametrize(
    "pages",
    ["nav: [a.md, b.md]\n", "nav:\n- a.md\n", "nav:\n- b.md\n- A:\n    a.md\n", "nav: &x\n- [a.md]\n- *x\n"],
)
def test_a_folders_navigation_that_cannot_be_mended_stops_a_move(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages: str
) -> None:
    make(tmp_path, {"guide/.pages": pages, "guide/a.md": "", "guide/b.md": "", "x.md": ""})
    with pytest.raises(Refused, match=r"guide/\.pages names a\.md, which would be no longer below it\."):
        move(tmp_path, ("guide/a.md", "a.md"))
    said = unbroken(monkeypatch, tmp_path, "move", "guide/a.md", "a.md", "--leave")
    assert said.exit_code == 0, said.output
    assert text(tmp_path, "guide/.pages") == pages
    assert "docs/guide/.pages still names a.md, which is no longer below it." in said.output.splitlines()


def test_metadata_of_a_folder_that_a_page_leaves_or_enters_is_named(tmp_path: Path) -> None:
    files = {f"{name}.md": "" for name in ("guide/a", "guide/b", "more/x/c", "d")}
    metadata = {f"{folder}.meta.yml": "tags: [x]\n" for folder in ("", "guide/", "more/")}
    make(tmp_path, {**files, **metadata})
    config = tmp_path / "mkdocs.yml"
    config.write_text(config.read_text() + "theme: material\nplugins: [material/meta, redirects]\n")
    prepared = move(tmp_path, ("guide/a.md", "more/x/a.md"), ("more/x/c.md", "more/c.md"), ("d.md", "e.md"))
    said = [line.replace(f"{tmp_path}/", "") for line in prepared.advice if ".meta.yml" in line]
    assert said == [
        "Left for you: docs/guide/.meta.yml is for docs/more/x/a.md no longer.",
        "Left for you: docs/more/.meta.yml is for docs/more/x/a.md from now on.",
    ]
    moved = move(tmp_path, ("guide", "manual"))
    assert not [line for line in moved.advice if ".meta.yml" in line]


def test_what_was_wrong_before_is_not_new_in_its_new_place(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "index.md": "[b](a/b.md#nothing) and [b](a/b.md#nothing)\n",
        "a/b.md": "# B\n\n[gone](gone.md) and [gone](/base/a/b/gone/) <i id='x'></i><i id='x'></i>\n",
        "a/c.md": "# C\n\n[gone](gone.md)\n",
    }
    make(tmp_path, files)
    must(run("mkdocs", "build", "-q", cwd=tmp_path))
    known = {
        "docs/a/b.md: broken-link: /a/b/gone.md",
        "docs/a/b.md: broken-link: /a/b/gone/",
        "docs/a/b.md: duplicate-id: #x",
        "docs/a/c.md: broken-link: /a/c/gone.md",
        "docs/index.md: broken-anchor: /a/b/#nothing",
    }
    there = tmp_path / "unbroken.baseline"
    there.write_text("".join(f"{line}\n" for line in [*sorted(known), max(known)]))
    must(run("unbroken", "check", cwd=tmp_path))
    for old, new in (("a", "d"), ("d/b.md", "e.md"), ("d/c.md", "d/cc.md")):
        move(tmp_path, (old, new))
        must(run("mkdocs", "build", "-q", cwd=tmp_path))
        done = must(run("unbroken", "check", cwd=tmp_path))
        assert "6 findings of unbroken.baseline not shown" in output(done)
    there.unlink()
    move(tmp_path, ("e.md", "f.md"))
    assert not there.exists()


def test_templates(tmp_path: Path) -> None:
    template = (
        '<a href="{{ \'guide/setup/\' | url }}">1</a>\n<a href="{{ "guide/setup/#win"|url }}">2</a>\n'
        "{% if page.url == 'guide/setup/' %}<a href='{{ base_url }}/guide/setup/#win'>3</a>{% endif %}\n"
        "<a href='https://example.com/base/guide/setup/'>4</a> my-guide/setup/ {{ 'guide/setups/' | url }}\n"
    )
    pages: dict[str, str | bytes] = {"guide/setup.md": "# S\n\n## Win\n", "/theme/parts/x.html": template}
    make(tmp_path, pages)
    prepared = move(tmp_path, ("guide/setup.md", "install.md"), ("guide/setup.md#win", "guide/setup.md#w"))
    after = (tmp_path / "theme/parts/x.html").read_text()
    assert after == template.replace("'guide/setup/' | url", "'install/' | url").replace(
        '"guide/setup/#win"|url', '"install/#w"|url'
    )
    assert [line.partition("theme/")[2] for line in prepared.advice] == [
        "parts/x.html:3 names guide/setup/.",
        "parts/x.html:4 names guide/setup/.",
    ]  # fmt: skip
    move(tmp_path, ("install.md", "index.md"))
    assert "{{ '.' | url }}" in (tmp_path / "theme/parts/x.html").read_text()


# Headings.


def test_a_heading_gets_another_anchor(tmp_path: Path) -> None:
    make(
        tmp_path,
        {"a.md": "[l](#on-linux)\n\n" + INSTALL, "b.md": "[w](a.md#on-linux) <a href='../a/#on-linux'>x</a>"},
    )
    move(tmp_path, ("a.md#on-linux", "a.md#penguin"))
    assert text(tmp_path, "a.md") == "[l](#penguin)\n\n" + INSTALL.replace("Linux", "Linux { #penguin }")
    assert text(tmp_path, "b.md") == "[w](a.md#penguin) <a href='../a/#penguin'>x</a>"
    assert redirects(tmp_path) == {"a.md#on-linux": "a.md#penguin"}
    move(tmp_path, ("a.md#penguin", "a.md#on-linux"))
    assert text(tmp_path, "a.md") == "[l](#on-linux)\n\n" + INSTALL.replace("Linux", "Linux { #on-linux }")
    assert redirects(tmp_path) == {"a.md#penguin": "a.md#on-linux"}


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("## Win { #win }", "## Win { #new }"),
        ("## Win {: .big #win data-x=1 }", "## Win {: .big #new data-x=1 }"),
        ("## Win { .big }", "## Win { #new .big }"),
        ("Win\n---", "Win { #new }\n---"),
        ("```\n## Win\n```\n\n## Win", "```\n## Win\n```\n\n## Win { #new }"),
    ],
)
def test_headings_of_every_kind(tmp_path: Path, line: str, after: str) -> None:
    make(tmp_path, {"a.md": f"# A\n\n{line}\n", "b.md": "[w](a.md#win)"})
    move(tmp_path, ("a.md#win", "a.md#new"))
    assert text(tmp_path, "a.md") == f"# A\n\n{after}\n"


def test_a_section_that_has_gone_to_another_page(tmp_path: Path) -> None:
    make(tmp_path, {"a.md": "# A\n", "n.md": "# N\n\n## Proxy\n", "b.md": "[p](a.md#proxy) [a](a.md)"})
    move(tmp_path, ("a.md#proxy", "n.md#proxy"))
    assert text(tmp_path, "b.md") == "[p](n.md#proxy) [a](a.md)"
    assert redirects(tmp_path) == {"a.md#proxy": "n.md#proxy"}


@pytest.mark.parametrize(
    ("line", "title", "after"),
    [
        ("## Win", "On Windows", "## On Windows"),
        ("## Win { .big }", "On Windows", "## On Windows { .big }"),
        ("## Win { #win }", "Windows *11*", "## Windows *11* { #on-windows }"),
        ("Win\n---", "Windows", "Windows { #on-windows }\n---"),
    ],
)
def test_a_heading_gets_other_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, title: str, after: str
) -> None:
    make(tmp_path, {"a.md": f"# A\n\n{line}\n\nText\n", "b.md": "[w](a.md#win)"})
    done = unbroken(monkeypatch, tmp_path, "move", "a.md#win", "a.md#on-windows", "--title", title)
    assert done.exit_code == 0, done.output
    assert text(tmp_path, "a.md") == f"# A\n\n{after}\n\nText\n"
    assert text(tmp_path, "b.md") == "[w](a.md#on-windows)"
    assert redirects(tmp_path) == {"a.md#win": "a.md#on-windows"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a.md", "c.md", "--title", "T"), "--title is for one heading"),
        (("a.md#win", "b.md#win", "--title", "T"), "--title is for one heading"),
        (("a.md#win", "a.md#x", "--title", "T\n# U"), "cannot be the words of a heading"),
        (("a.md#win", "a.md#x", "--title", "<h3 id='y'>"), "can have #x for #win, with the words"),
        (("--from-git", "--title", "T"), "--title is for one heading"),
    ],
)
def test_words_that_no_heading_gets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    repository(make(tmp_path, {"a.md": "# A\n\n## Win\n", "b.md": "# B\n"}))
    before = tree(tmp_path)
    done = unbroken(monkeypatch, tmp_path, "move", *arguments)
    assert done.exit_code == 2, done.output
    assert message in done.output
    assert tree(tmp_path) == before


SPLIT: dict[str, str | bytes] = {
    "d/a.md": "# A\n\n## Before\n\n[p](#proxy) [d](#deep)\n\n"
    "## Proxy\n\nSee [b](../b.md), [self](#proxy), [up][r],\n"
    "[before](#before) and <a href='../../b/'>raw</a>.\n\n```sh\n# no heading\n```\n\n### Deep\n\nText\n\n"
    "After\n-----\n\nEnd, [here][r]\n\n[r]: ../b.md 'T'\n",
    "n.md": "# N\n\nText",
    "b.md": "# B\n\n[p](d/a.md#proxy) [d](d/a.md#deep) [a](d/a.md#before)\n",
}


def test_a_section_is_cut_out_for_another_page(tmp_path: Path) -> None:
    repository(make(tmp_path, SPLIT))
    before = tree(tmp_path)
    prepared = move(tmp_path, ("d/a.md#proxy", "n.md#proxies"))
    assert text(tmp_path, "d/a.md") == (
        "# A\n\n## Before\n\n[p](../n.md#proxies) [d](../n.md#deep)\n\n"
        "After\n-----\n\nEnd, [here][r]\n\n[r]: ../b.md 'T'\n"
    )
    assert text(tmp_path, "n.md") == (
        "# N\n\nText\n\n## Proxy { #proxies }\n\nSee [b](b.md), [self](#proxies), [up][r],\n"
        "[before](d/a.md#before) and <a href='../b/'>raw</a>.\n\n```sh\n# no heading\n```\n\n"
        "### Deep\n\nText\n\n[r]: b.md 'T'\n"
    )
    assert text(tmp_path, "b.md") == "# B\n\n[p](n.md#proxies) [d](n.md#deep) [a](d/a.md#before)\n"
    assert redirects(tmp_path) == {"d/a.md#proxy": "n.md#proxies", "d/a.md#deep": "n.md#deep"}
    assert prepared.summary[1].endswith("docs/n.md.")
    must(run("mkdocs", "build", "--quiet", "--strict", cwd=tmp_path))
    Transaction(tmp_path).undo()
    assert tree(tmp_path) == before


def test_a_page_may_move_while_it_is_split(tmp_path: Path) -> None:
    repository(make(tmp_path, SPLIT))
    move(tmp_path, ("d/a.md#proxy", "n.md#proxy"), ("d/a.md", "e/f/a.md"), ("n.md", "e/n.md"))
    assert "[p](../n.md#proxy) [d](../n.md#deep)" in text(tmp_path, "e/f/a.md")
    assert "See [b](../b.md), [self](#proxy), [up][r]," in text(tmp_path, "e/n.md")
    assert "[r]: ../b.md 'T'" in text(tmp_path, "e/n.md")
    must(run("mkdocs", "build", "--quiet", "--strict", cwd=tmp_path))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("# A\n\n## X\n\nNote[^1]\n\n## Y\n\n[^1]: Text\n", "# N\n", "would not look the same"),
        ("# A\n\n## X\n\n[r]\n\n[r]: b.md\n", "# N\n\n[r]\n\n[r]: a.md\n", "lead to the same places"),
        ("# A\n\n## X\n\n### Y\n", "# N\n\n## Y\n", "would not look the same"),
        ("# X\n\nText\n", "# N\n", "is the whole page"),
        ("# A\n\n<h2 id='x'>X</h2>\n", "# N\n", "no section there can be cut out"),
        ("# A\n\n## X\n\n## X\n", "# N\n", "no section there can be cut out"),
        ("# A\n\n## X\n\nText\n", "# N\n\nA[^1]\n\n[^1]: F\n", "would not look the same"),
        ("# A\n\n## X\n", "# N\n\n## X\n", r"n\.md has an anchor #x already.* move 'a\.md#x' 'n\.md#x-2'$"),
        ("# A\n\n## X\n", "# N\n\n## X\n\n## X 2 {#x-2}\n", r"move 'a\.md#x' 'n\.md#x-3'$"),
    ],
)
def test_sections_that_cannot_be_cut_out(tmp_path: Path, old: str, new: str, message: str) -> None:
    make(tmp_path, {"a.md": old, "n.md": new, "b.md": "# B\n"})
    before = tree(tmp_path)
    with pytest.raises(Refused, match=message):
        move(tmp_path, ("a.md#x", "n.md#x"))
    assert tree(tmp_path) == before


# Redirects.


def test_redirects_never_lead_to_each_other(tmp_path: Path) -> None:
    make(tmp_path, {"a.md": INSTALL})
    move(tmp_path, ("a.md", "b.md"))
    move(tmp_path, ("b.md#on-linux", "b.md#penguin"))
    move(tmp_path, ("b.md", "c/index.md"))
    assert redirects(tmp_path) == {
        "a.md": "c/index.md", "b.md": "c/index.md", "c/index.md#on-linux": "c/index.md#penguin",
    }  # fmt: skip
    move(tmp_path, ("c", "a"))
    assert redirects(tmp_path) == {
        "b.md": "a/index.md", "c/index.md": "a/index.md", "a/index.md#on-linux": "a/index.md#penguin",
    }  # fmt: skip


def test_what_was_never_published_gets_no_redirect(tmp_path: Path) -> None:
    repository(make(tmp_path, {"a.md": INSTALL}))
    make(tmp_path, {"b.md": "new"})
    move(tmp_path, ("b.md", "c.md"))
    assert redirects(tmp_path) == {}
    (tmp_path / "published-urls.txt").write_text("/c/\n", encoding="utf-8")
    move(tmp_path, ("c.md", "d.md"))
    assert redirects(tmp_path) == {"c.md": "d.md"}


def test_a_site_without_redirects_is_told_what_to_add(tmp_path: Path) -> None:
    make(tmp_path, {"a.md": "", "b.md": "[a](a.md)"}, plugins=["search"])
    config = (tmp_path / "mkdocs.yml").read_bytes()
    advice = move(tmp_path, ("a.md", "c.md")).advice
    assert (tmp_path / "mkdocs.yml").read_bytes() == config
    assert advice[1:] == [
        "  unbroken move --undo    # if this is moved already",
        "  unbroken init",
        f"Or add to {shown(tmp_path / 'mkdocs.yml')}:",
        "plugins:",
        "  - redirects:",
        "      redirect_maps:",
        "        a.md: c.md",
    ]


def test_lines_that_name_the_first_plugin_keep_the_search(tmp_path: Path) -> None:
    make(tmp_path, {"a.md": ""})
    (tmp_path / "mkdocs.yml").write_text("site_name: x\n", encoding="utf-8")
    advice = move(tmp_path, ("a.md", "c.md")).advice
    lines = "\n".join(advice[advice.index("plugins:") :])
    assert yaml.safe_load(lines)["plugins"] == ["search", {"redirects": {"redirect_maps": {"a.md": "c.md"}}}]


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        (
            "markdown_extensions: [tools.nowhere]",
            "Config value 'markdown_extensions': Failed to load extension 'tools.nowhere' "
            "(ModuleNotFoundError: No module named 'tools')",
        ),
        (f"x: {'[' * 3000}{']' * 3000}", "maximum recursion depth exceeded"),
        ("nav: 3", "Config value 'nav': Expected nav to be a list, got a int: 3"),
    ],
)
def test_a_configuration_that_mkdocs_refuses_is_told_with_its_reason(
    tmp_path: Path, setting: str, reason: str
) -> None:
    make(tmp_path, {"a.md": ""})
    (tmp_path / "mkdocs.yml").write_text(f"site_name: x\n{setting}\n", encoding="utf-8")
    before = tree(tmp_path)
    with pytest.raises(Refused) as refused:
        move(tmp_path, ("a.md", "c.md"))
    assert f"MkDocs cannot read this, so no link can be proved: {reason}" in str(refused.value)
    assert str(refused.value).endswith(".")
    assert not str(refused.value).endswith("..")
    assert tree(tmp_path) == before


def test_a_site_with_redirects_and_without_unbroken(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"a.md": INSTALL, "x.png": b"x"}
    make(tmp_path, files, plugins=["search", "redirects"])
    move(tmp_path, ("a.md", "c.md"), ("x.png", "y.png"))
    assert redirects(tmp_path) == {"a.md": "c.md"}
    assert move(tmp_path, ("c.md#on-linux", "c.md#x")).advice[-1] == "  c.md#on-linux: c.md#x"
    must(run("mkdocs", "build", "--quiet", "--strict", cwd=tmp_path))


@pytest.mark.parametrize(
    ("pairs", "patterns", "added"),
    [
        # The whole folder: the pattern goes along.
        ([("new", "newer")], {"old/*": "newer/*", "one/*": "newer/a.md"}, {}),
        ([("new", "x/y")], {"old/*": "x/y/*", "one/*": "x/y/a.md"}, {}),
        # A part of it: what readers know by the pattern gets lines of its own.
        ([("new/a.md", "b.md")], {"old/*": "new/*", "one/*": "b.md"}, {"old/a.md": "b.md"}),
        ([("new/deep", "far")], {"old/*": "new/*", "one/*": "new/a.md"}, {"old/deep/c.md": "far/c.md"}),
        ([("new/b.md", "b.md")], {"old/*": "new/*", "one/*": "new/a.md"}, {}),
    ],
)
def test_patterns_follow(
    tmp_path: Path, pairs: list[tuple[str, str]], patterns: dict[str, str], added: dict[str, str]
) -> None:
    own = {"patterns": {"old/*": "new/*", "one/*": "new/a.md"}, "retired": ["new/z.md"]}
    plugins: dict[str, Any] = {"redirects": {"redirect_maps": {}}, "unbroken": own}
    make(tmp_path, {f"new/{name}.md": name for name in ("a", "b", "deep/c")}, plugins=plugins)
    ledger = "/old/a/\n/old/deep/c/\n/one/1/\n/one/2/\n/old/gone/\n"
    (tmp_path / "published-urls.txt").write_text(ledger, encoding="utf-8")
    before = redirects_of(configuration.read(tmp_path / "mkdocs.yml"))
    move(tmp_path, *pairs)
    config = configuration.read(tmp_path / "mkdocs.yml")
    assert {entry.source: entry.target for entry in config.patterns} == patterns
    assert [entry.source for entry in config.retired] == ["new/z.md"]
    lines = redirects(tmp_path)
    assert {source: target for source, target in lines.items() if not source.startswith("new/")} == added
    after = redirects_of(config)
    for address in ("/old/a/", "/old/deep/c/", "/one/1/", "/one/2/"):
        was = before.route(Address(address)).end
        assert isinstance(was, Address)
        there = after.route(Address(address))
        assert len(there.hops) == 1
        assert isinstance(there.end, Address)
        content = was.path.strip("/").removeprefix("new/")
        assert text(tmp_path, there.end.path.strip("/") + ".md") == content
    must(run("mkdocs", "build", "--quiet", cwd=tmp_path))


# Refusals.


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("a.md", "b.md", r"b\.md exists already\.$"),
        ("a.md", "../x.md", r"\.\./x\.md is outside docs\.$"),
        ("no.md", "nor.md", r"neither no\.md nor nor\.md below docs\."),
        (
            "no.md",
            "b.md",
            r"There is no no\.md below docs, but there is a b\.md\. .*unbroken move --from-git",
        ),
        ("a.md", "a.md", r"cannot be moved onto itself\.$"),
        ("f", "f/g", r"cannot be moved into itself\.$"),
        ("a.md", ".a.md", r"would not publish \.a\.md"),
        ("a.md", "secret/a.md", r"would not publish secret/a\.md"),
        ("a.md", "a.txt", r"is a page, and a\.txt would not be published as one"),
        ("x.png", "x.md", r"x\.png is no page"),
        ("a.md", "f", r"f is a folder\. Write f/"),
        ("a.md", "f/index.md", r"would have the address /f/, as f/README\.md has|exists"),
        ("a.md", "B.md", r"would have the address /B/, as b\.md has"),
        ("a.md", "old.md", r"/old/ is an old address that leads elsewhere"),
        ("a.md", "a?.md", r"not every system or host"),
        ("a.md#nothing", "a.md#x", r"has no anchor #nothing"),
        ("a.md#on-linux", "a.md#on-windows", r"has an anchor #on-windows already"),
        ("a.md#on-linux", "a.md#on-linux", r"onto itself"),
        ("a.md#on-linux", "a.md", r"write the new place as page\.md#anchor"),
        ("a.md#on-linux", "a.md#two words", r"cannot be an anchor"),
    ],
)
def test_refusals(tmp_path: Path, old: str, new: str, message: str) -> None:
    plugins: dict[str, Any] = {"redirects": {"redirect_maps": {"old.md": "b.md"}}, "unbroken": {}}
    pages: dict[str, str | bytes] = {"a.md": INSTALL, "b.md": "", "f/README.md": "", "x.png": b""}
    make(tmp_path, pages, plugins=plugins, exclude_docs="secret/\n")
    before = tree(tmp_path)
    with pytest.raises(Refused, match=message) as refused:
        move(tmp_path, (old, new))
    assert "\n" not in str(refused.value)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("wrong", ["p30.md", "p31.md"])
def test_a_link_among_many_that_cannot_be_proved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    """Whichever of two processes proves its page."""
    monkeypatch.setattr("threading.active_count", lambda: 1)  # the runner of the tests has another
    make(tmp_path, {"b.md": "", **{f"p{number}.md": "[b](b.md)" for number in range(10, 70)}})
    assert move(tmp_path, ("b.md", "x/b.md")).summary[-1] == (
        "Proved: 60 links on 61 pages lead where they led."
    )
    Transaction(tmp_path).undo()
    (tmp_path / "docs" / wrong).write_text("[b](b.md) overlooked [b](b.md)")
    before = tree(tmp_path)
    monkeypatch.setattr("unbroken.move.tree.links", lambda *asked, **page: links(*asked, **page)[:1])
    with pytest.raises(Refused, match=rf"{wrong}.*would lead to"):
        move(tmp_path, ("b.md", "x/b.md"))
    assert tree(tmp_path) == before


def test_a_link_that_cannot_be_proved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the reader of sources overlooks, the rendered page shows."""
    make(tmp_path, {"a.md": "[b](b.md) [c](c/d.md)", "b.md": "", "c/d.md": ""})
    before = tree(tmp_path)
    monkeypatch.setattr("unbroken.move.tree.links", lambda *asked, **page: links(*asked, **page)[1:])
    with pytest.raises(
        Refused, match=r"a\.md.*'b\.md' would lead to x/b\.md, not to b\.md.*Nothing was changed"
    ):
        move(tmp_path, ("a.md", "x/a.md"))
    assert tree(tmp_path) == before


# The command.


def test_several_pairs_as_one_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, {"a.md": "[b](b c.md)", "b c.md": "[a](a.md)", "x.md": ""})
    pairs = "# there\na.md n/a.md\n\n'b c.md' n/b.md\n"
    done = unbroken(monkeypatch, tmp_path, "move", "--from", "-", stdin=pairs)
    assert done.exit_code == 0, done.output
    assert text(tmp_path, "n/a.md") == "[b](b.md)"
    assert text(tmp_path, "n/b.md") == "[a](a.md)"


def test_help_shows_each_form_on_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = unbroken(monkeypatch, tmp_path, "move", "--help").output.splitlines()
    shown = [line.split("  ")[1] for line in lines if line.startswith("  unbroken move ")]
    assert len(shown) >= 10
    assert "unbroken move guide/setup.md install.md" in shown
    for command in ("check", "recover", "verify"):
        lines = unbroken(monkeypatch, tmp_path, command, "--help").output.splitlines()
        assert any(line.startswith(f"  unbroken {command}") for line in lines)


def test_swapped_names_need_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, {"a.md": "# A\n\n[b](b.md) [a](#a)", "b.md": "# B\n\n[a](a.md)"})
    before = tree(tmp_path)
    swap = "a.md b.md\nb.md a.md\n"
    refused = unbroken(monkeypatch, tmp_path, "move", "--from", "-", stdin=swap)
    assert refused.exit_code == 2
    assert "say --reuse" in refused.output
    assert tree(tmp_path) == before
    assert unbroken(monkeypatch, tmp_path, "move", "--reuse", "--from", "-", stdin=swap).exit_code == 0
    assert text(tmp_path, "b.md") == "# A\n\n[b](a.md) [a](#a)"
    assert unbroken(monkeypatch, tmp_path, "move", "--undo").exit_code == 0
    assert tree(tmp_path) == before


def test_swapped_pages_keep_their_anchors_answering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"a.md": "# A\n\n## Apples\n\n## Both", "b.md": "# B\n\n## Bears\n\n## Both"}
    make(tmp_path, files)
    swap = "a.md b.md\nb.md a.md\n"
    assert unbroken(monkeypatch, tmp_path, "move", "--reuse", "--from", "-", stdin=swap).exit_code == 0
    entries = configuration.read(tmp_path / "mkdocs.yml").entries
    written = {entry.source: entry.target for entry in entries}
    assert written == {
        "a.md#a": "b.md#a", "a.md#apples": "b.md#apples", "b.md#b": "a.md#b", "b.md#bears": "a.md#bears"
    }  # fmt: skip


TAKEN = "# P\n\n## Usage\n\nHow to use it.\n\n## Setup\n\nHow to set it up.\n"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("p.md#usage", "p.md#use"), ("p.md#setup", "p.md#usage")),
        (("p.md#usage", "index.md#usage"), ("p.md#setup", "p.md#usage")),
        (("p.md#usage", "p.md#use"), ("q.md#usage", "p.md#usage")),
        (("p.md#usage", "p.md#use"), ("q.md#more", "p.md#more")),  # which takes its own #usage along
    ],
)
def test_a_heading_takes_no_anchor_that_readers_know_for_another(
    tmp_path: Path, first: tuple[str, str], second: tuple[str, str]
) -> None:
    other = "# Q\n\n## More\n\nA.\n\n### Usage\n\nOther.\n"
    repository(make(tmp_path, {"p.md": TAKEN, "q.md": other, "index.md": ""}))
    move(tmp_path, first)
    before = tree(tmp_path)
    with pytest.raises(Refused, match="say --reuse"):
        move(tmp_path, second)
    assert tree(tmp_path) == before


def test_a_page_takes_no_old_anchors_along(tmp_path: Path) -> None:
    """Behind the old address of a page stands a moved anchor that the new page has, too."""
    repository(make(tmp_path, {"p.md": TAKEN, "q.md": "# Q\n\n## Usage\n\nOther.\n", "index.md": ""}))
    move(tmp_path, ("p.md#usage", "index.md#use"))
    move(tmp_path, ("p.md", "n.md"))
    back = configuration.read(tmp_path / "mkdocs.yml")
    assert redirects(tmp_path) == {"p.md": "n.md", "n.md#usage": "index.md#use"}, back.entries
    with pytest.raises(Refused, match="say --reuse"):
        move(tmp_path, ("q.md#usage", "n.md#usage"))


def test_anchors_that_change_places_need_a_word(tmp_path: Path) -> None:
    repository(make(tmp_path, {"p.md": TAKEN}))
    with pytest.raises(Refused, match="say --reuse"):
        prepare(tmp_path, ("p.md#usage", "p.md#use"), ("p.md#setup", "p.md#usage"))


def test_a_heading_goes_back_and_its_redirect_is_named(tmp_path: Path) -> None:
    repository(make(tmp_path, {"p.md": TAKEN}))
    move(tmp_path, ("p.md#usage", "p.md#use"))
    back = move(tmp_path, ("p.md#use", "p.md#usage"))
    assert [line for line in back.summary if line.startswith("Redirect removed: p.md#usage to p.md#use (")]
    assert "p.md#usage" not in redirects(tmp_path)


def test_a_reused_anchor_names_the_redirect_that_goes(tmp_path: Path) -> None:
    repository(make(tmp_path, {"p.md": TAKEN}))
    move(tmp_path, ("p.md#usage", "p.md#use"))
    done = move(tmp_path, ("p.md#setup", "p.md#usage"), reuse=True)
    assert any("Redirect removed: p.md#usage to p.md#use (" in line for line in done.summary)
    assert not (tmp_path / "published-urls.txt").exists()


def test_what_is_reused_is_noted_in_the_ledger(tmp_path: Path) -> None:
    recorded = "/p/#setup\n/p/#usage\n/q/\n/r/\n"
    pages = {"p.md": TAKEN, "q.md": "# Q", "r.md": "# R"}
    repository(make(tmp_path, {**pages, "/published-urls.txt": recorded}))
    move(tmp_path, ("p.md#usage", "p.md#use"))
    move(tmp_path, ("p.md#setup", "p.md#usage"), reuse=True)
    noted = (tmp_path / "published-urls.txt").read_text()
    assert noted == f"# reused: /p/#usage\n{recorded}"
    move(tmp_path, ("q.md", "r.md"), ("r.md", "q.md"), reuse=True)
    noted = (tmp_path / "published-urls.txt").read_text()
    assert noted.splitlines()[:3] == ["# reused: /q/", "# reused: /r/", "# reused: /p/#usage"]


def test_a_dry_run_is_a_patch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(make(tmp_path, {**STYLES, "crlf.md": "[a](guide/install.md)\r\nno end"}))
    before = tree(tmp_path)
    done = unbroken(monkeypatch, tmp_path, "move", "docs/guide", "docs/manual", "--dry-run")
    assert done.exit_code == 0, done.output
    assert tree(tmp_path) == before
    (tmp_path / ".git/patch").write_bytes(done.stdout_bytes)
    must(run("git", "apply", ".git/patch", cwd=tmp_path))
    by_patch = tree(tmp_path)
    must(run("git", "apply", "--reverse", ".git/patch", cwd=tmp_path))
    assert tree(tmp_path) == before
    move(tmp_path, ("guide", "manual"))
    assert tree(tmp_path) == by_patch


def test_uncommitted_changes_survive(tmp_path: Path) -> None:
    repository(make(tmp_path, {"a.md": "# A\n", "b.md": "[a](a.md)\n"}))
    (tmp_path / "docs/a.md").write_text("# A\n\nmine [b](b.md)\n", encoding="utf-8")
    (tmp_path / "docs/b.md").write_text("[a](a.md)\nmine too\n", encoding="utf-8")
    move(tmp_path, ("a.md", "n/a.md"))
    assert text(tmp_path, "n/a.md") == "# A\n\nmine [b](../b.md)\n"
    assert text(tmp_path, "b.md") == "[a](n/a.md)\nmine too\n"
    status = must(run("git", "status", "--short", cwd=tmp_path)).stdout
    assert "RM docs/a.md -> docs/n/a.md" in status


def test_the_next_command_settles_a_stopped_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.unbroken.workspace.test_transaction import stop_at
    from unbroken.workspace.transaction import Transaction

    make(tmp_path, {"a.md": "", "b.md": "[a](a.md)"})
    before = tree(tmp_path)
    prepared = prepare(tmp_path, ("a.md", "n/a.md"))
    assert not forked(lambda: Transaction(tmp_path, stop_at(8)).apply(prepared.change))
    assert tree(tmp_path) != before
    done = unbroken(monkeypatch, tmp_path, "check", "--map")
    assert "A move was stopped halfway, and everything is back as it was: a.md to n/a.md." in done.stderr
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("argument", "is_left"),
    [
        ("_res/t.csv", True),  # beside the page
        ("../b/u.csv", True),
        ("docs/b/u.csv", False),  # from the root: still there
        ("b/u.csv", False),
        ("nothing.csv", False),
        ("docs/a/_res/t.csv", False),
    ],
)
def test_an_argument_of_a_macro_that_names_a_file_is_left_to_its_author(
    tmp_path: Path, argument: str, is_left: bool
) -> None:
    page = f"# A\r\n\r\n{{{{ table('{argument}') }}}}\r\n"
    make(tmp_path, {"a/p.md": page, "a/_res/t.csv": "", "b/u.csv": ""})
    advice = move(tmp_path, ("a/p.md", "p.md")).advice
    said = f"Left for you: {tmp_path}/docs/p.md:3 names {argument} in a macro."
    assert [each for each in advice if "macro" in each] == ([said] if is_left else [])


def test_a_file_that_moves_is_named_by_macros(tmp_path: Path) -> None:
    make(tmp_path, {"a/p.md": "{% include 'a/t.csv' %} {{ table('t.csv') }}", "a/t.csv": ""})
    advice = move(tmp_path, ("a/t.csv", "a/u.csv")).advice
    assert [each.partition(" names ")[2] for each in advice if "macro" in each] == [
        "a/t.csv in a macro.",
        "t.csv in a macro.",
    ]


@pytest.mark.parametrize(
    "written", ["<help@example.org>", "[mail](mailto:help@example.org?subject=a&b)", "[call](tel:+41-1)"]
)
def test_addresses_of_mail_and_telephones_are_no_paths(tmp_path: Path, written: str) -> None:
    make(tmp_path, {"a/b.md": f"Ask {written} or [c](c.md).\n", "a/c.md": ""})
    move(tmp_path, ("a/b.md", "b.md"))
    assert text(tmp_path, "b.md") == f"Ask {written} or [c](a/c.md).\n"
