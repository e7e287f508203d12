import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import type { CloseReason } from "../../shared/close-reason.ts";
import { ServerMessageSchema, type GapReason } from "../../shared/gen/roomline/v1/realtime_pb.ts";

/** A server message without a header: what is written after a recipient's own. */
function body(message: MessageInitShape<typeof ServerMessageSchema>["body"]): Uint8Array {
  return toBinary(
    ServerMessageSchema,
    create(ServerMessageSchema, message ? { body: message } : {}),
  );
}

export function encodeGap(
  gap: { readonly from: number; readonly to: number; readonly reason: GapReason },
  epoch: string,
): Uint8Array {
  return body({
    case: "gap",
    value: { from: BigInt(gap.from), to: BigInt(gap.to), reason: gap.reason, epoch },
  });
}

export function encodeEndOfBacklog(cursor: number): Uint8Array {
  return body({ case: "endOfBacklog", value: { cursor: BigInt(cursor) } });
}

export function encodeLeft(reason: CloseReason, detail: string): Uint8Array {
  return body({
    case: "left",
    value: {
      code: reason.code,
      reason: detail === "" ? reason.meaning : detail,
      mayRejoin: reason.action !== "stop",
    },
  });
}
