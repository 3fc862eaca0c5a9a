"""GitLab Pages: ``_redirects``, without force.

From GitLab's page on redirects and the sources of gitlab-pages: a file always wins over a rule and nothing
can force one, so no stub may stand beside a rule; at most 1,000 rules and a file of 64 kB, unless the
administrator of the instance sets other limits; at most 25 slashes in a path; paths are compared decoded,
without regard to case and to the last slash; a rule with a query, a condition or ``!`` is ignored. Only the
path of a target is sent, so that a fragment would be lost, and rules to other hosts are newer than many
instances: both are left to the stubs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from unbroken.findings.base import Finding, Place
from unbroken.model.imported import Imported
from unbroken.model.plan import Plan
from unbroken.publish import redirect_lines
from unbroken.publish.hosts.base import Host, HostFile, block, decoded, theirs

RULES = 1_000
FILE_SIZE = 64 * 1024
SLASHES = 25

_PLACEHOLDER = re.compile(r"\*|/:")
_SPACE = re.compile(r"\s")


class GitLab(Host):
    """GitLab Pages."""

    name = "gitlab"
    title = "GitLab Pages"
    root_files = ("_redirects",)
    marked = True
    wildcards = True
    any_slash = True
    stubs_beside_rules = False
    regards_case = False
    any_prefix = False

    def files(self, plan: Plan) -> list[HostFile]:
        """Return ``_redirects``: own spellings first, as only the first 1,000 rules count."""
        splats = [
            f"{decoded(plan.base + pattern.prefix)}* {_target(self.target(plan, pattern.target))}"
            f"{':splat' if pattern.star else ''} 301"
            for pattern in self.patterns(plan)
        ]
        own = theirs(plan.own.get("_redirects", ""))
        room = RULES - len(splats) - len(own)
        size = FILE_SIZE - len("\n".join([*splats, *own]).encode(errors="surrogateescape")) - 200  # the marks
        lines: list[str] = []
        for rule in self.redirects(plan):
            line = f"{decoded(rule.path)} {_target(rule.url)} 301"
            size -= len(line.encode()) + 1
            # Every address has its line, for the finding to be about; other spellings as they fit.
            if rule.first or (len(lines) < room and size > 0):
                lines.append(line)
        return [HostFile("_redirects", block(lines) + block(splats, last=True))]

    def obstacle(self, path: str, url: str) -> str | None:
        """Say what ``_redirects`` cannot."""
        if why := super().obstacle(path, url):
            return why
        name = decoded(path)
        if _PLACEHOLDER.search(name):
            return "GitLab reads * and :name in a source as placeholders"
        if _SPACE.search(name):
            return "white space in a source cannot be written in _redirects"
        if max(path.count("/"), url.count("/")) > SLASHES:
            return f"GitLab takes {SLASHES} slashes in a path at most"
        if "%" in name:
            return "GitLab cannot read a source with a %"
        if "#" in name or "?" in name:
            return "GitLab reads # and ? in a source as the end of its path"
        if "#" in url or "?" in url:
            return f"GitLab drops the {'query' if '?' in url else 'fragment'} of its target"
        if not url.startswith("/"):
            return "not every GitLab redirects to another host"
        return None

    def limits(self, plan: Plan, place: Place) -> Iterator[Finding]:
        """Yield a finding past 1,000 rules and past 64 kB."""
        yield from super().limits(plan, place)
        count = sum(1 for _ in self.redirects(plan, variants=False)) + len(self.patterns(plan))
        count += len(theirs(plan.own.get("_redirects", "")))
        remedy = "Join redirects into patterns, or have the administrator raise the limit."
        if count > RULES:
            yield self.limit(place, f"takes {RULES:,} redirects, and there are {count:,}.", remedy)
        size = len(self.files(plan)[0].content.encode())
        if size > FILE_SIZE:
            yield self.limit(
                place, f"takes a _redirects file of {FILE_SIZE:,} bytes, and ours has {size:,}.", remedy
            )


def _target(url: str) -> str:
    # Any :name in a target is a placeholder, and an unknown one vanishes.
    return url.replace(":", "%3A")


HOST = GitLab()


def read(text: str, file: str) -> Imported:
    """Return what a ``_redirects`` holds, as GitLab reads it."""
    result = Imported()
    for place, words in redirect_lines.lines(text, file):
        status = redirect_lines.numeric(words[2]) if len(words) > 2 else 301
        if len(words) not in (2, 3):
            result.fault(
                place, f"GitLab needs a source, a target and a status, and this line has {len(words)} words."
            )
        elif status not in (200, 301, 302):
            result.fault(place, f"GitLab knows no status {words[2]!a}.")
        elif not words[0].startswith("/"):
            result.fault(place, "GitLab needs a source that begins with a slash.")
        elif not words[1].startswith(("/", "https://", "http://")):
            result.fault(place, "GitLab needs a target that begins with a slash, or a whole URL.")
        else:
            more = {"slash": True, "live_wins": True, "any_prefix": False}
            result.rules.append(redirect_lines.rule(place, words[0], words[1], status, **more))
    return result
