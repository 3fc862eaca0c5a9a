"""Read a built site: what it publishes, which of it are stubs, and what its pages say.

Pages are read as tokens, as the HTML standard's section 13.2.5 makes them, and no tree is built: depth and
broken nesting cost nothing, and a page of any size takes time in proportion to it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from html import unescape
from itertools import filterfalse
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from unbroken.model.addresses import Address, file_address
from unbroken.model.redirects import RedirectMap
from unbroken.workspace.parallel import apart

if TYPE_CHECKING:
    from unbroken.workspace.cache import Cache

#: How a stub says that Unbroken wrote it.
MARK = b'<meta name="generator" content="Unbroken">'
#: Files larger than this are not read, in bytes.
LARGEST = 64 << 20

# A page that sends its visitor on at once is a stub, whoever wrote it. Builders put this near the top.
_REFRESH = re.compile(rb"""<meta[^>]+http-equiv\s*=\s*["']?refresh["']?[^>]+url\s*=""", re.IGNORECASE)
_HEAD = 4096
#: How the names of pages end.
PAGE_ENDINGS = (".html", ".htm")
# From this many pages on a second process pays.
_MANY = 400


#: What the page for unknown addresses reads, relative to the site directory.
LOOKUP = "assets/unbroken-lookup.json"


class Page(NamedTuple):
    """What one page says. Only plain values, so that it can be kept between runs.

    Attributes:
        links: every URL that it links to, as written, each once.
        files: every URL that it shows or runs: images, scripts, style sheets.
        anchors: every ``id`` and ``name`` that a fragment can lead to, in order, with repetitions.
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


# Tokens. "S" is what HTML calls white space.

_S = rb"[\t\n\f\r ]"
# Quotation marks count only after "=". Every repetition is possessive, so none is tried twice.
_REST = rb"(?:[^>=]++|=" + _S + rb"""*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))?+)*+"""
_RAW = ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
_RAW_NAMES = "|".join(_RAW).encode()
# What matters nearly always: start tags, a few end tags, and elements of raw text as a whole; the frequent
# tags that cannot matter are passed over at once. It is right unless a ">" stands in a value or in a comment;
# ``_read_tag`` notices, and the exact pattern takes over.
_VALUE = rb"\"[^\"<>]*+\""
_PASSED = (
    rb"/(?!(?:pre|template|article|main|footer)>)[a-z0-9]++>|p>|li>|t[dhr]>"
    rb"|(?:span|li|div|ul|path|nav) (?:class|d)=" + _VALUE + rb"/?>"
    rb"|svg xmlns=" + _VALUE + rb" viewBox=" + _VALUE + rb">"
    rb"|meta name=" + _VALUE + rb" content=" + _VALUE + rb">"
)  # fmt: skip
_ELEMENT = (
    rb"(?:" + _RAW_NAMES + rb")(?=[\t\n\f\r />])[^>]*+>"
    rb"[^<]*+(?:<(?!/(?:" + _RAW_NAMES + rb"))[^<]*+)*+(?:</|\Z)"
)  # fmt: skip
_QUICK = re.compile(
    rb"<(?!" + _PASSED + rb")"
    rb"(?:[a-hj-mo-ru-wyzA-Z!?/]|" + _ELEMENT + rb"|[instx])"
    rb"[^>]*+(?:>|\Z)"
)  # fmt: skip
# The tags that come by the thousand, each with one plain value.
_EASY = re.compile(
    rb'<(?:(?:a(?: class="[^"<>]*+")?|link rel="(?:canonical|next|prev)") href="([!#-%\'-~]*+)"'
    rb'(?: (?:class|title|target)="[^"<>]*+")*+|h[1-6] id="([!#-%\'-~]*+)"(?: class="[^"<>]*+")?)>'
)
_EXACT = re.compile(
    rb"<(?:/?[a-zA-Z]" + _REST + rb"(?:>|\Z)|!--(?:-?>|(?s:.*?)(?:--!?>|\Z))|[!?/][^>]*+(?:>|\Z))"
)
_NAME = re.compile(rb"</?([a-zA-Z][^\t\n\f\r />]*+)")
_ATTRIBUTE = re.compile(
    rb"[\t\n\f\r /]*+([^\t\n\f\r />][^\t\n\f\r />=]*+)"
    rb"(?:" + _S + rb"*+=" + _S + rb"""*+(?:"([^"]*+)(?:"|\Z)|'([^']*+)(?:'|\Z)|([^\t\n\f\r >]*+)))?+"""
)
_WHOLE_TAG = re.compile(rb"</?[a-zA-Z]" + _REST + rb">")
_ENDS = {name: re.compile(rf"</{name}(?=[\t\n\f\r />])".encode(), re.IGNORECASE) for name in _RAW}
#: The attributes that hold a URL, each with the elements on which it does.
_LINKS = {
    b"href": frozenset(("a", "area", "base", "link", "use", "image")),
    b"xlink:href": frozenset(("a", "use", "image")),
    b"src": frozenset(
        ("audio", "embed", "frame", "iframe", "img", "input", "script", "source", "track", "video")
    ),
    b"poster": frozenset(("video",)),
    b"data": frozenset(("object",)),
}
_SETS = (b"srcset", b"imagesrcset")
_SHOWS = frozenset(
    ("img", "script", "source", "video", "audio", "track", "embed", "object", "use", "image", "input")
)
_STYLES = frozenset(
    ("stylesheet", "icon", "preload", "modulepreload", "manifest", "apple-touch-icon", "mask-icon")
)
# What these name is no page of the site, though it may have the same host: an editor, a server to be warmed.
_ELSEWHERE = (b"edit", b"preconnect", b"dns-prefetch")
# Anchors of these are for the page's own use: controls, and the insides of drawings.
_INNER = frozenset(
    """
    input label button form svg g path defs marker symbol use rect circle ellipse line polygon polyline text
    tspan image mask filter pattern stop style title desc clippath lineargradient radialgradient
    script noscript meta link
    """.split()  # noqa: SIM905
)
#: What themes and extensions make: line numbers, tabs, search, footnotes.
_THEME = re.compile(r"__|fn(?:ref\d*)?:")
_NESTED = frozenset(("pre", "template", "article", "main", "footer"))


