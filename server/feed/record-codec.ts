import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { closeReasonOf } from "../../shared/close-reason.ts";
import { safeNumber } from "../../shared/codec/safe-number.ts";
import { RoomlineError, type RoomlineErrorCode } from "../../shared/errors.ts";
import { ContractTableSchema } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type {
  Audience as WireAudience,
  Entry,
  EntrySchema,
  Failure,
  FailureSchema,
  FeedCommit,
  FeedOpened,
  Reply,
  ReplySchema,
  RoomRow as WireRow,
  RoomRowSchema,
  SeatAnswer as WireAnswer,
  SeatAnswerSchema,
  StateDiff,
  StateDiffSchema,
} from "../../shared/gen/roomline/node/v1/node_pb.ts";
import type { RoomRow } from "./catalogue.ts";
import type { Commit, SeatAnswer } from "./commit.ts";
import type { Audience, EphemeralEntry, LogEntry, RoomAbout, StatePatch } from "./feed.ts";
import type { InputReply, Refusal, SeatError } from "./inbox.ts";

// The records of the feed, from and to what crosses a link and what an image has. All of it is plain data already, so nothing is decided here.

export function entryToWire(
  entry: EphemeralEntry & Partial<Pick<LogEntry, "cursor" | "afterTick">>,
) {
  const { cursor = 0, afterTick = 0, body, audience } = entry;
  const wire: MessageInitShape<typeof EntrySchema> = {
    ...{ cursor: BigInt(cursor), body },
    afterTick: BigInt(afterTick),
  };
  if (audience === undefined) return wire;
  const { players, mode } = audience;
  return { ...wire, audience: { players: [...players], except: mode === "except" } };
}

export function patchToWire({ baseTick, tick, body }: StatePatch) {
  return {
    baseTick: BigInt(baseTick),
    tick: BigInt(tick),
    body,
  } satisfies MessageInitShape<typeof StateDiffSchema>;
}

export function patchOfWire({ baseTick, tick, body }: StateDiff): StatePatch {
  return { baseTick: safeNumber(baseTick), tick: safeNumber(tick), body };
}

export function failureToWire(refusal: Refusal): MessageInitShape<typeof FailureSchema> {
  const { code, message, reason } = refusal;
  return { code, message, reason };
}

export function errorOfWire({
  code,
  message,
  reason,
}: Pick<Failure, "code" | "message" | "reason">): RoomlineError {
  return new RoomlineError(codeOf(code), message, { reason });
}

export function replyToWire(seq: number, reply: InputReply): MessageInitShape<typeof ReplySchema> {
  return reply.kind === "payload"
    ? { seq: BigInt(seq), payload: reply.payload }
    : { seq: BigInt(seq), failure: failureToWire(reply) };
}

export function replyOfWire({ seq, payload, failure }: Reply) {
  const reply: InputReply =
    failure === undefined
      ? { kind: "payload", payload }
      : { kind: "error", ...refusalOfWire(failure) };
  return { seq: safeNumber(seq), reply };
}

export function answerToWire(answer: SeatAnswer): MessageInitShape<typeof SeatAnswerSchema> {
  const { seat } = answer;
  switch (answer.kind) {
    case "reply":
      return { seat, kind: { case: "reply", value: replyToWire(answer.seq, answer.reply) } };
    case "error": {
      const inputSeq = BigInt(answer.inputSeq);
      return { seat, kind: { case: "error", value: { ...failureToWire(answer), inputSeq } } };
    }
    case "ended": {
      const value = { code: answer.reason.code, detail: answer.detail };
      return { seat, kind: { case: "ended", value } };
    }
  }
}

export function answerOfWire({ seat, kind }: WireAnswer): SeatAnswer | undefined {
  switch (kind.case) {
    case "reply":
      return { seat, kind: "reply", ...replyOfWire(kind.value) };
    case "error": {
      const inputSeq = safeNumber(kind.value.inputSeq);
      return { seat, kind: "error", ...refusalOfWire(kind.value), inputSeq };
    }
    case "ended": {
      const { code, detail } = kind.value;
      return { seat, kind: "ended", reason: closeReasonOf(code), detail };
    }
    case undefined:
      return undefined;
  }
}

/** A commit, as the room's own process would hand it over. */
export function commitOfWire(wire: FeedCommit): Commit {
  const { patch, acks, answers } = wire;
  return {
    first: safeNumber(wire.first),
    entries: wire.entries.map(entryOfWire),
    ephemerals: wire.ephemerals.map(ephemeralOfWire),
    stateTick: safeNumber(wire.stateTick),
    patch: patch && patchOfWire(patch),
    acks: acks.map(safeNumber),
    answers: answers.flatMap((answer) => answerOfWire(answer) ?? []),
  };
}

export function aboutOfWire(roomId: string, opened: FeedOpened): RoomAbout {
  const { roomType, epoch, tickRateHz, updateRateHz, historyOnJoin, resumeWindowMs } = opened;
  const contract = opened.contract ?? create(ContractTableSchema);
  return {
    ...{ roomId, roomType, epoch, tickRateHz, updateRateHz },
    ...{ historyOnJoin, resumeWindowMs, contract },
  };
}

export function entryOfWire({ cursor, body, audience, afterTick }: Entry): LogEntry {
  return {
    cursor: safeNumber(cursor),
    body,
    audience: audienceOfWire(audience),
    afterTick: safeNumber(afterTick),
  };
}

/** One that outlives the bytes it was read from. */
export function keptEntryOfWire(wire: Entry): LogEntry {
  const entry = entryOfWire(wire);
  return { ...entry, body: new Uint8Array(entry.body) };
}

export function ephemeralOfWire({ body, audience }: Entry): EphemeralEntry {
  return { body, audience: audienceOfWire(audience) };
}

function audienceOfWire(wire: WireAudience | undefined): Audience | undefined {
  if (wire === undefined) return undefined;
  return { players: new Set(wire.players), mode: wire.except ? "except" : "only" };
}

export function rowToWire(row: RoomRow): MessageInitShape<typeof RoomRowSchema> {
  return { ...row, ordinal: BigInt(row.ordinal), revision: BigInt(row.revision) };
}

export function rowOfWire({ $typeName: _, ...row }: WireRow): RoomRow {
  return { ...row, ordinal: safeNumber(row.ordinal), revision: safeNumber(row.revision) };
}

/** An error of an input, of a seat that goes to another node. */
export function seatErrorToWire({ inputSeq, refusal }: SeatError) {
  return { ...failureToWire(refusal), inputSeq: BigInt(inputSeq) };
}

export function seatErrorOfWire(failure: Failure): SeatError {
  return { inputSeq: safeNumber(failure.inputSeq), refusal: refusalOfWire(failure) };
}

function refusalOfWire({ code, message, reason }: Failure): Refusal {
  return { code: codeOf(code), message, reason };
}

/** Nodes of one version know the same names. */
function codeOf(name: string): RoomlineErrorCode {
  return name as RoomlineErrorCode;
}
