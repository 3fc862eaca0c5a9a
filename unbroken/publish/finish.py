"""Put stubs, anchor moves and rule files into a built site.

The result is the same whichever builder made the site, and the same when run twice. Nothing is written
outside the site directory, and nothing over a page that is published.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from pathlib import Path
from urllib.parse import urljoin

from unbroken.findings.base import Finding, Place, choose, in_order
from unbroken.formats.comments import Story
from unbroken.model.addresses import Address, href, is_page_path, relative, stub_file
from unbroken.model.plan import Answer, Plan, judge
from unbroken.model.redirects import Published, RedirectMap, Target
from unbroken.model.resolver import ERROR_PAGE
from unbroken.publish import lookup, moved_pages
from unbroken.publish.hosts import HOSTS, Host, clashes
from unbroken.workspace import ledger
from unbroken.workspace.built_site import MARK, PAGE_ENDINGS, Site, read_page, settle
from unbroken.workspace.config import Config, redirects_of
from unbroken.workspace.files import replace, shown

#: The one script, for stubs and for pages whose anchors have moved.
SCRIPT = "assets/unbroken.js"

_TAG = re.compile(rb'<script src="[^"<>]*assets/unbroken\.js" data-unbroken-moves="[^"<>]*"></script>\n?')
_LOOKUP_TAG = re.compile(rb'<script src="[^"<>]*assets/unbroken-lookup\.js"></script>\n?')
_LANDMARKS = (b"</article>", b"</main>", b"</body>")
# What a page says of itself stands well within this many bytes.
_HEAD = 16 << 10


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


def prepare(
    config: Config, published: Published, redirects: RedirectMap | None = None
) -> tuple[Plan, list[Finding]]:
    """Return the plan for a site, and all that is wrong with its configuration and its map."""
    redirects = redirects or redirects_of(config)
    recorded, of_ledger = _recorded(config.ledger)
    plan, findings = judge(
        redirects, published, recorded, directory_urls=config.directory_urls, site_url=config.site_url
    )
    hosts, of_hosts = _hosts(config)
    for host in hosts:
        of_hosts += host.judge(plan, config.hosts[host.name])
    return plan, in_order([*config.findings, *of_ledger, *findings, *of_hosts])


def _recorded(file: Path) -> tuple[list[Address], list[Finding]]:
    """Return what the ledger holds; where it cannot be read, the finding that says so."""
    try:
        return ledger.read(file), []
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"The ledger cannot be read: {reason[:1].lower()}{reason[1:]}."
        remedy = f"Mend the file, or take it back from git: git checkout -- {shown(file)}."
        return [], [Finding("ledger-line", Place(shown(file)), message, remedy)]


def _hosts(config: Config) -> tuple[list[Host], list[Finding]]:
    """Return the hosts that a site has chosen."""
    findings: list[Finding] = []
    hosts: list[Host] = []
    for name, place in config.hosts.items():
        if name in HOSTS:
            hosts.append(HOSTS[name])
        else:
            message = f"There is no host {name!r}."
            findings.append(Finding("unknown-host", place, message, choose(name, HOSTS)))
    for first, second, file in clashes(config.hosts):
        findings.append(
            Finding(
                "host-clash",
                config.hosts[second],
                f"{first} and {second} both write {file}.",
                f"Keep one of them, and write the other's rules with `unbroken export {second}`.",
            )
        )
    return hosts, findings


def finish(config: Config, site_dir: Path, only: Host | None = None) -> Outcome:
    """Put everything that a plan asks for into a built site.

    Args:
        config: the site's configuration.
        site_dir: the folder that a builder wrote.
        only: the one host to finish it for; by default those that the site has chosen.

    Raises:
        NotADirectoryError: there is no such folder.
    """
    site = Site(site_dir)
    again = SCRIPT in site.files.values()
    wanted = redirects_of(config)
    settle(site, wanted, config.templates)
    writer = _Writer(site_dir, config.file.parent)
    _clear(writer, site, config)
    plan, findings = prepare(config, site, wanted)
    hosts = [only] if only else _hosts(config)[0]
    outcome = Outcome(plan, wanted)

    stubs = {
        name: answer
        for answer in plan.answers
        if (name := stub_file(answer.source)) and all(host.has_stub(answer) for host in hosts)
    }
    taken = set(site.files.values())
    others = {file: path for path, file in site.stubs.items()}
    for name, answer in stubs.items():
        if name in taken:
            continue
        there = os.path.join(site_dir, name)
        if name not in others and os.path.isfile(there) and not os.path.islink(there):
            # Another spelling of a page's path, where the disk does not tell them apart.
            writer.blocked(name, "something else is published there", answer.entry.place)
            continue
        writer.put(name, _stub(answer, plan), answer.entry.place)
        if name in others and others[name] not in site.ours and name in writer.written:
            outcome.replaced.append((others[name], name))
    for path in sorted(site.ours):
        if site.stubs[path] not in stubs:
            writer.remove(site.stubs[path])
    for path in sorted(site.files if again else plan.moves):
        file = site.files.get(path, "")
        if file.endswith(PAGE_ENDINGS):
            _move_anchors(writer, file, path, plan.moves.get(path, {}))
    if stubs or plan.moves:
        writer.put(SCRIPT, files("unbroken.publish").joinpath("unbroken.js").read_text(encoding="utf-8"))
    _tell_moves(writer, site, plan, wanted)
    _look_up(writer, site, plan, config.site_name)
    for host in hosts:
        _rule_files(writer, host, plan, config.hosts.get(host.name))
    outcome.findings = in_order([*findings, *writer.findings])
    outcome.written = writer.written
    outcome.removed = writer.removed
    return outcome


def _clear(writer: _Writer, site: Site, config: Config) -> None:
    """Remove the stubs that mkdocs-redirects writes to ``page.md#anchor`` and ``file.pdf`` as they stand."""
    literal = {entry.source for entry in config.entries if not is_page_path(entry.source)}
    for address, file in [item for item in site.files.items() if item[1] in literal]:
        if read_page(writer.read_bytes(file) or b"").to:
            writer.remove(file)
            del site.files[address]


