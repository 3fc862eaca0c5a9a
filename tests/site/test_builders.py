"""ProperDocs and Zensical build the same files to the same addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import built
from tests.commands import ROOT, must
from tests.site.test_facts import REDIRECTS
from tests.site.test_machines import markdown, metadata, sitemap

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sitecopy import SiteCopy


@pytest.mark.parametrize("builder", ["properdocs", "zensical"])
def test_another_builder_makes_the_same_addresses(
    site_copy: SiteCopy, built_site: Path, builder: str
) -> None:
    must(site_copy.run(builder, "build", "--strict"))
    must(site_copy.run("unbroken", "finish", "site"))
    (site_copy.path / ".venv").symlink_to(ROOT / ".venv")
    must(site_copy.run("scripts/llms.py"))
    assert built.pages(site_copy.site) == built.pages(built_site)
    assert built.stubs(site_copy.site) == built.stubs(built_site)
    assert markdown(site_copy.site) == markdown(built_site)
    assert set(sitemap(site_copy.site)) == set(sitemap(built_site))
    for address in built.pages(built_site):
        assert metadata(site_copy.site, address) == metadata(built_site, address), address


def test_the_redirected_addresses_are_those_of_the_map(built_site: Path) -> None:
    assert built.stubs(built_site) == REDIRECTS


@pytest.mark.parametrize("builder", ["properdocs", "zensical"])
def test_a_difference_would_be_seen(site_copy: SiteCopy, built_site: Path, builder: str) -> None:
    site_copy.write("docs/ai-gateway/extra.md", "# Extra\n")
    site_copy.edit("mkdocs.yml", "\nnav:\n", "\nnav:\n  - Extra: ai-gateway/extra.md\n")
    must(site_copy.run(builder, "build"))
    assert built.pages(site_copy.site) - built.pages(built_site) == {"/ai-gateway/extra/"}
