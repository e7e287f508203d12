import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type ServerOptions, type Socket } from "socket.io";
import { loopback } from "../../links/link.ts";
import {
  adrift,
  newShip,
  stepShip,
  type Ship,
  type Steering,
} from "../../workloads/arena-rules.ts";
import type { ServerPlan } from "../player.ts";

interface Sailor {
  readonly ship: Ship;
  steering: Steering;
}

/**
 * Socket.IO as its pages on performance advise: WebSocket only, no compression, the first HTTP request forgotten. A room's
 * state is broadcast to the room, which encodes it once.
 *
 * @param shared what processes that are one server have in common
 */
export function startServer(
  { hz, messageBytes, workload }: ServerPlan,
  shared: Pick<Partial<ServerOptions>, "adapter"> = {},
): Promise<number> {
  const http = createServer();
  const io = new Server(http, {
    transports: ["websocket"],
    perMessageDeflate: false,
    serveClient: false,
    ...shared,
    maxHttpBufferSize: Math.max(1_000_000, 2 * messageBytes),
    // Only where players come back: it makes every message dearer.
    ...(workload === "storm" && {
      connectionStateRecovery: { maxDisconnectionDuration: 120_000, skipMiddlewares: true },
    }),
  });
  io.engine.on("connection", (raw: { request: unknown }) => (raw.request = null));
  const arenas = new Map<string, Map<string, Sailor>>();
  io.on("connection", (socket) => welcome(io, socket, arenas));
  const step = (): void => {
    for (const [room, sailors] of arenas) tick(io, room, sailors, 1_000 / hz);
  };
  if (workload === "arena") setInterval(step, 1_000 / hz);
  return new Promise((resolve) => {
    http.listen(0, loopback, () => resolve((http.address() as AddressInfo).port));
  });
}

function welcome(io: Server, socket: Socket, arenas: Map<string, Map<string, Sailor>>): void {
  socket.on("join", (game: string, room: string, joined: () => void) => {
    void socket.join(room);
    if (game === "arena") {
      let sailors = arenas.get(room);
      if (sailors === undefined) arenas.set(room, (sailors = new Map<string, Sailor>()));
      sailors.set(socket.id, { ship: newShip(sailors.size), steering: adrift });
    }
    joined();
  });
  socket.on("steer", (room: string, steering: Steering) => {
    const sailor = arenas.get(room)?.get(socket.id);
    if (sailor !== undefined) sailor.steering = steering;
  });
  socket.on("say", (room: string, text: string) => {
    io.to(room).emit("said", room, { text, from: socket.id });
  });
  socket.on("disconnect", () => {
    for (const sailors of arenas.values()) sailors.delete(socket.id);
  });
}

/** Moves everybody and tells everybody: arrays and two decimals, because JSON repeats names and writes out fractions. */
function tick(io: Server, room: string, sailors: Map<string, Sailor>, deltaMs: number): void {
  const rows: Record<string, readonly number[]> = {};
  for (const [id, { ship, steering }] of sailors) {
    stepShip(ship, steering, deltaMs);
    rows[id] = [rounded(ship.x), rounded(ship.y), ship.hp, ship.score, ship.seq];
  }
  io.to(room).emit("state", room, rows);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
