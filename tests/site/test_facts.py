"""The pages say what tests/site/facts.yml holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest
import yaml

from tests import built
from tests.commands import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from selectolax.lexbor import LexborHTMLParser, LexborNode

FACTS: dict[str, Any] = yaml.safe_load((ROOT / "tests/site/facts.yml").read_text(encoding="utf-8"))
REDIRECTS: dict[str, str] = FACTS["redirects"]
PAGES: dict[str, dict[str, Any]] = FACTS["pages"]
CHANGE = "put it back, or change what tests/site/facts.yml says of this page."
WEBSOCKETS = "/ai-gateway/websockets-api/"


def words(node: LexborNode | LexborHTMLParser | None) -> str:
    """The text of a node with every run of white space as one space."""
    return " ".join((node.text() if node else "").split())


def targets(node: LexborNode | LexborHTMLParser, page: str) -> list[str]:
    """Where the links in a node lead, root-relative."""
    return [urljoin(page, link.attributes["href"] or "") for link in node.css("a[href]")]


@pytest.mark.parametrize("page", PAGES)
def test_the_page_says_what_it_must(built_site: Path, page: str) -> None:
    text = words(built.article(built_site, page))
    missing = [said for said in PAGES[page].get("says", []) if said not in text]
    assert not missing, f"{page} no longer says {missing}: {CHANGE}"


@pytest.mark.parametrize("page", [page for page in PAGES if "rows" in PAGES[page]])
def test_the_tables_hold_their_rows(built_site: Path, page: str) -> None:
    rows = [
        [words(cell) for cell in row.css("td")] for row in built.article(built_site, page).css("tbody tr")
    ]

    def there(wanted: list[str]) -> bool:
        first, *rest = wanted
        return any(
            len(row) >= len(wanted)
            and row[0].startswith(first)
            and all(part in cell for part, cell in zip(rest, row[1:], strict=False))
            for row in rows
        )

    missing = [row for row in PAGES[page]["rows"] if not there(row)]
    assert not missing, f"No table on {page} has the row {missing[0]}: {CHANGE}"


@pytest.mark.parametrize("page", [page for page in PAGES if "links" in PAGES[page]])
def test_the_page_links_where_it_must(built_site: Path, page: str) -> None:
    missing = set(PAGES[page]["links"]) - set(targets(built.article(built_site, page), page))
    assert not missing, f"{page} no longer links to {', '.join(missing)}: {CHANGE}"


def test_providers_are_all_there_and_no_others(built_site: Path) -> None:
    tables = built.article(built_site, "/ai-gateway/providers/").css("table")
    slugs = {words(row.css("td")[1]) for table in tables for row in table.css("tbody tr")}
    assert slugs == {row[1] for row in PAGES["/ai-gateway/providers/"]["rows"]}


def test_the_navigation_of_the_section_is_in_order(built_site: Path) -> None:
    """What stands below the home page, which is the index of the guide, begins with these."""
    html = built.document(built_site, "/ai-gateway/")
    section = html.css_first('nav.md-nav--primary nav[data-md-level="1"][aria-expanded="true"]')
    assert section is not None
    entries = section.css("nav > ul > li")
    level = [entry for entry in entries if entry.parent and entry.parent.parent == section]
    first_links = [entry.css_first("a.md-nav__link") for entry in level]
    found = [
        (words(link.css_first(".md-ellipsis")), urljoin("/ai-gateway/", link.attributes["href"] or ""))
        for link in first_links
        if link
    ]
    wanted = [(title, target) for title, target in FACTS["nav"]]
    assert found[: len(wanted)] == wanted, (
        "The section AI Gateway has other pages, or another order, than `nav` in tests/site/facts.yml. "
        "If that is meant, change `nav` there to what `nav` in mkdocs.yml says."
    )


def test_the_section_is_marked_beta_in_the_navigation(built_site: Path) -> None:
    html = built.document(built_site, WEBSOCKETS)
    marked = [
        urljoin(WEBSOCKETS, link.attributes["href"] or "")
        for link in html.css("nav.md-nav--primary a.md-nav__link")
        if link.css_first(".md-status--beta")
    ]
    assert WEBSOCKETS in marked


def test_no_page_links_to_an_old_address(built_site: Path) -> None:
    old = set(REDIRECTS)
    found = {
        page: links
        for page in built.pages(built_site)
        if (
            links := {target.partition("#")[0] for target in targets(built.document(built_site, page), page)}
            & old
        )
    }
    assert not found


def code_blocks(site: Path) -> list[tuple[str, str]]:
    """Every block of code on the WebSockets pages and the changelog, with the page it is on."""
    return [
        (page, block.text())
        for page in PAGES
        if page.startswith((WEBSOCKETS, "/changelog/"))
        for block in built.article(site, page).css("pre code")
    ]


def test_no_example_sends_before_the_socket_is_open(built_site: Path) -> None:
    examples = [(page, code) for page, code in code_blocks(built_site) if "new WebSocket(" in code]
    assert examples
    for page, code in examples:
        before_open = re.split(r"""["']open["']|onopen""", code)[0]
        assert ".send(" not in before_open, (page, code)


def test_no_example_mixes_the_two_kinds_of_websocket(built_site: Path) -> None:
    """The package `ws` hands data to `on`; a browser hands an event to `addEventListener`."""
    for page, code in code_blocks(built_site):
        if "ws.on(" in code:
            assert not re.search(r"\b(message|event|e)\.data\b", code), (page, code)
            assert "addEventListener" not in code, (page, code)


def test_gemini_goes_on_after_setup(built_site: Path) -> None:
    blocks = [code for page, code in code_blocks(built_site) if "/google?api_key" in code]
    assert blocks
    for code in blocks:
        assert code.index("setupComplete") < code.index("clientContent") < code.index("turnComplete")
