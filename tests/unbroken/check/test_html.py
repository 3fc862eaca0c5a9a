"""What is read of a page, as the HTML standard has it, and on input that no page should be."""

from __future__ import annotations

import os
import re
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from html import escape
from itertools import count
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from tests.unbroken.check import sites
from tests.unbroken.check.sites import link, page
from unbroken.check import links as check
from unbroken.formats.html import LARGEST, Page, read_page
from unbroken.formats.nesting import DEEPEST
from unbroken.model.redirects import Pages, RedirectMap
from unbroken.model.resolver import Resolver
from unbroken.workspace import built_site as reading
from unbroken.workspace.built_site import Site


def links(html: str) -> list[str]:
    return list(read_page(html.encode()).links)


@pytest.mark.parametrize(
    ("html", "urls"),
    [
        ('<a href="a">', ["a"]),
        ("<a href='a'>", ["a"]),
        ("<a href=a>", ["a"]),
        ("<A HREF = a >", ["a"]),
        ('<a\nhref="a"\n>', ["a"]),
        ('<a title="a > b" href="c">', ["c"]),
        ('<p title="a > b <a href=x>"><a href=y>', ["y"]),
        ('<p title=\'"\'><a href="a">', ["a"]),
        ('<p title=a"b><a href="c">', ["c"]),
        ('<a href="a?b=1&amp;c=2#d">', ["a?b=1&c=2#d"]),
        ('<a href=" a\n">', ["a"]),
        ("<a href>", [""]),
        ("<!-- <a href=a> -->", []),
        ("<!-- > <a href=a> --><a href=b>", ["b"]),
        ("<!--><a href=a>", ["a"]),
        ("<!-- a --!><a href=a>", ["a"]),
        ("<!-- <a href=a>", []),
        ("<![CDATA[<a href=a>]]>", []),
        ("<svg><![CDATA[<a href=a> ]]></svg><a href=b>", ["b"]),
        ("<? <a href=a>", []),
        ("</ <a href=a><a href=b>", ["b"]),
        ('</p title=">"><a href=b>', ["b"]),
        ("<script>'<a href=a>'</script><a href=b>", ["b"]),
        ("<script>if (a<b) x='</scrip>'</script><a href=b>", ["b"]),
        ("<SCRIPT><a href=a></SCRIPT><a href=b>", ["b"]),
        ("<script><a href=a></SCRIPT ><a href=b></script>", ["b"]),
        ("<title><a href=a></title><a href=b>", ["b"]),
        ("<textarea><a href=a></textarea>", []),
        ("<style><a href=a></style x><a href=b>", ["b"]),
        ("<script><a href=a>", []),
        ("<svg><title/><a href=a></svg>", ["a"]),
        ("<svg><a xlink:href='a'></svg>", ["a"]),
        ("<a xlink:href=a></a><svg><a href=b xlink:href=c></svg>", ["b"]),
        ("<pre><a href=a></pre><a href=b>", ["b"]),
        ("<pre><pre></pre><a href=a></pre><a href=b>", ["b"]),
        ("<pre><a href=a>", []),
        ("<pre><a href=a rel=x></a></pre><a href=b rel=x>", ["b"]),
        ("<pre><b><pre></pre><iframe src=a></iframe></b></pre><pre><i></i></pre><iframe src=b>", ["b"]),
        ("<template><a href=a></template><a href=b>", ["b"]),
        ("<noscript><a href=a></noscript>", ["a"]),
        ("<titles><a href=a></titles>", ["a"]),
        ("<b href=x><a href=a>", ["a"]),
        ("<a href=a", []),
        ('<a href="a', []),
        ("<a href=a><a href=b", ["a"]),
        ('<a href="a" href="b">', ["a"]),
        ("<area href=a><iframe src=b></iframe>", ["a", "b"]),
        ("<a href=a rel=edit><link rel=preconnect href=/><link rel=canonical href=b>", ["b"]),
        ("<form action=a>", []),
    ],
)  # fmt: skip
def test_links_are_read_as_the_standard_says(html: str, urls: list[str]) -> None:
    assert links(html) == urls


