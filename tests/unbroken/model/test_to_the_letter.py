"""What maps, rules and names come to, to the letter.

What single rules mean, other tests say; here a slip shows wherever it is. ``to_the_letter.txt`` is what is
expected: ``python -m tests.unbroken.model.test_to_the_letter`` writes it anew, for one to look at.
"""

# ruff: noqa: E501  what is read here is as wide as it may come

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.unbroken.sites import Shown, recorded, the_map
from unbroken.findings.base import Place
from unbroken.model import addresses, adopted, suggest
from unbroken.model.addresses import Address, by_path
from unbroken.model.elsewhere import elsewhere
from unbroken.model.errors import LeavesSite
from unbroken.model.following import PERMANENT, Rules, Site, follow
from unbroken.model.listing import File, Languages, Listing
from unbroken.model.plan import Kept, judge
from unbroken.model.redirects import (
    Entry,
    RedirectMap,
    Target,
    asking,
    escaped_query,
    parse_map,
    parted,
    quoted,
)
from unbroken.model.resolver import NoStubs, Resolver, url_from
from unbroken.publish.importers import FORMATS

EXPECTED = Path(__file__).with_name("to_the_letter.txt")
LIVE = Shown(
    {
        "/": ["home"],
        "/new/": ["one", "two", "Über"],
        "/other/": ["x"],
        "/files/a.pdf": [],
        "/keep/a/": [],
        "/v2/install/": ["start"],
        "/v2/use/": [],
        "/page.html": ["p"],
    }
)

# Names.

PATHS = (
    "index.md", "README.md", "a/index.md", "a/README.MD", "a.md", "a.b.markdown", "a/b.html", "a/index.html", "xindex.html",
    "a/xindex.html", "a/b.pdf", "é ü.md", "a//b.md", "./a.md", "a/../b.md", "../a.md", "a/../../b.md", "/a.md", "a%2Fb.md", "a%2fb/c",
    "%2e%2e/a.md", "a/%2e%2e%2fb.md", "%252e%252e/a", "a?b.md", "a#b.md", "a/", "a", "a.", ".a.md", "", ".", "..", "a/..", "a/.", "A/Ä.md", "a:b.md",
    "a\\b.md", "a%5cb.md", "a/index.html/", "%69ndex.html", "a~b.md", "a%7Eb.md", "a+b.md", "a%2Bb.md", "%", "%zz.md", "index.html", "a/b.HTM",
)  # fmt: skip


def names() -> Iterator[str]:
    for path in PATHS:
        said = []
        for directory_urls in (True, False):
            try:
                address = addresses.named_address(path, directory_urls)
            except LeavesSite as error:
                said.append(f"leaves: {error}")
                continue
            likely = addresses.likely_page_path(address, directory_urls)
            said.append(f"{address} {addresses.page_file(path, directory_urls)} {likely}")
        try:
            there = addresses.normal(path)
            said.append(
                f"{addresses.stub_file(there)} {addresses.spellings(there)[1:]} {addresses.sameness(there)} "
                f"{addresses.hides_folders(there)}"
            )
        except LeavesSite:
            pass
        yield f"{path!r}: {' | '.join(dict.fromkeys(said))}"
    for text in ("https://h.example/a/?b#c%20d", "/a?b#", "a#b#c", "/a/../../b", "//h/a"):
        try:
            yield f"{text}: {addresses.parse(text)!r} {addresses.parse(text)}"
        except LeavesSite as error:
            yield f"{text}: leaves: {error}"
    places = ("/", "/a/", "/a", "/a/b/", "/a/b/c.html", "/c:d", "/a/c:d", "/c:d/")
    for here in places:
        yield f"from {here}: {' '.join(addresses.relative(here, there) for there in places)}"
    yield f"{addresses.href('/a/', Address('/a/', 'b c'))} {addresses.href('/a/', Address('/a/'))}"
    yield f"{addresses.href('/a/', Address('/b', 'c', 'd'))} {addresses.href('/a/', 'https://x')}"
    yield f"{url_from('/a/', Address('/b/', 'c'))} {url_from('/a/', 'https://x')} {addresses.named('#a', True)}"


MEANT = (
    "/",
    "/guide/set-up/",
    "/guide/setup.html",
    "/guide/a.png",
    "/guide/b.png",
    "/Guide/Install%20It/",
    "/x/same/",
    "/y/same/",
)


