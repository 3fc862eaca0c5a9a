"""The real servers, each started once."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.servers import wrangler_pages, wrangler_workers
from tests.servers.apache import apache, apache_htaccess
from tests.servers.caddy import caddy
from tests.servers.haproxy import haproxy
from tests.servers.mkdocs import mkdocs_serve
from tests.servers.nginx import nginx
from tests.servers.node import azure, firebase, netlify
from tests.servers.traefik import traefik
from tests.unbroken.publish.hosts.table import finished
from unbroken.publish.hosts import HOSTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.servers import Server

#: Every server by a name of its own, with the host whose files it reads.
SERVERS: dict[str, tuple[str, Callable[[Path], AbstractContextManager[Server]]]] = {
    "nginx": ("nginx", nginx),
    "caddy": ("caddy", caddy),
    "apache": ("apache", apache),
    "haproxy": ("haproxy", haproxy),
    "traefik": ("traefik", traefik),
    "htaccess": ("apache", apache_htaccess),
    "netlify": ("netlify", netlify),
    "azure": ("azure", azure),
    "firebase": ("firebase", firebase),
    "pages": ("cloudflare", wrangler_pages),
    "workers": ("cloudflare", wrangler_workers),
    "serve": ("github", mkdocs_serve),
}


def on_every_server(*, with_rule_files: bool = False, but: str = "") -> list[object]:
    """Each server's name, grouped so that one worker asks all that one server is asked."""
    names = [
        name
        for name, (host, _) in SERVERS.items()
        if name != but and (HOSTS[host].rules or not with_rule_files)
    ]
    return [pytest.param(name, id=name, marks=pytest.mark.xdist_group(name)) for name in names]


@pytest.fixture(scope="session")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """``serving("nginx")``: the URL of the table's site behind that server."""
    with ExitStack() as stack:
        urls: dict[str, str] = {}

        def url(name: str) -> str:
            if name not in urls:
                host, server = SERVERS[name]
                site, _ = finished(tmp_path_factory.mktemp(name), host)
                urls[name] = stack.enter_context(server(site)).url
            return urls[name]

        yield url
