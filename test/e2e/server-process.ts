// A server in a process of its own, for tests that kill it or look at what it holds. Talks over IPC.
import { readdirSync } from "node:fs";
import { arenaRoom } from "../../examples/arena/room.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { createServer, defineRoom } from "../../server/index.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import { z } from "zod";

/** What the process is asked. "usage" is answered at once, "vitals" after a garbage collection. "end": drain and close, within 5 s. */
export type ServerAsk = "usage" | "vitals" | "close" | "end";

/** A room that says something ten times a second, also when nobody is there. */
const beacon = defineRoom(defineContract({ events: { beat: json(z.number()) } }), {
  watchable: true,
  emptyDelayMs: Infinity,
  create(room) {
    let beats = 0;
    room.every(100, () => void room.publish("beat", ++beats));
  },
});

const [port = "0", resumeWindowMs = "2000", room] = process.argv.slice(2);
const server = await createServer({
  host: "127.0.0.1",
  port: Number(port),
  // The demo's chat rooms outlive their members by minutes; here everything has to be gone soon.
  rooms: {
    chat: { ...chatRoom, definition: { ...chatRoom.definition, emptyDelayMs: 500 } },
    arena: arenaRoom,
    beacon,
  },
  limits: { resumeWindowMs: Number(resumeWindowMs), emptyRoomDelayMs: 500 },
});
if (room !== undefined) await server.createRoom("beacon", { roomId: room });
process.send?.({ port: server.port });

process.on("message", (ask: ServerAsk) => {
  if (ask === "usage") {
    process.send?.({ ...server.usage });
    return;
  }
  if (ask === "end") {
    void server.end(5_000).then(() => process.exit(0));
    return;
  }
  if (ask === "close") {
    void server.close().then(() => process.exit(0));
    return;
  }
  for (let round = 0; round < 4; round++) globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const resources = process.getActiveResourcesInfo();
  const isTimer = (kind: string): boolean => kind === "Timeout" || kind === "Immediate";
  process.send?.({
    usage: { ...server.usage },
    heapBytes: heapUsed,
    rssBytes: rss,
    openFiles: readdirSync("/proc/self/fd").length,
    eventLoopHandles: resources.filter((kind) => !isTimer(kind)).length,
    timers: resources.filter(isTimer).length,
  });
});
