"""Move pages, folders, assets and headings: every link, every name and every redirect goes along.

What the author asks for is planned by the rooms above, as functions from what the site says to what it shall
say: its links, names, headings and map. Before anything is written, the pages concerned are rendered as they
were and as they would be, with the site's own Markdown, and every link has to lead where it led. ``Mover``
puts all of that together, and ``apply`` writes it.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from unbroken.builders import asking
from unbroken.findings.commands import typed
from unbroken.model.addresses import Address, is_page_path
from unbroken.model.errors import GitError, Refused
from unbroken.model.redirects import parse_map, quoted
from unbroken.move import report, whole
from unbroken.move.alone import prove_pages
from unbroken.move.config_files import ConfigFiles
from unbroken.move.headings import cut, rename
from unbroken.move.known_faults import baseline
from unbroken.move.links import Relinked, keep, put_back, relink
from unbroken.move.redirects import MapEdit, redirect, redirect_patterns
from unbroken.move.references import (
    InTemplates,
    in_front_matter,
    in_macros,
    in_metadata,
    in_navigation,
    lists_all,
    yaml_scalar,
)
from unbroken.move.request import asked, given_away, handed_over, judge_anchors, renamed
from unbroken.move.targets import Docs, Move, moved
from unbroken.move.tree import Source, Tree
from unbroken.workspace import ledger
from unbroken.workspace.changes import Renames, renamed_since
from unbroken.workspace.config import Config
from unbroken.workspace.files import shown
from unbroken.workspace.git import git
from unbroken.workspace.transaction import Change, Write, make

_NAVS = (".pages", ".nav.yml", ".nav.yaml")
_TEMPLATES = (".html", ".htm", ".jinja", ".jinja2", ".j2", ".xml")
# How many places in templates are named one by one.
_SHOWN = 10


@dataclass
class Prepared:
    """A move that is planned and proved.

    Attributes:
        change: what happens to the tree.
        summary: what it comes to, a line each.
        diff: the same as a unified diff.
        advice: what is left for the author to do, a line each.
        move: what goes where, with all that goes along.
        free: the pages whose text changes on purpose.
        cut: the pages of which a section has gone to another, and those.
        addresses: the address path afterwards, as the move is planned, of each moved page, and of each whose
            title may be its address.
    """

    change: Change
    summary: list[str]
    diff: str
    advice: list[str]
    move: Move = field(default_factory=Move)
    free: frozenset[str] = frozenset()
    cut: frozenset[str] = frozenset()
    addresses: Mapping[str, str] = field(default_factory=dict)


class Mover:
    """Prepare moves on one site.

    Args:
        config: the site's configuration.
        reuse: whether a page may take an address that readers know for other content.
        title: new words for the heading that gets another anchor.
        seen: what git sees renamed since a commit. It counts as not moved yet, so that the move is planned as
            any other, and only the texts are left to change.
        prove: ``pages`` or ``build``, how the move is proved; empty for what it takes to see all.
        leave: whether to go on where something changes that cannot be rewritten.
        tell: called with what an author should know while it takes long.
        addresses: the address path of pages after the move, where the builder was asked.

    Raises:
        Refused: the site cannot be read.
    """

    def __init__(
        self,
        config: Config,
        *,
        reuse: bool = False,
        title: str = "",
        seen: Renames | None = None,
        prove: str = "",
        leave: bool = False,
        tell: Callable[[str], object] = lambda line: None,
        addresses: Mapping[str, str] | None = None,
    ) -> None:
        if seen and config.listing:  # it has the new names, and every path is the old one
            config = replace(config, listing=config.listing.before(seen.files, config.directory_urls))
        self.config = config
        self.reuse = reuse
        self.title = title
        self.prove = prove
        self.leave = leave
        self.tell = tell
        self.addresses = addresses or {}
        self.tree = Tree(config, seen)
        self.files = ConfigFiles(config, self.tree)
        self._recorded = ledger.read(config.ledger)

    def move(self, pairs: Iterable[tuple[str, str]]) -> Move:
        """Return the move that pairs of names stand for.

        Raises:
            Refused: it cannot be made.
        """
        return asked(self.tree, pairs, reuse=self.reuse, title=self.title)

    def renamed(self) -> Move:
        """Return the move that git has seen since the commit that was named.

        Raises:
            Refused: it cannot be made.
        """
        return renamed(self.tree, reuse=self.reuse)

    def prepare(self, move: Move) -> Prepared:
        """Plan and prove a move: by its pages where they show all, else by the whole site, built twice.

        Raises:
            Refused: it cannot be made, or not all of it could be proved.
        """
        acting = asking.acting(self.config)
        builds = self.prove != "pages" and (bool(acting) or self.prove == "build")
        if builds and (reason := asking.refusal(self.config)):
            raise Refused(whole.unbuildable(f"its site cannot be built: {reason}"))
        prepared = self._planned(move, builds)
        if builds:
            return self._proved_by_build(move, prepared)
        if acting:
            seen = prepared.summary[-1].replace("Proved", "Checked").removesuffix(".")
            prepared.summary[-1] = f"{seen}, as Markdown alone has them."
            prepared.advice.append(f"Not seen: what {', '.join(acting)} make of the pages.")
        return prepared

    def _proved_by_build(self, move: Move, prepared: Prepared) -> Prepared:
        """Prove a move by what the builder makes of the whole site, before and after."""
        tree = self.tree
        names = sorted(path for path in tree.files if is_page_path(path))
        changing = (prepared.free, prepared.cut)
        shown: dict[str, set[str]] = {}

        def mends(left: list[whole.Left]) -> bool:
            if not tree.shown:
                shown.update(self._shown(left, prepared.move))
            return bool(shown)

        found = whole.proved(
            self.config, prepared.change, tree.back(), prepared.move, names, changing, self.tell, mends
        )
        others = {new: found.addresses.get(new, there) for new, there in prepared.addresses.items()}
        known = others if others != prepared.addresses and not self.addresses else self.addresses
        if shown or known is not self.addresses:
            # What the builder makes of the new names, and of the texts, is known only now.
            again = Mover(
                self.config, reuse=self.reuse, title=self.title, seen=tree.seen, leave=self.leave,
                prove=self.prove, tell=self.tell, addresses=known,
            )  # fmt: skip
            again.tree.shown = shown or tree.shown
            return again._proved_by_build(move, again._planned(move, builds=True))
        left = whole.told(found.left, tree, move)
        if left and not self.leave:
            known_left = [each for each in prepared.advice if each.startswith("Left for you: ")]
            raise Refused(
                "\n".join(
                    [
                        *left,
                        *known_left,
                        "Nothing was changed. Mend these, or say --leave to move all the same.",
                    ]
                )
            )
        prepared.advice += [*left, *whole.said_of_unsteady(found.unsteady)]
        prepared.summary[-1] = report.proved(found.links, found.pages, built=True)
        return prepared

    def _shown(self, left: Iterable[whole.Left], move: Move) -> dict[str, set[str]]:
        """Return the destinations that only the builder shows to be links, where they are to follow a move.

        A hook or a plugin may change a text so much that Markdown alone reads it as something else.
        """
        tree = self.tree
        found: dict[str, set[str]] = {}
        for page in {each.page for each in left if each.url and each.page in tree.files}:
            for link in tree.unread(tree.text(page)):
                was = tree.before.meaning(page, link.destination, link.kind)
                if was and was.kind == "file" and (moved(was, move).end != was.end or page in move.files):
                    found.setdefault(page, set()).add(link.destination)
        return found

    def _config_after(self, move: Move) -> Config:
        """Return the configuration with what the builder publishes after a move."""
        listing = self.config.listing
        if listing is None:
            return self.config
        after = listing.after(move.files, self.addresses, self.config.directory_urls)
        return replace(self.config, listing=after)

    def _planned(self, move: Move, builds: bool) -> Prepared:
        """Plan a move, and prove it by the pages as Markdown renders them; what fails may be built next."""
        tree = self.tree
        move, pages = cut(tree, move)
        if not self.reuse:
            judge_anchors(tree, move)
        files = move.after(tree.files)
        target, lines = self.files.of_map()
        published = self._published(move)
        wanted = (lambda source: False) if target is None else self.files.takes
        config = self._config_after(move)
        left = handed_over(tree, move)
        changes = redirect(tree.redirects, tree.before, files, move, published, wanted, config.address, left)
        advice = self._unredirected(move, changes, published, target)
        advice += [
            f"Browsers may keep the redirect of {quoted(e.source)}; {typed('unbroken check')} says how long."
            for e in changes.delete
            if self.config.hosts and "#" not in e.source
        ]
        advice += [
            f"Left for you: a hook or a plugin redirects {quoted(e.source)}, which is published now."
            for e in changes.left
        ]
        redirect_patterns(tree.redirects, tree.before, move, self._recorded, changes)
        entries = changes.entries(self.config.entries)
        patterns = [e._replace(target=changes.patterns.get(e, e.target)) for e in self.config.patterns]
        known = parse_map(
            entries,
            patterns,
            self.config.retired,
            directory_urls=self.config.directory_urls,
            listing=config.listing,
        )
        after = Docs(files, known, config, tree.below, tree.renderer.is_rooted)
        sources = list(tree.sources(move, tree.includes(), reuse=self.reuse))
        own = put_back(tree, sources, after, move) if tree.seen else {}
        planned = relink(sources, tree.before, after, move, tree.name, self._snippet(move))
        texts = dict(planned.texts)
        for path in pages:
            texts.setdefault(path, tree.text(path))
        for path, right in own.items():
            texts[path] = keep(tree, path, right, planned)
        planned.rewritten = {path: links for path, links in planned.rewritten.items() if links}
        for source in sources:
            text = texts.get(source.path, source.text)
            changed = in_front_matter(text, source.path, tree.before, after, move)
            if changed != source.text:
                texts[source.path] = changed
        retitled = rename(tree, move, texts, self.title)
        self._navs(move, texts, advice)
        self._macros(move, sources, texts, advice)
        self._metadata(move, advice)
        self._templates(move, texts, advice)
        try:
            proved = prove_pages(tree, move, sources, texts, after, retitled, planned)
        except Refused:
            if not builds:
                raise
            # The configuration may say what the text does not, and the builder is asked next.
            proved = 0, 0
        named = self.files.changed(move, changes, target, after)
        advice += [f"Left for you: {each}" for each in self.files.left(move, named)]
        if self.reuse:
            named |= self._reused(given_away(tree, move))
        named |= baseline(tree, move, config.address, planned)
        prepared = self._prepared(move, planned, texts, named, changes, proved, advice, lines)
        prepared.move, prepared.free, prepared.cut = move, frozenset(retitled), frozenset(pages)
        retitled = {page for page in retitled if self.config.listing and self.config.listing.decides(page)}
        prepared.addresses = {page: config.address(page) for page in {*move.files.values(), *retitled}}
        for there in pages[1::2]:
            prepared.summary.insert(
                1, f"The section's text is now at the end of {tree.name(move.file(there))}."
            )
        return prepared

    def _prepared(
        self,
        move: Move,
        planned: Relinked,
        texts: Mapping[str, str],
        named: Mapping[str, tuple[bytes, bytes]],
        changes: MapEdit,
        proved: tuple[int, int],
        advice: list[str],
        map_file: str,
    ) -> Prepared:
        writes = [
            Write(
                self.tree.from_root(move.file(path)),
                self.tree.on_disk(path),
                text.encode("utf-8", "surrogateescape"),
            )
            for path, text in texts.items()
        ]
        writes += [Write(path, was, now) for path, (was, now) in named.items()]
        writes = sorted((w for w in writes if w.before != w.after), key=lambda w: w.path)
        from_root = self.tree.from_root
        renames = [(from_root(old), from_root(new)) for old, new in sorted(move.files.items())]
        about = report.about(move)
        done = f"Moved {about}."
        if seen := self.tree.seen:
            renames = []
            done = f"Renamed since {seen.ref}: {about}."
            about = f"what followed from renaming {about}"
        summary = [done, *report.rewritten(planned)]
        if seen and not writes:
            summary.append("All that names it is right already.")
        summary += report.redirects(changes, map_file)
        configured = {self.tree.from_root_of(file) for file in self.config.files}
        others = [path for path in named if path in configured and (path != map_file or not changes)]
        if others:
            summary.append(f"Names changed in {', '.join(sorted(others))}.")
        summary.append(report.proved(*proved))
        return Prepared(Change(renames, writes, about), summary, report.diff(renames, writes), advice)

    def _reused(self, given: Sequence[Address]) -> dict[str, tuple[bytes, bytes]]:
        """Return the ledger with a comment for each address that shows other content on purpose."""
        file = self.config.ledger
        try:
            text = ledger.text_of(file)
        except OSError as error:
            raise Refused(f"{shown(file)} cannot be read: {error.strerror}.") from None
        held = ledger.held(text)
        lines = [f"# reused: {address}" for address in given if address in held]
        path = self.tree.from_root_of(file)
        if not lines or path.startswith("../"):
            return {}
        new = ledger.extended("\n".join([*lines, text]), (), shown(file))
        return {path: (file.read_bytes(), new.encode())}

    # Redirects.

    def _published(self, move: Move) -> Callable[[str, str], bool]:
        """Return a function that says whether a page path or a heading was ever published."""
        hidden = self.tree.renderer.unpublished({*move.files, *(heading.page for heading in move.headings)})
        try:
            ref = self.tree.seen.ref if self.tree.seen else "HEAD"
            top = os.path.realpath(git(self.tree.root, "rev-parse", "--show-toplevel").removesuffix("\n"))
            listed = git(self.tree.root, "ls-tree", "-r", "-z", "--name-only", "--full-tree", ref)
        except GitError:
            return lambda page, anchor: page not in hidden  # without a history nothing else tells
        committed = set(listed.split("\0"))

        def is_committed(page: str) -> bool:
            # Git knows a file by its own folder, and docs_dir may be a link, or lead through one.
            path = self.config.docs_dir / page
            name = os.path.join(os.path.realpath(path.parent), path.name)
            there = os.path.relpath(name, top).replace(os.sep, "/")
            return there in committed or there.startswith("../")

        def is_published(page: str, anchor: str) -> bool:
            recorded = Address(self.tree.before.address(page), anchor) in self._recorded
            return recorded or (page not in hidden and is_committed(page))

        return is_published

    def _unredirected(
        self, move: Move, changes: MapEdit, published: Callable[[str, str], bool], target: Path | None
    ) -> list[str]:
        """Return which lines the author has to add, where the site has no place for them."""
        if target is not None and self.files.is_ours:
            return []
        tree = self.tree
        address = self._config_after(move).address
        files, left = move.after(tree.files), handed_over(tree, move)
        found = redirect(tree.redirects, tree.before, files, move, published, lambda _: True, address, left)
        missing = {source: there for source, there in found.add.items() if source not in changes.add}
        if not missing:
            return []
        pages = {source: t for source, t in missing.items() if is_page_path(source.partition("#")[0])}
        if target is None:
            advice = ["This site has no redirects yet, so old addresses do not answer. Set it up, then move:"]
            advice += [f"  {typed('unbroken move --undo')}    # if this is moved already"]
            advice += [f"  {typed('unbroken init')}"]
            if not pages:
                return advice
            advice += [f"Or add to {shown(self.config.file)}:", "plugins:"]
            if not any(re.search(rb"(?m)^plugins\s*:", file.read_bytes()) for file in self.config.files):
                advice.append("  - search")  # which MkDocs has only where no plugins are named
            advice += ["  - redirects:", "      redirect_maps:"]
            return advice + [
                f"        {yaml_scalar('', '', s)}: {yaml_scalar('', '', t)}" for s, t in pages.items()
            ]
        kinds = " and ".join(["headings"] * bool(pages) + ["files"] * (len(pages) < len(missing)))
        advice = [
            f"Redirects of {kinds} need the plugin `unbroken`. Run: {typed('unbroken init')}, and add these:"
        ]
        return advice + [f"  {yaml_scalar('', '', s)}: {yaml_scalar('', '', t)}" for s, t in missing.items()]

    # Texts.

    def _snippet(self, move: Move) -> Callable[[str], str | None]:
        def new(written: str) -> str | None:
            found = self.tree.snippet_file(written)
            if found is None or found[0] not in move.files:
                return None
            there = Path(os.path.normpath(self.config.docs_dir / move.files[found[0]]))
            for folder in (found[1], *self.config.snippets):
                path = os.path.relpath(there, folder).replace(os.sep, "/")
                if not path.startswith("../"):
                    return path
            raise Refused(
                f"{self.tree.name(found[0])} is included by pages, and no snippet folder holds its new place."
            )

        return new

    def _navs(self, move: Move, texts: dict[str, str], advice: list[str]) -> None:
        """Change the names in the navigation files that plugins read in each folder."""
        tree = self.tree
        for path in sorted(tree.files):
            if posixpath.basename(path) not in _NAVS:
                continue
            changed, gone, left = in_navigation(tree.text(path), path, tree.before, move)
            there = tree.name(move.file(path))
            advice += [f"{there} names {each} no longer, which is not below it now." for each in sorted(gone)]
            if left and not self.leave:
                raise Refused(
                    "\n".join(f"{there} names {each}, which would be no longer below it." for each in left)
                    + "\nNothing was changed. Mend this, or say --leave to move all the same."
                )
            advice += [f"{there} still names {each}, which is no longer below it." for each in left]
            advice += [
                f"Left for you: {there} does not name {posixpath.basename(new)}, so the navigation lacks it."
                for old, new in sorted(move.files.items())
                if is_page_path(new)
                and posixpath.dirname(new) == posixpath.dirname(move.file(path))
                and posixpath.dirname(old) != posixpath.dirname(path)
                and not lists_all(changed)
            ]
            if changed != tree.text(path):
                texts[path] = changed

    def _metadata(self, move: Move, advice: list[str]) -> None:
        """Say which pages get other metadata from the files that a plugin reads for all below a folder."""
        if {"meta", "material/meta"} & {*self.config.plugins}:
            name = self.tree.name
            advice += [
                f"Left for you: {name(file)} is for {name(page)} {'from now on' if now else 'no longer'}."
                for file, page, now in in_metadata(self.tree.files, move)
            ]

    def _macros(
        self, move: Move, sources: Iterable[Source], texts: Mapping[str, str], advice: list[str]
    ) -> None:
        """Say which arguments of macros name another file from where the page is afterwards."""
        for source in sources:
            text = texts.get(source.path, source.text)
            for page in source.pages if "{" in text else ():
                advice += [
                    f"Left for you: {self.tree.name(move.file(source.path))}:{line} names {name} in a macro."
                    for line, name in in_macros(text, page, self.tree.before, move)
                ]

    def _templates(self, move: Move, texts: dict[str, str], advice: list[str]) -> None:
        """Change each ``{{ 'address/' | url }}`` in the site's own templates, and say what else they name."""
        folder = self.config.custom_dir
        if folder is None:
            return
        names = InTemplates(self.tree.before, move)
        if not names:
            return
        left: list[str] = []
        for file in sorted(folder.rglob("*")):
            if file.suffix not in _TEMPLATES or not file.is_file():
                continue
            path = os.path.relpath(file, self.config.docs_dir).replace(os.sep, "/")
            text = self.tree.text(path)
            changed = names.renamed(text) if file.is_relative_to(self.tree.root) else text
            if changed != text:
                texts[path] = changed
            left += [f"{shown(file)}:{number} names {name}." for number, name in names.left(changed)]
        left = [*dict.fromkeys(left)]
        advice += [f"Left for you: {each}" for each in left[:_SHOWN]]
        if len(left) > _SHOWN:
            advice.append(f"And {len(left) - _SHOWN} more places in {shown(folder)}.")


def seen(config: Config, ref: str) -> Renames:
    """Return what git sees renamed between a commit and the files as they are.

    Raises:
        Refused: git cannot tell.
    """
    folders = [folder for folder in config.snippets if folder != config.file.parent]
    try:
        return renamed_since(config.file.parent, config.docs_dir, folders, ref)
    except GitError as error:
        raise Refused(f"git cannot tell what was renamed: {error}.") from None


def apply(config: Config, prepared: Prepared) -> None:
    """Make a prepared move, all of it or nothing.

    Raises:
        Conflict: the disk or git did not take it, and everything is as it was.
    """
    if not (prepared.change.renames or prepared.change.writes):
        return  # so that the move before can still be undone
    make(config.file.parent, prepared.change, config.docs_dir)
