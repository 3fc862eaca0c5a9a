"""Vercel: ``vercel.json``, and a bulk file past its limit.

From Vercel's pages on configuration redirects and bulk redirects: 2,048 redirects in ``vercel.json``, 4,096
characters for each source and destination; the file that ``bulkRedirectsPath`` names has no wildcards and
2,048 characters for each, and how many of its entries are included depends on the plan. From the sources of
its routing: a source is a path-to-regexp pattern, compared with regard to case and to the last slash, and
``statusCode`` 301 is allowed where ``permanent`` is left out. There is no status 410.

Measured with @vercel/routing-utils 6.6, which refuses the whole file for one bad entry: in the path of a
destination ``:name`` and ``(...)`` are syntax, and escaped they are not; in a query they are syntax however
spelled; in a fragment they are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from unbroken.findings.base import Finding, Place
from unbroken.formats import literals
from unbroken.model.imported import Imported, exact, kept, tame, wild
from unbroken.model.imported import Rule as ImportedRule
from unbroken.model.plan import Plan
from unbroken.model.redirects import Target
from unbroken.publish.hosts.base import Host, HostFile, Rule, after_origin, listed, merge_json, to_json

REDIRECTS = 2_048
LENGTH = 4_096
BULK_LENGTH = 2_048

_FILE = "vercel.json"
_BULK = "_unbroken/vercel/bulk-redirects.json"
# The syntax of path-to-regexp.
_SPECIAL = re.compile(r"[:*?+(){}\\]")
_SYNTAX = re.compile(r":\w|\(")


class Vercel(Host):
    """Vercel."""

    name = "vercel"
    title = "Vercel"
    root_files = ("vercel.json",)
    wildcards = True
    decodes = False
    as_sent = True

    def files(self, plan: Plan) -> list[HostFile]:
        """Return ``vercel.json`` and, for what does not fit into it, the bulk file that it names."""
        rules = list(self.redirects(plan))
        wild = self._wild(plan)
        room = REDIRECTS - len(wild) - self._theirs(plan)
        config: dict[str, Any] = {}
        bulk: list[HostFile] = []
        if self._own(plan) + self._theirs(plan) > REDIRECTS:
            config["bulkRedirectsPath"] = _BULK
            short = [r for r in rules if max(len(r.path), len(r.url)) <= BULK_LENGTH]
            bulk = [HostFile(_BULK, to_json([_bulk(rule) for rule in short]))]
            rules = []
        config["redirects"] = [*map(_redirect, rules[: max(room, 0)]), *wild]
        return [HostFile(_FILE, to_json(config)), *bulk]

    def merge(self, existing: str, ours: HostFile) -> str:
        """Keep the authors' settings and their own redirects, after ours."""
        return (
            merge_json(existing, ours.content, "redirects", "source") if ours.path == _FILE else ours.content
        )

    def target(self, plan: Plan, target: Target) -> str:
        """Spell a path so that nothing in it is syntax."""
        origin, url = after_origin(plan.url(target))
        path = re.split("[?#]", url, maxsplit=1)[0]
        plain = path.replace(":", "%3A").replace("(", "%28").replace(")", "%29")
        # "$1" in a destination is what the source's first group matched.
        return (origin + plain + url[len(path) :]).replace("$", "%24")

    def obstacle(self, path: str, url: str) -> str | None:
        """Say what ``vercel.json`` cannot."""
        if _SYNTAX.search(unquote(url.partition("#")[0].partition("?")[2])):
            return "Vercel reads : and ( in a target's query as syntax"
        return super().obstacle(path, url)

    def too_long(self, path: str, url: str) -> str | None:
        """Say so past the length that ``vercel.json`` takes."""
        if max(len(_quoted(path)), len(url)) > LENGTH:
            return f"a source and a target have {LENGTH:,} characters at most"
        return None

    def limits(self, plan: Plan, place: Place) -> Iterator[Finding]:
        """Yield a finding past 2,048 redirects."""
        yield from super().limits(plan, place)
        count = self._own(plan) + self._theirs(plan)
        if count > REDIRECTS:
            yield self.limit(
                place,
                f"takes {REDIRECTS:,} redirects in vercel.json, and there are {count:,}.",
                f"See that your Vercel plan includes as many bulk redirects; {_BULK} has them.",
            )

    def _own(self, plan: Plan) -> int:
        return sum(1 for _ in self.redirects(plan, variants=False)) + len(self.patterns(plan))

    def _theirs(self, plan: Plan) -> int:
        """Return how many redirects the site's authors keep in the file."""
        ours = {_quoted(rule.path) for rule in self.redirects(plan)}
        return sum(entry.get("source") not in ours for entry in listed(plan.own.get(_FILE, ""), "redirects"))

    def _wild(self, plan: Plan) -> list[dict[str, Any]]:
        result = []
        for pattern in self.patterns(plan):
            url = self.target(plan, pattern.target)
            if pattern.star:
                url += ":rest"
            source = _quoted(plan.base + pattern.prefix) + ":rest(.*)"
            result.append({"source": source, "destination": url, "statusCode": 301})
        return result


