"""The addresses that a sitemap lists, from a file or from a server.

Nothing that a server says is followed but its own addresses: the parts of a sitemap are fetched by http or
https from the host that named them, each up to a size and within a time.
"""

from __future__ import annotations

import re
import stat
import time
import zlib
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from unbroken.model.addresses import Address, parse
from unbroken.model.errors import LeavesSite, Refused

if TYPE_CHECKING:
    import httpx

# Bytes of one sitemap, unpacked: a little more than the protocol allows. Parts, and seconds for each.
_LARGEST, _PARTS, _SECONDS = 64 << 20, 2_000, 60.0
_REDIRECTS = (301, 302, 303, 307, 308)
_ENTRY = re.compile(r"<loc>\s*(?:<!\[CDATA\[)?\s*([^<\]]+)", re.IGNORECASE)


def listed(source: str, site_url: str, tell: Callable[[str], None] = lambda line: None) -> list[Address]:
    """Return the addresses that a sitemap lists, and those of the sitemaps that it names in turn.

    Args:
        source: its URL, or the path of a file.
        site_url: the absolute URL of the site's root; only what is below it counts. Empty takes all.
        tell: told of each part that is passed over.

    Raises:
        Refused: it cannot be read, or lists no address of the site.
    """
    import httpx

    try:
        with httpx.Client(timeout=20, headers={"User-Agent": "unbroken"}) as client:
            found = list(dict.fromkeys(_listed(source, site_url, client, tell)))
    except (OSError, ValueError, httpx.HTTPError, httpx.InvalidURL) as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise Refused(f"{source} cannot be read: {why.rstrip('.')}.") from None
    if not found:
        where = f" below {site_url}" if site_url else ""
        raise Refused(f"{source} lists no address{where}. Name a sitemap of this site.")
    return found


def _listed(
    source: str, site_url: str, client: httpx.Client, tell: Callable[[str], None]
) -> Iterator[Address]:
    if _is_url(source):
        source, data = _fetched(client, source, None)
        origin = _origin(source)
    else:
        data, origin = _read(Path(source)), _origin(site_url)
    waiting, seen = [(source, data)], {source}
    while waiting:
        here, data = waiting.pop()
        text = _unpacked(data).decode("utf-8", "replace")
        places = [unescape(found).strip() for found in _ENTRY.findall(text)]
        if "<sitemapindex" not in text:
            yield from _addresses(places, site_url)
            continue
        for place in places:
            try:
                part = urljoin(here, place) if _is_url(here) else place
            except ValueError:
                part = place
            if part in seen:
                continue
            seen.add(part)
            if len(seen) > _PARTS:
                raise ValueError(f"it has more than {_PARTS:,} parts")
            if not (origin and _is_url(part) and _origin(part) == origin):
                why = f"it is not at {origin}" if origin else "the site has no site_url to tell its host by"
                tell(f"{part!a} is passed over: {why}. If it is of this site, name it itself.")
                continue
            waiting.append((part, _fetched(client, part, origin)[1]))


def _addresses(places: list[str], site_url: str) -> Iterator[Address]:
    base = urlsplit(site_url).path.rstrip("/")
    host = urlsplit(site_url).netloc.lower()
    for place in places:
        try:
            parts = urlsplit(place)
            if (host and parts.netloc.lower() != host) or not f"{parts.path}/".startswith(f"{base}/"):
                continue
            yield parse(parts.path[len(base) :] or "/")
        except (ValueError, LeavesSite):
            continue


def _is_url(place: str) -> bool:
    return place.lower().startswith(("http://", "https://"))


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        return f"{parts.scheme.lower()}://{parts.netloc.lower()}" if parts.netloc else ""
    except ValueError:
        return ""


def _fetched(client: httpx.Client, url: str, origin: str | None) -> tuple[str, bytes]:
    """Return what a server has at a URL, and the URL at which it was in the end.

    Args:
        client: asks for it.
        url: the URL.
        origin: where redirects may lead; None for anywhere by http and https.

    Raises:
        ValueError: the server does not answer with it.
    """
    until = time.monotonic() + _SECONDS
    for _ in range(6):
        with client.stream("GET", url) as answer:
            if answer.status_code in _REDIRECTS:
                url = urljoin(url, answer.headers.get("Location", ""))
                if not _is_url(url) or (origin is not None and _origin(url) != origin):
                    raise ValueError(f"it leads to {url!a}")
                continue
            if answer.status_code != 200:
                raise ValueError(f"{url} answers {answer.status_code}")
            data = b""
            for piece in answer.iter_bytes():
                data += piece
                if len(data) > _LARGEST:
                    raise ValueError(f"{url} is larger than {_LARGEST >> 20} MB")
                if time.monotonic() > until:
                    raise ValueError(f"{url} takes longer than {_SECONDS:.0f} seconds")
            return url, data
    raise ValueError("it leads on and on")


def _read(file: Path) -> bytes:
    mode = file.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # a pipe would be waited for, a device has no end
        raise ValueError("it is no ordinary file")
    with file.open("rb") as stream:
        data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ValueError(f"it is larger than {_LARGEST >> 20} MB")
    return data


def _unpacked(data: bytes) -> bytes:
    """Return a sitemap as text, whether it was packed or not.

    Raises:
        ValueError: it is damaged, or too large.
    """
    if not data.startswith(b"\x1f\x8b"):
        return data
    result = b""
    try:
        while data:
            unpacker = zlib.decompressobj(31)
            result += unpacker.decompress(data, _LARGEST + 1 - len(result))
            if len(result) > _LARGEST or unpacker.unconsumed_tail:
                raise ValueError(f"it unpacks to more than {_LARGEST >> 20} MB")
            if not unpacker.eof:
                raise ValueError("it is cut off or damaged")
            data = unpacker.unused_data
    except zlib.error as error:
        raise ValueError(f"it is cut off or damaged ({error})") from None
    return result
