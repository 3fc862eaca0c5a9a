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
from urllib.parse import unquote_to_bytes

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
"""
_SERVER = """\
# Written by Unbroken. Include this file in the server context, before any location.
absolute_redirect off;
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
            _PARTS,
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
