"""The promise, tested against a running server: every recorded address and every redirect is asked for.

Each address has to answer 200, or 301 or 308 (permanent: RFC 9110 sections 15.4.2 and 15.4.9) and after that
one hop 200, with its anchor on the page that the visitor then sees. Asking and judging are apart:
``Promise.judge`` is a pure function of the answers, and says which are still missing.
"""

from __future__ import annotations

import email.utils
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from unbroken.formats.html import LARGEST, Page, read_page
from unbroken.model.addresses import Address, normal
from unbroken.model.errors import LeavesSite
from unbroken.model.redirects import Published, RedirectMap

#: What a query is recognised by when redirects are asked for.
QUERY = "unbroken=verify"
_PERMANENT = (301, 308)
_REDIRECTS = (301, 302, 303, 307, 308)
_LONGEST = 60.0


class Answer(NamedTuple):
    """What a server said.

    Attributes:
        status: the status code; 0 when there was no answer.
        location: where a redirect leads, as an absolute URL.
        page: what the page says, for HTML.
        error: why there was no answer.
    """

    status: int
    location: str = ""
    page: Page | None = None
    error: str = ""


class Shortfall(NamedTuple):
    """One address that falls short of the promise: a code of ``findings.CODES`` and what is wrong."""

    code: str
    address: Address
    message: str
    remedy: str


@dataclass(slots=True)
class Judgement:
    """What the answers so far come to.

    Attributes:
        shortfalls: what is wrong.
        wanted: the URLs that have to be asked for before all is known.
        good: how many addresses hold.
    """

    shortfalls: list[Shortfall] = field(default_factory=list)
    wanted: set[str] = field(default_factory=set)
    good: int = 0


