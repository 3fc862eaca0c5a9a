"""The command line: each command reads, asks the rooms that decide, and prints."""

from __future__ import annotations

import gc
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import click
from click.shell_completion import CompletionItem, get_completion_class

from unbroken import __version__
from unbroken.check import report as reports
from unbroken.check.examine import Examined, examine, unfinished
from unbroken.check.report import FORMATS, count
from unbroken.cli.help import Group
from unbroken.findings.base import Finding, Place, Severity, has_errors, in_order, weigh
from unbroken.model.addresses import Address
from unbroken.model.plan import Plan
from unbroken.model.redirects import Pages, RedirectMap
from unbroken.publish.explain import explain, is_address
from unbroken.publish.finish import finish as finish_site
from unbroken.publish.finish import prepare
from unbroken.publish.hosts import HOSTS
from unbroken.recover.fix import mend, sure_redirects
from unbroken.workspace import config as configuration
from unbroken.workspace import ledger
from unbroken.workspace.built_site import Site, settle
from unbroken.workspace.cache import Cache, State
from unbroken.workspace.config import Config, redirects_of
from unbroken.workspace.files import FOLDER, shown, write

if TYPE_CHECKING:
    from unbroken.project.setup.changes import Setup
    from unbroken.recover.proposals import Proposal

_T = TypeVar("_T")

#: What the exit status says, next to 0.
FINDINGS, CANNOT_RUN = 1, 2


class _CannotRun(click.ClickException):
    exit_code = CANNOT_RUN

    def show(self, file: object = None) -> None:
        click.echo(f"unbroken: {self.message}", err=True)


class _Above(click.FloatRange):
    """A number above another one; neither infinite nor none at all."""

    def __init__(self, least: float) -> None:
        super().__init__(least, min_open=True)

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> float:
        number: float = super().convert(value, parameter, context)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", parameter, context)
        return number


