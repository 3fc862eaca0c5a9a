"""Every example for Python, Node.js and curl: it answers, and says what is wrong when something is."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING

import pytest

from tests.commands import Completed, output
from tests.site.examples.files import SAVES, SAYS, settings, written_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.site.examples.conftest import Runner

RUN = written_in(".py", ".mjs", ".sh")

pytestmark = pytest.mark.parametrize("example", RUN, ids=lambda path: path.name)


def failed(done: Completed) -> str:
    """What a failed example says on standard error, which is for its reader and no trace of the code."""
    assert done.returncode not in (0, None), output(done)
    assert "Traceback" not in done.stderr, done.stderr
    assert "    at " not in done.stderr, done.stderr
    assert done.stderr.strip()
    return done.stderr


def test_it_answers_and_ends(runner: Runner, example: Path) -> None:
    done = runner.run(example, runner.settings())
    assert (done.returncode, done.stderr) == (0, "")
    assert [said for said in SAYS[example.stem] if said not in done.stdout] == []
    if example.stem in SAVES:
        with wave.open(str(runner.folder / "speech.wav"), "rb") as file:
            assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
            assert file.getframerate() == SAVES[example.stem]
            assert file.getnframes() == SAVES[example.stem] / 4


def test_a_wrong_token_is_refused(runner: Runner, example: Path) -> None:
    done = runner.run(example, runner.settings(CF_AIG_TOKEN="wrong"))
    assert "401" in failed(done) + done.stdout


def test_a_missing_setting_is_named_in_one_line(runner: Runner, example: Path) -> None:
    *there, missing = settings(example)
    assert there
    said = failed(runner.run(example, runner.settings(**{missing: ""})))
    assert len(said.strip().splitlines()) == 1
    assert missing in said
    assert not [name for name in there if name in said]


def test_a_connection_that_breaks_is_no_answer(runner: Runner, example: Path) -> None:
    done = runner.run(example, runner.at("breaks"))
    said = failed(done)
    if example.suffix == ".mjs" and "CF_AIG_WS_URL" in settings(example):
        assert "Closed with code 1011 before the end of the answer." in said
    elif "CF_AIG_WS_URL" in settings(example):
        assert "No answer to its end: " in said
        assert "1011" in said
    assert "The answer has ended." not in done.stdout
    assert not (runner.folder / "speech.wav").exists()
