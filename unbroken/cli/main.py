"""The command line: each command reads, asks the rooms that decide, and prints."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import click

from unbroken import __version__
from unbroken.cli.check import check
from unbroken.cli.common import CannotRun
from unbroken.cli.completion import completion
from unbroken.cli.explain import explain
from unbroken.cli.export import export
from unbroken.cli.finish import finish
from unbroken.cli.help import Group
from unbroken.cli.import_ import import_
from unbroken.cli.init import init
from unbroken.cli.move import move
from unbroken.cli.record import record
from unbroken.cli.recover import recover
from unbroken.cli.resolve import resolve
from unbroken.cli.verify import verify
from unbroken.model.errors import Conflict, UnbrokenError
from unbroken.workspace import config as configuration
from unbroken.workspace.files import FOLDER, shown


class _Main(Group):
    """The commands, none of which ends in a traceback because of a file."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # click ends quietly
        except UnbrokenError as error:
            raise CannotRun(str(error)) from None
        except OSError as error:
            name = shown(Path(os.fsdecode(error.filename)))[:_SHOWN] if error.filename else "A file"
            raise CannotRun(f"{name} cannot be read or written: {error.strerror or error}.") from None


_SHOWN = 200  # characters of a file's name


@click.group(cls=_Main, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="unbroken %(version)s")
@click.option(
    "-f",
    "--config-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The site's configuration.  [default: the one here]",
)
@click.pass_context
def main(context: click.Context, config_file: Path | None) -> None:
    """Keep every address that a documentation site ever published answering.

    Examples:
      unbroken check -h    what check can do, with examples

    Environment:
      NO_COLOR  with any value, nothing is printed in colour
      PATH      git is looked for here
    """
    # Next to nothing that a command makes is garbage before it ends, and with a hundred thousand redirects
    # looking for it takes half of the time.
    gc.disable()
    context.obj = config_file
    if os.environ.get("NO_COLOR"):
        context.color = False
    _settle(config_file)


def _settle(config_file: Path | None) -> None:
    """Settle what a move that was stopped left behind, and say so."""
    file = config_file or configuration.find(Path.cwd())
    if file is None or not (file.absolute().parent / FOLDER / "move").exists():
        return
    from unbroken.workspace.transaction import Journal  # only loaded when there is one

    try:
        said = Journal(file.absolute().parent).recover()
    except Conflict as error:
        said = f"unbroken: {error}"
    if said:
        click.echo(said, err=True)


main.add_command(check)
main.add_command(finish)
main.add_command(export)
main.add_command(resolve)
main.add_command(record)
main.add_command(verify)
main.add_command(recover)
main.add_command(move)
main.add_command(init)
main.add_command(import_)
main.add_command(completion)
main.add_command(explain)
