"""What can be wrong with the ledger, and with the addresses in it."""

from __future__ import annotations

from typing import Self

from unbroken.findings.base import Finding, Place, Severity


class LostAddress(Finding):
    """An address that was published no longer answers."""

    code = "lost-address"
    default = Severity.ERROR
    page = """
A page was deleted or moved, and no redirect says where it went. The ledger still has it:

```text title="published-urls.txt" linenums="1"
/guide/instal/
```

```text
published-urls.txt:1:1: error lost-address: /guide/instal/ was published
and no longer answers.
Perhaps add 'guide/instal.md: guide/install.md' to redirect_maps in
redirects.yml (it is spelt nearly the same), or 'guide/instal.md' to
retired if it was withdrawn.
```

**Cure:** Add the redirect that the message proposes, if it is right. *Perhaps* means that it is a guess. If you renamed the file by hand and have not committed yet, the message names the new page and `unbroken move --from-git`, which does the rest. `.venv/bin/unbroken check --fix` adds it for you where git leaves no doubt, as after a rename. If no page has the content now, [retire](move.md#retire-a-page) the address.
"""


class LostAnchor(Finding):
    """A heading address that was published no longer answers."""

    code = "lost-anchor"
    default = Severity.ERROR
    page = """
A heading was renamed or removed. People may have linked to it:

```text title="published-urls.txt" linenums="1"
/guide/install/#window
```

```text
published-urls.txt:1:1: error lost-anchor: /guide/install/#window was
published, and #window is no longer on /guide/install/.
Perhaps add 'guide/install.md#window: guide/install.md#windows' to
redirect_maps in redirects.yml (it is spelt nearly the same), or write
{ #window } behind the heading.
```

**Cure:** [Redirect the anchor](moved-headings.md), or give the heading its old one.
"""


class Renumbered(Finding):
    """A published heading address changed only by its number."""

    code = "renumbered"
    default = Severity.ERROR
    page = """
Equal headings on a page get numbers: `#updates`, `#updates_1`. When you remove the first, the second loses its number:

```text title="published-urls.txt" linenums="1"
/guide/faq/#updates_1
```

```text
published-urls.txt:1:1: error renumbered: /guide/faq/#updates_1 was
published, and is probably #updates now: only its number changed.
Add 'guide/faq.md#updates_1: guide/faq.md#updates' to redirect_maps in
redirects.yml, or write { #updates_1 } behind the heading.
```

When you put an equal heading *before* one that is published, its address stays, and names the new section. Nothing is lost that a list of addresses could show, so the text of the page is compared with the last commit that changed the ledger:

```diff title="docs/guide/faq.md" linenums="1"
 # Questions
+
+## Updates
+
+You find the news of each release on the start page, newest first.
 
 ## Updates
 
 Every month we publish a release, and we announce it by mail to all users.
```

```text title="published-urls.txt"
/guide/faq/#updates
```

```text
docs/guide/faq.md:7:1: error renumbered: /guide/faq/#updates was
published for this section, which is #updates_1 now: an equal heading
stands before it.
Write { #updates } behind this heading.
```

Once you have committed the ledger with the new heading, only `.venv/bin/unbroken check --since main` still tells: it compares with that branch. A section of less than eleven words is not compared, nor one that you also rewrote: neither tells for sure.

**Cure:** Give such headings anchors of their own, as in `## Updates { #updates_1 }`.
"""

    @classmethod
    def shifted(cls, place: Place, address: str, was: str, now: str) -> Self:
        """Return the finding of a section whose published anchor names another one by now."""
        message = (
            f"{address} was published for this section, which is #{now} now: "
            "an equal heading stands before it."
        )
        return cls(place, message, f"Write {{ #{was} }} behind this heading.", subject=address)


