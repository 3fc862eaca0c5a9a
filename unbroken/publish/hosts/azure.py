"""Azure Static Web Apps: ``staticwebapp.config.json``.

From Azure's page on configuration: routes are tried in order and the first match counts; ``*`` stands only
at the end of a route and has no place in a target; the file holds at most 20 KB. Measured with the static
web apps CLI: sources are compared percent-encoded, the query is dropped, a route wins over a file. A route's
``statusCode`` may be any, which gives 410.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from unbroken.findings.base import Finding, Place
from unbroken.formats import literals
from unbroken.model.imported import Imported, below, exact, kept
from unbroken.model.plan import Plan
from unbroken.model.redirects import Pattern
from unbroken.publish.hosts.base import Host, HostFile, Rule, listed, merge_json, to_json

FILE_SIZE = 20_000


class Azure(Host):
    """Azure Static Web Apps."""

    name = "azure"
    title = "Azure Static Web Apps"
    root_files = ("staticwebapp.config.json",)
    wildcards = True
    gone = True
    as_sent = True
    any_prefix = False

    def files(self, plan: Plan) -> list[HostFile]:
        """Return ``staticwebapp.config.json``: other spellings only as far as the file may grow."""
        own = [rule for rules in (self.redirects, self.withdrawn) for rule in rules(plan, variants=False)]
        known = {rule.path for rule in own}
        wild = [_wildcard(plan, pattern, self) for pattern in self.patterns(plan)]
        routes = [_route(rule) for rule in own]
        theirs = [
            r for r in listed(plan.own.get(self.root_files[0], ""), "routes") if r.get("route") not in known
        ]
        size = len(_text([*routes, *wild]).encode()) + len(json.dumps(theirs, indent=2))
        for rules in (self.redirects, self.withdrawn):
            for rule in rules(plan):
                if rule.path in known:
                    continue
                size += len(json.dumps(_route(rule))) + 20  # indentation
                if size > FILE_SIZE:
                    break
                routes.append(_route(rule))
        return [HostFile("staticwebapp.config.json", _text([*routes, *wild]))]

    def merge(self, existing: str, ours: HostFile) -> str:
        """Keep the authors' settings and their own routes, after ours."""
        return merge_json(existing, ours.content, "routes", "route")

    def obstacle(self, path: str, url: str) -> str | None:
        """Say what a route cannot."""
        if "*" in path or "{" in path:
            return "Azure reads * in a route as a wildcard"
        return super().obstacle(path, url)

    def _usable(self, plan: Plan) -> tuple[Pattern, ...]:
        return tuple(pattern for pattern in super()._usable(plan) if not pattern.star)

    def limits(self, plan: Plan, place: Place) -> Iterator[Finding]:
        """Yield a finding past 20 KB."""
        yield from super().limits(plan, place)
        size = len(self.files(plan)[0].content.encode())
        if size > FILE_SIZE:
            yield self.limit(
                place,
                f"takes a staticwebapp.config.json of {FILE_SIZE:,} bytes, and ours has {size:,}.",
                "Choose a host that takes more, or take azure out of hosts and let the stubs answer.",
            )


def _route(rule: Rule) -> dict[str, Any]:
    if not rule.url:
        return {"route": rule.path, "statusCode": 410}
    return {"route": rule.path, "redirect": rule.url, "statusCode": 301}


def _wildcard(plan: Plan, pattern: Pattern, host: Host) -> dict[str, Any]:
    return {
        "route": f"{plan.base}{pattern.prefix}*",
        "redirect": host.target(plan, pattern.target),
        "statusCode": 301,
    }


def _text(routes: list[dict[str, Any]]) -> str:
    """Return the file with one route a line, which is less than half the size of indented JSON."""
    lines = ",\n".join(f"    {json.dumps(route, ensure_ascii=False)}" for route in routes)
    return f'{{\n  "routes": [\n{lines}\n  ]\n}}\n' if routes else to_json({"routes": []})


HOST = Azure()

_NO_STATUS = "it has no status, which Azure answers with 302; the map says 301"


def read(text: str, file: str) -> Imported:
    """Return the redirects among the ``routes`` of a ``staticwebapp.config.json``.

    Raises:
        Unreadable: it is no JSON.
    """
    result = Imported()
    for whole in literals.read_json(text, file).values[""]:
        for entry in whole.list("routes") if isinstance(whole, literals.Object) else ():
            if not isinstance(entry, literals.Object) or "redirect" not in entry.values:
                continue
            source, target = entry.text("route"), entry.text("redirect")
            if source is None or target is None:
                result.fault(entry.place, "A redirect needs route and redirect as plain text.")
                continue
            given = entry.values.get("statusCode")
            status = given if isinstance(given, int) else 301
            some = [key for key in ("allowedRoles", "methods") if key in entry.values]
            about = {
                "status": status,
                "some": f"requests that fit {' and '.join(some)}" if some else "",
                "note": "" if given is not None else _NO_STATUS,
            }
            if "{" in source or "*" in source[:-1]:
                rule = kept(entry.place, source, target, "its pattern is not looked into")
            elif source.endswith("*"):
                rule = below(entry.place, source, source[:-1], target, False, **about)
                rule = rule._replace(folder=source.endswith("/*"))
            else:
                rule = exact(entry.place, source, target, **about)
            result.rules.append(rule)
    return result
