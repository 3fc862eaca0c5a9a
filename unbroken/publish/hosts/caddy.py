"""Caddy: a snippet to import into a site's block.

Measured with Caddy 2.11: ``{path}`` is decoded and ``map`` regards case; the same input twice is an error;
``{name}`` and ``{$NAME}`` are replaced in every word, quoted or not, so that a source with a brace is a
regular expression, in which ``$`` is replaced in outputs; a word in backquotes has no escapes.
The request as it was sent is ``{uri}``: a wildcard takes its rest from there, because ``{path}`` would have
to be encoded again.
"""

from __future__ import annotations

from unbroken.model.plan import Plan
from unbroken.publish.hosts.base import Host, HostFile, decoded, regex

_FILE = "_unbroken/caddy/redirects.caddy"

_HEAD = "# Written by Unbroken. Import this file in the site's block.\n"
_MAP = """\
map {{{source}}} {{unbroken_{name}}} {{unbroken_{name}_fragment}} {{
{lines}\
	default "" ""
}}
"""
_GONE = """\
@unbroken_gone expression `{unbroken_path} == "410"`
handle @unbroken_gone {
	error 410
}
"""
# A target with a query of its own gets the visitor's after it.
_MOVED = """\
@unbroken_{name}_both expression `{condition} && {{unbroken_{name}}}.contains("?") && {{query}} != ""`
redir @unbroken_{name}_both "{{unbroken_{name}}}&{{query}}{{unbroken_{name}_fragment}}" 301
@unbroken_{name}_only expression `{condition} && !({{unbroken_{name}}}.contains("?") && {{query}} != "")`
redir @unbroken_{name}_only "{{unbroken_{name}}}{{?query}}{{unbroken_{name}_fragment}}" 301
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
        text = _HEAD + _MAP.format(source="path", name="path", lines=_lines(lines))
        text += _GONE if plan.gone else ""
        text += _MOVED.format(name="path", condition='{unbroken_path} != "" && {unbroken_path} != "410"')
        if wild:
            text += _MAP.format(source="uri", name="pattern", lines=_lines(wild))
            text += _MOVED.format(
                name="pattern", condition='{unbroken_path} == "" && {unbroken_pattern} != ""'
            )
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
