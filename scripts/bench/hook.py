"""A hook of MkDocs for corpora: API references as plugins make them, and minified pages."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

#: Where an API reference belongs, with the number of its page.
_MARK = re.compile(r"<!-- reference (\d+) -->")
_TAG = re.compile(r"<[a-zA-Z][^<>]*>")
_QUOTED = re.compile(r"""(\s[\w:-]+)="([^\s"'`=<>]+)"(?=[\s>])""")
_SPACE = re.compile(r">\s+<")
#: Where white space is content.
_KEPT = re.compile(r"(<(pre|script|style|textarea)\b.*?</\2>)", re.DOTALL)


def on_page_content(html: str, page: Page, config: MkDocsConfig, **_: object) -> str:
    """Put the reference in its place."""
    traits = config.extra["corpus"]
    return _MARK.sub(lambda found: _reference(int(found[1]), traits), html)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Minify the page."""
    return _minified(output) if config.extra["corpus"]["minified"] else output


def _reference(number: int, traits: dict[str, int]) -> str:
    dice = random.Random(f"{traits['seed']} reference {number}")
    module = f"corpus.module{number:05}"
    classes = range(traits["anchors"] // 20)
    parts = [f'<h2 id="{module}" class="doc doc-heading"><code>{module}</code></h2>']
    for one in classes:
        for member in ("", *(f".method_{n}" for n in range(19))):
            name = f"{module}.Class{one}{member}"
            rows = "".join(
                f"<tr class='doc-section-item'><td><code>value_{n}</code></td><td><code>"
                f'<a class="autorefs autorefs-internal" title="{module}.Class{there}" '
                f'href="#{module}.Class{there}.method_{n}">Class{there}</a></code></td>'
                "<td><div class='doc-md-description'><p>What it takes.</p></div></td></tr>"
                for n, there in enumerate(dice.choices(classes, k=2))
            )
            parts.append(
                f'<div class="doc doc-object"><h3 id="{name}" class="doc doc-heading"><code>{name}</code>'
                f'<a href="#{name}" class="headerlink" title="Permanent link">&para;</a></h3>'
                f'<div class="doc doc-contents"><table><tbody>{rows}</tbody></table></div></div>'
            )
    return "\n".join(parts)


def _minified(html: str) -> str:
    pieces = _KEPT.split(html)
    for at in range(0, len(pieces), 3):
        bare = _TAG.sub(lambda tag: _QUOTED.sub(r"\1=\2", tag[0]), pieces[at])
        pieces[at] = _SPACE.sub("><", bare)
        if at + 2 < len(pieces):
            pieces[at + 2] = ""  # the name that the pattern looked back to
    return "".join(pieces)
