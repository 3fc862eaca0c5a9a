"""Let Deepgram speak a sentence through the gateway, and save it as speech.wav."""

import json
import os
import sys
import wave

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

NAMES = ["CF_AIG_WS_URL", "CF_AIG_TOKEN"]
if missing := [name for name in NAMES if not os.environ.get(name)]:
    sys.exit(f"Set these in the environment: {', '.join(missing)}")
gateway, token = (os.environ[name] for name in NAMES)

RATE = 24000  # Deepgram's own choice when none is asked for
url = f"{gateway}/workers-ai?model=@cf/deepgram/aura-1"
samples = b""

try:
    with connect(url, additional_headers={"cf-aig-authorization": f"Bearer {token}"}) as ws:
        ws.send(json.dumps({"type": "Speak", "text": "Hello from the other end of the socket."}))
        ws.send(json.dumps({"type": "Flush"}))
        while True:
            data = ws.recv()
            if isinstance(data, bytes):
                samples += data
                continue
            print(data)
            message = json.loads(data)
            if message.get("type") == "Flushed":
                ws.send(json.dumps({"type": "Close"}))
                break
            if "error" in message:
                sys.exit("The answer is an error.")
except (OSError, WebSocketException) as error:
    sys.exit(f"No answer to its end: {error}")

with wave.open("speech.wav", "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(RATE)
    file.writeframes(samples)
print(f"speech.wav holds {len(samples) / 2 / RATE:.2f} seconds")
