import { setMaxListeners } from "node:events";
import { RoomlineError } from "../shared/errors.ts";
import { jsonFault, jsonFaultText } from "../shared/json-fault.ts";
import type { RoomCaller, RoomRef, RoomStanding } from "./feed/catalogue.ts";
import { LobbyService } from "../shared/gen/roomline/v1/lobby_pb.ts";
import { RealtimeService } from "../shared/gen/roomline/v1/realtime_pb.ts";
import { isName } from "../shared/ids.ts";
import { hostWithPort, isAnyAddress } from "../shared/transport/host-with-port.ts";
import { checkNames, type NamesOf } from "../shared/known-names.ts";
import type { Counters } from "./observe/counters.ts";
import { resolveServerConfig, type ServerConfig, type ServerOptions } from "./config.ts";
import { createEngine, type Engine, type RevokeOptions } from "./engine.ts";
import { createRoomHandle, roomsOf, type RoomHandle, type RoomsQuery } from "./room-handle.ts";
import { openPort } from "./open-port.ts";
import { measureLevels } from "./levels.ts";
import { createMetrics, type Metrics } from "./observe/metrics.ts";
import { startReporting } from "./observe/report.ts";
import { createTickMeter, type TickMeter } from "./observe/tick-meter.ts";
import { startProcessMeter } from "./observe/process-meter.ts";
import { createAdminService, type AdminService } from "./services/admin/admin.ts";
import { createHealthService, type HealthService } from "./services/http/health.ts";
import { Lobby } from "./services/lobby/lobby.ts";
import { createCallers, type Callers } from "./services/http/caller.ts";
import { createWatchService, type WatchService } from "./services/watch/watch.ts";
import { createReflection } from "./services/reflection/reflection.ts";
import type { Port } from "./transport/port.ts";
import { version } from "./version.ts";

/** What a server holds at this moment; all zero once it is closed. */
export interface ServerUsage {
  readonly connections: number;
  readonly clients: number;
  readonly sessions: number;
  readonly rooms: number;
  /** Open watches: readers without a seat. */
  readonly watches: number;
  readonly sockets: number;
  /** Timers that wait in the engine. */
  readonly timers: number;
  /** Open streams of AdminService. */
  readonly adminWatches: number;
}

/** How a room is made by {@link Server.createRoom}. */
export interface NewRoom {
  /** 1 to 128 characters. Default: a random id. */
  readonly roomId?: string;
  /** What the room's `create` is given: one JSON value. */
  readonly options?: unknown;
}

/** Services that take requests until the server drains. */
const servedNames = [RealtimeService, LobbyService].map(({ typeName }) => typeName);

/** A running server. */
export interface Server {
  /** Where it listens: the port really taken, also when 0 was asked for. */
  readonly host: string;
  readonly port: number;
  /** `localhost:PORT` or `HOST:PORT`, with an IPv6 address in brackets, for clients on this machine. */
  readonly address: string;
  readonly usage: ServerUsage;
  /** Running totals since the start. */
  readonly counters: Readonly<Counters>;
  /**
   * Makes a room nobody is in yet, with the id given or a random one, and returns its id: a promise of it when the `create`
   * of the room type takes its time. It goes again like any empty room.
   * @throws RoomlineError `unknown-room-type`, `room-exists`, `too-many-rooms`, `join-refused`, `draining`,
   * `invalid-argument`, or what `create` refuses with
   */
  createRoom(roomType: string, room?: NewRoom): string | Promise<string>;
  /** The rooms there are, listed or not, oldest first. */
  rooms(which?: RoomsQuery): Promise<readonly RoomStanding[]>;
  /** A room by its id, to publish in it, kick, close it or look into it. Asks nothing yet: the room need not exist. */
  room(roomId: string): RoomHandle;
  /**
   * Takes back what a client has been issued: its connections (`forbidden`), watches and seats end, and its tokens are refused
   * for `forMs` (default `limits.revocationMs`), but for those that `authenticate` says were issued later. In dev mode there are
   * no tokens, and the client may come back. Returns how many connections that ended (rule AD-9).
   * @throws RoomlineError `rate-limited` at `limits.revocationsMax`
   */
  revoke(clientId: string, how?: Partial<RevokeOptions>): number;
  /** The Prometheus text, as `/metrics` gives it. */
  metrics(): Promise<string>;
  /**
   * Says NOT_SERVING, tells every room (`onDrain`) and then every client to come back later, and resolves when all have gone
   * and what `onDrain`, `onLeave` and `onDrop` have to do is done, or after `withinMs` (default `limits.drainTimeoutMs`) (rule DR-1).
   */
  drain(withinMs?: number): Promise<void>;
  /**
   * Ends everything at once: rooms, connections, sessions, the port. Resolves when nothing is left and what `onLeave`,
   * `onDrop` and `onClose` have to do is done; that is waited for `withinMs` (default `limits.drainTimeoutMs`). What rooms
   * publish before they wait still reaches whoever is connected.
   */
  close(withinMs?: number): Promise<void>;
  /**
   * Drains, then closes, all of it within `withinMs` (default `limits.drainTimeoutMs`): what SIGTERM does to `roomline serve`.
   * Clients have three quarters of the time to go; the rest is for what rooms do at their end.
   */
  end(withinMs?: number): Promise<void>;
  /** Resolves when the server has closed: because `close` was called, or an operator has drained it (rule AD-7). */
  readonly closed: Promise<void>;
}

