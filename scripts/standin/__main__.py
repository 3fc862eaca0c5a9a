"""Run the stand-in: `scripts/gateway`, or `python -m scripts.standin`."""

from __future__ import annotations

import argparse
import asyncio
import sys

from aiohttp import web

from scripts.standin.server import GATEWAYS, Standin


def main() -> None:
    """Read the command line and serve until interrupted."""
    parser = argparse.ArgumentParser(prog="scripts/gateway", description="A stand-in for AI Gateway.")
    parser.add_argument("--port", type=int, default=8788, help="0 takes any free one; default: %(default)s")
    parser.add_argument("--token", default="local-token", help="the gateway token; default: %(default)s")
    parser.add_argument("--key", default="local-key", help="every provider's key; default: %(default)s")
    options = parser.parse_args()
    try:
        asyncio.run(serve(Standin(options.token, options.key), options.port))
    except KeyboardInterrupt:
        print()
    except OSError as error:
        sys.exit(f"scripts/gateway: {error.strerror}; take another port with --port.")


async def serve(standin: Standin, port: int) -> None:
    """Listen on this machine alone, and say where."""
    runner = web.AppRunner(standin.application(), shutdown_timeout=0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        host, port = runner.addresses[0][:2]
        print("This is a stand-in for AI Gateway, on this machine alone. No model answers here.")
        print(f"It listens at http://{host}:{port} and knows these gateways:")
        for name, what in GATEWAYS.items():
            print(f"  ws://{host}:{port}/v1/local/{name}  {what}")
        print(f"Gateway token: {standin.token}. Key of every provider: {standin.key}.", flush=True)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


main()
