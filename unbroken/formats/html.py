"""HTML: what a page links to, shows and can be led to, as a browser's parser reads it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from unbroken.formats.nesting import is_too_deep

#: How the names of pages end.
PAGE_ENDINGS = (".html", ".htm")
# The one hidden folder that is for visitors.
_KNOWN = ".well-known"
#: Files larger than this are not read, in bytes.
LARGEST = 64 << 20
#: How a stub says that Unbroken wrote it.
MARK = b'<meta name="generator" content="Unbroken">'
#: How much of a page tells whether it is a stub, in bytes.
HEAD = 4096

# A page that sends its visitor on at once is a stub, whoever wrote it. Builders put this near the top.
_REFRESH = re.compile(rb"""<meta[^>]+http-equiv\s*=\s*["']?refresh["']?[^>]+url\s*=""", re.IGNORECASE)


def is_page_file(name: str) -> bool:
    """Return whether a published file is a page: HTML, and not hidden as what tools leave behind is."""
    if not name.endswith(PAGE_ENDINGS):
        return False
    return not (name.startswith(".") or "/." in name) or name.startswith(f"{_KNOWN}/")


class Page(NamedTuple):
    """What one page says. Only plain values, so that it can be kept between runs.

    Attributes:
        links: every URL that it links to, as written, each once.
        files: every URL that it shows or runs: images, scripts, style sheets.
        anchors: every ``id`` and ``name`` that a fragment can lead to, in order, with repetitions; what a
            drawing says again for its own use is left out.
        kept: those that belong in the ledger: of headings, and of the author's own, not of the theme.
        base: the ``href`` of its ``<base>``, or empty.
        to: where its visitors are sent at once, as written; empty for a page that stays.
        moved: the fragments that it sends elsewhere, each with its URL.
        ours: whether Unbroken wrote the whole page.
    """

    links: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    base: str = ""
    to: str = ""
    moved: tuple[tuple[str, str], ...] = ()
    ours: bool = False


_TELLING = frozenset((
    "a", "area", "link", "base", "meta", "img", "script", "source", "iframe", "frame", "video", "audio",
    "track", "embed", "object", "input", "use", "image",
))  # fmt: skip
# Each look at all elements costs a fourth of parsing, so one finds links, what has an anchor, and any
# element but those that pages have the most of: a list of the few to be found takes twice as long.
_SAYING = (
    ":is(a, [id],"
    " :not(span, li, div, td, p, code, tr, ul, label, path, svg, nav, th, strong, em, table, tbody))"
)
_DRAWN = ":is(svg, svg *)[id]"
#: Elements whose anchors are for the page's own use, and those of which all that is within is.
_OWN = frozenset((
    "input", "label", "button", "form", "script", "style", "noscript", "meta", "link", "title", "svg", "nav",
    "dialog",
))  # fmt: skip
_APART = frozenset(("svg", "nav", "dialog", "math", "pre"))
_APART_ROLES = frozenset(("search", "dialog"))
# What an anchor is within, the better the greater: a page's content is in its articles, or else in its main
# part, or else anywhere but where all is for the page's own use.
_NOWHERE, _ANYWHERE, _IN_MAIN, _IN_ARTICLE = range(4)
#: What themes and extensions make: line numbers, tabs, search, footnotes; a reference puts its object first.
_THEME = re.compile(r"(?:.*--)?__(?!\w*__$)|(?:.*--)?fn(?:ref\d*)?:|mkdocs[-_](?:search|keyboard)")
_LINKING = frozenset(("a", "area", "link", "iframe", "frame"))
#: What shows or runs a file, each with the attributes that name it.
_SOURCES = {
    **dict.fromkeys(("audio", "embed", "img", "input", "script", "source", "track"), ("src",)),
    **dict.fromkeys(("use", "image"), ("href", "xlink:href")),
    "video": ("src", "poster"),
    "object": ("data",),
}
_STYLES = frozenset(
    ("stylesheet", "icon", "preload", "modulepreload", "manifest", "apple-touch-icon", "mask-icon")
)
# What these name is no page of the site, though it may have the same host: a server to be warmed.
_ELSEWHERE = frozenset(("preconnect", "dns-prefetch", "edit"))
_RARE = frozenset(
    ("srcset", "imagesrcset", "data-unbroken-to", "data-unbroken-moves", "data-unbroken-anchors")
)
#: What an <a> may have besides an ``href`` that matters.
_MORE = frozenset(("id", "name", "rel"))
#: Without any of these an element names no URL.
_NAMING = _RARE.union(("href", "xlink:href", "src", "poster", "data", "http-equiv"))
# The texts of the pages that are read together. Interned, each would be interned anew where a cache is read,
# which takes twice as long as all the rest of that.
_TEXTS: dict[str, str] = {}
# Kept from page to page: a page's own one takes longer to make than to use.
_SELECTOR = LexborHTMLParser("").selector
# The parser's own number of an <a>, told sooner than its name.
_A = LexborHTMLParser("<a>").css("a")[0].tag_id


def is_made(anchor: str) -> bool:
    """Return whether a theme or an extension makes an anchor, and no author."""
    return _THEME.match(anchor) is not None


def read_page(data: bytes) -> Page:
    """Return what the bytes of a page say; nothing when it is nested too deeply to be read."""
    return Page() if is_too_deep(data) else read_shallow(data)


def read_shallow(data: bytes) -> Page:
    """Return what the bytes of a page say that is known not to be nested too deeply."""
    tree = LexborHTMLParser(data)
    said = _Said()
    said.take_all(select(_SAYING, tree.root))
    names = _told_apart(said.names, tree)
    return Page(
        _urls([*said.plain, *said.links]),
        _urls(said.files),
        _shared(names),
        _kept(said.named),
        _url(said.base),
        said.to,
        tuple(said.moved),
        is_ours(data),
    )


def expect_many() -> None:
    """Make ready to read many pages."""
    _TEXTS.clear()
    # The C library shall keep what one page needed for the next; to get it from the system anew takes a third
    # of the time. A block of up to 32 MB that was given back tells it to keep twice as much (mallopt(3),
    # M_MMAP_THRESHOLD); a page of 2 MB needs more than 16.
    bytes(24 << 20)


def is_ours(html: bytes) -> bool:
    """Return whether the first bytes of a page say that Unbroken wrote it."""
    return html.find(MARK, 0, HEAD) >= 0


def is_stub(html: bytes) -> bool:
    """Return whether the first bytes of a page say that it sends its visitors on."""
    return is_ours(html) or _REFRESH.search(html, 0, HEAD) is not None


class _Said:
    """What the elements of a page say."""

    def __init__(self) -> None:
        self.plain: list[str] = []
        self.links: list[str] = []
        self.files: list[str] = []
        self.names: list[str] = []
        self.named: list[tuple[str, LexborNode]] = []  # without those of controls and the like
        self.base = self.to = ""
        self.moved: list[tuple[str, str]] = []

    def take_all(self, nodes: list[LexborNode]) -> None:
        """Take what each of the elements says, which are in order; a sample of code is not for following."""
        code = 0  # where the last sample ends, among the elements
        plain, names = self.plain, self.names
        for number, node in enumerate(nodes):
            if node.tag_id == _A:
                # Nearly all of them say no more than this, so it is done here.
                attributes = node.attributes
                if "href" not in attributes or not _MORE.isdisjoint(attributes):
                    self._take_a(node, attributes, number >= code)
                elif number >= code:
                    plain.append(attributes["href"] or "")
                continue
            name = node.tag or ""
            if name in _TELLING:
                attributes = node.attributes
                first = attributes.get("id")
                if number >= code and not _NAMING.isdisjoint(attributes):
                    self._take(name, attributes)
            else:
                first = node.id
                # Most hold nothing that is said, which the next element tells without a look at all of it.
                if (
                    name == "pre"
                    and number >= code
                    and any(_is_within(each, node) for each in nodes[number + 1 : number + 2])
                ):
                    code = number + len(select(_SAYING, node))
            if first:
                names.append(first)
                if name not in _OWN:
                    self.named.append((first, node))

    def _take_a(self, node: LexborNode, attributes: dict[str, str | None], is_followed: bool) -> None:
        names = dict.fromkeys(name for key in ("id", "name") if (name := attributes.get(key)))
        self.names += names
        self.named += ((name, node) for name in names)
        if not is_followed:
            return
        if "rel" in attributes:
            self._take("a", attributes)
        elif "href" in attributes:
            self.plain.append(attributes["href"] or "")
        elif "xlink:href" in attributes and _is_drawn(node):
            self.plain.append(attributes["xlink:href"] or "")

    def _take(self, name: str, attributes: dict[str, str | None]) -> None:
        if name in _LINKING and (use := _use(attributes.get("rel") or "")):
            urls = [attributes[key] or "" for key in ("href", "xlink:href", "src") if key in attributes]
            (self.files if name == "link" and use == "shown" else self.links).extend(urls[:1])
        elif name == "base":
            self.base = self.base or attributes.get("href") or ""
        elif name == "meta" and (attributes.get("http-equiv") or "").lower() == "refresh":
            self.to = self.to or _refresh(attributes.get("content") or "")
        for key in _SOURCES.get(name, ()):
            if key in attributes:
                self.files.append(attributes[key] or "")
                if key == "href":  # where both are, a drawing has this one
                    break
        if _RARE.isdisjoint(attributes):
            return
        for key in ("srcset", "imagesrcset"):
            if key in attributes:
                self.files += [url for _, url in srcset(attributes[key] or "")]
        self.to = attributes.get("data-unbroken-to") or self.to
        for key in ("data-unbroken-moves", "data-unbroken-anchors"):
            if key in attributes:
                self.moved += _moves(attributes[key] or "")


def select(query: str, node: LexborNode | None) -> list[LexborNode]:
    """Return the elements within another one, itself included, that a CSS selector names."""
    return _SELECTOR.find(query, node) if node is not None else []


def _is_within(node: LexborNode | None, other: LexborNode) -> bool:
    """Return whether an element is within another one."""
    place = other.mem_id
    while node is not None and node.mem_id != place:
        node = node.parent
    return node is not None


def _is_drawn(node: LexborNode) -> bool:
    """Return whether a link is in a drawing: its ``xlink:href`` is an ``href`` there, and nothing else."""
    first = node.css_first("[href]")
    return first is not None and first.mem_id == node.mem_id


@lru_cache(maxsize=256)
def _use(rel: str) -> str:
    """Return what a link of some relations is for: followed, shown, or nothing on this site."""
    names = rel.lower().split()
    if not _ELSEWHERE.isdisjoint(names):
        return ""
    return "followed" if _STYLES.isdisjoint(names) else "shown"


def _names(nodes: list[LexborNode]) -> Iterator[str]:
    for node in nodes:
        if first := node.id:
            yield first
        if node.tag == "a" and (second := node.attributes.get("name")) and second != first:
            yield second


def _told_apart(names: list[str], tree: LexborHTMLParser) -> list[str]:
    """Return the anchors among the names of a page, in order."""
    if len(set(names)) == len(names):
        return names
    # Each drawing may have the same names. Where nothing else has one of them, a fragment still leads to it.
    drawn = Counter(_names(select(_DRAWN, tree.root)))
    left = drawn.copy()
    left.update(_doubled(tree))
    others = []
    for name in names:
        left[name] -= 1
        if left[name] < 0:
            others.append(name)
    return [*others, *sorted(drawn.keys() - others)]


def _doubled(tree: LexborHTMLParser) -> Iterator[str]:
    """Yield each name that stands right before what has it as its ``id``, as tables of contents have them."""
    for node in select("a[name]:empty", tree.root):
        name = node.attributes["name"]
        if name and name != node.id and _is_before(node, name):
            yield name


def _is_before(node: LexborNode | None, name: str) -> bool:
    while node is not None:
        after = node.next
        while after is not None and after.is_text_node and not (after.text_content or "").strip():
            after = after.next
        if after is not None:
            return after.id == name
        node = node.parent
    return False


def _kept(named: list[tuple[str, LexborNode]]) -> tuple[str, ...]:
    """Return the anchors of a page's own content, without those that themes and extensions make."""
    known: dict[int, int] = {}
    best, found = _ANYWHERE, list[str]()
    for name, node in named:
        place = _place(node, known)
        if place < best or _role(node) in _APART_ROLES:
            continue
        if place > best:
            best, found = place, []
        found.append(name)
    return _shared(dict.fromkeys(name for name in found if not _THEME.match(name)))


def _place(node: LexborNode, known: dict[int, int]) -> int:
    """Return what an element is within; where the elements round it are is known, or noted."""
    around = []
    within = node.parent
    while within is not None and within.mem_id not in known:
        around.append(within)
        within = within.parent
    place = _ANYWHERE if within is None else known[within.mem_id]
    for each in reversed(around):
        tag, role = each.tag or "", _role(each)
        if place == _NOWHERE or tag in _APART or role in _APART_ROLES:
            place = _NOWHERE
        elif tag == "article":
            place = _IN_ARTICLE
        elif "main" in (tag, role):
            place = max(place, _IN_MAIN)
        known[each.mem_id] = place
    return place


def _role(node: LexborNode) -> str:
    return (node.attributes.get("role") or "").lower()


def _urls(texts: list[str]) -> tuple[str, ...]:
    """Return URLs as a browser reads them, each once."""
    whole = "".join(texts)  # nearly all are in order, which is seen at once
    if " " in whole or not whole.isprintable():
        texts = list(map(_url, texts))
    return _shared(dict.fromkeys(texts))


def _shared(texts: Collection[str]) -> tuple[str, ...]:
    """Return texts that are the same object on every page: most are on many, and kept once, known at once."""
    return tuple(map(_TEXTS.setdefault, texts, texts))


def _url(text: str) -> str:
    # WHATWG URL: white space round it and line ends within it are dropped.
    text = text.strip("\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x1b\x1f ")
    return re.sub("[\t\n\r]", "", text) if not text.isprintable() else text


_CANDIDATE = re.compile(r"[\s,]*([^\s,]\S*)(?:\s+(?:\([^)]*\)?|[^,(])*)?")


def srcset(text: str) -> Iterator[tuple[int, str]]:
    """Yield the URLs of a ``srcset``, each with its offset (HTML, "parse a srcset attribute")."""
    at = 0
    while found := _CANDIDATE.match(text, at):
        url = found[1]
        at = found.end()
        if url.endswith(","):  # no descriptor follows
            at = found.end(1)
            url = url.rstrip(",")
        yield found.start(1), url


_AFTER = re.compile(r"""\s*[\d.]+[;,\s]+url\s*=\s*(?:"([^"]*)|'([^']*)|(.*))""", re.IGNORECASE | re.DOTALL)


def _refresh(content: str) -> str:
    """Return the URL of a meta refresh (HTML, "shared declarative refresh steps")."""
    found = _AFTER.match(content)
    return next(filter(None, found.groups()), "").strip() if found else ""


def _moves(text: str) -> list[tuple[str, str]]:
    try:
        places = json.loads(text)
    except ValueError:
        return []
    return [(str(k), str(v)) for k, v in places.items()] if isinstance(places, dict) else []
