r"""Apache: a RewriteMap and a snippet for the server, and ``.htaccess`` for small maps.

Measured with Apache 2.4: the map's keys are what ``int:escape`` makes of the decoded path, so that no key has
white space and the map compares bytes; ``NE`` keeps the ``#`` of a target, ``QSD`` is not needed where the
substitution has a ``?`` of its own, and ``UnsafeAllow3F`` (2.4.60) is written only where a source has a ``?``
in its name. A ``%`` or ``$`` in a substitution is a reference unless ``\`` stands before it.

``.htaccess`` is read again at every request: 10,000 lines cost 3 to 13 ms each. So it is written for at most
1,000 rules, which cost less than a page; past that there is the map, which costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

from unbroken.findings.base import Finding, Place
from unbroken.findings.hosts import HostCannot
from unbroken.model.imported import Imported, below, exact, kept, literal, matching
from unbroken.model.imported import Rule as ImportedRule
from unbroken.model.plan import Plan
from unbroken.model.redirects import Pattern, Target
from unbroken.publish.hosts.base import Host, HostFile, Rule, block, expression

HTACCESS_RULES = 1_000
# SDBM keeps a key and its value on one page of 1,024 bytes; well below, no two of them can fill one.
PAIR = 500

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
_FLAGS = "R=301,L,NE,E=unbroken_moved:1"
_AGE = """\
<IfModule mod_headers.c>
    Header always set Cache-Control "max-age={age}" env=unbroken_moved
</IfModule>
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
    caches = True

    def files(self, plan: Plan) -> list[HostFile]:
        """Return the snippet and its map, and ``.htaccess`` where that is small enough."""
        rules = self._rules(plan)
        flags = _FLAGS + (",UnsafeAllow3F" if any("%3F" in rule.path for rule in rules) else "")
        wild = [line for pattern in self.patterns(plan) for line in _wildcard(plan, pattern, self, flags)]
        pairs = [(rule, f"{key} {rule.url or '410'}\n") for rule in rules for key in _keys(rule.path)]
        long = dict.fromkeys(rule for rule, pair in pairs if len(pair) > PAIR)
        lines = [line for rule in long for line in _exact(rule, flags)] + wild
        age = _AGE.format(age=plan.max_age)
        text = _SNIPPET + _RULES.replace("FLAGS", flags) + "".join(f"{line}\n" for line in lines) + age
        map_ = "".join(pair for rule, pair in pairs if rule not in long)
        result = [HostFile(f"{_FOLDER}redirects.conf", text), HostFile(f"{_FOLDER}redirects.txt", map_)]
        if self._is_small(plan):
            lines = [line for rule in rules for line in _exact(rule, flags, plan.base + "/")]
            for pattern in self.patterns(plan):
                lines += _wildcard(plan, pattern, self, flags, plan.base + "/")
            result.append(
                HostFile(".htaccess", block([*age.splitlines(), "RewriteEngine On", *lines] if lines else []))
            )
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
            yield HostCannot(
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


def _exact(rule: Rule, flags: str, below: str = "") -> Iterator[str]:
    # In a folder's own file the path is relative to that folder: the site's root.
    name = unquote_to_bytes(rule.path.removeprefix(below))
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

DIRECTIVE = re.compile(r"\s*(<?/?[A-Za-z]+)")
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'|(\S+)')
_REWRITE_WORD = re.compile(r'"([^"]*)"|\'([^\']*)\'|((?:\\\s|\S)+)')
_QUOTED = re.compile(r'\\(["\'\\])')
_STATUSES = {"permanent": 301, "temp": 302, "seeother": 303, "gone": 410}
_NO_STATUS = "it has no status, which Apache answers with 302; the map says 301"
_OTHER_HOST = ("%{HTTP_HOST}", "%{SERVER_NAME}", "%{HTTPS}", "%{SERVER_PORT}", "%{HTTP:X-Forwarded-Proto}")
_FILE_TEST = re.compile(r"%\{(?:REQUEST_FILENAME|SCRIPT_FILENAME|DOCUMENT_ROOT\}.*)\}?", re.DOTALL)


def read(text: str, file: str) -> Imported:
    """Return what ``Redirect``, ``RedirectMatch`` and ``RewriteRule`` lines hold, as a server has them.

    In an ``.htaccess`` a ``RewriteRule`` has no slash before its pattern; ``RewriteBase`` stands before it.
    """
    result = Imported()
    aliases: list[ImportedRule] = []
    conditions: list[str] = []
    base, below_if = "/", 0
    for number, line in continued(text):
        found = DIRECTIVE.match(line)
        if found is None:
            continue
        name = found[1].lower()
        place = Place(file, number, found.start(1) + 1)
        words = words_of(name, line[found.end() :])
        below_if += {"<if": 1, "<elseif": 1, "<else": 1, "</if": -1, "</elseif": -1, "</else": -1}.get(
            name, 0
        )
        some = "requests that fit <If>" if below_if > 0 else ""
        if name == "rewritebase" and words:
            base = "/" + words[0].strip("/") + "/" if words[0].strip("/") else "/"
        elif name == "rewritecond":
            conditions.append(" ".join(words))
        elif name == "rewriterule":
            rules = _rewrite(result, place, words, conditions, base)
            result.rules += [rule._replace(some=rule.some or some) for rule in rules]
            conditions = []
        elif name in ("redirect", "redirectpermanent", "redirecttemp", "redirectmatch"):
            aliases += [rule._replace(some=some) for rule in _redirect(result, place, name, words)]
    # mod_rewrite answers before mod_alias does.
    result.rules += aliases
    return result


