"""What is read of a site's files, and what is written to them, to the letter.

What single rules mean, other tests say; here a slip shows wherever it is. ``to_the_letter.txt`` is what is
expected: ``python -m tests.unbroken.workspace.test_to_the_letter`` writes it anew, for one to look at.
"""

# ruff: noqa: E501  what is read here is as wide as it may come

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

from tests.commands import forked, must, run
from tests.unbroken.move.sites import repository, tree
from tests.unbroken.sites import page, recorded, the_map
from unbroken.findings.base import Finding, Place
from unbroken.findings.redirects import Cycle, DeadPage
from unbroken.formats.html import read_page
from unbroken.model.addresses import flat
from unbroken.model.errors import Conflict, GitError, Refused
from unbroken.workspace import baseline, config, files, index, ledger
from unbroken.workspace.built_site import Site, SiteStubs, anchor_redirects, select_pages
from unbroken.workspace.cache import Cache, State
from unbroken.workspace.changes import changes_in, renamed_earlier, renamed_since
from unbroken.workspace.elsewhere import elsewhere_of
from unbroken.workspace.sources import below
from unbroken.workspace.transaction import Change, Transaction, Write, make

EXPECTED = Path(__file__).with_name("to_the_letter.txt")


def write(root: Path, given: dict[str, str | bytes]) -> None:
    """Write files, and what is above them."""
    for name, text in given.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text if isinstance(text, bytes) else text.encode())


# Configurations.

