"""GitLab Pages: ``_redirects``, without force.

From GitLab's page on redirects and the sources of gitlab-pages: a file always wins over a rule and nothing
can force one, so no stub may stand beside a rule; the first 1,000 rules count, and a file of more than 64 kB
does not, unless the administrator of the instance sets other limits; at most 25 slashes in a path; paths are
compared decoded, without regard to case and to the last slash; a rule with a query, a condition or ``!`` is
ignored. Only the path of a target is sent, so that a fragment would be lost, and rules to other hosts are
newer than many instances: both are left to the stubs, and so is what does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from unbroken.findings.base import Finding, Place
from unbroken.model.imported import Imported
from unbroken.model.plan import Answer, Plan
from unbroken.publish import redirect_lines
from unbroken.publish.hosts.base import Host, HostFile, Rule, block, decoded, theirs

RULES = 1_000
FILE_SIZE = 64 * 1024
SLASHES = 25
# What the marks around our lines take, in bytes.
_MARKS = 200

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
    # The rules of the plan that was asked for last.
    _fitting: tuple[Plan, tuple[list[Rule], set[str]]] | None = None

    def files(self, plan: Plan) -> list[HostFile]:
        """Return ``_redirects``."""
        lines = [_line(rule) for rule in self.redirects(plan)]
        return [HostFile("_redirects", block(lines) + block(self._splats(plan), last=True))]

    def redirects(self, plan: Plan, *, variants: bool = True) -> Iterator[Rule]:
        """Yield the rules that fit, own spellings first: GitLab reads no others, and no larger file."""
        return (rule for rule in self._parted(plan)[0] if variants or rule.first)

    def has_rule(self, plan: Plan, answer: Answer) -> bool:
        """Return whether this host can have a rule of its own for an old address, and has room for it."""
        return plan.base + answer.source not in self._parted(plan)[1] and super().has_rule(plan, answer)

    def _parted(self, plan: Plan) -> tuple[list[Rule], set[str]]:
        """Return the rules that fit, and the paths of own spellings that do not."""
        if self._fitting is None or self._fitting[0] is not plan:
            count, taken = self._taken(plan)
            room, size = RULES - count, FILE_SIZE - taken
            fitting: list[Rule] = []
            left: set[str] = set()
            for rule in super().redirects(plan):
                size -= len(_line(rule).encode()) + 1
                if len(fitting) < room and size >= 0:
                    fitting.append(rule)
                elif rule.first:
                    left.add(rule.path)
            self._fitting = plan, (fitting, left)
        return self._fitting[1]

    def _splats(self, plan: Plan) -> list[str]:
        return [
            f"{decoded(plan.base + pattern.prefix)}* {_target(self.target(plan, pattern.target))}"
            f"{':splat' if pattern.star else ''} 301"
            for pattern in self.patterns(plan)
        ]

    def _taken(self, plan: Plan) -> tuple[int, int]:
        """Return how many rules and how many bytes patterns and the authors' own lines take."""
        lines = [*self._splats(plan), *theirs(plan.own.get("_redirects", ""))]
        return len(lines), len("\n".join(lines).encode(errors="surrogateescape")) + _MARKS

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
        count, size = self._taken(plan)
        for rule in super().redirects(plan, variants=False):
            count += 1
            size += len(_line(rule).encode()) + 1
        remedy = "Join redirects into patterns; until then stubs answer what does not fit."
        if count > RULES:
            yield self.limit(place, f"takes {RULES:,} redirects, and there are {count:,}.", remedy)
        if size > FILE_SIZE:
            message = f"takes a _redirects file of {FILE_SIZE:,} bytes, and ours would have {size:,}."
            yield self.limit(place, message, remedy)


def _line(rule: Rule) -> str:
    return f"{decoded(rule.path)} {_target(rule.url)} 301"


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
