"""Names that are valid and nasty, and the plans that hypothesis makes of them."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from unbroken.findings.base import Place
from unbroken.model.addresses import by_path, parse
from unbroken.model.plan import Plan, judge
from unbroken.model.redirects import Entry, Pages, parse_map

#: What some configuration language, shell, markup or URL gives a meaning to.
SPECIAL = " !\"#$%&'()*+,-.:;<=>?@[]^_`{|}~"
WORDS = ["${HOME}", "$uri", "{path}", "{$HOME}", "%{QUERY_STRING}", "$1", "%1", ":splat", ":rest", "//", "*"]
WORDS += [
    "'; return 200 'x",
    '"; }',
    "`}",
    "<script>",
    "%0A",
    "%0d%0a",
    "%00",
    "\u00e9",
    "\u4e2d",
    "\u00a0",
    "\u2003",
]
ALPHABET = st.sampled_from([*SPECIAL, "a", "Z", "0", "é", "中", "😀", "ß"])
#: The name of a page.
NAMES = st.lists(st.one_of(ALPHABET, st.sampled_from(WORDS)), min_size=1, max_size=6).map("".join)
#: One of each, so that no run leaves one out.
EACH = [f"x{c}y" for c in SPECIAL] + [f"{c}y" for c in SPECIAL] + [f"x{word}" for word in WORDS]
FRAGMENTS = st.text(alphabet="az09!$&'()*+,;=:@-._~/?é\"<> {}\\", max_size=5)

#: Targets that a host may leave to the stubs.
TARGET_CANNOT = {
    "firebase": re.compile("%(2[346BCF]|3[ABDF]|40)|:[A-Za-z]|/:"),
    "gitlab": re.compile("#|[?]|^//"),
    "kubernetes": re.compile("[?#]|:[0-9]"),
}

SITE_URL = "https://docs.example/"


def target_cannot(host: str, url: str) -> bool:
    """Whether a host may leave a target to the stubs."""
    cannot = TARGET_CANNOT.get(host)
    return cannot is not None and cannot.search(url.removeprefix("https:")) is not None


def source_of(name: str) -> str:
    """The name as a source in the map, where % and # mean something."""
    return name.replace("%", "%25").replace("#", "%23") + ".md"


def plan_of(
    redirects: list[tuple[str, str]],
    patterns: list[tuple[str, str]] | None = None,
    ledger: list[str] | None = None,
    retired: list[str] | None = None,
    *,
    site_url: str = SITE_URL,
    directory_urls: bool = True,
    pages: tuple[str, ...] = ("index.md", "new.md", "v2/a.md"),
) -> Plan:
    """The plan of a small map. Whatever it is wrong with is left out of it."""
    entries = [Entry(source, target, Place("map.yml", i)) for i, (source, target) in enumerate(redirects, 1)]
    globs = [
        Entry(source, target, Place("map.yml", 9000 + i)) for i, (source, target) in enumerate(patterns or [])
    ]
    gone = [Entry(source, "", Place("map.yml", 9500 + i)) for i, source in enumerate(retired or [])]
    understood = parse_map(entries, globs, gone, directory_urls=directory_urls)
    published = Pages(pages, directory_urls)
    addresses = by_path(map(parse, ledger or []))
    return judge(understood, published, addresses, directory_urls=directory_urls, site_url=site_url)[0]


@st.composite
def plans(draw: st.DrawFn, size: int = 40) -> Plan:
    """A plan of nasty names, each with a target of its own kind."""
    names = draw(st.lists(NAMES, min_size=1, max_size=size, unique=True))
    redirects = []
    for name in [*EACH, *names]:
        fragment = draw(FRAGMENTS)
        target = draw(
            st.sampled_from(["new.md", "new.md", "https://else.example/a", "https://else.example/?b=c"])
        )
        mark = "#" + fragment.replace("%", "%25") if fragment else ""
        redirects.append((source_of(name), target + mark))
    return plan_of(redirects)
