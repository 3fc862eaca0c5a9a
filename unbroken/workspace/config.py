"""Read a site's configuration: where things are, and the redirect map with the place of each line.

It reads what MkDocs, ProperDocs and Zensical read, and needs none of them: ``mkdocs.yml`` with what it
inherits, or ``zensical.toml``. Whatever cannot be read is a finding, and reading goes on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from unbroken.findings.base import Finding, Place, Severity, Weight
from unbroken.findings.catalog import CODES
from unbroken.findings.configuration import Configuration, UnknownSetting, WrongType
from unbroken.formats.yaml import LOADER, Item, Items, Nodes, is_deep, may_be_deep
from unbroken.model.addresses import page_address
from unbroken.model.listing import Listing
from unbroken.model.plan import MAX_AGE
from unbroken.model.redirects import Entry, RedirectMap, parse_map
from unbroken.model.suggest import choose
from unbroken.workspace.settings import OWN_SETTINGS, SETTINGS
from unbroken.workspace.values import EXAMPLES, TYPES, Faults, Reader

#: What a site's configuration may be called, in the order they are looked for.
NAMES = ("mkdocs.yml", "mkdocs.yaml", "properdocs.yml", "properdocs.yaml", "zensical.toml")
#: Where the settings of a site are that another generator builds.
OWN_NAMES = ("unbroken.toml", "pyproject.toml")


_LONGEST = 31_536_000  # a year, in seconds


@dataclass(slots=True)
class Config:
    """What Unbroken needs to know of a site.

    Attributes:
        file: the configuration file.
        docs_dir: the folder of the sources.
        site_dir: the folder a builder writes.
        site_url: the absolute URL of the site's root with a final slash, or empty.
        site_name: what the site is called, or empty.
        directory_urls: the builder's ``use_directory_urls``.
        entries: the lines of ``redirect_maps``.
        patterns: the lines of ``patterns``.
        retired: the lines of ``retired``, each with an empty target.
        elsewhere: the prefixes of addresses and fragments that something else answers.
        hosts: the names of the hosts to write rule files for, each with its place.
        ledger: the ledger's file.
        max_age: how long browsers may keep a redirect, in seconds.
        severity: what the site wants of single codes, in the order that counts.
        snippets: the folders that pymdownx.snippets looks in.
        custom_dir: the folder of the site's own templates, if it has one.
        templates: the folder of the theme's overrides below ``docs_dir``, with a final slash, or empty.
        map_file: the file that the map is in or belongs in, as places name it; empty when the site has no
            plugin that would read it.
        parts: the style sheets and scripts that every page loads, relative to ``docs_dir``.
        plugins: the names of the plugins, in their order.
        hooks: the files of its hooks.
        alternates: the URLs of its other languages, as the theme offers them.
        versioned: whether the theme offers the versions that mike deploys.
        listing: what the builder publishes; None while it has not been asked, or cannot be.
        unasked: why the builder could not be asked; empty where it could, or was not.
        files: every file that was read.
        findings: what could not be read.
    """

    file: Path
    docs_dir: Path
    site_dir: Path
    site_url: str = ""
    site_name: str = ""
    directory_urls: bool = True
    entries: list[Entry] = field(default_factory=list)
    patterns: list[Entry] = field(default_factory=list)
    retired: list[Entry] = field(default_factory=list)
    elsewhere: tuple[str, ...] = ()
    hosts: dict[str, Place] = field(default_factory=dict)
    ledger: Path = Path("published-urls.txt")
    max_age: int = MAX_AGE
    severity: list[Weight] = field(default_factory=list)
    snippets: list[Path] = field(default_factory=list)
    custom_dir: Path | None = None
    templates: str = ""
    map_file: str = ""
    parts: frozenset[str] = frozenset()
    plugins: tuple[str, ...] = ()
    hooks: tuple[Path, ...] = ()
    alternates: tuple[str, ...] = ()
    versioned: bool = False
    listing: Listing | None = None
    unasked: str = ""
    files: list[Path] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_own(self) -> bool:
        """Whether another generator builds the site, so that nothing is known but what it built."""
        return self.file.name in OWN_NAMES

    def address(self, path: str) -> str:
        """Return the address path of a page path, as the builder says or by its rule for one that is gone."""
        if self.listing is None:
            return page_address(path, self.directory_urls)
        return self.listing.address(path) or self.listing.was(path, self.directory_urls)


def find(folder: Path) -> Path | None:
    """Return the configuration file of the site in a folder, or None when it has none."""
    found = next((folder / name for name in (*NAMES, OWN_NAMES[0]) if (folder / name).is_file()), None)
    project = folder / OWN_NAMES[1]
    if found is None and project.is_file():
        # Most of these files are no concern of ours.
        found = project if b"[tool.unbroken" in project.read_bytes() else None
    return found


def read(file: Path) -> Config:
    """Read a site's configuration file and what it inherits.

    Raises:
        FileNotFoundError: there is no such file.
    """
    file = file.absolute()
    if not file.is_file():
        raise FileNotFoundError(file)
    config = Config(
        file, file.parent / "docs", file.parent / "site", ledger=file.parent / "published-urls.txt"
    )
    top = _toml(file, config) if file.suffix == ".toml" else _yaml(file, config)
    reader = Reader(config.findings)
    if config.is_own:
        config.docs_dir = file  # which is no folder: where the sources are, its generator alone knows
        top = _as_builder(top, reader, _shown(file))
    for name in ("docs_dir", "site_dir"):
        if path := reader.path(top.get(name)):
            setattr(config, name, Path(os.path.normpath(file.parent / path)))
    if url := reader.url(top.get("site_url")):
        config.site_url = url if url.endswith("/") else url + "/"
    config.site_name = reader.text(top.get("site_name")) or ""
    flag = reader.checked(top.get("use_directory_urls"), bool)
    config.directory_urls = True if flag is None else bool(flag.value)
    config.snippets = _snippet_folders(reader, top, file.parent)
    theme = reader.unwrap(top.get("theme"))
    if theme and isinstance(theme.value, Items) and (path := reader.text(theme.value.get("custom_dir"))):
        config.custom_dir = folder = Path(os.path.normpath(file.parent / path))
        if folder != config.docs_dir and folder.is_relative_to(config.docs_dir):
            config.templates = f"{folder.relative_to(config.docs_dir).as_posix()}/"
    config.parts = frozenset(_parts(top))
    config.map_file = _map_file(top)
    plugins = _plugins(reader.unwrap(top.get("plugins")), reader)
    config.plugins = tuple(_named(top.get("plugins")))
    if (hooks := top.get("hooks")) and isinstance(hooks.value, list):
        found = (each.value for each in hooks.value)
        config.hooks = tuple(file.parent / hook for hook in found if isinstance(hook, str))
    config.alternates, config.versioned = _offered(top)
    if options := plugins.get("redirects"):
        for item in reader.pairs(reader.options(options).get("redirect_maps")):
            if (target := reader.text(item, "The target")) is not None:
                config.entries.append(Entry(item.key, target, item.key_place))
                config.map_file = item.key_place.file
    if options := plugins.get("unbroken"):
        _own_settings(reader, config, reader.options(options))
    return config


def _as_builder(top: Items, reader: Reader, file: str) -> Items:
    """Return the settings of an ``unbroken.toml`` as those of a builder, where the plugin's stand below."""
    known = set(OWN_SETTINGS)
    place = Place(file)
    below = Items(item for item in top if item.key not in known)
    maps = next((item for item in top if item.key == "redirects"), Item(Items(), place, "redirects", place))
    plugins = Items(
        [
            Item(Items([maps._replace(key="redirect_maps")]), place, "redirects", place),
            Item(below, place, "unbroken", place),
        ]
    )
    rest = [item for item in top if item.key in known and item.key != "redirects"]
    return Items([*rest, Item(plugins, place, "plugins", place)])


