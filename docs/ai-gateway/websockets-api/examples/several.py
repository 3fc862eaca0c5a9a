"""Send several requests at once over one WebSocket, and tell their answers apart by eventId."""

import json
import os
import sys

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

NAMES = ["CF_AIG_WS_URL", "CF_AIG_TOKEN", "WORKERS_AI_TOKEN"]
if missing := [name for name in NAMES if not os.environ.get(name)]:
    sys.exit(f"Set these in the environment: {', '.join(missing)}")
gateway, token, key = (os.environ[name] for name in NAMES)

prompts = {"joke": "tell me a joke", "poem": "write a short poem"}

try:
    with connect(gateway, additional_headers={"cf-aig-authorization": f"Bearer {token}"}) as ws:
        for event_id, prompt in prompts.items():
            request = {
                "eventId": event_id,
                "provider": "workers-ai",
                "endpoint": "@cf/meta/llama-3.1-8b-instruct",
                "headers": {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
                "query": {"prompt": prompt},
            }
            ws.send(json.dumps({"type": "universal.create", "request": request}))

        while prompts:
            answer = json.loads(ws.recv())
            if "metadata" not in answer:
                sys.exit(f"The gateway answered with an error: {answer}")
            prompt = prompts.pop(answer["metadata"]["eventId"])
            print(f"{prompt}:", answer["response"])
except (OSError, WebSocketException) as error:
    sys.exit(f"No answer to its end: {error}")
