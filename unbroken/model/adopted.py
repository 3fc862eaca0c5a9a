"""What becomes of each redirect of an imported file: into the map, without effect, or left where it is.

All of it is a pure function of the rules, the map, and what is published. ``compare`` is the proof: every
address that the file speaks of, asked of the old rules and of the new map.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from unbroken.model.addresses import Address, normal, spellings
from unbroken.model.errors import LeavesSite
from unbroken.model.following import HOPS, PATTERNS, PERMANENT, End, Rules, Site, follow, place_of
from unbroken.model.imported import Imported, Rule, canonical
from unbroken.model.redirects import RedirectMap, Target, begun_path, escaped_query, quoted

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
#: Stands for whatever is asked for below a folder: no address has it.
_REST = "\x00"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?")


class Fate(StrEnum):
    """What becomes of a rule: it goes into the map, is there already, does nothing, or stays where it is."""

    TAKEN = "taken"
    THERE = "there"
    IDLE = "idle"
    KEPT = "kept"


class Judged(NamedTuple):
    """A rule and its fate.

    Attributes:
        rule: the rule.
        fate: what becomes of it.
        why: why it is not simply taken, or what is to be known about it.
        source: the address that it redirects; for a folder, its address path with ``*``.
        target: where that leads in the end.
    """

    rule: Rule
    fate: Fate
    why: str = ""
    source: str = ""
    target: Target | None = None


def judge(imported: Imported, site: Site, redirects: RedirectMap) -> tuple[list[Judged], Rules]:
    """Return the fate of each rule of a file, and the rules as they answer.

    Raises:
        TooMany: it has more wildcards than can be judged.
    """
    rules = Rules(imported.rules)
    return _Judge(rules, site, redirects).all(), rules


class _Judge:
    def __init__(self, rules: Rules, site: Site, redirects: RedirectMap) -> None:
        self.rules = rules
        self.site = site
        self.map = redirects
        self.taken: dict[str, Judged] = {}
        self.folders: dict[str, Judged] = {}
        self.there = {spellings(path)[-1]: path for path in redirects.pages}
        self.below = {pattern.prefix: pattern for pattern in redirects.patterns}
        self.first: dict[str, int] = {}
        # What is published, in order, to find what is below a folder without looking at all of it.
        self.live = sorted(site.published.paths)

    def all(self) -> list[Judged]:
        """Return the fate of each rule, in order."""
        return [self._one(number, rule) for number, rule in enumerate(self.rules.rules)]

    def _one(self, number: int, rule: Rule) -> Judged:
        path = rule.path or (rule.prefix + _REST if rule.folder else "")
        unreached = None
        if path and not rule.keep and number not in self.rules.left_out:
            unreached = self._unreached(number, rule, path)
        if unreached and unreached.fate is Fate.IDLE:
            return unreached
        if why := self._unsayable(number, rule):
            return Judged(rule, Fate.KEPT, why)
        if unreached:
            return unreached
        if rule.expression is not None:
            return self._folder(number, rule)
        inside = self.site.inside(rule.path)
        if inside is None:
            return Judged(rule, Fate.KEPT, f"its source is outside {self.site.base}/, where this site is")
        try:
            source = normal(inside)
        except LeavesSite:
            return Judged(rule, Fate.KEPT, "its source leaves the site")
        last = source.rpartition("/")[2]
        source = source + "/" if last and "." not in last else source  # a page, as the map names it
        page = self.site.page(inside)
        if page is not None:
            if rule.live_wins:
                return Judged(rule, Fate.IDLE, f"{page} is published, so the host never asks this line")
            return Judged(
                rule, Fate.KEPT, f"{page} is still published, and the map redirects no published page"
            )
        return self._taken(rule, source, self._follow(rule.target), rule.note)

    def _follow(self, url: str) -> End:
        return onward(follow(self.rules, url, self.site), self.map, self.rules, self.site)

    def _unsayable(self, number: int, rule: Rule) -> str:
        """Return why the map cannot say a rule whatever the site is, or nothing."""
        if rule.keep:
            return rule.keep
        if rule.some:
            return f"it is for {rule.some} alone"
        if rule.status not in PERMANENT:
            return (
                f"it answers {rule.status}, which is not a permanent redirect"
                if rule.status
                else "it is not a redirect"
            )
        if number in self.rules.left_out:
            return f"only {PATTERNS:,} rules with wildcards are looked at"
        if rule.source.startswith(("http://", "https://", "//")) and self.site.local(rule.source) is None:
            return "its source is on another host"
        if _CONTROL.search(unquote(rule.source)) or _CONTROL.search(unquote(rule.target)):
            return "it has a control character in it"
        if rule.expression is not None and not rule.folder:
            return "the map's patterns have one *, at the end"
        if rule.target.startswith("//") or rule.target.startswith(("/\\", "\\")):
            return (
                f"browsers read {quoted(rule.target)} as another host; "
                "write the whole https URL, or one slash"
            )
        return self._bad_target(rule.target)

    def _bad_target(self, target: str) -> str:
        if target.startswith("/"):
            return ""
        scheme = _SCHEME.match(target)
        if not scheme:
            return f"its target {quoted(target)} is neither a path from the root nor a URL"
        if scheme.group().lower() not in ("http:", "https:"):
            return f"its target has the scheme {scheme.group()}"
        try:
            host = urlsplit(target).netloc
            plain = _HOST.fullmatch(host if host.isascii() else host.encode("idna").decode("ascii"))
        except ValueError:
            plain = None
        if not plain or "\\" in target:
            return f"its target {quoted(target)} is not a plain http or https URL"
        return ""

    def _unreached(self, number: int, rule: Rule, path: str) -> Judged | None:
        """Return the fate of a rule that never answers a path, or not everybody there."""
        for other, match, target in self.rules.matches(path):
            if other == number:
                return None
            if match.some:
                why = f"{place_of(match)} answers some of its visitors first, and ours would come before that"
                return Judged(rule, Fate.KEPT, why)
            what = "with the same target"
            if target != rule.target:
                what = f"with another target, {quoted(target.replace(_REST, '*'))}"
            return Judged(rule, Fate.IDLE, f"{place_of(match)} answers first, {what}")
        # Kept out of the index, because another of its form comes before it.
        return Judged(rule, Fate.IDLE, "an earlier line answers first")

    def _taken(self, rule: Rule, source: str, end: End, note: str) -> Judged:
        fault, target, more = self._end(rule, end)
        if fault:
            return Judged(rule, Fate.KEPT, fault)
        key = spellings(source)[-1]
        if twin := self.taken.get(key):
            if twin.target == target:
                return Judged(rule, Fate.THERE, "", twin.source, target)
            why = (
                f"{source} and {twin.source} are one address to the map, and {place_of(twin.rule)} "
                f"leads it to {twin.target}, not to {target}"
            )
            return Judged(rule, Fate.IDLE, why)
        if key in self.there:
            way = self.map.route(Address(self.there[key]), self.site.published).end
            same = way == target
            return Judged(
                rule,
                Fate.THERE if same else Fate.IDLE,
                "" if same else f"the map leads {source} to {way}, not to {target}",
                source,
                way if same else None,
            )
        made = Judged(rule, Fate.TAKEN, "; ".join(filter(None, (note, *more))), source, target)
        self.taken[key] = made
        return made

    def _end(self, rule: Rule, end: End) -> tuple[str, Target, list[str]]:
        """Return why an end is none for the map, or else the end and what is to be known about it."""
        if end.why:
            return f"it leads on to {end.why}, which stays", "", []
        if end.loses:
            return "it leads on from a target with a query, of which hosts make different things", "", []
        if end.target is None:
            circle = site_path(rule.target, self.site) == rule.path and rule.path
            return ("it leads to itself" if circle else "it leads round in a circle, or to nowhere"), "", []
        target = end.target
        if not end.live:
            return f"it leads to {target}, which is not published", "", []
        more = []
        if isinstance(target, str):
            if target.startswith("/"):
                if not self.site.host:
                    return (
                        f"it leads to {target}, outside {self.site.base}/, and there is no site_url",
                        "",
                        [],
                    )
                target = f"https://{self.site.host}{target}"
        elif target.fragment:
            anchors = self.site.published.anchors(target.path)
            if anchors is not None and target.fragment not in anchors:
                more.append(
                    f"{target.path} has no anchor #{target.fragment}, so it leads to its top, as before"
                )
                target = target._replace(fragment="")
        if end.hops:
            by = ", ".join(place_of(self.rules.rules[hop]) for hop in end.hops[:3])
            more.append(f"it leads on by {by}, so the map leads straight to the end")
        elif isinstance(target, Address) and rule.rest is False:
            asked = site_path(rule.target, self.site)
            shown = self.site.base + target.path
            # Where a generator or a host takes both for one, a slash that lacks is no slip.
            slip = rule.live_wins or not rule.slash
            if slip and asked and asked != canonical(shown) and asked + "/" == shown:
                more.append(f"its target lacks the slash of {target.path}")
        return "", target, more

    # Folders.

    def _folder(self, number: int, rule: Rule) -> Judged:
        inside = self.site.inside(rule.prefix)
        if inside is None:
            return Judged(rule, Fate.KEPT, f"its source is outside {self.site.base}/")
        try:
            prefix = _begun(inside)
        except LeavesSite:
            return Judged(rule, Fate.KEPT, "its source leaves the site")
        if caught := self._below(prefix):
            return Judged(rule, Fate.KEPT, f"it catches {caught}, which is still published")
        target: Target
        if rule.rest:
            try:
                fault, target = self._onward(rule)
            except LeavesSite:
                fault, target = "its target leaves the site", ""
        else:
            fault, target, _ = self._end(rule, self._follow(rule.target))
        if fault:
            return Judged(rule, Fate.IDLE) if rule.implied else Judged(rule, Fate.KEPT, fault)
        source = prefix + "*"
        known = self.below.get(prefix)
        if known is not None:
            same = (known.target, known.star) == (target, rule.rest)
            why = "" if same else f"the map has another pattern for {source}"
            return Judged(rule, Fate.THERE if same else Fate.IDLE, why, source, target)
        if prefix in self.folders:
            return Judged(rule, Fate.THERE, "", source, target)
        made = Judged(rule, Fate.TAKEN, rule.note, source, target)
        self.folders[prefix] = made
        return made

    def _below(self, prefix: str, *, itself: bool = True) -> str | None:
        """Return what is published below a prefix, or at it; None where nothing is."""
        at = bisect_left(self.live, prefix) if itself else bisect_right(self.live, prefix)
        return self.live[at] if at < len(self.live) and self.live[at].startswith(prefix) else None

    def _onward(self, rule: Rule) -> tuple[str, Target]:
        """Return where a folder goes, with its rest; or why the map cannot say that."""
        here = _before_rest(rule)
        for _ in range(HOPS):
            local = self.site.local(here)
            if local is None:
                return "", here
            if "#" in local:
                return "what is asked for is put behind a #, where no server sees it", ""
            path, mark, query = local.partition("?")
            path = canonical(path)
            inside = self.site.inside(path)
            if mark:
                page = self.site.page(inside) if inside is not None else None
                if page is None or self.rules.first(path) is not None:
                    return f"{quoted(path)} is not published", ""
                return "", Address(page, "", escaped_query(query))
            begun = None if inside is None else _begun(inside)
            below = begun is not None and self._below(begun, itself=not rule.implied)
            found = self.rules.first(path + _REST)
            if found is None or (found[1].live_wins and below):
                if begun is None:
                    return "it leads out of the site", ""
                return ("", Address(begun)) if below else (f"nothing is published below {path}", "")
            other = found[1]
            if other.some or other.status not in PERMANENT or not other.rest:
                return f"it leads on to {place_of(other)}, which is no redirect of the same kind", ""
            here = _before_rest(other) + path[len(other.prefix) :]
        return "it leads round in a circle", ""


def _before_rest(rule: Rule) -> str:
    return "".join(part for part in rule.to if isinstance(part, str))


def site_path(url: str, site: Site) -> str | None:
    """Return the canonical path that a URL names on the site's host, or None."""
    local = site.local(url)
    return None if local is None else canonical(re.split("[?#]", local, maxsplit=1)[0])


