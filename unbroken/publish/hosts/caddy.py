"""Caddy: a snippet to import into a site's block.

Measured with Caddy 2.11: ``{path}`` is decoded and ``map`` regards case; the same input twice is an error;
``{name}`` and ``{$NAME}`` are replaced in every word, quoted or not, so that a source with a brace is a
regular expression, in which ``$`` is replaced in outputs; a word in backquotes has no escapes.
The request as it was sent is ``{uri}``: a wildcard takes its rest from there, because ``{path}`` would have
to be encoded again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from unbroken.findings.base import Place
from unbroken.model.imported import Imported, below, exact, kept
from unbroken.model.imported import Rule as ImportedRule
from unbroken.model.plan import Plan
from unbroken.publish.hosts.base import Host, HostFile, decoded, regex

_FILE = "_unbroken/caddy/redirects.caddy"

_HEAD = "# Written by Unbroken. Import this file in the site's block.\n"
_MAP = """\
map {{{source}}} {{unbroken_{name}}} {{unbroken_{name}_fragment}} {{
{lines}\
	default "" ""
}}
"""
_GONE = """\
@unbroken_gone expression `{unbroken_path} == "410"`
handle @unbroken_gone {
	error 410
}
"""
# A target with a query of its own gets the visitor's after it.
_MOVED = """\
@unbroken_{name}_both expression `{condition} && {{unbroken_{name}}}.contains("?") && {{query}} != ""`
header @unbroken_{name}_both Cache-Control "max-age={age}"
redir @unbroken_{name}_both "{{unbroken_{name}}}&{{query}}{{unbroken_{name}_fragment}}" 301
@unbroken_{name}_only expression `{condition} && !({{unbroken_{name}}}.contains("?") && {{query}} != "")`
header @unbroken_{name}_only Cache-Control "max-age={age}"
redir @unbroken_{name}_only "{{unbroken_{name}}}{{?query}}{{unbroken_{name}_fragment}}" 301
"""


class Caddy(Host):
    """Caddy."""

    name = "caddy"
    title = "Caddy"
    wildcards = True
    roomy = True
    gone = True
    caches = True

    def files(self, plan: Plan) -> list[HostFile]:
        """Return the snippet."""
        lines = []
        for rule in [*self.redirects(plan), *self.withdrawn(plan)]:
            path, fragment = _split(rule.url or "410")
            lines.append(f'{_source(decoded(rule.path))} "{path}" "{fragment}"')
        wild = []
        for pattern in self.patterns(plan):
            path, fragment = _split(self.target(plan, pattern.target))
            prefix = regex(plan.base + pattern.prefix)
            rest = "${1}" if pattern.star else ""
            wild.append(f'`~^{prefix}([^?]*)` "{path}{rest}" "{fragment}"')
        text = _HEAD + _MAP.format(source="path", name="path", lines=_lines(lines))
        text += _GONE if plan.gone else ""
        text += _MOVED.format(
            age=plan.max_age, name="path", condition='{unbroken_path} != "" && {unbroken_path} != "410"'
        )
        if wild:
            text += _MAP.format(source="uri", name="pattern", lines=_lines(wild))
            text += _MOVED.format(
                age=plan.max_age,
                name="pattern",
                condition='{unbroken_path} == "" && {unbroken_pattern} != ""',
            )
        return [HostFile(_FILE, text)]


def _lines(lines: list[str]) -> str:
    return "".join(f"\t{line}\n" for line in lines)


def _source(name: str) -> str:
    plain = all(c.isalnum() or c in "/_-.~" for c in name)
    return f'"{name}"' if plain else f"`~^{regex(name)}$`"


def _split(url: str) -> tuple[str, str]:
    path, mark, fragment = url.replace("$", "%24").partition("#")
    return path, mark + fragment


HOST = Caddy()

_TOKEN = re.compile(r'`([^`]*)`|"((?:[^"\\]|\\.)*)"|([^\s"`][^\s]*)|(\n)|[^\S\n]+|.', re.DOTALL)
_CODES = {"permanent": 301, "temporary": 302}
_NO_STATUS = "it has no status, which Caddy answers with 302; the map says 301"
_PATHS = ("{uri}", "{path}", "{http.request.uri}", "{http.request.uri.path}")


def read(text: str, file: str) -> Imported:
    """Return what the ``redir`` lines of a Caddyfile hold."""
    result = Imported()
    matchers: dict[str, list[str]] = {}
    stack: list[tuple[list[str], str]] = []  # what is open, and the prefix that is stripped in it
    for number, words in statements(text):
        place = Place(file, number)
        opens = words[-1] == "{"
        head = words[:-1] if opens else words
        if words == ["}"]:
            if stack:
                stack.pop()
            continue
        around = stack[-1] if stack else ([], "")
        if around[0][:1] and around[0][0].startswith("@") and head:
            matchers.setdefault(around[0][0], []).extend(_condition(head))
        elif head and head[0].startswith("@"):
            matchers.setdefault(head[0], []).extend(_condition(head[1:]))
        elif head and head[0] == "redir":
            result.rules += _redir(result, place, head[1:], matchers, around[1])
        elif head and head[0] == "import":
            result.fault(place, f"{' '.join(head)!a} names another file. Take that over as well.")
        if opens:
            prefix = head[1].removesuffix("*") if len(head) == 2 and head[0] == "handle_path" else around[1]
            stack.append((head, prefix))
    return result


def statements(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each line as words, a word that spans lines included."""
    words: list[str] = []
    number = first = 1
    comment = False
    for found in _TOKEN.finditer(text):
        said = found[0]
        if found[4]:
            if words:
                yield first, words
            words, comment = [], False
        elif not comment and (found[1] is not None or found[2] is not None or found[3] is not None):
            if found[3] and found[3].startswith("#"):
                comment = True
            else:
                first = first if words else number
                raw = found[3] if found[1] is None else found[1]
                words.append(found[2].replace('\\"', '"') if raw is None else raw)
        number += said.count("\n")
    if words:
        yield first, words


