"""``unbroken recover``: old addresses in git that answer no more."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from unbroken.cli.common import project_of, write_file
from unbroken.cli.help import Command
from unbroken.cli.status import FINDINGS, CannotRun
from unbroken.findings.base import count
from unbroken.findings.commands import typed


@click.command(cls=Command)
@click.option("--headings", is_flag=True, help="Look for headings, too.")
@click.option(
    "--since", metavar="REF-or-DAY", help="Only what was published at this commit, or this day, or later."
)
@click.option(
    "--across",
    nargs=2,
    metavar="V1 V2",
    help="Only what version V1 published and V2 does not answer; both are branches, tags or commits.",
)
@click.option("--write", is_flag=True, help="Add the sure ones to the map, and show the others.")
@click.option(
    "--site",
    type=click.Path(path_type=Path),
    help="A built site that says what is published.  [default: the sources]",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "yaml"]), default="text", help="How to say it."
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the list there.")
@click.pass_context
def recover(
    context: click.Context,
    headings: bool,
    since: str | None,
    across: tuple[str, str] | None,
    write: bool,
    site: Path | None,
    form: str,
    output: Path | None,
) -> None:
    """List the addresses that git history once published and that answer no more, each with a proposal.

    A page counts as published when the branch had it. What came and went between two deployments cannot
    be told from what visitors saw.

    Examples:
      unbroken recover                                          pages, with a proposal for each
      unbroken recover --headings --since 2024-01-01            headings, too, from that day on
      unbroken recover --across v1 v2                           what moved from one version to the next
      unbroken recover --write --format yaml -o review.yml      add the sure ones, list the others

    Files:
      reads   the configuration, git's history of docs_dir, docs_dir or the built site
      writes  -o; with --write also the map

    Exit status:
      0  nothing is lost
      1  something is
      2  it cannot run
    """
    from unbroken.recover import proposals as search  # a large room, and only needed here
    from unbroken.recover.fix import add_to_map
    from unbroken.recover.review import FORMATS, counts
    from unbroken.workspace.built_site import SiteStubs

    project = project_of(context)
    if project.config.is_own:
        raise CannotRun(
            "recover reads sources in git, and those of another generator it cannot read. "
            f"Record what the live site lists instead: {typed('unbroken record --sitemap URL')}."
        )
    if across and (headings or since or site):
        raise CannotRun("--across stands alone, or with --write, --format and -o.")
    if site is None and not across:
        project.ask()
    built = project.built(site) if site else None
    stubs = SiteStubs(built, project.redirects.pages) if built else None
    if across:
        from unbroken.recover.across import across as from_one_to_another

        found = from_one_to_another(project.config, *across)
    else:
        found = search.recover(project.config, headings=headings, since=since, site=built, stubs=stubs)
    for note in found.notes:
        click.echo(note, err=True)
    if write and found.sure:
        added = found.sure
        click.echo(add_to_map(project.config, added), err=True)
        found.proposals[:] = [p for p in found.proposals if p not in added]
    text = FORMATS[form](found)
    if output is not None:
        write_file(output, text)
        click.echo(f"{output} written.", err=True)
    else:
        click.echo(text, nl=False)
    kinds = ", ".join(f"{number:,} {word}" for word, number in counts(found.proposals).items())
    left = f"{len(found.proposals):,} lost: {kinds}." if found.proposals else "Nothing is lost."
    click.echo(
        f"{found.published:,} page address{'' if found.published == 1 else 'es'} in "
        f"{count(found.steps, 'step')}. {left}",
        err=True,
    )
    sys.exit(FINDINGS if found.proposals else 0)
