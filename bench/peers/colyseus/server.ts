import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Room, Server, type Client } from "@colyseus/core";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { loopback } from "../../links/link.ts";
import { adrift, newShip, stepShip, type Steering } from "../../workloads/arena-rules.ts";
import type { ServerPlan } from "../player.ts";
import { ArenaState, Ship } from "./state.ts";

/** What a message has around its text, at most. */
const messageOverheadBytes = 1_024;
/** What the transport takes by default. */
const defaultPayloadMax = 4_096;

/**
 * Colyseus with its WebSocket transport, its schema and its defaults: no compression, patches as often as ticks. Rooms are
 * found by their name, the way its matchmaking filters.
 */
export async function startServer({ hz, messageBytes }: ServerPlan): Promise<number> {
  const http = createServer();
  const maxPayload = Math.max(defaultPayloadMax, messageBytes + messageOverheadBytes);
  const server = new Server({
    greet: false,
    gracefullyShutdown: false,
    transport: new WebSocketTransport({ server: http, maxPayload }),
  });
  server.define("arena", ArenaRoom, { hz }).filterBy(["key"] as never[]);
  server.define("chat", ChatRoom).filterBy(["key"] as never[]);
  await server.listen(0, loopback);
  return (http.address() as AddressInfo).port;
}

/** Everybody moves at every tick, and everybody sees everybody. */
class ArenaRoom extends Room<{ state: ArenaState }> {
  override state = new ArenaState();
  readonly #steering = new Map<string, Steering>();

  override onCreate({ hz }: { readonly hz: number }): void {
    this.setTimestep((deltaMs) => this.#step(deltaMs), 1_000 / hz);
    // After the timestep, so that a patch follows its tick at once instead of one tick later.
    this.patchRate = 1_000 / hz;
    this.onMessage("steer", (client, steering: Steering) => {
      this.#steering.set(client.sessionId, steering);
    });
  }

  override onJoin(client: Client): void {
    this.state.ships.set(client.sessionId, new Ship(newShip(this.clients.length)));
  }

  override onLeave(client: Client): void {
    this.#steering.delete(client.sessionId);
    this.state.ships.delete(client.sessionId);
  }

  #step(deltaMs: number): void {
    for (const [id, ship] of this.state.ships.entries()) {
      stepShip(ship, this.#steering.get(id) ?? adrift, deltaMs);
    }
  }
}

/** What somebody says goes to everybody. */
class ChatRoom extends Room {
  override onCreate(): void {
    this.onMessage("say", (client, { text }: { readonly text: string }) => {
      this.broadcast("said", { text, from: client.sessionId });
    });
  }
}
