"""Firebase Hosting: a fragment for ``firebase.json``.

From Firebase's page on configuring Hosting: redirects are tried in order, before any file; ``source`` is a
glob and ``regex`` an RE2 expression, with named groups that a ``destination`` names again as ``:name``.
Measured with superstatic 10, its local server: paths are compared decoded, but for ``#`` and ``?``; a
``destination`` is encoded before it is sent (``encodeURI``), so it is written decoded; one with ``/:`` is a
template, and decoded as a whole; the query is kept but comes after the fragment of a target. There is no
status 410, and no documented limit on the number of redirects.

``regex`` is used, because every character of a name can be written in it literally.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, unquote_to_bytes

from unbroken.findings.base import Finding, Place
from unbroken.findings.hosts import HostCannot
from unbroken.formats import literals
from unbroken.model.imported import Imported, kept, matching, wild
from unbroken.model.imported import Rule as ImportedRule
from unbroken.model.plan import Plan
from unbroken.model.redirects import Pattern
from unbroken.publish.hosts.base import Host, HostFile, after_origin, decoded, regex, to_json

# What encodeURI leaves alone, escaped: decoded, it would mean something else.
_KEPT = re.compile("%(?:2[346BCF]|3[ABDF]|40)", re.IGNORECASE)
_NAME = re.compile(":[A-Za-z]|/:")
_TEMPLATE = re.compile(r"[(){}*+?:\\%#]")


class Firebase(Host):
    """Firebase Hosting."""

    name = "firebase"
    title = "Firebase Hosting"
    wildcards = True

    def files(self, plan: Plan) -> list[HostFile]:
        """Return the ``hosting`` part of ``firebase.json``, for its owner to copy."""
        redirects = [
            {"regex": f"^{_source(rule.path)}$", "destination": decoded(rule.url), "type": 301}
            for rule in self.redirects(plan)
        ]
        for pattern in self.patterns(plan):
            source, url = _source(plan.base + pattern.prefix), decoded(self.target(plan, pattern.target))
            # A group that caught nothing makes no destination.
            sides = [("", ""), ("(?P<rest>.+)", ":rest")] if pattern.star else [(".*", "")]
            redirects += [
                {"regex": f"^{source}{rest}$", "destination": url + name, "type": 301} for rest, name in sides
            ]
        return [HostFile("_unbroken/firebase/firebase.json", to_json({"hosting": {"redirects": redirects}}))]

    def obstacle(self, path: str, url: str) -> str | None:
        """Say what a destination cannot."""
        if _KEPT.search(url):
            return "Firebase encodes its target once more"
        try:
            unquote_to_bytes(url).decode()
        except UnicodeDecodeError:
            return "its target is not UTF-8"
        if _NAME.search(after_origin(unquote(url))[1]):
            return "Firebase reads :name in a target as a group's name"
        return super().obstacle(path, url)

    def _can(self, plan: Plan, pattern: Pattern) -> bool:
        url = after_origin(unquote(self.target(plan, pattern.target)))[1]
        is_template = pattern.star and (not url.endswith("/") or _TEMPLATE.search(url) is not None)
        return not is_template and super()._can(plan, pattern)

    def judge(self, plan: Plan, place: Place) -> list[Finding]:
        """Say, too, that a query ends up behind the fragment of a target."""
        return [*super().judge(plan, place), *self._cannot_ask(plan)]

    def _cannot_ask(self, plan: Plan) -> Iterator[Finding]:
        for answer in plan.answers:
            if answer.rule and "#" in plan.url(answer.target):
                yield HostCannot(
                    answer.entry.place,
                    f"{self.title} puts a visitor's query behind the fragment of {plan.url(answer.target)}.",
                    "Leave it: without a query the redirect is right, and with one it still finds the page.",
                )
                return


def _source(path: str) -> str:
    parts = re.split("(%23|%3F)", path)
    return "".join(
        f"(?:{part}|{regex(decoded(part))})" if n % 2 else regex(decoded(part))
        for n, part in enumerate(parts)
    )


HOST = Firebase()

_PART = re.compile(r"\{,/\*\*\}|/?\*\*|\*|:([A-Za-z]\w*)(\*)?")
_IN_TARGET = re.compile(r":([A-Za-z]\w*)\*?")


def read(text: str, file: str) -> Imported:
    """Return what the ``redirects`` of a ``firebase.json`` hold; of several sites, those of each.

    Raises:
        Unreadable: it is no JSON.
    """
    result = Imported()
    for each in literals.objects(literals.read_json(text, file)):
        for entry in each.list("redirects"):
            if not isinstance(entry, literals.Object):
                result.fault(each.place, "A redirect must be an object.")
                continue
            source, target = entry.text("source", "glob"), entry.text("destination")
            status = entry.values.get("type", 301)
            status = status if isinstance(status, int) else 0
            if target is None or (source is None and entry.text("regex") is None):
                result.fault(entry.place, "A redirect needs source and destination as plain text.")
            elif source is None:
                found = matching(entry.place, f"^(?:{entry.text('regex')})$", target, status=status)
                result.rules += found
            else:
                result.rules.append(_from_glob(entry.place, source, target, status))
    return result


def _from_glob(place: Place, source: str, target: str, status: int) -> ImportedRule:
    plain = source if source.startswith("/") else "/" + source
    if re.search(r"[?+@!]\(|[\[\]{}|]", plain.replace("{,/**}", "")):
        return kept(place, source, target, "its pattern is not looked into")
    numbers = iter(range(1, 100))

    def matches(found: re.Match[str]) -> tuple[str, str]:
        if found[1]:
            return found[1], ".*" if found[2] else "[^/]+"
        name = f"g{next(numbers)}"
        return name, {"*": "[^/]*", "{,/**}": "(?:/.*)?", "/**": "/.*"}.get(found[0], ".*")

    # A folder is what ends with a slash before its rest.
    plain = plain.removesuffix("/**") + "/:rest*" if plain.endswith("/**") else plain
    try:
        return wild(
            place, plain, target, source_part=_PART, target_part=_IN_TARGET, matches=matches, shown=source,
            status=status,
        )  # fmt: skip
    except re.error:
        return kept(place, source, target, "its pattern is not looked into")
