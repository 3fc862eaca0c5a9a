"""Stubs as browsers, search engines and previews of links read them."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from selectolax.lexbor import LexborHTMLParser

from tests.commands import must, run
from tests.unbroken.sites import codes, finished, write_config
from tests.unbroken.sites import page as page_
from unbroken.publish.stubs import SCRIPT, preview
from unbroken.workspace import config as configuration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from playwright.sync_api import Page

HELD = 2.0  # seconds that a slow answer takes
PAGES = {"index.html": page_(), "404.html": page_(), "new/index.html": page_("part", title="New")}


@contextmanager
def slow_server(
    site: Path, *slow: str, moved: Mapping[str, str] | None = None
) -> Iterator[tuple[str, list[str]]]:
    """A server that keeps ``slow`` paths waiting, lets the rest be cached, and notes what it is asked.

    What has ``moved`` answers so the first time: with a redirect that the browser may keep, or an empty page.
    """
    first = dict(moved or {})
    asked: list[str] = []
    again = threading.Event()

    class Handler(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(site))  # type: ignore[arg-type]

        def do_GET(self) -> None:
            asked.append(self.path)
            path = self.path.partition("?")[0]
            if self.path in first:
                there = first.pop(self.path)
                self.send_response(301 if there else 200)
                self.send_header("Location", there)
                self.send_header("Cache-Control", "max-age=86400" if there else "no-store")
                self.send_header("Content-Length", "0")
                SimpleHTTPRequestHandler.end_headers(self)
                return
            if path in slow:
                if asked.count(self.path) > 1 or any(p != self.path and p.startswith(path) for p in asked):
                    again.set()
                again.wait(HELD)  # the fault itself ends the wait
            super().do_GET()

        def end_headers(self) -> None:
            fresh = self.path.startswith("/new/") or bool(moved)
            self.send_header("Cache-Control", "no-store" if fresh else "max-age=600")
            super().end_headers()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # the base class's name
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("slow", [("/new/",), ("/new/", f"/{SCRIPT}")], ids=["target", "target-and-script"])
def test_the_script_wins_over_the_refresh_however_slow_the_target(
    page: Page, tmp_path: Path, slow: tuple[str, ...]
) -> None:
    finished(tmp_path, PAGES, {"old.md": "new.md"})
    with slow_server(tmp_path / "site", *slow) as (url, asked):
        for visit in ("cold", "from the cache"):
            page.goto(f"{url}/")
            page.goto(f"{url}/old/?q=1#part")
            expect(page).to_have_url(f"{url}/new/?q=1#part")
            assert [path for path in asked if path.startswith("/new/")] == ["/new/?q=1"], visit
            cached = f"/{SCRIPT}" not in asked
            assert cached == (visit == "from the cache")
            asked.clear()


def test_the_scripts_own_refresh_stands_before_the_stubs(page: Page, tmp_path: Path) -> None:
    # HTML, "shared declarative refresh steps": the first refresh of a document counts.
    finished(tmp_path, PAGES, {"old.md": "new.md"})
    with slow_server(tmp_path / "site") as (url, _):
        page.route(f"{url}/new/**", lambda route: route.fulfill(status=204))
        page.goto(f"{url}/old/?q=1#part", wait_until="commit")
        first = page.locator("meta[http-equiv=refresh]").first
        expect(first).to_have_attribute("content", f"0; url={url}/new/?q=1#part")


@pytest.mark.parametrize("script", ["missing", "forbidden"])
def test_without_its_script_a_stub_leads_on(page: Page, tmp_path: Path, script: str) -> None:
    finished(tmp_path, PAGES, {"old.md": "new.md"})
    with slow_server(tmp_path / "site") as (url, _):
        if script == "missing":
            page.route(f"{url}/{SCRIPT}", lambda route: route.abort())
        else:
            policy = {"Content-Security-Policy": "script-src 'none'"}
            page.route(
                f"{url}/old/",
                lambda route: route.fulfill(
                    body=(tmp_path / "site/old/index.html").read_text(),
                    headers=policy | {"Content-Type": "text/html"},
                ),
            )
        page.goto(f"{url}/old/")
        expect(page).to_have_url(f"{url}/new/")


TOLD = """<!doctype html><html><head><meta charset="utf-8"><title>New &amp; "better"</title>
<meta name="description" content="What it &lt;b&gt;is&lt;/b&gt;&quot;&gt;&lt;script&gt;">
<meta property="og:title" content="New"><meta property="og:image" content="../card.png">
<meta property="og:url" content="javascript:alert(1)"><meta name="twitter:card" content="summary">
<meta name="robots" content="noindex"><meta http-equiv="refresh" content="9; url=/x/"></head><body></body>"""


def test_a_stub_tells_what_its_target_tells(tmp_path: Path) -> None:
    finished(
        tmp_path,
        {**PAGES, "new/index.html": TOLD},
        {"old.md": "new.md", "b.md": "https://example.com/"},
        site_url="https://docs.example/a/",
    )
    text = (tmp_path / "site/old/index.html").read_text()
    html = LexborHTMLParser(text)
    told = {
        tag.attributes.get("property") or tag.attributes.get("name"): tag.attributes["content"]
        for tag in html.css("meta[name], meta[property]")
    }
    assert (html.css_first("title") or html.root).text() == 'New & "better"'  # type: ignore[union-attr]
    assert told["description"] == 'What it <b>is</b>"><script>'
    assert told["og:title"] == "New"
    assert told["og:image"] == "https://docs.example/a/card.png"
    assert told["twitter:card"] == "summary"
    assert not {"og:url", "robots"} & told.keys()
    assert len(html.css("script")) == 1
    assert "noindex" not in text
    elsewhere = LexborHTMLParser((tmp_path / "site/b/index.html").read_text())
    assert (elsewhere.css_first("title") or elsewhere.root).text() == "This page has moved"  # type: ignore[union-attr]


def test_a_preview_of_anything_is_bounded() -> None:
    many = b"".join(b'<meta property="og:x" content="%s">' % (b"a" * 5000) for _ in range(99))
    told = preview(b"<title>a\n b</title>" + many)
    assert told.title == "a b"
    assert len(told.meta) <= 40
    assert all(len(content) <= 2000 for *_, content in told.meta)
    assert preview(b"\xff\xfe<title") == ("", ())


def test_stubs_stay_out_of_sitemap_search_and_what_language_models_read(tmp_path: Path) -> None:
    write_config(
        tmp_path, {"old/place.md": "new.md"}, site_url="https://docs.example/", theme={"name": "mkdocs"}
    )
    text = (tmp_path / "mkdocs.yml").read_text()
    (tmp_path / "mkdocs.yml").write_text(text.replace("plugins:\n", "plugins:\n  search: {}\n"))
    (tmp_path / "docs").mkdir()
    for name in ("index.md", "new.md"):
        (tmp_path / "docs" / name).write_text("# A page\n\nText.\n")
    must(run("mkdocs", "build", "--strict", cwd=tmp_path))
    site = tmp_path / "site"
    assert (site / "old/place/index.html").exists()
    for name in ("sitemap.xml", "search/search_index.json"):
        assert "new/" in (site / name).read_text()
        assert "old/place" not in (site / name).read_text()


def test_a_page_that_moved_back_opens_for_who_kept_its_redirect(page: Page, tmp_path: Path) -> None:
    """The browser has kept a 301 from the page to its other address, which leads back now."""
    lines = {"new.md": "old.md"}
    write_config(tmp_path, lines, unbroken={"hosts": ["nginx"]})
    must(run("git", "init", "-q", cwd=tmp_path))
    must(run("git", "add", ".", cwd=tmp_path))
    must(run("git", "commit", "-qm", "Move", cwd=tmp_path))
    outcome = finished(tmp_path, PAGES, {"old.md": "new.md"}, unbroken={"hosts": ["nginx"]})
    assert codes(outcome.findings) == ["moved-back"]
    assert "for a day" in outcome.findings[0].message
    assert [answer.rule for answer in outcome.plan.answers] == [False]
    with slow_server(tmp_path / "site", moved={"/new/": "/old/", "/old/": ""}) as (url, asked):
        page.goto(f"{url}/new/")
        assert asked == ["/new/", "/old/"]
        for start in ("/new/", "/old/?q=1#part", "/new/"):
            page.goto(url + start)
            expect(page).to_have_url(url + start.replace("/old/", "/new/"))


@pytest.mark.parametrize(
    ("before", "hosts", "max_age", "said"),
    [
        ("{a.md: b.md, c.md: d.md}", ["nginx"], 86_400, "for a day"),
        ("\n        a.md: b.md # why", ["nginx", "apache"], 7_200, "for 2 hours"),
        ('{"a.md": "b.md"}', ["nginx"], 0, "for no time at all"),
        ("{a.md: b.md}", ["nginx", "netlify"], 86_400, "until they empty their cache"),
        ("{a.md: x.md}", ["nginx"], 86_400, ""),
        ("{a.md: b.md}", ["github"], 86_400, ""),
        ("[broken", ["nginx"], 86_400, ""),
    ],
)
def test_git_knows_what_browsers_keep(
    tmp_path: Path, before: str, hosts: list[str], max_age: int, said: str
) -> None:
    (tmp_path / "mkdocs.yml").write_text(f"x: !ENV Y\nplugins:\n  redirects:\n    redirect_maps: {before}\n")
    must(run("git", "init", "-q", cwd=tmp_path))
    must(run("git", "add", ".", cwd=tmp_path))
    must(run("git", "commit", "-qm", "Before", cwd=tmp_path))
    outcome = finished(
        tmp_path,
        {"a/index.html": page_(), "index.html": page_()},
        {"b.md": "a.md"},
        unbroken={"hosts": hosts, "max_age": max_age},
    )
    told = [f.message for f in outcome.findings if f.code == "moved-back"]
    assert [said in message for message in told] == ([True] if said else [])


@pytest.mark.parametrize("value", ["-1", "a day", "1.5", "31536001", "[1]", "true", "010"])
def test_what_is_no_age(tmp_path: Path, value: str) -> None:
    write_config(tmp_path, {}, unbroken={"max_age": 777})
    file = tmp_path / "mkdocs.yml"
    file.write_text(file.read_text().replace("777", value))
    config = configuration.read(file)
    assert [f.code for f in config.findings] == ["wrong-type"]
    assert config.max_age == 86_400
