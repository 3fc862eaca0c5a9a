"""Netlify: ``_redirects``, forced.

Measured with Netlify's own parser and matcher: a file wins over a rule unless its status is ``301!``; sources
are compared decoded, and a ``%`` in one never matches; a rule for ``/old/`` answers ``/old``, too; words in a
line are parted by white space and nothing quotes it. Netlify documents no limit on the number of rules, and
no status 410.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from unbroken.findings.base import Place
from unbroken.formats.toml_read import parsed
from unbroken.model.imported import Imported, Rule
from unbroken.model.plan import Plan
from unbroken.publish import redirect_lines
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


def read(text: str, file: str) -> Imported:
    """Return what a ``_redirects`` holds, as Netlify reads it."""
    result = Imported()
    for place, (source, *parts) in redirect_lines.lines(text, file):
        # Without a target stands what answers with something else than a redirect.
        at = next((n for n, part in enumerate(parts) if part.startswith(("/", "http:", "https:"))), None)
        if at is None and parts and redirect_lines.numeric(parts[0].rstrip("!")):
            parts, at = ["/", *parts], 0
        if at is None:
            result.fault(place, "A target is missing: Netlify needs one that begins with /, http: or https:.")
            continue
        query, target, rest = parts[:at], parts[at], parts[at + 1 :]
        status, forced, some = 301, False, [f"the query {part}" for part in query]
        if rest:
            forced = rest[0].endswith("!")
            number = redirect_lines.numeric(rest[0].removesuffix("!"))
            if number is None and "=" not in rest[0]:
                result.fault(place, f"{rest[0]!a} is no status.")
                continue
            some += rest[0 if number is None else 1 :]
            status = number or 301
        result.rules.append(_rule(place, source, target, status, forced, some))
    return result


def _rule(place: Place, source: str, target: str, status: int, forced: bool, some: list[str]) -> Rule:
    who = f"visitors with {' and '.join(some)}" if some else ""
    note = "" if source.startswith(("/", "http")) else "its source lacks the slash before it"
    host = re.match(r"https?://[^/]*", source)
    path = source[host.end() :] if host else source
    rule = redirect_lines.rule(place, path, target, status, any_prefix=False)
    return rule._replace(source=source, slash=True, live_wins=not forced, some=who, note=note)


def read_toml(text: str, file: str) -> Imported:
    """Return what the ``[[redirects]]`` of a ``netlify.toml`` hold.

    Raises:
        Unreadable: it is no TOML.
    """
    from unbroken.formats.toml_edit import places

    result = Imported()
    listed = parsed(text, file).get("redirects", [])
    where = places(text, file)
    for number, each in enumerate(listed if isinstance(listed, list) else [listed]):
        place = where.get(("redirects", number), Place(file))
        entry: Mapping[str, Any] = each if isinstance(each, dict) else {}
        source, target = (entry.get(a, entry.get(b)) for a, b in (("from", "origin"), ("to", "destination")))
        if not isinstance(source, str) or not isinstance(target, str):
            result.fault(place, "A redirect needs from and to, both of them text.")
            continue
        status = entry.get("status", 301)
        some = [f"{key} {value}" for key, value in _pairs(entry.get("conditions"))]
        some += [f"the query {key}={value}" for key, value in _pairs(entry.get("query", entry.get("params")))]
        forced = entry.get("force") is True
        result.rules.append(
            _rule(place, source, target, status if isinstance(status, int) else 0, forced, some)
        )
    return result


def _pairs(value: object) -> list[tuple[str, object]]:
    return list(value.items()) if isinstance(value, dict) else []