def meant() -> Iterator[str]:
    found = suggest.Suggestions(MEANT)
    for path in (
        "/guide/set_up/", "/guide/setpu/", "/guide/set-up.md", "/x/guide/set-up", "/guide/c.png", "/guide/b.jpg", "/guide/install-it/",
        "/z/same/", "/guide/", "/", "/guide/a.png", "/guide/zzz/", "/guide/same",
    ):  # fmt: skip
        yield f"{path}: {found.nearest(path)} {found.nearest(path, files=True)}"
    anchors = ["tuning-the-widget", "turning", "Tuned", "set_up", "set-up-again", "a"]
    for fragment in ("Tuning", "TUNED", "set-up", "set", "set-up-again-and-again", "turnin", "zz", "", "A-b"):
        yield f"#{fragment}: {suggest.likely_anchor(fragment, anchors)}"
    yield f"a slip: {suggest.likely_anchor('tune-the-widgt', ['tune', 'tune-the-widget'])}"
    for count in (1999, 2000):
        yield f"{count}: {suggest.likely_anchor('x1', ['x', *map(str, range(count - 1))])}"
    known = ["redirect_maps", "max_age", "hosts", "elsewhere", "ledger"]
    yield f"{[suggest.choose(name, known) for name in ('max-ages', 'host', 'age', 'ledgr', 'zzzzzz', 'maps')]}"
    yield f"{suggest.similar('abcd', ['abce', 'abcf', 'xyz', 'abcd'], 2)} {suggest.similar('abcd', ['ab'], 1, 0.7)}"
    yield f"{[suggest.last_part(each) for each in ('/a/B_c%20 d.html', '/', '/a/é-_-e/')]}"


LANGUAGES = {kind: Languages(kind, "en", ("de", "fr")) for kind in ("suffix", "folder")}


def listings() -> Iterator[str]:
    for kind, languages in LANGUAGES.items():
        for path in (
            "a.md",
            "a.de.md",
            "a.en.md",
            "de/a.md",
            "en/a.md",
            "de",
            "x/.de.md",
            "a.xx.md",
            "x/a.fr.png",
        ):
            yield (
                f"{kind} {path}: {languages.split(path)} {languages.address(path, True)} "
                f"{languages.joined('de', 'b.md', path)} {languages.joined('en', 'b.md', path)}"
            )
    files = (
        File("index.md", "index.html", "/"),
        File("a.md", "a/index.html", "/a/", "docs/a.md", "", "en"),
        File("a.md", "de/a/index.html", "/de/a/", "docs/a.md", "", "de"),
        File("a.fr.md", "fr/a/index.html", "/fr/a/", "docs/a.fr.md", "i18n", "fr"),
        File("blog/posts/p.md", "blog/2025/p/index.html", "/blog/2025/p/", "docs/blog/posts/p.md", "blog"),
        File("blog/index.md", "blog/index.html", "/blog/", "docs/blog/index.md", "blog", own=("x",)),
        File("s.css", "s.css", "/s.css", page=False),
    )
    for spoken in (None, LANGUAGES["suffix"]):
        listing = Listing(files, spoken)
        yield f"{sorted(listing.by_address)} {[(k, v.language) for k, v in listing.by_source.items()]}"
        for path in (
            "a.md",
            "a.fr.md",
            "blog/posts/p.md",
            "blog/posts/q.md",
            "blog/q.md",
            "b.de.md",
            "z/q.md",
            "s.css",
        ):
            yield (
                f"{path}: {listing.address(path)} {listing.was(path, True)} {listing.was(path, False)} "
                f"{listing.decides(path)} {listing.translations(path)}"
            )
        moved = {
            "a.md": "n/b.md",
            "a.fr.md": "n/b.fr.md",
            "blog/posts/p.md": "blog/posts/q.md",
            "s.css": "t.css",
        }
        after = listing.after(moved, {"blog/posts/q.md": "/blog/2026/q/"}, True)
        yield str([(f.source, f.destination, f.address, f.disk) for f in after.files])
        yield str(
            [(f.source, f.address) for f in listing.before({"was.md": "a.md", "w.css": "s.css"}, False).files]
        )
        yield f"{listing.own_anchors('/blog/')} {listing.own_anchors('/none/')}"


# Maps.

