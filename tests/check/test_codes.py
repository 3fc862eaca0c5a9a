"""One small site for each code: the findings with their places, and nothing else."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.check import sites
from tests.check.sites import URL, heading, link, page
from unbroken.findings import CODES

if TYPE_CHECKING:
    from pathlib import Path

Said = list[tuple[str, str, int, int]]

#: The codes of a built site and its ledger; tests/redirects, tests/hosts and test_verify have the others.
OF_A_SITE = {
    *("broken-link", "broken-file", "broken-anchor", "bad-url", "through-redirect", "duplicate-id", "orphan"),
    *(
        "lost-address",
        "lost-anchor",
        "renumbered",
        "ledger-line",
        "ledger-cut",
        "ledger-behind",
        "dead-anchor",
    ),
}

NEW = page(heading("one"), heading("two"))


@dataclass
class Case:
    """A site and what is wrong with it: sources, built files, map, ledger."""

    code: str
    sources: dict[str, str] = field(default_factory=dict)
    built: dict[str, str] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    ledger: str = ""
    said: Said = field(default_factory=list)
    message: str = ""


CASES = [
    Case(
        "broken-link",
        {"new.md": "# New\n\nSee [it](nothing.md) and [it again](nothing.md#x).\n"},
        {"new/index.html": page(link("../nothing/"), link("../nothing/#x"))},
        said=[("broken-link", "docs/new.md", 3, 10), ("broken-link", "docs/new.md", 3, 37)],
        message="/nothing/ is not there. ",
    ),
    Case(
        "broken-file",
        {"new.md": "![x](images/no.png)\n\n<img srcset='a.png 1x, b.png 2x'>\n"},
        {
            "new/index.html": page('<img src="../images/no.png">', '<img srcset="a.png 1x, b.png 2x">'),
            "new/a.png": "",
        },
        said=[("broken-file", "docs/new.md", 1, 6), ("broken-file", "docs/new.md", 3, 24)],
        message="/images/no.png is not there. ",
    ),
    Case(
        "broken-anchor",
        {"a.md": "\n\n- [x](new.md#thre)\n", "new.md": "# New\n"},
        {"a/index.html": page(link("../new/#thre")), "new/index.html": page(heading("three"))},
        said=[("broken-anchor", "docs/a.md", 3, 7)],
        message="#thre is not on /new/. Link to #three.",
    ),
    Case(
        "broken-anchor",
        {"a.md": "[x](../old/#gone)\n"},
        {"a/index.html": page(link("../old/#gone")), "new/index.html": NEW},
        {"old.md": "new.md"},
        said=[("broken-anchor", "docs/a.md", 1, 5)],
        message="#gone is not on /new/, where /old/#gone leads. ",
    ),
    Case(
        "bad-url",
        {"a.md": "[x](https://[broken/)\n"},
        {"a/index.html": page(link("https://[broken/"))},
        said=[("bad-url", "docs/a.md", 1, 5)],
        message="https://[broken/ is a URL that cannot be read. ",
    ),
    Case(
        "through-redirect",
        {"a.md": "\n<a href='../old/#one'>x</a>\n", "new.md": "# New\n"},
        {"a/index.html": page(link("../old/#one")), "new/index.html": NEW},
        {"old.md": "new.md"},
        said=[("through-redirect", "docs/a.md", 2, 10)],
        message="/old/#one works only thanks to a redirect. Link to /new/#one.",
    ),
    Case(
        "through-redirect",
        {"a.md": "[x](new.md#was)\n"},
        {"a/index.html": page(link("../new/#was")), "new/index.html": NEW},
        {"new.md#was": "new.md#two"},
        said=[("through-redirect", "docs/a.md", 1, 5)],
        message="/new/#was works only thanks to a redirect. Link to /new/#two.",
    ),
    Case(
        "through-redirect",
        {"a.md": "<a href='../new'>x</a>\n"},
        {"a/index.html": page(link("../new")), "new/index.html": NEW},
        said=[("through-redirect", "docs/a.md", 1, 10)],
        message="/new lacks its final slash. Link to /new/.",
    ),
    Case(
        "duplicate-id",
        {"a.md": "# One { #x }\n\n# Two { #x }\n"},
        {"a/index.html": page(heading("x"), heading("x"))},
        said=[("duplicate-id", "docs/a.md", 3, 10)],
        message="#x is on /a/ more than once, and only the first can be reached. ",
    ),
    Case(
        "lost-address",
        built={"guide/install/index.html": NEW},
        ledger="/guide/install/\n/install/\n/install/#x\n",
        said=[("lost-address", "published-urls.txt", 2, 1)],
        message="/install/ was published and no longer answers. "
        "Add 'install.md: guide/install.md' to redirect_maps in mkdocs.yml (it has the same name)",
    ),
    Case(
        "lost-anchor",
        built={"new/index.html": NEW, "other/index.html": page(heading("three"))},
        ledger="/new/\n/new/#three\n",
        said=[("lost-anchor", "published-urls.txt", 2, 1)],
        message="/new/#three was published, and #three is no longer on /new/. "
        "Add 'new.md#three: other.md#three' to redirect_maps in mkdocs.yml (the same heading is there), "
        "or give the heading its id again: {#three}.",
    ),
    Case(
        "renumbered",
        built={"new/index.html": page(heading("usage"))},
        ledger="/new/#usage\n/new/#usage_1\n",
        said=[("renumbered", "published-urls.txt", 2, 1)],
        message="/new/#usage_1 was published, and is probably #usage now: only its number changed. ",
    ),
    Case(
        "ledger-line",
        built={"new/index.html": NEW},
        ledger="/new/\nnew\n<<<<<<< ours\n/../x/\n",
        said=[(("ledger-line"), "published-urls.txt", line, 1) for line in (2, 3, 4)],
        message="'<<<<<<< ours' is not an address of the site. ",
    ),
    Case(
        "ledger-behind",
        built={"new/index.html": NEW},
        ledger="# addresses\n/new/\n/new/#one\n",
        said=[("ledger-behind", "published-urls.txt", 1, 1)],
        message="The ledger lacks /new/#two. Run: unbroken record.",
    ),
    Case(
        "dead-anchor",
        built={"new/index.html": NEW},
        redirects={"old.md": "new.md#three"},
        said=[("dead-anchor", "mkdocs.yml", 6, 7)],
        message="#three is not on /new/. ",
    ),
]


def build(root: Path, case: Case) -> None:
    settings = {"severity": {"ledger-behind": "off"}} if case.ledger and case.code != "ledger-behind" else {}
    sites.configure(root, case.redirects, **settings)
    sites.write(root, {f"docs/{name}": text for name, text in case.sources.items()})
    sites.write(
        root, {"site/index.html": page()} | {f"site/{name}": text for name, text in case.built.items()}
    )
    if case.ledger:
        home = "/\n" if case.code == "ledger-behind" else ""
        sites.write(root, {"published-urls.txt": case.ledger + home})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_a_site_has_this_finding_at_this_place_and_no_other(tmp_path: Path, case: Case) -> None:
    build(tmp_path, case)
    found = sites.findings(tmp_path)
    assert sites.said(found, tmp_path) == case.said
    assert any(f"{f.message} {f.remedy}".replace(f"{tmp_path}/", "").startswith(case.message) for f in found)


def test_an_orphan_is_named_when_asked_for(tmp_path: Path) -> None:
    sites.configure(tmp_path, {"old.md": "through.md"})
    pages = {
        "index.html": page(link("linked/"), link("old/")),
        "linked/index.html": page(link("./")),
        "through/index.html": page(),
        "alone/index.html": page(link("../"), link("#")),
        "404.html": page(),
    }
    sites.write(tmp_path / "site", pages)
    sites.write(tmp_path, {"docs/alone.md": "", "docs/index.md": '<a href="old/">x</a>'})
    assert "orphan" not in {f.code for f in sites.findings(tmp_path)}
    found = [f for f in sites.findings(tmp_path, orphans=True) if f.code != "through-redirect"]
    assert sites.said(found, tmp_path) == [("orphan", "docs/alone.md", 1, 1)]
    sites.configure(tmp_path, {"old.md": "through.md"}, severity={"orphan": "error"})
    assert "orphan" in {f.code for f in sites.findings(tmp_path)}


def test_a_line_that_was_removed_from_the_ledger_by_hand_is_found_in_any_later_commit(tmp_path: Path) -> None:
    sites.configure(tmp_path, severity={"ledger-behind": "off", "lost-address": "off"}, retired=["gone.md"])
    sites.write(tmp_path / "site", {"index.html": page()})
    for ledger in ("/\n/a/\n/gone/\n", "/\n", "/\n/b/\n"):
        sites.write(tmp_path, {"published-urls.txt": ledger})
        sites.commit(tmp_path)
    found = sites.findings(tmp_path)
    assert sites.said(found, tmp_path) == [("ledger-cut", "published-urls.txt", 1, 1)]
    assert found[0].message == "/a/ was removed from the ledger, which never shrinks."
    sites.write(tmp_path, {"published-urls.txt": "/\n/a/\n/b/\n"})
    assert sites.findings(tmp_path) == []


def test_every_code_that_a_site_can_have_is_tried_here() -> None:
    assert {case.code for case in CASES} | {"orphan", "ledger-cut"} == OF_A_SITE
    assert set(CODES) >= OF_A_SITE


# Where things stand.


def test_a_link_in_an_included_snippet_is_found_there(tmp_path: Path) -> None:
    config = (
        f"site_url: {URL}\nmarkdown_extensions:\n  - toc\n  - pymdownx.snippets:\n      base_path: [parts]\n"
    )
    sites.write(
        tmp_path, {"mkdocs.yml": config, "parts/a.md": '--8<-- "b.md"\n', "parts/b.md": "x\n[y](no.md)\n"}
    )
    sites.write(tmp_path, {"docs/a.md": '# A\n\n--8<-- "a.md"\n', "site/a/index.html": page(link("../no/"))})
    assert sites.said(sites.findings(tmp_path), tmp_path) == [("broken-link", "parts/b.md", 2, 5)]


def test_a_page_without_a_source_shows_its_line_in_the_built_file(tmp_path: Path) -> None:
    sites.configure(tmp_path)
    sites.write(tmp_path / "site", {"index.html": f"<p>\n  {link('no.html?a=1&b')}</p>"})
    assert sites.said(sites.findings(tmp_path), tmp_path) == [("broken-link", "site/index.html", 2, 12)]


def test_a_link_that_no_source_has_shows_its_page_once_for_all_pages(tmp_path: Path) -> None:
    sites.configure(tmp_path)
    for number in range(30):
        name = f"p{number:02}"
        sites.write(
            tmp_path, {f"docs/{name}.md": "x\n", f"site/{name}/index.html": page(link("/docs/theme/"))}
        )
    found = sites.findings(tmp_path)
    assert sites.said(found, tmp_path) == [("broken-link", "docs/p00.md", 1, 1)]
    assert found[0].message == "/theme/ is not there, on /p00/ and 29 other pages."


def test_links_of_many_pages_that_sources_do_have_are_each_shown(tmp_path: Path) -> None:
    sites.configure(tmp_path)
    for number in range(30):
        name = f"p{number:02}"
        sites.write(
            tmp_path, {f"docs/{name}.md": "\n[x](no.md)\n", f"site/{name}/index.html": page(link("../no/"))}
        )
    assert [f[1:] for f in sites.said(sites.findings(tmp_path), tmp_path)] == [
        (f"docs/p{number:02}.md", 2, 5) for number in range(30)
    ]


# Likely new places.


def lost(root: Path) -> str:
    (found,) = [f for f in sites.findings(root) if f.code == "lost-address"]
    return found.remedy


@pytest.mark.parametrize("committed", [False, True])
def test_a_lost_page_is_likely_where_git_renamed_it_to(tmp_path: Path, committed: bool) -> None:
    sites.configure(tmp_path)
    text = "".join(f"Line {n} of the page.\n" for n in range(20))
    sites.write(tmp_path, {"docs/one.md": f"# Title\n{text}", "published-urls.txt": "/one/\n"})
    sites.commit(tmp_path)
    for old, new in (("one", "two"), ("two", "quite-another")):
        os.rename(tmp_path / f"docs/{old}.md", tmp_path / f"docs/{new}.md")
        if committed or new == "two":
            sites.commit(tmp_path)
        else:
            sites.git(tmp_path, "add", "--all")
    sites.write(tmp_path / "site", {"quite-another/index.html": page()})
    assert "Add 'one.md: quite-another.md' to redirect_maps" in lost(tmp_path)
    assert "(git says that it was renamed)" in lost(tmp_path)


def test_a_lost_page_is_likely_the_one_with_the_same_title(tmp_path: Path) -> None:
    sites.configure(tmp_path)
    sites.write(tmp_path, {"docs/one.md": "# How it works\nabc\n", "published-urls.txt": "/one/\n"})
    sites.commit(tmp_path)
    os.unlink(tmp_path / "docs/one.md")
    sites.write(tmp_path, {"docs/b.md": "# How it works\n" + "Other words.\n" * 50})
    sites.commit(tmp_path)
    sites.write(tmp_path / "site", {"b/index.html": page()})
    assert "Add 'one.md: b.md' to redirect_maps in" in lost(tmp_path)
    assert "(it has the same title)" in lost(tmp_path)


def test_a_lost_page_is_likely_the_one_that_is_spelt_nearly_the_same(tmp_path: Path) -> None:
    sites.configure(tmp_path)
    sites.write(tmp_path, {"published-urls.txt": "/guide/instal/\n"})
    sites.write(tmp_path / "site", {"guide/install/index.html": page()})
    assert "Add 'guide/instal.md: guide/install.md' to redirect_maps in" in lost(tmp_path)


# What each site may silence.


def test_a_severity_holds_for_a_code_and_for_files(tmp_path: Path) -> None:
    case = CASES[0]
    build(tmp_path, case)
    sites.write(
        tmp_path, {"docs/old/b.md": "[x](../no.md)\n", "site/old/b/index.html": page(link("../../no/"))}
    )

    def weights(severity: object) -> list[str]:
        sites.configure(tmp_path, severity=severity)
        return [f"{f.severity} {f.place.line}" for f in sites.findings(tmp_path)]

    assert weights({}) == ["error 3", "error 3", "error 1"]
    assert weights({"broken-link": "off"}) == []
    assert weights({"broken-link": "warning"}) == ["warning 3", "warning 3", "warning 1"]
    assert weights({"broken-link": {"old/*": "off"}}) == ["error 3", "error 3"]
    assert weights({"*": {"*": "off", "old/*": "warning"}}) == ["warning 1"]
    assert weights({"*": "off", "broken-link": {"*new.md": "error"}}) == ["error 3", "error 3"]


@pytest.mark.parametrize(
    ("severity", "code"),
    [
        ({"broken-lnk": "off"}, "unknown-setting"),
        ({"broken-link": "quiet"}, "wrong-type"),
        ({"broken-link": {"a": True}}, "wrong-type"),
        (["broken-link"], "wrong-type"),
    ],
)
def test_a_severity_that_cannot_be_read_is_a_finding(tmp_path: Path, severity: object, code: str) -> None:
    sites.configure(tmp_path, severity=severity)
    sites.write(tmp_path / "site", {"index.html": page()})
    assert [f.code for f in sites.findings(tmp_path)] == [code]