/**
 * Starts a server: rooms behind one port that speaks gRPC, Connect and plain HTTP.
 * @throws RoomlineError `invalid-config`, `address-in-use`: one line that says what to do
 */
export async function createServer(options: ServerOptions): Promise<Server> {
  // eslint-disable-next-line no-restricted-properties -- what hosters tell programs, in place of an option
  const config = resolveServerConfig(options, { PORT: process.env["PORT"] });
  const health = createHealthService({ serving: servedNames });
  const shutdown = new AbortController();
  // Every open response of a service listens to it, and there may be thousands.
  setMaxListeners(Infinity, shutdown.signal);
  const metrics = createMetrics(() => metricsSource(engine));
  const ticks = createTickMeter(metrics.tickObserver);
  const engine: Engine = createEngine(config, { ticks: ticks.observer });
  const { limits, clock, ids } = config;
  const { catalogue, timers, counters, onRefused, authenticate, revocations } = engine;
  const callers = createCallers({ ...config, authenticate, counters, onRefused });
  const watches = createWatchService({
    catalogue,
    callers,
    limits,
    clock,
    timers,
    ids,
    revocations,
    onRefused,
  });
  const lobby = new Lobby({ catalogue, callers, limits, clock, timers, ids, revocations });
  const end = (withinMs: number) => server.obey(withinMs);
  const admin = createAdmin({ config, engine, callers, health, ticks, end });
  // Reflection comes last, for it tells of the others.
  const services = [health, watches, lobby, admin, createReflection([RealtimeService])];
  const port = openPort({
    config,
    engine,
    health,
    services,
    metrics,
    calls: watches.calls,
    signal: shutdown.signal,
  });
  const { host, port: taken } = await port.listen();
  const reporting = startReporting({
    source: metricsSource(engine),
    clock: config.clock,
    log: config.log,
    intervalMs: config.limits.metricsReportIntervalMs,
  });
  tellListening(config, host, taken);
  const server = new RunningServer({
    config,
    engine,
    health,
    watches,
    admin,
    metrics,
    port,
    host,
    taken,
    reporting,
    shutdown,
  });
  return server;
}

