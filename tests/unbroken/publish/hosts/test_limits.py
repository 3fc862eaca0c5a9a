"""One past each limit is a finding that names the figure; the limit itself is none."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.unbroken.publish.hosts.names import plan_of
from unbroken.findings.base import Place
from unbroken.publish.hosts import (
    HOSTS,
    amplify,
    apache,
    azure,
    cloudflare,
    gitlab,
    nginx,
    readthedocs,
    s3,
    stub_of,
    vercel,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from unbroken.model.plan import Plan

PLACE = Place("mkdocs.yml", 9)


def pages(count: int, target: str = "new.md") -> Plan:
    """A plan of so many page redirects."""
    return plan_of([(f"p{i}.md", target) for i in range(count)])


def patterns(count: int) -> Plan:
    """A plan of so many patterns and nothing else."""
    return plan_of([], [(f"p{i}/*", "new.md") for i in range(count)])


def codes(host: str, plan: Plan) -> list[tuple[str, str]]:
    """The limits that a host says are passed."""
    return [
        (finding.code, finding.message)
        for finding in HOSTS[host].judge(plan, PLACE)
        if finding.code == "host-limit"
    ]


@pytest.mark.parametrize(
    ("host", "plan", "limit", "figure"),
    [
        ("cloudflare", pages, cloudflare.STATIC_RULES, "2,000"),
        ("cloudflare", patterns, cloudflare.DYNAMIC_RULES, "100"),
        ("gitlab", pages, gitlab.RULES, "1,000"),
        ("vercel", pages, vercel.REDIRECTS, "2,048"),
        ("readthedocs", pages, readthedocs.REDIRECTS, "100"),
        ("readthedocs", patterns, readthedocs.REDIRECTS, "100"),
        ("s3", patterns, s3.ROUTING_RULES, "50"),
    ],
)
def test_number_of_rules(host: str, plan: Callable[[int], Plan], limit: int, figure: str) -> None:
    assert codes(host, plan(limit)) == []
    ((_, message),) = codes(host, plan(limit + 1))
    assert figure in message
    assert f"{limit + 1:,}" in message


def test_size_of_the_file() -> None:
    def size(count: int) -> int:
        plan = plan_of([(f"{'long' * 20}{i}.md", "new.md") for i in range(count)])
        (file,) = HOSTS["azure"].files(plan)
        assert file.path == "staticwebapp.config.json"
        found = codes("azure", plan)
        assert bool(found) == (len(file.content.encode()) > azure.FILE_SIZE)
        assert all(f"{azure.FILE_SIZE:,}" in message for _, message in found)
        return len(file.content.encode())

    sizes = [size(count) for count in (1, 100, 200, 600, 800)]
    assert sizes[0] < azure.FILE_SIZE < sizes[-1]


@pytest.mark.parametrize(
    ("count", "name", "figure"), [(1_001, "p", "1,000"), (1_200, "p", "1,000"), (800, "long" * 20, "65,536")]
)
def test_what_gitlab_has_no_room_for_is_left_to_stubs(count: int, name: str, figure: str) -> None:
    host = HOSTS["gitlab"]
    plan = plan_of(
        [(f"{name}{i}.md", "new.md") for i in range(count)], [("v1/*", "v2/*")], ["/v1/a/", "/v1/b/"]
    )
    (file,) = host.files(plan)
    rules = [line for line in file.content.splitlines() if not line.startswith("#")]
    assert len(rules) <= gitlab.RULES
    assert len(file.content.encode()) <= gitlab.FILE_SIZE
    ruled = {rule.path for rule in host.redirects(plan)}
    stubs = {answer.source for answer in plan.answers if stub_of(plan, answer, [host])}
    assert stubs
    assert {answer.source for answer in plan.answers} == {*stubs, *ruled, "/v1/a/"}
    assert not stubs & {*ruled, "/v1/a/"}
    ((_, message),) = codes("gitlab", plan)
    assert figure in message


@pytest.mark.parametrize(
    ("host", "length", "figure"),
    [
        ("cloudflare", cloudflare.LINE - len("/.../ /new/ 301"), "1,000"),
        ("readthedocs", readthedocs.LENGTH - len("/.../"), "255"),
        ("vercel", vercel.LENGTH - len("/.../"), "4,096"),
        ("amplify", amplify.LENGTH - len("/.../"), "2,048"),
        ("s3", s3.KEY - len("/.../"), "512"),
        ("nginx", (nginx.WORD - len("/new/")) // 4 - len("/.../"), "4,000"),
    ],
)
def test_length_of_one_rule(host: str, length: int, figure: str) -> None:
    short, long = (plan_of([("xyz" + "a" * n + ".md", "new.md")]) for n in (length, length + 1))
    assert codes(host, short) == []
    assert len(list(HOSTS[host].redirects(short, variants=False))) == 1
    ((_, message),) = codes(host, long)
    assert figure in message
    assert list(HOSTS[host].redirects(long, variants=False)) == []


def test_key_value_store() -> None:
    plan = plan_of([("x" * 400 + f"{i}.md", "https://else.example/" + "y" * 900) for i in range(4000)])
    ((_, message),) = codes("s3", plan)
    assert f"{s3.STORE:,}" in message


def test_cloudfront_function() -> None:
    long = plan_of([], [("x" * 300 + f"{i}/*", "new.md") for i in range(40)])
    ((_, message),) = codes("s3", long)
    assert f"{s3.FUNCTION:,}" in message


def test_htaccess_is_left_out_past_its_limit() -> None:
    host = HOSTS["apache"]
    names = {file.path for file in host.files(pages(apache.HTACCESS_RULES))}
    more = pages(apache.HTACCESS_RULES + 1)
    assert names - {file.path for file in host.files(more)} == {".htaccess"}
    ((code, message),) = [(f.code, f.message) for f in host.judge(more, PLACE)]
    assert (code, "1,000" in message) == ("host-cannot", True)


@pytest.mark.parametrize("host", ["nginx", "caddy", "netlify", "firebase", "github"])
def test_no_documented_limit(host: str) -> None:
    assert codes(host, pages(3000)) == []


def test_cloudflares_own_spellings_come_before_the_others() -> None:
    lines = HOSTS["cloudflare"].files(pages(1999))[0].content.splitlines()
    paths = [line.split()[0] for line in lines if not line.startswith("#")]
    assert len(paths) == cloudflare.STATIC_RULES
    assert all(path.endswith("/") for path in paths[:1999])
    assert not paths[-1].endswith("/")


def test_cloudflares_hundredth_pattern_is_the_last_wildcard() -> None:
    plan = plan_of([], [(f"p{i}/*", "new.md") for i in range(101)], [f"/p{i}/x/" for i in range(101)])
    content = HOSTS["cloudflare"].files(plan)[0].content
    assert content.count("/*") == 100
    # What the others would answer has a line of its own.
    assert content.count("/x/ /new/ 301") == 1


@pytest.mark.parametrize(
    "host", ["cloudflare", "netlify", "gitlab", "vercel", "firebase", "readthedocs", "github"]
)
def test_no_410_is_said_once_with_the_number(host: str) -> None:
    plan = plan_of([], retired=["one.md", "two.md", "three.md"])
    (finding,) = HOSTS[host].judge(plan, PLACE)
    assert finding.code == "host-cannot"
    assert "410" in finding.message
    assert "and 2 more" in finding.message


def test_hosts_without_rules_cannot_answer_for_a_file() -> None:
    (finding,) = HOSTS["github"].judge(plan_of([("old/file.pdf", "new.md")]), PLACE)
    assert finding.code == "host-cannot"
    assert "/old/file.pdf" in finding.message


def test_firebase_says_that_a_query_is_lost_in_a_fragment() -> None:
    (finding,) = HOSTS["firebase"].judge(plan_of([("old.md", "new.md#x"), ("two.md", "new.md#x")]), PLACE)
    assert finding.code == "host-cannot"
    assert "query" in finding.message


def test_gitlab_leaves_what_it_cannot_say_to_stubs() -> None:
    host = HOSTS["gitlab"]
    plan = plan_of([("plain.md", "new.md"), ("anchor.md", "new.md#x"), ("out.md", "https://else.example/")])
    assert [stub_of(plan, answer, [host]) is not None for answer in plan.answers] == [True, True, False]
    assert [rule.path for rule in host.redirects(plan, variants=False)] == ["/plain/"]


def test_a_pattern_to_the_root_is_no_wildcard_anywhere() -> None:
    # "/old//else.example/" would become "//else.example/".
    plan = plan_of([], [("old/*", "./*")], ["/old/new/"])
    assert plan.patterns
    for host in HOSTS.values():
        assert host.patterns(plan) == ()
        if host.rules:
            assert [rule.url for rule in host.redirects(plan, variants=False)] == ["/new/"]


def with_own(plan: Plan, name: str, text: str) -> Plan:
    """The same plan where the site's authors keep a file for the host."""
    return replace(plan, own={name: text})


