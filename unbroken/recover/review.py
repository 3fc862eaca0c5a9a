"""What a search of the history came to, as a list that people and programs can review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import yaml

from unbroken.findings.base import printable
from unbroken.recover.proposals import Proposal, Recovered
from unbroken.recover.tracking import Confidence


def as_json(found: Recovered) -> str:
    """Return a JSON object: ``version``, ``summary``, ``notes`` and ``lost``."""
    import json

    rows = [
        {
            "address": str(p.address),
            "source": p.source,
            "target": p.target or None,
            "confidence": p.confidence.word,
            "why": p.why,
            "commit": p.lost or None,
            "day": p.day or None,
        }
        for p in found.proposals
    ]
    data = {"version": 1, "summary": counts(found.proposals), "notes": found.notes, "lost": rows}
    return json.dumps(data, indent=2) + "\n"


def counts(proposals: Iterable[Proposal]) -> dict[str, int]:
    """Return how many proposals there are of each confidence."""
    counted = Counter(p.confidence for p in proposals)
    return {confidence.word: counted[confidence] for confidence in Confidence}


def as_text(found: Recovered) -> str:
    """Return a table for people: the surest first."""
    rows = [
        (p.confidence.word, printable(str(p.address)), printable(p.target or "-"), printable(p.why))
        for p in _by_confidence(found.proposals)
    ]
    widths = [min(max(map(len, column)), _WIDEST) for column in [*zip(*rows, strict=True)][:3]]
    return "".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) + "\n"
        for row in rows
    )


_WIDEST = 60


def as_yaml(found: Recovered) -> str:
    """Return every proposal as a commented line of ``redirect_maps``, to be reviewed."""
    lines = ["# Take away the '# ' before each line that is right, and put it below redirect_maps."]
    for p in _by_confidence(found.proposals):
        when = f", lost in {p.lost} on {p.day}" if p.lost else ""
        pair = yaml.safe_dump({p.source: p.target or "new/page.md"}, allow_unicode=True, width=1 << 20)
        lines += ["", f"# {p.confidence.word}: {printable(p.why)}{when}", f"# {' '.join(pair.split())}"]
    return "\n".join([*lines, ""])


def _by_confidence(proposals: Iterable[Proposal]) -> list[Proposal]:
    return sorted(proposals, key=lambda p: (p.confidence, p.address))


#: Every way to print what was found.
FORMATS: dict[str, Callable[[Recovered], str]] = {"text": as_text, "json": as_json, "yaml": as_yaml}
