"""Apache, with the lines of mod_alias and mod_rewrite in a file, and nothing else of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from unbroken.publish.hosts.apache import DIRECTIVE, continued, words_of
from unbroken.publish.servers.running import Server, Setting, Unasked

_CONFIG = """\
ServerRoot "{place}"
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile "{place}/apache.pid"
ErrorLog "/dev/stderr"
LogLevel crit
{modules}
TypesConfig /dev/null
Mutex file:{place} default
DocumentRoot "{place}/root"
KeepAlive On
MaxKeepAliveRequests 0
<Directory "{place}/root">
    Require all granted
    AllowOverride None
    Options FollowSymLinks
    DirectoryIndex index.html
{folder}
</Directory>
{server}
"""
_MODULES = ("authz_core", "alias", "dir", "mime", "rewrite")
_MPM = ("event", "worker", "prefork")
_FOLDERS = (
    "/usr/lib/apache2/modules",
    "/usr/lib64/httpd/modules",
    "/usr/lib/httpd/modules",
    "/usr/libexec/apache2",
    "/opt/homebrew/lib/httpd/modules",
    "/usr/local/lib/httpd/modules",
)
_LINES = {
    "redirect", "redirectmatch", "redirectpermanent", "redirecttemp", "rewritebase", "rewritecond",
    "rewriteengine", "rewriterule",
}  # fmt: skip
# What a rule may answer from: nothing that reads a file, asks another server or runs a program.
_VARIABLE = re.compile(
    r"%\{(?:HTTP_HOST|REQUEST_URI|QUERY_STRING|REQUEST_FILENAME|REQUEST_SCHEME|HTTPS|SERVER_NAME|THE_REQUEST)\}"
)
_ASKED = re.compile(r"%\{(?:REQUEST_URI|QUERY_STRING|REQUEST_FILENAME)\}")
_FLAGS = {"L", "LAST", "END", "NC", "NOCASE", "NE", "NOESCAPE", "QSA", "QSAPPEND", "QSD", "QSDISCARD", "B"}
_TESTS = ("-f", "-d", "!-f", "!-d")


def _configuration(setting: Setting) -> list[str]:
    folder = next((name for name in _FOLDERS if Path(name, "mod_rewrite.so").is_file()), None)
    if folder is None:
        raise Unasked("Apache's modules are not found")
    mpm = next((name for name in _MPM if Path(folder, f"mod_mpm_{name}.so").is_file()), None)
    loaded = [f"mpm_{mpm}"] if mpm else []
    loaded += [name for name in _MODULES if Path(folder, f"mod_{name}.so").is_file()]
    lines = "\n".join(_lines(setting.text))
    own = setting.name.endswith(".htaccess")
    text = _CONFIG.format(
        place=setting.place,
        port=setting.port,
        modules="\n".join(f'LoadModule {name}_module "{folder}/mod_{name}.so"' for name in loaded),
        folder=lines if own else "",
        server="" if own else lines,
    )
    file = setting.place / "apache.conf"
    file.write_text(text, encoding="utf-8", errors="surrogateescape")
    return ["-DFOREGROUND", "-f", str(file)]


def _lines(text: str) -> Iterator[str]:
    """Yield the lines that redirect; a rule goes with a condition that is left out, and they with it."""
    below_if, left_out, conditions = 0, False, list[str]()
    for _, line in continued(text):
        found = DIRECTIVE.match(line)
        if found is None:
            continue
        name = found[1].lower()
        if name in ("<if", "<elseif", "<else", "<virtualhost", "<location", "<directory", "<files"):
            below_if += name != "<virtualhost"
        elif name in ("</if", "</elseif", "</else", "</location", "</directory", "</files"):
            below_if -= 1
        if below_if > 0 or name not in _LINES or any(c in line for c in "\0\r\n") or line.endswith("\\"):
            continue
        words = words_of(name, line[found.end() :])
        if name == "rewritecond":
            left_out = left_out or not _plain_condition(words)
            conditions.append(line.strip())
            continue
        if name == "rewriterule":
            out, left_out = left_out or not _plain_rule(words), False
            own, conditions = conditions, []
            if out:
                continue
            yield from own
        yield line.strip()


def _plain_condition(words: list[str]) -> bool:
    """Return whether a condition is about what is asked for, and not about how or from whom."""
    if len(words) not in (2, 3) or not _ASKED.fullmatch(words[0]):
        return False
    return words[1] in _TESTS or not words[1].startswith(("-", "!-"))


def _plain_rule(words: list[str]) -> bool:
    if len(words) not in (2, 3) or _rest(words[1]) or words[1].startswith(("unix:", "proxy:", "fcgi:")):
        return False
    flags = [flag.strip().upper() for flag in words[2].strip("[]").split(",")] if len(words) == 3 else []
    return all(
        flag in _FLAGS or flag.partition("=")[0] in ("R", "REDIRECT", "G", "GONE", "F") for flag in flags
    )


def _rest(text: str) -> bool:
    """Return whether a text asks for a variable that a rule may not have here."""
    return "%{" in _VARIABLE.sub("", text) or "${" in text


APACHE = Server("Apache", ("apache2", "httpd"), _configuration)
