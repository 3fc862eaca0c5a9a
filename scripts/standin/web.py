"""As much of HTTP/1.1 and WebSockets (RFC 6455) as the stand-in needs, with the standard library alone."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

#: The most that a head, a body or a message may have, in bytes.
HEAD, BODY = 64 * 1024, 4 * 1024 * 1024
#: How long to wait for the other side's goodbye, in seconds.
GOODBYE = 5.0
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class Gone(Exception):
    """The connection has ended, or has to."""


class Malformed(Exception):
    """A request that is not HTTP, or more than is taken; with the status to answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Request:
    """A request; the names of its headers are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def offers(self) -> list[str]:
        """The subprotocols that a client offers."""
        offered = self.headers.get("sec-websocket-protocol", "")
        return [name.strip() for name in offered.split(",") if name.strip()]

    @property
    def wants_socket(self) -> bool:
        """Whether it asks for a WebSocket."""
        wanted = self.headers.get("connection", "").lower()
        return (
            self.method == "GET"
            and "upgrade" in wanted
            and self.headers.get("upgrade", "").lower() == "websocket"
            and self.headers.get("sec-websocket-version") == "13"
            and "sec-websocket-key" in self.headers
        )


@dataclass(frozen=True)
class Response:
    """An answer; one that is cut short promises more than comes."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


def as_json(data: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return an answer of JSON."""
    return Response(
        status, json.dumps(data).encode(), {"Content-Type": "application/json", **(headers or {})}
    )


class Socket:
    """The server's end of a WebSocket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._closing = False
        self._heard = False

    async def receive(self) -> str | bytes:
        """Return the next message.

        Raises:
            Gone: the client has left, or does not keep to the protocol.
        """
        kind, data = 0, b""
        while True:
            last, opcode, payload = await self._frame()
            if opcode == CLOSE:
                self._heard = True
                await self.close(struct.unpack("!H", payload[:2])[0] if len(payload) > 1 else 1000)
                raise Gone
            if opcode == PING:
                await self._send(PONG, payload)
            if opcode in (PING, PONG):
                continue
            if (opcode == CONTINUED) != bool(kind) or opcode not in (CONTINUED, TEXT, BINARY):
                await self._fail(1002)
            kind, data = kind or opcode, data + payload
            if len(data) > BODY:
                await self._fail(1009)
            if last and kind == BINARY:
                return data
            if last:
                try:
                    return data.decode()
                except UnicodeDecodeError:
                    await self._fail(1007)

    async def _frame(self) -> tuple[bool, int, bytes]:
        """Return whether a frame is the last of its message, what it is, and what it carries."""
        try:
            first, second = await self._reader.readexactly(2)
            size = second & 0x7F
            if size > 125:
                size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8), "big")
            if first & 0x70 or not second & 0x80 or (first & 8 and (size > 125 or not first & 0x80)):
                await self._fail(1002)  # an extension, no mask, or a control frame that is long or in parts
            if size > BODY:
                await self._fail(1009)
            mask = await self._reader.readexactly(4)
            masked = await self._reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Gone from error
        key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        return bool(first & 0x80), first & 0x0F, (int.from_bytes(masked, "big") ^ key).to_bytes(size, "big")

    async def say(self, message: str | bytes) -> None:
        """Send a message."""
        if isinstance(message, str):
            await self._send(TEXT, message.encode())
        else:
            await self._send(BINARY, message)

    async def _send(self, opcode: int, payload: bytes) -> None:
        if self._closing:
            raise Gone
        size = len(payload)
        if size < 126:
            head = bytes([0x80 | opcode, size])
        elif size < 1 << 16:
            head = bytes([0x80 | opcode, 126]) + size.to_bytes(2, "big")
        else:
            head = bytes([0x80 | opcode, 127]) + size.to_bytes(8, "big")
        try:
            self._writer.write(head + payload)
            await self._writer.drain()
        except ConnectionError as error:
            raise Gone from error

    async def close(self, code: int = 1000) -> None:
        """Say goodbye; nothing is sent after it."""
        with suppress(Gone):
            await self._send(CLOSE, code.to_bytes(2, "big"))
        self._closing = True

    async def _fail(self, code: int) -> None:
        await self.close(code)
        raise Gone

    async def end(self) -> None:
        """Say goodbye, and wait for the other side's if it has not come: then the server hangs up first."""
        await self.close()
        with suppress(Gone, TimeoutError):
            async with asyncio.timeout(GOODBYE):
                while not self._heard:
                    _, opcode, _ = await self._frame()
                    self._heard = opcode == CLOSE


Talk = Callable[[Socket], Awaitable[None]]
Handler = Callable[[Request], Awaitable[Response | Talk]]


async def listen(handle: Handler, port: int) -> asyncio.Server:
    """Serve on this machine alone; port 0 takes any free one."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while await _exchange(handle, reader, writer):
                pass
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    return await asyncio.start_server(connected, "127.0.0.1", port, limit=HEAD)


async def _exchange(handle: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Answer one request; return whether another may follow on the connection."""
    try:
        request = await _request(reader, writer)
    except Malformed as error:
        _write(writer, Response(error.status, b""), keep=False)
        await writer.drain()
        return False
    if request is None:
        return False
    answer = await handle(request)
    if not isinstance(answer, Response):
        await _upgrade(request, answer, reader, writer)
        return False
    keep = request.headers.get("connection", "").lower() != "close" and not answer.cut
    _write(writer, answer, keep=keep, head=request.method == "HEAD")
    await writer.drain()
    return keep


async def _request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    """Return the next request, or nothing when the client is done.

    Raises:
        Malformed: it is not HTTP/1.1, or too long.
    """
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        raise Malformed(431) from None
    line, *lines = head[:-4].split("\r\n")
    parts = line.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise Malformed(400)
    headers: dict[str, str] = {}
    for one in lines:
        name, colon, value = one.partition(":")
        if not colon or name != name.strip():
            raise Malformed(400)
        key, value = name.lower(), value.strip()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    if "transfer-encoding" in headers:
        raise Malformed(411)
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise Malformed(400)
    if int(length) > BODY:
        raise Malformed(413)
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        url = urlsplit(parts[1])
    except ValueError:
        raise Malformed(400) from None
    query: dict[str, str] = {}
    for name, value in parse_qsl(url.query, keep_blank_values=True):
        query.setdefault(name, value)
    return Request(parts[0], unquote(url.path), query, headers, await reader.readexactly(int(length)))


def _write(writer: asyncio.StreamWriter, answer: Response, *, keep: bool, head: bool = False) -> None:
    length = len(answer.body) + (1000 if answer.cut else 0)
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    lines += [f"Content-Length: {length}", f"Connection: {'keep-alive' if keep else 'close'}", "", ""]
    writer.write("\r\n".join(lines).encode("latin-1") + (b"" if head else answer.body))


async def _upgrade(
    request: Request, talk: Talk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Open the socket, and let someone talk until either side closes it.

    By the WebSocket standard a server names one of the subprotocols on offer; without it, a browser
    closes the connection. The stand-in names the first.
    """
    key = request.headers["sec-websocket-key"].encode("latin-1")
    accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest()).decode()
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept}",
        *(f"Sec-WebSocket-Protocol: {name}" for name in request.offers[:1]),
        "",
        "",
    ]
    writer.write("\r\n".join(lines).encode("latin-1"))
    await writer.drain()
    socket = Socket(reader, writer)
    try:
        await talk(socket)
    except* Gone:
        pass
    finally:
        await socket.end()
