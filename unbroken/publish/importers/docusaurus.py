"""Docusaurus: the ``redirects`` of plugin-client-redirects, read out of its configuration.

From its documentation: ``from`` is one path or a list of them, ``to`` a path or a URL, below ``baseUrl``.
``createRedirects`` is a function, which only Docusaurus can run.
"""

from __future__ import annotations

from unbroken.formats import literals
from unbroken.model.imported import Imported, exact


def read(text: str, file: str) -> Imported:
    """Return what a configuration, or a list of its redirects, holds."""
    result = Imported(from_root=False)
    for each in literals.objects(literals.read(text, file)):
        if "createRedirects" in each.values:
            result.fault(
                each.places["createRedirects"], "What createRedirects makes, Docusaurus alone knows."
            )
        if "from" not in each.values or "to" not in each.values:
            continue
        source, target = each.values["from"], each.text("to")
        sources = source if isinstance(source, list) else [source]
        for old in sources:
            if not isinstance(old, str) or target is None:
                result.fault(each.place, "A redirect needs from and to as plain text.")
            else:
                # At its root, or below: Docusaurus refuses anything else.
                new = target if target.startswith("/") or "://" in target else "/" + target
                result.rules.append(exact(each.place, old, new)._replace(slash=True, source=old))
    return result
