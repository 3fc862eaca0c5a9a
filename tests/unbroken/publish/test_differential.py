"""The same map in other hands: where mkdocs-redirects or Zensical accept it, ours arrives where theirs does.

And each fault of theirs that is known, shown not to be ours.
"""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs_redirects.plugin import RedirectPlugin  # type: ignore[import-untyped]
from selectolax.lexbor import LexborHTMLParser

from tests.commands import must, run
from tests.unbroken.sites import finished, page, write_config, write_site
from unbroken.model.addresses import normal

if TYPE_CHECKING:
    from collections.abc import Mapping

LIVE = ["index.md", "new.md", "section/index.md", "section/page.md", "café.md", "with space.md"]
ANCHORS = ["part", "other-part"]
SOURCES = st.sampled_from(
    [
        "old.md",
        "old/index.md",
        "a/b/c.md",
        "section/old.md",
        "section/README.md.md",
        "über/alt.md",
        "x y.md",
        "README/x.md",
    ]
)
TARGETS = st.one_of(
    st.builds(
        lambda name, fragment: name + fragment,
        st.sampled_from(LIVE),
        st.sampled_from(["", "", "#part", "#other-part"]),
    ),
    st.sampled_from(["https://example.com/", "http://example.com/a/b?c=d", "https://example.com/x#y"]),
)
MAPS = st.dictionaries(SOURCES, TARGETS, min_size=1, max_size=5).filter(
    lambda entries: not {"old.md", "old/index.md"} <= set(entries)
)


def pages(directory_urls: bool) -> dict[str, str]:
    """The live pages as a builder would have written them."""
    return {File(name, "", "", directory_urls).dest_uri: page(*ANCHORS) for name in LIVE}


def arrivals(site: Path) -> dict[str, str]:
    """Where each stub's script leads a visitor without fragment or query, as an absolute URL."""
    found = {}
    for file in site.rglob("*.html"):
        here = "http://site/" + file.relative_to(site).as_posix().removesuffix("index.html")
        tree = LexborHTMLParser(file.read_text(encoding="utf-8"))
        script = tree.css_first("script")
        if script is None:
            continue
        target = script.attributes.get("data-unbroken-to")
        if target is None:
            written = re.search(r'(?:location\.href=(?:target\|\|)?)"([^"]*)"', script.text())
            target = written[1] if written else None
        if target is not None:
            found[here] = at_home(urljoin(here, target))
    return found


def at_home(url: str) -> str:
    """A URL in its one spelling: other builders leave names as they are, and write a file as a folder."""
    path, mark, fragment = url.partition("#")
    if path.startswith("http://site/"):
        path = "http://site" + normal(path.removeprefix("http://site"))
    return path + mark + fragment


def by_mkdocs_redirects(folder: Path, entries: Mapping[str, str], directory_urls: bool) -> dict[str, str]:
    """What mkdocs-redirects itself makes of a map."""
    plugin = RedirectPlugin()
    plugin.load_config({"redirect_maps": dict(entries)})
    config = MkDocsConfig()
    config.load_dict({"site_name": "x", "site_dir": str(folder), "use_directory_urls": directory_urls})
    plugin.on_files(Files([File(name, "", "", directory_urls) for name in LIVE]), config)
    plugin.on_post_build(config)
    return arrivals(folder)


@settings(max_examples=150, deadline=None)
@given(MAPS, st.booleans())
def test_every_map_that_mkdocs_redirects_accepts_arrives_at_the_same_place(
    entries: dict[str, str], directory_urls: bool
) -> None:
    with tempfile.TemporaryDirectory() as name:
        theirs = by_mkdocs_redirects(Path(name) / "theirs", entries, directory_urls)
        finished(Path(name), pages(directory_urls), entries, use_directory_urls=directory_urls)
        assert arrivals(Path(name) / "site") == theirs
        assert len(theirs) == len(entries)


CHAINS = st.lists(
    st.sampled_from(["once.md", "older.md", "a/oldest.md", "gone.md"]), unique=True, max_size=4
).flatmap(lambda names: st.tuples(st.just(names), TARGETS))


