// Ask OpenAI for a joke through the gateway.
const names = ["CF_AIG_HTTP_URL", "CF_AIG_TOKEN", "OPENAI_API_KEY", "OPENAI_MODEL"];
const missing = names.filter((name) => !process.env[name]);
if (missing.length) {
  console.error(`Set these in the environment: ${missing.join(", ")}`);
  process.exit(1);
}
const [gateway, token, key, model] = names.map((name) => process.env[name]);

const url = `${gateway}/openai/chat/completions`;
const headers = {
  "cf-aig-authorization": `Bearer ${token}`,
  Authorization: `Bearer ${key}`,
  "Content-Type": "application/json",
};
const body = JSON.stringify({
  model,
  messages: [{ role: "user", content: "Tell me a joke" }],
});

try {
  const response = await fetch(url, { method: "POST", headers, body });
  if (!response.ok) {
    throw new Error(`Refused with status ${response.status}: ${await response.text()}`);
  }
  console.log(JSON.stringify(await response.json()));
} catch (error) {
  console.error(error.cause?.message ?? error.message);
  process.exitCode = 1;
}
