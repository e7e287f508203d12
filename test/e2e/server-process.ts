// A server in a process of its own, for tests that kill it or look at what it holds. Talks over IPC.
import { readdirSync } from "node:fs";
import { arenaRoom } from "../../examples/arena/room.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { createServer } from "../../server/index.ts";

/** What the process is asked. */
export type ServerAsk = "vitals" | "close";

const [port = "0", resumeWindowMs = "2000"] = process.argv.slice(2);
const server = await createServer({
  host: "127.0.0.1",
  port: Number(port),
  // The demo's chat rooms outlive their members by minutes; here everything has to be gone soon.
  rooms: {
    chat: { ...chatRoom, definition: { ...chatRoom.definition, emptyDelayMs: 500 } },
    arena: arenaRoom,
  },
  limits: { resumeWindowMs: Number(resumeWindowMs), emptyRoomDelayMs: 500 },
});
process.send?.({ port: server.port });

process.on("message", (ask: ServerAsk) => {
  if (ask === "close") {
    void server.close().then(() => process.exit(0));
    return;
  }
  for (let round = 0; round < 4; round++) globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  process.send?.({
    usage: { ...server.usage },
    heapBytes: heapUsed,
    rssBytes: rss,
    openFiles: readdirSync("/proc/self/fd").length,
    eventLoopHandles: process.getActiveResourcesInfo().length,
  });
});
