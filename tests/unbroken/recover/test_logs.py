"""Access logs: what readers ask for in vain, what nobody follows, and that nobody can be told from either."""

from __future__ import annotations

import gzip
import json
import os
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.commands import output, run
from tests.unbroken.sites import page, write_config, write_site
from unbroken.recover import log_lines, logs

if TYPE_CHECKING:
    from pathlib import Path

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"
PAGES = {
    "index.html": page("home").replace("<article>", '<article><a href="linked/">l</a>'),
    "guide/setup/index.html": page("a"),
    "guide/use/index.html": page("b"),
    "404.html": page(),
}


def combined(ip: str, path: str, status: int, agent: str = BROWSER, day: int = 1) -> str:
    """A line as nginx and Apache write it."""
    return f'{ip} - - [{day:02}/Nov/2026:10:00:00 +0000] "GET {path} HTTP/1.1" {status} 12 "-" "{agent}"\n'


def visit(ip: str, path: str, day: int = 1) -> str:
    """A reader who asks in vain: a page that is not there, and what a browser fetches with the error page."""
    return combined(ip, path, 404, day=day) + combined(ip, "/assets/x.css", 200, day=day)


LOG = "".join(
    [
        *(visit(f"192.0.2.{n}", "/guide/setup.html", day=n) for n in range(1, 6)),
        *(visit(f"192.0.2.{n}", "/Guide/Use/", day=1) for n in range(1, 4)),
        visit("192.0.2.9", "/nothing/of/the/kind/"),
        *(combined("203.0.113.7", f"/wp-{n}.php", 404) for n in range(50)),
        combined(
            "203.0.113.8", "/guide/bot/", 404, "Mozilla/5.0 (compatible; Examplebot/2.1; +http://x.example)"
        ),
        combined("203.0.113.9", "/robots.txt", 200) + combined("203.0.113.9", "/quiet/", 404),
        combined("192.0.2.1", "/used/", 301) + combined("192.0.2.1", "/guide/use/", 200),
        visit("192.0.2.2", "/mail/anna.person@example.com/"),
        visit("192.0.2.2", "/host/198.51.100.77/"),
    ]
)


def a_site(folder: Path) -> Path:
    """A built site with three redirects, of which one is followed and one is linked to."""
    for name in ("index.md", "guide/setup.md", "guide/use.md"):
        (folder / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "docs" / name).write_text("# Page\n")
    maps = {"used.md": "guide/use.md", "idle.md": "guide/use.md", "linked.md": "guide/use.md"}
    write_config(folder, maps, site_url="https://example.com/")
    write_site(folder / "site", PAGES)
    return folder


def as_json(folder: Path, *words: str, given: bytes = b"") -> dict[str, object]:
    """What the command says for programs."""
    said = run("unbroken", "logs", *words, "--format", "json", cwd=folder, given=given)
    assert said.returncode in (0, 1), output(said)
    found: dict[str, object] = json.loads(said.stdout)
    return found


def wanted(found: dict[str, object]) -> dict[str, tuple[int, int, str, str]]:
    """Each address with its readers and days, and what it probably means."""
    listed = found["wanted"]
    assert isinstance(listed, list)
    return {w["address"]: (w["readers"], w["days"], w["confidence"], w["target"]) for w in listed}


EXPECTED = {
    "/guide/setup.html": (5, 5, "sure", "guide/setup.md"),
    "/Guide/Use/": (3, 1, "sure", "guide/use.md"),
    "/nothing/of/the/kind/": (1, 1, "none", ""),
}


def test_readers_are_counted_and_robots_are_told_by_what_they_do(tmp_path: Path) -> None:
    a_site(tmp_path)
    (tmp_path / "access.log").write_text(LOG)
    found = as_json(tmp_path, "access.log")
    assert wanted(found) == EXPECTED
    assert list(wanted(found)) == list(EXPECTED)  # the most wanted first
    assert (found["from"], found["to"]) == ("2026-11-01", "2026-11-05")
    idle = found["idle"]
    assert isinstance(idle, list)
    assert {each["source"]: each["pages"] for each in idle} == {"idle.md": [], "linked.md": ["/"]}


def test_no_person_is_told_from_what_is_printed_or_kept(tmp_path: Path) -> None:
    a_site(tmp_path)
    (tmp_path / "access.log").write_text(LOG)
    said = run("unbroken", "logs", "access.log", "--all", "-o", "out.txt", "--write", cwd=tmp_path)
    kept = output(said) + (tmp_path / "out.txt").read_text() + (tmp_path / "published-urls.txt").read_text()
    kept += "".join(f.read_text("utf-8", "replace") for f in (tmp_path / ".cache").rglob("*") if f.is_file())
    for secret in ("192.0.2", "203.0.113", "198.51.100", "anna", "Firefox", "Examplebot"):
        assert secret not in kept, secret


