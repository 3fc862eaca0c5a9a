"""From one version of a site to another: which addresses of the first answer no more in the second.

Each branch or tag has a map and a ledger of its own, so nobody has to remember what moved between them. What
the first version's map, or git's own renames, say of an address is proposed for the second version's map.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unbroken.model.addresses import Address, is_page_path, likely_page_path, page_address
from unbroken.model.errors import GitError, NoHistory
from unbroken.model.redirects import Pages
from unbroken.recover.proposals import Proposal, Recovered
from unbroken.recover.tracking import Confidence
from unbroken.workspace import config as configuration
from unbroken.workspace import ledger
from unbroken.workspace.config import Config, redirects_of
from unbroken.workspace.git import git

# From this share of a page's text on, in percent, git's rename is beyond doubt.
_SAME = 90


def across(config: Config, first: str, second: str) -> Recovered:
    """Look for the addresses of one version that another does not answer.

    Args:
        config: the site's configuration.
        first: the commit, branch or tag of the version that had the addresses.
        second: that of the version that has to answer them.

    Raises:
        NoHistory: there is no such commit, or no configuration at it.
    """
    with _at(config, first) as old, _at(config, second) as new:
        there, now = _sources(old), _sources(new)
        published = Pages(now.values(), new.directory_urls)
        redirects, before = redirects_of(new), redirects_of(old)
        renamed = _renamed(config, old, first, second)
        recorded = {Address(address.path) for address in ledger.read(old.ledger)}
        addresses = sorted(recorded | {Address(path) for path in there if is_page_path(there[path])})
    found = []
    for address in addresses:
        end = redirects.route(address, published).end
        if isinstance(end, str) or (end and end.path in published.paths) or address in redirects.retired:
            continue
        source = there.get(address.path) or likely_page_path(address.path, new.directory_urls)
        target, confidence, why = "", Confidence.NONE, f"git sees no rename from {first} to {second}"
        led = before.route(address).end
        if isinstance(led, Address) and led != address and led.path in now:
            target, confidence, why = now[led.path], Confidence.SURE, f"the map of {first} leads there"
        elif source in renamed:
            target, share = renamed[source]
            confidence = Confidence.SURE if share >= _SAME else Confidence.LIKELY
            why = f"renamed from {first} to {second}, {share} % the same"
        found.append(Proposal(address, source, target, confidence, why, "", ""))
    return Recovered(found, 1, len(addresses), [], config)


@contextmanager
def _at(config: Config, ref: str) -> Iterator[Config]:
    """Yield the configuration as it was at a commit, with its files."""
    folder = config.file.parent
    with tempfile.TemporaryDirectory(prefix="unbroken-") as place:
        tree = Path(place) / "tree"
        try:
            commit = git(folder, "rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}").strip()
            below = git(folder, "rev-parse", "--show-prefix").strip()
            git(folder, "worktree", "add", "--quiet", "--detach", str(tree), commit)
        except GitError as error:
            raise NoHistory(f"there is no version {ref}: {error}.") from None
        try:
            yield configuration.read(tree / below / config.file.name)
        except FileNotFoundError:
            raise NoHistory(f"{ref} has no {below}{config.file.name}.") from None
        finally:
            git(folder, "worktree", "remove", "--force", str(tree))


def _sources(config: Config) -> dict[str, str]:
    """Return the path of each file below docs_dir by its address path."""
    files = (path for path in config.docs_dir.rglob("*") if path.is_file())
    paths = sorted(path.relative_to(config.docs_dir).as_posix() for path in files)
    return {page_address(path, config.directory_urls): path for path in paths}


def _renamed(config: Config, old: Config, first: str, second: str) -> dict[str, tuple[str, int]]:
    """Return the new path of each source that git sees renamed, and how much is the same, in percent."""
    below = Path(os.path.relpath(old.docs_dir, old.file.parent)).as_posix()
    options = ["--name-status", "-M", "-z", "--relative", "--diff-filter=R"]
    told = git(config.file.parent, "diff", *options, first, second, "--", f"{below}/").split("\0")
    return {
        before.removeprefix(f"{below}/"): (after.removeprefix(f"{below}/"), int(status[1:] or 0))
        for status, before, after in zip(told[::3], told[1::3], told[2::3], strict=False)
    }
