"""Put stubs, anchor moves and rule files into a built site.

The result is the same whichever builder made the site, and the same when run twice. Nothing is written
outside the site directory, and nothing over a page that is published.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from pathlib import Path
from urllib.parse import urljoin

from unbroken.findings.base import Finding, Place, in_order
from unbroken.formats.comments import Story
from unbroken.formats.html import Page, is_page_file, read_page
from unbroken.model.addresses import Address, is_page_path, relative
from unbroken.model.plan import Plan
from unbroken.model.redirects import RedirectMap, Target
from unbroken.model.resolver import ERROR_PAGE
from unbroken.publish import lookup, moved_pages
from unbroken.publish.hosts import Host, stub_of
from unbroken.publish.planning import chosen, prepare
from unbroken.publish.stubs import HEAD, SCRIPT, Preview, head_of, json_of, preview, stub
from unbroken.publish.writer import Writer
from unbroken.workspace.built_site import ANCHOR_REDIRECTS, Site, anchor_redirects, select_pages
from unbroken.workspace.config import Config, redirects_of

_TAG = re.compile(rb'<script src="[^"<>]*assets/unbroken\.js" data-unbroken-moves="[^"<>]*"></script>\n?')
_LOOKUP_TAG = re.compile(rb'<script src="[^"<>]*assets/unbroken-lookup\.js"></script>\n?')
_LANDMARKS = (b"</article>", b"</main>", b"</body>")


@dataclass(slots=True)
class Outcome:
    """What finishing a site came to.

    Attributes:
        plan: what the site now contains.
        redirects: the map that it is made from.
        findings: everything that is wrong, in order.
        written: the files that changed, relative to the site directory.
        removed: the stubs that no redirect asks for any more.
        replaced: each old address at which something else wrote a stub, with the file that is ours now.
    """

    plan: Plan
    redirects: RedirectMap
    findings: list[Finding] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    replaced: list[tuple[str, str]] = field(default_factory=list)


def finish(
    config: Config, site_dir: Path, only: Host | None = None, content: Mapping[str, Page] | None = None
) -> Outcome:
    """Put everything that a plan asks for into a built site.

    Args:
        config: the site's configuration.
        site_dir: the folder that a builder wrote.
        only: the one host to finish it for; by default those that the site has chosen.
        content: what the builder has just made of pages, where it is at hand.

    Raises:
        NotADirectoryError: there is no such folder.
    """
    writer = Writer(site_dir, config.file.parent, begins_anew=content is not None)
    looked = _Looked(writer)
    site = Site(site_dir, content=content, see=looked.see)
    again = SCRIPT in site.files.values()
    wanted = redirects_of(config)
    select_pages(site, wanted, config.templates)
    _clear(writer, site, config)
    plan, findings = prepare(config, site, wanted)
    hosts = [only] if only else chosen(config)[0]
    outcome = Outcome(plan, wanted)

    stubs = {name: answer for answer in plan.answers if (name := stub_of(plan, answer, hosts))}
    taken = set(site.files.values())
    others = {file: path for path, file in site.stubs.items()}
    led_to = {answer.target.path for answer in stubs.values() if isinstance(answer.target, Address)}
    told = {
        path: preview(looked.head(path, site.files[path]))
        for path in led_to & site.files.keys()
        if is_page_file(site.files[path])
    }
    for name, answer in stubs.items():
        if name in taken:
            continue
        page = answer.target.path if isinstance(answer.target, Address) else ""
        text = stub(answer, plan, told.get(page, Preview()))
        if not writer.put(name, text, answer.entry.place, over=name in others):
            # Another spelling of a page's path, where the disk does not tell them apart.
            if not answer.twin:
                writer.blocked(name, "something else is published there", answer.entry.place)
        elif name in others and others[name] not in site.ours and name in writer.written:
            outcome.replaced.append((others[name], name))
    for path in sorted(site.ours):
        if site.stubs[path] not in stubs:
            writer.remove(site.stubs[path])
    for path in sorted(site.files if again else plan.moves):
        file = site.files.get(path, "")
        if is_page_file(file):
            _move_anchors(writer, file, path, plan, plan.moves.get(path, {}))
    if stubs or plan.moves:
        writer.put(SCRIPT, files("unbroken.publish").joinpath("unbroken.js").read_text(encoding="utf-8"))
    _take_over(writer, site_dir, plan)
    if tables := [path for path in looked.tables if path in site.files]:
        _tell_moves(writer, site, tables, moved_pages.rows(wanted, plan), plan.base)
    _look_up(writer, site, plan, looked, config.site_name)
    for host in hosts:
        rule_files(writer, host, plan, config.hosts.get(host.name))
    outcome.findings = in_order([*findings, *writer.findings])
    outcome.written = writer.written
    outcome.removed = writer.removed
    return outcome


class _Looked:
    """What was seen of the pages of a built site, when each was read.

    Attributes:
        tables: the address paths of those that ask for the table of moved pages.
    """

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.tables: list[str] = []
        self._heads: dict[str, bytes] = {}

    def see(self, path: str, html: bytes) -> None:
        """Note what a page says of itself."""
        if head := head_of(html):
            self._heads[path] = head
        if path != ERROR_PAGE and moved_pages.MARK in html:
            self.tables.append(path)

    def head(self, path: str, file: str) -> bytes:
        """Return the first bytes of a page, in which is what it says of itself."""
        return self._heads.get(path) or (self.writer.read_bytes(file) or b"")[:HEAD]


def _take_over(writer: Writer, site_dir: Path, plan: Plan) -> None:
    """Leave out of the builder's own list of moved anchors what the pages and stubs here send on."""
    listed = anchor_redirects(site_dir)
    ours = {answer.source for answer in plan.answers}
    mine = {
        key for key, (path, fragment, *_), _ in listed if path in ours or fragment in plan.moves.get(path, ())
    }
    if mine:
        left = {key: url for key, _, url in listed if key not in mine}
        writer.put(ANCHOR_REDIRECTS, json.dumps(left, ensure_ascii=False, separators=(",", ":")))


