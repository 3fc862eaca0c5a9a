"""The gateway's own side: tokens, the Universal Endpoint, and WebSockets over it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from aiohttp import web

from scripts.standin.providers import (
    REALTIME,
    SLUGS,
    UNKNOWN_KEY,
    WORDS,
    Realtime,
    answer_to,
)
from scripts.standin.schemas import fault
from scripts.standin.session import BROKEN, Gone, Session

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The gateways here, which differ in what goes wrong.
GATEWAYS = {
    "local": "answers",
    "wants-token": "also wants cf-aig-authorization among the headers of each request",
    "breaks": "closes the connection half-way through an answer",
}
#: How long the first request of two takes, so that answers come in another order than requests.
SLOW = 0.05
TOKEN = "cf-aig-authorization"  # the name of the header and of the subprotocol


@dataclass(frozen=True)
class Standin:
    """A gateway that knows one token, and one key for all providers."""

    token: str
    key: str

    def application(self) -> web.Application:
        """What to serve."""
        application = web.Application(middlewares=[self._guard])
        application.add_routes(
            [
                web.get("/", _hello),
                web.get("/v1/{account}/{gateway}", self._universal_socket),
                web.post("/v1/{account}/{gateway}", self._universal),
                web.get("/v1/{account}/{gateway}/{path:.+}", self._realtime),
                web.post("/v1/{account}/{gateway}/{provider}/{path:.+}", self._provider),
            ]
        )
        return application

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """No gateway but those, and none of them without its token."""
        if request.path != "/":
            if (gateway := request.match_info.get("gateway")) not in GATEWAYS:
                return _refuse(404, f"There is no gateway {gateway!r} here, only {', '.join(GATEWAYS)}.")
            by_header = request.headers.get(TOKEN) == f"Bearer {self.token}"
            if not by_header and f"{TOKEN}.{self.token}" not in _offered(request):
                return _refuse(401, f"{TOKEN} is missing or wrong.")
        response: web.StreamResponse = await handler(request)
        return response

    async def _universal(self, request: web.Request) -> web.StreamResponse:
        """Ask one step after another."""
        try:
            steps = await request.json()
        except ValueError as error:
            return _refuse(400, f"The body is not JSON: {error}")
        if wrong := fault("universal-steps", steps):
            return _refuse(400, wrong)
        if request.match_info["gateway"] == "breaks":
            return await _break_off(request)
        for number, step in enumerate(steps):
            if self._trusts(step["headers"]) and step["provider"] in SLUGS:
                return web.json_response(answer_to(step["provider"]), headers={"cf-aig-step": str(number)})
        return _refuse(401, "No step answered.")

    async def _provider(self, request: web.Request) -> web.StreamResponse:
        """One provider's own endpoint."""
        if (provider := request.match_info["provider"]) not in SLUGS:
            return _refuse(404, f"There is no provider {provider!r}.")
        if not self._trusts(request.headers):
            return web.json_response(UNKNOWN_KEY, status=401)
        if request.match_info["gateway"] == "breaks":
            return await _break_off(request)
        return web.json_response(answer_to(provider))

    async def _universal_socket(self, request: web.Request) -> web.StreamResponse:
        """Requests of `universal.create`, each answered under its own name."""
        gateway = request.match_info["gateway"]

        async def talk(session: Session) -> None:
            async with asyncio.TaskGroup() as answers:
                for number in count():
                    message = await session.message("universal-create")
                    slow = 0 if number % 2 else SLOW
                    answers.create_task(self._answer(session, gateway, message["request"], slow))

        return await _serve(request, talk)

    async def _answer(self, session: Session, gateway: str, request: dict[str, Any], slow: float) -> None:
        metadata = {
            "cacheStatus": "MISS",
            "eventId": request["eventId"],
            "logId": "stand-in",
            "step": "0",
            "contentType": "application/json",
        }
        await asyncio.sleep(slow)
        token_is_there = request["headers"].get(TOKEN) == f"Bearer {self.token}"
        if request["provider"] not in SLUGS:
            await session.complain(f"there is no provider {request['provider']!r}")
        elif not self._trusts(request["headers"]) or (gateway == "wants-token" and not token_is_there):
            refusal = {"type": "universal.created", "metadata": metadata, "response": UNKNOWN_KEY}
            await session.say(refusal, last=True)
        elif request["query"].get("stream"):
            metadata["contentType"] = "text/event-stream"
            await session.say({"type": "universal.created", "metadata": metadata})
            for word in WORDS:
                chunk = {"metadata": {"eventId": request["eventId"]}, "response": {"response": word}}
                await session.say({"type": "universal.stream", **chunk})
            await session.say({"type": "universal.done", "metadata": metadata}, last=True)
        else:
            answer = answer_to(request["provider"])
            await session.say(
                {"type": "universal.created", "metadata": metadata, "response": answer}, last=True
            )

    async def _realtime(self, request: web.Request) -> web.StreamResponse:
        """A session with a provider, if path, query and credential are as documented."""
        paths = REALTIME.get(request.match_info["path"])
        if paths is None:
            return _refuse(404, f"No realtime provider has the path {request.match_info['path']!r}.")
        found = next((path for path in paths if _query_fits(path, request.query)), None)
        if found is None:
            wanted = " or ".join(" ".join(f"{k}={v or '...'}" for k, v in p.query.items()) for p in paths)
            return _refuse(400, f"The query needs {wanted}.")
        if not self._knows(found, request):
            return _refuse(401, "The provider's credential is missing or wrong.")
        return await _serve(request, found.answer)

    def _knows(self, path: Realtime, request: web.Request) -> bool:
        """Whether the provider's own credential is there."""
        headers = {name: value.format(key=self.key) for name, value in path.headers.items()}
        return (
            all(request.headers.get(name) == value for name, value in headers.items())
            and (not path.key_query or request.query.get(path.key_query) == self.key)
            and (not path.key_subprotocol or f"{path.key_subprotocol}.{self.key}" in _offered(request))
        )

    def _trusts(self, headers: Mapping[str, str]) -> bool:
        """Whether an ordinary request carries the provider's key."""
        return headers.get("Authorization") == f"Bearer {self.key}"


