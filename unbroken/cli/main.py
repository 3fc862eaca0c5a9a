"""The command line: each command reads, asks the rooms that decide, and prints."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from unbroken import __version__
from unbroken.cli.help import Group
from unbroken.cli.status import CannotRun
from unbroken.findings.commands import tell_of
from unbroken.model.errors import Conflict, UnbrokenError
from unbroken.workspace.files import FOLDER, shown

#: Every command in its group, with its line in the list. What a command needs is loaded when it runs.
COMMANDS = {
    "daily": {
        "move": "Move a page, folder, file or heading, and its links.",
        "check": "Say what is wrong with the site, and what mends it.",
        "explain": "Show what a code of a message means.",
        "record": "Note every address that is published now.",
    },
    "rescue": {
        "recover": "Find old addresses in git that answer no more.",
        "logs": "Tell from access logs what readers ask for in vain.",
        "resolve": "Show where an address leads, and which line says so.",
    },
    "hosting": {
        "export": "Print a host's redirect rules.",
        "finish": "Put redirects into a site that another builder made.",
        "verify": "Ask a live server for every published address.",
    },
    "set-up": {
        "init": "Set Unbroken up on this site.",
        "import": "Take over redirects that another tool has.",
        "completion": "Print what completes commands in your shell.",
    },
}


class _Main(Group):
    """The commands, none of which ends in a traceback because of a file."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **others: Any) -> Any:
        if args is None and sys.getfilesystemencoding() != "utf-8":
            # Names in git, in a map and in a link are UTF-8, whatever the shell's locale is (PEP 540).
            os.environ["PYTHONUTF8"] = "1"
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 # the same command
        # What is said to a stream that the shell has closed is for nobody.
        sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
        sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
        try:
            return super().main(args, *rest, **others)
        except SystemExit as ending:
            if args is None and isinstance(ending.code, int):
                _leave(ending.code)
            raise

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


def _leave(status: int) -> None:
    """End the process, unless something is left to be done in it.

    To give back each object that a command has made, as Python does, takes 2 % of a check.
    """
    if threading.active_count() > 1:
        return
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return  # which Python tells of
    os._exit(status)


_SHOWN = 200  # characters of a file's name


@click.group(
    cls=_Main,
    groups=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
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

    Environment:
      NO_COLOR  with any value, nothing is printed in colour
      PATH      git is looked for here
    """
    context.obj = config_file
    tell_of(str(config_file) if config_file else "")
    context.call_on_close(lambda: tell_of(""))
    if os.environ.get("NO_COLOR"):
        context.color = False
    _settle(config_file)


def _settle(config_file: Path | None) -> None:
    """Settle what a move that was stopped left behind, and say so."""
    from unbroken.workspace import config as configuration  # reads YAML, which help and version do without

    file = config_file or configuration.find(Path.cwd())
    if file is None or not (file.absolute().parent / FOLDER / "move").exists():
        return
    from unbroken.workspace.transaction import Transaction  # only loaded when there is one

    try:
        said = Transaction(file.absolute().parent).recover()
    except Conflict as error:
        said = f"unbroken: {error}"
    if said:
        click.echo(said, err=True)
