"""Kinds of sites on which plugins decide: languages, blogs, macros, references by name, other builders."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.commands import Completed, must, output, run
from tests.unbroken.builders.sites import GENERATE, LANGUAGES, build, make, redirects, repository
from unbroken.workspace import config as configuration

if TYPE_CHECKING:
    from pathlib import Path

MATERIAL: dict[str, Any] = {"theme": {"name": "material", "font": False}}


def move(root: Path, *words: str) -> Completed:
    return run("unbroken", "move", *words, cwd=root)


def lines(root: Path) -> dict[str, str]:
    """The map of a site."""
    return {e.source: e.target for e in configuration.read(root / "mkdocs.yml").entries}


# Languages.


@pytest.mark.parametrize("structure", ["suffix", "folder"])
def test_a_page_moves_in_every_language(tmp_path: Path, structure: str) -> None:
    suffix = structure == "suffix"
    english, french = ("bar/foo.md", "bar/foo.fr.md") if suffix else ("en/bar/foo.md", "fr/bar/foo.md")
    home, accueil = ("index.md", "index.fr.md") if suffix else ("en/index.md", "fr/index.md")
    files = {
        home: "[foo](bar/foo.md#part)\n",
        accueil: "[foo](bar/foo.md#partie)\n",
        english: "# Foo\n\n## Part\n",
        french: "# Foo\n\n## Partie\n",
    }
    plugins = [{"i18n": {"docs_structure": structure, "languages": LANGUAGES}}, "redirects", "unbroken"]
    make(tmp_path, files, plugins)
    build(tmp_path)
    must(run("unbroken", "record", cwd=tmp_path))
    repository(tmp_path)
    new = english.replace("bar", "baz")
    done = must(move(tmp_path, english, new))
    assert "built before and after" in output(done)
    other = french.replace("bar", "baz")
    assert (tmp_path / "docs" / other).is_file()
    assert lines(tmp_path) == {english: new, french: other}
    build(tmp_path, "--strict")
    must(run("unbroken", "check", cwd=tmp_path))
    for name in ("bar/foo", "fr/bar/foo"):
        assert 'data-unbroken-to="../../baz/foo/"' in (tmp_path / "site" / name / "index.html").read_text()


@pytest.mark.parametrize("structure", ["suffix", "folder"])
def test_what_names_a_page_without_its_language_follows(tmp_path: Path, structure: str) -> None:
    suffix = structure == "suffix"
    english, home = ("bar/a.en.md", "index.en.md") if suffix else ("en/bar/a.md", "en/index.md")
    accueil = "index.fr.md" if suffix else "fr/index.md"
    files = {
        home: "# Home\n\n[a](bar/a.md#part)\n",
        accueil: "# Accueil\n\n[a](bar/a.md#part)\n",  # which is shown there in English
        english: "# A\n\n## Part\n",
    }
    plugins = [{"i18n": {"docs_structure": structure, "languages": LANGUAGES}}, "redirects", "unbroken"]
    make(tmp_path, files, plugins, nav=[{"Home": "index.md"}, {"A": "bar/a.md"}])
    build(tmp_path)
    repository(tmp_path)
    new = english.replace("bar/a", "baz/c")
    assert "built before and after" in output(must(move(tmp_path, english, new)))
    assert "- A: baz/c.md\n" in (tmp_path / "mkdocs.yml").read_text()
    for name in (home, accueil):
        assert "[a](baz/c.md#part)" in (tmp_path / "docs" / name).read_text()
    build(tmp_path)
    for folder in ("site", "site/fr"):
        assert 'href="baz/c/#part"' in (tmp_path / folder / "index.html").read_text()
        assert (tmp_path / folder / "bar/a/index.html").is_file()


# Blogs.


def post(number: int, title: str, text: str = "Text.") -> str:
    return f"---\ndate: 2024-0{number}-01\n---\n\n# {title}\n\n{text}\n"


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    """A blog of two posts to a page, recorded and committed."""
    files = {
        "index.md": "[a](blog/posts/one.md)\n",
        "blog/index.md": "# Blog\n\n## Of this blog\n",
        "blog/posts/one.md": post(1, "Apples"),
        "blog/posts/two.md": post(2, "Bananas", "[home](../../index.md)"),
    }
    make(tmp_path, files, ["search", {"blog": {"pagination_per_page": 2}}, "unbroken"], **MATERIAL)
    build(tmp_path)
    must(run("unbroken", "record", cwd=tmp_path))
    return repository(tmp_path)


def test_a_posts_file_moves_and_its_address_stays(blog: Path) -> None:
    must(move(blog, "blog/posts/one.md", "blog/posts/old/apples.md"))
    assert lines(blog) == {}
    assert "(blog/posts/old/apples.md)" in (blog / "docs/index.md").read_text()
    build(blog, "--strict")
    must(run("unbroken", "check", cwd=blog))


def test_a_post_that_git_has_renamed_gets_no_redirect_either(blog: Path) -> None:
    must(run("git", "mv", "docs/blog/posts/one.md", "docs/blog/posts/apples.md", cwd=blog))
    must(move(blog, "--from-git"))
    assert lines(blog) == {}
    assert "(blog/posts/apples.md)" in (blog / "docs/index.md").read_text()


def test_a_redirect_may_lead_to_a_post(blog: Path) -> None:
    text = (blog / "mkdocs.yml").read_text()
    redirects = "- redirects: {redirect_maps: {old.md: blog/posts/one.md}}"
    (blog / "mkdocs.yml").write_text(text.replace("- unbroken", f"{redirects}\n- unbroken"))
    build(blog, "--strict")
    stub = (blog / "site/old/index.html").read_text()
    assert 'data-unbroken-to="../blog/2024/01/01/apples/"' in stub
    must(run("unbroken", "check", cwd=blog))


def test_anchors_of_excerpts_are_no_promises_and_those_of_the_page_are(blog: Path) -> None:
    recorded = (blog / "published-urls.txt").read_text().splitlines()
    assert "/blog/#of-this-blog" in recorded
    assert "/blog/2024/01/01/apples/#apples" in recorded
    assert not [a for a in recorded if a.endswith("#apples") and "2024/01" not in a]
    (blog / "docs/blog/posts/three.md").write_text(post(3, "Cherries"))
    built = build(blog, "--strict")
    assert "was published" not in output(built)
    must(run("unbroken", "record", cwd=blog))
    must(run("unbroken", "check", cwd=blog))


def test_the_same_addresses_are_recorded_without_a_build_record(blog: Path) -> None:
    ledger = blog / "published-urls.txt"
    recorded = ledger.read_text()
    assert "/blog/archive/2024/#2024\n" in recorded
    ledger.unlink()
    shutil.rmtree(blog / ".cache/unbroken")
    must(run("unbroken", "record", cwd=blog))
    assert ledger.read_text() == recorded


def test_excerpts_that_were_recorded_are_not_lost_either(blog: Path) -> None:
    ledger = blog / "published-urls.txt"
    ledger.write_text(ledger.read_text() + "/blog/#apples\n/blog/#nothing-of-the-kind\n")
    (blog / "docs/blog/posts/three.md").write_text(post(3, "Cherries"))
    build(blog)
    said = output(run("unbroken", "check", cwd=blog))
    assert "/blog/#nothing-of-the-kind was published" in said
    assert "/blog/#apples" not in said


def test_a_fault_in_a_post_is_reported_once_in_the_post(blog: Path) -> None:
    (blog / "docs/blog/posts/two.md").write_text(post(2, "Bananas", "[home](../../index.md#nowhere)"))
    built = output(run("mkdocs", "build", "-q", cwd=blog))
    said = output(run("unbroken", "check", cwd=blog))
    for text in (built, said):
        assert text.count("docs/blog/posts/two.md:7:8: error broken-anchor") == 1
        assert text.count("broken-anchor:") == 1


def test_what_is_wrong_with_a_post_is_not_wrong_with_the_pages_that_show_it(blog: Path) -> None:
    """Nor are headings that two posts have, of which each page that shows both has two."""
    parts = "### Introduction\n\nText, and [more](example.com/more).\n"
    (blog / "docs/blog/posts/one.md").write_text(post(1, "Apples", "### Introduction"))
    (blog / "docs/blog/posts/two.md").write_text(post(2, "Bananas", parts))
    built = output(run("mkdocs", "build", "-q", cwd=blog))
    assert (blog / "site/blog/index.html").read_text().count('id="introduction"') == 2
    said = output(run("unbroken", "check", cwd=blog))
    for text in (built, said):
        assert re.findall(r"(\S+:\d+:\d+): error broken-", text) == ["docs/blog/posts/two.md:9:18"]
        assert "duplicate-id" not in text


def test_recover_proposes_no_path_of_a_post(blog: Path) -> None:
    (blog / "docs/blog/posts/2024").mkdir()
    must(run("git", "mv", "docs/blog/posts/one.md", "docs/blog/posts/2024/one.md", cwd=blog))
    must(run("git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "y", cwd=blog))
    build(blog)
    for options in ((), ("--site", "site")):
        assert "/blog/posts/" not in output(run("unbroken", "recover", *options, cwd=blog))


@pytest.mark.parametrize(
    ("change", "new"),
    [
        (("# Apples", "# Pears & plums"), "/blog/2024/01/01/pears--plums/"),
        (("2024-01-01", "2024-02-03"), "/blog/2024/02/03/apples/"),
    ],
)
@pytest.mark.parametrize("committed", [False, True])
def test_a_post_with_another_title_or_day_is_redirected(
    blog: Path, change: tuple[str, str], new: str, *, committed: bool
) -> None:
    text = (blog / "mkdocs.yml").read_text()
    (blog / "mkdocs.yml").write_text(text.replace("- unbroken", "- redirects\n- unbroken"))
    one = blog / "docs/blog/posts/one.md"
    one.write_text(one.read_text().replace(*change))
    if committed:
        git = ("git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "y")
        must(run(*git, cwd=blog))
    build(blog)
    line = "blog/2024/01/01/apples.md: blog/posts/one.md"
    said = output(run("unbroken", "check", cwd=blog))
    assert (
        f"Add '{line}' to redirect_maps in mkdocs.yml (git says that its title or date was changed)" in said
    )
    found = run("unbroken", "recover", cwd=blog).stdout.split()
    assert found[:3] == ["sure", "/blog/2024/01/01/apples/", "blog/posts/one.md"]
    must(run("unbroken", "recover", "--write", cwd=blog))
    assert lines(blog) == dict([line.split(": ")])
    build(blog)
    assert f">{new}</a>" in (blog / "site/blog/2024/01/01/apples/index.html").read_text()
    assert "/apples/ was published" not in output(run("unbroken", "check", cwd=blog))


def test_a_move_of_a_posts_title_redirects_its_address(blog: Path) -> None:
    text = (blog / "mkdocs.yml").read_text()
    (blog / "mkdocs.yml").write_text(text.replace("- unbroken", "- redirects\n- unbroken"))
    must(move(blog, "blog/posts/one.md#apples", "blog/posts/one.md#ripe-pears", "--title", "Ripe pears"))
    assert "# Ripe pears" in (blog / "docs/blog/posts/one.md").read_text()
    assert lines(blog) == {
        "blog/2024/01/01/apples.md": "blog/posts/one.md",
        "blog/posts/one.md#apples": "blog/posts/one.md#ripe-pears",
    }
    build(blog, "--strict")
    assert (
        ">/blog/2024/01/01/ripe-pears/</a>" in (blog / "site/blog/2024/01/01/apples/index.html").read_text()
    )
    must(run("unbroken", "check", cwd=blog))
    must(run("unbroken", "move", "--undo", cwd=blog))
    assert lines(blog) == {}


def test_a_title_that_two_posts_had_is_no_evidence(blog: Path) -> None:
    for name in ("one", "two"):
        post_file = blog / f"docs/blog/posts/{name}.md"
        text = re.sub("# .*", "# Same", post_file.read_text()).replace("2024-02-01", "2024-01-01")
        post_file.write_text(text)
    must(run("git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "y", cwd=blog))
    for name in ("one", "two"):
        post_file = blog / f"docs/blog/posts/{name}.md"
        post_file.write_text(post_file.read_text().replace("# Same", f"# Own {name}"))
    (blog / "published-urls.txt").write_text("/blog/2024/01/01/same/\n")
    build(blog)
    assert "posts/one.md" not in output(run("unbroken", "check", cwd=blog))


# The proof by the builder.


def test_a_link_in_what_a_macro_includes_is_left_with_its_line(tmp_path: Path) -> None:
    files = {
        "index.md": "[p](a/b/page.md)\n",
        "a/b/page.md": '# Page\n\n{% include "part.md" %}\n',
        "target.md": "# Target\n",
        "parts/part.md": "Text.\n\nSee [the target](../../target.md).\n",
    }
    plugins = ["redirects", {"macros": {"include_dir": "docs/parts"}}, "unbroken"]
    make(tmp_path, files, plugins, exclude_docs="parts/")
    repository(tmp_path)
    done = move(tmp_path, "a/b/page.md", "page.md")
    assert done.returncode == 2
    assert "Left for you: docs/parts/part.md:3: the link to /target/ would lead to" in output(done)
    assert (tmp_path / "docs/a/b/page.md").is_file()
    done = must(move(tmp_path, "a/b/page.md", "page.md", "--leave"))
    assert "Left for you: docs/parts/part.md:3" in output(done)
    assert (tmp_path / "docs/page.md").is_file()


def test_a_path_in_a_macro_is_left_with_its_line(tmp_path: Path) -> None:
    script = (
        "import os\n\ndef define_env(env):\n    @env.macro\n    def table(p):\n"
        "        return open(os.path.join(os.path.dirname(env.page.file.abs_src_path), p)).read()\n"
    )
    files = {
        "index.md": "[p](a/page.md)\n",
        "a/page.md": '# Page\n\n{{ table("_res/t.csv") }}\n',
        "a/_res/t.csv": "| a |\n|---|\n",
        "/main.py": script,
    }
    make(tmp_path, files, ["redirects", {"macros": {"on_error_fail": True}}, "unbroken"])
    repository(tmp_path)
    done = move(tmp_path, "a/page.md", "page.md")
    assert done.returncode == 2
    assert "Left for you: docs/a/page.md:3: _res/t.csv is not beside docs/page.md." in output(done)
    assert (tmp_path / "docs/a/page.md").is_file()


@pytest.mark.parametrize("lost", [False, True], ids=["kept", "lost"])
def test_what_each_build_makes_anew_does_not_hinder_a_move(tmp_path: Path, lost: bool) -> None:
    """Sets in any order, times and names by chance: what two builds have in common is compared."""
    macros = (
        "import os, uuid\n"
        "def define_env(env):\n"
        "    @env.macro\n"
        "    def anew():\n"
        "        links = {f'[page {n}](other.md)' for n in 'abcdefgh'}\n"
        "        return f'{uuid.uuid4()} [{uuid.uuid4().hex}](other.md) ' + ' '.join(links)\n"
        "    @env.macro\n"
        "    def sources():\n"
        "        return ' '.join(sorted(os.listdir(env.conf.docs_dir)))\n"
        "    @env.macro\n"
        "    def beside():\n"
        f"        there = os.path.exists(env.conf.docs_dir + '/setup.md') or {not lost}\n"
        "        return '[Beside](beside.md)' if there else ''\n"
    )
    files = {
        "index.md": "# Home\n\n{{ anew() }} {{ beside() }} {{ sources() }} [Setup](setup.md)\n",
        "setup.md": "# Setup\n", "other.md": "# Other\n", "beside.md": "# Beside\n", "/main.py": macros,
    }  # fmt: skip
    make(tmp_path, files, ["macros", redirects()])
    done = run("unbroken", "move", "setup.md", "start.md", cwd=tmp_path)
    if lost:
        assert done.returncode == 2, output(done)
        assert "the link to /beside/ would not be one any more." in output(done)
        return
    assert done.returncode == 0, output(done)
    assert "Two builds of the same sources differ on index.md. Only what both builds have" in output(done)
    assert "Proved: " in output(done)


def test_a_list_of_the_sources_names_a_moved_one_anew(tmp_path: Path) -> None:
    macros = (
        "import os\n"
        "def define_env(env):\n"
        "    @env.macro\n"
        "    def sources():\n"
        "        return ' '.join(sorted(os.listdir(env.conf.docs_dir)))\n"
    )
    files = {"index.md": "# Home\n\n{{ sources() }}\n", "setup.md": "# Setup\n", "/main.py": macros}
    make(tmp_path, files, ["macros", redirects()])
    must(run("unbroken", "move", "setup.md", "start.md", cwd=tmp_path))


def test_words_that_would_change_are_shown(tmp_path: Path) -> None:
    macros = (
        "def define_env(env):\n"
        "    @env.macro\n"
        "    def here():\n"
        "        return 'Read ' + env.page.file.src_uri\n"
    )
    files = {"index.md": "# Home\n", "setup.md": "# Setup\n\n{{ here() }}\n", "/main.py": macros}
    make(tmp_path, files, ["macros", redirects()])
    done = run("unbroken", "move", "setup.md", "guide/start.md", cwd=tmp_path)
    assert done.returncode == 0, output(done)
    must(run("unbroken", "move", "--undo", cwd=tmp_path))
    (tmp_path / "main.py").write_text(macros.replace("src_uri", "url"), encoding="utf-8")
    done = run("unbroken", "move", "setup.md", "guide/start.md", cwd=tmp_path)
    assert "setup.md would say 'guide/start/' where it says 'setup/'." in output(done)


def test_a_link_that_only_a_hook_lets_markdown_see_follows(tmp_path: Path) -> None:
    (tmp_path / "hook.py").write_text(
        "def on_page_markdown(markdown, **_):\n    return markdown.replace('```toml shown', '```toml')\n"
    )
    fence = "```toml shown\nx = 1\n```\n"
    text = f"# Home\n\n{fence}\nSee [the part](a/x.md#part), and [it](<a/x.md>).\n\n{fence}"
    files = {
        "index.md": text,
        "a/x.md": f"# X\n\n## Part\n\n{fence}\n[y](../b/y.md)\n\n{fence}",
        "b/y.md": "# Y\n\n```toml shown\n[a](../a/x.md)\n```\n\n[x](../a/x.md)\n",
    }
    make(tmp_path, files, ["search", "unbroken"], hooks=["hook.py"], markdown_extensions=["fenced_code"])
    repository(tmp_path)
    assert "Proved: 4 links" in output(must(move(tmp_path, "a/x.md", "x.md")))
    home, there, example = (tmp_path / "docs" / name for name in ("index.md", "x.md", "b/y.md"))
    assert "[the part](x.md#part), and [it](<x.md>)." in home.read_text()
    assert "[y](b/y.md)" in there.read_text()
    # An example is none.
    assert "[a](../a/x.md)\n```\n\n[x](../x.md)" in example.read_text()


def test_a_page_that_a_plugin_makes_of_another_file_moves_by_its_address(tmp_path: Path) -> None:
    """As mkdocs-jupyter makes pages of notebooks."""
    (tmp_path / "hook.py").write_text(
        "from mkdocs.structure.files import File\n"
        "class Note(File):\n"
        "    def is_documentation_page(self):\n        return True\n"
        "def on_files(files, config):\n"
        "    for each in [f for f in files if f.src_uri.endswith('.note')]:\n"
        "        files.remove(each)\n"
        "        files.append(Note(each.src_uri, each.src_dir, config.site_dir, config.use_directory_urls))\n"
        "    return files\n"
    )
    files = {"index.md": "[n](a.note#part) [x](x.txt)\n", "a.note": "# A\n\n## Part\n", "x.txt": ""}
    make(tmp_path, files, ["search", redirects(), "unbroken"], hooks=["hook.py"])
    build(tmp_path)
    must(run("unbroken", "record", cwd=tmp_path))
    assert "/a/#part" in (tmp_path / "published-urls.txt").read_text().splitlines()
    repository(tmp_path)
    must(move(tmp_path, "a.note", "notes/b.note"))
    assert lines(tmp_path) == {"a.md": "notes/b.note"}
    build(tmp_path, "--strict")
    must(run("unbroken", "check", cwd=tmp_path))
    assert 'data-unbroken-to="../notes/b/"' in (tmp_path / "site/a/index.html").read_text()


def test_why_a_site_cannot_be_built_is_said_whole(tmp_path: Path) -> None:
    (tmp_path / "hook.py").write_text(
        "import logging\nfrom mkdocs.exceptions import BuildError\nfrom pathlib import Path\n"
        "def on_page_markdown(markdown, config, **_):\n"
        "    if '{% part' in markdown and not Path(config.docs_dir, 'a/x.md').exists():\n"
        "        raise BuildError('There is no part here.')\n    return markdown\n"
    )
    files = {"index.md": "# Home\n\n{% part 'a/x.md' %}\n", "a/x.md": "# X\n"}
    make(tmp_path, files, ["search", "unbroken"], hooks=["hook.py"])
    repository(tmp_path)
    done = move(tmp_path, "a/x.md", "x.md")
    assert done.returncode == 2
    said = output(done)
    assert "after the move, its site cannot be built: reading page 'index.md': There is no part here." in said
    assert "Left for you: docs/index.md:3 names a/x.md in a macro.\n" in said


def test_what_a_script_says_on_a_page_of_its_own_is_left_with_its_line(tmp_path: Path) -> None:
    files = {
        "index.md": "# Home\n", "a.md": "# A\n",
        "/gen.py": f"X = 'ABC'  # a and /a/\n{GENERATE}    page.write(open('src/mod.py').read()[3:-4])\n",
        "/src/mod.py": '"""Of it.\n\nSee [A](../a.md).\n"""\n',
    }  # fmt: skip
    make(tmp_path, files, [{"gen-files": {"scripts": ["gen.py"]}}, "unbroken"])
    repository(tmp_path)
    done = move(tmp_path, "a.md", "b.md")
    assert done.returncode == 2
    assert "Left for you: src/mod.py:3: the link to /a/ would lead to " in output(done)


def test_a_site_whose_sources_are_beside_its_configuration(tmp_path: Path) -> None:
    """As mkdocs-same-dir lets them be."""
    (tmp_path / "small").mkdir()
    files = {"/index.md": "[a](a/b.md)\n", "/a/b.md": "# B\n", "/other/x.txt": ""}
    root = make(tmp_path / "small", files, ["search", "unbroken"])
    (root / "hook.py").write_text(
        "from pathlib import Path\n"
        "def on_config(config):\n    config.docs_dir = str(Path(config.config_file_path).parent)\n"
        "def on_files(files, config):\n"
        "    for each in [f for f in files if f.src_uri.endswith(('.py', '.yml', '.txt'))]:\n"
        "        files.remove(each)\n    return files\n"
    )
    config = root / "mkdocs.yml"
    config.write_text(config.read_text() + "docs_dir: other\nsite_dir: ../site\nhooks: [hook.py]\n")
    repository(root)
    build(root)
    must(run("unbroken", "record", cwd=root))
    assert "older" not in output(run("unbroken", "check", cwd=root))
    assert "Proved: 1 link" in output(must(move(root, "a/b.md", "c.md")))
    assert "[a](c.md)" in (root / "index.md").read_text()


def test_a_reference_by_name_is_left_with_its_line(tmp_path: Path) -> None:
    files = {"index.md": "# Home\n\nSee [the part][part].\n", "a/x.md": "# X\n\n## Part\n"}
    make(tmp_path, files, ["search", "autorefs", "unbroken"], markdown_extensions=["attr_list"])
    repository(tmp_path)
    done = move(tmp_path, "a/x.md#part", "a/x.md#section", "--title", "Section")
    assert done.returncode == 2
    assert "Left for you: docs/index.md:3: " in output(done)
    # The page moves, and the reference with it.
    assert "Proved: " in output(must(move(tmp_path, "a/x.md", "y.md")))
    assert 'href="y/#part"' in (build(tmp_path), (tmp_path / "site/index.html").read_text())[1]


def test_what_was_not_seen_built_is_not_called_proved(tmp_path: Path) -> None:
    files = {"index.md": "[x](a/x.md)\n", "a/x.md": "# X\n"}
    make(tmp_path, files, ["search", "autorefs", "unbroken"])
    repository(tmp_path)
    said = output(must(move(tmp_path, "a/x.md", "x.md", "--prove", "pages")))
    assert "Proved" not in said
    assert "Not seen: what autorefs make of the pages." in said


def test_a_site_that_cannot_be_built_is_not_proved(tmp_path: Path) -> None:
    (tmp_path / "hook.py").write_text("def on_page_markdown(*_, **__):\n    raise ValueError('not today')\n")
    make(
        tmp_path, {"index.md": "[x](a/x.md)\n", "a/x.md": "# X\n"}, ["search", "unbroken"], hooks=["hook.py"]
    )
    repository(tmp_path)
    done = move(tmp_path, "a/x.md", "x.md")
    assert done.returncode == 2
    assert "its site cannot be built" in output(done)
    assert "not today" in output(done)
    assert "Traceback" not in output(done)
    must(move(tmp_path, "a/x.md", "x.md", "--prove", "pages"))


def test_a_hook_that_ends_a_build_needs_no_proof_by_build(tmp_path: Path) -> None:
    (tmp_path / "hook.py").write_text("def on_post_build(**_):\n    raise ValueError('not today')\n")
    make(
        tmp_path, {"index.md": "[x](a/x.md)\n", "a/x.md": "# X\n"}, ["search", "unbroken"], hooks=["hook.py"]
    )
    assert "Proved: 1 link" in output(must(move(tmp_path, "a/x.md", "x.md")))


# What something else answers.


def check(root: Path) -> str:
    return output(run("unbroken", "check", cwd=root))


def test_what_something_else_answers_is_no_fault(tmp_path: Path) -> None:
    text = "[a](/v1/guide/) [b](/de/) [c](app/#!x) [d](#q=1) [e](/v2/) [f](#r)\n"
    make(tmp_path, {"index.md": text}, [{"unbroken": {"elsewhere": ["/v1/", "/de/", "/app/", "#q="]}}])
    run("mkdocs", "build", "-q", cwd=tmp_path)
    said = check(tmp_path)
    assert "/v2/ is not there" in said
    assert "#r is not on /" in said
    assert said.count(" error ") == 2


@pytest.mark.parametrize("prefix", ["v1/", "//v1/", "/", "#", 3])
def test_a_prefix_that_is_none_is_refused(tmp_path: Path, prefix: object) -> None:
    make(tmp_path, {"index.md": "# Home\n"}, [{"unbroken": {"elsewhere": [prefix]}}])
    done = run("mkdocs", "build", "-q", cwd=tmp_path)
    assert done.returncode == 1
    assert "wrong-type" in output(done)


def test_the_ledger_leaves_alone_what_something_else_answers(tmp_path: Path) -> None:
    make(tmp_path, {"index.md": "# Home\n"}, [{"unbroken": {"elsewhere": ["/v1/"]}}])
    (tmp_path / "published-urls.txt").write_text("/\n/#home\n/v1/guide/\n")
    build(tmp_path, "--strict")
    assert "lost" not in check(tmp_path)
    must(run("unbroken", "record", cwd=tmp_path))
    assert "/v1/guide/" in (tmp_path / "published-urls.txt").read_text()


def test_routes_of_a_script_are_no_anchors(tmp_path: Path) -> None:
    files = {
        "index.md": '[op](api.html#/pets/list) <a href="#!">menu</a>\n',
        "api.html": "<title>A</title>\n",
    }
    make(tmp_path, files, ["unbroken"])
    build(tmp_path, "--strict")
    must(run("unbroken", "check", cwd=tmp_path))


def test_versions_on_read_the_docs_are_no_faults(tmp_path: Path) -> None:
    text = "[one](https://small.example/en/stable/one/) [two](/two/)\n"
    make(tmp_path, {"index.md": text, "one.md": "# One\n"}, [{"unbroken": {"hosts": ["readthedocs"]}}])
    run("mkdocs", "build", "-q", cwd=tmp_path)
    said = check(tmp_path)
    assert "/en/stable/" not in said
    assert "/two/ is not there" in said


def test_rules_of_the_sites_own_answer_links(tmp_path: Path) -> None:
    files = {
        "index.md": "[a](/go/x) [b](/api/v1/) [c](/n/1/) [d](/v/any/where) [e](/gone) [f](/other)\n",
        "_redirects": "/go/* https://go.example/:splat 302\n/api/:v /x 200\n/gone / 410\n/* /i 200\n",
        "/netlify.toml": '[[redirects]]\nfrom = "/n/*"\nto = "https://n.example/"\n',
        "/vercel.json": '{"redirects": [{"source": "/v/:path*", "destination": "https://v.example/"}]}',
    }
    make(tmp_path, files, ["unbroken"])
    run("mkdocs", "build", "-q", cwd=tmp_path)
    said = check(tmp_path)
    assert "/gone is not there" in said
    assert "/other is not there" in said
    assert said.count(" error ") == 2


def test_a_redirected_address_answers_without_its_slash(tmp_path: Path) -> None:
    plugins = [{"redirects": {"redirect_maps": {"old.md": "new.md"}}}, "unbroken"]
    make(tmp_path, {"index.md": "[a](old) [b](older)\n", "new.md": "# New\n"}, plugins)
    run("mkdocs", "build", "-q", cwd=tmp_path)
    said = check(tmp_path)
    assert "warning through-redirect: /old " in said
    assert "error broken-link: /older is not there" in said


# Navigation that names an anchor.


def test_navigation_that_names_an_address_follows_a_move(tmp_path: Path) -> None:
    nav = ["index.md", {"X": "a/x.md"}, {"Deep": "a/x/#part"}]
    make(tmp_path, {"index.md": "# H\n", "a/x.md": "# X\n\n## Part\n"}, ["search", "unbroken"], nav=nav)
    must(move(tmp_path, "a/x.md", "a/ex.md"))
    assert "Deep: a/ex/#part" in (tmp_path / "mkdocs.yml").read_text()


def test_a_wrong_entry_of_the_navigation_is_reported_there(tmp_path: Path) -> None:
    nav = ["index.md", {"X": "a/x.md"}, {"Deep": "a/x.md#part"}]
    files = {"index.md": "[x](a/x.md#part)\n", "a/x.md": "# X\n\n## Part\n"}
    make(tmp_path, files, ["search", "unbroken"], nav=nav)
    run("mkdocs", "build", "-q", cwd=tmp_path)
    said = check(tmp_path)
    assert "mkdocs.yml:" in said
    assert "docs/index.md" not in said


def test_a_swap_redirects_the_headings_of_both_pages(tmp_path: Path) -> None:
    home = "[a](a.md) [b](b.md)\n"
    files = {"index.md": home, "a.md": "# A\n\n## Apples\n", "b.md": "# B\n\n## Bears\n"}
    make(tmp_path, files, ["redirects", "unbroken"])
    build(tmp_path)
    must(run("unbroken", "record", cwd=tmp_path))
    repository(tmp_path)
    given = b"a.md b.md\nb.md a.md\n"
    must(run("unbroken", "move", "--from", "-", "--reuse", cwd=tmp_path, given=given))
    assert lines(tmp_path)["a.md#apples"] == "b.md#apples"
    assert lines(tmp_path)["b.md#bears"] == "a.md#bears"
    build(tmp_path, "--strict")
    must(run("unbroken", "check", cwd=tmp_path))


# Zensical.


def zensical(root: Path, files: dict[str, str], lines: dict[str, str], **settings: Any) -> Path:
    make(root, files, [{"redirects": {"redirect_maps": lines}}], **settings)
    must(run("zensical", "build", "-f", "mkdocs.yml", cwd=root))
    return root


def test_anchors_that_zensical_sends_on_are_followed_and_taken_over(tmp_path: Path) -> None:
    files = {
        "index.md": "[n](new.md) <a href='new/#was'>w</a> <a href='new/#no'>n</a>\n",
        "new.md": "# N\n\n## Part\n",
    }
    zensical(tmp_path, files, {"new.md#was": "new.md#part", "old.md": "new.md"})
    listed = tmp_path / "site/redirect.json"
    assert "new/#was" in listed.read_text()
    # With no map of ours, only what the builder wrote tells where they lead.
    (tmp_path / "mkdocs.yml").rename(tmp_path / "with.yml")
    make(tmp_path, {}, [])
    said = check(tmp_path)
    assert "broken-anchor: #was" not in said
    assert "broken-anchor: #no" in said
    (tmp_path / "with.yml").rename(tmp_path / "mkdocs.yml")
    must(run("unbroken", "finish", "site", cwd=tmp_path))
    assert listed.read_text() == "{}"
    assert "data-unbroken-moves" in (tmp_path / "site/new/index.html").read_text()
    assert "0 files changed" in output(must(run("unbroken", "finish", "site", cwd=tmp_path)))


def test_a_move_with_zensicals_own_extensions_is_proved_by_its_build(tmp_path: Path) -> None:
    files = {
        "index.md": "[one](one.md)\n",
        "one.md": "[home](index.md)\n",
        "/zensical.toml": '[project]\nsite_name = "Z"\nsite_url = "https://z.example/"\n'
        "[project.markdown_extensions.zensical.extensions.preview]\n",
    }
    make(tmp_path, files, [])
    (tmp_path / "mkdocs.yml").unlink()
    repository(tmp_path)
    done = must(move(tmp_path, "one.md", "uno.md"))
    assert "built before and after" in output(done)
    assert "[one](uno.md)" in (tmp_path / "docs/index.md").read_text()


def test_a_pattern_in_the_configuration_follows_its_folder(tmp_path: Path) -> None:
    """Zensical's previews are for the targets that the configuration names: the text alone does not tell."""
    setup = {f"setup/{name}.md": f"# {name}\n" for name in ("one", "two")}
    make(tmp_path, {"index.md": "[one](setup/one.md)\n", **setup}, [])
    (tmp_path / "mkdocs.yml").write_text(
        "site_name: Z\nsite_url: https://z.example/\nexclude_docs: |\n  setup/*.txt\n"
        "plugins:\n  - redirects: {redirect_maps: {}}\n"
        "markdown_extensions:\n  - zensical.extensions.preview:\n      targets:\n        include:\n"
        "          - setup/**/t*.md\n          - setup/*\n          - setups/*\n"
    )
    repository(tmp_path)
    done = must(move(tmp_path, "setup", "use/settings"))
    assert "built before and after" in output(done)
    text = (tmp_path / "mkdocs.yml").read_text()
    assert "- use/settings/**/t*.md\n          - use/settings/*\n          - setups/*\n" in text
    assert "exclude_docs: |\n  use/settings/*.txt\n" in text


