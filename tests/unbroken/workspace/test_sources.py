"""What lies below docs_dir, however odd."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from tests.unbroken.check import sites
from tests.unbroken.check.sites import link, page
from unbroken.model.addresses import page_address
from unbroken.workspace.sources import below, by_address

if TYPE_CHECKING:
    from pathlib import Path


def test_links_are_followed_and_never_back_up(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    sites.write(tmp_path, {"docs/a.md": "", "docs/sub/b.md": "", "other/c.md": "", "other/deep/d.md": ""})
    os.symlink("..", docs / "sub" / "up")
    os.symlink("../other", docs / "linked")
    os.symlink("../other", docs / "twice")
    os.symlink("../../docs", tmp_path / "other" / "deep" / "back")
    os.symlink("a.md", docs / "same.md")
    os.symlink("round.md", docs / "round.md")
    os.symlink("nothing.md", docs / "dangling.md")
    found = below(docs)
    assert found.files == [
        "a.md",
        *("linked/c.md", "linked/deep/d.md"),
        "same.md",
        "sub/b.md",
        *("twice/c.md", "twice/deep/d.md"),
    ]
    assert found.linked == ["linked/", "twice/"]


def test_two_folders_that_lead_to_each_other_have_an_end(tmp_path: Path) -> None:
    sites.write(tmp_path, {"docs/a.md": "", "one/b.md": "", "two/c.md": ""})
    os.symlink("../two", tmp_path / "one" / "x")
    os.symlink("../one", tmp_path / "two" / "y")
    os.symlink("../one", tmp_path / "docs" / "one")
    assert below(tmp_path / "docs").files == ["a.md", "one/b.md", "one/x/c.md"]


def test_only_ordinary_files_count(tmp_path: Path) -> None:
    sites.write(
        tmp_path, {"docs/a.md": "", "docs/mod/.git": "gitdir: x", "docs/mod/b.md": "", "docs/.git/c": ""}
    )
    os.mkfifo(tmp_path / "docs" / "pipe.md")
    os.symlink("/dev/zero", tmp_path / "docs" / "zero.md")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "docs" / "socket.md"))
    with open(os.fsencode(tmp_path / "docs") + b"/caf\xe9.md", "wb"):
        pass
    found = below(tmp_path / "docs")
    assert [os.fsencode(file) for file in found.files] == [b"a.md", b"caf\xe9.md", b"mod/b.md"]
    assert found.foreign == ["mod/"]
    assert below(tmp_path / "nowhere").files == []


def test_of_two_sources_the_one_that_is_published(tmp_path: Path) -> None:
    files = ["README.md", "index.md", "sub/README.md", "x.md", "x/index.md"]
    assert by_address(files, lambda file: page_address(file, True)) == {
        "/": "index.md",
        "/sub/": "sub/README.md",
        "/x/": "x.md",
    }


def test_a_fault_is_told_in_the_source_that_is_published(tmp_path: Path) -> None:
    sites.configure(tmp_path)
    text = "# Home\n\n[x](no.md)\n"
    sites.write(tmp_path, {"docs/README.md": text, "docs/index.md": f"\n{text}"})
    sites.write(tmp_path, {"site/index.html": page(link("no.md"))})
    found = [f for f in sites.findings(tmp_path) if f.code == "broken-link"]
    assert [(f.place.file.rpartition("/")[2], f.place.line) for f in found] == [("index.md", 4)]
