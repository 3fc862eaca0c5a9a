"""What can be wrong: one table of codes, and the finding that names one of them at one place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

#: Where each code is explained: this address and the code as its fragment.
HELP = "https://unbroken.example/unbroken/findings/"


class Severity(StrEnum):
    """How much a finding weighs: an error breaks the promise, a warning does not, and off is not reported."""

    ERROR = "error"
    WARNING = "warning"
    OFF = "off"


class Place(NamedTuple):
    """A position in a file: line and column count from 1, in characters."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


_ERRORS = {
    "configuration": "The configuration cannot be read.",
    "wrong-type": "A setting has a value of the wrong type.",
    "unknown-setting": "A setting has a name that Unbroken does not know.",
    "unknown-host": "A host has a name that Unbroken does not know.",
    "outside": "The source of a redirect leaves the site.",
    "unsafe": "A source or a target could harm a visitor or a host.",
    "not-a-path": "The target of a redirect is an address, not a page path.",
    "clash": "Two redirects answer the same URL.",
    "cycle": "Redirects lead round in a circle.",
    "dead-page": "A redirect leads to a page that is not there.",
    "dead-anchor": "A redirect leads to an anchor that is not on its page.",
    "live-source": "A redirect starts at a page that is still published.",
    "lost-page": "An anchor redirect starts on a page that is neither published nor redirected.",
    "dead-pattern": "A pattern leads a published address to a page that is not there.",
    "retired-live": "A retired address is still published, or is redirected.",
    "blocked": "A stub or rule file cannot be written where it belongs.",
    "host-limit": "A host does not take this many redirects, or a line this long.",
    "host-clash": "Two chosen hosts write the same file.",
    "broken-link": "A link leads to a page that is not there.",
    "broken-file": "A page shows or runs a file that is not there.",
    "broken-anchor": "A link leads to an anchor that is not on its page.",
    "bad-url": "A link has a URL that cannot be read.",
    "lost-address": "An address that was published no longer answers.",
    "lost-anchor": "A heading address that was published no longer answers.",
    "renumbered": "A published heading address changed only by its number.",
    "other-content": "An address shows other content than it did when it was published.",
    "ledger-cut": "A line was removed from the ledger by hand.",
    "ledger-line": "A line of the ledger is not an address of the site.",
    "unreadable": "A file of the built site cannot be read.",
    "no-answer": "A server does not answer a published address.",
    "bad-redirect": "A server answers an old address with a redirect that is not right.",
    "no-anchor": "A server's page lacks an anchor that was published.",
}

_WARNINGS = {
    "repeated": "Two redirects say the same thing.",
    "live-anchor": "An anchor redirect starts at an anchor that is still on its page.",
    "case-twins": "Two redirects start at addresses that differ only in case.",
    "overlap": "A pattern and another redirect answer the same address.",
    "pattern-live": "A pattern catches a page that is still published.",
    "unused-pattern": "A pattern matches no address in the ledger.",
    "split": "A rule cannot express a split page, so its stub answers.",
    "host-cannot": "A host cannot say what the redirect asks for.",
    "through-redirect": "A link works only thanks to a redirect.",
    "duplicate-id": "A page has one anchor more than once.",
    "ledger-behind": "The ledger lacks addresses that are published.",
    "query-lost": "A server's redirect drops the visitor's query.",
    "unfinished": "The built site lacks the stubs that its redirects need.",
}

_ON_REQUEST = {
    "orphan": "No page links to a page.",
}

#: Every code with its severity and its meaning in one sentence.
CODES: dict[str, tuple[Severity, str]] = {
    **{code: (Severity.ERROR, text) for code, text in _ERRORS.items()},
    **{code: (Severity.WARNING, text) for code, text in _WARNINGS.items()},
    **{code: (Severity.OFF, text) for code, text in _ON_REQUEST.items()},
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        code: a key of ``CODES``.
        place: where it is.
        message: what is wrong, in one sentence.
        remedy: the command or the edit that mends it, in the imperative.
        weight: the severity that the site gives it; None for the table's.
    """

    code: str
    place: Place
    message: str
    remedy: str
    weight: Severity | None = None

    @property
    def severity(self) -> Severity:
        """How much it weighs: what the site says, or else the table."""
        return self.weight or CODES[self.code][0]

    @property
    def help(self) -> str:
        """The address at which the code is explained."""
        return f"{HELP}#{self.code}"

    def __str__(self) -> str:
        text = f"{self.place}: {self.severity} {self.code}: {self.message} {self.remedy} ({self.help})"
        # Nothing that a map says may forge a second line in a log.
        return printable(text)


def printable(text: str) -> str:
    """Return a text with an escape for each character that a terminal or a log could take for something else.

    A byte of a name that is not UTF-8 is shown as that byte.
    """
    return "".join(c if c.isprintable() else f"\\x{_shown_as(ord(c)):02x}" for c in text)


def _shown_as(code: int) -> int:
    return code - 0xDC00 if 0xDC80 <= code <= 0xDCFF else code  # as os.fsdecode keeps such a byte


class Weight(NamedTuple):
    """One line of a site's ``severity`` setting.

    Attributes:
        code: a key of ``CODES``, or ``*`` for all of them.
        files: which files it holds for, as a pattern in which ``*`` crosses folders.
        severity: what the site wants there.
    """

    code: str
    files: str
    severity: Severity


def weigh(findings: Iterable[Finding], weights: Iterable[Weight] = (), below: str = "") -> list[Finding]:
    """Return the findings that are not silenced, each with the severity that the site gives it.

    Args:
        findings: what was found.
        weights: the site's settings; the last that fits counts.
        below: a folder, such as ``docs``; patterns may leave it out.
    """
    from fnmatch import fnmatchcase  # only where it is needed: starting is most of a short run

    given = list(weights)
    result: list[Finding] = []
    for finding in findings:
        file = finding.place.file
        names = (file, file.removeprefix(below.rstrip("/") + "/"))
        for code, files, severity in given:
            if code in (finding.code, "*") and any(fnmatchcase(name, files) for name in names):
                finding = replace(finding, weight=severity)
        if finding.severity is not Severity.OFF:
            result.append(finding)
    return result


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings without repetition, by file, line, column and code."""
    return sorted(set(findings), key=lambda f: (f.place, f.code, f.message))


def has_errors(findings: Iterable[Finding]) -> bool:
    """Say whether any of the findings is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def choose(name: str, names: Iterable[str]) -> str:
    """Return the remedy for a name that is none of those known: the one that was probably meant, or all."""
    known = list(names)
    near = difflib.get_close_matches(name, known, 1)
    return f"Write {near[0]}." if near else f"Use one of {', '.join(known)}."
