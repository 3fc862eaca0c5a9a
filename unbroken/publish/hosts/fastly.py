"""Fastly: a table in VCL, and what looks addresses up in it.

From Fastly's pages on VCL: ``table.lookup`` compares whole strings; a long string, ``{"..."}``, has no
escapes; ``error`` with a status of one's own and the answer made in ``vcl_error`` is how VCL redirects.
The table compares paths as they were sent, so a path is decoded and encoded once more before it is looked up.
"""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes

from unbroken.model.plan import Plan
from unbroken.publish.hosts.base import Host, HostFile, expression

_FILE = "_unbroken/fastly/redirects.vcl"

_TABLE = """\
# Written by Unbroken. Include this file, and call unbroken_recv in vcl_recv and unbroken_error in vcl_error.
table unbroken_redirects {{
{lines}}}

sub unbroken_recv {{
  declare local var.to STRING;
  declare local var.query STRING;
  set var.to = table.lookup(unbroken_redirects, urlencode(urldecode(req.url.path)), "");
{patterns}  if (var.to == "410") {{
    error 910 "Gone";
  }}
  if (var.to != "") {{
    if (req.url.qs != "") {{
      set var.query = if(var.to ~ "^[^#]*[?]", "&", "?") req.url.qs;
    }}
    if (var.to ~ "^([^#]*)(#.*)?$") {{
      set req.http.Unbroken-To = re.group.1 var.query re.group.2;
      error 901 "Moved";
    }}
  }}
}}

sub unbroken_error {{
  if (obj.status == 901) {{
    set obj.status = 301;
    set obj.response = "Moved Permanently";
    set obj.http.Location = req.http.Unbroken-To;
    set obj.http.Cache-Control = "max-age={age}";
    synthetic "";
    return(deliver);
  }}
  if (obj.status == 910) {{
    set obj.status = 410;
    set obj.response = "Gone";
    synthetic "";
    return(deliver);
  }}
}}
"""
_WILD = """\
  if (var.to == "" && req.url.path ~ {{"^{prefix}(.*)$"}}) {{
    set var.to = {{"{url}"}}{rest};
  }}
"""


class Fastly(Host):
    """Fastly."""

    name = "fastly"
    title = "Fastly"
    wildcards = True
    roomy = True
    gone = True
    caches = True

    def files(self, plan: Plan) -> list[HostFile]:
        """Return the table and its two subroutines."""
        rules = [*self.redirects(plan), *self.withdrawn(plan)]
        lines = "".join(f'  {{"{_key(rule.path)}"}}: {{"{rule.url or "410"}"}},\n' for rule in rules)
        patterns = "".join(
            _WILD.format(
                prefix=expression((plan.base + p.prefix).encode()),
                url=self.target(plan, p.target),
                rest=" re.group.1" if p.star else "",
            )
            for p in self.patterns(plan)
        )
        return [HostFile(_FILE, _TABLE.format(lines=lines, patterns=patterns, age=plan.max_age))]


def _key(path: str) -> str:
    return quote(unquote_to_bytes(path), safe="")


HOST = Fastly()
