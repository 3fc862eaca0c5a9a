"""`unbroken init` on sites laid out as public ones are: what it shows, what it adds, what stays as it was."""

from __future__ import annotations

import difflib
import os
import re
import shutil
import tempfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from tests.commands import ROOT, at_terminal, environment, must, run
from tests.sitecopy import GIT
from unbroken.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Mapping

    from click.testing import Result

GUIDE = "# Guide\n\nHow to set the kettle up, fill it with water and wait.\n\n## Install\n\nDo.\n"
DOCS = {
    "docs/index.md": "# Home\n\nSee the [guide](guide.md#install).\n",
    "docs/guide.md": GUIDE,
}


@dataclass(frozen=True)
class Layout:
    """A small site as a public one is laid out.

    Attributes:
        files: its files, relative to the top of its repository.
        folder: where its configuration is.
        plugin: how its configuration begins to change: the lines that are added to it, in order.
        changed: the configuration file that changes, if not the site's own; empty when none does.
        builder: what builds it.
        added: every other file that is added or changed.
        listed: some addresses that the ledger must have.
        commands: what its workflow runs.
    """

    files: Mapping[str, str]
    plugin: list[str] = field(default_factory=list)
    folder: str = "."
    config: str = "mkdocs.yml"
    changed: str = "mkdocs.yml"
    builder: tuple[str, ...] = ("mkdocs", "build", "--strict")
    added: frozenset[str] = frozenset({".gitattributes"})
    listed: frozenset[str] = frozenset({"/", "/#home", "/guide/", "/guide/#install"})
    commands: tuple[str, ...] = ()


