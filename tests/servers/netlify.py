"""Netlify's own parser, matcher and static handler behind HTTP."""

from __future__ import annotations

import re
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.commands import BIN, ROOT
from tests.servers.process import Server, running

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = ROOT / "tests/node/node_modules"
READY = re.compile(r"Ready on (http://127\.0\.0\.1:\d+)")


@contextmanager
def netlify(site: Path) -> Iterator[Server]:
    """Serve a finished site as Netlify does."""
    with tempfile.TemporaryDirectory(prefix="netlify-", ignore_cleanup_errors=True) as place:
        command = [BIN / "node", Path(__file__).with_suffix(".mjs"), site, PACKAGES]
        with running(command, cwd=Path(place), url=READY) as server:
            yield server
