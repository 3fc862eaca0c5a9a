"""`unbroken check` at the shell: exit codes, formats, --fix, --since, and what is kept between runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from tests.commands import at_terminal
from tests.unbroken.check import sites
from tests.unbroken.check.sites import as_json, heading, link, page
from unbroken.cli.main import main
from unbroken.formats.html import Page, read_page
from unbroken.workspace import built_site as reading
from unbroken.workspace.cache import Cache

if TYPE_CHECKING:
    from pathlib import Path

NEW = page(heading("one"))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site with one broken link and one through a redirect; the working directory."""
    sites.configure(tmp_path, {"old.md": "new.md"})
    sites.write(
        tmp_path,
        {
            "docs/a.md": "# A\n\n[x](no.md) <a href='../old/#one'>y</a>\n",
            "docs/new.md": "# New\n",
            "site/a/index.html": page(link("../no/"), link("../old/#one")),
            "site/new/index.html": NEW,
        },
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", *arguments])


def test_at_a_terminal_findings_stand_below_their_file(here: Path) -> None:
    (here / "docs/new.md").write_text("# New\n\n[z](gone.md)\n")
    (here / "site/new/index.html").write_text(page(heading("one"), link("../gone/")))
    code, shown = at_terminal("unbroken", "check", cwd=here)
    assert code == 1
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
    files = [line for line in plain.splitlines() if line and not line.startswith(" ")]
    assert files[:2] == ["docs/a.md", "docs/new.md"]
    assert "\n    3:5  broken-link  " in plain
    assert "\x1b[31mbroken-link\x1b[0m" in shown
    assert "\x1b[33mthrough-redirect\x1b[0m" in shown
    assert re.search(r"\n2 errors, \d warnings?\.\nWhat each code means: https://", plain), plain


def test_at_a_terminal_it_says_that_nothing_is_wrong(here: Path) -> None:
    (here / "docs/a.md").write_text("# A\n")
    (here / "site/a/index.html").write_text(page(heading("a")))
    assert at_terminal("unbroken", "check", "--map", cwd=here) == (0, "Nothing is wrong.\n")


def test_it_exits_with_what_it_found(here: Path) -> None:
    assert check().exit_code == 1
    assert check("--map").exit_code == 0
    sites.configure(here, {"old.md": "new.md"}, severity={"broken-link": "warning"})
    assert check().exit_code == 0
    assert check("--strict").exit_code == 1
    assert check("nowhere").exit_code == 2
    assert check("nowhere").output == "unbroken: there is no site in nowhere. Build it first.\n"
    assert check("--since", "nothing").exit_code == 2
    shutil.rmtree(here / "site")
    assert check().exit_code == 2
    assert "there is no site in site. Build it first" in check().output
    assert check("--map").exit_code == 0


def test_templates_among_the_sources_are_no_pages(here: Path) -> None:
    template = page("<img src=\"{{ 'logo.png' | url }}\">")
    sites.write(here, {"docs/theme/main.html": template, "site/theme/main.html": template})
    assert "/theme/%7B" in check().output
    (here / "mkdocs.yml").write_text((here / "mkdocs.yml").read_text() + "theme:\n  custom_dir: docs/theme\n")
    assert "theme" not in check().output


def test_any_built_site_can_be_checked_without_a_configuration(here: Path) -> None:
    (here / "mkdocs.yml").unlink()
    stub = '<meta http-equiv="refresh" content="0; url={}">'
    sites.write(
        here,
        {
            "site/old/index.html": stub.format("../new/"),
            "site/ring/index.html": stub.format("../ring2/"),
            "site/ring2/index.html": stub.format("../ring/"),
            "site/dead/index.html": stub.format("../nothing/"),
            "site/new/index.html": NEW + '<script data-unbroken-moves=\'{"was":"#one"}\'></script>',
            "site/b/index.html": page(
                *(link(f"../{url}") for url in ("old/#two", "new/#was", "ring/", "dead/"))
            ),
        },
    )
    said = [(f["code"], f["message"]) for f in as_json(check("site", "--format", "json"))]
    assert sorted(said) == [
        ("broken-anchor", "#two is not on /new/, where /old/#two leads."),
        ("broken-link", "/nothing/ is not there, where /dead/ leads."),
        ("broken-link", "/nothing/ is not there."),
        ("broken-link", "/ring/ leads round in a circle."),
        ("broken-link", "/ring/ leads round in a circle."),
        ("broken-link", "/ring2/ leads round in a circle."),
        ("broken-link", "docs/no.md is not there."),
        ("through-redirect", "/new/#was works only thanks to a redirect."),
        ("through-redirect", "/old/#one works only thanks to a redirect."),
    ]


def test_a_site_without_the_stubs_of_its_map_is_unfinished(here: Path) -> None:
    found = [f for f in as_json(check("--format", "json")) if f["code"] == "unfinished"]
    assert [(f["message"], f["remedy"]) for f in found] == [
        ("site has no stub at /old/.", "Run: unbroken finish site.")
    ]
    CliRunner().invoke(main, ["finish", "site"])
    assert "unfinished" not in check().output


# Formats.


def test_every_format_says_the_same(here: Path) -> None:
    found = as_json(check("--format", "json"))
    places = [(f["file"], f["line"], f["column"], f["code"]) for f in found]
    assert ("docs/a.md", 3, 5, "broken-link") in places

    log = json.loads(check("--format", "sarif").stdout)
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    rules = run["tool"]["driver"]["rules"]
    results = [
        (
            r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            r["locations"][0]["physicalLocation"]["region"]["startLine"],
            r["locations"][0]["physicalLocation"]["region"]["startColumn"],
            rules[r["ruleIndex"]]["id"],
        )
        for r in run["results"]
    ]
    assert results == places

    suite = ElementTree.fromstring(check("--format", "junit").stdout)
    cases = [(c.get("file"), int(c.get("line", 0)), c.get("classname")) for c in suite.iter("testcase")]
    assert cases == [(file, line, code) for file, line, _, code in places]
    assert len(list(suite.iter("failure"))) == len(places)

    lines = check("--format", "github").stdout.splitlines()
    assert [line.partition(" ")[0] for line in lines] == [f"::{f['severity']}" for f in found]
    assert "file=docs/a.md,line=3,col=5,title=unbroken broken-link::docs/no.md is not there." in lines[0]

    text = check().stdout.splitlines()
    assert [line.partition(": ")[0] for line in text[:-1]] == [f"{f}:{n}:{c}" for f, n, c, _ in places]
    assert text[-1] == "1 error, 2 warnings."


@pytest.mark.parametrize("where", ["sub/site", "sub", "."])
def test_a_code_host_is_told_paths_from_the_top_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    site = tmp_path / "sub/site"
    (site / "docs").mkdir(parents=True)
    sites.write(
        site,
        {
            "mkdocs.yml": "site_name: x\nplugins: [unbroken]\n",
            "docs/a.md": "[x](no.md)\n",
            "site/index.html": page(),
            "site/a/index.html": page('<a href="no.md">x</a>'),
        },
    )
    sites.commit(tmp_path)
    monkeypatch.chdir(tmp_path / where)
    config = os.path.relpath(site / "mkdocs.yml")

    def told(form: str) -> str:
        return CliRunner().invoke(main, ["-f", config, "check", "--format", form]).stdout

    assert "file=sub/site/docs/a.md,line=1,col=5," in told("github")
    (run,) = json.loads(told("sarif"))["runs"]
    (location,) = run["results"][0]["locations"]
    assert location["physicalLocation"]["artifactLocation"] == {
        "uri": "sub/site/docs/a.md",
        "uriBaseId": "%SRCROOT%",
    }
    # For people and programs here it is a path that they can open.
    here = os.path.relpath(site / "docs/a.md")
    assert told("text").startswith(f"{here}:1:5: ")


@pytest.mark.parametrize("form", ["json", "sarif", "junit", "github", "text"])
def test_no_format_can_be_broken_out_of(here: Path, form: str) -> None:
    evil = "no%0A::error::x'\"<&>\u2028\ud7ff\x0b]]>/"
    sites.write(here, {"docs/a.md": "x\n", "site/a/index.html": page(f'<a href="{evil}\x01\n\r::">x</a>')})
    output = check("--format", form).stdout
    if form in ("json", "sarif"):
        json.loads(output)
    elif form == "junit":
        ElementTree.fromstring(output)
    else:
        assert not any(line.startswith("::error::") for line in output.splitlines())
        assert len(output.splitlines()) == output.count("\n")


def test_a_report_is_written_to_a_file(here: Path) -> None:
    result = check("--format", "sarif", "-o", "out/report.sarif")
    assert (result.exit_code, result.stdout) == (1, "")
    assert json.loads((here / "out/report.sarif").read_text())["version"] == "2.1.0"
    assert check("-o", "site").exit_code == 2


# --fix.


def test_links_through_redirects_are_mended_in_the_source(here: Path) -> None:
    sites.configure(
        here, {"old.md": "new.md", "away.md": "https://example.org/x", "new.md#was": "sub/index.md#one"}
    )
    source = (
        "<a href='../old/#one'>y</a>\r\n[a](new.md#was 'title') [r] ![n](no.png)\n\n"
        "[r]: ../away/\n```\n[a](new.md#was)\n```\n"
    )
    sites.write(
        here,
        {
            "docs/a.md": source,
            "docs/sub/index.md": "# Sub\n",
            "site/sub/index.html": NEW,
            "site/a/index.html": page(
                link("../old/#one"), link("../new/#was"), link("../away/"), '<img src="../no.png">'
            ),
        },
    )
    result = check("--fix")
    assert "3 links rewritten in 1 file." in result.output
    assert result.exit_code == 1  # the image is still missing
    assert (here / "docs/a.md").read_bytes().decode() == (
        source.replace("'../old/#one'", "'../new/#one'")
        .replace("(new.md#was 'title')", "(sub/index.md#one 'title')")
        .replace("../away/", "https://example.org/x")
    )


def test_the_ledger_is_brought_up_to_date(here: Path) -> None:
    sites.write(here, {"published-urls.txt": "/a/\n"})
    assert "ledger-behind" in check().output
    check("--fix")
    assert (here / "published-urls.txt").read_text() == "/a/\n/new/\n/new/#one\n/old/\n"
    assert "ledger-behind" not in check().output


# --since.


def test_only_what_is_new_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = "site_name: x\nsite_url: https://example.com/\ntheme: {name: mkdocs}\nplugins: {search: {}}\n"
    sites.write(
        tmp_path,
        {"mkdocs.yml": config, "docs/index.md": "# Home\n\n[a](no.md) [b](b.md)\n", "docs/b.md": "# B\n"},
    )
    sites.commit(tmp_path)
    (tmp_path / "docs/b.md").unlink()
    sites.write(tmp_path, {"site/index.html": page(heading("home"), link("no.md"), link("b.md"), link("b/"))})
    assert [f["message"] for f in as_json(check("--format", "json", "--since", "HEAD"))] == [
        "/b/ is not there.",
        "docs/b.md is not there.",
    ]


# What is kept between runs.


def test_a_second_run_reads_only_the_page_that_changed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = check().stdout
    made: list[bytes] = []
    real = read_page

    def noted(data: bytes) -> Page:
        made.append(data)
        return real(data)

    monkeypatch.setattr(reading, "read_shallow", noted)
    assert check().stdout == first
    assert made == []
    for name in ("a", "new"):
        os.utime(here / f"site/{name}/index.html")
    sites.write(here, {"site/a/index.html": page(link("../new/"), link("../gone/"))})
    assert "/gone/ is not there" in check().stdout
    assert len(made) == 1
    assert check("--no-cache").exit_code == 1
    assert len(made) == 3


@pytest.mark.parametrize("damage", [b"", b"x", None, b"\0" * 500])
def test_a_damaged_cache_counts_as_none(here: Path, damage: bytes | None) -> None:
    first = check().stdout
    (kept,) = (here / ".cache/unbroken").glob("*.pages")
    data = bytearray(kept.read_bytes())
    data[len(data) // 2] ^= 1
    kept.write_bytes(bytes(data) if damage is None else damage)
    assert check().stdout == first
    assert sites.git(here, "init", "--quiet") == ""
    assert ".cache" not in sites.git(here, "status", "--short", "--untracked-files=all")


def test_runs_at_the_same_time_do_not_harm_each_other(here: Path) -> None:
    first = check().stdout
    failed: list[BaseException] = []

    def again() -> None:
        try:
            for number in range(20):
                cache = Cache(here, here / "site")
                cache.recall(str(here / "site/a/index.html"), f"{number}", reading.read_file, read_page)
                cache.save()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=again) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert check().stdout == first
    assert len(list((here / ".cache/unbroken").glob("*.pages"))) == 1


def test_the_cache_keeps_few_sites(here: Path) -> None:
    for number in range(12):
        sites.write(here, {f"public{number}/index.html": page()})
        check(f"public{number}")
    assert len(list((here / ".cache/unbroken").glob("*.pages"))) == 8


# Two processes.


@pytest.mark.parametrize("cached", [False, True])
def test_two_processes_read_what_one_reads(here: Path, monkeypatch: pytest.MonkeyPatch, cached: bool) -> None:
    sites.write(here, {f"site/p{n}/index.html": page(heading(f"h{n}"), link("../no/")) for n in range(6)})
    sites.write(here, {"site/p4/index.html": b"\0", "site/p0/index.html": b"\0"})
    monkeypatch.setattr(os, "cpu_count", lambda: 2)

    def read() -> tuple[dict[str, Page], dict[str, str]]:
        cache = Cache(here, here / "site") if cached else None
        site = reading.Site(here / "site", whole=True, cache=cache)
        if cache:
            cache.save()
        return dict(site.pages()), site.faults

    alone = read()
    monkeypatch.setattr(reading, "_MANY", 2)
    for name in ("p1", "p5"):
        os.utime(here / f"site/{name}/index.html")
    assert read() == alone
    # The other process is killed before it has said anything.
    first = os.getpid()
    real = read_page

    def deadly(data: bytes) -> Page:
        if os.getpid() != first:
            os._exit(9)
        return real(data)

    monkeypatch.setattr(reading, "read_shallow", deadly)
    sites.write(here, {"site/p5/index.html": page(heading("h5"), link("../no/"), "")})
    assert read() == alone
