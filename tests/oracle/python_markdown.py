"""Find the links in Markdown source by knowing Python-Markdown by heart: what the package is compared with.

The reading is Python-Markdown's with the extensions that Material sites use (admonition, attr_list, def_list,
footnotes, md_in_html, tables, pymdownx details, snippets, superfences and tabbed), and not CommonMark's: the
same steps in the same order, on text that knows where each of its characters came from. Python-Markdown
itself keeps no positions, markdown-it-py keeps lines only and reads CommonMark, so this is written out here.

Not followed, because Python-Markdown errs there or only a site's configuration can tell: links within the
text of other links (the outer one is found), footnotes defined within footnotes, ``&#`` without a number, and
extensions that are not named above.

A text goes through these views: front matter off, line ends and tabs as one kind, fenced code out, raw HTML
out, blocks, and within each block the inline patterns. What any of them takes out can hold no Markdown link.
Time grows with the length of the text, whatever it holds.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left, bisect_right
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import yaml


@dataclass(frozen=True, slots=True)
class Link:
    """One link destination in a text.

    Attributes:
        destination: the URL as the renderer sees it: entities decoded, backslash escapes undone, but
            percent-encoding as written. For a snippet the path, without line numbers or section.
        start: where the destination begins in the text, in characters from 0; quotation marks and angle
            brackets stand outside.
        end: where it ends.
        line: the line of ``start``, counted from 1; CRLF, CR and LF each end one.
        column: the character in that line, counted from 1; a byte order mark does not count.
        kind: ``inline``, ``image``, ``reference`` (a definition), ``autolink``, ``html`` (an attribute),
            ``srcset`` (one URL of it), ``css`` (in a style sheet), or ``snippet``.
    """

    destination: str
    start: int
    end: int
    line: int
    column: int
    kind: str


def links(text: str, *, page: bool = True) -> list[Link]:
    """Return every link destination in a Markdown text, in the order of their places.

    Definitions that nothing refers to are there as well; e-mail addresses and bare URLs are not.

    Args:
        text: the Markdown text.
        page: whether it is a page's, and may begin with front matter. What a page includes has none: there
            "Note: ..." in the first line is text.
    """
    found = sorted(set(_Document(text, page).found))
    if not found:
        return []
    lines = [0, *(m.end() for m in _LINE_END.finditer(text))]
    bom = 1 if text.startswith("\ufeff") else 0
    result = []
    for start, end, kind, destination in found:
        line = bisect_right(lines, start)
        column = start - lines[line - 1] + 1 - (bom if line == 1 else 0)
        result.append(Link(destination, start, end, line, column, kind))
    return result


_LINE_END = re.compile(r"\r\n?|\n")
_ENTITY = re.compile(r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[0-9a-zA-Z]+);")
_ESCAPED = "\\`*_{}[]()>#+-.!|"


# Views: a text made from another, and the way back.


class _View:
    """A text made from a range of another by replacing parts of it.

    Attributes:
        text: the text.
    """

    def __init__(
        self,
        parent: _View | None,
        start: int,
        end: int,
        edits: Sequence[tuple[int, int, str]],
        text: str = "",
    ) -> None:
        self.parent = parent
        whole: str = parent.text if parent else text
        pieces: list[str] = []
        self._at: list[int] = []
        self._to: list[int] = []
        at = 0
        for left, right, new in (*edits, (end, end, "")):
            self._at += (at, at + left - start)
            self._to += (start, left)
            pieces += (whole[start:left], new)
            at += left - start + len(new)
            start = right
        self.text: str = "".join(pieces)

    def back(self, position: int) -> int:
        """Return where a position of this text is in the first text of all."""
        piece = bisect_right(self._at, position) - 1
        found = self._to[piece] + position - self._at[piece]
        if piece % 2:  # within a replacement
            found = self._to[piece]
        return self.parent.back(found) if self.parent else found


def _body(text: str) -> int:
    """Return where the Markdown begins: after byte order mark and front matter, as MkDocs reads them."""
    start = 1 if text.startswith("\ufeff") else 0
    found = _FRONT.match(text, start)
    if found:
        return found.end() if _is_mapping(found[1]) else start
    # MultiMarkdown's metadata has no fence: "key: value" lines up to the first that is none.
    at, key = start, False
    while at < len(text):
        line = _LINE.match(text, at)
        assert line is not None
        if not line[0].strip():
            return line.end()
        if _META.match(line[0]):
            key = True
        elif not (key and _META_MORE.match(line[0])):
            break
        at = line.end()
    return at


_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)?")
_FRONT = re.compile(
    r"---[ \t]*(?:\r\n?|\n)((?:(?!(?:\.\.\.|---)[ \t]*[\r\n])[^\r\n]*(?:\r\n?|\n))+)"
    r"(?:\.\.\.|---)[ \t]*(?:\r\n?|\n)"
)
_META = re.compile(r" {0,3}[A-Za-z0-9_-]+:")
_META_MORE = re.compile(r"(?: {4}|\t)")


def _is_mapping(front: str) -> bool:
    """Say whether YAML text is a mapping, by its events: composing it could overflow the stack."""
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", front):
        depth += 1 if bracket in "[{" else -1
        if depth > 500:  # which would take quadratic time
            return False
    first: object = None
    anchors: set[str] = set()
    try:
        for event in yaml.parse(front, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, yaml.NodeEvent):
                if isinstance(event, yaml.AliasEvent):
                    if event.anchor not in anchors:
                        return False
                elif event.anchor:
                    anchors.add(event.anchor)
                tag = getattr(event, "tag", None)
                if tag not in (None, "!") and not tag.startswith("tag:yaml.org,2002:"):
                    return False
                if first is None:
                    first = event
    except (yaml.YAMLError, RecursionError, ValueError):
        return False
    return isinstance(first, yaml.MappingStartEvent)


def _normal(text: str, start: int) -> _View:
    """Return the text with LF line ends, tabs as spaces, and without Python-Markdown's own STX and ETX."""
    edits: list[tuple[int, int, str]] = []
    line, shift = start, 0
    for found in _SPECIAL.finditer(text, start):
        at, kind = found.start(), found[0]
        if kind == "\t":
            width = 4 - (at - line + shift) % 4
            edits.append((at, at + 1, " " * width))
            shift += width - 1
        elif kind in "\x02\x03":
            edits.append((at, at + 1, ""))
            shift -= 1
        else:
            if kind != "\n":
                edits.append((at, found.end(), "\n"))
            line, shift = found.end(), 0
    root = _View(None, 0, len(text), (), text)
    return _View(root, start, len(text), edits)


_SPECIAL = re.compile("\r\n?|[\n\t\x02\x03]")

# What stands for something taken out: it is no space and nothing that Markdown knows.
_GONE = "\x02"
# What stands for an element whose content is Markdown of its own.
_ELEMENT = "\x03"


class _Line(NamedTuple):
    """A line, or the rest of one, and where it begins in its view."""

    text: str
    at: int

    def rest(self, count: int) -> _Line:
        return _Line(self.text[count:], self.at + count)


def _lines(text: str) -> list[_Line]:
    result, at = [], 0
    for line in text.split("\n"):
        result.append(_Line(line, at))
        at += len(line) + 1
    return result


_Found = tuple[int, int, str, str]


