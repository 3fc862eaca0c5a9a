"""TOML as it is read here: with the line of what is wrong."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from unbroken.findings.base import Place
from unbroken.model.imported import Unreadable


def parsed(text: str, file: str) -> dict[str, Any]:
    """Return what a TOML text says.

    Raises:
        Unreadable: it is none.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        place = Place(file, int(found[1]), int(found[2])) if found else Place(file, text.count("\n") + 1)
        raise Unreadable(place, f"This is not TOML: {str(error).partition(' (at ')[0]}.") from None
