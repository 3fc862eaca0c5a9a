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
    answers = tuple(_answers(site))
    plan = Plan(
        answers, {}, (), {}, config.site_url, site, max_age=config.max_age, own=own_files(root, hosts)
    )
    writer = Writer(root, config.file.parent)
    for host in hosts:
        findings += host.judge(plan, config.hosts[host.name])
        rule_files(writer, host, plan, config.hosts[host.name])
    builds = sorted({answer.source.split("/")[1] for answer in answers})
    return Deployed(len(answers), builds, writer.written, in_order([*findings, *writer.findings]))


def _answers(site: Site) -> Iterator[Answer]:
    """Yield an answer for each stub of ours that a rule can stand for, at each address that leads to it."""
    folders = {"/": "/"} | {f"/{alias}/": f"/{there}/" for alias, there in _aliases(site.root)}
    for path in sorted(site.ours):
        page = site.page(path)
        if page is None or not page.to or page.moved:
            continue  # only its script can lead from a split page
        target = _target(path, page.to)
        if target is None:
            continue
        entry = Entry(path, str(target), Place(site.stubs[path]))
        yield Answer(path, target, {}, True, entry)
        for alias, there in folders.items():
            if alias != "/" and path.startswith(there):
                inside = target
                if isinstance(target, Address) and target.path.startswith(there):
                    inside = target._replace(path=alias + target.path.removeprefix(there))
                yield Answer(alias + path.removeprefix(there), inside, {}, True, entry)


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
