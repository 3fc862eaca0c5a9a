"""GitHub Pages, and any host of plain files: no rules, so the stubs answer.

GitHub Pages has no file of redirects; its help page on redirects is about custom domains only. The stubs
answer with status 200 and lead on by script, by meta refresh and by a link.
"""

from __future__ import annotations

from unbroken.model.plan import Plan
from unbroken.publish.hosts.base import Host, HostFile


class GitHub(Host):
    """GitHub Pages."""

    name = "github"
    title = "GitHub Pages"
    rules = False

    def files(self, plan: Plan) -> list[HostFile]:
        """Return nothing: there is no file to write."""
        return []


HOST = GitHub()