def test_a_pattern_that_a_page_moves_out_of_is_left_with_its_line(tmp_path: Path) -> None:
    make(tmp_path, {"index.md": "# Home\n", "guides/a.md": "# A\n", "guides/b.md": "# B\n"}, [])
    (tmp_path / "mkdocs.yml").write_text(
        "site_name: What is it?\nexclude_docs: |\n  # guides/\n  *.tmp\nnot_in_nav: |\n  /guides/\n  !b.md\n"
        "plugins:\n  - search\n  - redirects: {redirect_maps: {}}\n"
        "extra:\n  new: [guides/*.md, 'docs/guides/?.md', '*.md', other/*]\n"
        "  named: ['[ab].md', '**/a.md', guides/a.md, '[\\w-]*']\n"
    )
    repository(tmp_path)
    said = output(must(move(tmp_path, "guides/a.md", "other/c.md")))
    assert [line for line in said.splitlines() if line.startswith("Left for you")] == [
        f"Left for you: mkdocs.yml:{line}: {pattern} names guides/a.md, and does not name other/c.md."
        for line, pattern in (
            (6, "/guides/"), (12, "docs/guides/?.md"), (12, "guides/*.md"), (13, "**/a.md"), (13, "[ab].md"),
        )
    ]  # fmt: skip
    assert "guides/a.md]" not in (tmp_path / "mkdocs.yml").read_text()
    # A folder takes its patterns along.
    assert "Left for you" not in output(must(move(tmp_path, "guides", "manual")))


