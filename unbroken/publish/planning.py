"""The plan of one site: its map, its ledger and its hosts, judged together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from unbroken.findings.base import Finding, Place, in_order
from unbroken.findings.configuration import UnknownHost
from unbroken.findings.hosts import HostClash
from unbroken.findings.ledger import LedgerLine
from unbroken.model.plan import Plan, judge
from unbroken.model.redirects import Published, RedirectMap
from unbroken.model.suggest import choose
from unbroken.publish.hosts import HOSTS, Host, clashes
from unbroken.publish.kept import kept
from unbroken.workspace import ledger
from unbroken.workspace.built_site import Site
from unbroken.workspace.config import Config, redirects_of
from unbroken.workspace.files import shown


def prepare(
    config: Config, published: Published, redirects: RedirectMap | None = None
) -> tuple[Plan, list[Finding]]:
    """Return the plan for a site, and all that is wrong with its configuration and its map."""
    redirects = redirects or redirects_of(config)
    recorded, of_ledger = _recorded(config.ledger)
    hosts, of_hosts = chosen(config)
    plan, findings = judge(
        redirects,
        published,
        recorded,
        directory_urls=config.directory_urls,
        site_url=config.site_url,
        kept=kept(config, hosts),
    )
    folder = published.root if isinstance(published, Site) else config.docs_dir
    plan = replace(plan, own=own_files(folder, hosts), max_age=config.max_age)
    for host in hosts:
        of_hosts += host.judge(plan, config.hosts[host.name])
    return plan, in_order([*config.findings, *of_ledger, *findings, *of_hosts])


def _recorded(file: Path) -> tuple[Mapping[str, Iterable[str]], list[Finding]]:
    """Return what the ledger holds; where it cannot be read, the finding that says so."""
    try:
        return ledger.read(file).pages, []
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"The ledger cannot be read: {reason[:1].lower()}{reason[1:]}."
        remedy = f"Mend the file, or take it back from git: git checkout -- {shown(file)}."
        return {}, [LedgerLine(Place(shown(file)), message, remedy)]


def own_files(folder: Path, hosts: Iterable[Host]) -> dict[str, str]:
    """Return the files of hosts that stand in a folder, by name."""
    own = {}
    for name in {name for host in hosts for name in host.root_files}:
        with suppress(OSError):
            own[name] = (folder / name).read_text(encoding="utf-8", errors="surrogateescape")
    return own


def chosen(config: Config) -> tuple[list[Host], list[Finding]]:
    """Return the hosts that a site has chosen."""
    findings: list[Finding] = []
    hosts: list[Host] = []
    for name, place in config.hosts.items():
        if name in HOSTS:
            hosts.append(HOSTS[name])
        else:
            findings.append(UnknownHost.of(place, name, choose(name, HOSTS)))
    for first, second, file in clashes(config.hosts):
        findings.append(HostClash.of(config.hosts[second], first, second, file))
    return hosts, findings
