"""Ask one server for many addresses, whatever it answers, and however slowly.

Every address has its deadline, and all of them have one together. A body is taken in up to a size, and
unpacked up to the same. An answer that is cut short, or that no browser could read, is no answer.
"""

from __future__ import annotations

import asyncio
import email.utils
import importlib.util
import os
import re
import socket
import ssl
import sys
import time
import zlib
from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import httpx

from unbroken.formats.html import Page, read_page

# httpcore looks for this package at each step of each request; looking in vain takes as long as the rest.
if importlib.util.find_spec("sniffio") is None:
    sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

#: The statuses of redirects.
REDIRECTS = (301, 302, 303, 307, 308)
# Bytes of the largest page, unpacked; of what else is read, so that a connection stays open.
_LARGEST, _DRAINED = 8 << 20, 64 << 10
# Seconds: the first pause before a request is tried again, and the longest, in which all pauses have to fit.
_FIRST_PAUSE, _LONGEST = 0.25, 60.0
_HEADERS = {"User-Agent": "unbroken-verify", "Accept": "*/*", "Accept-Encoding": "gzip"}


class Answer(NamedTuple):
    """What a server said.

    Attributes:
        status: the status code; 0 when there was no answer.
        location: where a redirect leads, as an absolute URL; empty when it cannot be read.
        page: what the page says, for HTML.
        error: why there was no answer.
    """

    status: int
    location: str = ""
    page: Page | None = None
    error: str = ""


class _Odd(Exception):
    """An answer that cannot be taken in; the message says why."""


class Asker:
    """Ask one server, over a bounded number of connections that are kept open.

    Args:
        root: the URL of the site on that server.
        jobs: how many connections.
        rate: the most requests in a second; 0 for no limit.
        retries: how often a request is tried again after 429, 5xx or no answer.
        timeout: how long one answer may take from beginning to end, in seconds.
        deadline: how long all of them may take, in seconds.
        headers: sent with each request, and nowhere else.
    """

    def __init__(
        self,
        root: str,
        *,
        jobs: int = 8,
        rate: float = 0,
        retries: int = 3,
        timeout: float = 20,
        deadline: float = 3600,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        parts = urlsplit(root)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.jobs = jobs
        self.retries = retries
        self.timeout = timeout
        self.headers = httpx.Headers({**_HEADERS, **(headers or {})}, encoding="utf-8")
        self._rest = 1 / rate if rate else 0.0
        self._next = 0.0
        self._until = time.monotonic() + deadline

    def ask(self, urls: Iterable[str], watch: Callable[[], None] = lambda: None) -> dict[str, Answer]:
        """Return the answer to each URL. All of them have to be on this server.

        Args:
            urls: what to ask for.
            watch: called after each answer.

        Raises:
            ValueError: a URL is on another server.
        """
        todo = list(urls)
        if other := next((url for url in todo if not url.startswith(self.origin + "/")), None):
            raise ValueError(other)
        answers = dict.fromkeys(todo, Answer(0, error="it was not asked in time"))
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            self._run(todo, answers, watch)
        else:  # a program with a loop of its own: one thread cannot have two
            with ThreadPoolExecutor(1) as pool:
                pool.submit(self._run, todo, answers, watch).result()
        return answers

    def _run(self, todo: list[str], answers: dict[str, Answer], watch: Callable[[], None]) -> None:
        loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(self._all(iter(todo), answers, watch))
        finally:
            for task in asyncio.all_tasks(loop):
                task.cancel()
            # Not waited for: a name that is being looked up ends when it likes.
            loop.run_until_complete(asyncio.sleep(0))
            loop.close()

    async def _all(self, urls: Iterator[str], answers: dict[str, Answer], watch: Callable[[], None]) -> None:
        context = ssl.create_default_context() if self.origin.startswith("https:") else None
        limits = httpx.Limits(max_connections=self.jobs, max_keepalive_connections=self.jobs)
        transport = httpx.AsyncHTTPTransport(verify=context or False, limits=limits)

        async def some() -> None:
            for url in urls:
                answers[url] = await self._one(transport, url)
                watch()

        workers = [asyncio.ensure_future(some()) for _ in range(self.jobs)]
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + self._until - time.monotonic()):
                await asyncio.gather(*workers)
        except TimeoutError:
            pass
        finally:
            for worker in workers:
                worker.cancel()
            await transport.aclose()

    async def _one(self, transport: httpx.AsyncHTTPTransport, url: str) -> Answer:
        answer, left = Answer(0, error="it was not asked"), _LONGEST
        for attempt in range(self.retries + 1):
            await self._pace()
            pause = 0.0
            try:
                async with asyncio.timeout(self.timeout):
                    answer, pause = await self._once(transport, url)
            except TimeoutError:
                answer = Answer(0, error="it took too long")
            except (
                OSError,
                _Odd,
                httpx.HTTPError,
                httpx.InvalidURL,
            ) as error:
                answer = Answer(0, error=_reason(error))
            if answer.status and answer.status != 429 and answer.status < 500:
                break
            if attempt < self.retries and left > 0:
                pause = min(max(pause, _FIRST_PAUSE * 2**attempt), left)
                left -= pause
                await asyncio.sleep(pause)
        return answer

    async def _pace(self) -> None:
        if self._rest:
            now = time.monotonic()
            at = self._next = max(self._next + self._rest, now)
            await asyncio.sleep(at - now)

    async def _once(self, transport: httpx.AsyncHTTPTransport, url: str) -> tuple[Answer, float]:
        request = httpx.Request("GET", url, headers=self.headers)
        response = await transport.handle_async_request(request)
        try:
            status, headers = response.status_code, response.headers
            assert isinstance(response.stream, AsyncIterable)
            if status == 200 and "html" in headers.get("Content-Type", ""):
                body = await _body(response.stream, headers.get("Content-Encoding", ""))
                return Answer(status, page=read_page(body)._replace(links=(), files=(), kept=())), 0.0
            size = 0
            async for piece in response.stream:
                size += len(piece)
                if size > _DRAINED:
                    break
            if status in REDIRECTS:
                return Answer(status, _location(url, headers.get("Location", ""))), 0.0
            return Answer(status), _pause(headers.get("Retry-After"))
        finally:
            await response.aclose()


