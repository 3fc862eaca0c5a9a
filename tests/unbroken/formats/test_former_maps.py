"""Maps that a configuration once had: every form in which YAML and TOML can say them."""

from __future__ import annotations

import pytest

from unbroken.formats.former_maps import pairs

LAUGHS = "a0: &a0 {x: y}\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plugins: {redirects: {redirect_maps: {a.md: b.md}}}", {"a.md": "b.md"}),
        ("plugins:\n  - redirects:\n      redirect_maps:\n        a.md: 'b.md'\n", {"a.md": "b.md"}),
        # What is no text is taken as it is written; what is empty leads nowhere.
        ("redirect_maps: {1.0: 2.10, yes: a.md, b.md: , c.md: [d.md]}", {"1.0": "2.10", "yes": "a.md"}),
        # A merge gives way to a map's own lines, a later one to an earlier one.
        (
            "x: &x {a.md: x.md, b.md: x.md}\ny: &y {b.md: y.md, c.md: y.md}\n"
            "redirect_maps: {<<: [*x, *y], a.md: own.md}",
            {"a.md": "own.md", "b.md": "x.md", "c.md": "y.md"},
        ),
        ("m: &m {<<: *m, a.md: b.md}\nredirect_maps: *m", {"a.md": "b.md"}),
        ("redirect_maps: {a.md: !ENV [X, b.md], c.md: !x d.md}", {"c.md": "d.md"}),
        (f"{LAUGHS}redirect_maps: {{a.md: b.md}}", {"a.md": "b.md"}),
        ("site_name: x\nother: {a.md: b.md}", {}),
        ("redirect_maps: [", {}),
        ("redirect_maps: " + "[" * 5_000, {}),
        ("redirect_maps: {a.md: *nowhere}", {}),
        ("\x07", {}),
        ("", {}),
    ],
)
def test_what_yaml_says(text: str, said: dict[str, str]) -> None:
    assert dict(pairs(text, toml=False)) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[project.plugins.redirects.redirect_maps]\n"a.md" = "b.md"\n"c.md" = 1', {"a.md": "b.md"}),
        ('[[plugins]]\nredirect_maps = {"a.md" = "b.md"}', {"a.md": "b.md"}),
        ("redirect_maps = ", {}),
        ("a = " + "[" * 5_000, {}),
    ],
)
def test_what_toml_says(text: str, said: dict[str, str]) -> None:
    assert dict(pairs(text, toml=True)) == said


def test_one_line_of_a_map() -> None:
    assert [*pairs("      a.md: b.md  # why", toml=False, anywhere=True)] == [("a.md", "b.md")]
    assert [*pairs("redirect_maps: {a.md: b.md}", toml=False, anywhere=True)] == [("a.md", "b.md")] * 2
    assert [*pairs('"a.md" = "b.md"', toml=True, anywhere=True)] == [("a.md", "b.md")]
    assert [*pairs("- x", toml=False, anywhere=True)] == []
