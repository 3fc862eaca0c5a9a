// Listen on a free port, and print where.
import { once } from "node:events";
import { createServer } from "node:http";

export async function listen(answer) {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  console.log(`Ready on http://127.0.0.1:${server.address().port}`);
}
