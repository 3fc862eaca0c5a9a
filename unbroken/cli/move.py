"""``unbroken move``: a page, folder, file or heading moved."""

from __future__ import annotations

from collections.abc import Iterable

import click

from unbroken.cli.common import project_of
from unbroken.cli.complete import complete_path
from unbroken.cli.help import Command
from unbroken.cli.status import CannotRun
from unbroken.findings.commands import typed
from unbroken.model.errors import Conflict


@click.command(cls=Command)
@click.argument("old", required=False, shell_complete=complete_path)
@click.argument("new", required=False, shell_complete=complete_path)
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
@click.option(
    "--prove",
    type=click.Choice(["pages", "build"]),
    help="Prove it by the pages as Markdown renders them, or by the whole site built before and after.  "
    "[default: what it takes to see all]",
)
@click.option("--leave", is_flag=True, help="Move even where something is left to mend by hand.")
@click.option("--undo", is_flag=True, help="Take the last move back; the one before that, when run again.")
@click.option("--list", "listed", is_flag=True, help="With --undo: only list what can be taken back.")
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
    prove: str | None,
    leave: bool,
    undo: bool,
    listed: bool,
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
      unbroken move guide manual --prove pages          without building the site
      unbroken move guide manual --dry-run              show what would change
      unbroken move --undo                              take the last move back
      unbroken move --undo --list                       what can be taken back, the last move first

    Files:
      reads   the configuration, docs_dir, the ledger, git
      writes  docs_dir, the map, nav, and .cache/unbroken for --undo

    Exit status:
      0  it is done
      2  it is refused, and nothing has changed
    """
    import shlex
    import time

    from unbroken.model.errors import Refused
    from unbroken.move import mover as moves
    from unbroken.workspace.transaction import Transaction

    project = project_of(context)
    if project.config.is_own and not undo:
        raise CannotRun(
            "move rewrites sources, and those of another generator it cannot read. Move them there, "
            f"and add a line to redirects in {project.config.file.name}."
        )
    config = project.config
    try:
        ways = [bool(pairs), bool(old), bool(since), undo].count(True)
        if listed and not undo:
            raise Refused(f"--list goes with --undo: {typed('unbroken move --undo --list')}.")
        if ways != 1 or bool(old) != bool(new):
            raise Refused(
                "Say what to move, in one of these ways: unbroken move OLD NEW, --from FILE, or --from-git; "
                "or take the last move back: --undo."
            )
        if listed:
            for done in Transaction(config.file.parent).done():
                click.echo(f"{time.strftime('%Y-%m-%d %H:%M', time.localtime(done.at))}  {done.about}")
            return
        if undo:
            click.echo(f"Taken back: {Transaction(config.file.parent).undo()}.")
            return
        named = [(old or "", new or "")]
        if pairs:
            split = [shlex.split(line) for line in pairs if line.strip() and not line.startswith("#")]
            wrong = next((parts for parts in split if len(parts) != 2), None)
            if wrong is not None:
                raise Refused(f"{' '.join(wrong)!r} is no pair. Write OLD NEW on each line.")
            named = [(parts[0], parts[1]) for parts in split]
        if since and title:
            raise Refused("--title is for one heading that stays on its page: page.md#old page.md#new.")
        project.ask()
        mover = moves.Mover(
            config,
            reuse=reuse,
            title=title,
            seen=moves.seen(config, since) if since else None,
            prove=prove or "",
            leave=leave,
            tell=lambda line: click.echo(line, err=True),
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
        raise CannotRun(str(error)) from None
    for line in prepared.advice:
        click.echo(line, err=True)