class Promise:
    """What a server has to answer.

    Args:
        root: the URL of the site on that server, with its final slash.
        addresses: every address to ask for.
        redirects: the map, which says where redirects have to lead.
        site_url: the site's URL where it is published; a ``Location`` there counts as on this server.
        query: whether a redirect that drops the visitor's query falls short.
    """

    def __init__(
        self,
        root: str,
        addresses: Iterable[Address],
        redirects: RedirectMap,
        *,
        site_url: str = "",
        query: bool = False,
    ) -> None:
        self.root = root
        self.addresses = sorted(set(addresses))
        self.redirects = redirects
        self.site_url = site_url
        self.query = query

    def url(self, path: str) -> str:
        """Return the URL that asks for an address path; old addresses get a query, to see if it is kept."""
        asked = self.root + path.lstrip("/")
        return f"{asked}?{QUERY}" if path in self.redirects.pages else asked

    def first(self) -> set[str]:
        """Return the URLs to ask for at first: one for each path."""
        return {self.url(address.path) for address in self.addresses}

    def judge(self, answers: Mapping[str, Answer]) -> Judgement:
        """Judge the answers, and name those that are missing."""
        result = Judgement()
        for address in self.addresses:
            wanted = len(result.wanted)
            found = self._judge(address, answers, result.wanted)
            if found:
                result.shortfalls.append(found)
            elif len(result.wanted) == wanted:
                result.good += 1
        return result

    def here(self, url: str) -> str | None:
        """Return a URL on this server that names the same page, without fragment; None for another site."""
        bare = url.partition("#")[0]
        if self.site_url and bare.startswith(self.site_url):
            return self.root + bare[len(self.site_url) :]
        return bare if bare.startswith(self.root) else None

    def _judge(self, address: Address, answers: Mapping[str, Answer], wanted: set[str]) -> Shortfall | None:
        path, fragment = address[:2]
        asked = self.url(path)
        answer = answers.get(asked)
        if answer is None:
            wanted.add(asked)
            return None
        if self._retired(address):
            return (
                None if answer.status in (404, 410) or fragment else self._wrong(address, answer, "retired")
            )
        url, status, page = asked, answer.status, answer.page
        if status in _REDIRECTS:
            url = answer.location
            if status not in _PERMANENT:
                return Shortfall(
                    "bad-redirect",
                    address,
                    f"{path} answers {status}, which is not permanent.",
                    "Let it answer 301, as the rules that unbroken export prints do.",
                )
            if self.query and "?" in asked and QUERY not in urlsplit(url).query and self.here(url):
                return Shortfall(
                    "query-lost",
                    address,
                    f"The redirect of {path} drops the visitor's query.",
                    "Deploy the rules that unbroken export prints: they keep it on every host that can.",
                )
        elif status == 200 and page and page.to:
            url = self._by_stub(asked, page, fragment)
        elif status != 200:
            return self._wrong(address, answer)
        if url != asked:
            target, _, own = url.partition("#")
            if fault := self._elsewhere(address, url):
                return fault
            there = self.here(target)
            if there is None:
                return None  # the map says in full that it leaves the site
            after = answers.get(there)
            if after is None:
                wanted.add(there)
                return None
            if after.status in _REDIRECTS or (after.page and after.page.to and after.status == 200):
                return Shortfall(
                    "bad-redirect",
                    address,
                    f"{path} needs more than one hop: {_path(there)} leads on.",
                    "Deploy the rules that unbroken export prints: they lead straight to the last place.",
                )
            if after.status != 200:
                return self._wrong(address, after, f"{path} leads to {_path(there)}, which")
            page, fragment = after.page, unquote(own) if own else fragment
            url = there
        if not fragment or page is None or fragment in page.anchors:
            return None
        return self._moved(address, url, fragment, page, answers, wanted)

    def _moved(
        self,
        address: Address,
        url: str,
        fragment: str,
        page: Page,
        answers: Mapping[str, Answer],
        wanted: set[str],
    ) -> Shortfall | None:
        """Follow an anchor that the page itself sends on."""
        asked = _path(url)
        led = "" if asked == _path(self.url(address.path)) else f", where {address} leads"
        missing = Shortfall(
            "no-anchor",
            address,
            f"The server's page {asked} has no #{fragment}{led}.",
            "Run: unbroken check. Redirect the anchor if it says so, else deploy the site again.",
        )
        moved = dict(page.moved).get(fragment)
        if moved is None:
            return missing
        target, _, own = urljoin(url, moved).partition("#")
        there = self.here(target)
        if there is None or not own:
            return None
        after = answers.get(there)
        if after is None:
            wanted.add(there)
            return None
        return None if after.page and unquote(own) in after.page.anchors else missing

    def _by_stub(self, asked: str, page: Page, fragment: str) -> str:
        moved = dict(page.moved).get(fragment) if fragment else None
        base = urljoin(asked, page.base) if page.base else asked
        url = urljoin(base, moved if moved is not None else page.to)
        if fragment and moved is None:
            url = f"{url.partition('#')[0]}#{fragment}"
        return url.replace(f"?{QUERY}", "")

    def _elsewhere(self, address: Address, url: str) -> Shortfall | None:
        """Compare where a redirect leads with what the map says."""
        end = self.redirects.route(Address(address.path), _NOTHING).end
        if address.path not in self.redirects.pages or end is None:
            if self.here(url) is None:
                return Shortfall(
                    "bad-redirect",
                    address,
                    f"{address.path} leads off the site, to {url}.",
                    "Correct the server's rules, or add the redirect to the map.",
                )
            return None
        if isinstance(end, str):
            same = url.partition("#")[0].replace(f"?{QUERY}", "").rstrip("?&") == end.partition("#")[0]
        else:
            there = self.here(url)
            path = there.partition("?")[0][len(self.root) - 1 :] if there else ""
            moved = {
                e.target.path
                for e in self.redirects.anchors.get(address.path, {}).values()
                if isinstance(e.target, Address)
            }
            try:
                # A host that takes ".html" away is led to the page's name without it, by our own rules.
                ends = {end.path, end.path.removesuffix(".html")} | (moved if address.fragment else set())
                same = bool(there) and normal(path) in ends
            except LeavesSite:
                same = False
        if same:
            return None
        return Shortfall(
            "bad-redirect",
            address,
            f"{address.path} leads to {url}, and the map says {end}.",
            "Deploy the site and its rules again.",
        )

    def _retired(self, address: Address) -> bool:
        retired = self.redirects.retired
        if address in retired or Address(address.path) in retired:
            return True
        return any(a.path.endswith("/*") and address.path.startswith(a.path[:-1]) for a in retired)

    def _wrong(self, address: Address, answer: Answer, what: str = "") -> Shortfall:
        if what == "retired":
            message = f"{address} is retired, and answers {answer.status}."
            remedy = "Take the page off the server, so that it answers 404 or 410."
        else:
            said = f"answers {answer.status}" if answer.status else f"does not answer: {answer.error}"
            message, remedy = f"{what or address} {said}.", "Deploy the site and its rules again."
        return Shortfall("no-answer", address, message, remedy)


class _Nothing:
    paths: frozenset[str] = frozenset()

    def anchors(self, path: str) -> None:
        return None


_NOTHING: Published = _Nothing()


def _path(url: str) -> str:
    return urlsplit(url).path or "/"


# Asking.


