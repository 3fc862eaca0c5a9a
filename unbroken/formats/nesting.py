"""How deeply the elements of an HTML page are nested, told before a parser has to find its way through."""

from __future__ import annotations

import re

#: The most elements within each other; browsers stop at 512, and a parser's work grows with the square.
DEEPEST = 1000

# A bound that costs next to nothing; where that is high, a count of its tags.
_STEP = 1 << 13  # bytes
_TAG = re.compile(
    rb"<!--.*?(?:-->|\Z)|<(script|style|textarea|title)\b[^<>]*+(?<!/)>.*?(?:</\1|\Z)"
    rb"|<(/?)([a-z][^\t\n\f\r />]*+)([^<>]*+)",
    re.DOTALL | re.IGNORECASE,
)
#: What has no content, or ends where the next of its kind begins.
_FLAT = frozenset(
    b"""
    area base br col embed hr img input link meta param source track wbr
    p li dt dd tr td th thead tbody tfoot option optgroup rp rt a body html head
    """.split()
)


def is_too_deep(data: bytes) -> bool:
    """Return whether more than ``DEEPEST`` elements of a page stand within each other."""
    return _may_be_deep(data) and _is_deep(data)


def _may_be_deep(data: bytes) -> bool:
    left = data.count(b"<")
    deep = at = 0
    while deep + left > DEEPEST:  # else the rest may be starts alone
        ends = data.count(b"</", at, at + _STEP)
        tags = data.count(b"<", at, at + _STEP)
        if deep + tags - ends > DEEPEST:  # as if the starts came first
            return True
        deep = max(0, deep + tags - 2 * ends)
        left -= tags
        at += _STEP
    return False


def _is_deep(data: bytes) -> bool:
    deep = drawings = 0
    for found in _TAG.finditer(data):
        _, end, name, rest = found.groups()
        if name is None or (name := name.lower()) in _FLAT:
            continue
        if end:
            deep = max(0, deep - 1)
            drawings -= drawings > 0 and name == b"svg"
        elif not (drawings and rest.endswith(b"/")):
            deep += 1
            drawings += name == b"svg"
            if deep > DEEPEST:
                return True
    return False
