// Serve a folder as Netlify does, by Netlify's own parser, matcher and static handler.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { listen } from "./listen.mjs";

const [directory, packages] = process.argv.slice(2);
const own = async (name) => import(pathToFileURL(path.join(packages, name, "dist/main.js")));
const { RedirectsHandler } = await own("@netlify/redirects");
const { StaticHandler } = await own("@netlify/static");

const notFound = async () =>
  new Response(await readFile(path.join(directory, "404.html")).catch(() => "Not found"), {
    status: 404,
    headers: { "content-type": "text/html; charset=utf-8" },
  });
const redirects = new RedirectsHandler({
  jwtRoleClaim: "",
  jwtSecret: "",
  notFoundHandler: notFound,
  projectDir: directory,
  publicDir: directory,
});
const files = new StaticHandler({ directory });

async function answer(request) {
  const rule = await redirects.match(request);
  if (rule) {
    const found = await redirects.handle(request, rule, async (asked) => (await files.match(asked))?.handle);
    if (found) {
      return found;
    }
  }
  const file = await files.match(request);
  return file ? file.handle() : notFound();
}

await listen(async (asked, reply) => {
  try {
    const found = await answer(new Request(`http://${asked.headers.host}${asked.url}`, { method: asked.method }));
    reply.writeHead(found.status, Object.fromEntries(found.headers));
    if (found.body && asked.method !== "HEAD") {
      Readable.fromWeb(found.body).pipe(reply);
    } else {
      reply.end();
    }
  } catch (error) {
    console.error(error);
    reply.writeHead(500).end(String(error));
  }
});
