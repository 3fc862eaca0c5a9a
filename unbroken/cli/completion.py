"""``unbroken completion``: what completes commands in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from unbroken.cli.help import Command


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes commands, options, pages and addresses in a SHELL.

    Bash has to be 4.4 or later.

    Examples:
      eval "$(unbroken completion bash)"    in ~/.bashrc
      eval "$(unbroken completion zsh)"     in ~/.zshrc, below compinit
      unbroken completion fish | source     in ~/.config/fish/config.fish

    Exit status:
      0  it is done
      2  there is no such shell here
    """
    kind = get_completion_class(shell)
    assert kind  # click has one for each of the three
    click.echo(kind(context.find_root().command, {}, "unbroken", "_UNBROKEN_COMPLETE").source())
