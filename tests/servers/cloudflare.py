"""Cloudflare's own runtime, by wrangler, with no network: Pages and Workers static assets."""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.commands import BIN, ROOT
from tests.servers.process import Server, running

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPATIBILITY_DATE = "2026-05-01"
WRANGLER = ROOT / "tests/node/node_modules/wrangler/bin/wrangler.js"
READY = re.compile(r"Ready on (http://127\.0\.0\.1:\d+)")
ON_A_FREE_PORT = ["--ip", "127.0.0.1", "--port", "0", "--inspector-port", "0"]


@contextmanager
def wrangler_pages(directory: Path) -> Iterator[Server]:
    """Serve a built site as Cloudflare Pages does."""
    date = ["--compatibility-date", COMPATIBILITY_DATE]
    with _workplace() as place, _wrangler(place, "pages", "dev", str(directory), *date) as server:
        yield server


@contextmanager
def wrangler_workers(directory: Path) -> Iterator[Server]:
    """Serve a built site as Cloudflare Workers static assets, as `wrangler.jsonc` has it."""
    config = (ROOT / "wrangler.jsonc").read_text(encoding="utf-8")
    assert '"./site"' in config
    with _workplace() as place:
        here = config.replace('"./site"', json.dumps(str(directory)))
        (place / "wrangler.jsonc").write_text(here, encoding="utf-8")
        with _wrangler(place, "dev") as server:
            yield server


@contextmanager
def _workplace() -> Iterator[Path]:
    """A new folder each time: what another version left in an old one can crash the runtime."""
    with tempfile.TemporaryDirectory(prefix="wrangler-", ignore_cleanup_errors=True) as place:
        yield Path(place)


@contextmanager
def _wrangler(place: Path, *arguments: str) -> Iterator[Server]:
    env = {
        "CI": "1",
        "CLOUDFLARE_CF_FETCH_ENABLED": "false",
        "WRANGLER_HIDE_BANNER": "true",
        "WRANGLER_LOG_PATH": str(place / "logs"),
        "WRANGLER_REGISTRY_PATH": str(place / "registry"),
        "WRANGLER_SEND_METRICS": "false",
        "XDG_CONFIG_HOME": str(place / "config"),
    }
    state: tuple[str, Path] = ("--persist-to", place / "state")
    command: list[str | Path] = [BIN / "node", WRANGLER, *arguments, *state, *ON_A_FREE_PORT]
    with running(command, cwd=place, url=READY, env=env) as server:
        yield server
