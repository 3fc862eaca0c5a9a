"""Page paths and addresses, against MkDocs itself and the rules of URLs."""

from __future__ import annotations

from urllib.parse import unquote, urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mkdocs.structure.files import File

from unbroken.model import addresses
from unbroken.model.addresses import Address
from unbroken.model.errors import LeavesSite

SEGMENT = st.text(
    st.characters(exclude_characters="/\\\0\r\n", exclude_categories=("Cs", "Cc")), min_size=1, max_size=8
).filter(lambda s: s not in (".", "..") and s.strip() and not s.startswith("~"))
NAME = st.one_of(
    SEGMENT, st.sampled_from(["index", "README", "Index", "index.html", "v1.2", "a b", "café", "100%", "%41"])
)
PATH = st.lists(NAME, min_size=1, max_size=4).map("/".join)
ADDRESS = st.builds(lambda path, slash: addresses.normal(path + slash), PATH, st.sampled_from(["", "/"]))


@given(PATH, st.booleans())
def test_a_page_path_is_published_where_mkdocs_publishes_it(path: str, directory_urls: bool) -> None:
    page = path + ".md"
    judge = File(page, "docs", "site", directory_urls)
    assert addresses.page_file(page, directory_urls) == judge.dest_uri
    assert addresses.page_address(page, directory_urls) == addresses.normal("/" + judge.url)


@given(PATH)
def test_any_other_file_keeps_its_path(path: str) -> None:
    file = path + ".pdf"
    assert unquote(addresses.page_address(file, True)) == "/" + file


@given(ADDRESS)
def test_the_normal_form_is_its_own_normal_form(address: str) -> None:
    assert addresses.normal(address) == address
    assert address.isascii()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a/b/", "/a/b/"),
        ("/a//b/./c/../", "/a/b/"),
        ("/a/index.html", "/a/"),
        ("/index.html", "/"),
        ("", "/"),
        ("/caf%c3%a9/", "/caf%C3%A9/"),
        ("/café/", "/caf%C3%A9/"),
        ("/%41/", "/A/"),
        ("/a%2Fb/", "/a%2Fb/"),
        ("/a/%2e%2e/b/", "/b/"),
        ("/100%/", "/100%25/"),
        ("/a b", "/a%20b"),
        ("/%ff/", "/%FF/"),
        ("/index.html/", "/index.html/"),
    ],
)
def test_each_spelling_has_one_normal_form(written: str, meant: str) -> None:
    assert addresses.normal(written) == meant


@pytest.mark.parametrize("path", ["..", "/../x", "a/../../x", "%2e%2e/x", "/a/..%2f..".replace("%2f", "/")])
def test_a_path_that_climbs_out_is_refused(path: str) -> None:
    with pytest.raises(LeavesSite):
        addresses.normal(path)


@pytest.mark.parametrize(
    "path", ["/a%2f..%2fb/", "/a%5C..%5cb/", "/%252e%252e/x", "/a%25252F..%25252Fb/", "/x/%2e.%2fy"]
)
def test_a_path_that_climbs_when_it_is_decoded_again_is_refused(path: str) -> None:
    with pytest.raises(LeavesSite):
        addresses.normal(path)


def test_an_address_that_hides_a_slash_has_no_stub() -> None:
    assert addresses.stub_file("/a%2Fb/") is None
    assert addresses.stub_file("/a%252Fb/") is None
    assert addresses.stub_file("/100%25/") == "100%/index.html"
    assert addresses.hides_folders("/a%5Cb")
    assert not addresses.hides_folders("/a/b%20c/")


# The judge drops a semicolon at the end, which RFC 3986 takes for a character like others.
@given(ADDRESS, ADDRESS.filter(lambda address: not address.endswith(";")))
def test_a_relative_link_leads_there(here: str, there: str) -> None:
    assert urljoin("http://x" + here, addresses.relative(here, there)) == "http://x" + there


@given(ADDRESS, st.text(max_size=8))
def test_an_address_is_read_as_it_is_written(path: str, fragment: str) -> None:
    clean = fragment.encode("utf-8", "ignore").decode()
    assert addresses.parse(str(Address(path, clean))) == Address(path, clean)


@given(ADDRESS)
def test_all_spellings_of_an_address_are_the_same_url(address: str) -> None:
    keys = {addresses.sameness(addresses.normal(spelling)) for spelling in addresses.spellings(address)[:1]}
    assert keys == {addresses.sameness(address)}
    if address.endswith("/"):
        assert addresses.normal(addresses.spellings(address)[-1]) == address


@pytest.mark.parametrize(
    ("source", "directory_urls", "address"),
    [
        ("old.md", True, "/old/"),
        ("old.md", False, "/old.html"),
        ("a/README.md", True, "/a/"),
        ("a/index.md", False, "/a/"),
        ("a/page.html", True, "/a/page.html"),
        ("a/file.pdf", True, "/a/file.pdf"),
        ("a/folder/", True, "/a/folder/"),
        ("a/folder", False, "/a/folder/"),
        ("a/x/../b.md", True, "/a/b/"),
        ("caf%C3%A9.md", True, "/caf%C3%A9/"),
        ("café.md", True, "/caf%C3%A9/"),
        ("a b.markdown", True, "/a%20b/"),
    ],
)
def test_a_source_names_an_address(source: str, directory_urls: bool, address: str) -> None:
    assert addresses.named_address(source, directory_urls) == address


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("/old/", "old/index.html"),
        ("/", "index.html"),
        ("/old.html", "old.html"),
        ("/old.HTM", "old.HTM"),
        ("/old/file.pdf", None),
        ("/caf%C3%A9/", "café/index.html"),
    ],
)
def test_a_stub_stands_where_a_file_server_looks(address: str, file: str | None) -> None:
    assert addresses.stub_file(address) == file
