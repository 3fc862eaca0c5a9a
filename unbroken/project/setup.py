"""Set Unbroken up on a site that has never heard of it: decide what to add, show it, add all or nothing.

What it adds is the plugin, the ledger, git's way to merge the ledger, and a check for each change. It edits
only what it can edit safely in place; the rest it prints for the author.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from unbroken.check.examine import examine
from unbroken.check.report import count
from unbroken.findings.base import Place, Severity, in_order, printable, weigh
from unbroken.formats.yaml_edit import CannotEdit, add_to, edit, plugins_of
from unbroken.model.addresses import Address
from unbroken.model.redirects import Entry
from unbroken.model.resolver import ERROR_PAGE
from unbroken.publish.finish import prepare
from unbroken.publish.hosts import clashes
from unbroken.workspace import ledger
from unbroken.workspace.built_site import Site, settle
from unbroken.workspace.config import NAMES, Config, read, redirects_of
from unbroken.workspace.files import shown
from unbroken.workspace.git import GitError, git
from unbroken.workspace.transaction import Change, Write, make

if TYPE_CHECKING:
    from unbroken.recover.proposals import Proposal, Recovered

#: What tells which host a site is deployed to, by files at the top of the repository or beside the
#: configuration.
_TELLTALES = {
    "netlify.toml": "netlify",
    "vercel.json": "vercel",
    "firebase.json": "firebase",
    "wrangler.toml": "cloudflare",
    "wrangler.json": "cloudflare",
    "wrangler.jsonc": "cloudflare",
    "staticwebapp.config.json": "azure",
    ".readthedocs.yaml": "readthedocs",
    ".readthedocs.yml": "readthedocs",
}
#: The same by files among the sources, which the builder publishes.
_PUBLISHED = {".htaccess": "apache", "staticwebapp.config.json": "azure", "CNAME": "github"}
_PAGES = re.compile(
    r"gh-deploy|actions/deploy-pages|peaceiris/actions-gh-pages|JamesIves/github-pages-deploy-action"
)
_BUILDERS = re.compile(r"(?i)(?<![\w/.-])(?:mkdocs|properdocs|zensical)(?:-material)?(?![\w/.])")
_INSTALLS = re.compile(r"(?i)\b(?:pip3? install|uv (?:add|pip install)|pipx install|poetry add)\b")
_REQUIREMENTS = ("requirements*.txt", "*-requirements.txt", "docs/requirements*.txt", "requirements/*.txt")
_WORKFLOW = ".github/workflows/unbroken.yml"
_NAME = "unbroken"
_SHOWN = 5
_HOOK = {
    "id": "unbroken-map",
    "name": "redirects",
    "language": "system",
    "pass_filenames": False,
    "files": r"\.(md|markdown|ya?ml|toml)$",
}


class Refused(Exception):
    """The site cannot be set up; the message says why, in one sentence, and what to do about it."""


@dataclass(slots=True)
class Setup:
    """What would be added to a site.

    Attributes:
        config: the site's configuration as it is.
        root: the top of the repository, or the folder of the configuration where there is none.
        writes: each file that changes, by its path: what it says, None when it is not there, and what it
            will say.
        about: what changes in each of them, in a few words.
        advice: what is left for the author to do, a paragraph each.
    """

    config: Config
    root: Path
    writes: dict[Path, tuple[bytes | None, bytes]] = field(default_factory=dict)
    about: dict[Path, str] = field(default_factory=dict)
    advice: list[str] = field(default_factory=list)

    def put(self, file: Path, after: str, about: str) -> None:
        """Plan a new text for a file.

        Raises:
            Refused: it cannot be read, or may not be written.
        """
        before = _data(file)
        data = after.encode("utf-8", "surrogateescape")
        if data == before:
            return
        _writable(file, self.root)
        if file in self.writes:
            before, about = self.writes[file][0], f"{self.about[file]}, {about}"
        self.writes[file] = before, data
        self.about[file] = about

    def text(self, file: Path) -> str:
        """Return the text of a file as it will be; one that is not there is empty."""
        data = self.writes[file][1] if file in self.writes else _data(file)
        return (data or b"").decode("utf-8", "surrogateescape")


def _data(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refused(f"{shown(file)} cannot be read: {error.strerror}.") from None


def _inside(file: Path, root: Path) -> Path:
    """Return what a file is, links followed; refuse one outside the repository."""
    real = Path(os.path.realpath(file))
    if not real.is_relative_to(os.path.realpath(root)):
        raise Refused(f"{shown(file)} is {real}, outside {root}. Run this where that file belongs.")
    return real


def _writable(file: Path, root: Path) -> None:
    """Refuse a file that is read-only, or outside the repository."""
    real = _inside(file, root)
    # Who is root may write everything; the author has still said that this shall not change.
    if real.exists() and not (real.stat().st_mode & 0o200 and os.access(real, os.W_OK)):
        raise Refused(f"{shown(file)} is read-only. Run: chmod u+w {shown(file)}.")
    folder = next(parent for parent in real.parents if parent.exists())
    if not folder.is_dir() or not (folder.stat().st_mode & 0o200 and os.access(folder, os.W_OK)):
        raise Refused(f"{shown(file)} cannot be written: {shown(folder)} is read-only, or no folder.")


# The site.


def find(folder: Path) -> Path:
    """Return the one configuration in a folder.

    Raises:
        Refused: there is none, or more than one.
    """
    here = [folder / name for name in NAMES if (folder / name).is_file()]
    if len(here) > 1:
        names = ", ".join(file.name for file in here)
        raise Refused(f"there are several configurations here: {names}. Name one: unbroken -f FILE init.")
    if here:
        return here[0]
    below = sorted(_below(folder))
    if below:
        some = ", ".join(below[:_SHOWN])
        raise Refused(
            f"there is no site here, but further down: {some}. "
            f"Name one: unbroken -f {below[0]} init, or change to its folder."
        )
    raise Refused(f"there is no site here: none of {', '.join(NAMES)}. Change to the site's folder.")


def _below(folder: Path) -> Iterator[str]:
    for top, folders, names in os.walk(folder):
        depth = len(Path(top).relative_to(folder).parts)
        skipped = ("node_modules", "site", "venv")
        folders[:] = [f for f in folders if not f.startswith(".") and f not in skipped and depth < 3]
        yield from (Path(top, n).relative_to(folder).as_posix() for n in names if n in NAMES)


def configuration(file: Path) -> Config:
    """Return a site's configuration.

    Raises:
        Refused: it cannot be read, has a fault, or names no folder of sources.
    """
    try:
        config = read(file)
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror or 'there is no such file'}.") from None
    errors = [f for f in in_order(config.findings) if f.severity is Severity.ERROR]
    if errors:
        raise Refused("\n".join(f"{f.place}: {f.message} {f.remedy}" for f in errors))
    if not config.docs_dir.is_dir():
        raise Refused(f"there is no folder {shown(config.docs_dir)}. Correct docs_dir in {shown(file)}.")
    for each in (config.file, config.ledger):
        _inside(each, top_of(config)[0])
    return config


def top_of(config: Config) -> tuple[Path, bool]:
    """Return the top of the repository that a site is in, and whether there is one."""
    folder = config.file.parent
    try:
        below = git(folder, "rev-parse", "--show-prefix").rstrip("\n")
    except GitError:
        return folder, False
    # Not git's own name for it: where the author came by a link, names stay as the author has them.
    return Path(os.path.normpath(folder / "/".join([".."] * below.count("/")))), True


def is_fresh(config: Config) -> bool:
    """Say whether the built site is newer than everything it was built from."""
    built = config.site_dir / "index.html"
    if not built.is_file():
        return False
    when = built.stat().st_mtime_ns
    sources = (f for f in config.docs_dir.rglob("*") if f.is_file() and config.site_dir not in f.parents)
    return all(file.stat().st_mtime_ns < when for file in (*config.files, *sources))


# What to add.


def plan(
    config: Config, site: Site | None, found: set[Address], recovered: Recovered | None, source: str
) -> Setup:
    """Return what a site lacks.

    Args:
        config: the site's configuration.
        site: the built site, or None where only a sitemap tells what is published.
        found: addresses that are published whatever the site says.
        recovered: what git history tells; None without one.
        source: what the ledger is recorded from.

    Raises:
        Refused: a file cannot be read, or may not be written.
    """
    root, in_git = top_of(config)
    setup = Setup(config, root)
    _plugin(setup)
    added = _redirects(setup, recovered) if recovered else []
    addresses = set(found)
    if site is not None:
        redirects = redirects_of(replace(config, entries=[*config.entries, *added]))
        settle(site, redirects)
        addresses |= ledger.published(dict(site.pages()), site, redirects, config)
    try:
        before = ledger.text_of(config.ledger)
    except OSError as error:
        raise Refused(f"{shown(config.ledger)} cannot be read: {error.strerror}.") from None
    after = ledger.extended(before, addresses)
    more = sum(1 for _ in ledger.lines(after)) - sum(1 for _ in ledger.lines(before))
    if more:
        word = "address" if more == 1 else "addresses"
        setup.put(config.ledger, after, f"{more:,} {word}, recorded from {source}")
    if in_git:
        _attributes(setup)
        _ci(setup)
    _pre_commit(setup)
    _elsewhere(setup)
    return setup


def hosts_of(config: Config, root: Path) -> list[str]:
    """Return the hosts that a site's files speak of, each once."""
    found: list[str] = []
    for folder in dict.fromkeys((root, config.file.parent)):
        found += [host for name, host in _TELLTALES.items() if (folder / name).is_file()]
        if re.search(r"(?m)^pages:", _text(folder / ".gitlab-ci.yml")):
            found.append("gitlab")
    found += [host for name, host in _PUBLISHED.items() if (config.docs_dir / name).is_file()]
    if any(_PAGES.search(_text(file)) for file in _workflows(root)):
        found.append("github")
    if (config.docs_dir / "_redirects").is_file() and not {"netlify", "cloudflare", "gitlab"} & {*found}:
        found.append("netlify")
    return list(dict.fromkeys(found))


