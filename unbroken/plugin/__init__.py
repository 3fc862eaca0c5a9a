"""The MkDocs plugin and what it adds to the development server."""

from unbroken.plugin.plugin import UnbrokenPlugin

__all__ = ["UnbrokenPlugin"]
