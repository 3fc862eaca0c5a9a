"""Where the links stand in Markdown source, as the renderer of the site has it.

Renderers keep no positions. So a mark is put before each place where a destination may begin, the text is
rendered once, and those marks that come out in a URL stand before a link. What looks like a link and is none
(in code, in a comment, after a backslash) comes out elsewhere or not at all, whatever extensions there are.

A mark is letters and digits, which Markdown leaves alone. What the renderer made of a destination is then
compared with what is written, to find where it ends.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from itertools import count
from typing import NamedTuple, Protocol

from unbroken.formats.front_matter import front_matter
from unbroken.formats.html import srcset
from unbroken.formats.links import Link, placed, snippet_path
from unbroken.formats.nesting import is_too_deep


class Rendering(NamedTuple):
    """What a renderer made of a text.

    Attributes:
        html: the HTML.
        definitions: the destination of every link definition, used or not, as it is written.
        snippets: the path of every file that the text itself includes, as it is written.
    """

    html: str
    definitions: Sequence[str]
    snippets: Sequence[str]


class Markdown(Protocol):
    """A renderer of Markdown."""

    @property
    def has_snippets(self) -> bool:
        """Whether lines like ``--8<-- "file"`` include files."""
        ...

    def render(self, text: str, marks: re.Pattern[str]) -> Rendering:
        """Return what becomes of a text without front matter.

        Args:
            text: the text, in which the path of a snippet may begin with a mark.
            marks: matches a mark.
        """
        ...


def links(text: str, markdown: Markdown, *, page: bool = True) -> list[Link]:
    """Return every link destination in a Markdown text, in the order of their places.

    Definitions that nothing refers to are there as well; e-mail addresses are not, nor what plugins make of a
    text before or after Markdown is rendered.

    Args:
        text: the Markdown text.
        markdown: the site's renderer.
        page: whether it is a page's, and may begin with front matter. What a page includes has none: there
            "Note: ..." in the first line is text.
    """
    begin = _begin(text, page)
    asked = _candidates(text, begin, markdown.has_snippets)
    if not asked:
        return []
    marks = _Marks(text, begin, [each.at for each in asked])
    rendering = markdown.render(_without_surrogates(marks.text), marks.pattern)
    found = []
    for number, shown in marks.shown(rendering).items():
        if link := _confirmed(text, asked[number], shown):
            found.append(link)
    return placed(text, _apart(found))


class Candidates(NamedTuple):
    """What may be links in a text.

    Attributes:
        links: what looks like a link, in the order of their places, be it in code or in a comment.
        complete: whether that is all; if not, only the renderer can tell where some destination ends.
    """

    links: list[Link]
    complete: bool


def candidates(text: str, *, page: bool = True) -> Candidates:
    """Return what may be links in a Markdown text, without rendering it.

    Args:
        text: the Markdown text.
        page: as for ``links``.
    """
    found = []
    complete = True
    for each in _candidates(text, _begin(text, page), snippets=True):
        if each.end < 0:
            complete = False
        elif each.kind != "bare":
            kind = _KINDS.get(each.kind, each.kind)
            if kind == "inline" and _is_image(text, each.at):
                kind = "image"
            found.append((each.destination, each.start, each.end, kind))
    return Candidates(placed(text, found), complete)


def included(text: str, *, page: bool = True) -> list[str]:
    """Return the path of each file that lines of a Markdown text include as a snippet."""
    return [each.destination for each in _snippets(text, _begin(text, page))] if "8<-" in text else []


def is_plain(text: str, link: Link) -> bool:
    """Return whether nothing near a candidate can hide it: no code, no comment, no indentation."""
    line = max(text.rfind("\n", 0, link.start), text.rfind("\r", 0, link.start)) + 1
    before = text[:line]
    written = text[line : link.start]
    block = max(text.rfind(f"{end}{end}", 0, link.start) for end in ("\n", "\r\n", "\r")) + 1
    return not (
        _INDENTED.match(written)
        or "`" in _SAMPLE.sub("", text[block : link.start])
        or "\\[" in written
        or "$" in written
        or len(_FENCE.findall(before)) % 2
        or _HIDING.search(_REMARK.sub("", text[: link.start]))
    )


_FENCE = re.compile(r"(?m)^[ \t>]*(?:`{3,}|~{3,})")
_INDENTED = re.compile(r"(?: {0,3}> ?)*(?: {4}|\t)")
# Code within a line, which has come to its end.
_SAMPLE = re.compile(r"(?<![\\`])(`++)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_HIDING = re.compile(r"<(?:!--|script|style|pre|code|textarea|template|xmp)", re.IGNORECASE)
# Comments with lines of their own have come to their end.
_REMARK = re.compile(r"(?ms)^<!--.*?-->[ \t]*$")


# What may be a link.


class _Candidate(NamedTuple):
    """A place where a destination may begin.

    Attributes:
        start: where it begins.
        at: where a mark does no harm: there, or after the scheme of a URL.
        end: where it ends, as it seems; -1 where only the renderer can tell.
        kind: a link's kind, or ``bare`` for a URL in the text.
        destination: what it says, as it seems.
    """

    start: int
    at: int
    end: int
    kind: str
    destination: str


_KINDS = {"bare": "autolink"}
_ENTITY = re.compile(r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[0-9a-zA-Z]+);")
_ESCAPED = "\\`*_{}[]()>#+-.!|"
_BACKSLASH = re.compile(r"\\([\\`*_{}\[\]()>#+\-.!|])")
_SURROGATE = re.compile("[\udc80-\udcff]")

#: The attributes that hold a URL, and those that hold a list of them.
URL_ATTRIBUTES = (
    *("href", "src", "poster", "cite", "action", "formaction", "background", "longdesc", "xlink:href"),
    "data",  # of an object
)
SET_ATTRIBUTES = ("srcset", "imagesrcset")

_OPENED = re.compile(r"\]\((?:\s[\s>]*(?=<))?[ \t]*(<?)[ \t]*")
_USUAL = re.compile(r"((?:[^\s()\\<>\"']|\\\S|\((?:[^\s()\\<>\"']|\\\S)*+\))*+)\s*(?:\)|\s[\"'])")
_ANGLED = re.compile(r"([^<>\r\n]*+)>")
_DEFINED = re.compile(r"\[([^\[\]]*+)\]:[ \t]*((?:\r\n?|\n)[ \t>]*)?<*(?=([^\s<]\S*))")
_REST = re.compile(r"[^\r\n]*")
# What a mark in front of it would keep from opening a block.
_OPENS_BLOCK = re.compile(r"```|~~~|[>|]|(?:[-*+]|\d+[.)]|===+|---+)$")
_TAG = re.compile(
    r"[!?]|/?(?:address|article|aside|blockquote|center|d[dlt]|details|div|fieldset|fig\w+|footer|form|h[1-6r]|header"
    r"|iframe|li|main|menu|nav|noscript|object|ol|p|pre|script|section|style|summary|table|t\w+|ul|video)>"
)
_PLAIN = re.compile(r"[\w./]")
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*+://)([^<>]*+)>")
_URL = re.compile(r"(?<!\w)(https?://)[^\s<>\"'`]+", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""(?<![\w:-])([a-zA-Z:]++)
        (?:\s*+=\s*+(?:"(?P<d>[^"]*+)"|'(?P<s>[^']*+)')|[ \t]*+=[ \t]*+(?P<u>[^\s>"'`=]++))""",
    re.VERBOSE,
)
_SNIPPET = re.compile(
    r"""[ \t]*(?P<escape>;*)(?:-+8<-+[ \t]+(?P<path>"(?:\\"|[^"])+"|'(?:\\'|[^'])+')|-+8<-+)""",
)
_LINE = re.compile(r"[^\r\n]+")