class _Tag(NamedTuple):
    """What one tag says."""

    name: str
    end: bool = False
    links: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()


#: A tag; or only its one link or, second, its one anchor, for those that come by the thousand.
_Said = _Tag | tuple[str, str]

_UNCLEAR = _Tag("")
# Pages of one site share most of their tags, so each is taken apart once.
_known: dict[bytes, _Said] = {}
_dull: set[bytes] = set()
_MOST = 50_000
# Pages from here on, in bytes, are read tag by tag, so that not all their tags are in memory at once.
_LARGE = 4 << 20


def _read_tag(text: bytes) -> _Said | None:
    """Return what a tag says, or None when it says nothing that matters here."""
    found = _NAME.match(text)
    if not found:
        if text.startswith(b"<!--"):
            return None if text.endswith((b"-->", b"--!>")) else _UNCLEAR
        return _UNCLEAR if text.startswith((b"<![CDATA[", b"</")) or not text.endswith(b">") else None
    name = found[1].decode("utf-8", "replace").lower()
    end = text.startswith(b"</")
    closed = _WHOLE_TAG.match(text)
    if not closed:
        return _UNCLEAR
    if name in _ENDS and not end:
        # The whole element, up to the first end tag of its own; in a drawing "<title/>" has no text.
        ending = _ENDS[name].search(text, closed.end())
        if not ending or closed[0].endswith(b"/>") or text.find(b">", ending.end()) != len(text) - 1:
            return _UNCLEAR
    elif closed.end() != len(text):
        return _UNCLEAR
    if end:
        return _Tag(name, end) if name in _NESTED else None
    links: list[str] = []
    files: list[str] = []
    anchors: list[str] = []
    others: list[tuple[str, str]] = []
    seen: set[bytes] = set()
    rel = b""
    for attribute in _ATTRIBUTE.finditer(text, found.end(), closed.end() - 1):
        key = attribute[1].lower()
        if key in seen:
            continue  # HTML: the first of its name counts
        seen.add(key)
        raw = attribute[2] or attribute[3] or attribute[4] or b""
        if name in _LINKS.get(key, ()):
            (files if name in _SHOWS else links).append(_url(raw))
        elif key in _SETS:
            files += _candidates(_text(raw))
        elif key == b"id" or (key == b"name" and name == "a"):
            if raw and (value := _text(raw)) not in anchors:
                anchors.append(value)
        elif key == b"rel":
            rel = raw.lower()
        elif key in (b"role", b"http-equiv", b"content") or key.startswith(b"data-unbroken-"):
            others.append((key.decode(), _text(raw)))
    if name == "link" and not _STYLES.isdisjoint(rel.decode("ascii", "replace").split()):
        files, links = links + files, []
    if rel in _ELSEWHERE:
        links = []
    says = links or files or anchors or name == "meta" or name in _NESTED
    if not says and not any(key == "role" or key.startswith("data-") for key, _ in others):
        return None
    if len(links) == 1 and not (files or anchors or others) and name in ("a", "area", "link"):
        return links[0], ""
    return _Tag(name, False, tuple(links), tuple(files), tuple(anchors), tuple(others))