def test_a_pattern_of_zensicals_is_left_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "docs/guides").mkdir(parents=True)
    (tmp_path / "docs/index.md").write_text("# Home\n")
    (tmp_path / "docs/guides/a.md").write_text("# A\n")
    (tmp_path / "zensical.toml").write_text(
        '[project]\nsite_name = "x"\n\n[project.extra]\nnew = ["guides/*.md", "*.md"]\n'
    )
    said = output(must(move(tmp_path, "guides/a.md", "a.md")))
    told = "Left for you: zensical.toml:5: guides/*.md names guides/a.md, and does not name a.md."
    assert [line for line in said.splitlines() if line.startswith("Left for you")] == [told]


def test_a_site_gathered_from_several_is_asked(tmp_path: Path) -> None:
    """monorepo builds from a folder that is gone afterwards."""
    part = "site_name: part\ndocs_dir: docs\nnav: [{Part: index.md}]\n"
    files = {
        "index.md": "# Home\n\n[one](one.md), [part](part/index.md)\n", "one.md": "# One\n",
        "/part/mkdocs.yml": part, "/part/docs/index.md": "# Part\n\n## Of it\n",
    }  # fmt: skip
    nav = [{"Home": "index.md"}, {"One": "one.md"}, {"Part": "!include ./part/mkdocs.yml"}]
    make(tmp_path, files, ["monorepo", redirects(), "unbroken"], nav=nav)
    repository(tmp_path)
    build(tmp_path, "--strict")
    must(run("unbroken", "record", cwd=tmp_path))
    assert "/part/#of-it" in (tmp_path / "published-urls.txt").read_text().splitlines()
    (tmp_path / "docs/one.md").write_text("# One\n\nMore.\n")
    said = output(run("unbroken", "check", cwd=tmp_path))
    assert "could not be judged" not in said
    assert "is older than" in said
    done = must(move(tmp_path, "one.md", "use/uno.md"))
    assert "Proved: 2 links on 3 pages lead where they led, built before and after." in output(done)
    assert lines(tmp_path) == {"one.md": "use/uno.md"}
    build(tmp_path, "--strict")
    must(run("unbroken", "check", cwd=tmp_path))


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("name", ["index.md", "new.md", "sub/p.txt", "../mkdocs.yml"])
def test_what_has_changed_in_a_gathered_part_is_said(tmp_path: Path, name: str, recorded: bool) -> None:
    files = {
        "index.md": "# Home\n", "/part/mkdocs.yml": "site_name: part\nnav: [{Part: index.md}]\n",
        "/part/docs/index.md": "# Part\n", "/part/docs/sub/p.txt": "p", "/part/other.md": "# Not of it\n",
    }  # fmt: skip
    nav = [{"Home": "index.md"}, {"Part": "!include ./part/mkdocs.yml"}]
    make(tmp_path, files, ["monorepo", redirects(), "unbroken"], nav=nav)
    build(tmp_path)
    if not recorded:
        shutil.rmtree(tmp_path / ".cache")
    assert "older" not in output(run("unbroken", "check", cwd=tmp_path))
    (tmp_path / "part/more.md").write_text("# Not of it either\n")
    assert "older" not in output(run("unbroken", "check", cwd=tmp_path))
    changed = tmp_path / "part/docs" / name
    text = changed.read_text() if changed.exists() else ""
    changed.write_text(f"{text}\n ")
    later = time.time_ns() + 10**9
    os.utime(changed, ns=(later, later))
    said = output(run("unbroken", "check", cwd=tmp_path))
    where = "part/mkdocs.yml" if name.startswith("..") else f"part/docs/{name}"
    assert said.startswith(f"site is older than {where}, ")