def _is_inside(file: Path, folder: Path) -> bool:
    """Return whether a file is in the repository of a folder, or else in the folder, wherever links lead."""
    real = Path(os.path.realpath(folder))
    top = next((each for each in (real, *real.parents) if (each / ".git").exists()), real)
    there = Path(os.path.realpath(file))
    return there.is_relative_to(top) and ".git" not in there.relative_to(top).parts


def _own_settings(reader: Reader, config: Config, options: Items) -> None:
    for item in options:
        if item.key not in SETTINGS:
            reader.fault(
                UnknownSetting,
                item.key_place,
                f"unbroken has no setting {item.key!r}.",
                choose(item.key, (*SETTINGS, *OWN_SETTINGS) if config.is_own else SETTINGS),
            )
    if path := reader.path(options.get("ledger")):
        if _is_inside(file := Path(os.path.normpath(config.file.parent / path)), config.file.parent):
            config.ledger = file
        else:
            reader.fault(
                WrongType,
                next(item.place for item in options if item.key == "ledger"),
                f"The ledger {path} is outside of the repository, so it is neither read nor written.",
                "Name a file inside of it, as in ledger: published-urls.txt.",
            )
    for item in reader.pairs(options.get("patterns")):
        if (target := reader.text(item, "The target")) is not None:
            config.patterns.append(Entry(item.key, target, item.key_place))
    for item in reader.values(options.get("retired")):
        if (source := reader.text(item, "A retired address")) is not None:
            config.retired.append(Entry(source, "", item.place))
    config.elsewhere = tuple(_prefixes(reader, options.get("elsewhere")))
    for item in reader.values(options.get("hosts")):
        if (name := reader.text(item, "A host")) is not None:
            config.hosts.setdefault(name, item.place)
    age = options.get("max_age")
    if age is not None and age.value is not None:
        if type(age.value) is int and 0 <= age.value <= _LONGEST:
            config.max_age = age.value
        else:
            fix = f"Write a number from 0 to {_LONGEST}; 86400 is a day."
            reader.fault(WrongType, age.place, "max_age must be a whole number of seconds.", fix)
    for item in reader.pairs(options.get("severity")):
        _severity(reader, config, item)


