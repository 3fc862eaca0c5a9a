"""What can be wrong with the answers of a running server."""

from __future__ import annotations

from unbroken.findings.base import Finding, Severity


class NoAnswer(Finding):
    """A server does not answer a published address."""

    code = "no-answer"
    default = Severity.ERROR
    page = """
The site has a redirect, but the server has neither the stub nor the rule:

```yaml title="redirects.yml" linenums="4"
      guide/setup.md: guide/install.md
```

```text
redirects.yml:4:7: error no-answer: /guide/setup/ answers 404.
Deploy the site and its rules again.
```

**Cure:** Deploy the site as it was built. If your host takes rules of its own, [give them to it](hosts/index.md).
"""


class BadRedirect(Finding):
    """A server answers an old address with a redirect that is not right."""

    code = "bad-redirect"
    default = Severity.ERROR
    page = """
It is not permanent, leads elsewhere than `redirects.yml` says, or leads to another redirect. Here somebody wrote a rule for nginx by hand:

```yaml title="redirects.yml" linenums="4"
      guide/setup.md: guide/install.md
```

```nginx title="server.conf"
location = /guide/setup/ { return 302 /guide/install/; }
```

```text
redirects.yml:4:7: error bad-redirect: /guide/setup/ answers 302, which
is not permanent.
Let it answer 301, as the rules that unbroken export prints do.
```

**Cure:** Take the rules that the build writes. [Hosting](hosts/index.md) tells how for each host.
"""


class NoAnchor(Finding):
    """A server's page lacks an anchor that was published."""

    code = "no-anchor"
    default = Severity.ERROR
    page = """
The heading is gone, or the server has an older or newer site than yours:

```text title="published-urls.txt" linenums="1"
/guide/install/#window
```

```text
published-urls.txt:1:1: error no-anchor: The server's page
/guide/install/ has no #window.
Run: unbroken check. Redirect the anchor if it says so, else deploy the
site again.
```

**Cure:** Run `.venv/bin/unbroken check`. If it finds the anchor lost, too, [redirect it](moved-headings.md). If not, deploy the site again.
"""


class QueryLost(Finding):
    """A server's redirect drops the visitor's query."""

    code = "query-lost"
    default = Severity.WARNING
    page = """
With `--query`, `unbroken verify` also looks whether `?lang=en` arrives. This rule drops it:

```yaml title="redirects.yml" linenums="4"
      guide/setup.md: guide/install.md
```

```nginx title="server.conf"
location = /guide/setup/ { return 301 /guide/install/; }
```

```text
redirects.yml:4:7: warning query-lost: The redirect of /guide/setup/
drops the visitor's query.
Deploy the rules that unbroken export prints: they keep it on every host
that can.
```

**Cure:** Take the rules that the build writes. Some hosts drop the query whatever the rule says: [Hosting](hosts/index.md#what-each-host-can-do) names them.
"""