def _quoted(path: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", path)


def _redirect(rule: Rule) -> dict[str, Any]:
    return {"source": _quoted(rule.path), "destination": rule.url, "statusCode": 301}


def _bulk(rule: Rule) -> dict[str, Any]:
    return {
        "source": rule.path,
        "destination": rule.url,
        "statusCode": 301,
        "caseSensitive": True,
        "query": True,
    }


HOST = Vercel()

_PART = re.compile(
    r":([A-Za-z]\w*)(?:\(((?:[^()\\]|\\.)*)\))?([*+?])?(?=/|$|\.|-)|\(((?:[^()\\]|\\.)*)\)([*+?])?"
)
_IN_TARGET = re.compile(r":([A-Za-z]\w*)[*+?]?|\$([0-9])")
# What means something to path-to-regexp outside of a part.
_SYNTAX = re.compile(r"(?<!\\)[{}()*+?:]")


def read(text: str, file: str) -> Imported:
    """Return what a ``vercel.json`` holds, or a list of ``{source, destination, permanent}``.

    The list may be in JSON, or anywhere in a program in JavaScript, which is read and never run.

    Raises:
        Unreadable: a file in JSON is none.
    """
    result = Imported()
    is_json = file.endswith(".json")
    top = literals.read_json(text, file) if is_json else literals.read(text, file)
    whole = top.values[""][0] if is_json and top.values[""] else top
    listed: Iterable[Any] = whole.list("redirects") if isinstance(whole, literals.Object) else whole
    if not is_json or (isinstance(whole, literals.Object) and "redirects" not in whole.values):
        listed = [each for each in literals.objects(top) if {"permanent", "statusCode"} & {*each.values}]
    for each in listed:
        source = each.text("source") if isinstance(each, literals.Object) else None
        target = each.text("destination") if isinstance(each, literals.Object) else None
        if source is None or target is None:
            place = each.place if isinstance(each, literals.Object) else Place(file)
            result.fault(place, "A redirect needs source and destination as plain text.")
            continue
        status = each.values.get("statusCode")
        if not isinstance(status, int):
            status = 308 if each.values.get("permanent", True) is True else 307
        some = [key for key in ("has", "missing") if key in each.values]
        if any(isinstance(has, literals.Object) and has.text("type") == "host" for has in each.list("has")):
            result.rules.append(kept(each.place, source, target, "it is for another host"))
            continue
        who = f"requests that fit {' and '.join(some)}" if some else ""
        result.rules.append(_from_source(each.place, source, target, status)._replace(some=who))
    return result


def _from_source(place: Place, source: str, target: str, status: int) -> ImportedRule:
    groups = iter(range(1, 100))

    def matches(found: re.Match[str]) -> tuple[str, str]:
        name = found[1] or f"g{next(groups)}"
        return name, {"*": ".*", "+": ".+"}.get(found[3], found[2] or found[4] or "[^/]+")

    numbered = re.sub(r"\$([0-9])", r":g\1", target)
    plain = (
        re.sub(r"\\(?=[:*?+(){}\\])", "", source) if not _PART.search(re.sub(r"\\.", "", source)) else source
    )
    if plain != source or not (_PART.search(source) or _SYNTAX.search(source)):
        named = plain.replace("?", "%3F").replace("#", "%23")
        return exact(place, named, target, status=status)._replace(source=source)
    tests = [found[2] or found[4] or "" for found in _PART.finditer(source)]
    optional = any("?" in (found[3], found[5]) for found in _PART.finditer(source))
    if optional or _SYNTAX.search(_PART.sub("", source)) or not all(tame(test) for test in tests):
        return kept(place, source, target, "its pattern is not looked into")
    try:
        return wild(
            place, source, numbered, source_part=_PART, target_part=_IN_TARGET, matches=matches, status=status
        )._replace(target=target)
    except re.error:
        return kept(place, source, target, "its pattern is not looked into")
