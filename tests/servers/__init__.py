"""The servers that the tests put a built site behind: each a context manager that yields a `Server`."""

from tests.servers.cloudflare import wrangler_pages, wrangler_workers
from tests.servers.process import Server
from tests.servers.static import StaticServer, serve_directory

__all__ = ["Server", "StaticServer", "serve_directory", "wrangler_pages", "wrangler_workers"]
