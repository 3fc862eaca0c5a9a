"""What real sites have that a plain corpus has not, each a switch of the generator."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: What changes pages while MkDocs builds them.
HOOK = Path(__file__).with_name("hook.py")
#: How many included files there are, and how many links a template has.
INCLUDES, LINKS = 10, 10


@dataclass(frozen=True)
class Traits:
    """What a corpus is like. Its seed and these make it what it is, byte by byte.

    Attributes:
        navigation: entries of the navigation that stands whole on each page; 0 leaves it pruned.
        raw_links: entries of the navigation that are URLs.
        minified: whether HTML lacks what it can do without, as quotation marks.
        drawings: drawings with ids on each page.
        lines: whether each line of code has an anchor.
        reference: one page of this many is an API reference; 0 makes none.
        anchors: how many anchors an API reference has.
        heavy: redirects for each hundred pages that lead to anchors of the heaviest pages.
        encoded: whether pages have names, and links spellings, beyond ASCII.
        templates: whether the theme's templates have links of the site's own.
        includes: whether pages include others.
        findings: faults besides those of the plain corpus.
        ledger: lines of the ledger, as far as there are addresses; 0 writes none.
        commits: how often pages were edited in git; 0 for no repository of the site's own.
        seed: makes another corpus of the same kind.
    """

    navigation: int = 0
    raw_links: int = 0
    minified: bool = False
    drawings: int = 0
    lines: bool = False
    reference: int = 0
    anchors: int = 2000
    heavy: int = 0
    encoded: bool = False
    templates: bool = False
    includes: bool = False
    findings: int = 0
    ledger: int = 0
    commits: int = 20
    seed: int = 0

    @property
    def name(self) -> str:
        """What tells the corpus from others: what it is like, or each trait that is unlike the plain one."""
        for like, traits in LIKES.items():
            if dataclasses.replace(traits, findings=self.findings, seed=self.seed) == self:
                more = {"findings": self.findings, "seed": self.seed}
                return "-".join([like, *(f"{name}={value}" for name, value in more.items() if value)])
        set_ = (f for f in dataclasses.fields(self) if getattr(self, f.name) != f.default)
        return "-".join(f"{f.name}={getattr(self, f.name):d}" for f in set_)

    def having(self, switches: list[str]) -> Traits:
        """Return these traits with some set anew, each as ``name`` or ``name=number``.

        Raises:
            ValueError: there is no such trait, or its value is no number.
        """
        names = {f.name: f for f in dataclasses.fields(self)}
        changed: dict[str, int | bool] = {}
        for switch in switches:
            name, _, value = switch.partition("=")
            if name not in names:
                raise ValueError(f"there is no trait {name}; there are {', '.join(names)}")
            number = int(value or 1)
            changed[name] = bool(number) if isinstance(names[name].default, bool) else number
        return dataclasses.replace(self, **changed)  # type: ignore[arg-type]


#: The corpora that `--like` names: `navigation` is like sites of prose, `reference` like those of libraries.
LIKES = {
    "plain": Traits(),
    "navigation": Traits(
        navigation=300, raw_links=20, minified=True, drawings=4, heavy=160, encoded=True, templates=True,
        includes=True,
    ),
    "reference": Traits(reference=20, lines=True, drawings=2, heavy=50, ledger=20_000),
}  # fmt: skip


def page_path(number: int, traits: Traits = LIKES["plain"]) -> str:
    """Return the source path of a page, three folders deep."""
    name = "-größe" if traits.encoded and number % 10 == 1 else ""
    return f"s{number // 100:02}/g{number // 10 % 10}/page-{number:05}{name}.md"


def is_reference(number: int, traits: Traits) -> bool:
    """Return whether a page is an API reference."""
    return bool(traits.reference) and number % traits.reference == traits.reference - 1


def anchors_of_reference(number: int, traits: Traits) -> list[str]:
    """Return the anchors of an API reference: a module, its classes and their methods."""
    module = f"corpus.module{number:05}"
    classes = range(traits.anchors // 20)
    members = ("", *(f".method_{n}" for n in range(19)))
    return [module, *(f"{module}.Class{c}{member}" for c in classes for member in members)]


def drawing(number: int) -> list[str]:
    """Return a drawing whose parts have ids, the same on each page."""
    parts = [
        f'<linearGradient id="d{number}-paint-{n}"><stop offset="{n}%"/></linearGradient>' for n in range(3)
    ]
    shapes = [
        f'<path id="d{number}-p{n}" d="M{n} {n}h9v9z" fill="url(#d{number}-paint-{n})"/>' for n in range(6)
    ]
    return [
        f'<svg id="drawing-{number}" viewBox="0 0 90 90"><defs>{"".join(parts)}</defs>{"".join(shapes)}'
        f'<use href="#d{number}-p1" x="9"/></svg>',
        "",
    ]


def spelt(number: int, other: int, traits: Traits) -> list[str]:
    """Return links to a page that are spelt with entities and encoded letters."""
    there = page_path(other, traits)[:-3]
    coded = there.replace("größe", "gr%C3%B6%C3%9Fe")
    return [
        f'<a href="/{coded}/?a={number}&amp;b=2#part-1-of-{other}">one</a> '
        f'<a href="&#x2F;{there}/#part-2-of-{other}">two</a> [three](../../{coded}.md#part-3-of-{other})',
        "",
    ]


def include(number: int, pages: int, traits: Traits) -> str:
    """Return an included file; the first has a broken link in its third line."""
    others = [(number * 31 + n * 17) % pages for n in range(3)]
    links = ", ".join(f"[page {other}](../../{page_path(other, traits)})" for other in others)
    fault = '\n<a href="/old/nothing-included/">broken</a>\n' if not number else ""
    return f"See {links}.\n{fault}"


def template(pages: int, traits: Traits) -> str:
    """Return a template of the site's own, with links; the one in its third line is broken."""
    rows = [f'<a href="/{page_path(n * 7 % pages, traits)[:-3]}/">Page</a>' for n in range(LINKS)]
    return "\n".join(
        [
            '{% extends "base.html" %}',
            "{% block announce %}",
            '<a href="/old/nothing-themed/">broken</a>',
            *rows,
            "{% endblock %}",
            "",
        ]
    )


def navigation(pages: int, traits: Traits) -> Iterator[str]:
    """Yield the lines of the navigation: sections of ten, then the URLs."""
    yield "nav:"
    yield "  - index.md"
    for number in range(min(traits.navigation, pages)):
        if number % 10 == 0:
            yield f"  - Section {number // 10}:"
        yield f"      - {page_path(number, traits)}"
    if traits.raw_links:
        yield "  - Links:"
    for number in range(traits.raw_links):
        there = f"/{page_path(number * 3 % pages, traits)[:-3]}/"
        yield f"      - Link {number}: {there if number % 2 else f'https://other.example/{number}/'}"


def heavy(number: int, pages: int, traits: Traits) -> str:
    """Return an anchor of a heavy page, as a redirect names it."""
    dice = random.Random(f"{traits.seed} heavy {number}")
    there = dice.randrange(pages)
    if traits.reference and pages >= traits.reference:
        there = there // traits.reference * traits.reference + traits.reference - 1
        there = there if there < pages else traits.reference - 1
        return f"{page_path(there, traits)}#{dice.choice(anchors_of_reference(there, traits))}"
    return f"{page_path(there, traits)}#part-{dice.randrange(1, 9)}-of-{there}"
