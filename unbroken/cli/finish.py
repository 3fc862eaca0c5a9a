"""``unbroken finish``: redirects put into a site that another builder made."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import click

from unbroken.cli.common import project_of, report
from unbroken.cli.help import Command
from unbroken.cli.status import FINDINGS, CannotRun
from unbroken.findings.base import count, has_errors
from unbroken.findings.commands import typed
from unbroken.model.errors import GitError
from unbroken.project.project import Project


@click.command(cls=Command)
@click.argument("site", type=click.Path(path_type=Path), required=False)
@click.option(
    "--into",
    metavar="BRANCH-or-FOLDER",
    help="Write the rules of all builds that are deployed there to its root, where hosts read them.",
)
@click.pass_context
def finish(context: click.Context, site: Path | None, into: str | None) -> None:
    """Put stubs, anchor moves and rule files into a built SITE.

    For builders that do not run the plugin. Running it again changes nothing.

    Examples:
      unbroken finish site               after any builder
      unbroken finish --into gh-pages    after mike, for the versions on that branch

    Files:
      reads   the configuration, the built site, the ledger
      writes  the built site; with --into a commit on the branch, or the folder

    Exit status:
      0  it is done
      1  it is done as far as it can be, and there are errors
      2  it cannot run
    """
    project = project_of(context)
    if (site is None) == (into is None):
        raise CannotRun(
            f"name the built site, as in {typed('unbroken finish site')}; or with --into what is deployed."
        )
    if into is not None:
        _finish_tree(project, into)
    assert site is not None
    outcome = project.finish(site)
    findings = report(project, outcome.findings)
    for address, file in outcome.replaced:
        click.echo(f"Replaced at {address}: {file}, which something else wrote.", err=True)
    for file in outcome.removed:
        click.echo(f"Removed: {file}, which no redirect asks for.", err=True)
    changed = len(outcome.written) + len(outcome.removed)
    click.echo(f"{count(len(outcome.plan.answers), 'redirect')}, {count(changed, 'file')} changed in {site}.")
    sys.exit(FINDINGS if has_errors(findings) else 0)


def _finish_tree(project: Project, into: str) -> NoReturn:
    """Write rules to the root of a deployed tree, and end."""
    from unbroken.publish.deployed import branch, finish_tree

    config = project.config
    try:
        with ExitStack() as stack:
            folder = Path(into)
            if not folder.is_dir():
                message = "Write the redirects of all versions to the root"
                folder = stack.enter_context(branch(config.file.parent, into, message))
            done = finish_tree(config, folder)
    except GitError as error:
        raise CannotRun(f"{into} is neither a folder nor a branch that can be written: {error}.") from None
    findings = report(project, done.findings)
    where = f" from {', '.join(done.builds)}" if done.builds else ""
    changed = f"{count(len(done.written), 'file')} changed in {into}"
    click.echo(f"{count(done.redirects, 'redirect')}{where}, {changed}.")
    sys.exit(FINDINGS if has_errors(findings) else 0)
