"""Traefik: routers and middlewares for its file provider.

From Traefik's pages on routers and on RedirectRegex: a router's ``Path`` compares the whole path, decoded;
the middleware compares the whole URL as it was sent and names groups as ``${1}``; ``permanent`` answers 301
to GET, 308 to other methods. It has no way to answer 410, and none to send a header with a redirect.
"""

from __future__ import annotations

import json
from typing import Any

from unbroken.model.plan import Plan
from unbroken.publish.hosts.base import Host, HostFile, Rule, decoded, expression, to_json

_FILE = "_unbroken/traefik/redirects.yaml"


class Traefik(Host):
    """Traefik."""

    name = "traefik"
    title = "Traefik"
    wildcards = True
    roomy = True

    def files(self, plan: Plan) -> list[HostFile]:
        """Return the dynamic configuration; JSON is YAML."""
        routers: dict[str, Any] = {}
        middlewares: dict[str, Any] = {}
        by_target: dict[str, list[Rule]] = {}
        for rule in self.redirects(plan):
            by_target.setdefault(rule.url, []).append(rule)
        for number, (url, rules) in enumerate(by_target.items(), 1):
            match = " || ".join(f"Path({json.dumps(decoded(r.path), ensure_ascii=False)})" for r in rules)
            _add(routers, middlewares, f"unbroken-{number}", match, url, 2_000)
        for number, pattern in enumerate(self.patterns(plan), 1):
            prefix = plan.base + pattern.prefix
            match = f"PathPrefix({json.dumps(decoded(prefix), ensure_ascii=False)})"
            url = self.target(plan, pattern.target)
            name = f"unbroken-pattern-{number}"
            # The longest first, and all of them after the exact ones.
            _add(routers, middlewares, name, match, url, 1_000 - number, prefix if pattern.star else "")
        http = {"routers": routers, "middlewares": middlewares} if routers else {}
        return [
            HostFile(_FILE, "# Written by Unbroken, for Traefik's file provider.\n" + to_json({"http": http}))
        ]

    def obstacle(self, path: str, url: str) -> str | None:
        """Say what a router's rule cannot."""
        if "{" in decoded(path) or "`" in decoded(path):
            return "Traefik reads { and ` in a path as syntax"
        if "?" in url.partition("#")[0]:
            return "Traefik cannot join a visitor's query to the target's own"
        return super().obstacle(path, url)


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
    regex = rf"^(https?://[^/]+){begun}([^?]*)(\?.*)?$"
    to = f"{origin}{path}{rest}${{3}}"
    moved = {"regex": regex, "replacement": to + mark + fragment, "permanent": True}
    middlewares[name] = {"redirectRegex": moved}
    routers[name] = {"rule": match, "middlewares": [name], "service": "noop@internal", "priority": priority}


HOST = Traefik()
