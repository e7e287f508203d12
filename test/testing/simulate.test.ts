import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defineContract, json, withReply } from "roomline/contract";
import { defineRoom, RoomlineError } from "roomline/server";
import { simulate, SimulationFailure, type SimulateOptions } from "roomline/testing";
import * as z from "zod";
import { arena } from "../../examples/arena/contract.ts";
import { arenaRoom } from "../../examples/arena/room.ts";
import type { chat } from "../../examples/chat/contract.ts";
import { chatRoom } from "../../examples/chat/room.ts";

/** A game for two at a table, with others who look on. */
const table = defineContract({
  inputs: {
    move: json(z.object({ square: z.number().int().min(0).max(8) })),
    resign: withReply(json(z.object({})), json(z.object({ was: z.enum(["x", "o", "nobody"]) }))),
  },
  events: { moved: json(z.object({ by: z.string(), square: z.number() })) },
  state: {
    sides: json(z.object({ player: z.string() })),
    board: json(z.object({ by: z.string() })),
  },
});

/** The game, with as many bugs as are asked for. */
function createTable(bugs: {
  readonly takesBack?: true;
  readonly keepsTheLost?: true;
  readonly throws?: true;
}) {
  return defineRoom(table, {
    create: () => ({ sides: new Map<string, "x" | "o">() }),
    onJoin(room, player) {
      for (const side of ["x", "o"] as const) {
        if (room.state.sides.has(side)) continue;
        room.state.sides.set(side, { player: player.id });
        room.data.sides.set(player.id, side);
        return;
      }
    },
    onDrop(room, player) {
      // Whoever is gone gives its side up; the next who comes may have it.
      const side = room.data.sides.get(player.id);
      if (side === undefined) return;
      room.state.sides.delete(side);
      if (bugs.takesBack !== true) room.data.sides.delete(player.id);
    },
    onResume(room, player) {
      const side = room.data.sides.get(player.id);
      // The bug: somebody else may have it by now.
      if (side !== undefined) room.state.sides.set(side, { player: player.id });
    },
    onLeave(room, player) {
      const side = room.data.sides.get(player.id);
      room.data.sides.delete(player.id);
      if (side === undefined || bugs.keepsTheLost === true) return;
      if (room.state.sides.get(side)?.player === player.id) room.state.sides.delete(side);
    },
    onInput: {
      move(room, player, { square }) {
        const side = room.data.sides.get(player.id);
        if (bugs.throws === true && square === 8 && side === undefined)
          throw new TypeError("side is undefined");
        if (side === undefined) return;
        room.state.board.set(`${square}`, { by: side });
        room.publish("moved", { by: side, square });
      },
      resign(room, player) {
        const side = room.data.sides.get(player.id);
        if (side === undefined) throw new RoomlineError("refused", "You are not in the game.");
        room.data.sides.delete(player.id);
        room.state.sides.delete(side);
        room.state.board.clear();
        return { was: side };
      },
    },
  });
}

/** Nobody shares a side, and whoever has one is in the room. */
const fair: SimulateOptions<typeof table>["invariant"] = ({ room }) => {
  const sides = [...(room.data as { sides: Map<string, string> }).sides.values()];
  assert.equal(
    new Set(sides).size,
    sides.length,
    `two players have the same side: ${sides.join()}`,
  );
  for (const [side, { player }] of room.state.sides)
    assert.ok(room.players.has(player), `${side} belongs to ${player}, who has gone`);
};

async function failureOf(running: Promise<unknown>): Promise<SimulationFailure> {
  try {
    await running;
  } catch (error) {
    assert.ok(error instanceof SimulationFailure, String(error));
    return error;
  }
  assert.fail("nothing was found");
}

