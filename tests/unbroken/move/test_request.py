"""What names an author may give what moves and where it goes, and which of them are refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.unbroken.move.sites import make
from unbroken.model.errors import Refused
from unbroken.move.mover import Mover
from unbroken.workspace import config as configuration

if TYPE_CHECKING:
    from pathlib import Path

FILES: dict[str, str | bytes] = {
    "index.md": "# Home\n",
    "guide/a.md": "# A\n\n## One\n",
    "guide/in/b.md": "# B\n",
    "more/c.md": "# C\n",
    "more/c.png": b"",
}
A = "guide/a.md"
MOVED: dict[tuple[str, str], dict[str, str]] = {
    (A, "guide/z.md"): {A: "guide/z.md"},
    (f"docs/{A}", "docs/z.md"): {A: "z.md"},
    (f"./docs/more/../{A}", "./docs/z.md"): {A: "z.md"},
    # One of the two may be as docs_dir has it.
    (A, "docs/z.md"): {A: "z.md"},
    (f"docs/{A}", "docs/docs/z.md"): {A: "docs/z.md"},
    (A, "more/"): {A: "more/a.md"},
    (A, "new/"): {A: "new/a.md"},
    (f"docs/{A}", "docs/"): {A: "a.md"},
    ("more/c.png", "guide/in/"): {"more/c.png": "guide/in/c.png"},
    ("guide", "manual"): {A: "manual/a.md", "guide/in/b.md": "manual/in/b.md"},
    ("guide/", "manual/x/"): {A: "manual/x/a.md", "guide/in/b.md": "manual/x/in/b.md"},
    ("docs/guide/in", "docs/in"): {"guide/in/b.md": "in/b.md"},
}
REFUSED = {
    (A, A): "guide/a.md cannot be moved onto itself.",
    ("guide", "guide"): "guide cannot be moved onto itself.",
    ("guide", "guide/in/x"): "guide cannot be moved into itself.",
    ("docs", "docs/x"): "There is neither docs nor docs/x below docs.",
    ("guide", "more"): "more exists already. Move the files in guide one by one, or choose another name.",
    (A, "more"): "more is a folder. Write more/ to move guide/a.md into it.",
    (A, "more/c.md"): "docs/more/c.md exists already.",
    (A, "../z.md"): "../z.md is outside docs.",
    (f"docs/{A}", "z.md"): "z.md is outside docs.",
    (A, "z.txt"): "guide/a.md is a page, and z.txt would not be published as one. Keep the ending.",
    ("more/c.png", "z.md"): "more/c.png is no page, and z.md would not be published as one. Keep the ending.",
    (A, "z?.md"): "'z?.md' has a character that not every system or host can have in a name.",
    (A, ".z.md"): "The builder would not publish .z.md. Choose another name.",
    (A, "more/C/index.md"): "more/C/index.md would have the address /more/C/, as more/c.md has.",
    ("giude/a.md", "z.md"): "There is neither giude/a.md nor z.md below docs. Did you mean guide/a.md?",
    ("z.md", A): "There is no z.md below docs, but there is a guide/a.md.",
    (f"{A}#one", "none.md#x"): "There is no page none.md below docs.",
    (f"{A}#one", f"{A}#one"): "guide/a.md#one cannot be moved onto itself.",
    (f"{A}#one", A): "guide/a.md#one is a heading, so write the new place as page.md#anchor.",
    ("guide#one", "#two"): "There is no page guide below docs.",
}


def mover(folder: Path, **files: str) -> Mover:
    """What moves things on a small site."""
    return Mover(configuration.read(make(folder, FILES | files) / "mkdocs.yml"))


@pytest.mark.parametrize("pair", MOVED, ids=" ".join)
def test_names_of_what_moves_and_where_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pair: tuple[str, str]
) -> None:
    made = mover(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert made.move([pair]).files == MOVED[pair]


def test_a_folder_in_docs_dir_may_have_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = mover(tmp_path, **{"docs/d.md": "# D\n"})
    monkeypatch.chdir(tmp_path)
    assert made.move([(A, "docs/z.md")]).files == {A: "docs/z.md"}


@pytest.mark.parametrize("pair", REFUSED, ids=" ".join)
def test_what_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pair: tuple[str, str]) -> None:
    made = mover(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refused, match=f"^{re.escape(REFUSED[pair])}"):
        made.move([pair])


def test_two_files_are_not_moved_to_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = mover(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refused, match="Two files cannot be moved to one name"):
        made.move([(A, "z.md"), ("more/c.md", "z.md")])
    # Two that swap theirs have two, of other content.
    with pytest.raises(Refused, match="Readers know /more/c/ as "):
        made.move([(A, "more/c.md"), ("more/c.md", A)])
    made.reuse = True
    assert made.move([(A, "more/c.md"), ("more/c.md", A)]).files == {A: "more/c.md", "more/c.md": A}