ENTRIES = {
    "old.md": "new.md", "older.md": "old.md#one", "oldest.md#a": "older.md", "oldest.md": "older.md?q=1#two", "gone.md": "nowhere.md",
    "round.md": "about.md", "about.md": "round.md", "new.md": "other.md", "new.md#lost": "new.md#one", "new.md#two": "other.md",
    "new.md#away": "https://x.example/", "new.md#chain": "old.md#one", "lost.md#a": "new.md", "split.md": "new.md", "split.md#x": "other.md#x",
    "split.md#y": "new.md#Über", "Case.md": "new.md", "case.md": "new.md", "CASE.md": "other.md", "x.pdf": "files/a.pdf", "y/": "https://x.example/?a=b#c",
    "v1/own.md": "v2/install.md#start", "v1/use.md": "v2/use.md", "tow.md": "new.md#tow", "i/index.md": "keep/a.md", "p.md": "page.html#p",
    "v1.md": "v2/use.md", "retired.md": "new.md", "a%2Fb.md": "new.md", "../up.md": "new.md", "bad.md": "javascript:x", "n.md": "//x.example/",
    "space d.md": "new.md?a b=é", "ctl.md": "new\n.md", "#x": "new.md", "abs.md": "/new/", "user.md": "https://u@x.example/", "tail.md": "old.md",
    "a/b.md": "page.html", "old/index.html": "new.md", "s2.md": "new.md", "s2.md#one": "other.md#x", "s3.md": "new.md", "s3.md#x": "new.md#two",
    "s4.md": "https://x.example/", "s4.md#a": "new.md", "what?.md": "a?b.md", "q.md": "other?b.md#x", "sp ace.md#q": "new.md", "h.md": "new%2Fx.md",
    "../../x.md#a": "new.md", "e.md": "", "f.md": "#one", "g.md": "new.md#", "new.md#": "other.md", "i.md": "ftp:x", "c%0Ad.md": "new.md", "c%250Ad.md": "new.md", "k.md": "new%250A.md", "back.md": "a\\b", "j.md": "../x.md",
}  # fmt: skip
PATTERNS = {
    "v1/*": "v2/*", "v1/deep/*": "https://x.example/d/*", "keep/*": "new.md", "wild-*": "new.md#one", "loop/*": "loop/x/*", "self/*": "new.md?all=*",
    "empty/*": "v2/*", "none/*": "nothing/*", "*": "other.md", "v1/*x": "a", "w": "new.md", "keep/a/*": "v2/*", "v1/same/*": "v2/same/*",
}  # fmt: skip
RETIRED = ("retired.md", "dead/*", "new.md", "old.md#bye", "case.md", "files/*")
LEDGER = (
    "/v1/install/", "/v1/use/", "/v1/none/", "/v1/deep/x/", "/keep/a/", "/keep/b/", "/wild-one/", "/loop/a/", "/self/x/y/", "/none/x/", "/any/",
    "/dead/", "/dead/x/", "/dead/x/#y", "/old/#bye", "/old/#three", "/split/#x", "/split/#z", "/new/#lost", "/new/#never", "/v1/same/q/", "/files/b.pdf",
    "/retired/#z", "/case/#q", "/i/#top",
)  # fmt: skip


def shown(target: Target | None) -> str:
    """Where something leads."""
    return "nowhere" if target is None else str(target)


def maps() -> Iterator[str]:
    for patterns in ({k: v for k, v in PATTERNS.items() if k != "*"}, {"*": "other.md", "v1/*": "v2/*"}):
        redirects = the_map(ENTRIES if len(patterns) > 2 else {"v1/use.md": "keep/a.md"}, patterns, RETIRED)
        kept = Kept({"/new/": {"/old/", "/x/"}, "/v2/use/": {"/v1/use/"}}, "for 2 hours")
        plan, findings = judge(
            redirects, LIVE, by_path(recorded(LEDGER)), site_url="https://site.example/docs/", kept=kept
        )
        yield f"=== a map with {len(patterns)} patterns"
        for answer in plan.answers:
            anchors = {name: str(target) for name, target in answer.anchors.items()}
            marks = [
                word
                for word, holds in (("rule", answer.rule), ("twin", answer.twin), ("renews", answer.renews))
                if holds
            ]
            pattern = answer.pattern.prefix if answer.pattern else ""
            yield f"{answer.source} -> {plan.url(answer.target)} {anchors} {marks} {pattern} {plan.paths(answer.source)[1:]}"
        yield f"moves: { {p: {k: str(v) for k, v in m.items()} for p, m in plan.moves.items()} }"
        yield f"patterns: {[(p.prefix, shown(p.target), p.star) for p in plan.patterns]} gone: {sorted(plan.gone)}"
        for each in findings:
            yield re.sub(
                r"\S+unbroken record",
                "unbroken record",
                f"{each.code} {each.place}: {each.message} {each.remedy}",
            )
    redirects = the_map(ENTRIES, PATTERNS, RETIRED)
    for text in (
        "/old/?a#b", "/older/#x", "/oldest/?z", "/oldest/#a", "/round/", "/new/#lost", "/new/#one", "/new/?a#away", "/self/x?y", "/y/?q#f", "/y/",
        "/loop/", "/v1/deep/q?r", "/zzz", "/", "/space%20d/?c=d",
    ):  # fmt: skip
        path, _, fragment = text.partition("#")
        path, _, query = path.partition("?")
        for published in (LIVE, None):
            route = redirects.route(Address(path, fragment, query), published)
            yield f"{text} {'live' if published else 'alone'}: {shown(route.end)} {[h.entry.place.line for h in route.hops][:9]}"