# Where a fault stands.


def faults(root: Path, *codes: str) -> list[str]:
    """Each finding of a check of everything, as file, line, column and code."""
    told = json.loads(run("unbroken", "check", "--all", "--format", "json", cwd=root).stdout)["findings"]
    return [f"{f['file']}:{f['line']}:{f['column']}: {f['code']}" for f in told if f["code"] in codes]


def test_a_fault_in_what_a_macro_includes_is_reported_there(tmp_path: Path) -> None:
    files = {
        "index.md": "# Home\n\n{% include 'parts/one.md' %}\n\n`gone-too.md`\n",
        "other/page.md": "# Page\n\n{% include 'parts/one.md' %}\n\n{{ button('gone-too.md') }}\n",
        "/inc/parts/one.md": "Words.\n\nSee [it](/gone.md).\n{{ more() }}\n",
        "/main.py": (
            "def define_env(env):\n"
            "    env.macro(lambda: '<a href=\"/nowhere/\">no</a>', 'more')\n"
            "    env.macro(lambda name: f'[b]({name})', 'button')\n"
        ),
    }
    root = make(tmp_path, files, [{"macros": {"include_dir": "inc"}}, "unbroken"], exclude_docs="parts/\n")
    build(root)
    assert faults(root, "broken-link") == [
        "docs/other/page.md:5:12: broken-link",
        "inc/parts/one.md:3:10: broken-link",
        "main.py:2:33: broken-link",
    ]


