import type { Mutant } from "./mutant.ts";

const noticedBy = ["store/journal"];

/** The journal of a store, and the way from there into its tables. */
export const journalMutants: readonly Mutant[] = [
  {
    name: "an entry of a journal that has changed is taken for whole",
    file: "server/store/sqlite/journal/entry.ts",
    is: "if (view.getUint32(12, true) !== crc32(body))",
    becomes: "if (view.getUint32(12, true) === crc32(body) + 0.5)",
    noticedBy,
  },
  {
    name: "an entry of a journal whose head has changed counts as torn",
    file: "server/store/sqlite/journal/entry.ts",
    is: 'return { kind: "damaged", why: "the head of an entry has changed" };',
    becomes: 'return { kind: "torn" };',
    noticedBy,
  },
  {
    name: "what is not encoded by hand is left out of an entry of a journal",
    file: "server/store/sqlite/journal/entry.ts",
    is: "if (hasMore(change)) {",
    becomes: "if (hasMore(change) && n < 0) {",
    noticedBy,
  },
  {
    name: "a part of an entry is left in a journal when the disk is full",
    file: "server/store/sqlite/journal/journal-writer.ts",
    is: "ftruncateSync(this.#file, this.#fileBytes);",
    becomes: "this.#fileBytes += 7;",
    noticedBy,
  },
  {
    name: "a journal takes records when the disk has too little left",
    file: "server/store/sqlite/journal/journal-writer.ts",
    is: "if ((change.records ?? []).length > 0) checkFreeSpace(folder, freeBytesMin);",
    becomes: "void checkFreeSpace; void freeBytesMin;",
    noticedBy,
  },
  {
    name: "a journal is read on where entries are missing",
    file: "server/store/sqlite/journal/read-journal.ts",
    is: "return { changes: [], last: folded, passed: files, fault };",
    becomes: "return { changes: [], last: folded, passed: files, fault: fault && undefined };",
    noticedBy,
  },
  {
    name: "files of a journal that nobody reads are not missed",
    file: "server/store/sqlite/journal/read-journal.ts",
    is: "fault: fault ?? missing,",
    becomes: "fault: fault ?? (missing && undefined),",
    noticedBy,
  },
  {
    name: "files of a journal stay when they are in the tables",
    file: "server/store/sqlite/database.ts",
    is: "for (const file of passed) rmSync(join(this.#folder, journalFile(file)), { force: true });",
    becomes: "void passed;",
    noticedBy,
  },
  {
    name: "rooms do not hear that the journal was damaged",
    file: "server/store/sqlite/database.ts",
    is: 'if (fault !== undefined) this.#run("UPDATE boot SET id = ?", [damagedBoot]);',
    becomes: "",
    noticedBy,
  },
  {
    name: "the tables forget how far the journal is in them",
    file: "server/store/sqlite/database.ts",
    is: 'this.#run("UPDATE journal SET folded = ?", [last]);',
    becomes: "void last;",
    noticedBy,
  },
  {
    name: "a store is read without what is in its journal",
    file: "server/store/sqlite/store-thread.ts",
    is: "database.fold(journaled);\n  return database;",
    becomes: "void journaled;\n  return database;",
    noticedBy: ["store/sqlite", "store/journal"],
  },
];
