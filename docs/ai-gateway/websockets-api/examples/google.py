"""Ask Gemini for a joke through the gateway, and print the answer as it comes."""

import json
import os
import sys

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

NAMES = ["CF_AIG_WS_URL", "CF_AIG_TOKEN", "GOOGLE_API_KEY", "GOOGLE_MODEL"]
if missing := [name for name in NAMES if not os.environ.get(name)]:
    sys.exit(f"Set these in the environment: {', '.join(missing)}")
gateway, token, key, model = (os.environ[name] for name in NAMES)

headers = {"cf-aig-authorization": f"Bearer {token}"}

try:
    with connect(f"{gateway}/google?api_key={key}", additional_headers=headers) as ws:
        config = {"responseModalities": ["TEXT"]}
        ws.send(json.dumps({"setup": {"model": model, "generationConfig": config}}))
        while True:
            message = json.loads(ws.recv())
            if "setupComplete" in message:
                turn = {"role": "user", "parts": [{"text": "Tell me a joke"}]}
                ws.send(json.dumps({"clientContent": {"turns": [turn], "turnComplete": True}}))
            elif "serverContent" in message:
                content = message["serverContent"]
                for part in content.get("modelTurn", {}).get("parts", []):
                    print(part.get("text", ""), end="", flush=True)
                if content.get("turnComplete"):
                    print("\nThe turn is complete.")
                    break
            elif "error" in message:
                sys.exit(f"The answer is an error: {message}")
except (OSError, WebSocketException) as error:
    sys.exit(f"No answer to its end: {error}")
