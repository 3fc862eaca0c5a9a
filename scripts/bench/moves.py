"""Move pages, folders, headings and sections of a small site at random, and follow every old address.

What visitors find is read from the built files alone, as a browser reads them: the resolver here shares no
code with the package, so that both cannot be wrong in the same way.
"""

from __future__ import annotations

import contextlib
import json
import posixpath
import random
import re
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urljoin, urlsplit

from click.testing import CliRunner
from mkdocs.commands.build import build
from mkdocs.config import load_config
from selectolax.lexbor import LexborHTMLParser

from unbroken.cli.main import main as unbroken

BASE = "https://docs.example/base/"
PAGES = [
    "index.md", "start.md", "guide/index.md", "guide/setup.md", "guide/deep/limits.md", "guide/deep/café.md",
    "api/README.md", "api/calls.md",
]  # fmt: skip
NAMES = ["start", "setup", "calls", "limits", "café", "two words", "new", "index"]
FOLDERS = ["guide", "api", "manual", "guide/deep", "manual/deep", "old/er"]
#: Few, so that pages share them and moves meet them again.
PARTS = ["Setup", "Usage", "Limits", "Größe"]
ANCHORS = ["setup", "usage", "limits", "größe", "first", "second", "third"]
#: The share of moves that look for a place where nothing is; the others may be refused.
MOSTLY = 0.8
#: More hops than these on the way to the content are a circle.
MOST_HOPS = 5

SETTINGS = f"""site_name: x
site_url: {BASE}
theme:
  name: null
  custom_dir: theme
markdown_extensions: [attr_list]
plugins:
  - unbroken
"""
TEMPLATE = "<!doctype html><title>x</title><article>{{ page.content }}</article>"


class Lost(NamedTuple):
    """An address that no longer leads to its content, after a step."""

    step: int
    command: str
    address: str
    content: str
    found: str


class Result(NamedTuple):
    """What came of a run: moves made by kind, moves refused, addresses published, and the faults."""

    made: Counter[str]
    refused: int
    published: int
    lost: list[Lost]


def drive(root: Path, steps: int, seed: int) -> Result:
    """Write a site below a folder, move its content at random, and follow every old address after each move.

    Raises:
        AssertionError: a command failed otherwise than by refusing, or a refused move changed a file.
    """
    chance = random.Random(seed)
    _write(root, chance)
    made: Counter[str] = Counter()
    refused = 0
    lost: dict[str, Lost] = {}
    with contextlib.chdir(root):
        site = _built(root)
        published = dict(site.contents())
        for step in range(1, steps + 1):
            kind, arguments = _step(site, root / "docs", chance)
            before = _sources(root)
            done = CliRunner().invoke(unbroken, ["move", *arguments], catch_exceptions=False)
            command = f"unbroken move {' '.join(arguments)}"
            if done.exit_code:
                assert done.exit_code == 2, f"{command}\n{done.output}"
                assert _sources(root) == before, f"{command} was refused, and changed files\n{done.output}"
                refused += 1
                continue
            made[kind] += 1
            site = _built(root)
            for address, content in [*published.items(), *site.links()]:
                found = site.follow(address)
                if found != content:
                    lost.setdefault(address, Lost(step, command, address, content, found))
            published = dict(site.contents()) | published
    return Result(made, refused, len(published), list(lost.values()))


def _write(root: Path, chance: random.Random) -> None:
    """Write the site. Each paragraph says which content it is, and each link which it leads to."""
    number = 0
    pages: dict[str, list[tuple[str, str]]] = {}
    places: list[tuple[str, str]] = []
    for path in PAGES:
        pages[path] = []
        for line in [f"# About {path[:-3]}", *(f"## {part}" for part in chance.sample(PARTS, 3)), "### More"]:
            number += 1
            pages[path].append((line, f"content-{number}"))
            places.append((path + ("" if line.startswith("# ") else f"#{_slug(line)}"), f"content-{number}"))
    for path, parts in pages.items():
        text = ""
        for line, content in parts:
            there, other = chance.choice(places)
            page, _, anchor = there.partition("#")
            link = quote(posixpath.relpath(page, posixpath.dirname(path) or ".")) + (anchor and f"#{anchor}")
            text += f"{line}\n\n{content} and [to {other}]({link}).\n\n"
        _put(root / "docs" / path, text)
    _put(root / "mkdocs.yml", SETTINGS)
    _put(root / "theme/main.html", TEMPLATE)


def _put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _slug(line: str) -> str:
    # What Markdown's own slugs are for these headings.
    return {"größe": "groe"}.get(line.lstrip("# ").lower(), line.lstrip("# ").lower())


def _sources(root: Path) -> dict[str, bytes]:
    return {
        file.relative_to(root).as_posix(): file.read_bytes()
        for file in root.rglob("*")
        if file.is_file() and file.relative_to(root).parts[0] not in (".cache", "site")
    }


