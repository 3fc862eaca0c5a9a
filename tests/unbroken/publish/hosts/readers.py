"""Readers of the formats whose hosts do not run here, written from what their makers document.

Each takes a host's files and returns a function from a request (path and query) to what the host would say.
"""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, unquote_to_bytes
from xml.etree import ElementTree

import yaml

from tests.commands import BIN, ROOT, must, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from unbroken.publish.hosts import HostFile

    Said = tuple[int, str] | None
    Reader = Callable[[str, str], Said]


def gitlab(files: list[HostFile]) -> Reader:
    """GitLab Pages: words parted by white space, the first match, no regard to case and to the last slash."""
    rules = []
    for line in files[0].content.splitlines():
        if line.strip() and not line.startswith("#"):
            source, target, status = line.split()
            assert status == "301"
            rules.append((source, target))

    def read(path: str, query: str) -> Said:
        asked = unquote(path)
        for source, target in rules[:1000]:
            if source.rstrip("/") == asked.rstrip("/") and not re.search(r"\*|:[a-zA-Z]", target):
                return 301, target
            pattern = ""
            for segment in filter(None, source.split("/")):
                if segment == "*":
                    pattern += "/*(?P<splat>.*)/*"
                elif re.fullmatch(":[a-zA-Z]+", segment):
                    pattern += f"/+(?P<{segment[1:]}>[^/]+)"
                else:
                    pattern += "/+" + re.escape(segment)
            if found := re.match(f"(?i)^{pattern}/*$", asked):
                groups = found.groupdict()
                to = re.sub("(?i):([a-z]+)", lambda name: groups.get(name[1], ""), target)  # noqa: B023
                return 301, re.sub("//+", "/", to)
        return None

    return read


def readthedocs(files: list[HostFile]) -> Reader:
    """Read the Docs: the first page redirect by position, without regard to the last slash."""
    listed = yaml.safe_load(files[0].content)
    assert [entry["position"] for entry in listed] == list(range(len(listed)))

    def read(path: str, query: str) -> Said:
        asked = unquote(path)
        for entry in listed:
            source, to = entry["from_url"], entry["to_url"]
            assert entry["type"] == "page"
            assert entry["force"] is True
            if source.endswith("*") and asked.startswith(source[:-1]):
                to = to.replace(":splat", asked[len(source) - 1 :])
            elif source.rstrip("/") != asked.rstrip("/"):
                continue
            return entry["http_status"], to + (f"?{query}" if query else "")
        return None

    return read


def amplify(files: list[HostFile]) -> Reader:
    """Amplify: the first rule, compared as sent; ``<*>`` at the end stands for the rest."""
    rules = json.loads(files[0].content)

    def read(path: str, query: str) -> Said:
        for rule in rules:
            begun, star, _ = rule["source"].partition("<*>")
            if path.startswith(begun) if star else path == begun:
                return int(rule["status"]), rule["target"].replace("<*>", path[len(begun) :])
        return None

    return read


def codeberg(files: list[HostFile]) -> Reader:
    """Codeberg: three words a line, the first match; ``*`` at a source's end is ``:splat`` in the target."""
    rules = [line.split() for line in files[0].content.splitlines() if line and not line.startswith("#")]

    def read(path: str, query: str) -> Said:
        for source, target, status in rules:
            begun, star, _ = source.partition("*")
            if path.startswith(begun) if star else path == source:
                return int(status), target.replace(":splat", path[len(begun) :]) if star else target
        return None

    return read


def fastly(files: list[HostFile]) -> Reader:
    """Fastly: a table of long strings, and conditions on the beginning of a path."""
    text = files[0].content
    table = dict(re.findall(r'^  \{"([^"]*)"\}: \{"([^"]*)"\},$', text, re.MULTILINE))
    wild = re.findall(r'~ \{"(\^[^"]*)"\}\) \{\n    set var.to = \{"([^"]*)"\}( re.group.1)?;', text)

    def read(path: str, query: str) -> Said:
        to = table.get(quote(unquote_to_bytes(path), safe=""), "")
        for pattern, url, rest in wild if not to else ():
            if found := re.search(pattern, path):
                to = url + (found[1] if rest else "")
                break
        return None if not to else (410, "") if to == "410" else (301, to)

    return read


def iis(files: list[HostFile]) -> Reader:
    """IIS: its rules in order, each with a rewrite map looked up by the decoded path."""
    top = ElementTree.fromstring(files[0].content)
    lines = {add.attrib["key"]: add.attrib["value"] for add in top.iter("add") if "key" in add.attrib}

    def read(path: str, query: str) -> Said:
        value = lines.get(unquote(path), "")
        for rule in top.iter("rule"):
            asked, known = (add.attrib["pattern"] for add in rule.iter("add"))
            found = re.search(known, value) if re.search(asked, query) else None
            action = rule.find("action")
            assert action is not None
            if found and action.attrib["type"] == "CustomResponse":
                return int(action.attrib["statusCode"]), ""
            if found:
                to = action.attrib["url"].replace("{QUERY_STRING}", query)
                for number, text in enumerate(found.groups(), 1):
                    to = to.replace(f"{{C:{number}}}", text or "")
                return 301, to
        return None

    return read