def _workflows(root: Path) -> list[Path]:
    folder = root / ".github/workflows"
    return sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")])


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def _plugin(setup: Setup) -> None:
    """Plan the plugin's entry; Zensical has no plugin, and reads its settings alone."""
    config = setup.config
    hosts = [] if config.hosts else hosts_of(config, setup.root)
    for one, other, name in clashes(hosts):
        if {one, other} <= {*hosts}:
            hosts.remove(other)
            setup.advice.append(
                f"{one} and {other} both read {name}, so hosts names {one}. Change it if it is {other}."
            )
    settings = {"hosts": hosts} if hosts else {}
    rules = f"hosts: {', '.join(hosts)}"
    if config.file.suffix == ".toml":
        if hosts:
            table = f"[project.plugins.unbroken]\nhosts = {json.dumps(hosts)}\n"
            _toml(setup, table, {"unbroken": settings}, rules)
        return
    item = {"unbroken": settings} if settings else "unbroken"
    try:
        file, search, mapping = _place_of_plugin(setup)
        if file is None:
            return
        text = add_to(setup.text(file), "plugins", ["search", item] if search else [item], mapping=mapping)
    except CannotEdit as error:
        setup.advice.append(_by_hand(config.file, error, f"plugins:\n  - unbroken: {json.dumps(settings)}"))
        return
    setup.put(file, text, f"the plugin unbroken{f', with {rules}' if hosts else ''}")


