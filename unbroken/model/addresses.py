"""Page paths and addresses: from one to the other, and the one normal form that all comparison uses.

A *page path* is a source path relative to ``docs_dir``, such as ``guide/index.md``. An *address* is what a
visitor types, root-relative. Everything here is a pure function of text.

The normal form of an address path begins with a slash, has no ``.`` or ``..`` or empty segment, is
percent-encoded as RFC 3986 section 6.2.2 asks (upper-case hex, nothing encoded that need not be), and names
a folder by its slash and not by ``index.html``. A fragment is kept decoded, as the HTML standard compares it
with an ``id``.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import takewhile
from operator import eq
from typing import NamedTuple
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

from unbroken.model.errors import LeavesSite

#: The endings that MkDocs takes for a page (``mkdocs.utils.markdown_extensions``).
MARKDOWN = (".md", ".markdown", ".mdown", ".mkdn", ".mkd")

# RFC 3986: pchar without percent-encoding, and for a fragment also "/" and "?".
_SEGMENT_SAFE = "!$&'()*+,;=:@-._~"
_FRAGMENT_SAFE = _SEGMENT_SAFE + "/?"
# Most paths are in normal form as they stand, but for the slash before them.
_PLAIN = re.compile(r"/?(?:[A-Za-z0-9_~-][A-Za-z0-9_.~-]*/)*(?:[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)?")
# What stands for itself in each segment (RFC 3986, "unreserved").
_UNRESERVED = re.compile(r"[A-Za-z0-9_.~/-]*")


class Address(NamedTuple):
    """A place on the site: a path in normal form, and a decoded fragment, empty when there is none.

    Only where a redirect leads there can be a query, percent-encoded; no address that is published has one.
    """

    path: str
    fragment: str = ""
    query: str = ""

    def __str__(self) -> str:
        asked, fragment = f"{self.path}?{self.query}" if self.query else self.path, self.fragment
        if not fragment:
            return asked
        if not _UNRESERVED.fullmatch(fragment):
            fragment = quote(fragment, safe=_FRAGMENT_SAFE, errors="surrogateescape")
        return f"{asked}#{fragment}"


def normal(path: str, *, of_host: bool = False) -> str:
    """Return the normal form of an address path, which may be relative to the root.

    Args:
        path: the path.
        of_host: whether the root is that of a host, at which a ``..`` leads nowhere (WHATWG URL, "shorten a
            URL's path").

    Raises:
        LeavesSite: ``..`` climbs above the root.
    """
    if _PLAIN.fullmatch(path) and not path.endswith("index.html"):
        return path if path.startswith("/") else "/" + path
    return _normal(path, of_host)


@lru_cache(maxsize=1 << 14)
def _normal(path: str, of_host: bool) -> str:
    segments: list[str] = []
    parts = path.split("/")
    plain = _UNRESERVED.fullmatch(path) is not None
    for part in parts:
        if plain and part.strip("."):
            segments.append(part)
            continue
        # Decoding first makes "%2e%2e" a "..", as browsers do (WHATWG URL, "double-dot path segment").
        name = unquote_to_bytes(part)
        if name in (b"", b"."):
            continue
        if name == b"..":
            if segments:
                segments.pop()
            elif not of_host:
                raise LeavesSite(path)
        elif ".." in _folders(part):
            # A server that decodes "%2F", or decodes twice, reads another folder here.
            raise LeavesSite(path)
        else:
            segments.append(quote(name, safe=_SEGMENT_SAFE))
    is_folder = unquote(parts[-1]) in ("", ".", "..")
    if segments and segments[-1] == "index.html" and not is_folder:
        segments.pop()
        is_folder = True
    return "/" + "/".join(segments) + ("/" if is_folder and segments else "")


def fully_decoded(text: str) -> str:
    """Return a text with its percent-encoding decoded as often as a server might: until nothing is left."""
    while "%" in text and (again := unquote(text)) != text:
        text = again
    return text


def _folders(segment: str) -> list[str]:
    """Return the folders that a server may read in one segment of a path."""
    return re.split(r"[/\\]", fully_decoded(segment)) if "%" in segment else [segment]


def hides_folders(path: str) -> bool:
    """Return whether a segment of an address path holds a slash that only decoding shows: ``/a%2Fb/``."""
    return "%" in path and any(len(_folders(part)) > 1 for part in path.split("/"))


def parse(address: str) -> Address:
    """Return the address that a visitor's text names; scheme, host and query are dropped.

    Raises:
        LeavesSite: ``..`` climbs above the root.
    """
    path, _, fragment = address.partition("#")
    if "://" in path:
        path = urlsplit(path).path
    return Address(normal(path.partition("?")[0]), unquote(fragment))


def by_path(addresses: Iterable[Address]) -> dict[str, set[str]]:
    """Return the fragments of addresses by their paths; that of a path alone is the empty one."""
    result: dict[str, set[str]] = {}
    for path, fragment, _ in addresses:
        result.setdefault(path, set()).add(fragment)
    return result


def flat(fragments: Mapping[str, Iterable[str]]) -> Iterator[Address]:
    """Yield the addresses of which the fragments are given by their paths."""
    return (Address(path, fragment) for path, each in fragments.items() for fragment in each)


def is_page_path(path: str) -> bool:
    """Return whether a source path is one that the builder renders as a page."""
    return path.lower().endswith(MARKDOWN)


def page_file(path: str, directory_urls: bool) -> str:
    """Return the file inside the site directory that a builder writes for a page path.

    ``index.md`` and ``README.md`` become their folder's ``index.html``, as in ``mkdocs.structure.files``.
    Any other source path is copied as it is.
    """
    if not is_page_path(path):
        return path
    folder, name = posixpath.split(path)
    stem = posixpath.splitext(name)[0]
    if stem in ("index", "README"):
        return posixpath.join(folder, "index.html")
    return (
        posixpath.join(folder, stem, "index.html")
        if directory_urls
        else posixpath.join(folder, stem + ".html")
    )


def file_address(file: str) -> str:
    """Return the address path of a file inside the site directory: ``a/index.html`` is ``/a/``."""
    if _PLAIN.fullmatch(file):  # nearly every file, and a built site has thousands
        return "/" + (file.removesuffix("index.html") if f"/{file}".endswith("/index.html") else file)
    return normal("/" + quote(file, safe="/" + _SEGMENT_SAFE, errors="surrogateescape"))


def page_address(path: str, directory_urls: bool) -> str:
    """Return the address path at which a page path, or any other file in ``docs_dir``, is published."""
    return file_address(page_file(path, directory_urls))


def likely_page_path(path: str, directory_urls: bool) -> str:
    """Return the likeliest page path of an address path, to name it to an author."""
    text = unquote(path).lstrip("/")
    if path.endswith("/"):
        return f"{text.rstrip('/')}.md" if directory_urls and text else f"{text}index.md"
    return text.removesuffix(".html") + ".md" if text.endswith(".html") else text


def named_address(path: str, directory_urls: bool, address_of: Callable[[str], str] | None = None) -> str:
    """Return the address path that a source or target in the map names.

    That is a page path (``old.md``), or a published file (``old/file.pdf``, ``old/page.html``), or a folder
    (``old/`` or ``old``, both of them ``/old/``).

    Args:
        path: as it is written.
        directory_urls: the builder's ``use_directory_urls``.
        address_of: returns the address path of a page path as the builder has it; by default its path tells.

    Raises:
        LeavesSite: the path climbs out of the site or starts at a root.
    """
    if path.startswith("/"):
        raise LeavesSite(path)
    if is_page_path(path):
        # Resolve "x/../y.md" and "%20" before the file name is looked at.
        page = unquote(normal(path)).lstrip("/")
        return address_of(page) if address_of else page_address(page, directory_urls)
    address = normal(path)
    last = address.rpartition("/")[2]
    return address + "/" if last and "." not in last else address


def named(text: str, directory_urls: bool) -> Address | None:
    """Return the address that a source or target in the map names, with its anchor; None where it names none.

    Args:
        text: as it is written.
        directory_urls: the builder's ``use_directory_urls``.
    """
    path, _, fragment = text.partition("#")
    try:
        return Address(named_address(path, directory_urls), unquote(fragment)) if path else None
    except ValueError:
        return None


def stub_file(address: str) -> str | None:
    """Return the file that a stub for an address path is, relative to the site directory.

    None when a static host would not serve that file as HTML (``/old/file.pdf``), and when the address hides
    a slash, so that no file is its own.
    """
    if hides_folders(address):
        return None
    path = unquote(address).lstrip("/")
    if address.endswith("/"):
        return path + "index.html"
    if path.lower().endswith((".html", ".htm")):
        return path
    return None if "." in posixpath.basename(path) else path + "/index.html"


def spellings(address: str) -> tuple[str, ...]:
    """Return every path that a static host answers with the page at this address path, that path first.

    >>> spellings("/a/")
    ('/a/', '/a', '/a/index.html')
    """
    if address == "/":
        return ("/", "/index.html")
    if address.endswith("/"):
        return (address, address[:-1], address + "index.html")
    if address.endswith(".html"):
        return (address, address.removesuffix(".html"))
    return (address,)


def sameness(address: str) -> str:
    """Return a key that is equal for two address paths that some host or file system takes for one."""
    return unicodedata.normalize("NFC", unquote(spellings(address)[-1])).casefold()


def relative(here: str, there: str) -> str:
    """Return the shortest relative URL that leads from one address path to another.

    >>> relative("/old/page/", "/new/")
    '../../new/'
    """
    folder, _, name = there.rpartition("/")
    ours = [part for part in here.rpartition("/")[0].split("/") if part]
    theirs = [part for part in folder.split("/") if part]
    same = sum(1 for _ in takewhile(bool, map(eq, ours, theirs)))
    path = "../" * (len(ours) - same) + "".join(f"{part}/" for part in theirs[same:]) or "./"
    if name and path == "./":
        # A bare name such as "a:b" would be read as a scheme (RFC 3986 section 4.2).
        path = "./" if ":" in name else ""
    return path + name if name or ":" not in path.partition("/")[0] else "./" + path


def href(here: str, target: Address | str) -> str:
    """Return the shortest URL that leads from an address path to an address, or to an absolute URL."""
    if isinstance(target, str):
        return target
    fragment = str(target)[len(target.path) :]
    return fragment if fragment and target.path == here else relative(here, target.path) + fragment
