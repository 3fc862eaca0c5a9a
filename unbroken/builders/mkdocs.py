"""What MkDocs and ProperDocs say of a site: seen by the plugin while they build, or asked in a process apart.

``Watch`` takes a build down as it runs. ``run`` has a builder load the configuration with its plugins and run
to the list of files and the navigation, or build the whole site; plugins may do anything there, so it is done
in a process of its own.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from unbroken.builders import gathered
from unbroken.builders import record as records
from unbroken.builders.record import Record
from unbroken.builders.which import builder_of
from unbroken.formats.html import read_page
from unbroken.model.addresses import file_address, page_file
from unbroken.model.listing import File, Languages
from unbroken.model.redirects import Entry
from unbroken.workspace import config as configuration
from unbroken.workspace.config import Config

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import File as MkDocsFile
    from mkdocs.structure.files import Files

#: What keeps builders from printing advice about other builders.
QUIET = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}


class Watch:
    """Take down what a build says of itself.

    A plugin may build once more within a build, as those for several languages do: what all of them publish
    counts.

    Attributes:
        root: the folder of the configuration.
        own: for each destination of a page that gathers what others say, the anchors of its own text.
        files: what has been seen, by destination.
        drafts: the destinations of what only a preview shows, and no record has.
        redirects: what hooks and plugins have made of the map, as the build record has it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.own: dict[str, tuple[str, ...]] = {}
        self.files: dict[str, File] = {}
        self.drafts: set[str] = set()
        self.redirects: dict[str, str] = {}
        self._settings: dict[str, Any] = {}
        self._began = time.time_ns()
        self._started = time.monotonic()

    def settings(self, config: MkDocsConfig) -> None:
        """Note the settings as plugins and flags have left them, before anything is built."""
        self._settings = {
            "builder": type(config).__module__.partition(".")[0],
            "site_dir": os.path.abspath(config.site_dir),
            "docs_dir": self._own_docs(config),
            "site_url": with_slash(config.site_url or ""),
            "directory_urls": bool(config.use_directory_urls),
            "theme": str(config.theme.name or ""),
            "languages": _languages(config),
        }

    def _own_docs(self, config: MkDocsConfig) -> str:
        """Return the folder of the sources; the author's own where a plugin gathers them in another."""
        docs = os.path.abspath(config.docs_dir)
        if not _for_a_while(docs, self.root):
            return docs
        named = next((str(each["docs_dir"]) for each in config.user_configs if each.get("docs_dir")), "docs")
        return os.path.normpath(self.root / named)

    def map(self, config: MkDocsConfig, entries: Iterable[Entry]) -> None:
        """Note what hooks and plugins have made of the map that mkdocs-redirects is to follow.

        Args:
            config: the running configuration.
            entries: the map as it is written.
        """
        plugin = config.plugins.get("redirects")
        if plugin is None:
            return
        written = {entry.source: entry.target for entry in entries}
        given = {str(old): str(new) for old, new in (plugin.config.get("redirect_maps") or {}).items()}
        self.redirects = {old: new for old, new in given.items() if written.get(old) != new}
        self.redirects |= dict.fromkeys(written.keys() - given.keys(), "")

    def see(self, files: Files, config: MkDocsConfig, *, drafts: bool = False) -> None:
        """Note the files that a build publishes; with those that only a preview shows."""
        themes = tuple(os.path.abspath(folder) + os.sep for folder in config.theme.dirs)
        docs = os.path.abspath(config.docs_dir) + os.sep
        own = os.path.join(self._settings["docs_dir"], "")
        for file in files:
            level: Any = file.inclusion
            if not (level.is_in_serve() if drafts else level.is_included()):
                continue
            page = file.is_documentation_page()
            source = file.abs_src_path or ""
            if not page and source.startswith(themes) and not source.startswith(docs):
                continue  # the theme's own parts
            if docs != own and source.startswith(docs) and os.path.isfile(there := own + source[len(docs) :]):
                source = there  # which a plugin has copied
            if not level.is_included():
                self.drafts.add(file.dest_uri)
            self.files[file.dest_uri] = self._file(file, page, source, bool(config.use_directory_urls))

    def _file(self, file: MkDocsFile, page: bool, source: str, directory_urls: bool) -> File:
        destination = file.dest_uri.replace("\\", "/")
        disk = ""
        if source and file.generated_by is None and os.path.isfile(source):
            path = disk = records.from_root(self.root, os.path.abspath(source))
            if path.startswith("../") and _for_a_while(source, self.root):
                disk = ""
        language = str(getattr(file, "locale_alternate_of", "") or "")
        plugin = file.generated_by or ""
        if not plugin and (not disk or destination != page_file(file.src_uri, directory_urls)):
            plugin = "a plugin"
        own = self.own.get(file.dest_uri)
        if own is None and file.page is not None and gathers(file.page):
            own = ()
        return File(file.src_uri, destination, file_address(destination), disk, plugin, language, page, own)

    def record(self, others: Iterable[Path] = ()) -> Record:
        """Return the record of the build, which has ended.

        Args:
            others: the files next to those of ``docs_dir`` that it was made from.
        """
        files = sorted(file for name, file in self.files.items() if name not in self.drafts)
        docs = records.from_root(self.root, self._settings["docs_dir"]) + "/"
        far = gathered.found(
            {file.source: file.disk for file in files if not file.disk.startswith(docs)}, self.root
        )
        files = [file._replace(disk=file.disk or far.files.get(file.source, "")) for file in files]
        beside = [self.root / file.disk for file in files if file.disk and not file.disk.startswith(docs)]
        places = [Path(self._settings["docs_dir"]), *others, *beside, *far.configurations]
        return Record(
            **self._settings,
            began=self._began,
            seconds=round(time.monotonic() - self._started, 2),
            files=files,
            inputs=records.inputs(self.root, places, self._began),
            folders=far.folders,
            redirects=self.redirects,
        )


