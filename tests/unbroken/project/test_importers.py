"""Each format: what its reader makes of a file as authors write them, and of one that is broken."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.commands import at_terminal
from tests.unbroken.sites import write_config
from unbroken.model.addresses import Address
from unbroken.model.adopted import Fate
from unbroken.model.errors import Refused
from unbroken.model.redirects import Pages
from unbroken.project import takeover
from unbroken.publish.importers import FORMATS
from unbroken.workspace import config as configuration

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGES = ("index.md", "new.md", "guide/index.md", "guide/setup.md", "guide/use.md", "api/v2.md")


def planned(folder: Path, name: str, text: str, form: str | None = None) -> takeover.Takeover:
    """What taking over one file changes on a small site."""
    for page in PAGES:
        (folder / "docs" / page).parent.mkdir(parents=True, exist_ok=True)
        (folder / "docs" / page).write_text("# Page\n")
    config = configuration.read(write_config(folder, site_url="https://example.com/"))
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    chosen = FORMATS[form] if form else takeover.format_of(file, config)
    return takeover.plan(config, [(file, chosen)], Pages(PAGES))


def reasons(plan: takeover.Takeover) -> dict[str, str]:
    """Why each redirect that stays does so, by its source."""
    return {j.rule.source: j.why for source in plan.sources for j in source.judged if j.fate is Fate.KEPT}


NGINX = r"""
map $uri $moved {
    default "";
    /old/ /new/;                                        # a comment
    "/with space/" /new/;
    /OLD.html /guide/setup/#part;
    ~^/docs/(.*)$ /guide/$1;
    ~*^/v[0-9]+/(?<rest>.*)$ /guide/$rest;
}
server {
    listen 80;
    if ($moved) { return 301 $moved$is_args$args; }
    rewrite ^/was$ /guide/ permanent;
    rewrite ^/soon$ /guide/ redirect;
    rewrite ^/inner/(.*)$ /other/$1 last;
    location = /one { return 301 $scheme://$host/guide/use/; }
    location = /api { return 308 https://api.example.org/; }
    location /archive/ { return 301 https://archive.example.org$request_uri; }
    location ~ ^/x/\d{2}/(.*)$ { return 301 /guide/$1; }
    location / { try_files $uri $uri/ =404; }
}
"""
NGINX_IFS = r"""
map $arg_page $by_query { 1 /new/; }
server {
    if ($uri = /one) { return 301 /new/; }
    if ($request_uri ~ ^/two$) { return 301 /guide/use/; }
    if ($uri ~* "^/three/(.*)$") { return 301 /guide/$1; }
    if ($host = old.example.com) { return 301 https://example.com$request_uri; }
    if ($arg_x) { rewrite ^/four$ /new/ permanent; }
    if ($arg_y) { return 301 /new/; }
    if ($uri = /five) { return 301 /new/$arg_z; }
    if ($uri = /six) { return 404; }
    location /seven { return https://example.com/new/; }
    location ~* ^/eight/ { return 301 https://a.example$uri; }
    location = /nine { rewrite ^ /new/ permanent; return 301 /never/; }
    location /ten/ { return 301 /$arg_q; }
    location /docs/ { rewrite ^/else/where$ /new/ permanent; }
    rewrite ^/eleven$;
}
"""
APACHE = r"""
# one
Redirect 301 /old/ /new/
Redirect permanent /was.html https://example.com/guide/
RedirectPermanent /one /guide/use/
Redirect temp /soon /new/
Redirect gone /gone
Redirect /bare /new/
RedirectMatch 301 ^/docs/(.*)$ /guide/$1
RedirectMatch 301 ^/v1/.* /new/
RewriteEngine On
RewriteRule ^two/?$ /guide/setup/ [R=301,L]
RewriteRule ^three\.php$ /new/ [L,R=permanent,NC]
RewriteRule ^inner$ index.php [L]
RewriteCond %{HTTP_HOST} ^www\.
RewriteRule ^(.*)$ https://example.com/$1 [R=301,L]
RewriteRule "^long/\
line$" /new/ [R=301]
"""
CADDY = """
example.com {
    redir /old/ /new/ 301
    redir /bare /new/
    redir /docs/* /guide/ permanent
    redir /archive/* https://archive.example.org{uri} 301
    redir /soon /new/ temporary
    @two path /a.html /b.html
    redir @two /guide/use/ 301
    @re path_regexp r ^/x/(.*)$
    redir @re /guide/{re.r.1} 301
    handle_path /manual/* {
        redir * /guide{uri} permanent
    }
    file_server # redir /comment /new/
}
"""
VERCEL = {
    "cleanUrls": True,
    "redirects": [
        {"source": "/old", "destination": "/new", "permanent": True},
        {"source": "/soon", "destination": "/new", "permanent": False},
        {"source": "/one", "destination": "/guide/use/#x", "statusCode": 301},
        {"source": "/docs/:path*", "destination": "/guide/:path*"},
        {"source": "/v1/(.*)", "destination": "/api/$1"},
        {"source": "/post/:id(\\d+)", "destination": "/guide/:id"},
        {"source": "/q\\?", "destination": "/new"},
        {"source": "/who", "destination": "/new", "has": [{"type": "cookie", "key": "x"}]},
    ],
    "rewrites": [{"source": "/inner", "destination": "/new"}],
}
NEXT = """
/** @type {import('next').NextConfig} */
module.exports = {
  async redirects() {
    return [
      { source: '/old', destination: "/new", permanent: true }, // said
      { source: `/one`, destination: '/guide/use', permanent: true, },
      { source: base + '/two', destination: '/new', permanent: true },
    ];
  },
  async rewrites() { return [{ source: '/inner', destination: '/new' }]; },
};
"""
FIREBASE = {
    "hosting": {
        "public": "site",
        "redirects": [
            {"source": "/old", "destination": "/new/", "type": 301},
            {"source": "/soon", "destination": "/new/", "type": 302},
            {"source": "/docs/:rest*", "destination": "/guide/:rest", "type": 301},
            {"source": "/whole/**", "destination": "/guide/", "type": 301},
            {"source": "/one{,/**}", "destination": "/guide/", "type": 301},
            {"source": "/@(a|b)", "destination": "/guide/", "type": 301},
            {"regex": "/two/?", "destination": "/new/", "type": 301},
        ],
    }
}
AZURE = {
    "routes": [
        {"route": "/old", "redirect": "/new/", "statusCode": 301},
        {"route": "/bare", "redirect": "/new/"},
        {"route": "/docs/*", "redirect": "/guide/", "statusCode": 301},
        {"route": "/in", "rewrite": "/new/"},
        {"route": "/me", "redirect": "/new/", "allowedRoles": ["x"], "statusCode": 301},
    ]
}
S3 = """<?xml version="1.0"?>
<RoutingRules>
  <RoutingRule>
    <Condition><KeyPrefixEquals>docs/</KeyPrefixEquals></Condition>
    <Redirect><ReplaceKeyPrefixWith>guide/</ReplaceKeyPrefixWith></Redirect>
  </RoutingRule>
  <RoutingRule>
    <Condition><KeyPrefixEquals>old.html</KeyPrefixEquals></Condition>
    <Redirect><ReplaceKeyWith>new/</ReplaceKeyWith><HttpRedirectCode>301</HttpRedirectCode></Redirect>
  </RoutingRule>
  <RoutingRule>
    <Redirect><HostName>example.org</HostName></Redirect>
  </RoutingRule>
</RoutingRules>
"""
RTD = [
    {"type": "page", "from_url": "/old.html", "to_url": "/new/", "http_status": 301, "enabled": True},
    {"type": "page", "from_url": "/docs/*", "to_url": "/guide/:splat", "http_status": 301},
    {"type": "exact", "from_url": "/en/1.0/*", "to_url": "/en/2.0/:splat", "http_status": 302},
    {"type": "page", "from_url": "/soon", "to_url": "/new/", "http_status": 302},
]
REDIRAFFE = 'old "new.rst"\n"with space.md" guide/setup\n# comment\nbad\n'
CONF = """
import os
project = "X"
redirects = {
    "old": "new.html",
    "deep/page": "../guide/use/",
    "out": "https://example.org/x",
    "w/*": "new.html",
    "calc": os.environ["X"],
}
"""
DOCUSAURUS = """
export default {
  plugins: [['@docusaurus/plugin-client-redirects', {
    fromExtensions: ['html'],
    redirects: [
      {to: '/new', from: '/old'},
      {from: ['/one', '/two.html'], to: '/guide/use'},
    ],
    createRedirects(path) { return [path + '/x']; },
  }]],
};
"""
MDBOOK = """
[book]
title = "T"
[output.html.redirect]
"/old.html" = "new/"
"/deep/page.html" = "../guide/use/"
"/out.html" = "https://example.org/"
"""
CSV = "Old URL;New URL;Status\nhttps://example.com/old;/new/;301\nplain;guide/use/\n/soon;/new/;302\nonly\n"

CASES: dict[str, tuple[str, str, Mapping[str, str], Mapping[str, str], list[str]]] = {
    # name: file, text, lines of the map, patterns, sources that stay
    "nginx": (
        "site.conf",
        NGINX,
        {
            "old.md": "new.md",
            "with space.md": "new.md",
            "OLD.html": "guide/setup.md#part",
            "was.md": "guide/index.md",
            "one.md": "guide/use.md",
            "api.md": "https://api.example.org/",
        },
        {"docs/*": "guide/*", "archive/*": "https://archive.example.org/archive/*"},
        ["^/v[0-9]+/(?<rest>.*)$", "^/soon$", "^/inner/(.*)$", r"^/x/\d{2}/(.*)$"],
    ),
    "nginx with conditions": (
        "site.conf",
        NGINX_IFS,
        {"one.md": "new.md", "two.md": "guide/use.md", "nine.md": "new.md"},
        {"three/*": "guide/*"},
        [
            "$host = old.example.com",
            "^/four$",
            "$arg_y",
            "$uri = /five",
            "/seven",
            "^/eight/",
            "/ten/",
            "^/else/where$",
        ],
    ),
    "apache": (
        ".htaccess",
        APACHE,
        {
            "old.md": "new.md",
            "was.html": "guide/index.md",
            "one.md": "guide/use.md",
            "bare.md": "new.md",
            "two.md": "guide/setup.md",
            "three.php": "new.md",
            "long/line.md": "new.md",
        },
        {"docs/*": "guide/*", "v1/*": "new.md"},
        ["/soon", "/gone", "^(.*)$", "^inner$"],
    ),
    "caddy": (
        "Caddyfile",
        CADDY,
        {"old.md": "new.md", "bare.md": "new.md", "a.html": "guide/use.md", "b.html": "guide/use.md"},
        {
            "docs/*": "guide/index.md",
            "archive/*": "https://archive.example.org/archive/*",
            "manual/*": "guide/*",
        },
        ["/soon", "path_regexp r ^/x/(.*)$"],
    ),
    "vercel": (
        "vercel.json",
        json.dumps(VERCEL, indent=1),
        {"old.md": "new.md", "one.md": "guide/use.md#x", "q?.md": "new.md"},
        {"docs/*": "guide/*", "v1/*": "api/*"},
        ["/soon", "/post/:id(\\d+)", "/who"],
    ),
    "next": ("next.config.js", NEXT, {"old.md": "new.md", "one.md": "guide/use.md"}, {}, []),
    "firebase": (
        "firebase.json",
        json.dumps(FIREBASE),
        {"old.md": "new.md"},
        {"docs/*": "guide/*", "whole/*": "guide/index.md"},
        ["/soon", "/one{,/**}", "/@(a|b)", "^(?:/two/?)$"],
    ),
    "azure": (
        "staticwebapp.config.json",
        json.dumps(AZURE),
        {"old.md": "new.md", "bare.md": "new.md"},
        {"docs/*": "guide/index.md"},
        ["/me"],
    ),
    "s3": ("rules.xml", S3, {"old.html": "new.md"}, {"docs/*": "guide/*"}, ["every key"]),
    "readthedocs": (
        "redirects.json",
        json.dumps({"results": RTD}),
        {"old.html": "new.md"},
        {"docs/*": "guide/*"},
        ["/en/1.0/*", "/soon"],
    ),
    "rediraffe": (
        "redirects.txt",
        REDIRAFFE,
        {"old.html": "new.md", "with space.html": "guide/setup.md"},
        {},
        [],
    ),
    "sphinx": (
        "conf.py",
        CONF,
        {"deep/page.html": "guide/use.md", "out.html": "https://example.org/x"},
        {},
        ["old", "w/*"],
    ),
    "docusaurus": (
        "docusaurus.config.js",
        DOCUSAURUS,
        {"old.md": "new.md", "one.md": "guide/use.md", "two.html": "guide/use.md"},
        {},
        [],
    ),
    "mdbook": (
        "book.toml",
        MDBOOK,
        {"old.html": "new.md", "deep/page.html": "guide/use.md", "out.html": "https://example.org/"},
        {},
        [],
    ),
    "csv": ("old.csv", CSV, {"old.md": "new.md", "plain.md": "guide/use.md"}, {}, ["/soon"]),
    "netlify-toml": (
        "netlify.toml",
        '[build]\npublish = "site"\n[[redirects]]\nfrom = "/old"\nto = "/new"\n'
        '[[redirects]]\nfrom = "/docs/*"\n'
        'to = "/guide/:splat"\nforce = true\n'
        '[[redirects]]\nfrom = "/fr"\nto = "/new"\n[redirects.conditions]\n'
        'Country = ["fr"]\n[[redirects]]\nfrom = "/app/*"\nto = "/new"\nstatus = 200\n',
        {"old.md": "new.md"},
        {"docs/*": "guide/*"},
        ["/fr", "/app/*"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_format_as_authors_write_it(name: str, tmp_path: Path) -> None:
    file, text, lines, patterns, stays = CASES[name]
    plan = planned(tmp_path, file, text)
    assert plan.add == lines
    assert plan.patterns == patterns
    assert sorted(reasons(plan)) == sorted(stays)
    assert [d for source in plan.sources for d in source.differences] == []
    plain = [source for source in lines if source.endswith(".md") and source[:-3].replace("/", "").isalnum()]
    assert plan.addresses >= {Address(f"/{source.removesuffix('.md')}/") for source in plain}


def test_a_target_with_a_query_and_a_wildcard_after_a_part_of_a_name(tmp_path: Path) -> None:
    text = """/a /new/?x=1&y=\u00fc 301
/b /a 301
/c /a?x=2 301
/e /new/?q#part 301
/f https://example.com/new/?z=1 301
/s/* /guide/use/?q=:splat 301
/g/old-* /guide/:splat 301
/h-* /new/?from=h 301
/t/* /../x/:splat 301
/u/* /nope/?q=:splat 301
"""
    plan = planned(tmp_path, "_redirects", text, "cloudflare")
    assert plan.add == {
        "a.md": "new.md?x=1&y=%C3%BC",
        "b.md": "new.md?x=1&y=%C3%BC",
        "e.md": "new.md?q#part",
        "f.md": "new.md?z=1",
    }
    assert plan.patterns == {
        "s/*": "guide/use.md?q=*",
        "g/old-*": "guide/*",
        "h-*": "new.md?from=h",
    }
    assert list(reasons(plan)) == ["/c", "/t/*", "/u/*"]
    assert plan.sources[0].differences == []
    # Netlify reads no wildcard after a part of a name.
    (tmp_path / "mkdocs.yml").unlink()
    assert planned(tmp_path, "_redirects", "/h-* /new/\n", "netlify").patterns == {}


def test_a_document_of_sphinx_is_found_where_the_site_has_it(tmp_path: Path) -> None:
    text = "old guide/setup\nolder.rst old.rst\nfirst guide/index\n"
    plan = planned(tmp_path, "redirects.txt", text)
    assert plan.add == {
        "old.html": "guide/setup.md",
        "older.html": "guide/setup.md",
        "first.html": "guide/index.md",
    }


def test_two_thousand_lines_of_apache_are_looked_at(tmp_path: Path) -> None:
    text = "".join(f"Redirect 301 /old/{n} /new/\n" for n in range(2_000))
    plan = planned(tmp_path, ".htaccess", text)
    assert len(plan.add) == 2_000
    assert reasons(plan) == {}


def test_a_wildcard_for_the_whole_site_goes_over_where_nothing_is_published_below_it(tmp_path: Path) -> None:
    plan = planned(tmp_path, "_redirects", "/* https://new.example/:splat 301\n", "netlify")
    assert reasons(plan) == {"/*": "it catches /, which is still published"}
    file = tmp_path / "_redirects"
    moved = takeover.plan(plan.config, [(file, FORMATS["netlify"])], Pages(()))
    assert moved.patterns == {"*": "https://new.example/*"}
    assert moved.sources[0].differences == []


def test_what_the_map_leads_on_goes_straight_to_its_end(tmp_path: Path) -> None:
    first = planned(tmp_path, "a.csv", "/old,/new/\n/folder/*,/guide/\n")
    takeover.apply(first)
    (tmp_path / "b.csv").write_text("/older,/old\n")
    config = configuration.read(tmp_path / "mkdocs.yml")
    plan = takeover.plan(config, [(tmp_path / "b.csv", FORMATS["csv"])], Pages(PAGES))
    assert plan.add == {"older.md": "new.md"}
    assert plan.sources[0].differences == []


def test_a_front_matter_of_each_kind(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    for name, text in {
        "guide/setup.md": "---\naliases: [/was/, beside, 'https://example.com/abs']\n---\n# Setup\n",
        "new.md": "---\ntitle: X\nredirect_from:\n  - /old.html\n  - /older/\n---\n",
        "guide/use.md": '+++\naliases = ["/toml/"]\n+++\n',
        "guide/plain.md": "# Nothing\n\naliases: [/no/]\n",
        "guide/broken.md": "---\naliases: [/x/\n---\n",
    }.items():
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(text)
    config = configuration.read(write_config(tmp_path))
    plan = takeover.plan(
        config, [(docs, FORMATS["front-matter"])], Pages([*PAGES, "guide/plain.md", "guide/broken.md"])
    )
    assert plan.add == {
        "was.md": "guide/setup.md",
        "guide/beside.md": "guide/setup.md",
        "old.html": "new.md",
        "older.md": "new.md",
        "toml.md": "guide/use.md",
    }
    assert [(Path(f.place.file).name, f.message) for f in plan.sources[0].imported.faults] == [
        ("broken.md", "The front matter is not YAML."),
        ("setup.md", "'https://example.com/abs' is a whole URL, and aliases are paths of this site."),
    ]
    lines = {judged.rule.source: judged.rule.place.line for judged in plan.sources[0].judged}
    assert (lines["/was/"], lines["/old.html"], lines["/older/"], lines["/toml/"]) == (2, 4, 5, 2)


def test_what_nginx_cannot_mean_is_told_with_its_line(tmp_path: Path) -> None:
    (fault,) = (
        planned(tmp_path, "site.conf", "server {\n  rewrite ^/eleven$;\n}\n").sources[0].imported.faults
    )
    assert (fault.place.line, fault.message.partition(" needs ")[0]) == (2, "rewrite")


BROKEN = {
    "vercel.json": ('{\n "redirects": [\n}', ":3:1: This is not JSON"),
    "firebase.json": ("{", ":1:2: This is not JSON"),
    "netlify.toml": ('[[redirects]]\nfrom = "/a\n', ":2:"),
    "book.toml": ("a = 1\nb == 2\n", ":2:"),
    "conf.py": ("x = 1\nredirects = {\n", ":2:"),
    "site.conf": ("server {\n  rewrite ^/a$ /b permanent;\n", ":1:1: This brace is never closed"),
    "more.conf": ("server {\n}\n}\n rewrite a b permanent;", ":3:1: This brace closes nothing"),
    "redirects.yaml": ("- from_url: [\n", ":2:1: This is neither YAML"),
    "rules.xml": ("<RoutingRules><RoutingRule>\n</RoutingRules>", ":2:"),
    "entity.xml": (
        '<!DOCTYPE x [<!ENTITY a "b">]><RoutingRules><RoutingRule>&a;</RoutingRule></RoutingRules>',
        "must not have entities",
    ),
    "_redirects": ("/a /b\n\x00", ":2: this is not text"),
    "unknown.bin": ("hello", "cannot be told"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_its_line(name: str, tmp_path: Path) -> None:
    text, said = BROKEN[name]
    with pytest.raises(Refused) as refused:
        planned(tmp_path, name, text)
    assert said in str(refused.value)
    assert name in str(refused.value)


@pytest.mark.parametrize("form", [name for name in FORMATS if name != "front-matter"])
@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{" * 5_000,
        '"' * 9,
        "\u2028/a /b 301\r\r\n\x0b",
        "/a\t" * 10_000,
        "{}",
        "[]",
        "",
        "\\",
        "'",
    ],
    ids=["brackets", "braces", "quotes", "separators", "words", "object", "list", "empty", "escape", "quote"],
)
def test_no_reader_fails_on_what_is_none_of_its_own(form: str, text: str, tmp_path: Path) -> None:
    with contextlib.suppress(Refused):
        planned(tmp_path, "file", text, form)


def test_utf_16_is_read_and_latin_1_is_refused_with_its_line(tmp_path: Path) -> None:
    planned(tmp_path, "_redirects", "")
    file = tmp_path / "_redirects"
    file.write_bytes("/old /new\n".encode("utf-16"))
    config = configuration.read(tmp_path / "mkdocs.yml")
    plan = takeover.plan(config, [(file, FORMATS["netlify"])], Pages(PAGES))
    assert plan.add == {"old.md": "new.md"}
    file.write_bytes("/a /new\n/caf\u00e9 /new\n".encode("latin-1"))
    with pytest.raises(Refused, match=r"_redirects:2: this is not text in UTF-8"):
        takeover.plan(config, [(file, FORMATS["netlify"])], Pages(PAGES))


@pytest.mark.parametrize(
    "text",
    [
        '"source":' * 20_000,
        '"routes":' * 20_000,
        "\n" * 100_000,
        "{from:" * 20_000,
        "\n/a" * 40_000,
        " " * 100_000,
    ],
    ids=["source", "routes", "lines", "from", "paths", "spaces"],
)
def test_a_format_is_recognised_at_once_or_not(text: str, tmp_path: Path) -> None:
    with contextlib.suppress(
        Refused
    ):  # where it took time in the square of the size, the suite would stop here
        planned(tmp_path, "file", text)


def test_a_map_that_is_read_only_or_elsewhere_is_not_written(tmp_path: Path) -> None:
    planned(tmp_path, "old.csv", "/old,/new/\n")
    (tmp_path / "mkdocs.yml").chmod(0o444)
    config = configuration.read(tmp_path / "mkdocs.yml")
    with pytest.raises(Refused, match="read-only"):
        takeover.plan(config, [(tmp_path / "old.csv", FORMATS["csv"])], Pages(PAGES))


@pytest.mark.parametrize(("answer", "taken"), [("", True), ("y", True), ("n", False)])
def test_it_asks_before_it_takes_anything_over(tmp_path: Path, answer: str, taken: bool) -> None:
    planned(tmp_path, "old.csv", "/old,/new/\n")
    ended, shown = at_terminal("unbroken", "import", "old.csv", cwd=tmp_path, typed=f"{answer}\n")
    assert "Take this over? [Y/n]" in shown
    assert ended == (0 if taken else 2)
    assert ("nothing was changed." in shown) is not taken
    assert ("old.md: new.md" in (tmp_path / "mkdocs.yml").read_text()) is taken
