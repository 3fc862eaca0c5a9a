"""Traefik: routers and middlewares for its file provider.

Measured with Traefik 3.7: a router's ``Path`` compares the whole path, decoded but for the characters that
RFC 3986 reserves; RedirectRegex compares the whole URL as it was sent, names groups as ``${1}`` and makes a
whole URL; ``permanent`` answers 301 to GET, 308 to other methods. A ``headers`` middleware before it reaches
the redirect. There is no way to answer 410.
"""

from __future__ import annotations

import json
import re
from typing import Any

from unbroken.model.plan import Plan
from unbroken.publish.hosts.base import Host, HostFile, Rule, decoded, expression, to_json

_FILE = "_unbroken/traefik/redirects.yaml"
_AGE = "unbroken-age"
# What a router compares escaped: the characters that RFC 3986 reserves, and the percent sign.
_RESERVED = re.compile("(%(?:2[1346789ABCF5]|3[ABDF]|40|5[BD]))")


class Traefik(Host):
    """Traefik."""

    name = "traefik"
    title = "Traefik"
    wildcards = True
    roomy = True
    caches = True

    def files(self, plan: Plan) -> list[HostFile]:
        """Return the dynamic configuration; JSON is YAML."""
        routers: dict[str, Any] = {}
        age = {"Cache-Control": f"max-age={plan.max_age}"}
        middlewares: dict[str, Any] = {_AGE: {"headers": {"customResponseHeaders": age}}}
        by_target: dict[str, list[Rule]] = {}
        for rule in self.redirects(plan):
            by_target.setdefault(rule.url, []).append(rule)
        for number, (url, rules) in enumerate(by_target.items(), 1):
            match = " || ".join(f"Path({_quoted(r.path)})" for r in rules)
            _add(routers, middlewares, f"unbroken-{number}", match, url, 2_000)
        for number, pattern in enumerate(self.patterns(plan), 1):
            prefix = plan.base + pattern.prefix
            match = f"PathPrefix({_quoted(prefix)})"
            url = self.target(plan, pattern.target)
            name = f"unbroken-pattern-{number}"
            # The longest first, and all of them after the exact ones.
            _add(routers, middlewares, name, match, url, 1_000 - number, prefix if pattern.star else "")
        http = {"routers": routers, "middlewares": middlewares} if routers else {}
        return [
            HostFile(_FILE, "# Written by Unbroken, for Traefik's file provider.\n" + to_json({"http": http}))
        ]


def _quoted(path: str) -> str:
    parts = _RESERVED.split(path)
    parts[::2] = map(decoded, parts[::2])
    return json.dumps("".join(parts), ensure_ascii=False)


def _add(
    routers: dict[str, Any],
    middlewares: dict[str, Any],
    name: str,
    match: str,
    url: str,
    priority: int,
    prefix: str = "",
) -> None:
    path, mark, fragment = url.replace("$", "$$").partition("#")
    origin = "" if not path.startswith("/") else "${1}"
    # Scheme and host; the path, or its rest; the query.
    begun, rest = (expression(prefix.encode()), "${2}") if prefix else ("", "")
    regex = rf"^(https?://[^/]+){begun}([^?]*)"
    # The first that matches redirects. A query comes after the target's own.
    own = "&" if "?" in path else "?"
    to = {
        name: (regex + r"\??$", f"{origin}{path}{rest}{mark}{fragment}"),
        name + "-query": (regex + r"\?(.+)$", f"{origin}{path}{rest}{own}${{3}}{mark}{fragment}"),
    }
    for each, (asked, there) in to.items():
        middlewares[each] = {"redirectRegex": {"regex": asked, "replacement": there, "permanent": True}}
    routers[name] = {
        "rule": match,
        "middlewares": [_AGE, *to],
        "service": "noop@internal",
        "priority": priority,
    }


HOST = Traefik()
