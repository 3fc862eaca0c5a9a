"""What the contributor pages show is what the tool prints: every example there is run here."""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from tests import built
from tests.commands import ROOT, must, run
from tests.servers.nginx import nginx
from tests.sitecopy import GIT
from unbroken.cli.main import main
from unbroken.findings.base import HELP, Place
from unbroken.findings.catalog import CODES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = ROOT / "docs/unbroken"
FINDINGS = (PAGES / "findings.md").read_text(encoding="utf-8")
MOVED_HEADINGS = (PAGES / "moved-headings.md").read_text(encoding="utf-8")

_FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SECTION = re.compile(r"^#{2,3} (.+?)(?: \{ #([\w-]+) \})?$", re.MULTILINE)
_ROW = re.compile(r"^\| `([\w/]+\.md)` \| (.*) \|$", re.MULTILINE)

#: What only a running server shows.
SERVED = {"no-answer", "bad-redirect", "no-anchor", "query-lost"}

#: What stands above an excerpt of redirects.yml that does not begin at line 1.
_ABOVE = ["plugins:", "  redirects:", "    redirect_maps:"]

_BUILD = """\
site_name: A small site
theme: {name: null, custom_dir: theme}
markdown_extensions: [attr_list]
"""
_CONFIG = """\
INHERIT: redirects.yml
site_name: A small site
"""
_THEME = "<!doctype html><title>{{ page.title }}</title><article>\n{{ page.content }}\n</article>\n"


@dataclass
class Example:
    """Files, and what the tool says of them."""

    section: str
    files: dict[str, str] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    commands: list[str] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)


def sections(text: str) -> Iterator[tuple[str, str]]:
    """The anchor of each section of a page, or its heading where it has none, and the section's text."""
    code = [range(*block.span()) for block in _FENCE.finditer(text)]
    found = [found for found in _SECTION.finditer(text) if not any(found.start() in b for b in code)]
    ends = [*(section.start() for section in found), len(text)][1:]
    for here, end in zip(found, ends, strict=True):
        yield here[2] or here[1], text[here.end() : end]


def examples(text: str) -> Iterator[Example]:
    """Every example on a page: blocks with a title are files, those after them what comes of them."""
    for section, body in sections(text):
        example = Example(section)
        for language, options, code in _FENCE.findall(body):
            if name := re.search(r'title="([^"]+)"', options):
                if example.said:
                    yield example
                    example = Example(section)
                first = re.search(r'linenums="(\d+)"', options)
                above = _ABOVE[: int(first[1]) - 1] if first else []
                example.files[name[1]] = "".join(f"{line}\n" for line in above) + in_full(code)
                if language == "diff":
                    example.changed.add(name[1])
            elif language == "sh" and not example.said:
                example.commands.append(code)
            elif (example.files or example.commands) and language in ("text", "console", "html"):
                example.said.append((language, code))
        if example.said:
            yield example


def in_full(code: str) -> str:
    """Write out what `# ...` stands for between two lines that differ by a number."""

    def lines(found: re.Match[str]) -> str:
        before, first, after, last = found.groups()
        return "".join(f"{before}{i}{after}\n" for i in range(int(first), int(last) + 1))

    return re.sub(r"(?m)^(.*?)(\d+)(.*)\n *# \.\.\..*\n\1(\d+)\3\n", lines, code)


@pytest.fixture(scope="session")
def small_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site in the examples, as its table on the page tells, built by MkDocs."""
    folder = tmp_path_factory.mktemp("small")
    pages = _ROW.findall(FINDINGS)
    assert len(pages) > 2
    for name, headings in pages:
        write(folder, {f"docs/{name}": "".join(f"## {heading}\n\n" for heading in headings.split(", "))})
    write(
        folder, {"mkdocs.yml": _CONFIG, "redirects.yml": "\n".join([*_ABOVE, ""]), "theme/main.html": _THEME}
    )
    build(folder)
    return folder


@pytest.fixture(scope="session")
def small_site_by_zensical(small_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same site, built by Zensical."""
    folder = tmp_path_factory.mktemp("small") / "site"
    shutil.copytree(small_site, folder, ignore=shutil.ignore_patterns("site"))
    build(folder, "zensical")
    return folder


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def build(folder: Path, builder: str = "mkdocs") -> None:
    """Build the small site without our plugin, so that its examples may be wrong."""
    write(folder, {"build.yml": _BUILD})
    must(run(builder, "build", "--config-file", "build.yml", cwd=folder))


