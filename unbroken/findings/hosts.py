"""What a host cannot do."""

from __future__ import annotations

from typing import Self

from unbroken.findings.base import Finding, Place, Severity
from unbroken.findings.commands import typed


class HostCannot(Finding):
    """A host cannot say what the redirect asks for."""

    code = "host-cannot"
    default = Severity.WARNING
    page = """
Hosts differ in what their rules can express. Some know no 410, some no fragment in a target:

```yaml title="redirects.yml" linenums="1"
plugins:
  redirects:
    redirect_maps:
      guide/setup.md: guide/install.md#linux
  unbroken:
    hosts: [gitlab]
```

```text
redirects.yml:4:7: warning host-cannot: GitLab Pages cannot have a rule
for /guide/setup/, because GitLab drops the fragment of its target; its
stub answers.
Leave it if the site keeps its stubs; else choose another host.
```

**Cure:** Read what answers instead ([Hosting](hosts/index.md#what-each-host-can-do) compares all hosts). If the message says that the stub does, readers still arrive. If it says that nothing answers, choose another host, or keep the file published.
"""


class HostLimit(Finding):
    """A host does not take this many redirects, or a line this long."""

    code = "host-limit"
    default = Severity.ERROR
    page = """
A host ignores the rules past its limit without a word. Here there are 101 redirects:

```yaml title="redirects.yml" linenums="1"
plugins:
  unbroken:
    hosts: [readthedocs]
  redirects:
    redirect_maps:
      tips/1.md: index.md
      # ... and so on, a line for each page
      tips/101.md: index.md
```

```text
redirects.yml:3:13: error host-limit: Read the Docs takes 100 redirects
on its community site, and there are 101.
Join redirects into patterns, or take readthedocs out of hosts and let
the stubs answer.
```

**Cure:** Join lines into a [pattern](move.md#patterns). If there is nothing to join, do what the message says for your host.
"""


class HostClash(Finding):
    """Two chosen hosts write the same file."""

    code = "host-clash"
    default = Severity.ERROR
    page = """
Cloudflare and Netlify both read a file `_redirects`, each in its own dialect:

```yaml title="redirects.yml" linenums="2"
  unbroken:
    hosts: [cloudflare, netlify]
```

```text
redirects.yml:3:25: error host-clash: cloudflare and netlify both write
_redirects.
Keep one of them, and write the other's rules with
`unbroken export netlify`.
```

**Cure:** Name only the host that you deploy to. For the other one, write the rules apart from the build, as the message says.
"""

    @classmethod
    def of(cls, place: Place, first: str, second: str, file: str) -> Self:
        """Return the finding of two hosts with one rule file."""
        fix = f"Keep one of them, and write the other's rules with `{typed(f'unbroken export {second}')}`."
        return cls(place, f"{first} and {second} both write {file}.", fix)
