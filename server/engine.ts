import type { Clock } from "../shared/clock.ts";
import { closeReasons } from "../shared/close-reason.ts";
import { RoomlineError } from "../shared/errors.ts";
import type { Limits } from "../shared/limits.ts";
import type { TransportAcceptor } from "../shared/transport/transport.ts";
import type { EngineConfig } from "./config.ts";
import type { Authenticate } from "./connection/authenticate.ts";
import { Revocations } from "./connection/revocations.ts";
import { Acceptor } from "./connection/acceptor.ts";
import { ConnectionPool } from "./connection/connection-pool.ts";
import { Connection, type ConnectionWorld } from "./connection/connection.ts";
import { HealthChecker } from "./connection/health-checker.ts";
import { createCounters, type Counters } from "./observe/counters.ts";
import { createJournal, type Journal } from "./observe/journal.ts";
import { Refusals, type OnRefused } from "./observe/refusals.ts";
import { createTally, type Tally } from "./observe/tally.ts";
import { Inbound } from "./connection/inbound.ts";
import { bytesOfPacing, type OutboxConfig } from "./connection/outbox.ts";
import { playerLags } from "./session/player-lags.ts";
import { FrameWriter } from "./session/frame-writer.ts";
import { createRecord, type EngineRecord } from "./record.ts";
import type { ServerNode } from "./nodes/node.ts";
import type { Catalogue, Standings, StandingsQuery } from "./feed/catalogue.ts";
import { HistoryReads } from "./feed/history-reads.ts";
import type { RecordSink } from "./room/durable/output-gate.ts";
import type { LiveRoom } from "./room/live-room.ts";
import { HookWaits } from "./room/hooks/hook-waits.ts";
import { Recordings } from "./recording/recordings.ts";
import { LocalCatalogue } from "./rooms/catalogue.ts";
import { Farewells } from "./rooms/farewells.ts";
import { Reservations } from "./rooms/reservations.ts";
import { RoomDirectory } from "./rooms/directory.ts";
import { RoomHost, type RoomObserver } from "./rooms/host.ts";
import { SessionManager } from "./session/session-manager.ts";
import type { TickObserver } from "./schedule/tick-loop.ts";
import { TickScheduler } from "./schedule/tick-scheduler.ts";
import { TurnQueue } from "./schedule/turn-queue.ts";
import { TimerWheel, type Timers } from "./schedule/timer-wheel.ts";

/** A running engine without a network: streams come in through `accept`. */
export interface Engine extends TransportAcceptor {
  /** The rooms that live here. */
  readonly rooms: RoomHost;
  /** What is kept of those that are recorded. */
  readonly recordings: Recordings;
  /** All that is asked of these rooms. */
  readonly catalogue: Catalogue;
  /** The rooms that live here, as operators see them. */
  hosted(which: StandingsQuery): Standings;
  readonly directory: RoomDirectory;
  readonly reservations: Reservations;
  readonly sessions: SessionManager;
  /** Who reads what rooms keep beyond their logs. */
  readonly reads: HistoryReads;
  readonly connections: ConnectionPool;
  readonly counters: Counters;
  readonly tally: Tally;
  /** Counts and logs who is turned away. */
  readonly onRefused: OnRefused;
  /** Coarse timers, one wheel for all. */
  readonly timers: Timers;
  readonly journal: Journal;
  /** Timers that wait; 0 when the engine is at rest. */
  readonly timersWaiting: number;
  /** How clients are known; undefined in dev mode. Whoever was revoked is not. */
  readonly authenticate: Authenticate | undefined;
  readonly revocations: Revocations;
  /**
   * Takes back what a client has been issued (rule AD-9). Returns how many connections that ended.
   * @throws RoomlineError `rate-limited`
   */
  revoke(clientId: string, how: RevokeOptions): number;
  /** The same, and how many connections it has ended at all nodes that have said so within a moment, with those that have not. */
  revokeEverywhere(clientId: string, how: RevokeOptions): Promise<RevokedEverywhere>;
  /**
   * Turns new streams away, lets rooms say something, and tells every client to come back later, spread over half of
   * `withinMs` (rule DR-1).
   */
  drain(withinMs: number): void;
  /** Ends every connection, session and room. */
  stop(): void;
  /** What the code of rooms has still to do before the process may end. */
  readonly farewells: Farewells;
}

