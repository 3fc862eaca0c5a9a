"""Links in Markdown source: what is found is what the renderer renders, and a rewrite changes only that."""

from __future__ import annotations

import re
import signal
from collections import Counter
from dataclasses import astuple
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import markdown  # type: ignore[import-untyped]
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from mkdocs.utils import meta
from selectolax.lexbor import LexborHTMLParser

from tests.commands import ROOT
from tests.oracle import python_markdown
from unbroken.builders.markdown import SiteMarkdown, site_markdown
from unbroken.formats import markdown as reader
from unbroken.formats.links import Link, rewrite
from unbroken.formats.markdown import Rendering, candidates
from unbroken.workspace import config as configuration

if TYPE_CHECKING:
    from collections.abc import Sequence

# The extensions of this site's mkdocs.yml, and those of many others.
EXTENSIONS = [
    *("abbr", "admonition", "attr_list", "def_list", "footnotes", "md_in_html", "tables", "toc"),
    *("pymdownx.details", "pymdownx.highlight", "pymdownx.inlinehilite", "pymdownx.superfences"),
    *("pymdownx.tabbed", "pymdownx.tasklist"),
]
OPTIONS = {"pymdownx.tabbed": {"alternate_style": True}}
RENDERER = markdown.Markdown(extensions=EXTENSIONS, extension_configs=OPTIONS)
SITE = SiteMarkdown([*EXTENSIONS, "pymdownx.snippets"], OPTIONS)


def links(text: str) -> list[Link]:
    """The links of a page on a site with those extensions."""
    return reader.links(text, SITE)


