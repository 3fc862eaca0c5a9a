"""The files of hosts that do not run here, read back by readers of their formats."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.unbroken.publish.hosts import readers
from tests.unbroken.publish.hosts.names import EACH, plan_of, plans, source_of, target_cannot
from tests.unbroken.publish.hosts.test_names_on_servers import same
from unbroken.publish.hosts import HOSTS

if TYPE_CHECKING:
    from tests.unbroken.publish.hosts.readers import Reader
    from unbroken.model.plan import Plan
    from unbroken.publish.hosts import Host

READERS = {
    "gitlab": readers.gitlab,
    "readthedocs": readers.readthedocs,
    "amplify": readers.amplify,
    "codeberg": readers.codeberg,
    "fastly": readers.fastly,
    "iis": readers.iis,
    "kubernetes": readers.kubernetes,
}
#: Readers that take many paths at once.
BATCHES = {"vercel": readers.vercel, "firebase": readers.firebase}
#: Names that a host may leave to the stubs. Any other has to have its rule.
LEFT_OUT = {
    "gitlab": re.compile(r"[*\s%#?]|/:|/.*/.*/"),
    "firebase": re.compile(r"/.*/.*/"),
    "readthedocs": re.compile(r"[*]|/.*/.*/"),
    "vercel": re.compile("(?!)"),
    "amplify": re.compile("[*]"),
    "codeberg": re.compile("[^A-Za-z0-9/_.~-]"),
    "fastly": re.compile(r"/.*/.*/"),
    "iis": re.compile(r"/.*/.*/"),
    "kubernetes": re.compile(r"/.*/.*/"),
    "s3": re.compile("(?!)"),
}
# Many examples are in one plan.
FEW = settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def planned(host: Host, plan: Plan) -> dict[str, str]:
    """Where the host ought to send each address that it can have a rule for."""
    result = {}
    for answer in plan.answers:
        url = host.target(plan, answer.target)
        why = host.obstacle(answer.source, url)
        if why is None:
            result[answer.source] = url
        elif not target_cannot(host.name, url):
            assert LEFT_OUT[host.name].search(unquote(answer.source)), (answer.source, why)
    return result


@pytest.mark.parametrize("name", READERS)
@FEW
@given(plan=plans())
def test_a_format_read_back_says_what_is_planned(name: str, plan: Plan) -> None:
    host = HOSTS[name]
    read: Reader = READERS[name](host.files(plan))
    meant = planned(host, plan)
    for path, url in meant.items():
        said = read(path, "")
        assert said is not None, path
        assert (said[0], same(said[1], url)) == (301, True), (path, said, url)
    assert read("/new/", "") is None
    assert read("/never/", "") is None


@settings(parent=FEW, max_examples=5)
@given(plan=plans())
def test_a_hosts_own_code_says_what_is_planned(plan: Plan) -> None:
    for name, read in BATCHES.items():
        host = HOSTS[name]
        meant = planned(host, plan)
        asked = [*meant, "/new/", "/never/"]
        told = read(host.files(plan), asked)
        assert told[-2:] == [None, None]
        for (path, url), said in zip(meant.items(), told, strict=False):
            assert said is not None, (name, path)
            # Firebase's puts an "&" after a query, though nothing follows.
            there = said[1].removesuffix("&") if name == "firebase" and "?" in url else said[1]
            assert (said[0], same(there, url)) == (301, True), (name, path, said)


@settings(parent=FEW, max_examples=5)
@given(plan=plans())
def test_the_cloudfront_function_says_what_is_planned(plan: Plan) -> None:
    meant = planned(HOSTS["s3"], plan)
    asked: list[tuple[str, dict[str, object]]] = [(path, {}) for path in meant]
    for (path, url), said in zip(
        meant.items(), readers.cloudfront(HOSTS["s3"].files(plan), asked), strict=True
    ):
        assert said == (301, url), path


def test_the_cloudfront_function_knows_queries_patterns_and_410() -> None:
    plan = plan_of(
        [("old.md", "new.md#part"), ("ext.md", "https://else.example/?b=c"), ("v1/x.md", "new.md")],
        [("v1/*", "v2/*"), ("flat/*", "new.md")],
        ["/v1/a/"],
        ["gone.md"],
    )
    query = {"a": {"value": "1", "multiValue": [{"value": "1"}, {"value": "%C3%BC"}]}, "b": {"value": ""}}
    asked = {
        ("/old/", 0): (301, "/new/#part"),
        ("/old/", 1): (301, "/new/?a=1&a=%C3%BC&b#part"),
        ("/ext/", 1): (301, "https://else.example/?b=c&a=1&a=%C3%BC&b"),
        ("/v1/a", 0): (301, "/v2/a/"),
        ("/v1/x/", 0): (301, "/new/"),
        ("/v1/unlisted/%C3%BC", 0): (301, "/v2/unlisted/%C3%BC"),
        ("/flat/y/", 0): (301, "/new/"),
        ("/gone/", 0): (410, ""),
        ("/new/", 0): None,
    }
    said = readers.cloudfront(
        HOSTS["s3"].files(plan), [(path, query if with_query else {}) for path, with_query in asked]
    )
    assert said == list(asked.values())


def test_the_cloudfront_function_takes_every_spelling_of_a_path() -> None:
    plan = plan_of(
        [("über.md", "new.md"), ("a(b).pdf", "new.md"), ("x@y.md", "new.md")],
        [("v1/é/*", "v2/*")],
        ["/v1/é/a/"],
    )
    asked = {
        "/%c3%bcber/": "/new/",
        "/%C3%BCb%65r/": "/new/",
        "/über/": "/new/",
        "/a%28b%29.pdf": "/new/",
        "/x%40y/": "/new/",
        "/v1/%c3%a9/%61/": "/v2/a/",
        "/v1/%c3%a9/x%2fy/": "/v2/x%2Fy/",
    }
    said = readers.cloudfront(HOSTS["s3"].files(plan), [(path, {}) for path in asked])
    assert said == [(301, to) for to in asked.values()]
    assert readers.cloudfront(HOSTS["s3"].files(plan), [("/%FF%zz/", {})]) == [None]


def test_s3_alone_has_objects_and_routing_rules() -> None:
    plan = plan_of(
        [("old.md", "new.md"), ("a b.pdf", "new.md"), ("x.md", "https://else.example/y/")],
        [("v1/*", "v2/*"), ("é/*", "https://else.example/p/*"), ("flat/*", "new.md")],
        retired=["gone.md"],
    )
    files = {
        file.path: json.loads(file.content) for file in HOSTS["s3"].files(plan) if file.path.endswith("json")
    }
    assert files["_unbroken/s3/objects.json"] == [
        {"Key": key, "WebsiteRedirectLocation": url, "CacheControl": "max-age=86400"}
        for key, url in [
            ("a b.pdf", "/new/"),
            ("old/index.html", "/new/"),
            ("x/index.html", "https://else.example/y/"),
        ]
    ]
    rules = {
        rule["Condition"]["KeyPrefixEquals"]: rule["Redirect"]
        for rule in files["_unbroken/s3/routing-rules.json"]
    }
    assert rules == {
        "v1/": {"HttpRedirectCode": "301", "ReplaceKeyPrefixWith": "v2/"},
        "flat/": {"HttpRedirectCode": "301", "ReplaceKeyWith": "new/"},
        "é/": {
            "HttpRedirectCode": "301",
            "Protocol": "https",
            "HostName": "else.example",
            "ReplaceKeyPrefixWith": "p/",
        },
    }


PATTERNED = [
    ("/v1/a/", "/v2/a/"),
    ("/v1/b/%C3%BC/", "/v2/b/%C3%BC/"),
    ("/v1/special/", "/new/"),
    ("/flat/y/", "/new/#part"),
    ("/x/c:d$/e/", "/v2/e/"),
]


@pytest.mark.parametrize("name", [name for name in [*READERS, *BATCHES] if name != "codeberg"])
def test_patterns_read_back(name: str) -> None:
    host = HOSTS[name]
    plan = plan_of(
        [("v1/special.md", "new.md")],
        [("v1/*", "v2/*"), ("flat/*", "new.md#part"), ("x/c:d$/*", "v2/*")],
        [path for path, _ in PATTERNED],
        ["gone.md"],
        pages=("index.md", "new.md", "v2/a.md", "v2/b/ü.md", "v2/e.md"),
    )
    paths = [path for path, _ in PATTERNED] + ["/gone/", "/new/"]
    files = host.files(plan)
    if name in BATCHES:
        said = BATCHES[name](files, paths)
    else:
        read = READERS[name](files)
        said = [read(path, "") for path in paths]
    for (path, url), answer in zip(PATTERNED, said, strict=False):
        if name in ("gitlab", "kubernetes") and "#" in url:
            assert answer is None
        else:
            assert answer is not None, path
            assert (answer[0], same(answer[1], url)) == (301, True), (path, answer)
    assert said[-2:] == [(410, "") if host.gone else None, None]


def test_what_a_hosts_own_code_takes_in_targets() -> None:
    """Letters that are syntax to one host, encoded twice by another, in targets of every kind."""
    plan = plan_of(
        [
            ("a.md", "https://en.wikipedia.org/wiki/Redirection_(computing)"),
            ("b.md", "new(s).md"),
            ("c.md", "https://else.example/x?q=a:b"),
            ("d.md", "größe.md"),
            ("e.md", "https://else.example:8443/a:b/(c)?d=1#e:f"),
            ("f.md", "a b%25.md"),
            ("g.md", "new(s).md?q=(x)"),
            ("h.md", "https://else.example/%2Fa?b=%26"),
            ("i.md", "https://else.example/%FF"),
        ],
        [("v1/*", "größe/*"), ("v2/*", "n(s)/*"), ("v3/*", "x/a:b/*"), ("k/k_*", "new/k_*")],
        ["/v1/x/", "/v2/x/", "/v3/x/", "/k/k_x/"],
        pages=(
            "index.md",
            "new(s).md",
            "größe.md",
            "a b%.md",
            "größe/x.md",
            "n(s)/x.md",
            "x/a:b/x.md",
            "new/k_x.md",
        ),
    )
    for name, read in BATCHES.items():
        host = HOSTS[name]
        ends = {a.source: host.target(plan, a.target) for a in plan.answers}
        assert len(ends) == 13
        left = {path for path, url in ends.items() if host.obstacle(path, url)}
        assert (
            left
            == {
                "vercel": {"/c/", "/g/"},
                "firebase": {"/c/", "/e/", "/h/", "/i/", "/v3/x/"},
            }[name]
        )
        for (path, url), said in zip(ends.items(), read(host.files(plan), [*ends]), strict=True):
            assert (said is None) == (path in left), (name, path, said)
            assert said is None or (said[0] == 301 and same(said[1].removesuffix("&"), url)), (name, path)


def test_bulk_redirects_have_what_does_not_fit() -> None:
    many = [(f"p{i}.md", "new.md") for i in range(2100)]
    nasty = [(source_of("zz," + name), 'https://else.example/a,"b?c=d#e') for name in EACH]
    host = HOSTS["cloudflare"]
    plan = plan_of([*many, *nasty])
    redirects, bulk = host.files(plan)
    first = {line.split()[0] for line in redirects.content.splitlines() if not line.startswith("#")}
    assert len(first) == 2000
    read = readers.bulk_redirects(bulk.content)
    for rule in host.redirects(plan):
        if rule.path not in first:
            url = rule.url if rule.url.startswith("http") else "https://docs.example" + rule.url
            assert read(rule.path, "") == (301, url)
    assert len(bulk.content.splitlines()) == len(list(host.redirects(plan))) - 2000
    assert [file.path for file in host.files(plan_of(many, site_url=""))] == ["_redirects"]


def test_vercels_bulk_file_has_everything_and_is_named() -> None:
    plan = plan_of([(f"p{i}.md", "new.md#x") for i in range(2049)], [("v1/*", "v2/*")], ["/v1/a/"])
    config, bulk = HOSTS["vercel"].files(plan)
    data = json.loads(config.content)
    assert data["bulkRedirectsPath"] == bulk.path
    assert [rule["source"] for rule in data["redirects"]] == ["/v1/:rest(.*)"]
    entries = json.loads(bulk.content)
    assert len(entries) == 3 * 2049 + 2  # and the two other spellings of what the pattern answers
    assert entries[0] == {
        "source": "/p0/",
        "destination": "/new/#x",
        "statusCode": 301,
        "caseSensitive": True,
        "query": True,
    }


@pytest.mark.parametrize("host", HOSTS.values(), ids=lambda host: host.name)
def test_no_path_comes_twice(host: Host) -> None:
    both = [("x/a.html", "new.md"), ("x/a.md", "new.md#b"), ("x/A.md", "new.md"), ("y/b.html", "new.md")]
    plan = plan_of(both, [("v1/*", "v2/*")], ["/v1/a/", "/v1/a.html"], ["y/b.md", "z/c.md", "z/c.html"])
    paths = [rule.path for rules in (host.redirects, host.withdrawn) for rule in rules(plan)]
    assert len(paths) == len(set(paths))
    # An address's own spelling comes before another's variant.
    if host.gone:
        assert {"/y/b.html", "/y/b/", "/z/c/", "/z/c.html"} <= set(paths)


# A pattern brings names in from the ledger that no map may have.
CRUEL = [
    "%0D%0AX",
    "%0A",
    "%00",
    "%22%3B%7D",
    "%60%0A%7D",
    "%E2%80%A8",
    "%C2%85",
    "%FF%FE",
    "%7B%24HOME%7D",
    "a%20b",
    "%2F",
    "%09x",
]


@pytest.mark.parametrize("name", [name for name in HOSTS if HOSTS[name].rules])
def test_nothing_in_a_name_adds_a_line(name: str) -> None:
    host = HOSTS[name]

    def lines(names: list[str]) -> list[int]:
        plan = plan_of(
            [(f"{n}/x.md", "new.md") for n in names if "%0" not in n],
            [("old/*", "new.md")],
            [f"/old/{n}/" for n in names],
            [f"gone/{n}.md" for n in names],
        )
        return [len(file.content.splitlines()) for file in host.files(plan)]

    nasty, plain = lines(CRUEL), lines([f"n{i}" for i in range(len(CRUEL))])
    # Fewer is right: what cannot be written is left out.
    assert all(a <= b for a, b in zip(nasty, plain, strict=True)), (nasty, plain)
    for file in host.files(plan_of([], [("old/*", "new.md")], [f"/old/{n}/" for n in CRUEL])):
        assert not re.search(r"[\r\x00\u2028\u0085]", file.content), file.path


@pytest.mark.parametrize("directory_urls", [True, False])
@pytest.mark.parametrize("site_url", ["https://docs.example/", "https://docs.example/a%20guide/"])
@pytest.mark.parametrize("name", [*READERS, *BATCHES])
def test_sites_below_a_path_and_pages_with_file_names_read_back(
    name: str, site_url: str, directory_urls: bool
) -> None:
    host = HOSTS[name]
    plan = plan_of(
        [("old.md", "new.md"), ("was/index.md", "v2/a.md"), ("out.md", "https://else.example/")],
        [("v1/*", "v2/*")],
        ["/v1/a/" if directory_urls else "/v1/a.html"],
        site_url=site_url,
        directory_urls=directory_urls,
    )
    # What Read the Docs serves below a version, its redirects leave out.
    base = "" if name == "readthedocs" else plan.base
    ends = {base + a.source: host.target(plan, a.target) for a in plan.answers}
    assert len(ends) == 4
    files = host.files(plan)
    paths = [*ends, "/nothing/", f"{base}/new/"]
    said = BATCHES[name](files, paths) if name in BATCHES else [READERS[name](files)(p, "") for p in paths]
    assert said[-2:] == [None, None]
    for (path, url), answer in zip(ends.items(), said, strict=False):
        if name == "gitlab" and "else.example" in url:
            continue
        # In their _redirects no name has a space.
        if name in ("codeberg", "gitlab") and "%20" in path:
            assert answer is None
        else:
            assert answer is not None, path
            assert (answer[0], same(answer[1], url)) == (301, True), (path, answer)
