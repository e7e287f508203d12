// A bot for the arena: copy this file and make it yours. Start a server with `npm start`, then
//   npm run example:bot -- --name robo --url localhost:50051
import { parseArgs } from "node:util";
import { connect } from "roomline/client";
import { steerToNearest } from "../arena/bot-brain.ts";
import { arena } from "../arena/contract.ts";

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "localhost:50051" },
    name: { type: "string", default: `robo-${process.pid}` },
  },
});

// One connection. If the network breaks, the client comes back by itself and misses nothing.
const options = { clientId: values.name, connectTimeoutMs: 3_000 };
const client = await connect(values.url, options).catch(giveUp);

// A seat in an arena with room, or in a new one. The contract gives everything below its types.
const session = await client.join(arena, { roomType: "arena" }).catch(giveUp);
console.log(`${session.playerId} is in ${session.roomId}. Ctrl-C ends.`);

// The state is kept up to date for you: look at it, then act. `clientSeq` counts our steers, for the room to give back.
let clientSeq = 0;
session.onState(() => {
  const ship = session.state.players.get(session.playerId);
  if (ship === undefined) return;
  const { dx, dy } = steerToNearest(ship, session.state.coins.values());
  void session.send("steer", { dx, dy, clientSeq: ++clientSeq });
});

// Events come in order, each exactly once, whoever caused them.
session.on("scored", ({ player, value, score }) => {
  if (player === session.playerId) console.log(`+${value}, which makes ${score}`);
});

session.onClose(({ reason }) => console.log(`The seat is gone: ${reason.meaning}`));
client.onStateChange((state) => console.log(`connection: ${state}`));

// Leave politely, so that the room frees the seat at once instead of waiting for us to come back.
process.on("SIGINT", () => void client.close());

function giveUp(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