_TEMPORARY = os.path.realpath(tempfile.gettempdir()) + os.sep


def _for_a_while(source: str, root: Path) -> bool:
    """Return whether a plugin has put a source into a folder for the time of the build: it is nobody's."""
    real, own = os.path.realpath(source), os.path.realpath(root) + os.sep
    if not real.startswith(_TEMPORARY):
        return False
    # The site itself may be in such a folder, with its sources beside its configuration.
    top = _TEMPORARY + own.removeprefix(_TEMPORARY).partition(os.sep)[0] + os.sep
    return not (own.startswith(_TEMPORARY) and real.startswith(top))


def with_slash(url: str) -> str:
    """Return the URL of a site's root with its final slash; plugins set it without."""
    return url if not url or url.endswith("/") else f"{url}/"


def beside(config: MkDocsConfig, files: Iterable[Path]) -> list[Path]:
    """Return what a site is made from next to its sources: configuration, hooks, templates, watched files."""
    found = [Path(path) for path in files]
    found += [Path(str(hook)) for hook in config.hooks or ()]
    if config.theme.custom_dir:
        found.append(Path(config.theme.custom_dir))
    found += [Path(path) for path in config.watch or ()]
    return [path for path in found if path.exists()]


def _languages(config: MkDocsConfig) -> Languages | None:
    plugin: Any = config.plugins.get("i18n")
    languages = getattr(plugin, "build_languages", None)
    default = getattr(plugin, "default_language", None)
    if not languages or not default:
        return None
    structure = str(plugin.config.get("docs_structure") or "suffix")
    return Languages(structure, default, tuple(each for each in languages if each != default))


def gathers(page: object) -> bool:
    """Return whether a page shows parts of other pages, as the views of Material's blog do."""
    kind: Any = type(page)
    return _is_view(kind)


