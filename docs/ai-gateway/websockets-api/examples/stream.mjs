// Ask for a stream over a WebSocket and print each chunk as it comes.
import WebSocket from "ws";

const names = ["CF_AIG_WS_URL", "CF_AIG_TOKEN", "WORKERS_AI_TOKEN"];
const missing = names.filter((name) => !process.env[name]);
if (missing.length) {
  console.error(`Set these in the environment: ${missing.join(", ")}`);
  process.exit(1);
}
const [gateway, token, key] = names.map((name) => process.env[name]);

const request = {
  eventId: "my-request",
  provider: "workers-ai",
  endpoint: "@cf/meta/llama-3.1-8b-instruct",
  headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
  query: { prompt: "tell me a joke", stream: true },
};

const ws = new WebSocket(gateway, { headers: { "cf-aig-authorization": `Bearer ${token}` } });
let done = false;

ws.on("open", () => {
  ws.send(JSON.stringify({ type: "universal.create", request }));
});

ws.on("message", (data) => {
  const { type, metadata, response } = JSON.parse(data);
  if (type === "universal.created" && response === undefined) {
    console.log("begins:", metadata.contentType);
  } else if (type === "universal.stream") {
    console.log("chunk:", JSON.stringify(response));
  } else if (type === "universal.done") {
    console.log("ends:", metadata.eventId);
    done = true;
    ws.close();
  } else {
    console.error(`This is no stream: ${data}`);
    ws.close();
  }
});

ws.on("error", (error) => console.error(error.message));

ws.on("close", (code) => {
  if (done) return;
  console.error(`Closed with code ${code} before the end of the answer.`);
  process.exitCode = 1;
});
