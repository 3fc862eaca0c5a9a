"""``unbroken explain``: what a code means, with an example and its cure."""

from __future__ import annotations

import sys

import click

from unbroken.cli.help import Command
from unbroken.cli.status import CannotRun
from unbroken.findings.catalog import CODES, section
from unbroken.model.suggest import choose


@click.command(cls=Command)
@click.argument("code")
def explain(code: str) -> None:
    """Show what the CODE of a message means, with an example and its cure.

    Examples:
      unbroken explain dead-page

    Exit status:
      0  it is shown
      2  there is no such code
    """
    kind = CODES.get(code)
    if kind is None:
        raise CannotRun(f"there is no code {code!r}. {choose(code, CODES)}")
    text = f"# {code}\n\n{section(kind)}"
    if not sys.stdout.isatty():
        click.echo(text, nl=False)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(text))
