"""`unbroken recover` on real repositories: what is listed, what is sure, and that it is right."""

from __future__ import annotations

import contextlib
import importlib
import json
import random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.commands import ROOT, must, run
from tests.sitecopy import GIT
from tests.unbroken.sites import page as built_page
from tests.unbroken.sites import write_site
from unbroken.cli.main import main
from unbroken.formats.outline import sections, slug_of
from unbroken.formats.similarity import shingles
from unbroken.recover.history import Settings, settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from click.testing import Result

CONFIG = "site_name: Small\nplugins:\n  redirects:\n    redirect_maps: {}\n"
SHARED = " ".join(f"shared{n}" for n in range(30))


def words(name: str, count: int = 40) -> str:
    """Text that no other name has."""
    return " ".join(f"{name}{n}" for n in range(count))


def page(name: str, *more: str) -> str:
    """A page with a title, some text of its own, and sections."""
    return f"# {name.capitalize()}\n\n{words(name)}\n\n" + "".join(f"{part}\n\n" for part in more)


def section(name: str, text: str = "") -> str:
    return f"## {name.capitalize()}\n\n{words(text or name)}"


Tree = dict[str, "str | bytes"]


@dataclass
class Repo:
    """Commits, written at once by `git fast-import`."""

    stream: list[bytes] = field(default_factory=list)
    count: int = 0

    def commit(self, tree: Mapping[str, str | bytes], *parents: int, branch: str = "main") -> int:
        """Commit a whole tree on the last commit, or on others; return its number."""
        self.count += 1
        parents = parents or ((self.count - 1,) if self.count > 1 else ())
        when = f"A Writer <writer@example.com> {1_700_000_000 + self.count * 86_400} +0000"
        out = [f"commit refs/heads/{branch}", f"mark :{self.count}", f"committer {when}", "data 0"]
        out += [f"{'merge' if n else 'from'} :{parent}" for n, parent in enumerate(parents)]
        self.stream.append("\n".join([*out, "deleteall", ""]).encode())
        for path, content in tree.items():
            data = content if isinstance(content, bytes) else content.encode()
            mode = b"100644"
            if data.startswith(b"-> "):
                mode, data = b"120000", data[3:]
            name = path.encode("utf-8", "surrogateescape")
            self.stream.append(b"M %s inline %s\ndata %d\n%s\n" % (mode, name, len(data), data))
        return self.count

    def write(self, folder: Path) -> Path:
        """Make the repository and check its branch out."""
        folder.mkdir(parents=True, exist_ok=True)
        git(folder, "init", "--quiet", "--initial-branch=main")
        git(folder, "fast-import", "--quiet", data=b"".join(self.stream))
        git(folder, "reset", "--quiet", "--hard", "main")
        return folder


def git(folder: Path, *arguments: str, data: bytes = b"") -> str:
    return must(run("git", *arguments, cwd=folder, env=GIT, given=data)).stdout


def unbroken(folder: Path, *arguments: str) -> Result:
    with contextlib.chdir(folder):
        return CliRunner().invoke(main, arguments)


def recovered(folder: Path, *options: str) -> dict[str, tuple[str | None, str]]:
    """Each lost address with its proposed target and how sure that is."""
    return {row["address"]: (row["target"], row["confidence"]) for row in rows(folder, *options)}


def rows(folder: Path, *options: str) -> list[dict[str, Any]]:
    result = unbroken(folder, "recover", "--format", "json", *options)
    assert result.exit_code in (0, 1), result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)["lost"]
    return found


def steps(tmp_path: Path, *trees: Mapping[str, str | bytes], config: str = CONFIG) -> Path:
    """A repository with these trees one after the other; each has a home page and a configuration."""
    repo = Repo()
    for tree in trees:
        repo.commit({"mkdocs.yml": config, "docs/index.md": page("home"), **tree})
    return repo.write(tmp_path / "repo")


# Where content went.


def test_a_chain_of_renames_leads_to_its_end(tmp_path: Path) -> None:
    one, three = page("one"), page("one", words("more", 8))
    folder = steps(
        tmp_path, {"docs/a.md": one}, {"docs/b.md": one}, {"docs/c.md": three}, {"docs/x/d.md": three}
    )
    assert recovered(folder) == {
        "/a/": ("x/d.md", "sure"), "/b/": ("x/d.md", "sure"), "/c/": ("x/d.md", "sure")
    }  # fmt: skip


def test_a_renamed_folder_takes_its_smallest_pages_along(tmp_path: Path) -> None:
    inside = {"index.md": "# Guide\n", "empty.md": "", "long.md": page("long")}
    folder = steps(
        tmp_path,
        {f"docs/guide/{name}": text for name, text in inside.items()},
        {f"docs/manual/{name}": text for name, text in inside.items()},
    )
    assert recovered(folder) == {
        "/guide/": ("manual/index.md", "sure"),
        "/guide/empty/": ("manual/empty.md", "sure"),
        "/guide/long/": ("manual/long.md", "sure"),
    }


def test_a_renamed_docs_dir_loses_nothing_and_a_narrower_one_moves_every_address(tmp_path: Path) -> None:
    text = page("one")
    repo = Repo()
    repo.commit({"mkdocs.yml": CONFIG, "docs/en/a.md": text, "docs/index.md": page("home")})
    content = CONFIG + "docs_dir: content\n"
    repo.commit({"mkdocs.yml": content, "content/en/a.md": text, "content/index.md": page("home")})
    assert recovered(repo.write(tmp_path / "renamed")) == {}
    narrow = CONFIG + "docs_dir: content/en\n"
    repo.commit({"mkdocs.yml": narrow, "content/en/a.md": text, "content/index.md": page("home")})
    found = recovered(repo.write(tmp_path / "narrowed"))
    assert found["/en/a/"] == ("a.md", "sure")
    assert found["/"][1] != "sure"


