"""The MkDocs plugin: MkDocs events, ``mkdocs serve`` included, handed to the rooms that decide."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from mkdocs.config import config_options as c
from mkdocs.config.base import Config as PluginConfig
from mkdocs.exceptions import Abort, PluginError
from mkdocs.plugins import BasePlugin, event_priority, get_plugin_logger

from unbroken.builders.asking import command as build_command
from unbroken.builders.asking import take_map
from unbroken.builders.mkdocs import Watch, beside, gathers, with_slash
from unbroken.builders.record import write
from unbroken.findings.base import Severity, has_errors, in_order
from unbroken.findings.commands import after_build, tell_of
from unbroken.formats.html import Page, expect_many, read_page
from unbroken.model.addresses import file_address, normal
from unbroken.model.errors import LeavesSite
from unbroken.model.listing import Listing
from unbroken.model.plan import Plan
from unbroken.plugin.banner import Banner, Start, Wsgi, by_page
from unbroken.project.project import Project
from unbroken.publish.hosts import Host, HostFile
from unbroken.publish.planning import chosen
from unbroken.workspace import config as configuration
from unbroken.workspace.cache import Cache
from unbroken.workspace.files import shown

if TYPE_CHECKING:
    from jinja2 import Environment
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page as MkDocsPage

log = get_plugin_logger("unbroken")


class _Serve(Host):
    """``mkdocs serve`` as a host: whatever a rule can say, it answers."""

    name = "serve"
    title = "mkdocs serve"
    wildcards = True
    gone = True
    stubs_beside_rules = False  # nobody would see them, and each takes its time at every save

    def files(self, plan: Plan) -> list[HostFile]:
        """Return nothing: it asks the plan itself."""
        return []


class _Rules:
    """The answers of the last build."""

    def __init__(self, plan: Plan | None) -> None:
        host = _Serve()
        self.plan = plan
        self.by_path = {r.path: r.url for r in (*host.redirects(plan), *host.withdrawn(plan))} if plan else {}
        self.patterns = host.patterns(plan) if plan else ()

    def find(self, path: str) -> str | None:
        """Return where a request path leads: empty when it is gone, None when there is no rule for it."""
        if self.plan is None or path in self.by_path:
            return self.by_path.get(path)
        below = path.removeprefix(self.plan.base)
        pattern = next((p for p in self.patterns if below.startswith(p.prefix)), None)
        return self.plan.url(pattern.hop(below).target) if pattern else None

    def answer(self, page: Wsgi, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Answer a request by rule, or let the page answer."""
        # WSGI hands over the bytes of the path as Latin-1 (PEP 3333).
        asked = quote(environ["PATH_INFO"].encode("latin-1"))
        try:
            url = self.find(normal(asked))
        except LeavesSite:
            url = None
        if url is None:
            return page(environ, start)
        if not url:
            return page(environ, lambda status, headers, *rest: start("410 Gone", headers, *rest))
        query = environ.get("QUERY_STRING", "")
        if query:
            path, mark, fragment = url.partition("#")
            url = f"{path}{'&' if '?' in path else '?'}{query}{mark}{fragment}"
        start(
            "301 Moved Permanently",
            [("Location", url), ("Content-Length", "0"), ("Cache-Control", "no-store")],
        )
        return []


class UnbrokenConfig(PluginConfig):  # type: ignore[no-untyped-call]
    """The plugin's settings. Their types are checked where their lines are known, in ``unbroken.config``."""

    elsewhere = c.Optional(c.Type(object))
    enabled = c.Type(bool, default=True)
    hosts = c.Optional(c.Type(object))
    ledger = c.Optional(c.Type(object))
    patterns = c.Optional(c.Type(object))
    retired = c.Optional(c.Type(object))
    max_age = c.Optional(c.Type(object))
    severity = c.Optional(c.Type(object))