def _clear(writer: Writer, site: Site, config: Config) -> None:
    """Remove the stubs that mkdocs-redirects writes to ``page.md#anchor`` and ``file.pdf`` as they stand."""
    literal = {entry.source for entry in config.entries if not is_page_path(entry.source)}
    for address, file in [item for item in site.files.items() if item[1] in literal]:
        if read_page(writer.read_bytes(file) or b"").to:
            writer.remove(file)
            del site.files[address]


def rule_files(writer: Writer, host: Host, plan: Plan, place: Place | None) -> None:
    """Write a host's files, around what the site's authors keep in them."""
    for file in host.files(plan):
        content = file.content
        existing = writer.read(file.path)
        if existing is not None:
            try:
                content = host.merge(existing, file)
            except ValueError as error:
                remedy = f"Correct {file.path} in docs_dir, or delete it there."
                writer.blocked(file.path, str(error), place, remedy)
                continue
        writer.put(file.path, content, place)


def _move_anchors(writer: Writer, file: str, path: str, plan: Plan, moves: Mapping[str, Target]) -> None:
    """Give a published page the script that sends its moved anchors on, or take it away."""
    html = writer.read_bytes(file)
    if html is None:
        return
    plain = _TAG.sub(b"", html)
    if moves:
        source = relative(path, "/" + SCRIPT)
        if b"<base" in plain.lower() and (base := read_page(plain).base):
            # Paths begin at the base; another host's is no place for the script.
            source = urljoin(plan.site_url, SCRIPT) if ":" in base or base.startswith("//") else ""
            source = source or f"{plan.base}/{SCRIPT}"
        tag = f'<script src="{escape(source)}" data-unbroken-moves="{json_of(path, moves)}"></script>\n'
        plain = _with(plain, tag)
    if plain != html:
        writer.put_bytes(file, plain)


def _with(html: bytes, tag: str) -> bytes:
    # Inside the article, because Material's instant navigation runs only the scripts it finds there.
    at = next((found for mark in _LANDMARKS if (found := html.rfind(mark)) >= 0), len(html))
    return html[:at] + tag.encode() + html[at:]


def _tell_moves(
    writer: Writer, site: Site, paths: Iterable[str], rows: list[tuple[moved_pages.Move, Story]], base: str
) -> None:
    """Fill the table of moved pages into each page that asks for it."""
    for path in paths:
        html = writer.read_bytes(site.files[path])
        if html is None:
            continue
        new = moved_pages.filled(html, moved_pages.table(rows, path, base))
        if new != html:
            writer.put_bytes(site.files[path], new)


def _look_up(writer: Writer, site: Site, plan: Plan, looked: _Looked, site_name: str) -> None:
    """Give the page for unknown addresses what it looks them up in, if it asks for that."""
    file = ERROR_PAGE.removeprefix("/")
    html = writer.read_bytes(file)
    if html is None:
        return
    plain = _LOOKUP_TAG.sub(b"", html)
    if lookup.is_wanted(plain):
        titles = {
            path: lookup.title_of(looked.head(path, name), site_name)
            for path, name in site.files.items()
            if is_page_file(name) and name != file
        }
        writer.put(lookup.DATA, lookup.text(plan, titles))
        writer.put(lookup.SCRIPT, files("unbroken.publish").joinpath("lookup.js").read_text(encoding="utf-8"))
        # It answers at addresses of any depth, so its script has a path from the host's root.
        plain = _with(plain, f'<script src="{escape(plan.base)}/{lookup.SCRIPT}"></script>\n')
    elif plain != html:
        writer.remove(lookup.DATA)
        writer.remove(lookup.SCRIPT)
    if plain != html:
        writer.put_bytes(file, plain)