def test_a_docs_dir_that_was_renamed_in_two_steps_or_with_a_page(tmp_path: Path) -> None:
    text, home = page("one"), page("home")
    renamed = {"mkdocs.yml": CONFIG + "docs_dir: content\n", "content/a.md": text, "content/index.md": home}
    before = {"docs/a.md": text, "docs/index.md": home}
    for name, between in (
        ("settings first", {**before, "mkdocs.yml": renamed["mkdocs.yml"]}),
        ("pages first", {**renamed, "mkdocs.yml": CONFIG}),
    ):
        repo = Repo()
        for tree in ({"mkdocs.yml": CONFIG, **before}, between, renamed):
            repo.commit(tree)
        assert recovered(repo.write(tmp_path / name)) == {}
    repo.commit({"mkdocs.yml": CONFIG + "docs_dir: .\n", "b.md": text, "index.md": home})
    assert recovered(repo.write(tmp_path / "to the top")) == {"/a/": ("b.md", "sure")}


def test_other_urls_for_the_same_pages(tmp_path: Path) -> None:
    tree = {"docs/a.md": page("one"), "docs/index.md": page("home")}
    repo = Repo()
    repo.commit({"mkdocs.yml": CONFIG + "use_directory_urls: false\n", **tree})
    repo.commit({"mkdocs.yml": CONFIG, **tree})
    folder = repo.write(tmp_path / "repo")
    (row,) = rows(folder)
    assert (row["address"], row["source"], row["target"]) == ("/a.html", "a.html", "a.md")
    assert row["confidence"] == "sure"
    assert "its address changed in" in row["why"]


def test_merged_branches_are_one_step_and_their_renames_are_followed(tmp_path: Path) -> None:
    base = {"mkdocs.yml": CONFIG, "docs/index.md": page("home")}
    long = " ".join(words(f"part{n}", 10) for n in range(8))
    repo = Repo()
    start = repo.commit({**base, "docs/a.md": f"# A\n\n{long}\n"})
    # The branch renames and then rewrites most of it, so that no comparison from outside would see it.
    side = repo.commit({**base, "docs/b.md": f"# A\n\n{long}\n"}, start, branch="side")
    side = repo.commit(
        {**base, "docs/b.md": page("new"), "docs/draft.md": page("draft")}, side, branch="side"
    )
    side = repo.commit({**base, "docs/b.md": page("new")}, side, branch="side")
    other = repo.commit({**base, "docs/a.md": f"# A\n\n{long}\n", "docs/c.md": page("c")}, start)
    repo.commit({**base, "docs/b.md": page("new"), "docs/c.md": page("c")}, other, side)
    # draft.md came and went on the branch alone, so it was never published.
    assert recovered(repo.write(tmp_path / "repo")) == {"/a/": ("b.md", "likely")}


def test_an_octopus_brings_the_renames_of_all_its_branches(tmp_path: Path) -> None:
    texts = {name: " ".join(words(f"{name}{n}", 10) for n in range(8)) for name in "ab"}
    base = {"mkdocs.yml": CONFIG, "docs/index.md": page("home")}
    repo = Repo()
    start = repo.commit({**base, "docs/a.md": texts["a"], "docs/b.md": texts["b"]})
    ends = []
    for name, other in ("ab", "ba"):
        stays = {f"docs/{other}.md": texts[other]}
        side = repo.commit({**base, **stays, f"docs/new-{name}.md": texts[name]}, start, branch=name)
        rewritten = {f"docs/new-{name}.md": page(f"new{name}")}
        ends.append(repo.commit({**base, **stays, **rewritten}, side, branch=name))
    repo.commit({**base, "docs/new-a.md": page("newa"), "docs/new-b.md": page("newb")}, start, *ends)
    assert recovered(repo.write(tmp_path / "repo")) == {
        "/a/": ("new-a.md", "likely"), "/b/": ("new-b.md", "likely")
    }  # fmt: skip


def test_a_merge_the_wrong_way_round_counts_as_one_step(tmp_path: Path) -> None:
    """Main was merged into a branch, which then became main: its first parents are the branch's."""
    base = {"mkdocs.yml": CONFIG, "docs/index.md": page("home")}
    a, b = page("a", section("one")), page("b")
    repo = Repo()
    start = repo.commit({**base, "docs/a.md": a})
    old_main = repo.commit({**base, "docs/a2.md": a}, start, branch="old")
    old_main = repo.commit({**base, "docs/a3.md": a}, old_main, branch="old")
    branch = repo.commit({**base, "docs/a.md": a, "docs/b.md": b}, start)
    repo.commit({**base, "docs/a3.md": a, "docs/b.md": b}, branch, old_main)
    repo.commit({**base, "docs/a3.md": a, "docs/c.md": b})
    # /a2/ stood only on what is no longer the branch's own line.
    assert recovered(repo.write(tmp_path / "repo"), "--headings") == {
        "/a/": ("a3.md", "sure"), "/b/": ("c.md", "sure")
    }  # fmt: skip


@pytest.mark.parametrize("merged", [False, True])
def test_a_rename_that_was_reverted(tmp_path: Path, *, merged: bool) -> None:
    base = {"mkdocs.yml": CONFIG, "docs/index.md": page("home")}
    text = page("a", section("one"))
    repo = Repo()
    repo.commit({**base, "docs/a.md": text})
    renamed = repo.commit({**base, "docs/b.md": text})
    if merged:
        side = repo.commit({**base, "docs/a.md": text}, renamed, branch="side")
        renamed = repo.commit({**base, "docs/b.md": text, "docs/x.md": page("x")}, renamed)
        repo.commit({**base, "docs/a.md": text, "docs/x.md": page("x")}, renamed, side)
    else:
        repo.commit({**base, "docs/a.md": text})
    folder = repo.write(tmp_path / "repo")
    assert recovered(folder, "--headings") == {"/b/": ("a.md", "sure")}
    assert unbroken(folder, "recover", "--headings", "--write").exit_code == 0
    assert "-> /a/#one  (redirect" in unbroken(folder, "resolve", "/b/#one").output


