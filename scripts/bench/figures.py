"""The figures that README and pages show, as they show them."""

from __future__ import annotations

import math
import statistics
import subprocess
from pathlib import Path

from scripts.bench import corpus
from scripts.bench.check import BIN, compared, costs_of_recording, described
from scripts.bench.measure import Cost, run
from scripts.bench.plugin import shares
from scripts.bench.recover import busy
from scripts.bench.traits import LIKES


def figures(pages: int, rounds: int, likes: list[str]) -> None:
    """Measure and print, in Markdown, what the page about `check` and the README show: CPU seconds.

    They tell least of what else the machine does.

    Args:
        pages: the number of pages.
        rounds: how often each is measured.
        likes: the corpora.
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
    for like in likes:
        traits = LIKES[like]
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
    print("\n| Corpus | Plugin, first build | beyond mkdocs-redirects | later ones | beyond it |", flush=True)
    print("| --- | --- | --- | --- | --- |", flush=True)
    for like in likes:
        print(f"| {like} | {' | '.join(shares(corpus.built(pages, LIKES[like]), rounds))} |", flush=True)
    recording(2 * pages, rounds)
    growth(pages // 2, 5 * pages, rounds)
    history(rounds)


def recording(pages: int, rounds: int) -> None:
    """Print what `record` costs next to reading the pages."""
    addresses, costs = costs_of_recording(corpus.built(pages), rounds)
    record, reading = (costs[name] for name in ("record", "reading the pages"))
    more = statistics.median(ours.cpu - theirs.cpu for ours, theirs in zip(record, reading, strict=True))
    print(
        f"\n`record` of {addresses:,} addresses: {_seconds(record)}, {more:.2f} s more than reading.",
        flush=True,
    )


def growth(fewer: int, more: int, rounds: int) -> None:
    """Print how the cost of `check` grows with the pages, and its memory."""
    command: list[str | Path] = [BIN / "unbroken", "check", "--no-cache"]
    few, many = ([run(command, corpus.built(pages).root) for _ in range(rounds)] for pages in (fewer, more))
    times = statistics.median(cost.cpu for cost in many) / statistics.median(cost.cpu for cost in few)
    memory = statistics.median(cost.memory for cost in many)
    print(f"\n`check` on {fewer:,} pages: {_seconds(few)}; on {more:,}: {_seconds(many)}, {memory:.0f} MB. "
          f"The exponent is {math.log(times, more / fewer):.2f}.", flush=True)  # fmt: skip


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