@pytest.mark.parametrize(
    "form", ["gzip", "pipe", "packed pipe", "caddy", "logpush", "cloudfront", "vercel", "netlify"]
)
def test_each_format_tells_the_same(form: str, tmp_path: Path) -> None:
    a_site(tmp_path)
    lines = [line for line in LOG.splitlines() if line]
    parsed = [log_lines._COMBINED.match(line.encode()) for line in lines]
    records = []
    for found in parsed:
        assert found is not None
        ip, _, path, status, agent = (part.decode() for part in found.groups())
        records.append((ip, found[2].decode(), path, int(status), agent))
    text = ""
    if form == "caddy":
        for ip, day, path, status, agent in records:
            when = 1_793_530_800 + 86_400 * (int(day[:2]) - 1)
            request = {"remote_ip": ip, "method": "GET", "uri": path, "headers": {"User-Agent": [agent]}}
            text += (
                json.dumps({"level": "info", "ts": when + 0.5, "request": request, "status": status}) + "\n"
            )
    elif form == "logpush":
        for ip, day, path, status, agent in records:
            text += json.dumps(
                {"ClientIP": ip, "ClientRequestMethod": "GET", "ClientRequestURI": path + "?q=1",
                 "ClientRequestUserAgent": agent, "EdgeResponseStatus": status,
                 "EdgeStartTimestamp": f"2026-11-{day[:2]}T10:00:00Z"}
            ) + "\n"  # fmt: skip
    elif form == "cloudfront":
        text = (
            "#Version: 1.0\n#Fields: date time c-ip cs-method cs(Host) cs-uri-stem sc-status cs(User-Agent)\n"
        )
        for ip, day, path, status, agent in records:
            cells = [
                f"2026-11-{day[:2]}",
                "10:00:00",
                ip,
                "GET",
                "x",
                path,
                str(status),
                agent.replace(" ", "%20"),
            ]
            text += "\t".join(cells) + "\n"
    elif form == "vercel":
        for ip, day, path, status, agent in records:
            when = 1_793_530_800_000 + 86_400_000 * (int(day[:2]) - 1)
            proxy = {
                "path": path,
                "statusCode": status,
                "clientIp": ip,
                "userAgent": [agent],
                "method": "GET",
            }
            text += json.dumps({"id": "1", "timestamp": when, "source": "static", "proxy": proxy}) + "\n"
    elif form == "netlify":
        for ip, day, path, status, agent in records:
            text += json.dumps(
                {"log_type": "traffic", "timestamp": f"2026-11-{day[:2]}T10:00:00.000Z", "client_ip": ip,
                 "method": "GET", "url": f"https://example.com{path}", "status_code": status,
                 "user_agent": agent}
            ) + "\n"  # fmt: skip
    if form == "pipe":
        found_in = as_json(tmp_path, "-", given=LOG.encode())
    elif form == "packed pipe":
        found_in = as_json(tmp_path, "-", given=gzip.compress(LOG.encode()))
    elif form == "gzip":
        (tmp_path / "access.log.1.gz").write_bytes(gzip.compress(LOG.encode()))
        found_in = as_json(tmp_path, "access.log.1.gz")
    else:
        (tmp_path / "log").write_text(text)
        found_in = as_json(tmp_path, "log")
    assert wanted(found_in) == EXPECTED
    assert found_in["from"] == "2026-11-01"


@pytest.mark.parametrize(
    "text",
    [
        "Top pages,Clicks,Impressions,CTR,Position\nhttps://example.com/guide/setup.html,1200,5000,4%,3\n"
        "https://example.com/guide/use/,9,9,9%,9\n",
        "name,visitors\n/guide/setup.html,1200\n/guide/use/,3\n",
        "# GA4\n#\nPage path and screen class;Views\n/guide/setup.html;1 200\n",
        "label\tnb_visits\n/guide/setup.html\t1,200\n",
    ],
    ids=["search-console", "plausible", "ga4", "matomo"],
)
def test_an_export_tells_what_is_asked_for(text: str, tmp_path: Path) -> None:
    a_site(tmp_path)
    (tmp_path / "export.csv").write_text(text)
    found = as_json(tmp_path, "export.csv")
    listed = found["wanted"]
    assert isinstance(listed, list)
    assert [(w["address"], w["times"], w["target"]) for w in listed] == [
        ("/guide/setup.html", 1_200, "guide/setup.md")
    ]
    assert found["idle"] == []  # nothing is said of redirects where no day is known


def test_what_is_sure_is_written_and_answers_then(tmp_path: Path) -> None:
    a_site(tmp_path)
    (tmp_path / "access.log").write_text(LOG)
    said = run("unbroken", "logs", "access.log", "--write", cwd=tmp_path)
    assert "guide/setup.html: guide/setup.md" in (tmp_path / "mkdocs.yml").read_text(), output(said)
    assert "/guide/setup.html\n" in (tmp_path / "published-urls.txt").read_text()
    assert list(wanted(as_json(tmp_path, "access.log"))) == ["/nothing/of/the/kind/"]
    assert run("unbroken", "check", "--map", cwd=tmp_path).returncode == 0


