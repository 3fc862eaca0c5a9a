r"""Apache: a RewriteMap and a snippet for the server, and ``.htaccess`` for small maps.

Measured with Apache 2.4: the map's keys are what ``int:escape`` makes of the decoded path, so that no key has
white space and the map compares bytes; ``NE`` keeps the ``#`` of a target, ``QSD`` is not needed where the
substitution has a ``?`` of its own, and ``UnsafeAllow3F`` (2.4.60) is written only where a source has a ``?``
in its name. A ``%`` or ``$`` in a substitution is a reference unless ``\`` stands before it.

``.htaccess`` is read again at every request: 10,000 lines cost 3 to 13 ms each. So it is written for at most
1,000 rules, which cost less than a page; past that there is the map, which costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from unbroken.findings import Finding, Place
from unbroken.hosts.base import Host, HostFile, Rule, block, expression, merge_lines
from unbroken.redirects import Plan

HTACCESS_RULES = 1_000

_FOLDER = "_unbroken/apache/"
# What ap_os_escape_path leaves as it is.
_UNESCAPED = b"$-_.+!*'(),:@&=/~"

_SNIPPET = """\
# Written by Unbroken. Make the map with
#
#     httxt2dbm -f SDBM -i redirects.txt -o redirects.dbm
#
# then, in the server or a virtual host:
#
#     Define UNBROKEN "dbm=sdbm:/path/to/redirects.dbm"
#     Include "/path/to/redirects.conf"
#
# Without httxt2dbm, "txt:/path/to/redirects.txt" does for a few thousand redirects.
RewriteEngine On
RewriteMap unbroken "${UNBROKEN}"
RewriteMap unbroken_key "int:escape"
"""
_RULES = """\
RewriteCond "${unbroken:${unbroken_key:%{REQUEST_URI}}}" =""
RewriteRule "^" "-" [S=4]
RewriteCond "${unbroken:${unbroken_key:%{REQUEST_URI}}}" ="410"
RewriteRule "^" "-" [G]
RewriteCond "%{QUERY_STRING}" =""
RewriteCond "${unbroken:${unbroken_key:%{REQUEST_URI}}}" "^(.+)$"
RewriteRule "^" "%1" [R=301,L,NE]
RewriteCond "${unbroken:${unbroken_key:%{REQUEST_URI}}}" "^([^?#]+)(#.*)?$"
RewriteRule "^" "%1?%{QUERY_STRING}%2" [R=301,L,NE]
RewriteCond "${unbroken:${unbroken_key:%{REQUEST_URI}}}" "^([^#]+)(#.*)?$"
RewriteRule "^" "%1&%{QUERY_STRING}%2" [R=301,L,NE]
"""


class Apache(Host):
    """Apache."""

    name = "apache"
    title = "Apache"
    wildcards = True
    roomy = True
    gone = True

    def files(self, plan: Plan) -> list[HostFile]:
        """Return the snippet and its map, and ``.htaccess`` where that is small enough."""
        rules = self._rules(plan)
        pairs = "".join(f"{_key(rule.path)} {rule.url or '410'}\n" for rule in rules)
        flags = "R=301,L,NE,UnsafeAllow3F" if any("%3F" in rule.path for rule in rules) else "R=301,L,NE"
        text = _SNIPPET + _RULES.replace("R=301,L,NE", flags) + "".join(self._wildcards(plan))
        result = [
            HostFile(f"{_FOLDER}redirects.conf", text),
            HostFile(f"{_FOLDER}redirects.txt", pairs),
        ]
        if self._is_small(plan):
            lines = [line for rule in rules for line in _htaccess(plan, rule, flags)]
            lines += [line for text in self._wildcards(plan, "") for line in text.splitlines()]
            content = block(["RewriteEngine On", *lines] if lines else [])
            result.append(HostFile(".htaccess", content))
        return result

    def merge(self, existing: str, ours: HostFile) -> str:
        """Keep what the authors wrote into ``.htaccess``, after ours."""
        return merge_lines(existing, ours.content) if ours.path == ".htaccess" else ours.content

    def judge(self, plan: Plan, place: Place) -> list[Finding]:
        """Say, too, when ``.htaccess`` is left out."""
        return [*super().judge(plan, place), *self._too_many(plan, place)]

    def _too_many(self, plan: Plan, place: Place) -> Iterator[Finding]:
        if not self._is_small(plan):
            yield Finding(
                "host-cannot",
                place,
                f"More than {HTACCESS_RULES:,} rules slow every request down, so no .htaccess is written.",
                f"Include {_FOLDER}redirects.conf in the server's configuration.",
            )

    def _rules(self, plan: Plan) -> list[Rule]:
        return [*self.redirects(plan), *self.withdrawn(plan)]

    def _is_small(self, plan: Plan) -> bool:
        return len(plan.answers) + len(plan.gone) <= HTACCESS_RULES

    def _wildcards(self, plan: Plan, start: str = "/") -> Iterator[str]:
        for pattern in self.patterns(plan):
            # The request line has the rest as the visitor spelled it.
            sent = expression((plan.base + pattern.prefix).encode())
            base = plan.base if start else ""
            asked = expression(unquote_to_bytes(base + pattern.prefix)).removeprefix("" if start else "/")
            url = _substitution(self.target(plan, pattern.target)) + ("%1" if pattern.star else "")
            yield f'RewriteCond "%{{THE_REQUEST}}" "^[A-Z]+ {sent}([^ ?]*)"\n'
            yield f'RewriteRule "^{asked}" "{url}" [R=301,L,NE]\n'


def _key(path: str) -> str:
    """Return a path as ``int:escape`` writes it: with lower-case hex, and fewer escapes than ours."""
    return "".join(
        chr(b) if b < 128 and (chr(b).isalnum() or b in _UNESCAPED) else f"%{b:02x}"
        for b in unquote_to_bytes(path)
    )


def _htaccess(plan: Plan, rule: Rule, flags: str) -> Iterator[str]:
    # In a folder's own file the path is relative to that folder: the site's root.
    name = unquote_to_bytes(rule.path.removeprefix(plan.base)).removeprefix(b"/")
    source = f'RewriteRule "^{expression(name)}$"'
    if not rule.url:
        yield f'{source} "-" [G]'
        return
    path, mark, fragment = rule.url.partition("#")
    whole = _substitution(rule.url)
    if not mark:
        yield f'{source} "{whole}" [{flags}{",QSA" if "?" in path else ""}]'
        return
    join = "&" if "?" in path else "?"
    yield 'RewriteCond "%{QUERY_STRING}" =""'
    yield f'{source} "{whole}" [{flags}]'
    yield f'{source} "{_substitution(path)}{join}%{{QUERY_STRING}}#{_substitution(fragment)}" [{flags}]'


def _substitution(url: str) -> str:
    return url.replace("%", "\\%").replace("$", "\\$")


HOST = Apache()