# The proof.


class Difference(NamedTuple):
    """An address that ends elsewhere than before.

    Attributes:
        path: what was asked for.
        old: where it ended.
        new: where it ends now.
        why: what was said of the line that answered it.
    """

    path: str
    old: str
    new: str
    why: str


def asked(judged: Sequence[Judged]) -> Iterator[tuple[str, Judged]]:
    """Yield every path that a file speaks of, and samples of what its wildcards catch."""
    for each in judged:
        rule = each.rule
        if rule.expression is None:
            yield rule.path, each
        elif rule.folder:
            rests = ("", "x", "x/", "x/y/z.html", "%C3%BC/")
            # Nobody may ever have asked for what a line means besides the one path that it names.
            for rest in rests if each.fate is Fate.TAKEN or not rule.implied else rests[1:2]:
                yield rule.prefix + rest, each


def compare(
    judged: Sequence[Judged], rules: Rules, before: RedirectMap, after: RedirectMap, site: Site
) -> tuple[int, list[Difference]]:
    """Ask the old rules and the new map for every address; return how many, and those that differ.

    The old side is the rules with the map as it is before; the new side is the map with the rules that stay
    between its single lines and its patterns, as they are written.
    """
    kept = Rules(each.rule for each in judged if each.fate is Fate.KEPT)
    count, differences = 0, []
    seen: set[str] = set()
    for path, each in asked(judged):
        if path in seen:
            continue
        seen.add(path)
        count += 1
        was = onward(follow(rules, path, site), before, rules, site)
        now = onward(_by_map(path, after, kept, site) or follow(kept, path, site), after, kept, site)
        old, new = (_shown(end, site, was.loses) for end in (was, now))
        if old != new:
            why = each.why or ("below the one path that its line names" if each.rule.implied else "")
            differences.append(Difference(path, old, new, why))
    return count, differences


