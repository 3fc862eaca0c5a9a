"""The strict policy and the other headers: said once, sent by each host, and every page works under them."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from scripts.bench.weight import served
from tests import built
from tests.commands import must, output, run
from tests.servers import serve_directory, wrangler_pages, wrangler_workers
from tests.site.test_browser import SECTION
from tests.site.test_facts import REDIRECTS
from tests.site.test_weight import here_is_the_sitemap, own_pages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.conftest import Record
    from tests.sitecopy import SiteCopy

# One worker for this module, so that each runtime starts once.
pytestmark = pytest.mark.xdist_group("cloudflare")

VIOLATIONS = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) => {
  window.violations.push([event.violatedDirective, event.blockedURI, event.sourceFile].join(" "));
});
"""
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
YEAR = "public, max-age=31536000, immutable"
REVALIDATED = "public, max-age=0, must-revalidate"


@contextmanager
def meta(site: Path, place: Path) -> Iterator[str]:
    """A copy of a site for hosts that send no headers."""
    copy = place / "meta"
    shutil.copytree(site, copy)
    must(run("python", "-m", "scripts.headers", "meta", copy))
    with serve_directory(copy) as server:
        yield server.url


@pytest.fixture(scope="module", params=["workers", "pages", "nginx", "meta"])
def host(
    request: pytest.FixtureRequest, built_site: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """A host's name, and where it serves the built site."""
    if request.param == "meta":
        with meta(built_site, tmp_path_factory.mktemp("meta")) as url:
            yield request.param, url
    else:
        start = {"workers": wrangler_workers, "pages": wrangler_pages, "nginx": served}[request.param]
        with start(built_site) as server:
            yield request.param, server.url


@pytest.fixture
def strict_page(page: Page) -> Page:
    """A page that writes down what the policy forbids."""
    page.add_init_script(VIOLATIONS)
    return page


def violations(page: Page) -> list[str]:
    """What the policy forbade on this page since it was loaded."""
    found: list[str] = page.evaluate("window.violations")
    return found


def directives(policy: str) -> dict[str, str]:
    """A policy's sources by directive."""
    return dict(part.strip().partition(" ")[::2] for part in policy.split(";"))


def test_every_page_is_at_peace_with_the_policy(
    host: tuple[str, str], built_site: Path, strict_page: Page, record: Record
) -> None:
    # Each page light and dark at one host; where the same headers are sent another way, some pages.
    all_pages = host[0] == "workers"
    for scheme in ("light", "dark") if all_pages else ("light",):
        strict_page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for address in own_pages(built_site) if all_pages else ["/", "/404.html", *SECTION]:
            strict_page.goto(host[1] + address, wait_until="load")
            assert violations(strict_page) == [], address
            body = strict_page.locator("body")
            expect(body).to_have_attribute("data-md-color-scheme", "slate" if scheme == "dark" else "default")
    assert [fault for fault in record.faults() if "404 (" not in fault] == []


def test_what_a_page_can_do_it_does_under_the_policy(
    host: tuple[str, str], built_site: Path, strict_page: Page, record: Record
) -> None:
    page = strict_page
    here_is_the_sitemap(page, host[1], built_site)
    page.goto(host[1] + SECTION[2], wait_until="networkidle")
    tabs = page.locator("article .tabbed-set").first
    tabs.get_by_text("Browser", exact=True).click()
    expect(tabs.locator("pre").filter(has_text="addEventListener").first).to_be_visible()
    tabs.locator("pre:visible").first.hover()
    tabs.locator(".md-code__button:visible").first.click()
    expect(page.locator(".md-dialog")).to_contain_text("Copied to clipboard")
    diagram = page.locator("article figure svg").first
    expect(diagram).to_be_visible()
    paper = diagram.locator(".box, .main").first.evaluate("box => getComputedStyle(box).fill")
    assert paper not in ("rgb(0, 0, 0)", "none")
    page.locator("header label[for^=__palette]:visible").click()
    page.evaluate("window.stayed = true")
    page.locator("nav.md-nav--primary").get_by_role("link", name="Realtime API").first.click()
    expect(page.locator("article h1")).to_contain_text("Realtime WebSockets API")
    assert page.evaluate("window.stayed")
    assert violations(page) == []
    page.goto(f"{host[1]}/?q=realtime")
    expect(page.locator(f".md-search-result__link[href*='{SECTION[1]}']").first).to_be_visible()
    assert violations(page) == []
    assert record.faults() == []


@pytest.mark.parametrize("fixture", ["page", "scriptless_page"])
def test_a_stub_leads_on_under_the_policy(
    host: tuple[str, str], request: pytest.FixtureRequest, fixture: str, record: Record
) -> None:
    old, new = next((old, new) for old, new in REDIRECTS.items() if new.startswith("/"))
    page: Page = request.getfixturevalue(fixture)
    page.goto(host[1] + old + "?a=1", wait_until="commit")
    page.wait_for_url(re.compile(rf"{re.escape(host[1] + new)}(\?a=1)?$"))
    expect(page.locator("article h1")).to_be_visible()
    assert record.faults() == []


def test_the_policy_is_strict_and_no_page_has_an_inline_script_or_style(built_site: Path) -> None:
    headers = (built_site / "_headers").read_text(encoding="utf-8")
    (policy,) = re.findall(r"Content-Security-Policy: (.*)", headers)
    assert directives(policy) == POLICY
    for address in own_pages(built_site):
        page = built.document(built_site, address)
        for script in page.css("script"):
            assert "src" in script.attributes or "json" in (script.attributes.get("type") or ""), address
        assert page.css("style, [style], [onclick], [onload], [href^='javascript:']") == [], address
    for old in built.stubs(built_site):
        page = built.document(built_site, old)
        assert all("src" in script.attributes for script in page.css("script"))
        assert page.css("style, [style]") == []


def test_each_host_sends_the_same_headers(host: tuple[str, str], built_site: Path) -> None:
    name, url = host
    if name == "meta":
        page = httpx.get(url).text
        (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
        assert directives(policy) == {key: POLICY[key] for key in POLICY if key != "frame-ancestors"}
        assert page.index(policy) < page.index("<script")
        return
    hashed = ("site.*", "first.*", "javascripts/bundle.*.js", "javascripts/workers/*.js")
    fingerprinted = [
        f"/{file.relative_to(built_site).as_posix()}"
        for pattern in hashed
        for file in built_site.glob(f"assets/{pattern}")
    ]
    assert len(fingerprinted) == 4
    lifetimes = dict.fromkeys(fingerprinted, YEAR) | {
        "/": REVALIDATED,
        SECTION[1]: REVALIDATED,
        "/assets/unbroken.js": "public, max-age=600",
        "/assets/favicon.svg": "public, max-age=3600",
        "/search/search_index.json": "public, max-age=600",
        "/sitemap.xml": REVALIDATED,
    }
    for address, lifetime in lifetimes.items():
        answer = httpx.get(url + address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == lifetime, address
        assert directives(answer.headers["content-security-policy"]) == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
        assert answer.headers["permissions-policy"].startswith("camera=()")
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert "content-disposition" not in answer.headers
    example = httpx.get(f"{url}{SECTION[0]}examples/ask.html", follow_redirects=True)
    assert example.headers["content-disposition"] == "attachment"


def test_a_page_that_is_not_there_keeps_the_policy_and_is_not_kept(host: tuple[str, str]) -> None:
    name, url = host
    answer = httpx.get(f"{url}/nothing/here/")
    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("cache-control", "")
    if name != "meta":
        assert directives(answer.headers["content-security-policy"]) == POLICY


@pytest.mark.parametrize("builder", ["properdocs", "zensical"])
def test_the_sites_of_other_builders_work_under_their_policy(
    site_copy: SiteCopy, browser: Browser, record: Record, builder: str
) -> None:
    """Zensical's search writes its own style sheet: its hash is in that site's policy."""
    must(site_copy.run(builder, "build", "--strict"))
    must(site_copy.run("unbroken", "finish", "site"))
    must(site_copy.run("python", "-m", "scripts.slim", "site"))
    with served(site_copy.site) as server:
        page = browser.new_page()
        record.watch(page)
        page.add_init_script(VIOLATIONS)
        for address in ["/404.html", "/", *SECTION]:
            page.goto(server.url + address, wait_until="networkidle")
            assert violations(page) == [], address
        asked = [url for url in record.requests if re.search(r"search[^/]*\.js", url)]
        assert asked == []
        with page.expect_request(re.compile(r"/workers/search\.")):
            page.keyboard.press("/" if builder == "properdocs" else "Control+k")
            page.keyboard.type("realtime")
        expect(page.locator(f"a[href*='{SECTION[1]}']").filter(visible=True).first).to_be_visible()
        expect(page.get_by_text("realtime", exact=False).filter(visible=True).first).to_be_visible()
        assert violations(page) == []
        page.close()
    assert record.faults() == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("assets/*\n  A: b\n", "1:1: a path begins with a slash"),
        ("/*\n  no header\n", "2:1: below a path stands a header"),
        ("  A: b\n", "1:1: below a path stands a header"),
        ('/*\n  A: "b"\n', "2:1: write the value without quotes"),
        ("/*\n  A: $host\n", "2:1: write the value without quotes"),
    ],
)
def test_a_faulty_file_is_refused_with_its_line(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "_headers").write_text(text, encoding="utf-8")
    done = run("python", "-m", "scripts.headers", "nginx", tmp_path)
    assert done.returncode == 1
    assert f"_headers:{fault}" in output(done)
    assert "Traceback" not in output(done)
    assert run("python", "-m", "scripts.headers", "nginx", tmp_path / "none").returncode == 2