def test_a_fault_that_every_language_shows_is_one(tmp_path: Path) -> None:
    files = {
        "index.md": "# Home\n\n[a](other.md#gone) ![i](no.png)\n",
        "other.md": "# Other\n",
        "away.md": "# Away\n",
    }
    root = make(tmp_path, files, [
        {"i18n": {"docs_structure": "suffix", "fallback_to_default": True, "languages": [
            *LANGUAGES, *({"locale": each, "name": each, "build": True} for each in ("de", "es", "it", "pt"))
        ]}},
        redirects(**{"away.md": "https://other.example/"}), "unbroken",
    ], nav=[{"Home": "index.md"}, {"Away": "away.md"}, {"Other": "other.md"}])  # fmt: skip
    build(root)
    assert faults(root, "broken-anchor", "broken-file") == [
        "docs/index.md:3:5: broken-anchor",
        "docs/index.md:3:25: broken-file",
    ]


def test_a_baseline_shrinks_by_what_was_looked_at_alone(tmp_path: Path) -> None:
    files = {"index.md": "# Home\n\n[a](gone.md) [b](none.md)\n", "other.md": "# Other\n\n[c](gone.md)\n"}
    root = make(tmp_path, files, ["search"])
    must(run("unbroken", "init", "--yes", cwd=root))
    baseline = root / "unbroken.baseline"
    before = baseline.read_text()
    assert before.count(": broken-link: /") == 3
    build(root, "--strict")

    def check(*options: str) -> Completed:
        return must(run("unbroken", "check", *options, cwd=root))

    # A site that is older than its sources tells nothing of them.
    (root / "docs/other.md").write_text("# Other\n")
    assert "older than docs/other.md" in check().stderr
    assert baseline.read_text() == before
    # Nor does another site, the map alone, or what was not wrong earlier.
    shutil.copytree(root / "site", root / "copy")
    check("copy")
    check("--map")
    assert baseline.read_text() == before
    build(root, "--strict")
    assert "1 finding of unbroken.baseline mended, and taken out of it. Commit it." in check().stderr
    assert baseline.read_text().count("\n") == before.count("\n") - 1
    # What is mended and comes back is new, and so is one more of the same.
    (root / "docs/other.md").write_text("# Other\n\n[c](gone.md)\n")
    build(root)
    assert run("unbroken", "check", cwd=root).returncode == 1
    assert run("mkdocs", "build", "-q", "--strict", cwd=root).returncode == 1
    (root / "docs/other.md").write_text("# Other\n")
    (root / "docs/index.md").write_text("# Home\n")
    build(root)
    check()
    assert not baseline.exists()


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "\0\xff\n", "docs/index.md: broken-link\n", "../../x: y\n" * 9]
)
def test_an_odd_baseline_hides_nothing(tmp_path: Path, text: str) -> None:
    root = make(tmp_path, {"index.md": "# Home\n\n[a](gone.md)\n"}, ["unbroken"])
    (root / "unbroken.baseline").write_text(text, encoding="latin-1")
    build(root)
    assert run("unbroken", "check", cwd=root).returncode == 1