class _Main(Group):
    """The commands, none of which ends in a traceback because of a file."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # click ends quietly
        except OSError as error:
            name = shown(Path(os.fsdecode(error.filename)))[:_SHOWN] if error.filename else "A file"
            raise _CannotRun(f"{name} cannot be read or written: {error.strerror or error}.") from None


_SHOWN = 200  # characters of a file's name


@click.group(cls=_Main, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="unbroken %(version)s")
@click.option(
    "-f",
    "--config-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The site's configuration.  [default: the one here]",
)
@click.pass_context
def main(context: click.Context, config_file: Path | None) -> None:
    """Keep every address that a documentation site ever published answering.

    Examples:
      unbroken move guide/setup.md guide/install.md
      unbroken check -h    what check can do, with examples

    Environment:
      NO_COLOR  with any value, nothing is printed in colour
      PATH      git is looked for here
    """
    # Next to nothing that a command makes is garbage before it ends, and with a hundred thousand redirects
    # looking for it takes half of the time.
    gc.disable()
    context.obj = config_file
    if os.environ.get("NO_COLOR"):
        context.color = False
    _settle(config_file)


def _settle(config_file: Path | None) -> None:
    """Settle what a move that was stopped left behind, and say so."""
    file = config_file or configuration.find(Path.cwd())
    if file is None or not (file.absolute().parent / FOLDER / "move").exists():
        return
    from unbroken.workspace.transaction import Journal  # only loaded when there is one

    if said := Journal(file.absolute().parent).recover():
        click.echo(said, err=True)


def _config(context: click.Context, site: Path | None = None) -> Config:
    file: Path | None = context.obj or configuration.find(Path.cwd())
    if file is None and site is not None:
        here = Path.cwd()  # any built site can be checked, with no configuration at all
        return Config(here / configuration.NAMES[0], here / "docs", site, ledger=here / "published-urls.txt")
    if file is None:
        names = " or ".join(("mkdocs.yml", "properdocs.yml", "zensical.toml"))
        raise _CannotRun(f"there is no {names} here. Change to the site's folder, or name the file with -f.")
    if file.is_dir():
        raise _CannotRun(f"{file} is a folder. Name the file in it with -f.")
    try:
        return configuration.read(file)
    except OSError as error:
        raise _CannotRun(f"{file} cannot be read: {error.strerror or 'there is no such file'}.") from None


def _report(config: Config, findings: list[Finding]) -> list[Finding]:
    """Print findings to standard error, and return those that the site does not silence."""
    findings = _weighed(config, findings)
    for finding in findings:
        click.secho(str(finding), err=True, fg="red" if finding.severity is Severity.ERROR else "yellow")
    if findings:
        click.echo(reports.summary(findings), err=True)
    return findings


def _weighed(config: Config, findings: Iterable[Finding]) -> list[Finding]:
    return in_order(weigh(findings, config.severity, shown(config.docs_dir)))


def _plan(config: Config, site: Path | None) -> tuple[Plan, list[Finding]]:
    """Return the plan for a built site, or from the sources alone where none is built."""
    built = site or config.site_dir
    if built.is_dir():
        of_site = Site(built)
        settle(of_site, redirects_of(config), config.templates)
        return prepare(config, of_site)
    if site:
        raise _CannotRun(f"there is no site in {site}. Build it first.")
    return prepare(config, Pages(_sources(config), config.directory_urls))


def _sources(config: Config) -> list[str]:
    if not config.docs_dir.is_dir():
        raise _CannotRun(f"there is no folder {config.docs_dir}. Correct docs_dir in {config.file.name}.")
    return [
        path.relative_to(config.docs_dir).as_posix() for path in config.docs_dir.rglob("*") if path.is_file()
    ]


def _read_quietly(context: click.Context) -> Config | None:
    """Return the configuration while a command is being typed, if there is one."""
    file = context.find_root().params.get("config_file") or configuration.find(Path.cwd())
    try:
        return configuration.read(file) if file else None
    except OSError:
        return None


def _complete_path(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[CompletionItem[str]]:
    """Complete a path below docs_dir, or else from the working folder."""
    config = _read_quietly(context)
    paths = sorted(_sources(config)) if config and config.docs_dir.is_dir() else []
    found = [CompletionItem(path) for path in paths if path.startswith(typed)]
    return found or [CompletionItem(typed, type="file")]


def _complete_address(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[CompletionItem[str]]:
    """Complete an address that was published, or that the map speaks of."""
    config = _read_quietly(context)
    if config is None:
        return []
    known = set(redirects_of(config).pages)
    with suppress(OSError):
        known |= {str(address) for address in ledger.read(config.ledger)}
    return [CompletionItem(address) for address in sorted(known) if address.startswith(typed)]


_SITE = click.option(
    "--site",
    type=click.Path(path_type=Path),
    help="The built site to look at.  [default: site_dir; the sources when it is not built]",
)


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far a long work is where there is a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, known: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what)
        yield lambda done, known: progress.update(task, completed=done, total=known)


def _watch(names: list[str]) -> Iterable[str]:
    """Pass names on, with a progress bar where there is a terminal and much to do."""
    if len(names) < _LONG or not sys.stderr.isatty():
        return names
    from rich.console import Console
    from rich.progress import track

    return track(names, "Reading the site", console=Console(stderr=True), transient=True)


_LONG = 500


def _built(config: Config, folder: Path, *, kept: bool = False, redirects: RedirectMap | None = None) -> Site:
    try:
        cache = Cache(config.file.parent, folder) if kept else None
        site = Site(folder, whole=True, cache=cache, watch=_watch)
    except NotADirectoryError:
        raise _CannotRun(f"there is no site in {shown(folder)}. Build it first.") from None
    if cache:
        cache.save()
    settle(site, redirects or redirects_of(config), config.templates)
    return site


def _examined(
    config: Config, folder: Path, orphans: bool, *, kept: bool = False, since: str | None = None
) -> tuple[Site, Examined]:
    """Return a built site, and all that is wrong with it and its map."""
    redirects = redirects_of(config)
    site = _built(config, folder, kept=kept, redirects=redirects)
    plan, findings = prepare(config, site, redirects)
    result = examine(config, site, redirects, orphans=orphans, since=since)
    result.findings += [*findings, *unfinished(config, site, plan)]
    return site, result


@main.command(short_help="Say what is wrong with the site, and what mends it.")
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
      unbroken check public --format sarif -o unbroken.sarif     for a code host to show

    Files:
      reads   the configuration, docs_dir, the built site, the ledger and its history in git
      writes  .cache/unbroken and -o; with --fix also docs_dir, the map and the ledger

    Exit status:
      0  nothing is wrong, or warnings alone
      1  there are errors, or with --strict warnings
      2  it cannot run
    """
    config = _config(context, site)
    if fix and _follow(config):
        config = _config(context, site)
    folder = site or config.site_dir
    of_site = None
    if only_map:
        _, found = prepare(config, Pages(_sources(config), config.directory_urls))
        result = Examined(found)
    elif site is None and not folder.is_dir():
        raise _CannotRun(
            f"there is no site in {shown(folder)}. Build it first, or judge its redirects alone: "
            "unbroken check --map"
        )
    else:
        of_site, result = _examined(config, folder, orphans, kept=cache, since=since)
        if since:
            _drop_old(config, result, since, orphans)
    if fix:
        _fix(config, result, of_site)
    findings = _weighed(config, result.findings)
    _say(findings, form, output)
    sys.exit(FINDINGS if has_errors(findings) or (strict and findings) else 0)


