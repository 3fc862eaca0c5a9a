"""What the reader of each format makes of every line of a file, right or wrong.

``imported/NAME.txt`` is what is expected: ``python -m tests.unbroken.publish.test_imported`` writes those
files anew, for one to look at.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from tests.unbroken.project.test_importers import CASES
from unbroken.model.imported import Imported
from unbroken.publish.importers import FORMATS, front_matter, recognised

HERE = Path(__file__).parent / "imported"
#: What lines of ``_redirects`` look like when somebody means well.
LINES = f"""# a comment
/one /new/ # said
/two /new/ 301
/three /new/ 302!
/four /new/ 308
/five /new/ abc
/six
/seven /new/ 301 Country=de Language=en
/eight page=:p /new/:p 301
six /new/ 301
https://old.example/x/* /new/:splat 301
/nine new 301
/ten //else.example/ 301
/eleven https://else.example/?a=b 301
/twelve http://else.example/ 301
/a/* /b/:splat 200
/c/:name/x/:rest /d/:rest/:name 301
/e-* /f/:splat 301
/g/* /h/ 301!
/caf%C3%A9 /new/ 301
/é /new/ 303
/gone 410
/q?x=1 /new/ 301
/{"long" * 600} /new/ 301
\t/tab\t/new/\t301
"""
TOML = """
[[redirects]]
from = "/one"
to = "/new"
status = 302
[[redirects]]
origin = "/two"
destination = "/new"
force = true
query = {a = ":a", b = "1"}
[[redirects]]
from = 3
to = "/new"
[[redirects]]
from = "/four"
to = "/new"
status = "301"
params = {c = "2"}
"""
NGINX = r"""
include /etc/nginx/mime.types;
include other.conf;
include conf.d/*.conf;
map $host $by_host { default ""; /x/ /new/; }
map $request_uri $sent {
    default 0; volatile; /as%20sent /new/; "~*^/fold/(.*)$" /new/$1; \~tilde /new/; /none "";
}
map $uri $kept { /never /new/; }
server {
    listen 80;
    rewrite ^/a/?$ /new/;
    rewrite ^/b/(.+)$ https://else.example/$1;
    rewrite ^/c(/.*)?$ /new$1 permanent;
    rewrite ^/d\.html$ /new/? permanent;
    rewrite (bad /new/ permanent;
    rewrite ^/e$ /$host/ permanent;
    rewrite ^/f$ /$sent permanent;
    rewrite ^/g/(\d+)/([a-z]+)$ /$2/$1 redirect;
    rewrite ^/((a+)+)$ /new/ permanent;
    if ($sent) { return 308 https://$host$sent; }
    if ($uri ~ "^/h/(.*)$") { return 302 /new/$1; }
    if (-f $request_filename) { return 301 /new/; }
    if ($uri = /hh) { set $was $uri; return 301 /new/; }
    if ($request_uri ~* ^/ii$) { rewrite ^/other$ /new/ permanent; return 301 /new/; }
    location = /i { return 301 /new/$is_args$args; }
    location =/j { return 301 $scheme://$server_name; }
    location = /k { return 301 https://else.example$request_uri; }
    location = /l { return 410; }
    location = /m { return "/new/"; }
    location = /n { return 3xx /new/; }
    location ^~ /o/ { return 301 /new$uri; }
    location /o/p/ { return 307 /new/; }
    location ~ \.php$ { return 301 /new/; }
    location ~ ^/q/(.*)$ { return 301 /new/$request_uri; }
    location ~* ^/r/(.*)\.html$ { rewrite ^/r/(.*)$ /new/$1 permanent; }
    location /s { rewrite ^/s/t$ /new/ permanent; rewrite ^/else$ /new/ permanent; rewrite one; }
    location /u { rewrite .* /new/ redirect; }
    location = /w { return 301 https://$host$request_uri; }
    location "/v w" { return 301 '/new/\'x'; }
    location @named { return 301 /new/; }
}
server { server_name old.example; return 301 https://new.example$request_uri; }
"""
APACHE = r"""
RewriteBase /docs/
Redirect 301 old /new/
Redirect 301 /old.html http://else.example/x
Redirect seeother /a /new/
Redirect 410 /b
Redirect 404 /b2 /x
Redirect 301 /c
Redirect 301 /d /e /f
Redirect permanent "/g h" "/new/%20i"
RedirectTemp /j /new/
RedirectMatch ^/k/(.*)\.php$ /new/$1
RedirectMatch 301 /l /new/
Redirect 301 /m ${there}
RewriteRule
RewriteRule ^n$ new [R=307]
RewriteRule ^o$ https://else.example/o
RewriteRule ^p$ - [G]
RewriteRule ^q$ - [L]
RewriteRule !^r$ /new/ [R]
RewriteRule ^s/(.*)$ /new/%1 [R=301]
RewriteRule ^t\ u$ /new/\%20x? [R=301,NE]
RewriteRule v$ /new/ [redirect=permanent,nocase]
RewriteRule ^/w/(.*)$ /new/$1 [R=abc]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{QUERY_STRING} ^x=1$
RewriteRule ^x/(.*)$ /new/$1 [R=301,L]
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule ^y/(.*)$ /new/$1 [R=301,L]
RewriteCond %{HTTPS} off
RewriteRule ^z$ /new/ [R=301]
<If "%{HTTP_USER_AGENT} =~ /x/">
  Redirect 301 /aa /new/
  <Else>
  RewriteRule ^bb$ /new/ [R=301]
  </Else>
</If>
RewriteBase /
RewriteRule ^cc$ dd [R=301]
Redirect 301 /ee \
  /new/
Redirect 301 "/gg(h)+$" /new/
RedirectPermanent /ff"""
CADDY = """
import other.Caddyfile
{
    email x@example.com
}
example.com {
    redir
    redir /a /b 301 x
    redir /c /new/ 302
    redir /d /new/ abc
    redir /e* /new{uri} 301
    redir /f/*/g /new/ 301
    redir /h {scheme}://else.example/h 301
    redir https://else.example{uri} permanent
    redir * /new/ 301
    redir /i `/new/ j`
    redir /k "/new/\\"l\\"" 301
    redir /m /new/?{query} 301
    redir /n https://else.example{path} 308
    @two {
        path /o /p/*
        method GET
    }
    redir @two /new/ 301
    @three path /q /r/*
    redir @three https://else.example{uri} 301
    redir @none /new/
    @empty
    handle_path /s/* {
        redir /new{uri} 301
    }
    handle_path /t* {
        redir /new{path} 301
    }
    handle_path /u/* {
        redir /new/
    }
    handle /v/* {
        redir /v/w /new/ 301
    }
}
}
redir /x /new/"""
VERCEL = [
    {"source": "/a", "destination": "/new"},
    {"source": "/b/:x/:y*", "destination": "/:y*/:x", "permanent": False},
    {"source": "/c/(\\d+)/([a-z]{2})", "destination": "/$2/$1", "statusCode": 307},
    {"source": "/d{/e}?", "destination": "/new", "permanent": True},
    {"source": "/f/:bad((a+)+)", "destination": "/new", "permanent": True},
    {"source": "/g\\:h", "destination": "/new", "permanent": True},
    {"source": "/i/:x.html", "destination": "/:x", "permanent": True},
    {"source": "/j", "permanent": True},
    {"destination": "/new", "statusCode": 301},
    {"source": "/k", "destination": "/new", "has": [{"type": "host", "value": "x"}], "permanent": True},
    {"source": "/l", "destination": "/new", "has": [], "missing": [{"type": "query"}], "permanent": True},
    "/m",
    {"source": "/n/:p?", "destination": "/new/:p", "statusCode": "301"},
    {"source": "/o/:p+", "destination": "https://else.example/:p+", "permanent": True},
]
FIREBASE = {
    "hosting": [
        {
            "redirects": [
                {"source": "a", "destination": "/new/", "type": 308},
                {"source": "/b/*/c", "destination": "/new/", "type": 301},
                {"source": "/d/**/e", "destination": "/new/"},
                {"source": "/f{,/**}", "destination": "/new/", "type": 301},
                {"source": "/g/:x/:y*", "destination": "/:y/:x", "type": 301},
                {"glob": "/h/**", "destination": "/new/", "type": "301"},
                {"source": "/i[jk]", "destination": "/new/", "type": 301},
                {"regex": "/l/(?P<m>.*)", "destination": "/new/:m", "type": 301},
                {"regex": "/n/([0-9]+)", "destination": "/new/", "type": 301},
                {"source": "/o"},
                {"destination": "/new/"},
                "/p",
            ]
        },
        {"redirects": [{"source": "/q", "destination": "https://else.example/", "type": 301}]},
    ]
}
AZURE = {
    "routes": [
        {"route": "/a", "redirect": "/new/", "statusCode": 308},
        {"route": "/b/*", "redirect": "/new/"},
        {"route": "/c*", "redirect": "/new/", "statusCode": 301},
        {"route": "/d/*.{png,jpg}", "redirect": "/new/", "statusCode": 301},
        {"route": "/e/*/f", "redirect": "/new/", "statusCode": 301},
        {"route": "/g", "redirect": "/new/", "methods": ["GET"], "allowedRoles": ["x"], "statusCode": 302},
        {"redirect": "/new/"},
        {"route": "/h", "redirect": 3, "statusCode": "301"},
        {"route": "/i", "rewrite": "/new/"},
        "/j",
    ]
}
S3 = """<RoutingRules>
<RoutingRule><Condition><KeyPrefixEquals>a/</KeyPrefixEquals>
<HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition>
<Redirect><ReplaceKeyPrefixWith>b/</ReplaceKeyPrefixWith><HttpRedirectCode>302</HttpRedirectCode></Redirect></RoutingRule>
<RoutingRule><Condition><KeyPrefixEquals>c/</KeyPrefixEquals>
<HttpErrorCodeReturnedEquals>500</HttpErrorCodeReturnedEquals></Condition>
<Redirect><HostName>else.example</HostName><Protocol>http</Protocol></Redirect></RoutingRule>
<RoutingRule><Condition><KeyPrefixEquals>d</KeyPrefixEquals></Condition>
<Redirect><HostName>else.example</HostName><ReplaceKeyWith>e/</ReplaceKeyWith></Redirect></RoutingRule>
<RoutingRule><Condition><KeyPrefixEquals>f.html</KeyPrefixEquals></Condition>
<Redirect><ReplaceKeyPrefixWith>new/</ReplaceKeyPrefixWith><HttpRedirectCode>3x1</HttpRedirectCode></Redirect></RoutingRule>
<RoutingRule><Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition>
<Redirect><ReplaceKeyWith>404.html</ReplaceKeyWith></Redirect></RoutingRule>
</RoutingRules>
"""
READTHEDOCS = """results:
- {from_url: /a, to_url: /new/, http_status: 302, force: true}
- {from_url: /b/*, to_url: "/new/:splat", type: page}
- {from_url: /c/*, to_url: /new/, type: page, enabled: true}
- {from_url: /d, to_url: /new/, enabled: false}
- {from_url: /e*, to_url: https://else.example/:splat, http_status: abc}
- {to_url: /new/}
- {from_url: /f}
- {from_url: /g, type: clean_url_to_html}
- /h
- {from_url: /i, to_url: /new/, force: false, type: page, position: 3}
"""
REDIRAFFE = """# comment
"a b.rst" 'c d'
e.md f/index.md
g.rst h.rst
h i
j
k l m
n https://else.example/o
 /p.txt /q.ipynb
"""
CONF = """
redirects: dict = {
    "a": "b.html",
    "c/d": "../e/",
    "f/*": "g.html",
    "h": "https://else.example/$source",
    "i": 3,
    j: "k",
    **more,
}
rediraffe_redirects = {"l.rst": "m.rst", "m.rst": "n/index"}
redirects = "redirects.txt"
redirects = read()
redirects: dict
other = {"o": "p"}
"""
DOCUSAURUS = """
module.exports = { plugins: [["x", {
  createRedirects(path) { return undefined; },
  redirects: [
    { from: "/a", to: "b" },
    { from: ["/c", 3, "d"], to: "/new" },
    { to: next, from: "/e" },
    { to: "https://else.example/", from: '/f' },
    { to: "/g" },
  ],
}]] };
"""
MDBOOK = """[output.html.redirect]
"/a.html" = "b.html"
"c/d.html" = "../new/"
"/e.html#f" = "g.html"
"/h.html" = 3
"/i.html" = "https://else.example/"
"""
CSV = """# comment
Old;New;Status

https://example.com/a;/new/;308
b;new;999
/c;https://else.example/
/d
;/new/
"/e;f";/new/;302
"""
FRONT = {
    "yaml": "---\ntitle: x\naliases:\n- a\n- /b/\n- c/\n- https://else.example/d\n- 3\n- ''\n- ../e.html\n"
    "redirect_from: f\nredirect_to: /g/\n---\naliases: [h]\n",
    "toml": '+++\nslug = "own"\naliases = ["a", "/b"]\n+++\n',
    "permalink": "\ufeff---\r\npermalink: /own/\r\nredirect_from: [/a, b/]\r\n...\r\n",
    "broken": "---\ntitle: x\naliases: [a\nb: c\n---\n",
    "broken-toml": "+++\naliases = [\n+++\n",
    "deep": f"---\naliases: {'[' * 500}\n---\n",
    "list": "---\n- aliases\n---\n",
    "none": "---\ntitle: x\n---\n",
}