def test_cloudflares_own_lines_come_first_and_spellings_fill_the_rest() -> None:
    own = (
        "# mine\n"
        + "".join(f"/own{i}/ /new/ 301\n" for i in range(900))
        + "/own/* /new/ 301\n/late/ /new/ 301\n"
    )
    host = HOSTS["cloudflare"]
    plan = with_own(pages(1000), "_redirects", own)
    text = host.merge(own, host.files(plan)[0])
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert [n for n, line in enumerate(lines) if "*" in line] == [2000]
    assert set(own.splitlines()[1:]) <= set(lines[:2002])
    assert all(f"/p{i}/ /new/ 301" in lines for i in range(1000))
    (finding,) = host.judge(plan, PLACE)
    assert (finding.code, "1,900 other spellings" in finding.message) == ("host-cannot", True)
    # The same once more, from what stands there now.
    again = with_own(pages(1000), "_redirects", text)
    assert host.merge(text, host.files(again)[0]) == text


def test_own_lines_count_against_every_limit() -> None:
    ours = pages(1500)
    own = "".join(f"/own{i}/ /new/ 301\n" for i in range(501))
    assert codes("cloudflare", ours) == []
    ((_, message),) = codes("cloudflare", with_own(ours, "_redirects", own))
    assert "1,500 and 501 lines of your own" in message
    files = HOSTS["cloudflare"].files(with_own(ours, "_redirects", own))
    assert len([line for line in files[0].content.splitlines() if not line.startswith("#")]) == 1499
    assert "/p999/" in files[1].content  # the last by its spelling
    assert codes("gitlab", pages(999)) == []
    assert codes("gitlab", with_own(pages(999), "_redirects", "/a /new/ 301\n/b /new/ 301\n"))
    listed = json.dumps({"redirects": [{"source": f"/own{i}", "destination": "/new/"} for i in range(100)]})
    assert codes("vercel", pages(2000)) == []
    assert codes("vercel", with_own(pages(2000), "vercel.json", listed))
    for text in ("# >>> written by Unbroken at every build\n/a /b", "[1]", '{"redirects": 3}', "\udcff", ""):
        for name in ("_redirects", "vercel.json", "staticwebapp.config.json"):
            for host in HOSTS.values():
                host.judge(with_own(pages(3), name, text), PLACE)