class OtherContent(Finding):
    """An address shows other content than it did when it was published."""

    code = "other-content"
    default = Severity.ERROR
    page = """
Two headings have changed places, so each address leads to the other section. Nothing is broken that a reader or a list of addresses could see, so the texts of the pages in git are compared, and the redirects that the map once had:

```diff title="docs/guide/network.md" linenums="1"
-## Proxy
+## Mirror
 
 Name the host and the port that your network lets out.
 
-## Mirror
+## Proxy
 
 Name the server from which packages are fetched.
```

```text title="published-urls.txt"
/guide/network/#proxy
/guide/network/#mirror
```

```text
docs/guide/network.md:1:1: error other-content: /guide/network/#mirror
shows another section than it did: what it was published for is now at
/guide/network/#proxy.
Give this section another anchor, and add 'guide/network.md#mirror:
guide/network.md#proxy' to the map; or write '# reused:
/guide/network/#mirror' into published-urls.txt if nobody needs the old
one.
docs/guide/network.md:5:1: error other-content: /guide/network/#proxy
shows another section than it did: what it was published for is now at
/guide/network/#mirror.
Give this section another anchor, and add 'guide/network.md#proxy:
guide/network.md#mirror' to the map; or write '# reused:
/guide/network/#proxy' into published-urls.txt if nobody needs the old
one.
```

Only what git leaves no doubt of is named: the old content now stands at one other address, next to nothing of it is left here, and the list of published addresses had the address by then. The last 60 commits are looked at. `unbroken move --reuse` writes the line `# reused: /address` by itself.

**Cure:** Give each of the sections an anchor of its own, as in `## Proxy { #proxy-server }`, and redirect the old one to where its content is.
"""

    @classmethod
    def of(cls, place: Place, address: str, what: str, why: str, line: str, ledger: str) -> Self:
        """Return the finding of an address, a page or a section, with the line of the map that keeps it."""
        name = "anchor" if what == "section" else "name"
        fix = (
            f"Give this {what} another {name}, and add '{line}' to the map; "
            f"or write '# reused: {address}' into {ledger} if nobody needs the old one."
        )
        return cls(place, f"{address} shows another {what} than it did: {why}.", fix, subject=address)


class LedgerCut(Finding):
    """A line was removed from the ledger by hand."""

    code = "ledger-cut"
    default = Severity.ERROR
    page = """
Git remembers the line, although the file no longer has it:

```diff title="published-urls.txt"
 /guide/faq/
-/guide/setup/
```

```text
published-urls.txt:1:1: error ledger-cut: The ledger never shrinks, and
lacks what it once had: /guide/setup/.
Name what was withdrawn on purpose below retired, or run: unbroken check
--fix.
```

You hear of it before you commit the change, and at any time after.

**Cure:** Run the command. To withdraw the address, [retire](move.md#retire-a-page) it.
"""

    @classmethod
    def of(cls, place: Place, some: str) -> Self:
        """Return the finding of addresses that the ledger has lost."""
        fix = "Name what was withdrawn on purpose below retired."
        return cls(
            place,
            f"The ledger never shrinks, and lacks what it once had: {some}.",
            fix,
            "unbroken check --fix",
        )


class LedgerLine(Finding):
    """A line of the ledger is not an address of the site."""

    code = "ledger-line"
    default = Severity.ERROR
    page = """
The second line is the path of a file:

```text title="published-urls.txt" linenums="1"
/guide/faq/
guide/install.md
```

```text
published-urls.txt:2:1: error ledger-line: 'guide/install.md' is not an
address of the site.
Write it from the root, as in /guide/#install, or delete the line.
```

**Cure:** Write the address as a visitor types it, from the first slash on: `/guide/install/`.
"""

    @classmethod
    def of(cls, place: Place, text: str) -> Self:
        """Return the finding of a line's text."""
        fix = "Write it from the root, as in /guide/#install, or delete the line."
        return cls(place, f"{text!r} is not an address of the site.", fix)


class LedgerBehind(Finding):
    """The ledger lacks addresses that are published."""

    code = "ledger-behind"
    default = Severity.WARNING
    page = """
A heading is new, and nobody has recorded it yet:

```text title="published-urls.txt" linenums="1"
/
/#start
/guide/faq/
/guide/faq/#updates
/guide/install/
/guide/install/#linux
/guide/install/#windows
/guide/network/
```

```text
published-urls.txt:1:1: warning ledger-behind: The ledger lacks
/guide/network/#proxy.
Run: unbroken record.
```

**Cure:** Run `.venv/bin/unbroken record` when you publish, and commit the ledger.
"""

    @classmethod
    def of(cls, place: Place, some: str) -> Self:
        """Return the finding of addresses that are published and not recorded."""
        return cls(place, f"The ledger lacks {some}.", command="unbroken record")