def _place_of_plugin(setup: Setup) -> tuple[Path | None, bool, bool]:
    """Return which file the plugin goes into, whether ``search`` does, and whether into a new mapping.

    MkDocs merges mappings over what is inherited, and lets anything else replace it; and where nobody
    speaks of plugins it has ``search``. The file is None when the plugin is there.
    """
    written = {file: plugins_of(setup.text(file)) for file in setup.config.files}
    for kind, names in written.values():
        if "unbroken" in names:
            return None, False, False
        if kind in ("list", "null"):
            break
    top = setup.config.file
    own = written[top][0]
    inherited = next(((file, kind) for file, (kind, _) in written.items() if kind), (top, "null"))
    if own:
        return top, own == "null", False
    if inherited[1] == "list":
        return inherited[0], False, False
    return top, inherited[1] == "null", inherited[1] == "mapping"


def _by_hand(file: Path, error: object, lines: str) -> str:
    return f"{shown(file)} is left to you. {error} Add:\n\n{lines}\n"


def _toml(setup: Setup, table: str, wanted: Mapping[str, Any], about: str) -> bool:
    """Plan a new table at the end of a zensical.toml, and say whether that can be."""
    file = setup.config.file
    text = setup.text(file)
    newline = "\r\n" if "\r\n" in text else "\n"
    before = text if text.endswith("\n") else text + newline
    after = before + newline + table.replace("\n", newline)
    data = tomllib.loads(text)
    data.setdefault("project", {}).setdefault("plugins", {}).update(wanted)
    try:
        if tomllib.loads(after) == data:
            setup.put(file, after, about)
            return True
    except tomllib.TOMLDecodeError:
        pass
    setup.advice.append(_by_hand(file, "It has a table of plugins already.", table.rstrip()))
    return False


