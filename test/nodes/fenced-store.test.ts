import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DirectoryTable } from "../../server/nodes/directory-table.ts";
import type { StoreChange } from "../../server/store/room-store.ts";
import { FencedStore } from "../../server/workers/fenced-store.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";

const a = { node: "a", life: "1" };
const b = { node: "b", life: "1" };
const bytes = new Uint8Array([1]);

/** A store that remembers what was written, and two nodes that live. */
function createScene() {
  const table = new DirectoryTable(createVirtualClock());
  table.enter(a);
  table.enter(b);
  const written: StoreChange[] = [];
  const write = (change: StoreChange): Promise<readonly string[]> => {
    written.push(change);
    return Promise.resolve([]);
  };
  const fenced = new FencedStore({
    store: { name: "written", write },
    contents: { rooms: [], clients: [] },
    table,
  });
  const saved = (roomId: string) => ({ roomId, roomType: "chat", savedAtMs: 0, image: bytes });
  return { table, written, fenced, saved };
}

void describe("the store of several nodes", () => {
  void it("ND-2, DU-6 takes what the host of a room says, and names what it has not taken", async () => {
    const { table, written, fenced, saved } = createScene();
    table.claimRoom("r", a);
    table.claimRoom("s", b);
    const record = { roomId: "r", n: 1, bytes };
    const change = { saved: [saved("s")], records: [record], dropped: ["s"] };
    assert.deepEqual(await fenced.write(a, change), ["s"]);
    assert.deepEqual(written.at(-1)?.records, [record]);
    assert.deepEqual([written.at(-1)?.saved, written.at(-1)?.dropped], [[], []]);
  });

  void it("ND-2, DU-6 hears nothing of an older host once another has taken the room", async () => {
    const { table, written, fenced, saved } = createScene();
    const { term } = table.claimRoom("r", a);
    await fenced.write(a, { saved: [saved("r")], dropped: [] });
    table.takeRoom("r", term, b);
    written.length = 0;
    const late = { saved: [saved("r")], records: [{ roomId: "r", n: 2, bytes }], dropped: [] };
    assert.deepEqual(await fenced.write(a, late), ["r"]);
    assert.deepEqual(written, []);
    await fenced.write(b, { saved: [saved("r")], dropped: [] });
    assert.deepEqual(await fenced.write(a, { saved: [], dropped: ["r"] }), ["r"]);
  });

  void it("ND-2, DU-6 hears nothing of a node that is dead, whose rooms wait for another", async () => {
    const { table, written, fenced, saved } = createScene();
    table.claimRoom("r", a);
    await fenced.write(a, { saved: [saved("r")], dropped: [] });
    const [orphan] = table.bury(a, (roomId) => fenced.holds(roomId));
    assert.equal(orphan?.roomId, "r");
    written.length = 0;
    // What it said last arrives after its death.
    const late = { saved: [], records: [{ roomId: "r", n: 2, bytes }], dropped: ["r"] };
    assert.deepEqual(await fenced.write(a, late), ["r"]);
    assert.deepEqual(written, []);
    assert.ok(fenced.holds("r"));
  });

  void it("takes a room out that its host has closed, unless it was made anew elsewhere and is there already", async () => {
    const { table, fenced, saved } = createScene();
    const { term } = table.claimRoom("r", a);
    await fenced.write(a, { saved: [saved("r")], dropped: [] });
    table.releaseRoom("r", term);
    table.claimRoom("r", b);
    assert.deepEqual(await fenced.write(a, { saved: [], dropped: ["r"] }), []);
    assert.ok(!fenced.holds("r"));
    await fenced.write(b, { saved: [saved("r")], dropped: [] });
    assert.deepEqual(await fenced.write(a, { saved: [], dropped: ["r"] }), ["r"]);
    assert.ok(fenced.holds("r"));
  });

  void it("says that the server starts until it does, and that rooms of a node that ends are final", async () => {
    const { table, written, fenced, saved } = createScene();
    table.claimRoom("r", a);
    await fenced.write(a, { saved: [saved("r")], dropped: [] });
    await fenced.begin();
    await fenced.write(a, { saved: [saved("r")], dropped: [], clients: [] });
    await fenced.end([{ clientId: "ann", token: 3 }]);
    const told = written.map(({ isStarting, isFinal, clients }) => [isStarting, isFinal, clients]);
    assert.deepEqual(told, [
      [true, undefined, undefined],
      [undefined, undefined, undefined],
      [undefined, true, undefined],
      [undefined, undefined, [{ clientId: "ann", token: 3 }]],
    ]);
  });

  void it("writes nothing over what could not be picked up", async () => {
    const { table, written, fenced, saved } = createScene();
    fenced.setAside.add("r");
    table.claimRoom("r", a);
    assert.deepEqual(await fenced.write(a, { saved: [saved("r")], dropped: [] }), ["r"]);
    assert.deepEqual(written, []);
  });
});
