"""`unbroken resolve`: an address hop by hop, on each host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands import output, run
from tests.unbroken.sites import finished, page, write_config

if TYPE_CHECKING:
    from pathlib import Path

MAP = {
    "old.md": "new.md",
    "older.md": "old.md#gone",
    "new.md#gone": "other.md#part",
    "away.md": "https://example.com/x",
    "lost.md": "nowhere.md",
    "round.md": "round-again.md",
    "round-again.md": "round.md",
    "split.md": "new.md",
    "split.md#part": "other.md",
    "old.pdf": "new.md",
}
PAGES = {"index.html": page(), "new/index.html": page("part"), "other/index.html": page("part")}

CASES = {
    "/old/": """
/old/
  -> /new/  (redirect; mkdocs.yml:5:7: old.md: new.md)
  /new/ is published.
  nginx       301 /new/
  cloudflare  301 /new/
  github      200, a stub that leads to /new/
""",
    "https://example.org/docs/old?q=1#part": """
/old/#part
  -> /new/#part  (redirect; mkdocs.yml:5:7: old.md: new.md)
  /new/#part is published.
  nginx       301 /docs/new/, the browser keeps #part
  cloudflare  301 /docs/new/, the browser keeps #part
  github      200, a stub that leads to /docs/new/#part
""",
    "/older/": """
/older/
  -> /old/#gone  (redirect; mkdocs.yml:6:7: older.md: old.md#gone)
  -> /new/#gone  (redirect; mkdocs.yml:5:7: old.md: new.md)
  -> /other/#part  (in the browser; mkdocs.yml:7:7: new.md#gone: other.md#part)
  /other/#part is published.
  nginx       301 /other/#part
  cloudflare  301 /other/#part
  github      200, a stub that leads to /other/#part
""",
    "/new/#gone": """
/new/#gone
  -> /other/#part  (in the browser; mkdocs.yml:7:7: new.md#gone: other.md#part)
  /other/#part is published.
  nginx       200, then in the browser to /other/#part
  cloudflare  200, then in the browser to /other/#part
  github      200, then in the browser to /other/#part
""",
    "/away/": """
/away/
  -> https://example.com/x  (redirect; mkdocs.yml:8:7: away.md: https://example.com/x)
  https://example.com/x is outside the site, as the map says in full.
  nginx       301 https://example.com/x
  cloudflare  301 https://example.com/x
  github      200, a stub that leads to https://example.com/x
""",
    "/split/#part": """
/split/#part
  -> /other/  (in the browser; mkdocs.yml:13:7: split.md#part: other.md)
  /other/ is published.
  nginx       200, a stub that leads to /other/
  cloudflare  200, a stub that leads to /other/
  github      200, a stub that leads to /other/
""",
    "/gone/": """
/gone/
  withdrawn on purpose  (mkdocs.yml:21:7: gone.md)
  nginx       410
  cloudflare  404
  github      404
""",
    "/old.pdf": """
/old.pdf
  -> /new/  (redirect; mkdocs.yml:14:7: old.pdf: new.md)
  /new/ is published.
  nginx       301 /new/
  cloudflare  301 /new/
  github      404
""",
    "/new/#nothing": """
/new/#nothing
  /new/ is published, but has no anchor #nothing.
  nginx       200
  cloudflare  200
  github      200
""",
}


@pytest.mark.parametrize("address", CASES)
def test_the_way_of_an_address(tmp_path: Path, address: str) -> None:
    base = "https://example.org/docs/" if "docs" in address else ""
    settings = {"site_url": base} if base else {}
    options = {"hosts": ["nginx", "cloudflare", "github"], "retired": ["gone.md"]}
    finished(tmp_path, PAGES, MAP, unbroken=options, **settings)
    done = run("unbroken", "resolve", address, cwd=tmp_path)
    # The site_url is one more line above the map.
    shown = done.stdout
    wanted = CASES[address]
    if base:
        wanted = wanted.replace("mkdocs.yml:5:", "mkdocs.yml:6:")
    assert shown == wanted.lstrip("\n")
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("https://example.org/docs/new/", True),
        ("https://example.org/docs", True),
        ("https://example.org/docsets/new/", False),
        ("https://example.org/new/", False),
        ("https://example.org:8443/docs/new/", False),
        ("https://else.example/docs/new/", False),
    ],
)
def test_a_url_outside_the_site_is_none_of_its_addresses(tmp_path: Path, address: str, inside: bool) -> None:
    finished(tmp_path, PAGES, MAP, site_url="https://example.org/docs/")
    done = run("unbroken", "resolve", address, cwd=tmp_path)
    said = f"unbroken: {address} is outside the site, https://example.org/docs/. To ask "
    assert (done.returncode, done.stderr.startswith(said)) == ((0, False) if inside else (2, True))


def test_a_host_that_shows_the_stub_of_another_says_so(tmp_path: Path) -> None:
    finished(tmp_path, PAGES, {"old.md": "new.md"}, unbroken={"hosts": ["gitlab", "github"]})
    by_stub = "200, a stub that leads to /new/"
    shown = run("unbroken", "resolve", "/old/", cwd=tmp_path).stdout
    assert shown.endswith(f"  gitlab  {by_stub}\n  github  {by_stub}\n")
    assert (tmp_path / "site/old/index.html").exists()


def test_an_address_that_nobody_knows_gets_the_nearest(tmp_path: Path) -> None:
    finished(tmp_path, PAGES, MAP)
    done = run("unbroken", "resolve", "/odl/", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith("/odl/\n  is neither published nor redirected.\n  Nearest:\n    /old/\n")


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/round/", "/round/ goes round in a circle."),
        ("/lost/", "/nowhere/ is not published."),
        ("/../x/", "/../x/ leaves the site."),
    ],
)
def test_what_leads_nowhere_is_said(tmp_path: Path, address: str, says: str) -> None:
    finished(tmp_path, PAGES, MAP)
    done = run("unbroken", "resolve", address, cwd=tmp_path)
    assert done.returncode == 1
    assert says in done.stdout


def test_without_a_built_site_the_sources_are_asked(tmp_path: Path) -> None:
    write_config(tmp_path, {"old.md": "new.md"})
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/new.md").write_text("# New\n")
    done = run("unbroken", "resolve", "/old/", cwd=tmp_path)
    assert "/new/ is published.\n  any host, by stub  200, a stub that leads to /new/" in done.stdout


def test_export_prints_one_hosts_rules_or_writes_them(tmp_path: Path) -> None:
    finished(tmp_path, PAGES, {"old.md": "new.md"})
    printed = run("unbroken", "export", "cloudflare", cwd=tmp_path)
    assert "/old/ /new/ 301\n" in printed.stdout
    written = run("unbroken", "export", "cloudflare", "-o", "out/_redirects", cwd=tmp_path)
    assert (written.returncode, written.stdout) == (0, "")
    assert (tmp_path / "out/_redirects").read_text() == printed.stdout
    several = run("unbroken", "export", "nginx", "-o", "conf", cwd=tmp_path)
    assert several.returncode == 0
    assert len(list((tmp_path / "conf").iterdir())) > 1
    assert "has no rules" in run("unbroken", "export", "github", cwd=tmp_path).stderr
    unknown = run("unbroken", "export", "nowhere", cwd=tmp_path)
    assert unknown.returncode == 2
    assert "Traceback" not in output(unknown)
