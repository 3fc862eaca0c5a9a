"""mdBook: ``[output.html.redirect]`` of a ``book.toml``.

From its documentation: the key is a page's path from the root of the book, and may have a fragment; the value
is a URL, absolute or relative to that page.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from unbroken.findings.base import Place
from unbroken.formats.toml_edit import places
from unbroken.formats.toml_read import parsed
from unbroken.model.imported import Imported, exact


def read(text: str, file: str) -> Imported:
    """Return what a ``book.toml`` holds.

    Raises:
        Unreadable: it is no TOML.
    """
    result = Imported(from_root=False)
    data: Any = parsed(text, file)
    above = ("output", "html", "redirect")
    for key in above:
        data = data.get(key, {}) if isinstance(data, dict) else {}
    where = places(text, file)
    for source, target in data.items() if isinstance(data, dict) else ():
        place = where.get((*above, source), Place(file))
        if not isinstance(target, str):
            result.fault(place, "A redirect needs plain text on both sides.")
        elif "#" in source:
            result.fault(
                place, f"{source!a} is the address of a heading. Write it into redirect_maps by hand."
            )
        else:
            path = "/" + source.lstrip("/")
            result.rules.append(exact(place, path, urljoin(path, target))._replace(source=source))
    return result
