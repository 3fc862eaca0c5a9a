"""Editing the map in a TOML file changes what was asked for, and no other byte."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unbroken.findings.base import Place
from unbroken.formats.toml_edit import edit, extend, rename_in_toml, scan
from unbroken.model.errors import CannotEdit

TABLE = '# Top\n[project]\nsite_name = "x"\n\n[project.plugins.redirects.redirect_maps]\n'
TEXT = (
    TABLE + '# Kept\n"a.md" = "b.md"  # why\n\'c.md\'=\'d.md\'\n\n"e.md#x" = "f.md#y"\n\n'
    "[project.extra]\nk = [1, 2]\n"
)


@pytest.mark.parametrize(
    ("text", "change", "after"),
    [
        (TEXT, {"retarget": {"a.md": "x.md"}}, TEXT.replace('"b.md"', '"x.md"')),
        (TEXT, {"retarget": {"c.md": "x.md"}}, TEXT.replace("'d.md'", "'x.md'")),
        (TEXT, {"retarget": {"c.md": "it's.md"}}, TEXT.replace("'d.md'", '"it\'s.md"')),
        (TEXT, {"retarget": {Place("", 7, 1): 'q"\n.md'}}, TEXT.replace('"b.md"', r'"q\"\U0000000a.md"')),
        (TEXT, {"rename": {"e.md#x": "g.md#x"}}, TEXT.replace("e.md#x", "g.md#x")),
        (TEXT, {"delete": ["a.md"]}, TEXT.replace('"a.md" = "b.md"  # why\n', "")),
        (TEXT, {"delete": ["a.md"], "add": {"a.md": "z.md"}},
         TEXT.replace('"a.md" = "b.md"  # why\n', "").replace('y"\n', 'y"\n"a.md" = "z.md"\n')),
        (TEXT.replace("\n", "\r\n"), {"add": {"n.md": "m.md"}},
         TEXT.replace('y"\n', 'y"\n"n.md" = "m.md"\n').replace("\n", "\r\n")),
        (TABLE, {"add": {"n.md": "m.md"}}, TABLE + '"n.md" = "m.md"\n'),
        (TABLE.rstrip(), {"add": {"n.md": "m.md"}}, TABLE + '"n.md" = "m.md"\n'),
        # Where the map is written otherwise.
        ('[project.plugins]\nredirects.redirect_maps."a.md" = "b.md"\n', {"add": {"c.md": "d.md"}},
         '[project.plugins]\nredirects.redirect_maps."a.md" = "b.md"\n'
         'redirects.redirect_maps."c.md" = "d.md"\n'),
        ('[project.plugins]\nredirects = {redirect_maps = {"a.md" = "b.md", "c.md"="d.md"}}\n',
         {"delete": ["a.md"], "add": {"e.md": "f.md"}},
         '[project.plugins]\nredirects = {redirect_maps = {"c.md"="d.md", "e.md" = "f.md"}}\n'),
        ('[project.plugins]\nredirects = {redirect_maps = {"a.md" = "b.md", "c.md"="d.md"}}\n',
         {"delete": ["c.md", "a.md"]}, '[project.plugins]\nredirects = {redirect_maps = {}}\n'),
        ("[project.plugins]\nredirects = {}\nsearch = {}\n", {"add": {"a.md": "b.md"}},
         '[project.plugins]\nredirects = { redirect_maps = { "a.md" = "b.md" } }\nsearch = {}\n'),
        ('[project]\nsite_name = "x"\n', {"add": {"a.md": "b.md"}},
         '[project]\nsite_name = "x"\n\n[project.plugins.redirects.redirect_maps]\n"a.md" = "b.md"\n'),
        ('site_name = "x"\n', {"add": {"a.md": "b.md"}},
         'site_name = "x"\n\n[plugins.redirects.redirect_maps]\n"a.md" = "b.md"\n'),
    ],
)  # fmt: skip
def test_an_edit(text: str, change: dict[str, Any], after: str) -> None:
    assert edit(text, **change) == after


@pytest.mark.parametrize(
    ("text", "change", "message"),
    [
        ("[project", {"add": {"a.md": "b.md"}}, "not TOML"),
        ("x = " + "[" * 5000 + "]" * 5000, {"add": {"a.md": "b.md"}}, "too deep|not TOML"),
        (TEXT, {"add": {"a.md": "b.md"}}, "already has a redirect 'a.md'"),
        (TEXT, {"rename": {"a.md": "c.md"}}, "already has a redirect 'c.md'"),
        (TEXT, {"delete": ["z.md"]}, "no redirect 'z.md'"),
        (TEXT, {"retarget": {Place("", 99, 1): "b.md"}}, "no redirect at line 99"),
        (TEXT, {"retarget": {"a.md": "\udc80"}}, "lone surrogate"),
        (TABLE + '"a.md" = 1\n', {"retarget": {"a.md": "b.md"}}, "target is not text"),
        ('[project]\nplugins = ["redirects"]\n', {"add": {"a.md": "b.md"}}, "must be a table"),
        ("[project]\nplugins = 1\n", {"add": {"a.md": "b.md"}}, "must be a table"),
    ],
)
def test_what_is_refused(text: str, change: dict[str, Any], message: str) -> None:
    with pytest.raises(CannotEdit, match=message):
        edit(text, **change)


def test_every_value_has_its_place() -> None:
    text = (
        'a . "b\\u0020c" = 1979-05-27 07:32:00 # date\n'
        's = \'\'\'x ] }\'\'\'\nt = """q\\""""""\n'
        'l = [ 1, # one ]\n  "two", { x = [3.0] }, ]\n[[p.q]]\nn = true\n[[p.q]]\nn = "#"\n[p.q.r]\nz = inf\n'
    )
    tomllib.loads(text)
    values = {s.path: text[s.start : s.end] for s in scan(text) if s.kind in ("string", "other")}
    assert values == {
        ("a", "b c"): "1979-05-27 07:32:00", ("s",): "'''x ] }'''", ("t",): '"""q\\""""""', ("l", 0): "1",
        ("l", 1): '"two"', ("l", 2, "x", 0): "3.0", ("p", "q", 0, "n"): "true", ("p", "q", 1, "n"): '"#"',
        ("p", "q", 1, "r", "z"): "inf",
    }  # fmt: skip