/** In dev mode beyond this machine, loudly. */
function tellListening(
  { log, node, authenticate }: ServerConfig,
  host: string,
  port: number,
): void {
  log.info({ host, port, node }, "listening");
  if (authenticate !== undefined || isLoopback(host)) return;
  log.warn(
    { host, port },
    'dev mode beyond this machine: whoever reaches this port may be anybody. Give authenticate, or host: "127.0.0.1" (docs/security.md)',
  );
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

function createAdmin(parts: {
  readonly config: ServerConfig;
  readonly engine: Engine;
  readonly callers: Callers;
  readonly health: HealthService;
  readonly ticks: TickMeter;
  readonly end: (withinMs: number) => void;
}): AdminService {
  const { config, engine, callers, health, ticks, end } = parts;
  const { clock, limits, log, node } = config;
  return createAdminService({
    engine,
    callers,
    clock,
    limits,
    log,
    node,
    version,
    startedAtMs: clock.wallNow(),
    isDraining: () => health.get("") !== "serving",
    drain: end,
    ticks,
    startProcessMeter,
  });
}

function metricsSource(engine: Engine) {
  return { counters: engine.counters, tally: engine.tally, levels: () => measureLevels(engine) };
}

interface RunningParts {
  readonly config: ServerConfig;
  readonly engine: Engine;
  readonly health: HealthService;
  readonly watches: WatchService;
  readonly admin: AdminService;
  readonly metrics: Metrics;
  readonly port: Port;
  readonly host: string;
  readonly taken: number;
  readonly reporting: { stop(): void };
  readonly shutdown: AbortController;
}

const newRoomNames: NamesOf<NewRoom> = { roomId: true, options: true };

/** The program that runs the server: nobody asks whether it may. */
const nobody: RoomCaller = { playerId: "", claims: undefined, isOperator: true };

/** @throws RoomlineError `invalid-argument` for options that are no JSON */
function checkOptions(options: unknown): void {
  const fault = options === undefined ? undefined : jsonFault(options, "options");
  if (fault === undefined) return;
  throw new RoomlineError("invalid-argument", `createRoom: ${jsonFaultText(fault)}.`);
}

/** How long the answer to Drain has to be on its way before the port may close. */
const answerMs = 200;

/** How much of the time to its end a server waits for clients to go. What is left is for the code of rooms. */
const clientsShare = 3 / 4;

class RunningServer implements Server {
  readonly host: string;
  readonly port: number;
  readonly closed: Promise<void>;
  readonly #parts: RunningParts;
  #closing: Promise<void> | undefined;
  #onClosed: () => void = () => undefined;

  constructor(parts: RunningParts) {
    this.#parts = parts;
    this.host = parts.host;
    this.port = parts.taken;
    this.closed = new Promise((resolve) => (this.#onClosed = resolve));
  }

  get address(): string {
    return hostWithPort(isAnyAddress(this.host) ? "localhost" : this.host, this.port);
  }

  get usage(): ServerUsage {
    const { engine, watches, admin, port } = this.#parts;
    return {
      connections: engine.connections.size,
      clients: engine.sessions.clientCount,
      sessions: [...engine.sessions.sessions()].length,
      rooms: engine.rooms.size,
      watches: watches.size,
      sockets: port.usage.sockets,
      timers: engine.timersWaiting,
      adminWatches: admin.watches,
    };
  }

  get counters(): Readonly<Counters> {
    return this.#parts.engine.counters;
  }

  createRoom(roomType: string, room: NewRoom = {}): string | Promise<string> {
    checkNames("createRoom", room, newRoomNames, { code: "invalid-argument" });
    const { roomId = "", options } = room;
    if (roomId !== "" && !isName(roomId)) {
      throw new RoomlineError("invalid-argument", "A room id has 1 to 128 characters.");
    }
    checkOptions(options);
    const query = { roomId, roomType, mode: "create", options } as const;
    const made = this.#parts.engine.catalogue.open(query, nobody);
    const idOf = ({ feed }: RoomRef): string => feed.about.roomId;
    return made instanceof Promise ? made.then(idOf) : idOf(made);
  }

  rooms(which?: RoomsQuery): Promise<readonly RoomStanding[]> {
    return roomsOf(this.#parts.engine.catalogue, which);
  }

  room(roomId: string): RoomHandle {
    return createRoomHandle(this.#parts.engine.catalogue, roomId);
  }

  revoke(clientId: string, { message = "", forMs }: Partial<RevokeOptions> = {}): number {
    const { engine, config } = this.#parts;
    engine.journal.add("admin", { clientId, operator: "program", detail: "revoke client" });
    return engine.revoke(clientId, { message, forMs: forMs ?? config.limits.revocationMs });
  }

  metrics(): Promise<string> {
    return this.#parts.metrics.text();
  }

  async drain(withinMs: number = this.#parts.config.limits.drainTimeoutMs): Promise<void> {
    const { engine, health, watches, config, port } = this.#parts;
    for (const name of ["", ...servedNames]) health.set(name, "not-serving");
    port.stopListening();
    watches.drain();
    engine.drain(withinMs);
    const { clock } = config;
    const deadlineMs = clock.now() + withinMs;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (engine.connections.size === 0 || clock.now() >= deadlineMs) resolve();
        else clock.setTimer(look, 50);
      };
      look();
    });
    await engine.farewells.done(Math.max(0, deadlineMs - clock.now()));
  }

  close(withinMs: number = this.#parts.config.limits.drainTimeoutMs): Promise<void> {
    this.#closing ??= this.#close(withinMs);
    return this.#closing;
  }

  async end(withinMs: number = this.#parts.config.limits.drainTimeoutMs): Promise<void> {
    await this.#end(withinMs, Promise.resolve());
  }

  /** Ends, because an operator said so, who still gets the answer (rule AD-7). */
  obey(withinMs: number): void {
    const { clock, log } = this.#parts.config;
    const answered = new Promise<void>((resolve) => void clock.setTimer(resolve, answerMs));
    this.#end(withinMs, answered).catch((thrown: unknown) =>
      log.error({ err: thrown }, "closing failed"),
    );
  }

  async #end(withinMs: number, answered: Promise<void>): Promise<void> {
    const { clock } = this.#parts.config;
    const deadlineMs = clock.now() + withinMs;
    await Promise.all([this.drain(withinMs * clientsShare), answered]);
    await this.close(Math.max(0, deadlineMs - clock.now()));
  }

  async #close(withinMs: number): Promise<void> {
    const { engine, watches, port, reporting, shutdown, health, config } = this.#parts;
    const { log, node } = config;
    health.set("", "not-serving");
    reporting.stop();
    watches.drain();
    engine.stop();
    shutdown.abort();
    await Promise.all([port.close(), engine.farewells.done(withinMs)]);
    const { size } = engine.farewells;
    if (size > 0)
      log.warn(
        { node, hooks: size },
        "closed before onLeave, onDrop, onDrain or onClose were done",
      );
    log.info({ node }, "closed");
    this.#onClosed();
  }
}
