"""``unbroken logs``: what readers ask for in vain, and which redirects nobody follows."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from unbroken.cli.common import project_of, write_file
from unbroken.cli.help import Command
from unbroken.cli.status import FINDINGS, CannotRun
from unbroken.findings.commands import typed


@click.command(cls=Command, short_help="Tell from access logs what readers ask for in vain.")
@click.argument(
    "files", type=click.Path(path_type=Path, allow_dash=True), nargs=-1, required=True, metavar="FILE..."
)
@click.option("--write", is_flag=True, help="Add the sure ones to the map and the ledger.")
@click.option("--prune", is_flag=True, help="Take out of the map what nobody followed and no page links to.")
@click.option("--retire", is_flag=True, help="With --prune, list them under retired: gone on purpose.")
@click.option("--all", "whole", is_flag=True, help="Show all, and not the first 50 alone.")
@click.option(
    "--site",
    type=click.Path(path_type=Path),
    help="A built site that says what is published.  [default: site_dir; the sources when it is not built]",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to say it.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the list there.")
@click.pass_context
def logs(
    context: click.Context,
    files: tuple[Path, ...],
    write: bool,
    prune: bool,
    retire: bool,
    whole: bool,
    site: Path | None,
    form: str,
    output: Path | None,
) -> None:
    """Tell from access logs what readers ask for in vain, and which redirects nobody follows any more.

    FILE is an access log of nginx, Apache, Caddy, CloudFront, Cloudflare, Netlify or Vercel, plain or packed
    by gzip, - for standard input, or a table of URLs and counts as Search Console, Plausible, Matomo and
    Google Analytics export it. Robots are left out by what they do. Nothing of a log is kept or shown but
    addresses with their counts and days.

    Examples:
      unbroken logs /var/log/nginx/access.log*      what readers ask for in vain
      unbroken logs -                               what a pipe brings
      unbroken logs Pages.csv                       of an export
      unbroken logs access.log --write              add the redirects that are sure
      unbroken logs access.log* --all --prune       drop the redirects that nobody follows

    Files:
      reads   FILE, the configuration, the built site or docs_dir, the ledger, git's history of docs_dir
      writes  -o; with --write the map and the ledger; with --prune the map

    Exit status:
      0  readers ask for nothing in vain
      1  they do
      2  it cannot run
    """
    from unbroken.findings.base import count
    from unbroken.model.errors import Conflict, Refused
    from unbroken.project import evidence
    from unbroken.recover.fix import add_to_map, extend_ledger
    from unbroken.recover.wanted import FORMATS

    if retire and not prune:
        raise CannotRun("--retire says what becomes of what --prune takes out. Add --prune.")
    project = project_of(context, site)
    try:
        config = project.config
        built = project.built(site) if site or config.site_dir.is_dir() or config.is_own else None
        found = evidence.gather(project, [None if str(file) == "-" else file for file in files], built)
        text = FORMATS[form](found, None if whole or output else 50)
        if output is not None:
            write_file(output, text)
            click.echo(f"{output} written.", err=True)
        else:
            click.echo(text, nl=False)
        if write and found.sure:
            click.echo(add_to_map(config, found.sure), err=True)
            click.echo(extend_ledger(config, evidence.addresses(found)), err=True)
            found.wanted = [each for each in found.wanted if each.proposal not in found.sure]
        if prune and found.idle:
            gone = evidence.prune(project, found.idle, retire=retire)
            kept = len(found.idle) - len(gone)
            after = (
                "The ledger keeps their addresses, which are listed under retired, as gone on purpose."
                if retire
                else f"The ledger keeps their addresses, and {typed('unbroken check')} calls them lost until "
                "you list under retired what is gone on purpose; --retire does that."
            )
            linked = f"; pages still link to {kept:,} more" if kept else ""
            click.echo(
                f"{count(len(gone), 'redirect')} taken out of the map{linked}. "
                f"To take it back: {typed('unbroken move --undo')}. {after}",
                err=True,
            )
    except (Refused, Conflict) as error:
        raise CannotRun(str(error)) from None
    sys.exit(FINDINGS if found.wanted else 0)