@pytest.mark.parametrize("at_once", [False, True])
def test_a_new_page_at_the_name_of_a_renamed_one(tmp_path: Path, *, at_once: bool) -> None:
    old, new = page("old", section("install")), page("new")
    between = [] if at_once else [{"docs/b.md": old}]
    folder = steps(tmp_path, {"docs/a.md": old}, *between, {"docs/a.md": new, "docs/b.md": old})
    # The page answers again, with other content; what had an address of its own on it is followed.
    assert recovered(folder, "--headings") == {
        "/a/#install": ("b.md#install", "sure"), "/a/#old": ("b.md#old", "sure")
    }  # fmt: skip


def test_a_page_merged_into_another(tmp_path: Path) -> None:
    part = section("install")
    folder = steps(
        tmp_path,
        {"docs/old.md": page("old", part), "docs/all.md": page("all")},
        {"docs/all.md": page("all", words("old"), part)},
    )
    (row,) = rows(folder)
    assert (row["address"], row["target"], row["confidence"]) == ("/old/", "all.md", "sure")
    assert "content merged into all.md in" in row["why"]
    # The heading goes along; the title does not, and nobody can know where it should lead.
    assert recovered(folder, "--headings") == {"/old/": ("all.md", "sure"), "/old/#old": (None, "none")}


def test_a_text_that_two_pages_have_leads_to_neither(tmp_path: Path) -> None:
    old = words("old")
    left = {"docs/one.md": page("one", old), "docs/two.md": page("two", words("old", 28))}
    gone = {"docs/x/old.md": f"# Gone\n\n{old}\n"}
    assert recovered(steps(tmp_path / "a", {**left, **gone}, left)) == {"/x/old/": ("one.md", "guess")}
    # Twice as much as on any other page is most of it.
    left["docs/two.md"] = page("two", words("old", 12))
    assert recovered(steps(tmp_path / "b", {**left, **gone}, left)) == {"/x/old/": ("one.md", "likely")}


def test_pages_from_one_template_are_never_sure(tmp_path: Path) -> None:
    def about(name: str) -> str:
        return f"# {name}\n\n{SHARED} {name} {SHARED[::-1]}\n"

    others = {f"docs/{name}.md": about(name) for name in ("cohere", "mistral", "openai")}
    folder = steps(
        tmp_path, {**others, "docs/groq.md": about("groq")}, {**others, "docs/xai.md": about("xai")}
    )
    assert {how for _, how in recovered(folder).values()} == {"likely"}


def test_a_split_page_is_for_an_author_to_judge_and_its_headings_follow_their_parts(tmp_path: Path) -> None:
    first, second = section("first"), section("second")
    folder = steps(
        tmp_path,
        {"docs/both.md": f"# Both\n\n{first}\n\n{second}\n"},
        {"docs/one.md": f"# One\n\n{first}\n", "docs/two.md": f"# Two\n\n{second}\n"},
    )
    found = recovered(folder, "--headings")
    assert found["/both/"][1] != "sure"
    assert found["/both/#first"][0] == "one.md#first"
    assert found["/both/#second"][0] == "two.md#second"


def test_renamed_headings(tmp_path: Path) -> None:
    folder = steps(
        tmp_path,
        {"docs/a.md": page("a", section("install"), section("short", "x"), "## Tiny\n\nfew words")},
        {"docs/a.md": page("a", section("setup", "install"), section("short", "x"), "## Tiny\n\nfew words")},
        {
            "docs/a.md": page(
                "a", section("setup", "install"), section("short", "x"), "## Little\n\nother text"
            )
        },
    )
    assert recovered(folder, "--headings") == {
        "/a/#install": ("a.md#setup", "sure"), "/a/#tiny": ("a.md#little", "likely")
    }  # fmt: skip


def test_a_heading_that_moved_to_another_page(tmp_path: Path) -> None:
    part = section("limits")
    folder = steps(
        tmp_path,
        {"docs/a.md": page("a", part), "docs/b.md": page("b")},
        {"docs/a.md": page("a"), "docs/b.md": page("b", part)},
    )
    assert recovered(folder, "--headings") == {"/a/#limits": ("b.md#limits", "sure")}


def test_what_was_deleted_and_came_back_is_not_lost(tmp_path: Path) -> None:
    text = {"docs/a.md": page("a")}
    assert recovered(steps(tmp_path, text, {}, text)) == {}


def test_the_last_page_at_an_address_counts(tmp_path: Path) -> None:
    first, second = page("first"), page("second")
    folder = steps(
        tmp_path,
        {"docs/a.md": first},
        {"docs/b.md": first},
        {"docs/a.md": second, "docs/b.md": first},
        {"docs/c.md": second, "docs/b.md": first},
    )
    assert recovered(folder) == {"/a/": ("c.md", "sure")}


def test_readme_and_index_are_one_address(tmp_path: Path) -> None:
    text = page("guide")
    names = ["docs/guide/README.md", "docs/guide/index.md", "docs/guide.md", "docs/guide/README.md"]
    assert recovered(steps(tmp_path, *({name: text} for name in names))) == {}


def test_excluded_pages_and_drafts_were_never_published(tmp_path: Path) -> None:
    config = CONFIG + "exclude_docs: |\n  internal/\n  !.well-known.md\ndraft_docs: |\n  draft-*.md\n"
    before = {name: page(name[5:9]) for name in (
        "docs/internal/x.md", "docs/draft-x.md", "docs/templates/x.md", "docs/.hidden.md", "docs/real.md",
        "docs/.well-known.md",
    )}  # fmt: skip
    found = recovered(steps(tmp_path, before, {}, config=config))
    assert sorted(found) == ["/.well-known/", "/real/"]


