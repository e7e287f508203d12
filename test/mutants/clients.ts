import type { Mutant } from "./mutant.ts";

const events = "client/session/event-stream.ts";
const inputs = "client/session/input-log.ts";
const mirror = "client/state/mirror.ts";
const table = "client/state/table-mirror.ts";
const heart = "client/connection/heart.ts";
const keeper = "client/persist/keeper.ts";
const registry = "client/session/registry.ts";

/** The SDK. */
export const clientMutants: readonly Mutant[] = [
  {
    name: "an acknowledgement passes what is held until the join has been told",
    file: "client/session/dispatch.ts",
    is: "if (session.flow.isHeld)",
    becomes: "if (false)",
    noticedBy: ["client/inputs"],
  },
  {
    name: "a part of a state is taken for the state",
    file: "client/session/room-flow.ts",
    is: "if (readStateTicks(part).more) {",
    becomes: "if (readStateTicks(part).tick < 0) {",
    noticedBy: "home",
  },
  {
    name: "parts of a state outlive their connection",
    file: "client/session/room-flow.ts",
    is: "    this.#stream.reattach();\n    this.#stateParts = [];",
    becomes: "    this.#stream.reattach();",
    noticedBy: ["client/state"],
  },
  {
    name: "a page does not write down how far it has come",
    file: keeper,
    is: "      this.#stored.writeSession(session);\n      if (this.#sessions.has(sessionId)) continue;",
    becomes:
      "      if (this.#sessions.has(sessionId)) continue;\n      this.#stored.writeSession(session);",
    noticedBy: ["client/persist"],
  },
  {
    name: "a duplicated tab takes the other's place",
    file: keeper,
    is: "if (before !== undefined && release !== undefined)",
    becomes: "if (before !== undefined)",
    noticedBy: ["client/persist"],
  },
  {
    name: "a page numbers its inputs as if it were the first",
    file: "client/session/inputs.ts",
    is: "    this.#log.goOnAfter(lastSeq);\n",
    becomes: "",
    noticedBy: ["client/persist"],
  },
  {
    name: "a paused session flows after a reload",
    file: "client/session/core.ts",
    is: "    this.#pauses.restore(seat.paused);\n",
    becomes: "",
    noticedBy: ["client/persist"],
  },
  {
    name: "a page forgets its rate over a reload",
    file: "client/session/core.ts",
    is: "seat.rateHz ?? 0",
    becomes: "0",
    noticedBy: ["client/persist"],
  },
  {
    name: "a page forgets over a reload what its player said of itself",
    file: "client/session/core.ts",
    is: 'seat.presenceJson ?? ""',
    becomes: '""',
    noticedBy: ["client/persist"],
  },
  {
    name: "what comes before a page joins again is dropped",
    file: registry,
    is: "parked.handOver(sink)) return;",
    becomes: "sink !== undefined) return;",
    noticedBy: ["client/persist"],
  },
  {
    name: "a seat that nobody asks for after a reload is kept",
    file: registry,
    is: "if (this.#outbox !== undefined) parked.leave(this.#outbox);",
    becomes: "",
    noticedBy: ["client/persist"],
  },
  {
    name: "every row of a snapshot is another one",
    file: "client/store/table-snapshot.ts",
    is: "const isSame = !this.#changed.has(key) && before.has(key);",
    becomes: "const isSame = false;",
    noticedBy: ["client/store"],
  },
  {
    name: "who goes and comes back at once is gone",
    file: "client/store/wanting-subscribers.ts",
    is: "void Promise.resolve().then(() => this.#settle());",
    becomes: "this.#settle();",
    noticedBy: ["client/store"],
  },
  {
    name: "a client takes an event twice",
    file: events,
    is: 'if (cursor <= this.#received) return "duplicate";',
    becomes: "",
    noticedBy: ["client/"],
  },
  {
    name: "a client does not mind a hole",
    file: events,
    is: 'return this.overflowing ? "taken" : "broken";',
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "a client takes a patch from any base",
    file: mirror,
    is: 'if (!isSnapshot && baseTick !== this.tick) return "base-mismatch";',
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "a client takes a patch that is old",
    file: mirror,
    is: 'if (!isSnapshot && tick <= this.tick) return "stale";',
    becomes: "",
    noticedBy: ["client/", "state/"],
  },
  {
    name: "a snapshot leaves rows that are gone",
    file: table,
    is: "if (!kept.has(known.key)) this.#remove(known);",
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "a client does not send its inputs again",
    file: "client/session/inputs.ts",
    is: "for (const entry of this.#log.unsent(lastSeq)) this.#parts.outbox.input(entry);",
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "a request that was not answered is not asked again",
    file: inputs,
    is: "(entry) => entry.seq > lastSeq || entry.wantsReply",
    becomes: "(entry) => entry.seq > lastSeq",
    noticedBy: "home",
  },
  {
    name: "an acknowledgement counts for inputs after it",
    file: inputs,
    is: "if (entry.seq > seq) return;",
    becomes: "if (entry.seq > seq + 1) return;",
    noticedBy: "home",
  },
  {
    name: "numbers go on in another epoch",
    file: inputs,
    is: "    this.#entries.clear();\n    this.#lastSeq = 0;",
    becomes: "    this.#entries.clear();",
    noticedBy: ["client/"],
  },
  {
    name: "a client sends as much as it likes",
    file: inputs,
    is: "if (this.#entries.size >= bounds.unackedInputsMax) throw tooMany(bounds.unackedInputsMax);",
    becomes: "",
    noticedBy: ["client/"],
  },
  {
    name: "a client acknowledges what its handlers have not done",
    file: "client/session/room-flow.ts",
    is: "  get handled(): number {\n    return this.#stream.handled;",
    becomes: "  get handled(): number {\n    return this.#stream.received;",
    noticedBy: ["client/"],
  },
  {
    name: "a pause is forgotten with the connection",
    file: "client/session/pause-control.ts",
    is: "else this.#change(this.#target, waiting);",
    becomes: "else for (const one of waiting) one.resolve(undefined);",
    noticedBy: "home",
  },
  {
    name: "a client waits for ever for a server that is gone",
    file: heart,
    is: "else onSilence(`Nothing came from the server for ${this.#silenceMs / 1_000} s.`);",
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "a client answers no heartbeat",
    file: heart,
    is: "if (echoMs === 0) this.answer(timeMs);",
    becomes: "if (echoMs < 0) this.answer(timeMs);",
    noticedBy: ["client/"],
  },
  {
    name: "what a member said of itself is not said again from a new seat",
    file: "client/session/core.ts",
    is: "if (presence !== undefined)",
    becomes: "if (presence === null)",
    noticedBy: ["engine/presence"],
  },
];
