"""Amazon S3: metadata and routing rules for its website endpoint, a function and a store for CloudFront.

From Amazon's pages: 50 routing rules a bucket, which compare only the beginning of a key, so that they are
used for patterns alone; an object's ``WebsiteRedirectLocation`` begins with ``/`` or ``http`` and has at most
2 KB; a CloudFront function has at most 10 KB; a key value store holds 5 MB, a key 512 bytes, a value 1 KB,
and is imported from ``{"data": [{"key": ..., "value": ...}]}``. The website endpoint drops the query; the
function keeps it, and knows 410.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from unbroken.findings.base import Finding, Place
from unbroken.formats import literals
from unbroken.model.addresses import stub_file
from unbroken.model.imported import Imported, Unreadable, below, exact, kept
from unbroken.model.imported import Rule as ImportedRule
from unbroken.model.plan import Plan
from unbroken.publish.hosts.base import Host, HostFile, decoded, to_json

ROUTING_RULES = 50
LOCATION = 2_048
FUNCTION = 10_240
STORE = 5 * 1024 * 1024
KEY = 512
VALUE = 1_024

_FOLDER = "_unbroken/s3/"


class S3(Host):
    """Amazon S3, alone or behind CloudFront."""

    name = "s3"
    title = "Amazon S3"
    wildcards = True
    wildcard_limit = ROUTING_RULES
    roomy = True
    decodes = False
    gone = True
    caches = True

    def files(self, plan: Plan) -> list[HostFile]:
        """Return the store and the function for CloudFront, then metadata and routing rules for S3 alone."""
        return [
            HostFile(f"{_FOLDER}key-value-store.json", self._store(plan)),
            HostFile(f"{_FOLDER}function.js", self._function(plan)),
            HostFile(f"{_FOLDER}objects.json", to_json(list(self._objects(plan)))),
            HostFile(f"{_FOLDER}routing-rules.json", to_json(list(self._routing(plan)))),
        ]

    def too_long(self, path: str, url: str) -> str | None:
        """Say so past the size of a key and its value."""
        if len(path) > KEY or len(url) > VALUE:
            return f"a key has {KEY} bytes at most, and a value {VALUE:,}"
        return None

    def limits(self, plan: Plan, place: Place) -> Iterator[Finding]:
        """Yield a finding past 50 routing rules, 5 MB of store and 10 KB of function."""
        yield from super().limits(plan, place)
        size = len(self._store(plan).encode())
        if size > STORE:
            yield self.limit(
                place,
                f"takes a key value store of {STORE:,} bytes, and ours has {size:,}.",
                "Join redirects into patterns, or let the stubs answer.",
            )
        size = len(self._function(plan).encode())
        if size > FUNCTION:
            yield self.limit(
                place,
                f"takes a CloudFront function of {FUNCTION:,} bytes, and ours has {size:,}.",
                "Join patterns that share a prefix.",
            )

    def _store(self, plan: Plan) -> str:
        lines: list[str] = []
        size = len('{"data": [\n\n]}\n')
        # Other spellings only as far as there is room.
        for rule in sorted([*self.redirects(plan), *self.withdrawn(plan)], key=lambda rule: not rule.first):
            line = json.dumps({"key": rule.path, "value": rule.url or "410"})
            size += len(line) + len(",\n")
            if rule.first or size <= STORE:
                lines.append(line)
        return '{"data": [\n' + ",\n".join(lines) + "\n]}\n"

    def _function(self, plan: Plan) -> str:
        patterns = [
            {
                "prefix": plan.base + pattern.prefix,
                "target": self.target(plan, pattern.target),
                "star": pattern.star,
            }
            for pattern in self.patterns(plan)
        ]
        code = files("unbroken.publish.hosts").joinpath("cloudfront.js").read_text(encoding="utf-8")
        # JSON in ASCII is a JavaScript expression.
        code = code.replace("/* seconds */ 0", str(plan.max_age))
        return code.replace("/* patterns */ []", json.dumps(patterns))

    def _objects(self, plan: Plan) -> Iterator[dict[str, Any]]:
        """Yield what ``aws s3api put-object`` takes for each old page."""
        for rule in self.redirects(plan, variants=False):
            key = stub_file(rule.path) or decoded(rule.path).removeprefix("/")
            if len(rule.url) <= LOCATION:
                yield {
                    "Key": key,
                    "WebsiteRedirectLocation": rule.url,
                    "CacheControl": f"max-age={plan.max_age}",
                }

    def _routing(self, plan: Plan) -> Iterator[dict[str, Any]]:
        for pattern in self.patterns(plan):
            url = self.target(plan, pattern.target)
            redirect: dict[str, Any] = {"HttpRedirectCode": "301"}
            if not url.startswith("/"):
                scheme, _, rest = url.partition("://")
                host, _, url = rest.partition("/")
                redirect |= {"Protocol": scheme, "HostName": host}
            redirect["ReplaceKeyPrefixWith" if pattern.star else "ReplaceKeyWith"] = url.removeprefix("/")
            prefix = decoded(plan.base + pattern.prefix).removeprefix("/")
            # Only where there is no object, so that an object's own redirect comes first.
            condition = {"HttpErrorCodeReturnedEquals": "404", "KeyPrefixEquals": prefix}
            yield {"Condition": condition, "Redirect": redirect}


HOST = S3()


def read(text: str, file: str) -> Imported:
    """Return what routing rules in JSON or XML hold.

    Raises:
        Unreadable: it is neither.
    """
    result = Imported()
    if text.lstrip().startswith("<"):
        entries = list(_from_xml(text, file))
    else:
        found = literals.objects(literals.read_json(text, file))
        entries = [_flat(each) for each in found if isinstance(each.values.get("Redirect"), literals.Object)]
    for place, values in entries:
        result.rules.append(_from_routing(place, values))
    return result


def _flat(entry: literals.Object) -> tuple[Place, dict[str, str]]:
    both = {**entry.object("Condition").values, **entry.object("Redirect").values}
    return entry.place, {key: str(value) for key, value in both.items() if isinstance(value, (str, int))}


def _from_xml(text: str, file: str) -> Iterator[tuple[Place, dict[str, str]]]:
    from xml.parsers import expat

    found: list[tuple[Place, dict[str, str]]] = []
    name, said = "", ""
    parser = expat.ParserCreate()

    def start(tag: str, _: dict[str, str]) -> None:
        nonlocal name, said
        name, said = tag, ""
        if tag == "RoutingRule":
            found.append((Place(file, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1), {}))

    def data(more: str) -> None:
        nonlocal said
        said += more

    def end(tag: str) -> None:
        if found and tag == name and said.strip():
            found[-1][1][tag] = said.strip()

    def entity(*_: object) -> None:
        raise Unreadable(Place(file, parser.CurrentLineNumber), "Routing rules must not have entities.")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.EntityDeclHandler = data, entity
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        message = f"This is not XML: {expat.ErrorString(error.code)}."
        raise Unreadable(Place(file, error.lineno, error.offset + 1), message) from None
    return iter(found)


def _from_routing(place: Place, values: dict[str, str]) -> ImportedRule:
    prefix = values.get("KeyPrefixEquals", "")
    host = values.get("HostName", "")
    start = f"{values.get('Protocol', 'https')}://{host}/" if host else "/"
    code = values.get("HttpRedirectCode", "301")
    error = values.get("HttpErrorCodeReturnedEquals", "")
    about = {
        "status": int(code) if code.isdecimal() and len(code) == 3 else 0,
        "live_wins": error in ("404", "403"),
        "some": f"answers with {error}" if error not in ("", "403", "404") else "",
    }
    whole, part = values.get("ReplaceKeyWith"), values.get("ReplaceKeyPrefixWith")
    target = start + (whole or part or (prefix if host else ""))
    if not prefix:
        return kept(place, "every key", target, "it has no KeyPrefixEquals, so it catches the whole site")
    if not prefix.endswith("/") and "." in prefix.rpartition("/")[2]:
        return exact(place, "/" + prefix, target, **about)._replace(source=prefix)
    return below(place, prefix, "/" + prefix, target, whole is None, **about)
