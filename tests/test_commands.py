"""The helper that runs commands for the tests: none can hang."""

from __future__ import annotations

import pytest

from tests.commands import run


def test_a_command_that_hangs_is_a_failure_with_its_output_and_is_ended_with_its_children() -> None:
    # The child holds the pipes: were it alive, nobody would see the end of what was printed.
    with pytest.raises(AssertionError, match=r"did not end within 2 s:\nso far\nand this"):
        run("sh", "-c", "echo so far; echo and this >&2; sleep 600 & sleep 600", timeout=2)
