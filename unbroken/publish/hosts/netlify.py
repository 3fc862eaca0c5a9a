"""Netlify: ``_redirects``, forced.

Measured with Netlify's own parser and matcher: a file wins over a rule unless its status is ``301!``; sources
are compared decoded, and a ``%`` in one never matches; a rule for ``/old/`` answers ``/old``, too; words in a
line are parted by white space and nothing quotes it. Netlify documents no limit on the number of rules, and
no status 410.
"""

from __future__ import annotations

import re

from unbroken.model.plan import Plan
from unbroken.publish.hosts.base import Host, HostFile, block, decoded

_PLACEHOLDER = re.compile(r"\*|/:")
# What ECMAScript's \s matches beyond Python's own.
_SPACE = re.compile("[\\s\ufeff]")


class Netlify(Host):
    """Netlify."""

    name = "netlify"
    title = "Netlify"
    root_files = ("_redirects",)
    marked = True
    wildcards = True
    roomy = True
    any_slash = True
    any_prefix = False

    def files(self, plan: Plan) -> list[HostFile]:
        """Return ``_redirects``."""
        lines = [f"{decoded(rule.path)} {rule.url} 301!" for rule in self.redirects(plan)]
        splats = [
            f"{decoded(plan.base + pattern.prefix)}* "
            f"{_literal(self.target(plan, pattern.target))}{':splat' if pattern.star else ''} 301!"
            for pattern in self.patterns(plan)
        ]
        return [HostFile("_redirects", block(lines) + block(splats, last=True))]

    def obstacle(self, path: str, url: str) -> str | None:
        """Say what ``_redirects`` cannot."""
        if why := super().obstacle(path, url):
            return why
        name = decoded(path)
        if _PLACEHOLDER.search(name):
            return "Netlify reads * and :name in a source as placeholders"
        if "%" in name:
            return "Netlify never finds a source with a %"
        if _SPACE.search(name):
            return "white space in a source cannot be written in _redirects"
        if path.startswith("/.netlify"):
            return "Netlify keeps /.netlify for itself"
        return None


def _literal(url: str) -> str:
    return url.replace(":splat", "%3Asplat")


HOST = Netlify()
