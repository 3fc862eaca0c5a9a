"""Read the Docs: a list of page redirects, as its API takes them.

From Read the Docs' page on redirects and its sources: 100 redirects a project on the community site, and as
many as the plan says on the business site; an address of at most 255 characters; paths are compared decoded
and without the version, and without regard to the last slash; ``*`` stands at the end of ``from_url`` and
``:splat`` for the rest in ``to_url``; the first match counts; a redirect answers only where no file does,
unless it is forced. There is no status 410.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from unbroken.findings.base import Finding, Place
from unbroken.model.plan import Plan
from unbroken.model.redirects import Target
from unbroken.publish.hosts.base import Host, HostFile, decoded

REDIRECTS = 100
LENGTH = 255

# The one in C is ten times as fast, and not everywhere.
_DUMPER: type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_FILE = "_unbroken/readthedocs/redirects.yaml"


class ReadTheDocs(Host):
    """Read the Docs."""

    name = "readthedocs"
    title = "Read the Docs"
    wildcards = True
    any_slash = True

    def files(self, plan: Plan) -> list[HostFile]:
        """Return the list as YAML, own spellings first."""
        own = sum(1 for _ in self.redirects(plan, variants=False))
        patterns = self.patterns(plan)
        room = max(REDIRECTS - len(patterns), own)
        entries: list[dict[str, Any]] = []
        for rule in self.redirects(plan):
            if len(entries) < room:
                entries.append(_entry(decoded(rule.path.removeprefix(plan.base)), rule.url))
        for pattern in patterns:
            url = self.target(plan, pattern.target).replace(":splat", "%3Asplat")
            entries.append(_entry(decoded(pattern.prefix) + "*", url + (":splat" if pattern.star else "")))
        listed = [{**entry, "position": position} for position, entry in enumerate(entries)]
        text = yaml.dump(listed, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=10 * LENGTH)
        return [HostFile(_FILE, text)]

    def target(self, plan: Plan, target: Target) -> str:
        """Leave out the site's own base path: a page redirect stays within the version."""
        return str(target)

    def obstacle(self, path: str, url: str) -> str | None:
        """Say what a redirect of Read the Docs cannot."""
        if "*" in path:
            return "Read the Docs reads * as a wildcard"
        return super().obstacle(path, url)

    def too_long(self, path: str, url: str) -> str | None:
        """Say so past the length that its database takes."""
        if max(len(decoded(path)), len(url)) > LENGTH:
            return f"a source and a target have {LENGTH} characters at most"
        return None

    def limits(self, plan: Plan, place: Place) -> Iterator[Finding]:
        """Yield a finding past 100 redirects."""
        yield from super().limits(plan, place)
        count = sum(1 for _ in self.redirects(plan, variants=False)) + len(self.patterns(plan))
        if count > REDIRECTS:
            yield self.limit(
                place,
                f"takes {REDIRECTS} redirects on its community site, and there are {count:,}.",
                "Join redirects into patterns, or take readthedocs out of hosts and let the stubs answer.",
            )


def _entry(source: str, target: str) -> dict[str, Any]:
    return {"type": "page", "from_url": source, "to_url": target, "http_status": 301, "force": True}


HOST = ReadTheDocs()
