"""What tests share: this site, built or as a copy to break, a command runner, and a browser."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, expect, sync_playwright

from tests import commands
from tests.commands import must
from tests.locks import locked
from tests.sitecopy import SiteCopy, copy_repository, part_of_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# How long one example takes says more of the machine than of what is tested. Every run tries the same ones,
# so that what fails is due to a change; to look for others: --hypothesis-profile=searching.
settings.register_profile("repeated", deadline=None, derandomize=True)
settings.register_profile("searching", deadline=None, max_examples=1_000)
settings.load_profile("repeated")
# As where .venv is active: messages name commands as they can be typed.
os.environ["PATH"] = commands.environment()["PATH"]

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


SERVERS = {f"tests.servers.{name}" for name in ("apache", "caddy", "cloudflare", "netlify", "nginx")}
#: What a test that needs more than Python packages uses: a browser, or one of tests/servers/.
HOSTS = {"browser", "chromium", "page", "scriptless_page", "plain_browser"}


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker that leaves out what `scripts/setup-hosts` installs: `-m "not hosts"`."""
    config.addinivalue_line("markers", "hosts: needs a browser, or a server that is no Python package")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses a browser or a server."""
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        servers = any(
            getattr(value, "__module__", None) in SERVERS or getattr(value, "__name__", None) in SERVERS
            for value in vars(item.module).values()
        )
        if servers or HOSTS & set(item.fixturenames):
            item.add_marker("hosts")


@pytest.fixture(scope="session")
def run() -> Callable[..., commands.Completed]:
    """`run("unbroken", "check")`: the finished command; see tests/commands.py."""
    return commands.run


@pytest.fixture
def site_copy(tmp_path: Path) -> SiteCopy:
    """This site in a git repository of its own, for the test to break."""
    return copy_repository(tmp_path / "copy", part_of_site)


@pytest.fixture(scope="session")
def shared_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One temporary directory for all the workers of this run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def built_copy(shared_path: Path) -> SiteCopy:
    """A copy of this site with what `mkdocs build --strict` made of it. Not to be changed."""
    place = shared_path / "built"
    with locked(shared_path / "built.lock"):
        if not (done := place / ".git/built").exists():
            shutil.rmtree(place, ignore_errors=True)
            must(copy_repository(place, part_of_site).build())
            done.touch()
    return SiteCopy(place)


@pytest.fixture(scope="session")
def built_site(request: pytest.FixtureRequest) -> Path:
    """The built site: a directory of files. Not to be changed. BUILT_SITE names one that is there already."""
    if there := os.environ.get("BUILT_SITE"):
        return Path(there)
    built: SiteCopy = request.getfixturevalue("built_copy")
    return built.site


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser's executable; CHROMIUM names another one."""
    names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]
    for name in [os.environ.get("CHROMIUM", ""), *names]:
        if name and (found := shutil.which(name)):
            return Path(found)
    raise FileNotFoundError("no Chromium here: scripts/setup-hosts installs it or tells how")


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator[Browser]:
    """A headless Chromium."""
    expect.set_options(timeout=120_000)  # a page may load beside several others, on any machine
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Record:
    """What a page did that nobody sees."""

    console_errors: list[str] = field(default_factory=list)
    page_errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def foreign_requests(self) -> list[str]:
        """Requests that left this machine, and so the site's origin."""
        return [
            url for url in self.requests
            if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).hostname != "127.0.0.1"
        ]  # fmt: skip

    def faults(self) -> list[str]:
        """Everything that must not happen on any page."""
        return [*self.console_errors, *self.page_errors, *self.foreign_requests]

    def watch(self, page: Page) -> None:
        """Write down what happens on a page from now on."""

        def console(message: ConsoleMessage) -> None:
            if message.type == "error":
                self.console_errors.append(f"{message.location.get('url', '')}: {message.text}")

        def error(problem: Error) -> None:
            self.page_errors.append(str(problem))

        def request(sent: Request) -> None:
            self.requests.append(sent.url)

        page.on("console", console)
        page.on("pageerror", error)
        page.on("request", request)
        page.on("websocket", lambda socket: self.requests.append(socket.url))


@pytest.fixture
def record() -> Record:
    """What the test's `page` did: console errors, page errors, requests."""
    return Record()


@pytest.fixture
def page(browser: Browser, record: Record) -> Iterator[Page]:
    """A new page in a browser profile of its own, watched by `record`."""
    with browser.new_context() as context:
        page = context.new_page()
        record.watch(page)
        yield page


@pytest.fixture
def scriptless_page(browser: Browser, record: Record) -> Iterator[Page]:
    """The same for a visitor who runs no scripts."""
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        record.watch(page)
        yield page
