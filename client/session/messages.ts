import { encodeClientMessage } from "../../shared/codec/client-frame.ts";
import { errorCodeOfWire, RoomlineError } from "../../shared/errors.ts";
import { jsonFault, jsonFaultText } from "../../shared/json-fault.ts";
import {
  Control_Action as Action,
  GapReason,
  JoinMode,
  PauseMode,
  Verdict,
  type Error as WireError,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { optionsBytesMax } from "../../shared/limits.ts";
import type { Position } from "../../shared/position.ts";
import type { Paused } from "./pause-control.ts";
import type { GapInfo, JoinOptions, VerdictName } from "./session-api.ts";

/** What a Join asks for, checked and encoded as far as it never changes. */
export interface JoinTarget {
  readonly roomId: string;
  readonly roomType: string;
  readonly mode: JoinMode;
  readonly optionsJson: string;
  /** Empty: none. Good for one Join only. */
  readonly reservation: string;
}

/** How the modes of a join travel. */
export const joinModes = {
  join: JoinMode.JOIN,
  create: JoinMode.CREATE,
  "join-or-create": JoinMode.JOIN_OR_CREATE,
} as const;

/**
 * The target that join options name.
 *
 * @throws RoomlineError `invalid-argument` when they name none, or the options have no JSON
 */
export function joinTarget(options: JoinOptions): JoinTarget {
  const { roomId = "", roomType = "", reservation = "", mode } = options;
  if (roomId === "" && roomType === "")
    throw new RoomlineError("invalid-argument", "join() needs a roomType, a roomId, or both.");
  if (reservation !== "" && roomId === "")
    throw new RoomlineError("invalid-argument", "A reservation needs the roomId it is for.");
  return {
    roomId,
    roomType,
    mode: mode === undefined ? JoinMode.UNSPECIFIED : joinModes[mode],
    optionsJson: options.options === undefined ? "" : toJson(options.options),
    reservation,
  };
}

function toJson(options: unknown): string {
  const fault = jsonFault(options, "options");
  if (fault !== undefined) throw invalid(`join(): ${jsonFaultText(fault)}.`);
  const json = JSON.stringify(options);
  if (utf8.encode(json).length > optionsBytesMax)
    throw invalid(`join(): the options have more than ${optionsBytesMax} bytes as JSON.`);
  return json;
}

const utf8 = new TextEncoder();

function invalid(message: string): RoomlineError {
  return new RoomlineError("invalid-argument", message);
}

/** A position as it travels. */
export function positionToWire({ epoch, cursor, stateTick }: Position) {
  return { epoch, cursor: BigInt(cursor), stateTick: BigInt(stateTick) };
}

/** Join, with where the client stood in the room earlier, if it did. */
export function encodeJoin(
  sessionId: string,
  target: JoinTarget & { readonly contract: string },
  position: Position | undefined,
): Uint8Array {
  const value = {
    ...target,
    ...(position !== undefined && { position: positionToWire(position) }),
  };
  return encodeClientMessage({ sessionId, body: { case: "join", value } });
}

/** Leave. */
export function encodeLeave(sessionId: string): Uint8Array {
  return encodeClientMessage({ sessionId, body: { case: "leave", value: {} } });
}

/** Control PAUSE with a mode, or RESUME. */
export function encodePause(sessionId: string, to: Paused): Uint8Array {
  const value =
    to === undefined
      ? { action: Action.RESUME }
      : { action: Action.PAUSE, mode: to === "skip" ? PauseMode.SKIP : PauseMode.BUFFER };
  return encodeClientMessage({ sessionId, body: { case: "control", value } });
}

/** Control SET_RATE. */
export function encodeSetRate(sessionId: string, rateHz: number): Uint8Array {
  const value = { action: Action.SET_RATE, rateHz };
  return encodeClientMessage({ sessionId, body: { case: "control", value } });
}

/** An Error of the server as one of ours. */
export function errorOfWire({ code, message, reason }: WireError): RoomlineError {
  return new RoomlineError(errorCodeOfWire(code), message, { reason });
}

/** The name of a verdict; one this version does not know counts as fresh. */
export function verdictName(verdict: Verdict): VerdictName {
  if (verdict === Verdict.RECOVERED) return "recovered";
  if (verdict === Verdict.SNAPSHOT) return "snapshot";
  return verdict === Verdict.GONE ? "gone" : "fresh";
}

/** The name of a gap's reason. */
export function gapReasonName(reason: GapReason): GapInfo["reason"] {
  if (reason === GapReason.LOG_TRIMMED) return "log-trimmed";
  if (reason === GapReason.EPOCH_CHANGED) return "epoch-changed";
  return reason === GapReason.HISTORY_LIMIT ? "history-limit" : "unknown";
}

/** The metadata of a room; undefined when there is none, or it is no JSON. */
export function metadataOf(json: string): unknown {
  if (json === "") return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
