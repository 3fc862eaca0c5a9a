"""Take values of their types out of a configuration, and note those of other types."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from unbroken.findings.base import Finding, Place
from unbroken.findings.configuration import WrongType
from unbroken.formats.yaml import Item, Items

TYPES = {dict: "a mapping", list: "a list", str: "text", bool: "true or false"}
Faults = list[Finding]


class Reader:
    """Take values out of the tree and note those of the wrong type."""

    def __init__(self, findings: Faults) -> None:
        self.findings = findings

    def fault(self, kind: type[Finding], place: Place, message: str, fix: str) -> None:
        """Note what is wrong."""
        self.findings.append(kind(place, message, fix))

    def unwrap(self, item: Item | None) -> Item | None:
        """Return an item that has a value."""
        return None if item is None or item.value is None else item

    def checked(self, item: Item | None, kind: type, what: str = "") -> Item | None:
        """Return an item of one type; note any other and return None."""
        if item is None or item.value is None:
            return None
        if isinstance(item.value, kind):
            return item
        name = what or item.key or "This"
        shown = next(
            (text for type_, text in TYPES.items() if isinstance(item.value, type_)), "a number or a date"
        )
        self.fault(
            WrongType,
            item.place,
            f"{name} must be {TYPES.get(kind, kind.__name__)}, and is {shown}.",
            "Put quotation marks round it."
            if kind is str and shown[2:] == "number or a date"
            else EXAMPLES[kind],
        )
        return None

    def text(self, item: Item | None, what: str = "") -> str | None:
        """Return a text; note anything else."""
        if item is not None and item.value is None and what:
            self.fault(
                WrongType,
                item.place,
                f"{what} of {item.key} is empty.",
                "Write a page path after the colon.",
            )
            return None
        found = self.checked(item, str, what)
        return found.value if found else None

    def path(self, item: Item | None) -> str | None:
        """Return a path; note one that no file can have."""
        path = self.text(item)
        if item is not None and path is not None and not path.isprintable():
            self.fault(WrongType, item.place, f"{item.key} has a control character in it.", "Remove it.")
            return None
        return path

    def url(self, item: Item | None) -> str | None:
        """Return a URL; note one that cannot be read."""
        url = self.text(item)
        try:
            urlsplit(url or "")
        except ValueError:
            assert item is not None
            message = f"{item.key} is a URL that cannot be read."
            self.fault(WrongType, item.place, message, "Write it as in https://example.com/docs/.")
            return None
        return url

    def options(self, item: Item) -> Items:
        """Return the items of a mapping; note anything else."""
        found = self.checked(item, Items)
        return found.value if found else Items()

    def pairs(self, item: Item | None) -> Iterator[Item]:
        """Yield the items of a mapping; note anything else."""
        found = self.checked(item, Items)
        yield from found.value if found else ()

    def values(self, item: Item | None) -> Iterator[Item]:
        """Yield the values of a list, or the one value; note a mapping."""
        if item is not None and isinstance(item.value, str):
            yield item
            return
        found = self.checked(item, list)
        if found and isinstance(found.value, Items):
            self.fault(
                WrongType, found.place, f"{found.key} must be a list, and is a mapping.", EXAMPLES[list]
            )
            return
        yield from found.value if found else ()


EXAMPLES: dict[type, str] = {
    dict: "Write one 'source: target' a line below it.",
    Items: "Write one 'key: value' a line below it, without a dash.",
    list: "Write one '- value' a line below it.",
    str: "Write plain text.",
    bool: "Write true or false.",
}