/** How a client is revoked. */
export interface RevokeOptions {
  /** What the client is told. */
  readonly message: string;
  /** How long its tokens are refused, in milliseconds. */
  readonly forMs: number;
}

/** What a revocation has ended. */
export interface RevokedEverywhere {
  readonly connections: number;
  /** Nodes that do it as soon as they hear of it. */
  readonly missing: readonly string[];
}

/** What an engine may be given beside its configuration. */
export interface EngineParts {
  readonly ticks?: TickObserver;
  /** Where its players find their rooms. Default: here. */
  readonly rooms?: Pick<Catalogue, "open">;
  /** What it is among others. Default: it is alone. */
  readonly node?: ServerNode;
  /** A room has shown its readers something. Default: nobody wants to know. */
  readonly onCommitted?: (room: LiveRoom) => void;
  /** Where the records of durable rooms go. Default: there are no such rooms. */
  readonly sinkOf?: (room: LiveRoom) => RecordSink | undefined;
  /** The folder to which recordings of rooms are written. Default: they are in memory, and go with the engine. */
  readonly recordTo?: string | undefined;
  /** A room is new here, awake again, or over. Default: nobody wants to know. */
  readonly onRoom?: Pick<RoomObserver, "onCreated" | "onWoken" | "onClosed">;
}

/** Recordings of rooms, and how far their players at this node were behind. */
function createRecordings(
  { config }: Core,
  { recordTo: folder }: EngineParts,
  players: () => {
    readonly sessions: SessionManager;
    readonly connections: ConnectionPool;
  },
): Recordings {
  const { clock, random, limits, log } = config;
  const lags = () => {
    const { sessions, connections } = players();
    const roundTrips = new Map([...connections].map(({ id, meter }) => [id, meter.roundTripMs]));
    return playerLags(sessions.sessions(), (id) => roundTrips.get(id) ?? 0);
  };
  return new Recordings({ clock, random, limits, log, folder, lags });
}

/** How long an answer waits for other nodes to hear of a revocation. */
const revokeWithinMs = 2_000;

/** How much of a drain clients are kept for what rooms have to say. */
const wordsShare = 1 / 4;

/** In one heartbeat interval, connections are looked at in so many turns; that much of it a look may be late. */
const livenessTurns = 40;

/** Wires an engine: the way of a byte, from the rooms up. */
export function createEngine(config: EngineConfig, parts: EngineParts = {}): Engine {
  const core = createCore(config);
  const { tally, journal, onRefused, revocations, authenticate } = core;
  const { node } = parts;
  const recordings = createRecordings(core, parts, () => ({ sessions, connections }));
  const { rooms, waits, farewells, directory, reservations, local, shared } = wireRooms(
    core,
    recordings,
    parts,
  );
  const sessions: SessionManager = createSessions(core, parts.rooms ?? shared ?? local, node);
  const { connections, acceptor, health } = wireConnections(core, sessions, node);
  const { revokeHere, ...revoking } = createRevoke({ revocations, connections, sessions }, node);
  node?.begin(sessions, { revocations, revoke: revokeHere });
  return {
    rooms,
    recordings,
    directory,
    reservations,
    catalogue: shared ?? local,
    hosted: (which) => local.standings(which),
    farewells,
    sessions,
    reads: core.reads,
    connections,
    counters: core.counters,
    tally,
    onRefused,
    journal,
    timers: core.timers,
    get timersWaiting() {
      return core.timers.size + core.liveness.size;
    },
    authenticate,
    revocations,
    ...revoking,
    accept: (transport, peer) => acceptor.accept(transport, peer),
    drain(withinMs) {
      acceptor.drain();
      afterWords(config.clock, rooms.drain(withinMs), withinMs * wordsShare, () => {
        for (const connection of connections) {
          connection.goAway(closeReasons.draining, config.random() * (withinMs / 2));
        }
      });
    },
    stop() {
      acceptor.drain();
      // First the rooms, so that what they do at their end still goes.
      rooms.closeAll();
      for (const connection of [...connections]) connection.close(closeReasons.draining, "");
      sessions.closeAll();
      node?.stop();
      waits.end(new RoomlineError("draining", "The server stopped."));
      health.stop();
    },
  };
}

