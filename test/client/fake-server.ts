import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import {
  ClientFrameSchema,
  ServerFrameSchema,
  type ClientMessage,
  type Hello,
  type ResumedSessionSchema,
  type ServerMessageSchema,
  type WelcomeSchema,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { createMemoryPair, type MemoryPair } from "../../shared/transport/memory-pair.ts";
import type { Transport, TransportDialer } from "../../shared/transport/transport.ts";
import type { VirtualClock } from "../../testing/virtual-clock.ts";

export type ServerMessageInit = MessageInitShape<typeof ServerMessageSchema>;
export type WelcomeInit = Exclude<MessageInitShape<typeof WelcomeSchema>, { $typeName: string }>;
export type ResumedInit = MessageInitShape<typeof ResumedSessionSchema>;
type ClientBody = NonNullable<ClientMessage["body"]["case"]>;
type ClientBodyOf<K extends ClientBody> = Extract<ClientMessage["body"], { case: K }>["value"];

/** What a {@link FakeServer} may be. */
export interface FakeServerOptions {
  readonly latencyMs?: number;
  readonly highWaterBytes?: number;
  readonly headroomBytes?: number;
  /** Says Welcome by itself, RECOVERED to every session. Default true. */
  readonly welcomes?: boolean;
}

/** A server that says what a test tells it to, by the generated code alone. */
export class FakeServer implements TransportDialer {
  readonly target = "fake:1";
  readonly connections: FakeConnection[] = [];
  /** What Welcome says besides. */
  welcome: WelcomeInit = {};
  /** The verdict on each session that a Hello names. */
  verdict: (sessionId: string, hello: Hello) => ResumedInit = recovered;
  refusing = false;
  welcomes: boolean;
  /** What its clock is ahead of the client's, in milliseconds. */
  aheadMs = 0;
  readonly #clock: VirtualClock;
  readonly #options: FakeServerOptions;

  constructor(clock: VirtualClock, options: FakeServerOptions = {}) {
    this.#clock = clock;
    this.#options = options;
    this.welcomes = options.welcomes ?? true;
  }

  /** The newest connection. */
  get last(): FakeConnection {
    const last = this.connections.at(-1);
    if (last === undefined) throw new Error("Nobody has connected.");
    return last;
  }

  now(): number {
    return this.#clock.wallNow() + this.aheadMs;
  }

  dial(metadata: ReadonlyMap<string, string>): Transport {
    const pair = createMemoryPair({ clock: this.#clock, ...this.#options });
    if (this.refusing) {
      pair.server.open({ onFrame() {}, onDrain() {}, onClose() {} });
      pair.cut("Connection refused.");
      return pair.client;
    }
    this.connections.push(new FakeConnection(pair, metadata, this));
    return pair.client;
  }

  /** Whether both ends of every stream know that it is over. */
  get allEnded(): boolean {
    return this.connections.every(({ pair }) => pair.ended);
  }
}

/** Position kept, everything there, all inputs that were sent before are not. */
function recovered(sessionId: string, hello: Hello): ResumedInit {
  const position = hello.sessions.find((session) => session.sessionId === sessionId)?.position;
  return { sessionId, verdict: 2, epoch: position?.epoch ?? "", cursor: position?.cursor ?? 0n };
}

/** One stream, from the server's side. */
export class FakeConnection {
  readonly received: ClientMessage[] = [];
  /** How many messages each frame held. */
  readonly frames: number[] = [];
  readonly frameBytes: number[] = [];
  readonly pair: MemoryPair;
  readonly metadata: ReadonlyMap<string, string>;
  closed: CloseReason | undefined;
  readonly #server: FakeServer;
  #taken = 0;

  constructor(pair: MemoryPair, metadata: ReadonlyMap<string, string>, server: FakeServer) {
    this.pair = pair;
    this.metadata = metadata;
    this.#server = server;
    pair.server.open({
      onFrame: (frame) => this.#onFrame(frame),
      onDrain: () => undefined,
      onClose: (reason) => (this.closed = reason),
    });
  }

  get hello(): Hello {
    const [first] = this.received;
    if (first?.body.case !== "hello") throw new Error("The first message is not Hello.");
    return first.body.value;
  }

  /** Messages that have come since the last call. */
  take(): ClientMessage[] {
    const taken = this.received.slice(this.#taken);
    this.#taken = this.received.length;
    return taken;
  }

  /** All bodies of a kind so far, with the session they are about. */
  all<K extends ClientBody>(kind: K): { sessionId: string; value: ClientBodyOf<K> }[] {
    return this.received.flatMap(({ sessionId, body }) =>
      body.case === kind ? [{ sessionId, value: body.value as ClientBodyOf<K> }] : [],
    );
  }

  /** Sends one frame. */
  send(...messages: ServerMessageInit[]): void {
    const frame = toBinary(ServerFrameSchema, create(ServerFrameSchema, { messages }));
    this.sendBytes(frame);
  }

  sendBytes(frame: Uint8Array): void {
    const { headroomBytes } = this.pair.server;
    const buffer = new Uint8Array(headroomBytes + frame.length);
    buffer.set(frame, headroomBytes);
    this.pair.server.send(buffer);
  }

  /** Answers Hello. */
  sayWelcome(init: WelcomeInit = {}): void {
    const { hello } = this;
    const sessions = hello.sessions.map(({ sessionId }) => this.#server.verdict(sessionId, hello));
    const value: WelcomeInit = {
      clientId: hello.clientId,
      resumeToken: `token${this.#server.connections.length}`,
      heartbeatIntervalMs: 20_000,
      serverTimeMs: this.#server.now(),
      sessions,
      ...this.#server.welcome,
      ...init,
    };
    this.send({ body: { case: "welcome", value } });
  }

  close(reason: CloseReason = closeReasons.connectionLost, detail = ""): void {
    this.pair.server.close(reason, detail);
  }

  /** The network breaks. */
  cut(): void {
    this.pair.cut();
  }

  #onFrame(frame: Uint8Array): void {
    const isFirst = this.received.length === 0;
    const { messages } = fromBinary(ClientFrameSchema, frame);
    this.frames.push(messages.length);
    this.frameBytes.push(frame.length);
    this.received.push(...messages);
    if (isFirst && this.#server.welcomes) this.sayWelcome();
  }
}