@pytest.mark.parametrize(
    ("html", "urls"),
    [
        ("<img src=a>", ["a"]),
        ("<img srcset='a 1x, b,c 2x, d'>", ["a", "b,c", "d"]),
        ("<img srcset='a, b'>", ["a", "b"]),
        ("<source srcset=' a 100w ,b  200w'>", ["a", "b"]),
        ("<script src=a></script><link rel='icon stylesheet' href=b>", ["a", "b"]),
        ("<video src=a poster=b></video><object data=c></object>", ["a", "b", "c"]),
        ("<link rel=preload imagesrcset='a 1x, b 2x' href=c>", ["a", "b", "c"]),
    ],
)
def test_files_are_read_as_the_standard_says(html: str, urls: list[str]) -> None:
    assert sorted(read_page(html.encode()).files) == urls


def test_a_page_tells_its_base_and_where_it_sends_its_visitors() -> None:
    html = b"<base href='/b/'><base href=c><meta content='0; URL=\"../x/\"' http-equiv=Refresh>"
    assert read_page(html)[4:6] == ("/b/", "../x/")
    assert read_page(b"<meta http-equiv=refresh content=30>").to == ""
    assert read_page(b"<meta name=refresh content='0;url=x'>").to == ""
    moves = b"<script src=u.js data-unbroken-moves='{&quot;a&quot;:&quot;../b/#c&quot;}'></script>"
    assert read_page(moves).moved == (("a", "../b/#c"),)
    assert read_page(b"<script data-unbroken-moves='{'></script>").moved == ()


def test_anchors_that_belong_in_the_ledger_are_headings_and_the_authors_own() -> None:
    html = """<body id=body><nav id=nav></nav><main><div id=side></div><article>
    <h1 id=title>T</h1><a name=old></a><p id=mine><span id="__codelineno-0-1"></span>
    <input id=__tabbed_1_1><input id=tab-slug><li id="fn:1"><sup id="fnref:1"><sup id="fnref2:1">
    <svg id=s><path id=p></svg><h2 id=_1>x</h2><h3 id=__init__>x</h3><pre><i id=line-1></i></pre>
    <a id=pkg.f--__span-0-1></a><a id=pkg.f--fn:1></a><h2 id=pkg.f--notes>x</h2>
    </article><div id=after></div></main>"""
    read = read_page(html.encode())
    assert read.kept == ("title", "old", "mine", "_1", "__init__", "pkg.f--notes")
    assert {"body", "nav", "side", "__tabbed_1_1", "fn:1", "p"} <= set(read.anchors)
    assert read_page(b"<main><h1 id=a></h1></main><h2 id=b>").kept == ("a",)
    assert read_page(b"<div role=main><h1 id=a></h1></div>").kept == ("a",)
    assert read_page(b"<h1 id=a></h1>").kept == ("a",)
    assert read_page(b"<article id=x><h1 id=a></h1></article><p id=y><article><i id=b>").kept == ("a", "b")
    assert read_page(b"<nav><article><h1 id=a></h1></article></nav><main><i id=b>").kept == ("b",)
    search = b"<div role=search><p id=b></p></div><div id=mkdocs_search_modal role=dialog><p id=c></p></div>"
    assert read_page(b"<nav id=n><i id=o></i></nav>" + search + b"<h1 id=a>").kept == ("a",)