@pytest.fixture
def here(small_site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the small site, which is the working directory."""
    return at_home(small_site, tmp_path, monkeypatch)


@pytest.fixture
def here_by_zensical(small_site_by_zensical: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, built by Zensical."""
    return at_home(small_site_by_zensical, tmp_path, monkeypatch)


def at_home(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    shutil.copytree(site, folder)
    monkeypatch.chdir(folder)
    return folder


def prepare(folder: Path, example: Example, builder: str = "mkdocs") -> None:
    """Write an example's files, build what it changes, run its commands."""
    diffs = {name: code for name, code in example.files.items() if name in example.changed}
    write(folder, {name: code for name, code in example.files.items() if name not in diffs})
    if diffs:
        must(run("git", "init", "--quiet", cwd=folder))
        for sign in "-+":
            write(folder, {name: side(code, sign) for name, code in diffs.items()})
            must(run("git", "add", "--all", cwd=folder, env=GIT))
            must(run("git", "commit", "--quiet", "--message", "Change", cwd=folder, env=GIT))
    if any(name.startswith("docs/") for name in example.files):
        build(folder, builder)
    for command in example.commands:
        must(run("sh", "-c", command, cwd=folder))


def side(diff: str, sign: str) -> str:
    """One side of a diff: its lines before, for `-`, or after, for `+`."""
    return "".join(line[1:] + "\n" for line in diff.splitlines() if line[0] in (" ", sign))


def said_of(folder: Path, code: str) -> list[str]:
    """Each message with a code that the tool prints, without its link, as the page shows it."""
    link = f" ({HELP}#{code})"
    said = checked(folder, code) if code not in SERVED else verified(folder, code)
    return list(dict.fromkeys(line.removesuffix(link) for line in said if line.endswith(link)))


def checked(folder: Path, code: str) -> list[str]:
    """What the tool prints on a built site, finished unless that it is not is the point."""
    finished = unbroken("finish", "site") if code != "unfinished" else ""
    return (finished + unbroken("check", "--no-cache", "site")).splitlines()


def verified(folder: Path, code: str) -> list[str]:
    """What the tool prints on a server: nginx with the example's own rules, or none."""
    rules = folder / "site/_unbroken/nginx"
    own = folder / "server.conf"
    write(rules, {"http.conf": "", "server.conf": own.read_text(encoding="utf-8") if own.exists() else ""})
    with nginx(folder / "site") as server:
        return unbroken("verify", server.url, *(["--query"] if code == "query-lost" else [])).splitlines()


def unbroken(*arguments: str) -> str:
    """What the command prints."""
    return CliRunner().invoke(main, arguments).output


def one_line(text: str) -> str:
    return " ".join(text.split())


def sessions(example: Example) -> Iterator[tuple[str, str]]:
    """Each command that an example runs, and what it prints."""
    for language, code in example.said:
        if language == "console":
            for session in re.split(r"^\$ unbroken ", code, flags=re.MULTILINE)[1:]:
                command, _, output = session.partition("\n")
                yield command, output


FINDING_EXAMPLES = [example for example in examples(FINDINGS) if example.section in CODES]
MOVED_EXAMPLES = list(examples(MOVED_HEADINGS))


@pytest.mark.parametrize("example", FINDING_EXAMPLES, ids=lambda example: example.section)
def test_the_tool_says_of_each_example_what_the_page_says(here: Path, example: Example) -> None:
    prepare(here, example)
    said = one_line(" ".join(text for _, text in example.said))
    assert said == " ".join(said_of(here, example.section))


@pytest.mark.parametrize("example", FINDING_EXAMPLES, ids=lambda example: example.section)
def test_it_says_the_same_when_zensical_builds_the_site(here_by_zensical: Path, example: Example) -> None:
    prepare(here_by_zensical, example, "zensical")
    said = one_line(" ".join(text for _, text in example.said))
    assert said == " ".join(said_of(here_by_zensical, example.section))


def test_the_whole_message_is_shown_once() -> None:
    whole = next(body for name, body in sections(FINDINGS) if name == "Read a message")
    short = next(example.said[0][1] for example in FINDING_EXAMPLES if example.section == "dead-page")
    link = f"{HELP}#dead-page"
    assert f"{one_line(short)} ({link})" in one_line(whole)


@pytest.mark.parametrize("example", MOVED_EXAMPLES, ids=lambda example: example.section)
def test_moved_headings_move_as_the_page_says(here: Path, example: Example) -> None:
    prepare(here, example)
    build(here)  # a site that is older than its map would be called that
    for command, output in sessions(example):
        assert output == unbroken(*shlex.split(command))
    assert not [line for line in checked(here, "") if HELP in line]
    built_pages = "".join(page.read_text(encoding="utf-8") for page in here.glob("site/**/index.html"))
    for language, code in example.said:
        assert language == "console" or code in built_pages


def test_every_code_has_one_section_with_its_severity_its_meaning_and_an_example() -> None:
    found = [(name, body) for name, body in sections(FINDINGS) if name in CODES]
    assert sorted(name for name, _ in found) == sorted(CODES)
    for name, body in found:
        severity, meaning = CODES[name].default, CODES[name].meaning()
        assert body.lstrip().startswith(f"**{severity.capitalize()}.** {meaning}\n"), name
    assert {example.section for example in FINDING_EXAMPLES} == set(CODES)


def test_no_section_explains_a_code_that_is_not_there() -> None:
    """Every section with an anchor of its own is a code's."""
    anchors = [match[2] for match in _SECTION.finditer(FINDINGS) if match[2]]
    assert sorted(anchors) == sorted(CODES)


@pytest.mark.parametrize("code", CODES)
def test_the_link_in_a_finding_leads_to_a_heading(built_site: Path, code: str) -> None:
    link = urlsplit(CODES[code](Place("map.yml"), "Wrong.").help)
    heading = built.article(built_site, link.path).css_first(f'[id="{link.fragment}"]')
    assert heading is not None
    assert heading.tag in ("h2", "h3")
