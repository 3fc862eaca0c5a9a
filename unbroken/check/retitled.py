"""Where a page is now whose address a plugin makes of its words: git knows which title and date it had.

A blog's post keeps its file when its title changes, and gets another address. That address is only named
where what git remembers of the post makes it, in the place where its posts are.
"""

from __future__ import annotations

import posixpath
import re
from functools import cached_property
from urllib.parse import unquote

from unbroken.model.errors import GitError
from unbroken.workspace.config import Config
from unbroken.workspace.git import git

# A line that a commit took away, and that says what a post is called or when it is from.
_WORDS = re.compile(r"-(?:#[ \t]+(.+?)[ \t]*#*|(?:title|slug):[ \t]*(.+?))[ \t]*$")
_DATE = re.compile(r"-[ \t]*(?:date|created):[ \t]*[\"']?(\d{4}-\d\d-\d\d)")
# So many commits are read.
_COMMITS = 2000


class Retitled:
    """The pages whose addresses a plugin decides, by the words that they once had.

    Args:
        config: the site's configuration, with what its builder says.
    """

    def __init__(self, config: Config) -> None:
        self.config = config

    def page(self, path: str) -> str | None:
        """Return the page path of the one page that had an address path; None where git does not tell."""
        folder, last = posixpath.split(path.rstrip("/").removesuffix(".html"))
        found = set()
        for source, address in self._posts.items():
            here, now = posixpath.split(address.rstrip("/").removesuffix(".html"))
            words, days = self._past.get(source, ((), ()))
            is_named = _plain(last) in words
            is_dated = any(re.search("[^/]*?/?".join(day.split("-")), path) for day in days)
            if (
                (folder == here and is_named)  # another title
                or (is_dated and folder != here and (is_named or now == last))  # another day
            ):
                found.add(source)
        return found.pop() if len(found) == 1 and path not in self._posts.values() else None

    @cached_property
    def _posts(self) -> dict[str, str]:
        """The address path of each page that a plugin decides on, by its page path."""
        listing = self.config.listing
        files = listing.files if listing else ()
        return {
            file.source: file.address
            for file in files
            if file.page and file.disk and file.own is None and listing and listing.decides(file.source)
        }

    @cached_property
    def _past(self) -> dict[str, tuple[set[str], set[str]]]:
        """The words and the days that each post once had, by its page path now."""
        if not self._posts:
            return {}
        docs = self.config.docs_dir
        options = (
            "--unified=0", "--find-renames", "--relative", "--no-color", "--no-ext-diff", "--no-prefix",
        )  # fmt: skip
        logged = (f"-{_COMMITS}", "--format=", "--patch", "--no-merges")
        try:
            said = git(docs, "diff", *options, "HEAD", "--", ".")
            said += git(docs, "log", *logged, *options, "--", *self._folders)
        except (GitError, OSError):
            return {}
        found: dict[str, tuple[set[str], set[str]]] = {}
        names = {source: source for source in self._posts}  # newest first, so each name is that of later
        name = ""
        for line in said.splitlines():
            if line.startswith("diff --git "):
                name = ""
            elif line.startswith("rename from "):
                before = line.removeprefix("rename from ")
            elif line.startswith("rename to "):
                after = line.removeprefix("rename to ")
                if after in names:
                    names.setdefault(before, names[after])
                    name = names[after]
            elif line.startswith("+++ ") and not name:
                name = names.get(line.removeprefix("+++ ").rstrip("\t"), "")
            elif name and line.startswith("-") and not line.startswith("--- "):
                words, days = found.setdefault(name, (set(), set()))
                if got := _WORDS.match(line):
                    words.add(_plain(got[1] or got[2]))
                if got := _DATE.match(line):
                    days.add(got[1])
        return found

    @property
    def _folders(self) -> list[str]:
        return sorted({posixpath.dirname(source) or "." for source in self._posts})


def _plain(words: str) -> str:
    """Return the letters and digits of words, which every way to make an address of them keeps."""
    return re.sub(r"[\W_]+", "", unquote(words).casefold())
