"""Files that redirects are taken over from: which format a file has, and what reads it.

The dialect of a host is read beside its writer, in ``hosts``; what is no host's has a file here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import NamedTuple

from unbroken.model.imported import Imported


class Format(NamedTuple):
    """One format.

    Attributes:
        title: its name in a sentence.
        module: the module that reads it.
        function: the function there; it takes a text and the file's name.
        host: the host whose rules it holds, or empty.
    """

    title: str
    module: str
    function: str = "read"
    host: str = ""

    @property
    def read(self) -> Callable[[str, str], Imported]:
        """Return what reads it."""
        module = import_module(f"unbroken.publish.{self.module}")
        reader: Callable[[str, str], Imported] = getattr(module, self.function)
        return reader


#: Every format by its name on the command line.
FORMATS: dict[str, Format] = {
    "cloudflare": Format("Cloudflare's _redirects", "hosts.cloudflare", host="cloudflare"),
    "netlify": Format("Netlify's _redirects", "hosts.netlify", host="netlify"),
    "netlify-toml": Format("netlify.toml", "hosts.netlify", "read_toml", "netlify"),
    "gitlab": Format("GitLab's _redirects", "hosts.gitlab", host="gitlab"),
    "nginx": Format("a configuration of nginx", "hosts.nginx", host="nginx"),
    "apache": Format("a configuration of Apache", "hosts.apache", host="apache"),
    "caddy": Format("a Caddyfile", "hosts.caddy", host="caddy"),
    "vercel": Format("Vercel's list of redirects", "hosts.vercel", host="vercel"),
    "firebase": Format("firebase.json", "hosts.firebase", host="firebase"),
    "azure": Format("staticwebapp.config.json", "hosts.azure", host="azure"),
    "readthedocs": Format("redirects of Read the Docs", "hosts.readthedocs", host="readthedocs"),
    "s3": Format("routing rules of S3", "hosts.s3", host="s3"),
    "rediraffe": Format("rediraffe's list", "importers.sphinx"),
    "sphinx": Format("Sphinx's conf.py", "importers.sphinx", "read_conf"),
    "docusaurus": Format("Docusaurus's redirects", "importers.docusaurus"),
    "mdbook": Format("book.toml", "importers.mdbook"),
    "csv": Format("a table of old and new addresses", "importers.csv"),
    "front-matter": Format("the front matter of pages", "importers.front_matter"),
}

_NAMED = {
    "netlify.toml": "netlify-toml",
    "vercel.json": "vercel",
    "firebase.json": "firebase",
    "staticwebapp.config.json": "azure",
    "routes.json": "azure",
    ".htaccess": "apache",
    "httpd.conf": "apache",
    "Caddyfile": "caddy",
    "conf.py": "sphinx",
    "book.toml": "mdbook",
    "redirects.txt": "rediraffe",
    "nginx.conf": "nginx",
}
# What tells a format by its content, the surest first.
_CONTENT = tuple(
    (form, re.compile(sign, re.MULTILINE | re.DOTALL | re.IGNORECASE))
    for form, sign in (
        ("s3", r"<RoutingRule>|\"(?:KeyPrefixEquals|ReplaceKeyPrefixWith|ReplaceKeyWith)\""),
        ("readthedocs", r"\bfrom_url[\"']?\s{0,9}:"),
        ("azure", r"\"routes\"\s{0,9}:.{0,2000}?\"redirect\"\s{0,9}:"),
        ("firebase", r"\"hosting\"\s{0,9}:"),
        ("docusaurus", r"client-redirects|\{[^{}]{0,500}\bfrom[\"']?\s{0,9}:[^{}]{0,500}?\bto[\"']?\s{0,9}:"),
        ("docusaurus", r"\{[^{}]{0,500}\bto[\"']?\s{0,9}:[^{}]{0,500}?\bfrom[\"']?\s{0,9}:"),
        ("vercel", r"\bsource[\"']?\s{0,9}:[^{}]{0,500}?\bdestination[\"']?\s{0,9}:"),
        ("nginx", r"^[ \t]*(?:map[ \t]+\$\w+[ \t]+\$\w+\s{0,9}\{|rewrite\s[^\n]*;)"),
        ("nginx", r"^[ \t]*(?:location\s[^{\n]*\{|server\s{0,9}\{)"),
        ("apache", r"^[ \t]*(?:Redirect(?:Match|Permanent|Temp)?|RewriteRule)\s"),
        ("caddy", r"^[ \t]*redir\s"),
        ("nginx", r"^[ \t]*[\"'~/]\S*[ \t]+\S+;[ \t\r]*$"),
    )
)


def recognised(name: str, text: str, hosts: Iterable[str] = ()) -> str | None:
    """Return the format that a file has by its name, or else by its content; None where neither tells.

    Args:
        name: the file's name.
        text: its text.
        hosts: the hosts that the site is deployed to, which tell one ``_redirects`` from another.
    """
    if name == "_redirects":
        own = [host for host in hosts if host in ("cloudflare", "netlify", "gitlab")]
        return own[0] if own else "netlify"
    if name in _NAMED:
        return _NAMED[name]
    if name.endswith((".csv", ".tsv")):
        return "csv"
    # What tells a format stands near the beginning, or again and again.
    head = text[:100_000]
    return next((form for form, sign in _CONTENT if sign.search(head)), None)
