import type { NodeName } from "../feed/link/node-name.ts";
import type { DirectoryTable } from "../nodes/directory-table.ts";
import type { DirectoryAsk, DirectorySay } from "./messages.ts";

// What workers want of the directory, as it comes over their channels.

/** Answers a worker, of what can be said at once. */
export function answerFrom(
  table: DirectoryTable,
  name: NodeName,
  {
    method,
    args,
  }: Pick<DirectoryAsk, "args"> & {
    readonly method: Exclude<DirectoryAsk["method"], "settled">;
  },
): unknown {
  const id = String(args[0]);
  switch (method) {
    case "claimRoom":
      return table.claimRoom(id, name);
    case "findRoom":
      return table.findRoom(id);
    case "takeRoom":
      return table.takeRoom(id, Number(args[1]), name);
    case "claimHome":
      return table.claimHome(id, Number(args[1]), name);
    case "passHome":
      return table.passHome(id, Number(args[1]), args[2] as NodeName);
  }
}

/** Notes what a worker says. */
export function noteIn(table: DirectoryTable, { method, args }: DirectorySay): void {
  const id = String(args[0]);
  const number = Number(args[1]);
  switch (method) {
    case "releaseRoom":
      table.releaseRoom(id, number);
      return;
    case "noteToken":
      table.noteToken(id, number, Number(args[2]));
      return;
    case "releaseHome":
      table.releaseHome(id, number);
      return;
  }
}
