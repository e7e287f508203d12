import type { WorkloadName } from "../workloads/catalogue.ts";

/** One player of a system under test: in all its rooms, over as many connections as that system needs. */
export interface Player {
  /** Sends an input to each of its rooms, as a client does that ticks. */
  steer(seq: number): void;
  /** Sends a chat message to the room of a seat. Seats are counted from 0, in the order of the plan's rooms. */
  say(seat: number, text: string): void;
  /** From now on nothing is read from the connections. */
  stopReading(): void;
  /** Bytes received so far. */
  readonly bytesRead: number;
  /** Of a system whose players can come back to what they missed. */
  readonly recovery?: Recovery;
}

/** How a player loses its connection and comes back. */
export interface Recovery {
  /** Destroys the connection without a goodbye. */
  cut(): void;
  /**
   * Connects again; resolves when the player is where it would be had it never been away.
   * @throws Error when the system did not know it any more
   */
  comeBack(): Promise<void>;
}

/** Who joins what. */
export interface PlayerPlan {
  readonly port: number;
  /** Unique in the run. */
  readonly name: string;
  readonly game: "arena" | "chat";
  /** Names of the rooms; a system makes a room when its first player comes. */
  readonly rooms: readonly string[];
  /**
   * Whether this player looks into what it receives. Most only count, so that the load generator is not what is measured;
   * see {@link PlayerEvents.onView}.
   */
  readonly looks: boolean;
}

/** What a player that looks sees of an arena, after an update. */
export interface ArenaView {
  /** The number of the newest of its own inputs that its own row contains. */
  readonly ownSeq: number;
  /** How many rows there are. */
  readonly rows: number;
  /** The sum of all x: another one means that something moved. */
  readonly sumX: number;
}

/** What happens to a player. */
export interface PlayerEvents {
  /** An update of an arena's state came. */
  onUpdate(seat: number): void;
  /** The same, to a player that looks. */
  onView(seat: number, view: ArenaView): void;
  /** A chat message came. */
  onDelivery(seat: number): void;
  /** The same, to a player that looks. */
  onText(seat: number, text: string): void;
  /** The player lost its place, and nobody asked for it. */
  onLost(reason: string): void;
}

/** Connects a player and joins its rooms; resolves when it is in all of them. */
export type JoinPlayer = (plan: PlayerPlan, events: PlayerEvents) => Promise<Player>;

/** A server of several processes. */
export interface StartedServer {
  readonly port: number;
  /** Those beside the one it was started in. */
  pids(): readonly number[];
}

/** Starts the server of a system; resolves to the port it took. */
export type StartServer = (options: ServerPlan) => Promise<number | StartedServer>;

/** What a server is started with. */
export interface ServerPlan {
  /** Ticks of an arena, and updates to its players, in a second. */
  readonly hz: number;
  /** Most players of a room. */
  readonly roomSize: number;
  /** The longest chat message. */
  readonly messageBytes: number;
  readonly workload: WorkloadName;
}
