"""Ask OpenAI for a joke through the gateway, and print the answer as it comes."""

import json
import os
import sys

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

NAMES = ["CF_AIG_WS_URL", "CF_AIG_TOKEN", "OPENAI_API_KEY", "OPENAI_REALTIME_MODEL", "OPENAI_BETA"]
if missing := [name for name in NAMES if not os.environ.get(name)]:
    sys.exit(f"Set these in the environment: {', '.join(missing)}")
gateway, token, key, model, beta = (os.environ[name] for name in NAMES)

headers = {
    "cf-aig-authorization": f"Bearer {token}",
    "Authorization": f"Bearer {key}",
    "OpenAI-Beta": beta,
}

try:
    with connect(f"{gateway}/openai?model={model}", additional_headers=headers) as ws:
        response = {"modalities": ["text"], "instructions": "Tell me a joke"}
        ws.send(json.dumps({"type": "response.create", "response": response}))
        while True:
            event = json.loads(ws.recv())
            if event.get("type") == "response.done":
                print("\nstatus:", event["response"]["status"])
                break
            if event.get("type") == "error" or "error" in event:
                sys.exit(f"OpenAI answered with an error: {event}")
            print(event.get("delta", ""), end="", flush=True)
except (OSError, WebSocketException) as error:
    sys.exit(f"No answer to its end: {error}")
