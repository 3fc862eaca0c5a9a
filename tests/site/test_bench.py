"""The bench: each trait of a corpus is seen in what is built of it, and its faults are found."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import pytest

from scripts.bench import corpus
from scripts.bench.check import chosen
from scripts.bench.recover import busy
from scripts.bench.traits import LIKES, Traits
from tests.commands import must, run
from tests.unbroken.check import sites
from tests.unbroken.check.sites import findings

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.bench.corpus import Corpus

PAGES = 61
ALL = Traits(
    navigation=30, raw_links=4, minified=True, drawings=2, lines=True, reference=20, anchors=100, heavy=50,
    encoded=True, templates=True, includes=True, findings=20, ledger=300, commits=3,
)  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """A corpus with every trait, built."""
    made = corpus.generate(tmp_path_factory.mktemp("corpus"), PAGES, ALL)
    must(run("mkdocs", "build", "--quiet", "--no-strict", cwd=made.root))
    return made


def html(made: Corpus, number: int) -> str:
    file = made.site / corpus.page_path(number, ALL)[:-3] / "index.html"
    return file.read_text(encoding="utf-8")


def test_every_trait_is_switched_on_here() -> None:
    assert all(dataclasses.astuple(dataclasses.replace(ALL, seed=1)))


def test_pages_have_the_traits_that_were_asked_for(built: Corpus) -> None:
    page, reference = html(built, 5), html(built, 19)
    assert page.count("Page 29") == 1  # the whole navigation
    assert "https://other.example/0/" in page
    assert re.search(r"<a href=[^\"'\s>]+[\s>]", page)
    assert "id=drawing-1" in page
    assert 'id="__codelineno-0-1"' in page  # what is preformatted stays as it is
    assert len(set(re.findall(r"id=(corpus\.module00019[\w.]*)", reference))) == ALL.anchors + 1
    assert "gr%C3%B6%C3%9Fe" in page
    assert page.count(">broken</a><a href=/s00/") == 1  # the template
    assert "See <a href=" in page  # the included file
    settings = (built.root / "mkdocs.yml").read_text(encoding="utf-8")
    assert len(re.findall(r"old/heavy-\d+\.md: \S+#corpus\.module", settings)) == PAGES // 2
    ledger = (built.root / "published-urls.txt").read_text(encoding="utf-8").splitlines()
    assert len(ledger) == ALL.ledger
    assert ledger == sorted(ledger)
    assert len(sites.git(built.root, "log", "--format=%H").split()) == ALL.commits + 3


def test_exactly_what_was_planted_is_found_at_its_line(built: Corpus) -> None:
    said = {(code, file, line) for code, file, line, _ in sites.said(findings(built.root), built.root)}
    planted = {(code, file, line) for code, places in built.planted.items() for file, line in places}
    # The ledger holds some of what is published.
    assert {each for each in said if each[0] != "ledger-behind"} == planted
    assert len(planted) == 6 + 2 + ALL.findings


def test_the_same_seed_makes_the_same_corpus_and_another_seed_another(tmp_path: Path) -> None:
    def made(name: str, traits: Traits) -> dict[str, bytes]:
        root = corpus.generate(tmp_path / name, 30, traits).root
        files = {
            file.relative_to(root).as_posix(): file for file in root.rglob("*") if ".git" not in file.parts
        }
        return {
            name: file.read_bytes().replace(bytes(root), b"")
            for name, file in files.items()
            if file.is_file()
        }

    first = made("first", ALL)
    assert made("second", ALL) == first
    assert made("third", dataclasses.replace(ALL, seed=1)).keys() == first.keys()
    assert made("third", dataclasses.replace(ALL, seed=1)) != first


def test_switches_make_a_corpus_of_its_own_name() -> None:
    (traits,) = chosen(["navigation"], ["findings=400"], 7)
    assert traits == dataclasses.replace(LIKES["navigation"], findings=400, seed=7)
    assert traits.name == "navigation-findings=400-seed=7"
    assert chosen(["plain"], ["minified"], 0)[0].name == "minified=1"
    with pytest.raises(SystemExit, match="there is no trait nonsense"):
        chosen(["plain"], ["nonsense"], 0)


def test_the_busy_history_loses_headings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.bench.recover.CACHE", tmp_path)
    folder = busy(60, 50)
    result = run("unbroken", "recover", "--headings", "-o", tmp_path / "lost.txt", cwd=folder)
    assert result.returncode == 1
    assert "#" in (tmp_path / "lost.txt").read_text(encoding="utf-8")
