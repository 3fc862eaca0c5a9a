// Let Fal AI draw a picture through the gateway, and print what it answers.
import WebSocket from "ws";

const names = ["CF_AIG_WS_URL", "CF_AIG_TOKEN", "FAL_API_KEY"];
const missing = names.filter((name) => !process.env[name]);
if (missing.length) {
  console.error(`Set these in the environment: ${missing.join(", ")}`);
  process.exit(1);
}
const [gateway, token, key] = names.map((name) => process.env[name]);

// This provider is quiet when it has answered; this long is taken for the end.
const QUIET = 1000 * (process.env.QUIET_SECONDS ?? 5);
const message = { prompt: "a lighthouse at dusk, watercolour" };
let timer;

const ws = new WebSocket(`${gateway}/fal/fal-ai/fast-lcm-diffusion`, [
  `cf-aig-authorization.${token}`,
  `fal-api-key.${key}`,
]);
let done = false;

ws.on("open", () => {
  ws.send(JSON.stringify(message));
  wait(false);
});

ws.on("message", (data, isBinary) => {
  console.log(isBinary ? `${data.length} bytes` : data.toString());
  wait(true);
});

ws.on("error", (error) => console.error(error.message));

ws.on("close", (code) => {
  clearTimeout(timer);
  if (done) return;
  console.error(`Closed with code ${code} before the end of the answer.`);
  process.exitCode = 1;
});

function wait(answered) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    done = answered;
    console.log(answered ? "The answer has ended." : "No answer came.");
    ws.close();
  }, QUIET);
}
