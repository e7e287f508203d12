import { fromBinary } from "@bufbuild/protobuf";
import type { Kind, TableKind } from "../../shared/contract/contract-table.ts";
import { isJsonType } from "../../shared/contract/payload-type.ts";
import { membersTable } from "../../shared/contract/presence.ts";
import { closeReasons } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { ServerMessageSchema } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type {
  EventLook,
  KickOrder,
  LookBounds,
  PublishOrder,
  Question,
  Questions,
  RoomLook,
  RoomMember,
  TableLook,
} from "../feed/catalogue.ts";
import type { LogEntry } from "../feed/feed.ts";
import type { LiveRoom } from "./live-room.ts";
import { payloadJson, payloadOfJson, rowJson, valueJson } from "./shown-json.ts";

/** How each question is answered. */
type Answers = {
  readonly [K in keyof Questions]: (
    room: LiveRoom,
    question: Question<K>,
  ) => Questions[K]["answer"] | Promise<Questions[K]["answer"]>;
};

/** Answers what is asked of a room from outside. @throws RoomlineError */
export function answerOf<K extends keyof Questions>(
  room: LiveRoom,
  question: Question<K>,
): Questions[K]["answer"] | Promise<Questions[K]["answer"]> {
  // The kind picks the function that takes this very question.
  const answer: Answers[K] = answers[question.kind];
  return answer(room, question);
}

const answers: Answers = {
  watch: (room, watching) => room.admit(watching),
  look: lookAt,
  history(room, ask) {
    const { history } = room.feed;
    if (history !== undefined) return history.read(ask);
    throw new RoomlineError("invalid-use", `Room "${room.roomId}" keeps no history.`);
  },
  publish: publishTo,
  kick: kickFrom,
  close(room, { message, isTrial }) {
    if (isTrial !== true) room.close(closeReasons.roomClosed, message);
    return true;
  },
};

function lookAt(room: LiveRoom, bounds: LookBounds): RoomLook | "same" {
  const members = room.members();
  const signature = signatureOf(room, members);
  if (signature === bounds.unless) return "same";
  const { contract } = room.config;
  return {
    signature,
    standing: room.standing(),
    metadata: valueJson(room.facts.metadata),
    members,
    tables: contract.tables.all.map((kind) => lookAtTable(room, kind, bounds.rowsMax)),
    events: lookAtEvents(room, bounds.eventsMax),
    eventKinds: contract.events.all.map(({ name }) => name),
  };
}

/** Changes whenever there may be something new to see. */
function signatureOf(room: LiveRoom, members: readonly RoomMember[]): string {
  const { facts, feed, playerCount } = room;
  return JSON.stringify([
    feed.about.epoch,
    feed.log.head,
    // Nobody commits the state of an empty room; its code may change it all the same.
    playerCount === 0 ? room.tickNumber : feed.stateTick,
    members,
    facts.locked,
    facts.maxPlayers,
    valueJson(facts.metadata),
  ]);
}

function lookAtTable(room: LiveRoom, { name, type }: TableKind, rowsMax: number): TableLook {
  const { state, members } = room.context;
  const table = name === membersTable ? members : state[name];
  const rows = [];
  for (const [key, row] of table ?? []) {
    if (rows.length >= rowsMax) break;
    rows.push({ key, value: rowJson(type, row) });
  }
  return { name, rowsTotal: table?.size ?? 0, rows };
}

function lookAtEvents(room: LiveRoom, eventsMax: number): EventLook[] {
  const { log } = room.feed;
  const kinds = room.config.contract.events.byNumber;
  const events: EventLook[] = [];
  for (let cursor = Math.max(log.first, log.head - eventsMax + 1); cursor <= log.head; cursor++) {
    const entry = log.get(cursor);
    if (entry !== undefined) events.push(lookAtEvent(entry, kinds));
  }
  return events;
}

function lookAtEvent(
  { cursor, body: encoded, audience }: LogEntry,
  kinds: readonly (Kind | undefined)[],
): EventLook {
  const restricted = audience !== undefined;
  const { body } = fromBinary(ServerMessageSchema, encoded);
  // The room's publisher writes nothing else into its log.
  if (body.case !== "event") throw new Error(`Entry ${cursor} of a log is no event.`);
  const { kind: number, payload, sender, timeMs } = body.value;
  const kind = kinds[number];
  return {
    cursor,
    kind: kind?.name ?? "",
    payload: kind === undefined ? null : payloadJson(kind.type, payload),
    sender,
    timeMs: Number(timeMs),
    restricted,
  };
}

function publishTo(room: LiveRoom, { event, payload, isTrial }: PublishOrder): number {
  const { events } = room.config.contract;
  const kind = events.byName.get(event);
  if (kind === undefined) {
    const known = [...events.byName.keys()].join(", ");
    throw new RoomlineError(
      "unknown-kind",
      `Room type "${room.roomType}" has no event "${event}". It has: ${known === "" ? "none" : known}.`,
    );
  }
  const value = valueOf(kind, payload);
  return isTrial === true ? 0 : room.publish(event, value);
}

/** @throws RoomlineError `invalid-payload`, `invalid-argument` */
function valueOf(kind: Kind, payload: PublishOrder["payload"]): unknown {
  if (payload.codec === "json") return payloadOfJson(kind.type, payload.json);
  if (!isJsonType(kind.type)) return kind.decode(payload.bytes);
  throw new RoomlineError("invalid-argument", `Event "${kind.name}" is JSON: give it as json.`);
}

function kickFrom(room: LiveRoom, { playerId, message, isTrial }: KickOrder): true {
  if (!room.context.players.has(playerId)) {
    throw new RoomlineError(
      "unknown-session",
      `There is no player "${playerId}" in room "${room.roomId}".`,
    );
  }
  if (isTrial !== true) room.expel(playerId, closeReasons.kicked, message);
  return true;
}
