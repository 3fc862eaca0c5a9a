"""What the builder says of a site is taken from it, and from nothing that only looks like it."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.commands import must, output, run
from tests.unbroken.builders.sites import GENERATE, LANGUAGES, build, make
from unbroken.builders import asking, record
from unbroken.model.listing import Languages
from unbroken.workspace import config as configuration
from unbroken.workspace import trust


def read(root: Path) -> record.Record | None:
    return record.read(configuration.read(root / "mkdocs.yml"))


def written(root: Path) -> Path:
    (file,) = (root / ".cache/unbroken").glob("build-*.json")
    return file


def opened(file: Path) -> Any:
    return json.loads(trust.opened(file.read_bytes(), record._about(file)) or b"")


def put(file: Path, text: str) -> None:
    """Write a record as if this user's build had written it."""
    file.write_bytes(trust.sealed(text.encode(), record._about(file)) or b"")


GENERATED = [
    {"gen-files": {"scripts": ["gen.py"]}},
    {"redirects": {"redirect_maps": {"old.md": "ref/mod.md"}}},
    "unbroken",
]
FILES = {"index.md": "# Home\n", "a/page.md": "# Page\n", "a/picture.png": "", "/gen.py": GENERATE}


@pytest.fixture
def generated(tmp_path: Path) -> Path:
    """A site with a page that a plugin makes, and a redirect to it."""
    return make(tmp_path, FILES, GENERATED)


def test_a_build_says_what_it_published_from_which_sources(generated: Path) -> None:
    build(generated)
    said = read(generated)
    assert said
    files = {file.source: file for file in said.files}
    assert files["a/page.md"][1:5] == ("a/page/index.html", "/a/page/", "docs/a/page.md", "")
    assert files["a/picture.png"].page is False
    assert files["ref/mod.md"].address == "/ref/mod/"
    assert files["ref/mod.md"].disk == ""
    assert files["ref/mod.md"].plugin
    assert (said.builder, said.site_url) == ("mkdocs", "https://small.example/")
    assert {"docs/index.md", "mkdocs.yml"} <= said.inputs.keys()


def test_the_map_is_judged_by_what_plugins_make(generated: Path) -> None:
    # Without a build the builder is asked, and with one its record is.
    must(run("unbroken", "check", "--map", cwd=generated))
    build(generated)
    (generated / "gen.py").write_text("raise SystemExit('asked again')\n")
    os.utime(generated / "gen.py", ns=(1, 1))
    must(run("unbroken", "check", "--map", cwd=generated))


def test_what_cannot_be_asked_is_said_and_not_judged(generated: Path) -> None:
    (generated / "published-urls.txt").write_text("/ref/mod/\n")
    (generated / "gen.py").write_text("import nothing_of_this_name\n")
    done = must(run("unbroken", "check", "--map", cwd=generated))
    assert "could not be judged" in output(done)
    assert "nothing_of_this_name" in output(done)


def test_properdocs_is_asked_as_mkdocs_is(generated: Path) -> None:
    text = (generated / "mkdocs.yml").read_text()
    (generated / "properdocs.yml").write_text(f"{text}theme: {{name: material}}\n")
    (generated / "mkdocs.yml").unlink()
    must(run("unbroken", "check", "--map", cwd=generated))
    must(run("properdocs", "build", "-q", cwd=generated))
    said = record.read(configuration.read(generated / "properdocs.yml"))
    assert said
    assert said.builder == "properdocs"


def test_settings_are_those_that_were_in_force(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"theme": {"name": "material", "font": False}}
    plugins = ["offline", {"redirects": {"redirect_maps": {"old.md": "new/page.md"}}}, "unbroken"]
    make(tmp_path, {"index.md": "[Page](new/page.md)\n", "new/page.md": "# Page\n"}, plugins, **settings)
    build(tmp_path)
    must(run("unbroken", "check", cwd=tmp_path))
    assert "0 files changed" in output(must(run("unbroken", "finish", "site", cwd=tmp_path)))
    assert (tmp_path / "site/old.html").is_file()


def test_a_flag_counts_as_a_setting_does(tmp_path: Path) -> None:
    plugins = [{"redirects": {"redirect_maps": {"old.md": "new.md"}}}, "unbroken"]
    make(tmp_path, {"index.md": "[New](new.md)\n", "new.md": "# New\n"}, plugins)
    build(tmp_path, "--no-directory-urls")
    must(run("unbroken", "check", cwd=tmp_path))
    must(run("unbroken", "finish", "site", cwd=tmp_path))
    assert (tmp_path / "site/old.html").is_file()
    assert not (tmp_path / "site/old").exists()


