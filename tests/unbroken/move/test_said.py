"""What moves print and write on a site with links of every form, to the letter.

``said.txt`` and ``firsts.txt`` are what is expected: ``python -m tests.unbroken.move.test_said`` writes them
anew, for one to look at.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from click.testing import CliRunner

from tests.commands import environment, must, run
from tests.sitecopy import GIT
from tests.unbroken.move.sites import make, repository
from unbroken.cli.main import main

EXPECTED, FIRSTS = Path(__file__).with_name("said.txt"), Path(__file__).with_name("firsts.txt")
#: Links to one page and its headings in every form, from a page at the top.
FORMS = r"""# Forms

[a](guide/old.md) [b](./guide/old.md#setup "T") [c](<guide/old.md>) [d](guide/../guide/old.md?q=1#set%75p)
[e](../guide/old/) [f](/base/guide/old/#setup) [g](https://example.com/base/guide/old/)
[h](../guide/old/index.html)
[i](../guide/old) [j](/guide/old/) [k](//example.com/base/guide/old/?x) [l](../docs/guide/old.md) [m](was.md)
[n][ref] [ref] [o][] ![p](guide/pic.png){ width=5 } [![q](guide/pic.png "T")](guide/old.md#inner_1)
`[r](guide/old.md)` \[s](guide/old.md) <https://example.com/base/guide/old/> guide/old.md [t]( guide/old.md )
[u](guide/) [v](guide) [w](guide/index.md#top) [x](guide/x%20y.pdf) [y](<guide/x y.pdf>)
[z](guide/größe.md#maß)
[1](guide/gr%C3%B6%C3%9Fe.md#ma%C3%9F) [2](mailto:a@b.example) [3](guide/none.md) [4](guide/a%23b.md)
[5](GUIDE/OLD.md)

<a href="../guide/old/#setup">a</a> <a href='/base/guide/old/'>b</a> <img src=../guide/pic.png
 srcset="../guide/pic.png 1x,
 ../guide/none.png 2x"> <a
  href="guide/old.md">c</a> <!-- <a href="../guide/old/">d</a> -->

[ref]: guide/old.md#setup 'T'
[o]:
    <guide/old.md>
[unused]: ../guide/old/

| [a](guide/old.md) | b |
|---|---|
| ![p](guide/pic.png) | [b](guide/old.md#last) |

- x

    ```md
    [a](guide/old.md)
    ```

    > [b](guide/old.md)

Note[^1].

[^1]: [c](guide/old.md)

--8<-- "part.md"
"""
OLD = """---
title: Old
image: pic.png
related:
  - x y.pdf
  - /forms.md
  - ../forms.md#forms
---
# Old

[Self](#setup) [top](old.md#old) [near](index.md) [far](../forms.md#forms) ![p](pic.png) [f](<x y.pdf>)
<a href="../">up</a> [root](/base/forms/) [ref] [folder](.) [sub](sub/deep.md)

## Setup

### Inner

Text.

## Second

### Inner

[Setup](#setup) [inner](#inner_1)

## Last {#last}

[ref]: sub/deep.md#deep
"""
SITE: dict[str, str | bytes] = {
    "index.md": "# Home\n\n[Forms](forms.md)\n",
    "forms.md": FORMS,
    "guide/index.md": "# Guide {#top}\n\n[a](old.md) [b](old.md#setup) [c](./sub/deep.md) [d](../index.md)\n",
    "guide/old.md": OLD,
    "guide/größe.md": "# Größe\n\n## Maß\n\n[a](old.md)\n",
    "guide/a#b.md": "# A\n\r\n[a](old.md)\r\n",
    "guide/sub/deep.md": "\ufeff# Deep\n\n[a](../old.md#inner_1) [b](../../forms.md) ![p](../pic.png)\n",
    "guide/.pages": "title: Guide\nnav:\n  - index.md\n  - Old: old.md\n  - sub # all\n  - 'größe.md'\n",
    "guide/sub/.nav.yml": "nav:\n- deep.md\n",
    "guide/pic.png": b"picture",
    "guide/x y.pdf": b"paper",
    "empty.md": "",
    "look/site.css": "a { background: url(../guide/pic.png) } /* url(../guide/x) */ @import '../n.css';\n",
    "/README.md": "[a](docs/guide/old.md#last) ![p](docs/guide/pic.png)\n",
    "/NEWS.md": "[b](https://example.com/base/guide/old/) [c](docs/index.md)\n",
    "/includes/part.md": "[part](guide/old.md#setup) and <a href='../guide/old/'>raw</a>\n",
    "/theme/partials/foot.html": """<a href="{{ 'guide/old/' | url }}">a</a>
<a href="/base/guide/old/">b</a>
""",
    "/mkdocs.yml": """site_name: x
site_url: https://example.com/base/
repo_url: https://example.com/guide/old.md
theme: {name: null, custom_dir: theme}
nav:
  - index.md
  - Forms: forms.md
  - Guide:  # guide/old.md
      - guide/index.md
      - 'Old': 'guide/old.md'
      - "Setup": guide/old/#set%75p
      - guide/größe.md
      - Deep: guide/sub/deep.md
not_in_nav: |
  /empty.md
  /guide/a#b.md
  /guide/sub
extra: {start: guide/old.md, image: docs/guide/pic.png}
markdown_extensions:
  [attr_list, footnotes, tables, pymdownx.superfences, pymdownx.snippets: {base_path: [includes]}]
plugins:
  unbroken: {patterns: {"was/*": "guide/*", "flat/*": "guide/old.md#setup"}, retired: [gone.md]}
  redirects:
    redirect_maps:
      was.md: guide/old.md  # long ago
      'once.md': 'guide/old.md#setup'
      guide/old.md#before: guide/old.md#setup
      out.md: https://else.example/
      taken.md: guide/index.md
      odd.md: ./forms.md
""",
    "/published-urls.txt": "/\n/forms/\n/guide/old/\n/guide/old/#setup\n/was/\n/was/old/\n/taken/\n",
}  # fmt: skip

#: Where the first redirect of a page, and of a heading, may have to go.
CONFIGURATIONS: dict[str, dict[str, str | bytes]] = {
    "only ours": {"/mkdocs.yml": "site_name: x\nplugins: [unbroken]\n"},
    "both, bare": {"/mkdocs.yml": "plugins:\n  - search\n  - redirects\n  - unbroken\nsite_name: x\n"},
    "an empty map": {
        "/mkdocs.yml": "site_name: x\nplugins:\n- redirects:\n    redirect_maps: {}\n- unbroken: {}\n"
    },
    "another's alone": {
        "/mkdocs.yml": "site_name: x\nplugins:\n  redirects:\n    redirect_maps: {old.md: index.md}\n"
    },
    "none": {"/mkdocs.yml": "site_name: x\n"},
    "inherited": {
        "/mkdocs.yml": "INHERIT: base.yml\nsite_name: x\n",
        "/base.yml": "plugins:\n  unbroken: {}\n  redirects: {redirect_maps: null}\n",
    },
    "a map of its own": {
        "/mkdocs.yml": "INHERIT: redirects.yml\nsite_name: x\nplugins: {unbroken: {}}\n",
        "/redirects.yml": "# ours\nplugins: {redirects: {redirect_maps: {old.md: a.md}}}\n",
    },
    "zensical": {"/zensical.toml": '[project]\nsite_name = "x"\n'},
    "zensical, ours": {"/zensical.toml": '[project]\nsite_name = "x"\n[project.plugins.unbroken]\n'},
}


def firsts(root: Path) -> str:
    """What becomes of each configuration when a page moves, and then a heading of it."""
    parts = []
    for number, (name, files) in enumerate(CONFIGURATIONS.items()):
        here = root / str(number)
        pages = {"index.md": "# Home\n", "a.md": "# A\n\n## One\n", "x.pdf": ""}
        make(here, {**pages, "/published-urls.txt": "/\n/a/\n/a/#one\n/x.pdf\n", **files})
        if name.startswith("zensical"):
            (here / "mkdocs.yml").unlink()
        with contextlib.chdir(here):
            for words in (("a.md", "b.md"), ("b.md#one", "b.md#two", "--title", "Two"), ("x.pdf", "y.pdf")):
                ran = CliRunner().invoke(main, ["move", *words])
                parts.append(f"=== {name}: {' '.join(words)}\n{ran.output}-> {ran.exit_code}\n")
            for file in sorted(files):
                parts.append(f"--- {file[1:]}\n{(here / file[1:]).read_text()}")
    return "".join(parts)


def said(root: Path) -> str:
    """All that moves print and write, one after another."""
    make(root, SITE)
    repository(root)
    parts: list[str] = []

    def git(*words: str) -> str:
        return must(run("git", *words, cwd=root, env=GIT)).stdout

    def typed(*words: str, given: str = "") -> None:
        ran = CliRunner().invoke(main, words, input=given)
        git("add", "--all")
        changed = git("-c", "core.quotePath=false", "diff", "--cached", "-U0", "-M20%", "--no-color")
        changed = "".join(
            line for line in changed.splitlines(keepends=True)
            if not line.startswith(("diff --git", "index ", "similarity ", "--- ", "rename from "))
        )  # fmt: skip
        git("commit", "--quiet", "--allow-empty", "--message", "x")
        parts.append(f"$ unbroken {' '.join(words)}\n{given}{ran.output}-> {ran.exit_code}\n{changed}")

    def refused(*words: str) -> None:
        ran = CliRunner().invoke(main, words)
        parts.append(f"$ unbroken {' '.join(words)}\n{ran.output}-> {ran.exit_code}\n")

    with contextlib.chdir(root):
        for old, new in (
            ("forms.md", "guide/old.md"),
            ("forms.md", "forms.md"),
            ("forms.md", "../x.md"),
            ("forms.md", "x.txt"),
            ("forms.md", "taken.md"),
            ("forms.md", "guide"),
            ("forms.md", "Empty.md"),
            ("forms.md", 'a"b.md'),
            ("forms.md", "https://else.example/"),
            ("formz.md", "x.md"),
            ("x.md", "forms.md"),
            ("guide", "guide/sub"),
            ("guide", "guide"),
            (".", "x"),
            ("forms.md#none", "forms.md#x"),
            ("forms.md#formz", "forms.md#x"),
            ("forms.md#forms", "guide/old.md#last"),
            ("forms.md#forms", "empty.md#forms"),
            ("forms.md#forms", "forms.md#forms"),
            ("forms.md#forms", "empty.md"),
            ("forms.md", "empty.md#x"),
            ("guide/old.md#inner", "guide/old.md#setup"),
            ("guide/old.md#inner", "guide/old.md#second-inner"),
            ("guide/old.md#last", "guide/old.md#a b"),
            ("guide/old.md#last", "guide/old.md#before"),
            ("none.md#x", "forms.md#x"),
            ("forms.md#forms", "none.md#x"),
        ):
            refused("move", old, new)
        refused("move", "forms.md")
        refused("move", "--undo", "forms.md", "x.md")
        refused("move", "--undo")
        refused("move", "--list")
        refused("move", "--from-git", "nothing")
        refused("move", "guide/old.md#last", "forms.md#last", "--title", "Last one")
        refused("move", "guide/old.md#last", "guide/old.md#end", "--title", " ")

        refused("move", "guide/größe.md", "sub dir/x.md", "--dry-run")
        refused("move", "guide/sub/deep.md", "deep.md")
        refused("move", "guide/sub/deep.md", "deep.md", "--leave", "--dry-run")
        refused("move", "empty.md", "guide/empty.md", "--dry-run")
        typed("move", "guide/old.md", "manual/new.md")
        typed("move", "manual/new.md#setup", "manual/new.md#install-it", "--title", "Install `it`")
        typed("move", "manual/new.md#last", "manual/new.md#end", "--title", "End")
        refused("move", "manual/new.md#install-it", "empty.md#setup")
        typed("move", "manual/new.md#end", "hand.md#last")
        typed("move", "manual/new.md#end", "empty.md#last")
        typed("move", "guide", "hand book")
        typed("move", "hand book/x y.pdf", "ü#1.pdf")
        typed("move", "hand book/größe.md", "size/index.md")
        typed("move", "size/index.md", "größe.md")
        typed("move", "--from", "-", given="index.md empty.md\nempty.md index.md\n")
        typed("move", "--from", "-", "--reuse", given="# both\n\nindex.md empty.md\nempty.md index.md\n")
        typed("move", "docs/forms.md", "docs/manual/")
        typed("move", "hand book/pic.png", "hand book/picture.png")
        typed("move", "--undo")
        git("mv", "docs/manual/new.md", "docs/newer.md")
        git("mv", "docs/hand book/sub", "docs/sub")
        typed("move", "--from-git")
        refused("check", "--map")
    return "".join(parts).replace(str(root), "/said")


def test_the_first_redirect_of_a_site_is_written_where_it_can_be(tmp_path: Path) -> None:
    assert firsts(tmp_path) == FIRSTS.read_bytes().decode()


def test_every_letter_is_as_expected(tmp_path: Path) -> None:
    assert said(tmp_path) == EXPECTED.read_bytes().decode()


if __name__ == "__main__":
    os.environ["PATH"] = environment()["PATH"]
    for file, text in ((EXPECTED, said), (FIRSTS, firsts)):
        with tempfile.TemporaryDirectory() as folder:
            file.write_bytes(text(Path(folder)).encode())