def test_a_page_that_is_excluded_now_is_lost_and_never_sure(tmp_path: Path) -> None:
    repo = Repo()
    tree = {"docs/index.md": page("home"), "docs/a.md": page("a")}
    repo.commit({"mkdocs.yml": CONFIG, **tree})
    repo.commit({"mkdocs.yml": CONFIG + "exclude_docs: a.md\n", **tree})
    ((address, (_, how)),) = recovered(repo.write(tmp_path / "repo")).items()
    assert address == "/a/"
    assert how != "sure"


def test_pages_from_before_there_was_a_site_were_not_published(tmp_path: Path) -> None:
    repo = Repo()
    repo.commit({"docs/old.md": page("old")})
    repo.commit({"mkdocs.yml": CONFIG, "docs/index.md": page("home")})
    assert recovered(repo.write(tmp_path / "repo")) == {}


def test_pages_from_before_there_was_a_site_are_named(tmp_path: Path) -> None:
    repo = Repo()
    repo.commit({"config.toml": "", **{f"content/{name}.md": page(name) for name in "abcdefg"}})
    repo.commit({"content/g.md": page("g")})
    repo.commit({"mkdocs.yml": CONFIG, "docs/index.md": page("home"), "docs/g.md": page("g")})
    said = unbroken(repo.write(tmp_path / "repo"), "recover").stderr
    first = ", ".join(f"content/{name}.md" for name in "abcde")
    assert f"Not looked at: {first} and 1 more" in said
    assert "content/g.md" not in said


def test_what_a_plugin_keeps_out_is_no_target_and_not_lost(tmp_path: Path) -> None:
    hook = (
        "def on_files(files, config):\n    for file in list(files):\n"
        "        if 'parts/' in file.src_uri:\n            files.remove(file)\n"
    )
    config = CONFIG + "hooks: [hook.py]\n"
    always = {"hook.py": hook, "docs/parts/own.md": page("own")}
    folder = steps(
        tmp_path,
        {"docs/a.md": page("a"), **always},
        {"docs/parts/a.md": page("a"), **always},
        config=config,
    )
    assert recovered(folder) == {"/a/": (None, "none")}
    said = unbroken(folder, "recover").stderr
    assert "Not looked at: parts/a.md, parts/own.md. A plugin leaves them out" in said


MAPS = {
    "in the list of plugins": (
        "site_name: x\nplugins:\n  - redirects:\n      redirect_maps:\n        # why\n        {lines}\n"
        "  - unbroken\n"
    ),
    "in one line": "site_name: x\nplugins: {{redirects: {{redirect_maps: {{{lines}}}}}}}\n",
    "quoted": "site_name: x\nplugins:\n  redirects:\n    'redirect_maps':\n      {lines}\n  search: {{}}\n",
}


@pytest.mark.parametrize("kind", MAPS)
def test_lines_that_the_map_once_had_are_followed(tmp_path: Path, kind: str) -> None:
    def config(*lines: str) -> str:
        between = ", " if kind == "in one line" else "\n        " if "list" in kind else "\n      "
        return MAPS[kind].format(lines=between.join(lines))

    repo = Repo()
    home = {"docs/index.md": page("home"), "docs/stays.md": page("stays")}
    lost = {"docs/a.md": page("a"), "docs/b.md": page("b")}
    repo.commit({"mkdocs.yml": config("zz.md: stays.md"), **home, **lost})
    map_once = config("a.md: b.md", "never.md: b.md", "zz.md: stays.md", "out.md: https://other.example/")
    repo.commit({"mkdocs.yml": map_once, **home, "docs/b.md": page("b")})
    repo.commit({"mkdocs.yml": config("zz.md: stays.md"), **home, "docs/b.md": page("b")})
    repo.commit({"mkdocs.yml": config("zz.md: stays.md", "b.md: c.md"), **home, "docs/c.md": page("b")})
    folder = repo.write(tmp_path / "repo")
    assert recovered(folder) == {
        "/a/": ("c.md", "likely"),
        "/never/": ("c.md", "likely"),
        "/out/": (None, "none"),
    }
    assert "the map led it to https://other.example/ until" in unbroken(folder, "recover").stdout


def test_headings_that_the_map_once_led_on(tmp_path: Path) -> None:
    config = CONFIG.replace("{}", "\n      {}")
    repo = Repo()
    tree = {"docs/index.md": page("home"), "docs/a.md": page("a", section("new"), section("other"))}
    repo.commit({"mkdocs.yml": config.format("a.md#old: a.md#new\n      b.md#gone: a.md#other"), **tree})
    repo.commit({"mkdocs.yml": config.format("c.md: a.md"), **tree})
    found = recovered(repo.write(tmp_path / "repo"), "--headings")
    assert found == {"/a/#old": ("a.md#new", "likely")}


def test_a_line_that_the_map_of_another_site_had_is_none_of_this_one(tmp_path: Path) -> None:
    repo = Repo()
    tree = {"mkdocs.yml": CONFIG, "docs/index.md": page("home"), "other/docs/index.md": page("other")}
    repo.commit({**tree, "other/mkdocs.yml": CONFIG.replace("{}", "{a.md: index.md}")})
    repo.commit({**tree, "other/mkdocs.yml": CONFIG})
    assert recovered(repo.write(tmp_path / "repo")) == {}


def test_sources_behind_a_link_have_their_history(tmp_path: Path) -> None:
    repo = Repo()
    config = CONFIG + "docs_dir: linked\n"
    repo.commit({"mkdocs.yml": config, "linked": "-> text", "text/index.md": "# H\n", "text/a.md": page("a")})
    repo.commit({"mkdocs.yml": config, "linked": "-> text", "text/index.md": "# H\n", "text/b.md": page("a")})
    assert recovered(repo.write(tmp_path / "repo")) == {"/a/": ("b.md", "sure")}


def test_a_configuration_is_followed_through_its_renames(tmp_path: Path) -> None:
    repo = Repo()
    repo.commit({"site/mkdocs.yml": CONFIG, "site/docs/a.md": page("a"), "site/docs/index.md": "# H\n"})
    repo.commit({"mkdocs.yml": CONFIG, "docs/b.md": page("a"), "docs/index.md": "# H\n"})
    assert recovered(repo.write(tmp_path / "repo")) == {"/a/": ("b.md", "sure")}


