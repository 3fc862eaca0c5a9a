"""Make a synthetic Material site of any size, with faults planted in known places.

Nested three deep. Each page has about 590 words, 8 headings, a table, a code block and 15 internal links, 5
of them with a fragment; there are as many redirects as pages. In every 100 pages are one broken link, one
broken anchor, one plain and one anchored link through a redirect, one anchored link through a redirect to an
anchor that is not there, and one redirect to a missing anchor.
"""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

CACHE = Path(__file__).parent.parent.parent / ".cache/bench"

_WORDS = """
    gateway request provider session token stream model cache retry limit route socket message frame client
    server header latency region worker binding prompt response event schema handshake upgrade payload queue
""".split()  # noqa: SIM905


@dataclass
class Corpus:
    """A generated site.

    Attributes:
        root: the folder of its mkdocs.yml.
        pages: how many pages it has.
        planted: for each kind of fault, the lines that have it, as (file, line).
    """

    root: Path
    pages: int
    planted: dict[str, set[tuple[str, int]]] = field(default_factory=dict)

    @property
    def site(self) -> Path:
        """Where it is built."""
        return self.root / "site"


def page_path(number: int) -> str:
    """The source path of a page, three folders deep."""
    return f"s{number // 100:02}/g{number // 10 % 10}/page-{number:05}.md"


def _headings(number: int) -> list[str]:
    return [f"Part {part} of {number}" for part in range(1, 9)]


def _link(here: str, there: str) -> str:
    return "../" * here.count("/") + there


def generate(root: Path, pages: int) -> Corpus:
    """Write the sources of a corpus; the same numbers always give the same bytes."""
    corpus = Corpus(root, pages, {})
    dice = random.Random(pages)
    docs = root / "docs"
    redirects = []
    for number in range(pages):
        path = page_path(number)
        lines = [f"# Page {number}", ""]
        targets = [dice.randrange(pages) for _ in range(15)]
        links = [
            f"[{dice.choice(_WORDS)} {n}]({_link(path, page_path(t))}"
            + (f"#part-{dice.randrange(1, 9)}-of-{t})" if n < 5 else ")")
            for n, t in enumerate(targets)
        ]
        faults = _faults(number, pages)
        for part, heading in enumerate(_headings(number)):
            lines += [f"## {heading}", ""]
            words = [dice.choice(_WORDS) for _ in range(66)]
            for _ in range(2):
                if links:
                    words.insert(dice.randrange(len(words)), links.pop())
            lines += [" ".join(words) + ".", ""]
            if part == 2:
                lines += ["| Name | Value | Use |", "| --- | --- | --- |"]
                lines += [f"| {dice.choice(_WORDS)} | {n} | {dice.choice(_WORDS)} |" for n in range(6)] + [""]
            if part == 4:
                lines += ["```python"]
                lines += [
                    f"{dice.choice(_WORDS)}_{n} = call({n}, name='{dice.choice(_WORDS)}')" for n in range(12)
                ]
                lines += ["```", ""]
        for kind, link in faults:
            lines += [link, ""]
            corpus.planted.setdefault(kind, set()).add((f"docs/{path}", len(lines) - 1))
        file = docs / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines), encoding="utf-8")
        fragment = "#not-there" if number % 100 == 60 else ""
        redirects.append(f"      old/page-{number:05}.md: {path}{fragment}")
        if fragment:
            corpus.planted.setdefault("dead-anchor", set()).add(("mkdocs.yml", len(_CONFIG) + number + 1))
    (docs / "index.md").write_text(
        "# Home\n\n" + "".join(f"- [Page {n}]({page_path(n)})\n" for n in range(0, pages, 10)),
        encoding="utf-8",
    )
    (root / "mkdocs.yml").write_text("\n".join([*_CONFIG, *redirects, ""]), encoding="utf-8")
    (root / "plain.yml").write_text(
        "\n".join([*_CONFIG, *redirects, ""]).replace("  unbroken: {hosts: [nginx]}\n", ""), encoding="utf-8"
    )
    return corpus


# Links through a redirect are raw HTML, because MkDocs would not know the old page path; and from the root,
# because MkDocs and Zensical do not agree on what a relative one is relative to.
def _faults(number: int, pages: int) -> list[tuple[str, str]]:
    other = (number * 7 + 13) % pages
    if other % 100 == 60:
        other = (other + 1) % pages
    return {
        10: [("broken-link", '<a href="/old/nothing/">broken</a>')],
        20: [("broken-anchor", f'<a href="/{page_path(other)[:-3]}/#nothing">broken</a>')],
        30: [("through-redirect", f'<a href="/old/page-{other:05}/">old</a>')],
        40: [("through-redirect", f'<a href="/old/page-{other:05}/#part-3-of-{other}">old</a>')],
        50: [("broken-anchor", f'<a href="/old/page-{other:05}/#nothing">old</a>')],
    }.get(number % 100, [])


_CONFIG = """\
site_name: Corpus
site_url: https://corpus.example/
theme:
  name: material
  font: false
  features: [navigation.prune, navigation.indexes]
markdown_extensions:
  toc:
    permalink: true
  attr_list: {}
  pymdownx.highlight: {}
  pymdownx.superfences: {}
plugins:
  search: {}
  unbroken: {hosts: [nginx]}
  redirects:
    redirect_maps:""".splitlines()


def build(corpus: Corpus, config: str = "mkdocs.yml") -> Corpus:
    """Build a corpus once; later calls find it built."""
    if not (corpus.site / "index.html").exists():
        subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", str(corpus.root / config)],
            check=True,
            stderr=subprocess.DEVNULL,  # the planted faults
            env={"PATH": "/usr/bin:/bin", "NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"},
        )
    return corpus


def built(pages: int) -> Corpus:
    """Return a built corpus of a size, from the cache where it is there."""
    return build(generate(CACHE / str(pages), pages))
