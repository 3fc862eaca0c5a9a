"""Send speech from a WAV file to Deepgram through the gateway, and print what it hears."""

import json
import os
import sys
import wave
from urllib.parse import urlencode

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

NAMES = ["CF_AIG_WS_URL", "CF_AIG_TOKEN", "SPEECH_WAV"]
if missing := [name for name in NAMES if not os.environ.get(name)]:
    sys.exit(f"Set these in the environment: {', '.join(missing)}")
gateway, token, speech = (os.environ[name] for name in NAMES)

RATE = 16000
query = urlencode(
    {
        "model": "@cf/deepgram/nova-3",
        "encoding": "linear16",
        "sample_rate": RATE,
        "interim_results": "true",
    },
    safe="@/",
)

with wave.open(speech, "rb") as file:
    if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, RATE):
        sys.exit(f"{speech} must have one channel and {RATE} samples of 16 bits a second.")
    samples = file.readframes(file.getnframes())

try:
    url = f"{gateway}/workers-ai?{query}"
    with connect(url, additional_headers={"cf-aig-authorization": f"Bearer {token}"}) as ws:
        for start in range(0, len(samples), 3200):  # a tenth of a second each
            ws.send(samples[start : start + 3200])
        ws.send(json.dumps({"type": "CloseStream"}))
        for message in ws:  # until Deepgram has heard everything and closes
            answer = json.loads(message)
            if "error" in answer:
                sys.exit(f"The answer is an error: {answer}")
            if "channel" in answer:
                text = answer["channel"]["alternatives"][0]["transcript"]
                print("final:" if answer["is_final"] else "interim:", text)
except (OSError, WebSocketException) as error:
    sys.exit(f"No answer to its end: {error}")
