"""``unbroken finish``: redirects put into a site that another builder made."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from unbroken.check.report import count
from unbroken.cli.common import project_of, report
from unbroken.cli.help import Command
from unbroken.cli.status import FINDINGS
from unbroken.findings.base import has_errors


@click.command(cls=Command)
@click.argument("site", type=click.Path(path_type=Path))
@click.pass_context
def finish(context: click.Context, site: Path) -> None:
    """Put stubs, anchor moves and rule files into a built SITE.

    For builders that do not run the plugin. Running it again changes nothing.

    Examples:
      unbroken finish site    after any builder

    Files:
      reads   the configuration, the built site, the ledger
      writes  the built site

    Exit status:
      0  it is done
      1  it is done as far as it can be, and there are errors
      2  it cannot run
    """
    project = project_of(context)
    outcome = project.finish(site)
    findings = report(project, outcome.findings)
    for address, file in outcome.replaced:
        click.echo(f"Replaced at {address}: {file}, which something else wrote.", err=True)
    for file in outcome.removed:
        click.echo(f"Removed: {file}, which no redirect asks for.", err=True)
    changed = len(outcome.written) + len(outcome.removed)
    click.echo(f"{count(len(outcome.plan.answers), 'redirect')}, {count(changed, 'file')} changed in {site}.")
    sys.exit(FINDINGS if has_errors(findings) else 0)