def _prefixes(reader: Reader, item: Item | None) -> Iterator[str]:
    for each in reader.values(item):
        text = reader.text(each, "A prefix")
        if text is not None and (not text.startswith(("/", "#")) or text.startswith("//") or text in "/#"):
            message = f"{text!r} is no prefix of addresses."
            reader.fault(WrongType, each.place, message, "Write it as in /v1/, or '#/' for fragments.")
        elif text is not None:
            yield text


def _severity(reader: Reader, config: Config, item: Item) -> None:
    """Read ``code: severity``, or ``code:`` with a ``files: severity`` on each line below it."""
    if item.key not in CODES and item.key != "*":
        message = f"There is no finding {item.key!r}."
        reader.fault(UnknownSetting, item.key_place, message, choose(item.key, CODES))
        return
    below = item.value if isinstance(item.value, Items) else None
    for part in [item._replace(key="*")] if below is None else below:
        value = "off" if part.value is False else part.value  # YAML 1.1 reads "off" as false
        try:
            config.severity.append(Weight(item.key, part.key, Severity(value)))
        except ValueError:
            reader.fault(
                WrongType,
                part.place,
                f"The severity of {item.key} must be error, warning or off.",
                "Write one of the three.",
            )


def _snippet_folders(reader: Reader, top: Items, root: Path) -> list[Path]:
    # A list may hold names and mappings, as that of plugins does; Markdown itself judges what else it holds.
    extensions = _plugins(reader.unwrap(top.get("markdown_extensions")), Reader([]))
    options = extensions.get("pymdownx.snippets")
    if options is None and (group := extensions.get("pymdownx")) and isinstance(group.value, Items):
        options = group.value.get("snippets")  # as a table within a table, in TOML
    given = options.value.get("base_path") if options and isinstance(options.value, Items) else None
    values = [given] if given and isinstance(given.value, str) else given.value if given else []
    paths = [item.value for item in values if isinstance(item.value, str)] if values else ["."]
    # They are looked for from the folder that the builder runs in, which is often the configuration's.
    return list(dict.fromkeys(folder / path for folder in (Path.cwd(), root) for path in paths))


