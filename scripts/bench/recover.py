"""Measure `unbroken recover` on a long history: whole commands, on a repository made by `git fast-import`.

There are two histories. The plain one touches its pages evenly. The busy one is like those of large projects:
a page of release notes grows in every other commit, a few pages with many headings are edited again and
again, and translations of them stand beside ``docs_dir``.
"""

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
    _import(folder, "".join(stream))
    return folder


#: In the busy history: how many pages are edited again and again, their headings, and the languages beside.
_HOT, _HEADINGS, _LANGUAGES = 40, 60, ("de", "fr", "ja", "pt", "zh")


class _Busy:
    """The pages of the busy history, each with its headings and their texts.

    Args:
        pages: how many pages there are at its beginning.
        dice: what chance decides by.
    """

    def __init__(self, pages: int, dice: random.Random) -> None:
        self.dice = dice
        self.notes: list[str] = []
        self.pages = {
            f"docs/en/s{n % 20:02}/page-{n:05}.md": [self.part() for _ in range(_HEADINGS if n < _HOT else 8)]
            for n in range(pages)
        }
        self.hot = list(self.pages)[:_HOT]
        self.names = {path: path for path in self.pages}

    def part(self) -> tuple[str, str]:
        """Return a heading with a text of seventy words."""
        words = self.dice.choices
        return " ".join(words(_WORDS, k=3)), " ".join(words(_WORDS, k=70))

    def text(self, path: str) -> str:
        """Return the source of a page."""
        return f"# {path[8:-3]}\n\n" + "".join(f"## {h}\n\n{body}\n\n" for h, body in self.pages[path])

    def note(self, number: int) -> dict[str, str]:
        """Add a line to the release notes, and every twentieth time a release."""
        line = f"* {' '.join(self.dice.choices(_WORDS, k=12))}. PR #{number}.\n"
        if number % 20 == 0:
            self.notes.insert(0, f"## 0.{number // 20}.0\n\n### Features\n\n### Fixes\n\n")
        self.notes.insert(1 if number >= 20 else 0, line)
        return {"docs/en/release-notes.md": "# Release notes\n\n" + "".join(self.notes)}

    def edit(self) -> dict[str, str]:
        """Edit a section of a page that is edited often; of five, one is renamed, added or removed."""
        path = self.dice.choice(self.hot)
        parts, at = self.pages[path], self.dice.randrange(len(self.pages[path]))
        what = self.dice.random()
        if what < 0.8:
            parts[at] = (parts[at][0], f"{parts[at][1]} {' '.join(self.dice.choices(_WORDS, k=5))}")
        elif what < 0.9:
            parts[at] = (self.part()[0], parts[at][1])
        elif what < 0.95:
            parts.insert(at, self.part())
        else:
            del parts[at]
        return {path: self.text(path)}

    def translate(self) -> dict[str, str]:
        """Write a translation anew, after the page that it is of."""
        path = self.dice.choice(self.hot)
        return {path.replace("docs/en/", f"docs/{self.dice.choice(_LANGUAGES)}/"): self.text(path)}

    def move(self, number: int) -> tuple[str, dict[str, str]]:
        """Rename a page that is not edited often."""
        old = self.dice.choice([path for path in self.pages if path not in self.hot])
        new = f"docs/en/s{self.dice.randrange(20):02}/moved-{number:05}.md"
        self.pages[new] = self.pages.pop(old)
        return old, {new: self.text(new)}


def busy(commits: int, pages: int) -> Path:
    """Return a repository with the busy history."""
    folder = CACHE / f"busy-{commits}-{pages}"
    if (folder / ".git/bench-done").exists():
        return folder
    dice = random.Random(commits)
    site = _Busy(pages, dice)
    config = "site_name: History\ndocs_dir: docs/en\n"
    stream = []
    for number in range(commits):
        gone, what = "", dice.random()
        if not number:
            changed = {"mkdocs.yml": config, **{path: site.text(path) for path in site.pages}}
        elif what < 0.5:
            changed = site.note(number)
        elif what < 0.85:
            changed = site.edit()
        elif what < 0.97:
            changed = site.translate()
        else:
            gone, changed = site.move(number)
        when = f"Bench <bench@example.com> {1_600_000_000 + number * 3600} +0000"
        stream.append(f"commit refs/heads/main\ncommitter {when}\ndata 0\n" + (f"D {gone}\n" if gone else ""))
        stream += [f"M 644 inline {path}\ndata {len(text)}\n{text}\n" for path, text in changed.items()]
    _import(folder, "".join(stream))
    return folder


def _import(folder: Path, stream: str) -> None:
    """Make a repository of what `git fast-import` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    for command in (
        ["init", "-q", "-b", "main"],
        ["fast-import", "--quiet"],
        ["reset", "-q", "--hard", "main"],
    ):
        data = stream.encode() if command[0] == "fast-import" else b""
        subprocess.run(["git", "-C", str(folder), *command], input=data, check=True)
    (folder / ".git/bench-done").touch()


_CONFIG = "site_name: History\nplugins:\n  redirects:\n    redirect_maps: {}\n"


def recover(commits: int, pages: int, rounds: int, histories: list[str]) -> None:
    """Time `unbroken recover`, with and without headings, on each of the histories."""
    for history in histories:
        folder = {"plain": repository, "busy": busy}[history](commits, pages)
        commands: dict[str, list[str | Path]] = {
            "recover": [BIN / "unbroken", "recover", "-o", "/dev/null"],
            "recover --headings": [BIN / "unbroken", "recover", "--headings", "-o", "/dev/null"],
        }
        for command in commands.values():
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            print(done.stderr.splitlines()[-1])
        title = f"The {history} history: {commits:,} commits, {pages:,} pages, {rounds} rounds"
        table(title, side_by_side(commands, folder, rounds), "recover")
