"""The page for unknown addresses tells where the address that was asked for may have gone."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.commands import must, run
from tests.servers import serve_directory
from tests.servers.nginx import nginx
from tests.servers.process import free_port, running
from tests.unbroken.sites import write_config, write_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.conftest import Record

TITLES = {
    "index.html": "The guide",
    "guide/get-started/index.html": "Get started &amp; go - The guide",
    "guide/websockets/index.html": "WebSockets - The guide",
    "guide/websockets/realtime-api/index.html": "Realtime - The guide",
    "guide/caf\u00e9/index.html": "Caf\u00e9 <b>bold</b> - The guide",
    "names/alpha-1/index.html": "Alpha 1 - The guide",
    "names/alpha-2/index.html": "Alpha 2 - The guide",
    "names/alpha-3/index.html": "Alpha 3 - The guide",
    "names/alpha-4/index.html": "Alpha 4 - The guide",
    "now/one/index.html": "One - The guide",
}
MAP = {
    "old/place.md": "guide/get-started.md",
    "old/away.md": "https://example.com/there?a=b",
    "old/split.md": "guide/websockets.md",
    "old/split.md#part": "guide/websockets/realtime-api.md#deep",
    "old/quoted\"'<b>.md": "guide/get-started.md",
    "guide/get-started.md#gone-heading": "guide/websockets.md",
}
SETTINGS = {"patterns": {"past/*": "now/*"}, "retired": ["old/withdrawn.md"], "hosts": ["nginx"]}
MISSING = "<main><h1>Not here</h1><div data-unbroken-lookup></div><a href='/'>Home</a></main>"
# As strict as it gets: nothing inline, nothing from elsewhere.
STRICT = {"Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'"}


def page(title: str, body: str = "<p>Text</p>") -> str:
    head = f"<!doctype html><html><head><meta charset=utf-8><title>{title}</title></head>"
    return f"{head}<body>{body}</body></html>"


def write(folder: Path, error_page: str = MISSING, **settings: object) -> Path:
    write_config(folder, MAP, site_name="The guide", unbroken=SETTINGS, **settings)
    pages = {name: page(title) for name, title in TITLES.items()}
    pages["guide/websockets/realtime-api/index.html"] = page(
        "Realtime - The guide", '<h2 id="deep">Deep</h2>'
    )
    return write_site(folder / "site", {**pages, "404.html": page("Not here", error_page)})


@pytest.fixture(scope="module", params=["", "/docs"], ids=["at the root", "below /docs"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site on a host without rules, under a strict policy; also where it is one folder of a host."""
    folder = tmp_path_factory.mktemp("lookup")
    site = write(folder, site_url=f"https://example.com{request.param}/")
    must(run("unbroken", "finish", "site", cwd=folder))
    if request.param:
        site.rename(folder / "docs")
        site.mkdir()
        (folder / "docs").rename(site / "docs")
        shutil.copy(site / "docs/404.html", site / "404.html")
    with serve_directory(site, headers=STRICT) as server:
        yield server.url + request.param


def told(page: Page, address: str) -> tuple[str, list[str]]:
    """What the page says, and where its links lead."""
    page.goto(address)
    element = page.locator("[data-unbroken-lookup]")
    expect(element).to_have_role("status")  # it has looked
    links = element.locator("a").evaluate_all("links => links.map(link => link.href)")
    return " ".join(element.inner_text().split()), links


