"""AWS Amplify Hosting: the list of custom rules that its console and ``update-app`` take.

From Amazon's pages on redirects and on ``CustomRule``: rules are tried in order and the first match counts;
source and target have at most 2,048 characters each; ``<*>`` at the end of a source stands for the rest, and
in a target for the same. Nothing there says 410, or how long a browser may keep the answer.
"""

from __future__ import annotations

import json

from unbroken.model.plan import Plan
from unbroken.publish.hosts.base import Host, HostFile

LENGTH = 2_048

_FILE = "_unbroken/amplify/custom-rules.json"


class Amplify(Host):
    """AWS Amplify."""

    name = "amplify"
    title = "AWS Amplify"
    wildcards = True
    any_prefix = False
    decodes = False
    as_sent = True

    def files(self, plan: Plan) -> list[HostFile]:
        """Return the rules as JSON, one a line."""
        pairs = [(rule.path, rule.url) for rule in self.redirects(plan)]
        pairs += [
            (f"{plan.base}{p.prefix}<*>", self.target(plan, p.target) + "<*>" * p.star)
            for p in self.patterns(plan)
        ]
        lines = (json.dumps({"source": s, "target": t, "status": "301"}) for s, t in pairs)
        return [HostFile(_FILE, "[\n" + ",\n".join(lines) + "\n]\n")]

    def obstacle(self, path: str, url: str) -> str | None:
        """Say what a rule cannot."""
        if "*" in path or "<" in url:
            return "Amplify reads <*> as a wildcard"
        return super().obstacle(path, url)

    def too_long(self, path: str, url: str) -> str | None:
        """Say so past the length of a source and a target."""
        if max(len(path), len(url)) > LENGTH:
            return f"a source and a target have {LENGTH:,} characters at most"
        return None


HOST = Amplify()
