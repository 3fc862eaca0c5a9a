"""Redirects of another tool's file, as rules in the order in which its host tries them.

Each dialect has a reader of its own, which makes its rules by what stands here: for a single path, for a
folder, for a source with placeholders, for a regular expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from unbroken.findings.base import Place

_LONGEST = 2_000
_SAFE = "/!$&'()*+,;=:@-._~"
_PLAIN = re.compile(r"/[A-Za-z0-9/_.~-]*")


class Unreadable(ValueError):
    """A file cannot be read as what it is taken for.

    Attributes:
        place: where.
        message: why, in one sentence.
    """

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place
        self.message = message


class Rule(NamedTuple):
    """One redirect as a file has it.

    Attributes:
        place: where it stands.
        source: its source, as written.
        target: its target, as written.
        path: the one path that it answers, percent-encoded; empty for a wildcard.
        expression: what a wildcard matches; None for a single path.
        to: the target in pieces: text, and the names of what the wildcard caught.
        prefix: the text with which every path begins that it answers.
        folder: whether it answers everything that begins with ``prefix`` and nothing else.
        rest: whether the target ends with what was asked for below ``prefix``.
        status: the status that it answers with; 0 for what is no redirect.
        slash: whether a final slash more or less makes no difference.
        live_wins: whether a page that is published there is shown instead.
        some: who alone gets this answer, when not everybody does.
        note: what is to be known about how it was read.
        keep: why nothing more is known of it, so that it stays where it is.
        implied: whether no line of its own says it, but one that means more than it names.
    """

    place: Place
    source: str
    target: str
    path: str = ""
    expression: re.Pattern[str] | None = None
    to: tuple[str | tuple[str], ...] = ()
    prefix: str = ""
    folder: bool = False
    rest: bool = False
    status: int = 301
    slash: bool = False
    live_wins: bool = False
    some: str = ""
    note: str = ""
    keep: str = ""
    implied: bool = False

    def answer(self, path: str) -> str | None:
        """Return the target for a path in canonical form; None where the rule does not match."""
        if self.expression is None:
            return self.target if not self.keep else None
        if not path.startswith(self.prefix) or len(path) > _LONGEST:
            return None
        found = self.expression.fullmatch(path)
        if found is None:
            return None
        return "".join(part if isinstance(part, str) else self._caught(found, part[0]) for part in self.to)

    @staticmethod
    def _caught(found: re.Match[str], name: str) -> str:
        if name.isdecimal():
            number = int(name)
            return found[0] if not number else (found[number] or "") if number <= found.re.groups else ""
        return found[name] or ""


class Fault(NamedTuple):
    """A line that cannot be read, and why."""

    place: Place
    message: str


@dataclass(slots=True)
class Imported:
    """What a file holds.

    Attributes:
        rules: its redirects, in the order in which they are tried.
        faults: the lines that cannot be read.
        from_root: whether its paths begin at the host's root, and not at the site's.
    """

    rules: list[Rule] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    from_root: bool = True

    def fault(self, place: Place, message: str) -> None:
        """Note a line that cannot be read."""
        self.faults.append(Fault(place, message))


def canonical(path: str) -> str:
    """Return a request path with its one spelling of escapes, and a slash before it."""
    if _PLAIN.fullmatch(path):
        return path
    path = path if path.startswith("/") else "/" + path
    return quote(unquote_to_bytes(path), safe=_SAFE)


# How readers make rules.


def literal(text: str) -> str:
    """Return a source that its host compares with decoded paths, so that a ``%`` in it is itself."""
    return text.replace("%", "%25")


def exact(place: Place, source: str, target: str, **more: Any) -> Rule:
    """Return the rule for a single path."""
    path = canonical(source.partition("#")[0].partition("?")[0])
    return Rule(place, source, target, path=path)._replace(**more)


def below(place: Place, source: str, prefix: str, target: str, rest: bool, **more: Any) -> Rule:
    """Return the rule for everything below a prefix; ``rest`` puts what is asked for after the target."""
    start = canonical(prefix)
    return Rule(
        place,
        source,
        target,
        expression=re.compile(re.escape(start) + "(?P<splat>.*)", re.DOTALL),
        to=(target, ("splat",)) if rest else (target,),
        prefix=start,
        folder=True,
        rest=rest,
    )._replace(**more)


def wild(
    place: Place,
    source: str,
    target: str,
    *,
    source_part: re.Pattern[str],
    target_part: re.Pattern[str],
    matches: Callable[[re.Match[str]], tuple[str, str]],
    shown: str = "",
    any_prefix: bool = True,
    **more: Any,
) -> Rule:
    """Return the rule for a source with placeholders; one without any is a single path.

    Args:
        place: where it stands.
        source: the source.
        target: the target.
        source_part: what a placeholder looks like in a source.
        target_part: the same in a target; its first group is the name.
        matches: returns the name of a placeholder, and an expression for what it matches.
        shown: the source as written, where that differs.
        any_prefix: whether the host takes a wildcard after a part of a name.
        more: other attributes of the rule.
    """
    expression, names, at, prefix = "", set(), 0, None
    last = ""
    for found in source_part.finditer(source):
        name, inside = matches(found)
        text = canonical(source[: found.start()])[len(canonical(source[:at])) if at else 0 :]
        expression += re.escape(text)
        if prefix is None:
            prefix = text
        expression += f"(?:{inside})" if name in names or not name else f"(?P<{name}>{inside})"
        names.add(name)
        at, last = found.end(), inside
    if prefix is None:
        return exact(place, source, target)._replace(source=shown or source, **more)
    tail = source[at:]
    expression += re.escape(quote(unquote_to_bytes(tail), safe=_SAFE))
    pieces: list[str | tuple[str]] = []
    done = 0
    for found in target_part.finditer(target):
        name = next(filter(None, found.groups()), "")
        if name not in names:
            continue
        pieces += [target[done : found.start()], (name,)]
        done = found.end()
    pieces.append(target[done:])
    kept = tuple(piece for piece in pieces if piece)
    is_folder = len(names) == 1 and not tail and last == ".*" and (any_prefix or prefix.endswith("/"))
    caught = [piece for piece in kept if not isinstance(piece, str)]
    at_end = is_folder and len(caught) == 1 and kept[-1] is caught[0]
    return Rule(
        place,
        shown or source,
        target,
        expression=re.compile(expression, re.DOTALL),
        to=kept,
        prefix=prefix,
        folder=is_folder and (at_end or not caught),
        rest=at_end,
    )._replace(**more)


def kept(place: Place, source: str, target: str, why: str) -> Rule:
    """Return a rule of which nothing more is known; it stays where it is."""
    return Rule(place, source, target, keep=why)


_ESCAPED = re.compile(r"\\([^A-Za-z0-9])")
_LITERAL = re.compile(r"(?:[A-Za-z0-9/_~%@!&=:,;' -]|\\[^A-Za-z0-9]|[^\x00-\x7f])*")
_UNBOUND = re.compile(r"(?<!\\)(?:[*+]|\{\d+,\})")
_GROUP = re.compile(r"\$([0-9])|\$\{([0-9])\}")


def tame(expression: str) -> bool:
    """Return whether an expression can be matched in reasonable time, and by Python as by its own host."""
    if len(expression) > 500 or len(_UNBOUND.findall(expression)) > 3:
        return False
    if re.search(r"\)(?:[*+]|\{)|\(\?(?!:)|\\[1-9pPKQGXRkg]|[*+?}]\+|\[\[", expression):
        return False
    try:
        re.compile(expression)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def matching(place: Place, expression: str, target: str, *, fold: bool = False, **more: Any) -> list[Rule]:
    """Return the rules for an expression of nginx or Apache, where ``$1`` in the target is its first group.

    An expression that only one path or one folder matches becomes that path or folder.

    Args:
        place: where it stands.
        expression: a regular expression, which may match anywhere in a path.
        target: the target.
        fold: whether case makes no difference.
        more: other attributes of the rule.
    """
    made = _plain_rules(place, expression, target, more)
    if made is None and tame(expression):
        made = [_expression(place, expression, target, fold, more)]
    if made is None:
        return [kept(place, expression, target, "its expression is not looked into")]
    return [rule._replace(source=expression) for rule in made]


def _plain_rules(place: Place, expression: str, target: str, more: dict[str, Any]) -> list[Rule] | None:
    if not expression.startswith("^"):
        return None
    head = _LITERAL.match(expression, 1)
    text = _ESCAPED.sub(r"\1", head[0]) if head else ""
    tail = expression[head.end() :] if head else ""
    has_group = _GROUP.search(target) is not None
    if not text.startswith("/"):
        return None
    if tail in ("$", "?$") and not has_group:
        if tail == "$":
            return [exact(place, text, target, **more)]
        if text.endswith("/"):
            return [exact(place, text, target, **{**more, "slash": True})]
        return None
    ends = _GROUP.search(target)
    at_end = ends is not None and ends.end() == len(target) and (ends[1] or ends[2]) == "1"
    start = target[: ends.start()] if ends else target
    if tail in ("(.*)$", "(.*)", "(.+)$", "(.+)") and (at_end or not has_group):
        return [below(place, expression, text, start, at_end, **more)]
    if tail in (".*$", ".*", "") and not has_group:
        return [below(place, expression, text, target, False, **more)]
    if tail in ("(/.*)?$", "(/.*)?") and at_end:
        folder = below(place, expression, text + "/", start + "/", True, **more)
        return [exact(place, text, start, **more), folder._replace(implied=True)]
    return None


def _expression(place: Place, expression: str, target: str, fold: bool, more: dict[str, Any]) -> Rule:
    whole = expression.removeprefix("^") if expression.startswith("^") else f".*?(?:{expression}"
    ends = whole.endswith("$") and not whole.endswith("\\$")
    whole = whole.removesuffix("$") if ends else whole
    whole += ("" if expression.startswith("^") else ")") + ("" if ends else ".*")
    try:
        compiled = re.compile(whole, re.DOTALL | (re.IGNORECASE if fold else 0))
    except re.error:
        return kept(place, expression, target, "its expression is not looked into")
    pieces: list[str | tuple[str]] = []
    done = 0
    for found in _GROUP.finditer(target):
        number = found[1] or found[2]
        pieces += [target[done : found.start()], (number,)]
        done = found.end()
    pieces.append(target[done:])
    head = _LITERAL.match(expression, 1) if expression.startswith("^") else None
    # The last character may be what a quantifier is about.
    text = (
        canonical(_ESCAPED.sub(r"\1", head[0]))[:-1] if head and head[0].startswith("/") and not fold else ""
    )
    prefix = "" if "|" in expression else text
    to = tuple(piece for piece in pieces if piece)
    return Rule(place, expression, target, expression=compiled, to=to, prefix=prefix or "/")._replace(**more)
