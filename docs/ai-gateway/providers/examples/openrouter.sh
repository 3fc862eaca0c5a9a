#!/bin/sh
# Ask a model on OpenRouter for a joke through the gateway.
set -eu
: "${CF_AIG_HTTP_URL:?Set this in the environment}"
: "${CF_AIG_TOKEN:?Set this in the environment}"
: "${OPENROUTER_API_KEY:?Set this in the environment}"
: "${OPENROUTER_MODEL:?Set this in the environment}"

curl --silent --show-error --fail-with-body "$CF_AIG_HTTP_URL/openrouter/v1/chat/completions" \
  --header "cf-aig-authorization: Bearer $CF_AIG_TOKEN" \
  --header "Authorization: Bearer $OPENROUTER_API_KEY" \
  --header "Content-Type: application/json" \
  --data @- <<END
{
  "model": "$OPENROUTER_MODEL",
  "messages": [{ "role": "user", "content": "Tell me a joke" }]
}
END