def _begin(text: str, page: bool) -> int:
    return front_matter(text).body if page else int(text.startswith("\ufeff"))


def _candidates(text: str, begin: int, snippets: bool) -> list[_Candidate]:
    """Return every place where a destination may begin, in their order, each once."""
    found = [*_in_parentheses(text, begin), *_definitions(text, begin)]
    if "<" in text:
        found += _autolinks(text, begin)
    if "=" in text:
        found += _attributes(text, begin)
    if snippets and "8<-" in text:
        found += _snippets(text, begin)
    if "://" in text:
        found += _urls(text, begin)
    result: list[_Candidate] = []
    taken = begin
    for each in sorted(found, key=lambda each: (each.at, each.kind == "bare")):
        if result and each.at == result[-1].at:
            continue
        if each.kind == "bare" and each.start < taken:
            continue  # within another
        result.append(each)
        taken = max(taken, each.end)
    return result


def _in_parentheses(text: str, begin: int) -> Iterator[_Candidate]:
    """Yield what may be the destination of an inline link or an image."""
    for found in _OPENED.finditer(text, begin):
        start = found.end()
        shape = _ANGLED if found[1] else _USUAL
        said = shape.match(text, start)
        written = said[1].rstrip() if said else ""
        end = start + len(written) if said else -1
        yield _Candidate(start, start, end, "inline", _decode(_unescape(written)))


