"""Move pages, folders, assets and headings: every link, every name and every redirect goes along.

A move is planned as a pure function from what the site says to what it shall say: ``plan``. Before anything
is written, the pages concerned are rendered as they were and as they would be, with the site's own Markdown,
and every link has to lead where it led: ``proof``. Reading, writing and asking git happen in ``Mover``.
"""

from __future__ import annotations

import difflib
import gc
import os
import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from unbroken import ledger
from unbroken.addresses import Address, is_page_path, page_address
from unbroken.config import Config
from unbroken.edit_map import PATTERNS, CannotEdit
from unbroken.edit_toml import editor, plugins_in_toml, rename_in_toml
from unbroken.findings import Place
from unbroken.finish import redirects_of
from unbroken.forward import MapEdit, redirect, redirect_patterns
from unbroken.git import GitError, git
from unbroken.headings import appended, cut_out, rename_heading, sections
from unbroken.journal import Change, Write, make
from unbroken.meaning import Docs, Heading, Meaning, Move, Refused, moved
from unbroken.names import (
    NO_PATHS,
    config_name,
    in_front_matter,
    plugins_in_yaml,
    rename_in_yaml,
    yaml_scalar,
)
from unbroken.places import shown
from unbroken.proof import Page, Side, leads, prove
from unbroken.redirects import Entry, understand
from unbroken.renames import Renames, renamed_since, texts_of, untouched
from unbroken.render import Rendered, Renderer
from unbroken.source_links import Link, css_links, links, rewrite

# The plan.


@dataclass(frozen=True)
class Source:
    """A text that may hold links.

    Attributes:
        path: relative to docs_dir.
        text: what it says.
        pages: the pages that it is part of: itself, or those that include it as a snippet.
    """

    path: str
    text: str
    pages: tuple[str, ...]

    @property
    def lead(self) -> str:
        """What is put before the text to be read as what it is.

        "Note: ..." at the top of a page is metadata to MkDocs; at the top of a snippet it is text.
        """
        return "" if self.path in self.pages else "\n"

    def links(self, text: str) -> list[Link]:
        """Return the links in a text of this kind, after its lead."""
        return css_links(text) if self.path.endswith(".css") else links(text)


@dataclass
class Planned:
    """What a move makes of the texts.

    Attributes:
        texts: the new text of each, by its old path relative to docs_dir.
        rewritten: the links that got another destination, by that path.
    """

    texts: dict[str, str] = field(default_factory=dict)
    rewritten: dict[str, dict[Link, str]] = field(default_factory=dict)


def plan(
    sources: Iterable[Source],
    before: Docs,
    after: Docs,
    move: Move,
    name: Callable[[str], str],
    snippet: Callable[[str], str | None] = lambda path: None,
) -> Planned:
    """Return the texts with every link leading to where its content is after a move.

    Args:
        sources: every text that may hold a link that has to change.
        before: what is there before the move.
        after: what is there afterwards.
        move: the move.
        name: how messages name a path relative to docs_dir.
        snippet: returns the new path of an included file, given the one that is written, or None.

    Raises:
        Refused: a link cannot lead to the right place.
    """
    result = Planned()
    for source in sources:
        changes: dict[Link, str] = {}
        lead = source.lead
        for link in source.links(lead + source.text):
            if link.kind == "snippet":
                new = snippet(link.destination)
            else:
                new = _new(link, source, before, after, move, name)
            if new is not None and new != link.destination:
                changes[link] = new
        if changes:
            try:
                result.texts[source.path] = rewrite(lead + source.text, changes).removeprefix(lead)
            except ValueError as error:
                first = next(iter(changes))
                raise Refused(
                    f"{name(source.path)}:{first.line - len(lead)}:{first.column}: {error}."
                ) from None
            result.rewritten[source.path] = changes
    return result


def _new(
    link: Link, source: Source, before: Docs, after: Docs, move: Move, name: Callable[[str], str]
) -> str | None:
    """Return a link's new destination; None when the one that is written is right."""
    wanted: dict[str, tuple[Meaning, Meaning]] = {}
    for page in source.pages:
        meaning = before.meaning(page, link.destination, link.kind)
        if meaning is not None:
            wanted[page] = meaning, moved(meaning, move)

    def is_right(destination: str) -> bool:
        for page, (was, want) in wanted.items():
            there = after.meaning(move.file(page), destination, link.kind)
            if there is None or there.end != want.end or (there.through and not was.through):
                return False
        return True

    if is_right(link.destination):
        return None
    for page, (_, want) in wanted.items():
        destination = after.write(move.file(page), link.destination, want, link.kind)
        if is_right(destination):
            return destination
    line = link.line - (source.path not in source.pages)
    place = f"{name(source.path)}:{line}:{link.column}"
    if len(wanted) > 1:
        raise Refused(
            f"{place}: this link is part of {len(wanted)} pages and cannot lead to the same place from all "
            "of them after the move. Write it from the site's root first."
        )
    raise Refused(
        f"{place}: no destination of this kind leads from the new place to what {link.destination!r} means. "
        "Change or remove this link first."
    )


# Reading and writing.

