"""What is wrong with a site once it is set up: as the plugin publishes it, and as it reports that."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from unbroken.check.site import check_site
from unbroken.findings.base import Finding, Place, count, in_order, weigh
from unbroken.model.addresses import page_address
from unbroken.model.plan import Plan
from unbroken.model.redirects import Entry
from unbroken.project.setup.changes import Setup
from unbroken.project.setup.detect import shadowing
from unbroken.publish.planning import prepare
from unbroken.workspace import baseline
from unbroken.workspace.built_site import Site, select_pages
from unbroken.workspace.config import Config, redirects_of
from unbroken.workspace.files import shown


def judged(config: Config, site: Site) -> tuple[Plan, list[Finding]]:
    """Return what a site has to hold, and what is wrong with it, in order."""
    redirects = redirects_of(config)
    select_pages(site, redirects)
    for entry in shadowing(config, site):  # which the plugin publishes from now on
        path = page_address(entry.source, config.directory_urls)
        site.files[path] = site.stubs.pop(path)
    plan, findings = prepare(config, site, redirects)
    # A site that was built to be looked at is gone in a moment; the author's own will say the same.
    here, there = shown(site.root) + "/", shown(config.site_dir) + "/"
    findings = [
        replace(f, place=f.place._replace(file=there + f.place.file.removeprefix(here)))
        if f.place.file.startswith(here)
        else f
        for f in (*findings, *check_site(config, site, redirects).findings)
    ]
    return plan, in_order(weigh(findings, config.severity, shown(config.docs_dir)))


def remember(
    setup: Setup, site: Site, hosts: Iterable[str], entries: list[Entry], patterns: list[Entry]
) -> None:
    """Plan the baseline: a build that was green stays green, and what is wrong from now on is new.

    Args:
        setup: what is added else, the ledger among it.
        site: the built site.
        hosts: the hosts that the site will have.
        entries: the lines that its map will have.
        patterns: its patterns.
    """
    config, file = setup.config, baseline.file_of(setup.config)
    if file.exists() or config.ledger.exists():
        return  # it is set up already, and what is wrong is known
    with tempfile.TemporaryDirectory(prefix="unbroken-") as place:
        then = replace(config, entries=entries, patterns=patterns, ledger=Path(place) / config.ledger.name)
        then.hosts = {host: config.hosts.get(host, Place(shown(config.file))) for host in hosts}
        then.ledger.write_text(setup.text(config.ledger), encoding="utf-8")
        _, findings = judged(then, site)
        findings = [f for f in findings if f.place.file != shown(then.ledger)]
    if findings:
        number = count(len(findings), "finding")
        setup.put(file, baseline.text_of(config, findings), f"{number} of before, so that new ones show")
