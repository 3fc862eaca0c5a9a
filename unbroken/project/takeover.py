"""Take over the redirects of another tool's files: read, judge, prove, and write all or nothing."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from unbroken.builders.which import root_of
from unbroken.findings.base import Place, Severity, count, printable
from unbroken.findings.catalog import CODES
from unbroken.findings.commands import typed
from unbroken.formats.toml_edit import editor
from unbroken.model.addresses import (
    Address,
    is_page_path,
    likely_page_path,
    named_address,
    normal,
    page_address,
)
from unbroken.model.adopted import (
    Difference,
    Fate,
    Judged,
    compare,
    first_hops,
    judge,
    misread,
)
from unbroken.model.errors import CannotEdit, LeavesSite, Refused
from unbroken.model.following import Rules, Site, TooMany
from unbroken.model.imported import Imported, Unreadable
from unbroken.model.plan import judge as judge_map
from unbroken.model.redirects import Entry, Published, RedirectMap, Target, parse_map
from unbroken.project.setup.changes import writable
from unbroken.publish import redirect_lines
from unbroken.publish.hosts import HOSTS
from unbroken.publish.importers import FORMATS, Format, front_matter, recognised
from unbroken.publish.servers import server_of
from unbroken.publish.servers.running import Unasked, ask
from unbroken.workspace import ledger
from unbroken.workspace.config import Config
from unbroken.workspace.files import shown
from unbroken.workspace.sources import below, by_address
from unbroken.workspace.transaction import Change, Write, make

#: Bytes of the largest file that is read.
LARGEST = 64 << 20
#: Where patterns stand in a configuration.
PATTERNS = ("plugins", "unbroken", "patterns")
# The place of the lines that are new to the map, by which a finding about one of them is known.
_NEW = "\0new"


@dataclass(slots=True)
class Source:
    """One file, and what becomes of it.

    Attributes:
        file: the file; a folder for the front matter of the pages in it.
        form: its format.
        imported: what it holds.
        judged: the fate of each redirect in it.
        asked: how many addresses were asked of the old rules and of the new.
        differences: those that end elsewhere.
        shortened: whether the lines that go over into the map are taken out of it.
        witness: who judged the old rules, as a sentence.
        misread: the addresses that the host's own server answers otherwise than the file was read.
    """

    file: Path
    form: Format
    imported: Imported
    judged: list[Judged] = field(default_factory=list)
    asked: int = 0
    differences: list[Difference] = field(default_factory=list)
    shortened: bool = False
    witness: str = ""
    misread: list[Difference] = field(default_factory=list)

    def count(self, fate: Fate) -> int:
        """Return how many redirects have a fate."""
        return sum(each.fate is fate for each in self.judged)


@dataclass(slots=True)
class Takeover:
    """What taking redirects over changes.

    Attributes:
        config: the site's configuration.
        sources: the files.
        add: the lines that the map gains.
        patterns: the patterns that it gains.
        addresses: the old addresses that answer, for the ledger.
        writes: the files that change, by path: what each says, None where it is not there, and will say.
    """

    config: Config
    sources: list[Source] = field(default_factory=list)
    add: dict[str, str] = field(default_factory=dict)
    patterns: dict[str, str] = field(default_factory=dict)
    addresses: set[Address] = field(default_factory=set)
    writes: dict[Path, tuple[bytes | None, bytes]] = field(default_factory=dict)

    def entries(self, file: str = _NEW) -> tuple[list[Entry], list[Entry]]:
        """Return the map's lines as they will be, and its patterns.

        Args:
            file: how messages name the file that the new ones go into.
        """
        config = self.config
        new, wild = (
            [Entry(source, target, Place(file, n)) for n, (source, target) in enumerate(lines.items(), 1)]
            for lines in (self.add, self.patterns)
        )
        return [*config.entries, *new], [*config.patterns, *(e._replace(place=Place(file, 0)) for e in wild)]


# Reading.


def text_of(file: Path) -> str:
    """Return the text of a file.

    Raises:
        Refused: it cannot be read, or is no text.
    """
    name = shown(file)
    try:
        about = file.stat()
        if not stat.S_ISREG(about.st_mode):
            raise Refused(f"{name} is not an ordinary file.")
        if about.st_size > LARGEST:
            raise Refused(f"{name} is larger than {LARGEST >> 20} MB.")
        data = file.read_bytes()
    except OSError as error:
        raise Refused(f"{name} cannot be read: {error.strerror}.") from None
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refused(f"{name}:{line}: this is not text in UTF-8. Save the file as UTF-8.") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise Refused(f"{name}:{line}: this is not text: it has a null character.")
    return text


def read(file: Path, form: Format, config: Config) -> Imported:
    """Return what a file holds; of a folder, what the front matter of the pages in it does.

    Raises:
        Refused: it cannot be read.
    """
    try:
        if file.is_dir() or form is FORMATS["front-matter"]:
            return _pages(file, config)
        return form.read(text_of(file), shown(file))
    except Unreadable as error:
        raise Refused(f"{error.place}: {error.message}") from None
    except RecursionError:
        raise Refused(f"{shown(file)} is nested too deep to read.") from None


def _pages(place: Path, config: Config) -> Imported:
    """Return what the front matter of a page, or of every page in a folder, holds."""
    result = Imported(from_root=False)
    docs = Path(os.path.realpath(config.docs_dir))
    top = Path(os.path.realpath(place))
    # Pages of another generator have the address that their path in its own folder of pages gives them.
    root = docs if top.is_relative_to(docs) else top if top.is_dir() else top.parent
    files = [top] if top.is_file() else sorted(_below(top))
    if not top.exists():
        raise Refused(f"{shown(place)} cannot be read: there is no such file.")
    for file in files:
        path = file.relative_to(root).as_posix()
        name = shown(place / file.relative_to(top)) if top.is_dir() else shown(place)
        page = _JEKYLL_INDEX.sub("index.md", path)
        try:
            found = front_matter.read(text_of(file), name, page_address(page, config.directory_urls))
        except Refused as error:
            result.fault(Place(name), str(error).partition(": ")[2])
            continue
        result.rules += found.rules
        result.faults += found.faults
    return result


_JEKYLL_INDEX = re.compile(r"(?:^|(?<=/))_index\.md$")


def _below(folder: Path) -> Iterator[Path]:
    for top, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
        yield from (Path(top, name) for name in names if name.lower().endswith(front_matter.ENDINGS))


def format_of(file: Path, config: Config) -> Format:
    """Return the format of a file, by its name and its content.

    Raises:
        Refused: it cannot be told.
    """
    if file.is_dir() or is_page_path(file.name):
        return FORMATS["front-matter"]
    name = recognised(file.name, text_of(file), config.hosts)
    if name is None:
        raise Refused(
            f"The format of {shown(file)} cannot be told from its name or content. "
            f"Name it with --format: {', '.join(FORMATS)}."
        )
    return FORMATS[name]


# Names in the map.


class _Names:
    """How the map names addresses: by page path where there is a source."""

    def __init__(self, config: Config) -> None:
        self.directory_urls = config.directory_urls
        # Another generator's pages have other names: their addresses tell more.
        self.likely = not config.is_own
        self.sources = by_address(below(config.docs_dir).files, config.address)

    def page(self, path: str, *, is_source: bool = False) -> str:
        """Return the text that names an address path; empty where none does."""
        plain = path.lstrip("/") or "./"
        known = "" if is_source else self.sources.get(path, "")
        for text in (
            known,
            likely_page_path(path, self.directory_urls) if is_source and self.likely else "",
            unquote(plain),
            plain,
        ):
            try:
                fits = text and "#" not in text and named_address(text, self.directory_urls) == path
            except LeavesSite:
                continue
            if fits and text.isprintable() and "%" not in text.replace("%25", ""):
                return text
        return plain

    def target(self, target: Target) -> str:
        """Return the text that names a target."""
        if isinstance(target, str):
            return target
        return self.page(target.path) + str(target)[len(target.path) :]

    def folder(self, target: Target, star: bool) -> str:
        """Return the text that names the target of a pattern."""
        if not star:
            return self.target(target)
        if isinstance(target, Address) and not target.query:
            return (target.path.lstrip("/") or "./") + "*"
        return self.target(target) + "*"


# Planning.


def plan(
    config: Config,
    files: Iterable[tuple[Path, Format]],
    published: Published,
    recorded: Mapping[str, Iterable[str]] | None = None,
    *,
    write: bool = True,
) -> Takeover:
    """Return what taking over the redirects of some files changes; nothing is written.

    Args:
        config: the site's configuration.
        files: the files, in the order in which the host asks them, with their formats.
        published: what answers today.
        recorded: what the ledger holds: the fragments of each address path.
        write: whether to plan the new text of each file as well.

    Raises:
        Refused: a file cannot be read, or the map cannot be edited.
    """
    takeover = Takeover(config)
    parts = urlsplit(config.site_url)
    names = _Names(config)
    known = recorded or {}
    for file, form in files:
        source = Source(file, form, read(file, form, config))
        base = normal(parts.path + "/").rstrip("/") if source.imported.from_root else ""
        site = Site(published, base, parts.netloc.lower())
        try:
            before = _map(takeover)
            source.judged, rules = judge(source.imported, site, before)
            now = _take(takeover, source, names, published, known)
            source.asked, source.differences = compare(source.judged, rules, before, now, site)
            _ask(source, rules, site)
        except TooMany as error:
            raise Refused(f"{shown(file)}: {error}") from None
        takeover.sources.append(source)
    if write:
        _write(takeover)
    return takeover


def _ask(source: Source, rules: Rules, site: Site) -> None:
    """Ask the host's own server, where this machine has it, whether the file was read as it is meant."""
    form, server = source.form, server_of(source.form.host)
    why = "there is no server to ask."
    if server is not None:
        try:
            text = text_of(source.file)
            paths = first_hops(source.judged, site)
            answers = ask(server, text, source.file.name, site.published.paths, paths, site.host)
        except Unasked as reason:
            why = f"{server.title} itself was not asked, because {reason}."
        else:
            number, source.misread = misread(rules, site, answers)
            same = number - len(source.misread)
            source.witness = (
                f"Asked {server.title} itself by the old rules: {same:,} of {number:,} answers are as read."
            )
            return
    elif form.host:
        why = f"{HOSTS[form.host].title} itself was not asked: only nginx, Apache and Caddy can be."
    source.witness = f"Read by Unbroken's own reader of {form.title}; {why}"


