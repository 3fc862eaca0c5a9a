"""HAProxy: two maps and a snippet for a ``frontend``.

Measured with HAProxy 2.6: ``path`` is as it was sent; decoded and encoded once more with ``url_enc`` it has
one spelling, and no white space, which would end a key of a map; ``http-request return`` sends headers of its
own and ``redirect`` does not; in a quoted argument ``$`` is a variable and ``%`` begins a format.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, unquote_to_bytes

from unbroken.model.plan import Plan
from unbroken.model.redirects import Pattern
from unbroken.publish.hosts.base import NOT_UTF8, Host, HostFile

_FOLDER = "_unbroken/haproxy/"

_HEAD = """\
# Written by Unbroken. Put these lines into the frontend, and set UNBROKEN to the folder of the maps:
#     UNBROKEN=/etc/haproxy/unbroken haproxy -f ...
http-request set-var(txn.unbroken_key) path,url_dec,url_enc
http-request set-var(txn.unbroken) "var(txn.unbroken_key),map_str(${UNBROKEN}/redirects.map)"
http-request set-var(txn.unbroken_part) "var(txn.unbroken_key),map_str(${UNBROKEN}/fragments.map)"
http-request return status 410 if { var(txn.unbroken) -m str 410 }
"""
_ASKED = "{ query -m len gt 0 }"


class HAProxy(Host):
    """HAProxy."""

    name = "haproxy"
    title = "HAProxy"
    wildcards = True
    roomy = True
    gone = True
    caches = True

    def files(self, plan: Plan) -> list[HostFile]:
        """Return the snippet and its maps."""
        paths, fragments = [], []
        for rule in [*self.redirects(plan), *self.withdrawn(plan)]:
            key = quote(unquote_to_bytes(rule.path), safe="")
            url, mark, fragment = rule.url.partition("#")
            paths.append(f"{key} {url or '410'}\n")
            if mark:
                fragments.append(f"{key} #{fragment}\n")
        known = "{ var(txn.unbroken) -m found }"
        to, part = "%[var(txn.unbroken)]", "%[var(txn.unbroken_part)]"
        own = "{ var(txn.unbroken) -m sub ? }"
        lines = [
            _line(f"{to}&%[query]{part}", f"{known} {_ASKED} {own}", plan),
            _line(f"{to}?%[query]{part}", f"{known} {_ASKED}", plan),
            _line(f"{to}{part}", known, plan),
        ]
        for pattern in self.patterns(plan):
            lines += self._wild(plan, pattern)
        return [
            HostFile(f"{_FOLDER}frontend.cfg", _HEAD + "".join(lines)),
            HostFile(f"{_FOLDER}redirects.map", "".join(paths)),
            HostFile(f"{_FOLDER}fragments.map", "".join(fragments)),
        ]

    def obstacle(self, path: str, url: str) -> str | None:
        """Say what a map cannot."""
        why = super().obstacle(path, url)
        return None if why == NOT_UTF8 else why

    def _wild(self, plan: Plan, pattern: Pattern) -> Iterator[str]:
        prefix = plan.base + pattern.prefix
        url, mark, fragment = map(_literal, self.target(plan, pattern.target).partition("#"))
        to = url + (f"%[path,bytes({len(prefix)})]" if pattern.star else "")
        there = f'{{ path -m beg "{_word(prefix)}" }}'
        join = "&" if "?" in url else "?"
        yield _line(f"{to}{join}%[query]{mark}{fragment}", f"{there} {_ASKED}", plan)
        yield _line(f"{to}{mark}{fragment}", there, plan)


def _line(location: str, condition: str, plan: Plan) -> str:
    age = f"hdr Cache-Control max-age={plan.max_age}"
    return f'http-request return status 301 hdr Location "{location}" {age} if {condition}\n'


def _word(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")


def _literal(url: str) -> str:
    return _word(url).replace("%", "%%")


HOST = HAProxy()
