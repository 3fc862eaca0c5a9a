"""What a command says of itself: its text, and examples, files and exit status line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from inspect import cleandoc
from keyword import iskeyword
from typing import Any, NamedTuple

import click

#: The parts of a command's text that are lists, in the order in which they are shown.
PARTS = ("Examples", "Files", "Exit status", "Environment")

_PART = re.compile(rf"^({'|'.join(PARTS)}):\n((?:[ ]+.*\n?)+)", re.MULTILINE)


class Said(NamedTuple):
    """The text of a command.

    Attributes:
        text: its paragraphs.
        parts: the lines of each part, each a term and what it means.
    """

    text: str
    parts: Mapping[str, tuple[tuple[str, str], ...]]


def said(command: click.Command) -> Said:
    """Return what a command says of itself."""
    text = cleandoc(command.help or "")
    parts = {name: tuple(_lines(body)) for name, body in _PART.findall(text)}
    return Said(_PART.sub("", text).strip(), parts)


def _lines(body: str) -> Iterator[tuple[str, str]]:
    for line in body.splitlines():
        if line.strip():
            term, *meaning = re.split(r"  +", line.strip(), maxsplit=1)
            yield term, "".join(meaning)


def _write(command: click.Command, formatter: click.HelpFormatter, *names: str) -> None:
    parts = said(command).parts
    for name in names:
        if lines := parts.get(name):
            width = max(len(term) for term, meaning in lines if meaning) if any(m for _, m in lines) else 0
            with formatter.section(name):
                for term, meaning in lines:
                    # An example stands on one line, so that it can be copied.
                    formatter.write(
                        f"{'':{formatter.current_indent}}{term:{width}}  {meaning}".rstrip() + "\n"
                    )


class Command(click.Command):
    """A command with its parts: the examples first, because they teach most."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the paragraphs and the examples."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(said(self).text)
        _write(self, formatter, "Examples")

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the files and the exit status, which are looked up rather than read."""
        _write(self, formatter, "Files", "Exit status")


class _Commands(dict[str, click.Command]):
    """The commands by their names, each loaded from the file of its name when it is asked for."""

    def __init__(self, short_help: Mapping[str, str]) -> None:
        super().__init__(dict.fromkeys(short_help))  # type: ignore[arg-type]
        self.short_help = short_help

    def __getitem__(self, name: str) -> click.Command:
        found = super().__getitem__(name)
        if found is None:
            attribute = f"{name}_" if iskeyword(name) else name
            found = getattr(import_module(f"unbroken.cli.{attribute}"), attribute)
            found.short_help = self.short_help[name]
            self[name] = found
        return found

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401  which would come back here

    def items(self) -> Any:
        return [(name, self[name]) for name in self]

    def values(self) -> Any:
        return [self[name] for name in self]


class Group(click.Group):
    """The commands in groups, on one screen.

    Args:
        groups: for each group its commands, each with its line in the list.
        settings: what click takes.
    """

    def __init__(self, groups: Mapping[str, Mapping[str, str]], **settings: Any) -> None:
        lines = {name: line for group in groups.values() for name, line in group.items()}
        super().__init__(commands=_Commands(lines), **settings)
        self.groups = groups
        self.lines = lines

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands in the order of their groups."""
        return list(self.lines)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the one sentence."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(said(self).text)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands in their groups, and then the options."""
        first = {next(iter(names)): group for group, names in self.groups.items()}
        rows = list(self.lines.items())
        width = max(len(name) for name, _ in rows)
        with formatter.section("Commands"):
            formatter.write_dl([(f"{first.get(name, ''):9}{name:{width}}", text) for name, text in rows])
        click.Command.format_options(self, ctx, formatter)
