import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defineContract, json, withReply } from "roomline/contract";
import { defineRoom } from "roomline/server";
import type { EventInfo } from "../../client/session/event-stream.ts";
import type { Session } from "../../client/session/session-api.ts";
import { createTestEngine } from "../../testing/test-engine.ts";
import { Recorder, type HandledInput } from "../../testing/simulation/recorder.ts";
import { Stay } from "../../testing/simulation/stay.ts";

const contract = defineContract({
  inputs: { add: json<number>(), ask: withReply(json<number>(), json<number>()) },
  events: { added: json<number>() },
  state: { totals: json<number>() },
});

const room = defineRoom(contract, {
  create: (room) => void room.state.totals.set("all", 0),
  onInput: {
    add(room, player, number) {
      room.state.totals.set("all", (room.state.totals.get("all") ?? 0) + number);
      room.publish("added", number, number === 5 ? { except: player } : {});
    },
    ask: (_room, _player, number) => number,
  },
});

type Handler = (event: unknown, info: EventInfo) => unknown;

/** How a session that is not to be trusted differs from the real one. */
interface Lies {
  /** What becomes of an event on its way to its handler. */
  readonly event?: (handler: Handler, event: unknown, info: EventInfo) => void;
  /** What the tables show. */
  readonly totals?: () => Iterable<[string, number]>;
  /** What the room has been given. */
  readonly handled?: (list: readonly HandledInput[]) => readonly HandledInput[];
  /** What becomes of a pause. */
  readonly pause?: () => Promise<void>;
}

