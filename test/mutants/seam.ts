import type { Mutant } from "./mutant.ts";

/** What crosses between players and rooms. */
export const seamMutants: readonly Mutant[] = [
  {
    name: "an edge ignores a gap",
    file: "server/feed/log.ts",
    is: "if (entry.cursor !== this.#head + 1) this.skipTo(entry.cursor - 1);",
    becomes: "",
    noticedBy: "linked",
  },
  {
    name: "inputs are not sent again",
    file: "server/feed/link/input-ring.ts",
    is: "this.#said = had.length;",
    becomes: "this.#said = this.#kept.length;",
    noticedBy: "linked",
  },
  {
    name: "inputs are sent again without dedupe",
    file: "server/room/inputs/room-inputs.ts",
    is: "if (seq <= member.takenSeq) {",
    becomes: "if (seq < 0) {",
    noticedBy: "linked",
  },
  {
    name: "an acknowledgement comes before its commit",
    file: "server/feed/link/edge-peer.ts",
    is: "seat.takenSeq = Math.max(seat.takenSeq, seq);",
    becomes:
      "seat.takenSeq = Math.max(seat.takenSeq, seq); seat.acked = Math.max(seat.acked, seq); feed.onAdvance();",
    noticedBy: "linked",
  },
  {
    name: "an acknowledgement comes before the state that shows it",
    file: "server/session/session-stream.ts",
    is: "if (ended === undefined || !this.#isFetching) return this.#ackSent;",
    becomes: "",
    noticedBy: "linked",
  },
  {
    name: "a reply comes before its commit",
    file: "server/room/commit/room-commits.ts",
    is: "if (isUpToDate || this.#isStateless) this.open.release(state.tick);",
    becomes: "this.open.release(Infinity);",
    noticedBy: "home",
  },
  {
    name: "a reply comes before the state it talks about",
    file: "server/session/session-stream.ts",
    is: "if (flows && isOwed && this.#ended === undefined) return true;",
    becomes: "",
    noticedBy: "linked",
  },
  {
    name: "a seat is not bound again",
    file: "server/feed/link/remote-inbox.ts",
    is: 'out.add({ case: "rebindSeat", value }, overheadBytes);',
    becomes: "",
    noticedBy: "linked",
  },
];