def _definitions(text: str, begin: int) -> Iterator[_Candidate]:
    """Yield what may be the destination of a link definition."""
    end = begin
    for found in _DEFINED.finditer(text, begin):
        token = found[3]
        if found.end(3) > end:
            rest = _REST.match(text, found.end(3))
            assert rest is not None
            end = rest.end()
        tail = text[max(found.end(3), end - 200) : end].rstrip()
        if tail and tail[-1] not in "\"')":
            continue  # more in its line than a title
        start = found.start(3)
        if found[1].startswith("^") and (text[start - 1] == "<" or not _PLAIN.match(token)):
            continue  # the text of a footnote
        if (_TAG if text[start - 1] == "<" else _OPENS_BLOCK).match(token):
            continue
        if found[2] and token.startswith("#") and found[2][-1] in "\r\n>":
            continue
        url = token.rstrip(">")
        yield _Candidate(start, start, start + len(url), "reference", _decode(url))


def _autolinks(text: str, begin: int) -> Iterator[_Candidate]:
    for found in _AUTOLINK.finditer(text, begin):
        yield _Candidate(
            found.start(1), found.start(2), found.end(2), "autolink", _decode(_unescape(found[1] + found[2]))
        )


def _urls(text: str, begin: int) -> Iterator[_Candidate]:
    """Yield each URL in the text, which extensions may make a link of."""
    for found in _URL.finditer(text, begin):
        yield _Candidate(found.start(), found.end(1), found.end(), "bare", found[0])


def _attributes(text: str, begin: int) -> Iterator[_Candidate]:
    """Yield what may be a URL in an attribute of HTML, or of an attribute list."""
    for found in _ATTRIBUTE.finditer(text, begin):
        name = found[1].lower()
        start, end = found.span(found.lastgroup or "u")
        if name in SET_ATTRIBUTES:
            for offset, url in srcset(text[start:end]):
                at = start + offset
                yield _Candidate(at, at, at + len(url), "srcset", _decode(url))
        elif name in URL_ATTRIBUTES:
            yield _Candidate(start, start, end, "html", _decode(text[start:end]).strip())


def _snippets(text: str, begin: int) -> Iterator[_Candidate]:
    """Yield the path of each file that a line includes (pymdownx.snippets)."""
    block = False
    for line in _LINE.finditer(text, begin):
        said = line[0]
        found = _SNIPPET.fullmatch(said) if block or "8<-" in said else None
        if found and found["escape"]:
            continue
        if found and found["path"]:
            if block:
                continue
            at, written = line.start() + found.start("path") + 1, found["path"][1:-1]
        elif found:
            block = not block
            continue
        elif block:
            at, written = line.start(), said
        else:
            continue
        path = snippet_path(written.strip())
        if path and not path.startswith(";"):
            at += len(written) - len(written.lstrip())
            yield _Candidate(at, at, at + len(path), "snippet", path)


def _is_image(text: str, at: int) -> bool:
    """Return whether the brackets before a destination begin with "!"."""
    depth = 0
    for position in range(text.rfind("](", 0, at), max(0, at - 2000), -1):
        if text[position] == "]":
            depth += 1
        elif text[position] == "[":
            depth -= 1
            if not depth:
                return text[position - 1 : position] == "!"
    return False


def _decode(value: str) -> str:
    # Without its semicolon a reference in an attribute stays as it is, so html.unescape would do too much.
    return _ENTITY.sub(lambda found: html.unescape(found[0]), value) if "&" in value else value


def _unescape(value: str) -> str:
    return _BACKSLASH.sub(r"\1", value) if "\\" in value else value


# Marks.


class _Shown(NamedTuple):
    """A mark that came out in a URL.

    Attributes:
        before: what the URL says before it.
        after: what it says after it.
        tag: the element that has the URL; empty for a definition or a snippet.
    """

    before: str
    after: str
    tag: str


