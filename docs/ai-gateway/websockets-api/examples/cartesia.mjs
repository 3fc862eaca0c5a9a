// Let Cartesia speak a sentence through the gateway, and save it as speech.wav.
import { writeFileSync } from "node:fs";
import WebSocket from "ws";

const names = [
  "CF_AIG_WS_URL",
  "CF_AIG_TOKEN",
  "CARTESIA_API_KEY",
  "CARTESIA_VERSION",
  "CARTESIA_VOICE_ID",
];
const missing = names.filter((name) => !process.env[name]);
if (missing.length) {
  console.error(`Set these in the environment: ${missing.join(", ")}`);
  process.exit(1);
}
const [gateway, token, key, version, voice] = names.map((name) => process.env[name]);

const RATE = 8000;
const query = new URLSearchParams({ cartesia_version: version, api_key: key });
const request = {
  model_id: "sonic",
  transcript: "Hello from the other end of the socket.",
  voice: { mode: "id", id: voice },
  language: "en",
  context_id: "greeting",
  output_format: { container: "raw", encoding: "pcm_s16le", sample_rate: RATE },
  add_timestamps: true,
  continue: true,
};
const chunks = [];

const ws = new WebSocket(`${gateway}/cartesia?${query}`, {
  headers: { "cf-aig-authorization": `Bearer ${token}` },
});
let done = false;

ws.on("open", () => {
  ws.send(JSON.stringify(request));
  // Nothing more to speak: Cartesia may finish what it has.
  ws.send(JSON.stringify({ ...request, transcript: "", continue: false }));
});

ws.on("message", (data) => {
  const answer = JSON.parse(data);
  if (answer.error || answer.type === "error") {
    console.error("Cartesia answered with an error:", answer);
    ws.close();
    return;
  }
  if (answer.type === "chunk") chunks.push(Buffer.from(answer.data, "base64"));
  if (answer.done) {
    const samples = Buffer.concat(chunks);
    writeFileSync("speech.wav", wav(samples));
    console.log(`speech.wav holds ${(samples.length / 2 / RATE).toFixed(2)} seconds`);
    done = true;
    ws.close();
  }
});

ws.on("error", (error) => console.error(error.message));

ws.on("close", (code) => {
  if (done) return;
  console.error(`Closed with code ${code} before the end of the answer.`);
  process.exitCode = 1;
});

// A WAV file is a header of 44 bytes with the samples behind it.
function wav(samples) {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples.length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16); // bytes of the format that follows
  header.writeUInt16LE(1, 20); // plain samples
  header.writeUInt16LE(1, 22); // one channel
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * 2, 28); // bytes in a second
  header.writeUInt16LE(2, 32); // bytes in a sample
  header.writeUInt16LE(16, 34); // bits in a sample
  header.write("data", 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}