def test_names_elsewhere() -> None:
    text = 'nav = [{"A" = "a.md"}, \'a.md\'] # a.md\n[m]\n"a.md" = "a.md"\n[extra]\nx = """a.md"""\n'
    after = rename_in_toml(text, lambda value: {"a.md": "b.md"}.get(value), ["m"])
    assert after == text.replace("= \"a.md\"}, 'a.md'", "= \"b.md\"}, 'b.md'")
    assert rename_in_toml("[no", str.upper) == "[no"


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.dictionaries(NAMES, NAMES, max_size=5), st.dictionaries(NAMES, NAMES, max_size=3), st.data())
def test_any_text_survives(given_map: dict[str, str], more: dict[str, str], data: st.DataObject) -> None:
    text = edit(TABLE, add=given_map) + '\n[project.z]\n"k" = "v"\n'
    keys = st.lists(st.sampled_from(sorted(given_map)), unique=True) if given_map else st.just([])
    gone, led = data.draw(keys), data.draw(keys)
    add = {source: target for source, target in more.items() if source not in given_map or source in gone}
    after = edit(text, add=add, delete=gone, retarget=dict.fromkeys(led, "new"))
    kept = {s: "new" if s in led else t for s, t in given_map.items() if s not in gone}
    read = tomllib.loads(after)["project"]
    assert read["plugins"]["redirects"]["redirect_maps"] == kept | add
    assert (read["z"], read["site_name"]) == ({"k": "v"}, "x")


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("", 'retired = ["n.md"]\n'),
        ('a = 1\n\n[redirects]\nx = "y"\n', 'a = 1\nretired = ["n.md"]\n\n[redirects]\nx = "y"\n'),
        ('[redirects]\nx = "y"\n', 'retired = ["n.md"]\n[redirects]\nx = "y"\n'),
        ("retired = []\n", 'retired = ["n.md"]\n'),
        ('retired = "o.md" # why\n', 'retired = ["o.md", "n.md"] # why\n'),
        ('retired = [\n  "o.md", # why\n]\n', 'retired = [\n  "o.md", "n.md", # why\n]\n'),
    ],
)
def test_a_list_gains_values(text: str, after: str) -> None:
    assert extend(text, ["n.md"], ("retired",), project=False) == after


def test_a_list_below_a_table_gains_values() -> None:
    text = '[project]\nsite_name = "x"\n[project.plugins.unbroken]\nhosts = ["nginx"]\n'
    new = extend(text, ["n.md", 'q".md'], ("plugins", "unbroken", "retired"))
    assert new == text + 'retired = ["n.md", "q\\".md"]\n'
    with pytest.raises(CannotEdit, match="Line 1: retired must be a list"):
        extend("retired = 3\n", ["n.md"], ("retired",), project=False)