async def _body(stream: AsyncIterable[bytes], coding: str) -> bytes:
    """Return a page as it is without its coding.

    Raises:
        _Odd: it is too large, damaged, or in a coding that was not asked for.
    """
    coding = coding.strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise _Odd(f"it is coded as {coding[:20]!a}, which was not asked for")
    unpacker = zlib.decompressobj(47) if coding not in ("", "identity") else None
    pieces, size = [], 0
    async for piece in stream:
        if unpacker:
            try:
                piece = unpacker.decompress(piece, _LARGEST + 1 - size)
            except zlib.error:
                raise _Odd("its page is damaged") from None
        size += len(piece)
        if size > _LARGEST or (unpacker and unpacker.unconsumed_tail):
            raise _Odd(f"its page is larger than {_LARGEST >> 20} MB")
        pieces.append(piece)
    if unpacker and size and not unpacker.eof:
        raise _Odd("its page is cut short")
    return b"".join(pieces)


def _location(url: str, written: str) -> str:
    """Return where a redirect leads, relative to the URL that was asked for (RFC 9110 section 10.2.2)."""
    try:
        target = urljoin(url, written) if written else ""
        urlsplit(target).port  # noqa: B018  raises ValueError for what is no port
    except ValueError:
        return ""
    return target


def _reason(error: BaseException) -> str:
    """Return why there is no answer, in words."""
    causes: list[BaseException] = [error]
    for each in causes:
        inner = [each.__cause__, each.__context__, *getattr(each, "exceptions", ())]
        causes += [cause for cause in inner if cause is not None and cause not in causes]
    if any(isinstance(each, (TimeoutError, httpx.TimeoutException)) for each in causes):
        return "it took too long"
    if any(isinstance(each, socket.gaierror) for each in causes):
        return "its name is not known"
    if refused := next((each for each in causes if isinstance(each, ssl.SSLError)), None):
        if isinstance(refused, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {refused.verify_message}"
        return f"it speaks no TLS: {(refused.reason or str(refused)).replace('_', ' ').lower()}"
    if isinstance(error, httpx.RemoteProtocolError):
        said = str(error)
        if "without sending" in said or "disconnected" in said:
            return "it closed the connection without an answer"
        return "its answer is cut short" if "incomplete" in said or "closed" in said else "it speaks no HTTP"
    number = next((each.errno for each in causes if isinstance(each, OSError) and each.errno), 0)
    return (os.strerror(number) if number > 0 else str(error) or type(error).__name__).lower()


def _pause(text: str | None) -> float:
    """Return the seconds that a ``Retry-After`` asks for (RFC 9110 section 10.2.3)."""
    text = (text or "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return 0.0
