"""Nasty names on the real servers: each answers what the plan says, and nothing else happens."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.servers.apache import apache
from tests.unbroken.publish.hosts.conftest import SERVERS, on_every_server
from tests.unbroken.publish.hosts.names import plan_of, plans, target_cannot
from tests.unbroken.publish.hosts.table import ask
from tests.unbroken.sites import page, write_site
from unbroken.publish.hosts import HOSTS

if TYPE_CHECKING:
    from unbroken.model.plan import Plan

#: Which names a host may leave to the stubs. Any other has to have its rule.
LEFT_OUT = {
    "nginx": re.compile(r"/.*/.*/"),
    "caddy": re.compile(r"/.*/.*/"),
    "apache": re.compile(r"/.*/.*/"),
    "haproxy": re.compile(r"/.*/.*/"),
    "traefik": re.compile(r"/.*/.*/"),
    "azure": re.compile(r"[*{]"),
    "firebase": re.compile(r"/.*/.*/"),
    "netlify": re.compile(r"[*%\s\ufeff]|/:|/.*/.*/"),
    "cloudflare": re.compile(r"[*]|:[A-Za-z]"),
}
# Where there is neither rule nor file.
NOTHING = {name: {404} for name in SERVERS} | {
    # Before it looks for a file, it redirects to the spelling that JavaScript's encodeURIComponent gives.
    "workers": {404, 307},
}
ONCE = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def written(folder: Path, plan: Plan, host: str) -> Path:
    """A site of two pages with one host's rule files and no stubs."""
    pages = {"index.html": page(), "404.html": page(), "new/index.html": page(), "v2/a/index.html": page()}
    return write_site(folder, pages | {file.path: file.content for file in HOSTS[host].files(plan)})


def same(sent: str | None, meant: str) -> bool:
    """Whether two URLs are the same but for what needs no escape."""
    if sent is None:
        return False
    here, there = urlsplit(sent), urlsplit(meant)
    parts = [(unquote(a), unquote(b)) for a, b in zip(here[2:], there[2:], strict=True)]
    return all(a == b for a, b in parts) and (not there.netloc or there[:2] == here[:2])


@pytest.mark.parametrize("server", on_every_server(with_rule_files=True))
def test_every_name_answers_as_planned(server: str) -> None:
    host, start = SERVERS[server]

    @ONCE
    @given(plans())
    def all_of_them(plan: Plan) -> None:
        with (
            tempfile.TemporaryDirectory(prefix="names-") as place,
            start(written(Path(place), plan, host)) as running,
        ):
            for answer in plan.answers:
                url = HOSTS[host].target(plan, answer.target)
                status, location, _ = ask(running.url, answer.source)
                if server == "firebase" and "?" in url and location:
                    location = location.removesuffix("&")  # it joins a query, though none came
                if why := HOSTS[host].obstacle(answer.source, url):
                    left_out = LEFT_OUT[host].search(unquote(answer.source))
                    assert left_out or target_cannot(host, url), (answer.source, why)
                    assert status in NOTHING[server], answer
                else:
                    assert (status, same(location, url)) == (301, True), (answer, location)
            assert ask(running.url, "/new/")[0] == 200
            assert ask(running.url, "/never/")[0] == 404

    all_of_them()


@pytest.mark.parametrize("server", on_every_server(with_rule_files=True))
def test_patterns_with_nasty_prefixes(server: str) -> None:
    host, start = SERVERS[server]
    prefixes = [f"p{i}{c}q" for i, c in enumerate("!\"$&'()+,-.;<=>@[]^_`{|}~ é中")]
    plan = plan_of([], [(f"{prefix}/*", "v2/*") for prefix in prefixes])
    usable = HOSTS[host].patterns(plan)
    # Azure cannot take over the rest of an address.
    assert len(usable) >= len(prefixes) - {"netlify": 1, "azure": len(prefixes)}.get(host, 0)
    with (
        tempfile.TemporaryDirectory(prefix="names-") as place,
        start(written(Path(place), plan, host)) as running,
    ):
        for pattern in usable:
            sent = ask(running.url, pattern.prefix + "a/%C3%A9$b/?x=%20y")
            assert sent[0] == 301, pattern
            assert same(sent[1], "/v2/a/%C3%A9$b/?x=%20y") or server == "netlify", sent
            assert ask(running.url, pattern.prefix[:-1] + "z/")[0] in NOTHING[server]


@pytest.mark.parametrize("server", ["apache", "htaccess"])
def test_a_target_of_apache_refers_to_nothing(tmp_path: Path, server: str) -> None:
    host, start = SERVERS[server]
    there = "https://else.example/$1/%1/${unbroken:x}"
    plan = plan_of([("one.md", there), ("long.md", f"{there}/{'z' * 1000}")], [("v1/*", f"{there}/*")])
    with start(written(tmp_path, plan, host)) as running:
        assert len(plan.answers) == 2
        for answer in plan.answers:
            status, location, _ = ask(running.url, answer.source)
            assert (status, same(location, plan.url(answer.target))) == (301, True), location
        assert same(ask(running.url, "/v1/a/")[1], f"{plan.url(plan.patterns[0].target)}a/")


def test_apache_answers_what_is_too_long_for_its_map(tmp_path: Path) -> None:
    name = "設定ガイド入門編第一章概要と手順についての説明" * 2
    redirects = [(f"{name}.md", "new.md"), (f"b/{'y' * 200}.md", f"https://else.example/{'z' * 900}?a=1#b")]
    plan = plan_of([*redirects, ("short.md", "new.md")])
    with apache(written(tmp_path, plan, "apache")) as running:
        assert len(plan.answers) == 3
        for answer in plan.answers:
            status, location, _ = ask(running.url, answer.source + "?q=1")
            url = plan.url(answer.target).replace("?a=1", "?a=1&q=1")
            assert (status, same(location, url if "?" in url else url + "?q=1")) == (301, True)
