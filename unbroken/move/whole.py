"""The proof by the builder: the whole site built as it is and as it would be, and compared page by page.

What plugins make of a page is seen here, and nowhere else: includes, macros, references by name, other
languages. Each link on each page has to lead to where its content then is, and each page has to say what it
said.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from html import unescape
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from unbroken.builders import record
from unbroken.builders.build import files_below
from unbroken.builders.render import Rendered, scanned
from unbroken.builders.trial import Built, tried
from unbroken.builders.waiting import during
from unbroken.model.addresses import Address, is_page_path
from unbroken.model.errors import BuildError, Refused
from unbroken.model.listing import File
from unbroken.model.redirects import RedirectMap, Target
from unbroken.model.resolver import Resolver
from unbroken.move.targets import Heading, Move
from unbroken.move.tree import Tree
from unbroken.workspace.built_site import Site
from unbroken.workspace.config import Config, redirects_of
from unbroken.workspace.files import shown
from unbroken.workspace.transaction import Change

# A file that is larger is not searched for the place of a link, in bytes.
_LARGEST = 1 << 20
# A build that takes longer than this, in seconds, is announced.
LONG = 5
# How many pages are named one by one.
_SHOWN = 3
_ARTICLE = re.compile(r"<article\b.*</article>", re.DOTALL)
_MADE_TITLE = re.compile(r"<h1>[^<]*</h1>")
_LINK = re.compile(r"""<a\b[^>]*?\bhref=(?:"([^"]*)"|'([^']*)')[^>]*>(.*?)</a>""", re.DOTALL)
_TAGS = re.compile(r"<[^>]*>")


class Left(NamedTuple):
    """Something that a move changes and does not mend.

    Attributes:
        page: the page path that shows it, as it is now.
        says: what the author wrote there, as far as it can be told: the words of a link, or a part of a line.
        message: what would be wrong.
        url: the link's URL on the built page; empty where it is about no link.
    """

    page: str
    says: str
    message: str
    url: str = ""


@dataclass
class Compared:
    """What a comparison came to.

    Attributes:
        links: how many links lead where they led.
        pages: on how many pages.
        left: what does not.
        unsteady: the page paths that two builds of the same sources make differently. Of them only what both
            builds have is compared.
        addresses: the address path of each page path afterwards, as the builder has it.
    """

    links: int = 0
    pages: int = 0
    left: list[Left] = field(default_factory=list)
    unsteady: list[str] = field(default_factory=list)
    addresses: dict[str, str] = field(default_factory=dict)


class _Side:
    """A built site, and where its links lead."""

    def __init__(self, built: Built) -> None:
        self.built = built
        if built.record:
            built.config.listing = built.record.listing()
            built.config.directory_urls = built.record.directory_urls
            built.config.site_url = built.record.site_url
        self.redirects: RedirectMap = redirects_of(built.config)
        self.site = Site(built.folder)
        self.resolver = Resolver(self.site, self.redirects, site_url=built.config.site_url)

    def files(self, sources: Iterable[str]) -> list[File]:
        """Return every file that was published; by its path, and pages alone, where no builder says."""
        if self.built.record:
            return list(self.built.record.listing().files)
        return [
            File(path, self.site.files[address], address)
            for path in sources
            if (address := self.built.config.address(path)) in self.site.files
        ]

    def content(self, file: File) -> str | None:
        """Return the HTML of a page's text."""
        if (content := self.built.contents.get(file.destination)) is not None:
            return content
        try:
            text = (self.built.folder / file.destination).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        article = _ARTICLE.search(text)
        # A title that the theme makes of the file's name is no text of the page.
        return _MADE_TITLE.sub("", article[0] if article else text, count=1)

    def end(self, url: str, page: str) -> Target | None:
        """Return where a URL on a page leads; None where it cannot be told."""
        try:
            address = self.resolver.resolve(url, page)
        except ValueError:
            return None
        return url if address is None else self.resolver.follow(address).end

    def answers(self, target: Target | None) -> bool:
        """Return whether a target is there."""
        return isinstance(target, str) or (target is not None and self.resolver.answers(target))


