import { ErrorCode as WireCode } from "./gen/roomline/v1/realtime_pb.ts";

/** Names of what can go wrong, the same in code, logs and docs. */
export type RoomlineErrorCode =
  | "invalid-argument"
  | "unknown-room"
  | "unknown-room-type"
  | "room-full"
  | "room-locked"
  | "join-refused"
  | "room-exists"
  | "too-many-rooms"
  | "too-many-sessions"
  | "unknown-session"
  | "session-exists"
  | "unknown-kind"
  | "invalid-payload"
  | "input-dropped"
  | "rate-limited"
  | "internal"
  | "draining"
  | "invalid-reservation"
  | "refused"
  | "contract-mismatch"
  | "history-unavailable"
  // Only ever from WatchService:
  | "watch-refused"
  | "watch-exists"
  | "too-many-watches"
  // Only ever from AdminService:
  | "unknown-node"
  // Why a token is refused; sent as the detail of a close:
  | "token-missing"
  | "token-malformed"
  | "token-algorithm"
  | "token-key"
  | "token-signature"
  | "token-expired"
  | "token-early"
  | "token-issuer"
  | "token-audience"
  | "token-claims"
  | "token-revoked"
  // Only ever raised where they are caught, never sent:
  | "invalid-config"
  | "invalid-use"
  | "invalid-image"
  | "invalid-recording"
  | "replay-differs"
  | "not-portable"
  | "room-moved"
  | "storage-failed"
  | "address-in-use"
  | "unavailable"
  | "unauthenticated"
  | "connection-closed"
  | "session-closed"
  | "session-gone"
  | "too-many-unacked-inputs"
  | "malformed-frame"
  | "simulation-failed"
  | "frame-too-large";

const wireCodes: Partial<Record<RoomlineErrorCode, WireCode>> = {
  "invalid-argument": WireCode.INVALID_ARGUMENT,
  "unknown-room": WireCode.UNKNOWN_ROOM,
  "unknown-room-type": WireCode.UNKNOWN_ROOM_TYPE,
  "room-full": WireCode.ROOM_FULL,
  "room-locked": WireCode.ROOM_LOCKED,
  "join-refused": WireCode.JOIN_REFUSED,
  "room-exists": WireCode.ROOM_EXISTS,
  "too-many-rooms": WireCode.TOO_MANY_ROOMS,
  "too-many-sessions": WireCode.TOO_MANY_SESSIONS,
  "unknown-session": WireCode.UNKNOWN_SESSION,
  "session-exists": WireCode.SESSION_EXISTS,
  "unknown-kind": WireCode.UNKNOWN_KIND,
  "invalid-payload": WireCode.INVALID_PAYLOAD,
  "input-dropped": WireCode.INPUT_DROPPED,
  "rate-limited": WireCode.RATE_LIMITED,
  internal: WireCode.INTERNAL,
  draining: WireCode.DRAINING,
  "invalid-reservation": WireCode.INVALID_RESERVATION,
  refused: WireCode.REFUSED,
  "contract-mismatch": WireCode.CONTRACT_MISMATCH,
  "history-unavailable": WireCode.HISTORY_UNAVAILABLE,
};

const namesOfWireCodes = new Map<number, RoomlineErrorCode>();
for (const [name, code] of Object.entries(wireCodes)) {
  namesOfWireCodes.set(code, name as RoomlineErrorCode);
}

/** The one error class. `code` says what happened, `message` says it to a person, with what to do about it. */
export class RoomlineError extends Error {
  readonly code: RoomlineErrorCode;
  /**
   * What exactly, in a word of whoever refused: `new RoomlineError("refused", "You need 30 coins.", { reason: "too-poor" })` in a
   * room's code reaches the client as it is. Empty when nothing was given.
   */
  readonly reason: string;

  constructor(
    code: RoomlineErrorCode,
    message: string,
    options?: { readonly cause?: unknown; readonly reason?: string },
  ) {
    super(message, options);
    this.name = "RoomlineError";
    this.code = code;
    this.reason = options?.reason ?? "";
  }

  /** Makes a RoomlineError of anything that was thrown; one that already is stays itself. Never throws. */
  static from(thrown: unknown, code: RoomlineErrorCode = "internal"): RoomlineError {
    if (isRoomlineError(thrown)) return thrown;
    return new RoomlineError(code, messageOf(thrown), { cause: thrown });
  }
}

/** Never throws itself: even to ask for the prototype of a proxy may. */
function isRoomlineError(thrown: unknown): thrown is RoomlineError {
  try {
    return thrown instanceof RoomlineError;
  } catch {
    return false;
  }
}

/**
 * The message of anything that was thrown. Never throws itself: not every object can be made a string, and not every error
 * has a message that is one.
 */
export function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return "something that has no text was thrown";
  }
}

/** Whether a code means something to the other end; the others are failures of this one. */
export function isSentCode(code: RoomlineErrorCode): boolean {
  return code !== "internal" && wireCodes[code] !== undefined;
}

/** The number of a code on the wire; codes that are never sent become INTERNAL. */
export function wireErrorCode(code: RoomlineErrorCode): WireCode {
  return wireCodes[code] ?? WireCode.INTERNAL;
}

/** Names that services say, and that have no number on the wire. */
const namedOnly: ReadonlySet<string> = new Set<RoomlineErrorCode>([
  "token-expired",
  "token-revoked",
]);

/** The code of this name, if it is one that is sent. */
export function errorCodeNamed(name: string): RoomlineErrorCode | undefined {
  const isKnown = Object.hasOwn(wireCodes, name) || namedOnly.has(name);
  return isKnown ? (name as RoomlineErrorCode) : undefined;
}

/** The code of a number on the wire; an unknown number is "internal". */
export function errorCodeOfWire(code: number): RoomlineErrorCode {
  return namesOfWireCodes.get(code) ?? "internal";
}