function createSessions(
  { config, timers, counters, reads, onRefused, record }: Core,
  rooms: Pick<Catalogue, "open">,
  node: ServerNode | undefined,
): SessionManager {
  const { limits, clock, ids, log } = config;
  return new SessionManager({
    ...{ rooms, limits, clock, timers, ids, log, counters, reads, onRefused },
    homes: node?.homes,
    observer: record.sessions,
  });
}

function createCore(config: EngineConfig): Core {
  const { limits, clock, log } = config;
  const tally = createTally();
  const journal = createJournal(clock, limits);
  const revocations = new Revocations(clock, limits.revocationsMax);
  return {
    config,
    tally,
    onRefused: new Refusals({ tally, log, clock }).refused,
    revocations,
    authenticate: config.authenticate && revocations.guard(config.authenticate),
    counters: createCounters(),
    reads: createReads(config),
    journal,
    record: createRecord(tally, journal),
    timers: new TimerWheel(clock),
    liveness: new TimerWheel(clock, Math.max(50, limits.heartbeatIntervalMs / livenessTurns)),
    turns: new TurnQueue(clock),
  };
}

function createReads({ clock, limits, log }: EngineConfig): HistoryReads {
  return new HistoryReads({
    clock,
    readsMax: limits.historyReadsMax,
    pageBytesMax: limits.historyPageBytesMax,
    timeoutMs: limits.historyTimeoutMs,
    onFailing(err) {
      if (err === undefined) log.warn({}, "the history of rooms can be read again");
      else log.error({ err }, "the history of a room cannot be read: it is tried again");
    },
  });
}

function createRevoke(
  engine: Pick<Engine, "revocations" | "connections" | "sessions">,
  node: ServerNode | undefined,
): Pick<Engine, "revoke" | "revokeEverywhere"> & { readonly revokeHere: Engine["revoke"] } {
  const { revocations, connections, sessions } = engine;
  const revokeHere: Engine["revoke"] = (clientId, { message, forMs }) => {
    revocations.add(clientId, forMs);
    const own = [...connections].filter((one) => one.clientId === clientId);
    for (const connection of own) connection.close(closeReasons.forbidden, message);
    sessions.expel(clientId);
    // Its seats in rooms that sleep end when these are awake.
    void node?.homes.rouseRooms(clientId)?.then(() => sessions.expel(clientId));
    return own.length;
  };
  return {
    revokeHere,
    revoke(clientId, how) {
      void node?.tellRevoked(clientId, how, revokeWithinMs);
      return revokeHere(clientId, how);
    },
    async revokeEverywhere(clientId, how) {
      const told = node?.tellRevoked(clientId, how, revokeWithinMs);
      const own = revokeHere(clientId, how);
      const { answers = [], missing = [] } = (await told) ?? {};
      return {
        connections: answers.reduce((sum, { answer }) => sum + answer.connections, own),
        missing,
      };
    },
  };
}

/** Does it when rooms have said what they have to say: at once if none takes its time, or after `withinMs` at the latest. */
function afterWords(
  clock: Clock,
  works: readonly Promise<void>[],
  withinMs: number,
  act: () => void,
): void {
  const words = new Farewells(clock);
  for (const work of works) words.add(work);
  if (words.size === 0) act();
  else void words.done(withinMs).then(act);
}

