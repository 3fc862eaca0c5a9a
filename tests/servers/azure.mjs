// Serve a folder as Azure Static Web Apps does, by the emulator of its command line.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { listen } from "./listen.mjs";

const [directory, packages] = process.argv.slice(2);
process.env.SWA_CLI_APP_LOCATION = process.env.SWA_CLI_OUTPUT_LOCATION = directory;
const emulator = path.join(packages, "@azure/static-web-apps-cli/dist/msha/middlewares/request.middleware.js");
const { handleUserConfig, requestMiddleware } = await import(pathToFileURL(emulator));
const config = await handleUserConfig(directory);
if (!config) {
  throw new Error("the emulator does not take staticwebapp.config.json");
}
await listen((asked, reply) => requestMiddleware(asked, reply, undefined, config));
