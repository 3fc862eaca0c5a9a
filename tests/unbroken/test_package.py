"""The package: what is in it, and that it works where nothing of this repository is.

It is tried on every Python that it names and that is to be had here; a warning names the others.
"""

from __future__ import annotations

import email
import os
import re
import shutil
import sys
import tarfile
import warnings
import zipfile
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from packaging.requirements import Requirement
from trove_classifiers import classifiers

import unbroken
from tests.commands import BIN, ROOT, Completed, must, output, run
from tests.sitecopy import GIT

if TYPE_CHECKING:
    from email.message import Message

MINORS = (11, 12, 13, 14)
SOURCES = {
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "unbroken").rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}
SITE = {
    "mkdocs.yml": "site_name: Kettle\nsite_url: https://kettle.example/\nnav:\n  - index.md\n  - guide.md\n",
    "docs/index.md": "# Home\n\nSee the [guide](guide.md#install).\n",
    "docs/guide.md": "# Guide\n\n## Install\n",
}


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive, and the wheel that was built from it, with what is locked and no network."""
    folder = tmp_path_factory.mktemp("dist")
    must(run(BIN / "python", "-m", "build", "--no-isolation", "--outdir", folder, ROOT))
    return folder


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    (found,) = dist.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        return email.message_from_bytes(archive.read(f"unbroken-{unbroken.__version__}.dist-info/METADATA"))


def test_the_wheel_has_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entries = archive.read(f"unbroken-{unbroken.__version__}.dist-info/entry_points.txt").decode()
    about = {name for name in names if name.startswith(f"unbroken-{unbroken.__version__}.dist-info/")}
    assert names - about == SOURCES
    assert {
        "unbroken/py.typed",
        "unbroken/publish/unbroken.js",
        "unbroken/publish/hosts/cloudfront.js",
    } <= names
    assert any(name.endswith("/licenses/LICENSE") for name in about)
    assert "unbroken = unbroken.cli:main" in entries
    assert "[mkdocs.plugins]\nunbroken = unbroken.plugin:UnbrokenPlugin" in entries


def test_the_source_archive_has_what_a_build_needs(dist: Path) -> None:
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    extra = {"PKG-INFO", "README.md", "LICENSE", "pyproject.toml", ".gitignore"}
    assert names == SOURCES | extra


def test_the_metadata_says_what_is_true(metadata: Message) -> None:
    assert metadata["Name"] == "unbroken"
    assert metadata["Version"] == unbroken.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+", unbroken.__version__)  # semantic
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == f">=3.{MINORS[0]}"
    assert metadata["Summary"]
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["site_url"]
    urls = dict(url.split(", ") for url in metadata.get_all("Project-URL", []))
    assert urls["Documentation"] == f"{site}unbroken/"
    assert urls["Changelog"] == f"{site}changelog/"
    assert urls["Issues"]
    given = metadata.get_all("Classifier", [])
    assert set(given) <= classifiers
    pythons = [int(found[1]) for each in given if (found := re.search(r":: 3\.(\d+)$", each))]
    assert tuple(pythons) == MINORS
    # The workflow tries each of them.
    workflow = (ROOT / ".github/workflows/docs.yml").read_text(encoding="utf-8")
    assert f"python: {[f'3.{minor}' for minor in MINORS]}".replace("'", '"') in workflow


def interpreter(minor: int) -> Path | None:
    """A Python of this version, of those here; the one that runs the tests is always found."""
    if minor == sys.version_info[1]:
        return Path(sys.executable)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    named = shutil.which(f"python3.{minor}")
    for name in [*([Path(named)] if named else []), *sorted(pyenv.glob(f"3.{minor}.*/bin/python"))]:
        if run(name, "-c", "import sys; print(*sys.version_info[:2])").stdout == f"3 {minor}\n":
            return name
    return None


def uv(*arguments: str | Path) -> Completed:
    return run(BIN / "uv", *arguments, "--quiet", "--no-config", env={"PYTHONPATH": ""})


def required(texts: list[str]) -> set[str]:
    """Every package that requirements ask for, and that those ask for in turn."""
    seen: set[str] = set()
    waiting = list(texts)
    while waiting:
        need = Requirement(waiting.pop())
        if (need.marker is None or need.marker.evaluate({"extra": ""})) and need.name not in seen:
            seen.add(need.name)
            waiting += distribution(need.name).requires or []
    return seen


def install(wheel: Path, needs: list[str], python: Path, environment: Path) -> str:
    """Install the wheel and what it needs, in the locked versions; the reason why that cannot be, or nothing.

    The Python that runs the tests has those at hand: what the wheel asks for is copied, and nothing else.
    """
    must(uv("venv", "--python", python, environment))
    target = environment / "bin/python"
    if python == Path(sys.executable):
        (packages,) = environment.glob("lib/python3.*/site-packages")
        for name in required(needs):
            for file in distribution(name).files or ():
                if ".." not in file.parts and "__pycache__" not in file.parts:
                    (packages / file).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(str(file.locate()), packages / file)
        must(uv("pip", "install", "--python", target, "--offline", "--no-deps", wheel))
    else:
        command = ("pip", "install", "--python", target, "--constraint", ROOT / "requirements.txt", wheel)
        if uv(*command, "--offline").returncode and (done := uv(*command)).returncode:
            assert re.search(r"error sending request|dns error|Failed to fetch", output(done)), output(done)
            return "the packages that it needs cannot be had"
    must(uv("pip", "check", "--python", target))
    return ""


@pytest.mark.parametrize("minor", MINORS)
def test_it_works_from_its_wheel(tmp_path: Path, wheel: Path, metadata: Message, minor: int) -> None:
    python = interpreter(minor)
    needs = metadata.get_all("Requires-Dist", [])
    reason = install(wheel, needs, python, tmp_path / "venv") if python else "it is not here"
    if reason:
        assert minor != sys.version_info[1]
        warnings.warn(f"The wheel is not tried on Python 3.{minor}: {reason}.", stacklevel=1)
        return
    site = tmp_path / "kettle"
    for name, text in SITE.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text, encoding="utf-8")

    def here(*command: str) -> Completed:
        scripts = tmp_path / "venv/bin"
        name, *rest = ["python", "-m", *command] if command[0] == "mkdocs" else command
        env = {"PYTHONPATH": "", "VIRTUAL_ENV": str(tmp_path / "venv"), **GIT}
        return must(run(scripts / name, *rest, cwd=site, env=env))

    must(run("git", "init", "--quiet", cwd=site, env=GIT))
    must(run("git", "add", "--all", cwd=site, env=GIT))
    must(run("git", "commit", "--quiet", "--message", "x", cwd=site, env=GIT))
    where = here("python", "-c", "import sys, unbroken; print(unbroken.__file__, sys.version_info[1])")
    assert where.stdout.startswith(f"{tmp_path}/venv/lib/")
    assert where.stdout.endswith(f" {minor}\n")
    assert here("unbroken", "--version").stdout == f"unbroken {unbroken.__version__}\n"
    here("unbroken", "init", "--yes")
    assert "Proved: " in here("unbroken", "move", "guide.md", "manual.md").stdout
    here("mkdocs", "build", "--strict", "--quiet")
    stub = site / "site/guide/index.html"
    text = stub.read_text(encoding="utf-8")
    assert "https://kettle.example/manual/" in text
    here("unbroken", "record")
    here("unbroken", "check", "--strict")
    # And after a build that did not run the plugin.
    stub.unlink()
    here("unbroken", "finish", "site")
    assert stub.read_text(encoding="utf-8") == text
