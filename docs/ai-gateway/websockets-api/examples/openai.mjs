// Ask OpenAI for a joke through the gateway, and print the answer as it comes.
import WebSocket from "ws";

const names = [
  "CF_AIG_WS_URL",
  "CF_AIG_TOKEN",
  "OPENAI_API_KEY",
  "OPENAI_REALTIME_MODEL",
  "OPENAI_BETA",
];
const missing = names.filter((name) => !process.env[name]);
if (missing.length) {
  console.error(`Set these in the environment: ${missing.join(", ")}`);
  process.exit(1);
}
const [gateway, token, key, model, beta] = names.map((name) => process.env[name]);

const ws = new WebSocket(`${gateway}/openai?model=${model}`, {
  headers: {
    "cf-aig-authorization": `Bearer ${token}`,
    Authorization: `Bearer ${key}`,
    "OpenAI-Beta": beta,
  },
});
let done = false;

ws.on("open", () => {
  const response = { modalities: ["text"], instructions: "Tell me a joke" };
  ws.send(JSON.stringify({ type: "response.create", response }));
});

ws.on("message", (data) => {
  const event = JSON.parse(data);
  if (event.type === "response.done") {
    console.log("\nstatus:", event.response.status);
    done = true;
    ws.close();
  } else if (event.type === "error" || event.error) {
    console.error("OpenAI answered with an error:", event);
    ws.close();
  } else {
    process.stdout.write(event.delta ?? "");
  }
});

ws.on("error", (error) => console.error(error.message));

ws.on("close", (code) => {
  if (done) return;
  console.error(`Closed with code ${code} before the end of the answer.`);
  process.exitCode = 1;
});
