"""Handle an authentication error: when the answer holds one, send the gateway token in the request too."""

import json
import os
import sys
from typing import Any

from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import connect

NAMES = ["CF_AIG_WS_URL", "CF_AIG_TOKEN", "WORKERS_AI_TOKEN"]
if missing := [name for name in NAMES if not os.environ.get(name)]:
    sys.exit(f"Set these in the environment: {', '.join(missing)}")
gateway, token, key = (os.environ[name] for name in NAMES)

request: dict[str, Any] = {
    "eventId": "my-request",
    "provider": "workers-ai",
    "endpoint": "@cf/meta/llama-3.1-8b-instruct",
    "headers": {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    "query": {"prompt": "tell me a joke"},
}

try:
    with connect(gateway, additional_headers={"cf-aig-authorization": f"Bearer {token}"}) as ws:
        for headers in ({}, {"cf-aig-authorization": f"Bearer {token}"}):
            tried = request | {"headers": request["headers"] | headers}
            ws.send(json.dumps({"type": "universal.create", "request": tried}))
            message = json.loads(ws.recv())
            answer = json.dumps(message.get("response", message))
            if "authentication" not in answer.lower():
                print(answer)
                break
        else:
            sys.exit(f"Refused with the token in the request, too: {answer}")
except InvalidStatus as error:
    sys.exit(f"The gateway refuses the connection with status {error.response.status_code}.")
except (OSError, WebSocketException) as error:
    sys.exit(f"No answer to its end: {error}")
