"""The builder's word on a site: from the record of its last build, or asked now.

Everything that needs to know which sources are pages, at which addresses and under which settings takes it
from here, and it is kept in ``Config``. A site on which no plugin has a say in that is not asked: its paths
tell, by the builder's own rule.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from unbroken.builders import record
from unbroken.builders.record import Record
from unbroken.builders.waiting import during
from unbroken.builders.which import builder_of, text_of
from unbroken.findings.base import Place, has_errors
from unbroken.findings.commands import typed
from unbroken.model.errors import BuildError
from unbroken.model.redirects import Entry
from unbroken.workspace import baseline
from unbroken.workspace.config import Config
from unbroken.workspace.files import shown

if TYPE_CHECKING:
    from unbroken.builders.mkdocs import Ran

#: The plugins that change neither which files are published nor where: all others may.
PLAIN = frozenset(
    """
    search material/search redirects unbroken minify minify_html social material/social privacy
    material/privacy optimize material/optimize tags material/tags rss glightbox meta material/meta
    typeset material/typeset info material/info git-revision-date git-revision-date-localized git-authors
    git-committers git-committers-2 awesome-pages awesome-nav literate-nav section-index autorefs
    mkdocstrings macros table-reader mermaid2 charts drawio ezlinks roamlinks print-site pdf-export with-pdf
    htmlproofer linkcheck markdownextradata include-markdown open-in-new-tab img2fig termynal swagger-ui-tag
    callouts kroki plantuml neoteroi.mkdocsoad tooltips abbreviations url-to-index
    """.split()  # noqa: SIM905
)


#: The plugins, of those that are plain, that change what the text of a page says or where its links lead.
_OF_PAGES = frozenset(
    """
    autorefs mkdocstrings macros table-reader mermaid2 charts drawio ezlinks roamlinks print-site
    markdownextradata include-markdown img2fig swagger-ui-tag callouts kroki plantuml neoteroi.mkdocsoad
    tooltips abbreviations url-to-index
    """.split()  # noqa: SIM905
)
# What a hook does at these does not change a page's text.
_ENDS = frozenset(
    """
    on_startup on_shutdown on_serve on_pre_build on_post_build on_build_error on_pre_template on_post_template
    on_template_context
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Word:
    """What came of asking for the builder's word.

    Attributes:
        record: what the builder said; None where its paths tell, or where it cannot be asked.
        stale: a file that has changed since the site was built, from the folder of the configuration; empty
            where none has, or where that cannot be told.
        unknown: why the builder cannot be asked though plugins have a say; empty where it can.
    """

    record: Record | None = None
    stale: str = ""
    unknown: str = ""


def has_a_say(config: Config) -> bool:
    """Return whether a plugin or a hook of a site may change which files are published, or where."""
    return not PLAIN.issuperset(config.plugins) or any(map(_acts, config.hooks))


def acting(config: Config) -> list[str]:
    """Return the plugins, hooks and extensions that may change what a page says or where its links lead."""
    found = [each for each in config.plugins if each not in PLAIN or each in _OF_PAGES]
    found += [shown(hook) for hook in config.hooks if _acts(hook)]
    if builder_of(config) == "zensical":
        texts = "".join(text_of(file) for file in config.files)
        found += sorted(set(re.findall(r"(?m)^[^#\n]*?\b(zensical\.extensions\.(?!emoji\b)\w+)", texts)))
    return found


def _acts(hook: Path) -> bool:
    """Return whether a hook does anything before pages are written."""
    try:
        tree = ast.parse(text_of(hook))
    except (SyntaxError, ValueError, RecursionError):
        return True
    # A name is bound in many ways; that of an event is written out in all of them.
    named = {
        name
        for node in ast.walk(tree)
        for name in (getattr(node, "name", None), getattr(node, "id", None), getattr(node, "asname", None))
        if isinstance(name, str)
    }
    starred = any(
        alias.name == "*"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    )
    return starred or not {name for name in named if name.startswith("on_")} <= _ENDS


def _can_be_asked(config: Config) -> bool:
    """Return whether asking tells more than paths do; a builder refuses a broken configuration, too."""
    return has_a_say(config) and builder_of(config) != "zensical" and not has_errors(config.findings)