CASES = [
    ("/old/PLACE", "This page moved to Get started & go", "/guide/get-started/"),
    ("/old/place.htm", "This page moved to Get started & go", "/guide/get-started/"),
    ("/old/place/index.php?a=b", "This page moved to Get started & go", "/guide/get-started/"),
    ("/OLD/split/#part", "This page moved to Realtime", "/guide/websockets/realtime-api/#deep"),
    ("/OLD/split/#other", "This page moved to WebSockets", "/guide/websockets/#other"),
    ("/old/AWAY", "This page moved to https://example.com/there?a=b", "https://example.com/there?a=b"),
    ("/old/withdrawn/", "This page was withdrawn.", None),
    ("/old/Withdrawn.html", "This page was withdrawn.", None),
    ("/past/one/", "This page moved to One", "/now/one/"),
    ("/Guide/Get_Started/", "You may be looking for Get started & go", "/guide/get-started/"),
    ("/guide/get-startde/", "You may be looking for Get started & go", "/guide/get-started/"),
    ("/get-started", "You may be looking for Get started & go", "/guide/get-started/"),
    ("/guide/more/get-started/", "You may be looking for Get started & go", "/guide/get-started/"),
    ("/guide/websocket/realtime/", "You may be looking for Realtime", "/guide/websockets/realtime-api/"),
    ("/oldd/plaice/", "You may be looking for Get started & go", "/guide/get-started/"),
    ("/guide/get-startd/#gone-heading", "You may be looking for WebSockets", "/guide/websockets/"),
    ("/guide/CAF%C3%89/", "You may be looking for Café", "/guide/caf%C3%A9/"),
    ("/guide/cafe%CC%81/", "You may be looking for Café", "/guide/caf%C3%A9/"),
    ("/guide/websockets/nothing/at/all/", "You may be looking for WebSockets", "/guide/websockets/"),
]


def test_it_names_the_page(url: str, page: Page, record: Record) -> None:
    for asked, says, leads in CASES:
        text, links = told(page, url + asked)
        assert text.startswith(says), asked
        assert links == ([] if leads is None else [leads if "://" in leads else url + leads]), asked
        if links and links[0].startswith(url):
            answer = page.goto(links[0])
            assert answer is None or answer.ok, asked  # None: only the fragment is new
    assert record.page_errors == []
    assert not [error for error in record.console_errors if "404" not in error]


def test_it_offers_no_more_than_three_pages_the_likeliest_first(url: str, page: Page) -> None:
    text, links = told(page, f"{url}/names/alpha-33/")
    assert links == [f"{url}/names/alpha-{n}/" for n in (3, 1, 2)]
    assert "Alpha 3" in text


HOSTILE = [
    "/quite/another/thing/",
    "/x",
    "/<img src=x onerror=alert(1)>/",
    "/%3Cscript%3Ealert(1)%3C/script%3E",
    "/javascript:alert(1)",
    "//evil.example/x",
    "/past/%2F%2Fevil.example/",
    "/past/..%5C..%5Cevil",
    "/%E0%A4%A/",
    "/" + "long/" * 1000,
    "/__proto__/constructor/",
    "/nothing/#__proto__",
]


def test_an_address_that_is_nobodys_or_hostile_gets_no_answer(url: str, page: Page, record: Record) -> None:
    page.on("dialog", lambda _: pytest.fail("a script ran"))
    for asked in HOSTILE:
        assert told(page, url + asked) == ("", []), asked
        assert page.locator("[data-unbroken-lookup] *").count() == 0, asked
    assert record.page_errors == []


def test_a_title_is_text_and_never_html(url: str, page: Page) -> None:
    text, _ = told(page, f"{url}/guide/cafee/")
    assert "Caf\u00e9 <b>bold</b>" in text
    assert page.locator("[data-unbroken-lookup] b").count() == 0


def test_without_scripts_it_is_a_plain_page(url: str, scriptless_page: Page) -> None:
    answer = scriptless_page.goto(f"{url}/old/PLACE")
    assert answer is not None
    assert answer.status == 404
    expect(scriptless_page.locator("h1")).to_have_text("Not here")
    expect(scriptless_page.get_by_role("link", name="Home")).to_be_visible()


def test_behind_nginx_only_that_page_asks_for_the_file(tmp_path: Path, page: Page, record: Record) -> None:
    site = write(tmp_path)
    must(run("unbroken", "finish", "site", cwd=tmp_path))
    with nginx(site) as server:
        text, links = told(page, f"{server.url}/guide/more/deeper/get-startd/")
        assert text.startswith("You may be looking for Get started & go")
        assert links == [f"{server.url}/guide/get-started/"]
        record.requests.clear()
        page.goto(links[0], wait_until="networkidle")
        assert not [asked for asked in record.requests if "lookup" in asked]