# Each example is a whole build, so a failing one is shown as it was found.
@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    CHAINS,
    MAPS,
    st.dictionaries(
        st.sampled_from(["#x", "#y"]), st.sampled_from(["new.md", "section/page.md#part"]), max_size=2
    ),
    st.booleans(),
)
def test_every_map_that_zensical_accepts_arrives_at_the_same_place(
    chain: tuple[list[str], str], others: dict[str, str], anchors: dict[str, str], directory_urls: bool
) -> None:
    names, last = chain
    entries = {**others, **dict(zip(names, [*names, last][1:], strict=True))}
    if names:
        entries.update({names[-1] + anchor: target for anchor, target in anchors.items()})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_config(folder, entries, use_directory_urls=directory_urls)
        write_site(folder / "docs", dict.fromkeys(LIVE, "# Page\n\n## Part\n\n## Other part\n"))
        must(run("zensical", "build", "-f", "mkdocs.yml", cwd=folder))
        theirs, their_anchors = arrivals(folder / "site"), zensical_anchors(folder / "site")
        must(run("unbroken", "finish", "site", cwd=folder))
        assert arrivals(folder / "site") == theirs
        # An anchor that leads to the top of the page's own target needs no word of ours. Ours has more, too:
        # it keeps the anchors of every old page on the way through a chain.
        in_second_process = {
            a: target for a, target in their_anchors.items() if target != theirs[a.partition("#")[0]]
        }
        assert in_second_process.items() <= our_anchors(folder / "site").items()


def zensical_anchors(site: Path) -> dict[str, str]:
    """Where Zensical's stubs lead the anchors of old pages."""
    found = {}
    for file in site.rglob("*.html"):
        here = "http://site/" + file.relative_to(site).as_posix().removesuffix("index.html")
        if written := re.search(r"redirects=(\{.*?\}),target", file.read_text(encoding="utf-8")):
            found.update({here + a: at_home(urljoin(here, t)) for a, t in json.loads(written[1]).items()})
    return found


def our_anchors(site: Path) -> dict[str, str]:
    """The same of ours."""
    found = {}
    for file in site.rglob("*.html"):
        here = "http://site/" + file.relative_to(site).as_posix().removesuffix("index.html")
        for script in LexborHTMLParser(file.read_text(encoding="utf-8")).css("script[data-unbroken-anchors]"):
            places = json.loads(script.attributes["data-unbroken-anchors"] or "")
            found.update({f"{here}#{a}": at_home(urljoin(here, t)) for a, t in places.items()})
    return found


def stock(folder: Path, entries: Mapping[str, str]) -> Path:
    """A site as mkdocs-redirects leaves it, with nothing of ours."""
    site = write_site(folder / "stock", pages(True))
    by_mkdocs_redirects(site, entries, True)
    return site


def test_a_live_page_is_overwritten_by_theirs_and_kept_by_ours(tmp_path: Path) -> None:
    entries = {"new.md": "section/page.md"}
    assert "Redirecting" in (stock(tmp_path, entries) / "new/index.html").read_text()
    finished(tmp_path, pages(True), entries)
    assert (tmp_path / "site/new/index.html").read_text() == pages(True)["new/index.html"]


def test_a_chain_is_refused_by_theirs_and_flattened_by_ours(tmp_path: Path) -> None:
    entries = {"older.md": "old.md", "old.md": "new.md"}
    assert not (stock(tmp_path, entries) / "older/index.html").exists()
    finished(tmp_path, pages(True), entries)
    assert arrivals(tmp_path / "site")["http://site/older/"] == "http://site/new/"


def test_markup_in_a_target_is_written_by_theirs_and_escaped_by_ours(tmp_path: Path) -> None:
    entries = {"old.md": 'https://example.com/"><script>alert(1)</script>'}
    assert "<script>alert(1)" in (stock(tmp_path, entries) / "old/index.html").read_text()
    finished(tmp_path, pages(True), entries)
    assert "alert(1)</script>" not in (tmp_path / "site/old/index.html").read_text()


def test_a_source_that_climbs_is_written_outside_by_theirs_and_refused_by_ours(tmp_path: Path) -> None:
    entries = {"../outside.md": "new.md"}
    stock(tmp_path / "a", entries)
    assert (tmp_path / "a/outside/index.html").exists()
    outcome = finished(tmp_path / "b", pages(True), entries)
    assert [f.code for f in outcome.findings] == ["outside"]
    assert not (tmp_path / "b/outside").exists()


def test_a_target_with_a_fragment_gets_a_second_one_by_theirs_and_not_by_ours(tmp_path: Path) -> None:
    text = (stock(tmp_path, {"old.md": "new.md#part"}) / "old/index.html").read_text()
    assert '"../new/#part"+(anchor?"#"+anchor:"")' in text
    # That ours keeps one fragment, and the query, is seen in a browser: test_browser.py.
