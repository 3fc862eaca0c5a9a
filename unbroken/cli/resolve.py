"""``unbroken resolve``: where an address leads."""

from __future__ import annotations

import sys
from pathlib import Path
from shlex import quote
from urllib.parse import urlsplit

import click

from unbroken.cli.common import SITE, project_of
from unbroken.cli.complete import complete_address
from unbroken.cli.help import Command
from unbroken.cli.status import FINDINGS, CannotRun
from unbroken.findings.commands import typed
from unbroken.publish.explain import is_address, is_outside


@click.command(cls=Command)
@click.argument("address", shell_complete=complete_address)
@SITE
@click.pass_context
def resolve(context: click.Context, address: str, site: Path | None) -> None:
    """Show where an ADDRESS leads, hop by hop, on each host, and which line says so.

    Examples:
      unbroken resolve /old/page/
      unbroken resolve '/old/page/#section'

    Files:
      reads   the configuration, the built site or docs_dir, the ledger

    Exit status:
      0  it leads somewhere
      1  nothing answers there
      2  it cannot run
    """
    project = project_of(context)
    if not is_address(address):
        raise CannotRun(f"{address!a} is no address. Write it as in /old/page/#section.")
    if is_outside(address, project.config.site_url):
        path = urlsplit(address).path or "/"
        raise CannotRun(
            f"{address} is outside the site, {project.config.site_url}. "
            f"To ask the site for that path: {typed('unbroken resolve')} {quote(path)}"
        )
    found = project.resolve(address, site)
    for line in found.lines:
        click.echo(line)
    sys.exit(0 if found.answers else FINDINGS)
