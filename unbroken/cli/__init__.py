"""The command line, a file a command."""

from unbroken.cli.main import main

__all__ = ["main"]
