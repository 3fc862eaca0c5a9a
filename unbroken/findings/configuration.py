"""What can be wrong with the configuration."""

from __future__ import annotations

from typing import Self

from unbroken.findings.base import Finding, Place, Severity


class Configuration(Finding):
    """The configuration cannot be read."""

    code = "configuration"
    default = Severity.ERROR
    page = """
The file is not valid YAML, is not there, or inherits itself. Here the colon has no space after it, so the line is no longer a source and a target:

```yaml title="redirects.yml" linenums="1"
plugins:
  redirects:
    redirect_maps:
      guide/setup.md:guide/install.md
      guide/questions.md: guide/faq.md
```

```text
redirects.yml:5:25: error configuration: This is not YAML: mapping
values are not allowed in this context.
Write 'key: value' in the line above, with a space after the colon, or
put a text that has a colon in it between quotation marks.
```

**Cure:** Correct the line that the message names, or the one above it.
"""


class WrongType(Finding):
    """A setting has a value of the wrong type."""

    code = "wrong-type"
    default = Severity.ERROR
    page = """
A list stands where a mapping belongs, a number where text belongs, or a value is missing. Here the dash makes a list:

```yaml title="redirects.yml" linenums="1"
plugins:
  redirects:
    redirect_maps:
      - guide/setup.md: guide/install.md
```

```text
redirects.yml:4:7: error wrong-type: redirect_maps must be a mapping,
and is a list.
Write one 'key: value' a line below it, without a dash.
```

**Cure:** Write the value as the message says. For a redirect that is `old/page.md: new/page.md`, without a dash.

A pattern whose `*` does not stand at the end has this code, too:

```yaml title="redirects.yml" linenums="1"
plugins:
  unbroken:
    patterns:
      manual/*/old: guide/*
```

```text
redirects.yml:4:7: error wrong-type: The pattern manual/*/old: guide/*
has its * elsewhere than at the end.
Write it as old/*: new/*.
```
"""


class UnknownSetting(Finding):
    """A setting has a name that Unbroken does not know."""

    code = "unknown-setting"
    default = Severity.ERROR
    page = """
A name below `unbroken:` is misspelled, so nothing would happen:

```yaml title="redirects.yml" linenums="1"
plugins:
  unbroken:
    retire: [guide/setup.md]
```

```text
redirects.yml:3:5: error unknown-setting: unbroken has no setting
'retire'.
Perhaps retired is meant.
```

**Cure:** Use one of the names in the message.
"""


class UnknownHost(Finding):
    """A host has a name that Unbroken does not know."""

    code = "unknown-host"
    default = Severity.ERROR
    page = """
```yaml title="redirects.yml" linenums="1"
plugins:
  unbroken:
    hosts: [cloudfare]
```

```text
redirects.yml:3:13: error unknown-host: There is no host 'cloudfare'.
Perhaps cloudflare is meant.
```

**Cure:** Use the name in the message, or one of those on [Hosting](hosts/index.md). If your host is not among them, leave `hosts` out: the small page at each old address then sends readers on.
"""

    @classmethod
    def of(cls, place: Place, name: str, remedy: str) -> Self:
        """Return the finding of a name that is none of those known."""
        return cls(place, f"There is no host {name!r}.", remedy)
