"""Taking redirects over, from outside: real servers before and after, kills, a second time, bad files."""

from __future__ import annotations

import http.client
import os
import random
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import pytest

from tests.commands import output, run
from tests.servers.apache import apache_htaccess
from tests.servers.caddy import caddy
from tests.servers.cloudflare import wrangler_pages
from tests.servers.nginx import nginx
from tests.servers.node import netlify
from tests.unbroken.sites import page, write_config, write_site
from unbroken.model.adopted import Fate
from unbroken.project import takeover
from unbroken.project.project import Project
from unbroken.workspace import config as configuration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from tests.servers.process import Server

NAMES = [
    f"{kind}/{name}-{n}"
    for kind in ("guide", "api", "how-to")
    for name in ("setup", "use")
    for n in range(20)
]
PAGES = {"index.html": page("home"), "404.html": page(), "guide/index.html": page("a")} | {
    f"{name}/index.html": page("part", "other") for name in NAMES
}


def a_site(folder: Path, host: str) -> Path:
    """A site of 122 pages, built, with its sources beside it."""
    for name in PAGES:
        source = folder / "docs" / (name.removesuffix("/index.html") + ".md" if "/" in name else "index.md")
        if name != "404.html":
            source = folder / "docs/guide/index.md" if name == "guide/index.html" else source
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_text("# Page\n\n## Part\n\n## Other\n")
    write_config(folder, site_url="https://example.com/", unbroken={"hosts": [host]})
    return write_site(folder / "site", PAGES)


def redirects(lines: int, *, cloudflare: bool) -> str:
    """A `_redirects` as sites have them after ten years: duplicates, chains, splats, placeholders, slips."""
    chance = random.Random(7)
    said = ["# Moved in 2015", ""]
    old: list[str] = []
    while len(said) < lines:
        number = len(said)
        path = f"/old/{chance.choice(['a', 'b', 'c'])}/page-{number}" + chance.choice(["", "/", ".html"])
        target = "/" + chance.choice(NAMES) + chance.choice(["/", "/", "", "/#part", "/#none"])
        kind = chance.random()
        if kind < 0.2 and old:
            target = chance.choice(old)  # a chain
        elif kind < 0.23 and old:
            path = chance.choice(old)  # again, with another target
        elif kind < 0.25:
            target = f"https://other.example/{number}"
        elif kind < 0.26:
            target = path
        elif kind < 0.27:
            target = "/nowhere/"
        elif kind < 0.28:
            said += ["", f"# {number}"]
        elif kind < 0.285:
            path = path.lstrip("/")
        status = chance.choice(["301", "301", "301", "301", "302", "308", ""])
        if not cloudflare and chance.random() < 0.05:
            status = "301!"
        said.append(f"{path}{chance.choice([' ', '    '])}{target} {status}".rstrip())
        old.append(path if path.startswith("/") else "/" + path)
    said += [
        "/manual/* /guide/:splat 301",
        "/reference/* /manual/:splat 301",
        "/gone/* /guide/ 301",
        "/blog/:year/:slug /guide/:slug 301",
        "/x/*/y /guide/ 301",
    ]
    return "\n".join(said) + "\n"


def asked(text: str) -> list[str]:
    """Every address that a `_redirects` speaks of, and some below its splats."""
    words = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    paths = {
        path if path.startswith("/") else "/" + path
        for path, *_ in words
        if "*" not in path and ":" not in path
    }
    below = ["use-1", "use-1/", "setup-3/", "none/"]
    return (
        sorted(paths)
        + [f"/{top}/{rest}" for top in ("manual", "reference", "gone") for rest in below]
        + [
            "/blog/2015/use-2",
            "/x/z/y",
            "/guide/use-3/",
        ]
    )


def arrivals(server: Server, paths: Iterable[str]) -> dict[str, str]:
    """Where a visitor of each address ends up: the address and whether a page is there."""
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    found: dict[str, tuple[int, str]] = {}

    def answer(path: str) -> tuple[int, str]:
        if path not in found:
            connection.request("GET", path)
            reply = connection.getresponse()
            reply.read()
            found[path] = reply.status, reply.headers.get("Location", "")
        return found[path]

    ends = {}
    for path in paths:
        here = path
        for _ in range(21):
            status, location = answer(here)
            if status not in (301, 302, 303, 307, 308):
                ends[path] = f"{here.rstrip('/')}/ {status}" if status == 200 else str(status)
                break
            there = urlsplit(urljoin(server.url + here, location))
            if there.netloc != parts.netloc:
                ends[path] = there.geturl()
                break
            here = there.path
        else:
            ends[path] = "round"
    connection.close()
    return ends


