"""The line of a fault: what looks like its link tells it where just one fits, else the site's Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tests.unbroken.check.sites import configure, findings, link, page, said, write
from unbroken.builders.markdown import SiteMarkdown
from unbroken.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path


def site(root: Path, texts: dict[str, str], built: dict[str, str]) -> None:
    configure(root)
    write(root, {f"docs/{name}.md": text for name, text in texts.items()})
    write(root, {f"site/{name}/index.html": page(link(url)) for name, url in built.items()})


def test_many_faults_render_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"p{number}" for number in range(120)]
    texts = {name: f"# {name}\n\n[a](gone-{name}.md) [b](https://example.org/)\n" for name in names}
    site(tmp_path, texts, {name: f"../gone-{name}/" for name in names})

    def refuse(*_: object) -> None:
        raise AssertionError("rendered")

    monkeypatch.setattr(SiteMarkdown, "render", refuse)
    found = said(findings(tmp_path), tmp_path)
    assert sorted(found) == sorted(("broken-link", f"docs/{name}.md", 3, 5) for name in names)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("`[a](gone.md)` and [b](gone.md)", (1, 24)),
        ("```\n[a](gone.md)\n```\n\n[b](gone.md)", (5, 5)),
        ("<!-- [a](gone.md) -->\n\n<a href='gone.md'>b</a>", (3, 10)),
        ("\\[a](gone.md) [b](gone.md)", (1, 19)),
        # Only the theme links there.
        ("`[a](gone.md)`", (1, 1)),
        ("    [a](gone.md)", (1, 1)),
        ("```\n[a](gone.md)\n```", (1, 1)),
        # Written oddly.
        ("[a](gone.md 'a title')", (1, 5)),
        ("[a](\ngone.md)", (2, 1)),
        ("[a](gon\\e.md) [b](< gone.md >)", (1, 21)),
    ],
)
def test_what_only_looks_like_the_link_is_not_named(
    tmp_path: Path, text: str, place: tuple[int, int]
) -> None:
    site(tmp_path, {"a": text}, {"a": "../gone/"})
    assert said(findings(tmp_path), tmp_path) == [("broken-link", "docs/a.md", *place)]


def test_fixing_leaves_code_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(tmp_path, {"old.md": "new.md"})
    text = "~~~\n[a](old.md)\n~~~\n\n[b](old.md) `[c](old.md)`\n"
    write(
        tmp_path, {"docs/a.md": text, "docs/new.md": "# New\n", "published-urls.txt": "/a/\n/new/\n/old/\n"}
    )
    write(tmp_path, {"site/a/index.html": page(link("../old/")), "site/new/index.html": page()})
    monkeypatch.chdir(tmp_path)
    CliRunner().invoke(main, ["check", "--fix"])
    assert (tmp_path / "docs/a.md").read_text() == text.replace("[b](old.md)", "[b](new.md)")


EXTENSIONS = {
    "one that is not installed": "[admonition, not_there.at_all, pymdownx.superfences]",
    "options of one": "{admonition: , pymdownx.superfences: , not_there.at_all: {depth: 1}}",
    "a mapping in a list": "[{admonition: {}}, {not_there.at_all: {depth: 1}}, pymdownx.superfences]",
    "no list": "42",
    "none that can be told": "!!python/name:not_there.at_all",
}


@pytest.mark.parametrize("named", EXTENSIONS)
def test_a_site_whose_extensions_are_not_all_here_is_read_with_those_that_are(
    named: str, tmp_path: Path
) -> None:
    # As in a job that checks what another has built, with none of the site's plugins.
    text = '!!! note "A title"\n\n    ```\n    [a](gone.md)\n    ```\n\n    [b](gone.md)\n'
    site(tmp_path, {"a": text}, {"a": "../gone/"})
    config = (tmp_path / "mkdocs.yml").read_text()
    write(tmp_path, {"mkdocs.yml": f"{config}markdown_extensions: {EXTENSIONS[named]}\n"})
    assert ("broken-link", "docs/a.md", 7, 9) in said(findings(tmp_path), tmp_path)
