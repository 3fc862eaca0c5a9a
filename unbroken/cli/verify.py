"""``unbroken verify``: a live server asked for every published address."""

from __future__ import annotations

import base64
import os
import re
import sys
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import click

from unbroken.check.report import FORMATS
from unbroken.cli.common import Above, progress, project_of, say
from unbroken.cli.help import Command
from unbroken.cli.status import FINDINGS, STOPPED, CannotRun
from unbroken.findings.base import Place, has_errors
from unbroken.findings.catalog import CODES
from unbroken.findings.commands import typed
from unbroken.model.addresses import Address
from unbroken.workspace import ledger
from unbroken.workspace.cache import State
from unbroken.workspace.elsewhere import named
from unbroken.workspace.files import shown


@click.command(cls=Command)
@click.argument("url")
@click.option(
    "--only-failed", is_flag=True, help="Ask only for what fell short the last time, or was not asked."
)
@click.option(
    "--elsewhere", is_flag=True, help="Ask also for what something else answers, as `elsewhere` names it."
)
@click.option("--query", is_flag=True, help="Redirects have to keep the visitor's query.")
@click.option(
    "--jobs", type=click.IntRange(1, 256), default=8, show_default=True, help="Connections at once."
)
@click.option("--rate", type=Above(0), help="The most requests in a second; without it as many as can be.")
@click.option(
    "--retries", type=click.IntRange(0, 10), default=3, show_default=True, help="After 429, 5xx or no answer."
)
@click.option("--timeout", type=Above(0), default=20, show_default=True, help="Seconds for one answer.")
@click.option(
    "--max-time", type=Above(0), default=3600, show_default=True, help="Seconds for all answers together."
)
@click.option(
    "--header",
    "headers",
    metavar="'NAME: VALUE'",
    multiple=True,
    help="Send this, too; $NAME in it is taken from the environment.",
)
@click.option(
    "--user",
    metavar="NAME:PASSWORD",
    envvar="UNBROKEN_USER",
    help="Log in; $NAME in it is taken from the environment.  [env: UNBROKEN_USER]",
)
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", help="How to say it.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write there, and a summary here.")
@click.pass_context
def verify(
    context: click.Context,
    url: str,
    only_failed: bool,
    elsewhere: bool,
    query: bool,
    jobs: int,
    rate: float | None,
    retries: int,
    timeout: float,
    max_time: float,
    headers: tuple[str, ...],
    user: str | None,
    form: str,
    output: Path | None,
) -> None:
    """Ask the server at URL for every address in the ledger and every redirect.

    URL is the root of the site on that server. Nothing else is ever asked, and what is sent to log in goes
    nowhere else and is never printed.

    Examples:
      unbroken verify https://example.com/docs/
      unbroken verify https://example.com/ --only-failed             what fell short the last time
      unbroken verify http://127.0.0.1:8080/ --jobs 4 --rate 100     gently
      unbroken verify https://preview.example/ --user '$NAME:$WORD'  behind a login
      unbroken verify https://preview.example/ --header 'X-Key: $KEY'

    Files:
      reads   the configuration, the ledger
      writes  .cache/unbroken and -o

    Exit status:
      0  every address holds
      1  there are errors
      2  it cannot run
      130  it was stopped with Ctrl-C; --only-failed goes on
    """
    from unbroken.check.client import Asker
    from unbroken.check.server import Promise
    from unbroken.check.server import verify as verified

    project = project_of(context)
    config = project.config
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    is_root = parts.scheme in ("http", "https") and parts.hostname and port != 0
    if not is_root or parts.query or parts.fragment or not url.isascii():
        raise CannotRun(f"{url} is not the URL of a site. Write it as in https://example.com/docs/.")
    project.ask()
    redirects = project.redirects
    lines = dict(ledger.read(config.ledger).numbered())
    wanted = {*lines, *(Address(path) for path in redirects.pages)}
    if not elsewhere:
        others = named(config)
        wanted = {address for address in wanted if not others.answers(address.path)}
    state = State(config.file.parent, url)
    if only_failed:
        wanted &= state.failed(wanted)
    if not wanted:
        raise CannotRun(
            "nothing is left to ask for."
            if only_failed
            else f"there is nothing to ask for. Run: {typed('unbroken record')}."
        )
    promise = Promise(url.rstrip("/") + "/", wanted, redirects, site_url=config.site_url, query=query)
    asker = Asker(
        promise.root,
        jobs=jobs,
        rate=rate or 0,
        retries=retries,
        timeout=timeout,
        deadline=max_time,
        headers=_headers(headers, user),
    )
    # What is not judged yet counts as failed, so that --only-failed goes on where a run was stopped.
    state.keep(wanted)
    try:
        with progress("Asking") as watch:
            judgement = verified(promise, asker, watch)
    except KeyboardInterrupt:
        _stop(f"Stopped. To go on: {typed(f'unbroken verify {url} --only-failed')}")
    state.keep({shortfall.address for shortfall in judgement.shortfalls})
    places = {Address(path): hop.entry.place for path, hop in redirects.pages.items()}
    places |= {address: Place(shown(config.ledger), number) for address, number in lines.items()}
    findings = project.weighed(
        CODES[s.code](places[s.address], s.message, s.remedy, subject=str(s.address))
        for s in judgement.shortfalls
    )
    say(findings, form, output)
    click.echo(
        f"{judgement.good:,} of {len(promise.addresses):,} addresses hold at {promise.root}.", err=True
    )
    sys.exit(FINDINGS if has_errors(findings) else 0)


def _stop(message: str) -> NoReturn:
    """End at once: a name that is still being looked up would be waited for."""
    click.echo(f"unbroken: {message}", err=True)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(STOPPED)


def _headers(given: tuple[str, ...], user: str | None) -> dict[str, str]:
    """Return the headers to send, with what they take from the environment."""
    result = {}
    for text in given:
        name, colon, value = text.partition(":")
        if not colon or not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
            raise CannotRun("--header has to be as in --header 'X-Key: $KEY'.")
        result[name] = _filled(value.strip(), f"--header {name}")
    if user:
        login = _filled(user, "--user")
        if ":" not in login:
            raise CannotRun("--user has to be as in --user '$NAME:$PASSWORD'.")
        result["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
    return result


def _filled(text: str, option: str) -> str:
    """Return a text with its variables replaced; no message has a value in it."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name not in os.environ:
            raise CannotRun(f"{option} takes ${name} from the environment, which does not have it.")
        return os.environ[name]

    filled = re.sub(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})", value, text, flags=re.ASCII)
    if not filled.isprintable():
        raise CannotRun(f"{option} has a character that no header can have.")
    return filled
