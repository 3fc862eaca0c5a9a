"""One small site for each code: the findings with their places, and nothing else."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tests.unbroken.check import sites
from tests.unbroken.check.sites import URL, heading, link, page
from unbroken.check.site import check_site
from unbroken.cli.main import main
from unbroken.findings.catalog import CODES
from unbroken.workspace import config as configuration
from unbroken.workspace.built_site import Site
from unbroken.workspace.config import redirects_of

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
        message="docs/nothing.md is not there. Correct the link, or remove it.",
    ),
    Case(
        "broken-file",
        {"new.md": "![x](images/no.png)\n\n<img srcset='a.png 1x, b.png 2x'>\n"},
        {
            "new/index.html": page('<img src="../images/no.png">', '<img srcset="a.png 1x, b.png 2x">'),
            "new/a.png": "",
        },
        said=[("broken-file", "docs/new.md", 1, 6), ("broken-file", "docs/new.md", 3, 24)],
        message="docs/images/no.png is not there. ",
    ),
    Case(
        "broken-anchor",
        {"a.md": "\n\n- [x](new.md#thre)\n", "new.md": "# New\n"},
        {"a/index.html": page(link("../new/#thre")), "new/index.html": page(heading("three"))},
        said=[("broken-anchor", "docs/a.md", 3, 7)],
        message="#thre is not on /new/. Perhaps link to `new.md#three`.",
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
        message="https://[broken/ is a URL that cannot be read. Correct it; write an example as code.",
    ),
    Case(
        "through-redirect",
        {"a.md": "\n<a href='../old/#one'>x</a>\n", "new.md": "# New\n"},
        {"a/index.html": page(link("../old/#one")), "new/index.html": NEW},
        {"old.md": "new.md"},
        said=[("through-redirect", "docs/a.md", 2, 10)],
        message="/old/#one works only thanks to a redirect. "
        "Link to `../new/#one`, or run: unbroken check --fix.",
    ),
    Case(
        "through-redirect",
        {"a.md": "[x](new.md#was)\n", "new.md": "# New\n"},
        {"a/index.html": page(link("../new/#was")), "new/index.html": NEW},
        {"new.md#was": "new.md#two"},
        said=[("through-redirect", "docs/a.md", 1, 5)],
        message="/new/#was works only thanks to a redirect. "
        "Link to `new.md#two`, or run: unbroken check --fix.",
    ),
    Case(
        "through-redirect",
        {"a.md": "<a href='../new'>x</a>\n"},
        {"a/index.html": page(link("../new")), "new/index.html": NEW},
        said=[("through-redirect", "docs/a.md", 1, 10)],
        message="/new lacks its final slash. Link to `../new/`, or run: unbroken check --fix.",
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
        "Perhaps add 'install.md: guide/install.md' to redirect_maps in mkdocs.yml (it has the same name)",
    ),
    Case(
        "lost-anchor",
        built={"new/index.html": NEW, "other/index.html": page(heading("three"))},
        ledger="/new/\n/new/#three\n",
        said=[("lost-anchor", "published-urls.txt", 2, 1)],
        message="/new/#three was published, and #three is no longer on /new/. "
        "Perhaps add 'new.md#three: other.md#three' to redirect_maps in mkdocs.yml "
        "(the same heading is there), or write { #three } behind the heading.",
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
    assert found[0].message == "The ledger never shrinks, and lacks what it once had: /a/."
    sites.write(tmp_path, {"published-urls.txt": "/\n/a/\n/b/\n"})
    assert sites.findings(tmp_path) == []


@pytest.mark.parametrize("ledger", ["/\n", None])
def test_a_line_that_was_removed_is_found_before_that_is_committed_and_put_back(
    tmp_path: Path, ledger: str | None
) -> None:
    """A ledger that was deleted has lost all of its lines."""
    sites.configure(tmp_path)
    sites.write(tmp_path / "site", {"index.html": page(), "a/index.html": page()})
    sites.write(tmp_path, {"published-urls.txt": "/\n/a/\n"})
    sites.commit(tmp_path)
    (tmp_path / "published-urls.txt").unlink()
    if ledger is not None:
        sites.write(tmp_path, {"published-urls.txt": ledger})
    found = next(f for f in sites.findings(tmp_path) if f.code == "ledger-cut")
    assert found.message.endswith(" once had: /a/." if ledger else " once had: /, /a/.")
    assert found.command == "unbroken check --fix"
    result = CliRunner().invoke(main, ["-f", str(tmp_path / "mkdocs.yml"), "check", "--fix"])
    assert (result.exit_code, "ledger" in result.stdout) == (0, False)
    assert (tmp_path / "published-urls.txt").read_text() == "/\n/a/\n"
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


@pytest.mark.parametrize("first", ["Note: ", "---\na: b\n---\n"])
def test_front_matter_is_a_page_s_and_not_a_snippet_s(tmp_path: Path, first: str) -> None:
    """MkDocs takes the first lines of a page for metadata; what is included in a page is text."""
    sites.write(
        tmp_path,
        {
            "mkdocs.yml": "markdown_extensions:\n  pymdownx.snippets:\n    base_path: [docs]\n",
            "docs/part.md": f"{first}[y](no.md)\n",
            "docs/a.md": '# A\n\n--8<-- "part.md"\n',
            "site/a/index.html": page(link("../no/")),
        },
    )
    line = first.count("\n") + 1
    column = len(first) - first.rfind("\n") + 4
    assert sites.said(sites.findings(tmp_path), tmp_path) == [("broken-link", "docs/part.md", line, column)]


def test_a_link_that_several_pages_include_is_one_finding_and_is_mended_only_where_one_answer_fits_all(
    tmp_path: Path,
) -> None:
    config = (
        "plugins:\n  redirects:\n    redirect_maps:\n      old.md: new.md\n"
        "markdown_extensions:\n  pymdownx.snippets:\n    base_path: [parts]\n"
    )
    pages = {"a.md": "a/", "b.md": "b/", "deep/c.md": "deep/c/"}
    sites.write(tmp_path, {"mkdocs.yml": config, "parts/x.md": "[x](/old/)\n", "site/new/index.html": NEW})
    sites.write(tmp_path / "docs", {"new.md": "# New\n", **dict.fromkeys(pages, '--8<-- "x.md"\n')})
    said = []
    for source, folder in pages.items():
        sites.write(tmp_path / "site", {f"{folder}index.html": page(link("/old/"))})
        (found,) = (f for f in sites.findings(tmp_path) if f.code == "through-redirect")
        said.append(found.remedy)
        assert source
    assert said == ["Link to `new.md`, or run: unbroken check --fix."] * 2 + ["Link to /new/."]
    assert sites.examined(tmp_path)[1].mends == {}


@pytest.mark.parametrize(
    ("written", "built", "better"),
    [
        ("[x](/docs/old/)", "/docs/old/", "../new page.md"),
        ("[x](/docs/old/#one)", "/docs/old/#one", "../new page.md#one"),
        (
            "<https://example.com/docs/old/>",
            "https://example.com/docs/old/",
            "https://example.com/docs/new%20page/",
        ),
        ("<a href='/docs/old/'>x</a>", "/docs/old/", "/docs/new%20page/"),
        ("<a href='../../old/'>x</a>", "../../old/", "../../new%20page/"),
        ("<a href='../old/'>x</a>", "../../old/", "../new%20page/"),
        ("[x](#was)", "#was", "#one"),
        ("[x](/docs/gone/)", "/docs/gone/", "../files/a%231.pdf"),
        ("[x](/docs/away/)", "/docs/away/", "https://example.org/"),
    ],
)
def test_a_remedy_names_what_the_author_would_write_there(
    tmp_path: Path, written: str, built: str, better: str
) -> None:
    """The source's path in Markdown, a URL in raw HTML; Zensical leads that one folder up."""
    redirects = {
        "old.md": "new%20page.md",
        "gone.md": "files/a%231.pdf",
        "away.md": "https://example.org/",
        "sub/a.md#was": "sub/a.md#one",
    }
    sites.configure(tmp_path, redirects)
    sites.write(
        tmp_path,
        {
            "docs/sub/a.md": f"# A\n\n{written}\n",
            "docs/new page.md": "# New\n",
            "docs/files/a#1.pdf": "",
            "site/sub/a/index.html": page(heading("one"), link(built)),
            "site/new page/index.html": NEW,
            "site/files/a#1.pdf": "",
        },
    )
    (found,) = sites.findings(tmp_path)
    shown = better.replace(" ", "%20")
    assert found.remedy == f"Link to `{shown}`, or run: unbroken check --fix."


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


