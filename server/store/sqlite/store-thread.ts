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
        return { ok: true, contents: database.read(), folded: database.folded };
      case "fold":
        return { ok: true, folded: upTo(ask.journaled).folded };
      case "read":
        return { ok: true, rooms: upTo(ask.journaled).readRooms(ask.roomIds) };
      case "write":
        upTo(ask.journaled).write(ask.change);
        return { ok: true };
      case "events":
        return { ok: true, page: upTo(ask.journaled).readEvents(ask.ask) };
      case "close":
        close(ask.journaled);
        return { ok: true };
    }
  } catch (thrown) {
    const { code, message } = RoomlineError.from(thrown);
    return { ok: false, code, message };
  }
}

/** The tables, with what the journal has up to this entry. */
function upTo(journaled: number): RoomDatabase {
  if (database === undefined) throw new RoomlineError("storage-failed", "The store is not open.");
  database.fold(journaled);
  return database;
}

function close(journaled: number): void {
  try {
    database?.fold(journaled);
  } catch {
    // What is not in the tables is in the journal, for whoever opens it next.
  }
  database?.close();
  database = undefined;
}
