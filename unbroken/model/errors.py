"""What cannot be done, and why: every exception of the package."""

from __future__ import annotations


class Refused(Exception):
    """The move cannot be made; the message says why and what mends it, and nothing was changed."""
