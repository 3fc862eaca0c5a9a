"""What can be wrong with patterns and with retired addresses."""

from __future__ import annotations

from typing import Self

from unbroken.findings.base import Finding, Place, Severity


class DeadPattern(Finding):
    """A pattern leads a published address to a page that is not there."""

    code = "dead-pattern"
    default = Severity.ERROR
    page = """
The ledger has `/manual/faq/` and `/manual/setup/`. Only one of them has a page of that name in the new folder:

```yaml title="redirects.yml" linenums="2"
  unbroken:
    patterns:
      manual/*: guide/*
```

```text title="published-urls.txt"
/manual/faq/
/manual/setup/
```

```text
redirects.yml:4:7: error dead-pattern: The pattern leads /manual/setup/
to a page that is not there.
Add 'manual/setup.md: new/page.md' to redirect_maps for each, or the
page to retired.
```

**Cure:** Add a line to `redirect_maps` for each address that the message names. It wins over the pattern.
"""

    @classmethod
    def of(cls, place: Place, some: str, page: str) -> Self:
        """Return the finding of published addresses, of which the first was a page path."""
        message = f"The pattern leads {some} to a page that is not there."
        line = f"{page}: new/page.md"
        fix = f"Add '{line}' to redirect_maps for each, or the page to retired."
        return cls(place, message, fix, text=line)


class PatternLive(Finding):
    """A pattern catches a page that is still published."""

    code = "pattern-live"
    default = Severity.WARNING
    page = """
```yaml title="redirects.yml" linenums="2"
  unbroken:
    patterns:
      guide/*: index.md
```

```text title="published-urls.txt"
/guide/setup/
```

```text
redirects.yml:4:7: warning pattern-live: The pattern catches
/guide/faq/, /guide/install/, /guide/network/, still published, so no
wildcard rule is written.
Narrow the pattern, or leave it: what is published stays.
```

The published pages stay. Each old address gets a redirect of its own, instead of one rule with a `*` that would catch those pages as well.

**Cure:** None is needed. To have one rule, narrow the pattern, as in `guide/old/*`.
"""

    @classmethod
    def of(cls, place: Place, some: str) -> Self:
        """Return the finding of published addresses that a pattern catches."""
        message = f"The pattern catches {some}, still published, so no wildcard rule is written."
        return cls(place, message, "Narrow the pattern, or leave it: what is published stays.")


class UnusedPattern(Finding):
    """A pattern matches no address in the ledger."""

    code = "unused-pattern"
    default = Severity.WARNING
    page = """
```yaml title="redirects.yml" linenums="2"
  unbroken:
    patterns:
      handbook/*: guide/*
```

```text title="published-urls.txt"
/manual/faq/
```

```text
redirects.yml:4:7: warning unused-pattern: No address in the ledger
begins with /handbook/, so only wildcard rules answer.
Delete the pattern, or add its old addresses to the ledger, or run:
unbroken record --from COMMIT.
```

Then no old address gets a stub, and hosts without wildcard rules answer none of them.

**Cure:** Correct the pattern. If it is right, add the old addresses to `published-urls.txt`, one a line.
"""

    @classmethod
    def of(cls, place: Place, prefix: str, has_ledger: bool) -> Self:
        """Return the finding of a pattern that no recorded address begins with."""
        if not has_ledger:
            message = "No ledger tells what the pattern matches, so only wildcard rules answer."
            return cls(place, message, command="unbroken record --from COMMIT")
        message = f"No address in the ledger begins with {prefix}, so only wildcard rules answer."
        fix = "Delete the pattern, or add its old addresses to the ledger."
        return cls(place, message, fix, "unbroken record --from COMMIT")


class Overlap(Finding):
    """A pattern and another redirect answer the same address."""

    code = "overlap"
    default = Severity.WARNING
    page = """
```yaml title="redirects.yml" linenums="2"
  redirects:
    redirect_maps:
      manual/faq.md: guide/network.md
  unbroken:
    patterns:
      manual/*: guide/*
```

```text title="published-urls.txt"
/manual/faq/
/manual/install/
```

```text
redirects.yml:7:7: warning overlap: The pattern also matches
/manual/faq/, which a more specific line answers (redirects.yml:4:7).
Leave it if the specific line is meant to win, else delete the specific
line.
```

The line without a `*` always wins; of two patterns, the longer one.

**Cure:** None is needed if the exception is meant. If it is not, delete the line for the one page.
"""

    @classmethod
    def of(cls, place: Place, some: str, where: Place) -> Self:
        """Return the finding of addresses that a more specific line answers, too."""
        message = f"The pattern also matches {some}, which a more specific line answers ({where})."
        fix = "Leave it if the specific line is meant to win, else delete the specific line."
        return cls(place, message, fix)


class RetiredLive(Finding):
    """A retired address is still published, or is redirected."""

    code = "retired-live"
    default = Severity.ERROR
    page = """
You cannot withdraw a page and keep it:

```yaml title="redirects.yml" linenums="2"
  unbroken:
    retired: [guide/faq.md]
```

```text
redirects.yml:3:15: error retired-live: guide/faq.md is retired here but
still published.
Delete the page, or delete this line.
```

**Cure:** Delete the page's file, or take the address out of `retired`. If the address has a redirect, keep the redirect: it serves readers better.
"""

    @classmethod
    def published(cls, place: Place, source: str) -> Self:
        """Return the finding of what is retired and still published."""
        message = f"{source} is retired here but still published."
        return cls(place, message, "Delete the page, or delete this line.")

    @classmethod
    def redirected(cls, place: Place, source: str, where: Place) -> Self:
        """Return the finding of what is retired and redirected."""
        message = f"{source} is retired here and redirected in {where}."
        return cls(place, message, "Delete one of the two lines.")
