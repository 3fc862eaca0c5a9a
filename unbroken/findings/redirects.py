"""What can be wrong with redirects of pages."""

from __future__ import annotations

from typing import Self

from unbroken.findings.base import Finding, Place, Severity


class DeadPage(Finding):
    """A redirect leads to a page that is not there."""

    code = "dead-page"
    default = Severity.ERROR
    page = """
The target is misspelled, or has itself moved or gone:

```yaml title="redirects.yml" linenums="4"
      guide/setup.md: guide/instal.md
```

```text
redirects.yml:4:7: error dead-page: guide/instal.md is not published.
Perhaps change the target to guide/install.md.
```

**Cure:** Change the target to the page that has the content now. If no page has it, [retire](move.md#retire-a-page) the old address.
"""

    @classmethod
    def of(cls, place: Place, page: str, near: str | None) -> Self:
        """Return the finding of a target that is not published, and the page that it is perhaps."""
        fix = (
            f"Perhaps change the target to {near}."
            if near
            else "Change the target to a page that is published."
        )
        return cls(place, f"{page} is not published.", fix, subject=page)

    @classmethod
    def led(cls, place: Place, page: str, pattern: str, end: str) -> Self:
        """Return the finding of a target that a pattern leads on, to where nothing is."""
        message = f"{page} is led by the pattern {pattern} to {end}, which is not published."
        return cls(place, message, "Change the target to a page that is published.", subject=page)

    @classmethod
    def retired(cls, place: Place, page: str) -> Self:
        """Return the finding of a target that was withdrawn."""
        return cls(place, f"{page} is retired.", "Retire the source as well, or choose another target.")


class LiveSource(Finding):
    """A redirect starts at a page that is still published."""

    code = "live-source"
    default = Severity.ERROR
    page = """
A reader of `guide/faq.md` would never see it, so the redirect is not made:

```yaml title="redirects.yml" linenums="4"
      guide/faq.md: guide/install.md
```

```text
redirects.yml:4:7: error live-source: guide/faq.md is still published at
/guide/faq/, so it is not redirected.
Delete the page, or delete this line.
```

**Cure:** If the page has moved, delete the old file. If it stays, delete the line.
"""

    @classmethod
    def of(cls, place: Place, source: str, path: str) -> Self:
        """Return the finding of a source that answers at an address path by itself."""
        message = f"{source} is still published at {path}, so it is not redirected."
        return cls(place, message, "Delete the page, or delete this line.", subject=path)


class Clash(Finding):
    """Two redirects answer the same URL."""

    code = "clash"
    default = Severity.ERROR
    page = """
Two lines name one address and end at different places. Addresses that differ only in a final slash or in `index.html` count as one, because hosts take them for one:

```yaml title="redirects.yml" linenums="4"
      guide/setup.md: guide/install.md
      guide/setup/index.html: guide/faq.md
```

```text
redirects.yml:5:7: error clash: guide/setup/index.html is the same URL
as guide/setup.md in redirects.yml:4:7, with another target.
Delete one of the two lines.
```

**Cure:** Keep the line that leads to the right place, and delete the other.
"""

    @classmethod
    def of(cls, place: Place, source: str, first: str, where: Place) -> Self:
        """Return the finding of a source that another line has, too."""
        message = f"{source} is the same URL as {first} in {where}, with another target."
        return cls(place, message, "Delete one of the two lines.")


class Repeated(Finding):
    """Two redirects say the same thing."""

    code = "repeated"
    default = Severity.WARNING
    page = """
```yaml title="redirects.yml" linenums="4"
      guide/setup.md: guide/install.md
      guide/setup/index.html: guide/install.md
```

```text
redirects.yml:5:7: warning repeated: guide/setup/index.html is the same
URL as guide/setup.md in redirects.yml:4:7.
Delete one of the two lines.
```

**Cure:** Delete one of the two lines.
"""

    @classmethod
    def of(cls, place: Place, source: str, first: str, where: Place) -> Self:
        """Return the finding of a source that another line has, too."""
        message = f"{source} is the same URL as {first} in {where}."
        return cls(place, message, "Delete one of the two lines.")


class Cycle(Finding):
    """Redirects lead round in a circle."""

    code = "cycle"
    default = Severity.ERROR
    page = """
This happens when a page moves and later moves back:

```yaml title="redirects.yml" linenums="4"
      guide/setup.md: guide/start.md
      guide/start.md: guide/setup.md
```

```text
redirects.yml:4:7: error cycle: guide/setup.md -> guide/start.md ->
guide/setup.md leads round in a circle.
Change one of these lines so that it leads to a published page.
```

**Cure:** Give every line in the circle the page that is published now as its target.
"""

    @classmethod
    def of(cls, place: Place, names: list[str]) -> Self:
        """Return the finding of sources of which each leads to the next."""
        message = f"{' -> '.join(names)} leads round in a circle."
        return cls(place, message, "Change one of these lines so that it leads to a published page.")