#: What is for a page's own use, in the words of CSS: controls, drawings, lines of code, boxes for a search.
NOT_KEPT = (
    ":not(input, label, button, form, script, style, noscript, meta, link, title, svg, svg *, math *, pre *,"
    " nav, nav *, dialog, dialog *, [role=search i], [role=search i] *, [role=dialog i], [role=dialog i] *)"
)
TAGS = (
    "div", "p", "h2", "a", "i", "svg", "g", "math", "pre", "nav", "dialog", "label", "form", "title", "main",
    "article", "section role=Search", "section role=dialog", "div role=MAIN", "main role=dialog",
    "article role=search", "nav role=main",
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    st.recursive(
        st.just(""),
        lambda inner: st.lists(st.tuples(st.sampled_from(TAGS), inner), max_size=5).map(
            lambda parts: "".join(
                f"<{tag} id=N name=M>{within}</{tag.partition(' ')[0]}>" for tag, within in parts
            )
        ),
        max_leaves=25,
    )
)
@example("<article id=N><nav><h2 id=N></nav><h2 id=N></article><main><h2 id=N><a name=M></main>")
@example("<article><h2 id=N></h2><main><h2 id=N></h2></main></article>")
def test_the_ledger_has_the_anchors_that_css_finds_in_the_best_place(html: str) -> None:
    numbers = count()
    html = re.sub("=[NM]", lambda _: f"=x{next(numbers)}", html)
    tree = LexborHTMLParser(html)
    wanted: list[str] = []
    for place in ("article ", "main ", ""):
        within = [f"{place}*", "[role=main i] *"] if place == "main " else [f"{place}*"]
        found = tree.css(", ".join(f"{each}:is([id], a[name]){NOT_KEPT}" for each in within))
        for node in found:
            attributes = node.attributes
            wanted += [attributes["id"] or ""] if "id" in attributes else []
            wanted += [attributes["name"] or ""] if node.tag == "a" and "name" in attributes else []
        if found:
            break
    assert list(read_page(html.encode()).kept) == list(dict.fromkeys(wanted))


@pytest.mark.parametrize(
    ("html", "anchors"),
    [
        ('<p><a name="x"></a></p>\n<h2 id="x">X</h2>', ("x",)),
        ('<a name="x"></a><h2 id="x">X</h2>', ("x",)),
        ('<p>Text. <a name="x"></a>\n</p>\n<h2 id="x">X</h2>', ("x",)),
        ('<p><a name="x"></a>Text.</p>\n<h2 id="x">X</h2>', ("x", "x")),
        ('<p><a name="x">Text.</a></p>\n<h2 id="x">X</h2>', ("x", "x")),
        ('<p><a id="x"></a></p>\n<h2 id="x">X</h2>', ("x", "x")),
        ('<h2 id="x">X</h2><p><a name="x"></a></p>', ("x", "x")),
        ('<p><a name="x"></a></p><h2 id="x">X</h2><h2 id="x">Y</h2>', ("x", "x")),
        ('<p><a name="x"></a></p><h2 id="y">X</h2><h2 id="x">Y</h2>', ("x", "y", "x")),
    ],
)
def test_a_name_that_stands_right_before_its_id_is_the_same_anchor(
    html: str, anchors: tuple[str, ...]
) -> None:
    assert read_page(html.encode()).anchors == anchors


def test_names_within_drawings_are_no_anchors_twice() -> None:
    drawing = "<svg id=Layer_1><g id=g5 /></svg>"
    read = read_page(f"<h1 id=g5>x</h1>{drawing}{drawing}<i id=a></i><i id=a></i>".encode())
    assert read.anchors == ("g5", "a", "a", "Layer_1")
    assert read.kept == ("g5", "a")


# Pages put together from pieces of which it is known what they say.

TEXT = st.text("ab<>&;'\"=/! -\n", max_size=6)
WORDS = st.text("abc&;'\"<>= ", max_size=6)
#: What is put round a link to "yes" or "no", which tells whether it counts there.
ROUND = st.sampled_from(
    [
        ("", "", "yes"),
        ("<p>", "", "yes"),
        ("<div title='{}'>", "</div>", "yes"),
        ("<table><tr><td>", "</table>", "yes"),
        ("<noscript>", "</noscript>", "yes"),
        ("<svg><foreignObject>", "</foreignObject></svg>", "yes"),
        ("<!--", "-->", "no"),
        ("<script>", "</script>", "no"),
        ("<style x='{}'>", "</style>", "no"),
        ("<textarea>", "</textarea>", "no"),
        ("<template><p>", "</template>", "no"),
        ("<pre><code>", "</code></pre>", "no"),
        ("<p title='", "'>", "no"),
        ("<b {}=>", "</b {}>", "yes"),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(ROUND, WORDS), max_size=6))
