#!/bin/sh
# Ask Workers AI for a joke and, if it does not answer, OpenAI. The headers that come back name the step.
set -eu
: "${CF_AIG_HTTP_URL:?Set this in the environment}"
: "${CF_AIG_TOKEN:?Set this in the environment}"
: "${WORKERS_AI_TOKEN:?Set this in the environment}"
: "${OPENAI_API_KEY:?Set this in the environment}"
: "${OPENAI_MODEL:?Set this in the environment}"

curl --silent --show-error --fail-with-body --include "$CF_AIG_HTTP_URL" \
  --header "cf-aig-authorization: Bearer $CF_AIG_TOKEN" \
  --header "Content-Type: application/json" \
  --data @- <<END
[
  {
    "provider": "workers-ai",
    "endpoint": "@cf/meta/llama-3.1-8b-instruct",
    "headers": {
      "Authorization": "Bearer $WORKERS_AI_TOKEN",
      "Content-Type": "application/json"
    },
    "query": { "messages": [{ "role": "user", "content": "Tell me a joke" }] }
  },
  {
    "provider": "openai",
    "endpoint": "chat/completions",
    "headers": {
      "Authorization": "Bearer $OPENAI_API_KEY",
      "Content-Type": "application/json"
    },
    "query": {
      "model": "$OPENAI_MODEL",
      "messages": [{ "role": "user", "content": "Tell me a joke" }]
    }
  }
]
END