def of_sources(config: Config) -> Word:
    """Take the builder's word on the sources as they are now.

    Args:
        config: the site's configuration; its settings and its listing become what the builder says.
    """
    known = record.read(config)
    if known is not None and known.changed(config) is None:
        take(config, known)
        return Word(known)
    if not _can_be_asked(config):
        return Word()
    ran = _asked(config)
    if ran.record is None:
        config.unasked = ran.reason
        return Word(unknown=ran.reason)
    ran.record.site_dir = str(config.site_dir)
    take(config, ran.record)
    return Word(ran.record)


def of_site(config: Config, site_dir: Path) -> Word:
    """Take the builder's word on a built site, and tell whether its sources have changed since.

    Args:
        config: the site's configuration; its settings and its listing become what the builder says.
        site_dir: the built site.
    """
    known = record.read(config, site_dir)
    if known is not None:
        take(config, known)
        return Word(known, known.changed(config) or "")
    stale = newer(config, site_dir)
    if not _can_be_asked(config):
        return Word(stale=stale)
    ran = _asked(config)
    if ran.record is None:
        return Word(stale=stale, unknown=ran.reason)
    take(config, ran.record)
    root = config.file.parent
    others = [root / name for name in ran.record.inputs]  # what plugins take from next to the sources, too
    return Word(ran.record, stale or newer(config, site_dir, others))


def _asked(config: Config) -> Ran:
    """Have the builder list its files."""
    import tempfile

    from unbroken.builders import mkdocs  # which is needed where nothing is on record

    ran = mkdocs.Ran(None)
    with (
        suppress(BuildError),
        during(config, f"Asking {builder_of(config)} which pages there are", "list"),
        tempfile.TemporaryDirectory(prefix="unbroken-") as place,
    ):
        ran = mkdocs.run(config, Path(place))
        if ran.record is None:
            raise BuildError(ran.reason)
    return ran


def refusal(config: Config) -> str:
    """Return why a site cannot be built here, as far as that shows before it is; empty where nothing does."""
    if builder_of(config) == "zensical":
        return "" if find_spec("zensical") else "No module named zensical"
    from unbroken.builders import mkdocs

    return config.unasked or mkdocs.unloadable(config)


def take(config: Config, known: Record) -> None:
    """Let a configuration say what was in force when its site was built."""
    config.site_url = known.site_url
    config.directory_urls = known.directory_urls
    config.docs_dir = Path(known.docs_dir)
    config.listing = known.listing()
    take_map(config, known.redirects)


def take_map(config: Config, redirects: Mapping[str, str]) -> None:
    """Let the map of a configuration be what hooks and plugins have made of it.

    Args:
        config: the site's configuration.
        redirects: what they put into it, and took out, as the build record has it.
    """
    place = Place(shown(config.file))  # which line of what says so is known to them alone
    added = [Entry(source, target, place, written=False) for source, target in redirects.items() if target]
    # New lines are written where the last one is.
    config.entries = [*added, *(entry for entry in config.entries if entry.source not in redirects)]


def newer(config: Config, site_dir: Path, others: Iterable[Path] = ()) -> str:
    """Return a source that was changed after a site without a record was built; empty where there is none.

    Args:
        config: the site's configuration.
        site_dir: the built site.
        others: what it is made from besides its sources and its configuration.
    """
    # Builders that build again only what has changed leave the other pages as they were.
    pages = record.names(config.file.parent, [site_dir]).values() if site_dir.is_dir() else ()
    built = max((status.st_mtime_ns for status in pages), default=0)
    if not built:
        return ""
    if config.is_own:  # its settings are ours alone, and its sources another generator's
        return ""
    root, made_from = config.file.parent, [config.docs_dir, *config.files, *others]
    times = {name: status.st_mtime_ns for name, status in record.names(root, made_from).items()}
    for own in (config.ledger, baseline.file_of(config)):  # what is noted of a build is no source
        times.pop(record.from_root(root, str(own)), None)
    last = max(times, key=lambda name: times[name], default="")
    return last if last and times[last] > built else ""


def said(config: Config, word: Word, site_dir: Path | None = None) -> list[str]:
    """Return what to tell an author before anything else: what is stale, and what could not be judged."""
    lines = []
    if word.stale and site_dir is not None:
        changed = shown(config.file.parent / word.stale)
        lines.append(
            f"{shown(site_dir)} is older than {changed}, and what follows is about that build. "
            f"Build it again: {typed(command(config))}"
        )
    if word.unknown:
        lines.append(
            "Which pages plugins make, and at which addresses, could not be judged: "
            f"the site's builder cannot be asked here ({word.unknown})."
        )
    return lines


def command(config: Config) -> str:
    """Return the command that builds a site."""
    return f"{builder_of(config)} build"
