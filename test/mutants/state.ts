import type { Mutant } from "./mutant.ts";

const encoder = "server/state/patch-encoder.ts";
const committed = "server/state/committed-table.ts";
const shadow = "server/state/row-shadow.ts";
const roomState = "server/state/room-state.ts";

/** State, and how it is carried. */
export const stateMutants: readonly Mutant[] = [
  {
    name: "removed rows are not told",
    file: encoder,
    is: "if (baseTick > 0) table.tombstones.collect(baseTick, removed);",
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "a row that is new is sent as one that changed",
    file: encoder,
    is: "const isNew = (createdTicks[slot] ?? 0) > baseTick;",
    becomes: "const isNew = baseTick === 0;",
    noticedBy: "home",
  },
  {
    name: "one change of 97 is not seen",
    file: encoder,
    is: "if ((changedTicks[slot] ?? 0) <= baseTick) continue;",
    becomes:
      "if ((changedTicks[slot] ?? 0) <= baseTick || (baseTick > 0 && (changedTicks[slot] ?? 0) % 97 === 0)) continue;",
    noticedBy: "home",
  },
  {
    name: "a patch starts before what the tombstones remember",
    file: roomState,
    is: "return this.#committed.every(({ tombstones }) => baseTick >= tombstones.horizonTick);",
    becomes: "return true;",
    noticedBy: ["state/"],
  },
  {
    name: "a patch is given again after the next commit",
    file: roomState,
    is: "      this.#patches = [];\n      this.#last = undefined;",
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "a handle is used twice",
    file: committed,
    is: "this.handles[slot] = ++this.#lastHandle;",
    becomes: "this.handles[slot] = slot + 1;",
    noticedBy: ["state/"],
  },
  {
    name: "fields that are no numbers are not compared",
    file: shadow,
    is: "for (const column of this.#otherColumns) change |= this.#diffOther(row, column, faults);",
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "the set of the last change is sent to who lacks more",
    file: shadow,
    is: "if (change > 0 && (this.#tickBefore[slot] ?? 0) <= baseTick) {",
    becomes: "if (change > 0) {",
    noticedBy: "home",
  },
  {
    name: "a cleared field is not told",
    file: shadow,
    is: "const cleared = column.optional && this.#others[at] === undefined;",
    becomes: "const cleared = false;",
    noticedBy: "home",
  },
  {
    name: "a tombstone is for those who never had the row, too",
    file: "server/state/tombstones.ts",
    is: "if ((this.#createdTicks[at] ?? 0) <= baseTick) into.push(this.#handles[at] ?? 0);",
    becomes: "into.push(this.#handles[at] ?? 0);",
    noticedBy: ["state/"],
  },
  {
    name: "the forgotten removals are not remembered as forgotten",
    file: "server/state/tombstones.ts",
    is: "this.horizonTick = this.#removedTicks[this.#first] ?? 0;",
    becomes: "",
    noticedBy: ["state/"],
  },
];