def proved(
    config: Config,
    change: Change,
    back: Change,
    move: Move,
    sources: Iterable[str],
    changing: tuple[Collection[str], Collection[str]],
    tell: Callable[[str], object],
    mends: Callable[[list[Left]], bool],
) -> Compared:
    """Build a site as it is and as a move would make it, and compare.

    Args:
        config: the site's configuration.
        change: what the move does to the files.
        back: what makes of the files the site as it was.
        move: the move.
        sources: the page path of every page as it is.
        changing: the pages whose text changes on purpose; and those that give or get a section, which is
            proved by itself.
        tell: called with what an author should know while it takes long.
        mends: called with what is left; returns whether the caller can mend it, and need not know more.

    Raises:
        Refused: the site cannot be built as it is.
    """
    known = record.read(config)
    long = tell if known is None or known.seconds > LONG else None
    try:
        with ExitStack() as stack:
            with during(config, "Building the site as it is and after the move, to prove it", "proof", long):
                before, after, again = stack.enter_context(tried(config, back, change))
            pages = list(sources)
            found = compared(before, after, move, pages, *changing)
            if any(left.page for left in found.left) and not mends(found.left):
                what = "Building it as it is once more, to see what changes by itself"
                long = tell if before.record and before.record.seconds > LONG else None
                with during(config, what, tell=long):
                    once_more = again()
                found = compared(before, after, move, pages, *changing, once_more)
            return found
    except BuildError as error:
        if "after the move" not in str(error):
            raise Refused(unbuildable(str(error))) from None
        return Compared(left=[Left("", "", f"{error}.")])


def unbuildable(reason: str) -> str:
    """Return what to say where a site cannot be built, and so nothing be proved."""
    return f"Nothing was changed: {reason}. Mend that, or say --prove pages to look at Markdown alone."


def told(left: Iterable[Left], tree: Tree, move: Move) -> list[str]:
    """Return what a move leaves to its author, a line each, with its place."""
    config = tree.config
    others = sorted(path for path in tree.files if not is_page_path(path) or path not in move.files)
    files = [config.docs_dir / path for path in others]
    root = config.file.parent
    files += [path for path in sorted(root.iterdir()) if path.suffix in _TEXTS and path != config.ledger]
    lines = []
    scripts: list[Path] = []
    for each in left:
        if not each.page:
            lines.append(f"Left for you: {each.message}")
            lines += [f"Left for you: {line}" for line in _beside(tree, move)]
            continue
        there = tree.seen.files.get(each.page, each.page) if tree.seen else each.page
        source = config.docs_dir / there
        if (listed := config.listing and config.listing.by_source.get(each.page)) and listed.disk:
            source = root / listed.disk
        made = not source.is_file()
        scripts = (
            scripts or [root / name for name in files_below(root) if name.endswith(".py")] if made else []
        )
        place = located(each, source, [*files, *scripts], shown)
        place = f"{each.page}, which a plugin makes" if made and place == shown(source) else place
        lines.append(f"Left for you: {place}: {each.message}")
    return list(dict.fromkeys(lines))


def said_of_unsteady(pages: list[str]) -> list[str]:
    """Return what to say of the pages that two builds of the same sources make differently."""
    if not pages:
        return []
    more = f" and {len(pages) - _SHOWN} more" if len(pages) > _SHOWN else ""
    return [
        f"Two builds of the same sources differ on {', '.join(pages[:_SHOWN])}{more}. "
        "Only what both builds have there was compared."
    ]


_TEXTS = (".md", ".py", ".yml", ".html", ".txt")
_QUOTED = re.compile(r"""["']([^"'\r\n]{1,200})["']""")


def _beside(tree: Tree, move: Move) -> Iterator[str]:
    """Yield each place in a moved page that names a file beside it, which is not beside its new place."""
    for old, new in sorted(move.files.items()):
        if not is_page_path(old):
            continue
        here, there = posixpath.dirname(old), posixpath.dirname(new)
        for number, line in enumerate(tree.text(old).splitlines(), 1):
            for name in _QUOTED.findall(line):
                path = posixpath.normpath(posixpath.join(here, name))
                if path in tree.files and posixpath.normpath(posixpath.join(there, name)) != move.file(path):
                    yield f"{tree.name(old)}:{number}: {name} is not beside {tree.name(new)}."