@example([(("<p title='", "'>", "no"), '"'), (("", "", "yes"), "<b")])
def test_links_count_where_a_browser_has_links(pieces: list[tuple[tuple[str, str, str], str]]) -> None:
    html, wanted = "", []
    for number, ((before, after, counts), words) in enumerate(pieces):
        attribute = words.replace("'", "")
        name = "".join(c for c in words if c.isalpha()) or "x"
        before, after = (part.replace("{}", attribute if "'" in part else name) for part in (before, after))
        html += (
            f'{before}<a class="{escape(words)}" href="{counts}{number}&amp;">{escape(words)}</a>{after}\n'
        )
        if counts == "yes":
            wanted.append(f"yes{number}&")
    assert links(html) == wanted


@settings(max_examples=300, deadline=None)
@given(
    st.lists(TEXT | st.sampled_from(["<a href=", "<pre>", "<svg>", "</", "<i id="])).map("".join)
    | st.binary()
)
def test_anything_is_a_page(text: str | bytes) -> None:
    page = read_page(text.encode() if isinstance(text, str) else text)
    assert set(page.kept) <= set(page.anchors)
    assert "" not in page.anchors


# Bad input.


def timed(data: bytes) -> float:
    start = time.process_time()
    read_page(data)
    return time.process_time() - start


@pytest.mark.parametrize(
    "piece",
    [
        b"<a ", b"<a href=", b"<a href='", b"<script>", b"<title>", b"<!--", b"<svg><script/>", b"<![CDATA[",
        b"<pre>", b"<p title=\"'>", b"<div>", b"</", b"<script></style>", b"<img srcset='(, (, '>", b"< ",
        b"\xff<a href=\xfe>", b"<div><a href=x></a>", b"<article><i id=x>", b"<svg/><div>", b"<path/><div>",
        b"<table><tr><td><a href=x>", b"<svg><i id=x></svg>", b"<b><p>", b"<ul><li><a name=x>",
        b"<pre></pre>", b"<pre><img src=x>", b"<article></article>",
    ],
)  # fmt: skip
def test_time_grows_in_proportion(piece: bytes) -> None:
    """Twenty times as much may take a hundred times as long, and not four hundred."""
    few, many = piece * 10_000, piece * 200_000
    short = min(timed(few) for _ in range(3))
    assert timed(many) < 100 * max(short, 0.002)


@pytest.mark.parametrize("depth", [500, DEEPEST - 10])
def test_deep_nesting_is_read(depth: int) -> None:
    html = (
        b"<div>" * depth + link("a").encode() + b"<p>x</p><br><svg><path/></svg>" * 9000 + b"</div>" * depth
    )
    assert read_page(html).links == ("a",)


@pytest.mark.parametrize("opened", ["<div>", "<span class='>'>", "<svg/><b><div>", "<DIV\n>"])
def test_nesting_that_would_take_minutes_is_a_finding(tmp_path: Path, opened: str) -> None:
    sites.configure(tmp_path)
    sites.write(tmp_path / "site", {"index.html": page(opened * 200_000, link("no/"))})
    message = "This file of the site cannot be read: its elements are nested more than 1,000 deep."
    assert unreadable(tmp_path) == [("site/index.html", message)]


def test_a_page_of_50_megabytes_is_read_in_bounded_memory(tmp_path: Path) -> None:
    html = page(*(f"{link(f'p{n % 50}/')}{'word ' * 500}" for n in range(20_000)))
    assert len(html) > 50_000_000
    sites.write(tmp_path, {"index.html": html})
    del html
    tracemalloc.start()
    read = Site(tmp_path, whole=True).page("/")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read is not None
    assert len(read.links) == 50
    assert peak < 150_000_000


