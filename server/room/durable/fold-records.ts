import { create } from "@bufbuild/protobuf";
import type { RoomRecord, SeatChange } from "../../../shared/gen/roomline/room/v1/record_pb.ts";
import {
  ParkedImageSchema,
  type FeedImage,
  type RoomImage,
  type SeatImage,
  type SeatsImage,
} from "../../../shared/gen/roomline/room/v1/image_pb.ts";
import type { SeatAnswer, StateDiff } from "../../../shared/gen/roomline/node/v1/node_pb.ts";
import { safeNumber } from "../../../shared/codec/safe-number.ts";
import { patchOfWire } from "../../feed/record-codec.ts";

/** Errors that a seat is told again (rule IN-6). */
const errorsMax = 64;

/** What these records have of a room's tables. */
export function commitsOf(records: readonly RoomRecord[]) {
  const commitOf = (tick: bigint, patch: StateDiff | undefined) => ({
    tick: safeNumber(tick),
    patch: patch && patchOfWire(patch),
  });
  return {
    state: records.map(({ tick, patch }) => commitOf(tick, patch)),
    hidden: records.map(({ tick, hidden }) => commitOf(tick, hidden)),
  };
}

/**
 * Has an image tell what its room was like after these records, which follow it without a gap; but for its tables, which the records
 * themselves go on with. What had been done and was in no record is forgotten: nobody has seen it, and what players have sent comes
 * again.
 */
export function foldRecords(image: RoomImage, records: readonly RoomRecord[]): void {
  const { feed, seats } = image;
  const folded = seats && new FoldedSeats(seats);
  if (image.open?.stored === true) showOpen(image, folded);
  const last = records.at(-1);
  if (last === undefined) {
    folded?.end();
    return;
  }
  forgetUnseen(image);
  let [alarmsAtMs, reservationsAtMs] = [image.atMs, image.atMs];
  if (feed !== undefined) age(feed, last.atMs - image.atMs);
  for (const record of records) {
    if (feed !== undefined) foldFeed(feed, record, last.atMs);
    folded?.fold(record);
    if (record.facts !== undefined) image.facts = record.facts;
    if (record.saved !== undefined) image.saved = record.saved;
    if (record.random.length > 0) image.random = record.random;
    if (record.alarms !== undefined) {
      image.alarms = record.alarms.alarms;
      alarmsAtMs = record.atMs;
    }
    if (record.reservations === undefined || seats === undefined) continue;
    seats.reservations = record.reservations.reservations;
    reservationsAtMs = record.atMs;
  }
  folded?.end();
  for (const alarm of image.alarms) alarm.leftMs -= last.atMs - alarmsAtMs;
  for (const held of seats?.reservations ?? []) held.leftMs -= last.atMs - reservationsAtMs;
  image.tick = last.tick;
  image.recordN = last.n;
  image.atMs = last.atMs;
  if (last.term > image.term) image.term = last.term;
  if (image.open !== undefined) image.open.stateHead = feed?.head ?? 0n;
}

/** The image is kept in place of a record: what it calls open may have been seen. */
function showOpen({ open, feed, state }: RoomImage, seats: FoldedSeats | undefined): void {
  if (open === undefined) return;
  for (const entry of open.entries) {
    feed?.entries.push(entry);
    feed?.agesMs.push(0);
    if (feed !== undefined) feed.head = entry.cursor;
  }
  if (feed !== undefined && state !== undefined && state.tick > feed.stateTick) {
    feed.previousStateTick = feed.stateTick;
    feed.stateTick = state.tick;
  }
  for (const answer of open.answers) seats?.answer(answer);
  for (const list of [open.entries, open.ephemerals, open.acks, open.answers]) list.length = 0;
  open.stored = false;
}

/** What nobody has seen: what was done and not committed, and inputs that wait. */
function forgetUnseen(image: RoomImage): void {
  for (const state of [image.state, image.hidden]) {
    for (const table of state?.tables ?? []) table.pending = new Uint8Array(0);
  }
  const { open, seats } = image;
  if (open !== undefined) {
    for (const list of [open.entries, open.ephemerals, open.acks]) list.length = 0;
    for (const list of [open.answers, open.heldAnswers, open.heldEntries]) list.length = 0;
    open.urgent = false;
  }
  if (seats === undefined) return;
  seats.inputs = [];
  seats.putOut = 0;
  for (const seat of seats.seats) {
    seat.takenSeq = seat.handledSeq;
    seat.openRequests = seat.openRequests.filter((seq) => seq <= seat.handledSeq);
  }
}

function age(feed: FeedImage, byMs: number): void {
  feed.agesMs = feed.agesMs.map((ageMs) => ageMs + Math.max(0, byMs));
}

function foldFeed(feed: FeedImage, { entries, patch, atMs }: RoomRecord, nowMs: number): void {
  for (const entry of entries) {
    feed.entries.push(entry);
    feed.agesMs.push(Math.max(0, nowMs - atMs));
    feed.head = entry.cursor;
  }
  if (patch === undefined) return;
  feed.previousStateTick = feed.stateTick;
  feed.stateTick = patch.tick;
}

/** The seats of a room, record by record. */
class FoldedSeats {
  readonly #image: SeatsImage;
  readonly #seats: Map<number, SeatImage>;

  constructor(image: SeatsImage) {
    this.#image = image;
    this.#seats = new Map(image.seats.map((seat) => [seat.number, seat]));
  }

  fold({ seats, answers }: RoomRecord): void {
    for (const change of seats) this.#change(change);
    for (const answer of answers) this.answer(answer);
  }

  end(): void {
    this.#image.seats = [...this.#seats.values()];
  }

  #change({ number, kind }: SeatChange): void {
    if (number > this.#image.lastNumber) this.#image.lastNumber = number;
    switch (kind.case) {
      case "taken":
        this.#seats.set(number, kind.value);
        break;
      case "gone":
        this.#seats.delete(number);
        break;
      case "inputs": {
        const seat = this.#seats.get(number);
        if (seat === undefined) return;
        const { handledSeq, appliedSeq, openRequests, atWork } = kind.value;
        Object.assign(seat, { handledSeq, appliedSeq, openRequests, atWork });
        seat.takenSeq = handledSeq;
        break;
      }
      case undefined:
    }
  }

  /** What a player was told, and may not have got. */
  answer({ seat: number, kind }: SeatAnswer): void {
    const seat = this.#seats.get(number);
    if (seat === undefined) return;
    if (kind.case === "reply") {
      const { seq } = kind.value;
      seat.openRequests = seat.openRequests.filter((open) => open !== seq);
      seat.replies = [...seat.replies.filter((reply) => reply.seq !== seq), kind.value];
    } else if (kind.case === "error" && kind.value.inputSeq > 0n) {
      seat.parked ??= create(ParkedImageSchema, { leftMs: Infinity });
      seat.parked.errors = [...seat.parked.errors, kind.value].slice(-errorsMax);
    }
  }
}