def test_own_dynamic_lines_leave_less_room_for_patterns() -> None:
    own = "".join(f"/own{i}/* /new/ 301\n" for i in range(60))
    plan = with_own(patterns(41), "_redirects", own)
    ((_, message),) = codes("cloudflare", plan)
    assert "40 besides your own" in message
    assert HOSTS["cloudflare"].files(plan)[0].content.count("/*") == 40


def test_a_file_answers_in_small_hexadecimal_digits_where_paths_are_compared_as_sent() -> None:
    plan = plan_of([("Prüfung.pdf", "new.md"), ("über.md", "new.md")])
    for name in ("cloudflare", "vercel", "azure"):
        paths = [rule.path for rule in HOSTS[name].redirects(plan)]
        assert "/Pr%c3%bcfung.pdf" in paths
        assert "/%c3%bcber/" not in paths  # it has a stub


def test_what_has_no_answer_of_its_own_is_in_no_wildcards_way() -> None:
    # Netlify has no rule for a source with a "%", and no 410: a forced wildcard would answer in their stead.
    plan = plan_of(
        [("v1/100%25.md", "new.md")],
        [("v1/*", "v2/*"), ("v3/*", "v2/*"), ("v4/*", "v2/*")],
        ["/v1/a/"],
        ["v3/x.md"],
    )
    assert [p.prefix for p in HOSTS["netlify"].patterns(plan)] == ["/v4/"]
    assert [p.prefix for p in HOSTS["nginx"].patterns(plan)] == ["/v1/", "/v3/", "/v4/"]


