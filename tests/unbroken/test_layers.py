"""The rooms of the package: each imports only from those above it, and no file imports in a circle."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import unbroken

PACKAGE = Path(unbroken.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

#: From the top down; a room imports from those above it and from no other, be it for a type alone or only
#: when a function runs.
ROOMS = [
    "findings",
    "model",
    "formats",
    "workspace",
    "builders",
    "publish",
    "move",
    "check",
    "recover",
    "project",
    "plugin",
    "cli",
]
LONGEST = 600  # lines: a longer file has a second job


def module(file: Path) -> str:
    """The dotted name of a file's module."""
    return ".".join(("unbroken", *file.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


def imported(source: str) -> list[str]:
    """Every module and name that a source imports of the package, in full; relative ones as they stand."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [f"{'.' * node.level}{node.module or ''}.{name.name}" for name in node.names]
    return [name for name in found if name.startswith((".", "unbroken."))]


def wrong(room: str, source: str) -> list[str]:
    """What a room imports that is not above it; relative names are wrong anywhere."""
    above = {"__version__", room, *ROOMS[: ROOMS.index(room)]}
    return [name for name in imported(source) if name.startswith(".") or name.split(".")[1] not in above]


def circles(names: dict[str, list[str]]) -> None:
    """Raise CycleError where modules import each other in a circle."""
    names = {name: found for name, found in names.items() if name != "unbroken"}  # hands out what is below it
    graph = {
        name: {part for whole in found for part in (whole, whole.rpartition(".")[0]) if part in names}
        - {name}
        for name, found in names.items()
    }
    TopologicalSorter(graph).prepare()


def test_every_folder_is_a_room() -> None:
    assert sorted(ROOMS) == sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists())
    assert [path.name for path in PACKAGE.glob("*.py")] == ["__init__.py"]


@pytest.mark.parametrize("file", [f for f in FILES if f.parent != PACKAGE], ids=module)
def test_a_room_imports_only_from_the_rooms_above_it(file: Path) -> None:
    assert wrong(module(file).split(".")[1], file.read_text(encoding="utf-8")) == []


def test_no_file_imports_itself_by_way_of_others() -> None:
    circles({module(file): imported(file.read_text(encoding="utf-8")) for file in FILES})


@pytest.mark.parametrize("file", FILES, ids=module)
def test_no_file_has_grown_past_what_one_reads_at_once(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize(
    "file", sorted((PACKAGE / "publish/hosts").glob("[a-z]*.py")), ids=lambda file: file.stem
)
def test_a_host_imports_no_other_host(file: Path) -> None:
    names = {name for name in imported(file.read_text(encoding="utf-8")) if ".publish.hosts" in name}
    allowed = "unbroken.publish.hosts.base."
    assert all(name.startswith(allowed) for name in names) if file.stem != "base" else not names


@pytest.mark.parametrize(
    "source",
    [
        "from unbroken.cli import main",
        "import os, unbroken.cli as shell",
        "from . import addresses",
        "from .addresses import Address",
        "if TYPE_CHECKING:\n    from unbroken.cli import main",
        "def late():\n    from unbroken.cli import main",
        "class Late:\n    async def late(self):\n        import unbroken.cli",
    ],
)
def test_an_import_from_below_is_seen_wherever_it_stands(source: str) -> None:
    assert wrong("workspace", f"from unbroken.model.addresses import Address\n{source}")
    assert not wrong("workspace", "from unbroken import __version__\nimport unbroken.model.addresses as a")
