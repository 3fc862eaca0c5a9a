"""Make a synthetic Material site of any size, with faults planted in known places.

Nested three deep. Each page has about 590 words, 8 headings, a table, a code block and 15 internal links, 5
of them with a fragment; there are as many redirects as pages. In every 100 pages are one broken link, one
broken anchor, one plain and one anchored link through a redirect, one anchored link through a redirect to an
anchor that is not there, and one redirect to a missing anchor; git has edited pages twenty times. That is the
plain corpus; ``traits`` says what others have besides.
"""

from __future__ import annotations

import dataclasses
import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from scripts.bench import traits as of
from scripts.bench.traits import LIKES, Traits
from unbroken.builders import record
from unbroken.workspace import config as configuration

CACHE = Path(__file__).parent.parent.parent / ".cache/bench"
PLAIN = LIKES["plain"]
page_path = of.page_path

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
        traits: what it is like.
    """

    root: Path
    pages: int
    planted: dict[str, set[tuple[str, int]]] = field(default_factory=dict)
    traits: Traits = PLAIN

    @property
    def site(self) -> Path:
        """Where it is built."""
        return self.root / "site"

    def plant(self, kind: str, file: str, line: int) -> None:
        """Note where a fault is."""
        self.planted.setdefault(kind, set()).add((file, line))


def _link(here: str, there: str) -> str:
    return "../" * here.count("/") + there


def generate(root: Path, pages: int, traits: Traits = PLAIN) -> Corpus:
    """Write the sources of a corpus; the same numbers and traits always give the same bytes."""
    corpus = Corpus(root, pages, {}, traits)
    dice = random.Random(pages + traits.seed * 1_000_003)
    head = _head(corpus)
    redirects = []
    texts = {}
    for number in range(pages):
        path = page_path(number, traits)
        texts[path] = _page(corpus, number, dice)
        fragment = "#not-there" if number % 100 == 60 else ""
        redirects.append(f"      old/page-{number:05}.md: {path}{fragment}")
        if fragment:
            corpus.plant("dead-anchor", "mkdocs.yml", len(head) + number + 1)
    for number in range(pages * traits.heavy // 100):
        redirects.append(f"      old/heavy-{number:05}.md: {of.heavy(number, pages, traits)}")
    texts["index.md"] = "# Home\n\n" + "".join(
        f"- [Page {n}]({page_path(n, traits)})\n" for n in range(0, pages, 10)
    )
    for path, text in texts.items():
        _write(root / "docs" / path, text)
    settings = "\n".join([*head, *redirects, ""])
    _write(root / "mkdocs.yml", settings)
    _write(root / "plain.yml", settings.replace("  unbroken: {hosts: [nginx]}\n", ""))
    if traits.includes:
        for number in range(of.INCLUDES):
            _write(root / f"includes/note-{number}.md", of.include(number, pages, traits))
        corpus.plant("broken-link", "includes/note-0.md", 3)
    if traits.templates:
        _write(root / "overrides/main.html", of.template(pages, traits))
        corpus.plant("broken-link", "overrides/main.html", 3)
    if traits.ledger:
        _write(root / "published-urls.txt", _ledger(corpus))
    _write(root / ".gitignore", "site/\ntimed/\n.cache/\n")
    if traits.commits and not (root / ".git").exists():
        _commit(corpus, texts, dice)
    return corpus


def _write(file: Path, text: str) -> None:
    """Write a file unless it is there: what was touched after the build would be looked into by each run."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.is_file() or file.read_bytes() != text.encode():
        file.write_text(text, encoding="utf-8")


def _page(corpus: Corpus, number: int, dice: random.Random) -> str:
    """Return the source of a page."""
    traits, pages = corpus.traits, corpus.pages
    path = page_path(number, traits)
    lines = [f"# Page {number}", ""]
    targets = [dice.randrange(pages) for _ in range(15)]
    links = [
        f"[{dice.choice(_WORDS)} {n}]({_link(path, page_path(t, traits))}"
        + (f"#part-{dice.randrange(1, 9)}-of-{t})" if n < 5 else ")")
        for n, t in enumerate(targets)
    ]
    for part in range(8):
        lines += [f"## Part {part + 1} of {number}", ""]
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
    for drawing in range(traits.drawings):
        lines += of.drawing(drawing)
    if traits.encoded:
        lines += of.spelt(number, targets[0], traits)
    if traits.includes:
        lines += [f'--8<-- "note-{number % of.INCLUDES}.md"', ""]
    if of.is_reference(number, traits):
        lines += [f"<!-- reference {number} -->", ""]
    for kind, link in [*_faults(number, corpus), *_more_faults(number, corpus)]:
        lines += [link, ""]
        corpus.plant(kind, f"docs/{path}", len(lines) - 1)
    return "\n".join(lines)


# Links through a redirect are raw HTML, because MkDocs would not know the old page path; and from the root,
# because MkDocs and Zensical do not agree on what a relative one is relative to.
def _faults(number: int, corpus: Corpus) -> list[tuple[str, str]]:
    other = _other(number, corpus.pages)
    there = page_path(other, corpus.traits)[:-3]
    return {
        10: [("broken-link", '<a href="/old/nothing/">broken</a>')],
        20: [("broken-anchor", f'<a href="/{there}/#nothing">broken</a>')],
        30: [("through-redirect", f'<a href="/old/page-{other:05}/">old</a>')],
        40: [("through-redirect", f'<a href="/old/page-{other:05}/#part-3-of-{other}">old</a>')],
        50: [("broken-anchor", f'<a href="/old/page-{other:05}/#nothing">old</a>')],
    }.get(number % 100, [])


