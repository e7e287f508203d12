import { writeFileSync } from "node:fs";
import { messageOf, RoomlineError } from "../../shared/errors.ts";
import { safeNumber } from "../../shared/codec/safe-number.ts";
import { WireWriter } from "../../shared/wire/wire-writer.ts";
import { openRecord, readRecords } from "../../server/room/durable/record.ts";
import { openImage } from "../../server/room/image/seal.ts";
import type { SavedEvents, StoredRoom } from "../../server/store/room-store.ts";
import { RoomDatabase } from "../../server/store/sqlite/database.ts";
import type { Checked } from "../options/option-reader.ts";
import { plainTable } from "../plain-table.ts";
import { exitCodes, reportFailure, reportMistakes, type Surroundings } from "../surroundings.ts";
import type { StoreOptions } from "./store-options.ts";

/** Looks at every room and the file itself. Resolves to 0 when all can be read, to 1 when something cannot. */
export function verifyStore(checked: Checked<StoreOptions>, around: Surroundings): number {
  return withStore(checked, around, { readOnly: true }, (database) => {
    const faults = database.faults();
    const rooms = database.read({ whole: true }).rooms.map((room) => {
      const history = lookAtHistory(database.allEvents(room.roomId));
      return { ...room, history, fault: faultOf(room) ?? history.fault };
    });
    const table = plainTable(["ROOM", "TYPE", "BYTES", "RECORDS", "EVENTS", "WRITTEN", "STATE"]);
    for (const { roomId, roomType, image, records = [], history, savedAtMs, fault } of rooms) {
      const written = new Date(savedAtMs).toISOString();
      const bytes = records.reduce(
        (sum, record) => sum + record.length,
        image.length + history.bytes,
      );
      const counts = [bytes, records.length, history.events].map(String);
      table.push([roomId, roomType, ...counts, written, fault ?? "good"]);
    }
    if (rooms.length > 0) around.stdout.write(`${table.toString()}\n`);
    for (const fault of faults) around.stdout.write(`the file: ${fault}\n`);
    const bad = rooms.filter(({ fault }) => fault !== undefined).length;
    around.stdout.write(
      `${count(rooms.length)}, ${bad} that cannot be read${faults.length > 0 ? ", and the file is damaged" : ""}\n`,
    );
    return bad + faults.length === 0 ? exitCodes.ok : exitCodes.failed;
  });
}

/** Writes the image of a room into a file, as it is; its records and its history, if there are any, into files beside it. */
export function exportRoom(
  { roomId, file }: { readonly roomId: string; readonly file: string },
  checked: Checked<StoreOptions>,
  around: Surroundings,
): number {
  return withStore(checked, around, { readOnly: true }, (database) => {
    const { image, records = [] } = roomOf(database, roomId);
    const files = [{ path: file, bytes: image }];
    if (records.length > 0) files.push({ path: `${file}.records`, bytes: delimited(records) });
    const history = [...database.allEvents(roomId)].map(({ bytes }) => bytes);
    if (history.length > 0) files.push({ path: `${file}.history`, bytes: delimited(history) });
    for (const { path, bytes } of files) {
      try {
        writeFileSync(path, bytes, { flag: "wx" });
      } catch (error) {
        return reportFailure(around, `Cannot write "${path}": ${messageOf(error)}.`);
      }
      around.stdout.write(`${path}: ${bytes.length} bytes\n`);
    }
    return exitCodes.ok;
  });
}

/** Takes rooms out of the store, for good. */
export function dropRooms(
  roomIds: readonly string[],
  checked: Checked<StoreOptions>,
  around: Surroundings,
): number {
  return withStore(checked, around, { readOnly: false }, (database) => {
    for (const roomId of roomIds) roomOf(database, roomId);
    database.drop(roomIds);
    around.stdout.write(`dropped ${count(roomIds.length)}\n`);
    return exitCodes.ok;
  });
}

function withStore(
  checked: Checked<StoreOptions>,
  around: Surroundings,
  { readOnly }: { readonly readOnly: boolean },
  act: (database: RoomDatabase) => number,
): number {
  if (!checked.ok) return reportMistakes(around, checked.mistakes);
  try {
    const database = new RoomDatabase(checked.value.folder, { readOnly, mustExist: true });
    try {
      return act(database);
    } finally {
      database.close();
    }
  } catch (error) {
    const { code, message } = RoomlineError.from(error);
    if (code === "invalid-config") return reportMistakes(around, [message]);
    return reportFailure(around, message);
  }
}

/** @throws RoomlineError `unknown-room` */
function roomOf(database: RoomDatabase, roomId: string): StoredRoom {
  const [room] = database.readRooms([roomId]);
  if (room !== undefined) return room;
  throw new RoomlineError(
    "unknown-room",
    `The store has no room "${roomId}". See roomline store verify.`,
  );
}

/** Each behind its length, as protobuf delimits messages. */
function delimited(records: readonly Uint8Array[]): Uint8Array {
  const writer = new WireWriter(1_024);
  for (const record of records) writer.delimited(record);
  return writer.copy();
}

/** What is kept of a room beyond its log, and whether it can be read. */
function lookAtHistory(all: Iterable<SavedEvents>) {
  let [events, bytes, bad] = [0, 0, 0];
  for (const some of all) {
    bytes += some.bytes.length;
    try {
      events += openRecord(some.bytes).entries.length;
    } catch {
      bad++;
    }
  }
  const pieces = bad === 1 ? "1 piece" : `${bad} pieces`;
  const fault = bad === 0 ? undefined : `${pieces} of its history cannot be read: a gap there`;
  return { events, bytes, fault };
}

function faultOf({ image, records = [] }: StoredRoom): string | undefined {
  try {
    const { fault, records: read } = readRecords(records, safeNumber(openImage(image).recordN));
    return fault && `after ${read.length} records: ${fault.message}`;
  } catch (error) {
    return RoomlineError.from(error).message;
  }
}

function count(rooms: number): string {
  return `${rooms} room${rooms === 1 ? "" : "s"}`;
}
