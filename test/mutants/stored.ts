import type { Mutant } from "./mutant.ts";

const stored = "server/stored-rooms.ts";
const checkpoints = "server/store/checkpoints.ts";
const noticedBy = ["store/checkpoints"] as const;

/** Rooms that outlive their server. */
export const storedMutants: readonly Mutant[] = [
  {
    name: "a crash right after a start is taken for an orderly end",
    file: stored,
    is: "await this.#store.write({ saved, dropped: [], noted: this.#noted(rooms) });",
    becomes: "",
    noticedBy,
  },
  {
    name: "after a crash a room goes on in the life of before",
    file: "server/store/read-room.ts",
    is: "if (isNewLife) image.epoch = ids.id();",
    becomes: "",
    noticedBy: ["store/checkpoints", "store/durable.test"],
  },
  {
    name: "a room that is picked up remembers numbers of homes",
    file: stored,
    is: "renumber(image, 0);",
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
  ...durableMutants(),
  ...historyMutants(),
];

/** Rooms that show nothing before it is stored. */
function durableMutants(): readonly Mutant[] {
  const gate = "server/room/durable/output-gate.ts";
  const commits = "server/room/commit/gated-commits.ts";
  const fold = "server/room/durable/fold-records.ts";
  const notices = { noticedBy: ["store/durable.test", "store/durable-life"] };
  return [
    {
      name: "all of a durable room is shown before it is stored",
      file: gate,
      is: "this.#sink.store(++this.#n, { record, entries }, () => this.#stored());",
      becomes: "this.#sink.store(++this.#n, { record, entries }, () => undefined); this.#stored();",
      ...notices,
    },
    {
      name: "a reply is given before it is stored",
      file: commits,
      is: "const commit = open.take(state.tick);\n      const isImage",
      becomes:
        "const commit = open.take(state.tick);\n      this.#parts.show({ ...commit, entries: [], acks: [], stateTick: 0, answers: commit.answers.splice(0) });\n      const isImage",
      ...notices,
    },
    {
      name: "an input is acknowledged before that is stored",
      file: commits,
      is: "const commit = open.take(state.tick);\n      const isImage",
      becomes:
        "const commit = open.take(state.tick);\n      this.#parts.show({ ...commit, entries: [], answers: [], stateTick: 0, acks: commit.acks.splice(0) });\n      const isImage",
      ...notices,
    },
    {
      name: "a player is told of a seat before that is stored",
      file: "server/room/seats.ts",
      is: "if (isGated) open.seat({ desk, seated });\n    else feed.openDesk(seat, desk);",
      becomes: "feed.openDesk(seat, desk);\n    if (isGated) desk.seated(seated);",
      ...notices,
    },
    {
      name: "the state of a durable room is read while its tables are ahead of what is stored",
      file: commits,
      is: "state.tick !== feed().stateTick;",
      becomes: "false;",
      ...notices,
    },
    {
      name: "the gate is open again before what was stored has been flushed",
      file: gate,
      is: "this.#clock.defer(() => {",
      becomes: "[0].forEach(() => {",
      ...notices,
    },
    {
      name: "room.committed() does not wait for the store",
      file: commits,
      is: "const told = life.seal();",
      becomes: "const told = life.seal();\n    told?.();",
      ...notices,
    },
    {
      name: "a seat that is reserved is told of before that is stored",
      file: "server/rooms/catalogue.ts",
      is: 'if (room.config.durability !== "durable") return secret;',
      becomes: "if (room.config.durability !== undefined) return secret;",
      ...notices,
    },
    {
      name: "a seat that is reserved is not in what is stored",
      file: "server/room/durable/room-recorder.ts",
      is: "if (members.reservationsVersion !== this.#reservations) {",
      becomes: "if (members.reservationsVersion < this.#reservations) {",
      ...notices,
    },
    {
      name: "a reservation that was used is there again after a crash",
      file: "server/room/members/members.ts",
      is: "member.reservation = undefined;\n    this.reservationsVersion++;",
      becomes: "member.reservation = undefined;",
      ...notices,
    },
    {
      name: "inputs that waited for their turn when the image was taken count as taken",
      file: fold,
      is: "seat.takenSeq = seat.handledSeq;\n    seat.openRequests",
      becomes: "seat.openRequests",
      noticedBy: ["store/fold-records"],
    },
    {
      name: "a reply that was given is not kept in what is stored",
      file: fold,
      is: "for (const answer of answers) this.answer(answer);",
      becomes: "void answers;",
      ...notices,
    },
    {
      name: "a handle is used again after a crash",
      file: "server/state/table-replay.ts",
      is: "for (const { handle, key, row: values } of inTableOrder(created)) {",
      becomes: "for (const { handle, key, row: values } of [...created].reverse()) {",
      noticedBy: ["state/state-image"],
    },
    {
      name: "a room goes on in the life of before, though its last record is damaged",
      file: "server/store/read-room.ts",
      is: "return fault !== undefined || mayLackTail;",
      becomes: "return mayLackTail;",
      ...notices,
    },
    {
      name: "a room goes on in the life of before, though the machine was down and the disk was not waited for",
      file: "server/store/read-room.ts",
      is: "return fault !== undefined || mayLackTail;",
      becomes: "return fault !== undefined;",
      ...notices,
    },
    {
      name: "a durable room that cannot be stored ticks on",
      file: "server/room/live-room.ts",
      is: "if (this.isClosed || this.#still.isOn || this.isStalled) return;",
      becomes: "if (this.isClosed || this.#still.isOn) return;",
      ...notices,
    },
    {
      name: "what was not stored is not tried again",
      file: "server/store/record-writer.ts",
      is: "records: [...batch.records.filter(isThere), ...next.records],",
      becomes: "records: next.records,",
      ...notices,
    },
    {
      name: "clients of a durable room are forgotten by a crash",
      file: stored,
      is: "onToken: (clientId, token) => this.#writers.note(clientId, token),",
      becomes: "",
      ...notices,
    },
  ];
}

/** Rooms whose events are kept beyond their log. */
function historyMutants(): readonly Mutant[] {
  const past = "server/store/room-past.ts";
  const reader = "server/feed/past-reader.ts";
  const stream = "server/session/session-stream.ts";
  const noticed = { noticedBy: ["store/history.test"] } as const;
  return [
    {
      name: "events that come with an image are not in the history",
      file: "server/store/durable-rooms.ts",
      is: "...(events !== undefined && { events: [events] })",
      becomes: "",
      ...noticed,
    },
    {
      name: "what was never shown stays in the history",
      file: past,
      is: "return { events, history: { ...this.kept, head } };",
      becomes: "return { events, history: this.kept };",
      ...noticed,
    },
    {
      name: "a history does not begin with what the log has",
      file: past,
      is: "if (entry.cursor <= last) continue;",
      becomes: "if (entry.cursor <= head) continue;",
      ...noticed,
    },
    {
      name: "the history of a type that keeps none any more is kept",
      file: "server/store/durable-rooms.ts",
      is: "if (past === undefined) return { history: { sinceMs: Infinity, bytesMax: 0 } };",
      becomes: "if (past === undefined) return {};",
      ...noticed,
    },
    {
      name: "events of before are read under the numbers of another contract",
      file: past,
      is: "if (kinds === this.#kinds) return",
      becomes: 'if (kinds !== "") return',
      ...noticed,
    },
    {
      name: "a hole in the history is passed over in silence",
      file: reader,
      is: "if (entry?.cursor === cursor + 1) return entry;",
      becomes: "if (entry !== undefined) return entry;",
      ...noticed,
    },
    {
      name: "a history that cannot be read is waited for without end",
      file: "server/feed/history-reads.ts",
      is: "clock.setTimer(() => this.#late(read), timeoutMs)",
      becomes: "clock.setTimer(() => undefined, timeoutMs)",
      ...noticed,
    },
    {
      name: "a page of history that failed is not tried again",
      file: "server/feed/history-reads.ts",
      is: "this.#waiting.add(read);\n      this.#pump();\n    }, retryMs);",
      becomes: "}, retryMs);",
      ...noticed,
    },
    {
      name: "pages are read for all readers at once",
      file: "server/feed/history-reads.ts",
      is: "if (this.#reading >= this.#parts.readsMax) return;",
      becomes: "",
      ...noticed,
    },
    {
      name: "who pauses is read for all the same",
      file: stream,
      is: "this.#paused = mode;\n    this.rest();",
      becomes: "this.#paused = mode;",
      ...noticed,
    },
    {
      name: "a session that has ended waits for the store",
      file: stream,
      is: "if (this.#feed.history === undefined || this.#ended !== undefined) return undefined;",
      becomes: "if (this.#feed.history === undefined) return undefined;",
      ...noticed,
    },
    {
      name: "who gives no position is told a gap of what is not kept any more",
      file: stream,
      is: "this.#openStart = start.isOpen === true ? start.cursor : -1;",
      becomes: "this.#openStart = -1;",
      ...noticed,
    },
    {
      name: "a room without a history gives as many events as are asked for",
      file: "server/session/verdict.ts",
      is: "const given = hasHistory ? wanted : Math.min(wanted, historyOnJoin);",
      becomes: "const given = wanted;",
      ...noticed,
    },
    {
      name: "a look back gives events that are for others",
      file: "server/session/history-call.ts",
      is: "if (isFor(found.audience, playerId)) this.#take(found);",
      becomes: "void playerId; this.#take(found);",
      ...noticed,
    },
    {
      name: "what a lost connection has not answered is not asked again",
      file: "client/session/history-calls.ts",
      is: "this.#flows = true;\n    this.#send();",
      becomes: "this.#flows = true;",
      ...noticed,
    },
    {
      name: "a watch of a room that is over waits for the store",
      file: "server/services/watch/open-watch.ts",
      is: "this.#parts.stream.endPast();",
      becomes: "",
      noticedBy: ["store/history-watch"],
    },
  ];
}

/** Rooms of several nodes with one store. */
export const keptMutants: readonly Mutant[] = [
  {
    name: "what an older host of a room has to say is stored",
    file: "server/workers/fenced-store.ts",
    is: "isSame(table.findRoom(roomId), from);",
    becomes: "table.findRoom(roomId) !== undefined;",
    noticedBy: ["nodes/fenced-store"],
  },
  {
    name: "what a node had said before it died is stored over what goes on elsewhere",
    file: "server/workers/fenced-store.ts",
    is: "const isLiving = table.isLiving(from);",
    becomes: "const isLiving = true;",
    noticedBy: ["nodes/fenced-store"],
  },
  {
    name: "the store counts as begun while rooms are still being brought back",
    file: "server/workers/fenced-store.ts",
    is: "...(this.#isStarting && { isStarting: true })",
    becomes: "",
    noticedBy: ["nodes/fenced-store"],
  },
  {
    name: "rooms that a node puts down at its end count as those of a crash",
    file: "server/workers/fenced-store.ts",
    is: "...(clients !== undefined && { isFinal: true }),",
    becomes: "",
    noticedBy: ["nodes/fenced-store", "nodes/kept-rooms"],
  },
  {
    name: "stored rooms of a node that dies are lost with it",
    file: "server/workers/group-store.ts",
    is: "bury(name, (roomId) => this.#fenced.holds(roomId));",
    becomes: "bury(name);",
    noticedBy: ["nodes/kept-rooms"],
  },
  {
    name: "a room runs by a new claim before its term is stored",
    file: "server/nodes/room-moves.ts",
    is: "if (kept !== undefined) await kept;",
    becomes: "void kept;",
    noticedBy: ["nodes/kept-rooms", "simulation/simulation"],
  },
  {
    name: "a room whose move has failed goes on under a term that is not stored",
    file: "server/nodes/room-moves.ts",
    is: "await keep(room, () => rooms.host.takeImage(room))?.catch(() => undefined);",
    becomes: "",
    noticedBy: ["nodes/kept-rooms"],
  },
  {
    name: "nobody waits for rooms that are on their way from the store to know of a client's seats",
    file: "server/nodes/homes.ts",
    is: "await directory.settled();",
    becomes: "",
    noticedBy: ["nodes/kept-rooms"],
  },
  {
    name: "a copy is closed whose room is on its way from the store",
    file: "server/nodes/lost-copies.ts",
    is: "if (place?.isOrphan === true) await directory.settled();",
    becomes: "if (place?.isOrphan === true) place = undefined;",
    noticedBy: ["nodes/kept-rooms"],
  },
  {
    name: "a room goes to another node while something of it is on its way to the store",
    file: "server/room/departure.ts",
    is: "if (commits.waitsForStore()) return;",
    becomes: "if (!still.isHurried && commits.waitsForStore()) return;",
    noticedBy: ["nodes/kept-rooms"],
  },
  {
    name: "what is stored by a server of before has its numbers of homes",
    file: "server/worker-rooms.ts",
    is: "if (isOfBefore) renumber(room.image, term);",
    becomes: "",
    noticedBy: ["nodes/kept-rooms"],
  },
  {
    name: "a room that slept goes on in the life of before, though its end may be missing",
    file: "server/store/read-room.ts",
    is: "mayLackTail || stored.mayLackTail === true",
    becomes: "mayLackTail",
    noticedBy: ["nodes/kept-histories"],
  },
  {
    name: "in a room that slept no time has passed",
    file: "server/store/read-room.ts",
    is: "if (stored.asleep !== undefined) passTime",
    becomes: 'if (stored.asleep === "never") passTime',
    noticedBy: ["nodes/kept-histories"],
  },
  {
    name: "all stored rooms go to one node",
    file: "server/workers/recovery.ts",
    is: "least.rooms++;",
    becomes: "",
    noticedBy: ["nodes/kept-rooms"],
  },
  {
    name: "stored rooms are listed in no order",
    file: "server/workers/group-store.ts",
    is: ".sort((a, b) => a.madeMs - b.madeMs);",
    becomes: ";",
    noticedBy: ["nodes/kept-rooms"],
  },
  {
    name: "a checkpoint room that has come from elsewhere, and could not be written, is not tried again",
    file: "server/engine.ts",
    is: "// Here it is new.\n      onRoom?.onCreated(room);",
    becomes: "",
    noticedBy: ["nodes/kept-rooms"],
  },
  {
    name: "clients of a server of several nodes are forgotten by a crash",
    file: "server/workers/group-store.ts",
    is: "for (const clientId of clientIds) this.#notes.note(clientId, table.tokenOf(clientId));",
    becomes: "void clientIds; void table;",
    noticedBy: ["nodes/kept-rooms"],
  },
];
