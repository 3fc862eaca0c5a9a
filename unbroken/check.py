"""The promise, tested on a built site: every link, every recorded address, every anchor.

Links are followed as a visitor's browser follows them: through the map, through stubs whoever wrote them, and
through moved anchors, to the page and the place where the visitor ends up.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from unbroken.addresses import Address, LeavesSite, is_page_path, normal, relative
from unbroken.addresses import likely_anchor as near_anchor
from unbroken.redirects import Published, RedirectMap, Target
from unbroken.site import Page, Site

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# A relative URL that is in normal form once its leading "../" are counted.
_PLAIN = re.compile(r"(?:[A-Za-z0-9_~-][A-Za-z0-9_.~-]*/)*(?:[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)?")
_HOPS = 100
_NEAR = 2000

#: The page that hosts show in place of what is not there.
ERROR_PAGE = "/404.html"


class Fault(NamedTuple):
    """What is wrong with one link, before its place in the sources is known.

    Attributes:
        code: a key of ``findings.CODES``.
        page: the address path of the page that links.
        url: the link as the page has it.
        message: what is wrong, in one sentence.
        remedy: what mends it, where ``instead`` does not say so.
        asked: the address that the link names, where it names one of this site.
        instead: where the link should lead, or probably should.
        sure: whether that is certain.
    """

    code: str
    page: str
    url: str
    message: str
    remedy: str
    asked: Address | None = None
    instead: Target | None = None
    sure: bool = False


class Stubs(Protocol):
    """What pages do to their visitors, as they stand in the built site."""

    def sends(self, address: Address) -> str | None:
        """Return the URL, as written, to which the stub at an address sends its visitor on."""

    def moves(self, address: Address) -> str | None:
        """Return the URL, as written, to which a page sends the visitors of an anchor that it has not."""


class NoStubs:
    """A site whose stubs and moved anchors are all in the map."""

    def sends(self, address: Address) -> str | None:
        """Nothing is sent on."""
        return None

    def moves(self, address: Address) -> str | None:
        """No anchor is sent on."""
        return None


class SiteStubs:
    """The stubs and the moved anchors of a built site.

    Args:
        site: the built site.
        known: the address paths that the map already speaks of.
    """

    def __init__(self, site: Site, known: Iterable[str] = ()) -> None:
        self.site = site
        self.stubs = site.stubs.keys() - set(known)

    def sends(self, address: Address) -> str | None:
        """Return the URL, as written, to which the stub at an address sends its visitor on."""
        path, fragment = address
        if path not in self.stubs or not (page := self.site.page(path)) or not page.to:
            return None
        if (moved := self._moved(page, fragment)) is not None:
            return moved
        # The visitor's fragment wins over the target's, as in a browser that follows a 301.
        return f"{page.to.partition('#')[0]}#{fragment}" if fragment else page.to

    def moves(self, address: Address) -> str | None:
        """Return the URL, as written, to which a page sends the visitors of an anchor that it has not."""
        page = self.site.page(address.path) if address.path in self.site.files else None
        if page is None or address.fragment in page.anchors:
            return None
        return self._moved(page, address.fragment)

    def _moved(self, page: Page, fragment: str) -> str | None:
        return next((url for name, url in page.moved if name == fragment), None) if fragment else None


class Arrival(NamedTuple):
    """Where a visitor ends up.

    Attributes:
        end: the last address; None when the way never ends.
        hops: how often the visitor was sent on.
    """

    end: Target | None
    hops: int


class Ways:
    """Follow addresses of one site.

    Args:
        published: what answers.
        redirects: the map.
        stubs: what the site's own pages do besides.
        site_url: the absolute URL of the site's root, or empty.
        whole: asked for anchors that ``published`` lacks, where that knows the content of pages alone.
    """

    def __init__(
        self,
        published: Published,
        redirects: RedirectMap,
        stubs: Stubs | None = None,
        site_url: str = "",
        whole: Published | None = None,
    ) -> None:
        self.published = published
        self.whole = whole
        self.redirects = redirects
        self.stubs = stubs or NoStubs()
        parts = urlsplit(site_url)
        self.host = parts.netloc.lower()
        self.base = parts.path.rstrip("/")
        self.cuts: dict[str, tuple[int, str, str, bool]] = {}

    def resolve(self, url: str, page: str) -> Address | None:
        """Return the address of this site that a URL on a page names; None for one that is elsewhere.

        Args:
            url: as written, with entities resolved.
            page: the address path of the page, or of its ``<base>``.

        Raises:
            LeavesSite: the URL climbs above the root of the site.
            ValueError: the URL cannot be read.
        """
        ups, rest, fragment, plain = self.cut(url)
        if ups < 0:
            return None if ups == _ELSEWHERE else Address(rest if ups == _ROOTED else page, fragment)
        folder = page[: page.rfind("/") + 1]
        for _ in range(ups):
            if folder == "/":
                raise LeavesSite(url)
            folder = folder[: folder.rfind("/", 0, -1) + 1]
        return Address(folder + rest if plain else normal(folder + rest), fragment)

    def cut(self, url: str) -> tuple[int, str, str, bool]:
        """Return how many folders a URL leads up, the rest of its path, its fragment, if the rest is normal.

        Raises:
            ValueError: the URL cannot be read, or an absolute path climbs above the root.
        """
        cut = self.cuts.get(url)
        if cut is None:
            ups, rest, fragment = self._read(url)
            plain = _PLAIN.fullmatch(rest) is not None and not rest.endswith("index.html")
            cut = self.cuts[url] = (ups, rest, fragment, plain)
        return cut

    def _read(self, url: str) -> tuple[int, str, str]:
        path, _, fragment = url.partition("#")
        # A text directive is the browser's own and never part of an id (WICG text fragments).
        fragment = unquote(fragment.partition(":~:")[0])
        if "\\" in path:
            path = path.replace("\\", "/")
        if path.startswith("//") or _SCHEME.match(path):
            parts = urlsplit(path)
            if parts.scheme not in ("", "http", "https"):
                return _ELSEWHERE, "", ""
            parts.port  # noqa: B018  raises ValueError for what is no port
            if not parts.netloc or not parts.hostname:
                raise ValueError(url)
            if not self.host or parts.netloc.lower() != self.host:
                return _ELSEWHERE, "", ""
            path = parts.path or "/"
        path = path.partition("?")[0]
        if path.startswith("/"):
            if self.base:
                if path != self.base and not path.startswith(self.base + "/"):
                    return _ELSEWHERE, "", ""
                path = path[len(self.base) :]
            return _ROOTED, normal(path), fragment
        if not path:
            return _HERE, "", fragment
        ups = 0
        while True:
            if path.startswith("../"):
                ups, path = ups + 1, path[3:]
            elif path.startswith("./"):
                path = path[2:]
            elif path in (".", ".."):
                ups, path = ups + len(path) - 1, ""
            else:
                return ups, path, fragment

    def follow(self, address: Address) -> Arrival:
        """Follow an address to where its visitor ends up."""
        here: Target = address
        seen = {here}
        hops = 0
        while isinstance(here, Address):
            there = self._hop(here)
            if there is None:
                break
            here = there
            hops += 1
            if here in seen or hops > _HOPS:
                return Arrival(None, hops)
            seen.add(here)
        return Arrival(here, hops)

    def _hop(self, here: Address) -> Target | None:
        sent = self.stubs.sends(here)
        if sent is not None:
            return self._target(sent, here.path)
        hop = self.redirects.hop(here, self.published)
        if hop:
            return hop.target
        moved = self.stubs.moves(here) if here.fragment else None
        return self._target(moved, here.path) if moved is not None else None

    def _target(self, url: str, page: str) -> Target | None:
        try:
            return self.resolve(url, page) or url
        except ValueError:
            return None

    def shown(self, target: Target) -> str:
        """Return a target as a link on any page can name it."""
        return target if isinstance(target, str) else self.base + str(target)

    def answers(self, address: Address) -> bool:
        """Say whether an address that is an end is published, with its anchor."""
        path, fragment = address
        if path not in self.published.paths:
            return False
        if not fragment or fragment.lower() == "top":  # HTML: the top of the document
            return True
        anchors = self.published.anchors(path)
        return anchors is None or fragment in anchors or self._elsewhere(path, fragment)

    def _elsewhere(self, path: str, fragment: str) -> bool:
        whole = self.whole.anchors(path) if self.whole else None
        return whole is not None and fragment in whole


_ELSEWHERE, _ROOTED, _HERE = -1, -2, -3


class _Verdict(NamedTuple):
    code: str
    message: str
    remedy: str = ""
    instead: Target | None = None
    sure: bool = False


def links(pages: Iterable[tuple[str, Page]], ways: Ways) -> Iterator[Fault]:
    """Yield what is wrong with the links of pages.

    Args:
        pages: each with its address path.
        ways: the site that they belong to.
    """
    judge = _Judge(ways)
    good, known = judge.good, ways.cuts
    for path, page in pages:
        base = path
        if page.base:
            try:
                resolved = ways.resolve(page.base, path)
                if resolved is None:
                    continue  # all its relative links lead to another site
                base = resolved.path
            except ValueError:
                yield Fault(
                    "bad-url",
                    path,
                    page.base,
                    f"<base> has a URL that cannot be read: {page.base!r}.",
                    "Write an address of this site, or take the element away.",
                )
        folders = [base[: base.rfind("/") + 1]]
        while folders[-1] != "/":
            folders.append(folders[-1][: folders[-1].rfind("/", 0, -1) + 1])
        own = frozenset(page.anchors) if base == path else frozenset()
        for shows, urls in ((False, page.links), (True, page.files)):
            for url in urls:
                # This is where the time goes, so what is good is seen without making an Address.
                if url[:1] == "#" and url[1:] in own:
                    continue
                try:
                    ups, rest, fragment, plain = known.get(url) or ways.cut(url)
                    if plain and 0 <= ups < len(folders):
                        if (folders[ups] + rest, fragment) in good:
                            continue
                    elif ups == _ELSEWHERE or (ups == _HERE and fragment in own):
                        continue
                    address = ways.resolve(url, base)
                except LeavesSite:
                    message = f"{url} climbs above the root of the site."
                    code = "broken-file" if shows else "broken-link"
                    remedy = "Take away a '../', or name what lies outside of the site by its whole URL."
                    yield Fault(code, path, url, message, remedy)
                    continue
                except ValueError:
                    yield Fault(
                        "bad-url",
                        path,
                        url,
                        f"{url} is a URL that cannot be read.",
                        "Correct it; write an example as code.",
                    )
                    continue
                if address is None or judge.is_good(address):
                    continue
                if verdict := judge.judge(address, shows):
                    code, message, remedy, instead, sure = verdict
                    yield Fault(code, path, url, message, remedy, address, instead, sure)


class _Judge:
    def __init__(self, ways: Ways) -> None:
        self.ways = ways
        self.paths = ways.published.paths
        self.good: set[tuple[str, str]] = set()
        self._bad: dict[tuple[Address, bool], _Verdict | None] = {}
        self._near: dict[str, list[str]] | None = None

    def is_good(self, address: Address) -> bool:
        """Say whether an address answers by itself."""
        if address in self.good:
            return True
        if self.ways.stubs.sends(address) is None and self.ways.answers(address):
            self.good.add(address)
            return True
        return False

    def judge(self, address: Address, shows: bool) -> _Verdict | None:
        key = (address, shows)
        if key not in self._bad:
            self._bad[key] = self._judge(address, "broken-file" if shows else "broken-link")
        return self._bad[key]

    def _judge(self, address: Address, code: str) -> _Verdict | None:
        ways = self.ways
        end, hops = ways.follow(address)
        if end is None:
            return _Verdict(
                code, f"{address} leads round in a circle.", "Mend the redirects, or link to a page."
            )
        if isinstance(end, str):
            return _through(address, end)
        if ways.answers(end):
            return _through(address, end) if hops else None
        if end.path not in self.paths:
            if end.path + "/" in self.paths:
                there = end._replace(path=end.path + "/")
                if ways.answers(there):
                    return _Verdict(
                        "through-redirect", f"{address} lacks its final slash.", "", there, sure=True
                    )
                end = there
            else:
                via = f", where {address} leads" if hops else ""
                near = self.nearest(end.path, files=code == "broken-file")
                return _Verdict(
                    code,
                    f"{end.path} is not there{via}.",
                    "Correct the link, or remove it.",
                    Address(near) if near else None,
                )
        like = near_anchor(end.fragment, ways.published.anchors(end.path) or ())
        via = f", where {address} leads" if hops else ""
        return _Verdict(
            "broken-anchor",
            f"#{end.fragment} is not on {end.path}{via}.",
            "Link to an anchor that is on it, or to the page alone.",
            Address(end.path, like) if like else None,
        )

    def nearest(self, path: str, *, files: bool = False) -> str | None:
        """Return the published path with the same last name, or the closest spelling.

        A builder leaves the link to a page that is not there as it was written, with its ``.md``.

        Args:
            path: the address path that is not there.
            files: whether only a file of the same kind will do, and no page.
        """
        if is_page_path(path):
            path = path.rpartition(".")[0] + "/"
        if self._near is None:
            self._near = {}
            for live in sorted(self.paths):
                self._near.setdefault(_name(live), []).append(live)
        same = self._near.get(_name(path))
        if same:
            return same[0] if len(same) == 1 else None
        near: Iterable[str] = self.paths
        if len(self.paths) > _NEAR:
            folder = posixpath.dirname(path.rstrip("/"))
            near = [live for live in near if posixpath.dirname(live.rstrip("/")) == folder]
        if files:
            kind = posixpath.splitext(path)[1].lower()
            near = [live for live in near if posixpath.splitext(live)[1].lower() == kind]
        found = _close(path, sorted(near), 1, 0.8)
        return found[0] if found else None


def _through(address: Address, end: Target) -> _Verdict:
    return _Verdict("through-redirect", f"{address} works only thanks to a redirect.", "", end, sure=True)


def _close(word: str, words: Iterable[str], number: int, cutoff: float = 0.6) -> list[str]:
    from difflib import get_close_matches  # only where it is needed: starting is most of a short run

    return get_close_matches(word, list(words), number, cutoff)


def _name(path: str) -> str:
    name = unquote(posixpath.basename(path.rstrip("/"))).removesuffix(".html")
    return re.sub(r"[\s_-]+", "-", name).casefold()


def duplicates(pages: Iterable[tuple[str, Page]]) -> Iterator[Fault]:
    """Yield each anchor that a page has more than once."""
    for path, page in pages:
        if len(page.anchors) != len(set(page.anchors)):
            seen: set[str] = set()
            again: dict[str, None] = {}
            for anchor in page.anchors:
                if anchor in seen:
                    again[anchor] = None
                seen.add(anchor)
            for anchor in again:
                yield Fault(
                    "duplicate-id",
                    path,
                    f"#{anchor}",
                    f"#{anchor} is on {path} more than once, and only the first can be reached.",
                    f"Give the other an id of its own, as in {{ #{anchor}-2 }}.",
                )


def orphans(pages: Mapping[str, Page], ways: Ways) -> Iterator[Fault]:
    """Yield each page that no other page links to."""
    reached = {"/", ERROR_PAGE}
    for path, page in pages.items():
        for url in page.links:
            try:
                address = ways.resolve(url, path)
            except ValueError:
                continue
            if address is not None:
                end = ways.follow(address).end
                if isinstance(end, Address) and end.path != path:
                    reached.add(end.path)
    for path in pages:
        if path not in reached:
            yield Fault("orphan", path, "", f"No page links to {path}.", "Link to it, or add it to nav.")


# The ledger.


class Lost(NamedTuple):
    """A recorded address that no longer answers.

    Attributes:
        address: as it is recorded.
        end: where it leads now, which is not there.
        likely: where its content probably is.
        reason: why that is likely.
    """

    address: Address
    end: Target | None
    likely: Address | None = None
    reason: str = ""


_NUMBER = re.compile(r"(.*?)[_-]?(\d+)\Z")


def lost(recorded: Iterable[Address], ways: Ways) -> Iterator[Lost]:
    """Yield each recorded address that no longer answers and was not retired.

    The anchors of a page that is lost are lost with it, and are not yielded.
    """
    retired = ways.redirects.retired
    folders = [a.path[:-1] for a in retired if a.path.endswith("/*")]
    gone: set[str] = set()
    for address in sorted(set(recorded)):
        path = address.path
        if address in retired or Address(path) in retired or any(path.startswith(f) for f in folders):
            continue
        if path in gone:
            continue
        if ways.stubs.sends(address) is None and ways.answers(address):
            continue
        end = ways.follow(address).end
        if isinstance(end, str) or (end is not None and ways.answers(end)):
            continue
        if end is None or end.path not in ways.published.paths:
            gone.add(path)
            yield Lost(Address(path), end)
        else:
            yield Lost(address, end, *renumbered(end, ways.published.anchors(end.path) or frozenset()))


def renumbered(address: Address, anchors: Iterable[str]) -> tuple[Address | None, str]:
    """Return the anchor that a lost one has become when only its number suffix changed.

    Markdown numbers equal headings (``usage``, ``usage_1``), so that removing one renames those after it.
    """
    found = _NUMBER.match(address.fragment)
    stem = found[1] if found else address.fragment
    like = [a for a in anchors if a == stem or ((n := _NUMBER.match(a)) and n[1] == stem)]
    if not stem or not like:
        return None, ""
    near = max(like, key=lambda a: (_count(a) < _count(address.fragment), _count(a)))
    return Address(address.path, near), "number"


def _count(anchor: str) -> int:
    found = _NUMBER.match(anchor)
    return int(found[2]) if found else 0


def likely_page(path: str, ways: Ways) -> tuple[Address | None, str]:
    """Return the published page that a lost one has probably become, from its name alone."""
    near = _Judge(ways).nearest(path)
    same = near is not None and _name(near) == _name(path)
    return (
        Address(near) if near else None
    ), "it has the same name" if same else "it is spelt nearly the same"


def likely_anchor(address: Address, pages: Mapping[str, Page]) -> tuple[Address | None, str]:
    """Return where a lost anchor's heading probably is: the only page that has it, or a close spelling."""
    have = [path for path, page in pages.items() if address.fragment in page.kept]
    if len(have) == 1:
        return Address(have[0], address.fragment), "the same heading is there"
    here = pages.get(address.path)
    near = _close(address.fragment, here.kept, 1, 0.7) if here and len(here.kept) < _NEAR else []
    return (Address(address.path, near[0]), "it is spelt nearly the same") if near else (None, "")


def url_from(page: str, target: Target) -> str:
    """Return the URL that leads from a page to a target."""
    return (
        target if isinstance(target, str) else relative(page, target.path) + str(target)[len(target.path) :]
    )
