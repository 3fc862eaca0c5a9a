"""What ``verify`` says of every odd way to answer, to the letter.

``judged.txt`` is what is expected: ``python -m tests.unbroken.check.test_judged`` writes it anew, for one to
look at.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urljoin

from tests.commands import environment
from unbroken.check.client import Answer
from unbroken.check.server import Promise
from unbroken.findings.base import Place
from unbroken.formats.html import read_page
from unbroken.model.addresses import parse
from unbroken.model.redirects import Entry, RedirectMap, parse_map

EXPECTED = Path(__file__).with_name("judged.txt")
ROOT = "https://preview.example/docs/"
REDIRECTS = {
    "old.md": "new.md",
    "part.md": "new.md#part",
    "a.html": "b.html",
    "away.md": "https://else.example/x?y#z",
    "split.md": "new.md",
    "split.md#gone": "other.md#place",
    "split.md#far": "https://else.example/",
    "new.md#was": "other.md#place",
    "round.md": "again.md",
    "again.md": "round.md",
}
STUB = '<meta http-equiv="refresh" content="0; url={}">'
OURS = STUB.format("{0}") + "<script src='../assets/unbroken.js' data-unbroken-moves='{1}'></script>"
MOVES = "<body data-x><h2 id=part></h2><script data-unbroken-moves='{}'></script>"
SPLIT = OURS.format("../new/", '{"gone": "../other/#place"}')
PART, PLACE = '<h2 id="part">x</h2>', '<h2 id="place">x</h2>'
NEW, OTHER = (200, PART), (200, PLACE)

Said = tuple[int, str]
#: An address, and what paths answer: a status, and a page or where a redirect leads; a code for no answer.
CASES: list[tuple[str, dict[str, Said]]] = [
    ("/new/", {"new/": NEW}),
    ("/new/", {"new/": (204, "")}),
    ("/new/", {"new/": (404, "")}),
    ("/new/", {"new/": (0, "it took too long")}),
    ("/new/", {"new/": (301, "/docs/new/")}),
    ("/new/", {"new/": (301, "/docs/new/?x=1"), "new/?x=1": NEW}),
    ("/new/", {"new/": (301, "/docs/new/?x=1"), "new/?x=1": (301, "/docs/new/")}),
    ("/old/", {"old/": (301, "/docs/old/?unbroken=verify")}),
    ("/new/", {"new/": (301, "https://site.example/docs/new/")}),
    ("/new/", {"new/": (301, "/docs/other/"), "other/": OTHER}),
    ("/new/", {"new/": (301, "/docs")}),
    ("/new/", {"new/": (301, "")}),
    ("/new/", {"new/": (304, "")}),
    ("/new/", {"new/": (301, "https://login.example/?to=new")}),
    ("/new/#part", {"new/": NEW}),
    ("/new/#none", {"new/": NEW}),
    ("/new/#p%C3%A4rt", {"new/": (200, "<p id=pärt>")}),
    ("/new/#part", {"new/": (301, "/docs/other/"), "other/": NEW}),
    ("/new/#part", {"new/": (301, "/docs/other/"), "other/": OTHER}),
    ("/new/#part", {"new/": (301, "/docs/other/#part"), "other/": OTHER}),
    ("/new/#x", {"new/": (301, "/docs/other/#place"), "other/": OTHER}),
    ("/new/#was", {"new/": (200, MOVES.format('{"was": "../other/#place"}')), "other/": OTHER}),
    ("/new/#was", {"new/": (200, MOVES.format('{"was": "../other/#place"}')), "other/": NEW}),
    ("/new/#was", {"new/": (200, MOVES.format('{"was": "../other/#place"}')), "other/": (404, "")}),
    ("/new/#was", {"new/": (200, MOVES.format('{"was": "../other/"}'))}),
    ("/new/#was", {"new/": (200, MOVES.format('{"was": "https://else.example/#x"}'))}),
    ("/new/#was", {"new/": (200, MOVES.format('{"was": "http://[bad"}'))}),
    ("/new/#was", {"new/": (200, MOVES.format('{"was": ""}'))}),
    ("/new/#was", {"new/": (200, MOVES.format("{"))}),
    ("/new/", {"new/": (200, STUB.format("https://else.example/"))}),
    ("/new/", {"new/": (200, OURS.format("https://else.example/", "{}"))}),
    ("/old/", {"old/": (301, "/docs/new/"), "new/": NEW}),
    ("/old/", {"old/": (308, "/docs/new/?unbroken=verify"), "new/": NEW}),
    ("/old/", {"old/": (308, "/docs/new/?unbroken=verify"), "new/?unbroken=verify": NEW}),
    ("/old/", {"old/": (302, "/docs/new/"), "new/": NEW}),
    ("/old/", {"old/": (307, "/docs/new/"), "new/": NEW}),
    ("/old/", {"old/": (301, "/docs/new/"), "new/": (503, "")}),
    ("/old/", {"old/": (301, "/docs/new/"), "new/": (0, "it took too long")}),
    ("/old/", {"old/": (301, "/docs/new/"), "new/": (301, "/docs/other/"), "other/": OTHER}),
    ("/old/", {"old/": (301, "/docs/other/"), "other/": OTHER}),
    ("/old/", {"old/": (301, "/docs/new"), "new": NEW}),
    ("/old/", {"old/": (301, "/docs/new/index.html"), "new/index.html": NEW}),
    ("/old/", {"old/": (301, "https://site.example/docs/new/"), "new/": NEW}),
    ("/old/", {"old/": (301, "http://site.example/docs/new/"), "new/": NEW}),
    ("/old/", {"old/": (301, "https://else.example/docs/new/")}),
    ("/old/", {"old/": (301, "/docs/../new/"), "../new/": NEW}),
    ("/old/", {"old/": (301, "/docs/%2e%2e/%2e%2e/x"), "%2e%2e/%2e%2e/x": NEW}),
    ("/old/", {"old/": (301, "/docs/old/")}),
    ("/old/", {"old/": (301, "")}),
    ("/old/", {"old/": (200, PART)}),
    ("/old/", {"old/": (410, "")}),
    ("/old/", {"old/": (200, STUB.format("../new/")), "new/": NEW}),
    ("/old/", {"old/": (200, STUB.format("../other/")), "other/": OTHER}),
    ("/old/", {"old/": (200, STUB.format("http://[bad"))}),
    ("/old/", {"old/": (200, "<base href='/docs/x/y/'>" + STUB.format("../../new/")), "new/": NEW}),
    ("/old/", {"old/": (200, "<base href='http://[bad'>" + STUB.format("../new/"))}),
    ("/old/#part", {"old/": (301, "/docs/new/"), "new/": NEW}),
    ("/old/#none", {"old/": (301, "/docs/new/"), "new/": NEW}),
    ("/old/#was", {"old/": (301, "/docs/new/"), "new/": (200, MOVES.format('{"was": "#part"}'))}),
    ("/old/#part", {"old/": (200, STUB.format("../new/")), "new/": NEW}),
    ("/old/#none", {"old/": (200, STUB.format("../new/")), "new/": NEW}),
    ("/part/", {"part/": (301, "/docs/new/#part"), "new/": NEW}),
    ("/part/", {"part/": (301, "/docs/new/#none"), "new/": NEW}),
    ("/part/", {"part/": (301, "/docs/new/"), "new/": NEW}),
    ("/a.html", {"a.html": (301, "/docs/b.html"), "b.html": NEW}),
    ("/a.html", {"a.html": (301, "/docs/b"), "b": NEW}),
    ("/a.html", {"a.html": (301, "/docs/b/"), "b/": NEW}),
    ("/away/", {"away/": (301, "https://else.example/x?y#z")}),
    ("/away/", {"away/": (301, "https://else.example/x?y&unbroken=verify#z")}),
    ("/away/", {"away/": (301, "https://else.example/x?unbroken=verify&y")}),
    ("/away/", {"away/": (301, "https://else.example/x?y")}),
    ("/away/", {"away/": (301, "https://else.example/x")}),
    ("/away/", {"away/": (301, "https://evil.example/x?y")}),
    ("/split/#gone", {"split/": (200, SPLIT), "other/": OTHER}),
    ("/split/#gone", {"split/": (200, SPLIT), "other/": NEW}),
    ("/split/#gone", {"split/": (301, "/docs/new/"), "new/": NEW}),
    ("/split/#gone", {"split/": (301, "/docs/other/#place"), "other/": OTHER}),
    ("/split/", {"split/": (301, "/docs/other/#place"), "other/": OTHER}),
    ("/split/#far", {"split/": (200, OURS.format("../new/", '{"far": "https://else.example/"}'))}),
    ("/round/", {"round/": (301, "/docs/again/"), "again/": (301, "/docs/round/")}),
    ("/round/", {"round/": (301, "https://else.example/")}),
    ("/gone/", {"gone/": (404, "")}),
    ("/gone/", {"gone/": (410, "")}),
    ("/gone/", {"gone/": (200, "")}),
    ("/gone/", {"gone/": (0, "it took too long")}),
    ("/gone/", {"gone/": (301, "/docs/new/"), "new/": NEW}),
    ("/gone/#x", {"gone/": (200, "")}),
    ("/folder/", {"folder/": (200, "")}),
    ("/folder/a/", {"folder/a/": (200, "")}),
    ("/folders/", {"folders/": (200, "")}),
    ("/new/#retired", {"new/": NEW}),
]  # fmt: skip


def the_map() -> RedirectMap:
    """Every kind of line."""
    place = Place("redirects.yml")
    retired = [Entry(old, "", place) for old in ("gone.md", "folder/*", "new.md#retired")]
    return parse_map([Entry(old, new, place) for old, new in REDIRECTS.items()], retired=retired)


def answer(url: str, said: Said) -> Answer:
    """What the client makes of a status, and of a page or where a redirect leads."""
    status, text = said
    if not status:
        return Answer(0, error=text)
    if status == 200:
        return Answer(200, page=read_page(text.encode()))
    return Answer(status, urljoin(url, text) if text else "")


def judged() -> str:
    """What is said of each case, without and with regard to queries."""
    lines, lost = list[str](), False
    for text, paths in CASES:
        said_by = (f"{path} {status} {said}" for path, (status, said) in paths.items())
        lines.append("  ".join([text, *said_by]))
        found: list[str] = []
        for query in (False, True):
            promise = Promise(
                ROOT, [parse(text)], the_map(), site_url="https://site.example/docs/", query=query
            )
            answers: dict[str, Answer] = {}
            wanted = promise.first()
            while wanted:
                for url in wanted:
                    path = url.removeprefix(ROOT)
                    bare = path.removesuffix("?unbroken=verify")
                    answers[url] = answer(url, paths[path] if path in paths else paths[bare])
                result = promise.judge(answers)
                wanted = result.wanted
            asked = ", ".join(url.removeprefix(ROOT) for url in sorted(answers))
            said_of_it = [f"{each.code}: {each.message} {each.remedy}" for each in result.shortfalls]
            if lost and said_of_it and said_of_it[0].startswith("query-lost"):
                said_of_it = ["query-lost"]  # the same words once are enough
            lost = lost or bool(said_of_it and said_of_it[0].startswith("query-lost"))
            found.append(f"    {said_of_it[0] if said_of_it else f'holds {result.good}'} (asked: {asked})")
        lines += [found[0], *([f"  with a query: {found[1].strip()}"] if found[1] != found[0] else [])]
    return "\n".join(lines) + "\n"


def test_every_letter_is_as_expected() -> None:
    assert judged() == EXPECTED.read_bytes().decode()


if __name__ == "__main__":
    os.environ["PATH"] = environment()["PATH"]
    EXPECTED.write_bytes(judged().encode())
