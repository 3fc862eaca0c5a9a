"""The finished site is the same, whichever builder made it and whoever finished it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.commands import must, output, run
from tests.unbroken.sites import write_config

if TYPE_CHECKING:
    from pathlib import Path

MAP = {
    "old.md": "new.md",
    "a/b/old.md": "new.md#part",
    "chain.md": "old.md",
    "café.md": "new.md",
    "away.md": "https://example.com/x?a=b",
    "new.md#gone": "new.md#part",
    "new.md#went": "other.md#part",
    "split.md": "new.md",
    "split.md#part": "other.md",
    "Case.md": "other.md",
    "section/README.md": "other.md",
}
HOSTS = ["cloudflare", "nginx", "vercel", "s3"]
BUILDERS = {
    "mkdocs": ("mkdocs", "build", "--strict"),
    "mkdocs without the plugin": ("mkdocs", "build"),
    "properdocs": ("properdocs", "build", "--strict", "-f", "mkdocs.yml"),
    "zensical": ("zensical", "build", "-f", "mkdocs.yml"),
}


def build(folder: Path, builder: str, **settings: Any) -> Path:
    """Build a site with one of the builders, and finish it where no plugin of ours ran."""
    for name in ("index.md", "new.md", "other.md", "deep/README.md"):
        (folder / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "docs" / name).write_text(f"# {name}\n\n## Part\n\n[Link](/)\n", encoding="utf-8")
    options = {"hosts": HOSTS, "enabled": builder != "mkdocs without the plugin"}
    write_config(folder, MAP, theme={"name": "material", "font": False}, unbroken=options, **settings)
    must(run(*BUILDERS[builder], cwd=folder))
    if builder in ("zensical", "mkdocs without the plugin"):
        must(run("unbroken", "finish", "site", cwd=folder))
    return folder / "site"


def ours(site: Path) -> dict[str, str]:
    """Everything in a site that Unbroken is answerable for."""
    files: dict[str, str] = {}
    for file in site.rglob("*"):
        name = file.relative_to(site).as_posix()
        if not file.is_file() or name == "404.html":
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        if (
            'http-equiv="refresh"' in text
            or name.startswith(("_", "assets/unbroken"))
            or name == "vercel.json"
        ):
            files[name] = text
        elif tags := re.findall(r"<script[^>]*data-unbroken[^>]*>", text):
            files[name] = "".join(tags)
    return files


@pytest.mark.parametrize("directory_urls", [True, False])
@pytest.mark.parametrize("site_url", ["", "https://example.com/docs/"])
def test_the_finished_trees_agree(tmp_path: Path, directory_urls: bool, site_url: str) -> None:
    settings: dict[str, Any] = {"use_directory_urls": directory_urls}
    if site_url:
        settings["site_url"] = site_url
    made = {
        name: ours(build(tmp_path / str(number), name, **settings)) for number, name in enumerate(BUILDERS)
    }
    wanted = made.pop("mkdocs")
    stubs = [text for text in wanted.values() if 'http-equiv="refresh"' in text]
    assert len(stubs) == 8
    for name, files in made.items():
        assert files == wanted, name


def test_mkdocs_redirects_is_handed_nothing_that_it_would_warn_about(tmp_path: Path) -> None:
    build(tmp_path, "mkdocs")
    done = run("mkdocs", "build", cwd=tmp_path)
    assert "redirects plugin" not in output(done)
    assert "does not exist" not in output(done)


def test_findings_fail_a_strict_build_and_warnings_do_not(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("# Home\n\n## Part\n")
    write_config(tmp_path, {"index.md#part": "index.md#home", "old/index.md": "index.md", "old/": "index.md"})
    done = must(run("mkdocs", "build", "--strict", cwd=tmp_path))
    assert "warning live-anchor" in output(done)
    assert "warning repeated" in output(done)
    write_config(tmp_path, {"old.md": "nowhere.md", "older.md": "index.md#nothing"})
    done = run("mkdocs", "build", "--strict", cwd=tmp_path)
    assert done.returncode == 1
    assert "ERROR   -  unbroken: mkdocs.yml:5:7: error dead-page: nowhere.md is not published." in output(
        done
    )
    assert "mkdocs.yml:6:7: error dead-anchor" in output(done)
    must(run("mkdocs", "build", cwd=tmp_path))


def test_redirects_that_a_hook_adds_are_answered_too(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("# Home\n")
    write_config(tmp_path, {"old.md": "index.md"}, hooks=["hook.py"])
    (tmp_path / "hook.py").write_text(
        "def on_config(config):\n"
        "    config.plugins['redirects'].config['redirect_maps']['hooked.md'] = 'index.md'\n"
    )
    must(run("mkdocs", "build", "--strict", cwd=tmp_path))
    assert (tmp_path / "site/hooked/index.html").is_file()
    assert (tmp_path / "site/old/index.html").is_file()


def test_the_plugin_can_be_switched_off(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("# Home\n")
    write_config(tmp_path, {"old.md": "index.md"}, unbroken={"enabled": False, "hosts": ["cloudflare"]})
    must(run("mkdocs", "build", "--strict", cwd=tmp_path))
    assert not (tmp_path / "site/_redirects").exists()


def test_a_build_that_cannot_read_the_map_says_why_in_one_line_a_fault(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("# Home\n")
    write_config(tmp_path, {}, unbroken={"hosts": 3, "ledgr": "x"})
    done = run("mkdocs", "build", cwd=tmp_path)
    assert done.returncode == 1
    assert "error wrong-type: hosts must be a list" in output(done)
    assert "error unknown-setting: unbroken has no setting 'ledgr'." in output(done)
    assert "Traceback" not in output(done)
