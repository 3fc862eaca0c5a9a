"""What a site's authors wrote into a host's own file stays, and ours goes in once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.unbroken.publish.hosts.names import plan_of
from unbroken.publish.hosts import HOSTS, HostFile, clashes

if TYPE_CHECKING:
    from unbroken.model.plan import Plan

THEIRS = {
    "_redirects": "# mine\n/mine /there 302\n/all/* /there/:splat 302\n",
    ".htaccess": "# mine\nErrorDocument 404 /404.html\n",
}
PLAN = plan_of([("old.md", "new.md")], [("v1/*", "v2/*")], ["/v1/a/"])
OTHER = plan_of([("other.md", "new.md")])


def root_file(host: str, plan: Plan = PLAN) -> HostFile:
    """The file that a host reads from the published folder."""
    return next(file for file in HOSTS[host].files(plan) if "/" not in file.path)


@pytest.mark.parametrize("host", ["cloudflare", "netlify", "gitlab", "apache"])
class TestLines:
    def test_both_are_there(self, host: str) -> None:
        ours = root_file(host)
        merged = HOSTS[host].merge(THEIRS[ours.path], ours)
        for line in [*THEIRS[ours.path].splitlines(), *ours.content.splitlines()]:
            assert line in merged.splitlines()

    def test_twice_is_once(self, host: str) -> None:
        ours = root_file(host)
        merged = HOSTS[host].merge(THEIRS[ours.path], ours)
        assert HOSTS[host].merge(merged, ours) == merged
        assert HOSTS[host].merge(ours.content, ours) == ours.content

    def test_what_we_no_longer_say_goes(self, host: str) -> None:
        merged = HOSTS[host].merge(THEIRS[root_file(host).path], root_file(host))
        later = HOSTS[host].merge(merged, root_file(host, OTHER))
        assert later == HOSTS[host].merge(THEIRS[root_file(host).path], root_file(host, OTHER))
        assert HOSTS[host].merge(merged, root_file(host, plan_of([]))) == THEIRS[root_file(host).path]

    def test_a_last_line_without_its_end(self, host: str) -> None:
        ours = root_file(host)
        merged = HOSTS[host].merge(THEIRS[ours.path].rstrip("\n"), ours)
        assert merged == HOSTS[host].merge(THEIRS[ours.path], ours)

    def test_a_block_without_its_end_is_an_error(self, host: str) -> None:
        ours = root_file(host)
        broken = "\n".join(ours.content.splitlines()[:-1])
        with pytest.raises(ValueError, match="is missing; delete"):
            HOSTS[host].merge(broken, ours)


def test_on_cloudflare_static_lines_stay_before_dynamic_ones() -> None:
    merged = HOSTS["cloudflare"].merge(THEIRS["_redirects"], root_file("cloudflare"))
    rules = [line for line in merged.splitlines() if not line.startswith("#")]
    dynamic = ["*" in line for line in rules]
    assert dynamic == sorted(dynamic)
    assert rules[0] == "/old/ /new/ 301"
    assert rules[-1] == "/v1/* /v2/:splat 301"


@pytest.mark.parametrize(
    ("host", "member", "key"), [("vercel", "redirects", "source"), ("azure", "routes", "route")]
)
class TestJson:
    def test_both_are_there_and_ours_is_first(self, host: str, member: str, key: str) -> None:
        theirs = {"kept": {"deep": 1}, member: [{key: "/mine"}, {key: "/old/", "replaced": True}]}
        merged = json.loads(HOSTS[host].merge(json.dumps(theirs), root_file(host)))
        assert merged["kept"] == {"deep": 1}
        assert merged[member] == [*json.loads(root_file(host).content)[member], {key: "/mine"}]

    def test_twice_is_once(self, host: str, member: str, key: str) -> None:
        ours = root_file(host)
        merged = HOSTS[host].merge(json.dumps({member: [{key: "/mine"}]}), ours)
        assert HOSTS[host].merge(merged, ours) == merged

    def test_no_list_of_theirs(self, host: str, member: str, key: str) -> None:
        assert json.loads(HOSTS[host].merge("{}", root_file(host))) == json.loads(root_file(host).content)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("{", "not valid JSON: Expecting"),
            ("[]", "not a JSON object"),
            ('{"redirects": 1, "routes": 1}', "not a list of objects"),
            ('{"redirects": [1], "routes": [1]}', "not a list of objects"),
        ],
    )
    def test_a_broken_file_is_an_error(
        self, host: str, member: str, key: str, text: str, reason: str
    ) -> None:
        with pytest.raises(ValueError, match=reason):
            HOSTS[host].merge(text, root_file(host))


@pytest.mark.parametrize("host", [name for name in HOSTS if HOSTS[name].rules])
def test_files_of_our_own_folder_are_written_anew(host: str) -> None:
    for file in HOSTS[host].files(PLAN):
        if file.path.startswith("_unbroken/"):
            assert HOSTS[host].merge("whatever", file) == file.content
        else:
            assert "/" not in file.path


def test_root_files_are_all_that_stands_at_the_root() -> None:
    for host in HOSTS.values():
        assert tuple(file.path for file in host.files(PLAN) if "/" not in file.path) == host.root_files


def test_hosts_that_write_one_file_clash() -> None:
    assert clashes(HOSTS) == [
        ("cloudflare", "netlify", "_redirects"),
        ("cloudflare", "gitlab", "_redirects"),
        ("cloudflare", "codeberg", "_redirects"),
    ]
    assert clashes(["nginx", "apache", "vercel", "azure", "netlify", "nowhere", "netlify"]) == []
