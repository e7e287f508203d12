import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import { encodeServerMessage } from "../../shared/codec/server-frame.ts";
import { wireErrorCode } from "../../shared/errors.ts";
import {
  ServerMessageSchema,
  type GapReason,
  type Verdict,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { RoomAbout } from "../feed/feed.ts";
import type { InputReply, Refusal } from "../feed/inbox.ts";
import type { HistoryAnswer } from "./history-call.ts";

// Bodies: what is written after a recipient's own header.

export function encodeGap(
  gap: { readonly from: number; readonly to: number; readonly reason: GapReason },
  epoch: string,
): Uint8Array {
  return encodeBody({
    case: "gap",
    value: { from: BigInt(gap.from), to: BigInt(gap.to), reason: gap.reason, epoch },
  });
}

export function encodeEndOfBacklog(cursor: number): Uint8Array {
  return encodeBody({ case: "endOfBacklog", value: { cursor: BigInt(cursor) } });
}

export function encodeLeft(reason: CloseReason, detail: string): Uint8Array {
  return encodeBody({ case: "left", value: leftValue(reason, detail) });
}

export function encodeReply(seq: number, reply: InputReply): Uint8Array {
  return encodeBody({ case: "reply", value: replyValue(seq, reply) });
}

/** What was read of a room's history, or why it was not. */
export function encodeHistory(call: number, answer: HistoryAnswer | Refusal): Uint8Array {
  return encodeBody({ case: "history", value: historyValue(call, answer) });
}

function encodeBody(body: MessageInitShape<typeof ServerMessageSchema>["body"]): Uint8Array {
  return toBinary(ServerMessageSchema, create(ServerMessageSchema, body ? { body } : {}));
}

// Frames of one message, which go ahead of events and state.

/** An Error about a session. `inputSeq`: the input it is about; 0 for none with a number. */
export function encodeSessionError(sessionId: string, refusal: Refusal, inputSeq = 0): Uint8Array {
  const value = { ...refusalValue(refusal), inputSeq: BigInt(inputSeq) };
  return encodeServerMessage({ sessionId, body: { case: "error", value } });
}

/** A Reply that does not wait for a state. */
export function encodeReplyFrame(sessionId: string, seq: number, reply: InputReply): Uint8Array {
  return encodeServerMessage({
    sessionId,
    body: { case: "reply", value: replyValue(seq, reply) },
  });
}

/** History that does not wait for a state. */
export function encodeHistoryFrame(sessionId: string, call: number, refusal: Refusal): Uint8Array {
  const body = { case: "history", value: historyValue(call, refusal) } as const;
  return encodeServerMessage({ sessionId, body });
}

/** Joined. */
export function encodeJoined(joined: {
  readonly sessionId: string;
  readonly playerId: string;
  readonly about: RoomAbout;
  readonly metadataJson: string;
  readonly cursor: number;
  readonly verdict: Verdict;
}): Uint8Array {
  const { sessionId, about, cursor, ...rest } = joined;
  const { roomId, roomType, epoch, tickRateHz, updateRateHz, contract } = about;
  return encodeServerMessage({
    sessionId,
    body: {
      case: "joined",
      value: {
        roomId,
        roomType,
        epoch,
        tickRateHz,
        updateRateHz,
        contract,
        cursor: BigInt(cursor),
        playerId: rest.playerId,
        verdict: rest.verdict,
        metadataJson: rest.metadataJson,
      },
    },
  });
}

/** Left, for a Join that was taken back before it had a seat. */
export function encodeNotSeated(sessionId: string): Uint8Array {
  return encodeServerMessage({
    sessionId,
    body: { case: "left", value: leftValue(closeReasons.left, "") },
  });
}

function replyValue(seq: number, reply: InputReply) {
  return reply.kind === "payload"
    ? { seq: BigInt(seq), payload: reply.payload }
    : { seq: BigInt(seq), error: refusalValue(reply) };
}

function historyValue(call: number, answer: HistoryAnswer | Refusal) {
  if ("code" in answer) return { call, error: refusalValue(answer) };
  const { entries, from, more } = answer;
  const events = entries.flatMap(({ body: encoded }) => {
    const { body } = fromBinary(ServerMessageSchema, encoded);
    return body.case === "event" ? [body.value] : [];
  });
  return { call, events, from: BigInt(from), more };
}

/** Texts for people are cut: they are never what a message is for, and one of megabytes would wait in the control lane. */
const textLengthMax = 1_024;

function refusalValue({ code, message, reason }: Refusal) {
  return {
    code: wireErrorCode(code),
    message: message.slice(0, textLengthMax),
    reason: reason.slice(0, textLengthMax),
  };
}

function leftValue(reason: CloseReason, detail: string) {
  return {
    code: reason.code,
    reason: detail === "" ? reason.meaning : detail.slice(0, textLengthMax),
    mayRejoin: reason.action !== "stop",
  };
}