describe("simulate: rooms that are right", () => {
  test("a game with generated inputs, an invariant, and replies", async () => {
    let moments = 0;
    const report = await simulate(createTable({}), {
      seeds: 20,
      invariant(moment) {
        moments++;
        return fair(moment);
      },
    });
    assert.equal(report.runs, 20);
    const { joins, handled, events, states } = report;
    const isRich = joins > 80 && handled > 1_500 && events > 200 && states > 800;
    assert.ok(isRich && moments > 1_000, `${JSON.stringify(report)}, ${moments} moments`);
  });

  test("the chat of the examples", async () => {
    const text = (random: () => number) => `text ${Math.floor(random() * 1_000)}`;
    const report = await simulate<typeof chat>(chatRoom, {
      seeds: 10,
      players: 5,
      joinOptions: (name) => ({ name }),
      inputs: {
        say: (random) => ({ text: text(random) }),
        rename: (random) => ({ name: `name ${Math.floor(random() * 8)}` }),
      },
      invariant({ room, players }) {
        const names = [...room.state.members.values()].map(({ name }) => name);
        assert.equal(new Set(names).size, names.length, "two have the same name");
        assert.equal(room.state.members.size, room.players.size);
        assert.equal(players.length, 5);
      },
    });
    assert.ok(report.handled > 1_000 && report.events > 2_000, JSON.stringify(report));
  });

  test("the arena of the examples, whose inputs are made from the protobuf", async () => {
    const report = await simulate(arenaRoom, {
      seeds: 4,
      invariant: ({ room }) => room.state.players.size === room.players.size,
    });
    assert.ok(report.handled > 300 && report.states > 2_000, JSON.stringify(report));
    assert.equal(arena.inputs.steer.typeName, "roomline.examples.arena.v1.Steer");
  });

  test("without faults nothing breaks, and without inputs nothing is sent", async () => {
    const lines: string[] = [];
    const report = await simulate(createTable({}), {
      ...{ seeds: [7], faults: false, invariant: fair, inputs: { move: false, resign: false } },
      onTrace: (line, seed) => lines.push(`${seed} ${line}`),
    });
    assert.equal(report.sent, 0);
    assert.ok(lines.every((line) => line.startsWith("7 ")));
    assert.ok(!lines.some((line) => /cut|stall|restart|pause|network|resuming/.test(line)));
  });

  test("room types with claims, and rooms that are too small for all", async () => {
    const small = defineRoom(table, {
      claims: z.object({ age: z.number() }),
      maxPlayers: 2,
      onInput: { move: () => undefined, resign: () => ({ was: "nobody" as const }) },
    });
    const report = await simulate(small, {
      seeds: 3,
      claims: () => ({ age: 30 }),
      invariant: ({ room }) => room.players.size <= 2 && room.players.get("p1")?.claims !== 3,
    });
    assert.ok(report.handled > 50, JSON.stringify(report));
  });
});

