import { RoomlineError } from "../../../shared/errors.ts";
import type { Call } from "../../../shared/gen/roomline/node/v1/node_pb.ts";
import type { Catalogue, Question, RoomCaller, SeatHold } from "../catalogue.ts";
import type { RoomQuery } from "../room-query.ts";

/** What is asked of the rooms of another node, by the name of the method. Plain data, so it travels as JSON. */
export interface CatalogueCalls {
  open: {
    readonly ask: { readonly query: RoomQuery; readonly caller: RoomCaller };
    readonly answer: { readonly roomId: string };
  };
  reserve: {
    readonly ask: { readonly roomId: string; readonly hold: SeatHold };
    readonly answer: { readonly secret: string };
  };
  ask: {
    readonly ask: { readonly roomId: string; readonly question: Question };
    readonly answer: { readonly answer: unknown };
  };
}

/** Asks the catalogue of this node, in words that both ends know (they are of one version), what another one wants to know. Rejects with what the catalogue throws. */
export async function answerCall(
  rooms: Pick<Catalogue, "open" | "reserve" | "ask">,
  { method, json }: Pick<Call, "method" | "json">,
): Promise<string> {
  switch (method) {
    case "open": {
      const { query, caller } = readJson(json) as CatalogueCalls["open"]["ask"];
      const { feed } = await rooms.open(query, caller);
      return writeJson({ roomId: feed.about.roomId });
    }
    case "reserve": {
      const { roomId, hold } = readJson(json) as CatalogueCalls["reserve"]["ask"];
      return writeJson({ secret: await rooms.reserve(roomId, hold) });
    }
    case "ask": {
      const { roomId, question } = readJson(json) as CatalogueCalls["ask"]["ask"];
      return writeJson({ answer: await rooms.ask(roomId, question) });
    }
    default:
      throw new RoomlineError("invalid-argument", `A node is not asked for "${method}".`);
  }
}

/** JSON with bytes in it. */
export function writeJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part instanceof Uint8Array ? { $bytes: Buffer.from(part).toString("base64") } : part,
  );
}

/** What {@link writeJson} wrote. */
export function readJson(json: string): unknown {
  return JSON.parse(json, (_, part: unknown) =>
    isBytes(part) ? new Uint8Array(Buffer.from(part.$bytes, "base64")) : part,
  );
}

function isBytes(part: unknown): part is { readonly $bytes: string } {
  return (
    typeof part === "object" && part !== null && "$bytes" in part && typeof part.$bytes === "string"
  );
}