def test_mkdocs_serve_has_it_too(tmp_path: Path, page: Page) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("# Home\n")
    (tmp_path / "docs/guide.md").write_text("# Guide\n")
    (tmp_path / "theme").mkdir()
    (tmp_path / "theme/404.html").write_text(MISSING)
    theme = {"name": "mkdocs", "custom_dir": "theme"}
    write_config(tmp_path, {"old.md": "guide.md"}, theme=theme, site_url="https://example.com/base/")
    port = free_port()
    command = ["mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}"]
    with running(command, cwd=tmp_path, url=f"http://127.0.0.1:{port}/base/") as server:
        text, links = told(page, server.url + "a/b/Guide/")
        assert text == "You may be looking for Guide /base/guide/"
        assert links == [server.url + "guide/"]


def test_the_author_may_say_it_in_another_language(tmp_path: Path, page: Page) -> None:
    words = "data-moved='Umgezogen nach' data-withdrawn='Gibt es nicht mehr.' data-likely='Vielleicht'"
    site = write(tmp_path, f"<div data-unbroken-lookup {words}></div>")
    must(run("unbroken", "finish", "site", cwd=tmp_path))
    with serve_directory(site) as server:
        assert told(page, server.url + "/old/PLACE/")[0].startswith("Umgezogen nach Get started")
        assert told(page, server.url + "/old/withdrawn/")[0] == "Gibt es nicht mehr."
        assert told(page, server.url + "/get-startd/")[0].startswith("Vielleicht Get started")


def test_finishing_again_changes_nothing_and_a_page_without_the_mark_is_left_alone(tmp_path: Path) -> None:
    site = write(tmp_path)
    must(run("unbroken", "finish", "site", cwd=tmp_path))
    before = {file: file.read_bytes() for file in site.rglob("*") if file.is_file()}
    assert "0 files changed" in must(run("unbroken", "finish", "site", cwd=tmp_path)).stdout
    assert before == {file: file.read_bytes() for file in site.rglob("*") if file.is_file()}
    must(run("unbroken", "check", cwd=tmp_path))
    plain = page("Not here", "<p>A data-unbroken-lookup in the text</p>")
    html = (site / "404.html").read_text()
    (site / "404.html").write_text(html.replace(" data-unbroken-lookup", ""))
    must(run("unbroken", "finish", "site", cwd=tmp_path))
    assert "unbroken-lookup" not in (site / "404.html").read_text()
    assert not list(site.rglob("*lookup*"))
    (site / "404.html").write_text(plain)
    must(run("unbroken", "finish", "site", cwd=tmp_path))
    assert (site / "404.html").read_text() == plain


def test_the_ledger_leaves_the_file_out(tmp_path: Path) -> None:
    write(tmp_path)
    must(run("unbroken", "finish", "site", cwd=tmp_path))
    must(run("unbroken", "record", cwd=tmp_path))
    recorded = (tmp_path / "published-urls.txt").read_text().splitlines()
    assert "/guide/get-started/" in recorded
    assert not [line for line in recorded if "lookup" in line or "404" in line]


def test_many_redirects_stay_a_small_file(tmp_path: Path, page: Page) -> None:
    many = {f"archive/section-{n % 100}/old-page-{n}.md": f"guide/page-{n % 100}.md" for n in range(3_000)}
    write_config(tmp_path, many)
    pages = {f"guide/page-{n}/index.html": f"<title>Page {n}</title>" for n in range(100)}
    site = write_site(tmp_path / "site", {**pages, "404.html": f"<title>404</title>{MISSING}"})
    must(run("unbroken", "finish", "site", cwd=tmp_path))
    file = site / "assets/unbroken-lookup.json"
    assert len(json.loads(file.read_text())["moved"]) == 9_000
    assert file.stat().st_size < 60_000
    with serve_directory(site) as server:
        assert told(page, server.url + "/archive/section-7/OLD-page-1007")[1] == [
            f"{server.url}/guide/page-7/"
        ]
        assert (
            told(page, server.url + "/arkive/section-7/old-page-1007/")[1][0] == f"{server.url}/guide/page-7/"
        )
