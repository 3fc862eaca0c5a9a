"""The plan: what the map asks of the finished site, and what is wrong with it.

The invariants, each of them a finding when it does not hold:

- no source is published any more;
- following the redirects from any source ends, and ends at a published page, at an anchor that is on it, or
  at an absolute URL that the map gives in full.

All of it is a pure function of the map, what is published, and the ledger. ``Plan`` is the result: for each
old address the one answer it gets, with chains and patterns already followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from unbroken.findings.base import Finding
from unbroken.findings.headings import DeadAnchor, LiveAnchor, LostPage, Split
from unbroken.findings.patterns import DeadPattern, Overlap, PatternLive, RetiredLive, UnusedPattern
from unbroken.findings.redirects import Cycle, DeadPage, LiveSource, MovedBack
from unbroken.model.addresses import (
    Address,
    likely_page_path,
    normal,
    sameness,
    spellings,
    stub_file,
)
from unbroken.model.redirects import (
    Entry,
    Hop,
    Pattern,
    Published,
    RedirectMap,
    Route,
    Target,
    parted,
    quoted,
)
from unbroken.model.suggest import Suggestions, likely_anchor

#: How long browsers may keep a redirect unless the site says otherwise, in seconds: a day.
MAX_AGE = 86_400


class Kept(NamedTuple):
    """What browsers may still keep of redirects that are no more.

    Attributes:
        targets: where they led, by the address path that they started at.
        span: for how long, as a message says it.
    """

    targets: Mapping[str, AbstractSet[str]] = {}
    span: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one old address answers.

    Attributes:
        source: its address path.
        target: where its content is now.
        anchors: the fragments of the old page that lead elsewhere.
        rule: whether a host's rule may answer; if not, the stub must (a split page).
        entry: the line that says so.
        pattern: the pattern that alone would give this answer, if there is one.
        renews: whether browsers may still lead its target back here, so that its stub renews what they keep.
        twin: whether an answer before it has the same source but for case.
    """

    source: str
    target: Target
    anchors: Mapping[str, Target]
    rule: bool
    entry: Entry
    pattern: Pattern | None = None
    renews: bool = False
    twin: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to stand in the built site and in the hosts' rule files.

    Attributes:
        answers: one for each old address, by source.
        moves: for each published page the anchors that it sends elsewhere.
        patterns: those that a wildcard rule can express without catching anything else, longest first.
        gone: the address paths that were withdrawn on purpose, each with the line that says so.
        site_url: the absolute URL of the site's root with its final slash, or empty.
        published: what answers today.
        max_age: how long browsers may keep a rule's answer, in seconds.
        own: what the site's authors keep in files that hosts read from the published folder, by name.
    """

    answers: tuple[Answer, ...]
    moves: Mapping[str, Mapping[str, Target]]
    patterns: tuple[Pattern, ...]
    gone: Mapping[str, Entry]
    site_url: str
    published: Published
    max_age: int = MAX_AGE
    own: Mapping[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The path that the site is served under, without its final slash: empty at a host's root."""
        return _base(self.site_url)

    def url(self, target: Target) -> str:
        """Return a target as a rule's ``Location``: absolute when elsewhere, else from the host's root."""
        return target if isinstance(target, str) else self.base + str(target)

    def paths(self, source: str) -> list[str]:
        """Return every path, from the host's root, that asks for an old address; its own path first.

        A spelling that names something published is left out.
        """
        published = self.published.paths
        others = [
            path
            for path in spellings(source)[1:]
            if path not in published and (path + "/" == source or path + "/" not in published)
        ]
        return [self.base + path for path in (source, *others)]


@lru_cache(maxsize=8)
def _base(site_url: str) -> str:
    return normal(urlsplit(site_url).path + "/").rstrip("/")


def judge(
    redirects: RedirectMap,
    published: Published,
    ledger: Mapping[str, Iterable[str]] | None = None,
    *,
    directory_urls: bool = True,
    site_url: str = "",
    kept: Kept = Kept(),  # noqa: B008  # it does not change
) -> tuple[Plan, list[Finding]]:
    """Return what the finished site has to contain, and everything that is wrong with the map.

    Args:
        redirects: the map.
        published: what answers today.
        ledger: every address ever published, as the fragments of each path: patterns are expanded against
            them, and the anchors of an old page stay reachable behind its rule.
        directory_urls: the builder's ``use_directory_urls``, to name pages in remedies.
        site_url: the absolute URL of the site's root, or empty.
        kept: what browsers may still keep of redirects that are no more.
    """
    return _Judge(redirects, published, ledger or {}, directory_urls, kept).plan(site_url)


