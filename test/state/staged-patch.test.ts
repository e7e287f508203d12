import assert from "node:assert/strict";
import { test } from "node:test";
import { PlayerSchema } from "../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
import { createEnds, stateBytes } from "./wire-state.ts";

test("ST-2 large patches, small ones and refused ones after one another leave the rows right", () => {
  const ends = createEnds({ players: PlayerSchema });
  const rows = Array.from({ length: 100 }, (_, index) => {
    return ends.tables.players.set(`${index}`, { name: `${index}` });
  });
  ends.commit();
  ends.sync();
  for (const changed of [100, 1, 60, 100, 3]) {
    for (const row of rows.slice(0, changed)) {
      row.x += 1.25;
      row.heading -= 0.5;
      row.score += 300;
      if (row.score % 900 === 0) row.name += "!";
    }
    ends.commit();
    const patch = stateBytes(ends.state.patch(ends.mirror.tick)?.body ?? new Uint8Array(0));
    assert.throws(() => ends.mirror.apply(patch.subarray(0, -1)), { code: "malformed-frame" });
    ends.sync();
    const plain = (table: Iterable<[string, object]>) =>
      [...table].map(([key, row]) => [key, { ...row }]);
    assert.deepEqual(plain(ends.mirrored.players), plain(ends.tables.players));
  }
});
