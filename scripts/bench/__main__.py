"""Measure Unbroken, beside its peers where it has some."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from scripts.bench import corpus
from scripts.bench.check import check, chosen, record
from scripts.bench.figures import figures
from scripts.bench.measure import chromium, side_by_side, table
from scripts.bench.plugin import plugin
from scripts.bench.recover import recover
from scripts.bench.traits import LIKES

BIN = Path(sys.executable).parent
#: How many pages link to the one that is moved.
INBOUND = 500


def verify(sizes: list[int]) -> None:
    """The rate at which `unbroken verify` asks nginx on loopback."""
    from tests.servers.nginx import nginx

    for pages in sizes:
        made = corpus.built(pages)
        ledger = made.root / "published-urls.txt"
        subprocess.run([BIN / "unbroken", "record"], cwd=made.root, check=True, stderr=subprocess.DEVNULL)
        try:
            addresses = len(ledger.read_text(encoding="utf-8").splitlines())
            requests = 2 * pages + 1
            with nginx(made.site) as host:
                start = time.perf_counter()
                done = subprocess.run(
                    [BIN / "unbroken", "verify", host.url, "-o", os.devnull],
                    cwd=made.root, capture_output=True, text=True, check=False,
                )  # fmt: skip
                wall = time.perf_counter() - start
            print(done.stderr.strip())
            rates = f"{addresses / wall:,.0f} addresses and {requests / wall:,.0f} requests a second"
            print(f"{rates} ({wall:.2f} s)")
        finally:
            ledger.unlink()


def move(sizes: list[int], rounds: int) -> None:
    """`unbroken move` of a page with 500 inbound links, beside one `mkdocs build` of the same site."""
    for pages in sizes:
        made = corpus.generate(corpus.CACHE / f"{pages}-move", pages)
        target = corpus.page_path(0)
        linking = range(1, pages, max(1, pages // INBOUND))
        for number in list(linking)[:INBOUND]:
            page = made.root / "docs" / corpus.page_path(number)
            with page.open("a", encoding="utf-8") as stream:
                stream.write(f"\n[moved]({'../' * 2}{target}#part-1-of-0)\n")
        subprocess.run(["git", "init", "--quiet"], cwd=made.root, check=True)
        there = "s99/g9/moved.md"
        commands: dict[str, list[str | Path]] = {
            "move": [BIN / "unbroken", "move", target, there],
            "build": [BIN / "mkdocs", "build", "--quiet"],
        }

        def back(name: str, root: Path = made.root, there: str = there) -> None:
            if (root / "docs" / there).exists():
                subprocess.run([BIN / "unbroken", "move", "--undo"], cwd=root, check=True)

        table(
            f"Moving a page with {INBOUND} inbound links among {pages:,}, {rounds} rounds",
            side_by_side(commands, made.root, rounds, back),
            "move",
        )
        back("")
        print(
            subprocess.run(commands["move"], cwd=made.root, capture_output=True, text=True, check=True).stdout
        )
        back("")


#: What is measured on corpora, so that it takes the switches of their generator.
ON_CORPORA = ("check", "plugin", "record")


def main() -> None:
    """Read the command line and measure."""
    options = _parser().parse_args()
    if options.markdown:
        figures(options.size, options.times, options.only)
        return
    if options.what in ON_CORPORA:
        likes = chosen(options.like, options.switches, options.seed)
    match options.what:
        case "check":
            check(options.pages, options.rounds, likes, linkchecker=options.linkchecker)
        case "plugin":
            plugin(options.pages, options.rounds, likes)
        case "record":
            record(options.pages, options.rounds, likes)
        case "move":
            move(options.pages, options.rounds)
        case "moves":
            from scripts.bench.moves import moves

            moves(options.steps, options.seed)
        case "verify":
            verify(options.pages)
        case "lighthouse":
            from scripts.bench.lighthouse import lighthouse

            lighthouse(options.rounds)
        case "recover":
            recover(options.commits, options.pages, options.rounds, options.history)
        case "serve":
            from scripts.bench.serve import serve

            serve(options.rounds)
        case "weight":
            from scripts.bench.weight import (
                weight,
            )  # a large one, and what is measured would inherit its size

            weight(options.site, chromium())
        case "redirects":
            from scripts.bench.redirects import redirects

            redirects([1_000, 10_000, 100_000])
        case _:
            _parser().error("say what to measure, or --markdown")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.bench", description=__doc__)
    parser.add_argument(
        "--markdown", action="store_true", help="print the figures that README and pages show"
    )
    parser.add_argument("--size", type=int, default=1000, help="their number of pages")
    parser.add_argument("--only", nargs="+", choices=list(LIKES), default=list(LIKES), help="their corpora")
    parser.add_argument("--times", type=int, default=5, help="how often each is measured")
    whats = parser.add_subparsers(dest="what")
    for what, text in (
        ("check", "`unbroken check` beside lychee"),
        ("move", f"`unbroken move` of a page with {INBOUND} inbound links, beside a build"),
        ("moves", "addresses lost in random moves: none"),
        ("plugin", "the plugin's share of a build"),
        ("record", "`unbroken record` beside reading the pages"),
        ("verify", "how fast `unbroken verify` asks nginx"),
        ("recover", "`unbroken recover` on a long history"),
        ("lighthouse", "what Lighthouse gives this site for speed"),
        ("serve", "how long `scripts/serve` takes to show a page"),
        ("weight", "what each kilobyte of a page's first view is for"),
        ("redirects", "how reading, judging and exporting grow with the number of redirects"),
    ):
        _options(what, whats.add_parser(what, help=text, description=text))
    return parser


def _options(what: str, of_one: argparse.ArgumentParser) -> None:
    """Add the options of one measure."""
    if what == "recover":
        of_one.add_argument("--commits", type=int, default=4000)
        of_one.add_argument("--pages", type=int, default=500)
        of_one.add_argument("--history", nargs="+", choices=["plain", "busy"], default=["plain", "busy"])
    elif what == "moves":
        of_one.add_argument("--steps", type=int, default=1000)
        of_one.add_argument("--seed", type=int, default=1)
    elif what not in ("lighthouse", "redirects", "serve", "weight"):
        of_one.add_argument("--pages", type=int, nargs="+", default=[1000, 5000])
    if what in ON_CORPORA:
        of_one.add_argument("--like", nargs="+", choices=list(LIKES), default=["plain"], help="the corpora")
        of_one.add_argument(
            "--with", dest="switches", nargs="+", default=[], metavar="TRAIT",
            help="what they shall have besides, as in findings=400 minified ledger=20000",
        )  # fmt: skip
        of_one.add_argument("--seed", type=int, default=0, help="makes others of the same kind")
    if what in (*ON_CORPORA, "move", "recover"):
        of_one.add_argument("--rounds", type=int, default=5)
    if what in ("lighthouse", "serve"):
        of_one.add_argument("--rounds", type=int, default=3)
    if what == "weight":
        of_one.add_argument("--site", type=Path, default=Path("site"), help="the built site: site")
    if what == "check":
        of_one.add_argument(
            "--linkchecker", action="store_true", help="linkchecker, too: minutes a round for 1,000 pages"
        )


if __name__ == "__main__":
    main()
