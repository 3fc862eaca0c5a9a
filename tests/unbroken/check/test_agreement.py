"""Faults planted in a site of MkDocs and Zensical: `check`, the plugin, linkchecker and lychee agree."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from scripts.bench import corpus
from tests.commands import must, run
from tests.site.crawl import crawl
from tests.unbroken.check import sites
from tests.unbroken.check.sites import findings
from unbroken.check import report

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.bench.corpus import Corpus

PAGES = 61  # each kind of fault once


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """The corpus, built by MkDocs with the plugin."""
    made = corpus.generate(tmp_path_factory.mktemp("corpus"), PAGES)
    result = must(run("mkdocs", "build", "--no-strict", cwd=made.root))
    (made.root / "build.log").write_text(result.stderr, encoding="utf-8")
    return made


def planted(made: Corpus) -> set[tuple[str, str, int]]:
    return {(code, file, line) for code, places in made.planted.items() for file, line in places}


def found(made: Corpus) -> set[tuple[str, str, int]]:
    return {(code, file, line) for code, file, line, _ in sites.said(findings(made.root), made.root)}


def test_exactly_what_was_planted_is_found_at_its_line(built: Corpus) -> None:
    assert len(planted(built)) == 6
    assert found(built) == planted(built)


def test_the_plugin_says_in_the_build_what_check_says_after_it(built: Corpus) -> None:
    log = (built.root / "build.log").read_text(encoding="utf-8")
    said = {line.partition("unbroken: ")[2] for line in log.splitlines() if "unbroken: " in line}
    lines = {
        line.replace(f"{built.root}/", "") for line in report.text(findings(built.root)).splitlines()[:-1]
    }
    # What is harmless is said at the level of information.
    assert said <= lines
    assert {line for line in lines if ": error " in line} <= said


def test_the_same_site_by_zensical_has_the_same_findings(built: Corpus, tmp_path: Path) -> None:
    made = corpus.Corpus(tmp_path, PAGES, built.planted)
    shutil.copytree(built.root / "docs", tmp_path / "docs")
    shutil.copy(built.root / "mkdocs.yml", tmp_path)
    must(run("zensical", "build", cwd=tmp_path))
    assert run("unbroken", "finish", "site", cwd=tmp_path).returncode == 1  # a redirect is wrong on purpose
    assert found(made) == planted(made)


def test_an_independent_crawler_finds_nothing_else(built: Corpus) -> None:
    """linkchecker takes a stub for the page: it says that each anchor behind one is missing.

    It does not know that an anchor exists where the visitor ends up, and so cannot tell a good one behind a
    redirect from a bad one; and a link that works thanks to a redirect is none of its business.
    """
    faults = crawl(built.site, ["/", "/old/page-00000/"]).faults
    crawled = {(fault.partition(" line ")[0], fault.split(": ", 2)[1]) for fault in faults}
    ours = {
        (f"/{file.removeprefix('docs/').removesuffix('.md')}/", code)
        for code, file, _ in planted(built)
        if file.startswith("docs/")
    }
    pages = {page for page, _ in crawled}
    assert pages - {"/404.html"} <= {page for page, _ in ours}
    blind = {page for page, code in ours if code == "through-redirect"}
    assert {page for page, code in ours if code in ("broken-link", "broken-anchor")} - blind <= pages


def test_lychee_finds_what_check_finds_but_for_what_is_named_here(built: Corpus) -> None:
    """It reads the files, and takes a stub for the page that visitors see in its place."""
    result = run(
        *("lychee", "--offline", "--include-fragments", "--no-progress", "--format", "json"),
        *("--root-dir", built.site, "--index-files", "index.html", "site"),
        cwd=built.root,
    )
    assert result.returncode == 2  # it found something
    report = json.loads(result.stdout)
    assert report["total"] > 15 * PAGES
    theirs = {
        (page.removeprefix("site"), error["url"].removeprefix(f"file://{built.site}"))
        for page, errors in report["error_map"].items()
        for error in errors
    }

    def page(number: int) -> str:
        return f"/{corpus.page_path(number)[:-3]}/index.html"

    def there(number: int) -> str:
        return f"/{corpus.page_path(number)[:-3]}"

    # Good anchors behind a redirect: the stub has none, and lychee does not follow it.
    false_alarms = {(page(40), "/old/page-00049#part-3-of-49")}
    # What works thanks to a redirect is no fault to it.
    blind = {file for file, _ in built.planted["through-redirect"]}
    assert blind == {f"docs/{corpus.page_path(number)}" for number in (30, 40)}
    assert theirs - false_alarms == {
        (page(10), "/old/nothing"),
        (page(20), f"{there(31)}#nothing"),
        (page(50), "/old/page-00058#nothing"),  # and not behind the stub either, which it does not know
        ("/old/page-00060/index.html", f"{there(60)}#not-there"),  # the redirect, in its stub
    }
    assert false_alarms < theirs
    ours = built.planted["broken-link"] | built.planted["broken-anchor"]
    assert {f"/{file.removeprefix('docs/')[:-3]}/index.html" for file, _ in ours} == {
        source for source, _ in theirs - false_alarms if not source.startswith("/old/")
    }
