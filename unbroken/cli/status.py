"""How a command ends: its exit status, and the line that says why it could not run."""

from __future__ import annotations

import click

#: What the exit status says, next to 0.
FINDINGS, CANNOT_RUN, STOPPED = 1, 2, 130


class CannotRun(click.ClickException):
    """The command ends with what kept it from running, on one line."""

    exit_code = CANNOT_RUN

    def show(self, file: object = None) -> None:
        """Print the reason."""
        click.echo(f"unbroken: {self.message}", err=True)