class _Document:
    """Read one text.

    Attributes:
        found: start, end, kind and destination of each link.
    """

    def __init__(self, text: str, page: bool) -> None:
        self.found: list[_Found] = []
        self.source = text
        self.references: set[str] = set()
        self.notes: set[str] = set()
        self.leaves: list[tuple[_View, list[_Line]]] = []
        view = _normal(text, _body(text) if page else int(text.startswith("\ufeff")))
        if "8<-" in view.text:
            view = self._snippets(view)
        if "```" in view.text or "~~~" in view.text:
            view = _View(view, 0, len(view.text), list(_fences(_lines(view.text))))
        for part, inline in _Html(self, view).parts:
            if inline:
                self.leaves.append((part, _lines(part.text)))
            else:
                _Blocks(self, part).run(_Node("root"), _chunk(_lines(part.text)))
        # Only now is every definition known.
        for part, lines in self.leaves:
            _Inline(self, part, lines)

    def add(self, view: _View, start: int, end: int, kind: str, destination: str) -> None:
        """Note a link whose destination stands in a view."""
        if start < end:
            self.found.append((view.back(start), view.back(end - 1) + 1, kind, destination))
        else:
            at = view.back(start - 1) + 1 if start else view.back(start)
            self.found.append((at, at, kind, destination))

    def attributes(self, view: _View, at: int, tag: str, unescape: bool) -> list[_Found]:
        """Return the links in the attributes of a start tag, in the view's positions."""
        found: list[_Found] = []
        name = _TAG_NAME.match(tag)
        assert name is not None
        seen: set[str] = set()
        for attribute in _ATTRIBUTE.finditer(tag, name.end()):
            key, value = attribute[1].lower(), attribute[2]
            if value is None or key in seen:
                continue
            seen.add(key)
            if key not in _URLS and not (key == "data" and name[1].lower() == "object"):
                continue
            start, end = attribute.span(2)
            if value[:1] in ('"', "'"):
                start, end = start + 1, end - 1
            for left, right in _candidates(tag, start, end) if key in _SETS else [(start, end)]:
                raw = tag[left:right]
                if unescape:
                    raw = _unescape(raw)
                kind = "srcset" if key in _SETS else "html"
                found.append(
                    (at + left, at + right, kind, _decode(raw).strip() if kind == "html" else _decode(raw))
                )
        return found

    def _snippets(self, view: _View) -> _View:
        """Note the snippets that are included, and take their lines out (pymdownx.snippets)."""
        edits: list[tuple[int, int, str]] = []
        block = False
        for line in _lines(view.text):
            found = _SNIPPET.fullmatch(line.text) if block or "8<-" in line.text else None
            gone = _GONE
            if found and found["escape"]:
                gone = line.text.strip()
            elif found and found["path"]:
                if not block:
                    self._snippet(view, line.at + found.start("path") + 1, found["path"][1:-1])
            elif found:
                block = not block
            elif block:
                self._snippet(view, line.at, line.text)
            elif "8<-" not in line.text or not _SECTION.search(line.text):
                continue
            indent = len(line.text) - len(line.text.lstrip(" "))
            edits.append((line.at + indent, line.at + len(line.text), gone))
        return _View(view, 0, len(view.text), edits)

    def _snippet(self, view: _View, at: int, written: str) -> None:
        path = _snippet_path(written.strip())
        if path and not path.startswith(";"):
            at += len(written) - len(written.lstrip())
            self.add(view, at, at + len(path), "snippet", path)


_SNIPPET = re.compile(
    r""" *(?P<escape>;*)(?:-+8<-+ +(?P<path>"(?:\\"|[^"])+"|'(?:\\'|[^'])+')|-+8<-+)""",
)
_SECTION = re.compile(r"(?<!;)(?<!-)-+8<-+ +\[ *(?:start|end) *: *[a-z][-\w]* *\]", re.IGNORECASE | re.ASCII)
_LINES = re.compile(r":-?\d*(?::-?\d*)?(?:,(?=[-\d:])-?\d*(?::-?\d*)?)*|:[a-zA-Z][-\w]*", re.ASCII)


def _snippet_path(written: str) -> str:
    """Return a snippet's path without its line numbers (``:1:5,8``) or section (``:name``)."""
    at = written.find(":")
    while at >= 0:
        if _LINES.fullmatch(written, at):
            return written[:at].strip()
        at = written.find(":", at + 1)
    return written


# Fenced code (pymdownx.superfences).


def _fences(lines: list[_Line]) -> Iterator[tuple[int, int, str]]:
    """Yield an edit for each fenced block: its lines give way to one that keeps the indentation."""
    opened: _Line | None = None
    prefix = fence = ""
    quotes = blank = 0
    for line in lines:
        if opened is None:
            found = _FENCE.match(line.text)
            if found and _is_info(found["info"]):
                opened, prefix, fence = line, found["prefix"], found["fence"]
                quotes, blank = prefix.count(">"), 0
            continue
        here = _PREFIX.match(line.text, 0, len(prefix))
        assert here is not None
        space, content = here[0], line.text[here.end() :]
        closes = content.startswith(fence) and not content[len(fence) :].strip(" ")
        level = space.count(">")
        if quotes:
            if (
                level > quotes
                or (content and len(space) < len(prefix))
                or (content and blank and level < quotes)
            ):
                opened = None
                continue
        elif level or (content and len(space) != len(prefix) and (space + content).strip()):
            opened = None
            continue
        if not content or not (quotes or (space + content).strip()):
            blank += 1
        elif closes:
            yield opened.at + len(prefix), line.at + len(line.text), _GONE
            opened = None
        else:
            blank = 0


_PREFIX = re.compile(r"[> ]*")
_FENCE = re.compile(r"(?P<prefix>[> ]*)(?P<fence>`{3,}|~{3,})(?P<info>.*)")
_INFO = re.compile(
    r"""[ ]*(?:\.?[\w\#.+-]++(?=[ ]|$))?
        (?:[ ]*\{.*\}
          |(?P<options>(?:[ ]*+[a-zA-Z][a-zA-Z0-9_]*+(?:=(?:"[^"]*+"|'[^']*+'))?+(?=[ ]|$))*+))[ ]*""",
    re.VERBOSE,
)
_OPTION = re.compile(r"""([a-zA-Z]\w*)(?:=("[^"]*"|'[^']*'))?""", re.ASCII)
_OPTIONS = {
    "hl_lines": re.compile(r"\d+(?:-\d+)?(?:[ \t]+\d+(?:-\d+)?)*"),
    "linenums": re.compile(r"\d.*"),
    "title": re.compile(".*"),
    "title_mode": re.compile(".*"),
}


def _is_info(info: str) -> bool:
    """Say whether what follows a fence is such that superfences takes the fence: else it is text."""
    found = _INFO.fullmatch(info)
    if not found:
        return False
    for name, value in _OPTION.findall(found["options"] or ""):
        rule = _OPTIONS.get(name)
        if rule is None or not rule.fullmatch(value[1:-1] if value else name):
            return False
    return True


# Raw HTML (markdown.htmlparser and markdown.extensions.md_in_html).

