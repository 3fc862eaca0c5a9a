"""The promise for this site: every address in its ledger, asked for at real servers; and what CI runs."""

from __future__ import annotations

import shlex
import shutil
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.commands import ROOT, must
from tests.servers import wrangler_pages
from tests.servers.nginx import nginx

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sitecopy import SiteCopy

WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/docs.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("server", [nginx, wrangler_pages])
def test_every_recorded_address_answers(server: object, site_copy: SiteCopy, built_site: Path) -> None:
    site_copy.edit("redirects.yml", "hosts: [cloudflare]", "hosts: [cloudflare, nginx]")
    shutil.copytree(built_site, site_copy.site)
    must(site_copy.run("unbroken", "finish", "site"))
    with server(site_copy.site) as host:  # type: ignore[operator]
        result = must(site_copy.run("unbroken", "verify", host.url, "--query"))
    total = len(site_copy.read("published-urls.txt").splitlines())
    assert f"{total} of {total} addresses hold" in result.stderr


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_for_other_repositories_runs(hook: dict[str, str], built_copy: SiteCopy) -> None:
    must(built_copy.run(*shlex.split(hook["entry"])))


def test_the_workflow_runs_commands_that_are_there(built_copy: SiteCopy) -> None:
    steps = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]
    others = ("apt-get", "npx", "pip install")  # other programs
    ours = [step["run"] for step in steps if not any(name in step.get("run", "npx") for name in others)]
    for command in ours:
        if command.startswith("python -m pytest "):  # where there is no .venv
            assert (ROOT / shlex.split(command)[3]).is_dir(), command
            continue
        words = shlex.split(command.partition(" || ")[0].rpartition('" ')[2])
        assert (ROOT / words[0]).exists(), command
        if words[0].endswith("unbroken") and words[1] != "verify":  # that one asks the host
            must(built_copy.run("unbroken", *words[1:]))
    assert all(step["uses"].startswith(("actions/", "github/")) for step in steps if "uses" in step)
