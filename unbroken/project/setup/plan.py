"""What a site lacks: the plugin, redirects that history is sure of, the ledger, a check of each change."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unbroken.builders.which import root_of
from unbroken.findings.base import Place, count
from unbroken.findings.commands import typed
from unbroken.formats.yaml_edit import edit
from unbroken.formats.yaml_plugins import add_to, plugins_of
from unbroken.model.addresses import Address, flat
from unbroken.model.errors import CannotEdit, Refused
from unbroken.model.redirects import Entry
from unbroken.project.setup import ci, old_redirects
from unbroken.project.setup.beside import elsewhere_of
from unbroken.project.setup.changes import Setup, by_hand
from unbroken.project.setup.detect import hosts_of, in_git, shadowing
from unbroken.project.setup.install import excluded
from unbroken.project.setup.judge import remember
from unbroken.publish.hosts import clashes
from unbroken.workspace import ledger
from unbroken.workspace.built_site import Site, select_pages
from unbroken.workspace.config import Config, redirects_of
from unbroken.workspace.files import shown

if TYPE_CHECKING:
    from unbroken.recover.proposals import Recovered


def plan(
    config: Config,
    site: Site | None,
    found: set[Address],
    recovered: Recovered | None,
    source: str,
    folder: Path,
) -> Setup:
    """Return what a site lacks.

    Args:
        config: the site's configuration.
        site: the built site, or None where only a sitemap tells what is published.
        found: addresses that are published whatever the site says.
        recovered: what git history tells; None without one.
        source: what the ledger is recorded from.
        folder: the folder that the site is built in.

    Raises:
        Refused: a file cannot be read, or may not be written.
    """
    setup = Setup(config, root_of(config), folder)
    # A build that cannot install the plugin fails once the configuration names it.
    hindrance = excluded(setup)
    if hindrance:
        setup.advice.append(
            f"{hindrance} So neither the plugin nor a check of each change is added. "
            f"Raise that version, then run: {typed('unbroken init')}."
        )
    else:
        _plugin(setup, elsewhere_of(config, site) if site else [])
    hosts = [*config.hosts] or hosts_of(config, setup.root)
    map_file = _map_file(setup)
    taken = old_redirects.take_over(setup, hosts, site, map_file) if site is not None else None
    entries, patterns = config.entries, config.patterns
    if taken:
        entries, patterns = taken.entries(shown(map_file or config.file))
    added = _redirects(setup, recovered, entries) if recovered else []
    addresses = set(found) | (taken.addresses if taken else set())
    if site is not None:
        redirects = redirects_of(replace(config, entries=[*entries, *added], patterns=patterns))
        select_pages(site, redirects)
        addresses.update(flat(ledger.published(dict(site.pages()), site, redirects, config)))
    try:
        before = ledger.text_of(config.ledger)
    except OSError as error:
        raise Refused(f"{shown(config.ledger)} cannot be read: {error.strerror}.") from None
    after = ledger.extended(before, addresses, shown(config.ledger))
    more = ledger.size(after) - ledger.size(before)
    if more:
        word = "address" if more == 1 else "addresses"
        setup.put(config.ledger, after, f"{more:,} {word}, recorded from {source}")
    if site is not None and not hindrance:
        _shadowed(setup, site)
        remember(setup, site, hosts, [*entries, *added], patterns)
    if in_git(config):
        ci.attributes(setup)
        if not hindrance:
            ci.checks(setup)
    if not hindrance:
        ci.pre_commit(setup)
        ci.other_builds(setup)
    return setup


def _shadowed(setup: Setup, site: Site | None) -> None:
    """Say which redirects of the map stand in the place of a page, before that changes."""
    for entry in shadowing(setup.config, site) if site else ():
        setup.advice.append(
            f"{entry.place}: {entry.source} is a page, and this redirect is published in its place. "
            "The plugin publishes the page, and reports the line. Delete one of the two."
        )


def _plugin(setup: Setup, others: list[str]) -> None:
    """Plan the plugin's entry; Zensical has no plugin, and reads its settings alone.

    Args:
        setup: what is planned.
        others: the prefixes that something else answers.
    """
    config = setup.config
    hosts = [] if config.hosts else hosts_of(config, setup.root)
    for one, other, name in clashes(hosts):
        if {one, other} <= {*hosts}:
            hosts.remove(other)
            setup.advice.append(
                f"{one} and {other} both read {name}, so hosts names {one}. Change it if it is {other}."
            )
    settings = {name: values for name, values in (("hosts", hosts), ("elsewhere", others)) if values}
    rules = ", ".join(f"{name}: {', '.join(values)}" for name, values in settings.items())
    if config.file.suffix == ".toml":
        lines = [f"{name} = {json.dumps(values)}\n" for name, values in settings.items()]
        table = f"[project.plugins.unbroken]\n{''.join(lines)}"
        if lines and _toml(setup, table, {"unbroken": settings}, rules):
            config.elsewhere = (*config.elsewhere, *others)
        return
    item = {"unbroken": settings} if settings else "unbroken"
    try:
        file, search, mapping = _place_of_plugin(setup)
        if file is None:
            return
        text = add_to(setup.text(file), "plugins", ["search", item] if search else [item], mapping=mapping)
    except CannotEdit as error:
        setup.advice.append(by_hand(config.file, error, f"plugins:\n  - unbroken: {json.dumps(settings)}"))
        return
    setup.put(file, text, f"the plugin unbroken{f', with {rules}' if rules else ''}")
    config.elsewhere = (*config.elsewhere, *others)


def _place_of_plugin(setup: Setup) -> tuple[Path | None, bool, bool]:
    """Return which file the plugin goes into, whether ``search`` does, and whether into a new mapping.

    MkDocs merges mappings over what is inherited, and lets anything else replace it; and where nobody
    speaks of plugins it has ``search``. The file is None when the plugin is there.
    """
    written = {file: plugins_of(setup.text(file)) for file in setup.config.files}
    for kind, names in written.values():
        if "unbroken" in names:
            return None, False, False
        if kind in ("list", "null"):
            break
    top = setup.config.file
    own = written[top][0]
    inherited = next(((file, kind) for file, (kind, _) in written.items() if kind), (top, "null"))
    if own:
        return top, own == "null", False
    if inherited[1] == "list":
        return inherited[0], False, False
    return top, inherited[1] == "null", inherited[1] == "mapping"


def _redirects(setup: Setup, recovered: Recovered, entries: list[Entry]) -> list[Entry]:
    """Plan the redirects of which git history is sure, and return them."""
    from unbroken.recover.proposals import additions, retargets

    config = setup.config
    add = additions(entries, recovered.sure, config.directory_urls)
    if not add or retargets(config.entries, recovered.sure, config.directory_urls):
        return []  # lines of the map that lead to a lost page are for `recover --write`
    about = f"{count(len(add), 'redirect')} that git history is sure of"
    if config.file.suffix == ".toml":
        lines = "".join(f"{json.dumps(source)} = {json.dumps(target)}\n" for source, target in add.items())
        table = f"[project.plugins.redirects.redirect_maps]\n{lines}"
        if entries or not _toml(setup, table, {"redirects": {"redirect_maps": add}}, about):
            return []
    else:
        try:
            file = _map_file(setup)
            if file is None:
                return []
            setup.put(file, edit(setup.text(file), add=add), about)
        except CannotEdit:
            return []
    return [Entry(source, target, Place(config.file.name)) for source, target in add.items()]


def _toml(setup: Setup, table: str, wanted: Mapping[str, Any], about: str) -> bool:
    """Plan a new table at the end of a zensical.toml, and say whether that can be."""
    file = setup.config.file
    text = setup.text(file)
    newline = "\r\n" if "\r\n" in text else "\n"
    before = text if text.endswith("\n") else text + newline
    after = before + newline + table.replace("\n", newline)
    data = tomllib.loads(text)
    data.setdefault("project", {}).setdefault("plugins", {}).update(wanted)
    try:
        if tomllib.loads(after) == data:
            setup.put(file, after, about)
            return True
    except tomllib.TOMLDecodeError:
        pass
    setup.advice.append(by_hand(file, "It has a table of plugins already.", table.rstrip()))
    return False


def _map_file(setup: Setup) -> Path | None:
    """Return the file that the map is in, or belongs in."""
    if setup.config.entries:
        return Path(os.path.normpath(Path.cwd() / setup.config.entries[-1].place.file))
    names: dict[Path, tuple[str, ...]] = {}
    for file in setup.config.files:
        with suppress(CannotEdit):  # its plugins cannot be told apart, or it is TOML
            names[file] = plugins_of(setup.text(file))[1]
    for plugin in ("redirects", "unbroken"):
        if found := next((each for each in names if plugin in names[each]), None):
            return found
    return None