def _redirects(setup: Setup, recovered: Recovered) -> list[Entry]:
    """Plan the redirects of which git history is sure, and return them."""
    from unbroken.recover.proposals import additions, retargets

    config = setup.config
    add = additions(config.entries, recovered.sure, config.directory_urls)
    if not add or retargets(config.entries, recovered.sure, config.directory_urls):
        return []  # lines of the map that lead to a lost page are for `recover --write`
    about = f"{count(len(add), 'redirect')} that git history is sure of"
    if config.file.suffix == ".toml":
        lines = "".join(f"{json.dumps(source)} = {json.dumps(target)}\n" for source, target in add.items())
        table = f"[project.plugins.redirects.redirect_maps]\n{lines}"
        if config.entries or not _toml(setup, table, {"redirects": {"redirect_maps": add}}, about):
            return []
    else:
        try:
            file = _map_file(setup)
            if file is None:
                return []
            setup.put(file, edit(setup.text(file), add=add), about)
        except CannotEdit:
            return []
    return [Entry(source, target, Place(config.file.name)) for source, target in add.items()]


def _map_file(setup: Setup) -> Path | None:
    """Return the file that the map is in, or belongs in."""
    if setup.config.entries:
        return Path(os.path.normpath(Path.cwd() / setup.config.entries[-1].place.file))
    names = {file: plugins_of(setup.text(file))[1] for file in setup.config.files}
    for plugin in ("redirects", "unbroken"):
        if file := next((file for file in names if plugin in names[file]), None):
            return file
    return None


# What stands round the site.


def _attributes(setup: Setup) -> None:
    """Plan the line that lets git merge the ledger."""
    top, file = setup.root, setup.config.ledger
    name = os.path.relpath(file, top).replace(os.sep, "/")
    try:
        if git(top, "check-attr", "merge", "--", name).rstrip().endswith(": union"):
            return
    except GitError:
        return
    pattern = json.dumps(name) if any(c in name for c in ' "\\') else name
    line = f"{pattern} merge=union"
    attributes = top / ".gitattributes"
    text = setup.text(attributes)
    newline = "\r\n" if "\r\n" in text else "\n"
    before = text + (newline if text and not text.endswith("\n") else "")
    setup.put(attributes, f"{before}{line}{newline}", "lets branches add addresses without conflicts")


def _ci(setup: Setup) -> None:
    """Plan a check of each change."""
    root = setup.root
    gitlab = root / ".gitlab-ci.yml"
    if gitlab.is_file() and "unbroken" not in _text(gitlab):
        lines = "\n".join(f"    - {command}" for command in _commands(setup))
        head = "unbroken:\n  image: python:3.13\n  variables: {GIT_DEPTH: 0}"
        setup.advice.append(f"Add to .gitlab-ci.yml:\n\n{head}\n  script:\n{lines}\n")
    try:
        remotes = git(root, "remote", "-v")
    except GitError:
        remotes = ""
    if not (root / ".github").is_dir() and "github.com" not in remotes:
        return
    if any(re.search(r"\bunbroken (?:-f \S+ )?check\b", _text(file)) for file in _workflows(root)):
        return
    setup.put(root / _WORKFLOW, _workflow(setup), "builds and checks the site on every change")
    if _package() == _NAME:
        setup.advice.append(
            f"{_WORKFLOW} installs {_NAME} by its name. As long as no index of yours has it, "
            "write the URL or the path of its wheel there."
        )


