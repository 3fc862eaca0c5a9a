"""What a server is given of an odd file whose redirects it is asked about, to the letter.

Nothing else of a file may reach it. ``configured.txt`` is what is expected: ``python -m
tests.unbroken.publish.test_configured`` writes it anew, for one to look at.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from unittest.mock import patch

from tests.unbroken.publish import test_imported as imported
from tests.unbroken.publish.test_servers import FILES
from unbroken.publish.servers import apache, server_of
from unbroken.publish.servers.running import Setting, Unasked

EXPECTED = Path(__file__).with_name("configured.txt")
APACHE = r"""
RewriteCond %{REQUEST_URI} ^/a
RewriteCond %{REQUEST_FILENAME} -x
RewriteRule ^a$ /new/ [R]
RewriteCond %{REQUEST_URI} !-U
RewriteRule ^b$ /new/ [R]
RewriteCond %{QUERY_STRING} ^x$ [NC]
RewriteRule ^c$ /new/ [R=301,P]
RewriteCond %{TIME} ^1
RewriteRule ^d$ /new/ [R]
RewriteRule ^e$ http://else.example/%{ENV:SECRET} [R]
RewriteRule ^f$ unix:/run/x|http://x/ [R]
RewriteRule ^g$ ${map:x} [R]
RewriteRule ^h$
RewriteRule ^i$ https://%{HTTP_HOST}/%{REQUEST_URI} [R=301, L, E=x:y]
RewriteCond %{REQUEST_URI} ^/j
RewriteRule ^j$ - [G]
RewriteOptions Inherit
<Files "x">
Redirect 301 /k /new/
</Files>
<VirtualHost *>
Redirect 301 /l /new/
</VirtualHost>
Redirect 301 /m \
/new/
"""
NGINX = r"""
map $uri $a { default ""; include x; volatile; /b /c; "d e" "f\"g"; one; }
rewrite a; rewrite a b; rewrite a b c d; return; return 301 /x; break; break x; proxy_pass http://x;
location /a { location ~ "^/b {2}" { return 301 /c; } internal; alias /etc; }
location a b c { return 301 /no; }
if ($a) { return 301 $a; }
if ($uri ~* "x y") { rewrite ^ /z last; }
if ($uri = /x) { return 301 /y; }
if ($uri == /x) { return 301 /no; }
if ($http_cookie ~ x) { return 301 /no; }
if (-f $uri) { return 301 /no; }
if ($uri ~ a b) { return 301 /no; }
if () { return 301 /no; }
types { a b; }
"""
CADDY = """
example.com {
    @a path /a /b
    @b { path /c }
    redir @a /new/ 301
    redir @b /new/ 301
    @c header X y
    redir @c /new/
    @d path {env.X}
    redir @d /new/
    handle @b { redir /no }
    handle /e* {
        redir /f {uri} 301
        respond "x"
        encode {
            redir /no
        }
    }
    handle /g/* {
        route /h {
            redir * `/a b` 302
        }
    redir /i "{http.request.uri.path}?{query}" {file.x}
    redir /j {re.x.1}
"""


def configured(place: Path) -> str:
    """The configuration of each server for each file."""
    for module in ("rewrite", "alias", "mpm_event"):
        (place / f"mod_{module}.so").touch()
    parts = []
    texts = {
        "nginx": (imported.NGINX, FILES["nginx"][1], NGINX),
        "apache": (imported.APACHE, FILES["apache"][1], APACHE),
        "caddy": (imported.CADDY, FILES["caddy"][1], CADDY, "a.example {\n}\nb.example {\n}\n"),
    }
    for host, given in texts.items():
        server = server_of(host)
        assert server is not None
        for number, text in enumerate(given):
            folder = place / f"{host}-{number}"
            folder.mkdir()
            name = ("httpd.conf", ".htaccess")[number % 2]
            setting = Setting("x", text, name, folder, folder / "root", 8080)
            try:
                with patch.object(apache, "_FOLDERS", (str(place / "none"), str(place))):
                    arguments = server.configuration(setting)
            except Unasked as error:
                parts.append(f"=== {host} {number}: {error}\n")
                continue
            (file,) = folder.iterdir()
            said = file.read_text("utf-8").replace("user root;\n", "")
            parts.append(f"=== {host} {number}: {' '.join(arguments)}\n{said}")
    return "".join(parts).replace(str(place), "/place")


def test_every_letter_is_as_expected(tmp_path: Path) -> None:
    assert configured(tmp_path) == EXPECTED.read_bytes().decode()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        EXPECTED.write_bytes(configured(Path(folder)).encode())