function lyingSession(session: Session<typeof contract>, lies: Lies): Session<typeof contract> {
  return new Proxy(session, {
    get(target, name): unknown {
      if (name === "on" && lies.event !== undefined) {
        const lie = lies.event;
        return (kind: "added", handler: Handler) =>
          target.on(kind, (event, info) => lie(handler, event, info));
      }
      if (name === "state" && lies.totals !== undefined) return { totals: lies.totals() };
      if (name === "pause" && lies.pause !== undefined) return lies.pause;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Sends 1 to 5 on such a session, and gives what is noticed at once and in the end. */
async function noticed(lies: Lies, more?: (stay: Stay<typeof contract>) => void) {
  const faults: string[] = [];
  const fault = (what: string): void => void faults.push(what);
  const recorder = new Recorder(contract, fault);
  const test = createTestEngine({ rooms: { room: recorder.watched(room) } });
  const { clock, engine } = test;
  const line = test.openLine(undefined);
  const connecting = line.connect("ann");
  await clock.advanceAsync(1_000);
  const client = await connecting;
  const joining = client.join(contract, { roomType: "room", roomId: "room" });
  joining.catch(() => undefined);
  await clock.advanceAsync(10);
  recorder.follow(engine, "room");
  await clock.advanceAsync(11);
  const session = await joining;
  const handled = lies.handled ?? ((list: readonly HandledInput[]) => list);
  const told: Pick<Recorder, "life" | "handledOf"> = {
    get life() {
      return recorder.life;
    },
    handledOf: (player) => handled(recorder.handledOf(player)),
  };
  const user = { recorder: told, fault, note: () => undefined };
  const stay = new Stay(lyingSession(session, lies), contract, user);
  recorder.follow(engine, "room");
  for (let number = 1; number <= 5; number++) stay.send("add", number, false);
  more?.(stay);
  await clock.advanceAsync(5_000);
  const life = recorder.follow(engine, "room") ?? assert.fail("there is no room");
  const problem = stay.problem(life, life.head, life.tick + 1);
  void client.close();
  await clock.advanceAsync(1_000);
  engine.stop();
  return { faults, problem, handled: recorder.inputs, events: stay.events, states: stay.states };
}

describe("the checks of a simulation", () => {
  test("a session that does what it has to: nothing is noticed, and all was looked at", async () => {
    const { states, ...rest } = await noticed({}, (stay) => stay.send("ask", 7, true));
    assert.deepEqual(rest, { faults: [], problem: undefined, handled: 6, events: 4 });
    assert.ok(states >= 1);
  });

  test("an event that comes twice", async () => {
    const event: Lies["event"] = (handler, payload, info) => {
      handler(payload, info);
      if (info.cursor === 3) handler(payload, info);
    };
    assert.deepEqual((await noticed({ event })).faults, ["event 3 (added) came twice"]);
  });

  test("events in the wrong order", async () => {
    let kept: (() => void) | undefined;
    const event: Lies["event"] = (handler, payload, info) => {
      if (info.cursor === 2) kept = () => void handler(payload, info);
      else handler(payload, info);
      if (info.cursor === 3) kept?.();
    };
    assert.deepEqual((await noticed({ event })).faults, ["event 2 (added) came after event 3"]);
  });

  test("an event that is lost", async () => {
    const event: Lies["event"] = (handler, payload, info) => {
      if (info.cursor !== 4) handler(payload, info);
    };
    assert.equal((await noticed({ event })).problem, "event 4 was never seen");
  });

  test("an event that is for others", async () => {
    const event: Lies["event"] = (handler, payload, info) => {
      handler(payload, info);
      if (info.cursor === 4) handler(5, { ...info, cursor: 5 });
    };
    assert.equal(
      (await noticed({ event })).problem,
      "event 5 was seen, and is not for this player",
    );
  });

  test("a table that is not what the room's is", async () => {
    const { faults, problem } = await noticed({ totals: () => [["all", 14]] });
    assert.match(
      faults[0] ?? "",
      /^after the state of tick \d+, row "all" of totals is 14 here, and \d+ in the room$/,
    );
    assert.equal(problem, 'row "all" of totals is 14 here, and 15 in the room');
  });

  test("a row that is missing, and one that there is not", async () => {
    const missing = await noticed({ totals: () => [] });
    assert.equal(missing.problem, 'row "all" of totals is not there here, and 15 in the room');
    const strange = await noticed({
      totals: () => [
        ["all", 15],
        ["none", 1],
      ],
    });
    assert.equal(strange.problem, 'row "none" of totals is 1 here, and not there in the room');
  });

  test("an input that is said to be done, and was not given to the room, or as another kind", async () => {
    const nothing = await noticed({ handled: () => [] });
    const said = "is said to be done, and the room was given";
    assert.equal(nothing.problem, `input 1 (add) ${said} none`);
    const other = await noticed({
      handled: (list) => [...list.slice(0, 2), { kind: "ask", seq: 3 }, ...list.slice(3)],
    });
    assert.equal(other.problem, `input 3 (add) ${said} ask`);
  });

  test("what comes to a session that stands still", async () => {
    // It says that it is paused, and is not.
    const { faults } = await noticed({ pause: () => Promise.resolve() }, (stay) => stay.pause());
    assert.match(
      faults[0] ?? "",
      /^(event 1 \(added\)|the state of tick \d+) came while the session was paused$/,
    );
  });

  test("and nothing when only a pause of before is answered meanwhile", async () => {
    // The first pause is answered after the second was asked for, which is not answered at all.
    const answers: (() => void)[] = [];
    const pause = () => new Promise<void>((resolve) => void answers.push(resolve));
    const { faults } = await noticed({ pause }, (stay) => {
      stay.pause();
      stay.resume();
      stay.pause();
      answers[0]?.();
    });
    assert.equal(answers.length, 2);
    assert.deepEqual(faults, []);
  });

  test("an input that the room is given twice, and inputs in the wrong order", () => {
    const faults: string[] = [];
    const recorder = new Recorder(contract, (what) => void faults.push(what));
    const { add } = recorder.watched(room).definition.onInput ?? assert.fail("no handlers");
    const [player, other] = [{ id: "ann" }, { id: "bob" }];
    const state = { totals: new Map() };
    const give = (who: object, seq: number): unknown =>
      add?.({ state, publish: () => 1 } as never, who as never, 1, { seq });
    for (const seq of [1, 2, 4, 4, 3, 5]) give(player, seq);
    for (const seq of [1, 0, 0, 2]) give(other, seq);
    assert.deepEqual(faults, [
      "the room was given input 4 (add) of ann after input 4",
      "the room was given input 3 (add) of ann after input 4",
    ]);
    assert.equal(recorder.inputs, 10);
  });
});