LAYOUTS = {
    # One file, a comment or two, and no plugins: then MkDocs has search, which must stay.
    "plain": Layout(
        {
            **DOCS,
            "mkdocs.yml": "# The kettle's manual\nsite_name: 'Kettle'   # quoted so\nnav:\n"
            "    - Start: index.md\n    - guide.md\nsite_url: https://kettle.example/\n",
            ".github/workflows/publish.yml": "jobs:\n  publish:\n    steps:\n"
            "      - run: pip install mkdocs\n      - run: mkdocs gh-deploy --force\n",
        },
        ["", "plugins:", "  - search", "  - unbroken:", "      hosts:", "        - github"],
        added=frozenset({".gitattributes", ".github/workflows/unbroken.yml"}),
        commands=(
            "pip install mkdocs", "python -m pip install unbroken", "mkdocs build",
            "unbroken check --format github",
        ),
    ),
    # Material, with the plugins as a list in a file that several sites inherit.
    "material": Layout(
        {
            **DOCS,
            "mkdocs.yml": "INHERIT: ./config/base.yml\nsite_name: Material kettle\n",
            "config/base.yml": "theme:\n  name: material\n  font: false\nplugins:\n  # found by readers\n"
            "  - search:\n      lang: en\n\nmarkdown_extensions:\n  - admonition\n",
            "requirements.txt": "mkdocs-material\n",
            "netlify.toml": '[build]\ncommand = "mkdocs build"\n',
            ".github/dependabot.yml": "version: 2\n",
            ".pre-commit-config.yaml": "repos:\n- repo: https://example.com/hooks\n  rev: v1\n"
            "  hooks:\n  - id: trailing # spaces\n",
        },
        ["  - unbroken:", "      hosts:", "        - netlify"],
        changed="config/base.yml",
        added=frozenset({".gitattributes", ".github/workflows/unbroken.yml", ".pre-commit-config.yaml"}),
        commands=(
            "pip install -r requirements.txt unbroken", "mkdocs build", "unbroken check --format github",
        ),
    ),
    # Packages in one repository, and the site in a folder of one of them, with folders of its own choice.
    "monorepo": Layout(
        {
            "packages/api/main.py": "print('no site')\n",
            "packages/kettle/mkdocs.yml": "site_name: Kettle\ndocs_dir: manual\nsite_dir: ../../public\n"
            "use_directory_urls: false\nplugins: [search]\n",
            **{f"packages/kettle/{name.replace('docs/', 'manual/')}": text for name, text in DOCS.items()},
            ".gitlab-ci.yml": "pages:\n  script:\n    - mkdocs build\n",
            ".gitattributes": "*.png binary",
            ".github/CODEOWNERS": "* @kettle\n",
        },
        ["plugins: [search, {unbroken: {hosts: [gitlab]}}]"],
        folder="packages/kettle",
        added=frozenset({".gitattributes", ".github/workflows/unbroken.yml"}),
        listed=frozenset({"/", "/guide.html", "/guide.html#install"}),
        commands=("pip install mkdocs unbroken", "mkdocs build", "unbroken check --format github"),
    ),
    "properdocs": Layout(
        {**DOCS, "properdocs.yml": "site_name: Kettle\nplugins:\n  search: {} # the index\n"
         "theme: {name: material, font: false}\n"},
        ["  unbroken: {}"],
        config="properdocs.yml",
        changed="properdocs.yml",
        builder=("properdocs", "build", "--strict"),
    ),
    # No plugin there: the workflow finishes the site after the build.
    "zensical": Layout(
        {
            **DOCS,
            "zensical.toml": '[project]\nsite_name = "Kettle" # short\n\n[project.theme]\n',
            "wrangler.toml": 'name = "kettle"\n',
            ".github/FUNDING.yml": "github: kettle\n",
        },
        ["", "[project.plugins.unbroken]", 'hosts = ["cloudflare"]'],
        config="zensical.toml",
        changed="zensical.toml",
        builder=("zensical", "build", "--strict"),
        added=frozenset({".gitattributes", ".github/workflows/unbroken.yml"}),
        commands=(
            "pip install zensical unbroken", "zensical build", "unbroken finish site",
            "unbroken check --format github",
        ),
    ),
    # Zensical reads a mkdocs.yml as well; only what runs tells who builds.
    "zensical yml": Layout(
        {
            **DOCS,
            "mkdocs.yml": "site_name: Kettle\ntheme:\n  name: material\n",
            ".github/workflows/docs.yml": "on: push\njobs:\n  b:\n    steps:\n"
            "      - run: pip install zensical\n      - run: |\n          zensical build --clean\n",
        },
        ["", "plugins:", "  - search", "  - unbroken"],
        builder=("zensical", "build", "--strict"),
        added=frozenset({".gitattributes", ".github/workflows/unbroken.yml"}),
        commands=(
            "pip install zensical", "python -m pip install unbroken", "zensical build --clean",
            "unbroken finish site", "unbroken check --format github",
        ),
    ),
    # Navigation from files beside the pages, and pages that a hook writes at build time.
    "nav files": Layout(
        {
            **DOCS,
            "docs/SUMMARY.md": "* [Home](index.md)\n* [Guide](guide.md)\n",
            "docs/tips/.nav.yml": "nav:\n  - '*'\n",
            "docs/tips/index.md": "# Tips\n",
            "hooks/more.py": "from mkdocs.structure.files import File\n\n\ndef on_files(files, config):\n"
            "    page = '# Reference\\n\\n## Lid\\n'\n"
            "    files.append(File.generated(config, 'reference.md', content=page))\n",
            "mkdocs.yml": "site_name: Kettle\nexclude_docs: SUMMARY.md\nhooks:\n- hooks/more.py\nplugins:\n"
            "- search\n# - literate-nav:\n#     nav_file: SUMMARY.md\n",
        },
        ["- unbroken"],
        listed=frozenset({"/tips/", "/reference/#lid"}),
    ),
    # A map of redirects, with the plugins in the form of a list.
    "redirects": Layout(
        {
            **DOCS,
            "mkdocs.yml": "site_name: Kettle\nplugins:\n  - search\n  - redirects:\n      redirect_maps:\n"
            '        "old.md": "guide.md" # since 2.0\n\nextra: {}\n',
        },
        ["  - unbroken"],
        listed=frozenset({"/old/", "/guide/#install"}),
    ),
    # Tags that MkDocs reads and safe YAML readers do not.
    "tags": Layout(
        {
            **DOCS,
            "mkdocs.yml": "site_name: !ENV [KETTLE_NAME, Kettle]\ntheme:\n  name: material\n  font: false\n"
            "strict: !ENV [CI, true]\nmarkdown_extensions:\n  - pymdownx.emoji:\n"
            "      emoji_index: !!python/name:material.extensions.emoji.twemoji\n"
            "  - toc:\n      slugify: !!python/object/apply:pymdownx.slugs.slugify\n"
            "        kwds: {case: lower}\n"
            "plugins:\n  - search\r\n",
        },
        ["  - unbroken"],
    ),
}  # fmt: skip


