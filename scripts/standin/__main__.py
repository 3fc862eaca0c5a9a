"""Run the stand-in: `scripts/gateway`, `python -m scripts.standin`, or the file `gateway.pyz`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from .server import GATEWAYS, Standin
from .web import listen


def main() -> None:
    """Read the command line and serve until interrupted."""
    name = Path(sys.argv[0]).name if sys.argv[0].endswith(".pyz") else "scripts/gateway"
    parser = argparse.ArgumentParser(prog=name, description="A stand-in for AI Gateway.")
    parser.add_argument("--port", type=int, default=8788, help="0 takes any free one; default: %(default)s")
    parser.add_argument("--token", default="local-token", help="the gateway token; default: %(default)s")
    parser.add_argument("--key", default="local-key", help="every provider's key; default: %(default)s")
    options = parser.parse_args()
    if not 0 <= options.port < 1 << 16:
        parser.error(f"{options.port} is no port: it is a number from 0 to 65535")
    try:
        asyncio.run(serve(Standin(options.token, options.key), options.port))
    except KeyboardInterrupt:
        print()
    except OSError as error:
        sys.exit(f"{name}: {error.strerror}; take another port with --port.")


async def serve(standin: Standin, port: int) -> None:
    """Listen on this machine alone, and say where."""
    async with await listen(standin.answer, port) as server:
        host, port = server.sockets[0].getsockname()[:2]
        print("This is a stand-in for AI Gateway, on this machine alone. No model answers here.")
        print(f"It listens at http://{host}:{port} and knows these gateways:")
        for name, what in GATEWAYS.items():
            print(f"  ws://{host}:{port}/v1/local/{name}  {what}")
        print(f"Gateway token: {standin.token}. Key of every provider: {standin.key}.", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    main()
