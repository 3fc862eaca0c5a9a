"""Hosts whose own code runs in Node.js, each behind HTTP: Netlify's, Azure's and Firebase's."""

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
    from contextlib import AbstractContextManager

PACKAGES = ROOT / "tests/node/node_modules"
READY = re.compile(r"Ready on (http://127\.0\.0\.1:\d+)")


@contextmanager
def _node(host: str, site: Path) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix=f"{host}-", ignore_cleanup_errors=True) as place:
        command = [BIN / "node", Path(__file__).with_name(f"{host}.mjs"), site, PACKAGES]
        with running(command, cwd=Path(place), url=READY) as server:
            yield server


def netlify(site: Path) -> AbstractContextManager[Server]:
    """Serve a finished site by Netlify's parser, matcher and static handler."""
    return _node("netlify", site)


def azure(site: Path) -> AbstractContextManager[Server]:
    """Serve a finished site by the emulator of Azure's command line."""
    return _node("azure", site)


def firebase(site: Path) -> AbstractContextManager[Server]:
    """Serve a finished site by Firebase's local server, with what Unbroken writes for its configuration."""
    return _node("firebase", site)