def make(top: Path, files: Mapping[str, str], *, commit: bool = True) -> Path:
    """A repository with some files."""
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(text.encode())
    if commit:
        must(run("git", "init", "--quiet", "--initial-branch=trunk", cwd=top, env=GIT))
        save(top)
    return top


def save(top: Path) -> None:
    must(run("git", "add", "--all", cwd=top, env=GIT))
    must(run("git", "commit", "--quiet", "--message", "x", cwd=top, env=GIT))


def contents(top: Path) -> dict[str, bytes]:
    """Every file that git sees, and what it says."""
    listed = must(run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=top)).stdout
    made = re.compile(r"(^public|site|\.cache|__pycache__)/")
    return {name: (top / name).read_bytes() for name in listed.split("\0") if name and not made.search(name)}


def init(folder: Path, *arguments: str) -> Result:
    """What the command prints, run in a folder with nobody to ask."""
    here = os.getcwd()
    os.chdir(folder)
    try:
        return CliRunner().invoke(main, [*arguments] if "init" in arguments else ["init", *arguments])
    finally:
        os.chdir(here)


def new_lines(before: bytes, after: bytes) -> list[str]:
    """The lines that were added, or that grew within brackets; none may be gone."""
    old, new = before.decode().splitlines(), after.decode().splitlines()
    added: list[str] = []
    for tag, start, end, new_start, new_end in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if tag != "equal":
            assert all(was[:-1] in now for was, now in zip(old[start:end], new[new_start:], strict=False))
            added += new[new_start:new_end]
    return added


#: What ``init`` shows of each layout: ``python -m tests.unbroken.project.test_setup`` writes it anew.
SHOWN = Path(__file__).with_name("set_up")


def as_stored(shown: Result, top: Path) -> str:
    """What a command showed, without what is another each time."""
    return shown.output.replace(str(top), "/kettle")


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_site_is_set_up(tmp_path: Path, name: str) -> None:
    layout = LAYOUTS[name]
    top = make(tmp_path / "kettle", layout.files)
    folder = top / layout.folder
    before = contents(top)

    shown = init(folder)
    assert shown.exit_code == 2, shown.output
    assert contents(top) == before
    assert as_stored(shown, top) == (SHOWN / f"{name}.txt").read_bytes().decode()

    done = init(folder, "--yes")
    assert done.exit_code == 0, done.output
    after = contents(top)
    configuration = os.path.normpath(f"{layout.folder}/{layout.changed}")
    ledger = os.path.normpath(f"{layout.folder}/published-urls.txt")
    assert {n for n in after if after[n] != before.get(n)} == {configuration, ledger, *layout.added}
    assert new_lines(before[configuration], after[configuration]) == layout.plugin
    assert layout.listed <= {*after[ledger].decode().splitlines()}
    assert must(run("git", "check-attr", "merge", "--", ledger, cwd=top)).stdout.endswith(": union\n")
    assert workflow_commands(after) == [*layout.commands]

    # It builds as before, any warning being an error, and nothing is wrong with it.
    must(run(*layout.builder, cwd=folder))
    if "zensical" in layout.builder:
        must(run("unbroken", "finish", "site", cwd=folder))
    must(run("unbroken", "check", "--strict", cwd=folder))

    again = init(folder, "--yes")
    assert again.exit_code == 0, again.output
    assert again.output.partition("\n\n")[0].endswith("There is nothing to do: the site is set up.")
    assert contents(top) == after
    must(run("unbroken", "move", "--undo", cwd=folder))
    assert contents(top) == before


def workflow_commands(files: Mapping[str, bytes]) -> list[str]:
    """What the workflow runs, in its folder."""
    text = files.get(".github/workflows/unbroken.yml")
    if text is None:
        return []
    workflow = yaml.safe_load(text)
    assert workflow[True] == {"push": {"branches": ["trunk"]}, "pull_request": None}
    return [step["run"] for step in workflow["jobs"]["check"]["steps"] if "run" in step]


def test_what_stands_round_a_site_is_taken_into_account(tmp_path: Path) -> None:
    top = make(tmp_path / "kettle", LAYOUTS["monorepo"].files)
    said = init(top)
    assert said.exit_code == 2
    assert "further down: packages/kettle/mkdocs.yml" in said.output
    said = init(top, "-f", "packages/kettle/mkdocs.yml", "init", "--yes")
    assert said.exit_code == 0, said.output
    attributes = "*.png binary\npackages/kettle/published-urls.txt merge=union\n"
    assert (top / ".gitattributes").read_text(encoding="utf-8") == attributes
    workflow = yaml.safe_load((top / ".github/workflows/unbroken.yml").read_text(encoding="utf-8"))
    assert workflow["jobs"]["check"]["steps"][3]["run"] == "mkdocs build -f packages/kettle/mkdocs.yml"
    assert "Add to .gitlab-ci.yml:" in said.output
    assert "unbroken -f packages/kettle/mkdocs.yml check\n" in said.output
    assert "unbroken -f packages/kettle/mkdocs.yml move OLD NEW" in said.output


