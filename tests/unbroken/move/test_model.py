"""Random sites and random moves: whatever was ever published leads to what it had, in one hop."""

from __future__ import annotations

import contextlib
import posixpath
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mkdocs.commands.build import build
from mkdocs.config import load_config

from tests.unbroken.move.sites import EXTENSIONS, make, move, redirects, tree
from unbroken.builders.markdown import SiteMarkdown
from unbroken.check.site import check_site
from unbroken.formats.markdown import links
from unbroken.model.addresses import Address, flat, page_address, relative
from unbroken.model.errors import Refused
from unbroken.publish.planning import prepare
from unbroken.workspace import config as configuration
from unbroken.workspace import ledger
from unbroken.workspace.built_site import Site, select_pages
from unbroken.workspace.config import redirects_of

if TYPE_CHECKING:
    from collections.abc import Mapping

PATHS = ["index.md", "a.md", "b/index.md", "b/c.md", "b/d e/ü.md", "f/README.md"]
PLACES = ["a.md", "x.md", "b/x/index.md", "n/ö y.md", "b/c.md", "n/m/z.md", "f/q.md"]
FOLDERS = ["b", "f", "n", "b/d e", "g", "h/i"]
FORMS = [
    "[l]({source})", "[l](<{source}>)", "![l]({source})", "[l][{n}]\n\n[{n}]: {source}", "[l](./{source})",
    "<a href='{url}'>l</a>", "[l]({url})", "<img srcset='{url} 2x'>", "| A |\n| - |\n| [l]({source}) |",
    "!!! note\n\n    [l]({source})", "[l](/base{address})", "[l](https://example.com/base{address})",
    "`[l]({source})`", "<div markdown>\n\n[l]({source})\n\n</div>",
]  # fmt: skip


def page(number: int, path: str, targets: list[tuple[int, int, bool, bool]]) -> tuple[str, str]:
    """A page that says which one it is, with links to others; and what it includes, with more of them."""
    here = page_address(path, True)
    texts: tuple[list[str], list[str]] = [f"# Page {number}", f"## Part {number}"], ["Included"]
    for n, (target, form, anchored, included) in enumerate(targets):
        there = PATHS[target]
        fragment = f"#part-{target}" if anchored else ""
        address = page_address(there, True)
        texts[included].append(
            FORMS[form].format(
                source=quote(posixpath.relpath(there, posixpath.dirname(path) or ".")) + fragment,
                url=relative(here, address) + fragment,
                address=address + fragment,
                n=f"r{n}",
            )
        )
    own, other = ("\n\n".join(each) + "\n" for each in texts)
    return f'{own}\n--8<-- "s{number}.md"\n' if len(texts[1]) > 1 else own, other


def sites() -> st.SearchStrategy[dict[str, str]]:
    link = st.tuples(
        st.integers(0, len(PATHS) - 1), st.integers(0, len(FORMS) - 1), st.booleans(), st.booleans()
    )
    each = st.lists(link, min_size=1, max_size=5)

    def files(chosen: tuple[list[tuple[int, int, bool, bool]], ...]) -> dict[str, str]:
        result = {}
        for n, path in enumerate(PATHS):
            result[path], result[f"/includes/s{n}.md"] = page(n, path, chosen[n])
        return result

    return st.tuples(*[each for _ in PATHS]).map(files)


KINDS = ["page", "folder", "folder", "heading", "heading", "swap", "several"]


def moves() -> st.SearchStrategy[tuple[str, int, int]]:
    return st.tuples(st.sampled_from(KINDS), st.integers(0, 99), st.integers(0, 99))


