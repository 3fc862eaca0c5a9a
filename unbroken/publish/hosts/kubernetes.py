"""Kubernetes: Ingresses for ingress-nginx, and HTTPRoutes for the Gateway API.

From the code of both: ``permanent-redirect`` takes one URL of few letters for a whole Ingress, which one path
with an escape has refused; an HTTPRoute has at most 16 rules, and ``ReplaceFullPath`` takes a path alone, no
query, fragment or port. So each file has what its controller takes. A visitor's query is dropped or kept as
the controller likes, and neither knows 410.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import yaml

from unbroken.findings.base import Finding, Place, count
from unbroken.findings.hosts import HostCannot
from unbroken.model.plan import Plan
from unbroken.publish.hosts.base import Host, HostFile

RULES = 16

# What an Ingress takes of a path and of a URL, and a route of a path.
_PATH = re.compile(r"/[A-Za-z0-9._/-]*")
_URL = re.compile(r"[A-Za-z0-9._~/:,?&=-]*")
_VALUE = re.compile(r"(?!.*(?://|%2F))(?:[A-Za-z0-9/._~!$&'()*+,;=:@-]|%[0-9A-F]{2}){1,1024}")

_FOLDER = "_unbroken/kubernetes/"
_DUMPER: type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class Kubernetes(Host):
    """Kubernetes."""

    name = "kubernetes"
    title = "Kubernetes"
    decodes = False
    as_sent = True

    def files(self, plan: Plan) -> list[HostFile]:
        """Return the Ingresses, then the HTTPRoutes."""
        by_target: dict[str, list[str]] = {}
        rules = []
        for rule in self.redirects(plan):
            if _has_ingress(rule.path, rule.url):
                by_target.setdefault(rule.url, []).append(rule.path)
            if _has_route(rule.path, rule.url):
                rules.append(_rule(rule.path, rule.url))
        host = urlsplit(plan.site_url).hostname or ""
        ingresses = (_ingress(n, host, url, paths) for n, (url, paths) in enumerate(by_target.items(), 1))
        routes = (_route(n // RULES + 1, host, rules[n : n + RULES]) for n in range(0, len(rules), RULES))
        named = {"ingress-nginx": ingresses, "gateway-api": routes}
        return [HostFile(f"{_FOLDER}{name}.yaml", _yaml(each)) for name, each in named.items()]

    def obstacle(self, path: str, url: str) -> str | None:
        """Say what neither takes."""
        if not _has_ingress(path, url) and not _has_route(path, url):
            return "neither an Ingress nor an HTTPRoute takes its letters, or its target's fragment or query"
        return super().obstacle(path, url)

    def limits(self, plan: Plan, place: Place) -> Iterator[Finding]:
        """Yield a finding for what only one of the two files has."""
        yield from super().limits(plan, place)
        rules = list(self.redirects(plan, variants=False))
        for kind, has, other in ("HTTPRoute", _has_route, "Ingress"), ("Ingress", _has_ingress, "HTTPRoute"):
            lacking = [rule for rule in rules if not has(rule.path, rule.url)]
            if lacking:
                yield HostCannot(
                    lacking[0].entry.place,
                    f"{self.title} has {count(len(lacking), 'redirect')} in the {other} alone, such as "
                    f"{lacking[0].path}, which no {kind} can say.",
                    f"Leave it if the site keeps its stubs; else apply each {other}.",
                )


def _yaml(documents: Iterable[dict[str, Any]]) -> str:
    text = yaml.dump_all(documents, Dumper=_DUMPER, sort_keys=False, width=4096)
    return "# Written by Unbroken. Name your Gateway and your namespace with kubectl or kustomize.\n" + text


def _ingress(number: int, host: str, url: str, paths: list[str]) -> dict[str, Any]:
    # The service is never asked, but an Ingress has to name one.
    backend = {"service": {"name": "docs", "port": {"number": 80}}}
    http = {"http": {"paths": [{"path": p, "pathType": "Exact", "backend": backend} for p in paths]}}
    annotations = {
        "nginx.ingress.kubernetes.io/permanent-redirect": url,
        "nginx.ingress.kubernetes.io/permanent-redirect-code": "301",
    }
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": f"unbroken-{number}", "annotations": annotations},
        "spec": {"ingressClassName": "nginx", "rules": [{"host": host, **http} if host else http]},
    }


def _has_ingress(path: str, url: str) -> bool:
    return _PATH.fullmatch(path) is not None and _URL.fullmatch(url) is not None


def _has_route(path: str, url: str) -> bool:
    plain = not any(c in url for c in "?#") and urlsplit(url).port is None
    return plain and _VALUE.fullmatch(path) is not None


def _rule(path: str, url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    moved: dict[str, Any] = {
        "path": {"type": "ReplaceFullPath", "replaceFullPath": parts.path},
        "statusCode": 301,
    }
    if parts.hostname:
        moved |= {"scheme": parts.scheme, "hostname": parts.hostname}
    matches = [{"path": {"type": "Exact", "value": path}}]
    return {"matches": matches, "filters": [{"type": "RequestRedirect", "requestRedirect": moved}]}


def _route(number: int, host: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    spec: dict[str, Any] = {"parentRefs": [{"name": "gateway"}], "rules": rules}
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": f"unbroken-{number}"},
        "spec": {"hostnames": [host], **spec} if host else spec,
    }


HOST = Kubernetes()
