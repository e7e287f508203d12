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
  /** Where the first Join begins; undefined: nowhere in particular. */
  readonly from: Position | undefined;
  /** How many events of before are wanted; undefined: as many as the room gives. */
  readonly history: number | undefined;
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
  const { roomId = "", roomType = "", reservation = "", mode, position, history } = options;
  if (roomId === "" && roomType === "")
    throw new RoomlineError("invalid-argument", "join() needs a roomType, a roomId, or both.");
  if (reservation !== "" && roomId === "")
    throw new RoomlineError("invalid-argument", "A reservation needs the roomId it is for.");
  if (history !== undefined && !isCount(history, 0, historyWantedMax))
    throw invalid(
      `join(): history is ${history}; give it how many events of before are wanted, 0 to ${historyWantedMax}.`,
    );
  if (position !== undefined && !isPosition(position))
    throw invalid("join(): position has to be one of a session: { epoch, cursor }.");
  return {
    roomId,
    roomType,
    mode: mode === undefined ? JoinMode.UNSPECIFIED : joinModes[mode],
    optionsJson: options.options === undefined ? "" : toJson(options.options),
    reservation,
    history,
    from: position && { epoch: position.epoch, cursor: position.cursor, stateTick: 0 },
  };
}

/** As many as any room keeps. */
const historyWantedMax = 1_000_000;

/** Whether it is a whole number from `min` to `max`. */
export function isCount(value: unknown, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
}

function isPosition({ epoch, cursor }: { readonly epoch: unknown; readonly cursor: unknown }) {
  return typeof epoch === "string" && isCount(cursor, 0, Number.MAX_SAFE_INTEGER);
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
  position = target.from,
): Uint8Array {
  const { from: _, history, ...rest } = target;
  const value = {
    ...rest,
    ...(history !== undefined && { history }),
    ...(position !== undefined && { position: positionToWire(position) }),
  };
  return encodeClientMessage({ sessionId, body: { case: "join", value } });
}

/** Leave. */
export function encodeLeave(sessionId: string): Uint8Array {
  return encodeClientMessage({ sessionId, body: { case: "leave", value: {} } });
}

/** ReadHistory. */
export function encodeReadHistory(
  sessionId: string,
  {
    call,
    before,
    count,
  }: { readonly call: number; readonly before: number; readonly count: number },
): Uint8Array {
  const value = { call, before: BigInt(before), count };
  return encodeClientMessage({ sessionId, body: { case: "readHistory", value } });
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
  if (reason === GapReason.HISTORY_UNAVAILABLE) return "history-unavailable";
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
