"""Say what `_headers` of a built site says, where that file is not read.

`python -m scripts.headers nginx` prints it for nginx, to include in the context `http`.
`python -m scripts.headers meta` writes the policy into each page, for hosts that send no headers.
"""

from __future__ import annotations

import argparse
import html
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERYWHERE = "/*"
POLICY = "Content-Security-Policy"
#: What Cloudflare and Netlify send with all that no line of the file gives a lifetime.
REVALIDATE = "public, max-age=0, must-revalidate"
#: Directives that a page cannot give itself.
ONLY_AS_HEADER = ("frame-ancestors", "report-uri", "sandbox")


class Fault(Exception):
    """What is wrong with the file, with its line."""


def read(file: Path) -> Iterator[tuple[str, str, str]]:
    """Each pattern, header and value of a `_headers` file."""
    pattern = ""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if line == line.lstrip():
            if not text.startswith("/"):
                raise Fault(f"{file}:{number}:1: a path begins with a slash")
            pattern = text
            continue
        name, colon, value = (part.strip() for part in text.partition(":"))
        if not colon or not re.fullmatch(r"[\w-]+", name) or not pattern:
            raise Fault(f"{file}:{number}:1: below a path stands a header and its value, as in `Name: value`")
        if re.search(r'["\\$]', value) or not value.isascii():
            raise Fault(f"{file}:{number}:1: write the value without quotes, backslashes and dollar signs")
        yield pattern, name, value


def expression(pattern: str) -> str:
    """A pattern as a regular expression: `*` stands for anything, `:name` for one part of a path."""
    parts = re.split(r"(\*|:\w+)", pattern)
    return "".join(
        ".*" if part == "*" else "[^/]+" if part.startswith(":") else re.escape(part) for part in parts
    )


def nginx(file: Path) -> str:
    """Maps and `add_header` for the context `http`."""
    headers: dict[str, dict[str, str]] = {"Cache-Control": {EVERYWHERE: REVALIDATE}}
    for pattern, name, value in read(file):
        headers.setdefault(name, {})[pattern] = value
    out = [f"# Made from {file.name} by scripts/headers.py. Include this file in the context http.\n"]
    for name, values in sorted(headers.items()):
        default = values.pop(EVERYWHERE, "")
        said = f'"{default}"'
        if values:
            said = f"$docs_{name.lower().replace('-', '_')}"
            lines = "".join(f'    "~^{expression(path)}$" "{value}";\n' for path, value in values.items())
            out.append(f'map $uri {said} {{\n    default "{default}";\n{lines}}}\n')
        # An error is not kept: its address may come to life.
        always = "" if name == "Cache-Control" else " always"
        out.append(f"add_header {name} {said}{always};\n")
    return "".join(out)


def meta(site: Path) -> int:
    """Write the policy into the pages and stubs of a built site; return how many."""
    (policy,) = [
        value for pattern, name, value in read(site / "_headers") if (pattern, name) == (EVERYWHERE, POLICY)
    ]
    kept = [part.strip() for part in policy.split(";") if not part.strip().startswith(ONLY_AS_HEADER)]
    element = f'<meta http-equiv="{POLICY}" content="{html.escape("; ".join(kept), quote=False)}">'
    count = 0
    for page in sorted(site.rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        # An example, to be downloaded, has scripts of its own.
        if 'id="__config"' not in text and 'content="Unbroken"' not in text:
            continue
        old = re.compile(rf'<meta http-equiv="{POLICY}"[^>]*>')
        with_policy = re.sub(r"<head>", f"<head>{element}", old.sub("", text), count=1)
        if with_policy != text:
            page.write_text(with_policy, encoding="utf-8")
        count += 1
    return count


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m scripts.headers", description=__doc__)
    parser.add_argument("what", choices=["nginx", "meta"])
    parser.add_argument("site", type=Path, nargs="?", default=Path("site"), help="the built site (site)")
    options = parser.parse_args()
    if not (options.site / "_headers").is_file():
        print(f"{options.site}/_headers is not there: run ./scripts/build.", file=sys.stderr)
        return 2
    try:
        if options.what == "nginx":
            sys.stdout.write(nginx(options.site / "_headers"))
        else:
            print(f"The policy stands in {meta(options.site)} pages.")
    except Fault as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