# markdown.util.BLOCK_LEVEL_ELEMENTS, and which of them md_in_html reads how.
_SPAN = frozenset(re.findall(r"\w+", "address dd dt h1 h2 h3 h4 h5 h6 legend li p summary td th"))
_RAW = frozenset(re.findall(r"\w+", "canvas math option pre script style textarea"))
_BLOCK = (_SPAN | _RAW).union(
    re.findall(
        r"\w+",
        """article aside blockquote details div dl fieldset figcaption figure footer form header hgroup hr
        main menu nav ol section table ul colgroup body group html iframe map noscript output object progress
        tbody tfoot thead tr video center""",
    )
)
# Where a link is shown and not followed.
_SHOWN = frozenset(("pre", "code", "textarea", "template", "script", "style", "xmp"))
_URLS = frozenset(
    ("href", "src", "poster", "cite", "action", "formaction", "background", "longdesc", "xlink:href")
).union(("srcset", "imagesrcset"))
_SETS = ("srcset", "imagesrcset")

_START_TAG = re.compile(
    r"""<[a-zA-Z][^`\s/>]*+(?:[\s/]*+(?<=["'\s/])[^`\s/>][^\s/=>]*+
        (?:\s*+=++\s*+(?:'[^']*+'|"[^"]*+"|(?!['"])[^`>\s]*+))?+)*+[\s/]*+""",
    re.VERBOSE,
)
_END_TAG = re.compile(r"</([a-zA-Z][^\s/>]*+)[^>]*+>")
_TAG_NAME = re.compile(r"</?([a-zA-Z][^\s/>]*)")
_ATTRIBUTE = re.compile(r"""([^\s/>=][^\s/=>]*+)(?:\s*+=++\s*+("[^"]*+"|'[^']*+'|[^>\s]*+))?+""")
_COMMENT_END = re.compile(r"--!?>")
_BLANK_LINE = re.compile(r"(?: *\n){2}")


