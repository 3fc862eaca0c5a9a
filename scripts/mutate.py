"""Break one line of the package at a time, and print which breaks no test of its room notices.

A break is what a slip of the hand is: a comparison or a condition turned round, a number one off, a value not
returned, a call left out. Breaks are made in a copy, which the tests run in. Where the suite was measured
(``scripts/test --measure``), a break meets tests that ran its line, those of its file first; elsewhere all
tests of the room (``tests/unbroken/ROOM`` for ``unbroken/ROOM``). What they miss meets the type checker, as
in ``scripts/test``. Other tests may notice what survives here.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import coverage

ROOT = Path(__file__).resolve().parent.parent
#: Whose tests stand elsewhere, too.
ELSEWHERE = {"findings": ["findings", "check", "cli"]}
#: How many seconds the tests of a room, and each of some tests, may take; what takes longer is noticed.
LONGEST, EACH = 900, 15
CORES = os.cpu_count() or 1
#: How many seconds pytest spends around a test.
AROUND = 0.05
#: What the last measured run of the suite has kept.
DATA = ROOT / ".cache/coverage/data"
#: So many of the tests that ran a line come first; others follow until they take so many seconds together.
FIRST, MOST = 12, 60

#: What comes of a break that is tried.
TESTS, TYPES, SURVIVES = "killed by tests", "killed by types", "SURVIVES"

_SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


class Mutant(NamedTuple):
    """A break: in which file (from the root), what is replaced from one byte to another, and by what."""

    file: str
    line: int
    start: int
    end: int
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.old}  ->  {self.new}"

    @property
    def room(self) -> str:
        """The folder of the package, or empty for a file at its top."""
        parts = self.file.split("/")
        return parts[1] if len(parts) > 2 else ""

    def applied(self, data: bytes) -> bytes:
        """Return the broken file."""
        return data[: self.start] + self.new.encode() + data[self.end :]


def mutants(file: str, data: bytes) -> Iterator[Mutant]:
    """Yield every break of a file."""
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node, new in _changes(ast.parse(data)):
        # A break is of one line, so that it can be read where it is printed.
        if node.lineno == node.end_lineno and node.end_col_offset is not None:
            start, end = (
                starts[node.lineno - 1] + node.col_offset,
                starts[node.lineno - 1] + node.end_col_offset,
            )
            yield Mutant(file, node.lineno, start, end, data[start:end].decode(), new)


def _changes(node: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    if isinstance(node, ast.JoinedStr) or (
        # What only the type checker reads.
        isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    ):
        return
    yield from _own(node)
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns", "decorator_list"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _changes(child)


def _own(node: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    match node:
        case ast.Compare(left, [operator], [right]) if type(operator) in _SWAPPED:
            yield node, f"({ast.unparse(ast.Compare(left, [_SWAPPED[type(operator)]()], [right]))})"
        case ast.BoolOp(operator, values):
            other = ast.And() if isinstance(operator, ast.Or) else ast.Or()
            yield node, f"({ast.unparse(ast.BoolOp(other, values))})"
        case ast.UnaryOp(ast.Not(), operand):
            yield node, f"bool({ast.unparse(operand)})"
        case ast.Constant(bool() as value):
            yield node, str(not value)
        case ast.Constant(int() as value):
            yield node, str(value + 1)
        case ast.Return(ast.expr() as value) if not isinstance(value, ast.Constant):
            yield node, "return None"
        case ast.If(test) | ast.IfExp(test) | ast.While(test) if isinstance(test, ast.Name | ast.Call):
            yield test, f"(not {ast.unparse(test)})"
        case ast.Call(ast.Name(), [ast.expr() as value], []) if not isinstance(value, ast.Starred):
            yield node, f"({ast.unparse(value)})"
        case ast.Expr(ast.Call()):
            yield node, "pass"
        case ast.Continue():
            yield node, "break"
        case _:
            pass


def tests_of(room: str) -> list[str]:
    """Return the folders of tests that a break in a room should not get past."""
    if not room:
        return ["tests/unbroken"]
    return [f"tests/unbroken/{each}" for each in ELSEWHERE.get(room, [room])]


class Measured:
    """Which tests ran which line, when ``scripts/test`` last measured it; none where it never did."""

    def __init__(self) -> None:
        self.data = coverage.CoverageData(str(DATA))
        self.seconds: dict[str, float] = {}
        if DATA.exists():
            self.data.read()
            self.seconds = json.loads(DATA.with_name("seconds.json").read_bytes())

    def tests(self, mutant: Mutant) -> list[str]:
        """Return tests that ran a line, or the one before it that ran: of its file, room, others; by time.

        Those of ``unbroken/move/tree.py`` are in ``tests/unbroken/move/test_tree*``.
        """
        file = str(ROOT / mutant.file)
        ran = [line for line in self.data.lines(file) or () if line <= mutant.line]
        found = filter(None, self.data.contexts_by_lineno(file).get(max(ran, default=0), []))
        own = tuple(f"{folder}/" for folder in tests_of(mutant.room))
        named = tuple(f"{folder}test_{Path(mutant.file).stem}" for folder in own)

        def order(test: str) -> tuple[bool, bool, float, str]:
            return not test.startswith(named), not test.startswith(own), self.seconds.get(test, 0), test

        tests, left = list[str](), float(MOST)
        for test in sorted(found, key=order):
            left -= self.seconds.get(test, 0) + AROUND
            if left < 0 and len(tests) >= FIRST:
                break
            tests.append(test)
        return tests


def copy(there: Path) -> None:
    """Copy all that git tracks to a folder; what is installed is shared."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (there / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, there / name, follow_symlinks=False)
    for name in (".venv", "tests/node/node_modules"):
        if (ROOT / name).exists():
            (there / name).symlink_to(ROOT / name)