def test_it_builds_in_the_folder_from_which_one_runs_it(tmp_path: Path) -> None:
    """Snippets are looked for from there; no module is taken from there that the builder would not take."""
    files = {
        "docs/index.md": '# Home\n\n--8<-- "tea.txt"\n',
        "parts/tea.txt": "## Tea\n",
        "mkdocs/__init__.py": "raise SystemExit('imported')\n",
        "conf/mkdocs.yml": "site_name: Kettle\ndocs_dir: ../docs\nsite_dir: ../site\nmarkdown_extensions:\n"
        "  - pymdownx.snippets:\n      base_path: parts\n      check_paths: true\n",
        ".github/FUNDING.yml": "",
    }
    top = make(tmp_path / "kettle", files)
    said = init(top, "-f", "conf/mkdocs.yml", "init", "--yes")
    assert said.exit_code == 0, said.output
    assert "/#tea" in (top / "conf/published-urls.txt").read_text(encoding="utf-8").splitlines()
    assert "mkdocs build -f conf/mkdocs.yml" in workflow_commands(contents(top))
    below = make(tmp_path / "other", files)
    said = init(below / "conf", "--yes")
    assert said.exit_code == 2
    assert "tea.txt" in said.output


def test_files_are_named_as_git_names_them(tmp_path: Path) -> None:
    files = {f"web/{name}": text for name, text in DOCS.items()}
    top = make(tmp_path / "kettle", {**files, "web/mkdocs.yml": "site_name: x\n", ".github/FUNDING.yml": ""})
    said = init(top / "web", "--yes")
    assert said.exit_code == 0, said.output
    assert str(tmp_path) not in said.output
    assert "+++ b/.github/workflows/unbroken.yml" in said.output
    assert "+++ b/web/mkdocs.yml" in said.output
    (added,) = re.findall(r"git add (.*?)  #", said.output)
    must(run("git", "add", *added.split(), cwd=top / "web"))


def test_a_build_with_errors_in_its_log_stops_it(tmp_path: Path) -> None:
    hook = (
        "import logging\n\n\n"
        "def on_env(env, **_):\n    logging.getLogger('mkdocs.hooks').error('tea is out')\n"
    )
    config = "site_name: x\nhooks: [hook.py]\n"
    top = make(tmp_path / "kettle", {**DOCS, "mkdocs.yml": config, "hook.py": hook})
    before = contents(top)
    said = init(top, "--yes")
    assert said.exit_code == 2
    assert "tea is out" in said.output
    assert contents(top) == before


def test_a_redirect_that_hides_a_page_is_said_before(tmp_path: Path) -> None:
    config = "site_name: x\nplugins:\n  - redirects:\n      redirect_maps:\n        guide.md: index.md\n"
    top = make(tmp_path / "kettle", {**DOCS, "mkdocs.yml": config})
    said = init(top)
    assert "mkdocs.yml:5:9: guide.md is a page, and this redirect is published in its place." in said.output
    done = init(top, "--yes")
    assert re.search(r"other errors +1\n", done.output)


def test_a_site_that_pins_what_excludes_the_package(tmp_path: Path) -> None:
    files = {**DOCS, "mkdocs.yml": "site_name: x\n", "docs/requirements.txt": "-r more.txt\n"}
    files |= {"docs/more.txt": "jinja2\nmkdocs==1.4.2 # for now\n", ".github/FUNDING.yml": ""}
    top = make(tmp_path / "kettle", files)
    said = init(top, "--yes")
    assert said.exit_code == 0, said.output
    assert "docs/more.txt:2 pins mkdocs==1.4.2, and unbroken needs mkdocs" in said.output
    assert not (top / ".github/workflows").exists()
    assert (top / "mkdocs.yml").read_text(encoding="utf-8") == "site_name: x\n"
    assert (top / "published-urls.txt").exists()