class UnbrokenPlugin(BasePlugin[UnbrokenConfig]):  # type: ignore[no-untyped-call]
    """Finish each build, and answer old addresses under ``mkdocs serve``."""

    def __init__(self) -> None:
        super().__init__()
        self.site: configuration.Config | None = None
        self.serving = self.dirty = False
        self.banner = Banner({})
        self.rules = _Rules(None)
        # What the pages say, by address path; and the text of each in this build, by its destination.
        self.pages: dict[str, Page] = {}
        self.texts: dict[str, str] = {}
        self.watch: Watch | None = None
        # A plugin may build once more within a build: what it builds then is part of the same site.
        self.depth = 0

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Note the command. That this is here makes MkDocs keep one instance for all builds of ``serve``."""
        self.serving = command == "serve"
        self.dirty = dirty

    def on_config(self, config: MkDocsConfig) -> None:
        """Read the map with the place of each of its lines."""
        if self.depth:
            return
        self.site = self.watch = None
        if not self.config.enabled:
            return
        site = configuration.read(Path(config.config_file_path))
        if has_errors(site.findings):
            findings = in_order([*site.findings, *chosen(site)[1]])
            raise PluginError("\n".join(str(finding) for finding in findings))
        self.site = site
        found = configuration.find(Path.cwd())
        tell_of("" if found is not None and found.resolve() == site.file.resolve() else shown(site.file))

    @event_priority(-1000)
    def on_pre_build(self, config: MkDocsConfig) -> None:
        """Take the settings over as every plugin has left them."""
        self.depth += 1
        site = self.site
        if site is None or self.depth > 1:
            return
        self.watch = Watch(site.file.parent)
        self.watch.settings(config)
        site.site_url = with_slash(config.site_url or "")
        site.directory_urls = config.use_directory_urls
        site.docs_dir, site.site_dir = Path(config.docs_dir), Path(config.site_dir)

    def on_build_error(self, error: Exception) -> None:
        """Begin anew with the next build."""
        self.depth = 0
        self.texts = {}

    @event_priority(100)
    def on_files(self, files: Files, config: MkDocsConfig) -> None:
        """Take the map over from mkdocs-redirects, which knows neither chains nor headings."""
        plugin = config.plugins.get("redirects")
        if self.site is not None and self.watch is not None and plugin is not None and self.depth == 1:
            self.watch.map(config, self.site.entries)
            take_map(self.site, self.watch.redirects)
            plugin.config["redirect_maps"] = {}

    @event_priority(-100)
    def on_page_content(self, html: str, *, page: MkDocsPage, config: MkDocsConfig, files: Files) -> None:
        """Note the text of the page, after every other plugin has had its way with it."""
        if self.watch is not None:
            name = page.file.dest_uri
            if not gathers(page):
                self.texts[name] = html
                return
            read = self.pages[file_address(name)] = read_page(html.encode("utf-8", "surrogatepass"))
            self.watch.own[name] = read.kept

    @event_priority(-1000)
    def on_env(self, env: Environment, config: MkDocsConfig, files: Files) -> None:
        """Note which files are published, from which sources."""
        if self.watch is not None:
            self.watch.see(files, config, drafts=self.serving)

    @event_priority(-1000)
    def on_post_build(self, config: MkDocsConfig) -> None:
        """Finish the site after every other plugin, and say what is wrong."""
        self.depth -= 1
        if self.site is None or self.watch is None or self.depth > 0:
            return
        # Next to nothing of what follows is garbage, and MkDocs holds much to look for it in.
        collects = gc.isenabled()
        gc.disable()
        try:
            self._deliver(config, self.site, self.watch)
        finally:
            if collects:
                gc.enable()

    def _deliver(self, config: MkDocsConfig, site: configuration.Config, watch: Watch) -> None:
        self._read_texts(site)
        record = watch.record(beside(config, site.files))
        site.listing = Listing(tuple(watch.files.values()), record.languages)
        host = _Serve() if self.serving else None
        pages = self.pages
        # A dirty build says nothing of the pages that have not changed.
        self.pages = pages if self.serving and self.dirty else {}
        outcome, checked, findings = Project(site).deliver(Path(config.site_dir), pages, host)
        if self.serving:  # which writes no site that a command could look at
            build = build_command(site)
            findings = [replace(f, command=after_build(f.command, build)) for f in findings]
        for finding in findings:
            (log.error if finding.severity is Severity.ERROR else log.info)("%s", finding)
        write(site.file.parent, record, serving=self.serving)
        if self.serving:
            self.rules = _Rules(outcome.plan)
            by_address = by_page(findings, checked.pages, site, outcome.plan.published.paths)
            self.banner = Banner(by_address, outcome.plan.base)
        else:
            tell_of("")

    def _read_texts(self, site: configuration.Config) -> None:
        """Read what the pages of this build say, and of those that are as in the last one remember it."""
        expect_many()
        cache = Cache(site.file.parent, site.docs_dir, "texts")
        for name, html in self.texts.items():
            read = cache.of_text(name, html.encode("utf-8", "surrogatepass"), read_page)
            self.pages[file_address(name)] = Page(*read)
        self.texts = {}
        cache.save()

    def on_serve(self, server: LiveReloadServer, *, config: MkDocsConfig, builder: Any) -> LiveReloadServer:
        """Answer old addresses as a host would, show findings on their pages, and follow edits of the map."""
        site = self.site
        if site is None:
            return server
        if page := server.get_app():

            def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
                return self.rules.answer(partial(self.banner.answer, page), environ, start)

            server.set_app(answer)
        build = server.builder

        def build_what_can_be_read() -> None:
            # MkDocs would show a traceback for an inherited file that is no mapping.
            findings = configuration.read(site.file).findings
            if has_errors(findings):
                raise Abort("\n".join(str(finding) for finding in in_order(findings)))
            build()

        server.builder = build_what_can_be_read
        for file in {*site.files, site.ledger}:
            if file.exists():
                server.watch(str(file))
        return server