def onward(end: End, redirects: RedirectMap, rules: Rules, site: Site) -> End:
    """Return where a visitor ends up whom rules have led to an end, when the map leads on from there."""
    for _ in range(HOPS):
        if end.live or not isinstance(end.target, Address):
            return end
        by = _by_map(site.base + str(end.target), redirects, rules, site)
        if by is None:
            return end
        end = by._replace(hops=end.hops + by.hops, loses=end.loses or by.loses or bool(end.target.query))
    return End(None, end.hops)


def _by_map(url: str, redirects: RedirectMap, rules: Rules, site: Site) -> End | None:
    """Return where the map leads a URL, single lines before the rules and patterns after them, or None."""
    path, _, fragment = url.partition("#")
    path, _, query = path.partition("?")
    inside = site.inside(path)
    try:
        address = Address(normal(inside)) if inside is not None else None
    except LeavesSite:
        address = None
    if address is None:
        return None
    known = next((a for a in (address.path, address.path + "/") if a in redirects.pages), None)
    if known is None and (
        site.page(address.path) or rules.first(canonical(path)) or not redirects.pattern(address.path)
    ):
        return None
    asked_for = Address(known or address.path, unquote(fragment), query)
    end = redirects.route(asked_for, site.published).end
    if isinstance(end, str) or end is None:
        return End(end, live=True)
    if known is None and end == asked_for:
        return None
    return follow(rules, site.base + str(end), site)


