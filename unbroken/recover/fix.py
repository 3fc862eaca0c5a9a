"""What ``unbroken check --fix`` writes: renames, links with one better destination, lost addresses.

Each function writes what it is sure of, and returns what it did in lines for the author.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from unbroken.check.locate import Spot
from unbroken.check.site import CheckResult
from unbroken.findings.base import count
from unbroken.findings.commands import typed
from unbroken.formats.toml_edit import editor
from unbroken.model.addresses import Address, flat
from unbroken.model.errors import CannotEdit, GitError, NoHistory, Refused
from unbroken.model.redirects import RedirectMap
from unbroken.move import mover as moves
from unbroken.move.mover import Prepared
from unbroken.recover.proposals import Proposal, additions, recover, retargets
from unbroken.workspace import ledger
from unbroken.workspace.built_site import Site, SiteStubs
from unbroken.workspace.config import Config
from unbroken.workspace.files import shown, write


def follow_renames(config: Config) -> Prepared | None:
    """Do the rest for what was renamed without this tool, and return what was done; None where nothing was.

    Raises:
        Refused: git sees a rename, and it cannot be followed.
    """
    if not config.docs_dir.is_dir():
        return None
    try:
        found = moves.seen(config, "HEAD")
    except Refused:  # without git, nobody knows
        return None
    if not found.files:
        return None
    mover = moves.Mover(config, seen=found)
    wanted = mover.renamed()
    prepared = mover.prepare(wanted) if wanted else None
    if prepared is None or not prepared.change.writes:
        return None
    moves.apply(config, prepared)
    return prepared


def fix(config: Config, redirects: RedirectMap, result: CheckResult, site: Site | None) -> list[str]:
    """Mend what has one answer, take it out of the findings, and return what was done.

    Args:
        config: the site's configuration.
        redirects: its map.
        result: what is wrong, changed in place.
        site: the built site, settled; None where the map alone was judged.

    Raises:
        OSError: a file cannot be read or written.
    """
    lines: list[str] = []
    if site and result.lost:
        lines += _redirect_lost(config, redirects, result, site)
    if result.mends:
        lines.append(_rewrite_links(config, result))
    if result.unrecorded or result.cut:
        lines.append(extend_ledger(config, [*flat(result.unrecorded), *result.cut]))
        result.findings = [f for f in result.findings if f.code not in ("ledger-behind", "ledger-cut")]
    return lines


def _rewrite_links(config: Config, result: CheckResult) -> str:
    """Rewrite links that have a better destination.

    To name the line of a fault, what looks like its link is enough. Here the site's Markdown has to agree.
    """
    from unbroken.builders.markdown import site_markdown  # large rooms, and only needed here
    from unbroken.formats.links import rewrite
    from unbroken.formats.markdown import links

    markdown = site_markdown(config)
    by_file: dict[Path, dict[Spot, str]] = {}
    for spot, destination in result.mends.items():
        by_file.setdefault(spot.file, {})[spot] = destination
    texts: dict[Path, str] = {}
    mended: set[tuple[str, int, int]] = set()
    for file, wanted in by_file.items():
        with file.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
            text = stream.read()
        there: set[tuple[int, int]] = set()
        for page in (True, False):  # or what a page includes
            with suppress(Refused):
                there.update((link.start, link.end) for link in links(text, markdown, page=page))
        sure = {spot.link: new for spot, new in wanted.items() if (spot.link.start, spot.link.end) in there}
        if sure:
            texts[file] = rewrite(text, sure)
            mended.update((shown(file), link.line, link.column) for link in sure)
    for file, text in texts.items():
        write(file, text.encode("utf-8", "surrogateescape"), config.file.parent)
    result.findings = [
        f for f in result.findings if f.code != "through-redirect" or tuple(f.place) not in mended
    ]
    where = f"{count(len(mended), 'link')} rewritten in {count(len(texts), 'file')}"
    return f"{where}. Build the site again."


def _redirect_lost(config: Config, redirects: RedirectMap, result: CheckResult, site: Site) -> list[str]:
    sure = sure_redirects(config, redirects, result.lost, site)
    if not sure or not config.map_file:
        return []
    try:
        written = add_to_map(config, sure)
    except Refused as error:
        return [f"unbroken: {error}"]
    mended = {result.lost.get(proposal.address) for proposal in sure}
    result.findings = [finding for finding in result.findings if finding not in mended]
    return [written, *(f"  {proposal.source}: {proposal.target} ({proposal.why})" for proposal in sure)]


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
    gone = set(lost)
    gone.update(a for a in ledger.read(config.ledger) if Address(a.path) in gone)
    stubs = SiteStubs(site, redirects.pages)
    try:
        found = recover(config, headings=any(a.fragment for a in gone), site=site, stubs=stubs)
    except (NoHistory, GitError, OSError):
        return []
    return [proposal for proposal in found.sure if proposal.address in gone]


def add_to_map(config: Config, sure: list[Proposal]) -> str:
    """Write proposals into the map, and lead its lines to a lost page to that page's new place.

    Return what was done.

    Raises:
        Refused: a file of the map cannot be edited in place.
        OSError: one cannot be read or written.
    """
    changed = retargets(config.entries, sure, config.directory_urls)
    file = Path(config.map_file) if config.map_file else config.file
    files = {Path(entry.place.file) for entry in changed} | {file}
    texts = {}
    for each in files:
        text = each.read_bytes().decode("utf-8")
        mine = {e.source: target for e, target in changed.items() if Path(e.place.file) == each}
        new = additions(config.entries, sure, config.directory_urls) if each == file else {}
        try:
            texts[each] = editor(each)(text, add=new, retarget=mine)
        except CannotEdit as error:
            raise Refused(f"{shown(each)} cannot be edited: {error}") from None
    for each, text in texts.items():
        write(each, text.encode(), config.file.parent)
    where = ", ".join(sorted(shown(each) for each in texts))
    return f"{count(len(sure), 'redirect')} written to {where}. Run: {typed('unbroken check --map')}."


def extend_ledger(config: Config, addresses: Iterable[Address]) -> str:
    """Add addresses to the ledger, and return how many were added and are there.

    Raises:
        OSError: it cannot be read or written.
    """
    before = ledger.text_of(config.ledger)
    after = ledger.extended(before, addresses, shown(config.ledger))
    if after != before:
        write(config.ledger, after.encode(), config.file.parent)
    added = len({*after.splitlines()}.difference(before.splitlines()))
    return f"{added:,} added to {shown(config.ledger)}, {ledger.size(after):,} in all."
