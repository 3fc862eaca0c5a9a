"""What is taken out of odd HTML and odd Markdown, to the letter: the URLs, the anchors and the rest.

``rendered.txt`` is what is expected: ``python -m tests.unbroken.builders.test_rendered`` writes it anew, for
one to look at.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.unbroken.builders.sites import make
from unbroken.builders.render import Renderer, scanned
from unbroken.model.errors import Refused
from unbroken.workspace import config as configuration

EXPECTED = Path(__file__).with_name("rendered.txt")
#: Pieces of HTML, and what marks in them stand for.
HTML = r"""<a href="one" id=two name='three'>x</a>
<p name=four id="f&amp;ive">
<A HREF = six ID='7'>x</A>
<img src=" eight " srcset="nine 1x, ten.png 2x,eleven, twelve 100w">
<img srcset="data:image/png;base64,x 1x" imagesrcset="thirteen">
<source srcset=" , fourteen , ">
<video poster=fifteen src='six"teen'><blockquote cite="17"><form action="18"><button formaction=19>
<table background="20"><img longdesc="21"><svg><a xlink:href="22"/></svg>
<object data="23"><p data="no"><div data-href="no" hrefs=no>
<!-- <a href="no" id="no"> --><a href="24"><!-- > --><a href="25">
<script src="26">"<a href='no'>"</script><a href="27">
<style>a[href="no"] {}</style><textarea><a href=no></textarea><template id="no"><a href="no"></template>
<SCRIPT src=28>x</SCRIPT ><a href="29" href="30">
<a title="a > b" href="31"><a title='<a href="no">' href="32">
<a href="unbroken-link-0"><img src="unbroken-link-1"><a href="33">
<a href=""><a href><a href= ><a href="#34"><a id="">
<a href="a&#47;b&amp;c&lt;"><a
 href
 =
 "35"
 id = "36">
<a/href="37"><a href="38"/><br/><a href='39'id='40'>
1 < 2 <a href="41"> > 3 < a href="no">
<a href="42
43">
<a href="44" id="no
<script><a href="no">
"""
MARKDOWN = {
    "links": "[a](b.md) [c](<d e.md> 'T') ![f](g.png) <https://h.example/> <i@j.k> [k][l]\n\n[l]: m#n\n",
    "headings": "# A\n\n## A\n\n## B {#own .c}\n\n### `C` & *D*\n\nE\n=\n",
    "html": '<a href="a.md" id="b">c</a>\n\n<p id="d"><img src="e"></p>\n\n<p markdown="1">[f](g.md)</p>\n',
    "code": "`[a](b.md)` and\n\n    [c](d.md)\n\n```\n[e](f.md)\n```\n",
    "lines": "[a](b.md)\r\n\r\n# C\r\r[d](e.md)\r\n",
    "front": "---\ntitle: x\n---\n[a](b.md)\n",
    "mark": "\ufeff# A\n",
    "entities": '[a](b&amp;c.md) [d](e%20f.md) [g](h?i=1&j=2#k&l) [m](n"o.md)\n',
    "notes": "a[^1]\n\n[^1]: [b](c.md)\n",
    "snippet": '--8<-- "part.md"\n\n--8<-- "none.md"\n',
    "own mark": "[a](unbroken-link-0) [b](c.md)\n",
}


def rendered(root: Path) -> str:
    """All of it, a line for each URL and anchor."""
    snippets = {"base_path": [str(root / "parts")]}
    made = make(
        root, {"index.md": "", "/parts/part.md": "[p](q.md)\n"}, [],
        markdown_extensions=["attr_list", "md_in_html", "footnotes", {"pymdownx.snippets": snippets}],
    )  # fmt: skip
    found = {"HTML": scanned(HTML, ("first", "second"))}
    renderer = Renderer(configuration.read(made / "mkdocs.yml"))
    lines = []
    for name, text in MARKDOWN.items():
        try:
            found[name] = renderer.render(text)
        except Refused as error:
            lines.append(f"=== {name}: {error}")
    for name, one in found.items():
        lines.append(f"=== {name}")
        lines += [f"{'link' if resolved else 'raw '} {url!r}" for url, resolved in one.urls]
        lines += [f"anchor {anchor!r}" for anchor in one.anchors]
        lines.append(one.shape)
    files = ("index.md", "a/b.md", "README.md", "c/README.md", "d.png", "e.html")
    resolve = renderer.resolver(files)
    urls = ("b.md", "a/b.md#x", "../index.md", "d.png", "/a/b.md", "?x", "#y", "//else/", "none.md", "")
    lines.append("=== resolved")
    lines += [f"{page}: {url!r} {resolve(page, url)!r}" for page in (*files[:2], "none.md") for url in urls]
    return "\n".join(lines).replace(str(root), "/small") + "\n"


def test_every_letter_is_as_expected(tmp_path: Path) -> None:
    assert rendered(tmp_path) == EXPECTED.read_bytes().decode()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        EXPECTED.write_bytes(rendered(Path(folder)).encode())
