"""Sphinx: rediraffe's list of pairs, and the ``redirects`` of reredirects or of rediraffe in ``conf.py``.

From their documentation: rediraffe names both sides as documents relative to the source folder, with or
without their ending; reredirects names a document on the left, and on the right a URL relative to the page
of that document, or a whole one. ``conf.py`` is a program: it is read, and never run.
"""

from __future__ import annotations

import ast
import re
from urllib.parse import urljoin

from unbroken.findings.base import Place
from unbroken.model.imported import Imported, Rule, Unreadable, exact

_PAIR = re.compile(r"""\s*("[^"]*"|'[^']*'|\S+)\s+("[^"]*"|'[^']*'|\S+)\s*""")
_ENDING = re.compile(r"\.(?:rst|md|txt|ipynb|html)$")


def read(text: str, file: str) -> Imported:
    """Return what a list for rediraffe holds: two documents a line."""
    result = Imported(from_root=False)
    pairs: list[tuple[Place, str, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        place = Place(file, number)
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        pair = _PAIR.fullmatch(line)
        if pair is None:
            result.fault(place, "A line needs two documents, the old one and the new one.")
            continue
        old, new = (word.strip("\"'") for word in pair.groups())
        pairs.append((place, old, new))
    result.rules += _documents(pairs)
    return result


def _documents(pairs: list[tuple[Place, str, str]]) -> list[Rule]:
    """Return the rules for pairs of documents.

    A document that moved on has its old address; any other is wherever the site has it now, be it as
    ``/name.html`` or as ``/name/``.
    """
    sources = {_page(old) for _, old, _ in pairs}
    return [
        exact(place, _page(old), new if "://" in new else _target(new, sources))._replace(source=old)
        for place, old, new in pairs
    ]


def _target(document: str, sources: set[str]) -> str:
    page = _page(document)
    return page if page in sources else re.sub(r"(^|/)index$", r"\1", page.removesuffix(".html"))


def _page(document: str) -> str:
    return "/" + _ENDING.sub("", document.lstrip("/")) + ".html"


def read_conf(text: str, file: str) -> Imported:
    """Return what ``redirects`` and ``rediraffe_redirects`` of a ``conf.py`` hold.

    Raises:
        Unreadable: it is no Python.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise Unreadable(
            Place(file, error.lineno or 1, error.offset or 1), f"This is not Python: {error.msg}."
        ) from None
    except (ValueError, MemoryError) as error:
        raise Unreadable(Place(file), f"This is not Python: {error}.") from None
    result = Imported(from_root=False)
    for node in tree.body:
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        value = getattr(node, "value", None)
        kind = names & {"redirects", "rediraffe_redirects"}
        if not kind or value is None:
            continue
        place = Place(file, node.lineno, node.col_offset + 1)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            result.fault(place, f"The redirects are in {value.value!a}. Take that file over as well.")
        elif isinstance(value, ast.Dict):
            for key, item in zip(value.keys, value.values, strict=True):
                _entry(result, key, item, file, place, relative="redirects" in kind)
        else:
            result.fault(place, "The redirects are no plain dictionary, so only the program knows them.")
    return result


def _entry(
    result: Imported, key: ast.expr | None, item: ast.expr, file: str, above: Place, *, relative: bool
) -> None:
    place = Place(file, key.lineno, key.col_offset + 1) if key else above
    pair = [part.value if isinstance(part, ast.Constant) else None for part in (key, item)]
    old, new = pair
    if not isinstance(old, str) or not isinstance(new, str):
        result.fault(place, "A redirect that is no plain text is known only to the program.")
    elif not relative:
        result.rules += _documents([(place, old, new)])
    elif "*" in old or "$source" in new:
        rule = exact(place, _page(old), new)
        result.rules.append(rule._replace(source=old, status=0, note="it has a wildcard"))
    else:
        source = _page(old)
        result.rules.append(exact(place, source, urljoin(source, new))._replace(source=old))
