import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PlayerSchema } from "../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
import { stateParts } from "../../server/session/state-parts.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { createStateMirror } from "../../client/state/mirror.ts";
import {
  anyJson,
  contractTables,
  createEnds,
  decodeState,
  stateBytes,
  type Ends,
} from "./wire-state.ts";

const tables = { docs: anyJson, players: PlayerSchema, none: anyJson };

/** Rows of both tables, some of them changed or removed after the first commit. */
function grow({ tables: { docs, players }, commit }: Ends<typeof tables>, seed: number): void {
  const random = createSeededRandom(seed);
  for (let turn = 0; turn < 3; turn++) {
    for (let row = 0; row < 40; row++) {
      const key = `${Math.floor(random() * 60)}`;
      if (random() < 0.2) docs.delete(key);
      else docs.set(key, { text: "x".repeat(Math.floor(random() * 90)) });
      if (random() < 0.2) players.delete(key);
      else players.set(key, { x: random(), y: row, name: key });
    }
    commit();
  }
}

/** The parts as one message, as any protobuf library makes it. */
const joined = (parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts.map(stateBytes));

describe("a state in parts", () => {
  for (let seed = 1; seed <= 30; seed++)
    it(`ST-6: is the state when its parts are put together, and no part is too large (seed ${seed})`, () => {
      const ends = createEnds(tables);
      grow(ends, seed);
      const bytesMax = 150 + seed * 20;
      for (const baseTick of [0, 1, 2]) {
        const patch = ends.state.patch(baseTick);
        assert.ok(patch !== undefined);
        const parts = stateParts(patch.body, bytesMax);
        assert.ok(parts.length > 1);
        const states = parts.map(decodeState);
        for (const [index, state] of states.entries()) {
          const { tick, baseTick: base, more } = state;
          assert.deepEqual([tick, base], [3n, BigInt(patch.baseTick)]);
          assert.equal(more, index < states.length - 1);
          assert.ok(
            (parts[index]?.length ?? 0) <= bytesMax + 64,
            "no more than tags and lengths over",
          );
        }
        const mirrors = [stateBytes(patch.body), joined(parts)].map((bytes) => {
          const mirror = createStateMirror(contractTables(tables), {
            onError: (error) => assert.fail(String(error)),
          });
          // The same ground for both: what the room had at that tick does not matter here, only that it is the same.
          if (patch.baseTick > 0) return undefined;
          assert.equal(mirror.apply(bytes), "applied");
          return Object.values(mirror.tables).map((table) => [...table.entries()]);
        });
        assert.deepEqual(mirrors[1], mirrors[0]);
      }
    });

  it("ST-6: a patch in parts brings a mirror to where the whole brings it", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const whole = createEnds(tables);
      const inParts = createEnds(tables);
      for (const ends of [whole, inParts]) {
        ends.tables.docs.set("first", 1);
        ends.commit();
        ends.sync();
        grow(ends, seed);
      }
      whole.sync();
      const patch = inParts.state.patch(1);
      assert.ok(patch !== undefined && patch.baseTick === 1);
      assert.equal(inParts.mirror.apply(joined(stateParts(patch.body, 120))), "applied");
      for (const name of ["docs", "players", "none"] as const)
        assert.deepEqual(
          [...inParts.mirrored[name].entries()],
          [...whole.mirrored[name].entries()],
        );
    }
  });

  it("a row that is larger than a part travels alone", () => {
    const ends = createEnds(tables);
    for (const key of ["a", "b", "c"]) ends.tables.docs.set(key, "x".repeat(500));
    ends.commit();
    const parts = stateParts(ends.state.snapshot().body, 100);
    assert.equal(parts.length, 3);
    assert.equal(stateParts(ends.state.snapshot().body, 100), parts, "cut once for all who get it");
  });
});