def test_what_the_navigation_names_is_found_in_the_configuration(tmp_path: Path) -> None:
    config = (
        "site_name: x\nnav:\n  - Home: index.md\n  - 'API' : 'api.html' # by hand\n"
        "extra:\n  social:\n    - link: /gone/#x\n"
    )
    sites.write(tmp_path, {"mkdocs.yml": config, "docs/reference/api.md": "# API\n"})
    for number in range(30):
        nav = page(link("/api.html"), link("/gone/#x"), link("/unknown/"))
        sites.write(tmp_path, {f"docs/p{number}.md": "", f"site/p{number}/index.html": nav})
    sites.write(tmp_path, {"site/reference/api/index.html": page()})
    found = sites.findings(tmp_path)
    assert sites.said(found, tmp_path) == [
        ("broken-link", "docs/p0.md", 1, 1),
        ("broken-link", "mkdocs.yml", 4, 14),
        ("broken-link", "mkdocs.yml", 7, 14),
    ]
    assert [f.remedy for f in found] == [
        "Correct the link, or remove it. The link is probably in the theme.",
        "Perhaps name reference/api.md here.",
        "Correct the link, or remove it.",
    ]


def test_a_link_that_a_plugin_makes_is_not_looked_for_where_the_navigation_names_its_page(
    tmp_path: Path,
) -> None:
    config = "site_name: x\nsite_url: https://docs.example/\nnav:\n  - api.md\n  - guide/index.md\n"
    made = page(link("https://docs.example/guide"))
    sites.write(
        tmp_path,
        {
            "mkdocs.yml": config,
            "docs/api.md": "# API\n\n::: code, whose text has the link\n\nSee [the guide](guide/index.md).\n",
            "docs/guide/index.md": "# Guide\n",
            "site/api/index.html": made,
            "site/guide/index.html": page(),
        },
    )
    assert sites.said(sites.findings(tmp_path), tmp_path) == [("through-redirect", "docs/api.md", 1, 1)]


