"""What git has, asked for by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands import must, run
from unbroken.model.errors import GitError
from unbroken.workspace.changes import renamed_since
from unbroken.workspace.git import contents, git

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = {"a.md": b"# A\n\nblob 3\n", "empty.md": b"", "odd name 3.md": "ä\r\n".encode(), "x.md": b"\xff\n"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a commit of some texts."""
    for name, data in TEXTS.items():
        (tmp_path / name).write_bytes(data)
    must(run("git", "init", "-q", cwd=tmp_path))
    must(run("git", "add", ".", cwd=tmp_path))
    must(run("git", "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x", cwd=tmp_path))
    return tmp_path


def test_each_text_comes_by_its_name_and_what_is_no_file_does_not(repository: Path) -> None:
    blob = git(repository, "rev-parse", "HEAD:a.md").strip()
    there = [f"HEAD:./{name}" for name in TEXTS]
    odd = ["HEAD", "HEAD:./", "HEAD:./none.md", "HEAD:./a\n.md", "f" * 40, "0" * 40, ""]
    found = contents(repository, [*odd, *there, blob, blob])
    assert found == {
        **{f"HEAD:./{name}": data.decode("utf-8", "surrogateescape") for name, data in TEXTS.items()},
        blob: "# A\n\nblob 3\n",
    }
    assert contents(repository, there, errors="replace")["HEAD:./x.md"] == "\ufffd\n"
    assert contents(repository, ["", "0" * 40]) == {}


def test_no_repository_is_said_in_gits_words(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="not a git repository"):
        contents(tmp_path, ["HEAD:./a.md"])
    with pytest.raises(GitError, match="not a git repository"):
        renamed_since(tmp_path, tmp_path, (), "HEAD")


def test_a_rename_is_seen_from_a_folder_below(repository: Path) -> None:
    docs = repository / "site/docs"
    docs.mkdir(parents=True)
    (docs / "old.md").write_text("# Old\n\nA text of some length, to be known again.\n")
    must(run("git", "add", ".", cwd=repository))
    must(run("git", "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "y", cwd=repository))
    (docs / "old.md").rename(docs / "new.md")
    assert renamed_since(docs.parent, docs, (), "HEAD").files == {"old.md": "new.md"}
    with pytest.raises(GitError, match="nothing is no commit here"):
        renamed_since(docs.parent, docs, (), "nothing")
