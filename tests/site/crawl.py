"""Follow every link of a built site with linkchecker, over HTTP so that fragments are checked too.

`python -m tests.site.crawl SITE` prints what is wrong; `--external` visits other sites. Tests run it as a
command, too: linkchecker's threads would outlive a test that breaks off, and nothing could end them.
"""

from __future__ import annotations

import argparse
import json
import re
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from linkcheck import checker, director, get_link_pat
from linkcheck.configuration import Configuration
from selectolax.lexbor import LexborHTMLParser

from tests.commands import output, run
from tests.servers.static import serve_directory

if TYPE_CHECKING:
    from collections.abc import Iterable

# linkchecker asks a server at most ten times a second unless it sends this header.
NO_THROTTLE = {"LinkChecker": "welcome"}
REQUESTS_PER_SECOND = 10_000
#: In seconds: ten times what this site takes on an idle machine.
LONGEST = 500


@dataclass
class Crawl:
    """What linkchecker found: the addresses it visited, those of other sites, and what is wrong."""

    visited: set[str] = field(default_factory=set)
    external: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


class _Collector:
    """A logger as linkchecker wants one, which keeps what it is told."""

    is_active = True

    def __init__(self, home: str) -> None:
        self.home = home
        self.crawl = Crawl()

    def start_output(self) -> None: ...

    def end_output(self, **_: object) -> None: ...

    def log_internal_error(self) -> None:
        self.crawl.faults.append("linkchecker broke off with an internal error")

    def log_filter_url(self, link: Any, _: bool) -> None:
        inside = link.url.startswith(self.home)
        if inside:
            self.crawl.visited.add(link.url.removeprefix(self.home))
        elif (url := str(link.url or link.base_url)).startswith("http"):
            self.crawl.external.add(url)
        page = str(link.parent_url or "").removeprefix(self.home)
        warnings = [text for _tag, text in link.warnings] if inside else []
        if not link.valid:
            warnings.append(str(link.result))
        self.crawl.faults += [f"{page} line {link.line}: {link.base_url}: {text}" for text in warnings]


def _never_visited(site: Path, server: str) -> str:
    """A pattern for addresses that are no other site: this one where it will be, and this machine."""
    home = LexborHTMLParser((site / "index.html").read_text(encoding="utf-8"))
    canonical = home.css_first('link[rel="canonical"]')
    url = (canonical.attributes["href"] if canonical else None) or ""
    hosts = "|".join(map(re.escape, filter(None, [urlsplit(url).hostname, "127.0.0.1", "localhost"])))
    return rf"^(?!{re.escape(server)}/)https?://({hosts})[:/]"


def crawl(site: Path, starts: Iterable[str] = ("/",), *, external: bool = False) -> Crawl:
    """Crawl a site from the given addresses; visit links to other sites only when told to."""
    options = ["--external"] if external else []
    done = run(sys.executable, "-m", "tests.site.crawl", "--json", *options, site, *starts, timeout=LONGEST)
    try:
        visited, beyond, faults = json.loads(done.stdout)
    except ValueError:
        raise AssertionError(f"the crawl broke off:\n{output(done)}") from None
    return Crawl(set(visited), set(beyond), faults)


def _crawled(site: Path, starts: Iterable[str], *, external: bool) -> Crawl:
    timeout = socket.getdefaulttimeout()
    with serve_directory(site, headers=NO_THROTTLE) as server:
        collector = _Collector(server.url)
        config = Configuration()
        config["checkextern"] = external
        config["enabledplugins"] = ["AnchorCheck"]
        config["externlinks"] = [get_link_pat(_never_visited(site, server.url), strict=True)]
        config["logger"] = collector
        config["maxrequestspersecond"] = REQUESTS_PER_SECOND
        config["status"] = False
        config["verbose"] = True  # the sound links as well
        try:
            config.sanitize()
            work = director.get_aggregate(config)
            for start in starts:
                link = checker.get_url_from(server.url + start, 0, work, extern=(0, 0))
                work.urlqueue.put(link)
            director.check_urls(work)
        finally:
            socket.setdefaulttimeout(timeout)
    return collector.crawl


def main() -> int:
    """Crawl for a person at a shell."""
    parser = argparse.ArgumentParser(prog="tests.site.crawl", description="Check every link of a built site.")
    parser.add_argument("site", type=Path)
    parser.add_argument("start", nargs="*", default=["/"], help="addresses to begin with")
    parser.add_argument("--json", action="store_true", help="print all that was found")
    parser.add_argument("--external", action="store_true", help="visit links to other sites as well")
    options = parser.parse_args()
    found = _crawled(options.site, options.start, external=options.external)
    if options.json:
        print(json.dumps([sorted(found.visited), sorted(found.external), found.faults]))
        return 0
    for fault in found.faults:
        print(fault)
    print(
        f"{len(found.visited)} addresses, {len(found.external)} links to other sites"
        f"{'' if options.external else ' (not visited)'}, {len(found.faults)} faults"
    )
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