REDIRECTS = "plugins:\n- redirects:\n    redirect_maps:\n      "
#: Each the files of a site; the first one is read.
CONFIGS: dict[str, dict[str, str | bytes]] = {
    "nothing": {"mkdocs.yml": ""},
    "a list": {"mkdocs.yml": "- a\n"},
    "broken": {"mkdocs.yml": "site_name: a: b\n"},
    "broken otherwise": {"mkdocs.yml": "a:\n\t- b\n"},
    "no UTF-8": {"mkdocs.yml": b"site_name: x\nsite_url: \xff\n"},
    "a control character": {"mkdocs.yml": b"a: 1\n\nb: \x01\n"},
    "too deep": {"mkdocs.yml": "a: " + "[" * 200},
    "all of it": {
        "mkdocs.yml": "site_name: Small\nsite_url: https://x.example/docs\ndocs_dir: ./src/../text/\nsite_dir: out\n"
        "use_directory_urls: false\nhooks: [hook.py, 3]\ntheme: {name: x, custom_dir: text/over}\n"
        "extra_css: [./a.css, 3]\nextra_javascript: [b.js, {path: c.js, defer: true}, {x: y}]\n"
        "extra: {alternate: [{link: /de/}, x, {name: y}], version: {provider: mike}}\n"
        "markdown_extensions: [toc, pymdownx.snippets: {base_path: [a, b]}]\n"
        "plugins:\n  search: {}\n  unbroken:\n    hosts: [nginx, s3, nginx]\n    ledger: old/urls.txt\n    max_age: 0\n"
        "    elsewhere: [/v1/, '#/', x, //y/, /, '#']\n    retired: [a.md, 3, b.md]\n    patterns: {a/*: b/*, c/*: }\n"
        "    severity: {cycle: off, dead-page: {'a/*.md': warning, '*': bad}, no-such: error, '*': warning, clash: 3}\n"
        "    ledgre: x\n  redirects:\n    redirect_maps:\n      a.md: b.md\n      c.md: 3\n      d.md:\n      2025: e.md\n"
    },
    "of wrong types": {
        "mkdocs.yml": "site_name: [x]\nsite_url: 3\ndocs_dir: {a: b}\nuse_directory_urls: maybe\ntheme: material\n"
        "extra_css: a.css\nhooks: x\nextra: [y]\nplugins:\n- unbroken:\n    hosts: {a: b}\n    ledger: [x]\n    max_age: 1.5\n"
        "    retired: a.md\n    patterns: [a]\n    severity: error\n    elsewhere: 3\n- redirects: {redirect_maps: [a]}\n"
    },
    "plugins that are text": {"mkdocs.yml": "plugins: redirects\n"},
    "plugins that are named": {"mkdocs.yml": "plugins: [redirects, unbroken]\n"},
    "ours alone": {"mkdocs.yml": "plugins: [search, unbroken: {max_age: 31536000}]\n"},
    "too long": {"mkdocs.yml": "plugins: {unbroken: {max_age: 31536001, hosts: netlify, elsewhere: /api}}\n"},
    "a truth": {"mkdocs.yml": "plugins: {unbroken: {max_age: true, hosts: , ledger: }}\n"},
    "bad values": {"mkdocs.yml": 'site_url: "http://["\ndocs_dir: "a\\tb"\nplugins: {unbroken: {ledger: ../out.txt}}\n'},
    "git's own": {"mkdocs.yml": "plugins: {unbroken: {ledger: .git/config}}\n"},
    "inherited": {
        "mkdocs.yml": "INHERIT: conf/base.yml\nsite_name: Own\nplugins:\n  redirects:\n    redirect_maps: {b.md: own.md}\n",
        "conf/base.yml": "INHERIT: more.yml\nsite_name: Base\nsite_url: https://x.example/\nplugins:\n  redirects:\n    redirect_maps: {a.md: x.md, b.md: y.md}\n  search: {}\n",
        "conf/more.yml": "INHERIT: ../mkdocs.yml\nsite_dir: z\ntheme: {custom_dir: t}\n",
    },
    "inherits nothing": {"mkdocs.yml": "INHERIT: gone.yml\nsite_name: x\n"},
    "inherits a list": {"mkdocs.yml": "INHERIT: [a]\nsite_name: x\n"},
    "repeated": {"mkdocs.yml": f"{REDIRECTS}a.md: b.md\n      a.md: c.md\n"},
    "an environment": {"mkdocs.yml": "site_name: !ENV [NOT_SET_AT_ALL, Default]\nsite_url: !ENV NOT_SET_AT_ALL\n"},
    "TOML": {
        "zensical.toml": "[project]\nsite_name = 'x'\nsite_url = 'https://x.example/'\ndocs_dir = 'text'\n"
        "[project.plugins.redirects.redirect_maps]\n'a.md' = 'b.md'\n[project.plugins.unbroken]\nretired = ['c.md']\n"
        "hosts = 'nginx'\n[project.markdown_extensions.pymdownx.snippets]\nbase_path = 'z'\n"
    },
    "TOML at the top": {"zensical.toml": "site_name = 'x'\nplugins = ['unbroken']\nuse_directory_urls = 'no'\n"},
    "broken TOML": {"zensical.toml": "a = 1\nb = \n"},
    "TOML cut off": {"zensical.toml": "a = [\n"},
    "TOML that is no UTF-8": {"zensical.toml": b"a = '\xff'\n"},
    "of its own": {
        "unbroken.toml": "site_dir = 'public'\nsite_url = 'https://x.example'\nhosts = ['nginx']\nretired = ['a']\nlegder = 'x'\n"
        "[redirects]\n'old/' = 'new/'\nn = 3\n[patterns]\n'a/*' = 'b/*'\n"
    },
    "of a project": {"pyproject.toml": "[project]\nname = 'x'\n[tool.unbroken]\nsite_dir = 'public'\nredirects = {'a' = 'b'}\nledger = 'l'\n"},
    "of another project": {"pyproject.toml": "[tool]\nunbroken = 3\n"},
    "empty of its own": {"unbroken.toml": ""},
}  # fmt: skip


def plain(value: Any, root: Path) -> str:
    """A value as it is shown, whatever folder the site is in."""
    return re.sub(
        r"PosixPath\('([^']*)'\)", r"\1", f"{value!r}".replace(f"{root}/", "").replace(str(root), ".")
    )


