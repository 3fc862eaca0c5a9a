"""Ask OpenAI for a joke through the gateway."""

import json
import os
import sys
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

NAMES = ["CF_AIG_HTTP_URL", "CF_AIG_TOKEN", "OPENAI_API_KEY", "OPENAI_MODEL"]
if missing := [name for name in NAMES if not os.environ.get(name)]:
    sys.exit(f"Set these in the environment: {', '.join(missing)}")
gateway, token, key, model = (os.environ[name] for name in NAMES)

request = Request(
    f"{gateway}/openai/chat/completions",
    headers={
        "cf-aig-authorization": f"Bearer {token}",
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/json",
    },
    data=json.dumps({"model": model, "messages": [{"role": "user", "content": "Tell me a joke"}]}).encode(),
)

try:
    with urlopen(request) as response:
        print(json.load(response))
except HTTPError as error:
    sys.exit(f"Refused with status {error.code}: {error.read().decode()}")
except (OSError, HTTPException) as error:
    sys.exit(f"No answer to its end: {error}")
