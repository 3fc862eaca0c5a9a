"""HAProxy in front of a plain file server, with what Unbroken writes for it."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.ports import on_a_free_port
from tests.servers.process import Server
from tests.servers.static import serve_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = """\
global
    log stderr local0
defaults
    mode http
    timeout client 20s
    timeout server 20s
    timeout connect 5s
frontend docs
    bind 127.0.0.1:{port}
{rules}
    default_backend files
backend files
    server files {files}
"""


@contextmanager
def haproxy(site: Path) -> Iterator[Server]:
    """Serve a finished site by HAProxy, including its ``_unbroken/haproxy``."""
    with (
        tempfile.TemporaryDirectory(prefix="haproxy-", ignore_cleanup_errors=True) as name,
        serve_directory(site) as files,
    ):
        place = Path(name)
        folder = site / "_unbroken/haproxy"
        rules = (folder / "frontend.cfg").read_text(encoding="utf-8").replace("${UNBROKEN}", str(folder))
        command = shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or "haproxy"

        def configure(port: int) -> list[str | Path]:
            config = place / "haproxy.cfg"
            text = CONFIG.format(port=port, rules=rules, files=files.url.removeprefix("http://"))
            config.write_text(text, encoding="utf-8")
            return [command, "-db", "-f", config]

        with on_a_free_port(place, configure) as server:
            yield server
