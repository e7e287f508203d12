import { closeReasonOf } from "../../shared/close-reason.ts";
import { safeNumber } from "../../shared/codec/safe-number.ts";
import type { ServerFrameSink, ServerHeader } from "../../shared/codec/server-frame.ts";
import {
  Control_Action as Action,
  type Control,
  type ServerMessage,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { errorOfWire } from "./messages.ts";
import { pausedOfWire } from "./pause-control.ts";
import type { SessionCore } from "./core.ts";

/** What the server sends to one session, handed on to its parts: inputs, flow, or the session itself. */
export function createSessionSink(session: SessionCore): ServerFrameSink {
  /** What the room did is seen before it is said to be done (rule IN-2). */
  const onAck = (seq: number): void => {
    if (seq === 0) return;
    if (session.flow.isHeld) session.flow.afterHold(() => session.inputs.ack(seq));
    else session.inputs.ack(seq);
  };
  /** What stands before every body (rules IN-2, RL-3), and may stand alone. */
  const onHeader = (header: Readonly<ServerHeader>): void => {
    onAck(header.inputAck);
    if (header.skippedTo > 0) session.flow.skip(header.skippedTo);
  };
  return {
    onHeader,
    onEvent(header, event) {
      onAck(header.inputAck);
      // What is skipped before an event is judged together with it (rule RL-4).
      if (session.hasSeat) session.flow.event(event, header.skippedTo);
    },
    onState(header, state) {
      onHeader(header);
      if (session.hasSeat) session.flow.state(state);
    },
    onMessage(header, body) {
      onHeader(header);
      dispatchBody(session, body);
    },
  };
}

/** Bodies that make no sense for a session are passed over. */
function dispatchBody(session: SessionCore, body: ServerMessage["body"]): void {
  switch (body.case) {
    case "joined":
      return session.onJoined(body.value);
    case "reply": {
      const { seq, payload, error } = body.value;
      const result = error === undefined ? payload : errorOfWire(error);
      return session.flow.afterHold(() => session.inputs.reply(safeNumber(seq), result));
    }
    case "history": {
      const answer = body.value;
      return session.flow.afterHold(() => session.history.answer(answer));
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
    case "error": {
      const error = errorOfWire(body.value);
      if (session.inputs.refuse(safeNumber(body.value.inputSeq), error)) session.onError(error);
      return;
    }
    case "welcome":
    case "event":
    case "state":
    case "heartbeat":
    case "healthCheck":
    case "goAway":
    case "authenticated":
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