def kubernetes(files: list[HostFile]) -> Reader:
    """Kubernetes: Ingresses with one target each, and routes, each with what its validation lets pass."""
    known: dict[str, str] = {}
    for ingress in filter(None, yaml.safe_load_all(files[0].content)):
        notes = ingress["metadata"]["annotations"]
        url = notes["nginx.ingress.kubernetes.io/permanent-redirect"]
        assert re.fullmatch(r"[\-._~a-zA-Z0-9/:,?&=]*", url)
        for rule in ingress["spec"]["rules"]:
            for each in rule["http"]["paths"]:
                assert each["pathType"] == "Exact"
                assert re.fullmatch(r"/[A-Za-z0-9._\-/]*", each["path"])
                known[each["path"]] = url
    for route in filter(None, yaml.safe_load_all(files[1].content)):
        assert len(route["spec"]["rules"]) <= 16
        for rule in route["spec"]["rules"]:
            ((match,), (each,)) = rule["matches"], rule["filters"]
            path, moved = match["path"]["value"], each["requestRedirect"]
            assert re.fullmatch(r"(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+", path)
            assert not re.search("//|/[.]{1,2}(/|$)|%2[fF]", path)
            assert moved["statusCode"] == 301
            url = moved["path"]["replaceFullPath"]
            url = f"{moved['scheme']}://{moved['hostname']}{url}" if "hostname" in moved else url
            assert known.setdefault(path, url) == url

    def read(path: str, query: str) -> Said:
        return (301, known[path]) if path in known else None

    return read


def bulk_redirects(text: str) -> Reader:
    """Cloudflare's Bulk Redirects: exact source URLs without a scheme, no header."""
    rows = {row[0]: row for row in csv.reader(text.splitlines())}

    def read(path: str, query: str) -> Said:
        row = rows.get("docs.example" + path)
        if row is None:
            return None
        _, to, status, keep, *rest = row
        assert rest == ["FALSE"] * 3
        assert keep == ("FALSE" if "?" in to.partition("#")[0] else "TRUE")
        return int(status), to

    return read


PACKAGES = ROOT / "tests/node/node_modules"

# Vercel's own compiler of redirects, and what it makes of them as its proxy reads it.
VERCEL = """
const { getTransformedRoutes } = require(process.argv[1]);
const [redirects, asked] = JSON.parse(require("fs").readFileSync(0));
console.warn = console.error = () => {};
const { routes, error } = getTransformedRoutes({ redirects });
if (error) throw new Error(error.message);
const rules = routes.filter((route) => route.headers && route.headers.Location);
if (rules.length !== redirects.length) throw new Error("a redirect is missing");
console.log(JSON.stringify(asked.map((path) => {
  for (const { src, status, headers } of rules) {
    const match = new RegExp(src).exec(path);
    if (match) return [status, headers.Location.replace(/\\$(\\d+)/g, (_, n) => match[n])];
  }
  return null;
})));
"""
# The part of Firebase's local server that redirects. It has RE2 only where that is compiled.
FIREBASE = """
const redirects = require(process.argv[1])();
const [rules, asked] = JSON.parse(require("fs").readFileSync(0));
const config = rules.map((rule) => ({ ...rule, regex: rule.regex.replace("(?P<", "(?<") }));
console.log(JSON.stringify(asked.map((url) => {
  let said = null;
  const superstatic = { handle: ({ redirect, status }) => { said = [status, redirect]; } };
  redirects({ url, superstatic: { redirects: config } }, { superstatic }, () => {});
  return said;
})));
"""


def _node(*arguments: str | Path, given: object) -> list[Said]:
    done = must(run(BIN / "node", *arguments, given=json.dumps(given).encode()))
    return [tuple(said) if said else None for said in json.loads(done.stdout)]


def vercel(files: list[HostFile], asked: list[str]) -> list[Said]:
    """Vercel: its own package reads the file, for many paths at once."""
    rules = json.loads(files[0].content)["redirects"]
    return _node("-e", VERCEL, PACKAGES / "@vercel/routing-utils", given=[rules, asked])


def firebase(files: list[HostFile], asked: list[str]) -> list[Said]:
    """Firebase Hosting: its local server's own code reads the file, for many paths at once."""
    rules = json.loads(files[0].content)["hosting"]["redirects"]
    return _node("-e", FIREBASE, PACKAGES / "superstatic/lib/middleware/redirects.js", given=[rules, asked])


CLOUDFRONT = """
import { readFileSync } from "node:fs";
const [code, store, asked] = JSON.parse(readFileSync(0));
const data = new Map(store.data.map(({ key, value }) => [key, value]));
if (data.size !== store.data.length) throw new Error("a key comes twice");
globalThis.cf = { kvs: () => ({ get: async (key) => {
  if (!data.has(key)) throw new Error("KeyNotFound");
  return data.get(key);
} }) };
const here = code.replace('import cf from "cloudfront";', "const cf = globalThis.cf;");
const text = here + "\\nexport { handler };";
const { handler } = await import("data:text/javascript," + encodeURIComponent(text));
const said = [];
for (const [uri, querystring] of asked) {
  const reply = await handler({ request: { uri, querystring } });
  said.push(reply.statusCode ? [reply.statusCode, reply.headers ? reply.headers.location.value : ""] : null);
}
console.log(JSON.stringify(said));
"""


def cloudfront(files: list[HostFile], asked: list[tuple[str, dict[str, Any]]]) -> list[Said]:
    """CloudFront: the function itself, over a store that holds what the file says."""
    store, function = json.loads(files[0].content), files[1].content
    return _node("--input-type=module", "-e", CLOUDFRONT, given=[function, store, asked])
