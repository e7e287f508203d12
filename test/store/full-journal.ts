// Writes a journal until the disk is full, which it is early: see the test. Prints what has become of that.
import { randomBytes } from "node:crypto";
import { RoomDatabase } from "../../server/store/sqlite/database.ts";
import { JournalWriter } from "../../server/store/sqlite/journal/journal-writer.ts";
import { RoomlineError } from "../../shared/errors.ts";

const [folder = ""] = process.argv.slice(2);
const database = new RoomDatabase(folder);
database.write({ saved: [], dropped: [] });
const writer = new JournalWriter({ folder, last: database.folded, freeBytesMin: 0 });
database.close();
const append = (bytes: number): string => {
  const n = writer.last + 1;
  const image = new Uint8Array(randomBytes(bytes));
  const room = { roomId: `room ${n}`, roomType: "chat", savedAtMs: n, image };
  try {
    writer.append({ saved: [room], dropped: [] });
    return "";
  } catch (thrown) {
    return RoomlineError.from(thrown).code;
  }
};
let code = "";
while (code === "" && writer.last < 100) code = append(20_000);
// What is smaller has room yet, where a part of the other would be.
for (const bytes of [100, 200]) append(bytes);
const tooLate = append(20_000);
writer.close();
console.log(JSON.stringify({ code, tooLate, last: writer.last }));