def configurations(root: Path) -> Iterator[str]:
    for number, (name, given) in enumerate(CONFIGS.items()):
        here = root / str(number)
        write(here, given)
        (here / ".git").mkdir()
        with contextlib.chdir(here):
            read = config.read(here / next(iter(given)))
            first = config.Config(read.file, here / "docs", here / "site", ledger=here / "published-urls.txt")
            yield f"=== configuration: {name}; found: {plain(config.find(here), here)}"
            for field in fields(read):
                value = getattr(read, field.name)
                if field.name not in ("file", "findings") and value != getattr(first, field.name):
                    shown = sorted(value) if isinstance(value, frozenset) else value
                    if field.name in ("entries", "patterns", "retired"):
                        shown = [f"{each.source} -> {each.target} in {each.place}" for each in value]
                    yield f"{field.name}: {plain(shown, here)}"
            for each in read.findings:
                yield f"{each.code} {each.place}: {each.message} {each.remedy}"
    for names in (
        ("mkdocs.yaml", "unbroken.toml"),
        ("properdocs.yml", "zensical.toml"),
        ("pyproject.toml",),
        (),
    ):
        here = root / "-".join(names)
        write(here, dict.fromkeys(names, "[tool.other]\n"))
        yield f"{names}: {plain(config.find(here), here) if names else config.find(here)}"


# The ledger, and what stands beside it.

LEDGER = "# a comment\n\n/b/\n /a/#x \n/a/\n//h/\n/c%00\n/d e\n<<<<<<< HEAD\nhttps://h/\n/../x\n/e/?q\n#reused: /a/\n# reused: /b/#y z\n# reused:\t/b/#y\n# reused: x\n /%7e\n"


