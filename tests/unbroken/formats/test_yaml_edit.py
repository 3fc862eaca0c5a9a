"""The redirect map, edited in place: the data is what was asked for, and other lines keep their bytes."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st

from unbroken.findings.base import Place
from unbroken.formats.yaml_edit import edit, extend
from unbroken.model.errors import CannotEdit

if TYPE_CHECKING:
    from types import FrameType

HEAD = "plugins:\n  redirects:\n    redirect_maps:"
BLOCK = (
    HEAD
    + "\n      # one\n      a.md: b.md # two\n      'c.md#x': \"d.md\"\n\n      # three\n  unbroken: {}\n"
)


def redirects(text: str) -> Any:
    """What any YAML reader finds in the map."""
    data = yaml.safe_load(text) or {}
    plugins = data["plugins"]
    if isinstance(plugins, list):
        plugins = next(item for item in plugins if isinstance(item, dict) and "redirects" in item)
    return plugins["redirects"]["redirect_maps"]


# Examples, each with the whole text that comes of it.


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        (BLOCK, {"add": {"e.md": "f.md"}}, BLOCK.replace('"d.md"', '"d.md"\n      e.md: f.md')),
        (BLOCK, {"retarget": {"a.md": "z.md"}}, BLOCK.replace(": b.md", ": z.md")),
        (BLOCK, {"retarget": {"c.md#x": "it's"}}, BLOCK.replace('"d.md"', '"it\'s"')),
        (BLOCK, {"rename": {"c.md#x": "it's"}}, BLOCK.replace("'c.md#x'", "'it''s'")),
        (BLOCK, {"rename": {"a.md": "a: b"}}, BLOCK.replace("a.md", "'a: b'")),
        (BLOCK, {"delete": ["a.md"]}, BLOCK.replace("      a.md: b.md # two\n", "")),
        (
            BLOCK,
            {"delete": ["a.md", "c.md#x"]},
            HEAD + " {}\n      # one\n\n      # three\n  unbroken: {}\n",
        ),
        (
            BLOCK,
            {"delete": ["a.md", "c.md#x"], "add": {"e.md": "f.md"}},
            HEAD + "\n      e.md: f.md\n      # one\n\n      # three\n  unbroken: {}\n",
        ),
        (BLOCK, {"rename": {"a.md": "c.md#x", "c.md#x": "a.md"}}, None),
        (BLOCK, {"delete": ["a.md"], "rename": {"c.md#x": "a.md"}}, None),
        # Line ends, the last one missing, a byte order mark.
        (HEAD + "\n      a: b", {"add": {"c": "d"}}, HEAD + "\n      a: b\n      c: d"),
        (HEAD + "\n      a: b\n      c: d", {"delete": ["c"]}, HEAD + "\n      a: b"),
        (HEAD + "\n      a: b\n      c: d", {"delete": ["a"]}, HEAD + "\n      c: d"),
        (HEAD + "\r\n      a: b\r\n", {"add": {"c": "d"}}, HEAD + "\r\n      a: b\r\n      c: d\r\n"),
        ("\ufeff" + HEAD + "\n      a: b\n", {"delete": ["a"]}, "\ufeff" + HEAD + " {}\n"),
        # Where there is no map yet, its lines are written as they are read best, whatever stands around it.
        (
            "plugins:\n  redirects:\n    \"other\": 'x'\n",
            {"add": {"a": "b"}},
            "plugins:\n  redirects:\n    \"other\": 'x'\n    redirect_maps:\n      a: b\n",
        ),
        # The map is empty.
        (HEAD, {"add": {"a": "b"}}, HEAD + "\n      a: b"),
        (HEAD + " {} # none\nx: 1\n", {"add": {"a": "b"}}, HEAD + " # none\n      a: b\nx: 1\n"),
        (HEAD + " null\n", {"add": {"a": "b"}}, HEAD + "\n      a: b\n"),
        (HEAD + " ~ # none\n", {"add": {"a": "b"}}, HEAD + " # none\n      a: b\n"),
        # Entries over several lines, and odd ones.
        (
            HEAD + "\n      a: >-\n        b\n        c\n\n      d: e\n",
            {"retarget": {"a": "f"}},
            HEAD + "\n      a: f\n\n      d: e\n",
        ),
        (
            HEAD + "\n      a: |\n        b\n\n      # c\n      d: e\n",
            {"delete": ["a"]},
            HEAD + "\n\n      # c\n      d: e\n",
        ),
        (
            HEAD + '\n      a:\n        "b\n          c"\n      d: e\n',
            {"delete": ["a"]},
            HEAD + "\n      d: e\n",
        ),
        (HEAD + "\n      a:\n      b: c\n", {"retarget": {"a": "d"}}, HEAD + "\n      a: d\n      b: c\n"),
        (
            HEAD + "\n      ? a\n      : b\n      ? c\n      : d\n",
            {"delete": ["a"], "rename": {"c": "e"}, "retarget": {"c": "f"}},
            HEAD + "\n      ? e\n      : f\n",
        ),
        (
            HEAD + "\n      ? a\n      : b\n",
            {"add": {"c": "d"}},
            HEAD + "\n      ? a\n      : b\n      c: d\n",
        ),
        (
            HEAD + "\n      a: b\n      a: c\n",
            {"retarget": {"a": "d"}},
            HEAD + "\n      a: d\n      a: d\n",
        ),
        (HEAD + "\n      a: b\n      a: c\n", {"delete": [Place("f", 4, 7)]}, HEAD + "\n      a: c\n"),
        (HEAD + "\n      a: b\n      a: c\n", {"delete": ["a"]}, HEAD + " {}\n"),
        (HEAD + "\n      'a': 'b'\n", {"add": {"c": "d"}}, HEAD + "\n      'a': 'b'\n      'c': 'd'\n"),
        (
            HEAD + "\n      é.md: ü.md\n",
            {"add": {"日.md": "b"}},
            HEAD + "\n      é.md: ü.md\n      日.md: b\n",
        ),
        # Brackets.
        (HEAD + " {a: b}\n", {"add": {"c": "https://x.y/z"}}, HEAD + " {a: b, c: https://x.y/z}\n"),
        (HEAD + " {a: b, c: d}\n", {"delete": ["a"]}, HEAD + " {c: d}\n"),
        (HEAD + " {a: b, c: d}\n", {"delete": ["c"]}, HEAD + " {a: b}\n"),
        (HEAD + " {a: b, c: d}\n", {"delete": ["a", "c"]}, HEAD + " {}\n"),
        (HEAD + " {a: b, c: d}\n", {"rename": {"a": "x,y"}}, HEAD + " {'x,y': b, c: d}\n"),
        (HEAD + " {a: b, c}\n", {"retarget": {"c": "d"}}, HEAD + " {a: b, c: d}\n"),
        (
            HEAD + " {\n  a: b, # x\n  c: d # y\n  }\n",
            {"add": {"e": "f"}},
            HEAD + " {\n  a: b, # x\n  c: d, # y\n  e: f\n  }\n",
        ),
        (
            HEAD + " {\n  a: b,\n  c: d,\n  }\n",
            {"add": {"e": "f"}, "delete": ["a"]},
            HEAD + " {\n  c: d,\n  e: f,\n  }\n",
        ),
        # The structure is missing.
        ("", {"add": {"a": "b"}}, HEAD + "\n      a: b\n"),
        ("# x\n", {"add": {"a": "b"}}, "# x\n" + HEAD + "\n      a: b\n"),
        ("x: y\n# z\n", {"add": {"a": "b"}}, "x: y\n" + HEAD + "\n      a: b\n# z\n"),
        ("plugins:\n", {"add": {"a": "b"}}, HEAD + "\n      a: b\n"),
        (
            "plugins:\n    search: {}\n",
            {"add": {"a": "b"}},
            "plugins:\n    search: {}\n    redirects:\n        redirect_maps:\n            a: b\n",
        ),
        (
            "plugins:\n- search # x\ny: z\n",
            {"add": {"a": "b"}},
            "plugins:\n- search # x\n- redirects:\n    redirect_maps:\n      a: b\ny: z\n",
        ),
        (
            "plugins:\n  - redirects\n  - search\n",
            {"add": {"a": "b"}},
            "plugins:\n  - redirects:\n      redirect_maps:\n        a: b\n  - search\n",
        ),
        (
            "plugins: [search]\n",
            {"add": {"a": "b"}},
            "plugins: [search, {redirects: {redirect_maps: {a: b}}}]\n",
        ),
        (
            "plugins: [redirects, search]\n",
            {"add": {"a": "b"}},
            "plugins: [{redirects: {redirect_maps: {a: b}}}, search]\n",
        ),
        ("plugins: {redirects}\n", {"add": {"a": "b"}}, "plugins: {redirects: {redirect_maps: {a: b}}}\n"),
        ("plugins: []\n", {"add": {"a": "b"}}, "plugins: [{redirects: {redirect_maps: {a: b}}}]\n"),
        # What a merge brings along stays in force beneath.
        (
            "x: &x {q: r}\n" + HEAD + "\n      <<: *x\n",
            {"add": {"a": "b"}},
            "x: &x {q: r}\n" + HEAD + "\n      <<: *x\n      a: b\n",
        ),
        (
            "x: &x q\n" + HEAD + "\n      a: *x\n",
            {"retarget": {"a": "b"}},
            "x: &x q\n" + HEAD + "\n      a: b\n",
        ),
    ],
)
def test_edits(before: str, changes: dict[str, Any], after: str | None) -> None:
    result = edit(before, **changes)
    if after is not None:
        assert result == after
    yaml.safe_load(result)


def test_a_swap_of_two_sources() -> None:
    assert redirects(edit(BLOCK, rename={"a.md": "c.md#x", "c.md#x": "a.md"})) == {
        "c.md#x": "b.md",
        "a.md": "d.md",
    }


@pytest.mark.parametrize(
    ("text", "changes", "message"),
    [
        (BLOCK, {"add": {"a.md": "z"}}, "already has a redirect 'a.md'"),
        (BLOCK, {"rename": {"a.md": "c.md#x"}}, "already has a redirect 'c.md#x'"),
        (BLOCK, {"delete": ["no"]}, "has no redirect 'no'"),
        (BLOCK, {"retarget": {Place("f", 1, 1): "x"}}, "has no redirect at line 1"),
        ("a: [\n", {"add": {"a": "b"}}, "This is not YAML at line 2"),
        ("a: \x00", {"add": {"a": "b"}}, "This is not YAML"),
        ("- a\n", {"add": {"a": "b"}}, "not a mapping of settings"),
        ("a: b\n---\nc: d\n", {"add": {"a": "b"}}, "more than one YAML document"),
        ("plugins: !ENV X\n", {"add": {"a": "b"}}, "plugins must be a mapping"),
        ("plugins: 7\n", {"add": {"a": "b"}}, "plugins must be a mapping"),
        (HEAD + " text\n", {"add": {"a": "b"}}, "redirect_maps must be a mapping"),
        (HEAD + " !!omap\n      a: b\n", {"add": {"c": "d"}}, "has the tag"),
        (
            "x: &x {a: b}\n" + HEAD + " *x\n",
            {"add": {"c": "d"}},
            r"Line 4: redirect_maps is an alias \(\*x\)",
        ),
        (HEAD + " &x\n      a: b\ny: *x\n", {"add": {"c": "d"}}, r"anchor \(&x\) that is used elsewhere"),
        (
            HEAD + "\n      a: &x b\n      c: *x\n",
            {"retarget": {"a": "d"}},
            r"anchor \(&x\) that is used elsewhere",
        ),
        (HEAD + "\n      a: &x b\n      c: *x\n", {"delete": ["a"]}, r"anchor \(&x\) that is used elsewhere"),
        (
            HEAD + "\n      &x a: b\n      c: *x\n",
            {"rename": {"a": "d"}},
            r"anchor \(&x\) that is used elsewhere",
        ),
        (HEAD + "\n      a: *x\n", {"retarget": {"a": "d"}}, "an anchor that is not there"),
        ("x: &x {a: b}\n" + HEAD + "\n      <<: *x\n", {"retarget": {"a": "d"}}, "'a' of its own"),
        ("x: &x {a: b}\n" + HEAD + "\n      <<: *x\n      a: c\n", {"delete": ["a"]}, "merges another map"),
        (HEAD + "\n      a: {b: c}\n", {"retarget": {"a": "d"}}, "the target is not text"),
        (HEAD + "\n      a: |+\n        b\n\n", {"add": {"c": "d"}}, "without changing something else"),
        (HEAD + "\n      a: b\n", {"add": {"c" * 1100: "d"}}, "longer than 1024"),
        (HEAD + "\n      a: b\n", {"add": {"\ud800": "d"}}, "surrogate"),
        (HEAD + "\n\ufeff", {"add": {"a": "b"}}, "byte order mark"),
        ("? plugins\n: redirects:\n    redirect_maps:\n    - a\n", {"add": {"a": "b"}}, "must be a mapping"),
        (
            HEAD.replace("redirect_maps:", "? redirect_maps\n    : a: b\n"),
            {"delete": ["a"]},
            "stands on this line",
        ),
    ],
)
def test_refusals(text: str, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(CannotEdit, match=message):
        edit(text, **changes)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        *(
            (text, True)
            for text in ("page.md#old", "a/b c.md", "é.md", "https://x.y/z?q=1&r#s", "x:y", "a'b", "01.md")
        ),
        *((text, True) for text in ("2024-01-01.md", "a,b", "a[b]", "no.md", "null.md")),
        *(
            (text, False)
            for text in ("a: b", "a #b", "a:", "*a", "&a", "!a", "%a", "@a", "`a", "- a", "? a", "-")
        ),
        *(
            (text, False)
            for text in ("1", "1.5", "1e3", "0x1F", "2024-01-01", "12:30", "yes", "No", "~", "null", "")
        ),
        *(
            (text, False)
            for text in ("y", "on", "true", "=", "<<", "'a", '"a', "[a", "{a", "|a", ">a", " a", "a ")
        ),
        *(
            (text, False)
            for text in ("a\tb", "a\nb", "---", "...", "#a", ",a", "]a", "}a", "\x85", "\u2028", "\ufeff")
        ),
    ],
)
@pytest.mark.parametrize("flow", [False, True])
def test_quoting(written: str, plain: bool, flow: bool) -> None:
    text = HEAD + (" {q: r}\n" if flow else "\n      q: r\n")
    result = edit(text, add={written: written})
    assert redirects(result) == {"q": "r", written: written}
    if not flow:
        assert (f"      {written}: {written}\n" in result) == plain


def test_deep_nesting_is_refused_or_done() -> None:
    for text in ("[" * 20_000, "a: " + "[" * 900 + "]" * 900, "- " * 5000, "{a: " * 5000):
        try:
            edit(text, add={"a": "b"})
        except CannotEdit:
            continue


def edited_at_once(lines: int) -> int:
    """How many functions are called to edit most lines of a map, which has to come out right."""
    text = HEAD + "".join(f"\n      old/{n}.md: new/{n}.md" for n in range(lines)) + "\n"
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        result = edit(
            text,
            add={f"add/{n}.md": "x.md" for n in range(lines // 2)},
            delete=[f"old/{n}.md" for n in range(0, lines, 2)],
            retarget={f"old/{n}.md": "y.md" for n in range(1, lines, 2)},
        )
    finally:
        sys.setprofile(before)
    assert len(redirects(result)) == lines
    return calls


def test_many_at_once_take_work_in_proportion() -> None:
    assert edited_at_once(1600) < 5 * edited_at_once(400)


# Any map: the data is the edited data, and the lines that are not edited are the same bytes.

SOURCES = st.one_of(
    st.from_regex(r"[a-z]{1,3}(/[a-z]{1,3})?\.md(#[a-z]{1,3})?", fullmatch=True),
    st.text(max_size=6),
    st.sampled_from(
        ["*x", "a: b", "y", "1.5", "2024-01-01", "é ü", "- x", "it's", 'say "x"', "a#b", "x # y"]
    ),
)


def quoted(value: str, style: str) -> str:
    """Write a scalar as PyYAML does, on one line."""
    written = yaml.dump({"k": value}, default_style=style or None, allow_unicode=True, width=10**6)
    return re.sub(r'^"?\'?k"?\'?: ', "", written.removeprefix("? ")).rstrip("\n").removesuffix("\n...")


def is_read_back(line: str, data: Any) -> bool:
    try:
        return "\n" not in line and yaml.safe_load(line) == data
    except yaml.YAMLError:
        return False


@st.composite
def maps(draw: st.DrawFn) -> tuple[str, dict[str, str], dict[str, str]]:
    """A file, what its map says, and for each source the lines it stands on."""
    entries = draw(st.dictionaries(SOURCES, SOURCES, max_size=5))
    indent = draw(st.sampled_from([1, 2, 4]))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    as_list = draw(st.booleans())
    junk = st.sampled_from(["", "# é comment", "   # a: b", "      # deep"])
    lines = [draw(junk), "site_name: 'x' # y", "plugins:"]
    base = indent
    if as_list:
        lines += [" " * base + "- search: {}", " " * base + "- redirects:"]
        base += 2 + indent
    else:
        lines += [" " * base + "search: {}", " " * base + "redirects:"]
        base += indent
    owned: dict[str, str] = {}
    if not entries:
        lines.append(
            " " * base + "redirect_maps:" + draw(st.sampled_from(["", " {}", " # none", " {} # none"]))
        )
    elif draw(st.booleans()):
        lines.append(" " * base + "redirect_maps: # the map")
        for source, target in entries.items():
            lines += draw(st.lists(junk, max_size=1))
            key, value = (quoted(each, draw(st.sampled_from(["", "'", '"']))) for each in (source, target))
            # PyYAML itself does not read back all that it writes.
            assume(is_read_back(f"{key}: {value}", {source: target}))
            tail = draw(st.sampled_from(["", " # why", "  "]))
            owned[source] = " " * (base + indent) + f"{key}: {value}{tail}"
            lines.append(owned[source])
    else:
        pairs = ", ".join(": ".join(quoted(each, '"') for each in entry) for entry in entries.items())
        assume("\n" not in pairs)
        lines.append(" " * base + f"redirect_maps: {{{pairs}}} # the map")
    lines += [draw(junk), "extra: {a: [b]}"]
    text = newline.join(lines) + draw(st.sampled_from(["", newline]))
    return draw(st.sampled_from(["", "\ufeff"])) + text, entries, owned


@given(file=maps(), data=st.data())
def test_any_edit(file: tuple[str, dict[str, str], dict[str, str]], data: st.DataObject) -> None:
    text, entries, owned = file
    assert (redirects(text.removeprefix("\ufeff")) or {}) == entries
    some = st.sets(st.sampled_from(sorted(entries)), max_size=2) if entries else st.just(set())
    delete = data.draw(some)
    retarget = {source: data.draw(SOURCES) for source in data.draw(some) - delete}
    new = data.draw(st.lists(SOURCES.filter(lambda s: s not in entries), unique=True, max_size=3))
    rename = dict(zip(sorted(data.draw(some) - delete), new, strict=False))
    add = {source: data.draw(SOURCES) for source in new[len(rename) :]}

    result = edit(text, add=add, retarget=retarget, rename=rename, delete=delete)

    expected = {rename.get(s, s): retarget.get(s, t) for s, t in entries.items() if s not in delete} | add
    before, after = (yaml.safe_load(each.removeprefix("\ufeff")) for each in (text, result))
    assert (redirects(result.removeprefix("\ufeff")) or {}) == expected
    assert list(redirects(result.removeprefix("\ufeff")) or {}) == list(expected)
    assert before["extra"] == after["extra"]
    assert before["site_name"] == after["site_name"]
    assert result.startswith("\ufeff") == text.startswith("\ufeff")
    if owned:
        # Line by line: what is not one of the edited entries is still there, in its order.
        edited = {owned[source] for source in delete | set(retarget) | set(rename)}
        kept = [line for line in re.split(r"\r?\n", text) if line not in edited]
        if all(source in delete for source in entries):
            kept = [line for line in kept if "redirect_maps:" not in line]
        lines = iter(re.split(r"\r?\n", result))
        assert all(line in lines for line in kept)
        assert ("\r\n" in result) == ("\r\n" in text)
        assert "\n" not in result.replace("\r\n", "") or "\r\n" not in text
    if not (add or retarget or rename or delete):
        assert result == text


@given(text=st.text(st.sampled_from("ab:-?{}[],#&*!|>'\"% \n\r\t\ufeff"), max_size=30), flow=st.booleans())
@example(text="", flow=True)
def test_arbitrary_text(text: str, flow: bool) -> None:
    """A new line is written, or the edit is refused: never another error, never other data."""
    for whole in (text, HEAD + (" {" + text + "}" if flow else "\n" + text)):
        try:
            yaml.safe_load(whole)
            result = edit(whole, add={"new.md": "x.md"})
        except (CannotEdit, yaml.YAMLError, ValueError):
            continue
        assert redirects(result.removeprefix("\ufeff"))["new.md"] == "x.md"


RETIRED = ("plugins", "unbroken", "retired")


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (
            "plugins:\n  - unbroken\n",
            "plugins:\n  - unbroken:\n      retired:\n        - n.md\n        - a b\n",
        ),
        ("plugins: [unbroken]\n", "plugins: [{unbroken: {retired: [n.md, a b]}}]\n"),
        ("plugins:\n  unbroken: {}\n", "plugins:\n  unbroken:\n    retired:\n      - n.md\n      - a b\n"),
        (
            "plugins:\n  unbroken:\n    retired:\n    - o.md # why\n    hosts: [x]\n",
            "plugins:\n  unbroken:\n    retired:\n    - o.md # why\n    - n.md\n    - a b\n    hosts: [x]\n",
        ),
        (
            "plugins:\n  unbroken: {retired: [o.md]}\n",
            "plugins:\n  unbroken: {retired: [o.md, n.md, a b]}\n",
        ),
        (
            "plugins:\n  unbroken:\n    retired: []\n",
            "plugins:\n  unbroken:\n    retired: [n.md, a b]\n",
        ),
        (
            "plugins:\n  unbroken:\n    retired: o.md # why\n",
            "plugins:\n  unbroken:\n    retired: [o.md, n.md, a b] # why\n",
        ),
        (
            "plugins:\n  unbroken:\n    retired:\n    hosts: x\n",
            "plugins:\n  unbroken:\n    retired:\n      - n.md\n      - a b\n    hosts: x\n",
        ),
    ],
)
def test_a_list_gains_values(text: str, after: str) -> None:
    assert extend(text, ["n.md", "a b"], RETIRED) == after


@pytest.mark.parametrize(
    "text",
    [
        "plugins:\n  unbroken:\n    retired: {a: b}\n",
        "plugins:\n  unbroken:\n    retired: &a [x]\nextra: *a\n",
        "plugins:\n  unbroken:\n    retired: !!set [x]\n",
    ],
)
def test_what_is_no_list_or_is_shared_gains_nothing(text: str) -> None:
    with pytest.raises(CannotEdit):
        extend(text, ["n.md"], RETIRED)
