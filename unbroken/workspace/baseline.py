"""What was wrong with a site before anyone looked: the findings that are not new, one a line.

A finding is known again by its file, its code and what it is about, not by its line, so that an edit further
up makes nothing new. ``unbroken check`` takes out what is mended.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from unbroken.findings.base import Finding, printable
from unbroken.workspace.config import Config
from unbroken.workspace.files import write

#: The file's name, beside the configuration.
NAME = "unbroken.baseline"
_HEAD = """\
# What was wrong here before Unbroken came, one finding a line. The build and `unbroken check` tell new ones.
# `unbroken check` takes out what is mended, and `unbroken check --all` shows the rest. Add nothing by hand.
"""


def file_of(config: Config) -> Path:
    """Return where the baseline of a site is, or would be."""
    return config.file.parent / NAME


def read(config: Config) -> Counter[str] | None:
    """Return how often each line is in the baseline; None when there is none, or it cannot be read."""
    try:
        text = file_of(config).read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    return Counter(_lines(text))


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def new(config: Config, findings: Iterable[Finding], known: Counter[str]) -> list[Finding]:
    """Return the findings that are not in a baseline; of equal ones those that are more than it has."""
    left = known.copy()
    result = []
    for finding in findings:
        line = line_of(config, finding)
        if left[line] > 0:
            left[line] -= 1
        else:
            result.append(finding)
    return result


def text_of(config: Config, findings: Iterable[Finding]) -> str:
    """Return the baseline of some findings."""
    return _text(line_of(config, finding) for finding in findings)


def shrink(config: Config, findings: Iterable[Finding], known: Counter[str]) -> int:
    """Take out of the baseline what was not found any more, and return how many lines that were.

    Raises:
        OSError: the file cannot be written.
    """
    left = known & Counter(line_of(config, finding) for finding in findings)
    gone = known.total() - left.total()
    if not left:
        file_of(config).unlink(missing_ok=True)
    elif gone:
        write(file_of(config), _text(left.elements()).encode("utf-8", "surrogateescape"), config.file.parent)
    return gone


def moved(text: str, files: Mapping[str, str], address: Callable[[str, str], str]) -> str:
    """Return a baseline after files have moved: what was wrong in one of them is not new in its new place.

    Args:
        text: the baseline.
        files: the new path of each file that moved, by its old one, from the folder of the configuration.
        address: returns what is now at an address path that a file, by its old path, was found to speak of.
    """
    after = _LINE.sub(lambda it: f"{files.get(it[1], it[1])}: {it[2]}: {address(it[1], it[3])}", text)
    return text if after == text else _text(_lines(after))


# The file, the code, and the address that it is about, up to its fragment; or whatever else it is about.
_LINE = re.compile(r"(?m)^(?!#)(.*?): ([a-z-]+): ([^#\r\n]*)")


def line_of(config: Config, finding: Finding) -> str:
    """Return the line of a finding, the same from whatever folder one looks."""
    file = os.path.relpath(finding.place.file, config.file.parent).replace(os.sep, "/")
    about = finding.subject or _PLACE.sub("", finding.message)  # which may name another line
    return printable(f"{file}: {finding.code}: {about}")


_PLACE = re.compile(r":\d+(?::\d+)?(?=[\s),.;]|$)")


def _text(lines: Iterable[str]) -> str:
    return _HEAD + "".join(f"{line}\n" for line in sorted(lines))
