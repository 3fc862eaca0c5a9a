"""A stand-in gateway for the tests, and a way to run an example against it."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.commands import BIN, ROOT, Completed, run
from tests.servers.process import Server, running
from tests.site.examples.files import GATEWAY_PAGES, local_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NODE_MODULES = ROOT / "tests/node/node_modules"
LISTENS = re.compile(r"It listens at (http://127\.0\.0\.1:\d+)")
COMMANDS = {".py": [sys.executable], ".mjs": [str(BIN / "node")], ".sh": ["sh"]}


@dataclass(frozen=True)
class Runner:
    """Runs examples in a folder, with the settings of the stand-in."""

    folder: Path
    gateway: Server

    def settings(self, **changed: str) -> dict[str, str]:
        """The published settings with the real port, and with some changed."""
        host = self.gateway.url.removeprefix("http://")
        local = {name: value.replace("127.0.0.1:8788", host) for name, value in local_settings().items()}
        tone = str(GATEWAY_PAGES / "websockets-api/examples" / local["SPEECH_WAV"])
        return {**local, "SPEECH_WAV": tone, "QUIET_SECONDS": "0.5", **changed}

    def at(self, name: str, **changed: str) -> dict[str, str]:
        """The settings for another gateway of the stand-in."""
        settings = self.settings(**changed)
        urls = {
            key: settings[key].removesuffix("local") + name for key in ("CF_AIG_WS_URL", "CF_AIG_HTTP_URL")
        }
        return {**settings, **urls}

    def run(self, example: Path, settings: dict[str, str]) -> Completed:
        """Run an example from a folder of its own, as a reader who downloaded it does."""
        copy = shutil.copy(example, self.folder)
        return run(*COMMANDS[example.suffix], copy, cwd=self.folder, env=settings, timeout=30)


@pytest.fixture(scope="session")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The stand-in gateway on a free port."""
    place = tmp_path_factory.mktemp("standin")
    command = [sys.executable, "-m", "scripts.standin", "--port", "0"]
    with running(command, cwd=place, url=LISTENS, env={"PYTHONPATH": str(ROOT)}) as server:
        yield server


@pytest.fixture
def runner(standin: Server, tmp_path: Path) -> Runner:
    """Runs examples in a folder of the test's own, where `ws` is installed."""
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    return Runner(tmp_path, standin)