def first_hops(judged: Sequence[Judged], site: Site) -> list[str]:
    """Return what a server is asked for: every path that a file speaks of, and the paths that it leads to."""
    found = dict.fromkeys(path for path, _ in asked(judged))
    found |= dict.fromkeys(path for each in judged if (path := site_path(each.rule.target, site)))
    return list(found)


def misread(rules: Rules, site: Site, answers: Mapping[str, tuple[int, str]]) -> tuple[int, list[Difference]]:
    """Hold a server's answers against the rules as they were read.

    Return how many say something of them, and those that differ. What is for some visitors only, or is not
    looked into, says nothing of an answer.

    Args:
        rules: the rules.
        site: the site.
        answers: status and ``Location`` by path.
    """
    unread = rules.left_out or any(each.keep for each in rules.rules)
    count, differences = 0, []
    for path, (status, location) in answers.items():
        found = rules.first(path)
        if found is None and unread:
            continue
        rule = found[1] if found else None
        if rule is not None and (rule.some or rule.keep or rule.status not in _REDIRECTS):
            continue
        inside = site.inside(path)
        if rule is not None and rule.live_wins and inside is not None and site.page(inside):
            continue
        count += 1
        want = f"{rule.status} to {_spelled(found[2], site)}" if rule and found else "no redirect"
        got = f"{status} to {_spelled(location, site)}" if status in _REDIRECTS else "no redirect"
        own = got in (f"301 to {path}/", f"308 to {path}/")  # a server's own, to a folder that is there
        if want != got and not (rule is None and own):
            differences.append(Difference(path, got, want, ""))
    return count, differences


_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")
_REDIRECTS = (301, 302, 303, 307, 308)


def _spelled(url: str, site: Site) -> str:
    """Return a URL with one spelling, as a path where it is on the site's host."""
    local = site.local(url)
    if local is None:
        return url if urlsplit(url).path else f"{url}/"
    path, *rest = re.split("(?=[?#])", local, maxsplit=1)
    return canonical(path) + _ESCAPE.sub(lambda found: found[0].upper(), "".join(rest))


def _shown(end: End, site: Site, loses: bool) -> str:
    if end.why:
        return f"where {end.why} leads"
    if not isinstance(end.target, Address):
        return end.target or "nowhere"
    if not end.live:
        return "a page that is not there"
    anchors = site.published.anchors(end.target.path)
    # A fragment that its page lacks takes a visitor to the top.
    fragment = end.target.fragment if anchors is None or end.target.fragment in anchors else ""
    return str(Address(end.target.path, fragment, "" if loses else end.target.query))


def _begun(path: str) -> str:
    """Return how the addresses below a folder begin, or those that begin with a part of a name."""
    return normal(path) if path.endswith("/") else begun_path(path)
