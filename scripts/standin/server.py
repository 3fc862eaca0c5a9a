"""The gateway's own side: tokens, the Universal Endpoint, and WebSockets over it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from .providers import REALTIME, SLUGS, UNKNOWN_KEY, WORDS, Realtime, answer_to
from .schemas import fault
from .session import Session
from .web import Request, Response, Socket, Talk, as_json

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

    async def answer(self, request: Request) -> Response | Talk:
        """Answer a request: no gateway but those, and none of them without its token."""
        if request.path == "/":
            return Response(200, b"A stand-in for AI Gateway. No model answers here.\n")
        _, version, *rest = request.path.split("/", 4)
        if version != "v1" or len(rest) < 2:
            return _refuse(404, "An address begins with /v1/{account_id}/{gateway_id}.")
        gateway, path = rest[1], rest[2] if len(rest) > 2 else ""
        if gateway not in GATEWAYS:
            return _refuse(404, f"There is no gateway {gateway!r} here, only {', '.join(GATEWAYS)}.")
        by_header = request.headers.get(TOKEN) == f"Bearer {self.token}"
        if not by_header and f"{TOKEN}.{self.token}" not in request.offers:
            return _refuse(401, f"{TOKEN} is missing or wrong.")
        if request.method == "POST":
            return self._provider(request, gateway, path) if path else self._universal(request, gateway)
        if request.method != "GET":
            return _refuse(405, "The gateway takes GET and POST.")
        return self._realtime(request, gateway, path) if path else self._universal_socket(request, gateway)

    def _universal(self, request: Request, gateway: str) -> Response:
        """Ask one step after another."""
        try:
            steps = json.loads(request.body)
        except ValueError as error:
            return _refuse(400, f"The body is not JSON: {error}")
        if wrong := fault("universal-steps", steps):
            return _refuse(400, wrong)
        if gateway == "breaks":
            return CUT
        for number, step in enumerate(steps):
            if self._trusts(step["headers"]) and step["provider"] in SLUGS:
                return as_json(answer_to(step["provider"]), headers={"cf-aig-step": str(number)})
        return _refuse(401, "No step answered.")

    def _provider(self, request: Request, gateway: str, path: str) -> Response:
        """One provider's own endpoint."""
        if (provider := path.partition("/")[0]) not in SLUGS:
            return _refuse(404, f"There is no provider {provider!r}.")
        if not self._trusts({"Authorization": request.headers.get("authorization", "")}):
            return as_json(UNKNOWN_KEY, 401)
        return CUT if gateway == "breaks" else as_json(answer_to(provider))

    def _universal_socket(self, request: Request, gateway: str) -> Response | Talk:
        """Requests of `universal.create`, each answered under its own name."""

        async def talk(session: Session) -> None:
            async with asyncio.TaskGroup() as answers:
                for number in count():
                    message = await session.message("universal-create")
                    slow = 0 if number % 2 else SLOW
                    answers.create_task(self._answer(session, gateway, message["request"], slow))

        return _socket(request, gateway, talk)

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

    def _realtime(self, request: Request, gateway: str, path: str) -> Response | Talk:
        """A session with a provider, if path, query and credential are as documented."""
        paths = REALTIME.get(path)
        if paths is None:
            return _refuse(404, f"No realtime provider has the path {path!r}.")
        found = next((one for one in paths if _query_fits(one, request.query)), None)
        if found is None:
            wanted = " or ".join(" ".join(f"{k}={v or '...'}" for k, v in p.query.items()) for p in paths)
            return _refuse(400, f"The query needs {wanted}.")
        if not self._knows(found, request):
            return _refuse(401, "The provider's credential is missing or wrong.")
        return _socket(request, gateway, found.answer)

    def _knows(self, path: Realtime, request: Request) -> bool:
        """Whether the provider's own credential is there."""
        headers = {name: value.format(key=self.key) for name, value in path.headers.items()}
        return (
            all(request.headers.get(name) == value for name, value in headers.items())
            and (not path.key_query or request.query.get(path.key_query) == self.key)
            and (not path.key_subprotocol or f"{path.key_subprotocol}.{self.key}" in request.offers)
        )

    def _trusts(self, headers: Mapping[str, str]) -> bool:
        """Whether an ordinary request carries the provider's key."""
        return headers.get("Authorization") == f"Bearer {self.key}"


#: Less than it promises.
CUT = Response(200, b'{"result": ', {"Content-Type": "application/json"}, cut=True)


def _refuse(status: int, why: str) -> Response:
    return as_json({"error": {"message": f"The stand-in refuses this: {why}"}}, status)


def _query_fits(path: Realtime, query: Mapping[str, str]) -> bool:
    return all(
        query.get(name) and query[name] == (value or query[name]) for name, value in path.query.items()
    )


def _socket(request: Request, gateway: str, talk: Callable[[Session], Awaitable[None]]) -> Response | Talk:
    """Return who talks on the socket that a request opens."""
    if not request.wants_socket:
        return _refuse(426, "This address wants a WebSocket.")

    async def opened(socket: Socket) -> None:
        await talk(Session(socket, request.query, breaks=gateway == "breaks"))

    return opened
