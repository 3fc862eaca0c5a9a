"""IIS: a rewrite map and its rules, for the ``system.webServer`` part of ``web.config``.

From Microsoft's pages on the URL Rewrite module: a rule's ``match`` has the decoded path without its first
slash; a rewrite map gives an empty text for what it lacks; ``{C:n}`` names the groups of the condition
before; ``CustomResponse`` takes any status. A query goes where the action's URL names it: before a fragment.
"""

from __future__ import annotations

from html import escape

from unbroken.model.plan import Plan
from unbroken.publish.hosts.base import Host, HostFile, decoded

_FILE = "_unbroken/iis/web.config"

_TEXT = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- Written by Unbroken. Copy the rewrite section into the web.config of your site. -->
<configuration>
  <system.webServer>
    <rewrite>
      <rewriteMaps>
        <rewriteMap name="unbroken" ignoreCase="false" defaultValue="">
{lines}        </rewriteMap>
      </rewriteMaps>
      <rules>
{rules}      </rules>
    </rewrite>
  </system.webServer>
</configuration>
"""
_RULE = """\
        <rule name="unbroken {name}" stopProcessing="true">
          <match url="^(.*)$" ignoreCase="false" />
          <conditions>
            <add input="{{QUERY_STRING}}" pattern="{query}" />
            <add input="{{unbroken:/{{R:1}}}}" pattern="{found}" />
          </conditions>
          {action}
        </rule>
"""
_GONE = '<action type="CustomResponse" statusCode="410" statusReason="Gone" statusDescription="Gone" />'
_MOVED = '<action type="Redirect" url="{url}" appendQueryString="false" redirectType="Permanent" />'
_RULES = (
    ("gone", "", "^410$", _GONE),
    ("bare", "^$", "^([^4].*)$", _MOVED.format(url="{C:1}")),
    ("both", ".", "^([^?#]+[?][^#]*)(#.*)?$", _MOVED.format(url="{C:1}&amp;{QUERY_STRING}{C:2}")),
    ("query", ".", "^([^?#]+)(#.*)?$", _MOVED.format(url="{C:1}?{QUERY_STRING}{C:2}")),
)


class IIS(Host):
    """IIS."""

    name = "iis"
    title = "IIS"
    roomy = True
    gone = True

    def files(self, plan: Plan) -> list[HostFile]:
        """Return the section of ``web.config``."""
        lines = "".join(
            f'          <add key="{escape(decoded(rule.path))}" value="{escape(rule.url or "410")}" />\n'
            for rule in [*self.redirects(plan), *self.withdrawn(plan)]
        )
        rules = "".join(
            _RULE.format(name=name, query=query, found=found, action=action)
            for name, query, found, action in _RULES
        )
        return [HostFile(_FILE, _TEXT.format(lines=lines, rules=rules))]


HOST = IIS()
