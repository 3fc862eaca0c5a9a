"""Traefik in front of a plain file server, with what Unbroken writes for it."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from tests.commands import BIN
from tests.servers.ports import on_a_free_port
from tests.servers.process import NotReadyError, Server, eventually, status
from tests.servers.static import serve_directory

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def traefik(site: Path) -> Iterator[Server]:
    """Serve a finished site by Traefik, which reads its ``_unbroken/traefik``."""
    with (
        tempfile.TemporaryDirectory(prefix="traefik-", ignore_cleanup_errors=True) as name,
        serve_directory(site) as files,
    ):
        place = Path(name)
        rules = place / "rules"
        rules.mkdir()
        written = (site / "_unbroken/traefik/redirects.yaml").read_text(encoding="utf-8")
        (rules / "redirects.yaml").write_text(written, encoding="utf-8")
        # JSON is YAML.
        docs = {"routers": {"docs": {"rule": "PathPrefix(`/`)", "service": "docs", "priority": 1}}}
        docs |= {"services": {"docs": {"loadBalancer": {"servers": [{"url": files.url}]}}}}
        (rules / "docs.yaml").write_text(json.dumps({"http": docs}), encoding="utf-8")

        def configure(port: int) -> list[str | Path]:
            return [
                BIN / "traefik",
                "--global.checkNewVersion=false",
                "--global.sendAnonymousUsage=false",
                f"--entryPoints.docs.address=127.0.0.1:{port}",
                f"--providers.file.directory={rules}",
            ]

        with on_a_free_port(place, configure) as server:
            # It listens before it has read its rules.
            if not eventually(lambda: status(server.url) == HTTPStatus.OK):
                raise NotReadyError(server.log())
            yield server