def _rule_files(writer: _Writer, host: Host, plan: Plan, place: Place | None) -> None:
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


def _json(here: str, anchors: Mapping[str, Target]) -> str:
    places = {fragment: href(here, target) for fragment, target in sorted(anchors.items())}
    return escape(json.dumps(places, ensure_ascii=False, separators=(",", ":")))


def _stub(answer: Answer, plan: Plan) -> str:
    """Return the page that stands at an old address."""
    target = answer.target
    link = escape(href(answer.source, target))
    page = target if isinstance(target, str) else Address(target.path)
    canonical = page if isinstance(page, str) else href(answer.source, page)
    if plan.site_url and isinstance(page, Address):
        canonical = urljoin(plan.site_url, page.path.lstrip("/"))
    shown = target if isinstance(target, str) else plan.url(target)
    anchors = f' data-unbroken-anchors="{_json(answer.source, answer.anchors)}"' if answer.anchors else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
{MARK.decode()}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>This page has moved</title>
<link rel="canonical" href="{escape(canonical)}">
<script src="{relative(answer.source, "/" + SCRIPT)}" data-unbroken-to="{link}"{anchors}></script>
<noscript><meta http-equiv="refresh" content="0; url={link}"></noscript>
</head>
<body>
<p>This page has moved to <a href="{link}">{escape(shown)}</a>.</p>
</body>
</html>
"""


def _move_anchors(writer: _Writer, file: str, path: str, moves: Mapping[str, Target]) -> None:
    """Give a published page the script that sends its moved anchors on, or take it away."""
    html = writer.read_bytes(file)
    if html is None:
        return
    plain = _TAG.sub(b"", html)
    if moves:
        source = relative(path, "/" + SCRIPT)
        plain = _with(plain, f'<script src="{source}" data-unbroken-moves="{_json(path, moves)}"></script>\n')
    if plain != html:
        writer.put_bytes(file, plain)


def _with(html: bytes, tag: str) -> bytes:
    # Inside the article, because Material's instant navigation runs only the scripts it finds there.
    at = next((found for mark in _LANDMARKS if (found := html.rfind(mark)) >= 0), len(html))
    return html[:at] + tag.encode() + html[at:]


def _tell_moves(writer: _Writer, site: Site, plan: Plan, redirects: RedirectMap) -> None:
    """Fill the table of moved pages into every page that asks for it."""
    pairs: list[tuple[moved_pages.Move, Story]] | None = None
    for path, file in site.files.items():
        if not file.endswith(PAGE_ENDINGS) or path == ERROR_PAGE:
            continue
        html = writer.read_bytes(file)
        if html is None or moved_pages.MARK not in html:
            continue
        if pairs is None:
            pairs = moved_pages.rows(redirects, plan)
        new = moved_pages.filled(html, moved_pages.table(pairs, path, plan.base))
        if new != html:
            writer.put_bytes(file, new)


def _look_up(writer: _Writer, site: Site, plan: Plan, site_name: str) -> None:
    """Give the page for unknown addresses what it looks them up in, if it asks for that."""
    file = ERROR_PAGE.removeprefix("/")
    html = writer.read_bytes(file)
    if html is None:
        return
    plain = _LOOKUP_TAG.sub(b"", html)
    if lookup.is_wanted(plain):
        titles = {
            path: lookup.title_of(writer.read_bytes(name, _HEAD) or b"", site_name)
            for path, name in site.files.items()
            if name.endswith(PAGE_ENDINGS) and name != file
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


class _Writer:
    """Write files below one folder, and nowhere else.

    Args:
        root: that folder.
        above: the folder of the site's configuration.
    """

    def __init__(self, root: Path, above: Path) -> None:
        self.root = root
        self.above = above
        self.real = os.path.realpath(root)
        self.findings: list[Finding] = []
        self.written: list[str] = []
        self.removed: list[str] = []
        self.inside: dict[str, bool] = {}

    def blocked(
        self,
        file: str,
        reason: str,
        place: Place | None = None,
        remedy: str = "Remove what stands in its way and build again.",
    ) -> None:
        shown = (self.root / file).as_posix()
        self.findings.append(
            Finding(
                "blocked",
                place or Place(shown),
                f"{shown} cannot be written: {reason}.",
                remedy,
            )
        )

    def read_bytes(self, file: str, most: int = -1) -> bytes | None:
        """Return what a file holds, or its first bytes; None when there is none that can be read."""
        try:
            with (self.root / file).open("rb") as stream:
                return stream.read(most)
        except OSError:
            return None

    def read(self, file: str) -> str | None:
        """Return the text of a file, or None when there is none that can be read."""
        data = self.read_bytes(file)
        return None if data is None else data.decode("utf-8", errors="surrogateescape")

    def put(self, file: str, text: str, place: Place | None = None) -> None:
        """Write a text unless it stands there already."""
        self.put_bytes(file, text.encode("utf-8", errors="surrogateescape"), place)

    def put_bytes(self, file: str, data: bytes, place: Place | None = None) -> None:
        path = self.root / file
        try:
            if not self._is_inside(path.parent):
                self.blocked(file, "a link leads out of the site directory", place)
                return
            if not path.is_symlink() and self.read_bytes(file) == data:
                return
            replace(path, data, self.above, sync=False)  # a site can be built again
        except OSError as error:
            self.blocked(file, error.strerror or str(error), place)
            return
        except ValueError:  # a NUL in the name
            self.blocked(file, os.strerror(errno.EINVAL), place)
            return
        self.written.append(file)

    def remove(self, file: str) -> None:
        """Remove a file, and the folders that it leaves empty."""
        path = self.root / file
        if not self._is_inside(path.parent):
            return
        try:
            path.unlink()
            self.removed.append(file)
            for folder in path.parents:
                if folder == self.root:
                    break
                folder.rmdir()
        except OSError:
            return

    def _is_inside(self, folder: Path) -> bool:
        key = str(folder)
        if key not in self.inside:
            real = os.path.realpath(folder)
            self.inside[key] = real == self.real or real.startswith(self.real + os.sep)
        return self.inside[key]
