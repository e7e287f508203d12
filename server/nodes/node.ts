import { createHmac } from "node:crypto";
import type { BackoffConfig } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import { closeReasons } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { IdSource } from "../../shared/ids.ts";
import type { Limits } from "../../shared/limits.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { Transport } from "../../shared/transport/transport.ts";
import type { Authenticate } from "../connection/authenticate.ts";
import type { Revocations } from "../connection/revocations.ts";
import type { Catalogue } from "../feed/catalogue.ts";
import type { InputRingConfig } from "../feed/link/input-ring.ts";
import type { LinkConfig } from "../feed/link/link-end.ts";
import { LinkHost } from "../feed/link/link-host.ts";
import type { NodeName } from "../feed/link/node-name.ts";
import type { OnSeat } from "../room/live-room.ts";
import type { ArrivingRoom } from "../rooms/arriving-room.ts";
import type { LoadReason } from "../room/room-api.ts";
import type { SessionManager } from "../session/session-manager.ts";
import { askedIdentity } from "./asked-identity.ts";
import type { NodeDirectory } from "./directory.ts";
import type { OrphanRoom } from "./directory-table.ts";
import { EdgeRooms } from "./edge-rooms.ts";
import { evacuate, type Evacuated } from "./evacuation.ts";
import { Homes } from "./homes.ts";
import { createAnswer, type OperatorAnswers, type OwnAnswers } from "./node-calls.ts";
import { LookingForRooms } from "./lost-copies.ts";
import { OwnRooms, type EngineRooms } from "./own-rooms.ts";
import { Peers, type Asked, type NodeState } from "./peers.ts";
import { nearFirst, type Place } from "./placement.ts";
import { createResumeTokens } from "./resume-tokens.ts";
import { RoomClaims } from "./room-claims.ts";
import { RoomMoves, type KeepRoom } from "./room-moves.ts";
import { SeatIndex } from "./seat-index.ts";
import { SharedRooms } from "./shared-rooms.ts";
import { typeToJson } from "./told-types.ts";

/** What makes a node one of several. */
export interface NodeConfig {
  readonly self: NodeName;
  readonly directory: NodeDirectory;
  /** Begins a link to another node. */
  readonly dial: (node: NodeName) => Transport;
  /** What all nodes of the server share, and nobody else knows: 16 bytes or more. */
  readonly secret: Uint8Array;
  /** Where new rooms are made. Default: {@link nearFirst}. */
  readonly place?: Place | undefined;
  /** How links behave. Default: {@link localLinks}. */
  readonly links?: LinkTimes;
  /** The metrics of this node, as JSON, for a scrape of another. Default: none. */
  readonly metrics?: () => Promise<unknown>;
  /** Has the store take a room that is about to go on here. Default: no rooms are kept. */
  readonly keep?: KeepRoom | undefined;
  /** What this run of the server is called at all nodes, unlike any other. Default: something made of the secret. */
  readonly run?: string;
  /** It has players and none of the code of rooms: what needs that, it asks another node. Default false. */
  readonly isEdge?: boolean;
  /** Says who clients are, for nodes that have none of the code. Default: nobody asks. */
  readonly authenticate?: Authenticate | undefined;
}

/** How links behave. */
export interface LinkTimes {
  readonly link: LinkConfig;
  readonly backoff: BackoffConfig;
  /** How long a lost link is dialled anew before what is behind it is given up. */
  readonly graceMs: number;
}

/** For links within one machine: an end that is silent for so long does not run. */
export const localLinks: LinkTimes = {
  link: { frameBytesMax: 262_144, flushIntervalMs: 2, beatIntervalMs: 1_000, silenceMsMax: 10_000 },
  backoff: { initialMs: 20, maxMs: 500, factor: 2 },
  graceMs: 15_000,
};

interface NodeParts {
  readonly config: NodeConfig;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly ids: IdSource;
  readonly limits: Limits;
}