def passes(there: Path, tests: list[str]) -> bool:
    """Return whether tests pass in a copy, in the time that they may take."""
    seconds = min(LONGEST, EACH * len(tests)) if "::" in tests[0] else LONGEST
    return _ends_well(there, seconds, "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests)


def is_typed(there: Path) -> bool:
    """Return whether the type checker finds nothing in the package of a copy."""
    return _ends_well(there, LONGEST, "mypy", "unbroken")


def _ends_well(there: Path, seconds: float, *module: str) -> bool:
    command = [sys.executable, "-m", *module]
    environment = {**os.environ, "PYTHONPATH": str(there), "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        command, cwd=there, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        return process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.poll() is None:
            # Its servers and builds as well.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def main() -> None:
    """Read the command line, break and test."""
    parser = argparse.ArgumentParser(prog="scripts/mutants", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seed", type=int, default=1, help="which sample of breaks is tried: 1")
    parser.add_argument("--number", type=int, default=20, help="how many breaks are tried: 20")
    parser.add_argument("--room", action="append", help="only breaks of this room; may be given again")
    options = parser.parse_args()
    files = [file.relative_to(ROOT).as_posix() for file in sorted((ROOT / "unbroken").rglob("*.py"))]
    found = [mutant for file in files for mutant in mutants(file, (ROOT / file).read_bytes())]
    found = [mutant for mutant in found if not options.room or mutant.room in options.room]
    sample = random.Random(options.seed).sample(found, min(options.number, len(found)))
    outcomes = Counter[str]()
    measured = Measured()
    healthy: dict[str, bool] = {}
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, ThreadPoolExecutor(CORES) as pool:
        copies = SimpleQueue[Path]()
        for number in range(CORES):
            copy(Path(folder, str(number)))
            copies.put(Path(folder, str(number)))

        def tried(mutant: Mutant) -> str:
            """Return what comes of a break; nothing where the tests of its room fail without it, too."""
            tests = measured.tests(mutant)
            there = copies.get()
            file = there / mutant.file
            data = file.read_bytes()
            try:
                if not tests and mutant.room not in healthy:
                    healthy[mutant.room] = passes(there, tests_of(mutant.room))
                if not tests and not healthy[mutant.room]:
                    return ""
                file.write_bytes(mutant.applied(data))
                parts = [tests[:FIRST], tests[FIRST:]] if tests else [tests_of(mutant.room)]
                if not all(passes(there, part) for part in parts if part):
                    return TESTS
                return SURVIVES if is_typed(there) else TYPES
            finally:
                file.write_bytes(data)
                copies.put(there)

        for mutant, outcome in zip(sorted(sample), pool.map(tried, sorted(sample)), strict=True):
            outcomes[outcome] += 1
            unable = "" if outcome else ": its tests fail, or take too long, without it"
            print(f"{outcome or 'not tried':<{len(TESTS)}}  {mutant}{unable}", flush=True)
    killed = outcomes[TESTS] + outcomes[TYPES]
    count = killed + outcomes[SURVIVES]
    share = f" ({killed / count:.0%}), {outcomes[TYPES]} of them by types alone" if count else ""
    print(
        f"{killed} of {count} killed{share}; {outcomes['']} not tried; seed {options.seed}, of {len(found):,}"
    )


if __name__ == "__main__":
    main()
