"""The command line as a newcomer meets it: help with true examples, and no traceback for bad input."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tests.commands import environment, must, output, run
from unbroken import __version__
from unbroken.cli.help import said as said_by
from unbroken.cli.main import main
from unbroken.publish.hosts import HOSTS

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = sorted(main.commands)


def unbroken(*arguments: str) -> tuple[int, str]:
    """The status of a command and what it printed; a traceback is raised."""
    done = CliRunner().invoke(main, arguments, catch_exceptions=False, prog_name="unbroken")
    return done.exit_code, done.output


def test_alone_it_shows_every_command_in_its_group_on_one_screen() -> None:
    printed = output(run("unbroken"))
    assert len(printed.splitlines()) <= 24
    assert max(map(len, printed.splitlines())) <= 80
    assert printed == output(run("unbroken", "--help"))
    for name in COMMANDS:
        assert main.commands[name].short_help, name
        assert f" {name} " in printed


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_says_what_it_does_touches_and_answers(name: str) -> None:
    said = said_by(main.commands[name])
    _, printed = unbroken(name, "--help")
    assert max(map(len, printed.splitlines())) <= 100
    assert said.parts["Examples"]
    assert dict(said.parts["Exit status"]).keys() >= {"0", "2"}
    # Each line stands as it is written, so that it can be copied.
    for part in said.parts.values():
        for term, meaning in part:
            assert any(line.strip().startswith(term) and meaning in line for line in printed.splitlines())


@pytest.mark.parametrize(
    "example",
    [term for command in main.commands.values() for term, _ in said_by(command).parts["Examples"]],
)
def test_an_example_is_a_command_that_can_be_given(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pairs.txt").touch()
    words = shlex.split(example.removeprefix('eval "$(').removesuffix(')"').partition(" | ")[0])
    assert words[0] == "unbroken"
    command = main.commands[words[1]]
    # Help options would end the parsing.
    arguments = [word for word in words[2:] if word not in ("-h", "--help")]
    with command.make_context(words[1], arguments, resilient_parsing=False) as context:
        assert {parameter.name for parameter in command.params} == set(context.params)


def test_the_help_of_export_names_every_host() -> None:
    _, printed = unbroken("export", "--help")
    words = set(printed.replace(",", " ").replace(".", " ").split())
    assert set(HOSTS) <= words


def test_the_version_is_told() -> None:
    assert unbroken("--version") == (0, f"unbroken {__version__}\n")


#: What a newcomer types, and what the one line says.
MISTAKES = [
    (["check", "nowhere"], "there is no site in nowhere. Build it first."),
    (["finish", "mkdocs.yml"], "there is no site in mkdocs.yml. Build it first."),
    (["chek"], "No such command 'chek'"),
    (["check", "--nope"], "No such option '--nope'"),
    (["export", "ngnix"], "'ngnix' is not one of 'cloudflare',"),
    (["export", "nginx", "-o", "mkdocs.yml"], "mkdocs.yml is a file, and nginx takes 2 files."),
    (["record"], "there is no site in site. Build it first: mkdocs build."),
    (["record", "--sitemap", "docs"], "docs cannot be read: Is a directory."),
    (["record", "--sitemap", "mkdocs.yml"], "mkdocs.yml lists no address. Name a sitemap of this site."),
    (["record", "--sitemap", "cut.xml.gz"], "cut.xml.gz cannot be read: it is cut off or damaged"),
    (["resolve", "/a\nb"], "'/a\\nb' is no address. Write it as in /old/page/#section."),
    (["resolve", "\udcff"], "'\\udcff' is no address."),
    (["resolve", ""], "'' is no address. Write it as in /old/page/#section."),
    (["resolve", "http://["], "'http://[' is no address."),
    (["resolve", "http://"], "'http://' is no address."),
    (["resolve", "http://a b/"], "'http://a b/' is no address."),
    (["resolve", "//example.com/a/"], "'//example.com/a/' is no address."),
    (["resolve", "javascript:alert(1)"], "'javascript:alert(1)' is no address."),
    (["verify", "http://127.0.0.1:1/", "--rate", "nan"], "'--rate': nan is not a finite number."),
    (["verify", "http://127.0.0.1:1/", "--rate", "inf"], "'--rate': inf is not a finite number."),
    (["verify", "http://127.0.0.1:1/", "--rate", "0"], "'--rate': 0.0 is not in the range x>0."),
    (["verify", "http://127.0.0.1:1/", "--rate", "-1"], "'--rate': -1.0 is not in the range x>0."),
    (["verify", "http://127.0.0.1:1/", "--timeout", "nan"], "'--timeout': nan is not a finite number."),
    (["verify", "example.com"], "example.com is not the URL of a site. Write it as in https://example.com/docs/."),
    (["recover"], "there is no history. Change to a clone of the site."),
    (["move"], "Say what to move, in one of these ways: unbroken move OLD NEW, "),
    (["move", "nothing.md", "new.md"], "There is neither nothing.md nor new.md below docs."),
    (["-f", "nothing.yml", "check"], "nothing.yml cannot be read: there is no such file."),
    (["-f", "docs", "check"], "docs is a folder. Name the file in it with -f."),
    (["check", "x" * 3000], "cannot be read or written: File name too long."),
]  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site that was never built, in no repository."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("# Home\n")
    (tmp_path / "mkdocs.yml").write_text("site_name: x\n")
    (tmp_path / "cut.xml.gz").write_bytes(b"\x1f\x8b\x08\x00\x00")
    return tmp_path


@pytest.mark.parametrize(("words", "said"), MISTAKES, ids=lambda value: str(value)[:40])
def test_a_mistake_is_told_in_a_line_with_its_remedy(here: Path, words: list[str], said: str) -> None:
    before = sorted(here.rglob("*"))
    code, printed = unbroken(*words)
    assert code == 2
    assert said in printed.splitlines()[-1] or said in " ".join(printed.split())
    assert sorted(here.rglob("*")) == before


@pytest.mark.parametrize(
    ("streams", "status", "printed", "said"),
    [
        (">&-", 1, "", ""),
        ("2>&-", 1, "docs/index.md:1:9: error broken-link: ", ""),
        (">/dev/full", 2, "", "unbroken: A file cannot be read or written: No space left on device.\n"),
        ("| head -c 9", 0, "docs/inde", ""),
        ("| true", 0, "", ""),
    ],
)
def test_it_ends_as_well_when_nobody_can_read_it(
    here: Path, streams: str, status: int, printed: str, said: str
) -> None:
    (here / "docs/index.md").write_text("[There](nowhere/)\n" * 100)
    (here / "site").mkdir()
    (here / "site/index.html").write_text('<a href="nowhere/">There</a>')
    done = run("sh", "-c", f"unbroken check {streams}", cwd=here, env=environment())
    assert (done.returncode, done.stderr) == (status, said)
    assert done.stdout.startswith(printed)
    assert bool(done.stdout) == bool(printed)


#: What may stand where the ledger should, and what is said of it.
NO_LEDGERS = {
    "binary": "it is not text in UTF-8",
    "another encoding": "it is not text in UTF-8",
    "a folder": "is a directory",
    "a pipe": "it is no ordinary file",
    "a loop": "too many levels of symbolic links",
    "huge": "it is larger than 64 MB",
}


@pytest.mark.parametrize("kind", NO_LEDGERS)
def test_a_ledger_that_cannot_be_read_is_told_by_every_command(here: Path, kind: str) -> None:
    (here / "mkdocs.yml").write_text("site_name: x\nplugins: {unbroken: {patterns: {'old/*': 'new/*'}}}\n")
    (here / "site").mkdir()
    (here / "site/index.html").write_text("<h1 id=a>A</h1>")
    file = here / "published-urls.txt"
    match kind:
        case "binary":
            file.write_bytes(b"/a/\n\0\xff\n")
        case "another encoding":
            file.write_bytes("/a/\n/caf\xe9/\n".encode("utf-16"))
        case "a folder":
            file.mkdir()
        case "a pipe":
            os.mkfifo(file)
        case "a loop":
            file.symlink_to(file.name)
        case _:
            with file.open("wb") as stream:
                stream.truncate((64 << 20) + 1)
    for words in (["finish", "site"], ["check"], ["check", "--map"], ["export", "nginx"]):
        code, printed = unbroken(*words)
        assert code == 1
        assert printed.count("ledger-line") == 2  # the code, and the page about it
        assert (
            f"published-urls.txt:1:1: error ledger-line: The ledger cannot be read: {NO_LEDGERS[kind]}."
            in printed
        )
    for words in (
        ["record"], ["verify", "http://127.0.0.1:1/"], ["init", "--yes", "site"],
        ["move", "index.md", "b.md"],
    ):  # fmt: skip
        code, printed = unbroken(*words)
        assert code == 2
        assert printed.startswith("unbroken: published-urls.txt cannot be read")
        assert NO_LEDGERS[kind].lower() in printed.lower()
        assert printed.count("\n") == 1


def test_a_configuration_out_of_the_repository_has_no_history_there(here: Path) -> None:
    (here / "clone").mkdir()
    (here / "docs").rename(here / "clone/docs")
    (here / "clone/mkdocs.yml").symlink_to("../mkdocs.yml")
    git = ("git", "-c", "user.name=n", "-c", "user.email=a@b.c")
    must(run(*git, "init", "--quiet", cwd=here / "clone"))
    must(run(*git, "add", "-A", cwd=here / "clone"))
    must(run(*git, "commit", "--quiet", "-m", "1", cwd=here / "clone"))
    done = run("unbroken", "recover", cwd=here / "clone")
    assert done.returncode == 2
    assert done.stderr == (
        f"unbroken: mkdocs.yml is {here}/mkdocs.yml, outside {here}/clone. "
        "Run this where that file belongs.\n"
    )


@pytest.mark.parametrize("command", sorted({*COMMANDS} - {"completion", "explain", "init"}))
def test_where_there_is_no_site_each_command_says_what_it_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = {
        "finish": ["x"],
        "export": ["s3"],
        "resolve": ["/"],
        "verify": ["http://x/"],
        "import": ["x"],
        "logs": ["x"],
    }
    assert unbroken(command, *arguments.get(command, [])) == (
        2,
        "unbroken: there is no mkdocs.yml, properdocs.yml, zensical.toml or unbroken.toml here. "
        "Change to the site's folder, or name the file with -f.\n",
    )


@pytest.mark.parametrize(
    "config",
    [
        "[",
        "- a",
        "site_name: x\nplugins: 3",
        "docs_dir: [1]\nsite_dir: {a: 1}",
        "plugins: {unbroken: {hosts: 3, ledger: [], patterns: [], retired: {}, severity: 1, nope: 1}}",
        'docs_dir: "a\\0b"\nsite_dir: "a\\nb"\nplugins: {unbroken: {ledger: "a\\0b"}}',
        "plugins: {unbroken: {ledger: docs}}",
        "INHERIT: nothing.yml",
        'site_url: "http://["',
    ],
)
def test_no_configuration_ends_in_a_traceback(here: Path, config: str) -> None:
    (here / "mkdocs.yml").write_text(config)
    (here / "site").mkdir()
    (here / "site/index.html").write_text("<h1 id=a>A</h1>")
    for words in (
        ["check"], ["check", "--map"], ["record"], ["recover"], ["finish", "site"], ["export", "nginx"],
        ["resolve", "/"], ["move", "index.md", "b.md", "--dry-run"], ["verify", "http://127.0.0.1:1/"],
    ):  # fmt: skip
        assert unbroken(*words, *(["--retries", "0"] if words[0] == "verify" else []))[0] in (0, 1, 2)


def test_no_colour_where_none_is_wanted(here: Path) -> None:
    (here / "mkdocs.yml").write_text("plugins: {redirects: {redirect_maps: {old.md: gone.md}}}")
    for wanted, number in (("", 1), ("1", 0)):
        done = CliRunner().invoke(main, ["export", "nginx"], color=True, env={"NO_COLOR": wanted})
        assert done.stderr.count("\x1b[31m") == number
        assert "dead-page" in done.stderr