def test_a_page_that_is_copied_as_it_is_has_its_faults_at_its_source(tmp_path: Path) -> None:
    report = '<h1 id="x">Report</h1>\n<p id="x"><a href="gone.html">more</a>\n'
    sites.write(
        tmp_path,
        {
            "mkdocs.yml": "site_name: x\n",
            "docs/report/index.html": report,
            "site/report/index.html": report,
        },
    )
    assert sites.said(sites.findings(tmp_path), tmp_path) == [
        ("duplicate-id", "docs/report/index.html", 2, 8),
        ("broken-link", "docs/report/index.html", 2, 20),
    ]


def test_a_link_that_is_in_the_page_as_written_stands_for_itself_alone(tmp_path: Path) -> None:
    """What no builder could make into a URL is broken, though its page has a redirect."""
    sites.configure(tmp_path, {"old.md": "new.md"})
    sites.write(
        tmp_path,
        {
            "docs/a.md": "[x](old.md) [y](../old/)\n",
            "docs/new.md": "# New\n",
            "site/a/index.html": page(link("old.md"), link("../old/")),
            "site/new/index.html": NEW,
        },
    )
    assert sites.said(sites.findings(tmp_path), tmp_path) == [
        ("broken-link", "docs/a.md", 1, 5),
        ("through-redirect", "docs/a.md", 1, 17),
    ]


@pytest.mark.parametrize(
    ("wrong", "files", "remedy"),
    [
        ("img/Shot.png", {"img/shot.png"}, "Perhaps link to `img/shot.png`."),
        ("img/pic.png", {"theme/grid.png", "theme/pic.svg"}, "Correct the link, or remove it."),
        ("first-steps.md", {"guide/First Steps.md"}, "Perhaps link to `guide/First%20Steps.md`."),
        ("first_steps.md", {"guide/first-steps.md"}, "Perhaps link to `guide/first-steps.md`."),
        ("new.md#Two", {"new.md"}, "Perhaps link to `new.md#two`."),
        ("new.md#on", {"new.md"}, "Perhaps link to `new.md#on-windows`."),
        ("new.md#nothing", {"new.md"}, "Link to an anchor that is on it, or to the page alone."),
        ("../../x.md", set(), "Take away a '../', or name what lies outside of the site by its whole URL."),
    ],
)
def test_a_remedy_proposes_what_was_probably_meant(
    tmp_path: Path, wrong: str, files: set[str], remedy: str
) -> None:
    """Not a file of the theme, which only its name is near to."""
    sites.configure(tmp_path)
    shows = wrong.endswith(".png")
    sites.write(tmp_path, {"docs/a.md": f"{'!' if shows else ''}[x]({wrong})\n"})
    url = wrong if shows else wrong.replace("new.md", "../new/")
    body = f'<img src="../{url}">' if shows else link(url)
    sites.write(tmp_path / "site", {"a/index.html": page(body)})
    for file in files:
        if not file.startswith("theme"):
            sites.write(tmp_path / "docs", {file: ""})
        built = f"{file[:-3]}/index.html" if file.endswith(".md") else file
        sites.write(tmp_path / "site", {built: page(heading("one"), heading("two"), heading("on-windows"))})
    (found,) = sites.findings(tmp_path)
    assert found.remedy == remedy


