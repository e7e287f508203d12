import type { PauseMode } from "../../shared/gen/roomline/v1/realtime_pb.ts";

/** A node wants a client, who has come to it. Plain data. */
export interface GiveRequest {
  readonly clientId: string;
  readonly resumeToken: string;
  readonly authenticated: boolean;
  readonly machine: string;
  /** When it said Hello there, in milliseconds since the Unix epoch. */
  readonly saidHelloMs: number;
  /** The node that wants it. */
  readonly to: { readonly node: string; readonly life: string };
}

/** What comes of it. `gone`: it is not there any more. `older`: it has said Hello here since. */
export type Given =
  | { readonly kind: "refused"; readonly detail: string }
  | { readonly kind: "gone" | "older" }
  | { readonly kind: "given"; readonly client: ClientExport; readonly home: number };

/** What a node knows of a client, for the next one. */
export interface ClientExport {
  readonly token: string;
  readonly tokenBefore: string;
  /** How many resume tokens it has been given. */
  readonly tokensIssued: number;
  readonly sessions: readonly SessionExport[];
  /** How rooms have ended sessions of which it may not have heard: session ids, close codes and texts. */
  readonly ends: readonly (readonly [sessionId: string, code: number, detail: string])[];
}

/** A session on its way to another node. What the room knows of it is not among this. */
export interface SessionExport {
  readonly sessionId: string;
  readonly roomId: string;
  readonly kept: KeptSession;
}

/** What only the player's end of a session knows. */
export interface KeptSession {
  readonly paused: PauseMode;
  /** The update rate it asked for, per second; 0: as much as there is. */
  readonly wantedHz: number;
  /** Where it first began. */
  readonly firstCursor: number;
}