class _Marks:
    """The marks in a text.

    Args:
        text: the text without them.
        begin: where its Markdown begins.
        places: where they are put, in their order.

    Attributes:
        text: the Markdown with them.
        pattern: matches one.
    """

    def __init__(self, text: str, begin: int, places: Sequence[int]) -> None:
        self._prefix = next(each for n in count() if (each := f"q{n}zqx") not in text)
        width = len(str(len(places)))
        self.pattern = re.compile(rf"{self._prefix}(\d{{{width}}})z")
        pieces: list[str] = []
        at = begin
        for number, place in enumerate(places):
            pieces += (text[at:place], f"{self._prefix}{number:0{width}}z")
            at = place
        self.text = "".join((*pieces, text[at:]))

    def shown(self, rendering: Rendering) -> dict[int, _Shown]:
        """Return the marks that came out in a URL, each with what is around it."""
        found: dict[int, _Shown] = {}
        for url in rendering.definitions:
            self._note(found, _decode(url), "")
        for url, tag in self._urls(rendering.html):
            self._note(found, url, tag)
        for path in rendering.snippets:
            self._note(found, path, "")
        return found

    def _note(self, found: dict[int, _Shown], url: str, tag: str) -> None:
        mark = self.pattern.search(url)
        if mark:
            after = self.pattern.sub("", url[mark.end() :])
            found.setdefault(int(mark[1]), _Shown(url[: mark.start()], after, tag))

    def _urls(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield each URL that has a mark, and the element it is of."""
        from selectolax.lexbor import LexborHTMLParser

        names = (*URL_ATTRIBUTES, *SET_ATTRIBUTES)
        wanted = ",".join(f'[{name.replace(":", chr(92) + ":")}*="{self._prefix}"]' for name in names)
        if is_too_deep(text.encode()):
            return  # no browser reads it either
        for node in LexborHTMLParser(text).css(wanted):
            for name, value in node.attributes.items():
                if not value or self._prefix not in value:
                    continue
                if name in SET_ATTRIBUTES:
                    yield from ((url, node.tag or "") for _, url in srcset(value))
                elif name in URL_ATTRIBUTES and (name != "data" or node.tag == "object"):
                    yield value, node.tag or ""


def _without_surrogates(text: str) -> str:
    """Return a text with other characters for bytes that were no UTF-8, which no parser of HTML takes."""
    return _SURROGATE.sub(lambda found: chr(ord(found[0]) + _PRIVATE), text)


def _with_surrogates(text: str) -> str:
    return _STOOD_IN.sub(lambda found: chr(ord(found[0]) - _PRIVATE), text)


_PRIVATE = 0x100000
_STOOD_IN = re.compile("[\U0010dc80-\U0010dcff]")


# From what is shown to what is written.

_Found = tuple[str, int, int, str]


def _confirmed(text: str, candidate: _Candidate, shown: _Shown) -> _Found | None:
    """Return destination, start, end and kind of a link; None where what is written is not what came out."""
    start, at, end, kind, guess = candidate
    before, after = _with_surrogates(shown.before), _with_surrogates(shown.after)
    if not shown.tag and kind != "snippet":
        kind = "reference"  # whatever else its destination looks like
    elif kind == "reference":
        kind = "autolink"  # no definition, but the text of a footnote
    if kind in ("html", "srcset", "snippet"):
        return (before + after).strip() if kind == "html" else before + after, start, end, kind
    url = (before + after).strip()
    if kind == "inline" and shown.tag == "img":
        kind = "image"
    if before != text[start:at]:
        if after.strip() == guess:  # an extension leads it elsewhere
            return guess, start, end, kind
        start, end = at - len(before), -1
        if text[start:at] != before:
            return None
    if kind == "bare":
        return (url, start, start + len(url), "autolink") if text.startswith(url, start) else None
    if end >= 0 and url == guess:
        return url, start, end, kind
    span = _written(text, start, url)
    return (url, *span, kind) if span else None


def _written(text: str, start: int, url: str) -> tuple[int, int] | None:
    """Return where a URL is written that begins at a place, or after the white space there."""
    while url and start < len(text) and text[start] in " \t\r\n>" and text[start] != url[0]:
        start += 1
    seen: set[tuple[int, int]] = set()
    waiting = [(start, 0)]
    while waiting and len(seen) < _LONGEST:
        at, done = waiting.pop()
        if done == len(url):
            return start, at
        if (at, done) in seen or at >= len(text):
            continue
        seen.add((at, done))
        # What is tried first is put last.
        written, said = text[at], url[done]
        if written == said:
            waiting.append((at + 1, done + 1))
        if written in "\x02\x03":  # which Python-Markdown has for itself
            waiting.append((at + 1, done))
        elif written == "\x00" and said == "\ufffd":
            waiting.append((at + 1, done + 1))
        elif written in "\r\n" and said == "\n":
            after = at + 2 if text.startswith("\r\n", at) else at + 1
            waiting.append((after, done + 1))
            while after < len(text) and text[after] in " \t>":
                after += 1
                waiting.append((after, done + 1))
        elif written == "\t" and said == " ":
            spaces = len(url) - done - len(url[done:].lstrip(" "))
            waiting += ((at + 1, done + width) for width in range(1, min(spaces, 4) + 1))
        elif written == "\\" and text[at + 1 : at + 2] == said and said in _ESCAPED:
            waiting.append((at + 2, done + 1))
        elif written == "&" and (entity := _ENTITY.match(text, at)):
            meant = html.unescape(entity[0])
            if url.startswith(meant, done):
                waiting.append((entity.end(), done + len(meant)))
    return None


# Ways that are tried to read a destination: nobody writes one as long as this.
_LONGEST = 50_000


def _apart(found: list[_Found]) -> Iterator[_Found]:
    """Yield what is not within another one."""
    last = -1
    for each in sorted(found, key=lambda each: (each[1], -each[2])):
        if each[1] >= last:
            yield each
            last = max(last, each[2])
