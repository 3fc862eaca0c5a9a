"""Where a link of a built page stands in its source: file, line and column."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from unbroken.check.links import Fault
from unbroken.findings.base import Place
from unbroken.formats.front_matter import front_matter
from unbroken.formats.html import LARGEST, PAGE_ENDINGS
from unbroken.model.addresses import Address, is_page_path, page_address
from unbroken.model.errors import Refused
from unbroken.model.redirects import Named
from unbroken.model.resolver import Resolver, url_from
from unbroken.workspace.built_site import Site
from unbroken.workspace.config import Config
from unbroken.workspace.files import shown
from unbroken.workspace.sources import below, by_address

if TYPE_CHECKING:
    from unbroken.builders.markdown import SiteMarkdown
    from unbroken.formats.links import Link

_DEPTH = 5
# So many texts that one page includes are searched.
_MOST = 20
_CODE = re.compile(r"(?ms)^[ \t]*(```+|~~~+).*?^[ \t]*\1|(`+)(?!`).+?(?<!`)\2(?!`)|<!--.*?-->")
# What a macro that includes a text is given.
_TEXTS = (".md", ".markdown", ".html", ".txt", ".jinja", ".jinja2", ".j2", ".inc", ".tpl")


class Spot(NamedTuple):
    """A link in a source file."""

    file: Path
    link: Link


class _Written:
    """The links of a source file, by what they say; there may be thousands, and a fault on each page.

    Args:
        links: the links.
        resolver: what their addresses mean.
        complete: whether these are all.
    """

    def __init__(self, links: list[Link], resolver: Resolver, complete: bool = True) -> None:
        self.links = links
        self.complete = complete
        self.included = [link.destination for link in links if link.kind == "snippet"]
        self.by_destination: dict[str, list[int]] = {}
        self.by_fragment: dict[str, list[int]] = {}
        for number, link in enumerate(links):
            if link.kind != "snippet":
                self.by_destination.setdefault(link.destination, []).append(number)
                with suppress(ValueError):
                    self.by_fragment.setdefault(resolver.cut(link.destination)[2], []).append(number)

    def links_to(self, url: str) -> set[int]:
        """Return the numbers of the links that say a URL of the built page as it is."""
        found = set(self.by_destination.get(url, ()))
        if url.startswith("../"):
            # Zensical leads raw HTML one folder up, as it does links to pages.
            found.update(self.by_destination.get(url.removeprefix("../"), ()))
        return found


def _plain(file: Path) -> Path:
    return Path(os.path.normpath(file))


def _at(file: Path, text: str, start: int) -> Place:
    """Return the place of a position in a text."""
    return Place(shown(file), text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))


class Locator:
    """The sources of a site.

    Args:
        config: the site's configuration.
        resolver: what its addresses mean.
        site: the built site, for what no source says.
    """

    def __init__(self, config: Config, resolver: Resolver, site: Site | None = None) -> None:
        self.config = config
        self.resolver = resolver
        self.site = site
        self._files: dict[str, str] | None = None
        self._markdown: SiteMarkdown | None = None
        self._seeming: dict[tuple[Path, bool], _Written] = {}
        self._written: dict[tuple[Path, bool], _Written] = {}
        self._built: dict[str, frozenset[str]] = {}
        self._meant: dict[tuple[str, str, str], tuple[Address | None, ...]] = {}
        self._named = Named(config.directory_urls, config.listing)
        self._includes: dict[Path, list[Path]] = {}

    @property
    def files(self) -> dict[str, str]:
        """The page path of each page by its address path."""
        listing = self.config.listing
        if self._files is None and listing is not None:
            self._files = {file.address: file.source for file in listing.files if file.page and file.disk}
        if self._files is None:
            pages = (file for file in below(self.config.docs_dir).files if is_page_path(file))
            self._files = by_address(pages, self.config.address)
        return self._files

    def file(self, page: str) -> Path:
        """Return the file with the source of a page, by the address path of the page."""
        listed = self.config.listing.by_address.get(page) if self.config.listing else None
        if listed is not None and listed.disk:
            return self.config.file.parent / listed.disk
        return self.config.docs_dir / self.files[page]

    def shows_others(self, page: str) -> bool:
        """Return whether a page shows parts of other pages, as the views of a blog do."""
        return self.config.listing is not None and self.config.listing.own_anchors(page) is not None

    def text(self, file: Path) -> str | None:
        """Return the text of a source file with its line ends as they are; None when it cannot be read."""
        try:
            with file.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
                return stream.read()
        except OSError:
            return None

    def spots(self, fault: Fault) -> list[Spot]:
        """Return every place in the sources that makes a page's link; none for what is no link."""
        path = self.files.get(fault.page) if fault.code not in ("orphan", "duplicate-id") else None
        return list(self._search(self.file(fault.page), path, fault, _DEPTH)) if path else []

    def _search(self, file: Path, path: str, fault: Fault, depth: int) -> Iterator[Spot]:
        page = depth == _DEPTH
        written = self._seeming_in(file, page=page)
        found = self._fitting(written, path, fault)
        links = [written.links[number] for number in found]
        if not written.complete or (links and not self._are_plain(file, links)):
            # Only the renderer tells which of them are links, and whether there are others.
            written = self._written_in(file, page=page)
            found = self._fitting(written, path, fault)
        yield from (Spot(file, written.links[number]) for number in sorted(found))
        for name in () if found or not depth else written.included:
            for folder in self.config.snippets:
                if (folder / name).is_file():
                    yield from self._search(folder / name, path, fault, depth - 1)
                    break
        if found or not depth:
            return
        for other in self._included_by(file):
            own = os.path.relpath(other, self.config.docs_dir).replace(os.sep, "/")
            # What it links to counts from the page for some macros, and from itself for others.
            for each in (path, own):
                if spots := list(self._search(other, each, fault, depth - 1)):
                    yield from spots
                    break

    def _are_plain(self, file: Path, links: list[Link]) -> bool:
        """Return whether what seems to be links of a source is so without a doubt."""
        from unbroken.formats.markdown import is_plain  # a large room, needed when something is wrong

        if len(links) > 1 and any(link.kind not in ("inline", "image") for link in links):
            return False
        text = self.text(file) or ""
        return all(is_plain(text, link) for link in links)

    def _included_by(self, file: Path) -> list[Path]:
        """Return the texts that macros may put into a source, by the names that they are given."""
        if file not in self._includes:
            from unbroken.formats.macros import included

            text = self.text(file) or ""
            names = included(text) if len(text) < LARGEST else []
            folders = (file.parent, *self._include_folders)
            found = (
                next((each for folder in folders if (each := _plain(folder / name)).is_file()), None)
                for name in names
                if name.lower().endswith(_TEXTS) and "://" not in name
            )
            self._includes[file] = [each for each in found if each is not None and each != file]
        return self._includes[file]

    @cached_property
    def _include_folders(self) -> list[Path]:
        """The folders from which the names of includes count."""
        root = self.config.file.parent
        named = [
            root / found
            for file in self.config.files
            for found in re.findall(
                r"""\binclude_dir["']?\s*[:=]\s*["']?([^\s"',}#]+)""", self.text(file) or ""
            )
        ]
        return [*named, self.config.docs_dir, root, *self.config.snippets]

    def _fitting(self, written: _Written, path: str, fault: Fault) -> set[int]:
        """Return the numbers of the links that a fault may be about."""
        # What names a source that is there has another URL in its place on the page.
        found = {
            number
            for number in written.links_to(fault.url)
            if not self._is_rewritten(written.links[number], path)
        }
        if fault.asked is not None:
            found |= {
                number
                for number in written.by_fragment.get(fault.asked.fragment, ())
                if self._leads(written.links[number].destination, path, fault.page, fault.asked)
            }
        return found

    def _seeming_in(self, file: Path, *, page: bool) -> _Written:
        """Return what looks like a link in a source, which costs next to nothing."""
        if (file, page) not in self._seeming:
            from unbroken.formats.markdown import candidates

            text = self.text(file)
            found = candidates(text if text and len(text) < LARGEST else "", page=page)
            self._seeming[file, page] = _Written(found.links, self.resolver, found.complete)
        return self._seeming[file, page]

    def _written_in(self, file: Path, *, page: bool) -> _Written:
        """Return the links of a source as the site's Markdown has them; none where it fails."""
        if (file, page) not in self._written:
            from unbroken.builders.markdown import site_markdown
            from unbroken.formats.markdown import links

            self._markdown = self._markdown or site_markdown(self.config)
            text = self.text(file)
            found: list[Link] = []
            if text and len(text) < LARGEST:
                with suppress(Refused):
                    found = links(text, self._markdown, page=page)
            self._written[file, page] = _Written(found, self.resolver)
        return self._written[file, page]

    def _leads(self, destination: str, path: str, page: str, asked: Address) -> bool:
        """Return whether a builder may have led what the source of a page path links to to an address."""
        if destination in self._built_links(page):
            return False  # a link that stands in the page as it is written is another one
        key = (path, page, destination)
        if key not in self._meant:
            self._meant[key] = tuple(self._meanings(destination, path, page))
        return asked in self._meant[key]

    def _meanings(self, destination: str, path: str, page: str) -> Iterator[Address | None]:
        # Builders read most of these as paths of sources, and turn them into URLs.
        target, _, fragment = destination.partition("#")
        with suppress(ValueError):
            if target:
                there = self._named.address(posixpath.join(posixpath.dirname(path), target))
                yield self.resolver.resolve(f"#{fragment}", there)
                listed = self.config.listing.by_address.get(page) if self.config.listing else None
                if listed and listed.language and page.startswith(f"/{listed.language}/"):
                    # A page that is shown there for want of a translation links within that language.
                    yield self.resolver.resolve(f"#{fragment}", f"/{listed.language}{there}")
        with suppress(ValueError):
            yield self.resolver.resolve(destination, page)

    def _built_links(self, path: str) -> frozenset[str]:
        if path not in self._built:
            # In a build its content is at hand, and what the author wrote stands there.
            page = (self.site.content.get(path) or self.site.page(path)) if self.site else None
            self._built[path] = frozenset((*page.links, *page.files)) if page else frozenset()
        return self._built[path]

    def _is_rewritten(self, link: Link, path: str) -> bool:
        """Return whether a builder turns a link into another URL, because it names a source that is there."""
        if link.kind not in ("inline", "image", "reference"):
            return False
        target = unquote(link.destination.partition("#")[0])
        source = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        return is_page_path(target) and source in self._page_paths

    @cached_property
    def _page_paths(self) -> frozenset[str]:
        return frozenset(self.files.values())

    def place(self, fault: Fault) -> Place:
        """Return where a fault stands that no link in the sources makes."""
        if fault.code == "duplicate-id" and (place := self._last_id(fault)):
            return place
        if fault.asked and (place := self.configured(fault.asked)):
            return place
        if place := self._in_templates(fault) or self._in_words(fault):
            return place
        own = self._template_of(fault.page)
        return Place(shown(own)) if own else self.page(fault.page, fault.url)

    def _in_words(self, fault: Fault) -> Place | None:
        """Return where a page, what it includes, or a script of the site's own says what a page links to.

        Where no plugin makes anything of a page, only a template does, of its front matter.
        """
        if fault.page not in self.files:
            return None
        names = {fault.url} if re.search(r"\w", fault.url) else set()
        path = self.files[fault.page]
        if fault.asked is not None:
            names |= self._names(fault.asked.path)
            if "." in fault.asked.path:
                names.add(unquote(fault.asked.path).lstrip("/"))
            names |= {
                posixpath.relpath(name, posixpath.dirname(path) or ".") for name in {*names} - {fault.url}
            }
        said = "|".join(re.escape(each) for each in sorted(names, key=len, reverse=True))
        pattern = re.compile(rf"(?<![\w/.-])({said})(?![\w/-]|\.\w)")
        files = [self.file(fault.page)]
        for file in files if self._is_made else ():
            files += [each for each in self._included_by(file) if each not in files][:_MOST]
        for file in (*files, *(self._scripts if self._is_made else ())) if said else ():
            text = self.text(file) or ""
            if len(text) >= LARGEST:
                continue
            # An example of a link is none.
            bare = _CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), text)
            if not self._is_made:
                bare = bare[: front_matter(text).end]
            if found := pattern.search(text if file.suffix == ".py" else bare):
                return _at(file, text, found.start(1))
        return None

    @cached_property
    def _is_made(self) -> bool:
        """Whether plugins make more of the site's pages than Markdown does."""
        from unbroken.builders.asking import acting

        return bool(acting(self.config))

    @cached_property
    def _scripts(self) -> list[Path]:
        """The scripts that macros and hooks are defined in."""
        root = self.config.file.parent
        names = {"main"}
        for file in self.config.files:
            names.update(
                re.findall(r"""\bmodule_name["']?\s*[:=]\s*["']?([\w./-]+)""", self.text(file) or "")
            )
        modules = [_plain(root / f"{name.removesuffix('.py')}.py") for name in sorted(names)]
        return [file for file in (*modules, *self.config.hooks) if file.is_file()]

    def _names(self, path: str) -> set[str]:
        """Return how an author may name what is, or was, at an address path: as a page path."""
        bare = unquote(path).lstrip("/")
        listing = self.config.listing
        first, _, rest = bare.partition("/")
        if listing and listing.languages and first in listing.languages.others:
            bare = rest
        stem = bare.rstrip("/").removesuffix(".html")
        source = self.source(path)
        made = {f"{stem}.md", f"{stem}/index.md", f"{stem}/README.md"} if stem else set()
        # What names a page that is at another address leads there, and so is another link.
        return {*(made - self._page_paths), *([source] if source else [])}

    def _in_templates(self, fault: Fault) -> Place | None:
        """Return where a template of the site's own names what a page links to."""
        folder = self.config.custom_dir
        if folder is None:
            return None
        names = {fault.url, fault.url.lstrip("./")}
        names |= {fault.asked.path.lstrip("/")} if fault.asked else set()
        parts = "|".join(re.escape(each) for each in sorted(names, key=len, reverse=True) if each)
        named = re.compile(rf"""["'](?:\.{{0,2}}/)*({parts})["']""") if parts else None
        for file in self._template_files if named else ():
            text = self.text(file) or ""
            if named and (found := named.search(text)):
                return _at(file, text, found.start(1))
        return None

    @cached_property
    def _template_files(self) -> list[Path]:
        folder = self.config.custom_dir
        return sorted(file for file in folder.rglob("*.html") if file.is_file()) if folder else []

    def _template_of(self, page: str) -> Path | None:
        """Return the template of the site's own that a page names in its front matter."""
        text = self.text(self.file(page)) if page in self.files else None
        head = re.match(r"---\s*\n(.*?)\n---", text or "", re.DOTALL)
        found = re.search(r"""(?m)^template:\s*["']?([^"'\s#]+)""", head[1]) if head else None
        file = self.config.custom_dir / found[1] if found and self.config.custom_dir else None
        return file if file in self._template_files else None

    def configured(self, asked: Address) -> Place | None:
        """Return where the configuration names an address, as navigation and footers do."""
        path, fragment = unquote(asked.path).lstrip("/"), str(asked)[len(asked.path) :]
        names = {path, *self._names(asked.path)} - {""} if path else set()
        said = "|".join(re.escape(name + fragment) for name in sorted(names, key=len, reverse=True))
        named = re.compile(rf"""(?m)^[^#\n]*?[-:\s"'/\[,{{]({said})["']?[ \t]*(?:[,\]}}].*|#.*)?$""")
        redirects = {each.place[:2] for each in (*self.config.entries, *self.config.patterns)}
        for file in self.config.files if said else ():
            text = self.text(file) or ""
            for found in named.finditer(text):
                place = _at(file, text, found.start(1))
                if place[:2] not in redirects:  # which link nowhere by themselves
                    return place
        return None

    def page(self, path: str, url: str = "") -> Place:
        """Return the source of a page; for one that is no Markdown, where it has a URL."""
        if path in self.files:
            return Place(shown(self.file(path)))
        name = (self.site.files.get(path) or self.site.stubs.get(path)) if self.site else None
        if name is None or self.site is None:
            return Place(path)
        file = self._copied(path) or self.site.root / name
        text = (self.text(file) or "") if file.stat().st_size < LARGEST else ""
        for found in re.finditer(r"""=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", text) if url else ():
            value = found[found.lastindex or 1]
            if unescape(value).strip() == url:
                return _at(file, text, found.start(found.lastindex or 1))
        return Place(shown(file))

    def _last_id(self, fault: Fault) -> Place | None:
        file = self.file(fault.page) if fault.page in self.files else self._copied(fault.page)
        text = self.text(file) if file else None
        name = re.escape(fault.url[1:])
        found = list(
            re.finditer(
                rf"""\{{[^}}\n]*#({name})(?=[\s}}])|\b(?:id|name)\s*=\s*["']?({name})(?=["'\s>])""",
                text or "",
            )
        )
        if not file or not text or not found:
            return None
        return _at(file, text, found[-1].start(found[-1].lastindex or 0))

    def _copied(self, page: str) -> Path | None:
        """Return the file among the sources that a builder has copied to where a page is."""
        name = self.site.files.get(page) if self.site else None
        file = self.config.docs_dir / name if name else None
        return file if file and file.is_file() else None

    def source(self, path: str) -> str | None:
        """Return the source of what is published at an address path, relative to ``docs_dir``."""
        if path in self.files:
            return self.files[path]
        name = unquote(path).lstrip("/")
        try:
            return name if name and (self.config.docs_dir / name).is_file() else None
        except (OSError, ValueError):
            return None

    def is_known(self, fault: Fault) -> bool:
        """Return whether a fault proposes something, and not by its name alone a file of the theme."""
        there = fault.instead
        if fault.sure or not isinstance(there, Address):
            return there is not None
        name = there.path.rpartition("/")[2]
        return "." not in name or name.endswith(PAGE_ENDINGS) or self.source(there.path) is not None

    def destination(self, spot: Spot, fault: Fault) -> str:
        """Return how a link in the source of a page has to name what it should lead to."""
        link, page, target = spot.link, fault.page, fault.instead
        if not isinstance(target, Address):
            return target or link.destination
        fragment = str(target)[len(target.path) :]
        if link.kind == "autolink":  # no relative URL can be one
            return self.config.site_url.rstrip("/") + str(target)
        source = self.source(target.path)
        own = self.files.get(page)
        if link.kind in ("html", "srcset") or not source or not own:
            # A URL: what has no source, and raw HTML, which builders leave as it is or lead one folder up.
            if link.destination.startswith("/"):
                return self.resolver.base + str(target)
            if fragment and target.path == page:
                return fragment
            if own and fault.url == f"../{link.destination}":
                page = page_address(posixpath.join(posixpath.dirname(own), "index.md"), True)
            return url_from(page, target)
        if fragment and source == own:
            return fragment
        # Authors write other characters as they are.
        path = posixpath.relpath(source, posixpath.dirname(own) or ".")
        return re.sub(r"[%?# ]", lambda found: f"%{ord(found[0]):02X}", path) + fragment

    def missing(self, spot: Spot, fault: Fault) -> str | None:
        """Return the message of a link that names a source, which is not there or not published."""
        path = re.split(r"[?#]", spot.link.destination)[0]
        ending = posixpath.splitext(path)[1].lower()
        if not fault.message.endswith(" is not there.") or spot.link.kind not in (
            "inline",
            "image",
            "reference",
        ):
            return None
        if ending in ("", ".html", ".htm") or path.startswith("/") or ":" in path:
            return None
        source = posixpath.normpath(posixpath.join(posixpath.dirname(self.files[fault.page]), unquote(path)))
        if source.startswith("../"):
            return None
        file = self.config.docs_dir / source
        try:  # the same words wherever the site stands, as for a comparison with another commit
            name = file.relative_to(self.config.file.parent).as_posix()
        except ValueError:
            name = source
        own = self.file(fault.page)
        seen = "" if spot.file == own else f" as seen from {shown(own)}, which includes this"
        return f"{name} is not {'published' if file.is_file() else 'there'}{seen}."
