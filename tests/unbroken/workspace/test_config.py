"""Reading a map from wherever a site keeps it, and what is said of a file that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands import Completed, output, run
from tests.unbroken.sites import codes
from unbroken.workspace import config as configuration

if TYPE_CHECKING:
    from pathlib import Path

WANTED = [("old.md", "new.md"), ("page.md#a", "page.md#b")]
MAP = "redirect_maps:\n      old.md: new.md\n      'page.md#a': page.md#b\n"

FORMS = {
    "a mapping": {"mkdocs.yml": f"plugins:\n  search:\n  redirects:\n    {MAP}"},
    "a list": {"mkdocs.yml": f"plugins:\n- search\n- redirects:\n    {MAP}"},
    "an inherited file": {
        "mkdocs.yml": "INHERIT: more/redirects.yml\nplugins:\n  search: {}\n",
        "more/redirects.yml": f"plugins:\n  redirects:\n    {MAP}",
    },
    "two files": {
        "mkdocs.yml": "INHERIT: r.yml\nplugins: {redirects: {redirect_maps: {'page.md#a': page.md#b}}}\n",
        "r.yml": "plugins: {redirects: {redirect_maps: {old.md: new.md, page.md#a: x.md}}}\n",
    },
    "a file that inherits from a file": {
        "mkdocs.yml": "INHERIT: a/one.yml\n",
        "a/one.yml": "INHERIT: ../two.yml\n",
        "two.yml": f"plugins:\n  redirects:\n    {MAP}",
    },
    "ProperDocs": {"properdocs.yml": f"plugins:\n  redirects:\n    {MAP}"},
    "Zensical": {
        "zensical.toml": '[project]\nsite_name = "x"\n[project.plugins.redirects.redirect_maps]\n'
        '"old.md" = "new.md"\n"page.md#a" = "page.md#b"\n'
    },
    "a merge key": {
        "mkdocs.yml": "extra:\n  all: &all {old.md: new.md}\nplugins:\n  redirects:\n"
        "    redirect_maps:\n      <<: *all\n      page.md#a: page.md#b\n"
    },
    "with tags that only a builder knows": {
        "mkdocs.yml": "markdown_extensions:\n- pymdownx.emoji:\n"
        "    emoji_index: !!python/name:material.extensions.emoji.twemoji\n"
        f"site_url: !ENV [NOT_SET_ANYWHERE, 'https://example.com/docs']\nplugins:\n  redirects:\n    {MAP}"
    },
    "with a byte order mark": {"mkdocs.yml": f"\ufeffplugins:\n  redirects:\n    {MAP}"},
    "with CRLF": {"mkdocs.yml": f"plugins:\n  redirects:\n    {MAP}".replace("\n", "\r\n")},
}  # fmt: skip


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    found = configuration.find(folder)
    assert found is not None
    return found


@pytest.mark.parametrize("form", FORMS)
def test_the_map_is_read_wherever_it_is_kept(form: str, tmp_path: Path) -> None:
    config = configuration.read(write(tmp_path, FORMS[form]))
    assert sorted((e.source, e.target) for e in config.entries) == WANTED
    assert config.findings == []
    for entry in config.entries:
        file = next(f for f in config.files if f.as_posix().endswith(entry.place.file))
        line = file.read_text(encoding="utf-8-sig").splitlines()[entry.place.line - 1]
        assert entry.source in line[entry.place.column - 1 :].replace('"', "").replace("'", "")


def test_the_settings_of_the_site_and_of_the_plugin_are_read(tmp_path: Path) -> None:
    text = """
