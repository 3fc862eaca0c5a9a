"""Let Cartesia speak a sentence through the gateway, and save it as speech.wav."""

import base64
import json
import os
import sys
import wave

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

NAMES = ["CF_AIG_WS_URL", "CF_AIG_TOKEN", "CARTESIA_API_KEY", "CARTESIA_VERSION", "CARTESIA_VOICE_ID"]
if missing := [name for name in NAMES if not os.environ.get(name)]:
    sys.exit(f"Set these in the environment: {', '.join(missing)}")
gateway, token, key, version, voice = (os.environ[name] for name in NAMES)

RATE = 8000
url = f"{gateway}/cartesia?cartesia_version={version}&api_key={key}"
request = {
    "model_id": "sonic",
    "transcript": "Hello from the other end of the socket.",
    "voice": {"mode": "id", "id": voice},
    "language": "en",
    "context_id": "greeting",
    "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": RATE},
    "add_timestamps": True,
    "continue": True,
}
samples = b""

try:
    with connect(url, additional_headers={"cf-aig-authorization": f"Bearer {token}"}) as ws:
        ws.send(json.dumps(request))
        # Nothing more to speak: Cartesia may finish what it has.
        ws.send(json.dumps(request | {"transcript": "", "continue": False}))
        while True:
            answer = json.loads(ws.recv())
            if "error" in answer or answer.get("type") == "error":
                sys.exit(f"Cartesia answered with an error: {answer}")
            if answer.get("type") == "chunk":
                samples += base64.b64decode(answer["data"])
            if answer.get("done"):
                break
except (OSError, WebSocketException) as error:
    sys.exit(f"No answer to its end: {error}")

with wave.open("speech.wav", "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(RATE)
    file.writeframes(samples)
print(f"speech.wav holds {len(samples) / 2 / RATE:.2f} seconds")
