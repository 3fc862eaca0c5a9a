"""Redirects that a site has already, in a host's file or the front matter of its pages: taken over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from unbroken.findings.base import Place
from unbroken.formats.toml_edit import editor
from unbroken.model.errors import CannotEdit, Refused
from unbroken.project import takeover as take
from unbroken.project.setup.changes import Setup
from unbroken.publish.importers import FORMATS, Format
from unbroken.workspace import ledger
from unbroken.workspace.built_site import Site
from unbroken.workspace.files import shown

# In the order in which a host asks them.
_IN_DOCS = ("_redirects", ".htaccess", "staticwebapp.config.json", "vercel.json")
_AT_TOP = ("netlify.toml", "vercel.json", "firebase.json", "staticwebapp.config.json")
_SHOWN = 5


def found(setup: Setup, hosts: list[str]) -> Iterator[tuple[Path, Format]]:
    """Yield the files that a site has redirects in, with their formats."""
    config = setup.config
    named = replace(config, hosts={host: Place("") for host in hosts})
    files = [config.docs_dir / name for name in _IN_DOCS]
    for folder in dict.fromkeys((setup.root, config.file.parent)):
        files += [folder / name for name in _AT_TOP]
    for file in files:
        if file.is_file():
            try:
                yield file, take.format_of(file, named)
            except Refused as error:
                setup.advice.append(f"Its redirects are left out. {error}")
    yield config.docs_dir, FORMATS["front-matter"]


def take_over(setup: Setup, hosts: list[str], site: Site, map_file: Path | None) -> take.Takeover | None:
    """Plan to take a site's redirects over; return what that adds, or None where there is nothing to add."""
    planned: take.Takeover | None = None
    files = []
    for each in found(setup, hosts):
        try:  # one file that cannot be read keeps no other from being taken over
            take.read(*each, setup.config)
        except Refused as error:
            setup.advice.append(f"Its redirects are left out. {error}")
        else:
            files.append(each)
    try:
        planned = take.plan(setup.config, files, site, ledger.read(setup.config.ledger).pages, write=False)
    except (Refused, OSError) as error:
        setup.advice.append(f"Redirects of other tools are left out. {error}")
        return None
    planned.sources = [source for source in planned.sources if source.judged or source.imported.faults]
    if not planned.sources:
        return None
    names = " ".join(shown(source.file) for source in planned.sources)
    if planned.add or planned.patterns:
        try:
            if map_file is None:
                raise CannotEdit("No file is known for redirects.")
            edit, text = editor(map_file), setup.text(map_file)
            text = edit(text, add=planned.add) if planned.add else text
            text = edit(text, add=planned.patterns, path=take.PATTERNS) if planned.patterns else text
        except CannotEdit as error:
            setup.advice.append(f"{error} When that is mended, run: unbroken import {names}")
            return None
        number = len(planned.add) + len(planned.patterns)
        setup.put(map_file, text, f"{number:,} redirect{'' if number == 1 else 's'} out of {names}")
    for source in planned.sources:
        take.shorten(planned, source, hosts)
    for file, (_, after) in planned.writes.items():
        setup.put(file, after.decode("utf-8", "surrogateescape"), "only what the map cannot say")
    setup.advice.append("\n".join(take.described(planned, _SHOWN, hosts)))
    return planned
