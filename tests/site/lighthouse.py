"""Lighthouse, as a function."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from tests.commands import BIN, ROOT, must, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Ask:
    """A page to judge, as a "mobile" or a "desktop" sees it, and the audits to leave out."""

    url: str
    form: str
    skip: list[str] = field(default_factory=list)


def lighthouse(chromium: Path, categories: Sequence[str], pages: Sequence[Ask]) -> list[dict[str, Any]]:
    """What tests/node/lighthouse.mjs found: for each page its scores (1 is all), faults and measures."""
    asked = {"categories": categories, "pages": [asdict(page) for page in pages]}
    done = run(BIN / "node", ROOT / "tests/node/lighthouse.mjs", chromium, json.dumps(asked), timeout=600)
    found: list[dict[str, Any]] = json.loads(must(done).stdout)
    return found
