import { crc32 } from "node:zlib";
import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { safeNumber } from "../../../../shared/codec/safe-number.ts";
import { messageOf } from "../../../../shared/errors.ts";
import {
  JournalEntrySchema,
  type JournalEvents,
  type JournalEventsSchema,
  type JournalRoom,
  type JournalRoomSchema,
} from "../../../../shared/gen/roomline/room/v1/journal_pb.ts";
import {
  bytesType,
  fixed64Type,
  tagOf,
  writeBytes,
  writeNested,
  writeNumber,
} from "../../../../shared/wire/fields.ts";
import { WireWriter } from "../../../../shared/wire/wire-writer.ts";
import type { SavedEvents, SavedRecord, SavedRoom, StoreChange } from "../../room-store.ts";

/** Before each entry: its length (4 bytes), its number (8), its checksum (4), and that of those three (4), little-endian. */
export const headerBytes = 20;

/** What a journal takes: not what a server begins and ends with. */
export type JournalChange = Omit<StoreChange, "clients" | "isStarting">;

/*
 * An entry for each turn in which durable rooms do something, with a record of each of them: the generated code would take more time for
 * it than all that writes it. So records are written here, and the rest, which is rare, by the generated code behind them. Entries are read
 * by the generated code; a test compares.
 */

const out = new WireWriter(65_536);
const part = new WireWriter(16_384);
const inner = new WireWriter(16_384);

/** An entry, with its header: good until the next one is encoded. */
export function encodeEntry(n: number, change: JournalChange): Uint8Array {
  out.pos = headerBytes;
  for (const record of change.records ?? []) writeRecord(record);
  if (hasMore(change)) {
    const rest = create(JournalEntrySchema, entryOf(change));
    out.raw(toBinary(JournalEntrySchema, rest));
  }
  const { view, pos } = out;
  const entry = out.bytes.subarray(0, pos);
  view.setUint32(0, pos - headerBytes, true);
  view.setBigUint64(4, BigInt(n), true);
  view.setUint32(12, crc32(entry.subarray(headerBytes)), true);
  view.setUint32(16, crc32(entry.subarray(0, 16)), true);
  return entry;
}

function writeRecord({ roomId, n, bytes, events }: SavedRecord): void {
  part.pos = 0;
  part.byte(tagOf(1, bytesType));
  part.string(roomId);
  writeNumber(part, 2, n);
  writeBytes(part, 3, bytes);
  if (events !== undefined) {
    inner.pos = 0;
    writeEvents(events);
    part.byte(tagOf(4, bytesType));
    writeNested(part, inner);
  }
  out.byte(tagOf(3, bytesType));
  writeNested(out, part);
}

function writeEvents({ first, last, atMs, kinds, bytes }: SavedEvents): void {
  writeNumber(inner, 1, first);
  writeNumber(inner, 2, last);
  inner.byte(tagOf(3, fixed64Type));
  inner.double(atMs);
  inner.byte(tagOf(4, bytesType));
  inner.string(kinds);
  writeBytes(inner, 5, bytes);
}

function hasMore({ saved, dropped, noted = [], forgotten = [], isFinal = false }: JournalChange) {
  return isFinal || saved.length + dropped.length + noted.length + forgotten.length > 0;
}

/** What stands somewhere in a journal. */
export type ReadEntry =
  | {
      readonly kind: "entry";
      readonly n: number;
      readonly change: JournalChange;
      readonly bytes: number;
    }
  /** Nothing more. */
  | { readonly kind: "end" }
  /** One that was not written to its end: whoever wrote it has told nobody. */
  | { readonly kind: "torn" }
  /** It is not as it was written. */
  | { readonly kind: "damaged"; readonly why: string };

/** Reads the entry at this place. */
export function readEntry(journal: Uint8Array, at: number): ReadEntry {
  const left = journal.length - at;
  if (left === 0) return { kind: "end" };
  if (left < headerBytes) return { kind: "torn" };
  const header = journal.subarray(at, at + headerBytes);
  const view = viewOf(header);
  if (view.getUint32(16, true) !== crc32(header.subarray(0, 16)))
    return { kind: "damaged", why: "the head of an entry has changed" };
  const length = view.getUint32(0, true);
  if (left - headerBytes < length) return { kind: "torn" };
  const body = journal.subarray(at + headerBytes, at + headerBytes + length);
  if (view.getUint32(12, true) !== crc32(body))
    return { kind: "damaged", why: "an entry has changed" };
  try {
    const n = safeNumber(view.getBigUint64(4, true));
    return { kind: "entry", n, change: changeOf(body), bytes: headerBytes + length };
  } catch (thrown) {
    return { kind: "damaged", why: `an entry cannot be read: ${messageOf(thrown)}` };
  }
}

/** All of a change but its records. */
function entryOf({
  saved,
  dropped,
  noted = [],
  forgotten = [],
  isFinal = false,
}: JournalChange): MessageInitShape<typeof JournalEntrySchema> {
  return {
    ...{ dropped: [...dropped], forgotten: [...forgotten], isFinal },
    saved: saved.map(roomToWire),
    noted: noted.map(({ clientId, token }) => ({ clientId, token: BigInt(token) })),
  };
}

function roomToWire({
  events = [],
  history,
  ...room
}: SavedRoom): MessageInitShape<typeof JournalRoomSchema> {
  const { head, ...kept } = history ?? { sinceMs: 0, bytesMax: 0 };
  return {
    ...room,
    events: events.map(eventsToWire),
    ...(history !== undefined && {
      history: { ...kept, ...(head !== undefined && { head: BigInt(head) }) },
    }),
  };
}

function eventsToWire({
  first,
  last,
  ...events
}: SavedEvents): MessageInitShape<typeof JournalEventsSchema> {
  return { ...events, first: BigInt(first), last: BigInt(last) };
}

function changeOf(body: Uint8Array): JournalChange {
  const entry = fromBinary(JournalEntrySchema, body);
  const { dropped, saved, records, isFinal, forgotten, noted } = entry;
  return {
    ...{ dropped, forgotten, isFinal },
    saved: saved.map(roomOf),
    records: records.map(({ roomId, n, bytes, events }) => ({
      ...{ roomId, n: safeNumber(n), bytes },
      ...(events !== undefined && { events: eventsOf(events) }),
    })),
    noted: noted.map(({ clientId, token }) => ({ clientId, token: safeNumber(token) })),
  };
}

function roomOf(room: JournalRoom): SavedRoom {
  const { roomId, roomType, savedAtMs, image, events, history, asleep } = room;
  return {
    ...{ roomId, roomType, savedAtMs, image, events: events.map(eventsOf) },
    ...(history !== undefined && {
      history: {
        ...{ sinceMs: history.sinceMs, bytesMax: history.bytesMax },
        ...(history.head !== undefined && { head: safeNumber(history.head) }),
      },
    }),
    ...(asleep !== undefined && { asleep }),
  };
}

function eventsOf({ first, last, atMs, kinds, bytes }: JournalEvents): SavedEvents {
  return { first: safeNumber(first), last: safeNumber(last), atMs, kinds, bytes };
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
