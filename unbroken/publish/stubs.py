"""The page that stands at an old address where no rule answers.

It leads on in three ways, each where the one before it fails: a script, which keeps the visitor's query and
fragment; a meta refresh, which search engines take for a redirect; and a link. It has the title, description
and Open Graph data of the page that it leads to, so that links to the old address are shown as that page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from typing import NamedTuple
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from unbroken.formats.html import MARK, select
from unbroken.model.addresses import Address, href, relative
from unbroken.model.plan import Answer, Plan
from unbroken.model.redirects import Target

#: The one script, for stubs and for pages whose anchors have moved.
SCRIPT = "assets/unbroken.js"
#: What a page says of itself stands well within this many bytes.
HEAD = 64 << 10

_HEAD_END = re.compile(rb"</head>\s*<body[\s>]")
_WAIT = 5  # seconds
_TITLE = "This page has moved"
# What a preview takes from a page: the names of <meta>, exact or with what begins so.
_TOLD = ("description", "og:", "article:", "twitter:")
_URLS = ("og:url", "og:image", "og:image:url", "og:image:secure_url", "og:audio", "og:video", "twitter:image")
_MOST, _LONGEST = 40, 2_000


class Preview(NamedTuple):
    """What a page says of itself to those who link to it.

    Attributes:
        title: its title, or empty.
        meta: the attribute that names it, the name and the content of each ``<meta>``, in order.
    """

    title: str = ""
    meta: tuple[tuple[str, str, str], ...] = ()


def head_of(html: bytes) -> bytes:
    """Return the head of a page; empty where it does not end as heads do, or has no title."""
    end = _HEAD_END.search(html, 0, HEAD)
    head = html[: end.start()] if end else b""
    return head if b"<title" in head else b""


def preview(head: bytes) -> Preview:
    """Return what the first bytes of a page say of it."""
    title: str | None = None
    meta: list[tuple[str, str, str]] = []
    for tag in select(":is(title, meta[content])", LexborHTMLParser(head).root):
        if tag.tag == "title":
            title = " ".join(tag.text().split()) if title is None else title
            continue
        said = tag.attributes
        attribute = "property" if said.get("property") else "name"
        name = (said.get(attribute) or "").strip()
        content = " ".join((said.get("content") or "").split())[:_LONGEST]
        if name.startswith(_TOLD) and content and len(meta) < _MOST:
            meta.append((attribute, name, content))
    return Preview(title or "", tuple(meta))


def stub(answer: Answer, plan: Plan, told: Preview) -> str:
    """Return the stub for an old address.

    Args:
        answer: where the address leads.
        plan: the plan for the site.
        told: what the page that it leads to says of itself.
    """
    target = answer.target
    link = escape(href(answer.source, target))
    page = target if isinstance(target, str) else Address(target.path)
    canonical = page if isinstance(page, str) else href(answer.source, page)
    if plan.site_url and isinstance(page, Address):
        canonical = _root(plan.site_url) + page.path.lstrip("/")
    shown = target if isinstance(target, str) else plan.url(target)
    anchors = f' data-unbroken-anchors="{json_of(answer.source, answer.anchors)}"' if answer.anchors else ""
    meta = "".join(f"{line}\n" for line in _meta(told, canonical))
    # Where the browser may keep a redirect back to here, a refresh goes round: it gives the script time.
    renew, wait = (" data-unbroken-renew", _WAIT) if answer.renews else ("", 0)
    # The script stands before the refresh: the first refresh of a document counts, and it makes that one.
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
{MARK.decode()}
<script src="{relative(answer.source, "/" + SCRIPT)}" data-unbroken-to="{link}"{anchors}{renew}></script>
<meta http-equiv="refresh" content="{wait}; url={link}">
<link rel="canonical" href="{escape(canonical)}">
<title>{escape(told.title or _TITLE)}</title>
{meta}<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
</head>
<body>
<p>This page has moved to <a href="{link}">{escape(shown)}</a>.</p>
</body>
</html>
"""


@lru_cache(maxsize=8)
def _root(site_url: str) -> str:
    """Return the URL of a site's root, without the query that its setting may have."""
    return urljoin(site_url, ".")


def _meta(told: Preview, canonical: str) -> list[str]:
    lines = []
    for attribute, name, content in told.meta:
        if name in _URLS:
            # As the page itself would be read: relative to where it stands.
            content = urljoin(canonical, content)
            if not content.startswith(("https://", "http://")):
                continue
        lines.append(f'<meta {attribute}="{escape(name)}" content="{escape(content)}">')
    return lines


def json_of(here: str, anchors: Mapping[str, Target]) -> str:
    """Return where fragments lead from an address path, as JSON in an attribute."""
    places = {fragment: href(here, target) for fragment, target in sorted(anchors.items())}
    return escape(json.dumps(places, ensure_ascii=False, separators=(",", ":")))
