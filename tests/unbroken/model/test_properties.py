"""What holds for every map: answers take one hop, and no text in a map does more than name an address."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hypothesis import example, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from tests.unbroken.sites import Shown, finished, page, recorded, the_map
from unbroken.model.addresses import Address, by_path
from unbroken.model.plan import Answer, judge
from unbroken.model.redirects import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGES = {"/": {"home"}, "/a/": {"x", "y"}, "/b/": {"x"}, "/c/d/": set()}
LIVE = Shown(PAGES)
NAMES = st.sampled_from(["a", "b", "c/d", "index", "old", "older", "oldest", "gone", "c/old", "c/gone"])
FRAGMENTS = st.sampled_from(["", "", "#x", "#y", "#z"])
PLACES = st.builds(lambda name, fragment: f"{name}.md{fragment}", NAMES, FRAGMENTS)
MAPS = st.dictionaries(PLACES, st.one_of(PLACES, st.just("https://example.com/x")), max_size=12)
PATTERNS = st.dictionaries(
    st.sampled_from(["old/*", "c/*", "gone/*"]),
    st.sampled_from(["c/*", "a.md", "old/more/*", "gone/*"]),
    max_size=2,
)
LINES = [
    "/old/d/",
    "/old/#x",
    "/old/#y",
    "/older/#x",
    "/oldest/#z",
    "/c/gone/#x",
    "/gone/d/#x",
    "/gone/d/",
    "/c/d/",
]
LEDGER = st.lists(st.sampled_from(LINES), max_size=5)


@given(MAPS, PATTERNS, LEDGER)
def test_every_answer_is_one_hop_to_something_published(
    entries: Mapping[str, str], patterns: Mapping[str, str], ledger: list[str]
) -> None:
    redirects = the_map(entries, patterns)
    plan, _ = judge(redirects, LIVE, by_path(recorded(ledger)))
    sources = {answer.source for answer in plan.answers}
    targets = [a.target for a in plan.answers]
    targets += [t for a in plan.answers for t in a.anchors.values()]
    targets += [t for moves in plan.moves.values() for t in moves.values()]
    for target in targets:
        assert isinstance(target, str) or (target.path in LIVE.paths and target.path not in sources)
    assert not sources & LIVE.paths
    for path, moves in plan.moves.items():
        assert not set(moves) & PAGES[path]
        for target in moves.values():
            # What an anchor leads to does not move again.
            if isinstance(target, Address) and target.fragment in PAGES[target.path]:
                assert target.fragment not in plan.moves.get(target.path, {})


@given(MAPS, PATTERNS, st.sampled_from([*PAGES, "/old/", "/older/", "/gone/d/", "/c/gone/"]), FRAGMENTS)
def test_following_an_address_always_stops(
    entries: Mapping[str, str], patterns: Mapping[str, str], path: str, fragment: str
) -> None:
    redirects = the_map(entries, patterns)
    route = redirects.route(Address(path, fragment.lstrip("#")), LIVE)
    assert len(route.hops) <= 101
    assert route.end is None or isinstance(route.end, str) or redirects.hop(route.end, LIVE) is None


@given(MAPS, PATTERNS, LEDGER)
def test_the_visitor_of_an_old_anchor_arrives_by_rule_or_by_stub(
    entries: Mapping[str, str], patterns: Mapping[str, str], ledger: list[str]
) -> None:
    """A model of the browser and the route by the map agree for every anchor of an old page."""
    redirects = the_map(entries, patterns)
    plan, _ = judge(redirects, LIVE, by_path(recorded(ledger)))
    for answer in plan.answers:
        written = redirects.anchors.get(answer.source, {})
        for fragment in {"", *written, *(a.fragment for a in recorded(ledger) if a.path == answer.source)}:
            end = redirects.route(Address(answer.source, fragment), LIVE).end
            if end is None or (isinstance(end, Address) and end.path not in LIVE.paths):
                continue  # a finding says so
            if isinstance(end, Address) and end.fragment and end.fragment not in PAGES[end.path]:
                continue  # an anchor that is nowhere: its place may be claimed by another old page
            here = by_rule(answer.target, fragment) if answer.rule else by_stub(answer, fragment)
            arrived = on_the_page(here, plan.moves)
            if isinstance(arrived, Address) and arrived.fragment not in PAGES[arrived.path]:
                arrived = Address(arrived.path)  # the top of the page
            assert arrived == end or (isinstance(end, str) and arrived == f"{end}#{fragment}")


def by_rule(target: Target, fragment: str) -> Target:
    """Where a browser goes after a 301: it carries the fragment over."""
    if isinstance(target, str):
        return target
    return Address(target.path, target.fragment or fragment)


def by_stub(answer: Answer, fragment: str) -> Target:
    """Where a stub sends its visitor."""
    if fragment in answer.anchors:
        return answer.anchors[fragment]
    if isinstance(answer.target, str):
        return f"{answer.target}#{fragment}" if fragment else answer.target
    return Address(answer.target.path, fragment or answer.target.fragment)


def on_the_page(here: Target, moves: Mapping[str, Mapping[str, Target]]) -> Target:
    """Where the script of a published page sends a visitor on."""
    if isinstance(here, str) or here.fragment in PAGES[here.path]:
        return here
    return moves.get(here.path, {}).get(here.fragment, here)


NASTY = st.text(
    st.one_of(
        st.sampled_from("\r\n\t\0'\"`$<>{};#\\&%*:?=|()[]!,~^ /.@\u2028\x85é漢\U0001f600"),
        st.sampled_from("abc"),
    ),
    min_size=1,
    max_size=12,
)
INJECTIONS = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onload='alert(1)",
    "new.md\n/evil https://evil.example/ 301",
    "new.md' ; return 200 'x",
    "${IFS}%0d%0aSet-Cookie: a=b",
    "{{ site }}{% raw %}",
    "-->",
    "]]>",
]


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(NASTY.map(lambda s: s + ".md"), st.one_of(st.just("new.md"), NASTY), max_size=3),
    st.dictionaries(NASTY.map(lambda s: "new.md#" + s), st.just("new.md#one"), max_size=2),
    st.lists(NASTY, max_size=2),
)
@example(
    {text + ".md": "new.md" for text in INJECTIONS}, {"new.md#" + text: "new.md" for text in INJECTIONS}, []
)
@example({f"x{n}.md": "new.md#" + t for n, t in enumerate(INJECTIONS)}, {}, [])
@example({f"x{n}.md": "https://example.com/" + t for n, t in enumerate(INJECTIONS)}, {}, [])
def test_nothing_in_a_map_injects_markup_or_leaves_the_site(
    entries: dict[str, str], anchors: dict[str, str], retired: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "inner" / "folder"
        finished(
            folder, {"new/index.html": page("one")}, {**entries, **anchors}, unbroken={"retired": retired}
        )
        assert [p for p in Path(name).rglob("*") if p.is_file() and folder not in p.parents] == []
        assert {p.name for p in folder.iterdir()} <= {".cache", "mkdocs.yml", "site"}
        for file in (folder / "site").rglob("*"):
            if file.is_file() and file.name != "unbroken.js":
                no_markup(file)


def no_markup(file: Path) -> None:
    """A stub or a page holds exactly the elements that belong in it, and leads only where it may."""
    tree = LexborHTMLParser(file.read_bytes())
    scripts = tree.css("script")
    assert len(scripts) <= 1
    for script in scripts:
        assert script.text() == ""
        assert set(script.attributes) <= {
            "src",
            "data-unbroken-to",
            "data-unbroken-anchors",
            "data-unbroken-moves",
        }
        assert (script.attributes["src"] or "").endswith("assets/unbroken.js")
        for name in ("data-unbroken-anchors", "data-unbroken-moves"):
            for target in json.loads(script.attributes.get(name) or "{}").values():
                stays(target)
        stays(script.attributes.get("data-unbroken-to") or "")
    allowed = {
        "html",
        "head",
        "meta",
        "title",
        "link",
        "script",
        "noscript",
        "body",
        "p",
        "a",
        "article",
        "h2",
    }
    assert {node.tag for node in tree.css("*")} <= allowed
    for node in tree.css("a[href], link[href]"):
        stays(node.attributes["href"] or "")
    for node in tree.css("*"):
        assert not any(attribute.startswith("on") for attribute in node.attributes)


def stays(url: str) -> None:
    """A URL names a place on the site, or an http URL that the map gives in full."""
    parts = urlsplit(url)
    assert parts.scheme in ("", "http", "https")
    assert bool(parts.scheme) == bool(parts.netloc)
    assert url.isascii()
    assert url.isprintable()
    assert not set(url) & set('"<>\\ `')
