"""What can be wrong with the links of a built site."""

from __future__ import annotations

from unbroken.findings.base import Finding, Severity


class BrokenLink(Finding):
    """A link leads to a page that is not there."""

    code = "broken-link"
    default = Severity.ERROR
    page = """
The name is misspelled, or the page has moved:

```markdown title="docs/guide/faq.md" linenums="1"
# Questions

## Updates

First read how to [install](guide/install.md) it.
```

```text
docs/guide/faq.md:5:29: error broken-link: docs/guide/guide/install.md
is not there.
Perhaps link to `install.md`.
```

Where a page with the same name is elsewhere, the message says that you perhaps mean it. Where git knows that the page was renamed, it names the new one.

**Cure:** Link to the page's file as it is now, `install.md`.
"""


class BrokenFile(Finding):
    """A page shows or runs a file that is not there."""

    code = "broken-file"
    default = Severity.ERROR
    page = """
This is the same for images, scripts and style sheets:

```markdown title="docs/guide/faq.md" linenums="1"
# Questions

## Updates

![The dialog for updates](updates.png)
```

```text
docs/guide/faq.md:5:27: error broken-file: docs/guide/updates.png is not
there.
Correct the link, or remove it.
```

**Cure:** Add the file below `docs/`, or correct its name. Capitals count.
"""


class BrokenAnchor(Finding):
    """A link leads to an anchor that is not on its page."""

    code = "broken-anchor"
    default = Severity.ERROR
    page = """
```markdown title="docs/guide/faq.md" linenums="1"
# Questions

## Updates

On Windows, [install](install.md#window) it again.
```

```text
docs/guide/faq.md:5:23: error broken-anchor: #window is not on
/guide/install/.
Perhaps link to `install.md#windows`.
```

**Cure:** Use an anchor of that page. You find it in the link beside the heading.
"""


class ThroughRedirect(Finding):
    """A link works only thanks to a redirect."""

    code = "through-redirect"
    default = Severity.WARNING
    page = """
The page has moved, and this link still names its old address. Readers arrive, by a detour:

```yaml title="redirects.yml" linenums="4"
      guide/setup.md: guide/install.md
```

```markdown title="docs/guide/faq.md" linenums="1"
# Questions

## Updates

First [install](/guide/setup/) it.
```

```text
docs/guide/faq.md:5:17: warning through-redirect: /guide/setup/ works
only thanks to a redirect.
Link to `install.md`, or run: unbroken check --fix.
```

**Cure:** Link to the page's file where it is now, `install.md`. In raw HTML, which builders leave as it is, name its URL. This command does it for you, for all such links:

```sh
.venv/bin/unbroken check --fix
```
"""


class BadUrl(Finding):
    """A link has a URL that cannot be read."""

    code = "bad-url"
    default = Severity.ERROR
    page = """
```markdown title="docs/guide/faq.md" linenums="1"
# Questions

## Updates

Look at the [server](http://localhost:port/).
```

```text
docs/guide/faq.md:5:22: error bad-url: http://localhost:port/ is a URL
that cannot be read.
Correct it; write an example as code.
```

**Cure:** Correct the URL. If it is an example, write it as code.
"""


class DuplicateId(Finding):
    """A page has one anchor more than once."""

    code = "duplicate-id"
    default = Severity.WARNING
    page = """
Two places on a page have the same anchor. A link finds only the first:

```markdown title="docs/guide/faq.md" linenums="1"
# Questions

<a id="updates"></a>When do you release?

## Updates
```

```text
docs/guide/faq.md:3:8: warning duplicate-id: #updates is on /guide/faq/
more than once, and only the first can be reached.
Give the other an id of its own, as in { #updates-2 } or id="updates-2".
```

**Cure:** Give one of them another anchor. Two headings of the same words are no such case: they get numbers by themselves.
"""


class Orphan(Finding):
    """No page links to a page."""

    code = "orphan"
    default = Severity.OFF
    page = """
You hear of it only if you ask. Here no page links to `guide/faq.md`:

```yaml title="redirects.yml" linenums="2"
  unbroken:
    severity:
      orphan: warning
```

```markdown title="docs/index.md" linenums="1"
# Start

[Install](guide/install.md) it, then set up your [network](guide/network.md).
```

```text
docs/guide/faq.md:1:1: warning orphan: No page links to /guide/faq/.
Link to it, or add it to nav.
```

**Cure:** Link to the page from another one, or add it to `nav`.
"""
