"""Where one address leads: hop by hop by the map, and then as each host answers it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from unbroken.model.addresses import Address, parse
from unbroken.model.errors import LeavesSite
from unbroken.model.plan import Answer, Plan
from unbroken.model.redirects import Entry, Target
from unbroken.model.suggest import similar
from unbroken.publish.hosts import HOSTS, Host, stub_of
from unbroken.workspace.config import Config, redirects_of


def is_address(text: str) -> bool:
    """Return whether a text can name an address of the site: a path, or a URL of http."""
    try:
        parts = urlsplit(text)
        at_host = parts.scheme in ("http", "https") and parts.hostname is not None
    except ValueError:
        return False
    is_path = not parts.scheme and not parts.netloc
    return text.isprintable() and bool(text.strip()) and " " not in parts.netloc and (at_host or is_path)


def is_outside(text: str, site_url: str) -> bool:
    """Return whether a text is a whole URL of another host, or of another folder at the site's own."""
    asked, own = urlsplit(text), urlsplit(site_url)
    if not asked.netloc or not own.netloc:
        return False
    folder = own.path.rstrip("/") + "/"
    return asked.netloc != own.netloc or not f"{asked.path.rstrip('/')}/".startswith(folder)


def explain(text: str, config: Config, plan: Plan) -> tuple[list[str], bool]:
    """Return what to tell an author of an address, and whether it answers at all.

    Args:
        text: the address, as a visitor would type it; a host and the site's own base path may precede it.
        config: the site's configuration.
        plan: the plan for the site.
    """
    try:
        address = parse(_inside(text, plan.base))
    except LeavesSite:
        return [f"{text} leaves the site."], False
    redirects = redirects_of(config)
    address = _known(address, {*redirects.pages, *redirects.anchors, *plan.gone, *plan.published.paths})
    route = redirects.route(address, plan.published)
    lines = [str(address)]
    here = address
    for hop in route.hops:
        kind = "in the browser" if here.fragment in redirects.anchors.get(here.path, ()) else "redirect"
        lines.append(f"  -> {hop.target}  ({kind}; {_line(hop.entry)})")
        if isinstance(hop.target, Address):
            here = hop.target
    answers = bool(route.hops) or address.path in plan.published.paths
    if address.path in plan.gone:
        entry = plan.gone[address.path]
        return [
            *lines,
            f"  withdrawn on purpose  ({entry.place}: {entry.source})",
            *_hosts(address, config, plan),
        ], True
    if not answers:
        near = _nearest(address.path, plan)
        lines.append("  is neither published nor redirected.")
        return [*lines, *(["  Nearest:", *(f"    {path}" for path in near)] if near else [])], False
    lines.append(f"  {_end(address, route.end, plan)}")
    arrives = isinstance(route.end, str) or (route.end is not None and route.end.path in plan.published.paths)
    return [*lines, *_hosts(address, config, plan)], arrives


def _inside(text: str, base: str) -> str:
    """Drop scheme, host and the site's base path."""
    scheme, mark, rest = text.partition("://")
    if mark and scheme.isalpha():
        text = "/" + rest.partition("/")[2]
        # A path alone may as well be that of a page which has the folder's name.
        if text.startswith(base) and text[len(base) :][:1] in ("", "?", "#"):
            text = f"{base}/{text[len(base) :]}"
    return text.removeprefix(base) if base and text.startswith(base + "/") else text


def _known(address: Address, paths: Collection[str]) -> Address:
    """Return the address with its folder's slash, where only that is known."""
    path = address.path
    return address._replace(path=path + "/") if path not in paths and path + "/" in paths else address


def _line(entry: Entry) -> str:
    where = entry.place if entry.written else "from a hook or a plugin"
    return f"{where}: {entry.source}: {entry.target}"


def _end(address: Address, end: Target | None, plan: Plan) -> str:
    if end is None:
        return f"{address} goes round in a circle."
    if isinstance(end, str):
        return f"{end} is outside the site, as the map says in full."
    if end.path not in plan.published.paths:
        return f"{end.path} is not published."
    anchors = plan.published.anchors(end.path)
    if end.fragment and anchors is not None and end.fragment not in anchors:
        return f"{end.path} is published, but has no anchor #{end.fragment}."
    return f"{end} is published."


def _nearest(path: str, plan: Plan) -> list[str]:
    known = sorted({*plan.published.paths, *(answer.source for answer in plan.answers)})
    return similar(path, known, 3, 0.5)


def _hosts(address: Address, config: Config, plan: Plan) -> Iterator[str]:
    hosts = {name: HOSTS[name] for name in config.hosts if name in HOSTS} or {
        "any host, by stub": HOSTS["github"]
    }
    width = max(map(len, hosts))
    for name, host in hosts.items():
        yield f"  {name.ljust(width)}  {_on(host, address, plan, hosts.values())}"


def _on(host: Host, address: Address, plan: Plan, hosts: Collection[Host]) -> str:
    """Say how a host answers an address, in a site that others may have, too."""
    path, fragment = address[:2]
    asked = plan.base + path
    if path in plan.published.paths:
        return "200" + _moved(plan, path, fragment)
    if path in plan.gone:
        return "410" if host.gone else "404"
    answer = next((answer for answer in plan.answers if answer.source == path), None)
    by_stub = ""
    if answer and stub_of(plan, answer, hosts):
        by_stub = f"200, a stub that leads to {plan.url(_by_stub(answer, fragment))}"
    if by_stub and not host.stubs_beside_rules:
        return by_stub  # whatever its rules say
    url = next((rule.url for rule in host.redirects(plan) if rule.path == asked), None)
    if url is None and (answer is None or answer.rule):
        pattern = next((p for p in host.patterns(plan) if path.startswith(p.prefix)), None)
        url = host.target(plan, pattern.hop(path).target) if pattern else None
    if url is not None:
        if not fragment:
            return f"301 {url}"
        kept = "its fragment replaces yours" if "#" in url else f"the browser keeps #{fragment}"
        end = answer.target if answer else None
        return f"301 {url}, {kept}" + (
            _moved(plan, end.path, fragment) if isinstance(end, Address) and not end.fragment else ""
        )
    return by_stub or "404"


def _by_stub(answer: Answer, fragment: str) -> Target:
    if fragment in answer.anchors:
        return answer.anchors[fragment]
    if fragment and isinstance(answer.target, Address):
        return answer.target._replace(fragment=fragment)
    return answer.target


def _moved(plan: Plan, path: str, fragment: str) -> str:
    target = plan.moves.get(path, {}).get(fragment)
    return f", then in the browser to {plan.url(target)}" if target is not None else ""
