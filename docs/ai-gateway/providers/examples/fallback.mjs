// Ask Workers AI for a joke and, if it does not answer, OpenAI.
const names = [
  "CF_AIG_HTTP_URL",
  "CF_AIG_TOKEN",
  "WORKERS_AI_TOKEN",
  "OPENAI_API_KEY",
  "OPENAI_MODEL",
];
const missing = names.filter((name) => !process.env[name]);
if (missing.length) {
  console.error(`Set these in the environment: ${missing.join(", ")}`);
  process.exit(1);
}
const [url, token, workersAiToken, openaiKey, model] = names.map((name) => process.env[name]);

const messages = [{ role: "user", content: "Tell me a joke" }];
const steps = [
  {
    provider: "workers-ai",
    endpoint: "@cf/meta/llama-3.1-8b-instruct",
    headers: {
      Authorization: `Bearer ${workersAiToken}`,
      "Content-Type": "application/json",
    },
    query: { messages },
  },
  {
    provider: "openai",
    endpoint: "chat/completions",
    headers: {
      Authorization: `Bearer ${openaiKey}`,
      "Content-Type": "application/json",
    },
    query: { model, messages },
  },
];
const headers = {
  "cf-aig-authorization": `Bearer ${token}`,
  "Content-Type": "application/json",
};
const body = JSON.stringify(steps);

try {
  const response = await fetch(url, { method: "POST", headers, body });
  if (!response.ok) {
    throw new Error(`Refused with status ${response.status}: ${await response.text()}`);
  }
  console.log("answered by step", response.headers.get("cf-aig-step"));
  console.log(JSON.stringify(await response.json()));
} catch (error) {
  console.error(error.cause?.message ?? error.message);
  process.exitCode = 1;
}
