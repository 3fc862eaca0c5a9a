"""The promise, tested against a running server: every recorded address and every redirect is asked for.

Each address has to answer 200, or 301 or 308 (permanent: RFC 9110 sections 15.4.2 and 15.4.9) and after that
one hop 200, with its anchor on the page that the visitor then sees. Asking and judging are apart:
``Promise.judge`` is a pure function of the answers, and says which are still missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from unbroken.check.client import REDIRECTS, Answer, Asker
from unbroken.findings.commands import typed
from unbroken.formats.html import Page
from unbroken.model.addresses import Address, normal
from unbroken.model.errors import LeavesSite
from unbroken.model.redirects import Published, RedirectMap, Target

#: What a query is recognised by when redirects are asked for.
QUERY = "unbroken=verify"
_PERMANENT = (301, 308)


class Shortfall(NamedTuple):
    """One address that falls short of the promise: a code of ``findings.CODES`` and what is wrong."""

    code: str
    address: Address
    message: str
    remedy: str


@dataclass(slots=True)
class Judgement:
    """What the answers so far come to.

    Attributes:
        shortfalls: what is wrong.
        wanted: the URLs that have to be asked for before all is known.
        good: how many addresses hold.
    """

    shortfalls: list[Shortfall] = field(default_factory=list)
    wanted: set[str] = field(default_factory=set)
    good: int = 0


class Promise:
    """What a server has to answer.

    Args:
        root: the URL of the site on that server, with its final slash.
        addresses: every address to ask for.
        redirects: the map, which says where redirects have to lead.
        site_url: the site's URL where it is published; a ``Location`` there counts as on this server.
        query: whether a redirect that drops the visitor's query falls short.
    """

    def __init__(
        self,
        root: str,
        addresses: Iterable[Address],
        redirects: RedirectMap,
        *,
        site_url: str = "",
        query: bool = False,
    ) -> None:
        self.root = root
        self.addresses = sorted(set(addresses))
        self.redirects = redirects
        self.site_url = site_url
        self.query = query

    def url(self, path: str) -> str:
        """Return the URL that asks for an address path; old addresses get a query, to see if it is kept."""
        asked = self.root + path.lstrip("/")
        return f"{asked}?{QUERY}" if path in self.redirects.pages else asked

    def first(self) -> set[str]:
        """Return the URLs to ask for at first: one for each path."""
        return {self.url(address.path) for address in self.addresses}

    def judge(self, answers: Mapping[str, Answer]) -> Judgement:
        """Judge the answers, and name those that are missing."""
        result = Judgement()
        for address in self.addresses:
            wanted = len(result.wanted)
            found = self._judge(address, answers, result.wanted)
            if found:
                result.shortfalls.append(found)
            elif len(result.wanted) == wanted:
                result.good += 1
        return result

    def here(self, url: str) -> str | None:
        """Return a URL on this server that names the same page, without fragment; None for another site."""
        bare = url.partition("#")[0]
        if self.site_url and bare.startswith(self.site_url):
            return self.root + bare[len(self.site_url) :]
        return bare if bare.startswith(self.root) else None

    def _judge(self, address: Address, answers: Mapping[str, Answer], wanted: set[str]) -> Shortfall | None:
        path, fragment = address[:2]
        asked = self.url(path)
        answer = answers.get(asked)
        if answer is None:
            wanted.add(asked)
            return None
        if self._retired(address):
            return (
                None if answer.status in (404, 410) or fragment else self._wrong(address, answer, "retired")
            )
        page = answer.page
        url = self._first(address, answer, fragment)
        if isinstance(url, Shortfall):
            return url
        if url != asked:
            target, _, own = url.partition("#")
            if fault := self._elsewhere(address, url):
                return fault
            there = self.here(target)
            if there is None:
                return None  # the map says in full that it leaves the site
            after = answers.get(there)
            if after is None:
                wanted.add(there)
                return None
            if after.status in REDIRECTS or self._sends_on(after, self._local(there)):
                return Shortfall(
                    "bad-redirect",
                    address,
                    f"{path} needs more than one hop: {_path(there)} leads on.",
                    f"Deploy the rules that {typed('unbroken export')} prints: they lead to the last place.",
                )
            if after.status != 200:
                return self._wrong(address, after, f"{path} leads to {_path(there)}, which")
            page, fragment = after.page, unquote(own) if own else fragment
            url = there
        if not fragment or page is None or fragment in page.anchors:
            return None
        return self._moved(address, url, fragment, page, answers, wanted)

    def _sends_on(self, answer: Answer, path: str) -> bool:
        """Return whether a page sends its readers on as it was published to do."""
        page = answer.page
        return answer.status == 200 and bool(page and page.to and (page.ours or self._leads(path)))

    def _first(self, address: Address, answer: Answer, fragment: str) -> str | Shortfall:
        """Return where the first answer sends a visitor, which may be where they are, or what is wrong."""
        path, asked = address.path, self.url(address.path)
        if self._sends_on(answer, path) and answer.page:
            stub = self._by_stub(asked, answer.page, fragment)
            return stub or Shortfall(
                "bad-redirect",
                address,
                f"The stub at {path} leads to a URL that cannot be read.",
                "Deploy the site again.",
            )
        if answer.status == 200:
            return asked
        if answer.status not in REDIRECTS:
            return self._wrong(address, answer)
        url = answer.location
        if fault := self._nowhere(address, asked, url):
            return fault
        if answer.status not in _PERMANENT:
            return Shortfall(
                "bad-redirect",
                address,
                f"{path} answers {answer.status}, which is not permanent.",
                f"Let it answer 301, as the rules that {typed('unbroken export')} prints do.",
            )
        if self.query and "?" in asked and QUERY not in urlsplit(url).query and self.here(url):
            return Shortfall(
                "query-lost",
                address,
                f"The redirect of {path} drops the visitor's query.",
                f"Deploy the rules that {typed('unbroken export')} prints: they keep it "
                "on every host that can.",
            )
        return url

    def _moved(
        self,
        address: Address,
        url: str,
        fragment: str,
        page: Page,
        answers: Mapping[str, Answer],
        wanted: set[str],
    ) -> Shortfall | None:
        """Follow an anchor that the page itself sends on."""
        asked = _path(url)
        led = "" if asked == _path(self.url(address.path)) else f", where {address} leads"
        missing = Shortfall(
            "no-anchor",
            address,
            f"The server's page {asked} has no #{fragment}{led}.",
            f"Run: {typed('unbroken check')}. Redirect the anchor if it says so, else deploy the site again.",
        )
        moved = dict(page.moved).get(fragment)
        if moved is None:
            return missing
        target, _, own = (_joined(url, moved) or "").partition("#")
        if not target:
            return missing
        there = self.here(target)
        if there is None or not own:
            return None
        after = answers.get(there)
        if after is None:
            wanted.add(there)
            return None
        return None if after.page and unquote(own) in after.page.anchors else missing

    def _by_stub(self, asked: str, page: Page, fragment: str) -> str | None:
        moved = dict(page.moved).get(fragment) if fragment else None
        base = _joined(asked, page.base) if page.base else asked
        url = _joined(base, moved if moved is not None else page.to) if base else None
        if url is None:
            return None
        if fragment and moved is None:
            url = f"{url.partition('#')[0]}#{fragment}"
        return url.replace(f"?{QUERY}", "")

    def _nowhere(self, address: Address, asked: str, url: str) -> Shortfall | None:
        """Judge a redirect that leads to no place at all."""
        path = address.path
        if not url:
            return Shortfall(
                "bad-redirect",
                address,
                f"{path} is redirected, and where to cannot be read.",
                "Correct the server's rules.",
            )
        there = self.here(url)
        if there is not None and _bare(there) == _bare(asked):
            return Shortfall(
                "bad-redirect",
                address,
                f"{path} is redirected to itself, so nobody ever arrives.",
                "Correct the server's rules; if they only lead to https, verify the URL with https.",
            )
        return None

    def _leads(self, path: str) -> bool:
        """Return whether the map leads an address path on."""
        return self.redirects.hop(Address(path), _NOTHING) is not None

    def _local(self, url: str) -> str:
        """Return the address path of a URL on this server; that of the root where it has none."""
        try:
            return normal(url.partition("?")[0][len(self.root) - 1 :])
        except LeavesSite:
            return "/"

    def _elsewhere(self, address: Address, url: str) -> Shortfall | None:
        """Compare where a redirect leads with what the map says."""
        # A fragment is led where its page is, or to a place of its own.
        wanted = [self.redirects.route(each, _NOTHING).end for each in (Address(address.path), address)]
        end = wanted[0]
        if address.path not in self.redirects.pages or end is None:
            if self.here(url) is None:
                return Shortfall(
                    "bad-redirect",
                    address,
                    f"{address.path} leads off the site, to {url}.",
                    "Correct the server's rules, or add the redirect to the map.",
                )
            return None
        if any(each and self._is_at(url, each) for each in wanted):
            return None
        return Shortfall(
            "bad-redirect",
            address,
            f"{address.path} leads to {url}, and the map says {end}.",
            "Deploy the site and its rules again.",
        )

    def _is_at(self, url: str, end: Target) -> bool:
        """Return whether a URL names the place that the map leads to."""
        if isinstance(end, str):
            return _bare(url) == end.partition("#")[0]
        there = self.here(url)
        if there is None:
            return False
        try:
            path = normal(there.partition("?")[0][len(self.root) - 1 :])
        except LeavesSite:
            return False
        # A host that takes ".html" away is led to the page's name without it, by our own rules.
        return path in (end.path, end.path.removesuffix(".html"))

    def _retired(self, address: Address) -> bool:
        retired = self.redirects.retired
        if address in retired or Address(address.path) in retired:
            return True
        return any(a.path.endswith("/*") and address.path.startswith(a.path[:-1]) for a in retired)

    def _wrong(self, address: Address, answer: Answer, what: str = "") -> Shortfall:
        if what == "retired" and answer.status:
            message = f"{address} is retired, and answers {answer.status}."
            remedy = "Take the page off the server, so that it answers 404 or 410."
        else:
            said = f"answers {answer.status}" if answer.status else f"does not answer: {answer.error}"
            what = "" if what == "retired" else what
            message, remedy = f"{what or address} {said}.", "Deploy the site and its rules again."
        return Shortfall("no-answer", address, message, remedy)


class _Nothing:
    paths: frozenset[str] = frozenset()

    def anchors(self, path: str) -> None:
        return None


_NOTHING: Published = _Nothing()


def _joined(base: str, url: str) -> str | None:
    """Return a URL as a page at another one means it; None when it cannot be read."""
    try:
        target = urljoin(base, url)
        urlsplit(target).port  # noqa: B018  raises ValueError for what is no port
    except ValueError:
        return None
    return target


def _bare(url: str) -> str:
    """Return a URL without its fragment, and without what a query is recognised by."""
    head, _, query = url.partition("#")[0].partition("?")
    rest = "&".join(each for each in query.split("&") if each != QUERY)
    return f"{head}?{rest}" if rest else head


def _path(url: str) -> str:
    return urlsplit(url).path or "/"


def verify(
    promise: Promise, asker: Asker, watch: Callable[[int, int], None] = lambda asked, known: None
) -> Judgement:
    """Ask for all that a promise needs, and judge it.

    Args:
        promise: what the server has to answer.
        asker: asks it.
        watch: called after each answer with the number of answers, and of URLs known so far.
    """
    answers: dict[str, Answer] = {}
    wanted = promise.first()
    judgement = Judgement(wanted=wanted)
    # A redirect, then its page, then the page that an anchor has moved to.
    while judgement.wanted:
        known, before = len(answers) + len(judgement.wanted), count(len(answers) + 1)
        answers |= asker.ask(sorted(judgement.wanted), lambda: watch(next(before), known))  # noqa: B023
        judgement = promise.judge(answers)
    return judgement
