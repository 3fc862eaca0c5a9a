"""Tell where pages do not keep to how we write: `python -m scripts.words [FILE ...]`; no FILE means all."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
#: Made by a program, from words that stand elsewhere.
GENERATED = {DOCS / "unbroken/reference.md", DOCS / "unbroken/findings.md"}

#: What we do not write, and what instead.
WORDS = {
    r"\b(?:please|simply|easily|obviously|of course)\b": "leave it out",
    r"\b(?:utili[sz]e|leverage)s?\b": "use",
    r"\bin order to\b": "to",
    r"\b(?:will be able to|is able to|are able to)\b": "can",
    r"\be\.g\.": "for example",
    r"\bi\.e\.": "that is",
    r"\betc\b": "name them, or leave it out",
    r"\bclick here\b|\[(?:here|this|link)\]\(": "words that say where the link leads",
    r"\bfor you who\b": "say who, or what for",
    r"\b(?:we|the tool) (?:will|shall)\b": "present tense",
    r"\bto hear of it\b|\bvalues alone\b": "other words: nobody says that",
    r"\b(?:whitelist|blacklist)(?:ed)?\b": "allow, deny",
}
FENCE = re.compile(r"^ *(`{3,}|~{3,})")


def prose(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line of a page that is no code, with its number; what is code inside a line is blank."""
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        mark = FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence):
                fence = ""
        elif mark:
            fence = mark[1]
        else:
            yield number, re.sub(r"(`+)(.+?)\1", lambda code: " " * len(code[0]), line)


def faults(page: Path) -> Iterator[str]:
    """Yield what is wrong with a page, each in one line that names its place."""
    text = page.read_text(encoding="utf-8")
    name = page.relative_to(ROOT).as_posix() if page.is_relative_to(ROOT) else str(page)
    if not re.match(r"---\n(?:.*\n)*?description: \S", text):
        yield f"{name}:1:1: no description in the front matter: add one sentence for search engines"
    titles = [number for number, line in prose(text) if line.startswith("# ")]
    if len(titles) != 1:
        second = titles[1] if titles else 1
        yield f"{name}:{second}:1: {len(titles)} lines begin with '# ': a page has one title"
    for number, line in prose(text):
        for pattern, instead in WORDS.items():
            for found in re.finditer(pattern, line, re.IGNORECASE):
                yield f"{name}:{number}:{found.start() + 1}: '{found[0]}': {instead}"


def main(names: list[str]) -> int:
    """Print the faults of some pages, or of all; return the exit status."""
    pages = [Path(name).resolve() for name in names] or sorted(DOCS.rglob("*.md"))
    wrong = [fault for page in pages if page not in GENERATED for fault in faults(page)]
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
