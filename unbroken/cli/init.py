"""``unbroken init``: Unbroken set up on a site."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from unbroken.model.addresses import Address
from unbroken.model.errors import BuildError, Conflict, NoHistory, Refused
from unbroken.project import Project
from unbroken.workspace.files import shown

if TYPE_CHECKING:
    from unbroken.project.setup.changes import Setup
from unbroken.cli.common import show_waiting
from unbroken.cli.help import Command
from unbroken.cli.record import listed_in
from unbroken.cli.status import CannotRun
from unbroken.findings.commands import typed


@click.command(cls=Command)
@click.argument("site", type=click.Path(path_type=Path), required=False)
@click.option("--sitemap", metavar="URL-or-FILE", help="Also record what a sitemap lists.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def init(context: click.Context, site: Path | None, sitemap: str | None, yes: bool) -> None:
    """Set Unbroken up on a site: show what it adds, add it all, and tell the state of the links.

    It adds the plugin, the ledger of published addresses, and a check of each change. SITE is the built
    site; by default the site is built in a temporary folder, as you build it here.

    Without a terminal to ask on it needs --yes.

    Examples:
      unbroken init                                              show, ask, and add
      unbroken init --sitemap https://example.com/sitemap.xml    with what a live site lists
      unbroken init --yes                                        where nobody can be asked

    Files:
      reads   the configuration, docs_dir, the built site, git's history of docs_dir
      writes  the configuration, the ledger, .gitattributes, CI; .cache/unbroken for --undo

    Exit status:
      0  it is done
      2  it is refused or not confirmed, and nothing has changed
    """
    from unbroken.builders.build import built_now
    from unbroken.builders.waiting import during
    from unbroken.project.setup import detect, plan, report
    from unbroken.recover import proposals as search
    from unbroken.workspace.built_site import SiteStubs

    try:
        config = detect.configuration(context.obj or detect.find(Path.cwd()))
        found: set[Address] = set()
        if sitemap:
            found.update(listed_in(sitemap, config))
        with ExitStack() as stack:
            show_waiting()
            tell = partial(click.echo, err=True)
            built, source, folder = site, shown(site) if site else "a build", Path.cwd()
            if built is None:
                try:
                    with during(config, "Building the site, to record its addresses", tell=tell):
                        built, folder = stack.enter_context(built_now(config))
                except BuildError as error:
                    if not found:
                        advice = f"Mend that, or build it yourself and run: {typed('unbroken init SITE')}"
                        raise CannotRun(f"{error}. {advice}.") from None
                    click.echo(f"unbroken: {error}. So only the sitemap is recorded.", err=True)
            project = Project(config)
            whole = project.built(built) if built else None
            if whole and not whole.paths:
                raise CannotRun(f"there is no page in {built}. Build the site first.")
            if site and whole and (missing := detect.unended(config, whole)):
                raise CannotRun(
                    f"{source} is half a site: its sitemap.xml lists {missing}, which is not there. "
                    f"Build it again: {typed(project.build)}."
                )
            sources = [source] if whole else []
            recovered, note = None, ""
            try:
                stubs = SiteStubs(whole, project.redirects.pages) if whole else None
                recovered = search.recover(config, site=whole, stubs=stubs)
            except NoHistory as error:
                note = str(error)
            setup = plan.plan(
                config,
                whole,
                found,
                recovered,
                " and ".join(sources + ([sitemap] if sitemap else [])),
                folder,
            )
            _add(setup, yes)
            if whole:
                now = detect.configuration(config.file)
                # What was in force when the site was built, for that is what is judged.
                now.listing, now.site_url = config.listing, config.site_url
                now.directory_urls, now.docs_dir = config.directory_urls, config.docs_dir
                click.echo(report.state(now, whole, recovered, note, setup), nl=False)
    except (Refused, Conflict) as error:
        raise CannotRun(str(error)) from None


def _add(setup: Setup, yes: bool) -> None:
    """Show what a site lacks, ask, and add it."""
    from unbroken.project.setup import changes

    if not setup.writes:
        click.echo("There is nothing to do: the site is set up.\n")
    else:
        click.echo(changes.described(setup))
    for advice in setup.advice:
        click.echo(f"{advice}\n")
    if not setup.writes:
        return
    if not yes:
        if not sys.stdin.isatty():
            raise CannotRun(f"nothing was changed. To add this, run: {typed('unbroken init --yes')}.")
        if not click.confirm("Add this?", default=True):
            raise CannotRun("nothing was changed.")
    changes.apply(setup)
    click.echo(f"Added. To take it all back: {typed('unbroken move --undo')}.\n")
