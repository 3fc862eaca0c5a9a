"""The figures that README and pages show, as they show them."""

from __future__ import annotations

import statistics
import subprocess
from pathlib import Path

from scripts.bench import corpus
from scripts.bench.check import BIN, compared, described
from scripts.bench.measure import Cost, run
from scripts.bench.plugin import within
from scripts.bench.recover import busy
from scripts.bench.traits import LIKES


def figures(pages: int, rounds: int) -> None:
    """Measure and print, in Markdown, what the page about `check` and the README show: CPU seconds.

    They tell least of what else the machine does.
    """
    heads = (
        f"{pages:,} pages",
        "HTML",
        "lychee",
        "`unbroken check`",
        "with 400 findings",
        "after one page has changed",
    )
    print(f"| {' | '.join(heads)} |")
    print(f"|{' --- |' * len(heads)}", flush=True)
    for like, traits in LIKES.items():
        made = corpus.built(pages, traits)
        size = described(made).rpartition(", ")[2].removesuffix(" of HTML")
        costs = compared(made, rounds)
        faulty = corpus.built(pages, traits.having(["findings=400"]))
        more = [run([BIN / "unbroken", "check", "--no-cache"], faulty.root) for _ in range(rounds)]
        peer = costs["lychee"]
        cells = [
            _seconds(peer),
            *(_less(each, peer) for each in (costs["unbroken"], more, costs["unbroken again"])),
        ]
        print(f"| {like} | {size} | {' | '.join(cells)} |", flush=True)
    print("\n| Corpus | The plugin's share of a build |\n| --- | --- |", flush=True)
    for like, traits in LIKES.items():
        _, total, _, whole = within(corpus.built(pages, traits))
        print(f"| {like} | {whole / total:.0%} of {total:.0f} s |", flush=True)
    history(rounds)


def history(rounds: int, commits: int = 4000, pages: int = 500) -> None:
    """Print what recovering headings from the busy history costs."""
    folder = busy(commits, pages)
    command: list[str | Path] = [BIN / "unbroken", "recover", "--headings", "-o", "/dev/null"]
    costs = [run(command, folder) for _ in range(rounds)]
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stderr
    lost = said.splitlines()[-1].partition(". ")[2].partition(" lost")[0]
    print(
        f"\n`recover --headings` on {commits:,} commits and {pages:,} pages: {_seconds(costs)}, {lost} lost."
    )


def _seconds(costs: list[Cost]) -> str:
    return f"{statistics.median(cost.cpu for cost in costs):.1f} s"


def _less(costs: list[Cost], peer: list[Cost]) -> str:
    """Return what something costs, and how many times less that is than what a peer does."""
    ratios = [theirs.cpu / ours.cpu for ours, theirs in zip(costs, peer, strict=True)]
    return f"{_seconds(costs)}, {statistics.median(ratios):.1f} times less"