def test_a_hidden_page_is_none_that_anyone_reads(tmp_path: Path) -> None:
    """Plugins leave such files behind; `.well-known` is for visitors, and kept."""
    hook = (
        "from pathlib import Path\n"
        "def on_post_build(config):\n"
        "    for name in ('.tmp.html', '.tmp/index.html', 'a/.left.html', '.well-known/here.html'):\n"
        "        file = Path(config.site_dir, name)\n"
        "        file.parent.mkdir(exist_ok=True)\n"
        "        file.write_text('<h1 id=old>Old</h1><a href=../../nowhere/>x</a><img src=gone.png>')\n"
    )
    make(tmp_path, {"index.md": "# Home\n", "/hook.py": hook}, ["unbroken"], hooks=["hook.py"])
    run("mkdocs", "build", "-q", cwd=tmp_path)
    run("unbroken", "record", cwd=tmp_path)
    ledger = (tmp_path / "published-urls.txt").read_text(encoding="utf-8")
    assert "tmp" not in ledger
    assert "left" not in ledger
    assert "/.well-known/here.html" in ledger
    said = output(run("unbroken", "check", cwd=tmp_path))
    assert "site/.well-known/here.html:1:" in said
    assert "tmp" not in said.replace(str(tmp_path), "")
    assert "left.html" not in said


