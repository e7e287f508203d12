import type { Mutant } from "./mutant.ts";

const table = "server/state/committed-table.ts";
const seats = "server/room/seats.ts";
const member = "server/room/members/member.ts";
const room = "server/room/room-image.ts";

/** Rooms that are put down and picked up. */
export const imageMutants: readonly Mutant[] = [
  {
    name: "a handle is used again after a move",
    file: table,
    is: "this.#lastHandle = image.lastHandle;",
    becomes: "",
    noticedBy: "moved",
  },
  {
    name: "a slot that was free is not after a move",
    file: table,
    is: "this.#freeSlots.push(...image.freeSlots);",
    becomes: "",
    noticedBy: ["state/state-image"],
  },
  {
    name: "a row forgets at a move that it has changed before",
    file: "server/state/row-shadow.ts",
    is: "this.#lastTick[slot] = changedTick;",
    becomes: "this.#lastTick[slot] = 0 * changedTick;",
    noticedBy: ["state/state-image"],
  },
  {
    name: "a removed row is forgotten at a move",
    file: table,
    is: "this.tombstones.restore(image.tombstones, tick, safeNumber(image.horizonTick));",
    becomes: "this.tombstones.restore(new Uint8Array(0), tick, safeNumber(image.horizonTick));",
    noticedBy: "moved",
  },
  {
    name: "what was done to rows since the last commit is lost by a move",
    file: "server/state/replicated-table.ts",
    is: "const { changed, added, removed } = readPending(image.pending);",
    becomes: "const { changed, added, removed } = readPending(image.pending.subarray(0, 0));",
    noticedBy: "moved",
  },
  {
    name: "a float is rounder after a move",
    file: "server/state/exact-number.ts",
    is: "writer.double(isSame ? (authored as number) : committed);",
    becomes: "writer.double(isSame ? committed : committed);",
    noticedBy: ["state/state-image"],
  },
  {
    name: "a seat that nobody holds is kept anew by a move",
    file: seats,
    is: "Math.min(parked?.leftMs ?? Infinity, config.resumeWindowMs),",
    becomes: "config.resumeWindowMs,",
    noticedBy: ["engine/room-image"],
  },
  {
    name: "a reservation is lost by a move",
    file: seats,
    is: "for (const held of image.reservations) members.reserve(restoreReservation(held));",
    becomes: "for (const held of image.reservations) restoreReservation(held);",
    noticedBy: ["engine/room-image"],
  },
  {
    name: "a reply that is kept is lost by a move",
    file: member,
    is: "(member.#requests ??= new RequestBook(requestsMax)).restore(seq, reply);",
    becomes: "member.#requests ??= new RequestBook(requestsMax + 0 * seq + 0 * reply.kind.length);",
    noticedBy: ["engine/room-image"],
  },
  {
    name: "a move forgets which inputs a seat has had",
    file: member,
    is: "member.takenSeq = safeNumber(image.takenSeq);",
    becomes: "member.takenSeq = 0;",
    noticedBy: "moved",
  },
  {
    name: "inputs that wait are lost by a move",
    file: seats,
    is: "inputs.restore(image.inputs, (seat) => members.at(seat));",
    becomes: "",
    noticedBy: ["engine/moved-rooms"],
  },
  {
    name: "inputs whose effects are not committed are never acknowledged after a move",
    file: "server/room/members/members.ts",
    is: "if (member.handledSeq > member.appliedSeq) this.#unsettled.push(member);",
    becomes: "",
    noticedBy: "moved",
  },
  {
    name: "alarms are lost by a move",
    file: room,
    is: "parts.code.alarms.restore(image.alarms);",
    becomes: "",
    noticedBy: ["engine/room-image"],
  },
  {
    name: "what nobody has seen yet is lost by a move",
    file: "server/room/commit/room-commits.ts",
    is: "this.open.restore(open);",
    becomes: "",
    noticedBy: "moved",
  },
  {
    name: "rows that go by themselves stay for ever after a move",
    file: room,
    is: "parts.tables.restoreExpiring(image.expiring);",
    becomes: "",
    noticedBy: ["engine/moved-rooms"],
  },
  {
    name: "random numbers begin anew at a move",
    file: room,
    is: "parts.random.restore(image.random);",
    becomes: "",
    noticedBy: ["engine/moved-rooms"],
  },
  {
    name: "an instance that is over changes its tables",
    file: "server/room/room-tables.ts",
    is: "this.state.fence(error);",
    becomes: "",
    noticedBy: ["engine/room-image"],
  },
  {
    name: "an instance that is over publishes",
    file: "server/room/instance-life.ts",
    is: 'if (this.#status === "moved" && this.#over !== undefined) throw this.#over;',
    becomes: "",
    noticedBy: ["engine/room-image"],
  },
  {
    name: "watches are left behind by a move",
    file: "server/feed/committed-feed.ts",
    is: "to.#followers.set(follower, following);",
    becomes: "",
    noticedBy: "moved",
  },
  {
    name: "an image that has changed is taken",
    file: "server/room/image/seal.ts",
    is: "if (checksum !== checksumOf(version, image))",
    becomes: "if (image.length === 0)",
    noticedBy: ["engine/room-image"],
  },
];