def _workflow(setup: Setup) -> str:
    try:
        branch = git(setup.root, "symbolic-ref", "--short", "refs/remotes/origin/HEAD").strip()
    except GitError:
        try:
            branch = git(setup.root, "symbolic-ref", "--short", "HEAD").strip()
        except GitError:
            branch = "main"
    branch = json.dumps(branch.removeprefix("origin/"))
    steps = "".join(f"      - run: {command}\n" for command in _commands(setup, "--format github"))
    folder = os.path.relpath(setup.config.file.parent, setup.root).replace(os.sep, "/")
    where = f"    defaults:\n      run:\n        working-directory: {json.dumps(folder)}\n"
    return f"""\
# Build the site, and hold every address it ever published to the promise.
name: unbroken

on:
  push:
    branches: [{branch}]
  pull_request:

permissions:
  contents: read

jobs:
  check:
    runs-on: ubuntu-latest
{where if folder != "." else ""}    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0 # the ledger is compared with its history
      - uses: actions/setup-python@v5
        with:
          python-version: "3.13"
{steps}"""


def _commands(setup: Setup, options: str = "") -> list[str]:
    """Return what installs, builds and checks the site, from its own folder."""
    config = setup.config
    given = _requirements(setup)
    packages = [*(f"-r {name}" for name in given), *([] if given else _packages(setup)), _package()]
    build = {"properdocs": "properdocs build", "zensical": "zensical build"}
    command = build.get(config.file.stem, "mkdocs build")
    if config.file.name not in NAMES:
        command += f" -f {_quoted(config.file.name)}"
    us = "unbroken" if config.file.name in NAMES else f"unbroken -f {_quoted(config.file.name)}"
    commands = [f"pip install {' '.join(packages)}", command]
    if config.file.suffix == ".toml":
        site = os.path.relpath(config.site_dir, config.file.parent).replace(os.sep, "/")
        commands.append(f"{us} finish {_quoted(site)}")
    return [*commands, f"{us} check {options}".rstrip()]


def _quoted(name: str) -> str:
    import shlex

    return shlex.quote(name)


def _requirements(setup: Setup) -> list[str]:
    """Return the files that tell pip what builds the site, as seen from its folder."""
    here = setup.config.file.parent
    for folder in dict.fromkeys((here, setup.root)):
        for pattern in _REQUIREMENTS:
            found = sorted(file for file in folder.glob(pattern) if _BUILDERS.search(_text(file)))
            if found:
                return [_quoted(os.path.relpath(file, here).replace(os.sep, "/")) for file in found]
    return []


def _packages(setup: Setup) -> list[str]:
    """Return the packages that provide what the configuration names, of those that are installed here."""
    from importlib.metadata import entry_points

    words = {
        word
        for file in setup.config.files
        for word in re.findall(r"[A-Za-z][\w-]*(?:\.\w+)?", re.sub(r"#.*", "", _text(file)))
    }
    provided = {"zensical": "zensical"} if setup.config.file.suffix == ".toml" else {"mkdocs": "mkdocs"}
    if setup.config.file.stem == "properdocs":
        provided = {"properdocs": "properdocs"}
    if setup.config.file.suffix != ".toml":
        for group in ("mkdocs.plugins", "mkdocs.themes", "properdocs.plugins", "markdown.extensions"):
            for entry in entry_points(group=group):
                name = entry.name.rpartition("/")[2]
                if name in words and entry.dist:
                    provided.setdefault(name, entry.dist.name)
    known = {"unbroken", "markdown"}
    return list(dict.fromkeys(name for name in provided.values() if name.lower() not in known))


