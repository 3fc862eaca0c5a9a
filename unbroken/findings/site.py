"""What can be wrong with the files of a built site."""

from __future__ import annotations

from typing import Self

from unbroken.findings.base import Finding, Place, Severity


class Blocked(Finding):
    """A stub or rule file cannot be written where it belongs."""

    code = "blocked"
    default = Severity.ERROR
    page = """
Something of yours stands there and cannot be combined with it. Here `docs/vercel.json` lacks a colon:

```yaml title="redirects.yml" linenums="1"
plugins:
  redirects:
    redirect_maps:
      guide/setup.md: guide/install.md
  unbroken:
    hosts: [vercel]
```

```json title="docs/vercel.json"
{"cleanUrls" true}
```

```text
redirects.yml:6:13: error blocked: site/vercel.json cannot be written:
it is not valid JSON: Expecting ':' delimiter: line 1 column 14 (char 13).
Correct vercel.json in docs_dir, or delete it there.
```

**Cure:** Correct or remove the file in `docs/` that the message names, and build again.
"""

    @classmethod
    def of(cls, place: Place, file: str, reason: str, fix: str) -> Self:
        """Return the finding of a file that cannot be written."""
        return cls(place, f"{file} cannot be written: {reason}.", fix, subject=file)


class Unfinished(Finding):
    """The built site lacks the stubs that its redirects need."""

    code = "unfinished"
    default = Severity.WARNING
    page = """
Another builder made the site, and nothing has added the pages at its old addresses yet:

```yaml title="redirects.yml" linenums="4"
      guide/setup.md: guide/install.md
```

```text
redirects.yml:4:7: warning unfinished: site has no stub at
/guide/setup/.
Run: unbroken finish site.
```

**Cure:** Run the command in the message after each build. MkDocs with the plugin does this by itself.
"""

    @classmethod
    def of(cls, place: Place, folder: str, source: str, others: int) -> Self:
        """Return the finding of an address without its stub, and how many others there are."""
        more = f" and {others:,} others" if others else ""
        message = f"{folder} has no stub at {source}{more}."
        return cls(place, message, command=f"unbroken finish {folder}", subject=source)


class Unreadable(Finding):
    """A file of the built site cannot be read."""

    code = "unreadable"
    default = Severity.ERROR
    page = """
It is not text in UTF-8, is larger than 64 MB, may not be opened, or is a link to a place outside the site:

```sh
ln -s /srv/reports/today.html site/today.html
```

```text
site/today.html:1:1: error unreadable: This file of the site cannot be
read: it is a link that leaves the site.
Mend the file, or take it out of the site.
```

**Cure:** Put the file itself into the site, or take it out.
"""

    @classmethod
    def of(cls, place: Place, reason: str) -> Self:
        """Return the finding of a file of the site that could not be read."""
        message = f"This file of the site cannot be read: {reason}."
        return cls(place, message, "Mend the file, or take it out of the site.")
