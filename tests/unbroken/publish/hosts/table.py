"""One table of requests and answers for every server, and the small site that all of them serve."""

from __future__ import annotations

import http.client
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.unbroken.sites import page, write_config, write_site
from unbroken.publish.finish import Outcome, finish
from unbroken.workspace import config as configuration

if TYPE_CHECKING:
    from pathlib import Path

PAGES = {
    "index.html": page(title="Home"),
    "404.html": page(title="Nothing here"),
    "new/index.html": page("part", title="New"),
    "new-section/index.html": page(title="New section"),
    "other/index.html": page("place", title="Other"),
    "camel/index.html": page(title="Small camel"),
    "größe/index.html": page(title="Size"),
    "mixed/keep/index.html": page(title="Kept"),
    "v2/install/index.html": page(title="Install"),
    "v2/other/index.html": page(title="Other"),
}
REDIRECTS = {
    "old.md": "new.md",
    "older.md": "old.md",
    "section/index.md": "new-section/index.md",
    "moved.md": "new.md#part",
    "über-uns.md": "new.md",
    "caf%C3%A9.md": "new.md",
    "two words.md": "new.md",
    "to-unicode.md": "größe.md",
    "left.md": "https://elsewhere.example/place/",
    "left-query.md": "https://elsewhere.example/place/?from=here",
    "left-anchor.md": "https://elsewhere.example/place/#part",
    "files/manual.pdf": "new.md",
    "legacy/page.html": "new.md",
    "Camel.md": "new.md",
    "v1/special.md": "new.md",
    "split.md": "new.md",
    "split.md#part": "other.md#place",
}
PATTERNS = {"v1/*": "v2/*", "mixed/*": "v2/*", "flat/*": "new.md#part"}
RETIRED = ["gone.md"]
LEDGER = ["/v1/install/", "/v1/special/", "/mixed/keep/", "/mixed/other/", "/flat/one/"]


@dataclass(frozen=True)
class Answer:
    """What a server says: a status, where to, and a word that its page contains."""

    status: int
    location: str | None = None
    text: str = ""


@dataclass(frozen=True)
class But:
    """Another answer, and why these servers give it."""

    answer: Answer
    reason: str
    servers: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """One request and the answer to it, with the servers that answer otherwise."""

    name: str
    path: str
    answer: Answer
    method: str = "GET"
    but: tuple[But, ...] = field(default=())

    def expected(self, server: str) -> Answer:
        """The answer that one server gives."""
        answer = next((but.answer for but in self.but if server in but.servers), self.answer)
        return replace(answer, location=sent(server, self.path, answer.location))


def to(location: str) -> Answer:
    """A redirect that is meant to last."""
    return Answer(301, location)


NOTHING = Answer(404, text="Nothing here")
GONE = Answer(410)
STUB = Answer(200, text="This page has moved")

CLOUDFLARE = ("pages", "workers")
# Why a visitor's query is lost.
DROPS_QUERY = {"azure": "a route has no way to name it"}
# Why a whole URL stands in Location; the others send it from the root on.
ABSOLUTE = {
    "apache": "mod_rewrite makes every redirect a whole URL",
    "htaccess": "mod_rewrite makes every redirect a whole URL",
    "netlify": "the fetch standard's Response.redirect does",
    "azure": "the emulator resolves it against the address that was asked for",
    "traefik": "what RedirectRegex replaces is a whole URL",
}


def sent(server: str, path: str, location: str | None) -> str | None:
    """The Location of a server that may drop the query which a path has."""
    query = path.partition("?")[2]
    if not (location and query and server in DROPS_QUERY):
        return location
    return location.replace(f"?{query}", "").replace(f"&{query}", "")


THEME_404 = But(Answer(404, text="404"), "MkDocs makes the page from its theme", ("serve",))
NO_410 = But(NOTHING, "the host has no status 410", (*CLOUDFLARE, "netlify", "traefik", "firebase"))
OWN_QUERY = "the query of the target replaces the visitor's"
BEHIND = "the query is put behind the fragment"
NO_REST = "a route cannot take over the rest of an address"
PERMANENT = "RedirectRegex answers 301 to GET alone"

