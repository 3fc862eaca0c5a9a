"""nginx: a map for the ``http`` context and a snippet for the ``server`` context.

Measured with nginx 1.31: a map finds its keys without regard to case, so the answer repeats its path and the
server compares the two exactly; paths that differ only in case are regular expressions, which do regard it.
``$uri`` is decoded. A ``$`` in a key is a plain character, in a value it is a variable and nothing quotes it.
A word of the configuration has less than 4,096 bytes. Query and fragment are joined to the path in that
order; a target that has a query of its own gets the visitor's after it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from unbroken.findings.base import Place
from unbroken.model.imported import Imported, Unreadable, below, exact, kept, literal, matching
from unbroken.model.imported import Rule as ImportedRule
from unbroken.model.plan import Plan
from unbroken.model.redirects import Pattern
from unbroken.publish.hosts.base import NOT_UTF8, Host, HostFile, Rule, expression

WORD = 4_000

_HEAD = """\
# Written by Unbroken. Include this file in the http context, and server.conf in the server context.
map_hash_max_size {size};
map_hash_bucket_size {bucket};
"""
# The answer's parts. "unbroken_" keeps these names from those of the server's owner.
_PARTS = """\
map $unbroken_line $unbroken_source {
    default "";
    "~(?s)^[^ ]+ (?<unbroken_found_source>.+)$" $unbroken_found_source;
}
map $unbroken_answer $unbroken_path {
    default "";
    "~^(?<unbroken_found_path>[^# ]+)" $unbroken_found_path;
}
map $unbroken_answer $unbroken_fragment {
    default "";
    "~^[^# ]+(?<unbroken_found_fragment>#[^ ]*)" $unbroken_found_fragment;
}
map $unbroken_path $unbroken_mark {
    default "?";
    "~[?]" "&";
}
map $args $unbroken_query {
    default "$unbroken_mark$args";
    "" "";
}
map $unbroken_path $unbroken_expires {
    default @AGE@s;
    "" off;
    "410" off;
}
"""
_SERVER = """\
# Written by Unbroken. Include this file in the server context, before any location.
absolute_redirect off;
expires $unbroken_expires;
set $unbroken_answer "";
if ($uri = $unbroken_source) {
    set $unbroken_answer $unbroken_line;
}
if ($unbroken_source = "") {
    set $unbroken_answer $unbroken_pattern;
}
if ($unbroken_path = "410") {
    return 410;
}
if ($unbroken_path) {
    return 301 "$unbroken_path$unbroken_query$unbroken_fragment";
}
"""


class Nginx(Host):
    """nginx."""

    name = "nginx"
    title = "nginx"
    wildcards = True
    roomy = True
    gone = True
    caches = True

    def files(self, plan: Plan) -> list[HostFile]:
        """Return the map and the snippet that uses it."""
        rules = [*self.redirects(plan), *self.withdrawn(plan)]
        names = {rule: unquote_to_bytes(rule.path) for rule in rules}
        # nginx folds ASCII letters only.
        same = Counter(name.lower() for name in names.values())
        lines = [_line(rule, name, same[name.lower()] > 1) for rule, name in names.items()]
        longest = max((len(name) for name in names.values()), default=0)
        text = [
            # So sized, 100,000 redirects and their spellings start in a second and without a warning.
            _HEAD.format(size=max(2048, 2 * len(lines)), bucket=_power(4 * (longest + 32))),
            _map("$uri", "$unbroken_line", lines),
            _map('"$uri $request_uri"', "$unbroken_pattern", self._patterns(plan)),
            _PARTS.replace("@AGE@", str(plan.max_age)),
        ]
        return [
            HostFile("_unbroken/nginx/http.conf", "".join(text)),
            HostFile("_unbroken/nginx/server.conf", _SERVER),
        ]

    def obstacle(self, path: str, url: str) -> str | None:
        """Say what a map cannot."""
        why = super().obstacle(path, url)
        return None if why == NOT_UTF8 else why  # an expression can have such bytes

    def too_long(self, path: str, url: str) -> str | None:
        """Say so past the length of a word."""
        # An expression needs four characters for a byte.
        if len(url) + 4 * len(unquote_to_bytes(path)) > WORD:
            return f"a source and its target have {WORD:,} bytes at most"
        return None

    def _patterns(self, plan: Plan) -> Iterator[str]:
        for pattern in self.patterns(plan):
            url = _value(self.target(plan, pattern.target)) + ("$unbroken_rest" if pattern.star else "")
            yield f'{_wildcard(plan, pattern)} "{url}"'


def _map(source: str, variable: str, lines: Iterable[str]) -> str:
    inside = "".join(f"    {line};\n" for line in ['default ""', *lines])
    return f"map {source} {variable} {{\n{inside}}}\n"


def _line(rule: Rule, name: bytes, twin: bool) -> str:
    target = _value(rule.url) or "410"
    try:
        text = name.decode()
    except UnicodeDecodeError:
        text = ""
    if twin or not text or "$" in text or not text.isprintable():
        # "$uri" is what the server compares it with: an expression has regarded case already.
        return f'"~^{expression(name)}$" "{target} $uri"'
    return f"{_quoted(text)} {_quoted(f'{target} {text}')}"


def _wildcard(plan: Plan, pattern: Pattern) -> str:
    """Return an expression for the decoded path and, after it, the request as it was sent.

    The first says what is asked for, and the second has the rest as the visitor spelled it.
    """
    prefix = plan.base + pattern.prefix
    sent = re.sub("%[0-9A-F]{2}", lambda found: f"(?i:{found.group()})", expression(prefix.encode()))
    return f'"~(?s)^{expression(unquote_to_bytes(prefix))}.* {sent}(?<unbroken_rest>[^ ?]*)(?:[?][^ ]*)?$"'


def _value(url: str) -> str:
    return url.replace("$", "%24")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _power(number: int) -> int:
    """Return the power of two from 128 on that is not less."""
    return max(128, 1 << (number - 1).bit_length())


HOST = Nginx()

_TOKEN = re.compile(
    r"""
    [ \t\r\n]+ | \#[^\n]*
  | "((?:[^"\\]|\\.)*)"
  | '((?:[^'\\]|\\.)*)'
  | ([{};])
  # A word may have braces within it: those of a variable, and those that count in an expression.
  | ((?:[^\s;{}\\"']|\\.|\$\{\w+\})(?:[^\s;{}\\]|\\.|\$\{\w+\}|\{\d+,?\d*\})*)
  | .
    """,
    re.VERBOSE | re.DOTALL,
)
_PERMANENT = {"permanent": 301, "redirect": 302}
_OWN_HOST = re.compile(r"^(?:\$scheme|https?)://\$(?:host|http_host|server_name)(?=[/$]|$)")
_QUERY = re.compile(r"(?:\$is_args\$args|\?\$args|\?\$query_string|\$is_args\$query_string)$")
_MAPPED = re.compile(r"\$\{?(\w+)\}?")


class Block(NamedTuple):
    """A directive, its words, its line, and what is in its braces."""

    line: int
    words: list[str]
    inside: list[Block] | None = None


def read(text: str, file: str) -> Imported:
    """Return what ``map``, ``rewrite``, ``return`` and ``location`` of a configuration hold.

    In the order in which nginx comes to them: what stands in the server itself, then exact locations, those
    with an expression, and the others, longest first.

    Raises:
        Unreadable: its braces do not match.
    """
    result = Imported()
    tree = tree_of(text, file)
    maps: dict[str, Block] = {}
    for block in _all(tree):
        if block.words[:1] == ["map"] and len(block.words) == 3 and block.inside is not None:
            maps[block.words[2].lstrip("$")] = block
        if block.words[:1] == ["include"] and len(block.words) == 2 and "*" not in block.words[1]:
            name = block.words[1]
            if not name.endswith(("mime.types", "fastcgi_params", "proxy_params")):
                result.fault(
                    Place(file, block.line), f"include {name!a} names another file. Take that over, too."
                )
    used = _uses(tree, maps)
    # A file of maps alone, or of the inside of one, is included elsewhere.
    for name, block in maps.items():
        if name in used or not used:
            status, prefix = used.get(name, (301, ""))
            result.rules += _map_rules(result, block, file, status, prefix)
    servers = [block.inside or [] for block in _all(tree) if block.words[:1] == ["server"] and block.inside]
    for body in servers or [tree]:
        result.rules += _server(result, body, file, maps)
    if not result.rules and not maps and tree and all(b.inside is None and len(b.words) == 2 for b in tree):
        inner = Block(1, ["map", "$uri", "$to"], tree)
        result.rules += _map_rules(result, inner, file, 301, "")
    return result


def tree_of(text: str, file: str) -> list[Block]:
    """Return the directives of a configuration, with those in their braces.

    Raises:
        Unreadable: its braces do not match, or a semicolon is missing.
    """
    top: list[Block] = []
    stack: list[tuple[list[Block], int]] = [(top, 0)]
    words: list[str] = []
    line = first = 1
    for found in _TOKEN.finditer(text):
        quoted = found[1] if found[1] is not None else found[2]
        if quoted is not None or found[4] is not None:
            first = first if words else line
            # A backslash before a quote or itself goes, within quotes or not; any other is part of the word.
            words.append(re.sub(r'\\(["\'\\])', r"\1", found[4] if quoted is None else quoted))
        elif found[3] == ";":
            if words:
                stack[-1][0].append(Block(first, words))
            words = []
        elif found[3] == "{":
            inside: list[Block] = []
            stack[-1][0].append(Block(first if words else line, words, inside))
            stack.append((inside, line))
            words = []
        elif found[3] == "}":
            if len(stack) == 1 or words:
                raise Unreadable(
                    Place(file, line), "This brace closes nothing, or a semicolon is missing before it."
                )
            stack.pop()
        line += found[0].count("\n")
    if len(stack) > 1:
        raise Unreadable(Place(file, stack[-1][1]), "This brace is never closed.")
    if words:
        raise Unreadable(Place(file, first), "A semicolon is missing after this.")
    return top


def _all(blocks: list[Block]) -> Iterator[Block]:
    waiting = list(reversed(blocks))
    while waiting:
        block = waiting.pop()
        yield block
        waiting += reversed(block.inside or [])


def _uses(tree: list[Block], maps: dict[str, Block]) -> dict[str, tuple[int, str]]:
    """Return with which status, and before which text, the variable of each map is answered."""
    used: dict[str, tuple[int, str]] = {}
    for block in _all(tree):
        words = block.words
        if words[:1] == ["return"] and len(words) == 3 and words[1].isdecimal():
            target, status = words[2], int(words[1])
        elif words[:1] == ["rewrite"] and len(words) == 4:
            target, status = words[2], _PERMANENT.get(words[3], 0)
        else:
            continue
        target = _OWN_HOST.sub("", _QUERY.sub("", target))
        for name in _MAPPED.findall(target):
            if name in maps:
                used[name] = status, _MAPPED.sub("", target)
    return used


def _map_rules(result: Imported, block: Block, file: str, status: int, prefix: str) -> Iterator[ImportedRule]:
    flat = [each for each in block.inside or [] if each.inside is None and len(each.words) == 2]
    request = block.words[1].strip("${}")
    if request not in ("uri", "request_uri", "document_uri"):
        result.fault(Place(file, block.line), f"The map is of ${request}, not of the address.")
        return
    singles = [each for each in flat if not each.words[0].startswith("~")]
    for each in [*singles, *(each for each in flat if each.words[0].startswith("~"))]:
        source, target = each.words
        place = Place(file, each.line)
        source = source if request == "request_uri" else literal(source)
        if source in ("default", "hostnames", "volatile", "include"):
            continue
        if target in ("", "0"):
            continue
        about = {"status": status}
        target = prefix + target
        if source.startswith("~"):
            fold = source.startswith("~*")
            yield from matching(place, source.lstrip("~*" if fold else "~"), target, fold=fold, **about)
        else:
            yield exact(place, source.removeprefix("\\"), target, **about)


def _server(result: Imported, body: list[Block], file: str, maps: dict[str, Block]) -> list[ImportedRule]:
    rules: list[ImportedRule] = []
    found = _Locations([], [], [])
    for block in body:
        match block.words[:1]:
            case ["rewrite"]:
                rules += _rewrite(result, block, file, maps)
            case ["if"] if block.inside is not None:
                rules += _if(result, block, file, maps)
            case ["return"] if len(block.words) in (2, 3):
                _, target = _returned(block.words)
                if target and not _is_mapped(target, maps):
                    why = "it is for every request of its server"
                    rules.append(kept(Place(file, block.line), "/", target, why))
            case ["location"] if block.inside is not None and 2 <= len(block.words) <= 3:
                rules += _location(result, block, file, maps, found)
    found.prefixes.sort(key=lambda rule: -len(rule.prefix))
    return [*rules, *found.exactly, *found.expressions, *found.prefixes]


class _Locations(NamedTuple):
    """The rules of locations, in the order in which nginx looks at them."""

    exactly: list[ImportedRule]
    expressions: list[ImportedRule]
    prefixes: list[ImportedRule]


def _location(
    result: Imported, block: Block, file: str, maps: dict[str, Block], found: _Locations
) -> Iterator[ImportedRule]:
    """Put the rules of a location where they belong, and yield those of which nothing more is known."""
    kind, path = block.words[1] if len(block.words) == 3 else "", block.words[-1]
    if kind == "" and path.startswith("@"):
        return  # no request names it
    if kind == "" and path.startswith(("=", "~")) and len(path) > 1:
        kind, path = path[0], path[1:]
    for inner in map(_as_return, block.inside or []):
        place = Place(file, inner.line)
        if inner.words[:1] == ["rewrite"]:
            rules = _rewrite(result, inner, file, maps)
            why = "" if _is_within(inner.words, kind, path) else f"it is for location {path} alone"
            found.expressions.extend(kept(place, r.source, r.target, why) if why else r for r in rules)
        if inner.words[:1] != ["return"] or len(inner.words) not in (2, 3):
            continue
        status, target = _returned(inner.words)
        about = {"status": status}
        if target is None or _is_mapped(target, maps):
            continue
        rest = next((v for v in ("$request_uri", "$uri") if target.endswith(v)), "")
        start = target.removesuffix(rest)
        if "$" in _GROUPS.sub("", start) or (rest and kind in ("~", "~*")):
            yield kept(place, path, target, "its target has a variable")
        elif rest and not start:
            yield kept(place, path, target, "it leads to the same address at the same host")
        elif kind == "=":
            found.exactly.append(exact(place, literal(path), start + path if rest else target, **about))
        elif kind in ("~", "~*"):
            found.expressions.extend(matching(place, literal(path), target, fold=kind == "~*", **about))
        else:
            target = start + path if rest else target
            found.prefixes.append(below(place, path, literal(path), target, bool(rest), **about))
        return


def _as_return(block: Block) -> Block:
    """Return a rewrite of whatever is asked for in a location as the ``return`` that it comes to."""
    match block.words:
        case ["rewrite", source, target, flag] if (
            _WHATEVER.fullmatch(source) and "$" not in target and flag in _PERMANENT
        ):
            return Block(block.line, ["return", str(_PERMANENT[flag]), target])
    return block


def _is_mapped(target: str, maps: dict[str, Block]) -> bool:
    """Return whether a target is the variable of a map, whose lines are rules by themselves."""
    return any(name in maps for name in _MAPPED.findall(target))


def _is_within(words: list[str], kind: str, path: str) -> bool:
    """Return whether all that a rewrite is for is in its location, as far as both begin alike."""
    start = path if kind.startswith("~") else f"^{path}"
    return len(words) < 2 or start == "^/" or words[1].replace("\\", "").startswith(start.replace("\\", ""))


_WHATEVER = re.compile(r"\^?/?(?:\.\*|\(\.\*\))?\$?")
_GROUPS = re.compile(r"\$[0-9]")


def _returned(words: list[str]) -> tuple[int, str | None]:
    code, target = (words[1], words[2]) if len(words) == 3 else ("302", words[1])
    if len(words) == 2 and words[1].isdecimal():
        return int(words[1]), None
    status = int(code) if code.isdecimal() and len(code) == 3 else 0
    return status, _OWN_HOST.sub("", _QUERY.sub("", target)) or "/"


def _rewrite(
    result: Imported, block: Block, file: str, maps: dict[str, Block], some: str = ""
) -> list[ImportedRule]:
    place = Place(file, block.line)
    if len(block.words) not in (3, 4):
        result.fault(place, "rewrite needs an expression, a replacement and perhaps a flag.")
        return []
    _, source, target, *flag = block.words
    status = _PERMANENT.get(flag[0] if flag else "", 302 if target.startswith(("http", "$scheme")) else 0)
    target = _OWN_HOST.sub("", _QUERY.sub("", target.removesuffix("?"))) or "/"
    if _is_mapped(target, maps):
        return []
    if "$" in _GROUPS.sub("", target):
        return [kept(place, source, target, "its target has a variable")]
    return matching(place, literal(source), target, status=status, some=some)


def _if(result: Imported, block: Block, file: str, maps: dict[str, Block]) -> list[ImportedRule]:
    words = [word for word in " ".join(block.words[1:]).strip("() ").split() if word]
    rules: list[ImportedRule] = []
    for inner in block.inside or []:
        place = Place(file, inner.line)
        if inner.words[:1] == ["rewrite"]:
            rules += _rewrite(result, inner, file, maps, f"requests with {' '.join(words)}")
        if inner.words[:1] != ["return"] or len(inner.words) not in (2, 3):
            continue
        status, target = _returned(inner.words)
        if target is None or _is_mapped(target, maps):
            continue
        about = {"status": status}
        if "$" in _GROUPS.sub("", target):
            rules.append(kept(place, " ".join(words), target, "its target has a variable"))
        elif len(words) == 3 and words[0] in ("$uri", "$request_uri") and words[1] in ("=", "~", "~*"):
            source = words[2] if words[0] == "$request_uri" else literal(words[2])
            if words[1] == "=":
                rules.append(exact(place, source, target, **about))
            else:
                rules += matching(place, source, target, fold=words[1] == "~*", **about)
        else:
            rules.append(
                kept(place, " ".join(words), target, f"it is for requests with {' '.join(words)} alone")
            )
    return rules
