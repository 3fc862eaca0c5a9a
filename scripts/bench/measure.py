"""Run commands side by side and compare what they cost."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Cost(NamedTuple):
    """What one run of a command cost: CPU and wall time in seconds, memory at its peak in MB."""

    cpu: float
    wall: float
    memory: float


def chromium() -> str:
    """The browser's executable; CHROMIUM names another one. Ends the command where there is none."""
    names = [os.environ.get("CHROMIUM", ""), "chromium-headless-shell", "chromium", "google-chrome"]
    for name in names:
        if name and (found := shutil.which(name)):
            return found
    sys.exit("No Chromium here: scripts/setup-hosts installs it, or name one with CHROMIUM=/path.")


def run(command: Sequence[str | Path], cwd: Path) -> Cost:
    """Run a command to its end, whatever its exit code, and return what it and its children cost."""
    # An installed package is compiled once, not at each start.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command], cwd=cwd, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1, 2):
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss / 1024)


def side_by_side(
    commands: Mapping[str, Sequence[str | Path]],
    cwd: Path,
    rounds: int,
    before: Callable[[str], None] = lambda name: None,
) -> dict[str, list[Cost]]:
    """Run each command once a round, in turns that change their order."""
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for number in range(rounds):
        for name in sorted(commands, reverse=bool(number % 2)):
            before(name)
            costs[name].append(run(commands[name], cwd))
    return costs


def table(title: str, costs: dict[str, list[Cost]], unit: str) -> None:
    """Print the medians, and how many times the unit each command costs."""
    print(f"\n{title}\n\n| | CPU s | wall s | MB | CPU, times {unit} | wall, times {unit} |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, runs in costs.items():
        ratios = [
            [getattr(a, what) / getattr(b, what) for a, b in zip(runs, costs[unit], strict=True)]
            for what in ("cpu", "wall")
        ]
        medians = [statistics.median(getattr(cost, what) for cost in runs) for what in Cost._fields]
        times = [statistics.median(ratio) for ratio in ratios]
        cpu, wall, memory = medians
        shown = " | ".join([f"{cpu:.2f}", f"{wall:.2f}", f"{memory:.0f}", *(f"{t:.1f}" for t in times)])
        print(f"| {name} | {shown} |")
