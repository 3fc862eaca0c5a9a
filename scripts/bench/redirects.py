"""Measure how reading, judging, finishing and exporting grow with the number of redirects."""

from __future__ import annotations

import json
import math
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

_ROOT = Path(__file__).parent.parent.parent
_PAGES = 1_000

# One process a size, so that each size's memory is its own.
_TIMED = """
import gc
gc.disable()  # as the command line does
import json, resource, sys, time
from pathlib import Path
from unbroken.workspace import config as configuration
from unbroken.publish.finish import finish
from unbroken.publish.planning import prepare
from unbroken.publish.hosts import HOSTS
from unbroken.workspace.built_site import Site

spent = {}

def timed(name, call):
    start = time.process_time()
    result = call()
    spent[name] = time.process_time() - start
    return result

config = timed("read", lambda: configuration.read(Path("mkdocs.yml")))
plan, findings = timed("judge", lambda: prepare(config, Site(Path("site"))))
assert not findings, findings[0]
for name, host in HOSTS.items():
    timed(f"export {name}", lambda: host.files(plan))
timed("finish", lambda: finish(config, Path("site")))
timed("finish again", lambda: finish(config, Path("site")))
spent["MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(spent))
"""


def _make(folder: Path, number: int) -> None:
    """Write a built site of a thousand pages and a map with this many redirects to them."""
    lines = (f"      old/s{n % 97}/page-{n}.md: new/page-{n % _PAGES}.md\n" for n in range(number))
    text = "site_name: Bench\nplugins:\n  unbroken: {}\n  redirects:\n    redirect_maps:\n" + "".join(lines)
    (folder / "mkdocs.yml").write_text(text, encoding="utf-8")
    for n in range(_PAGES):
        page = folder / f"site/new/page-{n}/index.html"
        page.parent.mkdir(parents=True)
        page.write_text("<!doctype html><title>Page</title><article><h1 id=page>Page</h1></article>")


def _nginx(folder: Path, number: int) -> str:
    """Start nginx with the files just exported, and ask it."""
    sys.path.insert(0, str(_ROOT))
    from tests.servers.nginx import nginx

    (folder / "mkdocs.yml").write_text(
        (folder / "mkdocs.yml")
        .read_text(encoding="utf-8")
        .replace("unbroken: {}", "unbroken: {hosts: [nginx]}")
    )
    subprocess.run([Path(sys.executable).parent / "unbroken", "finish", "site"], cwd=folder, check=True)
    start = time.perf_counter()
    with nginx(folder / "site") as server, httpx.Client(base_url=server.url) as client:
        started = time.perf_counter() - start
        waits = []
        for n in range(0, number, max(1, number // 500)):
            begun = time.perf_counter()
            answer = client.get(f"/old/s{n % 97}/page-{n}/?q=1")
            waits.append(time.perf_counter() - begun)
            location = f"/new/page-{n % _PAGES}/?q=1"
            assert (answer.status_code, answer.headers["Location"]) == (301, location), answer
    return f"starts in {started:.2f} s, answers in {statistics.median(waits) * 1000:.2f} ms (median)"


def redirects(sizes: list[int]) -> None:
    """Print CPU seconds for each step and size, and the exponent from the first size to the last."""
    costs: dict[int, dict[str, float]] = {}
    nginx = ""
    for number in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _make(folder, number)
            done = subprocess.run(
                [sys.executable, "-c", _TIMED], cwd=folder, capture_output=True, text=True, check=True
            )
            costs[number] = json.loads(done.stdout)
            if number == sizes[-1]:
                nginx = _nginx(folder, number)
            shutil.rmtree(folder / "site")
    print("| CPU s | " + " | ".join(f"{number:,}" for number in sizes) + " | exponent |")
    print("| --- " * (len(sizes) + 2) + "|")
    growth = math.log(sizes[-1] / sizes[0])
    for step in costs[sizes[0]]:
        each = [costs[number][step] for number in sizes]
        exponent = f"{math.log(max(each[-1], 1e-6) / max(each[0], 1e-6)) / growth:.2f}" if growth else ""
        print(f"| {step} | " + " | ".join(f"{cost:.3g}" for cost in each) + f" | {exponent} |")
    print(f"\nnginx with {sizes[-1]:,} redirects {nginx}.")