def test_a_baseline_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    root = make(tmp_path, {"index.md": "# Home\n\n[a](gone.md)\n"}, ["unbroken"])
    outside = tmp_path / "outside"
    outside.write_text("docs/x.md: broken-link: x\n")
    (root / "unbroken.baseline").symlink_to(outside)
    build(root)
    done = run("unbroken", "check", cwd=root)
    assert "Traceback" not in done.stderr
    assert outside.read_text() == "docs/x.md: broken-link: x\n"


@pytest.mark.parametrize("how", ["fails", "is killed"])
def test_a_build_that_did_not_end_is_not_recorded(tmp_path: Path, how: str) -> None:
    """A page in whose middle the build ends: those after it are not written, and nothing else tells."""
    stop = "raise Exception('no')" if how == "fails" else "import os; os._exit(9)"
    hook = (
        "def on_post_page(output, page, config):\n"
        f"    if page.file.src_uri == 'm.md':\n        {stop}\n    return output\n"
    )
    files = {f"{name}.md": f"# {name}\n" for name in ("index", "a", "m", "z")}
    root = make(tmp_path, {**files, "/hook.py": hook}, ["search"], hooks=["hook.py"])
    assert run("mkdocs", "build", "-q", cwd=root).returncode
    assert (root / "site/a/index.html").is_file()
    done = run("unbroken", "init", "--yes", "site", cwd=root)
    assert done.returncode == 2
    assert "site is half a site: its sitemap.xml lists /m/, which is not there." in done.stderr
    assert not (root / "published-urls.txt").exists()
    (root / "hook.py").write_text("")
    build(root)
    must(run("unbroken", "init", "--yes", "site", cwd=root))


