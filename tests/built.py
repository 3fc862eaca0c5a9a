"""Read a built site as a visitor would, with nothing of the tool that is under test."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

if TYPE_CHECKING:
    from pathlib import Path


def address(site: Path, page: Path) -> str:
    """The address a file answers at."""
    return "/" + page.relative_to(site).as_posix().removesuffix("index.html")


def _refresh(page: Path) -> str | None:
    """Where a stub sends a visitor who has no scripts; nothing for a page of content."""
    meta = LexborHTMLParser(page.read_text(encoding="utf-8")).css_first('meta[http-equiv="refresh" i]')
    if meta is None:
        return None
    return (meta.attributes.get("content") or "").partition("url=")[2].strip("'\" ")


def pages(site: Path) -> set[str]:
    """The address of every page with content, the error page included."""
    return {address(site, page) for page in site.rglob("*.html") if _refresh(page) is None}


def stubs(site: Path) -> dict[str, str]:
    """Every address that sends its visitors elsewhere, and where to."""
    return {
        (old := address(site, page)): urljoin(old, target)
        for page in site.rglob("*.html")
        if (target := _refresh(page)) is not None
    }


def document(site: Path, address: str) -> LexborHTMLParser:
    """The page at an address."""
    name = address.lstrip("/") + ("index.html" if address.endswith("/") else "")
    return LexborHTMLParser((site / name).read_text(encoding="utf-8"))


def article(site: Path, address: str) -> LexborHTMLParser:
    """A page's own content, without navigation, header and footer."""
    content = document(site, address).css_first("article")
    assert content is not None, f"{address} has no article"
    return LexborHTMLParser(content.html or "")
