"""Front matter: ``aliases`` as Hugo and MkDocs plugins have it, ``redirect_from`` as Jekyll has it.

From their documentation: an alias of Hugo is relative to the page's folder unless it begins with a slash, and
may have ``.html``; Jekyll's begin at the root. Both are one text or a list. ``url``, ``slug`` and
``permalink`` give a page another address than its path does.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from typing import Any

import yaml

from unbroken.findings.base import Place
from unbroken.formats.yaml import LOADER, is_deep
from unbroken.model.imported import Imported, Rule, exact

#: What pages in a folder end with.
ENDINGS = (".md", ".markdown", ".html")
_YAML = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\ufeff?\+\+\+[ \t]*\r?\n(.*?)^\+\+\+[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_SIZE = 64 << 10


def read(text: str, file: str, address: str) -> Imported:
    """Return what a page's front matter holds.

    Args:
        text: the page.
        file: its name in messages.
        address: the address path at which it is published.
    """
    result = Imported(from_root=False)
    head = text[:_SIZE]
    found = _YAML.match(head) or _TOML.match(head)
    if found is None or not re.search("aliases|redirect_from|redirect_to", found[1]):
        return result
    is_yaml = head.lstrip("\ufeff").startswith("---")
    try:
        if is_yaml and is_deep(found[1]):
            raise RecursionError
        data = yaml.load(found[1], Loader=LOADER) if is_yaml else tomllib.loads(found[1])  # noqa: S506
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        result.fault(Place(file, mark.line + 2 if mark else 1), "The front matter is not YAML.")
        return result
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        result.fault(Place(file), "The front matter cannot be read.")
        return result
    if not isinstance(data, dict):
        return result
    address = own_address(data, address)
    folder = posixpath.dirname(address.rstrip("/")) + "/"
    for key in ("aliases", "redirect_from"):
        given = data.get(key)
        for alias in given if isinstance(given, list) else [] if given is None else [given]:
            place = _place(text, file, key, str(alias))
            if not isinstance(alias, str) or not alias.strip():
                result.fault(place, f"{key} must be text.")
            elif "://" in alias:
                result.fault(place, f"{alias.strip()!a} is a whole URL, and {key} are paths of this site.")
            else:
                result.rules.append(_rule(place, alias.strip(), folder if key == "aliases" else "/", address))
    if isinstance(data.get("redirect_to"), str):
        place = _place(text, file, "redirect_to", data["redirect_to"])
        result.fault(place, "The page leads away by redirect_to. Delete the page, and redirect its address.")
    return result


def _rule(place: Place, alias: str, folder: str, address: str) -> Rule:
    path = alias if alias.startswith("/") else posixpath.normpath(folder + alias)
    path = path + "/" if alias.endswith("/") and not path.endswith("/") else path
    return exact(place, path, address)._replace(source=alias)


def own_address(data: dict[str, Any], address: str) -> str:
    """Return the address that a page's front matter gives it, or else the one that it has by its path."""
    given = data.get("url") or data.get("permalink")
    if isinstance(given, str) and given.startswith("/") and ":" not in given:
        return given
    slug = data.get("slug")
    if isinstance(slug, str) and slug and "/" not in slug and address != "/":
        return posixpath.join(posixpath.dirname(address.rstrip("/")), slug) + (
            "/" if address.endswith("/") else ""
        )
    return address


def _place(text: str, file: str, key: str, value: str) -> Place:
    """Return the line of an alias: the first below its key that has its text."""
    at = re.search(rf"(?m)^\s*['\"]?{key}['\"]?\s*[:=]", text)
    start = at.start() if at else 0
    found = text.find(value, at.end() if at else 0, start + _SIZE)
    return Place(file, text.count("\n", 0, found if found >= 0 else start) + 1)
