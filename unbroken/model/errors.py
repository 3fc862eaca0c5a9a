"""What cannot be done, and why: every exception of the package that a caller may want to catch."""

from __future__ import annotations


class UnbrokenError(Exception):
    """Something cannot be done; the message says what and why in a sentence, and nothing was changed."""


class NoConfiguration(UnbrokenError):
    """There is no configuration of a site where it was looked for, or it cannot be read."""


class NoSite(UnbrokenError):
    """There is no built site, or there are no sources, in the folder that was named."""


class Refused(UnbrokenError):
    """A change was asked for that cannot be made; the message says what mends it."""


class BuildError(UnbrokenError):
    """The site could not be built as it was; with what the builder said."""


class GitError(UnbrokenError):
    """Git is not there, or did not do what it was asked; with what it said."""


class NoHistory(UnbrokenError):
    """There is no git history to ask, or not the one that was asked for."""


class Conflict(UnbrokenError):
    """A file is not as it was when a change to it was prepared or made."""


class Unsettled(Conflict):
    """A change was stopped halfway and cannot be taken back yet; the message says why, and what to do."""


class LeavesSite(ValueError):
    """A path or a URL climbs above the root of the site."""


class CannotEdit(ValueError):
    """A text cannot be edited in place."""