def test_hooks_and_other_builds_are_not_forgotten(tmp_path: Path) -> None:
    top = make(tmp_path / "kettle", LAYOUTS["material"].files)
    said = init(top, "--yes")
    hooks = (top / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert hooks.startswith(LAYOUTS["material"].files[".pre-commit-config.yaml"])
    assert yaml.safe_load(hooks)["repos"][1]["hooks"][0]["entry"] == "unbroken check --map"
    assert "install unbroken there as well: requirements.txt:1." in said.output
    plain = init(make(tmp_path / "plain", LAYOUTS["plain"].files), "--yes")
    assert "install unbroken there as well: .github/workflows/publish.yml:4." in plain.output


def test_the_end_is_the_state_of_the_links_in_one_screen(tmp_path: Path) -> None:
    """A page is moved, another is lost; one link is broken, and the build is strict."""
    files = {**LAYOUTS["plain"].files, "docs/steam.md": "# Steam\n\nQuite another text, of steam.\n"}
    files["mkdocs.yml"] += "strict: true\n"
    top = make(tmp_path / "kettle", files)
    (top / "docs/guide.md").rename(top / "docs/manual.md")
    (top / "docs/steam.md").unlink()
    home = '# Home\n\nSee the [guide](manual.md#install) and <a href="gone.html">more</a>.\n'
    make(
        top,
        {"docs/index.md": home, "mkdocs.yml": files["mkdocs.yml"].replace("guide", "manual")},
        commit=False,
    )
    save(top)
    said = init(top, "--yes")
    assert said.exit_code == 0, said.output
    end = said.output[said.output.index("The links of mkdocs.yml:") :]
    rows = {found[1]: found[2] for found in re.finditer(r"(?m)^  ([a-z]+(?: [a-z]+)?)  +(\S.*)$", end)}
    assert rows["pages"] == "2"
    assert re.fullmatch(r"\d+ within the site, 1 broken", rows["links"])
    assert rows["redirects"] == "1"  # GitHub Pages knows no rules
    assert rows["history"].startswith("1 lost in 2 steps: 1 with no proposal; 1 redirected now")
    assert "docs/index.md:3:" in end
    assert "A strict build" in end or "a strict build" in end
    assert "docs/index.md: broken-" in (top / "unbroken.baseline").read_text(encoding="utf-8")
    commands = [line.partition("#")[0].strip() for line in end.partition("Next:\n\n")[2].splitlines()]
    assert commands[0].startswith("git add mkdocs.yml published-urls.txt")
    assert commands[1:] == ["unbroken check --all", "unbroken recover"]
    assert len(end.splitlines()) < 24
    written = yaml.safe_load((top / "mkdocs.yml").read_text(encoding="utf-8"))["plugins"]
    assert written[-1] == {"redirects": {"redirect_maps": {"guide.md": "manual.md"}}}
    recorded = (top / "published-urls.txt").read_text(encoding="utf-8").splitlines()
    assert "/guide/" in recorded
    assert "/steam/" not in recorded  # that would fail each build from the first day on


def test_a_page_that_the_map_leads_to_nowhere_is_not_called_redirected(tmp_path: Path) -> None:
    files = {**LAYOUTS["plain"].files, "docs/steam.md": "# Steam\n\nQuite another text, of steam.\n"}
    top = make(tmp_path / "kettle", files)
    (top / "docs/steam.md").unlink()
    dead = "plugins:\n  - redirects:\n      redirect_maps:\n        steam.md: vapour.md\n"
    make(top, {"mkdocs.yml": files["mkdocs.yml"] + dead}, commit=False)
    save(top)
    said = init(top, "--yes").output
    assert re.search(r"history +1 lost in 2 steps: 1 with no proposal\n", said), said


def test_a_sitemap_and_a_built_site_tell_as_well(tmp_path: Path) -> None:
    top = make(tmp_path / "kettle", {**LAYOUTS["plain"].files, "docs/steam.md": "# Steam\n"})
    sitemap = "".join(f"<url><loc>https://kettle.example/{name}/</loc></url>" for name in ("guide", "tea"))
    make(tmp_path, {"sitemap.xml": f"<urlset>{sitemap}</urlset>"}, commit=False)
    must(run("mkdocs", "build", "--quiet", cwd=top))
    shutil.rmtree(top / "site/steam")  # only the built site can know of that
    (top / "site/sitemap.xml").unlink()  # in which a build that ended has no page that is not there
    said = init(top, "site", "--yes", "--sitemap", str(tmp_path / "sitemap.xml"))
    assert said.exit_code == 0, said.output
    assert "Building" not in said.output
    assert f"recorded from site and {tmp_path}/sitemap.xml" in said.output
    recorded = (top / "published-urls.txt").read_text(encoding="utf-8").splitlines()
    assert {"/tea/", "/guide/#install"} <= {*recorded}
    assert "/steam/" not in recorded


@pytest.mark.parametrize(
    "sitemap", [b"\x1f\x8b broken", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff", None, "http://[/x"]
)
def test_a_sitemap_that_cannot_be_read(tmp_path: Path, sitemap: bytes | str | None) -> None:
    top = make(tmp_path / "kettle", LAYOUTS["plain"].files)
    name = sitemap if isinstance(sitemap, str) else str(tmp_path / "sitemap.xml")
    if isinstance(sitemap, bytes):
        (tmp_path / "sitemap.xml").write_bytes(sitemap)
    said = init(top, "--yes", "--sitemap", name)
    assert said.exit_code == 2
    assert said.output.startswith(f"unbroken: {name} cannot be read: ")


def test_a_site_that_cannot_be_built_here(tmp_path: Path) -> None:
    config = "site_name: Kettle\nplugins:\n  - search\n  - kettle-plugin\n"
    top = make(tmp_path / "kettle", {**DOCS, "mkdocs.yml": config})
    before = contents(top)
    said = init(top, "--yes")
    assert said.exit_code == 2
    assert "its site cannot be built" in said.output
    assert "kettle-plugin" in said.output
    assert contents(top) == before
    make(
        tmp_path,
        {"sitemap.xml": "<urlset><url><loc>https://x.example/tea/</loc></url></urlset>"},
        commit=False,
    )
    said = init(top, "--yes", "--sitemap", str(tmp_path / "sitemap.xml"))
    assert said.exit_code == 0, said.output
    assert (top / "published-urls.txt").read_text(encoding="utf-8") == "/tea/\n"


def test_the_page_shows_what_it_prints(tmp_path: Path) -> None:
    page = (ROOT / "docs/unbroken/set-up.md").read_text(encoding="utf-8")
    files = dict(re.findall(r'(?ms)^```\w+ title="([^"]+)"\n(.*?)^```$', page))
    assert len(files) == 4
    top = make(tmp_path / "small", files)
    (session,) = re.findall(r"(?ms)^```console\n\$ unbroken (.*?)\n(.*?)^```$", page)
    assert init(top, *session[0].split()).output == session[1]
    again = init(top, "--yes").output
    assert "There is nothing to do" in again


REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "no site": ({"README.md": "x"}, "there is no site here: none of mkdocs.yml,"),
    "several": (
        {**DOCS, "mkdocs.yml": "site_name: x\n", "zensical.toml": "[project]\n"},
        "several configurations here: mkdocs.yml, zensical.toml. Name one: unbroken -f FILE init.",
    ),
    "broken YAML": ({**DOCS, "mkdocs.yml": "site_name: x\nnav: [a\n"}, "mkdocs.yml:3:1: This is not YAML:"),
    "broken TOML": ({**DOCS, "zensical.toml": "[project]\nsite_name\n"}, "zensical.toml:2:10: This is not"),
    "a list": ({**DOCS, "mkdocs.yml": "- site_name\n"}, "mkdocs.yml:1:1: mkdocs.yml must be a mapping"),
    "wrong plugins": (
        {**DOCS, "mkdocs.yml": "site_name: x\nplugins: 1\n"}, "mkdocs.yml:2:10: plugins must be",
    ),
    "no sources": ({"mkdocs.yml": "site_name: x\n"}, "no folder docs. Correct docs_dir in mkdocs.yml."),
    "no parent": ({**DOCS, "mkdocs.yml": "INHERIT: ../no.yml\nsite_name: x\n"}, "mkdocs.yml:1:10:"),
    "a ledger elsewhere": (
        {**DOCS, "mkdocs.yml": "site_name: x\nplugins:\n  - unbroken:\n      ledger: ../out.txt\n"},
        "outside",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    files, message = REFUSED[name]
    top = make(tmp_path / "kettle", files)
    before = contents(top)
    said = init(top, "--yes")
    assert said.exit_code == 2, said.output
    (line,) = [line for line in said.output.splitlines() if not line.startswith("Building")]
    assert line.startswith("unbroken: ")
    assert message in line
    assert contents(top) == before
    assert not (tmp_path / "out.txt").exists()


def test_read_only_files_and_links_out_of_the_repository_are_refused(tmp_path: Path) -> None:
    top = make(tmp_path / "kettle", LAYOUTS["plain"].files)
    before = contents(top)
    (top / "mkdocs.yml").chmod(0o444)
    said = init(top, "--yes")
    assert said.exit_code == 2
    assert said.output.endswith("mkdocs.yml is read-only. Run: chmod u+w mkdocs.yml.\n")
    (top / "mkdocs.yml").chmod(0o644)
    (top / ".github/workflows").chmod(0o555)
    said = init(top, "--yes")
    assert "unbroken.yml cannot be written: .github/workflows is read-only" in said.output
    (top / ".github/workflows").chmod(0o755)
    assert contents(top) == before
    (top / "mkdocs.yml").rename(tmp_path / "shared.yml")
    (top / "mkdocs.yml").symlink_to(tmp_path / "shared.yml")
    said = init(top, "--yes")
    assert said.exit_code == 2
    assert f"mkdocs.yml is {tmp_path}/shared.yml, outside {top}." in said.output
    assert (tmp_path / "shared.yml").read_bytes() == before["mkdocs.yml"]
    assert not (top / "published-urls.txt").exists()


def test_a_disk_that_fails_half_way_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = make(tmp_path / "kettle", LAYOUTS["plain"].files)
    before = contents(top)
    replace = os.replace

    def full(source: Any, target: Any) -> None:
        if str(target).endswith("unbroken.yml"):
            raise OSError(28, "No space left on device", str(target))
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    said = init(top, "--yes")
    assert said.exit_code == 2
    assert "No space left on device. Nothing was changed." in said.output
    assert contents(top) == before
    assert not (top / ".github/workflows/unbroken.yml").exists()


def test_what_cannot_be_edited_is_left_to_the_author(tmp_path: Path) -> None:
    files = {**DOCS, "mkdocs.yml": "site_name: x\nown-plugins: &p [search]\nplugins: *p\n"}
    top = make(tmp_path / "kettle", {**files, ".pre-commit-config.yaml": "repos: !x []\n"})
    said = init(top, "--yes")
    assert said.exit_code == 0, said.output
    assert (
        "mkdocs.yml is left to you. Line 3: plugins is an alias (*p); edit what it stands for. Add:"
        in said.output
    )
    assert ".pre-commit-config.yaml is left to you." in said.output
    assert (top / "mkdocs.yml").read_text(encoding="utf-8") == files["mkdocs.yml"]
    assert (top / "published-urls.txt").exists()


def test_a_site_without_a_repository(tmp_path: Path) -> None:
    top = make(tmp_path / "kettle", {**DOCS, "mkdocs.yml": "site_name: x\nplugins:\n"}, commit=False)
    said = init(top, "--yes")
    assert said.exit_code == 0, said.output
    assert sorted(p.name for p in top.iterdir()) == [".cache", "docs", "mkdocs.yml", "published-urls.txt"]
    text = (top / "mkdocs.yml").read_text(encoding="utf-8")
    assert text == "site_name: x\nplugins:\n  - search\n  - unbroken\n"


@pytest.mark.parametrize(
    ("own", "parent", "plugins"),
    [
        ("", "plugins:\n  search: {}\n", {"search": {}, "unbroken": {}}),
        ("plugins:\n", "plugins: [tags]\n", ["search", "unbroken"]),
        ("plugins: []\n", "plugins: [tags]\n", ["unbroken"]),
        ("", "theme: mkdocs\n", ["search", "unbroken"]),
        ("", "plugins:\n", ["search", "unbroken"]),
        ("plugins:\n  search: {}\n", "plugins:\n  unbroken: {}\n", {"search": {}, "unbroken": {}}),
    ],
)
def test_plugins_are_merged_as_mkdocs_merges_them(
    tmp_path: Path, own: str, parent: str, plugins: Any
) -> None:
    from mkdocs.utils.yaml import yaml_load

    files = {**DOCS, "mkdocs.yml": f"INHERIT: base.yml\nsite_name: x\n{own}", "base.yml": parent}
    top = make(tmp_path / "kettle", files, commit=False)
    said = init(top, "--yes")
    assert said.exit_code == 0, said.output
    with (top / "mkdocs.yml").open("rb") as stream:
        assert yaml_load(stream)["plugins"] == plugins
    assert (top / "base.yml").read_text(encoding="utf-8") == parent


def test_what_is_wrong_with_redirects_taken_over_is_known_again(tmp_path: Path) -> None:
    files = {
        **DOCS,
        "mkdocs.yml": "site_name: x\n",
        "netlify.toml": "",
        "docs/_redirects": "/old/guide/ / 301\n/old/* /:splat 301\n/older/* /:splat 301\n",
    }
    top = make(tmp_path / "kettle", files)
    said = init(top, "--yes")
    assert said.exit_code == 0, said.output
    kept = (top / "unbroken.baseline").read_text(encoding="utf-8")
    assert "\nmkdocs.yml: overlap: " in kept
    must(run("mkdocs", "build", "--strict", cwd=top))
    # A line further up makes none of them new.
    config = top / "mkdocs.yml"
    config.write_text("# first\n" + config.read_text(encoding="utf-8"), encoding="utf-8")
    must(run("mkdocs", "build", "--strict", cwd=top))
    must(run("unbroken", "check", cwd=top))
    assert (top / "unbroken.baseline").read_text(encoding="utf-8") == kept


def test_two_hosts_of_one_file_are_not_both_written(tmp_path: Path) -> None:
    files = {**LAYOUTS["zensical"].files, "netlify.toml": "", "vercel.json": "{}"}
    top = make(tmp_path / "kettle", files)
    said = init(top, "--yes")
    assert "netlify and cloudflare both read _redirects, so hosts names netlify." in said.output
    data = tomllib.loads((top / "zensical.toml").read_text(encoding="utf-8"))
    assert data["project"]["plugins"]["unbroken"]["hosts"] == ["netlify", "vercel"]


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 2)])
def test_on_a_terminal_it_asks(tmp_path: Path, answer: str, code: int) -> None:
    top = make(tmp_path / "kettle", {**DOCS, "mkdocs.yml": "site_name: x\n"})
    ended, shown = at_terminal("unbroken", "init", cwd=top, typed=f"{answer}\n")
    assert ended == code, shown
    assert "Add this? [Y/n]" in shown
    assert (top / "published-urls.txt").exists() == (answer == "y")


