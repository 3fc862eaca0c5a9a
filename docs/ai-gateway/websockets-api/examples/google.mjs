// Ask Gemini for a joke through the gateway, and print the answer as it comes.
import WebSocket from "ws";

const names = ["CF_AIG_WS_URL", "CF_AIG_TOKEN", "GOOGLE_API_KEY", "GOOGLE_MODEL"];
const missing = names.filter((name) => !process.env[name]);
if (missing.length) {
  console.error(`Set these in the environment: ${missing.join(", ")}`);
  process.exit(1);
}
const [gateway, token, key, model] = names.map((name) => process.env[name]);

const ws = new WebSocket(`${gateway}/google?api_key=${key}`, {
  headers: { "cf-aig-authorization": `Bearer ${token}` },
});
let done = false;

ws.on("open", () => {
  const generationConfig = { responseModalities: ["TEXT"] };
  ws.send(JSON.stringify({ setup: { model, generationConfig } }));
});

ws.on("message", (data) => {
  const message = JSON.parse(data);
  if (message.setupComplete) {
    const turns = [{ role: "user", parts: [{ text: "Tell me a joke" }] }];
    ws.send(JSON.stringify({ clientContent: { turns, turnComplete: true } }));
  } else if (message.serverContent) {
    const { modelTurn, turnComplete } = message.serverContent;
    for (const part of modelTurn?.parts ?? []) process.stdout.write(part.text ?? "");
    if (turnComplete) {
      console.log("\nThe turn is complete.");
      done = true;
      ws.close();
    }
  } else if (message.error) {
    console.error("The answer is an error:", message);
    ws.close();
  }
});

ws.on("error", (error) => console.error(error.message));

ws.on("close", (code) => {
  if (done) return;
  console.error(`Closed with code ${code} before the end of the answer.`);
  process.exitCode = 1;
});