CASES = [
    Case("page", "/old/", to("/new/")),
    Case("index page", "/section/", to("/new-section/")),
    Case("missing slash", "/old", to("/new/")),
    Case("missing slash of an index page", "/section", to("/new-section/")),
    Case("index.html", "/old/index.html", to("/new/")),
    Case("query", "/old/?a=1&b=%C3%BC", to("/new/?a=1&b=%C3%BC")),
    Case("missing slash with a query", "/old?a=1", to("/new/?a=1")),
    Case(
        "query with a question mark",
        "/old/?a=b%3Fc",
        to("/new/?a=b%3Fc"),
        but=(But(to("/new/?a=b%253Fc"), "the query is encoded once more", ("firebase",)),),
    ),
    Case("anchor target", "/moved/", to("/new/#part")),
    Case(
        "query with an anchor target",
        "/moved/?a=1",
        to("/new/?a=1#part"),
        but=(But(to("/new/#part?a=1"), BEHIND, ("firebase",)),),
    ),
    Case("Unicode source", "/%C3%BCber-uns/", to("/new/")),
    Case("Unicode source without its slash", "/%C3%BCber-uns", to("/new/")),
    Case(
        "Unicode source in small hexadecimal digits",
        "/%c3%bcber-uns/",
        to("/new/"),
        but=(
            But(STUB, "rules are compared as sent, files decoded", ("pages", "azure")),
            But(Answer(307, "/%C3%BCber-uns/"), "the spelling is put right first", ("workers",)),
        ),
    ),
    Case("percent-encoded source", "/caf%C3%A9/", to("/new/")),
    Case(
        "source with a space",
        "/two%20words/",
        to("/new/"),
        # So its stub answers; but what runs here compares the names of files undecoded.
        but=(But(NOTHING, "_redirects parts its words at white space", ("netlify",)),),
    ),
    Case("Unicode target", "/to-unicode/", to("/gr%C3%B6%C3%9Fe/")),
    Case("pattern", "/v1/install/", to("/v2/install/")),
    Case("pattern without the slash", "/v1/install", to("/v2/install/")),
    Case("pattern with a query", "/v1/install/?a=1", to("/v2/install/?a=1")),
    Case(
        "pattern, address not in the ledger",
        "/v1/%C3%BC/x/?a=1",
        to("/v2/%C3%BC/x/?a=1"),
        but=(But(NOTHING, NO_REST, ("azure",)),),
    ),
    Case("pattern, the prefix itself", "/v1/", to("/v2/"), but=(But(NOTHING, NO_REST, ("azure",)),)),
    Case("pattern, more exact line", "/v1/special/", to("/new/")),
    Case(
        "pattern to one anchor",
        "/flat/two/?a=1",
        to("/new/?a=1#part"),
        but=(But(to("/new/#part?a=1"), BEHIND, ("firebase",)),),
    ),
    Case("pattern around a live page", "/mixed/other/", to("/v2/other/")),
    Case("live page below a pattern", "/mixed/keep/", Answer(200, text="Kept")),
    Case("chain", "/older/", to("/new/")),
    Case("external target", "/left/", to("https://elsewhere.example/place/")),
    Case("external target with a query", "/left/?a=1", to("https://elsewhere.example/place/?a=1")),
    Case(
        "external target with its own query",
        "/left-query/",
        to("https://elsewhere.example/place/?from=here"),
        but=(
            But(to("https://elsewhere.example/place/?from=here&"), "an empty query is joined", ("firebase",)),
        ),
    ),
    Case(
        "external target with two queries",
        "/left-query/?a=1",
        to("https://elsewhere.example/place/?from=here&a=1"),
        but=(But(to("https://elsewhere.example/place/?from=here"), OWN_QUERY, (*CLOUDFLARE, "netlify")),),
    ),
    Case(
        "external target with query and anchor",
        "/left-anchor/?a=1",
        to("https://elsewhere.example/place/?a=1#part"),
        but=(But(to("https://elsewhere.example/place/#part?a=1"), BEHIND, ("firebase",)),),
    ),
    Case("file that is not a page", "/files/manual.pdf", to("/new/")),
    Case("source with its file name", "/legacy/page.html", to("/new/")),
    Case("source in its own case", "/Camel/", to("/new/")),
    Case("live page that differs in case", "/camel/", Answer(200, text="Small camel")),
    Case("source in another case", "/OLD/", NOTHING, but=(THEME_404,)),
    Case("split page, which only its stub can answer", "/split/", STUB),
    Case("retired", "/gone/", GONE, but=(NO_410,)),
    Case("retired without its slash", "/gone", GONE, but=(NO_410,)),
    Case("HEAD", "/old/", to("/new/"), "HEAD", (But(Answer(308, "/new/"), PERMANENT, ("traefik",)),)),
    Case(
        "HEAD with a query",
        "/old/?a=1",
        to("/new/?a=1"),
        "HEAD",
        (But(Answer(308, "/new/?a=1"), PERMANENT, ("traefik",)),),
    ),
    Case("HEAD of a retired address", "/gone/", GONE, "HEAD", (NO_410,)),
    Case("live page", "/new/", Answer(200, text="<title>New</title>")),
    Case("live page with a query", "/new/?a=1", Answer(200, text="<title>New</title>")),
    Case("root", "/", Answer(200, text="Home")),
    Case("nothing", "/nowhere/", NOTHING, but=(THEME_404,)),
]


def finished(folder: Path, *hosts: str) -> tuple[Path, Outcome]:
    """The table's site, finished for these hosts, and what that came to."""
    write_config(
        folder,
        REDIRECTS,
        site_url="https://docs.example/",
        unbroken={"hosts": list(hosts), "patterns": PATTERNS, "retired": RETIRED},
    )
    (folder / "published-urls.txt").write_text("\n".join(LEDGER) + "\n", encoding="utf-8")
    site = write_site(folder / "site", PAGES)
    return site, finish(configuration.read(folder / "mkdocs.yml"), site)


def ask(url: str, path: str, method: str = "GET") -> tuple[int, str | None, str]:
    """Status, Location and body of one request, its path sent as it is."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    try:
        connection.putrequest(method, path)
        connection.endheaders()
        response = connection.getresponse()
        body = response.read().decode("utf-8", errors="replace")
        return response.status, response.getheader("Location"), body
    finally:
        connection.close()


def header(url: str, path: str, name: str) -> str | None:
    """One header of the answer to a request."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().getheader(name)
    finally:
        connection.close()