def _text(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    return unescape(text) if "&" in text else text


def _url(raw: bytes) -> str:
    # WHATWG URL: white space round it and line ends within it are dropped.
    text = _text(raw).strip("\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x1b\x1f ")
    return re.sub("[\t\n\r]", "", text) if not text.isprintable() else text


_CANDIDATE = re.compile(r"[\s,]*([^\s,]\S*)(?:\s+[^,]*)?")


def _candidates(text: str) -> Iterator[str]:
    """Yield the URLs of a ``srcset`` (HTML, "parse a srcset attribute")."""
    at = 0
    while found := _CANDIDATE.match(text, at):
        url = found[1]
        at = found.end()
        if url.endswith(","):  # no descriptor follows
            at = found.end(1)
            url = url.rstrip(",")
        yield url


def _tokens(data: bytes) -> Iterator[bytes]:
    """Yield every tag exactly; of an element of raw text, its text and end tag as well."""
    at = 0
    drawings = 0
    while found := _EXACT.search(data, at):
        start, at = found.span()
        token = found[0]
        if drawings and token.startswith(b"<![CDATA["):
            end = data.find(b"]]>", start)
            at = end + 3 if end > 0 else len(data)
            continue
        if not token.endswith(b">"):
            return  # a tag that the file's end cuts off is none
        named = _NAME.match(token)
        name = named[1].lower() if named else b""
        if name in (b"svg", b"math"):
            drawings = max(0, drawings + (-1 if token.startswith(b"</") else not token.endswith(b"/>")))
        ends = _ENDS.get(name.decode("ascii", "replace"))
        if ends and not token.startswith(b"</") and not drawings:
            ending = ends.search(data, at)
            at = ending.start() if ending else len(data)
        yield token


def _tags(data: bytes) -> Iterable[_Said]:
    """Return the tags of a page that matter, in order."""
    if len(_dull) + len(_known) > _MOST:
        _dull.clear()
        _known.clear()
    if len(data) >= _LARGE:
        return _exact_tags(data)
    tags: list[_Said] = []
    for text in filterfalse(_dull.__contains__, _QUICK.findall(data)):
        said = _known.get(text) or _say(text)
        if said is _UNCLEAR:
            return _exact_tags(data)
        if said is not None:
            tags.append(said)
    return tags


def _say(text: bytes) -> _Said | None:
    """Return what a tag says that was not seen before, and remember it."""
    said: _Said | None
    if easy := _EASY.fullmatch(text):
        link, anchor = easy.groups()
        said = ("", anchor.decode()) if link is None else (link.decode(), "")
    elif (said := _read_tag(text)) is None:
        _dull.add(text)
        return None
    if said is not _UNCLEAR:
        _known[text] = said
    return said


def _exact_tags(data: bytes) -> Iterator[_Said]:
    for text in _tokens(data):
        named = _NAME.match(text)
        if named and not text.startswith(b"</") and named[1].decode("ascii", "replace").lower() in _ENDS:
            # Read it as the whole element that the quick pattern would have found.
            text = text.removesuffix(b"/>").removesuffix(b">") + b"></" + named[1] + b">"
        if text not in _dull:
            said = _known.get(text) or _say(text)
            if said is not None and said is not _UNCLEAR:
                yield said
        if len(_dull) + len(_known) > _MOST:
            _dull.clear()
            _known.clear()


def read_page(data: bytes) -> Page:
    """Return what the bytes of a page say."""
    links: list[str] = []
    files: list[str] = []
    anchors: list[str] = []
    loose: list[str] = []
    in_main: list[str] = []
    in_article: list[str] = []
    kept = loose
    depth = dict.fromkeys(_NESTED, 0)
    # What is never closed would hide all that follows.
    nests = {"article", "main", *(n for n in ("pre", "template") if f"</{n}".encode() in data)}
    code = hidden = 0
    is_role = False
    base = to = ""
    moved: list[tuple[str, str]] = []
    for tag in _tags(data):
        if len(tag) == 2:
            link, anchor = tag
            if hidden:
                continue
            if anchor:
                anchors.append(anchor)
                kept.append(anchor)
            elif not code:
                links.append(link)
            continue
        name = tag.name
        if name in _NESTED:
            if not tag.end:
                depth[name] += name in nests
            elif depth[name]:
                depth[name] -= 1
            if name == "footer" and is_role:
                depth["main"] = 0  # which element closes the role cannot be told from tags
            code, hidden = depth["pre"], depth["template"]
            kept = in_article if depth["article"] else in_main if depth["main"] else loose
        if hidden:
            continue
        if tag.anchors:
            anchors += tag.anchors
            if name not in _INNER:
                kept += tag.anchors
        for key, value in tag.attributes:
            if key == "role" and value == "main" and name != "main":
                depth["main"], is_role = 1, True
                kept = in_article if depth["article"] else in_main
            elif key == "http-equiv" and value.lower() == "refresh":
                to = to or _refresh(dict(tag.attributes).get("content", ""))
            elif key == "data-unbroken-to":
                to = value
            elif key in ("data-unbroken-moves", "data-unbroken-anchors"):
                moved += _moves(value)
        if name == "base":
            base = base or next(iter(tag.links), "")
        elif not code:
            links += tag.links
            files += tag.files
    inside = in_article or in_main or loose
    return Page(
        tuple(dict.fromkeys(links)),
        tuple(dict.fromkeys(files)),
        tuple(anchors),
        tuple(dict.fromkeys(name for name in inside if not _THEME.match(name))),
        base,
        to,
        tuple(moved),
        MARK in data[:_HEAD],
    )


_CONTENT = re.compile(r"""\s*[\d.]+[;,\s]+url\s*=\s*(?:"([^"]*)|'([^']*)|(.*))""", re.IGNORECASE | re.DOTALL)


def _refresh(content: str) -> str:
    """Return the URL of a meta refresh (HTML, "shared declarative refresh steps")."""
    found = _CONTENT.match(content)
    return next(filter(None, found.groups()), "").strip() if found else ""


def _moves(text: str) -> list[tuple[str, str]]:
    try:
        places = json.loads(text)
    except ValueError:
        return []
    return [(str(k), str(v)) for k, v in places.items()] if isinstance(places, dict) else []


class Site:
    """A built site on disk.

    Attributes:
        root: the site directory.
        files: every published page and file by its address path, relative to the root.
        stubs: every stub by its address path, relative to the root.
        ours: the address paths of those stubs that Unbroken wrote.
        faults: every file that could not be read, relative to the root, with the reason.
    """

    def __init__(
        self,
        root: Path,
        *,
        whole: bool = False,
        cache: Cache | None = None,
        watch: Callable[[list[str]], Iterable[str]] = iter,
    ) -> None:
        """Read the names below a site directory, and its pages: their first lines, or whole.

        Args:
            root: the site directory.
            whole: read each page whole, now.
            cache: what was read before.
            watch: passes the names on while it shows how far they are.

        Raises:
            NotADirectoryError: there is no such directory.
        """
        if not root.is_dir():
            raise NotADirectoryError(root)
        self.root = root
        self.files: dict[str, str] = {}
        self.stubs: dict[str, str] = {}
        self.ours: set[str] = set()
        self.faults: dict[str, str] = {}
        self._cache = cache
        self._pages: dict[str, Page] = {}
        self._anchors: dict[str, frozenset[str] | None] = {}
        below = f"{root}{os.sep}"
        names = sorted(_names(str(root), "", self.faults))
        read = self._read_all([name for name in names if name.endswith(PAGE_ENDINGS)], watch) if whole else {}
        for file in names:
            path = file_address(file)
            ours = stub = False
            if file in read:
                page = self._pages[path] = read[file]
                ours, stub = page.ours, bool(page.to)
            elif file.endswith(PAGE_ENDINGS):
                head = _head(below + file)
                ours = MARK in head
                stub = ours or _REFRESH.search(head) is not None
            if ours:
                self.ours.add(path)
            (self.stubs if stub or ours else self.files)[path] = file
        for path in self.stubs:
            # What stands there in Markdown, for machines, is a stub as well.
            self.files.pop(f"{path}index.md", None)

    def _read_all(self, files: list[str], watch: Callable[[list[str]], Iterable[str]]) -> dict[str, Page]:
        """Read many pages, half of them in a second process where that saves time."""
        # Every other one, because stubs and pages tend to stand apart and weigh so differently.
        theirs = files[1::2]
        second = apart(lambda: self._read_half(theirs)) if len(files) >= _MANY else None
        pages = {file: self._read(file) for file in watch(files if second is None else files[::2])}
        if second is None:
            return pages
        came = second()
        if came is None:
            return pages | {file: self._read(file) for file in theirs}
        found, faults, kept = came
        self.faults |= faults
        if self._cache:
            self._cache.take(kept)
        return pages | {file: Page(*page) for file, page in found.items()}

    def _read_half(self, files: list[str]) -> tuple[dict[str, tuple[object, ...]], dict[str, str], object]:
        pages = {file: tuple(self._read(file)) for file in files}
        faults = {file: self.faults[file] for file in files if file in self.faults}
        return pages, faults, self._cache.given(files) if self._cache else None

    @property
    def paths(self) -> AbstractSet[str]:
        """The address path of every page and every other file, stubs left out."""
        return self.files.keys()

    def page(self, path: str) -> Page | None:
        """Return what the page or stub at an address path says; None for what is not one."""
        page = self._pages.get(path)
        if page is None:
            file = self.files.get(path) or self.stubs.get(path, "")
            if not file.endswith(PAGE_ENDINGS):
                return None
            page = self._pages[path] = self._read(file)
        return page

    def anchors(self, path: str) -> frozenset[str] | None:
        """Return every anchor of the page at an address path; None for what is not a page."""
        if path not in self._anchors:
            page = self.page(path) if path in self.files else None
            self._anchors[path] = frozenset(page.anchors) if page else None
        return self._anchors[path]

    def pages(self) -> Iterator[tuple[str, Page]]:
        """Yield every page, stubs left out, with its address path."""
        for path, file in self.files.items():
            if file.endswith(PAGE_ENDINGS) and (page := self.page(path)):
                yield path, page

    def _read(self, file: str) -> Page:
        path = f"{self.root}{os.sep}{file}"
        try:
            if self._cache:
                return Page(*self._cache.recall(path, file, read_file, read_page))
            return read_page(read_file(path))
        except OSError as error:
            self.faults[file] = error.strerror or str(error)
        return Page()


def read_file(path: str) -> bytes:
    """Return the bytes of a page.

    Raises:
        OSError: it cannot be read, or is too large, or no text.
    """
    with open(path, "rb") as stream:
        data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise OSError(27, f"it is larger than {LARGEST >> 20} MB")
    if b"\0" in data:
        raise OSError(84, "it is not text in UTF-8")
    return data


def _names(root: str, below: str, faults: dict[str, str]) -> Iterator[str]:
    """Yield every file below a folder; links that lead out of it are not followed."""
    try:
        entries = list(os.scandir(f"{root}{os.sep}{below}"))
    except OSError as error:
        faults[below.rstrip("/") or "."] = error.strerror or str(error)
        return
    for entry in entries:
        name = below + entry.name
        if entry.is_symlink():
            real = os.path.realpath(entry.path)
            if not real.startswith(os.path.realpath(root) + os.sep):
                faults[name] = "it is a link that leaves the site"
                continue
        if entry.is_dir(follow_symlinks=False):
            yield from _names(root, name + "/", faults)
        elif entry.is_file():
            yield name


def _head(file: str) -> bytes:
    try:
        with open(file, "rb") as stream:
            return stream.read(_HEAD)
    except OSError:
        return b""


class SiteStubs:
    """The stubs and the moved anchors of a built site.

    Args:
        site: the built site.
        known: the address paths that the map already speaks of.
    """

    def __init__(self, site: Site, known: Iterable[str] = ()) -> None:
        self.site = site
        self.stubs = site.stubs.keys() - set(known)

    def sends(self, address: Address) -> str | None:
        """Return the URL, as written, to which the stub at an address sends its visitor on."""
        path, fragment = address[:2]
        if path not in self.stubs or not (page := self.site.page(path)) or not page.to:
            return None
        if (moved := self._moved(page, fragment)) is not None:
            return moved
        # The visitor's fragment wins over the target's, as in a browser that follows a 301.
        return f"{page.to.partition('#')[0]}#{fragment}" if fragment else page.to

    def moves(self, address: Address) -> str | None:
        """Return the URL, as written, to which a page sends the visitors of an anchor that it has not."""
        page = self.site.page(address.path) if address.path in self.site.files else None
        if page is None or address.fragment in page.anchors:
            return None
        return self._moved(page, address.fragment)

    def _moved(self, page: Page, fragment: str) -> str | None:
        return next((url for name, url in page.moved if name == fragment), None) if fragment else None


def settle(site: Site, redirects: RedirectMap, templates: str = "") -> None:
    """Settle what counts as a page of a built site.

    A stub that the map does not speak of is a page like any other; links still follow it. The theme's own
    templates are none, though a builder copies them when they lie among the sources.

    Args:
        site: the site, changed in place.
        redirects: its map.
        templates: the folder of the templates within the site, with a final slash.
    """
    if templates:
        site.files = {path: file for path, file in site.files.items() if not file.startswith(templates)}
    for path, file in site.stubs.items():
        if path not in site.ours and path not in redirects.pages and path not in redirects.anchors:
            site.files[path] = file
