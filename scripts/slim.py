"""Make a built site lighter: `python -m scripts.slim SITE`; MkDocs and ProperDocs run it as a hook.

- The style sheets become one, without the rules and custom properties that no page can use. A rule stays
  if each name in one of its selectors stands in a tag of a page or anywhere in a script.
- Scripts that follow one another become one. Both carry a hash of their content in their names, for caches.
- Comments, blank lines and the blank that begins a line go, except from blocks of code.
- Spans of highlighted code that look like the text around them go: `<span class="n">name</span>`.
- A style sheet inside a script (Zensical's search) gets its hash into the policy of `_headers`.

A second run changes nothing.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Classes of Pygments that the style sheets colour like plain text: names and white space.
PLAIN = re.compile(r'<span class="(?:n|nx|w)">([^<]*)</span>')
NAME = re.compile(r"-?-?[A-Za-z_][\w-]*")
#: A style sheet and a script of this site: what leads to the root, and the name from there. A stub of any
#: age asks for unbroken.js, so that keeps its name.
SHEET = re.compile(r'<link rel="stylesheet" href="([./][./\w-]*?|)(assets/[^"?#]+)">')
SCRIPT = r'<script src="([./][./\w-]*?|)(assets/(?!unbroken)[^"?#]+)"></script>'
SCRIPTS = re.compile(rf"{SCRIPT}(?:\s*{SCRIPT})*")
#: A string or url() as a whole, or a comment.
WHOLE = r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|url\([^"')][^)]*\))"""
COMMENT = re.compile(rf"({WHOLE})|/\*.*?\*/", re.DOTALL)
TOKEN = re.compile(rf"{WHOLE}|[{{}};]|[^{{}};\"'u]+|.", re.DOTALL)
#: What a function such as :not() or :is() says is not looked at: it never makes a selector match less here.
FUNCTION = re.compile(r":[\w-]+\((?:[^()]|\([^()]*\))*\)")
ATTRIBUTE = re.compile(r"""\[([\w-]+)(?:[~|^$*]?=["']?([^"'\]]*)["']?)?[^\]]*\]""")
NESTED = ("@media", "@supports", "@layer", "@container")


@dataclass(frozen=True)
class Used:
    """What pages and scripts name."""

    tags: frozenset[str]
    scripts: frozenset[str]

    def knows(self, name: str) -> bool:
        """Whether an element may have this name as a class, an id, a tag or an attribute's value."""
        if name in self.tags or name in self.scripts:
            return True
        # A script may put such a name together: "tabbed-control--" + type.
        return "--" in name and f"{name.partition('--')[0]}--" in self.scripts

    def matches(self, selector: str) -> bool:
        """Whether a selector without commas may match an element."""
        rest = FUNCTION.sub("", selector)
        for attribute, value in ATTRIBUTE.findall(rest):
            # The reading direction is never set by a script.
            known = self.tags if attribute == "dir" else self.tags | self.scripts
            if not set(NAME.findall(value)) <= known:
                return False
        rest = re.sub(r"::?[\w-]+", "", ATTRIBUTE.sub("", rest))
        return all(self.knows(name) for name in NAME.findall(rest) if not name.startswith("--"))


def used(pages: Iterable[str], scripts: Iterable[str]) -> Used:
    """Every name in the tags of pages, and every word of scripts."""
    tags = {
        name for page in pages for tag in re.findall(r"<[a-zA-Z][^>]*>", page) for name in NAME.findall(tag)
    }
    return Used(frozenset(tags), frozenset(name for script in scripts for name in NAME.findall(script)))


def blocks(css: str) -> list[tuple[str, str | None]]:
    """The statements of a style sheet: what stands before `{`, and the block; no block after `;`."""
    found: list[tuple[str, str | None]] = []
    prelude = body = ""
    depth = 0
    for match in TOKEN.finditer(css):
        token = match[0]
        if token == "{":
            depth += 1
            if depth == 1:
                continue
        elif token == "}":
            depth -= 1
            if depth == 0:
                found.append((prelude.strip(), body))
                prelude = body = ""
                continue
        elif token == ";" and depth == 0:
            found.append((prelude.strip(), None))
            prelude = ""
            continue
        if depth:
            body += token
        else:
            prelude += token
    return found


def split(text: str, at: str) -> list[str]:
    """The parts between commas or semicolons that stand in no string and no brackets."""
    parts = [""]
    depth = 0
    for token in re.findall(rf"{WHOLE}|.", text, re.DOTALL):
        depth += (token in ("(", "[")) - (token in (")", "]"))
        if token == at and depth == 0:
            parts.append("")
        else:
            parts[-1] += token
    return [part.strip() for part in parts if part.strip()]


def purged(css: str, use: Used) -> str:
    """The rules that may match an element."""
    kept = []
    for prelude, body in blocks(css):
        if body is None:
            kept.append(f"{prelude};" if not prelude.startswith("@charset") else "")
        elif prelude.startswith(NESTED):
            inside = purged(body, use)
            kept.append(f"{prelude}{{{inside}}}" if inside else "")
        elif prelude.startswith("@"):
            kept.append(f"{prelude}{{{body}}}")
        elif selectors := [one for one in split(prelude, ",") if use.matches(one)]:
            kept.append(f"{','.join(selectors)}{{{';'.join(split(body, ';'))}}}")
    return "".join(kept)