def rendered(text: str) -> str:
    """The HTML of a page, as MkDocs makes it from a file."""
    body, _ = meta.get_data(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    RENDERER.reset()
    return str(RENDERER.convert(body))


def urls(html: str) -> Counter[str]:
    """Every URL in some HTML, by a parser that knows nothing of Markdown; the renderer's own left out."""
    found: Counter[str] = Counter()
    for node in LexborHTMLParser(f"<body>{html}").css("*"):
        if "footnote" in (node.attributes.get("class") or ""):
            continue
        for name, value in node.attributes.items():
            if name == "srcset":
                found.update(part.split()[0] for part in (value or "").split(", "))
            elif name in ("href", "src", "poster") or (name == "data" and node.tag == "object"):
                # As a browser does: no line breaks, no spaces around.
                found[(value or "").strip().replace("\n", "")] += 1
    return +found


def without_urls(html: str) -> str:
    """The same HTML with every URL blank, and with it the text of what shows its own URL."""
    html = re.sub(r'(<a href="([^"]*)">)\2(</a>)', r"\1\3", html)
    html = re.sub(r'\b(href|src|poster|srcset|data)=\s*("[^"]*"|\'[^\']*\'|[^\s>]+)', r"\1=", html)
    html = re.sub(r'id="[^"]*"', "", html)
    # How wide a tab is depends on what stands before it.
    return re.sub(" +", " ", html)


def outside(text: str, found: list[Link]) -> list[str]:
    """What stands between the destinations."""
    at, parts = 0, []
    for link in found:
        parts.append(text[at : link.start])
        at = link.end
    return [*parts, text[at:]]


# By hand: each line of a text with its links, in the order of their places.

CASES: list[tuple[str, list[str]]] = [
    # Inline, as Python-Markdown has it.
    ("[a](b.md)", ["b.md"]),
    ("[a]( b.md )", ["b.md"]),
    ("[a](<b c.md>)", ["b c.md"]),
    ("[a](b c.md)", ["b c.md"]),
    ('[a](b.md "t (x) ) \' y")', ["b.md"]),
    ("[a](b.md 't')", ["b.md"]),
    ('[a](<b.md> "t")', ["b.md"]),
    ("[a](b_(c).md)", ["b_(c).md"]),
    ("[a](b(c.md) d)", ["b(c.md) d"]),
    ("[a](b'c.md)", ["b'c.md"]),
    ("[a](it's.md) and [b](c 'd')", ["it"]),
    ("[a [b] c](d.md)", ["d.md"]),
    ("[a [b](no) c](d.md)", ["d.md"]),
    ("[![i](i.png)](d.md)", ["i.png", "d.md"]),
    ("![a [b](no) c](i.png)", ["i.png"]),
    ("[a](b\n.md)", ["b\n.md"]),
    ("[a] (no)", []),
    ("[a]()", [""]),
    ("[a](b.md", []),
    ("[a](b\\_c.md)", ["b_c.md"]),
    ("[a](b\\\\c.md)", ["b\\c.md"]),
    ("[a](b\\c.md)", ["b\\c.md"]),
    ("[a](b&amp;c.md)", ["b&c.md"]),
    ("[a](?b&copy=c)", ["?b&copy=c"]),
    ("\\[a](no)", []),
    ("\\\\[a](b.md)", ["b.md"]),
    ("[a\\](no)", []),
    ("!\\[a](no)", []),
    ("\\![a](b.md)", ["b.md"]),
    ("[a](b.md)[c](d.md)", ["b.md", "d.md"]),
    ("**[a](b.md)** _[c](d.md)_", ["b.md", "d.md"]),
    ("[a](b.md){ .x } ![c](d.png){ width=3 }", ["b.md", "d.png"]),
    ("[^1](no)\n\n[^1]: [a](b.md)", ["b.md"]),
    ("[^1](b.md)", ["b.md"]),
    ("[text]", []),
    ("- [x] [a](b.md)", ["b.md"]),
    ("$[a](b.md)$ and $5 [c](d.md) $6", ["b.md", "d.md"]),
    # Code.
    ("`[a](no)`", []),
    ("``[a](no) ` [b](no)``", []),
    ("` [a](b.md)", ["b.md"]),
    ("\\`[a](b.md)`", ["b.md"]),
    ("\\\\`[a](no)`", []),
    ("```[a](no)``", []),
    ("`` ` [a](no) ``", []),
    ("[a `]` b](c.md)", ["c.md"]),
    ("    [a](no)", []),
    ("\t[a](no)", []),
    ("```\n[a](no)\n```", []),
    ("~~~~\n[a](no)\n~~~\n[b](no)\n~~~~", []),
    ("``` py hl_lines='1' title=\"x\"\n[a](no)\n\n[b](no)\n```", []),
    ("``` { .py #x y=z }\n\n[a](no)\n```", []),
    ("```py x=y\n\n[a](b.md)\n\n```", ["b.md"]),
    ("```\n\n[a](b.md)", ["b.md"]),
    ("```\n[a](no)\n````\n[b](no)\n```\n[c](d.md)", ["d.md"]),
    ("- x\n\n    ```\n    [a](no)\n\n    [b](no)\n    ```\n\n    [c](d.md)", ["d.md"]),
    ("> ```\n> [a](no)\n>\n> [b](no)\n> ```\n>\n> [c](d.md)", ["d.md"]),
    ("- x\n\n  \t```\n    [a](no)\n\n    [b](no)\n\t```\n\n    [c](d.md)", ["d.md"]),
    ("- x\n\n    ```\n>   [a](b.md)\n    ```", ["b.md"]),
    ("- ```\n[a](no)\n[r]: b.md\n`", ["b.md"]),
    # References: definitions, used or not.
    ("[a][b]\n\n[b]: c.md", ["c.md"]),
    ("[b]: <c.md>\n    'title'", ["c.md"]),
    ("[b]:\n  c.md\n  (title)", ["c.md"]),
    ("text\n[b]: c.md\nmore [d](e.md)", ["c.md", "e.md"]),
    ("[b]: c.md title", []),
    ("    [b]: no", []),
    ("[b]: c\\_d.md", ["c\\_d.md"]),
    ("[b]: c&amp;d.md", ["c&d.md"]),
    ('[b]: c.md"title"x', ['c.md"title"x']),
    ('[b]: c.md"a title"', ["c.md"]),
    ("[x\ny]: c.md", ["c.md"]),
    ("[a][b](c.md)", ["c.md"]),
    ("[a][b](no)\n\n[b]: c.md", ["c.md"]),
    ("[see [a](b.md)][c]\n\n[c]: d.md", ["b.md", "d.md"]),
    ("![see [a](no)][c]\n\n[c]: d.png", ["d.png"]),
    ("> [b]: c.md\n\n- [d]: e.md\n\n!!! note\n\n    [f]: g.md", ["c.md", "e.md", "g.md"]),
    ("*[HTML]: [a](no)", []),
    # Autolinks.
    ("<https://a.b/c?d=e>", ["https://a.b/c?d=e"]),
    ("<a@b.c> <notalink>", []),
    ("https://a.b/", []),
    # HTML.
    ('<a href="b.md">x</a>', ["b.md"]),
    ("x <a\nhref='b.md' title=\"[c](no)\">", ["b.md"]),
    ("x <img src=b.png>", ["b.png"]),
    ('<img srcset="a.png 1x,  b,c.png 2x, d.png" src="e.png">', ["a.png", "b,c.png", "d.png", "e.png"]),
    ('<video poster="a.png"><source src="b.mp4"></video>', ["a.png", "b.mp4"]),
    ('<object data="a.svg"></object><div data="no"></div>', ["a.svg"]),
    ('<a href="b&amp;c.md">', ["b&c.md"]),
    ('<a href="b.md" href="no">', ["b.md"]),
    ('<div>\n[a](no)\n\n[b](no)\n<a href="c.md"></a>\n</div>\n[d](e.md)', ["c.md", "e.md"]),
    ("<div markdown>\n[a](b.md)\n\n<div>[c](no)</div>\n</div>", ["b.md"]),
    ('<div markdown="span">[a](b.md)</div>', ["b.md"]),
    ("<p markdown>[a](b.md)</p>", ["b.md"]),
    ('<div markdown="span"><div markdown="block">\n    [a](b.md)\n</div></div>', ["b.md"]),
    ("<div markdown><div>\n<div markdown>[a](no)</div></div></div>", []),
    ("<div>\n<p>x</p>\n[a](no)\n</div>", []),
    (" <div markdown>[a](no)</div>", []),
    ("<div>x</div> [a](b.md)", ["b.md"]),
    ("<details><summary>[a](no)</summary></details>", []),
    ("text\n<div>[a](no)</div>", []),
    ("text <div>[a](b.md)</div>", ["b.md"]),
    ("<span>[a](b.md)</span>", ["b.md"]),
    ('<pre><a href="b.md">[a](no)</a></pre>', ["b.md"]),
    ('<div><code><a href="b.md"></code></div>', ["b.md"]),
    ('<textarea><a href="no"></textarea>', []),
    ("<script>\n\"<a href='no'>\"\n</script>\n\n[a](b.md)", ["b.md"]),
    ("<style>\n[a](no)\n</style>", []),
    ("<!-- [a](no) <a href='no'> -->", []),
    ("text <!-- [a](no) --> [b](c.md)", ["c.md"]),
    ("<!--\n\n[a](no)\n\n-->\n[b](c.md)", ["c.md"]),
    ("<!-- [a](b.md)", ["b.md"]),
    ("    <!-- [a](no)\n\n[b](c.md)", ["c.md"]),
    ("`<!--` [a](b.md) `-->`", ["b.md"]),
    ("a < b and [c](d.md) > e", ["d.md"]),
    # Containers.
    ("# [a](b.md)\n\n[c](d.md)\n===", ["b.md", "d.md"]),
    ("- [a](b.md)\n    - [c](d.md)\n\n        [e](f.md)\n\n            [g](no)", ["b.md", "d.md", "f.md"]),
    ("1. a\n\n    [b](c.md)\n\n2. d\n\n   [e](f.md)", ["c.md", "f.md"]),
    ("- a\n\n- # h\n    [b](c.md)", ["c.md"]),
    ("para\n\n    [a](no)\n\n- x\n\n    [b](c.md)", ["c.md"]),
    ("> > [a](b.md)\n> [c](d.md)\nlazy [e](f.md)", ["b.md", "d.md", "f.md"]),
    ('!!! note "[a](b.md)"\n    [c](d.md)\n\n    [e](f.md)\n\n        [g](no)', ["b.md", "d.md", "f.md"]),
    ('???+ tip "x"\n\n    [a](b.md)', ["b.md"]),
    (
        '=== "A"\n\n    [a](b.md)\n\n=== "B [c](d.md)"\n\n    - [e](f.md)\n\n        [g](h.md)',
        ["b.md", "d.md", "f.md", "h.md"],
    ),
    ("Term [a](b.md)\n:   [c](d.md)\n\n    [e](f.md)", ["b.md", "d.md", "f.md"]),
    ("[^1]: [a](b.md)\n\n    [c](d.md)\n\n        [e](no)", ["b.md", "d.md"]),
    (
        "| [a](b.md) | c |\n| --- | --- |\n| `|` | [d](e\\|f.md) |\n| x | [g](h.md) | [i](no)",
        ["b.md", "e|f.md", "h.md"],
    ),
    ("| a |\n| - |\n| [b](c.md) |", ["c.md"]),
    ("***\n[a](b.md)\n***", ["b.md"]),
    # Bytes that are not text.
    ("\ufeff[a](b.md)", ["b.md"]),
    ("\x02[a](b\x03.md)", ["b.md"]),
    # Front matter.
    ("---\nx: '[a](no)'\n---\n[a](b.md)", ["b.md"]),
    ("---\n- x\n---\n[a](b.md)", ["b.md"]),
    ("---\n[a](b.md)\n---\n", ["b.md"]),
    ("title: [a](no)\n  more\n\n[a](b.md)", ["b.md"]),
    ("\ufeff---\r\nx: y\r\n...\r\n[a](b.md)", ["b.md"]),
    # Snippets.
    ('--8<-- "a.md"', ["a.md"]),
    ("-8<- 'a.md:3:5,7'", ["a.md"]),
    ('--8<-- "a.md:part"', ["a.md"]),
    ("--8<--\na.md\n; b.md\n\nc.md:1\n--8<--\n[a](d.md)", ["a.md", "c.md", "d.md"]),
    (';--8<-- "a.md"', []),
    ("# --8<-- [start:x]\n[a](b.md)\n# --8<-- [end:x]", ["b.md"]),
    ('```\n--8<-- "a.py"\n```', ["a.py"]),
    ('- x\n\n    --8<-- "a b.md"\n\n    [c](d.md)', ["a b.md", "d.md"]),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_found(text: str, expected: list[str], newline: str) -> None:
    text = re.sub("\r?\n", newline, text)
    found = links(text)
    assert [link.destination.replace(newline, "\n") for link in found] == expected
    for link in found:
        lines = re.split("\r\n|\r|\n", text[: link.start])
        assert link.line == len(lines)
        assert link.column == len(lines[-1].removeprefix("\ufeff" if len(lines) == 1 else "")) + 1


@pytest.mark.parametrize("text", [text for text, _ in CASES if not re.search(r"8<|@b", text)])
def test_the_renderer_agrees(text: str) -> None:
    """What is expected above is no opinion."""
    found = links(text)
    unused = Counter(link.destination for link in found if link.kind == "reference")
    expected = Counter(link.destination.replace("\n", "") for link in found)
    assert urls(rendered(text)) <= expected
    assert expected - urls(rendered(text)) <= unused


def test_places() -> None:
    text = "é\t[a](b.md)\r\n> 日本 ![c](<d e.png>)\r\n\r\n- x\r\n\r\n\t[f]: g.md\r\n"
    found = links(text)
    assert [(link.line, link.column, text[link.start : link.end], link.kind) for link in found] == [
        (1, 7, "b.md", "inline"),
        (2, 12, "d e.png", "image"),
        (6, 7, "g.md", "reference"),
    ]


# Rewriting, by hand.


@pytest.mark.parametrize(
    ("text", "new", "after"),
    [
        ("[a](b.md)", "c d.md", "[a](c%20d.md)"),
        ("[a](<b.md>)", "c d.md", "[a](<c%20d.md>)"),
        ("[a](b.md 't')", "c'd.md", "[a](c%27d.md 't')"),
        ("[a](b.md)", "c(d).md", "[a](c(d).md)"),
        ("[a](b.md)", "c)d(.md", "[a](c%29d%28.md)"),
        ("[a](b.md)", "c|d<e>.md", "[a](c%7Cd%3Ce%3E.md)"),
        ("[a](b.md)", "c[d].md", "[a](c\\[d\\].md)"),
        ("[a](b.md)", "c\\_d.md", "[a](c\\\\_d.md)"),
        ("[a](b.md)", "?c&copy;=d&e=f", "[a](?c&amp;copy;=d&e=f)"),
        ("[a](b.md)", "c&#d", "[a](c&amp;#d)"),
        ("[a](b.md)", "é.md#ü", "[a](é.md#ü)"),
        ("[a](b.md)", "", "[a]()"),
        ("[a]()", "b.md", "[a](b.md)"),
        ("[a](\t)", "b.md", "[a](\tb.md)"),
        ("[a](b\\_c.md)", "b_c.md", "[a](b\\_c.md)"),
        ("[a]: b.md 't'", "c d.md", "[a]: c%20d.md 't'"),
        ("[a]: b.md", "", "[a]: <>"),
        ("[a]:\n  b.md", "#c", "[a]:\n  <#c>"),
        ("[a]: <b.md>", "c.md", "[a]: <c.md>"),
        ("<http://a.b/>", "https://c.d/e f", "<https://c.d/e%20f>"),
        ("<http://a.b/>", "c_d.md", "[c\\_d.md](c_d.md)"),
        ('<a href="b">', 'c"d&e', '<a href="c%22d&amp;e">'),
        ("<a href=b>", "c d", "<a href=c%20d>"),
        ("<a href=b>", "c?d=e", '<a href="c?d=e">'),
        ("<a href=b>", "c/", '<a href="c/">'),
        ("<a href=b>", "", '<a href="">'),
        ('x <a href="b">', "[c](d)", 'x <a href="&#91;c&#93;(d)">'),
        ('<img srcset="a 1x, b 2x">', "c,d e", '<img srcset="c%2Cd%20e 1x, b 2x">'),
        ('--8<-- "a.md:3"', "b c.md", '--8<-- "b c.md:3"'),
        ('--8<-- "a.md:3"', 'b"c.md', "--8<-- 'b\"c.md:3'"),
        ("--8<--\na.md\n--8<--", 'b"c.md', '--8<--\nb"c.md\n--8<--'),
    ],
)
def test_rewritten(text: str, new: str, after: str) -> None:
    first = links(text)[0]
    assert rewrite(text, {first: new}) == after
    # It is still a link, to the same place.
    if first.kind != "autolink":
        again = links(after)[0]
        assert (unquote(again.destination), again.kind) == (unquote(new), first.kind)


@pytest.mark.parametrize("path", ["", "a\nb", " a", ";a", "a:5", "a:name", "'\""])
def test_a_snippet_that_cannot_be_named(path: str) -> None:
    text = '--8<-- "a.md"'
    with pytest.raises(ValueError, match="no snippet"):
        rewrite(text, {links(text)[0]: path})


def test_snippets_as_pymdownx_includes_them(tmp_path: Path) -> None:
    """Each path that is found is the file that is included, before a rewrite and after it."""
    for name in ("a.md", "b c.md", "d.md"):
        (tmp_path / name).write_text(f"--8<-- [start:x]\n[{name}]({quote(name)})\n--8<-- [end:x]\n", "utf-8")
    renderer = markdown.Markdown(
        extensions=["pymdownx.snippets"],
        extension_configs={"pymdownx.snippets": {"base_path": [str(tmp_path)], "check_paths": True}},
    )
    text = '--8<-- "a.md"\n\n> x\n\n-8<- \'b c.md:2:2\'\n\n--8<--\nd.md:x\n; e.md\n--8<--\n\n;--8<-- "e.md"\n'
    names = {"a.md": "b c.md", "b c.md": "d.md", "d.md": "a.md"}
    found = links(text)
    assert [link.destination for link in found] == list(names)
    assert urls(renderer.convert(text)) == Counter(map(quote, names))
    after = rewrite(text, {link: names[link.destination] for link in found})
    assert urls(renderer.convert(after)) == Counter(map(quote, names.values()))
    assert [link.destination for link in links(after)] == list(names.values())


# Any document: forms of links in containers, with what only looks like a link beside them. "@" is a number.

LINKS = [
    *("[a](u@.md)", "[a](<u@.md>)", '[a](u@.md "t (x)")', "[a]( u@.md 't')", "[a [b] c](u@(x).md)"),
    *("[a](u@ b.md)", "![i](u@.png)", "[![i](u@.png)](u@.md)", "![i](u@.png){ width=9 }"),
    *("[*a*](u@.md)[b](u@.md#c)", "[`a`](u@.md)", "<http://u@.e/>", '<a href="u@.md">x</a>'),
    *("<img src='u@.png' alt=x>", '<img srcset="u@.png 1x, u@.png 2x">', "[a][r@]", "![i][r@]", "[r@]"),
    *("[a](u@\\_b.md)", "[é日](u@.md)", "[a\nb](u@.md)", "[a](\nu@.md)"),
]
DECOYS = [
    *("`[n](no@)`", "`` ` [n](no@) ``", "<!-- [n](no@) -->", "[n]", "[n] (no@)", "*", "`", "word"),
    *("a < b", "!", "[", "\\", '"', "'", "(", ")", "<span>", "</span>", "**b**", "é日", "<br>", "_"),
]
PIECES = st.sampled_from(LINKS) | st.sampled_from(DECOYS)
LINE = st.lists(PIECES, min_size=1, max_size=4).map(" ".join)
LEAVES = st.one_of(
    LINE,
    LINE,
    st.lists(LINE, min_size=2, max_size=3).map("\n".join),
    # Python-Markdown loses an entity that follows a comment on its line, so it has one of its own.
    # What may become a link around others is alone: of links in links only the outer one is found.
    st.sampled_from(
        [
            "[a](u@.md?b&amp;c) &amp; <a href='u@.md?b&amp;c'>x</a>",
            *("x \\[n](no@) *y*", "x [n\\](no@) *y*", "![n [n](no@)](u@.png)"),
        ]
    ),
    LINE.map(lambda line: "## " + line.replace("\n", " ") + " ##"),
    LINE.map(lambda line: line.replace("\n", " ") + "\n---"),
    st.lists(LINE.map(lambda line: line.replace("\n", " ")), min_size=4, max_size=4).map(
        lambda cells: "| {} | {} |\n| --- | :-: |\n| {} | {} |".format(*cells)
    ),
    st.sampled_from(
        ["[r@]: u@.md", "[r@]: <u@.md> 'title'", "[r@]:\n  u@.md\n  (t)", "x\n[r@]: u@.md\ny", "[u@]: x@"]
    ),
    st.sampled_from(
        [
            "```\n[n](no@)\n```",
            "~~~ py\n\n[n](no@)\n\n~~~",
            "``` { .x }\n<div>\n```",
            "````\n```\n[n](no@)\n````",
        ]
    ),
    st.sampled_from(
        [
            "    [n](no@)",
            "    [n](no@)\n\n    <a href='no@'></a>",
            "<!--\n[n](no@)\n\n<div>\n-->",
            "***",
            "<hr>",
        ]
    ),
    st.sampled_from(
        [
            "<div>\n[n](no@)\n<a href='u@.md'>x</a>\n</div>",
            "<video poster='u@.png'><source src='u@.mp4'></video>",
            "<p>\n[n](no@)\n\n[n](no@)</p>",
            "*[n]: [n](no@)",
        ]
    ),
    st.sampled_from(
        ["<div markdown='span'>[a](u@.md)</div>", "<p markdown>[a](u@.md)</p>", "<div><p>[n](no@)</p></div>"]
    ),
)


def indented(text: str, by: str = "    ") -> str:
    return "\n".join(by + line if line else line for line in text.split("\n"))


def nested(blocks: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(blocks, min_size=1, max_size=3).map("\n\n".join)
    head = LINE.map(lambda line: line.replace('"', "'").replace("\n", " "))
    return st.one_of(
        body.map(lambda text: "-" + indented(text)[1:]),
        body.map(lambda text: "-   x\n\n" + indented(text) + "\n\n-   y"),
        body.map(lambda text: "1.  x\n" + indented(text)),
        body.map(lambda text: indented(text, "> ")),
        st.tuples(head, body).map(lambda pair: f'!!! note "{pair[0]}"\n\n' + indented(pair[1])),
        body.map(lambda text: "!!! warning\n" + indented(text)),
        st.tuples(head, body).map(lambda pair: f'??? tip "{pair[0]}"\n\n' + indented(pair[1])),
        st.tuples(head, body).map(lambda pair: f'=== "{pair[0]}"\n\n' + indented(pair[1])),
        # A footnote in a footnote is lost.
        body.map(lambda text: "[^f@]: " + indented(text.replace("[^f", "[f")).lstrip(" ")),
        body.map(lambda text: "term\n:   " + indented(text)[4:]),
        body.map(lambda text: f"<div markdown>\n\n{text}\n\n</div>"),
    )


@st.composite
def documents(draw: st.DrawFn) -> str:
    blocks = draw(st.lists(st.recursive(LEAVES, nested, max_leaves=4), min_size=1, max_size=5))
    text = draw(st.sampled_from(["\n\n", "\n\n", "\n", "\n\n\n"])).join(blocks)
    # What follows a footnote without a blank line belongs to it, be it another footnote.
    text = text.replace("\n[^f", "\n\nx\n\n[^f") if text.count("[^f") < 2 else text.replace("[^f", "[f")
    front = draw(st.sampled_from(["", "", "---\ntitle: '[n](no@)'\n---\n", "title: [n](no@)\n\n"]))
    # Where text follows indented code at once, superfences gives back the fences after it as text.
    text = re.sub(r"^( {4}.*)\n(?=\S)", r"\1\n\n", text, flags=re.MULTILINE)
    numbers = iter(range(1, 1000))
    # A reference and its definition have the same number, and hence the same few.
    text = re.sub(r"\br@", lambda _: f"r{draw(st.integers(0, 3))}", front + text)
    text = re.sub("@", lambda _: str(next(numbers)), text)
    if draw(st.booleans()):
        text = re.sub("^    ", "\t", text, flags=re.MULTILINE)
    text = text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n", "\r"])))
    return draw(st.sampled_from(["", "\ufeff"])) + text + draw(st.sampled_from(["", "\n", "  \t\n"]))


def same(text: str, found: Sequence[Link | python_markdown.Link], html: str) -> None:
    """Assert that what is found is what is rendered, but for definitions that nothing refers to."""
    definitions = Counter(link.destination for link in found if link.kind == "reference")
    inline = Counter(link.destination.strip() for link in found if link.kind != "reference")
    there = urls(html)
    inline = Counter({re.sub("[\r\n]", "", url): count for url, count in inline.items()})
    assert inline == Counter({url: n for url, n in there.items() if url not in definitions}), text


def meant(link: Link | python_markdown.Link) -> bool:
    """Whether a destination is one that an author may have meant."""
    return re.search(r"^[^<>\[]*\d", link.destination) is not None


@given(text=documents())
@example(text="-   x\n\n    [f2]: [a](u3.md) [a](u4.md)\n\n[f6]: <div><p>[n](no7)</p></div>\n\n[r0]: <v0>")
@example(text="[r1]: u1.md\n[r1]: u2.md\n\n[r1]")
@example(text="[^f1]: [f2]: <!-- [n](no3) --> [a](u4.md)")
def test_found_is_what_is_rendered(text: str) -> None:
    found = links(text)
    same(text, found, rendered(text))
    # And what the reader found that was here before, or else that one was wrong; but for markup that stands
    # where a destination should be, which nobody means.
    was = python_markdown.links(text)
    if [astuple(link) for link in found if meant(link)] != [astuple(link) for link in was if meant(link)]:
        with pytest.raises(AssertionError):
            same(text, was, rendered(text))
    for link in found:
        assert 0 <= link.start <= link.end <= len(text)
    assert rewrite(text, {}) == text
    assert rewrite(text, {link: link.destination for link in found}) == text


PATHS = st.text(st.sampled_from("ab/.#é日 ()[]<>\"'|\\&;*_`$%,!~={}+-:?"), max_size=6)


@given(text=documents(), data=st.data())
def test_rewrite_changes_destinations_only(text: str, data: st.DataObject) -> None:
    found = links(text)
    assume(found)
    chosen = [link for link in found if data.draw(st.booleans())]
    new = {}
    for number, link in enumerate(chosen):
        path = data.draw(PATHS)
        new[link] = f"http://v{number}.e/{path}" if link.kind == "autolink" else f"v{number}{path}"
    after = rewrite(text, new)

    again = links(after)
    assert outside(after, again) == outside(text, found)
    assert [link.kind for link in again] == [link.kind for link in found]
    for link, other in zip(found, again, strict=True):
        assert unquote(other.destination) == unquote(new.get(link, link.destination))
    before_html, after_html = rendered(text), rendered(after)
    assert without_urls(after_html) == without_urls(before_html)
    same(after, again, after_html)


# Anything at all.

TOKENS = [
    *("[a](u@.md)", "[a][r@]", "\n[r@]: u@\n", "![", "](", "[", "]", "(", ")", "`", "``", "\\", "<u@>"),
    *('<a href="u@">', "</a>", "\n", "\n\n", "    ", "\t", "- ", "1. ", "> ", "# ", "|", "|-|-|\n"),
    *("```\n", "~~~", "<!--", "-->", "<div>", "</div>", "<div markdown>", "<p>", "!!! n\n", '=== "t"\n'),
    *("??? n\n", ": ", "[^1]", "[^1]: ", "*[x]: ", "---\n", "\r", "\r\n", "\ufeff", '--8<-- "u@"\n'),
    *("--8<--\n", "<script>", "</script>", "<pre>", "</pre>", "&amp;", "$", "\x02", "\x03", "é"),
    *("\u2028", "\x00"),
]


@given(text=st.lists(st.sampled_from(TOKENS) | st.text(max_size=3), max_size=25).map("".join))
def test_any_text(text: str) -> None:
    numbers = iter(range(100))
    text = re.sub("@", lambda _: str(next(numbers)), text)
    found = links(text)
    assert [link.start for link in found] == sorted(link.start for link in found)
    for left, right in pairwise(found):
        assert left.end <= right.start
    for link in found:
        assert 0 <= link.start <= link.end <= len(text)
        assert link.line >= 1
        assert link.column >= 1
    assert rewrite(text, {}) == text
    for link in found:
        # Only quotation marks or brackets around the destination may change with it.
        after = rewrite(text, {link: "v"})
        assert after.startswith(text[: max(link.start - 1, 0)])
        assert after.endswith(text[link.end + 1 :])


SOUP = [token for token in TOKENS if not re.search(r"[<$\x02\x03\x008]|\[\^|\*\[", token)]


@given(text=st.lists(st.sampled_from(SOUP), max_size=20).map("".join))
def test_soup_is_read_as_the_renderer_reads_it(text: str) -> None:
    numbers = iter(range(100))
    text = re.sub("@", lambda _: str(next(numbers)), text)
    assume('("' not in text and "('" not in text)
    same(text, links(text), rendered(text))


@pytest.mark.parametrize(
    "unit",
    [
        *("[", "]", "![](", "[a](", "[a](b)", '[a]("', "`", "` ", "``` ", "\\", "<", "<a ", '<a b="'),
        *("<!--", "</", "<?", "$", "> ", "- ", "# \n", "[a]: b\n", "[a\n", "*[a\n", "a|b\n-|-\n"),
        *("```\n", "<div>\n", "<div markdown>\n", ": a\n", "a\n: b\n", "[^1]: ", '--8<-- "a\n', "\t"),
        *("\r", "    ", "\n    a\n\n", "!!! n\n", "a: b\n", "<img srcset='a, "),
    ],
)
@pytest.mark.parametrize("before", ["", "[x]: y\n\n", "---\na: ["])
def test_no_text_takes_for_ever(unit: str, before: str) -> None:
    """Whatever its renderer takes for it."""

    def too_long(*_: object) -> None:
        raise AssertionError(f"{unit!r} repeated takes more than a minute of this processor")

    text = before + unit * (60_000 // len(unit))
    # Processor time, so that a busy machine makes no difference; in square time this is many minutes.
    signal.signal(signal.SIGVTALRM, too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, 60)
    try:
        candidates(text)
        rewrite(text, dict.fromkeys(reader.links(text, Everything())[:3], "x"))
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


class Everything:
    """A renderer to which every mark stands before a destination, which goes on for as long as it may."""

    has_snippets = True

    def render(self, text: str, marks: re.Pattern[str]) -> Rendering:
        found = [*marks.finditer(text)]
        ends = [*(mark.start() for mark in found[1:]), len(text)]
        pieces = (quoted(text[mark.start() : end]) for mark, end in zip(found, ends, strict=True))
        return Rendering("".join(f'<a href="{each}">' for each in pieces), (), ())


def quoted(url: str) -> str:
    return url.replace("&", "&amp;").replace('"', "&quot;")


def test_what_seems_a_link_says_where_it_stands() -> None:
    text = "See <https://a.b/c>, ![d](e.png) and <img srcset='f.png 2x'>.\n\n[g]: h.md\n"
    found = candidates(text)
    assert found.complete
    assert [(link.destination, link.kind) for link in found.links] == [
        ("https://a.b/c", "autolink"), ("e.png", "image"), ("f.png", "srcset"), ("h.md", "reference"),
    ]  # fmt: skip
    assert [text[link.start : link.end] for link in found.links] == [each.destination for each in found.links]


# Against the reader that was here before, which knew Python-Markdown by heart.


#: What hides a link, or seems to.
HIDING = [
    "[x](y.md)", "[x](y.md)", "[`x`](y.md)", "`", "``", "```", "\\`", "\\", "a ", "\n", "\n\n", "    ", "- ",
    "> ", "<!-- x -->", "<!--", "-->", "<code>", "</code>", "<pre>", "</pre>", "*", "{ .a }",
]  # fmt: skip


@given(text=st.lists(st.sampled_from(HIDING), max_size=14).map("".join))
@example(text="[`a`](y.md) and `[x](y.md)`")
@example(text="`a\nb` c `[x](y.md)`")
@example(text="<!-- x -->\n[x](y.md)")
@example(text=">     [x](y.md)")
def test_what_is_plain_is_rendered(text: str) -> None:
    seems = candidates(text)
    links = [link for link in seems.links if link.kind in ("inline", "image")] if seems.complete else []
    if plain := [link for link in links if reader.is_plain(text, link)]:
        found = {(link.start, link.end) for link in reader.links(text, SITE)}
        assert {(link.start, link.end) for link in plain} <= found


@pytest.mark.parametrize(
    ("before", "plain"),
    [
        ("", True),
        ("[`a`](b.md) and `c`, ", True),
        ("<!-- prettier-ignore -->\n", True),
        ("`a ", False),
        ("``a` ", False),
        ("`a\nb` and `", False),
        ("<!-- a\n", False),
        ("<pre>\n", False),
        ("    ", False),
        ("```\n", False),
        ("```\n```\n", True),
        ("\\[", False),
        ("$a ", False),
    ],
)
def test_what_is_plain(before: str, plain: bool) -> None:
    text = f"{before}[x](y.md)"
    link = candidates(text).links[-1]
    assert bool(reader.is_plain(text, link)) is plain


def test_this_site_is_read_as_it_was() -> None:
    config = configuration.read(ROOT / "mkdocs.yml")
    site = site_markdown(config)
    for file in sorted(config.docs_dir.rglob("*.md")):
        text = file.read_text(encoding="utf-8")
        was = [astuple(link) for link in python_markdown.links(text)]
        assert [astuple(link) for link in reader.links(text, site)] == was, file
        assert {link[1:3] for link in was} <= {(link.start, link.end) for link in candidates(text).links}


@pytest.mark.parametrize(
    ("text", "was", "now"),
    [
        # What only looks like a formula is none without the extension for formulas.
        ("$[a](b.md)$", [], ["b.md"]),
        # A browser follows a link in preformatted text.
        ("<pre><a href='b.md'>x</a></pre>", [], ["b.md"]),
        # An attribute list makes attributes as well.
        ("![a](b.png){ srcset='c.png 2x' }", ["b.png"], ["b.png", "c.png"]),
    ],
)
def test_where_the_renderer_is_right(text: str, was: list[str], now: list[str]) -> None:
    assert [link.destination for link in python_markdown.links(text)] == was
    assert [link.destination for link in links(text)] == now
    assert set(now) <= set(urls(rendered(text)))


# What other extensions make of a text.


@pytest.mark.parametrize(
    ("extensions", "text", "expected"),
    [
        (["pymdownx.arithmatex"], "$[a](no)$ and [b](c.md)", [("c.md", "inline")]),
        ([], "[b](c.md)\n\n--8<-- 'a.md'", [("c.md", "inline")]),
        ([], "x\n```\n[a](b.md)\n\n[c](d.md)\n```", [("b.md", "inline"), ("d.md", "inline")]),
        (["fenced_code"], "x\n```\n[a](no)\n\n[c](no)\n```", []),
        (
            ["pymdownx.magiclink"],
            "See https://a.b/c. [d](e.md)",
            [("https://a.b/c", "autolink"), ("e.md", "inline")],
        ),
        (["pymdownx.magiclink"], "<a@b.c> a@b.c", []),
        (["pymdownx.blocks.admonition"], "/// note\n[a](b.md)\n///", [("b.md", "inline")]),
        (["pymdownx.critic"], "{++[a](b.md)++}", [("b.md", "inline")]),
        (["wikilinks"], "[[a]] [b](c.md)", [("c.md", "inline")]),
        (
            ["smarty", "sane_lists", "nl2br"],
            "'[a](b.md)'\n1. [c](d.md)",
            [("b.md", "inline"), ("d.md", "inline")],
        ),
        (["md_in_html"], "<div markdown>\n![a](b.png)\n</div>", [("b.png", "image")]),
        ([], "<div markdown>\n![a](no)\n</div>", []),
    ],
)
def test_the_extensions_of_a_site_decide(
    extensions: list[str], text: str, expected: list[tuple[str, str]]
) -> None:
    found = reader.links(text, SiteMarkdown(extensions, {}))
    assert [(link.destination, link.kind) for link in found] == expected
    for link in found:
        assert text[link.start : link.end] == link.destination


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_bytes(b"[a](b\xff.md) \xfe ![c](d.png)")
    text = file.read_text(encoding="utf-8", errors="surrogateescape")
    assert [text[link.start : link.end] for link in links(text)] == ["b\udcff.md", "d.png"]
    assert links(text)[0].destination == "b\udcff.md"


def test_a_text_may_hold_what_marks_look_like() -> None:
    marked: list[str] = []

    class Spy(SiteMarkdown):
        def render(self, text: str, marks: re.Pattern[str]) -> Rendering:
            marked.append(text)
            return super().render(text, marks)

    reader.links("[a](b.md)", Spy([], {}))
    marked[0] += " [c](d.md)"
    found = reader.links(marked[0], SiteMarkdown([], {}))
    assert [link.destination for link in found] == [marked[0][4:].partition(")")[0], "d.md"]