def _say(findings: list[Finding], form: str, output: Path | None) -> None:
    if output is not None:
        _write(output, FORMATS[form](findings))
        click.echo(f"{reports.summary(findings)} {output} written.", err=True)
    elif form == "text" and sys.stdout.isatty():
        click.echo(reports.grouped(findings), nl=False)
    else:
        click.echo(FORMATS[form](findings), nl=False)


def _write(file: Path, text: str, config: Config | None = None) -> None:
    """Write a file whole or not at all: one of the site's, or what the author asks for with -o."""
    try:
        write(file, text.encode("utf-8", "surrogateescape"), config.file.parent if config else None)
    except OSError as error:
        raise _CannotRun(f"{file} cannot be written: {error.strerror}.") from None


def _drop_old(config: Config, result: Examined, since: str, orphans: bool) -> None:
    """Take out what was wrong before."""
    before = _at(config, since, lambda old, folder: _examined(old, folder, orphans)[1].findings)
    known = {(finding.code, finding.message) for finding in before}
    result.findings = [f for f in result.findings if (f.code, f.message) not in known]


def _follow(config: Config) -> bool:
    """Do the rest for what was renamed without this tool, and say whether anything has changed."""
    if not config.docs_dir.is_dir():
        return False
    from unbroken.model.errors import Refused
    from unbroken.move import mover as moves

    try:
        found = moves.seen(config, "HEAD")
    except Refused:  # without git, nobody knows
        return False
    if not found.files:
        return False
    try:
        mover = moves.Mover(config, seen=found)
        wanted = mover.renamed()
        prepared = mover.prepare(wanted) if wanted else None
        if prepared is None or not prepared.change.writes:
            return False
        moves.apply(config, prepared)
    except Refused as error:
        click.echo(f"Renamed, and not followed: {error}", err=True)
        return False
    for line in (*prepared.summary, *prepared.advice, "Build the site again."):
        click.echo(line, err=True)
    return True


def _fix(config: Config, result: Examined, site: Site | None) -> None:
    """Mend what has one answer, and take it out of the findings."""
    if site and result.lost:
        _redirect_lost(config, result, site)
    texts: dict[Path, str] = {}
    for spot in result.mends:
        if spot.file not in texts:
            with spot.file.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
                texts[spot.file] = stream.read()
    for file, text in mend(result.mends, texts).items():
        _write(file, text, config)
    mended = {(shown(spot.file), spot.link.line, spot.link.column) for spot in result.mends}
    result.findings = [
        f for f in result.findings if f.code != "through-redirect" or tuple(f.place) not in mended
    ]
    if result.mends:
        where = f"{count(len(result.mends), 'link')} rewritten in {count(len(texts), 'file')}"
        click.echo(f"{where}. Build the site again.", err=True)
    if result.unrecorded or result.cut:
        _extend(config, [*result.unrecorded, *result.cut])
        result.findings = [f for f in result.findings if f.code not in ("ledger-behind", "ledger-cut")]


