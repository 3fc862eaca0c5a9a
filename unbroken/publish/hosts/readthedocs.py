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
from unbroken.formats.yaml import LOADER, is_deep
from unbroken.model.imported import Imported, Unreadable, below, exact, kept
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


def read(text: str, file: str) -> Imported:
    """Return what a list of redirects holds, in JSON or YAML, as the API has it.

    Raises:
        Unreadable: it is no such list.
    """
    result = Imported(from_root=False)
    try:
        if is_deep(text):
            raise RecursionError
        top = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        raise Unreadable(place, "This is neither YAML nor JSON.") from None
    if isinstance(top, yaml.MappingNode):
        top = next((value for key, value in top.value if key.value == "results"), None)
    if not isinstance(top, yaml.SequenceNode):
        raise Unreadable(Place(file), "This is no list of redirects.")
    for node in top.value:
        place = Place(file, node.start_mark.line + 1, node.start_mark.column + 1)
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        entry = {key.value: value.value for key, value in pairs if isinstance(value, yaml.ScalarNode)}
        source, target, kind = entry.get("from_url", ""), entry.get("to_url", ""), entry.get("type", "page")
        if not source or (kind == "page" and not target):
            result.fault(place, "A redirect needs from_url and to_url.")
        elif kind != "page":
            why = f"a redirect of the type {kind} is not about pages of one version"
            result.rules.append(kept(place, source, target, why))
        elif entry.get("enabled", "true") != "true":
            result.rules.append(kept(place, source, target, "it is not enabled"))
        else:
            code = entry.get("http_status", "301")
            about = {
                "status": int(code) if code.isdecimal() and len(code) == 3 else 0,
                "slash": True,
                "live_wins": entry.get("force", "false") != "true",
            }
            if source.endswith("*"):
                start = target.removesuffix(":splat")
                rule = below(place, source, source[:-1], start, start != target, **about)
            else:
                rule = exact(place, source, target, **about)
            result.rules.append(rule)
    return result
