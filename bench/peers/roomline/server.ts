import {
  createServer,
  defaultLimits,
  defineRoom,
  type ServerOptions,
} from "../../../server/index.ts";
import { loopback } from "../../links/link.ts";
import { adrift, newShip, stepShip, type Steering } from "../../workloads/arena-rules.ts";
import type { ServerPlan } from "../player.ts";
import { arena, chat } from "./contract.ts";

/** What a message has around its text, at most. */
const messageOverheadBytes = 1_024;

/** Roomline with its defaults, but for the bounds that a workload is about. */
export async function startServer(plan: ServerPlan): Promise<number> {
  return (await createServer(serverOptions(plan))).port;
}

/** The options of that server. */
export function serverOptions(
  { hz, roomSize, messageBytes }: ServerPlan,
  durability: Durability = "volatile",
): ServerOptions {
  const inboundFrameBytesMax = Math.max(
    defaultLimits.inboundFrameBytesMax,
    messageBytes + messageOverheadBytes,
  );
  return {
    host: loopback,
    port: 0,
    limits: { connectionsMax: 20_000, inboundFrameBytesMax },
    rooms: { arena: arenaRoom(hz, roomSize, durability), chat: chatRoom(roomSize, durability) },
  };
}

type Durability = "volatile" | "durable";

function arenaRoom(hz: number, maxPlayers: number, durability: Durability) {
  return defineRoom(arena, {
    ...{ durability, portable: true },
    tickRateHz: hz,
    updateRateHz: hz,
    maxPlayers,
    create: () => ({ steering: new Map<string, Steering>() }),
    onJoin(room, player) {
      room.state.ships.set(player.id, newShip(room.players.size));
    },
    onLeave(room, player) {
      room.data.steering.delete(player.id);
      room.state.ships.delete(player.id);
    },
    onInput: {
      steer: (room, player, input) => void room.data.steering.set(player.id, input),
    },
    onTick(room, { deltaMs }) {
      for (const [id, ship] of room.state.ships) {
        stepShip(ship, room.data.steering.get(id) ?? adrift, deltaMs);
      }
    },
  });
}

function chatRoom(maxPlayers: number, durability: Durability) {
  return defineRoom(chat, {
    ...{ durability, portable: true },
    maxPlayers,
    onInput: {
      say: (room, player, { text }) => void room.publish("said", { text }, { from: player }),
    },
  });
}
