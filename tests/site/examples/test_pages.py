"""The pages show tested files and nothing else, and messages that keep to the schemas."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.commands import BIN, ROOT, run
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


def commands(page: str) -> list[list[str]]:
    """The sessions in a terminal that a page shows, line by line."""
    found = [block for block in pages.blocks(DOCS / page) if block.language == "console"]
    return [block.text.splitlines() for block in found]


def test_get_started_can_be_followed(runner: Runner) -> None:
    """As the page says, in the folder with the downloaded files."""
    (session,) = commands("ai-gateway/get-started.md")
    for path in written_in(".py", ".mjs", ".sh"):
        if path.stem == "first":
            shutil.copy(path, runner.folder)
    lines = [f"{name}={value}\n" for name, value in runner.settings().items()]
    (runner.folder / ".env").write_text("".join(lines), encoding="utf-8")
    script = "\n".join(line.removeprefix("$ ") for line in session)
    done = run("sh", "-e", "-c", script, cwd=runner.folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count(SAYS["first"][0]) == 3


def test_the_examples_can_be_run_locally_as_the_page_says(tmp_path: Path) -> None:
    """In a repository with another port, for there may be a stand-in at its own already."""
    start, use = commands(OVERVIEW)
    (tmp_path / ".venv").symlink_to(BIN.parent)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    log = tmp_path / "run"
    log.mkdir()
    command: list[str | Path] = [ROOT / start[0].removeprefix("$ "), "--port", "0"]
    listens = re.compile(r"It listens at (http://127\.0\.0\.1:\d+)")
    with running(command, cwd=log, url=listens) as server:
        host = server.url.removeprefix("http://")
        printed = server.log().replace(host, "127.0.0.1:8788")  # perhaps after word of an installation
        assert printed[printed.index("This is") :].splitlines() == start[1:]
        local = tmp_path / "docs/ai-gateway/examples/local.env"
        text = local.read_text(encoding="utf-8")
        local.write_text(text.replace("127.0.0.1:8788", host), encoding="utf-8")
        script = "\n".join(line.removeprefix("$ ") for line in use if line.startswith("$ "))
        done = run("sh", "-e", "-c", script, cwd=tmp_path)
    said = [line for line in use if not line.startswith("$ ")]
    assert (done.stdout.splitlines(), done.stderr) == (said, "")
