"""A git repository as far as pages go: the steps of a branch, what each did to which file, and their texts.

The branch is its line of first parents, where a merge is one step with all that it brought. The commits of
merged branches are asked only for the renames within.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from typing import NamedTuple

from unbroken.model.addresses import MARKDOWN
from unbroken.model.errors import GitError, NoHistory
from unbroken.workspace.changes import Change, changes_in
from unbroken.workspace.git import git, variables

#: Larger sources are not read, in bytes.
LARGEST = 4 << 20
# A partial clone would fetch what it lacks, one blob at a time.
_OFFLINE = ("-c", "protocol.allow=never")
# So many blobs are asked for at once; more might not fit the pipe, and neither side would go on.
_AHEAD = 256
# Before a path, in the place of a blob's name.
_DISK = "disk:"


class Commit(NamedTuple):
    """One step of the branch, against its first parent.

    Attributes:
        id: its name; empty for what is not committed yet.
        time: seconds since 1970.
        changes: what it did.
        within: for a merge the renames in the commits that it brought, oldest first.
    """

    id: str
    time: int
    changes: tuple[Change, ...]
    within: tuple[Change, ...] = ()


class Repository:
    """A git repository as far as pages and configurations go.

    Args:
        folder: a folder in it.

    Raises:
        NoHistory: it is none, or its history is not whole.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self.top = Path(git(folder, "rev-parse", "--show-toplevel").removesuffix("\n"))
        except GitError as error:
            if str(error).startswith("git cannot be run"):
                raise NoHistory(f"{error}. Install git.") from None
            raise NoHistory(
                f"{folder} is not in a git work tree, so there is no history. Change to a clone of the site."
            ) from None
        if git(self.top, "rev-parse", "--is-shallow-repository").strip() == "true":
            raise NoHistory("this clone is shallow, so its history is cut off. Run: git fetch --unshallow.")
        try:
            git(self.top, "rev-parse", "--verify", "--quiet", "HEAD")
        except GitError:
            raise NoHistory("the branch has no commits yet. Commit the site first.") from None
        self._contents: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Repository:
        return self

    def __exit__(self, *_: object) -> None:
        if self._contents:
            self._contents.kill()
            self._contents.communicate()

    def line(self) -> list[Commit]:
        """Return the steps of the branch, oldest first, and last what is not committed.

        Raises:
            NoHistory: git cannot read it.
        """
        try:
            listed = git(self.top, "rev-list", "--topo-order", "--parents", "--timestamp", "HEAD")
        except GitError as error:
            raise self._unreadable(str(error)) from None
        parents: dict[str, list[str]] = {}
        times: dict[str, int] = {}
        for row in listed.splitlines():
            time, commit, *above = row.split(" ")
            times[commit], parents[commit] = int(time), above
        branch: list[str] = []
        here: str | None = next(iter(parents), None)
        while here:
            branch.append(here)
            here = next(iter(parents[here]), None)
        branch.reverse()
        brought = _brought(branch, parents)
        changes = self._changes(parents)
        age = {commit: number for number, commit in enumerate(reversed(parents))}
        steps = []
        for commit in branch:
            within = [
                change
                for other in sorted(brought.get(commit, ()), key=age.__getitem__)
                for change in changes.get(other, ())
                if change.status == "R"
            ]
            steps.append(Commit(commit, times[commit], tuple(changes.get(commit, ())), tuple(within)))
        return [*steps, Commit("", 0, tuple(self._uncommitted()))]

    def since(self, text: str, line: list[Commit]) -> int:
        """Return the place in the line of the first step after a commit or a day.

        Raises:
            NoHistory: there is no such commit, and it is no day.
        """
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            from datetime import date, datetime, time

            try:
                day = datetime.combine(date.fromisoformat(text), time(), UTC).timestamp()
            except ValueError:
                raise NoHistory(f"{text} is not a day. Write it as in 2024-12-31.") from None
            return next((n for n, step in enumerate(line) if step.time >= day or not step.id), len(line))
        try:
            commit = git(
                self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{text}^{{commit}}"
            ).strip()
            after = set(git(self.top, "rev-list", "HEAD", f"^{commit}").split())
        except GitError:
            raise NoHistory(
                f"there is no commit {text!r} here. Name a commit, a tag, or a day as in 2024-12-31."
            ) from None
        return next((n for n, step in enumerate(line) if step.id in after or not step.id), len(line))

    def text(self, blob: str) -> str:
        """Return the text of a blob; what is too large or no text is empty.

        Raises:
            NoHistory: git does not have it.
        """
        return next(self.texts([blob]))

    def texts(self, blobs: Sequence[str]) -> Iterator[str]:
        """Yield the text of each blob, as `text` returns it; nothing else may be asked meanwhile."""
        for start in range(0, len(blobs), _AHEAD):
            some = blobs[start : start + _AHEAD]
            named = [blob for blob in some if blob.strip("0") and not blob.startswith(_DISK)]
            if named:
                self._ask(named)
            for blob in some:
                if blob.startswith(_DISK):
                    yield on_disk(self.top)(blob.removeprefix(_DISK)) or ""
                else:
                    yield self._answer(blob) if blob.strip("0") else ""

    def _ask(self, blobs: list[str]) -> None:
        if self._contents is None:
            self._contents = subprocess.Popen(
                ["git", "-C", str(self.top), *_OFFLINE, "cat-file", "--batch"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=variables(),
            )
        assert self._contents.stdin
        with suppress(BrokenPipeError):  # which shows when there is no answer
            self._contents.stdin.write("".join(f"{blob}\n" for blob in blobs).encode())
            self._contents.stdin.flush()

    def _answer(self, blob: str) -> str:
        assert self._contents
        answer = self._contents.stdout
        assert answer
        head = answer.readline().split()
        if not head or head[-1] == b"missing":
            raise self._unreadable(f"object {blob} cannot be read")
        size = int(head[2])
        data = answer.read(min(size, LARGEST))
        rest = size + 1 - len(data)
        while rest and (more := answer.read(min(rest, 1 << 20))):
            rest -= len(more)
        return plain(data) if size <= LARGEST else ""

    def _unreadable(self, said: str) -> NoHistory:
        if self._is_partial():
            return NoHistory(
                "this clone is partial, so the text of old pages is not in it. "
                "Run: git fetch --refetch --no-filter."
            )
        return NoHistory(f"git cannot read the history ({said}). Run: git fsck.")

    def _is_partial(self) -> bool:
        try:
            return bool(git(self.top, "config", "--get-regexp", r"^remote\..*\.promisor$"))
        except GitError:  # there is none
            return False

    def _uncommitted(self) -> Iterator[Change]:
        try:
            said = git(self.top, *_OFFLINE, "diff-index", "-r", "-M", "-z", "--raw", "HEAD", "--", *_ASKED)
        except GitError as error:
            raise self._unreadable(str(error)) from None
        for _, change in changes_in(iter(said.split("\0"))):
            if change.status != "D" and set(change.new_blob) == {"0"}:  # not in the index either
                change = change._replace(new_blob=_DISK + change.new)
            yield change

    def _changes(self, parents: Mapping[str, list[str]]) -> dict[str, list[Change]]:
        found: dict[str, list[Change]] = {}
        with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as faults:
            for commit, above in parents.items():
                asked.write(" ".join([commit, *above[:1]]).encode() + b"\n")
            asked.seek(0)
            command = [
                "git", "-C", str(self.top), *_OFFLINE, "-c", "core.quotePath=false", "diff-tree", "--stdin",
                "--root", "-r", "-M", "-l1000", "-z", "--raw", "--", *_ASKED,
            ]  # fmt: skip
            with subprocess.Popen(
                command, stdin=asked, stdout=subprocess.PIPE, stderr=faults, env=variables()
            ) as process:
                assert process.stdout
                for commit, change in changes_in(_split(process.stdout.read)):
                    found.setdefault(commit, []).append(change)
            if process.returncode:
                faults.seek(0)
                said = faults.read().decode("utf-8", "replace").strip().splitlines()
                raise self._unreadable(said[-1] if said else f"git ended with {process.returncode}")
        return found


# Pages whatever their case, and whatever may be or be inherited by a configuration.
_ASKED = [f":(icase)*{ending}" for ending in MARKDOWN] + ["*.yml", "*.yaml", "*zensical.toml"]


def _split(read: Callable[[int], bytes]) -> Iterator[str]:
    """Yield what stands between zero bytes."""
    rest = b""
    while block := read(1 << 20):
        *whole, rest = (rest + block).split(b"\0")
        for part in whole:
            yield part.decode("utf-8", "surrogateescape")


def _brought(branch: list[str], parents: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return for each merge on the branch the commits that it brought there."""
    known = set(branch)
    brought: dict[str, list[str]] = {}
    for commit in branch:
        waiting = parents[commit][1:]
        while waiting:
            other = waiting.pop()
            if other not in known:
                known.add(other)
                brought.setdefault(commit, []).append(other)
                waiting += parents[other]
    return brought


def plain(data: bytes) -> str:
    """Return the text of a source; a binary file has none."""
    return "" if b"\0" in data else data.decode("utf-8", "replace").removeprefix("\ufeff")


def on_disk(folder: Path) -> Callable[[str], str | None]:
    """Return what reads the text of a file below a folder; None where there is none."""

    def read(path: str) -> str | None:
        try:
            with open(folder / path, "rb") as stream:
                data = stream.read(LARGEST + 1)
        except (OSError, ValueError):
            return None
        return plain(data) if len(data) <= LARGEST else ""

    return read