def words_of(name: str, rest: str) -> list[str]:
    """Return the words after the name of a directive, in small letters, as Apache parts them."""
    if name in ("rewriterule", "rewritecond"):
        # mod_rewrite does that itself: a backslash keeps a space in its word, and no quote.
        return [next(filter(None, word), "") for word in _REWRITE_WORD.findall(rest)]
    return [_QUOTED.sub(r"\1", next(filter(None, word), "")) for word in _WORD.findall(rest)]


def continued(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line with those that it goes on with, without comments."""
    parts: list[str] = []
    first = 1
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        first = number if not parts else first
        if line.endswith("\\"):
            parts.append(line[:-1])
            continue
        whole = "".join([*parts, line])
        parts = []
        if whole.strip() and not whole.lstrip().startswith("#"):
            yield first, whole
    if parts:
        yield first, "".join(parts)


def _redirect(result: Imported, place: Place, name: str, words: list[str]) -> list[ImportedRule]:
    status = {"redirectpermanent": 301, "redirecttemp": 302}.get(name, 0)
    note = ""
    if not status:
        first = words[0].lower() if words else ""
        if first in _STATUSES or (first.isdecimal() and len(first) == 3):
            status, words = _STATUSES.get(first) or int(first), words[1:]
        else:
            status, note = 301, _NO_STATUS
    if not 300 <= status < 400 and words:
        return [kept(place, words[0], "", f"it answers {status}, which is not a permanent redirect")]
    if len(words) != 2:
        result.fault(place, "A redirect needs a source and a target.")
        return []
    source, target = words
    if "${" in source + target:
        return [kept(place, source, target, "it has a variable")]
    about: dict[str, Any] = {"status": status, "note": note}
    if name == "redirectmatch":
        return matching(place, literal(source), target, **about)
    if not source.startswith("/"):
        result.fault(place, "The source of Redirect begins with a slash.")
        return []
    source = literal(source)
    single = exact(place, source, target, **about)
    if "." in source.rpartition("/")[2]:
        return [single]  # nobody asks for what is below a file
    slash = "" if source.endswith("/") else "/"
    folder = below(place, source, source + slash, target + slash, True, **about)
    return [single, folder._replace(implied=True)]


def _rewrite(
    result: Imported, place: Place, words: list[str], conditions: list[str], base: str
) -> list[ImportedRule]:
    if len(words) not in (2, 3):
        result.fault(place, "RewriteRule needs a pattern, a substitution and perhaps flags.")
        return []
    source, target, *rest = words
    flags = [flag.strip() for flag in rest[0].strip("[]").split(",")] if rest else []
    names = {flag.partition("=")[0].upper(): flag.partition("=")[2].lower() for flag in flags}
    fold = bool({"NC", "NOCASE"} & names.keys())
    code = names.get("R", names.get("REDIRECT"))
    status = 0 if code is None else _STATUSES.get(code) or (int(code) if code.isdecimal() else 302)
    if code is None and {"G", "F", "GONE", "FORBIDDEN"} & names.keys():
        return [kept(place, source, target, "it answers with an error")]
    if code is None and "://" in target:
        status = 302
    if target == "-":
        return []
    if source.startswith("!"):
        return [kept(place, source, target, "it is for what its expression does not match")] if status else []
    is_file_test = [_FILE_TEST.match(each) is not None and "!-" in each for each in conditions]
    others = [each for each, is_test in zip(conditions, is_file_test, strict=True) if not is_test]
    if any(each.startswith(_OTHER_HOST) for each in others):
        return [kept(place, source, target, "it is for another host, or for http")]
    about = {
        "status": status,
        "live_wins": any(is_file_test),
        "some": f"requests that fit {' and '.join(others)}" if others else "",
    }
    if not source.startswith(("^/", "/")):
        # In a folder's own file the path has no slash before it.
        if source.startswith("^"):
            source = f"^{re.escape(base)}{source[1:]}"
        elif base != "/":
            source = f"^{re.escape(base)}.*{source}"
    if not target.startswith("/") and "://" not in target and not target.startswith("%{"):
        target = base + target
    # "%2" in "%20" is what a condition caught; a space is "\%20".
    if "%" in re.sub(r"\\%|%[A-Fa-f][0-9A-Fa-f]", "", target) or "${" in target or "\\$" in target:
        return [kept(place, source, target, "its target has a variable")]
    target = re.sub(r"\\(.)", r"\1", target.removesuffix("?"))
    rules = matching(place, literal(source), target, fold=fold, **about)
    return [rule._replace(source=words[0]) for rule in rules]
