"""nginx, with the maps, rewrites, returns and locations of a file, and nothing else of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from unbroken.publish.hosts.nginx import Block, tree_of
from unbroken.publish.servers.running import Server, Setting, Unasked

_CONFIG = """\
daemon off;
master_process off;
{user}pid "{place}/nginx.pid";
error_log stderr crit;
events {{ worker_connections 64; }}
http {{
    access_log off;
    map_hash_bucket_size 1024;
    map_hash_max_size 65536;
    variables_hash_max_size 4096;
    client_body_temp_path "{place}/body";
    proxy_temp_path "{place}/proxy";
    fastcgi_temp_path "{place}/fastcgi";
    uwsgi_temp_path "{place}/uwsgi";
    scgi_temp_path "{place}/scgi";
    absolute_redirect off;
    keepalive_requests 1000000;
{http}
    server {{
        listen 127.0.0.1:{port};
        root "{place}/root";
{server}
    }}
}}
"""
# What a server may have, with the fewest and the most words after it.
_LINES = {"rewrite": (2, 3), "return": (1, 2), "break": (0, 0)}
_KEYS = ("include", "volatile")


def _configuration(setting: Setting) -> list[str]:
    tree = tree_of(setting.text, setting.name)
    every = list(_all(tree))
    servers = [block.inside for block in every if block.words[:1] == ["server"] and block.inside]
    if len(servers) > 1:
        raise Unasked("it has several servers in one file")
    maps = [block for block in every if block.words[:1] == ["map"] and len(block.words) == 3]
    names = {"$uri", "$document_uri", "$request_uri", *(block.words[2] for block in maps)}
    text = _CONFIG.format(
        user="" if os.geteuid() else "user root;\n",
        place=setting.place,
        port=setting.port,
        http="".join(_map(block) for block in maps),
        server="".join(_directives(servers[0] if servers else tree, names)),
    )
    file = setting.place / "nginx.conf"
    file.write_text(text, encoding="utf-8", errors="surrogateescape")
    return ["-p", str(setting.place), "-e", "stderr", "-c", str(file)]


def _all(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if block.words[:1] in (["http"], ["server"]):
            yield from _all(block.inside or [])


def _quoted(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _line(words: list[str], end: str) -> str:
    return " ".join([words[0], *(_quoted(word) for word in words[1:])]) + end


def _map(block: Block) -> str:
    inside = [each for each in block.inside or [] if each.inside is None and each.words[0] not in _KEYS]
    lines = [
        " ".join(_quoted(word) for word in each.words) + ";\n" for each in inside if len(each.words) == 2
    ]
    return _line(block.words, " {\n") + "".join(lines) + "}\n"


def _directives(blocks: list[Block], names: set[str]) -> Iterator[str]:
    for block in blocks:
        name, *rest = block.words or [""]
        if block.inside is None and name in _LINES:
            fewest, most = _LINES[name]
            if fewest <= len(rest) <= most:
                yield _line(block.words, ";\n")
        elif block.inside is not None and name == "location" and 1 <= len(rest) <= 2:
            yield _line(block.words, " {\n") + "".join(_directives(block.inside, names)) + "}\n"
        elif block.inside is not None and name == "if" and (condition := _condition(rest, names)):
            yield f"if ({condition}) {{\n{''.join(_directives(block.inside, names))}}}\n"


def _condition(words: list[str], names: set[str]) -> str:
    """Return the condition of an ``if`` that is about what is asked for, and not about how or from whom."""
    variable, *rest = re.sub(r"^\(\s*|\s*\)$", "", " ".join(words)).split() or [""]
    if variable not in names or len(rest) not in (0, 2):
        return ""
    if not rest:
        return variable
    return f"{variable} {rest[0]} {_quoted(rest[1])}" if rest[0] in _COMPARED else ""


_COMPARED = ("=", "!=", "~", "~*", "!~", "!~*")


NGINX = Server("nginx", ("nginx",), _configuration)
