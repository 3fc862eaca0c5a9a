"""``unbroken record``: every address that is published now, noted."""

from __future__ import annotations

from pathlib import Path

import click

from unbroken.cli.common import at_commit, project_of
from unbroken.cli.help import Command
from unbroken.model.addresses import Address
from unbroken.recover.fix import extend_ledger
from unbroken.workspace.config import Config


@click.command(cls=Command)
@click.argument("site", type=click.Path(path_type=Path), required=False)
@click.option(
    "--from", "ref", metavar="REF", help="Record what a commit would publish; it is built for that."
)
@click.option("--sitemap", metavar="URL-or-FILE", help="Record what a sitemap lists.")
@click.pass_context
def record(context: click.Context, site: Path | None, ref: str | None, sitemap: str | None) -> None:
    """Add every address that is published now to the ledger; nothing is ever removed.

    SITE is site_dir by default.

    Examples:
      unbroken record                                              the site as last built
      unbroken record --from v1.0                                  what a tag or commit publishes
      unbroken record --sitemap https://example.com/sitemap.xml    what a live site lists

    Files:
      reads   the configuration, the built site, the ledger
      writes  the ledger

    Exit status:
      0  it is done
      2  it cannot run
    """
    project = project_of(context, site)
    found: set[Address] = set()
    if sitemap:
        found.update(listed_in(sitemap, project.config))
    if ref:
        found |= at_commit(project, ref, lambda then, folder: then.published(folder))
    if site or not (sitemap or ref):
        found |= project.published(site)
    click.echo(extend_ledger(project.config, found), err=True)


def listed_in(sitemap: str, config: Config) -> list[Address]:
    """Return what a sitemap lists."""
    from unbroken.recover.sitemap import listed

    return listed(sitemap, config.site_url, lambda line: click.echo(line, err=True))
