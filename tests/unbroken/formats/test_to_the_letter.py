"""What is read from odd texts, and what edits make of them, to the letter.

What single rules mean, other tests say; here a slip shows wherever it is. ``to_the_letter.txt`` is what is
expected: ``python -m tests.unbroken.formats.test_to_the_letter`` writes it anew, for one to look at.
"""

# ruff: noqa: E501  what is read here is as wide as it may come

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from unbroken.findings.base import Place
from unbroken.formats import former_maps, literals, macros, outline, similarity, toml_edit, toml_read
from unbroken.formats import yaml as yaml_read
from unbroken.formats.comments import comment
from unbroken.formats.css import css_links
from unbroken.formats.front_matter import front_matter
from unbroken.formats.html import is_page_file, is_stub, read_page, srcset
from unbroken.formats.links import Link, rewrite, snippet_path
from unbroken.formats.markdown import candidates
from unbroken.formats.yaml_edit import edit as edit_yaml
from unbroken.formats.yaml_edit import extend as extend_yaml
from unbroken.formats.yaml_plugins import add_to, plugins_of
from unbroken.formats.yaml_scalar import scalar
from unbroken.model.errors import CannotEdit
from unbroken.model.imported import Unreadable

EXPECTED = Path(__file__).with_name("to_the_letter.txt")


