import { writeFileSync } from "node:fs";
import { messageOf, RoomlineError } from "../../shared/errors.ts";
import { openImage } from "../../server/room/image/seal.ts";
import type { StoredRoom } from "../../server/store/room-store.ts";
import { RoomDatabase } from "../../server/store/sqlite/database.ts";
import type { Checked } from "../options/option-reader.ts";
import { plainTable } from "../plain-table.ts";
import { exitCodes, reportFailure, reportMistakes, type Surroundings } from "../surroundings.ts";
import type { StoreOptions } from "./store-options.ts";

/** Looks at every room and the file itself. Resolves to 0 when all can be read, to 1 when something cannot. */
export function verifyStore(checked: Checked<StoreOptions>, around: Surroundings): number {
  return withStore(checked, around, { readOnly: true }, (database) => {
    const faults = database.faults();
    const rooms = database.read().rooms.map((room) => ({ ...room, fault: faultOf(room) }));
    const table = plainTable(["ROOM", "TYPE", "BYTES", "WRITTEN", "STATE"]);
    for (const { roomId, roomType, image, savedAtMs, fault } of rooms) {
      const written = new Date(savedAtMs).toISOString();
      table.push([roomId, roomType, String(image.length), written, fault ?? "good"]);
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

/** Writes the image of a room into a file, as it is. */
export function exportRoom(
  { roomId, file }: { readonly roomId: string; readonly file: string },
  checked: Checked<StoreOptions>,
  around: Surroundings,
): number {
  return withStore(checked, around, { readOnly: true }, (database) => {
    const { image } = roomOf(database, roomId);
    try {
      writeFileSync(file, image, { flag: "wx" });
    } catch (error) {
      return reportFailure(around, `Cannot write "${file}": ${messageOf(error)}.`);
    }
    around.stdout.write(`${file}: ${image.length} bytes\n`);
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
  const room = database.read().rooms.find((one) => one.roomId === roomId);
  if (room !== undefined) return room;
  throw new RoomlineError(
    "unknown-room",
    `The store has no room "${roomId}". See roomline store verify.`,
  );
}

function faultOf({ image }: StoredRoom): string | undefined {
  try {
    openImage(image);
    return undefined;
  } catch (error) {
    return RoomlineError.from(error).message;
  }
}

function count(rooms: number): string {
  return `${rooms} room${rooms === 1 ? "" : "s"}`;
}
