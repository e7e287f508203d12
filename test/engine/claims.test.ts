import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { RoomlineError } from "../../shared/errors.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import { ErrorCode } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import { createBench } from "./harness.ts";

const contract = defineContract({ events: { said: json(z.string()) } });
const needed = z.object({ role: z.enum(["player", "referee"]), level: z.coerce.number() });

/** Rooms whose code notes what claims it is given; `claims` are what Ann's token says, in dev mode there is none. */
function benchOf(schema: StandardSchemaV1<unknown, unknown>, claims: unknown, isDevMode = false) {
  const seen: unknown[] = [];
  const room = defineRoom(contract, {
    claims: schema,
    watchable: true,
    authorize: (join) => void seen.push(join.claims),
    onJoin: (room, player) => void seen.push(player.claims, room.players.get("ann")?.claims),
    onWatch: (_room, watcher) => void seen.push(watcher.claims),
  });
  const bench = createBench({
    rooms: { room },
    ...(!isDevMode && { authenticate: () => ({ clientId: "ann", claims }) }),
  });
  return { bench, seen };
}

/** What joining comes to: the error, and what the room's code was given. */
function join(...args: Parameters<typeof benchOf>) {
  const { bench, seen } = benchOf(...args);
  const ann = bench.connect("ann");
  ann.join("1", { roomType: "room", roomId: "r" });
  bench.clock.advance(200);
  const isIn = ann.kinds("1").includes("joined");
  const error = isIn ? undefined : ann.last("error");
  assert.equal(bench.engine.rooms.size, isIn ? 1 : 0, "who may not join makes no room");
  bench.finish();
  return { seen, error: error && [error.code, error.message] };
}

describe("JN-2: the claims of a room type", () => {
  it("are given to its code as the schema makes them", () => {
    const { seen, error } = join(needed, { role: "player", level: "7", more: 1 });
    assert.equal(error, undefined);
    const read = { role: "player", level: 7 };
    assert.deepEqual(seen, [read, read, read]);
  });

  it("that do not fit are refused before the room's code hears of them", () => {
    const { seen, error } = join(needed, { role: "king", level: 1 });
    assert.deepEqual(seen, []);
    assert.equal(error?.[0], ErrorCode.JOIN_REFUSED);
    assert.match(String(error[1]), /^Your claims are not those that are needed here: role: /);
  });

  it("may be left out only if the schema says so: in dev mode there are none", () => {
    assert.match(String(join(needed, undefined, true).error?.[1]), /You have no claims/);
    assert.match(String(join(needed, undefined).error?.[1]), /You have no claims/);
    const { seen, error } = join(needed.optional(), undefined, true);
    assert.equal(error, undefined);
    assert.deepEqual(seen, [undefined, undefined, undefined]);
  });

  it("need a schema that is one", () => {
    const claims = { role: "player" } as unknown as typeof needed;
    const message = /^defineRoom: claims has to be a Standard Schema validator/;
    assert.throws(() => defineRoom(contract, { claims }), { code: "invalid-config", message });
  });

  it("cannot be read by a schema that takes its time, or throws: the room's fault, and told only as that", () => {
    const slow = needed.refine(() => Promise.resolve(true));
    const throwing = z.unknown().transform((): never => {
      throw new Error("secret of the house");
    });
    for (const schema of [slow, throwing])
      assert.deepEqual(join(schema, { role: "player", level: 1 }).error, [
        ErrorCode.JOIN_REFUSED,
        "Whether you may join could not be found out.",
      ]);
  });

  it("WA-1: are needed for a watch as well, but not from operators", async () => {
    for (const [claims, isIn] of [
      [{ role: "player", level: "7" }, true],
      [{ role: "king" }, false],
    ] as const) {
      const { bench, seen } = benchOf(needed, claims);
      const { catalogue } = bench.engine;
      const nobody = { playerId: "", claims: undefined, isOperator: true };
      const query = { roomId: "r", roomType: "room", mode: "create", options: undefined } as const;
      void catalogue.open(query, nobody);
      const watch = (isOperator: boolean) =>
        Promise.resolve().then(() =>
          catalogue.ask("r", { kind: "watch", clientId: "ann", claims, isOperator }),
        );
      if (isIn) await watch(false);
      else {
        const refused = (error: unknown) =>
          error instanceof RoomlineError &&
          error.code === "watch-refused" &&
          /needed here: role: /.test(error.message);
        await assert.rejects(watch(false), refused);
      }
      assert.deepEqual(seen, isIn ? [{ role: "player", level: 7 }] : []);
      await watch(true);
      bench.finish();
    }
  });
});
