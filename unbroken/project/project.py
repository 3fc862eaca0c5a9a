"""One site as a whole: its configuration, its map, its built site, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from unbroken.builders import asking
from unbroken.builders.asking import Word
from unbroken.check.ledger import renamed_targets
from unbroken.check.site import CheckResult, check_site, unfinished
from unbroken.findings.base import Finding, count, in_order, weigh
from unbroken.findings.commands import after_build, typed
from unbroken.formats.html import Page, is_page_file
from unbroken.model.addresses import Address, flat
from unbroken.model.errors import NoConfiguration, NoSite
from unbroken.model.plan import Plan
from unbroken.model.redirects import Pages, RedirectMap
from unbroken.publish.hosts import Host
from unbroken.publish.planning import prepare
from unbroken.workspace import baseline, ledger
from unbroken.workspace import config as configuration
from unbroken.workspace.built_site import Site, select_pages
from unbroken.workspace.cache import Cache
from unbroken.workspace.config import Config, redirects_of
from unbroken.workspace.files import shown
from unbroken.workspace.sources import below

if TYPE_CHECKING:
    from unbroken.publish.finish import Outcome


class Planned(NamedTuple):
    """What the map asks of the site.

    Attributes:
        plan: what the finished site has to hold.
        findings: what is wrong with the configuration and the map, in order.
    """

    plan: Plan
    findings: list[Finding]


class Resolved(NamedTuple):
    """Where an address leads.

    Attributes:
        lines: what to tell an author: the address, each hop with its line, and each host's answer.
        answers: whether it leads anywhere.
    """

    lines: list[str]
    answers: bool


class Delivered(NamedTuple):
    """What came of a build that has just ended.

    Attributes:
        outcome: what was put into the built site.
        checked: what its links and the ledger came to.
        findings: everything that is wrong, weighed, without what the baseline has.
    """

    outcome: Outcome
    checked: CheckResult
    findings: list[Finding]


class Project:
    """A documentation site on this disk.

    Attributes:
        config: its configuration, as it was read; its settings become those that were in force when its
            builder was asked.
        tell: called with each line that an author has to read before an answer: that a site is older than its
            sources, or that its builder cannot be asked.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.tell: Callable[[str], object] = lambda line: None
        self._asked: set[Path | None] = set()
        self._stale: set[Path | None] = set()

    @classmethod
    def load(cls, path: Path | str | None = None, *, site: Path | None = None) -> Project:
        """Read the site in a folder, or the one of a configuration file.

        Args:
            path: the folder or the file; the working directory by default.
            site: a built site, which may stand for a configuration where there is none.

        Raises:
            NoConfiguration: there is none there, or it cannot be read.
        """
        given = Path(path) if path is not None else None
        folder = given if given is not None and given.is_dir() else Path.cwd() if given is None else None
        file = configuration.find(folder) if folder is not None else given
        if file is None and folder is not None and site is not None:
            # Any built site can be checked, with no configuration at all.
            name = folder / configuration.NAMES[0]
            return cls(Config(name, folder / "docs", site, ledger=folder / "published-urls.txt"))
        if file is None:
            where = "here" if given is None else f"in {shown(given)}"
            names = "mkdocs.yml, properdocs.yml, zensical.toml or unbroken.toml"
            raise NoConfiguration(
                f"there is no {names} {where}. Change to the site's folder, or name the file with -f."
            )
        try:
            return cls(configuration.read(file))
        except OSError as error:
            reason = error.strerror or "there is no such file"
            raise NoConfiguration(f"{shown(file)} cannot be read: {reason}.") from None

    @cached_property
    def redirects(self) -> RedirectMap:
        """The map, understood."""
        return redirects_of(self.config)

    @property
    def build(self) -> str:
        """The command that builds it; empty where another generator does."""
        is_known = self.config.file.is_file() and not self.config.is_own
        return asking.command(self.config) if is_known else ""

    def _no_site(self, folder: Path) -> NoSite:
        own = self.build and folder == self.config.site_dir
        how = f"Build it first: {typed(self.build)}." if own else "Build it first."
        return NoSite(f"there is no site in {shown(folder)}. {how}")

    def ask(self, site: Path | None = None) -> Word:
        """Take the builder's word on a built site, or on the sources.

        Args:
            site: the built site's folder; None for the sources as they are now.
        """
        word = asking.of_sources(self.config) if site is None else asking.of_site(self.config, site)
        self.__dict__.pop("redirects", None)  # what its lines mean depends on it
        for line in asking.said(self.config, word, site) if site not in self._asked else ():
            self.tell(line)
        self._asked.add(site)
        if word.stale:
            self._stale.add(site)
        return word

    def sources(self) -> list[str]:
        """Return the path of each file below ``docs_dir``.

        Raises:
            NoSite: there is no such folder.
        """
        docs = self.config.docs_dir
        if not docs.is_dir():
            raise NoSite(f"there is no folder {docs}. Correct docs_dir in {self.config.file.name}.")
        return below(docs).files

    def built(
        self,
        site: Path | None = None,
        *,
        whole: bool = True,
        kept: bool = False,
        watch: Callable[[list[str]], Iterable[str]] | None = None,
    ) -> Site:
        """Read the built site.

        Args:
            site: its folder; ``site_dir`` by default.
            whole: read every page now, and not only those that are asked for.
            kept: keep what was read in ``.cache/unbroken`` for the next time.
            watch: passes the names of the pages on, to show how far reading is.

        Raises:
            NoSite: there is none.
        """
        folder = site or self.config.site_dir
        if folder.is_dir():
            self.ask(folder)
        try:
            cache = Cache(self.config.file.parent, folder) if kept else None
            found = Site(folder, whole=whole, cache=cache, watch=watch or (lambda names: names))
        except NotADirectoryError:
            raise self._no_site(folder) from None
        if cache:
            cache.save()
        select_pages(found, self.redirects, self.config.templates)
        return found

    def plan(self, site: Path | None = None) -> Planned:
        """Return what the map asks of the built site, or of the sources where none is built.

        Args:
            site: the built site's folder; ``site_dir`` by default.

        Raises:
            NoSite: the site that was named is not there, or neither a site nor sources are.
        """
        if site or self.config.site_dir.is_dir():
            built = self.built(site, whole=False)
            return Planned(*prepare(self.config, built, self.redirects))
        return self.plan_of_sources()

    def plan_of_sources(self) -> Planned:
        """Return what the map asks of the site, judged without its pages.

        Raises:
            NoSite: there are no sources.
        """
        sources = self.sources()
        word = self.ask()
        if self.config.listing is not None:
            published = Pages.at(self.config.listing.by_address)
        else:
            published = Pages(sources, self.config.directory_urls)
            if word.unknown:  # what was published before is a witness of what plugins make
                with suppress(OSError):
                    known = {address.path for address in ledger.read(self.config.ledger)}
                    published = Pages.at(published.paths | known)
        return Planned(*prepare(self.config, published, self.redirects))

    def check(
        self, site: Path | Site | None = None, *, orphans: bool = False, since: str | None = None
    ) -> CheckResult:
        """Return everything that is wrong with the built site, its links, its map and its ledger.

        Args:
            site: the built site or its folder; ``site_dir`` by default.
            orphans: also name each page that no page links to.
            since: the commit that published headings are compared with; by default the last one that changed
                the ledger.

        Raises:
            NoSite: there is none.
        """
        built = site if isinstance(site, Site) else self.built(site)
        plan, findings = prepare(self.config, built, self.redirects)
        result = check_site(self.config, built, self.redirects, orphans=orphans, since=since)
        result.findings += [*findings, *unfinished(self.config, built, plan)]
        if built.root in self._stale and self.build:
            result.findings = [
                replace(finding, command=after_build(finding.command, self.build))
                for finding in result.findings
            ]
        return result

    def finish(self, site: Path | None = None, only: Host | None = None) -> Outcome:
        """Put stubs, anchor moves and rule files into the built site.

        Args:
            site: its folder; ``site_dir`` by default.
            only: the one host to finish it for; by default those that the site has chosen.

        Raises:
            NoSite: there is none.
        """
        from unbroken.publish.finish import finish  # not needed to check a site

        folder = site or self.config.site_dir
        if folder.is_dir():
            self.ask(folder)
        try:
            return finish(self.config, folder, only)
        except NotADirectoryError:
            raise self._no_site(folder) from None

    def deliver(self, site: Path, pages: Mapping[str, Page], only: Host | None = None) -> Delivered:
        """Finish and check a site that its builder has just built, whose settings are those of the build.

        Args:
            site: its folder.
            pages: the text of each page that the builder rendered, by address path.
            only: the one host to finish it for; by default those that the site has chosen.

        Raises:
            NotADirectoryError: there is none.
        """
        from unbroken.publish.finish import finish

        outcome = finish(self.config, site, only, pages)
        checked, built = CheckResult(), outcome.plan.published
        if isinstance(built, Site):
            docs = self.config.docs_dir
            read = {path: page for path, page in pages.items() if path in built.files}
            for path, file in built.files.items():
                # Pages that are no Markdown.
                if path not in read and is_page_file(file) and (docs / file).is_file():
                    read[path] = built.page(path) or Page()
            checked = check_site(self.config, built, outcome.redirects, read)
        findings, _ = self.without_known(self.weighed([*outcome.findings, *checked.findings]))
        return Delivered(outcome, checked, findings)

    def resolve(self, address: str, site: Path | None = None) -> Resolved:
        """Return where an address leads, hop by hop and on each host.

        Args:
            address: as a visitor would type it; a host and the site's own base path may precede it.
            site: the built site's folder; ``site_dir`` by default, the sources where none is built.

        Raises:
            NoSite: the site that was named is not there.
        """
        from unbroken.publish.explain import explain

        plan = self.plan(site).plan  # which asks the builder what the lines of the map mean
        return Resolved(*explain(address, self.config, plan))

    def published(self, site: Path | Site | None = None) -> set[Address]:
        """Return every address that the built site publishes and that the ledger should hold.

        Raises:
            NoSite: there is none.
        """
        built = site if isinstance(site, Site) else self.built(site)
        return set(flat(ledger.published(dict(built.pages()), built, self.redirects, self.config)))

    def without_known(
        self, findings: list[Finding], *, only_new: bool = True, whole: bool = False
    ) -> tuple[list[Finding], list[str]]:
        """Return the findings that are not in the baseline, and what to say of the others.

        Args:
            findings: everything that is wrong, weighed.
            only_new: leave out what the baseline has.
            whole: take out of the baseline what was not found; only where everything was looked for. Of a
                site that is older than its sources nothing is taken out.

        Raises:
            OSError: the baseline cannot be written.
        """
        known = baseline.read(self.config)
        if known is None:
            return findings, []
        name, lines = shown(baseline.file_of(self.config)), []
        if whole and not self._stale and (gone := baseline.shrink(self.config, findings, known)):
            lines.append(f"{count(gone, 'finding')} of {name} mended, and taken out of it. Commit it.")
        if not only_new:
            return findings, lines
        new = baseline.new(self.config, findings, known)
        if old := len(findings) - len(new):
            all_of_them = typed("unbroken check --all")
            lines.append(f"{count(old, 'finding')} of {name} not shown. To see all: {all_of_them}.")
        return new, lines

    def weighed(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings that the site does not silence, in order, each as severe as it says."""
        kept = weigh(findings, self.config.severity, shown(self.config.docs_dir))
        return in_order(renamed_targets([*kept], self.config))