def _condition(words: list[str]) -> list[str]:
    if not words:
        return []
    if words[0] == "path":
        return words[1:]
    return [" ".join(words)]  # no path begins like this


def _redir(
    result: Imported, place: Place, words: list[str], matchers: dict[str, list[str]], stripped: str
) -> list[ImportedRule]:
    asked = ["*"]
    if words and words[0].startswith(("@", "*", "/")):  # whatever begins so is a matcher to Caddy
        asked = matchers.get(words[0], ["?"]) if words[0].startswith("@") else [words[0]]
        words = words[1:]
    if not words or len(words) > 2:
        result.fault(place, "redir needs a target, and perhaps a source before it and a status after it.")
        return []
    target, *code = words
    status = (_CODES.get(code[0]) or (int(code[0]) if code[0].isdecimal() else 0)) if code else 301
    about = {"status": status, "note": "" if code else _NO_STATUS}
    target = target.removesuffix("{?query}").removesuffix("?{query}")
    ending = next((each for each in _PATHS if target.endswith(each)), "")
    start = target.removesuffix(ending)
    if any(not each.startswith(("/", "*")) for each in asked):
        return [kept(place, " ".join(asked), target, "its matcher is more than a path")]
    if "{" in start:
        return [kept(place, " ".join(asked), target, "its target has a variable")]
    rules = []
    for path in asked:
        if path == "*":
            if not stripped:
                return [kept(place, "*", target, "it catches every request")]
            if ending:
                # What is asked for keeps its slash where the prefix had one and loses it.
                begin = start if start.endswith("/") or stripped.endswith("/") is False else start + "/"
                rules.append(below(place, stripped + "*", stripped, begin, True, **about))
            else:
                rules.append(below(place, stripped + "*", stripped, target, False, **about))
        elif "*" in path[:-1]:
            rules.append(kept(place, path, target, "its pattern is not looked into"))
        elif path.endswith("*"):
            folder = path[:-1]
            rules.append(
                below(place, path, folder, start + folder if ending else target, bool(ending), **about)
            )
        else:
            rules.append(exact(place, path, start + path if ending else target, **about))
    return rules