class _Judge:
    def __init__(
        self,
        redirects: RedirectMap,
        published: Published,
        ledger: Mapping[str, Iterable[str]],
        directory_urls: bool,
        kept: Kept,
    ) -> None:
        self.kept = kept
        self.map = redirects
        self.published = published
        self.recorded = ledger
        self.ledger = sorted(ledger)
        self.globs = frozenset(pattern.entry for pattern in redirects.patterns)
        self.directory_urls = directory_urls
        self.findings = list(redirects.findings)
        self.circles: set[frozenset[Entry]] = set()
        self.flat: dict[Pattern, Pattern] = {}
        self._suggestions = Suggestions(published.paths)

    def plan(self, site_url: str) -> tuple[Plan, list[Finding]]:
        live = self.published.paths
        gone = self._gone()
        self.flat = {pattern: self._flattened(pattern) for pattern in self.map.patterns}
        expanded = self._expand(gone)
        self._single_lines(gone)
        moves = self._moves()
        answers: list[Answer] = []
        sources = {p for p in self.map.pages if p not in live and p not in gone}
        sources.update(expanded)
        sources.update(p for p in self.map.anchors if p not in live and p not in gone)
        folded: set[str] = set()
        for path in sorted(sources):
            if answer := self._answer(path, expanded.get(path), moves):
                key = sameness(path)
                answers.append(replace(answer, twin=True) if key in folded else answer)
                folded.add(key)
        plan = Plan(tuple(answers), moves, self._clean(answers), gone, site_url, self.published)
        return plan, self.findings

    # Retired addresses.

    def _gone(self) -> dict[str, Entry]:
        gone: dict[str, Entry] = {}
        live = self.published.paths
        for address, entry in self.map.retired.items():
            if address.fragment:
                anchors = self.published.anchors(address.path) if address.path in live else None
                if anchors and address.fragment in anchors:
                    self._retired_live(entry)
                continue
            if address.path.endswith("/*"):
                below = [p for p in self.ledger if p.startswith(address.path[:-1]) and p not in live]
                gone.update((p, entry) for p in below if p not in self.map.pages)
            elif address.path in live:
                self._retired_live(entry)
            elif hop := self.map.pages.get(address.path):
                self.findings.append(
                    RetiredLive.redirected(entry.place, quoted(entry.source), hop.entry.place)
                )
            else:
                gone[address.path] = entry
        return gone

    def _retired_live(self, entry: Entry) -> None:
        self.findings.append(RetiredLive.published(entry.place, quoted(entry.source)))

    # Patterns.

    def _clean(self, answers: Iterable[Answer]) -> tuple[Pattern, ...]:
        """Return the patterns that a wildcard rule can express, each leading straight to its end."""
        wrong = [
            p
            for p, flat in self.flat.items()
            if self._caught(p) or self._shadowed(p, answers) or _circles(flat)
        ]
        # What a more specific pattern leads elsewhere must not be caught in its stead.
        return tuple(
            self.flat[p]
            for p in self.map.patterns
            if not any(other is p or other.prefix.startswith(p.prefix) for other in wrong)
        )

    def _flattened(self, pattern: Pattern) -> Pattern:
        """Return a pattern that leads at once to where the rest of the map would lead from its target."""
        flat, seen = pattern, {pattern.entry}
        while isinstance(flat.target, Address) and not flat.target.query:
            there = flat.target.path
            if not flat.star:
                end = self._end(flat.target)
                return flat._replace(target=end) if end else flat
            on = self.map.pattern(there)
            if on is None or on.entry in seen:
                break
            others = (p.prefix for p in self.map.patterns if p is not on)
            known = (*self.map.pages, *self.map.anchors, *self.published.paths, *others)
            if any(path.startswith(there) for path in known):
                break  # something there has a way of its own
            seen.add(on.entry)
            flat = Pattern(pattern.prefix, on.hop(there).target, on.star, pattern.entry)
        return flat

    def _caught(self, pattern: Pattern) -> bool:
        return any(path.startswith(pattern.prefix) for path in self._live_below(pattern.prefix))

    def _live_below(self, prefix: str) -> list[str]:
        return [path for path in self.published.paths if path.startswith(prefix)]

    def _shadowed(self, pattern: Pattern, answers: Iterable[Answer]) -> bool:
        # A wildcard would also answer a split page that only its stub can answer.
        return any(not a.rule and a.source.startswith(pattern.prefix) for a in answers)

    def _expand(self, gone: Mapping[str, Entry]) -> dict[str, Pattern]:
        """Return the ledger addresses that a pattern answers."""
        live = self.published.paths
        expanded: dict[str, Pattern] = {}
        used: set[Pattern] = set()
        for path in self.ledger if self.map.patterns else ():
            pattern = self.map.pattern(path)
            if pattern is None:
                continue
            used.add(pattern)
            if path not in live and path not in self.map.pages and path not in gone:
                expanded[path] = pattern
        leading = set(expanded.values())
        for pattern in self.map.patterns:
            if pattern not in used:
                self.findings.append(UnusedPattern.of(pattern.entry.place, pattern.prefix, bool(self.ledger)))
            if caught := sorted(self._live_below(pattern.prefix)):
                self.findings.append(PatternLive.of(pattern.entry.place, _some(caught)))
            over = [
                (path, hop.entry) for path, hop in self.map.pages.items() if path.startswith(pattern.prefix)
            ]
            over += [
                (other.prefix, other.entry)
                for other in self.map.patterns
                if other is not pattern and other.prefix.startswith(pattern.prefix)
            ]
            if over:
                first = min(over)[1]
                self.findings.append(
                    Overlap.of(pattern.entry.place, _some(sorted(path for path, _ in over)), first.place)
                )
            if not pattern.star and pattern not in leading:
                self._lead(Address(pattern.prefix), pattern.hop(pattern.prefix), gone)
        dead: dict[Pattern, list[str]] = {}
        for path, pattern in expanded.items():
            end = self.map.route(Address(path), self.published).end
            if end is None:
                self._circle(Address(path), pattern.hop(path))
            elif isinstance(end, Address) and end.path not in live:
                dead.setdefault(pattern, []).append(path)
        for pattern, paths in dead.items():
            page = likely_page_path(paths[0], self.directory_urls)
            self.findings.append(DeadPattern.of(pattern.entry.place, _some(paths), page))
        return expanded

    # Single lines.

    def _single_lines(self, gone: Mapping[str, Entry]) -> None:
        live = self.published.paths
        for path, hop in self.map.pages.items():
            if path in live:
                self.findings.append(LiveSource.of(hop.entry.place, quoted(hop.entry.source), path))
            self._lead(Address(path), hop, gone)
        for path, moved in self.map.anchors.items():
            anchors = self.published.anchors(path) if path in live else None
            if path not in live and path not in self.map.pages and not self.map.pattern(path):
                entry = next(iter(moved.values())).entry
                self.findings.append(LostPage.of(entry.place, path, entry.source.partition("#")[0]))
            for fragment, hop in moved.items():
                if anchors and fragment in anchors:
                    self.findings.append(LiveAnchor.of(hop.entry.place, fragment, path))
                self._lead(Address(path, fragment), hop, gone)

    def _lead(self, source: Address, hop: Hop, gone: Mapping[str, Entry]) -> None:
        """Judge where one line leads."""
        if isinstance(hop.target, str):
            return
        route = self.map.route(hop.target, self.published)
        entry = hop.entry
        if route.end is None:
            self._circle(source, hop)
        elif isinstance(route.end, Address):
            path, fragment, _ = route.end
            if path not in self.published.paths:
                # One report, at the line that leads there; a pattern alone cannot know what it is led.
                if all(h.entry.place == entry.place or h.entry in self.globs for h in route.hops):
                    self._dead(entry, hop.target, route, retired=path in gone)
            elif (
                fragment and (anchors := self.published.anchors(path)) is not None and fragment not in anchors
            ):
                near = likely_anchor(fragment, anchors)
                self.findings.append(DeadAnchor.of(entry.place, fragment, path, near))

    def _circle(self, source: Address, hop: Hop) -> None:
        steps = [hop]
        if isinstance(hop.target, Address):
            steps += self.map.route(hop.target, self.published).hops
        stops = [_bare(stop) for stop in (source, *(step.target for step in steps))]
        # Only what repeats is the circle; a line that leads into it is not at fault.
        again = [step.entry for step in steps[stops.index(stops[-1]) :]] or [step.entry for step in steps]
        circle = frozenset(again)
        if circle in self.circles:
            return
        self.circles.add(circle)
        first = min(circle, key=lambda e: e.place)
        names = list(dict.fromkeys(entry.source for entry in again))
        start = names.index(first.source)
        names = [*names[start:], *names[:start], first.source]
        self.findings.append(Cycle.of(first.place, [quoted(name) for name in names[:8]]))

    def _dead(self, entry: Entry, target: Address, route: Route, retired: bool) -> None:
        page = parted(entry.target)[0]
        led = next((hop.entry for hop in route.hops if hop.entry in self.globs), None)
        if led:
            self.findings.append(DeadPage.led(entry.place, quoted(page), quoted(led.source), str(route.end)))
        elif retired:
            self.findings.append(DeadPage.retired(entry.place, quoted(page)))
        else:
            live = self._suggestions.nearest(target.path)
            near = quoted(likely_page_path(live, self.directory_urls)) if live else None
            self.findings.append(DeadPage.of(entry.place, quoted(page), near))

    # The plan.

    def _moves(self) -> dict[str, dict[str, Target]]:
        moves: dict[str, dict[str, Target]] = {}
        for path, moved in self.map.anchors.items():
            if path not in self.published.paths:
                continue
            anchors = self.published.anchors(path) or frozenset()
            for fragment in moved:
                end = self._end(Address(path, fragment))
                if end and fragment not in anchors and end != Address(path):
                    moves.setdefault(path, {})[fragment] = end
        return moves

    def _end(self, address: Address) -> Target | None:
        return self._arrived(self.map.route(address, self.published).end)

    def _arrived(self, end: Target | None) -> Target | None:
        """Return where a way ends if something is there: another site, or what is published."""
        return end if isinstance(end, str) or (end and end.path in self.published.paths) else None

    def _fragments(self, path: str, steps: Iterable[Hop]) -> set[str]:
        """Return the fragments of an old page that may need a way of their own.

        Those are what any old page on its way sends elsewhere, and what the ledger has of the page itself.
        """
        old = [path, *(hop.target.path for hop in steps if isinstance(hop.target, Address))]
        fragments = {
            f for page in old if page not in self.published.paths for f in self.map.anchors.get(page, ())
        }
        for fragment in self.recorded.get(path, ()):
            end = self._end(Address(path, fragment))
            if isinstance(end, str) or (
                end and (not end.fragment or end.fragment in (self.published.anchors(end.path) or ()))
            ):
                fragments.add(fragment)
        return fragments - {""}

    def _answer(
        self, path: str, pattern: Pattern | None, moves: dict[str, dict[str, Target]]
    ) -> Answer | None:
        route = self.map.route(Address(path), self.published)
        target = self._arrived(route.end)
        if target is None or not route.hops:
            return None
        entry = route.hops[0].entry
        ends = {
            f: end for f in sorted(self._fragments(path, route.hops)) if (end := self._end(Address(path, f)))
        }
        obstacle = self._obstacle(target, ends, moves)
        # What arrives by keeping the visitor's fragment needs no word.
        usual = target if isinstance(target, str) else None if obstacle else target._replace(fragment="")
        anchors = {
            f: end
            for f, end in ends.items()
            if end != usual and (isinstance(target, str) or end != target._replace(fragment=f))
        }
        renews = isinstance(target, Address) and path in self.kept.targets.get(target.path, ())
        if renews:
            has_stub = stub_file(path) is not None
            self.findings.append(MovedBack.of(entry.place, str(target), path, self.kept.span, has_stub))
        elif obstacle:
            split = self.map.anchors.get(path, {}).get(obstacle[0], Hop(target, entry)).entry
            self.findings.append(Split.of(split.place, f"{path}#{obstacle[0]}", obstacle[1]))
        elif isinstance(target, Address) and not target.fragment and anchors:
            moves.setdefault(target.path, {}).update(anchors)
        flat = self.flat[pattern] if pattern else None
        alone = flat if flat and not ends and flat.hop(path).target == target else None
        # A stub can make the browser ask anew; where none can stand, the rule has to do.
        rule = not obstacle and not (renews and stub_file(path))
        return Answer(path, target, anchors, rule, entry, alone, renews)

    def _obstacle(
        self, target: Target, ends: Mapping[str, Target], moves: Mapping[str, Mapping[str, Target]]
    ) -> tuple[str, str] | None:
        """Return the first fragment that does not arrive behind a rule, and why."""
        for fragment, end in ends.items():
            if end == target and (isinstance(target, str) or target.fragment):
                continue
            if isinstance(target, str):
                return fragment, "the page itself leads to another site"
            if target.fragment:
                return fragment, f"the rule's own fragment #{target.fragment} replaces the visitor's"
            if end == target._replace(fragment=fragment):
                continue
            if fragment in (self.published.anchors(target.path) or ()):
                return fragment, f"{target.path} has an anchor #{fragment} of its own"
            if moves.get(target.path, {}).get(fragment, end) != end:
                return fragment, f"{target.path}#{fragment} already leads elsewhere"
        return None


def _circles(pattern: Pattern) -> bool:
    """Return whether a wildcard rule would catch what it has led on itself: ``a/*: a/b/*``."""
    target = pattern.target
    return isinstance(target, Address) and target.path.startswith(pattern.prefix)


def _bare(target: Target) -> Target:
    return target._replace(query="") if isinstance(target, Address) else target


def _some(paths: list[str]) -> str:
    shown = ", ".join(paths[:3])
    return shown if len(paths) <= 3 else f"{shown} and {len(paths) - 3} more"