def test_gitlab_gives_the_twin_of_an_address_its_stub() -> None:
    host = HOSTS["gitlab"]
    plan = plan_of([("api/r2.md", "new.md"), ("api/R2.md", "v2/a.md")])
    assert [rule.path for rule in host.redirects(plan, variants=False)] == ["/api/R2/"]
    stubs = {answer.source: stub_of(plan, answer, [host]) is not None for answer in plan.answers}
    assert stubs == {"/api/R2/": False, "/api/r2/": True}
    (finding,) = host.judge(plan, PLACE)
    assert (finding.code, "regards no case" in finding.message) == ("host-cannot", True)
    assert [rule.path for rule in HOSTS["nginx"].redirects(plan, variants=False)] == ["/api/R2/", "/api/r2/"]


def test_what_has_a_rule_of_its_own_leaves_the_wildcard_around_it() -> None:
    pages = [("v1/special.md", "new.md"), ("v1/part.md", "new.md#x"), ("out.md", "https://else.example/")]
    plan = plan_of(pages, [("v1/*", "v2/*")], ["/v1/a/"])
    for name in (
        "gitlab",
        "netlify",
        "cloudflare",
        "vercel",
        "firebase",
        "readthedocs",
        "amplify",
        "codeberg",
    ):
        assert [p.prefix for p in HOSTS[name].patterns(plan)] == ["/v1/"], name


def test_kubernetes_says_which_of_its_two_files_lacks_something() -> None:
    plan = plan_of(
        [("über.md", "new.md"), ("a.md", "new.md#x"), ("b.md", "https://e.example/?q=1"), ("c.md", "new.md")]
    )
    findings = HOSTS["kubernetes"].judge(plan, PLACE)
    assert [finding.code for finding in findings] == ["host-cannot"] * 3
    none, route, ingress = (finding.message for finding in findings)
    assert "cannot have a rule for /a/, because neither" in none
    assert "1 redirect in the Ingress alone, such as /b/" in route
    assert "1 redirect in the HTTPRoute alone, such as /%C3%BCber/" in ingress


def test_a_host_without_rules_gets_stubs_beside_one_that_shows_them_in_place_of_its_rules() -> None:
    plan = plan_of([("old.md", "new.md"), ("x.pdf", "new.md")])
    old, file = plan.answers
    gitlab, github, nginx = HOSTS["gitlab"], HOSTS["github"], HOSTS["nginx"]
    assert [stub_of(plan, old, hosts) is not None for hosts in ([], [gitlab], [gitlab, nginx])] == [
        True,
        False,
        False,
    ]
    assert [stub_of(plan, old, hosts) is not None for hosts in ([gitlab, github], [nginx, github])] == [
        True,
        True,
    ]
    assert not stub_of(plan, file, [github])


def test_below_a_folder_whose_name_no_rule_can_have_stubs_answer() -> None:
    plan = plan_of([("old.md", "new.md")], site_url="https://docs.example/a%20b/")
    for name in ("gitlab", "codeberg"):
        host = HOSTS[name]
        assert list(host.redirects(plan)) == []
        assert stub_of(plan, plan.answers[0], [host])
        assert [finding.code for finding in host.judge(plan, PLACE)] == ["host-cannot"]


def test_authors_own_lines_count_and_their_remarks_do_not() -> None:
    own = {"_redirects": "# ours\n\n/mine /there\n"}
    fitting = replace(pages(gitlab.RULES - 1), own=own)
    assert codes("gitlab", fitting) == []
    assert len(codes("gitlab", replace(pages(gitlab.RULES), own=own))) == 1
