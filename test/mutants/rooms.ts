import type { Mutant } from "./mutant.ts";

const seats = "server/room/seats.ts";
const log = "server/feed/log.ts";
const queue = "server/room/inputs/queue.ts";

/** Rooms: seats, inputs, the log, time. */
export const roomMutants: readonly Mutant[] = [
  {
    name: "all rooms of a rate tick at once",
    file: "server/schedule/fixed-step.ts",
    is: "while (phases < phasesMax && stepMs / (phases * 2) >= phaseMsMin) phases *= 2;",
    becomes: "while (phases < 1) phases *= 2 + stepMs;",
    noticedBy: ["engine/tick"],
  },
  {
    name: "a room ticks apart from the others of its player",
    file: "server/schedule/tick-loop.ts",
    is: "const phase = this.#phaseOfAny(beside) ?? this.#emptiest();",
    becomes: "const phase = [...beside].length > 99 ? 0 : this.#emptiest();",
    noticedBy: ["engine/tick"],
  },
  {
    name: "a room makes up for what passed before it was there",
    file: "server/schedule/tick-loop.ts",
    is: "this.#state = { ...this.#state, done: nowSlot };",
    becomes: "this.#state = { ...this.#state };",
    noticedBy: ["engine/tick"],
  },
  {
    name: "who was refused keeps the seat",
    file: seats,
    is: "this.#parts.members.refuse(member);",
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "a full room takes one more",
    file: "server/room/members/admission.ts",
    is: "if (room.seatsTaken < room.maxPlayers) return undefined;",
    becomes: "if (room.seatsTaken <= room.maxPlayers) return undefined;",
    noticedBy: "home",
  },
  {
    name: "a locked room is open",
    file: "server/room/members/admission.ts",
    is: 'if (room.locked) return new RoomlineError("room-locked", `${name} is locked.`);',
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "a reservation is good for anybody",
    file: "server/room/members/members.ts",
    is: 'const isTheirs = held?.playerId === "" || held?.playerId === playerId;',
    becomes: "const isTheirs = held !== undefined;",
    noticedBy: ["engine/", "lobby/"],
  },
  {
    name: "the timers of a closed room go on",
    file: "server/room/hooks/timers.ts",
    is: "for (const timer of this.#timers) timer.cancel();",
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "the last inputs of a player who leaves are lost",
    file: seats,
    is: "if (reason === closeReasons.left) inputs.applyLast(member);",
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "the bound of a seat's inputs is none",
    file: queue,
    is: "} else if (member.waitingInputs < this.#config.unackedInputsMax) {",
    becomes: "} else if (member.waitingInputs < Infinity) {",
    noticedBy: ["engine/"],
  },
  {
    name: "the newest input goes, and not the oldest",
    file: queue,
    is: "for (let at = 0; at < this.#waiting.count; at++) {\n      if (this.#waiting.memberOf(at) !== member) continue;\n      if (",
    becomes:
      "for (let at = this.#waiting.count - 1; at >= 0; at--) {\n      if (this.#waiting.memberOf(at) !== member) continue;\n      if (",
    noticedBy: ["engine/"],
  },
  {
    name: "a reply is not kept",
    file: "server/room/members/request-book.ts",
    is: "this.#replies.set(seq, reply);",
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "the log has no bound of bytes",
    file: log,
    is: "while (this.#bytes > this.#config.bytesMax && this.#first < this.#head) this.#dropFirst();",
    becomes: "",
    noticedBy: ["engine/"],
  },
  {
    name: "the log has no bound of age",
    file: log,
    is: "const oldestMs = nowMs - this.#config.ageMsMax;",
    becomes: "const oldestMs = -Infinity;",
    noticedBy: ["engine/"],
  },
  {
    name: "an ephemeral message that was written over is sent once more",
    file: "server/feed/ephemeral-ring.ts",
    is: "return Math.max(1, this.#head - this.#size + 1);",
    becomes: "return 1;",
    noticedBy: ["engine/"],
  },
  {
    name: "a room sends each tick whatever its update rate",
    file: "server/room/commit/update-pace.ts",
    is: "if (this.#credit < 1 - 1e-9) return false;",
    becomes: "",
    noticedBy: ["engine/"],
  },
  {
    name: "inputs are not acknowledged when their effects are committed",
    file: "server/room/members/members.ts",
    is: "acks.push(member.number, doneSeq);",
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "the row of a member outlives its seat",
    file: "server/room/seats.ts",
    is: "this.#parts.memberRows?.remove(player);",
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "a member who is back is still shown to be away",
    file: "server/room/seats.ts",
    is: "members.connect(member, true);\n    this.#parts.memberRows?.update(member.player);",
    becomes: "members.connect(member, true);",
    noticedBy: "home",
  },
  {
    name: "a member without a connection is shown as if it had one",
    file: "server/room/seats.ts",
    is: "members.connect(member, false);\n    this.#parts.memberRows?.update(member.player);",
    becomes: "members.connect(member, false);",
    noticedBy: ["engine/presence"],
  },
  {
    name: "a row that goes by itself has half its time",
    file: "server/room/expiring-table.ts",
    is: "this.#dueMs.set(key, this.#parts.nowMs() + this.#parts.ttlMs);",
    becomes: "this.#dueMs.set(key, this.#parts.nowMs() + this.#parts.ttlMs / 2);",
    noticedBy: ["engine/presence"],
  },
  {
    name: "after the first row that goes by itself none goes any more",
    file: "server/room/expiring-table.ts",
    is: "    this.#timer = undefined;\n    const nowMs",
    becomes: "    const nowMs",
    noticedBy: "home",
  },
];
