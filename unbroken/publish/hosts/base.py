"""What every host has in common: the plan as a list of rules, and a name for what it cannot do."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_to_bytes

from unbroken.findings.base import Finding, Place
from unbroken.findings.hosts import HostCannot, HostLimit
from unbroken.model.addresses import stub_file
from unbroken.model.plan import Answer, Plan
from unbroken.model.redirects import Entry, Pattern, Target

_PLAIN = re.compile(r"[A-Za-z0-9/_.~-]*")
_ORIGIN = re.compile("https?://[^/?#]*")
_ESCAPE = re.compile("%[0-9A-F]{2}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# What stands between these is ours, in a file that the site's authors write, too.
_BEGIN = "# >>> written by Unbroken at every build"
_BEGIN_LAST = "# >>> written by Unbroken at every build: patterns"
_END = "# <<< end of what Unbroken wrote"


#: What ``Host.obstacle`` says of a name in another encoding.
NOT_UTF8 = "its name is not UTF-8"


class Rule(NamedTuple):
    """One request path and its answer.

    Attributes:
        path: the path asked for, from the host's root, in normal form (percent-encoded).
        url: the ``Location``: absolute, or from the host's root, with its own query and fragment if any,
            percent-encoded; empty for an address that is gone.
        entry: the line of the map that says so.
        first: whether this is the address's own spelling, and not a variant of it.
    """

    path: str
    url: str
    entry: Entry
    first: bool = True


class HostFile(NamedTuple):
    """One file of a host's configuration.

    Attributes:
        path: where it stands, relative to the site directory. What a host reads from the published folder
            stands at its root; anything else stands in ``_unbroken/``, for the host's owner to include.
        content: the whole text.
    """

    path: str
    content: str


class Host(ABC):
    """One host: its dialect and its limits.

    Attributes:
        name: its name on the command line and in ``hosts:``.
        title: its name in a sentence.
        rules: whether it has rules at all; if not, stubs answer.
        root_files: what it reads from the root of the published folder.
        marked: whether such a file is lines, ours between marks: exact rules before what the site's authors
            wrote, as theirs may catch anything, and wildcards after it.
        wildcards: whether one rule can stand for a pattern.
        wildcard_limit: how many such rules it takes; None where nobody counts.
        roomy: whether every known address gets a rule of its own even where a wildcard covers it, because
            the host takes as many as there are. Then each of them is answered in one hop, however spelled.
        any_slash: whether a rule for ``/old/`` answers ``/old`` as well.
        decodes: whether it compares decoded paths.
        as_sent: whether it compares paths as they were sent, so that ``%c3`` is another letter than ``%C3``.
        regards_case: whether ``/Old/`` and ``/old/`` can have different rules.
        any_prefix: whether a wildcard may stand after a part of a name: ``/guide/old-*``.
        gone: whether it can answer 410.
        caches: whether its rules tell browsers how long they may keep them.
        stubs_beside_rules: whether a stub may stand at an address that a rule answers. False where the
            file would win over the rule and nothing can force it.
    """

    name: str
    title: str
    rules: bool = True
    root_files: tuple[str, ...] = ()
    marked: bool = False
    wildcards: bool = False
    wildcard_limit: int | None = None
    roomy: bool = False
    any_slash: bool = False
    decodes: bool = True
    as_sent: bool = False
    regards_case: bool = True
    any_prefix: bool = True
    gone: bool = False
    caches: bool = False
    stubs_beside_rules: bool = True
    # The usable patterns of the plan that was asked for last: every rule asks for them.
    _last: tuple[Plan, tuple[Pattern, ...]] | None = None

    @abstractmethod
    def files(self, plan: Plan) -> list[HostFile]:
        """Return the host's rule files for a plan; the first is the one that ``export`` prints."""

    def judge(self, plan: Plan, place: Place) -> list[Finding]:
        """Return what this host cannot do of a plan; ``place`` is where the host was chosen."""
        return [
            *self._cannot_say(plan),
            *self._cannot_retire(plan),
            *self._cannot_stub(plan),
            *self.limits(plan, place),
        ]

    def limits(self, plan: Plan, place: Place) -> Iterator[Finding]:
        """Yield a finding for each limit of the host that a plan goes past."""
        for answer in plan.answers if self.rules else ():
            why = self.too_long(plan.base + answer.source, self.target(plan, answer.target))
            if answer.rule and why:
                yield HostLimit(
                    answer.entry.place,
                    f"{self.title} cannot have a rule for {answer.source[:60]}, because {why}.",
                    "Shorten the source or the target.",
                )
        room = self.room_for_wildcards(plan)
        if self.wildcards and room is not None:
            usable = len(self._usable(plan))
            if usable > room:
                yield self.limit(
                    place,
                    f"takes {room} wildcard rules, and there are {usable} patterns."
                    if room == self.wildcard_limit
                    else f"takes {self.wildcard_limit} wildcard rules, {room} besides your own, "
                    f"and there are {usable} patterns.",
                    "Join patterns that share a prefix; until then the ledger's addresses below the others "
                    "have a rule each.",
                )

    def limit(self, place: Place, message: str, remedy: str) -> Finding:
        """Return the finding for one limit."""
        return HostLimit(place, f"{self.title} {message}", remedy)

    def merge(self, existing: str, ours: HostFile) -> str:
        """Return a rule file that already stands in the site, with ours put in place of what we wrote before.

        Raises:
            ValueError: the existing file cannot be read; the message says why.
        """
        marked = self.marked and ours.path in self.root_files
        return merge_lines(existing, ours.content) if marked else ours.content

    def target(self, plan: Plan, target: Target) -> str:
        """Return a target's ``Location``, spelled so that the host answers it with a page."""
        return plan.url(target)

    def obstacle(self, path: str, url: str) -> str | None:
        """Return why this host cannot answer a path with a URL by a rule, or None when it can.

        A host that says more calls this first.
        """
        if _CONTROL.search(url) or " " in url:
            return "its target contains a control character or a space"
        if _PLAIN.fullmatch(path):
            return None
        name = unquote_to_bytes(path)
        try:
            text = name.decode()
        except UnicodeDecodeError:
            return NOT_UTF8
        if _CONTROL.search(text):
            return "its name contains a control character"
        if self.decodes and "%2F" in path.upper():
            return "the host reads %2F as a slash"
        return None

    def too_long(self, path: str, url: str) -> str | None:
        """Return which limit on the length of one rule is passed, or None when none is."""
        return None

    def redirects(self, plan: Plan, *, variants: bool = True) -> Iterator[Rule]:
        """Yield a rule for each old address that a rule may answer, those that a wildcard covers left out.

        No path comes twice. The addresses' own spellings come first, then the others.

        Args:
            plan: the plan.
            variants: whether to yield the other spellings, too: without the slash, and with ``index.html``.
        """
        answers = [a for a in plan.answers if self._may_rule(a)] if self.rules else []
        cover = () if self.roomy else self.patterns(plan)
        answered = []
        for a in answers:
            url = self.target(plan, a.target)
            covered = a.pattern in cover and self._by_wildcard(plan, a) == url
            answered.append((plan.paths(a.source), url, a.entry, covered))
        yield from self._spell(answered, {plan.base + path for path in plan.gone}, variants)

    def withdrawn(self, plan: Plan, *, variants: bool = True) -> Iterator[Rule]:
        """Yield a rule with an empty URL for each retired address, where the host can answer 410."""
        gone = plan.gone.items() if self.gone else ()
        taken = {path for answer in plan.answers for path in plan.paths(answer.source)} if gone else set()
        yield from self._spell([(plan.paths(s), "", entry, False) for s, entry in gone], taken, variants)

    def _spell(
        self, answered: list[tuple[list[str], str, Entry, bool]], taken: set[str], variants: bool
    ) -> Iterator[Rule]:
        taken |= {paths[0] for paths, *_ in answered}
        for paths, url, entry, covered in answered:
            if not covered and self._possible(paths[0], url):
                yield Rule(paths[0], url, entry)
        if not variants:
            return
        for paths, url, entry, _covered in answered:
            for path in paths[1:]:
                same = self.any_slash and path + "/" == paths[0]
                if not same and path not in taken and self._possible(path, url):
                    taken.add(path)
                    yield Rule(path, url, entry, first=False)
        for paths, url, entry, covered in answered if self.as_sent else ():
            # A page has its stub for other spellings, a file has nothing.
            path = _ESCAPE.sub(lambda found: found[0].lower(), paths[0])
            if not covered and path not in taken and not stub_file(paths[0]) and self._possible(path, url):
                taken.add(path)
                yield Rule(path, url, entry, first=False)

    def _possible(self, path: str, url: str) -> bool:
        # A path that is the target's own would go round in a circle.
        place = re.split("[?#]", url, maxsplit=1)[0]
        return path != place and not self.obstacle(path, url) and not self.too_long(path, url)

    def _may_rule(self, answer: Answer) -> bool:
        return answer.rule and (self.regards_case or not answer.twin)

    def patterns(self, plan: Plan) -> tuple[Pattern, ...]:
        """Return the patterns that this host answers with a wildcard rule, the longest prefix first."""
        if not self.wildcards or not self.rules:
            return ()
        room = self.room_for_wildcards(plan)
        return self._usable(plan)[: None if room is None else max(room, 0)]

    def room_for_wildcards(self, plan: Plan) -> int | None:
        """Return how many wildcard rules of ours the host takes; None where nobody counts."""
        return self.wildcard_limit

    def _usable(self, plan: Plan) -> tuple[Pattern, ...]:
        if self._last is None or self._last[0] is not plan:
            unable = {p for p in plan.patterns if not self._can(plan, p)}
            # Nor one that would catch what needs an answer of its own and cannot have it here.
            unanswered = [p.prefix for p in unable] + ([] if self.gone else [*plan.gone])
            if plan.patterns:
                unanswered += [
                    a.source
                    for a in plan.answers
                    if a.pattern not in plan.patterns
                    and not self._possible(plan.base + a.source, self.target(plan, a.target))
                    # Where files win over rules, its stub does.
                    and (self.stubs_beside_rules or stub_file(a.source) is None)
                ]
            able = (p for p in plan.patterns if not any(path.startswith(p.prefix) for path in unanswered))
            self._last = plan, tuple(able)
        return self._last[1]

    def _can(self, plan: Plan, pattern: Pattern) -> bool:
        url = self.target(plan, pattern.target)
        if pattern.star and url == "/":
            return False  # "/old//example.org" must not become "//example.org", another host
        if not self.any_prefix and not pattern.prefix.endswith("/"):
            return False
        prefix = plan.base + pattern.prefix
        # The rule's own text is a little longer than the two.
        return not self.obstacle(prefix, url) and not self.too_long(prefix + "*", url + ":splat")

    def _by_wildcard(self, plan: Plan, answer: Answer) -> str | None:
        """Return the URL that its pattern's rule gives an address."""
        pattern = answer.pattern
        if pattern is None:
            return None
        rest = answer.source.removeprefix(pattern.prefix) if pattern.star else ""
        return self.target(plan, pattern.target) + rest

    def has_rule(self, plan: Plan, answer: Answer) -> bool:
        """Return whether this host can have a rule of its own for an old address."""
        url = self.target(plan, answer.target)
        return self.rules and self._may_rule(answer) and self._possible(plan.base + answer.source, url)

    def _cannot_say(self, plan: Plan) -> Iterator[Finding]:
        if not self.rules:
            return
        for answer in plan.answers:
            url = self.target(plan, answer.target)
            why = self.obstacle(plan.base + answer.source, url) if answer.rule else None
            if answer.rule and not self._may_rule(answer):
                why = "it regards no case, and another old address differs from it in case alone"
            if why:
                stub = "its stub answers" if stub_file(answer.source) else "nothing answers there"
                yield HostCannot(
                    answer.entry.place,
                    f"{self.title} cannot have a rule for {answer.source}, because {why}; {stub}.",
                    "Leave it if the site keeps its stubs; else choose another host.",
                )

    def _cannot_retire(self, plan: Plan) -> Iterator[Finding]:
        if plan.gone and not self.gone:
            path, entry = next(iter(plan.gone.items()))
            yield HostCannot(
                entry.place,
                f"{self.title} cannot answer 410, so retired addresses answer 404 there: {path}"
                + (f" and {len(plan.gone) - 1} more." if len(plan.gone) > 1 else "."),
                "Leave it: a 404 says the same less exactly.",
            )

    def _cannot_stub(self, plan: Plan) -> Iterator[Finding]:
        if self.rules:
            return
        for answer in plan.answers:
            if stub_file(answer.source) is None:
                yield HostCannot(
                    answer.entry.place,
                    f"{self.title} has no rules and would not show a stub at {answer.source} as a page.",
                    "Keep the file published, or choose a host that has rules.",
                )