def shown(text: str) -> str:
    """A line with its odd characters as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def changed(before: str, make: Callable[[], str]) -> str:
    """What an edit takes away and adds, or why it is refused."""
    try:
        after = make()
    except (CannotEdit, ValueError) as error:
        return f"refused: {shown(str(error))}"
    old, new = (each.splitlines(keepends=True) for each in (before, after))
    found = list(difflib.unified_diff(old, new, n=0))[3:]
    return " ".join(shown(line) for line in found if not line.startswith("@@")) or "as it was"


# Edits.

#: Every edit that is tried on every map of which ``a.md: b.md`` is a line, if it has any.
EDITS: dict[str, dict[str, Any]] = {
    "add": {"add": {"n.md": "m.md", "o: p.md": "true"}},
    "retarget": {"retarget": {"a.md": "it's #1.md"}},
    "rename": {"rename": {"a.md": "z.md"}},
    "to one that is there": {"rename": {"a.md": "c.md"}},
    "delete": {"delete": ["a.md"]},
    "delete both": {"delete": ["a.md", "c.md"]},
    "all at once": {"rename": {"a.md": "c.md"}, "delete": ["c.md"], "add": {"a.md": "e.md"}},
    "by place": {"retarget": {Place("", 2, 1): "p.md", Place("", 5, 7): "q.md"}},
}
YAML = {
    "empty": "",
    "without plugins": "site_name: x",
    "null": "plugins:\n  redirects:\n    redirect_maps:\nnav: []\n",
    "tilde": "plugins:\n  - search\n  - redirects:\n      redirect_maps: ~ # none\n",
    "named in a list": "plugins:\n- search\n- redirects\n- other\n",
    "named in brackets": "plugins: [search, redirects]\n",
    "not named in brackets": "plugins: [search]\n",
    "empty brackets": "plugins: []\n",
    "empty braces": "plugins:\n  redirects: {redirect_maps: {}}\n",
    "braces of its own": "plugins:\n    redirects:\n        redirect_maps: {}\n        other: 1\n",
    "a mapping": "plugins:\n  search: {}\n  redirects:\n    redirect_maps:\n      a.md: b.md  # why\n      c.md: d.md\n",
    "a list": "plugins:\n  - redirects:\n      redirect_maps:\n        # dated\n        'a.md': 'b.md'\n\n        'c.md': 'd.md'\nx: 1\n",
    "dated": "plugins:\n  - redirects:\n      redirect_maps:\n        # 2025-01-02: moved\n        a.md: b.md\n        c.md: d.md",
    "double quotes, CRLF": 'plugins:\r\n  redirects:\r\n    redirect_maps:\r\n      "a.md": "b.md"\r\n      "c.md": "d.md"\r\n',
    "in braces": "plugins: {redirects: {redirect_maps: {a.md: b.md, c.md: d.md}}}\n",
    "in braces, one a line": "plugins:\n  redirects:\n    redirect_maps: {\n      a.md: b.md, # why\n      c.md: d.md,\n    }\n",
    "in braces, two a line": "plugins:\n  redirects:\n    redirect_maps: {\n      a.md: b.md, c.md: d.md # why\n    }\n",
    "in braces, no last comma": "plugins:\n  redirects:\n    redirect_maps: {\n      a.md: b.md,\n      c.md: d.md # end\n    }\n",
    "an empty target": "plugins:\n  redirects:\n    redirect_maps:\n      a.md:\n      c.md: ~\n",
    "a folded target": "plugins:\n  redirects:\n    redirect_maps:\n      a.md: >-\n        b.md\n      c.md: |\n        d.md\n",
    "repeated": "plugins:\n  redirects:\n    redirect_maps:\n      a.md: b.md\n      a.md: c.md\n      c.md: d.md\n",
    "merged": "x: &m {e.md: f.md}\nplugins:\n  redirects:\n    redirect_maps:\n      <<: *m\n      a.md: b.md\n      c.md: d.md\n",
    "anchored": "plugins:\n  redirects:\n    redirect_maps:\n      a.md: &t b.md\n      c.md: *t\n",
    "an alias": "m: &m {a.md: b.md, c.md: d.md}\nplugins:\n  redirects:\n    redirect_maps: *m\n",
    "a tag": "plugins:\n  redirects:\n    redirect_maps: !!omap\n      - a.md: b.md\n",
    "a list of pairs": "plugins:\n  redirects:\n    redirect_maps: [a.md]\n",
    "not a mapping": "- plugins\n",
    "two documents": "plugins: {}\n---\nplugins: {}\n",
    "broken": "plugins: [\n",
    "a number": "plugins: 3\n",
    "BOM": "\ufeffplugins:\n  redirects:\n    redirect_maps:\n      a.md: b.md\n      c.md: d.md\n",
    "BOM within": "plugins:\n  \ufeffredirects: x\n",
    "a target that is a map": "plugins:\n  redirects:\n    redirect_maps:\n      a.md: {b.md: c.md}\n      c.md: [d.md]\n",
    "on one line": "plugins: {redirects: {redirect_maps: {a.md: b.md}}, other: {c.md: d.md}} # end",
    "the last of all": "plugins:\n  redirects:\n    redirect_maps:\n      c.md: d.md\n      a.md: b.md",
}  # fmt: skip
HEAD = "[project.plugins.redirects.redirect_maps]\n"
TOML = {
    "empty": "",
    "a project": "[project]\nsite_name = 'x'\n\n\n",
    "without a project": "[plugins.redirects.redirect_maps]\n\"a.md\" = 'b.md' # why\n'c.md' = \"d.md\"\n",
    "lines": f"{HEAD}'a.md' = 'b.md'\n'c.md' = 'd.md'\n[x]\ny = 1\n",
    "indented, CRLF": f"{HEAD}  \"a.md\" = \"b.md\"\n  \"c.md\" = \"d.md\"".replace("\n", "\r\n"),
    "in braces": "[project.plugins]\nredirects = {redirect_maps = {\"a.md\" = \"b.md\" , 'c.md' = 'd.md'}}\n",
    "alone in braces": "[project.plugins]\nredirects = { redirect_maps = { \"a.md\" = \"b.md\" } }\n",
    "dotted beside it": "[project.plugins]\nredirects.other = 1\n",
    "empty braces": "[project]\nplugins = {}\n",
    "dotted": "[project]\nplugins.redirects.redirect_maps.\"a.md\" = 'b.md'\nplugins.redirects.redirect_maps.'c.md' = 'd.md'\n",
    "long texts": f"{HEAD}'a.md' = '''b.md'''\n'c.md' = \"\"\"\nd.md\"\"\"\n",
    "a number": f"{HEAD}'a.md' = 3\n'c.md' = [1]\n",
    "no table": "[project.plugins]\nredirects = 3\n",
    "a list": "[project]\nplugins = ['redirects']\n",
    "tables": "[[project.plugins]]\nredirects = {}\n",
    "escaped": f'{HEAD}"\\u0061.md" = "b.md"\n"c.md" = "d.md"\n',
    "other headers": "[project.plugins.search]\nx = 1\n[project.plugins.redirects]\ny = 2\n[project.extra]\n",
    "broken": "[project\n",
}  # fmt: skip


def together(tries: Mapping[str, Callable[[], str]], text: str) -> Iterator[str]:
    """What some edits come to, those together that come to the same."""
    found: dict[str, list[str]] = {}
    for what, make in tries.items():
        found.setdefault(changed(text, make), []).append(what)
    for came, names in found.items():
        yield f"{', '.join(names)}: {came}"


def edits() -> Iterator[str]:
    more = (["n.md", "it's: x"], ("plugins", "unbroken", "retired"))
    for name, text in YAML.items():
        yield f"=== YAML: {name}"
        tries = {what: partial(edit_yaml, text, **change) for what, change in EDITS.items()}
        yield from together(tries | {"a list elsewhere": partial(extend_yaml, text, *more)}, text)
    for name, text in TOML.items():
        yield f"=== TOML: {name}"
        tries = {what: partial(toml_edit.edit, text, **change) for what, change in EDITS.items()}
        tries["a list elsewhere"] = partial(toml_edit.extend, text, *more)
        tries["wherever it is"] = partial(toml_edit.rename_in_toml, text, {"b.md": "x.md"}.get, ["c.md"])
        yield from together(tries, text)
        yield f"plugins: {sorted(toml_edit.plugins_in_toml(text))}"
    yield "=== TOML: strings"
    text = "a = 'x'\nb = [\"y\\n\", '''z''']\n[c]\nd.e = 'w'\n"
    yield f"{list(toml_edit.strings_in_toml(text, ['c']))} {list(toml_edit.strings_in_toml('='))}"
    for key, place in toml_edit.places("a.b = 1\n  c = [2,\n 3]\n[[d]]\n[d.e]\nf = {g = 4}\n", "f").items():
        yield f"{key}: {place}"
    for path in ("unbroken.toml", "pyproject.toml", "zensical.toml", "mkdocs.yml", "map.yaml"):
        editor, adder = toml_edit.editor(Path(path)), toml_edit.list_editor(Path(path))
        tries = {
            f"{path}: map": partial(editor, "", add={"a": "b"}),
            "another": partial(editor, "", add={"a": "b"}, path=("p", "q", "r")),
            "list": partial(adder, "", ["a"], ("p", "q", "r")),
        }
        yield from together(tries, "")


LISTS = {
    **{
        f"retired: {value!r}": f"plugins:\n  unbroken:\n    retired: {value}\n"
        for value in (
            "",
            "x",
            "'x'",
            "[]",
            "[x, 'y z']",
            "{}",
            "\n    - x\n    -  y # why",
            "&a [x]",
            "*a",
            "3",
        )
    },
    "in braces": "plugins: {unbroken: {retired: [x]}}\n",
    "an item": "plugins:\n- unbroken:\n    hosts: []\n- unbroken\n",
    "named": "plugins:\n- unbroken # ours\n",
}
PLUGINS = {
    "none": "site_name: x\n",
    "no line end": "site_name: x",
    "null": "plugins: # none\nx: 1\n",
    "tilde": "plugins: ~\nx: 1\n",
    "list": "plugins:\n- search\n- blog:\n    x: 1\n\n# end\n",
    "indented list": "plugins:\n    - search # why\nx: 1",
    "mapping": "plugins:\r\n  search: {}\r\n  blog:\r\n    x: 1\r\n",
    "brackets": "plugins: [search, {blog: {x: 1}}]\n",
    "no brackets": "plugins: [ ]\n",
    "braces": "plugins: {search: {}}\n",
    "no braces": "plugins: {}\n",
    "text": "plugins: search\n",
    "alias": "x: &x [search]\nplugins: *x\n",
    "tag": "plugins: !!set {search}\n",
    "in brackets": "{plugins: [search]}\n",
    "BOM": "\ufeffplugins: [search]\n",
    "empty": "",
}


SCALARS = (
    "a.md", "", " a", "a ", "a: b", "a:", "a #b", "a#b", "-", "- a", "?a", "[a", "a]b", "a,b", "{a}", "it's", 'say "x"', "a\tb", "a\x85b", "é", "\ufeffx", "\U0001f600",
    "\ud800", "true", "No", "~", "null", "1.5", "0x1F", "12:30", ".inf", "2026-01-01", "https://x.example/a", "https://x.example/a?b", "%a", "@a", "`a", "a\\b", "x" * 999,
)  # fmt: skip


def scalars() -> Iterator[str]:
    yield "=== scalars: plain, in brackets, in each kind of quotation mark"
    for value in SCALARS:
        said = []
        for style, flow in (("", False), ("", True), ("'", False), ('"', False), ("|", False)):
            try:
                said.append(shown(scalar(value, style, flow, is_key=style != "|"))[:40])
            except CannotEdit as error:
                said.append(f"refused: {error}")
        yield f"{value[:20]!a}: {'  '.join(dict.fromkeys(said))}"


def plugins() -> Iterator[str]:
    yield "=== lists of a plugin"
    for name, text in LISTS.items():
        new = partial(extend_yaml, text, ["n.md", "it's: x"], ("plugins", "unbroken", "retired"))
        yield f"{shown(name)}: {changed(text, new)}"
    yield "=== plugins"
    for name, text in PLUGINS.items():
        try:
            yield f"{name}: {plugins_of(text)}"
        except CannotEdit as error:
            yield f"{name}: refused: {error}"
        more = ["new", {"other": {"y": ["1", True]}}]
        tries = {
            kind: partial(add_to, text, "plugins", more, mapping=kind == "mapping")
            for kind in ("list", "mapping")
        }
        yield from together(tries, text)


# What is read.

COMMENTED = """plugins:
  redirects:
    redirect_maps:
      # first
      #
      #  second
      a.md: b.md
      c.md: 'd # e'  ## own
      e.md: "f \\" # g" # his
      g.md: >-
        x
      # last

      h.md: i.md
    # out
  other:
      j.md: k.md#l
