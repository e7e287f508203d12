// Writes rooms until the disk is full, which it is early: see the test. Prints what has become of that.
import { randomBytes } from "node:crypto";
import { RoomDatabase } from "../../server/store/sqlite/database.ts";
import { RoomlineError } from "../../shared/errors.ts";

const [folder = ""] = process.argv.slice(2);
const database = new RoomDatabase(folder);
const roomOf = (roomId: string) => ({
  ...{ roomId, roomType: "chat", savedAtMs: 1 },
  image: new Uint8Array(randomBytes(20_000)),
});
database.write({ saved: [roomOf("first")], dropped: [] });
let code = "";
let written = 1;
for (; code === "" && written < 100; written++) {
  try {
    database.write({ saved: [roomOf(`room ${written}`)], dropped: [] });
  } catch (thrown) {
    ({ code } = RoomlineError.from(thrown));
    written--;
  }
}
const { rooms } = database.read();
const kept = rooms.length === written && rooms.some(({ roomId }) => roomId === "first");
let dropped = false;
try {
  database.write({ saved: [], dropped: rooms.map(({ roomId }) => roomId) });
  dropped = database.read().rooms.length === 0;
} catch {
  // It is said below.
}
console.log(JSON.stringify({ code, kept, dropped }));
