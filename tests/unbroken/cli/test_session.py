"""A month with a small site: what every command prints and writes, to the letter.

What each part of it means, other tests say; here a slip shows wherever it is. ``session.txt`` is what is
expected: ``python -m tests.unbroken.cli.test_session`` writes it anew, for one to look at.
"""

from __future__ import annotations

import re
import shlex
import tempfile
from pathlib import Path

from tests.commands import must, run

EXPECTED = Path(__file__).with_name("session.txt")

LONG = """This page is about {}, at length and in detail: in the morning one opens the shutters, looks for
mail, writes three letters and a bill, carries them down the hill to the post, and waits for whoever comes
by. At noon somebody always asks what {} has to do with it. In the evening nobody does."""
SITE = {
    "mkdocs.yml": """site_name: Small
site_url: https://small.example/docs/
theme: {name: mkdocs, custom_dir: overrides}
nav:
  - Home: index.md
  - Guide:
      - guide/index.md
      - Set up: guide/setup.md
      - "Anchor": guide/use.md#second
  - About: about.md
extra_css: [styles/site.css]
markdown_extensions: [attr_list, def_list, pymdownx.snippets: {base_path: [snippets]}]
plugins:
  - search
  - unbroken:
      elsewhere: [/api/]
""",
    "overrides/main.html": """{% extends "base.html" %}
{% block footer %}<a href="{{ 'guide/setup/' | url }}">Set up</a>{% endblock %}
""",
    "snippets/note.md": "See [how to set up](../guide/setup.md#first).\n",
    "docs/styles/site.css": "body { background: url(../images/back.png) }\n",
    "docs/images/back.png": "no picture",
    "docs/images/plan.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "docs/index.md": """# Home

[Set up](guide/setup.md), [use](guide/use.md#second "Use it") and <a href="guide/old/">old</a>.
[By name][use]. ![Plan](images/plan.svg) [API](/docs/api/v1/) [mail](mailto:x@example.com)

[use]: guide/use.md
""",
    "docs/about.md": """---
title: About us
---
# About

[Nowhere](missing.md) [no heading](guide/use.md#third)
""",
    "docs/guide/index.md": "# Guide\n\n- [Set up](setup.md)\n- [Use](use.md)\n- [Limits](limits.md#most)\n",
    "docs/guide/setup.md": """# Set up

## First

Text of the first part, which is about installing and starting.

## Second {#later}

Text of the second part. [Back](#first) [Limits](limits.md)
""",
    "docs/guide/use.md": f"# Use\n\n## Second\n\n{LONG.replace('{}', 'how to use it well')}"
    '\n\n--8<-- "note.md"\n\n## Fourth\n\n[Up](index.md)\n',
    "docs/guide/limits.md": "# Limits\n\n## Most\n\nAt most ten.\n\n## Least\n\nAt least one.\n",
    "docs/guide/old.md": f"# Old\n\n{LONG.replace('{}', 'what was there before')}\n",
}
LOG = "".join(
    f'192.0.2.{n} - - [{day:02}/Oct/2025:10:00:00 +0000] "GET {path} HTTP/1.1" {status} 5 "-" "Browser {n}"\n'
    for n in range(1, 6)
    for day, path, status in [
        (1, "/docs/guide/", 200),
        (2, "/docs/guide/first/", 404),
        (3, "/docs/guide/sett/", 404),
        (4, "/docs/guide/earlier/?x=1", 301),
        (5, "/docs/style.css", 404),
        (6, "/wp-login.php", 404),
    ]
)
OTHERS = "# ours\n/docs/was /docs/guide/ 301\n/docs/x/* /docs/guide/:splat 301\n/docs/y /docs/about/ 302\n"


def write(root: Path, files: dict[str, str]) -> None:
    """Write files, and what is above them."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8", newline="\n")


class Session:
    """The site, and what has been typed and said so far."""

    def __init__(self, root: Path) -> None:
        self.root, self.said, self.commits = root, list[str](), 0
        write(root, SITE)
        must(run("git", "init", "-q", "-b", "main", cwd=root))
        write(root, {".gitignore": "site/\n.cache/\n"})
        self.commit("begin")

    def commit(self, words: str) -> None:
        """Commit everything, some hours later."""
        date = f"{1_759_312_800 + 20_000 * self.commits} +0000"
        who = {"NAME": "A", "EMAIL": "a@example.com", "DATE": date}
        env = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
        must(run("git", "add", "-A", cwd=self.root))
        must(run("git", "commit", "-q", "--allow-empty", "-m", words, cwd=self.root, env=env))
        self.commits += 1

    def type(self, line: str, given: str = "") -> None:
        """Type a command, note what it prints and writes, and commit that."""
        ran = run(*shlex.split(line), cwd=self.root, given=given.encode(), env={"COLUMNS": "100"})
        self.said.append(f"$ {line}\n{ran.stdout}{ran.stderr}")
        if ran.returncode:
            self.said.append(f"-> {ran.returncode}\n")
        must(run("git", "add", "-A", cwd=self.root))
        self.said.append(must(run("git", "diff", "--cached", "-U0", "--no-color", cwd=self.root)).stdout)
        self.commit(line)

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a file by hand, and commit that."""
        text = (self.root / name).read_text(encoding="utf-8")
        assert old in text
        write(self.root, {name: text.replace(old, new)})
        self.said.append(f"# {name}: {old!r} -> {new!r}\n")
        self.commit("edit")

    def text(self) -> str:
        """Everything, without what is another each time."""
        text = "".join(self.said).replace(str(self.root), "/small")
        return re.sub(r"(?m)^20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}", "YYYY-MM-DD HH:MM", text)


def session(root: Path) -> str:
    """Return what is typed and said in a month."""
    at = Session(root)
    at.type("unbroken init --yes")
    at.type("mkdocs build -q")
    at.type("unbroken record")
    at.type("unbroken check")
    for form in ("text", "json", "github", "junit"):
        at.type(f"unbroken check --all --format {form}")
    at.type("unbroken check --map")
    at.type("unbroken check --orphans --all")
    at.type("unbroken move docs/guide/setup.md docs/start/first.md --dry-run")
    at.type("unbroken move docs/guide/setup.md docs/start/first.md")
    at.type("unbroken move docs/guide/limits.md#most docs/guide/limits.md#highest --title Highest")
    at.type("unbroken move docs/guide/limits.md#least docs/about.md#least")
    at.type("unbroken move docs/guide docs/manual")
    at.type("unbroken move docs/images/plan.svg docs/images/map.svg")
    at.type("unbroken move --undo --list")
    at.type("unbroken move --undo")
    at.type(
        "unbroken move --from -", "docs/manual/old.md docs/manual/older.md\n# no\ndocs/none.md docs/x.md\n"
    )
    at.type("unbroken move --from -", "docs/manual/old.md docs/manual/older.md\ndocs/about.md docs/us.md\n")
    at.type("unbroken move docs/us.md docs/index.md")
    at.type("unbroken move docs/us.md https://else.example/us/")
    at.type("git mv docs/manual/use.md docs/manual/using.md")
    at.type("unbroken check --map")
    at.type("unbroken move --from-git HEAD~2 --dry-run")
    at.type("unbroken move --from-git HEAD~3 --dry-run")
    at.type("git rm -q docs/manual/older.md")
    at.edit("docs/manual/using.md", "## Fourth", "## Fifth")
    at.type("mkdocs build -q")
    at.type("unbroken check")
    at.type("unbroken check --since HEAD~3")
    at.type("unbroken recover --headings")
    at.type("unbroken recover --headings --format yaml")
    at.type("unbroken recover --headings --format json")
    at.type("unbroken recover --headings --write")
    at.type("unbroken recover --since HEAD~9")
    write(at.root, {"access.log": LOG, "_redirects": OTHERS})
    at.type("unbroken logs access.log")
    at.type("unbroken logs access.log --format json --all")
    at.type("unbroken logs access.log --prune --retire")
    at.type("unbroken import _redirects --dry-run --format netlify")
    at.type("unbroken import _redirects --yes --format netlify")
    at.type("mkdocs build -q")
    at.type("unbroken check --fix")
    at.type("unbroken check --format json")
    for address in (
        "/docs/guide/setup/#later",
        "docs/manual/setup.md",
        "/docs/never/",
        "https://else.example/",
        "/docs/x/y/",
    ):
        at.type(f"unbroken resolve {address}")
    at.type("unbroken export github")
    at.type("unbroken export netlify")
    at.type("unbroken export nginx -o rules")
    at.type("unbroken export nohost")
    at.type("unbroken explain dead-link")
    at.type("unbroken record --from HEAD~20")
    at.edit("mkdocs.yml", "elsewhere: [/api/]", "hosts: [netlify, s3]\n      max_age: 60")
    at.type("mkdocs build -q")
    at.type("unbroken finish")
    at.edit("mkdocs.yml", "hosts: [netlify, s3]", "hosts: [netlyfi, 3]\n      ledgr: x")
    at.type("unbroken check --map")
    at.type("mkdocs build -q")
    return at.text()


def test_a_month_goes_as_expected(tmp_path: Path) -> None:
    assert session(tmp_path) == EXPECTED.read_text(encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        EXPECTED.write_text(session(Path(folder)), encoding="utf-8", newline="\n")