# top
k.md: l.md"""
FRONTS = (
    "", "# x\n", "---\na: 1\n---\nx", "\ufeff---\r\na: 1\r\n...\r\nx", "---\n- a\n---\nx", "---\n---\nx", "---\n---\n---\nx",
    "--- \t\na: 1\n--- \nx", "---\na: 1\n---", "---\na: [\n---\nx", "---\na: &x 1\nb: *x\n---\n", "---\na: *x\n---\n",
    "---\na: &x 1\nb: &x 2\n---\n", "---\na: !y 1\n---\n", "---\na: !!str 1\n---\n", "---\na: ! 1\n---\n", "---\na: 1\n--- x\n---\n",
    "a: 1\nb: 2\n\nx", "a: 1\n    more\n\tmore\nx", "   a: 1\n\nx", "    a: 1\n\nx", "a b: 1\n", "a: 1", "a: 1\r\rx", "\n\nx", " \na: 1\n",
    f"---\na: {'[' * 500}{']' * 500}\n---\nx", f"---\na: {'[' * 501}{']' * 501}\n---\nx",
    f"---\na: {'[],' * 600}\n---\nx",
)  # fmt: skip
LITERAL = r"""// const
module.exports = {
  "a": "b\n\u{1F600}\u00e9\x41\z\
", c: 'd' + e, f: [1, -2, 3.5, true, null, undefined, x, 'g' + h, "i", ...j], k: `l`, m: `n${o}`,
  p() { return 1 }, async q(r) {}, s: t("u"), v: { w: [ { x: /[/"]'/g } ] }, 'y-z': 12345678901234567, /* gone: 1 */
}; const A = [{b: 1,},], B = call({c: "d"}, "e"), 'f': g;
}] ( : , "h" : {"a": 1 "b": 2}
"""
OLD = """plugins:
  - redirects: {redirect_maps: {a.md: b.md, c: 1.0, d: , e: [f], 1: g}}
x: &x
  redirect_maps: {h: i, j: k}
y:
  redirect_maps:
    <<: [{j: no, l: m}, {l: no}]
    j: own
z: [*x, {redirect_maps: no}, {redirect_maps: [n]}]
"""
STYLES = """@import "a.css"; @import url('b.css'); @IMPORT  url( c.css ) screen;
a { background: url(d.png), url("e\\"f.png") ; content: "url(g)"; /* url(h) */ src: url() url( ) url(i\\)j.png) }
/* url(k)"""
CANDIDATE = "a.png, b.png 2x,c.png,, d,e.png 100w , f.png (1, 2) 3x, ,g.png"


def said(read: Callable[[], Any]) -> str:
    """What is read, or what is wrong."""
    try:
        return shown(str(read()))
    except Unreadable as error:
        return f"unreadable: {error.args}"


def values(item: Any) -> Any:
    """What was read, as plain data."""
    if isinstance(item, literals.Object):
        return {f"{key}@{item.places[key].line}:{item.places[key].column}" if key in item.places else key: values(v)
                for key, v in item.values.items()}  # fmt: skip
    return [values(each) for each in item] if isinstance(item, list) else item


def items(item: yaml_read.Item) -> Any:
    """A YAML value with its places."""
    place = f"@{item.place.line}:{item.place.column}"
    if isinstance(item.value, yaml_read.Items):
        return [f"{i.key}@{i.key_place.line}:{i.key_place.column}" for i in item.value], [
            items(i) for i in item.value
        ]
    if isinstance(item.value, list):
        return [items(each) for each in item.value], place
    return item.value, place


ITEMS = """a: [1, 0123, 1.5, yes, Off, ~, '', 2026-01-01, "x", 1_000, +1, 1234567890123456789]
b: &b {c: d, e: f}
g: {<<: [*b, {e: no, h: i}], c: own}
? [j]
: !ENV HOME_THAT_IS_NOT
k: !ENV [NOT_THERE, PATH_NOT, l]
m: !ENV [NOT_THERE]
p: !ENV [NOT_THERE, two]
n: &n [*n, !!python/name:os.system x]
o: *b
<<: 3
"""


def read() -> Iterator[str]:
    yield "=== comments"
    lines = COMMENTED.splitlines()
    numbers = {7, 8, 9, 10, 14, 17, 19}
    for number in (0, *sorted(numbers), 16, len(lines) + 1):
        yield f"{number}: {comment(lines, number, numbers)!r} {comment(lines, number, numbers, at_end=False)!r}"
    for few, number, those in (
        (["# x", "a: b"], 2, {2}),
        (["a: b # y"], 1, {1}),
        (["a: b", "c: d"], 2, {1, 2}),
        (["# x", "# y", "a: b", "c: d"], 4, {3, 4}),
    ):
        yield f"{few}: {comment(few, number, those)!r}"
    yield "=== front matter"
    for text in FRONTS:
        yield f"{tuple(front_matter(text))} {shown(text)[:60]}"
    yield "=== literals"
    for each in values(literals.read(LITERAL, "f"))[""]:
        yield shown(str(each))
    found = literals.read(LITERAL, "f").list("")[0]
    yield f"{found.text('none', 'k')!r} {found.text('v', 'k')!r} {found.list('k')} {found.object('k').values}"
    yield str(
        [values(each) for each in literals.objects(literals.read("{a: {b: [{c: 1}, [{d: 2}]]}, e: {}}", "f"))]
    )
    for text in (
        '{"a": [1, 2,], // x\n "b": "c,]"}',
        '{"a": }',
        "[1,\n2 3]",
        "",
        '{"a": "//b", /* c */ "d": 1}',
    ):
        yield f"{shown(text)}: {said(lambda: values(literals.read_json(text, 'f')))}"  # noqa: B023
    yield "=== former maps"
    for text, toml in (
        (OLD, False),
        ("[a]\nredirect_maps = {b = 'c', d = 1, e = ''}\n[[f]]\nredirect_maps.g = 'h'\n", True),
        ("a: [", False),
        ("[", True),
    ):
        yield f"{list(former_maps.pairs(text, toml=toml))}"
    yield str(list(former_maps.pairs("a: b\nc: {d: e}\n", toml=False, anywhere=True)))
    yield "=== YAML"
    node = yaml.compose(ITEMS.replace("*n, ", ""), Loader=yaml_read.LOADER)
    assert node is not None
    for item in yaml_read.Nodes("f").item(node).value:
        yield f"{item.key}@{item.key_place}: {items(item)}"
    for deep in (99, 100, 101):
        text = "[" * deep + "]" * deep
        yield f"{deep}: {yaml_read.may_be_deep(text.encode())} {yaml_read.is_deep(text)}"
    yield str(
        [yaml_read.may_be_deep(b" " * n + b"a") for n in (99, 100)]
        + [yaml_read.may_be_deep(b"- " * n) for n in (49, 50)]
    )
    for text in ("a = 1\nb = ", "a = 1\nb = [\n", "a = 1", "a = 1\nbc = x y"):
        yield said(lambda: toml_read.parsed(text, "f"))  # noqa: B023
    yield "=== style sheets, srcset, macros"
    for link in css_links(STYLES):
        yield f"{link.line}:{link.column} {link.destination!r} {link.kind} {rewrite(STYLES, {link: 'n(e w).png'})[link.start - 8 :][:30]!r}"
    yield str(list(srcset(CANDIDATE)))
    text = "{{ a('b.md', \"c\") }} {% include 'd.md' %} [% 'e' %] {! f g.md !} {!h!} { 'no' } {{ 'x\ny' '' }} {% include 'd.md' %}"
    yield f"{list(macros.arguments(text))} {macros.included(text)}"
    yield "=== names of files"
    yield str(
        [
            n
            for n in (
                "a.html",
                "a.htm",
                "a.HTML",
                ".a.html",
                "a/.b/c.html",
                ".well-known/a.html",
                "a/.well-known/b.html",
                "a.b",
                "a..html",
            )
            if is_page_file(n)
        ]
    )
    yield str(
        [
            snippet_path(n)
            for n in (
                "a:1",
                "a:1:2",
                "a:1:2,4",
                "a::3",
                "a:b-c",
                "a:b c",
                "C:a:1",
                "a:-1:",
                "a:1,",
                "a : 1",
                "a",
            )
        ]
    )


# Links.

TEXTS = """---
a: "[no](no.md)"
---
[a](b.md "c") ![d](<e f.png>) [g](h(i)j.md) [k](l\\)m.md 'n') [o][p] <q.md> <https://r.example/s?t&amp;u> [v]( w.md )
[p]: <x.md> "y"
 [z]: a.md#b
[c]:
  d.md
<a href="e.md?f&amp;g" id=h>i</a> <img src='j.png' srcset="k.png, l.png 2x"> <A HREF=m.md>n</A>
--8<-- "o.md:1:2"
--8<--
p.md
; q.md
--8<--
`[r](s.md)` https://t.example/u. [![v](w.png)](x.md) | [y](z\\|a.md) | [b](c.md#d "e \\" f") [g](<>) [h]()
"""
NEW = (
    "x.md",
    "a b.md",
    "x(y.md",
    "x)(.md",
    "<i>.md",
    "q?a&amp;b#c",
    "it's\"|$",
    "\\[x]",
    "",
    "#top",
    "https://x.example/(a)",
    "é\udc80",
)


def links() -> Iterator[str]:
    yield "=== links, and others in their place"
    found = candidates(TEXTS)
    for link in found.links:
        yield f"{link.line}:{link.column} {link.kind} {link.destination!r} {TEXTS[link.start : link.end]!r}"
    kinds: dict[str, Link] = {}
    for link in found.links:
        bare = link.kind == "html" and TEXTS[link.start - 1] == "="
        kinds.setdefault("bare" if bare else link.kind, link)
    for kind, link in kinds.items():
        for new in NEW:
            try:
                after = rewrite(TEXTS, {link: new})
            except ValueError as error:
                after = f"refused: {error}"
            else:
                after = after[link.start - 4 : len(after) - len(TEXTS) + link.end + 4]
            yield f"{kind} {new!a}: {after!a}"


OUTLINE = """---
title: x
---
# Title # {#own}

Under *lined*
===
## `code_x` & <b>bold_</b> _em_ [l](m) ![n](o) [p][q] {: .r #s }
#No space
####### seven
   # three
Para
two
---

Item
-----  
> quote
===

| row
---
~~~ py
# fence
~~~~
# after
``` 
## in
~~~
```
## Same
## Same
## Same_1
### Same_1
##
## \\_x\\_ {id="t"} 
<a name=u></a> <p id='v'> {#w} { .x }
"""  # noqa: W291
PAIRS = [
    ("# a\nb\n# c\n", "# a\nd\n# c\n"), ("# a\nb\n", "# a\nb\nc\n"), ("# a\n", "# b\n"), ("a\n==\n", "b\n==\n"), ("a\n\nb\n==\n", "c\n\nb\n==\n"),
    ("a\nb\nc\n---\n", "x\nb\nc\n---\n"), ("a\nb\n---\n", "x\nb\n---\n"), ("a\n```\n# b\n", "a\n\n# b\n"), ("", ""), ("a", "a# b"), ("a\n", "a\n# b\n"), ("# a", "# a "),
]  # fmt: skip


def outlines() -> Iterator[str]:
    yield "=== outlines"
    for heading in outline.headings(OUTLINE):
        yield f"{heading} {OUTLINE[heading.start : heading.end]!r}"
    slug = outline.slug_of("")
    for section in outline.sections(OUTLINE, slug):
        yield f"{section.line} {section.fragment!r} {section.body[:30]!r}"
    yield str(sorted(outline.anchors_of(OUTLINE, slug)))
    yield str([outline.title(text) for text in (OUTLINE, "x", "#\n", "## y\n# Z  {x} \n", "# A #")])
    for old, new in PAIRS:
        yield f"{old!r} {new!r}: {outline.has_same_headings(old, new)} {outline.has_same_headings(new, old)}"
    extensions = "slugify: !!python/object/apply:pymdownx.slugs.slugify {{kwds: {{case: {}}}}}"
    for case in ("fold", "lower", "lower-ascii", "none", "'lower'"):
        yield f"{case}: {outline.slug_of(extensions.format(case))(' Straße  A_b-C! ')!r}"
    yield f"{slug(' Straße  A_b-C! ')!r} {outline.slug_of('slugify: x.slugify_unicode')(' Straße  A_b-C! ')!r}"
    yield "=== numbered sections that shift"
    parts = {name: " ".join(f"{name}{n}" for n in range(12)) for name in "abc"}
    for then, now in (("abc", "bc"), ("abc", "cab"), ("ab", "ba"), ("ab", "b"), ("a", "ba"), ("aab", "ab")):
        before, after = (
            outline.sections("".join(f"## S\n\n{parts[c]}\n" for c in each), slug) for each in (then, now)
        )
        yield f"{then} {now}: {[(a, s.fragment) for a, s in similarity.shifted(before, after)]}"
    for count in (10, 11):
        for kept in (1, 2, 7, 8):
            names = [f"w{n}" for n in range(count)]
            before = [outline.Section("s", " ".join(names)), outline.Section("s_1", "x")]
            most = [
                outline.Section("s", " ".join(names[-3 - kept :]) + " y"),
                before[0]._replace(fragment="s_1"),
            ]
            part = [outline.Section("s", "z"), outline.Section("s_1", " ".join(names[: kept + 3]))]
            both = [[(a, s.fragment) for a, s in similarity.shifted(before, now)] for now in (most, part)]
            yield f"{kept} of {count - 3}: {both}"


HTML = """<!doctype html><html><head><base href=" b/ "><base href="no/"><title id=t>x</title>
<link rel=stylesheet href=a.css><link rel="preload edit" href=no.css><link rel=next href=n.html><link rel=icon xlink:href=i.ico href=j.ico>
<meta http-equiv=Refresh content="0; url='to.html'"><meta http-equiv=refresh content="1;url=no.html">
<script src="s.js" data-unbroken-anchors='{"a": "b", "c": 3}'></script><script src data-unbroken-moves='['></script></head>
<body id=body><nav id=n><a href="nav/" id=na>x</a></nav><main id=m><a name=mn href="\tli\nnk/ "></a>
<article id=art><h1 id=h>x</h1><a id=x name=y rel=nofollow href=r/></a><a rel=preconnect href=no></a><a id=z name=z></a><a name></a><a href></a>
<h2 id=fn:1>x</h2><h2 id=__codelineno-1></h2><h2 id=__init__></h2><h2 id=fnref2:a></h2><h2 id=mkdocs-search-q></h2><h2 id=a--__b></h2>
<pre><code><a href=sample/ id=p>x</a><img src=sample.png></code></pre><a href=after/>x</a><pre id=q>x</pre><a href=after2/></a>
<img src=i.png srcset="j.png 1x,k.png 2x"><source src=so srcset="l.png"><video src=v.mp4 poster=p.png></video><object data=o.pdf></object>
<embed src=e><iframe src=f.html></iframe><input id=in src=in.png><form id=fo></form><audio src=au></audio><track src=tr>
<svg id=svg1><use href="#g" xlink:href="#old"></use><image xlink:href=im.png /><a xlink:href=sv/><g id=g></g></a><a href=sv2/ id=sa></a></svg>
<svg id=svg2><g id=g></g></svg><p id=p1><span id=sp></span></p><area href=ar/><button id=bu></button><div role=dialog id=d><i id=di></i></div>
</article><h2 id=outside>x</h2></main><div role=search><b id=se></b></div><h2 id=below>x</h2><a xlink:href=nowhere></a></body></html>"""


def pages() -> Iterator[str]:
    yield "=== pages"
    for text in (HTML, HTML.replace("article", "section"), HTML.replace("article", "div").replace("main", "div"),
                 HTML.replace("<article id=art>", "</article><article>"), "", "x"):  # fmt: skip
        for name, value in read_page(text.encode())._asdict().items():
            yield f"{name}: {value}"
    for content in (
        "0;url=a",
        '0, URL = "b\'c"d',
        " 1.5 ; url='e",
        "0",
        "url=f",
        "0 url=g",
        "0;;url=h",
        "0;url= i ",
    ):
        page = f"<meta http-equiv=refresh content='{content.replace(chr(39), '&#39;')}'>"
        yield f"{content}: {read_page(page.encode()).to!r}"
    heads = (
        b'<meta http-equiv="refresh" content="0; url=x">',
        b"<META x HTTP-EQUIV=refresh y URL =",
        b"<meta refresh url=",
        b'<meta name="generator" content="Unbroken">',
    )
    yield str([is_stub(head) for head in heads])
    for count in (998, 999, 1000, 1001):
        for start, end in (
            (b"<div id=x>", b"</div>"),
            (b"<p>", b""),
            (b"<g/>", b""),
            (b"<!-- <b> -->", b""),
            (b"<b><script><i></script>", b""),
        ):
            data = b"<a id=y>" + start * count + end * count
            yield f"{count} {start.decode()}: {len(read_page(data).anchors)}"
        data = b"<svg>" + b"<g/>" * count + b"</svg>" + b"<g/>" * count + b"<a id=y>"
        yield f"{count} in a drawing: {read_page(data).anchors}"


def text() -> str:
    """All of it."""
    return "\n".join([*edits(), *scalars(), *plugins(), *read(), *links(), *outlines(), *pages(), ""])


def test_every_letter_is_as_expected() -> None:
    assert text() == EXPECTED.read_text(encoding="utf-8")


if __name__ == "__main__":
    EXPECTED.write_text(text(), encoding="utf-8", newline="\n")
