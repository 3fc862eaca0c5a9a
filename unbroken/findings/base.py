"""A finding: one thing that is wrong, at one place, and how much it weighs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, NamedTuple

from unbroken.findings.commands import typed

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


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. Each code is a class of its own, which knows its message and what mends it.

    The first line of a class's docstring says in one sentence what the code means; ``page`` is its section of
    the findings page, in Markdown, with an example.

    Attributes:
        place: where it is.
        message: what is wrong here, in one sentence.
        fix: the edit that mends it, in the imperative; or empty.
        command: the command that mends it; or empty.
        subject: the address or the path that it is about; or empty.
        text: what the fix writes, as an author copies it: a line of the map, a link; or empty.
        weight: the severity that the site gives it; None for the code's own.
    """

    place: Place
    message: str
    fix: str = ""
    command: str = ""
    subject: str = ""
    text: str = ""
    weight: Severity | None = None

    code: ClassVar[str]
    default: ClassVar[Severity]
    page: ClassVar[str]

    @property
    def severity(self) -> Severity:
        """How much it weighs: what the site says, or else the code."""
        return self.weight or self.default

    @property
    def remedy(self) -> str:
        """What mends it: the edit, the command, or either of them."""
        if not self.command:
            return self.fix
        command = typed(self.command)
        return f"{self.fix.rstrip('.')}, or run: {command}." if self.fix else f"Run: {command}."

    @property
    def help(self) -> str:
        """The address at which the code is explained."""
        return f"{HELP}#{self.code}"

    @classmethod
    def meaning(cls) -> str:
        """Return what the code means, in one sentence."""
        return (cls.__doc__ or "").partition("\n")[0]

    def __str__(self) -> str:
        text = f"{self.place}: {self.severity} {self.code}: {self.message} {self.remedy} ({self.help})"
        # Nothing that a map says may forge a second line in a log.
        return printable(text)


def printable(text: str) -> str:
    """Return a text with an escape for each character that a terminal or a log could take for something else.

    A byte of a name that is not UTF-8 is shown as that byte.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\x{_shown_as(ord(c)):02x}" for c in text)


def _shown_as(code: int) -> int:
    return code - 0xDC00 if 0xDC80 <= code <= 0xDCFF else code  # as os.fsdecode keeps such a byte


def count(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 error``, ``2,000 errors``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class Weight(NamedTuple):
    """One line of a site's ``severity`` setting.

    Attributes:
        code: the code of a finding, or ``*`` for all of them.
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
    """Return whether any of the findings is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)
