"""Random moves, seen from outside: whatever was ever published still leads to its content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.bench.moves import drive

if TYPE_CHECKING:
    from pathlib import Path

#: Enough for each kind of move to come several times.
STEPS = 50


def test_random_moves_lose_no_address(tmp_path: Path) -> None:
    result = drive(tmp_path, STEPS, seed=12)
    assert not result.lost
    assert set(result.made) == {"page", "folder", "heading", "section"}
    assert sum(result.made.values()) > STEPS // 3