def _package() -> str:
    """Return how pip gets this very package: by its URL where it came from one."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        text = distribution("unbroken").read_text("direct_url.json")
    except PackageNotFoundError:
        text = None
    origin = json.loads(text) if text else {}
    url = str(origin.get("url", ""))
    if "vcs_info" in origin and not url.startswith("file:"):
        return f'"unbroken @ git+{url}@{origin["vcs_info"]["commit_id"]}"'
    return f'"unbroken @ {url}"' if url.startswith(("http://", "https://")) else _NAME


def _pre_commit(setup: Setup) -> None:
    """Plan a hook where the repository has some."""
    file = setup.root / ".pre-commit-config.yaml"
    if not file.is_file() or "unbroken" in _text(file):
        return
    name = os.path.relpath(setup.config.file, setup.root).replace(os.sep, "/")
    ours = "unbroken" if name in NAMES else f"unbroken -f {_quoted(name)}"
    repo = {"repo": "local", "hooks": [{**_HOOK, "entry": f"{ours} check --map"}]}
    try:
        setup.put(file, add_to(setup.text(file), "repos", [repo]), "judges the redirects before each commit")
    except CannotEdit as error:
        setup.advice.append(_by_hand(file, error, yaml.safe_dump([repo], sort_keys=False).rstrip()))


def _elsewhere(setup: Setup) -> None:
    """Name the lines of other files that install the builder, or run Zensical, without us."""
    root = setup.root
    toml = setup.config.file.suffix == ".toml"
    if not toml and setup.config.file not in setup.writes and setup.config.files[-1] not in setup.writes:
        return
    files = [
        *_workflows(root),
        *(root / n for n in ("netlify.toml", ".gitlab-ci.yml", "Dockerfile", "Makefile")),
    ]
    found: list[str] = []
    for folder in dict.fromkeys((setup.config.file.parent, root)):
        for pattern in () if toml else _REQUIREMENTS:
            files += [file for file in sorted(folder.glob(pattern)) if file not in files]
    for file in files:
        text = _text(file)
        if re.search(r"\bunbroken\b", text):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            said = re.sub(r"(?<!\S)#.*", "", line)
            here = "zensical build" in said if toml else bool(_BUILDERS.search(said))
            if here and (toml or file.suffix == ".txt" or _INSTALLS.search(said)):
                found.append(f"{shown(file)}:{number}")
                break
    if not found:
        return
    what = (
        "Run `unbroken finish` after the build there as well"
        if toml
        else "Every build needs the package now, so install unbroken there as well"
    )
    setup.advice.append(f"{what}: {', '.join(found)}.")


# Showing and doing.


def described(setup: Setup) -> str:
    """Return what would change: a line for each file, and a unified diff of all but a long ledger."""
    names = {file: shown(file) for file in setup.writes}
    width = max((len(name) for name in names.values()), default=0)
    out = [f"  {names[file].ljust(width)}  {setup.about[file]}\n" for file in setup.writes]
    for file, (before, after) in setup.writes.items():
        out.append("\n")
        was, now = (
            (data or b"").decode("utf-8", "surrogateescape").splitlines(keepends=True)
            for data in (before, after)
        )
        old = "/dev/null" if before is None else f"a/{names[file]}"
        lines = list(difflib.unified_diff(was, now, old, f"b/{names[file]}"))
        if file == setup.config.ledger and len(lines) > 3 * _SHOWN:
            rest = len(lines) - 3 - _SHOWN
            lines = [*lines[: 3 + _SHOWN], f"... and {rest:,} more lines\n"]
        out += [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]
    return "".join(out)


def apply(setup: Setup) -> None:
    """Write all that is planned, or nothing.

    Raises:
        Conflict: the disk or git did not take it, and everything is as it was.
    """
    here = setup.config.file.parent
    writes = [
        Write(os.path.relpath(file, here).replace(os.sep, "/"), before, after)
        for file, (before, after) in setup.writes.items()
    ]
    make(here, Change((), writes, f"setting up {setup.config.file.name}"))


# The state of the links.


def state(config: Config, site: Site, recovered: Recovered | None, note: str, setup: Setup) -> str:
    """Return the state of a site's links, in one screen."""
    redirects = redirects_of(config)
    settle(site, redirects)
    answers, findings = prepare(config, site, redirects)
    findings = weigh([*findings, *examine(config, site, redirects).findings], config.severity)
    findings = [f for f in in_order(findings) if f.severity is not Severity.OFF]
    pages = {path: page for path, page in site.pages() if path != ERROR_PAGE}
    links = sum(1 for page in pages.values() for url in page.links if not _ELSEWHERE.match(url))
    codes = Counter(f.code for f in findings if f.severity is Severity.ERROR)
    broken = sum(number for code, number in codes.items() if code.startswith("broken-"))
    others = sum(codes.values()) - broken
    listed = sum(1 for _ in ledger.lines(ledger.text_of(config.ledger)))
    hosts = f", as rules for {', '.join(config.hosts)}" if config.hosts and answers.answers else ""
    stubs = f"{len(answers.answers):,}{hosts}"
    mended = {entry.source for entry in config.entries}
    lost = [p for p in recovered.proposals if p.source not in mended] if recovered else []
    rows = [
        ("pages", f"{len(pages):,}"),
        ("links", f"{links:,} within the site, {broken:,} broken"),
        ("redirects", stubs),
        ("addresses", f"{listed:,} in {shown(config.ledger)}"),
        ("history", _history(recovered, lost) if recovered else note),
        ("other errors", f"{others:,}"),
        ("warnings", f"{sum(f.severity is Severity.WARNING for f in findings):,}"),
    ]
    out = [f"The links of {shown(config.file)}:\n\n", *(f"  {name:<12}  {said}\n" for name, said in rows)]
    errors = [f for f in findings if f.severity is Severity.ERROR]
    if errors:
        out.append("\n")
        out += [f"  {printable(f'{f.place}: {f.message}')}\n" for f in errors[:_SHOWN]]
        if len(errors) > _SHOWN:
            out.append(f"  ... and {len(errors) - _SHOWN:,} more\n")
        if any(re.search(r"(?m)^strict:\s*true\b", _text(file)) for file in config.files):
            out.append(
                "  The build is strict, so it fails until these are mended, or weighed under severity.\n"
            )
    return "".join([*out, "\nNext:\n\n", *_next(config, setup, len(errors), len(lost))])