@cache
def _is_view(kind: type) -> bool:
    return any(each.__name__ == "View" and ".blog." in each.__module__ for each in kind.__mro__)


# Asking.


class Ran(NamedTuple):
    """What a run of a builder came to.

    Attributes:
        record: what it said of the site; None when it failed before that was known.
        contents: the HTML that each page's text has become, by destination; only of a whole build.
        reason: why it failed; empty when it did not.
    """

    record: Record | None
    contents: Mapping[str, str] = {}
    reason: str = ""


def run(
    config: Config, site_dir: Path, *, render: bool = False, folder: Path | None = None, timeout: float = 3600
) -> Ran:
    """Have a builder run to the list of files, or build the whole site, in a process of its own.

    Args:
        config: the site's configuration.
        site_dir: where it may write.
        render: whether pages are rendered and written.
        folder: where it runs; the working folder by default.
        timeout: how long it may take, in seconds.
    """
    return ended(config, start(config, site_dir, render=render, folder=folder), timeout)


def unloadable(config: Config) -> str:
    """Return why a builder cannot load the configuration of a site with its plugins; empty where it can."""
    with tempfile.TemporaryDirectory(prefix="unbroken-") as place:
        return ended(config, start(config, Path(place), loads=True)).reason


class Running(NamedTuple):
    """A builder that runs: its process, and where it will leave what it has to say."""

    process: subprocess.Popen[bytes]
    place: tempfile.TemporaryDirectory[str]


def start(
    config: Config,
    site_dir: Path,
    *,
    render: bool = False,
    folder: Path | None = None,
    seed: int = 0,
    loads: bool = False,
) -> Running:
    """Start a builder; see ``run``.

    The seed is of the order of sets, by which plugins write pages. One that only ``loads`` does no more than
    to read its configuration.
    """
    place = tempfile.TemporaryDirectory(prefix="unbroken-")
    given = {
        "builder": builder_of(config),
        "file": str(config.file),
        "site_dir": str(site_dir),
        "render": render,
        "loads": loads,
        "result": f"{place.name}/result.json",
    }
    # Nothing is added to sys.path: the builder's own command adds nothing either.
    command = [sys.executable, "-P", "-m", __name__, json.dumps(given)]
    with open(f"{place.name}/said", "wb") as said:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **QUIET, "PYTHONHASHSEED": str(seed)},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    return Running(process, place)


def ended(config: Config, running: Running, timeout: float = 3600) -> Ran:
    """Wait until a builder has ended, and return what it came to."""
    process, place = running
    with place as folder:
        reason = ""
        try:
            if process.wait(timeout):
                said = Path(folder, "said").read_text(encoding="utf-8", errors="replace")
                reason = why(said) or f"it ended with {process.returncode}"
        except subprocess.TimeoutExpired:
            reason = f"it had not ended after {timeout:.0f} seconds"
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        try:
            data = json.loads(Path(folder, "result.json").read_bytes())
            known = records.loaded(data["record"], config) if data["record"] else None
            return Ran(known, data["contents"], reason)
        except (OSError, ValueError, KeyError, TypeError):
            return Ran(None, {}, reason or "it said nothing")


def why(said: str) -> str:
    """Return what a builder says went wrong, in one line."""
    lines = said.strip().splitlines()
    first = next((n for n, line in enumerate(lines) if _ERROR.search(line)), len(lines) - 1)
    said = " ".join(lines[first : first + 1 + lines[first].rstrip().endswith(":")]) if lines else ""
    text = " ".join(said.split())
    return re.sub(r"^(?:ERROR|Error)\b[\s:-]*", "", text).rstrip(".")


_ERROR = re.compile(r"\b(?:ERROR|Error|[A-Z]\w*Error)\b")


