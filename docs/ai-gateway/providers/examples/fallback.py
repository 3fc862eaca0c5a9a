"""Ask Workers AI for a joke and, if it does not answer, OpenAI."""

import json
import os
import sys
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

NAMES = ["CF_AIG_HTTP_URL", "CF_AIG_TOKEN", "WORKERS_AI_TOKEN", "OPENAI_API_KEY", "OPENAI_MODEL"]
if missing := [name for name in NAMES if not os.environ.get(name)]:
    sys.exit(f"Set these in the environment: {', '.join(missing)}")
gateway, token, workers_ai_token, openai_key, model = (os.environ[name] for name in NAMES)

messages = [{"role": "user", "content": "Tell me a joke"}]
steps = [
    {
        "provider": "workers-ai",
        "endpoint": "@cf/meta/llama-3.1-8b-instruct",
        "headers": {
            "Authorization": f"Bearer {workers_ai_token}",
            "Content-Type": "application/json",
        },
        "query": {"messages": messages},
    },
    {
        "provider": "openai",
        "endpoint": "chat/completions",
        "headers": {
            "Authorization": f"Bearer {openai_key}",
            "Content-Type": "application/json",
        },
        "query": {"model": model, "messages": messages},
    },
]
request = Request(
    gateway,
    headers={
        "cf-aig-authorization": f"Bearer {token}",
        "Content-Type": "application/json",
    },
    data=json.dumps(steps).encode(),
)

try:
    with urlopen(request) as response:
        print("answered by step", response.headers["cf-aig-step"])
        print(json.load(response))
except HTTPError as error:
    sys.exit(f"Refused with status {error.code}: {error.read().decode()}")
except (OSError, HTTPException) as error:
    sys.exit(f"No answer to its end: {error}")
