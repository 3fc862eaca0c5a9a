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
from unbroken.model.addresses import stub_file
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
        return code.replace("/* patterns */ []", json.dumps(patterns))

    def _objects(self, plan: Plan) -> Iterator[dict[str, Any]]:
        """Yield what ``aws s3api put-object`` takes for each old page."""
        for rule in self.redirects(plan, variants=False):
            key = stub_file(rule.path) or decoded(rule.path).removeprefix("/")
            if len(rule.url) <= LOCATION:
                yield {"Key": key, "WebsiteRedirectLocation": rule.url}

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