def _child(given: Mapping[str, Any]) -> None:
    """Run a builder as ``run`` asks for, and write down what it came to."""
    name = given["builder"]
    if name == "properdocs":
        importlib.import_module("properdocs.replacement")
    load_config = importlib.import_module(f"{name}.config").load_config
    building: Any = importlib.import_module(f"{name}.commands.build")
    plugins: Any = importlib.import_module(f"{name}.plugins")
    config = load_config(config_file=given["file"], site_dir=given["site_dir"], strict=False)
    if given["loads"]:
        Path(given["result"]).write_text('{"record": null, "contents": {}}', encoding="ascii")
        return
    root = Path(given["file"]).parent
    own = configuration.read(Path(given["file"]))
    watch = Watch(root)
    contents: dict[str, str] = {}
    render = given["render"]

    class Watching(plugins.BasePlugin):  # type: ignore[misc]
        depth = 0

        @plugins.event_priority(-1000)  # type: ignore[untyped-decorator]
        def on_pre_build(self, config: Any) -> None:
            if not self.depth:
                watch.settings(config)
            self.depth += 1

        @plugins.event_priority(-1000)  # type: ignore[untyped-decorator]
        def on_nav(self, nav: Any, config: Any, files: Any) -> None:
            watch.map(config, own.entries)
            _name_sources(config, files, root)
            watch.see(files, config)

        @plugins.event_priority(-1000)  # type: ignore[untyped-decorator]
        def on_env(self, env: Any, config: Any, files: Any) -> None:
            watch.see(files, config)
            for file in files.documentation_pages():
                if file.page is not None and file.page.content is not None:
                    contents[file.dest_uri] = file.page.content

    ours = config.plugins.get("unbroken")
    if ours is not None:
        ours.config["enabled"] = False
    if not render:
        _render_nothing(config, building, watch)
    config.plugins["unbroken-watches"] = Watching()
    config.plugins.on_startup(command="build", dirty=False)
    fault: BaseException | None = None
    try:
        building.build(config)
    except BaseException as error:  # plugins raise whatever they like
        fault = error
    if watch.files:
        said = records.plain(watch.record(beside(config, own.files)))
        Path(given["result"]).write_text(json.dumps({"record": said, "contents": contents}), encoding="ascii")
    if fault is not None and (render or not watch.files):
        raise fault


def _name_sources(config: Any, files: Any, root: Path) -> None:
    """Let plugins that have gathered pages in a folder of their own say where each really stands."""
    for file in files.documentation_pages():
        if file.page is not None and file.abs_src_path and _for_a_while(file.abs_src_path, root):
            with suppress(Exception):  # a page without its text may be none to others
                config.plugins.on_pre_page(file.page, config=config, files=files)


_PAGE_EVENTS = (
    "page_read_source", "page_markdown", "page_content", "page_context", "post_page", "env",
    "pre_template", "template_context", "post_template",
)  # fmt: skip


def _render_nothing(config: Any, building: Any, watch: Watch) -> None:
    """Let a builder pass over all that comes after the list of files and the navigation.

    But for the text of what gathers other pages: of those it alone tells what is their own.
    """
    populate = building._populate_page

    def nothing(*_: Any, **__: Any) -> None:
        return None

    def own(page: Any, *given: Any) -> None:
        if gathers(page):
            with suppress(Exception):  # plugins have not seen it
                populate(page, *given)
                watch.own[page.file.dest_uri] = read_page((page.content or "").encode()).kept

    building._populate_page = own
    for each in ("_build_page", "_build_theme_template", "_build_extra_template"):
        setattr(building, each, nothing)
    building.Files.copy_static_files = nothing
    for event in _PAGE_EVENTS:
        config.plugins.events[event].clear()
    # Several languages are built one after the other, each after the one before has ended.
    origins = config.plugins._event_origins
    ending = config.plugins.events["post_build"]
    ending[:] = [method for method in ending if origins.get(method) == "i18n"]


if __name__ == "__main__":
    _child(json.loads(sys.argv[1]))
