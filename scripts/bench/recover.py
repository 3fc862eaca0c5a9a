"""Measure `unbroken recover` on a long history: whole commands, on a repository made by `git fast-import`."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

from scripts.bench.corpus import CACHE
from scripts.bench.measure import side_by_side, table

BIN = Path(sys.executable).parent
_WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in "dlmnrst"]


def repository(commits: int, pages: int) -> Path:
    """Return a repository with so many commits and, at its end, so many pages.

    Of every 100 commits about 80 edit a page or two, 8 rename one, 4 remove one and put its text elsewhere, 3
    remove one, 4 change the navigation and 1 renames a folder of pages. As many are added as go.
    """
    folder = CACHE / f"history-{commits}-{pages}"
    if (folder / ".git/bench-done").exists():
        return folder
    dice = random.Random(commits)
    texts: dict[str, str] = {}
    made = 0

    def text() -> str:
        parts = [f"# {' '.join(dice.choices(_WORDS, k=4))}\n"]
        for _ in range(8):
            parts.append(
                f"## {' '.join(dice.choices(_WORDS, k=3))}\n\n{' '.join(dice.choices(_WORDS, k=70))}\n"
            )
        return "\n".join(parts)

    def new() -> str:
        nonlocal made
        made += 1
        path = f"docs/s{made % 20:02}/page-{made:05}.md"
        texts[path] = text()
        return path

    stream = [f"blob\nmark :1\ndata {len(_CONFIG)}\n{_CONFIG}\n"]
    changed = {new() for _ in range(pages)}
    for number in range(commits):
        gone: set[str] = set()
        names = sorted(texts)
        what = dice.random()
        if number:
            changed = set()
            if what < 0.8:
                for path in dice.sample(names, 2):
                    texts[path] += f"\n{' '.join(dice.choices(_WORDS, k=20))}\n"
                    changed.add(path)
            elif what < 0.88:
                old = dice.choice(names)
                gone.add(old)
                changed.add(fresh := f"docs/s{dice.randrange(20):02}/moved-{number:05}.md")
                texts[fresh] = texts.pop(old)
            elif what < 0.95:
                old, other = dice.sample(names, 2)
                if what < 0.92:
                    texts[other] += "\n" + texts[old].partition("\n")[2]
                    changed.add(other)
                del texts[old]
                gone.add(old)
                changed.add(new())
            elif what < 0.99:
                pass
            else:
                old_folder = dice.choice(names).rpartition("/")[0]
                new_folder = f"docs/s{dice.randrange(20):02}n{number:05}"
                for old in [name for name in names if name.startswith(old_folder + "/")]:
                    gone.add(old)
                    changed.add(fresh := new_folder + old[len(old_folder) :])
                    texts[fresh] = texts.pop(old)
        when = f"Bench <bench@example.com> {1_600_000_000 + number * 3600} +0000"
        stream.append(f"commit refs/heads/main\ncommitter {when}\ndata 0\n")
        config = f"{_CONFIG}nav:\n" + "".join(f"  - {name[5:]}\n" for name in sorted(texts))
        if not number or what >= 0.95 or gone:
            stream.append(f"M 644 inline mkdocs.yml\ndata {len(config)}\n{config}\n")
        stream += [f"D {path}\n" for path in sorted(gone)]
        stream += [
            f"M 644 inline {path}\ndata {len(texts[path])}\n{texts[path]}\n" for path in sorted(changed)
        ]
    folder.mkdir(parents=True, exist_ok=True)
    for command in (
        ["init", "-q", "-b", "main"],
        ["fast-import", "--quiet"],
        ["reset", "-q", "--hard", "main"],
    ):
        data = "".join(stream).encode() if command[0] == "fast-import" else b""
        subprocess.run(["git", "-C", str(folder), *command], input=data, check=True)
    (folder / ".git/bench-done").touch()
    return folder


_CONFIG = "site_name: History\nplugins:\n  redirects:\n    redirect_maps: {}\n"


def recover(commits: int, pages: int, rounds: int) -> None:
    """Time `unbroken recover`, with and without headings."""
    folder = repository(commits, pages)
    commands: dict[str, list[str | Path]] = {
        "recover": [BIN / "unbroken", "recover", "-o", "/dev/null"],
        "recover --headings": [BIN / "unbroken", "recover", "--headings", "-o", "/dev/null"],
    }
    print(subprocess.run(commands["recover"], cwd=folder, capture_output=True, text=True, check=False).stderr)
    table(f"{commits:,} commits, {pages:,} pages", side_by_side(commands, folder, rounds), "recover")