HOSTS = (
    "x.example", "X.Example.", "münchen.example", "xn--mnchen-3ya.example", "xn--a", "-a-.example", "a..b", "a b", "1.2.3.4", "1.2.3", "0x7f.1", "256.1.1.1",
    "[::1]", "[::g]", "x.example:", "x.example:0443", "x.example:99999", "u@x.example", f"{'a' * 63}.example", f"{'a' * 64}.example", f"{'a.' * 126}b", f"{'a.' * 127}b",
    "", "_a.example", "a_b", "a%20b", "x.example:port",
)  # fmt: skip


def elsewhere_on_the_web() -> Iterator[str]:
    for host in HOSTS:
        redirects = the_map({"a.md": f"https://{host}/é b?c=d e#f[g]"})
        yield f"{host[:30]}: {redirects.pages['/a/'].target if redirects.pages else 'refused'}"
    redirects = the_map({f"{port}.md": f"HTTP://x.example:{port}" for port in range(11_000)})
    yield f"no port: {[port for port in range(11_000) if f'/{port}/' not in redirects.pages]}"
    yield f"{redirects.pages['/8080/'].target} {the_map({'a.md': 'https://x.example'}).pages['/a/'].target}"
    for text in ("what?.md", "a.md?b#c", "a?b", "a?b.md#c?d", "?", "#", "a.md?b.md"):
        yield f"{text}: {parted(text)} {asking(text, 'q')} {asking(text, '')} {escaped_query(text)}"
    yield f"{[quoted(each) for each in ('a', '', 'a b', chr(7), 'é')]}"
    files = (
        File("new.md", "new/index.html", "/new/", "docs/new.md", "", "en"), File("new.md", "de/new/index.html", "/de/new/", "docs/new.md", "", "de"),
        File("n.ipynb", "n/index.html", "/n/", "docs/n.ipynb"), File("x.png", "x.png", "/x.png", page=False), File("only.md", "only/index.html", "/only/", "", "", "en"),
        File("t.de.md", "de/t/index.html", "/de/t/", "", "", "de"), File("live.md", "de/live/index.html", "/de/live/", "", "", "de"),
    )  # fmt: skip
    listing = Listing(files, Languages("suffix", "en", ("de", "fr")))
    lines = {"old.md": "new.md", "n.ipynb": "new.md", "b.md": "n.ipynb", "c.md": "x.png", "o.md": "only.md", "live.md": "new.md", "t2.md": "t.de.md", "own.de.md": "t.de.md",
             "own.md": "new.md", "new.md": "only.md", "far.md": "https://x.example/"}  # fmt: skip
    entries = [Entry(source, target, Place("m", n)) for n, (source, target) in enumerate(lines.items())]
    for languages in (listing, None):
        found = parse_map(entries, listing=languages)
        yield str({path: str(hop.target) for path, hop in found.pages.items()})


# Links.


class Sent(NoStubs):
    """A site with stubs of its own."""

    def sends(self, address: Address) -> str | None:
        return {
            "/stub/": "../new/",
            "/far/": "https://x.example/",
            "/bad/": "http://[",
            "/a/": "/docs/b/",
            "/b/": "../a/",
        }.get(address.path)

    def moves(self, address: Address) -> str | None:
        return {("/new/", "moved"): "#one", ("/other/", "away"): "https://x.example/"}.get(address[:2])