def ledgers(root: Path) -> Iterator[str]:
    yield "=== the ledger"
    held = ledger.held(LEDGER)
    yield from (f"{path} {lines}" for path, lines in held.pages.items())
    yield str(held.wrong)
    yield f"{ledger.size(LEDGER)} {sorted(map(str, ledger.reused(LEDGER)))}"
    for text in ("", "# b\n# a\n/z/\n/b/\n", "/a/\n\n# c\n/a/\n/A/", LEDGER):
        try:
            yield repr(ledger.extended(text, recorded(["/b/", "/a/#x y", "/b/"]), "l.txt"))
        except Refused as error:
            yield f"refused: {error}"
    write(
        root,
        {
            "bom.txt": "\ufeff/a/\n",
            "nul.txt": "/a/\0",
            "latin.txt": b"/\xff/",
            "folder/x": "",
            "good.txt": LEDGER,
        },
    )
    os.mkfifo(root / "pipe.txt")
    with (root / "huge.txt").open("wb") as stream:
        stream.truncate((64 << 20) + 1)
    for name in (
        "bom.txt",
        "nul.txt",
        "latin.txt",
        "folder",
        "good.txt/x",
        "pipe.txt",
        "huge.txt",
        "none.txt",
    ):
        try:
            yield f"{name}: {ledger.text_of(root / name)!r} {list(ledger.read(root / name))}"
        except OSError as error:
            yield f"{name}: {error.strerror}"
    for text in ("/a/\n/b/\n# c\n", "/b/\n/c/\n", "/c/\n"):
        write(root, {"cut/l.txt": text})
        if not (root / "cut/.git").exists():
            must(run("git", "init", "-q", cwd=root / "cut"))
        if text != "/c/\n":
            must(run("git", "add", "l.txt", cwd=root / "cut"))
            must(run("git", "commit", "-qm", "x", cwd=root / "cut"))
        yield f"cut: {[str(a) for a in ledger.cut(root / 'cut/l.txt')]}"
    yield "=== what is published"
    html = {
        "index.html": page("home", "a").replace("<article>", "<article><a href=linked.pdf>x</a><a href=x/y.zip>y</a><a href='a/'>z</a>"),
        "a/index.html": page("one"), "404.html": page("lost"), "stub/index.html": "<meta http-equiv=refresh content='0; url=../a/'>",
    }  # fmt: skip
    others = ("linked.pdf", "own.pdf", "theme.css", "theme.JS", "x/y.zip", "x/z.zip", "_redirects", "_headers", "a/index.md", "own.md", "assets/unbroken-lookup.json", "extra.css", "v1/b.txt")  # fmt: skip
    write(root, {f"s/site/{name}": text for name, text in {**html, **dict.fromkeys(others, "x")}.items()})
    write(root, {f"s/docs/{name}": "x" for name in ("own.pdf", "extra.css", "v1/b.txt")})
    redirects = the_map(
        {
            "old.md": "a.md",
            "gone.md": "none.md",
            "far.md": "https://x.example/",
            "a.md": "index.md",
            "a.md#was": "a.md#one",
            "a.md#one": "a.md",
        }
    )
    site = Site(root / "s/site", whole=True)
    pages = {
        path: read_page((root / "s/site" / file).read_bytes())
        for path, file in site.files.items()
        if file.endswith(".html")
    }
    here = config.Config(
        root / "s/mkdocs.yml", root / "s/docs", root / "s/site", parts=frozenset(["extra.css"])
    )
    yield f"{sorted(site.files)} {sorted(site.stubs)} {sorted(site.ours)}"
    yield str(sorted(map(str, flat(ledger.published(pages, site, redirects, here)))))
    here.elsewhere, here.docs_dir = ("/v1/",), root / "none"
    yield str(sorted(map(str, flat(ledger.published(pages, site, redirects, here)))))
    write(
        root,
        {
            "s/docs/_redirects": "# x\n/r/* /y 301\n/g 410\n/h /i 404!\n/j\n",
            "s/netlify.toml": "redirects = [{from='/n', to='x'}, {from='/o', status=410}, 3]\n",
            "s/vercel.json": '{"redirects": [{"source": "/p"}, 3], "rewrites": [{"source": "/q/:a"}, {"source": 3}]}',
        },
    )
    here.docs_dir, here.hosts = root / "s/docs", {"readthedocs": Place("")}
    yield str(
        [
            path
            for path in ("/v1/x", "/r/x", "/g", "/h", "/j", "/n", "/o", "/p", "/q/1", "/en/2/x", "/y")
            if elsewhere_of(here).answers(path)
        ]
    )
    write(root, {"s/netlify.toml": "[", "s/vercel.json": "{"})
    yield str([path for path in ("/r/x", "/n", "/p") if elsewhere_of(here).answers(path)])


def baselines(root: Path) -> Iterator[str]:
    yield "=== the baseline"
    here = config.Config(root / "m.yml", root / "docs", root / "site")
    found: list[Finding] = [
        DeadPage(Place(str(root / "docs/a.md"), 3, 4), "x is dead (m.yml:3:1).", "Do."),
        DeadPage(Place(str(root / "docs/a.md"), 5), "x is dead (m.yml:8).", "Do."),
        Cycle(Place(str(root / "m.yml")), "a\x1b", "Do."),
    ]
    yield f"{baseline.read(here)}"
    text = baseline.text_of(here, found)
    yield repr(text)
    write(root, {baseline.NAME: text})
    known = baseline.read(here)
    assert known is not None
    yield f"{sorted(known.items())} {len(baseline.new(here, found, known))} {len(baseline.new(here, [*found, found[0]], known))}"
    yield f"{baseline.shrink(here, found, known)} {baseline.shrink(here, found[1:], known)}"
    yield repr((root / baseline.NAME).read_text())
    yield f"{baseline.shrink(here, [], known)} {(root / baseline.NAME).exists()} {baseline.new(here, found[:1], Counter()) == found[:1]}"


