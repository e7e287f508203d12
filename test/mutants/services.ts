import type { Mutant } from "./mutant.ts";

const stream = "server/services/watch/watch-stream.ts";
const progress = "client/watch/watch-progress.ts";
const lobby = "server/rooms/directory-watch.ts";

/** Watches, lobbies, operators. */
export const serviceMutants: readonly Mutant[] = [
  {
    name: "a watch is shown what is for some only",
    file: stream,
    is: "if (entry.audience !== undefined) return undefined;",
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "a watch that falls off the log is told no gap",
    file: stream,
    is: "return { from: lost.from, ...missing };",
    becomes: "{\n      this.#number = lost.to;\n      return undefined;\n    }",
    noticedBy: "home",
  },
  {
    name: "a watch of another epoch begins as if nothing was missed",
    file: stream,
    is: "this.#gap = { from: from.number + 1, to: 0, reason: GapReason.EPOCH_CHANGED };",
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "a watch cursor is off by one",
    file: stream,
    is: "      this.#number = from.number;",
    becomes: "      this.#number = Math.max(0, from.number - 1);",
    noticedBy: "home",
  },
  {
    name: "a watch handles an event twice",
    file: progress,
    is: "return number > this.#number;",
    becomes: "return number > 0;",
    noticedBy: ["watch/"],
  },
  {
    name: "a watch goes on with the numbers of another epoch",
    file: progress,
    is: "if (epoch !== this.#epoch) this.#number = 0;",
    becomes: "",
    noticedBy: ["watch/"],
  },
  {
    name: "an idle watch says nothing",
    file: "server/services/watch/open-watch.ts",
    is: 'return isDue ? stream.heartbeat(clock.wallNow()) : "wait";',
    becomes: 'return isDue ? "wait" : "wait";',
    noticedBy: ["watch/"],
  },
  {
    name: "a lobby is not told that a room is gone",
    file: lobby,
    is: "removed.push(entry.roomId);",
    becomes: "",
    noticedBy: ["lobby/", "engine/"],
  },
  {
    name: "a lobby that is behind misses a change",
    file: lobby,
    is: "this.#batch = this.#seen === this.#revision ? batch : undefined;",
    becomes: "this.#batch = batch;",
    noticedBy: ["lobby/", "engine/"],
  },
  {
    name: "a page token of another life of the server is good",
    file: "server/services/lobby/page-token.ts",
    is: "if (of === life && ",
    becomes: "if (",
    noticedBy: ["lobby/"],
  },
  {
    name: "a filter for joinable rooms shows full ones",
    file: "server/services/lobby/room-filter.ts",
    is: "room.players + room.reserved >= room.playersMax",
    becomes: "room.players > room.playersMax",
    noticedBy: ["lobby/"],
  },
];
