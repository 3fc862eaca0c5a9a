"""Faults planted in a site that MkDocs and Zensical build: `check`, the plugin and linkchecker agree."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from scripts.bench import corpus
from tests.check import sites
from tests.check.sites import findings
from tests.commands import must, run
from tests.crawl import crawl
from unbroken import report

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
