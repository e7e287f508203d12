import assert from "node:assert/strict";
import { z } from "zod";
import { connect, type Client, type ConnectOptions, type JoinOptions } from "../../client/index.ts";
import type { Session } from "../../client/index.ts";
import {
  PlayerSchema,
  ScoredSchema,
  SteerSchema,
} from "../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
import { defineContract, json, withReply } from "../../shared/contract/index.ts";
import type {
  ContractTable as WireTable,
  Verdict,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { createVirtualClock, type VirtualClock } from "../../testing/virtual-clock.ts";
import { FakeServer, type FakeServerOptions, type ServerMessageInit } from "./fake-server.ts";

const note = z.object({ text: z.string() });

/** Inputs: steer 1, say 2, buy 3. Events: said 1, scored 2. Tables: players 1. */
export const lobby = defineContract({
  state: { players: PlayerSchema },
  inputs: { steer: SteerSchema, say: json(note), buy: withReply(json(note), json(note)) },
  events: { said: json(note), scored: ScoredSchema },
});
export type Lobby = typeof lobby;

/** A client and the server it talks to, on a virtual clock. */
export interface ClientBench {
  readonly clock: VirtualClock;
  readonly server: FakeServer;
  /** What `onError` was told. */
  readonly reported: { readonly error: unknown; readonly where: string }[];
  /** Connects, without waiting. */
  start(options?: ConnectOptions): Promise<Client>;
  /** Connects and lets the handshake happen. */
  connect(options?: ConnectOptions): Promise<Client>;
  /** Joins and lets the server answer at once. */
  join(
    client: Client,
    options?: Partial<JoinOptions>,
    joined?: JoinedInit,
  ): Promise<Session<Lobby>>;
  /** Lets everything happen that needs no time. */
  settle(): Promise<void>;
  advance(ms: number): Promise<void>;
  /** Closes the client and proves that nothing is left of it. */
  finish(client: Client): Promise<void>;
}

export interface JoinedInit {
  readonly epoch?: string;
  readonly cursor?: number;
  readonly verdict?: Verdict;
  readonly metadataJson?: string;
  /** What the room speaks. Default: what the client does, with its numbers. */
  readonly contract?: WireTable;
  /** Sent in the same frame. */
  readonly then?: readonly ServerMessageInit[];
}

export function createClientBench(serverOptions: FakeServerOptions = {}): ClientBench {
  const clock = createVirtualClock();
  const server = new FakeServer(clock, serverOptions);
  const reported: { error: unknown; where: string }[] = [];
  const start = (options: ConnectOptions = {}): Promise<Client> => {
    const connecting = connect("fake:1", {
      clientId: "ann",
      dialer: server,
      clock,
      random: () => 0.5,
      log: { debug() {}, info() {}, warn() {} },
      onError: (error, where) => reported.push({ error, where }),
      ...options,
    });
    connecting.catch(() => undefined);
    return connecting;
  };
  const settle = (): Promise<void> => clock.settleAsync();
  return {
    clock,
    server,
    reported,
    start,
    settle,
    advance: (ms) => clock.advanceAsync(ms),
    async connect(options) {
      const connecting = start(options);
      await clock.advanceAsync(2 * (serverOptions.latencyMs ?? 0));
      return await connecting;
    },
    async join(client, options = {}, joined = {}) {
      const joining = client.join(lobby, { roomType: "lobby", ...options });
      await clock.advanceAsync(serverOptions.latencyMs ?? 0);
      const sessionId = server.last.all("join").at(-1)?.sessionId ?? "";
      server.last.send(joinedMessage(sessionId, joined), ...(joined.then ?? []));
      await clock.advanceAsync(serverOptions.latencyMs ?? 0);
      return await joining;
    },
    async finish(client) {
      const closing = client.close();
      await clock.advanceAsync(1_000);
      await closing;
      assert.equal(client.state, "closed");
      assert.equal(client.sessions.size, 0, "sessions left");
      assert.equal(clock.pendingTimers, 0, "timers left");
      assert.equal(clock.pendingDeferred, 0, "deferred calls left");
      assert.ok(server.allEnded, "streams left");
    },
  };
}

export function joinedMessage(sessionId: string, joined: JoinedInit = {}): ServerMessageInit {
  const { epoch = "e1", cursor = 0, verdict = 1, metadataJson = "", contract } = joined;
  const value = {
    roomId: "r1",
    roomType: "lobby",
    epoch,
    cursor: BigInt(cursor),
    playerId: "ann",
    verdict,
    metadataJson,
    ...(contract !== undefined && { contract }),
  };
  return { sessionId, body: { case: "joined", value } };
}

/** An Event "said" in session "1". */
export function said(
  cursor: number,
  more: { skippedTo?: number; sessionId?: string } = {},
): ServerMessageInit {
  const { skippedTo = 0, sessionId = "1" } = more;
  const payload = new TextEncoder().encode(JSON.stringify({ text: `#${cursor}` }));
  const value = { cursor: BigInt(cursor), kind: 1, payload, sender: "bob", timeMs: 5_000n };
  return { sessionId, skippedTo: BigInt(skippedTo), body: { case: "event", value } };
}

/** A State of the players table: one row "ann" with this x, made in a snapshot, changed in a patch. */
export function stateMessage(tick: number, baseTick: number, x: number): ServerMessageInit {
  const created = baseTick === 0;
  const value = Buffer.alloc(4);
  value.writeFloatLE(x);
  const rows = Buffer.concat([Buffer.from(created ? "\x01\x03ann" : "\x01"), value]);
  const groups = [{ tags: Uint8Array.of(0x0d), rows, created }];
  const tables = [{ table: 1, groups }];
  return {
    sessionId: "1",
    body: { case: "state", value: { tick: BigInt(tick), baseTick: BigInt(baseTick), tables } },
  };
}

/** Sees to it that a promise is settled now, and says how. */
export async function outcomeOf(promise: Promise<unknown>): Promise<string> {
  const pending = Symbol("pending");
  const first = await Promise.race([
    promise.then(
      () => "resolved",
      (error: unknown) =>
        error instanceof Error && "code" in error ? String(error.code) : "error",
    ),
    new Promise((resolve) => setImmediate(() => resolve(pending))),
  ]);
  return first === pending ? "pending" : String(first);
}
