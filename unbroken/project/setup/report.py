"""The state of a site's links, and what its maintainer does next."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from unbroken.builders.which import builder_of
from unbroken.findings.base import Severity, count, printable
from unbroken.findings.commands import typed
from unbroken.model.resolver import ERROR_PAGE
from unbroken.project.setup.changes import Setup
from unbroken.project.setup.detect import in_git
from unbroken.project.setup.install import quoted
from unbroken.project.setup.judge import judged
from unbroken.publish.hosts import HOSTS
from unbroken.workspace import baseline, ledger
from unbroken.workspace.built_site import Site
from unbroken.workspace.config import Config
from unbroken.workspace.files import shown

if TYPE_CHECKING:
    from unbroken.recover.proposals import Proposal, Recovered

_SHOWN = 5


def state(config: Config, site: Site, recovered: Recovered | None, note: str, setup: Setup) -> str:
    """Return the state of a site's links, in one screen."""
    answers, findings = judged(config, site)
    pages = {path: page for path, page in site.pages() if path != ERROR_PAGE}
    links = sum(1 for page in pages.values() for url in page.links if not _ELSEWHERE.match(url))
    codes = Counter(f.code for f in findings if f.severity is Severity.ERROR)
    broken = sum(number for code, number in codes.items() if code.startswith("broken-"))
    others = sum(codes.values()) - broken
    listed = ledger.size(ledger.text_of(config.ledger))
    ruled = [name for name in config.hosts if name in HOSTS and HOSTS[name].files(answers)]
    hosts = f", as rules for {', '.join(ruled)}" if ruled and answers.answers else ""
    stubs = f"{len(answers.answers):,}{hosts}"
    answered = {answer.source for answer in answers.answers}
    lost = [p for p in recovered.proposals if p.address.path not in answered] if recovered else []
    rows = [
        ("pages", f"{len(pages):,}"),
        ("links", f"{links:,} within the site, {broken:,} broken"),
        ("redirects", stubs),
        ("addresses", f"{listed:,} in {shown(config.ledger)}"),
        ("history", _history(recovered, lost) if recovered else note),
        ("other errors", f"{others:,}"),
        ("warnings", f"{sum(f.severity is Severity.WARNING for f in findings):,}"),
    ]
    out = [f"The links of {shown(config.file)}:\n\n", *(f"  {name:<12}  {said}\n" for name, said in rows)]
    errors = [f for f in findings if f.severity is Severity.ERROR]
    if errors:
        out.append("\n")
        out += [f"  {printable(f'{f.place}: {f.message}')}\n" for f in errors[:_SHOWN]]
        if len(errors) > _SHOWN:
            out.append(f"  ... and {len(errors) - _SHOWN:,} more\n")
    if (known := baseline.read(config)) and (
        old := len(findings) - len(baseline.new(config, findings, known))
    ):
        name = shown(baseline.file_of(config))
        out.append(
            f"\n  {count(old, 'finding')} in {name}: a strict build and check report new ones alone.\n"
        )
    return "".join([*out, "\nNext:\n\n", *_next(config, setup, len(errors), len(lost))])


_ELSEWHERE = re.compile(r"(?i)[a-z][a-z0-9+.-]*:|//")


def _history(recovered: Recovered, lost: list[Proposal]) -> str:
    from unbroken.recover.review import counts

    steps = count(recovered.steps, "step")
    mended = len(recovered.proposals) - len(lost)
    kinds = [
        f"{number:,} {'with no proposal' if word == 'none' else word}"
        for word, number in counts(lost).items()
        if number
    ]
    said = f"{len(lost):,} lost in {steps}: {', '.join(kinds)}" if lost else f"nothing lost in {steps}"
    return said + (f"; {mended:,} redirected now" if mended else "")


def _next(config: Config, setup: Setup, errors: int, lost: int) -> Iterator[str]:
    """Yield the three commands that bring the site further, the most urgent first."""
    found: list[tuple[str, str]] = []
    if setup.writes and in_git(config):
        names = " ".join(quoted(os.path.relpath(file)) for file in setup.writes)
        found.append((f"git add {names}", "then commit"))
    if errors:
        found.append(
            (typed("unbroken check --all"), f"{count(errors, 'error')}, each with its line and what mends it")
        )
    if lost:
        found.append((typed("unbroken recover"), "what is lost, and where it may have gone"))
    if builder_of(config) == "zensical":
        found.append(
            (typed(f"zensical build && unbroken finish {quoted(shown(config.site_dir))}"), "after each build")
        )
    found.append((typed("unbroken move OLD NEW"), "move a page with its links and its redirect"))
    found.append(
        (typed(f"unbroken verify {config.site_url or 'URL'}"), "ask the live site for every address")
    )
    found.append((typed("unbroken check"), "after each build"))
    width = max(len(command) for command, _ in found[:3] if len(command) < 60)
    yield from (f"  {command.ljust(width)}  # {why}\n" for command, why in found[:3])