def test_what_is_not_committed_counts(tmp_path: Path) -> None:
    folder = steps(tmp_path, {"docs/a.md": page("a"), "docs/b.md": page("b")})
    git(folder, "mv", "docs/a.md", "docs/new.md")
    (folder / "docs/b.md").unlink()
    found = recovered(folder)
    assert found["/a/"] == ("new.md", "sure")
    assert found["/b/"] == (None, "none")


def test_a_page_that_is_back_may_be_redirected_still(tmp_path: Path) -> None:
    """Browsers keep the redirect that led away from it, for as long as its host said."""

    def configure(line: str, host: str = "nginx") -> None:
        unbroken_too = f"  unbroken: {{hosts: [{host}], max_age: 7200}}\n"
        (folder / "mkdocs.yml").write_text(CONFIG.replace("{}", f"{{{line}}}") + unbroken_too)

    folder = steps(tmp_path, {"docs/a.md": page("a")}, {"docs/b.md": page("a")})
    configure("a.md: b.md")
    must(run("git", "commit", "-qam", "Move", cwd=folder))  # now: what is long ago, no browser keeps
    git(folder, "mv", "docs/b.md", "docs/a.md")
    configure("")
    must(run("git", "commit", "-qam", "Move back", cwd=folder))
    said = "/a/ was redirected to /b/ before, and browsers may keep that for 2 hours"
    found = unbroken(folder, "recover", "--format", "json")
    assert [row["target"] for row in json.loads(found.stdout)["lost"]] == ["a.md"]
    assert found.stderr.count(said) == 1
    configure("b.md: a.md")
    assert said in unbroken(folder, "recover").stderr
    configure("b.md: a.md", "github")
    assert "redirected" not in unbroken(folder, "recover").stderr


def test_since_leaves_out_what_was_lost_before(tmp_path: Path) -> None:
    a, b = page("a"), page("b")
    folder = steps(
        tmp_path,
        {"docs/a.md": a, "docs/b.md": b},
        {"docs/a2.md": a, "docs/b.md": b},
        {"docs/a2.md": a, "docs/b2.md": b},
    )
    assert sorted(recovered(folder)) == ["/a/", "/b/"]
    assert sorted(recovered(folder, "--since", "HEAD~1")) == ["/b/"]
    assert sorted(recovered(folder, "--since", "2023-11-17")) == ["/b/"]
    assert recovered(folder, "--since", "HEAD") == {}
    assert "there is no commit 'v9' here" in unbroken(folder, "recover", "--since", "v9").output
    assert "is not a day" in unbroken(folder, "recover", "--since", "2023-99-99").output


def test_a_built_site_says_what_is_published(tmp_path: Path) -> None:
    folder = steps(tmp_path, {"docs/a.md": page("a", section("one")), "docs/b.md": page("b")})
    write_site(folder / "site", {"index.html": built_page("home"), "a/index.html": built_page("a", "one")})
    assert recovered(folder, "--site", "site", "--headings").keys() == {"/b/", "/b/#b"}


def test_what_the_map_answers_and_what_is_retired_is_not_lost(tmp_path: Path) -> None:
    config = (
        "plugins:\n  redirects:\n    redirect_maps:\n      a.md: index.md\n"
        "      e.md: index.md#made-by-a-plugin\n"
        "  unbroken:\n    retired: [b.md]\n    patterns: {old/*: index.md}\n"
    )
    before = {f"docs/{name}.md": page(name[-1]) for name in ("a", "b", "old/c", "d", "e")}
    assert list(recovered(steps(tmp_path, before, {}, config=config))) == ["/d/"]


# Writing.


def test_writing_adds_the_sure_ones_alone_and_mends_the_lines_that_led_there(tmp_path: Path) -> None:
    config = """\
site_name: Small
plugins:
  redirects:
    redirect_maps:
      # A comment that stays.
      older.md: a.md   # led to what is lost
      "b.md": 'dead.md'
"""
    a, b = page("a"), page("b")
    folder = steps(
        tmp_path,
        {"docs/a.md": a, "docs/b.md": b, "docs/gone.md": page("gone")},
        {"docs/x.md": a, "docs/y.md": b},
        config=config,
    )
    result = unbroken(folder, "recover", "--write")
    assert result.exit_code == 1
    assert "2 redirects written to mkdocs.yml." in result.stderr
    expected = config.replace("older.md: a.md", "older.md: x.md")
    expected = expected.replace("'dead.md'\n", "'y.md'\n      a.md: x.md\n")
    assert (folder / "mkdocs.yml").read_text(encoding="utf-8") == expected
    assert unbroken(folder, "check", "--map").exit_code == 0
    assert list(recovered(folder)) == ["/gone/"]


def test_the_review_is_a_map_once_its_marks_are_taken_away(tmp_path: Path) -> None:
    folder = steps(
        tmp_path, {"docs/a b: c.md": page("a"), "docs/b.md": page("b")}, {"docs/index.md": page("b")}
    )
    assert unbroken(folder, "recover", "--format", "yaml", "-o", "review.yml").exit_code == 1
    lines = (folder / "review.yml").read_text(encoding="utf-8").splitlines()
    assert all(line.startswith("# ") or not line for line in lines)
    assert yaml.safe_load("\n".join(line[2:] for line in lines[3::3])).keys() == {"a b: c.md", "b.md"}


def test_a_map_in_toml_is_written(tmp_path: Path) -> None:
    repo = Repo()
    for name in "ab":
        repo.commit({"zensical.toml": "[project]\nsite_name = 'x' # x\n", f"docs/{name}.md": page("a")})
    folder = repo.write(tmp_path / "repo")
    result = unbroken(folder, "recover", "--write")
    assert result.exit_code == 0
    assert (folder / "zensical.toml").read_text() == (
        '[project]\nsite_name = \'x\' # x\n\n[project.plugins.redirects.redirect_maps]\n"a.md" = "b.md"\n'
    )


