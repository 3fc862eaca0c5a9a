"""The command line, a file a command."""

from unbroken.cli.import_ import import_
from unbroken.cli.main import main

main.add_command(import_)

__all__ = ["main"]
