"""``unbroken import``: redirects of another tool's files, taken over into the map."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from unbroken.cli.common import project_of
from unbroken.cli.help import Command
from unbroken.cli.status import FINDINGS, CannotRun
from unbroken.findings.commands import typed
from unbroken.model.redirects import Published
from unbroken.project.project import Project
from unbroken.publish.importers import FORMATS
from unbroken.workspace import ledger
from unbroken.workspace.files import shown


@click.command("import", cls=Command)
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    metavar="FORMAT",
    help="The format of the files.  [default: by name and content]",
)
@click.option(
    "--site",
    type=click.Path(path_type=Path),
    help="A built site that says what is published.  [default: site_dir; the sources when it is not built]",
)
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def import_(
    context: click.Context,
    files: tuple[Path, ...],
    form: str | None,
    site: Path | None,
    dry_run: bool,
    yes: bool,
) -> None:
    """Take over the redirects in each FILE into the map, and prove that old addresses end where they did.

    FILE is a rule file of a host, a list of redirects or the configuration of another generator, or a folder
    of pages with aliases in their front matter. What it holds is shown first, line by line; what the map
    cannot say stays where it is. Every address that answers enters the list of published addresses.

    Without a terminal to ask on it needs --yes.

    Examples:
      unbroken import docs/_redirects                          show, ask, and take over
      unbroken import netlify.toml vercel.json --dry-run       show alone
      unbroken import docs/                                    aliases and redirect_from of pages
      unbroken import old.csv --format csv --yes               two columns: old address, new address
      unbroken import nginx.conf --site public                 judged by a built site

    Files:
      reads   FILE, the configuration, the built site or docs_dir, the ledger
      writes  the map, the ledger, a _redirects in docs_dir; .cache/unbroken for --undo

    Exit status:
      0  it is done, and every address ends where it did
      1  it is done, or shown, and some addresses end elsewhere or a line cannot be read
      2  it is refused or not confirmed, and nothing has changed
    """
    from unbroken.model.errors import Conflict, Refused
    from unbroken.project import takeover as take

    project = project_of(context, site)
    config = project.config
    try:
        found = [(file, FORMATS[form] if form else take.format_of(file, config)) for file in files]
        planned = take.plan(config, found, _published(project, site), ledger.read(config.ledger).pages)
        for line in take.described(planned):
            click.echo(line)
        differs = any(
            source.differences or source.misread or source.imported.faults for source in planned.sources
        )
        if not planned.writes:
            click.echo("There is nothing to change.")
        else:
            click.echo("\n".join(take.changes(planned)))
            if dry_run:
                click.echo("Nothing was changed.", err=True)
            else:
                if not yes:
                    if not sys.stdin.isatty():
                        raise CannotRun("nothing was changed. To take this over, add --yes.")
                    if not click.confirm("Take this over?", default=True):
                        raise CannotRun("nothing was changed.")
                take.apply(planned)
                click.echo(f"Taken over. To take it all back: {typed('unbroken move --undo')}.")
    except (Refused, Conflict) as error:
        raise CannotRun(str(error)) from None
    sys.exit(FINDINGS if differs else 0)


def _published(project: Project, site: Path | None) -> Published:
    """Return what is published, by the built site where there is one."""
    folder = site or project.config.site_dir
    if site or folder.is_dir() or project.config.is_own:
        return project.built(folder)
    click.echo(
        f"There is no site in {shown(folder)}, so the sources say what is published. "
        "What else the builder makes counts as not published.",
        err=True,
    )
    return project.plan_of_sources().plan.published
