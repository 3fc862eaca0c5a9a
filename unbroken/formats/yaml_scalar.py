"""A text as a scalar of YAML, in the style of those about it."""

from __future__ import annotations

import re

from unbroken.model.errors import CannotEdit

# No indicator at its start, nothing that ends it early, and only what every YAML reader takes for printable.
_PLAIN = re.compile(
    r"(?![-?:,\[\]{}#&*!|>'\"%@`=<~ ])"
    r"(?:(?!: |:$| #)[ -~\xa1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd])+(?<! )"
)
# What some version of YAML takes for a number, a date or a truth value, although PyYAML may not.
_OTHER = re.compile(
    r"[-+]?[\d.][\d._:exobtz+\-a-f ]*|\.?(?:inf|nan)|y|n|yes|no|on|off|true|false|null", re.IGNORECASE
)
# In brackets the colon of a URL may stay.
_FLOW_URL = re.compile(r"https?://[^,\[\]{}?:]+")


def scalar(value: str, style: str, flow: bool, *, is_key: bool = False) -> str:
    """Return a text as YAML, quoted as before or as need be."""
    if any(0xD800 <= ord(c) < 0xE000 for c in value):
        raise CannotEdit("YAML cannot hold a lone surrogate.")
    plain = bool(_PLAIN.fullmatch(value)) and not _OTHER.fullmatch(value)
    if flow and re.search(r"[,\[\]{}?:]", value):
        plain = plain and bool(_FLOW_URL.fullmatch(value))
    if style not in ("'", '"'):
        style = "" if plain else "'"
    if style == "'" and not value.isprintable():
        style = '"'
    if style == "'":
        value = "'" + value.replace("'", "''") + "'"
    elif style == '"':
        value = '"' + "".join(_escaped(c) for c in value) + '"'
    if is_key and len(value) > 1000:
        raise CannotEdit("YAML takes no key that is longer than 1024 characters.")
    return value


def _escaped(c: str) -> str:
    if c in '"\\':
        return "\\" + c
    if c.isprintable():
        return c
    return (
        f"\\x{ord(c):02x}"
        if ord(c) < 0x100
        else f"\\u{ord(c):04x}"
        if ord(c) < 0x10000
        else f"\\U{ord(c):08x}"
    )