def _redirect_lost(config: Config, result: Examined, site: Site) -> None:
    """Write the redirects of lost addresses of which git leaves no doubt where their content went."""
    sure = sure_redirects(config, redirects_of(config), result.lost, site)
    if not sure or not config.map_file:
        return
    try:
        _add_to_map(config, sure)
    except _CannotRun as error:
        click.echo(f"unbroken: {error.message}", err=True)
        return
    for proposal in sure:
        click.echo(f"  {proposal.source}: {proposal.target} ({proposal.why})", err=True)
    mended = {result.lost.get(proposal.address) for proposal in sure}
    result.findings = [finding for finding in result.findings if finding not in mended]


@main.command(short_help="Put redirects into a site that another builder made.")
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
    config = _config(context)
    try:
        outcome = finish_site(config, site)
    except NotADirectoryError:
        raise _CannotRun(f"there is no site in {site}. Build it first.") from None
    findings = _report(config, outcome.findings)
    for address, file in outcome.replaced:
        click.echo(f"Replaced at {address}: {file}, which something else wrote.", err=True)
    for file in outcome.removed:
        click.echo(f"Removed: {file}, which no redirect asks for.", err=True)
    changed = len(outcome.written) + len(outcome.removed)
    click.echo(f"{count(len(outcome.plan.answers), 'redirect')}, {count(changed, 'file')} changed in {site}.")
    sys.exit(FINDINGS if has_errors(findings) else 0)


