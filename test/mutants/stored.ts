import type { Mutant } from "./mutant.ts";

const stored = "server/stored-rooms.ts";
const checkpoints = "server/store/checkpoints.ts";
const noticedBy = ["store/checkpoints"] as const;

/** Rooms that outlive their server. */
export const storedMutants: readonly Mutant[] = [
  {
    name: "a crash right after a start is taken for an orderly end",
    file: stored,
    is: "await this.#store.write({ saved: [], dropped: [] });",
    becomes: "",
    noticedBy,
  },
  {
    name: "after a crash a room goes on in the life of before",
    file: stored,
    is: "if (mayHaveSeenMore) image.epoch = ids.id();",
    becomes: "",
    noticedBy,
  },
  {
    name: "a room that is picked up remembers numbers of homes",
    file: stored,
    is: "for (const seat of image.seats?.seats ?? []) seat.home = 0n;",
    becomes: "",
    noticedBy,
  },
  {
    name: "what cannot be picked up is written over at the end",
    file: checkpoints,
    is: 'config.durability !== "volatile" && !this.#parts.setAside.has(roomId)',
    becomes: 'config.durability !== "volatile"',
    noticedBy,
  },
  {
    name: "a room that is over stays in the store",
    file: checkpoints,
    is: "this.#dropped.add(room.roomId);",
    becomes: "",
    noticedBy,
  },
  {
    name: "a write that failed is not tried again",
    file: checkpoints,
    is: "for (const room of saved.keys()) if (!room.isClosed) this.#due.add(room);",
    becomes: "",
    noticedBy,
  },
  {
    name: "an orderly end forgets the clients",
    file: "server/nodes/lone-node.ts",
    is: "clients: () => table.clients()",
    becomes: "clients: () => []",
    noticedBy,
  },
];
