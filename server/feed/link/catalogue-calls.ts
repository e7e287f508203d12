import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { RoomlineError } from "../../../shared/errors.ts";
import { FeedCommitSchema, type Call } from "../../../shared/gen/roomline/node/v1/node_pb.ts";
import type { Catalogue, Question, Questions, RoomCaller, SeatHold } from "../catalogue.ts";
import type { HistoryPage } from "../feed.ts";
import { entryOfWire, entryToWire } from "../record-codec.ts";
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

/** The words of a call, for {@link answerCall}. */
export function writeCall(ask: CatalogueCalls[keyof CatalogueCalls]["ask"]): string {
  return JSON.stringify(
    "question" in ask ? { ...ask, question: questionToJson(ask.question) } : ask,
  );
}

/** Whoever asks from another node has still to read of the room, and to ask for a seat. */
const onTheWay = { isWanted: true, arrivesWithinMs: 30_000 };

/**
 * Asks the catalogue of this node what another one wants to know; both ends are of one version. Rejects with what the
 * catalogue throws.
 */
export async function answerCall(
  rooms: Pick<Catalogue, "open" | "reserve" | "ask">,
  { method, json }: Pick<Call, "method" | "json">,
): Promise<string> {
  switch (method) {
    case "open": {
      const { query, caller } = JSON.parse(json) as CatalogueCalls["open"]["ask"];
      const { feed } = await rooms.open(query, caller, onTheWay);
      return JSON.stringify({ roomId: feed.about.roomId });
    }
    case "reserve": {
      const { roomId, hold } = JSON.parse(json) as CatalogueCalls["reserve"]["ask"];
      return JSON.stringify({ secret: await rooms.reserve(roomId, hold) });
    }
    case "ask": {
      const { roomId, question } = JSON.parse(json) as CatalogueCalls["ask"]["ask"];
      const answer = await rooms.ask(roomId, questionOfJson(question));
      return JSON.stringify({ answer: answerToJson(question.kind, answer) });
    }
    default:
      throw new RoomlineError("invalid-argument", `A node is not asked for "${method}".`);
  }
}

/** A question as JSON: the only bytes in it are those of an event. */
function questionToJson(question: Question): unknown {
  if (question.kind !== "publish" || question.payload.codec === "json") return question;
  const base64 = Buffer.from(question.payload.bytes).toString("base64");
  return { ...question, payload: { codec: "base64", base64 } };
}

function questionOfJson(asked: Question | Base64Publish): Question {
  if (asked.kind !== "publish" || asked.payload.codec !== "base64") return asked as Question;
  const bytes = new Uint8Array(Buffer.from(asked.payload.base64, "base64"));
  return { ...asked, payload: { codec: "binary", bytes } };
}

/** An answer as JSON: the only bytes in it are those of history. */
function answerToJson(
  kind: Question["kind"],
  answer: Questions[Question["kind"]]["answer"],
): unknown {
  return kind === "history" ? pageToJson(answer as HistoryPage) : answer;
}

/** What {@link answerCall} has written of an answer. */
export function answerOfJson(kind: Question["kind"], answer: unknown): unknown {
  return kind === "history" ? pageOfJson(answer as Base64Page) : answer;
}

function pageToJson({ entries, ...page }: HistoryPage): Base64Page {
  const wire = create(FeedCommitSchema, { entries: entries.map(entryToWire) });
  return { ...page, base64: Buffer.from(toBinary(FeedCommitSchema, wire)).toString("base64") };
}

function pageOfJson({ base64, ...page }: Base64Page): HistoryPage {
  const { entries } = fromBinary(FeedCommitSchema, Buffer.from(base64, "base64"));
  return { ...page, entries: entries.map(entryOfWire) };
}

/** The entries of a page are encoded as those of a commit. */
type Base64Page = Omit<HistoryPage, "entries"> & { readonly base64: string };

type Base64Publish = Omit<Question<"publish">, "payload"> & {
  readonly payload: { readonly codec: "base64"; readonly base64: string };
};
