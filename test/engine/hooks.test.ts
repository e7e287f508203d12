import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { closeReasons } from "../../shared/close-reason.ts";
import { errorCodeOfWire, RoomlineError } from "../../shared/errors.ts";
import type { Log } from "../../server/observe/log.ts";
import type { RoomDefinition } from "../../server/room/room-api.ts";
import { createBench, type Bench, type WireClient } from "./harness.ts";
import { createEchoRoom, quietInputs, type echoContract, type Trace } from "./rooms.ts";
import { misdeeds, refusalText, secret, watchProcess, type Misdeed } from "./thrown.ts";

type Hooks = Partial<RoomDefinition<typeof echoContract, undefined>>;

/** What a player was told: a code and a sentence. */
type Told = readonly [code: string, message: string];

/** A hook that goes wrong, and how it is brought to. */
interface Case {
  readonly name: string;
  /** As the log names it. */
  readonly handler?: string;
  /** What is told when it fails; undefined for one that nobody is told of. */
  readonly failure?: Told;
  /** A refusal of it is told, and no failure. */
  readonly mayRefuse?: boolean;
  /** Its promise is waited for, with a bound. */
  readonly isAwaited?: boolean;
  readonly hooks: (act: () => never) => Hooks;
  /** Has it called for eve. Returns what she is told by it, once that is known. */
  readonly provoke: (table: Table) => () => Told[];
}

/** Where a case is played: eve is to meet the hook, ann sits in the same room if there is one, bob in another. */
interface Table {
  readonly bench: Bench;
  readonly ann: WireClient;
  readonly eve: WireClient;
  readonly bob: WireClient;
}

const room = { roomType: "bad", roomId: "bad" } as const;
const hookTimeoutMs = 5_000;
const inputs: Hooks["onInput"] & object = {
  ...quietInputs,
  say: (it, _player, text) => void it.publish("said", text),
};

const joins = ({ eve }: Table) => {
  eve.join("1", room);
  return () => eve.all("error").map(toldOf);
};
const inside = (act: (table: Table) => void) => (table: Table) => {
  table.eve.join("1", room);
  table.eve.clear();
  act(table);
  return () => [];
};

const cases: readonly Case[] = [
  {
    name: "authorize",
    failure: ["join-refused", "Whether you may join could not be found out."],
    mayRefuse: true,
    isAwaited: true,
    hooks: (act) => ({ authorize: ({ playerId }) => (playerId === "eve" ? act() : undefined) }),
    provoke: joins,
  },
  {
    name: "create",
    failure: ["join-refused", 'A room "bad" could not be made.'],
    mayRefuse: true,
    isAwaited: true,
    hooks: (act) => ({ create: act }),
    provoke: joins,
  },
  {
    name: "onJoin",
    failure: ["join-refused", "The room failed to take you in."],
    mayRefuse: true,
    isAwaited: true,
    hooks: (act) => ({ onJoin: (_room, { id }) => (id === "eve" ? act() : undefined) }),
    provoke: joins,
  },
  {
    name: "onWatch",
    failure: ["watch-refused", "The room failed to say whether it may be watched."],
    mayRefuse: true,
    isAwaited: true,
    hooks: (act) => ({ watchable: true, onWatch: act }),
    provoke: ({ bench }) => {
      const told: Told[] = [];
      const ask = async () =>
        bench.engine.catalogue.ask("bad", {
          ...{ kind: "watch", clientId: "eve", claims: undefined, isOperator: false },
        });
      ask().catch((error: unknown) => {
        const { code, message } = RoomlineError.from(error);
        told.push([code, message]);
      });
      return () => told;
    },
  },
  {
    name: "onInput of one that wants a reply",
    handler: "onInput",
    failure: ["internal", "The room failed to handle this input."],
    mayRefuse: true,
    hooks: (act) => ({ onInput: { ...inputs, shout: act } }),
    provoke: (table) => {
      const { eve } = table;
      eve.join("1", room);
      eve.input("1", 1, "hello", { kind: 2, wantsReply: true });
      return () => eve.all("reply").flatMap(({ error }) => (error ? [toldOf(error)] : []));
    },
  },
  {
    name: "onInput",
    failure: ["internal", "The room failed to handle this input."],
    mayRefuse: true,
    hooks: (act) => ({ onInput: { ...inputs, fail: act } }),
    provoke: ({ eve }) => {
      eve.join("1", room);
      eve.input("1", 1, "hello", { kind: 5 });
      return () => eve.all("error").map(toldOf);
    },
  },
  {
    name: "onDrop",
    hooks: (act) => ({ onDrop: act }),
    provoke: inside(({ eve }) => eve.cut()),
  },
  {
    name: "onResume",
    hooks: (act) => ({ onResume: act }),
    provoke: ({ bench, eve }) => {
      eve.join("1", room);
      const { epoch } = eve.last("joined");
      const { resumeToken } = eve.last("welcome");
      eve.cut();
      bench.connect("eve", { resumeToken, sessions: [{ sessionId: "1", epoch, cursor: 0 }] });
      return () => [];
    },
  },
  {
    name: "onLeave",
    hooks: (act) => ({ onLeave: act }),
    provoke: inside(({ eve }) => eve.send({ sessionId: "1", body: { case: "leave", value: {} } })),
  },
  {
    name: "onTick",
    hooks: (act) => ({ tickRateHz: 20, onTick: act }),
    provoke: inside(({ bench }) => bench.clock.advance(60)),
  },
  {
    name: "onOverrun",
    hooks: (act) => ({ tickRateHz: 20, onOverrun: act }),
    provoke: inside(({ bench }) => {
      bench.clock.stall(2_000);
      bench.clock.advance(100);
    }),
  },
  {
    name: "onClose",
    hooks: (act) => ({ onClose: act }),
    provoke: inside(({ bench }) =>
      bench.engine.rooms.get("bad")?.close(closeReasons.roomClosed, ""),
    ),
  },
  {
    name: "room.after",
    handler: "timer",
    hooks: (act) => ({ create: (it) => void it.after(10, act) }),
    provoke: inside(({ bench }) => bench.clock.advance(20)),
  },
  {
    name: "room.every",
    handler: "timer",
    hooks: (act) => ({ create: (it) => void it.every(10, act) }),
    provoke: inside(({ bench }) => bench.clock.advance(20)),
  },
];

