"""What is done once in the process that commands are forked from, after all is loaded: see tests/warm.py."""

from __future__ import annotations

import gc
import sys
from functools import partialmethod
from pathlib import Path

import jinja2


class Templates(jinja2.FileSystemBytecodeCache):
    """Templates as Jinja has compiled them: a third of what a small build costs."""

    def get_bucket(
        self, environment: jinja2.Environment, name: str, filename: str | None, source: str
    ) -> jinja2.bccache.Bucket:
        """Return what is kept of a template; its source is compared, and what else it is compiled by."""
        options = f"{sorted(environment.extensions)} {environment.autoescape} {environment.trim_blocks}"
        return super().get_bucket(environment, name, filename, options + source)


folder = Path(__file__).parent.parent / ".cache/templates"
folder.mkdir(parents=True, exist_ok=True)
begin = jinja2.Environment.__init__
jinja2.Environment.__init__ = partialmethod(begin, bytecode_cache=Templates(str(folder)))  # type: ignore[method-assign,assignment]
if measuring := sys.modules.get("tests.measuring"):
    measuring.pause()
gc.collect()
gc.freeze()  # what no command need look through again
