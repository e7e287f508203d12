import type { JsonValue } from "@bufbuild/protobuf";
import { RoomlineError, type Session } from "roomline/client";
import { presenceInput } from "../../shared/contract/presence.ts";
import type { RoomType } from "./described-contract.ts";

/** What came of an input. */
export type Outcome =
  | {
      readonly ok: true;
      /** Undefined: its kind is not answered. */
      readonly reply: JsonValue | undefined;
      readonly tookMs?: number;
    }
  | {
      readonly ok: false;
      readonly code: string;
      /** What exactly, in a word of the room; empty: it gave none. */
      readonly reason: string;
      readonly message: string;
      readonly tookMs?: number;
    };

/** Sends an input given as JSON; of the kind `$presence`, says it of the player. Never rejects. */
export async function sendPlain(
  session: Session,
  roomType: RoomType,
  kind: string,
  plain: JsonValue,
): Promise<Outcome> {
  const { payloads } = roomType;
  try {
    if (kind === presenceInput) {
      await session.setPresence(plain);
      return { ok: true, reply: undefined };
    }
    const type = roomType.contract.inputs[kind];
    if (type === undefined)
      throw new RoomlineError("unknown-kind", `The room has no input "${kind}".`);
    if (!("request" in type)) {
      await session.send(kind as never, payloads.fromPlain(type, plain));
      return { ok: true, reply: undefined };
    }
    const request = payloads.fromPlain(type.request, plain);
    const reply = await session.request(kind as never, request);
    return { ok: true, reply: payloads.toPlain(type.reply, reply) };
  } catch (thrown) {
    const { code, reason, message } = RoomlineError.from(thrown, "invalid-payload");
    return { ok: false, code, reason, message };
  }
}