def raw(root: Path) -> Iterator[str]:
    yield "=== changes"
    diff = (
        "c1\n", ":100644 100644 a b M", "x.md", ":100644 100755 a b R090", "x.md", "y.md", ":100644 000000 a 0 D", "z.md", "c2",
        ":000000 120000 0 b A", "l.md", ":160000 160000 a b M", "m", ":100644 120000 a b T", "t.md",
    )  # fmt: skip
    for commit, change in changes_in(iter(diff)):
        yield f"{commit} {tuple(change)}"
    yield "=== sources"
    write(
        root,
        {
            "docs/b.md": "",
            "docs/B.md": "",
            "docs/a/.hidden/x.md": "",
            "docs/sub/.git/x": "",
            "docs/sub/y.md": "",
            "docs/.git/z": "",
            "out/q.md": "",
        },
    )
    for name, leads in (
        ("docs/loop", "."),
        ("docs/in", "../out"),
        ("docs/dead.md", "none"),
        ("docs/self.md", "self.md"),
        ("docs/f.md", "b.md"),
    ):
        (root / name).symlink_to(leads)
    os.mkfifo(root / "docs/pipe.md")
    yield f"{tuple(below(root / 'docs'))} {tuple(below(root / 'none'))} {tuple(below(root / 'docs/b.md'))}"
    yield "=== renames that git sees"
    write(root, {f"g/docs/{name}.md": f"# {name}\n" + f"{name} text\n" * 20 for name in "abcd"})
    write(root, {"g/.gitignore": "", "g/other/e.md": "e\n"})
    repository(root / "g")
    must(run("git", "mv", "docs/a.md", "docs/a2.md", cwd=root / "g"))
    must(run("git", "commit", "-qm", "x", cwd=root / "g"))
    must(run("git", "mv", "docs/a2.md", "docs/a3.md", cwd=root / "g"))
    os.rename(root / "g/docs/b.md", root / "g/docs/b2.md")
    os.rename(root / "g/docs/c.md", root / "g/c.md")
    write(root, {"g/docs/d.md": "# d\n", "g/docs/new.md": "new\n", "g/other/e.md": "e2\n"})
    for ref in ("HEAD", "HEAD~1", "none"):
        try:
            seen = renamed_since(root / "g", root / "g/docs", [root / "g/other", root / "none"], ref)
            yield f"{seen.ref} {sorted(seen.files.items())} {sorted((name, bool(blob)) for name, blob in seen.blobs.items())}"
        except GitError as error:
            yield f"{ref}: {error}"
    yield f"{renamed_earlier(root / 'g/docs')} {renamed_earlier(root / 'none')}"


def written(root: Path) -> Iterator[str]:
    yield "=== files"
    old = os.umask(0o027)
    try:
        with contextlib.chdir(root):
            files.write(root / "new/a.txt", b"a", root)
            files.write(root / "b.txt", b"b")
            (root / "b.txt").chmod(0o604)
            (root / "link").symlink_to("b.txt")
            files.write(root / "link", b"c", root)
            files.replace(root / "link", b"d", root, sync=False)
            yield f"{ {name: (oct((root / name).stat().st_mode & 0o777), (root / name).read_text(), (root / name).is_symlink()) for name in ('new/a.txt', 'b.txt', 'link')} }"
            for name in ("new", "b.txt/x"):
                try:
                    files.write(root / name, b"x", root)
                except OSError as error:
                    yield f"{name}: {error.strerror} {files.shown(Path(error.filename))}"
            yield f"{sorted(p.relative_to(root).as_posix() for p in root.rglob('*'))} {files.shown(Path('/x/../y'))} {files.shown(root / 'b.txt')}"
    finally:
        os.umask(old)


