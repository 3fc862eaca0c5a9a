// Print what the AsyncAPI parser finds wrong with a document, as JSON: node asyncapi.mjs FILE
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
const found = diagnostics.map(({ severity, message, path }) => ({
  severity,
  message,
  path: path.join("."),
}));
console.log(JSON.stringify({ channels: document?.channels().all().length ?? 0, found }));
