import assert from "node:assert/strict";
import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import {
  ClientFrameSchema,
  Control_Action as Action,
  PauseMode,
  ServerFrameSchema,
  type ClientMessageSchema,
  type ResumedSession,
  type ServerMessage,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { CloseReason } from "../../shared/close-reason.ts";
import type { IdSource } from "../../shared/ids.ts";
import { createMemoryPair, type MemoryPair } from "../../shared/transport/memory-pair.ts";
import { createSeededRandom } from "../../shared/random.ts";
import type { Transport } from "../../shared/transport/transport.ts";
import { createVirtualClock, type VirtualClock } from "../../testing/virtual-clock.ts";
import { resolveEngineConfig, type EngineOptions } from "../../server/config.ts";
import { createEngine, type Engine } from "../../server/engine.ts";
import { silentLog } from "../../server/observe/log.ts";
import type { LiveRoom } from "../../server/room/live-room.ts";
import type { Session } from "../../server/session/session.ts";

/** One message as a test writes it. */
export type ClientMessageInit = MessageInitShape<typeof ClientMessageSchema>;
type Body = NonNullable<ServerMessage["body"]["case"]>;
type BodyOf<K extends Body> = Extract<ServerMessage["body"], { case: K }>["value"];

/** Ids that count: repeatable, and different for each kind. */
export function countingIds(): IdSource {
  let count = 0;
  return { id: () => `id${++count}`, secret: () => `secret${++count}` };
}

/** An engine on a virtual clock, without a network. */
export interface Bench {
  readonly clock: VirtualClock;
  readonly engine: Engine;
  /** Opens a stream; nothing is sent yet. */
  dial(options?: {
    metadata?: Record<string, string>;
    highWaterBytes?: number;
    /** Where it comes from. Default: from one machine all. */
    address?: string;
  }): WireClient;
  /** Opens a stream and says Hello. */
  connect(
    clientId: string,
    hello?: { resumeToken?: string; sessions?: HelloSession[]; address?: string },
  ): WireClient;
  /** Stops the engine and proves that nothing is left of it. */
  finish(): void;
}

export interface HelloSession {
  readonly sessionId: string;
  readonly epoch: string;
  readonly cursor: number;
  readonly stateTick?: number;
}

export function createBench(options: EngineOptions): Bench {
  const clock = options.clock ?? createVirtualClock();
  const virtual = clock as VirtualClock;
  const config = resolveEngineConfig({
    clock,
    log: silentLog,
    ids: countingIds(),
    random: createSeededRandom(1),
    ...options,
  });
  const engine = createEngine(config);
  const clients: WireClient[] = [];
  const dial: Bench["dial"] = ({ metadata = {}, address = "test", ...pairOptions } = {}) => {
    const pair = createMemoryPair({ clock, ...pairOptions });
    const client = new WireClient(pair, virtual);
    clients.push(client);
    engine.accept(pair.server, {
      protocol: "memory",
      address,
      metadata: new Map(Object.entries(metadata)),
    });
    return client;
  };
  return {
    clock: virtual,
    engine,
    dial,
    connect(clientId, { resumeToken = "", sessions = [], address } = {}) {
      const client = dial(address === undefined ? {} : { address });
      client.send(helloOf(clientId, { resumeToken, sessions }));
      return client;
    },
    finish() {
      engine.stop();
      virtual.advance(1_000);
      assertQuiescent(engine, virtual);
    },
  };
}

/** What a client says first. */
export function helloOf(
  clientId: string,
  hello: { readonly resumeToken: string; readonly sessions: readonly HelloSession[] },
): ClientMessageInit {
  const { resumeToken, sessions } = hello;
  return {
    body: {
      case: "hello",
      value: {
        protocolVersion: 1,
        clientId,
        resumeToken,
        sessions: sessions.map(({ sessionId, epoch, cursor, stateTick = 0 }) => ({
          sessionId,
          position: { epoch, cursor: BigInt(cursor), stateTick: BigInt(stateTick) },
        })),
      },
    },
  };
}

/** Makes a room nobody is in yet, as whoever runs the server does. */
export function makeRoom(
  engine: Engine,
  room: { readonly roomId: string; readonly roomType: string; readonly options?: unknown },
): LiveRoom {
  const query = { options: undefined, ...room, mode: "create" } as const;
  void engine.catalogue.open(query, { playerId: "", claims: undefined, isOperator: true });
  const made = engine.rooms.get(room.roomId);
  assert.ok(made, "the room was not made");
  return made;
}

/** The session with this key. */
export function sessionOf(
  engine: Engine,
  clientId: string,
  sessionId: string,
): Session | undefined {
  return [...engine.sessions.sessions()].find(
    (session) => session.clientId === clientId && session.sessionId === sessionId,
  );
}

/** Proves that a stopped engine has left nothing behind. */
export function assertQuiescent(engine: Engine, clock: VirtualClock): void {
  assert.equal(engine.connections.size, 0, "connections left");
  assert.equal([...engine.sessions.sessions()].length, 0, "sessions left");
  assert.equal(engine.sessions.clientCount, 0, "clients left");
  assert.equal(engine.rooms.size, 0, "rooms left");
  assert.equal(engine.timersWaiting, 0, "wheel timers left");
  assert.equal(clock.pendingTimers, 0, "clock timers left");
  assert.equal(clock.pendingDeferred, 0, "deferred calls left");
}

/** A client that speaks the wire format by the generated code alone, so that it proves the server and not the SDK. */
export class WireClient {
  readonly transport: Transport;
  readonly messages: ServerMessage[] = [];
  frames = 0;
  /** Hears of the size of each frame, when its messages are here. */
  onFrame: ((bytes: number) => void) | undefined;
  #closed: { readonly reason: CloseReason; readonly detail: string } | undefined;
  readonly #pair: MemoryPair;
  readonly #clock: VirtualClock;

  constructor(pair: MemoryPair, clock: VirtualClock) {
    this.#pair = pair;
    this.#clock = clock;
    this.transport = pair.client;
    this.transport.open({
      onFrame: (frame) => {
        this.frames++;
        this.messages.push(...fromBinary(ServerFrameSchema, frame).messages);
        this.onFrame?.(frame.length);
      },
      onDrain: () => undefined,
      onClose: (reason, detail) => (this.#closed = { reason, detail }),
    });
  }

  /** How the stream ended, once it has. */
  get closed() {
    return this.#closed;
  }

  /** Name of the reason the stream ended with; empty while it has not. */
  get closeName(): string {
    return this.#closed?.reason.name ?? "";
  }

  /** Sends one frame with these messages, and lets everything that follows from it happen. */
  send(...messages: ClientMessageInit[]): void {
    this.sendBytes(toBinary(ClientFrameSchema, create(ClientFrameSchema, { messages })));
  }

  /** Sends one frame with these messages, and lets nothing happen yet. */
  post(...messages: ClientMessageInit[]): void {
    this.#post(toBinary(ClientFrameSchema, create(ClientFrameSchema, { messages })));
  }

  sendBytes(frame: Uint8Array): void {
    this.#post(frame);
    this.#clock.settle();
  }

  #post(frame: Uint8Array): void {
    const headroom = this.transport.headroomBytes;
    const buffer = new Uint8Array(headroom + frame.length);
    buffer.set(frame, headroom);
    this.transport.send(buffer);
  }

  join(
    sessionId: string,
    join: Extract<ClientMessageInit["body"], { case: "join" }>["value"],
  ): void {
    this.send({ sessionId, body: { case: "join", value: join } });
  }

  input(
    sessionId: string,
    seq: number,
    text: string,
    options: { kind?: number; wantsReply?: boolean } = {},
  ): void {
    this.send(inputMessage(sessionId, seq, text, options));
  }

  /** Sets a row of the echo room's table. */
  put(sessionId: string, seq: number, key: string, score: number): void {
    const payload = bytesOf([key, score]);
    this.send({
      sessionId,
      body: { case: "input", value: { seq: BigInt(seq), kind: 4, payload } },
    });
  }

  pause(sessionId: string, mode: PauseMode = PauseMode.BUFFER): void {
    this.send({ sessionId, body: { case: "control", value: { action: Action.PAUSE, mode } } });
  }

  resume(sessionId: string): void {
    this.send({ sessionId, body: { case: "control", value: { action: Action.RESUME } } });
  }

  /** The bodies of this kind that came, in order. */
  all<K extends Body>(kind: K, sessionId?: string): BodyOf<K>[] {
    return this.messages
      .filter((message) => sessionId === undefined || message.sessionId === sessionId)
      .flatMap(({ body }) => (body.case === kind ? [body.value as BodyOf<K>] : []));
  }

  /** The newest body of this kind; fails when none came. */
  last<K extends Body>(kind: K, sessionId?: string): BodyOf<K> {
    const found = this.all(kind, sessionId).at(-1);
    assert.ok(found, `no ${kind} came; got ${this.kinds().join(" ")}`);
    return found;
  }

  /** Kinds of what came, in order; "ack" for a bare header. */
  kinds(sessionId?: string): string[] {
    return this.messages
      .filter((message) => sessionId === undefined || message.sessionId === sessionId)
      .map(({ body }) => body.case ?? "ack");
  }

  /** Texts of the events of a session, in order. */
  texts(sessionId: string): string[] {
    return this.all("event", sessionId).map(({ payload }) => textOf(payload));
  }

  verdicts(): ResumedSession[] {
    return this.last("welcome").sessions;
  }

  /** Forgets what came. */
  clear(): void {
    this.messages.length = 0;
  }

  /** The network breaks. */
  cut(): void {
    this.#pair.cut();
    this.#clock.settle();
  }
}

export function inputMessage(
  sessionId: string,
  seq: number,
  text: string,
  { kind = 1, wantsReply = false }: { kind?: number; wantsReply?: boolean } = {},
): ClientMessageInit {
  return {
    sessionId,
    body: { case: "input", value: { seq: BigInt(seq), kind, payload: bytesOf(text), wantsReply } },
  };
}

/** JSON of a string, as a payload. */
export function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

export function textOf(payload: Uint8Array): string {
  return JSON.parse(new TextDecoder().decode(payload)) as string;
}
