import { encodeServerMessage } from "../../shared/codec/server-frame.ts";
import { wireErrorCode, type RoomlineErrorCode } from "../../shared/errors.ts";
import type { InputReply } from "../feed/feed.ts";

/** An Error about a session, as a frame. */
export function encodeSessionError(
  sessionId: string,
  code: RoomlineErrorCode,
  message: string,
): Uint8Array {
  return encodeServerMessage({
    sessionId,
    body: { case: "error", value: { code: wireErrorCode(code), message } },
  });
}

/** A Reply, as a frame. */
export function encodeReply(sessionId: string, seq: number, reply: InputReply): Uint8Array {
  return encodeServerMessage({ sessionId, body: { case: "reply", value: replyBody(seq, reply) } });
}

function replyBody(seq: number, reply: InputReply) {
  if (reply.kind === "payload") return { seq: BigInt(seq), payload: reply.payload };
  return {
    seq: BigInt(seq),
    error: { code: wireErrorCode(reply.code), message: reply.message },
  };
}