URLS = (
    "", "#", "#a%20b", "#a:~:text=b", "a", "a/", "./a", ".", "..", "../", "../..", "../../a", "../../../a", "../../../../docs/a", "../../../../../other/docs/x",
    "/docs/a", "/docs", "/docs/", "/docsx", "/other/", "//x.example/a", "//site.example/docs/a", "https://site.example/docs/a?b#c",
    "HTTPS://Site.Example/docs/A", "http://site.example/docs/a", "https://site.example", "https://x.example/", "mailto:a", "a:b", "a\\b", "..\\a", "a?b#c", "?b",
    "index.html", "a/index.html#x", "a%2e%2e/b", "%2e%2e/b", "a//b", "http://", "http://x:y/", "http://[", "/docs/../a", "/docs/a/../../../b", "é", "a/./b/../c", "/docs/api/x",
    "../api/", "a#b#c", "a.b.html",
)  # fmt: skip


def links() -> Iterator[str]:
    there = elsewhere(("/api/", "#/", "#"), ("/docs/rules/:x", "/docs/*"), "/docs", False)
    resolver = Resolver(LIVE, the_map(ENTRIES), Sent(), "https://site.example/docs/", None, there)
    plain = Resolver(LIVE, RedirectMap())
    for url in URLS:
        said = []
        for each, page in ((resolver, "/g/h/"), (resolver, "/g/h"), (resolver, "/"), (plain, "/g/h/")):
            try:
                found = each.resolve(url, page)
                said.append("-" if found is None else str(found))
            except LeavesSite:
                said.append("leaves")
            except ValueError:
                said.append("bad")
        yield f"{url!r}: {' | '.join(said)}"
    for text in (
        "/stub/",
        "/stub/#x",
        "/far/",
        "/bad/",
        "/a/",
        "/new/#moved",
        "/other/#away",
        "/new/#lost",
        "/old/",
        "/oldest/#a",
        "/none/",
        "/round/",
    ):
        path, _, fragment = text.partition("#")
        arrival = resolver.follow(Address(path, fragment))
        answers = resolver.answers(Address(path, fragment))
        yield f"{text}: {shown(arrival.end)} {arrival.hops} {resolver.shown(arrival.end or '')} {answers}"
    whole = Resolver(LIVE, RedirectMap(), whole=Shown({"/other/": ["y"]}), elsewhere=there)
    asked = [
        ("/other/", "y"),
        ("/other/", "z"),
        ("/new/", "TOP"),
        ("/new/", "/route"),
        ("/new/", "!x"),
        ("/none/", ""),
        ("/new/", ""),
    ]
    yield f"{[whole.answers(Address(*each)) for each in asked]}"
    ours = elsewhere(
        ("/api/", "/x"),
        ("/r/:id", "/r/:a(\\d+)/z", "/s/*", "https://h.example/t", "/*", "http://[", "/u/"),
        "",
        True,
    )
    for path in ("/api", "/api/", "/api/x", "/apix", "/x", "/xy", "/r/1", "/r/1/", "/r/1/2", "/r/1/z", "/s/", "/s/a/b", "/t", "/u", "/en/latest/a", "/en/latest", "/en/v1.2", "/en/page", "/css/x.css", "/pt-br/1/", "/eng1/1/"):  # fmt: skip
        yield f"{path}: {ours.answers(path)}"


# Rules of other hosts.

