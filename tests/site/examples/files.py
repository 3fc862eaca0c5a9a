"""The examples as files, and what each of them prints when all is well."""

from __future__ import annotations

import re
from pathlib import Path

from scripts.standin.providers import JOKE
from tests.commands import ROOT

DOCS = ROOT / "docs"
GATEWAY_PAGES = DOCS / "ai-gateway"
CODE = frozenset({".py", ".mjs", ".html", ".sh", ".js", ".jsonc"})
LOCAL_ENV = GATEWAY_PAGES / "examples/local.env"

_NAMES = re.compile(r"^(?:const names|NAMES) = \[(.*?)\];?$", re.MULTILINE | re.DOTALL)

#: What an example prints, by its name without the ending: each of these, in any language.
SAYS = {
    "ask": ["my-request", JOKE],
    "several": ["write a short poem: ", "tell me a joke: ", JOKE],
    "stream": ["begins: text/event-stream", "chunk: ", "ends: my-request"],
    "refused": [JOKE],
    "openai": [JOKE, "status: completed"],
    "google": [JOKE, "The turn is complete."],
    "cartesia": ["speech.wav holds 0.25 seconds"],
    "elevenlabs": ["would speak 39 letters", "has spoken", "The answer has ended."],
    "fal": ["would draw a lighthouse at dusk, watercolour", "12 bytes", "has drawn", "The answer has ended."],
    "listen": ["interim: I heard 0.10 seconds.", "final: I heard 0.30 seconds."],
    "speak": ["Metadata", "Flushed", "speech.wav holds 0.25 seconds"],
    "first": [JOKE],
    "openrouter": [JOKE],
    "fallback": [JOKE],
}
#: The examples that save audio, and its samples a second.
SAVES = {"cartesia": 8000, "speak": 24000}


def files() -> list[Path]:
    """Everything in a folder of examples."""
    return sorted(path for path in GATEWAY_PAGES.glob("**/examples/*") if path.is_file())


def written_in(*endings: str) -> list[Path]:
    """The examples in these languages."""
    return [path for path in files() if path.suffix in endings]


def settings(example: Path) -> list[str]:
    """The names of the settings that an example wants."""
    text = example.read_text(encoding="utf-8")
    if example.suffix == ".sh":
        return re.findall(r'^: "\$\{(\w+):\?', text, re.MULTILINE)
    if example.suffix == ".html":
        return re.findall(r'<input[^>]*?name="(\w+)"', text, re.DOTALL)
    found = _NAMES.search(text)
    return re.findall(r'"(\w+)"', found[1]) if found else []


def local_settings() -> dict[str, str]:
    """The settings for the stand-in, as published."""
    lines = LOCAL_ENV.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
