// The thread a store works in: whatever waits for a disk waits here.
import { parentPort, workerData } from "node:worker_threads";
import { RoomlineError } from "../../../shared/errors.ts";
import { RoomDatabase } from "./database.ts";
import type { StoreAnswer, StoreAsk, StoreThreadData } from "./sqlite.ts";

const { folder, level, freeBytesMin } = workerData as StoreThreadData;
let database: RoomDatabase | undefined;

parentPort?.on("message", (ask: StoreAsk) => {
  parentPort?.postMessage(answerTo(ask));
});

function answerTo(ask: StoreAsk): StoreAnswer {
  try {
    switch (ask.kind) {
      case "open":
        database = new RoomDatabase(folder, { level, freeBytesMin });
        return { ok: true, contents: database.read() };
      case "read":
        return { ok: true, rooms: opened().readRooms(ask.roomIds) };
      case "write":
        opened().write(ask.change);
        return { ok: true };
      case "events":
        return { ok: true, page: opened().readEvents(ask.ask) };
      case "close":
        database?.close();
        database = undefined;
        return { ok: true };
    }
  } catch (thrown) {
    const { code, message } = RoomlineError.from(thrown);
    return { ok: false, code, message };
  }
}

function opened(): RoomDatabase {
  if (database === undefined) throw new RoomlineError("storage-failed", "The store is not open.");
  return database;
}
