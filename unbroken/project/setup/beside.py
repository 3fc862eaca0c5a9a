"""What is served beside a site and not by its build: other languages, and versions that mike has deployed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress

from unbroken.model.errors import GitError
from unbroken.model.resolver import Resolver
from unbroken.workspace.built_site import Site
from unbroken.workspace.config import Config, redirects_of
from unbroken.workspace.git import git

# Where mike keeps what it has deployed, unless it is told otherwise.
_BRANCHES = ("gh-pages", "origin/gh-pages", "upstream/gh-pages")
_NAME = re.compile(r"[\w.+-]+")


def elsewhere_of(config: Config, site: Site) -> list[str]:
    """Return the prefixes that something else answers, as far as the site's own files tell.

    That is each of the languages that its theme offers and its build lacks; and each of the versions that
    mike has deployed, where a page links to it or it is an alias.
    """
    resolver = Resolver(site, redirects_of(config), site_url=config.site_url)
    found = [*_languages(config, resolver)]
    versions = _versions(config)
    if versions:
        linked = _first_parts(site, resolver)
        found += [f"/{name}/" for name, is_alias in versions.items() if is_alias or name in linked]
    return [each for each in dict.fromkeys(found) if not any(path.startswith(each) for path in site.paths)]


def _languages(config: Config, resolver: Resolver) -> Iterator[str]:
    for link in config.alternates:
        with suppress(ValueError):
            address = resolver.resolve(link, "/")
            if address is not None and address.path != "/":
                yield address.path.rstrip("/") + "/"


def _versions(config: Config) -> dict[str, bool]:
    """Return the versions that mike has deployed, and whether each is an alias."""
    if not config.versioned and "mike" not in config.plugins:
        return {}
    for branch in _BRANCHES:
        try:
            told = json.loads(git(config.file.parent, "show", f"{branch}:versions.json"))
            names = {str(each["version"]): False for each in told}
            names |= {str(alias): True for each in told for alias in each.get("aliases", ())}
        except (GitError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            continue
        return {name: is_alias for name, is_alias in names.items() if _NAME.fullmatch(name)}
    return {}


def _first_parts(site: Site, resolver: Resolver) -> set[str]:
    """Return the first part of each address that a page links to and the site lacks."""
    found = set()
    for path, page in site.pages():
        for url in {*page.links}:
            with suppress(ValueError):
                address = resolver.resolve(url, path)
                if address is not None and address.path not in site.paths:
                    found.add(address.path.split("/")[1])
    return found
