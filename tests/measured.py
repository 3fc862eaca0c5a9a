"""Measure what the tests run of the package, test by test; ``scripts/test --measure`` loads it.

What runs in this process and in those of pytest-xdist is measured, and every command that the tests of the
package start. Those of the site build it many times over, and run nothing of the package that others do not.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import coverage
import pytest

#: The share of lines and branches that the tests have to run, in percent.
LEAST = 95.0

ROOT = Path(__file__).parent.parent
REPORT = ROOT / ".cache/coverage/report.txt"
# What lets Python measure a command.
IN_COMMANDS = {
    "COVERAGE_PROCESS_START": str(ROOT / "pyproject.toml"),
    "COVERAGE_FILE": str(REPORT.with_name("data")),
}
SECONDS: dict[str, float] = {}
SHARE = pytest.StashKey[float]()
_part = coverage.Coverage(data_suffix=True)
REPORT.parent.mkdir(parents=True, exist_ok=True)
_part.start()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note for each line which tests run it: scripts/mutants asks."""
    test = item.nodeid.partition("[")[0]
    _part.switch_context(test)
    if item.path.is_relative_to(ROOT / "tests/unbroken"):
        os.environ.update(IN_COMMANDS, COVERAGE_TEST=test)
    else:
        for name in IN_COMMANDS:
            os.environ.pop(name, None)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how long each test takes: scripts/mutants tries the quick ones first."""
    test = report.nodeid.partition("[")[0]
    SECONDS[test] = SECONDS.get(test, 0) + report.duration


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Keep what was run; the process that began the tests puts it together and says how much it is."""
    _part.stop()
    _part.save()
    if hasattr(session.config, "workerinput"):
        return
    REPORT.with_name("seconds.json").write_text(json.dumps(SECONDS, indent=0), encoding="utf-8")
    whole = coverage.Coverage()
    whole.combine()
    whole.save()
    with REPORT.open("w", encoding="utf-8") as report:
        share = whole.report(file=report, show_missing=True, skip_covered=True)
    session.config.stash[SHARE] = share
    if share < LEAST and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how much it is."""
    share = config.stash.get(SHARE, None)
    if share is not None:
        terminalreporter.write_line(
            f"{share:.1f} % of the package is run by the tests: see {REPORT.relative_to(ROOT)}."
        )
