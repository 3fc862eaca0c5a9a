"""How long `scripts/serve` takes to show a page, once everything is installed."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path


def serve(rounds: int) -> None:
    """Start the server again and again, and print the seconds until it answers: each, and the median."""
    from tests.commands import ROOT
    from tests.servers.process import free_port, running
    from tests.sitecopy import copy_repository, part_of_site

    with tempfile.TemporaryDirectory() as place:
        copy = copy_repository(Path(place) / "copy", part_of_site)
        (copy.path / ".venv").symlink_to(ROOT / ".venv")
        spent = []
        for _ in range(rounds):
            url = f"http://127.0.0.1:{free_port()}"
            command = ["scripts/serve", "--dev-addr", url.removeprefix("http://")]
            start = time.monotonic()
            with running(command, cwd=copy.path, url=url):
                spent.append(time.monotonic() - start)
    print(
        f"A page is there after {statistics.median(spent):.1f} s: {', '.join(f'{one:.1f}' for one in spent)}"
    )