def test_stubs_have_the_canonical_address_of_the_version(tmp_path: Path) -> None:
    plugins = [
        "unbroken",
        {"redirects": {"redirect_maps": {"old.md": "new.md"}}},
        {"mike": {"canonical_version": "latest"}},
    ]
    make(tmp_path, {"index.md": "# Home\n", "new.md": "# New\n"}, plugins)
    must(
        run(
            "mkdocs",
            "build",
            "-q",
            cwd=tmp_path,
            env={"MIKE_DOCS_VERSION": '{"version": "1", "title": "1", "aliases": []}'},
        )
    )
    stub = (tmp_path / "site/old/index.html").read_text()
    assert '<link rel="canonical" href="https://small.example/latest/new/">' in stub


@pytest.mark.parametrize("structure", ["suffix", "folder"])
def test_every_language_keeps_its_redirects(tmp_path: Path, structure: str) -> None:
    names = {"suffix": ("bar/foo.md", "bar/foo.fr.md"), "folder": ("en/bar/foo.md", "fr/bar/foo.md")}
    english, french = names[structure]
    home = {"suffix": ("index.md", "index.fr.md"), "folder": ("en/index.md", "fr/index.md")}[structure]
    files = {english: "# Foo\n", french: "# Foo\n", home[0]: "# Home\n", home[1]: "# Accueil\n"}
    old = [name.replace("foo", "old") for name in (english, french)]
    lines = {old[0]: english, old[1]: french, english.replace("foo", "other"): english}
    plugins = [
        "unbroken",  # whatever the order
        {"i18n": {"docs_structure": structure, "languages": LANGUAGES}},
        {"redirects": {"redirect_maps": lines}},
    ]
    make(tmp_path, files, plugins)
    build(tmp_path, "--strict")
    for name in ("bar/old", "fr/bar/old", "bar/other", "fr/bar/other"):
        stub = (tmp_path / "site" / name / "index.html").read_text()
        assert 'data-unbroken-to="../foo/"' in stub, name
    must(run("unbroken", "check", "--strict", cwd=tmp_path))
    said = read(tmp_path)
    assert said
    assert said.languages == Languages(structure, "en", ("fr",))
    assert {file.language for file in said.files if file.page} == {"en", "fr"}
    # The same without a build.
    written(tmp_path).unlink()
    must(run("unbroken", "check", "--map", "--strict", cwd=tmp_path))


@pytest.mark.parametrize("change", ["edited", "added", "removed", "the map"])
@pytest.mark.parametrize("command", [("check",), ("resolve", "/a/page/")])
def test_what_has_changed_since_the_build_is_said_first(
    generated: Path, change: str, command: tuple[str, ...]
) -> None:
    build(generated)
    assert "older" not in output(run("unbroken", *command, cwd=generated))
    file = generated / "docs/a/page.md"
    if change == "edited":
        file.write_text("# Pagf\n")
    elif change == "added":
        file = generated / "docs/new.md"
        file.write_text("# New\n")
    elif change == "removed":
        file.unlink()
    else:
        file = generated / "mkdocs.yml"
        file.write_text(file.read_text().replace("old.md", "older.md"))
    said = run("unbroken", *command, cwd=generated).stderr
    name = file.relative_to(generated).as_posix()
    assert said.startswith(f"site is older than {name}, and what follows is about that build.")
    assert "Build it again: mkdocs build" in said.splitlines()[0]


def test_a_file_that_is_touched_and_says_the_same_has_not_changed(generated: Path) -> None:
    build(generated)
    later = time.time_ns() + 10**9
    for file in (generated / "docs").rglob("*"):
        os.utime(file, ns=(later, later))
    assert "older" not in output(must(run("unbroken", "check", cwd=generated)))


def test_a_site_without_a_record_is_told_by_its_times(tmp_path: Path) -> None:
    make(tmp_path, {"index.md": "# Home\n"}, ["search"])
    build(tmp_path)
    assert "older" not in output(run("unbroken", "check", cwd=tmp_path))
    later = time.time_ns() + 10**9
    os.utime(tmp_path / "docs/index.md", ns=(later, later))
    said = run("unbroken", "check", cwd=tmp_path).stderr
    assert said.startswith("site is older than docs/index.md")


