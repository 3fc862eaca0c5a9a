"""Codeberg Pages and git-pages: ``_redirects`` at the root of the published branch.

They read the lines that Netlify reads, without conditions. How they compare a name with letters outside
ASCII, and whether a rule can be forced past a file, was not to be seen here. So only plain names have a rule,
and no stub stands beside one, because a file may win over it.
"""

from __future__ import annotations

import re

from unbroken.model.plan import Plan
from unbroken.publish.hosts.base import Host, HostFile, block

_PLAIN = re.compile(r"[A-Za-z0-9/_.~-]*")


class Codeberg(Host):
    """Codeberg Pages."""

    name = "codeberg"
    title = "Codeberg Pages"
    root_files = ("_redirects",)
    marked = True
    wildcards = True
    any_prefix = False
    stubs_beside_rules = False

    def files(self, plan: Plan) -> list[HostFile]:
        """Return ``_redirects``."""
        lines = [f"{rule.path} {rule.url} 301" for rule in self.redirects(plan)]
        splats = [
            f"{plan.base}{p.prefix}* {self.target(plan, p.target)}{':splat' if p.star else ''} 301"
            for p in self.patterns(plan)
        ]
        return [HostFile("_redirects", block(lines) + block(splats, last=True))]

    def obstacle(self, path: str, url: str) -> str | None:
        """Say what was not to be seen."""
        if not _PLAIN.fullmatch(path):
            return "it is not known how Codeberg compares such a name"
        if ":splat" in url:
            return "Codeberg reads :splat in a target as the rest of the source"
        return super().obstacle(path, url)


HOST = Codeberg()
