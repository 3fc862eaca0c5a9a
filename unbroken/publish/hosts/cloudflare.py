"""Cloudflare Pages and Workers static assets: ``_redirects``, and Bulk Redirects past its limits.

The limits are those of Cloudflare's page on redirects for Pages: 2,000 static and 100 dynamic lines, each of
at most 1,000 characters (the runtime of today takes 2,000). Measured with wrangler 4: the default status is
302; a static line after the first dynamic one counts as dynamic; lines past the limits are skipped without
a word in the answer; a rule wins over a file; the query is kept unless the target has one of its own; a
target with ``http:`` is refused. The CSV is the one that the page "CSV file format for Bulk Redirects"
describes: no header, source URL, target URL, status, and four flags.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from unbroken.findings.base import Finding, Place
from unbroken.findings.hosts import HostCannot
from unbroken.model.imported import Imported
from unbroken.model.plan import Plan
from unbroken.model.redirects import Pattern, Target
from unbroken.publish import redirect_lines
from unbroken.publish.hosts.base import Host, HostFile, Rule, block, theirs

STATIC_RULES = 2_000
DYNAMIC_RULES = 100
LINE = 1_000

_FILE = "_redirects"
_BULK = "_unbroken/cloudflare/bulk-redirects.csv"
_PLACEHOLDER = re.compile(r"\*|:[A-Za-z]")


class Cloudflare(Host):
    """Cloudflare Pages and Workers static assets."""

    name = "cloudflare"
    title = "Cloudflare"
    root_files = ("_redirects",)
    marked = True
    wildcards = True
    wildcard_limit = DYNAMIC_RULES
    decodes = False
    as_sent = True

    def files(self, plan: Plan) -> list[HostFile]:
        """Return ``_redirects`` and, for what does not fit into it, the CSV of Bulk Redirects."""
        rules = list(self.redirects(plan))
        room = self._room(plan)[0]
        lines = [_line(rule.path, rule.url) for rule in rules[:room]]
        dynamic = [self._dynamic(plan, pattern) for pattern in self.patterns(plan)]
        result = [HostFile(_FILE, block(lines) + block(dynamic, last=True))]
        # Where only other spellings are left over, the stubs see to them.
        if plan.site_url and any(rule.first for rule in rules[room:]):
            result.append(HostFile(_BULK, _csv(rules[room:], plan.site_url)))
        return result

    def target(self, plan: Plan, target: Target) -> str:
        """Spell a local page without ``.html``: at its file name Cloudflare answers with another redirect."""
        url = plan.url(target)
        if isinstance(target, str):
            return url
        path = re.split("[?#]", url, maxsplit=1)[0]
        return path.removesuffix(".html") + url[len(path) :]

    def obstacle(self, path: str, url: str) -> str | None:
        """Say what ``_redirects`` cannot."""
        if _PLACEHOLDER.search(path):
            return "Cloudflare reads * and :name in a source as placeholders"
        if url.startswith("http:"):
            return "Cloudflare takes no target with http:, only https:"
        return super().obstacle(path, url)

    def too_long(self, path: str, url: str) -> str | None:
        """Say so past the length of one line."""
        return f"a line has {LINE:,} characters at most" if len(_line(path, url)) > LINE else None

    def limits(self, plan: Plan, place: Place) -> Iterator[Finding]:
        """Yield a finding past 2,000 static lines and past 100 dynamic ones."""
        yield from super().limits(plan, place)
        rules = list(self.redirects(plan))
        count = sum(rule.first for rule in rules)
        room = self._room(plan)[0]
        if count <= room < len(rules):
            yield HostCannot(
                place,
                f"{self.title} has no room for {len(rules) - room:,} other spellings of old addresses, "
                f"such as {rules[room].path}; where there is a stub, it answers.",
                "Leave it if the site keeps its stubs; else join redirects into patterns.",
            )
        if count > room:
            own = f" and {STATIC_RULES - room:,} lines of your own" if room < STATIC_RULES else ""
            yield self.limit(
                place,
                f"takes {STATIC_RULES:,} static redirects in _redirects, and there are {count:,}{own}.",
                f"Import {_BULK} as a Bulk Redirect List."
                if plan.site_url
                else "Set site_url, build again and import the CSV then written as a Bulk Redirect List.",
            )

    def room_for_wildcards(self, plan: Plan) -> int:
        """Return how many dynamic lines the authors' own leave."""
        return self._room(plan)[1]

    def _room(self, plan: Plan) -> tuple[int, int]:
        """Return how many static and how many dynamic lines the authors' own leave."""
        static = dynamic = 0
        for line in theirs(plan.own.get(_FILE, "")):
            # After the first dynamic line every line counts as one.
            is_dynamic = dynamic > 0 or _PLACEHOLDER.search(line.split()[0]) is not None
            dynamic += is_dynamic
            static += not is_dynamic
        return max(STATIC_RULES - static, 0), max(DYNAMIC_RULES - dynamic, 0)

    def _dynamic(self, plan: Plan, pattern: Pattern) -> str:
        url = self.target(plan, pattern.target)
        if pattern.star:
            url = url.replace(":splat", "%3Asplat") + ":splat"
        return _line(f"{plan.base}{pattern.prefix}*", url)


def _line(path: str, url: str) -> str:
    return f"{path} {url} 301"


def _csv(rules: list[Rule], site_url: str) -> str:
    """Return rules as a Bulk Redirect List, whose source URLs have neither scheme nor port."""
    site = urlsplit(site_url)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for rule in rules:
        url = rule.url if not rule.url.startswith("/") else f"{site.scheme}://{site.netloc}{rule.url}"
        # A target with a query of its own is refused together with "preserve query string".
        keep = "FALSE" if "?" in url.partition("#")[0] else "TRUE"
        writer.writerow([f"{site.hostname}{rule.path}", url, 301, keep, "FALSE", "FALSE", "FALSE"])
    return text.getvalue()


HOST = Cloudflare()

_STATUSES = (200, 301, 302, 303, 307, 308)
_READ = 2_000
_NO_STATUS = "it has no status, which Cloudflare answers with 302; the map says 301"


def read(text: str, file: str) -> Imported:
    """Return what a ``_redirects`` holds, as Cloudflare reads it."""
    result = Imported()
    singles = 0
    for place, words in redirect_lines.lines(text, file):
        if len(words) not in (2, 3):
            result.fault(
                place,
                f"Cloudflare needs a source, a target and a status, and this line has {len(words)} words.",
            )
            continue
        source, target = words[:2]
        status = redirect_lines.numeric(words[2]) if len(words) == 3 else 301
        if sum(map(len, words)) + len(words) - 1 > _READ:
            result.fault(place, f"Cloudflare leaves out lines of more than {_READ:,} characters.")
        elif status not in _STATUSES:
            result.fault(place, f"Cloudflare knows no status {words[2]!a}.")
        elif source.startswith(("https://", "http://")):
            result.fault(place, "Cloudflare takes no source on another host.")
        elif not target.startswith(("/", "https://")):
            result.fault(
                place, f"Cloudflare takes no target {target[:80]!a}: it begins neither with / nor https://."
            )
        else:
            notes = [] if len(words) == 3 else [_NO_STATUS]
            if not source.startswith("/"):
                notes.append("its source lacks the slash before it")
            rule = redirect_lines.rule(place, source, target, status)
            singles += rule.expression is None
            if rule.expression is None and singles > STATIC_RULES:
                notes.append(
                    f"Cloudflare leaves out what is past {STATIC_RULES:,} lines, so nothing answers it today"
                )
            result.rules.append(rule._replace(note="; ".join(notes)))
    return result
