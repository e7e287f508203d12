import { setMaxListeners } from "node:events";
import { RoomlineError } from "../shared/errors.ts";
import { jsonFault, jsonFaultText } from "../shared/json-fault.ts";
import type { Catalogue, RoomCaller, RoomRef, RoomStanding } from "./feed/catalogue.ts";
import { LobbyService } from "../shared/gen/roomline/v1/lobby_pb.ts";
import { RealtimeService } from "../shared/gen/roomline/v1/realtime_pb.ts";
import { isName } from "../shared/ids.ts";
import { hostWithPort, isAnyAddress } from "../shared/transport/host-with-port.ts";
import { checkNames, type NamesOf } from "../shared/known-names.ts";
import type { Counters } from "./observe/counters.ts";
import { resolveServerConfig, type ServerConfig, type ServerOptions } from "./config.ts";
import { createEngine, type Engine, type RevokeOptions } from "./engine.ts";
import type { NewRoom, Server, ServerUsage } from "./server-api.ts";
import {
  createNode,
  joinWorkers,
  metricsOfAll,
  roomsOfWorker,
  workerOptions,
} from "./join-workers.ts";
import type { ServerNode } from "./nodes/node.ts";
import { startPrimary } from "./primary-server.ts";
import { workerHere, type Worker } from "./workers/worker.ts";
import { createSystemClock } from "../shared/clock.ts";
import type { ListenAddress } from "./transport/listen.ts";
import { sweepRecordings } from "./recording/kept-recordings.ts";
import { createRoomHandle, roomsOf, type RoomHandle, type RoomsQuery } from "./room-handle.ts";
import { openPort } from "./open-port.ts";
import { ReloadPages } from "./web/reload-pages.ts";
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
import { StoredRooms, type KeptRooms } from "./stored-rooms.ts";
import { version } from "./version.ts";

/** Services that take requests until the server drains. */
const servedNames = [RealtimeService, LobbyService].map(({ typeName }) => typeName);

/**
 * Starts a server: rooms behind one port that speaks gRPC, Connect and plain HTTP. With `workers` it is several processes, each of which
 * runs the program again: in those, what comes back is the worker's own part (docs/scaling.md).
 * @throws RoomlineError `invalid-config`, `address-in-use`: one line that says what to do
 */
export async function createServer(options: ServerOptions): Promise<Server> {
  const worker = await workerHere(options.clock ?? createSystemClock());
  if (worker === undefined) {
    const config = resolve(options);
    if (config.recordDir !== undefined)
      await sweepRecordings(config.recordDir, config.limits.recordingsBytesMax);
    return config.workers > 1 ? startPrimary(config) : startServer(config, undefined);
  }
  try {
    return await startServer(resolve(workerOptions(options, worker)), worker);
  } catch (thrown) {
    worker.fail(thrown);
    throw thrown;
  }
}

function resolve(options: ServerOptions): ServerConfig {
  // eslint-disable-next-line no-restricted-properties -- what hosters tell programs, in place of an option
  return resolveServerConfig(options, { PORT: process.env["PORT"] });
}

/** This process, as the only one or as one of several. */
async function startServer(config: ServerConfig, worker: Worker | undefined): Promise<Server> {
  const health = createHealthService({ serving: servedNames });
  const shutdown = new AbortController();
  // Every open response of a service listens to it, and there may be thousands.
  setMaxListeners(Infinity, shutdown.signal);
  const metrics = createMetrics(() => metricsSource(engine), worker && config.node);
  const ticks = createTickMeter(metrics.tickObserver);
  const kept = worker && roomsOfWorker(config, worker);
  const node = worker && createNode(config, worker, { metrics, stored: kept });
  const stored = worker === undefined ? await openRooms(config) : kept;
  const engine: Engine = createEngine(config, {
    ticks: ticks.observer,
    ...(node !== undefined && { node }),
    ...stored?.engineParts,
    recordTo: config.recordDir,
  });
  const { limits, clock, ids } = config;
  const { catalogue, timers, counters, onRefused, authenticate, revocations, reads } = engine;
  const callers = createCallers({ ...config, authenticate, counters, onRefused });
  const served = { catalogue, callers, limits, clock, timers, ids, revocations };
  const watches = createWatchService({ ...served, reads, onRefused });
  const lobby = new Lobby({ ...served, life: node?.sharedLife });
  const end = (withinMs: number) =>
    worker === undefined ? server.obey(withinMs) : worker.order("end", withinMs);
  const restart = worker && ((withinMs: number) => worker.order("restart", withinMs));
  const admin = createAdmin({ config, engine, callers, health, ticks, end, restart, node });
  node?.serve(admin.answers);
  // Reflection comes last, for it tells of the others.
  const services = [health, watches, lobby, admin, createReflection([RealtimeService])];
  const reloads = worker?.edge && new ReloadPages();
  const port = openPort({
    config,
    reloads,
    engine,
    health,
    services,
    metrics: node === undefined ? metrics : metricsOfAll(metrics, node),
    calls: watches.calls,
    signal: shutdown.signal,
  });
  const own = { config, engine, health, watches, admin, metrics, port, shutdown };
  const server = new RunningServer({ ...own, worker, stored, node });
  try {
    await stored?.begin(engine);
    const address = await (node === undefined || worker === undefined
      ? port.listen()
      : joinWorkers({
          ...{ config, worker, node, port, server, rooms: engine.rooms },
          ...{ stored: kept, reloads },
        }));
    server.begin(address);
  } catch (thrown) {
    await server.abandon();
    throw thrown;
  }
  if (worker === undefined) tellListening(config, server.host, server.port);
  return server;
}

