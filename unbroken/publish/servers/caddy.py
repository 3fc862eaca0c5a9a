"""Caddy, with the ``redir`` lines of a Caddyfile and their matchers, and nothing else of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from unbroken.publish.hosts.caddy import statements
from unbroken.publish.servers.running import Server, Setting, Unasked

_CONFIG = """\
{{
	admin off
	auto_https off
	persist_config off
	storage file_system "{place}/storage"
	log {{
		level ERROR
	}}
}}
http://:{port} {{
	bind 127.0.0.1
	root "{place}/root"
{lines}
	file_server
}}
"""
# What a target may stand for: parts of the request, and nothing of this machine.
_PLACEHOLDER = re.compile(r"\{(?:uri|path|query|\?query|scheme|host|(?:http\.)?(?:request|re)\.[\w.-]+)\}")
_BLOCKS = ("handle", "handle_path", "route")


def _configuration(setting: Setting) -> list[str]:
    text = _CONFIG.format(place=setting.place, port=setting.port, lines="\n".join(_lines(setting.text)))
    file = setting.place / "Caddyfile"
    file.write_text(text, encoding="utf-8", errors="surrogateescape")
    return ["run", "--config", str(file), "--adapter", "caddyfile"]


def _lines(text: str) -> Iterator[str]:
    """Yield the lines that redirect, and the blocks that say for what.

    Raises:
        Unasked: there are several sites in the file.
    """
    stack: list[str] = []
    sites = 0
    left_out: set[str] = set()
    for _, words in statements(text):
        if words == ["}"]:
            if stack and stack.pop() == "kept":
                yield "}"
            continue
        opens = words[-1] == "{"
        head = words[:-1] if opens else words
        if opens and head and head[0] in _BLOCKS and _plain(head) and not left_out & {*head}:
            yield f"{_written(head)} {{"
            stack.append("kept")
        elif opens:
            sites += not stack and bool(head) and not head[0].startswith("(")
            left_out |= {head[0]} if head and head[0].startswith("@") else set()
            # Within a site everything else is left out with what it holds.
            stack.append("left out" if stack or not head or head[0].startswith("(") else "site")
            if sites > 1:
                raise Unasked("it has several sites in one file")
        elif "left out" not in stack and head:
            matches = head[0].startswith("@")
            if (head[0] == "redir" or (matches and head[1:2] == ["path"])) and _plain(head):
                if matches or not left_out & {*head}:
                    yield _written(head)
            elif matches:
                left_out.add(head[0])
    yield from "}" * stack.count("kept")


def _plain(words: list[str]) -> bool:
    return not any("`" in word or "\n" in word or "{" in _PLACEHOLDER.sub("", word) for word in words)


def _written(words: list[str]) -> str:
    return " ".join(
        [words[0], *(word if re.fullmatch(r"[\w@*/.-]+", word) else f"`{word}`" for word in words[1:])]
    )


CADDY = Server("Caddy", ("caddy",), _configuration)