@pytest.mark.parametrize("host", ["netlify", "cloudflare"])
def test_two_thousand_lines_end_where_they_did_by_the_host_itself(host: str, tmp_path: Path) -> None:
    serve: Callable[[Path], AbstractContextManager[Server]] = netlify if host == "netlify" else wrangler_pages
    text = redirects(1_900, cloudflare=host == "cloudflare")
    built = a_site(tmp_path, host)
    before = tmp_path / "before"
    shutil.copytree(built, before)
    (before / "_redirects").write_text(text)
    (tmp_path / "docs/_redirects").write_text(text)
    said = run("unbroken", "import", "docs/_redirects", "--yes", cwd=tmp_path)
    assert said.returncode in (0, 1), output(said)
    shutil.copy(tmp_path / "docs/_redirects", built / "_redirects")  # as MkDocs does
    run("unbroken", "finish", "site", cwd=tmp_path)
    every = asked(text)
    paths = every[::3] + every[-15:]
    with serve(before) as server:
        old = arrivals(server, paths)
    with serve(built) as server:
        new = arrivals(server, paths)
    named = {line.partition(":")[0] for line in said.stdout.splitlines() if line.startswith("/")}
    differ = {path: (old[path], new[path]) for path in paths if old[path] != new[path]}
    assert differ.keys() <= named, {path: differ[path] for path in sorted(differ.keys() - named)}
    # And most of them are in the map.
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    left = [line for line in (tmp_path / "docs/_redirects").read_text().splitlines() if line.strip()]
    assert len(left) < len(lines) / 2
    assert len(differ) < len(paths) / 50

    check = run("unbroken", "check", "--map", cwd=tmp_path)
    assert "error" not in check.stdout.replace("0 errors", ""), check.stdout
    changed = {f: f.read_bytes() for f in tmp_path.rglob("*") if f.is_file() and ".cache" not in f.parts}
    again = run("unbroken", "import", "docs/_redirects", "--yes", cwd=tmp_path)
    assert "There is nothing to change." in again.stdout
    assert changed == {
        f: f.read_bytes() for f in tmp_path.rglob("*") if f.is_file() and ".cache" not in f.parts
    }
    assert run("unbroken", "move", "--undo", cwd=tmp_path).returncode == 0
    assert (tmp_path / "docs/_redirects").read_text() == text


def test_init_takes_over_what_is_there_proves_it_and_ends_in_a_good_state(tmp_path: Path) -> None:
    a_site(tmp_path, "netlify")
    shutil.rmtree(tmp_path / "site")
    (tmp_path / "mkdocs.yml").write_text("site_name: T\nsite_url: https://example.com/\nplugins: [search]\n")
    (tmp_path / "docs/_redirects").write_text(redirects(1_500, cloudflare=False))
    (tmp_path / "netlify.toml").write_text('[[redirects]]\nfrom = "/oldest"\nto = "/guide/use-1/"\n')
    source = tmp_path / "docs/guide/use-2.md"
    source.write_text(f"---\naliases: [/known-as/]\n---\n{source.read_text()}")
    (tmp_path / "vercel.json").write_text("{")
    said = run("unbroken", "init", "--yes", cwd=tmp_path)
    assert said.returncode == 0, output(said)
    asked_of = [line for line in said.stdout.splitlines() if "asked of the old rules" in line]
    assert len(asked_of) == 3
    for line in asked_of:
        number = line.partition(" ")[0]
        assert f": {number} end at the same place" in line
    assert "vercel.json:1:2: This is not JSON" in said.stdout  # and is no hindrance
    assert "other errors  0" in said.stdout
    ledger = (tmp_path / "published-urls.txt").read_text()
    assert "\n/known-as/\n" in ledger
    assert "\n/oldest/\n" in ledger
    assert ledger.count("/old/") > 1_000
    assert run("mkdocs", "build", "-q", cwd=tmp_path).returncode == 0
    baseline = (tmp_path / "unbroken.baseline").read_bytes()
    assert run("unbroken", "check", cwd=tmp_path).returncode == 0
    (tmp_path / "unbroken.baseline").write_bytes(baseline)  # from which check takes what is mended
    assert run("unbroken", "move", "--undo", cwd=tmp_path).returncode == 0
    assert (tmp_path / "docs/_redirects").read_text() == redirects(1_500, cloudflare=False)