_ELSEWHERE = re.compile(r"(?i)[a-z][a-z0-9+.-]*:|//")


def _history(recovered: Recovered, lost: list[Proposal]) -> str:
    from unbroken.recover.proposals import counts

    steps = count(recovered.steps, "step")
    mended = len(recovered.proposals) - len(lost)
    kinds = [
        f"{number:,} {'with no proposal' if word == 'none' else word}"
        for word, number in counts(lost).items()
        if number
    ]
    said = f"{len(lost):,} lost in {steps}: {', '.join(kinds)}" if lost else f"nothing lost in {steps}"
    return said + (f"; {mended:,} redirected now" if mended else "")


def _next(config: Config, setup: Setup, errors: int, lost: int) -> Iterator[str]:
    """Yield the three commands that bring the site further, the most urgent first."""
    us = "unbroken" if config.file == _found() else f"unbroken -f {_quoted(shown(config.file))}"
    found: list[tuple[str, str]] = []
    if setup.writes and top_of(config)[1]:
        names = " ".join(_quoted(shown(file)) for file in setup.writes)
        found.append((f"git add {names}", "then commit"))
    if errors:
        found.append((f"{us} check", f"{count(errors, 'error')}, each with its line and what mends it"))
    if lost:
        found.append((f"{us} recover", f"{lost:,} lost, each with a proposal"))
    if config.file.suffix == ".toml":
        found.append((f"zensical build && {us} finish {_quoted(shown(config.site_dir))}", "after each build"))
    found.append((f"{us} move OLD NEW", "move a page with its links and its redirect"))
    found.append((f"{us} verify {config.site_url or 'URL'}", "ask the live site for every address"))
    found.append((f"{us} check", "after each build"))
    width = max(len(command) for command, _ in found[:3] if len(command) < 60)
    yield from (f"  {command.ljust(width)}  # {why}\n" for command, why in found[:3])


def _found() -> Path | None:
    from unbroken.workspace.config import find as in_folder

    return in_folder(Path.cwd())