def pairs(root: Path, kind: str, which: int, where: int) -> list[tuple[str, str]]:
    """What a step moves."""
    files = sorted(p.relative_to(root / "docs").as_posix() for p in (root / "docs").rglob("*.md"))
    # Most steps go where nothing is; some find the place taken, and are refused.
    places = [place for place in PLACES if place not in files or which % 9 == 0] or PLACES
    old, new = files[which % len(files)], places[where % len(places)]
    if kind == "folder":
        there = sorted({posixpath.dirname(f) for f in files} - {""})
        names = [name for name in FOLDERS if name not in there]
        return [((there or FOLDERS)[which % len(there or FOLDERS)], names[where % len(names)])]
    if kind == "swap":
        other = files[where % len(files)]
        return [(old, other), (other, old)] if other != old else [(old, new)]
    said = (root / "docs" / old).read_text("utf-8")
    part, given_id = re.search(r"## Part (\d+)", said), re.search(r"\{ #([\w-]+) \}", said)
    assert part
    first = f"part-{part[1]}"
    anchor = f"{old}#{given_id[1] if given_id else first}", f"{old}#{['n', 'm', first][where % 3]}"
    if kind == "heading":
        return [anchor]
    if kind == "several":
        second = files[(which + where + 1) % len(files)]
        also = places[(where + 1) % len(places)]
        return [(old, new), anchor, *([(second, also)] if second != old else [])]
    return [(old, new)]


def built(root: Path) -> Site:
    config = load_config(str(root / "mkdocs.yml"), strict=True)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    site = Site(root / "site", whole=True)
    select_pages(site, redirects_of(configuration.read(root / "mkdocs.yml")))
    return site


MARKDOWN = SiteMarkdown([each for each in EXTENSIONS if isinstance(each, str)] + ["pymdownx.snippets"], {})
#: How many sites are tried.
MANY = 60


def content(site: Site, path: str) -> str:
    """Which page stands at an address."""
    found = re.search(r"Page (\d+)", (site.root / site.files[path]).read_text(encoding="utf-8"))
    return found[1] if found else ""


def without_links(files: Mapping[str, bytes]) -> list[str]:
    """What pages say next to where their links lead, and next to anchors that headings were given."""
    said = []
    for name, data in files.items():
        if name.startswith(("docs/", "includes/")):
            text = data.decode()
            for link in reversed(links(text, MARKDOWN)):
                text = text[: link.start] + text[link.end :]
            said.append(re.sub(r" \{ #[\w-]+ \}|<>", "", text))
    return sorted(said)


@settings(
    max_examples=MANY,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
)
@given(site=sites(), steps=st.lists(moves(), min_size=1, max_size=5))
def test_every_address_keeps_its_content(site: dict[str, str], steps: list[tuple[str, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        root = make(Path(place), site)
        said = without_links(tree(root))
        now = built(root)
        published = record(root, now, {})
        for kind, which, where in steps:
            wanted = pairs(root, kind, which, where)
            before = tree(root)
            try:
                move(root, *wanted, reuse=kind == "swap")
            except Refused:
                assert tree(root) == before
                continue
            now = built(root)
            assert without_links(tree(root)) == said
            if kind == "swap":
                # Whoever says --reuse gives these addresses away.
                given = {path for path in now.files if now.page(path)}
                published = {
                    a: n for a, n in published.items() if a.path not in given or content(now, a.path) == n
                }
                (root / "published-urls.txt").write_text("".join(f"{a}\n" for a in sorted(published)))
            published = record(root, now, published)
            config = configuration.read(root / "mkdocs.yml")
            known = redirects_of(config)
            _, findings = prepare(config, now, known)
            findings += check_site(config, now, known).findings
            assert not findings, [str(f) for f in findings]
            for address, number in published.items():
                end = known.route(address, now).end
                assert isinstance(end, Address)
                assert content(now, end.path) == number, (address, redirects(root))
                if address.fragment:
                    assert end.fragment in (now.anchors(end.path) or ()), (address, end)
                hops = known.route(Address(address.path), now).hops
                assert len(hops) <= 1, (address, hops)


def record(root: Path, site: Site, published: Mapping[Address, str]) -> dict[Address, str]:
    """Everything that was ever published, with the page that it showed; the ledger is brought up to it."""
    config = configuration.read(root / "mkdocs.yml")
    known = redirects_of(config)
    found = flat(ledger.published(dict(site.pages()), site, known, config))
    ends = {address: known.route(address, site).end for address in found if address.path in site.files}
    result = {a: content(site, end.path) for a, end in ends.items() if isinstance(end, Address)}
    result |= published
    text = ledger.extended(ledger.text_of(config.ledger), result)
    config.ledger.write_text(text, encoding="utf-8")
    return result