def compared(
    before: Built,
    after: Built,
    move: Move,
    sources: Iterable[str],
    free: Collection[str] = (),
    cut: Collection[str] = (),
    again: Built | None = None,
) -> Compared:
    """Compare a site as it is with the site as a move would make it; see ``proved``.

    Where the site as it is was built ``again``, what changes by itself is known and left out.
    """
    was, now = _Side(before), _Side(after)
    other = _Side(again) if again else None
    pages = list(sources)
    olds = was.files(pages)
    news = {(file.source, file.language): file for file in now.files(move.file(path) for path in pages)}
    # A source that is shown in other languages as well has the address of its own.
    own = now.built.config.listing.by_source if now.built.record and now.built.config.listing else {}
    result = Compared(
        addresses={
            source: file.address
            for (source, _), file in news.items()
            if file.page and own.get(source, file) == file
        }
    )
    moved = _Moved(olds, news, move)
    still = _Moved(olds, {(file.source, file.language): file for file in olds}, Move())
    changing = {*free, *(heading.page for heading in move.headings)}
    for old in (file for file in olds if file.page):
        new = news.get((move.file(old.source), old.language))
        if new is None:
            result.left.append(Left(old.source, "", f"{old.address} would not be published any more."))
            continue
        if old.source in cut:
            continue
        said, says = was.content(old), now.content(new)
        if said is None or says is None:
            continue
        result.pages += 1
        mine = (was, old, said)
        if other and (also := other.content(old)) is not None and also != said:
            made = Compared()
            _page(made, mine, (other, old, also), still, free=False)
            if made.left:
                result.unsteady.append(old.source)
                _kept(result, mine, (other, old, also), (now, new, says), moved)
                continue
        _page(result, mine, (now, new, says), moved, free=old.source in changing)
    return result


def _kept(
    result: Compared,
    before: tuple[_Side, File, str],
    again: tuple[_Side, File, str],
    after: tuple[_Side, File, str],
    moved: _Moved,
) -> None:
    """Compare a page that each build makes anew: the links that it had twice have to be there."""
    (was, old, said) = before
    first, second, third = (
        {side.end(url, file.address): url for url, _ in scanned(text, ()).urls}
        for side, file, text in (before, again, after)
    )
    for end in [each for each in first if each in second and was.answers(each)]:
        want = moved.end(end)
        if want in third and after[0].answers(want):
            result.links += 1
            continue
        url = first[end]
        message = f"the link to {_shown(end, url)} would not be one any more."
        result.left.append(Left(old.source, _words(said, url), message, url))


class _Moved:
    """Where each address of a site is afterwards."""

    def __init__(self, olds: Iterable[File], news: Mapping[tuple[str, str], File], move: Move) -> None:
        self.by_address = {file.address: file for file in olds}
        self.news = news
        self.move = move

    def end(self, target: Target | None) -> Target | None:
        """Return where what a target names has to be found."""
        if not isinstance(target, Address) or (old := self.by_address.get(target.path)) is None:
            return target
        heading = self.move.headings.get(Heading(old.source, target.fragment)) if target.fragment else None
        page = heading.page if heading else self.move.file(old.source)
        new = self.news.get((page, old.language))
        if new is None:
            return target
        return target._replace(path=new.address, fragment=heading.anchor if heading else target.fragment)


