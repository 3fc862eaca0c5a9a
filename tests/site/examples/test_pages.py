"""The pages show tested files and nothing else, and messages that keep to the schemas."""

from __future__ import annotations

import re
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.commands import BIN, run
from tests.servers.process import running
from tests.site.examples import pages
from tests.site.examples.files import DOCS, SAYS, local_settings, settings, written_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.site.examples.conftest import Runner

NON_REALTIME = "ai-gateway/websockets-api/non-realtime-api.md"
OVERVIEW = "ai-gateway/websockets-api/index.md"
EXAMPLES = "ai-gateway/websockets-api/examples"


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A copy of the pages, to break."""
    return shutil.copytree(DOCS, tmp_path / "docs")


def test_the_pages_show_tested_files_and_messages_that_keep_to_the_schemas() -> None:
    assert pages.faults(DOCS) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        (
            NON_REALTIME,
            "## Connect\n",
            "## Connect\n\n```js\nsend();\n```\n",
            "send();: code that is no tested",
        ),
        (NON_REALTIME, "## Connect\n", "## Connect\n\n```\nsend();\n```\n", "code that is no tested file"),
        (NON_REALTIME, f'"{EXAMPLES}/ask.py"', f'"{EXAMPLES}/none.py"', "none.py is no example"),
        (NON_REALTIME, f'"{EXAMPLES}/ask.py"', '"index.md"', "index.md is no example"),
        (NON_REALTIME, 'title="ask.mjs"', 'title="other.mjs"', "the title is not the name"),
        (NON_REALTIME, '"eventId": "my-request",\n    "provider"', '"provider"', "'eventId' is a required"),
        (
            NON_REALTIME,
            '"metadata": { "eventId": "my-request" }',
            '"metadata": {}',
            "'eventId' is a required",
        ),
        (NON_REALTIME, '"step": "0"', '"step": 0', "0 is not of type 'string'"),
        (NON_REALTIME, '"cacheStatus": "MISS",', '"cacheStatus": "MISS"', "not JSON"),
        (NON_REALTIME, '"universal.create"', '"universe.create"', "no schema is known"),
        (NON_REALTIME, "WORKERS_AI_TOKEN=your", "WORKERS_TOKEN=your", "no example reads WORKERS_TOKEN"),
        ("ai-gateway/providers/universal.md", '"provider": "openai",', "", "'provider' is a required"),
        (OVERVIEW, "(schemas/metadata.json)", "", "metadata.json is linked nowhere"),
        (OVERVIEW, "(../examples/local.env)", "", "local.env is linked nowhere"),
    ],
)
def test_what_must_not_be_is_found(docs: Path, name: str, old: str, new: str, fault: str) -> None:
    page = docs / name
    text = page.read_text(encoding="utf-8")
    assert old in text
    page.write_text(text.replace(old, new), encoding="utf-8")
    assert [found for found in pages.faults(docs) if fault in found]


def test_a_file_that_is_shown_nowhere_is_found(docs: Path) -> None:
    (docs / EXAMPLES / "new.py").write_text("", encoding="utf-8")
    assert pages.faults(docs) == ["new.py is shown nowhere", "new.py is linked nowhere"]


def test_every_example_is_run() -> None:
    """And there is one in each language, but for OpenAI in a browser, which cannot set its headers."""
    run_here = written_in(".py", ".mjs", ".html", ".sh")
    assert {path.stem for path in run_here} == set(SAYS)
    for path in run_here:
        assert settings(path), path
        assert set(settings(path)) <= set(local_settings()), path
    sockets = {path.stem for path in run_here if "websockets-api" in path.parts}
    for stem in sockets:
        endings = {path.suffix for path in run_here if path.stem == stem}
        assert endings == {".py", ".mjs", ".html"} - ({".html"} if stem == "openai" else set())


@pytest.mark.parametrize("stem", SAYS)
def test_an_example_wants_the_same_settings_in_each_language(stem: str) -> None:
    wanted = {
        tuple(settings(path)) for path in written_in(".py", ".mjs", ".html", ".sh") if path.stem == stem
    }
    assert len(wanted) == 1


def commands(page: str) -> list[str]:
    """What a page tells its readers to type, block by block."""
    return [block.text for block in pages.blocks(DOCS / page) if block.is_command]


def typed(folder: Path, *blocks: str) -> str:
    """What those print in a folder where the packages are installed already."""
    lines = [line for line in "".join(blocks).splitlines() if not re.match(r"(pip|npm) install ", line)]
    done = run("sh", "-e", "-c", "\n".join(lines), cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_get_started_can_be_followed(runner: Runner) -> None:
    """As the page says, in the folder with the downloaded files."""
    for path in written_in(".py", ".mjs", ".sh"):
        if path.stem == "first":
            shutil.copy(path, runner.folder)
    lines = [f"{name}={value}\n" for name, value in runner.settings().items()]
    (runner.folder / ".env").write_text("".join(lines), encoding="utf-8")
    load, *ways = commands("ai-gateway/get-started.md")
    assert len(ways) == 3
    assert typed(runner.folder, load, *ways).count(SAYS["first"][0]) == 3


def test_the_examples_can_be_run_without_an_account_as_the_page_says(runner: Runner) -> None:
    """In a folder with the downloads, on another port, for there may be a stand-in at its own already."""
    start, load, python, node, _ = commands(OVERVIEW)
    said = [block.text for block in pages.blocks(DOCS / OVERVIEW) if block.language == "text"]
    for name in ("examples/gateway.pyz", "websockets-api/examples/ask.py", "websockets-api/examples/ask.mjs"):
        shutil.copy(DOCS / "ai-gateway" / name, runner.folder)
    command = [*start.split(), "--port", "0"]
    listens = re.compile(r"It listens at (http://127\.0\.0\.1:\d+)")
    log = runner.folder / "run"
    log.mkdir()
    command[1] = str(runner.folder / command[1])
    with running(command, cwd=log, url=listens) as server:
        host = server.url.removeprefix("http://")
        assert server.log().replace(host, "127.0.0.1:8788") == said[0]
        text = (DOCS / "ai-gateway/examples/local.env").read_text(encoding="utf-8")
        (runner.folder / "local.env").write_text(text.replace("127.0.0.1:8788", host), encoding="utf-8")
        assert typed(runner.folder, load, python) == said[1]
        assert SAYS["ask"][1] in typed(runner.folder, load, node)


@pytest.mark.parametrize(("language", "command"), [("python", sys.executable), ("js", BIN / "node")])
def test_the_lines_on_the_home_page_run(runner: Runner, language: str, command: str | Path) -> None:
    (code,) = [block.text for block in pages.blocks(DOCS / "index.md") if block.language == language]
    above = {
        "python": "import json, os\nfrom websockets.sync.client import connect\ngateway, token, key = "
        "(os.environ[n] for n in ('CF_AIG_WS_URL', 'CF_AIG_TOKEN', 'WORKERS_AI_TOKEN'))\n",
        "js": "import WebSocket from 'ws';\nconst [gateway, token, key] = "
        "['CF_AIG_WS_URL', 'CF_AIG_TOKEN', 'WORKERS_AI_TOKEN'].map((name) => process.env[name]);\n",
    }[language]
    file = runner.folder / ("home.py" if language == "python" else "home.mjs")
    file.write_text(above + code, encoding="utf-8")
    done = run(command, file, cwd=runner.folder, env=runner.settings())
    assert SAYS["ask"][1] in done.stdout, done.stderr
