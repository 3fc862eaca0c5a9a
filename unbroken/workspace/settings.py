"""Every setting of a site, with what it takes, its default and its meaning."""

from __future__ import annotations

from typing import NamedTuple


class Setting(NamedTuple):
    """What a setting takes, what it is when it is not there, and what it means."""

    kind: str
    default: str
    meaning: str


#: Every setting below ``plugins: unbroken:``.
SETTINGS: dict[str, Setting] = {
    "elsewhere": Setting(
        "a list of prefixes",
        "none",
        "Addresses that something else answers, as `/v1/`, and fragments that a script reads, as `#/`.",
    ),
    "enabled": Setting("true or false", "true", "Whether the plugin does anything."),
    "hosts": Setting("a name, or a list of names", "none", "The hosts whose rule files each build writes."),
    "ledger": Setting(
        "a path", "published-urls.txt", "The ledger: every address ever published. Next to the configuration."
    ),
    "patterns": Setting(
        "lines of `old/*: new/*`", "none", "Redirects of whole folders, for each address of the ledger there."
    ),
    "retired": Setting(
        "a list", "none", "Page paths and addresses withdrawn on purpose: 410 where a host can say it."
    ),
    "max_age": Setting(
        "a number of seconds", "86400", "How long browsers may keep a redirect, where the host can say so."
    ),
    "severity": Setting(
        "lines of `code: severity`", "none", "error, warning or off for a code, or for its files by pattern."
    ),
}
#: What an ``unbroken.toml`` has besides the settings of the plugin.
OWN_SETTINGS = ("site_dir", "site_url", "site_name", "use_directory_urls", "redirects")