async def _hello(_: web.Request) -> web.Response:
    return web.Response(text="A stand-in for AI Gateway. No model answers here.\n")


def _refuse(status: int, why: str) -> web.Response:
    return web.json_response({"error": {"message": f"The stand-in refuses this: {why}"}}, status=status)


def _offered(request: web.Request) -> list[str]:
    """The subprotocols that a client offers."""
    offers = request.headers.getall("Sec-WebSocket-Protocol", [])
    return [name.strip() for offer in offers for name in offer.split(",")]


def _query_fits(path: Realtime, query: Mapping[str, str]) -> bool:
    return all(
        query.get(name) and query[name] == (value or query[name]) for name, value in path.query.items()
    )


async def _serve(request: web.Request, talk: Any) -> web.StreamResponse:
    """Open the socket and let someone talk until either side closes it.

    By the WebSocket standard a server names one of the subprotocols on offer; without it, a browser
    closes the connection. The stand-in names the first.
    """
    socket = web.WebSocketResponse(protocols=_offered(request))
    if not socket.can_prepare(request).ok:
        return _refuse(426, "This address wants a WebSocket.")
    await socket.prepare(request)
    breaks = request.match_info["gateway"] == "breaks"
    try:
        await talk(Session(socket, dict(request.query), breaks=breaks))
    except* (Gone, ConnectionError):
        pass
    except* json.JSONDecodeError:
        await socket.close(code=BROKEN)
    return socket


async def _break_off(request: web.Request) -> web.StreamResponse:
    """Promise more than comes."""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"result": ')
    if request.transport:
        request.transport.close()
    return response