/** What all parts of an engine share. */
interface Core {
  readonly config: EngineConfig;
  readonly tally: Tally;
  readonly onRefused: OnRefused;
  readonly revocations: Revocations;
  /** The one of the configuration, but for whoever was revoked. */
  readonly authenticate: Authenticate | undefined;
  readonly counters: Counters;
  readonly reads: HistoryReads;
  readonly journal: Journal;
  readonly record: EngineRecord;
  readonly timers: TimerWheel;
  /** Those of connections that are only looked after, coarser: what falls due together is cheaper than one by one. */
  readonly liveness: TimerWheel;
  readonly turns: TurnQueue;
}

function wireRooms(core: Core, recordings: Recordings, parts: EngineParts) {
  const { ticks: tickObserver, node, sinkOf } = parts;
  const { config, counters, record, turns } = core;
  const { limits, clock, random, ids, log } = config;
  const ticks = wireTicks(core, tickObserver);
  const directory = wireDirectory(core);
  const farewells = new Farewells(clock);
  const waits = new HookWaits(clock, limits.hookTimeoutMs);
  const reservations = wireReservations(core);
  const rooms = new RoomHost({
    roomsMax: limits.roomsMax,
    roomsPerClientMax: limits.roomsPerClientMax,
    node: node?.name,
    ordinalOf: (roomId) => node?.ordinalOf(roomId),
    onSeat: node?.onSeat,
    ...{ clock, random, ids, log, counters, ticks, reservations, sinkOf },
    requestTurn: (room) => turns.requestTurn(room),
    createRoom: (it) => recordings.createRoom(it),
    onFarewell: (work) => farewells.add(work),
    observer: observerOf({ record, directory }, parts),
  });
  const local = new LocalCatalogue({
    types: config.roomTypes,
    host: rooms,
    listings: directory,
    reservations,
    waits,
    log,
    counters,
  });
  const shared = node?.share({ catalogue: local, host: rooms, list: directory });
  return { rooms, waits, farewells, directory, reservations, local, shared };
}

function wireDirectory({ config: { clock, limits } }: Core): RoomDirectory {
  return new RoomDirectory({
    clock,
    watchersMax: limits.lobbyWatchersMax,
    watchersPerCallerMax: limits.lobbyWatchersPerCallerMax,
    updateIntervalMs: limits.lobbyUpdateIntervalMs,
  });
}

/** Tells all who want to know what happens to rooms. */
function observerOf(
  { record, directory }: Pick<Core, "record"> & { readonly directory: RoomDirectory },
  { node, onCommitted, onRoom }: Pick<EngineParts, "node" | "onCommitted" | "onRoom">,
): RoomObserver {
  return {
    onCreated(room) {
      record.rooms.onCreated(room);
      onRoom?.onCreated(room);
    },
    onChanged(room) {
      directory.onChanged(room);
      node?.onRoomChanged(room.roomId);
    },
    onClosed(room, reason, detail) {
      directory.onClosed(room);
      node?.onRoomClosed(room.roomId);
      record.rooms.onClosed(room, reason, detail);
      onRoom?.onClosed(room, reason, detail);
    },
    onCommitted,
    onReplaced: (room, by) => directory.onReplaced(room, by),
    onMovedAway(room, place) {
      directory.onClosed(room);
      node?.onRoomMovedAway(room.roomId);
      record.rooms.onMovedAway(room, place);
    },
    onArrived(room) {
      record.rooms.onArrived(room);
      // Here it is new.
      onRoom?.onCreated(room);
    },
    onAsleep(room, from) {
      if (from === undefined) directory.onChanged(room);
      else directory.onReplaced(from, room);
      node?.onRoomChanged(room.roomId);
      if (from !== undefined) record.rooms.onAsleep(room, from);
    },
    onWoken(room, from) {
      directory.onReplaced(from, room);
      record.rooms.onWoken(room, from);
      onRoom?.onWoken(room, from);
    },
  };
}