/** Whoever has had a room found by an edge has still to come. */
const entersWithinMs = 30_000;

/** How a client is revoked. */
interface Revocation {
  readonly message: string;
  readonly forMs: number;
}

/** An engine that can revoke a client, for itself alone. */
interface RevokingEngine {
  readonly revocations: Revocations;
  revoke(clientId: string, how: Revocation): number;
}

/** Ephemeral inputs that may wait to be said on a link, for each seat. */
const ephemeralInputsMax = 32;

/**
 * What an engine is among others: it makes one server of several. The engine asks it for rooms, brings clients home by it, and tells it
 * what becomes of its own.
 */
export class ServerNode {
  readonly homes: Homes;
  readonly #parts: NodeParts;
  readonly #inputs: InputRingConfig;
  readonly #peers: Peers;
  readonly #claims: RoomClaims;
  readonly #lost: LookingForRooms;
  readonly #seats: SeatIndex;
  readonly #operators: Partial<OperatorAnswers> = {};
  #own: OwnRooms | undefined;
  #shared: SharedRooms | undefined;
  #edge: EdgeRooms | undefined;
  #moves: RoomMoves | undefined;
  #host: LinkHost | undefined;
  #engine: RevokingEngine | undefined;
  #rooms: EngineRooms | undefined;