BUILT = {
    "index.html": "<nav id=nav></nav><main><h1 id=home>x</h1><a name=named href=a/></a><p id='x-&amp;'></p></main>",
    "a/index.html": "<h2 id=one>x</h2><script data-unbroken-moves='{\"was\": \"#one\", \"far\": \"https://x.example/\"}'></script>",
    "stub/index.html": "<meta http-equiv=refresh content='0; url=../a/#one'>",
    "ours/index.html": '<meta name="generator" content="Unbroken"><script data-unbroken-to="../a/" data-unbroken-anchors=\'{"x": "../#home"}\'></script>',
    "ours/index.md": "x", "map/index.html": "<meta http-equiv=refresh content='0; url=/a/'>", "page.htm": "<i id=p></i>", ".hidden.html": "x", "n.html": "\0",
    "deep.html": "<div>" * 1001, "file.txt": "x", "theme/t.html": "x",
    "redirect.json": '{"a/#old": "a/#one", "#gone": "../x", "b#c%20d": "https://x.example/#y", "a": "b", "#": "b", "c#d": 3, "../e#f": "a/"}',
}  # fmt: skip


def noted(made: list[bytes], data: bytes) -> tuple[str]:
    """What bytes say, where it is noted that somebody asked."""
    made.append(data)
    return (data.decode(),)


def built(root: Path) -> Iterator[str]:
    yield "=== a built site"
    write(root, {f"site/{name}": text for name, text in BUILT.items()})
    (root / "site/in.html").symlink_to("a/index.html")
    (root / "site/out.html").symlink_to(root)
    content = {"/": read_page(b"<h1 id=home>x</h1>"), "/stub/": read_page(b"<i id=s>")}
    for whole in (True, False):
        cache = Cache(root, root / "site")
        site = Site(root / "site", whole=whole, cache=cache, content=content)
        yield f"{sorted(site.files.items())} {sorted(site.stubs)} {sorted(site.ours)}"
        anchors = site.anchors("/")
        assert anchors is not None
        yield str([name for name in ("home", "nav", "named", "x-&", "x", "hom", "") if name in anchors])
        for path in ("/", "/a/", "/stub/", "/n.html", "/deep.html", "/file.txt", "/none/", "/page.htm"):
            found, there = site.page(path), site.anchors(path)
            yield f"{path}: {found and (found.links, found.to, found.ours)} {sorted(there) if there is not None else None}"
        yield f"{sorted(site.faults.items())} {sorted(path for path, _ in site.pages())}"
        stubs = SiteStubs(site, ["/map/"])
        asked = (
            "/stub/",
            "/stub/#x",
            "/ours/",
            "/ours/#x",
            "/ours/#z",
            "/map/",
            "/a/",
            "/a/#was",
            "/a/#far",
            "/a/#one",
            "/a/#old",
            "/#gone",
            "/b#c%20d",
            "/none/#x",
        )
        for address in recorded(asked):
            yield f"{address}: {stubs.sends(address)} {stubs.moves(address)}"
        cache.save()
        yield f"{len(list((root / files.FOLDER).glob('*.pages')))} kept, {len(cache._new)} of them"
    yield str([(key, str(address), url) for key, address, url in anchor_redirects(root / "site")])
    for text in ("[", "[]", ""):
        write(root, {"site/redirect.json": text})
        yield f"{anchor_redirects(root / 'site')}"
    select_pages(site, the_map({"map.md": "a.md", "ours.md#x": "a.md"}), "theme/")
    yield f"{sorted(site.files)}"
    try:
        Site(root / "none")
    except NotADirectoryError as error:
        yield f"{error}"
    yield "=== what is kept of files"
    file = root / "f"
    for text, age in (("a", 9), ("a", 9), ("b", 9), ("b", 1), ("b", 1), ("", 1)):
        write(root, {"f": text})
        when = (time.time_ns() if age == 1 else 0) + age * 1_000_000_000
        os.utime(file, ns=(when, when))
        cache, made = Cache(root, root / "f", "texts"), list[bytes]()
        before = cache.known(str(file), "f")
        make = partial(noted, made)
        said = cache.recall(str(file), "f", lambda path: Path(path).read_bytes(), make)
        cache.save()
        yield f"{text!r}, {age}: {before} {said} {made}"
    cache = Cache(root, root / "f", "texts")
    cache.take({"g": (1, 0, b"", ("g",))})
    yield f"{cache.given(['f', 'g'])} {Cache(root, root / 'f', 'texts').of_text('f', b'', lambda data: ('anew',))}"
    state = State(root, "https://x.example/")
    known = recorded(["/a/", "/b/", "/c/"])
    yield f"{sorted(map(str, state.failed(known)))}"
    state.keep(recorded(["/b/", "/z/"]))
    yield f"{sorted(map(str, State(root, 'https://x.example').failed(known)))} {sorted(map(str, State(root, 'https://y').failed(known)))}"


