"""Commands as they can be typed where this runs, for all that names one to an author."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

#: The programs of an environment that messages name.
PROGRAMS = ("unbroken", "mkdocs", "properdocs", "zensical")
# What only tells of the site as it is built; the rest of these commands looks elsewhere.
_OF_A_SITE = ("unbroken record", "unbroken check")
_OF_SOURCES = ("--from", "--sitemap", "--map")

# The configuration that each command has to name, as -f does; one process tells of one site.
_named: tuple[str, ...] = ()


def tell_of(file: str) -> None:
    """Let every command name a configuration from now on; an empty text where it is found by itself."""
    global _named  # what the author has typed holds for all that is said
    _named = ("-f", file) if file else ()


def typed(command: str, *, about: bool = True) -> str:
    """Return a command as it can be typed: with the path of its program where the shell does not find it.

    Args:
        command: one or several with ``&&`` between them, as if the environment were active.
        about: whether it names the configuration, where it is not the one that is found by itself.
    """
    return " && ".join(_typed(each, about) for each in command.split(" && "))


def _typed(command: str, about: bool) -> str:
    name, space, rest = command.partition(" ")
    if name not in PROGRAMS:
        return command
    named = f" {shlex.join(_named)}" if _named and about else ""
    if name == "unbroken":
        return program(name) + named + space + rest
    return program(name) + space + rest + named


def program(name: str) -> str:
    """Return how a program of this environment is called from the working folder."""
    called = Path(sys.argv[0])
    # By the folder that the author has typed, which may be a link to the environment's own.
    folder = called.parent if called.name in PROGRAMS else Path(sys.executable).parent
    own, found = folder.absolute() / name, shutil.which(name)
    try:
        if not own.is_file() or (found and os.path.samefile(found, own)):
            return name
    except OSError:
        return name
    try:
        path = own.relative_to(Path.cwd()).as_posix()
    except ValueError:
        path = min(own.as_posix(), os.path.relpath(own).replace(os.sep, "/"), key=len)
    return shlex.quote(path)


def after_build(command: str, build: str) -> str:
    """Return a command with the build that it needs first; one that looks at no built site stays as it is."""
    words = command.split()
    if " ".join(words[:2]) not in _OF_A_SITE or {*words} & {*_OF_SOURCES}:
        return command
    return f"{build} && {command}"
