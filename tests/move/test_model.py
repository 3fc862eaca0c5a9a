"""Random sites and random moves: whatever was ever published leads to what it had, in one hop."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mkdocs.commands.build import build
from mkdocs.config import load_config

from tests.move.sites import make, move, redirects, tree
from unbroken import config as configuration
from unbroken.addresses import Address
from unbroken.examine import examine
from unbroken.findings import has_errors
from unbroken.finish import prepare, redirects_of, settle
from unbroken.move import Refused
from unbroken.site import Site
from unbroken.source_links import links

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


def page(number: int, path: str, targets: list[tuple[int, int, bool]]) -> str:
    """A page that says which one it is, with links to others."""
    import posixpath
    from urllib.parse import quote

    from unbroken.addresses import page_address, relative

    here = page_address(path, True)
    lines = [f"# Page {number}", f"## Part {number}"]
    for n, (target, form, anchored) in enumerate(targets):
        there = PATHS[target]
        fragment = f"#part-{target}" if anchored else ""
        address = page_address(there, True)
        lines.append(
            FORMS[form].format(
                source=quote(posixpath.relpath(there, posixpath.dirname(path) or ".")) + fragment,
                url=relative(here, address) + fragment,
                address=address + fragment,
                n=f"r{n}",
            )
        )
    return "\n\n".join(lines) + "\n"


def sites() -> st.SearchStrategy[dict[str, str]]:
    link = st.tuples(st.integers(0, len(PATHS) - 1), st.integers(0, len(FORMS) - 1), st.booleans())
    each = st.lists(link, min_size=1, max_size=4)
    return st.tuples(*[each for _ in PATHS]).map(
        lambda chosen: {p: page(n, p, chosen[n]) for n, p in enumerate(PATHS)}
    )


def moves() -> st.SearchStrategy[tuple[str, int, int]]:
    return st.tuples(
        st.sampled_from(["page", "page", "folder", "heading"]), st.integers(0, 99), st.integers(0, 99)
    )


def built(root: Path) -> Site:
    config = load_config(str(root / "mkdocs.yml"), strict=True)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    return Site(root / "site", whole=True)


def content(site: Site, path: str) -> str:
    """Which page stands at an address."""
    found = re.search(r"Page (\d+)", (site.root / site.files[path]).read_text(encoding="utf-8"))
    return found[1] if found else ""


def without_links(files: Mapping[str, bytes]) -> list[str]:
    """What pages say next to where their links lead, and next to anchors that headings were given."""
    said = []
    for name, data in files.items():
        if name.startswith("docs/"):
            text = data.decode()
            for link in reversed(links(text)):
                text = text[: link.start] + text[link.end :]
            said.append(re.sub(r" \{ #[\w-]+ \}|<>", "", text))
    return sorted(said)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(site=sites(), steps=st.lists(moves(), min_size=1, max_size=4))
def test_every_address_keeps_its_content(site: dict[str, str], steps: list[tuple[str, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        root = make(Path(place), site)
        said = without_links(tree(root))
        now = built(root)
        published = {Address(path): content(now, path) for path in now.files if now.page(path)}
        published |= {Address(p.path, f"part-{n}"): n for p, n in list(published.items()) if n}
        made = 0
        for kind, which, where in steps:
            files = sorted(p.relative_to(root / "docs").as_posix() for p in (root / "docs").rglob("*.md"))
            old = files[which % len(files)]
            new = PLACES[where % len(PLACES)]
            if kind == "folder":
                old, new = FOLDERS[which % len(FOLDERS)], FOLDERS[where % len(FOLDERS)]
            elif kind == "heading":
                anchors = re.findall(r"## Part (\d+)", (root / "docs" / old).read_text("utf-8"))
                there = re.search(r"\{ #([\w-]+) \}", (root / "docs" / old).read_text("utf-8"))
                anchor = there[1] if there else f"part-{anchors[0]}"
                old, new = f"{old}#{anchor}", f"{old}#{['n', 'm', f'part-{anchors[0]}'][where % 3]}"
            before = tree(root)
            try:
                move(root, (old, new))
            except Refused:
                assert tree(root) == before
                continue
            made += 1
            now = built(root)
            assert without_links(tree(root)) == said
            config = configuration.read(root / "mkdocs.yml")
            known = redirects_of(config)
            settle(now, known)
            _, findings = prepare(config, now, known)
            findings += examine(config, now, known).findings
            assert not has_errors(findings), [str(f) for f in findings]
            for address, number in published.items():
                end = known.route(address, now).end
                assert isinstance(end, Address)
                assert content(now, end.path) == number, (address, redirects(root))
                if address.fragment:
                    assert end.fragment in (now.anchors(end.path) or ()), (address, end)
                hops = known.route(Address(address.path), now).hops
                assert len(hops) <= 1, (address, hops)