def _offered(top: Items) -> tuple[tuple[str, ...], bool]:
    """Return the URLs of the languages that a theme offers, and whether it offers mike's versions."""
    extra = top.get("extra")
    options = extra.value if extra and isinstance(extra.value, Items) else Items()
    listed, version = options.get("alternate"), options.get("version")
    each = listed.value if listed and isinstance(listed.value, list) else ()
    links = (item.value.get("link") for item in each if isinstance(item.value, Items))
    provider = version.value.get("provider") if version and isinstance(version.value, Items) else None
    urls = tuple(link.value for link in links if link and isinstance(link.value, str))
    return urls, provider is not None and provider.value == "mike"


def _parts(top: Items) -> Iterator[str]:
    # A script may be a mapping with its attributes. MkDocs itself judges what else stands there.
    for name in ("extra_css", "extra_javascript"):
        item = top.get(name)
        for each in item.value if item and isinstance(item.value, list) else ():
            path = each.value.get("path") if isinstance(each.value, Items) else each
            if path and isinstance(path.value, str):
                yield path.value.removeprefix("./")


def _named(item: Item | None) -> dict[str, Item]:
    """Return each plugin by its name, with options or without."""
    found: dict[str, Item] = {}
    for each in item.value if item and isinstance(item.value, list) else ():
        if each.key:
            found[each.key] = each
        elif isinstance(each.value, Items):
            found.update((plugin.key, plugin) for plugin in each.value)
        elif isinstance(each.value, str):
            found[each.value] = each._replace(key_place=each.place)
    return found


def _map_file(top: Items) -> str:
    found = _named(top.get("plugins"))
    if redirects := found.get("redirects"):
        maps = redirects.value.get("redirect_maps") if isinstance(redirects.value, Items) else None
        return (maps or redirects).key_place.file
    ours = found.get("unbroken")  # which brings mkdocs-redirects along
    return ours.key_place.file if ours else ""


TYPES[Items] = "a mapping"


def _plugins(item: Item | None, reader: Reader) -> dict[str, Item]:
    """Return the options of each plugin, from the mapping form of ``plugins`` or the list form."""
    if item is None:
        return {}
    if isinstance(item.value, Items):
        return {plugin.key: plugin for plugin in item.value if plugin.value is not None}
    found = reader.checked(item, list)
    plugins: dict[str, Item] = {}
    for entry in found.value if found else ():
        if isinstance(entry.value, Items):
            plugins.update((plugin.key, plugin) for plugin in entry.value if plugin.value is not None)
    return plugins


# YAML.


def _yaml(file: Path, config: Config) -> Items:
    """Return the top of a YAML file, merged over what it inherits as MkDocs merges it."""
    merged = Items()
    for tree in reversed(list(_inherited(file, config))):
        merged = _merge(merged, tree)
    return merged


def _inherited(file: Path, config: Config) -> Iterator[Items]:
    place: Place | None = None
    while True:
        if file in config.files:
            shown = _shown(file)
            config.findings.append(
                Configuration(
                    place or Place(shown),
                    f"{shown} inherits itself.",
                    "Delete this INHERIT line.",
                )
            )
            return
        config.files.append(file)
        try:
            tree = _load(file, config.findings)
        except OSError as error:
            config.findings.append(
                Configuration(
                    place or Place(_shown(file)),
                    f"{_shown(file)} cannot be read: {error.strerror}.",
                    "Correct the path, or the file's permissions.",
                )
            )
            return
        yield tree
        parent = tree.get("INHERIT")
        if parent is None:
            return
        place = parent.place
        if not isinstance(parent.value, str) or "\0" in parent.value:
            message, fix = "INHERIT must be the path of a file.", "Write it as in INHERIT: base.yml."
            config.findings.append(WrongType(place, message, fix))
            return
        file = Path(os.path.normpath(file.parent / parent.value))


def _merge(below: Items, above: Items) -> Items:
    """Lay one mapping over another: mappings merge, anything else replaces (``mergedeep``'s rule)."""
    over = {item.key: item for item in above}
    merged = Items()
    for item in below:
        if item.key not in over:
            merged.append(item)
        elif isinstance(item.value, Items) and isinstance(over[item.key].value, Items):
            other = over.pop(item.key)
            merged.append(other._replace(value=_merge(item.value, other.value)))
    kept = {item.key for item in merged}
    merged.extend(item for item in above if item.key in over or item.key not in kept)
    return merged