CHANGE = Change(
    [("a.md", "b.md"), ("b.md", "a.md"), ("deep/er/c.md", "new/c.md")],
    [Write("b.md", b"a", b"A"), Write("fresh/d.md", None, b"D")],
    "all of it",
)


def stop(number: int, said: list[str], what: str) -> None:
    """End the process without a word at its step of that number."""
    if len(said) == number:
        os._exit(9)
    said.append(what)


def journals(root: Path) -> Iterator[str]:
    yield "=== a change, step by step"
    write(root, {"a.md": "a", "b.md": "b", "deep/er/c.md": "c"})
    repository(root)
    with contextlib.chdir(root):
        yield f"{index.changes(root, [])} {index.changes(root, [('none', 'x')])}"
        found = index.changes(root, [("a.md", "x.md"), ("none.md", "y.md")]) or {}
        yield f"{ {k: [re.sub('[0-9a-f]{40}', 'BLOB', line) for line in v] for k, v in found.items()} }"
        steps: list[str] = []
        Transaction(root, steps.append).apply(CHANGE)
        yield f"{', '.join(steps)}: {sorted(tree(root))} {[each.about for each in Transaction(root).done()]}"
        steps.clear()
        yield f"{Transaction(root, steps.append).undo()}: {', '.join(steps)}: {sorted(tree(root))}"
        for what in ("apply", "undo"):
            number = 0
            while number < 40:
                if what == "undo" and not Transaction(root).done():
                    Transaction(root).apply(CHANGE)
                moving = Transaction(root, partial(stop, number, []))
                if forked(partial(moving.apply, CHANGE) if what == "apply" else moving.undo):
                    break
                live = root / files.FOLDER / "move"
                left = (
                    sorted(path.relative_to(live).as_posix() for path in live.rglob("*"))
                    if live.exists()
                    else "nothing"
                )
                yield f"{what} stopped at {number}: {left}, {len(tree(root))} files; {Transaction(root).recover()}"
                if what == "apply" and Transaction(root).done():
                    Transaction(root).undo()
                number += 1
        refused = (
            Change([("a.md", "../x.md")], []), Change([], [Write(".git/x", None, b"x")]), Change([("none.md", "x.md")], []),
            Change([], [Write("a.md", b"else", b"x")]), Change([("a.md", "b.md")], []), Change([], [Write("/x", None, b"")]),
            Change([("a.md", "GIT~1/x")], []), Change([("a.md", ".g\u200cit/x")], []),
        )  # fmt: skip
        before = tree(root)
        for each in refused:
            try:
                make(root, each)
                yield f"made: {each}"
            except Conflict as error:
                yield f"{error} {tree(root) == before}".replace(f"{root}/", "")


def text() -> str:
    """All of it."""
    parts = []
    for make_lines in (configurations, ledgers, baselines, raw, written, built, journals):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(os.path.realpath(folder))
            parts += [line.replace(str(root), ".") for line in make_lines(root)]
    return "\n".join([*parts, ""])


def test_every_letter_is_as_expected() -> None:
    assert text() == EXPECTED.read_text(encoding="utf-8")


if __name__ == "__main__":
    EXPECTED.write_text(text(), encoding="utf-8", newline="\n")
