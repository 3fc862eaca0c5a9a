"""Move pages and headings freely: every address a documentation site ever published keeps answering.

What a program needs:

    from unbroken import Project

    project = Project.load("mkdocs.yml")
    for finding in project.check().findings:
        print(finding)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["Finding", "Project", "__version__"]

if TYPE_CHECKING:
    from unbroken.findings.base import Finding
    from unbroken.project import Project


def __getattr__(name: str) -> object:
    """Load what is asked for when it is asked for: the plugin and ``--version`` need neither."""
    if name == "Project":
        from unbroken.project import Project

        return Project
    if name == "Finding":
        from unbroken.findings.base import Finding

        return Finding
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
