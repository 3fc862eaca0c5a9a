"""What access logs tell of one site: put together from its built site, its map, its ledger and git."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from unbroken.findings.base import count
from unbroken.formats.toml_edit import editor, list_editor
from unbroken.model.addresses import Address, normal
from unbroken.model.errors import CannotEdit, GitError, NoHistory, Refused
from unbroken.model.redirects import Published, RedirectMap
from unbroken.model.resolver import Resolver
from unbroken.project.project import Project
from unbroken.publish.moved_pages import stories
from unbroken.recover import log_lines, logs
from unbroken.recover.proposals import Proposal, recover
from unbroken.recover.wanted import Evidence, Guesser, Idle, paths
from unbroken.workspace import ledger
from unbroken.workspace.built_site import Site, SiteStubs
from unbroken.workspace.files import shown
from unbroken.workspace.transaction import Change, Write, make

#: Where the addresses that are gone on purpose stand in a configuration.
RETIRED = ("plugins", "unbroken", "retired")


def gather(project: Project, files: Iterable[Path | None], site: Site | None) -> Evidence:
    """Return what logs tell.

    Args:
        project: the site.
        files: the logs; None for standard input.
        site: the built site; None where none is built, and the sources say what is published.

    Raises:
        Refused: a log cannot be read.
        NoSite: there is neither a built site nor a folder of sources.
    """
    config, redirects = project.config, project.redirects
    published: Published = site if site is not None else project.plan_of_sources().plan.published
    base = normal(_path(config.site_url)).rstrip("/")
    old = paths(base, redirects.pages)
    live = [key.decode("utf-8", "surrogateescape") for key in paths(base, published.paths)]
    tally = logs.count(_requests(files), old, base, [*live, *(key.decode() for key in old)])
    recovered, notes = _recovered(project, site) if tally.misses else ([], [])
    guesser = Guesser(config, published, redirects, ledger.read(config.ledger), recovered)
    found = Evidence(tally, notes=notes, redirects=len(redirects.pages))
    for miss in tally.misses:
        if guesser.answers(miss.path) or Address(miss.path) in redirects.retired:
            found.answered += 1
        else:
            found.wanted.append(guesser.guess(miss))
    if tally.first:
        found.idle = _idle(tally, redirects, site)
    return found


def _path(url: str) -> str:
    from urllib.parse import urlsplit

    return urlsplit(url).path + "/"


def _requests(files: Iterable[Path | None]) -> Iterator[log_lines.Request | None]:
    return chain.from_iterable(
        log_lines.requests(log_lines.open_lines(file), shown(file) if file else "standard input")
        for file in files
    )


def _recovered(project: Project, site: Site | None) -> tuple[list[Proposal], list[str]]:
    config = project.config
    if config.is_own:
        return [], []
    stubs = SiteStubs(site, project.redirects.pages) if site is not None else None
    try:
        return recover(config, site=site, stubs=stubs).proposals, []
    except (NoHistory, GitError, OSError):
        return [], ["Git history was not asked: for that, run this in a clone of the site."]


def _idle(tally: logs.Tally, redirects: RedirectMap, site: Site | None) -> list[Idle]:
    lines = {source: redirects.pages[source].entry for source, times in tally.followed.items() if not times}
    told = stories(lines.values())
    linked: dict[str, list[str]] = {}
    if site is not None and lines:
        resolver = Resolver(site, redirects)
        for path, page in site.pages():
            for url in set(page.links):
                try:
                    address = resolver.resolve(url, path)
                except ValueError:
                    continue
                if address and address.path in lines:
                    linked.setdefault(address.path, []).append(path)
    found = [
        Idle(source, entry, told[entry].day if entry in told else "", tuple(sorted(linked.get(source, ()))))
        for source, entry in lines.items()
    ]
    return sorted(found, key=lambda idle: (idle.since or "9", idle.entry.place, idle.source))


def prune(project: Project, idle: Iterable[Idle], *, retire: bool = False) -> list[Idle]:
    """Take redirects out of the map that nobody followed and no page links to; return them.

    Args:
        project: the site.
        idle: the redirects that nobody followed.
        retire: whether to list under ``retired`` what is taken out, as gone on purpose.

    Raises:
        Refused: a file of the map cannot be edited.
        Conflict: the disk did not take it, and everything is as it was.
    """
    config = project.config
    gone = [each for each in idle if not each.pages]
    by_file: dict[Path, list[Idle]] = {}
    for each in gone:
        by_file.setdefault(_absolute(each.entry.place.file), []).append(each)
    retired = {entry.source for entry in config.retired}
    withdrawn = [each.entry.source for each in gone if retire and each.entry.source not in retired]
    listing = _absolute(config.retired[0].place.file if config.retired else config.map_file or "")
    here = config.file.parent
    writes = []
    for file in dict.fromkeys([*by_file, *([listing] if withdrawn else [])]):
        before = file.read_bytes()
        try:
            text = before.decode("utf-8")
            if file in by_file:
                text = editor(file)(text, delete=[each.entry.source for each in by_file[file]])
            if withdrawn and file == listing:
                text = list_editor(file)(text, withdrawn, RETIRED)
        except (CannotEdit, UnicodeDecodeError) as error:
            raise Refused(f"{shown(file)} cannot be edited: {error}") from None
        writes.append(Write(os.path.relpath(file, here).replace(os.sep, "/"), before, text.encode()))
    if writes:
        make(here, Change((), writes, f"taking {count(len(gone), 'redirect')} out of the map"))
    return gone


def _absolute(name: str) -> Path:
    return Path(os.path.normpath(Path.cwd() / name))


def addresses(found: Evidence) -> list[Address]:
    """Return the addresses that enter the ledger with the sure redirects."""
    return [proposal.address for proposal in found.sure]