def decoded(path: str) -> str:
    """Return a rule's path or URL decoded to Unicode, for hosts that compare decoded text."""
    return unquote(path)


def after_origin(url: str) -> tuple[str, str]:
    """Return a URL's scheme and host, or nothing for a path, and what comes after them."""
    found = _ORIGIN.match(url)
    return (found[0], url[found.end() :]) if found else ("", url)


def regex(text: str) -> str:
    """Return a regular expression for exactly this text, in the dialect that PCRE, RE2 and Go share.

    No character that a configuration language reads survives in it: quotes, ``$``, ``{``, ``;`` and spaces
    are written as numbers.
    """
    return "".join(_regex(c) for c in text)


def _regex(char: str) -> str:
    if char.isascii():
        return char if char.isalnum() or char in "/_-~%&=!:,@" else f"\\x{ord(char):02X}"
    return char


def expression(name: bytes) -> str:
    """Return a regular expression for exactly these bytes, for PCRE without Unicode; ASCII alone."""
    safe = b"/_-~%"
    return "".join(chr(b) if (b < 128 and chr(b).isalnum()) or b in safe else f"\\x{b:02X}" for b in name)


def block(lines: Iterable[str], *, last: bool = False) -> str:
    """Return lines between the marks by which ``merge_lines`` knows them again; nothing for no lines.

    Args:
        lines: the lines.
        last: whether they belong after what the site's authors wrote, and not before it.
    """
    text = "\n".join(lines)
    return f"{_BEGIN_LAST if last else _BEGIN}\n{text}\n{_END}\n" if text else ""