def _built(root: Path) -> Built:
    """Build the site as `mkdocs build --strict` does, and record its addresses as a deployment does."""
    config = load_config(str(root / "mkdocs.yml"), strict=True)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    config.plugins.on_shutdown()
    done = CliRunner().invoke(unbroken, ["record"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return Built(root / "site")


def _step(site: Built, docs: Path, chance: random.Random) -> tuple[str, list[str]]:
    """Choose a move. Some find their place taken, and are refused."""
    files = sorted(file.relative_to(docs).as_posix() for file in docs.rglob("*.md"))
    # The front page stays: a site without one is another matter.
    page = chance.choice([file for file in files if file != "index.md"])
    kind = chance.choice(["page", "page", "folder", "heading", "heading", "section", "section"])
    if kind == "page":
        folder = chance.choice(["", *FOLDERS])
        return kind, [page, posixpath.join(folder, f"{chance.choice(NAMES)}.md")]
    folders = sorted({posixpath.dirname(file) for file in files} - {""})
    if kind == "folder" and folders:
        old = chance.choice(folders)
        free = [folder for folder in FOLDERS if folder not in folders and not folder.startswith(f"{old}/")]
        return kind, [old, chance.choice(free if free and chance.random() < MOSTLY else FOLDERS)]
    page = chance.choice(files)
    anchors = site.anchors(_address(page))
    if not anchors:
        return "page", [page, f"{chance.choice(NAMES)}.md"]
    old, new = chance.choice(anchors), chance.choice(ANCHORS)
    if kind == "section":
        free = [file for file in files if old not in site.anchors(_address(file))]
        there = chance.choice(free if free and chance.random() < MOSTLY else files)
        return kind, [f"{page}#{old}", f"{there}#{old if chance.random() < MOSTLY else new}"]
    title = ["--title", new.capitalize()] if chance.random() < 0.3 else []
    return "heading", [f"{page}#{old}", f"{page}#{new}", *title]


def _address(source: str) -> str:
    """Return where MkDocs shows a page."""
    stem = source.removesuffix(".md")
    folder, name = posixpath.split(stem)
    place = folder if name in ("index", "README") else stem
    return urljoin(BASE, quote(place and f"{place}/"))


class Built:
    """A built site, read as visitors without any server's rules see it."""

    def __init__(self, folder: Path) -> None:
        self._pages: dict[str, LexborHTMLParser] = {}
        for file in sorted(folder.rglob("*.html")):
            place = file.relative_to(folder).as_posix().removesuffix("index.html")
            self._pages[urljoin(BASE, quote(place))] = LexborHTMLParser(file.read_bytes().decode("utf-8"))

    def contents(self) -> list[tuple[str, str]]:
        """Return every address of every page and of its anchors, with the content there."""
        found = []
        for address, page in self._pages.items():
            if page.css_first("article"):
                found.append((address, _content(page, "")))
                for tag in page.css("article [id]"):
                    name = tag.attributes["id"] or ""
                    found.append((f"{address}#{quote(name)}", _content(page, name)))
        return found

    def links(self) -> list[tuple[str, str]]:
        """Return where the links in pages' text lead, with the content that they name."""
        found = []
        for address, page in self._pages.items():
            for tag in page.css("article a[href]"):
                if says := re.fullmatch(r"to (content-\d+)", tag.text()):
                    found.append((urljoin(address, tag.attributes["href"] or ""), says[1]))
        return found

    def anchors(self, address: str) -> list[str]:
        """Return the anchors of a page's sections."""
        return [tag.attributes["id"] or "" for tag in self._pages[address].css("h2[id], h3[id]")]

    def follow(self, address: str) -> str:
        """Return the content that a visitor sees at an address, or what stands in the way."""
        for _ in range(MOST_HOPS):
            parts = urlsplit(address)
            page = self._pages.get(parts._replace(fragment="").geturl())
            if page is None:
                return f"nothing at {address}"
            name = unquote(parts.fragment)
            stub = page.css_first("script[data-unbroken-to]")
            if stub is None:
                if not name or _has(page, name):
                    return _content(page, name)
                script = page.css_first("script[data-unbroken-moves]")
                moves = json.loads((script.attributes["data-unbroken-moves"] if script else None) or "{}")
                if name not in moves:
                    return f"no #{name} at {address}"
                address = urljoin(address, moves[name])
                continue
            onward = stub.attributes["data-unbroken-to"] or ""
            refresh = page.css_first('meta[http-equiv="refresh"]')
            said = re.fullmatch(r"\d+; *url=(.*)", (refresh.attributes["content"] if refresh else None) or "")
            if said is None or said[1] != onward:
                return f"script and refresh disagree at {address}"
            anchors = json.loads(stub.attributes.get("data-unbroken-anchors") or "{}")
            if name in anchors:
                onward = anchors[name]
            elif name:
                onward = f"{onward.partition('#')[0]}#{parts.fragment}"
            address = urljoin(address, onward)
        return f"a circle at {address}"


def _has(page: LexborHTMLParser, name: str) -> bool:
    return any(tag.attributes["id"] == name for tag in page.css("[id]"))


def _content(page: LexborHTMLParser, name: str) -> str:
    """Return what the first paragraph after an anchor says it is; after none, that of the page."""
    reached = not name
    article = page.css_first("article")
    for tag in article.traverse() if article else ():
        reached = reached or tag.attributes.get("id") == name
        if reached and tag.tag == "p" and (says := re.match(r"content-\d+", tag.text())):
            return says[0]
    return "nothing"


def moves(steps: int, seed: int) -> None:
    """Move at random and print how many addresses were lost."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        result = drive(Path(folder).resolve(), steps, seed)
    for each in result.lost:
        print(f"step {each.step}: {each.command}\n  {each.address} showed {each.content}, now {each.found}")
    made = ", ".join(f"{number} of a {kind}" for kind, number in sorted(result.made.items()))
    print(f"{steps:,} steps with seed {seed}, {time.perf_counter() - start:.0f} s")
    print(f"moves made: {made}; refused: {result.refused}; addresses published: {result.published:,}")
    print(f"addresses lost: {len(result.lost)}")
