import { closeReasonOf } from "../../shared/close-reason.ts";
import { safeNumber } from "../../shared/codec/safe-number.ts";
import type { EventMessage, ServerHeader } from "../../shared/codec/server-frame.ts";
import { errorCodeOfWire, RoomlineError } from "../../shared/errors.ts";
import {
  Control_Action as Action,
  type Control,
  type Error as WireError,
  type ServerMessage,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { pausedOfWire } from "./pause-control.ts";
import type { SessionCore } from "./core.ts";

/** An Error of the server as one of ours. */
export function errorOfWire({ code, message }: WireError): RoomlineError {
  return new RoomlineError(errorCodeOfWire(code), message);
}

/** What stands before every body (rules IN-2, RL-3), and may stand alone. */
export function dispatchHeader(session: SessionCore, header: Readonly<ServerHeader>): void {
  session.inputs.ack(header.inputAck);
  if (header.skippedTo > 0) session.flow.skip(header.skippedTo);
}

/** An event, with its header (rule RL-4). */
export function dispatchEvent(
  session: SessionCore,
  header: Readonly<ServerHeader>,
  event: Readonly<EventMessage>,
): void {
  session.inputs.ack(header.inputAck);
  if (session.hasSeat) session.flow.event(event, header.skippedTo);
}

/** The bytes of a State, with its header (rule ST-1). */
export function dispatchState(
  session: SessionCore,
  header: Readonly<ServerHeader>,
  state: Uint8Array,
): void {
  dispatchHeader(session, header);
  if (session.hasSeat) session.flow.state(state);
}

/** Hands a message of the server to its session. Bodies that make no sense for a session are passed over. */
export function dispatchMessage(
  session: SessionCore,
  header: Readonly<ServerHeader>,
  body: ServerMessage["body"],
): void {
  dispatchHeader(session, header);
  switch (body.case) {
    case "joined":
      return session.onJoined(body.value);
    case "reply": {
      const { seq, payload, error } = body.value;
      const result = error === undefined ? payload : errorOfWire(error);
      return session.inputs.reply(safeNumber(seq), result);
    }
    case "control":
      return dispatchControl(session, body.value);
    case "gap":
      return session.hasSeat ? session.flow.gap(body.value) : undefined;
    case "endOfBacklog":
      return session.flow.backlogEnd(safeNumber(body.value.cursor));
    case "left": {
      const { code, reason: detail, mayRejoin } = body.value;
      return session.onLeft({ reason: closeReasonOf(code), detail, mayRejoin });
    }
    case "error":
      session.inputs.refuse(safeNumber(body.value.inputSeq), errorOfWire(body.value));
      return session.onError(errorOfWire(body.value));
    case "welcome":
    case "event":
    case "state":
    case "heartbeat":
    case "healthCheck":
    case "goAway":
    case undefined:
      return;
  }
}

function dispatchControl(session: SessionCore, control: Control): void {
  if (control.action === Action.PAUSED) session.onPaused(pausedOfWire(control.mode) ?? "buffer", 0);
  else if (control.action === Action.RESUMED)
    session.onPaused(undefined, safeNumber(control.cursor));
  else if (control.action === Action.THROTTLED) session.onThrottled(control.rateHz, control.reason);
}
