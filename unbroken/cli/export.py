"""``unbroken export``: the rules of a host."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from unbroken.cli.common import SITE, project_of, report, write_file
from unbroken.cli.help import Command
from unbroken.cli.status import FINDINGS, CannotRun
from unbroken.findings.base import Place, has_errors
from unbroken.publish.hosts import HOSTS


@click.command(cls=Command)
@click.argument("host", type=click.Choice(list(HOSTS)), metavar="HOST")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write here: a file, or a folder for several."
)
@SITE
@click.pass_context
def export(context: click.Context, host: str, output: Path | None, site: Path | None) -> None:
    """Print a HOST's rules, or write them.

    HOST is cloudflare, netlify, gitlab, nginx, apache, caddy, haproxy, traefik, iis, vercel, firebase, azure,
    amplify, codeberg, fastly, kubernetes, readthedocs, s3 or github.

    Examples:
      unbroken export cloudflare              on standard output
      unbroken export nginx -o nginx/         a folder, for hosts that take several files
      unbroken export netlify --site public   of a site that is built elsewhere

    Files:
      reads   the configuration, the built site or docs_dir, the ledger
      writes  -o

    Exit status:
      0  it is done
      1  it is done as far as it can be, and there are errors
      2  it cannot run
    """
    project = project_of(context)
    config = project.config
    config.hosts = {host: config.hosts.get(host, Place(str(config.file.name)))}
    plan, findings = project.plan(site)
    findings = report(project, findings)
    files = HOSTS[host].files(plan)
    if not files:
        click.echo(f"{HOSTS[host].title} has no rules. The stubs in the built site answer there.", err=True)
    several = len(files) > 1
    if several and output is not None and output.exists() and not output.is_dir():
        raise CannotRun(f"{output} is a file, and {host} takes {len(files)} files. Name a folder.")
    for file in files:
        name = Path(file.path).name
        if output is None:
            click.echo(f"# {name}\n{file.content}" if several else file.content, nl=False)
            continue
        target = output / name if several or output.is_dir() else output
        write_file(target, file.content)
        click.echo(f"{target} written.", err=True)
    sys.exit(FINDINGS if has_errors(findings) else 0)
