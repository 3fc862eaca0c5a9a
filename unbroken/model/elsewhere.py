"""What something other than this build answers: other versions, an application, rules of the site's own."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

#: How the fragments begin that scripts read as routes, and no page has as an anchor.
ROUTES = ("/", "!")
# Read the Docs puts a language and a version before each address.
_VERSIONED = re.compile(r"/[a-z]{2,3}(?:[-_][A-Za-z]{2,4})?/(?:[^/]+/.*|latest|stable|v?\d[\w.]*)")
_PLACEHOLDER = re.compile(r"\\\((?:[^()\\]|\\.)*\\\)|(?<=/):\w+(?:\\?[*+?]|\([^()]*\))?|\\\*")


class Elsewhere(NamedTuple):
    """What something else answers.

    Attributes:
        prefixes: how the address paths begin that it answers.
        routes: how the fragments begin that a script reads.
        rules: what rules of the site's own answer.
        versioned: whether the host has other languages and versions beside this one.
    """

    prefixes: tuple[str, ...] = ()
    routes: tuple[str, ...] = ROUTES
    rules: tuple[re.Pattern[str], ...] = ()
    versioned: bool = False

    def answers(self, path: str) -> bool:
        """Return whether something else answers an address path."""
        return (
            (bool(self.prefixes) and (path.startswith(self.prefixes) or f"{path}/" in self.prefixes))
            or (self.versioned and _VERSIONED.fullmatch(path) is not None)
            or any(rule.fullmatch(path) for rule in self.rules)
        )

    def is_route(self, fragment: str) -> bool:
        """Return whether a script reads a fragment."""
        return fragment.startswith(self.routes)


#: Nothing but what every site has: fragments that only a script can read.
NOTHING = Elsewhere()


def elsewhere(given: tuple[str, ...], rules: tuple[str, ...], base: str, versioned: bool) -> Elsewhere:
    """Return what a site says that something else answers.

    Args:
        given: the prefixes of its setting; those that begin with ``#`` are of fragments.
        rules: the sources of the rules that it brings, as its hosts write them.
        base: the path that it is served under, without a final slash.
        versioned: whether its host has other languages and versions beside it.
    """
    prefixes = tuple(each for each in given if not each.startswith("#"))
    routes = tuple(each[1:] for each in given if len(each) > 1 and each.startswith("#"))
    patterns = (_pattern(rule, base) for rule in rules)
    return Elsewhere(prefixes, ROUTES + routes, tuple(each for each in patterns if each), versioned)


def _pattern(source: str, base: str) -> re.Pattern[str] | None:
    """Return what the source of a rule matches; None for one of another site, or of every address."""
    try:
        path = urlsplit(source).path if "://" in source else source
    except ValueError:
        return None
    if not path.startswith(f"{base}/"):
        return None
    path = path[len(base) :]
    # What stands in parentheses is the host's own expression, and is not run here.
    text = _PLACEHOLDER.sub(lambda found: ".*" if found[0][-1] in "*+)" else "[^/]+", re.escape(path))
    if text in ("/.*", "/[^/]+"):
        return None  # what takes every address tells nothing of one
    return re.compile(f"{text.removesuffix('/')}/?")
