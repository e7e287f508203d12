// The server of the soak, in a process of its own, whose clock can be set and which can be looked into. Talks over IPC.
import { createServer, silentLog } from "../../server/index.ts";
import { collectGarbage } from "./held.ts";
import { createTallyRoom } from "./room.ts";
import type { Rest, ServerAsk } from "./server-child.ts";

const timeOfDay = Date.now;
let shiftMs = 0;
// What an administrator, or the time server, does to a machine.
Date.now = () => timeOfDay() + shiftMs;

const server = await createServer({
  host: "127.0.0.1",
  port: Number(process.argv[2]),
  rooms: { event: createTallyRoom(0), ticked: createTallyRoom(20) },
  limits: { resumeWindowMs: 30_000, inputsPerSecond: 500, inputsBurst: 2_000 },
  log: silentLog,
});

process.on("message", (ask: ServerAsk) => void obey(ask));
process.on("disconnect", () => process.exit());
process.send?.({ port: server.port });

async function obey(ask: ServerAsk): Promise<void> {
  switch (ask.kind) {
    case "kick":
      // Whoever has left meanwhile need not be put out.
      await server
        .room(ask.roomId)
        .kick(ask.playerId)
        .catch(() => undefined);
      return;
    case "clock":
      shiftMs = ask.shiftMs;
      return;
    case "end":
      await server.end(5_000);
      process.exit(0);
      return;
    case "rest": {
      const rest: Rest = {
        usage: { ...server.usage },
        ...(ask.collects ? await collectGarbage() : { heldBytes: 0, handles: 0 }),
      };
      process.send?.(rest);
    }
  }
}
