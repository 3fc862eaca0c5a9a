"""Kubernetes: Ingresses for ingress-nginx, and HTTPRoutes for the Gateway API.

From the pages of ingress-nginx on annotations and of the Gateway API on HTTPRoute: ``permanent-redirect``
takes one URL for a whole Ingress, so there is one for each target; an HTTPRoute has at most 16 rules, and
``ReplaceFullPath`` takes a path alone, so that what has a query, a fragment or a port of its own is left out
of the routes. Both drop or keep the query as the controller does, and neither knows 410.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import yaml

from unbroken.model.plan import Plan
from unbroken.publish.hosts.base import Host, HostFile

RULES = 16

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
        for rule in self.redirects(plan):
            by_target.setdefault(rule.url, []).append(rule.path)
        host = urlsplit(plan.site_url).hostname or ""
        ingresses = (_ingress(n, host, url, paths) for n, (url, paths) in enumerate(by_target.items(), 1))
        rules = [_rule(path, url) for url, paths in by_target.items() for path in paths if _is_plain(url)]
        routes = (_route(n // RULES + 1, host, rules[n : n + RULES]) for n in range(0, len(rules), RULES))
        return [
            HostFile(f"{_FOLDER}ingress-nginx.yaml", _yaml(ingresses)),
            HostFile(f"{_FOLDER}gateway-api.yaml", _yaml(routes)),
        ]

    def obstacle(self, path: str, url: str) -> str | None:
        """Say what an Ingress cannot."""
        if any(c in url for c in "'\"{}$;\\"):
            return "ingress-nginx takes no such character in a target"
        return super().obstacle(path, url)


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


def _is_plain(url: str) -> bool:
    return not any(c in url for c in "?#") and urlsplit(url).port is None


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