# Numbered headings.

SAID = {n: " ".join(f"{n}{k}" for k in range(20)) for n in ("one", "two", "three")}


def sections(*names: str, title: str = "## Usage") -> str:
    return "# A\n\n" + "".join(f"{title}\n\n{SAID.get(name, name)}\n\n" for name in names)


def numbered(count: int) -> str:
    return page(*(heading(f"usage_{n}" if n else "usage") for n in range(count)))


def shifts(
    root: Path, before: str, after: str, count: int, recorded: str = "/a/#usage\n/a/#usage_1\n"
) -> Said:
    """What is said of a page whose ledger was committed with other text."""
    sites.configure(root, severity={"ledger-behind": "off", "lost-address": "off"})
    sites.write(root, {"docs/a.md": before, "published-urls.txt": recorded, ".gitignore": "site\n"})
    sites.commit(root)
    sites.write(root, {"docs/a.md": after, "site/a/index.html": numbered(count)})
    found = sites.findings(root)
    assert {f.code for f in found} <= {"renumbered"}
    return [(f.message.split()[0], f.remedy, f.place.line, f.place.column) for f in found]


def behind(anchor: str) -> str:
    return f"Write {{ #{anchor} }} behind this heading."


@pytest.mark.parametrize("committed", [False, True])
def test_a_heading_before_its_namesake_takes_its_address(tmp_path: Path, committed: bool) -> None:
    old = sections("one", "two")
    assert shifts(tmp_path, old, f"---\nx: y\n---\n{sections('three', 'one', 'two')}", 3) == [
        ("/a/#usage", behind("usage"), 10, 1),
        ("/a/#usage_1", behind("usage_1"), 14, 1),
    ]
    if committed:
        sites.commit(tmp_path)
        assert len(sites.findings(tmp_path)) == 2
        # From here on the new order is what was recorded; only another commit still tells.
        sites.write(tmp_path, {"published-urls.txt": "/a/\n/a/#usage\n/a/#usage_1\n/a/#usage_2\n"})
        sites.commit(tmp_path)
        assert sites.findings(tmp_path) == []
        config = configuration.read(tmp_path / "mkdocs.yml")
        site = Site(config.site_dir, whole=True)
        found = check_site(config, site, redirects_of(config), since="HEAD~2").findings
        assert [f.place.line for f in found if f.code == "renumbered"] == [10, 14]


def test_two_headings_that_change_places_are_named(tmp_path: Path) -> None:
    assert shifts(tmp_path, sections("one", "two"), sections("two", "one"), 2) == [
        ("/a/#usage_1", behind("usage_1"), 3, 1),
        ("/a/#usage", behind("usage"), 7, 1),
    ]


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [
        (("one", "two"), ("one", "two"), 2),
        (("one", "two"), ("one", "three", "two"), 3),  # only usage_1, which is not recorded
        (("one", "two"), ("one", "two", "three"), 3),
        (("one", "two"), ("three", "three"), 2),  # rewritten
        (("one", "one"), ("three", "one", "one"), 3),  # which of them was it?
        (("one", "one"), ("three", "one"), 2),
        (("one", "two"), ("one", "one", "two"), 3),  # a copy
        (("few words", "no words"), ("no words", "few words"), 2),  # as in a reference
        (("", "two"), ("three", ""), 2),
    ],
)
def test_no_other_change_of_a_page_is_taken_for_that(
    tmp_path: Path, before: tuple[str, ...], after: tuple[str, ...], count: int
) -> None:
    assert shifts(tmp_path, sections(*before), sections(*after), count, "/a/#usage\n") == []


def test_what_the_builder_numbers_otherwise_is_not_judged(tmp_path: Path) -> None:
    old, new = sections("one", "two"), sections("three", "one", "two")
    assert shifts(tmp_path, old, new, 1, "/a/#usage\n") == []


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


