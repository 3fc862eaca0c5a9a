"""Let Fal AI draw a picture through the gateway, and print what it answers."""

import json
import os
import sys

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Subprotocol

NAMES = ["CF_AIG_WS_URL", "CF_AIG_TOKEN", "FAL_API_KEY"]
if missing := [name for name in NAMES if not os.environ.get(name)]:
    sys.exit(f"Set these in the environment: {', '.join(missing)}")
gateway, token, key = (os.environ[name] for name in NAMES)

# This provider is quiet when it has answered; this long is taken for the end.
QUIET = float(os.environ.get("QUIET_SECONDS", "5"))
message = {"prompt": "a lighthouse at dusk, watercolour"}
answers = 0

try:
    with connect(
        f"{gateway}/fal/fal-ai/fast-lcm-diffusion",
        subprotocols=[
            Subprotocol(f"cf-aig-authorization.{token}"),
            Subprotocol(f"fal-api-key.{key}"),
        ],
    ) as ws:
        ws.send(json.dumps(message))
        while True:
            data = ws.recv(timeout=QUIET)
            answers += 1
            print(f"{len(data)} bytes" if isinstance(data, bytes) else data)
except TimeoutError:
    if not answers:
        sys.exit("No answer came.")
    print("The answer has ended.")
except (OSError, WebSocketException) as error:
    sys.exit(f"No answer to its end: {error}")