def _page(
    result: Compared,
    before: tuple[_Side, File, str],
    after: tuple[_Side, File, str],
    moved: _Moved,
    *,
    free: bool,
) -> None:
    """Compare one page."""
    (was, old, said), (now, new, says) = before, after
    one, other = scanned(said, ()), scanned(says, ())
    if len(one.urls) != len(other.urls):
        for url, text in _missing(said, one, other, was, now, old, new, moved):
            result.left.append(Left(old.source, text, f"the link to {url} would not be one any more.", url))
        if not result.left or result.left[-1].page != old.source:
            result.left.append(Left(old.source, "", f"{old.source} would have other links than it has."))
        return
    words = None if free else _other_words(one.shape, other.shape, moved.move)
    if words is not None:
        message = f"{old.source} would say {words[1] or 'nothing'!r} where it says {words[0] or 'nothing'!r}."
        result.left.append(Left(old.source, words[0], message))
    for (url, _), (url_now, _) in zip(one.urls, other.urls, strict=True):
        end = was.end(url, old.address)
        if not was.answers(end):
            continue  # it led nowhere before
        want, have = moved.end(end), now.end(url_now, new.address)
        if have == want and now.answers(have):
            result.links += 1
            continue
        if isinstance(end, str) and isinstance(have, str) and old.source != new.source:
            result.links += 1  # a link to the page's own source at a forge follows it
            continue
        there = _shown(have, url_now)
        result.left.append(
            Left(old.source, _words(said, url), f"the link to {_shown(end, url)} would lead to {there}.", url)
        )


def _shown(target: Target | None, url: str) -> str:
    return url if target is None or isinstance(target, str) else str(target)


def _missing(
    said: str,
    one: Rendered,
    other: Rendered,
    was: _Side,
    now: _Side,
    old: File,
    new: File,
    moved: _Moved,
) -> Iterator[tuple[str, str]]:
    """Yield each link of a page that it would not have any more, and its words."""
    have = [now.end(url, new.address) for url, _ in other.urls]
    for url, _ in one.urls:
        want = moved.end(was.end(url, old.address))
        if want in have:
            have.remove(want)
        else:
            yield url, _words(said, url)


def _words(html: str, url: str) -> str:
    """Return the words of the first link to a URL."""
    for found in _LINK.finditer(html):
        if unescape(found[1] or found[2] or "") == url:
            return " ".join(unescape(_TAGS.sub("", found[3])).split())
    return ""


def _other_words(one: str, other: str, move: Move) -> tuple[str, str] | None:
    """Return the first words of a page that would change, and what it would say; None where it says the same.

    Numbers do not count: extensions and clocks make them anew with each build. A list of the sources names a
    moved one by its new name.
    """
    texts = [unescape(_TAGS.sub("\n", text)) for text in (one, other)]
    was, now = (re.sub(r"\d+", "0", text).split() for text in texts)
    if was == now:
        return None
    names = {
        pair
        for old, new in move.files.items()
        for pair in ((old, new), (posixpath.basename(old), posixpath.basename(new)))
    }
    names = {(re.sub(r"\d+", "0", old), re.sub(r"\d+", "0", new)) for old, new in names}
    pairs = enumerate(zip_longest(was, now, fillvalue=""))
    at = next((n for n, pair in pairs if pair[0] != pair[1] and pair not in names), None)
    if at is None:
        return None
    first, second = (" ".join(text.split()[at : at + 3]) for text in texts)
    return first, second


def located(left: Left, source: Path, others: Iterable[Path], name: Callable[[Path], str]) -> str:
    """Return the file and line where something stands that is left: in the page, or in what it includes.

    Args:
        left: what is left.
        source: the file of the page.
        others: the files that it may include.
        name: how messages name a file.
    """
    if left.says and (line := _line(source, left.says, left.url) or _line(source, left.says)):
        return f"{name(source)}:{line}"
    # Short words stand in many files; in another than the page's they have to stand beside the link.
    for file in others if left.says and (left.url or " " in left.says) else ():
        if line := _line(file, left.says, left.url):
            return f"{name(file)}:{line}"
    return name(source)


def _line(file: Path, text: str, url: str = "") -> int | None:
    """Return the number of the first line with a text, and with the last part of a URL if one is given."""
    try:
        if not file.is_file() or file.stat().st_size > _LARGEST:
            return None
        said = file.read_bytes().decode("utf-8", "replace")
    except OSError:
        return None
    lasts = [part for part in re.split(r"[/#?]|\.html\b", unquote(url)) if part.strip(".")][-1:]
    words = [re.compile(rf"(?<![\w-]){re.escape(each)}(?![\w-])") for each in lasts]
    words.append(re.compile(rf"(?<!\w){re.escape(text)}(?!\w)" if text.isalnum() else re.escape(text)))
    lines = enumerate(said.splitlines(), 1)
    return next((n for n, line in lines if all(word.search(line) for word in words)), None)