describe("simulate: rooms that are wrong", () => {
  test("a side that is given away while its player is lost: found, and its seed replays the same trace", async () => {
    const room = createTable({ takesBack: true });
    const failure = await failureOf(simulate(room, { invariant: fair, seeds: 50 }));
    const [first = ""] = failure.message.split("\n");
    assert.match(
      first,
      /^the invariant does not hold: two players have the same side: .* \(seed \d+, step \d+, [\d.]+ s\)\. Replay it: simulate\(room, \{ seeds: \[\d+\], \.\.\. \}\) with all else as it is\.$/,
    );
    assert.ok(first.includes(`seeds: [${failure.seed}]`));
    assert.ok(failure.cause instanceof assert.AssertionError);
    assert.equal(failure.code, "simulation-failed");
    assert.ok(failure.trace.length > 5);
    assert.ok(failure.message.endsWith(failure.trace.at(-1) ?? "?"));
    // Before the failure there was the loss it comes from.
    assert.ok(failure.trace.some((line) => /connection resuming|restart|cut/.test(line)));
    const again = await failureOf(simulate(room, { invariant: fair, seeds: [failure.seed] }));
    assert.deepEqual(again.trace, failure.trace);
    assert.equal(again.message, failure.message);
  });

  test("state of a player who has gone: found", async () => {
    const room = createTable({ keepsTheLost: true });
    const { message } = await failureOf(simulate(room, { invariant: fair }));
    assert.match(message, /^the invariant does not hold: [xo] belongs to p\d, who has gone/);
  });

  test("an input handler that throws: found without any invariant", async () => {
    const { message, cause } = await failureOf(simulate(createTable({ throws: true })));
    assert.match(message, /^onInput failed: side is undefined \(seed/);
    assert.ok(cause instanceof TypeError);
  });

  test("a room that lets nobody in: found, with why", async () => {
    const room = defineRoom(table, {
      authorize() {
        throw new RoomlineError("refused", "Members only.");
      },
      onInput: { move: () => undefined, resign: () => ({ was: "nobody" as const }) },
    });
    const { message } = await failureOf(simulate(room, { seeds: 1 }));
    assert.match(message, /^nobody was let into the room: refused: Members only\./);
  });

  test("an input that the room never answers: found", async () => {
    const room = defineRoom(table, {
      onInput: { move: () => undefined, resign: () => new Promise<never>(() => undefined) },
    });
    const { message } = await failureOf(
      simulate(room, { seeds: 1, limits: { hookTimeoutMs: 10_000_000 } }),
    );
    assert.match(
      message,
      /^p\d: input \d+ \(resign\) is not answered, 180 s after the last trouble/,
    );
  });

  test("an invariant that says false, and one that would wait", async () => {
    const room = createTable({});
    const no = await failureOf(simulate(room, { invariant: () => false }));
    assert.match(no.message, /^the invariant does not hold \(seed 1, step \d, /);
    const waits = await failureOf(simulate(room, { invariant: () => Promise.resolve() }));
    assert.match(waits.message, /^the invariant returns a promise: it must not wait \(seed 1/);
  });
});

describe("simulate: the same seed does the same", () => {
  const traceOf = async (seeds: readonly number[]): Promise<string[]> => {
    const lines: string[] = [];
    const onTrace = (line: string): void => void lines.push(line);
    await simulate(createTable({}), { seeds, onTrace });
    return lines;
  };

  test("line by line, whatever ran before; and another seed another", async () => {
    const [first, second] = [await traceOf([5]), await traceOf([4, 5])];
    assert.ok(first.length > 200, `${first.length} lines`);
    assert.deepEqual(second.slice(-first.length), first);
    assert.notDeepEqual(await traceOf([6]), first);
  });
});

describe("simulate: options that make no sense are refused in one line", () => {
  const room = createTable({});
  for (const [what, call, message] of [
    ["no room type", () => simulate(table as never), /^simulate: it takes a room type first/],
    ["an option", () => simulate(room, { seed: 3 } as never), /no option "seed".*"seeds"/],
    ["players", () => simulate(room, { players: 0 }), /players is 0.*from 1 to 1000/],
    ["seeds", () => simulate(room, { seeds: [] }), /seeds has to be a number of runs, or a list/],
    ["a seed", () => simulate(room, { seeds: [-1] }), /a seed is -1/],
    ["a fault", () => simulate(room, { faults: { cuts: 1 } as never }), /no fault "cuts".*"cut"/],
    ["a weight", () => simulate(room, { faults: { cut: -1 } }), /faults\.cut is -1/],
    [
      "a network",
      () => simulate(room, { faults: { networks: ["trian"] } }),
      /faults\.networks: there is no network "trian".*"train"/,
    ],
    ["an input", () => simulate(room, { inputs: { mov: false } as never }), /"mov".*"move"/],
    [
      "an input that is no function",
      () => simulate(room, { inputs: { move: {} as never } }),
      /inputs\.move is a object; it has to be a function, or false/,
    ],
    ["an invariant", () => simulate(room, { invariant: true as never }), /invariant is a boolean/],
    [
      "an input that nobody knows how to make",
      () => simulate(chatRoom),
      /the schema of the input "say" does not say what it takes\. Give inputs: \{ say: \(random\) => … \}, or false/,
    ],
  ] as const) {
    test(what, async () => {
      await assert.rejects(call, (error: RoomlineError) => {
        assert.equal(error.code, "invalid-config");
        assert.match(error.message, message);
        assert.ok(!error.message.includes("\n"));
        return true;
      });
    });
  }
});