VERSIONS = '[{"version": "2.0", "aliases": ["latest"]}, {"version": "1.0"}, {"version": "0", "aliases": []}]'


@pytest.mark.parametrize("told", [VERSIONS, "[1]", "{", "", '[{"version": "../x"}]'])
def test_what_is_served_beside_the_site_is_named(tmp_path: Path, told: str) -> None:
    home = "# Home\n\n[one](/1.0/guide/) [typo](/gide/) [English](/en/) [German](/de/guide/)\n"
    config = (
        "site_name: x\nsite_url: https://kettle.example/\nextra:\n  version: {provider: mike}\n  alternate:\n"
        "    - {name: English, link: /, lang: en}\n    - {name: Deutsch, link: /de/, lang: de}\n"
        "    - {name: Guide, link: ./guide/, lang: fr}\n"
        "    - {name: Other, link: 'https://other.example/es/', lang: es}\n    - nothing\n"
    )
    top = make(tmp_path / "kettle", {**DOCS, "docs/index.md": home, "mkdocs.yml": config})
    must(run("git", "checkout", "--quiet", "-b", "gh-pages", cwd=top, env=GIT))
    (top / "versions.json").write_text(told)
    save(top)
    must(run("git", "checkout", "--quiet", "trunk", cwd=top, env=GIT))
    said = init(top, "--yes")
    assert said.exit_code == 0, said.output
    [plugin] = yaml.safe_load((top / "mkdocs.yml").read_text(encoding="utf-8"))["plugins"][1:]
    versions = ["/1.0/", "/latest/"] if told == VERSIONS else []
    assert plugin == {"unbroken": {"elsewhere": ["/de/", *versions]}}
    kept = (top / "unbroken.baseline").read_text(encoding="utf-8")
    assert ("/1.0/guide/" in kept, "/gide/" in kept, "/de/" in kept) == (not versions, True, False)
    must(run("mkdocs", "build", "--strict", cwd=top))


if __name__ == "__main__":
    os.environ["PATH"] = environment()["PATH"]
    for name, layout in LAYOUTS.items():
        with tempfile.TemporaryDirectory() as place:
            top = make(Path(place, "kettle"), layout.files)
            (SHOWN / f"{name}.txt").write_bytes(as_stored(init(top / layout.folder), top).encode())