  constructor(parts: NodeParts) {
    const { config, clock, random, ids, limits } = parts;
    const { self, directory, dial, links = localLinks } = config;
    this.#parts = parts;
    this.#seats = new SeatIndex(clock);
    const { unackedInputsMax } = limits;
    this.#inputs = { unackedInputsMax, ephemeralInputsMax };
    this.#lost = new LookingForRooms({
      ...{ directory, clock },
      isOurs: (claim) => isSame(claim, self),
      peers: {
        get: (node) => this.#peers.get(node),
        all: () => this.#peers.all(),
      },
      roomHere: (roomId) => this.#rooms?.host.get(roomId),
      settled: (roomId) => this.#moves?.settled(roomId),
    });
    this.#peers = new Peers({
      ...{ self, dial, clock, random, ...links },
      list: {
        onChanged: (room) => this.#rooms?.list.onChanged(room),
        onClosed: (room) => this.#rooms?.list.onClosed(room),
      },
      inputs: this.#inputs,
      lost: this.#lost,
      onMet: (node) => this.#tellRevocations(node),
      onDead: (node) => this.#host?.bury(node),
    });
    this.#claims = new RoomClaims({
      directory,
      isOurs: (claim) => isSame(claim, self),
      isHosted: (roomId) => this.#rooms?.host.has(roomId) === true,
    });
    this.homes = new Homes({
      ...{ self, directory, ids, clock, peers: this.#peers },
      isOurs: (home) => isSame(home, self),
      tokens: createResumeTokens(config.secret),
      find: (roomId) => this.#catalogue.find(roomId),
      seatsOf: (clientId) => this.#seats.of(clientId),
    });
  }

  /** Its name among the others. */
  get name(): string {
    return this.#parts.config.self.node;
  }

  /** The same at all nodes of this run of the server, and nowhere else. */
  get sharedLife(): string {
    const { secret, run = "life" } = this.#parts.config;
    const mac = createHmac("sha256", secret).update(run);
    return mac.digest("base64url").slice(0, 16);
  }

  /** The other nodes, as this one knows them. */
  get peers(): Peers {
    return this.#peers;
  }

  /** What is held for other nodes, and of them: nothing of it is left when all players are gone. */
  get held(): Readonly<Record<"claims" | "feeds" | "replicas" | "seats", number>> {
    let [feeds, replicas] = [0, 0];
    for (const peer of this.#host?.peers.values() ?? []) feeds += peer.held.feeds;
    for (const { rooms } of this.#peers.all()) replicas += rooms.replicas;
    replicas += this.#lost.size;
    return { claims: this.#claims.size, feeds, replicas, seats: this.#seats.size };
  }

  /** The rooms of all nodes, for an engine with these. */
  share(rooms: EngineRooms): Catalogue {
    const { config, clock, ids } = this.#parts;
    const { self, links = localLinks, place = nearFirst(this.#parts.random) } = config;
    const { keep = () => undefined } = config;
    const own = new OwnRooms(self.node, rooms);
    const isOurs = (claim: NodeName): boolean => isSame(claim, self);
    const [claims, peers, lost] = [this.#claims, this.#peers, this.#lost];
    const moves = new RoomMoves({
      ...{ self, isOurs, rooms, clock, claims, peers, lost, keep, inputs: this.#inputs },
    });
    const shared = new SharedRooms({
      ...{ rooms, own, ids, clock, place, node: self.node, moves, lost },
      isOurs: (claim) => isSame(claim, self),
      claims: this.#claims,
      peers: this.#peers,
      directory: config.directory,
    });
    this.#rooms = rooms;
    this.#moves = moves;
    this.#own = own;
    this.#shared = shared;
    this.#host = new LinkHost({
      ...{ clock, self, config: links.link, graceMs: links.graceMs },
      rooms: shared.offered,
      rows: own,
      termOf: (roomId) => claims.termOf(roomId),
      answer: createAnswer(shared.offered, () => this.#operators, {
        seat: (order) => shared.seat(order),
        make: (order) => shared.makeHere(order),
        hold: async ({ roomId, hold }) => {
          await moves.settled(roomId);
          return own.hold(roomId, hold);
        },
        offer: (ask) => moves.offered(ask),
        arrive: (ask) => moves.arrived(ask),
        moveRoom: async ({ roomId, to }) => {
          await moves.move(roomId, to);
          return true as const;
        },
        standings: (which) => rooms.catalogue.standings(which),
        give: (request) => this.homes.give(request),
        seatsOf: ({ clientId }) => this.#seats.of(clientId),
        revoke: ({ clientId, message, forMs }) => ({
          connections: this.#engine?.revoke(clientId, { message, forMs }) ?? 0,
        }),
        revoked: ({ revocations }) => {
          this.#engine?.revocations.learn(revocations);
          return true;
        },
        metrics: async () => (await config.metrics?.()) ?? [],
        ...this.#answersForEdges(shared, rooms),
      }),
    });
    if (config.isEdge !== true) return shared;
    this.#edge = new EdgeRooms({ rooms: shared, peers: this.#peers, clock });
    return this.#edge;
  }

  /** What a node asks that has players and none of the code of rooms. */
  #answersForEdges(
    shared: SharedRooms,
    { catalogue }: Pick<EngineRooms, "catalogue">,
  ): Pick<OwnAnswers, "enter" | "types" | "authenticate"> {
    const wish = { isWanted: true, arrivesWithinMs: entersWithinMs };
    return {
      enter: async ({ query, caller }) => {
        const { feed, reservation = "" } = await shared.open(query, caller, wish);
        return { roomId: feed.about.roomId, secret: reservation };
      },
      types: () => catalogue.types("").map(typeToJson),
      authenticate: (told) => askedIdentity(this.#parts.config.authenticate, told),
    };
  }

  /** The rooms as this node sees them, when it has none of their code. */
  get edge(): EdgeRooms | undefined {
    return this.#edge;
  }

  /** The engine is there. `revoke`: what a revocation does in it. */
  begin(sessions: SessionManager, engine: RevokingEngine): void {
    this.homes.begin(sessions);
    this.#engine = engine;
  }

  /** The service of operators is there: what it answers for this node. */
  serve(answers: OperatorAnswers): void {
    Object.assign(this.#operators, answers);
  }

  /**
   * A client has been revoked here: tells the others. Resolves to how many connections that has ended at those that have said so
   * within this time; the others hear of it as soon as they can.
   */
  tellRevoked(
    clientId: string,
    { message, forMs }: Revocation,
    withinMs: number,
  ): Promise<Asked<{ readonly connections: number }>> {
    return this.#peers.askAll("revoke", { clientId, message, forMs }, { withinMs });
  }

  /**
   * Has a room go on at another node, wherever it is now, with all who are in it (rules MV). Resolves when it runs there. When it rejects,
   * it goes on where it was: `unknown-room`, `not-portable`, `unknown-node`, `draining`, `unavailable`; or with why the other node does
   * not take it.
   */
  async moveRoom(roomId: string, to: string): Promise<void> {
    const claim = await this.#parts.config.directory.findRoom(roomId);
    if (claim === undefined)
      throw new RoomlineError("unknown-room", `There is no room "${roomId}".`);
    if (claim.node === to) return;
    if (claim.node === this.name) await this.#moves?.move(roomId, to);
    else await this.#peers.call(claim.node, "moveRoom", { roomId, to });
  }

  /**
   * This node is about to end: has its rooms go to others, as far as they are portable and there is time. Resolves to what has become of
   * them.
   */
  evacuate(withinMs: number, why: LoadReason = "moved"): Promise<Evacuated> {
    const { clock, random } = this.#parts;
    const untilMs = clock.now() + withinMs;
    return evacuate({
      self: this.name,
      random,
      rooms: () =>
        [...(this.#rooms?.host.all() ?? [])].flatMap(({ roomId, config }) =>
          config.portable ? roomId : [],
        ),
      loads: () => this.#peers.loads,
      move: async (roomId, to) => this.#moves?.move(roomId, to, why),
      isTime: () => clock.now() < untilMs,
    });
  }

  /** Claims a room for what is done with it here, such as picking it up. */
  holding<T>(roomId: string, act: () => T): Promise<T> {
    return this.#claims.during(roomId, act);
  }

  /** A room whose host is dead goes on here, as {@link RoomMoves.recovered} has it. */
  async recover(orphan: OrphanRoom, pickUp: () => ArrivingRoom): Promise<void> {
    await this.#moves?.recovered(orphan, pickUp);
  }

  /** The nodes that live are these. */
  onNodes(states: readonly NodeState[]): void {
    this.#peers.update(states);
    this.#edge?.onNodes();
  }

  /** Another node has begun a link to this one. */
  accept(link: Transport): void {
    if (this.#host === undefined) link.destroy();
    else this.#host.accept(link);
  }

  // What becomes of the engine's own rooms.

  readonly onSeat: OnSeat = (roomId, { id, sessionId }, isThere) => {
    if (isThere) this.#seats.add(roomId, id, sessionId);
    else this.#seats.remove(roomId, id);
  };

  ordinalOf(roomId: string): number | undefined {
    return this.#claims.termOf(roomId);
  }

  onRoomChanged(roomId: string): void {
    this.#own?.onChanged(roomId);
  }

  /** A room of this node is at another one by now. */
  onRoomMovedAway(roomId: string): void {
    this.#seats.moveAway(roomId);
    this.#own?.onChanged(roomId);
  }

  onRoomClosed(roomId: string): void {
    this.#own?.onChanged(roomId);
    this.#claims.onClosed(roomId);
  }

  /** Ends all links, and what was read over them. */
  stop(): void {
    this.#peers.stop();
    this.#lost.stop({ reason: closeReasons.draining, detail: "The node stopped." });
    this.#host?.stop();
  }

  /** A node that has just begun does not know who was revoked before. */
  #tellRevocations(node: string): void {
    const revocations = this.#engine?.revocations.all() ?? [];
    if (revocations.length === 0) return;
    // It may be gone again.
    this.#peers.call(node, "revoked", { revocations }).catch(() => undefined);
  }

  get #catalogue(): SharedRooms {
    if (this.#shared === undefined) throw new Error("The node has no engine yet.");
    return this.#shared;
  }
}

function isSame(one: NodeName, other: NodeName): boolean {
  return one.node === other.node && one.life === other.life;
}