/** The stored rooms of a server that is alone; undefined: none are. */
async function openRooms(config: ServerConfig): Promise<KeptRooms | undefined> {
  return config.store && StoredRooms.open(config, config.store);
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
  readonly restart: ((withinMs: number) => void) | undefined;
  readonly node: ServerNode | undefined;
}): AdminService {
  const { config, engine, callers, health, ticks, end, restart } = parts;
  const { clock, limits, log, node } = config;
  return createAdminService({
    engine,
    callers,
    clock,
    limits,
    log,
    node,
    nodes: parts.node?.peers,
    moveRoom: parts.node && ((roomId, to) => parts.node?.moveRoom(roomId, to) ?? Promise.resolve()),
    version,
    startedAtMs: clock.wallNow(),
    isDraining: () => health.get("") !== "serving",
    isEdge: parts.node?.edge !== undefined,
    drain: end,
    restart,
    ticks,
    startProcessMeter,
  });
}

function metricsSource(engine: Engine) {
  return { counters: engine.counters, tally: engine.tally, levels: () => measureLevels(engine) };
}

interface RunningParts {
  readonly config: ServerConfig;
  /** The worker it is part of; undefined: it is alone. */
  readonly worker: Worker | undefined;
  /** What it is among the other workers, if there are any. */
  readonly node: ServerNode | undefined;
  readonly engine: Engine;
  readonly health: HealthService;
  readonly watches: WatchService;
  readonly admin: AdminService;
  readonly metrics: Metrics;
  readonly port: Port;
  readonly shutdown: AbortController;
  /** Its rooms that are kept; undefined: none are. */
  readonly stored: KeptRooms | undefined;
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

/** How much of a drain rooms have to go to other nodes. */
const roomsShare = 1 / 2;

/** How much of the time to its end a server waits for clients to go. What is left is for the code of rooms. */
const clientsShare = 3 / 4;

/** A server in this process. */
export class RunningServer implements Server {
  host = "";
  port = 0;
  readonly closed: Promise<void>;
  readonly #parts: RunningParts;
  #reporting: { stop(): void } | undefined;
  #closing: Promise<void> | undefined;
  #onClosed: () => void = () => undefined;

  constructor(parts: RunningParts) {
    this.#parts = parts;
    this.closed = new Promise((resolve) => (this.#onClosed = resolve));
  }

  /** It can be reached from now on. */
  begin({ host, port }: ListenAddress): void {
    const { config, engine } = this.#parts;
    this.host = host;
    this.port = port;
    this.#reporting = startReporting({
      source: metricsSource(engine),
      clock: config.clock,
      log: config.log,
      intervalMs: config.limits.metricsReportIntervalMs,
    });
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

  /** The rooms there are, of all nodes. */
  get catalogue(): Catalogue {
    return this.#parts.engine.catalogue;
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
    const { engine, health, watches, config, port, node } = this.#parts;
    for (const name of ["", ...servedNames]) health.set(name, "not-serving");
    port.stopListening();
    const { clock } = config;
    const deadlineMs = clock.now() + withinMs;
    if (node !== undefined) await this.#evacuate(node, withinMs * roomsShare);
    watches.drain();
    engine.drain(Math.max(0, deadlineMs - clock.now()));
    await new Promise<void>((resolve) => {
      const look = () => {
        if (engine.connections.size === 0 || clock.now() >= deadlineMs) resolve();
        else clock.setTimer(look, 50);
      };
      look();
    });
    await engine.farewells.done(Math.max(0, deadlineMs - clock.now()));
  }

  /** Of several workers only this one may be about to end: then its rooms go to others before its players do (rule MV-6). */
  async #evacuate(node: ServerNode, withinMs: number): Promise<void> {
    const { config } = this.#parts;
    const { gone, stayed } = await node.evacuate(withinMs);
    const facts = { node: node.name, rooms: gone, stayed: stayed.size };
    if (gone + stayed.size > 0) config.log.info(facts, "rooms have gone to other nodes");
    for (const [room, err] of stayed)
      if (err !== undefined) config.log.warn({ room, err }, "a room did not get to another node");
  }

  /** It could not begin: gives back what it has taken. */
  async abandon(): Promise<void> {
    const { engine, stored, admin } = this.#parts;
    stored?.putDown();
    engine.stop();
    admin.stop();
    await stored?.end();
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
    const { engine, watches, admin, port, shutdown, health, config, worker, stored } = this.#parts;
    const { log, node } = config;
    health.set("", "not-serving");
    this.#reporting?.stop();
    watches.drain();
    stored?.putDown();
    engine.stop();
    admin.stop();
    shutdown.abort();
    const kept = stored
      ?.end()
      .catch((err: unknown) => log.error({ err, node }, "rooms are not stored"));
    await Promise.all([
      port.close(),
      engine.farewells.done(withinMs),
      kept,
      engine.recordings.end(),
    ]);
    await worker?.close();
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
