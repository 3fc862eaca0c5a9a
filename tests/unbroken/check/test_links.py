"""What a URL on a page means, and where its visitor ends up."""

from __future__ import annotations

from contextlib import suppress
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unbroken.check import sites
from tests.unbroken.check.sites import link, page
from unbroken.check.links import duplicates, links, lost
from unbroken.check.report import github, junit
from unbroken.formats.html import Page
from unbroken.model.addresses import Address, by_path
from unbroken.model.errors import LeavesSite
from unbroken.model.redirects import Pages, RedirectMap
from unbroken.model.resolver import Resolver

if TYPE_CHECKING:
    from pathlib import Path


def meaning(url: str, here: str = "/a/b/", site_url: str = "https://example.com/docs/") -> str | None:
    found = Resolver(Pages([]), RedirectMap(), site_url=site_url).resolve(url, here)
    return None if found is None else f"{found.path}#{found.fragment}" if found.fragment else found.path


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("", "/a/b/"),
        ("#x", "/a/b/#x"),
        ("?q#x", "/a/b/#x"),
        ("#a%20b%C3%A9", "/a/b/#a bé"),
        ("#x:~:text=y", "/a/b/#x"),
        ("c/", "/a/b/c/"),
        ("./c.pdf?q#x", "/a/b/c.pdf#x"),
        ("../c/index.html", "/a/c/"),
        ("..", "/a/"),
        (".", "/a/b/"),
        ("../../", "/"),
        ("c/../d/./e/", "/a/b/d/e/"),
        ("../../../docs/c/#x", "/c/#x"),
        ("../../../docs/index.html", "/"),
        ("../../../docs", "/"),
        ("..\\c/", "/a/c/"),
        ("%2e%2e/c/", "/a/c/"),
        ("é/", "/a/b/%C3%A9/"),
        ("/docs/c/", "/c/"),
        ("/docs", "/"),
        ("/docs/", "/"),
        ("/other/", None),
        ("/docsx/", None),
        ("//example.com/docs/c/", "/c/"),
        ("HTTP://EXAMPLE.com/docs/c/#x", "/c/#x"),
        ("https://example.com/", None),
        ("https://example.org/docs/", None),
        ("https://example.com:8080/docs/", None),
        ("mailto:a@b", None),
    ],
)
def test_a_url_means_this_address(url: str, address: str | None) -> None:
    assert meaning(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "../../../", "../../../c/", "c/../../../../d/", "/docs/../x/", "/docs/%2e%2e/x/", "../../../docsx/",
        "../../../../docs/c/",
    ],
)  # fmt: skip
def test_a_url_that_climbs_out_of_the_site_is_refused(url: str) -> None:
    with pytest.raises(LeavesSite):
        meaning(url)


@pytest.mark.parametrize(
    "url", ["../../../c/", "c/../../../../c/", "/../c/", "/%2e%2e/c/", "//example.com/../c/"]
)
def test_above_the_root_of_a_host_is_its_root(url: str) -> None:
    """So browsers read it; where the site's URL is not known it may be below another root."""
    assert meaning(url, site_url="https://example.com/") == "/c/"
    for site_url in ("", "https://example.com/docs/"):
        with suppress(LeavesSite):
            assert meaning(url, site_url=site_url) is None


PARTS = st.sampled_from(["..", ".", "a", "b", "index", "c.html", "%41", "é", ""])


@given(st.lists(PARTS, max_size=6), st.lists(st.sampled_from("ab"), max_size=4), st.sampled_from(["", "x"]))
def test_it_means_what_an_independent_resolver_says(parts: list[str], here: list[str], fragment: str) -> None:
    base = "/" + "".join(f"{name}/" for name in here)
    path = "/".join(parts)
    if path.startswith("/"):
        path = "." + path
    url = f"{path}#{fragment}" if fragment else path
    found = meaning(url, base, "https://example.com/")
    theirs = urlsplit(urljoin(f"https://example.com{base}", url))
    plain = meaning(theirs.path or "/", "/", "https://example.com/")
    assert found == (f"{plain}#{fragment}" if fragment else plain)


