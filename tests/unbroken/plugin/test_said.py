"""What builds log of one site under several settings, to the letter.

``said.txt`` is what is expected: ``python -m tests.unbroken.plugin.test_said`` writes it anew, for one to
look at.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from tests.commands import output, run
from tests.unbroken.check.sites import write

EXPECTED = Path(__file__).with_name("said.txt")
CONFIG = """site_name: Said
site_url: https://said.example/docs/
theme: {{name: null, custom_dir: theme}}
plugins:
  - redirects:
      redirect_maps:
        was.md: guide.md#{anchor}
        gone.md: nowhere.md
  - unbroken: {settings}
"""
SITE = {
    "theme/main.html": "<!doctype html><title>x</title><article>{{ page.content }}</article>\n",
    "docs/index.md": "# Home\n\n[Guide](guide.md) [old](/docs/was/) ![none](none.png)\n",
    "docs/guide.md": "# Guide\n\n## Set up\n\n[Near](#set-upp)\n\n<a id=set-up></a>\n",
    "published-urls.txt": "/\n/guide/\n/guide/#use\n/lost/\n/was/\n",
}
#: Settings of the plugin, and options of the build.
BUILDS = [
    ("{}", ""),
    ("{}", "--strict"),
    ("{severity: {lost-address: warning, dead-page: off, through-redirect: error}}", "--strict"),
    ("{severity: {error: warning}}", "--strict"),
    ("{hosts: [netlify, github], max_age: 3600, retired: [lost.md]}", ""),
    ("{patterns: {old/*: none/*}, elsewhere: [/lost/]}", "--dirty"),
    ("{enabled: false}", ""),
    ("{ledger: [], host: netlify, severity: {none: off}}", ""),
]


def said(root: Path) -> str:
    """All that builds log and write, without what MkDocs says of itself."""
    write(root, SITE)
    parts = []
    for settings, options in BUILDS:
        write(root, {"mkdocs.yml": CONFIG.format(anchor="set-up", settings=settings)})
        ran = run("mkdocs", "build", *options.split(), cwd=root)
        lines = (line for line in output(ran).splitlines() if not line.startswith("INFO    -  Doc"))
        site = root / "site"
        written = sorted(file.relative_to(site).as_posix() for file in site.rglob("*") if file.is_file())
        end = [f"-> {ran.returncode}", " ".join(written), ""]
        parts.append("\n".join([f"=== {settings} {options}", *lines, *end]))
    text = "".join(parts).replace(str(root), "/said")
    return re.sub(r" \(https:\S*/findings/#[a-z-]+\)", "", text)


def test_every_letter_is_as_expected(tmp_path: Path) -> None:
    assert said(tmp_path) == EXPECTED.read_bytes().decode()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        EXPECTED.write_bytes(said(Path(folder)).encode())
