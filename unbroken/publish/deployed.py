"""Rules for a tree of several builds under one root: versions as mike deploys them, languages, previews.

A host reads its rules at the root, and each build wrote its own below it. Which redirects a build has
stands in its stubs, whatever branch or tag it comes from; so the rules at the root are made from those.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urljoin

from unbroken.findings.base import Finding, Place, in_order
from unbroken.findings.headings import Split
from unbroken.formats.html import Page
from unbroken.model.addresses import Address, normal
from unbroken.model.errors import LeavesSite
from unbroken.model.plan import Answer, Plan
from unbroken.model.redirects import Entry, Target
from unbroken.publish.finish import rule_files
from unbroken.publish.planning import chosen, own_files
from unbroken.publish.writer import Writer
from unbroken.workspace.built_site import Site
from unbroken.workspace.config import Config
from unbroken.workspace.git import git

_HERE = "http://here"


@dataclass(slots=True)
class Deployed:
    """What writing rules into a deployed tree came to.

    Attributes:
        redirects: how many addresses have one.
        builds: the folders that the redirects come from.
        written: the files that changed, relative to the root.
        findings: what a host cannot do of it.
    """

    redirects: int
    builds: list[str]
    written: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def finish_tree(config: Config, root: Path) -> Deployed:
    """Write the rules of every build below a folder to that folder's root.

    Raises:
        NotADirectoryError: there is no such folder.
    """
    site = Site(root)
    hosts, findings = chosen(config)
    answers, split = _answers(site)
    findings += split if any(host.rules for host in hosts) else []
    plan = Plan(
        tuple(answers), {}, (), {}, config.site_url, site, max_age=config.max_age, own=own_files(root, hosts)
    )
    writer = Writer(root, config.file.parent)
    for host in hosts:
        findings += host.judge(plan, config.hosts[host.name])
        rule_files(writer, host, plan, config.hosts[host.name])
    builds = sorted({answer.source.split("/")[1] for answer in answers})
    return Deployed(len(answers), builds, writer.written, in_order([*findings, *writer.findings]))


def _answers(site: Site) -> tuple[list[Answer], list[Finding]]:
    """Return an answer for each stub of ours that a rule can stand for, at each address that leads to it.

    Of the others there is a finding.
    """
    aliases = [(f"/{alias}/", f"/{there}/") for alias, there in _aliases(site.root)]
    answers: list[Answer] = []
    findings: list[Finding] = []
    for path in sorted(site.ours):
        page = site.page(path)
        target = _target(path, page.to) if page and page.to else None
        if page is None or target is None:
            continue
        place = Place(site.stubs[path])
        if found := _obstacle(site, path, page, target):
            findings.append(Split.of(place, f"{path}#{found[0]}", found[1]))
            continue
        entry = Entry(path, str(target), place)
        answers.append(Answer(path, target, {}, True, entry))
        for alias, there in aliases:
            if path.startswith(there):
                inside = target
                if isinstance(target, Address) and target.path.startswith(there):
                    inside = target._replace(path=alias + target.path.removeprefix(there))
                answers.append(Answer(alias + path.removeprefix(there), inside, {}, True, entry))
    return answers, findings


def _obstacle(site: Site, path: str, stub: Page, target: Target) -> tuple[str, str] | None:
    """Return the first fragment of a split page that a rule would carry elsewhere than its stub, and why."""
    if isinstance(target, str):
        return (stub.moved[0][0], "the page itself leads to another site") if stub.moved else None
    there = site.page(target.path)
    carried = dict(there.moved) if there else {}
    for fragment, url in stub.moved:
        end = _target(path, url)
        if end == target._replace(fragment=fragment):
            continue
        if target.fragment:
            if end != target:
                return fragment, f"the rule's own fragment #{target.fragment} replaces the visitor's"
        elif there and fragment in there.anchors:
            return fragment, f"{target.path} has an anchor #{fragment} of its own"
        elif fragment not in carried or _target(target.path, carried[fragment]) != end:
            return fragment, f"{target.path} does not lead #{fragment} on"
    return None


def _aliases(root: Path) -> Iterator[tuple[str, str]]:
    """Yield each folder at the root that is a link to another one there."""
    for each in sorted(root.iterdir()):
        if each.is_symlink() and each.is_dir() and each.resolve().parent == root.resolve():
            yield each.name, each.resolve().name


def _target(path: str, to: str) -> Target | None:
    url = urljoin(_HERE + path, to)
    if not url.startswith(_HERE + "/"):
        return url if url.startswith(("https://", "http://")) else None
    rest, _, fragment = url.removeprefix(_HERE).partition("#")
    there, _, query = rest.partition("?")
    try:
        return Address(normal(there), unquote(fragment), query)
    except LeavesSite:
        return None


@contextmanager
def branch(folder: Path, name: str, message: str) -> Iterator[Path]:
    """Yield a branch as a folder, and commit what has changed there when the block ends without an error.

    Raises:
        GitError: there is no such branch, or it has moved meanwhile.
    """
    ref = f"refs/heads/{name}"
    before = git(folder, "rev-parse", "--verify", f"{ref}^{{commit}}").strip()
    with tempfile.TemporaryDirectory(prefix="unbroken-") as place:
        tree = Path(place) / "tree"
        git(folder, "worktree", "add", "--quiet", "--detach", str(tree), before)
        try:
            yield tree
            git(tree, "add", "--all")
            if git(tree, "status", "--porcelain"):
                git(tree, "commit", "--quiet", "--no-verify", "-m", message)
                git(tree, "update-ref", ref, "HEAD", before)
        finally:
            git(folder, "worktree", "remove", "--force", str(tree))
