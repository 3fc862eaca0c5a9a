"""What a history has lost and what is proposed for it, with every reason, to the letter.

What single rules mean, other tests say; here a slip shows wherever it is. ``proposed.txt`` is what is
expected: ``python -m tests.unbroken.recover.test_proposed`` writes it anew, for one to look at.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.unbroken.recover.test_history import Repo, Tree, git, page, section, unbroken, words
from tests.unbroken.sites import page as built
from tests.unbroken.sites import the_map, write_site
from unbroken.formats.outline import slug_of
from unbroken.model.redirects import RedirectMap
from unbroken.model.resolver import Resolver
from unbroken.recover.headings import Headings, fragments_of
from unbroken.recover.history import Settings, walk
from unbroken.recover.proposals import (
    Proposal,
    heading_fate,
    lost_headings,
    lost_pages,
    page_fate,
    propose,
)
from unbroken.recover.repository import Commit
from unbroken.recover.tracking import Confidence, Present, Tracker
from unbroken.workspace.changes import Change

EXPECTED = Path(__file__).with_name("proposed.txt")


# Histories that git keeps.


def configured(*lines: str, more: str = "") -> str:
    """A configuration with a redirect map."""
    listed = "".join(f"      {line}\n" for line in lines) or "      {}\n"
    return f"site_name: Small\n{more}plugins:\n  redirects:\n    redirect_maps:\n{listed}"


def years(repo: Repo) -> None:
    """A site that is renamed, split, merged, configured anew and cut down."""
    tree: Tree = {"README.md": "# Code\n", "notes/gone.md": page("before"), "docs/index.md": page("home")}
    other = page("other", section("use", "otheruse"), section("limits"))
    repo.commit(tree)
    del tree["notes/gone.md"]
    files = {
        "renamed": page("renamed", section("one"), section("two"), "## Three\n\nfew\n"),
        "edited": page("edited", words("same", 30)),
        "rewritten": page("rewritten", section("mine")),
        "split": f"# Split\n\n{section('left')}\n\n{section('right')}\n",
        "merged": page("merged", section("inside")),
        "all": page("all"),
        "removed": page("removed", section("use")),
        "titled": "# The same title\n\nshort\n",
        "near": page("near", words("twin", 30)),
        "twin": page("twinned", words("twin", 30)),
        "other": other,
        "folder/index": "# Folder\n",
        "folder/tiny": "tiny",
        "folder/long": page("long"),
        "café é": page("cafe"),
        "what?#%": page("what"),
        "back": page("back"),
        "number": "# Number\n\n## Same\n\na\n\n## Same\n\nb\n",
    }
    tree |= {f"docs/{name}.md": text for name, text in files.items()}
    urls = "use_directory_urls: false\n"
    tree["docs/data.yml"] = "x: 1\n"
    tree["mkdocs.yml"] = configured("ever.md: other.md", "never.md: renamed.md#two", more=urls)
    repo.commit(tree)

    def rename(old: str, new: str, text: str | bytes = "") -> None:
        before = tree.pop(f"docs/{old}.md")
        if new:
            tree[f"docs/{new}.md"] = text or before

    tree["mkdocs.yml"] = configured("ever.md: other.md", "never.md: renamed.md#two")
    repo.commit(tree)
    rename("renamed", "first")
    del tree["docs/data.yml"]
    rename("café é", "thé")
    repo.commit(tree)
    rename("edited", "changed", page("edited", words("same", 30), words("added", 20)))
    rename("rewritten", "written")
    rename("back", "there")
    tree["mkdocs.yml"] = configured(
        "ever.md: other.md", "never.md: other.md#use", "x.md: near.md", "y.md: all.md#insid%65"
    )
    repo.commit(tree)
    tree["docs/first.md"] = page("renamed", section("uno", "one"), section("two"), "## Tres\n\nother\n")
    tree["docs/written.md"] = page("fresh")
    rename("there", "back")
    tree["mkdocs.yml"] = configured("ever.md: other.md")
    repo.commit(tree)
    rename("split", "")
    tree["docs/left.md"], tree["docs/right.md"] = (
        f"# L\n\n{section('left')}\n",
        f"# R\n\n{section('right')}\n",
    )
    rename("merged", "")
    tree["docs/all.md"] = page("all", words("merged"), section("inside"))
    rename("what?#%", "so?#%")
    repo.commit(tree)
    rename("removed", "")
    rename("titled", "")
    rename("near", "")
    tree["docs/new-title.md"] = "# The same title\n\nothers\n"
    tree["docs/number.md"] = "# Number\n\n## Same\n\na\n"
    tree["mkdocs.yml"] = configured(
        "ever.md: other.md", more="exclude_docs: twin.md\ndraft_docs: |\n  left.md\n"
    )
    repo.commit(tree)
    side = {**tree, "docs/side.md": other.replace("otheruse1 ", "")}
    del side["docs/other.md"]
    for name in ("index", "tiny", "long"):
        side[f"docs/leaf/{name}.md"] = side.pop(f"docs/folder/{name}.md")
    branched = repo.commit(side, repo.count, branch="side")
    side["docs/side.md"] = page("side")
    branched = repo.commit(side, branched, branch="side")
    tree["docs/beside.md"] = page("beside")
    main = repo.commit(tree, 8)
    repo.commit({**side, "docs/beside.md": page("beside")}, main, branched)
    side |= {"docs/beside.md": page("beside"), "mkdocs.yml": configured("first.md#uno: first.md#two")}
    side["docs/next.md"] = side.pop("docs/changed.md")
    repo.commit(side)


def elsewhere(repo: Repo) -> None:
    """A configuration that is renamed, inherits and is TOML in the end; its sources wander."""
    index = page("home")
    repo.commit({"mkdocs.yaml": "site_name: x\n", "docs/index.md": index, "docs/a.md": page("a")})
    repo.commit({"mkdocs.yml": "INHERIT: base.yml\n", "base.yml": "docs_dir: text\n", "text/index.md": index,
                 "text/a.md": page("a"), "text/b.md": page("b")})  # fmt: skip
    repo.commit({"mkdocs.yml": "INHERIT: base.yml\n", "base.yml": "docs_dir: text/en\n",
                 "text/en/index.md": index, "text/en/c.md": page("a"), "text/b.md": page("b")})  # fmt: skip
    files = "INHERIT: base.yml\nuse_directory_urls: 'off'\n"
    repo.commit({"mkdocs.yml": files, "base.yml": "docs_dir: text/en\n",
                 "text/en/README.md": index, "text/en/c.md": page("a")})  # fmt: skip
    toml = "[project]\nsite_name = 'x'\ndocs_dir = 'text/en'\n[project.plugins.redirects.redirect_maps]\n"
    repo.commit({"zensical.toml": f"{toml}'z.md' = 'c.md#a'\n", "text/en/README.md": index,
                 "text/en/c.md": page("a")})  # fmt: skip
    repo.commit({"zensical.toml": toml, "text/en/index.md": index, "text/en/c.md": page("a")})


def versions(repo: Repo) -> None:
    """One version and the next."""
    lines = [f"line {n} of it, as it was" for n in range(100)]

    def changed(count: int) -> str:
        return "\n".join([*(f"other {n}" for n in range(count)), *lines[count:], ""])

    named = {
        name: changed(0).replace("it", name)
        for name in ("same", "little", "more", "gone", "led", "retired", "dead")
    }
    before: Tree = {f"docs/{name}.md": text for name, text in named.items()}
    before["mkdocs.yml"] = configured(
        "was.md: same.md", "lost.md: gone.md", "led.md#x: same.md", "stays.md: led.md"
    )
    before["docs/index.md"], before["docs/old.png"] = page("home"), b"\0picture" * 99
    before["published-urls.txt"] = "/\n/recorded/\n/same/#x\n/was/\n/lost/\n/stays/\n/file.pdf\n"
    repo.commit(before)
    now: Tree = {
        "docs/index.md": page("home"),
        "docs/new.png": b"\0picture" * 99,
        "docs/x/same.md": named["same"],
        "docs/led.md": named["led"],
        "docs/small.md": changed(9).replace("it", "little"),
        "docs/much.md": changed(40).replace("it", "more"),
        "mkdocs.yml": configured("was.md: x/same.md", "dead.md: none.md")
        + "  unbroken: {retired: [retired.md]}\n",
    }
    repo.commit(now)


def in_git(make: object, *options: str, site: Mapping[str, str] | None = None) -> list[str]:
    """What the command prints of a history, each commit by its number."""
    repo = Repo()
    assert callable(make)
    make(repo)
    with tempfile.TemporaryDirectory() as place:
        folder = repo.write(Path(place))
        if site:
            write_site(folder / "site", site)
            options = (*options, "--site", "site")
        said = unbroken(folder, "recover", *options).output
        said += git(folder, "diff", "-U0")
        commits = git(folder, "rev-list", "--all").split()
        numbers = {c[:9]: git(folder, "show", "-s", "--format=%ct", c).strip() for c in commits}
    for commit, seconds in numbers.items():
        said = said.replace(commit, f"step {(int(seconds) - 1_700_000_000) // 86_400}")
    said = re.sub(r"Run: \S*unbroken ", "Run: unbroken ", said)
    return [re.sub(" +$", "", line) for line in said.splitlines()]


# Histories as data, where a blob is its own text, so that shares of texts can be told exactly.


def step(
    number: int, before: Mapping[str, str], after: Mapping[str, str], *renames: tuple[str, str]
) -> Commit:
    """What leads from one tree to another."""
    changes = [
        Change("R", old, new, before[old], after[new], 100 if before[old] == after[new] else 90)
        for old, new in renames
    ]
    there, here = {**before}, {**after}
    for old, new in renames:
        del there[old], here[new]
    changes += [Change("D", path, path, text, "") for path, text in there.items() if path not in here]
    changes += [Change("A", path, path, "", text) for path, text in here.items() if path not in there]
    changes += [Change("M", p, p, there[p], t) for p, t in here.items() if there.get(p, t) != t]
    return Commit(f"{number}" * 9, number * 86_400, tuple(sorted(changes)))


def told(trees: list[dict[str, str]], *renames: tuple[int, str, str]) -> list[Proposal]:
    """What is proposed after a history, for pages and headings."""
    trees = [{"mkdocs.yml": "site_name: x\n", **tree} for tree in trees]
    line = [
        step(n, before, after, *(each[1:] for each in renames if each[0] == n))
        for n, (before, after) in enumerate(zip([{}, *trees], trees, strict=False))
    ]
    past = walk(line, "mkdocs.yml", str)
    slug = slug_of("")
    sources = {
        path.removeprefix("docs/"): text for path, text in trees[-1].items() if path.startswith("docs/")
    }
    present = Present(Settings(), sources, sources.__getitem__, slug)
    fates = Tracker(past, present, str)
    resolver = Resolver(present, RedirectMap())

    def judged(found: list[Proposal]) -> dict[int, str]:
        return {}

    pages = propose(lost_pages(past, resolver), fates, lambda loss: page_fate(loss, fates, resolver), judged)
    headings = Headings(fates, slug, fragments_of(past, lambda blobs: blobs, slug))
    sure = {p.source: p.target for p in pages if p.confidence is Confidence.SURE}
    resolver = Resolver(present, the_map(sure))
    lost = lost_headings(headings, {p.address.path for p in pages}, resolver)
    return pages + propose(lost, fates, lambda loss: heading_fate(loss, headings, resolver), judged)


def run_of(count: int, last: int = 0, name: str = "w") -> str:
    """Text with so many pieces that count; or the last so many of those."""
    every = [f"{name}{n}" for n in range(count + 3)]
    return " ".join(every[-last - 3 :] if last else every)


def grid(title: str, size: int, make: object) -> list[str]:
    """How sure it is where a page went, by how much of it arrived in one place and in another."""
    assert callable(make)
    parts = sorted(
        {n for part in (0.15, 0.3, 0.5, 0.8) for n in (round(size * part), round(size * part) - 1)}
    )
    others = [0, *(n for n in parts if n > 0)]
    ones = [*others, size] if size > 8 else [size]
    lines = [f"=== {title}: {size} pieces of text", "        " + "".join(f"{n:>10}" for n in others)]
    for one in ones:
        cells = []
        for other in others:
            a = run_of(one) if one else ""
            b = run_of(size, other) if other else ""
            found = make(run_of(size), a, b)
            p = next(
                (p for p in found if p.address.path == "/old/" and p.address.fragment in ("", "part")), None
            )
            cells.append(f"{p.confidence.word} {p.target[:1]}" if p else "")
        lines.append(f"{one:>8}" + "".join(f"{cell:>10}" for cell in cells))
    return lines


HOME = {"docs/index.md": page("home")}


def removed(text: str, one: str, other: str) -> list[Proposal]:
    """Its text arrives on two new pages."""
    return told([{**HOME, "docs/old.md": text}, {**HOME, "docs/a.md": one, "docs/b.md": other}])


def merged(text: str, one: str, other: str) -> list[Proposal]:
    """Its text arrives on two pages that are there, and removed once more."""
    here = {"docs/a.md": words("own"), "docs/b.md": words("another")}
    there = {"docs/a.md": f"{words('own')} {one}", "docs/b.md": f"{words('another')} {other}"}
    return told([{**HOME, **here, "docs/old.md": text}, {**HOME, **there}])


def renamed(text: str, one: str, other: str) -> list[Proposal]:
    """It is renamed and changed, while some of its text arrives elsewhere."""
    trees = [{**HOME, "docs/old.md": text}, {**HOME, "docs/a.md": f"{one} new", "docs/b.md": other}]
    return told(trees, (1, "docs/old.md", "docs/a.md"))


def with_folder(text: str, one: str, other: str) -> list[Proposal]:
    """The same, and its name is kept, while another page goes the same way unchanged."""
    files = {"docs/old.md": text, "docs/same.md": words("same")}
    after = {"docs/a/old.md": f"{one} new", "docs/a/same.md": words("same"), "docs/b.md": other}
    ways = [(1, f"docs/{name}.md", f"docs/a/{name}.md") for name in ("old", "same")]
    return told([{**HOME, **files}, {**HOME, **after}], *ways)


def held(text: str, one: str, other: str) -> list[Proposal]:
    """Two other pages had some of its text before."""
    here = {"docs/a.md": f"{one} {words('own')}", "docs/b.md": f"{other} {words('another')}"}
    return told([{**HOME, **here, "docs/old.md": text}, {**HOME, **here}])


def rewritten(text: str, one: str, other: str) -> list[Proposal]:
    """It is renamed as it is, and rewritten afterwards, when another page gets some of it."""
    last = {**HOME, "docs/a.md": f"{one} new", "docs/b.md": other}
    return told(
        [{**HOME, "docs/old.md": text}, {**HOME, "docs/a.md": text}, last], (1, "docs/old.md", "docs/a.md")
    )


def reheaded(text: str, one: str, other: str) -> list[Proposal]:
    """A section loses its heading, and two others come with some of its text."""
    before = {**HOME, "docs/old.md": f"# Old\n\n## Part\n\n{text}\n\n## Next\n"}
    after = {**HOME, "docs/old.md": f"# Old\n\n## a\n\n{one}\n\n## Next\n\n## b\n\n{other}"}
    found = told([before, after])
    return [p._replace(target=p.target.partition("#")[2]) for p in found]


GRIDS = (removed, merged, renamed, with_folder, held, rewritten, reheaded)

#: Small histories: each its trees, and what git takes for renamed at which step.
SMALL: dict[str, tuple[list[dict[str, str]], list[tuple[int, str, str]]]] = {
    "two copies are renamed": (
        [{"docs/a.md": words("x"), "docs/b.md": words("x")},
         {"docs/c.md": words("x"), "docs/d.md": words("x")}],
        [(1, "docs/a.md", "docs/c.md"), (1, "docs/b.md", "docs/d.md")],
    ),
    "too little text to tell": (
        [{"docs/a.md": words("x", 10), "docs/b.md": words("y", 11)},
         {"docs/c.md": words("x", 10), "docs/d.md": words("y", 11)}],
        [(1, "docs/a.md", "docs/c.md"), (1, "docs/b.md", "docs/d.md")],
    ),
    "empty pages are renamed, two with their folder": (
        [{"docs/a.md": "\n", "docs/x/b.md": "\n", "docs/x/c.md": "\n"},
         {"docs/d.md": "\n", "docs/y/b.md": "\n", "docs/y/c.md": "\n"}],
        [(1, "docs/a.md", "docs/d.md"), (1, "docs/x/b.md", "docs/y/b.md"), (1, "docs/x/c.md", "docs/y/c.md")],
    ),
    "an address that three pages had": (
        [{"docs/a.md": page("one")}, {"docs/b.md": page("one"), "docs/a.md": page("two")},
         {"docs/b.md": page("one")},
         {"docs/b.md": page("one"), "docs/a.md": page("three")}, {"docs/b.md": page("one")}],
        [(1, "docs/a.md", "docs/b.md")],
    ),
    "merged, then renamed, then merged again": (
        [{"docs/a.md": page("one"), "docs/b.md": page("two"), "docs/d.md": page("four")},
         {"docs/b.md": page("two", words("one")), "docs/d.md": page("four")},
         {"docs/c.md": page("two", words("one")), "docs/d.md": page("four")},
         {"docs/d.md": page("four", words("two"), words("one"))}],
        [(2, "docs/b.md", "docs/c.md")],
    ),
    "a heading that is renamed twice and moved": (
        [{"docs/a.md": page("a", section("x")), "docs/b.md": page("b")},
         {"docs/a.md": page("a", section("y", "x")), "docs/b.md": page("b")},
         {"docs/a.md": page("a", section("z", "x")), "docs/b.md": page("b")},
         {"docs/a.md": page("a"), "docs/b.md": page("b", section("z", "x"))},
         {"docs/a.md": page("a"), "docs/b.md": page("b", "## Last\n\nother")}],
        [],
    ),
    "a heading that goes, comes back, and goes with the same one elsewhere": (
        [{"docs/a.md": page("a", section("x")), "docs/b.md": page("b")},
         {"docs/a.md": page("a"), "docs/b.md": page("b")},
         {"docs/a.md": page("a", section("x")), "docs/b.md": page("b")},
         {"docs/a.md": page("a"), "docs/b.md": page("b", "## x")}],
        [],
    ),
    "numbered headings of which one goes": (
        [{"docs/a.md": "# A\n" + "".join(f"\n## Same\n\n{words(name)}\n" for name in "xyz")},
         {"docs/a.md": f"# A\n\n## Same\n\n{words('y')}\n\n## Same\n\n{words('z')}\n"}],
        [],
    ),
    "headings of a page that went": (
        [{"docs/a.md": page("a", section("x"), section("y"))},
         {"docs/b.md": page("a", section("x"), section("y"))},
         {"docs/b.md": page("a", section("x"))}],
        [(1, "docs/a.md", "docs/b.md")],
    ),
    "headings of a page that nobody can find": (
        [{"docs/a.md": page("a", section("x")), "docs/b.md": page("b", section("y"))},
         {"docs/b.md": page("b", section("y"), "## x")}],
        [],
    ),
    "a page that is no longer published": (
        [{"docs/a.md": page("a")}, {"docs/.a.md": page("a")}], [(1, "docs/a.md", "docs/.a.md")]
    ),
    "a page that leaves the site, and a name without text": (
        [{"docs/a.md": page("a"), "docs/set-up.md": "x"}, {"a.md": page("a"), "docs/setup.md": "y"}],
        [(1, "docs/a.md", "a.md")],
    ),
    "a circle of three": (
        [{"docs/a.md": page("a"), "docs/b.md": page("b"), "docs/c.md": page("c")},
         {"docs/b.md": page("a"), "docs/c.md": page("b"), "docs/a.md": page("c")}, {"docs/z.md": page("c")}],
        [(1, "docs/a.md", "docs/b.md"), (1, "docs/b.md", "docs/c.md"), (1, "docs/c.md", "docs/a.md"),
         (2, "docs/a.md", "docs/z.md")],
    ),
    "settings that change, and pages that go afterwards": (
        [{"mkdocs.yml": "use_directory_urls: false\n", "docs/a.md": page("a"), "docs/b.md": page("b")},
         {"docs/a.md": page("a"), "docs/b.md": page("b")}, {"docs/c.md": page("a"), "docs/b.md": page("b")},
         {"mkdocs.yml": "exclude_docs: c.md\n", "docs/c.md": page("a"), "docs/d.md": page("b")},
         {"docs/c.md": page("a"), "docs/d.md": page("b")}],
        [(2, "docs/a.md", "docs/c.md"), (3, "docs/b.md", "docs/d.md")],
    ),
    "renamed, rewritten, and renamed with changes, of which another page has a little": (
        [{"docs/a.md": words("t")}, {"docs/b.md": words("t")}, {"docs/b.md": run_of(20)},
         {"docs/b.md": page("b"), "docs/c.md": f"{run_of(9)} new", "docs/d.md": run_of(20, 2)}],
        [(1, "docs/a.md", "docs/b.md"), (3, "docs/b.md", "docs/c.md")],
    ),
    "renamed, rewritten, and removed, when its text goes to two": (
        [{"docs/a.md": words("t")}, {"docs/b.md": words("t")}, {"docs/b.md": run_of(20)},
         {"docs/c.md": run_of(15), "docs/d.md": run_of(20, 2)},
         {"docs/b.md": page("b"), "docs/c.md": run_of(15), "docs/d.md": run_of(20, 2)}],
        [(1, "docs/a.md", "docs/b.md")],
    ),
    "merged into a page that drops half of it": (
        [{"docs/a.md": run_of(20), "docs/b.md": words("b")}, {"docs/b.md": f"{words('b')} {run_of(20)}"},
         {"docs/b.md": f"{words('b')} {run_of(9)}"}],
        [],
    ),
    **{
        f"a text that {count} others have": (
            [{f"docs/{name}.md": f"{run_of(20)} {words(name)}" for name in "abcdefghi"[:count]}
             | ({} if step else {"docs/z/old.md": f"{run_of(20)} last"}) for step in (0, 1)],
            [],
        )
        for count in (3, 4, 8, 9)
    },
    "the same title once, twice, and none": (
        [{"docs/a.md": "# One\n\nx", "docs/b.md": "# Two\n\ny", "docs/c.md": "none",
          "docs/d.md": "# One\n\nelse",
          "docs/e.md": "# Two\n\nz", "docs/f.md": "# Two\n\nw", "docs/g.md": "no title"}, {},
         {"docs/d.md": "# One\n\nelse", "docs/e.md": "# Two\n\nz", "docs/f.md": "# Two\n\nw",
          "docs/g.md": "none"}],
        [],
    ),
    "a page goes a way that another, of another name, goes unchanged": (
        [{"docs/x/a.md": run_of(7), "docs/x/q.md": words("q")},
         {"docs/y/a.md": f"{run_of(6)} new", "docs/y/r.md": words("q")}],
        [(1, "docs/x/a.md", "docs/y/a.md"), (1, "docs/x/q.md", "docs/y/r.md")],
    ),
    "a heading that comes back after another took its place": (
        [{"docs/a.md": page("a", section("x"))}, {"docs/a.md": page("a", section("y"))},
         {"docs/a.md": page("a", section("x"))}, {"docs/a.md": page("a", section("z", "x"))}],
        [],
    ),
    "two headings for two, by their texts and without": (
        [{"docs/a.md": page("a", "## One\n\nx", "## Two\n\ny")},
         {"docs/a.md": page("a", "## Three\n\nx", "## Four\n\nz")}],
        [],
    ),
    "an address that one page had twice, and another between": (
        [{"docs/a.md": page("one")}, {"docs/b.md": page("one"), "docs/a.md": page("two")},
         {"docs/a.md": page("one")}, {"docs/c.md": page("one")}],
        [(1, "docs/a.md", "docs/b.md"), (2, "docs/b.md", "docs/a.md"), (3, "docs/a.md", "docs/c.md")],
    ),
}  # fmt: skip


def of_repositories() -> list[str]:
    """What is said of what git keeps."""
    return [
        "=== years",
        *in_git(years, "--headings"),
        "=== elsewhere",
        *in_git(elsewhere, "--headings"),
        "=== elsewhere: as a built site has it",
        *in_git(elsewhere, "--headings", site={"index.html": built("home"), "z/index.html": built("other")}),
        "=== elsewhere: as YAML, and since step 3",
        *in_git(elsewhere, "--format", "yaml", "--since", "HEAD~3"),
        "=== from one version to the next",
        *in_git(versions, "--across", "HEAD~1", "HEAD"),
        "=== elsewhere: as JSON, and written",
        *in_git(elsewhere, "--format", "json", "--write"),
    ]


def of_data() -> list[str]:
    """What is said of the others."""
    lines = [
        line
        for size in (20, 8, 7)
        for make in GRIDS
        for line in grid((make.__doc__ or "").rstrip("."), size, make)
    ]
    for name, (trees, renames) in SMALL.items():
        lines.append(f"=== {name}")
        for p in told([{**HOME, **tree} for tree in trees], *renames):
            lines.append(f"{p.confidence.word}: {p.address} -> {p.target or '-'} ({p.why}) {p.lost[:1]}")
    return [re.sub(r"(\d)\1{8}", r"step \1", line) for line in lines]


def text() -> str:
    """All of it."""
    return "\n".join([*of_repositories(), *of_data(), ""])


def test_what_is_proposed_is_as_expected() -> None:
    assert text() == EXPECTED.read_text(encoding="utf-8")


if __name__ == "__main__":
    EXPECTED.write_text(text(), encoding="utf-8", newline="\n")
