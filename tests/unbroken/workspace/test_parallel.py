"""Work in a second process: what it returns, and when there is none."""

from __future__ import annotations

import os
import threading
from typing import Never

import pytest

from unbroken.workspace.parallel import in_second_process


@pytest.fixture(autouse=True)
def _two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(threading, "active_count", lambda: 1)  # what runs the tests may have more


def handles() -> set[str]:
    return set(os.listdir("/proc/self/fd"))


def test_the_result_comes_from_another_process() -> None:
    before = handles()
    second = in_second_process(lambda: {"pid": os.getpid(), "data": [b"x" * 100_000, None]})
    assert second is not None
    result = second()
    assert result["pid"] != os.getpid()
    assert result["data"] == [b"x" * 100_000, None]
    assert len(handles()) == len(before)


def test_work_that_fails_has_no_result() -> None:
    def fails() -> Never:
        raise ValueError

    for work in (fails, lambda: object(), lambda: os._exit(3)):
        second = in_second_process(work)
        assert second is not None
        assert second() is None


@pytest.mark.parametrize("count", [1, None])
def test_one_processor_has_no_second_process(monkeypatch: pytest.MonkeyPatch, count: int | None) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: count)
    assert in_second_process(lambda: 1) is None


def test_a_second_thread_or_no_fork_means_no_second_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert in_second_process(lambda: 1) is None
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    before = handles()

    def full() -> Never:
        raise OSError

    monkeypatch.setattr(os, "fork", full)
    assert in_second_process(lambda: 1) is None
    assert len(handles()) == len(before)
    monkeypatch.delattr(os, "fork")
    assert in_second_process(lambda: 1) is None
