"""``unbroken check``: what is wrong with the site, and what mends it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from unbroken.check.report import FORMATS
from unbroken.check.site import CheckResult
from unbroken.cli.common import at_commit, project_of, say, watch
from unbroken.cli.help import Command
from unbroken.cli.status import FINDINGS, CannotRun
from unbroken.findings.base import has_errors
from unbroken.findings.commands import after_build, typed
from unbroken.model.errors import Refused
from unbroken.project import Project
from unbroken.workspace.files import shown


@click.command(cls=Command)
@click.argument("site", type=click.Path(path_type=Path), required=False)
@click.option(
    "--cache/--no-cache", default=True, help="Keep what was read in .cache/unbroken for the next run."
)
@click.option("--map", "only_map", is_flag=True, help="Judge the map against the sources, without a build.")
@click.option(
    "--fix",
    is_flag=True,
    help="Mend what has one sure answer: renames that git sees, links through redirects, redirects of what "
    "was lost, the ledger.",
)
@click.option(
    "--since", metavar="REF", help="Report only what was not wrong at this commit, which is built for it."
)
@click.option(
    "--new/--all",
    "only_new",
    default=True,
    help="What is not in unbroken.baseline alone, where there is one; or everything.  [default: new]",
)
@click.option("--orphans", is_flag=True, help="Name each page that no page links to.")
@click.option("--strict", is_flag=True, help="Let warnings fail, too.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", help="How to say it.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write there, and a summary here.")
@click.pass_context
def check(
    context: click.Context,
    site: Path | None,
    only_map: bool,
    fix: bool,
    since: str | None,
    only_new: bool,
    orphans: bool,
    strict: bool,
    form: str,
    output: Path | None,
    cache: bool,
) -> None:
    """Say what is wrong with the built SITE, and what mends it.

    SITE is site_dir by default. --map judges the map alone and needs no built site.

    Examples:
      unbroken check                                             the site as last built
      unbroken check --map                                       the redirects, without a build
      unbroken check --fix                                       mend what has one answer
      unbroken check --since origin/main                         what was not wrong there
      unbroken check --all                                       what was wrong before, too
      unbroken check public --format sarif -o unbroken.sarif     for a code host to show

    Files:
      reads   the configuration, docs_dir, the site, unbroken.baseline, the ledger and its history
      writes  .cache/unbroken, -o, unbroken.baseline; with --fix docs_dir, the map and the ledger

    Exit status:
      0  nothing is wrong, or warnings alone
      1  there are errors, or with --strict warnings
      2  it cannot run
    """
    project = project_of(context, site)
    if fix and _follow(project):
        project = project_of(context, site)
    folder = site or project.config.site_dir
    built = None
    if only_map:
        result = CheckResult(project.plan_of_sources().findings)
    elif site is None and not folder.is_dir():
        raise CannotRun(
            f"there is no site in {shown(folder)}. Build it first: "
            f"{typed(after_build('unbroken check', project.build or 'mkdocs build'))}. "
            f"Or judge its redirects alone: {typed('unbroken check --map')}"
        )
    else:
        built = project.built(folder, kept=cache, watch=watch)
        result = project.check(built, orphans=orphans, since=since)
        if since:
            _drop_old(project, result, since, orphans)
    if fix:
        from unbroken.recover.fix import fix as fix_what_is_sure

        for line in fix_what_is_sure(project.config, project.redirects, result, built):
            click.echo(line, err=True)
    findings = project.weighed(result.findings)
    whole = not (only_map or since) and folder == project.config.site_dir
    findings, lines = project.without_known(findings, only_new=only_new, whole=whole)
    for line in lines:
        click.echo(line, err=True)
    say(findings, form, output)
    sys.exit(FINDINGS if has_errors(findings) or (strict and findings) else 0)


def _drop_old(project: Project, result: CheckResult, since: str, orphans: bool) -> None:
    """Take out what was wrong before."""
    before = at_commit(project, since, lambda then, folder: then.check(folder, orphans=orphans).findings)
    known = {(finding.code, finding.message) for finding in before}
    result.findings = [f for f in result.findings if (f.code, f.message) not in known]


def _follow(project: Project) -> bool:
    """Do the rest for what was renamed without this tool, and return whether anything has changed."""
    from unbroken.recover.fix import follow_renames

    project.ask()
    try:
        done = follow_renames(project.config)
    except Refused as error:
        click.echo(f"Renamed, and not followed: {error}", err=True)
        return False
    for line in (*done.summary, *done.advice, "Build the site again.") if done else ():
        click.echo(line, err=True)
    return done is not None