@main.command(short_help="Print a host's redirect rules.")
@click.argument("host", type=click.Choice(list(HOSTS)), metavar="HOST")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write here: a file, or a folder for several."
)
@_SITE
@click.pass_context
def export(context: click.Context, host: str, output: Path | None, site: Path | None) -> None:
    """Print a HOST's rules, or write them.

    HOST is cloudflare, netlify, gitlab, nginx, apache, caddy, vercel, firebase, azure, readthedocs, s3 or
    github.

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
    config = _config(context)
    config.hosts = {host: config.hosts.get(host, Place(str(config.file.name)))}
    plan, findings = _plan(config, site)
    findings = _report(config, findings)
    files = HOSTS[host].files(plan)
    if not files:
        click.echo(f"{HOSTS[host].title} has no rules. The stubs in the built site answer there.", err=True)
    several = len(files) > 1
    if several and output is not None and output.exists() and not output.is_dir():
        raise _CannotRun(f"{output} is a file, and {host} takes {len(files)} files. Name a folder.")
    for file in files:
        name = Path(file.path).name
        if output is None:
            click.echo(f"# {name}\n{file.content}" if several else file.content, nl=False)
            continue
        target = output / name if several or output.is_dir() else output
        _write(target, file.content)
        click.echo(f"{target} written.", err=True)
    sys.exit(FINDINGS if has_errors(findings) else 0)


@main.command(short_help="Show where an address leads, and which line says so.")
@click.argument("address", shell_complete=_complete_address)
@_SITE
@click.pass_context
def resolve(context: click.Context, address: str, site: Path | None) -> None:
    """Show where an ADDRESS leads, hop by hop, on each host, and which line says so.

    Examples:
      unbroken resolve /old/page/
      unbroken resolve '/old/page/#section'

    Files:
      reads   the configuration, the built site or docs_dir, the ledger

    Exit status:
      0  it leads somewhere
      1  nothing answers there
      2  it cannot run
    """
    config = _config(context)
    if not is_address(address):
        raise _CannotRun(f"{address!a} is no address. Write it as in /old/page/#section.")
    plan, _ = _plan(config, site)
    lines, found = explain(address, config, plan)
    for line in lines:
        click.echo(line)
    sys.exit(0 if found else FINDINGS)


@main.command(short_help="Note every address that is published now.")
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
    config = _config(context, site)
    found: set[Address] = set()
    if sitemap:
        found.update(_listed(sitemap, config))
    if ref:
        found |= _at(config, ref, _publishes)
    if site or not (sitemap or ref):
        found |= _publishes(config, site or config.site_dir)
    _extend(config, found)


def _listed(sitemap: str, config: Config) -> list[Address]:
    """Return what a sitemap lists."""
    from http.client import HTTPException

    try:
        listed = list(ledger.from_sitemap(sitemap, _fetch, config.site_url))
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error  # urllib has a reason, which may be an error
        why = getattr(reason, "strerror", None) or reason
        raise _CannotRun(f"{sitemap} cannot be read: {why}.") from None
    if not listed:
        where = f" below {config.site_url}" if config.site_url else ""
        raise _CannotRun(f"{sitemap} lists no address{where}. Name a sitemap of this site.")
    return listed


def _publishes(config: Config, folder: Path) -> set[Address]:
    site = _built(config, folder)
    return ledger.published(dict(site.pages()), site, redirects_of(config), config)


def _extend(config: Config, addresses: Iterable[Address]) -> None:
    try:
        before = ledger.text_of(config.ledger)
    except OSError as error:
        raise _CannotRun(f"{shown(config.ledger)} cannot be read: {error.strerror}.") from None
    after = ledger.extended(before, addresses)
    if after != before:
        _write(config.ledger, after, config)
    added = len(set(after.splitlines()) - set(before.splitlines()))
    total = sum(1 for _ in ledger.lines(after))
    click.echo(
        f"{added:,} added to {shown(config.ledger)}, {total:,} in all.",
        err=True,
    )


def _fetch(place: str) -> bytes:
    if not place.startswith(("http://", "https://")):
        return Path(place).read_bytes()
    from urllib.request import urlopen

    with urlopen(place, timeout=30) as answer:  # noqa: S310  the scheme is checked above
        data: bytes = answer.read(64 << 20)
        return data


@main.command(short_help="Ask a live server for every published address.")
@click.argument("url")
@click.option(
    "--only-failed", is_flag=True, help="Ask only for what fell short the last time, or was not asked."
)
@click.option("--query", is_flag=True, help="Redirects have to keep the visitor's query.")
@click.option(
    "--jobs", type=click.IntRange(1, 256), default=8, show_default=True, help="Connections at once."
)
@click.option("--rate", type=_Above(0), help="The most requests in a second; without it as many as can be.")
@click.option(
    "--retries", type=click.IntRange(0, 10), default=3, show_default=True, help="After 429, 5xx or no answer."
)
@click.option("--timeout", type=_Above(0), default=20, show_default=True, help="Seconds to wait.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", help="How to say it.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write there, and a summary here.")
@click.pass_context
def verify(
    context: click.Context,
    url: str,
    only_failed: bool,
    query: bool,
    jobs: int,
    rate: float | None,
    retries: int,
    timeout: float,
    form: str,
    output: Path | None,
) -> None:
    """Ask the server at URL for every address in the ledger and every redirect.

    URL is the root of the site on that server. Nothing else is ever asked.

    Examples:
      unbroken verify https://example.com/docs/
      unbroken verify https://example.com/ --only-failed             what fell short the last time
      unbroken verify http://127.0.0.1:8080/ --jobs 4 --rate 100     gently

    Files:
      reads   the configuration, the ledger
      writes  .cache/unbroken and -o

    Exit status:
      0  every address holds
      1  there are errors
      2  it cannot run
    """
    from unbroken.check.server import Asker, Promise
    from unbroken.check.server import verify as verified

    config = _config(context)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    is_root = parts.scheme in ("http", "https") and parts.hostname and port != 0
    if not is_root or parts.query or parts.fragment or not url.isascii():
        raise _CannotRun(f"{url} is not the URL of a site. Write it as in https://example.com/docs/.")
    redirects = redirects_of(config)
    lines = {
        line.address: line.number for line in ledger.lines(ledger.text_of(config.ledger)) if line.address
    }
    wanted = {*lines, *(Address(path) for path in redirects.pages)}
    state = State(config.file.parent, url)
    if only_failed:
        wanted &= state.failed(wanted)
    if not wanted:
        raise _CannotRun(
            "nothing is left to ask for."
            if only_failed
            else "there is nothing to ask for. Run: unbroken record."
        )
    promise = Promise(url.rstrip("/") + "/", wanted, redirects, site_url=config.site_url, query=query)
    asker = Asker(promise.root, jobs=jobs, rate=rate or 0, retries=retries, timeout=timeout)
    # What is not judged yet counts as failed, so that --only-failed goes on where a run was stopped.
    state.keep(wanted)
    with _progress("Asking") as watch:
        judgement = verified(promise, asker, watch)
    state.keep({shortfall.address for shortfall in judgement.shortfalls})
    places = {Address(path): hop.entry.place for path, hop in redirects.pages.items()}
    places |= {address: Place(shown(config.ledger), number) for address, number in lines.items()}
    findings = _weighed(
        config, (Finding(s.code, places[s.address], s.message, s.remedy) for s in judgement.shortfalls)
    )
    _say(findings, form, output)
    click.echo(
        f"{judgement.good:,} of {len(promise.addresses):,} addresses hold at {promise.root}.", err=True
    )
    sys.exit(FINDINGS if has_errors(findings) else 0)


@main.command(short_help="Find old addresses in git that answer no more.")
@click.option("--headings", is_flag=True, help="Look for headings, too.")
@click.option(
    "--since", metavar="REF-or-DAY", help="Only what was published at this commit, or this day, or later."
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
    from unbroken.recover.repository import NoHistory
    from unbroken.workspace.built_site import SiteStubs

    config = _config(context)
    built = _built(config, site) if site else None
    stubs = SiteStubs(built, redirects_of(config).pages) if built else None
    try:
        found = search.recover(config, headings=headings, since=since, site=built, stubs=stubs)
    except NoHistory as error:
        raise _CannotRun(str(error)) from None
    for note in found.notes:
        click.echo(note, err=True)
    if write and found.sure:
        added = found.sure
        _add_to_map(config, added)
        found.proposals[:] = [p for p in found.proposals if p not in added]
    text = search.FORMATS[form](found)
    if output is not None:
        _write(output, text)
        click.echo(f"{output} written.", err=True)
    else:
        click.echo(text, nl=False)
    kinds = ", ".join(f"{number:,} {word}" for word, number in search.counts(found.proposals).items())
    left = f"{len(found.proposals):,} lost: {kinds}." if found.proposals else "Nothing is lost."
    click.echo(
        f"{count(found.published, 'page address')[:-1]}es in {count(found.steps, 'step')}. {left}", err=True
    )
    sys.exit(FINDINGS if found.proposals else 0)


def _add_to_map(config: Config, sure: list[Proposal]) -> None:
    """Write proposals into the map, and lead the lines there that lead to a lost page to its new place."""
    from unbroken.formats.toml_edit import editor
    from unbroken.formats.yaml_edit import CannotEdit
    from unbroken.recover.proposals import additions, retargets

    changed = retargets(config.entries, sure, config.directory_urls)
    file = Path(config.map_file) if config.map_file else config.file
    files = {Path(entry.place.file) for entry in changed} | {file}
    texts = {}
    for each in files:
        text = each.read_bytes().decode("utf-8")
        mine = {e.source: target for e, target in changed.items() if Path(e.place.file) == each}
        new = additions(config.entries, sure, config.directory_urls) if each == file else {}
        try:
            texts[each] = editor(each)(text, add=new, retarget=mine)
        except CannotEdit as error:
            raise _CannotRun(f"{shown(each)} cannot be edited: {error}") from None
    for each, text in texts.items():
        _write(each, text, config)
    where = ", ".join(sorted(shown(each) for each in texts))
    click.echo(f"{count(len(sure), 'redirect')} written to {where}. Run: unbroken check --map.", err=True)


@main.command(short_help="Move a page, folder, file or heading, and its links.")
@click.argument("old", required=False, shell_complete=_complete_path)
@click.argument("new", required=False, shell_complete=_complete_path)
@click.option(
    "--from",
    "pairs",
    type=click.File(encoding="utf-8"),
    help="Move every pair in a file, or - for standard input: OLD NEW, one pair a line.",
)
@click.option(
    "--from-git",
    "since",
    metavar="[REF]",
    is_flag=False,
    flag_value="HEAD",
    help="Do the rest for what git sees renamed since a commit.  [default: HEAD]",
)
@click.option("--dry-run", is_flag=True, help="Print the change as a diff, and change nothing.")
@click.option("--title", metavar="WORDS", default="", help="Give the heading these words, too.")
@click.option("--reuse", is_flag=True, help="Let a page take an address that readers know for other content.")
@click.option("--undo", is_flag=True, help="Take the last move back.")
@click.pass_context
def move(
    context: click.Context,
    old: str | None,
    new: str | None,
    pairs: Iterable[str] | None,
    since: str | None,
    dry_run: bool,
    title: str,
    reuse: bool,
    undo: bool,
) -> None:
    """Move OLD to NEW: a page, a folder, an asset or a heading, with every link to it and from it.

    Both are paths below docs_dir, or from the working folder. The navigation, the redirects and what else
    names them go along. What is staged or changed and not committed stays so.

    Examples:
      unbroken move guide/setup.md install.md           a page
      unbroken move guide/setup.md manual/              a page, into a folder
      unbroken move guide manual                        a folder
      unbroken move img/old.png img/new.png             an asset
      unbroken move 'a.md#win' 'a.md#windows'           a heading's anchor
      unbroken move 'a.md#win' 'a.md#mac' --title Mac   a heading's words and anchor
      unbroken move 'a.md#proxy' 'network.md#proxy'     a section, to the end of another page
      unbroken move --from pairs.txt                    several, as one move
      unbroken move --from-git                          the rest, after git mv
      unbroken move guide manual --dry-run              show what would change
      unbroken move --undo                              take the last move back

    Files:
      reads   the configuration, docs_dir, the ledger, git
      writes  docs_dir, the map, nav, and .cache/unbroken for --undo

    Exit status:
      0  it is done
      2  it is refused, and nothing has changed
    """
    import shlex

    from unbroken.model.errors import Refused
    from unbroken.move import mover as moves
    from unbroken.workspace.transaction import Conflict, Journal

    config = _config(context)
    try:
        if undo:
            click.echo(f"Taken back: {Journal(config.file.parent).undo()}.")
            return
        if [bool(pairs), bool(old), bool(since)].count(True) != 1 or bool(old) != bool(new):
            raise Refused(
                "Say what to move, in one of these ways: unbroken move OLD NEW, --from FILE, or --from-git."
            )
        named = [(old or "", new or "")]
        if pairs:
            split = [shlex.split(line) for line in pairs if line.strip() and not line.startswith("#")]
            wrong = next((parts for parts in split if len(parts) != 2), None)
            if wrong is not None:
                raise Refused(f"{' '.join(wrong)!r} is no pair. Write OLD NEW on each line.")
            named = [(parts[0], parts[1]) for parts in split]
        if since and title:
            raise Refused("--title is for one heading that stays on its page: page.md#old page.md#new.")
        mover = moves.Mover(
            config, reuse=reuse, title=title, seen=moves.seen(config, since) if since else None
        )
        wanted = mover.renamed() if since else mover.move(named)
        if not wanted:
            click.echo(f"Git sees no page or file renamed since {since}.", err=True)
            return
        prepared = mover.prepare(wanted)
        if dry_run:
            click.echo(prepared.diff.encode("utf-8", "surrogateescape"), nl=False)
        else:
            moves.apply(config, prepared)
            for line in prepared.summary:
                click.echo(line)
    except (Refused, Conflict, ValueError) as error:
        raise _CannotRun(str(error)) from None
    for line in prepared.advice:
        click.echo(line, err=True)


@main.command(short_help="Set Unbroken up on this site.")
@click.argument("site", type=click.Path(path_type=Path), required=False)
@click.option("--sitemap", metavar="URL-or-FILE", help="Also record what a sitemap lists.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def init(context: click.Context, site: Path | None, sitemap: str | None, yes: bool) -> None:
    """Set Unbroken up on a site: show what it adds, add it all, and tell the state of the links.

    It adds the plugin, the ledger of published addresses, and a check of each change. SITE is the built
    site; by default site_dir where it is newer than its sources, and else a build in a temporary folder.

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
    from unbroken.builders.build import BuildError, built_now
    from unbroken.project.setup import detect, plan, report
    from unbroken.project.setup.changes import Refused
    from unbroken.recover import proposals as search
    from unbroken.recover.repository import NoHistory
    from unbroken.workspace.built_site import SiteStubs
    from unbroken.workspace.transaction import Conflict

    try:
        config = detect.configuration(context.obj or detect.find(Path.cwd()))
        found: set[Address] = set()
        if sitemap:
            found.update(_listed(sitemap, config))
        with ExitStack() as stack:
            built, source = site, shown(site) if site else "a build"
            if built is None and detect.is_fresh(config):
                built, source = config.site_dir, shown(config.site_dir)
            if built is None:
                click.echo("Building the site, to record its addresses ...", err=True)
                try:
                    built = stack.enter_context(built_now(config))
                except BuildError as error:
                    if not found:
                        advice = "Mend that, or build it yourself and run: unbroken init SITE"
                        raise _CannotRun(f"{error}. {advice}.") from None
                    click.echo(f"unbroken: {error}. So only the sitemap is recorded.", err=True)
            whole = _built(config, built) if built else None
            if whole and not whole.paths:
                raise _CannotRun(f"there is no page in {built}. Build the site first.")
            sources = [source] if whole else []
            recovered, note = None, ""
            try:
                stubs = SiteStubs(whole, redirects_of(config).pages) if whole else None
                recovered = search.recover(config, site=whole, stubs=stubs)
            except NoHistory as error:
                note = str(error)
            setup = plan.plan(
                config, whole, found, recovered, " and ".join(sources + ([sitemap] if sitemap else []))
            )
            _add(setup, yes)
            if whole:
                now = detect.configuration(config.file)
                click.echo(report.state(now, whole, recovered, note, setup), nl=False)
    except (Refused, Conflict) as error:
        raise _CannotRun(str(error)) from None


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
            raise _CannotRun("nothing was changed. To add this, run: unbroken init --yes.")
        if not click.confirm("Add this?", default=True):
            raise _CannotRun("nothing was changed.")
    changes.apply(setup)
    click.echo("Added. To take it all back: unbroken move --undo.\n")


@main.command(short_help="Print what completes commands in your shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes commands, options, pages and addresses in a SHELL.

    Bash has to be 4.4 or later.

    Examples:
      eval "$(unbroken completion bash)"    in ~/.bashrc
      eval "$(unbroken completion zsh)"     in ~/.zshrc, below compinit
      unbroken completion fish | source     in ~/.config/fish/config.fish

    Exit status:
      0  it is done
      2  there is no such shell here
    """
    kind = get_completion_class(shell)
    assert kind  # click has one for each of the three
    click.echo(kind(main, {}, "unbroken", "_UNBROKEN_COMPLETE").source())


def _at(config: Config, ref: str, use: Callable[[Config, Path], _T]) -> _T:
    """Return what a use comes to of the site as it was at a commit."""
    from unbroken.builders.build import BuildError, built_at

    try:
        with built_at(config, ref) as (then, folder):
            return use(then, folder)
    except BuildError as error:
        raise _CannotRun(f"{error}.") from None
