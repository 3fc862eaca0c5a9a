"""Hosts: how each of them is told to answer an old address, and what it cannot say.

One file a host. A new host is a new file here and one line in ``_FILES``.
"""

from __future__ import annotations

from importlib import import_module

from unbroken.hosts.base import Host, HostFile, Rule

# The order is that of the help texts.
_FILES = (
    "cloudflare",
    "netlify",
    "gitlab",
    "nginx",
    "apache",
    "caddy",
    "vercel",
    "firebase",
    "azure",
    "readthedocs",
    "s3",
    "github",
)

#: Every host by its name on the command line and in ``hosts:``.
HOSTS: dict[str, Host] = {name: import_module(f"unbroken.hosts.{name}").HOST for name in _FILES}

__all__ = ["HOSTS", "Host", "HostFile", "Rule"]
