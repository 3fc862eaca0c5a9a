"""Hosts: how each of them is told to answer an old address, and what it cannot say.

One file a host. A new host is a new file here and one line in ``_FILES``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib import import_module

from unbroken.model.addresses import stub_file
from unbroken.model.plan import Answer, Plan
from unbroken.publish.hosts.base import Host, HostFile, Rule

# The order is that of the help texts.
_FILES = (
    "cloudflare",
    "netlify",
    "gitlab",
    "nginx",
    "apache",
    "caddy",
    "haproxy",
    "traefik",
    "iis",
    "vercel",
    "firebase",
    "azure",
    "amplify",
    "codeberg",
    "fastly",
    "kubernetes",
    "readthedocs",
    "s3",
    "github",
)


class _Hosts(Mapping[str, Host]):
    """Every host by its name; its file is loaded when it is asked for, as a site has chosen one or two."""

    def __getitem__(self, name: str) -> Host:
        if name not in _FILES:
            raise KeyError(name)
        host: Host = import_module(f"unbroken.publish.hosts.{name}").HOST
        return host

    def __contains__(self, name: object) -> bool:
        return name in _FILES

    def __iter__(self) -> Iterator[str]:
        return iter(_FILES)

    def __len__(self) -> int:
        return len(_FILES)


#: Every host by its name on the command line and in ``hosts:``.
HOSTS: Mapping[str, Host] = _Hosts()


def clashes(names: Iterable[str]) -> list[tuple[str, str, str]]:
    """Return each pair of hosts that write one file of the published folder, with the file's name.

    Names that are no host are passed over.
    """
    owners: dict[str, str] = {}
    pairs = []
    for name in names:
        for file in HOSTS[name].root_files if name in HOSTS else ():
            owner = owners.setdefault(file, name)
            if owner != name:
                pairs.append((owner, name, file))
    return pairs


def stub_of(plan: Plan, answer: Answer, hosts: Collection[Host]) -> str | None:
    """Return the file of the stub for an old address in a site that some hosts have; None where it has none.

    It has one where one of them has no rule for the address: one that shows a stub in place of its rule still
    leads on.
    """
    file = stub_file(answer.source)
    if file and not all(h.stubs_beside_rules for h in hosts) and all(h.has_rule(plan, answer) for h in hosts):
        return None
    return file


__all__ = ["HOSTS", "Host", "HostFile", "Rule", "clashes", "stub_of"]
