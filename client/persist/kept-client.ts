import { clientLimits } from "../limits.ts";

/** An input that the server may not have, as it is kept. */
export interface KeptInput {
  readonly seq: number;
  /** Name in the contract. */
  readonly kind: string;
  readonly payload: Uint8Array;
  readonly wantsReply: boolean;
}

/** A seat in a room, as it is kept: what Joined said of it, and what was made of it since. */
export interface KeptSeat extends KeptWill {
  readonly sessionId: string;
  /** What the join asked for: who asks for the same after a reload is given this seat. */
  readonly wish: string;
  readonly roomId: string;
  readonly roomType: string;
  readonly playerId: string;
  readonly metadataJson: string;
  /** The contract with the room's numbers, as Joined carries it; empty: with the client's own. */
  readonly table: Uint8Array;
}

/** What the page wanted of a seat beside its inputs. A record of before there was this has none of it. */
export interface KeptWill {
  /** How it was paused; undefined when it was not. */
  readonly paused?: "buffer" | "skip" | undefined;
  /** What setRate asked for; undefined when it was not called. */
  readonly rateHz?: number | undefined;
  /** What the player said of itself last; empty when it has said nothing. */
  readonly presenceJson?: string;
}

/** How far a session has come. The tables are not kept: after a reload they come whole. */
export interface KeptProgress {
  readonly epoch: string;
  /** Events up to here are handled. */
  readonly cursor: number;
  /** Those that are not acknowledged, in order and without a hole. */
  readonly inputs: readonly KeptInput[];
}

/** A session, as it is kept. */
export interface KeptSession {
  readonly seat: KeptSeat;
  readonly progress: KeptProgress;
}

/** A client without its sessions, as it is kept. */
export interface KeptClient {
  /** What a page claims while it is this client. */
  readonly claim: string;
  readonly clientId: string;
  readonly resumeToken: string;
  /** Where the server told it to come back; empty: where it connected to. */
  readonly address: string;
  /** The ids of its sessions. */
  readonly sessions: readonly string[];
}

/** Raised when what is kept is written in another way. */
const version = 1;

/** A client as text. */
export function encodeClient(client: KeptClient): string {
  return JSON.stringify({ version, ...client });
}

/** A client of a text; undefined when it is of none. */
export function decodeClient(text: string | null): KeptClient | undefined {
  const fields = fieldsOf(text);
  if (fields?.["version"] !== version) return undefined;
  const { claim, clientId, resumeToken, address, sessions } = fields;
  if (!areTexts([claim, clientId, resumeToken, address])) return undefined;
  if (!Array.isArray(sessions) || !areTexts(sessions)) return undefined;
  return fields as unknown as KeptClient;
}

/** A seat as text. */
export function encodeSeat(seat: KeptSeat): string {
  return JSON.stringify({ ...seat, table: textOf(seat.table) });
}

/** A seat of a text; undefined when it is of none. */
export function decodeSeat(text: string | null): KeptSeat | undefined {
  const seat = fieldsOf(text);
  if (seat === undefined) return undefined;
  const { sessionId, wish, roomId, roomType, playerId, metadataJson } = seat;
  const { paused = "skip", rateHz = 0, presenceJson = "" } = seat;
  if (!areTexts([sessionId, wish, roomId, roomType, playerId, metadataJson, presenceJson]))
    return undefined;
  if ((paused !== "buffer" && paused !== "skip") || !isRate(rateHz)) return undefined;
  const table = bytesOf(seat["table"]);
  return table && ({ ...seat, table } as unknown as KeptSeat);
}

/** A progress as text. Inputs past the bound are left out, and with them all that come after. */
export function encodeProgress({ epoch, cursor, inputs }: KeptProgress): string {
  let bytes = 0;
  const end = inputs.findIndex(({ payload }) => {
    bytes += payload.length;
    return bytes > clientLimits.keptInputBytesMax;
  });
  const kept = inputs
    .slice(0, end < 0 ? inputs.length : end)
    .map((input) => ({ ...input, payload: textOf(input.payload) }));
  return JSON.stringify({ epoch, cursor, inputs: kept });
}

/** A progress of a text; undefined when it is of none. */
export function decodeProgress(text: string | null): KeptProgress | undefined {
  const fields = fieldsOf(text);
  if (fields === undefined) return undefined;
  const { epoch, cursor, inputs } = fields;
  if (!areTexts([epoch]) || !isCount(cursor) || !Array.isArray(inputs)) return undefined;
  const decoded = inputs.map(decodeInput);
  if (decoded.includes(undefined)) return undefined;
  return { epoch, cursor, inputs: decoded } as unknown as KeptProgress;
}

function decodeInput(input: unknown): KeptInput | undefined {
  if (typeof input !== "object" || input === null) return undefined;
  const { seq, kind, payload, wantsReply } = input as Record<string, unknown>;
  const bytes = bytesOf(payload);
  if (!isCount(seq) || !areTexts([kind]) || typeof wantsReply !== "boolean") return undefined;
  return bytes && ({ seq, kind, payload: bytes, wantsReply } as unknown as KeptInput);
}

/** Anybody may have written what is there. */
function fieldsOf(text: string | null): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function areTexts(values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === "string");
}

function isRate(value: unknown): boolean {
  return Number.isFinite(value) && Number(value) >= 0;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** Bytes as a text of base64. */
function textOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function bytesOf(text: unknown): Uint8Array | undefined {
  if (typeof text !== "string") return undefined;
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
