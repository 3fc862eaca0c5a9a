"""Sites that are unlike the table's: pages with file names, and a site below a host's root."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.servers.apache import apache, apache_htaccess
from tests.servers.caddy import caddy
from tests.servers.nginx import nginx
from tests.unbroken.publish.hosts.conftest import SERVERS, on_every_server
from tests.unbroken.publish.hosts.names import plan_of
from tests.unbroken.publish.hosts.table import ABSOLUTE, CASES, PATTERNS, REDIRECTS, ask, sent
from tests.unbroken.publish.hosts.test_names_on_servers import written
from tests.unbroken.sites import page, write_config, write_site
from unbroken.publish.finish import finish
from unbroken.publish.hosts import HOSTS
from unbroken.workspace import config as configuration

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.servers import Server


# What runs here compares the names of files undecoded; the service does not.
NOT_FOUND_HERE = {"netlify": {"/to-unicode/"}}


def _path(location: str | None) -> str:
    assert location
    parts = urlsplit(location)
    return parts.path + (f"?{parts.query}" if parts.query else "")


@pytest.mark.parametrize("server", on_every_server())
def test_every_redirect_of_the_table_is_one_hop(server: str, serving: Callable[[str], str]) -> None:
    url = serving(server)
    published = {"/new/", "/new-section/", "/gr%C3%B6%C3%9Fe/", "/v2/install/", "/v2/other/"}
    asked = 0
    for case in CASES:
        answer = case.expected(server)
        to = _path(answer.location) if answer.status == 301 else ""
        if to.partition("?")[0] in published and case.path not in NOT_FOUND_HERE.get(server, ()):
            assert ask(url, _path(ask(url, case.path)[1]))[0] == 200, case
            asked += 1
    assert asked > 20


@pytest.mark.parametrize("server", on_every_server())
def test_pages_with_file_names(server: str, tmp_path: Path) -> None:
    host, start = SERVERS[server]
    write_config(
        tmp_path,
        {
            "old.md": "new.md",
            "folder.md": "sub/index.md",
            "moved.md": "new.md#part",
            "was/index.md": "new.md",
        },
        use_directory_urls=False,
        unbroken={"hosts": [host]},
    )
    pages = {"index.html": page(), "404.html": page(), "new.html": page("part"), "sub/index.html": page()}
    site = write_site(tmp_path / "site", pages)
    findings = finish(configuration.read(tmp_path / "mkdocs.yml"), site).findings
    # Firebase cannot join a query and a fragment.
    assert [finding.code for finding in findings] == ["host-cannot"] * (host == "firebase")
    # Cloudflare serves new.html at /new, and answers /new.html with a redirect to it.
    new = "/new" if host == "cloudflare" else "/new.html"
    with start(site) as running:
        base = running.url if server in ABSOLUTE else ""
        for path, to in {
            "/old.html": new,
            "/old": new,
            "/old.html?a=1": f"{new}?a=1",
            "/moved.html?a=1": f"{new}?a=1#part",
            "/folder.html": "/sub/",
            "/was/": new,
            "/was": new,
        }.items():
            status, location, _ = ask(running.url, path)
            if server == "firebase" and path == "/moved.html?a=1":
                to = f"{new}#part?a=1"
            assert (status, location) == (301, sent(server, path, base + to)), path
            assert ask(running.url, _path(location))[0] == 200


# A .htaccess stands in the site's own folder: the next test.
@pytest.mark.parametrize("server", on_every_server(with_rule_files=True, but="htaccess"))
def test_rules_for_a_site_below_a_path_whose_pages_have_file_names(server: str, tmp_path: Path) -> None:
    host, start = SERVERS[server]
    plan = plan_of(
        [("old.md", "new.md"), ("was/index.md", "v2/a.md"), ("out.md", "https://else.example/")],
        [("v1/*", "v2/*")],
        ["/v1/a.html"],
        site_url="https://docs.example/a%20guide/",
        directory_urls=False,
    )
    with start(written(tmp_path, plan, host)) as running:
        for answer in plan.answers:
            status, location, _ = ask(running.url, plan.base + answer.source)
            url = HOSTS[host].target(plan, answer.target)
            # In the _redirects that Netlify reads, no name has a space.
            meant = (404, None) if host == "netlify" else (301, url)
            assert (status, (location or "").removeprefix(running.url) or None) == meant, answer.source
        assert ask(running.url, "/old.html")[0] == 404
        assert ask(running.url, "/nothing/")[0] == 404


BELOW: dict[str, tuple[str, Callable[[Path, str], AbstractContextManager[Server]]]] = {
    "nginx": ("nginx", nginx),
    "caddy": ("caddy", caddy),
    "apache": ("apache", apache),
    "htaccess": ("apache", apache_htaccess),
}


@pytest.mark.parametrize(
    "server", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in BELOW]
)
def test_a_site_below_the_hosts_root(server: str, tmp_path: Path) -> None:
    host, start = BELOW[server]
    write_config(
        tmp_path,
        REDIRECTS,
        site_url="https://docs.example/a%20guide/",
        unbroken={"hosts": [host], "patterns": PATTERNS, "retired": ["gone.md"]},
    )
    root = tmp_path / "root"
    site = write_site(root / "a guide", {"index.html": page(), "new/index.html": page("part")})
    finish(configuration.read(tmp_path / "mkdocs.yml"), site)
    with start(root, "a guide") as running:
        base = running.url if server in ABSOLUTE else ""
        for path, to in {
            "/a%20guide/old/?a=1": "/a%20guide/new/?a=1",
            "/a%20guide/%C3%BCber-uns": "/a%20guide/new/",
            "/a%20guide/moved/?a=1": "/a%20guide/new/?a=1#part",
            "/a%20guide/v1/%C3%BC/?a=1": "/a%20guide/v2/%C3%BC/?a=1",
            "/a%20guide/left/?a=1": "https://elsewhere.example/place/?a=1",
        }.items():
            status, location, _ = ask(running.url, path)
            assert (status, location) == (301, to if ":" in to else base + to), path
        assert ask(running.url, "/a%20guide/gone/")[0] == 410
        assert ask(running.url, "/old/")[0] == 404
        assert ask(running.url, "/gone/")[0] == 404


@pytest.mark.parametrize("host", [name for name in HOSTS if HOSTS[name].rules])
def test_every_rule_begins_with_the_base_path(host: str, tmp_path: Path) -> None:
    write_config(tmp_path, REDIRECTS, site_url="https://docs.example/guide/", unbroken={"hosts": [host]})
    site = write_site(tmp_path / "site", {"index.html": page(), "new/index.html": page("part")})
    plan = finish(configuration.read(tmp_path / "mkdocs.yml"), site).plan
    rules = list(HOSTS[host].redirects(plan))
    assert rules
    assert all(rule.path.startswith("/guide/") for rule in rules)
    local = "/" if host == "readthedocs" else "/guide/"  # a page redirect there is relative to the version
    assert all(rule.url.startswith((local, "https://")) for rule in rules)