def _candidates(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where each URL of a srcset is (HTML standard, "parse a srcset attribute")."""
    at = start
    while at < end:
        found = _SRC.match(text, at, end)
        if not found or not found[1]:
            return
        left, right = found.span(1)
        stripped = len(found[1].rstrip(","))
        if stripped < right - left:
            yield left, left + stripped
            at = right
            continue
        yield left, right
        at = right
        comma = text.find(",", at, end)
        at = comma if comma >= 0 else end


_SRC = re.compile(r"[\s,]*+(\S*+)")


def _decode(value: str) -> str:
    # Without its semicolon a reference in an attribute stays as it is, so html.unescape would do too much.
    return _ENTITY.sub(lambda found: html.unescape(found[0]), value) if "&" in value else value


def _unescape(value: str) -> str:
    return _BACKSLASH.sub(r"\1", value) if "\\" in value else value


_BACKSLASH = re.compile(r"\\([\\`*_{}\[\]()>#+\-.!|])")


@dataclass(slots=True)
class _Open:
    """An open element that md_in_html reads.

    Attributes:
        tag: its name.
        state: how its content is read: ``block``, ``span`` or ``off``.
        start: where its start tag begins.
        content: where its content begins.
        parts: how many parts there were before it.
        fresh: whether nothing has come in it yet.
        edits: what is replaced in its content.
    """

    tag: str
    state: str
    start: int
    content: int
    parts: int
    fresh: bool = True
    edits: list[tuple[int, int, str]] = field(default_factory=list)


class _Html:
    """Take the raw HTML out of a view.

    Attributes:
        parts: each piece of Markdown that is left, and whether it has inline Markdown only.
    """

    def __init__(self, document: _Document, view: _View) -> None:
        self.document = document
        self.view = view
        self.text = view.text
        self.parts: list[tuple[_View, bool]] = []
        self.edits: list[tuple[int, int, str]] = []
        self.open: list[_Open] = []
        self.stack: list[str] = []  # the tags of the raw block; empty while elements are open
        self.count: Counter[str] = Counter()  # of the tags in either
        self.raw = -1  # where the raw block begins
        self.tail = False  # what follows a block on its last line
        self.line = 0
        # Tags that never end are looked for again and again; this much of that is enough.
        self.patience = 20 * len(self.text) + 100_000
        if "<" in self.text:
            self._read()
        self.parts.append((_View(view, 0, len(self.text), self.edits), False))

    def _read(self) -> None:
        text = self.text
        last = text.rfind(">")
        at = 0
        while True:
            found = text.find("<", at)
            if found < 0 or found > last:
                break
            self._data(at, found)
            at = self._token(found)
        if self.raw >= 0:
            self._replace(self.raw, len(text), _GONE)
        while self.open:
            self._close(len(text), len(text))

    def _data(self, start: int, end: int) -> None:
        if start == end:
            return
        newline = self.text.rfind("\n", start, end)
        if newline >= 0:
            self.line = newline + 1
            self.tail = False
        if self.raw < 0 and self.open:
            self.open[-1].fresh = False

    def _skip(self, start: int, end: int) -> int:
        """Pass over a token, which may hold line ends."""
        newline = self.text.rfind("\n", start, end)
        if newline >= 0:
            self.line = newline + 1
        return end

    def _at_line_start(self, at: int) -> bool:
        return at - self.line <= 3 and not self.text[self.line : at].strip()

    def _replace(self, start: int, end: int, gone: str) -> None:
        edits = self.open[-1].edits if self.open else self.edits
        edits.append((start, end, f"\n\n{gone}\n\n"))

    def _token(self, at: int) -> int:
        text = self.text
        after = text[at + 1 : at + 2]
        if after.isascii() and after.isalpha():
            found = _START_TAG.match(text, at)
            if not found or text[found.end() : found.end() + 1] != ">":
                stop = found.end() if found else at + 1
                self.patience -= stop - at
                # As in html.parser: what cannot be a tag is text, up to where it failed.
                stop = stop if (stop < len(text) and text[stop] not in "=") or self.patience < 0 else at + 1
                self._data(at, max(stop, at + 1))
                return max(stop, at + 1)
            return self._start(at, found.end() + 1)
        if after == "/":
            found = _END_TAG.match(text, at)
            if not found:
                self._data(at, at + 2)
                return at + 2
            self._end(at, found.end(), found[1].lower())
            return self._skip(at, found.end())
        end = -1
        if after == "!":
            if text.startswith("<!--", at):
                closed = _COMMENT_END.search(text, at + 4)
                end = closed.end() if closed else -1
            elif self._at_line_start(at) or self.tail or self.open:
                if text.startswith("<![CDATA[", at):
                    end = text.find("]]>", at) + 3
                elif text[at : at + 9].lower() == "<!doctype":
                    end = text.find(">", at) + 1
        elif after == "?" and (self._at_line_start(at) or self.tail or self.open):
            end = text.find("?>", at) + 2
        if end <= at:
            self._data(at, at + 1)
            return at + 1
        self._empty(at, end, True)
        return self._skip(at, end)

    def _note(self, at: int, end: int) -> None:
        """Note the links of a tag in raw HTML."""
        if not any(self.count[tag] for tag in _SHOWN):
            for found in self.document.attributes(self.view, at, self.text[at:end], False):
                self.document.add(self.view, *found)

    def _empty(self, at: int, end: int, block: bool) -> None:
        """Read what has no content of its own: a comment, a declaration, a tag that closes itself."""
        off = bool(self.open) and self.open[-1].state == "off"
        is_tag = self.text[at + 1] not in "!?"
        if self.raw >= 0 or (self.tail and not self.open):
            if is_tag:
                self._note(at, end)
            if self.raw < 0:
                self.edits.append((at, end, _GONE))
        elif block and self._at_line_start(at):
            if is_tag:
                self._note(at, end)
            self._replace(at, end, _GONE)
            self.tail = not self.open and not _BLANK_LINE.match(self.text, end)
        elif off and is_tag:
            self._note(at, end)
        if self.open and self.raw < 0:
            self.open[-1].fresh = False

    def _start(self, at: int, end: int) -> int:
        text = self.text
        name = _TAG_NAME.match(text, at)
        assert name is not None
        tag = name[1].lower()
        block = tag in _BLOCK
        if text[end - 2] == "/" or (tag == "hr" and (self._at_line_start(at) or self.tail)):
            self._empty(at, end, block)
            return self._skip(at, end)
        begins = self._at_line_start(at) or self.tail
        opened = self.raw >= 0
        if block and self.raw < 0 and (begins or (self.open and self.open[-1].fresh)):
            state = self._state(tag, text[name.end() : end])
            if state == "off" and not self.open:
                self.raw = at
                opened = True
            else:
                if self.count["p"]:
                    self._close_to("p", at, at)
                self._note(at, end)
                self.open.append(_Open(tag, state, at, end, len(self.parts)))
                self.count[tag] += 1
                return self._cdata(tag, end) if tag in ("script", "style") else self._skip(at, end)
        if opened:
            self._note(at, end)
            self.stack.append(tag)
            self.count[tag] += 1
            if tag in ("script", "style"):
                return self._cdata(tag, end)
        elif self.open:
            if self.open[-1].state == "off":
                self._note(at, end)
            self.open[-1].fresh = False
        return self._skip(at, end)

    def _cdata(self, tag: str, at: int) -> int:
        """Return where the content of a script or style element ends."""
        found = _CDATA_END[tag].search(self.text, at)
        end = found.start() if found else len(self.text)
        return self._skip(at, end)

    def _state(self, tag: str, attributes: str) -> str:
        """Return how md_in_html reads an element: ``block``, ``span`` or ``off``."""
        value = "0"
        if "markdown" in attributes.lower():
            for found in _ATTRIBUTE.finditer(attributes):
                if found[1].lower() == "markdown":
                    value = "markdown" if found[2] is None else found[2].strip("\"'")
        if value == "markdown":
            value = "1"
        parent = self.open[-1].state if self.open else ""
        if parent == "off" or (parent == "span" and value != "0"):
            value = parent
        content = _BLOCK - _RAW - {"hr"}
        if (value == "1" and tag in content - _SPAN) or (value == "block" and tag in content):
            return "block"
        if (value == "1" and tag in _SPAN) or (value == "span" and tag in content):
            return "span"
        return "off"

    def _end(self, at: int, end: int, tag: str) -> None:
        if self.raw >= 0:
            while self.count[tag]:
                last = self.stack.pop()
                self.count[last] -= 1
                if last == tag:
                    break
            if not self.stack:
                start, self.raw = self.raw, -1
                self.tail = not _BLANK_LINE.match(self.text, end)
                self._replace(start, end, _GONE)
        elif tag in _BLOCK and self.count[tag]:
            self._close_to(tag, at, end)
            if not self.open:
                self.tail = not _BLANK_LINE.match(self.text, end)
        elif self.open:
            self.open[-1].fresh = False

    def _close_to(self, tag: str, at: int, end: int) -> None:
        while self.open:
            closed = self.open[-1].tag == tag
            self._close(at, end if closed else at)
            if closed:
                return

    def _follows(self, at: int) -> bool:
        """Say whether raw HTML ends right here."""
        return bool(self.edits) and self.edits[-1][1] == at and self.edits[-1][2].endswith("\n\n")

    def _close(self, at: int, end: int) -> None:
        element = self.open.pop()
        self.count[element.tag] -= 1
        if (
            not self.open
            and element.start
            and self.text[element.start - 1] != "\n"
            and not self._follows(element.start)
        ):
            # Python-Markdown finds the element only at the start of a block, and else leaves all as it is.
            del self.parts[element.parts :]
        elif element.state != "off":
            part = _View(self.view, element.content, at, element.edits)
            self.parts.append((part, element.state == "span"))
        self._replace(element.start, end, _ELEMENT if element.state == "block" else _GONE)


_CDATA_END = {tag: re.compile(rf"</{tag}\b", re.IGNORECASE) for tag in ("script", "style")}


# Blocks (markdown.blockprocessors and the extensions' own).


class _Node:
    """As much of an element as decides where the next block belongs.

    Attributes:
        kind: what it is.
        children: the last elements in it.
        text: the text before its first child, which blocks of a tight list add to.
        tail: the text after it, likewise.
    """

    __slots__ = ("children", "kind", "tail", "text")

    def __init__(self, kind: str, parent: _Node | None = None) -> None:
        self.kind = kind
        self.children: list[_Node] = []
        self.text: list[_Line] = []
        self.tail: list[_Line] = []
        if parent is not None:
            # Only the last two are ever asked for.
            parent.children = [*parent.children[-1:], self]

    @property
    def last(self) -> _Node | None:
        return self.children[-1] if self.children else None


class _Block:
    """Lines without a blank one between them, and which of them begin something.

    Attributes:
        lines: the lines; shared with the blocks that are cut from this one.
        start: the first line that belongs to the block.
        end: the line after its last.
    """

    __slots__ = ("end", "lines", "marks", "start")

    def __init__(
        self, lines: list[_Line], start: int = 0, end: int = -1, marks: dict[str, list[int]] | None = None
    ) -> None:
        self.lines = lines
        self.start = start
        self.end = len(lines) if end < 0 else end
        if marks is None:
            marks = {}
            for number, line in enumerate(lines):
                for mark in _marks(line.text):
                    marks.setdefault(mark, []).append(number)
        self.marks = marks

    def cut(self, start: int, end: int) -> _Block:
        return _Block(self.lines, start, end, self.marks)

    def first(self, mark: str, start: int = -1) -> int:
        """Return the first line with a mark, or -1."""
        numbers = self.marks.get(mark)
        if not numbers:
            return -1
        found = bisect_left(numbers, max(start, self.start))
        return numbers[found] if found < len(numbers) and numbers[found] < self.end else -1

    def own(self) -> list[_Line]:
        return self.lines[self.start : self.end]


_BOX = re.compile(
    r"""!!!\ ?[\w-]++(?:\ ++[\w-]++)*+(?:\ +"(?P<a>.*?)")?\ *
      | \?{3}\+?\ ?(?:(?:[\w-]++(?:\ ++[\w-]++)*+)?\ +"(?P<d>.*?)"|[\w-]++(?:\ ++[\w-]++)*+)\ *
      | ={3}(?:\+!|!\+|\+|!)?\ +"(?P<t>.*?)"\ *""",
    re.VERBOSE,
)
_RULE = re.compile(r" {0,3}(?:-(?: {0,2}-){2,}|_(?: {0,2}_){2,}|\*(?: {0,2}\*){2,}) *")
_QUOTE = re.compile(r" {0,3}> ?")
_TERM = re.compile(r" {0,3}: {1,3}")
_NOTE = re.compile(r" {0,3}\[\^([^\]]*)\]: *")
_ABBR = re.compile(r"\*\[([^\\]*?)\] ?: *(.*)")
_ITEM = re.compile(r" {0,3}(?:\d+\.|[*+-]) +")
_NESTED = re.compile(r" {4,7}(?:\d+\.|[*+-]) +")
_UNDERLINE = re.compile(r"(?:=+|-+) *")
_HEADING = re.compile(r"#{1,6}")


def _marks(text: str) -> str:
    """Return a letter for each thing that a line may begin.

    ``A`` admonition, details or tab, ``H`` heading, ``R`` rule, ``Q`` quotation, ``D`` definition, ``F``
    footnote, ``B`` abbreviation, ``L`` link definition.
    """
    body = text.lstrip(" ")
    indent = len(text) - len(body)
    first = body[:1]
    if indent > 3:
        return ""
    if first in "!?=":
        return "A" if not indent and body[:3] in ("!!!", "???", "===") and _BOX.fullmatch(body) else ""
    if first == "#":
        return "H" if not indent else ""
    if first in "-_*":
        if _RULE.fullmatch(text):
            return "R"
        abbr = _ABBR.match(text) if text.startswith("*[") else None
        return "B" if abbr and abbr[1].strip() else ""
    if first == ">":
        return "Q"
    if first == ":":
        return "D" if body[1:2] == " " else ""
    if first == "[":
        return "F" if body[1:2] == "^" and _NOTE.match(text) else "L"
    return ""


def _chunk(lines: Iterable[_Line]) -> deque[_Block]:
    """Return the blocks that blank lines part."""
    blocks: deque[_Block] = deque()
    block: list[_Line] = []
    for line in lines:
        if line.text and not line.text.isspace():
            block.append(line)
        elif block:
            blocks.append(_Block(block))
            block = []
    if block:
        blocks.append(_Block(block))
    return blocks


# Items and lists: to Python-Markdown, and then to its definition lists.
_NESTING = ((("li",), ("list",)), (("li", "dd"), ("list", "dl")))
_LISTS = ("list", "dl")
# Python-Markdown stops at Python's recursion limit; nobody nests as deep as this.
_DEEP = 50


class _Blocks:
    """Read the blocks of one view, and hand the text of each leaf to the document."""

    def __init__(self, document: _Document, view: _View) -> None:
        self.document = document
        self.view = view
        self.state: list[str] = []
        self.depth = 0

    def leaf(self, lines: Iterable[_Line]) -> None:
        self.document.leaves.append((self.view, list(lines)))

    def run(self, parent: _Node, queue: deque[_Block]) -> None:
        """Read blocks into a node."""
        self.depth += 1
        while queue:
            block = queue.popleft()
            if block.start < block.end:
                self.block(parent, block, queue)
        self.depth -= 1

    def nested(self, parent: _Node, lines: Iterable[_Line], state: str) -> None:
        """Read the lines of a container."""
        self.state.append(state)
        self.run(parent, _chunk(lines))
        self.state.pop()

    def is_in(self, state: str) -> bool:
        return bool(self.state) and self.state[-1] == state

    def block(self, parent: _Node, block: _Block, queue: deque[_Block]) -> None:
        """Read one block: the first rule that takes it, in the order of Python-Markdown's priorities."""
        lines, start = block.lines, block.start
        first = lines[start]
        if self.depth > _DEEP:
            self.leaf(block.own())
            return
        if first.text.startswith(_ELEMENT):
            _Node("html", parent)
            if first.text[1:].strip():
                block = _Block([first.rest(1), *lines[start + 1 : block.end]])
                queue.appendleft(block)
            elif start + 1 < block.end:
                queue.appendleft(block.cut(start + 1, block.end))
            return
        if self.box(parent, block, queue):
            return
        if first.text.startswith("    "):
            if not self.is_in("detabbed") and any(self.indented(parent, block, *each) for each in _NESTING):
                return
            _Node("pre", parent)
            self.rest(block, self.detab(block, start, 4)[1], queue)
            return
        if self.table(parent, block):
            return
        if (found := block.first("H")) >= 0:
            self.before(parent, block, found)
            _Node("h", parent)
            text = lines[found].text
            level = _HEADING.match(text)
            assert level is not None
            self.leaf([_Line(text.rstrip("#"), lines[found].at).rest(level.end())])
            if found + 1 < block.end:
                if self.is_in("looselist"):
                    queue.appendleft(_Block([_loose(line) for line in lines[found + 1 : block.end]]))
                else:
                    self.rest(block, found + 1, queue)
            return
        if start + 1 < block.end and _UNDERLINE.fullmatch(lines[start + 1].text):
            _Node("h", parent)
            self.leaf([first])
            self.rest(block, start + 2, queue)
            return
        if (found := block.first("R")) >= 0:
            self.before(parent, block, found)
            _Node("hr", parent)
            self.rest(block, found + 1, queue)
            return
        if _ITEM.match(first.text):
            self.list(parent, block)
            return
        if (found := block.first("D")) >= 0 and self.definition(parent, block, found, queue):
            return
        if (found := block.first("Q")) >= 0:
            self.before(parent, block, found)
            quote = (
                parent.last
                if parent.last is not None and parent.last.kind == "quote"
                else _Node("quote", parent)
            )
            self.nested(quote, [_unquote(line) for line in lines[found : block.end]], "blockquote")
            return
        if (found := block.first("F")) >= 0:
            self.footnote(block, found, queue)
            return
        if (found := block.first("B")) >= 0:
            abbr = _ABBR.match(lines[found].text)
            after = found + 1 if abbr and abbr[2] else found + 2
            if after <= block.end:
                self.rest(block, after, queue)
                self.before(parent, block, found)
                return
        if (found := block.first("L")) >= 0 and self.reference(parent, block, found, queue):
            return
        if self.is_in("list"):
            joined = parent.text if parent.last is None else parent.last.tail
            if not joined:
                self.document.leaves.append((self.view, joined))
            joined += block.own()
        else:
            _Node("p", parent)
            self.leaf(block.own())

    def before(self, parent: _Node, block: _Block, end: int) -> None:
        if block.start < end:
            self.run(parent, deque((block.cut(block.start, end),)))

    def rest(self, block: _Block, start: int, queue: deque[_Block]) -> None:
        if start < block.end:
            queue.appendleft(block.cut(start, block.end))

    def detab(self, block: _Block, start: int, width: int) -> tuple[list[_Line], int]:
        """Return the lines from one on that are indented, without the indentation, and the line after."""
        indent = " " * width
        taken: list[_Line] = []
        while start < block.end and block.lines[start].text.startswith(indent):
            taken.append(block.lines[start].rest(width))
            start += 1
        return taken, start

    def box(self, parent: _Node, block: _Block, queue: deque[_Block]) -> bool:
        """Read an admonition, a details block or a content tab, or what belongs to the last of them."""
        found = block.first("A")
        if found >= 0:
            self.before(parent, block, found)
            title = _BOX.fullmatch(block.lines[found].text)
            assert title is not None
            for name in ("a", "d", "t"):
                if title[name]:
                    left, right = title.span(name)
                    self.leaf([_Line(block.lines[found].text[:right], block.lines[found].at).rest(left)])
            node = _Node("box", parent)
            content, after = self.detab(block, found + 1, 4)
        else:
            last = parent.last
            text = block.lines[block.start].text
            if last is None or last.kind != "box" or not text.startswith("    "):
                return False
            node, width = last, 4
            while (
                (inner := node.last) is not None
                and inner.kind in _LISTS
                and text.startswith(" " * (width + 4))
            ):
                if inner.last is None:
                    return False
                node, width = inner.last, width + 4
            content, after = self.detab(block, block.start, width)
        self.rest(block, after, queue)
        self.run(node, _chunk(content))
        return True

    def indented(self, parent: _Node, block: _Block, items: tuple[str, ...], lists: tuple[str, ...]) -> bool:
        """Read an indented block that belongs to a list (ListIndentProcessor)."""
        last = parent.last
        if parent.kind not in items and (last is None or last.kind not in lists):
            return False
        text = block.lines[block.start].text
        indent = (len(text) - len(text.lstrip(" "))) // 4
        level, sibling = (1 if self.is_in("list") else 0), parent
        while indent > level and (child := sibling.last) is not None and child.kind in lists + items:
            level += child.kind in lists
            sibling = child
        space = " " * (4 * level)
        lines = [line.rest(4 * level) if line.text.startswith(space) else line for line in block.own()]
        node = sibling
        if parent.kind in items:
            node = last if last is not None and last.kind in lists else parent
        elif sibling.kind not in items:
            inner = sibling.last
            node = inner if inner is not None and inner.kind in items else _Node(items[-1], sibling)
        self.nested(node, lines, "detabbed")
        return True

    def list(self, parent: _Node, block: _Block) -> None:
        """Read the items of a list."""
        items: list[list[_Line]] = []
        for line in block.own():
            if found := _ITEM.match(line.text):
                items.append([line.rest(found.end())])
            elif _NESTED.match(line.text) and not items[-1][0].text.startswith("    "):
                items.append([line])
            else:
                items[-1].append(line)
        node = parent.last
        if node is not None and node.kind == "list":
            self.nested(_Node("li", node), items.pop(0), "looselist")
        else:
            node = parent if parent.kind == "list" else _Node("list", parent)
        for item in items:
            if item[0].text.startswith("    ") and node.last is not None:
                self.nested(node.last, item, "list")
            else:
                self.nested(_Node("li", node), item, "list")

    def definition(self, parent: _Node, block: _Block, found: int, queue: deque[_Block]) -> bool:
        """Read a definition of a definition list, with the terms before it."""
        lines = block.lines
        sibling = parent.last
        terms = found > block.start
        if not terms and sibling is None:
            return False
        loose = not terms and sibling is not None and sibling.kind == "p"
        if loose:
            parent.children.pop()
            sibling = parent.last
        for line in lines[block.start : found]:
            self.leaf([line])
        colon = _TERM.match(lines[found].text)
        assert colon is not None
        content = [lines[found].rest(colon.end())]
        after = found + 1
        if after < block.end:
            text = lines[after].text
            body = text.lstrip(" ")
            if len(text) - len(body) <= 3 and not body.startswith(":"):
                content += lines[after : block.end]
                after = block.end
            else:
                more, after = self.detab(block, after, 4)
                content += more
        node = sibling if sibling is not None and sibling.kind == "dl" else _Node("dl", parent)
        self.rest(block, after, queue)
        self.nested(_Node("dd", node), content, "looselist" if loose else "list")
        return True

    def footnote(self, block: _Block, found: int, queue: deque[_Block]) -> None:
        """Read a footnote: the rest of its block and the indented blocks after it."""
        name = _NOTE.match(block.lines[found].text)
        assert name is not None
        self.document.notes.add(name[1])
        following = block.first("F", found + 1)
        end = following if following >= 0 else block.end
        content = [block.lines[found].rest(name.end())]
        content += [_loose(line) for line in block.lines[found + 1 : end]]
        if following >= 0:
            self.rest(block, following, queue)
        while following < 0 and queue and queue[0].lines[queue[0].start].text.startswith("    "):
            more = queue.popleft()
            following = more.first("F")
            end = following if following >= 0 else more.end
            content.append(_Line("", 0))
            content += [_loose(line) for line in more.lines[more.start : end]]
            if following >= 0:
                self.rest(more, following, queue)
        if block.start < found:
            queue.appendleft(block.cut(block.start, found))
        state, self.state = self.state, []
        self.run(_Node("div"), _chunk(content))
        self.state = state

    def reference(self, parent: _Node, block: _Block, found: int, queue: deque[_Block]) -> bool:
        """Read the first link definition of a block."""
        while found >= 0:
            definition = _definition(block, found)
            if definition:
                label, target, after = definition
                self.document.references.add(label.strip().lower())
                text = target.text.lstrip("<")
                start = target.at + len(target.text) - len(text)
                text = text.rstrip(">")
                self.document.add(self.view, start, start + len(text), "reference", _decode(text))
                self.rest(block, after, queue)
                self.before(parent, block, found)
                return True
            found = block.first("L", found + 1)
        return False

    def table(self, parent: _Node, block: _Block) -> bool:
        """Read a table: each cell is a text of its own."""
        lines = block.lines
        start, end = block.start, block.end
        if end - start < 2 or "|" not in lines[start].text or not _SEPARATOR.fullmatch(lines[start + 1].text):
            return False
        head = lines[start].text.strip(" ")
        border = head.startswith("|") or _BORDER.search(head) is not None
        columns = len(_cells(lines[start], border))
        if columns == 1 and not (
            border
            and all(
                (row := line.text.strip(" ")).startswith("|") or _BORDER.search(row)
                for line in lines[start + 1 : end]
            )
        ):
            return False
        if len(_cells(lines[start + 1], border)) != columns:
            return False
        _Node("table", parent)
        for number in (start, *range(start + 2, end)):
            for cell in _cells(lines[number], border)[:columns]:
                self.leaf([cell])
        return True


_SEPARATOR = re.compile(r"[|:\- ]+")
_BORDER = re.compile(r"(?<!\\)(?:\\\\)*\|$")


def _unquote(line: _Line) -> _Line:
    if line.text.strip() == ">":
        return _Line("", line.at)
    found = _QUOTE.match(line.text)
    return line.rest(found.end()) if found else line


def _loose(line: _Line) -> _Line:
    return line.rest(4) if line.text.startswith("    ") else line


_LABEL = re.compile(r" {0,3}\[([^\[\]]*+)\]: *(?:\n *)?")


def _definition(block: _Block, number: int) -> tuple[str, _Line, int] | None:
    """Return label and destination of the link definition at a line, and the line after it.

    The regular expression of ReferenceProcessor, step by step, because it takes quadratic time.
    """
    lines = block.lines
    # A label may go on for lines, as long as no bracket comes.
    last = number
    text = lines[number].text
    while "]" not in text and last + 1 < block.end and "[" not in lines[last + 1].text.partition("]")[0]:
        last += 1
        text += "\n" + lines[last].text
        if last - number > 20:
            return None
    found = _LABEL.match(text)
    if not found:
        return None
    head = text[: found.end()]
    line = lines[last].rest(len(head) - head.rfind("\n") - 1)
    if not line.text:
        last += 1
        if last >= block.end:
            return None
        line = lines[last]
        line = line.rest(len(line.text) - len(line.text.lstrip(" ")))
    target = re.match(r"\S+", line.text)
    if not target:
        return None
    rest = line.text[target.end() :].strip(" ")
    if rest:
        if _is_title(rest):
            return found[1], _Line(target[0], line.at), last + 1
    else:
        if last + 1 < block.end and _is_title(lines[last + 1].text.strip(" ")):
            return found[1], _Line(target[0], line.at), last + 2
        return found[1], _Line(target[0], line.at), last + 1
    # The title may touch the destination.
    written = line.text.rstrip(" ")
    quote = "(" if written.endswith(")") else written[-1]
    at = target[0].rfind(quote)
    if quote in "\"'(" and at > 0:
        return found[1], _Line(target[0][:at], line.at), last + 1
    return None


def _is_title(text: str) -> bool:
    return len(text) > 1 and (text[0] + text[-1]) in ('""', "''", "()")


def _cells(line: _Line, border: bool) -> list[_Line]:
    """Return the cells of a table's row; a ``|`` in code or after a backslash parts none."""
    row = line.text.strip(" ")
    at = line.at + len(line.text) - len(line.text.lstrip(" "))
    if border:
        if row.startswith("|"):
            row, at = row[1:], at + 1
        row = _BORDER.sub("", row)
    pipes: list[int] = []
    ticks: list[tuple[int, int, int, int]] = []
    for found in _PIPES.finditer(row):
        if found[2]:
            ticks.append((len(found[2]) - 1, len(found[2]) - 2, found.start(), found.end()))
        elif found[3]:
            ticks.append((len(found[3]), len(found[3]), found.start(), found.end()))
        elif found[4]:
            pipes.append(found.start())
    code = _tick_regions(ticks) if ticks and pipes else []
    starts = [left for left, _ in code]
    cells: list[_Line] = []
    left = 0
    for pipe in (*pipes, len(row)):
        near = bisect_right(starts, pipe) - 1
        if pipe < len(row) and near >= 0 and pipe < code[near][1]:
            continue
        text = row[left:pipe]
        cells.append(
            _Line(text.rstrip(" "), at + left).rest(
                len(text) - len(text.lstrip(" ")) if text.strip(" ") else 0
            )
        )
        left = pipe + 1
    return cells


_PIPES = re.compile(r"(\\\\)|(\\`+)|(`+)|\\\||(\|)")


def _tick_regions(ticks: list[tuple[int, int, int, int]]) -> list[tuple[int, int]]:
    """Return where code is in a row: each run of backticks with the next one of its length."""
    by_length: dict[int, list[int]] = {}
    for number, tick in enumerate(ticks):
        by_length.setdefault(tick[0], []).append(number)
    regions: list[tuple[int, int]] = []
    number = 0
    while number < len(ticks):
        size = ticks[number][1]
        same = by_length.get(size, []) if size > 0 else []
        found = bisect_right(same, number)
        if found < len(same):
            regions.append((ticks[number][2], ticks[same[found]][3]))
            number = same[found] + 1
        else:
            number += 1
    return regions


# Inline patterns (markdown.inlinepatterns), in the order of their priorities.

_TICKS = re.compile(r"(?<!\\)(\\*)(`+)")
_MATH = re.compile(
    r"(?<![\\$])\$\$(?!\$)[^$]+\$\$(?!\$)|(?<![\\$])\$(?![\s$])(?:\\.|[^\\$])*?(?<![\s\\])\$(?![\d$])"
)
_BACKSLASHED = re.compile(r"\\(.)", re.DOTALL)
_FOOTNOTE = re.compile(r"\[\^([^\]]*)\]")
_BRACKETS = re.compile(r"[\[\]]")
_PARENTHESES = re.compile(r"[()]")
_LABELLED = re.compile(r"\s?\[([^\]]*)\]")
_ANGLED = re.compile(r"""\(\s*(?:<([^<>]*)>\s*(?:(?:'[^']*'|"[^"]*")\s*)?\))""")
_OPENED = re.compile(r"\(\s*")
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*://[^<>]*)>")
_AUTOMAIL = re.compile(r"<[^<> !]+@[^@<> ]+>")
_TAG = re.compile(
    r"""<(?:(/?+[a-zA-Z][^\s"'<>@]*+(?:\s+[^\s"'=<>]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'=<>]++))?+)*+\s*+/?)"""
    r"""|!--(?:(?!<!--|-->).)*--|[?](?:(?!<[?]|[?]>).)*[?]|!\[CDATA\[(?:(?!<!\[CDATA\[|\]\]>).)*\]\])>""",
    re.DOTALL,
)
_HIDDEN = re.compile(r"<(script|style)\b", re.IGNORECASE)
_WHITE = re.compile(r"\s+")


class _Inline:
    """Read the text of one leaf."""

    def __init__(self, document: _Document, view: _View, lines: list[_Line]) -> None:
        self.document = document
        self.view = view
        self.text = "\n".join(line.text for line in lines)
        if "[" not in self.text and "<" not in self.text:
            return
        self.starts: list[int] = []
        self.places: list[int] = []
        at = 0
        for line in lines:
            self.starts.append(at)
            self.places.append(line.at)
            at += len(line.text) + 1
        # Each link with the number of what hides others: a tag, a comment, an image.
        self.found: list[tuple[_Found, int]] = []
        self.shadows: list[tuple[int, int]] = []
        text = self.text
        if "`" in text:
            text = _without_code(text)
        if "$" in text:
            text = _MATH.sub(_gone, text)
        if "\\" in text:
            text = _BACKSLASHED.sub(lambda m: _GONE * 2 if m[1] in _ESCAPED else m[0], text)
        if document.notes and "[^" in text:
            text = _FOOTNOTE.sub(lambda m: _gone(m) if m[1] in document.notes else m[0], text)
        self.patterns(text, 0, 0)
        self.report()

    def report(self) -> None:
        """Hand over what is not hidden."""
        outer: list[tuple[int, int, int]] = []
        for number in sorted(
            range(len(self.shadows)), key=lambda n: (self.shadows[n][0], -self.shadows[n][1])
        ):
            left, right = self.shadows[number]
            if not outer or left >= outer[-1][1]:
                outer.append((left, right, number))
        starts = [left for left, _, _ in outer]
        for (left, right, kind, destination), own in self.found:
            near = bisect_right(starts, left) - 1
            if near >= 0 and left < outer[near][1] and outer[near][2] != own:
                continue
            start, end = self.place(left), self.place(right)
            if start < 0 or end < start:
                continue
            if kind in ("html", "srcset"):
                self.document.add(self.view, start, end, kind, destination)
            else:
                self.document.add(self.view, start, end, kind, _decode(_unescape(destination)))

    def place(self, position: int) -> int:
        """Return where a position of the text is in the view."""
        line = bisect_right(self.starts, position) - 1
        return self.places[line] + position - self.starts[line]

    def patterns(self, text: str, base: int, stage: int) -> None:
        """Read a text, or the text of a link within it, from one pattern on."""
        if stage < 1 and "[" in text and self.document.references:
            text = self.references(text, base, False)
        if stage < 2 and "](" in text:
            text = self.inline(text, base, False)
        if stage < 3 and "![" in text:
            text = self.inline(text, base, True)
            if self.document.references:
                text = self.references(text, base, True)
        if "<" in text:
            self.tags(text, base)

    def shadow(self, left: int, right: int) -> int:
        self.shadows.append((left, right))
        return len(self.shadows) - 1

    def references(self, text: str, base: int, image: bool) -> str:
        """Take out what refers to a definition; its text may hold links of its own."""
        match = _pairs(_BRACKETS, text)
        gone: list[tuple[int, int]] = []
        at = 0
        while (opened := text.find("[", at)) >= 0:
            at = opened + 1
            closed = match.get(opened, -1)
            if (text[opened - 1 : opened] == "!") != image or closed < 0:
                continue
            label = _LABELLED.match(text, closed + 1)
            if not label:
                continue
            at = label.end()
            name = label[1].lower() or text[opened + 1 : closed].lower()
            if _WHITE.sub(" ", name) not in self.document.references:
                continue
            gone.append((opened - image, at))
            if image:
                self.shadow(base + opened, base + closed)
            else:
                self.patterns(text[opened + 1 : closed], base + opened + 1, 1)
        return _blank(text, gone)

    def inline(self, text: str, base: int, image: bool) -> str:
        """Take out the inline links, or the images."""
        match = _pairs(_BRACKETS, text)
        targets = _Targets(text)
        gone: list[tuple[int, int]] = []
        at = 0
        while (opened := text.find("[", at)) >= 0:
            at = opened + 1
            if (text[opened - 1 : opened] == "!") != image:
                continue
            closed = match.get(opened, -1)
            if closed < 0 or text[closed + 1 : closed + 2] != "(":
                continue
            target = targets.read(closed + 1)
            if not target:
                continue
            left, right, at = target
            gone.append((opened - image, at))
            own = self.shadow(base + opened, base + at) if image else -1
            found = (
                base + left,
                base + right,
                "image" if image else "inline",
                self.text[base + left : base + right],
            )
            self.found.append((found, own))
            if not image:
                self.patterns(text[opened + 1 : closed], base + opened + 1, 2)
        return _blank(text, gone)

    def tags(self, text: str, base: int) -> None:
        """Read autolinks, and then the HTML that is left."""
        gone: list[tuple[int, int]] = []
        for found in _AUTOLINK.finditer(text):
            gone.append(found.span())
            left, right = found.span(1)
            own = self.shadow(base + found.start(), base + found.end())
            raw = self.text[base + left : base + right]
            self.found.append(((base + left, base + right, "autolink", raw), own))
        text = _AUTOMAIL.sub(_gone, _blank(text, gone))
        for found in _TAG.finditer(text):
            end = found.end()
            if hidden := _HIDDEN.match(found[0]):
                # What the element holds is no HTML to a browser.
                closed = _CDATA_END[hidden[1].lower()].search(text, end)
                end = closed.start() if closed else end
            own = self.shadow(base + found.start(), base + end)
            if found[1] and not found[1].startswith("/"):
                tag = self.text[base + found.start() : base + found.end()]
                for each in self.document.attributes(self.view, base + found.start(), tag, True):
                    self.found.append((each, own))


def _gone(found: re.Match[str]) -> str:
    return _GONE * len(found[0])


def _blank(text: str, regions: Iterable[tuple[int, int]]) -> str:
    pieces: list[str] = []
    at = 0
    for left, right in regions:
        pieces += (text[at:left], _GONE * (right - left))
        at = right
    return "".join((*pieces, text[at:])) if pieces else text


def _pairs(brackets: re.Pattern[str], text: str) -> dict[int, int]:
    """Return for each opening bracket the one that closes it."""
    pairs: dict[int, int] = {}
    stack: list[int] = []
    for found in brackets.finditer(text):
        if found[0] in "[(":
            stack.append(found.start())
        elif stack:
            pairs[stack.pop()] = found.start()
    return pairs


def _without_code(text: str) -> str:
    """Blank the code spans (BacktickInlineProcessor.find_code_spans, in linear time)."""
    slashes = []
    runs = []
    for found in _TICKS.finditer(text):
        slashes.append(len(found[1]))
        runs.append(found.span(2))
    by_length: dict[int, list[int]] = {}
    for number, (left, right) in enumerate(runs):
        by_length.setdefault(right - left, []).append(number)
    # For each run the longest after it, and the first of that length.
    longest: list[int] = [-1] * (len(runs) + 1)
    for number in range(len(runs) - 1, -1, -1):
        best = longest[number + 1]
        size = runs[number][1] - runs[number][0]
        longest[number] = number if best < 0 or size >= runs[best][1] - runs[best][0] else best
    gone: list[tuple[int, int]] = []
    number = 0
    while number < len(runs):
        left, right = runs[number]
        begin = left + slashes[number] % 2
        size = right - begin
        close = -1
        if size:
            same = by_length.get(size, [])
            place = bisect_right(same, number)
            if place < len(same):
                close = same[place]
            else:
                best = longest[number + 1]
                if best >= 0 and runs[best][1] - runs[best][0] < size:
                    close = best
        if close >= 0:
            gone.append((begin, runs[close][1]))
            number = close + 1
        else:
            number += 1
    return _blank(text, gone)


class _Targets:
    """Read destinations in parentheses (LinkInlineProcessor.getLink, in linear time)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pairs = _pairs(_PARENTHESES, text)
        self.parens = [found.start() for found in _PARENTHESES.finditer(text)]
        self.opens = [at for at in self.parens if text[at] == "("]
        self.quotes = {quote: [m.start() for m in re.finditer(quote, text)] for quote in "\"'"}
        # The parentheses that close right after a quotation mark: what could end a title.
        self.ends: dict[str, list[int]] = {'"': [], "'": []}
        for found in _TITLE_END.finditer(text):
            self.ends[found[1]].append(found.end() - 1)

    def read(self, opened: int) -> tuple[int, int, int] | None:
        """Return start and end of the destination in the parentheses that open here, and the link's end."""
        angled = _ANGLED.match(self.text, opened)
        if angled:
            return (*self._strip(*angled.span(1)), angled.end())
        blank = _OPENED.match(self.text, opened)
        assert blank is not None
        start = blank.end()
        close = self.pairs.get(opened, -1)
        first = min((at for quote in "\"'" if (at := _next(self.quotes[quote], start)) >= 0), default=-1)
        if first < 0 or 0 <= close < first:
            return (*self._strip(start, close), close + 1) if close >= 0 else None
        # From the first quotation mark on only a title's end counts, or a second kind of quotation mark's.
        best: tuple[int, int] | None = None
        for quote in "\"'":
            begin = _next(self.quotes[quote], start)
            second = _next(self.quotes[quote], begin + 1) if begin >= 0 else -1
            end = _next(self.ends[quote], second + 1) if second >= 0 else -1
            if end >= 0 and (best is None or end < best[0]):
                best = end, begin
        if best:
            return (*self._strip(start, best[1]), best[0] + 1)
        # No title: as many parentheses, of either kind, as were open at the quotation mark.
        inside = bisect_left(self.parens, first) - bisect_left(self.parens, start)
        opens = bisect_left(self.opens, first) - bisect_left(self.opens, start)
        depth = 1 + opens - (inside - opens)
        last = bisect_left(self.parens, first) + depth - 1
        if depth < 1 or last >= len(self.parens) or self.text[self.parens[last]] == "(":
            return None
        return (*self._strip(start, self.parens[last]), self.parens[last] + 1)

    def _strip(self, start: int, end: int) -> tuple[int, int]:
        while start < end and self.text[start].isspace():
            start += 1
        while start < end and self.text[end - 1].isspace():
            end -= 1
        return start, end


_TITLE_END = re.compile(r"""(["']) *\)""")


def _next(places: list[int], at: int) -> int:
    """Return the first place at or after a position, or -1."""
    found = bisect_left(places, at)
    return places[found] if found < len(places) else -1