class Outside(Finding):
    """The source of a redirect leaves the site."""

    code = "outside"
    default = Severity.ERROR
    page = """
A source is a path below `docs/`. It has no leading slash, no `..` and no host:

```yaml title="redirects.yml" linenums="4"
      ../setup.md: guide/install.md
```

```text
redirects.yml:4:7: error outside: The source ../setup.md leaves the
site.
Write the page path relative to docs_dir, without a leading slash and
without '..'.
```

**Cure:** Write the old page's path as it was below `docs/`.
"""


class Unsafe(Finding):
    """A source or a target could harm a visitor or a host."""

    code = "unsafe"
    default = Severity.ERROR
    page = """
A target is a page path or a whole `https:` or `http:` URL. Anything else, such as a script or a half-written host, would send readers where you do not mean:

```yaml title="redirects.yml" linenums="4"
      guide/setup.md: //guide/install.md
```

```text
redirects.yml:4:7: error unsafe: Browsers read the target
//guide/install.md as another host.
Write a page path, or the whole https URL if that is meant.
```

**Cure:** Write a page path such as `guide/install.md`, or the whole URL.
"""


class NotAPath(Finding):
    """The target of a redirect is an address, not a page path."""

    code = "not-a-path"
    default = Severity.ERROR
    page = """
Not every builder takes a target that begins with a slash:

```yaml title="redirects.yml" linenums="4"
      guide/setup.md: /guide/install/
```

```text
redirects.yml:4:7: error not-a-path: The target /guide/install/ is an
address, which other builders refuse.
Write its page path, as in new/page.md.
```

**Cure:** Write the path of the page below `docs/`, here `guide/install.md`.
"""

    @classmethod
    def of(cls, place: Place, target: str) -> Self:
        """Return the finding of a target that begins with a slash."""
        message = f"The target {target} is an address, which other builders refuse."
        return cls(place, message, "Write its page path, as in new/page.md.")


class MovedBack(Finding):
    """A page has moved back, and browsers may keep the redirect that led away from it."""

    code = "moved-back"
    default = Severity.WARNING
    page = """
The page moved from `guide/install.md` to `guide/start.md`, was published there, and moved back. The map no longer has its first redirect, but git does:

```diff title="redirects.yml"
 plugins:
   redirects:
     redirect_maps:
-      guide/install.md: guide/start.md
+      guide/start.md: guide/install.md
   unbroken:
     hosts: [nginx]
```

```text
redirects.yml:4:7: warning moved-back: /guide/install/ was redirected to
/guide/start/ before, and browsers may keep that for a day; the stub
there makes them ask anew.
Leave it, and keep the stub until then.
```

Whoever followed the first redirect still has it in the browser. It leads from the page to `/guide/start/` without asking the server, and a rule there would lead back to the page: round in a circle. So for as long as browsers may keep it, no rule answers at `/guide/start/`, but a stub. Its script fetches the page past the browser's cache, and that replaces what the browser kept.

**Cure:** None is needed on a site that keeps its stubs. The setting `max_age` says how long browsers may keep a redirect. Hosts that cannot say so let them keep it for ever.
"""

    @classmethod
    def of(cls, place: Place, page: str, old: str, span: str, has_stub: bool) -> Self:
        """Return the finding of a page that browsers may still lead to an address that leads back."""
        so = "the stub there makes them ask anew" if has_stub else "it answers with a circle there"
        fix = "Leave it, and keep the stub until then." if has_stub else "Publish the file there as well."
        return cls(
            place, f"{page} was redirected to {old} before, and browsers may keep that {span}; {so}.", fix
        )


class CaseTwins(Finding):
    """Two redirects start at addresses that differ only in case."""

    code = "case-twins"
    default = Severity.WARNING
    page = """
```yaml title="redirects.yml" linenums="2"
  redirects:
    redirect_maps:
      faq.md: guide/network.md
      FAQ.md: guide/install.md
```

```text
redirects.yml:5:7: warning case-twins: FAQ.md and faq.md in
redirects.yml:4:7 are one address where case does not count, and lead to
different places.
Leave it where the site is built and served with regard to case; else
delete one line.
```

Both answer on hosts that regard case, which is all but GitLab Pages. On a Windows or macOS disk, their stubs are one file, and the last one written stays. The same holds for letters with accents that are written in two ways.

**Cure:** None is needed if the site is built on Linux. Otherwise delete the line that matters less.
"""

    @classmethod
    def of(cls, place: Place, source: str, first: str, where: Place) -> Self:
        """Return the finding of a source that differs from another line's only in case."""
        message = (
            f"{source} and {first} in {where} are one address where case does not count, "
            "and lead to different places."
        )
        fix = "Leave it where the site is built and served with regard to case; else delete one line."
        return cls(place, message, fix)
