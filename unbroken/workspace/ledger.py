"""The ledger: every address that the site has ever published, one a line.

Sorted, so that git merges it line by line (``merge=union`` in ``.gitattributes``); empty lines and lines that
begin with ``#`` are comments. ``# reused: /address`` gives an address to other content. It only grows: an
address is withdrawn under ``retired``, not here.
"""

from __future__ import annotations

import errno
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from unbroken.formats.html import Page
from unbroken.model.addresses import Address, flat, parse
from unbroken.model.errors import GitError, LeavesSite, Refused
from unbroken.model.redirects import RedirectMap
from unbroken.model.resolver import ERROR_PAGE, Resolver
from unbroken.workspace.built_site import LOOKUP, Site
from unbroken.workspace.config import Config
from unbroken.workspace.elsewhere import named
from unbroken.workspace.git import git

#: What hosts read at the root of a site, and do not publish.
_FOR_HOSTS = ("_headers", "_redirects")
#: Endings of what themes bring, for sites whose sources are not at hand.
_PARTS = (".css", ".js", ".mjs", ".map", ".woff", ".woff2", ".ttf", ".otf", ".eot", ".wasm")
#: Bytes of the largest ledger that is read, which is about a million addresses.
_LARGEST = 64 << 20


_REUSED = re.compile(r"#[ \t]*reused:[ \t]*(/\S*)")


@dataclass(frozen=True, slots=True)
class Held:
    """What a ledger holds.

    Attributes:
        pages: by address path, the number of the line of each of its fragments; of the path itself that is
            the empty one. Each is there once, with its first line.
        wrong: the lines that name no address of the site, by their numbers.
    """

    pages: Mapping[str, Mapping[str, int]]
    wrong: Mapping[int, str]

    def __contains__(self, address: Address) -> bool:
        return address.fragment in self.pages.get(address.path, ())

    def __iter__(self) -> Iterator[Address]:
        return flat(self.pages)

    def numbered(self) -> Iterator[tuple[Address, int]]:
        """Yield each address with the number of its line."""
        return ((Address(path, each), n) for path, lines in self.pages.items() for each, n in lines.items())


@lru_cache(4)
def held(text: str) -> Held:
    """Return what a ledger's text holds."""
    pages: dict[str, dict[str, int]] = {}
    wrong: dict[int, str] = {}
    # A page has many anchors, so each path is read once.
    known: dict[str, dict[str, int] | None] = {}
    for number, line in _written(text):
        path, _, fragment = line.partition("#")
        if path not in known:
            address = _address(path)
            known[path] = None if address is None else pages.setdefault(address.path, {})
        here = known[path]
        if here is None or (fragment and not _is_one_word(fragment)):
            wrong[number] = line
        else:
            here.setdefault(unquote(fragment), number)
    return Held(pages, wrong)


def size(text: str) -> int:
    """Return how many lines of a ledger's text are no comments, without a look at what they name."""
    return sum(1 for _ in _written(text))


def _written(text: str) -> Iterator[tuple[int, str]]:
    stripped = ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1))
    return ((number, line) for number, line in stripped if line and line[0] != "#")


def _address(text: str) -> Address | None:
    # A conflict that git left open begins with "<<<", and is no address either.
    if not text.startswith("/") or text.startswith("//") or not _is_one_word(text):
        return None
    try:
        return parse(text)
    except LeavesSite:
        return None


def _is_one_word(text: str) -> bool:
    return text.split() == [text] and "%00" not in text


def reused(text: str) -> set[Address]:
    """Return the addresses that a ledger's comments give to other content: ``# reused: /guide/#install``."""
    found = (_REUSED.fullmatch(line.strip()) for line in text.splitlines() if line.startswith("#"))
    return {address for line in found if line and (address := _address(line[1]))}


def text_of(file: Path) -> str:
    """Return the text of a ledger; one that is not there is empty.

    Raises:
        OSError: it is there and cannot be read, or is no text; ``strerror`` says why.
    """
    try:
        about = file.stat()
        if not (stat.S_ISREG(about.st_mode) or stat.S_ISDIR(about.st_mode)):  # a pipe would be waited for
            raise OSError(errno.EINVAL, "it is no ordinary file", str(file))
        if about.st_size > _LARGEST:
            raise OSError(errno.EFBIG, f"it is larger than {_LARGEST >> 20} MB", str(file))
        text = file.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        # Nothing is to be replaced in it: what is written back would not be what was published.
        raise OSError(errno.EILSEQ, "it is not text in UTF-8", str(file))
    return text


