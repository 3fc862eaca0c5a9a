"""Where visitors end up by the rules of an imported file: the first match wins, as on its host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from unbroken.model.addresses import Address, normal
from unbroken.model.errors import LeavesSite
from unbroken.model.imported import Rule, canonical
from unbroken.model.redirects import Published, Target, escaped_query

#: How often a browser lets itself be sent on.
HOPS = 20
#: How many rules with wildcards are looked at, whole folders left out; no host takes as many.
PATTERNS = 1_000
#: The statuses of permanent redirects.
PERMANENT = (301, 308)
# How many times a path is held against a rule, before a file is refused.
_BUDGET = 10_000_000


class TooMany(ValueError):
    """A file has more rules with wildcards than can be judged; the message says how many."""


class Rules:
    """Rules in their order, so that each request is answered at once.

    Args:
        rules: the rules; wildcards past ``PATTERNS`` are left out, but for whole folders.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = list(rules)
        self.left_out: set[int] = set()
        self._exact: dict[str, list[int]] = {}
        self._loose: dict[str, list[int]] = {}
        self._wild: dict[str, list[int]] = {}
        self._spent = wild = 0
        seen: set[tuple[str, str]] = set()
        for number, rule in enumerate(self.rules):
            if rule.expression is None:
                if rule.slash:
                    self._keep(self._loose.setdefault(rule.path.rstrip("/"), []), number)
                else:
                    self._keep(self._exact.setdefault(rule.path, []), number)
            elif (rule.expression.pattern, rule.some) in seen:
                continue  # it never answers
            elif wild >= PATTERNS and not rule.folder:
                self.left_out.add(number)
            else:
                seen.add((rule.expression.pattern, rule.some))
                wild += not rule.folder
                folder = rule.prefix[: rule.prefix.rfind("/") + 1]
                self._wild.setdefault(folder, []).append(number)

    def _keep(self, held: list[int], number: int) -> None:
        """Keep the first rule for some visitors and the first for all; those after it never answer."""
        if not held or (self.rules[held[-1]].some and not (self.rules[number].some and len(held) > 1)):
            held.append(number)

    def matches(self, path: str) -> Iterator[tuple[int, Rule, str]]:
        """Yield each rule that matches a path and its target, in order, to the first that all visitors get.

        Raises:
            TooMany: the rules are too many to go through for so many paths.
        """
        found = [*self._exact.get(path, ()), *self._loose.get(path.rstrip("/"), ())]
        at = -1
        while self._wild and (at := path.find("/", at + 1)) >= 0:
            found += self._wild.get(path[: at + 1], ())
        self._spent += len(found)
        if self._spent > _BUDGET:
            raise TooMany(f"{len(self.rules):,} rules with wildcards among them are too many to judge.")
        for number in sorted(set(found)):
            rule = self.rules[number]
            target = rule.answer(path)
            if target is not None:
                yield number, rule, target
                if not rule.some:
                    return

    def first(self, path: str) -> tuple[int, Rule, str] | None:
        """Return the first rule that matches a path, its number and the target."""
        return next(self.matches(path), None)


class Site(NamedTuple):
    """What is known of a site.

    Attributes:
        published: what answers today.
        base: the path that it is served under, without its final slash.
        host: its host, or empty.
    """

    published: Published
    base: str = ""
    host: str = ""

    def local(self, url: str) -> str | None:
        """Return the part of a URL after the host where it is on this site, None where it is elsewhere."""
        if url.startswith("/") and not url.startswith("//"):
            return url
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and self.host and parts.netloc.lower() == self.host:
            return (
                (parts.path or "/")
                + (f"?{parts.query}" if parts.query else "")
                + (f"#{parts.fragment}" if parts.fragment else "")
            )
        return None

    def inside(self, path: str) -> str | None:
        """Return a path from the host's root as one from the site's; None where it is outside."""
        if not self.base:
            return path
        if path == self.base:
            return "/"
        return path[len(self.base) :] if path.startswith(self.base + "/") else None

    def page(self, path: str) -> str | None:
        """Return the published address path that a host shows for a path, or None."""
        paths = self.published.paths
        try:
            there = normal(path)
        except LeavesSite:
            return None
        for each in (there, there + "/", there + ".html"):
            if each in paths:
                return each
        return None


class End(NamedTuple):
    """Where a visitor ends up.

    Attributes:
        target: the last place; None when the way never ends.
        hops: the rules on the way, by number.
        why: why nothing can be said, where a rule on the way is for some visitors only.
        live: whether the place is published, or on another site.
        loses: whether a rule answers on the way what was asked for with a query, of which hosts make
            different things.
    """

    target: Target | None
    hops: tuple[int, ...] = ()
    why: str = ""
    live: bool = False
    loses: bool = False


def follow(rules: Rules, url: str, site: Site) -> End:
    """Return where a visitor ends up who is sent to a URL, as rules and published pages have it."""
    hops: list[int] = []
    fragment, here, loses = "", url, False
    for _ in range(HOPS + 1):
        local = site.local(here)
        if local is None:
            return End(here, tuple(hops), live=True, loses=loses)
        path, mark, new = local.partition("#")
        fragment = unquote(new) if mark else fragment
        path, _, query = path.partition("?")
        path = canonical(path)
        inside = site.inside(path)
        page = site.page(inside) if inside is not None else None
        found = rules.first(path)
        if found is not None and not (page and (found[1].live_wins or not found[1].status)):
            number, rule, target = found
            hops.append(number)
            loses = loses or bool(query)
            if rule.some or rule.status not in PERMANENT:
                return End(None, tuple(hops), why=place_of(rule))
            here = target
            continue
        query = escaped_query(query)
        if page is not None:
            return End(Address(page, fragment, query), tuple(hops), live=True, loses=loses)
        if inside is None:
            return End(f"{path}?{query}" if query else path, tuple(hops), live=True, loses=loses)
        try:
            return End(Address(normal(inside), fragment, query), tuple(hops))
        except LeavesSite:
            return End(None, tuple(hops))
    return End(None, tuple(hops))


def place_of(rule: Rule) -> str:
    """Return how a message names a rule."""
    return f"line {rule.place.line}"
