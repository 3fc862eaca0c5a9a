// Send speech from a WAV file to Deepgram through the gateway, and print what it hears.
import { readFileSync } from "node:fs";
import WebSocket from "ws";

const names = ["CF_AIG_WS_URL", "CF_AIG_TOKEN", "SPEECH_WAV"];
const missing = names.filter((name) => !process.env[name]);
if (missing.length) {
  console.error(`Set these in the environment: ${missing.join(", ")}`);
  process.exit(1);
}
const [gateway, token, speech] = names.map((name) => process.env[name]);

const RATE = 16000;
const query = `model=@cf/deepgram/nova-3&encoding=linear16&sample_rate=${RATE}&interim_results=true`;

// A WAV file is a header of 44 bytes with the samples behind it.
const wav = readFileSync(speech);
if (wav.readUInt16LE(22) !== 1 || wav.readUInt32LE(24) !== RATE || wav.readUInt16LE(34) !== 16) {
  console.error(`${speech} must have one channel and ${RATE} samples of 16 bits a second.`);
  process.exit(1);
}

const ws = new WebSocket(`${gateway}/workers-ai?${query}`, {
  headers: { "cf-aig-authorization": `Bearer ${token}` },
});
let failed = false;

ws.on("open", () => {
  for (let start = 44; start < wav.length; start += 3200) {
    ws.send(wav.subarray(start, start + 3200)); // a tenth of a second
  }
  ws.send(JSON.stringify({ type: "CloseStream" }));
});

ws.on("message", (data) => {
  const answer = JSON.parse(data);
  if (answer.error) {
    console.error("The answer is an error:", answer);
    failed = true;
    ws.close();
  } else if (answer.channel) {
    const text = answer.channel.alternatives[0].transcript;
    console.log(answer.is_final ? "final:" : "interim:", text);
  }
});

ws.on("error", (error) => console.error(error.message));

// Deepgram closes with code 1000 when it has heard everything.
ws.on("close", (code) => {
  if (code === 1000 && !failed) return;
  console.error(`Closed with code ${code} before the end of the answer.`);
  process.exitCode = 1;
});
