"""What Lighthouse gives this site for its speed."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.bench.measure import chromium

BIN = Path(sys.executable).parent
#: The home page, the three on WebSockets, and the one for lost readers.
PAGES = [
    "/",
    "/ai-gateway/websockets-api/",
    "/ai-gateway/websockets-api/realtime-api/",
    "/ai-gateway/websockets-api/non-realtime-api/",
    "/nothing/is/here/",
]
#: Lighthouse's names, ours, and by what to divide for our unit.
MEASURES = {
    "largest-contentful-paint": ("largest paint, s", 1000),
    "total-blocking-time": ("blocked, ms", 1),
    "cumulative-layout-shift": ("shift", 1),
    "total-byte-weight": ("kB", 1000),
}


def lighthouse(rounds: int) -> None:
    """Build the site, serve it by nginx, compressed, and print the medians of each page."""
    from tests.servers.nginx import nginx
    from tests.site.lighthouse import Ask
    from tests.site.lighthouse import lighthouse as ask

    browser = chromium()
    quiet = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
    with tempfile.TemporaryDirectory() as place:
        site = Path(place, "site")
        build: list[str | Path] = [BIN / "mkdocs", "build", "--quiet", "--strict", "--site-dir", site]
        subprocess.run(build, env={**os.environ, **quiet}, check=True)
        subprocess.run([BIN / "unbroken", "export", "nginx", "-o", site / "_unbroken/nginx"], check=True)
        print(f"| page | form | performance | {' | '.join(name for name, _ in MEASURES.values())} |")
        print("|" + " --- |" * (3 + len(MEASURES)), flush=True)
        with nginx(site) as host:
            for form in ("mobile", "desktop"):
                for page in PAGES:
                    runs = ask(Path(browser), ["performance"], [Ask(host.url + page, form)] * rounds)
                    score = statistics.median(run["scores"]["performance"] for run in runs)
                    medians = [
                        statistics.median(run["measures"][name] for run in runs) / unit
                        for name, (_, unit) in MEASURES.items()
                    ]
                    shown = " | ".join(f"{median:.3g}" for median in medians)
                    print(f"| {page} | {form} | {score * 100:.0f} | {shown} |", flush=True)
