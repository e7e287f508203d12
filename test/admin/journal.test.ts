import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createJournal } from "../../server/observe/journal.ts";
import { createVirtualClock } from "../../testing/index.ts";
import { createBench, type Bench } from "../engine/harness.ts";
import { createEchoRoom } from "../engine/rooms.ts";

describe("journal", () => {
  const create = (entriesMax: number, perSecond: number) => {
    const clock = createVirtualClock();
    const config = { journalEntriesMax: entriesMax, journalEntriesPerSecondMax: perSecond };
    return { clock, journal: createJournal(clock, config) };
  };

  it("keeps the newest entries, and gives those after a number", () => {
    const { journal } = create(3, 100);
    for (const detail of ["a", "b", "c", "d"]) journal.add("admin", { detail });
    const details = (number: number, max?: number) =>
      journal.after(number, max).map((entry) => entry.detail);
    assert.deepEqual(details(0), ["b", "c", "d"]);
    assert.deepEqual(details(3), ["d"]);
    assert.deepEqual(details(0, 1), ["d"]);
    assert.deepEqual(details(4), []);
    assert.equal(journal.head, 4);
  });

  it("AD-6: a storm of one kind becomes one entry with its number, and leaves the other kinds", () => {
    const { clock, journal } = create(100, 3);
    journal.add("admin", { detail: "before" });
    for (let i = 0; i < 5_000; i++) journal.add("closed", { connectionId: `c${i}` });
    const kinds = () => journal.after(0).map(({ kind, more }) => `${kind} ${more}`);
    const storm = ["admin 0", "closed 0", "closed 0", "closed 0", "closed 4997"];
    assert.deepEqual(kinds(), storm);
    journal.add("closed", {});
    clock.advance(1_000);
    journal.add("closed", { connectionId: "later" });
    assert.deepEqual(kinds(), [...storm, "closed 1", "closed 0"]);
  });
});

describe("journal of an engine", () => {
  const told = (bench: Bench, after = 0) =>
    bench.engine.journal
      .after(after)
      .map(({ kind, clientId = "", detail = "" }) => `${kind} ${clientId} ${detail}`.trim());

  it("AD-6: tells of connections, sessions and rooms, from the first Hello to the last Left", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    const { epoch } = ann.last("joined");
    ann.cut();
    const sessions = [
      { sessionId: "1", epoch, cursor: 0 },
      { sessionId: "2", epoch, cursor: 0 },
    ];
    const { resumeToken } = ann.last("welcome");
    const back = bench.connect("ann", { resumeToken, sessions });
    back.send({ sessionId: "1", body: { case: "leave", value: {} } });
    bench.clock.advance(10_000);
    assert.deepEqual(told(bench), [
      "connected ann memory test",
      "room-created  echo",
      "joined ann fresh",
      "detached ann",
      "closed ann connection-lost: The connection was cut.",
      "connected ann memory test",
      "resumed ann recovered",
      "resumed ann gone",
      "left ann left",
      "room-closed  room-closed: The room was empty.",
    ]);
    bench.finish();
  });

  it("AD-6: tells of gaps, throttling, ticks that were dropped and streams turned away", () => {
    const bench = createBench({
      rooms: {
        echo: createEchoRoom(undefined, { log: { entriesMax: 2 } }),
        ticking: createEchoRoom(undefined, { tickRateHz: 100 }),
      },
      limits: { inputsPerSecond: 1, inputsBurst: 5, connectionsMax: 2 },
    });
    const ann = bench.connect("ann");
    const bob = bench.connect("bob");
    bench.connect("cid");
    ann.join("1", { roomType: "echo" });
    bob.join("1", { roomType: "echo" });
    ann.pause("1");
    const before = bench.engine.journal.head;
    for (let seq = 1; seq <= 6; seq++) bob.input("1", seq, "x");
    ann.resume("1");
    ann.join("2", { roomType: "ticking" });
    bench.clock.stall(1_000);
    bench.clock.advance(10);
    assert.deepEqual(told(bench, before), [
      "throttled bob It sends more than its rate and is read later.",
      "gap ann events 1 to 4: the log no longer had them",
      "room-created  ticking",
      "joined ann fresh",
      "overrun  95 ticks of 1 room dropped",
    ]);
    assert.equal(told(bench)[2], "closed  capacity");
    bench.finish();
  });
});
