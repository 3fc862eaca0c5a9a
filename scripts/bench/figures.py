"""The figures that README and pages show, as they show them."""

from __future__ import annotations

import statistics
import subprocess
from operator import attrgetter
from pathlib import Path

from scripts.bench import corpus
from scripts.bench.check import BIN, compared, described
from scripts.bench.measure import Cost, run
from scripts.bench.plugin import within
from scripts.bench.recover import busy
from scripts.bench.traits import LIKES

#: How each corpus is named to readers.
NAMES = {
    "plain": "plain pages, navigation pruned",
    "navigation": "navigation of 300 entries on each page, minified, with drawings and includes",
    "reference": "every twentieth page an API reference of 2,000 anchors",
}


def figures(pages: int, rounds: int) -> None:
    """Measure and print, in Markdown, what the page about `check` and the README show."""
    heads = ("Site", "HTML", "`unbroken check`: CPU, wall", "lychee: CPU, wall", "with 400 findings",
             "a page changed", "in the build")  # fmt: skip
    print(f"| {' | '.join(heads)} |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for like, traits in LIKES.items():
        made = corpus.built(pages, traits)
        size = described(made).rpartition(", ")[2].removesuffix(" of HTML")
        costs = compared(made, rounds)
        faulty = corpus.built(pages, traits.having(["findings=400"]))
        more = [run([BIN / "unbroken", "check", "--no-cache"], faulty.root) for _ in range(rounds)]
        _, total, _, whole = within(made)
        cells = [
            f"{pages:,} pages, {NAMES[like]}",
            size,
            _pair(costs["unbroken"]),
            _pair(costs["lychee"]),
            _pair(more),
            _pair(costs["unbroken again"]),
            f"{whole / total:.1%}",
        ]
        print(f"| {' | '.join(cells)} |", flush=True)
    history(rounds)


def history(rounds: int, commits: int = 4000, pages: int = 500) -> None:
    """Print what recovering headings from the busy history costs."""
    folder = busy(commits, pages)
    command: list[str | Path] = [BIN / "unbroken", "recover", "--headings", "-o", "/dev/null"]
    costs = [run(command, folder) for _ in range(rounds)]
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stderr
    lost = said.splitlines()[-1].partition(". ")[2].partition(" lost")[0]
    print(f"\n`recover --headings` on {commits:,} commits and {pages:,} pages: {_pair(costs)}, {lost} lost.")


def _pair(costs: list[Cost]) -> str:
    cpu, wall = (statistics.median(map(attrgetter(name), costs)) for name in ("cpu", "wall"))
    return f"{cpu:.1f} s, {wall:.1f} s"
