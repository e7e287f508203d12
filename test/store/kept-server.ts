// A server whose rooms are kept, in a process of its own, for tests that end or kill it. Talks over IPC.
import { createServer, sqlite } from "../../server/index.ts";
import { rooms } from "./kept-rooms.ts";

const [port = "0", folder = ""] = process.argv.slice(2);
const server = await createServer({
  host: "127.0.0.1",
  port: Number(port),
  rooms,
  store: sqlite(folder),
  limits: { checkpointIntervalMs: 50 },
});
process.send?.({ port: server.port });
process.on("message", () => void server.end(1_000).then(() => process.exit(0)));
