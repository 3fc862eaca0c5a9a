"""The rooms of the package: each imports only from those above it, in the order that the package states."""

from __future__ import annotations

import ast
import re
from itertools import takewhile
from pathlib import Path

import pytest

import unbroken

PACKAGE = Path(unbroken.__file__).parent
FILES = sorted(file for file in PACKAGE.rglob("*.py") if file != PACKAGE / "__init__.py")
ORDER = re.findall(r"^(\w+) {2,}\S", unbroken.__doc__ or "", re.MULTILINE)


def room(file: Path) -> str:
    """The room of a file: a folder is one room."""
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(source: str) -> list[str]:
    """What a source imports of the package: for types alone and within functions, too."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found += [f"{module}.{name.name}" for name in node.names] if module == "unbroken" else [module]
    return [name for name in found if name.startswith((".", "unbroken."))]


def wrong(own: str, source: str) -> list[str]:
    """What a room imports that is not above it; relative names are wrong anywhere."""
    above = {"__version__", own, *takewhile(lambda name: name != own, ORDER)}
    return [name for name in imported(source) if name.startswith(".") or name.split(".")[1] not in above]


def test_every_room_has_its_place_in_the_order() -> None:
    assert sorted(ORDER) == sorted({room(file) for file in FILES})


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_a_room_imports_only_from_the_rooms_above_it(file: Path) -> None:
    assert wrong(room(file), file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("file", sorted((PACKAGE / "hosts").glob("[a-z]*.py")), ids=lambda file: file.stem)
def test_a_host_imports_no_other_host(file: Path) -> None:
    names = {name for name in imported(file.read_text(encoding="utf-8")) if ".hosts" in name}
    assert names <= ({"unbroken.hosts.base"} if file.stem != "base" else set())


@pytest.mark.parametrize(
    "source",
    [
        "from unbroken.cli import main",
        "from unbroken import __version__, cli",
        "import os, unbroken.cli as shell",
        "from . import addresses",
        "from .addresses import Address",
        "if TYPE_CHECKING:\n    from unbroken.cli import main",
        "def late():\n    from unbroken.cli import main",
        "class Late:\n    async def late(self):\n        import unbroken.cli",
    ],
)
def test_an_import_from_below_is_seen_wherever_it_stands(source: str) -> None:
    assert wrong("site", f"from unbroken.addresses import Address\n{source}")
    assert not wrong("site", "from unbroken import __version__, addresses\nimport unbroken.addresses as a")
