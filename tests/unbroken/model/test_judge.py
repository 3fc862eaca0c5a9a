"""What is wrong with a map: each code, at its line, in one pass; and what is right with it stays silent."""

from __future__ import annotations

import json

import pytest

from tests.commands import BIN, must, run
from tests.unbroken.sites import Shown, codes, recorded, the_map
from unbroken.findings.base import Severity
from unbroken.findings.catalog import CODES
from unbroken.model.addresses import Address, by_path
from unbroken.model.plan import Plan, judge

LIVE = Shown({"/": ["home"], "/new/": ["one", "two"], "/other/": ["x"], "/files/a.pdf": [], "/keep/a/": []})

#: entries, patterns, retired, ledger; and the findings: code, line, part of the message, part of the remedy.
CASES: dict[
    str, tuple[dict[str, str], dict[str, str], list[str], list[str], list[tuple[str, int, str, str]]]
] = {
    "a plain redirect": ({"old.md": "new.md"}, {}, [], [], []),
    "an anchor target": ({"old.md": "new.md#two"}, {}, [], [], []),
    "a moved anchor": ({"new.md#gone": "new.md#two", "new.md#went": "other.md#x"}, {}, [], [], []),
    "a chain": ({"a.md": "b.md", "b.md": "c.md", "c.md": "new.md"}, {}, [], [], []),
    "a file": ({"old/a.pdf": "files/a.pdf", "old/page.html": "new.md"}, {}, [], [], []),
    "another site": ({"old.md": "https://example.com/a?b=c#d"}, {}, [], [], []),
    "a circle": (
        {"x.md": "a.md", "a.md": "b.md", "b.md": "a.md"},
        {},
        [],
        [],
        [("cycle", 2, "a.md -> b.md -> a.md", "Change one of these lines")],
    ),
    "a page onto itself": ({"a.md": "a.md"}, {}, [], [], [("cycle", 1, "a.md -> a.md", "Change")]),
    "a circle of anchors": (
        {"new.md#a": "new.md#b", "new.md#b": "new.md#a"},
        {},
        [],
        [],
        [("cycle", 1, "new.md#a -> new.md#b -> new.md#a", "Change")],
    ),
    "a circle of pages and anchors": (
        {"old.md#a": "gone.md#a", "gone.md": "old.md", "old.md": "new.md"},
        {},
        [],
        [],
        [("cycle", 1, "old.md#a -> gone.md -> old.md#a", "Change")],
    ),
    "a target that is not there": (
        {"old.md": "section/new.md"},
        {},
        [],
        [],
        [("dead-page", 1, "section/new.md is not published", "Perhaps change the target to new.md")],
    ),
    "a chain to a target that is not there": (
        {"a.md": "b.md", "b.md": "nowhere.md"},
        {},
        [],
        [],
        [("dead-page", 2, "nowhere.md is not published", "Change the target to a page that is published.")],
    ),
    "an anchor that is not there": (
        {"old.md": "new.md#tow"},
        {},
        [],
        [],
        [("dead-anchor", 1, "#tow is not on /new/", "Perhaps change the fragment to #two")],
    ),
    "an anchor that is not there behind a redirect": (
        {"a.md": "b.md#one", "b.md": "other.md"},
        {},
        [],
        [],
        [("dead-anchor", 1, "#one is not on /other/", "Choose one of the anchors")],
    ),
    "a live source": (
        {"new.md": "other.md"},
        {},
        [],
        [],
        [("live-source", 1, "new.md is still published at /new/", "Delete the page")],
    ),
    "a live anchor": (
        {"new.md#one": "other.md#x"},
        {},
        [],
        [],
        [("live-anchor", 1, "#one is still on /new/", "Rename the heading")],
    ),
    "anchors of a lost page": (
        {"lost.md#a": "new.md"},
        {},
        [],
        [],
        [
            (
                "lost-page",
                1,
                "/lost/ is neither published nor redirected",
                "Add 'lost.md: new/page.md' to redirect_maps",
            )
        ],
    ),
    **{
        f"{first} and {second}": (
            {first: "new.md", second: "other.md"},
            {},
            [],
            [],
            [("clash", 2, f"the same URL as {first} in map.yml:1:1, with another target", "Delete one")],
        )
        for first, second in [
            ("old/", "old.md"),
            ("old/index.html", "old/index.md"),
            ("caf%C3%A9.md", "café.md"),
            ("a/README.md", "a/index.md"),
            ("a//b.md", "a/b.md"),
        ]
    },
    **{
        f"{first} and {second}": (
            {first: "new.md", second: "other.md"},
            {},
            [],
            [],
            [("case-twins", 2, f"{second} and {first} in map.yml:1:1", "where the site is built")],
        )
        for first, second in [("Old.md", "old.md"), ("cafe\u0301.md", "café.md")]
    },
    "twins that lead to one place": ({"Old.md": "new.md", "old.md": "new.md"}, {}, [], [], []),
    "two lines that end at one page": (
        {"guide.md": "new.md", "was.md": "new.md", "guide/index.html": "was.md"},
        {},
        [],
        [],
        [("repeated", 3, "the same URL as guide.md in map.yml:1:1.", "Delete")],
    ),
    "a chain through a pattern to nothing": (
        {"a.md": "v1/x.md", "z.md": "a.md"},
        {"v1/*": "v2/*"},
        [],
        ["/v1/new/"],
        [
            ("dead-pattern", 3, "leads /v1/new/ to a page that is not there", "for each"),
            (
                "dead-page",
                1,
                "v1/x.md is led by the pattern v1/* to /v2/x/, which is not published",
                "Change",
            ),
        ],
    ),
    "a pattern to one page that is not there": (
        {},
        {"v1/*": "nowhere.md"},
        [],
        ["/new/"],
        [
            ("unused-pattern", 1, "No address in the ledger begins with /v1/", "Delete"),
            ("dead-page", 1, "nowhere.md is not published", "Change"),
        ],
    ),
    "the same twice": (
        {"old.md": "new.md", "old/index.html": "new.md"},
        {},
        [],
        [],
        [("repeated", 2, "the same URL as old.md", "Delete one")],
    ),
    "a pattern": ({}, {"old/*": "keep/*"}, [], ["/old/a/"], []),
    "a pattern to one page": ({}, {"old/*": "new.md"}, [], ["/old/a/", "/old/b/c/"], []),
    "a pattern to another site": ({}, {"old/*": "https://example.com/*"}, [], ["/old/a/"], []),
    "a pattern over an entry": (
        {"old/b.md": "new.md"},
        {"old/*": "keep/*"},
        [],
        ["/old/a/"],
        [
            (
                "overlap",
                2,
                "also matches /old/b/, which a more specific line answers (map.yml:1:1)",
                "Leave it if",
            )
        ],
    ),
    "a pattern that catches a live page": (
        {},
        {"keep/*": "new.md"},
        [],
        ["/keep/b/"],
        [("pattern-live", 1, "catches /keep/a/, still published", "Narrow")],
    ),
    "a pattern to pages that are not there": (
        {},
        {"old/*": "keep/*"},
        [],
        ["/old/a/", "/old/b/"],
        [
            (
                "dead-pattern",
                1,
                "leads /old/b/ to a page that is not there",
                "Add 'old/b.md: new/page.md' to redirect_maps",
            )
        ],
    ),
    "a pattern that nothing in the ledger matches": (
        {},
        {"old/*": "keep/*"},
        [],
        ["/elsewhere/"],
        [("unused-pattern", 1, "begins with /old/", "unbroken record --from")],
    ),
    "a pattern without a ledger": (
        {},
        {"old/*": "keep/*"},
        [],
        [],
        [("unused-pattern", 1, "No ledger tells", "unbroken record")],
    ),
    "a pattern that never ends": (
        {},
        {"old/*": "old/more/*"},
        [],
        ["/old/a/"],
        [("cycle", 1, "old/* -> old/*", "Change")],
    ),
    "a star in the middle": (
        {},
        {"old/*/x": "new/*"},
        [],
        [],
        [("wrong-type", 1, "elsewhere than at the end", "old/*")],
    ),
    "two patterns for one prefix": (
        {},
        {"old/*": "keep/*", "./old/*": "new.md"},
        [],
        ["/old/a/"],
        [("clash", 2, "the same URL as old/*", "Delete one")],
    ),
    "a source that leaves the site": (
        {"../x.md": "new.md", "/etc/x.md": "new.md", "a/../../x.md": "new.md", "%2e%2e/x.md": "new.md"},
        {},
        [],
        [],
        [("outside", line, "leaves the site", "relative to docs_dir") for line in (1, 2, 3, 4)],
    ),
    "a source that hides a slash": (
        {"a%2Fb/": "new.md", "a%255cb.md": "new.md", "ok.md": "new%2Fx/"},
        {},
        [],
        [],
        [
            ("outside", 1, "hides a slash", "on its own"),
            ("outside", 2, "hides a slash", "on its own"),
            ("unsafe", 3, "hides a slash", "on its own"),
        ],
    ),
    "a source that is a URL": (
        {"https://example.com/x": "new.md", "//example.com/x": "new.md", "a\\b.md": "new.md"},
        {},
        [],
        [],
        [("outside", line, "is not a path inside the site", "page path") for line in (1, 2, 3)],
    ),
    "targets that harm": (
        {
            "a.md": "javascript:alert(1)",
            "b.md": "//example.com/x",
            "c.md": "data:text/html,x",
            "d.md": "\\\\example.com\\x",
            "e.md": "https://",
            "f.md": "https://good.example@evil.example/",
            "g.md": "new.md\r\nSet-Cookie: a=b",
            "h.md": "new\0.md",
            "i.md": "../../etc/passwd",
            "k.md": "https://example.com/%0d%0aX: y",
            "l.md": "JavaScript:alert(1)",
            "m.md": "",
            "n.md": "#one",
            "o.md": "https://exa mple.com/",
            "p.md": "http:///x",
            "q.md": "new.md\u2028x",
        },
        {},
        [],
        [],
        [("unsafe", line, "", "") for line in range(1, 17)],
    ),
    "a target that is an address": (
        {"old.md": "/new/"},
        {},
        [],
        [],
        [("not-a-path", 1, "/new/ is an address", "Write its page path")],
    ),
    "sources that harm": (
        {"a\nb.md": "new.md", "": "new.md", "a.md#": "new.md", "a%0Ab.md": "new.md"},
        {},
        [],
        [],
        [("unsafe", line, "", "") for line in (1, 2, 3, 4)],
    ),
    "a retired page": ({}, {}, ["gone.md", "old/*"], ["/old/x/"], []),
    "a retired page that is live": (
        {},
        {},
        ["new.md"],
        [],
        [("retired-live", 1, "new.md is retired here but still published", "Delete the page")],
    ),
    "a retired anchor that is live": (
        {},
        {},
        ["new.md#one", "new.md#gone"],
        [],
        [("retired-live", 1, "new.md#one is retired here", "Delete the page")],
    ),
    "a retired page that is redirected": (
        {"old.md": "new.md"},
        {},
        ["old.md"],
        [],
        [("retired-live", 2, "retired here and redirected in map.yml:1:1", "Delete one")],
    ),
    "a redirect to a retired page": (
        {"old.md": "gone.md"},
        {},
        ["gone.md"],
        [],
        [("dead-page", 1, "gone.md is retired", "Retire the source as well")],
    ),
    "a split page": ({"old.md": "new.md", "old.md#q": "other.md#x"}, {}, [], [], []),
    "a split page whose heading is in the way": (
        {"old.md": "new.md", "old.md#one": "other.md#x"},
        {},
        [],
        [],
        [("split", 2, "/new/ has an anchor #one of its own", "rename the heading")],
    ),
    "a split page whose target has a fragment": (
        {"old.md": "new.md#two", "old.md#q": "other.md#x"},
        {},
        [],
        [],
        [("split", 2, "#two replaces the visitor's", "Leave it")],
    ),
    "a split page that leads to another site": (
        {"old.md": "https://example.com/", "old.md#q": "other.md#x"},
        {},
        [],
        [],
        [("split", 2, "leads to another site", "Leave it")],
    ),
    "a rule that would lose a recorded anchor": (
        {"old.md": "new.md#two"},
        {},
        [],
        ["/old/#one", "/old/#lost"],
        [("split", 1, "No rule can carry /old/#one", "Leave it")],
    ),
    "a recorded anchor that a rule keeps": ({"old.md": "new.md"}, {}, [], ["/old/#one", "/old/#lost"], []),
    "two split pages that want one anchor": (
        {"a.md": "new.md", "a.md#q": "other.md", "b.md": "new.md", "b.md#q": "index.md"},
        {},
        [],
        [],
        [("split", 4, "/new/#q already leads elsewhere", "Leave it")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_fault_is_found_at_its_line_and_nothing_else(name: str) -> None:
    entries, patterns, retired, ledger, expected = CASES[name]
    _, findings = judge(the_map(entries, patterns, retired), LIVE, by_path(recorded(ledger)))
    assert [(f.code, f.place.line) for f in findings] == [(code, line) for code, line, _, _ in expected]
    for finding, (_, _, message, remedy) in zip(findings, expected, strict=True):
        assert message in finding.message
        assert remedy in finding.remedy
        assert "\n" not in str(finding)


def test_all_faults_are_reported_in_one_pass() -> None:
    faulty = {
        "a.md": "a.md",
        "b.md": "nowhere.md",
        "c.md": "new.md#nothing",
        "new.md": "other.md",
        "new.md#one": "other.md#x",
        "lost.md#a": "new.md",
        "d.md": "new.md",
        "D.md": "nowhere.md",
        "d/": "nowhere.md",
        "d/index.html": "new.md",
        "../e.md": "new.md",
        "f.md": "javascript:alert(1)",
        "g.md": "new.md",
        "g.md#two": "other.md",
        "old/x.md": "new.md",
    }
    redirects = the_map(
        faulty, {"old/*": "absent/*", "keep/*": "new.md", "gone/*": "new.md", "*/x": "x"}, ["d.md"]
    )
    _, findings = judge(redirects, LIVE, by_path(recorded(["/old/z/"])))
    found = set(codes(findings))
    assert found == {
        *(
            "cycle",
            "dead-page",
            "dead-anchor",
            "live-source",
            "live-anchor",
            "lost-page",
            "clash",
            "case-twins",
            "repeated",
        ),
        *("outside", "unsafe", "split", "overlap", "dead-pattern", "pattern-live", "unused-pattern"),
        *("wrong-type", "retired-live"),
    }
    assert {CODES[code].default for code in found} == {Severity.ERROR, Severity.WARNING}


def plan(
    entries: dict[str, str], patterns: dict[str, str] | None = None, ledger: list[str] | None = None
) -> Plan:
    return judge(the_map(entries, patterns), LIVE, by_path(recorded(ledger or [])))[0]


def test_chains_become_one_hop() -> None:
    answers = plan({"a.md": "b.md#x", "b.md": "c.md", "c.md": "new.md#two"}).answers
    assert {a.source: a.target for a in answers} == {
        "/a/": Address("/new/", "x"),
        "/b/": Address("/new/", "two"),
        "/c/": Address("/new/", "two"),
    }


def test_a_split_page_leaves_its_move_on_the_page_that_the_rule_leads_to() -> None:
    result = plan({"old.md": "new.md", "old.md#q": "other.md#x", "new.md#r": "other.md"})
    assert result.moves == {"/new/": {"q": Address("/other/", "x"), "r": Address("/other/")}}
    assert [(a.rule, dict(a.anchors)) for a in result.answers] == [(True, {"q": Address("/other/", "x")})]


def test_a_split_page_that_no_rule_can_express_is_answered_by_its_stub() -> None:
    result = plan({"old.md": "new.md", "old.md#one": "other.md#x"})
    assert [(a.source, a.rule) for a in result.answers] == [("/old/", False)]
    assert result.moves == {}


def test_the_most_specific_line_wins() -> None:
    ledger = ["/old/a/", "/old/b/", "/old/deep/a/"]
    result = plan({"old/b.md": "new.md"}, {"old/*": "keep/*", "old/deep/*": "other.md"}, ledger)
    assert {a.source: a.target.path for a in result.answers if isinstance(a.target, Address)} == {
        "/old/a/": "/keep/a/",
        "/old/b/": "/new/",
        "/old/deep/a/": "/other/",
    }


def test_a_wildcard_rule_is_written_only_where_it_catches_nothing_else() -> None:
    assert [p.prefix for p in plan({}, {"old/*": "keep/*"}, ["/old/a/"]).patterns] == ["/old/"]
    assert plan({}, {"keep/*": "new.md"}, ["/keep/b/"]).patterns == ()


def test_an_internationalised_host_is_encoded_and_the_rest_escaped() -> None:
    (answer,) = plan({"old.md": 'https://bücher.example/a b?"q"=<x>#é'}).answers
    assert answer.target == "https://xn--bcher-kva.example/a%20b?%22q%22=%3Cx%3E#%C3%A9"


@pytest.mark.parametrize(
    ("pattern", "asked", "leads"),
    [
        (("*", "latest/*"), "/ref/names/", "/latest/ref/names/"),
        (("*", "*"), "/ref/", "/ref/"),
        (("kubectl/kubectl_*", "ref/kubectl/*"), "/kubectl/kubectl_get/", "/ref/kubectl/get/"),
        (("kubectl/kubectl_*", "ref/k_*"), "/kubectl/kubectl_get/", "/ref/k_get/"),
        (("a/é-*", "new.md"), "/a/%C3%A9-x/", "/new/"),
        (("find/*", "search.md?q=*"), "/find/word", "/search/?q=word"),
        (("find/*", "https://else.example/s-*"), "/find/word", "https://else.example/s-word"),
    ],
)
def test_where_a_pattern_leads(pattern: tuple[str, str], asked: str, leads: str) -> None:
    redirects = the_map({}, dict([pattern]))
    assert redirects.findings == []
    (only,) = redirects.patterns
    assert str(only.hop(asked).target) == leads
    assert redirects.pattern("/kubectl/kubectlget/") is None or only.prefix == "/"


@pytest.mark.parametrize("source", ["a/*/b", "a/**", "../*", "a#b*", "old/", "/a/*", "x:*", "a\\*"])
def test_what_is_no_pattern(source: str) -> None:
    redirects = the_map({}, {source: "new.md"})
    assert redirects.patterns == []
    assert [f.place.line for f in redirects.findings] == [1]


def test_patterns_that_lead_on_through_patterns_lead_there_at_once() -> None:
    live = Shown({"/new/": [], "/v3/a/": [], "/v6/b/": []})
    patterns = {"v1/*": "v2/*", "v2/*": "v3/*", "v4/*": "old.md", "v5/*": "v6/*", "v6/x/*": "v3/*"}
    plan, _ = judge(the_map({"old.md": "new.md"}, patterns), live)
    assert {p.prefix: str(p.target) for p in plan.patterns} == {
        "/v1/": "/v3/",
        "/v2/": "/v3/",
        "/v4/": "/new/",
        "/v5/": "/v6/",
        "/v6/x/": "/v3/",
    }


@pytest.mark.parametrize(
    "patterns",
    [
        {"a/*": "a/b/*"},
        {"x/*": "y/*", "y/*": "x/*"},
        {"*": "latest/*"},
        {"a/*": "new.md", "a/live/*": "new/*"},
    ],
)
def test_what_a_wildcard_rule_would_get_wrong_is_none(patterns: dict[str, str]) -> None:
    plan, _ = judge(the_map({}, patterns), Shown({"/new/": [], "/a/live/x/": []}))
    assert plan.patterns == ()


def test_the_query_of_a_target_is_kept_along_the_way() -> None:
    live = Shown({"/new/": ["part"], "/list/": []})
    redirects = the_map(
        {
            "a.md": "list.md?group=one two",
            "b.md": "old.md?x=1#part",
            "old.md": "new.md?y=2",
            "c.md": "out.md?x=1",
            "out.md": "https://else.example/?y=2#z",
            "what?.md": "new.md",
            "d.md": "what?.md",
            "e.md": "e.md?x",
        }
    )
    plan, findings = judge(redirects, live, site_url="https://docs.example/base/")
    ends = {answer.source: plan.url(answer.target) for answer in plan.answers}
    assert ends == {
        "/a/": "/base/list/?group=one%20two",
        "/b/": "/base/new/?y=2&x=1#part",
        "/old/": "/base/new/?y=2",
        "/c/": "https://else.example/?y=2&x=1#z",
        "/out/": "https://else.example/?y=2#z",
        "/what%3F/": "/base/new/",
        "/d/": "/base/new/",
    }
    assert codes(findings) == ["cycle"]


@pytest.mark.parametrize(
    "url",
    [
        "https://else.example:0/",
        "https://else.example:6000/",
        "https://else.example:99999/",
        "https://else.example:/",
        "https://user@else.example/",
        "https://user:word@else.example/",
        "https://else..example/",
        "https://1.2.3.400/",
        "https://1.2.3/",
        "https://0x7f.1/",
        "https://[::1/",
        "https://[::g]/",
        f"https://{'a' * 64}.example/",
        "https://a b.example/",
        "https://xn--\u00fc.example/",
        "https://-/".replace("-", "%41"),
        "https:///path",
    ],
)
def test_urls_that_no_browser_opens_are_unsafe(url: str) -> None:
    assert codes(the_map({"old.md": url}).findings) == ["unsafe"]


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("https://else.example:8443/a", "https://else.example:8443/a"),
        ("https://ELSE.example", "https://else.example/"),
        ("https://a_b.example/", "https://a_b.example/"),
        ("https://127.0.0.1:8000/", "https://127.0.0.1:8000/"),
        ("https://[2001:DB8::1]/", "https://[2001:db8::1]/"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
    ],
)
def test_urls_that_browsers_open(url: str, known: str) -> None:
    redirects = the_map({"old.md": url})
    assert redirects.findings == []
    assert redirects.pages["/old/"].target == known


PORTS = """
const asked = JSON.parse(process.argv[1]);
const refused = await Promise.all(asked.map(async port => {
  try { await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(5_000) }); }
  catch (error) { return error.cause?.message === "bad port"; }
  return false;
}));
console.log(JSON.stringify(asked.filter((_, number) => refused[number])));
"""


def test_a_port_is_unsafe_where_a_browser_opens_none() -> None:
    # Node.js has the list of browsers. Nothing listens at most others, which is another refusal.
    ports = [*range(1, 1_100), *range(1_700, 2_100), *range(3_600, 7_000), *range(10_000, 10_100)]
    said = must(run(BIN / "node", "--input-type=module", "--eval", PORTS, json.dumps(ports)))
    found = the_map({f"p{port}.md": f"http://example.com:{port}/" for port in ports}).findings
    assert {*codes(found)} == {"unsafe"}
    assert [ports[finding.place.line - 1] for finding in found] == json.loads(said.stdout)
