"""Vercel: ``vercel.json``, and a bulk file past its limit.

From Vercel's pages on configuration redirects and bulk redirects: 2,048 redirects in ``vercel.json``, 4,096
characters for each source and destination; the file that ``bulkRedirectsPath`` names has no wildcards and
2,048 characters for each, and how many of its entries are included depends on the plan. From the sources of
its routing: a source is a path-to-regexp pattern, compared with regard to case and to the last slash, and
``statusCode`` 301 is allowed where ``permanent`` is left out. There is no status 410.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from unbroken.findings.base import Finding, Place
from unbroken.model.plan import Plan
from unbroken.publish.hosts.base import Host, HostFile, Rule, merge_json, to_json

REDIRECTS = 2_048
LENGTH = 4_096
BULK_LENGTH = 2_048

_FILE = "vercel.json"
_BULK = "_unbroken/vercel/bulk-redirects.json"
# The syntax of path-to-regexp.
_SPECIAL = re.compile(r"[:*?+(){}\\]")


class Vercel(Host):
    """Vercel."""

    name = "vercel"
    title = "Vercel"
    root_files = ("vercel.json",)
    wildcards = True
    decodes = False

    def files(self, plan: Plan) -> list[HostFile]:
        """Return ``vercel.json`` and, for what does not fit into it, the bulk file that it names."""
        rules = list(self.redirects(plan))
        wild = self._wild(plan)
        room = REDIRECTS - len(wild)
        config: dict[str, Any] = {}
        bulk: list[HostFile] = []
        if self._own(plan) > REDIRECTS:
            config["bulkRedirectsPath"] = _BULK
            short = [r for r in rules if max(len(r.path), len(r.url)) <= BULK_LENGTH]
            bulk = [HostFile(_BULK, to_json([_bulk(rule) for rule in short]))]
            rules = []
        config["redirects"] = [*map(_redirect, rules[:room]), *wild]
        return [HostFile(_FILE, to_json(config)), *bulk]

    def merge(self, existing: str, ours: HostFile) -> str:
        """Keep the authors' settings and their own redirects, after ours."""
        return (
            merge_json(existing, ours.content, "redirects", "source") if ours.path == _FILE else ours.content
        )

    def too_long(self, path: str, url: str) -> str | None:
        """Say so past the length that ``vercel.json`` takes."""
        if max(len(_quoted(path)), len(url)) > LENGTH:
            return f"a source and a target have {LENGTH:,} characters at most"
        return None

    def limits(self, plan: Plan, place: Place) -> Iterator[Finding]:
        """Yield a finding past 2,048 redirects."""
        yield from super().limits(plan, place)
        count = self._own(plan)
        if count > REDIRECTS:
            yield self.limit(
                place,
                f"takes {REDIRECTS:,} redirects in vercel.json, and there are {count:,}.",
                f"See that your Vercel plan includes as many bulk redirects; {_BULK} has them.",
            )

    def _own(self, plan: Plan) -> int:
        return sum(1 for _ in self.redirects(plan, variants=False)) + len(self.patterns(plan))

    def _wild(self, plan: Plan) -> list[dict[str, Any]]:
        result = []
        for pattern in self.patterns(plan):
            url = _literal(self.target(plan, pattern.target))
            if pattern.star:
                url = url.replace(":rest", "%3Arest") + ":rest"
            source = _quoted(plan.base + pattern.prefix) + ":rest(.*)"
            result.append({"source": source, "destination": url, "statusCode": 301})
        return result


def _quoted(path: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", path)


def _redirect(rule: Rule) -> dict[str, Any]:
    return {"source": _quoted(rule.path), "destination": _literal(rule.url), "statusCode": 301}


def _literal(url: str) -> str:
    # "$1" in a destination is what the source's first group matched.
    return url.replace("$", "%24")


def _bulk(rule: Rule) -> dict[str, Any]:
    return {
        "source": rule.path,
        "destination": rule.url,
        "statusCode": 301,
        "caseSensitive": True,
        "query": True,
    }


HOST = Vercel()
