"""Caddy: a snippet to import into a site's block.

Measured with Caddy 2.11: ``{path}`` is decoded and ``map`` regards case; the same input twice is an error;
``{name}`` and ``{$NAME}`` are replaced in every word, quoted or not, so that a source with a brace is a
regular expression, in which ``$`` is replaced in outputs; a word in backquotes has no escapes.
The request as it was sent is ``{uri}``: a wildcard takes its rest from there, because ``{path}`` would have
to be encoded again.
"""

from __future__ import annotations

from unbroken.hosts.base import Host, HostFile, decoded, regex
from unbroken.redirects import Plan

_FILE = "_unbroken/caddy/redirects.caddy"

_SNIPPET = """\
# Written by Unbroken. Import this file in the site's block.
map {{path}} {{unbroken_path}} {{unbroken_fragment}} {{
{lines}\
	default "" ""
}}
{wild}\
@unbroken_gone expression `{{unbroken_path}} == "410"`
error @unbroken_gone 410
@unbroken_both expression `{{unbroken_path}}.contains("?") && {{query}} != ""`
redir @unbroken_both "{{unbroken_path}}&{{query}}{{unbroken_fragment}}" 301
@unbroken_moved expression `{{unbroken_path}} != ""`
redir @unbroken_moved "{{unbroken_path}}{{?query}}{{unbroken_fragment}}" 301
"""
_WILD = """\
map {{uri}} {{unbroken_pattern}} {{unbroken_pattern_fragment}} {{
{lines}\
	default "" ""
}}
"""


class Caddy(Host):
    """Caddy."""

    name = "caddy"
    title = "Caddy"
    wildcards = True
    roomy = True
    gone = True

    def files(self, plan: Plan) -> list[HostFile]:
        """Return the snippet."""
        lines = []
        for rule in [*self.redirects(plan), *self.withdrawn(plan)]:
            path, fragment = _split(rule.url or "410")
            lines.append(f'{_source(decoded(rule.path))} "{path}" "{fragment}"')
        wild = []
        for pattern in self.patterns(plan):
            path, fragment = _split(self.target(plan, pattern.target))
            prefix = regex(plan.base + pattern.prefix)
            rest = "${1}" if pattern.star else ""
            wild.append(f'`~^{prefix}([^?]*)` "{path}{rest}" "{fragment}"')
        text = _SNIPPET.format(lines=_lines(lines), wild=_WILD.format(lines=_lines(wild)) if wild else "")
        return [HostFile(_FILE, text)]


def _lines(lines: list[str]) -> str:
    return "".join(f"\t{line}\n" for line in lines)


def _source(name: str) -> str:
    plain = all(c.isalnum() or c in "/_-.~" for c in name)
    return f'"{name}"' if plain else f"`~^{regex(name)}$`"


def _split(url: str) -> tuple[str, str]:
    path, mark, fragment = url.replace("$", "%24").partition("#")
    return path, mark + fragment


HOST = Caddy()
