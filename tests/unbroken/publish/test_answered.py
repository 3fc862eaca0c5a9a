"""How each old address of a site is answered, and what its stubs say, to the letter.

``answered.txt`` is what is expected: ``python -m tests.unbroken.publish.test_answered`` writes it anew, for
one to look at.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.unbroken.sites import finished, page
from unbroken.publish.explain import explain
from unbroken.publish.stubs import preview
from unbroken.workspace import config as configuration

EXPECTED = Path(__file__).with_name("answered.txt")
TOLD = """<!doctype html><html><head><title> New  "&amp;"
 better</title><meta name="description" content=" a  b "><meta property="og:title" content="N">
<meta property="og:image" content="card.png"><meta property="og:url" content="javascript:x">
<meta name="twitter:image" content="//cdn.example/t.png"><meta name="twitter:card" content="">
<meta property="og:video" name="description" content="v.mp4"><meta content="no">
<meta name="robots" content="no">
</head><body><h2 id="part">x</h2></body></html>"""
PAGES = {
    "index.html": page("home"),
    "new/index.html": TOLD,
    "größe/index.html": f"{'<!doctype html>':<65536}<title>Too far down</title><h2 id='maß'>x</h2>",
    "v2/install/index.html": page("linux"),
    "files/a.pdf": "%PDF",
}
REDIRECTS = {
    "old.md": "new.md",
    "old.md#moved": "größe.md#maß",
    "deep/er/old.md": "new.md#part",
    "dead.md": "new.md#none",
    "a.pdf": "files/a.pdf",
    "away.md": "https://else.example/?a=1&b=<2>#c",
    "chain.md": "old.md",
    "round.md": "again.md",
    "again.md": "round.md",
    "nowhere.md": "none.md",
    "new.md#was": "v2/install.md#linux",
    "Größe alt.md": "größe.md",
    "index.md#gone": "new.md",
}
SETTINGS = {
    "patterns": {"v1/*": "v2/*", "flat/*": "new.md"},
    "retired": ["gone.md", "withdrawn/*"],
}
LEDGER = "/\n/v1/install/\n/v1/none/\n/flat/x/\n/gone/\n/withdrawn/a/\n"
ASKED = """/ /#home /#gone new /new/ /new/#part /new/#none /new/#was /old/ /old/#moved /old/#part
/old/?x=1#moved
https://docs.example/base/old/ https://docs.example/base
/base/old/ /deep/er/old/ /deep/er/old/#x /dead/ /a.pdf
/away/ /away/#d /chain/ /round/ /nowhere/ /gr%C3%B6%C3%9Fe-alt/ /Gr%C3%B6%C3%9Fe%20alt/ /gone/ /gone/#x /../x/
/withdrawn/a/ /v1/install/ /v1/install/#linux /v1/none/ /v1/other/ /flat/x/ /flat/y/#z /ol/ /neww/ /OLD/
old.md"""
AGAIN = "/new/#was /old/#moved /deep/er/old/#x /a.pdf /away/#d /gone/ /v1/install/#linux /v1/none/ /flat/y/#z"
HOSTS: tuple[list[str], ...] = ([], ["netlify", "github"], ["nginx", "cloudflare", "s3"])
STUBS = ("old", "away", "deep/er/old", "Größe alt")
#: Heads of pages that say much, and what is kept of them.
HEADS = {
    "no head": b"<title>a</title>",
    "two titles": b"<title></title><title>b</title>",
    "after the head": b"<title>a</title></head><meta name=description content=b>",
    "in the body": b"<title>a</title></head><body><p>x</p>",
    "no text": b"\xff\xfe<title",
    "many": b"".join(b"<meta name=og:%d content=x>" % n for n in range(42)),
    "long": b"<meta name=description content=%s>" % (b"x" * 2001),
    "empty": b"<meta name=og:a content=' '><meta name=' og:b ' content=y><meta property='' name=c content=>",
}


def answered(root: Path) -> str:
    """All of it."""
    parts = []
    for number, hosts in enumerate(HOSTS):
        folder = root / str(number)
        folder.mkdir(parents=True)
        (folder / "published-urls.txt").write_text(LEDGER, encoding="utf-8")
        outcome = finished(
            folder, PAGES, REDIRECTS,
            site_url="https://docs.example/base/", unbroken={**SETTINGS, "hosts": hosts},
        )  # fmt: skip
        config = configuration.read(folder / "mkdocs.yml")
        parts.append(f"=== {', '.join(hosts) or 'no host'}\n")
        for text in (AGAIN if number else ASKED).split():
            lines, arrives = explain(text, config, outcome.plan)
            said = "\n".join(lines).replace(str(folder), "/site")
            parts.append(f"{text}: {'arrives' if arrives else 'is lost'}\n{said}\n")
        if not number:
            site = folder / "site"
            written = sorted(file.relative_to(site).as_posix() for file in site.rglob("*.*"))
            parts.append(f"=== written\n{' '.join(written)}\n")
            parts += [f"=== {name}\n{(site / name / 'index.html').read_text('utf-8')}" for name in STUBS]
    for name, head in HEADS.items():
        told = preview(head)
        meta = [(attribute, each, len(content)) for attribute, each, content in told.meta]
        parts.append(f"=== {name}: {told.title!r} {len(meta)} {meta[-2:]}\n")
    return "".join(parts)


def test_every_letter_is_as_expected(tmp_path: Path) -> None:
    assert answered(tmp_path) == EXPECTED.read_bytes().decode()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        EXPECTED.write_bytes(answered(Path(folder)).encode())