def unreadable(root: Path) -> list[tuple[str, str]]:
    return [
        (f.place.file.removeprefix(f"{root}/"), f.message)
        for f in sites.findings(root)
        if f.code == "unreadable"
    ]


def test_files_that_cannot_be_read_are_findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sites.configure(tmp_path)
    sites.write(tmp_path, {"secret.html": "x", "folder/x.html": "x"})
    sites.write(tmp_path / "site", {"index.html": page(), "binary.html": b"GIF89a\0\0", "shut.html": "x"})
    with (tmp_path / "site/large.html").open("wb") as stream:
        stream.truncate(LARGEST + 1)
    os.symlink("../secret.html", tmp_path / "site/out.html")
    os.symlink("../folder", tmp_path / "site/folder")
    os.symlink("index.html", tmp_path / "site/same.html")
    os.symlink("nothing.html", tmp_path / "site/dangling.html")
    real = reading.read_file

    def refused(path: str) -> bytes:
        if path.endswith("shut.html"):  # root may read everything
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(reading, "read_file", refused)
    assert unreadable(tmp_path) == [
        (f"site/{name}", f"This file of the site cannot be read: {reason}.")
        for name, reason in [
            ("binary.html", "it is not text in UTF-8"),
            ("folder", "it is a link that leaves the site"),
            ("large.html", "it is larger than 64 MB"),
            ("out.html", "it is a link that leaves the site"),
            ("shut.html", "Permission denied"),
        ]
    ]


def test_a_page_that_is_longer_than_its_size_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that grows meanwhile is."""
    file = Path(__file__)
    monkeypatch.setattr(os, "fstat", lambda handle: os.stat(os.devnull))
    assert reading.read_file(str(file)) == file.read_bytes()


def test_what_is_handed_over_in_parts_is_read_whole(tmp_path: Path) -> None:
    """As a disk may do, and a pipe does, which holds less than this."""
    file, html = tmp_path / "page.html", b"x" * (1 << 19)
    os.mkfifo(file)
    with ThreadPoolExecutor() as other:
        other.submit(file.write_bytes, html)
        assert reading.read_file(str(file)) == html


@pytest.mark.parametrize(
    "url",
    [
        "a%zz", "a%ff", "a%", "a%2e%2e/", "%2e%2e/%2e%2e/%2e%2e/x", "\x01", "a\\b", "?q", "\ufffd", "//",
        "///", "http:", "http://", "http:///x", "http://[::1", "http://a:b/", "https://ex ample.com/",
        "a" * 100_000,
    ],
)  # fmt: skip
def test_no_url_breaks_the_check(tmp_path: Path, url: str) -> None:
    sites.configure(tmp_path)
    sites.write(tmp_path, {"docs/index.md": f"[x](<{url}>)\n", "site/index.html": page(link(url))})
    assert {f.code for f in sites.findings(tmp_path)} <= {"broken-link", "bad-url"}


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=12))
def test_any_text_may_stand_in_a_link(url: str) -> None:
    resolver = Resolver(Pages(["a.md"]), RedirectMap(), site_url="https://example.com/x/")
    for fault in check.links([("/a/", Page(links=(url,), files=(url,)))], resolver):
        assert fault.code in ("broken-link", "broken-file", "bad-url", "through-redirect")


SCHEMES = [
    "mailto:a@b",
    "tel:1",
    "javascript:void(0)",
    "data:text/html,x",
    "blob:x",
    "htps://x",
    "x-y.z+1:b",
    "://x",
]


def test_other_schemes_are_no_links_of_the_site() -> None:
    resolver = Resolver(Pages([]), RedirectMap())

    def found(url: str) -> list[str]:
        return [f.code for f in check.links([("/", Page(links=(url,)))], resolver)]

    assert [found(url) for url in SCHEMES] == [[]] * 7 + [["broken-link"]]
