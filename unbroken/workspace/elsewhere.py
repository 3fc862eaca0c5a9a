"""What something other than the build answers, as the site says: its setting, and rules of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from unbroken.model.elsewhere import Elsewhere, elsewhere
from unbroken.workspace.config import Config

# Bytes of the largest file with rules that is read, and how many rules are.
_LARGEST = 4 << 20
_MOST = 5000


def elsewhere_of(config: Config) -> Elsewhere:
    """Return what something other than a site's build answers."""
    rules = [*_rules(config)][:_MOST]
    base = urlsplit(config.site_url).path.rstrip("/")
    return elsewhere(config.elsewhere, tuple(rules), base, "readthedocs" in config.hosts)


def named(config: Config) -> Elsewhere:
    """Return what a site's setting alone says that something else answers."""
    return elsewhere(config.elsewhere, (), "", False)


def _rules(config: Config) -> Iterator[str]:
    """Yield the source of each rule that a site brings itself."""
    for line in (_text(config.docs_dir / "_redirects") or "").splitlines():
        parts = line.split("#")[0].split()
        if len(parts) > 1 and parts[-1].rstrip("!") not in ("404", "410"):
            yield parts[0]
    root = config.file.parent
    table: dict[str, Any] = {}
    if text := _text(root / "netlify.toml"):
        import tomllib  # which few sites need

        with suppress(tomllib.TOMLDecodeError, RecursionError):
            table = tomllib.loads(text)
    for rule in _list(table.get("redirects")):
        if isinstance(source := rule.get("from"), str) and rule.get("status") not in (404, 410):
            yield source
    try:
        data = json.loads(_text(root / "vercel.json") or "{}")
    except (ValueError, RecursionError):
        data = {}
    for name in ("redirects", "rewrites"):
        for rule in _list(data.get(name) if isinstance(data, dict) else None):
            if isinstance(source := rule.get("source"), str):
                yield source


def _list(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(file: Path) -> str | None:
    try:
        if not file.is_file() or file.stat().st_size > _LARGEST:
            return None
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