def test_a_large_file_and_one_with_more_wildcards_than_any_host_takes(tmp_path: Path) -> None:
    a_site(tmp_path, "netlify")
    lines = [f"/old/{n} /guide/use-{n % 20}/ 301" for n in range(20_000)]
    lines[1_000:2_500] = [f"/p{n}/:a/x/* /guide/:a" for n in range(1_500)]
    (tmp_path / "docs/_redirects").write_text("\n".join(lines))
    said = run("unbroken", "import", "docs/_redirects", "--dry-run", cwd=tmp_path)
    assert said.returncode == 0, said.stderr
    assert " 18,500  taken over" in said.stdout
    assert "only 1,000 rules with wildcards are looked at" in said.stdout
    wild = "\n".join(f"/:a/x{n} /guide/" for n in range(1_000))
    (tmp_path / "docs/_redirects").write_text(wild + "".join(f"\n/{n} /guide/" for n in range(40_000)))
    said = run("unbroken", "import", "docs/_redirects", "--dry-run", cwd=tmp_path)
    assert said.returncode == 2
    assert "too many to judge" in said.stderr


#: Lines of a `_redirects` for the site below /docs/, and why each is not simply taken over.
JUDGED = {
    "/docs/a/ /docs/guide/": "",
    "/docs/a/  /docs/guide/": "without effect: line 1 answers first, with the same target",
    "/docs/a/ /docs/guide/use-1/": "without effect: line 1 answers first, with another target, /docs/guide/",
    "/b /docs/guide/": "stays: its source is outside /docs/, where this site is",
    "/docs/../../c /docs/guide/": "stays: its source leaves the site",
    "/docs/guide/use-1/ /docs/guide/use-2/": (
        "without effect: /guide/use-1/ is published, so the host never asks this line"
    ),
    "/docs/g/ https://user@host/": "stays: its target https://user@host/ is not a plain http or https URL",
    "/docs/h/ /docs/none/": "stays: it leads to /none/, which is not published",
    "/docs/i/ /docs/i/": "stays: it leads to itself",
    "/docs/j/ /docs/k/": "stays: it leads round in a circle, or to nowhere",
    "/docs/k/ /docs/j/": "stays: it leads round in a circle, or to nowhere",
    "/docs/l/ /docs/guide/use-3/#nope": (
        "/guide/use-3/ has no anchor #nope, so it leads to its top, as before"
    ),
    "/docs/m/ /docs/guide/use-3": "its target lacks the slash of /guide/use-3/",
    "/docs/n /docs/guide/use-4/": "",
    "/docs/N /docs/guide/use-5/": "",
    "/docs/o/ /docs/guide/use-4/?a=b": "",
    "/docs/p/ /docs/o/": "it leads on by line 16, so the map leads straight to the end",
    "/docs/r/* /docs/guide/:splat": "",
    "/docs/s/* /docs/guide/#:splat": ("stays: what is asked for is put behind a #, where no server sees it"),
    "/docs/t/* /docs/none/:splat": "stays: nothing is published below /docs/none/",
    "/docs/u/* /docs/u/:splat": "stays: it leads round in a circle",
    "/docs/v/* /docs/w/:splat": "stays: it leads round in a circle",
    "/docs/w/* /docs/v/:splat": "stays: it leads round in a circle",
    "/docs/x/* /docs/guide/use-6/?q=:splat": "stays: /docs/guide/use-6/ is not published",
    # Where a page is published the host serves it, and this line answers for the rest alone.
    "/docs/guide/* /docs/api/:splat": "stays: it catches /guide/, which is still published",
    "/docs/../u/* /docs/guide/:splat": "stays: its source leaves the site",
    "/docs/y/* /elsewhere/:splat": "stays: it leads out of the site",
    "/docs/z/* https://other.example/:splat": "",
    "/docs/aa/ /docs/guide/ 302 Language=de": "stays: it is for visitors with Language=de alone",
    "/docs/aa/ /docs/guide/use-1/": (
        "stays: line 29 answers some of its visitors first, and ours would come before that"
    ),
    "/docs/bb/ /docs/guide/ 200": "stays: it answers 200, which is not a permanent redirect",
    "/docs/r/* /docs/how-to/:splat": (
        "without effect: line 18 answers first, with another target, /docs/guide/*"
    ),
    "/docs/r/ /docs/guide/": "without effect: line 18 answers first, with the same target",
    "/zz/* /docs/guide/:splat": "stays: its source is outside /docs/",
}