def theirs(text: str) -> list[str]:
    """Return the lines of a marked file that the site's authors wrote, without comments and empty ones."""
    lines = (line.strip() for _, line in unmarked(text))
    return [line for line in lines if line and not line.startswith("#")]


def listed(text: str, member: str) -> list[dict[str, Any]]:
    """Return the entries of a list in a JSON object; none where there is no such list."""
    try:
        data = json.loads(text or "{}")
    except ValueError:  # which merging says
        return []
    entries = data.get(member, []) if isinstance(data, dict) else []
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def merge_lines(existing: str, ours: str) -> str:
    """Put our marked blocks around a text, in place of those that stand there.

    Raises:
        ValueError: a block in the existing text has no end.
    """
    _, theirs, _ = _split(existing)
    before, _, after = _split(ours)
    return before + (theirs if not theirs or theirs.endswith("\n") else theirs + "\n") + after


def _split(text: str) -> tuple[str, str, str]:
    parts = {_BEGIN: "", _BEGIN_LAST: "", "": ""}
    inside = ""
    for line in text.splitlines(keepends=True):
        mark = line.strip()
        if not inside and mark in (_BEGIN, _BEGIN_LAST):
            inside = mark
        parts[inside] += line
        if mark == _END:
            inside = ""
    if inside:
        raise ValueError(
            f"after {inside!r} the line {_END!r} is missing; delete the lines that are not yours"
        )
    return parts[_BEGIN], parts[""], parts[_BEGIN_LAST]


def unmarked(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line of a text and its number, counted from 1; what stands between our marks is left out."""
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        mark = line.strip()
        inside = inside or mark in (_BEGIN, _BEGIN_LAST)
        if not inside:
            yield number, line
        inside = inside and mark != _END


def to_json(value: object) -> str:
    """Return JSON as people read it, with a final newline."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def merge_json(existing: str, ours: str, member: str, key: str) -> str:
    """Put our entries of one list into a JSON object, first and in place of any that have the same key.

    Raises:
        ValueError: the existing text is not such an object.
    """
    try:
        old: Any = json.loads(existing)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not valid JSON: {error}") from error
    if not isinstance(old, dict):
        raise ValueError("it is not a JSON object")
    listed = old.get(member, [])
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise ValueError(f'its "{member}" is not a list of objects')
    new: dict[str, Any] = json.loads(ours)
    keys = {entry[key] for entry in new[member]}
    kept = [entry for entry in listed if entry.get(key) not in keys]
    merged = {**old, **new, member: [*new[member], *kept]}
    return ours if merged == new else to_json(merged)
