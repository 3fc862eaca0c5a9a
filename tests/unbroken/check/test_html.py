"""What is read of a page: against an independent parser, and on input that no page should be."""

from __future__ import annotations

import os
import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from tests.unbroken.check import sites
from tests.unbroken.check.sites import link, page
from unbroken.check import links as check
from unbroken.model.redirects import Pages, RedirectMap
from unbroken.model.resolver import Resolver
from unbroken.workspace import built_site as reading
from unbroken.workspace.built_site import LARGEST, Page, Site, read_page

if TYPE_CHECKING:
    from pathlib import Path


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
        ("<pre><a href=a></pre><a href=b>", ["b"]),
        ("<pre><pre></pre><a href=a></pre><a href=b>", ["b"]),
        ("<pre><a href=a>", ["a"]),
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
    if html.endswith(">"):
        assert links(f"{html}<!-- > -->") == urls  # now by the exact pattern


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
    <svg id=s><path id=p></svg><h2 id=_1>x</h2></article><div id=after></div></main>"""
    read = read_page(html.encode())
    assert read.kept == ("title", "old", "mine", "_1")
    assert {"body", "nav", "side", "__tabbed_1_1", "fn:1", "p"} <= set(read.anchors)
    assert read_page(b"<main><h1 id=a></h1></main><h2 id=b>").kept == ("a",)
    assert read_page(b"<div role=main><h1 id=a></h1></div>").kept == ("a",)
    assert read_page(b"<h1 id=a></h1>").kept == ("a",)


# An independent parser. It builds a tree, which drops, moves and repeats tags that stand where HTML does not
# allow them; so what is compared is made of tags that may stand anywhere.

TEXT = st.text("ab<>&;'\"=/! -\n", max_size=6)
NAMES = st.sampled_from(["a", "b", "c"])
QUOTED = st.tuples(st.sampled_from("'\""), TEXT).map(lambda qt: qt[0] + qt[1].replace(qt[0], "") + qt[0])
VALUES = QUOTED | NAMES
TAGS = st.one_of(
    st.builds("<i class={} id={}>".format, VALUES, NAMES),
    st.builds("<a title={} href={}>".format, VALUES, NAMES),
    st.builds("<img alt={} src={}>".format, VALUES, NAMES),
    st.builds("<b data-x={}>".format, VALUES),
    st.builds("<!--{}-->".format, TEXT),
    st.builds("<script>{}</script>".format, TEXT),
    st.builds("<script x={}>{}</script>".format, VALUES, TEXT),
    st.sampled_from(
        ["</b>", "</i>", "</a>", "</i class='>'>", "<!x>", "<i/>", "< a>", "<3", "<style>a<b</style>"]
    ),
    TEXT,
)


@settings(max_examples=400, deadline=None)
@given(st.lists(TAGS, max_size=8).map("".join))
@example("<i class='\"' id=a><a title=\"'\" href=b>")
@example("<!---><a title='-->' href=a>")
def test_an_independent_parser_sees_the_same(html: str) -> None:
    tree = LexborHTMLParser(f"<!doctype html><body>{html}")
    read = read_page(f"<!doctype html><body>{html}".encode())
    seen = {node.attributes.get("href") or "" for node in tree.css("a[href]")}
    assert set(read.links) == seen
    assert set(read.files) == {node.attributes.get("src") or "" for node in tree.css("img[src]")}
    assert set(read.anchors) == {node.attributes.get("id") for node in tree.css("[id]")} - {"", None}


@settings(max_examples=300, deadline=None)
@given(st.lists(TAGS, max_size=8).map("".join) | st.binary(max_size=60).map(lambda b: b.decode("latin-1")))
def test_the_quick_pattern_says_what_the_exact_one_says(html: str) -> None:
    data = html.encode()
    quick = read_page(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_tags", reading._exact_tags)
        assert read_page(data) == quick


# Bad input.


def timed(data: bytes) -> tuple[Page, float]:
    reading._known.clear()
    reading._dull.clear()
    start = time.process_time()
    return read_page(data), time.process_time() - start


@pytest.mark.parametrize(
    "piece",
    [
        b"<a ", b"<a href=", b"<a href='", b"<script>", b"<title>", b"<!--", b"<svg><script/>", b"<![CDATA[",
        b"<pre>", b"<p title=\"'>", b"<div>", b"</", b"<script></style>", b"<img srcset='(, (, '>", b"< ",
        b"\xff<a href=\xfe>",
    ],
)  # fmt: skip
@pytest.mark.parametrize("large", [0, 1 << 40], ids=["exact", "quick"])
def test_time_grows_in_proportion(piece: bytes, large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty times as much may take a hundred times as long, and not four hundred."""
    monkeypatch.setattr(reading, "_LARGE", large)
    few, many = piece * 10_000, piece * 200_000
    short = min(timed(few)[1] for _ in range(3))
    assert timed(many)[1] < 100 * max(short, 0.002)


def test_deep_nesting_costs_nothing() -> None:
    html = b"<div>" * 200_000 + link("a").encode() + b"</div>" * 200_000
    assert read_page(html).links == ("a",)


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
