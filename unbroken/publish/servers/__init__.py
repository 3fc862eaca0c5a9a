"""A host's own server, asked what it answers by the rules of an imported file.

Nothing that a file names runs, and no file that it names is read: a server gets a configuration of ours with
those lines alone that redirect, in a place of its own, and answers this machine for as long as it is asked.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unbroken.publish.servers.running import Server

#: The hosts whose server can be asked where this machine has it, each with the name of what it is here.
SERVERS = {"nginx": "NGINX", "apache": "APACHE", "caddy": "CADDY"}


def server_of(host: str) -> Server | None:
    """Return how a host's server is asked; None where it is none that runs here."""
    name = SERVERS.get(host)
    return getattr(import_module(f"unbroken.publish.servers.{host}"), name) if name else None
