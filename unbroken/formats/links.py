"""Link destinations in a text: where each is, and how another is written in its place."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n?|\n")
_LINES = re.compile(r":-?\d*(?::-?\d*)?(?:,(?=[-\d:])-?\d*(?::-?\d*)?)*|:[a-zA-Z][-\w]*", re.ASCII)


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


def placed(text: str, found: Iterable[tuple[str, int, int, str]]) -> list[Link]:
    """Return a link for each destination, start, end and kind, in the order of their places."""
    lines = [0, *(m.end() for m in _LINE_END.finditer(text))]
    bom = 1 if text.startswith("\ufeff") else 0
    result = []
    for destination, start, end, kind in sorted(found, key=lambda each: each[1:]):
        line = bisect_right(lines, start)
        column = start - lines[line - 1] + 1 - (bom if line == 1 else 0)
        result.append(Link(destination, start, end, line, column, kind))
    return result


def snippet_path(written: str) -> str:
    """Return a snippet's path without its line numbers (``:1:5,8``) or section (``:name``)."""
    at = written.find(":")
    while at >= 0:
        if _LINES.fullmatch(written, at):
            return written[:at].strip()
        at = written.find(":", at + 1)
    return written


def rewrite(text: str, changes: Mapping[Link, str]) -> str:
    """Return the text with other destinations for some of its links, and nothing else changed.

    What a destination's surroundings cannot hold (a space, a bracket, a quotation mark, a table's ``|``) is
    percent-encoded or escaped; a URL keeps its meaning thereby. A destination that is what it was stays as it
    is written.

    Args:
        text: the text that the links were found in.
        changes: the new destination of each link, as the renderer shall see it.

    Raises:
        ValueError: a snippet cannot name such a path.
    """
    pieces: list[str] = []
    at = 0
    for link, new in sorted(changes.items(), key=lambda change: change[0].start):
        if new == link.destination:
            continue
        start, end, written = _written(text, link, new)
        pieces += (text[at:start], written)
        at = end
    return "".join((*pieces, text[at:]))


# What no form of link can hold as it is: quotation marks begin a title, "|" ends a cell, "$" a formula.
_UNSAFE = re.compile("[\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\"'<>`|$]")
_BARE = re.compile(r"[\w.~/#?%:+-]*[\w.~#?%:+-]", re.ASCII)
_ESCAPED = "\\`*_{}[]()>#+-.!|"


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))


def _written(text: str, link: Link, new: str) -> tuple[int, int, str]:
    """Return which part of the text gives way for a new destination, and to what."""
    start, end = link.start, link.end
    if link.kind == "snippet":
        return _snippet_written(text, link, new)
    safe = _UNSAFE.sub(_percent, new)
    if link.kind == "autolink":
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://.*", safe):
            return start, end, _escape(_amp(safe))
        # Only an absolute URL can stand in angle brackets alone.
        shown = re.sub(r"[\\`*_{}\[\]<>!|]", r"\\\g<0>", html.escape(new, quote=False))
        return start - 1, end + 1, f"[{shown}]({_inline(safe)})"
    if link.kind == "css":
        return start, end, re.sub(r"[()\\]", _percent, safe)
    if link.kind in ("html", "srcset"):
        safe = safe.replace("\\", "%5C").replace("&", "&amp;") if "&" in safe else safe.replace("\\", "%5C")
        # Markdown would see a link inside the tag.
        safe = safe.replace("[", "&#91;").replace("]", "&#93;")
        if link.kind == "srcset":
            return start, end, safe.replace(",", "%2C")
        bare = start == 0 or text[start - 1] not in "\"'"
        return start, end, f'"{safe}"' if bare and not _BARE.fullmatch(safe) else safe
    if link.kind == "reference":
        safe = _amp(safe)
        line = max(text.rfind("\n", 0, start), text.rfind("\r", max(0, start - 1000), start)) + 1
        first = not text[line:start].strip(" \t>")
        bracketed = text[start - 1 : start] == "<"
        # At the start of a line "#" and its like would be read as something else.
        return (
            start,
            end,
            f"<{safe}>" if not bracketed and (not safe or (first and not safe[0].isalpha())) else safe,
        )
    return start, end, _inline(safe)


def _inline(safe: str) -> str:
    depth = 0
    for c in safe:
        depth += (c == "(") - (c == ")")
        if depth < 0:
            break
    if depth:
        safe = safe.replace("(", "%28").replace(")", "%29")
    return re.sub(r"[\[\]]", r"\\\g<0>", _escape(_amp(safe)))


def _escape(safe: str) -> str:
    """Double each backslash that would otherwise escape what follows it."""
    return re.sub(r"\\(?=[\\`*_{}\[\]()>#+\-.!|]|$)", r"\\\\", safe)


def _amp(safe: str) -> str:
    """Escape each ampersand that would begin a character reference, or that html.parser stumbles over."""
    return re.sub(r"&(?=#|[0-9a-zA-Z]+;)", "&amp;", safe)


def _snippet_written(text: str, link: Link, new: str) -> tuple[int, int, str]:
    start, end = link.start, link.end
    quote = text[start - 1 : start]
    # The path ends at a quotation mark only if one began it: else it is a line of a block.
    quoted = (
        quote in ("'", '"') and re.match(rf"[^{quote}\r\n]*{quote}[ \t]*(?:[\r\n]|$)", text[end:]) is not None
    )
    target = snippet_path(new)
    if not new or new != new.strip() or target != new or new[0] in ";'\"" or re.search("[\r\n\x02\x03]", new):
        raise ValueError(f"no snippet can be included by the path {new!r}")
    if not quoted or quote not in new:
        return start, end, new
    other = "'" if quote == '"' else '"'
    close = text.index(quote, end)
    if other in new or text[start - 2 : start - 1] not in (" ", "\t"):
        raise ValueError(f"no snippet can be included by the path {new!r}")
    return start - 1, close + 1, other + new + text[end:close] + other