def _other(number: int, pages: int) -> int:
    other = (number * 7 + 13) % pages
    return (other + 1) % pages if other % 100 == 60 else other


def _more_faults(number: int, corpus: Corpus) -> list[tuple[str, str]]:
    """Return this page's share of the faults that are asked for, no two alike."""
    path, found = page_path(number, corpus.traits), []
    for fault in range(number, corpus.traits.findings, corpus.pages):
        other = _other(fault, corpus.pages)
        there = page_path(other, corpus.traits)
        found.append(
            [
                ("broken-link", f'<a href="/old/nothing-{fault}/">broken</a>'),
                ("broken-anchor", f"[broken]({_link(path, there)}#nothing-{fault})"),
                ("through-redirect", f'<a href="/old/page-{other:05}/?{fault}">old</a>'),
                ("broken-link", f"[broken](gone-{fault}.md)"),
            ][fault % 4]
        )
    return found


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


def _head(corpus: Corpus) -> list[str]:
    """Return the lines of the configuration before the redirects."""
    traits = corpus.traits
    changed = {}
    if traits.navigation:
        changed["  features: [navigation.prune, navigation.indexes]"] = ["  features: [navigation.indexes]"]
    if traits.templates:
        changed["  font: false"] = ["  font: false", "  custom_dir: overrides"]
    if traits.lines:
        changed["  pymdownx.highlight: {}"] = [
            "  pymdownx.highlight: {anchor_linenums: true, line_spans: __span}"
        ]
    if traits.includes:
        folder = json.dumps(str(corpus.root / "includes"))
        changed["  pymdownx.superfences: {}"] = [
            "  pymdownx.superfences: {}", f"  pymdownx.snippets: {{base_path: [{folder}]}}",
        ]  # fmt: skip
    if traits.minified or traits.reference:
        said = {name: int(value) for name, value in dataclasses.asdict(traits).items()}
        changed["plugins:"] = [
            f"hooks: [{json.dumps(str(of.HOOK))}]", f"extra: {{corpus: {json.dumps(said)}}}", "plugins:",
        ]  # fmt: skip
    lines = [line for given in _CONFIG for line in changed.get(given, [given])]
    if traits.navigation:
        at = lines.index("plugins:")
        lines[at:at] = of.navigation(corpus.pages, traits)
    return lines


def _ledger(corpus: Corpus) -> str:
    """Return as many of the published addresses as are asked for, evenly chosen."""
    traits, known = corpus.traits, []
    for number in range(corpus.pages):
        page = f"/{page_path(number, traits)[:-3]}/".replace("größe", "gr%C3%B6%C3%9Fe")
        anchors = [f"part-{part}-of-{number}" for part in range(1, 9)]
        if of.is_reference(number, traits):
            anchors += of.anchors_of_reference(number, traits)
        known += [page, *(f"{page}#{anchor}" for anchor in anchors), f"/old/page-{number:05}/"]
    if len(known) > traits.ledger:
        known = [known[at * len(known) // traits.ledger] for at in range(traits.ledger)]
    return "\n".join([*sorted(known), ""])


def _commit(corpus: Corpus, texts: dict[str, str], dice: random.Random) -> None:
    """Commit the sources, after as many commits that each edited thirty pages."""
    steps = [dice.sample(sorted(texts), min(30, len(texts))) for _ in range(corpus.traits.commits)]
    run = ["git", "-C", str(corpus.root), "-c", "user.name=Bench", "-c", "user.email=bench@example.com"]
    subprocess.run([*run, "init", "-q", "-b", "main"], check=True)
    with subprocess.Popen([*run, "fast-import", "--quiet"], stdin=subprocess.PIPE) as git:
        assert git.stdin
        for step, paths in enumerate([sorted(texts), *steps, sorted(texts)]):
            when = f"Bench <bench@example.com> {1_600_000_000 + step} +0000"
            git.stdin.write(f"commit refs/heads/main\ncommitter {when}\ndata 0\n".encode())
            for path in paths:
                text = (texts[path] + ("" if step > len(steps) else f"\nDraft {step}.\n")).encode()
                git.stdin.write(f'M 644 inline "docs/{path}"\ndata {len(text)}\n'.encode() + text + b"\n")
    for command in (["reset", "-q"], ["add", "-A"], ["commit", "-q", "-m", "Sources"]):
        subprocess.run([*run, *command], check=True)


def build(corpus: Corpus, config: str = "mkdocs.yml") -> Corpus:
    """Build a corpus unless the record of its last build holds for what it is now."""
    settings = configuration.read(corpus.root / config)
    known = record.read(settings, corpus.site)
    if known is None or known.changed(settings) is not None:
        subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", str(corpus.root / config)],
            check=True,
            stderr=subprocess.DEVNULL,  # the planted faults
            env={"PATH": os.defpath, "NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"},
        )
    return corpus


def built(pages: int, traits: Traits = PLAIN) -> Corpus:
    """Return a built corpus of a size, from the cache where it is there."""
    return build(generate(CACHE / f"{pages}-{traits.name}", pages, traits))