_SNIPPET = re.compile(r"""-+8<-+[ \t]+(?:"([^"\r\n]+)"|'([^'\r\n]+)')""")
_BLOCK = re.compile(r"(?m)^[ \t]*-+8<-+[ \t]*\r?$")
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
    """

    change: Change
    summary: list[str]
    diff: str
    advice: list[str]


class Mover:
    """Prepare moves on one site.

    Args:
        config: the site's configuration.
        reuse: whether a page may take an address that readers know for other content.
        title: new words for the heading that gets another anchor.
        seen: what git sees renamed since a commit. It counts as not moved yet, so that the move is planned as
            any other, and only the texts are left to change.

    Raises:
        Refused: the site cannot be read.
    """

    def __init__(
        self, config: Config, *, reuse: bool = False, title: str = "", seen: Renames | None = None
    ) -> None:
        if not config.docs_dir.is_dir():
            raise Refused(f"there is no folder {config.docs_dir}. Correct docs_dir in {config.file.name}.")
        self.config = config
        self.reuse = reuse
        self.title = title
        self.root = config.file.parent
        self.below = os.path.relpath(config.docs_dir, self.root).replace(os.sep, "/")
        self.files: set[str] = set()
        self.foreign: list[str] = []
        self.linked: list[str] = []
        docs = str(config.docs_dir)
        for folder, folders, names in os.walk(docs, followlinks=True):
            there = os.path.relpath(folder, docs).replace(os.sep, "/")
            if there != "." and ".git" in (*folders, *names):
                self.foreign.append(there + "/")
            self.files.update(posixpath.normpath(posixpath.join(there, name)) for name in names)
            folders[:] = [each for each in folders if each != ".git" and not _leads_up(folder, each)]
            links_here = [each for each in folders if os.path.islink(os.path.join(folder, each))]
            self.linked += [posixpath.normpath(posixpath.join(there, each)) + "/" for each in links_here]
        self.redirects = redirects_of(config)
        self.renderer = Renderer(config)
        self.seen = self._taken_back(seen) if seen else None
        self.before = Docs(self.files, self.redirects, config, self.below, self.renderer.is_rooted)
        self._data: dict[str, bytes] = {}
        self._disk: dict[str, bytes] = {}
        self._plugins: dict[str, Path | None] = {}

    def _taken_back(self, found: Renames) -> Renames:
        """Take what git sees renamed back in ``files``, and return that part of it which is a move."""
        hidden = self.renderer.unpublished([*found.files, *found.files.values()])
        files = {
            old: new
            for old, new in found.files.items()
            if old not in self.files
            and new in self.files
            and is_page_path(old) == is_page_path(new)
            # What the builder leaves out now is withdrawn, and what it left out before was never there.
            and (old in hidden) == (new in hidden)
        }
        self.files = (self.files - set(files.values())) | files.keys()
        return found._replace(files=files)

    def name(self, path: str) -> str:
        """Return how messages name a path relative to docs_dir."""
        return shown(Path(os.path.normpath(self.config.docs_dir / path)))

    def data(self, path: str) -> bytes:
        """Return the bytes of a file, by its path before the move."""
        if path not in self._data:
            there = self.seen.files.get(path, path) if self.seen else path
            try:
                self._data[path] = (self.config.docs_dir / there).read_bytes()
            except OSError as error:
                raise Refused(f"{self.name(there)} cannot be read: {error.strerror}.") from None
        return self._data[path]

    def text(self, path: str) -> str:
        """Return the text of a file; bytes that are no UTF-8 survive as surrogates."""
        return self.data(path).decode("utf-8", "surrogateescape")

    # What the author asks for.

    def move(self, pairs: Iterable[tuple[str, str]]) -> Move:
        """Return the move that pairs of names stand for.

        Raises:
            Refused: it cannot be made.
        """
        files: dict[str, str] = {}
        folders: dict[str, str] = {}
        headings: list[tuple[Heading, str, str]] = []
        for old, new in pairs:
            page, hash_sign, anchor = old.partition("#")
            if hash_sign and self._find(old) is None:
                path = self._find(page)
                if path not in self.files:
                    raise Refused(f"There is no page {page} below {self.below}.")
                there, _, new_anchor = new.partition("#")
                if not anchor or not new_anchor:
                    raise Refused(f"{old} is a heading, so write the new place as page.md#anchor.")
                headings.append((Heading(path or "", unquote(anchor)), there or page, unquote(new_anchor)))
                continue
            path = self._find(old)
            if path is None:
                raise Refused(self._missing(old, new))
            target = self._new(new, old, path)
            if path in self.files:
                if new.endswith("/") or (target in self.before.folders and target not in self.files):
                    if not new.endswith("/"):
                        raise Refused(f"{new} is a folder. Write {new}/ to move {old} into it.")
                    target = posixpath.normpath(posixpath.join(target, posixpath.basename(path)))
                files[path] = target
                continue
            if not path or target == path or target.startswith(path + "/"):
                raise Refused(f"{old} cannot be moved {'onto' if target == path else 'into'} itself.")
            if target in self.before.folders:
                raise Refused(
                    f"{new} exists already. Move the files in {old} one by one, or choose another name."
                )
            for folder in [f for f in self.before.folders if f == path or f.startswith(path + "/")]:
                folders[folder] = target + folder[len(path) :]
            for file in self.files:
                if file.startswith(path + "/"):
                    files.setdefault(file, target + file[len(path) :])
        if self.title and (files or len(headings) != 1 or headings[0][0].page != self._find(headings[0][1])):
            raise Refused("--title is for one heading that stays on its page: page.md#old page.md#new.")
        if self.title and (not self.title.strip() or not self.title.isprintable()):
            raise Refused(f"{self.title!r} cannot be the words of a heading.")
        result = Move(files, folders, {})
        self._judge(result)
        found = {}
        for old_heading, there, new_anchor in headings:
            here = self._find(there)
            if here is None:
                raise Refused(f"There is no page {there} below {self.below}.")
            new_heading = Heading(result.file(here), new_anchor)
            if new_heading == Heading(result.file(old_heading.page), old_heading.anchor):
                raise Refused(f"{old_heading} cannot be moved onto itself.")
            found[old_heading] = new_heading
        return Move(files, folders, found)

    def renamed(self) -> Move:
        """Return the move that git has seen since the commit that was named.

        Raises:
            Refused: it cannot be made.
        """
        files = dict(self.seen.files) if self.seen else {}
        inside: dict[str, set[str]] = {}
        for path in self.files:
            folder = posixpath.dirname(path)
            while folder:
                tail = path[len(folder) :]
                there = files.get(path, "")
                inside.setdefault(folder, set()).add(there.removesuffix(tail) if there.endswith(tail) else "")
                folder = posixpath.dirname(folder)
        # A folder has moved when all that was in it is below one other.
        folders = {old: min(there) for old, there in inside.items() if len(there) == 1 and "" not in there}
        result = Move(files, folders)
        self._judge(result)
        return result

    def _find(self, name: str) -> str | None:
        """Return the page path of what is there, given it from docs_dir or from the working folder."""
        for path in (posixpath.normpath(name), self._from_here(name)):
            if path in self.files or (path != "." and path in self.before.folders):
                return path
        return None

    def _from_here(self, name: str) -> str:
        return os.path.relpath(Path.cwd() / name, self.config.docs_dir).replace(os.sep, "/")

    def _new(self, new: str, old: str, path: str) -> str:
        from_docs = posixpath.normpath(old) == path
        target = posixpath.normpath(new) if from_docs and not os.path.isabs(new) else self._from_here(new)
        first = target.partition("/")[0]
        if from_docs and target.startswith(self.below + "/") and first not in self.before.folders:
            target = target[len(self.below) + 1 :]
        if target == ".." or target.startswith("../"):
            raise Refused(f"{new} is outside {self.below}.")
        return "" if target == "." else target

    def _missing(self, old: str, new: str) -> str:
        if self._find(new) is not None:
            return (
                f"{old} is not below {self.below}, and {new} is there already. "
                "If you moved it yourself, move it back first."
            )
        near = difflib.get_close_matches(posixpath.normpath(old), self.files, 1)
        meant = f" Did you mean {near[0]}?" if near else ""
        return f"There is neither {old} nor {new} below {self.below}.{meant}"

    def _judge(self, move: Move) -> None:
        """Refuse what cannot be."""
        after = (self.files - move.files.keys()) | set(move.files.values())
        if len(set(move.files.values())) < len(move.files):
            raise Refused("Two files cannot be moved to one name.")
        hidden = self.renderer.unpublished([*move.files, *move.files.values()])
        places: dict[str, str] = {}
        for path in after - set(move.files.values()):
            places.setdefault(page_address(path, self.config.directory_urls).casefold(), path)
        for old, new in move.files.items():
            if old == new:
                raise Refused(f"{old} cannot be moved onto itself.")
            self._judge_place(old, new, move)
            if new in self.files and new not in move.files:
                raise Refused(f"{self.name(new)} exists already.")
            if new in self.before.folders and not any(f.startswith(new + "/") for f in move.files):
                raise Refused(f"{self.name(new)} is a folder already.")
            if any(ord(c) < 32 or c in '\\"<>|*?\x7f' for c in new) or new.endswith((" ", "/")):
                raise Refused(f"{new!r} has a character that not every system or host can have in a name.")
            if is_page_path(old) != is_page_path(new):
                kind = "is a page" if is_page_path(old) else "is no page"
                raise Refused(f"{old} {kind}, and {new} would not be published as one. Keep the ending.")
            if new in hidden and old not in hidden:
                raise Refused(f"The builder would not publish {new}. Choose another name.")
            address = page_address(new, self.config.directory_urls)
            twin = places.setdefault(address.casefold(), new)
            if twin != new:
                raise Refused(f"{new} would have the address {address}, as {twin} has.")
            self._judge_address(old, new, address, move)

    def _judge_place(self, old: str, new: str, move: Move) -> None:
        """Refuse to move what is not all of this folder: submodules, and symbolic links."""
        own = next((f for f in self.foreign if old.startswith(f) or f"{new}/".startswith(f)), None)
        if own:
            raise Refused(
                f"{self.name(own)} is a repository of its own, so {old} cannot be moved by this one. "
                "Move it with git, and add its redirect yourself."
            )
        for link in self.linked:
            if old.startswith(link) != new.startswith(link):
                raise Refused(
                    f"{self.name(link)} is a symbolic link to a folder. Move {old} where it really is first."
                )
        file = self.config.docs_dir / old
        if self.seen or not file.is_symlink() or os.path.isabs(there := os.readlink(file)):
            return
        target = posixpath.normpath(posixpath.join(posixpath.dirname(old), there))
        if posixpath.normpath(posixpath.join(posixpath.dirname(new), there)) != move.file(target):
            raise Refused(
                f"{self.name(old)} is a symbolic link that would not lead to {there} from its new place. "
                "Move the link yourself, then run: unbroken move --from-git."
            )

    def _judge_address(self, old: str, new: str, address: str, move: Move) -> None:
        """Refuse to let a page take an address that readers know for other content."""
        if self.reuse:
            return
        holder = self.before.addresses.get(address)
        if holder is not None and holder != old:
            raise Refused(
                f"Readers know {address} as {holder}, so {old} cannot have that address. "
                "Choose another name, or say --reuse if nobody needs the old one."
            )
        end = self.redirects.route(Address(address), self.before.published)
        if holder is None and end.hops and end.end != Address(self.before.address(old)):
            where = end.hops[0].entry.place
            raise Refused(
                f"{address} is an old address that leads elsewhere ({where}). "
                "Choose another name, or say --reuse if nobody needs it."
            )

    # The whole.

    def prepare(self, move: Move) -> Prepared:
        """Plan and prove a move.

        Raises:
            Refused: it cannot be made.
        """
        move, cut = self._cut(move)
        files = (self.files - move.files.keys()) | set(move.files.values())
        target, lines = self._map_file()
        published = self._published(move)
        wanted = (lambda source: False) if target is None else self._taken
        changes = redirect(self.redirects, self.before, files, move, published, wanted)
        advice = self._unredirected(move, changes, published, target)
        redirect_patterns(self.redirects, self.before, move, ledger.read(self.config.ledger), changes)
        entries = changes.entries(self.config.entries)
        patterns = [e._replace(target=changes.patterns.get(e, e.target)) for e in self.config.patterns]
        known = understand(entries, patterns, self.config.retired, directory_urls=self.config.directory_urls)
        after = Docs(files, known, self.config, self.below, self.renderer.is_rooted)
        includes = self._includes()
        sources = list(self._sources(move, includes))
        own = self._put_back(sources, after, move) if self.seen else {}
        planned = plan(sources, self.before, after, move, self.name, self._snippet(move))
        texts = dict(planned.texts)
        for path in cut:
            texts.setdefault(path, self.text(path))
        for path, right in own.items():
            texts[path] = self._keep(path, right, planned)
        planned.rewritten = {path: links for path, links in planned.rewritten.items() if links}
        for source in sources:
            text = texts.get(source.path, source.text)
            changed = in_front_matter(text, source.path, self.before, after, move)
            if changed != source.text:
                texts[source.path] = changed
        renamed = self._headings(move, texts)
        self._navs(move, texts, advice)
        self._templates(move, texts, advice)
        proved = self._prove(move, sources, texts, after, renamed, planned)
        named = self._configuration(move, changes, target)
        prepared = self._prepared(move, planned, texts, named, changes, proved, advice, lines)
        for there in cut[1::2]:
            prepared.summary.insert(
                1, f"The section's text is now at the end of {self.name(move.file(there))}."
            )
        return prepared

    # Sections that go to another page.

    def _cut(self, move: Move) -> tuple[Move, list[str]]:
        """Move the text of each section that is to be on another page and is not there yet.

        After that the texts are as if their author had moved it, its links already leading from the new page.

        Returns:
            The move with every anchor of those sections, and the pages concerned.
        """
        headings, pages = dict(move.headings), list[str]()
        for old, new in move.headings.items():
            there = next((o for o, n in move.files.items() if n == new.page), new.page)
            was, target = self.text(old.page), self.text(there)
            if (
                there == old.page
                or old.anchor not in self._anchors(was)
                or new.anchor in self._anchors(target)
            ):
                continue
            start, end, block = self._section(old, was)
            for each in block:
                headings[Heading(old.page, each)] = Heading(
                    new.page, new.anchor if each == old.anchor else each
                )
            section, rest = cut_out(was, start, end)
            joined = appended(target, self._from_there(old, there, section, block, new.anchor))
            self._prove_cut(old, there, (was, target, rest, joined), block, new.anchor)
            if new.anchor != old.anchor:
                named = rename_heading(joined, old.anchor, new.anchor, self._anchors)
                if named is None or not self.renderer.has_attributes:
                    raise Refused(
                        f"{old} cannot get the anchor #{new.anchor}. Move it as #{old.anchor} first."
                    )
                joined = named
            for path, text in ((old.page, rest), (there, joined)):
                self._disk.setdefault(path, self.data(path))
                self._data[path] = text.encode("utf-8", "surrogateescape")
                pages.append(path)
        return Move(move.files, move.folders, headings), pages

    def _section(self, heading: Heading, text: str) -> tuple[int, int, tuple[str, ...]]:
        """Return where the section of a heading begins and ends, and its anchors."""
        anchors = self._anchors(text)
        at = anchors.index(heading.anchor)
        for level, start, end in sections(text):
            left = self._anchors(text[:start] + text[end:])
            size = len(anchors) - len(left)
            if size and left == anchors[:at] + anchors[at + size :]:
                if level == 1 and not text[:start].strip():
                    raise Refused(
                        f"{heading} is the whole page. Move the page, as in: {heading.page} new.md."
                    )
                return start, end, anchors[at : at + size]
        raise Refused(
            f"#{heading.anchor} is on {self.name(heading.page)}, and no section there can be cut out for it. "
            "Move its text by hand, then run this again for the links and the redirect."
        )

    def _from_there(self, old: Heading, there: str, section: str, block: Collection[str], anchor: str) -> str:
        """Return a section with its links leading from another page to where they led."""
        changes: dict[Link, str] = {}
        for link in links("\n" + section):
            meaning = self.before.meaning(old.page, link.destination, link.kind)
            if meaning is None or link.kind == "snippet":
                continue
            if meaning.place == old.page and meaning.fragment in block:
                to = anchor if meaning.fragment == old.anchor else meaning.fragment
                style = "here" if meaning.style == "here" else meaning.style
                meaning = meaning._replace(place=there, fragment=to, style=style)
            changes[link] = self.before.write(there, link.destination, meaning, link.kind)
        return rewrite("\n" + section, changes)[1:]

    def _prove_cut(
        self, old: Heading, there: str, texts: tuple[str, str, str, str], block: Collection[str], anchor: str
    ) -> None:
        """Refuse a cut after which the two pages do not say, and lead to, what they did before."""
        side = Side(self.before, self.renderer, self.renderer.resolver(self.files))
        was, target, rest, joined = (self.renderer.render(text) for text in texts)

        def ends(page: str, rendered: Rendered, *, is_new: bool) -> list[str]:
            result = []
            for url, is_source in rendered.urls:
                meaning = leads(side, page, url, is_source)
                end = meaning.end if meaning else ("", url, "")
                if end[:2] == ("file", old.page) and end[2] in block:
                    end = ("file", there, anchor if end[2] == old.anchor else end[2])
                elif is_new and end == ("file", there, old.anchor):
                    end = ("file", there, anchor)  # a link to itself, which the heading's new anchor changes
                result.append(repr(end))
            return result

        # Extensions number what they make on each page.
        shapes = [
            re.sub(r"__tabbed_\d+", "__tabbed", each.shape).rstrip() for each in (was, target, rest, joined)
        ]
        added = shapes[3].removeprefix(shapes[1]).strip()
        kept = [
            re.sub(r"\s+", " ", shapes[0][:at] + shapes[0][at + len(added) :]).strip()
            for at in (found.start() for found in re.finditer(re.escape(added), shapes[0]))
        ]
        says = shapes[3].startswith(shapes[1]) and added and re.sub(r"\s+", " ", shapes[2]).strip() in kept
        before = ends(old.page, was, is_new=False) + ends(there, target, is_new=False)
        after = ends(old.page, rest, is_new=False) + ends(there, joined, is_new=True)
        if not says or sorted(before) != sorted(after) or {*block} & {*target.anchors}:
            raise Refused(
                f"The section #{old.anchor} of {self.name(old.page)} would not look the same, or not lead to "
                f"the same places, at the end of {self.name(there)}. "
                "Move its text by hand, then run this again."
            )

    # What authors have renamed, and put right, by themselves.

    def _put_back(
        self, sources: list[Source], after: Docs, move: Move
    ) -> dict[str, tuple[Source, list[bool]]]:
        """Make the texts say what they would had nothing moved yet, and say which links were right already.

        What an author has corrected leads to the same place then, from the old one.
        """
        assert self.seen
        blobs = {s.path: self.seen.blobs.get(move.file(s.path)) for s in sources}
        try:
            was = dict(texts_of(self.root, [blob for blob in blobs.values() if blob]))
        except GitError as error:
            raise Refused(f"git cannot tell what was written before: {error}.") from None
        moved_back = {new: old for old, new in move.files.items()}
        folders_back = {new: old for old, new in move.folders.items()}
        result: dict[str, tuple[Source, list[bool]]] = {}
        for number, source in enumerate(sources):
            lead, blob = source.lead, blobs[source.path]
            found = source.links(lead + source.text)
            old = [True] * len(found)
            if blob is not None:
                old = untouched(lead + was.get(blob, ""), lead + source.text, source.links)
            right = [False] * len(found)
            changes: dict[Link, str] = {}
            for n, (link, is_old) in enumerate(zip(found, old, strict=True)):
                for page in source.pages:
                    there = after.meaning(move.file(page), link.destination, link.kind)
                    here = self.before.meaning(page, link.destination, link.kind)
                    if there is None or (is_old and (here is None or here.kind in ("file", "folder"))):
                        continue
                    if there.kind == "path":
                        if is_old or not (self.config.docs_dir / there.place).exists():
                            continue
                    elif there.kind not in ("file", "folder"):
                        continue
                    back = moved_back if there.kind == "file" else folders_back
                    want = there._replace(place=back.get(there.place, there.place))
                    destination = self.before.write(page, link.destination, want, link.kind)
                    put = self.before.meaning(page, destination, link.kind)
                    if put is not None and put.end == want.end:
                        right[n] = True
                        if destination != link.destination:
                            changes[link] = destination
                        break
            if any(right):
                text = rewrite(lead + source.text, changes).removeprefix(lead)
                self._disk[source.path] = self.data(source.path)
                self._data[source.path] = text.encode("utf-8", "surrogateescape")
                sources[number] = Source(source.path, text, source.pages)
                result[source.path] = sources[number], right
        return result

    def _keep(self, path: str, own: tuple[Source, list[bool]], planned: Planned) -> str:
        """Return a text as the author left it, with only those links changed that were not right."""
        source, right = own
        lead = source.lead
        left = lead + self._disk[path].decode("utf-8", "surrogateescape")
        pairs = zip(source.links(left), source.links(lead + source.text), right, strict=True)
        wanted = planned.rewritten.get(path, {})
        changes = {
            link: (wanted[back], back) for link, back, is_right in pairs if back in wanted and not is_right
        }
        planned.rewritten[path] = {back: new for new, back in changes.values()}
        return rewrite(left, {link: new for link, (new, _) in changes.items()}).removeprefix(lead)

    def _prepared(
        self,
        move: Move,
        planned: Planned,
        texts: Mapping[str, str],
        named: Mapping[str, tuple[bytes, bytes]],
        changes: MapEdit,
        proved: tuple[int, int],
        advice: list[str],
        map_file: str,
    ) -> Prepared:
        writes = [
            Write(
                self._from_root(move.file(path)),
                self._disk.get(path, self.data(path)),
                text.encode("utf-8", "surrogateescape"),
            )
            for path, text in texts.items()
        ]
        writes += [Write(path, was, now) for path, (was, now) in named.items()]
        writes = sorted((w for w in writes if w.before != w.after), key=lambda w: w.path)
        renames = [(self._from_root(old), self._from_root(new)) for old, new in sorted(move.files.items())]
        about = self._about(move)
        summary = [f"Moved {about}."]
        if self.seen:
            renames = []
            summary = [f"Renamed since {self.seen.ref}: {about}."]
            about = f"what followed from renaming {about}"
        count = sum(len(found) for found in planned.rewritten.values())
        if count:
            summary.append(f"{_count(count, 'link')} rewritten in {_count(len(planned.rewritten), 'file')}.")
        said = [
            f"{len(each)} {word}"
            for word, each in (
                ("added", changes.add), ("changed", changes.changed), ("removed", changes.delete),
            )
            if each
        ]  # fmt: skip
        if self.seen and not writes:
            summary.append("All that names it is right already.")
        if said:
            summary.append(f"Redirects in {map_file}: {', '.join(said)}.")
        others = [path for path in named if path != map_file or not changes]
        if others:
            summary.append(f"Names changed in {', '.join(sorted(others))}.")
        summary.append(
            f"Proved: {_count(proved[0], 'link')} on {_count(proved[1], 'page')} lead where they led."
        )
        return Prepared(Change(renames, writes, about), summary, _diff(renames, writes), advice)

    def _about(self, move: Move) -> str:
        pairs = [(old, new) for old, new in move.files.items()]
        tops = [(f, t) for f, t in move.folders.items() if posixpath.dirname(f) not in move.folders]
        shown_pairs = [f"{f}/ to {t}/" for f, t in sorted(tops)]
        shown_pairs += [
            f"{old} to {new}" for old, new in pairs if not any(old.startswith(f + "/") for f, _ in tops)
        ]
        shown_pairs += [f"{old} to {new}" for old, new in move.headings.items()]
        text = ", ".join(shown_pairs[:3])
        return text if len(shown_pairs) <= 3 else f"{text} and {len(shown_pairs) - 3} more"

    def _from_root(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(self.below, path))

    # Redirects.

    def _plugin(self, name: str) -> Path | None:
        """Return the configuration file that names a plugin."""
        if name not in self._plugins:
            self._plugins[name] = self._find_plugin(name)
        return self._plugins[name]

    def _find_plugin(self, name: str) -> Path | None:
        for file in self.config.files:
            if file.suffix == ".toml":
                return file if name in plugins_in_toml(file.read_bytes().decode("utf-8", "replace")) else None
            try:
                if name in plugins_in_yaml(file.read_bytes()):
                    return file
            except OSError:
                continue
        return None

    def _map_file(self) -> tuple[Path | None, str]:
        """Return the file for new redirects, None when the site has no place for them, and its name."""
        from importlib.util import find_spec

        file: Path | None = None
        if self.config.file.suffix == ".toml":
            file = self.config.file  # Zensical redirects by itself
        elif self.config.entries:
            file = Path(os.path.normpath(Path.cwd() / self.config.entries[-1].place.file))
        else:
            file = self._plugin("redirects")
            if file is None and find_spec("mkdocs_redirects"):
                file = self._plugin("unbroken")
        return file, os.path.relpath(file, self.root).replace(os.sep, "/") if file else ""

    def _taken(self, source: str) -> bool:
        """Say whether the site's builder understands a source in the map."""
        page, _, anchor = source.partition("#")
        knows_anchors = self.config.file.suffix == ".toml"
        return self._is_ours or (is_page_path(page) and (knows_anchors or not anchor))

    @property
    def _is_ours(self) -> bool:
        return self._plugin("unbroken") is not None

    def _published(self, move: Move) -> Callable[[str, str], bool]:
        """Return a function that says whether a page path or a heading was ever published."""
        hidden = self.renderer.unpublished({*move.files, *(heading.page for heading in move.headings)})
        known = {(a.path, a.fragment) for a in ledger.read(self.config.ledger)}
        try:
            ref = self.seen.ref if self.seen else "HEAD"
            listed = git(self.root, "ls-tree", "-r", "-z", "--name-only", ref, "--", self.below)
        except GitError:
            return lambda page, anchor: page not in hidden  # without a history nothing else tells
        committed = set(listed.split("\0"))

        def is_published(page: str, anchor: str) -> bool:
            recorded = (self.before.address(page), anchor) in known
            return recorded or (page not in hidden and self._from_root(page) in committed)

        return is_published

    def _unredirected(
        self, move: Move, changes: MapEdit, published: Callable[[str, str], bool], target: Path | None
    ) -> list[str]:
        """Return which lines the author has to add, where the site has no place for them."""
        if target is not None and (self._is_ours or target.suffix == ".toml"):
            return []
        wanted = redirect(
            self.redirects, self.before, (self.files - move.files.keys()) | set(move.files.values()), move,
            published, lambda source: is_page_path(source.partition("#")[0]),
        ).add  # fmt: skip
        missing = {source: there for source, there in wanted.items() if source not in changes.add}
        if not missing:
            return []
        if target is None:
            advice = ["This site has no redirects yet, so old addresses do not answer. Begin anew with:"]
            advice += ["  unbroken move --undo", "  unbroken init", "Or install mkdocs-redirects,"]
            advice += [f"and add to {shown(self.config.file)}:", "plugins:", "  - redirects:"]
            advice += ["      redirect_maps:"]
            return advice + [
                f"        {yaml_scalar('', '', s)}: {yaml_scalar('', '', t)}" for s, t in missing.items()
            ]
        advice = ["Redirects of headings need the plugin `unbroken`. Add it, and these redirects:"]
        return advice + [f"  {yaml_scalar('', '', s)}: {yaml_scalar('', '', t)}" for s, t in missing.items()]

    # Texts.

    def _includes(self) -> dict[str, set[str]]:
        """Return the pages that include each snippet, by its path relative to docs_dir."""
        found: dict[str, set[str]] = {}

        def read(path: str, page: str, depth: int) -> None:
            data = self.data(path)
            if b"8<-" not in data or depth > 5:
                return
            text = self.text(path)
            if _BLOCK.search(text):
                names = [link.destination for link in links(text) if link.kind == "snippet"]
            else:
                names = [one or other for one, other in _SNIPPET.findall(text)]
            for written in names:
                file = self._snippet_file(re.sub(r":[\d:,-]*$|:[a-zA-Z][-\w]*$", "", written))
                if file is not None and page not in found.setdefault(file[0], set()):
                    found[file[0]].add(page)
                    read(file[0], page, depth + 1)

        for path in sorted(self.files):
            if is_page_path(path):
                read(path, path, 0)
        return found

    def _snippet_file(self, written: str) -> tuple[str, Path] | None:
        """Return the file that a snippet's path names, relative to docs_dir, and the folder it is in."""
        for folder in self.config.snippets:
            file = Path(os.path.normpath(folder / written))
            path = self.before.canonical(os.path.relpath(file, self.config.docs_dir).replace(os.sep, "/"))
            if path in self.files or file.is_file():
                return path, folder
        return None

    def _snippet(self, move: Move) -> Callable[[str], str | None]:
        def new(written: str) -> str | None:
            found = self._snippet_file(written)
            if found is None or found[0] not in move.files:
                return None
            there = Path(os.path.normpath(self.config.docs_dir / move.files[found[0]]))
            for folder in (found[1], *self.config.snippets):
                path = os.path.relpath(there, folder).replace(os.sep, "/")
                if not path.startswith("../"):
                    return path
            raise Refused(
                f"{self.name(found[0])} is included by pages, and no snippet folder holds its new place."
            )

        return new

    def _needles(self, move: Move) -> tuple[list[bytes], list[str]] | None:
        """Return what a text holds that can name what moves, and the folders whose texts need not.

        None when any text can.
        """
        paths = {old for old in move.files if not any(old.startswith(f + "/") for f in move.folders)}
        paths |= {heading.page for heading in move.headings}
        paths |= {new for new in move.files.values() if new in self.files or self.reuse}
        names: set[str] = set(move.folders)
        folders: list[str] = []
        for path in paths:
            stem = posixpath.splitext(path)[0]
            if posixpath.basename(stem) in ("index", "README"):
                # From below its folder "../" is enough.
                stem = posixpath.dirname(path)
                folders.append(stem + "/")
            names.add(stem)
        needles = []
        for name in names:
            # Letters and digits are the part of a name that nobody escapes.
            cores = re.findall(r"[A-Za-z0-9]+", posixpath.basename(name))
            if not cores:
                return None
            needles.append(max(cores, key=len).encode())
        return needles, folders

    def _sources(self, move: Move, includes: Mapping[str, set[str]]) -> Iterator[Source]:
        """Yield every text that may hold a link that changes."""
        found = self._needles(move)
        pattern = re.compile(b"|".join(re.escape(n) for n in found[0])) if found else re.compile(b"")
        near = tuple(found[1]) if found else ()
        own = {*move.files, *(heading.page for heading in move.headings)}
        beside = [
            posixpath.normpath(posixpath.relpath(name, self.below))
            for name in sorted(os.listdir(self.root))
            if name.endswith(".md") and (self.root / name).is_file()
        ]
        hidden = self.renderer.unpublished(includes) if includes else set()
        for path in sorted({*self.files, *includes, *(self.before.canonical(p) for p in beside)}):
            pages = sorted(includes.get(path, ()))
            if path.endswith(".css"):
                if path in own or pattern.search(self.data(path)):
                    yield Source(path, self.text(path), (path,))
                continue
            if is_page_path(path) and path not in hidden and (not pages or path in self.files):
                pages = [path, *pages]
            if not pages or (not is_page_path(path) and path not in includes):
                continue
            concerned = path in own or (near and path.startswith(near)) or any(page in own for page in pages)
            if concerned or pattern.search(self.data(path)):
                yield Source(path, self.text(path), tuple(dict.fromkeys(pages)))

    def _headings(self, move: Move, texts: dict[str, str]) -> set[str]:
        """Rename headings, and return the pages on which one was renamed."""
        changed = set()
        for old, new in move.headings.items():
            text = texts.get(old.page, self.text(old.page))
            if old.anchor not in self._anchors(text):
                there = next((o for o, n in move.files.items() if n == new.page), new.page)
                if new.anchor not in self._anchors(texts.get(there, self.text(there))):
                    near = difflib.get_close_matches(old.anchor, self._anchors(text), 1)
                    meant = f" Did you mean #{near[0]}?" if near else ""
                    raise Refused(
                        f"{self.name(old.page)} has no anchor #{old.anchor}, and {new} is not there.{meant}"
                    )
                continue
            if new.page != move.file(old.page):
                raise Refused(
                    f"#{old.anchor} is still on {self.name(old.page)}. Move its text to {new.page} first, "
                    "then run this again for the links and the redirect."
                )
            if new.anchor in self._anchors(text):
                raise Refused(f"{self.name(old.page)} has an anchor #{new.anchor} already.")
            if not re.fullmatch(r"[^\s{}#\"'<>]+", new.anchor):
                raise Refused(f"#{new.anchor} cannot be an anchor. Use letters, digits and hyphens.")
            if not self.renderer.has_attributes and not self.title:
                raise Refused(
                    "A heading gets its own anchor by the extension attr_list, which this site has not. "
                    f"Change the heading's words on {self.name(old.page)} yourself, then run this again."
                )
            result = rename_heading(text, old.anchor, new.anchor, self._anchors, self.title)
            if result is None and self.title:
                raise Refused(
                    f"No heading in {self.name(old.page)} makes #{old.anchor}, or the words {self.title!r} "
                    f"cannot have the anchor #{new.anchor}."
                )
            if result is None:
                raise Refused(
                    f"No heading in {self.name(old.page)} makes #{old.anchor}. "
                    "Rename it by hand, then run this again."
                )
            texts[old.page] = result
            changed.add(old.page)
        return changed

    def _anchors(self, text: str) -> tuple[str, ...]:
        return self.renderer.render(text).anchors

    def _navs(self, move: Move, texts: dict[str, str], advice: list[str]) -> None:
        """Change the names in the navigation files that plugins read in each folder."""
        for path in sorted(self.files):
            if posixpath.basename(path) not in _NAVS:
                continue
            here = posixpath.dirname(path)
            there = posixpath.dirname(move.file(path))
            text = self.text(path)

            def name(value: str, path: str = path, here: str = here, there: str = there) -> str | None:
                place = self.before.canonical(posixpath.join(here, value))
                new = move.files.get(place) or move.folders.get(place) or place
                if place not in self.files and (place not in self.before.folders or not value):
                    return None
                written = posixpath.relpath(new, there or ".")
                if written.startswith("../"):
                    advice.append(
                        f"{self.name(move.file(path))} still names {value}, which is no longer below it."
                    )
                    return None
                return None if written == posixpath.normpath(value) else written

            changed = rename_in_yaml(text, name)
            if changed != text:
                texts[path] = changed

    def _templates(self, move: Move, texts: dict[str, str], advice: list[str]) -> None:
        """Change each ``{{ 'address/' | url }}`` in the site's own templates, and say what else they name."""
        folder = self.config.custom_dir
        if folder is None:
            return
        old = {path: path for path in move.files}
        old |= {self.before.address(path).lstrip("/"): path for path in move.files}
        old |= {self.before.address(h.page).lstrip("/"): h.page for h in move.headings}
        names = "|".join(re.escape(name) for name in sorted(old, key=len, reverse=True) if name)
        if not names:
            return
        base = "|".join(
            re.escape(each) for each in {self.config.site_url, self.before.ways.base + "/"} if each
        )
        mention = re.compile(rf"""(?:["'(=\s]|\}}\}}/?|(?:{base}))({names})(?=["'#?)\s<]|$)""")
        plain = re.compile(rf"""(\{{\{{-?\s*(["']))({names})(#[^"'{{}}]*)?(\2\s*\|\s*url\s*-?\}}\}})""")

        def new(found: re.Match[str]) -> str:
            meaning = Meaning("file", old[found[3]], unquote((found[4] or "")[1:]), "url")
            want = moved(meaning, move)
            address = page_address(want.place, self.config.directory_urls).lstrip("/") or "."
            fragment = found[4] or ""
            if want.fragment != meaning.fragment:
                fragment = want.hash
            return f"{found[1]}{address}{fragment}{found[5]}"

        left: list[str] = []
        for file in sorted(folder.rglob("*")):
            if file.suffix not in _TEMPLATES or not file.is_file():
                continue
            path = os.path.relpath(file, self.config.docs_dir).replace(os.sep, "/")
            text = self.text(path)
            changed = plain.sub(new, text) if file.is_relative_to(self.root) else text
            if changed != text:
                texts[path] = changed
            for number, line in enumerate(changed.splitlines(), 1):
                # An address of which only an anchor moves is still right.
                found = [n for n in mention.findall(line) if old[n] in move.files]
                left += [f"{shown(file)}:{number} names {name}." for name in found]
        left = [*dict.fromkeys(left)]
        advice += [f"Left for you: {each}" for each in left[:_SHOWN]]
        if len(left) > _SHOWN:
            advice.append(f"And {len(left) - _SHOWN} more places in {shown(folder)}.")

    def _configuration(
        self, move: Move, changes: MapEdit, target: Path | None
    ) -> dict[str, tuple[bytes, bytes]]:
        """Return the configuration files that change, from the root, as they were and as they will be."""
        result: dict[str, tuple[bytes, bytes]] = {}
        name = config_name(move, self.below)
        by_file: dict[Path, MapEdit] = {}
        for entry, there in changes.retarget.items():
            by_file.setdefault(self._file(entry), MapEdit()).retarget[entry] = there
        for entry, source in changes.rename.items():
            by_file.setdefault(self._file(entry), MapEdit()).rename[entry] = source
        for entry in changes.delete:
            by_file.setdefault(self._file(entry), MapEdit()).delete.append(entry)
        for entry, there in changes.patterns.items():
            by_file.setdefault(self._file(entry), MapEdit()).patterns[entry] = there
        if target is not None and changes.add:
            by_file.setdefault(target, MapEdit()).add = changes.add
        for file in {*self.config.files, *by_file}:
            was = file.read_bytes()
            text = was.decode("utf-8", "surrogateescape")
            if file in by_file:
                wanted = by_file[file]
                try:
                    text = editor(file)(
                        text,
                        add=wanted.add,
                        retarget={_at(entry): there for entry, there in wanted.retarget.items()},
                        rename={_at(entry): source for entry, source in wanted.rename.items()},
                        delete=[_at(entry) for entry in wanted.delete],
                    )
                    patterns = {entry.source: there for entry, there in wanted.patterns.items()}
                    text = editor(file)(text, retarget=patterns, path=PATTERNS)
                except CannotEdit as error:
                    raise Refused(f"{shown(file)} cannot be edited: {error} Nothing was changed.") from None
            if file.suffix == ".toml":
                text = rename_in_toml(text, name, NO_PATHS)
            else:
                text = rename_in_yaml(text, name, patterns=True)
            now = text.encode("utf-8", "surrogateescape")
            if now != was:
                result[os.path.relpath(file, self.root).replace(os.sep, "/")] = was, now
        return result

    def _file(self, entry: Entry) -> Path:
        return Path(os.path.normpath(Path.cwd() / entry.place.file))

    # The proof.

    def _prove(
        self,
        move: Move,
        sources: Iterable[Source],
        texts: Mapping[str, str],
        after: Docs,
        renamed: set[str],
        planned: Planned,
    ) -> tuple[int, int]:
        import tempfile

        snippets = {s.path for s in sources if s.path in texts or s.path in move.files} & {
            path for s in sources for path in [s.path] if s.pages != (s.path,)
        }
        concerned = {*texts, *(p for p in move.files if is_page_path(p))}
        concerned -= {source.path for source in sources if source.path not in source.pages}
        for source in sources:
            if source.path in snippets:
                concerned.update(source.pages)
        pages = [
            Page(
                path,
                move.file(path),
                self.text(path),
                texts.get(path, self.text(path)),
                path in renamed or any(link.kind == "autolink" for link in planned.rewritten.get(path, ())),
            )
            for path in sorted(concerned)
            if is_page_path(path) and not path.startswith("../")
        ]
        if not pages:
            return 0, 0
            # What is known of the site by now stays: the collector need not look at it after every page.
        gc.freeze()
        with tempfile.TemporaryDirectory(prefix="unbroken-") as place:
            renderer = was = self.renderer
            if snippets:
                contents = {move.file(path): texts.get(path, self.text(path)) for path in snippets}
                gone = {path: f"{path} has moved." for path in snippets if path in move.files}
                renderer = self._overlay(Path(place) / "after", gone | contents)
            if snippets and self.seen:
                was = self._overlay(Path(place) / "before", {path: self.text(path) for path in snippets})
            before = Side(self.before, was, was.resolver(self.files))
            now = Side(after, renderer, renderer.resolver(after.files))
            try:
                return prove(pages, before, now, move, self.name)
            finally:
                gc.unfreeze()

    def _overlay(self, place: Path, contents: Mapping[str, str]) -> Renderer:
        """Return a renderer to which snippets have other contents."""
        folders: dict[str, str] = {}
        for number, base in enumerate(self.config.snippets):
            over = place / str(number)
            folders[os.path.abspath(base)] = str(over)
            over.mkdir(parents=True)
            for name, content in contents.items():
                there = os.path.relpath(self.config.docs_dir / name, base)
                if not there.startswith(".."):
                    (over / there).parent.mkdir(parents=True, exist_ok=True)
                    (over / there).write_bytes(content.encode("utf-8", "surrogateescape"))
        return self.renderer.over(folders)


