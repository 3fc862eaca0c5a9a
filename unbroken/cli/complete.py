"""What completes paths and addresses while a command is typed."""

from __future__ import annotations

from contextlib import suppress

import click
from click.shell_completion import CompletionItem

from unbroken.model.errors import UnbrokenError
from unbroken.project import Project
from unbroken.workspace import ledger


def _read_quietly(context: click.Context) -> Project | None:
    """Return the project while a command is being typed, if there is one."""
    try:
        return Project.load(context.find_root().params.get("config_file"))
    except UnbrokenError:
        return None


def complete_path(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[CompletionItem[str]]:
    """Complete a path below docs_dir, or else from the working folder."""
    project = _read_quietly(context)
    paths = sorted(project.sources()) if project and project.config.docs_dir.is_dir() else []
    found = [CompletionItem(path) for path in paths if path.startswith(typed)]
    return found or [CompletionItem(typed, type="file")]


def complete_address(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[CompletionItem[str]]:
    """Complete an address that was published, or that the map speaks of."""
    project = _read_quietly(context)
    if project is None:
        return []
    known = set(project.redirects.pages)
    with suppress(OSError):
        known |= {str(address) for address in ledger.read(project.config.ledger)}
    return [CompletionItem(address) for address in sorted(known) if address.startswith(typed)]