def test_each_line_that_is_not_simply_taken_over_says_why(tmp_path: Path) -> None:
    a_site(tmp_path, "netlify")
    write_config(tmp_path, site_url="https://example.com/docs/", unbroken={"hosts": ["netlify"]})
    (tmp_path / "docs/_redirects").write_text("\n".join(JUDGED))
    said = run("unbroken", "import", "docs/_redirects", "--dry-run", cwd=tmp_path)
    assert said.returncode == 0, output(said)
    start = "docs/_redirects:"
    lines = [line.removeprefix(start) for line in said.stdout.splitlines() if line.startswith(start)]
    assert lines == [f"{n}:1: {why}." for n, why in enumerate(JUDGED.values(), 1) if why]
    # The two that differ in case, the folder that leads to another and all others end where they did.
    assert "77 addresses asked of the old rules and of the new: 77 end at the same place." in said.stdout


@pytest.mark.parametrize(
    "line",
    [
        "/evil https://user@host/ 301",
        "/evil javascript:alert(1) 301",
        "/evil //host/x 301",
        "/evil /\\host 301",
        "/../../etc /guide/ 301",
        "/evil https://host/\u202e 301",
        '/evil" /guide/ 301',
        "/\x1b[31mred /guide/ 301",
        "/evil%0d%0aX: /guide/ 301",
        "/<script> /guide/ 301",
    ],
)
def test_nothing_in_a_file_leads_off_site_or_into_a_terminal(line: str, tmp_path: Path) -> None:
    a_site(tmp_path, "netlify")
    (tmp_path / "docs/_redirects").write_text(line + "\n")
    said = run("unbroken", "import", "docs/_redirects", "--yes", cwd=tmp_path)
    assert "Traceback" not in output(said)
    assert "\x1b" not in output(said)
    assert "\u202e" not in output(said)
    check = run("unbroken", "check", "--map", cwd=tmp_path)
    assert " error " not in check.stdout, check.stdout


def test_a_killed_import_leaves_all_as_it_was_or_is_finished(tmp_path: Path) -> None:
    a_site(tmp_path, "netlify")
    (tmp_path / "docs/_redirects").write_text("/old /guide/use-1/ 301\n")
    mkdocs = (tmp_path / "mkdocs.yml").read_bytes()
    (tmp_path / "published-urls.txt").mkdir()  # a ledger that cannot be written
    said = run("unbroken", "import", "docs/_redirects", "--yes", cwd=tmp_path)
    assert said.returncode == 2
    assert "Traceback" not in output(said)
    assert (tmp_path / "mkdocs.yml").read_bytes() == mkdocs
    assert (tmp_path / "docs/_redirects").read_text() == "/old /guide/use-1/ 301\n"


def _pipe(file: Path) -> None:
    os.mkfifo(file)


def _huge(file: Path) -> None:
    with file.open("wb") as sparse:
        sparse.truncate((64 << 20) + 1)


#: How each comes to be, and what is said of it.
ODD_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "pipe": (_pipe, "is not an ordinary file."),
    "huge": (_huge, "is larger than 64 MB."),
    "missing": (lambda file: None, "No such file or directory."),
    "latin-1": (
        lambda file: file.write_bytes(b"/a /guide/\n/caf\xe9 /guide/\n"),
        ":2: this is not text in UTF-8.",
    ),
    "null": (
        lambda file: file.write_bytes(b"/a /guide/\n\n/b\0 /guide/\n"),
        ":3: this is not text: it has a null",
    ),
    "loop": (lambda file: file.symlink_to(file), "Too many levels of symbolic links"),
}


@pytest.mark.parametrize("odd", ODD_FILES)
def test_a_file_that_is_no_text_is_refused_in_one_sentence(odd: str, tmp_path: Path) -> None:
    write_config(tmp_path, site_url="https://example.com/")
    write_site(tmp_path / "site", PAGES)
    make, why = ODD_FILES[odd]
    make(tmp_path / "_redirects")
    said = run("unbroken", "import", "_redirects", "--dry-run", cwd=tmp_path)
    assert said.returncode == 2, output(said)
    assert why in said.stderr, output(said)
    assert len(said.stderr.splitlines()) <= 4, said.stderr


def test_without_a_terminal_it_wants_to_be_told(tmp_path: Path) -> None:
    a_site(tmp_path, "netlify")
    (tmp_path / "docs/_redirects").write_text("/old /guide/use-1/ 301\n")
    said = run("unbroken", "import", "docs/_redirects", cwd=tmp_path)
    assert said.returncode == 2
    assert "nothing was changed" in said.stderr
    assert not (tmp_path / "published-urls.txt").exists()