ODD: dict[str, tuple[str, str]] = {
    "cloudflare": ("_redirects", LINES),
    "netlify": ("_redirects", LINES),
    "gitlab": ("_redirects", LINES),
    "netlify-toml": ("netlify.toml", TOML),
    "nginx": ("site.conf", NGINX),
    "apache": (".htaccess", APACHE),
    "caddy": ("Caddyfile", CADDY),
    "vercel": ("vercel.json", json.dumps({"redirects": VERCEL}, indent=1)),
    "firebase": ("firebase.json", json.dumps(FIREBASE, indent=1)),
    "azure": ("staticwebapp.config.json", json.dumps(AZURE, indent=1)),
    "s3": ("rules.xml", S3),
    "readthedocs": ("redirects.yaml", READTHEDOCS),
    "rediraffe": ("redirects.txt", REDIRAFFE),
    "sphinx": ("conf.py", CONF),
    "docusaurus": ("docusaurus.config.js", DOCUSAURUS),
    "mdbook": ("book.toml", MDBOOK),
    "csv": ("old.csv", CSV),
}


def told(imported: Imported) -> str:
    """Every rule and fault, a line each."""
    lines = [f"from root: {imported.from_root}"]
    for rule in imported.rules:
        said = {name: value for name, value in rule._asdict().items() if value and name != "place"}
        if rule.expression:
            said["expression"] = f"{rule.expression.pattern} {rule.expression.flags}"
        lines.append(f"{rule.place}: " + " ".join(f"{name}={value!a}" for name, value in said.items()))
    lines += [f"{fault.place}: {fault.message}" for fault in imported.faults]
    return "".join(f"{line[:300]}\n" for line in lines)


@cache
def all_told() -> dict[str, str]:
    """What is made of every file, by the name of what is expected."""
    result = {}
    for name, (file, text, *_) in CASES.items():
        form = name if name in FORMATS else recognised(file, text) or ""
        result[name] = told(FORMATS[form].read(text, file))
    for name, (file, text) in ODD.items():
        result[f"{name}-odd"] = told(FORMATS[name].read(text, file))
    for name, text in FRONT.items():
        result[f"front-matter-{name}"] = told(front_matter.read(text, "page.md", "/guide/page/"))
    return result


@pytest.mark.parametrize("name", all_told())
def test_every_line_is_read_as_expected(name: str) -> None:
    assert all_told()[name] == (HERE / f"{name}.txt").read_text(encoding="utf-8")


def test_every_file_is_expected() -> None:
    assert {file.stem for file in HERE.iterdir()} == {*all_told()}


if __name__ == "__main__":
    for name, text in all_told().items():
        (HERE / f"{name}.txt").write_text(text, encoding="utf-8", newline="\n")