function wireReservations({ config, timers }: Core): Reservations {
  const { clock, ids, limits } = config;
  const { reservationMs, reservationsPerClientMax: perHolderMax } = limits;
  return new Reservations({ clock, timers, ids, reservationMs, perHolderMax });
}

function wireTicks({ config, counters, journal, turns }: Core, tickObserver?: TickObserver) {
  const { limits, clock, log } = config;
  return new TickScheduler({
    clock,
    catchUpStepsMax: limits.catchUpStepsMax,
    afterSteps: () => turns.run(),
    observer: {
      onStep: (durationMs, rooms) => tickObserver?.onStep(durationMs, rooms),
      onDropped: (steps, rooms) => {
        counters.ticksDropped += steps * rooms;
        tickObserver?.onDropped(steps, rooms);
        journal.add("overrun", {
          detail: `${count(steps, "tick")} of ${count(rooms, "room")} dropped`,
        });
        log.warn({ steps, rooms }, "ticks dropped: the loop is too late");
      },
    },
  });
}

function outboxBounds(limits: Limits): OutboxConfig {
  const perSecond = limits.pacingBytesPerSecond / bytesOfPacing;
  return {
    frameBytesMax: limits.outboundFrameBytesMax,
    controlBytesMax: limits.outboxBytesMax,
    controlMessagesMax: limits.outboxMessagesMax,
    heldBytesMax: limits.heldReplyBytesMax,
    pacing: { perSecond, burst: perSecond },
  };
}

function wireConnections(
  { config, authenticate, onRefused, counters, record, timers, liveness, turns }: Core,
  sessions: SessionManager,
  among: ServerNode | undefined,
) {
  const { limits, clock, random, ids, log, node, resumeAddress } = config;
  const connections = new ConnectionPool(limits);
  const health = new HealthChecker({ connections, clock, timers, config: limits });
  const messages = { perSecond: limits.messagesPerSecond, burst: limits.messagesBurst };
  const world: ConnectionWorld = {
    clock,
    timers,
    livenessTimers: liveness,
    random,
    ids,
    log,
    counters,
    onRefused,
    limits,
    sessions,
    homes: among?.homes,
    authenticate,
    node,
    resumeAddress,
    turns,
    frame: new FrameWriter(),
    inbound: new Inbound({
      sessions,
      clock,
      counters,
      messages,
      sessionsMax: limits.sessionsPerConnectionMax,
    }),
    messages,
    outbox: outboxBounds(limits),
    observer: {
      ...record.connections,
      onEnded(connection, reason, detail) {
        connections.unregister(connection);
        health.forget(connection);
        record.connections.onEnded(connection, reason, detail);
      },
    },
  };
  const acceptor = new Acceptor({
    connections,
    create: (transport, peer) => new Connection(ids.id(), { transport, peer }, world),
    onAccepted: () => {
      counters.connectionsAccepted++;
      health.onOpened();
    },
    onTurnedAway(reason, { address }) {
      record.connections.onTurnedAway(reason);
      if (reason !== closeReasons.capacity) return;
      const refusal = connections.isFull ? serverIsFull(limits) : addressIsFull(limits);
      onRefused({ act: "entry", ...refusal, fields: { address } });
    },
  });
  return { connections, acceptor, health };
}

function serverIsFull({ connectionsMax }: Limits) {
  const message = `The server holds as many connections as it may: limits.connectionsMax (${connectionsMax}).`;
  return { reason: "capacity", message } as const;
}

function addressIsFull({ connectionsPerAddressMax }: Limits) {
  const message = `An address has as many connections as one may: limits.connectionsPerAddressMax (${connectionsPerAddressMax}).`;
  return { reason: "address-capacity", message } as const;
}

/** "1 room", "2 rooms". */
function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
