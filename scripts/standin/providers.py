"""Each provider's side of a realtime session, and its answers to ordinary requests.

What is said is made up. What is checked is the contract: path, query, credential, first message, order.
How OpenAI, Google AI Studio, Cartesia and Deepgram's speech to text end an answer follows their own
documentation; ElevenLabs and Fal AI leave the connection open after a few messages.
"""

from __future__ import annotations

import base64
import json
import math
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from .session import Session

JOKE = "Why did the packet cross the network? To get to the other site."
WORDS = [f"{word} " for word in JOKE.split()]


def tone(rate: int, seconds: float = 0.25) -> bytes:
    """A quiet A, as samples of 16 bits."""
    wave = (int(3000 * math.sin(2 * math.pi * 440 * i / rate)) for i in range(int(rate * seconds)))
    return b"".join(struct.pack("<h", sample) for sample in wave)


async def openai(session: Session) -> None:
    """Text in pieces, then the whole response."""
    while True:
        await session.message("openai-response-create")
        for word in WORDS:
            await session.say({"type": "response.text.delta", "delta": word})
        await session.say({"type": "response.done", "response": {"status": "completed"}}, last=True)


async def google(session: Session) -> None:
    """Nothing before the setup, and nothing but `setupComplete` before a turn."""
    await session.message("google-setup")
    await session.say({"setupComplete": {}})
    while True:
        await session.message("google-client-content")
        for word in WORDS:
            await session.say({"serverContent": {"modelTurn": {"parts": [{"text": word}]}}})
        await session.say({"serverContent": {"turnComplete": True}}, last=True)


async def cartesia(session: Session) -> None:
    """Audio in base64; the context is done when the client does not continue it."""
    while True:
        request = await session.message("cartesia-request")
        context = {"context_id": request["context_id"]}
        if request["transcript"]:
            samples = tone(request["output_format"]["sample_rate"])
            for half in (samples[: len(samples) // 2], samples[len(samples) // 2 :]):
                await session.say(
                    {"type": "chunk", "done": False, "data": base64.b64encode(half).decode(), **context}
                )
        if not request["continue"]:
            await session.say({"type": "done", "done": True, **context}, last=True)


async def elevenlabs(session: Session) -> None:
    """A few messages, of which the contract says nothing."""
    while True:
        request = await session.message("elevenlabs-text")
        await session.say({"stand-in": f"would speak {len(request['text'])} letters"})
        await session.say({"stand-in": "has spoken"}, last=True)


async def fal(session: Session) -> None:
    """A few messages, of which the contract says nothing."""
    while True:
        request = await session.message("fal-prompt")
        await session.say({"stand-in": f"would draw {request['prompt']}"})
        await session.sound(b"not an image")
        await session.say({"stand-in": "has drawn"}, last=True)


async def listen(session: Session) -> None:
    """Deepgram's speech to text: interim text for each frame, the final one when the audio ends."""
    heard = 0
    while True:
        frame = await session.frame()
        if isinstance(frame, str):
            if json.loads(frame) == {"type": "CloseStream"}:
                break
            await session.complain("speech to text takes audio as binary frames")
            continue
        heard += len(frame)
        await session.say(transcript(heard, final=False))
    await session.say(transcript(heard, final=True), last=True)
    await session.close()


def transcript(heard: int, *, final: bool) -> dict[str, object]:
    """What a count of bytes sounds like: 32,000 are a second."""
    text = f"I heard {heard / 32000:.2f} seconds."
    return {"channel": {"alternatives": [{"transcript": text}]}, "is_final": final}


async def speak(session: Session) -> None:
    """Deepgram's text to speech: audio when the text is flushed, the end when the client closes."""
    spoken = 0
    while True:
        request = await session.message("deepgram-speak")
        if request["type"] == "Close":
            await session.close()
        elif request["type"] == "Speak":
            spoken += 1
            await session.say({"type": "Metadata"})
        else:
            for _ in range(spoken):
                await session.sound(tone(24000))
            await session.say({"type": "Flushed"}, last=True)
            spoken = 0


@dataclass(frozen=True)
class Realtime:
    """What a realtime path wants, and who answers there."""

    answer: Callable[[Session], Awaitable[None]]
    query: Mapping[str, str] = field(default_factory=dict)  # a value "" may be anything
    headers: Mapping[str, str] = field(default_factory=dict)
    key_query: str = ""
    key_subprotocol: str = ""


REALTIME = {
    "openai": [
        Realtime(openai, {"model": ""}, {"authorization": "Bearer {key}", "openai-beta": "realtime=v1"})
    ],
    "google": [Realtime(google, key_query="api_key")],
    "cartesia": [Realtime(cartesia, {"cartesia_version": ""}, key_query="api_key")],
    "elevenlabs": [Realtime(elevenlabs, {"agent_id": ""}, key_subprotocol="xi-api-key")],
    "fal/fal-ai/fast-lcm-diffusion": [Realtime(fal, key_subprotocol="fal-api-key")],
    "workers-ai": [
        Realtime(
            listen,
            {
                "model": "@cf/deepgram/nova-3",
                "encoding": "linear16",
                "sample_rate": "16000",
                "interim_results": "",
            },
        ),
        Realtime(speak, {"model": "@cf/deepgram/aura-1"}),
    ],
}

#: The providers that ordinary requests reach, by the slugs of the page on providers.
SLUGS = frozenset(
    {
        "openai", "google-ai-studio", "cartesia", "elevenlabs", "fal", "workers-ai", "anthropic",
        "openrouter", "azure-openai", "aws-bedrock", "groq", "mistral", "cohere", "deepseek", "perplexity-ai",
    }
)  # fmt: skip


def answer_to(provider: str) -> object:
    """A provider's answer to an ordinary request."""
    if provider in ("openai", "openrouter"):
        return {"choices": [{"message": {"role": "assistant", "content": JOKE}}]}
    return {"result": {"response": JOKE}, "success": True}


#: What a provider says to a key it does not know.
UNKNOWN_KEY = {"success": False, "errors": [{"code": 10000, "message": "Authentication error"}]}