def without_dead_properties(css: str, scripts: Iterable[str]) -> str:
    """The style sheet without the custom properties that nothing asks for."""
    named = {name for script in scripts for name in re.findall(r"--[\w-]+", script)}
    declaration = re.compile(rf"(?<=[{{;])(--[\w-]+):(?:{WHOLE}|[^;{{}}\"'])*(?:;|(?=}}))")
    while True:
        asked = named | set(re.findall(r"var\(\s*(--[\w-]+)", css))
        lighter = declaration.sub(lambda found: found[0] if found[1] in asked else "", css)  # noqa: B023
        if lighter == css:
            return re.sub(r"(?:(?<=[{}])|^)[^{}]+\{\}", "", css)
        css = lighter


def digest(content: bytes) -> str:
    """The part of a name that tells one content from another."""
    return hashlib.sha256(content).hexdigest()[:8]


def inside_scripts(scripts: Iterable[str]) -> list[str]:
    """Sources for a policy's style-src: the hash of each style sheet that a script has as a string."""
    sheets = {text for script in scripts for text in re.findall(r"='([^'\\]{1000,}\})'", script)}
    hashes = (hashlib.sha256(sheet.encode()).digest() for sheet in sheets)
    return sorted(f"'sha256-{base64.b64encode(one).decode()}'" for one in hashes)


def one_file(site: Path, names: tuple[str, ...], use: Used, texts: Iterable[str]) -> str:
    """Write what files have, made lighter, into one; return its name, in which is a hash."""
    if len(names) == 1 and re.search(r"\.[0-9a-f]{8}\.", names[0]):
        return names[0]
    contents = [(site / name).read_text(encoding="utf-8") for name in names]
    if names[0].endswith(".css"):
        kind = Path(names[-1])
        rules = purged(COMMENT.sub(lambda found: found[1] or "", "\n".join(contents)), use)
        content = re.sub(r"\n\s*", "\n", without_dead_properties(rules, texts)).encode()
    else:
        kind = Path(names[0])
        # Lines of comment; a licence stays.
        comment = re.compile(r"^\s*(?:/\*(?!!).*?\*/|//[^\n]*)(?:\n|\Z)", re.DOTALL | re.MULTILINE)
        content = "\n".join(comment.sub("", text) for text in contents).encode()
    name = f"{kind.parent}/{kind.name.split('.')[0]}.{digest(content)}{kind.suffix}"
    (site / name).write_bytes(content)
    return name


def shorter_lines(html: str) -> str:
    """A page without the blank that begins a line, and without blank lines, but for blocks of code."""
    parts = re.split(r"(<(pre|script|textarea)\b.*?</\2>)", html, flags=re.DOTALL)
    return "".join(
        part if number % 3 else re.sub(r"\s*\n\s*", "\n", part)
        for number, part in enumerate(parts)
        if number % 3 != 2
    )


def slim(site: Path) -> None:
    """Make a built site lighter, in place."""
    pages = {page: page.read_text(encoding="utf-8") for page in sorted(site.rglob("*.html"))}
    pages = {page: html for page, html in pages.items() if 'id="__config"' in html}
    named = {name for html in pages.values() for name in re.findall(r'<script src="[^"]*?([^"/]+)"', html)}
    scripts = [script.read_text(encoding="utf-8") for script in site.rglob("*.js") if script.name in named]
    use = used(pages.values(), scripts)
    written: dict[tuple[str, ...], str] = {}

    def lighter(*names: str) -> str:
        if names not in written:
            written[names] = one_file(site, names, use, [*scripts, *pages.values()])
        return written[names]

    for page, html in pages.items():
        text = PLAIN.sub(r"\1", html)
        if sheets := SHEET.findall(text):
            link = f'<link rel="stylesheet" href="{sheets[0][0]}{lighter(*(name for _, name in sheets))}">'
            text = SHEET.sub("", text).replace("</title>", f"</title>{link}", 1)

        def one_script(found: re.Match[str]) -> str:
            root, names = found[1], re.findall(SCRIPT, found[0])
            return f'<script src="{root}{lighter(*(name for _, name in names))}"></script>'

        text = shorter_lines(SCRIPTS.sub(one_script, text))
        if text != html:
            page.write_text(text, encoding="utf-8")
    for name in {name for names in written for name in names} - set(written.values()):
        (site / name).unlink()
        (site / f"{name}.map").unlink(missing_ok=True)

    headers = site / "_headers"
    text = headers.read_text(encoding="utf-8")
    for source in inside_scripts(scripts):
        if source not in text:
            text = text.replace("style-src 'self'", f"style-src 'self' {source}")
    headers.write_text(text, encoding="utf-8")


_serving = False


def on_startup(*, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    """Remember whether the site is built to be served while it is written."""
    global _serving
    _serving = command == "serve"


def on_post_build(config: Any) -> None:
    """Lighten what was built, unless it is built again in a moment."""
    if not _serving:
        slim(Path(config.site_dir))


if __name__ == "__main__":
    slim(Path(sys.argv[1]))