site_url: https://example.com/docs
use_directory_urls: false
docs_dir: pages
site_dir: public
plugins:
- unbroken:
    hosts: [nginx, cloudflare]
    ledger: all-urls.txt
    patterns:
      old/*: new/*
    retired:
    - gone.md
"""
    config = configuration.read(write(tmp_path, {"mkdocs.yml": text}))
    assert config.site_url == "https://example.com/docs/"
    assert config.directory_urls is False
    assert (config.docs_dir, config.site_dir) == (tmp_path / "pages", tmp_path / "public")
    assert config.ledger == tmp_path / "all-urls.txt"
    assert list(config.hosts) == ["nginx", "cloudflare"]
    assert config.hosts["cloudflare"][1:] == (8, 20)
    assert [(e.source, e.target, e.place.line) for e in config.patterns] == [("old/*", "new/*", 11)]
    assert [(e.source, e.place.line) for e in config.retired] == [("gone.md", 13)]


FAULTS = {
    "nothing": ("", "configuration", 1),
    "comments alone": ("# nothing yet\n", "configuration", 1),
    "two documents": ("a: b\n---\nc: d\n", "configuration", 2),
    "no YAML": ("plugins: [\n", "configuration", 2),
    "a tab": ("plugins:\n\tredirects: x\n", "configuration", 2),
    "text": ("hello\n", "wrong-type", 1),
    "a list of settings": ("- a\n", "wrong-type", 1),
    "a list for the map": ("plugins:\n  redirects:\n    redirect_maps: [a]\n", "wrong-type", 3),
    "text for the map": ("plugins:\n  redirects:\n    redirect_maps: old.md\n", "wrong-type", 3),
    "a number for a target": ("plugins:\n  redirects:\n    redirect_maps:\n      a.md: 3\n", "wrong-type", 4),
    "nothing for a target": ("plugins:\n  redirects:\n    redirect_maps:\n      a.md:\n", "wrong-type", 4),
    "a list for a target": (
        "plugins:\n  redirects:\n    redirect_maps:\n      a.md: [b.md]\n",
        "wrong-type",
        4,
    ),
    "a number for the plugin": ("plugins:\n  redirects: 7\n", "wrong-type", 2),
    "text for plugins": ("plugins: redirects\n", "wrong-type", 1),
    "a mapping for hosts": ("plugins:\n  unbroken:\n    hosts: {nginx: yes}\n", "wrong-type", 3),
    "a number for a host": ("plugins:\n  unbroken:\n    hosts:\n    - 3\n", "wrong-type", 4),
    "a list for patterns": ("plugins:\n  unbroken:\n    patterns:\n    - a\n", "wrong-type", 4),
    "a number for the ledger": ("plugins:\n  unbroken:\n    ledger: 1\n", "wrong-type", 3),
    "text for use_directory_urls": ("use_directory_urls: maybe\n", "wrong-type", 1),
    "a setting that does not exist": ("plugins:\n  unbroken:\n    ledgr: x\n", "unknown-setting", 3),
    "an inherited file that is not there": ("INHERIT: nowhere.yml\n", "configuration", 1),
    "an inherited folder": ("INHERIT: .\n", "configuration", 1),
    "a file that inherits itself": ("INHERIT: mkdocs.yml\n", "configuration", 1),
    "a list of inherited files": ("INHERIT: [base.yml]\n", "wrong-type", 1),
    "nothing to inherit": ("INHERIT:\n", "wrong-type", 1),
    "an inherited file that no disk has": ('INHERIT: "a\\0b"\n', "wrong-type", 1),
    "a control character": ("plugins: a\0b\n", "configuration", 1),
    "not UTF-8": (b"site_name: ok\nplugins: \xff\xfe\n".decode("latin-1"), "configuration", 2),
    "an alias in its own anchor": ("plugins: &p\n  redirects: &r\n    redirect_maps: *r\n", "", 0),
    "nesting without end": ("plugins: " + "[" * 200_000 + "]" * 200_000 + "\n", "configuration", 1),
    "dashes without end": ("plugins:\n" + "- " * 100_000 + "\n", "configuration", 1),
    "stairs": ("".join(" " * n + "a:\n" for n in range(500)), "configuration", 1),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_cannot_be_read_is_a_finding_at_its_line(fault: str, tmp_path: Path) -> None:
    text, code, line = FAULTS[fault]
    (tmp_path / "mkdocs.yml").write_bytes(text.encode("latin-1"))
    findings = configuration.read(tmp_path / "mkdocs.yml").findings
    assert [(f.code, f.place.line) for f in findings] == ([(code, line)] if code else [])
    assert all("\n" not in str(f) and f.remedy for f in findings)


def test_all_faults_of_both_files_are_found_in_one_pass(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_text(
        "INHERIT: redirects.yml\nplugins:\n  unbroken: {hosts: 3, ledgr: x}\n"
    )
    (tmp_path / "redirects.yml").write_text(
        "plugins:\n  redirects:\n    redirect_maps:\n      a.md: 3\n      b.md: 4\n"
    )
    findings = configuration.read(tmp_path / "mkdocs.yml").findings
    assert sorted(codes(findings)) == ["unknown-setting", "wrong-type", "wrong-type", "wrong-type"]


def check(folder: Path) -> Completed:
    (folder / "docs").mkdir(exist_ok=True)
    return run("unbroken", "check", "--map", cwd=folder)


def test_the_command_prints_a_line_for_each_fault_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_text(
        "plugins:\n  redirects:\n    redirect_maps:\n      a.md: 3\n      b.md: nowhere.md\n"
    )
    done = check(tmp_path)
    assert done.returncode == 1
    printed = output(done)
    assert "mkdocs.yml:4:13: error wrong-type: The target must be text, and is a number or a date." in printed
    assert "mkdocs.yml:5:7: error dead-page: nowhere.md is not published." in printed
    assert "Traceback" not in printed


def test_aliases_of_aliases_take_no_more_than_their_lines(tmp_path: Path) -> None:
    lines = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    maps = [f"m{i}: &m{i} {{<<: [{', '.join([f'*m{i - 1}'] * 9)}], k{i}: x}}" for i in range(1, 40)]
    (tmp_path / "mkdocs.yml").write_text("\n".join(["a0: &a0 [x]", *lines, "m0: &m0 {k: x}", *maps, ""]))
    assert check(tmp_path).returncode == 0


def test_what_is_merged_gives_way_as_in_yaml(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_text(
        "x: &x {a.md: x.md}\ny: &y {a.md: y.md, b.md: y.md}\n"
        "plugins: {redirects: {redirect_maps: {c.md: own.md, <<: [*x, *y], b.md: own.md}}}\n"
    )
    config = configuration.read(tmp_path / "mkdocs.yml")
    assert {e.source: e.target for e in config.entries if e.target != "y.md"} == {
        "a.md": "x.md", "b.md": "own.md", "c.md": "own.md",
    }  # fmt: skip


def test_without_a_configuration_the_command_says_what_to_do(tmp_path: Path) -> None:
    done = run("unbroken", "check", "--map", cwd=tmp_path)
    assert done.returncode == 2
    assert output(done) == (
        "unbroken: there is no mkdocs.yml, properdocs.yml, zensical.toml or unbroken.toml here. "
        "Change to the site's folder, or name the file with -f.\n"
    )


def test_a_configuration_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = run("unbroken", "-f", "nowhere.yml", "resolve", "/", cwd=tmp_path)
    assert (done.returncode, output(done)) == (
        2,
        "unbroken: nowhere.yml cannot be read: there is no such file.\n",
    )