def test_redirects_that_a_hook_makes_are_known_to_every_command(tmp_path: Path) -> None:
    (tmp_path / "hook.py").write_text(
        "def on_config(config):\n"
        "    lines = config.plugins['redirects'].config['redirect_maps']\n"
        "    lines['older.md'] = 'new.md#part'\n"
        "    del lines['gone.md']\n"
    )
    files = {"index.md": "# Home\n", "new.md": "# New\n\n## Part\n"}
    lines = {"old.md": "new.md", "gone.md": "new.md"}
    plugins = ["search", redirects(**lines), "unbroken"]
    make(tmp_path, files, plugins, hooks=["hook.py"], markdown_extensions=["attr_list"])
    for built in (False, True):  # asked, and by the record of a build
        if built:
            build(tmp_path, "--strict")
        said = run("unbroken", "resolve", "/older/", cwd=tmp_path)
        assert "/new/#part  (redirect; from a hook or a plugin: older.md: new.md#part)" in output(must(said))
        said = run("unbroken", "resolve", "/gone/", cwd=tmp_path)
        assert "is neither published nor redirected" in output(said)
    said = run("unbroken", "export", "nginx", cwd=tmp_path)
    assert '"/older/" "/new/#part' in must(said).stdout
    assert '"/gone/"' not in said.stdout
    repository(tmp_path)

    must(run("unbroken", "move", "new.md", "newer.md", cwd=tmp_path))
    written = (tmp_path / "mkdocs.yml").read_text()
    assert "older.md" not in written
    assert "new.md: newer.md" in written
    must(run("unbroken", "move", "newer.md#part", "newer.md#share", cwd=tmp_path))
    build(tmp_path, "--strict")
    assert 'data-unbroken-to="../newer/#share"' in (tmp_path / "site/older/index.html").read_text()

    done = must(run("unbroken", "move", "--reuse", "newer.md", "older.md", cwd=tmp_path))
    assert "Left for you: a hook or a plugin redirects older.md, which is published now." in output(done)
