"""What ``unbroken check --fix`` writes: links with one better destination, redirects of which git is sure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from unbroken.check.locate import Spot
from unbroken.formats.markdown import Link
from unbroken.model.addresses import Address
from unbroken.model.redirects import RedirectMap
from unbroken.recover.proposals import Proposal
from unbroken.workspace import ledger
from unbroken.workspace.built_site import Site, SiteStubs
from unbroken.workspace.config import Config
from unbroken.workspace.git import GitError


def mend(mends: Mapping[Spot, str], sources_text: Mapping[Path, str]) -> dict[Path, str]:
    """Return the new text of each source file whose links have better destinations."""
    from unbroken.formats.markdown import rewrite

    by_file: dict[Path, dict[Link, str]] = {}
    for spot, destination in mends.items():
        by_file.setdefault(spot.file, {})[spot.link] = destination
    return {file: rewrite(sources_text[file], changes) for file, changes in by_file.items()}


def sure_redirects(
    config: Config, redirects: RedirectMap, lost: Iterable[Address], site: Site
) -> list[Proposal]:
    """Return the redirects of lost addresses of which git leaves no doubt where their content went.

    The headings of a lost page that did not go along are among them, when they are in the ledger, too.

    Args:
        config: the site's configuration.
        redirects: its map.
        lost: what is in the ledger and no longer answers.
        site: the built site, settled.
    """
    from unbroken.recover.proposals import recover  # a large room, and only needed here
    from unbroken.recover.repository import NoHistory

    gone = set(lost)
    gone.update(a for a in ledger.read(config.ledger) if Address(a.path) in gone)
    stubs = SiteStubs(site, redirects.pages)
    try:
        found = recover(config, headings=any(a.fragment for a in gone), site=site, stubs=stubs)
    except (NoHistory, GitError, OSError):
        return []
    return [proposal for proposal in found.sure if proposal.address in gone]