def read(file: Path) -> Held:
    """Return what a ledger holds; one that is not there holds nothing.

    Raises:
        OSError: it is there and cannot be read.
    """
    return held(text_of(file))


def extended(text: str, addresses: Iterable[Address], name: str = "the ledger") -> str:
    """Return a ledger's text with more addresses: sorted, each once, comments first; nothing is removed.

    Args:
        text: what it says.
        addresses: what is added.
        name: how messages name it.

    Raises:
        Refused: a line is not an address, so the text may be no ledger, or has a conflict of git in it.
    """
    comments = dict.fromkeys(line for line in text.splitlines() if line.startswith("#"))
    known = {str(address) for address in addresses}
    for number, line in _written(text):
        if line in known:  # most are, and need no further look
            continue
        if (address := _address(line)) is None:
            raise Refused(
                f"{name}:{number}: {line[:60]!r} is not an address of the site, so the file stays as it is. "
                "Correct or delete that line; or if it is another file, correct the setting ledger."
            )
        known.add(str(address))
    return "\n".join([*comments, *sorted(known), ""])


def published(
    pages: Mapping[str, Page], site: Site, redirects: RedirectMap, config: Config
) -> dict[str, set[str]]:
    """Return every address that a site publishes and that a ledger should hold: fragments, by address path.

    That is each page, each heading and each anchor of the author's own, each old address that the map
    answers, and each file that a reader may have linked to: what the author put among the sources, and what a
    page links to. What only pages or hosts ask for is left out: the theme's files, the site's own style
    sheets and scripts, rules and headers. So is the Markdown copy of a page beside it (``guide/index.md``),
    which comes and goes with it.

    Args:
        pages: each page by its address path.
        site: the built site.
        redirects: its map.
        config: its configuration.
    """
    found: dict[str, set[str]] = {}
    linked: set[str] = set()
    resolver = Resolver(site, redirects, site_url=config.site_url)
    for path, page in pages.items():
        if path != ERROR_PAGE:
            own = config.listing.own_anchors(path) if config.listing else None
            # What a page shows of others today is on another page tomorrow.
            kept = page.kept if own is None else [anchor for anchor in own if anchor in page.anchors]
            found[path] = {"", *kept}
    known = config.docs_dir.is_dir()
    dull: set[str] = set()  # links to pages and headings: the most by far, and the same on many pages
    for path, page in pages.items() if known else ():
        for url in [url for url in page.links if url not in dull and "#" not in url]:
            if "." not in url.rpartition("/")[2]:
                dull.add(url)
                continue
            with suppress(ValueError):
                linked.add((resolver.resolve(url, path) or Address("/")).path)
    files = set(site.files.values())
    for path, file in site.files.items():
        copy = file.endswith(".md") and f"{file[:-3]}.html" in files
        if path in pages or copy or file in config.parts or file == LOOKUP or file in _FOR_HOSTS:
            continue
        if path in linked or (
            (config.docs_dir / file).is_file() if known else not file.lower().endswith(_PARTS)
        ):
            found[path] = {""}
    for path in redirects.pages:
        if path not in site.files:
            end = resolver.follow(Address(path)).end
            if isinstance(end, str) or (end and resolver.answers(end)):
                found[path] = {""}
    for path, moved in redirects.anchors.items():
        anchors = (site.anchors(path) if path in site.files else None) or frozenset()
        if away := {fragment for fragment in moved if fragment not in anchors}:
            found[path] = found.get(path, set()) | away
    if config.elsewhere:
        others = named(config)
        found = {path: fragments for path, fragments in found.items() if not others.answers(path)}
    return found


def cut(file: Path) -> list[Address]:
    """Return every address that a ledger once had, committed in git, and has no more on disk."""
    options = ("--unified=0", "--no-color", "--no-ext-diff", "--no-renames", "--", file.name)
    log = ""
    with suppress(GitError, OSError):
        every = ("--first-parent", "--diff-merges=first-parent", "--format=", "--patch", "--root")
        log = git(file.parent, "log", *every, *options)
        if log:  # else it never was in git
            log += git(file.parent, "diff", "HEAD", *options)  # what is not committed
    removed = (line[1:] for line in log.splitlines() if line.startswith("-") and not line.startswith("---"))
    kept = set(read(file))
    # In the order of the file, each once.
    return sorted({a for line in removed if (a := _address(line.strip())) and a not in kept})