NGINX_HTTP = """
map $uri $was {
    default "";
LINES
    "/with space.html" /guide/use-1/;
    /UPPER.html /guide/use-2/;
    ~^/manual/(.*)$ /guide/$1;
}
"""
NGINX_SERVER = r"""
if ($was) { return 301 $was$is_args$args; }
rewrite ^/was$ /guide/use-3/ permanent;
rewrite ^/were/?$ /guide/use-4/ permanent;
rewrite ^/wild/(.*)$ /guide/$1 permanent;
location = /one { return 301 /guide/use-5/; }
location = /two { return 308 https://other.example/two; }
location /archive/ { return 301 https://archive.example$request_uri; }
location ~ ^/list/(.*)$ { return 301 /guide/$1; }
"""
APACHE = r"""
LINES
Redirect 301 /plain.html /guide/use-1/
Redirect permanent /bare.html https://other.example/bare
RedirectMatch 301 ^/manual/(.*)$ /guide/$1
RedirectMatch permanent ^/exactly$ /guide/use-2/
RewriteEngine On
RewriteRule ^was/?$ /guide/use-3/ [R=301,L]
RewriteRule ^old\\.php$ /guide/use-4/ [R=permanent,L]
RewriteRule ^wild/(.*)$ /guide/$1 [R=301,L]
"""
CADDY = """
LINES
redir /one /guide/use-1/ permanent
redir /manual/* /guide/ 301
@several path /a.html /b.html
redir @several /guide/use-2/ 301
redir /archive/* https://archive.example{uri} 301
handle_path /wild/* {
	redir * /guide{uri} permanent
}
"""


@pytest.mark.parametrize("host", ["nginx", "apache", "caddy"])
def test_a_server_answers_as_it_is_read_and_as_before(host: str, tmp_path: Path) -> None:
    built = a_site(tmp_path, host)
    before = tmp_path / "before"
    shutil.copytree(built, before)
    line, name = {
        "nginx": ("    /old/{n}/ {to};", "_unbroken/nginx/http.conf"),
        "apache": ("Redirect 301 /old/{n}/ {to}", ".htaccess"),
        "caddy": ("redir /old/{n}/ {to} 301", "_unbroken/caddy/redirects.caddy"),
    }[host]
    many = "\n".join(line.format(n=n, to=f"/{NAMES[n % len(NAMES)]}/") for n in range(200))
    serve: Callable[[Path], AbstractContextManager[Server]]
    file = before / name
    file.parent.mkdir(parents=True, exist_ok=True)
    if host == "nginx":
        serve = nginx
        http, server = NGINX_HTTP.replace("LINES", many), NGINX_SERVER
        file.write_text(http)
        file.with_name("server.conf").write_text(server)
        old_rules = tmp_path / "nginx.conf"
        old_rules.write_text(f"{http}server {{\n{server}}}\n")
    else:
        serve = apache_htaccess if host == "apache" else caddy
        file.write_text((APACHE if host == "apache" else CADDY).replace("LINES", many))
        old_rules = tmp_path / (".htaccess" if host == "apache" else "Caddyfile")
        shutil.copy(file, old_rules)
    config = configuration.read(tmp_path / "mkdocs.yml")
    pages = Project(config).built()
    plan = takeover.plan(config, [(old_rules, takeover.format_of(old_rules, config))], pages)
    assert [d for source in plan.sources for d in source.differences] == []
    taken = [j.rule for source in plan.sources for j in source.judged if j.fate is Fate.TAKEN]
    assert len(taken) >= 206
    takeover.apply(plan)
    assert run("unbroken", "finish", "site", cwd=tmp_path).returncode == 0
    paths = [rule.path for rule in taken if rule.path]
    folders = [rule.prefix for rule in taken if rule.folder]
    paths += [f"{folder}{rest}" for folder in folders for rest in ("use-1/", "setup-3/", "none/")]
    ends = []
    for site in (before, built):
        # Where Apache's root gives its work away, nobody else can read what pytest keeps.
        with tempfile.TemporaryDirectory() as place:
            Path(place).chmod(0o755)
            with serve(shutil.copytree(site, Path(place) / "site")) as running:
                ends.append(arrivals(running, paths))
    old, new = ends
    assert {path: (old[path], new[path]) for path in paths if old[path] != new[path]} == {}
    assert sum(end.endswith(" 200") or "example" in end for end in new.values()) > 200
