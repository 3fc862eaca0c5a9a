"""`mkdocs serve`, with a finished site's pages as files in its docs_dir."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.servers.process import Server, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def mkdocs_serve(site: Path) -> Iterator[Server]:
    """Serve the pages of a site beside its mkdocs.yml: stubs and rules are made anew by the plugin."""
    docs = site.parent / "docs"
    stubs = {
        file for file in site.rglob("*.html") if 'content="Unbroken"' in file.read_text(encoding="utf-8")
    }
    for page in set(site.rglob("*.html")) - stubs:
        target = docs / page.relative_to(site)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(page, target)
    url = f"http://127.0.0.1:{free_port()}"
    command = ["mkdocs", "serve", "--dev-addr", url.removeprefix("http://")]
    with running(command, cwd=site.parent, url=url) as server:
        yield server
