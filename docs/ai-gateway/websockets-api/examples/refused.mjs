// Handle an authentication error: when the answer holds one, send the gateway token in the request too.
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
  query: { prompt: "tell me a joke" },
};

const ws = new WebSocket(gateway, { headers: { "cf-aig-authorization": `Bearer ${token}` } });
let done = false;

ws.on("open", () => {
  ws.send(JSON.stringify({ type: "universal.create", request }));
});

ws.on("message", (data) => {
  const answer = JSON.stringify(JSON.parse(data).response) ?? String(data);
  if (!/authentication/i.test(answer)) {
    console.log(answer);
    done = true;
    ws.close();
  } else if (!request.headers["cf-aig-authorization"]) {
    request.headers["cf-aig-authorization"] = `Bearer ${token}`;
    ws.send(JSON.stringify({ type: "universal.create", request }));
  } else {
    console.error(`Refused with the token in the request, too: ${answer}`);
    ws.close();
  }
});

ws.on("unexpected-response", (request, response) => {
  console.error(`The gateway refuses the connection with status ${response.statusCode}.`);
  ws.terminate();
});

ws.on("error", (error) => console.error(error.message));

ws.on("close", (code) => {
  if (done) return;
  console.error(`Closed with code ${code} before the end of the answer.`);
  process.exitCode = 1;
});