def _leads_up(folder: str, name: str) -> bool:
    """Say whether a folder is a symbolic link to one that it is in, which has no end."""
    path = os.path.join(folder, name)
    if not os.path.islink(path):
        return False
    there = os.path.realpath(path)
    return f"{os.path.realpath(folder)}{os.sep}".startswith(f"{there.rstrip(os.sep)}{os.sep}")


def _at(entry: Entry) -> Place:
    return Place("", entry.place.line, entry.place.column)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _diff(renames: Sequence[tuple[str, str]], writes: Sequence[Write]) -> str:
    """Return a change as a unified diff that git can read."""
    old_name = {new: old for old, new in renames}
    by_path = {write.path: write for write in writes}
    pieces: list[str] = []
    for path in sorted({*by_path, *old_name}):
        old = old_name.get(path, path)
        pieces.append(f"diff --git a/{old} b/{path}\n")
        if old != path:
            pieces += [f"rename from {old}\n", f"rename to {path}\n"]
        if path in by_path:
            was, now = (
                (data or b"").decode("utf-8", "surrogateescape").splitlines(keepends=True)
                for data in (by_path[path].before, by_path[path].after)
            )
            for line in difflib.unified_diff(was, now, f"a/{old}", f"b/{path}"):
                pieces.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(pieces)


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
    make(config.file.parent, prepared.change)
