// Send several requests at once over one WebSocket, and tell their answers apart by eventId.
import WebSocket from "ws";

const names = ["CF_AIG_WS_URL", "CF_AIG_TOKEN", "WORKERS_AI_TOKEN"];
const missing = names.filter((name) => !process.env[name]);
if (missing.length) {
  console.error(`Set these in the environment: ${missing.join(", ")}`);
  process.exit(1);
}
const [gateway, token, key] = names.map((name) => process.env[name]);

const prompts = new Map([
  ["joke", "tell me a joke"],
  ["poem", "write a short poem"],
]);

const ws = new WebSocket(gateway, { headers: { "cf-aig-authorization": `Bearer ${token}` } });
let done = false;

ws.on("open", () => {
  for (const [eventId, prompt] of prompts) {
    const request = {
      eventId,
      provider: "workers-ai",
      endpoint: "@cf/meta/llama-3.1-8b-instruct",
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
      query: { prompt },
    };
    ws.send(JSON.stringify({ type: "universal.create", request }));
  }
});

ws.on("message", (data) => {
  const { metadata, response, error } = JSON.parse(data);
  if (error) {
    console.error("The gateway answered with an error:", error);
    ws.close();
    return;
  }
  console.log(`${prompts.get(metadata.eventId)}:`, JSON.stringify(response));
  prompts.delete(metadata.eventId);
  done = prompts.size === 0;
  if (done) ws.close();
});

ws.on("error", (error) => console.error(error.message));

ws.on("close", (code) => {
  if (done) return;
  console.error(`Closed with code ${code} before the end of the answer.`);
  process.exitCode = 1;
});
