"""What a site is like: its configuration, its hosts, its repository, and how it is installed."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from unbroken.findings.base import Severity, in_order
from unbroken.model.errors import GitError, Refused
from unbroken.project.setup.changes import Setup, inside
from unbroken.workspace.config import NAMES, Config, read
from unbroken.workspace.files import shown
from unbroken.workspace.git import git

#: What pip knows this package by.
NAME = "unbroken"
_SHOWN = 5

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
BUILDERS = re.compile(r"(?i)(?<![\w/.-])(?:mkdocs|properdocs|zensical)(?:-material)?(?![\w/.])")
REQUIREMENTS = ("requirements*.txt", "*-requirements.txt", "docs/requirements*.txt", "requirements/*.txt")


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
        inside(each, top_of(config)[0])
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


def hosts_of(config: Config, root: Path) -> list[str]:
    """Return the hosts that a site's files speak of, each once."""
    found: list[str] = []
    for folder in dict.fromkeys((root, config.file.parent)):
        found += [host for name, host in _TELLTALES.items() if (folder / name).is_file()]
        if re.search(r"(?m)^pages:", text_of(folder / ".gitlab-ci.yml")):
            found.append("gitlab")
    found += [host for name, host in _PUBLISHED.items() if (config.docs_dir / name).is_file()]
    if any(_PAGES.search(text_of(file)) for file in workflows(root)):
        found.append("github")
    if (config.docs_dir / "_redirects").is_file() and not {"netlify", "cloudflare", "gitlab"} & {*found}:
        found.append("netlify")
    return list(dict.fromkeys(found))


def workflows(root: Path) -> list[Path]:
    """Return the workflows that GitHub runs."""
    folder = root / ".github/workflows"
    return sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")])


def text_of(file: Path) -> str:
    """Return what a file says; one that cannot be read says nothing."""
    try:
        return file.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def requirements(setup: Setup) -> list[str]:
    """Return the files that tell pip what builds the site, as seen from its folder."""
    here = setup.config.file.parent
    for folder in dict.fromkeys((here, setup.root)):
        for pattern in REQUIREMENTS:
            found = sorted(file for file in folder.glob(pattern) if BUILDERS.search(text_of(file)))
            if found:
                return [quoted(os.path.relpath(file, here).replace(os.sep, "/")) for file in found]
    return []


def packages(setup: Setup) -> list[str]:
    """Return the packages that provide what the configuration names, of those that are installed here."""
    from importlib.metadata import entry_points

    words = {
        word
        for file in setup.config.files
        for word in re.findall(r"[A-Za-z][\w-]*(?:\.\w+)?", re.sub(r"#.*", "", text_of(file)))
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


def package() -> str:
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
    return f'"unbroken @ {url}"' if url.startswith(("http://", "https://")) else NAME


def quoted(name: str) -> str:
    """Return a name as a shell takes it."""
    return shlex.quote(name)