# What is not trusted.


def test_a_record_that_git_tracks_is_not_read(generated: Path) -> None:
    build(generated)
    assert read(generated)
    must(run("git", "init", "-q", cwd=generated))
    assert read(generated)
    must(run("git", "add", "-f", ".cache/unbroken", cwd=generated))
    assert read(generated) is None


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("destination", "../../outside.html"),
        ("destination", "/etc/passwd"),
        ("destination", "a\\..\\b.html"),
        ("destination", 3),
        ("address", "/elsewhere/"),
        ("source", "/etc/passwd"),
        ("page", "yes"),
        ("own", [1]),
    ],
)
def test_a_record_with_a_part_that_cannot_be_is_not_read(generated: Path, part: str, value: object) -> None:
    build(generated)
    file = written(generated)
    data = opened(file)
    names = ["source", "destination", "address", "disk", "plugin", "language", "page", "own"]
    data["files"][0][names.index(part)] = value
    put(file, json.dumps(data))
    assert read(generated) is None
    must(run("unbroken", "check", "--map", cwd=generated))  # the builder is asked


def test_a_record_is_read_whole_or_not_at_all(generated: Path) -> None:
    build(generated)
    file = written(generated)
    good = opened(file)
    put(file, json.dumps({**good, "seconds": 3, "languages": ["suffix", "en", ["de"]]}))
    said = read(generated)
    assert said
    assert (said.seconds, said.languages) == (3.0, ("suffix", "en", ("de",)))
    wrong: list[dict[str, object]] = [
        {"version": 0}, {"builder": None}, {"seconds": "1"}, {"began": True}, {"directory_urls": 1},
        {"docs_dir": "/etc"}, {"docs_dir": str(generated.parent)}, {"files": [[]]}, {"files": None},
        {"inputs": {"mkdocs.yml": ["1", 2, ""]}}, {"inputs": {"mkdocs.yml": [1, 2]}}, {"inputs": []},
        {"inputs": {"mkdocs.yml": [1, 2.5, ""]}}, {"inputs": {"mkdocs.yml": [1, 2, None]}},
        {"languages": []}, {"languages": ["suffix", "en", [""]]}, {"languages": ["suffix", "../en", []]},
        {"languages": ["suffix", 1, []]},
    ]  # fmt: skip
    for part in wrong:
        put(file, json.dumps({**good, **part}))
        assert read(generated) is None, part
    put(file, json.dumps(good))
    assert read(generated)


@pytest.mark.parametrize("text", ["", "[", "{}", "[]", '{"version": 1}', "[" * 100_000, "\0"])
def test_a_broken_record_is_none(generated: Path, text: str) -> None:
    build(generated)
    put(written(generated), text)
    assert read(generated) is None


def test_a_record_of_somebody_else_is_none(generated: Path) -> None:
    build(generated)
    file = written(generated)
    assert read(generated)
    file.write_text(json.dumps(opened(file)))
    assert read(generated) is None


def test_a_source_outside_of_the_site_is_none(generated: Path) -> None:
    build(generated)
    file = written(generated)
    data = opened(file)
    data["files"][0][3] = "../../../../etc/passwd"
    (generated / "docs/link.md").symlink_to("/etc/passwd")
    data["files"][1][3] = "docs/link.md"
    put(file, json.dumps(data))
    said = read(generated)
    assert said
    assert [each.disk for each in said.files[:2]] == ["", ""]


def test_a_folder_that_cannot_be_written_does_not_matter(generated: Path) -> None:
    (generated / ".cache").write_text("")
    build(generated)
    must(run("unbroken", "check", "--no-cache", cwd=generated))


def test_only_what_has_a_say_is_asked(tmp_path: Path) -> None:
    make(tmp_path, FILES, ["search", "redirects", "unbroken"])
    assert not asking.has_a_say(configuration.read(tmp_path / "mkdocs.yml"))
    make(tmp_path, FILES, GENERATED)
    assert asking.has_a_say(configuration.read(tmp_path / "mkdocs.yml"))
    (tmp_path / "hook.py").write_text("def on_files(files, config):\n    return files\n")
    make(tmp_path, FILES, ["search"], hooks=["hook.py"])
    assert asking.has_a_say(configuration.read(tmp_path / "mkdocs.yml"))