class Small:
    """A site of a few pages, each with an anchor and one with two, and a file."""

    paths = frozenset(("/", "/a/", "/a/b/", "/a/b/a/", "/b/", "/a/c.html", "/b/a:b/", "/c.html", "/a/c.pdf"))

    def anchors(self, path: str) -> frozenset[str] | None:
        return None if path.endswith(".pdf") else frozenset("xy" if path == "/a/" else "x")


PIECES = ("..", ".", "a", "b", "c.html", "c.pdf", "a:b", "b..", "%61", "a?", "")
FRAGMENTS = ("", "#", "#x", "#y", "#%78", "#x:~:text=y")


@pytest.mark.parametrize("here", ["/", "/b/", "/a/b/", "/a/b/a/", "/a/c.html"])
def test_a_page_has_the_faults_that_its_addresses_have(here: str) -> None:
    resolver = Resolver(Small(), RedirectMap(), site_url="https://example.com/")
    # What is good on one page is remembered for others, and is not good on each of them.
    paths = [here, "/b/a:b/", "/a/b/", here]
    for parts in (parts for most in range(1, 4) for parts in product(PIECES, repeat=most)):
        for fragment in FRAGMENTS:
            url = "/".join(parts) + fragment
            found = links([(path, Page(links=(url,), anchors=("x",))) for path in paths], resolver)
            wrong = [path for path in paths if not is_good(url, path, resolver)]
            assert [fault.page for fault in found] == wrong, url


def is_good(url: str, here: str, resolver: Resolver) -> bool:
    try:
        address = resolver.resolve(url, here)
    except ValueError:
        return False
    return address is None or resolver.answers(address)


def test_what_a_theme_makes_twice_is_no_fault_of_an_author() -> None:
    once = ("__toc", "a", "fn:1", "__codelineno-0-1", "__init__")
    assert [fault.url for fault in duplicates([("/", Page(anchors=once + once))])] == ["#a", "#__init__"]


def test_the_top_of_a_page_is_on_every_page() -> None:
    resolver = Resolver(Shown(), RedirectMap())
    assert resolver.answers(Address("/", "TOP"))
    assert not resolver.answers(Address("/", "tops"))


class Shown:
    paths = frozenset("/")

    def anchors(self, path: str) -> frozenset[str]:
        return frozenset()


def test_the_anchors_of_a_lost_page_are_lost_with_it() -> None:
    recorded = [Address("/a/"), Address("/a/", "x"), Address("/a/", "y"), Address("/b/", "z")]
    found = lost(by_path(recorded), Resolver(Shown(), RedirectMap()))
    assert [str(loss.address) for loss in found] == ["/a/", "/b/"]


def test_a_link_that_climbs_is_found_as_each_builder_writes_it(tmp_path: Path) -> None:
    """Zensical leads raw HTML one folder up, MkDocs leaves it as it is."""
    sites.configure(tmp_path)
    sites.write(
        tmp_path, {"docs/a.md": "x\n\n<a href='../../x/'>x</a>\n", "docs/b.md": "<a href='../../y/'>x</a>\n"}
    )
    sites.write(
        tmp_path / "site", {"a/index.html": page(link("../../x/")), "b/index.html": page(link("../../../y/"))}
    )
    assert sites.said(sites.findings(tmp_path), tmp_path) == [
        ("broken-link", "docs/a.md", 3, 10),
        ("broken-link", "docs/b.md", 1, 10),
    ]


def test_what_a_page_says_reaches_no_machine_unescaped(tmp_path: Path) -> None:
    sites.configure(tmp_path)
    sites.write(tmp_path, {"site/index.html": page(link("http://[\x0b%0A::error::\ufffe"))})
    (found,) = sites.findings(tmp_path)
    assert found.code == "bad-url"
    assert "\x0b" not in junit([found])
    assert "\ufffe" not in junit([found])
    assert "%250A" in github([found])