class Asker:
    """Ask one server, over a bounded number of connections that are kept open.

    Args:
        root: the URL of the site on that server.
        jobs: how many connections.
        rate: the most requests in a second; 0 for no limit.
        retries: how often a request is tried again after 429, 5xx or no answer.
        timeout: how long to wait for a server, in seconds.
    """

    def __init__(
        self, root: str, *, jobs: int = 8, rate: float = 0, retries: int = 3, timeout: float = 20
    ) -> None:
        parts = urlsplit(root)
        self.secure = parts.scheme == "https"
        self.host = parts.hostname or ""
        self.port = parts.port
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.jobs = jobs
        self.retries = retries
        self.timeout = timeout
        self._rest = 1 / rate if rate else 0.0
        self._next = 0.0
        self._lock = threading.Lock()
        self._kept = threading.local()
        self._open: list[http.client.HTTPConnection] = []
        self._stop = threading.Event()

    def ask(self, urls: Iterable[str]) -> Iterator[tuple[str, Answer]]:
        """Yield the answer to each URL, as they come in. All of them have to be on this server.

        Raises:
            ValueError: a URL is on another server.
        """
        todo = iter(urls)
        pool = ThreadPoolExecutor(self.jobs)
        waiting: set[Future[list[tuple[str, Answer]]]] = set()
        try:
            while True:
                while len(waiting) < 2 * self.jobs and (
                    batch := [u for _, u in zip(range(_BATCH), todo, strict=False)]
                ):
                    waiting.add(pool.submit(self._several, batch))
                if not waiting:
                    return
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield from future.result()
        finally:
            self._stop.set()
            pool.shutdown(cancel_futures=True)
            for connection in self._open:
                connection.close()
            self._open.clear()
            self._stop.clear()
            self._kept = threading.local()

    def _several(self, urls: list[str]) -> list[tuple[str, Answer]]:
        return [(url, self._one(url)) for url in urls]

    def _one(self, url: str) -> Answer:
        if not url.startswith(self.origin + "/"):
            raise ValueError(url)
        answer = Answer(0, error="it was stopped")
        for attempt in range(self.retries + 1):
            if self._stop.is_set():
                break
            self._pace()
            answer, pause = self._once(url)
            if answer.status and answer.status != 429 and answer.status < 500:
                break
            if attempt < self.retries:
                self._stop.wait(min(max(pause, _FIRST_PAUSE * 2**attempt), _LONGEST))
        return answer

    def _pace(self) -> None:
        if self._rest:
            with self._lock:
                now = time.monotonic()
                at = self._next = max(self._next + self._rest, now)
            self._stop.wait(at - now)

    def _connection(self) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection | None = getattr(self._kept, "connection", None)
        if connection is None:
            connection = (
                http.client.HTTPSConnection(
                    self.host, self.port, timeout=self.timeout, context=ssl.create_default_context()
                )
                if self.secure
                else http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
            )
            self._kept.connection = connection
            with self._lock:
                self._open.append(connection)
        return connection

    def _once(self, url: str) -> tuple[Answer, float]:
        connection = self._connection()
        fresh = connection.sock is None
        try:
            connection.request("GET", url[len(self.origin) :], headers=_HEADERS)
            response = connection.getresponse()
            body = response.read(LARGEST)
            if not response.isclosed():
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            if not fresh and not isinstance(error, TimeoutError):
                return self._once(url)  # the server closed a connection that was kept open
            return Answer(0, error=_reason(error)), 0.0
        location = response.headers.get("Location")
        if location and response.status in _REDIRECTS:
            # RFC 9110 section 10.2.2: relative to the URL that was asked for.
            return Answer(response.status, urljoin(url, location)), 0.0
        html = "html" in (response.headers.get("Content-Type") or "")
        page = (
            read_page(body)._replace(links=(), files=(), kept=()) if html and response.status == 200 else None
        )
        return Answer(response.status, page=page), _pause(response.headers.get("Retry-After"))


_BATCH = 16
_FIRST_PAUSE = 0.25
_HEADERS = {"User-Agent": "unbroken-verify", "Accept": "*/*"}


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    return str(getattr(error, "strerror", None) or error or type(error).__name__).lower()


def _pause(text: str | None) -> float:
    """Return the seconds that a ``Retry-After`` asks for (RFC 9110 section 10.2.3)."""
    if not text:
        return 0.0
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0


def verify(
    promise: Promise, asker: Asker, watch: Callable[[int, int], None] = lambda asked, known: None
) -> Judgement:
    """Ask for all that a promise needs, and judge it.

    Args:
        promise: what the server has to answer.
        asker: asks it.
        watch: called after each answer with the number of answers, and of URLs known so far.
    """
    answers: dict[str, Answer] = {}
    wanted = promise.first()
    judgement = Judgement(wanted=wanted)
    # A redirect, then its page, then the page that an anchor has moved to.
    while judgement.wanted:
        known = len(answers) + len(judgement.wanted)
        for url, answer in asker.ask(sorted(judgement.wanted)):
            answers[url] = answer
            watch(len(answers), known)
        judgement = promise.judge(answers)
    return judgement