def test_a_table_for_people(tmp_path: Path) -> None:
    folder = steps(tmp_path, {"docs/a.md": page("a"), "docs/b.md": page("b")}, {"docs/c.md": page("a")})
    result = unbroken(folder, "recover")
    commit = git(folder, "rev-parse", "HEAD")[:9]
    assert result.stdout == f"sure  /a/  c.md  renamed in {commit}\nnone  /b/  -     removed in {commit}\n"
    assert result.stderr.endswith("2 lost: 1 sure, 0 likely, 0 guess, 1 none.\n")
    assert "Nothing is lost." in unbroken(steps(tmp_path / "n", {}), "recover").stderr


# What cannot be read.


def said(folder: Path, *arguments: str) -> str:
    result = unbroken(folder, "recover", *arguments)
    assert result.exit_code == 2, result.output
    assert result.output.startswith("unbroken: ")
    assert result.output.count("\n") == 1
    return result.output


def test_there_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_text(CONFIG)
    assert "is not in a git work tree" in said(tmp_path)


def test_there_are_no_commits(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_text(CONFIG)
    git(tmp_path, "init", "--quiet")
    assert "has no commits yet" in said(tmp_path)


def test_a_shallow_clone_says_what_to_run(tmp_path: Path) -> None:
    folder = steps(tmp_path, {"docs/a.md": page("a")}, {"docs/b.md": page("a")})
    git(tmp_path, "clone", "--quiet", "--depth=1", folder.as_uri(), "shallow")
    assert "Run: git fetch --unshallow." in said(tmp_path / "shallow")
    git(tmp_path / "shallow", "fetch", "--quiet", "--unshallow")
    assert recovered(tmp_path / "shallow") == {"/a/": ("b.md", "sure")}


@pytest.mark.parametrize("kind", ["blob:none", "tree:0"])
def test_a_partial_clone_says_what_to_run_and_asks_nobody(tmp_path: Path, kind: str) -> None:
    folder = steps(tmp_path, {"docs/a.md": page("a")}, {"docs/b.md": page("a", words("more", 8))})
    git(folder, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "partial"
    git(tmp_path, "clone", "--quiet", f"--filter={kind}", folder.as_uri(), "partial")
    lacks = git(clone, "rev-list", "--objects", "--missing=print", "HEAD").count("?")
    assert lacks
    assert "Run: git fetch --refetch --no-filter." in said(clone, "--headings")
    assert git(clone, "rev-list", "--objects", "--missing=print", "HEAD").count("?") == lacks
    git(clone, "fetch", "--quiet", "--refetch", "--no-filter")
    assert recovered(clone) == {"/a/": ("b.md", "sure")}


def test_a_partial_clone_that_has_every_page_will_do(tmp_path: Path) -> None:
    folder = steps(tmp_path, {"docs/a.md": page("a"), "docs/x.png": b"\0" * 9999}, {"docs/b.md": page("a")})
    git(folder, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "--quiet", "--filter=blob:limit=5k", folder.as_uri(), "partial")
    assert "?" in git(tmp_path / "partial", "rev-list", "--objects", "--missing=print", "HEAD")
    assert recovered(tmp_path / "partial", "--headings") == {"/a/": ("b.md", "sure")}


def test_a_damaged_version_that_headings_alone_need(tmp_path: Path) -> None:
    versions = [{"docs/a.md": page("a", section(name))} for name in ("one", "two", "three")]
    folder = steps(tmp_path, *versions)
    name = git(folder, "rev-parse", "HEAD~1:docs/a.md").strip()
    file = folder / ".git/objects" / name[:2] / name[2:]
    file.chmod(0o600)
    file.write_bytes(b"damaged")
    assert recovered(folder) == {}
    assert "Run: git fsck." in said(folder, "--headings")


def test_a_repository_with_longer_names(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main", "--object-format=sha256", "repo")
    repo = Repo()
    for name in "ab":
        repo.commit({"mkdocs.yml": CONFIG, f"docs/{name}.md": page("a", section("one"))})
    folder = repo.write(tmp_path / "repo")
    (folder / "docs/b.md").write_text(page("a", section("two", "one")))
    two = ("b.md#two", "sure")
    assert recovered(folder, "--headings") == {"/a/": ("b.md", "sure"), "/a/#one": two, "/b/#one": two}


@pytest.mark.parametrize("what", ["HEAD~1", "HEAD~1:docs"])
def test_a_damaged_repository(tmp_path: Path, what: str) -> None:
    folder = steps(tmp_path, {"docs/a.md": page("a")}, {"docs/b.md": page("a")})
    name = git(folder, "rev-parse", what).strip()
    file = folder / ".git/objects" / name[:2] / name[2:]
    file.chmod(0o600)
    file.write_bytes(b"damaged")
    assert "Run: git fsck." in said(folder)


def test_odd_files_are_pages_without_text_or_no_pages(tmp_path: Path) -> None:
    odd: Tree = {
        "docs/binary.md": b"\0\1\2" * 99,
        "docs/latin.md": "# \xe9t\xe9\n".encode("latin-1"),
        "docs/huge.md": "word " * (1 << 20),
        "docs/link.md": "-> index.md",
        "docs/caf\u00e9 #1 100%.md": page("cafe"),
        "docs/\udcff.md": page("odd"),
    }
    renamed: Tree = {"docs/new \u00e9 50%25?.md": page("cafe")}
    folder = steps(tmp_path, odd, renamed)
    result = unbroken(folder, "recover", "--headings", "--format", "json")
    assert result.exit_code == 1, result.output
    data = json.loads(result.stdout)
    assert data["notes"] == [r"docs/\xff.md is left out: its name is not UTF-8, so it has no address."]
    found = {row["address"]: row for row in data["lost"] if "#" not in row["address"]}
    assert sorted(found) == ["/binary/", "/caf%C3%A9%20%231%20100%25/", "/huge/", "/latin/", "/link/"]
    assert unbroken(folder, "recover", "--write").exit_code == 1
    assert unbroken(folder, "check", "--map").exit_code == 0
    assert "/caf%C3%A9%20%231%20100%25/" not in recovered(folder)


def test_sources_in_another_repository(tmp_path: Path) -> None:
    outside = steps(tmp_path, {}, config=CONFIG + "docs_dir: ../elsewhere\n")
    (tmp_path / "elsewhere").mkdir()
    assert "which is in no repository" in said(outside)
    git(tmp_path / "elsewhere", "init", "--quiet")
    assert "which is kept in another repository" in said(outside)


def test_a_submodule_is_no_page(tmp_path: Path) -> None:
    repo = Repo()
    repo.commit({"mkdocs.yml": CONFIG, "docs/index.md": page("home")})
    module = b"M 160000 %s docs/module.md\n" % (b"1" * 40)
    repo.stream.append(module)
    repo.commit({"mkdocs.yml": CONFIG, "docs/index.md": page("home")})
    assert recovered(repo.write(tmp_path / "repo")) == {}


def test_a_history_without_a_site_is_said(tmp_path: Path) -> None:
    repo = Repo()
    repo.commit({"README.md": "# Code\n"})
    folder = repo.write(tmp_path / "repo")
    (folder / "mkdocs.yml").write_text(CONFIG)
    result = unbroken(folder, "recover")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "nothing was published on this branch" in result.stderr


# Pure parts.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("site_name: x\n", Settings()),
        ("docs_dir: content/\nnav:\n  - docs_dir: no\n", Settings("content")),
        ("'docs_dir': \"a\"\nuse_directory_urls: False\n", Settings("a", False)),
        ("{docs_dir: b, use_directory_urls: no}", Settings("b", False)),
        ("exclude_docs: |\n  a\n\n  b\ntheme: x\n", Settings(exclude="a\n\nb")),
        ("x: &d c\ndocs_dir: *d\n", Settings("c")),
        ("docs_dir: !ENV [DOCS, d]\nother: !!python/name:x.y\n", Settings("d")),
        ("docs_dir: .\n", Settings("")),
        ("docs_dir: [unclosed\n", Settings()),
        ("", Settings()),
    ],
)
def test_settings_of_old_configurations(text: str, expected: Settings) -> None:
    assert settings_of("mkdocs.yml", {"mkdocs.yml": text}.get) == (expected, ["mkdocs.yml"])


def test_settings_are_inherited() -> None:
    files = {
        "a/mkdocs.yml": "INHERIT: ../base.yml\ndocs_dir: own\n",
        "base.yml": "docs_dir: x\ndraft_docs: d\n",
    }
    found, read = settings_of("a/mkdocs.yml", files.get)
    assert (found, read) == (Settings("a/own", drafts="d"), ["a/mkdocs.yml", "base.yml"])
    assert settings_of("gone.yml", files.get)[0] is None
    files["base.yml"] += "INHERIT: a/mkdocs.yml\n"  # round in a circle
    assert settings_of("a/mkdocs.yml", files.get)[0] == found


_PYMDOWNX = "slugify: !!python/object/apply:pymdownx.slugs.slugify"
MARKDOWN = """\
---
title: Front
# not: a heading
---
# Title *with* `code_x` and [a link](x.md#y)

Under
=====

```sh
# no heading
```

~~~
## neither
~~~

## Caf\u00e9 & _tea_ <b>bold</b> {#own .class}
## Same
## Same ##
### \u65e5\u672c\u8a9e
<h2 id="raw">Raw</h2>
## Raw
##  A \\_b\\_ ![image](i.png)
"""


def test_headings_are_those_that_the_builder_makes() -> None:
    markdown: Any = importlib.import_module("markdown")  # it has no types
    for extensions in ([], ["attr_list"]):
        text = MARKDOWN if extensions else MARKDOWN.replace(" {#own .class}", "")
        body = text.split("---\n", 2)[2]
        names = ["toc", "fenced_code", "tables", *extensions]
        rendered = markdown.markdown(body.replace("\n## ", "\n\n## "), extensions=names)
        ids = [part.split('"')[0] for part in rendered.split(' id="')[1:]]
        ids.remove("raw")  # the one in HTML
        assert ids == [section.fragment for section in sections(text, slug_of(""))]


@pytest.mark.parametrize(
    ("config", "name", "slug"),
    [
        ("", "Caf\u00e9 Au Lait", "cafe-au-lait"),
        ("slugify: !!python/name:markdown.extensions.toc.slugify_unicode\n", "Caf\u00e9 Au", "caf\u00e9-au"),
        (f"{_PYMDOWNX}\n  kwds:\n    case: lower\n", "Caf\u00e9  Au", "caf\u00e9--au"),
        (f"{_PYMDOWNX} {{kwds: {{case: none}}}}\n", "A-B C!", "A-B-C"),
    ],
)  # fmt: skip
def test_slugs_of_other_configurations(config: str, name: str, slug: str) -> None:
    assert slug_of(config)(name) == slug


# Random histories, of which the truth is known.

NAMES = ["a", "b", "c", "d/e", "d/f", "d/index", "g/README"]
MOVES = st.tuples(
    st.sampled_from(
        ["rename", "rename", "delete", "create", "merge", "edit", "folder", "swap", "rewrite", "rename+edit"]
    ),
    st.sampled_from(NAMES),
    st.sampled_from([*NAMES, "h", "i/j", "k"]),
)
HISTORIES = st.lists(st.tuples(st.lists(MOVES, min_size=1, max_size=3), st.booleans()), max_size=7)


class Model:
    """Pages as lists of paragraphs, each of which is one of a kind; the first is what the page is about."""

    def __init__(self) -> None:
        self.pages: dict[str, list[int]] = {}
        self.made = 0
        for name in NAMES[:5]:
            self.create(name)

    def paragraph(self) -> int:
        self.made += 1
        return self.made

    def create(self, name: str) -> None:
        if name not in self.pages:
            self.pages[name] = [self.paragraph()]

    def move(self, kind: str, name: str, other: str) -> None:
        pages = self.pages
        if kind == "create":
            self.create(other)
        if name not in pages:
            return
        match kind:
            case "rename" | "rename+edit" if other not in pages:
                pages[other] = pages.pop(name)
                if kind == "rename+edit":
                    pages[other] = [*pages[other], self.paragraph()]
            case "delete":
                del pages[name]
            case "merge" if other in pages and other != name:
                pages[other] = [*pages[other], *pages.pop(name)]
            case "edit":
                pages[name] = [*pages[name], self.paragraph()]
            case "rewrite":
                pages[name] = [self.paragraph()]
            case "swap" if other in pages:
                pages[name], pages[other] = pages[other], pages[name]
            case "folder":
                for old in [old for old in pages if old.startswith("d/")]:
                    new = "z" + old[1:]
                    if new not in pages:
                        pages[new] = pages.pop(old)

    def tree(self) -> Tree:
        return {
            "mkdocs.yml": CONFIG,
            "docs/index.md": page("home"),
            **{f"docs/{name}.md": self.text(numbers) for name, numbers in self.pages.items()},
        }

    @staticmethod
    def text(numbers: list[int]) -> str:
        dice = random.Random(numbers[0])
        own = [" ".join(dice.sample(SHARED.split(), 12)), *(words(f"w{number}x", 30) for number in numbers)]
        return f"# About {numbers[0]}\n\n{SHARED}\n\n" + "\n\n".join(own) + "\n"


def address(name: str) -> str:
    folder, _, last = name.rpartition("/")
    return f"/{folder}/" if last in ("index", "README") else f"/{name}/"


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HISTORIES)
def test_every_lost_address_is_listed_and_what_is_sure_is_right(
    moves: list[tuple[list[tuple[str, str, str]], bool]],
) -> None:
    model, repo = Model(), Repo()
    published = {address(name): numbers[0] for name, numbers in model.pages.items()}
    main_line = repo.commit(model.tree())
    for step, on_branch in moves:
        if on_branch:
            # Each move is a commit of its own on a branch, and the branch is merged.
            side = main_line
            for move in step:
                model.move(*move)
                side = repo.commit(model.tree(), side, branch="side")
            main_line = repo.commit(model.tree(), main_line, side)
        else:
            for move in step:
                model.move(*move)
            main_line = repo.commit(model.tree(), main_line)
        published |= {address(name): numbers[0] for name, numbers in model.pages.items()}
    now = {address(name): set(numbers) for name, numbers in model.pages.items()}
    with tempfile.TemporaryDirectory() as place:
        folder = repo.write(Path(place))
        found = {row["address"]: row for row in rows(folder)}
        assert found.keys() == published.keys() - now.keys()
        for path, row in found.items():
            if row["confidence"] == "sure":
                target = address(row["target"].removesuffix(".md"))
                assert published[path] in now[target], (path, row)
        result = unbroken(folder, "recover", "--write")
        assert "Traceback" not in result.output
        assert unbroken(folder, "check", "--map").exit_code == 0
        left = recovered(folder)
        for path, row in found.items():
            if row["confidence"] == "sure":
                assert path not in left
                said = unbroken(folder, "resolve", path)
                assert said.exit_code == 0
                assert f"-> {address(row['target'].removesuffix('.md'))}" in said.output
            else:
                assert left[path] == (row["target"], row["confidence"])


