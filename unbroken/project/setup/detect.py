"""What a site is like: where its configuration is, and the hosts that its files speak of."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

from unbroken.builders.which import root_of, text_of, workflows
from unbroken.findings.base import Severity, in_order
from unbroken.findings.commands import typed
from unbroken.model.addresses import is_page_path, page_address, parse
from unbroken.model.errors import GitError, LeavesSite, Refused
from unbroken.model.redirects import Entry
from unbroken.project.setup.changes import inside
from unbroken.workspace.built_site import Site
from unbroken.workspace.config import NAMES, Config, read
from unbroken.workspace.config import find as in_folder
from unbroken.workspace.files import shown
from unbroken.workspace.git import git

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
            f"Name one: {typed(f'unbroken -f {below[0]} init')}, or change to its folder."
        )
    if (own := in_folder(folder)) is not None:
        raise Refused(
            f"{own.name} is all the settings that a site of another generator has. "
            f"Run: {typed('unbroken record')}, then {typed('unbroken check')}."
        )
    raise Refused(
        f"there is no site here: none of {', '.join(NAMES)}. Change to the site's folder. For a site of "
        "another generator write unbroken.toml with its site_dir and site_url, then run: "
        f"{typed('unbroken record')}"
    )


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
        inside(each, root_of(config))
    return config


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


def in_git(config: Config) -> bool:
    """Return whether a site is kept in a git repository."""
    try:
        git(config.file.parent, "rev-parse", "--show-prefix")
    except GitError:
        return False
    return True


def shadowing(config: Config, site: Site) -> list[Entry]:
    """Return the redirects that a built site has in the place of a page of its sources."""
    return [
        entry
        for entry in config.entries
        if is_page_path(entry.source)
        and (config.docs_dir / entry.source).is_file()
        and page_address(entry.source, config.directory_urls) in site.stubs
    ]


def unended(config: Config, site: Site) -> str:
    """Return a page that a built site lists in its sitemap and does not have; empty where it has them all.

    Builders write the sitemap before the pages, so it tells of a build that was stopped half-way. A sitemap
    of which nothing is there is that of another address.
    """
    text = text_of(site.root / "sitemap.xml")
    if "<sitemapindex" in text:
        return ""
    base = urlsplit(config.site_url).path.rstrip("/")
    paths = set()
    for found in _LOC.findall(text):
        try:
            path = parse(unescape(found.strip())).path
        except (LeavesSite, ValueError):
            continue
        paths.add(path.removeprefix(base) if path.startswith(f"{base}/") else path)
    there = site.paths | site.stubs.keys()
    missing = sorted(paths - there)
    return missing[0] if missing and len(missing) < len(paths) else ""


_LOC = re.compile(r"<loc>\s*([^<]+)", re.IGNORECASE)
