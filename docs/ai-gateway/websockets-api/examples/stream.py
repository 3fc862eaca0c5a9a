"""Ask for a stream over a WebSocket and print each chunk as it comes."""

import json
import os
import sys

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

NAMES = ["CF_AIG_WS_URL", "CF_AIG_TOKEN", "WORKERS_AI_TOKEN"]
if missing := [name for name in NAMES if not os.environ.get(name)]:
    sys.exit(f"Set these in the environment: {', '.join(missing)}")
gateway, token, key = (os.environ[name] for name in NAMES)

request = {
    "eventId": "my-request",
    "provider": "workers-ai",
    "endpoint": "@cf/meta/llama-3.1-8b-instruct",
    "headers": {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    "query": {"prompt": "tell me a joke", "stream": True},
}

try:
    with connect(gateway, additional_headers={"cf-aig-authorization": f"Bearer {token}"}) as ws:
        ws.send(json.dumps({"type": "universal.create", "request": request}))
        while True:
            answer = json.loads(ws.recv())
            if answer.get("type") == "universal.created" and "response" not in answer:
                print("begins:", answer["metadata"]["contentType"])
            elif answer.get("type") == "universal.stream":
                print("chunk:", answer["response"])
            elif answer.get("type") == "universal.done":
                print("ends:", answer["metadata"]["eventId"])
                break
            else:
                sys.exit(f"This is no stream: {answer}")
except (OSError, WebSocketException) as error:
    sys.exit(f"No answer to its end: {error}")