def _map(takeover: Takeover) -> RedirectMap:
    entries, patterns = takeover.entries()
    config = takeover.config
    return parse_map(entries, patterns, config.retired, directory_urls=config.directory_urls)


def _take(
    takeover: Takeover,
    source: Source,
    names: _Names,
    published: Published,
    known: Mapping[str, Iterable[str]],
) -> RedirectMap:
    """Put what the judge takes into the map, but for what the map's own judge speaks against; return it."""
    lines: dict[str, tuple[int, str]] = {}
    folders: dict[str, tuple[int, str]] = {}
    for number, each in enumerate(source.judged):
        if each.fate is not Fate.TAKEN or each.target is None:
            continue
        if each.rule.folder:
            folders[each.source.lstrip("/")] = number, names.folder(each.target, each.rule.rest)
        else:
            lines[names.page(each.source, is_source=True)] = number, names.target(each.target)
    while True:
        takeover.add |= {text: target for text, (_, target) in lines.items()}
        takeover.patterns |= {text: target for text, (_, target) in folders.items()}
        now = _map(takeover)
        against = _against(takeover, now, published, known)
        wrong = {text: message for text, message in against.items() if text in lines or text in folders}
        if not wrong:
            break
        for text, message in wrong.items():
            number, _ = lines.pop(text) if text in lines else folders.pop(text)
            del (takeover.add if text in takeover.add else takeover.patterns)[text]
            source.judged[number] = source.judged[number]._replace(
                fate=Fate.KEPT, why=f"the map cannot say it: {message}"
            )
    for each in source.judged:
        if each.fate in (Fate.TAKEN, Fate.THERE) and each.source and not each.rule.folder:
            takeover.addresses.add(Address(each.source))
    return now


