"""What the plugin adds to `mkdocs build`: by a timer within it, and as whole builds with and without it."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

from scripts.bench import corpus
from scripts.bench.measure import side_by_side
from scripts.bench.traits import Traits

BIN = Path(sys.executable).parent
_QUIET = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
# What it does in place of mkdocs-redirects, which writes a stub for each redirect too, is not all of its own.
_TIMED = """
import sys, time
from mkdocs.commands.build import build
from mkdocs.config import load_config
from unbroken.plugin.plugin import UnbrokenPlugin
from unbroken.project import project

EVENTS = ("on_config", "on_pre_build", "on_files", "on_page_content", "on_env", "on_post_build")
spent = dict.fromkeys((*EVENTS, "check_site"), 0.0)
pages = 0

def timed(owner, name):
    real = getattr(owner, name)
    def call(*args, **kwargs):
        global pages
        pages += name == "on_page_content"
        start = time.process_time()
        try:
            return real(*args, **kwargs)
        finally:
            spent[name] += time.process_time() - start
    if hasattr(real, "mkdocs_priority"):
        call.mkdocs_priority = real.mkdocs_priority
    setattr(owner, name, call)

timed(project, "check_site")
for name in EVENTS:
    timed(UnbrokenPlugin, name)
start = time.process_time()
config = load_config("mkdocs.yml", site_dir=sys.argv[1])
config.plugins.on_startup(command="build", dirty=False)
build(config)
total = time.process_time() - start
checking = spent["on_page_content"] + spent["check_site"]
print(pages, total, checking, sum(spent[name] for name in EVENTS))
"""


def within(made: corpus.Corpus) -> tuple[int, float, float, float]:
    """Return the pages of one build, its CPU seconds, those of checking and those of all of the plugin."""
    command = [sys.executable, "-c", _TIMED, str(made.root / "timed")]
    done = subprocess.run(
        command, cwd=made.root, env={**os.environ, **_QUIET}, capture_output=True, text=True, check=True
    )
    pages, total, checking, whole = done.stdout.splitlines()[-1].split()
    return int(pages), float(total), float(checking), float(whole)


def plugin(sizes: list[int], rounds: int, likes: list[Traits]) -> None:
    """Print the plugin's share of a build, and what builds cost with it, times without it."""
    print("| corpus | build, CPU s | checking, ms a page | checking, share | all of the plugin, share "
          "| whole builds, times those without it |")  # fmt: skip
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    os.environ.update(_QUIET)
    for traits in likes:
        for number in sizes:
            made = corpus.built(number, traits)
            pages, total, checking, whole = within(made)
            commands: dict[str, list[str | Path]] = {
                name: [BIN / "mkdocs", "build", "-q", "-f", f"{file}.yml", "-d", made.root / "timed"]
                for name, file in (("with", "mkdocs"), ("without", "plain"))
            }
            costs = side_by_side(commands, made.root, rounds)
            ratios = [a.cpu / b.cpu for a, b in zip(costs["with"], costs["without"], strict=True)]
            ratio = f"{statistics.median(ratios):.3f}" if ratios else "-"
            print(f"| {traits.name}, {number:,} | {total:.1f} | {checking / pages * 1000:.3f} "
                  f"| {checking / total:.2%} | {whole / total:.2%} | {ratio} |", flush=True)  # fmt: skip
