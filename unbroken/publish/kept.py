"""What browsers may still keep of redirects that are no more: git knows which lines the map had.

A browser that was answered 301 asks no more for as long as it may keep the answer. When a page has moved away
and back, it leads its reader from the page to where the page was, and the redirect there leads back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from unbroken.findings.base import Place
from unbroken.formats import former_maps
from unbroken.model.addresses import Address
from unbroken.model.errors import GitError
from unbroken.model.plan import Kept
from unbroken.model.redirects import Entry, parse_map
from unbroken.publish.hosts import Host
from unbroken.workspace.changes import changes_in
from unbroken.workspace.config import Config
from unbroken.workspace.git import contents, git

# A change is published some time after its commit, in seconds: a week is much.
_UNPUBLISHED = 7 * 86_400
# Where nothing tells browsers how long, they keep it for ever; this is how far back anyone looks, in seconds.
_EVER = 365 * 86_400
# Commits that are looked at.
_MOST = 100
# Versions that are in memory together.
_AT_ONCE = 20


def kept(config: Config, hosts: Iterable[Host]) -> Kept:
    """Return what browsers may still keep of a site's former redirects."""
    ruled = [host for host in hosts if host.rules]
    if not ruled or not (config.entries or config.map_file):
        return Kept()
    bounded = all(host.caches for host in ruled)
    since = (config.max_age if bounded else _EVER) + _UNPUBLISHED
    files = {entry.place.file for entry in config.entries} | {str(config.map_file or config.file)}
    gone: dict[str, set[str]] = {}
    # What the map still says leads nobody back.
    now = {(entry.source, entry.target) for entry in config.entries}
    for source, target in {pair for file in files for pair in _known(Path(file), since)} - now:
        pages = parse_map([Entry(source, target, Place(""))], directory_urls=config.directory_urls).pages
        for path, hop in pages.items():
            if isinstance(hop.target, Address):
                gone.setdefault(path, set()).add(hop.target.path)
    return Kept(gone, f"for {_span(config.max_age)}" if bounded else "until they empty their cache")


def _known(file: Path, since: int) -> Iterator[tuple[str, str]]:
    """Yield source and target of each line that a map had in a commit, the newest commits alone.

    A version that is the file as it stands is left out.
    """
    now = ""
    with suppress(OSError):  # it may be gone
        now = file.read_bytes().decode("utf-8", "surrogateescape")
    window = (f"-{_MOST}", f"--since={since} seconds ago", "--diff-merges=first-parent", "--root")
    options = ("--raw", "--no-abbrev", "-z", "--format=", "--no-renames", "--no-follow")
    try:
        told = git(file.parent, "log", *window, *options, "--", file.name)
        names = [f"HEAD:./{file.name}"]
        for _, change in changes_in(iter(told.split("\0"))):
            names += (change.new_blob, change.old_blob)
        names = [*dict.fromkeys(names)]
        for start in range(0, len(names), _AT_ONCE):
            for text in {*contents(file.parent, names[start : start + _AT_ONCE]).values()} - {now}:
                yield from former_maps.pairs(text, toml=file.suffix == ".toml")
    except GitError:  # without git nobody knows
        return


def _span(seconds: int) -> str:
    for name, length in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if seconds >= length and seconds % length == 0:
            count = seconds // length
            return f"a {name}".replace("a h", "an h") if count == 1 else f"{count:,} {name}s"
    return "no time at all"
