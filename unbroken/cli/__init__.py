"""The command line, a file a command."""

import gc

# Next to nothing that a command makes is garbage before it ends, and with a hundred thousand redirects
# looking for it takes half of the time; while modules are loaded, a twelfth.
gc.disable()

from unbroken.cli.main import main  # noqa: E402

__all__ = ["main"]
