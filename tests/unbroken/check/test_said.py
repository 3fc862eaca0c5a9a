"""What ``check`` says of a site with faults of every kind in every kind of place, to the letter.

``said.txt`` is what is expected: ``python -m tests.unbroken.check.test_said`` writes it anew, for one to look
at.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from tests.commands import output, run
from tests.unbroken.check.sites import commit, git, write

EXPECTED = Path(__file__).with_name("said.txt")
# So many that what all of them say is the theme's.
MANY = {f"docs/many/p{n:02}.md": f"# P{n}\n\n[Up](../kept.md)\n" for n in range(22)}
MANY["docs/many/index.md"] = "# Many\n\n" + "".join(f"[p](p{n:02}.md) " for n in range(22)) + "\n"
MAP = """plugins:
  redirects:
    redirect_maps:
      was.md: kept.md
      was/deep.md: kept.md#part-1
      a.md: b.md
      b.md: a.md
      lost.md: nowhere.md
      lost-anchor.md: kept.md#nowhere
      kept.md#moved: links/inline.md#first
      kept.md#dead: links/inline.md#nowhere
      kept.md#part-1: links/inline.md
      away.md: https://else.example/a b
      files/x.pdf: images/there.png
  unbroken:
    patterns:
      old/*: links/*
      none/*: nowhere/*
    retired:
      - gone.md
      - gone.md#part
      - withdrawn/*
"""
ODD = """plugins:
  redirects:
    redirect_maps:
      index.md: kept.md
      ../out.md: kept.md
      CASE.md: kept.md
      Case.md: links/inline.md
      script.md: javascript:alert(1)
      https://said.example/y/: kept.md
      was/./deep.md: kept.md
      was/deep.md: links/inline.md
      "": kept.md
      query.md?x: kept.md
      twice.md: kept.md
      twice.md: index.md
      three.md: 3
      back.md: kept.md#back
      kept.md#back: back.md
      to.md: //else.example/
      out.md: ../../etc/passwd
      4: kept.md
  unbroken:
    patterns:
      old/*: links/*
      old/new/*: links/*
      none/*: nowhere/*
      kept*: links/*
      many/*: kept.md
      a*b*: kept.md
      star.md: kept.md
      two/*: links/*/*
    retired:
      - kept.md
      - gone.md
      - gone.md#part
      - gone/*
      - 3
      - ../x.md
"""
SITE = {
    "mkdocs.yml": r"""INHERIT: redirects.yml
site_name: Said
site_url: https://said.example/docs/
theme: {name: null, custom_dir: theme, static_templates: [404.html]}
not_in_nav: "**"
nav:
  - Home: index.md
  - None: none.md
  - Anchor: kept.md#none
  - Was: was.md
  - Old anchor: kept.md#sekond
  - Rooted: /docs/kept/#third
  - Away: https://else.example/
extra_css: [styles/site.css, styles/none.css]
extra_javascript: [none.js]
markdown_extensions:
  - attr_list
  - def_list
  - tables
  - footnotes
  - admonition
  - md_in_html
  - abbr
  - toc: {permalink: true}
  - pymdownx.snippets: {base_path: [snippets]}
  - pymdownx.superfences
  - pymdownx.tabbed: {alternate_style: true}
plugins:
  search: {}
  unbroken:
    elsewhere: [/api/]
""",
    "redirects.yml": MAP,
    "theme/main.html": """<!doctype html><html><head><title>{{ page.title }}</title>
<link rel="stylesheet" href="{{ 'styles/theme.css' | url }}">
{% for path in config.extra_css %}<link rel="stylesheet" href="{{ path | url }}">{% endfor %}
{% for script in config.extra_javascript %}<script src="{{ script | url }}"></script>{% endfor %}
</head><body>
<nav>{% for item in nav %}<a href="{{ item.url | url }}">{{ item.title }}</a>{% endfor %}</nav>
<a href="{{ 'theme-none/' | url }}">t</a>
<article>{{ page.content }}</article>
{% if page.meta.next %}<a href="{{ page.meta.next }}">next</a>{% endif %}
{% if page.meta.image %}<img src="{{ page.meta.image | url }}" alt="">{% endif %}
</body></html>
""",
    "theme/404.html": '<!doctype html><title>404</title><a href="/docs/no-404/">x</a><a href="kept/">y</a>\n',
    "snippets/note.md": 'Note: [a](../none-snippet.md), [b](kept.md#none-snippet).\n\n--8<-- "deep.md"\n',
    "snippets/deep.md": "\n<a\n  href='none-deep/'>deep</a>\n",
    "docs/styles/site.css": 'body { background: url("../images/none.png") }\n@import "none.css";\n',
    "docs/images/there.png": "no picture",
    "docs/index.md": "# Home\n\n[A](links/inline.md) [b](links/html.md) [c](links/reference.md) [d](many/)\n",
    "docs/kept.md": "# Kept\n\n## Part 1\n\n## Part 2\n\n## Second\n\n## Third {#third}\n\n[Self](#thirdd)\n",
    "docs/links/inline.md": r"""# Inline

## First

[none](none.md) and [near](inlin.md) [folder](none/) [up](../../../none.md) [top](/docs/none/) [root](/none/)
[anchor](../kept.md#none) [near](../kept.md#secnd) [own](#none) [own](#fist) [empty]() [query](none.md?x=1#y)
[angle](<no ne.md>) [title](none.md "A \"title\" (x)") [coded](n%C3%B6ne.md) [un](nöne.md)
[colon](http://said.example:x/) [own site](https://said.example/docs/none/) [slash](/docs/kept)
[through](../was.md) [through](/docs/was/) [deep](../was/deep.md) [round](../a.md) [lost](../lost.md)
[la](../lost-anchor.md) [moved](../kept.md#moved) [dead](../kept.md#dead) [elsewhere](/docs/api/x/)
[mail](mailto:x@y.example) [js](javascript:x) [else](https://else.example/none/) [html](../kept/index.html)
[**strong [nested](none-nested.md)**](none-outer.md) ![i](../images/none.png) [![i](none.png)](none.png)
`[code](none-code.md)` \[escaped](none-escaped.md) <none-auto.md> <https://said.example/docs/none-auto/>
[case](Inline.md) [gone](../gone.md) [pattern](../old/inline.md) [pattern](../old/none.md) [&amp;](n&amp;n.md)
[dir](../links/) [file](../images/there.pn) [abs](../images/there.png) [source](../kept.md#Second)
[x](//said.example/docs/none/) ![near](../images/thre.png) [near](/docs/images/thre.png)
""",
    "docs/links/reference.md": r"""# Reference

[a][one], [two], [three][], ![four][four], [five
lines][one]; [none][undefined]

[one]: none-one.md
[two]: <none two.md> "Title"
[three]:
    none-three.md#x
    'Title'
[four]: ../images/none-four.png
[six]: none-six.md
[ONE]: none-second.md

*[HTML]: none-abbr.md
[^1]: A note [in it](none-note.md).

Text[^1] and again[^1].
""",
    "docs/links/html.md": r"""# HTML

<a href="none/">a</a> <A HREF='none2/'>b</A> <a href=none3/>c</a> <a
 class="x"
 href = "none&amp;4/" >d</a> <img src="none.png" srcset="one.png 1x, two.png 2x">
<a href="../../kept/#none">e</a>

<div markdown="1">
[in html](none-md.md)
</div>

<div>
[not in html](none-not.md) <a href="none5/">f</a>
</div>

<video src="none.mp4" poster="none.jpg"><source src="none.webm"><track src="none.vtt"></video>
<object data="none.svg"></object><iframe src="none-frame/"></iframe><embed src="none.swf">
<form action="none-form/"><button formaction="none-button/">x</button></form>
<map><area href="none-area/"></map><blockquote cite="none-cite/">x</blockquote>
<script src="none.js"></script><link href="none.css" rel="stylesheet"><audio src="none.mp3"></audio>
<div style="background: url(none-style.png)">x</div>
<!-- <a href="none-comment/">x</a> -->
<picture><source srcset="none-s.png, none-t.png 2x"><img src="../../images/there.png"></picture>
<svg><use href="#none-use"/><image href="none-image.svg"/><a xlink:href="none-xlink/">x</a></svg>
<a href="http://[bad">x</a> <a href="../../../../x/">climbs</a> <a href="">empty</a> <a href="?x">query</a>
<a href="#">top</a> <a href="#top">top</a> <a href=" none-space/ ">space</a> <a ping="none-ping/">x</a>

<a id="twice"></a><a id="twice"></a><a name="twice"></a> <a href="#twice">x</a>

## Twice

## Twice
""",
    "docs/links/blocks.md": r"""---
title: Blocks
next: ../none-front/
image: images/none-front.png
---

# Blocks

> [quote](none-quote.md)
>
> 1. [list](none-list.md)
>    - [inner](none-inner.md)

Term
:   [definition](none-definition.md)

| a | b |
|---|---|
| [cell](none-cell.md) | `x|y` [cell](none-cell2.md) |

!!! note "[title](none-title.md)"
    [admonition](none-admonition.md)

=== "Tab"

    [tab](none-tab.md)

    ```md
    [fence](none-fence.md)
    ```

    [after](none-after.md)

~~~
[tilde](none-tilde.md)
~~~

    [indented](none-indented.md)

### [heading](none-heading.md) {#own-id}

Setext [heading](none-setext.md)
===

--8<-- "note.md"

--8<--
deep.md
--8<--

[attr](none-attr.md){ .button #attr } [same](none-same.md) [same](none-same.md) [tab]	(none.md)
[é😀 wide](none-wide.md) <!-- [comment](none-comment.md) --> [last](none-last.md)""",
    "docs/links/crlf.md": "# C\r\n\r\n[a](none.md)\r\n\r\n\t[b](none-b.md)\r\n\r\n- x\r\n\t- [c](a.md)\r\n",
    "docs/links/bom.md": "\ufeff# BOM\n[a](none.md)\n",
    **MANY,
}
LEDGER = """/
/kept/
/kept/#second
/kept/#sekond
/kept/#old
/links/inline/
/links/gone/
/links/renamed/
/was/
/gone/
/gone/#part
/api/x/
/lost/
/lost-anchor/
/a/
/links/htm/
/links/html/#twice_2
no address
/files/x.pdf
/../x/
"""


def said(root: Path) -> str:
    """All that is said of the site, before and after what can be mended is mended."""
    write(root, SITE)
    write(root, {".gitignore": "site/\n.cache/\n"})
    git(root, "init", "-q", "-b", "main")
    write(root, {"docs/links/renamed.md": "# Renamed\n\nIt is here, until it is renamed.\n"})
    commit(root)
    git(root, "mv", "docs/links/renamed.md", "docs/links/newname.md")
    write(root, {"published-urls.txt": LEDGER})
    commit(root)
    parts = []

    def type_(*words: str) -> str:
        ran = run(*words, cwd=root)
        parts.append(f"$ {' '.join(words)}\n{output(ran)}-> {ran.returncode}\n")
        return output(ran)

    write(root, {"redirects.yml": ODD})
    type_("unbroken", "check", "--map")
    write(root, {"redirects.yml": MAP})
    built = run("mkdocs", "build", "--strict", cwd=root)
    checked = type_("unbroken", "check", "--all", "--orphans").splitlines()
    # A build says what a check does, but for headings' history and what was asked for.
    ours = [line.partition("unbroken: ")[2] for line in output(built).splitlines() if "  unbroken: " in line]
    more = (line for line in ours if line not in checked)
    less = (line for line in checked if line not in ours)
    head = f"The build -> {built.returncode}; it alone says:"
    parts.append("\n".join([head, *more, "and leaves out:", *less, ""]))
    write(root, {"published-urls.txt": LEDGER.replace("no address\n", "").replace("/../x/\n", "")})
    type_("unbroken", "check", "--fix")
    parts.append(git(root, "diff", "-U0", "--", "docs", "redirects.yml"))
    text = "".join(parts).replace(str(root), "/said")
    text = re.sub(r"(renamed in )[0-9a-f]+", r"\1COMMIT", text)
    # Which page tells more of a code.
    return re.sub(r" ([a-z-]+)(: .*) \(https:\S*/findings/#\1\)$", r" \1\2", text, flags=re.MULTILINE)


def test_every_letter_is_as_expected(tmp_path: Path) -> None:
    assert said(tmp_path) == EXPECTED.read_bytes().decode()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        EXPECTED.write_bytes(said(Path(folder)).encode())