def _load(file: Path, findings: Faults) -> Items:
    shown = _shown(file)
    data = file.read_bytes()
    try:
        if may_be_deep(data) and is_deep(data):
            findings.append(Configuration(Place(shown), "This is nested too deep to read.", "Flatten it."))
            return Items()
        node = yaml.compose(data, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(shown, mark.line + 1, mark.column + 1) if mark else Place(shown)
        problem = " ".join((error.problem or "it is not YAML").split())
        remedy = "Correct the file here."
        if problem.startswith("mapping values are not allowed"):
            remedy = (
                "Write 'key: value' in the line above, with a space after the colon, "
                "or put a text that has a colon in it between quotation marks."
            )
        findings.append(Configuration(place, f"This is not YAML: {problem}.", remedy))
        return Items()
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        position = getattr(error, "position", None) or getattr(error, "start", 0) or 0
        place = Place(shown, data.count(b"\n", 0, position) + 1)
        try:
            data.decode()
            findings.append(
                Configuration(place, "YAML has no room for a character of this line.", "Remove it.")
            )
        except UnicodeDecodeError:
            findings.append(Configuration(place, "This is not text in UTF-8.", "Save the file as UTF-8."))
        return Items()
    if node is None:
        findings.append(
            Configuration(Place(shown), f"{shown} is empty.", "Write the settings, or delete the file.")
        )
        return Items()
    item = Nodes(shown).item(node)
    if isinstance(item.value, Items):
        return item.value
    findings.append(WrongType(item.place, f"{shown} must be a mapping of settings.", EXAMPLES[Items]))
    return Items()


# TOML.


def _toml(file: Path, config: Config) -> Items:
    config.files.append(file)
    from unbroken.formats.toml_edit import places  # only for who has a TOML file
    from unbroken.formats.toml_read import parsed
    from unbroken.model.imported import Unreadable

    shown = _shown(file)
    try:
        text = file.read_bytes().decode("utf-8")
        data = parsed(text, shown)
        where = places(text, shown)
    except UnicodeDecodeError:
        config.findings.append(
            Configuration(Place(shown), "This is not text in UTF-8.", "Save the file as UTF-8.")
        )
        return Items()
    except Unreadable as error:
        config.findings.append(Configuration(error.place, error.message, "Correct the file here."))
        return Items()
    except RecursionError:
        config.findings.append(Configuration(Place(shown), "This is nested too deep to read.", "Flatten it."))
        return Items()
    if file.name == OWN_NAMES[1]:
        ours = data.get("tool", {}).get("unbroken", {})
        return _from_toml(ours if isinstance(ours, dict) else {}, Place(shown), where, ("tool", "unbroken"))
    if file.name == OWN_NAMES[0]:
        return _from_toml(data, Place(shown), where, ())
    # Zensical takes the settings at the top as well.
    top = ("project",) if "project" in data else ()
    return _from_toml(data.get("project", data), Place(shown), where, top)


def _from_toml(
    data: Mapping[str, Any],
    file: Place,
    keys: Mapping[tuple[str | int, ...], Place],
    above: tuple[str | int, ...],
) -> Items:
    def item(value: Any, path: tuple[str | int, ...]) -> Item:
        place = keys.get(path, file)
        if isinstance(value, dict):
            return Item(_from_toml(value, file, keys, path), place)
        if isinstance(value, list):
            return Item([item(v, (*path, n)) for n, v in enumerate(value)], place)
        return Item(value, place)

    mapping = Items()
    if isinstance(data, dict):
        for key, value in data.items():
            place = keys.get((*above, key), file)
            mapping.append(item(value, (*above, key))._replace(key=key, key_place=place))
    return mapping


def _shown(file: Path) -> str:
    """Return a file's path as messages show it: relative to the working directory where it is below it."""
    try:
        return file.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return file.as_posix()


def redirects_of(config: Config) -> RedirectMap:
    """Return the map of a site, understood."""
    return parse_map(
        config.entries,
        config.patterns,
        config.retired,
        directory_urls=config.directory_urls,
        listing=config.listing,
    )
