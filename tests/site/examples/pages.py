"""What is wrong with the code on the AI Gateway pages, if anything."""

from __future__ import annotations

import json
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.standin.schemas import fault
from tests.site.examples.files import CODE, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FENCE = re.compile(r"^( *)```(\w*)([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_SNIPPET = re.compile(r'--8<-- "([^"]+)"\n')
_LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")
_SET = re.compile(r"^(\w+)=.+$", re.MULTILINE)

#: What is shown and is no program.
PROSE = frozenset({"text", "http", "diff"})


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    language: str
    title: str
    text: str

    @property
    def snippet(self) -> str | None:
        """The file it shows, if it shows one and nothing else."""
        found = _SNIPPET.fullmatch(self.text)
        return found[1] if found else None

    @property
    def is_command(self) -> bool:
        """Whether it is what a reader types into a terminal."""
        return self.language == "sh" and not self.title


def pages(docs: Path) -> list[Path]:
    """The pages that show examples."""
    return sorted([*(docs / "ai-gateway").rglob("*.md"), *(docs / "changelog").rglob("*.md")])


def blocks(page: Path) -> Iterator[Block]:
    """Every fenced block of a page."""
    for _, language, options, text in _FENCE.findall(page.read_text(encoding="utf-8")):
        title = re.search(r'title="([^"]*)"', options)
        yield Block(page, language, title[1] if title else "", textwrap.dedent(text))


def schema_of(message: object) -> str | None:
    """The schema that a message on a page must keep to."""
    if isinstance(message, list):
        return "universal-steps"
    if isinstance(message, dict) and str(message.get("type")).startswith("universal."):
        return str(message["type"]).replace(".", "-")
    return None


def faults(docs: Path) -> list[str]:
    """Everything that must not be: code that is no tested file, a file shown nowhere, JSON out of line."""
    found = [fault for page in pages(docs) for block in blocks(page) for fault in _of_block(docs, block)]
    shown = {docs / block.snippet for page in pages(docs) for block in blocks(page) if block.snippet}
    linked = {
        (page.parent / link).resolve()
        for page in pages(docs)
        for link in _LINK.findall(page.read_text(encoding="utf-8"))
    }
    for path in sorted((docs / "ai-gateway").glob("**/examples/*")):
        if path.suffix in CODE and path not in shown:
            found.append(f"{path.name} is shown nowhere")
        if path.resolve() not in linked:
            found.append(f"{path.name} is linked nowhere")
    for path in sorted(docs.glob("**/schemas/*")):
        if path.resolve() not in linked:
            found.append(f"{path.name} is linked nowhere")
    return found + [fault for page in pages(docs) for fault in _of_settings(docs, page)]


def _of_block(docs: Path, block: Block) -> Iterator[str]:
    where = f"{block.page.name}: {block.title or block.text.strip().splitlines()[0]}"
    if block.snippet:
        path = docs / block.snippet
        if path.parent.name != "examples" or path.suffix not in CODE or not path.is_file():
            yield f"{where}: {block.snippet} is no example"
        elif block.title != path.name:
            yield f"{where}: the title is not the name of {block.snippet}"
    elif block.language == "json":
        yield from (f"{where}: {wrong}" for wrong in _of_json(block))
    elif block.language not in PROSE and not block.is_command and block.title != ".env":
        yield f"{where}: code that is no tested file"


def _of_json(block: Block) -> Iterator[str]:
    try:
        message = json.loads(block.text)
    except ValueError as error:
        yield f"not JSON: {error}"
        return
    schema = schema_of(message)
    wrong = fault(schema, message) if schema else "no schema is known for this"
    if wrong:
        yield wrong


def _of_settings(docs: Path, page: Path) -> Iterator[str]:
    """A page that shows settings shows those of its examples and no others."""
    given = {name for block in blocks(page) if block.title == ".env" for name in _SET.findall(block.text)}
    wanted = {
        name
        for block in blocks(page)
        if block.snippet and block.snippet.endswith((".py", ".mjs", ".html", ".sh"))
        if (docs / block.snippet).is_file()
        for name in settings(docs / block.snippet)
    }
    if given:
        yield from (f"{page.name}: {name} is not among the settings" for name in sorted(wanted - given))
        yield from (f"{page.name}: no example reads {name}" for name in sorted(given - wanted))