def test_plain_renames_are_sure(tmp_path: Path) -> None:
    """The other half of the truth: what is sure is not merely nothing."""
    model, repo = Model(), Repo()
    repo.commit(model.tree())
    for move in (("rename", "a", "h"), ("folder", "d/e", ""), ("merge", "b", "c"), ("rename+edit", "h", "k")):
        model.move(*move)
        repo.commit(model.tree())
    found = recovered(repo.write(tmp_path / "repo"))
    assert {path: target for path, (target, how) in found.items() if how == "sure"} == {
        "/a/": "k.md", "/d/e/": "z/e.md", "/d/f/": "z/f.md", "/h/": "k.md"
    }  # fmt: skip
    assert found["/b/"] == ("c.md", "likely")


def test_texts_have_no_pieces_in_common_but_their_words() -> None:
    assert shingles("") == set()
    assert shingles("one two") == shingles("One, two!")
    assert len(shingles(words("x", 10))) == 7
    assert shingles("[a b c d](old.md)") == shingles("[a b c d](../new.md#x)")


# The page that tells of it.

GUIDE = ROOT / "docs/unbroken/recover.md"


def told(folder: Path) -> Path:
    """The repository on the page: what its list of commits says."""
    install, limits = section("install"), section("limits")
    repo = Repo()
    home = {"mkdocs.yml": CONFIG, "docs/index.md": page("home")}
    repo.commit({**home, "docs/start.md": page("start", install), "docs/quota.md": page("quota", limits)})
    repo.commit({**home, "docs/begin.md": page("start", install), "docs/quota.md": page("quota", limits)})
    repo.commit({**home, "docs/begin.md": page("start", install, words("quota"), limits)})
    setup = section("setup", "install")
    repo.commit(
        {**home, "docs/begin.md": page("start", setup, words("quota"), limits), "docs/old.md": "# Old\n"}
    )
    repo.commit({**home, "docs/begin.md": page("start", setup, words("quota"), limits)})
    return repo.write(folder)


def test_the_page_shows_what_the_tool_prints(tmp_path: Path) -> None:
    folder = told(tmp_path / "repo")
    shown = GUIDE.read_text(encoding="utf-8").split("```console\n")[1:]
    commands = [part for block in shown for part in block.split("\n```")[0].split("$ unbroken ")[1:]]
    assert len(commands) >= 3
    for command in commands:
        line, _, output = command.partition("\n")
        assert unbroken(folder, *line.split()).output.rstrip() == output.rstrip(), line
