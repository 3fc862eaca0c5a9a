"""What the commands share: the configuration, the built site, findings as they are printed."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from unbroken.check import report as reports
from unbroken.check.report import FORMATS
from unbroken.cli.status import CannotRun
from unbroken.findings.base import Finding, Severity
from unbroken.model.errors import BuildError
from unbroken.project import Project
from unbroken.workspace.files import write

_T = TypeVar("_T")


class Above(click.FloatRange):
    """A number above another one; neither infinite nor none at all."""

    def __init__(self, least: float) -> None:
        super().__init__(least, min_open=True)

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> float:
        """Return the number that was typed."""
        number: float = super().convert(value, parameter, context)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", parameter, context)
        return number


def project_of(context: click.Context, site: Path | None = None) -> Project:
    """Return the project that the command line names, or the one here; with a built site even without one."""
    file: Path | None = context.obj
    if file is not None and file.is_dir():
        raise CannotRun(f"{file} is a folder. Name the file in it with -f.")
    project = Project.load(file, site=site)
    project.tell = lambda line: click.echo(line, err=True)
    show_waiting()
    return project


def report(project: Project, findings: list[Finding]) -> list[Finding]:
    """Print findings to standard error, and return those that the site does not silence."""
    findings = project.weighed(findings)
    for finding in findings:
        click.secho(str(finding), err=True, fg="red" if finding.severity is Severity.ERROR else "yellow")
    if findings:
        click.echo(reports.summary(findings), err=True)
    return findings


SITE = click.option(
    "--site",
    type=click.Path(path_type=Path),
    help="The built site to look at.  [default: site_dir; the sources when it is not built]",
)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far a long work is where there is a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, known: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what)
        yield lambda done, known: progress.update(task, completed=done, total=known)


def show_waiting() -> None:
    """Show from now on what builders do, where there is a terminal."""
    from unbroken.builders.waiting import SHOW

    SHOW.set(waiting if sys.stderr.isatty() else None)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Say what runs, and show for how long it has."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TimeElapsedColumn

    click.echo(what, err=True)
    columns = SpinnerColumn(), TimeElapsedColumn()
    with Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
    ) as progress:
        progress.add_task("")
        yield


def watch(names: list[str]) -> Iterable[str]:
    """Pass names on, with a progress bar where there is a terminal and much to do."""
    if len(names) < _LONG or not sys.stderr.isatty():
        return names
    from rich.console import Console
    from rich.progress import track

    return track(names, "Reading the site", console=Console(stderr=True), transient=True)


_LONG = 500


def say(findings: list[Finding], form: str, output: Path | None) -> None:
    """Print findings in a format, or write them to a file."""
    if output is not None:
        write_file(output, FORMATS[form](findings))
        click.echo(f"{reports.summary(findings)} {output} written.", err=True)
    elif form == "text" and sys.stdout.isatty():
        click.echo(reports.grouped(findings), nl=False)
    else:
        click.echo(FORMATS[form](findings), nl=False)


def write_file(file: Path, text: str) -> None:
    """Write what the author asks for with -o, whole or not at all."""
    try:
        write(file, text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise CannotRun(f"{file} cannot be written: {error.strerror}.") from None


def at_commit(project: Project, ref: str, use: Callable[[Project, Path], _T]) -> _T:
    """Return what a use makes of the site as it was at a commit."""
    from unbroken.builders.build import built_at

    try:
        with built_at(project.config, ref) as (then, folder):
            return use(Project(then), folder)
    except BuildError as error:
        raise CannotRun(f"{error}.") from None
