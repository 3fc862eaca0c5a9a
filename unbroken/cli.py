"""The command line: each command reads, asks the rooms that decide, and prints."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

from unbroken import __version__
from unbroken import config as configuration
from unbroken.config import Config
from unbroken.findings import Finding, Place, Severity, has_errors
from unbroken.finish import finish as finish_site
from unbroken.finish import prepare
from unbroken.hosts import HOSTS
from unbroken.redirects import Pages, Plan
from unbroken.resolve import explain
from unbroken.site import Site

#: What the exit status says, next to 0.
FINDINGS, CANNOT_RUN = 1, 2


class _CannotRun(click.ClickException):
    exit_code = CANNOT_RUN

    def show(self, file: object = None) -> None:
        click.echo(f"unbroken: {self.message}", err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="unbroken %(version)s")
@click.option(
    "-f",
    "--config-file",
    type=click.Path(path_type=Path),
    help="The site's configuration.  [default: mkdocs.yml, properdocs.yml or zensical.toml here]",
)
@click.pass_context
def main(context: click.Context, config_file: Path | None) -> None:
    r"""Keep every address that a documentation site ever published answering.

    \b
    Examples:
      unbroken check --map
      unbroken resolve /old/page/#section
      unbroken export cloudflare -o site/_redirects
      unbroken finish site
    """
    context.obj = config_file


def _config(context: click.Context) -> Config:
    file: Path | None = context.obj or configuration.find(Path.cwd())
    if file is None:
        names = " or ".join(("mkdocs.yml", "properdocs.yml", "zensical.toml"))
        raise _CannotRun(f"there is no {names} here. Change to the site's folder, or name the file with -f.")
    try:
        return configuration.read(file)
    except OSError as error:
        raise _CannotRun(f"{file} cannot be read: {error.strerror or 'there is no such file'}.") from None


def _report(findings: list[Finding]) -> None:
    """Print findings to standard error, a line each."""
    console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    for finding in findings:
        console.print(str(finding), style="red" if finding.severity is Severity.ERROR else "yellow")
    if findings:
        errors = sum(finding.severity is Severity.ERROR for finding in findings)
        console.print(f"{_count(errors, 'error')}, {_count(len(findings) - errors, 'warning')}.")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _plan(config: Config, site: Path | None) -> tuple[Plan, list[Finding]]:
    """Return the plan for a built site, or from the sources alone where none is built."""
    built = site or config.site_dir
    if built.is_dir():
        return prepare(config, Site(built))
    if site:
        raise _CannotRun(f"there is no site in {site}. Build it first.")
    return prepare(config, Pages(_sources(config), config.directory_urls))


def _sources(config: Config) -> list[str]:
    if not config.docs_dir.is_dir():
        raise _CannotRun(f"there is no folder {config.docs_dir}. Correct docs_dir in {config.file.name}.")
    return [
        path.relative_to(config.docs_dir).as_posix() for path in config.docs_dir.rglob("*") if path.is_file()
    ]


_SITE = click.option(
    "--site",
    type=click.Path(path_type=Path),
    help="The built site to look at.  [default: site_dir; the sources when it is not built]",
)


@main.command()
@click.option("--map", "only_map", is_flag=True, help="Judge the map against the sources, without a build.")
@click.pass_context
def check(context: click.Context, only_map: bool) -> None:
    """Say what is wrong, and what mends it.

    Exits with 0 when nothing is wrong, 1 when there are errors, 2 when it cannot run.
    """
    config = _config(context)
    _, findings = (
        prepare(config, Pages(_sources(config), config.directory_urls)) if only_map else _plan(config, None)
    )
    _report(findings)
    sys.exit(FINDINGS if has_errors(findings) else 0)


@main.command()
@click.argument("site", type=click.Path(path_type=Path))
@click.pass_context
def finish(context: click.Context, site: Path) -> None:
    r"""Put stubs, anchor moves and rule files into a built SITE.

    For builders that do not run the plugin. Running it again changes nothing.

    \b
    Example:
      zensical build && unbroken finish site
    """
    config = _config(context)
    try:
        outcome = finish_site(config, site)
    except NotADirectoryError:
        raise _CannotRun(f"there is no site in {site}. Build it first.") from None
    _report(outcome.findings)
    changed = len(outcome.written) + len(outcome.removed)
    click.echo(
        f"{_count(len(outcome.plan.answers), 'redirect')}, {_count(changed, 'file')} changed in {site}."
    )
    sys.exit(FINDINGS if has_errors(outcome.findings) else 0)


@main.command()
@click.argument("host", type=click.Choice(list(HOSTS)))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write here: a file, or a folder for several."
)
@_SITE
@click.pass_context
def export(context: click.Context, host: str, output: Path | None, site: Path | None) -> None:
    r"""Print a HOST's rules, or write them.

    \b
    Examples:
      unbroken export cloudflare
      unbroken export nginx -o /etc/nginx/unbroken
    """
    config = _config(context)
    config.hosts = {host: config.hosts.get(host, Place(str(config.file.name)))}
    plan, findings = _plan(config, site)
    _report(findings)
    files = HOSTS[host].files(plan)
    if not files:
        click.echo(f"{HOSTS[host].title} has no rules. The stubs in the built site answer there.", err=True)
    several = len(files) > 1
    for file in files:
        name = Path(file.path).name
        if output is None:
            click.echo(f"# {name}\n{file.content}" if several else file.content, nl=False)
            continue
        target = output / name if several or output.is_dir() else output
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(file.content, encoding="utf-8")
        except OSError as error:
            raise _CannotRun(f"{target} cannot be written: {error.strerror}.") from None
        click.echo(f"{target} written.", err=True)
    sys.exit(FINDINGS if has_errors(findings) else 0)


@main.command()
@click.argument("address")
@_SITE
@click.pass_context
def resolve(context: click.Context, address: str, site: Path | None) -> None:
    r"""Show where an ADDRESS leads, hop by hop, on each host, and which line says so.

    \b
    Example:
      unbroken resolve '/old/page/#section'
    """
    config = _config(context)
    plan, _ = _plan(config, site)
    lines, found = explain(address, config, plan)
    for line in lines:
        click.echo(line)
    sys.exit(0 if found else FINDINGS)
