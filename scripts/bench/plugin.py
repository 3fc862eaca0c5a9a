"""What the plugin adds to `mkdocs build`: by a timer within it, and as whole builds with and without it."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from scripts.bench import corpus
from scripts.bench.measure import side_by_side
from scripts.bench.traits import Traits

BIN = Path(sys.executable).parent
_QUIET = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
_TIMED = """
import sys, time
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs_redirects.plugin import RedirectPlugin
from unbroken.plugin.plugin import UnbrokenPlugin
from unbroken.project import project

EVENTS = ("on_config", "on_pre_build", "on_files", "on_page_content", "on_env", "on_post_build")
spent = {}
pages = 0

def timed(owner, name):
    real = getattr(owner, name)
    spent[owner, name] = 0.0
    def call(*args, **kwargs):
        global pages
        pages += name == "on_page_content"
        start = time.process_time()
        try:
            return real(*args, **kwargs)
        finally:
            spent[owner, name] += time.process_time() - start
    if hasattr(real, "mkdocs_priority"):
        call.mkdocs_priority = real.mkdocs_priority
    setattr(owner, name, call)

timed(project, "check_site")
timed(RedirectPlugin, "on_post_build")
for name in (*EVENTS, "_read_texts"):
    timed(UnbrokenPlugin, name)
start = time.process_time()
config = load_config(sys.argv[1], site_dir=sys.argv[2])
config.plugins.on_startup(command="build", dirty=False)
build(config)
total = time.process_time() - start
checking = spent[UnbrokenPlugin, "_read_texts"] + spent[project, "check_site"]
whole = sum(spent[UnbrokenPlugin, name] for name in EVENTS)
print(pages, total, checking, whole, spent[RedirectPlugin, "on_post_build"])
"""


class Share(NamedTuple):
    """What one build cost, in CPU seconds.

    Attributes:
        pages: how many it had.
        total: all of it.
        checking: what the plugin spent on reading and checking pages.
        whole: what the plugin spent.
        stubs: what mkdocs-redirects spent on the same redirects, where it is there in place of the plugin.
    """

    pages: int
    total: float
    checking: float
    whole: float
    stubs: float


def within(made: corpus.Corpus, site: str, config: str = "mkdocs.yml", *, first: bool = False) -> Share:
    """Return what one build cost, and parts of it.

    Args:
        made: the site.
        site: the name of the folder that it is built into.
        config: the name of its configuration; ``plain.yml`` is without the plugin.
        first: as if it was the first build, of which no page is known.
    """
    for known in (made.root / ".cache/unbroken").glob("*.texts") if first else ():
        known.unlink()
    command = [sys.executable, "-c", _TIMED, config, str(made.root / "timed" / site)]
    done = subprocess.run(
        command, cwd=made.root, env={**os.environ, **_QUIET}, capture_output=True, text=True, check=True
    )
    pages, *costs = done.stdout.splitlines()[-1].split()
    return Share(int(pages), *map(float, costs))


def shares(made: corpus.Corpus, rounds: int) -> tuple[str, ...]:
    """Return the plugin's share of a first build and of a later one, each also beyond what its peer spends.

    What it does in place of mkdocs-redirects, which writes a stub for each redirect too, is not its own cost.
    """
    found = []
    # No folder is built into twice: for a minute after many files were removed, ext4 takes four times as long
    # to make others.
    shutil.rmtree(made.root / "timed", ignore_errors=True)
    for number in range(rounds):
        first, later = within(made, f"{number}-first", first=True), within(made, f"{number}-later")
        peer = within(made, f"{number}-peer", "plain.yml")
        found.append(
            [
                spent / build.total
                for build in (first, later)
                for spent in (build.whole, build.whole - peer.stubs)
            ]
        )
    return tuple(f"{statistics.median(share):.1%}" for share in zip(*found, strict=True))


def plugin(sizes: list[int], rounds: int, likes: list[Traits]) -> None:
    """Print the plugin's share of a build, and what builds cost with it, times without it."""
    print("| corpus | build, CPU s | checking, ms a page | checking, share | all of the plugin, share "
          "| whole builds, times those without it |")  # fmt: skip
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    os.environ.update(_QUIET)
    for traits in likes:
        for number in sizes:
            made = corpus.built(number, traits)
            pages, total, checking, whole, _ = within(made, "within")
            commands: dict[str, list[str | Path]] = {
                name: [BIN / "mkdocs", "build", "-q", "-f", f"{file}.yml", "-d", made.root / "timed" / name]
                for name, file in (("with", "mkdocs"), ("without", "plain"))
            }
            costs = side_by_side(commands, made.root, rounds)
            ratios = [a.cpu / b.cpu for a, b in zip(costs["with"], costs["without"], strict=True)]
            ratio = f"{statistics.median(ratios):.3f}" if ratios else "-"
            print(f"| {traits.name}, {number:,} | {total:.1f} | {checking / pages * 1000:.3f} "
                  f"| {checking / total:.2%} | {whole / total:.2%} | {ratio} |", flush=True)  # fmt: skip
