"""One WebSocket of a client: receive what the contract asks for, and answer."""

from __future__ import annotations

import json
from typing import Any

from .schemas import fault
from .web import Gone, Socket

#: The code a server closes with when it met something it did not expect.
BROKEN = 1011


class Session:
    """A client's WebSocket; one that `breaks` closes where the last message of an answer would be."""

    def __init__(self, socket: Socket, query: dict[str, str], *, breaks: bool) -> None:
        self._socket = socket
        self.query = query
        self._breaks = breaks

    async def frame(self) -> str | bytes:
        """The next frame: text or bytes."""
        return await self._socket.receive()

    async def message(self, schema: str) -> Any:
        """The next message that keeps to a schema. Each one that does not is answered with an error."""
        while True:
            text = await self.frame()
            try:
                message = json.loads(text)
            except ValueError as error:
                wrong: str | None = f"not JSON: {error}"
            else:
                wrong = fault(schema, message)
            if wrong is None:
                return message
            await self.complain(wrong)

    async def complain(self, what: str) -> None:
        """Answer with an error, in a shape of the stand-in's own."""
        await self._say({"error": {"message": f"The stand-in cannot take this: {what}"}})

    async def say(self, message: Any, *, last: bool = False) -> None:
        """Send JSON; `last` ends an answer."""
        if last and self._breaks:
            await self.close(BROKEN)
        await self._say(message)

    async def _say(self, message: Any) -> None:
        await self._socket.say(json.dumps(message))

    async def sound(self, samples: bytes) -> None:
        """Send a binary frame."""
        await self._socket.say(samples)

    async def close(self, code: int = 1000) -> None:
        """End the connection."""
        await self._socket.close(code)
        raise Gone
