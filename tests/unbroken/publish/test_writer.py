"""What is written into a built site stays in it, and what is removed was there."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest

from unbroken.publish.writer import Writer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    """A site with a link that leads out of it."""
    for name in ("site/a/b/old.html", "site/a/page.html", "outside/kept.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "site/out").symlink_to(tmp_path / "outside")
    return Writer(tmp_path / "site", tmp_path)


def test_a_file_goes_with_the_folders_that_it_leaves_empty(writer: Writer) -> None:
    writer.remove("a/b/old.html")
    assert writer.removed == ["a/b/old.html"]
    assert not (writer.root / "a/b").exists()
    assert (writer.root / "a/page.html").exists()
    writer.remove("a/page.html")
    assert writer.root.exists()


@pytest.mark.parametrize("file", ["out/kept.html", "../outside/kept.html", "a/../../outside/kept.html"])
def test_nothing_outside_is_removed_or_written(writer: Writer, file: str) -> None:
    outside = writer.root.parent / "outside/kept.html"
    writer.remove(file)
    writer.put(file, "y")
    assert outside.read_text() == "x"
    assert (writer.removed, writer.written) == ([], [])
    assert [finding.code for finding in writer.findings] == ["blocked"]


@pytest.mark.parametrize("begins_anew", [False, True])
def test_what_cannot_be_written_whole_is_not_there(writer: Writer, *, begins_anew: bool) -> None:
    writer = Writer(writer.root, writer.above, begins_anew=begins_anew)
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, most[1]))
    try:
        writer.put("new/page.html", "y" * (1 << 17))
        writer.put("a/page.html", "y" * (1 << 17))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
    assert [finding.code for finding in writer.findings] == ["blocked", "blocked"]
    assert sorted(file.name for file in writer.root.rglob("*.html")) == ["old.html", "page.html"]
    assert (writer.root / "a/page.html").read_text() == "x"
    writer.put("new/page.html", "y")
    assert (writer.root / "new/page.html").read_text() == "y"


def test_neither_is_an_absolute_name(writer: Writer) -> None:
    outside = writer.root.parent / "outside/kept.html"
    writer.remove(str(outside))
    writer.put(str(outside), "y")
    assert outside.read_text() == "x"
