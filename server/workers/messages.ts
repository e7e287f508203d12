import type { Question, Standings, StandingsQuery } from "../feed/catalogue.ts";
import type { NodeName } from "../feed/link/node-name.ts";
import type { NodeState } from "../nodes/peers.ts";
import type { NodeLoad } from "../nodes/placement.ts";
import type { RoomDown, RoomFault } from "../rooms/rehearsal.ts";
import type { ServerUsage } from "../server-api.ts";
import type { RoomStore } from "../store/room-store.ts";
import type { ListenAddress } from "../transport/listen.ts";
import type { PickUpAnswer, PickUpAsk } from "./recovery.ts";

// What the primary and its workers say to each other, over the channel that Node opens between a process and its children.

/** In the environment of a worker: that it is one. */
export const workerMark = "ROOMLINE_IS_WORKER";

/** What of the directory is asked, and what is only said. */
export type DirectoryQuestion =
  "claimRoom" | "findRoom" | "takeRoom" | "claimHome" | "passHome" | "settled";
export type DirectoryWord = "releaseRoom" | "noteToken" | "releaseHome";

/** What workers may ask of the store, which their primary has. */
export type StoreAnswers = Pick<RoomStore, "write" | "read" | "readEvents">;

/** A worker wants something of the store. */
export interface StoreAsk {
  readonly kind: "store";
  readonly call: number;
  readonly method: keyof StoreAnswers;
  readonly args: readonly unknown[];
}

/** What a worker may be asked by its primary, for the program that runs the server. */
export interface WorkerAnswers {
  createRoom: {
    readonly ask: { readonly roomType: string; readonly roomId: string; readonly options: unknown };
    readonly answer: string;
  };
  standings: { readonly ask: StandingsQuery; readonly answer: Standings };
  ask: {
    readonly ask: { readonly roomId: string; readonly question: Question };
    readonly answer: unknown;
  };
  revoke: {
    readonly ask: { readonly clientId: string; readonly message: string; readonly forMs: number };
    readonly answer: number;
  };
  metrics: { readonly ask: Record<string, never>; readonly answer: string };
  /** The rooms of this worker, put down as they are now; they go on. */
  images: { readonly ask: Record<string, never>; readonly answer: readonly RoomDown[] };
  /** Whether these rooms could go on here: why not, of those that could not. Nothing comes of it. */
  rehearse: {
    readonly ask: { readonly rooms: readonly RoomDown[] };
    readonly answer: readonly RoomFault[];
  };
  /** Has all rooms that can go on at other workers, with their players. Tells how many have, and why others could not. */
  giveRooms: {
    readonly ask: { readonly withinMs: number };
    readonly answer: { readonly given: number; readonly faults: readonly RoomFault[] };
  };
  /** Has rooms go on here whose host is dead. Tells which have not, and why. */
  pickUp: { readonly ask: PickUpAsk; readonly answer: PickUpAnswer };
}

/** An answer, or why there is none. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** What a worker's program has made of its options: the same for all. */
export interface ServerAbout {
  /** Where the server is to listen. */
  readonly host: string | undefined;
  readonly port: number;
  readonly drainTimeoutMs: number;
  readonly roomTypes: readonly string[];
  readonly isEncrypted: boolean;
  /** Clients name themselves. */
  readonly isDevMode: boolean;
  /** Those of the types whose rooms cannot go on in another process. */
  readonly notPortable: readonly string[];
}

/** How often a worker says how busy it is, in milliseconds. */
export const loadIntervalMs = 500;

/** How busy a worker is. */
export type WorkerLoad = Omit<NodeLoad, "node" | "isDraining">;

/** A worker wants to know something of the directory. */
export interface DirectoryAsk {
  readonly kind: "directory";
  readonly call: number;
  readonly method: DirectoryQuestion;
  readonly args: readonly unknown[];
}

/** A worker has something to say to the directory. */
export interface DirectorySay {
  readonly kind: "say";
  readonly method: DirectoryWord;
  readonly args: readonly unknown[];
}

/** From a worker. */
export type FromWorker =
  /** It runs, and can be reached by others. */
  | ({ readonly kind: "ready" } & ServerAbout)
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  /** Files of the user's that its program has loaded, or has looked for, since it said so last. */
  | { readonly kind: "files"; readonly files: readonly string[] }
  | DirectoryAsk
  | DirectorySay
  | StoreAsk
  | { readonly kind: "load"; readonly load: WorkerLoad; readonly usage: ServerUsage }
  /** An operator has said so. */
  | { readonly kind: "order"; readonly order: "end" | "restart"; readonly withinMs: number }
  | { readonly kind: "answer"; readonly call: number; readonly outcome: Outcome };

/** What a worker is told of the store of all of them. */
export interface StoreStart {
  readonly name: string;
  /** Rooms that could not be picked up: what is held of them stays as it is. */
  readonly setAside: readonly string[];
}

/** What a worker is told that is to be an edge. */
export interface EdgeStart {
  /** Clients name themselves. */
  readonly isDevMode: boolean;
}

/** From the primary. */
export type FromPrimary =
  | {
      readonly kind: "start";
      readonly self: NodeName;
      /** Where the sockets of nodes are. */
      readonly folder: string;
      readonly secret: Uint8Array;
      /** What this run of the server is called, unlike any other. */
      readonly run: string;
      /** Rooms are kept. */
      readonly store?: StoreStart;
      /** It is to have the players, and none of the code of rooms. */
      readonly edge?: EdgeStart;
    }
  /** Whether rooms go from one worker to another at this moment: for an edge. */
  | { readonly kind: "hold"; readonly isHeld: boolean }
  /** What pages are to show of the code of rooms: for an edge. Undefined: nothing is wrong. */
  | { readonly kind: "problem"; readonly problem: string | undefined }
  /** Where the server listens. */
  | { readonly kind: "listening"; readonly address: ListenAddress }
  | { readonly kind: "nodes"; readonly states: readonly NodeState[] }
  /** A player's socket comes with it. */
  | { readonly kind: "socket" }
  | { readonly kind: "end"; readonly withinMs: number }
  | { readonly kind: "outcome"; readonly call: number; readonly value: unknown }
  /** What the store has answered. */
  | { readonly kind: "stored"; readonly call: number; readonly outcome: Outcome }
  /** These rooms could not be picked up. */
  | { readonly kind: "set-aside"; readonly roomIds: readonly string[] }
  | {
      readonly kind: "ask";
      readonly call: number;
      readonly method: keyof WorkerAnswers;
      readonly ask: unknown;
    };