def test_after_a_rename_by_hand_the_cure_is_git_s_word(tmp_path: Path) -> None:
    """For the lost address and for links to it; a page that is alike by its name does not matter."""
    sites.configure(tmp_path)
    text = "".join(f"Line {n} of the page.\n" for n in range(20))
    sources = {"docs/one.md": f"# Title\n{text}", "docs/index.md": "[a](one.md)\n", "docs/x/one.md": "# X\n"}
    sites.write(tmp_path, {**sources, "published-urls.txt": "/one/\n"})
    sites.commit(tmp_path)
    os.rename(tmp_path / "docs/one.md", tmp_path / "docs/two.md")
    built = {
        "index.html": page('<a href="one.md">a</a>'),
        "two/index.html": page(),
        "x/one/index.html": page(),
    }
    sites.write(tmp_path / "site", built)
    by_code = {found.code: found for found in sites.findings(tmp_path)}
    assert by_code["broken-link"].remedy == "Link to `two.md`, or run: unbroken move --from-git."
    gone = by_code["lost-address"]
    assert gone.fix.startswith("Add 'one.md: two.md' to redirect_maps")
    assert gone.command == "unbroken move --from-git"


def test_no_address_is_redirected_to_itself(tmp_path: Path) -> None:
    """The site had addresses that end with .html, and has folders now."""
    sites.configure(tmp_path)
    sites.write(tmp_path, {"published-urls.txt": "/sub/page.html\n", "docs/sub/page.md": "# P\n"})
    sites.write(tmp_path / "site", {"sub/page/index.html": page()})
    assert "Perhaps add 'sub/page.html: sub/page.md' to redirect_maps" in lost(tmp_path)


@pytest.mark.parametrize(
    ("link", "built", "said"),
    [
        ("ref/cli/", {"auth/cli/index.html": page()}, "Perhaps link to /docs/auth/cli/."),
        ("ref/settings/", {"rel/settlings/index.html": page()}, "Correct the link, or remove it."),
        ("ref/settings/", {"ref/setings/index.html": page()}, "Perhaps link to /docs/ref/setings/."),
        (
            "ref/cli/",
            {"a/cli/index.html": page(), "b/cli/index.html": page()},
            "Correct the link, or remove it.",
        ),
    ],
)
def test_a_guess_by_spelling_has_the_same_last_part_and_says_perhaps(
    tmp_path: Path, link: str, built: dict[str, str], said: str
) -> None:
    sites.configure(tmp_path)
    sites.write(tmp_path / "site", {"index.html": page(f'<a href="{link}">a</a>'), **built})
    (found,) = [f for f in sites.findings(tmp_path) if f.code == "broken-link"]
    assert found.remedy == said


def test_a_lost_page_is_likely_the_one_with_the_same_title(tmp_path: Path) -> None:
    sites.configure(tmp_path)
    sites.write(tmp_path, {"docs/one.md": "# How it works\nabc\n", "published-urls.txt": "/one/\n"})
    sites.commit(tmp_path)
    os.unlink(tmp_path / "docs/one.md")
    sites.write(tmp_path, {"docs/b.md": "# How it works\n" + "Other words.\n" * 50})
    sites.commit(tmp_path)
    sites.write(tmp_path / "site", {"b/index.html": page()})
    assert "Perhaps add 'one.md: b.md' to redirect_maps in" in lost(tmp_path)
    assert "(it has the same title)" in lost(tmp_path)


def test_a_lost_page_is_likely_the_one_that_is_spelt_nearly_the_same(tmp_path: Path) -> None:
    sites.configure(tmp_path)
    sites.write(tmp_path, {"published-urls.txt": "/guide/instal/\n"})
    sites.write(tmp_path / "site", {"guide/install/index.html": page()})
    assert "Perhaps add 'guide/instal.md: guide/install.md' to redirect_maps in" in lost(tmp_path)


def test_a_lost_page_that_has_a_redirect_is_mended_in_its_line(tmp_path: Path) -> None:
    sites.configure(tmp_path, {"old.md": "guide/instal.md"})
    sites.write(tmp_path, {"published-urls.txt": "/old/\n"})
    sites.write(tmp_path / "site", {"guide/install/index.html": page()})
    assert lost(tmp_path).replace(f"{tmp_path}/", "") == (
        "Perhaps change the target in mkdocs.yml:6:7 to guide/install.md (it is spelt nearly the same)."
    )


def test_a_lost_heading_that_has_a_redirect_is_mended_in_its_line(tmp_path: Path) -> None:
    sites.configure(tmp_path, {"a.md#was": "b.md#window"})
    sites.write(tmp_path, {"published-urls.txt": "/a/#was\n"})
    sites.write(tmp_path / "site", {"a/index.html": NEW, "b/index.html": page(heading("windows"))})
    (found,) = [f for f in sites.findings(tmp_path) if f.code == "lost-anchor"]
    assert found.remedy.replace(f"{tmp_path}/", "") == (
        "Perhaps change the target in mkdocs.yml:6:7 to b.md#windows (it is spelt nearly the same), "
        "or write { #window } behind the heading."
    )


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
