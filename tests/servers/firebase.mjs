// Serve a folder as Firebase Hosting does, by its local server, superstatic.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { listen } from "./listen.mjs";

const [directory, packages] = process.argv.slice(2);
const superstatic = createRequire(path.join(packages, "any"))("superstatic").default;
const { hosting } = JSON.parse(readFileSync(path.join(directory, "_unbroken/firebase/firebase.json")));
// It has RE2 only where that is compiled; JavaScript names a group without the P.
const redirects = hosting.redirects.map((rule) => ({ ...rule, regex: rule.regex.replace("(?P<", "(?<") }));
const config = { public: ".", trailingSlash: true, redirects };
const answer = superstatic({ config, cwd: directory, fallthrough: false });
await listen((asked, reply) =>
  answer(asked, reply, (error) => {
    console.error(error);
    reply.writeHead(500).end();
  }),
);