def _against(
    takeover: Takeover, now: RedirectMap, published: Published, known: Mapping[str, Iterable[str]]
) -> dict[str, str]:
    config = takeover.config
    _, findings = judge_map(
        now, published, known, directory_urls=config.directory_urls, site_url=config.site_url
    )
    texts = list(takeover.add)
    found: dict[str, str] = {}
    for finding in findings:
        if finding.place.file == _NEW and CODES[finding.code].default is Severity.ERROR:
            for text in [texts[finding.place.line - 1]] if finding.place.line else list(takeover.patterns):
                found[text] = finding.message
    return found


# Writing.


def _write(takeover: Takeover) -> None:
    """Plan the new text of each file."""
    config = takeover.config
    if takeover.add or takeover.patterns:
        file = map_file(config)
        takeover.writes[file] = edited(file, text_of(file), takeover)
    try:
        before = ledger.text_of(config.ledger)
    except OSError as error:
        raise Refused(f"{shown(config.ledger)} cannot be read: {error.strerror}.") from None
    held = ledger.held(before)
    if any(address not in held for address in takeover.addresses):
        after = ledger.extended(before, takeover.addresses, shown(config.ledger))
        takeover.writes[config.ledger] = before.encode() if before else _bytes(config.ledger), after.encode()
    for source in takeover.sources:
        shorten(takeover, source)
    root = root_of(config)
    for file in takeover.writes:
        writable(file, root)


