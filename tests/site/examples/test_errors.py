"""What single examples do when something goes wrong that others do not meet."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING

import pytest

from scripts.standin.providers import JOKE
from tests.site.examples.files import GATEWAY_PAGES, written_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.site.examples.conftest import Runner

WEBSOCKETS = GATEWAY_PAGES / "websockets-api/examples"
PROVIDERS = GATEWAY_PAGES / "providers/examples"


@pytest.mark.parametrize("language", ["py", "mjs"])
def test_a_token_is_sent_in_the_request_when_the_answer_is_an_authentication_error(
    runner: Runner, language: str
) -> None:
    settings = runner.at("wants-token")
    ask = runner.run(WEBSOCKETS / f"ask.{language}", settings)
    assert "Authentication error" in ask.stdout
    refused = runner.run(WEBSOCKETS / f"refused.{language}", settings)
    assert (refused.returncode, refused.stderr) == (0, "")
    assert JOKE in refused.stdout


@pytest.mark.parametrize("language", ["py", "mjs"])
def test_it_gives_up_when_that_is_refused_too(runner: Runner, language: str) -> None:
    done = runner.run(WEBSOCKETS / f"refused.{language}", runner.settings(WORKERS_AI_TOKEN="wrong"))
    assert done.returncode == 1
    assert "Refused with the token in the request, too" in done.stderr


@pytest.mark.parametrize("language", ["py", "mjs", "sh"])
@pytest.mark.parametrize(("token", "step"), [("local-key", "0"), ("wrong", "1")])
def test_the_second_step_answers_when_the_first_does_not(
    runner: Runner, language: str, token: str, step: str
) -> None:
    done = runner.run(PROVIDERS / f"fallback.{language}", runner.settings(WORKERS_AI_TOKEN=token))
    assert done.returncode == 0, done.stderr
    assert f"cf-aig-step: {step}" in done.stdout or f"answered by step {step}" in done.stdout
    assert JOKE in done.stdout


@pytest.mark.parametrize("language", ["py", "mjs"])
def test_speech_in_another_format_is_not_sent(runner: Runner, tmp_path: Path, language: str) -> None:
    speech = tmp_path / "slow.wav"
    with wave.open(str(speech), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(1600))
    done = runner.run(WEBSOCKETS / f"listen.{language}", runner.settings(SPEECH_WAV=str(speech)))
    assert (done.returncode, done.stdout) == (1, "")
    assert "must have one channel and 16000 samples of 16 bits a second" in done.stderr


@pytest.mark.parametrize("example", written_in(".py", ".mjs"), ids=lambda path: path.name)
def test_nobody_listening_is_told_in_one_line(runner: Runner, example: Path) -> None:
    """Port 9 is nobody's on this machine."""
    nowhere = {"CF_AIG_WS_URL": "ws://127.0.0.1:9", "CF_AIG_HTTP_URL": "http://127.0.0.1:9"}
    done = runner.run(example, runner.settings(**nowhere))
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) <= 2, done.stderr
    assert "Traceback" not in done.stderr
