"""Findings as text for people, and as JSON, SARIF, JUnit and GitHub annotations for machines."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

from unbroken import __version__
from unbroken.findings.base import HELP, Finding, Severity, count, printable
from unbroken.findings.catalog import CODES
from unbroken.model.errors import GitError
from unbroken.workspace.git import git

_NOT_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"  # XML 1.0 has no way to say these


def summary(findings: Sequence[Finding]) -> str:
    """Return how many errors and warnings there are, in one sentence."""
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    return f"{count(errors, 'error')}, {count(len(findings) - errors, 'warning')}."


def text(findings: Sequence[Finding]) -> str:
    """Return one line a finding, and a summary when there is any."""
    return "".join(f"{finding}\n" for finding in findings) + (summary(findings) + "\n" if findings else "")


def grouped(findings: Sequence[Finding]) -> str:
    """Return the findings below the name of their file, in colour, for a terminal."""
    import click

    out: list[str] = []
    file = None
    for finding in findings:
        if finding.place.file != file:
            file = finding.place.file
            out.append(("\n" if out else "") + click.style(printable(file), bold=True))
        colour = "red" if finding.severity is Severity.ERROR else "yellow"
        where = f"{finding.place.line}:{finding.place.column}".rjust(7)
        out.append(f"{where}  {click.style(finding.code, fg=colour)}  {printable(finding.message)}")
        out.append(f"         {printable(finding.remedy)}")
    if findings:
        out += ["", summary(findings), click.style(f"What each code means: {HELP}", dim=True)]
    return "\n".join([*out, ""]) if out else "Nothing is wrong.\n"


def as_json(findings: Sequence[Finding]) -> str:
    """Return a JSON object: ``version``, ``summary`` and ``findings``."""
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    return _dump(
        {
            "version": 1,
            "summary": {"errors": errors, "warnings": len(findings) - errors},
            "findings": [
                {
                    "code": finding.code,
                    "severity": finding.severity.value,
                    "file": finding.place.file,
                    "line": finding.place.line,
                    "column": finding.place.column,
                    "message": finding.message,
                    "remedy": finding.remedy,
                    "help": finding.help,
                }
                for finding in findings
            ],
        }
    )


def _dump(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2) + "\n"


def sarif(findings: Sequence[Finding]) -> str:
    """Return a SARIF 2.1.0 log with one run."""
    codes = list(CODES)
    return _dump(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {
                        "driver": {
                            "name": "unbroken",
                            "semanticVersion": __version__,
                            "informationUri": HELP,
                            "rules": [
                                {
                                    "id": code,
                                    "shortDescription": {"text": kind.meaning()},
                                    "helpUri": f"{HELP}#{code}",
                                    "defaultConfiguration": {"level": _level(kind.default)},
                                }
                                for code, kind in CODES.items()
                            ],
                        }
                    },
                    "columnKind": "unicodeCodePoints",
                    "results": [
                        {
                            "ruleId": finding.code,
                            "ruleIndex": codes.index(finding.code),
                            "level": _level(finding.severity),
                            "message": {"text": f"{printable(finding.message)} {printable(finding.remedy)}"},
                            "locations": [
                                {
                                    "physicalLocation": {
                                        "artifactLocation": _artifact(finding.place.file),
                                        "region": {
                                            "startLine": finding.place.line,
                                            "startColumn": finding.place.column,
                                        },
                                    }
                                }
                            ],
                        }
                        for finding in findings
                    ],
                }
            ],
        }
    )


def _artifact(file: str) -> dict[str, str]:
    from urllib.parse import quote

    if os.path.isabs(file):
        return {"uri": "file://" + quote(file, errors="replace")}
    return {"uri": quote(file, errors="replace"), "uriBaseId": "%SRCROOT%"}


def _level(severity: Severity) -> str:
    return {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.OFF: "none"}[severity]


def github(findings: Sequence[Finding]) -> str:
    """Return workflow commands that GitHub Actions shows beside the lines."""

    def data(value: str) -> str:
        return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    def value(text: str) -> str:
        return data(text).replace(":", "%3A").replace(",", "%2C")

    return "".join(
        f"::{finding.severity} file={value(finding.place.file)},line={finding.place.line},"
        f"col={finding.place.column},title={value('unbroken ' + finding.code)}"
        f"::{data(printable(finding.message))} {data(printable(finding.remedy))} {finding.help}\n"
        for finding in findings
    )


def junit(findings: Sequence[Finding]) -> str:
    """Return a JUnit report: a test case for each finding, or one that passed when there is none."""

    def attribute(value: str) -> str:
        return f'"{escape(re.sub(_NOT_XML, chr(0xFFFD), value))}"'

    cases = [
        f"    <testcase classname={attribute(finding.code)} name={attribute(str(finding.place))} "
        f'file={attribute(finding.place.file)} line="{finding.place.line}">\n'
        f"      <failure type={attribute(finding.severity.value)} message={attribute(finding.message)}>"
        f"{escape(re.sub(_NOT_XML, chr(0xFFFD), str(finding)))}</failure>\n    </testcase>\n"
        for finding in findings
    ] or ['    <testcase classname="unbroken" name="every address answers"/>\n']
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites>\n  <testsuite name="unbroken" tests="{len(cases)}" failures="{len(findings)}">\n'
        + "".join(cases)
        + "  </testsuite>\n</testsuites>\n"
    )


def _from_top(findings: Sequence[Finding]) -> list[Finding]:
    """Name each file from the top of its repository, as a code host does; the same where there is none."""
    here = Path.cwd()
    try:
        prefix = git(here, "rev-parse", "--show-prefix").rstrip("\n")
    except GitError:
        return list(findings)
    top = os.path.normpath(here / "/".join([".."] * prefix.count("/")))
    found = []
    for finding in findings:
        file = os.path.normpath(here / finding.place.file)
        if file.startswith(top + os.sep):
            file = os.path.relpath(file, top).replace(os.sep, "/")
            finding = replace(finding, place=finding.place._replace(file=file))
        found.append(finding)
    return found


#: Every format by its name on the command line.
FORMATS: dict[str, Callable[[Sequence[Finding]], str]] = {
    "text": text,
    "json": as_json,
    "sarif": lambda findings: sarif(_from_top(findings)),
    "github": lambda findings: github(_from_top(findings)),
    "junit": junit,
}
