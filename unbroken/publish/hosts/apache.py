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

from unbroken.findings.base import Finding, Place
from unbroken.model.plan import Plan
from unbroken.model.redirects import Pattern, Target
from unbroken.publish.hosts.base import Host, HostFile, Rule, block, expression

HTACCESS_RULES = 1_000

_FOLDER = "_unbroken/apache/"
# What ap_os_escape_path leaves as it is.
_UNESCAPED = b"$-_.+!*'(),:;@&=/~"

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
_LOOKUP = '"${unbroken:${unbroken_key:%{REQUEST_URI}}}"'
# A "?" that comes out of a reference is refused, so it stands in the substitution itself.
_RULES = f"""\
RewriteCond {_LOOKUP} =""
RewriteRule "^" "-" [S=5]
RewriteCond {_LOOKUP} "=410"
RewriteRule "^" "-" [G]
RewriteCond "%{{QUERY_STRING}}" =""
RewriteCond {_LOOKUP} "^([^?#]+)(#.*)?$"
RewriteRule "^" "%1%2" [FLAGS]
RewriteCond "%{{QUERY_STRING}}" =""
RewriteCond {_LOOKUP} "^([^?#]+)[?]([^#]*)(#.*)?$"
RewriteRule "^" "%1?%2%3" [FLAGS]
RewriteCond {_LOOKUP} "^([^?#]+)(#.*)?$"
RewriteRule "^" "%1?%{{QUERY_STRING}}%2" [FLAGS]
RewriteCond {_LOOKUP} "^([^?#]+)[?]([^#]*)(#.*)?$"
RewriteRule "^" "%1?%2&%{{QUERY_STRING}}%3" [FLAGS]
"""


class Apache(Host):
    """Apache."""

    name = "apache"
    title = "Apache"
    root_files = (".htaccess",)
    marked = True
    wildcards = True
    roomy = True
    gone = True

    def files(self, plan: Plan) -> list[HostFile]:
        """Return the snippet and its map, and ``.htaccess`` where that is small enough."""
        rules = self._rules(plan)
        flags = "R=301,L,NE,UnsafeAllow3F" if any("%3F" in rule.path for rule in rules) else "R=301,L,NE"
        wild = [line for pattern in self.patterns(plan) for line in _wildcard(plan, pattern, self, flags)]
        text = _SNIPPET + _RULES.replace("FLAGS", flags) + "".join(f"{line}\n" for line in wild)
        pairs = "".join(f"{key} {rule.url or '410'}\n" for rule in rules for key in _keys(rule.path))
        result = [HostFile(f"{_FOLDER}redirects.conf", text), HostFile(f"{_FOLDER}redirects.txt", pairs)]
        if self._is_small(plan):
            lines = [line for rule in rules for line in _exact(plan, rule, flags)]
            for pattern in self.patterns(plan):
                lines += _wildcard(plan, pattern, self, flags, plan.base + "/")
            result.append(HostFile(".htaccess", block(["RewriteEngine On", *lines] if lines else [])))
        return result

    def target(self, plan: Plan, target: Target) -> str:
        """Encode in a fragment what Apache takes for the query's: a ``?``, and an ``&`` at the end."""
        path, mark, fragment = plan.url(target).partition("#")
        return path + mark + fragment.replace("?", "%3F").replace("&", "%26")

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


def _keys(path: str) -> Iterator[str]:
    """Yield a path as ``int:escape`` writes it: with lower-case hex, and fewer escapes than ours."""
    key = "".join(
        chr(b) if b < 128 and (chr(b).isalnum() or b in _UNESCAPED) else f"%{b:02x}"
        for b in unquote_to_bytes(path)
    )
    yield key
    if ";" in key:
        yield key.replace(";", "%3b")  # so do older versions


def _exact(plan: Plan, rule: Rule, flags: str) -> Iterator[str]:
    # In a folder's own file the path is relative to that folder: the site's root.
    name = unquote_to_bytes(rule.path.removeprefix(plan.base + "/"))
    source = f"^{expression(name)}$"
    if rule.url:
        yield from _moved(source, [], _substitution(rule.url), flags)
    else:
        yield f'RewriteRule "{source}" "-" [G]'


def _wildcard(plan: Plan, pattern: Pattern, host: Host, flags: str, below: str = "") -> Iterator[str]:
    prefix = plan.base + pattern.prefix
    source = "^" + expression(unquote_to_bytes(prefix.removeprefix(below)))
    # The request line has the rest as the visitor spelled it.
    sent = f'RewriteCond "%{{THE_REQUEST}}" "^[A-Z]+ {expression(prefix.encode())}([^ ?]*)"'
    url = _substitution(host.target(plan, pattern.target)) + ("%1" if pattern.star else "")
    yield from _moved(source, [sent], url, flags)


def _moved(source: str, conditions: list[str], url: str, flags: str) -> Iterator[str]:
    """Yield the lines that send one source on, with query and fragment in their order."""
    path, mark, fragment = url.partition("#")
    if not mark:
        yield from conditions
        yield f'RewriteRule "{source}" "{url}" [{flags}{",QSA" if "?" in path else ""}]'
        return
    join = "&" if "?" in path else "?"
    yield 'RewriteCond "%{QUERY_STRING}" =""'
    # References are to the last condition.
    yield from conditions
    yield f'RewriteRule "{source}" "{url}" [{flags}]'
    yield from conditions
    yield f'RewriteRule "{source}" "{path}{join}%{{QUERY_STRING}}#{fragment}" [{flags}]'


def _substitution(url: str) -> str:
    return url.replace("%", "\\%").replace("$", "\\$")


HOST = Apache()
