"""Caddy, with the snippet that Unbroken writes for it."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.commands import BIN
from tests.servers.ports import on_a_free_port
from tests.servers.process import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = """\
{{
	admin off
	auto_https off
	persist_config off
	storage file_system "{place}/storage"
}}
http://127.0.0.1:{port} {{
	root "{site}"
	import "{rules}/redirects.caddy"
	file_server
	handle_errors 404 {{
		rewrite /404.html
		file_server
	}}
}}
"""


@contextmanager
def caddy(site: Path, below: str = "") -> Iterator[Server]:
    """Serve a finished site by Caddy, importing its ``_unbroken/caddy``.

    The site may stand in a folder ``below`` the root that is served.
    """
    with tempfile.TemporaryDirectory(prefix="caddy-", ignore_cleanup_errors=True) as name:
        place = Path(name)

        def configure(port: int) -> list[str | Path]:
            config = place / "Caddyfile"
            rules = site / below / "_unbroken/caddy"
            config.write_text(CONFIG.format(place=place, site=site, port=port, rules=rules), encoding="utf-8")
            return [BIN / "caddy", "run", "--config", config, "--adapter", "caddyfile"]

        with on_a_free_port(place, configure) as server:
            yield server
