"""What can be wrong with redirects of headings."""

from __future__ import annotations

from typing import Self

from unbroken.findings.base import Finding, Place, Severity


class DeadAnchor(Finding):
    """A redirect leads to an anchor that is not on its page."""

    code = "dead-anchor"
    default = Severity.ERROR
    page = """
The page is there, but the heading has another anchor:

```yaml title="redirects.yml" linenums="4"
      guide/setup.md: guide/install.md#window
```

```text
redirects.yml:4:7: error dead-anchor: #window is not on /guide/install/.
Perhaps change the fragment to #windows.
```

**Cure:** Use an anchor of that page. You find it in the link beside the heading.
"""

    @classmethod
    def of(cls, place: Place, fragment: str, path: str, near: str | None) -> Self:
        """Return the finding of an anchor that the page lacks, and the one that it is perhaps."""
        fix = (
            f"Perhaps change the fragment to #{near}."
            if near
            else f"Choose one of the anchors of {path}, or take the fragment away."
        )
        return cls(place, f"#{fragment} is not on {path}.", fix, subject=f"{path}#{fragment}")


class LiveAnchor(Finding):
    """An anchor redirect starts at an anchor that is still on its page."""

    code = "live-anchor"
    default = Severity.WARNING
    page = """
What is on a page stays where it is, so this line does nothing:

```yaml title="redirects.yml" linenums="4"
      guide/install.md#windows: guide/faq.md
```

```text
redirects.yml:4:7: warning live-anchor: #windows is still on
/guide/install/, so it does not move.
Rename the heading, or delete this line.
```

**Cure:** If the heading has moved, remove or rename the one that is left. If it stays, delete the line.
"""

    @classmethod
    def of(cls, place: Place, fragment: str, path: str) -> Self:
        """Return the finding of an anchor that is still on its page."""
        message = f"#{fragment} is still on {path}, so it does not move."
        return cls(place, message, "Rename the heading, or delete this line.", subject=f"{path}#{fragment}")


class LostPage(Finding):
    """An anchor redirect starts on a page that is neither published nor redirected."""

    code = "lost-page"
    default = Severity.ERROR
    page = """
There is no page left that could send the reader on:

```yaml title="redirects.yml" linenums="4"
      guide/setup.md#proxy: guide/network.md#proxy
```

```text
redirects.yml:4:7: error lost-page: /guide/setup/ is neither published
nor redirected, so its anchors cannot move.
Add 'guide/setup.md: new/page.md' to redirect_maps, too.
```

**Cure:** Say where the rest of the page went:

```yaml
      guide/setup.md: guide/install.md
      guide/setup.md#proxy: guide/network.md#proxy
```
"""

    @classmethod
    def of(cls, place: Place, path: str, page: str) -> Self:
        """Return the finding of a page, by its address path and page path, that nothing answers."""
        message = f"{path} is neither published nor redirected, so its anchors cannot move."
        line = f"{page}: new/page.md"
        return cls(place, message, f"Add '{line}' to redirect_maps, too.", subject=path, text=line)


class Split(Finding):
    """A rule cannot express a split page, so its stub answers."""

    code = "split"
    default = Severity.WARNING
    page = """
A host never sees the fragment of an address. It sends `/guide/setup/#linux` to `/guide/install/#linux`, and that heading exists, so the reader stays there:

```yaml title="redirects.yml" linenums="4"
      guide/setup.md: guide/install.md
      guide/setup.md#linux: guide/faq.md
```

```text
redirects.yml:5:7: warning split: No rule can carry /guide/setup/#linux,
because /guide/install/ has an anchor #linux of its own; its stub does.
Leave it if the site keeps its stubs; else rename the heading that is in
the way.
```

The small page at the old address (the stub) sees the fragment and takes the reader to the right place. So it answers here, and no rule is written.

**Cure:** None is needed if your host serves the stubs, as all of them do unless you delete them. To have a real 301, rename the heading that is in the way, or delete the line. [Split pages](moved-headings.md#split-a-page) tells more.
"""

    @classmethod
    def of(cls, place: Place, address: str, why: str) -> Self:
        """Return the finding of an anchor that does not arrive behind a rule."""
        message = f"No rule can carry {address}, because {why}; its stub does."
        fix = "Leave it if the site keeps its stubs; else rename the heading that is in the way."
        return cls(place, message, fix, subject=address)