def test_pruned_is_only_what_nobody_uses(tmp_path: Path) -> None:
    a_site(tmp_path)
    before = (tmp_path / "mkdocs.yml").read_text()
    (tmp_path / "access.log").write_text(LOG)
    run("unbroken", "logs", "access.log", cwd=tmp_path)
    assert (tmp_path / "mkdocs.yml").read_text() == before
    said = run("unbroken", "logs", "access.log", "--prune", cwd=tmp_path)
    assert "1 redirect taken out" in said.stderr
    text = (tmp_path / "mkdocs.yml").read_text()
    assert "idle.md" not in text
    assert "linked.md" in text
    assert "used.md" in text
    assert run("unbroken", "move", "--undo", cwd=tmp_path).returncode == 0
    assert (tmp_path / "mkdocs.yml").read_text() == before


def test_pruned_is_gone_on_purpose_when_the_author_says_so(tmp_path: Path) -> None:
    a_site(tmp_path)
    (tmp_path / "access.log").write_text(LOG)
    before = (tmp_path / "mkdocs.yml").read_text()
    run("unbroken", "record", cwd=tmp_path)
    alone = run("unbroken", "logs", "access.log", "--retire", cwd=tmp_path)
    assert alone.returncode == 2
    assert "Add --prune" in alone.stderr
    assert (tmp_path / "mkdocs.yml").read_text() == before
    said = run("unbroken", "logs", "access.log", "--prune", "--retire", cwd=tmp_path)
    assert "listed under retired" in said.stderr
    assert yaml.safe_load((tmp_path / "mkdocs.yml").read_text())["plugins"]["unbroken"]["retired"] == [
        "idle.md"
    ]
    assert "lost" not in run("unbroken", "check", "--map", cwd=tmp_path).stdout
    assert run("unbroken", "move", "--undo", cwd=tmp_path).returncode == 0
    assert (tmp_path / "mkdocs.yml").read_text() == before


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff" * 5_000,
        b"\x1f\x8b\x08\x00broken",
        b"just words\nand more\n",
        b"{" * 100_000,
        b'{"a": ' * 5_000,
        b"x" * 1_000_000,
    ],
    ids=["empty", "binary", "bad gzip", "words", "braces", "nested", "one line"],
)
def test_what_is_no_log_is_refused_or_left_out(data: bytes, tmp_path: Path) -> None:
    a_site(tmp_path)
    (tmp_path / "log").write_bytes(data)
    said = run("unbroken", "logs", "log", cwd=tmp_path)
    assert said.returncode in (0, 2), output(said)
    assert "Traceback" not in output(said)
    if said.returncode == 2:
        assert "log" in said.stderr
        assert said.stderr.count("\n") == 1


def test_forged_lines_and_escapes_reach_no_terminal(tmp_path: Path) -> None:
    a_site(tmp_path)
    forged = [
        visit("192.0.2.1", "/\x1b[2Jred/"),
        visit("192.0.2.1", '/a\\" 200 1 \\"-\\" \\"x/'),
        visit("192.0.2.1", "/%1b%5b31m/"),
        visit("192.0.2.1", "/\\x1B[31m/"),
        visit("192.0.2.1", "/%0d%0aforged:1/"),
        visit("192.0.2.1", "/../../etc/passwd"),
        visit("192.0.2.1", "/" + "a" * 100_000),
        visit("192.0.2.1", "/%E2%80%AE/"),
        '192.0.2.1 - "] [ "GET / HTTP\n',
        "\x9b31m\n",
    ]
    (tmp_path / "access.log").write_bytes("".join(forged).encode("utf-8", "surrogateescape"))
    for form in ("text", "json"):
        said = run("unbroken", "logs", "access.log", "--format", form, "--write", cwd=tmp_path)
        assert said.returncode in (0, 1), output(said)
        assert not any(c in output(said) for c in "\x1b\x9b\u202e\r")
    assert run("unbroken", "check", "--map", cwd=tmp_path).returncode == 0


def test_memory_and_time_do_not_grow_with_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "ADDRESSES", 1_000)
    monkeypatch.setattr(logs, "CLIENTS", 1_000)
    lines = (
        combined(
            f"10.0.{n % 250}.{n // 250 % 250}", "/wanted/" if n % 3 == 0 else f"/once/{n}/", 404
        ).encode()
        for n in range(20_000)
    )
    tally = logs.count(log_lines.requests(lines, "x"), {}, "", [])
    assert tally.requests == 20_000
    assert tally.dropped > 10_000
    assert len(tally.misses) <= 1_000
    assert tally.misses[0].path == "/wanted/"
    assert tally.misses[0].times == 6_667


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    a_site(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    pid = os.fork()
    if pid == 0:  # pragma: no cover
        (tmp_path / "pipe").write_text(LOG)
        os._exit(0)
    assert wanted(as_json(tmp_path, "pipe")) == EXPECTED
    os.waitpid(pid, 0)