def _bytes(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def map_file(config: Config) -> Path:
    """Return the file that the map is in or belongs in.

    Raises:
        Refused: nothing of the site reads a map.
    """
    if not config.map_file:
        raise Refused(f"the site has no plugin that reads redirects. Run: {typed('unbroken init')}.")
    return Path(os.path.normpath(Path.cwd() / config.map_file))


def edited(file: Path, text: str, takeover: Takeover) -> tuple[bytes, bytes]:
    """Return the text of the map's file before and after.

    Raises:
        Refused: it cannot be edited.
    """
    before = file.read_bytes()
    edit = editor(file)
    try:
        text = edit(text, add=takeover.add)
        text = edit(text, add=takeover.patterns, path=PATTERNS) if takeover.patterns else text
    except CannotEdit as error:
        raise Refused(f"{shown(file)} cannot be edited: {error}") from None
    return before, text.encode("utf-8", "surrogateescape")


def shorten(takeover: Takeover, source: Source, hosts: Iterable[str] = ()) -> None:
    """Take the lines that go over into the map out of a ``_redirects`` that each build puts ours around."""
    config, file = takeover.config, source.file
    below = os.path.realpath(file).startswith(os.path.realpath(config.docs_dir) + os.sep)
    if file.name != "_redirects" or not below or source.form.host not in {*config.hosts, *hosts}:
        return
    source.shortened = True
    gone = {each.rule.place.line for each in source.judged if each.fate is not Fate.KEPT}
    before = file.read_bytes()
    after = redirect_lines.without(text_of(file), gone).encode()
    if gone:
        takeover.writes[file] = before, after


def apply(takeover: Takeover) -> None:
    """Write all that is planned, or nothing.

    Raises:
        Conflict: the disk did not take it, and everything is as it was.
    """
    here = takeover.config.file.parent
    writes = [
        Write(os.path.relpath(file, here).replace(os.sep, "/"), before, after)
        for file, (before, after) in takeover.writes.items()
        if before != after
    ]
    names = ", ".join(shown(source.file) for source in takeover.sources)
    make(here, Change((), writes, f"taking over {names}"))


# Saying it.

_SAID: Mapping[Fate, str] = {
    Fate.TAKEN: "taken over",
    Fate.THERE: "in the map already",
    Fate.IDLE: "without effect",
    Fate.KEPT: "stays",
}


def described(takeover: Takeover, most: int | None = None, hosts: Iterable[str] = ()) -> Iterator[str]:
    """Yield, line by line, what becomes of each file.

    Args:
        takeover: what is planned.
        most: how many lines to show of each list; None for all.
        hosts: hosts that are to be written for besides those of the configuration.
    """
    for source in takeover.sources:
        name = shown(source.file)
        yield f"{name}, read as {source.form.title}: {count(len(source.judged), 'redirect')}."
        for fate, said in _SAID.items():
            if number := source.count(fate):
                yield f"  {number:>6,}  {'stay' if fate is Fate.KEPT and number > 1 else said}"
        notes = [f"{fault.place}: cannot be read. {fault.message}" for fault in source.imported.faults]
        notes += [
            f"{each.rule.place}: {_SAID[each.fate]}: {each.why}."
            if each.fate is not Fate.TAKEN
            else f"{each.rule.place}: {each.why}."
            for each in source.judged
            if each.why
        ]
        yield from _some(notes, most)
        kept = source.count(Fate.KEPT)
        if source.shortened:
            yield f"{count(kept, 'redirect')} left in {name}; each build puts its own lines around them."
        elif source.judged:
            yield f"{name} stays as it is."
            if source.form.host and source.form.host not in {*takeover.config.hosts, *hosts}:
                yield f"hosts does not name {source.form.host}, so no rules are written for it yet."
        same = source.asked - len(source.differences)
        yield (
            f"{source.asked:,} addresses asked of the old rules and of the new: "
            f"{same:,} end at the same place."
        )
        yield source.witness
        yield from _some(
            [
                f"{d.path}: {server_title(source)} answers {d.old}, and was read as {d.new}."
                for d in source.misread
            ],
            most,
        )
        yield from _some(
            [
                f"{d.path}: was {d.old}, will be {d.new}" + (f" ({d.why})." if d.why else ".")
                for d in source.differences
            ],
            most,
        )


def server_title(source: Source) -> str:
    """Return the name of the server that answered for a file's host."""
    server = server_of(source.form.host)
    return server.title if server else source.form.title


def _some(lines: list[str], most: int | None) -> Iterator[str]:
    shown_lines = lines if most is None else lines[:most]
    yield from (printable(line) for line in shown_lines)
    if len(shown_lines) < len(lines):
        yield f"... and {len(lines) - len(shown_lines):,} more; unbroken import --dry-run shows all."


def changes(takeover: Takeover) -> Iterator[str]:
    """Yield a line for each file that changes."""
    config = takeover.config
    lines = len(takeover.add) + len(takeover.patterns)
    for file in takeover.writes:
        if file == config.ledger:
            number = len(takeover.addresses)
            said = f"{number:,} old address{'' if number == 1 else 'es'}"
        elif any(file == source.file for source in takeover.sources):
            said = "only what stays"
        else:
            said = f"{count(lines, 'redirect')} added"
        yield f"  {shown(file)}  {said}"
