"""Where an address leads: through the map, through stubs, through moved anchors.

Links are followed as a visitor's browser follows them: to the page and the place where the visitor ends up.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from unbroken.model.addresses import Address, normal, relative
from unbroken.model.elsewhere import NOTHING, Elsewhere
from unbroken.model.errors import LeavesSite
from unbroken.model.redirects import Published, RedirectMap, Target

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# A relative URL that is in normal form once its leading "../" are counted.
_PLAIN = re.compile(r"(?:[A-Za-z0-9_~-][A-Za-z0-9_.~-]*/)*(?:[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)?")
# What nearly all links of a site are: relative, in normal form, with a fragment that says what it is.
_USUAL = re.compile(rf"((?:\.\./)*)({_PLAIN.pattern})(?:#([^%:]*))?")
_HOPS = 100
#: The page that hosts show in place of what is not there.
ERROR_PAGE = "/404.html"


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


class Arrival(NamedTuple):
    """Where a visitor ends up.

    Attributes:
        end: the last address; None when the way never ends.
        hops: how often the visitor was sent on.
    """

    end: Target | None
    hops: int


class Resolver:
    """Follow addresses of one site.

    Args:
        published: what answers.
        redirects: the map.
        stubs: what the site's own pages do besides.
        site_url: the absolute URL of the site's root, or empty.
        whole: asked for anchors that ``published`` lacks, where that knows the content of pages alone.
        elsewhere: what something else answers.
        of_pages: whether URLs are those of built pages, which browsers read; a builder finds no source above
            the root.
    """

    def __init__(
        self,
        published: Published,
        redirects: RedirectMap,
        stubs: Stubs | None = None,
        site_url: str = "",
        whole: Published | None = None,
        elsewhere: Elsewhere = NOTHING,
        *,
        of_pages: bool = True,
    ) -> None:
        self.published = published
        self.whole = whole
        self.elsewhere = elsewhere
        self.redirects = redirects
        self.stubs = stubs or NoStubs()
        parts = urlsplit(site_url)
        self.host = parts.netloc.lower()
        self.base = parts.path.rstrip("/")
        self.of_host = of_pages and bool(parts.netloc) and not self.base
        # How nearly all URLs of the site's own begin, as those that name a page's own address.
        self._root = f"{parts.scheme}://{parts.netloc}/" if parts.netloc else ""
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
            here = rest if ups == ROOTED else page
            return None if ups == ELSEWHERE or self._is_elsewhere(here) else Address(here, fragment)
        folder = page[: page.rfind("/") + 1]
        for climbed in range(ups):
            if folder == "/":
                if self.of_host:
                    break
                return Address(self._back(url, ups - climbed, rest), fragment)
            folder = folder[: folder.rfind("/", 0, -1) + 1]
        there = folder + rest if plain else normal(folder + rest, of_host=self.of_host)
        return None if self._is_elsewhere(there) else Address(there, fragment)

    def _back(self, url: str, ups: int, rest: str) -> str:
        """Return the address path of what climbs above the root and comes back by the root's own name.

        Raises:
            LeavesSite: it does not come back.
        """
        names = self.base.split("/")[1:]
        own = "/".join(names[-ups:]) + "/"
        if ups > len(names) or not f"{rest}/".startswith(own):
            raise LeavesSite(url)
        return normal("/" + rest[len(own) :])

    def _is_elsewhere(self, path: str) -> bool:
        return path not in self.published.paths and self.elsewhere.answers(path)

    def cut(self, url: str) -> tuple[int, str, str, bool]:
        """Return how many folders a URL leads up, the rest of its path, its fragment, if the rest is normal.

        Raises:
            ValueError: the URL cannot be read, or an absolute path climbs above the root.
        """
        cut = self.cuts.get(url)
        if cut is None:
            usual = _USUAL.fullmatch(url)
            if usual and (usual[1] or usual[2]) and not usual[2].endswith("index.html"):
                cut = self.cuts[url] = (len(usual[1]) // 3, usual[2], usual[3] or "", True)
                return cut
            ups, rest, fragment = self._read(url)
            plain = _PLAIN.fullmatch(rest) is not None and not rest.endswith("index.html")
            if not plain and ups >= 0:
                with suppress(LeavesSite):  # a folder before it may bear what climbs
                    rest, plain = normal("/" + rest)[1:], True
            cut = self.cuts[url] = (ups, rest, fragment, plain)
        return cut

    def _read(self, url: str) -> tuple[int, str, str]:
        path, _, fragment = url.partition("#")
        # A text directive is the browser's own and never part of an id (WICG text fragments).
        fragment = unquote(fragment.partition(":~:")[0])
        if "\\" in path:
            path = path.replace("\\", "/")
        if self._root and path.startswith(self._root):
            path = path[len(self._root) - 1 :]
        elif path.startswith("//") or _SCHEME.match(path):
            parts = urlsplit(path)
            if parts.scheme not in ("", "http", "https"):
                return ELSEWHERE, "", ""
            parts.port  # noqa: B018  raises ValueError for what is no port
            if not parts.netloc or not parts.hostname:
                raise ValueError(url)
            if not self.host or parts.netloc.lower() != self.host:
                return ELSEWHERE, "", ""
            path = parts.path or "/"
        path = path.partition("?")[0]
        if path.startswith("/"):
            if self.base:
                if path != self.base and not path.startswith(self.base + "/"):
                    return ELSEWHERE, "", ""
                path = path[len(self.base) :]
            return ROOTED, normal(path, of_host=self.of_host), fragment
        if not path:
            return HERE, "", fragment
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
        """Return whether an address that is an end is published, with its anchor."""
        path, fragment = address[:2]
        if path not in self.published.paths:
            return False
        if not fragment or fragment.lower() == "top":  # HTML: the top of the document
            return True
        anchors = self.published.anchors(path)
        if anchors is None or fragment in anchors or self.elsewhere.is_route(fragment):
            return True
        return self._on_whole(path, fragment)

    def _on_whole(self, path: str, fragment: str) -> bool:
        whole = self.whole.anchors(path) if self.whole else None
        return whole is not None and fragment in whole


#: What ``Resolver.cut`` says in place of a number of folders.
ELSEWHERE, ROOTED, HERE = -1, -2, -3


def url_from(page: str, target: Target) -> str:
    """Return the URL that leads from a page to a target."""
    return (
        target if isinstance(target, str) else relative(page, target.path) + str(target)[len(target.path) :]
    )