describe("whatever a hook does", () => {
  for (const each of cases) {
    for (const misdeed of misdeeds) {
      for (const errorPolicy of ["log", "close"] as const) {
        const then = errorPolicy === "close" ? "; its room closes" : "";
        it(`TK-4: ${each.name} ${misdeed.how}: the others do not notice${then}`, async () => {
          await play(each, misdeed, errorPolicy);
        });
      }
    }
  }
});

/** Plays one case, and looks at all that has to hold. */
async function play(each: Case, misdeed: Misdeed, errorPolicy: "log" | "close"): Promise<void> {
  const stray = watchProcess();
  const lines: { fields: object; message: string }[] = [];
  const trace: Trace = { calls: [] };
  let left = 1;
  // The first time only: some hooks are called again and again.
  const act = () => (left-- > 0 ? misdeed.act() : undefined) as never;
  const bad = createEchoRoom(trace, { emptyDelayMs: 60_000, errorPolicy, ...each.hooks(act) });
  const bench = createBench({
    rooms: { bad, good: createEchoRoom() },
    limits: { hookTimeoutMs },
    log: keepingLog(lines),
  });
  const [ann, eve, bob] = [bench.connect("ann"), bench.connect("eve"), bench.connect("bob")];
  const sits = each.name !== "create";
  if (sits) ann.join("1", room);
  bob.join("1", { roomType: "good" });
  const heard = each.provoke({ bench, ann, eve, bob });

  // Nobody waits for it.
  bob.input("1", 1, "as ever");
  assert.deepEqual(bob.texts("1"), ["as ever"]);
  await bench.clock.settleAsync();
  await bench.clock.advanceAsync(1_000);
  const isOpen = () => bench.engine.rooms.get("bad") !== undefined;
  if (sits && isOpen()) {
    ann.input("1", 1, "me too");
    await bench.clock.advanceAsync(100);
    assert.deepEqual(ann.texts("1"), ["me too"]);
  }
  await bench.clock.advanceAsync(hookTimeoutMs);

  // Failures are counted and logged with their stacks, refusals are neither.
  const { failures, told } = outcomeOf(each, misdeed);
  assert.equal(bench.engine.counters.handlerErrors, failures, "failures counted");
  const handler = each.handler ?? each.name;
  const errors = lines.map(({ fields }) => fields as { handler?: string; err?: Error });
  assert.deepEqual(
    errors.map((line) => [line.handler, typeof line.err?.stack]),
    Array.from({ length: failures }, () => [handler, "string"]),
  );

  // Players are told what is meant for them.
  assert.deepEqual(heard(), told);
  for (const { messages } of [ann, eve, bob])
    assert.ok(!inspect(messages, { depth: 9 }).includes(secret), "a failure is told");

  // Who was refused never sat in the room.
  if (["authorize", "create", "onJoin"].includes(each.name)) {
    assert.ok(!eve.kinds("1").includes("joined"));
    assert.deepEqual(
      trace.calls.filter((call) => call.startsWith("leave eve")),
      [],
    );
    const live = bench.engine.rooms.get("bad");
    assert.ok(live?.context.players.has("eve") !== true);
    const listing = bench.engine.directory.get("bad");
    if (live !== undefined) assert.deepEqual([listing?.players, listing?.reserved], [1, 0]);
  }

  // The room closes if it says so, and no other.
  const roomFails = failures > 0 && errorPolicy === "close" && each.name !== "authorize";
  if (each.name !== "create" && each.name !== "onClose") assert.equal(isOpen(), !roomFails);
  if (roomFails && sits && each.name !== "onClose") {
    assert.equal(ann.last("left").code, closeReasons.roomFailed.code);
  }
  bob.input("1", 2, "still here");
  assert.deepEqual(bob.texts("1"), ["as ever", "still here"]);
  bench.finish();
  assert.deepEqual(await stray.seen(), []);
}

/** What has to come of it: failures of the room, and what eve is told. */
function outcomeOf(each: Case, misdeed: Misdeed): { failures: number; told: Told[] } {
  if (misdeed.isEndless === true && each.isAwaited !== true) return { failures: 0, told: [] };
  const refuses = misdeed.isRefusal && each.mayRefuse === true;
  if (refuses) return { failures: 0, told: [["room-locked", refusalText]] };
  return { failures: 1, told: each.failure === undefined ? [] : [each.failure] };
}

function toldOf({ code, message }: { code: number; message: string }): Told {
  return [errorCodeOfWire(code), message];
}

/** Keeps what is logged as an error. */
function keepingLog(lines: { fields: object; message: string }[]): Log {
  const log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (fields, message) => void lines.push({ fields, message }),
    child: () => log,
  };
  return log;
}