NEXT = "/a /b 301\n/b/ /new/ 301\n/c /docs/other/ 301\n/d /d 301\n/e/* /new/:splat 301\n/f/* /docs/v2/:splat 301\n/e/x /new/ 301\n/g /docs/zzz/ 301\n/old /docs/other/ 301\n/docs/new /docs/other/ 301!\n/docs/v3/* /docs/v2/:splat 301\n/docs/in /docs/new/#one 301\n/docs/was https://x.example/y 301\n/docs/in /docs/v2/use/ 301\n/docs/old /docs/new/ 301\n/docs/older /docs/other/ 301\n/docs/v1/* /docs/v2/:splat 301\n/docs/q /docs/new/?a=b 301\n/docs/t 302\n/docs/t /docs/new/ 302\n"
NEXT += "".join(f"/docs/h{n} /docs/h{n + 1} 301\n" for n in range(5)) + "/docs/h5 /docs/new/#two 301\n"
NEXT += "/docs/m /docs/new/ 301 Country=de\n/docs/m /docs/other/ 301 Country=fr\n/docs/m /docs/new/ 301\n/docs/m /docs/other/ 301\n"
NEXT += "/docs/n /docs/new/ 301\n/docs/n /docs/other/ 301 Country=de\n"
SERVER = r"""server {
    rewrite ^/c(/.*)?$ /new$1 permanent;
    rewrite ^/d\.html$ /new/? permanent;
    rewrite ^/g/(\d+)/([a-z]+)$ /$2/$1 permanent;
    rewrite ^/v3/(.*)$ /v2/$1 permanent;
    if ($uri ~ "^/h/(.*)$") { return 301 /v2/$1; }
    location = /i { return 301 /new/$is_args$args; }
    location = /j { return 301 /; }
    location = /k { return 301 https://else.example$request_uri; }
    location ^~ /o/ { return 301 /v2$uri; }
    location ~* ^/r/(.*)\.html$ { rewrite ^/r/(.*)$ /new/$1 permanent; }
    location = /s { return 301 mailto:x; }
    location = /t { return 301 //else.example/; }
    location = /u { return 301 /other/#none; }
}
"""
RULES = {"below a path": ("netlify", NEXT), "of a server": ("nginx", SERVER)}


def rules() -> Iterator[str]:
    redirects = the_map(
        {"old.md": "new.md", "older.md": "new.md", "chain.md": "in.md"}, {"v1/*": "v2/*"}, ["bye.md"]
    )
    for title, (form, text) in RULES.items():
        yield f"=== rules: {title}"
        base = "/docs" if title == "below a path" else ""
        site = Site(LIVE, base, "example.com")
        imported = FORMATS[form].read(text, "f")
        judged, found = adopted.judge(imported, site, redirects)
        for each in judged:
            yield f"{each.rule.place.line} {each.fate}: {each.source} -> {shown(each.target)} {each.why}"[
                :240
            ]
        taken = {
            each.source.lstrip("/"): shown(each.target).lstrip("/") or "index.md"
            for each in judged
            if each.fate is adopted.Fate.TAKEN
        }
        lines = {"old.md": "new.md", "older.md": "new.md"} | {k: v for k, v in taken.items() if "*" not in k}
        after = the_map(lines, {"v1/*": "v2/*"} | {k: f"{v}*" for k, v in taken.items() if "*" in k})
        count, differences = adopted.compare(judged, found, redirects, after, site)
        yield f"{count} asked, {len(differences)} differ: {[tuple(each) for each in differences][:12]}"
        hops = adopted.first_hops(judged, site)
        yield f"{hops}"[:700]
        answers = {path: ((301, f"{path}/") if n % 3 else (200, "")) for n, path in enumerate(hops)}
        count, differences = adopted.misread(found, site, answers)
        yield f"{count} {[tuple(each) for each in differences][:6]}"[:700]
        for path in hops[:60] if base else ():
            end = follow(found, f"{path}?a=b#c", site)
            yield f"{path}: {shown(end.target)} {end.hops} {end.why} {end.live} {end.loses}"[:200]
    yield f"{PERMANENT} {[number for number, *_ in Rules([]).matches('/a')]}"
    site = Site(LIVE, "/docs", "example.com")
    for url in (
        "/a",
        "//a",
        "https://example.com",
        "http://EXAMPLE.com/a?b#c",
        "https://x.example/a",
        "a",
        "ftp://example.com/a",
    ):
        yield f"{url}: {site.local(url)} {adopted.site_path(url, site)}"
    yield f"{[site.inside(path) for path in ('/docs', '/docs/', '/docs/a', '/docsx', '/')]}"
    yield f"{[site.page(path) for path in ('/new', '/new/', '/page', '/page.html', '/none', '/..')]}"


def text() -> str:
    """All of it."""
    lines = ["=== names", *names(), "=== what is meant", *meant(), "=== listings", *listings(), *maps()]
    return "\n".join([*lines, "=== elsewhere", *elsewhere_on_the_web(), "=== links", *links(), *rules(), ""])


def test_every_letter_is_as_expected() -> None:
    assert text() == EXPECTED.read_text(encoding="utf-8")


if __name__ == "__main__":
    EXPECTED.write_text(text(), encoding="utf-8", newline="\n")
