"""The ledger: what is recorded, that it only grows, and that `check` names exactly what was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.site.test_facts import REDIRECTS
from tests.unbroken.check import sites
from tests.unbroken.check.sites import heading, page
from unbroken.check import links as check
from unbroken.cli.main import main
from unbroken.findings.base import Place
from unbroken.model.addresses import Address, by_path, parse
from unbroken.model.redirects import Entry, RedirectMap, parse_map
from unbroken.model.resolver import Resolver
from unbroken.workspace import config as configuration
from unbroken.workspace import ledger
from unbroken.workspace.built_site import Site
from unbroken.workspace.config import redirects_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Shown:
    """A site as data: its pages and their anchors."""

    def __init__(self, pages: Mapping[str, frozenset[str]]) -> None:
        self.pages = pages
        self.paths = frozenset(pages)

    def anchors(self, path: str) -> frozenset[str] | None:
        return self.pages.get(path)

    def addresses(self) -> set[Address]:
        return {Address(p, a) for p, anchors in self.pages.items() for a in ("", *anchors)}


NAMES = st.sampled_from("abcdef")
ANCHORS = st.frozensets(st.sampled_from(["one", "two", "three", "four"]), max_size=3)
PAGES = st.dictionaries(NAMES.map("/{}/".format), ANCHORS, min_size=1, max_size=5)
EDITS = st.lists(
    st.tuples(st.sampled_from(["rename", "delete", "split", "rename heading"]), NAMES, NAMES, ANCHORS),
    max_size=5,
)


@settings(max_examples=300)
@given(PAGES, EDITS, st.dictionaries(NAMES, NAMES, max_size=3))
def test_exactly_the_lost_addresses_are_named(
    before: dict[str, frozenset[str]],
    edits: list[tuple[str, str, str, frozenset[str]]],
    redirects: dict[str, str],
) -> None:
    after = dict(before)
    for kind, name, other, anchors in edits:
        old, new = f"/{name}/", f"/{other}/"
        if old not in after:
            continue
        match kind:
            case "rename" if new not in after:
                after[new] = after.pop(old)
            case "delete":
                del after[old]
            case "split" if new not in after:
                after[old], after[new] = after[old] - anchors, after[old] & anchors
            case "rename heading":
                after[old] = after[old] ^ anchors
    entries = [Entry(f"{a}.md", f"{b}.md", Place("m", n)) for n, (a, b) in enumerate(redirects.items())]

    def answers(address: Address) -> bool:
        # A visitor who follows the redirects by hand.
        path = address.path
        for _ in range(10):
            if path in after:
                return not address.fragment or address.fragment in after[path]
            path = f"/{redirects.get(path.strip('/'), '')}/"
        return False

    recorded = Shown(before).addresses()
    gone = {address for address in recorded if not answers(address)}
    pages = {address.path for address in gone if not address.fragment}
    resolver = Resolver(Shown(after), parse_map(entries))
    found = {loss.address for loss in check.lost(by_path(recorded), resolver)}
    assert found == {address for address in gone if not address.fragment or address.path not in pages}


def test_retired_addresses_are_not_lost() -> None:
    redirects = RedirectMap(
        retired={a: Entry("", "", Place("m")) for a in (Address("/a/"), Address("/b/", "x"), Address("/c/*"))}
    )
    recorded = map(parse, ["/a/", "/a/#x", "/b/", "/b/#x", "/b/#y", "/c/d/", "/c/d/#x", "/cc/"])
    found = check.lost(by_path(recorded), Resolver(Shown({"/b/": frozenset()}), redirects))
    assert [str(loss.address) for loss in found] == ["/b/#y", "/cc/"]


ADDRESSES = st.builds(
    Address,
    st.sampled_from(["/", "/a/", "/a/b.pdf", "/%C3%A9/"]),
    st.sampled_from(["", "x", "é#"]),
    query=st.just(""),
)


@given(st.lists(ADDRESSES), st.lists(ADDRESSES), st.sampled_from(["", "# note\n", "\n", "# reused: /a/\n"]))
def test_recording_only_adds_and_is_stable(first: list[Address], second: list[Address], extra: str) -> None:
    before = extra + "".join(f"{a}\n" for a in first)
    after = ledger.extended(before, second)
    assert set(ledger.held(after)) >= {*first, *second}
    assert extra.strip() in after
    assert ledger.extended(after, [*first, *second]) == after
    body = [line for line in after.splitlines() if not line.startswith("#")]
    assert body == sorted(set(body))
    # What a union merge leaves is put right by the next recording.
    assert ledger.extended(after + after, []) == after


def test_pages_headings_files_and_old_addresses_are_recorded_and_nothing_of_the_theme(tmp_path: Path) -> None:
    redirects = {"old.md": "a.md", "dead.md": "nowhere.md", "a.md#was": "a.md#one", "a.md#one": "a.md"}
    sites.configure(tmp_path, redirects)
    with (tmp_path / "mkdocs.yml").open("a") as config:
        config.write("extra_css: [own.css]\nextra_javascript:\n  - path: ./js/own.mjs\n    type: module\n")
    mine = ["guide.pdf", "own.css", "js/own.mjs", "js/example.mjs", "style.css", "a/picture.png", "llms.txt"]
    links = '<link rel="alternate" href="feed.xml"><link rel="stylesheet" href="assets/theme.css">'
    sites.write(
        tmp_path,
        {
            "site/index.html": links + page(heading("top"), '<input id="__tabbed_1_1"><sup id="fnref:1">'),
            "docs/index.md": "",
            "site/index.md": "",
            "site/a/index.md": "",
            "site/b.md": "",
            **{f"{folder}/{name}": "" for folder in ("docs", "site") for name in ("_headers", "_redirects")},
            "site/feed.xml": "",
            "site/assets/theme.css": "",
            "site/assets/theme.js": "",
            "site/a/index.html": page(heading("one")),
            "site/404.html": page(heading("lost")),
            "site/old/index.html": '<meta http-equiv="refresh" content="0; url=../a/">',
            "site/assets/theme.png": b"",
            "site/sitemap.xml": "",
            **{f"{folder}/{name}": "" for folder in ("docs", "site") for name in mine},
        },
    )
    assert "\n12 added" in "\n" + run(tmp_path, "record")
    lines = (tmp_path / "published-urls.txt").read_text().splitlines()
    pages = ["/", "/#top", "/a/", "/a/#one", "/a/#was", "/old/"]
    files = ["/a/picture.png", "/feed.xml", "/guide.pdf", "/js/example.mjs", "/llms.txt", "/style.css"]
    assert lines == sorted(pages + files)
    assert "\n0 added" in "\n" + run(tmp_path, "record")
    assert {f.code for f in sites.findings(tmp_path)} == {"live-anchor", "dead-page"}


def run(folder: Path, *arguments: str) -> str:
    result = CliRunner().invoke(main, ["-f", str(folder / "mkdocs.yml"), *arguments])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("line", ["odd line", "<<<<<<< a", "export PATH=/usr/bin", "//host/", "/../x"])
def test_what_is_no_ledger_is_never_rewritten(tmp_path: Path, line: str) -> None:
    sites.configure(tmp_path)
    text = f"/z/\n{line}\n/a/\n"
    sites.write(tmp_path, {"published-urls.txt": text, "site/index.html": page()})
    result = CliRunner().invoke(main, ["-f", str(tmp_path / "mkdocs.yml"), "record"])
    assert result.exit_code == 2
    assert f"published-urls.txt:2: {line!r} is not an address" in result.output
    assert (tmp_path / "published-urls.txt").read_text() == text


@pytest.mark.parametrize("kind", ["above", "link", "git", "absolute"])
def test_a_ledger_outside_of_the_repository_is_neither_read_nor_written(tmp_path: Path, kind: str) -> None:
    root, outside = tmp_path / "repo", tmp_path / "mine.txt"
    outside.write_text("/b/\n/a/\n", encoding="utf-8")
    sites.write(root, {".git/config": "", "site/index.html": page()})
    names = {"above": "../mine.txt", "link": "link.txt", "git": ".git/config", "absolute": str(outside)}
    (root / "link.txt").symlink_to(outside)
    sites.configure(root, ledger=names[kind])
    assert "wrong-type" in {finding.code for finding in sites.findings(root)}
    run(root, "record")
    assert outside.read_text(encoding="utf-8") == "/b/\n/a/\n"
    assert not (root / ".git/config").read_bytes()


def test_what_a_commit_would_publish_is_recorded(tmp_path: Path) -> None:
    config = "site_name: x\nsite_url: https://example.com/\ntheme: {name: mkdocs}\nplugins: {search: {}}\n"
    sites.write(
        tmp_path, {"mkdocs.yml": config, "docs/index.md": "# Home\n", "docs/old.md": "# Old\n\n## Part\n"}
    )
    sites.commit(tmp_path)
    (tmp_path / "docs/old.md").unlink()
    sites.commit(tmp_path)
    run(tmp_path, "record", "--from", "HEAD~1")
    assert (tmp_path / "published-urls.txt").read_text().splitlines() == [
        "/",
        "/#home",
        "/old/",
        "/old/#old",
        "/old/#part",
    ]
    assert sites.git(tmp_path, "worktree", "list").count("\n") == 1
    for ref, said in (
        ("nothing", "there is no commit 'nothing' here"),
        ("--all", "there is no commit '--all' here"),
    ):
        result = CliRunner().invoke(main, ["-f", str(tmp_path / "mkdocs.yml"), "record", f"--from={ref}"])
        assert result.exit_code == 2
        assert result.output.startswith(f"unbroken: {said}")


def test_every_address_in_the_ledger_of_this_site_answers(built_site: Path) -> None:
    config = configuration.read(built_site.parent / "mkdocs.yml")
    redirects = redirects_of(config)
    recorded = ledger.read(config.ledger)
    assert {*map(str, recorded)} > {*REDIRECTS, "/", "/ai-gateway/websockets-api/#key-benefits"}
    assert list(check.lost(by_path(recorded), Resolver(Site(built_site, whole=True), redirects))) == []
    assert ledger.extended(text := ledger.text_of(config.ledger), []) == text
