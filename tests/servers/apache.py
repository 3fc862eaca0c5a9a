"""Apache, once with the RewriteMap that Unbroken writes for it and once with ``.htaccess``."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.commands import must, run
from tests.servers.ports import on_a_free_port
from tests.servers.process import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULES = Path("/usr/lib/apache2/modules")
CONFIG = """\
ServerRoot "{place}"
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile "{place}/apache.pid"
ErrorLog "/dev/stderr"
LoadModule mpm_event_module "{modules}/mod_mpm_event.so"
LoadModule authz_core_module "{modules}/mod_authz_core.so"
LoadModule alias_module "{modules}/mod_alias.so"
LoadModule dir_module "{modules}/mod_dir.so"
LoadModule mime_module "{modules}/mod_mime.so"
LoadModule rewrite_module "{modules}/mod_rewrite.so"
LoadModule headers_module "{modules}/mod_headers.so"
TypesConfig "{place}/mime.types"
Mutex file:{place} default
ServerLimit 1
StartServers 1
ThreadsPerChild 8
MaxRequestWorkers 8
MinSpareThreads 1
MaxSpareThreads 8
DocumentRoot "{site}"
<Directory "{site}">
    Require all granted
    AllowOverride {override}
    Options FollowSymLinks
    DirectoryIndex index.html
</Directory>
ErrorDocument 404 /404.html
{include}
"""


@contextmanager
def apache(site: Path, below: str = "") -> Iterator[Server]:
    """Serve a finished site by Apache, including its ``_unbroken/apache`` and not reading ``.htaccess``.

    The site may stand in a folder ``below`` the root that is served.
    """
    with tempfile.TemporaryDirectory(prefix="apache-", ignore_cleanup_errors=True) as name:
        place = Path(name)
        rules = site / below / "_unbroken/apache"
        database = place / "redirects.dbm"
        must(run("httxt2dbm", "-f", "SDBM", "-i", rules / "redirects.txt", "-o", database))
        include = f'Define UNBROKEN "dbm=sdbm:{database}"\nInclude "{rules}/redirects.conf"'
        with _apache(place, site, "None", include) as server:
            yield server


@contextmanager
def apache_htaccess(site: Path, below: str = "") -> Iterator[Server]:
    """Serve a finished site by Apache, which reads its ``.htaccess``, ``below`` the root or in it."""
    with (
        tempfile.TemporaryDirectory(prefix="apache-", ignore_cleanup_errors=True) as name,
        _apache(Path(name), site, "FileInfo", "") as server,
    ):
        yield server


@contextmanager
def _apache(place: Path, site: Path, override: str, include: str) -> Iterator[Server]:
    command = shutil.which("apache2") or shutil.which("httpd")
    if command is None:
        raise FileNotFoundError("no Apache here: scripts/setup-hosts installs it or tells how")
    (place / "mime.types").write_text("text/html html\ntext/css css\n", encoding="utf-8")

    def configure(port: int) -> list[str | Path]:
        config = place / "apache.conf"
        values = {"place": place, "site": site, "port": port, "modules": MODULES}
        config.write_text(CONFIG.format(**values, override=override, include=include), encoding="utf-8")
        return [command, "-DFOREGROUND", "-f", config]

    with on_a_free_port(place, configure) as server:
        yield server
