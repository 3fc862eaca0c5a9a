"""Every code of a finding, in the groups and the order in which the findings page has them."""

from __future__ import annotations

from typing import NamedTuple

from unbroken.findings import configuration, headings, hosts, ledger, links, patterns, redirects, server, site
from unbroken.findings.base import Finding


class Group(NamedTuple):
    """Findings of one subject.

    Attributes:
        title: the heading on the findings page.
        lead: what stands below it, in Markdown; or empty.
        findings: the classes, in order.
    """

    title: str
    lead: str
    findings: tuple[type[Finding], ...]


GROUPS = (
    Group(
        "The ledger",
        "The ledger, `published-urls.txt`, holds every address ever published, one a line. It only grows.",
        (
            ledger.LostAddress,
            ledger.LostAnchor,
            ledger.Renumbered,
            ledger.OtherContent,
            ledger.LedgerCut,
            ledger.LedgerLine,
            ledger.LedgerBehind,
        ),
    ),
    Group(
        "The configuration",
        "",
        (
            configuration.Configuration,
            configuration.WrongType,
            configuration.UnknownSetting,
            configuration.UnknownHost,
        ),
    ),
    Group(
        "Redirects of pages",
        "",
        (
            redirects.DeadPage,
            redirects.LiveSource,
            redirects.Clash,
            redirects.Repeated,
            redirects.Cycle,
            redirects.Outside,
            redirects.Unsafe,
            redirects.NotAPath,
            redirects.MovedBack,
            redirects.CaseTwins,
        ),
    ),
    Group(
        "Moved headings",
        "[Moved headings](moved-headings.md) explains how these redirects work.",
        (
            headings.DeadAnchor,
            headings.LiveAnchor,
            headings.LostPage,
            headings.Split,
        ),
    ),
    Group(
        "Patterns",
        "A [pattern](move.md#patterns) redirects a whole folder. It is expanded against the ledger, `published-urls.txt`, which holds every address ever published.",
        (
            patterns.DeadPattern,
            patterns.PatternLive,
            patterns.UnusedPattern,
            patterns.Overlap,
        ),
    ),
    Group(
        "Retired addresses",
        "",
        (patterns.RetiredLive,),
    ),
    Group(
        "Hosts",
        "",
        (
            hosts.HostCannot,
            hosts.HostLimit,
            hosts.HostClash,
        ),
    ),
    Group(
        "Links",
        "",
        (
            links.BrokenLink,
            links.BrokenFile,
            links.BrokenAnchor,
            links.ThroughRedirect,
            links.BadUrl,
            links.DuplicateId,
            links.Orphan,
        ),
    ),
    Group(
        "The built site",
        "",
        (
            site.Blocked,
            site.Unfinished,
            site.Unreadable,
        ),
    ),
    Group(
        "A running server",
        "These come from `unbroken verify`, which asks a server for every address in the ledger and every old address:\n\n```sh\n.venv/bin/unbroken verify https://unbroken.example/\n```",
        (
            server.NoAnswer,
            server.BadRedirect,
            server.NoAnchor,
            server.QueryLost,
        ),
    ),
)

#: Every class by its code.
CODES: dict[str, type[Finding]] = {each.code: each for group in GROUPS for each in group.findings}


def section(kind: type[Finding]) -> str:
    """Return what the findings page says of a code, in Markdown, without its heading."""
    return f"**{kind.default.capitalize()}.** {kind.meaning()}\n{kind.page}"
