"""What readers ask for in vain, and which redirects nobody follows any more, counted from access logs.

Memory does not grow with the logs: addresses and clients are held up to a number, and those with the least to
say give way. Robots and scanners are told by what they do: they call themselves so, ask for ``robots.txt``,
fetch no style sheet or script as a browser does, or ask for many things that are not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import quote, unquote, unquote_to_bytes

from unbroken.model.addresses import normal
from unbroken.model.errors import LeavesSite
from unbroken.recover.log_lines import Request

#: How many addresses and clients are held at once.
ADDRESSES, CLIENTS = 50_000, 100_000
# How many readers of one address are held to count them.
_READERS = 64
# Days of one address are told apart from so many before the first that was seen, to so many after that.
_BEFORE, _DAYS = 400, 4_000
# How many names of browsers are held, to look at each once.
_AGENTS = 10_000
_LONGEST = 1_000
_MISSES = 10
_ROBOT = re.compile(
    rb"bot\b|bot[/;. ]|crawl|spider|slurp|scan|curl/|wget|python|go-http|java/|okhttp|libwww"
    rb"|httpclient|headless|preview|monitor|check|fetch|feed|archiv",
    re.IGNORECASE,
)
_ASSETS = (
    b".css",
    b".js",
    b".mjs",
    b".woff",
    b".woff2",
    b".png",
    b".svg",
    b".jpg",
    b".webp",
    b".gif",
    b".ico",
)
_PERSON = re.compile(
    r"[\w.+-]+(?:@|%40)[\w-]+\.\w|(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\d)|(?:[0-9a-f]{1,4}:){3}", re.IGNORECASE
)
_ESCAPE = re.compile(rb"\\x([0-9A-Fa-f]{2})")
_SAFE = "/!$&'()*+,;=:@-._~"


@dataclass(slots=True)
class _Client:
    """What one client did, in so far as it tells a robot."""

    misses: int = 0
    hits: int = 0
    assets: int = 0
    robot: bool = False


@dataclass(slots=True)
class _Missed:
    """One address that was asked for in vain."""

    times: int = 0
    days: int = 0  # one bit a day
    clients: tuple[int, ...] = ()  # a set of a few is several times as large


@dataclass(frozen=True, slots=True)
class Miss:
    """One address that readers asked for in vain.

    Attributes:
        path: its address path, from the site's root.
        readers: how many readers asked for it, as far as they are counted; 0 where a table tells no more.
        days: on how many days.
        times: how often, by anybody.
    """

    path: str
    readers: int
    days: int
    times: int


@dataclass(slots=True)
class Tally:
    """What was counted.

    Attributes:
        requests: how many requests there were.
        unread: how many lines are no requests.
        robots: how many addresses only robots asked for in vain.
        personal: how many requests had what looks like the address of a person, and were left out.
        dropped: how many addresses that were asked for once gave way to others.
        first: the first day, as a number; 0 for none.
        last: the last day.
        followed: how often each old address was asked for.
        misses: what readers asked for in vain, the most wanted first.
    """

    requests: int = 0
    unread: int = 0
    robots: int = 0
    personal: int = 0
    dropped: int = 0
    first: int = 0
    last: int = 0
    followed: dict[str, int] = field(default_factory=dict)
    misses: list[Miss] = field(default_factory=list)


def count(
    requests: Iterable[Request | None], old: Mapping[bytes, str], base: str, live: Iterable[str]
) -> Tally:
    """Return what was asked for in vain, and how often each old address was.

    Args:
        requests: the requests; None for a line that is none.
        old: each old address by the path that asks for it on the host.
        base: the path that the site is served under, without its final slash.
        live: what answers, by the path that asks for it on the host; of a table, only what is none of these
            was asked for in vain.
    """
    tally = Tally(followed=dict.fromkeys(old.values(), 0))
    counter = _Counter(tally, base.encode(), {path.encode() for path in live})
    followed = tally.followed
    for request in requests:
        if request is None:
            tally.unread += 1
        elif request.times:
            if (source := old.get(request.path)) is not None:
                followed[source] += request.times
            counter.add(request)
    tally.misses = sorted(counter.misses(), key=lambda m: (-m.readers, -m.days, -m.times, m.path))
    return tally


class _Counter:
    def __init__(self, tally: Tally, base: bytes, live: set[bytes]) -> None:
        self.tally = tally
        self.base = base
        self.live = live
        self.clients: dict[int, _Client] = {}
        self.missed: dict[bytes, _Missed] = {}
        self.assets = False
        self.agents: dict[bytes, bool] = {}
        self.robots: set[int] = set()
        self.zero = 0  # the day of the first bit

    def add(self, request: Request) -> None:
        path, status, day, number, agent, times = request
        tally = self.tally
        tally.requests += times
        if day and not tally.first <= day <= tally.last:
            self.zero = self.zero or day - _BEFORE
            tally.first = min(day, tally.first or day)
            tally.last = max(day, tally.last)
        client = self.clients.get(number) if number else None
        if number and client is None:
            if len(self.clients) >= CLIENTS:
                self._forget()
            client = self.clients[number] = _Client(robot=self._calls_itself_robot(agent))
        vain = status in (404, 410) or (not status and path not in self.live)
        if client is not None:
            if path.endswith(b"/robots.txt"):
                client.robot = True
            if vain:
                client.misses += 1
            elif status < 400:
                client.hits += 1
                if path.endswith(_ASSETS):
                    client.assets += 1
                    self.assets = True
        if not vain or not path.startswith(self.base + b"/") or len(path) > _LONGEST:
            return
        missed = self.missed.get(path)
        if missed is None:
            if len(self.missed) >= ADDRESSES:
                self._make_room()
            missed = self.missed[path] = _Missed()
        missed.times += times
        if day:
            missed.days |= 1 << min(max(day - self.zero, 0), _DAYS)
        if number and len(missed.clients) < _READERS and number not in missed.clients:
            missed.clients += (number,)

    def _calls_itself_robot(self, agent: bytes) -> bool:
        known = self.agents.get(agent)
        if known is None:
            if len(self.agents) > _AGENTS:
                self.agents.clear()
            known = self.agents[agent] = not agent or _ROBOT.search(agent) is not None
        return known

    def _forget(self) -> None:
        """Let the oldest clients go; that one is a robot is remembered."""
        for number in list(islice(self.clients, CLIENTS // 4)):
            if not self._is_reader(number):
                self.robots.add(number)
            del self.clients[number]
        if len(self.robots) > CLIENTS:
            self.robots.clear()

    def _make_room(self) -> None:
        """Let the oldest addresses go that were asked for once."""
        once = [path for path, missed in self.missed.items() if missed.times == 1]
        gone = once[: max(len(once) // 2, ADDRESSES // 10)] or list(islice(self.missed, ADDRESSES // 10))
        for path in gone:
            del self.missed[path]
        self.tally.dropped += len(gone)

    def misses(self) -> Iterator[Miss]:
        """Yield what readers asked for in vain, each address once."""
        together: dict[str, _Missed] = {}
        while self.missed:
            path, missed = self.missed.popitem()
            address = address_of(path, self.base)
            if address is None:
                continue
            if _PERSON.search(unquote(address)):
                self.tally.personal += missed.times
                continue
            all_of_it = together.setdefault(address, missed)
            if all_of_it is not missed:
                all_of_it.times += missed.times
                all_of_it.days |= missed.days
                all_of_it.clients = tuple({*all_of_it.clients, *missed.clients})
        for address, missed in together.items():
            readers = sum(1 for number in missed.clients if self._is_reader(number))
            if missed.clients and not readers:
                self.tally.robots += 1
                continue
            yield Miss(address, readers, missed.days.bit_count(), missed.times)

    def _is_reader(self, number: int) -> bool:
        client = self.clients.get(number)
        if client is None:
            return number not in self.robots
        if client.robot:
            return False
        if client.misses >= _MISSES and client.misses > 4 * client.hits:
            return False
        # Where browsers' files are in the log, who fetches none of them is no browser.
        return client.assets > 0 or not self.assets


def address_of(path: bytes, base: bytes) -> str | None:
    """Return the address path, from the site's root, that a log's path names; None where it names none."""
    plain = _ESCAPE.sub(rb"%\1", path)
    if plain.startswith((b"http://", b"https://")):
        plain = b"/" + plain.partition(b"://")[2].partition(b"/")[2]
    rest = plain[len(base) :]
    try:
        return normal(quote(unquote_to_bytes(rest), safe=_SAFE))
    except LeavesSite:
        return None
