"""Measure what the tests run of the package; ``scripts/test`` loads it when it runs all of them.

What runs in this process and in those of pytest-xdist is measured, and every command that the tests of the
package start. Those of the site build it many times over, and run nothing of the package that others do not.
Nor do property tests, which run the same lines hundreds of times, and those in ``REPEAT``: they are left
out, and so are the processes that commands start, but for those of the tests in ``BUILDS``. With
``--by-test`` nothing of the package's tests is left out, and it is noted which test runs which line:
``scripts/mutants`` asks.
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
OURS = ROOT / "tests/unbroken"
#: What builds for long or asks many servers, and runs next to nothing that the rest does not run as well.
REPEAT = [
    "builders/test_builders", "builders/test_waiting", "check/test_agreement", "check/test_promise",
    "move/test_driver", "move/test_reorganisation", "project/test_takeover",
    "publish/hosts/test_hosting_page", "publish/hosts/test_names_on_servers",
    "publish/hosts/test_other_sites", "publish/hosts/test_stubs", "publish/hosts/test_table",
    "publish/test_browser", "publish/test_differential",
]  # fmt: skip
#: What runs of the package in a builder that a command has started.
BUILDS = {f"builders/test_{name}" for name in ("record", "rendered", "which")}
REPORT = ROOT / ".cache/coverage/report.txt"
SECONDS: dict[str, float] = {}
SHARE = pytest.StashKey[float]()
_part = coverage.Coverage(data_suffix=True)
REPORT.parent.mkdir(parents=True, exist_ok=True)
_part.start()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the switch."""
    parser.addoption("--by-test", action="store_true", help="measure every test of the package, one by one")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Forget what is left of a run that was broken off."""
    if not hasattr(session.config, "workerinput"):
        for part in _parts():
            part.unlink()


def _parts() -> list[Path]:
    """Return what each process has kept."""
    return [*REPORT.parent.glob("data.*")]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Measure this test, or not, and let the commands that it runs know."""
    by_test = item.config.getoption("by_test")
    ours = item.path.relative_to(OURS).with_suffix("").as_posix() if item.path.is_relative_to(OURS) else ""
    repeats = item.get_closest_marker("hypothesis") is not None or ours in REPEAT
    measured = bool(ours) and (by_test or not repeats)
    is_on = coverage.Coverage.current() is _part
    if is_on and not measured:
        _part.stop()
    elif measured and not is_on:
        _part.start()
    for name in [*os.environ]:
        if name.startswith("COVERAGE_"):
            del os.environ[name]
    if not measured:
        return
    test = item.nodeid.partition("[")[0] if by_test else ""
    if by_test:
        _part.switch_context(test)
    os.environ["COVERAGE_TEST"] = test  # tests/warm.py asks for it
    if by_test or ours in BUILDS:
        # What lets Python measure any other process.
        os.environ["COVERAGE_PROCESS_START"] = str(ROOT / "pyproject.toml")
        os.environ["COVERAGE_FILE"] = str(REPORT.with_name("data"))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how long each test takes: ``scripts/mutants`` tries the quick ones first."""
    test = report.nodeid.partition("[")[0]
    SECONDS[test] = SECONDS.get(test, 0) + report.duration


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Keep what was run; the process that began the tests puts it together and says how much it is."""
    _part.stop()
    _part.save()
    if hasattr(session.config, "workerinput"):
        return
    by_test = session.config.getoption("by_test")
    whole = coverage.Coverage() if by_test else coverage.Coverage(data_file=None)
    whole.combine(map(str, _parts()))
    if by_test:  # what scripts/mutants asks
        whole.save()
        REPORT.with_name("seconds.json").write_text(json.dumps(SECONDS, indent=0), encoding="utf-8")
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
